"""review: the learner has answered the questions about their own work."""

import subprocess
import sys

import pytest

from acceptance.documents import lines_of
from acceptance.support import expect, fold

REVIEW = "docs/review.md"
LEARNED = "what i learned"
FOLDERS = ("config", "guide", "tests")
QUESTION = (
    "three sentences or more: what was new, what surprised you, "
    "what would you do differently?"
)
QUESTIONS = (
    "your own 404 page",
    "the Tab and Enter keys",
    "the width of a phone",
    "check --deploy",
    "every line in `config/settings.py`",
    "every view short enough",
    "`git log` show",
    "a fresh clone",
)


def lines(root):
    """The lines of the review, or a sentence that it is missing."""
    return lines_of(root, REVIEW, wanted="the review of your own work")


def answers(root):
    """The list entries of the review, each in one line."""
    found = []
    for line in lines(root):
        if line.lstrip().startswith(("- [", "* [")):
            found.append(line.strip())
        elif found and line.startswith(" ") and line.strip():
            found[-1] += " " + line.strip()
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_answered(root, question):
    """NFR-3: yes, or no with a reason."""
    about = [line for line in answers(root) if question.lower() in line.lower()]
    expect(
        about,
        did=f"Read {REVIEW}",
        wanted=f"the question about “{question}”, with its box",
        got="it is not there",
        look=REVIEW,
    )
    line = about[0]
    ticked = line[2:5].lower() == "[x]"
    reason = line.rpartition("?")[2].strip(" *_")
    reasoned = reason.lower().startswith("no:") and len(reason.split()) >= 4
    expect(
        ticked or reasoned,
        did=f"Read the question “{fold(line[5:].partition('?')[0])}?”",
        wanted="a ticked box, or No: at the end of the line and three words of reason",
        got="an open box" if not reason else f"an open box and “{reason}”",
        look=REVIEW,
    )


def test_says_what_was_learned(root):
    """The review ends with the learner's own words."""
    text, inside = [], False
    for line in lines(root):
        if line.startswith("#"):
            inside = line.lstrip("# ").strip().lower() == LEARNED
        elif inside:
            text.append(line)
    words = fold(" ".join(text)).lower().replace(QUESTION, "").split()
    expect(
        len(words) >= 30,
        did=f"Read {REVIEW}, What I learned",
        wanted="thirty words or more of your own",
        got=f"{len(words)} words" if words else "nothing but the question",
        look=f"{REVIEW}, What I learned",
    )


@pytest.mark.parametrize(
    ("command", "mend"),
    [
        (("format", "--check"), "ruff format ."),
        (("check", "--output-format", "concise"), "ruff check --fix ."),
    ],
)
def test_ruff_has_nothing_to_say(root, command, mend):
    """NFR-6: the code is formatted and free of what a linter finds."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", *FOLDERS],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    said = (done.stdout + done.stderr).strip().splitlines()
    expect(
        done.returncode == 0,
        did=f"Ran ruff {command[0]} over config/, guide/ and tests/",
        wanted="nothing to report (NFR-6)",
        got=said[0] if said else f"exit code {done.returncode}",
        look=mend,
    )
