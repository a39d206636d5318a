# task notification-pages: file
"""Addresses under /notifications/."""

from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.NotificationList.as_view(), name="list"),
    path("<int:pk>/open/", views.notification_open, name="open"),
    path("read/", views.read_all, name="read-all"),
]
