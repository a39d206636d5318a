"""Where no Docker engine can be had: what is said, and how the tests are counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from djangopath.catalogue import ROOT
from tools.containers import engine as engines
from tools.containers import images
from tools.containers.engine import Engine, NoEngine
from tools.examples import smallest

pytestmark = [
    pytest.mark.only_projects(smallest()),
    pytest.mark.skipif(sys.platform == "win32", reason="starts shell scripts"),
]

Program = Callable[[str, str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Makes a program by a line of shell; no other can be found, Docker least of all.

    Whoever runs the tests counts as root, and an engine would keep its data apart.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(engines, "DATA", tmp_path / "data" / "docker")
    monkeypatch.setattr(engines, "PID", tmp_path / "docker.pid")

    def make(name: str, line: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (folder / name).chmod(0o755)

    return make


def said() -> str:
    """What is said where there should be an engine."""
    with pytest.raises(NoEngine) as caught, engines.engine():
        pass
    return str(caught.value)


def test_only_root_may_start_one(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even what could install one is tried, nor what could start it."""
    for name in ("apt-get", "dockerd", "debootstrap", "docker-compose"):
        program(name, f"echo {name} >> {engines.PID}")
    program("docker", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert said() == "no Docker engine answers here, and only root can start one"
    assert not engines.PID.exists()


def test_without_apt_get_there_is_none(program: Program) -> None:
    assert said() == ("no Docker engine is here, and there is no apt-get to install it")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("echo 'E: Unable to locate package docker.io' >&2; exit 100", "E: Unable to"),
        ("exit 100", "it gave no reason"),
    ],
)
def test_packages_that_cannot_be_installed_are_the_reason(
    line: str, reason: str, program: Program
) -> None:
    program("apt-get", line)
    assert said().startswith(f"Docker's packages could not be installed: {reason}")


def test_an_engine_that_does_not_start_says_why(program: Program) -> None:
    for name in ("docker-compose", "debootstrap"):
        program(name, "exit 0")
    program("docker", "exit 1")
    program("dockerd", "echo starting; echo 'no iptables here' >&2; exit 1")
    assert said() == "the Docker engine does not start: no iptables here"


@pytest.mark.parametrize(
    ("name", "own", "reason"),
    [
        ("nobody/made-it:1", True, "nothing here makes it"),
        ("postgres:17", False, "a stand-in has no place on another's engine"),
    ],
)
def test_an_image_that_cannot_be_had_is_no_engine(
    name: str, own: bool, reason: str, program: Program
) -> None:
    """Nothing is made in its place, so that no test takes it for the real one."""
    asked = []

    def docker(*words: str, check: bool = True) -> SimpleNamespace:
        asked.append(words)
        return SimpleNamespace(returncode=1)

    offline = SimpleNamespace(own=own, has_image=lambda name: False, docker=docker)
    with pytest.raises(NoEngine, match=rf"{re.escape(name)} cannot be pulled, and "):
        images.ensure(cast(Engine, offline), [name])
    with pytest.raises(NoEngine, match=reason):
        images.ensure(cast(Engine, offline), [name])
    assert asked == [("pull", "--quiet", name)] * 2


@pytest.mark.parametrize(
    ("ci", "code", "counted"),
    [("", 0, r"SKIPPED .*not run: {}"), ("true", 1, r"CI=true promises Docker: {}")],
)
def test_without_an_engine_the_tests_count_as_not_run(
    ci: str, code: int, counted: str, tmp_path: Path
) -> None:
    """Of a run of its own, without any program: skipped, and never as passed.

    With CI=true, where there has to be an engine, it is a failure.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
    command += ["tests/containers", "-k", f"{smallest()}-first and (size or compiler)"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=kept | {"PATH": str(tmp_path), "CI": ci},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert re.search(counted.format("no Docker engine (is|answers) here"), done.stdout)
    assert re.search("2 errors? in" if ci else "2 skipped", done.stdout), done.stdout
    assert "passed" not in done.stdout
