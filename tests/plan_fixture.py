"""A learner who plans: a made-up project whose path.py is called in this process."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from tests.path_fixture import Repository, load_path

MONDAY = date(2026, 11, 23)

HOURS = [1.5, 0.5, 2, 2.25, 0.75, 3, 1, 1.25, 2, 0.75]  # 15 h


def project_json() -> str:
    tasks = [
        {
            "slug": f"task-{number}",
            "number": number,
            "title": f"Do {number}",
            "hours": hours,
            "phase": "Setup",
            "milestone": "First" if number <= 6 else "Second",
            "page": f"tasks/{number:02}-task-{number}.md",
            "test": f"acceptance/test_task_{number}.py",
        }
        for number, hours in enumerate(HOURS, 1)
    ]
    stones = [
        {"title": title, "week": 1, "goal": "G.", "checkpoint": "Show it."}
        for title in ("First", "Second")
    ]
    data = {"format": 1, "title": "A site", "milestones": stones, "tasks": tasks}
    return json.dumps(data)


TASKS = """\
# Tasks: A site

10 tasks · 15 h · starts Mon 23 Nov 2026 · 3 h a day, 5 days a week · finishes Fri 27 \
Nov 2026

`python path.py` says where you are.

## Week 1 · Mon 23 Nov to Fri 27 Nov · 15 h

### Day 1 · Mon 23 Nov · 3 h

- [ ] **1. Do 1** · 1.5 h · Setup · [tasks/01-task-1.md](tasks/01-task-1.md)
- [ ] **2. Do 2** · 0.5 h · Setup · [tasks/02-task-2.md](tasks/02-task-2.md)
- [ ] **3. Do 3** · 2 h · Setup · [tasks/03-task-3.md](tasks/03-task-3.md) · 1 h of it \
the next day

### Day 2 · Tue 24 Nov · 3 h

- go on with task 3, Do 3: 1 h
- [ ] **4. Do 4** · 2.25 h · Setup · [tasks/04-task-4.md](tasks/04-task-4.md) · 0.25 h \
of it the next day

### Day 3 · Wed 25 Nov · 3 h

- go on with task 4, Do 4: 0.25 h
- [ ] **5. Do 5** · 0.75 h · Setup · [tasks/05-task-5.md](tasks/05-task-5.md)
- [ ] **6. Do 6** · 3 h · Setup · [tasks/06-task-6.md](tasks/06-task-6.md) · 1 h of it \
the next day

### Day 4 · Thu 26 Nov · 3 h

- go on with task 6, Do 6: 1 h

**Milestone: First.** Show it.

- [ ] **7. Do 7** · 1 h · Setup · [tasks/07-task-7.md](tasks/07-task-7.md)
- [ ] **8. Do 8** · 1.25 h · Setup · [tasks/08-task-8.md](tasks/08-task-8.md) · 0.25 h \
of it the next day

### Day 5 · Fri 27 Nov · 3 h

- go on with task 8, Do 8: 0.25 h
- [ ] **9. Do 9** · 2 h · Setup · [tasks/09-task-9.md](tasks/09-task-9.md)
- [ ] **10. Do 10** · 0.75 h · Setup · [tasks/10-task-10.md](tasks/10-task-10.md)

**Milestone: Second.** Show it.

**Checkpoint of week 1:** tasks 1 to 10 ticked, 15 of 15 h done; `python path.py check \
--all` passes.
"""


class Learner:
    """A repository whose path.py is called inside this process."""

    def __init__(self, root: Path) -> None:
        self.repo = Repository(root)
        module = load_path(root)
        self.command, self.part = module.path, module.part
        self.today = MONDAY

    def close(self) -> None:
        """Forgets the modules that were loaded from here."""
        for name in [name for name in sys.modules if name.startswith("path_parts")]:
            del sys.modules[name]

    def take(self, data: str, text: str | bytes) -> None:
        """Makes this the project and its TASKS.md."""
        self.repo.write(".path/project.json", data)
        self.repo.write("TASKS.md", text)

    def run(self, *words: str, code: int = 0) -> str:
        """What path.py says; its exit code must be ``code``."""
        words = ("--today", self.today.isoformat(), *words)
        runner = CliRunner()
        result = runner.invoke(
            self.command, list(words), standalone_mode=False, env={"COLUMNS": "88"}
        )
        if isinstance(result.exception, self.part("text").Trouble):
            assert code == 1, result.exception.message
            return str(result.output + result.exception.message)
        if result.exception is not None:
            raise result.exception
        assert int(result.return_value or 0) == code, result.output
        return str(result.output)

    def refused(self, *words: str) -> str:
        """The sentence of a refusal, which must leave TASKS.md as it is."""
        before = self.text
        said = self.run("plan", *words, code=1)
        assert self.text == before
        return said

    @property
    def text(self) -> bytes:
        """TASKS.md."""
        return self.repo.tasks

    @property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return self.text.decode().splitlines()

    def swap(self, old: str, new: str) -> None:
        """Edits TASKS.md as a learner would; the old text must stand in it."""
        assert old in self.text.decode()
        self.repo.write("TASKS.md", self.text.decode().replace(old, new, 1))

    def dates(self) -> dict[str, date]:
        """The day on which each dated task begins."""
        days = self.part("plan_days").planned_days(self.text)
        return {slug: day.date for day in reversed(days) for slug in day.slugs}

    def ticked(self) -> set[str]:
        """The ticked tasks."""
        return set(self.part("task_lines").ticked(self.text))
