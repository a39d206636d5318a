"""Checks the answers to the questions, and writes them as text into other languages.

An answer is data: it is kept as it was given, in every file, and never executed.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from datetime import date

from slugify import slugify

from djangopath.errors import AnswerError

SLUG_LENGTH = 100
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)),
}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def as_text(key: str, value: object) -> str:
    """An answer, which has to be text.

    At a prompt it is; a file of answers may hold anything that YAML or JSON can say.

    Raises:
        AnswerError: it is something else, or missing.
    """
    if isinstance(value, str):
        return value
    told = _NO_TEXT.get(type(value).__name__, "this")
    raise AnswerError(
        f"{key}: has to be text, not {told}; in a configuration or a file of answers "
        "put it in quotes, or leave it out"
    )


# By the names of their types; Jinja's is what a missing answer is.
_NO_TEXT = {
    "NoneType": "null",
    "bool": "yes or no",
    "int": "a number",
    "float": "a number",
    "list": "a list",
    "dict": "a mapping",
    "OrderedDict": "a mapping",
    "StrictUndefined": "left out",
}


def slug_of(name: str, fallback: str) -> str:
    """A folder name made from a project's name, whatever script it is written in."""
    slug = slugify(name, max_length=60, word_boundary=True)
    return slug if slug and slug not in _RESERVED else fallback


def checked_slug(slug: str) -> str:
    """The folder name, if every system can have it.

    Raises:
        AnswerError: it cannot be a folder's name on Linux, macOS and Windows alike.
    """
    if not slug:
        raise AnswerError("project_slug: is empty; give a folder name such as my-blog")
    if len(slug) > SLUG_LENGTH:
        raise AnswerError(
            f"project_slug: is {len(slug)} characters long; use at most {SLUG_LENGTH}"
        )
    if not _SLUG.fullmatch(slug):
        raise AnswerError(
            f"project_slug: {slug!r} cannot be used as a folder name; use letters from "
            "a to z, digits, dashes and underscores, and begin with a letter or a digit"
        )
    if slug.lower() in _RESERVED:
        raise AnswerError(
            f"project_slug: Windows reserves the name {slug!r}; choose another one"
        )
    return slug


def checked_date(text: str) -> date:
    """The start date.

    Raises:
        AnswerError: it is no date of the form 2026-11-20.
    """
    try:
        if not _ISO.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise AnswerError(
            f"start_date: {text!r} is no date; write it as year-month-day, "
            "such as 2026-11-20"
        ) from None


def checked_choice(key: str, value: str, choices: Iterable[str], what: str) -> str:
    """One of the choices.

    Raises:
        AnswerError: it is none of them; the nearest ones are offered.
    """
    choices = list(choices)
    if value in choices:
        return value
    near = difflib.get_close_matches(value, choices, n=3, cutoff=0.4)
    offer = f"did you mean {_either(near)}?" if near else f"give {_either(choices)}"
    raise AnswerError(f"{key}: there is no {what} {value!r}; {offer}")


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def checked_text(key: str, text: str) -> str:
    """A text that can be written as UTF-8.

    Raises:
        AnswerError: it holds bytes that are no characters.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise AnswerError(
            f"{key}: holds bytes that are no UTF-8 text; check the terminal's encoding"
        ) from None
    return text


# --------------------------------------------------------------- into other languages


def plain(text: str) -> str:
    """The text on one line: white space folded, control characters gone."""
    kept = "".join(char for char in text if char.isprintable() or char.isspace())
    return re.sub(r"\s+", " ", kept).strip()


def md_text(text: str) -> str:
    """The text for a line of Markdown, where none of it is markup."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;")
    escaped = escaped.replace(">", "&gt;")
    # CommonMark: any ASCII punctuation may be escaped by a backslash.
    return re.sub(r"([\\`*_{}\[\]#!|~$])", r"\\\1", escaped)


def quoted(text: str) -> str:
    """The text as a string in double quotes, valid in JSON, TOML and YAML alike."""
    return "".join(
        char
        if char.isprintable()
        else (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")
        for char in json.dumps(text, ensure_ascii=False)
    )
