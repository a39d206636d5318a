"""The new plan: which task falls on which day, and TASKS.md as it shall be."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from .parts import part
from .plan_days import today
from .project import Project, Task
from .repository import HOME, ME, broken
from .text import Trouble, shortened

checklist: Any = part("checklist")
options: Any = part("plan_options")
reader: Any = part("plan_reader")
schedule: Any = part("schedule")
sheets: Any = part("plan_sheet")
writer: Any = part("plan_writer")

Span = tuple[dt.date, dt.date]


class Plan(NamedTuple):
    """The new plan.

    Attributes:
        sheet: TASKS.md as it was.
        days: all days, those of done tasks too.
        begins: the day on which each task that is left begins.
        rhythm: hours a day, days a week, days off.
        text: TASKS.md as it shall be.
        same: whether that changes no date and no hour.
    """

    sheet: Any
    days: list[Any]
    begins: dict[str, dt.date]
    rhythm: Any
    text: bytes
    same: bool


def laid(project: Project, text: bytes, wishes: Any) -> Plan:
    """The new plan.

    Args:
        project: whose tasks are laid.
        text: TASKS.md.
        wishes: what the options say.

    Raises:
        Trouble: there is nothing to lay, an option is missing, or the plan is too long.
    """
    milestones = load_milestones(project)
    lines = [milestone.line for milestone in milestones]
    try:
        sheet = reader.read(text, project, lines)
    except sheets.Unreadable as heading:
        if wishes.start is None or wishes.hours is None or wishes.days is None:
            raise Trouble(no_dates(str(heading))) from None
        sheet = reader.read(text, project, lines, anew=True)
    if not sheet.open:
        raise Trouble(nothing_left(project, sheet))
    rhythm = rhythm_of(sheet, wishes)
    entries, days = days_of(sheet, wishes.start or today(), rhythm)
    check_length(days)
    lines = lines_of(project, sheet, entries, days, milestones)
    begins = {
        entries[piece.task].task.slug: day.date
        for day in days
        for piece in day.pieces
        if piece.first and not entries[piece.task].done
    }
    _, shape = written(project, sheet, days, lines, rhythm)
    dated = all(entry.date == begins[entry.task.slug] for entry in sheet.open)
    if dated and not sheet.strayed and shape == sheet.generated:
        return Plan(sheet, days, begins, rhythm, text, same=True)
    # Days off that are over have done their work.
    coming = tuple(span for span in rhythm.off if span[1] >= today())
    rhythm = checklist.Rhythm(rhythm.hours, rhythm.days, coming)
    new, _ = written(project, sheet, days, lines, rhythm)
    return Plan(sheet, days, begins, rhythm, new, same=False)


def lines_of(
    project: Project,
    sheet: Any,
    entries: Sequence[Any],
    days: Sequence[Any],
    milestones: Sequence[Any],
) -> list[Any]:
    """The lines of those days, as `checklist.lines` gives them."""
    tasks = [entry.task for entry in entries]
    here = {task.slug for task in [*tasks, *sheet.undated]}
    lines = checklist.lines(
        days,
        tasks,
        [each._replace(slugs=here & each.slugs) for each in milestones],
        {task.number for task in sheet.undated},
        hours_of(sheet.undated),
        hours_of(project.tasks),
    )
    return list(lines)


def written(
    project: Project, sheet: Any, days: Sequence[Any], lines: Sequence[Any], rhythm: Any
) -> tuple[bytes, list[str]]:
    """TASKS.md with those lines, and what of it is generated."""
    total = hours_of(project.tasks)
    parts = checklist.header(len(project.tasks), total, days, rhythm)
    header = checklist.header_line(parts, sheet.header.text if sheet.header else "")
    result: tuple[bytes, list[str]] = writer.write(sheet, days, lines, header)
    return result


def hours_of(tasks: Sequence[Task]) -> Fraction:
    """How long they take together."""
    return sum((Fraction(task.hours) for task in tasks), Fraction(0))


def load_milestones(project: Project) -> list[Any]:
    """The project's milestones."""
    try:
        data = json.loads((HOME / "project.json").read_text(encoding="utf-8"))
        named = [(str(m["title"]), str(m["checkpoint"])) for m in data["milestones"]]
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        raise Trouble(broken(".path/project.json")) from None
    return [
        checklist.Milestone(
            title, text, {t.slug for t in project.tasks if t.milestone == title}
        )
        for title, text in named
    ]


def no_dates(where: str) -> str:
    """The days cannot be read, and not enough is said to lay all anew."""
    return (
        f"{where} Put that right, or have every task that is left laid anew, which "
        "sets the done ones above the first week:\n\n"
        f"  {ME} plan --from {today()} --hours 2.5 --days 5\n\nNothing was written."
    )


def nothing_left(project: Project, sheet: Any) -> str:
    """Every task that has a line is ticked."""
    if missing := missing_tasks(project, sheet):
        names = ", ".join(task.slug for task in missing)
        return (
            "Every task that TASKS.md lists is ticked, and it has no line for "
            f"{names}, so there is nothing to plan. Nothing was written."
        )
    return "Every task is ticked, so there is nothing left to plan."


def rhythm_of(sheet: Any, wishes: Any) -> Any:
    """The options, and what the header line says where there are none."""
    parts = {}
    if sheet.header is not None:
        parts = checklist.header_parts(sheet.header.text)
    hours, days = wishes.hours, wishes.days
    if found := parts.get("rhythm"):
        hours = hours or in_range(options.read_hours, found[1])
        days = days or in_range(options.read_days, found[2])
    if hours is None or days is None:
        wanted = "--hours 2.5 " * (hours is None) + "--days 5" * (days is None)
        raise Trouble(
            "The header line of TASKS.md does not say how many hours a day and days a "
            f"week you work. Say it:\n\n  {ME} plan {wanted.strip()}\n\n"
            "Nothing was written."
        )
    off: tuple[Span, ...] = ()
    if found := parts.get("off"):
        try:
            off = checklist.read_spans(found[0].strip().removeprefix("off "))
        except ValueError:
            example = checklist.span_text((today(), today() + dt.timedelta(days=7)))
            raise Trouble(
                f"{shortened(found[0], 60)!r} in the header line of TASKS.md cannot be "
                f"read. Write days off as 'off {example}', several with commas between "
                "them, then plan again. Nothing was written."
            ) from None
    return checklist.Rhythm(hours, days, joined([*off, *wishes.skip]))


def in_range(read: Callable[[str], Any], text: str) -> Any:
    """What an option would take from this text, or None."""
    try:
        return read(text)
    except Trouble:
        return None


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Days off in their order, each day once."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first.toordinal() <= found[-1][1].toordinal() + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def first_hours(sheet: Any, task: Task) -> Fraction:
    """What is left of a done task's hours for the day on which it began."""
    later = (e.hours for e in sheet.kept if e.kind == "go on" and e.task is task)
    return max(Fraction(task.hours) - sum(later, Fraction(0)), Fraction(0))


def days_of(sheet: Any, start: dt.date, rhythm: Any) -> tuple[list[Any], list[Any]]:
    """The tasks' entries, and the days, whose pieces name them by their place.

    Raises:
        Trouble: the plan runs past the year 9999.
    """
    entries = [entry for entry in sheet.entries if entry.kind == "task"]
    place = {entry.task.slug: index for index, entry in enumerate(entries)}
    # Each piece with its order in its day: what goes on first, then as in the file.
    found: dict[dt.date, list[tuple[tuple[int, int], Any]]] = {}
    used: dict[dt.date, Fraction] = {}
    for entry in sheet.kept:
        first = entry.kind == "task"
        hours = first_hours(sheet, entry.task) if first else entry.hours
        others = (e.date for e in sheet.kept if e.task is entry.task)
        last = entry.date == max(others)
        piece = schedule.Piece(place[entry.task.slug], hours, first, last)
        found.setdefault(entry.date, []).append(((1, entry.place), piece))
        used[entry.date] = used.get(entry.date, Fraction(0)) + hours
    left = sheet.open
    lengths = [Fraction(entry.task.hours) for entry in left]
    try:
        planned = schedule.plan(
            lengths, start, rhythm.hours, rhythm.days, off=rhythm.off, used=used
        )
    except ValueError:
        raise Trouble(
            "With these options the plan runs past the year 9999. Plan more hours, or "
            "fewer days off. Nothing was written."
        ) from None
    for day in planned:
        for piece in day.pieces:
            entry = left[piece.task]
            order = (1, entry.place) if piece.first else (0, 0)
            own = schedule.Piece(
                place[entry.task.slug], piece.hours, piece.first, piece.last
            )
            found.setdefault(day.date, []).append((order, own))
    days = []
    for number, date in enumerate(sorted(found), 1):
        pieces = [piece for _, piece in sorted(found[date], key=lambda each: each[0])]
        days.append(schedule.Day(number, date, pieces))
    return entries, days


def check_length(days: Sequence[Any]) -> None:
    """Refuses what could not be read again: headings hold a weekday and no year."""
    first, last = days[0].date, days[-1].date
    if last.toordinal() - first.toordinal() >= 3 * 365:
        raise Trouble(
            f"The plan would run from {schedule.day_text(first, year=True)} to "
            f"{schedule.day_text(last, year=True)}, and TASKS.md can tell dates apart "
            "for three years only. Plan more hours, more days or fewer days off, or "
            "move the lines of tasks that were done long ago above the first week. "
            "Nothing was written."
        )


def missing_tasks(project: Project, sheet: Any) -> list[Task]:
    """The project's tasks that have no line."""
    here = {entry.task.slug for entry in sheet.entries}
    here |= {task.slug for task in sheet.undated}
    return [task for task in project.tasks if task.slug not in here]
