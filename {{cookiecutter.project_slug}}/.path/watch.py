"""Checks the task at hand again whenever something is saved, on one screen."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from .parts import part
from .project import Project, Task, load_project, page_of
from .repository import ROOT, TASKS
from .task_lines import ticked
from .tasks_file import first_open, read_progress, sums, what_next
from .text import Trouble, count, header, plain, wrapped

checking = part("checking")
saves_of, terminal = part("saves"), part("terminal")

# So many times in a row a save may end a check; then one is let run to its end. Else a
# check that itself writes a file would begin anew for ever.
PATIENCE = 4


class Again(Exception):
    """The task at hand is to be checked anew: something was saved, or Enter pressed."""


class Quit(Exception):
    """The learner wants to stop."""


def watch(*, poll: bool, cold: bool) -> int:
    """Watches until all is done, or until the learner quits; the exit code.

    Args:
        poll: look for saves, as the system tells nothing of them.
        cold: give each check a process of its own.
    """
    gc.enable()  # it may run for hours
    checking.time_limit(1)
    project = load_project()
    if first_open(project, read_progress(project.tasks)) is None:
        click.echo(what_next(project, read_progress(project.tasks)))
        return 0
    part("signals").end_by_signals()
    with (
        saves_of.Saves(ROOT, poll=poll) as saves,
        runner(cold=cold) as run,
        terminal.Screen() as screen,
    ):
        watching = Watching(project, saves, screen, run)
        with contextlib.suppress(Quit):
            watching.run()
    if screen.shown:
        click.echo(watching.closing())
    return 0


@contextlib.contextmanager
def runner(*, cold: bool) -> Iterator[Any]:
    """How checks are run: in forks of a warm process, where a fork is safe.

    On Windows there is none, and on macOS the system's libraries do not survive it.
    """
    if cold or sys.platform != "linux":
        yield checking.run_cold
    else:
        with part("warm_checks").WarmChecks() as warm:
            yield warm.run


class Watching:
    """One session: the task at hand, what is shown, and what has happened.

    Attributes:
        task: the task at hand; after a pass the next one.
        finished: whether no task is left.
    """

    def __init__(self, project: Project, saves: Any, screen: Any, run: Any) -> None:
        self._run = run
        self.project, self.task = project, project.tasks[0]
        self.finished = False
        self._saves, self._screen = saves, screen
        self._verdict: Callable[[], str] = lambda: header(
            self.task.heading, "checking", "cyan"
        )
        self._view = self._verdict
        self._state = ""
        self._offset = self._further = 0
        self._interrupted = 0

    def run(self) -> None:
        """Checks, waits for a save, checks; until all is done."""
        while not self.finished:
            try:
                self._check()
                while not self.finished:
                    self._rest()
            except Again:
                continue

    def closing(self) -> str:
        """What is left on the terminal when the screen is gone."""
        if self.finished:
            return self._verdict()
        text = read_progress(self.project.tasks)
        done, hours, total = sums(self.project, text)
        tasks = f"{done} of {count(len(self.project.tasks), 'task')}"
        note = f"{tasks}, {hours:g} of {total:g} h. At hand: {self.task.heading}"
        return wrapped(plain(note))

    # ----------------------------------------------------------------------- the check

    def _check(self) -> None:
        """Checks the first task that is not ticked, and ticks it if it passes."""
        self._settle()
        self._saves.take()
        begun = time.monotonic()
        try:
            opened = first_open(self.project, read_progress(self.project.tasks))
            if opened is None:
                text = read_progress(self.project.tasks)
                self._tell(lambda: what_next(self.project, text))
                self.finished = True
                return
            self.task = opened
            self._state = f"checking {opened.slug}"
            self._draw()
            self._judge(opened)
        except Trouble as trouble:
            message = plain(trouble.message)
            heading = self.task.heading
            self._tell(lambda: not_checked(heading, message), begun)
        else:
            self._tell(self._verdict, begun)

    def _judge(self, task: Task) -> None:
        """Runs the task's test; what came of it is the verdict."""
        further = part("further").Further(
            self.project, task, ticked(read_progress([task]))
        )
        report = checking.run_tests(
            [task.test], self._meanwhile, self._run, further.plan()
        )
        if changed := self._saves.changes():
            # Whatever came out, it is of code that is no longer there.
            if self._interrupted < PATIENCE:
                self._interrupted += 1
                raise Again
            self._saves.take()
            self._verdict = lambda: not_checked(task.heading, unsure(changed))
            return
        self._interrupted = 0
        if report["outcome"] != "passed":
            part("further").remember(report)
            self._verdict = lambda: checking.missed(task, report, was_ticked=False)
            return
        checking.save_tick(task)
        link = os.path.relpath(os.path.realpath(TASKS), ROOT)
        self._saves.take(TASKS.name, link)
        found = further.findings(report, checking.run_tests)
        text = read_progress([task])
        opened = first_open(self.project, text)
        self.finished = opened is None
        self.task = opened or task
        self._verdict = lambda: passed(self.project, task, text, found)

    def _settle(self) -> None:
        """Lets a burst of saves end: after each check that one ended, waits longer."""
        for _ in range(10 if self._interrupted else 0):
            self._saves.take()
            quiet = time.monotonic() + 0.05 * 2**self._interrupted
            with contextlib.suppress(Again):
                while time.monotonic() < quiet:
                    self._rest()
                return

    def _meanwhile(self) -> None:
        """What is seen to while a check runs."""
        self._look_around(running=True)

    def _rest(self) -> None:
        """Waits a moment for something to do."""
        self._saves.wait(0.05)
        self._look_around(running=False)

    def _look_around(self, *, running: bool) -> None:
        """Keys, the size of the terminal, and saves unless they have to wait."""
        for key in self._screen.pressed():
            self._press(key)
        patient = running and self._interrupted >= PATIENCE
        if not patient and self._saves.changed():
            self._interrupted += running
            raise Again
        if self._screen.stale():
            self._draw()

    # ---------------------------------------------------------------------- the screen

    def _press(self, key: str) -> None:
        """Does what a key asks for."""
        if key in "qQ":
            raise Quit
        if key in "\r\n":
            raise Again
        if key in "hH":
            self._show(self._hint())
        elif key in "nN":
            page = self._page
            self._show(self._verdict if self._view == page else page)
        elif key == " ":
            self._offset = self._further
            self._draw()

    def _hint(self) -> Callable[[], str]:
        """The next hint for the task at hand."""
        try:
            hints = part("reference").Hints(self.task)
        except Trouble as trouble:
            message = plain(trouble.message)
            return lambda: wrapped(message)
        note = hints.remember()
        return lambda: hints.shown() + (f"\n\n{note}" if note else "")

    def _page(self) -> str:
        """The page of the task at hand: of the next one, after a pass."""
        try:
            return page_of(self.task)
        except Trouble as trouble:
            return wrapped(plain(trouble.message))

    def _tell(self, verdict: Callable[[], str], begun: float | None = None) -> None:
        """Shows a verdict, and when it came; or prints it where there is no screen."""
        self._verdict = verdict
        self._state = ""
        if begun is not None:
            seconds = time.monotonic() - begun
            self._state = f"checked at {time.strftime('%H:%M:%S')} in {seconds:.1f} s"
        self._show(verdict)
        if not self._screen.shown:
            state = f"\n\n  {self._state}\n" if self._state else ""
            click.echo(verdict() + state)

    def _show(self, view: Callable[[], str]) -> None:
        """Shows something else, from its first line on."""
        self._view, self._offset = view, 0
        self._draw()

    def _draw(self) -> None:
        """Draws what is to be seen now."""
        if not self._screen.shown:
            return
        self._screen.measure()
        body = self._view()
        keys = "h hint · n the task · Enter check · q quit"
        if not self._screen.keyed:
            keys = "Ctrl-C quit"
        self._further = self._screen.draw(body, self._foot(keys), self._offset)
        if self._further or self._offset:
            keys = f"Space more · {keys}"
            self._further = self._screen.draw(body, self._foot(keys), self._offset)

    def _foot(self, keys: str) -> str:
        """The last lines: what is going on, and what the keys do."""
        lines = [wrapped(self._state, "  ")] if self._state else []
        return "\n".join([*lines, click.style(wrapped(keys, "  "), dim=True)])


def passed(project: Project, task: Task, text: bytes, found: str) -> str:
    """A pass, the sums, what else was found, and what comes next."""
    after: str = checking.after_tick(project, text, False, found)
    return header(task.heading, "passed", "green") + "\n\n" + after


def not_checked(heading: str, why: str) -> str:
    """There is no verdict, and the reason."""
    return header(heading, "not checked", "red") + "\n\n" + wrapped(why, "  ")


def unsure(changed: list[str]) -> str:
    """There is a result, but not of the code as it is now."""
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return (
        f"{plain(changed[0])}{more} changed while the check ran, again and again, so "
        "nothing is ticked. Is it the check that writes it? To check again, save "
        "something or press Enter."
    )
