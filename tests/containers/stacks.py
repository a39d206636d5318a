"""A whole Compose stack, as the tests look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from bs4 import BeautifulSoup

from tests.containers.running import Container, until
from tools.containers.engine import Engine


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

    def logs(self, service: str) -> str:
        return "\n".join(c.logs for c in self.containers(service))


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

    def sign_in(self, username: str, password: str) -> bool:
        """Through the form of the admin; whether it let us in."""
        page = self.open("/admin/login/?next=/admin/")
        form = BeautifulSoup(page.text, "html.parser").select_one("form[method=post]")
        assert form is not None, (page.status_code, page.text[:300])
        data = {
            str(field["name"]): str(field.get("value", ""))
            for field in form.select("input[name]")
        }
        data |= {"username": username, "password": password}
        headers = {"Referer": page.url, "Origin": "/".join(page.url.split("/")[:3])}
        answer = self.post(page.url, data=data, headers=headers, timeout=20)
        assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        return bool(BeautifulSoup(answer.text, "html.parser").select("#user-tools"))
