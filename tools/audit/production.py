"""A finished project as it is deployed: behind a proxy that ends HTTPS."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import yaml

from djangopath.catalogue import Project
from tools import cuts, environments
from tools.site import PASSWORD, USER, Site, running

HOST = "example.org"
COMPOSE = "compose.prod.yaml"
# What compose.prod.yaml wants to be found in .env.
GIVEN = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "SITE_HOST": HOST,
    "POSTGRES_PASSWORD": "gannet-rock-31",
    "EMAIL_URL": f"smtp+tls://user:password@mail.{HOST}:587",
    "DEFAULT_FROM_EMAIL": f"kitchen@{HOST}",
}
# `${NAME}`, `${NAME:-default}`, `${NAME:?what is wanted}`, and `$$` for a plain `$`.
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::([-?])([^}]*))?\}|(\$))")
# As nginx sets them on every request that it hands on.
HANDED_ON = {
    "Host": HOST,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "198.51.100.7",
    "Referer": f"https://{HOST}/",
}
WHERE = """
import json
from django.apps import apps
from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch
address = None
if apps.is_installed("django.contrib.auth"):
    try:
        address = resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        pass
names = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME]
print(json.dumps({"sign_in": address, "session": names[0], "csrf": names[1]}))
"""


@dataclass(frozen=True)
class Answer:
    """One answer of the running project.

    Attributes:
        what: which answer it is, in a word or two.
        status: of HTTP.
        headers: names and values as they were sent; a name may come twice.
    """

    what: str
    status: int
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [v for key, v in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        """A header's values as one; an empty text where it was not sent."""
        return ", ".join(self.all(name))


def resolved(text: str, given: Mapping[str, str] = GIVEN) -> str:
    """A value of a Compose file, as Compose hands it on.

    Raises:
        RuntimeError: a variable has neither a value nor a default.
    """

    def value(match: re.Match[str]) -> str:
        name, kind, more, dollar = match.groups()
        if dollar:
            return "$"
        if given.get(name):
            return given[name]
        if kind == "-":
            return str(more)
        raise RuntimeError(f"{COMPOSE} wants {name}, which the audit does not give")

    return VARIABLE.sub(value, text)


def sent(folder: Path) -> dict[str, str]:
    """The environment that a project's own compose.prod.yaml gives to ``web``.

    Raises:
        RuntimeError: a variable in it has neither a value nor a default.
    """
    text = (folder / COMPOSE).read_text(encoding="utf-8")
    found = yaml.safe_load(text)["services"]["web"]["environment"]
    return {name: resolved(str(value)) for name, value in found.items()}


def finished(project: Project, folder: Path) -> Site:
    """The finished project, written to a folder that is not there yet.

    It runs with what Compose gives it, but for the servers: SQLite, memory and the
    log take the place of the database, Redis and mail.
    """
    cuts.write_cut(project, len(project.tasks), folder)
    # Its values are those of development; a server has a file of its own.
    (folder / ".env").unlink(missing_ok=True)
    env = {k: v for k, v in sent(folder).items() if k not in environments.SERVICES}
    return Site(project, folder, environments.environment(project), "", env)


@contextmanager
def answering(site: Site) -> Iterator[Site]:
    """The finished project, migrated, on the server of its image.

    Raises:
        RuntimeError: the server does not answer, or fails; with its log.
    """
    site.manage("collectstatic", "--no-input", "--verbosity", "0")
    site.manage("migrate", "--verbosity", "0")
    user = site.shell(USER % PASSWORD)
    # Django logs a traceback for the host that it refuses, too: 127.0.0.1 is no host of
    # this site.
    failure = re.compile("Internal Server Error|Exception inside application")
    with running(replace(site, user=user), failure=failure) as started:
        yield started


def ask(
    site: Site,
    path: str,
    what: str,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = HANDED_ON,
) -> Answer:
    """The answer to one request; a redirect is not followed.

    Args:
        site: a project that answers.
        path: an address of it.
        what: what the answer shall be called.
        data: a form to post.
        headers: those of the request.
    """
    body = None if data is None else urlencode(data)
    kind = {} if data is None else {"Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection(urlsplit(site.base).netloc, timeout=30)
    try:
        method = "GET" if data is None else "POST"
        connection.request(method, path, body, {**headers, **kind})
        said = connection.getresponse()
        said.read()
        return Answer(what, said.status, tuple(said.getheaders()))
    finally:
        connection.close()


def cookies(answers: list[Answer]) -> dict[str, str]:
    """The names and values of the cookies that answers set, the last one's first."""
    set_ = [v.split(";")[0] for answer in answers for v in answer.all("Set-Cookie")]
    return dict(text.partition("=")[::2] for text in set_)


def visit(site: Site) -> list[Answer]:
    """The answers that are judged: to a visitor, and to somebody who signs in.

    Raises:
        RuntimeError: somebody with the right password is not let in.
    """
    style = next((site.folder / "staticfiles").rglob("*.css"), None)
    answers = [
        ask(site, "/", "front page"),
        ask(site, "/no-such-page-here/", "404"),
        ask(
            site, "/", "plain HTTP", headers={**HANDED_ON, "X-Forwarded-Proto": "http"}
        ),
    ]
    if style is not None:
        path = style.relative_to(site.folder / "staticfiles").as_posix()
        answers.append(ask(site, f"/static/{path}", "static file"))
    names = site.shell(WHERE)
    if site.user is None or not names["sign_in"]:
        return answers
    page = ask(site, names["sign_in"], "sign-in page")
    if page.status == 404:  # no accounts yet: nobody can sign in
        return answers
    token = cookies([page]).get(names["csrf"], "")
    form = {
        "username": site.user,
        "password": PASSWORD,
        "csrfmiddlewaretoken": token,
    }
    cookie = {"Cookie": f"{names['csrf']}={token}"}
    let_in = ask(site, names["sign_in"], "signing in", form, {**HANDED_ON, **cookie})
    if names["session"] not in cookies([let_in]):
        raise RuntimeError(
            f"{site.project.slug}: POST {names['sign_in']} answers {let_in.status} and "
            "sets no session cookie for somebody with the right password"
        )
    jar = "; ".join(f"{k}={v}" for k, v in cookies([page, let_in]).items())
    inside = ask(site, "/", "signed in", headers={**HANDED_ON, "Cookie": jar})
    return [*answers, page, let_in, inside]
