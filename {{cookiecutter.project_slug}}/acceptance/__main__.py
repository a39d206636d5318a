"""Runs acceptance tests and writes down what came of them, for path.py.

python -m acceptance --report result.json --timeout 60 acceptance/test_post_list.py

How your own tests run is yours to say; a check says it for itself, so that the same
code gets the same verdict everywhere. Of your settings for pytest it takes those that
say what the code needs (DJANGO_SETTINGS_MODULE, markers, filterwarnings, pythonpath)
and leaves out `addopts`, the PYTEST_ variables, and every plugin but pytest-django.
"""

from __future__ import annotations

import argparse
import configparser
import gc
import importlib.util
import linecache
import os
import sys
import threading
import time
import tomllib
from pathlib import Path
from typing import Any

from acceptance.plain import PLAIN

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "DJANGO_SETTINGS_MODULE"

# For a check: no plugin but one, and pytest's own names for tests.
ALONE = [*PLAIN, "--no-header", f"--rootdir={ROOT}"]
ALONE += ["--disable-plugin-autoload", "-p", "pytest_django.plugin"]
for value in ("usefixtures=", "python_functions=test", "python_classes=Test"):
    ALONE += ["-o", value]


def main() -> int:
    """Runs the tests; exit code 0 if all passed."""
    parser = argparse.ArgumentParser(prog="python -m acceptance")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--further", type=Path, help="what to run after a pass")
    parser.add_argument("files", nargs="+")
    started = time.perf_counter()
    options = parser.parse_args()
    report = options.report.resolve()
    watch = threading.Timer(
        options.timeout, give_up, [report, threading.get_ident(), options.timeout]
    )
    watch.daemon = True
    watch.start()
    gc.disable()  # nothing of what is imported now becomes garbage
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]
    try:
        crash = set_up_django()
        if crash is not None:
            from acceptance.results import write

            write(report, {"outcome": "crash", "tests": [], "crash": crash})
            return 1
        import pytest

        os.environ["PATH_REPORT"] = str(report)
        gc.freeze()
        gc.enable()
        if options.further is None:
            return int(pytest.main([*ALONE, *options.files]))
        from acceptance.further import LIMIT, Further, alone, read_plan

        limit = LIMIT * options.timeout
        further = Further(read_plan(options.further), report, started, limit, watch)
        code = int(pytest.main([*ALONE, *options.files], plugins=[further]))
        if further.began and not alone():
            os._exit(0)  # the verdict is written; what other tests left running ends
        return code
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
    from acceptance.results import write

    write(report, {"outcome": "timeout", "tests": [], "crash": crash})
    os._exit(1)


def set_up_django() -> dict[str, Any] | None:
    """Loads the settings, the apps and the URLs; what went wrong, if anything did."""
    sys.path.insert(0, str(ROOT))
    if stray := stray_settings():
        return {"type": "", "message": stray, "file": None, "line": None, "code": ""}
    module = os.environ.get(SETTINGS) or settings_module()
    os.environ[SETTINGS] = module
    try:
        import django
        from django.urls import get_resolver

        django.setup()
        _ = get_resolver().url_patterns
    except (Exception, SystemExit) as error:
        from acceptance.support import described

        if is_missing(module, error):
            why = f"there is no module {module}, which {SETTINGS} names"
            return {"type": "", "message": why, "file": None, "line": None, "code": ""}
        return described(error)
    return None


def settings_module() -> str:
    """The settings that the files name from which pytest takes its options."""
    for name in ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini",
                 "pyproject.toml", "tox.ini", "setup.cfg"):  # fmt: skip
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
            found = named_in_toml(text) if name.endswith("toml") else named_in_ini(text)
        except (OSError, ValueError, configparser.Error):
            continue
        if found:
            return found
    return "config.settings"


def named_in_toml(text: str) -> str:
    """The settings' module that pytest's table names, or nothing."""
    data = tomllib.loads(text)
    table: Any = data.get("tool", {})
    for found in (data.get("pytest"), table.get("pytest"),
                  (table.get("pytest") or {}).get("ini_options")):  # fmt: skip
        if isinstance(found, dict) and isinstance(named := found.get(SETTINGS), str):
            return named
    return ""


def named_in_ini(text: str) -> str:
    """The settings' module that pytest's section names, or nothing."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    for section in ("pytest", "tool:pytest"):
        if named := parser.get(section, SETTINGS, fallback=""):
            return named.strip()
    return ""


def stray_settings() -> str:
    """What to say where the environment names settings that are none of this project.

    Others of the project's own are taken, as Django and pytest-django take them.
    """
    given = os.environ.get(SETTINGS)
    if not given or given == settings_module():
        return ""
    place: Path | None = None
    try:
        if found := importlib.util.find_spec(given):
            place = Path(found.origin or ROOT).resolve()
    except (ValueError, TypeError):
        pass  # no name of a module
    except (Exception, SystemExit) as error:
        if not is_missing(given, error):
            return ""  # Django says what is wrong with it
    if place is not None and place.is_relative_to(ROOT):
        return ""
    where = f"it lies in {place.parent}" if place else "there is no such module here"
    away = "unset " if sys.platform != "win32" else "Remove-Item Env:"
    return (
        f"{SETTINGS} is set to {given!r} in this terminal, and that is not of this "
        f"project: {where}. Take it away, then try again:\n\n  {away}{SETTINGS}"
    )


def is_missing(module: str, error: BaseException) -> bool:
    """Whether an import failed because there is no such module."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    return bool(name) and f"{module}.".startswith(f"{name}.")


if __name__ == "__main__":
    code = main()
    gc.freeze()  # it goes with the process; to look for garbage in it is of no use
    sys.exit(code)
