"""The real servers of `tools.services`, for tests: skipped where one is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from djangopath.catalogue import Project
from tests.common import needed
from tools import services
from tools.services import Mailbox, held_port, smtp

__all__ = ["Mailbox", "held_port", "real", "smtp"]


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
