# task unit-tests: file
"""Rows for tests. Each test names only what it is about."""

from itertools import count
from uuid import uuid4

from django.contrib.auth import get_user_model

from chat.models import Membership, Message, Room

numbers = count(1)


def make_user(username="", **fields):
    """Somebody without a password: hashing one takes longer than most tests."""
    username = username or f"user{next(numbers)}"
    return get_user_model().objects.create_user(username, **fields)


def make_room(*members, name="", kind=Room.Kind.PUBLIC):
    """A room; the first of its members is its owner."""
    owner = members[0] if members else None
    name = name or f"Room {next(numbers)}"
    room = Room.objects.create(name=name, kind=kind, created_by=owner)
    for user in members:
        role = Membership.Role.OWNER if user == owner else Membership.Role.MEMBER
        Membership.objects.create(room=room, user=user, role=role)
    return room


def make_message(room, author, body="Something was said."):
    return Message.objects.create(
        room=room, author=author, client_id=uuid4(), body=body
    )
