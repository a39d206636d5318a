"""What Git knows: when each box of TASKS.md was ticked, and where the repository began.

Where there is no Git, no repository or no commit, it knows nothing. A Git that fails is
something else: then it is told why nothing is known.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from typing import Any, NamedTuple

from .parts import part
from .repository import ROOT, TASKS
from .task_lines import boxes

git: Any = part("git")

COMMIT = b"\x00day "
# A merge is compared with each of its parents, for it may tick a box itself.
LOG = (
    "log -m --reverse --date-order --date=short --no-color "
    "--no-ext-diff --no-textconv --no-renames --text --patch --unified=99999 "
    "--format=%x00day%x20%ad"
).split()
# Settings of the learner that no option overrides.
ALWAYS = (
    "-c log.showRoot=true -c log.showSignature=false -c log.follow=false "
    "-c log.diffMerges=separate"
).split()
UNSHALLOW = "git fetch --unshallow"


class Known(NamedTuple):
    """A box that is ticked in the last commit.

    ``came``: it was ticked when TASKS.md came into the history, so ``date`` is but the
    latest day on which that can have been.
    """

    date: dt.date
    came: bool


class History(NamedTuple):
    """What Git knows of TASKS.md.

    Attributes:
        ticked: the boxes that are ticked in the last commit, by slug.
        there: whether a commit has the file.
        shallow: whether the commits that brought some of ``ticked`` are not here.
        doubt: why Git cannot say, as a sentence; "" where it can or is not there.
    """

    ticked: dict[str, Known]
    there: bool
    shallow: bool
    doubt: str


def history() -> History:
    """The ticked boxes of the last commit, each with its day.

    A box that was unticked and ticked again counts from the last time; a line that
    moved keeps its day, and so does a file.
    """
    state: dict[str, Known] = {}
    there = False
    try:
        for day, new, gone, come in changes(ask(*LOG, "--", *names(TASKS.name))):
            there = True
            for slug in gone - come.keys():
                state.pop(slug, None)
            for slug, is_ticked in come.items():
                if not is_ticked:
                    state.pop(slug, None)
                elif slug not in state:
                    state[slug] = Known(day, new)
        cut = any(known.came for known in state.values()) and is_shallow()
    except git.GitError as error:
        return History({}, False, False, unsaid("when tasks were done", error))
    return History(state, there, cut, "")


def changes(log: bytes) -> Iterator[tuple[dt.date, bool, set[str], dict[str, bool]]]:
    """Each change of TASKS.md: its day, whether the file was not there before, the
    slugs of the tasks that went, and of those that came or changed, with whether they
    are ticked.
    """
    for commit in log.split(COMMIT)[1:]:
        head, _, patch = commit.partition(b"\n")
        try:
            day = dt.date.fromisoformat(head.strip().decode())
        except ValueError:
            continue
        start = patch.find(b"\n@@") + 1
        new = b"\nnew file mode " in patch[:start]
        # The whole file before and after: a task may take more than one line.
        lines = patch[start:].split(b"\n")
        was, now = (
            boxes(b"\n".join(line[1:] for line in lines if line[:1] in (b" ", mark)))
            for mark in (b"-", b"+")
        )
        come = {slug: box for slug, box in now.items() if was.get(slug) != box}
        yield day, new, was.keys() - now.keys(), come


def began() -> str:
    """The commit that brought project.json; "" where no commit has it.

    It is not the history's root: the root changes when a history that was begun on
    GitHub is merged.

    Raises:
        GitError: Git cannot say it.
    """
    path = ".path/project.json"
    words = "log --no-renames --diff-filter=A --format=%H --".split()
    return text(*words, *names(path))[-40:]


def committed() -> int:
    """When TASKS.md was committed last, in seconds since 1970; 0 if never.

    Raises:
        GitError: Git cannot say it.
    """
    return int(ask("log", "-1", "--format=%ct", "--", TASKS.name) or 0)


def is_shallow() -> bool:
    """Whether this clone has but the last commits; raises GitError."""
    return text("rev-parse", "--is-shallow-repository") == "true"


def names(path: str) -> list[str]:
    """A file of this folder under all names that it has had, as Git takes them.

    A repository may be moved with all that is in it (``git mv``), as into a folder of
    another one.
    """
    found, here = [path], ""
    words = "log --no-renames --diff-filter=A".split()
    while True:
        made = text(*words, "--format=%H %P", "--", *found).splitlines()
        commit, *parents = made[-1].split() if made else [""]
        if not parents:
            return found
        here = here or text("rev-parse", "--show-prefix") + path
        here = moved(commit).get(here, "")
        if not here or f":(top,literal){here}" in found:
            return found
        found.append(f":(top,literal){here}")


def moved(commit: str) -> dict[str, str]:
    """What a commit renamed: the old path of each new one, from the top."""
    words = "diff-tree -r -z -M --diff-filter=R --name-status --no-commit-id".split()
    fields = text(*words, commit).split("\0")
    return dict(zip(fields[2::3], fields[1::3], strict=False))


def text(*words: str) -> str:
    """What Git says in one line or more; the name of a folder need not be UTF-8."""
    return ask(*words).decode("utf-8", "surrogateescape").strip("\n")


def ask(*words: str) -> bytes:
    """What Git says; nothing where there is no Git, no repository or no commit.

    Raises:
        GitError: it fails, or is missing where there is a repository.
    """
    program, own = shutil.which("git"), (ROOT / ".git").exists()
    if program is None:
        if own:
            raise git.GitError("it is not on this machine")
        return b""
    try:
        said: bytes = git.ask(program, ROOT, *ALWAYS, *words)
    except git.GitError as error:
        outside = str(error).startswith("not a git repository (") and not own
        if outside or "does not have any commits yet" in str(error):
            return b""
        raise
    return said


def unsaid(
    what: str, error: Any, then: str = "The days of the plan are taken instead"
) -> str:
    """The sentence for a Git that fails.

    Args:
        what: what it was to say.
        error: the GitError.
        then: what follows from that.
    """
    advice = "".join(f"\n  {command}" for command in error.advice)
    offer = f" Git itself offers:\n{advice}" if advice else ""
    return f"Git cannot say {what}: {error}. {then}.{offer}"
