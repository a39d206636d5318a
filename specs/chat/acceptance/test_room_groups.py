"""room-groups: what one says in a room reaches everybody who has it open."""

import pytest

from acceptance.chat import (
    CONSUMER,
    chatting,
    closed_room_is_silent,
    expect_fields,
    leaves_all_groups,
    make_room,
    people,
    shown,
)
from acceptance.support import expect

SEND = f"{CONSUMER}, message.send"


def same_as(sent):
    """What a message has of the frame that it came from."""
    return {key: sent[key] for key in ("room", "client_id", "body")}


def test_hello_offers_rooms(make_user):
    """FR-4: the client opens its room only where that is understood."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("rooms")


def test_opening_a_room_is_answered(some, make_user):
    """FR-4: the client knows from when on it hears everything."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.enter(user)
        mine.expect_feature("rooms")
        frame = mine.open(room)
        expect_fields(
            frame, {"room": room.pk}, did=mine.did, look=CONSUMER, of="room.opened"
        )


def test_everybody_in_the_room_hears_it(some, make_user):
    """FR-4: the sender included, once each."""
    users = people(make_user, some, 3)
    room = make_room(some, *users)
    with chatting() as chat:
        tabs = [chat.join(user, room) for user in users]
        sent = tabs[0].say(room)
        for tab in tabs:
            message = tab.hears(sent, look=SEND)
            expect_fields(message, same_as(sent), did=tabs[0].did, look=SEND)
        for tab in tabs:
            tab.nothing(
                "message.new", wanted=f"the message once for {tab.who}", look=SEND
            )


def test_two_tabs_of_one_user_hear_it(some, make_user):
    """FR-4: it is sockets that are in a group, not users."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        first = chat.join(user, room, name=f"{user}'s first tab")
        second = chat.join(user, room, name=f"{user}'s second tab")
        sent = first.say(room)
        first.hears(sent, look=SEND)
        second.hears(sent, look=SEND)


def test_messages_keep_their_order(some, make_user):
    """FR-4: what one sender says comes as it was said."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        sent = [mine.say(room)["client_id"] for _ in range(8)]
        frames = [theirs.receive("message.new", look=SEND) for _ in sent]
        heard = [frame["message"].get("client_id") for frame in frames]
        expect(
            heard == sent,
            did=f"Sent eight messages as {mine.who}",
            wanted=f"the eight in that order for {theirs.who}",
            got="another order"
            if sorted(heard) == sorted(sent)
            else f"{len(set(heard) & set(sent))} of them",
            look=SEND,
        )


def test_who_has_not_opened_the_room_hears_nothing(some, make_user):
    """FR-4: connected is not in the room."""
    users = people(make_user, some, 3)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = chat.join(users[0], room), chat.join(users[1], room)
        outside = chat.enter(users[2])
        theirs.hears(mine.say(room), look=SEND)
        outside.nothing(
            "message.new",
            wanted=f"no message.new for {outside.who}, who has not opened the room",
            look=SEND,
        )


def test_two_rooms_are_kept_apart(some, make_user):
    """FR-4: what is said in one room is not heard in another."""
    users = people(make_user, some, 3)
    one, other = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        here, there = chat.join(users[0], one), chat.join(users[1], other)
        both = chat.join(users[2], one, other)
        first, second = here.say(one), there.say(other)
        for tab, sent in ((here, first), (there, second)):
            tab.hears(sent, look=SEND)
            tab.nothing(
                "message.new",
                wanted=f"nothing of the other room for {tab.who}",
                look=SEND,
            )
        for sent in (first, second):
            message = both.hears(sent, look=SEND)
            expect_fields(message, {"room": sent["room"]}, did=both.did, look=SEND)


def test_opening_twice_is_harmless(some, make_user):
    """FR-4: a client that is not sure may ask again."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = chat.join(users[0], room), chat.join(users[1], room, room)
        theirs.hears(mine.say(room), look=SEND)
        theirs.nothing(
            "message.new",
            wanted="the message once, though the room was opened twice",
            look=f"{CONSUMER}, room.open",
        )


def test_a_closed_room_is_silent(some, make_user):
    """FR-4: after room.close nothing of it comes, and other rooms stay open."""
    users = people(make_user, some, 2)
    one, other = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        mine = chat.join(users[0], one, other)
        theirs = chat.join(users[1], one, other)
        frame = theirs.close(one)
        expect_fields(
            frame,
            {"room": one.pk, "reason": "closed"},
            did=theirs.did,
            look=CONSUMER,
            of="room.closed",
        )
        mine.hears(mine.say(one), look=SEND)
        theirs.nothing(
            "message.new",
            wanted="no message.new of a room that was closed",
            look=f"{CONSUMER}, room.close",
        )
        theirs.hears(mine.say(other), look=SEND)


@pytest.mark.parametrize("opened", [1, 2])
def test_one_close_is_enough(some, make_user, opened):
    """FR-4: however often the room was opened; and it can be opened again."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine = chat.join(users[0], room)
        theirs = chat.join(users[1], *[room] * opened)
        theirs.close(room)
        mine.hears(mine.say(room), look=SEND)
        theirs.nothing("message.new", look=f"{CONSUMER}, room.close")
        theirs.open(room)
        theirs.hears(mine.say(room), look=SEND)


def test_closing_what_is_not_open(some, make_user):
    """FR-4: the same answer, and nothing breaks."""
    user = make_user()
    one, other = make_room(some, user), make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, one)
        frame = mine.close(other)
        expect(
            frame.get("reason") == "closed",
            did=mine.did,
            wanted="room.closed with the reason closed",
            got=shown(frame),
            look=CONSUMER,
        )
        mine.hears(mine.say(one), look=SEND)


def test_who_goes_away_is_forgotten(some, make_user):
    """FR-4: the others go on."""
    users = people(make_user, some, 3)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs, gone = (chat.join(user, room) for user in users)
        gone.disconnect(look=f"{CONSUMER}.disconnect")
        sent = mine.say(room)
        mine.hears(sent, look=SEND)
        theirs.hears(sent, look=SEND)
        back = chat.join(users[2], room)
        back.hears(mine.say(room), look=SEND)


def test_who_goes_away_leaves_all_groups(some, make_user):
    """FR-4: else each message is sent to sockets that have long been closed."""
    users = people(make_user, some, 2)
    one, other = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        mine = chat.join(users[0], one, other)
        leaves_all_groups(chat, users[1], one, other)
        mine.hears(mine.say(one), look=SEND)


def test_what_comes_late_from_a_closed_room(some, make_user):
    """FR-4: an event may be under way while its room is closed."""
    users = people(make_user, some, 2)
    room, kept = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        closed_room_is_silent(chat, users, room, kept, look=SEND)


def test_the_sender_hears_as_everybody(some, make_user):
    """FR-4: what one says oneself comes back where the room is open, not elsewhere."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = chat.enter(users[0]), chat.join(users[1], room)
        theirs.hears(mine.say(room), look=SEND)
        mine.nothing(
            "message.new",
            wanted=f"no message.new for {mine.who}, who has not opened the room",
            look=SEND,
        )
