"""unread-counts: how much is unread in each room, counted in one query."""

import pytest

from acceptance.chat import (
    CONSUMER,
    about,
    add_member,
    chatting,
    expect_fields,
    invite,
    is_quiet,
    label,
    make_direct,
    make_group,
    make_room,
    own_counts,  # noqa: F401
    people,
    post,
    same_cost,
    whole_number,
)
from acceptance.pages import text_of
from acceptance.support import expect, model, url

COUNT = "chat/models.py, RoomQuerySet.with_unread"
LIST = "templates/chat/room_list.html"
LOOK = f"{CONSUMER}, read"
JOINING = "chat/services.py, where a membership is made"


def memberships():
    __tracebackhide__ = True
    return model("chat.Membership", "room", "user", "last_read").objects


def set_read(room, user, message):
    __tracebackhide__ = True
    memberships().filter(room=room, user=user).update(last_read=message)


def counted(user):
    """{room: unread} as the learner's own query says, or a sentence."""
    __tracebackhide__ = True
    rooms = model("chat.Room", "name").objects.for_member(user)
    expect(
        callable(getattr(rooms, "with_unread", None)),
        did="Looked for Room.objects.for_member(user).with_unread",
        wanted="a method of the queryset",
        got="there is none",
        look=COUNT,
    )
    did = "Called Room.objects.for_member(user).with_unread(user)"
    found = call_(lambda: list(rooms.with_unread(user)), did=did)
    pks = [room.pk for room in found]
    expect(
        len(pks) == len(set(pks)) == user.memberships.count(),
        did=did,
        wanted=f"{user.memberships.count()} rooms, each once",
        got=f"{len(pks)} rooms, {len(set(pks))} of them different",
        look=COUNT,
    )
    for room in found:
        expect(
            whole_number(getattr(room, "unread", None)),
            did=did,
            wanted="each room with unread, a whole number",
            got=repr(getattr(room, "unread", "no unread")),
            look=COUNT,
        )
    return {room.pk: room.unread for room in found}


def call_(ask, *, did):
    """What a query gives; an error of it is a sentence."""
    __tracebackhide__ = True
    try:
        return ask()
    except Exception as error:
        expect(False, did=did, wanted="rooms", got=repr(error)[:200], look=COUNT)


def has_unread(room, user, wanted, *, did):
    """A room has this many unread messages for a user, or a sentence."""
    __tracebackhide__ = True
    found = counted(user).get(room.pk)
    expect(
        found == wanted,
        did=did,
        wanted=f"{wanted} unread for {user}",
        got=f"unread is {found}",
        look=COUNT,
    )


# ------------------------------------------------------------------------------- query


def test_counts_what_others_said_since(some, make_user):
    """FR-18: by others, and after what was read; all of theirs where nothing was."""
    memberships()
    one, other, third = people(make_user, some, 3)
    room = make_group(some, one, other, third)
    made = [post(some, room, user) for user in (one, other, other, third, one, other)]
    did = "Made six messages, of them two by the user who asks"
    has_unread(room, one, 4, did=did)
    for index, unread in ((0, 4), (1, 3), (2, 2), (3, 1), (4, 1), (5, 0)):
        set_read(room, one, made[index])
        did = f"Set last_read to message {index + 1} of six (those of others: 2 3 4 6)"
        has_unread(room, one, unread, did=did)
    has_unread(room, other, 3, did="Counted for another member who has read nothing")


def test_what_is_deleted_makes_nothing_unread(some, make_user):
    """FR-18: what was read stays read, whoever deletes what was read last."""
    memberships()
    one, other, third = people(make_user, some, 3)
    room = make_group(some, one, other, third)
    made = [post(some, room, user) for user in (other, third, other, third)]
    set_read(room, one, made[2])
    has_unread(room, one, 1, did="Read three of four messages of others")
    made[2].delete()
    has_unread(room, one, 1, did="Deleted the message that was read last")
    set_read(room, one, made[3])
    type(third).objects.get(pk=third.pk).delete()
    has_unread(room, one, 0, did="Deleted the account of whoever wrote the last one")


def test_ones_own_messages_are_not_unread(some, make_user):
    """FR-18: whoever talks alone has read all."""
    memberships()
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    for _ in range(3):
        post(some, room, one)
    has_unread(room, one, 0, did="Made three messages, all by the user who asks")
    has_unread(room, other, 3, did="Made three messages, all by somebody else")


def test_rooms_and_readers_do_not_mix(some, make_user):
    """FR-18: neither other rooms, nor other members, nor what those have read."""
    memberships()
    one, other = people(make_user, some, 2)
    crowd = people(make_user, some, 3)
    full = make_group(some, one, other, *crowd)
    small, silent = make_room(some, other, one), make_room(some, one, other)
    direct = make_direct(some, one, other)
    foreign = make_room(some, other, *crowd)
    sent = [post(some, full, other) for _ in range(3)]
    for where in (small, foreign, foreign, direct, direct):
        last = post(some, where, other)
    for user in (other, *crowd):
        set_read(full, user, sent[some.number(0, 2)])
    set_read(direct, other, last)
    found = counted(one)
    wanted = {full.pk: 3, small.pk: 1, silent.pk: 0, direct.pk: 2}
    expect(
        found == wanted,
        did="Counted for a member of four rooms with 3, 1, 0 and 2 messages of others",
        wanted="3, 1, 0 and 2, whatever the others have read",
        got=", ".join(str(found.get(pk)) for pk in wanted),
        look=COUNT,
    )


# -------------------------------------------------------------------------------- page


def shown_for(visitor, user, room):
    """(text, hidden) of the number behind a room on the list, or a sentence."""
    __tracebackhide__ = True
    page = visitor.sign_in(user).get("/").expect_status(200, look="chat/views.py")
    found = page.soup.find_all(attrs={"data-room-unread": str(room.pk)})
    expect(
        len(found) == 1,
        did=page.did,
        wanted=f'one element with data-room-unread="{room.pk}"',
        got=f"{len(found)} of them",
        look=LIST,
    )
    return page.did, text_of(found[0]), found[0].has_attr("hidden")


def test_the_list_shows_the_numbers(visitor, some, make_user):
    """FR-18: behind each of one's rooms; hidden where there is nothing."""
    memberships()
    one, other = people(make_user, some, 2)
    rooms = [make_group(some, other, one), make_room(some, other, one)]
    rooms.append(make_direct(some, one, other))
    numbers = some.sample(range(1, 7), 3)
    for room, number in zip(rooms, numbers, strict=True):
        for _ in range(number):
            message = post(some, room, other)
        did, text, hidden = shown_for(visitor, one, room)
        expect(
            text == str(number) and not hidden,
            did=f"{did}, with {number} unread in a room",
            wanted=f"{number}, not hidden",
            got=f'"{text}"' + (", hidden" if hidden else ""),
            look=LIST,
        )
        set_read(room, one, message)
        did, text, hidden = shown_for(visitor, one, room)
        expect(
            hidden,
            did=f"{did}, with nothing unread in a room",
            wanted="the element with the attribute hidden",
            got=f'it is shown and says "{text}"',
            look=LIST,
        )


def test_rooms_of_others_have_no_number(visitor, some, make_user):
    """FR-18: how much is said in a room is for its members."""
    memberships()
    one, other = people(make_user, some, 2)
    own = make_room(some, one)
    foreign = [make_room(some, other), make_group(some, other)]
    for room in foreign:
        post(some, room, other)
    shown_for(visitor, one, own)
    page = visitor.sign_in(one).get("/")
    for room in foreign:
        expect(
            not page.soup.find_all(attrs={"data-room-unread": str(room.pk)}),
            did=page.did,
            wanted="no data-room-unread for a room of which one is no member",
            got=f'there is one for the {room.kind} room "{room.name}"',
            look=LIST,
        )


@pytest.mark.parametrize("things", ["rooms", "messages", "members"])
def test_more_of_everything_costs_the_same(visitor, some, make_user, things):
    """NFR-1: one query counts for all rooms."""
    memberships()
    one, other = people(make_user, some, 2)
    room = make_room(some, other, one)
    signed_in = visitor.sign_in(one)
    shown_for(visitor, one, room)

    def grow():
        if things == "rooms":
            post(some, make_room(some, other, one), other)
        elif things == "messages":
            post(some, room, other)
        else:
            add_member(room, make_user())

    same_cost(
        lambda: signed_in.get("/"), grow, few=2, many=8, things=things, look=COUNT
    )


# ------------------------------------------------------------------------------ socket


def read(tab, room, message):
    tab.send({"type": "read", "room": room.pk, "message": message.pk})


def test_hello_offers_unread(make_user):
    """FR-18: the client corrects its numbers only where somebody counts."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("unread")


def test_every_tab_of_the_reader_is_told(some, make_user):
    """FR-18: with the room open or not; nobody else."""
    memberships()
    one, other = people(make_user, some, 2)
    # Rooms before and behind it, by name and by id, in which more is unread.
    before, room, kept = (
        make_group(some, one, other, name=f"{place} {label(some)}") for place in "AMZ"
    )
    first, second, third = (post(some, room, other) for _ in range(3))
    post(some, room, one)
    for _ in range(4):
        post(some, before, other), post(some, kept, other)
    with chatting() as chat:
        theirs = chat.join(other, room)
        tabs = [
            chat.join(one, room, name=f"{one}'s tab in the room"),
            chat.enter(one, name=f"{one}'s tab on another page"),
            chat.join(one, kept, name=f"{one}'s tab in another room"),
        ]
        for message, unread in ((first, 2), (second, 1), (third, 0)):
            read(tabs[0], room, message)
            for tab in tabs:
                frame = tab.receive(
                    "room.unread",
                    wanted=f"room.unread with unread {unread} for {tab.who}",
                    look=LOOK,
                )
                fields = {"room": room.pk, "unread": unread}
                did, of = tabs[0].did, "room.unread"
                expect_fields(frame, fields, did=did, look=LOOK, of=of)
            has_unread(room, one, unread, did=tabs[0].did)
        is_quiet(
            theirs, *tabs, kinds=["room.unread"], wanted="no other number", look=LOOK
        )


def test_what_came_meanwhile_is_unread(some, make_user):
    """FR-18: the number is counted anew, and is not always 0."""
    memberships()
    one, other = people(make_user, some, 2)
    room = make_group(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.enter(one), chat.join(other, room)
        stored = theirs.acked(theirs.say(room))
        later = theirs.say(room)
        theirs.acked(later)
        mine.receive("room.activity", about(later), look=CONSUMER)
        mine.send({"type": "read", "room": room.pk, "message": stored["id"]})
        frame = mine.receive("room.unread", look=LOOK)
        fields = {"room": room.pk, "unread": 1}
        expect_fields(frame, fields, did=mine.did, look=LOOK, of="room.unread")


def test_what_did_not_move_is_not_told(some, make_user):
    """FR-18: an older message, the same again, one of another room."""
    memberships()
    one, other = people(make_user, some, 2)
    room, elsewhere = make_group(some, one, other), make_group(some, one, other)
    first, second = post(some, room, other), post(some, room, other)
    foreign = post(some, elsewhere, other)
    with chatting() as chat:
        mine, second_tab = chat.join(one, room), chat.enter(one)
        read(mine, room, second)
        for tab in (mine, second_tab):
            tab.receive("room.unread", look=LOOK)
        for message in (first, second, foreign):
            read(mine, room, message)
            is_quiet(
                mine,
                second_tab,
                kinds=["room.unread"],
                wanted="nothing where nothing has moved",
                look=LOOK,
            )


# ----------------------------------------------------------------------------- joining


@pytest.mark.parametrize("way", ["joined", "accepted"])
def test_who_comes_in_has_nothing_unread(visitor, some, make_user, way):
    """FR-18: what was said before is no news; what comes after is."""
    memberships()
    owner, user = people(make_user, some, 2)
    room = make_room(some, owner, kind="public" if way == "joined" else "group")
    for _ in range(3):
        post(some, room, owner)
    if way == "joined":
        path = url("chat:room-join", pk=room.pk)
    else:
        path = url("chat:invitation-accept", pk=invite(room, user, by=owner).pk)
    answer = visitor.sign_in(user).post(path)
    answer.expect_redirect(f"/rooms/{room.pk}/", look="chat/views.py")
    found = counted(user).get(room.pk)
    expect(
        found == 0,
        did=f"{answer.did}, with three messages in the room",
        wanted="0 unread",
        got=f"unread is {found}",
        look=f"{JOINING}: last_read",
    )
    post(some, room, owner)
    has_unread(room, user, 1, did=f"{answer.did}, then somebody said something")
    has_unread(room, owner, 0, did="Counted for who has said all of it")


def test_an_empty_room_can_be_joined(visitor, some, make_user):
    """FR-18: there is no newest message yet."""
    memberships()
    owner, user = people(make_user, some, 2)
    room = make_room(some, owner)
    answer = visitor.sign_in(user).post(url("chat:room-join", pk=room.pk))
    answer.expect_redirect(f"/rooms/{room.pk}/", look="chat/views.py")
    has_unread(room, user, 0, did=answer.did)
    post(some, room, owner)
    has_unread(room, user, 1, did=f"{answer.did}, then somebody said something")


def test_joining_again_reads_nothing(visitor, some, make_user):
    """FR-18: who is a member already keeps what is unread."""
    memberships()
    owner, user = people(make_user, some, 2)
    room = make_room(some, owner, user)
    first = post(some, room, owner)
    set_read(room, user, first)
    post(some, room, owner)
    answer = visitor.sign_in(user).post(url("chat:room-join", pk=room.pk))
    answer.expect_redirect(f"/rooms/{room.pk}/", look="chat/views.py")
    has_unread(room, user, 1, did=f"{answer.did}, being a member already")
