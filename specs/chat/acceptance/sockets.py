"""Sockets of an ASGI application, spoken to from a test that is not asynchronous.

    with serving("config.asgi.application", ping={"type": "ping"}, pong="pong") as site:
        ada = site.connect("/ws/", user=user)
        ada.send({"type": "say"})
        ada.receive("said", look="app/consumers.py")
        ada.nothing("error", look="app/consumers.py")

The application runs in a thread with an event loop of its own. What it does in a thread
(`database_sync_to_async`, a synchronous consumer, a page) runs in the test's own
thread, so it shares the test's connection to the database. It runs while the test waits
for a frame. What waits for a commit runs as soon as a call of the application that left
it is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import unquote

from asgiref.sync import (
    AsyncToSync,
    SyncToAsync,
    ThreadSensitiveContext,
    sync_to_async,
)

from acceptance.support import (
    NotYet,
    Visitor,
    expect,
    fail,
    load,
    place_of,
    run_hook,
    told,
)

T = TypeVar("T")
Frame = dict[str, Any]

ORIGIN = "http://localhost"
# A wait ends when nothing came in this many looks; a slow machine has fewer a second.
LOOK_EVERY = 0.02
LOOKS = 50


# ---------------------------------------------------------------- the test's own thread


class OwnThread(Executor):
    """Runs what it is handed in the thread that waits for the loop."""

    def __init__(self) -> None:
        self.work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def submit(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """What asgiref calls for everything that may not run on the loop."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                with committing():
                    result = call(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self.work.put(run)
        return future

    def run_until(self, future: Future[T]) -> T:
        """Does the work that comes in until the loop has the answer."""
        future.add_done_callback(lambda _: self.work.put(None))
        while not future.done():
            work = self.work.get()
            if work is not None:
                work()
        return future.result()


@contextmanager
def committing() -> Iterator[None]:
    """Runs at its end what was left for a commit inside it and has not been undone.

    A test stands in a transaction that is rolled back, so nothing is committed in it.
    What fails, fails as it does after a real commit.
    """
    from django.db import connection

    if not connection.in_atomic_block:
        yield
        return
    depth = len(connection.savepoint_ids)
    seen = [call for _, call, _ in connection.run_on_commit]
    yield
    while len(connection.savepoint_ids) == depth:
        # Django writes the list anew when a savepoint is undone.
        new, old = [], list(seen)
        for _, call, robust in connection.run_on_commit:
            if old and call is old[0]:
                old.pop(0)
            else:
                new.append((call, robust))
        if not new:
            return
        for call, robust in new:
            seen.append(call)
            run_hook(call, robust)


def kept_open() -> list[Any]:
    """The connections whose transaction the test stands in: nobody may close them.

    Django and Channels close old connections before and after each call, and an open
    transaction counts as a reason to.
    """
    from django.db import connections

    found = [
        one for one in connections.all(initialized_only=True) if one.in_atomic_block
    ]
    for one in found:
        one.close_if_unusable_or_obsolete = lambda: None
    return found


# ------------------------------------------------------------------------------- server


@contextmanager
def serving(
    application: str,
    *,
    ping: Frame | None = None,
    pong: str = "",
    kind: type[Server] | None = None,
) -> Iterator[Any]:
    """An ASGI application that answers; its sockets are closed at the end.

    Args:
        application: its dotted name.
        ping: a frame that every socket answers.
        pong: the type of the answer.
        kind: a class derived from ``Server``, with ways of its own.
    """
    __tracebackhide__ = True
    server = (kind or Server)(application, load(application), ping, pong)
    try:
        yield server
    except BaseException:
        with contextlib.suppress(Exception):
            server.hang_up()
        raise
    else:
        server.hang_up()
    finally:
        server.stop()


class Server:
    """Runs the application; one for each ``with serving(…)``."""

    socket: type[Socket]

    def __init__(
        self, name: str, application: Any, ping: Frame | None, pong: str
    ) -> None:
        self.file = name.rpartition(".")[0].replace(".", "/") + ".py"
        self.application = application
        self.ping, self.pong = ping, pong
        self.sockets: list[Socket] = []
        self.executor = OwnThread()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._loop, daemon=True)
        # asgiref looks here for the thread that synchronous code belongs to.
        AsyncToSync.loop_thread_executors[self.loop] = self.executor  # type: ignore[assignment]
        # Django gives a page a thread of its own where no call around it has named one:
        # that thread would have another connection, and a slow one would be silence.
        self.place = ThreadSensitiveContext()
        SyncToAsync.context_to_thread_executor[self.place] = self.executor
        self._before = {
            name: getattr(SyncToAsync.threadlocal, name, None)
            for name in ("main_event_loop", "main_event_loop_pid", "task_context")
        }
        self.kept = kept_open()
        self.thread.start()
        self.run(self._begin())

    def _loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _begin(self) -> None:
        # From now on `async_to_sync` in the test's thread finds this loop.
        await sync_to_async(lambda: None)()
        layer = layer_in_use()
        if layer is not None and in_memory(layer):
            await layer.flush()
        elif layer is not None:
            # It holds locks and connections of the loop that it was first used on.
            from channels.layers import channel_layers

            channel_layers.backends.clear()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the loop, and meanwhile what it needs of this thread."""
        return self.executor.run_until(
            asyncio.run_coroutine_threadsafe(work, self.loop)
        )

    def connect(
        self,
        path: str,
        *,
        user: Any = None,
        name: str = "",
        origin: str | None = ORIGIN,
        cookie: str | None = None,
        look: str = "",
    ) -> Socket:
        """A new socket, its handshake answered; see ``Socket.accepted``.

        Args:
            path: the address, with its query if it has one.
            user: who is signed in by the session's cookie, or None.
            name: how a sentence calls the socket; the user's name if it is left out.
            origin: the page that opens the socket; None sends no such header.
            cookie: the header Cookie, in place of that of a user who is signed in.
            look: where to look when it fails.
        """
        __tracebackhide__ = True
        headers = {"host": ORIGIN.rpartition("/")[2]}
        if origin is not None:
            headers["origin"] = origin
        if cookie is None and user is not None:
            cookie = cookies_of(user)
        if cookie:
            headers["cookie"] = cookie
        who = name or (str(user.get_username()) if user is not None else "a visitor")
        socket = self.socket(self, path, who, headers, look or self.file)
        self.sockets.append(socket)
        socket.shake()
        return socket

    def get(self, path: str, *, look: str = "") -> tuple[int, bytes]:
        """The status and the body of a page, asked for through the ASGI application."""
        __tracebackhide__ = True
        did = f"Opened GET {path} through {self.file}"
        call = Call(self, scope("http", path, {"host": ORIGIN.rpartition("/")[2]}), did)
        call.look = look or self.file
        call.put({"type": "http.request", "body": b"", "more_body": False})
        status, body = 0, b""
        while True:
            event = call.next(wanted="a page")
            if event is None:
                fail(did=did, wanted="a page", got="no answer", look=call.look)
            if event.get("type") == "http.response.start":
                status = int(event["status"])
            elif event.get("type") == "http.response.body":
                body += event.get("body", b"")
                if not event.get("more_body"):
                    break
        self.run(call.finish())
        return status, body

    def settle(self, *sockets: Socket) -> None:
        """Comes back when all that was sent has been dealt with.

        A socket answers its frames one after the other, so who answers a ping has done
        all that came before it; a second one reads what others had to tell meanwhile.
        """
        __tracebackhide__ = True
        expect(
            self.ping,
            did="Waited until all is quiet",
            wanted="a ping that the sockets answer",
            got="none is known",
        )
        still = [one for one in sockets or self.sockets if one.is_open]
        for _ in range(2):
            for one in still:
                one.send(self.ping or {}, quietly=True)
            for one in still:
                one.answers_ping()
            self.run(self._pass_on())

    async def _pass_on(self) -> None:
        """Gives what is on its way between the sockets the time to arrive."""
        for _ in range(5):
            await asyncio.sleep(0)
        layer = layer_in_use()
        if layer is not None and not in_memory(layer):
            await asyncio.sleep(0.05)  # a real server, over the network

    def hang_up(self) -> None:
        """Closes every socket, and lets the application say goodbye."""
        __tracebackhide__ = True
        for socket in self.sockets:
            if socket.is_open:
                socket.disconnect()

    def stop(self) -> None:
        """Ends whatever still runs, and the loop."""
        try:
            self.run(self._end())
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
            self.loop.close()
            AsyncToSync.loop_thread_executors.pop(self.loop, None)
            for connection in self.kept:
                del connection.close_if_unusable_or_obsolete
            for name, value in self._before.items():
                setattr(SyncToAsync.threadlocal, name, value)

    async def _end(self) -> None:
        own = asyncio.current_task()
        for _ in range(3):
            left = [task for task in asyncio.all_tasks() if task is not own]
            if not left:
                break
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1)
        close = getattr(layer_in_use(), "close_pools", None)
        if close is not None:
            with contextlib.suppress(Exception):
                await close()
        await self.loop.shutdown_asyncgens()
        await self.loop.shutdown_default_executor()


def layer_in_use() -> Any:
    """The channel layer of the settings, or None."""
    try:
        from channels.layers import get_channel_layer

        return get_channel_layer()
    except Exception:  # none is chosen yet, or the settings cannot be read
        return None


def in_memory(layer: Any) -> bool:
    """Whether a channel layer ends where this process ends."""
    from channels.layers import InMemoryChannelLayer

    return isinstance(layer, InMemoryChannelLayer)


def cookies_of(user: Any) -> str:
    """The cookies of a browser in which somebody is signed in."""
    cookies = Visitor(user).client.cookies
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())


def scope(kind: str, path: str, headers: Mapping[str, str]) -> Frame:
    """What a server tells an ASGI application about a connection."""
    path, _, query = path.partition("?")
    scheme = "ws" if kind == "websocket" else "http"
    told_ = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }
    return told_ | ({"subprotocols": []} if kind == "websocket" else {"method": "GET"})


# ----------------------------------------------------------------------------- one call


class Call:
    """One run of the application: what it is told, and the events that it sends."""

    def __init__(self, server: Server, scope_: Frame, did: str) -> None:
        self.server, self.did, self.look = server, did, ""
        self.events: list[Frame] = []
        self.incoming: asyncio.Queue[Frame] = asyncio.Queue()
        self.arrived = asyncio.Event()
        self.task: asyncio.Task[Any] = server.run(self._start(scope_))

    async def _start(self, scope_: Frame) -> asyncio.Task[Any]:
        async def call() -> Any:
            return await self.server.application(scope_, self.incoming.get, self._send)

        # A server starts with an empty context, so nothing of the test's leaks in.
        context = contextvars.Context()
        context.run(SyncToAsync.thread_sensitive_context.set, self.server.place)
        return context.run(asyncio.create_task, call())

    async def _send(self, event: Frame) -> None:
        self.events.append(event)
        self.arrived.set()

    def put(self, event: Frame) -> None:
        """Tells the application something."""
        self.server.loop.call_soon_threadsafe(self.incoming.put_nowait, event)

    async def _wait(self) -> Frame | None:
        """The next event; None when nothing came, or the application has ended."""
        for _ in range(LOOKS):
            if self.events:
                break
            if self.task.done():
                return None
            self.arrived.clear()
            arrived = asyncio.ensure_future(self.arrived.wait())
            try:
                await asyncio.wait(
                    {arrived, self.task},
                    timeout=LOOK_EVERY,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                arrived.cancel()
            # This thread's work comes first: a slow database is not silence.
            if not self.events:
                await sync_to_async(lambda: None)()
        return self.events.pop(0) if self.events else None

    def next(self, *, wanted: str) -> Frame | None:
        """The next event; None when none came in time. A crash is a sentence."""
        __tracebackhide__ = True
        event = self.server.run(self._wait())
        if event is None:
            self.expect_alive(wanted=wanted)
        return event

    @property
    def error(self) -> BaseException | None:
        """What ended the application, if it was an error."""
        if not self.task.done() or self.task.cancelled():
            return None
        return self.task.exception()

    def expect_alive(self, *, wanted: str) -> None:
        """A sentence where the application ended in an error."""
        __tracebackhide__ = True
        error = self.error
        if error is None:
            return
        if isinstance(error, NotYet):
            raise error
        place = place_of(error)
        got = told(error)
        look = self.look
        if place is not None:
            file, line, code = place
            got, look = f"{got} ({file}, line {line}: {code})", f"{file}, line {line}"
        raise NotYet(did=self.did, wanted=wanted, got=got, look=look) from error

    async def finish(self) -> bool:
        """Waits until the application has ended; whether it did."""
        for _ in range(LOOKS):
            if self.task.done():
                return True
            await asyncio.wait({self.task}, timeout=LOOK_EVERY)
            await sync_to_async(lambda: None)()
        self.task.cancel()
        await asyncio.wait({self.task}, timeout=1)
        return False


# ------------------------------------------------------------------------------ sockets


class Socket:
    """One socket, as a browser has it. A frame is a dictionary with a ``type``.

    What has come and has not been asked for stays in ``inbox``.
    """

    def __init__(
        self, server: Server, path: str, who: str, headers: Frame, look: str
    ) -> None:
        self.server, self.who, self.path, self.look = server, who, path, look
        self.call = Call(server, scope("websocket", path, headers), self.did)
        self.call.look = look
        self.inbox: list[Frame] = []
        self.accepted = False
        self.closed: int | None = None
        self.last = ""

    def __repr__(self) -> str:
        return f"<Socket of {self.who}>"

    @property
    def did(self) -> str:
        """What was done last, for a sentence."""
        sent = getattr(self, "last", "")
        return (
            f"Sent {sent} as {self.who}"
            if sent
            else f"Connected to {self.path} as {self.who}"
        )

    @property
    def is_open(self) -> bool:
        """Whether frames can still be sent."""
        return self.accepted and self.closed is None and not self.call.task.done()

    # -------------------------------------------------------------------- handshake

    def shake(self) -> None:
        """Asks for the handshake, and takes the answer."""
        __tracebackhide__ = True
        wanted = "the handshake of the WebSocket, accepted or refused"
        self.call.put({"type": "websocket.connect"})
        event = self.call.next(wanted=wanted)
        kind = event.get("type") if event else None
        if kind == "websocket.accept":
            self.accepted = True
        elif kind in ("websocket.close", "websocket.http.response.start"):
            self._close(int((event or {}).get("code") or 1000))
        elif kind == "websocket.send":
            self._fail(wanted, "a frame before the handshake was accepted")
        else:
            self._fail(
                wanted, "no answer" if event is None else f"an event of the type {kind}"
            )

    def _close(self, code: int) -> None:
        self.closed = code
        # As a server does: the application is told that its socket is gone.
        self.call.put({"type": "websocket.disconnect", "code": code})

    def disconnect(self, code: int = 1001, *, wanted: str = "", look: str = "") -> None:
        """Closes the socket, as a browser does that leaves the page."""
        __tracebackhide__ = True
        if self.closed is None:
            self.closed = code
            self.call.put({"type": "websocket.disconnect", "code": code})
        self.server.run(self.call.finish())
        self.call.did = f"Closed the socket of {self.who}"
        self.call.look = look or self.look
        self.call.expect_alive(wanted=wanted or "an end without an error")

    def expect_accepted(self, *, wanted: str = "", look: str = "") -> Socket:
        """This socket, if the handshake was accepted; or a sentence."""
        __tracebackhide__ = True
        if not self.accepted:
            self._fail(
                wanted or "an accepted WebSocket",
                f"the handshake was refused, with the code {self.closed}",
                look,
            )
        return self

    def expect_closed(self, code: int, *, wanted: str = "", look: str = "") -> None:
        """The application closes this socket with a code, or a sentence."""
        __tracebackhide__ = True
        wanted = wanted or f"the socket closed with the code {code}"
        while self.closed is None and self._read(wanted):
            pass
        if self.closed is None:
            self._fail(wanted, f"it is open{self._told()}", look)
        if self.closed != code:
            self._fail(wanted, f"closed with the code {self.closed}", look)

    # ----------------------------------------------------------------------- sending

    def send(self, frame: Any, *, quietly: bool = False) -> None:
        """Sends a frame; with ``quietly`` no sentence speaks of it."""
        self.send_text(json.dumps(frame), said=None if quietly else _shown(frame))

    def send_text(self, text: str, *, said: str | None = "") -> None:
        """Sends a text that need not be JSON."""
        __tracebackhide__ = True
        if said is not None:
            self.last = said or f"the text {_cut(text)!r}"
        self._put({"type": "websocket.receive", "text": text, "bytes": None})

    def send_bytes(self, data: bytes) -> None:
        """Sends a binary frame."""
        __tracebackhide__ = True
        self.last = f"a binary frame of {len(data)} bytes"
        self._put({"type": "websocket.receive", "text": None, "bytes": data})

    def _put(self, event: Frame) -> None:
        __tracebackhide__ = True
        self.call.did = self.did
        if self.closed is not None or not self.accepted:
            self._fail("an open socket", f"it is closed, with the code {self.closed}")
        # What nobody can take any more is lost; who waits for an answer is told.
        self.call.put({k: v for k, v in event.items() if v is not None})

    # --------------------------------------------------------------------- receiving

    def _read(self, wanted: str) -> bool:
        """Reads one event into the inbox; whether there was one."""
        __tracebackhide__ = True
        self.call.did = self.did
        if self.closed is not None:
            return False
        event = self.call.next(wanted=wanted)
        if event is None:
            return False
        kind = event.get("type")
        if kind == "websocket.close":
            self._close(int(event.get("code") or 1000))
        elif kind == "websocket.send":
            self.inbox.append(self._parsed(event, wanted))
        else:
            self._fail(wanted, f"an event of the type {kind}")
        return True

    def _parsed(self, event: Frame, wanted: str) -> Frame:
        __tracebackhide__ = True
        text = event.get("text")
        if not isinstance(text, str):
            self._fail(wanted, "a binary frame, where frames are text")
        try:
            frame = json.loads(text)
        except ValueError:
            self._fail(wanted, f"a frame that is no JSON: {_cut(text)!r}")
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            self._fail(wanted, f'a frame without a "type": {_cut(text)}')
        return frame

    def receive(
        self,
        kind: str,
        where: Callable[[Frame], bool] | None = None,
        *,
        wanted: str = "",
        look: str = "",
    ) -> Frame:
        """The next frame of a type; frames of other types stay in the inbox.

        Args:
            kind: the type.
            where: says which frame of that type is meant.
            wanted: what a sentence says instead of "a message.ack within 1 second".
            look: where to look.
        """
        __tracebackhide__ = True
        wanted = wanted or f"a frame {kind} within 1 second"
        while True:
            for index, frame in enumerate(self.inbox):
                if frame["type"] == kind and (where is None or where(frame)):
                    return self.inbox.pop(index)
            if not self._read(wanted):
                self._fail(wanted, f"nothing of that kind{self._told()}", look)

    def answers_ping(self) -> None:
        """Takes the answer to one ping."""
        __tracebackhide__ = True
        pong = self.server.pong
        self.receive(
            pong,
            wanted=f"after it {self.server.ping} answered by {pong}: the socket lives",
        )

    def expect_alive(self) -> None:
        """The socket answers a ping, or a sentence."""
        __tracebackhide__ = True
        self.send(self.server.ping or {}, quietly=True)
        self.answers_ping()

    def all(self, *kinds: str, settled: bool = False) -> list[Frame]:
        """Every frame of these types that has come, once all is quiet."""
        __tracebackhide__ = True
        if not settled:
            self.server.settle()
        found = [frame for frame in self.inbox if frame["type"] in kinds]
        self.inbox = [frame for frame in self.inbox if frame["type"] not in kinds]
        return found

    def nothing(
        self,
        *kinds: str,
        where: Callable[[Frame], bool] | None = None,
        wanted: str = "",
        look: str = "",
        did: str = "",
    ) -> None:
        """No frame of these types is there once all is quiet, or a sentence."""
        __tracebackhide__ = True
        sent = did or "; ".join(
            dict.fromkeys(one.did for one in (*self.server.sockets, self) if one.last)
        )
        self.server.settle()
        found = [
            frame
            for frame in self.inbox
            if frame["type"] in kinds and (where is None or where(frame))
        ]
        expect(
            not found,
            did=sent or self.did,
            wanted=wanted or f"no {' and no '.join(kinds)} for {self.who}",
            got=f"{self.who} got {', '.join(_shown(frame) for frame in found[:3])}",
            look=look or self.look,
        )

    def forget(self) -> None:
        """Throws away what has come, once all is quiet."""
        __tracebackhide__ = True
        self.server.settle()
        self.inbox.clear()

    # --------------------------------------------------------------------- sentences

    def _told(self) -> str:
        """What the inbox holds, in words."""
        if self.closed is not None:
            return f"; the socket was closed with the code {self.closed}"
        if self.call.task.done():
            return "; the application has ended"
        if not self.inbox:
            return ""
        return f", but {', '.join(_shown(frame) for frame in self.inbox[-4:])}"

    def _fail(self, wanted: str, got: str, look: str = "") -> Any:
        __tracebackhide__ = True
        self.call.did, self.call.look = self.did, look or self.look
        self.call.expect_alive(wanted=wanted)
        fail(did=self.did, wanted=wanted, got=got, look=look or self.look)


Server.socket = Socket


def _shown(frame: Any) -> str:
    """A frame in a few words: its type, and its fields cut short."""
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        return f"the frame {_cut(json.dumps(frame))}"
    fields = ", ".join(
        f"{key} {_cut(json.dumps(value, ensure_ascii=False), 60)}"
        for key, value in frame.items()
        if key != "type"
    )
    return f"{frame['type']} ({fields})" if fields else str(frame["type"])


def _cut(text: str, most: int = 80) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def counted(frames: Sequence[Frame]) -> str:
    """Frames by their type, for a ``got``."""
    kinds = [frame["type"] for frame in frames]
    return (
        ", ".join(f"{kinds.count(kind)} × {kind}" for kind in dict.fromkeys(kinds))
        or "nothing"
    )
