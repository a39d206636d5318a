"""Addresses of the project."""

# task rooms: begin
from django.contrib import admin
from django.urls import include, path

from config.views import healthz

# task rooms: stub
# from django.contrib import admin
# from django.urls import include, path
# from django.views.generic import TemplateView
#
# from config.views import healthz
# task rooms: end

urlpatterns = [
    # task rooms: begin
    path("", include("chat.urls")),
    # task rooms: stub
    # path("", TemplateView.as_view(template_name="chat/room_list.html"), name="welcome"),
    # task rooms: end
    # task notification-pages: begin
    path("notifications/", include("notifications.urls")),
    # task notification-pages: end
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("healthz/", healthz, name="healthz"),
]

handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
