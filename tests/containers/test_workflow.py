"""The generated workflows of every project: every job, with its own services."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.containers.conftest import Built, have
from tests.containers.running import Container
from tests.workflow import CI, Outcome, fresh_environment, read, run_job, workflows
from tools.containers.engine import Engine
from tools.services import free_port

# The jobs that have a test of their own below.
NAMED = {(CI, "lint"), (CI, "test"), (CI, "image")}


@pytest.fixture
def repository(built: Built, tmp_path: Path) -> Path:
    """A checkout of the repository."""
    found = Path(shutil.copytree(built.folder, tmp_path / "repository"))
    (found / ".env").unlink()  # Git ignores it, so no checkout has it.
    return found


def run(repository: Path, job: str, path: str = CI, **services: str) -> Outcome:
    """Runs a job as on a runner of its own: what another has installed is not there."""
    place = repository.parent / f"{Path(path).stem}-{job}"
    venv = fresh_environment(place, repository, path)
    try:
        return run_job(repository, job, venv, path, **services)
    finally:
        shutil.rmtree(venv)


@contextmanager
def service(engine: Engine, asked: dict[str, Any]) -> Iterator[dict[str, str]]:
    """A service as a job asks for it, healthy; gives its ports and where they are here.

    The runner hands ``options`` to ``docker create`` as they stand, and so does this.
    """
    assert {"env", *asked} == {"image", "env", "options", "ports"}, asked
    have(engine, [asked["image"]])
    found: dict[str, str] = {}
    words = shlex.split(asked["options"])
    for key, value in asked.get("env", {}).items():
        words += ["--env", f"{key}={value}"]
    for port in asked["ports"]:
        host, outside, inside = port.split(":")
        found[f"{host}:{outside}"] = f"{host}:{free_port()}"
        words += ["--publish", f"{found[f'{host}:{outside}']}:{inside}"]
    made = engine.docker("run", "--detach", *words, asked["image"])
    container = Container(engine, made.stdout.strip())
    try:
        container.wait_healthy()
        yield found
    finally:
        engine.docker("rm", "--force", "--volumes", container.id, check=False)


@contextmanager
def services_of(
    engine: Engine, folder: Path, job: str, path: str = CI
) -> Iterator[dict[str, str]]:
    """A job's own services; gives its variables, which name the ports taken here."""
    asked = read(folder, path)["jobs"][job]
    env = {key: str(value) for key, value in asked.get("env", {}).items()}
    with ExitStack() as stack:
        for one in asked.get("services", {}).values():
            for port, here in stack.enter_context(service(engine, one)).items():
                assert any(port in value for value in env.values()), port
                env = {key: value.replace(port, here) for key, value in env.items()}
        yield env


def test_lint_and_format(repository: Path) -> None:
    outcome = run(repository, "lint")
    assert not outcome.failed, outcome.said[outcome.failed]


def test_check_and_test_with_its_own_services(repository: Path, engine: Engine) -> None:
    with services_of(engine, repository, "test") as env:
        outcome = run(repository, "test", **env)
    assert not outcome.failed, outcome.said[outcome.failed]
    assert re.search(r"\d+ passed", outcome.said["Tests"])
    assert "### Progress" in outcome.summary


def test_the_image_is_built_and_turns_healthy(
    repository: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = engine.docker("ps", "--all", "--quiet", "--filter", "name=^/app$").stdout
    if not engine.own and (taken or engine.has_image("app")):
        pytest.skip("this engine has an `app` of somebody else's")
    for key, value in engine.env.items():
        if key.startswith(("DOCKER_", "COMPOSE_")) and os.environ.get(key) != value:
            monkeypatch.setenv(key, value)
    try:
        outcome = run(repository, "image")
    finally:
        engine.docker("rm", "--force", "app", check=False)
        engine.docker("rmi", "app", check=False)
    assert not outcome.failed, outcome.said[outcome.failed]


def test_every_other_job(repository: Path, engine: Engine) -> None:
    """Of every workflow that the repository holds, those that a task wrote as well."""
    jobs = {
        (path, job)
        for path in workflows(repository)
        for job in read(repository, path)["jobs"]
    }
    if not jobs - NAMED:
        pytest.skip("all jobs have a test of their own")
    for path, job in sorted(jobs - NAMED):
        with services_of(engine, repository, job, path) as env:
            outcome = run(repository, job, path, **env)
        assert not outcome.failed, f"{path}, {job}: {outcome.said[outcome.failed]}"
