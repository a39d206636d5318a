"""A Docker engine: the one that runs on this machine, or one of our own.

An engine of our own has a socket and a data folder of its own, so that it meets nobody
else's containers, and ends with the tests. Its data folder is kept: the base images in
it are made once.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from djangopath.catalogue import ROOT

DATA = Path(os.environ.get("DJANGOPATH_DOCKER", ROOT / ".cache" / "docker"))
PACKAGES = ("docker.io", "docker-compose", "debootstrap")
PID = DATA.with_name(f"{DATA.name}.pid")
ROOTS = "root-"
START = 60


class NoEngine(Exception):
    """There is no engine here and none can be had; the message says why."""


class Engine:
    """What talks to one Docker engine.

    Attributes:
        host: the address of its socket, as ``DOCKER_HOST`` has it; empty for Docker's
            own default.
        own: whether it was started by us and ends with us.
        env: the environment of a command that talks to it.
    """

    def __init__(self, host: str = "") -> None:
        self.host = host
        self.own = bool(host)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COMPOSE_")}
        if host:
            # Debian's client asks for BuildKit, which its engine does not bring.
            kept |= {"DOCKER_HOST": host, "DOCKER_BUILDKIT": "0"}
            kept["COMPOSE_DOCKER_CLI_BUILD"] = "0"
        self.env = kept
        self.compose_command = ["docker", "compose"]
        if self.docker("compose", "version", check=False).returncode:
            self.compose_command = ["docker-compose"]

    def docker(
        self, *arguments: str, check: bool = True, timeout: float = 900, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Runs ``docker``.

        Raises:
            RuntimeError: it failed; the message ends with what it said.
        """
        return self._run(["docker", *arguments], check, timeout, **more)

    def compose(
        self,
        folder: Path,
        *arguments: str,
        check: bool = True,
        timeout: float = 900,
        **more: Any,
    ) -> subprocess.CompletedProcess[str]:
        """Runs Compose, whichever is here, in a folder."""
        command = [*self.compose_command, *arguments]
        return self._run(command, check, timeout, cwd=folder, **more)

    def _run(
        self, command: list[str], check: bool, timeout: float, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        env = self.env | (more.pop("env", None) or {})
        done = subprocess.run(
            command,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
            **more,
        )
        if check and done.returncode:
            said = (done.stdout + done.stderr).strip()[-3000:]
            raise RuntimeError(f"{' '.join(command)}\n{said}")
        return done

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine knows of a container or an image."""
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", name).stdout)
        return found[0]

    def has_image(self, name: str) -> bool:
        """Whether an image of this name is here."""
        return not self.docker("image", "inspect", name, check=False).returncode


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine that answers, until the end of the block.

    Raises:
        NoEngine: none runs here, and none can be installed or started.
    """
    if shutil.which("docker") and answers(""):
        yield Engine()
        return
    install()
    DATA.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{DATA}.lock"):
        for left in DATA.parent.glob(f"{ROOTS}*"):  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        with own_engine() as found:
            yield found


def answers(host: str) -> bool:
    """Whether an engine answers at this address."""
    env = os.environ | ({"DOCKER_HOST": host} if host else {})
    command = ["docker", "info", "--format", "{{.ServerVersion}}"]
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    return done.returncode == 0 and bool(done.stdout.strip())


def install() -> None:
    """Installs Debian's engine where it is missing.

    Raises:
        NoEngine: this is no Debian, or nobody who may install.
    """
    commands = ("dockerd", "docker", "debootstrap")
    missing = [name for name in commands if shutil.which(name) is None]
    if os.geteuid() != 0:
        raise NoEngine("no Docker engine answers here, and only root can start one")
    if not missing and (shutil.which("docker-compose") or compose_plugin()):
        return
    if shutil.which("apt-get") is None:
        raise NoEngine(
            "no Docker engine is here, and there is no apt-get to install it"
        )
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends"]):
        packages = PACKAGES if command[0] == "install" else ()
        done = subprocess.run(
            ["apt-get", "-q", *command, *packages],
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode and command[0] == "install":
            last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            raise NoEngine(f"Docker's packages could not be installed: {last}")


def compose_plugin() -> bool:
    """Whether ``docker compose`` is here."""
    command = ["docker", "compose", "version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def own_engine() -> Iterator[Engine]:
    """Starts an engine on a socket of its own, and ends it with all it runs."""
    end_earlier()
    # The path of a socket may have about a hundred characters, so not under DATA.
    with tempfile.TemporaryDirectory(prefix="docker-") as name:
        place = Path(name)
        host = f"unix://{place}/docker.sock"
        command = ["dockerd", "--host", host, "--data-root", str(DATA)]
        command += ["--exec-root", str(place / "exec"), "--pidfile", str(PID)]
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True
            )
        try:
            end = time.monotonic() + START
            while not answers(host):
                if process.poll() is not None or time.monotonic() > end:
                    lines = (place / "log").read_text("utf-8", "replace").splitlines()
                    last = lines[-1] if lines else "it gave no reason"
                    raise NoEngine(f"the Docker engine does not start: {last}")
                time.sleep(0.2)
            found = Engine(host)
            clear(found)
            yield found
        finally:
            if process.poll() is None:
                clear(Engine(host))
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def end_earlier() -> None:
    """Ends an engine on the same data that a run which was killed has left behind."""
    try:
        pid = int(PID.read_text("ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    if b"dockerd" not in command or os.fsencode(DATA) not in command:
        return
    end = time.monotonic() + START
    os.kill(pid, signal.SIGTERM)
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.2)


def clear(engine: Engine) -> None:
    """Takes away all that runs and is kept on an engine of our own, but for images."""
    for listing, removing in (
        (["ps", "--all", "--quiet"], ["rm", "--force", "--volumes"]),
        (["volume", "ls", "--quiet"], ["volume", "rm", "--force"]),
        (["images", "--quiet", "--filter", "dangling=true"], ["rmi", "--force"]),
        (["network", "ls", "--quiet", "--filter", "type=custom"], ["network", "rm"]),
    ):
        left = engine.docker(*listing, check=False).stdout.split()
        if left:
            engine.docker(*removing, *left, check=False)
