from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    # task signals: begin
    def ready(self):
        from accounts import signals  # noqa: F401

    # task signals: end
