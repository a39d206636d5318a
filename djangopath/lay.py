"""Writes a cut of a project into a folder.

The whole cut is computed before the first file is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from djangopath import shared
from djangopath.regions import RegionError, cut, styles_of

# What running and testing leave behind, anywhere and beside manage.py; the skeleton's
# .gitignore names the same.
LITTER = {".DS_Store", ".git", ".mypy_cache", ".ruff_cache", "__pycache__"}
LITTER_ON_TOP = LITTER | {
    ".coverage",
    ".env",
    ".pytest_cache",
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
    """(path inside the folder, file) of all files, sorted; litter left out."""
    found = []
    for folder, folders, files in os.walk(code):
        litter = LITTER_ON_TOP if folder == str(code) else LITTER
        folders[:] = [name for name in folders if name not in litter]
        for name in files:
            if name not in litter:
                file = Path(folder, name)
                found.append((file.relative_to(code).as_posix(), file))
    yield from sorted(found)


def texts(code: Path) -> Iterator[tuple[str, str]]:
    """(path, text) of every file of finished code that is text.

    What it takes from the shared home is in its place, and the markers stand.

    Raises:
        RegionError: a shared line names no file of the home, or does not stand alone.
    """
    home = shared.home_of(code)
    for path, file in code_files(code):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield path, shared.expanded(text, path, home)


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
        RegionError: a marker is unknown, unclosed, crossed or misplaced, or a shared
            line cannot be replaced.
    """
    rank = {slug: index for index, slug in enumerate(order)}
    home = shared.home_of(code)
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
        shared.refuse_commented(text, path, order)
        kept = cut(shared.expanded(text, path, home), path, order, done)
        if kept is not None:
            yield Laid(path, file, kept)


def lay(
    code: Path,
    target: Path,
    order: Sequence[str],
    done: int,
    owned: Mapping[str, str] | None = None,
) -> list[Laid]:
    """Writes a cut into a folder; gives back the files that it wrote.

    The whole cut is computed before the first file is written.

    Raises:
        RegionError: a marker is unknown, unclosed, crossed or misplaced, or a shared
            line cannot be replaced.
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
        if laid.text is None:
            shutil.copymode(laid.source, file)
        elif laid.text.startswith("#!"):
            # A template from a zip archive has lost its modes.
            mode = file.stat().st_mode
            file.chmod(mode | (mode & 0o444) >> 2)
    return files
