"""The lines of TASKS.md that hold a task's box: found, read and ticked.

conftest.py takes it alone, so it needs no package and no other module.
"""

from __future__ import annotations

import re

# Bytes, not text: whatever encoding and line ends TASKS.md has, a tick keeps them.
TASK_LINE = re.compile(
    rb"(?<![^\r\n])(?:\xef\xbb\xbf)?[ \t>]*[-*+][ \t]+\[(?P<box>[ xX])\][ \t]"
    rb"[^\r\n]*?\]\(tasks/[0-9]+-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)\.md\)"
)


def ticked(text: bytes) -> list[str]:
    """The slugs of the ticked tasks, in the order of the file, each once."""
    found = [m["slug"].decode() for m in TASK_LINE.finditer(text) if m["box"] != b" "]
    return list(dict.fromkeys(found))


def listed(text: bytes) -> set[str]:
    """The slugs of all tasks that have a line."""
    return {match["slug"].decode() for match in TASK_LINE.finditer(text)}


def tick(text: bytes, slug: str) -> bytes | None:
    """The text with that task's box ticked; None where the task has no line."""
    if slug in ticked(text):
        return text
    for match in TASK_LINE.finditer(text):
        if match["slug"].decode() == slug:
            box = match.start("box")
            return text[:box] + b"x" + text[box + 1 :]
    return None
