"""Git as the bake and path.py ask it: where it looks, and what its failures say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from djangopath import git
from tests.common import git as run_git

pytestmark = pytest.mark.only_projects()


def test_the_variables_that_point_git_elsewhere_are_those_that_git_names(
    tmp_path: Path,
) -> None:
    named = set(run_git(tmp_path, "rev-parse", "--local-env-vars").split())
    assert named <= git.LOCAL | git.SETTINGS
    assert named >= git.SETTINGS and not git.LOCAL & git.SETTINGS


def test_a_question_is_asked_in_its_folder_and_settings_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = str(shutil.which("git"))
    for name in ("here", "there"):
        subprocess.run(["git", "init", "-q", str(tmp_path / name)], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "there/.git"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    here = tmp_path / "here"
    top = git.ask(program, here, "rev-parse", "--show-toplevel").decode().strip()
    assert Path(top).samefile(here)
    assert git.ask(program, here, "config", "user.name") == b"Ada\n"


def test_what_cannot_be_started_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="cannot be started"):
        git.ask(str(tmp_path / "none"), tmp_path, "version")
    with pytest.raises(git.GitError, match="exit code 3"):
        git.ask(sys.executable, tmp_path, "-c", "raise SystemExit(3)")


def test_one_that_does_not_answer_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it waits for a network drive."""

    def run(*_: object, timeout: float, **__: object) -> None:
        raise subprocess.TimeoutExpired("git", timeout)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(git.GitError, match="did not answer for 20 seconds"):
        git.ask("git", tmp_path, "version")


OWNER = """\
fatal: detected dubious ownership in repository at '/srv/blog'
To add an exception for this directory, call:

\tgit config --global --add safe.directory /srv/blog
"""
OFFERS = """\
git: 'fast-import' is not a git command. See 'git --help'.

The most similar command is
\tfast-export
"""
SIGNING = """\
error: gpg failed to sign the data:
gpg: signing failed: No secret key
fatal: failed to write commit object
"""
WHO = """\
Author identity unknown

*** Please tell me who you are.

fatal: unable to auto-detect email address (got 'me@here.(none)')
"""


@pytest.mark.parametrize(
    ("said", "reason", "advice"),
    [
        (
            OWNER,
            "detected dubious ownership in repository at '/srv/blog'",
            ["git config --global --add safe.directory /srv/blog"],
        ),
        (OFFERS, "git: 'fast-import' is not a git command. See 'git --help'", []),
        (SIGNING, "gpg failed to sign the data: gpg: signing failed: No secret", []),
        (WHO, "unable to auto-detect email address (got 'me@here.(none)')", []),
        ("warning: a\nhint: b\nxcrun: error: none\nmore", "xcrun: error: none", []),
        ("error: first:\n", "first:", []),
        ("", "it ended with exit code 128 and gave no reason", []),
    ],
)  # fmt: skip
def test_a_failure_has_git_s_reason(said: str, reason: str, advice: list[str]) -> None:
    error = git.failure(128, said.encode())
    assert str(error).startswith(reason)
    assert error.advice == advice
