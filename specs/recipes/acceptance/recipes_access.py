"""Who may do what, as a table.

A rule of access is walked whole: each person times each state of a recipe times each
address and method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from acceptance.recipes import published, recipe
from acceptance.samples import ahead
from acceptance.support import Some, Visitor, expect


def strangers(visitor: Visitor, make_user: Callable[..., Any]) -> dict[str, Visitor]:
    """Everybody who has no share in a recipe; staff have the admin, and only that."""
    return {
        "a visitor": visitor,
        "another user": visitor.sign_in(make_user()),
        "staff": visitor.sign_in(make_user(is_staff=True)),
        "a superuser": visitor.sign_in(make_user(is_staff=True, is_superuser=True)),
    }


def states(some: Some, author: Any, **fields: Any) -> dict[str, Any]:
    """A recipe in each state that one can have."""
    return {
        "a draft": recipe(some, author, **fields),
        "a recipe dated tomorrow": published(
            some, author, published_at=ahead(days=1), **fields
        ),
        "a published recipe": published(some, author, **fields),
    }


def walk(
    people: Mapping[str, Visitor],
    rows: Mapping[str, Any],
    calls: Iterable[tuple[str, Callable[[Any], str], Any]],
    wanted: Callable[[str, str], set[int]],
    untouched: Callable[[], Any],
    *,
    look: str,
) -> None:
    """Asks for the whole table; ``untouched`` gives what may not change by it.

    Args:
        people: visitors by what they are called.
        rows: recipes by their states.
        calls: (method, address of a recipe, data) of each call.
        wanted: the statuses that are right for a person and a state.
        untouched: what is compared before and after each call.
        look: where to look.
    """
    __tracebackhide__ = True
    for who, somebody in people.items():
        for state, one in rows.items():
            for method, path_of, data in calls:
                before = untouched()
                path = path_of(one)
                if method == "GET":
                    page = somebody.get(path)
                else:
                    page = somebody.post(path, data)
                page.did += f", {state} of somebody else, as {who}"
                right = wanted(who, state)
                expect(
                    page.status in right,
                    did=page.did,
                    wanted=f"status {' or '.join(map(str, sorted(right)))}: what is "
                    "not published is its author's alone, and only the author "
                    "changes a recipe",
                    got=page.summary,
                    look=look,
                )
                expect(
                    untouched() == before,
                    did=page.did,
                    wanted="nothing stored, changed or deleted",
                    got="it is",
                    look=look,
                )
