"""fragments: parts of pages from the cache, and nothing of anybody in them."""

import re
from urllib.parse import urlsplit

import pytest

from acceptance.recipes import (
    changed,
    delete,
    forget,
    fresh,  # noqa: F401
    ingredient,
    named,
    page_of,
    published,
    step,
    titles_on,
)
from acceptance.recipes_api import short
from acceptance.recipes_bench import enough_words, measured, section
from acceptance.recipes_cache import (
    REFUSALS,
    WRITES,
    CountingCache,
    TinyRedis,
    cache_at,
    cache_away,
    cost,
    kitchen,
)
from acceptance.samples import rare
from acceptance.support import expect, load, url

LOOK = "templates/recipes/, {% cache %}, and recipes/views.py"
PAGES = ("/", "/recipes/", "/recipes/?page=2", "/sitemap.xml")


def some_recipes(some, make_user, count):
    """So many published recipes of one cook, without ingredients and steps."""
    cook = named(make_user, some)
    return [published(some, cook, rows=0) for _ in range(count)]


def whole(page):
    """An answer without what differs each time: tokens against forgery."""
    hidden = r'(name="csrfmiddlewaretoken" value=")[^"]*'
    return page.status, re.sub(hidden, r"\1", page.html)


@pytest.mark.parametrize("path", ["/", "/recipes/", "/recipes/?page=2"])
def test_the_second_visitor_costs_less(visitor, some, make_user, path):
    """NFR-10: the same page for fewer queries."""
    some_recipes(some, make_user, 14)
    visitor.get("/accounts/login/")  # templates are compiled
    first, before = cost(visitor, path)
    second, after = cost(visitor, path)
    few = path == "/"
    expect(
        after <= 2 if few else after < before,
        did=f"Opened GET {path} twice as a visitor",
        wanted="two queries at most the second time"
        if few
        else "fewer queries the second time",
        got=f"{before} queries, then {after}",
        look=LOOK,
    )
    expect(
        whole(first) == whole(second),
        did=f"Opened GET {path} twice as a visitor",
        wanted="the same page",
        got="another one",
        look=LOOK,
    )


@pytest.mark.parametrize("what", list(WRITES))
def test_right_after_a_write(visitor, some, make_user, what):
    """NFR-10: the next page shows it."""
    one = some_recipes(some, make_user, 13)[5]
    ingredient(some, one)
    step(some, one)
    k = kitchen(visitor, some, make_user, one)
    load("recipes.generations", look="recipes/generations.py")
    paths = [*PAGES, f"/categories/{one.category.slug}/"]
    for path in paths:
        visitor.get(path)
    _, spent = cost(visitor, "/sitemap.xml")
    expect(
        spent == 0,
        did="Opened GET /sitemap.xml twice",
        wanted="no query the second time",
        got=f"{spent}",
        look="config/urls.py",
    )
    WRITES[what](k)
    found = {path: whole(visitor.get(path)) for path in paths}
    for path in paths:
        forget()
        truth = whole(visitor.get(path))
        expect(
            found[path] == truth,
            did=f"Opened GET {path}, then {what}, then the same address again",
            wanted="what an empty cache gives",
            got="a page from before",
            look=LOOK,
        )


@pytest.mark.parametrize("first", ["a user", "a visitor"])
def test_nothing_of_anybody(visitor, some, make_user, first):
    """FR-2: no name, no link and no token of one user on another's page."""
    made = some_recipes(some, make_user, 3)
    visitor.get("/")
    _, spent = cost(visitor, "/")
    expect(
        spent <= 2,
        did="Opened GET / twice as a visitor",
        wanted="two queries at most the second time",
        got=f"{spent}",
        look=LOOK,
    )
    forget()
    cook = made[0].author
    mine = visitor.sign_in(cook)
    other = visitor.sign_in(named(make_user, some, first_name=rare(some)))
    order = (
        [mine, visitor, other, mine] if first == "a user" else [visitor, mine, other]
    )
    for path in ("/", "/recipes/"):
        tokens = {}
        for who in order:
            page = who.get(path)
            goals = [urlsplit(link).path for link in page.links()]
            signed_in = who is not visitor
            expect(
                ("/drafts/" in goals) == signed_in
                and ("/accounts/login/" in goals) == (not signed_in),
                did=f"{page.did}, after others had asked",
                wanted="the links of who asks",
                got=f"links to {', '.join(goals[:8])}",
                look=LOOK,
            )
            for user in (mine.user, other.user):
                header = page.soup.find("header") or page.soup
                there = user.display_name in header.get_text(" ")
                expect(
                    there == (who.user == user),
                    did=f"{page.did}, after others had asked",
                    wanted="one's own name in the header and nobody else's",
                    got=f"{user.display_name} is {'there' if there else 'not there'}",
                    look=LOOK,
                )
            expect(
                page_of(made[0], "edit") not in goals,
                did=page.did,
                wanted="no edit link on cards",
                got="there is one",
                look=LOOK,
            )
            for field in page.soup.find_all("input", {"name": "csrfmiddlewaretoken"}):
                tokens.setdefault(str(field["value"]), set()).add(who.who)
        shared = [names for names in tokens.values() if len(names) > 1]
        expect(
            not shared,
            did=f"Opened GET {path} as several people",
            wanted="a CSRF token for each",
            got=f"{' and '.join(shared[0]) if shared else ''} were given the same",
            look=LOOK,
        )


def test_a_form_of_the_second_visitor(visitor, some, make_user):
    """NFR-6: what is served from the cache can be sent."""
    made = some_recipes(some, make_user, 2)
    spent = [cost(visitor, "/")[1] for _ in range(2)][1]
    expect(
        spent <= 2,
        did="Opened GET / twice as a visitor",
        wanted="two queries at most the second time",
        got=f"{spent}",
        look=LOOK,
    )
    for _ in range(2):
        mine = visitor.sign_in(make_user())
        form = mine.get(page_of(made[0])).expect_form("body", look=LOOK)
        page = form.send(body=some.sentence())
        page.expect_redirect(wanted="the comment accepted", look=LOOK)


def test_each_its_own_cards(visitor, some, make_user):
    """FR-10: words, categories and pages, right after one another."""
    made = some_recipes(some, make_user, 14)
    word = rare(some)
    changed(made[0], title=f"{word} soup")
    changed(made[1], title=f"{word} stew")
    both = {made[0].pk, made[1].pk}
    asked = {
        f"/recipes/?q={word}": both,
        f"/recipes/?q={rare(some)}": set(),
        f"/recipes/?category={made[2].category.slug}": {made[2].pk},
        f"/recipes/?category={made[3].category.slug}": {made[3].pk},
        f"/recipes/?q={word}&category={made[0].category.slug}": {made[0].pk},
    }
    newest = [one.pk for one in type(made[0]).objects.order_by("-published_at", "-pk")]
    asked |= {"/recipes/": set(newest[:12]), "/recipes/?page=2": set(newest[12:])}
    spent = [cost(visitor, "/recipes/")[1] for _ in range(2)]
    expect(
        spent[1] < spent[0],
        did="Opened GET /recipes/ twice as a visitor",
        wanted="fewer queries the second time",
        got=f"{spent[0]}, then {spent[1]}",
        look=LOOK,
    )
    for _ in range(2):
        for path, wanted in asked.items():
            page = visitor.get(path)
            found = {one.pk for one in titles_on(page, made)}
            expect(
                found == wanted,
                did=f"{page.did}, after others like it",
                wanted=f"the {len(wanted)} cards that belong there",
                got=f"{len(found)} cards, {len(found - wanted)} of them foreign",
                look=LOOK,
            )


def test_escaped_twice(visitor, some, make_user):
    """NFR-4: from the cache as at first."""
    one = some_recipes(some, make_user, 1)[0]
    changed(one, title=f"<b>{rare(some)}</b> & more")
    changed(one.category, name=f"<i>{rare(some)}</i>")
    for path in ("/", "/recipes/"):
        costs = []
        for _ in range(2):
            page, spent = cost(visitor, path)
            costs.append(spent)
            for text in (one.title, one.category.name):
                expect(
                    text not in page.html and text in page.all_text,
                    did=page.did,
                    wanted=f"{text} as text",
                    got="it is markup, or missing",
                    look=LOOK,
                )
        expect(
            costs[1] < costs[0],
            did=f"Opened GET {path} twice as a visitor",
            wanted="fewer queries the second time",
            got="{}, then {}".format(*costs),
            look=LOOK,
        )


def test_whole_views(visitor, some, make_user):
    """FR-13, FR-23: the sitemap by host, the schema by format, both without a query."""
    some_recipes(some, make_user, 2)
    schema = url("api:schema", look="api/urls.py")
    for path in ("/sitemap.xml", schema, f"{schema}?format=json"):
        first, _ = cost(visitor, path)
        second, spent = cost(visitor, path)
        expect(
            spent == 0 and first.html == second.html and second.status == 200,
            did=f"Opened GET {path} twice",
            wanted="the same answer without a query",
            got=f"{second.summary}, {spent} queries",
            look="config/urls.py, cache_page",
        )
    expect(
        visitor.get(schema).html.lstrip().startswith("openapi")
        and visitor.get(f"{schema}?format=json").html.lstrip().startswith("{"),
        did=f"Opened GET {schema}, with ?format=json and without",
        wanted="YAML and JSON, not mixed",
        got=short(visitor.get(schema).html, 60),
        look="api/urls.py",
    )
    for host in ("localhost", "testserver"):
        answer = visitor.client.get("/sitemap.xml", HTTP_HOST=host)
        text = answer.content.decode()
        expect(
            f"<loc>http://{host}/" in text,
            did=f"Opened GET http://{host}/sitemap.xml",
            wanted=f"addresses that begin with http://{host}/",
            got=short(text[text.find("<loc>") :], 60),
            look="config/urls.py",
        )


def test_right_without_a_cache(visitor, some, make_user, settings):
    """NFR-11: slower and right."""
    load("config.cache", look="config/cache.py")
    one = some_recipes(some, make_user, 3)[0]
    spent = [cost(visitor, "/")[1] for _ in range(2)][1]
    expect(
        spent <= 2,
        did="Opened GET / twice as a visitor",
        wanted="two queries at most the second time",
        got=f"{spent}",
        look=LOOK,
    )
    cache_away(settings)
    for path in ("/", "/recipes/", "/sitemap.xml", page_of(one)):
        page = visitor.get(path)
        page.expect_status(200, wanted="200 with the cache away", look=LOOK)
        expect(
            one.slug in page.html,
            did=f"{page.did}, with the cache away",
            wanted="the recipe on it",
            got="it is not there",
            look=LOOK,
        )
    delete(one, look=LOOK)
    expect(
        one.slug not in visitor.get("/recipes/").html,
        did="Deleted a recipe with the cache away, then opened GET /recipes/",
        wanted="it is gone",
        got="it is there",
        look=LOOK,
    )


def test_right_with_a_cache_that_refuses(visitor, some, make_user, settings):
    """NFR-11: a Redis that reads and does not write is no better than none."""
    one = some_recipes(some, make_user, 3)[0]
    with TinyRedis(REFUSALS["its disk is full"]) as server:
        cache_at(settings, server.port)
        for path in ("/", "/recipes/", "/sitemap.xml", page_of(one), "/api/recipes/"):
            page = visitor.get(path)
            page.expect_status(
                200, wanted="200 with a Redis that refuses to write", look=LOOK
            )
        delete(one, look=LOOK)
        expect(
            one.slug not in visitor.get("/recipes/").html,
            did="Deleted a recipe while Redis refused to write; opened GET /recipes/",
            wanted="it is gone",
            got="it is there",
            look=LOOK,
        )


@pytest.mark.parametrize(
    "path", ["/", "/recipes/", "/recipes/?q=", "/sitemap.xml", "/api/schema/"]
)
def test_the_cache_does_not_grow_with_what_visitors_think_up(
    visitor, some, make_user, settings, path
):
    """NFR-10: `?x=1`, `?x=2` and so on are one page, or none that is kept."""
    some_recipes(some, make_user, 2)
    settings.CACHES = {
        "default": {
            "BACKEND": f"{CountingCache.__module__}.{CountingCache.__name__}",
            "LOCATION": "counting",
        }
    }
    CountingCache.keys.clear()
    addresses = [
        f"{path}{rare(some)}" if path.endswith("=") else f"{path}?x={number}"
        for number in range(8)
    ]
    for address in addresses[:2]:
        visitor.get(address).expect_status(200)
    before = len(CountingCache.keys)
    for address in addresses[2:]:
        visitor.get(address).expect_status(200)
    expect(
        len(CountingCache.keys) == before,
        did=f"Opened {addresses[2]} and five more addresses like it",
        wanted="nothing more in the cache than before",
        got=f"{len(CountingCache.keys) - before} keys more: whoever counts on fills it",
        look={
            "/sitemap.xml": "config/urls.py and recipes/generations.py, cache_page",
            "/api/schema/": "api/urls.py, cache_page",
        }.get(path, LOOK),
    )


def test_bench_shows_it(db):
    """NFR-10: all three gain."""
    for path, found in measured("--recipes", "50", "--rounds", "2").items():
        expect(
            found["warm_queries"] < found["cold_queries"],
            did="Ran python manage.py bench --recipes 50 --rounds 2 --json",
            wanted=f"{path}: fewer queries warm than cold",
            got=f"{found['cold_queries']} cold, {found['warm_queries']} warm",
            look=LOOK,
        )


def test_the_numbers_after(root):
    """NFR-12: a reader finds them without running it."""
    text = section(root, "## After")
    cells = {
        cell.strip().strip("`")
        for line in text.splitlines()
        if line.count("|") >= 2
        for cell in line.split("|")
    }
    missing = [
        path for path in ("/", "/recipes/", "/api/recipes/") if path not in cells
    ]
    expect(
        not missing,
        did='Read docs/performance.md under "## After"',
        wanted="a table with rows for /, /recipes/ and /api/recipes/",
        got=f"none for {', '.join(missing)}",
        look="docs/performance.md",
    )
    enough_words(text, "## After", 40)
