"""Makes the milestones and issues of this project on GitHub.

`python path.py export github` wrote this file. It needs GitHub's own command, gh
(https://cli.github.com), signed in, and the repository pushed to GitHub:

    python github_issues.py --dry-run     says what it would do
    python github_issues.py               does it

It makes a label for each phase, a milestone for each milestone and an issue for each
task, and closes what is done. Run it as often as you like: an issue is known again by
the comment at its end, <!-- djangopath: ... -->, and nothing is made twice. After
progress or a new plan, export again and run it again: issues of tasks that are done now
are closed, and milestones get their new dates. Your own changes to issues stay.
"""

# ruff: noqa: E501

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# What is made: begin
PROJECT = ""
MILESTONES: list[dict[str, Any]] = []
TASKS: list[dict[str, Any]] = []
# What is made: end

COLOURS = {
    "Planning": "c5def5",
    "Setup": "bfdadc",
    "Feature development": "0e8a16",
    "Testing": "fbca04",
    "Deployment": "d93f0b",
    "Review": "5319e7",
}


class Stop(Exception):
    """What ends a run: a sentence that says what to do."""


class GitHub:
    """One repository on GitHub, through gh.

    Args:
        repository: OWNER/NAME, or "" for that of the folder this file is in.
        pause: seconds between two changes.
        dry: whether to say only what would be changed.
    """

    def __init__(self, repository: str, pause: float, dry: bool) -> None:
        program = shutil.which("gh")
        if program is None:
            raise Stop(
                "GitHub's command gh is not on this machine. Install it from "
                "https://cli.github.com, sign in with gh auth login, and run this again."
            )
        self.program, self.pause, self.dry = program, pause, dry
        if repository and not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise Stop(f"--repo takes OWNER/NAME, not {repository!r}.")
        found = self.read(f"repos/{repository or '{owner}/{repo}'}")[0]
        self.name, self.url = found["full_name"], found["html_url"]
        if found.get("archived"):
            raise Stop(f"{self.name} is archived: GitHub lets nothing be made in it.")
        if not found.get("has_issues"):
            raise Stop(
                f"Issues are turned off in {self.name}. Turn them on under Settings, "
                f"General, Features ({self.url}/settings) and run this again."
            )
        if not found.get("permissions", {}).get("push"):
            raise Stop(
                f"You may not write to {self.name}. Name your own repository: "
                "python github_issues.py --repo OWNER/NAME"
            )

    def everything(self, what: str, **fields: str) -> list[dict[str, Any]]:
        """All the repository's labels, milestones or issues, page by page.

        It is a list, not a search: what was made a moment ago is in it.
        """
        words = ["--paginate", "--method", "GET", "-f", "per_page=100"]
        for key, value in fields.items():
            words += ["-f", f"{key}={value}"]
        pages = self.read(f"repos/{self.name}/{what}", *words)
        return [row for page in pages for row in page]

    def read(self, path: str, *words: str) -> list[Any]:
        """What GitHub answers: one or more JSON documents, one after the other."""
        text = self.call("api", path, *words).strip()
        documents = []
        while text:
            document, end = json.JSONDecoder().raw_decode(text)
            documents.append(document)
            text = text[end:].lstrip()
        return documents

    def change(self, method: str, path: str, **data: object) -> dict[str, Any]:
        """Makes or changes something; in a dry run nothing.

        The data goes through standard input, so no text is ever part of a command.
        """
        if self.dry:
            return {"number": 0}
        time.sleep(self.pause)
        words = ["api", f"repos/{self.name}/{path}", "--method", method, "--input", "-"]
        answer: dict[str, Any] = json.loads(self.call(*words, data=json.dumps(data)))
        return answer

    def call(self, *words: str, data: str = "") -> str:
        """Runs gh; what it prints."""
        # A hook of Git has the last three, and gh would ask for that repository.
        own = ("CLICOLOR_FORCE", "GH_FORCE_TTY", "GH_DEBUG", "GIT_DIR", "GIT_WORK_TREE",
               "GIT_COMMON_DIR")  # fmt: skip
        environ = {key: value for key, value in os.environ.items() if key not in own}
        try:
            done = subprocess.run(
                [self.program, *words],
                cwd=Path(__file__).resolve().parent,
                env=environ | {"GH_PROMPT_DISABLED": "1", "NO_COLOR": "1"},
                input=data,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=120,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Stop(f"GitHub did not answer for two minutes. {AGAIN}") from None
        if done.returncode:
            raise Stop(explained(done.returncode, done.stderr))
        return done.stdout


AGAIN = "Run this again later: it goes on where it stopped, and makes nothing twice."


def explained(code: int, said: str) -> str:
    """What gh's failure means, and what to do."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    # Git's own reason, where gh asked it in vain: what follows is advice.
    causes = [line for line in lines if "fatal: " in line] or lines[-1:]
    reason = causes[0] if causes else f"it ended with exit code {code}"
    low = said.lower()
    if code == 4 or "gh auth login" in low or "http 401" in low:
        return "gh is not signed in to GitHub. Run gh auth login, then this again."
    if "rate limit" in low:
        return f"GitHub asks for a pause of some minutes. {AGAIN}"
    if "git remote" in low or "not a git repository" in low:
        return (
            "This folder does not say which repository on GitHub it belongs to. Push it "
            "there first (README.md says how), or name it: "
            "python github_issues.py --repo OWNER/NAME"
        )
    if "http 404" in low:
        return (
            "GitHub has no such repository, or you may not see it. Look at the address "
            f"that git remote -v shows, or name it with --repo OWNER/NAME. ({reason})"
        )
    return f"gh could not do it: {reason}. {AGAIN}"


def marker(name: str) -> str:
    """The comment by which an issue or a milestone is known again."""
    return f"<!-- djangopath: {PROJECT}/{name} -->"


def marked(rows: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    """Rows by the marker that is a line of their text; of several the oldest."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: int(row["number"])):
        for line in (row.get(key) or "").splitlines():
            found.setdefault(line.strip(), row)
    return found


def make_labels(github: GitHub) -> dict[str, str]:
    """The label of each phase, made where it is missing."""
    known = {row["name"].casefold() for row in github.everything("labels")}
    labels = {task["phase"]: f"phase: {task['phase']}" for task in TASKS}
    for phase, label in labels.items():
        if label.casefold() not in known:
            colour = COLOURS.get(phase, "ededed")
            github.change("POST", "labels", name=label, color=colour)
            print(f"made    label {label}")
    return labels


def make_milestones(github: GitHub) -> dict[str, int]:
    """The number of each milestone, made where it is missing, with its date."""
    rows = github.everything("milestones", state="all")
    known = marked(rows, "description")
    titles = {row["title"]: row for row in rows}
    numbers = {}
    for place, milestone in enumerate(MILESTONES, 1):
        title, mark = milestone["title"][:250], marker(f"milestone-{place}")
        # GitHub keeps a date as midnight on its own west coast; noon is the same day.
        due = {"due_on": f"{milestone['due']}T12:00:00Z"} if milestone["due"] else {}
        dated = f", due {milestone['due']}" if due else ""
        row = known.get(mark) or titles.get(title)
        if row is None:
            text = f"{milestone['description']}\n\n{mark}"
            fields = {"title": title, "description": text} | due
            row = github.change("POST", "milestones", **fields)
            print(f"made    milestone {title}{dated}")
        elif due and (row.get("due_on") or "")[:10] != milestone["due"]:
            github.change("PATCH", f"milestones/{row['number']}", **due)
            print(f"changed milestone {title}{dated}")
        numbers[milestone["title"]] = int(row["number"])
        if milestone["done"] and row.get("state") != "closed":
            github.change("PATCH", f"milestones/{row['number']}", state="closed")
            print(f"closed  milestone {title}")
    return numbers


def make_issues(github: GitHub, labels: dict[str, str], numbers: dict[str, int]) -> int:
    """An issue for each task, made where it is missing; how many were there."""
    rows = github.everything("issues", state="all")
    known = marked([row for row in rows if "pull_request" not in row], "body")
    there = 0
    for task in TASKS:
        mark = marker(task["slug"])
        row = known.get(mark)
        there += row is not None
        if row is None:
            address = f"]({github.url}/blob/HEAD/"
            body = task["body"].replace("](repository:", address)
            fields = {
                "title": task["title"][:250],
                "body": f"{body}\n\n{mark}",
                "labels": [labels[task["phase"]]],
            }
            if task["milestone"] in numbers:
                fields["milestone"] = numbers[task["milestone"]]
            row = github.change("POST", "issues", **fields)
            print(f"made    {issue(row)} {task['title']}")
        if task["done"] and row.get("state") != "closed":
            path = f"issues/{row['number']}"
            github.change("PATCH", path, state="closed", state_reason="completed")
            print(f"closed  {issue(row)} {task['title']}")
    return there


def issue(row: dict[str, Any]) -> str:
    """``issue #4``; in a dry run a new one has no number yet."""
    return f"issue #{row['number']}" if row["number"] else "issue"


def main(arguments: list[str] | None = None) -> int:
    """Makes all that is missing; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dry-run", action="store_true", help="change nothing")
    parser.add_argument(
        "--repo", default="", metavar="OWNER/NAME", help="else that of this folder"
    )
    parser.add_argument(
        "--pause",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="between two changes; GitHub asks for at least one second (default: 1)",
    )
    options = parser.parse_args(arguments)
    try:
        github = GitHub(options.repo, max(0.0, options.pause), options.dry_run)
        note = ": nothing is changed, this is what would be done" * github.dry
        print(f"Repository {github.name}{note}")
        labels = make_labels(github)
        numbers = make_milestones(github)
        there = make_issues(github, labels, numbers)
        print(f"{len(TASKS)} tasks; the issues of {there} of them were there before.")
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except (OSError, ValueError, LookupError, TypeError) as error:
        what = f"gh's answer cannot be read ({type(error).__name__}: {error})"
        print(f"{what}. Is gh up to date? {AGAIN}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Stopped. {AGAIN}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
