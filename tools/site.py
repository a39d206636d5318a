"""A project that answers on a port of this machine."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from djangopath.catalogue import Project
from tools.cuts import write_cut
from tools.environments import clean_env, environment, run
from tools.services import held_port

PASSWORD = "tidal-harbour-7"
START = 180  # seconds; a server that has ended is not waited for
# What a server logs where it failed; another one may log this where it refuses.
TRACEBACK = re.compile("Traceback")

# What follows `python` to start a server on the port that it is given.
Server = Callable[[int], list[str]]


@dataclass
class Site:
    """A project that answers on a port of this machine."""

    project: Project
    folder: Path
    python: Path
    base: str
    env: dict[str, str] = field(default_factory=dict)  # what its settings read
    user: str | None = None  # who can sign in with PASSWORD

    @property
    def log(self) -> Path:
        """What its server has logged."""
        return self.folder / f"server-{urlsplit(self.base).port}.log"

    def manage(self, *words: str) -> str:
        """What manage.py prints."""
        command = [str(self.python), "manage.py", *words]
        return run(command, self.folder, check=True, **self.env).stdout

    def shell(self, script: str) -> Any:
        """What a script run by ``manage.py shell`` prints last, read as JSON."""
        said = self.manage("shell", "--verbosity", "0", "--command", script)
        return json.loads(said.strip().splitlines()[-1])

    def routes(self, paths: Sequence[str]) -> dict[str, str]:
        """The URL pattern that each path is answered by; those of none are left out."""
        return dict(self.shell(f"paths = {list(paths)!r}\n{ROUTES}"))

    def plain_routes(self) -> list[str]:
        """The paths of all URL patterns that have no argument."""
        return list(self.shell(PLAIN_ROUTES))


ROUTES = """
import json
from django.urls import Resolver404, resolve
found = {}
for path in paths:
    try:
        found[path] = resolve(path).route
    except Resolver404:
        pass
print(json.dumps(found))
"""

PLAIN_ROUTES = """
import json
from django.urls import URLResolver, get_resolver
def flat(patterns, before):
    for one in patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from flat(one.url_patterns, path)
        else:
            yield path
found = flat(get_resolver().url_patterns, "/")
print(json.dumps([path for path in found if not set(path) & set("<^($\\\\")]))
"""

# Somebody whom the demo data made, so that there is something of theirs to see.
USER = """
import json
from django.apps import apps
name = None
if apps.is_installed("django.contrib.auth"):
    from django.contrib.auth import get_user_model
    User = get_user_model()
    user = User.objects.filter(is_superuser=False, is_active=True).first()
    user = user or User(**{User.USERNAME_FIELD: "reader"})
    user.set_password(%r)
    user.save()
    name = user.get_username()
print(json.dumps(name))
"""


@contextmanager
def serve(
    project: Project,
    done: int,
    folder: Path,
    *,
    production: bool = False,
    services: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """A cut of a project, migrated, with its demo data, on a free port.

    Args:
        project: the project.
        done: how many of its tasks are done.
        folder: where to write it; must not be there yet.
        production: DEBUG=false and the server of the image, with the static files
            collected.
        services: environment variables that name servers, such as ``DATABASE_URL``.
    """
    write_cut(project, done, folder)
    env = dict(services or {})
    if production:
        env |= {
            "DEBUG": "false",
            "SECRET_KEY": "k" * 60,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECURE_SSL_REDIRECT": "false",
        }
    site = Site(project, folder, environment(project), "", env)
    if production:
        site.manage("collectstatic", "--no-input")
    site.manage("migrate", "--verbosity", "0")
    if project.seed and done == len(project.tasks):
        site.manage(project.seed)
    site.user = site.shell(USER % PASSWORD)
    with running(site) as started:
        yield started


@contextmanager
def running(
    site: Site,
    server: Server | None = None,
    *,
    failure: re.Pattern[str] = TRACEBACK,
    ready: str = "/",
) -> Iterator[Site]:
    """One more server process of a site, on a free port, until the end of the block.

    Given is the site with the address of that process.

    Args:
        site: a folder, the interpreter and the environment variables that its settings
            read, and no other.
        server: what is started; else Django's own server, or in production
            (DEBUG=false) the one of the image.
        failure: what in the log says that the server failed.
        ready: the path that answers once the server is ready.

    Raises:
        RuntimeError: it does not answer, or it failed; the message ends with its log.
    """
    production = site.env.get("DEBUG") == "false"
    server = server or (image_server(site.project) if production else runserver)
    with held_port() as port:
        site = replace(site, base=f"http://127.0.0.1:{port}")
        with site.log.open("w", encoding="utf-8") as out:
            process = subprocess.Popen(
                [str(site.python), *server(port)],
                cwd=site.folder,
                env=clean_env(**site.env),
                stdout=out,
                stderr=out,
            )
        try:
            wait(port, process, site.log, ready)
            yield site
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()
    said = site.log.read_text(encoding="utf-8", errors="replace")
    if failed := failure.search(said):
        start = said.rfind("\n", 0, failed.start()) + 1
        text = said[start:][:3000]
        raise RuntimeError(f"{site.project.slug}: the server failed:\n{text}")


def runserver(port: int) -> list[str]:
    """Django's own server."""
    return ["manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]


def daphne(application: str) -> Server:
    """One process of daphne with an ASGI application, as ``module:name``."""
    options = ["-b", "127.0.0.1", "-v", "1", application]
    return lambda port: ["-m", "daphne", "-p", str(port), *options]


def image_server(project: Project) -> Server:
    """What a project's image starts."""
    if project.server == "asgi":
        uvicorn = ["-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1"]
        return lambda port: [*uvicorn, "--port", str(port)]
    # Threads as in the image: a browser holds connections ready that it does not use,
    # and one thread would wait at the first of them.
    gunicorn = [
        "-m",
        "gunicorn",
        "config.wsgi",
        "--no-control-socket",
        "--threads",
        "4",
    ]
    return lambda port: [*gunicorn, "--bind", f"127.0.0.1:{port}"]


def wait(
    port: int, server: subprocess.Popen[bytes], log: Path, path: str = "/"
) -> None:
    """Returns once a server answers; RuntimeError with its log where it does not."""
    end = time.monotonic() + START
    while server.poll() is None and time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(
        f"the server does not answer:\n{log.read_text('utf-8', 'replace')}"
    )
