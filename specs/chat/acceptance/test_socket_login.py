"""socket-login: a socket has a user, and comes from a page of this site."""

import pytest

from acceptance.chat import (
    ADDRESS,
    ASGI,
    CONSUMER,
    chatting,
    expect_fields,
    expect_user,
    make_room,
    own_counts,  # noqa: F401
    people,
    shown,
)
from acceptance.samples import named
from acceptance.sockets import cookies_of
from acceptance.support import Visitor, expect

CONNECT = f"{CONSUMER}.connect"
ORIGINS = f"{ASGI}, AllowedHostsOriginValidator"


def test_hello_names_the_user(some, make_user):
    """FR-5: the socket knows whose session it is."""
    with chatting() as chat:
        for user in people(make_user, some, 2):
            tab = chat.enter(user)
            expect_user(
                tab.hello.get("user"),
                user,
                did=f"Connected to {ADDRESS} as {user}",
                look=f"{CONNECT}, and AuthMiddlewareStack in {ASGI}",
                of="a hello whose user comes",
            )


def test_without_names_the_user_name_stands(make_user):
    """FR-5: `name` is what `display_name` says."""
    user = make_user()
    with chatting() as chat:
        tab = chat.enter(user)
        expect_user(
            tab.hello.get("user"),
            user,
            did=f"Connected to {ADDRESS} as {user}",
            look=CONNECT,
            of="a hello whose user comes",
        )


@pytest.mark.parametrize("who", ["nobody", "unknown", "logged out", "inactive"])
def test_who_is_not_signed_in_is_sent_away(make_user, who):
    """FR-5: accepted, so that the browser sees the code; then closed with 4401."""
    user = make_user()
    if who == "nobody":
        cookie = ""
    elif who == "unknown":
        cookie = "sessionid=abcdefghijklmnopqrstuvwxyz012345"
    elif who == "logged out":
        visitor = Visitor(user)
        cookies = visitor.client.cookies
        cookie = "; ".join(f"{name}={found.value}" for name, found in cookies.items())
        visitor.client.logout()
    else:
        cookie = cookies_of(user)
        user.is_active = False
        user.save()
    name = {
        "nobody": "a visitor",
        "unknown": "somebody with an unknown session",
        "logged out": "somebody who has logged out",
        "inactive": "a user who is not active any more",
    }[who]
    with chatting() as chat:
        tab = chat.knock(cookie=cookie, name=name)
        tab.expect_accepted(
            wanted="the handshake accepted and the socket then closed with 4401",
            look=CONNECT,
        )
        tab.expect_closed(4401, look=CONNECT)
        expect(
            not tab.inbox,
            did=tab.did,
            wanted="no frame before the socket is closed",
            got=", ".join(shown(frame) for frame in tab.inbox),
            look=f"{CONNECT}: return after close",
        )


def test_a_stranger_disturbs_nobody(some, make_user):
    """FR-5: those who are signed in go on."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        chat.knock().expect_closed(4401, look=CONNECT)
        mine.hears(mine.say(room))


def test_what_a_stranger_sends_is_ignored(some, make_user):
    """NFR-5: frames may be on their way while the socket is being closed."""
    user = make_user()
    room = make_room(some, user)
    wanted = "the socket closed with 4401, and what it sent before that ignored"
    look = f"{CONSUMER}.receive"
    with chatting() as chat:
        mine = chat.join(user, room)
        tab = chat.knock(name="a visitor")
        tab.send({"type": "room.open", "room": room.pk})
        tab.say(room)
        tab.send({"type": "ping"})
        tab.expect_closed(4401, wanted=wanted, look=look)
        tab.disconnect(wanted=wanted, look=look)
        later = [event.get("text") for event in tab.call.events]
        expect(
            not later,
            did="Sent three frames as a visitor, whose socket is being closed",
            wanted=f"{wanted}: nothing can be sent over a socket that is closed",
            got=f"an answer after the close: {later[0] if later else ''}",
            look=look,
        )
        mine.nothing("message.new", wanted="nothing of what a visitor sends", look=look)
        mine.hears(mine.say(room))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "https://evil.example:80",
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_page_of_another_site_gets_no_socket(make_user, origin, signed_in):
    """NFR-5: the browser would send the session along."""
    user = make_user()
    with chatting() as chat:
        tab = chat.knock(user if signed_in else None, origin=origin)
        expect(
            not tab.accepted,
            did=f"Connected to {ADDRESS} as {tab.who} from a page of {origin}",
            wanted="the handshake refused (NFR-5)",
            got="it was accepted",
            look=ORIGINS,
        )


def test_a_page_of_this_site_gets_one(make_user):
    """NFR-5: the hosts of ALLOWED_HOSTS are let in."""
    user = make_user()
    with chatting() as chat:
        chat.enter(user, origin="http://localhost").expect_alive()
        chat.enter(user, origin="http://localhost:8000").expect_alive()


def test_a_message_has_its_author(some, make_user):
    """FR-5: two users in one room are told apart."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        tabs = [chat.join(user, room) for user in users]
        for tab, user in zip(tabs, users, strict=True):
            sent = tab.say(room)
            for listener in tabs:
                message = listener.hears(sent)
                expect_user(
                    message.get("author"),
                    user,
                    did=tab.did,
                    look=f'{CONSUMER}, message.send: self.scope["user"]',
                    of="a message whose author comes",
                )


def test_nobody_writes_in_anothers_name(some, make_user):
    """FR-5: what a frame says about its author is ignored."""
    user, other = named(make_user, some), named(make_user, some)
    room = make_room(some, user, other)
    false = {"id": other.pk, "username": other.username, "name": other.display_name}
    with chatting() as chat:
        mine, theirs = chat.join(user, room), chat.join(other, room)
        sent = mine.say(
            room,
            author=false,
            user=false,
            username=other.username,
            id=77,
            created_at="2001-02-03T04:05:06+00:00",
        )
        message = theirs.hears(sent)
        expect_user(
            message.get("author"),
            user,
            did=mine.did,
            look=f'{CONSUMER}, message.send: self.scope["user"]',
            of="a message whose author comes",
        )
        expect_fields(message, {"body": sent["body"]}, did=mine.did, look=CONSUMER)
        expect(
            not str(message.get("created_at")).startswith("2001"),
            did=mine.did,
            wanted="the moment of the server as created_at",
            got="the one that the frame said",
            look=CONSUMER,
        )
