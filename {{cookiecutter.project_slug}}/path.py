"""Shows where you are, what comes next and whether it works: python path.py --help

It imports no Django, so it works when your own code does not. TASKS.md is the one store
of progress: a tick changes one byte of it, and everything else in it is yours.
What the commands do stands in the modules of `.path/`; here the command line is read,
in what Python 3.6 understands: a Python that is too old shall say so.
"""

import contextlib
import errno
import gc
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

OLDEST = (3, 11)  # that the pins of requirements.txt are made for
if sys.version_info < OLDEST:
    sys.exit(
        f"path.py needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. Activate the virtual "
        "environment; if it was made with this Python, make it anew with a newer one, "
        "for example:\n\n  python3.13 -m venv --clear .venv"
    )

ROOT = Path(__file__).resolve().parent

if __name__ == "__main__":
    gc.disable()  # collecting would only slow the start of so short a life

# The modules of .path/ are a package, although no name in Python begins with a dot.
PARTS = ModuleType("path_parts")
PARTS.__path__ = [str(ROOT / ".path")]
sys.modules[PARTS.__name__] = PARTS


def cannot_start(error: Exception) -> str:
    """The sentence for a package that is missing, or for parts that cannot be read."""
    with contextlib.suppress(Exception):
        from path_parts.repository import INSTALL

        if isinstance(error, ModuleNotFoundError) and error.name == "click":
            return INSTALL
    again = "If it was there before, this brings it back:\n\n  git checkout -- .path"
    if not (ROOT / ".path").is_dir():
        return (
            f"{ROOT} is not a learning repository: path.py belongs beside "
            f".path/project.json, in the folder that cookiecutter made. {again}"
        )
    return f".path, the parts of path.py, cannot be read; it is damaged. {again}"


try:
    import click
    from path_parts.parts import part
    from path_parts.repository import INSTALL, ME
    from path_parts.text import wrapped
except Exception as error:
    if __name__ != "__main__":
        raise
    sys.exit(cannot_start(error))


class InOrder(click.Group):
    """A group that lists its commands as they stand here: in the order of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(self.commands)

    def format_help_text(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """The text, with an example of this project's own."""
        super().format_help_text(ctx, formatter)
        with contextlib.suppress(click.ClickException):
            tasks = part("project").load_project().tasks
            task = tasks[len(tasks) // 3]
            formatter.write_paragraph()
            with formatter.indentation():
                text = f"For example {task.slug}, {task.number} or {task.page}."
                formatter.write_text(text)


@click.group(
    cls=InOrder,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), hidden=True)
@click.pass_context
def path(ctx: click.Context, today: "dt.datetime | None") -> int:
    """Your way through this project, task by task.

    Without a command it shows where you are: what is done, how that compares with the
    plan, and which task comes next.

    TASK is a task's name, its number or its page. TASKS.md lists them all; you may edit
    it, add notes and tasks of your own, and tick boxes by hand.
    """
    code: int = 0 if ctx.invoked_subcommand else part("commands").status()
    return code


@path.command("next")
def next_() -> int:
    """Show the page of the next task.

    It says what to do, and everything that the task's test relies on.
    """
    code: int = part("commands").show_next()
    return code


@path.command()
@click.argument("task")
def show(task: str) -> int:
    """Show the page of any task."""
    code: int = part("commands").show(task)
    return code


@path.command()
@click.argument("task", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Check all ticked tasks in one run.")
@click.option("--only", is_flag=True, help="After a pass, run nothing else.")
@click.option("-v", "--verbose", is_flag=True, help="Print pytest's own text as well.")
def check(task: tuple[str, ...], every: bool, only: bool, verbose: bool) -> int:
    """Run a task's test; a pass ticks its box.

    Without TASK it takes the first task that is not ticked. Several are checked in one
    run, as --all does it, and none of them is ticked. The exit code is 0 if the test
    passes and 1 if it does not. A run is stopped after 60 seconds, or after
    PATH_TIMEOUT seconds if that variable is set.

    After a pass it also runs some tests of other ticked tasks, those first whose files
    you have changed, and your own; and ruff and djade, as CI does. It takes little time
    for that. If something no longer passes, it says so, and the box is ticked all the
    same.
    """
    if task and every:
        raise click.UsageError("Give a task or --all, not both.")
    code: int = part("commands").check(task, every=every, verbose=verbose, only=only)
    return code


@path.command()
@click.argument("task", required=False)
def hint(task: str | None) -> int:
    """Show the next hint for a task.

    The first is a nudge, the last is nearly the answer.

    Without TASK it takes the first task that is not ticked. After the last hint all of
    them are shown again.
    """
    code: int = part("commands").hint(task)
    return code


@path.command()
@click.argument("task")
@click.option("--peek", is_flag=True, help="Show it although the task is not ticked.")
def solution(task: str, peek: bool) -> int:
    """Show the reference solution as a diff.

    It is there for a task that is ticked, or with --peek.

    Yours may look quite different and be just as right: the test decides.
    """
    code: int = part("commands").solution(task, peek=peek)
    return code


@path.command()
@click.option("--poll", is_flag=True, help="Look four times a second for saves.")
@click.option("--cold", is_flag=True, help="Start Python anew for each check.")
def watch(poll: bool, cold: bool) -> int:
    """Check the task at hand whenever a file is saved.

    When it passes, its box is ticked and the next one is taken. Keys: h for a hint, n
    for the page of the task, Enter to check at once, q to quit.

    Where the system tells nothing of a save, as on a network drive, it looks by itself;
    --poll makes it do so anywhere.

    On Linux a process that has imported the packages is kept, which makes a check
    quicker. --cold does without it: try it where a check and pytest do not agree.
    """
    code: int = part("watch").watch(poll=poll, cold=cold)
    return code


@path.command()
@click.option("--from", "start", metavar="DATE", help="The first day; else today.")
@click.option("--hours", metavar="H", help="Hours of work a day; else as before.")
@click.option("--days", metavar="N", help="Days a week, from Monday; else as before.")
@click.option("--skip", metavar="DATE", multiple=True, help="A day off; may be given "
              "more than once, and as FIRST..LAST.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the new dates, write nothing.")
def plan(
    start: str | None,
    hours: str | None,
    days: str | None,
    skip: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Lay the tasks that are left over new dates.

    It says what moves and when you finish, before and after, and writes TASKS.md. Tasks
    that are done keep their dates, and your own lines stay where they are.
    """
    code: int = part("plan").plan(start, hours, days, skip, dry_run=dry_run)
    return code


@path.command()
@click.argument("form", type=click.Choice(["ics", "csv", "github"]))
@click.option("-o", "--output", metavar="FILE", help="Where to; - is the terminal.")
def export(form: str, output: str | None) -> int:
    """Write the plan for a calendar, for Notion or for GitHub.

    ics is a calendar of your tasks, csv a table that Notion imports, github a script
    that makes a milestone and an issue of each with GitHub's own command, gh.
    """
    code: int = part("export").export(form, output)
    return code


@path.command()
@click.option("-o", "--output", metavar="FILE", help="Where to; else board.html.")
@click.option("--no-open", is_flag=True, help="Write it, open no browser.")
def board(output: str | None, no_open: bool) -> int:
    """Write and open a page with the whole of your progress."""
    code: int = part("board").board(output, open_it=not no_open)
    return code


def main() -> int:
    """Runs a command; a mistake of any kind ends in a sentence, not in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="legible")  # type: ignore[union-attr]
    dull = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    try:
        code = path.main(
            prog_name=ME, standalone_mode=False, color=False if dull else None
        )
        return int(code or 0)
    except click.ClickException as trouble:
        trouble.show()
        return trouble.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except ModuleNotFoundError:
        click.echo(wrapped(INSTALL), err=True)
    except OSError as error:
        if error.filename or error.errno not in (errno.EPIPE, errno.EINVAL):
            about = f"{error.filename}: " if error.filename else ""
            click.echo(f"{about}{error.strerror or error}", err=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
