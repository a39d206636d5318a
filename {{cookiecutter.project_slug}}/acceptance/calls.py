"""Calls of the learner's own methods, and the queries that a page costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from acceptance.support import NotYet, Page, Visitor, expect, queries_of, told


def ask(holder: Any, name: str, *arguments: Any, owner: str, look: str) -> Any:
    """Calls a method of the learner's own, or says that it is missing or fails."""
    __tracebackhide__ = True
    method = getattr(holder, name, None)
    did = f"Called {owner}.{name}()"
    expect(
        callable(method),
        did=did,
        wanted=f"a method {name}",
        got=f"{owner} has no {name}" if method is None else f"{name} is no method",
        look=look,
    )
    try:
        answer = method(*arguments)  # type: ignore[misc]
        if isinstance(answer, QuerySet):
            # Some mistakes show only when the database is asked.
            len(answer.all())
        return answer
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(
            did=did, wanted="an answer, not an error", got=told(error), look=look
        ) from error


def same_cost(
    visitor: Visitor,
    path: str,
    grow: Callable[[], Any],
    *,
    few: int,
    many: int,
    things: str,
    look: str,
    reason: str = "a page costs the same however much it shows",
) -> None:
    """A page costs as many queries with ``many`` things as with ``few``.

    ``grow`` adds one thing.
    """
    __tracebackhide__ = True
    same_queries(
        lambda: visitor.get(path),
        grow,
        few=few,
        many=many,
        did=lambda _: f"Opened GET {path} with {few} and with {many} {things}",
        look=look,
        reason=reason,
    )


def same_queries(
    opened: Callable[[], Page],
    grow: Callable[[], Any],
    *,
    few: int,
    many: int,
    did: Callable[[Page], str],
    look: str,
    reason: str,
) -> None:
    """What ``opened`` opens costs as many queries each time, or a sentence.

    Args:
        opened: opens the page.
        grow: adds one thing to it.
        few: how many things there are at first.
        many: how many there are the second time.
        did: what was done, in words; it is given the page.
        look: where to look.
        reason: why the numbers are to be the same.
    """
    __tracebackhide__ = True
    lists: list[list[str]] = []
    made = 0
    for size in (few, many):
        while made < size:
            grow()
            made += 1
        opened()  # what is read once and kept is not counted
        page, sent = queries_of(opened)
        page.expect_status(200, look=look)
        lists.append(sent)
    often = most_repeated(lists[1])
    expect(
        len(lists[0]) == len(lists[1]),
        did=did(page),
        wanted=f"the same number of queries both times ({reason})",
        got=f"{len(lists[0])} queries, then {len(lists[1])}"
        + (f'; most often "{often}"' if often else ""),
        look=look,
    )


def most_repeated(sent: Iterable[str]) -> str:
    """The beginning of the query that was sent most often, if one was sent twice."""
    tables = Counter(
        sql.split(" FROM ", 1)[1].split(" ", 1)[0].strip('"`')
        for sql in sent
        if " FROM " in sql
    )
    if not tables:
        return ""
    table, often = tables.most_common(1)[0]
    return f"SELECT … FROM {table}" if often > 1 else ""
