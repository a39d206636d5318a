"""What the acceptance tests are written with.

Every failure is a `NotYet`: a sentence about what was done, what was wanted, what came
instead and where to look. An error in your own code becomes such a sentence too, with
the file and the line.
"""

from __future__ import annotations

import importlib
import json
import linecache
import logging
import os
import random
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


class NotYet(AssertionError):
    """The task is not done yet, in four parts that path.py sets out."""

    def __init__(self, *, did: str, wanted: str, got: str, look: str = "") -> None:
        self.did, self.wanted, self.got, self.look = did, wanted, got, look
        super().__init__(did)

    def __str__(self) -> str:
        return f"{self.did}\n  Wanted  {self.wanted}\n  Got     {self.got}" + (
            f"\n  Look    {self.look}" if self.look else ""
        )


def fail(*, did: str, wanted: str, got: str, look: str = "") -> NoReturn:
    """Fails the test with a sentence."""
    __tracebackhide__ = True
    raise NotYet(did=did, wanted=wanted, got=got, look=look)


def expect(holds: object, *, did: str, wanted: str, got: str, look: str = "") -> None:
    """Fails the test with a sentence unless ``holds``."""
    __tracebackhide__ = True
    if not holds:
        raise NotYet(did=did, wanted=wanted, got=got, look=look)


def place_of(error: BaseException) -> tuple[str, int, str] | None:
    """(file, line, code) of the last step of an error inside the learner's own code."""
    if isinstance(error, SyntaxError) and error.filename:
        own = own_path(error.filename)
        if own:
            return own, error.lineno or 0, (error.text or "").strip()
    found = None
    steps = [*traceback.walk_tb(error.__traceback__)]
    cause = error.__cause__
    if cause is not None and type(cause) is type(error):
        # Django raises a TemplateDoesNotExist anew, out of its template.
        steps += traceback.walk_tb(cause.__traceback__)
    for frame, number in steps:
        file = frame.f_code.co_filename
        if own := own_path(file):
            found = own, number, linecache.getline(file, number).strip()
        elif frame.f_code.co_name in ("compile_nodelist", "render_annotated"):
            found = _in_template(frame.f_locals.get("self"), error) or found
    return found


def _in_template(step: Any, error: BaseException) -> tuple[str, int, str] | None:
    """(file, line, code) of a step of Django's in the learner's template.

    The step is a template that is read, whose error knows the tag, or a node of one
    that is rendered.
    """
    token = getattr(step, "token", None) or getattr(error, "token", None)
    name = getattr(getattr(step, "origin", None), "name", None)
    line = getattr(token, "lineno", None)
    own = own_path(name) if isinstance(name, str) else None
    if own is None or not isinstance(line, int):
        return None
    return own, line, linecache.getline(str(name), line).strip()


def own_path(filename: str) -> str | None:
    """The path inside the repository, if it is the learner's own code."""
    if filename.startswith("<"):  # No file, as in "<frozen importlib._bootstrap>".
        return None
    try:
        path = Path(filename).resolve().relative_to(ROOT)
    except (ValueError, OSError):
        return None
    foreign = {"acceptance", ".venv", "venv", "env", "site-packages", ".path"}
    if foreign & set(path.parts) or str(path) in ("conftest.py", "path.py"):
        return None
    return path.as_posix()


def described(error: BaseException) -> dict[str, Any]:
    """An error as path.py reads it: type, message, file, line and code."""
    file, line, code = place_of(error) or (None, None, "")
    message = told(error).removeprefix(f"{type(error).__name__}: ")
    return {
        "type": type(error).__name__,
        "message": message,
        "file": file,
        "line": line,
        "code": code,
    }


def told(error: BaseException) -> str:
    """An error in one line: its kind and its first sentence."""
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _crashed(error: Exception, *, did: str, wanted: str, look: str) -> NotYet:
    place = place_of(error)
    got, missing = told(error), _missing_template(error)
    if missing:
        got += f"; there is no {missing}"
    if place is None:
        return NotYet(did=did, wanted=wanted, got=got, look=missing or look)
    file, line, code = place
    got += f" ({file}, line {line}: {code})"
    return NotYet(did=did, wanted=wanted, got=got, look=f"{file}, line {line}")


def _missing_template(error: Any) -> str | None:
    """Where Django looked first for a template that is not there."""
    if type(error).__name__ != "TemplateDoesNotExist":
        return None
    for each in (error, *getattr(error, "chain", ())):
        for origin, _ in getattr(each, "tried", ()):
            if own := own_path(str(origin.name)):
                return own
    return None


def brief(text: str, most: int) -> str:
    """Text in one line of at most so many characters, cut between two words."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    words, space, _ = line[:most].rpartition(" ")
    return f"{words if space else line[: most - 1]}…"


def patience(usual: float) -> float:
    """How many seconds a test waits for other processes before it gives up.

    Who gives a run more time by PATH_TIMEOUT, on a slow machine, gives it to these too;
    but for the last seconds, which are left for the sentence about it.
    """
    try:
        return max(usual, float(os.environ["PATH_TIMEOUT"]) - 10)
    except (KeyError, ValueError):
        return usual


# ----------------------------------------------------------------- the learner's code


def load(dotted: str, *, look: str = "") -> Any:
    """The object that ``dotted`` names (``blog.forms.PostForm``), or a module."""
    __tracebackhide__ = True
    did = f"Imported {dotted}"
    wanted = f"a module or name {dotted}"
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        name = ".".join(parts[:size])
        try:
            found = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(error.name + ".")):
                continue
            raise _crashed(error, did=did, wanted=wanted, look=look) from error
        except Exception as error:
            raise _crashed(error, did=did, wanted=wanted, look=look) from error
        for index, part in enumerate(parts[size:], size):
            if not hasattr(found, part):
                where = ".".join(parts[:index]).replace(".", "/")
                is_module = index == size
                place = f"{where}.py" if is_module else where
                if is_module and (ROOT / where).is_dir():
                    place = f"{where}/"
                fail(
                    did=did,
                    wanted=wanted,
                    got=f"there is no {part} in {place}",
                    look=look or place,
                )
            found = getattr(found, part)
        return found
    place = parts[0] if len(parts) == 1 else "/".join(parts[:2]) + ".py"
    fail(did=did, wanted=wanted, got="there is no such module", look=look or place)


def model(label: str, *fields: str) -> Any:
    """The model ``app.Name`` with these fields, and with its migrations made."""
    __tracebackhide__ = True
    from django.apps import apps

    app, name = label.split(".")
    file = f"{app}/models.py"
    did = f"Looked for the model {name} of the app {app}"
    try:
        config = apps.get_app_config(app)
    except LookupError:
        fail(
            did=did,
            wanted=f"the app {app} in INSTALLED_APPS",
            got="it is not installed",
            look="config/settings.py, INSTALLED_APPS",
        )
    try:
        found = config.get_model(name)
    except LookupError:
        others = ", ".join(sorted(m.__name__ for m in config.get_models()))
        fail(
            did=did,
            wanted=f"a model {name}",
            got=f"the app has {others}" if others else "the app has no model",
            look=file,
        )
    known = {field.name for field in found._meta.get_fields()}
    missing = [field for field in fields if field not in known]
    expect(
        not missing,
        did=did,
        wanted=f"the fields {', '.join(fields)}",
        got=f"there is no {' and no '.join(missing)}",
        look=f"{file}, {name}",
    )
    changed = unmigrated()
    expect(
        app not in changed,
        did=f"Compared {file} with the migrations of {app}",
        wanted="a migration for every change to a model",
        got=f"without a migration: {changed.get(app, '')}",
        look=f"python manage.py makemigrations {app}",
    )
    return found


@cache
def unmigrated() -> dict[str, str]:
    """The changes to models that no migration holds yet, by app."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    questioner = NonInteractiveMigrationQuestioner(
        specified_apps=None, dry_run=True, verbosity=0
    )
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), questioner
    )
    # An app without a migrations package is asked for by name, or it goes unnoticed.
    own = {c.label for c in apps.get_app_configs() if own_path(f"{c.path}/apps.py")}
    try:
        changes = detector.changes(
            graph=loader.graph, convert_apps=loader.unmigrated_apps & own or None
        )
    except SystemExit:
        # A new field without a default: makemigrations has to ask what old rows get.
        return dict.fromkeys(own, "a new field needs a default for the rows that exist")
    return {
        app: "; ".join(
            operation.describe()
            for found in migrations
            for operation in found.operations
        )
        for app, migrations in changes.items()
        if migrations and any(m.operations for m in migrations)
    }


def make(kind: Any, /, **fields: Any) -> Any:
    """A new row of a model, or a sentence with the database's complaint."""
    __tracebackhide__ = True
    from django.db import transaction

    name = kind.__name__
    given = ", ".join(f"{key}={_short(value)}" for key, value in fields.items())
    try:
        with transaction.atomic():
            return kind._default_manager.create(**fields)
    except Exception as error:
        raise _crashed(
            error,
            did=f"Created a {name} with {given}",
            wanted="a row in the database",
            look=f"{kind.__module__.replace('.', '/')}.py, {name}",
        ) from error


def url(name: str, *args: Any, look: str = "", **kwargs: Any) -> str:
    """The address of a named URL, or a sentence that there is none."""
    __tracebackhide__ = True
    from django.urls import NoReverseMatch, reverse

    given = ", ".join(
        [repr(a) for a in args] + [f"{key}={value!r}" for key, value in kwargs.items()]
    )
    did = f"Looked up the URL {name}" + (f" with {given}" if given else "")
    app = name.split(":")[0] if ":" in name else "config"
    where = look or f"{app}/urls.py"
    try:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch as error:
        raise NotYet(
            did=did, wanted=f"a path named {name}", got=told(error), look=where
        ) from None
    except Exception as error:
        raise _crashed(
            error, did=did, wanted=f"a path named {name}", look=where
        ) from error


def queries_of(call: Callable[[], T]) -> tuple[T, list[str]]:
    """What a call gives back, and the SQL that it sent."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as context:
        result = call()
    sent = [query["sql"] for query in context.captured_queries]
    return result, [sql for sql in sent if not sql.startswith(_SAVEPOINTS)]


_SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def committed() -> Iterator[None]:
    """Runs at its end what waits for a commit (`transaction.on_commit`).

    A test stands in a transaction that is rolled back, so nothing is committed in it.
    What a visitor sends is treated like this by itself.
    """
    __tracebackhide__ = True
    with ExitStack() as hooks:
        hooks.enter_context(_committed())
        yield
        try:
            hooks.close()
        except NotYet:
            raise
        except Exception as error:
            raise _crashed(
                error,
                did="Committed a transaction",
                wanted="what waited for the commit done, and no error",
                look="transaction.on_commit",
            ) from error


def _committed() -> AbstractContextManager[Any]:
    from django.test import TestCase

    return TestCase.captureOnCommitCallbacks(execute=True)


# What logs those errors: a real commit, and one of `captureOnCommitCallbacks`.
LOGGERS = ("django.db.backends.base", "django.test")


class _Logged(logging.Handler):
    """Keeps the errors that Django logs, and does not raise, after a commit."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and "in on_commit()" in record.getMessage():
            self.errors.append(error)


@contextmanager
def unheard() -> Iterator[None]:
    """Adds to a sentence what failed after a commit with ``robust=True``.

    Django logs such an error and goes on: all that a test sees is that nothing has come
    of it.
    """
    __tracebackhide__ = True
    loggers = [logging.getLogger(name) for name in LOGGERS]
    handler = _Logged()
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    except NotYet as sentence:
        for error in handler.errors[-1:]:
            place = place_of(error)
            where = f" ({place[0]}, line {place[1]}: {place[2]})" if place else ""
            sentence.got += f"; and after the commit {told(error)}{where}"
        raise
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def run_hook(hook: Callable[[], Any], robust: bool) -> None:
    """Runs what waited for a commit, as Django does after it.

    Django's own code runs it, so what fails, fails in the same way: where a robust one
    raises, Django logs its ``__qualname__``, which a ``partial`` has not.
    """
    from django.db.backends.base.base import BaseDatabaseWrapper

    class Committed:
        run_on_commit = [(set(), hook, robust)]

        def validate_no_atomic_block(self) -> None:
            """A test stands in a transaction all the same."""

    BaseDatabaseWrapper.run_and_clear_commit_hooks(Committed())  # type: ignore[arg-type]


# -------------------------------------------------------------------- pages and forms


# The hosts of this site in an address: none, and that of Django's test client.
OWN_HOSTS = ("", "testserver")


class Page:
    """One answer of the site, as a visitor sees it."""

    def __init__(self, visitor: Visitor, did: str, path: str, response: Any) -> None:
        self.visitor, self.did, self.path = visitor, did, path
        self.response = response
        self.status: int = response.status_code
        self.headers = response.headers

    def __repr__(self) -> str:
        return f"<Page {self.did}: {self.status}>"

    @property
    def html(self) -> str:
        """The body as text; that of a streamed or binary answer as far as it can be."""
        body = (
            b"".join(self.response.streaming_content)
            if self.response.streaming
            else self.response.content
        )
        return str(body.decode(self.response.charset or "utf-8", "replace"))

    def json(self, *, look: str = "") -> Any:
        """The body read as JSON, or a sentence."""
        __tracebackhide__ = True
        kind = self.headers.get("Content-Type", "no type")
        try:
            if "json" in kind:
                return json.loads(self.html)
        except ValueError:
            kind = "something that cannot be read as JSON"
        fail(
            did=self.did,
            wanted="an answer in JSON",
            got=f"{self.summary}, {kind}",
            look=look,
        )

    @property
    def soup(self) -> BeautifulSoup:
        """The page, parsed."""
        if not hasattr(self, "_soup"):
            self._soup = BeautifulSoup(self.html, "html.parser")
        return self._soup

    @property
    def main(self) -> Tag | None:
        """The element ``<main>``, or None."""
        found = self.soup.find("main")
        return found if isinstance(found, Tag) else None

    @property
    def text(self) -> str:
        """The text of ``<main>``, or of the whole page, white space folded."""
        return fold((self.main or self.soup).get_text(" "))

    @property
    def all_text(self) -> str:
        """The text of the whole page, white space folded."""
        return fold(self.soup.get_text(" "))

    @property
    def location(self) -> str:
        """The path and query that a redirect leads to; empty where it is none.

        The whole address where it leads to another site.
        """
        address = str(self.headers.get("Location", ""))
        where = urlsplit(address)
        if where.netloc not in OWN_HOSTS:
            return address
        return where.path + (f"?{where.query}" if where.query else "")

    @property
    def summary(self) -> str:
        """The answer in a few words, for a ``got``."""
        if 300 <= self.status < 400:
            return f"{self.status}, a redirect to {self.location or 'nowhere'}"
        return f"status {self.status}"

    def links(self, inside: Tag | None = None) -> list[str]:
        """The paths of all links, resolved against this page's own."""
        return [
            urljoin(self.path, str(a["href"]))
            for a in (inside or self.soup).find_all("a", href=True)
        ]

    def form(self, *fields: str) -> Form | None:
        """The first form that holds all these fields."""
        for tag in self.soup.find_all("form"):
            form = Form(self, tag)
            if form.has(*fields):
                return form
        return None

    def expect_form(self, *fields: str, wanted: str = "", look: str = "") -> Form:
        """The first form that holds all these fields, or a sentence."""
        __tracebackhide__ = True
        form = self.form(*fields)
        if form is not None:
            return form
        named = ", ".join(fields)
        forms = [Form(self, tag) for tag in self.soup.find_all("form")]
        got = (
            "; ".join(
                "a form with " + (", ".join(f.names) or "no field") for f in forms
            )
            if forms
            else f"{self.summary}, no form on the page"
        )
        fail(
            did=self.did,
            wanted=wanted or f"a form with the fields {named}",
            got=got,
            look=look,
        )

    def expect_status(self, *statuses: int, wanted: str = "", look: str = "") -> Page:
        """This page, if it answers with one of the statuses; or a sentence."""
        __tracebackhide__ = True
        asked = " or ".join(str(status) for status in statuses)
        expect(
            self.status in statuses,
            did=self.did,
            wanted=wanted or f"status {asked}",
            got=self.summary,
            look=look,
        )
        return self

    def expect_shows(self, text: str, *, wanted: str = "", look: str = "") -> Page:
        """This page, if its text holds ``text``; or a sentence."""
        __tracebackhide__ = True
        expect(
            fold(text) in self.all_text,
            did=self.did,
            wanted=wanted or f'"{text}" on the page',
            got=f'"{text}" is not there ({self.summary}); the page says '
            f'"{_short(self.text, 160)}"',
            look=look,
        )
        return self

    def expect_hides(self, text: str, *, wanted: str = "", look: str = "") -> Page:
        """This page, if its text does not hold ``text``; or a sentence."""
        __tracebackhide__ = True
        expect(
            fold(text) not in self.all_text,
            did=self.did,
            wanted=wanted or f'no "{text}" on the page',
            got=f'"{text}" is on the page',
            look=look,
        )
        return self

    def expect_redirect(
        self, to: str = "", *, wanted: str = "", look: str = ""
    ) -> Page:
        """This page, if it redirects within this site; or a sentence.

        Where a path is given, to that path; queries are not compared.
        """
        __tracebackhide__ = True
        there = urlsplit(self.location)
        expect(
            300 <= self.status < 400
            and not there.netloc
            and (not to or there.path == urlsplit(to).path),
            did=self.did,
            wanted=wanted or ("a redirect" + (f" to {to}" if to else "")),
            got=self.summary + self._form_errors(),
            look=look,
        )
        return self

    def _form_errors(self) -> str:
        """What the form in the answer complains about, if there is one."""
        for candidate in getattr(self.response, "context", None) or []:
            for value in candidate.dicts if hasattr(candidate, "dicts") else []:
                for item in value.values():
                    errors = getattr(item, "errors", None)
                    if errors and hasattr(errors, "as_data"):
                        complaints = "; ".join(
                            f"{field}: {' '.join(str(e) for e in found)}"
                            for field, found in errors.items()
                        )
                        return f", and the form says {complaints}"
        return ""


class Form:
    """A form of a page, filled in and sent as a browser would."""

    def __init__(self, page: Page, tag: Tag) -> None:
        self.page, self.tag = page, tag
        self.method = str(tag.get("method", "get")).lower()
        self.action = urljoin(page.path, str(tag.get("action") or page.path))

    @property
    def names(self) -> list[str]:
        """The names of its fields, without the token."""
        found = [
            str(field["name"])
            for field in self.tag.find_all(["input", "select", "textarea"])
            if field.get("name") and field["name"] != "csrfmiddlewaretoken"
        ]
        return list(dict.fromkeys(found))

    def has(self, *fields: str) -> bool:
        """Whether it holds all these fields."""
        return set(fields) <= set(self.names)

    def options(self, name: str) -> list[str]:
        """The values that a select, or a group of radio buttons or boxes, offers."""
        select = self.tag.find("select", attrs={"name": name})
        if isinstance(select, Tag):
            return [
                str(option.get("value", "")) for option in select.find_all("option")
            ]
        return [
            str(box.get("value", "on"))
            for box in self.tag.find_all("input", attrs={"name": name})
        ]

    @property
    def values(self) -> dict[str, Any]:
        """What it would send untouched, hidden fields and the token among it."""
        sent: dict[str, list[str]] = {}
        for field in self.tag.find_all(["input", "select", "textarea"]):
            name = str(field.get("name") or "")
            if not name or field.has_attr("disabled"):
                continue
            kind = str(field.get("type", "text")).lower()
            if field.name == "textarea":
                sent.setdefault(name, []).append(field.get_text().removeprefix("\n"))
            elif field.name == "select":
                options = field.find_all("option")
                chosen = [o for o in options if o.has_attr("selected")]
                if not chosen and not field.has_attr("multiple"):
                    chosen = options[:1]
                for option in chosen:
                    value = option.get("value", option.get_text())
                    sent.setdefault(name, []).append(str(value))
            elif kind in ("checkbox", "radio"):
                if field.has_attr("checked"):
                    sent.setdefault(name, []).append(str(field.get("value", "on")))
            elif kind not in ("submit", "button", "image", "reset", "file"):
                sent.setdefault(name, []).append(str(field.get("value", "")))
        return {
            name: found[0] if len(found) == 1 else found for name, found in sent.items()
        }

    def send(self, fields: Mapping[str, Any] | None = None, **changes: Any) -> Page:
        """Fills the fields in and sends the form; None leaves a field out.

        Args:
            fields: names that are no names of Python: ``{"steps-0-text": "Stir."}``.
            changes: the other names; a file is open, or a ``SimpleUploadedFile``.
        """
        __tracebackhide__ = True
        data = {**self.values, **(fields or {}), **changes}
        data = {name: value for name, value in data.items() if value is not None}
        files = [name for name, value in data.items() if hasattr(value, "read")]
        kind = str(self.tag.get("enctype", "")).lower()
        if files and (self.method != "post" or kind != "multipart/form-data"):
            fail(
                did=f"{self.page.did} and chose a file for {', '.join(files)}",
                wanted="a form that sends the file itself",
                got=f'a form of the type "{kind}", which sends its name only'
                if kind
                else "a form without an enctype, which sends its name only",
                look='<form method="post" enctype="multipart/form-data">',
            )
        if self.method == "get":
            return self.page.visitor.get(self.action, data)
        return self.page.visitor.post(self.action, data, csrf=True)


class Visitor:
    """Somebody at a browser: anonymous, or signed in as a user."""

    def __init__(self, user: Any = None) -> None:
        from django.test import Client

        self.client = Client()
        self.user = user
        if user is not None:
            self.client.force_login(user)

    @property
    def who(self) -> str:
        """How a sentence calls them."""
        if self.user is None:
            return "a visitor"
        name = self.user.get_username()
        return f"{name}, a member of staff" if self.user.is_staff else str(name)

    def sign_in(self, user: Any) -> Visitor:
        """A new visitor, signed in as ``user``; this one stays as it is."""
        return Visitor(user)

    def get(self, path: str, data: Any = None, *, follow: bool = False) -> Page:
        """Opens a page."""
        __tracebackhide__ = True
        return self._send("GET", path, data, follow=follow, csrf=False)

    def post(
        self, path: str, data: Any = None, *, follow: bool = False, csrf: bool = False
    ) -> Page:
        """Sends data to a page; with ``csrf`` it is refused without a valid token."""
        __tracebackhide__ = True
        return self._send("POST", path, data, follow=follow, csrf=csrf)

    def send(self, method: str, path: str, data: Any = None, **options: Any) -> Page:
        """Any other method, or JSON: ``send("PATCH", path, {…}, json=True)``.

        Args:
            method: the method of the request.
            path: the address.
            data: the fields, or with ``json=True`` whatever JSON can hold.
            options: ``json``; ``headers``, a mapping, as Django's test client takes it.
        """
        __tracebackhide__ = True
        return self._send(
            method.upper(), path, data, follow=False, csrf=False, **options
        )

    def _send(
        self,
        method: str,
        path: str,
        data: Any,
        *,
        follow: bool,
        csrf: bool,
        json: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        __tracebackhide__ = True
        from django.db import connection, transaction

        verb = "Opened" if method == "GET" else "Sent"
        did = f"{verb} {method} {path} as {self.who}"
        more: dict[str, Any] = {"headers": headers} if headers else {}
        if json:
            did += f" with {_short(data, 160)}"
            more["content_type"] = "application/json"
        elif data and method not in ("GET", "POST"):
            more["content_type"] = _FORM
            data = urlencode(data, doseq=True)
        elif data and method != "GET":
            shown = {k: v for k, v in data.items() if k != "csrfmiddlewaretoken"}
            fields = ", ".join(f"{key}={_short(value)}" for key, value in shown.items())
            did += f" with {fields}" if fields else ""
        elif data:
            did += " with " + ", ".join(f"{k}={_short(v)}" for k, v in data.items())
        self.client.handler.enforce_csrf_checks = csrf
        call = getattr(self.client, method.lower())
        if data is None and not json:
            data = {}
        try:
            with ExitStack() as guard:
                if connection.in_atomic_block:
                    guard.enter_context(_committed())
                    # A database error in a view must not spoil the test's own queries.
                    guard.enter_context(transaction.atomic())
                response = call(path, data, follow=follow, **more)
        except Exception as error:
            raise _crashed(
                error, did=did, wanted="a page, not an error", look=""
            ) from error
        if csrf and response.status_code == 403 and "csrf" in _reason(response):
            fail(
                did=did,
                wanted="a form with its CSRF token, so that Django accepts it",
                got="403: the form was sent without a valid token",
                look="{% csrf_token %} inside the <form>",
            )
        final = path
        if follow and response.redirect_chain:
            final = response.redirect_chain[-1][0]
        return Page(self, did, final, response)


_FORM = "application/x-www-form-urlencoded"


def _reason(response: Any) -> str:
    return str(response.content[:4000]).lower()


def fold(text: str) -> str:
    """Text with every run of white space as one blank."""
    return re.sub(r"\s+", " ", text).strip()


def _short(value: Any, most: int = 40) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = fold(text)
    return text if len(text) <= most else text[: most - 1] + "…"


# ------------------------------------------------------------------------ random data

_ADJECTIVES = (
    "Quiet Amber Distant Early Gentle Hollow Silver Narrow Patient Restless Salted "
    "Slanted Spare Steady Sudden Tidal Unhurried Weathered Winding Wooden Copper Late "
    "Northern Painted Second Borrowed Crooked Folded Frosted Lasting"
).split()
_NOUNS = (
    "harbours lanterns orchards ledgers bridges kettles gardens letters mountains "
    "pavements rivers signals stations summers tables towers valleys voyages windows "
    "workshops almanacs beacons cellars engines ferries hedges markets meadows maps"
).split()
_WORDS = (
    "after again along among because before behind between bread candle carry corner "
    "cover evening every follow found friend handle island kitchen ladder later listen "
    "little market minute morning never north often open paper people plain quick "
    "reach river road round season shelf shore simple small sound spring stone street "
    "table thread through touch travel under until village walk water while winter"
).split()
_NAMES = (
    "ada alan barbara donald edsger frances grace hedy jean john karen katherine "
    "leslie margaret niklaus radia robin shafi sophie tim vint whitfield"
).split()


class Some:
    """Random data; the seed is printed, and PATH_SEED repeats a run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = random.Random(seed)
        self._used: set[str] = set()

    def _fresh(self, draw: Callable[[], str]) -> str:
        """A text that this test has not seen yet.

        It is drawn again where it was seen: a number behind it would make a text that
        the earlier one is a part of. Only where hardly any is left it gets one.
        """
        for _ in range(100):
            text = draw()
            if text.lower() not in self._used:
                break
        while text.lower() in self._used:
            text = f"{draw()} {self._random.randint(2, 9999)}"
        self._used.add(text.lower())
        return text

    def number(self, low: int = 2, high: int = 9) -> int:
        """A whole number, both bounds included."""
        return self._random.randint(low, high)

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return self._random.choice(items)

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Some of the items, none twice."""
        return self._random.sample(list(items), count)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All the items in another order, and not in that from the last to the first.

        Where there are two there is no such order, and any may come.
        """
        given = list(items)
        plain = [given, given[::-1]] if len(given) > 2 else []
        for _ in range(100):
            mixed = self._random.sample(given, len(given))
            if mixed not in plain:
                break
        return mixed

    def title(self) -> str:
        """A title such as "Quiet harbours", each one once."""
        return self._fresh(lambda: f"{self.choice(_ADJECTIVES)} {self.choice(_NOUNS)}")

    def slug(self) -> str:
        """A slug such as "quiet-harbours-412", each one once."""
        text = self._fresh(
            lambda: (
                f"{self.choice(_ADJECTIVES)} {self.choice(_NOUNS)} "
                f"{self._random.randint(10, 999)}"
            )
        )
        return text.lower().replace(" ", "-")

    def word(self) -> str:
        """A word of small letters, each one once."""
        return self._fresh(lambda: self.choice(_WORDS)).replace(" ", "")

    def words(self, count: int = 8) -> str:
        """Some words in a row."""
        return " ".join(self.choice(_WORDS) for _ in range(count))

    def sentence(self) -> str:
        """A sentence of eight to twelve words."""
        return self.words(self.number(8, 12)).capitalize() + "."

    def paragraph(self, sentences: int = 4) -> str:
        """Some sentences."""
        return " ".join(self.sentence() for _ in range(sentences))

    def name(self) -> str:
        """A user name such as "grace", each one once; none begins with another."""
        free = [name for name in _NAMES if name not in self._used]
        if free:
            return self._fresh(lambda: self.choice(free))
        # "quietgrace": no name begins with an adjective, and no adjective with another.
        return self._fresh(
            lambda: self.choice(_ADJECTIVES).lower() + self.choice(_NAMES)
        )

    def rare(self) -> str:
        """A word that no other text of the test holds, and that begins with no name."""
        return self._fresh(
            lambda: (
                f"by{self.choice(_NAMES)}{self.choice(_NAMES)}"
                f"{self._random.randint(100, 999)}"
            )
        ).replace(" ", "")

    def password(self) -> str:
        """A password that Django's validators accept."""
        return f"{self.choice(_NOUNS)}-{self.choice(_WORDS)}-{self.number(1000, 9999)}X"
