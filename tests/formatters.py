"""TASKS.md as formatters of Markdown wrap it.

What `wrapped` gives was compared, for the first bake of each project, with what
`prettier --prose-wrap always` (3.10.1) and `mdformat --wrap 80` (1.0.0) write: byte for
byte the same.
"""

from __future__ import annotations

import re
import textwrap

# How far the further lines of a task stand to the right.
INDENTS = {"prettier": 6, "mdformat": 2}


def wrapped(text: str, indent: int, width: int = 80) -> str:
    """The paragraphs and items of a text, in lines of at most ``width`` characters.

    Args:
        text: Markdown, each paragraph and item in one line.
        indent: of the further lines of an item with a box; two for other items.
        width: neither a link nor a piece of code is broken for it.
    """
    lines: list[str] = []
    paragraph: list[str] = []

    def end() -> None:
        whole = " ".join(paragraph)
        paragraph.clear()
        further = indent if whole.startswith("- [") else 2 * whole.startswith("- ")
        whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), whole)
        for line in textwrap.wrap(
            whole,
            width,
            subsequent_indent=" " * further,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            lines.append(line.replace("\0", " "))

    for line in text.split("\n"):
        if not line or line.startswith(("#", "- ")):
            end()
        if not line or line.startswith("#"):
            lines.append(line)
        else:
            paragraph.append(line)
    end()
    return "\n".join(lines)


def unwrapped(text: str) -> str:
    """The words of a text, whatever its lines."""
    return " ".join(text.split())
