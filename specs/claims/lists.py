"""Claims about forms of several fields, rows that are counted, and their order."""

from __future__ import annotations

import datetime
import json
import zoneinfo
from typing import Any

from support import expect, queries, raised, same, start, tables

start("lists")

from django import forms  # noqa: E402
from django.db import models  # noqa: E402
from django.db.models.functions import Coalesce  # noqa: E402
from django.utils.http import url_has_allowed_host_and_scheme  # noqa: E402


class Shelf(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        ordering = ["name"]


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE, related_name="items")
    name = models.CharField(max_length=50)
    size = models.IntegerField(null=True, choices=[(1, "small"), (2, "large")])
    day = models.DateField(null=True)
    tags = models.ManyToManyField(Tag, related_name="items")


class ItemForm(forms.ModelForm):
    class Meta:
        model = Item
        fields = ["name", "day"]


def filled(shelves: int = 2, items: int = 5) -> None:
    """Shelves that hold so many items each."""
    tables()
    for number in range(shelves):
        shelf = Shelf.objects.create(name=f"shelf {shelves - number}")
        for other in range(items):
            Item.objects.create(shelf=shelf, name=f"item {other}")


def sizes() -> list[int | None]:
    tables()
    shelf = Shelf.objects.create(name="one")
    for size in (1, None):
        Item.objects.create(shelf=shelf, name="item", size=size)
    return list(Item.objects.order_by("size").values_list("size", flat=True))


def sqlite_sorts_null_first() -> None:
    same(sizes(), [None, 1], "the sizes in their order")


def postgresql_sorts_null_last() -> None:
    same(sizes(), [1, None], "the sizes in their order")


def grouping_forgets_the_ordering() -> None:
    filled()
    counted = Shelf.objects.annotate(n=models.Count("items"))
    (sql,) = queries(lambda: list(counted))
    expect("ORDER BY" not in sql, sql)
    (sql,) = queries(lambda: list(counted.order_by("name")))
    expect("ORDER BY" in sql, sql)


def explained(found: models.QuerySet[Any]) -> list[dict[str, Any]]:
    """The steps of a query as PostgreSQL has run them, with all that are below."""
    plan = json.loads(found.explain(format="json", analyze=True))
    steps = [plan[0]["Plan"]]
    for step in steps:
        steps += step.get("Plans", [])
    return steps


def coalesce_groups_by_a_subquery() -> None:
    filled(shelves=3, items=40)
    inner = Item.objects.filter(shelf=models.OuterRef("pk")).order_by()
    counted = inner.values("shelf").annotate(n=models.Count("pk")).values("n")

    def runs(found: models.QuerySet[Any]) -> int:
        """How often the subquery was run."""
        steps = explained(found)
        below = [each for each in steps if each.get("Subplan Name")]
        expect(bool(below), f"no subquery among the steps {steps}")
        return max(int(step["Actual Loops"]) for step in below)

    bare = models.Subquery(counted)
    plain = Shelf.objects.annotate(n=models.Count("items"), again=bare)
    same(runs(plain), 3, "runs of the subquery beside a Count, for 3 shelves")
    wrapped = Shelf.objects.annotate(n=models.Count("items"), again=Coalesce(bare, 0))
    same(runs(wrapped), 120, "runs of it in Coalesce, for 3 shelves and 120 items")
    alone = Shelf.objects.annotate(again=Coalesce(bare, 0))
    same(runs(alone), 3, "runs of it in Coalesce without a Count, for 3 shelves")


def a_sliced_prefetch_is_cut_for_each_row() -> None:
    filled()
    three = models.Prefetch("items", Item.objects.order_by("pk")[:3], to_attr="next")
    found = queries(
        lambda: same(
            [len(shelf.next) for shelf in Shelf.objects.prefetch_related(three)],
            [3, 3],
            "items of each shelf",
        )
    )
    same(len(found), 2, "queries")


def a_filter_on_what_was_fetched_asks_again() -> None:
    filled()
    (shelf, *_) = Shelf.objects.prefetch_related("items")
    same(queries(lambda: list(shelf.items.all())), [], "queries of all()")
    for again in (shelf.items.filter(name="x"), shelf.items.order_by("pk")):
        same(len(queries(lambda again=again: list(again))), 1, "queries of another")


def a_form_fills_its_instance_though_invalid() -> None:
    item = Item(name="old", day=datetime.date(2026, 1, 1))
    form = ItemForm({"name": "new", "day": "soon"}, instance=item)
    same(form.is_valid(), False, "a form with a day that is none")
    same((item.name, item.day), ("new", datetime.date(2026, 1, 1)), "its instance")


def a_field_names_its_errors() -> None:
    form = ItemForm({"name": "", "day": ""})
    form.is_valid()
    html = str(form["name"])
    expect('aria-describedby="id_name_error"' in html, html)
    expect('aria-invalid="true"' in html, html)


def the_database_takes_any_choice() -> None:
    filled(shelves=1, items=0)
    Item.objects.create(shelf=Shelf.objects.get(), name="odd", size=9)
    same(Item.objects.get().size, 9, "the size that was stored")


def an_unknown_zone_has_three_errors() -> None:
    same(
        raised(zoneinfo.ZoneInfo, "Nowhere/Land"),
        zoneinfo.ZoneInfoNotFoundError,
        "a zone that nobody knows",
    )
    for name in ("", "../etc/passwd", "Europe", "a\0b"):
        error = raised(zoneinfo.ZoneInfo, name)
        expect(
            error is not None
            and issubclass(
                error, ValueError | OSError | zoneinfo.ZoneInfoNotFoundError
            ),
            f"{error} for the zone {name!r}",
        )


def no_address_is_no_address_of_this_site() -> None:
    for address in ("", None, "https:elsewhere.example", "\\\\elsewhere.example"):
        same(
            url_has_allowed_host_and_scheme(address, {"here.example"}),
            False,
            repr(address),
        )
