"""The text of TASKS.md: how its lines are written, and how they are known again.

The bake writes the file with it. A copy lies in every learner's repository,
where `path.py plan` writes the same lines with new dates, so it keeps to the standard
library.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple, Protocol

from . import schedule  # beside it, here and in a learner's repository

DONE_BEFORE = "## Done before you start"


class Task(Protocol):
    """What is written of a task; the catalogue's tasks and path.py's have it."""

    @property
    def slug(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def hours(self) -> Fraction | float: ...
    @property
    def phase(self) -> str: ...
    @property
    def page(self) -> str: ...


class Milestone(NamedTuple):
    """A milestone, and the slugs of its tasks that are in the file."""

    title: str
    checkpoint: str
    slugs: Collection[str]

    @property
    def line(self) -> str:
        """What stands below the last of its tasks, where that is finished."""
        return f"**Milestone: {self.title}.** {self.checkpoint}"


class Line(NamedTuple):
    """One line of the dated part.

    Attributes:
        kind: ``week``, ``day``, ``task``, ``go on``, ``milestone`` or ``checkpoint``.
        key: the week's or day's number, the task's slug, the milestone's title.
        text: the line; that of a task without its note.
        note: what is said behind a task that runs over into later days.
    """

    kind: str
    key: int | str
    text: str
    note: str = ""

    @property
    def is_item(self) -> bool:
        """Whether it is one of a day's list, which no blank line parts."""
        return self.kind in ("task", "go on")


# ---------------------------------------------------------------------------- the lines

WEEK = re.compile(
    r"## Week \d+ · \w{3} \d{1,2} \w{3}(?: to \w{3} \d{1,2} \w{3})? · [\d.]+ h"
)
DAY = re.compile(r"### Day \d+ · \w{3} \d{1,2} \w{3} · [\d.]+ h")
GO_ON = re.compile(
    r"- go on with task (?P<number>\d+), (?P<title>.*): (?P<hours>\d+(?:\.\d+)?) h"
)
# It may be wrapped, in a quote too. `.path/task_lines.py` has the same in bytes: no
# other module may be needed there, and a bake has only this one.
_SPACE = r"(?:[ \t]*(?:\r\n|\r|\n)[ \t>]*|[ \t]+)"
NOTE = re.compile(
    r"(?<![ \t])"
    + r" · [\d.]+ h of it (?:the next day|on the next days)".replace(" ", _SPACE)
)
CHECKPOINT = re.compile(
    r"\*\*Checkpoint of week \d+:\*\* tasks? \d[\d, and to]* ticked, "
    r"[\d.]+ of [\d.]+ h done; `python path\.py check --all` passes\."
)


def task_line(task: Task, *, ticked: bool) -> str:
    """The line of a task; path.py finds it by the link, however it is wrapped."""
    return (
        f"- [{'x' if ticked else ' '}] **{task.number}. {task.title}** · "
        f"{schedule.hours_text(task.hours)} h · {task.phase} · "
        f"[{task.page}]({task.page})"
    )


def over_note(rest: Fraction, days: int) -> str:
    """What is said of a task that takes ``rest`` hours of so many later days."""
    when = "the next day" if days == 1 else "on the next days"
    return f" · {schedule.hours_text(rest)} h of it {when}" if days else ""


def numbers_text(numbers: Collection[int]) -> str:
    """``task 3``, ``tasks 1 to 5``, ``tasks 1, 3 to 5 and 9``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{r[0]} to {r[-1]}" if len(r) > 1 else str(r[0]) for r in runs]
    listed = ", ".join(parts[:-1])
    text = f"{listed} and {parts[-1]}" if listed else parts[-1]
    return f"task{'s' if len(numbers) > 1 else ''} {text}"


def lines(
    days: Sequence[schedule.Day],
    tasks: Sequence[Task],
    milestones: Sequence[Milestone],
    before: Collection[int],
    done_hours: Fraction,
    total: Fraction,
) -> Iterator[Line]:
    """The dated part of TASKS.md.

    Args:
        days: the days of work; a piece's ``task`` is a place in ``tasks``.
        tasks: the tasks of those days.
        milestones: those of the project, in its order.
        before: the numbers of the tasks that were done before the first day.
        done_hours: how long those took.
        total: the hours of all tasks of the project.
    """
    finished = set(before)
    for week in schedule.weeks(days):
        count = len(finished)
        span = schedule.day_text(week.days[0].date)
        if len(week.days) > 1:
            span += f" to {schedule.day_text(week.days[-1].date)}"
        heading = f"## Week {week.number} · {span} · {_h(week.hours)}"
        yield Line("week", week.number, heading)
        for day in week.days:
            heading = f"### Day {day.number} · {schedule.day_text(day.date)}"
            yield Line("day", day.number, f"{heading} · {_h(day.hours)}")
            for piece in day.pieces:
                yield _piece(piece, day, days, tasks)
                if piece.last:
                    task = tasks[piece.task]
                    finished.add(task.number)
                    left = {t.slug for t in tasks if t.number not in finished}
                    for milestone in _completed(task.slug, left, milestones):
                        yield Line("milestone", milestone.title, milestone.line)
            done_hours += day.hours
        if len(finished) > count:
            yield Line(
                "checkpoint",
                week.number,
                f"**Checkpoint of week {week.number}:** {numbers_text(finished)} "
                f"ticked, {schedule.hours_text(done_hours)} of {_h(total)} done; "
                "`python path.py check --all` passes.",
            )


def _completed(
    slug: str, left: Collection[str], milestones: Iterable[Milestone]
) -> Iterator[Milestone]:
    """The milestones that a finished task completes: nothing of them is left."""
    for milestone in milestones:
        if slug in milestone.slugs and not set(left).intersection(milestone.slugs):
            yield milestone


def _piece(
    piece: schedule.Piece,
    day: schedule.Day,
    days: Sequence[schedule.Day],
    tasks: Sequence[Task],
) -> Line:
    """The line of a day's work on one task: the task's own, or that one goes on."""
    task = tasks[piece.task]
    if not piece.first:
        text = f"- go on with task {task.number}, {task.title}: {_h(piece.hours)}"
        return Line("go on", task.slug, text)
    later = [
        other.hours
        for following in days[day.number :]
        for other in following.pieces
        if other.task == piece.task
    ]
    note = over_note(sum(later, Fraction(0)), len(later))
    return Line("task", task.slug, task_line(task, ticked=False), note)


def _h(hours: Fraction | float) -> str:
    return f"{schedule.hours_text(hours)} h"


def text_of(found: Iterable[Line]) -> list[str]:
    """The dated part as it stands in the file, with a blank line after each heading."""
    texts: list[str] = []
    in_list = False
    for line in found:
        if texts and not (in_list and line.is_item):
            texts.append("")
        texts.append(line.text + line.note)
        in_list = line.is_item
    return texts


# --------------------------------------------------------------------------- the header

_DATE = r"(?:\w{3} )?(\d{1,2}) (\w{3}) (\d{4})"
_PARTS = {
    "tasks": re.compile(r"\d+ tasks?"),
    "hours": re.compile(r"[\d.]+ h"),
    "starts": re.compile(rf"starts [^·\d]*{_DATE}"),
    "rhythm": re.compile(r"(\d+(?:[.,]\d+)?) h a day, (\d+) days? a week"),
    "off": re.compile(r"off .*"),
    "finishes": re.compile(rf"finishes [^·\d]*{_DATE}"),
    "none": re.compile(r"all done"),
}
_SPAN = re.compile(
    r"(?:(?:\w{3} )?(\d{1,2}) (\w{3})(?: (\d{4}))? to )?"
    r"(?:\w{3} )?(\d{1,2}) (\w{3}) (\d{4})"
)


@dataclass(frozen=True)
class Rhythm:
    """The time there is: hours a working day, working days a week, days off."""

    hours: Fraction
    days: int
    off: tuple[schedule.Span, ...] = ()

    @property
    def text(self) -> str:
        """``2.5 h a day, 5 days a week``."""
        return f"{_h(self.hours)} a day, {self.days} day{'s'[: self.days != 1]} a week"


def span_text(span: schedule.Span) -> str:
    """``Thu 24 Dec 2026 to Sun 3 Jan 2027``; a year that both share stands once."""
    first, last = span
    text = schedule.day_text(last, year=True)
    if first == last:
        return text
    other = first.year != last.year
    return f"{schedule.day_text(first, year=other)} to {text}"


def read_spans(text: str) -> tuple[schedule.Span, ...]:
    """Days off, read from what `span_text` wrote, parted by commas.

    Raises:
        ValueError: it says something else.
    """
    spans = []
    for piece in text.split(","):
        match = _SPAN.fullmatch(piece.strip())
        if match is None:
            raise ValueError(piece.strip())
        last = _date(match[4], match[5], match[6])
        first = _date(match[1], match[2], match[3] or match[6]) if match[1] else last
        if first > last:
            raise ValueError(piece.strip())
        spans.append((first, last))
    return tuple(spans)


def _date(day: str, month: str, year: str) -> date:
    return date(int(year), schedule.MONTHS.index(month) + 1, int(day))


def header(
    count: int, total: Fraction, days: Sequence[schedule.Day], rhythm: Rhythm
) -> dict[str, str]:
    """The parts of the header line, in their order."""
    parts = {"tasks": f"{count} tasks", "hours": _h(total)}
    if not days:
        return parts | {"none": "all done"}
    parts["starts"] = f"starts {schedule.day_text(days[0].date, year=True)}"
    parts["rhythm"] = rhythm.text
    if rhythm.off:
        parts["off"] = f"off {', '.join(map(span_text, rhythm.off))}"
    parts["finishes"] = f"finishes {schedule.day_text(days[-1].date, year=True)}"
    return parts


def header_line(parts: dict[str, str], old: str = "") -> str:
    """The header line; what a learner added to the old one stays in its place."""
    if not old:
        return " · ".join(parts.values())
    found: list[tuple[str, str]] = []
    for text in old.split(" · "):
        name = next(iter(header_parts(text)), "")
        if not name:
            found.append(("", text))
        elif name in parts and name not in dict(found):
            found.append((name, parts[name]))
    place = 0
    for name, text in parts.items():
        if name in dict(found):
            place = [known for known, _ in found].index(name) + 1
        elif name not in ("tasks", "hours"):
            found.insert(place, (name, text))
            place += 1
    return " · ".join(text for _, text in found)


def header_parts(line: str) -> dict[str, re.Match[str]]:
    """The parts of a header line that can be read, by name."""
    found: dict[str, re.Match[str]] = {}
    for text in line.split(" · "):
        for name, shape in _PARTS.items():
            match = shape.fullmatch(text.strip())
            if match and name not in found:
                found[name] = match
                break
    return found
