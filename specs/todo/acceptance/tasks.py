"""What the acceptance tests of the to-do list share: tasks, rows, forms and roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from time import sleep
from typing import Any
from unittest.mock import patch

from bs4 import Tag

from acceptance.pages import (
    asks_to_log_in,
    markup,
    only_on,
    sending_form,
    stays_text,
    text_of,
)
from acceptance.samples import OTHERS, ago, rare
from acceptance.support import (
    Form,
    Page,
    Some,
    Visitor,
    expect,
    fail,
    fold,
    make,
    model,
    url,
)

FIELDS = ("title", "notes", "start", "due", "priority")
TEMPLATE = "templates/todo/_task.html"
# Whoever has an account, and sees nothing but their own rows on the pages of the site.
LOGGED_IN = OTHERS[1:]

# --------------------------------------------------------------------------------- rows


def tasks(*fields: str) -> Any:
    """The model of a task, with these fields besides the usual ones."""
    __tracebackhide__ = True
    return model("todo.Task", "owner", *FIELDS, "done_at", "created_at", *fields)


def a_task(some: Some, owner: Any, *labels: Any, **fields: Any) -> Any:
    """A task of a user; open, of normal priority and without dates if not told."""
    __tracebackhide__ = True
    kind = tasks(*[name for name in fields if name not in FIELDS])
    one = make(kind, **{"owner": owner, "title": rare(some).capitalize(), **fields})
    if labels:
        one.labels.set(labels)
    return one


def only(rows: Any, *, did: str, look: str) -> Any:
    """The one row that there is, or a sentence."""
    __tracebackhide__ = True
    found = list(rows)
    expect(
        len(found) == 1,
        did=did,
        wanted="one row for it",
        got=f"{len(found)} rows",
        look=look,
    )
    return found[0]


def a_list(some: Some, owner: Any, name: str = "") -> Any:
    """A list of a user."""
    __tracebackhide__ = True
    kind = model("todo.TaskList", "owner", "name")
    return make(kind, owner=owner, name=name or rare(some).capitalize())


def a_label(some: Some, owner: Any, name: str = "") -> Any:
    """A label of a user."""
    __tracebackhide__ = True
    kind = model("todo.Label", "owner", "name")
    return make(kind, owner=owner, name=name or rare(some).capitalize())


def today_plus(days: int) -> date:
    """A day, counted from today in UTC."""
    from django.utils import timezone

    return timezone.now().date() + timedelta(days=days)


def stored(*kinds: Any) -> list[dict[str, Any]]:
    """All rows of some models, to be compared."""
    return [
        row for kind in kinds for row in kind._default_manager.order_by("pk").values()
    ]


def stored_but(kind: Any, *columns: str) -> list[dict[str, Any]]:
    """All rows of a model without these columns, to be compared."""
    return [
        {name: value for name, value in row.items() if name not in columns}
        for row in stored(kind)
    ]


def long_title(some: Some) -> str:
    """A title of nearly 200 letters, with a rare word at its end."""
    word = rare(some)
    return f"{some.words(50)[: 199 - len(word)].strip().capitalize()} {word}"


def is_now(stamp: Callable[[], Any], *, did: str, wanted: str, look: str) -> None:
    """What is stored is the moment at which it is stored, or a sentence.

    Python's clock may tell it, or that of the database, which does not travel.

    Args:
        stamp: does it once more, and returns the moment that is stored then.
        did: what it does, in words.
        wanted: what was wanted.
        look: where to look.
    """
    __tracebackhide__ = True
    import time_machine

    moments = [
        datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC),
        datetime(2033, 9, 8, 17, 46, 35, tzinfo=UTC),
    ]
    found, early = [], ago(seconds=5)
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            found.append(stamp())
        sleep(0.01)  # Two moments of the database differ, too.
    late = ago(seconds=-5)
    own = None not in found and early < found[0] < found[1] < late
    expect(
        found == moments or own,
        did=f"{did} at {moments[0]:%Y-%m-%d %H:%M:%S} UTC, and again at "
        f"{moments[1]:%Y-%m-%d %H:%M:%S}",
        wanted=wanted,
        got=" and ".join(
            f"{one:%Y-%m-%d %H:%M:%S}" if one else "None" for one in found
        ),
        look=look,
    )


# ------------------------------------------------------------------------------- a page


def element(page: Page, name: str, *, look: str = TEMPLATE) -> Tag:
    """The element of a page with an id, or a sentence."""
    __tracebackhide__ = True
    found = page.soup.find(id=name)
    if not isinstance(found, Tag):
        fail(
            did=page.did,
            wanted=f"an element with the id {name}",
            got=f"{page.summary}; the ids are {', '.join(ids(page)) or 'none'}",
            look=look,
        )
    return found


def ids(page: Page) -> list[str]:
    """The ids of the elements inside ``<main>``, in their order."""
    return [str(tag["id"]) for tag in (page.main or page.soup).find_all(id=True)]


def keys(page: Page, kind: str = "task") -> list[int]:
    """The primary keys of the rows of a page, in their order."""
    found = (re.fullmatch(rf"{kind}-(\d+)", name) for name in ids(page))
    return [int(match[1]) for match in found if match]


def lists_exactly(
    page: Page, wanted: Iterable[Any], *, why: str, look: str, kind: str = "task"
) -> None:
    """A page has these rows in this order and no others, or a sentence."""
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    rows = list(wanted)
    named = {row.pk: str(row) for row in rows}
    found = keys(page, kind)
    expect(
        found == [row.pk for row in rows],
        did=page.did,
        wanted=f"{why}: {', '.join(named.values()) or 'nothing'}",
        got=", ".join(named.get(key, f"another one ({kind}-{key})") for key in found)
        or "no row at all",
        look=look,
    )


def row_says(
    page: Page, name: str, text: str, *, why: str, look: str = TEMPLATE
) -> None:
    """The element of an id holds a text, or a sentence."""
    __tracebackhide__ = True
    said = text_of(element(page, name, look=look))
    expect(
        fold(text) in said,
        did=page.did,
        wanted=f'"{text}" in the element {name} ({why})',
        got=f'it says "{said[:160]}"',
        look=look,
    )


def states() -> dict[str, dict[str, Any]]:
    """The fields of a task in each state that a row of the list may be in."""
    return {
        "a task": {},
        "a task of high priority": {"priority": 3, "due": today_plus(90)},
        "a task that is due today": {"due": today_plus(0)},
        "an overdue task": {"due": today_plus(-9)},
        "a done task": {"due": today_plus(-9), "done_at": ago(hours=1)},
    }


def bare(some: Some) -> str:
    """Text that becomes an attribute, wherever a template leaves out the quotes."""
    return f"a data-x{some.number(10**6, 10**7 - 1)}=1 b"


def stays_quoted(page: Page, texts: Mapping[str, str], *, look: str) -> None:
    """No text of `bare` is an attribute of an element, or a sentence."""
    __tracebackhide__ = True
    for what, text in texts.items():
        name = text.split()[1].partition("=")[0]
        found = page.soup.find(attrs={name: True})
        expect(
            found is None,
            did=f"{page.did}, with the text {text} in {what}",
            wanted=f"{what} shown as text, and in quotes wherever it is the value of "
            "an attribute (NFR-5)",
            got=f"it has become an attribute of <{found.name if found else ''}>",
            look=look,
        )


def rows_stay_text(
    who: Visitor, some: Some, field: str, *, path: str = "/", look: str = TEMPLATE
) -> None:
    """A field of a task is shown as text, in whatever state the task is."""
    __tracebackhide__ = True
    texts = {}
    for state, fields in states().items():
        text = texts[f"the {field} of {state}"] = markup(some)
        a_task(some, who.user, **{**fields, field: text})
    plain = bare(some)
    a_task(some, who.user, **{field: plain})
    page = who.get(path)
    stays_text(page, texts, look=look)
    stays_quoted(page, {f"the {field} of a task": plain}, look=look)


# The attributes by which an element loads something, without <a href>.
LOADS = ("src", "srcset", "imagesrcset", "poster", "data", "background", "xlink:href")
FOREIGN = re.compile(r"(?:^|[\s,])(?:https?:)?//", re.IGNORECASE)


def keeps_the_policy(page: Page, *, look: str) -> None:
    """Nothing that the Content Security Policy stops is in a page, or a sentence."""
    __tracebackhide__ = True
    inside = [
        f"<{tag.name}>"
        for tag in page.soup.find_all(["style", "script"])
        if not tag.get("src")
    ]
    loaded = []
    for tag in page.soup.find_all(True):
        inside += [
            f'{key}="{value}"'
            for key, value in tag.attrs.items()
            if key == "style" or key.startswith("on")
        ]
        names = (*LOADS, *(["href"] if tag.name in ("link", "image", "use") else ()))
        loaded += [str(tag[name]) for name in names if tag.has_attr(name)]
    expect(
        not inside,
        did=page.did,
        wanted="no style and no script inside the page: the policy stops them (NFR-3)",
        got=", ".join(inside[:3]),
        look=look,
    )
    foreign = [one for one in loaded if FOREIGN.search(one)]
    foreign += [
        str(tag)
        for tag in page.soup.find_all("meta", attrs={"http-equiv": True})
        if str(tag["http-equiv"]).lower() == "refresh"
    ]
    expect(
        not foreign,
        did=page.did,
        wanted="nothing from another host (NFR-3), and no page that leaves by itself",
        got=", ".join(foreign[:3]),
        look=look,
    )


# ------------------------------------------------------------------------------- access


def is_kept_out(
    who: Visitor,
    method: str,
    path: str,
    data: Mapping[str, Any],
    kinds: tuple[Any, ...],
    *,
    look: str,
) -> None:
    """An address of somebody else's row: a login page or a 404, and nothing changes.

    It is so whatever is sent: a form with mistakes is not checked before the row is
    looked up. And the answer does not name the row.
    """
    __tracebackhide__ = True
    before = stored(*kinds)
    if method == "GET":
        pages = [who.get(path, dict(data))]
    else:
        sent = dict(data), {}, dict.fromkeys(data, "-")
        pages = [who.post(path, one) for one in sent]
    for page in pages:
        _is_kept_out(page, method, path, kinds, look=look)
    expect(
        stored(*kinds) == before,
        did=pages[0].did,
        wanted="nothing changed by anybody but the owner (FR-11)",
        got="a row is changed or gone",
        look=look,
    )


def _is_kept_out(
    page: Page, method: str, path: str, kinds: tuple[Any, ...], *, look: str
) -> None:
    __tracebackhide__ = True
    who = page.visitor
    if who.user is None:
        page.expect_redirect(
            url("accounts:login"),
            wanted="a redirect to the login page (FR-11)",
            look=f"{look}, login_required",
        )
        if method == "GET":
            clean = who.get(path)
            asks_to_log_in(
                clean,
                url("accounts:login"),
                path,
                wanted="a redirect to the login page (FR-11)",
                look=look,
            )
    else:
        page.expect_status(
            404,
            wanted="status 404: what belongs to somebody else does not exist (FR-11)",
            look=look,
        )
    for kind in kinds:
        for row in kind._default_manager.all():
            page.expect_hides(
                str(row),
                wanted="an answer that does not name what belongs to others (FR-11)",
                look=look,
            )


def back_after_login(
    visitor: Visitor, user: Any, password: str, path: str, *, look: str
) -> None:
    """Logging in leads to the page that a visitor has asked for, or a sentence."""
    __tracebackhide__ = True
    asked = visitor.get(path)
    asked.expect_redirect(url("accounts:login"), look=look)
    form = form_of(visitor.get(asked.location), "username", "password", look=look)
    answer = form.send(username=user.get_username(), password=password)
    expect(
        300 <= answer.status < 400 and answer.location == path,
        did=f"Opened {path} as a visitor, and sent the form of the login page",
        wanted=f"a redirect to {path}, the page that was asked for (FR-1)",
        got=answer.summary,
        look=look,
    )


def is_kept_out_whatever_is_sent(
    who: Visitor,
    path: str,
    sent: Mapping[str, Mapping[str, Any]],
    kinds: tuple[Any, ...],
    *,
    look: str,
) -> None:
    """The same by POST, with valid and with invalid data; or a sentence.

    Args:
        who: who asks, and is not the owner.
        path: the address of somebody else's row.
        sent: what is sent, by what it is: ``{"an empty form": {}}``.
        kinds: the models whose rows are compared.
        look: where to look.
    """
    __tracebackhide__ = True
    for what, data in sent.items():
        is_kept_out(
            who,
            "POST",
            path,
            data,
            kinds,
            look=f"{look}: look the row up before the form is checked ({what})",
        )


# -------------------------------------------------------------------------------- forms


def sent_from_elsewhere(
    who: Visitor,
    path: str,
    data: Mapping[str, Any],
    referer: str = "https://elsewhere.example/",
) -> Page:
    """The answer to a POST that another page has sent, usually one of another site."""
    __tracebackhide__ = True
    return who.send("POST", path, dict(data), headers={"Referer": referer})


def form_of(page: Page, *fields: str, look: str) -> Form:
    """The POST form of a page with these fields, or a sentence."""
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    form = page.expect_form(*fields, look=look)
    expect(
        form.method == "post",
        did=page.did,
        wanted="a form of method post (NFR-5)",
        got=f"its method is {form.method}",
        look=look,
    )
    return form


def confirming(page: Page, *, look: str) -> Form:
    """The form by which a page asks for confirmation, or a sentence."""
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    form = sending_form(page, page.path)
    if form is None or form.tag.find_parent("main") is None:
        fail(
            did=page.did,
            wanted="a form of method post inside <main> that confirms it",
            got="there is none",
            look=look,
        )
    return form


def refused(
    form: Form,
    fresh: Page,
    typed: Mapping[str, Any],
    kinds: tuple[Any, ...],
    *,
    why: str,
    look: str,
) -> Page:
    """The answer to an invalid form: 200, an error, nothing stored; or a sentence."""
    __tracebackhide__ = True
    before = stored(*kinds)
    page = form.send(dict(typed))
    expect(
        stored(*kinds) == before,
        did=page.did,
        wanted=f"nothing stored or changed: {why}",
        got="a row is new or changed",
        look=look,
    )
    page.expect_status(200, wanted=f"status 200 and the form again: {why}", look=look)
    own = [fold(value) for value in typed.values() if isinstance(value, str)]
    news = [
        piece
        for piece in only_on(page, fresh)
        # An error may well hold a short value, such as a priority that does not exist.
        if not any(text == piece or (len(text) > 24 and text in piece) for text in own)
    ]
    expect(
        news,
        did=page.did,
        wanted=f"an error on the page: {why}",
        got="the page says nothing that it did not say before",
        look=look,
    )
    return page


def still_typed(page: Page, typed: Mapping[str, str], *, look: str) -> None:
    """The form that came back holds what was typed, or a sentence."""
    __tracebackhide__ = True
    form = page.expect_form(*typed, wanted="the form again", look=look)
    for name, value in typed.items():
        held = str(form.values.get(name, ""))
        expect(
            fold(held) == fold(value),
            did=page.did,
            wanted=f"what was typed into {name} still in the form",
            got=f"the field holds {held[:60]!r}",
            look=look,
        )


@contextmanager
def somebody_stores_first(kind: Any, act: Callable[[], Any]) -> Iterator[list[bool]]:
    """Lets somebody else act right before a row of a model is written.

    What they have stored stays stored where a savepoint of ours is rolled back.
    """
    from django.db import connection

    table = f'"{kind._meta.db_table}"'
    acted: list[bool] = []
    busy = False

    def somebody() -> None:
        nonlocal busy
        busy = True
        try:
            act()
        finally:
            busy = False

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if busy:
            return execute(sql, params, many, context)
        if not acted and sql.startswith((f"INSERT INTO {table}", f"UPDATE {table}")):
            acted.append(True)
            somebody()
        answer = execute(sql, params, many, context)
        if acted and sql.startswith("ROLLBACK TO SAVEPOINT"):
            somebody()
        return answer

    with connection.execute_wrapper(watch):
        yield acted


@contextmanager
def refused_at_the_end(kind: Any) -> Iterator[list[bool]]:
    """Plays a row that goes while another one that points at it is being stored.

    PostgreSQL says so when the transaction ends: here, where the outermost savepoint of
    the request is released after a row of the model was written. A visitor's request is
    in a savepoint of its own; without another, each statement is a transaction.
    """
    from django.db import IntegrityError, connection

    table = f'"{kind._meta.db_table}"'
    words = ("INSERT INTO", "INSERT OR IGNORE INTO", "UPDATE")
    written = tuple(f"{word} {table}" for word in words)
    depth = 0
    waiting = False
    refused_once: list[bool] = []

    def refuse() -> None:
        nonlocal waiting
        waiting = False
        refused_once.append(True)
        raise IntegrityError("FOREIGN KEY constraint failed")

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        nonlocal depth, waiting
        writes = not refused_once and sql.startswith(written)
        if sql.startswith("SAVEPOINT"):
            depth += 1
        elif sql.startswith("RELEASE SAVEPOINT"):
            if waiting and depth == 2:
                refuse()
            depth -= 1
        elif writes and depth < 2:
            refuse()
        answer = execute(sql, params, many, context)
        waiting = waiting or writes
        return answer

    with connection.execute_wrapper(watch):
        yield refused_once


def refused_meanwhile(
    form: Form,
    sent: Mapping[str, Any],
    written: Any,
    kinds: tuple[Any, ...],
    *,
    what: str,
    look: str,
) -> None:
    """A form whose choice goes while its task is stored gets an answer; or a sentence.

    Args:
        form: the form of a task.
        sent: what is sent, valid when it is checked.
        written: the model whose row points at what goes.
        kinds: the models whose rows stay as they are.
        what: what goes, in a word.
        look: where to look.
    """
    __tracebackhide__ = True
    why = f"the {what} is deleted while the task is being stored (NFR-6)"
    try:
        with refused_at_the_end(written):
            refused(form, form.page, sent, kinds, why=why, look=look)
    except AssertionError as error:
        fail(
            did=f"Sent the form of a task while another request deleted its {what}, so "
            "that the database raised IntegrityError",
            wanted="200 with an error on the page, and nothing stored (NFR-6)",
            got=str(getattr(error, "got", error)),
            look=look,
        )


@contextmanager
def somebody_waits_for_the_lock(kind: Any, act: Callable[[], Any]) -> Iterator[None]:
    """Plays a database with row locks: somebody acts right after a row is read.

    Where it was read with ``select_for_update()`` they wait until all is stored. SQLite
    has no locks, and Django leaves them out for it: here it is told otherwise, and the
    words are taken out of the statement again.
    """
    from django.db import connection

    table = f'"{kind._meta.db_table}"'
    words = re.compile(r" FOR (NO KEY )?UPDATE\b[^()]*$")
    names = ("", "_of", "_nowait", "_skip_locked")
    features = connection.features
    real = bool(features.has_select_for_update)
    acted = locked = False

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        nonlocal acted, locked
        first = (
            not (acted or locked)
            and sql.startswith("SELECT")
            and f"FROM {table}" in sql
        )
        if first and words.search(sql):
            locked = True
        answer = execute(sql if real else words.sub("", sql), params, many, context)
        if first and not locked:
            acted = True
            act()
        return answer

    with ExitStack() as played:
        for name in () if real else names:
            full = f"has_select_for_update{name}"
            played.enter_context(patch.object(features, full, True))
        with connection.execute_wrapper(watch):
            yield
    if not acted:
        act()


def labelled(page: Page, *, look: str) -> None:
    """Every visible field of the forms in ``<main>`` has a label, or a sentence."""
    __tracebackhide__ = True
    inside = page.main or page.soup
    named = {str(tag["for"]) for tag in inside.find_all("label", attrs={"for": True})}
    bare = [
        str(tag.get("name"))
        for tag in inside.find_all(["input", "select", "textarea"])
        if str(tag.get("type", "")) not in ("hidden", "submit", "button")
        and str(tag.get("id", "")) not in named
        and tag.find_parent("label") is None
        and not tag.has_attr("aria-label")
    ]
    expect(
        not bare,
        did=page.did,
        wanted="a <label> for every field (NFR-2)",
        got=f"none for {', '.join(bare)}",
        look=look,
    )


def shows_its_own_errors(
    form: Form, kind: Any, patch: Callable[..., None], *, look: str
) -> None:
    """An error that belongs to no field is shown with the form, or a sentence.

    The model makes one. A form that does not ask the model has none to show.

    Args:
        form: a form that is valid as it is.
        kind: the model behind it.
        patch: pytest's ``monkeypatch.setattr``.
        look: where to look.
    """
    __tracebackhide__ = True
    from django.core.exceptions import ValidationError

    said = "Something is wrong with all of it."
    asked: list[Any] = []

    def clean(row: Any) -> None:
        asked.append(row)
        raise ValidationError(said)

    patch(kind, "clean", clean)
    page = form.send()
    if asked:
        page.expect_status(200, wanted="status 200 and the form again", look=look)
        page.expect_shows(
            said,
            wanted="an error that belongs to no field, such as one of the model's "
            "clean(), with the form",
            look=look,
        )
