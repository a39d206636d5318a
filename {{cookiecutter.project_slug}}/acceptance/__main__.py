"""Runs acceptance tests and writes down what came of them, for path.py.

python -m acceptance --report result.json --timeout 60 acceptance/test_post_list.py
"""

from __future__ import annotations

import argparse
import gc
import json
import linecache
import os
import sys
import tempfile
import threading
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Runs the tests; exit code 0 if all passed."""
    parser = argparse.ArgumentParser(prog="python -m acceptance")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    report = options.report.resolve()
    watch = threading.Timer(
        options.timeout, give_up, [report, threading.get_ident(), options.timeout]
    )
    watch.daemon = True
    watch.start()
    gc.disable()  # nothing of what is imported now becomes garbage
    try:
        crash = set_up_django()
        if crash is not None:
            write(report, {"outcome": "crash", "tests": [], "crash": crash})
            return 1
        import pytest

        os.environ["PATH_REPORT"] = str(report)
        gc.freeze()
        gc.enable()
        arguments = ["-q", "-p", "no:cacheprovider", "--no-header", *options.files]
        return int(pytest.main(arguments))
    finally:
        watch.cancel()


def give_up(report: Path, thread: int, seconds: float) -> None:
    """Ends a run that takes too long, and says where in the learner's code it stood."""
    from acceptance.support import own_path

    crash: dict[str, Any] = {
        "type": "TimeoutError",
        "message": f"still running after {seconds:g} seconds",
        "file": None,
        "line": None,
        "code": "",
    }
    frame = sys._current_frames().get(thread)
    while frame is not None:
        own = own_path(frame.f_code.co_filename)
        if own:
            line = frame.f_lineno
            code = linecache.getline(frame.f_code.co_filename, line).strip()
            crash |= {"file": own, "line": line, "code": code}
            break
        frame = frame.f_back
    write(report, {"outcome": "timeout", "tests": [], "crash": crash})
    os._exit(1)


def set_up_django() -> dict[str, Any] | None:
    """Loads the settings, the apps and the URLs; what went wrong, if anything did."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module = settings["tool"]["pytest"]["ini_options"]["DJANGO_SETTINGS_MODULE"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)
    sys.path.insert(0, str(ROOT))
    try:
        import django
        from django.urls import get_resolver

        django.setup()
        _ = get_resolver().url_patterns
    except (Exception, SystemExit) as error:
        from acceptance.support import described

        return described(error)
    return None


def write(path: Path, report: dict[str, Any]) -> None:
    """Writes a report whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(report, file)
    Path(name).replace(path)


if __name__ == "__main__":
    code = main()
    gc.freeze()  # it goes with the process; to look for garbage in it is of no use
    sys.exit(code)
