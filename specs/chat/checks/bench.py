"""Two hundred people in one room, on one server process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from djangopath import catalogue
from tools import cuts, environments, load, services
from tools.site import Site

SOCKETS = 200

# Members of one room, each signed in.
MEMBERS = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
)
from chat.models import Membership, Room
User = get_user_model()
users = User.objects.bulk_create(
    [User(username=f"load{number}", password="!") for number in range(%d)]
)
room = Room.objects.create(name="Load", created_by=users[0])
Membership.objects.bulk_create([Membership(room=room, user=user) for user in users])
Store = import_module(settings.SESSION_ENGINE).SessionStore
keys = []
for user in users:
    session = Store()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    keys.append(session.session_key)
print(json.dumps({"room": room.pk, "keys": keys}))
"""


def talk(made: dict[str, Any]) -> load.Talk:
    """How the members of the room speak."""
    return load.Talk(
        message={"type": "message.send", "room": made["room"], "body": "A message"},
        key="client_id",
        within="message",
        sent="message.new",
        opening={"type": "room.open", "room": made["room"]},
        opened="room.opened",
    )


# The containers for a server are asked to carry it as well, as tests/containers does.
CONVERSATION = load.Conversation("/ws/chat/", MEMBERS, talk)


def bench(place: Path) -> None:
    """Prints the latency of the finished chat beside that of a bare consumer."""
    project = catalogue.load("chat")
    folder = cuts.write_cut(project, len(project.tasks), place / "site")
    bare = place / "bare"
    bare.mkdir()
    with services.real(project) as env:
        python = environments.environment(project)
        site = Site(project, folder, python, "", env)
        site.manage("migrate", "--verbosity", "0")
        load.beside_bare_channels(site, CONVERSATION, SOCKETS, bare)
