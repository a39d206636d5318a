"""Who has tasks, and where they are."""

# task time-zones: begin
from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.zones import time_zones

# task time-zones: stub
# from django.contrib.auth.models import AbstractUser
# task time-zones: end


class User(AbstractUser):
    """An account. The project has a class of its own, so that fields can be added."""

    # task time-zones: begin
    time_zone = models.CharField(
        max_length=64,
        choices=time_zones,
        default="UTC",
        help_text="Your days begin and end at midnight in this place.",
    )

    # task time-zones: end
    @property
    def display_name(self):
        return self.get_full_name() or self.username
