"""A WebSocket's handshake with the whole application, made without a server."""

from __future__ import annotations

import asyncio
from typing import Any

SECONDS = 20


def events(host: str, path: str, origin: str) -> dict[str, Any]:
    """What the application answers to a socket from a page of ``origin``.

    The answer has ``events``, a list of pairs: the type of an event, and its code.
    """
    return {"events": asyncio.run(_handshake(host, path, origin))}


async def _handshake(host: str, path: str, origin: str) -> list[list[Any]]:
    from config.asgi import application

    found: list[list[Any]] = []
    done = asyncio.Event()
    told = iter([{"type": "websocket.connect"}])

    async def receive() -> dict[str, Any]:
        for event in told:
            return event
        await done.wait()
        return {"type": "websocket.disconnect", "code": 1006}

    async def send(event: dict[str, Any]) -> None:
        found.append([event["type"], event.get("code")])
        if event["type"] != "websocket.accept":
            done.set()

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "wss",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", host.encode()), (b"origin", origin.encode())],
        "client": ("127.0.0.1", 50000),
        "server": (host, 443),
        "subprotocols": [],
    }
    await asyncio.wait_for(application(scope, receive, send), SECONDS)
    return found
