"""TASKS.md put together again, with new dates and every line of the learner's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .parts import part
from .plan_days import DAY, flat
from .text import Trouble

checklist: Any = part("checklist")
sheets: Any = part("plan_sheet")
Row: Any = sheets.Row


def write(
    sheet: Any, days: Sequence[Any], lines: Sequence[Any], header: str
) -> tuple[bytes, list[str]]:
    """Puts TASKS.md together; also gives its generated lines, in their order.

    Args:
        sheet: the file as it was.
        days: the days of the plan, done ones too.
        lines: their lines, as `checklist.lines` gives them.
        header: the new header line.

    Raises:
        Trouble: a heading with the learner's words has no day any more.
    """
    writer = Writer(sheet, days, lines)
    writer.begin(header)
    for line in lines:
        writer.add(line)
    return writer.finished(), writer.generated


class Writer:
    """Adds one generated line after the other, and the learner's to each."""

    def __init__(self, sheet: Any, days: Sequence[Any], lines: Sequence[Any]) -> None:
        self.sheet, self.days = sheet, days
        self.rows: list[Any] = []
        self.generated: list[str] = []
        self.later: list[Any] = []  # sections, which wait for the day's end
        self.day = -1
        self.item: Any = None  # the entry that stands last, if one does
        self.tasks = {e.task.slug: e for e in sheet.entries if e.kind == "task"}
        self.gone_on = {
            (e.task.slug, e.date): e for e in sheet.entries if e.kind == "go on"
        }
        self.last, self.in_list = "", False
        self.edited = dict(reversed(sheet.edited))
        for date, text in sheet.edited:
            if date not in {day.date for day in days} or text != self.edited[date]:
                raise Trouble(sheets.edited_day(text))
        self.headings = dict(self.anchors(lines))
        self.blocks: dict[object, list[Any]] = {}
        for entry in [sheet.top, *sheet.entries]:
            for block in entry.blocks:
                self.blocks.setdefault(self.anchor(entry, block), []).append(block)

    def anchors(self, lines: Sequence[Any]) -> Iterator[tuple[object, object]]:
        """What the learner's lines can stand under: each generated line's name, and
        which line of a list it is next to.
        """
        day, last, waiting = -1, ("", ""), []
        for line in lines:
            if line.kind == "day":
                day += 1
                waiting.append(("day", self.days[day].date))
            elif line.kind == "week":
                waiting = [("week", self.days[day + 1].date)]
            elif line.kind == "milestone":
                yield ("milestone", line.text), None
            elif line.kind == "checkpoint":
                yield ("checkpoint", last[1]), None
            else:
                last = line.kind, line.key
                yield from ((name, last) for name in waiting)
                waiting = []

    def anchor(self, entry: Any, block: Any) -> object:
        """What a block stands under now: its own spot if that comes again."""
        spot = block.spot
        if spot is None or spot.kind == "gone":
            return entry
        after = entry.task.slug if entry.kind != "top" else ""
        name = spot.kind, after if spot.kind == "checkpoint" else spot.key
        if name not in self.headings:
            return entry
        stays = {kept.date for kept in self.sheet.kept}
        if spot.kind in ("day", "week") and spot.key not in stays:
            return name if self.headings[name] == spot.first else entry
        return name

    def begin(self, header: str) -> None:
        """The head of the file, with the new header line."""
        top = self.sheet.top
        old, there = self.sheet.header, False
        self.put_blocks(top, top)
        self.put_later()
        for index, row in enumerate(self.rows):
            if row is old:
                self.rows[index] = Row(header, row.end)
                there = True
        if not there:
            titled = bool(self.rows) and self.rows[0].text.startswith("# ")
            new = [Row("", ""), Row(header, ""), Row("", "")]
            self.rows[titled:titled] = new[:2] if titled else new[1:]
        self.generated.append(header.strip())

    def add(self, line: Any) -> None:
        """One generated line, and what the learner wrote under it."""
        text, entry, name = line.text, None, (line.kind, line.key)
        if line.kind in ("week", "day"):
            self.put_later()
        if line.kind == "week":
            name = "week", self.days[self.day + 1].date
        elif line.kind == "day":
            self.day += 1
            day = self.days[self.day]
            name = "day", day.date
            if day.date in self.edited:
                text = renumbered(self.edited[day.date], line.text)
        elif line.kind == "task":
            entry = self.tasks[line.key]
            text = entry.row.text if entry.done else noted(entry.row, line.note)
        elif line.kind == "go on":
            entry = self.gone_on.get((line.key, self.days[self.day].date))
            text = entry.row.text if entry else text
        elif line.kind == "milestone":
            name = "milestone", line.text
        else:
            name = "checkpoint", self.last
        if line.is_item:
            self.last = line.key
            self.put_blanks(self.item.gap if self.item else int(not self.in_list))
        elif self.rows:
            self.put_blanks(1)
        self.rows.append(entry.row._replace(text=text) if entry else Row(text, ""))
        self.generated.append(flat(text).rstrip(" \t"))
        self.item, self.in_list = entry, line.is_item
        if entry is not None:
            self.put_blocks(entry, entry)
        if not line.is_item:
            self.put_blocks(name, None)

    def put_blocks(self, name: Any, entry: Any) -> None:
        """What the learner wrote under it."""
        for block in self.blocks.pop(name, []):
            # After the week's last day, nothing overtakes a section of that day.
            waits = block.section or (entry is None and name[0] == "checkpoint")
            if waits and entry is not self.sheet.top:
                self.later.append(block)
            else:
                moved = entry is not None and block.spot is not None
                self.put_block(block, moved=moved)

    def put_block(self, block: Any, *, moved: bool) -> None:
        """A block of the learner's; where it stood under something else, apart."""
        if moved:
            if self.rows and block.rows and not block.rows[0].blank:
                self.put_blanks(1)
            self.item, self.in_list = None, False
        self.rows += block.rows

    def put_later(self) -> None:
        """The sections that waited for the end of the day."""
        for block in self.later:
            self.put_block(block, moved=True)
        self.later = []

    def put_blanks(self, count: int) -> None:
        """At least so many blank lines."""
        there = 0
        while there < len(self.rows) and self.rows[-1 - there].blank:
            there += 1
        self.rows += [Row("", "")] * (count - there)

    def finished(self) -> bytes:
        """The file."""
        self.put_later()
        end = self.sheet.end
        rows = [*self.rows, *self.sheet.tail]
        text = "".join(row.text + (row.end or end) for row in rows)
        if not self.sheet.closed:
            text = text.removesuffix(end)
        return (self.sheet.mark + text).encode("utf-8", "surrogateescape")


def noted(row: Any, note: str) -> str:
    """A task's line with the note that holds now; all else in it stays."""
    raw = row.text.encode("utf-8", "surrogateescape")
    head, tail = (
        piece.decode("utf-8", "surrogateescape")
        for piece in (raw[: row.head], raw[row.head :])
    )
    text = head + note + str(checklist.NOTE.sub("", tail, count=1))
    # What a formatter has wrapped stays wrapped.
    return row.text if flat(text) == flat(row.text) else text


def renumbered(old: str, new: str) -> str:
    """A day's heading with the learner's words, its number and hours put right."""
    was, now = DAY.match(old), DAY.match(new)
    assert was is not None and now is not None
    text = old
    if was[5] is not None:
        text = text[: was.start(5)] + now[5] + text[was.end(5) :]
    return text[: was.start(1)] + now[1] + text[was.end(1) :]
