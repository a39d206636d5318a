"""api-filters: the part of the list that somebody asks for."""

import re

import pytest

from acceptance.calls import same_cost
from acceptance.recipes import (
    category,
    fresh,  # noqa: F401
    ingredient,
    named,
    published,
    rating,
    recipe,
    unseen,
)
from acceptance.recipes_api import (
    endpoint,
    every,
    read,
    refused,
    results_of,
    says,
    short,
    slugs,
)
from acceptance.samples import ago, label, rare, title_of
from acceptance.support import expect, queries_of

FILTERS = "api/filters.py"


def found_by(visitor, *, wanted, reason, **query):
    """The list under these parameters holds these recipes and no other."""
    __tracebackhide__ = True
    page = visitor.get(endpoint("recipe-list"), query)
    data = read(page, look=FILTERS)
    found = slugs(results_of(page))
    expect(
        sorted(map(str, found)) == sorted(one.slug for one in wanted),
        did=page.did,
        wanted=f"{reason}: {', '.join(one.title for one in wanted) or 'none'}",
        got=short(", ".join(str(one["title"]) for one in results_of(page)) or "none"),
        look=FILTERS,
    )
    expect(
        data.get("count") == len(wanted),
        did=page.did,
        wanted=f"count {len(wanted)}",
        got=f"count {data.get('count')!r}",
        look=FILTERS,
    )
    return results_of(page)


def test_by_category_and_author(visitor, some, make_user):
    """FR-20: by slug and by user name, alone and together."""
    one, other = named(make_user, some), named(make_user, some)
    shelf, drawer = category(some), category(some)
    soup = published(some, one, category=shelf)
    stew = published(some, other, category=shelf)
    tart = published(some, one, category=drawer)
    found_by(visitor, wanted=[soup, stew], reason="one category", category=shelf.slug)
    found_by(visitor, wanted=[soup, tart], reason="one author", author=one.username)
    found_by(
        visitor,
        wanted=[tart],
        reason="both at once",
        author=one.username,
        category=drawer.slug,
    )
    found_by(
        visitor,
        wanted=[soup, stew, tart],
        reason="empty parameters count as absent",
        author="",
        category="",
        ingredient="",
        max_minutes="",
        min_stars="",
        search="",
    )
    found_by(visitor, wanted=[], reason="an unknown author", author=rare(some))


def test_by_ingredient(visitor, some, make_user):
    """FR-20: a part of a name, capitals ignored, each recipe once."""
    cook = named(make_user, some)
    word = rare(some)
    twice = published(some, cook)
    ingredient(some, twice, name=f"{word} leaves")
    ingredient(some, twice, name=f"dried {word.upper()}")
    for stars in (2, 4):
        rating(twice, make_user(), stars)
    other = published(some, cook)
    found = found_by(
        visitor,
        wanted=[twice],
        reason="one recipe with two matching ingredients, once",
        ingredient=word.title(),
    )
    says(
        found[0],
        {"average_stars": 3.0, "ratings_count": 2},
        did=f"Filtered the recipes by ingredient={word}",
        wanted="numbers of ratings as without the filter",
        look=FILTERS,
    )
    found_by(visitor, wanted=[], reason="unknown to all", ingredient=rare(some))
    name = other.ingredients.get().name
    found_by(visitor, wanted=[other], reason="its ingredient", ingredient=name)


def test_by_minutes_and_stars(visitor, some, make_user):
    """FR-20: both halves of the time, and the average of the stars."""
    cook = named(make_user, some)
    quick = published(some, cook, prep_minutes=10, cook_minutes=20)
    slow = published(some, cook, prep_minutes=25, cook_minutes=6)
    found_by(visitor, wanted=[quick], reason="30 minutes in all", max_minutes="30")
    found_by(visitor, wanted=[quick, slow], reason="31 in all", max_minutes="31")
    for stars in (3, 5):
        rating(slow, make_user(), stars)
    found_by(visitor, wanted=[slow], reason="an average of 4", min_stars="4")
    found_by(visitor, wanted=[], reason="nothing averages 5", min_stars="5")
    found_by(
        visitor,
        wanted=[slow],
        reason="who has no rating does not match",
        min_stars="1",
        max_minutes="60",
    )


def test_search(visitor, some, make_user):
    """FR-20: what the site's search finds."""
    cook = named(make_user, some)
    word, more = rare(some), rare(some)
    in_title = published(some, cook, title=f"{title_of(some)} {word}")
    in_text = published(some, cook, description=f"With {word} and {more}.")
    in_row = published(some, cook)
    ingredient(some, in_row, name=word)
    ingredient(some, in_row, name=f"{word} again")
    published(some, cook)
    found_by(
        visitor,
        wanted=[in_title, in_text, in_row],
        reason="in the title, the description or an ingredient",
        search=word.upper(),
    )
    found_by(
        visitor,
        wanted=[in_text],
        reason="every word must be there",
        search=f"{more} {word}",
    )


@pytest.mark.parametrize(
    "name", ["published_at", "title", "total_minutes", "average_stars"]
)
def test_order(visitor, some, make_user, name):
    """FR-20: four orders, forwards and backwards."""
    cook = named(make_user, some)
    made = [
        published(
            some,
            cook,
            rows=0,
            title=f"{number}{rare(some)}",
            published_at=ago(days=9 - number),
            prep_minutes=number,
            cook_minutes=20 * number,
        )
        for number in (2, 4, 3, 1)
    ]
    for one in made:
        rating(one, make_user(), int(one.title[0]))
    forwards = sorted(made, key=lambda one: one.title)
    path = endpoint("recipe-list")
    for sign, wanted in (("", forwards), ("-", forwards[::-1])):
        page = visitor.get(path, {"ordering": f"{sign}{name}"})
        expect(
            slugs(results_of(page)) == [one.slug for one in wanted],
            did=page.did,
            wanted=", ".join(one.title for one in wanted),
            got=short(", ".join(str(one["title"]) for one in results_of(page))),
            look=FILTERS,
        )


@pytest.mark.parametrize("order", ["", "title", "-total_minutes", "average_stars"])
def test_equal_values_keep_their_order(visitor, some, make_user, order):
    """FR-20: over all pages each recipe once."""
    cook = named(make_user, some)
    title, when, shelf = title_of(some), ago(days=2), category(some)
    made = [
        published(some, cook, rows=0, title=title, category=shelf, published_at=when)
        for _ in range(9)
    ]
    query = {"page_size": "2", "category": shelf.slug}
    if order:
        query["ordering"] = order
    found = slugs(every(visitor, endpoint("recipe-list"), **query))
    expect(
        sorted(map(str, found)) == sorted(one.slug for one in made),
        did=f"Followed next through GET /api/recipes/ with {query}, nine recipes alike",
        wanted="each recipe once; next keeps all parameters",
        got=f"{len(found)} results, {len(set(found))} of them different",
        look=FILTERS,
    )


@pytest.mark.parametrize("order", ["", "title", "-total_minutes", "average_stars"])
def test_no_order_leaves_a_tie(visitor, some, make_user, order):
    """FR-20: SQLite keeps rows alike in one order by luck, PostgreSQL does not."""
    published(some, named(make_user, some))
    path = endpoint("recipe-list")
    visitor.get(path)
    page, queries = queries_of(lambda: visitor.get(path, {"ordering": order}))
    page.expect_status(200, look=FILTERS)
    lists = [sql for sql in queries if "ORDER BY" in sql and " LIMIT " in sql]
    orders = [sql.rpartition("ORDER BY")[2].partition(" LIMIT ")[0] for sql in lists]
    # The primary key and the slug are unique: with either of them no two rows tie.
    total = [one for one in orders if re.search(r'"recipes_recipe"\."(id|slug)"', one)]
    expect(
        total,
        did=page.did,
        wanted="rows of equal values in a fixed order: the last column is the primary "
        "key",
        got=f"ORDER BY {orders[0]}" if orders else "a list without any order",
        look=f"{FILTERS}, order_by",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_minutes", "abc"),
        ("max_minutes", "-1"),
        ("min_stars", "many"),
        ("min_stars", "6"),
        ("category", "no-such-category"),
    ],
)
def test_what_makes_no_sense(visitor, some, make_user, name, value):
    """FR-20: 400 that names the parameter."""
    published(some, named(make_user, some))
    page = visitor.get(endpoint("recipe-list"), {name: value})
    refused(page, name, wanted=f"400 for {name}={value}", look=FILTERS)


@pytest.mark.parametrize(
    "name", ["search", "ingredient", "author", "category", "ordering"]
)
def test_never_an_error(visitor, some, make_user, name):
    """FR-20: NUL and much too much."""
    published(some, named(make_user, some))
    path = endpoint("recipe-list")
    for value in ("\x00", "x" * 5000, "99999999999999999999999", "' OR 1=1 --"):
        page = visitor.get(path, {name: value})
        page.expect_status(200, 400, look=FILTERS)
    for number in ("max_minutes", "min_stars", "page_size"):
        page = visitor.get(path, {number: "99999999999999999999999"})
        page.expect_status(200, 400, look=FILTERS)


@pytest.mark.parametrize(("count", "status"), [(8, 200), (9, 400), (50, 400)])
def test_words_are_counted(visitor, some, make_user, count, status):
    """NFR-1: no more words than on the site's own page."""
    published(some, named(make_user, some))
    words = " ".join(("abcdefgh" * 7)[:count])
    page = visitor.get(endpoint("recipe-list"), {"search": words})
    if status == 400:
        refused(page, "search", wanted=f"400 for {count} words", look=FILTERS)
    else:
        page.expect_status(200, wanted="200 for eight words", look=FILTERS)


def test_filters_show_no_draft(visitor, some, make_user):
    """FR-2: whatever is asked for."""
    cook = named(make_user, some)
    word = label(some)
    for one in [*unseen(some, cook), recipe(some, cook, title=word)]:
        ingredient(some, one, name=word)
        rating(one, make_user(), 5)
    stranger = visitor.sign_in(make_user())
    for query in (
        {"author": cook.username},
        {"ingredient": word},
        {"search": word},
        {"min_stars": "5"},
        {"max_minutes": "1440"},
        {"ordering": "-average_stars"},
        {"status": "draft"},
    ):
        for who in (visitor, stranger):
            page = who.get(endpoint("recipe-list"), query)
            expect(
                not results_of(page),
                did=page.did,
                wanted="no draft of somebody else (FR-2)",
                got=f"{len(results_of(page))} of them",
                look="api/views.py",
            )


@pytest.mark.parametrize(
    "query", ["min_stars=1&ordering=average_stars", "ingredient=e&search=a"]
)
def test_queries(visitor, some, make_user, query):
    """NFR-1: however much is found."""

    def grow():
        one = published(some, named(make_user, some), description="a and e")
        ingredient(some, one, name=f"leek {label(some)}")
        rating(one, make_user(), 4)

    same_cost(
        visitor,
        f"{endpoint('recipe-list')}?{query}",
        grow,
        few=2,
        many=5,
        things="recipes that match",
        look=FILTERS,
    )
