"""api-read: recipes and categories as JSON, for everybody who may see them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from acceptance.calls import same_cost
from acceptance.recipes import (
    category,
    fresh,  # noqa: F401
    ingredient,
    named,
    profile,
    published,
    rating,
    recipe,
    step,
    unseen,
)
from acceptance.recipes_api import (
    DETAIL_FIELDS,
    HOST,
    LIST_FIELDS,
    SERIALIZERS,
    VIEWS,
    Unchanged,
    body,
    endpoint,
    every,
    get,
    has_fields,
    read,
    results,
    results_of,
    says,
    send,
    slugs,
)
from acceptance.samples import ago, ahead, title_of
from acceptance.support import expect


def test_addresses(visitor, some, make_user):
    """FR-18: the router's addresses, and a first page that names them."""
    one = published(some, named(make_user, some))
    for name, wanted in (
        ("recipe-list", "/api/recipes/"),
        ("category-list", "/api/categories/"),
    ):
        found = endpoint(name)
        expect(
            found == wanted,
            did=f"Looked up the URL api:{name}",
            wanted=wanted,
            got=found,
            look="api/urls.py",
        )
    for name, of, wanted in (
        ("recipe-detail", one, f"/api/recipes/{one.slug}/"),
        ("category-detail", one.category, f"/api/categories/{one.category.slug}/"),
    ):
        found = endpoint(name, of)
        expect(
            found == wanted,
            did=f"Looked up the URL api:{name} with slug={of.slug!r}",
            wanted=wanted,
            got=found,
            look="api/urls.py",
        )
    page = visitor.get("/api/")
    says(
        read(page, look="api/urls.py"),
        {
            "recipes": f"{HOST}/api/recipes/",
            "categories": f"{HOST}/api/categories/",
        },
        did=page.did,
        look="api/urls.py",
    )


def test_a_recipe_in_the_list(visitor, some, make_user):
    """FR-18: the fields of a card, and no row of the recipe."""
    cook = named(make_user, some)
    one = published(some, cook, rows=2)
    for stars in (4, 5):
        rating(one, make_user(), stars)
    page = visitor.get(endpoint("recipe-list"))
    found = results_of(page)
    expect(
        slugs(found) == [one.slug],
        did=f"{page.did}, with one published recipe",
        wanted="that recipe",
        got=f"{len(found)} recipes",
        look=VIEWS,
    )
    has_fields(found[0], LIST_FIELDS, did=page.did)
    says(
        found[0],
        {
            "url": HOST + endpoint("recipe-detail", one),
            "slug": one.slug,
            "title": one.title,
            "author": cook.username,
            "category": one.category.slug,
            "description": one.description,
            "servings": one.servings,
            "prep_minutes": 10,
            "cook_minutes": 20,
            "status": "published",
            "thumbnail": None,
            "average_stars": 4.5,
            "ratings_count": 2,
        },
        did=page.did,
        wanted="what is stored",
    )
    expect(
        "ingredients" not in found[0] and "steps" not in found[0],
        did=page.did,
        wanted="a short form in the list, without ingredients and steps",
        got="the rows are there",
        look=SERIALIZERS,
    )


def test_a_recipe_without_ratings(visitor, some, make_user):
    """FR-18: no average is null and not 0."""
    one = published(some, named(make_user, some))
    page = visitor.get(endpoint("recipe-detail", one))
    says(read(page), {"average_stars": None, "ratings_count": 0}, did=page.did)


def test_a_single_recipe(visitor, some, make_user):
    """FR-18: the whole, rows in the order of their positions."""
    one = published(some, named(make_user, some), rows=0)
    last = ingredient(some, one, position=2, amount="1.50", unit="kg")
    first = ingredient(some, one, position=1)
    later = step(some, one, position=2)
    sooner = step(some, one, position=1)
    page = visitor.get(endpoint("recipe-detail", one))
    found = read(page)
    has_fields(found, DETAIL_FIELDS, did=page.did)
    says(found, {"image": None, "thumbnail": None}, did=page.did)
    rows = found["ingredients"]
    expect(
        isinstance(rows, list) and len(rows) == 2,
        did=page.did,
        wanted="two ingredients",
        got=repr(rows)[:160],
        look=SERIALIZERS,
    )
    for row, name, unit, amount in (
        (rows[0], first.name, "", None),
        (rows[1], last.name, "kg", "1.50"),
    ):
        says(
            row,
            {"name": name, "unit": unit, "amount": amount},
            did=page.did,
            wanted="ingredients in the order of their position",
        )
    texts = [row.get("text") for row in found["steps"]]
    expect(
        texts == [sooner.text, later.text],
        did=page.did,
        wanted="steps, each with its text, in the order of their position",
        got=repr(texts)[:160],
        look=SERIALIZERS,
    )


def test_twenty_to_a_page(visitor, some, make_user):
    """FR-18: pages that hold every recipe once, newest first."""
    cook = named(make_user, some)
    shelf = category(some)
    when = ago(days=3)
    made = [
        published(some, cook, category=shelf, rows=0, published_at=when)
        for _ in range(15)
    ]
    newer = [
        published(some, cook, category=shelf, rows=0, published_at=ago(hours=number))
        for number in range(1, 9)
    ]
    path = endpoint("recipe-list")
    page = visitor.get(path)
    data = read(page)
    expect(
        data.get("count") == 23 and len(results_of(page)) == 20,
        did=f"{page.did}, with 23 recipes",
        wanted="count 23 and twenty results",
        got=f"count {data.get('count')!r} and {len(results_of(page))} results",
        look="api/pagination.py",
    )
    expect(
        slugs(results_of(page))[:8] == [one.slug for one in newer],
        did=page.did,
        wanted="newest published_at first",
        got="another order",
        look=VIEWS,
    )
    found = slugs(every(visitor, path))
    expect(
        sorted(map(str, found)) == sorted(one.slug for one in made + newer),
        did=f"{page.did} and followed next to the end",
        wanted="each recipe once",
        got=f"{len(found)} results, {len(set(found))} of them different",
        look=VIEWS,
    )
    few = visitor.get(path, {"page_size": "5"})
    expect(
        len(results_of(few)) == 5,
        did=few.did,
        wanted="five results",
        got=f"{len(results_of(few))}",
        look="api/pagination.py",
    )
    for bad in ("99", "abc"):
        visitor.get(path, {"page": bad}).expect_status(404, look="api/pagination.py")


def test_a_hundred_at_most(visitor, some, make_user):
    """FR-18: nobody gets the whole table at once."""
    one = published(some, named(make_user, some), rows=0)
    kind = type(one)
    kind._default_manager.bulk_create(
        kind(
            title=title_of(some),
            slug=some.slug(),
            author=one.author,
            category=one.category,
            prep_minutes=5,
            status="published",
            published_at=ago(days=2),
        )
        for _ in range(104)
    )
    page = visitor.get(endpoint("recipe-list"), {"page_size": "100000"})
    expect(
        len(results_of(page)) == 100,
        did=f"{page.did}, with 105 recipes",
        wanted="a hundred results at most",
        got=f"{len(results_of(page))}",
        look="api/pagination.py",
    )


def test_categories(visitor, some, make_user):
    """FR-18: with the number of their published recipes."""
    cook = named(make_user, some)
    shelf = category(some)
    for _ in range(2):
        published(some, cook, category=shelf)
    recipe(some, cook, category=shelf)
    published(some, cook, category=shelf, published_at=ahead(days=1))
    empty = category(some)
    page = visitor.get(endpoint("category-list"))
    found = {one.get("slug"): one for one in results_of(page)}
    for one, count in ((shelf, 2), (empty, 0)):
        says(
            found.get(one.slug),
            {
                "url": HOST + endpoint("category-detail", one),
                "name": one.name,
                "slug": one.slug,
                "recipes_count": count,
            },
            did=f"{page.did}; {one.name} has {count} published recipes"
            + (", a draft and one dated tomorrow" if count else ""),
        )
    page = visitor.get(endpoint("category-detail", shelf))
    says(read(page), {"slug": shelf.slug, "recipes_count": 2}, did=page.did)


def test_drafts_are_their_authors(visitor, some, make_user):
    """FR-2: in lists and singly, and for nobody else."""
    cook = named(make_user, some)
    hidden = unseen(some, cook)
    path = endpoint("recipe-list")
    for who in (visitor, visitor.sign_in(make_user())):
        page = who.get(path)
        expect(
            not results_of(page),
            did=f"{page.did}, with two drafts of somebody else",
            wanted="no draft of anybody else (FR-2)",
            got=f"{len(results_of(page))} of them",
            look=VIEWS,
        )
        for one in hidden:
            page = who.get(endpoint("recipe-detail", one))
            read(page, 404, wanted="404 for somebody else's draft (FR-2)")
    mine = visitor.sign_in(cook)
    expect(
        set(slugs(results(mine, path))) == {one.slug for one in hidden},
        did=f"Opened GET {path} as the author of two drafts",
        wanted="one's own drafts as well",
        got=f"{len(results(mine, path))} recipes",
        look=VIEWS,
    )
    says(get(mine, endpoint("recipe-detail", hidden[0])), {"status": "draft"}, did=path)
    read(
        visitor.get(f"/api/recipes/{some.slug()}/"), 404, wanted="404 for no such slug"
    )


def test_no_secret(visitor, some, make_user):
    """FR-18: no address and no password leaves the house."""
    cook = named(make_user, some)
    profile(cook)
    one = published(some, cook)
    for path in (
        endpoint("recipe-list"),
        endpoint("recipe-detail", one),
        endpoint("category-list"),
    ):
        page = visitor.get(path)
        read(page)
        for secret in (cook.email, "is_staff", "password"):
            expect(
                secret not in page.html,
                did=page.did,
                wanted="no e-mail address, password or is_staff in the answer",
                got=f"{secret} is in it",
                look=SERIALIZERS,
            )


@pytest.mark.parametrize("name", ["recipe-list", "recipe-detail"])
def test_the_same_to_look_through(visitor, some, make_user, name):
    """FR-18: a browser gets a page, with nothing from another host."""
    one = published(some, named(make_user, some))
    path = endpoint(name, one if name == "recipe-detail" else None)
    page = visitor.send("GET", path, headers={"accept": "text/html"})
    page.expect_status(200, look=VIEWS)
    kind = page.headers.get("Content-Type", "")
    expect(
        "text/html" in kind,
        did=f"{page.did} with Accept: text/html",
        wanted="HTML",
        got=kind,
        look="config/settings.py, REST_FRAMEWORK",
    )
    for tag, attribute in (("script", "src"), ("link", "href"), ("img", "src")):
        for found in page.soup.find_all(tag, attrs={attribute: True}):
            host = urlsplit(str(found[attribute])).netloc
            expect(
                host in ("", "testserver"),
                did=page.did,
                wanted="nothing from another host",
                got=f"<{tag}> from {host}",
                look="config/settings.py",
            )


def test_nothing_is_written_by_a_visitor(visitor, some, make_user):
    """FR-18: every writing method is refused, and changes nothing."""
    one = published(some, named(make_user, some))
    kept = Unchanged(one)
    given = body(some)
    for method, path in (
        ("POST", endpoint("recipe-list")),
        ("PUT", endpoint("recipe-detail", one)),
        ("PATCH", endpoint("recipe-detail", one)),
        ("DELETE", endpoint("recipe-detail", one)),
    ):
        page = send(visitor, method, path, given)
        page.expect_status(401, 403, 405, look=VIEWS)
        kept.check(page, wanted="nothing changed", look=VIEWS)


def test_nobody_writes_categories(visitor, some, make_user):
    """FR-18: categories are the admin's."""
    one = category(some)
    given = {"name": title_of(some), "slug": some.slug()}
    for who in (visitor, visitor.sign_in(make_user())):
        for method, path in (
            ("POST", endpoint("category-list")),
            ("PUT", endpoint("category-detail", one)),
            ("PATCH", endpoint("category-detail", one)),
            ("DELETE", endpoint("category-detail", one)),
        ):
            page = send(who, method, path, given)
            page.expect_status(401, 403, 405, look=VIEWS)
            rows = type(one)._default_manager.values_list("name", flat=True)
            expect(
                list(rows) == [one.name],
                did=page.did,
                wanted="nothing changed",
                got=f"the categories {', '.join(rows) or 'none'}",
                look=VIEWS,
            )


def test_queries_of_the_lists(visitor, some, make_user):
    """NFR-1: however many recipes, authors, categories and ratings."""

    def grow():
        one = published(some, named(make_user, some), rows=2)
        rating(one, make_user(), 3)

    for name, things in (("recipe-list", "recipes"), ("category-list", "categories")):
        same_cost(
            visitor,
            endpoint(name),
            grow,
            few=2,
            many=6,
            things=f"more {things}",
            look=VIEWS,
        )


def test_queries_of_a_recipe(visitor, some, make_user):
    """NFR-1: however many rows."""
    one = published(some, named(make_user, some))

    def grow():
        ingredient(some, one, position=9)
        step(some, one, position=9)
        rating(one, make_user(), 3)

    same_cost(
        visitor,
        endpoint("recipe-detail", one),
        grow,
        few=1,
        many=5,
        things="rows and ratings",
        look=VIEWS,
    )
