# task first-app: file
"""The addresses of the guide."""

from django.urls import path

from guide import views

app_name = "guide"

urlpatterns = [
    path("", views.home, name="home"),
    # task place-page: begin
    path("places/<slug:slug>/", views.place_page, name="place"),
    # task place-page: end
]
