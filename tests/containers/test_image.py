"""The image of every project: what is in it, who runs it, how it starts and ends."""

from __future__ import annotations

import http.client
import json
import re
import select
import socket
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.containers.conftest import Built
from tests.containers.running import Container, container
from tools.containers.engine import Engine

# Of the packages and the code; the base under them is not ours to make smaller.
LARGEST = 200_000_000
COMPILERS = ("cc", "gcc", "g++", "clang", "make", "ld", "rustc", "cargo")
BY_PROXY = {"Host": "localhost", "X-Forwarded-Proto": "https"}
# How many seconds a form takes that is sent when the container is stopped.
UNDER_WAY = 11
# No server, or one that ends before it has taken the connection up.
TURNED_AWAY = ("ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected")


@pytest.fixture(scope="module")
def running(built: Built, engine: Engine) -> Iterator[Container]:
    """A container of the image, migrated and healthy."""
    with container(engine, built.image) as found:
        found.wait_healthy()
        found.run("python", "manage.py", "migrate", "--no-input")
        yield found


def test_it_runs_as_nobody_who_may_do_anything(running: Container) -> None:
    """Not as root, nothing to write to but /tmp and media, no way to more rights."""
    assert running.run("id", "-u") == "10001"
    assert running.run("sh", "-c", "cat /proc/1/status | grep ^Uid").split()[1] == (
        "10001"
    )
    for path in ("/app/x", "/venv/x", "/etc/x", "/x"):
        denied = running.run("sh", "-c", f"touch {path} 2>&1 || true")
        assert re.search("Read-only file system|Permission denied", denied), path
    running.run("touch", "/tmp/x")
    held = running.run("sh", "-c", "grep ^CapEff /proc/1/status").split()[1]
    assert int(held, 16) == 0


def test_code_and_packages_are_nobody_s_to_change(running: Container) -> None:
    """Even without the read-only file system the account could not change the code."""
    script = (
        "import os, pathlib\n"
        "for top in ('/app', '/venv'):\n"
        "    for path in pathlib.Path(top).rglob('*'):\n"
        "        if path.is_relative_to('/app/media') or path.is_symlink():\n"
        "            continue\n"
        "        stat = path.stat()\n"
        "        if stat.st_uid == os.getuid() or stat.st_mode & 0o002:\n"
        "            print(path)\n"
    )
    assert running.run("python", "-c", script) == ""


def test_it_holds_nothing_that_does_not_run(
    built: Built, engine: Engine, tmp_path: Path
) -> None:
    """No compiler, no secret, no history, no tests, in no layer of the image."""
    archive = tmp_path / "image.tar"
    engine.docker("save", "--output", str(archive), built.image)
    names: list[str] = []
    secrets = {value.encode() for value in built.secrets.values()}
    with tarfile.open(archive) as image:
        layers = json.load(image.extractfile("manifest.json"))[0]["Layers"]  # type: ignore[arg-type]
        base = base_layers(built, engine)
        for layer in layers[base:]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                for member in files:
                    names.append(member.name)
                    if member.isfile() and member.name.startswith("app/"):
                        data = files.extractfile(member).read()  # type: ignore[union-attr]
                        assert not any(s in data for s in secrets), member.name
    code = [name for name in names if name.startswith("app/")]
    assert "app/manage.py" in code
    unwanted = re.compile(
        r"(^|/)(\.git|\.env[^/]*|\.path|acceptance|tests?|conftest\.py|test_[^/]*\.py"
        r"|path\.py|TASKS\.md|[^/]*\.sqlite3|Dockerfile|compose[^/]*\.yaml|deploy|proxy)(/|$)"
    )
    assert [name for name in code if unwanted.search(name)] == []
    tools = re.compile(rf"(^|/)bin/({'|'.join(map(re.escape, COMPILERS))}|pip[0-9.]*)$")
    assert [name for name in names if tools.search(name)] == []
    history = engine.docker("history", "--no-trunc", built.image).stdout
    assert not any(secret.decode() in history for secret in secrets)


def base_layers(built: Built, engine: Engine) -> int:
    """How many layers come from the base image."""
    text = (built.folder / "Dockerfile").read_text(encoding="utf-8")
    base = re.findall(r"(?m)^FROM (\S+)", text)[-1]
    return len(engine.inspect(base)["RootFS"]["Layers"])


def test_no_compiler_is_in_reach(running: Container) -> None:
    found = running.run(
        "sh", "-c", f"for name in {' '.join(COMPILERS)}; do command -v $name; done; :"
    )
    assert found == ""


def test_its_size_is_bounded(built: Built, engine: Engine) -> None:
    text = (built.folder / "Dockerfile").read_text(encoding="utf-8")
    base = engine.inspect(re.findall(r"(?m)^FROM (\S+)", text)[-1])["Size"]
    size = engine.inspect(built.image)["Size"]
    own = size - base
    print(f"{built.image}: {own / 1e6:.0f} MB on a base of {base / 1e6:.0f} MB")
    assert 10_000_000 < own < LARGEST


def test_it_answers_and_says_that_it_is_well(built: Built, running: Container) -> None:
    assert running.get("/healthz/").status_code == 200
    page = running.front()
    assert page.status_code == 200, running.logs
    assert "<title>" in page.text
    # Another name than those allowed is refused, also from inside.
    assert running.get("/", Host="evil.example").status_code == 400


def test_its_health_check_tells_well_from_unwell(
    built: Built, engine: Engine, running: Container
) -> None:
    """Yes to the site as it is; no where nobody listens, and to an answer of 400."""
    kind, *check = engine.inspect(built.image)["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD"

    def says(**env: str) -> int:
        given = [word for k, v in env.items() for word in ("--env", f"{k}={v}")]
        command = ["exec", *given, running.id, *check]
        return engine.docker(*command, check=False).returncode

    assert says() == 0
    assert says(PORT="8001") != 0
    assert says(ALLOWED_HOSTS="evil.example") != 0


def test_static_files_are_served_to_be_kept(built: Built, running: Container) -> None:
    """Hashed names are kept for ever; before the task that hashes them, for a minute.

    The deployment task turns the minute, WhiteNoise's own, into a year.
    """
    soup = BeautifulSoup(running.front().text, "html.parser")
    sheets = [str(link["href"]) for link in soup.select("link[rel=stylesheet]")]
    if built.cut == "first" and not sheets:
        pytest.skip("the first cut has no style sheet yet")
    assert sheets, "the page has no style sheet"
    for sheet in sheets:
        answer = running.get(sheet, **{"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, sheet
        assert answer.headers["Content-Type"].startswith("text/css")
        kept = answer.headers.get("Cache-Control", "")
        age = re.search(r"max-age=(\d+)", kept)
        assert age and int(age[1]) >= 60, f"{sheet} is kept too short: {kept!r}"
        if built.cut == "done":
            assert int(age[1]) >= 365 * 24 * 3600 and "immutable" in kept, kept
            assert answer.headers.get("Content-Encoding") == "gzip"


class Caller(threading.Thread):
    """Somebody who asks again and again, by a new connection, until nobody answers.

    Attributes:
        told: for each request when it was sent, and its status or the name of an error.
    """

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.told: list[tuple[float, int | str]] = []

    def run(self) -> None:
        said: int | str = 200
        while said == 200:
            site = http.client.HTTPConnection(self.address, 8000, timeout=60)
            sent = None
            try:
                site.request("GET", "/healthz/", headers=BY_PROXY)
                sent = time.monotonic()
                answer = site.getresponse()
                answer.read()
                said = answer.status
            except (OSError, http.client.HTTPException) as error:
                said = type(error).__name__
            finally:
                site.close()
            self.told.append((sent or time.monotonic(), said))
            time.sleep(0.02)


def grace_of(folder: Path) -> int:
    """The seconds in which compose.yaml lets a web container end."""
    text = (folder / "compose.yaml").read_text(encoding="utf-8")
    said = yaml.safe_load(text)["services"]["web"].get("stop_grace_period", "10s")
    found = re.fullmatch(r"(\d+)s", said)
    assert found, f"stop_grace_period: {said}"
    return int(found[1])


def test_it_ends_in_time_and_loses_no_request(built: Built, engine: Engine) -> None:
    """It is stopped as Compose does it while forms are sent and others ask for pages.

    The forms take longer than ``docker stop`` waits unless it is told, and all are
    answered; so is whoever asked before the stop. Who comes later may be turned away,
    but gets no half of an answer.
    """
    grace = grace_of(built.folder)
    started = " ".join(engine.inspect(built.image)["Config"]["Cmd"])
    waits = re.search(r"graceful-\w+ (\d+)", started)
    assert waits and UNDER_WAY < int(waits[1]) < grace, (started, grace)
    body = b"x=" + b"y" * 4000
    headers = BY_PROXY | {
        "Cookie": f"csrftoken={'a' * 32}",
        "Referer": "https://localhost/",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode()
    with (
        container(engine, built.image, "--stop-timeout", str(grace)) as site,
        ExitStack() as stack,
    ):
        site.wait_healthy()
        callers = [Caller(site.address) for _ in range(4)]
        for caller in callers:
            caller.start()
        forms = [
            stack.enter_context(
                socket.create_connection((site.address, 8000), timeout=30)
            )
            for _ in range(4)
        ]
        for form in forms:
            form.sendall(head + body[:1000])
        time.sleep(2)
        assert any(len(caller.told) > 1 for caller in callers), site.logs
        early, _, _ = select.select(forms, [], [], 0)
        assert not early, f"answered before the stop: {early[0].recv(200)!r}"
        start = time.monotonic()
        stopping = threading.Thread(target=engine.docker, args=("stop", site.id))
        stopping.start()
        time.sleep(UNDER_WAY)
        assert stopping.is_alive(), (
            f"it ended with forms under way\n{site.logs[-2000:]}"
        )
        for form in forms:
            form.sendall(body[1000:])
        for form in forms:
            answer = b""
            while b"\r\n\r\n" not in answer and (more := form.recv(65536)):
                answer += more
            # 403 or 405 as the view would have it: what counts is that it answers.
            assert re.match(rb"HTTP/1\.1 [234]\d\d ", answer), answer or site.logs
        stopping.join()
        taken = time.monotonic() - start
        for caller in callers:
            caller.join(60)
        told = [entry for caller in callers for entry in caller.told]
        print("after the stop:", Counter(said for sent, said in told if sent > start))
        lost = [said for sent, said in told if sent < start and said != 200]
        assert not lost, f"asked before the stop: {lost}\n{site.logs[-2000:]}"
        assert {said for _, said in told} <= {200, *TURNED_AWAY}, site.logs
        assert taken < UNDER_WAY + 10, f"{taken:.0f} s"
        assert site.state["ExitCode"] == 0, site.logs
