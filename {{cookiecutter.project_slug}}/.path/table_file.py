"""The tasks as a table for Notion's import of CSV: a row a task.

The first column becomes the title of Notion's pages, ISO dates become dates, and a
comma parts the values of a multi-select. The file begins with a byte order mark, like
the "CSV UTF-8" that Excel writes: without it Excel takes UTF-8 for something else.
"""

from __future__ import annotations

import csv
import io
from typing import Any

COLUMNS = (
    "Task,Number,Week,Date,Due,Hours,Phase,Milestone,Status,Done on,Topics,"
    "Requirements,Page"
).split(",")


def render(agenda: Any) -> tuple[bytes, list[str]]:
    """The table, with a heading; and no notes, because it leaves nothing out.

    Args:
        agenda: an `agenda.Agenda`.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for entry in agenda.entries:
        table.writerow([safe(cell) for cell in row(entry)])
    return text.getvalue().encode("utf-8-sig"), []


def row(entry: Any) -> list[object]:
    """A task's cells; a task without a date has none in it."""
    return [
        entry.title,
        entry.number,
        entry.week or "",
        entry.days[0].isoformat() if entry.days else "",
        entry.days[-1].isoformat() if entry.days else "",
        f"{entry.hours:g}",
        entry.phase,
        entry.milestone,
        entry.status,
        entry.done_on.isoformat() if entry.done_on else "",
        ", ".join(entry.topics),
        ", ".join(entry.serves),
        entry.page,
    ]


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if str(cell).startswith(("=", "+", "-", "@")) else cell
