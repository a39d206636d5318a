"""What the options of `plan` say; one sentence where they say what cannot be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .plan_days import today
from .text import Trouble, shortened

Span = tuple[dt.date, dt.date]
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOURS = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})?")


class Wishes(NamedTuple):
    """What the options say; None where one is not given."""

    start: dt.date | None
    hours: Fraction | None
    days: int | None
    skip: tuple[Span, ...]


def read(
    start: str | None, hours: str | None, days: str | None, skip: Sequence[str]
) -> Wishes:
    """The options, each checked.

    Raises:
        Trouble: one of them says what cannot be.
    """
    return Wishes(
        read_start(start), read_hours(hours), read_days(days), read_skip(skip)
    )


def read_date(option: str, text: str) -> dt.date:
    """A date of an option."""
    if DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            pass
    raise Trouble(
        f"{option} takes a date such as {today()}, not {shortened(text, 40)!r}."
    )


def read_start(text: str | None) -> dt.date | None:
    """``--from``: today or later."""
    if text is None:
        return None
    start = read_date("--from", text.strip())
    if start < today():
        raise Trouble(
            f"--from {start} is over: it is {today()}, and what is left can only be "
            "done from today on. Leave --from away to start today."
        )
    return start


def read_hours(text: str | None) -> Fraction | None:
    """``--hours``: above 0, up to 24, with a point or a comma."""
    if text is None:
        return None
    if HOURS.fullmatch(text.strip()):
        hours = Fraction(text.strip().replace(",", "."))
        if 0 < hours <= 24:
            return hours
    raise Trouble(
        "--hours takes the hours of a working day, above 0 and up to 24, such as 2.5, "
        f"with at most two decimals, not {shortened(text, 40)!r}."
    )


def read_days(text: str | None) -> int | None:
    """``--days``: 1 to 7."""
    if text is None:
        return None
    if re.fullmatch(r"[1-7]", text.strip()):
        return int(text)
    raise Trouble(
        "--days takes the working days of a week, counted from Monday, from 1 to 7, "
        f"not {shortened(text, 40)!r}."
    )


def read_skip(texts: Sequence[str]) -> tuple[Span, ...]:
    """``--skip``: days off, not over yet."""
    spans = []
    for text in texts:
        first, dots, last = text.strip().partition("..")
        begin = read_date("--skip", first)
        end = read_date("--skip", last) if dots else begin
        if end < begin:
            raise Trouble(
                f"--skip {shortened(text, 40)} ends before it begins; "
                f"write it as {end}..{begin}."
            )
        if end < today():
            raise Trouble(
                f"--skip {shortened(text, 40)} is over: it is {today()}. Name days "
                "off that are still to come."
            )
        spans.append((begin, end))
    return tuple(spans)
