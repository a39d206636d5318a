"""Claims about Channels, channels_redis and daphne."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

from support import expect, raised, same, start

start("sockets", INSTALLED_APPS=["daphne", "channels"], ALLOWED_HOSTS=["chat.org"])

from channels.db import database_sync_to_async  # noqa: E402
from channels.exceptions import ChannelFull  # noqa: E402
from channels.generic.websocket import (  # noqa: E402
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from channels.layers import InMemoryChannelLayer  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.testing import WebsocketCommunicator  # noqa: E402

urlpatterns: list[object] = []


def synchronous_consumers_share_a_thread() -> None:
    seen: list[int] = []

    class Consumer(WebsocketConsumer):
        def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
            seen.append(threading.get_ident())
            self.send("done")

    async def talk() -> None:
        sockets = [WebsocketCommunicator(Consumer.as_asgi(), "/") for _ in range(4)]
        for each in sockets:
            await each.connect()
        for each in sockets:
            await each.send_to(text_data="x")
        for each in sockets:
            await each.receive_from(60)
        for each in sockets:
            await each.disconnect()

    asyncio.run(talk())
    same((len(seen), len(set(seen))), (4, 1), "frames, and the threads that took them")


def database_calls_queue() -> None:
    running, most = 0, 0

    @database_sync_to_async
    def call() -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threading.Event().wait(0.02)
        running -= 1
        return threading.get_ident()

    async def all_of_them() -> list[int]:
        return list(await asyncio.gather(*(call() for _ in range(5))))

    found = asyncio.run(all_of_them())
    same((len(set(found)), most), (1, 1), "threads, and the most calls at one time")


def the_layer_in_memory_drops_silently() -> None:
    async def fill() -> tuple[Any, ...]:
        layer = InMemoryChannelLayer(capacity=2)
        names = [await layer.new_channel() for _ in range(2)]
        for name in names:
            await layer.group_add("room", name)
        for number in range(3):
            await layer.group_send("room", {"type": "x", "number": number})
        waiting = [layer.channels[name].qsize() for name in names]
        try:
            await layer.send(names[0], {"type": "x"})
        except ChannelFull:
            return waiting, "ChannelFull"
        return waiting, None

    seen = asyncio.run(fill())
    same(seen, ([2, 2], "ChannelFull"), "events that wait, and what send() raises")


def waiting_sockets_share_a_connection() -> None:
    from channels_redis.core import RedisChannelLayer

    async def wait() -> int:
        layer = RedisChannelLayer(hosts=[os.environ["REDIS_URL"]])
        names = [await layer.new_channel() for _ in range(50)]
        tasks = [asyncio.create_task(layer.receive(name)) for name in names]
        # The first of them holds the lock and has asked Redis once this is answered.
        await layer.send(names[0], {"type": "x"})
        await tasks[0]
        pool = layer.connection(0).connection_pool
        await layer.send(names[1], {"type": "x"})
        await tasks[1]
        number = len(pool._available_connections) + len(pool._in_use_connections)
        for task in tasks:
            task.cancel()
        # Up to Python 3.11 redis-py may lose the cancellation; nobody waits for it.
        await asyncio.wait(tasks, timeout=0.1)
        return number

    number = asyncio.run(wait_and_leave(wait()))
    expect(0 < number < 5, f"{number} connections for fifty receivers")


async def wait_and_leave(work: Any) -> Any:
    return await work


def other_origins_are_denied() -> None:
    class Consumer(AsyncWebsocketConsumer):
        pass

    async def opened(origin: str) -> bool:
        application = AllowedHostsOriginValidator(Consumer.as_asgi())
        headers = [(b"origin", origin.encode())]
        each = WebsocketCommunicator(application, "/", headers=headers)
        accepted, _ = await each.connect()
        await each.disconnect()
        return bool(accepted)

    same(asyncio.run(opened("https://chat.org")), True, "an allowed host's page")
    same(asyncio.run(opened("http://chat.org:8001")), True, "the same on another port")
    same(asyncio.run(opened("https://evil.org")), False, "another site's page")


def daphne_has_to_stand_first() -> None:
    from daphne.checks import check_daphne_installed
    from django.apps import apps
    from django.test.utils import override_settings

    with override_settings(INSTALLED_APPS=["django.contrib.staticfiles", "daphne"]):
        found = check_daphne_installed(apps.get_app_configs())
    same([error.id for error in found], ["daphne.E001"], "daphne behind staticfiles")


def group_names_are_checked() -> None:
    layer = InMemoryChannelLayer()

    def valid(name: str) -> bool:
        return raised(layer.require_valid_group_name, name) is None

    same(valid("room-1_a.b"), True, "letters, digits, hyphen, underscore, full stop")
    same([valid("room 1"), valid("r:1"), valid("r" * 100)], [False] * 3, "others")


def one_waiting_socket_times_out() -> None:
    from channels_redis.core import RedisChannelLayer
    from redis.exceptions import TimeoutError as RedisTimeoutError

    host = {"address": os.environ["REDIS_URL"], "socket_timeout": 0.5}

    async def wait() -> list[list[BaseException | None]]:
        layer = RedisChannelLayer(hosts=[host])
        names = [await layer.new_channel() for _ in range(3)]
        waiting = {asyncio.create_task(layer.receive(name)) for name in names}
        ended = []
        for _ in range(2):
            done, waiting = await asyncio.wait(
                waiting, timeout=60, return_when=asyncio.FIRST_COMPLETED
            )
            ended.append([task.exception() for task in done])
        for task in waiting:
            task.cancel()
        # Up to Python 3.11 redis-py may lose the cancellation; nobody waits for it.
        await asyncio.wait(waiting, timeout=0.1)
        return ended

    ended = asyncio.run(wait_and_leave(wait()))
    kinds = [[type(error) for error in at_once] for at_once in ended]
    same(kinds, [[RedisTimeoutError]] * 2, "what ended first, and what ended next")
    expect(all("Timeout reading" in str(error) for [error] in ended), repr(ended))


def gathered_receives_leave_the_mock() -> None:
    import channels.db
    from django.db import close_old_connections

    class Consumer(AsyncWebsocketConsumer):
        async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
            await self.send("done")

    async def talk(*, gathered: bool) -> bool:
        """Whether connections are closed as ever once two sockets have been read."""
        first, second = (
            WebsocketCommunicator(Consumer.as_asgi(), "/") for _ in range(2)
        )
        for each in (first, second):
            await each.connect()
        await first.send_to(text_data="x")
        if gathered:

            async def then_the_other() -> None:
                await first.receive_from(60)
                await second.send_to(text_data="x")

            await asyncio.gather(then_the_other(), second.receive_from(60))
        else:
            await first.receive_from(60)
            await second.send_to(text_data="x")
            await second.receive_from(60)
        found = channels.db.close_old_connections is close_old_connections
        for each in (first, second):
            await each.disconnect()
        return found

    same(asyncio.run(talk(gathered=False)), True, "read one after the other")
    same(asyncio.run(talk(gathered=True)), False, "read at the same time")
    same(channels.db.close_old_connections(), None, "what is left in its place")
    channels.db.close_old_connections = close_old_connections
    same(asyncio.run(talk(gathered=False)), True, "put back by hand")
