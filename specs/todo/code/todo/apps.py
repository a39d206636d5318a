# task start-page: file
from django.apps import AppConfig


class TodoConfig(AppConfig):
    name = "todo"
