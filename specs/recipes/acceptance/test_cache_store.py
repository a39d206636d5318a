"""cache-store: one cache for all processes, and a site that lives without it."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import cache

import pytest

from acceptance.recipes import (
    fresh,  # noqa: F401
    named,
    page_of,
    published,
)
from acceptance.recipes_cache import (
    REFUSALS,
    TinyRedis,
    cache_at,
    cache_away,
    closed_port,
)
from acceptance.support import ROOT, NotYet, expect, load, model, patience, told

LOOK = "config/cache.py, ResilientRedisCache"
SETTINGS = "config/settings.py, CACHES"
SCRIPT = """
from django.conf import settings
one = settings.CACHES["default"]
print("answer", one["BACKEND"], one.get("LOCATION", ""), settings.CACHE_SECONDS)
"""


class Silent:
    """A server that accepts connections and never answers; it counts them."""

    def __enter__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.open, self.own = [], 0
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def count(self):
        """How many connections others have made so far, even if only just now."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            own = last.getsockname()
            # They are accepted in their order: once this one is, all before it are.
            while own not in [address for _, address in self.open]:
                time.sleep(0.01)
        self.own += 1
        return len(self.open) - self.own

    def _accept(self):
        while True:
            try:
                self.open.append(self.server.accept())
            except OSError:
                return

    def __exit__(self, *error):
        self.server.close()
        for one, _ in self.open:
            one.close()


def backend(port):
    """The learner's cache at a port, or a sentence."""
    __tracebackhide__ = True
    from django.core.cache.backends.redis import RedisCache

    # Anew, as in another process: a pause may be kept on the class or in the module.
    sys.modules.pop("config.cache", None)
    kind = load("config.cache.ResilientRedisCache", look="config/cache.py")
    expect(
        isinstance(kind, type) and issubclass(kind, RedisCache),
        did="Imported config.cache.ResilientRedisCache",
        wanted="a subclass of django.core.cache.backends.redis.RedisCache",
        got=repr(kind),
        look=LOOK,
    )
    return kind(f"redis://127.0.0.1:{port}/0", limits())


@cache  # it starts an interpreter, and the settings stay as they are
def limits():
    """The parameters that the settings give the cache under REDIS_URL."""
    __tracebackhide__ = True
    said = read_settings(
        "import json; print('answer', json.dumps({k: v for k, v in "
        "settings.CACHES['default'].items() if k not in ('BACKEND', 'LOCATION')}))",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    try:
        return json.loads(said)
    except ValueError:
        return {}


def read_settings(script, **env):
    """What a script prints behind "answer" under these environment variables."""
    __tracebackhide__ = True
    ours = ("REDIS_URL", "CACHE_SECONDS", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    kept |= {"DJANGO_SETTINGS_MODULE": "config.settings", **env}
    done = subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings\n{script}"],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    lines = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
    return lines[-1].removeprefix("answer ")


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({}, "django.core.cache.backends.locmem.LocMemCache * 300"),
        (
            {"REDIS_URL": "redis://127.0.0.1:6399/3", "CACHE_SECONDS": "60"},
            "config.cache.ResilientRedisCache redis://127.0.0.1:6399/3 60",
        ),
    ],
)
def test_the_settings(env, wanted):
    """NFR-11: Redis by the environment alone."""
    said = read_settings(SCRIPT, **env)
    found, parts = said.split(), wanted.split()
    if parts[1] == "*":
        found = [found[0], "*", found[-1]] if len(found) > 1 else found
    given = ", ".join(f"{name}={value}" for name, value in env.items())
    expect(
        found == parts,
        did=f"Read settings.CACHES and CACHE_SECONDS with {given or 'no variable set'}",
        wanted=wanted.replace(" *", ","),
        got=said,
        look=SETTINGS,
    )


OPERATIONS = {
    "get(key, default)": (lambda c: c.get("a", 7), 7),
    "get(key)": (lambda c: c.get("a"), None),
    "get_many(keys)": (lambda c: c.get_many(["a", "b"]), {}),
    "get_or_set(key, 5)": (lambda c: c.get_or_set("a", 5, 60), 5),
    "get_or_set(key, function)": (lambda c: c.get_or_set("a", lambda: 6, 60), 6),
    "has_key(key)": (lambda c: c.has_key("a"), False),
    "key in cache": (lambda c: "a" in c, False),
    "add(key, value)": (lambda c: c.add("a", 1, 60), False),
    "touch(key)": (lambda c: c.touch("a", 60), False),
    "delete(key)": (lambda c: c.delete("a"), False),
    "set(key, value)": (lambda c: c.set("a", 1, 60), ...),
    "set_many(values)": (lambda c: c.set_many({"a": 1}, 60), ...),
    "delete_many(keys)": (lambda c: c.delete_many(["a"]), ...),
    "clear()": (lambda c: c.clear(), ...),
    "incr(key)": (lambda c: c.incr("a"), ValueError),
    "decr(key)": (lambda c: c.decr("a"), ValueError),
}


def gives(one, name, *, where):
    """The cache gives what an empty one gives, the first time and from then on."""
    __tracebackhide__ = True
    call, wanted = OPERATIONS[name]
    did = f"Called {name} {where}"
    words = "no error" if wanted is ... else f"{wanted!r}"
    if wanted is ValueError:
        words = "ValueError, as for a key that is not there"
    for _ in range(2):  # the first time, and while it is not asked again
        try:
            found = call(one)
        except ValueError as error:
            found = ValueError if type(error) is ValueError else error
        except Exception as error:
            raise NotYet(did=did, wanted=words, got=told(error), look=LOOK) from error
        expect(
            wanted is ... or (found == wanted and found is not NotImplemented),
            did=did,
            wanted=words,
            got=repr(found),
            look=LOOK,
        )


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_nobody_listens(name):
    """NFR-11: each operation gives what an empty cache gives."""
    one = backend(closed_port())
    gives(one, name, where="with nobody listening at the cache's location")


@pytest.mark.parametrize("why", list(REFUSALS))
def test_a_server_that_refuses(why):
    """NFR-11: a Redis that is there and says no is no better than none."""
    with TinyRedis(REFUSALS[why]) as server:
        for name in OPERATIONS:
            where = f"on a Redis that says {REFUSALS[why]!r} ({why})"
            gives(backend(server.port), name, where=where)


def test_it_comes_back(monkeypatch):
    """NFR-11: away for a while, and then asked again."""
    late = [0.0]
    for name in ("time", "monotonic"):
        real = getattr(time, name)
        monkeypatch.setattr(time, name, lambda real=real: real() + late[0])
    with TinyRedis(REFUSALS["its disk is full"]) as server:
        one = backend(server.port)
        gives(one, "set(key, value)", where="on a Redis whose disk is full")
        server.refusal = ""
        late[0] += 30
        # A pause that another clock measures is waited for.
        end = time.monotonic() + 35
        while (found := one.get("a")) is None and time.monotonic() < end:
            one.set("a", 1, 60)
            time.sleep(0.01)
    expect(
        found == 1,
        did="Called set and get half a minute after a failure, with Redis back",
        wanted="the value kept and found",
        got=repr(found),
        look=LOOK,
    )


def ask_often(one):
    """Asks a cache forty times, none of which may be an error."""
    __tracebackhide__ = True
    try:
        for _ in range(20):
            one.get("a")
            one.set("a", 1, 60)
    except Exception as error:
        raise NotYet(
            did="Called get and set twenty times each with the cache away",
            wanted="no error",
            got=told(error),
            look=LOOK,
        ) from error


def test_a_server_that_says_nothing():
    """NFR-11: a short wait once, and then it is left alone for a while."""
    with Silent() as silent:
        one = backend(silent.port)
        start = time.monotonic()
        try:
            one.get("a")
        except Exception as error:
            raise NotYet(
                did="Called get(key) on a server that never answers",
                wanted="the default",
                got=told(error),
                look=LOOK,
            ) from error
        taken = time.monotonic() - start
        expect(
            taken < 8,  # a second on a quiet machine; without limits, for ever
            did="Called get(key) on a server that never answers",
            wanted="time limits of half a second at most",
            got=f"it took {taken:.0f} seconds",
            look=SETTINGS,
        )
        before = silent.count()
        ask_often(one)
        after = silent.count()
    expect(
        after == before,
        did="Called get and set twenty times each after a failure",
        wanted="Redis not asked again for some seconds",
        got=f"{after - before} more connections",
        look=LOOK,
    )


def test_it_is_told_once(caplog):
    """NFR-11: a warning in the log, and not forty."""
    one = backend(closed_port())
    with caplog.at_level(logging.WARNING):
        ask_often(one)
    count = len(caplog.records)
    expect(
        1 <= count <= 3,
        did="Called get and set twenty times each with nobody listening",
        wanted="a warning in the log, and not one for each operation",
        got=f"{count} records",
        look=LOOK,
    )


@contextmanager
def without_cache(settings, how):
    """The site's cache is away, or refuses to write; how one would say so."""
    __tracebackhide__ = True
    if how == "away":
        cache_away(settings)
        yield "with the cache away"
        return
    with TinyRedis(REFUSALS["its disk is full"]) as server:
        cache_at(settings, server.port)
        yield "with a cache that refuses to write"


HOW = pytest.mark.parametrize("how", ["away", "refusing"])


@HOW
@pytest.mark.parametrize("place", ["/", "/recipes/", "a recipe", "/api/recipes/"])
def test_the_site_lives(visitor, some, make_user, settings, place, how):
    """NFR-11: slower, not down."""
    one = published(some, named(make_user, some))
    path = page_of(one) if place == "a recipe" else place
    with without_cache(settings, how) as said:
        for who in (visitor, visitor.sign_in(make_user())):
            page = who.get(path)
            page.expect_status(200, wanted=f"200 {said} (NFR-11)", look=LOOK)
            expect(
                one.title in page.html,
                did=f"{page.did}, {said}",
                wanted="the recipe on it",
                got="it is not there",
                look=LOOK,
            )


@HOW
def test_a_comment_can_be_sent(visitor, some, make_user, settings, how):
    """NFR-11: writing works as well."""
    one = published(some, named(make_user, some))
    mine = visitor.sign_in(make_user())
    with without_cache(settings, how) as said:
        form = mine.get(page_of(one)).expect_form("body", look=LOOK)
        page = form.send(body=some.sentence())
    page.expect_redirect(wanted=f"a redirect, {said} (NFR-11)", look=LOOK)
    expect(
        model("recipes.Comment").objects.filter(recipe=one).count() == 1,
        did=page.did,
        wanted="the comment stored",
        got="it is not",
        look=LOOK,
    )


def test_a_redis_that_answers():
    """NFR-11: as Django's, where REDIS_URL names one; nothing to see where not."""
    location = os.environ.get("REDIS_URL")
    kind = load("config.cache.ResilientRedisCache", look="config/cache.py")
    if not location:
        return
    one = kind(location, {**limits(), "KEY_PREFIX": f"test{os.getpid()}"})
    did = "Used the cache at REDIS_URL"
    one.set("a", 1, 60)
    found = [
        one.get("a"),
        one.add("a", 2, 60),
        one.incr("a"),
        one.get_many(["a", "b"]),
        "a" in one,
        one.touch("a", 60),
        one.delete("a"),
        one.delete("a"),
        one.get_or_set("b", lambda: 9, 60),
        one.get("b"),
    ]
    one.delete("b")
    wanted = [1, False, 2, {"a": 2}, True, True, True, False, 9, 9]
    expect(
        found == wanted,
        did=did,
        wanted=f"what Django's cache does: {wanted}",
        got=repr(found),
        look=LOOK,
    )
    try:
        one.set("c", lambda: 0, 60)
        ended = "no error"
    except Exception as error:
        ended = type(error).__name__
    expect(
        "Pickl" in ended or ended in ("AttributeError", "TypeError"),
        did="Stored a function in the cache",
        wanted="the error of pickle: a mistake in the program is not hidden",
        got=ended,
        look=LOOK,
    )


def test_your_own_tests_leave_a_redis_alone(tmp_path):
    """NFR-13: whatever REDIS_URL names may be in use; tests keep to what is theirs."""
    with TinyRedis() as server:
        kept = {
            name: value for name, value in os.environ.items() if "PYTEST" not in name
        }
        kept |= {
            "REDIS_URL": f"redis://127.0.0.1:{server.port}/0",
            "DATABASE_URL": f"sqlite:///{(tmp_path / 'own.sqlite3').as_posix()}",
            "PATH_REPORT": "",
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "tests",
            "-q",
            "-p",
            "no:cacheprovider",
        ]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=kept,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + patience(120)
        while process.poll() is None and not server.flushed:
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        process.kill()
        process.wait()
    expect(
        not server.flushed,
        did="Ran pytest tests with REDIS_URL set",
        wanted="the tests keep to a cache of their own, and empty no Redis",
        got="they emptied the Redis at REDIS_URL (FLUSHDB), with all that is in it",
        look="tests/conftest.py: cache.clear() empties the whole server",
    )
