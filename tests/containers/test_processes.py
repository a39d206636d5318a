"""Worker and beat of the made-up project, in containers, by both Compose files."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import queue_project
from tests.containers.conftest import have
from tests.containers.running import Container, until
from tests.containers.stacks import Stack, free_ports, on_a_server, stack
from tests.queue_project import SERVICES
from tools.containers import images
from tools.containers.engine import Engine
from tools.services import seconds

NAME = "proof-queue-done"
PATIENCE = 120
ADD = "from config.celery import add; print(add.delay(2, 3).get(timeout=60))"
SENT = "Sending due task"


@pytest.fixture(scope="module")
def folder(
    engine: Engine, queue_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The made-up project's repository; the images that it asks for are here."""
    place = tmp_path_factory.mktemp("processes")
    found = queue_project.bake(queue_template, place, NAME)
    have(engine, images.asked_for(found))
    yield found
    shutil.rmtree(place, ignore_errors=True)


@contextmanager
def started(engine: Engine, folder: Path, file: str, **env: str) -> Iterator[Stack]:
    """A stack whose site, worker and beat are healthy."""
    with stack(engine, folder, file, **env) as found:
        found.compose("up", "--build", "--detach")
        found.wait()
        for service in ("worker", "beat"):
            (one,) = found.containers(service)
            one.wait_healthy()
        yield found


@pytest.fixture(scope="module")
def running(engine: Engine, folder: Path) -> Iterator[Stack]:
    """compose.yaml's stack."""
    with started(engine, folder, "compose.yaml", **free_ports()) as found:
        yield found


def only(stack: Stack, service: str) -> Container:
    """The one container of a service."""
    (found,) = stack.containers(service)
    return found


def stopped(container: Container, service: str) -> float:
    """Stops a container as Compose does it; gives the seconds that it took."""
    grace = SERVICES[service].compose["stop_grace_period"]
    begun = time.monotonic()
    container.engine.docker("stop", "--time", str(seconds(grace)), container.id)
    return time.monotonic() - begun


def test_a_view_hands_over_a_task_and_gets_its_result(running: Stack) -> None:
    assert running.shell(ADD) == "5"


def test_they_have_no_rights_and_write_to_their_volumes_alone(running: Stack) -> None:
    for service in ("worker", "beat"):
        container = only(running, service)
        assert container.run("id", "-u") == "10001"
        for path in ("/app/x", "/etc/x", "/venv/x"):
            said = container.run("sh", "-c", f"touch {path} || echo refused")
            assert said == "refused", path
        for mount in SERVICES[service].mounts.values():
            container.run("touch", f"{mount}/x")
            container.run("rm", f"{mount}/x")
        config = container.engine.inspect(container.id)["HostConfig"]
        assert config["ReadonlyRootfs"] and config["CapDrop"] == ["ALL"]
        assert config["SecurityOpt"] == ["no-new-privileges:true"]
        assert "Traceback" not in container.logs


def test_the_worker_finishes_what_is_under_way(running: Stack) -> None:
    """Compose's own stop: the task ends well, and nobody was killed."""
    worker = only(running, "worker")
    running.shell(
        "from config.celery import held\n"
        "held.apply_async(['/tmp/held'], task_id='held')"
    )
    held = ("test", "-e", "/tmp/held")
    engine = worker.engine

    def exists() -> bool:
        return not engine.docker("exec", worker.id, *held, check=False).returncode

    until(exists, PATIENCE, lambda: worker.logs)
    stop = threading.Thread(target=stopped, args=(worker, "worker"))
    stop.start()
    until(lambda: "Warm shutdown" in worker.logs, PATIENCE, lambda: worker.logs)
    assert worker.state["Running"]
    worker.run("rm", "/tmp/held")
    stop.join(PATIENCE)
    assert (worker.state["Running"], worker.state["ExitCode"]) == (False, 0)
    said = "from config.celery import app; print(app.AsyncResult('held').state)"
    assert running.shell(said) == "SUCCESS"
    running.compose("up", "--detach")
    until(lambda: running.shell(ADD) == "5", PATIENCE, lambda: running.logs("worker"))


def test_what_hangs_turns_unhealthy(running: Stack) -> None:
    """And well again; the site goes on meanwhile."""
    for service in ("worker", "beat"):
        container = only(running, service)
        container.wait_healthy()
        container.engine.docker("pause", container.id)
        # A check cannot be started in a container that is paused, so it is asked from
        # the other side, as the file asks.
        check = SERVICES[service].compose["healthcheck"]["test"][1]
        check = check.replace("$$HOSTNAME", container.id[:12])
        web = running.web[0]
        done = web.engine.docker("exec", web.id, "sh", "-c", check, check=False)
        container.engine.docker("unpause", container.id)
        assert done.returncode, done.stdout
        assert web.run("sh", "-c", check), "it answers again"


def test_two_beats_send_once(running: Stack) -> None:
    """The second waits, ends at once when it is told to, and takes over otherwise."""
    (first,) = running.containers("beat")
    running.compose("up", "--detach", "--no-recreate", "--scale", "beat=3")
    others = [c for c in running.containers("beat") if c.id != first.id]
    assert len(others) == 2
    until(lambda: all(c.state["Running"] for c in others), PATIENCE, lambda: "waiting")
    sent = first.logs.count(SENT)
    # Long after they would have begun: one a second, and none takes ten to start.
    until(lambda: first.logs.count(SENT) > sent + 30, PATIENCE, lambda: first.logs)
    assert [c.logs for c in others] == ["", ""]
    assert stopped(others[0], "beat") < seconds(
        SERVICES["beat"].compose["stop_grace_period"]
    )
    assert others[0].state["ExitCode"] == 143
    first.engine.docker("kill", first.id)
    until(lambda: SENT in others[1].logs, PATIENCE, lambda: others[1].logs)
    assert others[1].state["Running"] and not first.state["Running"]


def test_beat_goes_on_after_all_containers_were_new(running: Stack) -> None:
    """The volume holds what was sent when; the account may write to it."""
    count = (
        "import shelve; kept = shelve.open('/var/lib/beat/schedule', 'r'); "
        "print(kept['entries']['tick'].total_run_count)"
    )
    running.compose("up", "--detach", "--scale", "beat=1")
    before = int(only(running, "beat").run("python", "-c", count))
    running.compose("down")
    running.compose("up", "--detach")
    running.wait()
    beat = only(running, "beat")
    until(lambda: SENT in beat.logs, PATIENCE, lambda: beat.logs)
    assert stopped(beat, "beat") < 30
    assert (beat.state["ExitCode"], before > 0) == (0, True)
    running.compose("up", "--detach")
    until(lambda: beat.state["Running"], PATIENCE, lambda: beat.logs)
    assert int(beat.run("python", "-c", count)) > before


def test_a_beat_that_no_longer_looks_turns_unhealthy(running: Stack) -> None:
    """It hangs in a schedule, while what answers the question is another thread.

    The check that passes and the one that fails are Docker's own.
    """
    beat = only(running, "beat")
    beat.wait_healthy()
    beat.run("touch", "/tmp/stuck")
    until(
        lambda: beat.state["Health"]["Status"] == "unhealthy",
        PATIENCE * 3,
        lambda: str(beat.state),
    )
    beat.run("rm", "/tmp/stuck")
    beat.wait_healthy()


def test_on_a_server(engine: Engine, folder: Path) -> None:
    with started(engine, folder, "compose.prod.yaml", **on_a_server()) as found:
        assert found.shell(ADD) == "5"
        beat = only(found, "beat")
        until(lambda: SENT in beat.logs, PATIENCE, lambda: beat.logs)
