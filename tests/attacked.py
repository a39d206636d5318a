"""What comes of a project's pages when others act at the same time, or look closely.

Runs in a project's own environment, from its folder, with the demo data in a database
in memory; test_mistakes.py runs it. Prints JSON::

    python attacked.py '{"pages": ["/"], "seed": "seed_demo", "few": 0}'

``rivals`` are writes that are lost in a 500 because somebody else stored the same a
moment before, ``telling`` answers that tell a stranger what is there, ``unbounded``
pages that cost as much as the reader likes. ``sent`` counts the forms that were sent,
``met`` the tables on which two people met, ``apart`` those on which nobody did. They
stand beside the facts of django_facts.py.
"""

from __future__ import annotations

import functools
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sized
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import django_facts
import filling
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection, models
from django.http import HttpResponse
from django.test import Client
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)

DRAW = random.Random(20)
# What is searched for: fifty words that differ.
WORDS = [first + second for first in "abcdefghij" for second in "kmnop"]
MOST_TERMS = 40  # comparisons in the WHERE of one query
TRIES = 5  # addresses that differ in a parameter that no page knows
SAME = 3  # forms that go to one route
PATIENCE = 200  # answers, before one says that it is asked too often
ROWS = 40  # of a model, whose addresses a stranger tries
INSERT = re.compile(r'INSERT INTO ["`]?(\w+)')
BETWEEN = re.compile(r"SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT", re.IGNORECASE)
Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


# ---------------------------------------------------------------------- the same, twice


class Rival:
    """Somebody who stores the same row a moment before: after our look, before our act.

    Each first INSERT into a table with a unique constraint is run twice, so that it is
    the database that says whether the rows collide. A savepoint that is rolled back
    takes the rival's row with it; as the rival is somebody else, it is put back before
    the next query.
    """

    def __init__(self, tables: set[str]) -> None:
        self.tables, self.met = tables, ""
        self._row: tuple[str, Any] | None = None

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self._row and not BETWEEN.match(sql) and not connection.needs_rollback:
            self._put_back(*self._row)
        match = INSERT.match(sql)
        if self.met or many or match is None or match[1] not in self.tables:
            return execute(sql, params, many, context)
        execute(sql, params, many, context)
        try:
            return execute(sql, params, many, context)
        except IntegrityError:
            self._row, self.met = (sql, params), match[1]
            raise

    @staticmethod
    def _put_back(sql: str, params: Any) -> None:
        cursor = connection.create_cursor()
        cursor.execute("SAVEPOINT rival")
        try:
            cursor.execute(sql, params)
        except connection.Database.IntegrityError:
            cursor.execute("ROLLBACK TO rival")
        cursor.execute("RELEASE rival")


@functools.cache
def rival_tables() -> set[str]:
    """The project's tables in which the database lets a row stand once only."""
    found = set()
    user_model = apps.get_model(settings.AUTH_USER_MODEL) if has_users() else None
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        unique = any(f.unique and not f.primary_key for f in options.concrete_fields)
        unique |= any(isinstance(f, models.OneToOneField) for f in options.local_fields)
        unique |= bool(options.total_unique_constraints or options.unique_together)
        mine = django_facts.ours(model) or model is user_model
        if unique and (mine or django_facts.ours(options.auto_created or object)):
            found.add(options.db_table)
    return found


def has_users() -> bool:
    return apps.is_installed("django.contrib.auth")


class Attack:
    """What one reader sends; what was found is collected."""

    def __init__(self, reader: django_facts.Reader) -> None:
        self.reader, self.user = reader, reader.user
        self.client = Client(raise_request_exception=False)
        self.sent = 0
        self.met: set[str] = set()
        self.problems: list[str] = []

    def forms(self) -> None:
        """Sends every form that the reader was shown, while a rival sends the same.

        A form that is refused is sent once more, with the names of what is there.
        """
        times: Counter[str] = Counter()
        for address, (page, _) in sorted(self.reader.forms.items()):
            route = route_of(address)
            times[route] += 1
            if times[route] > SAME:
                continue
            for names in (dict[str, str], self.names):
                self.sign_in()
                form = filling.forms(self.client.get(page).content, page).get(address)
                if form is None:
                    break
                data = filling.filled(form, DRAW, names())
                answer = self.send(address, partial(self.client.post, data=data))
                if answer.status_code != 200:
                    break

    def api(self) -> None:
        """Sends to every endpoint of DRF what it says that it takes."""
        for address in sorted(set(plain_addresses())):
            self.sign_in()
            answer = self.client.options(address, HTTP_ACCEPT="application/json")
            if not answer.get("Content-Type", "").startswith("application/json"):
                continue
            actions = answer.json().get("actions", {}) if answer.content else {}
            if fields := actions.get("POST"):
                data = filling.from_options(fields, DRAW, self.relations())
                post = partial(self.client.post, content_type="application/json")
                self.send(address, partial(post, data=data))

    def names(self) -> dict[str, str]:
        """A text of each field of the site's models, of somebody else's row."""
        found: dict[str, str] = {}
        for model in apps.get_models():
            rows = model._default_manager.order_by("-pk")
            if isinstance(self.user, model):
                rows = rows.exclude(pk=self.user.pk)
            for field in model._meta.concrete_fields:
                if field.unique and isinstance(field, models.CharField):
                    for text in rows.values_list(field.name, flat=True)[:1]:
                        found.setdefault(field.name, text)
        return found

    def relations(self) -> dict[str, Any]:
        """What names a row of each model, by the model's name: a slug, or the key."""
        found: dict[str, Any] = {}
        for model in apps.get_models():
            row = model._default_manager.order_by("pk").first()
            if row is not None:
                found[str(model._meta.model_name)] = getattr(row, "slug", row.pk)
        return found

    def sign_in(self) -> None:
        """Again for each: a form may be the one to sign out, or to delete the user."""
        clear_cache()
        sign_in(self.client, self.user)

    def send(self, address: str, act: Callable[[str], HttpResponse]) -> HttpResponse:
        self.sent += 1
        rival = Rival(rival_tables())
        with connection.execute_wrapper(rival):
            answer = act(address)
        if rival.met:
            self.met.add(rival.met)
        if answer.status_code >= 500:
            told = django_facts.error_of(answer)
            if rival.met:
                told = f"somebody else stored the same in {rival.met}: {told}"
            self.problems.append(f"POST {address} by {self.reader.name}: {told}"[:300])
        return answer


def sign_in(client: Client, user: Any) -> None:
    """Signs a user in, who comes back where a form has deleted them; None is nobody."""
    if user is not None:
        if not type(user)._default_manager.filter(pk=user.pk).exists():
            user.save(force_insert=True)
        client.force_login(user)


def route_of(address: str) -> str:
    """The route that an address goes to, its parts left open."""
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return address


# ---------------------------------------------------------- what an answer gives away


@functools.cache
def all_routes() -> list[tuple[str, Any]]:
    """(name, pattern) of every named route of the site, with its namespaces."""
    return list(routes(get_resolver()))


def routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    """Those below a resolver, which stands in the namespace ``before``."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                space = f"{before}{entry.namespace}:" if entry.namespace else before
                yield from routes(entry, space)
        elif entry.name:
            yield before + entry.name, entry


def parts_of(entry: Any) -> list[str]:
    """The names of a route's parts that are left open."""
    return list(entry.pattern.regex.groupindex)


def plain_addresses() -> Iterator[str]:
    """The addresses without a part that names a row."""
    for name, entry in all_routes():
        if not parts_of(entry):
            try:
                yield reverse(name)
            except NoReverseMatch:
                continue


def row_addresses(row: Any) -> Iterator[str]:
    """The addresses that a row has, by the names of routes' parts.

    A part that is only a key can be any model's: there the view has to name the model.
    """
    options = row._meta
    fields = {field.name for field in options.concrete_fields} - {"id"}
    for name, entry in all_routes():
        parts = parts_of(entry)
        if len(parts) != 1:
            continue
        key = parts[0].removeprefix(f"{options.model_name}_")
        view = getattr(entry.callback, "view_class", None)
        view = view or getattr(entry.callback, "cls", None)
        whose = django_facts.model_of(view) if view else None
        if whose is type(row) or (whose is None and key in fields):
            try:
                yield reverse(name, kwargs={parts[0]: getattr(row, key, None)})
            except NoReverseMatch:
                continue


def rows_of_others(user: Any) -> Iterator[Any]:
    """Rows of the site's models."""
    for model in apps.get_models():
        if django_facts.ours(model) and not isinstance(user, model):
            yield from model._default_manager.order_by("-pk")[:ROWS]


def telling(client: Client, user: Any) -> Iterator[str]:
    """Addresses of rows that a stranger cannot see, but is told of.

    What is not there answers 404. A row that the stranger may not know of answers so,
    too; 403 is for what may be seen and not be done.
    """
    for row in rows_of_others(user):
        seen = absolute(row)
        visible = bool(seen) and client.get(seen).status_code == 200
        for address in row_addresses(row) if not visible else ():
            for call in (client.get, client.post):
                if call(address).status_code == 403:
                    method = call.__name__.upper()
                    name = f"{row._meta.label} {row.pk}"
                    yield f"{method} {address}: 403 tells that {name} is there"


def absolute(row: Any) -> str:
    """The row's own page, or ""."""
    try:
        return str(row.get_absolute_url())
    except (AttributeError, NoReverseMatch):
        return ""


# ------------------------------------------------------------ what has no upper bound


def unbounded(client: Client, pages: list[str]) -> Iterator[str]:
    """Pages that fill the cache, or the database's time, as a reader likes."""
    for path in dict.fromkeys(page.split("?")[0] for page in pages):
        clear_cache()
        client.get(path)
        before = stored()
        for number in range(TRIES):
            client.get(path, {"no-such": number})
        if stored() - before >= TRIES and not throttled(client, path):
            yield f"{path}: keeps an answer for each ?no-such=0, 1, 2 …"
        for name in search_fields(client, path):
            words = " ".join(WORDS)
            _, queries, _ = django_facts.ask(client.get, path, {name: words})
            terms = max((sql.upper().count(" LIKE ") for sql in queries), default=0)
            if terms > MOST_TERMS:
                count = len(WORDS)
                yield f"{path}: {terms} comparisons for ?{name}= with {count} words"


def throttled(client: Client, path: str) -> bool:
    """Whether one who asks too often is told so, before the cache is full."""
    found = (client.get(path, {"no-such": TRIES + n}) for n in range(PATIENCE))
    return any(answer.status_code == 429 for answer in found)


def clear_cache() -> None:
    """Empties the cache, where it answers."""
    with suppress(Exception):
        cache.clear()


def stored() -> int:
    """How many answers the cache holds, where it is one in memory."""
    kept = getattr(cache, "_cache", None)
    return len(kept) if isinstance(kept, Sized) else 0


def search_fields(client: Client, path: str) -> Iterator[str]:
    """The fields for text of the forms that a page sends by GET."""
    answer = client.get(path)
    if answer.status_code == 200 and "html" in answer.get("Content-Type", ""):
        soup = django_facts.BeautifulSoup(answer.content, "html.parser")
        for form in soup.find_all("form", method=lambda m: (m or "get") == "get"):
            for field in form.find_all("input", attrs={"name": True}):
                if field.get("type", "text") in ("text", "search"):
                    yield field["name"]


# ---------------------------------------------------------------------------- the whole


def without_throttles() -> None:
    """Takes the limits of DRF away: here one person sends everything."""
    rates = getattr(settings, "REST_FRAMEWORK", {}).get("DEFAULT_THROTTLE_RATES", {})
    for scope in rates:
        rates[scope] = None


def attacked(readers: list[django_facts.Reader]) -> dict[str, Any]:
    """What comes of sending every form and every endpoint, in the names above."""
    without_throttles()
    attacks = [Attack(reader) for reader in readers]
    for attack in attacks:
        attack.forms()
        attack.api()
    met = set().union(*(attack.met for attack in attacks))
    return {
        "rivals": [told for attack in attacks for told in attack.problems],
        "sent": sum(attack.sent for attack in attacks),
        "met": sorted(met),
        "apart": sorted(rival_tables() - met),
    }


def looked_at(readers: list[django_facts.Reader]) -> dict[str, Any]:
    """What answers tell, and what has no bound, as each reader finds it."""
    told, free = [], []
    for reader in readers:
        pages = dict.fromkeys(page["path"] for page in reader.found)
        free += unbounded(reader.client, [*pages, *plain_addresses()])
        told += telling(reader.client, reader.user)
    return {
        "telling": list(dict.fromkeys(told)),
        "unbounded": list(dict.fromkeys(free)),
    }


def main(wanted: dict[str, Any]) -> dict[str, Any]:
    """All facts; where ``few`` pages are asked for, only whether they are answered."""
    doors, readers = django_facts.read(wanted)
    facts: dict[str, Any] = {}
    if wanted["few"]:
        facts["pages"] = [page for reader in readers for page in reader.found]
    else:
        facts = django_facts.main(doors, readers) | looked_at(readers)
    return facts | attacked(readers)


if __name__ == "__main__":
    # On a line of its own, whatever the site prints.
    print("\n" + json.dumps(main(json.loads(sys.argv[1]))))
