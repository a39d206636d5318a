"""The states that a post can be in, and which of them a list may show.

Who may open and send what is a table: a role, a state of the post, an address and a
method. Every task walks it in the same states.
"""

from __future__ import annotations

from typing import Any

from acceptance.blog import post, published
from acceptance.pages import shows
from acceptance.samples import ago, ahead
from acceptance.support import Some, Visitor

# ------------------------------------------------------------------------------- states

# What only its owner may see, in the words of a sentence.
DRAFTS = ("draft", "draft that was published")
HIDDEN = (*DRAFTS, "post dated tomorrow")
STATES = ("published post", *HIDDEN)


def in_state(state: str, some: Some, author: Any, **fields: Any) -> Any:
    """A new post in a state."""
    __tracebackhide__ = True
    if state == "published post":
        return published(some, author, **fields)
    if state == "post dated tomorrow":
        return published(some, author, published_at=ahead(days=1), **fields)
    if state == "draft that was published":
        return post(some, author, published_at=ago(days=2), **fields)
    return post(some, author, **fields)


# -------------------------------------------------------------------------------- lists


def lists_what_is_published(
    reader: Visitor,
    path: str,
    some: Some,
    author: Any,
    *,
    states: tuple[str, ...] = HIDDEN,
    look: str,
    **fields: Any,
) -> None:
    """A list shows a published post, and none of those that are not; or a sentence.

    Args:
        reader: who opens it.
        path: the address of the list.
        some: random data.
        author: who writes the posts.
        states: what must not be there.
        look: where to look.
        fields: what files the posts under this list.
    """
    __tracebackhide__ = True
    public = published(some, author, **fields)
    hidden = [(state, in_state(state, some, author, **fields)) for state in states]
    page = reader.get(path).expect_status(200, look=look)
    shows(page, public.title, wanted="the published post (FR-2)", look=look)
    for state, one in hidden:
        why = (
            "no draft on the page (FR-2: drafts are seen by their author only), "
            "whoever opens it"
            if state in DRAFTS
            else f"no {state} on the page (FR-2: its publication date has not come), "
            "whoever opens it"
        )
        page.expect_hides(one.title, wanted=why, look=look)
