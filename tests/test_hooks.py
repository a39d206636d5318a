"""The hook, rendered, imported and run as a module."""

from __future__ import annotations

import base64
import importlib.util
import json
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jinja2 import Environment

from djangopath import catalogue, finish
from djangopath.extension import Catalogue
from djangopath.regions import cut

HOOK = catalogue.ROOT / "hooks/post_gen_project.py"


def given(**changes: str) -> dict[str, Any]:
    answers = {
        "project": "blog",
        "project_name": "A {{ name }} with \"quotes\" and 'more' \\",
        "project_slug": "mine",
        "author_name": "Somebody",
        "start_date": "2026-11-20",
        "hours_per_day": "2.5",
        "days_per_week": "5",
        "start_at": catalogue.load("blog").order[3],
    }
    return {**answers, **changes}


@pytest.fixture
def hook(tmp_path: Path) -> ModuleType:
    """The hook as cookiecutter renders it, imported without being run."""
    environment = Environment(extensions=[Catalogue], autoescape=False)
    text = environment.from_string(HOOK.read_text("utf-8")).render(cookiecutter=given())
    assert "{{" not in text.split("PLAN")[0]
    file = tmp_path / "hook.py"
    file.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("hook", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """What the skeleton has written by the time the hook runs."""
    folder = tmp_path / "mine"
    (folder / "acceptance").mkdir(parents=True)
    (folder / ".path").mkdir()
    (folder / ".env.example").write_text("# key\nSECRET_KEY=\nDEBUG=true\n")
    (folder / ".gitignore").write_text(".env\n")
    return folder


def test_the_plan_survives_the_rendering(hook: ModuleType) -> None:
    project = catalogue.load("blog")
    assert hook.PLAN["order"] == project.order
    assert hook.PLAN["done"] == 3
    assert hook.PLAN["hints"][project.order[0]] == list(project.tasks[0].hints)


def test_it_writes_the_cut_the_tests_and_the_packs(
    hook: ModuleType, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hook.main(hook.PLAN, target) == 0
    project = catalogue.load("blog")
    settings = (project.code / "config/settings.py").read_text("utf-8")
    expected = cut(settings, "config/settings.py", project.order, 3)
    assert (target / "config/settings.py").read_text("utf-8") == expected
    for task in project.tasks:
        assert (target / task.test).exists() and (target / task.page).exists()
    hints = json.loads(unpacked(target / ".path/hints.pack"))
    assert list(hints) == project.order
    reference = json.loads(unpacked(target / ".path/reference.pack"))
    assert reference["files"]["config/settings.py"] == settings
    assert "Personal Blog is ready in mine" in capsys.readouterr().out


def unpacked(file: Path) -> bytes:
    return zlib.decompress(base64.decodebytes(file.read_bytes()))


def test_the_key_is_fresh_and_the_rest_of_the_example_is_kept(
    hook: ModuleType, target: Path
) -> None:
    finish.write_env(target)
    lines = (target / ".env").read_text().splitlines()
    assert lines[0] == "# key" and lines[2] == "DEBUG=true"
    key = lines[1].removeprefix("SECRET_KEY=")
    assert len(key) >= 50 and len(set(key)) > 20


def test_a_file_that_is_there_already_is_an_error_for_the_author(
    hook: ModuleType, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (target / "manage.py").write_text("mine")
    assert hook.main(hook.PLAN, target) == 1
    assert "manage.py of the project stands in the skeleton" in capsys.readouterr().err
    assert (target / "manage.py").read_text() == "mine"
    assert not (target / "config").exists()


def test_an_interrupt_is_quiet(
    hook: ModuleType, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finish, "write_project", interrupt)
    assert hook.main(hook.PLAN, target) == 130


def test_a_disk_that_is_full_is_a_sentence(
    hook: ModuleType,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "some/file")

    monkeypatch.setattr(finish, "lay", full)
    assert hook.main(hook.PLAN, target) == 1
    assert capsys.readouterr().err == (
        "Could not write some/file: No space left on device\n"
    )
