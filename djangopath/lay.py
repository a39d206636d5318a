"""Writes a cut of a project into a folder.

Standard library only: the hook runs it in a process of its own, and every import there
is time that a learner waits.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from djangopath.regions import RegionError, cut, styles_of

LITTER = {
    "__pycache__",
    ".DS_Store",
    ".env",
    ".pytest_cache",
    ".ruff_cache",
    ".coverage",
    "db.sqlite3",
    "htmlcov",
    "media",
    "staticfiles",
}


@dataclass(frozen=True)
class Laid:
    """One file of a cut: its text, or the file to copy where it is none of text."""

    path: str
    source: Path
    text: str | None


def code_files(code: Path) -> Iterator[tuple[str, Path]]:
    """(path inside the project, file) of all finished code, sorted; litter left out."""
    for file in sorted(code.rglob("*")):
        path = file.relative_to(code)
        if file.is_file() and not LITTER & set(path.parts):
            yield path.as_posix(), file


def cut_files(
    code: Path, order: Sequence[str], done: int, owned: Mapping[str, str]
) -> Iterator[Laid]:
    """The files of a project once the first ``done`` tasks are done.

    Args:
        code: the folder of the finished code.
        order: the slugs of all tasks, in the order of work.
        done: how many of them are done.
        owned: the task of each file that cannot hold a marker, by path.

    Raises:
        RegionError: a marker is unknown, unclosed, crossed or misplaced.
    """
    rank = {slug: index for index, slug in enumerate(order)}
    for path, file in code_files(code):
        if path in owned and rank[owned[path]] >= done:
            continue
        if not styles_of(path):
            yield Laid(path, file, None)
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise RegionError(path, 1, f"is not UTF-8: {error.reason}") from None
        kept = cut(text, path, order, done)
        if kept is not None:
            yield Laid(path, file, kept)


def lay(
    code: Path,
    target: Path,
    order: Sequence[str],
    done: int,
    owned: Mapping[str, str] | None = None,
) -> list[str]:
    """Writes a cut into a folder; gives back the paths that it wrote.

    The whole cut is computed before the first file is written.

    Raises:
        RegionError: a marker is unknown, unclosed, crossed or misplaced.
        FileExistsError: a file of the project is there already.
    """
    files = list(cut_files(code, order, done, owned or {}))
    for laid in files:
        if (target / laid.path).exists():
            raise FileExistsError(
                f"{laid.path} of the project stands in the skeleton too; rename one"
            )
    folders: set[PurePosixPath] = set()
    for laid in files:
        file = target / laid.path
        folder = PurePosixPath(laid.path).parent
        if folder not in folders:
            file.parent.mkdir(parents=True, exist_ok=True)
            folders.add(folder)
        if laid.text is None:
            shutil.copyfile(laid.source, file)
        else:
            file.write_text(laid.text, encoding="utf-8", newline="\n")
        if laid.text is None or laid.text.startswith("#!"):
            shutil.copymode(laid.source, file)
    return [laid.path for laid in files]
