"""Load on the projects that stay connected or answer from a cache.

Chat: many open sockets on one server process, messages that fan out to one room, beside
a bare Channels consumer that only hands on what it is sent, on the same machine, by
turns, with the same Redis, server and client.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect

from djangopath import catalogue
from tools import cuts, environments, services, site

SOCKETS = 200
MESSAGES = 50
ROUNDS = 4
WAIT = 30.0
QUIET = 1.0

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

# Members of one room, each signed in.
MEMBERS = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
)
from chat.models import Membership, Room
User = get_user_model()
users = User.objects.bulk_create(
    [User(username=f"load{number}", password="!") for number in range(%d)]
)
room = Room.objects.create(name="Load", created_by=users[0])
Membership.objects.bulk_create([Membership(room=room, user=user) for user in users])
Store = import_module(settings.SESSION_ENGINE).SessionStore
keys = []
for user in users:
    session = Store()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    keys.append(session.session_key)
print(json.dumps({"room": room.pk, "keys": keys}))
"""


@dataclass
class Fan:
    """Open sockets that all hear what one of them sends."""

    name: str
    url: str
    origin: str
    room: int = 0
    keys: list[str] = field(default_factory=list)
    sent: int = 0
    delivered: int = 0
    seconds: list[float] = field(default_factory=list)

    async def once(self) -> None:
        """One round: opens all sockets, sends one message after the other, closes."""
        async with AsyncExitStack() as stack:
            sockets = await asyncio.gather(
                *(self._open(stack, number) for number in range(SOCKETS))
            )
            got: dict[str, list[float]] = {}
            whole = asyncio.Event()
            arrived = [time.perf_counter()]
            readers = [
                asyncio.create_task(_read(s, got, whole, arrived)) for s in sockets
            ]
            # Two hundred who come at once are told of one another; a message's own
            # time is measured when that is over.
            while time.perf_counter() - arrived[0] < QUIET:
                await asyncio.sleep(QUIET / 4)
            for number in range(MESSAGES):
                key = str(uuid4())
                frame = {"type": "message.send", "room": self.room, "client_id": key}
                text = json.dumps(frame | {"body": f"Message {number} of a load test"})
                got[key] = []
                whole.clear()
                start = time.perf_counter()
                await sockets[number * 7 % SOCKETS].send(text)
                with suppress(TimeoutError):
                    await asyncio.wait_for(whole.wait(), WAIT)
                self.sent += SOCKETS
                self.delivered += len(got[key])
                self.seconds += [moment - start for moment in got[key]]
            for reader in readers:
                reader.cancel()

    async def _open(self, stack: AsyncExitStack, number: int) -> ClientConnection:
        headers = {}
        if self.keys:
            headers["Cookie"] = f"sessionid={self.keys[number]}"
        socket = await stack.enter_async_context(
            connect(
                self.url,
                origin=self.origin,  # type: ignore[arg-type]
                additional_headers=headers,
                proxy=None,
                open_timeout=WAIT,
            )
        )
        if self.keys:
            await socket.send(json.dumps({"type": "room.open", "room": self.room}))
            async with asyncio.timeout(WAIT):
                while json.loads(await socket.recv())["type"] != "room.opened":
                    pass
        return socket

    def told(self) -> str:
        """What was measured, in a line."""
        cuts = statistics.quantiles(self.seconds, n=100)
        return (
            f"{self.name}: delivered/sent {self.delivered / self.sent:.3f} "
            f"({self.delivered} of {self.sent}), latency "
            f"{1000 * cuts[49]:.1f} ms at the median, {1000 * cuts[98]:.1f} ms at the "
            "99th percentile"
        )


async def _read(
    socket: ClientConnection,
    got: dict[str, list[float]],
    whole: asyncio.Event,
    arrived: list[float],
) -> None:
    """Notes when each message arrives at a socket."""
    async for text in socket:
        now = arrived[0] = time.perf_counter()
        frame: dict[str, Any] = json.loads(text)
        if frame.get("type") not in ("message.new", "message.send"):
            continue
        key = frame.get("message", frame)["client_id"]
        got[key].append(now)
        if len(got[key]) == SOCKETS:
            whole.set()


@contextmanager
def daphne(python: Path, cwd: Path, module: str, env: dict[str, str]) -> Iterator[int]:
    """One process of daphne; gives its port."""
    with services.held_port() as port:
        command = [str(python), "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)]
        with site.serving([*command, "-v", "1", module], cwd, env, port):
            yield port


def chat(place: Path) -> None:
    """Prints the latency of the finished chat beside that of a bare consumer."""
    project = catalogue.load("chat")
    folder = cuts.write_cut(project, len(project.tasks), place / "chat")
    python = environments.environment(project)
    (place / "bare.py").write_text(BARE, "utf-8")
    with services.real(project) as env:
        served = site.Site(project, folder, python, "", env)
        served.manage("migrate", "--verbosity", "0")
        made = served.shell(MEMBERS % SOCKETS)
        with (
            daphne(python, folder, "config.asgi:application", env) as port,
            daphne(python, place, "bare:application", env) as bare_port,
        ):
            origin = f"http://127.0.0.1:{port}"
            ours = Fan("chat", f"ws://127.0.0.1:{port}/ws/chat/", origin, **made)
            bare = Fan("bare Channels", f"ws://127.0.0.1:{bare_port}/", origin)
            for _ in range(ROUNDS):
                asyncio.run(bare.once())
                asyncio.run(ours.once())
    print(f"{SOCKETS} sockets on one process, {ROUNDS * MESSAGES} messages to a room")
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
        f"  latency of chat against bare Channels: {ratios[49]:.2f} at the median, "
        f"{ratios[98]:.2f} at the 99th percentile (at most 2)",
        flush=True,
    )


# --------------------------------------------------------------------------- recipes

RECIPES = """
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
        answer = client.get("/api/recipes/?page_size=100")
    taken = time.perf_counter() - start
    assert answer.status_code == 200, answer.status_code
    return taken, len(context), answer.json()["count"]

cold, warm = [], []
once()
for _ in range(%d):
    cache.clear()
    cold.append(once())
    warm.append(once())
print(json.dumps({
    "recipes": cold[0][2],
    "cold_ms": 1000 * statistics.median(c[0] for c in cold),
    "warm_ms": 1000 * statistics.median(w[0] for w in warm),
    "cold_queries": sorted({c[1] for c in cold}),
    "warm_queries": sorted({w[1] for w in warm}),
}))
"""

GROW = """
import json
from django.contrib.auth import get_user_model
from django.utils import timezone
from recipes.models import Category, Ingredient, Rating, Recipe, Step
User = get_user_model()
wanted = %d
old = Recipe.objects.count()
cooks = [User.objects.get_or_create(username=f"cook{n}")[0] for n in range(20)]
shelves = [
    Category.objects.get_or_create(name=f"Shelf {n}", slug=f"shelf-{n}")[0]
    for n in range(10)
]
now = timezone.now()
fresh = Recipe.objects.bulk_create(
    [
        Recipe(
            author=cooks[n %% 20], category=shelves[n %% 10], title=f"Recipe {n}",
            slug=f"recipe-{n}", description="Slow, and worth it. " * 5, servings=4,
            prep_minutes=10, cook_minutes=n %% 90, status="published", published_at=now,
        )
        for n in range(old, wanted)
    ],
    batch_size=500,
)
Ingredient.objects.bulk_create(
    [
        Ingredient(recipe=r, position=p, amount=p, unit="g", name=f"thing {p}")
        for r in fresh for p in range(1, 6)
    ],
    batch_size=1000,
)
Step.objects.bulk_create(
    [
        Step(recipe=r, position=p, text="Stir until it looks right.")
        for r in fresh for p in range(1, 4)
    ],
    batch_size=1000,
)
Rating.objects.bulk_create(
    [
        Rating(recipe=r, user=cook, stars=1 + r.pk %% 5)
        for r in fresh for cook in cooks[:2]
    ],
    batch_size=1000,
)
print(json.dumps(Recipe.objects.count()))
"""


def recipes(place: Path, rounds: int) -> None:
    """Prints the API's list of 10 and of 10,000 recipes, cold and warm."""
    project = catalogue.load("recipes")
    folder = cuts.write_cut(project, len(project.tasks), place / "recipes")
    with services.real(project) as env:
        python = environments.environment(project)
        served = site.Site(project, folder, python, "", env)
        served.manage("migrate", "--verbosity", "0")
        counts: list[Any] = []
        for wanted in (10, 10_000):
            served.shell(GROW % wanted)
            found = served.shell(RECIPES % rounds)
            counts.append(found["cold_queries"])
            ratio = found["cold_ms"] / found["warm_ms"]
            print(
                f"recipes: GET /api/recipes/ with {found['recipes']} recipes: cold "
                f"{found['cold_ms']:.1f} ms and {found['cold_queries']} queries, warm "
                f"{found['warm_ms']:.2f} ms and {found['warm_queries']} queries: "
                f"{ratio:.1f} times (with 10000 at least 5); medians of {rounds}",
                flush=True,
            )
    flat = "the same" if counts[0] == counts[1] else "NOT THE SAME"
    print(f"recipes: queries of a cold list with 10 and with 10000 recipes: {flat}")


def main(words: list[str], place: Path) -> None:
    loads: dict[str, Callable[[], None]] = {
        "chat": lambda: chat(place),
        "recipes": lambda: recipes(place, 15),
    }
    for word in words or loads:
        loads[word]()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        main(sys.argv[1:], Path(name))
