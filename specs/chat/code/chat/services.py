# task store-messages: file
"""What changes the database, for pages and sockets alike."""

# task read-receipts: begin
from django.db import transaction
from django.db.models import Q

from chat.models import Membership, Message, Room

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

    The same author's `client_id` again gives the message that was stored first.
    """
    with transaction.atomic():
        # The room's writers take turns, so that its ids grow in the order of commits:
        # whoever has seen an id and asks for what comes after it misses nothing.
        Room.objects.select_for_update().get(pk=room_id)
        return Message.objects.select_related("author").get_or_create(
            author_id=author_id,
            client_id=client_id,
            defaults={"room_id": room_id, "body": body},
        )


# task store-messages: end
# task unread-counts: begin
def add_member(room, user, role=Membership.Role.MEMBER):
    """Makes somebody a member, with nothing unread; twice changes nothing."""
    newest = room.messages.order_by("-pk").first()
    Membership.objects.get_or_create(
        room=room, user=user, defaults={"role": role, "last_read": newest}
    )


# task membership: was
# def add_member(room, user, role=Membership.Role.MEMBER):
#     """Makes somebody a member; twice changes nothing."""
#     Membership.objects.get_or_create(room=room, user=user, defaults={"role": role})
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
        longest = room.memberships.first()
        if longest is None:
            room.delete()
        elif not room.memberships.filter(role=Membership.Role.OWNER).exists():
            longest.role = Membership.Role.OWNER
            longest.save(update_fields=["role"])


# task membership: end
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
def accept(invitation):
    """Makes the invited a member, and the invitation goes."""
    with transaction.atomic():
        add_member(invitation.room, invitation.user)
        invitation.delete()


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
