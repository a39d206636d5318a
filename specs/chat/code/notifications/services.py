# task notifications: file
"""Who is told of what, and how their sockets hear of it."""

# task notification-pages: begin
import re

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from chat import frames
from chat.groups import tell_user
from chat.models import Invitation, Message, Room
from notifications.models import Notification

# task notifications: was
# import re
#
# from django.db.models import Count
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
    told = message.notifications.values("recipient")
    people = people.exclude(pk=message.author_id).exclude(pk__in=told)
    # A message may name two hundred; each of them by itself would be five queries.
    about = {"kind": kind, "actor": message.author, "room": message.room}
    notifications = Notification.objects.bulk_create(
        Notification(recipient=recipient, message=message, **about)
        for recipient in people
    )
    tell(notifications)


def notify_of_invitation(invitation_id):
    """Tells whoever is invited."""
    invitations = Invitation.objects.select_related("room", "user", "invited_by")
    invitation = invitations.filter(pk=invitation_id).first()
    if invitation is None:
        return
    # Invited, declined, invited again: that is one thing to be told of, not thirty.
    kind = Notification.Kind.INVITATION
    earlier = invitation.user.notifications.filter(kind=kind, room=invitation.room)
    if earlier.filter(read_at=None).exists():
        return
    earlier.delete()
    notification = Notification.objects.create(
        recipient=invitation.user,
        kind=kind,
        actor=invitation.invited_by,
        room=invitation.room,
    )
    tell([notification])


def tell(notifications):
    """Sends notifications, of different people, to all sockets of each recipient."""
    unread = unread_counts([found.recipient_id for found in notifications])
    for notification in notifications:
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
            unread=unread[notification.recipient_id],
        )


def send(user_id, type_, **fields):
    event = {"type": "user.frame", "text": frames.encode(type_, **fields)}
    tell_user(user_id, event)


def unread_counts(user_ids):
    """How many notifications each of these has not read, in one query."""
    unread = Notification.objects.filter(recipient__in=user_ids, read_at=None)
    counts = unread.order_by().values("recipient").annotate(count=Count("pk"))
    return {row["recipient"]: row["count"] for row in counts}


def unread_count(user):
    return unread_counts([user.pk]).get(user.pk, 0)


# task notification-pages: begin
def mark_read(notifications, user):
    """Marks those of one's notifications as read that are not, and tells the tabs."""
    if notifications.filter(read_at=None).update(read_at=timezone.now()):
        unread = unread_count(user)
        transaction.on_commit(
            lambda: send(user.pk, "notification.unread", unread=unread), robust=True
        )


# task notification-pages: end
