"""Mermaid diagrams in Markdown files, entity-relationship diagrams above all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from acceptance.documents import Block, document, words_of
from acceptance.support import expect, fail

Pair = tuple[set[str], set[str]]


def mermaid(blocks: Iterable[Block]) -> list[list[str]]:
    """The lines of each Mermaid block, without comments, empty lines and margins."""
    found = []
    for language, lines in blocks:
        if language == "mermaid":
            told = [line.strip() for line in lines]
            found.append([line for line in told if line and not line.startswith("%%")])
    return found


def names_in(side: str) -> set[str]:
    """The names that one entity goes by: its own, and an alias in square brackets."""
    own, _, alias = side.strip().partition("[")
    found = [own.partition(":::")[0], alias.rstrip("] ")]
    return {name.strip().strip('"').strip() for name in found} - {""}


def relations_in(lines: Iterable[str]) -> tuple[set[str], list[Pair]]:
    """(names of entities, pairs of names that a line joins) of an erDiagram.

    A side of a pair is a set, because an entity may go by two names.
    """
    entities: set[str] = set()
    pairs: list[Pair] = []
    inside = False
    for line in lines:
        if inside:
            inside = "}" not in line
            continue
        ends = line.partition(":")[0] if ":::" not in line else line.rpartition(":")[0]
        mark = next((found for found in ("--", "..") if found in ends), "")
        words = ends.split()
        if mark:
            left, _, right = ends.partition(mark)
            sides = left.rstrip()[:-2], right.lstrip()[2:]
        elif "to" in words[1:-1]:
            sides = words[0], words[-1]
        else:
            entities |= names_in(line.partition("{")[0])
            inside = "{" in line and "}" not in line
            continue
        pair = names_in(sides[0]), names_in(sides[1])
        pairs.append(pair)
        entities |= pair[0] | pair[1]
    return entities, pairs


class DataModelTests:
    """Tests of a file that holds an erDiagram and answers questions about it.

    A project's test derives a class that names its requirement, its models, those
    that belong together, and how many words the answers need, as a number and in words.
    """

    file: ClassVar[str] = "docs/data-model.md"
    reason: ClassVar[str]  # "NFR-9: the data model is found without running anything"
    models: ClassVar[Sequence[str]]
    relations: ClassVar[Sequence[tuple[str, str]]]
    least: ClassVar[tuple[int, str]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each model, and one for each relation."""
        if "name" in metafunc.fixturenames:
            metafunc.parametrize("name", self.models)
        if "one" in metafunc.fixturenames:
            metafunc.parametrize(("one", "other"), self.relations)

    def read(self, root: Path) -> tuple[list[str], list[str]]:
        """(lines of the diagram, lines of the rest), or a sentence."""
        __tracebackhide__ = True
        wanted = f"a file with the diagram of the data model ({self.reason})"
        blocks, rest = document(root, self.file, wanted=wanted)
        found = mermaid(blocks)
        if not found:
            fail(
                did=f"Read {self.file}",
                wanted=f"a code block whose language is mermaid ({self.reason})",
                got=f"{len(blocks)} code blocks, none of them mermaid",
                look=self.file,
            )
        for lines in found:
            if lines and lines[0] == "erDiagram":
                return lines[1:], rest
        first = [lines for language, lines in blocks if language == "mermaid"]
        fail(
            did=f"Read the mermaid block of {self.file}",
            wanted="a first line that says erDiagram",
            got="; ".join(repr((lines or [""])[0].strip()) for lines in first),
            look=self.file,
        )

    def test_holds_a_diagram(self, root: Path) -> None:
        """The file holds a Mermaid erDiagram."""
        lines, _ = self.read(root)
        expect(
            lines,
            did=f"Read the diagram in {self.file}",
            wanted="entities and relations below the line erDiagram",
            got="nothing stands below it",
            look=self.file,
        )

    def test_names_every_model(self, root: Path, name: str) -> None:
        """The diagram names the models."""
        entities, _ = relations_in(self.read(root)[0])
        expect(
            name in entities,
            did=f"Read the diagram in {self.file}",
            wanted=f"a model {name}, spelt like this ({self.reason})",
            got=f"the diagram names {', '.join(sorted(entities)) or 'none'}",
            look=self.file,
        )

    def test_draws_every_relation(self, root: Path, one: str, other: str) -> None:
        """The diagram joins the models that belong together."""
        _, pairs = relations_in(self.read(root)[0])
        joined = [(" ".join(sorted(a)), " ".join(sorted(b))) for a, b in pairs]
        expect(
            any({one, other} == {*pair} for pair in joined)
            or any(
                (one in a and other in b) or (other in a and one in b) for a, b in pairs
            ),
            did=f"Read the diagram in {self.file}",
            wanted=f"a relation between {one} and {other} ({self.reason})",
            got="relations between "
            + (", ".join(f"{a} and {b}" for a, b in joined) or "nothing"),
            look=f"{self.file}, a line such as {one} ||--o{{ {other} : …",
        )

    def test_answers_the_questions(self, root: Path) -> None:
        """What the diagram cannot say stands in words."""
        _, rest = self.read(root)
        words = words_of(rest)
        number, in_words = self.least
        expect(
            len(words) >= number,
            did=f"Read what stands outside the diagram in {self.file}",
            wanted=f"the answers to the questions of step 5, {in_words} words or more",
            got=f"{len(words)} words, headings not counted",
            look=self.file,
        )
