"""One process with settings of its own: starts Django and prints what it found out.

`acceptance/deployment.py` runs it as `python -m acceptance.deployed`, with the request
as JSON behind it. The last line of what it prints is the answer, as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

Said = dict[str, Any]

MISTAKE = "a mistake that shall be found in the log"

PLAIN_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"
MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


class Unmigrated(dict[str, None]):
    """Tells Django of every app that its tables are made from its models."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def main() -> int:
    """Does what is asked for; an error is part of the answer, so the code is 0."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    said: Said = {"folder": asked["folder"]}
    try:
        start(asked, said)
        run_commands(asked, said)
        send_requests(asked, said)
    except (Exception, SystemExit) as error:
        said["crash"] = in_words(error)
    print("\n" + json.dumps(said, default=str))
    return 0


def in_words(error: BaseException) -> str:
    """An error as Python shows it at the end of a traceback."""
    return f"{type(error).__name__}: {error}"


def attempt(
    said: Said, name: str, call: Callable[..., Any], *given: Any, **options: Any
) -> None:
    """Keeps what a call gives back, or its error, under a name."""
    try:
        said[name] = call(*given, **options)
    except (Exception, SystemExit) as error:
        said[name] = {"error": in_words(error)}


# ------------------------------------------------------------------------------- start


def start(asked: dict[str, Any], said: Said) -> None:
    """Starts Django, with folders and, in development, a database of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.conf import settings

    said["settings"] = {name: getattr(settings, name, None) for name in asked["values"]}
    folder = Path(asked["folder"])
    settings.STATIC_ROOT = str(folder / "static")
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    if not asked["production"]:
        # The learner's own database is left alone.
        settings.DATABASES = {"default": MEMORY}
    elif not asked["collect"]:
        # Static files are looked at by another process.
        plain = {"staticfiles": {"BACKEND": PLAIN_FILES}}
        settings.STORAGES = {**settings.STORAGES, **plain}
    if asked["uploads"]:
        settings.MEDIA_ROOT = str(folder / "media")
        Path(settings.MEDIA_ROOT).mkdir()
        for name in asked["uploads"]:
            (Path(settings.MEDIA_ROOT) / name).write_bytes(b"a file")
    if asked["tables"] == "models":
        settings.MIGRATION_MODULES = Unmigrated()
    django.setup()


# ---------------------------------------------------------------------------- commands


def run_commands(asked: dict[str, Any], said: Said) -> None:
    """Django's own checks, and what is collected for a server of static files."""
    if asked["check"]:
        options = {"deploy": asked["production"], "fail_level": "WARNING"}
        attempt(said, "check", command, "check", **options)
    if asked["collect"]:
        options = {"interactive": False, "verbosity": 0}
        options["ignore_patterns"] = asked["ignore"]
        attempt(said, "collectstatic", command, "collectstatic", **options)
        said.update(collected(Path(asked["folder"]) / "static", asked["texts"]))


def command(name: str, **options: Any) -> Said:
    """Runs a command of manage.py; what it has found is nothing."""
    from django.core.management import call_command

    call_command(name, **options)
    return {}


def collected(static: Path, names: Iterable[str]) -> Said:
    """The manifest of the collected files, and the hashed copies of some of them."""
    manifest = static / "staticfiles.json"
    if not manifest.exists():
        return {"manifest": None, "texts": {}}
    paths = json.loads(manifest.read_text(encoding="utf-8"))["paths"]
    copies = {name: static / paths[name] for name in names if name in paths}
    texts = {
        name: copy.read_text(encoding="utf-8")
        for name, copy in copies.items()
        if copy.is_file()
    }
    return {"manifest": paths, "texts": texts}


# ---------------------------------------------------------------------------- requests


def send_requests(asked: dict[str, Any], said: Said) -> None:
    """The site's answers, and what calls of the project's own give back."""
    from django.test import RequestFactory

    if asked["tables"]:
        command("migrate", run_syncdb=asked["tables"] == "models", verbosity=0)
    for scheme in ("http", "https"):
        for path in asked[scheme]:
            secure = scheme == "https"
            attempt(said, f"{scheme}:{path}", page, asked["host"], path, secure=secure)
    for name, (dotted, *given) in asked["calls"].items():
        module, _, function = dotted.rpartition(".")
        found = getattr(importlib.import_module(module), function)
        attempt(said, name, found, *given)
    request = RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"})
    said["proxied"] = request.is_secure()
    if asked["failure"]:
        attempt(said, "failure", failure, asked["host"])


def page(host: str, path: str, *, secure: bool) -> Said:
    """One answer of the site."""
    from django.test import Client

    response = Client(SERVER_NAME=host).get(path, secure=secure)
    return {
        "status": response.status_code,
        "location": response.headers.get("Location", ""),
        "hsts": response.headers.get("Strict-Transport-Security", ""),
        "policy": response.headers.get("Content-Security-Policy", ""),
        "body": response.getvalue().decode("utf-8", "replace"),
    }


def fails(request: object) -> None:
    """A view with a mistake in it."""
    raise LookupError(MISTAKE)


def failure(host: str) -> Said:
    """What the process writes out while a view fails, log and all."""
    from django.test import Client, override_settings
    from django.urls import path as route

    urls = ModuleType("urls_of_a_view_that_fails")
    vars(urls)["urlpatterns"] = [route("", fails)]
    client = Client(SERVER_NAME=host, raise_request_exception=False)
    with tempfile.TemporaryFile() as log, override_settings(ROOT_URLCONF=urls):
        sys.stdout.flush()
        # Where a log goes is settled when Django starts, so the files under it are
        # exchanged, not sys.stderr.
        kept = [(number, os.dup(number)) for number in (1, 2)]
        try:
            for number, _ in kept:
                os.dup2(log.fileno(), number)
            status = client.get("/", secure=True).status_code
            sys.stdout.flush()
        finally:
            for number, copy in kept:
                os.dup2(copy, number)
                os.close(copy)
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    return {"status": status, "traced": "Traceback" in text and MISTAKE in text}


def outage(host: str, path: str) -> Said:
    """What the site answers before its database is there, and afterwards.

    DATABASE_URL names a file of SQLite in a folder that is not there yet.
    """
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    client = Client(SERVER_NAME=host, raise_request_exception=False)

    def ask(path: str) -> Said:
        response = client.get(path, secure=True)
        body = response.getvalue().decode("utf-8", "replace")
        return {"status": response.status_code, "body": body}

    said = {"away": ask(path), "health": ask("/healthz/")}
    Path(settings.DATABASES["default"]["NAME"]).parent.mkdir()
    connection.close()
    command("migrate", verbosity=0)
    return {**said, "back": ask(path)}


if __name__ == "__main__":
    sys.exit(main())
