"""The plan on the board: weeks, days and tasks, each with its state in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .parts import part
from .project import Task
from .repository import ME
from .text import count

markup = part("board_markup")
tasks_of = part("board_tasks")
tag: Callable[..., str] = markup.tag
link: Callable[..., str] = markup.link

MARKS = {
    "done": "M3.5 8.5l3 3 6-7",
    "late": "M8 3v6M8 12v1",
    "to-do": "",
}


def plan(board: Any) -> list[str]:
    """The weeks of TASKS.md; those that are done, or far off, are folded."""
    by_slug = {task.slug: task for task in board.project.tasks}
    ends = last_tasks(board)
    blocks = [week(board, one, by_slug, ends) for one in board.weeks]
    if board.missing:
        rows = [row(board, task) for task in board.missing]
        said = (
            "TASKS.md has no line for these, so they cannot be ticked. ",
            tag("code", ME),
            " gives the lines to add.",
        )
        blocks.append(
            tag(
                "div",
                tag("h3", "Missing from TASKS.md"),
                tag("p", said),
                tag("ul", rows, class_="tasks"),
                class_="missing",
            )
        )
    return blocks


def last_tasks(board: Any) -> dict[str, dict[str, Any]]:
    """The milestones, by the task that stands last in the plan."""
    order = [slug for week in board.weeks for slug in week.slugs]
    found = {}
    for milestone in board.milestones:
        own = {t.slug for t in board.project.tasks if t.milestone == milestone["title"]}
        if last := [slug for slug in order if slug in own]:
            found[last[-1]] = milestone
    return found


def week(
    board: Any,
    one: Any,
    by_slug: dict[str, Task],
    ends: dict[str, dict[str, Any]],
) -> str:
    """A week, with its days."""
    states = [board.states[slug] for slug in one.slugs]
    done = sum(state.kind == "done" for state in states)
    late = sum(state.kind == "late" for state in states)
    dates = [day.date for day in one.days if day.date]
    present = bool(dates) and dates[0] <= board.today <= dates[-1]
    unfolded = not states or late or any(state.next for state in states)
    unfolded = unfolded or (present and done < len(states))
    said = f"{done} of {count(len(states), 'task')} done"
    if states and done == len(states):
        said = f"all {len(states)} done" if done > 1 else "done"
    if late:
        said += f", {late} late"
    title, _, rest = (one.heading or "Tasks").partition(" · ")
    head_ = tag(
        "summary",
        tag("h3", title, dir="auto"),
        tag("span", rest, class_="when") if rest else None,
        tag("span", said if states else "notes", class_="sum"),
    )
    days = [day_block(board, day, by_slug, ends) for day in one.days]
    return tag("details", head_, days, open=bool(unfolded), class_="week")


def day_block(
    board: Any, day: Any, by_slug: dict[str, Task], ends: dict[str, dict[str, Any]]
) -> str:
    """A day: its heading, its tasks, and what else stands under it."""
    markdown = markup.Markdown(board.top, page="TASKS.md", shift=4)
    blocks: list[Any] = []
    rows: list[Any] = []

    def close() -> None:
        if rows:
            blocks.append(tag("ul", list(rows), class_="tasks"))
            rows.clear()

    for item in day.items:
        if isinstance(item, tasks_of.Given):
            rows.append(row(board, by_slug[item.slug]))
            if item.slug in ends:
                close()
                blocks.append(milestone(board, ends[item.slug]))
        elif isinstance(item, tasks_of.Own):
            rows.append(own_row(item, markdown))
        else:
            close()
            blocks.append(tag("div", markdown.whole(item.text), class_="prose note"))
    close()
    if day.heading:
        now = day.date == board.today
        chip = tag("span", "today", class_="chip") if now else None
        blocks.insert(0, tag("h4", tag("span", day.heading, dir="auto"), " ", chip))
    return tag("div", blocks, class_="day")


def mark(kind: str) -> str:
    """The sign of a state; the words beside it say the same."""
    ring = tag("circle", cx=8, cy=8, r=7)
    sign = tag("path", d=MARKS[kind]) if MARKS[kind] else None
    return tag(
        "svg", ring, sign, viewBox="0 0 16 16", class_="mark", aria_hidden="true"
    )


def row(board: Any, task: Task) -> str:
    """A task's line."""
    state = board.states[task.slug]
    title = link(board.top, task.page, f"{task.number}. {task.title}")
    chip = tag("span", "next", class_="chip") if state.next else None
    phase = tag("span", task.phase, class_="keep")
    facts_ = tag("span", f" · {task.hours:g} h · ", phase, class_="meta")
    words = tag("span", state.words, class_="state")
    kind = f"{state.kind} next" if state.next else state.kind
    inside = tag("div", tag("p", title, " ", chip), tag("p", words, facts_))
    return tag("li", mark(state.kind), inside, class_=kind)


def own_row(item: Any, markdown: Any) -> str:
    """The line of a task that the learner added."""
    kind, words = ("done", "done") if item.done else ("to-do", "to do")
    said = tag("p", markdown.line(item.text), dir="auto")
    facts_ = tag("span", " · your own", class_="meta")
    rest = tag("p", tag("span", words, class_="state"), facts_)
    return tag("li", mark(kind), tag("div", said, rest), class_=kind)


def milestone(board: Any, one: dict[str, Any]) -> str:
    """A milestone: how much of it is done, and what to show for it."""
    own = [t.slug for t in board.project.tasks if t.milestone == one["title"]]
    done = sum(board.states[slug].kind == "done" for slug in own)
    reached = "reached" if done == len(own) else f"{done} of {len(own)} tasks done"
    line = markup.Markdown(board.top).line
    return tag(
        "div",
        tag("p", tag("strong", f"Milestone: {one['title']}"), " · ",
            tag("span", reached, class_="state")),
        tag("p", line(one["checkpoint"])),
        class_="milestone reached" if done == len(own) else "milestone",
    )  # fmt: skip
