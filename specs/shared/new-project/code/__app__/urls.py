# task start-page: file
"""Addresses of the app."""

from django.urls import path

from __app__ import views

app_name = "__app__"

urlpatterns = [
    path("", views.home, name="home"),
]
