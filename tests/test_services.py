"""The services of specs/services/: what an author is told, and what they do.

Each of them is rendered in test_generated_files.py, by a made-up project that names all
of them. Here its worker and beat are started on this machine, by the command of their
files and with the real Redis, and attacked. In containers they are in
tests/containers/test_processes.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml

from djangopath import catalogue, services
from djangopath.errors import SpecError
from tests import queue_project
from tests.common import needed
from tests.queue_project import SERVICES
from tests.services import own_redis
from tests.test_generated_files import load, run, schema, tool, yamllint
from tools import environments
from tools.examples import smallest
from tools.services import REDIS, Process, listening, redis, seconds

PATIENCE = 120.0  # seconds for what takes two
GRACE = {
    slug: seconds(SERVICES[slug].compose["stop_grace_period"])
    for slug in SERVICES
    if "stop_grace_period" in SERVICES[slug].compose
}

# ------------------------------------------------------------------------ in a spec


@pytest.mark.parametrize(
    ("slugs", "key", "says"),
    [
        ("[postgres, kafka]", "services[2]", "there is no specs/services/kafka.yaml"),
        ("[postgres, celery]", "services[2]", "beat, mail, postgres, redis, worker"),
        ("[postgres, worker]", "services[2]", "worker needs redis, which is not named"),
        ("[postgres, redis, beat]", "services[3]", "beat needs worker"),
        ("[postgres, redis, redis]", "services[3]", "redis is named twice"),
        ("[redis]", "services", "postgres is missing"),
        ("[]", "services", "postgres is missing"),
        ("[postgres, ../redis]", "services[2]", "expected a slug"),
        ("postgres", "services", "expected a list of services"),
    ],
)
def test_a_mistake_in_a_spec_is_named(
    tmp_path: Path, slugs: str, key: str, says: str
) -> None:
    specs = tmp_path / "specs"
    for name in (smallest(), "shared"):
        shutil.copytree(catalogue.SPECS / name, specs / name)
    spec = specs / smallest() / "spec.yaml"
    queue_project.name_services(spec)
    text = spec.read_text("utf-8").replace("\nservices: []", f"\nservices: {slugs}")
    line = text[: text.index(f"\nservices: {slugs}")].count("\n") + 2
    spec.write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        catalogue.load(smallest(), specs)
    message = str(caught.value)
    assert message.startswith(f"{spec}, line {line}: {key}: ")
    assert says in message and "\n" not in message


def test_a_project_has_its_services_in_the_order_of_its_spec(slug: str) -> None:
    project = catalogue.load(slug)
    spec = yaml.safe_load((project.folder / "spec.yaml").read_text("utf-8"))
    assert list(project.services) == spec["services"]


# ----------------------------------------------------------------------- in a file

WHOLE = """\
name: search
image: search:3
compose:
  ports:
    - "127.0.0.1:${SEARCH_PORT:-9200}:9200"
  volumes:
    - search:/data
"""


def changed(old: str, new: str) -> str:
    assert old in WHOLE, old
    return WHOLE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (changed("image:", "picture:"), 2, "picture: unknown key"),
        (changed("name: search", "name: Search_1"), 1, "name: expected small letters"),
        (
            changed("image: search:3", "build: {context: x}"),
            2,
            "expected one key a line",
        ),
        (changed("compose:", "build:\n  context: x\ncompose:"), 3, "not both"),
        (changed("compose:", "places: [moon]\ncompose:"), 3, "laptop, server"),
        (changed("compose:", "places: []\ncompose:"), 3, "expected 1 places or more"),
        (changed("compose:", "needs: redis\ncompose:"), 3, "a list of services"),
        (changed("compose:", "environment: yes\ncompose:"), 3, "expected a mapping"),
        (changed("compose:", "environment: {A: b}\ncompose:"), 3, "one key a line"),
        (changed("127.0.0.1", "0.0.0.0"), 5, "compose.ports[1]: expected a port"),
        (changed("search:/data", "/etc:/data"), 7, "compose.volumes[1]: expected a"),
        (changed("  ports", "  networks: [front]\n  ports"), 4, "the skeleton writes"),
        (changed("  ports", "  profiles: [app]\n  ports"), 4, "the skeleton writes"),
        (changed("image: search:3\n", "") + "  build: .\n", 7, "the skeleton writes"),
        ("image: search:3\n", 1, "the key 'compose' is missing"),
        ("image: search:3\ncompose: []\n", 2, "compose: expected a mapping"),
        (changed("    - search:/data\n", "    4\n"), 6, "expected a list of volumes"),
        (
            "image: a:1\ncompose:\n  ports: 4\n",
            3,
            "compose.ports: expected a list of ports",
        ),
        ("image: 3\ncompose:\n  init: true\n", 1, "image: expected a text"),
        ("- image\n", 1, "expected a mapping"),
    ],
)
def test_a_mistake_in_a_file_is_named(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    file = tmp_path / "search.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        services.load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}, line {line}: ")
    assert says in message and "\n" not in message


def test_what_stands_in_a_file_stands_in_compose(tmp_path: Path) -> None:
    """Comments are for compose.yaml, ports for a laptop; nothing else is lost."""
    file = tmp_path / "search.yaml"
    above = "  # Why it is\n  # kept.\n  volumes"
    file.write_text(WHOLE.replace("  volumes", above), "utf-8")
    service = services.load(file)
    laptop = "volumes:\n  - search:/data"
    assert service.definition("laptop").endswith(f"# Why it is\n# kept.\n{laptop}")
    assert yaml.safe_load(service.definition("laptop")) == service.compose
    assert service.definition("server") == laptop
    assert (service.name, service.volumes) == ("search", ("search",))


def test_every_service_is_in_the_project_that_all_are_rendered_by() -> None:
    files = services.FOLDER.iterdir()
    assert {file.stem for file in files} == set(queue_project.SLUGS)


# ---------------------------------------------------------- an image of its own

FRONT = """\
about: The pages, as a program of their own.
build:
  context: front
  target: serve
compose:
  read_only: true
  healthcheck:
    test: ["CMD", "true"]
"""


def test_a_service_may_have_an_image_of_its_own(
    queue_template: Path, tmp_path: Path
) -> None:
    """Built of a folder of the project's, to a target; it is told no secret."""
    template = tmp_path / "template"
    shutil.copytree(queue_template, template)
    (template / "specs/services/front.yaml").write_text(FRONT, "utf-8")
    spec = template / "specs" / queue_project.BASE / "spec.yaml"
    queue_project.name_services(spec, "postgres", "redis", "mail", "front")
    folder = queue_project.bake(template, tmp_path / "bake", "My_Shop")
    for path, end in (("compose.yaml", "local"), ("compose.prod.yaml", "production")):
        schema(folder, path, "compose-spec")
        yamllint(folder, path)
        found = load(folder, path)["services"]
        front = found["front"]
        assert front["image"] == f"my-shop-front:{end}"
        assert front["build"] == {"context": "front", "target": "serve"}
        assert front["pull_policy"] == "never"
        assert "environment" not in front and front["read_only"] is True
        built = [service["image"] for service in found.values() if "build" in service]
        assert sorted(built) == [f"my-shop-front:{end}", f"my-shop:{end}"]
    assert load(folder, "compose.yaml")["services"]["front"]["profiles"] == ["app"]
    assert "/var/lib" not in (folder / "Dockerfile").read_text("utf-8")


# ---------------------------------------------------------------- worker and beat


class Line:
    """A made-up project's processes and its Redis, on this machine."""

    def __init__(self, folder: Path, commands: Path, place: Path, url: str) -> None:
        self.folder, self.commands, self.place = folder, commands, place
        self.stuck = place / "stuck"
        self.env = environments.clean_env(
            REDIS_URL=url,
            STUCK=str(self.stuck),
            # Docker sets it; Celery names a node after the host.
            HOSTNAME=socket.gethostname(),
            PYTHONDONTWRITEBYTECODE="1",
        )
        self.env["PATH"] = f"{commands}{os.pathsep}{self.env['PATH']}"
        self.started: list[subprocess.Popen[bytes]] = []

    def process(self, slug: str) -> Process:
        """A service's process, with folders of this test's in place of volumes."""
        places = {}
        for path in SERVICES[slug].mounts.values():
            here = self.place / path.strip("/").replace("/", "-")
            here.mkdir(exist_ok=True)
            places[path] = here
        return Process(SERVICES[slug], self.folder, self.env, places)

    def start(
        self, slug: str, log: str = ""
    ) -> tuple[Process, subprocess.Popen[bytes]]:
        """Starts a service's command; what it says is `said` by the log's name."""
        process = self.process(slug)
        started = process.start(self.place / (log or slug))
        self.started.append(started)
        return process, started

    def said(self, log: str) -> str:
        return (self.place / log).read_text("utf-8", "replace")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Waits until something holds; fails with all that the processes said."""
        end = time.monotonic() + PATIENCE
        while not holds():
            logs = [file for file in self.place.iterdir() if file.is_file()]
            told = "\n".join(f"{f.name}:\n{self.said(f.name)[-3000:]}" for f in logs)
            assert time.monotonic() < end, f"{what}\n{told}"
            time.sleep(0.1)

    def until_said(self, log: str, words: str, count: int = 1) -> None:
        self.until(lambda: self.said(log).count(words) >= count, f"{log}: {words}")

    def ask(self, code: str) -> str:
        """What a program of the project's prints."""
        python = str(self.commands / "python")
        head = "from config.celery import *\n"
        done = environments.run([python, "-c", head + code], self.folder, **self.env)
        return done.stdout.strip()

    def add(self) -> str:
        """What a worker makes of a task that is handed over now."""
        return self.ask(f"print(add.delay(2, 3).get(timeout={PATIENCE}))")

    def hand_over_held(self, *names: str) -> list[Path]:
        """Hands over tasks that end when their file is removed; they have begun."""
        files = [self.place / name for name in names]
        asked = [f"held.apply_async([{str(f)!r}], task_id={f.name!r})" for f in files]
        self.ask("\n".join(asked))
        for file in files:
            self.until(file.exists, f"the task {file.name} begins")
        return files

    def states(self, *tasks: str) -> list[str]:
        """What has become of tasks."""
        return self.ask(f"print(*(app.AsyncResult(t).state for t in {tasks}))").split()

    def until_done(self, task: str) -> None:
        done = f"app.AsyncResult({task!r}).get(timeout={PATIENCE})"
        self.ask(done)

    def waiting(self) -> int:
        """How many tasks lie in Redis that no worker has taken."""
        code = (
            "with app.connection() as c: print(c.default_channel.client.llen('celery'))"
        )
        return int(self.ask(code))

    def end(self) -> None:
        for started in self.started:
            if started.poll() is None:
                children = children_of(started.pid)
                for pid in (started.pid, *children):
                    kill(pid, signal.SIGKILL)
                started.wait(PATIENCE)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = entry.read_text("utf-8").rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(entry.parent.name))
    return found


def kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@pytest.fixture(scope="module")
def commands(queue: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands that the made-up project's image installs."""
    needed("Linux, with flock", bool(sys.platform == "linux" and shutil.which("flock")))
    return queue_project.environment(tmp_path_factory.mktemp("queue") / "venv", queue)


@contextmanager
def line_at(url: str, queue: Path, commands: Path, place: Path) -> Iterator[Line]:
    found = Line(queue, commands, place, url)
    try:
        yield found
    finally:
        found.end()


@pytest.fixture
def line(queue: Path, commands: Path, tmp_path: Path) -> Iterator[Line]:
    """The processes of the made-up project, with the Redis of this machine."""
    needed(f"Redis at {REDIS}", listening(REDIS))
    with (
        redis(commands / "python", queue) as url,
        line_at(url, queue, commands, tmp_path) as found,
    ):
        yield found


def test_a_task_is_done_and_the_worker_is_healthy_while_it_answers(line: Line) -> None:
    worker, started = line.start("worker")
    assert line.add() == "5"
    assert worker.healthy()
    started.send_signal(signal.SIGSTOP)
    assert not worker.healthy()
    started.send_signal(signal.SIGCONT)
    line.until(worker.healthy, "it answers again")
    assert run(tool("git"), "status", "--porcelain", cwd=line.folder) == ""


def test_the_worker_finishes_what_is_under_way_and_leaves_the_rest(line: Line) -> None:
    _, started = line.start("worker")
    files = line.hand_over_held("first", "second")
    # Two are done at a time, so this one waits.
    line.ask("add.apply_async([2, 3], task_id='third')")
    started.send_signal(signal.SIGTERM)
    line.until_said("worker", "Warm shutdown")
    assert started.poll() is None
    for file in files:
        file.unlink()
    assert started.wait(GRACE["worker"]) == 0
    found = line.states("first", "second", "third")
    assert found == ["SUCCESS", "SUCCESS", "PENDING"]
    assert line.waiting() == 1
    line.start("worker")
    line.until_done("third")


def test_a_worker_that_is_killed_takes_no_waiting_task_with_it(line: Line) -> None:
    _, started = line.start("worker")
    line.hand_over_held("first", "second")
    line.ask("add.apply_async([2, 3], task_id='third')")
    # A container ends with all its processes.
    for pid in (started.pid, *children_of(started.pid)):
        kill(pid, signal.SIGKILL)
    started.wait(PATIENCE)
    assert line.waiting() == 1
    line.start("worker")
    line.until_done("third")


SENT = "Sending due task"


def test_beat_keeps_what_it_has_sent_and_ends_by_itself(line: Line) -> None:
    """After a restart it goes on from there: nothing that fell due is forgotten."""
    schedule = str(line.place / "var-lib-beat/schedule")
    count = (
        "import shelve\n"
        f"with shelve.open({schedule!r}, 'r') as kept:\n"
        "    print(kept['entries']['tick'].total_run_count)"
    )
    counts = []
    for turn in (1, 2):
        beat, started = line.start("beat", f"beat-{turn}")
        line.until_said(f"beat-{turn}", SENT, 2)
        assert beat.healthy()
        started.send_signal(signal.SIGTERM)
        assert started.wait(GRACE["beat"]) == 0
        sent = line.said(f"beat-{turn}").count(SENT)
        counts.append(int(line.ask(count)))
        assert counts[-1] == sum(counts[:-1]) + sent
    assert run(tool("git"), "status", "--porcelain", cwd=line.folder) == ""


def test_two_beats_send_once(line: Line) -> None:
    """The second waits, and takes over when the first is gone, however it went."""
    beat, one = line.start("beat", "first")
    line.until_said("first", SENT)
    _, two = line.start("beat", "second")
    _, three = line.start("beat", "third")
    # One with a volume of its own starts after them: when it has sent, they would have.
    (line.place / "other").mkdir()
    places = {"/var/lib/beat": line.place / "other"}
    apart = Process(SERVICES["beat"], line.folder, line.env, places)
    line.started.append(apart.start(line.place / "apart"))
    line.until_said("apart", SENT, 5)
    line.started[-1].kill()
    assert (line.said("second"), two.poll()) == ("", None)
    assert (line.said("third"), three.poll()) == ("", None)
    # Who waits ends at once.
    three.send_signal(signal.SIGTERM)
    assert three.wait(GRACE["beat"]) == -signal.SIGTERM
    one.kill()
    one.wait(PATIENCE)
    line.until_said("second", SENT)
    assert beat.healthy()


def test_the_health_of_one_is_not_that_of_another(line: Line) -> None:
    """Each hangs while the other answers."""
    worker, one = line.start("worker")
    beat, two = line.start("beat")
    line.until(worker.healthy, "the worker answers")
    line.until(beat.healthy, "beat answers")
    for here, there, hanging in ((worker, beat, one), (beat, worker, two)):
        hanging.send_signal(signal.SIGSTOP)
        assert (here.healthy(), there.healthy()) == (False, True)
        hanging.send_signal(signal.SIGCONT)


def test_they_outlive_a_redis_that_stops_and_comes_back(
    queue: Path, commands: Path, tmp_path: Path
) -> None:
    with own_redis() as server, line_at(server.url, queue, commands, tmp_path) as line:
        worker, _ = line.start("worker")
        beat, _ = line.start("beat")
        line.until_said("beat", SENT)
        assert line.add() == "5"
        server.stop()
        line.until_said("worker", "Connection refused")
        assert not worker.healthy()
        assert not beat.healthy()
        server.start()
        line.until(worker.healthy, "the worker answers again")
        line.until(beat.healthy, "beat answers again")
        assert line.add() == "5"
        sent = line.said("beat").count(SENT)
        line.until_said("beat", SENT, sent + 1)
