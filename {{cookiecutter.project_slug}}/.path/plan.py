"""Lays the tasks that are left over new dates, and says what that changes.

TASKS.md holds all that is known: its header line the rhythm and the days off, its
headings the dates, its boxes what is done.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from .parts import part
from .project import load_project
from .repository import HOME, TASKS
from .tasks_file import read_progress, replaced
from .text import Trouble, plain, wrapped

dates: Any = part("plan_dates")
options: Any = part("plan_options")
changes: Any = part("plan_report")

WRITTEN = 'TASKS.md is written; commit it:\n\n  git commit -m "Plan anew" TASKS.md'


def plan(
    start: str | None,
    hours: str | None,
    days: str | None,
    skip: Sequence[str],
    *,
    dry_run: bool,
) -> int:
    """Lays the tasks that are left over new dates; gives the exit code.

    Raises:
        Trouble: an option is wrong, or TASKS.md cannot be read or written.
    """
    wishes = options.read(start, hours, days, skip)
    project = load_project()
    # A dry run must work in a folder where nothing can be written.
    with nullcontext() if dry_run else locked():
        before = read_progress(project.tasks)
        new = dates.laid(project, before, wishes)
        changes.report(project, new)
        if new.same:
            click.echo("\nNothing changes; TASKS.md stays as it is.")
        elif dry_run:
            click.echo("\nNothing is written: this was a dry run.")
        else:
            save(new.text, before)
            click.echo("\n" + wrapped(plain(WRITTEN)))
    changes.say_missing(project, new.sheet)
    return 0


@contextmanager
def locked() -> Iterator[None]:
    """Lets one path.py at a time write TASKS.md."""
    from filelock import FileLock, Timeout

    lock = FileLock(HOME / "lock")
    try:
        lock.acquire(timeout=15)
    except Timeout:
        raise Trouble(
            "Another path.py has been writing TASKS.md for 15 seconds, so nothing was "
            "written. Try again."
        ) from None
    except OSError as error:
        raise not_written(error) from None
    try:
        yield
    finally:
        lock.release()


def save(text: bytes, before: bytes) -> None:
    """Writes TASKS.md, unless it holds something else than ``before`` by now."""
    try:
        if replaced(Path(os.path.realpath(TASKS)), text, before):
            return
    except OSError as error:
        raise not_written(error) from None
    raise Trouble(
        "TASKS.md was saved by another program in the meantime, so nothing was "
        "written. Try again."
    )


def not_written(error: OSError) -> Trouble:
    """What to say when the system refuses."""
    about = f"{error.filename or TASKS}: {error.strerror}"
    return Trouble(f"TASKS.md could not be written: {about}. It is as it was.")
