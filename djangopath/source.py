"""Reads a YAML file: what does not fit is a `SpecError` that names line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml

from djangopath.errors import SpecError
from djangopath.shared import Texts

ROOT = Path(__file__).resolve().parent.parent
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_VERSION = re.compile(r"\{version ([A-Za-z0-9._-]+)\}")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")
Key = str | int


class Node:
    """A value of a YAML file that knows where it stands."""

    def __init__(self, file: File, path: tuple[Key, ...], value: Any) -> None:
        self.file, self.path, self.value = file, path, value

    def error(self, expected: str) -> NoReturn:
        raise SpecError(self.file.message(self.path, expected))

    def take(self, required: Iterable[str], optional: Iterable[str] = ()) -> Node:
        """This node, if it is a mapping with these keys and no other."""
        required, optional = tuple(required), tuple(optional)
        if not isinstance(self.value, dict):
            self.error(f"expected a mapping with {', '.join(required)}")
        for key in self.value:
            if key not in required and key not in optional:
                child = Node(self.file, (*self.path, key), None)
                known = ", ".join((*required, *optional))
                child.error(f"unknown key; the keys here are {known}")
        for key in required:
            if key not in self.value:
                self.error(f"the key {key!r} is missing")
        return self

    def __getitem__(self, key: Key) -> Node:
        return Node(self.file, (*self.path, key), self.value[key])

    def get(self, key: str) -> Node | None:
        return self[key] if key in self.value else None

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.error("expected a text")
        return self.file.filled(self.value, self.error).strip()

    def one_of(self, choices: Iterable[str]) -> str:
        choices = tuple(choices)
        if self.value not in choices:
            self.error(f"expected one of {', '.join(choices)}, got {self.value!r}")
        return str(self.value)

    def slug(self) -> str:
        if not isinstance(self.value, str) or not SLUG.fullmatch(self.value):
            self.error("expected a slug: small letters, digits and single dashes")
        return self.value

    def hours(self) -> Fraction:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.error(f"expected a number of hours, got {self.value!r}")
        hours = Fraction(self.value).limit_denominator(1000)
        if hours <= 0 or hours % Fraction(1, 4):
            self.error(f"expected hours in steps of 0.25, got {self.value!r}")
        return hours

    def whole(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.error(f"expected a whole number, got {self.value!r}")
        return self.value

    def list_of(
        self, read: Callable[[Node], T], *, least: int = 0, what: str = "entries"
    ) -> tuple[T, ...]:
        if not isinstance(self.value, list):
            self.error(f"expected a list of {what}")
        if len(self.value) < least:
            self.error(f"expected {least} {what} or more, got {len(self.value)}")
        return tuple(read(self[index]) for index in range(len(self.value)))

    def texts(self, *, least: int = 0) -> tuple[str, ...]:
        return self.list_of(Node.text, least=least, what="texts")


class File:
    """A YAML file, read; errors look up the line of their key only when they arise."""

    def __init__(
        self,
        path: Path,
        versions: Mapping[str, str] | None = None,
        shared: Texts | None = None,
    ) -> None:
        self.path = path
        self.versions = versions or {}
        self.shared = shared
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise SpecError(f"{self.name}: the file is missing") from None
        except UnicodeDecodeError as error:
            raise SpecError(f"{self.name}: is not UTF-8 ({error.reason})") from None
        try:
            value = yaml.load(text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or str(error)
            raise SpecError(f"{self.name}{where}: is not YAML: {problem}") from None
        self.text = text
        self.node = Node(self, (), value)

    @property
    def name(self) -> str:
        try:
            return self.path.relative_to(ROOT).as_posix()
        except ValueError:
            return str(self.path)

    def message(self, path: tuple[Key, ...], expected: str) -> str:
        line = self.line_of(path)
        key = "".join(f"[{k + 1}]" if isinstance(k, int) else f".{k}" for k in path)
        key = key.lstrip(".") or "the file"
        return f"{self.name}, line {line}: {key}: {expected}"

    def line_of(self, path: tuple[Key, ...]) -> int:
        """The line of a key, from 1; that of the nearest parent where it is missing."""
        node = yaml.compose(self.text, Loader=_Loader)
        line = 1
        for key in path:
            if isinstance(node, yaml.MappingNode):
                for name, child in node.value:
                    if name.value == str(key):
                        line, node = name.start_mark.line + 1, child
                        break
                else:
                    return line
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                node = node.value[key]
                line = node.start_mark.line + 1
            else:
                return line
        return line

    def filled(self, text: str, refuse: Callable[[str], NoReturn]) -> str:
        """The text with its shared paragraphs and the pinned versions in their places.

        Args:
            text: what stands in the file.
            refuse: what is called with a sentence where the text cannot be used.
        """
        if self.shared and "{shared " in text:
            text = self.shared.filled(text, refuse)
        return self.versions_in(text)

    def versions_in(self, text: str) -> str:
        """The text with each ``{version package}`` replaced by the pinned version."""
        if "{version " not in text:
            return text

        def version(match: re.Match[str]) -> str:
            name = normal(match[1])
            if name not in self.versions:
                raise SpecError(
                    f"{self.name}: {match[0]} names a package that requirements.txt "
                    "does not pin; run make lock"
                )
            return self.versions[name]

        return _VERSION.sub(version, text)


def normal(name: str) -> str:
    """A package's name in its one spelling, without extras.

    The rule is that of the specification of names, packaging.python.org.
    """
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()
