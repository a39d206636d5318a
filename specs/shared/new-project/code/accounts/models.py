"""Who has an account."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """An account. Its own class from the first migration on, so that it can grow."""
