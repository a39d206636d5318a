"""The board as HTML: what stands where, and in which words."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from .parts import part
from .project import Task
from .repository import HOME, ME, ROOT
from .text import count

markup = part("board_markup")
chart = part("chart")
tag: Callable[..., str] = markup.tag
link: Callable[..., str] = markup.link
plan: Callable[..., list[str]] = part("board_plan").plan

ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='7' fill='#0b6b4f'/>"
    "<path d='M7 23l7-7 4 4 8-11' fill='none' stroke='#fff' stroke-width='3'/></svg>"
)


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
    columns = [section("plan", "Plan", plan(board)), next_task(board)]
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
    links = [tag("li", link(board.top, name, name)) for name in files]
    made = ["Written by ", tag("code", f"{ME} board"), " from TASKS.md. Run it again "]
    return tag("footer", tag("p", made, "to bring it up to date."), tag("ul", links))


def there(name: str) -> bool:
    """Whether the learner still has that file."""
    return Path(ROOT, name).is_file()


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
        said: list[Any] = ["TASKS.md has no dates to draw a chart from."]
        if board.next:
            said += [" ", tag("code", f"{ME} plan"), " lays the tasks over new ones."]
        return tag("p", said, class_="empty")
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
        title = board.titles.get(topic) or topic.replace("-", " ")
        groups[kind].append((title, words))
    titles = {"all": "Mastered", "some": "In progress", "none": "To come"}
    blocks = [
        tag(
            "div",
            tag("h3", titles[kind], tag("span", f" {len(found)}", class_="number")),
            tag("ul", [topic_item(*one) for one in in_order(found)]),
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


def in_order(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Topics by their titles, whatever case these begin with."""
    return sorted(found, key=lambda one: one[0].casefold())


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
    words = (
        f"{covered} of {total} covered. A requirement is covered when every task that "
        "serves it is done."
    )
    said = tag("p", words, class_="lead")
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
