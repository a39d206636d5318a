# task api-read: file
from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
