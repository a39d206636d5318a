"""Real servers for a project: PostgreSQL, Redis, and an SMTP server that keeps mails.

Each use has a database of its own on PostgreSQL, and one of Redis's numbered databases,
so that the suite's workers do not meet.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from filelock import FileLock

from djangopath.catalogue import Project
from tools import proof

DATABASE = os.environ.get(
    "DJANGOPATH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"
)
REDIS = os.environ.get("DJANGOPATH_REDIS", "redis://127.0.0.1:6379")
# Redis has sixteen numbered databases; 0 is left to whatever else runs here.
NUMBERS = range(1, 16)

CREATE = (
    "import sys, psycopg; c = psycopg.connect(sys.argv[1], autocommit=True); "
    "c.execute(f'{sys.argv[2]} DATABASE {sys.argv[3]}')"
)
FLUSH = "import sys, redis; redis.Redis.from_url(sys.argv[1]).flushdb()"


def listening(url: str) -> bool:
    """Whether something answers at the host and port of an address."""
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


class Mailbox:
    """Keeps what an SMTP server is sent."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, got: Envelope) -> str:
        """What aiosmtpd calls for each mail."""
        content = got.content if isinstance(got.content, bytes) else b""
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-Envelope-To"] = ", ".join(got.rcpt_tos)
        self.mails.append(mail)
        return "250 kept"


@contextmanager
def smtp() -> Iterator[tuple[str, Mailbox]]:
    """An SMTP server on a free port: its address as ``EMAIL_URL``, and what it got."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}", mailbox
    finally:
        controller.stop()


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(python: Path, cwd: Path) -> Iterator[str]:
    """A new database: its address as ``DATABASE_URL``; dropped at the end."""
    base = DATABASE.rsplit("/", 1)[0]
    name = f"djangopath_{os.getpid()}_{os.urandom(4).hex()}"
    proof.run([str(python), "-c", CREATE, DATABASE, "CREATE", name], cwd)
    try:
        yield f"{base}/{name}"
    finally:
        forced = f"{name} WITH (FORCE)"
        proof.run([str(python), "-c", CREATE, DATABASE, "DROP", forced], cwd)


@contextmanager
def redis(python: Path, cwd: Path) -> Iterator[str]:
    """An empty database of Redis that nobody else of the suite uses meanwhile."""
    locks = proof.CACHE / "redis"
    locks.mkdir(parents=True, exist_ok=True)
    for number in NUMBERS:
        lock = FileLock(locks / f"{number}.lock", blocking=False)
        try:
            lock.acquire()
        except TimeoutError:
            continue
        url = f"{REDIS}/{number}"
        try:
            proof.run([str(python), "-c", FLUSH, url], cwd)
            yield url
            return
        finally:
            proof.run([str(python), "-c", FLUSH, url], cwd, check=False)
            lock.release()
    raise RuntimeError("all of Redis's databases are in use by other runs of the suite")


@contextmanager
def real(project: Project) -> Iterator[dict[str, str]]:
    """The environment variables under which a project runs on real servers.

    Given is what its spec lists under ``services``, mail excepted.
    """
    python = proof.environment(project)
    env: dict[str, str] = {}
    with ExitStack() as stack:
        if "postgres" in project.services:
            server = postgres(python, project.folder)
            env["DATABASE_URL"] = stack.enter_context(server)
        if "redis" in project.services:
            env["REDIS_URL"] = stack.enter_context(redis(python, project.folder))
        yield env
