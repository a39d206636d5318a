"""More than one template in a process: each bake by the library of its own template.

Python imports `djangopath` once. ``cruft update`` bakes two commits of the template one
after the other, in one process and from one folder; a suite of tests may bake a clone
and a release. What is imported would serve them all, with the projects of the first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

NAME = __name__.partition(".")[0]
# (size, time of the last change in ns) by path.
Stamp = dict[Path, tuple[int, int]]

_others: list[ModuleType] = []


def stamp(files: Iterable[Path]) -> Stamp:
    """How these files stand, as far as it shows without reading them."""
    found = {}
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        found[file] = (state.st_size, state.st_mtime_ns)
    return found


def library_files(root: Path) -> list[Path]:
    """What the library is made of and keeps in memory, but for the projects."""
    patterns = (
        "cookiecutter.json",
        "djangopath/*.py",
        "hooks/*.py",
        "specs/services/*",
        "specs/shared/**/*",
    )
    return sorted(file for pattern in patterns for file in root.glob(pattern))


def extension_of(template: Path) -> ModuleType:
    """``djangopath.extension`` of a template, beside those imported before.

    What `import djangopath` gives stays what it was.
    """
    for module in _others:
        # An older template's library does not look, and must not be imported twice: it
        # notes what it bakes, and what is noted and not finished it removes.
        look = getattr(module, "is_current", None)
        if look(template) if look else template == module.ROOT:
            return module
    kept = _taken_out()
    sys.path.insert(0, str(template))
    invalidate_caches()
    try:
        module = import_module(f"{NAME}.extension")
    finally:
        sys.path.remove(str(template))
        _taken_out()
        sys.modules.update(kept)
    _others.append(module)
    return module


def _taken_out() -> dict[str, ModuleType]:
    """Takes the library out of the modules that Python knows; gives them back."""
    names = [name for name in sys.modules if name.partition(".")[0] == NAME]
    return {name: sys.modules.pop(name) for name in names}
