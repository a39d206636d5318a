"""sitemap: search engines are told what everybody may see."""

from datetime import date
from xml.etree import ElementTree

import pytest

from acceptance.calls import same_cost
from acceptance.recipes import (
    category,
    changed,
    fresh,  # noqa: F401
    page_of,
    published,
    recipe,
    recipes,
    unseen,
)
from acceptance.samples import ahead, title_of
from acceptance.support import committed, expect, fail, url

LOOK = "recipes/sitemaps.py, and sitemap.xml in config/urls.py"
HOST = "http://testserver"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def entries(visitor):
    """{address: lastmod or None} of the sitemap, or a sentence."""
    __tracebackhide__ = True
    page = visitor.get(url("sitemap", look=LOOK)).expect_status(200, look=LOOK)
    try:
        tree = ElementTree.fromstring(page.html)
    except ElementTree.ParseError as error:
        fail(did=page.did, wanted="XML", got=f"{error}", look=LOOK)
    found = {}
    for entry in tree.iter(f"{SPACE}url"):
        place = (entry.findtext(f"{SPACE}loc") or "").strip()
        found[place] = entry.findtext(f"{SPACE}lastmod")
    return page, found


def test_the_sitemap_lists_what_everybody_may_see(visitor, some, make_user):
    """FR-13: recipes with their last change, categories, two pages."""
    made = [published(some, make_user()) for _ in range(2)]
    empty = category(some)
    expect(
        url("sitemap", look=LOOK) == "/sitemap.xml",
        did="Looked up the URL sitemap",
        wanted="/sitemap.xml",
        got=url("sitemap"),
        look="config/urls.py",
    )
    page, found = entries(visitor)
    wanted = [page_of(one) for one in made]
    wanted += [
        url("recipes:category-detail", slug=kind.slug)
        for kind in (made[0].category, made[1].category, empty)
    ]
    for path in (*wanted, "/", "/recipes/"):
        expect(
            f"{HOST}{path}" in found,
            did=page.did,
            wanted=f"<loc>{HOST}{path}</loc>",
            got=", ".join(found) or "no <loc>",
            look=LOOK,
        )
    for one in made:
        told = found[f"{HOST}{page_of(one)}"]
        one.refresh_from_db()
        expect(
            told is not None and told.strip()[:10] == one.updated_at.date().isoformat(),
            did=page.did,
            wanted=f"<lastmod> of a recipe, {one.updated_at.date()}",
            got=told or "none",
            look="recipes/sitemaps.py, lastmod",
        )


def test_lastmod_is_the_last_change(visitor, some, make_user):
    """FR-13: not the day of publication."""
    one = published(some, make_user())
    day = date(2021, some.number(1, 12), some.number(10, 28))
    changed(one, updated_at=f"{day}T12:00:00+00:00")
    page, found = entries(visitor)
    told = found.get(f"{HOST}{page_of(one)}") or ""
    expect(
        told.strip().startswith(day.isoformat()),
        did=f"{page.did}, where a recipe was last changed on {day}",
        wanted=f"<lastmod> {day}",
        got=told or "none",
        look="recipes/sitemaps.py, lastmod",
    )


def test_nothing_hidden_is_told(visitor, some, make_user):
    """FR-2: no draft, nothing of tomorrow; for a signed-in author neither."""
    author = make_user()
    public = published(some, author)
    hidden = [
        *unseen(some, author),
        published(some, author, published_at=ahead(days=1)),
    ]
    for somebody in (visitor, visitor.sign_in(author)):
        page, found = entries(somebody)
        expect(
            f"{HOST}{page_of(public)}" in found,
            did=page.did,
            wanted="the published recipe",
            got=", ".join(found) or "nothing",
            look=LOOK,
        )
        told = [one.title for one in hidden if f"{HOST}{page_of(one)}" in found]
        expect(
            not told,
            did=page.did,
            wanted="no draft and no recipe dated tomorrow",
            got=", ".join(told),
            look="recipes/sitemaps.py, published()",
        )


def test_a_moved_recipe_is_at_its_new_address(visitor, some, make_user):
    """FR-12: old addresses are for those who have them."""
    one = published(some, make_user(), slug="")
    before = page_of(one)
    entries(visitor)
    one = recipes().get(pk=one.pk)
    one.title = title_of(some)
    with committed():
        one.save()
    page, found = entries(visitor)
    expect(
        f"{HOST}{page_of(one)}" in found and f"{HOST}{before}" not in found,
        did=f"{page.did} after a title has changed",
        wanted="the new address, and not the old one",
        got=", ".join(place for place in found if "/recipes/" in place),
        look=LOOK,
    )


def test_a_new_recipe_is_in_it(visitor, some, make_user):
    """FR-13: as soon as it is published."""
    one = recipe(some, make_user())
    _, found = entries(visitor)
    expect(
        f"{HOST}{page_of(one)}" not in found,
        did="Opened the sitemap with a draft in the database",
        wanted="no draft",
        got="it is listed",
        look=LOOK,
    )
    one.status = "published"
    with committed():
        one.save()
    page, found = entries(visitor)
    expect(
        f"{HOST}{page_of(one)}" in found,
        did=f"Published the draft, and {page.did[0].lower()}{page.did[1:]}",
        wanted="the recipe",
        got=", ".join(found),
        look=LOOK,
    )


def test_the_sitemap_costs_the_same_however_long(visitor, some, make_user):
    """NFR-1: no query an entry."""
    same_cost(
        visitor,
        url("sitemap", look=LOOK),
        lambda: published(some, make_user(), rows=0),
        few=2,
        many=7,
        things="recipes in different categories",
        look=LOOK,
    )


# ------------------------------------------------------------------------------ robots


def test_robots_are_told_where_to_go(visitor):
    """FR-13: and where not."""
    expect(
        url("robots") == "/robots.txt",
        did="Looked up the URL robots",
        wanted="/robots.txt",
        got=url("robots"),
        look="config/urls.py",
    )
    page = visitor.get(url("robots")).expect_status(200, look="config/urls.py")
    kind = page.headers.get("Content-Type", "")
    expect(
        kind.split(";")[0] == "text/plain",
        did=page.did,
        wanted="the type text/plain",
        got=kind or "none",
        look="config/urls.py, content_type",
    )
    lines = [" ".join(line.split()) for line in page.html.splitlines()]
    for line in (
        "User-agent: *",
        "Disallow: /accounts/",
        "Disallow: /write/",
        f"Sitemap: {HOST}/sitemap.xml",
    ):
        expect(
            line in lines,
            did=page.did,
            wanted=f"a line {line!r}",
            got="; ".join(line for line in lines if line) or "nothing",
            look="templates/robots.txt",
        )


@pytest.mark.parametrize("query", ["", "?from=mail&page=2"])
def test_a_recipes_page_names_its_address(visitor, some, make_user, query):
    """FR-13: one page, one address."""
    one = published(some, make_user())
    page = visitor.get(f"{page_of(one)}{query}").expect_status(200)
    found = [
        str(tag.get("href"))
        for tag in page.soup.find_all("link")
        if "canonical" in (tag.get("rel") or [])
    ]
    expect(
        found == [f"{HOST}{page_of(one)}"],
        did=page.did,
        wanted=f'one <link rel="canonical" href="{HOST}{page_of(one)}">',
        got=", ".join(found) or "none",
        look="templates/recipes/recipe_detail.html, the block head",
    )
