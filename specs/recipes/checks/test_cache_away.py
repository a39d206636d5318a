"""The finished recipe platform on a real Redis that is away in every way there is."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from djangopath import catalogue
from tests.common import needed
from tools.services import free_port, listening
from tools.site import Site, serve

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

PATIENCE = 60  # seconds for an answer; a loaded machine may have much else to do
PATHS = ("/", "/recipes/", "/api/recipes/", "/api/categories/", "/sitemap.xml")
STRAITS = {
    "its memory is full": ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
    "it is a replica": ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    "no replica follows": (
        "CONFIG SET min-replicas-to-write 1",
        "CONFIG SET min-replicas-to-write 0",
    ),
}


@dataclass
class Redis:
    """A server of this test's own, which nobody else asks."""

    port: int
    process: subprocess.Popen[bytes]

    def say(self, command: str) -> str:
        """Sends a command, and gives back the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
            line.sendall(f"{command}\r\n".encode())
            return line.makefile("rb").readline().decode().strip()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis on a free port, with nothing in it."""
    needed("redis-server", shutil.which("redis-server") is not None)
    port = free_port()
    command = [
        "redis-server",
        "--port",
        str(port),
        "--save",
        "",
        "--dir",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while not listening(f"redis://127.0.0.1:{port}"):
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.05)
        yield Redis(port, process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(PATIENCE)


@pytest.fixture
def site(redis: Redis, tmp_path: Path) -> Iterator[Site]:
    """The finished project, its cache in that Redis and its rows in SQLite."""
    project = catalogue.load("recipes")
    env = {"REDIS_URL": f"redis://127.0.0.1:{redis.port}/0"}
    with serve(project, len(project.tasks), tmp_path / "site", services=env) as site:
        yield site


def opens(site: Site) -> None:
    """Every page answers."""
    for path in PATHS:
        answer = requests.get(site.base + path, timeout=PATIENCE)
        assert answer.status_code == 200, (path, answer.status_code)


def is_used(site: Site, redis: Redis) -> None:
    """The site keeps something in the cache, at the latest after its pause."""
    redis.say("FLUSHALL")
    end = time.monotonic() + PATIENCE
    while redis.say("DBSIZE") == ":0":
        assert time.monotonic() < end, "the cache is not used again"
        requests.get(site.base, timeout=PATIENCE)
        time.sleep(0.1)


def noticed(site: Site) -> int:
    """How often the log says that the cache is away."""
    return site.log.read_text("utf-8").count("The cache is away")


def test_the_site_outlives_its_cache(site: Site, redis: Redis) -> None:
    """Refusing, silent, gone: pages answer, and when it is back it is used."""
    for why, (fall, rise) in STRAITS.items():
        is_used(site, redis)
        before = noticed(site)
        assert redis.say(fall) == "+OK", why
        opens(site)
        requests.get(f"{site.base}/api/recipes/?page_size=7", timeout=PATIENCE)
        assert noticed(site) > before, f"{why}: it was not noticed"
        assert redis.say(rise) == "+OK", why
    is_used(site, redis)
    redis.process.send_signal(signal.SIGSTOP)
    opens(site)
    redis.process.send_signal(signal.SIGCONT)
    is_used(site, redis)
    redis.process.terminate()
    redis.process.wait(PATIENCE)
    opens(site)
