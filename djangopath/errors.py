"""What is said to the author of a project, and to whoever answers the questions."""

from __future__ import annotations


class SpecError(ValueError):
    """A spec, task list or roadmap that is not as CONTRIBUTING.md describes it.

    The message names the file, the line where it is known, the key, and what was
    expected.
    """


class AnswerError(ValueError):
    """An answer to one of the questions that cannot be used, in one sentence."""
