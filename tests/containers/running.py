"""A container that runs, as the tests look at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from tools.containers.engine import Engine

# The settings as on a server, with a database of the container's own.
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "k3y-of-a-test-that-nobody-shall-use-anywhere-else-0123456789",
    "ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": "sqlite:////tmp/db.sqlite3",
}
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")


class Container:
    """One container; ``url`` is its address on the engine's own network."""

    def __init__(self, engine: Engine, id_: str) -> None:
        self.engine, self.id = engine, id_

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.engine.inspect(self.id)["State"]
        return state

    @property
    def address(self) -> str:
        """Its IP address."""
        networks = self.engine.inspect(self.id)["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    @property
    def logs(self) -> str:
        done = self.engine.docker("logs", self.id, check=False)
        return done.stdout + done.stderr

    def run(self, *command: str, check: bool = True) -> str:
        """What a command inside prints."""
        done = self.engine.docker("exec", self.id, *command, check=check)
        return done.stdout.strip()

    def get(self, path: str, **headers: str) -> requests.Response:
        """Asks for a page as a proxy in front would, by HTTPS."""
        given = {"Host": "localhost", "X-Forwarded-Proto": "https"} | headers
        return requests.get(
            f"http://{self.address}:8000{path}",
            headers=given,
            timeout=15,
            allow_redirects=False,
        )

    def front(self) -> requests.Response:
        """The first page; where it sends a stranger on, the page that they see."""
        page = self.get("/")
        return self.get(page.headers["Location"]) if page.is_redirect else page

    def wait_healthy(self, seconds: float = 90) -> None:
        """Until its own health check says so."""
        until(
            lambda: self.state["Health"]["Status"] == "healthy",
            seconds,
            lambda: f"not healthy: {self.state}\n{self.logs[-5000:]}",
        )


def until(
    holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str]
) -> None:
    """Waits until something holds; fails with what is said otherwise."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.25)


@contextmanager
def container(engine: Engine, image: str, *options: str) -> Iterator[Container]:
    """A container of the image under production settings, as compose.yaml starts it."""
    env = [word for k, v in PRODUCTION.items() for word in ("--env", f"{k}={v}")]
    more = ["--env", "BEHIND_PROXY=true", "--security-opt", "no-new-privileges:true"]
    made = engine.docker("run", "--detach", *HARDENED, *env, *more, *options, image)
    found = Container(engine, made.stdout.strip())
    try:
        yield found
    finally:
        engine.docker("rm", "--force", "--volumes", found.id, check=False)
