"""When each task was done, told by Git and TASKS.md alone."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.common import git as run_git
from tests.formatters import wrapped
from tests.path_fixture import Repository

pytestmark = pytest.mark.only_projects()

TELL = """
import json, sys, runpy
sys.argv = ["path.py"]
sys.path.insert(0, ".")
import path
project = path.part("project").load_project()
text = path.part("repository").TASKS.read_bytes()
found = path.part("progress").progress(project.tasks, text)
ticks = [[t.slug, t.date.isoformat(), t.how] for t in found.ticks]
print(json.dumps([ticks, found.notes]))
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
    """The ticks, of which Git has nothing to note."""
    ticks, notes = with_notes(repo, **env)
    assert notes == []
    return ticks


def with_notes(repo: Repository, **env: str) -> tuple[list[list[str]], list[str]]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", TELL],
        cwd=repo.root,
        env=repo.environ(**env),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    ticks, notes = json.loads(done.stdout)
    return ticks, notes


def baked(repo: Repository, *slugs: str) -> None:
    """What the bake wrote down: it ticked these tasks."""
    repo.write(".path/start.json", json.dumps({"id": "5eed", "done": slugs}))


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


def test_a_line_that_a_formatter_wraps_keeps_its_day(repo: Repository) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    repo.write("TASKS.md", wrapped(repo.tasks.decode(), 6, 60))
    commit(repo, "2026-11-23")
    text = repo.tasks
    at = text.rindex(b"[ ]", 0, text.index(b"-post-list.md"))
    repo.write("TASKS.md", text[:at] + b"[x]" + text[at + 3 :])
    commit(repo, "2026-11-24")
    assert told(repo) == [
        ["diagram", "2026-11-21", "commit"],
        ["post-list", "2026-11-24", "commit"],
    ]


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
    baked(repo, "diagram")
    assert ["diagram", "2026-11-24", "before"] in told(repo)


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
        ("log.showRoot", "false"),
        ("log.follow", "true"),
        ("log.diffMerges", "off"),
        ("diff.relative", "true"),
    ):
        git(repo, "config", key, value)
    assert told(repo) == [["diagram", "2026-11-21", "commit"]]


# ------------------------------------------------------------- done before the start


def begun_anew(repo: Repository) -> None:
    shutil.rmtree(repo.root / ".git")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "2026-11-25")


def moved_into_a_folder(repo: Repository) -> None:
    """All of it, and later once more, with a change of the plan in between."""
    for number, name in enumerate(("learning", "django")):
        (repo.root / name).mkdir()
        for file in git_says(repo, "ls-files", "-z").split("\0")[:-1]:
            (repo.root / name / file).parent.mkdir(parents=True, exist_ok=True)
            git(repo, "mv", file, f"{name}/{file}")
        repo.root = repo.root / name
        git(repo, "commit", "-q", "-m", "Move", **dated(f"2026-11-2{5 + number}"))
        repo.write("notes.txt", name)
        commit(repo, f"2026-11-2{5 + number}")


def cloned_with_one_commit(repo: Repository) -> None:
    address = repo.root.as_uri()
    repo.root = repo.root.parent / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", address, str(repo.root)], check=True
    )


def git_says(repo: Repository, *words: str) -> str:
    return run_git(repo.root, *words)


def dated(day: str) -> dict[str, str]:
    when = f"{day}T21:00:00+0100"
    return {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}


# What becomes of the history, and what is known afterwards of a task that was planned
# for 23 November and committed on the 24th.
FATES: dict[Callable[[Repository], None], list[str]] = {
    begun_anew: ["2026-11-23", "plan"],
    moved_into_a_folder: ["2026-11-24", "commit"],
    cloned_with_one_commit: ["2026-11-23", "plan"],
}


@pytest.mark.parametrize("becomes", FATES, ids=lambda becomes: becomes.__name__)
def test_only_what_the_bake_ticked_was_done_before_the_start(
    tmp_path: Path, becomes: Callable[[Repository], None]
) -> None:
    repo = Repository(tmp_path / "repo")
    baked(repo, "diagram")
    repo.tick("diagram")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "2026-11-20")
    repo.tick("post-model")
    commit(repo, "2026-11-24")
    repo.write("notes.txt", "of the last commit")
    commit(repo, "2026-11-25")
    becomes(repo)
    ticks, notes = with_notes(repo)
    how = {slug: [day, how] for slug, day, how in ticks}
    assert how["diagram"][1] == "before"
    assert how["post-model"] == FATES[becomes]
    told = ["git fetch --unshallow" in note for note in notes]
    assert told == ([True] if becomes is cloned_with_one_commit else [])


def test_a_first_commit_may_be_late(tmp_path: Path) -> None:
    """As who has no identity is told to make it by hand, whenever that is."""
    repo = Repository(tmp_path)
    baked(repo)
    repo.tick("diagram", "comments")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "2026-11-24")
    assert told(repo) == [
        ["diagram", "2026-11-20", "plan"],
        ["comments", "2026-11-24", "commit"],
    ]


def test_what_the_bake_ticked_may_be_done_once_more(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    baked(repo, "diagram", "post-model")
    repo.tick("diagram", "post-model")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "2026-11-20")
    repo.write("TASKS.md", repo.tasks.replace(b"[x]", b"[ ]"))
    commit(repo, "2026-11-21")
    repo.tick("diagram")
    commit(repo, "2026-11-23")
    repo.tick("post-model")
    saved_on(repo, "2026-11-24")
    assert told(repo) == [
        ["diagram", "2026-11-23", "commit"],
        ["post-model", "2026-11-24", "file"],
    ]


def test_a_merge_may_tick_and_untick(repo: Repository) -> None:
    repo.tick("post-model")
    commit(repo, "2026-11-21")
    git(repo, "switch", "-q", "-c", "milestone")
    repo.write("branch.txt", "on the branch")
    commit(repo, "2026-11-22")
    git(repo, "switch", "-q", "main")
    repo.write("notes.txt", "on main")
    commit(repo, "2026-11-22")
    git(repo, "merge", "-q", "--no-ff", "--no-commit", "milestone")
    repo.tick("diagram")
    replace(repo, b"[x] **2.", b"[ ] **2.")
    commit(repo, "2026-11-24")
    assert told(repo) == [["diagram", "2026-11-24", "commit"]]


def test_a_bake_before_there_was_such_a_file(tmp_path: Path) -> None:
    """What the history began with was done before; a shallow one began elsewhere."""
    repo = Repository(tmp_path / "repo")
    repo.tick("diagram")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "2026-11-20")
    repo.tick("post-model")
    commit(repo, "2026-11-24")
    assert [how for _, _, how in told(repo)] == ["before", "commit"]
    cloned_with_one_commit(repo)
    ticks, notes = with_notes(repo)
    assert {how for _, _, how in ticks} == {"plan"}
    assert len(notes) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"id": 1, "done": []}', '{"id": "a"}'])
def test_what_the_bake_wrote_down_is_damaged(repo: Repository, text: str) -> None:
    repo.write(".path/start.json", text)
    said = repo.run("board", "--no-open")
    assert said.returncode == 1
    assert "git checkout -- .path/start.json" in " ".join(said.stderr.split())


# ------------------------------------------------------------------- a Git that fails


def of_another_owner(repo: Repository) -> dict[str, str]:
    return {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}


def of_an_unknown_kind(repo: Repository) -> dict[str, str]:
    git(repo, "config", "core.repositoryFormatVersion", "1")
    git(repo, "config", "extensions.fromTheFuture", "true")
    return {}


def with_a_shim(repo: Repository) -> dict[str, str]:
    folder = repo.root.parent / "bin"
    folder.mkdir()
    shim = folder / ("git.bat" if os.name == "nt" else "git")
    text = "@echo shim: no Git for you>&2\n@exit 1\n"
    if os.name != "nt":
        text = "#!/bin/sh\necho 'shim: no Git for you' >&2\nexit 1\n"
    shim.write_text(text, "utf-8")
    shim.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def not_here(repo: Repository) -> dict[str, str]:
    return {"PATH": str(repo.root)}


def without_its_blobs(repo: Repository) -> dict[str, str]:
    """A partial clone whose origin is out of reach."""
    git(repo, "config", "uploadpack.allowFilter", "true")
    origin = repo.root
    repo.root = origin.parent / "partial"
    clone = ["git", "clone", "-q", "--filter=blob:none", origin.as_uri()]
    subprocess.run([*clone, str(repo.root)], check=True)
    origin.rename(origin.parent / "away")
    return {}


def with_a_broken_link(repo: Repository) -> dict[str, str]:
    """A worktree whose repository was moved."""
    shutil.rmtree(repo.root / ".git")
    repo.write(".git", "gitdir: /nowhere/.git/worktrees/blog\n")
    return {}


FAILURES: dict[Callable[[Repository], dict[str, str]], str] = {
    of_another_owner: "detected dubious ownership in repository at",
    of_an_unknown_kind: "unknown repository extension",
    with_a_shim: "shim: no Git for you",
    not_here: "it is not on this machine",
    without_its_blobs: "does not appear to be a git repository",
    with_a_broken_link: "not a git repository: ",
}


@pytest.mark.parametrize("breaks", FAILURES, ids=lambda breaks: breaks.__name__)
def test_a_git_that_fails_is_told(
    tmp_path: Path, breaks: Callable[[Repository], dict[str, str]]
) -> None:
    """What the bake ticked is known all the same; the plan stands for the rest."""
    repo = Repository(tmp_path / "repo")
    baked(repo, "diagram")
    repo.tick("diagram")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "2026-11-20")
    repo.tick("post-model")
    commit(repo, "2026-11-24")
    repo.write("TASKS.md", repo.tasks + b"\n")
    commit(repo, "2026-11-25")
    env = breaks(repo)
    saved_on(repo, "2026-11-25")
    ticks, notes = with_notes(repo, **env)
    assert ["post-model", "2026-11-23", "plan"] in ticks
    assert [how for slug, _, how in ticks if slug == "diagram"] == ["before"]
    (note,) = notes
    assert note.startswith("Git cannot say when tasks were done: ")
    assert FAILURES[breaks] in note
    offers = "git config --global --add safe.directory" in note
    assert offers == (breaks is of_another_owner)
    for command in (["board", "--no-open"], ["export", "csv"], ["export", "github"],
                    ["export", "ics"]):  # fmt: skip
        said = repo.run(*command, env=env)
        assert said.returncode == 0
        assert FAILURES[breaks] in " ".join(said.stderr.split()), command


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"]
)
def test_what_points_git_elsewhere_is_dropped(repo: Repository, name: str) -> None:
    repo.tick("diagram")
    commit(repo, "2026-11-21")
    other = repo.root / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    env = {name: str(other if name == "GIT_WORK_TREE" else other / ".git")}
    assert told(repo, **env) == [["diagram", "2026-11-21", "commit"]]
