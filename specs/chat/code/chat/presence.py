# task presence: file
"""Who is online: whoever has a connection that has lately given a sign of life."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from chat.frames import user_data
from chat.models import Connection, Room


def limit():
    """Connections that were last seen before this moment are dead."""
    return timezone.now() - timedelta(seconds=settings.CHAT_PRESENCE_SECONDS)


def online(user_ids):
    """Those of the ids whose user is online."""
    alive = Connection.objects.filter(user_id__in=user_ids, seen_at__gte=limit())
    return set(alive.values_list("user_id", flat=True))


def connected(user_id, channel):
    """Stores a connection; tells whether its user was offline before."""
    with transaction.atomic():
        if lock(user_id) is None:  # the account has been deleted
            return False
        was_online = bool(online([user_id]))
        Connection.objects.update_or_create(
            channel=channel, defaults={"user_id": user_id, "seen_at": timezone.now()}
        )
        return not was_online


def disconnected(user_id, channel):
    """Forgets a connection; tells whether its user is offline now."""
    with transaction.atomic():
        lock(user_id)
        deleted, _ = Connection.objects.filter(channel=channel).delete()
        return bool(deleted) and not online([user_id])


def beat(user_id, channel):
    """A sign of life; tells whether the user was offline, and who else is now."""
    own = Connection.objects.filter(channel=channel)
    alive = own.update(seen_at=timezone.now())
    arrived = not alive and connected(user_id, channel)
    return arrived, sweep()


def sweep():
    """Deletes dead connections; gives the ids of those who are offline by that."""
    dead = Connection.objects.filter(seen_at__lt=limit())
    # Only who deletes a row speaks of it: other processes sweep as well.
    gone = {
        connection.user_id
        for connection in dead
        if Connection.objects.filter(pk=connection.pk, seen_at__lt=limit()).delete()[0]
    }
    return gone - online(gone)


def people(user_ids):
    """Each of these users as data, with the ids of their rooms."""
    users = get_user_model().objects.filter(pk__in=user_ids)
    return [
        (
            user_data(user),
            list(Room.objects.for_member(user).values_list("pk", flat=True)),
        )
        for user in users
    ]


def lock(user_id):
    """Lets the connections of one user come and go one after the other."""
    users = get_user_model().objects.select_for_update(no_key=True)
    return users.filter(pk=user_id).first()
