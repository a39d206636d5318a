"""The board: a page with the whole of your progress, written from TASKS.md and Git."""

from __future__ import annotations

import datetime as dt
import json
import os
import posixpath
import webbrowser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import click

from .parts import part
from .plan_days import due_dates, planned_days, today
from .project import Project, Task, load_project
from .repository import HOME, ROOT, broken
from .tasks_file import first_open, read_progress, sums
from .text import Trouble, count, plain, wrapped

MARK = b'<meta name="generator" content="python path.py board">'


class State(NamedTuple):
    """What a task's state is: a kind, and the words for it.

    ``kind`` is ``done``, ``late`` (the plan had it done before today) or ``to-do``.
    """

    kind: str
    words: str
    next: bool


class Board(NamedTuple):
    """Everything that the page shows."""

    project: Project
    title: str
    today: dt.date
    pace: str
    sums: tuple[int, float, float]
    states: dict[str, State]
    next: Task | None
    page: str  # of the next task, as Markdown
    weeks: list[Any]
    missing: list[Task]
    milestones: list[dict[str, Any]]
    requirements: list[dict[str, str]]
    topics: dict[str, list[str]]  # of each task
    titles: dict[str, str]  # of topics; one without is told by its slug
    serves: dict[str, list[str]]  # the requirements of each task
    chart: Any
    notes: list[str]  # on what Git cannot say
    top: str  # the way from the page to the repository's folder, "" or ending in /


def board(output: str | None, *, open_it: bool) -> int:
    """Writes the page and opens it.

    Args:
        output: where to; None is board.html in the repository's folder.
        open_it: whether a browser is asked to show it.

    Raises:
        Trouble: it cannot be written, or the file there is not a board.
    """
    target = Path(os.path.realpath(output or ROOT / "board.html"))
    files = part("output")
    kind = files.Kind("board.html", "path.py board", own)
    files.earlier(target, kind)  # before the work, not after it
    found = gather(load_project(), today(), way(target.parent))
    page = part("board_page").page(found).encode("utf-8", "replace")
    files.write(target, page, kind)
    done, hours, total = found.sums
    tasks = f"{done} of {count(len(found.project.tasks), 'task')}"
    said = f"The board is written: {tasks}, {hours:g} of {total:g} h."
    if open_it and opened(target):
        said += " It is open in your browser; run this again for a fresh one."
    else:
        said += " To see it, open this file in a browser:"
    click.echo(wrapped(said) + f"\n\n  {plain(target)}")
    for note in found.notes:
        click.echo("\n" + wrapped(plain(note)), err=True)
    return 0


def own(head: bytes) -> bool:
    """Whether a file that begins so is an earlier board."""
    return MARK in head


def opened(target: Path) -> bool:
    """Whether a browser was found that takes the page.

    One in the terminal, such as lynx, would take the terminal and wait for a key.
    Python looks for these where TERM is set, when it looks for browsers at all; what
    BROWSER names is opened all the same.
    """
    term = os.environ.pop("TERM", None)
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    finally:
        if term is not None:
            os.environ["TERM"] = term
    try:
        return webbrowser.open(target.as_uri())
    except (webbrowser.Error, OSError):
        return False


def way(folder: Path) -> str:
    """The address of the repository's folder, as seen from another folder."""
    try:
        path = Path(os.path.relpath(ROOT, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return ROOT.as_uri() + "/"
    return "" if path == "." else quote(posixpath.join(path, ""))


def gather(project: Project, day: dt.date, top: str) -> Board:
    """Reads everything that the page shows.

    Args:
        project: the project.
        day: the day that it is.
        top: the way from the page to the repository's folder.
    """
    text = read_progress(project.tasks)
    data = extra()
    given = {task["slug"]: task for task in data["tasks"]}
    ticks, notes = part("progress").progress(project.tasks, text)
    known = {task.slug for task in project.tasks}
    weeks = part("board_tasks").weeks(text, known)
    listed = {slug for week in weeks for slug in week.slugs}
    following = first_open(project, text)
    forecast = part("pace").forecast(project, text, day)
    lines = part("chart").burnup(
        project, text, day, ticks, forecast[1] if forecast else None
    )
    return Board(
        project=project,
        title=named(project, text),
        today=day,
        pace=part("pace").sentence(project, text, day),
        sums=sums(project, text),
        states=states(project, text, day, ticks),
        next=following,
        page=read_page(following) if following else "",
        weeks=weeks,
        missing=[task for task in project.tasks if task.slug not in listed],
        milestones=data["milestones"],
        requirements=data["requirements"],
        topics={slug: task["topics"] for slug, task in given.items()},
        titles=data["titles"],
        serves={slug: task["serves"] for slug, task in given.items()},
        chart=lines,
        notes=notes,
        top=top,
    )


def extra() -> dict[str, Any]:
    """What project.json says beyond the tasks."""
    try:
        data = json.loads((HOME / "project.json").read_text(encoding="utf-8"))
        for task in data["tasks"]:
            _ = "".join([*task["topics"], *task["serves"]])
        for one in data["requirements"]:
            _ = one["id"] + one["text"]
        for one in data["milestones"]:
            _ = one["title"] + one["goal"] + one["checkpoint"]
        titles = {slug: str(title) for slug, title in data.get("topics", {}).items()}
    except (
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
    ):
        raise Trouble(broken(".path/project.json")) from None
    return dict(data) | {"titles": titles}


def named(project: Project, text: bytes) -> str:
    """What the learner calls the project, by the first line of TASKS.md."""
    first = text.decode("utf-8-sig", "replace").lstrip().partition("\n")[0].strip()
    if not first.startswith("# Tasks: "):
        return project.title
    parser = part("board_markup").Markdown("").parser
    inline = parser.parseInline(first.removeprefix("# Tasks: "))[0]
    words = "".join(child.content for child in inline.children or ())
    return words.strip() or project.title


def states(
    project: Project, text: bytes, day: dt.date, ticks: list[Any]
) -> dict[str, State]:
    """The state of every task."""
    days = planned_days(text)
    due = due_dates(days, {task.slug: task.hours for task in project.tasks})
    done = {tick.slug: tick for tick in ticks}
    dated = part("pace").dated
    following = first_open(project, text)
    found = {}
    for task in project.tasks:
        if task.slug in done:
            kind, words = "done", done_words(done[task.slug], day)
        elif task.slug in due and due[task.slug] < day:
            kind, words = "late", f"late, planned for {dated(due[task.slug], day)}"
        elif task.slug in due:
            kind, words = "to-do", f"to do by {dated(due[task.slug], day)}"
        else:
            kind, words = "to-do", "to do"
        found[task.slug] = State(kind, words, task == following)
    return found


def done_words(tick: Any, day: dt.date) -> str:
    """When a task was done, as far as that is known."""
    if tick.how == "before":
        return "done before the start"
    if tick.how == "plan":
        return "done"  # the day is but the plan's
    return f"done {part('pace').dated(min(tick.date, day), day)}"


def read_page(task: Task) -> str:
    """A task's page, or where it can be got."""
    try:
        return (ROOT / task.page).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return (
            f"`{task.page}` cannot be read. If it was there before, this brings it "
            f"back:\n\n```\ngit checkout -- {task.page}\n```\n"
        )
