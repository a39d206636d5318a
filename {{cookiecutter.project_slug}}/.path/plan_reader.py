"""Takes TASKS.md apart: its generated lines, and the learner's own.

Where a formatter has wrapped a generated line, its lines are one row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .parts import part
from .plan_days import DAY, START, date_of, date_text, flat, in_plan
from .project import Project
from .task_lines import read as read_tasks
from .text import Trouble

checklist: Any = part("checklist")
sheets: Any = part("plan_sheet")
Block: Any = sheets.Block
Entry: Any = sheets.Entry
Row: Any = sheets.Row
Spot: Any = sheets.Spot

LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
FENCE = re.compile(r"[ \t>]*(```|~~~)")
HEADINGS = ("# ", "## ", "### ")
# What may be wrapped, and into how many lines at most.
WRAPPED = ("- go on with task ", "**Milestone: ", "**Checkpoint of week ")
MOST = 40


def read(
    text: bytes, project: Project, milestones: Sequence[str], *, anew: bool = False
) -> Any:
    """Takes TASKS.md apart.

    Args:
        text: the file, in whatever encoding and with whatever line ends.
        project: whose tasks are looked for.
        milestones: the lines that say what a milestone is good for, by its title.
        anew: pay no heed to dates; done tasks are set above the first week.

    Raises:
        Unreadable: the date of a day's heading cannot be told.
        Trouble: a line would be mistaken for the start or for a day.
    """
    reader = Reader(text, project, milestones, anew)
    decoded = text.decode("utf-8", "surrogateescape")
    reader.sheet.mark = "\ufeff" * decoded.startswith("\ufeff")
    decoded = decoded.removeprefix("\ufeff")
    rows = [Row(m[1], m[2]) for m in LINE.finditer(decoded)]
    rows.pop()  # what stands behind the last line's end: nothing
    reader.take_all(rows)
    sheet = reader.sheet
    sheet.tail = reader.blanks
    if rows:
        sheet.end = next((row.end for row in rows if row.end), "\n")
        sheet.closed = bool(rows[-1].end)
    return sheet


def weekday(date: dt.date) -> str:
    """``Mon`` to ``Sun``."""
    return date_text(date)[:3]


class Reader:
    """Takes one line after the other and remembers where it is."""

    def __init__(
        self, text: bytes, project: Project, milestones: Sequence[str], anew: bool
    ) -> None:
        self.tasks = {task.slug: task for task in project.tasks}
        self.by_number = {task.number: task for task in project.tasks}
        self.milestones = set(milestones)
        reading = read_tasks(text)
        self.found = {task.first: task for task in reading.tasks}
        self.hidden = reading.hidden
        self.ticked = {task.slug for task in reading.tasks if task.is_ticked}
        self.anew = anew
        self.sheet = sheets.Sheet(Entry("top", Row("", ""), project.tasks[0]))
        self.seen: set[str] = set()
        self.start: dt.date | None = None
        self.today: dt.date | None = None
        self.blanks: list[Row] = []
        # What has no day goes home: under the learner's last heading, or to the top.
        self.home = self.entry = self.sheet.top
        self.home_spot: Spot | None = None
        self.block: Block | None = None
        self.spot: Spot | None = None
        self.waiting: list[Spot] = []  # headings whose first line is still to come
        self.section = self.dated = False
        self.fence: tuple[str, int] | None = None

    def take_all(self, rows: Sequence[Row]) -> None:
        """Takes all lines, those of a wrapped one together."""
        number = 0
        while number < len(rows):
            count = self.length(rows, number)
            lines = rows[number : number + count]
            text = "".join(row.text + row.end for row in lines[:-1]) + lines[-1].text
            row = Row(text, lines[-1].end)
            if row.blank:
                self.blanks.append(row)
            elif task := self.found.get(number):
                mark = 0 if number else len(self.sheet.mark.encode())
                self.take_task(row._replace(head=task.end - mark), task.slug)
            elif number in self.hidden:
                self.own(row)
            else:
                self.take(number + 1, row)
            number += count

    def length(self, rows: Sequence[Row], number: int) -> int:
        """How many lines from this one on are one."""
        if task := self.found.get(number):
            return int(task.last - task.first + 1)
        if number in self.hidden:
            return 1
        line = rows[number].text.lstrip("\ufeff")
        is_header = self.sheet.header is None and len(checklist.header_parts(line)) > 1
        if not is_header and not line.startswith(WRAPPED):
            return 1
        best, most = 1, len(checklist.header_parts(line))
        for count in range(1, MOST + 1):
            end = number + count - 1
            if end >= len(rows) or rows[end].blank or (end > number and self.new(end)):
                break
            text = flat("\n".join(row.text for row in rows[number : end + 1]))
            if is_header:
                known = len(checklist.header_parts(text.strip()))
                best, most = (count, known) if known > most else (best, most)
            elif self.is_generated(text.rstrip(" \t")):
                return count
        return best

    def new(self, number: int) -> bool:
        """Whether a line cannot go on with what stands above it."""
        return number in self.found or number in self.hidden

    def is_generated(self, bare: str) -> bool:
        """Whether it has the exact shape of a line that may be wrapped."""
        go_on = checklist.GO_ON.fullmatch(bare)
        return bool(
            (go_on and self.is_go_on(go_on))
            or bare in self.milestones
            or checklist.CHECKPOINT.fullmatch(bare)
        )

    def take(self, number: int, row: Row) -> None:
        """Takes the next line that is no task."""
        line = flat(row.text).lstrip("\ufeff")
        bare = line.rstrip(" \t")
        go_on = checklist.GO_ON.fullmatch(bare)
        if line.startswith(HEADINGS):
            if day := DAY.match(line):
                self.take_day(number, row, day)
            elif checklist.WEEK.fullmatch(bare):
                self.take_generated(row, Spot("week"))
                self.waiting = [self.spot] if self.spot else []
                self.leave_section()
            else:
                self.take_heading(row)
        elif go_on and self.is_go_on(go_on):
            self.take_go_on(row, go_on)
        elif bare in self.milestones:
            self.take_generated(row, Spot("milestone", bare))
        elif checklist.CHECKPOINT.fullmatch(bare):
            self.take_generated(row, Spot("checkpoint"))
        else:
            self.take_other(number, row, line)

    def take_other(self, number: int, row: Row, line: str) -> None:
        """The header, or a line of the learner's."""
        parts = checklist.header_parts(line.strip())
        is_header = self.sheet.header is None and len(parts) >= 2
        if self.start is None and (found := START.search(line)):
            date = date_of(int(found[3]), found[2], int(found[1]))
            if date and not (is_header and "starts" in parts):
                where = sheets.quoted(number, line)
                raise Trouble(
                    f"{where} would be read as the start of the plan. Write it in "
                    'other words, without a date behind "starts", then plan again. '
                    "Nothing was written."
                )
            self.start = date
        if is_header:
            self.sheet.header = row = row._replace(text=flat(row.text))
            self.sheet.generated.append(line.strip())
            if self.entry is not self.sheet.top:
                self.close()
                return
        self.own(row)

    def take_task(self, row: Row, slug: str) -> None:
        """The line of a task; a second one of the same task is the learner's."""
        task = self.tasks.get(slug)
        if task is None or slug in self.seen:
            if task is not None:
                self.beside(slug)
            self.own(row)
            return
        self.seen.add(slug)
        done = slug in self.ticked
        if done and self.today is None:
            self.sheet.undated.append(task)
            self.own_undated(row)
            return
        self.take_entry(Entry("task", row, task, self.today, done))

    def beside(self, slug: str) -> None:
        """What follows stands with that task, should that be dated anew.

        Else a second line could come before the first, and be taken for it.
        """
        if self.spot is None and self.entry in self.sheet.open:
            return
        for entry in self.sheet.open:
            if entry.task.slug == slug:
                self.close()
                self.entry, self.spot, self.section = entry, Spot("gone"), False

    def is_go_on(self, found: re.Match[str]) -> bool:
        """Whether it names a task as the project does."""
        task = self.by_number.get(int(found["number"]))
        return task is not None and task.title == found["title"]

    def take_go_on(self, row: Row, found: re.Match[str]) -> None:
        """A further day of a task: it stays, once, if the task is done and dated."""
        task = self.by_number[int(found["number"])]
        known = [(e.kind, e.date) for e in self.sheet.kept if e.task is task]
        begun = any(kind == "task" for kind, _ in known)
        if self.today and begun and ("go on", self.today) not in known:
            hours = Fraction(found["hours"])
            self.take_entry(Entry("go on", row, task, self.today, True, hours))
        else:
            self.sheet.strayed |= self.today is None
            self.first_of_day("go on", task.slug)
            self.take_generated(row, Spot("gone"), item=True)

    def take_entry(self, entry: Entry) -> None:
        """A line that stays."""
        self.first_of_day(entry.kind, entry.task.slug)
        self.take_generated(entry.row, None, item=True)
        entry.place = len(self.sheet.entries)
        self.sheet.entries.append(entry)
        self.entry, self.section = entry, False

    def take_generated(
        self, row: Row, spot: Spot | None, *, item: bool = False
    ) -> None:
        """A line that is known by its shape."""
        if item and self.spot is None:
            self.entry.gap = len(self.blanks)
        self.close()
        self.sheet.generated.append(flat(row.text).rstrip(" \t"))
        self.dated, self.spot = True, spot

    def close(self) -> None:
        """What the learner wrote ends here."""
        self.blanks, self.block, self.fence = [], None, None

    def first_of_day(self, kind: str, slug: str) -> None:
        """The first line of a day's list tells which day its heading was."""
        for spot in self.waiting:
            spot.first = kind, slug
        self.waiting = []

    def leave_section(self) -> None:
        """A heading of the plan ends what a heading of the learner's began."""
        self.home, self.home_spot = self.sheet.top, None
        self.section, self.today = False, None

    def take_day(self, number: int, row: Row, found: re.Match[str]) -> None:
        """A day's heading."""
        date = in_plan(self.start, found) if self.start else None
        if not self.anew and self.start is None:
            raise sheets.Unreadable(
                "No line of TASKS.md says in which year the plan starts "
                "(... · starts Mon 23 Nov 2026 · ...)."
            )
        if not self.anew and (date is None or found[2] not in (None, weekday(date))):
            where = sheets.quoted(number, row.text)
            raise sheets.Unreadable(f"{where} has no date of the calendar.")
        bare = row.text.lstrip("\ufeff").rstrip(" \t")
        exact = checklist.DAY.fullmatch(bare) is not None
        if self.anew and not exact:
            raise Trouble(sheets.edited_day(row.text))
        self.take_generated(row, Spot("day", date))
        self.leave_section()
        assert self.spot is not None
        for spot in self.waiting:
            spot.key = date
        self.waiting.append(self.spot)
        if date is not None and not self.anew:
            self.today = date
            self.sheet.dates.add(date)
            if not exact:
                self.sheet.edited.append((date, bare))

    def take_heading(self, row: Row) -> None:
        """A heading of the learner's: what follows it has no day."""
        self.today = None
        if not self.section:
            rows: list[Row] = []
            if self.fence and self.block:
                # A comment in a block of code; the block must not be torn.
                mark, begin = self.fence
                rows = self.block.rows[begin:]
                del self.block.rows[begin:]
                self.fence = mark, 0
            self.home, self.home_spot, self.section = self.entry, self.spot, True
            self.block = Block(rows, self.spot, True)
            self.entry.blocks.append(self.block)
        self.own(row)

    def own_undated(self, row: Row) -> None:
        """A done task without a day: it stays where no day is."""
        blanks = self.blanks
        if (self.entry, self.spot) != (self.home, self.home_spot):
            self.close()
        self.entry, self.spot = self.home, self.home_spot
        top = self.sheet.top
        self.section = self.home is not top or self.spot is not None
        if not self.section and self.dated:
            blanks = []
            known = (row.text for block in top.blocks for row in block.rows)
            if checklist.DONE_BEFORE not in known:
                rows = ["", checklist.DONE_BEFORE, ""]
                new = [Row(text, "") for text in rows]
                top.blocks.append(Block(new, None, False))
        self.blanks = blanks
        self.own(row)

    def own(self, row: Row) -> None:
        """A line of the learner's."""
        if self.block is None:
            self.block = Block([], self.spot, self.section)
            self.entry.blocks.append(self.block)
        self.block.rows += [*self.blanks, row]
        self.blanks = []
        if mark := FENCE.match(row.text):
            if self.fence is None:
                self.fence = mark[1], len(self.block.rows) - 1
            elif self.fence[0] == mark[1]:
                self.fence = None
