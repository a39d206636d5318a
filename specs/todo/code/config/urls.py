"""Addresses of the site."""

# task start-page: begin
from django.contrib import admin
from django.urls import include, path

from config.views import healthz

# task start-page: stub
# from django.contrib import admin
# from django.urls import include, path
# from django.views.generic import TemplateView
#
# from config.views import healthz
# task start-page: end

urlpatterns = [
    # task start-page: begin
    path("", include("todo.urls")),
    # task start-page: stub
    # path("", TemplateView.as_view(template_name="welcome.html"), name="welcome"),
    # task start-page: end
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("healthz/", healthz, name="healthz"),
]
