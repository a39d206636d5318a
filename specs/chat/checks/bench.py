"""Two hundred people in one room, on one server process."""

from __future__ import annotations

from pathlib import Path

from djangopath import catalogue
from tools import load, proof, services
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


def bench(place: Path) -> None:
    """Prints the latency of the finished chat beside that of a bare consumer."""
    project = catalogue.load("chat")
    folder = proof.write_cut(project, len(project.tasks), place / "site")
    bare = place / "bare"
    bare.mkdir()
    with services.real(project) as env:
        site = Site(project, folder, proof.environment(project), "", env)
        site.manage("migrate", "--verbosity", "0")
        made = site.shell(MEMBERS % SOCKETS)
        talk = load.Talk(
            message={
                "type": "message.send",
                "room": made["room"],
                "body": "A message of a load test",
            },
            key="client_id",
            within="message",
            sent="message.new",
            opening={"type": "room.open", "room": made["room"]},
            opened="room.opened",
        )
        cookies = [f"sessionid={key}" for key in made["keys"]]
        load.beside_bare_channels(site, "/ws/chat/", talk, cookies, bare)
