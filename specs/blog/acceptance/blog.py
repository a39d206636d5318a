"""What the acceptance tests of the blog share: posts, categories and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from acceptance import calls
from acceptance.pages import only_on
from acceptance.samples import ago, label, title_of
from acceptance.support import (
    NotYet,
    Page,
    Some,
    Visitor,
    expect,
    fail,
    make,
    model,
)

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


def shows_its_date(visitor: Visitor, path: str, one: Any, *, look: str) -> None:
    """A page shows when a post was published, in whatever way; or a sentence.

    Args:
        visitor: who opens the page.
        path: a page that shows the post.
        one: a published post.
        look: where to look.
    """
    __tracebackhide__ = True
    first = visitor.get(path).expect_status(200, look=look)
    rows = type(one).objects.filter(pk=one.pk)
    rows.update(published_at=one.published_at - timedelta(days=1000))
    second = visitor.get(path)
    rows.update(published_at=one.published_at)
    expect(
        only_on(first, second),
        did=f"{first.did}, and once more when the post was 1000 days older",
        wanted="the publication date of the post on the page",
        got="the page says the same for both dates",
        look=look,
    )


# ------------------------------------------------------------------- two things at once

STATEMENTS = 20  # whoever sends so many to store one row would go on for ever


@contextmanager
def before_storing(table: str, act: Callable[[], Any]) -> Iterator[None]:
    """Plays what somebody else does after every check and before the row is stored.

    Of two people who save at the same moment one is the first; here it is always
    somebody else. What they have done stays done: where ``transaction.atomic()`` takes
    it back with the rest of a block, it is done again.

    Args:
        table: the table that an INSERT or UPDATE is waited for.
        act: what somebody else does; it may be called again.
    """
    from django.db import connection

    stores = f'INSERT INTO "{table}"', f'UPDATE "{table}"'
    seen, acting = 0, False

    def somebody() -> None:
        nonlocal acting
        acting = True
        try:
            act()
        finally:
            acting = False

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        nonlocal seen
        if acting:
            return execute(sql, params, many, context)
        if sql.startswith(stores):
            seen += 1
            if seen == 1:
                somebody()
            if seen > STATEMENTS:
                fail(
                    did=f"Counted what is sent to store one row in {table}",
                    wanted="an end, whatever the database complains about",
                    got=f"{seen} statements so far, one like the other",
                    look="the loop round transaction.atomic() and IntegrityError",
                )
        answer = execute(sql, params, many, context)
        if seen and sql.startswith("ROLLBACK TO SAVEPOINT"):
            somebody()
        return answer

    with connection.execute_wrapper(watch):
        yield


def meanwhile(
    table: str,
    act: Callable[[], Any],
    send: Callable[[], Page],
    *,
    what: str,
    wanted: str,
    look: str,
) -> Page:
    """The answer to what is sent while somebody else does something, or a sentence.

    Args:
        table: where the row goes that is sent.
        act: what somebody else does; it may be called again.
        send: sends a form.
        what: what somebody else does, in words.
        wanted: what the answer should be, in words.
        look: where to look.
    """
    __tracebackhide__ = True
    try:
        with before_storing(table, act):
            answer = send()
    except NotYet as error:
        fail(did=f"{error.did}, while {what}", wanted=wanted, got=error.got, look=look)
    answer.did += f", while {what}"
    return answer
