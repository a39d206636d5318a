"""The board as HTML: what stands where, and in which words."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from path import HOME, ME, ROOT, Task, count, part

markup = part("board_markup")
chart = part("chart")
tasks_of = part("board_tasks")
tag, Html = markup.tag, markup.Html

ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='7' fill='#0b6b4f'/>"
    "<path d='M7 23l7-7 4 4 8-11' fill='none' stroke='#fff' stroke-width='3'/></svg>"
)
MARKS = {
    "done": "M3.5 8.5l3 3 6-7",
    "late": "M8 3v6M8 12v1",
    "to-do": "",
}


def page(board: Any) -> str:
    """The whole page."""
    style = "\n" + (HOME / "board.css").read_text(encoding="utf-8")
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    outline = Template((HOME / "board.html").read_text(encoding="utf-8"))
    return outline.substitute(
        policy=policy,
        title=markup.safe(f"{board.title}: {board.sums[1]:g} of {board.sums[2]:g} h"),
        icon="data:image/svg+xml," + quote(ICON),
        style=style,
        body="\n".join([head(board), main(board), foot(board)]),
    )


def section(name: str, title: str, *inside: Any, kind: str | None = None) -> str:
    """A part of the page under its heading."""
    heading = tag("h2", title, id=f"{name}-title")
    return tag(
        "section", heading, inside, id=name, class_=kind,
        aria_labelledby=f"{name}-title",
    )  # fmt: skip


def head(board: Any) -> str:
    """The project, where the plan is today, and the ways into the page."""
    parts = [("progress", "Progress"), ("plan", "Plan"), ("task", "Next task")]
    parts += [("topics", "Topics"), ("requirements", "Requirements")]
    links = [
        tag("li", tag("a", title, href=f"#{name}"))
        for name, title in parts
        if name != "task" or board.next
    ]
    status = f"{board.pace}." if board.pace else "There is no dated plan."
    if board.next is None:
        status = "Every task is done."
    date = tag("time", chart.day_text(board.today), datetime=board.today.isoformat())
    return tag(
        "header",
        tag("p", date, class_="date"),
        tag("h1", board.title, dir="auto"),
        tag("p", status, class_="status"),
        tag("nav", tag("ul", links), aria_label="On this page"),
    )


def main(board: Any) -> str:
    """What stands between head and foot."""
    columns = [plan(board), next_task(board)]
    both = "columns" if board.next else None
    return tag(
        "main",
        progress(board),
        tag("div", columns, class_=both),
        topics(board),
        requirements(board),
        id="main",
        tabindex="-1",
    )


def foot(board: Any) -> str:
    """Where the page comes from."""
    files = [name for name in ("TASKS.md", "SPEC.md", "JOURNAL.md") if there(name)]
    links = [tag("li", link(board, name, name)) for name in files]
    made = ["Written by ", tag("code", f"{ME} board"), " from TASKS.md. Run it again "]
    return tag("footer", tag("p", made, "to bring it up to date."), tag("ul", links))


def there(name: str) -> bool:
    """Whether the learner still has that file."""
    return Path(ROOT, name).is_file()


def link(board: Any, path: str, *words: Any) -> str:
    """A link to a file of the repository."""
    return tag("a", *words, href=board.top + quote(path))


# ------------------------------------------------------------------------ the progress


def progress(board: Any) -> str:
    """The hours, the facts and the chart."""
    _, hours, total = board.sums
    share = f"{hours / total:.0%}" if total else "100%"
    figure = tag(
        "p", tag("strong", f"{hours:g} h"), f" of {total:g} h done", class_="hours"
    )
    bar = tag(
        "progress", share, value=f"{hours:g}", max=f"{total:g}",
        aria_label="Hours done", aria_valuetext=f"{hours:g} of {total:g} hours",
    )  # fmt: skip
    said = [
        tag("div", tag("dt", name), tag("dd", words)) for name, words in facts(board)
    ]
    left = tag("div", figure, bar, tag("dl", said), class_="facts")
    return section("progress", "Progress", tag("div", left, burnup(board),
                   class_="band"))  # fmt: skip


def facts(board: Any) -> list[tuple[str, Any]]:
    """What is known beside the hours."""
    done, hours, total = board.sums
    found: list[tuple[str, Any]] = [
        ("Tasks", f"{done} of {len(board.project.tasks)} done"),
        ("Left", f"{total - hours:g} h"),
    ]
    if board.chart.finish:
        found.append(("Plan ends", chart.day_text(board.chart.finish)))
    if board.chart.expected:
        found.append(("At your pace", chart.day_text(board.chart.expected)))
    if board.next:
        words = f"{board.next.number}. {board.next.title}"
        found.append(("Next", tag("a", words, href="#task")))
    return found


def burnup(board: Any) -> str:
    """The chart for wide and narrow windows, and its numbers."""
    lines = board.chart
    if not lines.planned and len(lines.done) < 3:
        return tag(
            "p",
            "TASKS.md has no dates to draw a chart from. ",
            tag("code", f"{ME} plan"),
            " lays the tasks over new ones.",
            class_="empty",
        )
    drawn = [
        chart.Drawing(lines, 760, 9, "wide").svg(),
        chart.Drawing(lines, 358, 4, "narrow").svg(),
    ]
    numbers = tag(
        "details",
        tag("summary", "The chart in numbers"),
        chart.table(lines),
        class_="numbers",
    )
    return tag("figure", drawn, numbers)


# ---------------------------------------------------------------------------- the plan


def plan(board: Any) -> str:
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
    return section("plan", "Plan", blocks)


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
    title = link(board, task.page, f"{task.number}. {task.title}")
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


# ------------------------------------------------------------------------ the next task


def next_task(board: Any) -> str | None:
    """The page of the task at hand, whole."""
    if board.next is None:
        return None
    folder = board.next.page.rpartition("/")[0]
    markdown = markup.Markdown(board.top, folder, board.next.page, shift=2)
    page_ = tag("article", markdown.whole(board.page), class_="prose page")
    return section("task", "Next task", page_)


# --------------------------------------------------------- the topics, the requirements


def topics(board: Any) -> str:
    """The topics, by how far they are mastered."""
    done = {slug for slug, state in board.states.items() if state.kind == "done"}
    groups: dict[str, list[tuple[str, str]]] = {"all": [], "some": [], "none": []}
    every = [t.slug for t in board.project.tasks]
    for topic in sorted({name for slug in every for name in board.topics[slug]}):
        own = [slug for slug in every if topic in board.topics[slug]]
        number = sum(slug in done for slug in own)
        kind = "all" if number == len(own) else "some" if number else "none"
        words = f"{number} of {count(len(own), 'task')}"
        words = count(len(own), "task") if kind != "some" else words
        groups[kind].append((topic.replace("-", " "), words))
    titles = {"all": "Mastered", "some": "In progress", "none": "To come"}
    blocks = [
        tag(
            "div",
            tag("h3", titles[kind], tag("span", f" {len(found)}", class_="number")),
            tag("ul", [topic_item(*one) for one in found]),
            class_=f"topics {kind}",
        )
        for kind, found in groups.items()
        if found
    ]
    total = sum(map(len, groups.values()))
    said = (
        f"{len(groups['all'])} of {count(total, 'topic')} mastered, "
        f"{len(groups['some'])} in progress, {len(groups['none'])} to come. A topic is "
        "mastered when every task with it is done."
    )
    return section("topics", "Topics", tag("p", said, class_="lead"),
                   tag("div", blocks, class_="groups"))  # fmt: skip


def topic_item(name: str, words: str) -> str:
    """A topic and its tasks."""
    return tag("li", name, " ", tag("span", words, class_="meta"))


def requirements(board: Any) -> str:
    """The requirements, each with the tasks that serve it."""
    rows, covered = [], 0
    line = markup.Markdown(board.top).line
    for one in board.requirements:
        own = [t for t in board.project.tasks if one["id"] in board.serves[t.slug]]
        done = [t for t in own if board.states[t.slug].kind == "done"]
        left = [t for t in own if board.states[t.slug].kind != "done"]
        whole = bool(own) and not left
        covered += whole
        kind = "done" if whole else "part" if done else "to-do"
        words = {"done": "covered", "part": "in part", "to-do": "open"}[kind]
        served = [
            served_by(board, name, found)
            for name, found in (("Done", done), ("Left", left))
            if found
        ]
        rows.append(
            tag(
                "li",
                tag("p", tag("strong", one["id"]), " ",
                    tag("span", words, class_="chip"), class_="id"),
                tag("p", line(one["text"])),
                tag("div", served, class_="served")
                if served
                else tag("p", "No task serves it.", class_="meta"),
                class_=kind,
            )
        )  # fmt: skip
    total = count(len(board.requirements), "requirement")
    said = tag("p", f"{covered} of {total} covered: every task that serves it is done.",
               class_="lead")  # fmt: skip
    return section("requirements", "Requirements", said,
                   tag("ul", rows, class_="requirements"))  # fmt: skip


def served_by(board: Any, name: str, found: list[Task]) -> str:
    """The tasks that a requirement waits for, or has, by their numbers."""
    links = [
        tag(
            "li",
            tag(
                "a",
                str(task.number),
                href=board.top + quote(task.page),
                title=task.title,
                aria_label=f"{task.number}. {task.title}",
            ),
        )
        for task in found
    ]
    return tag("div", tag("span", name), tag("ul", links), class_=f"by {name.lower()}")
