"""What a new plan changes, in a few lines: the finish date and the tasks that move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from .parts import part
from .plan_days import today
from .project import Project, Task
from .text import columns, count, field, plain, shortened, wrapped

checklist: Any = part("checklist")
dates: Any = part("plan_dates")
schedule: Any = part("schedule")


def report(project: Project, new: Any) -> None:
    """Says what is left, when it ends, before and after, and what moves."""
    sheet, left = new.sheet, new.sheet.open
    hours = sum(entry.task.hours for entry in left)
    rows = [
        (
            "Left",
            f"{count(len(left), 'task')}, {hours:g} h, from "
            f"{date_text(new.begins[left[0].task.slug])}, {new.rhythm.text}",
        ),
        ("Finish", finish_text(sheet, new)),
    ]
    if new.rhythm.off:
        spans = ", ".join(checklist.span_text(span) for span in new.rhythm.off)
        rows.append(("Off", f"{spans} (the header line of TASKS.md keeps it)"))
    click.echo(click.style(shortened(project.title, 200), bold=True) + "\n")
    for label, text in rows:
        click.echo(field(label, text))
    if not new.same:
        show_moves(new)
    early = [e for e in sheet.kept if e.kind == "task" and e.date > today()]
    if early:
        names = checklist.numbers_text([entry.task.number for entry in early])
        note = (
            f"Done ahead of the plan: {names}. What is done keeps its day and takes "
            "its room there; to use that room, move its line under an earlier day and "
            "plan again."
        )
        click.echo("\n" + wrapped(plain(note)))


def date_text(date: dt.date) -> str:
    """A date, with its year where that is not this one."""
    return str(schedule.day_text(date, year=date.year != today().year))


def finish_text(sheet: Any, new: Any) -> str:
    """The old and the new finish date."""
    now = new.days[-1].date
    if not sheet.dates:
        return f"{date_text(now)}; the plan before had no dates"
    before = max(sheet.dates)
    days = (now - before).days
    if not days:
        return f"{date_text(now)}, as before"
    how = f"{count(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
    return f"{date_text(before)} before, {date_text(now)} now: {how}"


def show_moves(new: Any) -> None:
    """The tasks that move: a table, or a sentence if all move alike."""
    moves = [
        (entry.task, entry.date, new.begins[entry.task.slug])
        for entry in new.sheet.open
        if entry.date != new.begins[entry.task.slug]
    ]
    if not moves:
        click.echo(field("Moves", "no task begins on another day"))
        return
    steps = {old and working_days(old, now, new.rhythm) for _, old, now in moves}
    number = steps.pop()
    if len(moves) > 3 and not steps and number:
        way = "later" if number > 0 else "earlier"
        how = f"{count(abs(number), 'working day')} {way}"
        some = [moves[0], moves[-1]]
        ends = [f"{t.number} from {date_text(a)} to {date_text(b)}" for t, a, b in some]
        names = checklist.numbers_text([task.number for task, _, _ in moves])
        text = f"{names} begin {how}: {ends[0]}, {ends[1]}"
        click.echo(field("Moves", text))
        return
    click.echo()
    for line in table(moves):
        click.echo(line)


def working_days(old: dt.date, now: dt.date, rhythm: Any) -> int:
    """How many working days lie from one day to the other; below 0 if backwards.

    They are not counted, and 0 is given, over more years than a plan may last.
    """
    low, high = sorted((old.toordinal(), now.toordinal()))
    if high - low > 3 * 366:
        return 0
    days = [dt.date.fromordinal(number) for number in range(low + 1, high + 1)]
    off = [d for d in days if any(first <= d <= last for first, last in rhythm.off)]
    work = sum(day.weekday() < rhythm.days for day in set(days) - set(off))
    return work if now >= old else -work


def table(moves: Sequence[tuple[Task, dt.date | None, dt.date]]) -> list[str]:
    """Task, old day and new day, in columns where they fit."""
    rows = [
        (f"{t.number}. {t.title}", date_text(old) if old else "no date", date_text(now))
        for t, old, now in moves
    ]
    rows = [("Task", "from", "to"), *rows]
    sizes = [max(len(row[column]) for row in rows) for column in (1, 2)]
    room = columns() - sum(sizes) - 6
    if room < 16:
        texts = (f"{plain(name)}: {old} to {now}" for name, old, now in rows[1:])
        return [wrapped(text, "  ") for text in texts]
    wide = min(room, max(len(row[0]) for row in rows))
    return [
        f"  {shortened(name, wide):{wide}}  {old:{sizes[0]}}  {now}".rstrip()
        for name, old, now in rows
    ]


def say_missing(project: Project, sheet: Any) -> None:
    """Names the tasks that have no line, and so no date."""
    if missing := dates.missing_tasks(project, sheet):
        names = ", ".join(task.slug for task in missing)
        lines = "\n".join(task.line for task in missing)
        note = (
            f"TASKS.md has no line for {names}, and what has no line is not planned. "
            f"Add {'this line' if len(missing) == 1 else 'these lines'} where you "
            f"want, then plan again:\n\n{lines}"
        )
        click.echo("\n" + wrapped(plain(note)), err=True)
