"""Keeps what the migrations make of an empty SQLite database, and copies it.

Loaded with ``-p`` into a learner's environment, where nothing else of ours is. The copy
is taken only where it cannot differ from what the migrations would make: its name is
the hash of all that they read. Wherever that is in doubt, they run.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sqlite3
import sys
import sysconfig
import tempfile
import weakref
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

PLACES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
# What the tables, or the rows that come with them, depend on besides the migrations.
SETTINGS = (
    "AUTH_USER_MODEL DATABASE_ROUTERS DEFAULT_AUTO_FIELD DEFAULT_TABLESPACE "
    "DEFAULT_INDEX_TABLESPACE INSTALLED_APPS LANGUAGE_CODE MIGRATION_MODULES SITE_ID "
    "TIME_ZONE USE_I18N USE_TZ"
).split()
# A function that a migration runs may give another result each time where one of these
# stands in the file.
BY_CHANCE = (b"now", b"today", b"time", b"random", b"uuid", b"secret", b"environ")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Copies in place of ``migrate`` while pytest-django makes the test databases."""
    if fixturedef.argname != "django_db_setup":
        return (yield)
    from django.core import management

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(management, "call_command", _Migrating(management.call_command))
        return (yield)


class _Migrating:
    """``call_command``, which copies a database where it can."""

    def __init__(self, call_command: Any) -> None:
        self._call_command = call_command

    def __call__(self, name: Any, *words: Any, **options: Any) -> Any:
        kept = None
        if name == "migrate" and not words and options.get("run_syncdb"):
            with suppress(Exception):  # migrations that are wrong say so when they run
                kept = _file(str(options.get("database")))
        if kept is None:
            return self._call_command(name, *words, **options)
        from django.db import connections

        connection = connections[options["database"]]
        if kept.exists() and _copied(kept, connection):
            return None
        done = self._call_command(name, *words, **options)
        _keep(connection, kept)
        return done


def _file(alias: str) -> Path | None:
    """Where the database is kept; None where its content is not sure beforehand."""
    from django.apps import apps
    from django.conf import settings
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader
    from django.db.models import signals

    connection = connections[alias]
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        return None
    for signal in (signals.pre_migrate, signals.post_migrate):
        for receiver in signal.receivers:
            found = receiver[1]
            if isinstance(found, weakref.ReferenceType):
                found = found()
            function = getattr(found, "__func__", found)
            code = getattr(function, "__code__", None)
            if code is None or not code.co_filename.startswith(PLACES):
                return None
    loader = MigrationLoader(None)
    if any(
        config.label in loader.unmigrated_apps and any(config.get_models())
        for config in apps.get_app_configs()
    ):
        return None
    told: list[Any] = [sys.prefix, sqlite3.sqlite_version]
    told += [repr(getattr(settings, name, None)) for name in SETTINGS]
    told.append(
        repr({k: v for k, v in connection.settings_dict.items() if k != "NAME"})
    )
    for label, name in sorted(loader.disk_migrations):
        file = Path(
            str(sys.modules[loader.disk_migrations[label, name].__module__].__file__)
        )
        told += [label, name]
        if str(file).startswith(PLACES):
            continue
        data = file.read_bytes()
        if not _stands_alone(data):
            return None
        told.append(hashlib.sha256(data).hexdigest())
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        meta = model._meta
        told += [meta.label, meta.verbose_name_raw, repr(meta.permissions)]
        told += [repr(meta.default_permissions), meta.managed, meta.proxy]
    key = hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()
    folder = Path(os.environ["PATH_DATABASES"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{key[:32]}.sqlite3"


def _stands_alone(data: bytes) -> bool:
    """Whether a migration reads nothing but Django, Python, and what is named in it."""
    if b"RunPython" in data and any(word in data.lower() for word in BY_CHANCE):
        return False
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                return False
            names = [str(node.module)]
        for name in names:
            top = name.partition(".")[0]
            if top != "django" and top not in ("datetime", "decimal", "functools"):
                return False
    return True


def _keep(connection: Any, target: Path) -> None:
    """Writes a copy whole or not at all; with the content types that are in memory."""
    with suppress(OSError, sqlite3.Error):
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
        os.close(handle)
        try:
            with closing(sqlite3.connect(name)) as copy:
                connection.connection.backup(copy)
                types = json.dumps(_types(connection.alias))
                copy.execute("CREATE TABLE kept_types (types TEXT)")
                copy.execute("INSERT INTO kept_types VALUES (?)", [types])
                copy.commit()
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)


def _types(alias: str) -> list[list[Any]]:
    """The content types that the migrations have left in Django's own cache."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.contenttypes"):
        return []
    from django.contrib.contenttypes.models import ContentType

    known = ContentType.objects._cache.get(alias, {})
    pairs = [key for key in known if isinstance(key, tuple)]
    return [[*key, known[key].pk] for key in pairs]


def _copied(kept: Path, connection: Any) -> bool:
    """Copies a database, and puts the content types into Django's cache again.

    False where the file is not one; then it is gone, and nothing was copied.
    """
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(kept)) as source:
            (types,) = source.execute("SELECT types FROM kept_types").fetchone()
            source.execute("PRAGMA quick_check").fetchone()
            source.backup(connection.connection)
    except (sqlite3.Error, TypeError):
        kept.unlink(missing_ok=True)
        return False
    with connection.connection as raw:
        raw.execute("DROP TABLE kept_types")
    from django.apps import apps

    if apps.is_installed("django.contrib.contenttypes"):
        from django.contrib.contenttypes.models import ContentType

        ContentType.objects.clear_cache()
        for label, model, pk in json.loads(types):
            found = ContentType(pk=pk, app_label=label, model=model)
            found._state.adding, found._state.db = False, connection.alias
            ContentType.objects._add_to_cache(connection.alias, found)
    return True
