"""Git, asked in one folder: nothing points it elsewhere, and a failure has its reason.

The bake asks it so, and path.py in the learner's repository, which has a copy of this.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

# What `git rev-parse --local-env-vars` names: a hook of Git has some of them set, and
# all that is started in it would ask about the hook's repository.
LOCAL = frozenset(
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_CONFIG GIT_DIR GIT_GRAFT_FILE "
    "GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE GIT_INTERNAL_SUPER_PREFIX "
    "GIT_NO_REPLACE_OBJECTS GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_REPLACE_REF_BASE "
    "GIT_SHALLOW_FILE GIT_WORK_TREE".split()
)
# It names these, too: they hold settings, and Git itself keeps them in a submodule.
SETTINGS = frozenset({"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"})


class GitError(Exception):
    """Git failed; the message is its reason.

    Attributes:
        advice: the commands that Git offers to mend it, often none.
    """

    def __init__(self, reason: str, advice: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.advice = list(advice)


def environment() -> dict[str, str]:
    """The variables to start Git with: none points it elsewhere; it speaks English."""
    kept = {key: value for key, value in os.environ.items() if key not in LOCAL}
    return kept | {"LANGUAGE": "en"}


def failure(code: int, said: bytes) -> GitError:
    """What a Git means that ended with an exit code other than 0.

    Its first ``fatal:`` or ``error:`` is the cause, whatever it adds. A stand-in for it
    that does not run, as macOS and version managers have one, knows no such word.
    """
    text = said.decode("utf-8", "replace")
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    advice = [line.strip() for line in lines if line.startswith("\tgit ")]
    told = [line for line in lines if not line.startswith(("warning:", "hint:", "\t"))]
    words = ("fatal: ", "error: ")
    causes = [line for line in told if line.startswith(words)] or told
    if not causes:
        return GitError(f"it ended with exit code {code} and gave no reason", advice)
    reason = causes[0]
    after = told[told.index(reason) + 1 :]
    if reason.endswith(":") and after:
        reason = f"{reason} {after[0]}"
    for word in words:
        reason = reason.removeprefix(word)
    return GitError(reason.strip().rstrip("."), advice)


def ask(program: str, folder: Path, *words: str) -> bytes:
    """What Git prints in a folder; it asks for no password.

    Raises:
        GitError: it cannot be started, fails, or says nothing for 20 seconds.
    """
    try:
        done = subprocess.run(
            [program, *words],
            cwd=folder,
            env=environment() | {"GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError("it did not answer for 20 seconds") from None
    except OSError as error:
        raise GitError(f"{program} cannot be started: {error.strerror}") from None
    if done.returncode:
        raise failure(done.returncode, done.stderr)
    return done.stdout
