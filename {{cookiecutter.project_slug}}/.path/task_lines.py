"""The tasks of TASKS.md: found by their links, read and ticked.

A task is an item of a list that begins with a box and links to the task's page,
wherever Markdown lets the link stand: in a bulleted or numbered list, nested or quoted,
on a later line of the same paragraph, as `./tasks/…`, in angle brackets, with a title
or an anchor, or by a reference. `[x]` and `[X]` are ticks; any other mark in the box,
such as Obsidian's `[/]` and `[-]`, is none. What stands in a fenced block of code or in
an HTML comment is no task. A fence or a comment that is never closed hides nothing:
one that was forgotten must not take all progress with it.

See https://spec.commonmark.org/0.31.2/ (list items, fenced code blocks, HTML blocks,
links) and https://github.github.com/gfm/#task-list-items-extension-.

conftest.py takes it alone, so it needs no package and no other module. Each byte is
looked at a bounded number of times, however long the file is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

# Bytes, not text: whatever encoding and line ends TASKS.md has, a tick keeps them.
BOM = b"\xef\xbb\xbf"
LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
PREFIX = re.compile(rb"[ \t>]*")
MARKER = rb"(?:[-*+]|[0-9]{1,9}[.)])"
ITEM = re.compile(MARKER + rb"(?:[ \t]|\Z)")
BOX = re.compile(
    rb"[ \t>]*(?:" + MARKER + rb"[ \t][ \t>]*)+"
    rb"\[(?P<box>[ xX!-/:-@^-`{-~])\](?=[ \t]|\Z)"
)
# What else ends a paragraph: a heading, a rule, the line under a heading.
BREAK = re.compile(rb"#{1,6}(?:[ \t]|\Z)|(?:-{3,}|_{3,}|\*{3,}|=+)[ \t]*\Z")
FENCE = re.compile(rb"`{3,}(?=[^`]*\Z)|~{3,}")

# The ends of links. Within a paragraph a line may begin with the mark of a quote.
_GAP = rb"[ \t\r\n>]"
_PAGE = (
    rb"(?:\./|/)?tasks/[0-9]+-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)\.md"
    rb"(?:[?#][^\s<>()]{0,999})?"
)
_TITLE = rb"(?:\"[^\"]{0,999}\"|'[^']{0,999}'|\([^()]{0,999}\))"
LINK = re.compile(
    rb"\]\(" + _GAP + rb"*<?" + _PAGE + rb">?"
    rb"(?:" + _GAP + rb"+" + _TITLE + rb")?" + _GAP + rb"*\)"
)
LABEL = re.compile(rb"\[([^\[\]]{1,999})\]")
DEFINITION = re.compile(
    rb"[ \t>]*\[(?P<label>[^\[\]]{1,999})\]:[ \t]*<?" + _PAGE + rb">?(?:[ \t]|\Z)"
)
# What checklist.py writes behind the link of a task that runs over into later days, and
# knows again by the same pattern as text: conftest.py takes this module without that.
_SPACE = rb"(?:[ \t]*(?:\r\n|\r|\n)[ \t>]*|[ \t]+)"
NOTE = re.compile(
    rb" \xc2\xb7 [0-9.]+ h of it (?:the next day|on the next days)".replace(
        b" ", _SPACE
    )
)


class TaskLine(NamedTuple):
    """One task in the file. Places are counted in bytes, lines from 0.

    Attributes:
        slug: of its page.
        box: the place of the mark in its box.
        is_ticked: whether that is an x.
        first: the line with the box.
        last: the line on which the link ends, or the note behind it.
        end: the length of these lines up to the link's end.
    """

    slug: str
    box: int
    is_ticked: bool
    first: int
    last: int
    end: int


class Reading(NamedTuple):
    """What is found in TASKS.md.

    Attributes:
        tasks: in the order of the file; one that has two items stands there twice.
        hidden: the numbers of the lines in blocks of code and in comments, from 0.
    """

    tasks: list[TaskLine]
    hidden: set[int]


def read(text: bytes) -> Reading:
    """Finds the tasks, and the lines in which none can stand."""
    lines = [(m.start(), m[1]) for m in LINE.finditer(text)]
    hidden = set(_hidden(text, lines))
    pages: dict[bytes, str] = {}
    items: list[tuple[int, int, int, int]] = []  # first line, box, start, end of text
    open_item: tuple[int, int, int] | None = None
    depth = 0  # how many quotes the open item stands in
    for number, (start, line) in enumerate([*lines, (len(text), b"")]):
        skip = len(BOM) if number == 0 and line.startswith(BOM) else 0
        bare = PREFIX.match(line, skip)
        assert bare is not None
        rest, quotes = line[bare.end() :], bare[0].count(b">")
        new = number in hidden or not rest or quotes > depth
        if open_item and (new or ITEM.match(rest) or BREAK.match(rest)):
            items.append((*open_item, start))
            open_item = None
        if number in hidden:
            continue
        if box := BOX.match(line, skip):
            open_item = number, start + box.start("box"), start + box.end()
            depth = quotes
        elif found := DEFINITION.match(line, skip):
            pages.setdefault(_label(found["label"]), found["slug"].decode())
    starts = [start for start, _ in lines]
    tasks = []
    for first, place, begin, end in items:
        if link := _link(text, begin, end, pages):
            slug, stop = link
            note = NOTE.match(text, stop, end)
            last = bisect_right(starts, (note.end() if note else stop) - 1) - 1
            is_ticked = text[place : place + 1] in b"xX"
            length = stop - starts[first]
            tasks.append(TaskLine(slug, place, is_ticked, first, last, length))
    return Reading(tasks, hidden)


def _link(
    text: bytes, begin: int, end: int, pages: dict[bytes, str]
) -> tuple[str, int] | None:
    """The first link to a task in a part of the text: the task, and where it ends."""
    inline = LINK.search(text, begin, end)
    best = (inline["slug"].decode(), inline.end()) if inline else None
    if pages:
        stop = inline.start() if inline else end
        for found in LABEL.finditer(text, begin, stop):
            if slug := pages.get(_label(found[1])):
                return slug, found.end()
    return best


def _label(text: bytes) -> bytes:
    """A label as labels are compared: without regard to case and white space."""
    return b" ".join(text.replace(b">", b" ").lower().split())


def _hidden(text: bytes, lines: list[tuple[int, bytes]]) -> Iterator[int]:
    """The numbers of the lines that stand in closed fences and comments."""
    if b"```" not in text and b"~~~" not in text and b"<!--" not in text:
        return
    closing = _closing(lines)
    last_end = text.rfind(b"-->")
    fence: tuple[bytes, int, int] | None = None  # its marks, its quotes, its column
    comment = False
    columns: list[int] = []  # where the texts of the items begin that stand around
    for number, (start, line) in enumerate(lines):
        prefix = PREFIX.match(line, len(BOM) if start == 0 and line[:3] == BOM else 0)
        assert prefix is not None
        rest, quotes = line[prefix.end() :], prefix[0].count(b">")
        indent = len(prefix[0].expandtabs(4))
        if fence and (quotes < fence[1] or (rest and indent < fence[2])):
            fence = None  # what the fence stands in has ended
        if comment:
            yield number
            comment = b"-->" not in rest
            continue
        if fence:
            yield number
            end = rest.rstrip(b" \t")
            if end == fence[0][:1] * max(len(end), len(fence[0])):
                fence = None
            continue
        while rest and columns and indent < columns[-1]:
            columns.pop()
        inner = 0
        while item := ITEM.match(rest, inner):
            gap = PREFIX.match(rest, item.end())
            assert gap is not None
            inner = gap.end()
            columns.append(indent + inner)
        marks = found[0] if (found := FENCE.match(rest, inner)) else b""
        if marks and closing[number].get(marks[:1], 0) >= len(marks):
            fence = marks, quotes, columns[-1] if columns else 0
            yield number
        elif rest[inner:].startswith(b"<!--") and start + inner < last_end:
            yield number
            comment = b"-->" not in rest[inner + 4 :]


def _closing(lines: list[tuple[int, bytes]]) -> list[dict[bytes, int]]:
    """For each line: how long the longest closing fence below it is, by its mark."""
    below: dict[bytes, int] = {}
    found = []
    for _, line in reversed(lines):
        found.append(below)
        marks = line.strip(b" \t>")
        kind = marks[:1]
        if len(marks) > 2 and kind in b"`~" and marks == kind * len(marks):
            below = below | {kind: max(below.get(kind, 0), len(marks))}
    return found[::-1]


def ticked(text: bytes) -> list[str]:
    """The slugs of the ticked tasks, in the order of the file, each once."""
    found = [task.slug for task in read(text).tasks if task.is_ticked]
    return list(dict.fromkeys(found))


def boxes(text: bytes) -> dict[str, bool]:
    """The slugs of all tasks that have a box, and whether one of theirs is ticked."""
    found: dict[str, bool] = {}
    for task in read(text).tasks:
        found[task.slug] = task.is_ticked or found.get(task.slug, False)
    return found


def shows_nothing(text: bytes | None, of: str = "any task") -> str:
    """What is wrong with a TASKS.md without a line for a task; None: there is none."""
    if text is None:
        return "is missing"
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is saved as UTF-16, not as UTF-8"
    return f"has no line for {of}" if text.strip() else "is empty"


def listed(text: bytes) -> set[str]:
    """The slugs of all tasks that have a box."""
    return set(boxes(text))


def tick(text: bytes, slug: str) -> bytes | None:
    """The text with that task's box ticked; None where the task has none."""
    found = [task for task in read(text).tasks if task.slug == slug]
    if not found:
        return None
    if any(task.is_ticked for task in found):
        return text
    box = found[0].box
    return text[:box] + b"x" + text[box + 1 :]
