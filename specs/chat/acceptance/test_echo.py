"""echo: the site speaks ASGI, and a socket says hello and echoes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from acceptance.chat import (
    ASGI,
    CONSUMER,
    chatting,
    expect_fields,
    make_room,
    moment,
    shown,
)
from acceptance.support import expect

SETTINGS = "config/settings.py"


# ----------------------------------------------------------------------------- settings


def test_daphne_comes_first():
    """NFR-7: `runserver` is the one that speaks ASGI."""
    apps = list(settings.INSTALLED_APPS)
    expect(
        apps[:1] == ["daphne"],
        did="Read INSTALLED_APPS",
        wanted='"daphne" as the first of all',
        got=f"the first is {apps[0]!r}"
        + (", daphne comes later" if "daphne" in apps else ", daphne is missing"),
        look=f"{SETTINGS}, INSTALLED_APPS",
    )


def test_the_application_is_named():
    """NFR-7: Daphne's `runserver` asks for it."""
    found = getattr(settings, "ASGI_APPLICATION", None)
    expect(
        found == "config.asgi.application",
        did="Read ASGI_APPLICATION",
        wanted='"config.asgi.application"',
        got=repr(found),
        look=SETTINGS,
    )


# ---------------------------------------------------------------------------- handshake


def test_pages_still_answer(make_user):
    """NFR-7: HTTP goes on as before, through the same application."""
    with chatting() as chat:
        chat.enter(make_user())
        status, _ = chat.get("/healthz/", look=f'{ASGI}, "http"')
    expect(
        status == 200,
        did=f"Opened GET /healthz/ through {ASGI}",
        wanted="200",
        got=f"{status}",
        look=f'{ASGI}, "http"',
    )


def test_the_socket_says_hello(make_user):
    """FR-3: accepted, and greeted before anything is asked."""
    with chatting() as chat:
        chat.enter(make_user()).expect_alive()


def test_two_tabs_are_two_sockets(make_user):
    """FR-3: each has a consumer of its own, and one that goes leaves the other."""
    user = make_user()
    with chatting() as chat:
        first = chat.enter(user, name=f"{user}'s first tab")
        second = chat.enter(user, name=f"{user}'s second tab")
        first.disconnect(look=f"{CONSUMER}.disconnect")
        second.expect_alive()


# --------------------------------------------------------------------------------- echo


def test_a_message_comes_back(some, make_user):
    """FR-3: what was sent, as a message."""
    user = make_user()
    room = make_room(some, user)
    before = timezone.now()
    with chatting() as chat:
        mine = chat.join(user, room)
        sent = mine.say(room)
        message = mine.hears(sent)
        wanted = {key: sent[key] for key in ("room", "client_id", "body")}
        expect_fields(message, wanted, did=mine.did, look=CONSUMER)
        for key in ("id", "author", "created_at"):
            expect(
                key in message,
                did=mine.did,
                wanted=f"a message with the key {key}",
                got=f"the keys {', '.join(message)}",
                look=CONSUMER,
            )
        at = moment(message["created_at"])
        slack = timedelta(seconds=5)
        expect(
            at is not None and before - slack <= at <= timezone.now() + slack,
            did=mine.did,
            wanted="created_at: this moment in ISO 8601, with its offset",
            got=shown(message["created_at"]),
            look=f"{CONSUMER}, timezone.now().isoformat()",
        )


@pytest.mark.parametrize(
    "body",
    [
        "<b>ä 😀</b>",
        "<script>alert(1)</script> & \"quotes\" 'and' more",
        "two\nlines and a \\ backslash",
        "\u202eright to left",
    ],
)
def test_a_text_comes_back_as_it_was_sent(some, make_user, body):
    """FR-3: the server changes nothing; who shows a text escapes it."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        message = mine.hears(mine.say(room, body))
        expect_fields(message, {"body": body}, did=mine.did, look=CONSUMER)


def test_messages_come_in_their_order(some, make_user):
    """FR-3: the first is answered first."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        sent = [mine.say(room)["client_id"] for _ in range(3)]
        heard = [
            frame["message"].get("client_id")
            for frame in (mine.receive("message.new", look=CONSUMER) for _ in sent)
        ]
    places = [str(sent.index(one) + 1) if one in sent else "another" for one in heard]
    expect(
        heard == sent,
        did="Sent three messages in a row",
        wanted="three message.new in the same order",
        got=f"the order {', '.join(places)}",
        look=CONSUMER,
    )


def test_a_ping_is_no_message(make_user):
    """FR-3: each type is answered by its own."""
    with chatting() as chat:
        mine = chat.enter(make_user())
        mine.send({"type": "ping"})
        mine.receive("pong", look=f"{CONSUMER}, ping")
        mine.nothing("message.new", look=f"{CONSUMER}, ping")


def test_a_message_comes_once(some, make_user):
    """FR-3: one answer for one message, and none for another tab's room."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        sent = mine.say(room, client_id=str(uuid4()))
        mine.hears(sent)
        mine.nothing(
            "message.new", wanted="one message.new for one message", look=CONSUMER
        )
