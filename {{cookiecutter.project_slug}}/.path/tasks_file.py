"""TASKS.md, the one store of progress: read, ticked, and what is told of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from .project import Project, Task
from .repository import HOME, ME, TASKS
from .task_lines import listed, shows_nothing, tick, ticked
from .text import Trouble, field, wrapped


def read_progress(tasks: Sequence[Task]) -> bytes:
    """TASKS.md, or how to get it back if none of these tasks has a line in it."""
    try:
        text = TASKS.read_bytes()
    except FileNotFoundError:
        raise Trouble(lost(tasks, f"TASKS.md {shows_nothing(None)}")) from None
    here = listed(text)
    if any(task.slug in here for task in tasks):
        return text
    what = shows_nothing(text, tasks[0].slug if len(tasks) == 1 else "any task")
    raise Trouble(lost(tasks, f"TASKS.md {what}"))


def lost(tasks: Sequence[Task], what: str) -> str:
    """Says what is lost from TASKS.md and how to get it back."""
    lines = "\n".join(task.line for task in tasks)
    return (
        f"{what}, and it is where your progress is kept. Nothing was written.\n\n"
        "To get it back as it was committed last, or to find an older one:\n\n"
        "  git checkout -- TASKS.md\n  git log -- TASKS.md\n\n"
        f"Or add {'this line' if len(tasks) == 1 else 'these lines'} to it:\n\n{lines}"
    )


def save_tick(task: Task) -> None:
    """Ticks the task's box on disk, one process at a time."""
    from filelock import FileLock, Timeout

    target = Path(os.path.realpath(TASKS))
    try:
        with FileLock(HOME / "lock", timeout=15):
            while True:
                before = read_progress([task])
                after = tick(before, task.slug)
                if after in (before, None) or replaced(target, after, before):
                    return
    except Timeout:
        raise Trouble(
            f"{task.slug} passed, but it could not be ticked: another path.py has been "
            f"writing TASKS.md for 15 seconds. Try again: {ME} check {task.slug}"
        ) from None
    except OSError as error:
        raise Trouble(
            f"{task.slug} passed, but it could not be ticked: "
            f"{error.filename or target}: {error.strerror}. TASKS.md is as it was."
        ) from None


def replaced(target: Path, text: bytes, before: bytes | None = None) -> bool:
    """Writes a file whole or not at all; False if it no longer holds ``before``.

    The last look keeps what an editor saved in the meantime. Without ``before`` the
    file may be read by whom the user's own new files may be read.
    """
    from tempfile import mkstemp

    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only", str(target))
    handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            Path(name).chmod(target.stat().st_mode & 0o7777)
            if target.read_bytes() != before:
                return False
        else:
            os.umask(mask := os.umask(0o77))
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
        return True
    finally:
        Path(name).unlink(missing_ok=True)


def first_open(project: Project, text: bytes) -> Task | None:
    """The first task, in the order of work, that is not ticked."""
    done = set(ticked(text))
    return next((task for task in project.tasks if task.slug not in done), None)


def sums(project: Project, text: bytes) -> tuple[int, float, float]:
    """Tasks done, hours done, hours in all."""
    done = set(ticked(text))
    hours = [task.hours for task in project.tasks if task.slug in done]
    return len(hours), sum(hours), sum(task.hours for task in project.tasks)


def what_next(project: Project, text: bytes) -> str:
    """The first task that is not ticked, or a closing word."""
    task = first_open(project, text)
    if task is None:
        return wrapped(
            f"Every task is done, all {len(project.tasks)} of them: {project.title} "
            f"is finished. To run all its tests again:\n\n  {ME} check --all"
        )
    facts = f"{task.number}. {task.title} · {task.hours:g} h · {task.phase}"
    first = field("Next", f"{facts}\n{task.page}")
    ways = [("Read", f"{ME} next"), ("Check", f"{ME} check"), ("Hint", f"{ME} hint")]
    return "\n".join([first, "", *(field(*way) for way in ways)])
