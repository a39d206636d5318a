# task notifications: file
"""What is meant for one person, kept until they have read it."""

from django.conf import settings
from django.db import models
from django.urls import reverse


class Notification(models.Model):
    """That somebody invited, wrote to or mentioned the recipient."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        DIRECT = "direct", "Direct message"
        MENTION = "mention", "Mention"

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+"
    )
    room = models.ForeignKey("chat.Room", models.CASCADE, related_name="notifications")
    message = models.ForeignKey(
        "chat.Message",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["recipient"],
                condition=models.Q(read_at=None),
                name="unread_of_a_recipient",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "message"], name="one_notification_per_message"
            ),
        ]

    def __str__(self):
        return self.text

    @property
    def text(self):
        """The notification in a sentence."""
        actor = self.actor.display_name
        if self.kind == self.Kind.INVITATION:
            return f"{actor} invited you to {self.room.name}"
        if self.kind == self.Kind.DIRECT:
            return f"{actor} wrote to you"
        return f"{actor} mentioned you in {self.room.name}"

    @property
    def url(self):
        """The page that the notification is about."""
        if self.kind == self.Kind.INVITATION:
            return reverse("chat:invitation-list")
        return self.room.get_absolute_url()
