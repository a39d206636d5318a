"""list-cache: the API's lists from the cache, and right after every write."""

import pytest
from django.db import transaction

from acceptance.recipes import (
    forget,
    fresh,  # noqa: F401
    named,
    published,
    recipe,
)
from acceptance.recipes_api import VIEWS, endpoint, read, results_of, short, slugs
from acceptance.recipes_bench import enough_words, measured, section
from acceptance.recipes_cache import LOOK, WRITES, cache_away, cost, kitchen
from acceptance.support import committed, expect, load

QUERIES = {
    "/api/recipes/": "",
    "/api/recipes/?page_size=1&page=2": "",
    "/api/recipes/?ingredient=leek": "",
    "/api/recipes/?min_stars=2&ordering=-average_stars": "",
    "/api/categories/": "",
}


def content(page):
    """The JSON of an answer."""
    __tracebackhide__ = True
    return read(page)


def two(some, make_user):
    """The older of two published recipes."""
    first = published(some, named(make_user, some))
    published(some, named(make_user, some))
    return first


def current():
    """The present generation, or a sentence."""
    __tracebackhide__ = True
    return load("recipes.generations.current", look="recipes/generations.py")()


def test_generations(db):
    """NFR-10: the same until somebody begins another."""
    before = current()
    expect(
        current() == before and before,
        did="Called recipes.generations.current() twice",
        wanted="the same generation",
        got=f"{before!r}, then {current()!r}",
        look="recipes/generations.py",
    )
    with committed():
        load("recipes.generations.bump", look="recipes/generations.py")()
    expect(
        current() != before,
        did="Called recipes.generations.bump()",
        wanted="another generation",
        got="the old one",
        look="recipes/generations.py",
    )


def test_logging_in_is_no_write(visitor, make_user):
    """NFR-10: else every visit of a user empties the cache for all."""
    user = make_user()
    before = current()
    with committed():
        visitor.sign_in(user)
    expect(
        current() == before,
        did="Logged a user in, which saves last_login",
        wanted="the generation as before: nothing that is shown has changed",
        got="another generation",
        look="recipes/generations.py, update_fields",
    )


@pytest.mark.parametrize("path", list(QUERIES))
def test_the_second_answer_costs_nothing(visitor, some, make_user, path):
    """NFR-10: no query, and the same JSON."""
    two(some, make_user)
    first, before = cost(visitor, path)
    second, after = cost(visitor, path)
    expect(
        after == 0,
        did=f"Opened GET {path} twice as a visitor",
        wanted="no query the second time (NFR-10)",
        got=f"{before} queries, then {after}",
        look=VIEWS,
    )
    expect(
        content(first) == content(second),
        did=f"Opened GET {path} twice as a visitor",
        wanted="the same JSON",
        got=short(content(second)),
        look=VIEWS,
    )


@pytest.mark.parametrize("what", list(WRITES))
def test_right_after_a_write(visitor, some, make_user, what):
    """NFR-10: the next answer shows it, under every filter and on every page."""
    one = two(some, make_user)
    k = kitchen(visitor, some, make_user, one)
    shelf = one.category.slug
    paths = [*QUERIES, endpoint("recipe-detail", one)]
    if "category" not in what:
        paths.append(f"/api/recipes/?category={shelf}")
    for path in paths:
        visitor.get(path)
    WRITES[what](k)
    # One address after the other: each comparison empties the cache.
    answers = {path: visitor.get(path) for path in paths}
    found = {path: (page.status, page.html) for path, page in answers.items()}
    for path in paths:
        forget()
        page = visitor.get(path)
        expect(
            found[path] == (page.status, page.html),
            did=f"Opened GET {path}, then {what}, then the same address again",
            wanted=f"what an empty cache gives: {short(page.html, 120)}",
            got=f"an answer from before: {short(found[path][1], 120)}",
            look=LOOK,
        )


def test_rolled_back(visitor, some, make_user):
    """NFR-10: what never became true changes nothing."""
    one = two(some, make_user)
    before = current()
    with committed(), transaction.atomic():
        one.title = some.title()
        one.save()
        transaction.set_rollback(True)
    expect(
        current() == before,
        did="Changed a recipe in a transaction that was rolled back",
        wanted="the generation as it was",
        got="another one",
        look=LOOK,
    )


def test_not_before_the_commit(visitor, some, make_user):
    """NFR-10: a reader in between must not store old rows under the new generation."""
    one = two(some, make_user)
    before = current()
    with committed():
        with transaction.atomic():
            one.title = some.title()
            one.save()
        during = current()
    expect(
        during == before,
        did="Changed a recipe in a transaction that was not committed yet",
        wanted="the old generation until it is",
        got="a new one already",
        look=LOOK,
    )
    expect(
        current() != before,
        did="Committed it",
        wanted="a new generation",
        got="the old one",
        look=LOOK,
    )


@pytest.mark.parametrize("first", ["the author", "a visitor"])
def test_drafts_stay_with_their_author(visitor, some, make_user, first):
    """FR-2: whoever asks first, nobody else is given their answer."""
    cook = named(make_user, some)
    mine, hidden = visitor.sign_in(cook), recipe(some, cook)
    shown = published(some, cook)
    stranger = visitor.sign_in(make_user())
    order = [mine, visitor, stranger, mine, visitor]
    if first == "a visitor":
        order = [visitor, mine, stranger, visitor, mine]
    for who in order:
        page = who.get(endpoint("recipe-list"))
        wanted = {shown.slug, hidden.slug} if who is mine else {shown.slug}
        expect(
            set(slugs(results_of(page))) == wanted,
            did=f"{page.did}, after others had asked",
            wanted="one's own draft as well" if who is mine else "no draft (FR-2)",
            got=f"{len(results_of(page))} recipes",
            look=VIEWS,
        )


def test_answers_are_kept_apart(visitor, some, make_user):
    """NFR-10: by query string, host, scheme and format."""
    two(some, make_user)
    path = endpoint("recipe-list")
    visitor.get(path)
    few = visitor.get(path, {"page_size": "1"})
    expect(
        len(results_of(few)) == 1,
        did=f"{few.did}, after the whole list",
        wanted="one result",
        got=f"{len(results_of(few))}",
        look=VIEWS,
    )
    for host, secure in (("localhost", False), ("testserver", True)):
        answer = visitor.client.get(path, HTTP_HOST=host, secure=secure)
        base = f"{'https' if secure else 'http'}://{host}/"
        found = answer.json()["results"][0]["url"]
        expect(
            found.startswith(base),
            did=f"Opened GET {base}api/recipes/ after another address",
            wanted=f"a url that begins with {base}",
            got=found,
            look=VIEWS,
        )
    page = visitor.send("GET", path, headers={"accept": "text/html"})
    expect(
        "text/html" in page.headers["Content-Type"] and "<html" in page.html,
        did=f"Opened GET {path} with Accept: text/html, after the JSON",
        wanted="HTML",
        got=page.headers["Content-Type"],
        look=VIEWS,
    )
    content(visitor.get(path))


def test_errors_are_no_answers(visitor, some, make_user):
    """NFR-10: 400 and 404 stay what they are, each time."""
    two(some, make_user)
    path = endpoint("recipe-list")
    for query, status in (({"max_minutes": "abc"}, 400), ({"page": "99"}, 404)):
        for _ in range(2):
            visitor.get(path, query).expect_status(status, look=VIEWS)
    visitor.get(path).expect_status(200, look=VIEWS)


def test_the_throttle_still_counts(visitor, some, make_user):
    """FR-22: an answer from the cache is a request as well."""
    load("recipes.generations", look="recipes/generations.py")
    two(some, make_user)
    statuses = [visitor.get(endpoint("recipe-list")).status for _ in range(61)]
    expect(
        statuses[59] == 200 and statuses[60] == 429,
        did="Sent 61 times GET /api/recipes/ as a visitor within a minute",
        wanted="the 61st throttled although its answer is in the cache",
        got=f"{statuses[59]} for the 60th, {statuses[60]} for the 61st",
        look=VIEWS,
    )


def test_right_without_a_cache(visitor, some, make_user, settings):
    """NFR-11: slower and right."""
    load("recipes.generations", look="recipes/generations.py")
    one = two(some, make_user)
    cache_away(settings)
    for _ in range(2):
        read(visitor.get(endpoint("recipe-list")), look=LOOK)
    one.title = some.title()
    with committed():
        one.save()
    titles = [each["title"] for each in results_of(visitor.get("/api/recipes/"))]
    expect(
        one.title in titles,
        did="Changed a title with the cache away",
        wanted="the new title in the list",
        got=short(titles),
        look=LOOK,
    )


def test_bench_shows_it(db):
    """NFR-10: no query for a warm list, and a cold one that does not grow."""
    few = measured("--recipes", "15", "--rounds", "2")["/api/recipes/"]
    many = measured("--recipes", "60", "--rounds", "1")["/api/recipes/"]
    for found in (few, many):
        expect(
            found["warm_queries"] == 0 < found["cold_queries"],
            did="Ran python manage.py bench --json",
            wanted="/api/recipes/: warm_queries 0, cold_queries more",
            got=short(found),
            look=VIEWS,
        )
    expect(
        few["cold_queries"] == many["cold_queries"],
        did="Measured /api/recipes/ with 15 and with 60 recipes",
        wanted="the same number of queries while cold",
        got=f"{few['cold_queries']}, then {many['cold_queries']}",
        look=VIEWS,
    )


def test_what_may_be_late(root):
    """NFR-12: told where the next reader looks."""
    heading = "## What may be late"
    enough_words(section(root, heading), heading, 15)
