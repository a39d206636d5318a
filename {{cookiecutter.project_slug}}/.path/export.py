"""Writes the plan for a calendar, for Notion or for GitHub, whole or not at all."""

from __future__ import annotations

from operator import methodcaller
from pathlib import Path
from typing import NamedTuple

import click

from .parts import part
from .repository import ROOT
from .text import plain, wrapped


class Form(NamedTuple):
    """A form of export: its part, its usual file, how a file of it begins, its use."""

    part: str
    name: str
    begins: bytes
    then: str


FORMS = {
    "ics": Form(
        "calendar_file",
        "tasks.ics",
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//djangopath//",
        "Import it into your calendar. When you import a later one, it changes the "
        "entries that are there.",
    ),
    "csv": Form(
        "table_file",
        "tasks.csv",
        b"\xef\xbb\xbfTask,Number,Week,Date,Due,Hours,Phase,Milestone,",
        "In Notion: Settings, Import, CSV. Each import makes a table of its own.",
    ),
    "github": Form(
        "github_file",
        "github_issues.py",
        b'"""Makes the milestones and issues of this project on GitHub.',
        "It calls GitHub's own command, gh. To see first what it would do, add "
        "--dry-run; a second run makes nothing twice:\n\n  python {name}",
    ),
}


def export(form: str, output: str | None) -> int:
    """Writes one of the forms; gives the exit code.

    Args:
        form: ``ics``, ``csv`` or ``github``.
        output: the file; None means the usual one in the repository, ``-`` means the
            terminal, which then gets nothing else.

    Raises:
        Trouble: there is nothing to write, or no way to write it there.
    """
    chosen = FORMS[form]
    agenda = part("agenda").agenda()
    data, notes = part(chosen.part).render(agenda)
    if output == "-":
        click.echo(data, nl=False)
    else:
        target = ROOT / chosen.name if output is None else Path(output)
        own = methodcaller("startswith", chosen.begins)
        files = part("output")
        files.write(target, data, files.Kind(chosen.name, "path.py export", own))
        shown = chosen.name if output is None else output
        done = sum(entry.done for entry in agenda.entries)
        facts = f"{shown}: {len(agenda.entries)} tasks, {done} of them done."
        then = chosen.then.format(name=shown)
        click.echo(wrapped(plain(f"{facts} {then}")))
    for note in [*agenda.notes, *notes]:
        click.echo(wrapped(plain(note)), err=True)
    return 0
