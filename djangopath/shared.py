"""The one home of what several projects share: ``specs/shared/``.

A file of finished code takes a file of ``specs/shared/code/`` in by a line such as
``# shared: config/wsgi.py``, in the comment of its own kind. A text of a spec or a task
takes a paragraph of ``specs/shared/texts/`` in by a line such as ``{shared
deployment/github}``. Either line is replaced by what it names, indented as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NoReturn

from djangopath.regions import Region, RegionError, Style, parse, styles_of

CODE = "specs/shared/code"
TEXTS = "specs/shared/texts"

_NAME = r"[A-Za-z0-9_./-]+"
_SLOT = re.compile(r"(?<!\$)\{([a-z][a-z0-9-]*)\}")
# The line may be an item of a list; what follows its first line goes under its text.
_TEXT = re.compile(rf"( *(?:-|\d+\.)? *)\{{shared ({_NAME})\}}")


def home_of(code: Path) -> Path:
    """Where the shared files lie that a project's ``code/`` takes in."""
    return code.parent.parent / "shared" / "code"


def expanded(text: str, path: str, home: Path) -> str:
    """A file of finished code with its shared lines replaced; markers stay.

    Args:
        text: the file.
        path: its path inside the project, with slashes; its name decides the comments.
        home: the folder of the shared files.

    Raises:
        RegionError: a shared line names no file of the home, or does not stand alone;
            a shared file holds a marker or a shared line.
    """
    if "shared: " not in text:
        return text
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        name = shared_by(line, path)
        if name is None:
            lines.append(line)
            continue
        if not _alone(styles_of(path)).match(line):
            raise RegionError(path, number, "'shared' must stand alone on its line")
        try:
            shared = _lines(home, name)
        except ValueError as error:
            raise RegionError(path, number, str(error)) from None
        indent = line[: len(line) - len(line.lstrip())]
        lines += [indent + one if one else "" for one in shared]
    return "\n".join(lines)


def refuse_commented(text: str, path: str, order: Sequence[str]) -> None:
    """Refuses a shared line in a form that is commented out.

    Raises:
        RegionError: there is one, or a marker is malformed.
    """
    if "shared: " not in text:
        return
    for region in parse(text, path, order).parts:
        if not isinstance(region, Region):
            continue
        for form in region.forms[1:]:
            for line in form.lines:
                if re.fullmatch(rf"\W*shared: {_NAME}\W*", line):
                    raise RegionError(
                        path,
                        region.line,
                        f"{line.strip()!r} stands under 'was' or 'stub' of this "
                        "region; write these lines out there",
                    )


def shared_by(line: str, path: str) -> str | None:
    """The shared file that a line of a file takes in; None for any other line."""
    if "shared: " not in line:
        return None
    found = _trailing(styles_of(path)).search(line)
    return next(filter(None, found.groups())) if found else None


@cache
def _trailing(styles: tuple[Style, ...]) -> re.Pattern[str]:
    """A shared line, from where its comment begins; matches nothing without styles."""
    either = "|".join(
        rf"{re.escape(opening)}\s*shared: ({_NAME})\s*{re.escape(closing)}"
        for opening, closing in styles
    )
    return re.compile(rf"(?:{either})\s*$" if styles else r"(?!)")


@cache
def _alone(styles: tuple[Style, ...]) -> re.Pattern[str]:
    return re.compile(rf"\s*{_trailing(styles).pattern}")


@cache
def _lines(home: Path, name: str) -> list[str]:
    """The lines of a shared file, none of them a marker.

    Raises:
        ValueError: there is no such file, it is no text, or it holds a marker.
    """
    text = _read(home, name, CODE)
    try:
        parse(text, name, ())
    except RegionError as error:
        raise ValueError(
            f"{CODE}/{name}, line {error.line}, holds a marker of a task; markers "
            "belong into the project's own file"
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if shared_by(line, name) is not None:
            raise ValueError(
                f"{CODE}/{name}, line {number}, takes in another shared file; name "
                "both in the project's own file"
            )
    return text.split("\n")


def _read(home: Path, name: str, where: str) -> str:
    """A file of the home, without blank lines around it."""
    try:
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            raise FileNotFoundError(name)
        text = (home / name).read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ValueError(f"there is no {where}/{name}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{where}/{name} is not UTF-8 ({error.reason})") from None
    return text.strip("\n")


class Texts:
    """The shared paragraphs, with the slots of one project filled in.

    Attributes:
        used: the names of the slots that some paragraph has taken.
    """

    def __init__(self, home: Path, slots: Mapping[str, str]) -> None:
        self.home, self.slots = home, slots
        self.used: set[str] = set()

    def filled(self, text: str, refuse: Callable[[str], NoReturn]) -> str:
        """A text with each line ``{shared NAME}`` replaced by that paragraph.

        Args:
            text: a text of a spec or of a task.
            refuse: what is called with a sentence where the text cannot be used.
        """
        return "\n".join(self._lines(text, refuse))

    def _lines(self, text: str, refuse: Callable[[str], NoReturn]) -> Iterator[str]:
        for line in text.split("\n"):
            if "{shared " not in line:
                yield line
                continue
            found = _TEXT.fullmatch(line.rstrip())
            if not found:
                refuse(f"{line.strip()!r}: {{shared NAME}} stands alone on its line")
            try:
                paragraph = self._paragraph(found[2])
            except ValueError as error:
                refuse(str(error))
            first, *others = paragraph.split("\n")
            yield found[1] + first
            indent = " " * len(found[1])
            yield from (indent + one if one else "" for one in others)

    def _paragraph(self, name: str) -> str:
        text = _read(self.home, f"{name}.md", TEXTS)
        if "{shared " in text:
            raise ValueError(
                f"{TEXTS}/{name}.md takes in another paragraph; name both in the text"
            )

        def slot(match: re.Match[str]) -> str:
            if match[1] not in self.slots:
                raise ValueError(
                    f"{TEXTS}/{name}.md has a slot {match[0]}; give it a text under "
                    "slots: in spec.yaml"
                )
            self.used.add(match[1])
            return self.slots[match[1]]

        return _SLOT.sub(slot, text)
