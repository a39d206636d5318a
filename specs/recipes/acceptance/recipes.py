"""What the acceptance tests of recipes share: recipes, forms, pictures and mail."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.locmem import EmailBackend
from PIL import Image

from acceptance import samples
from acceptance.pages import path_of, sending_form
from acceptance.samples import ago, label, rare, title_of
from acceptance.support import (
    Form,
    NotYet,
    Page,
    Some,
    Visitor,
    committed,
    expect,
    fold,
    make,
    model,
    told,
    url,
)

RECIPE_FIELDS = (
    "author",
    "category",
    "title",
    "slug",
    "description",
    "servings",
    "prep_minutes",
    "cook_minutes",
    "status",
    "published_at",
)
FORM_FIELDS = (
    "title",
    "category",
    "description",
    "servings",
    "prep_minutes",
    "cook_minutes",
    "status",
)
LOG_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    """An empty cache of its own, and a folder of its own for uploaded files.

    A file of tests imports this name, and all its tests have it. `REDIS_URL` may name
    a Redis with much else in it, so the test has a prefix there.
    """
    settings.MEDIA_ROOT = str(tmp_path / "media")
    prefix = f"acceptance-{uuid4().hex}"
    caches = {
        name: {**given, "KEY_PREFIX": prefix} for name, given in settings.CACHES.items()
    }
    settings.CACHES = caches
    forget()
    yield
    settings.CACHES = caches  # a test may have exchanged them
    forget()


def forget() -> None:
    """Empties the test's cache, so that a page is made anew and no limit is reached."""
    from django.conf import settings
    from django.core.cache import caches

    for name, given in settings.CACHES.items():
        if "redis" not in str(given.get("LOCATION", "")):
            caches[name].clear()
        elif given.get("KEY_PREFIX", "").startswith("acceptance-"):
            forget_prefix(given["LOCATION"], given["KEY_PREFIX"])


def forget_prefix(location: str, prefix: str) -> None:
    """Deletes the keys of a test from Redis, and no others."""
    from redis import Redis, RedisError

    with suppress(RedisError, OSError), Redis.from_url(location) as server:
        for key in server.scan_iter(match=f"{prefix}:*", count=1000):
            server.delete(key)


# ---------------------------------------------------------------------- rows of a test


def named(make_user: Callable[..., Any], some: Some, **fields: Any) -> Any:
    """A user with a first and a last name that no other has, and an address."""
    given = {"first_name": rare(some).capitalize(), "email": address_of(some)}
    return samples.named(make_user, some, **{**given, **fields})


def address_of(some: Some) -> str:
    """An e-mail address that no other user of the test has."""
    return f"{rare(some)}@example.com"


def row(kind: Any, **fields: Any) -> Any:
    """A new row, committed as far as anything in a test can be; or a sentence."""
    __tracebackhide__ = True
    with committed():
        return make(kind, **fields)


def changed(one: Any, **fields: Any) -> Any:
    """The row, changed in the database behind the model's back."""
    type(one)._base_manager.filter(pk=one.pk).update(**fields)
    forget()
    one.refresh_from_db()
    return one


def category(some: Some, **fields: Any) -> Any:
    """A new category."""
    __tracebackhide__ = True
    kind = model("recipes.Category", "name", "slug")
    return row(kind, **{"name": label(some), "slug": some.slug(), **fields})


def recipe(some: Some, author: Any, *, rows: int = 1, **fields: Any) -> Any:
    """A new recipe; a draft of 10 + 20 minutes unless the fields say otherwise.

    Args:
        some: the test's random data.
        author: whose it is.
        rows: how many ingredients and how many steps it gets.
        fields: the fields of the model.
    """
    __tracebackhide__ = True
    kind = model("recipes.Recipe", *dict.fromkeys((*RECIPE_FIELDS, *fields)))
    given = {
        "title": title_of(some),
        "slug": some.slug(),
        "author": author,
        "description": some.sentence(),
        "prep_minutes": 10,
        "cook_minutes": 20,
        "status": "draft",
    }
    if "category" not in fields:
        given["category"] = category(some)
    made = row(kind, **{**given, **fields})
    for position in range(1, rows + 1):
        ingredient(some, made, position=position)
        step(some, made, position=position)
    return made


def published(some: Some, author: Any, **fields: Any) -> Any:
    """A new published recipe, of yesterday unless the fields say otherwise."""
    __tracebackhide__ = True
    given = {"status": "published", "published_at": ago(days=1)}
    return recipe(some, author, **{**given, **fields})


def unseen(some: Some, author: Any, **fields: Any) -> list[Any]:
    """Two drafts: one that never was published, and one that once was."""
    __tracebackhide__ = True
    return [
        recipe(some, author, **fields),
        recipe(some, author, published_at=ago(days=2), **fields),
    ]


def ingredient(some: Some, one: Any, **fields: Any) -> Any:
    """A new ingredient of a recipe."""
    __tracebackhide__ = True
    kind = model("recipes.Ingredient", "recipe", "position", "amount", "unit", "name")
    return row(kind, **{"recipe": one, "name": label(some), **fields})


def step(some: Some, one: Any, **fields: Any) -> Any:
    """A new step of a recipe."""
    __tracebackhide__ = True
    kind = model("recipes.Step", "recipe", "position", "text")
    text = f"{some.sentence()} {rare(some)}"
    return row(kind, **{"recipe": one, "text": text, **fields})


def comment(some: Some, one: Any, author: Any, **fields: Any) -> Any:
    """A new comment on a recipe."""
    __tracebackhide__ = True
    kind = model("recipes.Comment", "recipe", "author", "body", "created_at")
    body = f"{some.sentence()} {rare(some)}"
    return row(kind, **{"recipe": one, "author": author, "body": body, **fields})


def rating(one: Any, user: Any, stars: int) -> Any:
    """A new rating of a recipe."""
    __tracebackhide__ = True
    kind = model("recipes.Rating", "recipe", "user", "stars")
    return row(kind, recipe=one, user=user, stars=stars)


def follow(cook: Any, follower: Any) -> Any:
    """``follower`` follows ``cook`` from now on."""
    __tracebackhide__ = True
    kind = model("accounts.Follow", "follower", "cook")
    return row(kind, follower=follower, cook=cook)


def profile(user: Any, **fields: Any) -> Any:
    """The user's profile, made if there is none, with these fields."""
    __tracebackhide__ = True
    kind = model("accounts.Profile", "user", *fields)
    found = kind._default_manager.filter(user=user).first()
    if found is None:
        return row(kind, user=user, **fields)
    return changed(found, **fields) if fields else found


def page_of(one: Any, name: str = "detail") -> str:
    """The address of a recipe's page, or of another that goes by its slug."""
    __tracebackhide__ = True
    return url(f"recipes:recipe-{name}", slug=one.slug)


def recipes() -> Any:
    """The recipes of the database, or a sentence."""
    __tracebackhide__ = True
    return model("recipes.Recipe", *RECIPE_FIELDS).objects


def delete(one: Any, *, look: str) -> None:
    """Deletes a row, committed; or a sentence."""
    __tracebackhide__ = True
    from django.db import transaction

    try:
        with committed(), transaction.atomic():
            one.delete()
    except Exception as error:
        raise NotYet(
            did=f"Deleted {type(one).__name__} {str(one)[:60]!r}",
            wanted="it deleted",
            got=told(error),
            look=look,
        ) from error


# ----------------------------------------------------------------------------- reading


def titles_on(page: Page, made: Iterable[Any]) -> list[Any]:
    """Those recipes whose title ``<main>`` holds, in the order of the page."""
    said = page.text
    found = [one for one in made if fold(one.title) in said]
    return sorted(found, key=lambda one: said.index(fold(one.title)))


def body_of(page: Page) -> bytes:
    """The answer's body, streamed or not."""
    if not hasattr(page, "_bytes"):
        response = page.response
        page._bytes = (  # type: ignore[attr-defined]
            b"".join(response.streaming_content)
            if response.streaming
            else response.content
        )
        response.close()
    return page._bytes  # type: ignore[attr-defined, no-any-return]


def images(page: Page) -> list[Any]:
    """The ``<img>`` elements of ``<main>``."""
    return list((page.main or page.soup).find_all("img"))


def shown(page: Page, field: Any) -> Any:
    """The ``<img>`` that shows a field's file, or None."""
    found = (tag for tag in images(page) if path_of(tag.get("src", "")) == field.url)
    return next(found, None)


def has_room(tag: Any, *, did: str, look: str) -> None:
    """An ``<img>`` says how large it is, or a sentence."""
    __tracebackhide__ = True
    got = tag.get("width", ""), tag.get("height", "")
    expect(
        all(number.isdigit() and int(number) for number in got),
        did=did,
        wanted=f"width and height on the <img> of {tag.get('src')}, as whole numbers: "
        "the page must not jump when the picture arrives",
        got=f"width={got[0]!r}, height={got[1]!r}",
        look=look,
    )


BREAKS_OUT = "data-broken-out"  # an attribute that no page has by itself


def quoted(some: Some) -> str:
    """A text that would end an attribute and begin another one, if it could."""
    return f'{rare(some)}"\' {BREAKS_OUT}="1"><u>{rare(some)}</u>'


def stays_quoted(page: Page, text: str, field: Any, *, look: str) -> None:
    """What somebody wrote ends no attribute, and the picture's alt holds it whole.

    The alt of a picture beside a link with the same text may be empty. A field of None
    says that the page need not show a picture.
    """
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    did = f"{page.did}, with {text} in it"
    broken = page.soup.find(attrs={BREAKS_OUT: True})
    expect(
        broken is None,
        did=did,
        wanted="quotes and HTML that somebody wrote as text inside an attribute, too "
        "(&quot;)",
        got=f"the quote ends an attribute of <{broken.name if broken else ''}>, and "
        "what follows could be onload=",
        look=f"{look}, alt, and |safe or mark_safe",
    )
    if field is None:
        return
    tag = shown(page, field)
    expect(
        tag is not None and fold(tag.get("alt", "")) in ("", fold(text)),
        did=did,
        wanted=f"an <img> with src={field.url}, and what was written in its alt",
        got=f"alt={tag.get('alt')!r}" if tag is not None else "no such <img>",
        look=f"{look}, alt",
    )


# ------------------------------------------------------------------------------- forms


def form_to(page: Page, to: str) -> Form | None:
    """The form that posts to a path, and to nothing else."""
    form = sending_form(page, to)
    return form if form is not None and path_of(form.action) == to else None


def recipe_form(page: Page, look: str = "recipes/forms.py, RecipeForm") -> Form:
    """The form for a recipe, of method post; or a sentence."""
    __tracebackhide__ = True
    page.expect_status(200, look=look)
    form = page.expect_form(*FORM_FIELDS, look=look)
    expect(
        form.method == "post",
        did=page.did,
        wanted="a form of method post (only a POST changes data)",
        got=f"its method is {form.method}",
        look="templates/recipes/recipe_form.html",
    )
    return form


def rows_in(form: Form, prefix: str) -> int:
    """How many rows of a formset the form sends."""
    try:
        return int(form.values.get(f"{prefix}-TOTAL_FORMS", 0))
    except (TypeError, ValueError):
        return 0


def fill(
    form: Form,
    some: Some,
    *,
    ingredients: Sequence[Any] | None = None,
    steps: Sequence[Any] | None = None,
    **typed: Any,
) -> dict[str, Any]:
    """What somebody types into the form of a new recipe, for ``form.send``.

    As long as the form has no rows for ingredients and steps, none are filled in.

    Args:
        form: the form, untouched.
        some: the test's random data.
        ingredients: names, or mappings such as ``{"amount": "2", "name": "Leeks"}``;
            one ingredient where it is left out.
        steps: texts, or mappings; one step where it is left out.
        typed: the other fields.
    """
    given: dict[str, Any] = {
        "title": title_of(some),
        "description": some.sentence(),
        "servings": "4",
        "prep_minutes": "10",
        "cook_minutes": "20",
        "status": "draft",
    }
    if "category" not in typed:
        offered = [value for value in form.options("category") if value]
        given["category"] = offered[0] if offered else category(some).pk
    given.update(typed)
    if rows_in(form, "ingredients") or ingredients is not None:
        rows = [label(some)] if ingredients is None else ingredients
        given.update(row_fields(form, "ingredients", "name", rows))
    if rows_in(form, "steps") or steps is not None:
        rows = [f"{some.sentence()} {rare(some)}"] if steps is None else steps
        given.update(row_fields(form, "steps", "text", rows))
    return given


def row_fields(
    form: Form, prefix: str, main: str, rows: Sequence[Any], *, first: int = 0
) -> dict[str, Any]:
    """Fields that fill rows of a formset, from row ``first`` on; more if need be."""
    found: dict[str, Any] = {}
    for number, each in enumerate(rows, first):
        values = each if isinstance(each, dict) else {main: each}
        for name, value in values.items():
            found[f"{prefix}-{number}-{name}"] = value
    if first + len(rows) > rows_in(form, prefix):
        found[f"{prefix}-TOTAL_FORMS"] = str(first + len(rows))
        found.setdefault(
            f"{prefix}-INITIAL_FORMS", form.values.get(f"{prefix}-INITIAL_FORMS", "0")
        )
    return found


def send_named(
    visitor: Visitor, path: str, fields: dict[str, Any], filename: str
) -> Page:
    """A POST whose one file carries a name that no browser would send."""
    __tracebackhide__ = True
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    marker = "PLACEHOLDER.jpg"
    for value in fields.values():
        if hasattr(value, "read"):
            value.name = marker
    body = encode_multipart(BOUNDARY, fields).replace(
        marker.encode(), filename.encode()
    )
    did = f"Sent POST {path} with a file named {filename[:60]!r}"
    try:
        with committed():
            response = visitor.client.generic(
                "POST", path, body, content_type=MULTIPART_CONTENT
            )
    except Exception as error:
        raise NotYet(
            did=did, wanted="an answer, not an error", got=told(error), look=""
        ) from error
    return Page(visitor, did, path, response)


# ---------------------------------------------------------------------------- pictures


def drawn(
    some: Some | None = None, size: tuple[int, int] = (640, 480), mode: str = "RGB"
) -> Image.Image:
    """A picture with a few stripes."""
    image = Image.new("RGB", size, (90, 140, 60))
    for number in range(6):
        tint = some.number(0, 255) if some else 40 * number
        left = size[0] * number // 6
        image.paste((tint, 255 - tint, 30 * number), (left, 0, left + 9, size[1]))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a picture in a format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


TYPES = {
    "JPEG": ("jpg", "image/jpeg"),
    "PNG": ("png", "image/png"),
    "WEBP": ("webp", "image/webp"),
    "GIF": ("gif", "image/gif"),
    "BMP": ("bmp", "image/bmp"),
}


def upload(
    content: bytes, kind: str = "JPEG", *, name: str = "", type_: str = ""
) -> SimpleUploadedFile:
    """A file to choose in a form, by its own or by another name and type."""
    ending, media = TYPES[kind]
    return SimpleUploadedFile(
        name or f"dish.{ending}", content, content_type=type_ or media
    )


def picture(
    some: Some | None = None,
    kind: str = "JPEG",
    size: tuple[int, int] = (640, 480),
    **options: Any,
) -> SimpleUploadedFile:
    """A picture to choose in a form."""
    return upload(encoded(drawn(some, size), kind, **options), kind)


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small PNG whose header claims a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(3 * 1024)))
        + chunk(b"IEND", b"")
    )


def media_root() -> Path:
    """The folder of uploaded files of this test."""
    from django.conf import settings

    return Path(settings.MEDIA_ROOT)


def stored_files() -> list[str]:
    """The paths of all files below MEDIA_ROOT."""
    root = media_root()
    found = [file for file in root.rglob("*") if file.is_file()]
    return sorted(file.relative_to(root).as_posix() for file in found)


def stored(field: Any, *, did: str, look: str) -> Image.Image:
    """The picture that an image field holds, read; or a sentence."""
    __tracebackhide__ = True
    try:
        return Image.open(io.BytesIO(stored_bytes(field, did=did, look=look))).copy()
    except OSError as error:
        raise NotYet(
            did=did, wanted="a stored picture that opens", got=told(error), look=look
        ) from error


def stored_bytes(field: Any, *, did: str, look: str) -> bytes:
    """The bytes of the file that an image field holds; or a sentence."""
    __tracebackhide__ = True
    name = getattr(field, "name", "") or ""
    file = media_root() / name
    expect(
        name and file.is_file(),
        did=did,
        wanted="a file stored below MEDIA_ROOT",
        got=f"the field names {name!r}, and there is no such file"
        if name
        else "the field is empty",
        look=look,
    )
    return file.read_bytes()


def with_picture(visitor: Visitor, some: Some, author: Any, **fields: Any) -> Any:
    """A published recipe whose picture went through the form of its edit page."""
    __tracebackhide__ = True
    one = published(some, author, **fields)
    model("recipes.Recipe", "image", "thumbnail")
    form = recipe_form(visitor.sign_in(author).get(page_of(one, "edit")))
    form.send(image=picture(some))
    one.refresh_from_db()
    expect(
        one.image and one.thumbnail,
        did="Gave a recipe a picture on its edit page",
        wanted="image and thumbnail stored",
        got=f"image {one.image.name!r}, thumbnail {one.thumbnail.name!r}",
        look="recipes/forms.py, RecipeForm",
    )
    return one


# -------------------------------------------------------------------------------- mail


def letters(to: Any = None) -> list[Any]:
    """The mails sent in this test, or those to one user."""
    sent = list(getattr(mail, "outbox", []))
    return [one for one in sent if to is None or to.email in one.to]


def no_letters() -> None:
    """Empties the mailbox."""
    mail.outbox = []


def parts_of(letter: Any) -> tuple[str, str]:
    """(the text, the HTML alternative) of a mail; the second is empty without one."""
    html = [body for body, kind in letter.alternatives if kind == "text/html"]
    return str(letter.body), str(html[0]) if html else ""


def site_url() -> str:
    """The setting SITE_URL, or a sentence."""
    __tracebackhide__ = True
    from django.conf import settings

    found = getattr(settings, "SITE_URL", None)
    expect(
        isinstance(found, str) and found.startswith(("http://", "https://")),
        did="Read settings.SITE_URL",
        wanted="the site's address, such as http://localhost:8000",
        got="there is no such setting" if found is None else repr(found),
        look="config/settings.py",
    )
    return str(found).rstrip("/")


class CountingBackend(EmailBackend):
    """A mailbox that opens and closes as a mail server does, and counts it."""

    opened = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_open = False

    def open(self) -> bool:
        """Opens a connection unless it is open."""
        if self.is_open:
            return False
        self.is_open = True
        type(self).opened += 1
        return True

    def close(self) -> None:
        """Closes it."""
        self.is_open = False

    def send_messages(self, messages: Any) -> int:
        """Sends over the open connection, or over one of its own."""
        own = self.open()
        try:
            return int(super().send_messages(messages))
        finally:
            if own:
                self.close()


class BrokenBackend(EmailBackend):
    """A mail server that does not answer; it counts how often it was asked to."""

    asked = 0

    def open(self) -> bool:
        """Nobody is there."""
        type(self).asked += 1
        if self.fail_silently:
            return False
        raise ConnectionRefusedError(111, "Connection refused")

    def send_messages(self, messages: Any) -> int:
        """Nobody is there, if there is something to send."""
        if messages:
            self.open()
        return 0
