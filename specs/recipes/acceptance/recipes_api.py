"""What the acceptance tests of the API share: its answers, and what is sent to it."""

from __future__ import annotations

from typing import Any

from acceptance.recipes import category, recipes
from acceptance.samples import label, rare, title_of
from acceptance.support import NotYet, Page, Some, Visitor, expect, url

VIEWS = "api/views.py"
SERIALIZERS = "api/serializers.py"
HOST = "http://testserver"
LIST_FIELDS = (
    "url",
    "slug",
    "title",
    "author",
    "category",
    "description",
    "servings",
    "prep_minutes",
    "cook_minutes",
    "status",
    "published_at",
    "thumbnail",
    "average_stars",
    "ratings_count",
)
DETAIL_FIELDS = (
    *LIST_FIELDS,
    "image",
    "created_at",
    "updated_at",
    "ingredients",
    "steps",
)


def endpoint(name: str, one: Any = None) -> str:
    """The address of the API's ``name``, of one thing or of all."""
    __tracebackhide__ = True
    if one is None:
        return url(f"api:{name}", look="api/urls.py")
    return url(f"api:{name}", slug=one.slug, look="api/urls.py")


def read(page: Page, *statuses: int, wanted: str = "", look: str = VIEWS) -> Any:
    """What an answer says in JSON, if its status is right; or a sentence."""
    __tracebackhide__ = True
    page.expect_status(*(statuses or (200,)), wanted=wanted, look=look)
    return page.json(look=look)


def get(visitor: Visitor, path: str, **query: Any) -> Any:
    """The JSON of a good GET."""
    __tracebackhide__ = True
    return read(visitor.get(path, query or None))


def results(visitor: Visitor, path: str, **query: Any) -> list[dict[str, Any]]:
    """The results on the first page of a list."""
    __tracebackhide__ = True
    page = visitor.get(path, query or None)
    return results_of(page)


def results_of(page: Page, look: str = VIEWS) -> list[dict[str, Any]]:
    """The results of a page of a list, or a sentence."""
    __tracebackhide__ = True
    data = read(page, look=look)
    found = data.get("results") if isinstance(data, dict) else None
    expect(
        isinstance(found, list) and all(isinstance(one, dict) for one in found),
        did=page.did,
        wanted="a page of a list: count, next, previous and results",
        got=short(data),
        look=look,
    )
    return list(found or [])


def every(visitor: Visitor, path: str, **query: Any) -> list[dict[str, Any]]:
    """The results of all pages, one after the other by ``next``."""
    __tracebackhide__ = True
    page = visitor.get(path, query or None)
    found = results_of(page)
    data = page.json()
    for _ in range(50):
        following = data.get("next")
        if not following:
            return found
        expect(
            str(following).startswith(HOST + path),
            did=page.did,
            wanted="next: the absolute address of the next page",
            got=short(following),
            look=VIEWS,
        )
        page = visitor.get(str(following).removeprefix(HOST))
        found += results_of(page)
        data = page.json()
    raise NotYet(
        did=page.did,
        wanted="a last page, whose next is null",
        got="fifty pages and still a next one",
        look=VIEWS,
    )


def slugs(found: list[dict[str, Any]]) -> list[Any]:
    """The slugs of results, in their order."""
    return [one.get("slug") for one in found]


def has_fields(found: Any, fields: Any, *, did: str, look: str = SERIALIZERS) -> None:
    """An object of the answer has these fields, or a sentence."""
    __tracebackhide__ = True
    present = set(found) if isinstance(found, dict) else set()
    missing = [name for name in fields if name not in present]
    expect(
        not missing,
        did=did,
        wanted=f"an object with {', '.join(fields)}",
        got=f"without {', '.join(missing)}: {short(found)}",
        look=look,
    )


def says(
    found: Any,
    fields: dict[str, Any],
    *,
    did: str,
    wanted: str = "",
    look: str = SERIALIZERS,
) -> None:
    """An object of the answer has these values, or a sentence."""
    __tracebackhide__ = True
    has_fields(found, fields, did=did, look=look)
    for name, value in fields.items():
        expect(
            found[name] == value,
            did=did,
            wanted=(f"{wanted}: " if wanted else "") + f"{name} = {value!r}",
            got=f"{name} = {short(found[name])}",
            look=look,
        )


def body(some: Some, **changes: Any) -> dict[str, Any]:
    """A recipe as a program sends it, with two ingredients and two steps.

    A change to None leaves the field out.
    """
    __tracebackhide__ = True
    given: dict[str, Any] = {
        "title": title_of(some),
        "description": some.sentence(),
        "servings": some.number(1, 9),
        "prep_minutes": some.number(1, 60),
        "cook_minutes": some.number(1, 60),
        "status": "draft",
        "ingredients": [
            {"amount": "2.50", "unit": "kg", "name": label(some)},
            {"amount": None, "unit": "", "name": label(some)},
        ],
        "steps": [{"text": f"{some.sentence()} {rare(some)}"} for _ in range(2)],
    }
    if "category" not in changes:
        given["category"] = category(some).slug
    given.update(changes)
    return {name: value for name, value in given.items() if value is not None}


def send(
    visitor: Visitor, method: str, path: str, data: Any = None, **options: Any
) -> Page:
    """A request with JSON, as a program sends it."""
    __tracebackhide__ = True
    return visitor.send(method, path, data, json=data is not None, **options)


def refused(
    page: Page, *names: str, wanted: str, look: str = SERIALIZERS, status: int = 400
) -> None:
    """The answer is a refusal as JSON that names one of the fields; or a sentence."""
    __tracebackhide__ = True
    data = read(page, status, wanted=wanted, look=look)
    expect(
        isinstance(data, dict) and data and (not names or set(names) & set(data)),
        did=page.did,
        wanted=f"{wanted}; the answer names {' or '.join(names)}"
        if names
        else f"{wanted}; the answer says why",
        got=short(data),
        look=look,
    )


def state(one: Any) -> dict[str, Any]:
    """Everything that is stored of a recipe, its rows with it."""
    fresh = type(one)._base_manager.filter(pk=one.pk).values().first()
    if fresh is None:
        return {}
    fresh.pop("updated_at", None)
    fresh["rows"] = [
        *one.ingredients.order_by("position", "pk").values_list("pk", "amount", "name"),
        *one.steps.order_by("position", "pk").values_list("pk", "text"),
    ]
    return dict(fresh)


class Unchanged:
    """Recipes that a request must leave as they are."""

    def __init__(self, *rows: Any) -> None:
        self.rows = [(one, state(one)) for one in rows]
        self.count = recipes().count()

    def check(self, after: Page | str, *, wanted: str, look: str) -> None:
        """Nothing has changed and no recipe has come or gone; or a sentence.

        Args:
            after: the answer of the request, or what was done in words.
            wanted: what should hold.
            look: where to look.
        """
        __tracebackhide__ = True
        did = after if isinstance(after, str) else after.did
        for one, before in self.rows:
            now = state(one)
            got = "the recipe is gone"
            if now:
                names = [name for name in before if before[name] != now[name]]
                got = f"changed: {', '.join(names)}"
            expect(now == before, did=did, wanted=wanted, got=got, look=look)
        count = recipes().count()
        expect(
            count == self.count,
            did=did,
            wanted=wanted,
            got=f"{count - self.count:+} recipe",
            look=look,
        )


def short(value: Any, most: int = 160) -> str:
    """A value in few words, for a sentence."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
