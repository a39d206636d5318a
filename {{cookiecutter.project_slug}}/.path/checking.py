"""Runs a task's acceptance test and says in words what it found."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from .parts import part
from .project import Project, Task
from .repository import INSTALL, ME, ROOT, bring_back
from .task_lines import ticked
from .tasks_file import read_progress, save_tick, sums, what_next
from .text import Trouble, columns, count, field, header, plain, shortened, wrapped

signals = part("signals")

# Python's arguments, the file for what it prints, how many seconds it may take, and
# what to call meanwhile; its exit code, or None where it took too long.
Run = Callable[
    [Sequence[str], Path, float, Callable[[], None] | None],
    int | None,
]

# ------------------------------------------------------------------- running the tests


def time_limit(tests: int) -> float:
    """How many seconds a run may take; more where many tasks are checked at once."""
    given = os.environ.get("PATH_TIMEOUT")
    if not given:
        return 60 + 5 * (tests - 1)
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(given)) <= 86400:
            return seconds
    raise Trouble(
        "PATH_TIMEOUT is a number of seconds from above 0 to 86400, "
        f"not {shortened(given, 40)!r}."
    )


def run_tests(
    tests: Sequence[str],
    meanwhile: Callable[[], None] | None = None,
    run: Run | None = None,
    further: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Runs acceptance tests in a process of their own; what came of them.

    The report goes through a file, so that nothing that the learner's code prints can
    be mistaken for it.

    Args:
        tests: their files.
        meanwhile: called again and again; what it raises ends the run.
        run: how Python is run; `run_cold`, unless something else is given.
        further: the plan of what to run after a pass (`further.py`).
    """
    for test in tests:
        if not (ROOT / test).is_file():
            raise Trouble(f"{test} is missing. {bring_back(test)}")
    seconds = time_limit(len(tests))
    with TemporaryDirectory(prefix="path-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "report.json")
        arguments = ["-m", "acceptance", "--report", str(file)]
        arguments += ["--timeout", f"{seconds:g}"]
        if further is not None:
            plan = Path(folder, "further.json")
            plan.write_text(json.dumps(further), encoding="utf-8")
            arguments += ["--further", str(plan)]
        written = Path(folder, "output")
        most = seconds + 10 + (0 if further is None else seconds / 10)
        code = (run or run_cold)([*arguments, *tests], written, most, meanwhile)
        with written.open("rb") as output:
            output.seek(max(0, output.seek(0, os.SEEK_END) - 20000))
            said = output.read().decode("utf-8", "replace")
        empty: dict[str, Any] = {
            "tests": [],
            "crash": None,
            "said": said,
            "after": seconds,
        }
        try:
            report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if code is None and report["outcome"] == "passed":
                report["outcome"] = "lingering"
            return empty | report
        except (OSError, ValueError, TypeError, LookupError):
            if code is None:
                return empty | {"outcome": "timeout"}
            raise Trouble(no_report(code, said, tests)) from None


def run_cold(
    arguments: Sequence[str],
    output: Path,
    seconds: float,
    meanwhile: Callable[[], None] | None = None,
) -> int | None:
    """Runs ``python ARGUMENTS``; None if it was stopped because it took too long.

    What it prints goes to the file ``output``. It gets a process group of its own:
    whatever ends path.py, Ctrl-C included, ends it and all that it started, and it
    cannot touch the terminal.
    """
    signals.end_by_signals()
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    process: subprocess.Popen[bytes] | None = None
    end = time.monotonic() + seconds
    try:
        # A signal between its start and its name would leave it running.
        with signals.held(), output.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                **apart,
            )
        # Not wait(): on Windows nothing would interrupt it.
        while process.poll() is None and time.monotonic() < end:
            if meanwhile is not None:
                meanwhile()
            time.sleep(0.01)
        return process.returncode
    finally:
        with signals.held():
            if process is not None:
                # Also when it has ended: it may have left others of its group behind.
                if process.poll() is None or sys.platform != "win32":
                    stop(process.pid)
                if process.poll() is None:
                    process.kill()
                process.wait()


def stop(pid: int) -> None:
    """Ends a process and all that it started."""
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(pid)]
        with contextlib.suppress(OSError):
            subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


@contextlib.contextmanager
def working() -> Iterator[None]:
    """Says in a terminal that something is going on, and takes it back."""
    shown = sys.stdout.isatty()
    if shown:
        click.echo("checking", nl=False)
    try:
        yield
    finally:
        if shown:
            click.echo("\r        \r", nl=False)


def no_report(code: int, said: str, tests: Sequence[str]) -> str:
    """The runner ended before it could say anything."""
    if re.search(r"No module named '?(pytest|django|pytest_django|bs4)\b", said):
        return INSTALL
    how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
    return (
        f"The check ended {how} before it could tell what it found. To see more:\n\n"
        f"  python -m pytest {' '.join(tests)}"
    )


# ------------------------------------------------------------------------ what it found


def place(error: dict[str, Any] | None) -> str:
    """``blog/views.py, line 12``, or ""."""
    if not error or not error.get("file"):
        return ""
    line = f", line {error['line']}" if error.get("line") else ""
    return f"{error['file']}{line}"


def bad_tests(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The tests that failed, or could not run."""
    return [t for t in report["tests"] if t["outcome"] in ("failed", "error")]


def one_failure(test: dict[str, Any]) -> str:
    """A failing test, whole: what was done, wanted, got, and where to look."""
    told, error = test.get("notyet"), test.get("error") or {}
    fields: list[tuple[str, str]] = []
    if told:
        verb, _, rest = told["did"].partition(" ")
        short = verb.isalpha() and verb.istitle() and len(verb) <= 8 and rest
        fields.append((verb, rest) if short else ("Did", told["did"]))
        fields += [("Wanted", told["wanted"]), ("Got", told["got"])]
        if told.get("look"):
            fields.append(("Look", told["look"]))
    else:
        fields.append(("Check", test["name"].replace("_", " ") or test["file"]))
        fields.append(("Got", said_by(error) or shortened(test.get("text"), 400)))
    where = place(error)
    if where and where not in " ".join(text for _, text in fields):
        code = f": {error['code']}" if error.get("code") else ""
        fields.append(("Line", where + code))
    size = max(len(label) for label, _ in fields)
    return "\n".join(field(label, text, size) for label, text in fields)


def said_by(error: dict[str, Any]) -> str:
    """``TypeError: what it said``, or ""."""
    return ": ".join(part for part in (error.get("type"), error.get("message")) if part)


def in_brief(tests: Sequence[dict[str, Any]]) -> str:
    """Failing tests in one line each; what several of them say stands there once."""
    said: dict[str, int] = {}
    for test in tests:
        told, error = test.get("notyet"), test.get("error") or {}
        parts = (told["wanted"],) if told else (place(error), said_by(error))
        text = ": ".join(filter(None, parts)) or test["name"].replace("_", " ")
        said[text] = said.get(text, 0) + 1
    lines: list[str] = []
    for text, times in said.items():
        often = f" ({times} checks)" if times > 1 else ""
        lines.append(f"    {shortened(text, columns() - 4 - len(often))}{often}")
    return "\n".join(lines)


def failures(report: dict[str, Any]) -> str:
    """The first failing test whole, the others in brief."""
    bad = bad_tests(report)
    if not bad:
        return wrapped("The run failed, but no test did; -v shows what it said.", "  ")
    text = one_failure(bad[0])
    if more := bad[1:]:
        checks = count(len(report["tests"]), "check")
        text += f"\n\n  and {len(more)} more of {checks}:\n{in_brief(more)}"
    return text


def could_not_run(report: dict[str, Any]) -> str:
    """One sentence for a crash, a time-out or a run without a single check."""
    crash = report.get("crash") or {}
    where, code = place(crash), plain(crash.get("code") or "").strip()
    if report["outcome"] == "timeout":
        at = f" at {where}" if where else ""
        text = f"The check was stopped after {count(report['after'], 'second')}{at}"
        text += f":\n\n  {code}\n\n" if code else ". "
        text += "Is there a loop that does not end, or a wait for something?"
    elif report["outcome"] == "lingering":
        text = (
            f"The tests passed, but the check had not ended after "
            f"{count(report['after'], 'second')}, so nothing is ticked. Is there a "
            "thread that does not end?"
        )
    elif report["outcome"] == "crash":
        at = f" because of {where}" if where else ""
        text = f"Django cannot start{at}: {said_by(crash)}"
        text += f"\n\n  {code}" if code else ""
        if not where and crash.get("type") == "ModuleNotFoundError":
            text += f". {INSTALL}"
    else:
        skips = [
            str(test["text"]).partition("Skipped: ")[2] for test in report["tests"]
        ]
        reason = (skips or [""])[0].rstrip("')\"\n")
        text = "No check ran, so nothing is ticked."
        text += f" The test says: {reason}" if reason else ""
    return wrapped(plain(text), "  ")


def check_one(project: Project, task: Task, verbose: bool, only: bool = False) -> int:
    """Checks one task, ticks it if it passes, and says what was found.

    Args:
        project: the project.
        task: the task.
        verbose: print pytest's own text as well.
        only: run nothing else after a pass.
    """
    done = ticked(read_progress([task]))
    was_ticked = task.slug in done
    further = None if only else part("further").Further(project, task, done)
    with working():
        report = run_tests([task.test], further=further and further.plan())
    if report["outcome"] != "passed":
        part("further").remember(report)
        click.echo(missed(task, report, was_ticked, verbose))
        return 1
    click.echo(header(task.heading, "passed", "green"))
    save_tick(task)
    found = ""
    if further is not None:
        with working():
            found = further.findings(report, run_tests)
    click.echo("\n" + after_tick(project, read_progress([task]), was_ticked, found))
    return 0


def after_tick(project: Project, text: bytes, was_ticked: bool, found: str = "") -> str:
    """The sums after a pass, what else was found, and what comes next."""
    done, hours, total = sums(project, text)
    state = "It was ticked before" if was_ticked else "Ticked in TASKS.md"
    tasks = f"{done} of {count(len(project.tasks), 'task')}"
    note = f"{state}: {tasks}, {hours:g} of {total:g} h."
    parts = [wrapped(note, "  "), found, what_next(project, text)]
    return "\n\n".join(filter(None, parts))


def missed(
    task: Task, report: dict[str, Any], was_ticked: bool, verbose: bool = False
) -> str:
    """What is missing, or why there is no verdict."""
    if report["outcome"] != "failed":
        return not_checked(task.heading, report, verbose)
    text = header(task.heading, "not yet", "yellow") + "\n\n" + failures(report)
    if was_ticked:
        note = "It is ticked in TASKS.md, and the tick stays: it is yours to take away."
        text += "\n\n" + wrapped(note, "  ")
    text += pytests_own(report, verbose)
    return f"{text}\n\n  A hint: {ME} hint {task.slug}"


def check_ticked(project: Project, text: bytes, verbose: bool) -> int:
    """Checks all ticked tasks in one run, a line for each."""
    done = set(ticked(text))
    tasks = [task for task in project.tasks if task.slug in done]
    if not tasks:
        click.echo(f"No task is ticked yet. To check the first one: {ME} check")
        return 0
    return check_several(tasks, "ticked task", verbose)


def check_several(tasks: Sequence[Task], kind: str, verbose: bool) -> int:
    """Checks several tasks in one run, a line for each; no box is ticked by it."""
    with working():
        report = run_tests([task.test for task in tasks])
    part("further").remember(report)
    if report["outcome"] in ("crash", "timeout", "lingering"):
        what = "All ticked tasks" if kind != "task" else f"{len(tasks)} tasks"
        click.echo(not_checked(what, report, verbose))
        return 1
    failed: list[Task] = []
    for task in tasks:
        own = [t for t in report["tests"] if t["file"].partition("::")[0] == task.test]
        bad = any(test["outcome"] in ("failed", "error") for test in own)
        if not bad and any(test["outcome"] == "passed" for test in own):
            click.echo(header(task.heading, "passed", "green"))
        else:
            failed.append(task)
            click.echo(header(task.heading, "not yet" if bad else "not run", "yellow"))
    if not failed:
        click.echo(f"\n{count(len(tasks), kind)} checked, and all is well.")
        return 0
    note = (
        f"{len(failed)} of {count(len(tasks), kind)} did not pass; the ticks "
        f"stay as they are. To see what is missing:\n\n"
        f"  {ME} check {failed[0].slug}"
    )
    click.echo("\n" + wrapped(note) + pytests_own(report, verbose))
    return 1


def not_checked(what: str, report: dict[str, Any], verbose: bool) -> str:
    """Says why there is no verdict."""
    text = header(what, "not checked", "red") + "\n\n" + could_not_run(report)
    return text + pytests_own(report, verbose)


def pytests_own(report: dict[str, Any], verbose: bool) -> str:
    """pytest's own text on what failed, or else all that was printed; "" unasked."""
    if not verbose:
        return ""
    texts = [str(test["text"]) for test in bad_tests(report) if test.get("text")]
    return "\n\n" + plain("\n\n".join(texts) or report["said"]).strip()
