"""Sites with other settings: each in a process of its own, all of them side by side.

Settings are read once, when Django starts, so a test cannot change DEBUG and look what
becomes of it. Here a process starts Django with one set of variables, does what it is
asked for (`acceptance/deployed.py`), and the tests read what came back.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from acceptance.support import ROOT, fail, patience

SETTINGS = "config/settings.py, the block if not DEBUG"
KEY = secrets.token_urlsafe(50)
READ = (
    *("ALLOWED_HOSTS", "DEBUG", "SECRET_KEY", "SILENCED_SYSTEM_CHECKS", "STORAGES"),
    *("CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE"),
)
# What the names of variables begin with that a server, or a run of tests, may have set.
SET_BY_A_SERVER = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_",
    "EMAIL_URL",
    "PATH_",
    "PYTEST_",
    "REDIS_URL",
    "SECRET_KEY",
    "SECURE_",
)

Said = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The project as it is started with one set of variables, and what it is asked.

    Attributes:
        started: the variables in words, behind "Started Django".
        variables: what is set besides DEBUG, SECRET_KEY, ALLOWED_HOSTS and
            CSRF_TRUSTED_ORIGINS, and a DATABASE_URL of SQLite; ``{folder}`` in a value
            is the site's own folder. None: not even those, as in development.
        check: Django's checks are run, with ``--deploy`` in production.
        collect: static files are collected.
        texts: static files whose hashed copies are read.
        failure: a view raises an exception, to see what the process writes out.
        tables: where the tables come from, "migrations" or "models"; "" for none.
        http: the paths that are opened by HTTP.
        https: those that are opened by HTTPS.
        uploads: names of files that lie in MEDIA_ROOT.
        calls: by name, a function that the process calls, with its arguments:
            ``("acceptance.handshake.events", "/ws/", "https://…")``.
    """

    started: str
    variables: Mapping[str, str] | None = field(default_factory=dict)
    check: bool = False
    collect: bool = False
    texts: Sequence[str] = ()
    failure: bool = False
    tables: str = ""
    http: Sequence[str] = ()
    https: Sequence[str] = ()
    uploads: Sequence[str] = ()
    calls: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def production(self) -> bool:
        """Whether it stands on a server."""
        return self.variables is not None


class Deployment:
    """Some sites of one project; all of them run once, when the first one is asked."""

    def __init__(
        self,
        sites: Mapping[str, Site],
        *,
        host: str,
        seconds: int,
        values: Sequence[str] = (),
        ignore: Sequence[str] = ("admin",),
        variables: Sequence[str] = (),
        given: Mapping[str, str] | None = None,
    ) -> None:
        """
        Args:
            sites: by name.
            host: the name that production goes by; in development it is localhost.
            seconds: how long all of them together may take; see ``patience``.
            values: settings that are read besides READ.
            ignore: static files that are not collected: those of packages are many,
                and no work of the learner's.
            variables: what the names of further variables begin with that a server
                may have set.
            given: variables that every site gets, in development as well.
        """
        self.sites, self.host, self.seconds = sites, host, seconds
        self.values, self.ignore = (*READ, *values), ignore
        self.variables, self.given = (*SET_BY_A_SERVER, *variables), given or {}

    # ------------------------------------------------------------------- the processes

    @cached_property
    def runs(self) -> dict[str, tuple[int, str]]:
        """(exit code, output) of every process, by name of the site."""
        with tempfile.TemporaryDirectory() as place:
            started = {
                name: self._start(Path(place) / name.replace(" ", "-"), site)
                for name, site in self.sites.items()
            }
            seconds = patience(self.seconds)
            end = time.monotonic() + seconds
            found = {}
            for name, process in started.items():
                left = max(end - time.monotonic(), 0.1)
                try:
                    output, _ = process.communicate(timeout=left)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    output = f"still running after {seconds:g} seconds"
                found[name] = process.returncode, output.strip()
            return found

    def _start(self, folder: Path, site: Site) -> subprocess.Popen[str]:
        folder.mkdir()
        asked = {
            "folder": str(folder),
            "production": site.production,
            "host": self.host if site.production else "localhost",
            "values": self.values,
            "ignore": self.ignore,
            "check": site.check,
            "collect": site.collect,
            "texts": site.texts,
            "failure": site.failure,
            "tables": site.tables,
            "http": site.http,
            "https": site.https,
            "uploads": site.uploads,
            "calls": site.calls,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "acceptance.deployed", json.dumps(asked)],
            cwd=ROOT,
            env=self._environment(folder, site),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def _environment(self, folder: Path, site: Site) -> dict[str, str]:
        """The variables of a process: nothing that a server set but the site's own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(self.variables)
        }
        kept |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
        if site.variables is None:
            return {**kept, **self.given}
        own = {
            name: value.replace("{folder}", folder.as_posix())
            for name, value in site.variables.items()
        }
        return {
            **kept,
            **self.given,
            "DEBUG": "false",
            "SECRET_KEY": KEY,
            "ALLOWED_HOSTS": self.host,
            "CSRF_TRUSTED_ORIGINS": f"https://{self.host}",
            "DATABASE_URL": f"sqlite:///{(folder / 'site.sqlite3').as_posix()}",
            **own,
        }

    # --------------------------------------------------------------------- the answers

    def said_by(self, name: str) -> Said:
        """What the process of a site found out, or a sentence."""
        __tracebackhide__ = True
        did = f"Started Django {self.sites[name].started}"
        code, output = self.runs[name]
        last = output.splitlines()[-1] if output else ""
        try:
            said: Said = json.loads(last)
        except ValueError:
            fail(
                did=did,
                wanted="a site that answers",
                got=last or f"exit code {code}",
                look="config/settings.py",
            )
        if "crash" in said:
            fail(did=did, wanted="a site that starts", got=said["crash"], look=SETTINGS)
        return said

    def answer(
        self, name: str, path: str, *, secure: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """(what was done, the answer) of one request to a site, or a sentence.

        The answer has ``status``, ``location``, ``hsts``, ``policy`` and ``body``.
        """
        __tracebackhide__ = True
        scheme = "https" if secure else "http"
        did = f"Opened {path} by {scheme.upper()} {self.sites[name].started}"
        found = self.said_by(name)[f"{scheme}:{path}"]
        if "error" in found:
            fail(
                did=did,
                wanted="a page, not an error",
                got=found["error"],
                look=SETTINGS,
            )
        return did, found

    def value(self, name: str, setting: str) -> Any:
        """A setting of a site, as JSON holds it; None where there is none."""
        __tracebackhide__ = True
        return self.said_by(name)["settings"][setting]


def status_of(found: Mapping[str, Any]) -> str:
    """An answer in a few words, for a ``got``."""
    where = f", a redirect to {found['location']}" if found["location"] else ""
    return f"status {found['status']}{where}"
