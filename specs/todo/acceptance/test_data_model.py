"""data-model: docs/data-model.md has an entity-relationship diagram of four models."""

import re

import pytest

from acceptance.diagrams import DataModelTests, relations_in
from acceptance.support import expect

# (one side, the other, whether a row of the other has many of the first, and back)
SIDES = [
    ("User", "Task", False, True),
    ("User", "TaskList", False, True),
    ("User", "Label", False, True),
    ("TaskList", "Task", False, True),
    ("Task", "Label", True, True),
]
HOW_MANY = {False: "one", True: "many"}


class TestDataModel(DataModelTests):
    """NFR-8: the data model is found without running anything."""

    reason = "NFR-8: the data model is found without running anything"
    least = 30, "thirty"
    models = ["User", "Task", "TaskList", "Label"]
    relations = [
        ("User", "Task"),
        ("User", "TaskList"),
        ("User", "Label"),
        ("TaskList", "Task"),
        ("Task", "Label"),
    ]

    @pytest.mark.parametrize(("left", "right", "many", "more"), SIDES)
    def test_says_how_many(self, root, left, right, many, more):
        """NFR-8: a line says by its ends how many rows there are on each side."""
        found = []
        for line in self.read(root)[0]:
            pairs = relations_in([line])[1]
            if not pairs:
                continue
            one, other = pairs[0]
            ends = sides_of(line)
            if left in one and right in other:
                found.append(ends)
            elif left in other and right in one:
                found.append(ends[::-1])
        expect(
            not found or (many, more) in found,
            did=f"Read the relation between {left} and {right} in {self.file}",
            wanted=f"{HOW_MANY[many]} at the side of {left}, {HOW_MANY[more]} at the "
            f"side of {right}",
            got="; ".join(
                f"{HOW_MANY[a]} at {left}, {HOW_MANY[b]} at {right}" for a, b in found
            ),
            look=f"{self.file}: an end with a brace, such as o{{, is many; || is one",
        )


def sides_of(line):
    """(is the left side of a relation many, is the right side many)."""
    ends = line.rpartition(":")[0] or line
    mark = next((found for found in ("--", "..") if found in ends), " to ")
    left, _, right = ends.partition(mark)
    many = re.compile(r"[{}+]|\bmany\b|\bmore\b")
    return bool(many.search(left)), bool(many.search(right))
