# task removal: file
"""What follows when somebody has become a member, or ceased to be one."""

# task activity: begin
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from chat import services
from chat.groups import tell_user
from chat.models import Membership, Room

# task removal: was
# from django.conf import settings
# from django.db import transaction
# from django.db.models.signals import post_delete, pre_delete
# from django.dispatch import receiver
#
# from chat import services
# from chat.groups import tell_user
# from chat.models import Membership, Room
#
# task activity: end


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def account_ends(sender, instance, **kwargs):
    """Locks the account's rooms before a membership is touched, as whoever leaves does.

    Two who took these locks in different orders would wait for each other for ever.
    """
    list(Room.objects.for_member(instance).order_by("pk").select_for_update())


@receiver(pre_delete, sender=Room)
def room_ends(sender, instance, **kwargs):
    """Locks the room before its memberships are touched, for the same reason."""
    Room.objects.select_for_update().filter(pk=instance.pk).first()


@receiver(post_delete, sender=Membership)
def membership_ended(sender, instance, origin, **kwargs):
    # Where the room itself is deleted, by an object or a queryset, nobody succeeds.
    if getattr(origin, "model", type(origin)) is not Room:
        services.settle(instance.room_id)
    tell_on_commit(instance, "member.removed")


# task activity: begin
@receiver(post_save, sender=Membership)
def membership_began(sender, instance, created, **kwargs):
    if created:
        tell_on_commit(instance, "member.added")


# task activity: end
def tell_on_commit(membership, type_):
    user_id, event = membership.user_id, {"type": type_, "room": membership.room_id}

    # No partial: of a robust function that fails Django logs the name, and a partial
    # has none, so that the error would get through after all.
    def tell():
        tell_user(user_id, event)

    transaction.on_commit(tell, robust=True)
