"""A project that answers on a port of this machine."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from djangopath.catalogue import Project
from tools.cuts import write_cut
from tools.environments import clean_env, environment, run
from tools.services import held_port

PASSWORD = "tidal-harbour-7"
START = 180  # seconds; a server that has ended is not waited for


@dataclass
class Site:
    """A project that answers on a port of this machine."""

    project: Project
    folder: Path
    python: Path
    base: str
    env: dict[str, str] = field(default_factory=dict)  # what its settings read
    user: str | None = None  # who can sign in with PASSWORD

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
def running(site: Site) -> Iterator[Site]:
    """One more server process of a site, on a free port of its own."""
    with held_port() as port:
        site = replace(site, base=f"http://127.0.0.1:{port}")
        server = ["manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        if site.env.get("DEBUG") == "false":
            server = server_of(site.project, port)
        with serving([str(site.python), *server], site.folder, site.env, port) as log:
            yield site
    said = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in said, f"the server failed:\n{said[-3000:]}"


def server_of(project: Project, port: int) -> list[str]:
    """What a project's image starts, behind `python`: on a port of this machine."""
    if project.server == "asgi":
        uvicorn = ["uvicorn", "config.asgi:application", "--host", "127.0.0.1"]
        return ["-m", *uvicorn, "--port", str(port)]
    gunicorn = ["gunicorn", "config.wsgi", "--no-control-socket"]
    return ["-m", *gunicorn, "--bind", f"127.0.0.1:{port}"]


@contextmanager
def serving(
    command: Sequence[str], folder: Path, env: Mapping[str, str], port: int
) -> Iterator[Path]:
    """A server process that answers, until the end of the block; gives its log.

    Args:
        command: what starts it.
        folder: where it runs and logs.
        env: the environment variables that its settings read, and no other.
        port: on which it answers on this machine.

    Raises:
        RuntimeError: it does not answer; the message ends with its log.
    """
    log = folder / f"server-{port}.log"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=clean_env(**env), stdout=out, stderr=out
        )
    try:
        wait(port, process, log)
        yield log
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Returns once a server answers; RuntimeError with its log where it does not."""
    end = time.monotonic() + START
    while server.poll() is None and time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(
        f"the server does not answer:\n{log.read_text('utf-8', 'replace')}"
    )
