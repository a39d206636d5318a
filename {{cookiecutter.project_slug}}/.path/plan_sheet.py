"""What TASKS.md consists of: lines that `plan` writes anew, and the learner's own.

A line is known by the exact shape in which it is written; every other line is the
learner's. Those are kept byte for byte and belong to what they stand under: to their
task, to a day that stays, and otherwise to what stands before them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from .project import Task
from .text import shortened


class Row(NamedTuple):
    """One line of the file, or the lines of one that is wrapped.

    Attributes:
        text: without the last end.
        end: how it ends.
        head: of a task: how many bytes there are up to the end of its link.
    """

    text: str
    end: str
    head: int = 0

    @property
    def blank(self) -> bool:
        """Whether it holds nothing but spaces."""
        return not self.text.strip(" \t")


@dataclass(eq=False)
class Spot:
    """A generated line that the learner wrote under: it may come again or not.

    Attributes:
        kind: ``week``, ``day``, ``milestone``, ``checkpoint``; ``gone`` never comes.
        key: the date (of a week's first day, too) or the milestone's title.
        first: the first line of that day's list: its kind and slug.
    """

    kind: str
    key: dt.date | str | None = None
    first: tuple[str, str] | None = None


@dataclass(eq=False)
class Block:
    """Lines of the learner's that stand together.

    Attributes:
        rows: the lines, with the blank ones before and between them.
        spot: what they stood under, if it is not their entry.
        section: whether a heading of the learner's stands over them. A day's tasks
            cannot follow it, so it stands at the day's end.
    """

    rows: list[Row]
    spot: Spot | None
    section: bool


@dataclass(eq=False)
class Entry:
    """A line that stays, with the learner's lines that belong to it.

    Attributes:
        kind: ``top`` (the head of the file), ``task``, or ``go on`` for a day on which
            a finished task was gone on with.
        row: the line itself.
        task: its task.
        date: the day under which it stands; None under none.
        done: whether the task is ticked.
        hours: of ``go on``: how long.
        place: its place in the file.
        gap: how many blank lines part it from the next line of the list.
    """

    kind: str
    row: Row
    task: Task
    date: dt.date | None = None
    done: bool = False
    hours: Fraction = Fraction(0)
    place: int = 0
    gap: int = 0
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Sheet:
    """What `read` finds in TASKS.md.

    Attributes:
        top: what stands before the first week.
        entries: the lines that stay, in the order of the file.
        undated: the done tasks that stand under no day.
        dates: the days that have a heading.
        edited: the headings of days that the learner has written more into.
        header: the header line.
        generated: every generated line, in the order of the file.
        strayed: whether a task goes on where there is no day.
        tail: the blank lines at the end.
        end: how lines end.
        closed: whether the last line ends.
        mark: the byte order mark, if the file begins with one.
    """

    top: Entry
    entries: list[Entry] = field(default_factory=list)
    undated: list[Task] = field(default_factory=list)
    dates: set[dt.date] = field(default_factory=set)
    edited: list[tuple[dt.date, str]] = field(default_factory=list)
    header: Row | None = None
    generated: list[str] = field(default_factory=list)
    strayed: bool = False
    tail: list[Row] = field(default_factory=list)
    end: str = "\n"
    closed: bool = True
    mark: str = ""

    @property
    def open(self) -> list[Entry]:
        """The tasks that are not ticked, in the order of the file."""
        return [e for e in self.entries if e.kind == "task" and not e.done]

    @property
    def kept(self) -> list[Entry]:
        """What keeps its day: finished tasks, and the days they went on."""
        return [entry for entry in self.entries if entry.done]


class Unreadable(Exception):
    """The days have no dates; the argument says why."""


def quoted(number: int, text: str) -> str:
    """Names a line of TASKS.md."""
    return f"Line {number} of TASKS.md, {shortened(text, 60)!r},"


def edited_day(text: str) -> str:
    """A heading with words of the learner's has no day any more."""
    return (
        f"The heading {shortened(text, 70)!r} has no place in the new plan, and "
        "you wrote more into it. Put your words on a line of their own under it, so "
        "that they are kept, then plan again. Nothing was written."
    )
