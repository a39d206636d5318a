"""The baked project, as `.path/project.json` has it, and the pages of its tasks."""

from __future__ import annotations

import json
from typing import NamedTuple

from .repository import HOME, ROOT, bring_back, broken
from .text import Trouble, set_out, shortened


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


class Start(NamedTuple):
    """What the bake wrote down of this one repository (`.path/start.json`).

    Attributes:
        id: what tells it from another of the same project.
        done: the tasks that the bake ticked.

    A repository that was baked before there was such a file has "" and None.
    """

    id: str
    done: frozenset[str] | None


def load_start() -> Start:
    """Reads it."""
    try:
        data = json.loads((HOME / "start.json").read_text(encoding="utf-8"))
        return Start(data["id"] + "", frozenset(slug + "" for slug in data["done"]))
    except FileNotFoundError:
        return Start("", None)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Trouble(broken(".path/start.json")) from None


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
