# task cache-store: file
"""The cache that may be away: silent, gone, refusing, and back again."""

import logging
import time

import pytest
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError

from config.cache import PAUSE, ResilientRedisCache

AWAY = [
    ConnectionError("Nobody listens."),
    TimeoutError("It says nothing."),
    ReadOnlyError("You can't write against a read only replica."),
    OutOfMemoryError("Used memory is above the limit."),
]


class Server:
    """In the place of the client: it keeps what it is told, or raises `error`."""

    def __init__(self):
        self.error, self.calls, self.kept = None, 0, {}

    def __getattr__(self, name):
        def call(key=None, value=None, *args):
            self.calls += 1
            if self.error:
                raise self.error
            if name == "set":
                self.kept[key] = value
            return self.kept.get(key, value) if name == "get" else bool(self.kept)

        return call


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(ResilientRedisCache, "_cache", server)
    monkeypatch.setattr(ResilientRedisCache, "asked_again_at", {"redis://one": 0.0})
    return server


@pytest.fixture
def cache(server):
    return ResilientRedisCache("redis://one", {})


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("name", "given", "away"),
    [
        ("get", ["a", 7], 7),
        ("get_many", [["a"]], {}),
        ("has_key", ["a"], False),
        ("add", ["a", 1], False),
        ("set", ["a", 1], None),
        ("set_many", [{"a": 1}], []),
        ("touch", ["a"], False),
        ("delete", ["a"], False),
        ("delete_many", [["a"]], None),
        ("clear", [], False),
    ],
)
def test_without_redis_nothing_is_found(cache, server, error, name, given, away):
    server.error = error
    for _ in range(2):
        assert getattr(cache, name)(*given) == away
    assert server.calls == 1


def test_without_redis_nothing_is_counted(cache, server):
    server.error = AWAY[0]
    with pytest.raises(ValueError):
        cache.incr("a")


def test_it_is_told_once_and_asked_again_later(cache, server, caplog, monkeypatch):
    server.error = AWAY[0]
    with caplog.at_level(logging.WARNING):
        for _ in range(9):
            cache.set("a", 1)
    assert len(caplog.records) == 1
    server.error = None
    cache.set("a", 1)
    assert not server.kept
    later = time.monotonic() + PAUSE
    monkeypatch.setattr(time, "monotonic", lambda: later)
    cache.set("a", 1)
    assert cache.get("a") == 1


def test_error_of_ours_is_shown(cache, server):
    server.error = TypeError("cannot pickle")
    with pytest.raises(TypeError):
        cache.set("a", print)


def test_site_lives_without_a_cache(client, make_recipe, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "config.cache.ResilientRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    make_recipe("Leek soup")
    for path in ("/", "/recipes/", "/recipes/leek-soup/", "/api/recipes/"):
        assert b"Leek soup" in client.get(path).content
