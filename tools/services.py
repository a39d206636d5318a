"""Real servers for a project: PostgreSQL, Redis, and an SMTP server that keeps mails.

Each use has a database of its own on PostgreSQL, and one of Redis's numbered databases,
so that the suite's workers do not meet.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from filelock import FileLock

from djangopath.catalogue import Project
from djangopath.services import Service
from tools import environments

DATABASE = os.environ.get(
    "DJANGOPATH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"
)
REDIS = os.environ.get("DJANGOPATH_REDIS", "redis://127.0.0.1:6379")
# Redis has sixteen numbered databases; 0 is left to whatever else runs here.
NUMBERS = range(1, 16)
PATIENCE = 60.0  # seconds for a server in this process to start

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
    with held_port() as port:
        # The controller's own five seconds are too few for a loaded machine.
        controller = Controller(
            mailbox, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE
        )
        controller.start()
        try:
            yield f"smtp://127.0.0.1:{controller.port}", mailbox
        finally:
            controller.stop()


def free_port() -> int:
    """A port of this machine that nothing listens on, and that anybody may take."""
    with held_port() as port:
        return port


@contextmanager
def held_port() -> Iterator[int]:
    """A port that nothing listens on, and that nobody else is given meanwhile.

    A server takes a second to start. Linux gives a port that is bound to nobody who
    asks for any, but lets a server listen on it that names it and sets SO_REUSEADDR,
    as servers do. Other systems would keep the server from it as well.
    """
    with socket.socket() as holder:
        if sys.platform == "linux":
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = int(holder.getsockname()[1])
        if sys.platform != "linux":
            holder.close()
        yield port


@contextmanager
def postgres(python: Path, cwd: Path) -> Iterator[str]:
    """A new database: its address as ``DATABASE_URL``; dropped at the end."""
    base = DATABASE.rsplit("/", 1)[0]
    name = f"djangopath_{os.getpid()}_{os.urandom(4).hex()}"
    environments.run([str(python), "-c", CREATE, DATABASE, "CREATE", name], cwd)
    try:
        yield f"{base}/{name}"
    finally:
        forced = f"{name} WITH (FORCE)"
        environments.run([str(python), "-c", CREATE, DATABASE, "DROP", forced], cwd)


@contextmanager
def redis(python: Path, cwd: Path) -> Iterator[str]:
    """An empty database of Redis that nobody else of the suite uses meanwhile."""
    with redis_number() as number:
        url = f"{REDIS}/{number}"
        try:
            environments.run([str(python), "-c", FLUSH, url], cwd)
            yield url
        finally:
            environments.run([str(python), "-c", FLUSH, url], cwd, check=False)


# How a Redis that is there is kept from serving, and how it is let.
STRAITS = {
    "full": ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
    "replica": ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    "without replicas": (
        "CONFIG SET min-replicas-to-write 1",
        "CONFIG SET min-replicas-to-write 0",
    ),
}


class OwnRedis:
    """A Redis of the caller's own that keeps nothing on disk, and falls into straits.

    Attributes:
        port: where it listens.
        url: its address, as ``REDIS_URL``.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.url = port, f"redis://127.0.0.1:{port}/0"
        self._log = folder / "log"
        words = ["--port", str(port), "--save", "", "--dir", str(folder)]
        self._command = ["redis-server", "--bind", "127.0.0.1", *words]
        self.start()

    def start(self) -> None:
        """Starts it, empty.

        Raises:
            FileNotFoundError: there is no redis-server on this machine.
            RuntimeError: it does not answer.
        """
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out)
        end = time.monotonic() + PATIENCE
        while self.say("PING") != "+PONG":
            if self._process.poll() is not None or time.monotonic() > end:
                said = self._log.read_text("utf-8", "replace")
                raise RuntimeError(f"redis-server does not answer:\n{said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it, whatever state it is in."""
        self._process.kill()
        self._process.wait()

    def say(self, command: str) -> str:
        """The first line of its answer to a command; "" where nothing answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as line:
                line.sendall(f"{command}\r\n".encode())
                return line.makefile("rb").readline().decode().strip()
        except OSError:
            return ""

    def fall(self, state: str) -> None:
        """Lets it be ``away``, ``stalled``, or in one of `STRAITS`."""
        if state == "away":
            self.stop()
        elif state == "stalled":
            self._process.send_signal(signal.SIGSTOP)
        else:
            self._obey(STRAITS[state][0])

    def rise(self, state: str) -> None:
        """Lets it serve again, after `fall`."""
        if state == "away":
            self.start()
        elif state == "stalled":
            self._process.send_signal(signal.SIGCONT)
        else:
            self._obey(STRAITS[state][1])

    def _obey(self, command: str) -> None:
        if (said := self.say(command)) != "+OK":
            raise RuntimeError(f"{command}: redis-server says {said!r}")


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A Redis that nobody else asks, on a port that stays held while it is away.

    Raises:
        FileNotFoundError: there is no redis-server on this machine.
        RuntimeError: it does not answer.
    """
    with held_port() as port, tempfile.TemporaryDirectory() as folder:
        server = OwnRedis(port, Path(folder))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def redis_number() -> Iterator[int]:
    """The number of a database of Redis; waits where others use all of them.

    The locks lie where every checkout on this machine looks: each of them empties the
    databases of the same Redis. Whoever holds a number must not ask for another one.
    """
    server = hashlib.sha256(REDIS.encode()).hexdigest()[:8]
    # A folder of each user's: nobody may open another one's locks.
    user = os.getuid() if hasattr(os, "getuid") else 0
    locks = Path(tempfile.gettempdir()) / f"djangopath-redis-{user}-{server}"
    locks.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + environments.TIMEOUT
    while time.monotonic() < end:
        for number in NUMBERS:
            lock = FileLock(locks / f"{number}.lock", blocking=False)
            try:
                lock.acquire()
            except TimeoutError:
                continue
            try:
                yield number
            finally:
                lock.release()
            return
        time.sleep(0.2)
    raise RuntimeError("all of Redis's databases are in use by other runs of the suite")


# What is started of a project's services, by the slugs of specs/services/.
SERVERS = {"postgres": postgres, "redis": redis}


@contextmanager
def real(project: Project) -> Iterator[dict[str, str]]:
    """The environment variables under which a project runs on real servers.

    Given is what its spec lists under ``services`` and `SERVERS` can start.
    """
    python = environments.environment(project)
    env: dict[str, str] = {}
    with ExitStack() as stack:
        for service in project.containers:
            if service.slug in SERVERS:
                server = SERVERS[service.slug](python, project.folder)
                (name,) = service.variables
                env[name] = stack.enter_context(server)
        yield env


@dataclass(frozen=True)
class Process:
    """A process of a project's own that a service describes, run on this machine.

    Attributes:
        service: what describes it.
        folder: the project's repository.
        env: the environment of its commands.
        places: by folder of the container, the folder that stands in for it.
    """

    service: Service
    folder: Path
    env: Mapping[str, str]
    places: Mapping[str, Path]

    def command(self, words: Sequence[str]) -> list[str]:
        """A command of the Compose files, with the folders of this machine."""
        found = [word.replace("$$", "$") for word in words]
        for place, here in self.places.items():
            found = [word.replace(place, str(here)) for word in found]
        return found

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Starts its command; what it says goes to a file, behind what is there."""
        with log.open("ab") as out:
            return subprocess.Popen(
                self.command(self.service.compose["command"]),
                cwd=self.folder,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def healthy(self) -> bool:
        """Whether its health check passes, within the time that it has for that.

        Raises:
            ValueError: it is no command for a shell, or its time is not in seconds.
        """
        check = self.service.compose["healthcheck"]
        kind, *words = check["test"]
        if kind != "CMD-SHELL":
            raise ValueError(f"{kind} is not understood here")
        command = ["sh", "-c", *self.command(words)]
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds(check["timeout"]),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def seconds(duration: str) -> int:
    """The seconds of a duration such as ``30s``.

    Raises:
        ValueError: it is in another unit.
    """
    if not re.fullmatch(r"\d+s", duration):
        raise ValueError(f"{duration}: expected seconds, such as 30s")
    return int(duration[:-1])
