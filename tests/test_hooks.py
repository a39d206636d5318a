"""The hook: rendered, imported and run as a module, and what its rendering does."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment

from djangopath import catalogue, extension, finish
from djangopath.extension import Catalogue
from djangopath.lay import LITTER, LITTER_ON_TOP, texts
from djangopath.regions import cut
from tests.common import git
from tools.examples import EXAMPLE

pytestmark = pytest.mark.only_projects(EXAMPLE)

HOOK = catalogue.ROOT / "hooks/post_gen_project.py"
SKELETON = catalogue.ROOT / "{{cookiecutter.project_slug}}"
DONE = 3


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """What the skeleton has written by the time the hook is rendered."""
    folder = tmp_path / "mine"
    (folder / "acceptance").mkdir(parents=True)
    (folder / ".env.example").write_text("# key\nSECRET_KEY=\nDEBUG=true\n", "utf-8")
    (folder / ".gitignore").write_bytes((SKELETON / ".gitignore").read_bytes())
    return folder


def given(target: Path) -> dict[str, Any]:
    return {
        "project": EXAMPLE,
        "project_name": "A {{ name }} with \"quotes\" and 'more' \\",
        "project_slug": target.name,
        "author_name": "Somebody",
        "start_date": "2026-11-20",
        "hours_per_day": "2.5",
        "days_per_week": "5",
        "start_at": catalogue.load(EXAMPLE).order[DONE],
        "_output_dir": str(target.parent),
    }


def rendered(target: Path) -> str:
    environment = Environment(extensions=[Catalogue], autoescape=False)
    template = environment.from_string(HOOK.read_text("utf-8"))
    return template.render(cookiecutter=given(target))


@pytest.fixture
def hook(target: Path) -> ModuleType:
    """The hook as cookiecutter renders it, imported without being run."""
    file = target.parent / "hook.py"
    file.write_text(rendered(target), "utf-8")
    spec = importlib.util.spec_from_file_location("hook", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unpacked(file: Path) -> Any:
    return json.loads(zlib.decompress(base64.decodebytes(file.read_bytes())))


def test_it_says_what_to_do_next(
    hook: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hook.main() == 0
    said = capsys.readouterr().out
    assert f"{catalogue.load(EXAMPLE).title} is ready in mine" in said
    assert "python manage.py migrate" in said


def test_it_does_not_fail_where_nobody_listens(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    assert hook.main() == 0


def test_its_rendering_writes_the_cut_the_tests_and_the_packs(
    hook: ModuleType, target: Path
) -> None:
    project = catalogue.load(EXAMPLE)
    settings = dict(texts(project.code))["config/settings.py"]
    expected = cut(settings, "config/settings.py", project.order, DONE)
    assert (target / "config/settings.py").read_text("utf-8") == expected
    for task in project.tasks:
        assert (target / task.test).exists() and (target / task.page).exists()
    hints = unpacked(target / ".path/hints.pack")
    assert list(hints) == project.order
    assert hints[project.order[0]] == list(project.tasks[0].hints)
    reference = unpacked(target / ".path/reference.pack")
    assert reference["files"]["config/settings.py"] == settings
    assert reference["order"] == project.order


def test_the_commit_holds_what_git_add_would_take(
    hook: ModuleType, target: Path
) -> None:
    assert git(target, "status", "--porcelain") == ""
    assert git(target, "ls-files", "-i", "-c", "--exclude-standard") == ""
    assert git(target, "fsck", "--strict") == ""
    assert git(target, "log", "--format=%s") == "Start\n"
    mode = git(target, "ls-files", "-s", "manage.py").split()[0]
    assert mode == "100755"
    before = git(target, "rev-parse", "HEAD^{tree}")
    git(target, "rm", "-r", "-q", "--cached", ".")
    git(target, "add", "-A")
    assert git(target, "write-tree") == before


def test_litter_is_what_git_ignores(hook: ModuleType, target: Path) -> None:
    names = [*LITTER_ON_TOP, *(f"app/{name}" for name in LITTER)]
    names = [name for name in names if not name.endswith(".git")]
    files = (".DS_Store", ".coverage", ".env", "db.sqlite3")
    paths = [name if name.endswith(files) else f"{name}/x" for name in names]
    ignored = git(target, "check-ignore", *paths).splitlines()
    assert sorted(ignored) == sorted(paths)


def test_the_key_is_fresh_and_the_rest_of_the_example_is_kept(
    hook: ModuleType, target: Path
) -> None:
    lines = (target / ".env").read_text("utf-8").splitlines()
    assert lines[0] == "# key" and lines[2] == "DEBUG=true"
    key = lines[1].removeprefix("SECRET_KEY=")
    assert len(key) >= 50 and len(set(key)) > 20


def test_a_file_that_is_there_already_is_an_error_for_the_author(target: Path) -> None:
    (target / "manage.py").write_text("mine", "utf-8")
    with pytest.raises(FailedHookException, match=r"manage\.py of the project"):
        rendered(target)
    assert (target / "manage.py").read_text("utf-8") == "mine"
    assert not (target / "config").exists()


def test_a_disk_that_is_full_is_a_sentence(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "some/file")

    monkeypatch.setattr(finish, "lay", full)
    with pytest.raises(FailedHookException) as caught:
        rendered(target)
    assert str(caught.value) == "Could not write some/file: No space left on device"


def test_only_a_finished_bake_is_kept(
    target: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = target.parent / "other"
    other.mkdir()
    monkeypatch.setattr(extension, "_baking", [target, other])
    rendered(target)
    extension.sweep()
    assert target.exists() and not other.exists()
    assert f"{other} was removed" in capsys.readouterr().err
