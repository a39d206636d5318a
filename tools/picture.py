"""make picture: draws docs/session.svg from a real run of path.py."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from djangopath import catalogue
from djangopath.catalogue import ROOT
from djangopath.lay import cut_files
from tools import cuts, environments, trials
from tools.examples import EXAMPLE, EXAMPLE_TASK

PICTURE = ROOT / "docs/session.svg"
WIDTH = 88


def said(python: Path, folder: Path, *arguments: str) -> str:
    """What path.py writes to a terminal, colours and all."""
    env = {**environments.clean_env(), "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    env.pop("NO_COLOR")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(python), "path.py", *arguments],
        cwd=folder,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    output = b""
    # Reading from a terminal that its program has left is an error on Linux.
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 65536):
            output += piece
    process.wait()
    os.close(ours)
    return output.decode("utf-8").replace("\r\n", "\n").rstrip("\n")


def main() -> None:
    project = catalogue.load(EXAMPLE)
    python = environments.environment(project)
    task = project.task(EXAMPLE_TASK)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    with tempfile.TemporaryDirectory() as place:
        folder = cuts.write_cut(project, task.number, Path(place) / EXAMPLE)
        # A learner who has forgotten about the drafts, and has not ticked the box yet.
        trial = next(
            t for t in trials.trials(project) if t.task == task and "draft" in t.name
        )
        trial.apply(folder)
        tasks = folder / "TASKS.md"
        text = tasks.read_text("utf-8")
        line = re.compile(rf"^- \[x\](?=.*\({re.escape(task.page)}\))", re.MULTILINE)
        tasks.write_text(line.sub("- [ ]", text), "utf-8")
        for words in (["check"], ["hint"]):
            show(console, python, folder, words)
        for laid in cut_files(project.code, project.order, task.number, project.owned):
            if laid.text is not None:
                (folder / laid.path).write_text(laid.text, "utf-8")
        show(console, python, folder, ["check"])
    PICTURE.parent.mkdir(exist_ok=True)
    svg = console.export_svg(title=EXAMPLE, unique_id="session")
    # The font is the reader's own: nothing is loaded from another host.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    lines = [line.rstrip() for line in svg.strip().splitlines()]
    PICTURE.write_text("\n".join(lines) + "\n", "utf-8")


def show(console: Console, python: Path, folder: Path, words: list[str]) -> None:
    console.print(Text(f"$ python path.py {' '.join(words)}", style="bold"))
    console.print(Text.from_ansi(said(python, folder, *words)))
    console.print()


if __name__ == "__main__":
    main()
