"""When each task was done, told by Git and TASKS.md alone."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.path_fixture import Repository

TELL = """
import json, sys, runpy
sys.argv = ["path.py"]
sys.path.insert(0, ".")
import path
project = path.part("project").load_project()
text = path.part("repository").TASKS.read_bytes()
found = path.part("progress").ticks(project.tasks, text)
print(json.dumps([[t.slug, t.date.isoformat(), t.how] for t in found]))
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A learner's repository with its first commit, of 20 November 2026."""
    made = Repository(tmp_path)
    git(made, "init", "-q", "-b", "main")
    commit(made, "2026-11-20")
    return made


def git(repo: Repository, *words: str, **env: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(
        ["git", *identity, *words], cwd=repo.root, check=True, env=os.environ | env
    )


def commit(repo: Repository, day: str, *words: str) -> None:
    when = f"{day}T21:00:00+0100"
    git(repo, "add", "-A", ":!*.pyc")
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    git(repo, "commit", "-q", "-m", "Work", "--allow-empty", *words, **dates)


def told(repo: Repository, **env: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", TELL],
        cwd=repo.root,
        env=repo.environ(**env),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def saved_on(repo: Repository, day: str) -> None:
    when = dt.datetime.fromisoformat(f"{day}T12:00").timestamp()
    os.utime(repo.root / "TASKS.md", (when, when))


def replace(repo: Repository, old: bytes, new: bytes) -> None:
    assert old in repo.tasks
    repo.write("TASKS.md", repo.tasks.replace(old, new, 1))


def test_a_tick_has_the_day_of_the_commit_that_brought_it(repo: Repository) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    repo.write("notes.txt", "nothing of the tasks")
    commit(repo, "2026-11-22")
    repo.tick("post-model")
    commit(repo, "2026-11-24")
    assert told(repo) == [
        ["diagram", "2026-11-21", "commit"],
        ["post-model", "2026-11-24", "commit"],
    ]


def test_a_tick_that_is_not_committed_has_the_day_it_was_saved(
    repo: Repository,
) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    repo.tick("post-model")
    saved_on(repo, "2026-11-25")
    assert told(repo)[1] == ["post-model", "2026-11-25", "file"]


def test_what_was_done_at_the_start_is_told_apart(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.tick("diagram")
    git(repo, "init", "-q")
    commit(repo, "2026-11-20")
    assert told(repo) == [["diagram", "2026-11-20", "before"]]


def test_a_line_that_moves_or_is_edited_keeps_its_day(repo: Repository) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    line = next(x for x in repo.tasks.splitlines(True) if b"01-diagram" in x)
    replace(repo, line, b"")
    repo.write("TASKS.md", repo.tasks + line.replace(b"Draw", b"I drew"))
    commit(repo, "2026-11-23")
    assert told(repo) == [["diagram", "2026-11-21", "commit"]]


def test_unticked_and_ticked_again_counts_from_the_last_time(repo: Repository) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    replace(repo, b"[x]", b"[ ]")
    commit(repo, "2026-11-22")
    assert told(repo) == []
    repo.tick("diagram")
    commit(repo, "2026-11-24")
    assert told(repo) == [["diagram", "2026-11-24", "commit"]]


def test_a_tick_made_on_a_branch_has_its_own_day_after_the_merge(
    repo: Repository,
) -> None:
    git(repo, "switch", "-q", "-c", "milestone")
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    git(repo, "switch", "-q", "main")
    repo.write("notes.txt", "on main")
    commit(repo, "2026-11-22")
    when = {"GIT_COMMITTER_DATE": "2026-11-26T10:00:00+0100"}
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge", "milestone", **when)
    assert told(repo) == [["diagram", "2026-11-21", "commit"]]


def test_a_rebase_or_an_amended_commit_keeps_the_day_of_the_work(
    repo: Repository,
) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    when = {"GIT_COMMITTER_DATE": "2026-11-28T10:00:00+0100"}
    git(repo, "commit", "-q", "--amend", "--no-edit", **when)
    assert told(repo) == [["diagram", "2026-11-21", "commit"]]


def test_without_git_a_task_counts_from_its_planned_day_or_the_last_save(
    tmp_path: Path,
) -> None:
    repo = Repository(tmp_path)
    repo.tick("diagram", "comments")
    saved_on(repo, "2026-11-24")
    expected = [["diagram", "2026-11-20", "plan"], ["comments", "2026-11-24", "file"]]
    assert told(repo) == expected
    assert told(repo, PATH=str(tmp_path)) == expected


def test_a_folder_inside_another_repository_is_not_mistaken(tmp_path: Path) -> None:
    """A bake without Git, made inside some other repository, has no history here."""
    outer = Repository(tmp_path / "outer/inner")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path / "outer", check=True)
    outer.tick("diagram")
    saved_on(outer, "2026-11-27")
    assert told(outer) == [["diagram", "2026-11-20", "plan"]]


def test_a_learner_s_git_settings_do_not_matter(repo: Repository) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    for key, value in (
        ("color.ui", "always"),
        ("diff.noprefix", "true"),
        ("diff.external", "false"),
        ("log.showSignature", "true"),
        ("log.date", "relative"),
        ("diff.algorithm", "histogram"),
        ("core.autocrlf", "true"),
    ):
        git(repo, "config", key, value)
    assert told(repo) == [["diagram", "2026-11-21", "commit"]]
