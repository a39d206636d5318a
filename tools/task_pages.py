"""The pages under docs/tasks: every task of every project, to be read on GitHub.

A page is the one that a bake holds, between a line that says where it is and the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from djangopath import pages, tracks
from djangopath.catalogue import Project, Task
from djangopath.schedule import hours_text
from tools import markdown as md

FOLDER = "docs/tasks"
SYLLABUS = "SYLLABUS.md"


def project_pages(project: Project) -> dict[str, str]:
    """The pages of a project's tasks and the list of them, by their paths."""
    folder = f"{FOLDER}/{project.slug}"
    found = {f"{folder}/README.md": _project_page(project)}
    for task in project.tasks:
        found[page_of(project, task)] = _task_page(project, task)
    return found


def page_of(project: Project, task: Task) -> str:
    """The path of a task's page in this repository."""
    return f"{FOLDER}/{project.slug}/{Path(task.page).name}"


def _task_page(project: Project, task: Task) -> str:
    """The page that a bake holds, between a line that says where it is and the next."""
    above = (
        f"[Syllabus](../../../{SYLLABUS}) · [{project.title}](README.md) · "
        f"task {task.number} of {len(project.tasks)}"
    )
    page = pages.task_page(project, task)
    around = [
        f"{word}: [{other.number}. {other.title}]({Path(other.page).name})"
        for word, place in (("Before", task.number - 2), ("Next", task.number))
        if 0 <= place < len(project.tasks)
        for other in [project.tasks[place]]
    ]
    below = [" · ".join(around)]
    if task == tasks_of(project, task.milestone.slug)[-1]:
        below += ["", "With this task a week is done. What comes then:", ""]
        below += _then(project.slug, task.milestone.slug)
    return "\n".join([above, "", page, "---", "", *below]) + "\n"


def _then(project: str, milestone: str) -> Iterator[str]:
    """The week after a milestone, on each track that has it."""
    for track in tracks.tracks().values():
        for stop in track.stops:
            if (stop.project, stop.milestone) == (project, milestone):
                link = f"../../../{SYLLABUS}#{md.anchor(md.weeks_heading(track))}"
                then = "the track ends here"
                if stop.week < len(track.stops):
                    after = track.stops[stop.week]
                    then = f"week {after.week}, {after.title}: {after.name}"
                yield f"- [{md.name_of(track)}]({link}): {then}"


def _project_page(project: Project) -> str:
    """A project's tasks by milestone, and how to get it."""
    lines = [
        f"[Syllabus](../../../{SYLLABUS})",
        "",
        f"# {project.title}",
        "",
        project.spec["summary"].strip(),
        "",
        f"{project.level}, {len(project.tasks)} tasks, {hours_text(project.hours)} h. "
        "The pages here are those of the repository that you work in; there each has "
        "its test and its hints. To get it:",
        "",
        "```sh",
        f"pipx run cookiecutter gh:<owner>/djangopath project={project.slug}",
        "```",
    ]
    for milestone in project.milestones:
        tasks = tasks_of(project, milestone.slug)
        hours = hours_text(sum((task.hours for task in tasks), Fraction(0)))
        lines += ["", f"## {milestone.title} · {hours} h", "", milestone.goal, ""]
        lines += [
            f"{task.number}. [{task.title}]({Path(task.page).name}) · "
            f"{hours_text(task.hours)} h · {task.phase}"
            for task in tasks
        ]
        lines += ["", f"**Checkpoint:** {milestone.checkpoint}"]
    return "\n".join(lines) + "\n"


def tasks_of(project: Project, milestone: str) -> list[Task]:
    """The tasks of a milestone, in order."""
    return [task for task in project.tasks if task.milestone.slug == milestone]
