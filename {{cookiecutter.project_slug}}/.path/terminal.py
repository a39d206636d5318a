"""A screen of one's own in the terminal and single keys, and no trace afterwards."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import select
import signal
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

import click
from rich.cells import cell_len

from .parts import part
from .text import plain

if sys.platform == "win32":
    import ctypes
    import msvcrt

    ModesError = OSError
else:
    import termios
    import tty

    ModesError = termios.error

signals = part("signals")

# The alternate screen, no cursor; and back.
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J", "\x1b[?25h\x1b[?1049l"
CLEAR = "\x1b[H\x1b[J"
GONE = 129  # the exit code after SIGHUP, which may come a moment later


class Screen:
    """The terminal, taken on entering and given back on leaving, whatever happens.

    It is given back for as long as the process is stopped by Ctrl-Z, too.

    Attributes:
        shown: whether there is a screen to draw on; else text is to be printed.
        keyed: whether keys can be asked for.
    """

    def __init__(self) -> None:
        self.shown = (
            sys.stdout.isatty()
            and os.environ.get("TERM") != "dumb"
            and (sys.platform != "win32" or console_mode() is not None)
        )
        self.keyed = self.shown and sys.stdin.isatty()
        self._modes: Any = None
        self._taken = False
        self._size = self.size()
        self._stale = False
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Screen:
        if self.shown:
            atexit.register(self.give_back)
            try:
                self.take()
                self._handle("SIGTSTP", self._stop)
                self._handle("SIGCONT", self._go_on)
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with signals.held():
            for number in self._handlers:
                signal.signal(number, signal.SIG_IGN)
            self.give_back()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
        atexit.unregister(self.give_back)

    def take(self) -> None:
        """Takes the terminal, also after somebody else had it."""
        if sys.platform == "win32":
            if self._modes is None:
                self._modes = console_mode()
            console_mode(self._modes | 4)  # escape sequences are understood
        elif self.keyed:
            if self._modes is None:
                self._modes = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin, termios.TCSADRAIN)
        self._taken = True
        put(ENTER)

    def give_back(self) -> None:
        """Leaves the terminal as it was."""
        if not self._taken:
            return
        # The terminal may be gone altogether.
        with contextlib.suppress(OSError, ValueError):
            put(LEAVE)
        if sys.platform == "win32":
            console_mode(self._modes)
        elif self._modes is not None:
            with contextlib.suppress(ModesError, OSError, ValueError):
                # What was typed meanwhile is nothing for the shell.
                termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, self._modes)
        self._taken = False

    def measure(self) -> None:
        """Takes the size that the next lines are set out for.

        One that changes from here on makes them stale.
        """
        self._stale = False
        self._size = self.size()

    def draw(self, body: str, foot: str, offset: int = 0) -> int:
        """Fills the screen; the line at which the next screenful begins, or 0.

        Args:
            body: lines; those that do not fit are left out.
            foot: lines that always stand at the bottom.
            offset: the first line of the body to show.
        """
        width, height = self._size
        if click.get_current_context().color is False:
            body, foot = click.unstyle(body), click.unstyle(foot)
        last = foot.splitlines()
        room = max(height - rows_of(last, width) - 1, 1)
        lines = body.splitlines()[offset:]
        shown: list[str] = []
        while lines and rows_of([*shown, lines[0]], width) <= room:
            shown.append(lines.pop(0))
        # A single line may be larger than the screen.
        shown = shown or [line[: width * room] for line in lines[:1]]
        gap = [""] * max(room + 1 - rows_of(shown, width), 1)
        with ending_without_terminal():
            put(CLEAR + "\n".join([*shown, *gap, *last]))
        return offset + len(shown) if lines else 0

    def stale(self) -> bool:
        """Whether it has to be drawn anew: it has another size, or was away."""
        return self.shown and (self._stale or self.size() != self._size)

    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        try:
            found = os.get_terminal_size(1)
        except (OSError, ValueError):
            return 80, 24
        return found.columns or 80, found.lines or 24

    def pressed(self) -> Iterator[str]:
        """The keys that were pressed meanwhile; it does not wait for any."""
        if not self.keyed:
            return
        if sys.platform == "win32":
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key == "\x03":
                    raise KeyboardInterrupt
                if key in "\x00\xe0":  # the first half of a key such as an arrow
                    msvcrt.getwch()
                else:
                    yield key
            return
        while select.select([sys.stdin], [], [], 0)[0]:
            with ending_without_terminal():
                read = os.read(sys.stdin.fileno(), 1024)
            if not read:
                sys.exit(GONE)
            if not read.startswith(b"\x1b"):
                yield from read.decode("utf-8", "replace")

    def _handle(self, name: str, handler: Any) -> None:
        if number := getattr(signal, name, None):
            self._handlers[number] = signal.signal(number, handler) or signal.SIG_DFL

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: the shell gets its terminal as it was; all goes on after fg."""
        self.give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._stop)
        self._go_on(number, frame)

    def _go_on(self, number: int, frame: FrameType | None) -> None:
        # Where the terminal is gone, drawing will tell.
        with contextlib.suppress(ModesError, OSError):
            self.take()
        self._stale = True


@contextlib.contextmanager
def ending_without_terminal() -> Iterator[None]:
    """Ends the process where the terminal is gone, as its signal would."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EIO:
            sys.exit(GONE)
        raise


def put(text: str) -> None:
    """Writes to the terminal at once."""
    if sys.platform == "win32":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    # Past sys.stdout, which a signal's handler must not enter a second time.
    rest = text.encode(sys.stdout.encoding or "utf-8", "legible")
    while rest:
        rest = rest[os.write(1, rest) :]


def rows_of(lines: list[str], width: int) -> int:
    """How many rows lines take, those that are too long more than one."""
    cells = (cell_len(plain(click.unstyle(line))) for line in lines)
    return sum(max(1, -(-size // width)) for size in cells)


def console_mode(mode: int | None = None) -> int | None:
    """The mode of the console of Windows, or sets it; None where there is none."""
    if sys.platform != "win32":
        return None
    kernel = ctypes.windll.kernel32
    handle = kernel.GetStdHandle(-11)
    if mode is not None:
        kernel.SetConsoleMode(handle, mode)
        return mode
    found = ctypes.c_ulong()
    return found.value if kernel.GetConsoleMode(handle, ctypes.byref(found)) else None
