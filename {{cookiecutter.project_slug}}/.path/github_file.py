"""The script that makes the project's milestones and issues on GitHub.

The script is the file github_issues.py beside this one, with the data put into it.
"""

from __future__ import annotations

from typing import Any

from .parts import part
from .repository import HOME, ROOT, bring_back, broken
from .text import Trouble

BEGIN, END = "# What is made: begin\n", "# What is made: end\n"


def render(agenda: Any) -> tuple[bytes, list[str]]:
    """The script, and no notes: it leaves nothing out.

    Args:
        agenda: an `agenda.Agenda`.

    Raises:
        Trouble: a task's page, or the script, cannot be read.
    """
    try:
        script = (HOME / "github_issues.py").read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise Trouble(broken(".path/github_issues.py")) from None
    issue_text = part("issue_text").issue_text
    head, begin, rest = script.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not end:
        raise Trouble(broken(".path/github_issues.py"))
    milestones = [
        {
            "title": milestone.title,
            "description": f"{milestone.goal}\n\nCheckpoint: {milestone.checkpoint}",
            "due": milestone.date.isoformat() if milestone.date else None,
            "done": milestone.done,
        }
        for milestone in agenda.milestones
    ]
    tasks = [
        {
            "slug": entry.slug,
            "title": entry.heading,
            "phase": entry.phase,
            "milestone": entry.milestone,
            "done": entry.done,
            "body": issue_text(page(entry.page)),
        }
        for entry in agenda.entries
    ]
    lines = [
        f"PROJECT = {agenda.project!r}\n",
        f"MILESTONES: list[dict[str, Any]] = {written(milestones)}",
        f"TASKS: list[dict[str, Any]] = {written(tasks)}",
    ]
    whole = "".join([head, begin, *lines, end, tail])
    return whole.encode("utf-8"), []


def written(rows: list[dict[str, Any]]) -> str:
    """Rows as Python source, a line of text a line; `repr` writes every value."""
    lines = ["["]
    for row in rows:
        lines.append("    {")
        for key, value in row.items():
            if isinstance(value, str) and "\n" in value:
                parts = [f"            {text!r}" for text in value.splitlines(True)]
                lines += [f"        {key!r}: (", *parts, "        ),"]
            else:
                lines.append(f"        {key!r}: {value!r},")
        lines.append("    },")
    return "\n".join([*lines, "]", ""])


def page(path: str) -> str:
    """The text of a task's page."""
    try:
        text = (ROOT / path).read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError):
        raise Trouble(f"{path} cannot be read. {bring_back(path)}") from None
    return text.replace("\0", "")
