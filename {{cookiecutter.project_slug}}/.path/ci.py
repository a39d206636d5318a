"""What CI would say of the code as it is now, by the commands that stand in its files.

`.github/workflows/` is the one list of them: what is taken out there is not looked at
here. Only commands that read and are over in a moment are run.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .parts import part
from .repository import ROOT
from .text import plain, shortened

SECONDS = 20  # after which a tool is not waited for

RUFF = re.compile(r"(ruff (?:check|format --check)\b[^#|&;<>$`]*)")
DJADE = re.compile(
    r"git ls-files -z -- '(?P<files>[^']+)' \| xargs -0 (?:-r )?"
    r"(?P<command>djade --check\b[^#|&;<>$`]*)"
)
MANAGE = re.compile(
    r"python manage\.py (check --fail-level WARNING|makemigrations --check)"
)

# What they print of a file that they would write anew, and of a finding.
CHANGED = re.compile(r"^(?:Would reformat: | *--> )(.+?)(?::\d+:\d+)?$", re.MULTILINE)
FINDING = re.compile(r"^(.+?:\d+:\d+: .+)$", re.MULTILINE)
FIXABLE = "[*]"  # how ruff marks a finding that `--fix` mends


class Look(NamedTuple):
    """One command of CI.

    Attributes:
        command: as it stands in the workflow.
        words: how it is run here.
        mend: what to run then.
        by_hand: what to do where none of its findings is marked as fixable; "" where
            `mend` is right for all.
        each: finds what it complains of in what it prints.
    """

    command: str
    words: list[str]
    mend: str
    each: re.Pattern[str]
    by_hand: str = ""


def lines() -> Iterator[str]:
    """The lines of the workflows that are run there."""
    for file in sorted(ROOT.glob(".github/workflows/*.y*ml")):
        with contextlib.suppress(OSError, ValueError):
            for line in file.read_text(encoding="utf-8").splitlines():
                bare = line.strip().removeprefix("- ").removeprefix("run:").strip()
                if not bare.startswith("#"):
                    yield bare


def manage_commands() -> list[str]:
    """Which of manage.py's commands CI runs that need no process of their own."""
    found = [match[1].split()[0] for line in lines() if (match := MANAGE.match(line))]
    return list(dict.fromkeys(found))


def manage_findings(said: Mapping[str, str]) -> list[str]:
    """A line for each of them that would fail."""
    command = {
        "check": "python manage.py check",
        "makemigrations": "python manage.py makemigrations",
    }
    return [
        f"{command[name]}{' --check' * (name == 'makemigrations')}: "
        f"{shortened(text, 200).rstrip('.')}. Run {command[name]}"
        for name, text in said.items()
        if text and name in command
    ]


def looks() -> Iterator[Look]:
    """The commands that CI has for code and templates."""
    for line in dict.fromkeys(lines()):
        if (match := RUFF.fullmatch(line)) and (words := split(match[1])):
            command = match[1].strip()
            if words[1] == "format":
                mend = " ".join(word for word in words if word != "--check")
                yield Look(command, words, f"Run {mend}", CHANGED)
            else:
                concise = [*words, "--output-format", "concise", "--quiet"]
                mend = f"Run {command} --fix"
                by_hand = "ruff cannot mend it: change the line"
                yield Look(command, concise, mend, FINDING, by_hand)
        elif (match := DJADE.fullmatch(line)) and (words := split(match["command"])):
            files = [
                file for file in tracked(match["files"]) if (ROOT / file).is_file()
            ]
            mend = " ".join(word for word in words if word != "--check")
            if files:
                command, mend = "djade --check", f"Run {mend} on it"
                yield Look(command, [*words, *files], mend, CHANGED)


def split(command: str) -> list[str]:
    """A command's words; none where a quote is not closed."""
    with contextlib.suppress(ValueError):
        return shlex.split(command)
    return []


def tracked(pattern: str) -> list[str]:
    """The files of that pattern that Git knows, or would add; none without Git."""
    git = part("git")
    words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        said: bytes = git.ask("git", ROOT, *words, "--", pattern)
    except (git.GitError, OSError):
        return []
    return sorted({name for name in os.fsdecode(said).split("\0") if name})


def program(name: str) -> str | None:
    """Where a tool lies: beside Python, as in a virtual environment, or on the path."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(name, path=beside) or shutil.which(name)


def findings() -> list[str]:
    """A line for each command that would fail, and one for tools that are missing."""
    running: list[tuple[Look, subprocess.Popen[bytes]]] = []
    missing: list[str] = []
    for look in looks():
        tool = program(look.words[0])
        if tool is None:
            missing.append(look.words[0])
            continue
        with contextlib.suppress(OSError, ValueError):
            process = subprocess.Popen(
                [tool, *look.words[1:]],
                cwd=ROOT,
                env=os.environ | {"NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            running.append((look, process))
    found = [text for look, process in running if (text := finding(look, process))]
    if missing:
        names = " and ".join(dict.fromkeys(missing))
        found.append(f"{names}: not looked at, since it is not installed here.")
    return found


def finding(look: Look, process: subprocess.Popen[bytes]) -> str:
    """The line for one command; "" where it would pass, or does not come to an end."""
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ""
    if process.returncode == 0:
        return ""
    text = plain(said.decode("utf-8", "replace"))
    found = list(dict.fromkeys(look.each.findall(text)))
    what = found[0] if found else next(iter(text.strip().splitlines()), "")
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    mend = look.mend if FIXABLE in text or not look.by_hand else look.by_hand
    return f"{look.command}: {shortened(what, 200)}{more}. {mend}"
