# task notifications: file
"""Listens to what happens in the chat, which knows nothing of notifications."""

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from chat.models import Invitation, Message
from notifications import services


@receiver(post_save, sender=Message)
def message_saved(sender, instance, created, **kwargs):
    if created:
        pk = instance.pk
        # No partial: where a robust function fails, Django logs its name.
        transaction.on_commit(lambda: services.notify_of_message(pk), robust=True)


@receiver(post_save, sender=Invitation)
def invitation_saved(sender, instance, created, **kwargs):
    if created:
        pk = instance.pk
        transaction.on_commit(lambda: services.notify_of_invitation(pk), robust=True)
