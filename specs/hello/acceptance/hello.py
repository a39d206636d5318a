"""What the acceptance tests of the guide share: places to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from acceptance.support import load, make, model

FIELDS = ("name", "slug", "kind", "minutes", "note")


@contextmanager
def filling() -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """A function that fills the guide: its list, or its table once there is one.

    The list is as it was when the context ends; the table is the database's business.
    """
    undo = []

    def fill(rows: list[dict[str, Any]]) -> None:
        from django.apps import apps

        if "place" in apps.all_models["guide"]:
            Place = model("guide.Place", *FIELDS)
            Place.objects.all().delete()
            for row in rows:
                make(Place, **row)
            return
        Place, PLACES = load("guide.places.Place"), load("guide.places.PLACES")
        undo.append((PLACES, list(PLACES)))
        PLACES[:] = [Place(**row) for row in rows]

    yield fill
    for PLACES, before in reversed(undo):
        PLACES[:] = before
