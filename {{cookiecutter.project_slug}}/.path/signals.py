"""Signals that end a process: it tidies up first, and is not disturbed at that."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator

# Windows has some of them only.
NUMBERS = {
    name: getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
}


def end_by_signals() -> None:
    """Lets the signals that end a process unwind this one; its exit code tells which.

    Ctrl-C does so by itself.
    """
    for name, number in NUMBERS.items():
        if name != "SIGINT":
            signal.signal(number, lambda number, _: sys.exit(128 + number))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Lets none of them come in between."""
    kept = {
        number: signal.signal(number, signal.SIG_IGN) for number in NUMBERS.values()
    }
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
