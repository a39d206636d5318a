"""Who cooks here."""

# task follow-cooks: begin
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
# task profiles: was
# from django.conf import settings
# from django.contrib.auth.models import AbstractUser
# from django.core.exceptions import ValidationError
# from django.db import models
# from django.urls import reverse
# task profiles: stub
# from django.contrib.auth.models import AbstractUser
# from django.core.exceptions import ValidationError
# task follow-cooks: end


class User(AbstractUser):
    """An account. Its own class from the first migration on, so that it can grow."""

    def clean(self):
        super().clean()
        # A form that finds a name taken asks with None in its place.
        if self.username and not self.username.strip("."):
            # Django lets them be; a browser reads `/cooks/../` as the way up.
            message = "A user name holds more than dots."
            raise ValidationError({"username": message})

    @property
    def display_name(self):
        """The full name, or the user name where there is none."""
        return self.get_full_name() or self.username

    # task profiles: begin
    def get_absolute_url(self):
        return reverse("accounts:profile", kwargs={"username": self.username})

    # task profiles: end


# task profiles: begin
class Profile(models.Model):
    """What a cook tells about themselves."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile"
    )
    bio = models.TextField(
        "about you", max_length=500, blank=True, help_text="500 characters at most."
    )
    avatar = models.ImageField("portrait", upload_to="avatars", blank=True)
    # task profiles: end
    # task unsubscribe: begin
    notify_comments = models.BooleanField(
        "mail me when somebody comments on a recipe of mine", default=True
    )
    notify_recipes = models.BooleanField(
        "mail me when a cook whom I follow publishes a recipe", default=True
    )
    # task unsubscribe: end

    # task profiles: begin
    def __str__(self):
        return str(self.user)


# task profiles: end
# task follow-cooks: begin
class Follow(models.Model):
    """Somebody wants to hear of a cook's new recipes."""

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="following"
    )
    cook = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="followers"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["follower", "cook"], name="follow_once"),
            models.CheckConstraint(
                condition=~Q(follower=F("cook")), name="follow_not_oneself"
            ),
        ]

    def __str__(self):
        return f"{self.follower} follows {self.cook}"


# task follow-cooks: end
