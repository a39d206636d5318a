# task store-messages: file
"""What changes the database, for pages and sockets alike."""

# task read-receipts: begin
from django.db import transaction
from django.db.models import Q

from chat.models import Invitation, Membership, Message, Room

# task invitations: was
# from django.db import transaction
#
# from chat.models import Invitation, Membership, Message, Room
# task membership: was
# from django.db import transaction
#
# from chat.models import Membership, Message, Room
# task store-messages: was
# from django.db import transaction
#
# from chat.models import Message, Room
# task read-receipts: end


# task store-messages: begin
def store_message(room_id, author_id, client_id, body):
    """Stores a message once; tells whether it is new.

    The same author's `client_id` again gives the message that was stored first. A room
    that is gone raises `Room.DoesNotExist`.
    """
    with transaction.atomic():
        # The room's writers take turns, so that its ids grow in the order of commits:
        # whoever has seen an id and asks for what comes after it misses nothing.
        Room.objects.select_for_update().get(pk=room_id)
        # task store-messages: end
        # task membership: begin
        # Asked when it is one's turn: whoever was put out meanwhile writes no more.
        Room.objects.for_member(author_id).get(pk=room_id)
        # task membership: end
        # task store-messages: begin
        return Message.objects.select_related("author").get_or_create(
            author_id=author_id,
            client_id=client_id,
            defaults={"room_id": room_id, "body": body},
        )


# task store-messages: end
# task unread-counts: begin
def add_member(room, user, role=Membership.Role.MEMBER):
    """Makes somebody a member, with nothing unread; twice changes nothing.

    A room that is gone raises `Room.DoesNotExist`.
    """
    with transaction.atomic():
        # The last one may be leaving: whoever comes after that finds no room.
        Room.objects.select_for_update().get(pk=room.pk)
        newest = room.messages.order_by("-pk").first()
        Membership.objects.get_or_create(
            room=room, user=user, defaults={"role": role, "last_read": newest}
        )


# task membership: was
# def add_member(room, user, role=Membership.Role.MEMBER):
#     """Makes somebody a member; twice changes nothing.
#
#     A room that is gone raises `Room.DoesNotExist`.
#     """
#     with transaction.atomic():
#         # The last one may be leaving: whoever comes after that finds no room.
#         Room.objects.select_for_update().get(pk=room.pk)
#         Membership.objects.get_or_create(room=room, user=user, defaults={"role": role})
#
#
# task unread-counts: end
# task membership: begin
def leave_room(room_id, user):
    """Ends a membership. The last owner is succeeded, an empty room is deleted."""
    with transaction.atomic():
        # Of two who leave at once the second sees that the first has gone.
        room = Room.objects.select_for_update().filter(pk=room_id).first()
        if room is None:
            return
        room.memberships.filter(user=user).delete()
        # task membership: end
        # task removal: begin
        # task membership: was
        # settle(room_id)
        # task removal: end


# task membership: begin
def settle(room_id):
    """After a membership has ended: an empty room goes, one without owner gets one."""
    room = Room.objects.select_for_update().filter(pk=room_id).first()
    if room is None:
        return
    longest = room.memberships.first()
    owners = room.memberships.filter(role=Membership.Role.OWNER)
    if longest is None:
        room.delete()
    elif room.kind != Room.Kind.DIRECT and not owners.exists():
        room.memberships.filter(pk=longest.pk).update(role=Membership.Role.OWNER)


# task membership: end
# task removal: begin
def remove_member(room_id, owner, user_id):
    """Puts a member out of a room of this owner's; tells whether both were so."""
    with transaction.atomic():
        # Whoever leaves in the same moment may have ceased to be the owner.
        room = Room.objects.select_for_update().filter(pk=room_id).first()
        if room is None or not room.has_owner(owner):
            return False
        deleted, _ = room.memberships.filter(user=user_id).delete()
        return bool(deleted)


# task removal: end
# task direct-chats: begin
def direct_room(user, other):
    """The room of these two, made where there is none."""
    if user.pk == other.pk:
        raise ValueError("A direct chat has two people.")
    key = ":".join(str(pk) for pk in sorted([user.pk, other.pk]))
    with transaction.atomic():
        room, created = Room.objects.get_or_create(
            direct_key=key, defaults={"kind": Room.Kind.DIRECT, "created_by": user}
        )
        if created:
            add_member(room, user)
            add_member(room, other)
    return room


# task direct-chats: end
# task invitations: begin
def invite(room_id, user, invited_by):
    """Invites somebody to a group; whoever is invited, or a member, stays as they are.

    A room that is gone raises `Room.DoesNotExist`.
    """
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room_id)
        if not room.memberships.filter(user=user).exists():
            room.invitations.get_or_create(
                user=user, defaults={"invited_by": invited_by}
            )


def accept(invitation):
    """Makes the invited a member, and the invitation goes.

    If it has been answered meanwhile, or the room is gone, `DoesNotExist` is raised.
    """
    with transaction.atomic():
        Room.objects.select_for_update().get(pk=invitation.room_id)
        # Of two answers the first counts, and only one of them finds a row to delete.
        deleted, _ = Invitation.objects.filter(pk=invitation.pk).delete()
        if not deleted:
            raise Invitation.DoesNotExist
        add_member(invitation.room, invitation.user)


# task invitations: end
# task read-receipts: begin
def mark_read(room_id, user_id, message_id):
    """Moves forward how far somebody has read; tells whether it has moved.

    One UPDATE compares and sets, so of two at the same time the greater id stays.
    """
    unread = Q(last_read=None) | Q(last_read_id__lt=message_id)
    membership = Membership.objects.filter(room_id=room_id, user_id=user_id)
    return bool(membership.filter(unread).update(last_read_id=message_id))


# task read-receipts: end
