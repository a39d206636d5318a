"""read-receipts: how far each member has read, and who hears of it."""

import pytest

from acceptance.calls import most_repeated
from acceptance.chat import (
    CONSUMER,
    HOW_AWAY,
    LEFT_OUT,
    NO_ROOM,
    TOO_BIG,
    add_member,
    chatting,
    cost_of,
    expect_fields,
    expect_user,
    is_quiet,
    make_direct,
    make_group,
    make_room,
    meanwhile,
    own_counts,  # noqa: F401
    people,
    post,
    shown,
    without_layer,
)
from acceptance.samples import named
from acceptance.support import expect, model, url

MODEL = "chat/models.py, Membership.last_read"
LOOK = f"{CONSUMER}, read"
OPEN = f"{CONSUMER}, room.open"


def memberships():
    """The manager of memberships that know what was read, or a sentence."""
    __tracebackhide__ = True
    return model("chat.Membership", "room", "user", "last_read").objects


def last_read(room, user):
    __tracebackhide__ = True
    return memberships().get(room=room, user=user).last_read_id


def set_read(room, user, message):
    """Sets how far somebody has read, without a socket."""
    __tracebackhide__ = True
    memberships().filter(room=room, user=user).update(last_read=message)


def read(tab, room, message):
    """Sends one frame of read."""
    frame = {"type": "read", "room": getattr(room, "pk", room)}
    frame["message"] = getattr(message, "pk", message)
    tab.send({key: value for key, value in frame.items() if value is not LEFT_OUT})


def has_read(room, user, message, *, did, wanted=""):
    """last_read of a membership is this message, or a sentence."""
    __tracebackhide__ = True
    found, asked = last_read(room, user), getattr(message, "pk", message)
    expect(
        found == asked,
        did=did,
        wanted=wanted or f"last_read of {user}'s membership is the message {asked}",
        got=f"it is {found if found is not None else 'null'}",
        look=f"{LOOK}; {MODEL}",
    )


def gets_receipt(tab, room, user, message, *, did):
    """The socket gets one receipt, of this reader and this message."""
    __tracebackhide__ = True
    wanted = f"receipt with the message {message.pk} for {tab.who}"
    frame = tab.receive("receipt", wanted=wanted, look=LOOK)
    fields = {"room": room.pk, "message": message.pk}
    expect_fields(frame, fields, did=did, look=LOOK, of="receipt")
    of = "receipt whose user comes"
    expect_user(frame.get("user"), user, did=did, look=LOOK, of=of)


# ------------------------------------------------------------------------------- model


def test_a_membership_knows_what_was_read(some, make_user):
    """FR-17: nothing at first, and its place also where that message is gone."""
    memberships()
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    message = post(some, room, one)
    has_read(room, one, None, did="Made a membership", wanted="last_read is null")
    set_read(room, other, message)
    number = message.pk
    message.delete()
    expect(
        memberships().filter(room=room).count() == 2,
        did="Deleted the message that a membership has as last_read",
        wanted="the membership stays",
        got="it is gone as well",
        look=f"{MODEL}, on_delete",
    )
    has_read(
        room,
        other,
        number,
        did="Deleted the message that a membership has as last_read",
        wanted="last_read_id as it was: all up to there has been read",
    )


# ------------------------------------------------------------------------------ socket


def test_hello_offers_receipts(make_user):
    """FR-17: the client tells what was read only where somebody listens."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("receipts")


@pytest.mark.parametrize("kind", ["public", "group", "direct"])
def test_reading_is_told(some, make_user, kind):
    """FR-17: to all who have the room open, the reader's own sockets too."""
    one, other = people(make_user, some, 2)
    if kind == "direct":
        room = make_direct(some, one, other)
    else:
        room = make_room(some, one, other, kind=kind)
    first, second = post(some, room, one), post(some, room, one)
    memberships()
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.join(other, room)
        again = chat.join(other, room, name=f"{other}'s second tab")
        for message in (first, second):
            read(theirs, room, message)
            for tab in (mine, theirs, again):
                gets_receipt(tab, room, other, message, did=theirs.did)
            has_read(room, other, message, did=theirs.did)
        has_read(
            room, one, None, did=theirs.did, wanted="nobody else's last_read changed"
        )
        is_quiet(
            mine,
            theirs,
            again,
            kinds=["receipt", "error"],
            wanted="one receipt for each read",
            look=LOOK,
        )


def test_a_receipt_stays_in_the_room(some, make_user):
    """FR-17: neither who has it not open nor who is no member sees it."""
    one, other, stranger = people(make_user, some, 3)
    room, kept = make_room(some, one, other), make_room(some, one, other, stranger)
    message = post(some, room, one)
    memberships()
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.join(other, room)
        tabs = [
            chat.join(one, kept, name=f"{one}'s tab in another room"),
            chat.join(stranger, kept),
            chat.join(one, room, name=f"{one}'s tab that closed the room"),
        ]
        tabs[2].close(room)
        read(theirs, room, message)
        gets_receipt(mine, room, other, message, did=theirs.did)
        is_quiet(
            *tabs,
            kinds=["receipt"],
            wanted="no receipt from a room that is not open",
            look=LOOK,
        )
    has_read(
        kept,
        other,
        None,
        did=theirs.did,
        wanted="nothing read in another room of theirs",
    )


def test_it_never_goes_back(some, make_user):
    """FR-17: two tabs may send in whichever order; the newest stays."""
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    older, newer, newest = (post(some, room, one) for _ in range(3))
    memberships()
    with chatting() as chat:
        mine = chat.join(one, room)
        desk = chat.join(other, room, name=f"{other} at the desk")
        phone = chat.join(other, room, name=f"{other}'s phone")
        read(desk, room, newer)
        for tab in (mine, desk, phone):
            gets_receipt(tab, room, other, newer, did=desk.did)
        for tab, message in ((phone, older), (desk, newer), (phone, newer)):
            read(tab, room, message)
            is_quiet(
                mine,
                desk,
                phone,
                kinds=["receipt", "error"],
                wanted="nothing where an older or the same message was read",
                look=LOOK,
            )
            has_read(room, other, newer, did=tab.did)
        # Both on their way at the same time.
        read(desk, room, older)
        read(phone, room, newest)
        read(desk, room, newer)
        gets_receipt(mine, room, other, newest, did=phone.did)
        is_quiet(mine, kinds=["receipt"], wanted="one receipt", look=LOOK)
        has_read(room, other, newest, did="Sent three frames of read from two sockets")


@pytest.mark.parametrize("look", [1, 2, 3])
def test_two_tabs_read_at_once(some, make_user, look):
    """NFR-8: whoever looks first and then writes may come second all the same."""
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    older, newer = (post(some, room, one) for _ in range(2))
    table = memberships().model._meta.db_table
    with chatting() as chat:
        theirs = chat.join(other, room)

        def other_tab():
            set_read(room, other, newer)

        with meanwhile(table, other_tab, look=look) as let_in:
            read(theirs, room, older)
            chat.settle()
        did = f"{theirs.did}, while another tab reads the newer message {newer.pk}"
        if let_in:
            has_read(
                room,
                other,
                newer,
                did=did,
                wanted=f"last_read stays {newer.pk}: compare and write in one UPDATE",
            )


def test_everybody_has_their_own(some, make_user):
    """FR-17: what one has read says nothing of the others."""
    users = people(make_user, some, 3)
    room = make_room(some, *users)
    sent = [post(some, room, users[0]) for _ in range(2)]
    memberships()
    with chatting() as chat:
        tabs = [chat.join(user, room) for user in users]
        read(tabs[1], room, sent[1])
        gets_receipt(tabs[0], room, users[1], sent[1], did=tabs[1].did)
        read(tabs[2], room, sent[0])
        gets_receipt(tabs[0], room, users[2], sent[0], did=tabs[2].did)
        read(tabs[0], room, sent[1])  # one's own message can be read as well
        gets_receipt(tabs[0], room, users[0], sent[1], did=tabs[0].did)
    for user, message in zip(users, (sent[1], sent[1], sent[0]), strict=True):
        has_read(room, user, message, did="Read as three members, each to a point")


# ------------------------------------------------------------------------ what is wrong


@pytest.mark.parametrize("which", ["of another room", "that is not there", "too big"])
def test_a_message_that_is_not_in_the_room(some, make_user, which):
    """FR-17: message_unknown, and nothing is changed."""
    one, other = people(make_user, some, 2)
    room, elsewhere = make_room(some, one, other), make_room(some, one, other)
    post(some, room, one)
    foreign = post(some, elsewhere, one)
    message = {"of another room": foreign.pk, "that is not there": NO_ROOM}
    memberships()
    with chatting() as chat:
        mine, theirs = chat.join(one, room, elsewhere), chat.join(other, room)
        read(theirs, room, message.get(which, TOO_BIG))
        theirs.refused("message_unknown", about={"room": room.pk}, look=LOOK)
        is_quiet(mine, theirs, kinds=["receipt"], wanted="nothing told", look=LOOK)
    for where in (room, elsewhere):
        has_read(where, other, None, did=theirs.did, wanted="last_read stays null")


@pytest.mark.parametrize(
    "message",
    [LEFT_OUT, "41", True, None],
    ids=lambda value: "missing" if value is LEFT_OUT else shown(value),
)
def test_a_message_is_named_by_a_whole_number(some, make_user, message):
    """FR-17: bad_frame for anything else."""
    user = named(make_user, some)
    room = make_room(some, user)
    post(some, room, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        read(mine, room, message)
        mine.refused("bad_frame", about={"room": room.pk}, look=LOOK)
    has_read(room, user, None, did=mine.did, wanted="last_read stays null")


@pytest.mark.parametrize("which", ["public", "group", "left", "that is not there"])
def test_a_room_that_is_not_ones_own(visitor, some, make_user, which):
    """FR-17: room_unknown, also where the membership has ended meanwhile."""
    one, stranger = people(make_user, some, 2)
    kind = which if which in ("public", "group") else "public"
    room = make_room(some, one, kind=kind)
    message = post(some, room, one)
    memberships()
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.enter(stranger)
        if which == "left":
            add_member(room, stranger)
            theirs.open(room)
            answer = visitor.sign_in(stranger).post(url("chat:room-leave", pk=room.pk))
            answer.expect_redirect("/", look="chat/views.py")
        read(theirs, NO_ROOM if which == "that is not there" else room, message)
        theirs.refused("room_unknown", look=LOOK)
        is_quiet(mine, theirs, kinds=["receipt"], wanted="nothing told", look=LOOK)
    has_read(room, one, None, did=theirs.did, wanted="nobody's last_read changed")


# -------------------------------------------------------------------------- room.opened


def test_who_opens_a_room_learns_who_has_read(visitor, some, make_user):
    """FR-17: each member who has read something, and nobody else."""
    memberships()
    one, reader, idle, gone = people(make_user, some, 4)
    room, elsewhere = make_group(some, one, reader, idle, gone), make_room(some, idle)
    first, second = post(some, room, one), post(some, room, one)
    for user, message in ((one, second), (reader, first), (gone, first)):
        set_read(room, user, message)
    set_read(elsewhere, idle, post(some, elsewhere, idle))
    visitor.sign_in(gone).post(url("chat:room-leave", pk=room.pk))
    with chatting() as chat:
        tab = chat.enter(idle)
        frame = tab.open(room)
        found = frame.get("receipts")
        expect(
            isinstance(found, list) and all(isinstance(one_, dict) for one_ in found),
            did=tab.did,
            wanted="room.opened with receipts, a list of objects",
            got=shown(frame),
            look=OPEN,
        )
        pairs = sorted((one_.get("user"), one_.get("message")) for one_ in found)
        expect(
            pairs == sorted([(one.pk, second.pk), (reader.pk, first.pk)]),
            did=tab.did,
            wanted=f"the receipts of two members: {one.pk} has read {second.pk}, "
            f"{reader.pk} has read {first.pk}",
            got=shown(found),
            look=OPEN,
        )
        own = chat.enter(reader).open(room).get("receipts")
        expect(
            isinstance(own, list)
            and {"user": reader.pk, "message": first.pk}
            in [{key: one_.get(key) for key in ("user", "message")} for one_ in own],
            did=f"Opened the room as {reader}, who has read {first.pk}",
            wanted="the receipts of all members, one's own among them",
            got=shown(own),
            look=OPEN,
        )


def test_more_members_cost_the_same(some, make_user):
    """NFR-1: receipts come in one query."""
    memberships()
    owner = named(make_user, some)
    room = make_room(some, owner)
    message = post(some, room, owner)
    counts, sent = [], []
    with chatting() as chat:
        tab = chat.join(owner, room)
        for count in (3, 9):
            while room.memberships.count() < count:
                add_member(room, make_user())
            memberships().filter(room=room).update(last_read=message)
            tab.close(room)
            sent = cost_of(lambda: tab.open(room))
            counts.append(len(sent))
    often = most_repeated(sent)
    expect(
        counts[0] == counts[1],
        did="Sent room.open for a room with three and with nine members who have read",
        wanted="the same number of queries both times (NFR-1)",
        got=f"{counts[0]} queries, then {counts[1]}"
        + (f'; most often "{often}"' if often else ""),
        look=OPEN,
    )


@pytest.mark.parametrize("how", HOW_AWAY)
def test_reading_does_not_need_the_layer(some, make_user, how):
    """NFR-8: what was read is stored, also where nobody can be told of it."""
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    message = post(some, room, one)
    with chatting() as chat:
        theirs = chat.join(other, room)
        with without_layer(how):
            theirs.send({"type": "read", "room": room.pk, "message": message.pk})
            theirs.expect_alive()
        has_read(room, other, message, did=theirs.did)
