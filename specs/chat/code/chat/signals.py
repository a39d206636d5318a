# task removal: file
"""Tells people's sockets that they have become members, or ceased to be."""

# task activity: begin
from functools import partial

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from chat.groups import tell_user
from chat.models import Membership

# task removal: was
# from functools import partial
#
# from django.db import transaction
# from django.db.models.signals import post_delete
# from django.dispatch import receiver
#
# from chat.groups import tell_user
# from chat.models import Membership
#
# task activity: end


@receiver(post_delete, sender=Membership)
def membership_ended(sender, instance, **kwargs):
    event = {"type": "member.removed", "room": instance.room_id}
    transaction.on_commit(partial(tell_user, instance.user_id, event), robust=True)


# task activity: begin
@receiver(post_save, sender=Membership)
def membership_began(sender, instance, created, **kwargs):
    if created:
        event = {"type": "member.added", "room": instance.room_id}
        transaction.on_commit(partial(tell_user, instance.user_id, event), robust=True)


# task activity: end
