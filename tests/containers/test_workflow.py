"""The generated workflow of every project at both cuts: every job, the image too."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests import services
from tests.containers.conftest import Built
from tests.workflow import fresh_environment, run_job
from tools.containers.engine import Engine


@pytest.fixture(scope="module")
def place(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the repository, and a fresh environment beside it."""
    found = tmp_path_factory.mktemp("workflow")
    shutil.copytree(built.folder, found / "repository")
    (found / "repository/.env").unlink()  # Git ignores it, so no checkout has it.
    fresh_environment(found)
    return found


def test_lint_and_format(place: Path) -> None:
    outcome = run_job(place / "repository", "lint", place / "venv")
    assert not outcome.failed, outcome.said[outcome.failed]


def test_check_and_test_on_real_servers(built: Built, place: Path) -> None:
    with services.real(built.project) as env:
        outcome = run_job(place / "repository", "test", place / "venv", **env)
    assert not outcome.failed, outcome.said[outcome.failed]
    assert re.search(r"\d+ passed", outcome.said["Tests"])
    assert "### Progress" in outcome.summary


def test_the_image_is_built_and_turns_healthy(
    place: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in engine.env.items():
        if key.startswith(("DOCKER_", "COMPOSE_")) and os.environ.get(key) != value:
            monkeypatch.setenv(key, value)
    try:
        outcome = run_job(place / "repository", "image", place / "venv")
    finally:
        engine.docker("rm", "--force", "app", check=False)
    assert not outcome.failed, outcome.said[outcome.failed]
