"""Cuts finished code: keeps what the tasks done so far have written.

The syntax of regions stands in CONTRIBUTING.md. This module needs nothing but the
standard library and imports nothing of djangopath, because a copy of it goes into every
baked repository, where ``path.py solution`` computes its diffs with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import PurePosixPath

HASH = ("#", "")
SLASHES = ("//", "")
STARS = ("/*", "*/")
BRACES = ("{/*", "*/}")
DJANGO = ("{#", "#}")
ANGLES = ("<!--", "-->")

Style = tuple[str, str]

STYLES_BY_SUFFIX: dict[str, tuple[Style, ...]] = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts"), (SLASHES,)),
    **dict.fromkeys((".jsx", ".tsx"), (BRACES, SLASHES)),
    **dict.fromkeys((".css", ".scss"), (STARS,)),
    **dict.fromkeys((".md", ".svg", ".xml", ".html"), (ANGLES,)),
    **dict.fromkeys(
        (".py", ".yaml", ".yml", ".toml", ".sh", ".txt", ".cfg", ".ini", ".conf"),
        (HASH,),
    ),
}
STYLES_BY_NAME: dict[str, tuple[Style, ...]] = dict.fromkeys(
    ("Dockerfile", "Makefile", "Procfile", "Caddyfile"), (HASH,)
)
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml"}

_MARK = r"task\s+(?P<slug>[A-Za-z0-9_-]+):\s*(?P<kind>[A-Za-z]+)"
# What may stand round a comment. A no-break space may not: it belongs to the text.
_BLANK = " \t\r"
_KINDS = ("begin", "was", "stub", "end", "line", "file")


class RegionError(ValueError):
    """A marker that is unknown, unclosed, crossed or misplaced.

    Attributes:
        path: the file, as it was given.
        line: the line of the marker, counted from 1.
    """

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}, line {line}: {message}")
        self.path = path
        self.line = line


def styles_of(path: str) -> tuple[Style, ...]:
    """The comments, as (opening, closing), that a file of this name can hold.

    Empty where the kind of file has none (JSON, images, fonts).
    """
    name = PurePosixPath(path)
    if "templates" in name.parts and name.suffix in TEMPLATE_SUFFIXES:
        return (DJANGO,)
    if name.suffix in STYLES_BY_SUFFIX:
        return STYLES_BY_SUFFIX[name.suffix]
    if name.stem in STYLES_BY_NAME:
        return STYLES_BY_NAME[name.stem]
    return (HASH,) if name.name.startswith(".") else ()


@dataclass
class Form:
    """One form of a region: the lines that stand once ``slug`` is done."""

    slug: str | None
    lines: list[str] = field(default_factory=list)


@dataclass
class Region:
    """A chain of forms, newest first; the last one may be the stub (``slug`` None)."""

    line: int
    forms: list[Form]


@dataclass
class Line:
    """One line of text, there once ``slug`` is done (always, where it is None)."""

    text: str
    slug: str | None = None


@dataclass
class Parsed:
    """A file, taken apart: ``slug`` owns the whole of it where it is not None."""

    slug: str | None
    parts: list[Line | Region]

    @property
    def slugs(self) -> set[str]:
        """Every task that the file's markers name."""
        found = {self.slug} if self.slug else set()
        for part in self.parts:
            if isinstance(part, Line):
                found |= {part.slug} if part.slug else set()
            else:
                found |= {form.slug for form in part.forms if form.slug}
        return found


@cache
def _patterns(
    styles: tuple[Style, ...],
) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A marker alone on its line, and one at the end of a line of code."""
    either = "|".join(
        rf"{re.escape(opening)}\s*{_MARK}\s*{re.escape(closing)}".replace(
            "?P<slug>", f"?P<slug{index}>"
        ).replace("?P<kind>", f"?P<kind{index}>")
        for index, (opening, closing) in enumerate(styles)
    )
    alone = re.compile(rf"[{_BLANK}]*(?:{either})[{_BLANK}]*$")
    trailing = rf"(?P<code>.*[^{_BLANK}])[{_BLANK}]+(?:{either})[{_BLANK}]*$"
    return alone, re.compile(trailing, re.DOTALL)


class _Parser:
    def __init__(self, path: str, order: Sequence[str]) -> None:
        self.path = path
        self.rank = {slug: index for index, slug in enumerate(order)}
        self.styles = styles_of(path)
        self.alone, self.trailing = _patterns(self.styles)

    def error(self, line: int, message: str) -> RegionError:
        return RegionError(self.path, line, message)

    def named(self, match: re.Match[str], line: int) -> tuple[str, str]:
        """The (slug, kind) of a marker, both known."""
        groups = match.groupdict()
        index = next(i for i in range(len(self.styles)) if groups[f"slug{i}"])
        slug, kind = groups[f"slug{index}"], groups[f"kind{index}"]
        if kind not in _KINDS:
            raise self.error(
                line, f"marker {kind!r} is none of {', '.join(_KINDS)} (task {slug})"
            )
        if slug not in self.rank:
            raise self.error(line, f"task {slug!r} does not stand in tasks.yaml")
        return slug, kind

    def uncomment(self, text: str, line: int) -> str:
        """A line of a commented form, without its comment."""
        if not text.strip():
            return ""
        bare = text.strip(_BLANK)
        indent = text[: len(text) - len(text.lstrip(_BLANK))]
        for opening, closing in self.styles:
            if not bare.startswith(opening) or not bare.endswith(closing):
                continue
            if closing and len(bare) < len(opening) + len(closing):
                continue
            inner = bare[len(opening) : len(bare) - len(closing)]
            inner = inner.removeprefix(" ")
            inner = inner.removesuffix(" ") if closing else inner
            return (indent + inner).rstrip(_BLANK) if inner.strip() else ""
        raise self.error(
            line, f"a line under 'was' or 'stub' starts with {self.styles[0][0]!r}"
        )

    def parse(self, text: str) -> Parsed:
        if not self.styles:
            return Parsed(None, [Line(line) for line in text.split("\n")])
        parsed = Parsed(None, [])
        region: Region | None = None
        for number, line in enumerate(text.split("\n"), 1):
            if "task " not in line:
                self.take(parsed, region, line, number)
            elif (match := self.alone.match(line)) is not None:
                slug, kind = self.named(match, number)
                region = self.marker(parsed, region, slug, kind, number)
            elif (match := self.trailing.match(line)) is not None:
                slug, kind = self.named(match, number)
                if kind != "line":
                    raise self.error(number, f"{kind!r} must stand alone on its line")
                if region is not None:
                    raise self.error(number, "'line' cannot stand inside a region")
                parsed.parts.append(Line(match["code"], slug))
            else:
                self.take(parsed, region, line, number)
        if region is not None:
            raise self.error(
                region.line, f"the region of task {region.forms[0].slug} never ends"
            )
        return parsed

    def take(
        self, parsed: Parsed, region: Region | None, line: str, number: int
    ) -> None:
        """Takes a line in that is no marker."""
        if region is None:
            parsed.parts.append(Line(line))
            return
        form = region.forms[-1]
        newest = form is region.forms[0]
        form.lines.append(line if newest else self.uncomment(line, number))

    def marker(
        self,
        parsed: Parsed,
        region: Region | None,
        slug: str,
        kind: str,
        number: int,
    ) -> Region | None:
        """Takes one marker in; gives back the region that is open after it."""
        if kind == "line":
            raise self.error(number, "'line' belongs at the end of a line of code")
        if kind == "file":
            if parsed.slug or region or any(self.has_text(p) for p in parsed.parts):
                raise self.error(number, "'file' belongs at the head of the file, once")
            parsed.slug = slug
            parsed.parts.append(Region(number, []))
            return None
        if kind == "begin":
            if region is not None:
                raise self.error(
                    number,
                    f"task {slug} begins inside the region of task "
                    f"{region.forms[0].slug} (line {region.line}); regions do not nest",
                )
            region = Region(number, [Form(slug)])
            parsed.parts.append(region)
            return region
        if region is None:
            raise self.error(number, f"{kind!r} of task {slug} outside any region")
        first, last = region.forms[0], region.forms[-1]
        if kind == "end":
            if slug != first.slug:
                raise self.error(
                    number,
                    f"task {slug} ends, but the region of task {first.slug} is open "
                    f"(line {region.line})",
                )
            return None
        if last.slug is None:
            raise self.error(number, f"{kind!r} after 'stub'; the stub comes last")
        if kind == "was":
            if self.rank[slug] >= self.rank[last.slug]:
                raise self.error(
                    number,
                    f"task {slug} is not earlier than task {last.slug}; "
                    "the newest form comes first",
                )
            region.forms.append(Form(slug))
        else:
            if slug not in (first.slug, last.slug):
                raise self.error(
                    number, f"the stub of this region is that of task {last.slug}"
                )
            region.forms.append(Form(None))
        return region

    @staticmethod
    def has_text(part: Line | Region) -> bool:
        if isinstance(part, Region):
            return bool(part.forms)
        return bool(part.text.strip()) and not part.text.startswith("#!")


def parse(text: str, path: str, order: Sequence[str]) -> Parsed:
    """Takes a file of finished code apart into lines and regions.

    What is given back is shared by all who ask for the same; it is not to be changed.

    Args:
        text: the file, lines ended by a newline.
        path: its path inside the project, with slashes; its name decides the comments.
        order: the slugs of all tasks, in the order of work.

    Raises:
        RegionError: a marker is unknown, unclosed, crossed or misplaced.
    """
    return _parsed(text, path, tuple(order))


# Each cut of a project asks for the same files; a project has fewer than these.
@lru_cache(maxsize=512)
def _parsed(text: str, path: str, order: tuple[str, ...]) -> Parsed:
    return _Parser(path, order).parse(text)


_SEAM = None


def cut(text: str, path: str, order: Sequence[str], done: int) -> str | None:
    """The text of a file once the first ``done`` tasks of ``order`` are done.

    None where the file does not exist in that cut: its task is still to do, or nothing
    of it is left.

    Raises:
        RegionError: as for `parse`.
    """
    if "task " not in text:
        return text
    parsed = parse(text, path, order)
    if not parsed.slugs:
        return text
    finished = set(order[:done])
    if parsed.slug is not None and parsed.slug not in finished:
        return None
    lines: list[str | None] = []
    for part in parsed.parts:
        if isinstance(part, Line):
            if part.slug is None or part.slug in finished:
                lines.append(part.text)
            else:
                lines.append(_SEAM)
            continue
        lines.append(_SEAM)
        for form in part.forms:
            if form.slug is None or form.slug in finished:
                for line in form.lines:
                    lines.append(line)
                break
        lines.append(_SEAM)
    joined = _close_seams(lines)
    if not any(line.strip() for line in joined):
        return "" if parsed.slug is not None else None
    return "\n".join(joined)


def _close_seams(lines: list[str | None]) -> list[str]:
    """Makes one run of the blank lines on both sides of a marker that went.

    A run is as long as the longest of its pieces; none at the head of the file and none
    before its last newline.
    """
    result: list[str] = []
    index, count = 0, len(lines)
    while index < count:
        start = index
        longest = current = 0
        seam = False
        while index < count and not (lines[index] or "").strip():
            if lines[index] is _SEAM:
                seam, current = True, 0
            else:
                current += 1
                longest = max(longest, current)
            index += 1
        if not seam:
            longest = index - start
        elif not any(line.strip() for line in result):
            longest = 0
        elif index == count:
            longest = 1
        result.extend([""] * longest)
        if index < count:
            result.append(str(lines[index]))
            index += 1
    return result
