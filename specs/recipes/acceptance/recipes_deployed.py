"""What a site in production answers while its database is away, and afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def outage(host: str) -> dict[str, dict[str, Any]]:
    """The answers before the database is there, and once it is.

    Called in a process of its own (`acceptance/deployed.py`), whose DATABASE_URL names
    a file of SQLite in a folder that is not there yet.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    client = Client(SERVER_NAME=host, raise_request_exception=False)

    def ask(path: str) -> dict[str, Any]:
        response = client.get(path, secure=True)
        body = response.getvalue().decode("utf-8", "replace")
        return {"status": response.status_code, "body": body}

    said = {"away": ask("/recipes/"), "health": ask("/healthz/")}
    Path(settings.DATABASES["default"]["NAME"]).parent.mkdir()
    connection.close()
    call_command("migrate", verbosity=0)
    return {**said, "back": ask("/recipes/")}
