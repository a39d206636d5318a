"""async-consumer: the same frames from coroutines, and no room that is not there."""

from acceptance.chat import (
    CONSUMER,
    NO_ROOM,
    chatting,
    closed_room_is_silent,
    expect_fields,
    leaves_all_groups,
    make_room,
    people,
)
from acceptance.support import expect


def test_a_room_that_does_not_exist_is_not_opened(some, make_user):
    """FR-6: an error, and the socket lives on."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        mine.send({"type": "room.open", "room": NO_ROOM})
        mine.refused("room_unknown", about={"room": NO_ROOM})
        mine.nothing(
            "room.opened", wanted="no room.opened for a room that is not there"
        )
        mine.hears(mine.say(room))


def test_a_room_that_does_not_exist_is_not_closed(some, make_user):
    """FR-6: room.close asks as well, and other rooms stay open."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        mine.send({"type": "room.close", "room": NO_ROOM})
        mine.refused("room_unknown", about={"room": NO_ROOM})
        mine.nothing(
            "room.closed", wanted="no room.closed for a room that is not there"
        )
        mine.hears(mine.say(room))


def test_nobody_writes_into_a_room_that_does_not_exist(some, make_user):
    """FR-6: an error for the sender, and nothing for anybody."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        mine.say(NO_ROOM)
        mine.refused("room_unknown", about={"room": NO_ROOM})
        for tab in (mine, theirs):
            tab.nothing("message.new", "room.opened")
        theirs.hears(mine.say(room))


def test_a_refusal_is_for_the_sender_only(some, make_user):
    """FR-6: nobody is told of another's mistakes."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        mine.send({"type": "room.open", "room": NO_ROOM})
        mine.refused("room_unknown")
        theirs.nothing("error")


def test_after_a_refusal_a_room_can_be_opened(some, make_user):
    """FR-6: one mistake spoils nothing."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = chat.enter(users[0]), chat.join(users[1], room)
        mine.send({"type": "room.open", "room": NO_ROOM})
        mine.refused("room_unknown")
        mine.open(room)
        theirs.hears(mine.say(room))


def test_users_and_rooms_that_were_just_made(some, make_user):
    """FR-3: every query is made where it may be made."""
    with chatting() as chat:
        for user in people(make_user, some, 3):
            room = make_room(some, user)
            mine = chat.join(user, room)
            sent = mine.say(room)
            expect_fields(
                mine.hears(sent), {"body": sent["body"]}, did=mine.did, look=CONSUMER
            )


def test_ten_sockets_at_once(some, make_user):
    """NFR-3: 10 × 10 messages, and none is lost or doubled."""
    users = people(make_user, some, 10)
    room = make_room(some, *users)
    with chatting() as chat:
        tabs = [chat.join(user, room) for user in users]
        sent = [tab.say(room)["client_id"] for _ in range(10) for tab in tabs]
        for tab in tabs:
            tab.receive(
                "message.new",
                lambda frame: frame["message"]["client_id"] == sent[-1],
                wanted=f"all {len(sent)} messages for {tab.who}",
                look=CONSUMER,
            )
        chat.settle()
        for tab in tabs:
            frames = tab.all("message.new", settled=True)
            heard = [frame["message"]["client_id"] for frame in frames]
            expect(
                sorted(heard) == sorted(sent[:-1]),
                did="Sent ten messages from each of ten sockets at once",
                wanted=f"each of the hundred once for {tab.who}",
                got=f"{len(set(heard)) + 1} different ones, "
                f"{len(heard) - len(set(heard))} of them twice",
                look=CONSUMER,
            )


def test_who_goes_away_leaves_all_groups(some, make_user):
    """FR-4: the rewritten consumer says goodbye as the old one did."""
    users = people(make_user, some, 2)
    one, other = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        leaves_all_groups(chat, users[1], one, other)


def test_what_comes_late_from_a_closed_room(some, make_user):
    """FR-4: an event may be under way while its room is closed."""
    users = people(make_user, some, 2)
    room, kept = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        closed_room_is_silent(chat, users, room, kept)
