"""What the acceptance tests of caching share: writes of every kind, and the truth."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.cache.backends.locmem import LocMemCache

from acceptance.recipes import (
    changed,
    delete,
    fill,
    ingredient,
    page_of,
    rating,
    recipe_form,
    rows_in,
)
from acceptance.recipes_api import endpoint, read, send
from acceptance.samples import label, title_of
from acceptance.support import Page, Some, Visitor, committed, load, queries_of

LOOK = "recipes/generations.py, and the signals that call it"


class Kitchen:
    """A published recipe of a cook, with what a write needs."""

    def __init__(self, visitor: Visitor, some: Some, make_user: Any, one: Any) -> None:
        self.visitor, self.some, self.make_user, self.one = (
            visitor,
            some,
            make_user,
            one,
        )
        self.cook = visitor.sign_in(one.author)
        self.word = label(some)

    def save(self, row: Any, **fields: Any) -> None:
        """Changes a row and saves it, committed."""
        for name, value in fields.items():
            setattr(row, name, value)
        with committed():
            row.save()


def by_form(k: Kitchen) -> None:
    """A new title by the edit page."""
    form = recipe_form(k.cook.get(page_of(k.one, "edit")))
    form.send(title=f"{k.word} {title_of(k.some)}").expect_redirect()


def new_by_form(k: Kitchen) -> None:
    """A new recipe by the page for it."""
    form = recipe_form(k.cook.get("/write/"))
    given = fill(form, k.some, category=k.one.category.pk, status="published")
    assert rows_in(form, "steps")
    form.send(given).expect_redirect()


def by_api(k: Kitchen) -> None:
    """A new title by the API."""
    read(send(k.cook, "PATCH", endpoint("recipe-detail", k.one), {"title": k.word}))


def gone_by_api(k: Kitchen) -> None:
    """Deleted by the API."""
    k.cook.send("DELETE", endpoint("recipe-detail", k.one)).expect_status(204)


def rated_by_api(k: Kitchen) -> None:
    """Stars by the API."""
    guest = k.visitor.sign_in(k.make_user())
    read(send(guest, "PUT", endpoint("recipe-rating", k.one), {"stars": 2}))


def by_admin(k: Kitchen) -> None:
    """A new name for the category, in the admin."""
    boss = k.visitor.sign_in(k.make_user(is_staff=True, is_superuser=True))
    path = f"/admin/recipes/category/{k.one.category.pk}/change/"
    boss.get(path).expect_form("name").send(name=k.word).expect_redirect()


WRITES: dict[str, Callable[[Kitchen], Any]] = {
    "a title changed by the site's form": by_form,
    "a recipe written by the site's form": new_by_form,
    "a title changed by the API": by_api,
    "a recipe deleted by the API": gone_by_api,
    "a rating by the API": rated_by_api,
    "a category renamed in the admin": by_admin,
    "a title changed by save()": lambda k: k.save(k.one, title=k.word),
    "a recipe set back to draft": lambda k: k.save(k.one, status="draft"),
    "a recipe deleted": lambda k: delete(k.one, look=LOOK),
    "an ingredient added": lambda k: ingredient(k.some, k.one, name=f"leek {k.word}"),
    "an ingredient renamed": lambda k: k.save(k.one.ingredients.get(), name="leek"),
    "an ingredient deleted": lambda k: delete(k.one.ingredients.get(), look=LOOK),
    "a category renamed": lambda k: k.save(
        k.one.category, name=k.word, slug=k.some.slug()
    ),
    "a rating added": lambda k: rating(k.one, k.make_user(), 5),
    "a rating changed": lambda k: k.save(k.one.ratings.first(), stars=1),
    "a rating deleted": lambda k: delete(k.one.ratings.first(), look=LOOK),
    "a user renamed": lambda k: k.save(k.one.author, username=k.word.lower()),
    "a user's first name changed": lambda k: k.save(k.one.author, first_name=k.word),
    "a user deleted with their recipes": lambda k: delete(k.one.author, look=LOOK),
}


def kitchen(visitor: Visitor, some: Some, make_user: Any, one: Any) -> Kitchen:
    """A kitchen with a recipe that has one rating and one ingredient, 'leek'."""
    __tracebackhide__ = True
    load("recipes.generations", look="recipes/generations.py")
    rating(one, make_user(), 3)
    changed(one.ingredients.get(), name=f"leek {label(some)}")
    return Kitchen(visitor, some, make_user, one)


def cost(who: Visitor, path: str, **options: Any) -> tuple[Page, int]:
    """An answer, and the number of its queries."""
    __tracebackhide__ = True
    page, sent = queries_of(lambda: who.send("GET", path, **options))
    return page, len(sent)


# They are kept, so that no other program gets their ports: who does not listen refuses.
_closed: list[socket.socket] = []


def closed_port() -> int:
    """A port at which nobody listens, as long as this process runs."""
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    _closed.append(one)
    return int(one.getsockname()[1])


def cache_at(settings: Any, port: int) -> None:
    """The site's cache is a Redis at this port from now on."""
    __tracebackhide__ = True
    load("config.cache.ResilientRedisCache", look="config/cache.py")
    settings.CACHES = {
        "default": {
            "BACKEND": "config.cache.ResilientRedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
        }
    }


def cache_away(settings: Any) -> None:
    """The site's cache is gone from now on."""
    cache_at(settings, closed_port())


class CountingCache(LocMemCache):
    """A cache in memory that remembers under how many keys things were kept in it."""

    keys: ClassVar[set[str]] = set()

    def set(self, key: str, *args: Any, **kwargs: Any) -> None:
        """Keeps a value."""
        self.keys.add(key)
        super().set(key, *args, **kwargs)

    def add(self, key: str, *args: Any, **kwargs: Any) -> bool:
        """Keeps a value unless there is one."""
        self.keys.add(key)
        return bool(super().add(key, *args, **kwargs))


# What Redis says when it is there and does not do what it is asked.
REFUSALS = {
    "its disk is full": "MISCONF Errors writing to the AOF file: No space left",
    "it is a replica": "READONLY You can't write against a read only replica.",
    "its memory is full": "OOM command not allowed when used memory > 'maxmemory'.",
    "it is still loading": "LOADING Redis is loading the dataset in memory",
    "it wants a password": "NOAUTH Authentication required.",
    "it may not be written": "NOPERM this user has no permissions to run the command",
}
# A server in these straits answers to everything with the same sentence.
REFUSE_ALL = ("LOADING", "NOAUTH", "NOPERM")
READS = {"GET", "MGET", "EXISTS", "TTL", "PTTL", "PING"}
GREETINGS = {"CLIENT", "SELECT"}


class TinyRedis(socketserver.ThreadingTCPServer):
    """A server that speaks as Redis does: it keeps what it is told, or refuses.

    ``with TinyRedis(refusal) as one:`` listens at ``one.port``; ``one.refusal = ""``
    lets it work from then on.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, refusal: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.refusal = refusal
        self.port = int(self.server_address[1])
        self.values: dict[bytes, bytes] = {}
        self.flushed = 0

    def __enter__(self) -> TinyRedis:
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def answer(self, name: str, rest: list[bytes], null: bytes) -> bytes:
        """What Redis says to a command; ``null`` is how it says "nothing"."""
        self.flushed += name in ("FLUSHDB", "FLUSHALL")
        if name in GREETINGS:
            return b"+OK\r\n"
        if self.refusal and (name not in READS or self.refusal.startswith(REFUSE_ALL)):
            return f"-{self.refusal}\r\n".encode()
        if name == "SET":
            self.values[rest[0]] = rest[1]
            return b"+OK\r\n"
        if name == "GET":
            return self.bulk(rest[0], null)
        if name == "MGET":
            return b"*%d\r\n" % len(rest) + b"".join(self.bulk(k, null) for k in rest)
        if name == "EXISTS":
            return b":%d\r\n" % sum(key in self.values for key in rest)
        if name == "DEL":
            gone = [self.values.pop(key, None) for key in rest]
            return b":%d\r\n" % sum(value is not None for value in gone)
        return b"-ERR unknown command\r\n"

    def bulk(self, key: bytes, null: bytes) -> bytes:
        """The value of a key as Redis sends it."""
        value = self.values.get(key)
        return null if value is None else b"$%d\r\n%b\r\n" % (len(value), value)


class _Talk(socketserver.StreamRequestHandler):
    server: TinyRedis

    def handle(self) -> None:
        null = b"$-1\r\n"
        while head := self.rfile.readline():
            name, *rest = [self.part() for _ in range(int(head[1:]))]
            if name.upper() == b"HELLO":  # from here on in the third protocol
                null = b"_\r\n"
                self.wfile.write(b"%1\r\n+proto\r\n:" + rest[0] + b"\r\n")
                continue
            self.wfile.write(self.server.answer(name.decode().upper(), rest, null))

    def part(self) -> bytes:
        length = int(self.rfile.readline()[1:])
        return self.rfile.read(length + 2)[:-2]
