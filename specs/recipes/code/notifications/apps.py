# task comment-mail: file
from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
