# task notifications: file
from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self):
        """Connects the receivers of signals."""
        from notifications import signals  # noqa: F401
