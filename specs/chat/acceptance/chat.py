"""What the acceptance tests of the chat share: rooms, people, and what they say.

with chatting() as chat:
    mira, tomas = chat.join(user, room), chat.join(other, room)
    sent = mira.say(room)
    message = tomas.hears(sent, look=CONSUMER)
    tomas.nothing("message.new", look=CONSUMER)
"""

from __future__ import annotations

import asyncio
import copy
import datetime as datetimes
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from acceptance.calls import same_queries
from acceptance.pages import only_on, path_of, without_token
from acceptance.samples import named, rare
from acceptance.sockets import Frame, Server, Socket, layer_in_use, serving
from acceptance.support import (
    Form,
    NotYet,
    Page,
    Some,
    Visitor,
    expect,
    fail,
    fold,
    load,
    make,
    model,
    queries_of,
    told,
)

ADDRESS = "/ws/chat/"
LOG_IN = "/accounts/login/"
CONSUMER = "chat/consumers.py, ChatConsumer"
ASGI = "config/asgi.py"
# No room has this number; the second is more than a database can hold.
NO_ROOM = 2_000_000_000
TOO_BIG = 10**29
# The seconds of a flood limit that does not begin anew while a test counts: windows are
# counted from 1970, and of an hour one ends each hour.
FOREVER = 10**10
# What Django writes at the end of a query that locks the rows it reads.
LOCK = re.compile(r" FOR (NO KEY )?UPDATE\b.*", re.DOTALL)


# ------------------------------------------------------------------------------- people


def people(make_user: Callable[..., Any], some: Some, count: int) -> list[Any]:
    """Some users with names."""
    return [named(make_user, some) for _ in range(count)]


def label(some: Some) -> str:
    """A name for a room."""
    return f"{some.title()} {rare(some)}"


def user_object(user: Any) -> Frame:
    """The object that stands for a user in frames."""
    return {"id": user.pk, "username": user.username, "name": user.display_name}


# -------------------------------------------------------------------------------- rooms


def has(label_: str) -> bool:
    """Whether a model is there yet: ``has("chat.Membership")``."""
    app, name = label_.split(".")
    try:
        apps.get_model(app, name)
    except LookupError:
        return False
    return True


def make_room(some: Some, *members: Any, **fields: Any) -> Any:
    """A room; the first of its members made it and is its owner."""
    __tracebackhide__ = True
    kind = model("chat.Room", "name", "created_by", *fields)
    given = {"name": label(some), "created_by": members[0] if members else None}
    room = make(kind, **{**given, **fields})
    for user in members:
        add_member(room, user, "owner" if user is members[0] else "member")
    return room


def add_member(room: Any, user: Any, role: str = "member") -> Any:
    """Makes a user a member of a room, where memberships are there yet."""
    __tracebackhide__ = True
    if not has("chat.Membership"):
        return None
    kind = model("chat.Membership", "room", "user", "role")
    return make(kind, room=room, user=user, role=role)


def make_group(some: Some, *members: Any, **fields: Any) -> Any:
    """A group; the first of its members is its owner."""
    __tracebackhide__ = True
    model("chat.Room", "kind")
    return make_room(some, *members, kind="group", **fields)


def make_direct(some: Some, one: Any, other: Any) -> Any:
    """A direct room of two users, made without the learner's function."""
    __tracebackhide__ = True
    kind = model("chat.Room", "kind")
    fields = {"kind": "direct"}
    if "direct_key" in {field.name for field in kind._meta.get_fields()}:
        low, high = sorted((one.pk, other.pk))
        fields |= {"direct_key": f"{low}:{high}", "name": ""}
    return make_room(some, one, other, **fields)


def memberships() -> Any:
    """The manager of memberships, or a sentence."""
    __tracebackhide__ = True
    return model("chat.Membership", "room", "user", "role", "joined_at").objects


def direct_room(one: Any, other: Any) -> Any:
    """The direct room of two users, by the learner's own function."""
    __tracebackhide__ = True
    return call("chat.services.direct_room", one, other)


def messages() -> Any:
    """The manager of messages, or a sentence."""
    __tracebackhide__ = True
    return model(
        "chat.Message", "room", "author", "client_id", "body", "created_at"
    ).objects


def post(some: Some, room: Any, author: Any, body: str = "", **fields: Any) -> Any:
    """A stored message, made without a socket."""
    __tracebackhide__ = True
    return make(
        messages().model,
        room=room,
        author=author,
        body=body or line(some),
        client_id=fields.pop("client_id", None) or uuid4(),
        **fields,
    )


def line(some: Some) -> str:
    """Something to say that nobody else says."""
    return f"{some.words(4).capitalize()} {rare(some)}"


def call(dotted: str, *arguments: Any, wanted: str = "", **named_: Any) -> Any:
    """Calls a function of the learner's own; an error of it is a sentence."""
    __tracebackhide__ = True
    function = load(dotted)
    look = f"{'/'.join(dotted.split('.')[:-1])}.py, {dotted.split('.')[-1]}"
    given = ", ".join(
        [repr(a) for a in arguments] + [f"{k}={v!r}" for k, v in named_.items()]
    )
    try:
        return function(*arguments, **named_)
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(
            did=f"Called {dotted}({given})",
            wanted=wanted or "an answer, not an error",
            got=told(error),
            look=look,
        ) from error


def refused_by_database(write: Callable[[], Any], *, did: str, look: str) -> None:
    """The database refuses what is written, or a sentence."""
    __tracebackhide__ = True
    got = "it was stored"
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return
    except Exception as error:
        got = told(error)
    fail(
        did=did,
        wanted="IntegrityError: the database itself refuses it (NFR-10)",
        got=got,
        look=look,
    )


# ------------------------------------------------------------------------------ sockets


@contextmanager
def chatting(*, rights: float = FOREVER) -> Iterator[Chat]:
    """The chat, as browsers see it.

    Args:
        rights: how many seconds old an answer may be to the question whether a socket
            may go on; asked in the midst of a test, it would be a query here and there.
    """
    __tracebackhide__ = True
    with (
        own_memory(),
        override_settings(CHAT_RIGHTS_SECONDS=rights),
        serving(
            "config.asgi.application", ping={"type": "ping"}, pong="pong", kind=Chat
        ) as chat,
    ):
        yield chat


@contextmanager
def own_memory() -> Iterator[None]:
    """A cache and a channel layer that hold nothing yet.

    Where ``REDIS_URL`` names a server, the learner's own chat may be using it: nothing
    of that is touched, and what the test leaves there is deleted.
    """
    name = f"acceptance-{uuid4().hex}"
    stores = {
        key: {**given, "KEY_PREFIX": name} for key, given in settings.CACHES.items()
    }
    layers = {
        key: {**given, "CONFIG": {**given.get("CONFIG", {}), "prefix": name}}
        if "redis" in given.get("BACKEND", "")
        else given
        for key, given in getattr(settings, "CHANNEL_LAYERS", {}).items()
    }
    changed = {"CACHES": stores, **({"CHANNEL_LAYERS": layers} if layers else {})}
    address = getattr(settings, "REDIS_URL", "")
    with override_settings(**changed):
        try:
            yield
        finally:
            if address:
                forget(address, name)


@pytest.fixture(autouse=True)
def own_counts() -> Iterator[None]:
    """Counts of the test's own, so that no limit is reached by what others have sent.

    A file of tests imports this name, and all its tests have it. On SQLite the numbers
    of users begin anew in each test, and limits count by them.
    """
    with own_memory():
        yield


def forget(address: str, name: str) -> None:
    """Deletes the keys of a Redis that have a name in theirs."""
    from redis import Redis

    with Redis.from_url(address) as server:
        for key in server.scan_iter(match=f"*{name}*"):
            server.delete(key)


def redis_errors() -> dict[str, Exception]:
    """What is raised where a Redis does not do what it is asked for."""
    from redis import exceptions

    return {
        "away": exceptions.ConnectionError(
            "Error 111 connecting to 127.0.0.1:6379. Connection refused."
        ),
        "gone": ConnectionResetError("Connection reset by peer"),
        "without a disk": exceptions.ResponseError(
            "MISCONF Redis is configured to save RDB snapshots, but it's currently "
            "unable to persist to disk."
        ),
        "a copy": exceptions.ReadOnlyError(
            "You can't write against a read only replica."
        ),
        "full": exceptions.OutOfMemoryError(
            "command not allowed when used memory > 'maxmemory'."
        ),
    }


@contextmanager
def without_layer(how: str = "away") -> Iterator[list[str]]:
    """No event gets to a group. What is yielded is empty as long as nobody is stuck.

    Args:
        how: a key of ``redis_errors``, or "stalled": an answer never comes.
    """
    stuck: list[str] = []

    async def group_send(self: Any, group: str, message: Frame) -> None:
        if how == "stalled":
            await asyncio.sleep(STALLED)
            stuck.append(group)
        raise redis_errors().get(how) or TimeoutError("Timeout reading from 127.0.0.1")

    with (
        override_settings(CHAT_LAYER_SECONDS=0.05),
        patch.object(type(layer_in_use()), "group_send", group_send),
    ):
        yield stuck


HOW_AWAY = ["away", "gone", "without a disk", "a copy", "full", "stalled"]
# Seconds; whoever waits for a layer as long as this has no limit to speak of.
STALLED = 5.0


@contextmanager
def without_cache(how: str = "away") -> Iterator[None]:
    """The cache raises an error at whatever it is asked for."""

    def fails(self: Any, *given: Any, **options: Any) -> Any:
        raise redis_errors()[how]

    kind = type(caches["default"])
    names = ("add", "get", "set", "incr", "touch", "get_or_set", "get_many", "set_many")
    patches = [patch.object(kind, name, fails) for name in names]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def leaves_all_groups(
    chat: Chat, user: Any, *rooms: Any, wanted: str = "", look: str = ""
) -> None:
    """Who goes away has left every group that they had joined, or a sentence."""
    __tracebackhide__ = True
    with held_groups() as held:
        before = set(held)
        gone = chat.join(user, *rooms)
        joined = {group for group, _ in held - before}
        gone.close(rooms[-1])
        gone.disconnect(look=f"{CONSUMER}.disconnect")
        left = sorted({group for group, _ in held - before})
    expect(
        joined and not left,
        did=f"Closed the socket of {gone.who}, which had opened {len(rooms)} rooms",
        wanted=wanted or "group_discard for every group that the socket had joined",
        got=f"it is still in {', '.join(left)}" if left else "it has joined none",
        look=look or f"{CONSUMER}.disconnect",
    )


def closed_room_is_silent(
    chat: Chat, users: Sequence[Any], room: Any, kept: Any, *, look: str = ""
) -> None:
    """An event under way when its room is closed says nothing more, or a sentence.

    Args:
        chat: what both are connected to.
        users: who sends, and who closes the room; members of both rooms.
        room: the room that is closed.
        kept: the room that stays open, and is heard as before.
        look: where to look when a message does not come.
    """
    __tracebackhide__ = True
    mine, theirs = (chat.join(user, room, kept) for user in users)
    with event_under_way():
        theirs.hears(mine.say(room), look=look)
        theirs.close(room)
        theirs.nothing(
            "message.new",
            did=f"Closed a room as {theirs.who}, while a message was on its way",
            wanted="no message.new of a room after its room.closed",
            look=f"{CONSUMER}: pass on only what is of an open room",
        )
    theirs.hears(mine.say(kept), look=look)


class OwnMistake(Exception):
    """What a program raises that has a fault; no server or cache raises it."""


def is_noticed(tab: Talker, records: list[logging.LogRecord], *, look: str) -> None:
    """A fault of the learner's own ends the socket or stands in the log; or a sentence.

    Args:
        tab: whose frame has just been handled by what is at fault.
        records: what has been logged.
        look: where to look.
    """
    __tracebackhide__ = True
    # Until nothing more comes: what others have caused may come first.
    while tab.server.run(tab.call._wait()) is not None:
        pass
    logged = [one.exc_info[1] for one in records if one.exc_info]
    expect(
        any(isinstance(one, OwnMistake) for one in (tab.call.error, *logged)),
        did=f"{tab.did}, where code of your own has a fault and raises an error",
        wanted="the error in the log with its traceback: by itself, as it ends the "
        "socket, or by logger.exception",
        got="nothing in the log, as if all was well",
        look=f"{look}: catch only what you expect",
    )


def is_logged(records: list[logging.LogRecord], *, did: str, look: str) -> None:
    """An error that was caught stands in the log with its traceback, or a sentence."""
    __tracebackhide__ = True
    expect(
        any(one.exc_info for one in records),
        did=did,
        wanted="the error in the log, with its traceback",
        got="nothing in the log, so that nobody learns of it",
        look=f"{look}: logger.exception",
    )


@contextmanager
def standing_clock(now: float) -> Iterator[Callable[[float], None]]:
    """Time stands still, as the learner's modules and the cache in memory read it.

    What is yielded moves it on by so many seconds.
    """
    at = [now]

    class Moment(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(at[0], tz)

    def move(seconds: float) -> None:
        at[0] += seconds

    stand_ins: list[tuple[Any, Any]] = [
        (time.time, lambda: at[0]),
        (timezone.now, lambda: datetime.fromtimestamp(at[0], UTC)),
        (datetime, Moment),
    ]
    own = [
        module
        for name, module in sys.modules.items()
        if name.partition(".")[0] in ("chat", "notifications", "accounts")
    ]
    with ExitStack() as stack:
        for module in (time, timezone, datetimes, *own):
            for name, value in list(vars(module).items()):
                for real, stand_in in stand_ins:
                    if value is real:
                        stack.enter_context(patch.object(module, name, stand_in))
        yield move


def left_behind(rows: Any) -> int:
    """How many rows there are of a room that is gone; they are deleted.

    SQLite asks for the room at the end of the test only, and would fail it for that.
    """
    found = int(rows.count())
    rows._raw_delete(rows.db)
    return found


@contextmanager
def meanwhile(
    table: str, act: Callable[[], Any], *, look: int = 1
) -> Iterator[list[str]]:
    """Another request is through just after this one has looked at a table.

    Whoever holds a lock (`select_for_update`) makes the other one wait, so only what is
    looked at before any lock lets it in. What is yielded is empty where nothing was.

    Args:
        table: the table that this request looks at.
        act: what the other request does.
        look: after the first look at it, or a later one.
    """
    let_in: list[str] = []
    looked, held = 0, False

    def rival(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal looked, held
        result = execute(sql, params, many, context)
        held = held or bool(LOCK.search(sql))
        looked += sql.startswith("SELECT") and f'FROM "{table}"' in sql
        if looked == look and not let_in and not held:
            let_in.append(sql)
            act()
        return result

    with connection.execute_wrapper(rival), row_locks():
        yield let_in


def layer_or_sentence() -> Any:
    """The channel layer, or a sentence that there is none."""
    __tracebackhide__ = True
    layer = layer_in_use()
    expect(
        layer is not None,
        did="Asked for the channel layer",
        wanted="one, named default",
        got="there is none",
        look="config/settings.py, CHANNEL_LAYERS",
    )
    return layer


@contextmanager
def held_groups() -> Iterator[set[tuple[str, str]]]:
    """Who is in which group from now on: (group, channel), in any layer."""
    __tracebackhide__ = True
    layer, held = layer_or_sentence(), set()
    add, discard = layer.group_add, layer.group_discard

    async def group_add(group: str, channel: str) -> None:
        held.add((group, channel))
        await add(group, channel)

    async def group_discard(group: str, channel: str) -> None:
        held.discard((group, channel))
        await discard(group, channel)

    with (
        patch.object(layer, "group_add", group_add),
        patch.object(layer, "group_discard", group_discard),
    ):
        yield held


@contextmanager
def event_under_way() -> Iterator[None]:
    """Whoever leaves a group gets its last event once more, just before that.

    So looks an event that was sent in time and is handled after the group was left.
    """
    __tracebackhide__ = True
    layer = layer_or_sentence()
    send, discard = layer.group_send, layer.group_discard
    last: dict[str, Frame] = {}

    async def group_send(group: str, message: Frame) -> None:
        last[group] = copy.deepcopy(message)
        await send(group, message)

    async def group_discard(group: str, channel: str) -> None:
        if group in last:
            await send(group, copy.deepcopy(last[group]))
        await discard(group, channel)

    with (
        patch.object(layer, "group_send", group_send),
        patch.object(layer, "group_discard", group_discard),
    ):
        yield


@contextmanager
def held_up_joining() -> Iterator[Callable[[], None]]:
    """Whoever joins a group is held up until what is yielded has been called."""
    __tracebackhide__ = True
    layer = layer_or_sentence()
    add, gate = layer.group_add, asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def group_add(group: str, channel: str) -> None:
        loops.append(asyncio.get_running_loop())
        await gate.wait()
        await add(group, channel)

    def let_in() -> None:
        if loops:
            loops[0].call_soon_threadsafe(gate.set)
        else:
            gate.set()

    with (
        override_settings(CHAT_LAYER_SECONDS=60),
        patch.object(layer, "group_add", group_add),
    ):
        try:
            yield let_in
        finally:
            let_in()


class Talker(Socket):
    """One tab with the chat."""

    hello: Frame
    server: Chat

    def shake(self) -> None:
        """Asks for the handshake; what happens after it, the consumer does."""
        __tracebackhide__ = True
        super().shake()
        if self.accepted:
            self.look = CONSUMER

    def greeted(self) -> None:
        """Takes the first frame, which says hello."""
        __tracebackhide__ = True
        wanted = "hello as the first frame"
        self.expect_accepted(look=f"{CONSUMER}.connect")
        if not self.inbox:
            self._read(wanted)
        if not self.inbox or self.inbox[0]["type"] != "hello":
            self._fail(wanted, f"no hello{self._told()}", f"{CONSUMER}.connect")
        self.hello = self.inbox.pop(0)
        expect(
            isinstance(self.hello.get("features"), list),
            did=self.did,
            wanted="a hello with features, a list",
            got=shown(self.hello),
            look=f"{CONSUMER}.connect",
        )

    def offers(self, feature: str) -> bool:
        """Whether hello has a word among its features."""
        return feature in self.hello["features"]

    def expect_feature(self, feature: str) -> None:
        """Hello has a word among its features, or a sentence."""
        __tracebackhide__ = True
        expect(
            self.offers(feature),
            did=f"Connected to {ADDRESS} as {self.who}",
            wanted=f'"{feature}" among the features of hello',
            got=shown(self.hello),
            look=f"{CONSUMER}.connect",
        )

    def open(self, room: Any, **fields: Any) -> Frame:
        """Opens a room, and takes the answer. Without ``rooms`` nothing is sent."""
        __tracebackhide__ = True
        if not self.offers("rooms"):
            return {}
        number = pk_of(room)
        self.send({"type": "room.open", "room": number, **fields})
        return self.receive(
            "room.opened",
            lambda frame: frame.get("room") == number,
            wanted=f"room.opened with room {number}",
            look=f"{CONSUMER}, room.open",
        )

    def close(self, room: Any) -> Frame:
        """Closes a room, and takes the answer."""
        __tracebackhide__ = True
        number = pk_of(room)
        self.send({"type": "room.close", "room": number})
        return self.receive(
            "room.closed",
            lambda frame: frame.get("room") == number,
            wanted=f"room.closed with room {number}",
            look=f"{CONSUMER}, room.close",
        )

    def say(self, room: Any, body: Any = None, /, **changes: Any) -> Frame:
        """Sends a message, and gives the frame back; ``client_id`` is new each time."""
        __tracebackhide__ = True
        frame = {
            "type": "message.send",
            "room": pk_of(room),
            "client_id": str(uuid4()),
            "body": f"Hello {uuid4().hex[:8]}" if body is None else body,
            **changes,
        }
        self.send({key: value for key, value in frame.items() if value is not LEFT_OUT})
        self.server.senders[str(frame["client_id"])] = (self, self.did)
        return frame

    def hears(self, sent: Frame, *, wanted: str = "", look: str = "") -> Frame:
        """The message of a ``message.new`` with the ``client_id`` that was sent."""
        __tracebackhide__ = True
        try:
            frame = self.receive(
                "message.new",
                lambda frame: _message(frame).get("client_id") == sent["client_id"],
                wanted=wanted or f"a message.new with that client_id for {self.who}",
                look=look or f"{CONSUMER}, message.send",
            )
        except NotYet as missing:
            sender, did = self.server.senders.get(sent["client_id"], (self, self.did))
            raise NotYet(
                did=did,
                wanted=missing.wanted,
                got=missing.got + sender.answered(self),
                look=missing.look,
            ) from None
        return _message(frame)

    def answered(self, listener: Talker) -> str:
        """What became of a sender whose message did not arrive, for a ``got``."""
        if self is listener:
            return ""
        if self.call.error is not None:
            return f"; the socket of {self.who} ended in {told(self.call.error)}"
        if self.closed is None:
            self.server.settle(self)
        errors = [shown(frame) for frame in self.inbox if frame["type"] == "error"]
        return f"; {self.who} was answered {errors[-1]}" if errors else ""

    def acked(self, sent: Frame, *, wanted: str = "", look: str = "") -> Frame:
        """The message of the ``message.ack`` of what was sent."""
        __tracebackhide__ = True
        frame = self.receive(
            "message.ack",
            lambda frame: frame.get("client_id") == sent["client_id"],
            wanted=wanted or "a message.ack with that client_id",
            look=look or f"{CONSUMER}, message.send",
        )
        expect(
            _message(frame).get("id") is not None,
            did=self.did,
            wanted="a message.ack with message, which has an id",
            got=shown(frame),
            look=look or f"{CONSUMER}, message.send",
        )
        return _message(frame)

    def refused(
        self, code: str, *, about: Frame | None = None, look: str = ""
    ) -> Frame:
        """The ``error`` that answers the last frame, and the socket lives on.

        Args:
            code: the code.
            about: fields that the error repeats: ``{"room": 7}``.
            look: where to look.
        """
        __tracebackhide__ = True
        look = look or CONSUMER
        wanted = f"an error with the code {code}"
        frame = self.receive("error", wanted=wanted, look=look)
        expect(
            frame.get("code") == code,
            did=self.did,
            wanted=wanted,
            got=shown(frame),
            look=look,
        )
        expect(
            isinstance(frame.get("text"), str) and frame["text"].strip(),
            did=self.did,
            wanted="an error with a sentence as text",
            got=shown(frame),
            look=look,
        )
        for key, value in (about or {}).items():
            expect(
                frame.get(key) == value and type(frame.get(key)) is type(value),
                did=self.did,
                wanted=f"the error with the {key} of the frame, {value!r}",
                got=shown(frame),
                look=look,
            )
        self.expect_alive()
        return frame


class Chat(Server):
    """The chat's server, and who is connected to it."""

    socket = Talker

    def __init__(self, *given: Any) -> None:
        # By client_id: who has sent a message, and the sentence that says so.
        self.senders: dict[str, tuple[Talker, str]] = {}
        super().__init__(*given)

    def enter(self, user: Any = None, **options: Any) -> Talker:
        """A socket of a user, its hello taken. ``name="mira's phone"`` names it."""
        __tracebackhide__ = True
        talker = self.knock(user, **options)
        talker.greeted()
        return talker

    def join(self, user: Any, *rooms: Any, **options: Any) -> Talker:
        """A socket of a user that has opened rooms."""
        __tracebackhide__ = True
        talker = self.enter(user, **options)
        for room in rooms:
            talker.open(room)
        return talker

    def knock(self, user: Any = None, **options: Any) -> Talker:
        """A socket whose handshake is answered, and nothing more."""
        __tracebackhide__ = True
        talker = self.connect(ADDRESS, user=user, **{"look": ASGI, **options})
        assert isinstance(talker, Talker)
        return talker


LEFT_OUT = object()


def _message(frame: Frame) -> Frame:
    found = frame.get("message")
    return found if isinstance(found, dict) else {}


def pk_of(room: Any) -> Any:
    """The number of a room; what is no room stays as it is."""
    return getattr(room, "pk", room)


def shown(value: Any, most: int = 160) -> str:
    """A frame or a part of it as JSON, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def expect_fields(
    found: Any, wanted: Frame, *, did: str, look: str, of: str = "the message"
) -> None:
    """A part of a frame has these values, of the same type; or a sentence."""
    __tracebackhide__ = True
    found = found if isinstance(found, dict) else {}
    for key, value in wanted.items():
        got = found.get(key)
        same = got == value and isinstance(got, bool) is isinstance(value, bool)
        expect(
            key in found and same,
            did=did,
            wanted=f"{of} with {key} {shown(value)}",
            got=f"{key} is {shown(got)}" if key in found else f"there is no {key}",
            look=look,
        )


def expect_user(found: Any, user: Any, *, did: str, look: str, of: str) -> None:
    """An object of a frame stands for this user, or a sentence."""
    __tracebackhide__ = True
    expect_fields(found, user_object(user), did=did, look=look, of=of)


def moment(text: Any) -> datetime | None:
    """The moment that a text names, if it has an offset; else None."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None


# -------------------------------------------------------------------------------- pages


def by_id(page: Page, id_: str, *, look: str, name: str = "") -> Any:
    """The one element with an id, or a sentence."""
    __tracebackhide__ = True
    found = page.soup.find_all(id=id_)
    expect(
        len(found) == 1 and (not name or found[0].name == name),
        did=page.did,
        wanted=f'one <{name or "…"} id="{id_}"> on the page',
        got=f"{page.summary}, "
        + (", ".join(f"<{one.name}>" for one in found) if found else "none"),
        look=look,
    )
    return found[0]


def config_of(page: Page, *, look: str = "templates/chat/room_detail.html") -> Frame:
    """The settings that the page hands to the client, or a sentence."""
    __tracebackhide__ = True
    tag = by_id(page, "chat-config", look=look, name="script")
    try:
        found = json.loads(tag.string or "")
    except ValueError:
        found = None
    expect(
        isinstance(found, dict),
        did=page.did,
        wanted="an object as JSON in the script chat-config",
        got=fold(tag.string or "")[:80] or "an empty script",
        look=look,
    )
    return dict(found or {})


def form_to(page: Page, to: str, *, wanted: str = "", look: str) -> Form:
    """The form that posts to a path, or a sentence."""
    __tracebackhide__ = True
    forms = [Form(page, tag) for tag in page.soup.find_all("form")]
    for form in forms:
        if form.method == "post" and path_of(form.action) == to:
            return form
    fail(
        did=page.did,
        wanted=wanted or f"a form that posts to {to}",
        got=f"{page.summary}; forms to "
        + (
            ", ".join(f"{f.method.upper()} {path_of(f.action)}" for f in forms)
            or "nowhere"
        ),
        look=look,
    )


def form_shown_again(answer: Page, field: str, *, wanted: str, look: str) -> None:
    """A form that was refused came back, and says why; or a sentence."""
    __tracebackhide__ = True
    answer.expect_status(
        200, wanted=f"status 200 and the form again ({wanted})", look=look
    )
    answer.expect_form(field, wanted=f"the form again ({wanted})", look=look)


def has_news(answer: Page, fresh: Page, *, wanted: str, look: str) -> None:
    """A form that came back says something that the empty one did not say."""
    __tracebackhide__ = True
    expect(
        only_on(answer, fresh),
        did=answer.did,
        wanted=wanted,
        got="the page says nothing that the empty form did not say",
        look=look,
    )


def to_log_in(page: Page, *, look: str) -> None:
    """A visitor is sent to the log-in page, and comes back afterwards."""
    __tracebackhide__ = True
    page.expect_redirect(
        LOG_IN, wanted=f"a redirect to {LOG_IN} for a visitor", look=look
    )
    expect(
        "next=" in page.location or page.did.startswith("Sent"),
        did=page.did,
        wanted=f"a redirect to {LOG_IN} with next, the page that was asked for",
        got=page.summary,
        look=look,
    )


def post_only(visitor: Visitor, user: Any, path: str, *, look: str) -> None:
    """An address takes POST, with a token, from who is signed in; or a sentence."""
    __tracebackhide__ = True
    visitor.sign_in(user).get(path).expect_status(
        405, wanted="405: only a POST changes something (NFR-5)", look=look
    )
    status = without_token(user, path)
    expect(
        status == 403,
        did=f"Sent POST {path} as {user.username} without a CSRF token",
        wanted="403 (NFR-5)",
        got=f"status {status}",
        look=look,
    )
    to_log_in(visitor.post(path), look=look)


def same_cost(
    opened: Callable[[], Page],
    grow: Callable[[], Any],
    *,
    few: int,
    many: int,
    things: str,
    look: str,
) -> None:
    """A page costs as many queries with ``many`` things as with ``few``.

    ``opened`` opens the page; ``grow`` adds one thing.
    """
    __tracebackhide__ = True
    same_queries(
        opened,
        grow,
        few=few,
        many=many,
        did=lambda page: f"{page.did}, with {few} and with {many} {things}",
        look=look,
        reason="NFR-1",
    )


def speaks_of(row: Any, user: Any, room: Any = None, *, look: str) -> None:
    """A row as text names a user, and a room where one is given; or a sentence."""
    __tracebackhide__ = True
    try:
        text = got = str(row)
    except Exception as error:
        text, got = "", told(error)
    expect(
        (user.username in text or user.display_name in text)
        and (room is None or room.name in text),
        did=f"Called str() of a row of {row._meta.label}",
        wanted=f"a text with {user.username}"
        + (f" and {room.name}" if room is not None else ""),
        got=got or "an empty text",
        look=f"{look}.__str__",
    )


# ------------------------------------------------------------------------- row locks


class Statements(list[str]):
    """Statements as they were sent, and the transactions that each was sent in."""

    def __init__(self) -> None:
        super().__init__()
        self.outside = len(connection.savepoint_ids)
        self.within: list[list[str | None]] = []

    def share_a_transaction(self, one: int, other: int, *, deeper: int = 1) -> bool:
        """Whether two of them were sent in one transaction that began in here.

        Args:
            one: which of them.
            other: which of them.
            deeper: how many more transactions are open there than here: one for a
                function that was called, two for a page, which the test surrounds.
        """
        depth = self.outside + deeper
        first, second = self.within[one][:depth], self.within[other][:depth]
        return len(first) == depth and first == second


@contextmanager
def row_locks() -> Iterator[Statements]:
    """Every statement that is sent, with the locks that PostgreSQL would be asked for.

    SQLite locks no rows, and Django leaves ``FOR UPDATE`` out there. In here it writes
    it, and the words are taken away again before SQLite sees them.
    """
    features = connection.features
    real = features.has_select_for_update
    names = [name for name in dir(features) if name.startswith("has_select_for_")]
    before = {name: getattr(features, name) for name in names}
    said = Statements()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        said.within.append(list(connection.savepoint_ids))
        return execute(sql if real else LOCK.sub("", sql), params, many, context)

    try:
        if not real:
            for name in names:
                setattr(features, name, True)
        with connection.execute_wrapper(note):
            yield said
    finally:
        for name, value in before.items():
            setattr(features, name, value)


def locks(said: Iterable[str], *tables: str) -> list[int]:
    """Which of the statements lock rows of one of these tables."""
    return [
        index
        for index, sql in enumerate(said)
        for table in tables
        if (LOCK.search(sql) and f'FROM "{table}"' in sql)
        or sql.startswith(f'UPDATE "{table}"')
    ]


def written(said: Iterable[str], verb: str, kind: Any) -> list[int]:
    """Which of the statements insert or delete rows of a model: "INSERT INTO"."""
    begin = f'{verb} "{kind._meta.db_table}"'
    return [index for index, sql in enumerate(said) if sql.startswith(begin)]


def in_one_transaction(
    said: Statements,
    locked: list[int],
    changed: list[int],
    *,
    did: str,
    what: str,
    deeper: int = 2,
) -> None:
    """A row is changed in the transaction that has locked another; or a sentence."""
    __tracebackhide__ = True
    expect(
        any(
            one < other and said.share_a_transaction(one, other, deeper=deeper)
            for one in locked
            for other in changed
        ),
        did=f"{did}, and read what PostgreSQL would be asked for",
        wanted=f"a lock, and in the same transaction after it {what} (NFR-8): a lock "
        "ends with its transaction, and without one PostgreSQL refuses it",
        got="the lock has ended by then" if locked else "no row is locked",
        look="chat/services.py: transaction.atomic and select_for_update",
    )


# ------------------------------------------------------------------ news and people


def about(sent: Frame) -> Callable[[Frame], bool]:
    """Says of a frame whether it carries the message that was sent."""
    return lambda frame: _message(frame).get("client_id") == sent["client_id"]


def invite(room: Any, user: Any, by: Any) -> Any:
    """An open invitation, made without a page."""
    __tracebackhide__ = True
    kind = model("chat.Invitation", "room", "user", "invited_by")
    return make(kind, room=room, user=user, invited_by=by)


def is_quiet(*tabs: Talker, kinds: Iterable[str], wanted: str, look: str) -> None:
    """None of these sockets has got a frame of these types, or a sentence."""
    __tracebackhide__ = True
    for tab in tabs:
        tab.nothing(*kinds, wanted=f"{wanted} for {tab.who}", look=look)


def whole_number(value: Any) -> bool:
    """Whether a value of a frame is a whole number, and no truth."""
    return isinstance(value, int) and not isinstance(value, bool)


def cost_of(call_: Callable[[], Any]) -> list[str]:
    """The queries that a call sends, those of its transactions left out."""
    _, sent = queries_of(call_)
    return [sql for sql in sent if not sql.startswith(("BEGIN", "COMMIT"))]


def notes() -> Any:
    """The manager of notifications, or a sentence."""
    __tracebackhide__ = True
    return model(
        "notifications.Notification",
        "recipient",
        "kind",
        "actor",
        "room",
        "message",
        "created_at",
        "read_at",
    ).objects


def make_note(
    recipient: Any, actor: Any, room: Any, kind: str, message: Any = None
) -> Any:
    """A notification, made without anything that happened."""
    __tracebackhide__ = True
    return make(
        notes().model,
        recipient=recipient,
        actor=actor,
        room=room,
        kind=kind,
        message=message,
    )


def told_in_words(kind: str, actor: Any, room: Any) -> str:
    """The sentence of a notification."""
    return {
        "invitation": f"{actor.display_name} invited you to {room.name}",
        "direct": f"{actor.display_name} wrote to you",
        "mention": f"{actor.display_name} mentioned you in {room.name}",
    }[kind]


def leads_to(kind: str, room: Any) -> str:
    """The page that a notification is about."""
    return "/invitations/" if kind == "invitation" else f"/rooms/{room.pk}/"
