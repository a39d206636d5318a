"""Hits every address of a project as everybody, with what nobody should send.

Runs in a project's own environment, from the project's folder::

    python hammer.py report.json /first/ /second/

The addresses are the pages that a reader starts from.

Every URL pattern is filled in with values of the rows that exist and with wrong ones,
and asked by every method, as a visitor, as somebody else and as an owner, with nothing,
with wrong types, with too much. Before that every form that a visitor or an owner is
shown is filled in and sent by several at once: the same form, and those of one page.
The report lists the answers of 500 and more, and the rows that a visitor or somebody
else has changed or deleted though they were there before and are not their own.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path.cwd()))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings

django.setup()

import django_facts  # noqa: E402
import filling  # noqa: E402
from attacked import SAME, route_of, sign_in  # noqa: E402
from django.apps import apps  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import URLPattern, URLResolver, get_resolver  # noqa: E402

AT_ONCE = 6  # who send the same form
PAGES = 60  # that a reader opens to find forms
METHODS = ("get", "post", "put", "patch", "delete", "options")
LONG = "x" * 20_000
HUGE = 10**30
# What is wrong in every field of every kind.
VALUES: tuple[Any, ...] = ("", LONG, "\x00", "\N{POT OF FOOD} é", "-1", str(HUGE), "[]")
WRONG_PARTS = (
    "no-such-thing",
    "0",
    "99999999999999999999",
    "%00",
    "%ff",
    "é",
    "a" * 300,
)
# A field of each project's forms and of its API is among them, and some of neither.
NAMES = (
    "title name slug body text username password password1 password2 email category "
    "description servings prep_minutes cook_minutes status stars q page page_size "
    "ordering before after limit kind user room message bio avatar image tags author "
    "is_staff id pk ingredients steps next max_minutes min_stars search ingredient"
).split()
UNWATCHED = {"sessions.session", "admin.logentry", "contenttypes.contenttype"}


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    """(route, name) of every pattern; the admin is Django's own and left out."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                yield from patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.name or ""


def known(name: str) -> list[str]:
    """Values of a field of this name, of any model."""
    found: list[str] = []
    for model in apps.get_models():
        fields = {field.name for field in model._meta.concrete_fields} | {"pk"}
        wanted = name.removeprefix("user_") if name.startswith("user_") else name
        if wanted in fields and model._meta.label_lower not in UNWATCHED:
            rows = model._default_manager.order_by("pk").values_list(wanted, flat=True)
            found += [str(value) for value in rows[:2]]
    return list(dict.fromkeys(found))


PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def addresses(route: str) -> Iterator[str]:
    """The route with its parts filled in, right and wrong."""
    names = [one or two for one, two in PART.findall(route)]
    plain = PART.sub("\x01", route).replace("\\", "").rstrip("$").rstrip("Z")
    plain = re.sub(r"[\^$?]", "", plain)
    if not names:
        yield "/" + plain
        return
    choices = [[*known(name)[:4], *WRONG_PARTS] for name in names]
    for number, parts in enumerate(itertools.zip_longest(*choices)):
        if number > max(map(len, choices)):
            break
        path = plain
        for index, part in enumerate(parts):
            chosen = part if part is not None else choices[index][0]
            path = path.replace("\x01", chosen, 1)
        yield "/" + path


def payloads(draw: random.Random) -> Iterator[tuple[str, Any, str]]:
    """(what, data, content type) of the things that are sent."""
    form = "application/x-www-form-urlencoded"
    yield "nothing", "", form
    bad = draw.choice(VALUES)
    yield (
        f"{bad[:9]!r} in every field",
        urlencode([(name, bad) for name in NAMES]),
        form,
    )
    yield "a body that is no form", b"\xff\xfe--x\r\n\x00", "multipart/form-data"
    kinds: tuple[Any, ...] = ([], {}, None, 5, "x", [[[]]], {"title": {"a": []}}, HUGE)
    yield "JSON of another shape", json.dumps(draw.choice(kinds)), "application/json"
    wrong: tuple[Any, ...] = (
        None,
        [],
        {},
        -1,
        True,
        "\x00",
        LONG,
        HUGE,
        [1],
        [{"x": 1}],
    )
    yield (
        "JSON with wrong types",
        json.dumps({name: draw.choice(wrong) for name in NAMES}),
        "application/json",
    )
    yield "JSON that is none", '{"title": ', "application/json"


def snapshot() -> dict[str, dict[str, Any]]:
    """Every row of every model, by label and primary key."""
    rows = {}
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label_lower
        if label in UNWATCHED:
            continue
        fields = [f.attname for f in model._meta.concrete_fields]
        for row in model._default_manager.values(*fields):
            row.pop("last_login", None)
            rows[f"{label} {row[model._meta.pk.attname]}"] = {
                key: str(value) for key, value in row.items()
            }
    return rows


def own(label: str, row: dict[str, Any], user: Any) -> bool:
    """Whether a row is a user's: their account, or points at them."""
    model = apps.get_model(label.split()[0])
    if isinstance(user, model):
        return row["id"] == str(user.pk)
    return any(
        isinstance(field, models.ForeignKey)
        and field.related_model is type(user)
        and row[field.attname] == str(user.pk)
        for field in model._meta.concrete_fields
    )


# ---------------------------------------------------------------------- several at once


def together(pages: Sequence[str], user: Any, draw: random.Random) -> Iterator[str]:
    """Sends the forms that a reader is shown several times at once; yields each 500.

    First each form, by `AT_ONCE` people with the same data; then the forms of one page
    against each other, such as one that changes a row and one that deletes it.
    """
    reader = django_facts.Reader("an owner" if user else "a visitor", user)
    reader.read(pages, PAGES)
    times: Counter[str] = Counter()
    places: dict[str, None] = {}
    for address, (page, _) in sorted(reader.forms.items()):
        times[route_of(address)] += 1
        if times[route_of(address)] <= SAME:
            places[page] = None
            yield from at_once(page, [address] * AT_ONCE, user, draw)
    for page in places:
        addresses = list(filling.forms(visit(user).get(page).content, page))
        if len(addresses) > 1:
            yield from at_once(page, addresses * 2, user, draw)


def at_once(
    page: str, addresses: Sequence[str], user: Any, draw: random.Random
) -> Iterator[str]:
    """Fills in forms of a page and sends them at the same moment."""
    forms = filling.forms(visit(user).get(page).content, page)
    # Each form is filled in once, so that all who send it send the same.
    data = {
        a: filling.filled(forms[a], draw) for a in sorted(set(addresses) & {*forms})
    }
    people = [(address, visit(user)) for address in addresses if address in data]
    if not people:
        return
    start = threading.Barrier(len(people))
    found: list[str] = []

    def send(address: str, client: Client) -> None:
        try:
            start.wait()
            answer = client.post(address, again(data[address]))
            if answer.status_code >= 500:
                told = django_facts.error_of(answer)
                found.append(f"{len(people)} at once, POST {address}: {told}"[:300])
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=person) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from dict.fromkeys(found)


def visit(user: Any) -> Client:
    """A browser of a user's own; whom a form has deleted comes back."""
    client = Client(raise_request_exception=False)
    sign_in(client, user)
    cache.clear()
    return client


def again(data: dict[str, Any]) -> dict[str, Any]:
    """Data to send, with files of their own: each is read to its end."""
    return {
        name: filling.picture() if hasattr(value, "read") else value
        for name, value in data.items()
    }


# ---------------------------------------------------------------------------- the whole


def main(target: Path, pages: Sequence[str]) -> None:
    seed = int(os.environ.get("PATH_SEED") or random.SystemRandom().randrange(10**6))
    draw = random.Random(seed)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    rates = getattr(settings, "REST_FRAMEWORK", {}).get("DEFAULT_THROTTLE_RATES", {})
    for scope in rates:
        rates[scope] = None
    User = get_user_model() if apps.is_installed("django.contrib.auth") else None
    actors: list[tuple[str, Any]] = [("a visitor", None)]
    if User is not None:
        fields = {User.USERNAME_FIELD: f"stranger{seed}"}
        actors.append(("somebody else", User._default_manager.create(**fields)))
        owner = User._default_manager.filter(is_superuser=False).order_by("pk").first()
        actors.append(("an owner", owner))
    problems: list[str] = []
    for user in (None, owner) if User is not None else ():
        problems += together(pages, user, draw)
    routes = sorted(set(patterns(get_resolver())))
    paths = [path for route, _ in routes for path in addresses(route)]
    sent = 0
    for who, user in actors:
        before = snapshot()
        client = Client(raise_request_exception=False)
        for path in paths:
            for method in METHODS:
                if user is not None:
                    # Signed in again: an address may well be the one to sign out.
                    client.force_login(user)
                chosen = [("nothing", "", "text/plain")]
                if method in ("post", "put", "patch"):
                    chosen = draw.sample(list(payloads(draw)), 2)
                for what, data, kind in chosen:
                    cache.clear()
                    query = ""
                    if method == "get" and draw.random() < 0.5:
                        bad = draw.choice(VALUES)[:300]
                        pairs = [(name, bad) for name in NAMES]
                        query = "?" + urlencode(pairs)
                    call = getattr(client, method)
                    answer = (
                        call(path + query, data=data, content_type=kind)
                        if (method != "get")
                        else call(path + query)
                    )
                    sent += 1
                    if answer.status_code >= 500:
                        problems.append(
                            f"{answer.status_code} for {method.upper()} "
                            f"{path[:80]}{query[:60]} as {who} with {what}"
                        )
        if who == "an owner":
            continue
        after = snapshot()
        for label, row in before.items():
            if user is not None and own(label, row, user):
                continue
            if label not in after:
                problems.append(f"{who} deleted {label}: {row}")
            elif after[label] != row:
                changed = {k: v for k, v in after[label].items() if row[k] != v}
                problems.append(f"{who} changed {label}: {changed}")
    report = {
        "seed": seed,
        "sent": sent,
        "routes": [route for route, _ in routes],
        "problems": problems,
    }
    target.write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
