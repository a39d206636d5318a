"""The rules of the blog, walked whole.

Who may open and send what is a table: a role, a state of the post, an address and a
method. What every list shows, that text stays text, that a GET changes nothing and
that no answer leads to another site is asked here too, in one way for every task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from acceptance.blog import post, published
from acceptance.pages import shows
from acceptance.samples import ago, ahead, staff
from acceptance.support import Page, Some, Visitor, expect

# ----------------------------------------------------------------- roles and states

# Two kinds of staff: Django asks a superuser for no permission, and a view may ask for
# either.
ROLES = ("visitor", "stranger", "owner", "member of staff", "superuser")
OTHERS = tuple(role for role in ROLES if role != "owner")

# What only its owner may see, in the words of a sentence.
DRAFTS = ("draft", "draft that was published")
HIDDEN = (*DRAFTS, "post dated tomorrow")
STATES = ("published post", *HIDDEN)


def in_role(
    role: str, visitor: Visitor, make_user: Callable[..., Any], owner: Any
) -> Visitor:
    """Somebody in a role; the owner is the user that is given."""
    __tracebackhide__ = True
    if role == "visitor":
        return visitor
    make_one = {
        "stranger": make_user,
        "owner": lambda: owner,
        "member of staff": lambda: make_user(is_staff=True),
        "superuser": lambda: staff(make_user),
    }[role]
    return visitor.sign_in(make_one())


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


# ------------------------------------------------------------------------------ lists


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


# -------------------------------------------------------------------- text stays text


def markup(some: Some) -> str:
    """Text that becomes an element, wherever a template does not escape it.

    It leaves an attribute and the ``<title>`` of the page as well.
    """
    return f'"></title><i id=x{some.number(10**6, 10**7 - 1)}>'


def stays_text(
    page: Page, texts: Mapping[str, str], *, look: str, shown: bool = True
) -> None:
    """Each text of `markup` is shown as the text that it is; or a sentence.

    Args:
        page: what shows them.
        texts: the texts, by what they are: "the title of a post".
        look: where to look.
        shown: whether the page has to show it; if not, it may.
    """
    __tracebackhide__ = True
    for what, text in texts.items():
        found = page.soup.find(id=text.rpartition("=")[2].removesuffix(">"))
        expect(
            found is None,
            did=f"{page.did}, with HTML in {what}",
            wanted=f"{what} shown as text: &lt;i&gt; for <i>",
            got="the page holds a real <i>",
            look=f"{look}: leave out the filter safe",
        )
        if shown:
            wanted = f"{what} shown as the text that it is"
            page.expect_shows(text, wanted=wanted, look=look)


# --------------------------------------------------------------- a GET changes nothing

# Words by which an address may be asked to do at once what its form does.
AT_ONCE = {"confirm": "1", "confirmed": "1", "delete": "1", "yes": "1", "sure": "1"}


def changes_nothing(
    reader: Visitor,
    path: str,
    data: Mapping[str, Any],
    state: Callable[[], Any],
    *,
    look: str,
) -> None:
    """A GET with all that the form would send leaves all as it is; or a sentence.

    Args:
        reader: who asks, and may change it by POST.
        path: the address of a form.
        data: what the form would send.
        state: what is compared, before and after.
        look: where to look.
    """
    __tracebackhide__ = True
    before = state()
    page = reader.get(path, {**AT_ONCE, **data})
    expect(
        state() == before,
        did=page.did,
        wanted="nothing stored, changed or deleted by a GET, whatever its query says "
        "(NFR-5: browsers prefetch links, and bots follow them)",
        got="it is done",
        look=f"{look}: change data only where request.method is POST",
    )


# ----------------------------------------------------------- no answer leads elsewhere

ELSEWHERE = "https://elsewhere.example/trap/"
NAMES = ("next", "return_to", "redirect_to")


def stays_here(reader: Visitor, path: str, data: Mapping[str, Any], look: str) -> Page:
    """The answer to a valid form, which leads to this site whatever is asked for.

    Or a sentence. The Referer and several fields name another site.
    """
    __tracebackhide__ = True
    asked = {**data, **dict.fromkeys(NAMES, ELSEWHERE)}
    answer = reader.send(
        "POST", f"{path}?next={ELSEWHERE}", asked, headers={"Referer": ELSEWHERE}
    )
    answer.did = (
        f"Sent POST {path} as {reader.who}, coming from {ELSEWHERE} and with "
        f"next={ELSEWHERE}"
    )
    answer.expect_redirect(look=look)
    where = str(answer.headers["Location"])
    expect(
        urlsplit(where).netloc in ("", "testserver"),
        did=answer.did,
        wanted="a redirect within this site: a Referer and a next come from anybody",
        got=f"a redirect to {where}",
        look=f"{look}, the redirect",
    )
    return answer
