"""Writes a project's documents: TASKS.md, SPEC.md and a page for each task.

Plain Markdown (CommonMark with tables), which GitHub shows and Notion takes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from djangopath import checklist, schedule
from djangopath.answers import md_text
from djangopath.catalogue import PHASES, Project, Requirement, Task
from djangopath.schedule import Day, day_text, hours_text


@dataclass(frozen=True)
class Plan:
    """What a learner chose: the project, where to start, and the time there is."""

    project: Project
    name: str
    start: date
    hours_per_day: Fraction
    days_per_week: int
    done: int

    @property
    def left(self) -> Sequence[Task]:
        """The tasks that are still to do."""
        return self.project.tasks[self.done :]

    @cached_property
    def days(self) -> list[Day]:
        """The days of work; a piece's ``task`` counts from the first task left."""
        return schedule.plan(
            [task.hours for task in self.left],
            self.start,
            self.hours_per_day,
            self.days_per_week,
        )

    @property
    def finish(self) -> date | None:
        """The last day of work; None where no task is left."""
        days = self.days
        return days[-1].date if days else None


# --------------------------------------------------------------------------- TASKS.md


def tasks_page(plan: Plan) -> str:
    """TASKS.md: one checkbox a task, under weeks and dated days."""
    project = plan.project
    done = project.tasks[: plan.done]
    rhythm = checklist.Rhythm(plan.hours_per_day, plan.days_per_week)
    facts = checklist.header(len(project.tasks), project.hours, plan.days, rhythm)
    lines = [
        f"# Tasks: {md_text(plan.name)}",
        "",
        checklist.header_line(facts),
        "",
        "`python path.py` says where you are, `python path.py next` shows the task at "
        "hand, and",
        "`python path.py check` runs its acceptance test and ticks its box. This file "
        "is yours: add notes",
        "and tasks of your own, move lines, tick and untick by hand. A box counts by "
        "the link behind it.",
        "",
    ]
    if done:
        lines += [checklist.DONE_BEFORE, ""]
        lines += [checklist.task_line(task, ticked=True) for task in done]
        lines.append("")
    dated = checklist.lines(
        plan.days,
        plan.left,
        milestones(project),
        [task.number for task in done],
        sum((task.hours for task in done), Fraction(0)),
        project.hours,
    )
    lines += checklist.text_of(dated)
    return "\n".join(lines).rstrip("\n") + "\n"


def milestones(project: Project) -> list[checklist.Milestone]:
    """The project's milestones with their tasks, as TASKS.md names them."""
    return [
        checklist.Milestone(
            milestone.title,
            milestone.checkpoint,
            [task.slug for task in project.tasks if task.milestone == milestone],
        )
        for milestone in project.milestones
    ]


# ------------------------------------------------------------------- tasks/NN-slug.md


def task_page(project: Project, task: Task) -> str:
    """A task's whole page."""
    serves = (
        "; ".join(f"{id_} ({_first_sentence(project, id_)})" for id_ in task.serves)
        if task.serves
        else f"no requirement of its own: {task.serves_none}"
    )
    lines = [
        f"# {task.number}. {task.title}",
        "",
        f"{hours_text(task.hours)} h · {task.phase} · milestone: {task.milestone.title}"
        + (f" (week {task.milestone.week})" if task.milestone.week else ""),
        "",
        f"Serves {serves}",
        "",
        f"Topics: {', '.join(_topic_link(project, topic) for topic in task.topics)}",
    ]
    if task.needs:
        needed = (project.task(slug) for slug in task.needs)
        links = ", ".join(f"[{t.title}]({t.page.split('/')[1]})" for t in needed)
        lines += ["", f"Builds on: {links}"]
    lines += ["", "## What to do", "", task.do, "", "## What its test relies on", ""]
    lines += [_item(text) for text in task.contract]
    lines += ["", "## See it working", "", task.see, ""]
    lines += ["## Read about it", ""]
    lines += [f"- [{link.text}]({link.address})" for link in task.docs]
    lines += [
        "",
        "## When it works",
        "",
        "```",
        f"python path.py check {task.slug}",
        "```",
        "",
        f"Stuck? `python path.py hint {task.slug}` has {len(task.hints)} hints, from a "
        "nudge to nearly the answer.",
    ]
    return "\n".join(lines) + "\n"


def _first_sentence(project: Project, id_: str) -> str:
    text = next(r.text for r in project.requirements if r.id == id_)
    return " ".join(text.split()).rstrip(".")


def _item(text: str) -> str:
    """A list item; its further lines are indented under it."""
    return "- " + text.strip().replace("\n", "\n  ")


# ---------------------------------------------------------------------------- SPEC.md


def spec_page(plan: Plan) -> str:
    """SPEC.md: the fifteen sections."""
    project = plan.project
    spec = project.spec
    sections: list[tuple[str, list[str]]] = [
        ("Title and summary", [f"**{project.title}**", "", spec["summary"]]),
        ("Skill level", [_skill_level(project)]),
        ("Learning goals", [_item(goal) for goal in spec["goals"]]),
        ("Functional requirements", _functional(project)),
        ("Non-functional requirements", _non_functional(project)),
        ("Technical constraints", [_item(text) for text in spec["constraints"]]),
        ("Topics covered", _topics(project)),
        ("Tech stack", _stack(project)),
        ("Internal tools and libraries", _tools(project)),
        ("External tools and services", _external(project)),
        ("DevOps and deployment", [spec["deployment"]]),
        ("Time and duration plan", _time(plan)),
        ("Breakdown by phases", _phases(project)),
        ("Stretch goals", [_item(text) for text in spec["stretch"]]),
        ("Evaluation criteria", _evaluation(project)),
    ]
    lines = [f"# {md_text(plan.name)}: the specification", ""]
    for number, (title, body) in enumerate(sections, 1):
        lines += [f"## {number}. {title}", "", *body, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _skill_level(project: Project) -> str:
    text = project.spec["skill_level"].removeprefix(f"{project.level}. ")
    return f"**{project.level}.** {text}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _task_link(task: Task) -> str:
    return f"[{task.number}. {task.title}]({task.page})"


def _functional(project: Project) -> list[str]:
    spec = project.spec
    lines = _table(
        ("id", "the system", "how to demonstrate it"),
        ((r.id, r.text, r.proof) for r in project.functional),
    )
    if spec["roles"]:
        lines += ["", "### User roles", ""]
        rows = ((r["name"], r["can"]) for r in spec["roles"])
        lines += _table(("role", "may"), rows)
    if spec["data_model"]:
        diagram = spec["data_model"]
        lines += ["", "### Data model", "", "```mermaid", diagram, "```"]
    for entity in spec["entities"]:
        lines += ["", f"**{entity['name']}**: {entity['what']}", ""]
        lines += _table(
            ("field", "type", "note"),
            ((f"`{f['name']}`", f["type"], f["note"]) for f in entity["fields"]),
        )
    if spec["urls"]:
        lines += ["", "### Addresses", ""]
        lines += _table(
            ("path", "name", "methods", "for", "what"),
            (
                (f"`{u['path']}`", f"`{u['name']}`", u["methods"], u["who"], u["what"])
                for u in spec["urls"]
            ),
        )
    lines += ["", "### Requirement, task, test", ""]
    lines += _table(
        ("requirement", "tasks", "tests"),
        (
            (
                requirement.id,
                ", ".join(_task_link(t) for t in project.serving(requirement.id)),
                ", ".join(
                    f"[{t.test.split('/')[1]}]({t.test})"
                    for t in project.serving(requirement.id)
                ),
            )
            for requirement in project.requirements
        ),
    )
    return lines


def _non_functional(project: Project) -> list[str]:
    return _table(
        ("id", "the system", "how it is measured"),
        ((r.id, r.text, r.proof) for r in project.non_functional),
    )


def _topic_link(project: Project, topic: str) -> str:
    title, address = project.topic_links[topic].text, project.topic_links[topic].address
    return f"[{title}]({address})" if address else title


def _topics(project: Project) -> list[str]:
    return _table(
        ("topic", "tasks"),
        (
            (
                _topic_link(project, topic),
                ", ".join(_task_link(t) for t in project.tasks if topic in t.topics),
            )
            for topic in project.topics
        ),
    )


def _stack(project: Project) -> list[str]:
    lines = _table(
        ("part", "choice", "why"),
        ((s["part"], s["choice"], s["why"]) for s in project.spec["stack"]),
    )
    lines += ["", "The versions that `requirements.txt` pins:", ""]
    named = dict.fromkeys(project.production + project.development)
    return lines + _table(
        ("package", "version"),
        ((f"`{name.split('[')[0]}`", project.version(name)) for name in named),
    )


def _tools(project: Project) -> list[str]:
    return _table(
        ("tool", "what for"), ((t["name"], t["why"]) for t in project.spec["tools"])
    )


def _external(project: Project) -> list[str]:
    external: Requirement | list[dict[str, str]] = project.spec["external"]
    if not external:
        return ["None: everything runs on your own machine."]
    return _table(
        ("service", "what for", "needed"),
        ((e["name"], e["why"], e["needed"]) for e in project.spec["external"]),
    )


def _time(plan: Plan) -> list[str]:
    project = plan.project
    days = plan.days
    lines = [
        f"{len(project.tasks)} tasks, {hours_text(project.hours)} h in all. At "
        f"{hours_text(plan.hours_per_day)} h a day and {plan.days_per_week} days a week"
        + (
            f" the {hours_text(sum(t.hours for t in plan.left))} h left take "
            f"{len(days)} days: from {day_text(days[0].date, year=True)} to "
            f"{day_text(days[-1].date, year=True)}. TASKS.md holds the dates."
            if days
            else " nothing is left to plan: every task is done."
        ),
        "",
    ]
    lines += _table(
        ("milestone", "week of the 24-week track", "tasks", "hours", "checkpoint"),
        (
            (
                milestone.title,
                str(milestone.week or "–"),
                _span(project, milestone.slug),
                hours_text(
                    sum(t.hours for t in project.tasks if t.milestone == milestone)
                ),
                milestone.checkpoint,
            )
            for milestone in project.milestones
        ),
    )
    if days:
        lines += [""]
        lines += _table(
            ("day", "date", "hours", "tasks"),
            (
                (
                    str(day.number),
                    day_text(day.date),
                    hours_text(day.hours),
                    ", ".join(_task_link(plan.left[p.task]) for p in day.pieces),
                )
                for day in days
            ),
        )
    return [*lines, "", "### Before and after", "", project.standing]


def _span(project: Project, milestone: str) -> str:
    numbers = [t.number for t in project.tasks if t.milestone.slug == milestone]
    return f"{numbers[0]} to {numbers[-1]}"


def _phases(project: Project) -> list[str]:
    lines: list[str] = []
    for phase in PHASES:
        tasks = [task for task in project.tasks if task.phase == phase]
        if not tasks and phase not in project.spec["phases"]:
            continue
        hours = hours_text(sum((task.hours for task in tasks), Fraction(0)))
        lines += [f"### {phase} · {hours} h", ""]
        if phase in project.spec["phases"]:
            lines += [project.spec["phases"][phase], ""]
        lines += [f"- {_task_link(t)} · {hours_text(t.hours)} h" for t in tasks]
        lines.append("")
    return lines[:-1]


def _evaluation(project: Project) -> list[str]:
    evaluation = project.spec["evaluation"]
    lines: list[str] = []
    for key, title in (
        ("good", "How to know it is done well"),
        ("demo", "What to demo"),
        ("test", "What to test"),
    ):
        lines += [f"### {title}", "", *(_item(t) for t in evaluation[key]), ""]
    return lines[:-1]
