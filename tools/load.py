"""Load on a project that stays connected or answers from a cache.

What is measured is the same for every project; a project that has such a load calls it
from ``bench(place)`` in its ``checks/bench.py``. ``python -m tools.load`` runs all of
them, or those of the projects that are named.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect

from djangopath.catalogue import SPECS
from djangopath.errors import SpecError
from tools.site import Site, daphne, running

MESSAGES = 50
ROUNDS = 4
WAIT = 30.0
QUIET = 1.0

# --------------------------------------------------------------------------- a socket

# The least that Channels can do: one group, and everything sent goes to all of it.
BARE = """
import os
from django.conf import settings

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["daphne", "channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                "hosts": [
                    {
                        "address": os.environ["REDIS_URL"],
                        "max_connections": 1000,
                        "socket_timeout": None,
                    }
                ],
                "capacity": 10_000,
            },
        }
    },
)
import django

django.setup()
from channels.generic.websocket import AsyncWebsocketConsumer


class Echo(AsyncWebsocketConsumer):
    groups = ["everybody"]

    async def receive(self, text_data=None, bytes_data=None):
        event = {"type": "hand.on", "text": text_data}
        await self.channel_layer.group_send("everybody", event)

    async def hand_on(self, event):
        await self.send(text_data=event["text"])


async def not_here(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def application(scope, receive, send):
    handler = Echo.as_asgi() if scope["type"] == "websocket" else not_here
    await handler(scope, receive, send)
"""


@dataclass(frozen=True)
class Talk:
    """How a project's clients speak over their sockets; frames are JSON.

    Attributes:
        message: the fields of a message; `key` adds what tells it from others.
        key: the name of the field that tells messages apart; it comes back as sent.
        within: the field of a frame that holds the message, where it is not the frame.
        sent: the type of the frame that brings the message to everybody.
        opening: what a client sends first; nothing where it is empty.
        opened: the type of the frame that answers it.
    """

    message: dict[str, Any]
    key: str
    within: str = ""
    sent: str = ""
    opening: dict[str, Any] = field(default_factory=dict)
    opened: str = ""


@dataclass(frozen=True)
class Conversation:
    """Where the clients of a project talk to one another, and how they come there.

    Attributes:
        path: the address of the socket.
        members: a script for ``manage.py shell`` with ``%d`` for a number of people; it
            makes them, all in one place where they may talk, and prints as JSON what
            `talk` needs, and under ``keys`` the session keys of their cookies.
        talk: of what the script printed, how these people speak.
    """

    path: str
    members: str
    talk: Callable[[dict[str, Any]], Talk]


@dataclass
class Fan:
    """Open sockets that all hear what one of them sends.

    Attributes:
        cookies: of each socket, as many as there are sockets; an empty text for none.
        sent: how many deliveries were due, over all rounds.
        delivered: how many of them came.
        seconds: from sending to arrival, of each delivery.
    """

    name: str
    url: str
    origin: str
    talk: Talk
    cookies: Sequence[str]
    sent: int = 0
    delivered: int = 0
    seconds: list[float] = field(default_factory=list)

    async def once(self) -> None:
        """One round: opens all sockets, sends one message after the other, closes."""
        count = len(self.cookies)
        async with AsyncExitStack() as stack:
            sockets = await asyncio.gather(
                *(self._open(stack, cookie) for cookie in self.cookies)
            )
            got: dict[str, list[float]] = {}
            whole = asyncio.Event()
            arrived = [time.perf_counter()]
            readers = [
                asyncio.create_task(self._read(s, got, whole, arrived)) for s in sockets
            ]
            # All who come at once are told of one another; a message's own time is
            # measured when that is over.
            while time.perf_counter() - arrived[0] < QUIET:
                await asyncio.sleep(QUIET / 4)
            for number in range(MESSAGES):
                key = str(uuid4())
                got[key] = []
                whole.clear()
                text = json.dumps({**self.talk.message, self.talk.key: key})
                start = time.perf_counter()
                await sockets[number * 7 % count].send(text)
                with suppress(TimeoutError):
                    await asyncio.wait_for(whole.wait(), WAIT)
                self.sent += count
                self.delivered += len(got[key])
                self.seconds += [moment - start for moment in got[key]]
            for reader in readers:
                reader.cancel()

    async def _open(self, stack: AsyncExitStack, cookie: str) -> ClientConnection:
        socket = await stack.enter_async_context(
            connect(
                self.url,
                origin=self.origin,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie} if cookie else {},
                proxy=None,
                open_timeout=WAIT,
            )
        )
        if self.talk.opening:
            await socket.send(json.dumps(self.talk.opening))
            async with asyncio.timeout(WAIT):
                while json.loads(await socket.recv())["type"] != self.talk.opened:
                    pass
        return socket

    async def _read(
        self,
        socket: ClientConnection,
        got: dict[str, list[float]],
        whole: asyncio.Event,
        arrived: list[float],
    ) -> None:
        """Notes when each message arrives at a socket."""
        async for text in socket:
            now = arrived[0] = time.perf_counter()
            frame: dict[str, Any] = json.loads(text)
            if self.talk.sent and frame.get("type") != self.talk.sent:
                continue
            message = frame[self.talk.within] if self.talk.within else frame
            times = got[message[self.talk.key]]
            times.append(now)
            if len(times) == len(self.cookies):
                whole.set()

    def told(self) -> str:
        """What was measured, in a line."""
        cuts = statistics.quantiles(self.seconds, n=100)
        return (
            f"{self.name}: delivered/sent {self.delivered / self.sent:.3f} "
            f"({self.delivered} of {self.sent}), latency "
            f"{1000 * cuts[49]:.1f} ms at the median, {1000 * cuts[98]:.1f} ms at the "
            "99th percentile"
        )


def beside_bare_channels(
    site: Site, conversation: Conversation, people: int, place: Path
) -> None:
    """Prints the latency of messages to many sockets beside that of bare Channels.

    A bare consumer only hands on what it is sent; both run on one process of daphne on
    this machine, by turns, with the same Redis and the same client.

    Args:
        site: a project that is migrated, with the address of Redis in its environment.
        conversation: where its clients talk.
        people: how many of them, each with one socket.
        place: an empty folder.
    """
    made = site.shell(conversation.members % people)
    cookies = [f"sessionid={key}" for key in made["keys"]]
    talk = conversation.talk(made)
    (place / "bare.py").write_text(BARE, "utf-8")
    bare_site = replace(site, folder=place)
    with (
        running(site, daphne("config.asgi:application")) as started,
        running(bare_site, daphne("bare:application")) as bare_started,
    ):

        def fan(name: str, base: str, path: str, talk: Talk, who: Sequence[str]) -> Fan:
            url = f"ws://{urlsplit(base).netloc}{path}"
            return Fan(name, url, started.base, talk, who)

        name = site.project.slug
        ours = fan(name, started.base, conversation.path, talk, cookies)
        simple = Talk(talk.message, talk.key)
        nobody = [""] * len(cookies)
        bare = fan("bare Channels", bare_started.base, "/", simple, nobody)
        for _ in range(ROUNDS):
            asyncio.run(bare.once())
            asyncio.run(ours.once())
    print(f"{len(cookies)} sockets on one process, {ROUNDS * MESSAGES} messages to all")
    print(f"  {ours.told()} (delivered/sent must be 1.000)")
    print(f"  {bare.told()}")
    ratios = [
        a / b
        for a, b in zip(
            statistics.quantiles(ours.seconds, n=100),
            statistics.quantiles(bare.seconds, n=100),
            strict=True,
        )
    ]
    print(
        f"  latency of {name} against bare Channels: {ratios[49]:.2f} at the median, "
        f"{ratios[98]:.2f} at the 99th percentile (at most 2)",
        flush=True,
    )


# ---------------------------------------------------------------------------- a cache

COLD_AND_WARM = """
import json, statistics, time
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
settings.ALLOWED_HOSTS = ["testserver"]
rates = settings.REST_FRAMEWORK.setdefault("DEFAULT_THROTTLE_RATES", {})
for scope in rates:
    rates[scope] = None
client = Client()

def once():
    start = time.perf_counter()
    with CaptureQueriesContext(connection) as context:
        answer = client.get(%r)
    taken = time.perf_counter() - start
    assert answer.status_code == 200, answer.status_code
    return taken, len(context)

cold, warm = [], []
once()
for _ in range(%d):
    cache.clear()
    cold.append(once())
    warm.append(once())
print(json.dumps({
    "cold_ms": 1000 * statistics.median(c[0] for c in cold),
    "warm_ms": 1000 * statistics.median(w[0] for w in warm),
    "cold_queries": sorted({c[1] for c in cold}),
    "warm_queries": sorted({w[1] for w in warm}),
}))
"""


def cold_and_warm(
    site: Site, path: str, grow: Callable[[int], object], *, rounds: int = 15
) -> None:
    """Prints an answer with 10 and with 10,000 rows, from the database and the cache.

    Args:
        site: a project that is migrated.
        path: an address of its API that is answered from a cache.
        grow: brings the rows that it lists to a number.
        rounds: of which the medians are taken.
    """
    name = site.project.slug
    counts: list[Any] = []
    for wanted in (10, 10_000):
        grow(wanted)
        found = site.shell(COLD_AND_WARM % (path, rounds))
        counts.append(found["cold_queries"])
        ratio = found["cold_ms"] / found["warm_ms"]
        print(
            f"{name}: GET {path} with {wanted} rows: cold "
            f"{found['cold_ms']:.1f} ms and {found['cold_queries']} queries, warm "
            f"{found['warm_ms']:.2f} ms and {found['warm_queries']} queries: "
            f"{ratio:.1f} times (with 10000 at least 5); medians of {rounds}",
            flush=True,
        )
    flat = "the same" if counts[0] == counts[1] else "NOT THE SAME"
    print(f"{name}: queries of a cold list with 10 and with 10000 rows: {flat}")


# ----------------------------------------------------------------------- the projects


def benches(specs: Path = SPECS) -> dict[str, Path]:
    """The file of each project that has a load of its own, by the project's slug."""
    found = sorted(specs.glob("*/checks/bench.py"))
    return {file.parent.parent.name: file for file in found}


def conversation(slug: str, specs: Path = SPECS) -> Conversation | None:
    """The conversation that a project's file names; None where there is none."""
    file = benches(specs).get(slug)
    found = runpy.run_path(str(file)).get("CONVERSATION") if file else None
    return found if isinstance(found, Conversation) else None


def run_benches(slugs: Sequence[str], place: Path, specs: Path = SPECS) -> None:
    """Runs the loads of some projects, or of all that have one.

    Raises:
        SpecError: a project has none, or its file has no function ``bench``.
    """
    files = benches(specs)
    for slug in slugs:
        if slug not in files:
            raise SpecError(
                f"there is no specs/{slug}/checks/bench.py; projects with a load of "
                f"their own: {', '.join(files) or 'none'}"
            )
    for slug in slugs or files:
        bench = runpy.run_path(str(files[slug])).get("bench")
        if not callable(bench):
            raise SpecError(f"specs/{slug}/checks/bench.py: has no function bench")
        folder = place / slug
        folder.mkdir()
        bench(folder)


def main() -> int:
    """Runs the loads of the projects that are named; gives back the exit code."""
    try:
        with tempfile.TemporaryDirectory() as name:
            run_benches(sys.argv[1:], Path(name))
    except (SpecError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
