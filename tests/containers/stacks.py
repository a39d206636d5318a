"""A whole Compose stack, as the tests look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from bs4 import BeautifulSoup

from tests.containers.running import Container, until
from tools.containers.engine import Engine
from tools.services import free_port

SIGN_IN = "/admin/login/?next=/admin/"
PASSWORD = "a-Passw0rd-of-the-tests"


class Stack:
    """A repository's stack: ``file`` is the Compose file that it is started by."""

    def __init__(self, engine: Engine, folder: Path, file: str, **env: str) -> None:
        self.engine, self.folder, self.file, self.env = engine, folder, file, env

    def compose(self, *words: str, check: bool = True) -> str:
        """What Compose says to a command, its complaints behind what it prints."""
        done = self.engine.compose(
            self.folder, "--file", self.file, *words, check=check, env=self.env
        )
        return done.stdout + done.stderr

    def containers(self, service: str) -> list[Container]:
        """The containers of a service, those that have ended as well."""
        words = ["ps", "--all", "--quiet", "--no-trunc"]
        for label in (f"service={service}", f"project.working_dir={self.folder}"):
            words += ["--filter", f"label=com.docker.compose.{label}"]
        found = self.engine.docker(*words).stdout.split()
        return [Container(self.engine, id_) for id_ in found]

    @property
    def web(self) -> list[Container]:
        return self.containers("web")

    def wait(self, count: int = 1, seconds: float = 120) -> None:
        """Until so many web containers are healthy."""

        def well() -> bool:
            states = [c.state.get("Health", {}).get("Status") for c in self.web]
            return states.count("healthy") == count

        until(well, seconds, lambda: self.compose("logs", "--tail", "30", check=False))

    def manage(self, *words: str) -> str:
        """Runs manage.py in the first web container."""
        return self.web[0].run("python", "manage.py", *words)

    def shell(self, script: str) -> str:
        """What a script prints that runs with the site's settings and models."""
        return self.manage("shell", "--verbosity", "0", "--command", script)

    def superuser(self, name: str, password: str) -> None:
        """Makes an account that the admin lets in."""
        words = ["env", f"DJANGO_SUPERUSER_PASSWORD={password}", "python", "manage.py"]
        named = ["--username", name, "--email", f"{name}@example.org"]
        self.web[0].run(*words, "createsuperuser", "--noinput", *named)

    def sql(self, statement: str) -> str:
        """What the database answers, as the site's own connection."""
        script = (
            "from django.db import connection\n"
            "with connection.cursor() as cursor:\n"
            f"    cursor.execute({statement!r})\n"
            "    print(cursor.fetchall() if cursor.description else '')\n"
        )
        return self.shell(script)

    def expect_migrated_once(self) -> None:
        """By the service for it, before any web container started, and by no other."""
        (migrate,) = self.containers("migrate")
        assert migrate.state["ExitCode"] == 0, migrate.logs
        applied = re.findall(r"Applying (\S+)\.\.\. OK", migrate.logs)
        assert len(applied) == len(set(applied)), migrate.logs
        # The first cut of a project without accounts has none yet.
        assert len(applied) == self.manage("showmigrations", "--plan").count("[X]")
        if applied:
            rows = self.sql("select count(*) from django_migrations")
            assert rows == f"[({len(applied)},)]"
        for web in self.web:
            assert migrate.state["FinishedAt"] <= web.state["StartedAt"]
            assert "Running migrations" not in web.logs

    def logs(self, service: str) -> str:
        return "\n".join(c.logs for c in self.containers(service))


def has_accounts(folder: Path) -> bool:
    """Whether the project has users at all, and with them the admin's form."""
    text = (folder / "config/settings.py").read_text(encoding="utf-8")
    return "django.contrib.admin" in text


def free_ports() -> dict[str, str]:
    """A port of this machine that is free, for each that compose.yaml publishes."""
    names = "WEB_PORT DATABASE_PORT REDIS_PORT MAIL_PORT SMTP_PORT"
    return {name: str(free_port()) for name in names.split()}


def on_a_server() -> dict[str, str]:
    """What compose.prod.yaml wants of .env, and two free ports."""
    return {
        "SITE_HOST": "localhost",
        "EMAIL_URL": "smtp://localhost:25",
        "DEFAULT_FROM_EMAIL": "kitchen@localhost",
        "HTTP_PORT": str(free_port()),
        "HTTPS_PORT": str(free_port()),
    }


@contextmanager
def stack(engine: Engine, folder: Path, file: str, **env: str) -> Iterator[Stack]:
    """The stack of a repository; whatever it has made is taken away in the end."""
    found = Stack(engine, folder, file, **env)
    try:
        yield found
    finally:
        found.compose("down", "--volumes", "--remove-orphans", check=False)


class Visitor(requests.Session):
    """Somebody with a browser; forms are sent with what they hold already."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.verify = False
        self.trust_env = False

    def open(self, path: str, **more: object) -> requests.Response:
        return self.get(self.url + path, timeout=20, **more)  # type: ignore[arg-type]

    @property
    def origin(self) -> str:
        """Where the pages are from, with the host as it is said to the site."""
        scheme, _, host = self.url.partition("://")
        return f"{scheme}://{self.headers.get('Host', host)}"

    def fill(self, path: str, origin: str, **typed: str) -> requests.Response:
        """Opens the page of a form and sends it, as if it stood on a page of origin."""
        page = self.open(path, allow_redirects=False)
        form = BeautifulSoup(page.text, "html.parser").select_one("form[method=post]")
        assert form is not None, (page.status_code, page.headers, page.text[:300])
        data = {
            str(field["name"]): str(field.get("value", ""))
            for field in form.select("input[name]")
        }
        headers = {"Referer": origin + path, "Origin": origin}
        return self.post(page.url, data=data | typed, headers=headers, timeout=20)

    def sign_in(self, username: str, password: str) -> bool:
        """Through the form of the admin; whether it let us in."""
        typed = {"username": username, "password": password}
        answer = self.fill(SIGN_IN, self.origin, **typed)
        assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        return bool(BeautifulSoup(answer.text, "html.parser").select("#user-tools"))
