"""The finished chat as it is deployed: two processes of daphne, PostgreSQL, Redis.

Two windows on different processes talk, one of them is cut off and comes back; and
sockets and pages get what nobody should send.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, Page
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from djangopath import catalogue
from tests import browser as look
from tests import services
from tests.browser import Site
from tools.cuts import write_cut
from tools.environments import environment
from tools.services import OwnRedis
from tools.site import daphne, running

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

# Seconds; two cores may have much to do, and a page that has lost its connection for
# long tries again only every thirty.
PATIENCE = 120.0
HELLO = 10.0  # that of a browser for a new connection
HUGE = 10**30

# ------------------------------------------------------------------------ the servers


@dataclass
class Room:
    """A room made for one test, with people who are signed in."""

    id: int
    users: list[int]
    names: list[str]
    keys: list[str]  # of their sessions
    messages: list[int]


MAKE = """
import json
from uuid import uuid4
from django.contrib.auth import get_user_model
from django.test import Client
from chat.models import Membership, Message, Room
User = get_user_model()
users, keys = [], []
for name in {names!r}:
    unique = f"{{name.lower()}}_{{uuid4().hex[:8]}}"
    users.append(User.objects.create(username=unique, first_name=name))
    client = Client()
    client.force_login(users[-1])
    keys.append(client.session.session_key)
room = Room.objects.create(name="Kitchen", kind={kind!r}, created_by=users[0])
roles = ["owner"] + ["member"] * ({members} - 1)
for user, role in zip(users, roles):
    Membership.objects.create(room=room, user=user, role=role)
messages = [
    Message.objects.create(
        room=room, author=users[n % {members}], client_id=uuid4(), body=f"Earlier {{n}}"
    ).pk
    for n in range({messages})
]
print(json.dumps({{
    "id": room.pk, "users": [user.pk for user in users], "keys": keys,
    "names": [user.username for user in users], "messages": messages,
}}))
"""

# All that somebody who has no business in a room might change.
STATE = """
import json
from django.apps import apps
from django.contrib.auth import get_user_model
models = [get_user_model(), *apps.get_app_config("chat").get_models(),
          *apps.get_app_config("notifications").get_models()]
print(json.dumps({
    model.__name__: sorted(map(str, model.objects.values_list())) for model in models
}))
"""


@dataclass
class Place:
    """Two server processes of one chat."""

    site: Site
    ports: tuple[int, int]

    def room(
        self, *names: str, members: int = 2, messages: int = 0, kind: str = "group"
    ) -> Room:
        """A new room; the first person owns it, those after the members are strangers.

        Each test has people of its own, or they would flood each other out.
        """
        script = MAKE.format(names=names, members=members, messages=messages, kind=kind)
        return Room(**self.site.shell(script))

    def state(self) -> Any:
        """All rows, as soon as the servers are done with every socket.

        A socket that a test has closed may have frames that a server has not read yet.
        They are dealt with before its row goes, so no row means that nothing follows.
        """
        end = time.monotonic() + PATIENCE
        while (rows := self.site.shell(STATE))["Connection"]:
            assert time.monotonic() < end, f"open for ever: {rows['Connection']}"
        return rows

    @contextmanager
    def socket(
        self, key: str | None, process: int = 0, origin: str | None = None
    ) -> Iterator[ClientConnection]:
        """An open socket that has not read its hello yet."""
        base = f"127.0.0.1:{self.ports[process]}"
        with connect(
            f"ws://{base}/ws/chat/",
            origin=origin or f"http://{base}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"sessionid={key}"} if key else {},
            proxy=None,
            open_timeout=PATIENCE,
        ) as socket:
            yield socket

    def ask(
        self,
        method: str,
        path: str,
        key: str | None,
        data: dict[str, str] | str | bytes = "",
        *,
        forged: bool = False,
        process: int = 0,
    ) -> requests.Response:
        """A request as a browser sends it, with a token against forgery."""
        headers, cookies = {}, {}
        if not isinstance(data, dict):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if not forged:
            headers["X-CSRFToken"] = cookies["csrftoken"] = "t" * 32
        if key:
            cookies["sessionid"] = key
        return requests.request(
            method,
            f"http://127.0.0.1:{self.ports[process]}{path}",
            data=data,
            headers=headers,
            cookies=cookies,
            allow_redirects=False,
            timeout=PATIENCE,
        )


# In the log of a server. Django logs a traceback for much that it refuses, too. With
# Python 3.11 a receiver of the layer can go on after it was cancelled, until daphne
# kills it (findings/redis-call-not-cancelled.sh); nothing else may take so long. And
# daphne refuses to send to a browser that has begun to leave: 24 of 16,159 sockets.
FAILED = re.compile(
    r"Exception inside application(?!: Attempt to send on a closed protocol)"
    "|Internal Server Error|never retrieved"
    r"|(?m:^(?!.*coro=<RedisChannelLayer\.receive\(\)).*took too long)"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The chat with production settings, behind two processes of daphne."""
    with served(tmp_path_factory.mktemp("chat"), FAILED) as found:
        yield found


@contextmanager
def served(folder: Path, failure: re.Pattern[str], **given: str) -> Iterator[Place]:
    """The chat in a folder, whose servers must not log a failure."""
    project = catalogue.load("chat")
    write_cut(project, len(project.tasks), folder / "site")
    with ExitStack() as stack:
        env = stack.enter_context(services.real(project)) | {
            "DEBUG": "false",
            "SECRET_KEY": "k" * 60,
            "SECURE_SSL_REDIRECT": "false",
            **given,
        }
        assert {"DATABASE_URL", "REDIS_URL"} <= set(env)
        site = Site(project, folder / "site", environment(project), "", env)
        site.manage("collectstatic", "--no-input", "--verbosity", "0")
        site.manage("migrate", "--verbosity", "0")
        server = daphne("config.asgi:application")
        one, two = (
            stack.enter_context(running(site, server, failure=failure))
            for _ in range(2)
        )
        yield Place(site, (port_of(one), port_of(two)))


def port_of(site: Site) -> int:
    return int(site.base.rpartition(":")[2])


class Line:
    """A network between a browser and a server, which can be cut and can stall."""

    def __init__(self, target: int, port: int) -> None:
        self.target = target
        self.port = port
        self.stalled = ""  # "up": the server hears nothing; "down": the browser
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.mend()

    def mend(self) -> None:
        """Takes new connections, on the same port as before."""
        self.stalled = ""
        self._wait_for(self._listen())

    def cut(self) -> None:
        """Breaks the connections there are, and refuses new ones."""
        self._wait_for(self._break())

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _wait_for(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def _break(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.add(writer)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers.add(far_writer)
        if writer.is_closing():  # cut meanwhile
            far_writer.transport.abort()
        await asyncio.gather(
            self._pump(reader, far_writer, "up"), self._pump(far_reader, writer, "down")
        )

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                while self.stalled == way and not writer.is_closing():
                    await asyncio.sleep(0.02)
                writer.write(data)
                await writer.drain()
        writer.close()
        self._writers.discard(writer)


@pytest.fixture
def line(place: Place) -> Iterator[Line]:
    """A line to the second process."""
    # The port is held while the line is cut, or another program might be given it.
    with services.held_port() as port:
        line = Line(place.ports[1], port)
        yield line
        line.close()


# ------------------------------------------------------------------------ the windows


# What a browser says by itself when a socket is refused; nobody can keep it from that.
REFUSED = re.compile(r"WebSocket connection to '\S+' failed: Error in connection")
BODIES = "all => all.map(e => e.querySelector('.message-body').textContent)"
# What is shown for some seconds only may be gone when somebody comes to look.
WATCH = """
([query, text]) => {
    const place = document.querySelector(query);
    const look = () => { window.seen ||= place.textContent.includes(text); };
    window.seen = false;
    new MutationObserver(look).observe(place, {childList: true, characterData: true});
}
"""
# The page learns of it by the event, and until then it would keep to the end.
TO_THE_TOP = """
() => new Promise(done => {
    const log = document.querySelector('[role=log]');
    log.addEventListener('scroll', () => done(), {once: true});
    log.scrollTop = 0;
})
"""
IDS = "all => all.map(e => e.dataset.message ?? null)"


class Window:
    """A browser window that shows a room to somebody, and what its console said."""

    def __init__(
        self, page: Page, port: int, room: Room, who: int, path: str = ""
    ) -> None:
        self.page = page
        self.room = room
        self.who = who
        self.console: list[str] = []
        base = f"http://127.0.0.1:{port}"
        page.context.add_cookies(
            [{"name": "sessionid", "value": room.keys[who], "url": base}]
        )
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        self.frames: list[str | bytes] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self.heard))
        page.goto(base + (path or f"/rooms/{room.id}/"))
        if not path:
            self.connected()

    def heard(self, frame: str | bytes) -> None:
        self.frames.append(frame)

    def until(self, holds: str, *arguments: Any) -> None:
        """Waits until a JavaScript function of the arguments is true."""
        self.page.wait_for_function(
            f"args => ({holds})(...args)", arg=list(arguments), timeout=PATIENCE * 1000
        )

    def text(self, query: str) -> str:
        return self.page.locator(query).text_content() or ""

    def connected(self) -> None:
        self.shows("#chat-status", "Connected")

    def greeted(self) -> None:
        """Waits until a page that shows no status is connected all the same."""
        end = time.monotonic() + PATIENCE
        while not any('"hello"' in str(frame) for frame in self.frames):
            assert time.monotonic() < end, "no hello"
            self.page.wait_for_timeout(50)

    def shows(self, query: str, text: str) -> None:
        """Waits until an element holds a text."""
        self.until(
            "(q, t) => (document.querySelector(q)?.textContent ?? '').includes(t)",
            query,
            text,
        )

    def lacks(self, query: str) -> None:
        """Waits until there is no such element."""
        self.until("q => !document.querySelector(q)", query)

    def type(self, text: str) -> None:
        self.page.locator("#chat-body").press_sequentially(text)

    def say(self, text: str) -> None:
        self.page.locator("#chat-body").fill(text)
        self.page.locator("#chat-body").press("Enter")

    def hears(self, text: str) -> None:
        """Waits until a message stands in the log, stored."""
        self.until(
            "t => [...document.querySelectorAll('#chat-log > li[data-message]')]"
            ".some(e => e.querySelector('.message-body').textContent === t)",
            text,
        )

    def settled(self) -> None:
        """Waits until nothing is left in the outbox."""
        self.lacks("#chat-log > :is(.is-pending, .is-failed, li:not([data-message]))")

    def bodies(self) -> list[str]:
        found: list[str] = self.page.eval_on_selector_all("#chat-log > li", BODIES)
        return found

    def ids(self) -> list[int]:
        found = self.page.eval_on_selector_all("#chat-log > li", IDS)
        assert None not in found, "a message that is not stored"
        return [int(one) for one in found]

    def person(self, who: int) -> str:
        """The query for somebody's entry in the list of members."""
        return f"#chat-people [data-user='{self.room.users[who]}']"

    def silent(self) -> None:
        """The console holds nothing but what the browser says by itself."""
        told = [text for text in self.console if not REFUSED.match(text)]
        assert told == [], "\n".join(told)


@pytest.fixture
def window(chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Opens windows, each with cookies of its own."""
    with ExitStack() as stack:

        def opened(
            port: int, room: Room, who: int, width: str = "desktop", path: str = ""
        ) -> Window:
            context = stack.enter_context(look.window(chromium, width))
            return Window(context.new_page(), port, room, who, path)

        yield opened


Opened = Callable[..., Window]


def test_two_people_on_two_processes(place: Place, window: Opened) -> None:
    """Messages, typing, receipts and presence cross from one process to the other."""
    room = place.room("Ada", "Ben", messages=40)
    ada = window(place.ports[0], room, 0)
    ben = window(place.ports[1], room, 1)

    # Who is there.
    for one in (ada, ben):
        for who in (0, 1):
            one.until(
                "q => document.querySelector(q)?.dataset.online === 'true'",
                one.person(who),
            )
        assert "online" in one.text(one.person(0))

    # Who is typing, until the message is there.
    ben.page.evaluate(WATCH, ["#chat-typing", "Ada is typing"])
    ada.type("Tea?")
    ben.until("() => window.seen")
    ada.page.keyboard.press("Shift+Enter")
    ada.type("Or coffee?")
    ada.page.keyboard.press("Enter")
    ben.hears("Tea?\nOr coffee?")
    ben.until("() => document.querySelector('#chat-typing').textContent === ''")
    assert ada.page.evaluate("() => document.activeElement.id") == "chat-body"

    # Back again, by the button, and the focus is in the field.
    ben.page.locator("#chat-body").fill("Coffee.")
    ben.page.locator("#chat-form button").click()
    ada.hears("Coffee.")
    assert ben.page.evaluate("() => document.activeElement.id") == "chat-body"

    # Each sees that the other has read.
    ada.shows("#chat-log > li:nth-last-child(2) .message-readers", "Ben")
    ben.shows("#chat-log > li:last-child .message-readers", "Ada")

    # Whatever looks like markup is text.
    markup = '<img src=x onerror="document.title=1"><b>&amp;</b> </script>'
    ada.say(markup)
    ben.hears(markup)
    assert ben.page.locator("#chat-log :is(img, b, script)").count() == 0
    ben.page.reload()
    ben.connected()
    ben.hears(markup)
    assert ben.page.locator("#chat-log :is(img, b, script)").count() == 0

    # Older messages, by the cursor; what is being read stays in its place.
    first = ben.ids()[0]
    top = "id => document.querySelector(`[data-message='${id}']`)" + (
        ".getBoundingClientRect().top"
    )
    ben.page.evaluate(TO_THE_TOP)
    before = ben.page.evaluate(top, first)
    ben.page.locator("#chat-older").click()
    ben.until("() => document.querySelectorAll('#chat-log > li').length === 43")
    # The button goes when there is nothing older, and the log takes its place.
    assert ben.page.locator("#chat-older").is_hidden()
    moved = ben.page.locator("[role=log]").evaluate(
        "e => e.getBoundingClientRect().top"
    )
    assert abs(ben.page.evaluate(top, first) - before) < 60, moved
    assert ben.ids() == sorted(set(ben.ids()))
    assert ben.bodies()[:40] == [f"Earlier {number}" for number in range(40)]

    # Who leaves is seen to leave, and to come back.
    ben.page.goto("about:blank")
    ada.until(
        "q => document.querySelector(q).dataset.online === 'false'", ada.person(1)
    )
    again = window(place.ports[1], room, 1)
    ada.until("q => document.querySelector(q).dataset.online === 'true'", ada.person(1))
    for one in (ada, ben, again):
        one.silent()


def test_cut_off_and_back(place: Place, line: Line, window: Opened) -> None:
    """Nothing is missing and nothing is there twice, whoever sent while it was cut."""
    room = place.room("Ada", "Ben", messages=3)
    ada = window(place.ports[0], room, 0)
    ben = window(line.port, room, 1)
    ada.say("Before")
    ben.hears("Before")

    # The message arrives, and its acknowledgement is lost with the connection.
    line.stalled = "down"
    ben.say("Lost on the way back")
    ada.hears("Lost on the way back")
    line.cut()
    ben.shows("#chat-status", "Reconnecting")
    for number in range(3):
        ada.say(f"From Ada {number}")
        ben.say(f"From Ben {number}")
    ada.hears("From Ada 2")
    assert ben.page.locator("#chat-log > .is-pending").count() == 4
    line.mend()
    ben.connected()
    ben.settled()
    for one in (ada, ben):
        for number in range(3):
            one.hears(f"From Ada {number}")
            one.hears(f"From Ben {number}")

    # Written without a connection, and the tab is reloaded before there is one again.
    line.cut()
    ben.shows("#chat-status", "Reconnecting")
    ben.say("Over a reload")
    line.mend()
    ben.page.reload()
    ben.connected()
    ben.settled()
    ada.hears("Over a reload")

    wanted = [f"Earlier {number}" for number in range(3)]
    wanted += ["Before", "Lost on the way back"]
    wanted += [f"From Ada {number}" for number in range(3)]
    wanted += [f"From Ben {number}" for number in range(3)]
    wanted += ["Over a reload"]
    assert ada.bodies() == wanted
    assert ben.bodies() == wanted
    assert ada.ids() == ben.ids() == sorted(set(ada.ids()))
    history = place.ask("GET", f"/api/rooms/{room.id}/messages/", room.keys[0]).json()
    assert [message["body"] for message in history["messages"]] == wanted
    for one in (ada, ben):
        one.silent()


def test_a_long_absence(place: Place, line: Line, window: Opened) -> None:
    """More was missed than comes at once, and it goes on while it is fetched."""
    room = place.room("Ada", "Ben", messages=1)
    ben = window(line.port, room, 1)
    line.cut()
    ben.shows("#chat-status", "Reconnecting")
    place.site.shell(
        "from uuid import uuid4\n"
        "from chat.models import Message\n"
        f"for n in range(230): Message.objects.create(room_id={room.id}, "
        f"author_id={room.users[0]}, client_id=uuid4(), body=f'Missed {{n}}')\n"
        "print(1)"
    )
    line.mend()
    ben.connected()
    with place.socket(room.keys[0]) as ada:
        send(ada, type="message.send", room=room.id, client_id=fresh(), body="Now")
    ben.hears("Now")
    ben.hears("Missed 229")
    assert ben.bodies() == ["Earlier 0", *(f"Missed {n}" for n in range(230)), "Now"]
    assert ben.ids() == sorted(set(ben.ids()))
    ben.silent()


def test_a_message_that_cannot_be_sent(
    place: Place, line: Line, window: Opened
) -> None:
    """It is marked; a person sends it again, or discards it."""
    room = place.room("Ada", "Ben")
    ada = window(place.ports[0], room, 0)
    ben = window(line.port, room, 1, "phone")
    failed = "#chat-log > .is-failed"

    # The server refuses it.
    ben.page.eval_on_selector("#chat-body", "e => e.removeAttribute('maxlength')")
    ben.say("x" * 2001)
    ben.shows(failed, "Not sent")
    ben.shows("#chat-status", "not sent")
    ben.page.get_by_role("button", name="Try again").press("Enter")
    ben.shows(failed, "Not sent")
    ben.page.get_by_role("button", name="Discard").press("Enter")
    ben.lacks(failed)

    # Nobody answers. On a new page, whose next ping is far: one without an answer ends
    # the connection, and then the message waits for the next and has not failed.
    ben.page.reload()
    ben.connected()
    line.stalled = "up"
    ben.say("Into the void")
    ben.shows(failed, "Into the void")
    assert "Try again" in ben.text(failed)
    assert ada.bodies() == []
    line.cut()
    line.mend()
    ben.connected()
    assert ada.bodies() == [], "a failed message waits for a person"
    ben.page.get_by_role("button", name="Try again").click()
    ada.hears("Into the void")
    ben.settled()
    ben.say("And on")
    ada.hears("And on")
    assert ada.bodies() == ben.bodies() == ["Into the void", "And on"]
    for one in (ada, ben):
        one.silent()


def test_what_happens_in_another_room(place: Place, window: Opened) -> None:
    """The list of rooms and the bell follow, also when it is read in another tab."""
    room = place.room("Ada", "Ben")
    with place.socket(room.keys[0]) as other_tab, place.socket(room.keys[1]) as ben:

        def mention(text: str) -> int:
            frame = {"type": "message.send", "room": room.id, "client_id": fresh()}
            ben.send(json.dumps(frame | {"body": f"<b>@{room.names[0]}</b> {text}"}))
            return int(receive(ben, "message.ack")["message"]["id"])

        ada = window(place.ports[1], room, 0, path="/")
        receive(other_tab, "hello")
        unread = f"[data-room-unread='{room.id}']"
        assert ada.page.locator(unread).is_hidden()
        ada.greeted()
        for number in (1, 2):
            message = mention(str(number))
            ada.shows(unread, str(number))
            ada.shows("#notification-count", str(number))
        send(other_tab, type="read", room=room.id, message=message)
        ada.until("q => document.querySelector(q).hidden", unread)
        read = place.ask("POST", "/notifications/read/", room.keys[0])
        assert read.status_code == 302
        ada.until("() => document.querySelector('#notification-count').hidden")
        # A note goes after some seconds, so what is done with it comes right after it.
        mention("3")
        ada.shows("#notification-count", "1")
        note = ada.page.locator("#chat-notes a").last
        assert note.text_content() == "Ben mentioned you in Kitchen"
        note.click()
    ada.connected()
    ada.hears(f"<b>@{room.names[0]}</b> 3")
    ada.silent()


def test_a_member_who_is_put_out(place: Place, window: Opened) -> None:
    """The window says so at once, and what is written there goes nowhere."""
    room = place.room("Ada", "Ben")
    ben = window(place.ports[1], room, 1)
    path = f"/rooms/{room.id}/members/{room.users[1]}/remove/"
    assert place.ask("POST", path, room.keys[0]).status_code == 302
    ben.shows("#chat-status", "no longer a member")
    assert ben.page.locator("#chat-body").is_disabled()
    ben.silent()


@pytest.mark.parametrize("messages", [0, 40])
def test_the_room_on_a_phone(place: Place, window: Opened, messages: int) -> None:
    """The messages scroll within the window; the field is always there."""
    room = place.room("Ada", "Ben", messages=messages)
    ben = window(place.ports[1], room, 1, "phone")
    assert list(look.structure(ben.page, "phone")) == []
    assert look.axe(ben.page, {"runOnly": look.RULES}) == []
    assert [*look.walk(ben.page), *look.skip(ben.page)] == []
    for query in ("#chat-body", "#chat-form button"):
        box = ben.page.locator(query).bounding_box()
        assert box and box["y"] + box["height"] <= 844, f"{query} is below the window"
    # A keyboard takes half of the window.
    ben.page.set_viewport_size({"width": 390, "height": 420})
    ben.until("height => innerHeight === height", 420)
    box = ben.page.locator("#chat-body").bounding_box()
    assert box and box["y"] + box["height"] <= 420, "the field is under the keyboard"
    if messages:
        # The page scrolls when it has been told of its new size, in its next frame.
        ben.until(
            "(last, field) => document.querySelector(last).getBoundingClientRect().y"
            " < document.querySelector(field).getBoundingClientRect().y",
            "#chat-log > li:last-child",
            "#chat-body",
        )
    ben.silent()


# ------------------------------------------------------------------------- the sockets


def fresh() -> str:
    return str(uuid4())


def send(socket: ClientConnection, **frame: Any) -> None:
    socket.send(json.dumps(frame))


def receive(
    socket: ClientConnection, kind: str, patience: float = PATIENCE, **fields: Any
) -> dict[str, Any]:
    """The next frame of a type that holds these fields; others are skipped."""
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=patience))
        if frame["type"] == kind and fields.items() <= frame.items():
            return frame


def after_a_ping(socket: ClientConnection) -> list[dict[str, Any]]:
    """What comes before the answer to a ping, but for who is there."""
    send(socket, type="ping")
    frames = []
    while (frame := json.loads(socket.recv(timeout=PATIENCE)))["type"] != "pong":
        if frame["type"] != "presence":
            frames.append(frame)
    return frames


def refusals(
    room: int, foreign: int, message: int
) -> Iterator[tuple[str, str | bytes]]:
    """(code, what is sent) of everything that a socket may be sent and refuses."""

    def said(**changes: Any) -> str:
        frame = {"type": "message.send", "room": room, "client_id": fresh()}
        return json.dumps(frame | {"body": "Hello"} | changes)

    for text in (
        "",
        "{",
        "hello",
        '{"type": "ping"',
        "[" * 30_000,
        '{"a":' * 5_000,
        "1" * 5_000,
    ):
        yield "bad_json", text
    for text in ("[]", "null", "1", '"ping"', "{}", '{"type": 5}', '{"type": null}'):
        yield "bad_frame", text
    for value in (True, "7", 7.0, None, [], {}):
        yield "bad_frame", said(room=value)
        yield "bad_frame", json.dumps({"type": "room.open", "room": value})
    for value in ("no-uuid", 5, None, [], "1" * 5000):
        yield "bad_frame", said(client_id=value)
    for value in (None, 5, True, ["a"], {"a": "b"}):
        yield "bad_frame", said(body=value)
    for value in (None, 1, "true", []):
        yield (
            "bad_frame",
            json.dumps({"type": "typing", "room": room, "active": value}),
        )
    for value in (None, True, "1", 1.5, []):
        yield "bad_frame", json.dumps({"type": "read", "room": room, "message": value})
    for value in (True, "1", 1.5, []):
        yield (
            "bad_frame",
            json.dumps({"type": "room.open", "room": room, "after": value}),
        )
    for text in ("nonsense", "", "__class__", "x" * 3000, "\ud800", "hello", "receive"):
        yield "unknown_type", json.dumps({"type": text})
    for data in (b"", b'{"type": "ping"}', b"\xff" * 2000):
        yield "binary", data
    yield "frame_too_large", said(body="x" * 32_768)
    yield "frame_too_large", said(body="é" * 16_384).encode().decode()
    yield "frame_too_large", "[" * 400_000
    yield "frame_too_large", said(body="x" * 800_000)
    for value in ("", "   ", "\n\t\u2003"):
        yield "empty_body", said(body=value)
    yield "body_too_long", said(body="x" * 2001)
    for value in ("a\x00b", "\ud83d", "\udc00 x"):
        yield "bad_body", said(body=value)
    for value in (foreign, 0, -1, 2**31, 2**63, HUGE, -HUGE):
        yield "room_unknown", said(room=value)
        yield "room_unknown", json.dumps({"type": "room.open", "room": value})
        yield (
            "room_unknown",
            json.dumps({"type": "typing", "room": value, "active": True}),
        )
        yield (
            "room_unknown",
            json.dumps({"type": "read", "room": value, "message": message}),
        )
    for value in (message, 0, -1, 2**63, HUGE):
        yield (
            "message_unknown",
            json.dumps({"type": "read", "room": room, "message": value}),
        )


def test_bad_frames_over_a_real_socket(place: Place) -> None:
    """Each gets its error, nobody else hears of it, and the socket lives on."""
    room = place.room("Ada", "Ben", messages=2)
    foreign = place.room("Eve", members=1, messages=2, kind="public")
    before = place.state()
    with (
        place.socket(room.keys[0]) as ada,
        place.socket(room.keys[1], 1) as ben,
        place.socket(foreign.keys[0], 1) as eve,
    ):
        for socket, number in ((ada, room.id), (ben, room.id), (eve, foreign.id)):
            assert receive(socket, "hello")["features"]
            send(socket, type="room.open", room=number)
            receive(socket, "room.opened", room=number)
        for socket in (ada, ben, eve):
            after_a_ping(socket)
        for code, sent in refusals(room.id, foreign.id, foreign.messages[0]):
            ada.send(sent)
            shown = f"{code} for {sent[:90]!r}"
            try:
                frames = after_a_ping(ada)
            except (ConnectionClosed, TimeoutError) as error:
                pytest.fail(f"{shown}: {error!r}")
            assert [frame["type"] for frame in frames] == ["error"], (shown, frames)
            assert frames[0]["code"] == code, (shown, frames)
            assert isinstance(frames[0]["text"], str) and frames[0]["text"], shown
            assert len(frames[0]["text"]) < 300, shown
        for socket in (ben, eve):
            assert after_a_ping(socket) == []
        # After all that, a message is a message.
        key = fresh()
        send(ada, type="message.send", room=room.id, client_id=key, body=" Hello ")
        assert receive(ada, "message.ack", client_id=key)["message"]["body"] == "Hello"
        assert receive(ben, "message.new")["message"]["client_id"] == key
    after = place.state()
    after["Message"] = [row for row in after["Message"] if key not in row]
    assert after == before


def test_a_flood_over_two_processes(place: Place) -> None:
    """What one process has counted, the other knows; the socket lives on."""
    room = place.room("Ada", "Ben")
    start = time.monotonic()
    with place.socket(room.keys[0]) as one, place.socket(room.keys[0], 1) as other:
        accepted, refused = 0, []
        for number in range(60):
            socket = (one, other)[number % 2]
            key = fresh()
            body = f"Message {number}"
            send(socket, type="message.send", room=room.id, client_id=key, body=body)
            while True:
                frame = json.loads(socket.recv(timeout=PATIENCE))
                if frame.get("client_id") == key:
                    break
            if frame["type"] == "message.ack":
                accepted += 1
            else:
                refused.append(frame)
        for frame in refused:
            assert frame["code"] == "flood", frame
            assert 1 <= frame["retry_after"] <= 10, frame
        # Twenty in each of the windows of ten seconds that the test has touched.
        windows = (time.monotonic() - start) // 10 + 2
        assert 20 <= accepted <= 20 * windows and (refused or windows > 2)
        for socket in (one, other):
            after_a_ping(socket)


def test_who_may_open_a_socket(place: Place) -> None:
    """Another site's page is refused, a visitor is told by the code of the close."""
    room = place.room("Ada", members=1)
    for origin in ("https://elsewhere.example", "http://127.0.0.1.example", "null"):
        with (
            pytest.raises(InvalidStatus) as refused,
            place.socket(room.keys[0], origin=origin),
        ):
            pass
        assert refused.value.response.status_code == 403, origin
    for key in (None, "not-a-session", "x" * 32):
        with place.socket(key) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=PATIENCE)
            assert closed.value.rcvd and closed.value.rcvd.code == 4401


def test_a_silent_socket_lives_on(place: Place) -> None:
    """Redis clients give up reading after five seconds, unless they are told not to."""
    room = place.room("Ada", "Ben")
    with place.socket(room.keys[0]) as ada, place.socket(room.keys[1], 1) as ben:
        send(ada, type="room.open", room=room.id)
        receive(ada, "room.opened")
        time.sleep(7)
        assert after_a_ping(ada) == []
        receive(ben, "hello")
        key = fresh()
        send(ben, type="message.send", room=room.id, client_id=key, body="Still here?")
        assert receive(ada, "message.new")["message"]["client_id"] == key


# --------------------------------------------------------------------------- the pages


def paths(room: Room, user: int, invitation: int, note: int) -> dict[str, str]:
    """Every address of the chat with what a form would send there."""
    name = room.names[-1]
    return {
        "/": "",
        "/rooms/new/": "name=Attic",
        f"/rooms/{room.id}/": "",
        f"/api/rooms/{room.id}/messages/": "",
        f"/rooms/{room.id}/join/": "",
        f"/rooms/{room.id}/leave/": "",
        "/direct/": f"username={room.names[0]}",
        f"/rooms/{room.id}/invitations/": f"username={name}",
        "/invitations/": "",
        f"/invitations/{invitation}/accept/": "",
        f"/invitations/{invitation}/decline/": "",
        f"/rooms/{room.id}/members/{user}/remove/": "",
        "/notifications/": "",
        f"/notifications/{note}/open/": "",
        "/notifications/read/": "",
    }


INVITE = """
from chat.models import Invitation
from django.db import transaction
from notifications.models import Notification
with transaction.atomic():
    row = Invitation.objects.create(room_id={}, user_id={}, invited_by_id={})
note = Notification.objects.get(recipient_id=row.user_id)
print([row.pk, note.pk])
"""


def test_pages_refuse_whom_they_do_not_concern(place: Place) -> None:
    """A visitor and a stranger get in nowhere, by no method, and change nothing."""
    # Ada owns the group, Ben is in it, Cay is invited, Eve has nothing to do with it.
    room = place.room("Ada", "Ben", "Cay", "Eve", messages=2)
    script = INVITE.format(room.id, room.users[2], room.users[0])
    invitation, note = place.site.shell(script)
    every = paths(room, room.users[1], invitation, note)
    before = place.state()
    for path, data in every.items():
        for method in ("GET", "POST"):
            answer = place.ask(method, path, None, data)
            told = f"visitor, {method} {path}: {answer.status_code}"
            assert answer.status_code in (302, 401, 405), told
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith("/accounts/login/"), told

    concern = re.compile(r"/(rooms|invitations|notifications)/\d+/")
    for path in filter(concern.search, every):
        for method in ("GET", "POST"):
            answer = place.ask(method, path, room.keys[3], every[path])
            told = f"stranger, {method} {path}: {answer.status_code}"
            assert answer.status_code in (404, 405), told
    # A member who is not the owner.
    members = f"/rooms/{room.id}/members/{room.users[0]}/remove/"
    for path in (f"/rooms/{room.id}/invitations/", members):
        answer = place.ask("POST", path, room.keys[1], {"username": room.names[3]})
        assert answer.status_code == 403, f"member, {path}: {answer.status_code}"
    # Many at once: an error page must not wait for what its own request holds.
    with ThreadPoolExecutor(40) as many:
        path = f"/rooms/{room.id}/"
        answers = many.map(lambda _: place.ask("GET", path, room.keys[3]), range(40))
        assert {answer.status_code for answer in answers} == {404}
    # Without the token that only our own pages know.
    for path, data in every.items():
        answer = place.ask("POST", path, room.keys[0], data, forged=True)
        assert answer.status_code in (403, 405), f"forged, {path}: {answer.status_code}"
    assert place.state() == before


WRONG = ("", " ", "x" * 20_000, "\x00", "-1", str(HUGE), "[]", "%00", "\N{POT OF FOOD}")


def test_pages_refuse_wrong_and_too_much(place: Place) -> None:
    """Whatever stands in an address, a query or a form: an answer below 500."""
    room = place.room("Ada", "Ben", messages=2)
    ada = room.keys[0]
    before = place.state()
    numbers = (
        "0",
        "-1",
        "abc",
        "%00",
        "%F0%9F%8D%B2",
        str(2**63),
        str(HUGE),
        "9" * 300,
    )
    routes = (
        "/rooms/{}/",
        "/api/rooms/{}/messages/",
        "/rooms/{}/join/",
        "/rooms/{}/leave/",
        "/rooms/{}/invitations/",
        "/invitations/{}/accept/",
        "/invitations/{}/decline/",
        f"/rooms/{room.id}/members/{{}}/remove/",
        f"/rooms/{{}}/members/{room.users[1]}/remove/",
        "/notifications/{}/open/",
    )
    for route in routes:
        for number in numbers:
            for method in ("GET", "POST"):
                answer = place.ask(method, route.format(number), ada)
                told = f"{method} {route.format(number[:40])}: {answer.status_code}"
                assert answer.status_code in (404, 405), told

    history = f"/api/rooms/{room.id}/messages/"
    for name in ("before", "limit"):
        for wrong in (*numbers, "", "1.5", "+1", " 1", "１", "1e3", "0x1", "true"):
            answer = place.ask("GET", f"{history}?{name}={wrong}", ada)
            told = f"{name}={wrong[:40]!r}: {answer.status_code}"
            if wrong in (str(2**63), str(HUGE), "9" * 300):
                assert answer.status_code in (200, 400), told
            else:
                assert answer.status_code == 400, told
            if answer.status_code == 400:
                assert answer.json()["error"]["code"] == "bad_cursor", told
    many = place.ask("GET", f"{history}?limit=100000", ada).json()
    assert len(many["messages"]) == 2 and many["before"] is None

    assert place.state() == before
    for place_of_form in ("/rooms/new/", "/direct/", "/rooms/{}/invitations/"):
        # Somebody else for each form: a user's posts to all three are counted together.
        own = place.room("Ada", "Ben")
        path, key = place_of_form.format(own.id), own.keys[0]
        before = place.state()
        for wrong in WRONG:
            if (
                path == "/rooms/new/"
                and wrong.strip()
                and wrong not in (WRONG[2], "\x00")
            ):
                continue  # an odd name for a room, and a valid one
            answer = place.ask("POST", path, key, {"name": wrong, "username": wrong})
            assert answer.status_code == 200, f"{path} {wrong[:20]!r}: {answer}"
        answer = place.ask("POST", path, key, {"name": "Attic", "kind": "direct"})
        assert answer.status_code == 200, f"{path} of the kind direct: {answer}"
        for body in (b"\xff\xfe\x00", b"[" * 100_000, b"a=b&" * 2_000):
            answer = place.ask("POST", path, key, body)
            assert answer.status_code in (200, 400), f"{path}: {answer}"
        assert place.state() == before
    before = place.state()
    for page in ("0", "-1", "abc", str(HUGE)):
        answer = place.ask("GET", f"/notifications/?page={page}", ada)
        assert answer.status_code == 404, f"page {page}: {answer}"
    for method in ("PUT", "PATCH", "DELETE"):
        for path in paths(room, room.users[1], 1, 1):
            answer = place.ask(method, path, ada, {"name": "Attic"})
            # Django's form views take a PUT for a form that holds nothing.
            assert answer.status_code in (200, 404, 405), f"{method} {path}: {answer}"
    assert place.state() == before


# --------------------------------------------------------------------- at the same time

# Rooms that nobody can find any more, or that nobody can manage.
ODD = """
import json
from django.db.models import Count, Q
from chat.models import Room
rooms = Room.objects.annotate(
    people=Count("memberships"),
    owners=Count("memberships", filter=Q(memberships__role="owner")),
)
print(json.dumps([
    [room.pk, room.kind, room.people, room.owners] for room in rooms
    if not room.people or room.kind != "direct" and not room.owners
]))
"""
Sent = tuple[str, str | None, str]  # a path, who sends, the form


def at_once(place: Place, *sent: Sent, times: int = 1) -> list[int]:
    """The statuses of POSTs that come together, to both processes in turn."""
    every = sent * times
    ready = threading.Barrier(len(every))

    def ask(number: int) -> int:
        path, key, data = every[number]
        ready.wait(PATIENCE)
        return place.ask("POST", path, key, data, process=number % 2).status_code

    with ThreadPoolExecutor(len(every)) as many:
        return list(many.map(ask, range(len(every))))


def count(place: Place, query: str) -> int:
    script = "from chat.models import *\nfrom notifications.models import *\n"
    return int(place.site.shell(f"{script}print({query})"))


def test_one_name_is_taken_once(place: Place) -> None:
    """Six who sign up under one name in one moment: one of them has it."""
    for _ in range(3):
        name = f"ada_{uuid4().hex[:8]}"
        word = "a-long-password-9"
        form = f"username={name}&password1={word}&password2={word}"
        found = at_once(place, ("/accounts/signup/", None, form), times=6)
        assert sorted(found) == [200] * 5 + [302], found


def test_both_begin_a_direct_chat(place: Place) -> None:
    """Eight times from both sides: one room, with the two."""
    people = place.room("Ada", "Ben")
    mine, theirs = (f"username={people.names[who]}" for who in (1, 0))
    found = at_once(
        place,
        ("/direct/", people.keys[0], mine),
        ("/direct/", people.keys[1], theirs),
        times=4,
    )
    assert found == [302] * 8
    low, high = sorted(people.users)
    key = f"direct_key='{low}:{high}'"
    assert count(place, f"Room.objects.filter({key}).count()") == 1
    assert count(place, f"Room.objects.get({key}).memberships.count()") == 2


def test_invited_and_answered_at_once(place: Place) -> None:
    """One invitation, one notification, one answer."""
    room = place.room("Ada", "Ben", members=1)
    form = f"username={room.names[1]}"
    invite = f"/rooms/{room.id}/invitations/"
    for _ in range(3):
        assert at_once(place, (invite, room.keys[0], form), times=6) == [302] * 6
        pk = count(place, f"Invitation.objects.get(room={room.id}).pk")
        of_ben = f"recipient={room.users[1]}, room={room.id}"
        assert count(place, f"Notification.objects.filter({of_ben}).count()") == 1
        answers = [
            (f"/invitations/{pk}/{word}/", room.keys[1], "")
            for word in ("accept", "decline")
        ]
        found = at_once(place, *answers, times=3)
        assert set(found) <= {302, 404} and 302 in found, found
        assert count(place, f"Invitation.objects.filter(room={room.id}).count()") == 0
        leave = place.ask("POST", f"/rooms/{room.id}/leave/", room.keys[1])
        assert leave.status_code in (302, 404)
    assert place.site.shell(ODD) == []


@pytest.mark.parametrize("kind", ["public", "group"])
def test_coming_and_going_at_once(place: Place, kind: str) -> None:
    """Whoever comes second sees what the first has done; no room is left to nobody."""
    for _ in range(6):
        room = place.room("Ada", "Ben", "Cay", "Eve", members=3, kind=kind)
        leave, join = f"/rooms/{room.id}/leave/", f"/rooms/{room.id}/join/"
        out = f"/rooms/{room.id}/members/{room.users[1]}/remove/"
        found = at_once(
            place,
            *((leave, key, "") for key in room.keys[:3]),
            (out, room.keys[0], ""),
            *((join, key, "") for key in room.keys),
        )
        assert set(found) <= {302, 403, 404}, found
    assert place.site.shell(ODD) == []


def test_one_message_from_everywhere_at_once(place: Place) -> None:
    """Ten sockets on both processes: one row, one id."""
    room = place.room("Ada", members=1)
    key = fresh()
    with ExitStack() as stack:
        tabs = [
            stack.enter_context(place.socket(room.keys[0], number % 2))
            for number in range(10)
        ]
        for tab in tabs:
            receive(tab, "hello")
        for tab in tabs:
            send(tab, type="message.send", room=room.id, client_id=key, body="Once")
        ids = {receive(tab, "message.ack")["message"]["id"] for tab in tabs}
    assert len(ids) == 1
    assert count(place, f"Message.objects.filter(room={room.id}).count()") == 1


# ---------------------------------------------------------------------- without a Redis


@pytest.fixture(scope="module")
def own_redis() -> Iterator[OwnRedis]:
    """A Redis that may be taken away, held up, or kept from writing."""
    with services.own_redis() as server:
        yield server


@pytest.fixture(scope="module")
def fragile(
    tmp_path_factory: pytest.TempPathFactory, own_redis: OwnRedis
) -> Iterator[Place]:
    """The chat with a Redis of its own; only a socket may end in an error."""
    url = own_redis.url
    failure = re.compile("Internal Server Error")
    with served(tmp_path_factory.mktemp("fragile"), failure, REDIS_URL=url) as found:
        yield found


@pytest.mark.parametrize("trouble", ["away", "stalled", "full", "replica"])
def test_redis_goes_and_comes_back(
    fragile: Place, own_redis: OwnRedis, trouble: str
) -> None:
    """Pages answer as always; what is acknowledged is stored; sockets come back."""
    room = fragile.room("Ada", "Ben", "Cay", "Eve", members=3, kind="public")
    ada, ben, cay, eve = room.keys
    stored = []
    with fragile.socket(ada) as tab:
        receive(tab, "hello")
        own_redis.fall(trouble)
        try:
            for path, key, form, status in (
                ("/", ada, None, 200),
                (f"/rooms/{room.id}/", ada, None, 200),
                (f"/api/rooms/{room.id}/messages/", ada, None, 200),
                ("/rooms/new/", ada, "name=Attic&kind=group", 302),
                (f"/rooms/{room.id}/join/", eve, "", 302),
                (f"/rooms/{room.id}/leave/", cay, "", 302),
                (f"/rooms/{room.id}/members/{room.users[1]}/remove/", ada, "", 302),
                ("/direct/", ada, f"username={room.names[1]}", 302),
                ("/notifications/read/", ben, "", 302),
            ):
                method = "GET" if form is None else "POST"
                answer = fragile.ask(method, path, key, form or "")
                told = f"{trouble}: {method} {path}: {answer.status_code}"
                assert answer.status_code == status, told
            with suppress(ConnectionClosed, TimeoutError):
                frame = {"type": "message.send", "room": room.id, "client_id": fresh()}
                tab.send(json.dumps(frame | {"body": "Is anybody there?"}))
                stored.append(receive(tab, "message.ack")["message"]["id"])
        finally:
            own_redis.rise(trouble)
    members = f"Membership.objects.filter(room={room.id}).count()"
    assert count(fragile, members) == 2
    for message in stored:
        assert count(fragile, f"Message.objects.filter(pk={message}).count()") == 1
    # Once it is back, a new socket on either process hears of the other. As in a
    # browser, one that gets no hello for ten seconds is given up for another one.
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with fragile.socket(ada) as one, fragile.socket(eve, 1) as two:
                for socket in (one, two):
                    receive(socket, "hello", HELLO)
                send(two, type="room.open", room=room.id)
                receive(two, "room.opened", HELLO)
                said = {"type": "message.send", "room": room.id, "client_id": fresh()}
                one.send(json.dumps(said | {"body": "There you are"}))
                message = receive(two, "message.new", HELLO)["message"]
                assert message["client_id"] == said["client_id"]
                return
        except (ConnectionClosed, TimeoutError):
            assert time.monotonic() < end, f"{trouble}: no socket comes back"
            time.sleep(0.2)
