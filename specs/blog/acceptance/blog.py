"""What the acceptance tests of the blog share: posts, categories and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acceptance import calls
from acceptance.samples import ago, label, title_of
from acceptance.support import Some, Visitor, make, model

POST_FIELDS = ("title", "slug", "author", "body", "status", "published_at")


def post(some: Some, author: Any, **fields: Any) -> Any:
    """A new post; a draft unless the fields say otherwise."""
    __tracebackhide__ = True
    tags = fields.pop("tags", None)
    more = [name for name in (*fields, *(["tags"] if tags else [])) if name]
    kind = model("blog.Post", *dict.fromkeys((*POST_FIELDS, *more)))
    given = {
        "title": title_of(some),
        "slug": some.slug(),
        "author": author,
        "body": some.paragraph(),
        "status": "draft",
    }
    made = make(kind, **{**given, **fields})
    if tags:
        made.tags.set(tags)
    return made


def published(some: Some, author: Any, **fields: Any) -> Any:
    """A new published post, of yesterday unless the fields say otherwise."""
    __tracebackhide__ = True
    given = {"status": "published", "published_at": ago(days=1)}
    return post(some, author, **{**given, **fields})


def unseen(some: Some, author: Any, **fields: Any) -> list[Any]:
    """Two drafts: one that never was published, and one that once was."""
    __tracebackhide__ = True
    return [
        post(some, author, **fields),
        post(some, author, published_at=ago(days=2), **fields),
    ]


def category(some: Some) -> Any:
    """A new category."""
    __tracebackhide__ = True
    return make(
        model("blog.Category", "name", "slug"), name=label(some), slug=some.slug()
    )


def tag(some: Some) -> Any:
    """A new tag."""
    __tracebackhide__ = True
    return make(model("blog.Tag", "name", "slug"), name=label(some), slug=some.slug())


def same_cost(
    visitor: Visitor,
    path: str,
    grow: Callable[[], Any],
    *,
    reason: str = "NFR-1: a list costs the same however long it is",
    **options: Any,
) -> None:
    """A page costs as many queries with many things as with few.

    ``grow`` adds one thing; the other arguments are those of ``calls.same_cost``.
    """
    __tracebackhide__ = True
    calls.same_cost(visitor, path, grow, reason=reason, **options)
