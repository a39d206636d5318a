"""membership: members only, on every way in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from acceptance.chat import (
    CONSUMER,
    LOCK,
    NO_ROOM,
    add_member,
    by_id,
    chatting,
    form_to,
    in_one_transaction,
    label,
    left_behind,
    line,
    locks,
    make_direct,
    make_group,
    make_room,
    meanwhile,
    memberships,
    messages,
    own_counts,  # noqa: F401
    people,
    post,
    post_only,
    refused_by_database,
    row_locks,
    same_cost,
    shown,
    speaks_of,
    written,
)
from acceptance.pages import goals, links_to, text_of
from acceptance.samples import named
from acceptance.support import NotYet, committed, expect, load, model, url

MODEL = "chat/models.py"
VIEWS = "chat/views.py"
DETAIL = "templates/chat/room_detail.html"
ASK = f"{CONSUMER}, Room.objects.for_member"


def rooms():
    __tracebackhide__ = True
    return model("chat.Room", "name", "kind", "members").objects


def roles(room):
    """{user: role} of a room."""
    __tracebackhide__ = True
    return {found.user_id: found.role for found in memberships().filter(room=room)}


def page_of(visitor, user, room):
    __tracebackhide__ = True
    return visitor.sign_in(user).get(url("chat:room-detail", pk=room.pk))


def closed_rooms(some, make_user):
    """A group and a direct room of two others."""
    __tracebackhide__ = True
    one, other = people(make_user, some, 2)
    return [make_group(some, one, other), make_direct(some, one, other)]


# ------------------------------------------------------------------------------- model


def test_a_membership_joins_a_room_and_a_user(some, make_user):
    """FR-12: both lead to each other."""
    memberships()
    one, other, stranger = people(make_user, some, 3)
    room, empty = make_room(some, one, other), make_room(some)
    for did, found, wanted in (
        ("room.members", room.members, {one, other}),
        ("user.rooms", one.rooms, {room}),
        ("the rooms of a stranger", stranger.rooms, set()),
        ("the members of a room without any", empty.members, set()),
    ):
        expect(
            set(found.all()) == wanted and found.count() == len(wanted),
            did=f"Asked for {did}",
            wanted=f"{wanted or 'nothing'}",
            got=f"{list(found.all())}",
            look=f"{MODEL}, Room.members",
        )
    expect(
        room.memberships.count() == 2 and one.memberships.count() == 1,
        did="Asked for room.memberships and user.memberships",
        wanted="two and one",
        got=f"{room.memberships.count()} and {one.memberships.count()}",
        look=f"{MODEL}, Membership, related_name",
    )
    made = one.memberships.get()
    expect(
        made.joined_at is not None,
        did="Created a membership",
        wanted="joined_at set to this moment by itself",
        got="joined_at is None",
        look=f"{MODEL}, Membership.joined_at",
    )
    speaks_of(made, one, room, look=f"{MODEL}, Membership")


def test_the_words_for_kinds_and_roles(some, make_user):
    """FR-12: a room is public and a member a member, unless something else is said."""
    memberships()
    Room, Membership = load("chat.models.Room"), load("chat.models.Membership")
    wanted = {
        "Room.Kind.PUBLIC": (Room, "Kind", "PUBLIC", "public"),
        "Room.Kind.GROUP": (Room, "Kind", "GROUP", "group"),
        "Room.Kind.DIRECT": (Room, "Kind", "DIRECT", "direct"),
        "Membership.Role.OWNER": (Membership, "Role", "OWNER", "owner"),
        "Membership.Role.MEMBER": (Membership, "Role", "MEMBER", "member"),
    }
    for name, (kind, group, word, value) in wanted.items():
        found = getattr(getattr(kind, group, None), word, None)
        expect(
            found == value,
            did=f"Read {name}",
            wanted=repr(value),
            got=repr(found) if found is not None else "there is none",
            look=f"{MODEL}, {name.rpartition('.')[0]}",
        )
    room = make_room(some)
    made = memberships().create(room=room, user=make_user())
    expect(
        room.kind == "public" and made.role == "member",
        did="Created a room without a kind and a membership without a role",
        wanted="public and member",
        got=f"{room.kind!r} and {made.role!r}",
        look=MODEL,
    )


def test_nobody_is_a_member_twice(some, make_user):
    """NFR-10: the database keeps the promise."""
    user = make_user()
    memberships()
    room = make_room(some, user)
    refused_by_database(
        lambda: memberships().create(room=room, user=user),
        did="Created a second membership of one user in one room",
        look=f"{MODEL}, Membership.Meta, constraints",
    )


def test_for_member_finds_the_rooms_of_a_user(some, make_user):
    """FR-12: one place knows the rule."""
    memberships()
    one, other, stranger = people(make_user, some, 3)
    mine = [make_room(some, one, other), make_group(some, other, one)]
    mine.append(make_direct(some, one, other))
    make_room(some, other), make_group(some, other, stranger)
    made_and_left = make_room(some, other, created_by=one)
    for _ in range(3):
        post(some, mine[0], one)
    for user, wanted in ((one, mine), (make_user(), [])):
        asked = getattr(rooms(), "for_member", None)
        expect(
            callable(asked),
            did="Looked for Room.objects.for_member",
            wanted="a method of the manager",
            got="there is none",
            look=f"{MODEL}, RoomQuerySet, objects = RoomQuerySet.as_manager()",
        )
        found = [room.pk for room in asked(user)]
        expect(
            sorted(found) == sorted(room.pk for room in wanted),
            did=f"Called Room.objects.for_member() for a member of {len(wanted)} rooms",
            wanted="exactly those, each once",
            got=f"{len(found)} rooms, {len(set(found))} of them different"
            + (
                "; among them one that this user made and is no member of"
                if made_and_left.pk in found
                else ""
            ),
            look=f"{MODEL}, RoomQuerySet.for_member",
        )


def test_who_makes_a_room_owns_it(visitor, some, make_user):
    """FR-12: one membership, as owner."""
    memberships()
    user, name = make_user(), label(some)
    answer = visitor.sign_in(user).post(url("chat:room-create"), {"name": name})
    answer.expect_redirect(look=VIEWS)
    room = rooms().filter(name=name).first()
    found = roles(room) if room else {}
    expect(
        found == {user.pk: "owner"},
        did=answer.did,
        wanted="one membership: the creator as owner",
        got=f"{list(found.values()) or 'none'}",
        look=f"{VIEWS}, the view of room-create",
    )


# ------------------------------------------------------------------------------- pages


def test_the_list_has_ones_own_and_the_public_rooms(visitor, some, make_user):
    """FR-1: and nobody's group or direct chat."""
    memberships()
    user, other = people(make_user, some, 2)
    seen = [
        make_room(some, user),
        make_room(some, other, user),
        make_group(some, other, user),
        make_room(some, other),
    ]
    hidden = closed_rooms(some, make_user)
    page = visitor.sign_in(user).get("/").expect_status(200, look=VIEWS)
    for room in seen:
        page.expect_shows(room.name, look=f"{VIEWS}, the view of room-list")
        links_to(
            page,
            f"/rooms/{room.pk}/",
            wanted=f"a link to the {room.kind} room at /rooms/{room.pk}/",
            look="templates/chat/room_list.html",
        )
    often = {room: goals(page).count(f"/rooms/{room.pk}/") for room in seen}
    expect(
        often[seen[0]] == often[seen[1]] == often[seen[2]],
        did=page.did,
        wanted="one's own public rooms among \"my rooms\" alone, like one's own group",
        got="they stand among those to join as well",
        look=f"{VIEWS}, the view of room-list: exclude()",
    )
    for room in hidden:
        expect(
            f"/rooms/{room.pk}/" not in goals(page)
            and (not room.name or room.name not in page.all_text),
            did=page.did,
            wanted=f"no {room.kind} room of others (FR-1)",
            got=f"one of kind {room.kind} is there",
            look=f"{VIEWS}, the view of room-list",
        )


@pytest.mark.parametrize("kind", ["public", "group"])
def test_a_member_sees_the_room(visitor, some, make_user, kind):
    """FR-12: with its messages."""
    memberships()
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other, kind=kind)
    made = post(some, room, one)
    page = page_of(visitor, other, room).expect_status(200, look=VIEWS)
    by_id(page, "chat-log", look=DETAIL)
    page.expect_shows(made.body, look=DETAIL)


def test_a_public_room_can_be_looked_at(visitor, some, make_user):
    """FR-12: its name and a form that joins; no messages, no client."""
    memberships()
    one, stranger = people(make_user, some, 2)
    room = make_room(some, one, kind="public")
    made = post(some, room, one)
    page = page_of(visitor, stranger, room).expect_status(
        200, wanted="200: a public room can be looked at (FR-12)", look=VIEWS
    )
    page.expect_shows(room.name, look=DETAIL)
    form_to(
        page,
        f"/rooms/{room.pk}/join/",
        wanted="a form that joins, to who is no member",
        look=DETAIL,
    )
    expect(
        page.soup.find(id="chat-log") is None and made.body not in page.html,
        did=page.did,
        wanted="neither chat-log nor a message for who is no member",
        got="one of them is there",
        look=f"{VIEWS} and {DETAIL}",
    )


def test_a_closed_room_does_not_exist(visitor, some, make_user):
    """FR-12: for strangers, exactly like one that is not there."""
    memberships()
    stranger = make_user()
    for room in closed_rooms(some, make_user):
        for name in ("chat:room-detail", "chat:message-list"):
            page = visitor.sign_in(stranger).get(url(name, pk=room.pk))
            page.expect_status(
                404, wanted=f"404 for a stranger in a {room.kind} room", look=VIEWS
            )


def test_the_history_is_for_members(visitor, some, make_user):
    """FR-12: that of a public room, too."""
    memberships()
    one, stranger = people(make_user, some, 2)
    room = make_room(some, one, kind="public")
    made = post(some, room, one)
    address = url("chat:message-list", pk=room.pk)
    page = visitor.sign_in(stranger).get(address)
    page.expect_status(
        404, wanted="404 for who is no member, of a public room too", look=VIEWS
    )
    page.expect_hides(made.body, look=VIEWS)
    page = visitor.sign_in(one).get(address).expect_status(200, look=VIEWS)


# ---------------------------------------------------------------------- join and leave


def test_joining_a_public_room(visitor, some, make_user):
    """FR-12: once, however often."""
    memberships()
    one, user = people(make_user, some, 2)
    room = make_room(some, one, kind="public")
    address = url("chat:room-join", pk=room.pk)
    expect(
        address == f"/rooms/{room.pk}/join/",
        did="Looked up the URL chat:room-join",
        wanted=f"/rooms/{room.pk}/join/",
        got=address,
        look="chat/urls.py",
    )
    for _ in range(2):
        answer = visitor.sign_in(user).post(address)
        answer.expect_redirect(f"/rooms/{room.pk}/", look=VIEWS)
        expect(
            roles(room) == {one.pk: "owner", user.pk: "member"},
            did=answer.did,
            wanted="one membership, with the role member",
            got=f"{sorted(roles(room).values())}",
            look=f"{VIEWS}, the view of room-join",
        )
    page = page_of(visitor, user, room).expect_status(200, look=VIEWS)
    by_id(page, "chat-log", look=DETAIL)


def test_joining_again_takes_nothing_away(visitor, some, make_user):
    """FR-12: an owner who joins stays owner."""
    memberships()
    user = make_user()
    room = make_room(some, user, kind="public")
    visitor.sign_in(user).post(url("chat:room-join", pk=room.pk)).expect_redirect()
    expect(
        roles(room) == {user.pk: "owner"},
        did="Joined a room as its owner",
        wanted="the owner, as before",
        got=f"{roles(room)}",
        look=f"{VIEWS}, the view of room-join",
    )


def test_a_closed_room_cannot_be_joined(visitor, some, make_user):
    """FR-12: 404, and nobody is let in."""
    memberships()
    stranger = make_user()
    closed = closed_rooms(some, make_user)
    for number in (*(room.pk for room in closed), NO_ROOM):
        answer = visitor.sign_in(stranger).post(url("chat:room-join", pk=number))
        answer.expect_status(404, look=f"{VIEWS}, the view of room-join")
    expect(
        not stranger.memberships.exists(),
        did="Joined a group and a direct room",
        wanted="no membership",
        got="there is one",
        look=f"{VIEWS}, the view of room-join",
    )


def test_leaving_a_room(visitor, some, make_user):
    """FR-12: the membership ends, and nobody else's."""
    memberships()
    one, other = people(make_user, some, 2)
    for kind in ("public", "group"):
        room, kept = make_room(some, one, other, kind=kind), make_room(some, one, other)
        address = url("chat:room-leave", pk=room.pk)
        expect(
            address == f"/rooms/{room.pk}/leave/",
            did="Looked up the URL chat:room-leave",
            wanted=f"/rooms/{room.pk}/leave/",
            got=address,
            look="chat/urls.py",
        )
        page = page_of(visitor, other, room).expect_status(200, look=VIEWS)
        answer = form_to(page, address, look=DETAIL).send()
        answer.expect_redirect("/", look=f"{VIEWS}, the view of room-leave")
        expect(
            roles(room) == {one.pk: "owner"} and len(roles(kept)) == 2,
            did=answer.did,
            wanted="this membership ended, and no other",
            got=f"the room has {roles(room)}, another one {roles(kept)}",
            look=f"{VIEWS}, the view of room-leave",
        )


def test_strangers_have_nothing_to_leave(visitor, some, make_user):
    """FR-12: 404, of a public room too."""
    memberships()
    stranger = make_user()
    public = make_room(some, make_user())
    everything = [public, *closed_rooms(some, make_user)]
    for number in (*(room.pk for room in everything), NO_ROOM):
        answer = visitor.sign_in(stranger).post(url("chat:room-leave", pk=number))
        answer.expect_status(
            404, wanted="404 for who is no member", look=f"{VIEWS}, room-leave"
        )


def test_a_room_keeps_an_owner(visitor, some, make_user):
    """FR-12: the one who has been there longest."""
    memberships()
    owner, *others = people(make_user, some, 4)
    room = make_room(some, owner, *others)
    days = some.choice([[1, 3, 2], [2, 3, 1]])  # neither the first nor the last row
    for user, age in zip(others, days, strict=True):
        memberships().filter(user=user).update(
            joined_at=timezone.now() - timedelta(days=age)
        )
    eldest = others[days.index(3)]
    answer = visitor.sign_in(owner).post(url("chat:room-leave", pk=room.pk))
    answer.expect_redirect("/", look=VIEWS)
    wanted = {user.pk: "owner" if user == eldest else "member" for user in others}
    expect(
        roles(room) == wanted,
        did=f"{answer.did}, the only owner",
        wanted=f"{eldest}, who joined first, as owner, the others as members",
        got=", ".join(f"{user}: {roles(room).get(user.pk)}" for user in others),
        look=f"{VIEWS}, the view of room-leave",
    )


def test_a_room_without_members_goes(visitor, some, make_user):
    """FR-12: nobody could ever find it again."""
    memberships()
    user = make_user()
    room, kept = make_room(some, user), make_room(some, user)
    post(some, room, user)
    answer = visitor.sign_in(user).post(url("chat:room-leave", pk=room.pk))
    answer.expect_redirect("/", look=VIEWS)
    expect(
        [found.pk for found in rooms().all()] == [kept.pk],
        did=f"{answer.did}, the last member",
        wanted="the room deleted, and no other",
        got=f"{rooms().count()} rooms",
        look=f"{VIEWS}, the view of room-leave",
    )


def test_two_who_leave_at_once(visitor, some, make_user):
    """NFR-8: the second must see that the first has gone, or an empty room stays."""
    tables = [memberships().model._meta.db_table, rooms().model._meta.db_table]
    one, other = people(make_user, some, 2)
    room = make_room(some, one, other)
    with row_locks() as said:
        answer = visitor.sign_in(other).post(url("chat:room-leave", pk=room.pk))
    answer.expect_redirect("/", look=VIEWS)
    locked = locks(said, *tables)
    ended = written(said, "DELETE FROM", memberships().model)
    expect(
        locked and locked[0] < min(ended, default=len(said)),
        did=f"{answer.did}, and read what PostgreSQL would be asked for",
        wanted="a lock of the room's row, so that two who leave take turns (NFR-8)",
        got="the lock comes too late" if locked else "no row is locked",
        look=f"{VIEWS}, the view of room-leave: select_for_update",
    )
    in_one_transaction(said, locked, ended, did=answer.did, what="the membership ends")


def test_who_joins_takes_turns(visitor, some, make_user):
    """NFR-8: the last one may be leaving in the same moment."""
    one, other = people(make_user, some, 2)
    room = make_room(some, one)
    with row_locks() as said:
        answer = visitor.sign_in(other).post(url("chat:room-join", pk=room.pk))
    answer.expect_redirect(f"/rooms/{room.pk}/", look=VIEWS)
    locked = locks(said, rooms().model._meta.db_table)
    made = written(said, "INSERT INTO", memberships().model)
    expect(
        locked and locked[0] < min(made, default=len(said)),
        did=f"{answer.did}, and read what PostgreSQL would be asked for",
        wanted="a lock of the room's row before the membership is made (NFR-8)",
        got="the lock comes too late" if locked else "no row is locked",
        look="chat/services.py, add_member: select_for_update",
    )
    in_one_transaction(said, locked, made, did=answer.did, what="the membership begins")


def test_a_room_is_never_without_its_owner(visitor, some, make_user):
    """FR-12: not even for a moment: both are made in one transaction."""
    user = make_user()
    kinds = (rooms().model, memberships().model)
    with row_locks() as said:
        answer = visitor.sign_in(user).post(
            url("chat:room-create"), {"name": label(some)}
        )
    answer.expect_redirect(look=VIEWS)
    room, owner = (written(said, "INSERT INTO", kind) for kind in kinds)
    expect(
        room and owner and said.share_a_transaction(room[0], owner[0], deeper=2),
        did=answer.did,
        wanted="room and membership made in one transaction",
        got="two, and whatever fails in between leaves a room that nobody owns",
        look=f"{VIEWS}, the view of room-create: transaction.atomic",
    )


def test_who_leaves_twice_at_once(visitor, some, make_user):
    """NFR-8: a button is pressed twice, and the first request deletes the room."""
    table = rooms().model._meta.db_table
    user = make_user()
    room = make_room(some, user)
    gone = []

    def rival(execute, sql, params, many, context):
        """The other request is through, just after this one has found the room."""
        result = execute(sql, params, many, context)
        looks = sql.startswith("SELECT") and f'FROM "{table}"' in sql
        if looks and not gone and not LOCK.search(sql):
            gone.append(room.pk)
            rooms().filter(pk=room.pk).delete()
        return result

    me, status = visitor.sign_in(user), 500
    try:
        with connection.execute_wrapper(rival), row_locks():
            answer = me.post(url("chat:room-leave", pk=room.pk))
        status, got = answer.status, answer.summary
    except NotYet as error:
        got = error.got
    expect(
        status in (302, 404),
        did=f"Left a room as {user}, while another request deletes it",
        wanted="a redirect to / or 404, for the room may be gone after the first look",
        got=got,
        look=f"{VIEWS}, the view of room-leave, and what it calls",
    )


def test_who_joins_while_the_last_one_leaves(visitor, some, make_user):
    """NFR-8: whoever comes second finds no room."""
    memberships()
    owner, user = people(make_user, some, 2)
    room = make_room(some, owner)
    pk, me = room.pk, visitor.sign_in(user)
    address = url("chat:room-join", pk=pk)
    with meanwhile(rooms().model._meta.db_table, lambda: rooms().all().delete()) as let:
        answer = me.post(address)
    behind = left_behind(memberships().filter(room=pk)) if let else 0
    if let:
        answer.expect_status(
            404,
            wanted="404: the room is deleted by another request after the first look",
            look=f"{VIEWS}, the view of room-join, and what it calls",
        )
    expect(
        not behind,
        did=f"{answer.did}, while another request deletes the room",
        wanted="no membership of a room that is gone",
        got="there is one; PostgreSQL answers IntegrityError at the commit",
        look="chat/services.py, add_member: select_for_update",
    )


def test_who_writes_while_they_are_put_out(some, make_user):
    """FR-12: the membership is asked for when it is this message's turn."""
    memberships()
    owner, user = people(make_user, some, 2)
    room = make_room(some, owner, user)
    table = rooms().model._meta.db_table

    def put_out():
        memberships().filter(room=room, user=user).delete()

    with chatting() as chat:
        mine = chat.join(user, room)
        with meanwhile(table, put_out) as let_in:
            sent = mine.say(room)
            chat.settle()
        if not let_in:
            mine.acked(sent)
            return
        mine.refused("room_unknown", look="chat/services.py, store_message")
        expect(
            not messages().exists(),
            did=f"{mine.did}, while another request ends the membership",
            wanted="nothing stored",
            got="a message of who is no member",
            look="chat/services.py, store_message: ask for_member behind the lock",
        )


@pytest.mark.parametrize("name", ["chat:room-join", "chat:room-leave"])
def test_only_a_post_changes_something(visitor, some, make_user, name):
    """NFR-5: with a token, by somebody who is signed in."""
    memberships()
    owner, user = people(make_user, some, 2)
    room = make_room(some, owner)
    if name == "chat:room-leave":
        add_member(room, user)
    before = roles(room)
    post_only(visitor, user, url(name, pk=room.pk), look=VIEWS)
    expect(
        roles(room) == before,
        did=f"Sent GET, a POST without a token, and one as a visitor to {name}",
        wanted="nothing changed",
        got=f"{roles(room)}",
        look=VIEWS,
    )


# ------------------------------------------------------------------------------ socket

FRAMES = {
    "room.open": {},
    "message.send": {
        "client_id": "6f1c2a52-5a55-4c39-9d43-0c6a86a4b8c1",
        "body": "let me in",
    },
    "typing": {"active": True},
    "room.close": {},
}


def answer_to(tab, kind, number):
    """The error that answers a frame."""
    __tracebackhide__ = True
    tab.send({"type": kind, "room": number, **FRAMES[kind]})
    return tab.refused("room_unknown", about={"room": number}, look=ASK)


@pytest.mark.parametrize("kind", list(FRAMES))
@pytest.mark.parametrize("room_kind", ["public", "group", "direct"])
def test_strangers_get_nothing_by_socket(some, make_user, kind, room_kind):
    """FR-12: the same words as for a room that does not exist; nobody hears it."""
    memberships()
    one, other, stranger = people(make_user, some, 3)
    room = (
        make_direct(some, one, other)
        if room_kind == "direct"
        else make_room(some, one, other, kind=room_kind)
    )
    with chatting() as chat:
        inside, outside = chat.join(one, room), chat.enter(stranger)
        foreign = answer_to(outside, kind, room.pk)
        missing = answer_to(outside, kind, NO_ROOM)
        expect(
            foreign["text"] == missing["text"],
            did=f"Sent {kind} for a room of others, and for one that does not exist",
            wanted="the same text: nobody can find out which rooms there are",
            got=f"{foreign['text']!r} and {missing['text']!r}",
            look=ASK,
        )
        expect(
            not messages().exists(),
            did=f"Sent {kind} for a room of others",
            wanted="nothing stored",
            got="there is a message",
            look=ASK,
        )
        inside.nothing("message.new", "typing", "error", look=ASK)
        sent = inside.say(room)
        inside.hears(sent)
        outside.nothing("message.new", "room.opened", "room.closed", look=ASK)


def test_who_made_a_room_and_is_no_member_is_a_stranger(some, make_user):
    """FR-12: the membership counts, and nothing else."""
    memberships()
    maker, other = people(make_user, some, 2)
    room = make_room(some, other, created_by=maker)
    with chatting() as chat:
        answer_to(chat.enter(maker), "room.open", room.pk)


def test_a_membership_may_end_while_the_room_is_open(some, make_user):
    """FR-12: the consumer asks at each frame."""
    memberships()
    one, other = people(make_user, some, 2)
    room, kept = make_room(some, one, other), make_room(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.join(one, room, kept), chat.join(other, room, kept)
        mine.hears(theirs.say(room))
        before = messages().count()
        with committed():
            memberships().get(room=room, user=other).delete()
        for kind in FRAMES:
            answer_to(theirs, kind, room.pk)
        mine.nothing("message.new", "typing", look=ASK)
        expect(
            messages().count() == before,
            did="Sent a message after the membership had ended",
            wanted="nothing stored",
            got=f"{messages().count() - before} message more",
            look=ASK,
        )
        mine.hears(theirs.say(kept))


def test_a_new_member_needs_no_new_socket(some, make_user):
    """FR-12: nor does a membership that begins."""
    memberships()
    one, other = people(make_user, some, 2)
    room = make_room(some, one)
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.enter(other)
        answer_to(theirs, "room.open", room.pk)
        with committed():
            add_member(room, other)
        theirs.open(room)
        mine.hears(theirs.say(room))


# ------------------------------------------------------------------------------ people


def test_the_page_lists_the_members(visitor, some, make_user):
    """FR-12: each by name, and nobody else."""
    memberships()
    users = people(make_user, some, 3)
    stranger = named(make_user, some)
    room = make_room(some, *users)
    make_room(some, stranger, users[0])
    page = page_of(visitor, users[1], room).expect_status(200, look=VIEWS)
    found = {
        str(item.get("data-user", "")): text_of(item)
        for item in by_id(page, "chat-people", look=DETAIL).find_all("li")
    }
    expect(
        sorted(found) == sorted(str(user.pk) for user in users),
        did=page.did,
        wanted=f'an <li data-user="…"> in chat-people for {[u.pk for u in users]}',
        got=shown(found),
        look=DETAIL,
    )
    for user in users:
        expect(
            user.display_name in found[str(user.pk)],
            did=page.did,
            wanted=f'"{user.display_name}" in the <li data-user="{user.pk}">',
            got=found[str(user.pk)],
            look=DETAIL,
        )


def test_more_rooms_and_members_cost_the_same(visitor, some, make_user):
    """NFR-1: on the list."""
    memberships()
    user = make_user()

    def grow():
        others = people(make_user, some, 2)
        make_room(some, *others)
        make_group(some, *others, user)
        post(some, make_room(some, user, *others), user, body=line(some))

    me = visitor.sign_in(user)
    same_cost(
        lambda: me.get("/"),
        grow,
        few=2,
        many=6,
        things="rooms of each kind",
        look=f"{VIEWS}, the view of room-list",
    )


def test_public_rooms_come_by_pages(visitor, some, make_user):
    """FR-1: fifty at a time, for anybody can make one."""
    memberships()
    user, other = people(make_user, some, 2)
    made = {make_room(some, other).pk for _ in range(53)}
    me, seen = visitor.sign_in(user), []
    for number in (1, 2):
        page = me.get(f"/?page={number}" if number > 1 else "/")
        page.expect_status(200, look=VIEWS)
        found = {pk for pk in made if f"/rooms/{pk}/" in goals(page)}
        seen.append(found)
        expect(
            len(found) == (50, 3)[number - 1],
            did=page.did,
            wanted=f"{(50, 3)[number - 1]} of 53 public rooms on page {number}",
            got=f"{len(found)}",
            look=f"{VIEWS}, the view of room-list: Paginator",
        )
        if number == 1:
            expect(
                any(link.endswith("?page=2") for link in page.links()),
                did=page.did,
                wanted="a link to ?page=2",
                got="there is none",
                look="templates/chat/room_list.html",
            )
    expect(
        seen[0] | seen[1] == made,
        did="Opened both pages of 53 public rooms",
        wanted="each of them on one of the two",
        got=f"{len(seen[0] | seen[1])} different ones",
        look=f"{VIEWS}, the view of room-list: Paginator",
    )


def test_more_members_cost_the_same(visitor, some, make_user):
    """NFR-1: on the page of a room."""
    memberships()
    user = make_user()
    room = make_room(some, user)

    def grow():
        member = named(make_user, some)
        add_member(room, member)
        post(some, room, member)

    me = visitor.sign_in(user)
    address = url("chat:room-detail", pk=room.pk)
    same_cost(
        lambda: me.get(address),
        grow,
        few=2,
        many=8,
        things="members and messages",
        look=f"{VIEWS}, the view of room-detail",
    )
