"""The real servers of `tools.services`, for tests: skipped where one is not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from djangopath.catalogue import Project
from tests.common import needed
from tools import services
from tools.services import Mailbox, OwnRedis, held_port, smtp

__all__ = ["Mailbox", "held_port", "own_redis", "real", "smtp"]


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A Redis that nobody else asks, and that falls into straits when it is told."""
    needed("redis-server", shutil.which("redis-server") is not None)
    with services.own_redis() as server:
        yield server


@contextmanager
def real(project: Project) -> Iterator[dict[str, str]]:
    """The environment variables under which a project runs on real servers."""
    for name, kind, url in (
        ("PostgreSQL", "postgres", services.DATABASE),
        ("Redis", "redis", services.REDIS),
    ):
        if kind in project.services:
            needed(f"{name} at {url}", services.listening(url))
    with services.real(project) as env:
        yield env
