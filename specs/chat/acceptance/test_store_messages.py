"""store-messages: stored first, acknowledged, and once however often it is sent."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from acceptance.chat import (
    CONSUMER,
    FOREVER,
    HOW_AWAY,
    NO_ROOM,
    OwnMistake,
    call,
    chatting,
    closed_room_is_silent,
    expect_fields,
    expect_user,
    is_logged,
    is_noticed,
    layer_or_sentence,
    leaves_all_groups,
    left_behind,
    line,
    locks,
    make_room,
    meanwhile,
    messages,
    moment,
    people,
    post,
    refused_by_database,
    row_locks,
    same_cost,
    shown,
    without_layer,
)
from acceptance.samples import named, staff
from acceptance.support import expect

MODEL = "chat/models.py, Message"
SERVICE = "chat/services.py, store_message"
SEND = f"{CONSUMER}, message.send"


def count():
    __tracebackhide__ = True
    return messages().count()


def store(*arguments):
    """What the learner's function gives back: (message, whether it is new)."""
    __tracebackhide__ = True
    found = call("chat.services.store_message", *arguments)
    expect(
        isinstance(found, tuple) and len(found) == 2,
        did="Called chat.services.store_message()",
        wanted="(message, True or False)",
        got=repr(found),
        look=SERVICE,
    )
    return found


def told_of(message):
    """A message in a few words."""
    fields = ("pk", "author_id", "room_id", "body")
    pk, author, room, body = (getattr(message, name, "?") for name in fields)
    return f"the message {pk} of user {author} in room {room}, {str(body)[:30]!r}"


# ------------------------------------------------------------------------------- model


def test_a_message_belongs_to_a_room_and_an_author(some, make_user):
    """FR-8: both lead back to their messages, in order."""
    user = make_user()
    room, other = make_room(some, user), make_room(some, user)
    made = [post(some, room, user) for _ in range(3)]
    elsewhere = post(some, other, user)
    for holder, name, wanted in (
        (room, "room.messages", made),
        (user, "user.messages", [*made, elsewhere]),
    ):
        manager = getattr(holder, "messages", None)
        found = None if manager is None else list(manager.all())
        expect(
            found == wanted,
            did=f"Asked for {name}",
            wanted=f"the {len(wanted)} messages, the first first",
            got="there is no such manager" if found is None else f"{found}",
            look=f"{MODEL}, related_name and Meta.ordering",
        )
    expect(
        all(message.created_at for message in made),
        did="Created a message",
        wanted="created_at set to this moment by itself",
        got="created_at is None",
        look=f"{MODEL}.created_at",
    )
    long = post(some, room, user, body=f"{some.words(20)} {line(some)}")
    expect(
        str(long) == long.body[:50],
        did=f"Called str() of a message of {len(long.body)} characters",
        wanted=f"the first fifty of them, {long.body[:50]!r}",
        got=repr(str(long)),
        look=f"{MODEL}.__str__",
    )


def test_one_message_for_one_client_id(some, make_user):
    """NFR-10: the database keeps the promise."""
    user, other = make_user(), make_user()
    room = make_room(some, user, other)
    first = post(some, room, user)
    refused_by_database(
        lambda: messages().create(
            room=room, author=user, client_id=first.client_id, body=line(some)
        ),
        did="Created a second message with the same author and client_id",
        look=f"{MODEL}.Meta, constraints",
    )
    post(some, room, other, client_id=first.client_id)
    expect(
        count() == 2,
        did="Created a message with the client_id of another author's",
        wanted="two messages: a client_id is its author's own",
        got=f"{count()}",
        look=f"{MODEL}.Meta, constraints",
    )


def test_a_message_has_a_body(some, make_user):
    """NFR-10: the database refuses an empty one."""
    user = make_user()
    room = make_room(some, user)
    refused_by_database(
        lambda: messages().create(room=room, author=user, client_id=uuid4(), body=""),
        did="Created a message with an empty body",
        look=f"{MODEL}.Meta, constraints",
    )


# ----------------------------------------------------------------------------- service


def test_store_message_stores(some, make_user):
    """FR-8: a new one, and it says so."""
    user = make_user()
    room, client_id, body = make_room(some, user), uuid4(), line(some)
    messages()
    message, created = store(room.pk, user.pk, client_id, body)
    stored = messages().get()
    expect(
        created is True and message == stored,
        did="Called store_message() for a new client_id",
        wanted="(the message, True)",
        got=f"({message!r}, {created!r})",
        look=SERVICE,
    )
    expect(
        (stored.room_id, stored.author_id, stored.client_id, stored.body)
        == (room.pk, user.pk, client_id, body),
        did="Called store_message()",
        wanted=f"a row of room {room.pk} by {user}, with that client_id and body",
        got=f"room {stored.room_id}, author {stored.author_id}, {stored.client_id}, "
        f"{stored.body!r}",
        look=SERVICE,
    )


def test_store_message_knows_what_it_has(some, make_user):
    """FR-8: the first message, unchanged, whatever room and body say."""
    user, other = make_user(), make_user()
    room, another = make_room(some, user, other), make_room(some, user, other)
    first = post(some, room, user)
    for where, body in ((room, first.body), (room, line(some)), (another, line(some))):
        found, created = store(where.pk, user.pk, first.client_id, body)
        expect(
            created is False and found == first and found.body == first.body,
            did="Called store_message() for a client_id that is stored already",
            wanted=f"({told_of(first)}, False): the first message, as it was",
            got=f"({told_of(found)}, {created!r})",
            look=SERVICE,
        )
    kept = messages().get()
    expect(
        (kept.room_id, kept.body) == (room.pk, first.body),
        did="Called store_message() for a client_id that is stored already",
        wanted="one row, as it was",
        got=f"room {kept.room_id}, {kept.body!r}",
        look=SERVICE,
    )
    theirs, created = store(room.pk, other.pk, first.client_id, line(some))
    expect(
        created is True and count() == 2,
        did="Called store_message() with the client_id of another author's message",
        wanted="a message of their own",
        got=f"created is {created}, {count()} rows",
        look=SERVICE,
    )
    for author, own in ((other, theirs), (user, first)):
        found, created = store(room.pk, author.pk, first.client_id, line(some))
        expect(
            (found.pk, created) == (own.pk, False),
            did=f"Called store_message() once more for {author}, with a client_id that "
            "another author has used as well",
            wanted=f"(the message {own.pk} by {author}, False): one author's message "
            "is nobody else's answer",
            got=f"({told_of(found)}, {created!r})",
            look=f"{SERVICE}: look for author and client_id",
        )


def test_two_that_arrive_at_once(some, make_user):
    """FR-8: who looks first and then writes may come second all the same."""
    user = make_user()
    room, another, client_id = make_room(some, user), make_room(some, user), uuid4()
    table = messages().model._meta.db_table
    rivals = []

    def rival(execute, sql, params, many, context):
        """Another process stores it, just after the first look."""
        result = execute(sql, params, many, context)
        if not rivals and sql.lstrip().upper().startswith("SELECT") and table in sql:
            rivals.append(None)
            rivals[0] = messages().create(
                room=another, author=user, client_id=client_id, body=line(some)
            )
        return result

    with connection.execute_wrapper(rival):
        found, created = store(room.pk, user.pk, client_id, line(some))
    first = rivals[0] if rivals else found
    expect(
        found == first and created is (not rivals) and count() == 1,
        did="Called store_message() while another process stores the same client_id",
        wanted=f"({told_of(first)}, {not rivals}) and one row",
        got=f"({told_of(found)}, {created!r}), {count()} rows",
        look=f"{SERVICE}, get_or_create",
    )


def test_the_writers_of_a_room_take_turns(some, make_user):
    """NFR-8: else a greater id may be seen before a smaller one is committed."""
    user = make_user()
    room = make_room(some, user)
    table = messages().model._meta.db_table
    with row_locks() as said:
        store(room.pk, user.pk, uuid4(), line(some))
    locked = locks(said, room._meta.db_table)
    stored = [
        at for at, sql in enumerate(said) if sql.startswith(f'INSERT INTO "{table}')
    ]
    expect(
        locked and stored and locked[0] < stored[0],
        did="Called store_message(), and read what PostgreSQL would be asked for",
        wanted="a lock of the room's row before the message is stored (NFR-8)",
        got="the lock comes too late" if locked else "no lock of that row",
        look=f"{SERVICE}, select_for_update",
    )
    expect(
        said.share_a_transaction(locked[0], stored[0]),
        did="Called store_message(), and read what PostgreSQL would be asked for",
        wanted="lock and message in one transaction: a lock ends with its own, and "
        "without one PostgreSQL refuses it",
        got="the message is stored outside the transaction of the lock",
        look=f"{SERVICE}, transaction.atomic",
    )


# ------------------------------------------------------------------------------ socket


def test_hello_offers_acknowledgements(make_user):
    """FR-8: the client waits for them only where they come."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("ack")


def test_a_message_is_stored_and_acknowledged(some, make_user):
    """FR-8: one row, and its id for everybody."""
    users = [named(make_user, some) for _ in range(2)]
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        body = f"{line(some)} <b>&amp; 'more'</b> {'x' * 1000}"
        with dated_back():
            sent = mine.say(room, f"  {body}\n")
            acked = mine.acked(sent)
            chat.settle()
        stored = list(messages().all())
        expect(
            len(stored) == 1,
            did=mine.did,
            wanted="one row",
            got=f"{len(stored)} rows",
            look=SEND,
        )
        row = stored[0]
        expect(
            (row.room_id, row.author_id, str(row.client_id), row.body)
            == (room.pk, users[0].pk, sent["client_id"], body),
            did=mine.did,
            wanted=f"a row of room {room.pk} by {users[0]}, the body stripped",
            got=f"room {row.room_id}, by {row.author}, {row.body!r}",
            look=SEND,
        )
        wanted = {
            "id": row.pk,
            "client_id": sent["client_id"],
            "room": room.pk,
            "body": body,
        }
        for tab, message in (
            (mine, acked),
            (mine, mine.hears(sent)),
            (theirs, theirs.hears(sent)),
        ):
            expect_fields(message, wanted, did=mine.did, look=SEND)
            expect_user(
                message.get("author"),
                users[0],
                did=mine.did,
                look=SEND,
                of=f"for {tab.who} a message whose author comes",
            )
            at = moment(message.get("created_at"))
            expect(
                at is not None and abs((at - row.created_at).total_seconds()) < 0.01,
                did=mine.did,
                wanted=f"created_at of the row, {row.created_at.isoformat()}",
                got=shown(message.get("created_at")),
                look="chat/frames.py",
            )


@contextmanager
def dated_back():
    """A row that is created has its created_at of a day ago, as a slow clock gives."""
    field = messages().model._meta.get_field("created_at")

    def pre_save(instance, add):
        if add:
            instance.created_at = timezone.now() - timedelta(days=1)
        return instance.created_at

    with patch.object(field, "pre_save", pre_save):
        yield


def test_a_resend_has_its_first_moment(some, make_user):
    """FR-8: created_at is the row's, in an acknowledgement too."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        with dated_back():
            sent = mine.say(room)
            mine.acked(sent)
        row = messages().get()
        mine.send(sent)
        found = moment(mine.acked(sent).get("created_at"))
        expect(
            found is not None and abs((found - row.created_at).total_seconds()) < 0.01,
            did=f"{mine.did}, a second time",
            wanted=f"created_at of the row, {row.created_at.isoformat()}",
            got=shown(found),
            look="chat/frames.py",
        )


def test_only_the_sender_is_acknowledged(some, make_user):
    """FR-8: and that without having the room open."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = chat.enter(users[0]), chat.join(users[1], room)
        second = chat.join(users[0], room, name=f"{users[0]}'s second tab")
        sent = mine.say(room)
        mine.acked(sent)
        for tab in (theirs, second):
            tab.hears(sent)
            tab.nothing(
                "message.ack", wanted=f"no message.ack for {tab.who}", look=SEND
            )
        mine.nothing("message.new", look=SEND)


def test_a_client_id_as_it_is_written(some, make_user):
    """FR-8: one UUID has many spellings; the frames have one."""
    user = make_user()
    room = make_room(some, user)
    client_id = uuid4()
    with chatting() as chat:
        mine = chat.join(user, room)
        for text in (str(client_id).upper(), str(client_id)):
            mine.send(
                {
                    "type": "message.send",
                    "room": room.pk,
                    "client_id": text,
                    "body": line(some),
                }
            )
            frame = mine.receive("message.ack", look=SEND)
            for found in (frame, frame.get("message")):
                expect_fields(
                    found,
                    {"client_id": str(client_id)},
                    did=mine.did,
                    look="chat/frames.py: str() of the UUID",
                    of="an acknowledgement",
                )
        expect(
            count() == 1,
            did="Sent one UUID in capital and in small letters",
            wanted="one row",
            got=f"{count()}",
            look=SEND,
        )


@pytest.mark.parametrize("how", ["the same", "another", "a new"])
def test_a_resend_is_acknowledged_and_nothing_else(some, make_user, how):
    """FR-8: the same id and the first body, no second row, no second message.new."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = (chat.join(user, room) for user in users)
        sent = mine.say(room)
        first = mine.acked(sent)
        again = {
            "the same": lambda: mine,
            "another": lambda: chat.join(users[0], room, name="a second tab"),
            "a new": lambda: (mine.disconnect(), chat.join(users[0], room))[1],
        }[how]()
        for body in (sent["body"], "Something else"):
            again.say(room, body, client_id=sent["client_id"])
            message = again.acked(sent, wanted=f"a message.ack on {how} socket, too")
            expect_fields(
                message,
                {"id": first["id"], "body": sent["body"]},
                did=again.did,
                look=SEND,
                of="the first message",
            )
        expect(
            count() == 1,
            did=f"Sent one message three times, the last two on {how} socket",
            wanted="one row",
            got=f"{count()} rows",
            look=SERVICE,
        )
        theirs.hears(sent)
        for tab in (theirs, again):
            heard = tab.all("message.new")
            expect(
                len(heard) <= (0 if tab is theirs or how != "the same" else 1),
                did=f"Sent one message three times, the last two on {how} socket",
                wanted=f"one message.new for {tab.who}",
                got=f"{len(heard)} more",
                look=f"{SEND}: only a created one goes to the group",
            )


def test_ten_times_at_once(some, make_user):
    """FR-8: from two tabs; one row, and each socket hears it once."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine = [chat.join(users[0], room, name=f"tab {n}") for n in (1, 2)]
        theirs = chat.join(users[1], room)
        sent = mine[0].say(room)
        for number in range(1, 10):
            mine[number % 2].say(room, sent["body"], client_id=sent["client_id"])
        ids = {mine[number % 2].acked(sent)["id"] for number in range(10)}
        expect(
            len(ids) == 1 and count() == 1,
            did="Sent one message ten times from two tabs",
            wanted="ten acknowledgements with one id, and one row",
            got=f"{len(ids)} ids, {count()} rows",
            look=SERVICE,
        )
        for tab in (*mine, theirs):
            heard = tab.all("message.new")
            expect(
                len(heard) == 1,
                did="Sent one message ten times from two tabs",
                wanted=f"one message.new for {tab.who}",
                got=f"{len(heard)}",
                look=SEND,
            )


def test_two_authors_may_use_one_client_id(some, make_user):
    """FR-8: it is unique among one author's messages."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    client_id = str(uuid4())
    with chatting() as chat:
        tabs = [chat.join(user, room) for user in users]
        found = []
        for tab in tabs:
            sent = tab.say(room, line(some), client_id=client_id)
            message = tab.acked(sent)
            expect_fields(message, {"body": sent["body"]}, did=tab.did, look=SERVICE)
            found.append(message["id"])
        expect(
            len(set(found)) == 2 and count() == 2,
            did="Sent messages of two authors with one client_id",
            wanted="two messages",
            got=f"ids {found}, {count()} rows",
            look=SERVICE,
        )


def test_what_is_refused_is_not_stored(some, make_user, settings):
    """FR-8: nor acknowledged."""
    settings.CHAT_FLOOD_MESSAGES = 1
    settings.CHAT_FLOOD_SECONDS = FOREVER
    user = make_user()
    room = make_room(some, user)
    messages()
    with chatting() as chat:
        mine = chat.join(user, room)
        for code, body, where in (
            ("empty_body", "  ", room),
            ("body_too_long", "x" * 2001, room),
            ("bad_body", "\x00", room),
            ("bad_frame", 5, room),
            ("room_unknown", line(some), NO_ROOM),
        ):
            mine.say(where, body)
            mine.refused(code)
        mine.nothing("message.ack", "message.new")
        expect(
            count() == 0,
            did="Sent five messages that were refused",
            wanted="nothing stored",
            got=f"{count()} rows",
            look=SEND,
        )
        mine.acked(mine.say(room))
        mine.say(room)
        mine.refused("flood")
        mine.nothing("message.ack")
        expect(
            count() == 1,
            did="Sent two messages, where one is allowed",
            wanted="one row",
            got=f"{count()}",
            look=SEND,
        )


def test_2000_characters_are_stored_whole(some, make_user):
    """FR-7: the longest message there is."""
    user = make_user()
    room = make_room(some, user)
    body = "ä😀" * 1000
    with chatting() as chat:
        mine = chat.join(user, room)
        message = mine.acked(mine.say(room, body))
        row = messages().get(pk=message["id"])
        expect(
            row.body == body and UUID(message["client_id"]) == row.client_id,
            did="Sent a message of 2000 characters",
            wanted="all of them in the row",
            got=f"{len(row.body)} characters",
            look=f"{MODEL}.body",
        )


def test_a_fault_of_ones_own_is_seen(some, make_user, caplog):
    """NFR-4: what no layer raises is no reason to keep silent."""

    async def group_send(*given):
        raise OwnMistake("a fault of the program")

    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        with patch.object(layer_or_sentence(), "group_send", group_send):
            mine.say(room)
            is_noticed(mine, caplog.records, look="chat/groups.py, tell_group")


def test_what_comes_late_from_a_closed_room(some, make_user):
    """FR-4: an event may be under way while its room is closed."""
    users = people(make_user, some, 2)
    room, kept = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        closed_room_is_silent(chat, users, room, kept)


def test_who_goes_away_leaves_all_groups(some, make_user):
    """FR-4: leaving has got a time limit, and is done all the same."""
    users = people(make_user, some, 2)
    one, other = make_room(some, *users), make_room(some, *users)
    with chatting() as chat:
        leaves_all_groups(chat, users[1], one, other)


@pytest.mark.parametrize("how", HOW_AWAY)
def test_a_message_does_not_need_the_layer(some, make_user, caplog, how):
    """NFR-8: it is stored and acknowledged, also where nobody can be told of it."""
    user = make_user()
    room = make_room(some, user)
    with chatting() as chat:
        mine = chat.join(user, room)
        with without_layer(how) as stuck:
            for _ in range(2):
                message = mine.acked(mine.say(room))
                expect(
                    messages().filter(pk=message["id"]).exists(),
                    did=f"{mine.did}, with a channel layer that is {how}",
                    wanted="the message stored",
                    got="it is not there",
                    look=SEND,
                )
                mine.expect_alive()
        is_logged(
            caplog.records,
            did=f"Sent a message as {user}, with a channel layer that is {how}",
            look="chat/groups.py, tell_group",
        )
        expect(
            not stuck,
            did=f"Sent a message as {user}, with a channel layer that is {how}",
            wanted="the layer given up after CHAT_LAYER_SECONDS, here 0.05",
            got="it is waited for much longer",
            look="chat/groups.py: asyncio.timeout",
        )
        # Once it is back, all goes on.
        sent = mine.say(room)
        mine.hears(sent)


def test_a_room_may_go_while_one_writes(some, make_user):
    """NFR-4: between the look and the lock somebody else may delete it."""
    user = make_user()
    room = make_room(some, user)
    kind = type(room)
    with chatting() as chat:
        mine = chat.join(user, room)
        pk = room.pk

        def gone():
            kind.objects.filter(pk=pk).delete()

        with meanwhile(kind._meta.db_table, gone) as let_in:
            sent = mine.say(room)
            chat.settle()
        if not let_in:  # looked at with a lock, so nobody else came in between
            mine.acked(sent)
            return
        behind = left_behind(messages().filter(room=pk))
        mine.refused("room_unknown", about={"room": pk}, look=SERVICE)
        expect(
            not behind,
            did=f"{mine.did}, while another request deletes the room",
            wanted="nothing stored",
            got=f"a message {sent['body']!r} of a room that is gone",
            look=SERVICE,
        )


# ------------------------------------------------------------------------------- admin


def test_staff_see_the_messages(visitor, some, make_user):
    """NFR-1: author and room come with the list's own query."""
    boss = visitor.sign_in(staff(make_user))
    messages()

    def grow():
        user = make_user()
        post(some, make_room(some, user), user)

    same_cost(
        lambda: boss.get("/admin/chat/message/"),
        grow,
        few=2,
        many=8,
        things="messages of different authors and rooms",
        look="chat/admin.py, list_select_related",
    )
