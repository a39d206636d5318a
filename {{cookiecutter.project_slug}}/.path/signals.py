"""Signals that end a process: it tidies up first, and is not disturbed at that."""

from __future__ import annotations

import atexit
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

# Windows has some of them only.
NUMBERS = {
    name: getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
}

# For so many seconds an end that one of them began is not begun anew by another: that
# would break off the tidying up. Later one counts again; the first may have been lost.
MOMENT = 2.0

_begun = float("-inf")
_holding = 0
_held: list[int] = []


def end_by_signals() -> None:
    """Lets the signals that end a process unwind this one; its exit code tells which.

    What was started deaf to Ctrl-C, as in the background of a script, stays so.
    """
    for name, number in NUMBERS.items():
        if name != "SIGINT" or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _come)
    # Python's own last steps would be ended by them, and the exit code with it.
    atexit.unregister(_ignore)
    atexit.register(_ignore)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Lets those that come meanwhile wait until its end."""
    global _holding
    _holding += 1
    try:
        yield
    finally:
        _holding -= 1
        if _held and not _holding:
            first = _held[0]
            _held.clear()
            _come(first, None)


def _come(number: int, _: FrameType | None) -> None:
    """One has come: it unwinds the process, waits, or comes upon another."""
    global _begun
    if _holding:
        _held.append(number)
    elif time.monotonic() - _begun >= MOMENT:
        _begun = time.monotonic()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)


def _ignore() -> None:
    for number in NUMBERS.values():
        signal.signal(number, signal.SIG_IGN)
