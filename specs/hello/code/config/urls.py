"""The addresses of the whole site: which path goes to which app."""

# task first-app: begin
from django.urls import include, path

from config.views import healthz

# task first-app: stub
# from django.urls import path
#
# from config.views import healthz, welcome
#
# task first-app: end
urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    # task first-app: begin
    path("", include("guide.urls")),
    # task first-app: stub
    # path("", welcome, name="welcome"),
    # task first-app: end
]
