"""typing: others in the room see who is typing, and nothing is stored."""

import pytest

from acceptance.chat import (
    CONSUMER,
    HOW_AWAY,
    LEFT_OUT,
    NO_ROOM,
    chatting,
    expect_fields,
    expect_user,
    make_room,
    messages,
    own_counts,  # noqa: F401
    people,
    shown,
    without_layer,
)
from acceptance.support import expect, url

LOOK = f"{CONSUMER}, typing"


def typing(tab, room, active=True):
    """Sends one frame of typing."""
    frame = {"type": "typing", "room": getattr(room, "pk", room), "active": active}
    tab.send({key: value for key, value in frame.items() if value is not LEFT_OUT})


def test_hello_offers_typing(make_user):
    """FR-11: the client tells of it only where it is understood."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("typing")


@pytest.mark.parametrize("active", [True, False])
def test_others_in_the_room_see_it(some, make_user, active):
    """FR-11: who begins, and who stops."""
    users = people(make_user, some, 3)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, *others = (chat.join(user, room) for user in users)
        typing(mine, room, active)
        for tab in others:
            frame = tab.receive("typing", look=LOOK)
            expect_fields(
                frame,
                {"room": room.pk, "active": active},
                did=mine.did,
                look=LOOK,
                of="typing",
            )
            expect_user(
                frame.get("user"),
                users[0],
                did=mine.did,
                look=LOOK,
                of="typing whose user comes",
            )
        for tab in others:
            tab.nothing("typing", wanted=f"typing once for {tab.who}", look=LOOK)


def test_nobody_is_told_of_themselves(some, make_user):
    """FR-11: not on the second tab either."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        second = chat.join(users[0], room, name=f"{users[0]}'s second tab")
        typing(mine, room)
        theirs.receive("typing", look=LOOK)
        for tab in (mine, second):
            tab.nothing("typing", wanted=f"no typing for {tab.who}", look=LOOK)


def test_it_stays_in_the_room(some, make_user):
    """FR-11: who has not opened it, or has closed it, sees nothing."""
    users = people(make_user, some, 4)
    room, other = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        mine = chat.join(users[0], room)
        theirs = chat.join(users[1], room)
        outside = [chat.join(users[2], other), chat.join(users[3], room, other)]
        outside[1].close(room)
        typing(mine, room)
        theirs.receive("typing", look=LOOK)
        for tab in outside:
            tab.nothing("typing", wanted=f"no typing for {tab.who}", look=LOOK)


@pytest.mark.parametrize(
    "active",
    [LEFT_OUT, 1, 0, "true", None, []],
    ids=lambda value: "missing" if value is LEFT_OUT else shown(value),
)
def test_active_is_true_or_false(some, make_user, active):
    """FR-11: bad_frame for anything else."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        typing(mine, room, active)
        mine.refused("bad_frame", about={"room": room.pk}, look=LOOK)
        theirs.nothing("typing", "error", look=LOOK)


def test_a_room_that_does_not_exist(some, make_user):
    """FR-11: room_unknown, as for a message."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        typing(mine, NO_ROOM)
        mine.refused("room_unknown", about={"room": NO_ROOM}, look=LOOK)
        typing(mine, "7")
        mine.refused("bad_frame", look=LOOK)
        theirs.nothing("typing", "error", look=LOOK)


def test_nothing_is_stored(visitor, some, make_user):
    """FR-11: it is not a message."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        for active in (True, True, False):
            typing(mine, room, active)
            theirs.receive("typing", look=LOOK)
        mine.nothing("message.ack", "message.new")
        theirs.nothing("message.new")
    found = visitor.sign_in(users[0]).get(url("chat:message-list", pk=room.pk))
    found = found.expect_status(200).json()
    expect(
        not messages().exists() and found.get("messages") == [],
        did="Sent three frames of typing",
        wanted="no message, and an empty history",
        got=f"{messages().count()} messages; the history says {shown(found)}",
        look=LOOK,
    )


@pytest.mark.parametrize("how", HOW_AWAY)
def test_typing_may_be_lost(some, make_user, how):
    """NFR-8: with a layer that is away nobody hears of it, and the socket lives on."""
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.join(other, room)
        with without_layer(how):
            mine.send({"type": "typing", "room": room.pk, "active": True})
            mine.expect_alive()
        mine.send({"type": "typing", "room": room.pk, "active": False})
        frame = theirs.receive("typing", look=LOOK)
        expect_fields(frame, {"active": False}, did=mine.did, look=LOOK, of="typing")
