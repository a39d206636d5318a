"""Markdown files that a task asks for: their lines, code blocks, words and boxes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from acceptance.support import expect, fail

OPEN = ("- [ ]", "* [ ]")
DONE = ("- [x]", "- [X]", "* [x]", "* [X]")

Block = tuple[str, list[str]]


def lines_of(root: Path, name: str, *, wanted: str) -> list[str]:
    """The lines of a file below ``root``, or a sentence."""
    __tracebackhide__ = True
    file = root / name
    if not file.is_file():
        fail(
            did=f"Looked for {name}",
            wanted=wanted,
            got="there is no such file",
            look=name,
        )
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def document(root: Path, name: str, *, wanted: str) -> tuple[list[Block], list[str]]:
    """(language and lines of each fenced block, lines outside), or a sentence.

    A language is in small letters; a block that is never closed ends with the file.
    """
    __tracebackhide__ = True
    blocks: list[Block] = []
    rest: list[str] = []
    fence = ""
    for text in lines_of(root, name, wanted=wanted):
        mark = text.strip()
        if fence:
            if mark and set(mark) == {fence[0]} and len(mark) >= len(fence):
                fence = ""
            else:
                blocks[-1][1].append(text)
        elif mark.startswith(("```", "~~~")):
            fence = mark[0] * (len(mark) - len(mark.lstrip(mark[0])))
            words = mark.lstrip(mark[0]).split()
            blocks.append((words[0].lower() if words else "", []))
        else:
            rest.append(text)
    return blocks, rest


def words_of(lines: Iterable[str]) -> list[str]:
    """The words of a document's own text; headings are not counted."""
    return [
        word
        for text in lines
        if not text.lstrip().startswith("#")
        for word in text.split()
        if any(letter.isalnum() for letter in word)
    ]


def uncommented(text: str) -> str:
    """The text without HTML comments; one that is never closed ends with the text."""
    while "<!--" in text:
        before, _, rest = text.partition("<!--")
        text = before + rest.partition("-->")[2]
    return text


class ReviewTests:
    """Tests of a list of questions with boxes, and of some sentences at its end.

    A project's test derives a class that names its requirement and the least number
    of boxes, as a number and in words.
    """

    file: ClassVar[str] = "docs/review.md"
    heading: ClassVar[str] = "## What I would do next"
    reason: ClassVar[str]  # "NFR-9: a reader finds the review"
    least: ClassVar[tuple[int, str]]

    def lines(self, root: Path) -> list[str]:
        """The lines of the review, or a sentence."""
        __tracebackhide__ = True
        return lines_of(
            root, self.file, wanted=f"the list of questions ({self.reason})"
        )

    def test_no_box_is_open(self, root: Path) -> None:
        """Each question got its yes."""
        found = [line for line in self.lines(root) if line.lstrip().startswith(OPEN)]
        expect(
            not found,
            did=f"Read {self.file}",
            wanted=f"no open box ({self.reason})",
            got=f"{len(found)} open, the first is: {found[0].strip() if found else ''}",
            look=self.file,
        )

    def test_no_question_is_missing(self, root: Path) -> None:
        """The questions are there."""
        found = [line for line in self.lines(root) if line.startswith(DONE)]
        number, in_words = self.least
        expect(
            len(found) >= number,
            did=f"Read {self.file}",
            wanted=f"{in_words} boxes - [x] or more, each at the beginning of a line",
            got=f"{len(found)} of them",
            look=self.file,
        )

    def test_says_what_comes_next(self, root: Path) -> None:
        """The review ends with sentences of one's own."""
        lines = [line.strip() for line in self.lines(root)]
        if self.heading not in lines:
            fail(
                did=f"Read {self.file}",
                wanted=f"the heading {self.heading}",
                got="it is not there",
                look=self.file,
            )
        section = []
        for line in lines[lines.index(self.heading) + 1 :]:
            if line.startswith(("# ", "## ")):
                break
            section.append(line)
        words = uncommented(" ".join(section)).split()
        sentences = [
            word for word in words if word.rstrip("\"')`*_").endswith((".", "!", "?"))
        ]
        expect(
            len(words) >= 20 and len(sentences) >= 3,
            did=f"Read what stands under {self.heading} in {self.file}",
            wanted="at least three sentences, twenty words or more",
            got=f"{len(sentences)} sentences, {len(words)} words",
            look=self.file,
        )
