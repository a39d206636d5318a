"""What a page shows and where it leads; what its forms say.

And what no page may do: show somebody's text as HTML, change anything by a GET, lead to
another site because the request names one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from bs4 import Tag
from django.test import Client

from acceptance.support import (
    OWN_HOSTS,
    Form,
    NotYet,
    Page,
    Some,
    Visitor,
    committed,
    expect,
    fold,
    told,
)

# -------------------------------------------------------------------------------- text


def text_of(tag: Tag) -> str:
    """The text of an element, white space folded."""
    return fold(tag.get_text(" "))


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


def in_order(page: Page, texts: Sequence[str], *, wanted: str, look: str) -> None:
    """``<main>`` holds the texts in this order, or a sentence."""
    __tracebackhide__ = True
    for text in texts:
        shows(page, text, wanted=wanted, look=look)
    found = sorted(texts, key=page.text.index)
    expect(
        found == list(texts),
        did=page.did,
        wanted=f"{wanted}: {', '.join(texts)}",
        got=f"the order {', '.join(found)}",
        look=look,
    )


def heading(page: Page, text: str, *, wanted: str, look: str) -> None:
    """An ``<h1>`` holds the text, or a sentence."""
    __tracebackhide__ = True
    found = [text_of(tag) for tag in page.soup.find_all("h1")]
    expect(
        any(fold(text) in one for one in found),
        did=page.did,
        wanted=wanted,
        got=f"the <h1> says {', '.join(repr(one) for one in found)}"
        if found
        else f"{page.summary}, without an <h1>",
        look=look,
    )


def strings(page: Page) -> Counter[str]:
    """The pieces of text on the page, and how often each stands there."""
    body = page.soup.find("body") or page.soup
    return Counter(fold(piece) for piece in body.stripped_strings)


def only_on(page: Page, other: Page) -> list[str]:
    """The pieces of text that one page has more often than another."""
    return list((strings(page) - strings(other)).elements())


def told_once(answer: Page, *, look: str) -> tuple[Page, str]:
    """The page that a redirect leads to, and what only its first opening says.

    Or a sentence, where it says the same when it is opened again.
    """
    __tracebackhide__ = True
    answer.expect_redirect(look=look)
    first, again = (answer.visitor.get(answer.location) for _ in range(2))
    first.expect_status(200, look=look)
    said = only_on(first, again)
    expect(
        said,
        did=f"{answer.did}, then opened {answer.location} twice",
        wanted="a message on the first page and not on the second",
        got="both pages say the same",
        look=f"{look}: messages.success(request, …), and the messages in "
        "templates/base.html",
    )
    return first, " ".join(said)


# ------------------------------------------------------------------------------- links


def path_of(address: str) -> str:
    """The path of an address on this site, without query and fragment."""
    parts = urlsplit(address)
    return "" if parts.netloc not in OWN_HOSTS else unquote(parts.path)


def goals(page: Page, inside: Tag | None = None) -> list[str]:
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
        got=("" if page.status == 200 else f"{page.summary}; ")
        + f"the links {where} lead to {', '.join(found) or 'nothing'}",
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
    return [
        parse_qs(urlsplit(address).query)
        for address in page.links()
        if path_of(address) == path
    ]


def stand_at(addresses: Mapping[str, str], *, look: str) -> None:
    """Each path is the address that its URL's name leads to, or a sentence.

    Args:
        addresses: what was looked up, by the path that is wanted.
        look: where to look.
    """
    __tracebackhide__ = True
    for path, found in addresses.items():
        expect(
            path == found,
            did=f"Looked up the URL of {path}",
            wanted=path,
            got=found,
            look=look,
        )


def asks_to_log_in(
    page: Page, log_in: str, back: str, *, wanted: str, look: str
) -> None:
    """A redirect to the login page, and from there to ``back``; or a sentence."""
    __tracebackhide__ = True
    page.expect_redirect(log_in, wanted=wanted, look=look)
    onward = parse_qs(urlsplit(page.location).query).get("next", [""])[0]
    expect(
        onward == back,
        did=page.did,
        wanted=f"next={back} in the address of the redirect",
        got=page.location,
        look=look,
    )


# ------------------------------------------------------------------------------- forms


def sending_form(page: Page, to: str) -> Form | None:
    """The form that posts to a path; else the first POST form of ``<main>``."""
    forms = [Form(page, tag) for tag in page.soup.find_all("form")]
    posting = [form for form in forms if form.method == "post"]
    there = [form for form in posting if path_of(form.action) == to]
    inside = [form for form in posting if form.tag.find_parent("main")]
    return next(iter(there or inside), None)


def shows_errors(
    answer: Page, fresh: Page, typed: Mapping[str, str], *, wanted: str, look: str
) -> None:
    """An invalid form came back with its errors and with what was typed.

    Args:
        answer: what came back.
        fresh: the page with the form as it was before.
        typed: what was typed, by field; it is not asked for where it is empty.
        wanted: why the form is invalid, in words.
        look: where to look.
    """
    __tracebackhide__ = True
    expect(
        answer.status == 200,
        did=answer.did,
        wanted=f"status 200 and the form again ({wanted})",
        got=answer.summary,
        look=look,
    )
    if typed:
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


def without_token(user: Any, path: str, data: Mapping[str, Any] | None = None) -> int:
    """The status of a POST that carries no CSRF token; a user of None is a visitor."""
    __tracebackhide__ = True
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    try:
        with committed():
            return int(client.post(path, data or {}).status_code)
    except Exception as error:
        raise NotYet(
            did=f"Sent POST {path} without a CSRF token",
            wanted="an answer, not an error",
            got=told(error),
            look="config/settings.py, MIDDLEWARE",
        ) from error


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

    A field of a form that holds the text shows it, too.

    Args:
        page: what shows them.
        texts: the texts, by what they are: "the title of a post".
        look: where to look.
        shown: whether the page has to show it; if not, it may.
    """
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    typed = [str(tag.get("value", "")) for tag in page.soup.find_all("input")]
    for what, text in texts.items():
        found = page.soup.find(id=text.rpartition("=")[2].removesuffix(">"))
        expect(
            found is None,
            did=f"{page.did}, with HTML in {what}",
            wanted=f"{what} shown as text: &lt;i&gt; for <i>",
            got="the page holds a real <i>",
            look=f"{look}: leave out the filter safe",
        )
        if shown and text not in typed:
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
) -> Page:
    """The answer to a GET with all that the form would send, which changes nothing.

    Or a sentence.

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
        wanted="nothing stored, changed or deleted by a GET, whatever its query says: "
        "browsers prefetch links, and bots follow them",
        got="it is done",
        look=f"{look}: change data only where request.method is POST",
    )
    return page


# ----------------------------------------------------------- no answer leads elsewhere

ELSEWHERE = "https://elsewhere.example/trap/"
NAMES = ("next", "return_to", "redirect_to")


def stays_here(
    reader: Visitor, path: str, data: Mapping[str, Any], *, look: str
) -> Page:
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
    return answer.expect_redirect(
        wanted="a redirect within this site: a Referer and a next come from anybody",
        look=f"{look}, the redirect",
    )
