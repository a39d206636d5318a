"""Claims about Redis, redis-py and Django's cache on it."""

from __future__ import annotations

import os
import socket
from unittest.mock import patch

from support import expect, raised, same, start

import redis  # isort: skip


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cache_on(url: str) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    start(CACHES={"default": {"BACKEND": backend, "LOCATION": url}})


def redis_py_gives_up_after_five_seconds() -> None:
    connection = redis.Connection()
    same(connection.socket_timeout, 5, "socket_timeout by default")
    same(connection.socket_connect_timeout, 5, "socket_connect_timeout by default")


def the_cache_does_not_retry() -> None:
    cache_on(f"redis://127.0.0.1:{closed_port()}")
    from django.core.cache import cache

    tried: list[object] = []
    connect = redis.Connection._connect

    def counted(self: redis.Connection) -> object:
        tried.append(1)
        return connect(self)

    with patch.object(redis.Connection, "_connect", counted):
        error = raised(cache.get, "key")
    same(error, redis.exceptions.ConnectionError, "get() of a Redis that is away")
    same(len(tried), 1, "times that it tried to connect")


def errors_of_redis_have_one_class() -> None:
    errors = redis.exceptions
    kinds = (
        errors.ConnectionError,
        errors.TimeoutError,
        errors.ReadOnlyError,
        errors.OutOfMemoryError,
        errors.ResponseError,
        errors.DataError,
    )
    rest = [kind.__name__ for kind in kinds if not issubclass(kind, errors.RedisError)]
    same(rest, [], "errors that are no RedisError")
    os_errors = [kind.__name__ for kind in kinds if issubclass(kind, OSError)]
    same(os_errors, [], "errors that are an OSError")


def clear_empties_the_whole_database() -> None:
    cache_on(os.environ["REDIS_URL"])
    from django.core.cache import cache

    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.set("of-another-program", "here")
    cache.set("mine", 1)
    cache.clear()
    same(client.dbsize(), 0, "keys after cache.clear()")


def incr_keeps_the_time_to_live() -> None:
    cache_on(os.environ["REDIS_URL"])
    from django.core.cache import cache

    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    cache.add("count", 0, timeout=1000)
    cache.incr("count")
    same(cache.get("count"), 1, "the count")
    expect(0 < client.ttl(":1:count") <= 1000, f"ttl {client.ttl(':1:count')}")


def integers_are_stored_without_pickle() -> None:
    cache_on(os.environ["REDIS_URL"])
    from django.core.cache import cache

    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    cache.set("number", 7)
    same(client.get(":1:number"), b"7", "what Redis holds of 7")
    expect(raised(cache.set, "key", lambda: 1) is not None, "a lambda can be pickled")
    error = raised(cache.set, "key", lambda: 1)
    expect(
        not issubclass(error or Exception, redis.exceptions.RedisError),
        f"a value that cannot be pickled raises {error}",
    )
