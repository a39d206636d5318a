"""Pins of the catalogue, and the hashes that `make lock` keeps beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from djangopath.catalogue import SPECS
from djangopath.errors import SpecError

HASHES = SPECS / "hashes.txt"
LISTS = ("requirements.txt", "requirements-prod.txt")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})\b")


@dataclass(frozen=True, order=True)
class Pin:
    """One version of one package, and the systems that it is for."""

    name: str
    version: str
    marker: str = ""

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def here(self) -> bool:
        """Whether this system and this Python install it."""
        return not self.marker or Requirement(f"x; {self.marker}").marker.evaluate()  # type: ignore[union-attr]


def parse(line: str) -> Pin:
    """The pin that a line holds.

    Raises:
        SpecError: the line is not ``name==version``, with or without a marker.
    """
    try:
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        if specifier.operator != "==" or "*" in specifier.version:
            raise ValueError
    except (InvalidRequirement, ValueError):
        raise SpecError(
            f"{line!r} is not a pin; expected name==version; run make lock"
        ) from None
    marker = str(requirement.marker or "")
    return Pin(canonicalize_name(requirement.name), specifier.version, marker)


def lines_of(text: str) -> list[str]:
    """The lines of a list of requirements, without comments and what follows a pin."""
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", " "))]


def read(file: Path) -> list[Pin]:
    """The pins of a file, whether it holds hashes or not.

    Raises:
        SpecError: the file is missing, or a line of it is no pin.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(f"{file.name} is missing; run make lock") from None
    return [parse(line.split(" --hash=")[0]) for line in lines_of(text)]


def hashes(file: Path = HASHES) -> dict[tuple[str, str], tuple[str, ...]]:
    """The hashes of each package's files: (name, version) to ``sha256:…`` texts.

    Raises:
        SpecError: the file is missing, or a line of it is no pin.
    """
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    for pin in read(file):
        known[pin.name, pin.version] = ()
    for line in lines_of(file.read_text(encoding="utf-8")):
        pin = parse(line.split(" --hash=")[0])
        known[pin.name, pin.version] += tuple(_HASH.findall(line))
    return known


def with_hashes(
    lines: Iterable[str], known: Mapping[tuple[str, str], tuple[str, ...]]
) -> list[str]:
    """Pins as ``pip install --require-hashes`` takes them.

    Raises:
        SpecError: a pin has no hash.
    """
    found = []
    for line in lines:
        pin = parse(line)
        sums = known.get((pin.name, pin.version), ())
        if not sums:
            raise SpecError(f"specs/{HASHES.name} has no hash of {pin}; run make lock")
        found.append(" ".join([line, *(f"--hash={sum_}" for sum_ in sums)]))
    return found
