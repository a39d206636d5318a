"""What the programs of the register of claims share.

Each claim is checked by a function of this folder, in a process of its own, in the
pinned environment of a project. It returns where the claim holds, and raises `NotSo`
with what it saw where it does not.
"""

from __future__ import annotations

import os
from typing import Any


class NotSo(Exception):
    """A claim does not hold; the message is what was seen."""


def expect(holds: bool, saw: str) -> None:
    """Raises `NotSo` unless something holds."""
    if not holds:
        raise NotSo(saw)


def same(seen: object, wanted: object, what: str) -> None:
    """Raises `NotSo` unless two things are equal."""
    expect(seen == wanted, f"{what}: {seen!r}, and the claim has {wanted!r}")


def raised(call: Any, *arguments: Any, **named: Any) -> type[BaseException] | None:
    """The class of what a call raises; None where it raises nothing."""
    try:
        call(*arguments, **named)
    except Exception as error:
        return type(error)
    return None


def start(app: str = "", **settings: Any) -> None:
    """Starts Django with few settings, on the database that DATABASE_URL names.

    Args:
        app: the module whose models belong to an app.
        settings: others, and other values; INSTALLED_APPS come behind `app`.
    """
    import django
    from django.conf import settings as configured

    given = {
        "ALLOWED_HOSTS": ["*"],
        "DATABASES": {"default": database()},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "ROOT_URLCONF": app or None,
        "SECRET_KEY": "a-claim-needs-no-secret",
        "USE_TZ": True,
        **settings,
    }
    apps = [app] if app else []
    given["INSTALLED_APPS"] = [*apps, *settings.get("INSTALLED_APPS", [])]
    configured.configure(**given)
    django.setup()


def database() -> dict[str, Any]:
    """SQLite in memory, or where DATABASE_URL is set, that database."""
    if url := os.environ.get("DATABASE_URL"):
        import environ

        return dict(environ.Env.db_url_config(url))
    # All threads of the process see the same one.
    name = "file:claim?mode=memory&cache=shared"
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}


def tables() -> None:
    """Makes the tables of all models that are installed, in an empty database."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    packages = [app for app in apps.get_app_configs() if app.models_module]
    if packages:
        call_command("migrate", verbosity=0)
    # Those of a module that is an app by itself have no migrations.
    own = [app for app in apps.get_app_configs() if not app.models_module]
    with connection.schema_editor() as editor:
        for model in (model for app in own for model in app.get_models()):
            editor.create_model(model)


def queries(call: Any) -> list[str]:
    """The SQL that a call sends."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as found:
        call()
    return [query["sql"] for query in found.captured_queries]
