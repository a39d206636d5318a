"""Checks the finished code of every project with ruff, shared files in their places.

As a project's ``code/`` stands, a name may come from a shared file that a line of it
takes in. So what is checked is the code as a bake gets it, markers and all. Two rules
are left to the proof, which lints each cut: the order of imports needs to know the
apps, and a marker or a comment round an earlier form makes a line longer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from djangopath import catalogue
from djangopath.lay import texts
from djangopath.regions import RegionError

RUFF = (sys.executable, "-m", "ruff", "check", "--ignore", "I001,E501")


def write(folder: Path) -> None:
    """Writes the Python files of every project's finished code under its slug.

    Raises:
        RegionError: a shared line cannot be replaced.
    """
    for slug in catalogue.slugs():
        for path, text in texts(catalogue.SPECS / slug / "code"):
            if path.endswith(".py"):
                file = folder / slug / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")


def main() -> int:
    """Prints what ruff finds; 0 where it is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            write(Path(folder))
        except RegionError as error:
            print(error, file=sys.stderr)
            return 1
        rules = str(catalogue.ROOT / "pyproject.toml")
        command = [*RUFF, "--config", rules, "."]
        return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
