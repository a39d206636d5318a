"""Moments, titles, names and people to fill a test's database with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from acceptance.support import Some, Visitor


def ago(**span: float) -> datetime:
    """A moment in the past: ``ago(days=2)``."""
    now: datetime = timezone.now()
    return now - timedelta(**span)


def ahead(**span: float) -> datetime:
    """A moment in the future: ``ahead(days=1)``."""
    now: datetime = timezone.now()
    return now + timedelta(**span)


def title_of(some: Some) -> str:
    """A title that is no part of another title of the same test."""
    return f"{some.title()} and {some.title().lower()}"


def rare(some: Some) -> str:
    """A word that no other text of the test holds, and that begins with no name."""
    return some.rare()


def label(some: Some) -> str:
    """A name of one word, for a category, a tag or the like."""
    return rare(some).capitalize()


def named(make_user: Callable[..., Any], some: Some, **fields: Any) -> Any:
    """A user with a first and a last name, so that the whole name is no user name."""
    given = {
        "first_name": some.word().capitalize(),
        "last_name": rare(some).capitalize(),
    }
    return make_user(**{**given, **fields})


def staff(make_user: Callable[..., Any]) -> Any:
    """A superuser."""
    return make_user(is_staff=True, is_superuser=True)


# -------------------------------------------------------------------------------- roles

# Two kinds of staff: Django asks a superuser for no permission, and a view may ask for
# either.
ROLES = ("visitor", "stranger", "owner", "member of staff", "superuser")
OTHERS = tuple(role for role in ROLES if role != "owner")


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
