"""bad-frames: whatever is sent, the socket answers and stays open."""

import json
import time
from contextlib import suppress
from importlib import import_module
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection

from acceptance.chat import (
    CONSUMER,
    FOREVER,
    HOW_AWAY,
    LEFT_OUT,
    NO_ROOM,
    TOO_BIG,
    OwnMistake,
    call,
    chatting,
    expect_fields,
    is_logged,
    is_noticed,
    make_room,
    own_memory,
    people,
    shown,
    standing_clock,
    without_cache,
)
from acceptance.support import expect

LIMITS = "chat/limits.py, may_send"


def pair(some, make_user, chat):
    """(a room, the socket that sends, another one that has the room open)."""
    __tracebackhide__ = True
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    mine, theirs = (chat.join(user, room) for user in users)
    return room, mine, theirs


def undisturbed(theirs, mine):
    """Nobody else in the room got anything."""
    __tracebackhide__ = True
    for tab in (theirs, mine):
        tab.nothing(
            "message.new",
            "error",
            wanted=f"nothing for {tab.who} but the answer to the sender",
            look=CONSUMER,
        )


# ------------------------------------------------------------------------------- frames


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "",
        "hello",
        "{'type': 'ping'}",
        "[" * 30_000,
        '{"type": "ping"',
        "\x00",
        f'{{"type": "room.open", "room": {"7" * 5000}}}',
    ],
    ids=["brace", "empty", "word", "quotes", "deep", "cut", "nul", "digits"],
)
def test_what_is_no_json(some, make_user, text):
    """FR-6: bad_json."""
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        mine.send_text(text)
        mine.refused("bad_json", look=f"{CONSUMER}.receive")
        undisturbed(theirs, mine)


@pytest.mark.parametrize(
    "value",
    [
        [],
        "x",
        3,
        None,
        True,
        {},
        {"type": 5},
        {"type": None},
        {"type": ["ping"]},
        {"kind": "ping"},
        [{"type": "ping"}],
    ],
    ids=shown,
)
def test_what_is_no_frame(some, make_user, value):
    """FR-6: bad_frame for JSON that is no object with a type."""
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        mine.send(value)
        mine.refused("bad_frame", look=f"{CONSUMER}.receive")
        undisturbed(theirs, mine)


@pytest.mark.parametrize(
    "kind",
    [
        "room.explode",
        "",
        "chat.message",
        "chat_message",
        "__init__",
        "PING",
        "x" * 5000,
    ],
    ids=lambda kind: kind[:12] or "empty",
)
def test_a_type_that_nobody_knows(some, make_user, kind):
    """FR-6: unknown_type, also for what is a name inside the consumer."""
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        mine.send({"type": kind, "message": {"body": "x"}})
        mine.refused("unknown_type", look=f"{CONSUMER}.receive")
        undisturbed(theirs, mine)


def test_bytes_are_no_text(some, make_user):
    """FR-6: binary."""
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        for data in (b"\x00\xff\xfe", json.dumps({"type": "ping"}).encode()):
            mine.send_bytes(data)
            mine.refused("binary", look=f"{CONSUMER}.receive")
        undisturbed(theirs, mine)


def test_a_frame_has_a_greatest_size(some, make_user, settings):
    """FR-6: counted in bytes, before anything is parsed."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        limit = getattr(settings, "CHAT_FRAME_BYTES", 32768)
        expect(
            limit == 32768,
            did="Read settings.CHAT_FRAME_BYTES",
            wanted="32768",
            got=f"{limit}",
            look="config/settings.py",
        )
        mine.send_text("[" * (limit + 1))
        mine.refused("frame_too_large", look=f"{CONSUMER}.receive")
        mine.say(room, "x" * limit)
        mine.refused("frame_too_large", look=f"{CONSUMER}.receive")
        mine.send_text('{"type": "ping"}'.ljust(limit))
        mine.receive(
            "pong",
            wanted=f"a frame of exactly {limit} bytes taken",
            look=f"{CONSUMER}.receive",
        )
        undisturbed(theirs, mine)


def test_the_size_is_read_when_it_is_needed(some, make_user, settings):
    """FR-6: in bytes of UTF-8, not in characters; and the settings may change."""
    settings.CHAT_FRAME_BYTES = 400
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        wide = json.dumps({"type": "ping", "more": "ä" * 250}, ensure_ascii=False)
        mine.send_text(wide)
        mine.refused("frame_too_large", look=f"{CONSUMER}.receive")
        mine.send_text(json.dumps({"type": "ping", "more": "a" * 250}))
        mine.receive("pong", wanted="a smaller frame taken", look=CONSUMER)
        undisturbed(theirs, mine)


# ------------------------------------------------------------------------------- fields

ROOMS = [LEFT_OUT, "7", True, False, 1.5, None, [7], {"id": 7}]
CLIENT_IDS = [LEFT_OUT, 5, None, "", "no-uuid", ["x"], "1234", str(uuid4())[:-1]]
BODIES = [LEFT_OUT, 5, None, ["x"], {"text": "x"}, True]


def name_of(value):
    return "missing" if value is LEFT_OUT else shown(value)[:20]


@pytest.mark.parametrize(
    ("field", "values"),
    [("room", ROOMS), ("client_id", CLIENT_IDS), ("body", BODIES)],
)
def test_fields_of_the_wrong_kind(some, make_user, field, values):
    """FR-6: bad_frame for a field that is missing or something else."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        for value in values:
            sent = mine.say(room, **{field: value})
            valid = {
                key: sent[key]
                for key in ("room", "client_id")
                if key != field and key in sent
            }
            mine.refused("bad_frame", about=valid, look=f"{CONSUMER}, message.send")
        undisturbed(theirs, mine)


def test_a_room_to_open_is_a_number(some, make_user):
    """FR-6: bad_frame for room.open as well."""
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        for value in ROOMS:
            frame = {"type": "room.open", "room": value}
            if value is LEFT_OUT:
                del frame["room"]
            mine.send(frame)
            mine.refused("bad_frame", look=f"{CONSUMER}, room.open")
        mine.nothing("room.opened", look=f"{CONSUMER}, room.open")
        undisturbed(theirs, mine)


def test_a_number_too_big_for_a_database(some, make_user):
    """FR-6: a room of thirty digits does not exist."""
    with chatting() as chat:
        _, mine, theirs = pair(some, make_user, chat)
        mine.send({"type": "room.open", "room": TOO_BIG})
        mine.refused("room_unknown", look=f"{CONSUMER}, room.open")
        sent = mine.say(TOO_BIG)
        mine.refused(
            "room_unknown",
            about={"client_id": sent["client_id"]},
            look=f"{CONSUMER}, message.send",
        )
        undisturbed(theirs, mine)


# ----------------------------------------------------------------------------- messages


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty_body"),
        ("  \n\t \r\n ", "empty_body"),
        ("nothing \x00 here", "bad_body"),
        ("half \ud800 of a pair", "bad_body"),
        ("\udfff", "bad_body"),
        ("x" * 2001, "body_too_long"),
        ("😀" * 2001, "body_too_long"),
    ],
    ids=["empty", "blank", "nul", "surrogate", "low", "long", "wide"],
)
def test_a_text_that_is_none(some, make_user, body, code):
    """FR-7: refused, and the client is told which message it was."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        sent = mine.say(room, body)
        about = {"room": room.pk, "client_id": sent["client_id"]}
        mine.refused(code, about=about, look=f"{CONSUMER}, message.send")
        undisturbed(theirs, mine)


@pytest.mark.parametrize(
    "body",
    ["x" * 2000, "😀" * 2000, f" \n {'ä' * 2000}\t\n"],
    ids=["letters", "wide", "stripped"],
)
def test_2000_characters_are_a_message(some, make_user, body):
    """FR-7: counted in characters, after stripping; and passed on stripped."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        message = theirs.hears(
            mine.say(room, body),
            wanted="a message of 2000 characters passed on: they are counted after "
            "blanks are stripped, and not in bytes",
        )
        expect_fields(message, {"body": body.strip()}, did=mine.did, look=CONSUMER)


def test_the_length_is_read_when_it_is_needed(some, make_user, settings):
    """FR-7: settings may change."""
    settings.CHAT_BODY_LENGTH = 5
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        theirs.hears(mine.say(room, " 12345 "))
        mine.all("message.new")
        mine.say(room, "123456")
        mine.refused("body_too_long", look=f"{CONSUMER}, CHAT_BODY_LENGTH")
        undisturbed(theirs, mine)


def test_the_first_mistake_answers(some, make_user):
    """FR-6: the checks come in the order of the table."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        for changes, code in (
            ({"room": "7", "body": ""}, "bad_frame"),
            ({"client_id": 5, "body": "x" * 2001}, "bad_frame"),
            ({"body": f"\x00{'x' * 2001}"}, "bad_body"),
            ({"room": NO_ROOM, "body": "  "}, "empty_body"),
            ({"room": NO_ROOM, "body": "x" * 2001}, "body_too_long"),
        ):
            mine.say(room, **changes)
            mine.refused(code, look=CONSUMER)
        undisturbed(theirs, mine)


def test_many_mistakes_and_then_a_message(some, make_user):
    """FR-6: a socket survives a hundred bad frames."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        for number in range(25):
            mine.send_text("{")
            mine.send([])
            mine.send({"type": f"x{number}"})
            mine.say(room, "")
        for _ in range(25):
            for code in ("bad_json", "bad_frame", "unknown_type", "empty_body"):
                frame = mine.receive("error", look=CONSUMER)
                expect(
                    frame.get("code") == code,
                    did="Sent a hundred bad frames of four kinds in turn",
                    wanted=f"an error with the code {code}",
                    got=shown(frame),
                    look=CONSUMER,
                )
        theirs.hears(mine.say(room))
        mine.all("message.new")
        undisturbed(theirs, mine)


# -------------------------------------------------------------------------------- flood


@pytest.fixture
def three(settings):
    """Three messages, and no more for as long as the test runs."""
    settings.CHAT_FLOOD_MESSAGES = 3
    settings.CHAT_FLOOD_SECONDS = FOREVER


def test_the_fourth_message_is_too_many(some, make_user, three):
    """FR-7: refused, with the time to wait."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        for _ in range(3):
            theirs.hears(mine.say(room))
        mine.all("message.new")
        sent = mine.say(room)
        about = {"room": room.pk, "client_id": sent["client_id"]}
        frame = mine.refused("flood", about=about, look=LIMITS)
        wait = frame.get("retry_after")
        expect(
            type(wait) is int and 1 <= wait <= FOREVER,
            did=mine.did,
            wanted="retry_after: whole seconds, 1 or more, and no more than the window",
            got=shown(frame),
            look=CONSUMER,
        )
        undisturbed(theirs, mine)


def test_a_second_tab_counts_into_the_same(some, make_user, three):
    """FR-7: the limit is the user's; another user has their own."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        user = room.created_by
        tabs = [mine, chat.join(user, room, name=f"{user}'s second tab")]
        for number in range(3):
            theirs.hears(tabs[number % 2].say(room))
        for tab in tabs:
            tab.all("message.new")
            tab.say(room)
            tab.refused("flood", look=LIMITS)
        mine.hears(theirs.say(room))


def test_what_was_refused_does_not_count(some, make_user, three):
    """FR-7: only messages that would otherwise be sent."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        for number in range(4):
            mine.say(room, "")
            mine.refused("empty_body")
            mine.say(NO_ROOM)
            mine.refused("room_unknown")
            mine.send({"type": "room.open", "room": room.pk})
            mine.receive("room.opened")
            if number < 3:
                theirs.hears(
                    mine.say(room),
                    wanted="one of the first three messages passed on: frames that "
                    "were refused do not count",
                    look=LIMITS,
                )
        mine.all("message.new")
        mine.say(room)
        mine.refused("flood", look=LIMITS)
        mine.say(NO_ROOM)
        mine.refused("room_unknown", look=f"{CONSUMER}: the room before the limit")
        undisturbed(theirs, mine)


def test_the_limit_is_read_when_it_is_needed(some, make_user, settings):
    """FR-7: settings may change."""
    settings.CHAT_FLOOD_MESSAGES = 1
    settings.CHAT_FLOOD_SECONDS = FOREVER
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        theirs.hears(mine.say(room))
        mine.say(room)
        mine.refused("flood", look=LIMITS)


def test_may_send_counts(make_user, three):
    """FR-7: in Django's cache, by user."""
    one, other = make_user(), make_user()

    def ask(user):
        __tracebackhide__ = True
        return call("chat.limits.may_send", user.pk)

    with own_memory():
        found = [ask(one) for _ in range(5)]
        of_other = ask(other)
    expect(
        found == [True, True, True, False, False],
        did="Called may_send() five times for one user, with CHAT_FLOOD_MESSAGES = 3",
        wanted="True three times, then False",
        got=", ".join(str(value) for value in found),
        look=LIMITS,
    )
    expect(
        of_other is True,
        did="Called may_send() for another user",
        wanted="True: everybody has their own count",
        got="False",
        look=LIMITS,
    )
    with own_memory():
        again = ask(one)
    expect(
        again is True,
        did="Emptied Django's cache, and called may_send() again",
        wanted="True: the count stands in the cache, where every process sees it",
        got="False",
        look=LIMITS,
    )


def attempts(user, count, *, wanted, did):
    """may_send() of so many attempts is this, or a sentence."""
    __tracebackhide__ = True
    found = [call("chat.limits.may_send", user.pk) for _ in range(count)]
    expect(
        found == wanted,
        did=did,
        wanted=", ".join(str(value) for value in wanted),
        got=", ".join(str(value) for value in found),
        look=LIMITS,
    )


@pytest.fixture
def a_minute(settings):
    """Three messages a minute, counted in a cache whose time the test can move."""
    # As on a server, the learner's module is there before a setting changes.
    with suppress(ImportError):
        import_module("chat.limits")
    settings.CHAT_FLOOD_MESSAGES = 3
    settings.CHAT_FLOOD_SECONDS = 60
    # A Redis has a clock of its own.
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}


def next_minute():
    """The beginning of a minute that is still to come."""
    return (time.time() // 60 + 1) * 60.0


def test_a_window_ends(make_user, a_minute):
    """FR-7: what was sent counts for CHAT_FLOOD_SECONDS, what was refused does not."""
    user = make_user()
    with own_memory(), standing_clock(next_minute()) as move:
        did = "Called may_send() with CHAT_FLOOD_MESSAGES 3 and CHAT_FLOOD_SECONDS 60"
        attempts(user, 5, wanted=[True] * 3 + [False] * 2, did=f"{did}, five times")
        move(54)
        attempts(user, 2, wanted=[False] * 2, did=f"{did}: twice, after 54 seconds")
        move(42)
        attempts(
            user,
            3,
            wanted=[True] * 3,
            did=f"{did}: three times, 96 seconds after those that were counted and 42 "
            "after two that were refused",
        )


def test_after_the_wait_one_may_send(some, make_user, a_minute):
    """FR-7: retry_after says when the next message will be let through."""
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        with standing_clock(next_minute() + 5) as move:
            for _ in range(3):
                theirs.hears(mine.say(room))
            mine.all("message.new")
            mine.say(room)
            wait = mine.refused("flood", look=LIMITS).get("retry_after")
            expect(
                type(wait) is int and 1 <= wait <= 60,
                did=f"{mine.did}, with CHAT_FLOOD_SECONDS 60",
                wanted="retry_after: whole seconds, from 1 to 60",
                got=shown(wait),
                look=CONSUMER,
            )
            move(wait)
            theirs.hears(
                mine.say(room),
                wanted=f"a message passed on after the {wait} seconds of retry_after",
                look=f"{LIMITS}: read the settings where they are used",
            )


def test_two_attempts_at_once(make_user, three):
    """FR-7: neither is lost, whatever the other process does in between."""
    user, kind, rivals = make_user(), type(caches["default"]), []
    read = kind.get

    def get(self, *given, **options):
        """Another process counts an attempt, just after this one has read."""
        found = read(self, *given, **options)
        if not rivals:
            rivals.append(None)
            rivals[0] = call("chat.limits.may_send", user.pk)
        return found

    with own_memory(), patch.object(kind, "get", get):
        found = [call("chat.limits.may_send", user.pk) for _ in range(5)]
    allowed = [*found, *rivals].count(True)
    expect(
        allowed == 3,
        did="Called may_send() five times, and once more between the first one's read "
        "and its write, with CHAT_FLOOD_MESSAGES = 3",
        wanted="three times True: no attempt is lost",
        got=f"{allowed} times True",
        look=f"{LIMITS}: cache.add and cache.incr",
    )


def test_a_fault_of_ones_own_is_seen(some, make_user, caplog):
    """NFR-4: only what the table names is answered by an error frame."""

    def fails(execute, sql, params, many, context):
        if 'FROM "chat_room"' in sql:
            raise OwnMistake("a fault of the program")
        return execute(sql, params, many, context)

    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        with connection.execute_wrapper(fails):
            mine.say(room)
            is_noticed(mine, caplog.records, look=f"{CONSUMER}.receive")
        theirs.expect_alive()


@pytest.mark.parametrize("how", [how for how in HOW_AWAY if how != "stalled"])
def test_a_cache_that_does_not_count_silences_nobody(
    some, make_user, three, caplog, how
):
    """FR-7: the limit is there for the chat, and not the chat for the limit."""
    user = make_user()
    with without_cache(how):
        found = [call("chat.limits.may_send", user.pk) for _ in range(5)]
    is_logged(
        caplog.records,
        did=f"Called may_send() with a cache that is {how}",
        look=LIMITS,
    )
    expect(
        found == [True] * 5,
        did=f"Called may_send() five times, with a cache that is {how}",
        wanted="True each time: who cannot count refuses nobody",
        got=", ".join(str(value) for value in found),
        look=f"{LIMITS}: except (OSError, RedisError)",
    )
    with chatting() as chat:
        room, mine, theirs = pair(some, make_user, chat)
        with without_cache(how):
            for _ in range(2):
                theirs.hears(mine.say(room))
        mine.expect_alive()
