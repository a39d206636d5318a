"""Writes a file, where nothing is replaced but an earlier one of the same kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .tasks_file import replaced
from .text import Trouble

HEAD = 2000


class Kind(NamedTuple):
    """A kind of file that a command writes."""

    name: str  # the usual one
    by: str  # the command, as the learner calls it
    own: Callable[[bytes], bool]  # knows such a file by its first HEAD bytes


def earlier(target: Path, kind: Kind) -> bytes | None:
    """What an earlier run wrote there; None where there is no such file.

    Raises:
        Trouble: the file cannot be written there, or something else stands there.
    """
    try:
        if target.is_dir():
            offer = f"{target / kind.name}"
            raise Trouble(f"{target} is a folder. Name a file in it: -o {offer}")
        if not target.parent.is_dir():
            raise Trouble(
                f"There is no folder {target.parent}. Make it first, or name a file "
                "elsewhere with -o."
            )
        if not target.exists():
            return None
        before = target.read_bytes() if target.is_file() else b""
    except (OSError, ValueError) as error:
        raise unwritten(target, error) from None
    if kind.own(before[:HEAD]):
        return before
    raise Trouble(
        f"{target} is there already, and {kind.by} did not write it, so it stays as it "
        "is. Move it away, or name another file with -o."
    )


def write(target: Path, data: bytes, kind: Kind) -> None:
    """Writes the file whole or not at all; a link is followed.

    Raises:
        Trouble: as `earlier` says; or it was changed meanwhile.
    """
    before = earlier(target, kind)
    target = Path(os.path.realpath(target))
    try:
        done = replaced(target, data, before)
    except (OSError, ValueError) as error:
        raise unwritten(target, error) from None
    if not done:
        raise Trouble(f"{target} was changed just now. It is as it was; try again.")


def unwritten(target: Path, error: Exception) -> Trouble:
    """The sentence for what the system says."""
    return Trouble(
        f"{target} was not written: {getattr(error, 'strerror', None) or error}."
    )
