"""Addresses of the project."""

# task start-page: begin
from django.contrib import admin
from django.urls import include, path

from config.views import healthz

# task start-page: stub
# from django.contrib import admin
# from django.urls import path
# from django.views.generic import TemplateView
#
# from config.views import healthz
# task start-page: end

urlpatterns = [
    # task start-page: begin
    path("", include("__app__.urls")),
    # task start-page: stub
    # path("", TemplateView.as_view(template_name="welcome.html"), name="welcome"),
    # task start-page: end
    path("admin/", admin.site.urls),
    path("healthz/", healthz, name="healthz"),
]
