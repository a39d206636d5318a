"""Shows where you are, what comes next and whether it works: python path.py --help

It imports no Django, so it works when your own code does not. TASKS.md is the one store
of progress: a tick changes one byte of it, and everything else in it is yours.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import gc
import json
import os
import re
import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

INSTALL = (
    "path.py needs the packages of this project: activate its virtual environment, "
    "then run python -m pip install -r requirements.txt"
)

PACKAGES = ("filelock", "icalendar", "rich", "watchfiles")

if __name__ == "__main__":
    gc.disable()  # collecting would only slow the start of so short a life

try:
    import click
except ImportError:
    if __name__ != "__main__":
        raise
    sys.exit(INSTALL)

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".path"
TASKS = ROOT / "TASKS.md"
ME = "python path.py"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun"

# Bytes, not text: whatever encoding and line ends TASKS.md has, a tick keeps them.
TASK_LINE = re.compile(
    rb"(?<![^\r\n])(?:\xef\xbb\xbf)?[ \t>]*[-*+][ \t]+\[(?P<box>[ xX])\][ \t]"
    rb"[^\r\n]*?\]\(tasks/[0-9]+-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)\.md\)"
)
DAY = re.compile(
    r"#+ +Day (\d{1,4})\b\D*?(?:([A-Z][a-z]{2}) )?(\d{1,2}) ([A-Z][a-z]{2})\b"
    r"(?:[^\d]*(\d{1,2}(?:\.\d+)?) h\b)?"
)
START = re.compile(r"\bstarts [^·\d]*(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})\b")


class Trouble(click.ClickException):
    """What goes wrong and can be put right: a sentence and exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the sentence, without click's "Error:"."""
        click.echo(wrapped(plain(self.message)), file=file or sys.stderr)


# ------------------------------------------------------------------------- the project


class Task(NamedTuple):
    """One task, as `.path/project.json` has it."""

    slug: str
    number: int
    title: str
    hours: float
    phase: str
    milestone: str
    page: str
    test: str

    @property
    def heading(self) -> str:
        """How the task is named in every answer."""
        return f"{self.slug} · {self.title}"

    @property
    def line(self) -> str:
        """The task's line in TASKS.md, not ticked."""
        return (
            f"- [ ] **{self.number}. {self.title}** · {self.hours:g} h · {self.phase} "
            f"· [{self.page}]({self.page})"
        )

    @property
    def names(self) -> set[str]:
        """Everything that a learner may call it."""
        file = self.page.rpartition("/")[2]
        pages = {self.page, file, file.removesuffix(".md"), self.test}
        return pages | {self.slug, str(self.number), f"{self.number:02}"}


class Project(NamedTuple):
    """The baked project: its title and its tasks, in the order of work."""

    title: str
    tasks: list[Task]

    def find(self, name: str) -> Task:
        """The task of that slug, number or page; or the nearest ones are offered."""
        wanted = name.strip().lower().replace("\\", "/").removeprefix("./")
        for task in self.tasks:
            if wanted in task.names or wanted.replace("_", "-") == task.slug:
                return task
        from difflib import get_close_matches

        slugs = [task.slug for task in self.tasks]
        near = get_close_matches(wanted[:60], slugs, 3, 0.5)
        near = near or [slug for slug in slugs if wanted and wanted in slug][:3]
        offer = f"The nearest: {', '.join(near)}." if near else "TASKS.md lists them."
        raise Trouble(f"There is no task {shortened(name, 60)!r}. {offer}")


def load_project() -> Project:
    """Reads what the bake wrote down about the project."""
    try:
        data = json.loads((HOME / "project.json").read_text(encoding="utf-8"))
        if data["format"] != 1:
            raise ValueError("format")
        tasks = [Task(**{k: task[k] for k in Task._fields}) for task in data["tasks"]]
        for task in tasks:
            _ = task.number + 0, task.hours + 0, "".join([*task[4:], *task[0:3:2]])
        return Project(str(data["title"]), [tasks[0], *tasks[1:]])
    except FileNotFoundError:
        raise Trouble(
            f"{ROOT} is not a learning repository: path.py belongs beside "
            ".path/project.json, in the folder that cookiecutter made. "
            + bring_back(".path")
        ) from None
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Trouble(broken(".path/project.json")) from None


def bring_back(path: str) -> str:
    """How Git gives a file back."""
    return f"If it was there before, this brings it back:\n\n  git checkout -- {path}"


def broken(path: str) -> str:
    """A file that path.py wrote or brought cannot be read."""
    return f"{path} cannot be read; it is damaged. {bring_back(path)}"


def part(name: str) -> ModuleType:
    """A part of path.py: the module ``.path/NAME.py``, imported when it is asked for.

    It finds this module under the name ``path``, whatever name it was started by.
    """
    from importlib import util

    known = sys.modules.get(f"path_{name}")
    if known is not None and known.__file__ == str(HOME / f"{name}.py"):
        return known
    sys.modules["path"] = sys.modules[__name__]
    spec = util.spec_from_file_location(f"path_{name}", HOME / f"{name}.py")
    if spec is None or spec.loader is None:
        raise Trouble(broken(f".path/{name}.py"))
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        if isinstance(error, Trouble):  # of a part that this one needs
            raise
        if isinstance(error, ModuleNotFoundError) and error.name in PACKAGES:
            raise Trouble(INSTALL) from None
        raise Trouble(broken(f".path/{name}.py")) from None
    return module


# --------------------------------------------------------------- TASKS.md, the progress


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


def read_progress(tasks: Sequence[Task]) -> bytes:
    """TASKS.md, or how to get it back if none of these tasks has a line in it."""
    try:
        text = TASKS.read_bytes()
    except FileNotFoundError:
        raise Trouble(lost(tasks, "TASKS.md is missing")) from None
    here = listed(text)
    if any(task.slug in here for task in tasks):
        return text
    if not text.strip():
        what = "is empty"
    elif text.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "is saved as UTF-16, not as UTF-8"
    else:
        what = f"has no line for {tasks[0].slug if len(tasks) == 1 else 'any task'}"
    raise Trouble(lost(tasks, f"TASKS.md {what}"))


def lost(tasks: Sequence[Task], what: str) -> str:
    """Says what is lost from TASKS.md and how to get it back."""
    lines = "\n".join(task.line for task in tasks)
    return (
        f"{what}, and it is where your progress is kept. Nothing was written.\n\n"
        "To get it back as it was committed last, or to find an older one:\n\n"
        "  git checkout -- TASKS.md\n  git log -- TASKS.md\n\n"
        f"Or add {'this line' if len(tasks) == 1 else 'these lines'} to it:\n\n{lines}"
    )


def save_tick(task: Task) -> None:
    """Ticks the task's box on disk, one process at a time."""
    from filelock import FileLock, Timeout

    target = Path(os.path.realpath(TASKS))
    try:
        with FileLock(HOME / "lock", timeout=15):
            while True:
                before = read_progress([task])
                after = tick(before, task.slug)
                if after in (before, None) or replaced(target, after, before):
                    return
    except Timeout:
        raise Trouble(
            f"{task.slug} passed, but it could not be ticked: another path.py has been "
            f"writing TASKS.md for 15 seconds. Try again: {ME} check {task.slug}"
        ) from None
    except OSError as error:
        raise Trouble(
            f"{task.slug} passed, but it could not be ticked: "
            f"{error.filename or target}: {error.strerror}. TASKS.md is as it was."
        ) from None


def replaced(target: Path, text: bytes, before: bytes | None = None) -> bool:
    """Writes a file whole or not at all; False if it no longer holds ``before``.

    The last look keeps what an editor saved in the meantime. Without ``before`` the
    file may be read by whom the user's own new files may be read.
    """
    from tempfile import mkstemp

    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only", str(target))
    handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            Path(name).chmod(target.stat().st_mode & 0o7777)
            if target.read_bytes() != before:
                return False
        else:
            os.umask(mask := os.umask(0o77))
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
        return True
    finally:
        Path(name).unlink(missing_ok=True)


# ---------------------------------------------------------------------------- the plan


class Day(NamedTuple):
    """One dated day of TASKS.md and the tasks that begin on it."""

    number: int
    date: dt.date
    hours: float
    slugs: list[str]


def planned_days(text: bytes) -> list[Day]:
    """The days of TASKS.md, by date; none where a date cannot be read."""
    start: dt.date | None = None
    days: list[Day] = []
    today: Day | None = None
    for raw in text.splitlines():
        line = raw.decode("utf-8", "replace").lstrip("\ufeff")
        if match := TASK_LINE.match(raw):
            if today is not None:
                today.slugs.append(match["slug"].decode())
        elif line.startswith(("# ", "## ", "### ")):
            today = None
            if found := DAY.match(line):
                if start is None or (date := in_plan(start, found)) is None:
                    return []
                today = Day(int(found[1]), date, float(found[5] or 24), [])
                days.append(today)
        elif start is None and (found := START.search(line)):
            start = date_of(int(found[3]), found[2], int(found[1]))
    return sorted(days, key=lambda day: day.date)


def in_plan(start: dt.date, day: re.Match[str]) -> dt.date | None:
    """The date of a day's heading: the first one from the start on.

    The weekday, where it fits, tells a plan's second year from its first.
    """
    years = range(start.year, start.year + 5)
    dates = [date_of(year, day[4], int(day[3])) for year in years]
    later = [date for date in dates if date and date >= start]
    fits = [date for date in later[:3] if date_text(date)[:3] == day[2]]
    return next(iter(fits + later), None)


def date_of(year: int, month: str, day: int) -> dt.date | None:
    """A date, or None where the calendar has none such."""
    try:
        return dt.date(year, MONTHS.split().index(month) + 1, day)
    except ValueError:
        return None


def date_text(date: dt.date) -> str:
    """``Wed 25 Nov``, in English whatever the locale."""
    weekday, month = WEEKDAYS.split()[date.weekday()], MONTHS.split()[date.month - 1]
    return f"{weekday} {date.day} {month}"


def due_dates(days: Sequence[Day], hours: dict[str, float]) -> dict[str, dt.date]:
    """The day on which each task is to be finished.

    A task that does not fit into the day it begins on runs over into the next one.
    """
    due: dict[str, dt.date] = {}
    ends = list(accumulate(day.hours for day in days))
    worked = 0.0
    for index, day in enumerate(days):
        worked = max(worked, ends[index] - day.hours)
        for slug in day.slugs:
            if slug in hours and slug not in due:
                worked += hours[slug]
                full = (d for d, end in zip(days, ends, strict=True) if end >= worked)
                due[slug] = next(full, days[-1]).date
    return due


def pace(project: Project, text: bytes, today: dt.date) -> str:
    """Where in the plan today is, and how far ahead or behind; "" without dates."""
    said: str = part("pace").sentence(project, text, today)
    return said


# ---------------------------------------------------------------------- how it is shown


def count(number: float, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def columns() -> int:
    """The width to write to: the terminal's, but no wider than reads well."""
    width = os.environ.get("COLUMNS", "")[:4]
    if not width.isdecimal() or int(width) == 0:
        try:
            width = str(os.get_terminal_size(1).columns or 80)
        except OSError:
            width = "80"
    return max(24, min(int(width), 88))


def plain(text: object) -> str:
    """Text without control characters, which could steer a terminal."""
    kept = str(text).expandtabs(4).replace("\r\n", "\n")
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", kept)


def shortened(text: object, most: int) -> str:
    """Text in one line of at most so many characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= most else line[: max(most - 1, 1)] + "…"


def wrapped(text: str, indent: str = "") -> str:
    """Text in lines that fit the terminal; indented and list lines stay whole."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(("  ", "- [")):
            lines.append(indent + line)
            continue
        current = ""
        for word in line.split():
            if current and len(indent + current) + 1 + len(word) > columns():
                lines.append(indent + current)
                current = word
            else:
                current = f"{current} {word}" if current else word
        lines.append(indent + current if current else "")
    return "\n".join(lines)


def field(label: str, text: object, size: int = 6, most: int = 12) -> str:
    """One labelled entry; its further lines stand under the first."""
    head = f"  {click.style(label, fg='cyan')}{' ' * (size - len(label))}  "
    indent = " " * (size + 4)
    lines = wrapped(plain(text).strip(), indent).splitlines() or [indent]
    if len(lines) > most:
        lines = [*lines[:most], f"{indent}…"]
    return "\n".join([head + lines[0][size + 4 :], *lines[1:]])


def header(left: str, right: str, colour: str) -> str:
    """A heading with a verdict at the right edge, or under it where it is narrow."""
    left = shortened(left, 200)
    room = columns() - len(left) - len(right)
    gap = " " * room if room >= 2 else "\n"
    left = left if room >= 2 else wrapped(left)
    return click.style(left, bold=True) + gap + click.style(right, fg=colour, bold=True)


def bar(share: float) -> str:
    """A progress bar; full only when all is done."""
    size = min(30, columns() - 4)
    full = size if share >= 1 else min(int(share * size + 0.5), size - 1)
    done, left = "━─"
    try:
        "━─".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        done, left = "#-"
    rest = click.style(left * (size - full), dim=True)
    return click.style(done * full, fg="green") + rest


def set_out(markdown: str) -> str:
    """Markdown as it is printed: set out in a terminal, as it stands elsewhere."""
    if not sys.stdout.isatty():
        return plain(markdown).rstrip("\n")
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    page = Markdown(plain(markdown), code_theme="ansi_dark", hyperlinks=False)
    # Rich's own code style paints a black box, also into light terminals.
    console = Console(width=columns(), theme=Theme({"markdown.code": "cyan"}))
    with console.capture() as captured:
        console.print(page)
    return captured.get().rstrip("\n")


def page_of(task: Task) -> str:
    """The task's page, as it is printed."""
    try:
        text = (ROOT / task.page).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        raise Trouble(
            f"{task.page}, the page of {task.slug}, cannot be read. "
            + bring_back(task.page)
        ) from None
    return set_out(text)


def what_next(project: Project, text: bytes) -> str:
    """The first task that is not ticked, or a closing word."""
    task = first_open(project, text)
    if task is None:
        return wrapped(
            f"Every task is done, all {len(project.tasks)} of them: {project.title} "
            f"is finished. To run all its tests again:\n\n  {ME} check --all"
        )
    facts = f"{task.number}. {task.title} · {task.hours:g} h · {task.phase}"
    first = field("Next", f"{facts}\n{task.page}")
    ways = [("Read", f"{ME} next"), ("Check", f"{ME} check"), ("Hint", f"{ME} hint")]
    return "\n".join([first, "", *(field(*way) for way in ways)])


def first_open(project: Project, text: bytes) -> Task | None:
    """The first task, in the order of work, that is not ticked."""
    done = set(ticked(text))
    return next((task for task in project.tasks if task.slug not in done), None)


def sums(project: Project, text: bytes) -> tuple[int, float, float]:
    """Tasks done, hours done, hours in all."""
    done = set(ticked(text))
    hours = [task.hours for task in project.tasks if task.slug in done]
    return len(hours), sum(hours), sum(task.hours for task in project.tasks)


# ------------------------------------------------------------------------- the commands


class InOrder(click.Group):
    """A group that lists its commands as they stand here: in the order of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(self.commands)


@click.group(
    cls=InOrder,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), hidden=True)
@click.pass_context
def path(ctx: click.Context, today: dt.datetime | None) -> int:
    """Your way through this project, task by task.

    Without a command it shows where you are: what is done, how that compares with the
    plan, and which task comes next.

    TASK is a task's name (post-list), its number (3) or its page
    (tasks/03-post-list.md). TASKS.md lists them all; you may edit it, add notes and
    tasks of your own, and tick boxes by hand.
    """
    return 0 if ctx.invoked_subcommand else status()


def today() -> dt.date:
    """The day it is: that of the clock, unless ``--today`` names another."""
    given = click.get_current_context().find_root().params.get("today")
    return given.date() if given else dt.date.today()


def status() -> int:
    """Shows the bar, the sums, the pace and the next task."""
    project = load_project()
    text = read_progress(project.tasks)
    done, hours, total = sums(project, text)
    click.echo(click.style(shortened(project.title, 200), bold=True) + "\n")
    click.echo(f"  {bar(hours / total if total else 1)}")
    left = f"{total - hours:g} h left" if total > hours else "nothing left"
    tasks = f"{done} of {count(len(project.tasks), 'task')}"
    facts = f"{tasks} · {hours:g} of {total:g} h · {left}"
    click.echo(wrapped(facts, "  "))
    opened = first_open(project, text)
    when = pace(project, text, today())
    if when and opened:
        click.echo(wrapped(when, "  "))
    click.echo("\n" + what_next(project, text))
    here = listed(text)
    if missing := [task for task in project.tasks if task.slug not in here]:
        names = ", ".join(task.slug for task in missing)
        click.echo("", err=True)
        raise Trouble(lost(missing, f"TASKS.md has no line for {names}"))
    return 0


@path.command("next")
def next_() -> int:
    """Show the page of the next task.

    It says what to do, and everything that the task's test relies on.
    """
    project = load_project()
    text = read_progress(project.tasks)
    task = first_open(project, text)
    if task is None:
        click.echo(what_next(project, text))
    else:
        click.echo(page_of(task))
    return 0


@path.command()
@click.argument("task")
def show(task: str) -> int:
    """Show the page of any task."""
    click.echo(page_of(load_project().find(task)))
    return 0


@path.command()
@click.argument("task", required=False)
@click.option("--all", "every", is_flag=True, help="Check all ticked tasks in one run.")
@click.option("-v", "--verbose", is_flag=True, help="Print pytest's own text as well.")
def check(task: str | None, every: bool, verbose: bool) -> int:
    """Run a task's test; a pass ticks its box.

    Without TASK it takes the first task that is not ticked. The exit code is 0 if the
    test passes and 1 if it does not. A run is stopped after 60 seconds, or after
    PATH_TIMEOUT seconds if that variable is set.
    """
    if task is not None and every:
        raise click.UsageError("Give a task or --all, not both.")
    project = load_project()
    code: int = 0
    if task is not None:
        code = part("checking").check_one(project, project.find(task), verbose)
        return code
    text = read_progress(project.tasks)
    opened = first_open(project, text)
    if every:
        code = part("checking").check_ticked(project, text, verbose)
    elif opened is None:
        click.echo(what_next(project, text))
    else:
        code = part("checking").check_one(project, opened, verbose)
    return code


@path.command()
@click.argument("task", required=False)
def hint(task: str | None) -> int:
    """Show the next hint for a task.

    The first is a nudge, the last is nearly the answer.

    Without TASK it takes the first task that is not ticked. After the last hint all of
    them are shown again.
    """
    project = load_project()
    if task is not None:
        chosen: Task | None = project.find(task)
    else:
        text = read_progress(project.tasks)
        chosen = first_open(project, text)
    if chosen is None:
        click.echo(what_next(project, text))
        return 0
    part("reference").show_hint(chosen)
    return 0


@path.command()
@click.argument("task")
@click.option("--peek", is_flag=True, help="Show it although the task is not ticked.")
def solution(task: str, peek: bool) -> int:
    """Show the reference solution as a diff.

    It is there for a task that is ticked, or with --peek.

    Yours may look quite different and be just as right: the test decides.
    """
    chosen = load_project().find(task)
    if not peek and chosen.slug not in ticked(read_progress([chosen])):
        raise Trouble(
            f"{chosen.slug} is not ticked yet. The reference solution is shown after "
            f"its check passes, or at once with\n\n"
            f"  {ME} solution {chosen.slug} --peek"
        )
    part("reference").show_solution(chosen)
    return 0


@path.command()
@click.option("--poll", is_flag=True, help="Look four times a second for saves.")
def watch(poll: bool) -> int:
    """Check the task at hand whenever a file is saved.

    When it passes, its box is ticked and the next one is taken. Keys: h for a hint, n
    for the page of the task, Enter to check at once, q to quit.

    Where the system tells nothing of a save, as on a network drive, it looks by itself;
    --poll makes it do so anywhere.
    """
    code: int = part("watch").watch(poll=poll)
    return code


@path.command()
@click.option("--from", "start", metavar="DATE", help="The first day; else today.")
@click.option("--hours", metavar="H", help="Hours of work a day; else as before.")
@click.option("--days", metavar="N", help="Days a week, from Monday; else as before.")
@click.option("--skip", metavar="DATE", multiple=True, help="A day off; may be given "
              "more than once, and as FIRST..LAST.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the new dates, write nothing.")
def plan(
    start: str | None,
    hours: str | None,
    days: str | None,
    skip: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Lay the tasks that are left over new dates.

    It says what moves and when you finish, before and after, and writes TASKS.md. Tasks
    that are done keep their dates, and your own lines stay where they are.
    """
    code: int = part("plan").plan(start, hours, days, skip, dry_run=dry_run)
    return code


@path.command()
@click.argument("form", type=click.Choice(["ics", "csv", "github"]))
@click.option("-o", "--output", metavar="FILE", help="Where to; - is the terminal.")
def export(form: str, output: str | None) -> int:
    """Write the plan for a calendar, for Notion or for GitHub.

    ics is a calendar of your tasks, csv a table that Notion imports, github a script
    that makes a milestone and an issue of each with GitHub's own command, gh.
    """
    code: int = part("export").export(form, output)
    return code


@path.command()
@click.option("-o", "--output", metavar="FILE", help="Where to; else board.html.")
@click.option("--no-open", is_flag=True, help="Write it, open no browser.")
def board(output: str | None, no_open: bool) -> int:
    """Write and open a page with the whole of your progress."""
    code: int = part("board").board(output, open_it=not no_open)
    return code


def main() -> int:
    """Runs a command; a mistake of any kind ends in a sentence, not in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    dull = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    try:
        code = path.main(
            prog_name=ME, standalone_mode=False, color=False if dull else None
        )
        return int(code or 0)
    except click.ClickException as trouble:
        trouble.show()
        return trouble.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except ModuleNotFoundError:
        click.echo(wrapped(INSTALL), err=True)
    except OSError as error:
        if error.filename or error.errno not in (errno.EPIPE, errno.EINVAL):
            about = f"{error.filename}: " if error.filename else ""
            click.echo(f"{about}{error.strerror or error}", err=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
