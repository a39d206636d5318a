"""Who chats."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """An account. Its own class from the first migration on, so that it can grow."""

    @property
    def display_name(self):
        """The full name, or the user name where there is none."""
        return self.get_full_name() or self.username
