"""Who may do what, as a table; and what no page may do, whoever opens it.

A rule of access is walked whole: each person times each state of a recipe times each
address and method. What somebody wrote is text wherever it is shown, and no answer
leads where the request wants it to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from acceptance.recipes import published, recipe
from acceptance.samples import ahead, rare
from acceptance.support import Page, Some, Visitor, expect

ELSEWHERE = "https://elsewhere.example/"


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


def marked(some: Some) -> str:
    """A text with an element in it, that no other text holds."""
    return f"<u>{rare(some)}</u>"


def is_text(page: Page, *texts: str, look: str, shown: bool = True) -> None:
    """What somebody wrote stands on the page as it was typed, nowhere as HTML."""
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    for text in texts:
        expect(
            text not in page.html,
            did=f"{page.did}, with {text} in it",
            wanted="HTML in what somebody wrote shown as text (&lt;u&gt;)",
            got="an element <u>, so it could be a script as well",
            look=f"{look}, |safe or autoescape off",
        )
        word = text.removeprefix("<u>").removesuffix("</u>")
        expect(
            not shown or word in page.html,
            did=f"{page.did}, with {text} in it",
            wanted="what was written, as text",
            got="it is not there",
            look=look,
        )


def stays_here(
    somebody: Visitor, path: str, data: Mapping[str, Any], *, look: str
) -> Page:
    """The answer to a POST that names other places to go to; it follows none."""
    __tracebackhide__ = True
    page = somebody.send(
        "POST",
        f"{path}?next={ELSEWHERE}",
        {**data, "next": ELSEWHERE},
        headers={"referer": ELSEWHERE},
    )
    page.did = f"Sent POST {path} with {ELSEWHERE} as next and as Referer"
    expect(
        "elsewhere.example" not in page.headers.get("Location", ""),
        did=page.did,
        wanted="a redirect to a page of this site, whatever the request names",
        got=f"a redirect to {page.headers.get('Location', 'nowhere')}",
        look=f"{look}, redirect()",
    )
    return page
