"""recipe-pages: a list, a recipe's page, categories and a home page."""

import re
from decimal import Decimal

import pytest

from acceptance.calls import same_cost
from acceptance.pages import (
    goals,
    has_no_link,
    heading,
    in_order,
    links_to,
    markup,
    only_on,
    page_links,
    path_of,
    shows,
    stand_at,
    stays_text,
    text_of,
)
from acceptance.recipes import (
    category,
    changed,
    fresh,  # noqa: F401
    ingredient,
    named,
    page_of,
    published,
    recipe,
    step,
    titles_on,
    unseen,
)
from acceptance.recipes_access import states, strangers, walk
from acceptance.samples import ago, ahead, rare, title_of
from acceptance.support import expect, url

LIST = "recipes/views.py, the view of /recipes/"
DETAIL = "recipes/views.py, the view of /recipes/<slug>/"
HOME = "recipes/views.py, the view of /"
CATEGORY = "recipes/views.py, the view of /categories/<slug>/"
CARD = "templates/recipes/_recipe_card.html"
TEMPLATE = "templates/recipes/recipe_detail.html"


def category_page(kind):
    """The address of a category's page."""
    __tracebackhide__ = True
    return url("recipes:category-detail", slug=kind.slug)


def dated(some, author, count, **fields):
    """Published recipes, the newest first, made in another order."""
    __tracebackhide__ = True
    made = {
        hours: published(some, author, published_at=ago(hours=hours), rows=0, **fields)
        for hours in some.shuffled(range(1, count + 1))
    }
    return [made[hours] for hours in sorted(made)]


# -------------------------------------------------------------------------- addresses


def test_the_pages_have_their_addresses(some, make_user):
    """FR-1: addresses are those of the table."""
    one = published(some, make_user())
    addresses = {
        "/recipes/": url("recipes:recipe-list"),
        f"/recipes/{one.slug}/": page_of(one),
        f"/categories/{one.category.slug}/": category_page(one.category),
    }
    stand_at(addresses, look="recipes/urls.py")
    for each, path in ((one, page_of(one)), (one.category, list(addresses)[2])):
        kind = type(each).__name__
        method = getattr(each, "get_absolute_url", None)
        expect(
            method is not None and method() == path,
            did=f"Called get_absolute_url() of a {kind}",
            wanted=path,
            got=f"{method()}" if method else "there is no such method",
            look=f"recipes/models.py, {kind}.get_absolute_url",
        )


# -------------------------------------------------------------------------------- list


def test_the_list_shows_the_newest_first(visitor, some, make_user):
    """FR-1: published recipes, the newest first."""
    made = dated(some, make_user(), 5)
    page = visitor.get("/recipes/").expect_status(200, look=LIST)
    in_order(
        page,
        [one.title for one in made],
        wanted="the published recipes, the newest first",
        look=LIST,
    )


@pytest.mark.parametrize("where", ["list", "category"])
def test_twelve_recipes_stand_on_a_page(visitor, some, make_user, where):
    """FR-1: the rest stands on page 2."""
    kind = category(some)
    made = dated(some, make_user(), 14, category=kind)
    path = "/recipes/" if where == "list" else category_page(kind)
    look = LIST if where == "list" else CATEGORY
    for number, wanted in ((1, made[:12]), (2, made[12:])):
        page = visitor.get(path if number == 1 else f"{path}?page={number}")
        page.expect_status(200, look=look)
        found = titles_on(page, made)
        expect(
            [one.pk for one in found] == [one.pk for one in wanted],
            did=f"{page.did}, 14 recipes in the database",
            wanted=f"the {'newest twelve' if number == 1 else 'other two'}, newest "
            "first",
            got=f"{len(found)} recipes, or in another order",
            look=f"{look}, paginate_by",
        )
        other = "2" if number == 1 else "1"
        queries = page_links(page, path)
        expect(
            any(query.get("page") == [other] for query in queries)
            or (other == "1" and {} in queries),
            did=page.did,
            wanted=f"a link to page {other}",
            got=f"the links to {path} carry {queries or 'nothing'}",
            look="templates/_pagination.html, included in the list's template",
        )
    for number in ("99", "abc"):
        visitor.get(f"{path}?page={number}").expect_status(
            404, wanted="404 for a page that does not exist", look=look
        )


@pytest.mark.parametrize("who", ["visitor", "author"])
@pytest.mark.parametrize("where", ["list", "category", "home"])
def test_no_draft_and_nothing_of_tomorrow_is_listed(
    visitor, some, make_user, who, where
):
    """FR-2: lists hold published recipes only, for the author too."""
    author, kind = make_user(), category(some)
    public = published(some, author, category=kind)
    hidden = [
        *unseen(some, author, category=kind),
        published(some, author, category=kind, published_at=ahead(days=1)),
    ]
    path = {"list": "/recipes/", "category": category_page(kind), "home": "/"}[where]
    look = {"list": LIST, "category": CATEGORY, "home": HOME}[where]
    somebody = visitor.sign_in(author) if who == "author" else visitor
    page = somebody.get(path).expect_status(200, look=look)
    shows(page, public.title, wanted="the published recipe", look=look)
    for one in hidden:
        page.expect_hides(
            one.title,
            wanted="no draft and no recipe dated tomorrow in a list",
            look=f"{look}, Recipe.objects.published()",
        )


def test_empty_lists_are_pages(visitor, some):
    """FR-1: a new site has no recipe yet."""
    kind = category(some)
    for path, look in (
        ("/recipes/", LIST),
        ("/", HOME),
        (category_page(kind), CATEGORY),
    ):
        page = visitor.get(path).expect_status(200, look=look)
        expect(
            page.text,
            did=f"{page.did}, without a recipe in the database",
            wanted="some text in <main>",
            got="nothing",
            look=look,
        )


@pytest.mark.parametrize("where", ["list", "category", "home"])
def test_a_card_says_what_and_whose(visitor, some, make_user, where):
    """FR-1: title, author, category and minutes."""
    author = named(make_user, some)
    prep, cook = some.number(3, 9), some.number(31, 49)
    one = published(some, author, prep_minutes=prep, cook_minutes=cook)
    path = {"list": "/recipes/", "category": category_page(one.category), "home": "/"}
    page = visitor.get(path[where]).expect_status(200, look=CARD)
    for text, what in (
        (one.title, "the title"),
        (author.display_name, "the author's display_name"),
        (one.category.name, "the category's name"),
        (f"{prep + cook} min", "the total minutes"),
    ):
        shows(page, text, wanted=f'{what}, "{text}", on a card', look=CARD)
    for to in (page_of(one), category_page(one.category)):
        links_to(page, to, wanted=f"a link to {to}", look=CARD)


# ------------------------------------------------------------------------------ detail


def test_a_recipes_page_holds_the_recipe(visitor, some, make_user):
    """FR-1: everybody reads a published recipe."""
    author = named(make_user, some)
    one = published(some, author, servings=some.number(41, 69), prep_minutes=17, rows=0)
    positions = some.shuffled([1, 2, 3])
    things, steps = {}, {}
    for position in positions:
        amount = Decimal(some.number(200, 900)) + Decimal("0.37")
        unit = f"{rare(some)[:12]}"
        things[position] = ingredient(
            some, one, position=position, amount=amount, unit=unit
        )
        steps[position] = step(some, one, position=position)
    page = visitor.get(page_of(one)).expect_status(200, look=DETAIL)
    heading(page, one.title, wanted="the title in the <h1>", look=TEMPLATE)
    for text, what in (
        (author.display_name, "the author's display_name"),
        (one.category.name, "the category's name"),
        (str(one.servings), "the servings"),
        ("37 min", "the total minutes of 17 + 20"),
        (one.description, "the description"),
        *((f"{each.amount}", "an amount") for each in things.values()),
        *((each.unit, "a unit") for each in things.values()),
    ):
        shows(page, text, wanted=f'{what}, "{text[:60]}"', look=TEMPLATE)
    links_to(
        page,
        category_page(one.category),
        wanted="a link to the category",
        look=TEMPLATE,
    )
    in_order(
        page,
        [things[position].name for position in (1, 2, 3)],
        wanted="the ingredients in the order of their positions",
        look=TEMPLATE,
    )
    lists = " ".join(text_of(tag) for tag in page.soup.find_all("ol"))
    texts = [steps[position].text for position in (1, 2, 3)]
    places = [lists.find(text) for text in texts]
    expect(
        -1 not in places and places == sorted(places),
        did=page.did,
        wanted="the steps in an <ol>, in the order of their positions",
        got="a step is in no <ol>" if -1 in places else "another order",
        look=TEMPLATE,
    )


@pytest.mark.parametrize(
    "field", ["title", "description", "ingredient", "unit", "step"]
)
def test_html_in_a_recipe_is_text(visitor, some, make_user, field):
    """NFR-6: nobody runs a script in another's browser."""
    word = rare(some)
    bad = f'<b id="{word}">{word}</b>'
    one = published(some, make_user(), rows=0)
    if field in ("title", "description"):
        one = published(some, make_user(), rows=0, **{field: bad})
    elif field == "step":
        step(some, one, text=bad)
    else:
        given = {"name": bad} if field == "ingredient" else {"unit": f"<i>{word}"[:20]}
        ingredient(some, one, amount=Decimal("1.5"), **given)
    page = visitor.get(page_of(one)).expect_status(200, look=DETAIL)
    shows(
        page,
        f"<i>{word}"[:20] if field == "unit" else bad,
        wanted=f"the HTML in a {field} shown as text",
        look=f"{TEMPLATE}, without the filter safe",
    )


def test_html_is_text_on_every_page(visitor, some, make_user):
    """FR-3: titles and names too, in cards, headings and the title of the page."""
    author = make_user(first_name=markup(some))
    kind = category(some, name=markup(some))
    one = published(some, author, category=kind, title=markup(some))
    for path in ("/", "/recipes/", category_page(kind), page_of(one)):
        stays_text(
            visitor.get(path),
            {
                "the title of a recipe": one.title,
                "the name of its author": author.display_name,
                "the name of a category": kind.name,
            },
            look=f"{CARD}, {TEMPLATE}, or the template of {path}",
        )


def test_a_draft_says_that_it_is_one(visitor, some, make_user):
    """FR-2: its author sees that nobody else does."""
    one = recipe(some, make_user())
    mine = visitor.sign_in(one.author)
    page = mine.get(page_of(one)).expect_status(200)
    changed(one, status="published", published_at=ago(days=1))
    public = mine.get(page_of(one)).expect_status(200)
    expect(
        "draft" in " ".join(only_on(page, public)).lower(),
        did=f"{page.did}, a draft, and once more when it was published",
        wanted="the word draft on the first only",
        got="nothing says that it is a draft",
        look=TEMPLATE,
    )


def test_what_is_unpublished_is_nobody_elses(visitor, some, make_user):
    """FR-2: a visitor, another user, staff and a superuser, at each address."""
    rows = states(some, make_user())
    walk(
        strangers(visitor, make_user),
        rows,
        [("GET", page_of, None)],
        lambda who, state: {200} if state == "a published recipe" else {404},
        lambda: None,
        look=f"{DETAIL}, visible_to",
    )


def test_the_beginning_of_a_slug_is_no_category(visitor, some, make_user):
    """FR-3: soup and soup-cold are two."""
    one, two = category(some, slug="soup"), category(some, slug="soup-cold")
    mine = published(some, make_user(), category=one)
    other = published(some, make_user(), category=two)
    page = visitor.get(category_page(one)).expect_status(200)
    shows(page, mine.title, wanted="the category's recipe", look=CATEGORY)
    page.expect_hides(
        other.title, wanted="no recipe of another category", look=CATEGORY
    )


@pytest.mark.parametrize(
    ("who", "status"), [("author", 200), ("other", 404), ("visitor", 404)]
)
def test_a_draft_is_its_authors(visitor, some, make_user, who, status):
    """FR-2: nobody else finds it by its address."""
    author = make_user()
    somebody = {
        "author": lambda: visitor.sign_in(author),
        "other": lambda: visitor.sign_in(make_user()),
        "visitor": lambda: visitor,
    }[who]()
    hidden = [
        *unseen(some, author),
        published(some, author, published_at=ahead(days=1)),
    ]
    for one in hidden:
        page = somebody.get(page_of(one))
        page.expect_status(
            status,
            wanted=f"{status} for {who} at the address of a draft, or of a recipe "
            "dated tomorrow",
            look=f"{DETAIL}, visible_to",
        )
        if who == "author":
            shows(page, one.title, wanted="the author's own draft", look=DETAIL)


@pytest.mark.parametrize("name", ["recipe-detail", "category-detail"])
def test_an_unknown_slug_is_not_found(visitor, some, name):
    """FR-1: 404, never a 500."""
    path = url(f"recipes:{name}", slug=some.slug())
    visitor.get(path).expect_status(
        404, wanted="404 for a slug that nothing has", look="recipes/views.py"
    )


# -------------------------------------------------------------------------- categories


def test_a_category_shows_its_own_recipes(visitor, some, make_user):
    """FR-3: and no other's."""
    mine = published(some, make_user())
    other = published(some, make_user())
    page = visitor.get(category_page(mine.category)).expect_status(200, look=CATEGORY)
    heading(
        page,
        mine.category.name,
        wanted="the category's name in the <h1>",
        look="templates/recipes/category_detail.html",
    )
    shows(page, mine.title, wanted="the category's recipe", look=CATEGORY)
    page.expect_hides(
        other.title, wanted="no recipe of another category", look=CATEGORY
    )


def beside(page, to):
    """What stands at the links to a path, until something else is linked."""
    found = []
    for link in page.soup.find_all("a", href=True):
        if path_of(link["href"]) != to:
            continue
        node = link
        while node.parent is not None:
            around = [goal for goal in goals(page, node.parent) if goal != "/"]
            if any(goal != to for goal in around) or node.parent.name == "main":
                break
            node = node.parent
        text = text_of(node)
        for sibling in node.next_siblings:
            if getattr(sibling, "find", None) and not isinstance(sibling, str):
                if sibling.name == "a" or sibling.find("a"):
                    break
                text += " " + text_of(sibling)
            else:
                text += " " + str(sibling)
        found.append(text)
    return found


def test_home_counts_the_recipes_of_each_category(visitor, some, make_user):
    """FR-3: published recipes are counted, none is a number too."""
    author = make_user()
    counts = some.shuffled([0, 1, 2, 3])
    made = {}
    for count in counts:
        kind = category(some, name=some.title())
        made[kind] = count
        for _ in range(count):
            published(some, author, category=kind, rows=0)
        recipe(some, author, category=kind, rows=0)
        published(some, author, category=kind, published_at=ahead(days=1), rows=0)
    page = visitor.get("/").expect_status(200, look=HOME)
    for kind, count in made.items():
        to = category_page(kind)
        shows(page, kind.name, wanted=f"the category {kind.name}", look=HOME)
        links_to(page, to, wanted=f"a link to {to}", look="templates/recipes/home.html")
        texts = beside(page, to)
        expect(
            any(re.search(rf"(?<!\d){count}(?!\d)", text) for text in texts),
            did=f"{page.did}; {kind.name} has {count} published recipes, a draft and "
            "one dated tomorrow",
            wanted=f"the number {count} beside the link to {kind.name}",
            got="; ".join(repr(text) for text in texts),
            look=f"{HOME}, Count(…, filter=…)",
        )


def test_home_shows_the_six_newest(visitor, some, make_user):
    """FR-1: six, and no more."""
    made = dated(some, make_user(), 8)
    page = visitor.get("/").expect_status(200, look=HOME)
    found = titles_on(page, made)
    expect(
        {one.pk for one in found} == {one.pk for one in made[:6]},
        did=f"{page.did}, 8 recipes in the database",
        wanted="the six newest recipes and no other",
        got=f"{len(found)} recipes"
        if len(found) != 6
        else "six, but not the newest ones",
        look=HOME,
    )
    for one in made[:6]:
        to = page_of(one)
        links_to(page, to, wanted=f"a link to {to}", look=CARD)
    for one in made[6:]:
        has_no_link(page, page_of(one), wanted="links to six recipes only", look=HOME)


def test_the_menu_leads_to_the_recipes(visitor, some, make_user):
    """FR-1: from every page."""
    one = published(some, make_user())
    for path in ("/", page_of(one)):
        page = visitor.get(path).expect_status(200)
        links_to(
            page,
            "/recipes/",
            nav=True,
            wanted="a link to /recipes/ in <nav>",
            look="templates/base.html",
        )


# ------------------------------------------------------------------------------- costs


@pytest.mark.parametrize("where", ["list", "category", "home"])
def test_lists_cost_the_same_however_long(visitor, some, make_user, where):
    """NFR-1: no query for each author or category."""
    kind = category(some)
    path = {"list": "/recipes/", "category": category_page(kind), "home": "/"}[where]
    look = {"list": LIST, "category": CATEGORY, "home": HOME}[where]

    def grow():
        more = {"category": kind} if where == "category" else {}
        published(some, named(make_user, some), rows=0, **more)

    same_cost(
        visitor,
        path,
        grow,
        few=2,
        many=6,
        things="recipes by different authors"
        + ("" if where == "category" else " in different categories"),
        look=f"{look}, select_related",
    )


def test_a_recipes_page_costs_the_same_however_many_rows(visitor, some, make_user):
    """NFR-1: rows are fetched together."""
    one = published(some, make_user())

    def grow():
        ingredient(some, one, position=9, amount=Decimal("2.5"))
        step(some, one, position=9)

    same_cost(
        visitor,
        page_of(one),
        grow,
        few=2,
        many=7,
        things="more ingredients and steps",
        look=DETAIL,
    )


def test_titles_lead_to_one_recipe_each(visitor, some, make_user):
    """FR-1: two recipes of one title are two pages."""
    title = title_of(some)
    both = [published(some, make_user(), title=title) for _ in range(2)]
    page = visitor.get("/recipes/").expect_status(200, look=LIST)
    for one in both:
        links_to(page, page_of(one), wanted=f"a link to {page_of(one)}", look=CARD)
        found = visitor.get(page_of(one)).expect_status(200, look=DETAIL)
        shows(found, one.description, wanted="this recipe's page", look=DETAIL)
