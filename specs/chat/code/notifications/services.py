# task notifications: file
"""Who is told of what, and how their sockets hear of it."""

# task notification-pages: begin
import re
from functools import partial

from django.db import transaction
from django.utils import timezone

from chat import frames
from chat.groups import tell_user
from chat.models import Invitation, Message, Room
from notifications.models import Notification

# task notifications: was
# import re
#
# from chat import frames
# from chat.groups import tell_user
# from chat.models import Invitation, Message, Room
# from notifications.models import Notification
#
# task notification-pages: end
# A name behind an @ that does not stand inside a word, as in an address. Dots, pluses
# and hyphens belong to a name, but not at its end: there the sentence may end as well.
MENTION = re.compile(r"(?<!\w)@(\w+(?:[.+-]+\w+)*)")


def notify_of_message(message_id):
    """Tells the other one of a direct chat, or else the members who are mentioned."""
    messages = Message.objects.select_related("room", "author")
    message = messages.filter(pk=message_id).first()
    if message is None:
        return
    if message.room.kind == Room.Kind.DIRECT:
        kind = Notification.Kind.DIRECT
        people = message.room.members.all()
    else:
        kind = Notification.Kind.MENTION
        names = set(MENTION.findall(message.body))
        if not names:
            return
        people = message.room.members.filter(username__in=names)
    for recipient in people.exclude(pk=message.author_id):
        notification, created = Notification.objects.get_or_create(
            recipient=recipient,
            message=message,
            defaults={"kind": kind, "actor": message.author, "room": message.room},
        )
        if created:
            tell(notification)


def notify_of_invitation(invitation_id):
    """Tells whoever is invited."""
    invitations = Invitation.objects.select_related("room", "user", "invited_by")
    invitation = invitations.filter(pk=invitation_id).first()
    if invitation is None:
        return
    notification = Notification.objects.create(
        recipient=invitation.user,
        kind=Notification.Kind.INVITATION,
        actor=invitation.invited_by,
        room=invitation.room,
    )
    tell(notification)


def tell(notification):
    """Sends a notification to all sockets of its recipient."""
    data = {
        "id": notification.pk,
        "kind": notification.kind,
        "text": notification.text,
        "url": notification.url,
        "room": notification.room_id,
        "actor": frames.user_data(notification.actor),
        "created_at": notification.created_at.isoformat(),
        "read": False,
    }
    send(
        notification.recipient_id,
        "notification.new",
        notification=data,
        unread=unread_count(notification.recipient),
    )


def send(user_id, type_, **fields):
    event = {"type": "user.frame", "text": frames.encode(type_, **fields)}
    tell_user(user_id, event)


def unread_count(user):
    return user.notifications.filter(read_at=None).count()


# task notification-pages: begin
def mark_read(notifications, user):
    """Marks those of one's notifications as read that are not, and tells the tabs."""
    if notifications.filter(read_at=None).update(read_at=timezone.now()):
        unread = unread_count(user)
        unread_told = partial(send, user.pk, "notification.unread", unread=unread)
        transaction.on_commit(unread_told, robust=True)


# task notification-pages: end
