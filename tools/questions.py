"""make questions: writes the projects to where they are listed.

That is cookiecutter.json, the README's table, and the matrices of the weekly workflow.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap

from djangopath.catalogue import ROOT, headlines, load, slugs
from djangopath.errors import SpecError

QUESTIONS = ROOT / "cookiecutter.json"
README = ROOT / "README.md"
WEEKLY = ROOT / ".github/workflows/weekly.yml"
LINE = 100  # the longest line of a workflow
BEGIN = "<!-- projects: make questions writes this table -->\n"
END = "<!-- projects: end -->\n"


def questions(text: str) -> str:
    """cookiecutter.json with the choice of projects that the catalogue has."""
    data = json.loads(text)
    found = headlines()
    data["project"] = [slug for slug, _ in found]
    question = data["__prompts__"]["project"]["__prompt__"]
    data["__prompts__"]["project"] = {"__prompt__": question, **dict(found)}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def readme(text: str) -> str:
    """README.md with the table of projects that the catalogue has."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [
        "| project | level | when | tasks | hours | what it is |",
        "|" + " --- |" * 6,
    ]
    for slug, _ in headlines():
        project = load(slug)
        first = " ".join(project.spec["summary"].split()).split(". ")[0].rstrip(".")
        lines.append(
            f"| `{slug}`: {project.title} | {project.level} | {project.when} | "
            f"{len(project.tasks)} | {float(project.hours):g} | {first} |"
        )
    return before + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + after


def weekly(text: str) -> str:
    """The weekly workflow with the projects of the catalogue in its matrices."""
    begin = "        project: ["
    listed = f"{', '.join(slugs())}]"
    projects = textwrap.fill(
        listed,
        width=LINE,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return re.sub(r"(?m)^        project: \[[^]]*\]$", projects, text)


def main() -> int:
    try:
        texts = {
            file: write(file.read_text(encoding="utf-8"))
            for file, write in (
                (QUESTIONS, questions),
                (README, readme),
                (WEEKLY, weekly),
            )
        }
    except SpecError as error:
        print(error, file=sys.stderr)
        return 1
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
