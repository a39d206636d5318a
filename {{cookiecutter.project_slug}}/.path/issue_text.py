"""Turns a task's page into the text of an issue on GitHub."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

# GitHub takes 65536 characters, and the script adds to them.
MOST = 60000

FENCE = re.compile(r" *(?:(?:[-*+]|\d+[.)]) +)?(```+|~~~+)")
ITEM = re.compile(r" *(?:[-*+]|\d+[.)]) ")
BLOCK = re.compile(r"\s*(?:[-*+] |\d+[.)] |#{1,6} |[>|<]|---|===|\[[^]]+\]: )")
WHOLE = re.compile(r"\s*(?:#{1,6} |[|<]|---|===)|.*(?:  |\\)$")
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
LINK = re.compile(r"\]\((?![a-z][a-z0-9+.-]*:|#|//)([^()\s#]+)")
MENTION = re.compile(r"(?<![\w/])@(?=\w)|(?<![\w/(])#(?=\d)")


def issue_text(text: str) -> str:
    """A page as an issue shows it well: without its title, which the issue has.

    In an issue a line break is one on the screen too, so each paragraph becomes one
    line. A link to a file of the repository gets the address ``repository:PATH``, which
    the script completes. What GitHub would take for somebody's name (a decorator) or
    an issue's number is parted by an empty comment. Code stays as it is.
    """
    lines = list(paragraphs(text.splitlines()))
    if lines and lines[0][0].startswith("# "):
        lines = lines[1:]
    whole = "\n".join(line if code else turned(line) for line, code in lines)
    whole = whole.strip("\n")
    if len(whole) > MOST:
        whole = whole[:MOST].rpartition("\n")[0].rstrip() + "\n\n…"
    return whole


def paragraphs(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """The lines, those of a paragraph joined, and whether each is a line of code."""
    waiting = ""
    item = False
    for line, code in with_code(lines):
        if code or not line.strip() or BLOCK.match(line) or not waiting:
            if waiting:
                yield waiting, False
            waiting = ""
            item = bool(ITEM.match(line)) or (item and line[:1] in ("", " "))
            indented = line.startswith("    ") and not item
            if code or not line.strip() or WHOLE.match(line) or indented:
                yield line, code or indented
            else:
                waiting = line.rstrip()
        else:
            waiting += f" {line.strip()}"
            if WHOLE.match(line):
                yield waiting + line[len(line.rstrip()) :], False
                waiting = ""
    if waiting:
        yield waiting, False


def with_code(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a fenced block of code."""
    fence = ""
    for line in lines:
        bare = line.strip()
        if fence:
            yield line, True
            if bare.startswith(fence) and not bare.strip(fence[0]):
                fence = ""
        else:
            opened = FENCE.match(line)
            fence = opened[1] if opened else ""
            yield line, bool(opened)


def turned(text: str) -> str:
    """A line, its links and mentions turned, its code as it stands."""
    pieces, start = [], 0
    for code in CODE.finditer(text):
        pieces += [prose(text[start : code.start()]), code[0]]
        start = code.end()
    return "".join([*pieces, prose(text[start:])])


def prose(text: str) -> str:
    """A stretch of text without code, its links and mentions turned."""
    return MENTION.sub(r"\g<0><!-- -->", LINK.sub(link, text))


def link(found: re.Match[str]) -> str:
    """The address of a file that a page names from its own folder, ``tasks/``."""
    path = posixpath.normpath(posixpath.join("tasks", found[1]))
    return f"](repository:{path.replace('../', '')}"
