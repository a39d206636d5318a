"""search: recipes are found by title, description and ingredients."""

import re

import pytest

from acceptance.calls import same_cost
from acceptance.pages import goals, only_on, page_links, path_of
from acceptance.recipes import (
    category,
    fresh,  # noqa: F401
    ingredient,
    named,
    page_of,
    published,
    recipe,
    titles_on,
    unseen,
)
from acceptance.samples import ago, ahead, rare
from acceptance.support import Form, expect

LOOK = "recipes/views.py, the view of /recipes/"
QUERY = "recipes/models.py, RecipeQuerySet.search"
PATH = "/recipes/"


def ready(visitor):
    """The list holds a search form, or a sentence."""
    __tracebackhide__ = True
    page = visitor.get(PATH).expect_status(200, look=LOOK)
    form = page.expect_form("q", "category", look="recipes/forms.py, SearchForm")
    expect(
        form.method == "get",
        did=page.did,
        wanted="a search form of method get: a result has an address",
        got=f"its method is {form.method}",
        look="templates/recipes/recipe_list.html",
    )
    return page, form


def found(visitor, made, **query):
    """(page, the recipes among ``made`` that a search shows)."""
    __tracebackhide__ = True
    page = visitor.get(PATH, query).expect_status(200, look=LOOK)
    return page, titles_on(page, made)


def finds(visitor, made, wanted, *, why, **query):
    """A search shows these recipes and no other, in this order; or a sentence."""
    __tracebackhide__ = True
    page, got = found(visitor, made, **query)
    expect(
        [one.pk for one in got] == [one.pk for one in wanted],
        did=page.did,
        wanted=f"{why}: " + (", ".join(one.title for one in wanted) or "no recipe"),
        got=", ".join(one.title for one in got) or "none of the recipes",
        look=QUERY,
    )
    return page


# ------------------------------------------------------------------------------- forms


def test_forms_lead_to_the_search(visitor, some, make_user):
    """FR-10: on the list, and in the header of every page."""
    one = published(some, make_user())
    _, form = ready(visitor)
    expect(
        one.category.slug in form.options("category")
        and "" in form.options("category"),
        did="Opened /recipes/",
        wanted=f"the slugs of all categories to choose from, {one.category.slug} "
        "among them, and an empty choice",
        got=", ".join(form.options("category")) or "no choice",
        look="recipes/forms.py, SearchForm, to_field_name",
    )
    for path in ("/", PATH, page_of(one)):
        page = visitor.get(path).expect_status(200)
        forms = [
            Form(page, tag)
            for header in page.soup.find_all("header")
            for tag in header.find_all("form")
        ]
        expect(
            any(
                each.has("q") and each.method == "get" and path_of(each.action) == PATH
                for each in forms
            ),
            did=page.did,
            wanted="a form with q in the <header>, that leads to /recipes/",
            got=f"{len(forms)} other forms in the <header>" if forms else "none",
            look="templates/base.html",
        )


# ------------------------------------------------------------------------------- words


def test_a_word_is_found_in_three_places(visitor, some, make_user):
    """FR-10: whatever the capitals, each recipe once, the newest first."""
    ready(visitor)
    word = rare(some)
    author = make_user()
    made = [
        published(
            some, author, title=f"{some.title()} {word}", published_at=ago(days=1)
        ),
        published(
            some, author, description=f"With {word} on it.", published_at=ago(days=2)
        ),
        published(some, author, published_at=ago(days=3)),
        published(some, author, published_at=ago(days=4)),
    ]
    ingredient(some, made[2], name=f"Fresh {word.capitalize()}")
    for asked in (word, word.upper(), word.capitalize(), word[1:-1], f"  {word} "):
        finds(
            visitor,
            made,
            made[:3],
            why="those with the word in title, description or an ingredient, the "
            "newest first",
            q=asked,
        )


def test_every_word_must_be_there(visitor, some, make_user):
    """FR-10: in different places, too."""
    ready(visitor)
    one, two = rare(some), rare(some)
    author = make_user()
    made = [
        published(
            some, author, title=f"{some.title()} {one}", published_at=ago(days=1)
        ),
        published(
            some, author, title=f"{some.title()} {one}", published_at=ago(days=2)
        ),
        published(some, author, published_at=ago(days=3)),
        published(some, author, description=two, published_at=ago(days=4)),
    ]
    ingredient(some, made[0], name=two)
    ingredient(some, made[2], name=one)
    ingredient(some, made[2], name=two)
    for asked in (f"{one} {two}", f"{two}   {one}"):
        finds(
            visitor,
            made,
            [made[0], made[2]],
            why="those that hold both words, in one place or in two",
            q=asked,
        )


def test_a_recipe_comes_once(visitor, some, make_user):
    """FR-10: a join brings it once for each ingredient."""
    ready(visitor)
    word = rare(some)
    made = []
    for days in range(1, 6):
        one = published(some, make_user(), published_at=ago(days=days), rows=0)
        for number in range(3):
            ingredient(some, one, name=f"{word} number {number}", position=number)
        made.append(one)
    plain = visitor.get(PATH)
    why = "five recipes, each once although three of its ingredients hold the word"
    page = finds(visitor, made, made, why=why, q=word)
    for one in made:
        often, wanted = page.text.count(one.title), plain.text.count(one.title)
        expect(
            often == wanted,
            did=f"{page.did}, where each recipe has three ingredients with the word",
            wanted=f'"{one.title}" on one card',
            got=f"the title {often} times, where the list has it {wanted} times",
            look=f"{QUERY}: Exists(…), or distinct()",
        )
    expect(
        not any("page" in query for query in page_links(page, PATH)),
        did=page.did,
        wanted="one page of five recipes",
        got="links to other pages",
        look=f"{QUERY}: Exists(…), or distinct()",
    )
    visitor.get(f"{PATH}?q={word}&page=2").expect_status(
        404, wanted="404: five recipes have no second page", look=QUERY
    )


def test_no_draft_is_found(visitor, some, make_user):
    """FR-2: not even by its author."""
    ready(visitor)
    word = rare(some)
    author = make_user()
    public = published(some, author, title=f"{some.title()} {word}")
    hidden = [
        recipe(some, author, title=f"{some.title()} {word}"),
        published(
            some, author, title=f"{some.title()} {word}", published_at=ahead(days=1)
        ),
        *unseen(some, author, description=word),
    ]
    for somebody in (visitor, visitor.sign_in(author)):
        finds(
            somebody,
            [public, *hidden],
            [public],
            why="the published recipe only",
            q=word,
        )


@pytest.mark.parametrize("sign", ["%", "_", "'", '"', "\\", "100%", "a_b", "&"])
def test_signs_are_ordinary_characters(visitor, some, make_user, sign):
    """NFR-4: a search is no language."""
    ready(visitor)
    author = make_user()
    made = [
        published(some, author, description=f"{rare(some)} {sign} end"),
        published(some, author, description="100 axb", title="Plain soup"),
    ]
    finds(visitor, made, made[:1], why=f"the recipe that holds {sign}", q=sign)


def test_what_was_searched_stands_in_the_field(visitor, some, make_user):
    """NFR-4: as text, and never as HTML."""
    ready(visitor)
    word = rare(some)
    asked = f'"><script>{word}</script>'
    page = visitor.get(PATH, {"q": asked}).expect_status(200, look=LOOK)
    form = page.expect_form("q", "category", look=LOOK)
    expect(
        form.values.get("q") == asked,
        did=page.did,
        wanted="what was searched, in the field again",
        got=repr(form.values.get("q")),
        look="templates/recipes/recipe_list.html",
    )
    expect(
        not any(word in tag.get_text() for tag in page.soup.find_all("script")),
        did=page.did,
        wanted="no script in the page",
        got="the script that was searched stands in it",
        look="templates/recipes/recipe_list.html, without the filter safe",
    )


# ------------------------------------------------------------------------------ narrow


def test_a_category_narrows(visitor, some, make_user):
    """FR-10: alone, and together with words."""
    ready(visitor)
    word, kind = rare(some), category(some)
    author = make_user()
    made = [
        published(some, author, category=kind, published_at=ago(days=1)),
        published(
            some, author, category=kind, description=word, published_at=ago(days=2)
        ),
        published(some, author, description=word, published_at=ago(days=3)),
    ]
    for wanted, why, query in (
        (made[:2], "the category's recipes", {"category": kind.slug}),
        (made[1:2], "both narrow", {"category": kind.slug, "q": word}),
        (made[1:], "all with the word", {"category": "", "q": word}),
        (made, "all", {"category": "", "q": ""}),
        (made, "all", {"q": "   "}),
    ):
        page = finds(visitor, made, wanted, why=why, **query)
    page = visitor.get(PATH, {"category": kind.slug})
    form = page.expect_form("q", "category", look=LOOK)
    expect(
        form.values.get("category") == kind.slug,
        did=page.did,
        wanted=f"{kind.slug} chosen in the form",
        got=repr(form.values.get("category")),
        look="recipes/forms.py, SearchForm, bound to request.GET",
    )


def test_the_number_found_is_shown(visitor, some, make_user):
    """FR-10: of all that were found, not of those on the page."""
    ready(visitor)
    word, author = rare(some), make_user()
    for _ in range(13):
        published(some, author, description=word, rows=0)
    page = visitor.get(PATH, {"q": word}).expect_status(200)
    expect(
        re.search(r"\b13\b", page.text) is not None,
        did=f"{page.did}, which finds 13 recipes",
        wanted="the number of recipes that were found",
        got="no 13 on the page",
        look="templates/recipes/recipe_list.html, {{ paginator.count }}",
    )


def test_the_beginning_of_a_slug_is_no_category(visitor, some, make_user):
    """FR-10: soup and soup-cold are two."""
    ready(visitor)
    author, one = make_user(), category(some, slug="soup")
    two = category(some, slug="soup-cold")
    made = [published(some, author, category=each) for each in (one, two)]
    finds(visitor, made, made[:1], why="the category's recipe", category="soup")


@pytest.mark.parametrize("value", ["no-such-thing", "0", "%00", "a'b"])
def test_an_unknown_category_is_no_error(visitor, some, make_user, value):
    """NFR-4: an address can hold anything."""
    plain, _ = ready(visitor)
    one = published(some, make_user())
    plain = visitor.get(PATH)
    page = visitor.get(f"{PATH}?category={value}").expect_status(
        200, wanted="200 for a category that does not exist", look=LOOK
    )
    expect(
        one.title not in page.text or only_on(page, plain),
        did=page.did,
        wanted="an error, or no recipe",
        got="all recipes, as if nothing had been asked",
        look=LOOK,
    )


@pytest.mark.parametrize("length", [101, 5000, 0], ids=["101", "5000", "NUL"])
def test_no_search_is_an_error(visitor, some, make_user, length):
    """NFR-4: 200, and nothing found."""
    ready(visitor)
    one = published(some, make_user(), description="x" * 1900)
    query = "x" * length if length else "%00"
    for address in (f"{PATH}?q={query}", f"{PATH}?q={query}&category="):
        page = visitor.get(address).expect_status(
            200, wanted="200: a page that says so", look=LOOK
        )
        page.expect_hides(
            one.title,
            wanted="no recipe: what was asked is too long, or no text",
            look="recipes/forms.py, SearchForm, and Recipe.objects.none()",
        )


@pytest.mark.parametrize(("count", "found"), [(8, True), (9, False), (50, False)])
def test_words_are_counted(visitor, some, make_user, count, found):
    """NFR-1: each word costs a look at every row, so there are eight at most."""
    ready(visitor)
    letters = "abcdefgh"
    one = published(some, make_user(), description=" ".join(letters))
    query = "+".join((letters * 7)[:count])
    page = visitor.get(f"{PATH}?q={query}").expect_status(200, look=LOOK)
    expect(
        (one.title in page.text) is found,
        did=f"Searched for {count} words of one letter",
        wanted="the recipe that holds them"
        if found
        else "no recipe: more than eight words are refused with a sentence",
        got="the recipe" if one.title in page.text else "no recipe",
        look="recipes/forms.py, SearchForm, q",
    )


# ------------------------------------------------------------------------------- pages


def test_page_two_keeps_the_search(visitor, some, make_user):
    """FR-10: with blanks, & and ä in it."""
    ready(visitor)
    word, kind = rare(some), category(some)
    author = make_user()
    made = [
        published(
            some,
            author,
            category=kind,
            title=f"{some.title()} & Käse {word}",
            published_at=ago(hours=hours),
            rows=0,
        )
        for hours in range(1, 15)
    ]
    others = [
        published(some, author, category=kind, rows=0, published_at=ago(days=2)),
        published(
            some,
            author,
            title=f"{some.title()} & Käse {word} elsewhere",
            published_at=ago(days=3),
        ),
    ]
    asked = f"{word} & Käse"
    page = finds(
        visitor, made, made[:12], why="the newest twelve", q=asked, category=kind.slug
    )
    wanted = {"q": [asked], "category": [kind.slug], "page": ["2"]}
    queries = page_links(page, PATH)
    expect(
        wanted in queries,
        did=page.did,
        wanted=f"a link to page 2 with {wanted}",
        got=f"links with {queries or 'nothing'}",
        look="templates/_pagination.html, {% querystring page=… %}",
    )
    address = next(
        link
        for link in page.links()
        if path_of(link) == PATH and "page=2" in link and "q=" in link
    )
    page = visitor.get(address).expect_status(200, look=LOOK)
    got = titles_on(page, [*made, *others])
    expect(
        [one.pk for one in got] == [one.pk for one in made[12:]],
        did=page.did,
        wanted="the other two that were found, and no other recipe",
        got=", ".join(one.title for one in got) or "none",
        look=LOOK,
    )
    for number in ("abc", "99"):
        visitor.get(f"{PATH}?q={word}&page={number}").expect_status(
            404, wanted="404 for a page that does not exist", look=LOOK
        )


def test_a_search_costs_the_same_however_much_it_finds(visitor, some, make_user):
    """NFR-1: neither a recipe nor an ingredient costs a query."""
    ready(visitor)
    word = rare(some)

    def grow():
        one = published(some, named(make_user, some), rows=0)
        for number in range(3):
            ingredient(some, one, name=f"{word} {number}")

    same_cost(
        visitor,
        f"{PATH}?q={word}",
        grow,
        few=2,
        many=6,
        things="recipes with three ingredients each",
        look=QUERY,
    )


def test_a_result_leads_to_the_recipe(visitor, some, make_user):
    """FR-10: results are cards like any other."""
    ready(visitor)
    one = published(some, make_user())
    page = visitor.get(PATH, {"q": one.title.split()[0]}).expect_status(200, look=LOOK)
    expect(
        page_of(one) in goals(page),
        did=page.did,
        wanted=f"a link to {page_of(one)}",
        got=", ".join(goals(page, page.main)) or "no link",
        look=LOOK,
    )
