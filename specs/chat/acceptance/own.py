"""What is broken in the memory of a process that runs the learner's own tests."""

from __future__ import annotations

# All runs of a file side by side, on a machine that has other things to do.
SECONDS = 180
SOCKET = "tests/test_socket.py"
TEST_CASE = "django.test.testcases.TestCase"
TRANSACTION_TEST_CASE = "django.test.testcases.TransactionTestCase"

# A function is replaced wherever a module has imported it.
EVERYWHERE = """
import sys


def everywhere(old, new):
    for module in list(sys.modules.values()):
        for name, value in list((getattr(module, "__dict__", None) or {}).items()):
            if value is old:
                setattr(module, name, new)
"""
FOR_MEMBER = (
    "RoomQuerySet.for_member returned self.all()",
    """
from chat.models import RoomQuerySet

RoomQuerySet.for_member = lambda self, *args, **kwargs: self.all()
""",
)
STORE_MESSAGE = (
    "store_message stored a new row each time",
    EVERYWHERE
    + """
from uuid import uuid4

from chat import services
from chat.models import Message


def store_message(room_id, author_id, client_id, body):
    fields = {"room_id": room_id, "author_id": author_id, "body": body}
    return Message.objects.create(client_id=uuid4(), **fields), True


everywhere(services.store_message, store_message)
""",
)
MAY_SEND = (
    "may_send always returned True",
    EVERYWHERE
    + """
from chat import limits

everywhere(limits.may_send, lambda *args, **kwargs: True)
""",
)
VALID_ORIGIN = (
    "OriginValidator.valid_origin always returned True",
    """
from channels.security.websocket import OriginValidator

OriginValidator.valid_origin = lambda self, *args, **kwargs: True
""",
)
DIRECT_ROOM = (
    "direct_room looked, and then made the room",
    EVERYWHERE
    + """
from chat import services
from chat.models import Membership, Room


def direct_room(user, other):
    if user.pk == other.pk:
        raise ValueError("A direct chat has two people.")
    key = ":".join(str(pk) for pk in sorted([user.pk, other.pk]))
    room = Room.objects.filter(direct_key=key).first()
    if room is None:
        fields = {"kind": Room.Kind.DIRECT, "created_by": user}
        room = Room.objects.create(direct_key=key, **fields)
        for one in (user, other):
            Membership.objects.create(room=room, user=one)
    return room


everywhere(services.direct_room, direct_room)
""",
)
CACHE_FAILS = (
    "may_send let an error of the cache through",
    EVERYWHERE
    + """
import time

from django.conf import settings
from django.core.cache import cache

from chat import limits


def may_send(user_id):
    key = f"flood:{user_id}:{int(time.time()) // settings.CHAT_FLOOD_SECONDS}"
    cache.add(key, 0, timeout=2 * settings.CHAT_FLOOD_SECONDS)
    return cache.incr(key) <= settings.CHAT_FLOOD_MESSAGES


everywhere(limits.may_send, may_send)
""",
)
