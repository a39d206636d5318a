"""Who uses the blog."""

# task sign-up-login: begin
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
# task sign-up-login: stub
# from django.contrib.auth.models import AbstractUser
# task sign-up-login: end


class User(AbstractUser):
    """An account. Its own class from the first migration on, so that it can grow."""

    # task sign-up-login: begin
    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_unique_in_any_case",
                violation_error_message="A user with that username already exists.",
            ),
            # In an address `.` and `..` are the way to another page.
            models.CheckConstraint(
                condition=~models.Q(username__in=[".", ".."]),
                name="user_name_fits_an_address",
                violation_error_message="This name would lead to another page.",
            ),
        ]

    # task sign-up-login: end
    @property
    def display_name(self):
        """The full name, or the user name where there is none."""
        return self.get_full_name() or self.username
