"""What the acceptance tests of the blog share: posts to look at, and ways to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from acceptance.support import (
    Form,
    NotYet,
    Page,
    Some,
    Visitor,
    expect,
    fold,
    make,
    model,
    queries_of,
    told,
)

POST_FIELDS = ("title", "slug", "author", "body", "status", "published_at")


# ------------------------------------------------------------------------------- posts


def ago(**span: float) -> datetime:
    """A moment in the past: ``ago(days=2)``."""
    return timezone.now() - timedelta(**span)


def ahead(**span: float) -> datetime:
    """A moment in the future: ``ahead(days=1)``."""
    return timezone.now() + timedelta(**span)


def title_of(some: Some) -> str:
    """A title that is no part of another title of the same test."""
    return f"{some.title()} and {some.title().lower()}"


def rare(some: Some) -> str:
    """A word that no other text of the test holds."""
    return f"{some.name()}{some.name()}{some.number(100, 999)}"


def named(make_user: Callable[..., Any], some: Some, **fields: Any) -> Any:
    """A user with a first and a last name."""
    return make_user(
        first_name=some.word().capitalize(),
        last_name=some.word().capitalize(),
        **fields,
    )


def staff(make_user: Callable[..., Any]) -> Any:
    """A superuser."""
    return make_user(is_staff=True, is_superuser=True)


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


def label(some: Some) -> str:
    """A name for a category or a tag."""
    return rare(some).capitalize()


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
        answer = method(*arguments)
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


# ----------------------------------------------------------------------------- reading


def text_of(tag_: Any) -> str:
    """The text of an element, white space folded."""
    return fold(tag_.get_text(" "))


def shows(page: Page, text: str, *, wanted: str, look: str) -> None:
    """``<main>`` holds the text, or a sentence."""
    __tracebackhide__ = True
    said = page.text
    expect(
        fold(text) in said,
        did=page.did,
        wanted=wanted,
        got=f'"{text}" is not in <main> ({page.summary}), which says '
        f'"{said[:120]}{"…" if len(said) > 120 else ""}"',
        look=look,
    )


def in_order(page: Page, titles: list[str], *, wanted: str, look: str) -> None:
    """``<main>`` holds the titles in this order, or a sentence."""
    __tracebackhide__ = True
    for title in titles:
        shows(page, title, wanted=wanted, look=look)
    found = sorted(titles, key=page.text.index)
    expect(
        found == titles,
        did=page.did,
        wanted=f"{wanted}: {', '.join(titles)}",
        got=f"the order {', '.join(found)}",
        look=look,
    )


def heading(page: Page, text: str, *, wanted: str, look: str) -> None:
    """An ``<h1>`` holds the text, or a sentence."""
    __tracebackhide__ = True
    found = [text_of(tag_) for tag_ in page.soup.find_all("h1")]
    expect(
        any(fold(text) in one for one in found),
        did=page.did,
        wanted=wanted,
        got=f"the <h1> says {', '.join(repr(one) for one in found)}"
        if found
        else f"{page.summary}, without an <h1>",
        look=look,
    )


def path_of(address: str) -> str:
    """The path of an address on this site, without query and fragment."""
    parts = urlsplit(address)
    return "" if parts.netloc not in ("", "testserver") else parts.path


def goals(page: Page, inside: Any = None) -> list[str]:
    """The paths that the page's links lead to, or those inside one element of it."""
    return [path_of(address) for address in page.links(inside)]


def nav_goals(page: Page) -> list[str]:
    """The paths that the links of every ``<nav>`` lead to."""
    return [goal for nav in page.soup.find_all("nav") for goal in goals(page, nav)]


def links_to(page: Page, to: str, *, wanted: str, look: str, nav: bool = False) -> None:
    """The page, or its ``<nav>``, links to a path; or a sentence."""
    __tracebackhide__ = True
    found = list(dict.fromkeys(nav_goals(page) if nav else goals(page)))
    where = "in <nav>" if nav else "on the page"
    expect(
        to in found,
        did=page.did,
        wanted=wanted,
        got=f"the links {where} lead to {', '.join(found) or 'nothing'}",
        look=look,
    )


def has_no_link(page: Page, to: str, *, wanted: str, look: str) -> None:
    """No link of the page leads to a path, or a sentence."""
    __tracebackhide__ = True
    expect(
        to not in goals(page),
        did=page.did,
        wanted=wanted,
        got=f"there is a link to {to}",
        look=look,
    )


def page_links(page: Page, path: str) -> list[dict[str, list[str]]]:
    """The queries of those links that lead to ``path`` itself."""
    found = []
    for address in page.links():
        if path_of(address) == path:
            found.append(parse_qs(urlsplit(address).query))
    return found


def strings(page: Page) -> Counter[str]:
    """The pieces of text on the page, and how often each stands there."""
    body = page.soup.find("body") or page.soup
    return Counter(fold(piece) for piece in body.stripped_strings)


def only_on(page: Page, other: Page) -> list[str]:
    """The pieces of text that one page has more often than another."""
    return list((strings(page) - strings(other)).elements())


# ------------------------------------------------------------------------------- forms


def sending_form(page: Page, to: str) -> Form | None:
    """The form that posts to a path; else the first POST form of ``<main>``."""
    forms = [Form(page, tag_) for tag_ in page.soup.find_all("form")]
    posting = [form for form in forms if form.method == "post"]
    there = [form for form in posting if path_of(form.action) == to]
    inside = [form for form in posting if form.tag.find_parent("main")]
    return (there or inside or [None])[0]


def shows_errors(
    answer: Page, fresh: Page, typed: dict[str, str], *, wanted: str, look: str
) -> None:
    """An invalid form came back with its errors and with what was typed."""
    __tracebackhide__ = True
    expect(
        answer.status == 200,
        did=answer.did,
        wanted=f"status 200 and the form again ({wanted})",
        got=answer.summary,
        look=look,
    )
    form = answer.expect_form(*typed, wanted="the form again", look=look)
    for name, value in typed.items():
        held = form.values.get(name, "")
        expect(
            fold(str(held)) == fold(value),
            did=answer.did,
            wanted=f"what was typed into {name} is still in the form ({wanted})",
            got=f"the field holds {str(held)[:60]!r}",
            look=look,
        )
    own = [fold(value) for value in typed.values()]
    news = [
        piece
        for piece in only_on(answer, fresh)
        if not any(text and text in piece for text in own)
    ]
    expect(
        news,
        did=answer.did,
        wanted=f"an error message on the page ({wanted})",
        got="the page says nothing that the empty form did not say",
        look=look,
    )


def without_token(user: Any, path: str, data: dict[str, Any] | None = None) -> int:
    """The status of a POST that carries no CSRF token."""
    __tracebackhide__ = True
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    try:
        return int(client.post(path, data or {}).status_code)
    except Exception as error:
        raise NotYet(
            did=f"Sent POST {path} without a CSRF token",
            wanted="status 403",
            got=told(error),
            look="config/settings.py, MIDDLEWARE",
        ) from error


# ------------------------------------------------------------------------------- counts


def same_cost(
    visitor: Visitor,
    path: str,
    grow: Callable[[], Any],
    *,
    few: int,
    many: int,
    things: str,
    look: str,
    reason: str = "NFR-1: a list costs the same however long it is",
) -> None:
    """A page costs as many queries with ``many`` things as with ``few``.

    ``grow`` adds one thing.
    """
    __tracebackhide__ = True
    counts = []
    lists = []
    made = 0
    for size in (few, many):
        while made < size:
            grow()
            made += 1
        visitor.get(path)  # what is read once and kept is not counted
        page, sent = queries_of(lambda: visitor.get(path))
        page.expect_status(200, look=look)
        counts.append(len(sent))
        lists.append(sent)
    often = most_repeated(lists[1])
    expect(
        counts[0] == counts[1],
        did=f"Opened GET {path} with {few} and with {many} {things}",
        wanted=f"the same number of queries both times ({reason})",
        got=f"{counts[0]} queries, then {counts[1]}"
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
