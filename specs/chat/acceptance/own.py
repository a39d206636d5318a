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
