"""Fills in forms as a person would, and what a DRF endpoint says it takes.

It needs Beautiful Soup and the standard library; Pillow only where a form asks for a
picture. Scripts that run in a project's own environment import it.
"""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup
from bs4.element import Tag

WORDS = "amber birch cedar delta ember fjord grove heron inlet jetty".split()
PASSWORD = "correct-horse-7-battery"
SITE = "http://testserver"
# What a button or a picture sends, or nobody fills in.
UNSENT = {"submit", "button", "image", "reset"}


def forms(html: bytes, page: str) -> dict[str, Tag]:
    """The forms of a page that are sent by POST, by the path that they are sent to.

    Of several with one path it is the first. What leads to another site is left out.
    """
    found: dict[str, Tag] = {}
    for form in BeautifulSoup(html, "html.parser").find_all("form"):
        if str(form.get("method", "get")).lower() != "post":
            continue
        target = urldefrag(urljoin(SITE + page, str(form.get("action") or page))).url
        if target.startswith(SITE):
            found.setdefault(target.removeprefix(SITE), form)
    return found


def filled(
    form: Tag, draw: random.Random, known: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What a browser sends for a form when each empty field has been filled in.

    Args:
        form: as it stands in the page.
        draw: what is random comes from it.
        known: texts that are there already, for the fields of these names.
    """
    data: dict[str, Any] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = str(field.get("name") or ""), str(field.get("type") or "text")
        if not name or field.has_attr("disabled") or kind in UNSENT:
            continue
        if kind in ("checkbox", "radio"):
            wanted = field.has_attr("checked") or field.has_attr("required")
            if wanted and name not in data:
                data[name] = field.get("value") or "on"
        elif kind == "file":
            data[name] = picture()
        elif field.name == "select":
            data[name] = option(field)
        else:
            given = str(field.get("value") or field.get_text().removeprefix("\n"))
            # A number that begins at nothing is as good as empty.
            empty = kind != "hidden" and given in ("", "0")
            there = (known or {}).get(name)
            data[name] = (there or made(field, kind, draw)) if empty else given
    button = form.find(["button", "input"], attrs={"type": "submit", "name": True})
    if button is not None:
        data[str(button["name"])] = button.get("value") or ""
    return data


def option(field: Tag) -> str:
    """The value of a list that is chosen, or its first that is not empty."""
    options = field.find_all("option")
    chosen = [one for one in options if one.has_attr("selected") and one.get("value")]
    values = [str(one.get("value") or "") for one in [*chosen, *options]]
    return next(filter(None, values), "")


def made(field: Tag, kind: str, draw: random.Random) -> str:
    """Something that fits into an empty field."""
    word = f"{draw.choice(WORDS)}{draw.randrange(10**6)}"
    texts = {
        "email": f"{word}@example.org",
        "url": f"https://example.org/{word}",
        "password": PASSWORD,
        "number": str(max(1, int(float(str(field.get("min") or 1))))),
        "date": dt.date.today().isoformat(),
        "datetime-local": dt.datetime.now().isoformat("T", "minutes"),
        "time": "12:30",
    }
    return texts.get(kind, word)[: int(str(field.get("maxlength") or 200))]


def picture() -> io.BytesIO:
    """A small picture that can be sent as a file."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (600, 600), "teal").save(file, "PNG")
    file.seek(0)
    file.name = "picture.png"
    return file


def from_options(
    fields: dict[str, Any], draw: random.Random, known: Mapping[str, Any]
) -> dict[str, Any]:
    """Data for an endpoint by what DRF answers OPTIONS with, ``actions.POST``.

    Args:
        fields: what it says of each field.
        draw: what is random comes from it.
        known: values for the fields of which it does not say what they take, such as
            relations that list no choices. Another such field is left out.
    """
    data = {}
    for name, field in fields.items():
        if not field.get("read_only"):
            value = by_option(field, draw, known)
            value = known.get(name) if value is None else value
            if value is not None:
                data[name] = value
    return data


def by_option(
    field: dict[str, Any], draw: random.Random, known: Mapping[str, Any]
) -> Any:
    """A value for one field, or None where nothing is said of what it takes."""
    word = f"{draw.choice(WORDS)}{draw.randrange(10**6)}"
    if choices := field.get("choices"):
        value = choices[0]["value"]
        return [value] if field["type"] == "multiple choice" else value
    if "children" in field:
        return from_options(field["children"], draw, known)
    if "child" in field:
        child = by_option(field["child"], draw, known)
        return None if child is None else [child]
    number = field.get("min_value", 1)
    made_by = {
        "string": word[: field.get("max_length") or 200],
        "slug": word,
        "email": f"{word}@example.org",
        "url": f"https://example.org/{word}",
        "integer": number,
        "float": number,
        "decimal": str(number),
        "boolean": True,
        "date": dt.date.today().isoformat(),
        "datetime": dt.datetime.now(dt.UTC).isoformat(),
    }
    return made_by.get(field.get("type", ""))
