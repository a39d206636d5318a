"""Cookiecutter's functions, called by other tools: cruft, pytest-cookies, scripts.

Their process goes on after a bake, bakes again, and keeps what it has given.
"""

from __future__ import annotations

import atexit
import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import prompt_for_config

from djangopath import catalogue
from tests.common import git
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

ROOT = catalogue.ROOT


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template that a test may change."""
    target = tmp_path / "template"
    ignore = shutil.ignore_patterns("__pycache__")
    kept = ["djangopath", "hooks", "{{cookiecutter.project_slug}}"]
    kept += [f"specs/{name}" for name in ("services", "shared", smallest())]
    for name in kept:
        shutil.copytree(ROOT / name, target / name, ignore=ignore)
    shutil.copy(ROOT / "cookiecutter.json", target)
    return target


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration that keeps cookiecutter out of the home folder."""
    file = tmp_path / "config.yaml"
    folders = {"cookiecutters_dir": str(tmp_path), "replay_dir": str(tmp_path / "r")}
    file.write_text(json.dumps(folders), "utf-8")
    return str(file)


def context_of(template: Path, **extra: Any) -> dict[str, Any]:
    """The answers as cruft collects them, with the template on Python's path."""
    given = {"project": smallest(), "project_slug": "mine", **extra}
    sys.path.append(str(template))
    try:
        context = generate_context(
            context_file=str(template / "cookiecutter.json"), extra_context=given
        )
        context["cookiecutter"] = prompt_for_config(context, no_input=True)
    finally:
        sys.path.remove(str(template))
    context["cookiecutter"]["_template"] = str(template)
    context["cookiecutter"]["_commit"] = "0" * 40
    return context


def as_cruft(template: Path, output: Path, **extra: Any) -> Path:
    """A bake as cruft makes it; what it has given is left as it was."""
    context = context_of(template, **extra)
    before = copy.deepcopy(context)
    output.mkdir(exist_ok=True)
    sys.path.append(str(template))
    try:
        folder = Path(
            generate_files(repo_dir=template, context=context, output_dir=str(output))
        )
    finally:
        sys.path.remove(str(template))
    assert context == before
    json.dumps(context)  # cruft writes it into .cruft.json
    return folder


def test_answers_of_its_own_are_enough(tmp_path: Path) -> None:
    folder = as_cruft(ROOT, tmp_path / "out")
    assert folder == tmp_path / "out/mine"
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "log", "--format=%s") == "Start\n"


def test_a_relative_folder_to_bake_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = as_cruft(ROOT, Path("out"))
    assert folder == tmp_path / "out/mine" and (folder / "manage.py").is_file()


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    text = file.read_text("utf-8")
    changed = change(text)
    assert changed != text
    file.write_text(changed, "utf-8")


def newer(template: Path) -> None:
    """What a later commit of the template may change: a project, and the library."""
    tasks = template / f"specs/{smallest()}/tasks.yaml"
    title = catalogue.load(smallest()).tasks[0].title
    rewrite(tasks, lambda text: text.replace(title, f"{title}, anew", 1))
    pages = template / "djangopath/pages.py"
    rewrite(pages, lambda text: text + '\n\ntasks_page = lambda plan: "# Anew\\n"\n')


def is_newer(folder: Path) -> tuple[bool, bool]:
    """Whether a bake has the project, and the library, of `newer`."""
    page = folder / catalogue.load(smallest()).tasks[0].page
    tasks = (folder / "TASKS.md").read_text("utf-8")
    return ", anew\n" in page.read_text("utf-8"), tasks == "# Anew\n"


def test_a_template_that_changes_between_two_bakes(
    template: Path, tmp_path: Path
) -> None:
    """``cruft update`` checks an older commit out, then a newer one, in one folder."""
    before = as_cruft(template, tmp_path / "before")
    newer(template)
    after = as_cruft(template, tmp_path / "after")
    assert (is_newer(before), is_newer(after)) == ((False, False), (True, True))


def test_two_copies_of_the_template_in_one_process(
    template: Path, tmp_path: Path, config: str
) -> None:
    newer(template)
    found = []
    for number, source in enumerate((ROOT, template, ROOT, template)):
        folder = cookiecutter(
            str(source),
            no_input=True,
            extra_context={"project": smallest(), "project_slug": f"mine{number}"},
            output_dir=str(tmp_path),
            config_file=config,
        )
        found.append(is_newer(Path(folder)))
    assert found == [(False, False), (True, True)] * 2
    assert Path(str(sys.modules["djangopath"].__file__)).parent.parent == ROOT


def test_the_function_leaves_its_caller_alone(
    tmp_path: Path, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its answers nor its process are changed, by a bake that fails either."""
    registered: list[object] = []
    monkeypatch.setattr(atexit, "register", registered.append)
    hook, errors = sys.excepthook, getattr(sys.stdout, "errors", "")
    extra = {"project": smallest(), "project_slug": "mine"}
    before = copy.deepcopy(extra)
    options: dict[str, Any] = {
        "no_input": True,
        "extra_context": extra,
        "output_dir": str(tmp_path),
        "config_file": config,
    }
    cookiecutter(str(ROOT), **options)
    with pytest.raises(FailedHookException, match="exists already"):
        cookiecutter(str(ROOT), **options)
    assert extra == before
    assert sys.excepthook is hook and getattr(sys.stdout, "errors", "") == errors
    assert registered == []


def test_pytest_cookies_from_elsewhere(tmp_path: Path) -> None:
    """It asks the questions before cookiecutter has the template on Python's path."""
    test = """
import json, os
def test_bakes(cookies):
    extra = json.loads(os.environ["EXTRA"])
    for _ in range(2):
        result = cookies.bake(extra_context=extra, template=os.environ["TEMPLATE"])
        assert result.exception is None, result.exception
        assert (result.project_path / "manage.py").is_file()
        json.dumps(result.context)
    assert extra == json.loads(os.environ["EXTRA"])
"""
    (tmp_path / "test_it.py").write_text(test, "utf-8")
    ini = f"[pytest]\npythonpath = {ROOT}\n"
    (tmp_path / "pytest.ini").write_text(ini, "utf-8")
    env = {
        **os.environ,
        "EXTRA": json.dumps({"project": smallest()}),
        "TEMPLATE": str(ROOT),
        "PYTHONPATH": "",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stdout + result.stderr


# ------------------------------------------------------------------- what is refused


SLUGS = ["../up", "/up", "a/b", "a\\b", "C:up", "..", "nul", "Com1", "", "a\n"]


@pytest.mark.parametrize("slug", [*SLUGS, None, True, 5, ["a"], {"a": "b"}])
def test_what_leaves_the_folder_is_refused(slug: Any, tmp_path: Path) -> None:
    """Wherever it comes from: these answers have passed by the questions' checks."""
    context = context_of(ROOT)
    context["cookiecutter"] |= {"project_slug": slug, "__project_slug": "fine"}
    refused(context, tmp_path, "project_slug: ")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("project", "../../else"),
        ("project", None),
        ("project_name", None),
        ("author_name", 5),
        ("start_date", "tomorrow"),
        ("start_date", "9999-12-31"),
        ("hours_per_day", "0"),
        ("hours_per_day", "x"),
        ("days_per_week", "9"),
        ("start_at", "nowhere"),
        ("_new_lines", "x"),
        ("_jinja2_env_vars", {"variable_start_string": "[["}),
    ],
)
def test_answers_that_nothing_has_checked_are_checked(
    key: str, value: Any, tmp_path: Path
) -> None:
    context = context_of(ROOT)
    context["cookiecutter"][key] = value
    refused(context, tmp_path, f"{key}: " if value != "9999-12-31" else "start_date: ")


def test_an_answer_that_is_missing(tmp_path: Path) -> None:
    context = context_of(ROOT)
    del context["cookiecutter"]["start_at"]
    refused(context, tmp_path, "start_at: is missing")


def test_without_hooks_there_is_no_bake(tmp_path: Path) -> None:
    refused(context_of(ROOT), tmp_path, "The project's code", accept_hooks=False)


def refused(context: dict[str, Any], folder: Path, says: str, **options: Any) -> None:
    """Nothing is written, and a sentence says why."""
    output = folder / "in/out"
    output.mkdir(parents=True)
    before = copy.deepcopy(context)
    with pytest.raises(FailedHookException) as caught:
        generate_files(
            repo_dir=ROOT, context=context, output_dir=str(output), **options
        )
    message = str(caught.value)
    assert message.startswith(says) and "\n" not in message
    assert [path.name for path in folder.rglob("*")] == ["in", "out"]
    assert context == before


@pytest.mark.parametrize("given", [[], ["*"], None])
def test_what_is_copied_and_what_is_rendered_is_the_template_s(
    given: Any, tmp_path: Path
) -> None:
    """Such as a replay of answers that an older version of the template has left."""
    context = context_of(ROOT)
    context["cookiecutter"]["_copy_without_render"] = given
    if given is None:
        del context["cookiecutter"]["_copy_without_render"]
    before = copy.deepcopy(context)
    folder = generate_files(repo_dir=ROOT, context=context, output_dir=str(tmp_path))
    assert context == before
    readme = (Path(folder) / "README.md").read_text("utf-8")
    assert readme.startswith("# ") and "{{" not in readme
