"""Where things are in this repository, and how what is missing comes back.

It needs no package.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".path"
TASKS = ROOT / "TASKS.md"
ME = "python path.py"
INSTALL = (
    "path.py needs the packages of this project: activate its virtual environment, "
    "then run python -m pip install -r requirements.txt"
)
PACKAGES = ("filelock", "icalendar", "rich", "watchfiles")


def bring_back(path: str) -> str:
    """How Git gives a file back."""
    return f"If it was there before, this brings it back:\n\n  git checkout -- {path}"


def broken(path: str) -> str:
    """A file that path.py wrote or brought cannot be read."""
    return f"{path} cannot be read; it is damaged. {bring_back(path)}"
