"""What lies packed under .path: the hints, and the reference solution as a diff."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from difflib import unified_diff
from typing import Any

import click

from .parts import part
from .project import Task
from .repository import HOME, ME, broken
from .tasks_file import replaced
from .text import Trouble, set_out, shortened


def unpacked(name: str) -> Any:
    """What lies packed under .path, where nobody reads it by accident."""
    try:
        packed = (HOME / name).read_bytes()
        return json.loads(zlib.decompress(base64.b64decode(packed)))
    except (OSError, ValueError, zlib.error, RecursionError):
        raise Trouble(broken(f".path/{name}")) from None


def hints_seen() -> dict[str, int]:
    """How many hints of each task were shown; none where that cannot be read."""
    try:
        data = json.loads((HOME / "hints-seen.json").read_text(encoding="utf-8"))
        return {str(k): v for k, v in data.items() if isinstance(v, int) and v > 0}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def reference_diff(slug: str) -> list[str]:
    """The lines of the diff from the cut before a task to the cut after it."""
    reference = unpacked("reference.pack")
    cut: Callable[[str, str, list[str], int], str | None] = part("regions").cut
    try:
        order, owned = reference["order"], reference.get("owned", {})
        done = order.index(slug)
        lines: list[str] = []
        for path, text in sorted(reference["files"].items()):
            before, after = (
                None
                if path in owned and order.index(owned[path]) >= cutting
                else cut(text, path, order, cutting)
                for cutting in (done, done + 1)
            )
            if before != after:
                # Git's own header, so that `git apply` takes it, empty files too.
                lines.append(f"diff --git a/{path} b/{path}")
                if before is None or after is None:
                    what = "new" if before is None else "deleted"
                    lines.append(f"{what} file mode 100644")
                lines += unified_diff(
                    (before or "").splitlines(),
                    (after or "").splitlines(),
                    "/dev/null" if before is None else f"a/{path}",
                    "/dev/null" if after is None else f"b/{path}",
                    lineterm="",
                )
        return lines
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Trouble(broken(".path/reference.pack")) from None


def coloured(line: str) -> str:
    """A line of a diff in its colour."""
    if line.startswith(("---", "+++", "diff ", "new ", "deleted ")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line


# -------------------------------------------------------------------------- two answers


class Hints:
    """The hints of one task, and those of them that are to be shown now.

    Attributes:
        numbers: which ones, from 0: the next, or all of them after the last.
    """

    def __init__(self, task: Task) -> None:
        hints = unpacked("hints.pack")
        texts = hints.get(task.slug) if isinstance(hints, dict) else None
        if not isinstance(texts, list) or not texts:
            raise Trouble(
                f"There is no hint for {task.slug}; its page says all there is."
            )
        self.task, self.texts = task, [str(text) for text in texts]
        shown = hints_seen().get(task.slug, 0)
        every = range(len(texts))
        self.numbers: Sequence[int] = every if shown >= len(texts) else [shown]

    def shown(self) -> str:
        """What a learner reads."""
        parts = [click.style(shortened(self.task.heading, 200), bold=True)]
        for number in self.numbers:
            parts.append(f"Hint {number + 1} of {len(self.texts)}")
            parts.append(set_out(self.texts[number]))
        if self.numbers[-1] + 1 < len(self.texts):
            parts.append(f"One more: {ME} hint {self.task.slug}")
        else:
            parts.append(
                "That was the last one. The reference solution: "
                f"{ME} solution {self.task.slug} --peek"
            )
        return "\n\n".join(parts)

    def remember(self) -> str:
        """Notes that they were seen; "", or why that cannot be kept."""
        seen = hints_seen() | {self.task.slug: self.numbers[-1] + 1}
        text = json.dumps(seen, indent=1).encode() + b"\n"
        try:
            replaced(HOME / "hints-seen.json", text)
        except OSError as error:
            return f"It cannot be kept which hints you saw: {error.strerror}."
        return ""


def show_hint(task: Task) -> None:
    """Prints the next hint for a task."""
    hints = Hints(task)
    click.echo(hints.shown())
    if note := hints.remember():
        click.echo(f"\n{note}", err=True)


def show_solution(task: Task) -> None:
    """Prints the reference change for a task as a diff."""
    lines = reference_diff(task.slug)
    if not lines:
        click.echo(f"The reference solution of {task.slug} changes no file of text.")
    for line in lines:
        click.echo(coloured(line))
