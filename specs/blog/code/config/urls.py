"""Addresses of the project."""

# task blog-app: begin
from django.contrib import admin
from django.urls import include, path

from config.views import healthz

# task blog-app: stub
# from django.contrib import admin
# from django.urls import path
# from django.views.generic import TemplateView
#
# from config.views import healthz
# task blog-app: end

urlpatterns = [
    # task blog-app: begin
    path("", include("blog.urls")),
    # task blog-app: stub
    # path("", TemplateView.as_view(template_name="blog/home.html"), name="welcome"),
    # task blog-app: end
    path("accounts/", include("accounts.urls")),  # task sign-up-login: line
    path("admin/", admin.site.urls),
    path("healthz/", healthz, name="healthz"),
]
