"""Known-wrong solutions that a test must reject, right ones that it must accept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from djangopath.catalogue import Project, Task
from djangopath.errors import SpecError
from djangopath.source import Loader


@dataclass
class Trial:
    """A known-wrong solution of a task, or a right but different one."""

    task: Task
    name: str
    right: bool
    says: str = ""
    mistake: str = ""
    edits: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    files: dict[str, str | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        kind = "right" if self.right else "wrong"
        name = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        return f"{self.task.slug}-{kind}-{name}"

    def apply(self, folder: Path) -> None:
        """Changes the cut after the task.

        Raises:
            SpecError: a text to replace does not occur exactly once.
        """
        for path, text in self.files.items():
            file = folder / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
        for path, edits in self.edits.items():
            file = folder / path
            if not file.exists():
                raise SpecError(f"trial {self.id}: there is no {path} in this cut")
            text = file.read_text(encoding="utf-8")
            for edit in edits:
                count = text.count(edit["replace"])
                if count != 1:
                    raise SpecError(
                        f"trial {self.id}: {edit['replace']!r} occurs {count} times in "
                        f"{path}; it must occur exactly once"
                    )
                text = text.replace(edit["replace"], edit["with"])
            file.write_text(text, encoding="utf-8", newline="\n")


def trials(project: Project) -> list[Trial]:
    """Every trial of a project, in the order of the tasks.

    Raises:
        SpecError: a file of trials is malformed, or of no task.
    """
    found = []
    for file in sorted(project.folder.glob("trials/*.yaml")):
        if file.stem not in project.order:
            raise SpecError(f"{file.name}: there is no task {file.stem!r}")
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=Loader) or {}
        if not isinstance(data, dict) or set(data) - {"wrong", "right"}:
            raise SpecError(f"{file.name}: expected the keys wrong and right")
        for kind, entries in data.items():
            for entry in entries or []:
                found.append(_trial(project.task(file.stem), kind, entry, file.name))
    ids = [trial.id for trial in found]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise SpecError(f"trial {id_}: the name is taken")
    return sorted(found, key=lambda trial: trial.task.number)


def _trial(task: Task, kind: str, entry: Any, file: str) -> Trial:
    required = {"name", "says"} if kind == "wrong" else {"name"}
    allowed = required | {"edits", "files", "mistake"}
    keys = set(entry) if isinstance(entry, dict) else set()
    if not required <= keys <= allowed or not keys & {"edits", "files"}:
        raise SpecError(
            f"{file}: an entry of {kind} has {', '.join(sorted(required))} and edits "
            f"or files, and may have mistake; got {', '.join(sorted(keys)) or 'none'}"
        )
    return Trial(task=task, right=kind == "right", **entry)
