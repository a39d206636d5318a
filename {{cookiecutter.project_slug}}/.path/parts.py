"""The parts of path.py: modules of this folder, each imported when it is needed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from .repository import HOME, INSTALL, PACKAGES, broken
from .text import Trouble


def part(name: str) -> ModuleType:
    """The module ``.path/NAME.py``.

    Raises:
        Trouble: it, or one that it needs, is missing or damaged, or a package is not
            installed.
    """
    try:
        return import_module(f".{name}", __package__)
    except Trouble:  # of a part that this one asks for
        raise
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name in PACKAGES:
            raise Trouble(INSTALL) from None
        raise Trouble(broken(f".path/{culprit(error) or name}.py")) from None


def culprit(error: BaseException) -> str:
    """The name of the module of this folder that cannot be imported, or ""."""
    package, _, name = (getattr(error, "name", None) or "").rpartition(".")
    if package == __package__:
        return name
    from traceback import extract_tb

    files = [frame.filename for frame in extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        files.append(error.filename or "")
    own = [file.stem for file in map(Path, files) if file.parent == HOME]
    return own[-1] if own and own[-1] != "parts" else ""
