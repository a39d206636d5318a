"""What `path.py check` finds besides the verdict: other tasks broken, CI about to fail.

With the real runner, in a small made-up repository.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from tests.common import git
from tests.path_fixture import (
    HOME_TEST,
    SKELETON,
    VIEW,
    Repository,
    load_parts,
    make_real,
    task_data,
)
from tools import environments
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

GREETS = VIEW + "    return HttpResponse('Hello')\n"
CIVIL = HOME_TEST.replace("test_home", "test_civil").replace("Hello", "Hello, Ada")
GOOD = "def test_it():\n    pass\n"
BAD = "def test_it():\n    assert 1 == 2, 'one is not two'\n"
ENOUGH = 1000.0  # seconds of a start that lets everything fit


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """The repository of a learner who is about to pass the task `diagram`.

    A check takes so long, as far as it remembers, that everything else fits.
    """
    repo = Repository(tmp_path)
    make_real(repo, environments.environment(catalogue.load(smallest())))
    repo.write("views.py", GREETS)
    remember(repo)
    return repo


def file_of(slug: str) -> str:
    """The file of a task's tests."""
    return str(task_data(1, slug)["test"])


def remember(repo: Repository, at: float = 0, **seconds: float | None) -> None:
    """What path.py remembers: how long a file's test `test_it` takes, by its slug."""
    files: dict[str, Any] = {
        file_of(slug.replace("_", "-")): {
            "reading": 0,
            "tests": {} if took is None else {"test_it": [took, 1]},
        }
        for slug, took in seconds.items()
    }
    files[file_of("diagram")] = {"tests": {"test_home": [0, 1]}}
    data = {"format": 1, "checks": 1, "start": ENOUGH, "at": at, "files": files}
    repo.write(".path/runs.json", json.dumps(data))


def memory(repo: Repository) -> dict[str, Any]:
    """What path.py remembers now."""
    found: dict[str, Any] = json.loads(
        (repo.root / ".path/runs.json").read_text("utf-8")
    )
    return found


def passes(repo: Repository, *words: str) -> str:
    """What `check diagram` says, which passes and ticks the box."""
    done = repo.run("check", "diagram", *words, env={"PATH_TIMEOUT": "120"})
    assert done.returncode == 0, done
    text = " ".join(done.stdout.split())
    assert text.startswith("diagram · Draw the entities passed")
    assert b"[x] **1. Draw" in repo.tasks
    return text


# --------------------------------------------------------------------- the other tasks


def test_a_pass_alone_says_nothing_more(repo: Repository) -> None:
    text = passes(repo)
    assert "Ticked in TASKS.md: 1 of 6 tasks, 1.5 of 12.5 h. Next 2." in text


def test_others_that_pass(repo: Repository) -> None:
    repo.tick("post-model", "post-list")
    for slug in ("post-model", "post-list"):
        repo.write(file_of(slug), GOOD)
    remember(repo, post_model=0, post_list=0)
    text = passes(repo)
    assert "1.5 of 12.5 h" not in text
    assert "Next 4." in text
    # Nothing is left to run, so nothing is said of them.
    assert "other" not in text
    assert {file_of("post-model"), file_of("post-list")} < set(memory(repo)["files"])


def test_a_broken_one_is_told_and_keeps_its_tick(repo: Repository) -> None:
    repo.write(file_of("post-model"), CIVIL)
    repo.tick("post-model")
    text = passes(repo)
    assert "No longer passes: post-model · Write the model of a post a greeting" in text
    assert "Its tick stays as it is." in text
    assert "To see what is missing: python path.py check post-model" in text
    assert b"[x] **2. Write" in repo.tasks
    # What failed last is tried first the next time, and told when it passes again.
    assert memory(repo)["files"][file_of("post-model")]["red"] is True
    repo.write(file_of("post-model"), GOOD)
    assert "No longer passes" not in passes(repo)
    assert memory(repo)["files"][file_of("post-model")]["red"] is False


def test_one_that_cannot_be_read_is_broken(repo: Repository) -> None:
    repo.write(file_of("post-model"), "import gone\n")
    repo.tick("post-model")
    text = passes(repo)
    assert "No longer passes: post-model" in text


def test_one_that_is_not_ticked_is_not_run(repo: Repository) -> None:
    repo.write(file_of("post-model"), CIVIL)
    assert "post-model" not in passes(repo).replace("tasks/02-post-model.md", "")


def test_a_failure_by_company_is_none(repo: Repository) -> None:
    """What fails after other tests and passes by itself is not broken."""
    repo.write(
        file_of("post-model"),
        "import sys\ndef test_it():\n"
        "    assert not any('test_diagram' in each for each in sys.modules)\n",
    )
    repo.tick("post-model")
    assert "No longer passes" not in passes(repo)
    assert memory(repo)["files"][file_of("post-model")]["red"] is False


def test_a_fail_runs_no_others(repo: Repository) -> None:
    repo.write("views.py", VIEW + "    return HttpResponse('Bye')\n")
    repo.write(file_of("post-model"), "open('reached', 'w').close()\n" + GOOD)
    repo.tick("post-model")
    done = repo.run("check", "diagram")
    assert done.returncode == 1
    assert not (repo.root / "reached").exists()


def test_only(repo: Repository) -> None:
    repo.write(file_of("post-model"), CIVIL)
    repo.tick("post-model")
    assert "post-model" not in passes(repo, "--only").replace("02-post-model.md", "")


def test_one_that_hangs_does_not_change_the_verdict(repo: Repository) -> None:
    repo.write(
        file_of("post-model"), "import time\ndef test_it():\n    time.sleep(600)\n"
    )
    repo.tick("post-model")
    done = repo.run("check", "diagram", env={"PATH_TIMEOUT": "24"})
    assert done.returncode == 0, done
    assert b"[x] **1. Draw" in repo.tasks
    assert memory(repo)["files"][file_of("post-model")]["tests"]["test_it"][0] > 600
    assert "python path.py check --all" in done.stdout
    passes(repo)  # and it is not tried again


def test_one_that_leaves_a_thread_does_not_hold_the_check_up(repo: Repository) -> None:
    repo.write(
        file_of("post-model"),
        "import threading, time\ndef test_it():\n"
        "    threading.Thread(target=time.sleep, args=(600,)).start()\n",
    )
    repo.tick("post-model")
    assert "No longer passes" not in passes(repo)


@pytest.mark.parametrize("how", ["os._exit(3)", "sys.exit(3)", "1 / 0"])
def test_one_that_ends_the_run_does_not_change_the_verdict(
    repo: Repository, how: str
) -> None:
    repo.write(file_of("post-model"), f"import os, sys\ndef test_it():\n    {how}\n")
    repo.tick("post-model")
    passes(repo)


# ------------------------------------------------------------------- what is not run


def test_what_does_not_fit_is_left_with_the_way_to_run_it(repo: Repository) -> None:
    repo.tick("post-model", "post-list")
    repo.write(file_of("post-model"), GOOD)
    repo.write(file_of("post-list"), BAD)
    remember(repo, post_model=0, post_list=ENOUGH)
    assert (
        "1 test of other tasks still passes. To run all: python path.py check --all"
        in (passes(repo))
    )
    remember(repo, post_model=ENOUGH, post_list=ENOUGH)
    text = passes(repo)
    assert "To check the other ticked tasks as well: python path.py check --all" in text


def test_what_the_changes_may_break_is_named(repo: Repository) -> None:
    """By the reference, post-list writes to blog/views.py; and so does categories."""
    repo.tick("post-model", "post-list", "categories")
    for slug in ("post-model", "post-list", "categories"):
        repo.write(file_of(slug), BAD)
    repo.write("blog/views.py", "")
    remember(
        repo,
        at=time.time() - 5,
        post_model=ENOUGH,
        post_list=ENOUGH,
        categories=ENOUGH,
    )
    for path in repo.root.rglob("*"):
        if path.is_file() and path.name != "views.py":
            os.utime(path, (1, 1))
    text = passes(repo)
    assert (
        "What you changed may matter to post-list and categories as well: python "
        "path.py check post-list categories"
    ) in text
    told = repo.run("check", "post-list", "categories")
    assert told.returncode == 1
    assert "2 of 2 tasks did not pass; the ticks stay as they are." in told.stdout


def test_what_was_changed_comes_first(repo: Repository) -> None:
    repo.tick("post-model", "post-list")
    for slug in ("post-model", "post-list"):
        repo.write(file_of(slug), GOOD)
    repo.write("blog/views.py", "")
    # Only one of them fits.
    most = 0.1 * ENOUGH
    remember(repo, at=time.time() - 5, post_model=most, post_list=most)
    for path in repo.root.rglob("*"):
        if path.is_file() and path.name != "views.py":
            os.utime(path, (1, 1))
    assert "1 test of other tasks still passes" in passes(repo)
    found = memory(repo)["files"]
    assert found[file_of("post-list")]["tests"]["test_it"][1] == 2
    assert found[file_of("post-model")]["tests"]["test_it"][1] == 1


def test_what_waits_longest_comes_next(repo: Repository) -> None:
    repo.tick("post-model", "post-list")
    for slug in ("post-model", "post-list"):
        repo.write(file_of(slug), GOOD)
    most = 0.1 * ENOUGH
    remember(repo, at=time.time() + 5, post_model=most, post_list=most)
    ran = set()
    for _ in range(2):
        found = memory(repo) | {"start": ENOUGH}
        repo.write(".path/runs.json", json.dumps(found))
        before = found["files"]
        passes(repo)
        after = memory(repo)["files"]
        ran |= {file for file in after if before[file]["tests"] != after[file]["tests"]}
    assert {file_of("post-model"), file_of("post-list")} <= ran


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format": 2}',
        '{"format": 1, "files": [], "checks": "x", "start": {}, "at": null}',
        '{"format": 1, "files": {"acceptance/test_post_model.py": {"tests": [1]}}}',
        '{"format": 1, "files": {"acceptance/test_post_model.py": {"tests": '
        '{"test_it": [1], "test_other": ["x", null]}, "reading": "x"}}}',
        '{"format": 1, "files": {"acceptance/test_post_model.py": 3}}',
    ],
)
def test_a_spoilt_memory_is_none(repo: Repository, text: str) -> None:
    repo.write(file_of("post-model"), CIVIL)
    repo.tick("post-model")
    repo.write(".path/runs.json", text)
    # What the check itself takes is all that is known: long enough for one test more.
    checked = repo.root / file_of("diagram")
    source = checked.read_text("utf-8")
    repo.write(file_of("diagram"), f"{source}\nimport time\n\ntime.sleep(1)\n")
    assert "No longer passes: post-model" in passes(repo)
    assert memory(repo)["format"] == 1


def test_a_run_of_all_tells_how_long_each_takes(repo: Repository) -> None:
    repo.tick("diagram", "own-tests")
    repo.write(file_of("own-tests"), GOOD)
    # A task of the phase Testing may take long, so it is not tried until that is known.
    assert "To check the other ticked tasks as well" in passes(repo)
    assert repo.run("check", "--all").returncode == 0
    assert "test_it" in memory(repo)["files"][file_of("own-tests")]["tests"]


# ------------------------------------------------------------------------ tests, in CI


def test_the_learners_own_tests(repo: Repository) -> None:
    repo.write("blog/test_it.py", BAD)
    text = passes(repo)
    assert "CI would fail now: pytest: blog/test_it.py fails: " in text
    assert "one is not two" in text
    assert "Run python -m pytest blog/test_it.py" in text
    repo.write("blog/test_it.py", GOOD)
    assert "CI" not in passes(repo)


def test_own_tests_that_need_the_learners_options(repo: Repository) -> None:
    """They run without these at first, and plain pytest has the last word."""
    repo.write("blog/test_it.py", "def test_it(pytestconfig):\n    assert "
               "pytestconfig.option.keyword == 'it'\n")  # fmt: skip
    repo.write(
        "pyproject.toml",
        '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "settings"\n'
        'addopts = ["-k", "it"]\n',
    )
    assert "CI" not in passes(repo)
    # From now on it is left to plain pytest, until it changes.
    assert memory(repo)["files"]["blog/test_it.py"]["plain"]
    assert "CI" not in passes(repo)


# ---------------------------------------------------------------------- the rest of CI

WORKFLOW = """\
jobs:
  lint:
    steps:
      - name: Format
        run: ruff format --check .
      - run: ruff check .
      # run: ruff check --select ALL .
      - name: Templates
        run: git ls-files -z -- '*templates/*.html' | xargs -0 -r djade --check
      - run: python manage.py check --fail-level WARNING
      - run: python manage.py makemigrations --check
"""


@pytest.fixture
def checked(repo: Repository) -> Repository:
    """The same, in Git and with a workflow; CI would be content with it."""
    repo.write(".github/workflows/ci.yml", WORKFLOW)
    git(repo.root, "init", "--quiet")
    ours = 'extend-exclude = [".path", "path.py", "conftest.py", "acceptance"]\n'
    settings = '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "settings"\n'
    repo.write("pyproject.toml", f"{settings}[tool.ruff]\n{ours}")
    repo.write(
        "views.py",
        "from django.http import HttpResponse\n\n\n"
        'def home(request):\n    return HttpResponse("Hello")\n',
    )
    repo.write("blog/new.py", "")
    for words in (["check", "--fix", "-q", "."], ["format", "-q", "."]):
        environments.run([str(repo.python), "-m", "ruff", *words], repo.root)
    return repo


def test_nothing_to_say(checked: Repository) -> None:
    assert "CI" not in passes(checked)


def test_what_is_not_formatted(checked: Repository) -> None:
    checked.write("blog/one.py", "x = {  }\n")
    checked.write("blog/two.py", "x = {  }\n")
    text = passes(checked)
    assert (
        "CI would fail now: ruff format --check .: blog/one.py and 1 more. "
        "Run ruff format ."
    ) in text


def test_what_ruff_finds(checked: Repository) -> None:
    checked.write("blog/one.py", "import os\n")
    text = passes(checked)
    assert "CI would fail now: ruff check .: blog/one.py:1:8: F401" in text
    assert "Run ruff check . --fix" in text


def test_what_ruff_finds_and_cannot_mend(checked: Repository) -> None:
    """No finding is marked as fixable: `--fix` would change nothing."""
    checked.write("blog/one.py", "def one():\n    return missing\n")
    text = passes(checked)
    assert "CI would fail now: ruff check .: blog/one.py:2:12: F821" in text
    assert "ruff cannot mend it: change the line" in text
    assert "--fix" not in text


def test_what_djade_finds(checked: Repository) -> None:
    checked.write("templates/it.html", "<p>{{x}}</p>\n")
    text = passes(checked)
    assert "CI would fail now: djade --check: templates/it.html. Run djade" in text


def test_a_migration_that_is_missing(checked: Repository) -> None:
    checked.write("shop/__init__.py", "")
    checked.write("shop/migrations/__init__.py", "")
    checked.write(
        "shop/models.py",
        "from django.db import models\n\n\nclass Thing(models.Model):\n"
        "    id = models.AutoField(primary_key=True)\n"
        "    name = models.CharField(max_length=20)\n",
    )
    old = (checked.root / "settings.py").read_text("utf-8")
    checked.write("settings.py", f'{old}INSTALLED_APPS = ["shop"]\n')
    text = passes(checked)
    assert (
        "python manage.py makemigrations --check: the models of shop have changed "
        "without a migration. Run python manage.py makemigrations"
    ) in text


def test_the_list_is_that_of_the_workflow() -> None:
    """Every quick command of a bake's workflow is known, each with what mends it."""
    (ci,) = load_parts(SKELETON, "ci")
    assert ci.manage_commands() == ["check", "makemigrations"]
    ran = [line for line in ci.lines() if line.startswith(("ruff", "git ls-files"))]
    assert len(ran) == 3
    for line in ran:
        assert ci.RUFF.fullmatch(line) or ci.DJADE.fullmatch(line), line
    assert "python -m pytest" in ci.lines()


def test_a_migration_as_django_writes_it_is_left_alone(checked: Repository) -> None:
    text = (SKELETON / "pyproject.toml").read_text("utf-8")
    ours = text[text.index("[tool.ruff]") :]
    settings = '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "settings"\n'
    checked.write("pyproject.toml", settings + ours)
    checked.write("shop/__init__.py", "")
    # Django imports the function above its own packages.
    checked.write("shop/kinds.py", 'def kinds():\n    return [("a", "A")]\n')
    checked.write(
        "shop/models.py",
        "from django.db import models\n\nfrom shop.kinds import kinds\n\n\n"
        "class Thing(models.Model):\n"
        "    id = models.AutoField(primary_key=True)\n"
        '    name = models.CharField(max_length=20, choices=[("a", "A"), ("b", "B")])\n'
        "    kind = models.CharField(max_length=20, choices=kinds)\n"
        '    of = models.ForeignKey("self", on_delete=models.CASCADE)\n\n'
        "    def __str__(self):\n        return self.name\n",
    )
    old = (checked.root / "settings.py").read_text("utf-8")
    checked.write("settings.py", f'{old}INSTALLED_APPS = ["shop"]\n')
    made = "from django.core.management import execute_from_command_line as run; "
    made += "run(['manage.py', 'makemigrations', 'shop'])"
    environments.run(
        [str(checked.python), "-c", made],
        checked.root,
        DJANGO_SETTINGS_MODULE="settings",
    )
    assert "'name'" in (checked.root / "shop/migrations/0001_initial.py").read_text(
        "utf-8"
    )
    assert "CI" not in passes(checked)


def test_what_the_workflow_does_not_run_is_not_looked_at(checked: Repository) -> None:
    checked.write("blog/one.py", "import os\nx = {  }\n")
    checked.write(".github/workflows/ci.yml", "jobs:\n")
    assert "CI" not in passes(checked)


def test_a_tool_that_is_missing_is_named_in_one_line(
    checked: Repository, tmp_path: Path
) -> None:
    text = WORKFLOW.replace("xargs -0 -r djade", "xargs -0 -r djade-gone")
    file = checked.root / ".path/ci.py"
    source = file.read_text("utf-8")
    source = source.replace(r"djade --check\b", "djade-gone --check")
    file.write_text(source, "utf-8")
    checked.write(".github/workflows/ci.yml", text)
    checked.write("templates/it.html", "<p></p>\n")
    assert "djade-gone: not looked at, since it is not installed here." in passes(
        checked
    )


def test_a_warning_of_djangos(checked: Repository) -> None:
    text = (checked.root / "urls.py").read_text("utf-8")
    checked.write("urls.py", f'{text}urlpatterns += [path("/a", views.home)]\n')
    text = passes(checked)
    assert "CI would fail now: python manage.py check: urls.W002: Your URL" in text
    assert "Run python manage.py check" in text
