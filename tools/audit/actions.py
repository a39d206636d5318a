"""Each action's commit in a workflow is the one of the tag that stands beside it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from djangopath.catalogue import ROOT
from djangopath.git import environment
from tools.audit.network import NoAnswer, without_answer
from tools.audit.report import Section

HOST = "https://github.com/"
WORKFLOWS = ".github/workflows"
SKELETON = "{{cookiecutter.project_slug}}"
TIMEOUT = 60
_USES = re.compile(r"\s*-? *uses:(.*)")
_PIN = re.compile(r"(?P<action>[\w.-]+/[^@\s]+)@(?P<sha>[0-9a-f]{40}) # (?P<tag>\S+)")


@dataclass(frozen=True, order=True)
class Action:
    """An action as a workflow names it: the commit, and the tag in the comment."""

    action: str
    tag: str
    sha: str

    @property
    def repository(self) -> str:
        """An action may lie in a folder of its repository."""
        return "/".join(self.action.split("/")[:2])


# The commit of a tag of a repository; an empty text where there is no such tag.
Ask = Callable[[str, str], str]


def pins(text: str) -> Iterator[tuple[int, str, Action | None]]:
    """(line, what is used, its pin or None) of each action that a workflow uses."""
    for number, line in enumerate(text.splitlines(), 1):
        if uses := _USES.fullmatch(line):
            pin = _PIN.fullmatch(uses[1].strip())
            found = Action(pin["action"], pin["tag"], pin["sha"]) if pin else None
            yield number, uses[1].strip(), found


def used(files: Iterable[Path]) -> tuple[dict[Action, list[str]], list[str]]:
    """(the actions and the files that use them, problems of lines that pin none)."""
    found: dict[Action, list[str]] = {}
    problems = []
    for file in files:
        name = file.relative_to(ROOT).as_posix() if ROOT in file.parents else file.name
        for number, uses, pin in pins(file.read_text(encoding="utf-8")):
            if pin is None:
                problems.append(
                    f"{name}, line {number}: {uses} is not pinned; write "
                    "owner/name@commit # tag"
                )
                continue
            holders = found.setdefault(pin, [])
            if name not in holders:
                holders.append(name)
    return found, problems


def workflows() -> list[Path]:
    """The template's own workflows, and all that any bake holds."""
    folders = [ROOT, ROOT / SKELETON, *ROOT.glob("specs/*/code")]
    return sorted(file for f in folders for file in (f / WORKFLOWS).glob("*"))


def commit_of(repository: str, tag: str) -> str:
    """The commit of a tag, asked of the repository itself.

    Raises:
        NoAnswer: there is no way to the repository from here.
        RuntimeError: Git fails otherwise; there may be no such repository.
    """
    ref = f"refs/tags/{tag}"
    # The second name is the commit of a tag that is an object of its own.
    command = ["git", "ls-remote", f"{HOST}{repository}", ref, f"{ref}^{{}}"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            env={**environment(), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"no answer in {TIMEOUT} seconds") from None
    if done.returncode:
        said = done.stderr.strip() or "git ls-remote said nothing"
        if without_answer("git", said):
            raise NoAnswer(said.splitlines()[-1])
        raise RuntimeError(f"git ls-remote: {' '.join(said.split())}")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    refs = {name: sha for sha, name in lines}
    return refs.get(f"{ref}^{{}}") or refs.get(ref, "")


def check(files: Iterable[Path], ask: Ask = commit_of) -> Section:
    """A row for each action; a commit other than its tag's is a finding."""
    section = Section("Actions", ("action", "tag", "commit", "verdict", "used by"))
    found, section.findings = used(files)
    reasons = []
    for pin in sorted(found):
        try:
            commit = ask(pin.repository, pin.tag)
        except NoAnswer as error:
            reasons.append(f"{pin.action} {pin.tag}: {error}")
            continue
        except RuntimeError as error:
            verdict, problem = "git fails", str(error)
        else:
            if commit == pin.sha:
                verdict, problem = "the tag's commit", ""
            elif commit:
                verdict = "another commit"
                problem = f"the tag is commit {commit}; look at what was changed"
            else:
                verdict, problem = "no such tag", f"{pin.repository} has no such tag"
        where = ", ".join(found[pin])
        section.rows.append((pin.action, pin.tag, pin.sha[:12], verdict, where))
        if problem:
            section.findings.append(
                f"{pin.action} is pinned to {pin.sha} as {pin.tag} in "
                f"{where}: {problem}"
            )
    if reasons:
        section.not_checked.append(
            f"{len(reasons)} of {len(found)} actions ({'; '.join(reasons)})"
        )
    return section
