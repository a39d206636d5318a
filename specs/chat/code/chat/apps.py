# task removal: begin
from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self):
        """Connects the receivers of signals."""
        from chat import signals  # noqa: F401


# task removal: stub
# from django.apps import AppConfig
#
#
# class ChatConfig(AppConfig):
#     name = "chat"
# task removal: end
