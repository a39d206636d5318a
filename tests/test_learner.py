"""A learner's first minutes and usual accidents, in a real bake with real pins."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from djangopath import catalogue
from djangopath.catalogue import Project, Task
from djangopath.lay import cut_files
from tests.common import Bake
from tests.formatters import INDENTS, unwrapped, wrapped
from tools import cuts, environments, runs, site, verdicts
from tools.examples import smallest

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

# The project on which accidents are tried; what they are does not depend on it.
SLUG = smallest()


@pytest.fixture
def repository(bake: Bake, tmp_path: Path) -> Path:
    """A copy of a first bake that a test may write into."""
    folder = tmp_path / "repository"
    shutil.copytree(bake(SLUG), folder)
    return folder


@pytest.fixture(scope="session")
def python() -> Path:
    return environments.environment(catalogue.load(SLUG))


def path(
    folder: Path, python: Path, *arguments: str, **env: str
) -> subprocess.CompletedProcess[str]:
    return environments.run(
        [str(python), "path.py", *arguments], folder, check=False, **env
    )


def solve(folder: Path, done: int) -> None:
    """Writes the code of the first ``done`` tasks over a bake, as a learner would."""
    project = catalogue.load(SLUG)
    for laid in cut_files(project.code, project.order, done, project.owned):
        file = folder / laid.path
        file.parent.mkdir(parents=True, exist_ok=True)
        if laid.text is None:
            shutil.copyfile(laid.source, file)
        else:
            file.write_text(laid.text, "utf-8")


# ------------------------------------------------------------------ from minute one


def first_page(project: Project, folder: Path, seed: str | None = None) -> str:
    """What a bake answers at ``/`` once it is migrated and started."""
    python = environments.environment(project)
    environments.run([str(python), "manage.py", "migrate", "-v", "0"], folder)
    if seed:
        environments.run([str(python), "manage.py", seed], folder)
    with (
        site.running(site.Site(project, folder, python, "")) as started,
        urllib.request.urlopen(f"{started.base}/", timeout=60) as answer,
    ):
        page: str = answer.read().decode("utf-8")
    assert "<h1" in page and "<main" in page
    return page


WITH_ENV = pytest.mark.parametrize("with_env", [True, False], ids=["env", "no-env"])


@WITH_ENV
def test_the_finished_project_starts_and_shows_a_page(
    bake: Bake, slug: str, with_env: bool, tmp_path: Path
) -> None:
    """Migrate and runserver with SQLite, with the ``.env`` of the bake and without."""
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug, start_at="done"), folder)
    if not with_env:
        (folder / ".env").unlink()
    project = catalogue.load(slug)
    first_page(project, folder, project.seed)


@pytest.mark.representatives("test_browser.py opens the first page of every project")
@WITH_ENV
def test_a_first_bake_starts_and_shows_a_page(
    bake: Bake, slug: str, with_env: bool, tmp_path: Path
) -> None:
    """The same before the first task; the page says where to go on."""
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug), folder)
    if not with_env:
        (folder / ".env").unlink()
    assert "TASKS.md" in first_page(catalogue.load(slug), folder)


def green_at_once(project: Project, folder: Path, ticked: Sequence[Task]) -> None:
    """Plain pytest, ruff, the checks; of the acceptance tests those that are ticked."""
    python = environments.environment(project)
    run = runs.pytest(python, folder)
    assert run.code == 0, run.output
    files = {test["file"] for test in run.tests}
    assert {f for f in files if f.startswith("acceptance/")} == {t.test for t in ticked}
    assert any(not file.startswith("acceptance/") for file in files)
    assert list(verdicts.static_problems(project, folder, python)) == []


def test_the_finished_project_is_green_at_once(
    bake: Bake, slug: str, tmp_path: Path
) -> None:
    """The one cut of a project that tests/test_proof.py leaves out."""
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug, start_at="done"), folder)
    project = catalogue.load(slug)
    green_at_once(project, folder, project.tasks)


@pytest.mark.representatives("the proof judges the first cut of every project")
def test_a_first_bake_is_green_at_once(bake: Bake, slug: str, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug), folder)
    green_at_once(catalogue.load(slug), folder, [])


@pytest.mark.representatives(
    "test_audit.py judges and serves every project with the settings of Compose"
)
def test_the_finished_project_is_ready_for_deployment(
    bake: Bake, slug: str, tmp_path: Path
) -> None:
    project = catalogue.load(slug)
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug, start_at="done"), folder)
    (folder / ".env").unlink()
    python = str(environments.environment(project))
    production = {
        "DEBUG": "false",
        "SECRET_KEY": "x" * 20 + "0123456789abcdefghijklmnopqrstuvwxyzABCDEF",
        "ALLOWED_HOSTS": "example.com",
        "CSRF_TRUSTED_ORIGINS": "https://example.com",
    }
    command = [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = environments.run(command, folder, **production)
    assert "no issues" in done.stdout + done.stderr
    collect = [python, "manage.py", "collectstatic", "--no-input"]
    assert "static file" in environments.run(collect, folder, **production).stdout


def test_production_without_a_key_is_refused(
    bake: Bake, slug: str, tmp_path: Path
) -> None:
    """By a sentence, which each project's settings have to say."""
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug, start_at="done"), folder)
    (folder / ".env").unlink()
    python = str(environments.environment(catalogue.load(slug)))
    without = environments.run(
        [python, "manage.py", "check"], folder, check=False, DEBUG="false"
    )
    assert without.returncode == 1
    assert "SECRET_KEY" in without.stderr.strip().splitlines()[-1]


# ------------------------------------------------------------------- path.py, for real


def test_a_check_fails_with_a_sentence_and_passes_with_a_tick(
    repository: Path, python: Path
) -> None:
    project = catalogue.load(SLUG)
    task = project.tasks[0]
    first = path(repository, python, "check")
    assert first.returncode == 1, first.stdout
    assert "not yet" in first.stdout and f"hint {task.slug}" in first.stdout
    assert "Wanted" in first.stdout and "Traceback" not in first.stdout + first.stderr
    before = (repository / "TASKS.md").read_bytes()
    solve(repository, 1)
    second = path(repository, python, "check")
    assert second.returncode == 0, second.stdout
    after = (repository / "TASKS.md").read_bytes()
    assert len(after) == len(before)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert after.count(b"- [x]") == 1
    third = path(repository, python)
    assert project.tasks[1].title in " ".join(third.stdout.split())


def test_every_task_can_be_done_one_after_the_other(
    repository: Path, python: Path
) -> None:
    """The whole way of a learner: red, work, green, tick; at the end all is ticked."""
    project = catalogue.load(SLUG)
    for task in project.tasks:
        assert path(repository, python, "check").returncode == 1, task.slug
        solve(repository, task.number)
        done = path(repository, python, "check")
        assert done.returncode == 0, done.stdout
    assert path(repository, python, "check", "--all").returncode == 0
    assert "- [ ]" not in (repository / "TASKS.md").read_text("utf-8")
    run = runs.pytest(python, repository)
    assert run.code == 0, run.output


def test_a_formatter_may_wrap_tasks_md(bake: Bake, slug: str, tmp_path: Path) -> None:
    """Every task is known, and a new plan is the same but for the lines' ends."""
    project = catalogue.load(slug)
    half = project.tasks[len(project.tasks) // 2].slug
    folder = tmp_path / "repository"
    shutil.copytree(bake(slug, start_at=half), folder)
    python, tasks = environments.environment(project), folder / "TASKS.md"
    plain = tasks.read_text("utf-8")
    plan = ["plan", "--from", "2030-01-07", "--hours", "2"]
    said = path(folder, python, *plan)
    assert said.returncode == 0, said.stderr
    planned = unwrapped(tasks.read_text("utf-8"))
    assert planned != unwrapped(plain)
    for indent in INDENTS.values():
        tasks.write_text(wrapped(plain, indent), "utf-8", newline="\n")
        status = path(folder, python)
        assert status.returncode == 0, status.stderr
        assert f"{len(project.tasks) // 2} of {len(project.tasks)} tasks" in (
            status.stdout
        )
        assert path(folder, python, *plan).stdout == said.stdout
        assert unwrapped(tasks.read_text("utf-8")) == planned


ACCIDENTS = [
    ("syntax error", "def broken(:\n", ["config/urls.py", "line 1", "SyntaxError"]),
    ("import error", "import no_such_module\n", ["config/urls.py", "no_such_module"]),
    ("name error", "urlpatterns = [wrong]\n", ["config/urls.py", "line 1", "wrong"]),
]


@pytest.mark.parametrize(
    ("text", "says"), [a[1:] for a in ACCIDENTS], ids=[a[0] for a in ACCIDENTS]
)
def test_an_accident_is_a_sentence_with_file_and_line(
    repository: Path, python: Path, text: str, says: list[str]
) -> None:
    (repository / "config/urls.py").write_text(text, "utf-8")
    before = (repository / "TASKS.md").read_bytes()
    done = path(repository, python, "check")
    assert done.returncode == 1
    said = " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in said
    for part in says:
        assert part in said, said
    assert (repository / "TASKS.md").read_bytes() == before


def test_an_import_loop_is_a_sentence_with_file_and_line(
    repository: Path, python: Path
) -> None:
    (repository / "config/urls.py").write_text("from config.loop import x\n", "utf-8")
    (repository / "config/loop.py").write_text(
        "from config.urls import y\nx = 1\n", "utf-8"
    )
    done = path(repository, python, "check")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1 and "Traceback" not in said
    assert re.search(r"config/(loop|urls)\.py", said) and "circular import" in said


def stopped(folder: Path, python: Path, *task: str) -> None:
    """A check ends after its seconds, with the place where the loop is.

    A loaded machine may take more than the first seconds to come to the loop; then they
    are said to be over at some other place, and a check with more has to name the loop.
    """
    before = (folder / "TASKS.md").read_bytes()
    for seconds in (3, 15, 60):
        done = path(folder, python, "check", *task, PATH_TIMEOUT=str(seconds))
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == 1 and "Traceback" not in said
        assert f"stopped after {seconds} seconds" in said, said
        assert (folder / "TASKS.md").read_bytes() == before
        if "config/urls.py, line" in said:
            return
    pytest.fail(f"the loop is not named: {said}")


def test_an_endless_loop_is_a_sentence_with_file_and_line(
    repository: Path, python: Path
) -> None:
    (repository / "config/urls.py").write_text("while True:\n    pass\n", "utf-8")
    stopped(repository, python)


def test_an_endless_loop_in_a_view_is_a_sentence(
    repository: Path, python: Path
) -> None:
    project = catalogue.load(SLUG)
    solve(repository, len(project.tasks) - 1)
    urls = repository / "config/urls.py"
    loop = (
        "\n\ndef endless(request, *args, **kwargs):\n"
        "    while True:\n        pass\n\n\n"
        "from django.urls import re_path\n\n"
        "urlpatterns = [re_path('', endless), *urlpatterns]\n"
    )
    urls.write_text(urls.read_text("utf-8") + loop, "utf-8")
    task = next(t for t in project.tasks if "visitor.get(" in source(repository, t))
    stopped(repository, python, task.slug)


def source(folder: Path, task: Task) -> str:
    """The program of a task's test."""
    return (folder / task.test).read_text("utf-8")


def test_what_stands_in_no_file_is_not_the_learners(
    repository: Path, python: Path
) -> None:
    """A check that is stopped among Python's own imports blames nothing of theirs."""
    names = ["<frozen importlib._bootstrap>", "<string>", "config/urls.py", "path.py"]
    code = (
        "import json, sys; from acceptance.support import own_path; "
        "print(json.dumps([own_path(name) for name in sys.argv[1:]]))"
    )
    said = environments.run([str(python), "-c", code, *names], repository).stdout
    assert json.loads(said) == [None, None, "config/urls.py", None]


def test_the_solution_is_the_diff_of_the_task(repository: Path, python: Path) -> None:
    project = catalogue.load(SLUG)
    task = project.tasks[1]
    hidden = path(repository, python, "solution", task.slug)
    assert hidden.returncode == 1 and "--peek" in hidden.stdout + hidden.stderr
    shown = path(repository, python, "solution", task.slug, "--peek")
    assert shown.returncode == 0
    changed = cuts.changed_files(project, task)
    assert changed
    for name in changed:
        assert name in shown.stdout
    if shutil.which("git"):
        solve(repository, task.number - 1)
        patch = repository / "solution.diff"
        patch.write_text(shown.stdout, "utf-8")
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(repository.parent)}
        subprocess.run(
            ["git", "apply", "--check", "-p1", str(patch)],
            cwd=repository,
            env=env,
            check=True,
        )


def test_crlf_files_run(repository: Path, python: Path) -> None:
    """Text files with the line ends of Windows, as a checkout there may have them."""
    for file in repository.rglob("*"):
        parts = file.relative_to(repository).parts
        if file.is_file() and ".git" not in parts and file.suffix != ".png":
            data = file.read_bytes().replace(b"\r\n", b"\n")
            file.write_bytes(data.replace(b"\n", b"\r\n"))
    assert path(repository, python).returncode == 0
    done = path(repository, python, "check")
    assert done.returncode == 1 and "not yet" in done.stdout
    run = runs.pytest(python, repository)
    assert run.code == 0, run.output
