"""Lists the files of a repository that a run of pytest opens to read.

Loaded with ``-p`` into a learner's environment, where nothing else of ours is. What
processes that a test starts open is not seen. See `sys.addaudithook` for the events.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = str(Path.cwd()) + os.sep
_opened: set[str] = set()


def _see(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open":
        return
    path, _, flags = arguments
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if writes or not isinstance(path, str) or "__pycache__" in path:
        return
    whole = os.path.join(ROOT, path)  # noqa: PTH118
    if whole.startswith(ROOT):
        _opened.add(whole[len(ROOT) :].replace(os.sep, "/"))


sys.addaudithook(_see)


def pytest_sessionfinish() -> None:
    """Writes the list, where the prover looks for it."""
    target = Path(os.environ["PATH_READS"])
    target.write_text(json.dumps(sorted(_opened)), encoding="utf-8")
