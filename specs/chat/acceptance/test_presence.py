"""presence: who is online is told by connections that give signs of life."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from acceptance.chat import (
    CONSUMER,
    call,
    chatting,
    cost_of,
    expect_fields,
    expect_user,
    in_one_transaction,
    is_quiet,
    leaves_all_groups,
    locks,
    make_direct,
    make_group,
    make_room,
    memberships,
    own_counts,  # noqa: F401
    people,
    refused_by_database,
    row_locks,
    shown,
    speaks_of,
    written,
)
from acceptance.samples import named
from acceptance.support import expect, make, model

MODEL = "chat/models.py, Connection"
ONLINE = "chat/presence.py, online"
CONNECT = f"{CONSUMER}.connect, and chat/presence.py"
LEAVE = f"{CONSUMER}.disconnect, and chat/presence.py"
PING = f"{CONSUMER}, ping, and chat/presence.py"
SECONDS = 40


@pytest.fixture(autouse=True)
def forty_seconds(settings):
    """Who was not heard of for forty seconds is offline."""
    settings.CHAT_PRESENCE_SECONDS = SECONDS


def connections():
    """The manager of connections, or a sentence."""
    __tracebackhide__ = True
    return model("chat.Connection", "user", "channel", "seen_at").objects


def heard_of(user, seconds):
    """A connection of another server process, last heard of so many seconds ago."""
    __tracebackhide__ = True
    return make(
        connections().model,
        user=user,
        channel=f"specific.{uuid4().hex}!{uuid4().hex}",
        seen_at=timezone.now() - timedelta(seconds=seconds),
    )


def online(*users):
    """What the learner's function says of these users: their ids."""
    __tracebackhide__ = True
    ids = [user.pk for user in users]
    found = call("chat.presence.online", ids)
    expect(
        isinstance(found, (set, frozenset)),
        did=f"Called chat.presence.online() with {len(ids)} ids",
        wanted="a set of ids",
        got=repr(found)[:120],
        look=ONLINE,
    )
    return found


def gets_presence(tab, room, user, state, *, did, look):
    """The socket is told that somebody has come or gone, in this room."""
    __tracebackhide__ = True
    word = "true" if state else "false"
    frame = tab.receive(
        "presence",
        lambda frame: frame.get("room") == room.pk,
        wanted=f"presence of {user.username} with online {word} for {tab.who}",
        look=look,
    )
    fields = {"room": room.pk, "online": state}
    expect_fields(frame, fields, did=did, look=look, of="presence")
    of = "presence whose user comes"
    expect_user(frame.get("user"), user, did=did, look=look, of=of)


def no_presence(*tabs, of, did, look, wanted="no presence"):
    """None of the sockets is told anything of a user."""
    __tracebackhide__ = True
    for tab in tabs:
        tab.nothing(
            "presence",
            where=lambda frame: (frame.get("user") or {}).get("id") == of.pk,
            did=did,
            wanted=f"{wanted} for {tab.who}",
            look=look,
        )


# ------------------------------------------------------------------------------- model


def test_a_channel_is_one_connection(some, make_user):
    """NFR-8: its name is unique among all processes."""
    connections()
    one, other = people(make_user, some, 2)
    first = connections().create(user=one, channel=f"specific.{uuid4().hex}")
    now = timezone.now()
    expect(
        first.seen_at and now - timedelta(seconds=30) < first.seen_at <= now,
        did="Created a connection without seen_at",
        wanted="seen_at is this moment",
        got=f"{first.seen_at}",
        look=f"{MODEL}.seen_at",
    )
    speaks_of(first, one, look=MODEL)
    connections().create(user=one, channel=f"specific.{uuid4().hex}")
    expect(
        one.connections.count() == 2,
        did="Asked for user.connections, of which there are two",
        wanted="two",
        got=f"{one.connections.count()}",
        look=f"{MODEL}.user, related_name",
    )
    refused_by_database(
        lambda: connections().create(user=other, channel=first.channel),
        did="Created a second connection with the same channel",
        look=f"{MODEL}.channel",
    )


def test_online_asks_for_signs_of_life(some, make_user):
    """FR-21: lately, by at least one connection."""
    connections()
    here, both, silent, never, unasked = people(make_user, some, 5)
    heard_of(here, 1), heard_of(unasked, 1)
    heard_of(both, SECONDS + 30), heard_of(both, SECONDS - 15)
    heard_of(silent, SECONDS + 15), heard_of(silent, 3600)
    found = online(here, both, silent, never)
    expect(
        found == {here.pk, both.pk},
        did="Called chat.presence.online() with four ids: one heard of a second ago, "
        f"one {SECONDS - 15} and {SECONDS + 30} seconds ago, one {SECONDS + 15} "
        f"seconds ago, one never; CHAT_PRESENCE_SECONDS is {SECONDS}",
        wanted=f"the first two: {sorted([here.pk, both.pk])}",
        got=f"{sorted(found)}",
        look=ONLINE,
    )
    nobody = online(silent, never)
    expect(
        nobody == set(),
        did="Called chat.presence.online() with the ids of two who are offline",
        wanted="an empty set",
        got=f"{sorted(nobody)}",
        look=ONLINE,
    )


def test_the_setting_is_read_where_it_is_used(some, make_user, settings):
    """FR-21: how long a silence may be is for the settings to say."""
    user = named(make_user, some)
    heard_of(user, 60)
    for seconds, wanted in ((120, {user.pk}), (30, set())):
        settings.CHAT_PRESENCE_SECONDS = seconds
        found = online(user)
        expect(
            found == wanted,
            did="Called chat.presence.online() for who was heard of a minute ago, with "
            f"CHAT_PRESENCE_SECONDS = {seconds}",
            wanted="online" if wanted else "not online",
            got="the other way round",
            look=ONLINE,
        )


def test_more_people_cost_the_same(some, make_user):
    """NFR-1: one query for all of them."""
    connections()
    users = people(make_user, some, 12)
    for user in users:
        heard_of(user, 1), heard_of(user, 3600)
    counts = [len(cost_of(lambda n=n: online(*users[:n]))) for n in (2, 12)]
    expect(
        counts[0] == counts[1],
        did="Called chat.presence.online() with two and with twelve ids",
        wanted="the same number of queries both times",
        got=f"{counts[0]} queries, then {counts[1]}",
        look=ONLINE,
    )


# ------------------------------------------------------------------- coming and going


def test_hello_offers_presence(make_user, settings):
    """FR-21: and says how often a sign of life is wanted."""
    settings.CHAT_HEARTBEAT_SECONDS = 7
    with chatting() as chat:
        tab = chat.enter(make_user())
        tab.expect_feature("presence")
        expect_fields(
            tab.hello,
            {"heartbeat": 7},
            did=f"Connected as {tab.who}, with CHAT_HEARTBEAT_SECONDS = 7",
            look=CONNECT,
            of="hello",
        )


def rows(*users):
    """How many connections each of these has."""
    __tracebackhide__ = True
    return [connections().filter(user=user).count() for user in users]


def test_an_open_socket_is_a_connection(some, make_user):
    """FR-21: there when hello comes, gone once it is closed."""
    connections()
    one, other = people(make_user, some, 2)
    with chatting() as chat:
        for did, wanted, act in (
            ("Connected once", [1, 0], lambda: chat.enter(one)),
            ("Connected a second time", [2, 0], lambda: chat.enter(one)),
            ("Connected as another", [2, 1], lambda: chat.enter(other)),
            ("Closed one of three", [1, 1], lambda: chat.sockets[0].disconnect()),
            ("Closed another", [1, 0], lambda: chat.sockets[2].disconnect()),
            ("Closed the last", [0, 0], lambda: chat.sockets[1].disconnect()),
        ):
            act()
            found = rows(one, other)
            expect(
                found == wanted,
                did=did,
                wanted=f"{wanted[0]} and {wanted[1]} connections of the two users",
                got=f"{found[0]} and {found[1]}",
                look=LEAVE if did.startswith("Closed") else CONNECT,
            )


def test_coming_and_going_take_turns(some, make_user):
    """NFR-8: two tabs that close at once must not both find the other one there."""
    connections()
    user = make_user()
    with chatting() as chat:
        for did, look, act in (
            ("Connected", CONNECT, lambda: chat.enter(user)),
            ("Closed the socket", LEAVE, lambda: chat.sockets[0].disconnect()),
        ):
            with row_locks() as said:
                act()
            expect(
                locks(said, user._meta.db_table),
                did=f"{did}, and read what PostgreSQL would be asked for",
                wanted="a lock of the user's row (NFR-8)",
                got="no lock of that row",
                look=f"{look}: select_for_update",
            )
            verb, kind = "DELETE FROM", connections().model
            in_one_transaction(
                said,
                locks(said, user._meta.db_table),
                written(said, verb, kind) or written(said, "INSERT INTO", kind),
                did=did,
                what="the connection is stored or deleted",
                deeper=1,
            )


def test_who_goes_away_leaves_all_groups(some, make_user):
    """FR-21: whoever is offline is in no group."""
    one, other = people(make_user, some, 2)
    rooms = [make_room(some, one, other) for _ in range(2)]
    with chatting() as chat:
        leaves_all_groups(chat, other, *rooms)


def test_who_is_not_let_in_is_not_there(some, make_user):
    """FR-21: a socket without a session leaves nothing, and forgets nobody's."""
    connections()
    user = named(make_user, some)
    with chatting() as chat:
        chat.enter(user)
        visitor = chat.knock(None)
        visitor.expect_closed(4401)
        visitor.disconnect()
        expect(
            connections().count() == 1 and rows(user) == [1],
            did="Connected as a visitor, who was closed out with 4401",
            wanted="no connection but that of the one who is signed in",
            got=f"{connections().count()} connections",
            look=LEAVE,
        )


def test_the_first_tab_and_the_last_are_told(some, make_user):
    """FR-21: not those in between."""
    connections()
    one, other = people(make_user, some, 2)
    room = make_group(some, one, other)
    with chatting() as chat:
        mine = chat.join(one, room)
        mine.forget()
        desk = chat.enter(other, name=f"{other} at the desk")
        did = f"Connected as {other}"
        gets_presence(mine, room, other, True, did=did, look=CONNECT)
        no_presence(mine, of=other, did=did, look=CONNECT, wanted="one presence")
        phone = chat.join(other, room, name=f"{other}'s phone")
        did = f"Connected as {other} a second time"
        no_presence(mine, of=other, did=did, look=CONNECT)
        desk.disconnect()
        did = f"Closed one of two sockets of {other}"
        no_presence(mine, of=other, did=did, look=LEAVE)
        phone.disconnect()
        did = f"Closed the last socket of {other}"
        gets_presence(mine, room, other, False, did=did, look=LEAVE)
        no_presence(mine, of=other, did=did, look=LEAVE, wanted="one presence")
        again = chat.enter(other)
        did = f"Connected as {other} again"
        gets_presence(mine, room, other, True, did=did, look=CONNECT)
        again.disconnect()
        did = f"Closed the only socket of {other}"
        gets_presence(mine, room, other, False, did=did, look=LEAVE)


def test_another_process_counts(some, make_user):
    """NFR-8: a connection that another server process has is one as well."""
    connections()
    one, other = people(make_user, some, 2)
    room = make_group(some, one, other)
    with chatting() as chat:
        mine = chat.join(one, room)
        elsewhere = heard_of(other, 5)
        mine.forget()
        tab = chat.enter(other)
        did = f"Connected as {other}, who has a connection to another process"
        no_presence(mine, of=other, did=did, look=CONNECT)
        tab.disconnect()
        did = f"Closed the socket of {other}, who has one to another process"
        no_presence(mine, of=other, did=did, look=LEAVE)
        expect(
            rows(other) == [1],
            did=did,
            wanted="the connection of the other process stays",
            got=f"{rows(other)[0]} connections",
            look=LEAVE,
        )
        # One that was not heard of for long is none.
        old = timezone.now() - timedelta(seconds=SECONDS + 60)
        connections().filter(pk=elsewhere.pk).update(seen_at=old)
        tab = chat.enter(other)
        did = f"Connected as {other}, whose only other connection is too old"
        gets_presence(mine, room, other, True, did=did, look=CONNECT)


def test_each_room_is_told(some, make_user):
    """FR-21: in all that the two share and have open; no other."""
    connections()
    one, other, third, stranger = people(make_user, some, 4)
    group, public = make_group(some, one, other), make_room(some, one, other, third)
    direct, apart = make_direct(some, one, other), make_room(some, stranger, one)
    with chatting() as chat:
        mine = chat.join(one, group, direct, apart)
        theirs = chat.join(third, public)
        quiet = [
            chat.join(stranger, apart),
            chat.enter(one, name=f"{one}'s tab on another page"),
            chat.join(third, public, name=f"{third}'s tab that closed the room"),
        ]
        quiet[2].close(public)
        for tab in (mine, theirs, *quiet):
            tab.forget()
        tab = None
        for state, look in ((True, CONNECT), (False, LEAVE)):
            if state:
                tab = chat.enter(other)
            else:
                tab.disconnect()
            did = f"{'Connected' if state else 'Closed the only socket'} of {other}"
            for room in (group, direct):
                gets_presence(mine, room, other, state, did=did, look=look)
            gets_presence(theirs, public, other, state, did=did, look=look)
            no_presence(
                mine, theirs, *quiet, of=other, did=did, look=look, wanted="no other"
            )


# -------------------------------------------------------------------------- room.opened


def test_who_opens_a_room_learns_who_is_there(some, make_user):
    """FR-21: its members who are online, and nobody else."""
    connections()
    one, here, twice, old, away, stranger = people(make_user, some, 6)
    room = make_group(some, one, here, twice, old, away)
    with chatting() as chat:
        for user in (here, twice, twice, stranger):
            chat.enter(user)
        heard_of(old, SECONDS + 60)
        tab = chat.enter(one)
        frame = tab.open(room)
        found = frame.get("online")
        wanted = sorted(user.pk for user in (one, here, twice))
        expect(
            isinstance(found, list)
            and sorted(map(repr, found)) == sorted(map(repr, wanted)),
            did=f"{tab.did}, with three of five members online, oneself among them",
            wanted=f"room.opened with online {wanted}",
            got=shown(frame),
            look=f"{CONSUMER}, room.open",
        )


# -------------------------------------------------------------------------------- ping


def test_a_ping_is_a_sign_of_life(some, make_user):
    """FR-21: of this connection, and of no other."""
    connections()
    one, other = people(make_user, some, 2)
    with chatting() as chat:
        tab = chat.enter(one)
        own = connections().get(user=one)
        foreign = [heard_of(one, 20), heard_of(other, 20)]
        before = [connections().get(pk=row.pk).seen_at for row in foreign]
        past = timezone.now() - timedelta(seconds=30)
        connections().filter(pk=own.pk).update(seen_at=past)
        tab.expect_alive()
        found = connections().filter(channel=own.channel).first()
        expect(
            found and timezone.now() - found.seen_at < timedelta(seconds=20),
            did=f"Sent ping as {one} and got pong",
            wanted="seen_at of this socket's connection is this moment",
            got=f"seen_at is {found.seen_at}" if found else "the connection is gone",
            look=PING,
        )
        after = [connections().get(pk=row.pk).seen_at for row in foreign]
        expect(
            before == after,
            did=f"Sent ping as {one} and got pong",
            wanted="seen_at of other connections stays as it was",
            got="it is another",
            look=PING,
        )


def test_a_ping_puts_the_connection_back(some, make_user):
    """FR-21: another process may have cleared it away, wrongly."""
    connections()
    user = named(make_user, some)
    with chatting() as chat:
        tab = chat.enter(user)
        channel = connections().get(user=user).channel
        connections().all().delete()
        tab.expect_alive()
        found = list(connections().values_list("user", "channel"))
        expect(
            found == [(user.pk, channel)],
            did="Deleted the connection of an open socket, then sent ping and got pong",
            wanted="it is there again, with the channel of the socket",
            got=f"{len(found)} connections",
            look=PING,
        )


def test_who_was_cleared_away_comes_back(some, make_user):
    """FR-21: others were told that they left; now they hear that they are there."""
    connections()
    one, other = people(make_user, some, 2)
    room = make_group(some, one, other)
    with chatting() as chat:
        mine = chat.join(one, room)
        tab = chat.enter(other)
        mine.forget()
        connections().filter(user=other).delete()
        tab.expect_alive()
        did = f"Sent ping as {other}, whose connection had been deleted"
        gets_presence(mine, room, other, True, did=did, look=PING)
        no_presence(mine, of=other, did=did, look=PING, wanted="one presence")
        connections().filter(user=other).delete()
        heard_of(other, 5)
        tab.expect_alive()
        did = f"Sent ping as {other}, who had another connection"
        no_presence(mine, of=other, did=did, look=PING)


def test_a_ping_clears_up(some, make_user):
    """FR-21: so a server that died is noticed; who is still there stays."""
    connections()
    one, dead, alive, stranger = people(make_user, some, 4)
    room, apart = make_group(some, one, dead, alive), make_group(some, one, stranger)
    with chatting() as chat:
        mine = chat.join(one, room, apart)
        other = chat.join(stranger, apart)
        mine.forget(), other.forget()
        kept = [heard_of(alive, 5)]
        gone = [heard_of(user, SECONDS + 60) for user in (dead, dead, alive)]
        # The ping of somebody who shares no room with them.
        other.expect_alive()
        pks = {row.pk for row in (*kept, *gone)}
        left = set(connections().filter(pk__in=pks).values_list("pk", flat=True))
        did = "Sent ping, with three connections that were too old"
        expect(
            left == {row.pk for row in kept},
            did=did,
            wanted="those deleted, and one that is young enough kept",
            got=f"{len(left & {row.pk for row in gone})} of the old are there"
            + ("" if left & {row.pk for row in kept} else ", the young one is gone"),
            look=PING,
        )
        gets_presence(mine, room, dead, False, did=did, look=PING)
        no_presence(mine, of=dead, did=did, look=PING, wanted="one presence")
        no_presence(
            mine, of=alive, did=did, look=PING, wanted="none of who is still there"
        )
        no_presence(other, of=dead, did=did, look=PING)
        is_quiet(mine, other, kinds=["error"], wanted="no error", look=PING)
        expect(
            memberships().filter(user=dead).exists() and rows(one, stranger) == [1, 1],
            did=did,
            wanted="nobody else's connection and no membership touched",
            got=f"{rows(one, stranger)} connections of two who are connected",
            look=PING,
        )
