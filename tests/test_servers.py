"""The finished projects on real servers, over real connections."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from djangopath import catalogue, tracks
from tests import services
from tests.common import Bake, needed
from tools import cuts, environments, runs, verdicts
from tools.site import Site, running

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

# The projects that stand on more than a database, and the topics whose behaviour a real
# server decides.
REAL = [slug for slug in catalogue.slugs() if "redis" in catalogue.load(slug).services]
DECIDED = {topic.slug for topic in tracks.topics().values() if topic.real}
REAL_TASKS = [
    pytest.param(slug, task.slug, id=f"{slug}-{task.number:02}-{task.slug}")
    for slug in REAL
    for task in catalogue.load(slug).tasks
    if DECIDED & set(task.topics) and task.phase in ("Setup", "Feature development")
]


def test_the_finished_project_passes_on_its_servers(
    bake: Bake, slug: str, tmp_path: Path
) -> None:
    """Plain pytest, as CI runs it: own tests and every acceptance test."""
    project = catalogue.load(slug)
    folder = tmp_path / f"{slug}_on_servers"
    shutil.copytree(bake(slug, start_at="done"), folder)
    python = str(environments.environment(project))
    with services.real(project) as env:
        assert "DATABASE_URL" in env, "every project can run on PostgreSQL"
        environments.run([python, "manage.py", "migrate", "-v", "0"], folder, **env)
        if project.seed:
            environments.run([python, "manage.py", project.seed], folder, **env)
        # Alone the longest takes seven minutes; others may be at work beside it, and
        # beside what a test of own tests starts, too.
        done = subprocess.run(
            [python, "-m", "pytest", "-q"],
            cwd=folder,
            env=environments.clean_env(**env, PATH_TIMEOUT=str(environments.TIMEOUT)),
            capture_output=True,
            encoding="utf-8",
            timeout=1800,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]


NOTHING = re.compile(r"(?!)")  # no failure in a server's log is looked for


def test_a_database_that_says_nothing(slug: str, tmp_path: Path) -> None:
    """It accepts connections only: pages that ask it answer 500, and the rest works.

    Without a limit of its own psycopg waits for 130 seconds.
    """
    project = catalogue.load(slug)
    folder = cuts.write_cut(project, len(project.tasks), tmp_path / "site")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {
            "DEBUG": "false",
            "SECRET_KEY": "k" * 60,
            "SECURE_SSL_REDIRECT": "false",
            "DATABASE_URL": f"postgres://ada:word@127.0.0.1:{silent.getsockname()[1]}/site",
        }
        site = Site(project, folder, environments.environment(project), "", env)
        site.manage("collectstatic", "--no-input", "--verbosity", "0")
        with running(site, failure=NOTHING, ready="/healthz/") as site:
            # The session is in the database.
            answer = requests.get(
                site.base, cookies={"sessionid": "x" * 32}, timeout=90
            )
            assert answer.status_code == 500
            assert answer.text.count("<main") == 1, "not the page of the site"
            health = requests.get(f"{site.base}/healthz/", timeout=90)
            assert health.status_code == 200


@pytest.mark.parametrize(("project_slug", "task_slug"), REAL_TASKS)
def test_a_task_is_proven_on_the_servers(
    project_slug: str, task_slug: str, tmp_path: Path
) -> None:
    """Red before and green after, as on SQLite and in memory."""
    project = catalogue.load(project_slug)
    task = project.task(task_slug)
    python = environments.environment(project)
    problems: list[str] = []
    with services.real(project) as env:
        before = cuts.write_cut(project, task.number - 1, tmp_path / "before")
        problems += verdicts.why_not_red(
            task, runs.pytest(python, before, task.test, **env)
        )
        after = cuts.write_cut(project, task.number, tmp_path / "after")
        run = runs.pytest(python, after, task.test, **env)
        problems += verdicts.why_not_green([task.test], run)
    assert problems == [], "\n".join(problems)


def test_the_suite_is_started_as_the_readme_says() -> None:
    """``make -n test`` of the README exists and ends in the suite."""
    make = shutil.which("make")
    needed("make", make is not None)
    shown = subprocess.run(
        [str(make), "-n", "test"],
        cwd=catalogue.ROOT,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    ).stdout
    assert "pytest" in shown and "ruff" in shown
    assert "make test" in (catalogue.ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("script", sorted(catalogue.ROOT.glob("tools/*.sh")))
def test_shell_scripts_are_valid(script: Path) -> None:
    sh = shutil.which("sh")
    needed("sh", sh is not None)
    subprocess.run([str(sh), "-n", str(script)], check=True)
