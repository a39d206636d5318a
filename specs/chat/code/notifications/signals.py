# task notifications: file
"""Listens to what happens in the chat, which knows nothing of notifications."""

from functools import partial

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from chat.models import Invitation, Message
from notifications import services


@receiver(post_save, sender=Message)
def message_saved(sender, instance, created, **kwargs):
    if created:
        notify = partial(services.notify_of_message, instance.pk)
        transaction.on_commit(notify, robust=True)


@receiver(post_save, sender=Invitation)
def invitation_saved(sender, instance, created, **kwargs):
    if created:
        notify = partial(services.notify_of_invitation, instance.pk)
        transaction.on_commit(notify, robust=True)
