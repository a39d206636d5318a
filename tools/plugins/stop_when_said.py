"""Ends a run of pytest once a failure says what is waited for (`PATH_SAYS`).

The tests in whose code the most of that sentence stands are run first, so that the end
comes soon. Which test fails, and with what, does not depend on the order.

Loaded with ``-p`` into a learner's environment, where nothing else of ours is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

import pytest

WANTED = os.environ["PATH_SAYS"]
# A sentence is often made in a helper that a test's helper calls.
DEPTH = 3


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the likeliest tests first; among equals the order stays."""
    wanted = triples(WANTED)
    words = set(words_of(WANTED))

    def rank(item: pytest.Item) -> tuple[float, int]:
        found = [share_in(function, wanted) for function in functions_of(item)]
        return -max(found, default=0.0), -len(words & set(words_of(item.name)))

    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Asks for no further test after the one that has said it."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if report.failed and error is not None and WANTED in said(error):
        item.session.shouldstop = "it was said"
    return report


def said(error: BaseException) -> str:
    """What a failure says, in one line: that of `verdicts.failure_line`."""
    parts = [getattr(error, name, "") for name in ("did", "wanted", "got", "look")]
    return " ".join((" ".join(parts) if parts[0] else str(error)).split())


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return re.findall(r"\w+", text.lower())


def triples(text: str) -> frozenset[tuple[str, ...]]:
    """Each three words that follow one another; all of them where there are fewer."""
    words = words_of(text)
    size = min(3, len(words))
    return frozenset(
        tuple(words[at : at + size]) for at in range(len(words) - size + 1)
    )


def functions_of(item: pytest.Item) -> Iterator[FunctionType]:
    """A test, its fixtures, and what of the acceptance tests they call."""
    waiting = [(getattr(item, "function", None), 0)]
    fixtures = getattr(item, "_fixtureinfo", None)
    for definitions in getattr(fixtures, "name2fixturedefs", {}).values():
        waiting += [(definition.func, 1) for definition in definitions]
    seen = set()
    while waiting:
        function, depth = waiting.pop()
        function = getattr(function, "__func__", function)
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        if not function.__module__.startswith("acceptance"):
            continue
        yield function
        if depth < DEPTH:
            waiting += [(called, depth + 1) for called in called_by(function)]


def called_by(function: FunctionType) -> list[Any]:
    """What a function names: functions of its module and attributes of modules."""
    scope = function.__globals__
    named = [scope[name] for name in function.__code__.co_names if name in scope]
    modules = [value for value in named if type(value).__name__ == "module"]
    for module in modules:
        named += [getattr(module, name, None) for name in function.__code__.co_names]
    return named


def share_in(function: FunctionType, wanted: frozenset[tuple[str, ...]]) -> float:
    """The share of the wanted triples that stands in a function's texts."""
    if not wanted:
        return 0.0
    return len(wanted & triples_of(function.__code__)) / len(wanted)


@cache
def triples_of(code: CodeType) -> frozenset[tuple[str, ...]]:
    """The triples of all texts in a function, and in functions inside it."""
    found: frozenset[tuple[str, ...]] = frozenset()
    for value in code.co_consts:
        if isinstance(value, str):
            found |= triples(value)
        elif isinstance(value, CodeType):
            found |= triples_of(value)
    return found
