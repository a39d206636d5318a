"""recipe-forms: recipes are written, edited and deleted by their authors only."""

import itertools
import json
from urllib.parse import urlsplit

import pytest

from acceptance.calls import same_cost
from acceptance.pages import (
    asks_to_log_in,
    goals,
    has_no_link,
    in_order,
    links_to,
    markup,
    sending_form,
    shows,
    shows_errors,
    stand_at,
    stays_here,
    stays_text,
    told_once,
    without_token,
)
from acceptance.recipes import (
    LOG_IN,
    category,
    changed,
    fill,
    fresh,  # noqa: F401
    page_of,
    published,
    recipe,
    recipe_form,
    recipes,
    unseen,
)
from acceptance.recipes_access import states, strangers, walk
from acceptance.recipes_races import quicker
from acceptance.samples import ago, title_of
from acceptance.support import expect, url

FORM = "recipes/forms.py, RecipeForm"
LOOK = "recipes/views.py, the view of"
EDIT = f"{LOOK} /recipes/<slug>/edit/"
DELETE = f"{LOOK} /recipes/<slug>/delete/"
WRITE = f"{LOOK} /write/"


def opened(mine, some, one=None):
    """(page, form) for a new recipe, or to edit one."""
    __tracebackhide__ = True
    if one is None:
        category(some)
    path = page_of(one, "edit") if one else url("recipes:recipe-create")
    page = mine.get(path)
    return page, recipe_form(page, EDIT if one else WRITE)


def facts(one):
    """What an edit could change."""
    return (
        one.title,
        one.description,
        one.category_id,
        one.servings,
        one.prep_minutes,
        one.cook_minutes,
        one.status,
        one.author_id,
    )


def untouched(one, did, look):
    """The recipe is the only one, and as it was; or a sentence."""
    __tracebackhide__ = True
    found = recipes().filter(pk=one.pk).first()
    expect(
        recipes().count() == 1 and found is not None and facts(found) == facts(one),
        did=did,
        wanted="nothing stored, changed or deleted",
        got="the recipe is gone"
        if found is None
        else f"{recipes().count()} recipes, this one {facts(found)}",
        look=look,
    )


def made(some, author, kind):
    """A draft, or a published recipe."""
    __tracebackhide__ = True
    return published(some, author) if kind == "published" else recipe(some, author)


# -------------------------------------------------------------------------- addresses


def test_the_pages_have_their_addresses(some):
    """FR-4: the forms stand where the table of addresses says."""
    slug = some.slug()
    addresses = {
        "/write/": url("recipes:recipe-create"),
        "/drafts/": url("recipes:draft-list"),
        f"/recipes/{slug}/edit/": url("recipes:recipe-edit", slug=slug),
        f"/recipes/{slug}/delete/": url("recipes:recipe-delete", slug=slug),
    }
    stand_at(addresses, look="recipes/urls.py")


# ------------------------------------------------------------------------------ create


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_recipe_is_written(visitor, some, make_user, status):
    """FR-4: it is stored as its writer's, who is led to its page."""
    author, kind = make_user(), category(some)
    mine = visitor.sign_in(author)
    _, form = opened(mine, some)
    typed = fill(form, some, status=status, category=kind.pk, servings="7")
    answer = form.send(typed)
    one = recipes().filter(title=typed["title"]).first()
    expect(
        one is not None,
        did=answer.did,
        wanted="the recipe stored",
        got=f"no such recipe; {answer.summary}{answer._form_errors()}",
        look=WRITE,
    )
    wanted = {
        "author": author,
        "category": kind,
        "description": typed["description"],
        "servings": 7,
        "prep_minutes": 10,
        "cook_minutes": 20,
        "status": status,
    }
    for name, value in wanted.items():
        expect(
            getattr(one, name) == value,
            did=answer.did,
            wanted=f"a recipe with its {name} {str(value)!r}",
            got=f"{str(getattr(one, name))!r}",
            look=f"{FORM}, and form_valid in the view of /write/",
        )
    answer.expect_redirect(
        page_of(one),
        wanted=f"a redirect to the recipe's page, for a {status} recipe",
        look=WRITE,
    )
    page, _ = told_once(answer, look=WRITE)
    shows(page, one.title, wanted="the new recipe's page", look=WRITE)


def test_a_form_that_is_sent_twice_stores_one(visitor, some, make_user):
    """NFR-9: a button is pressed twice; a form that is opened anew is another one."""
    mine = visitor.sign_in(make_user())
    _, form = opened(mine, some)
    typed = fill(form, some, status="published")
    for time in ("", ", a second time"):
        answer = form.send(typed)
        answer.did += time
        found = list(recipes().filter(title=typed["title"]))
        expect(
            len(found) == 1,
            did=answer.did,
            wanted="one recipe, however often the same form is sent",
            got=f"{len(found)} of them; {answer.summary}{answer._form_errors()}",
            look=f"{WRITE}, the key of the form and its constraint",
        )
        answer.expect_redirect(
            page_of(found[0]), wanted="a redirect to the one recipe", look=WRITE
        )
    answer = opened(mine, some)[1].send(typed)
    expect(
        recipes().filter(title=typed["title"]).count() == 2,
        did=f"{answer.did}, opened anew, with the same title",
        wanted="a second recipe: it is another form",
        got=f"{answer.summary}{answer._form_errors()}",
        look=WRITE,
    )
    other = visitor.sign_in(make_user())
    answer = other.post("/write/", {**form.values, **typed})
    expect(
        recipes().filter(title=typed["title"], author=other.user).count() == 1,
        did=f"{answer.did} with a key that somebody else has used",
        wanted="a recipe of one's own: whose the key is, is part of the constraint",
        got=answer.summary,
        look="recipes/models.py, recipe_form_once",
    )


def test_a_form_that_is_sent_twice_at_once_stores_one(visitor, some, make_user):
    """NFR-9: both requests find nothing, and the database lets one of them store."""
    user = make_user()
    mine, twin = visitor.sign_in(user), visitor.sign_in(user)
    _, form = opened(mine, some)
    typed = fill(form, some, status="published")
    Recipe = recipes().model
    with quicker(lambda: twin.post("/write/", {**form.values, **typed}), Recipe):
        answer = mine.post("/write/", {**form.values, **typed})
    answer.did += ", while the same form was sent by a second click"
    found = list(recipes().filter(title=typed["title"]))
    expect(
        len(found) == 1,
        did=answer.did,
        wanted="one recipe: the constraint decides, not a look",
        got=f"{len(found)} of them",
        look="recipes/models.py, recipe_form_once",
    )
    answer.expect_redirect(
        page_of(found[0]), wanted="a redirect to the one recipe", look=WRITE
    )


@pytest.mark.parametrize("key", ["", "nonsense", "%00"])
def test_a_form_without_its_key_is_no_error(visitor, some, make_user, key):
    """NFR-4: what comes from outside may be anything."""
    mine = visitor.sign_in(make_user())
    _, form = opened(mine, some)
    hidden = {
        name: key.replace("%00", "\x00")
        for name in form.values
        if name not in fill(form, some) and "-" not in name
    }
    answer = mine.post("/write/", {**form.values, **fill(form, some), **hidden})
    expect(
        answer.status < 500,
        did=f"{answer.did}, its hidden fields {key or 'empty'}",
        wanted="the recipe stored, or an error in the form",
        got=answer.summary,
        look=WRITE,
    )


@pytest.mark.parametrize("page_name", ["write", "edit"])
def test_what_is_typed_outlives_the_session(visitor, some, make_user, page_name):
    """FR-4: who is signed out while writing signs in again and finds it there."""
    user = make_user()
    one = published(some, user) if page_name == "edit" else None
    look = EDIT if one else WRITE
    _, form = opened(visitor.sign_in(user), some, one)
    path = page_of(one, "edit") if one else "/write/"
    typed = fill(form, some, servings="9", status="published")
    answer = visitor.post(path, {**form.values, **typed})
    did = f"{answer.did}, signed out, as after a session that has ended"
    asks_to_log_in(answer, LOG_IN, path, wanted=f"a redirect to {LOG_IN}", look=look)
    visitor.client.force_login(user)
    page = visitor.get(path)
    again = recipe_form(page, look)
    for name in ("title", "description", "servings", "status"):
        expect(
            again.values.get(name) == typed[name],
            did=f"{did}, then logged in and opened {path}",
            wanted=f"{name} as it was typed: {typed[name]!r}",
            got=f"{again.values.get(name)!r}",
            look=f"{look}: keep what was sent in request.session",
        )
    before = recipes().count()
    expect(
        not recipes().filter(title=typed["title"]).exists(),
        did=f"{did}, then logged in and opened {path}",
        wanted="nothing stored before the form is sent again",
        got="it is stored",
        look=look,
    )
    answer = again.send()
    expect(
        recipes().filter(title=typed["title"], author=user).count() == 1
        and recipes().count() == before + (one is None),
        did=f"{answer.did}, which held what was typed",
        wanted="the recipe stored",
        got=f"{answer.summary}{answer._form_errors()}",
        look=look,
    )
    held = recipe_form(visitor.get("/write/"), WRITE).values.get("title")
    expect(
        held != typed["title"],
        did=f"{answer.did}, and opened /write/",
        wanted="an empty form: what was typed is stored",
        got=f"its title is {held!r}",
        look=WRITE,
    )


def test_what_is_kept_of_a_visitor_has_a_bound(visitor, some, make_user):
    """NFR-6: anybody may send a form, and what is kept of it fills the database."""
    _, form = opened(visitor.sign_in(make_user()), some)
    typed = fill(form, some, description="x" * 1_000_000)
    answer = visitor.post("/write/", {**form.values, **typed})
    kept = len(json.dumps(dict(visitor.client.session.items()), default=str))
    expect(
        kept < 300_000,
        did="Sent POST /write/ as a visitor, with a description of a million "
        "characters",
        wanted="200,000 characters kept in the session at most",
        got=f"{kept:,} characters in request.session",
        look=f"{WRITE}: what is longer is not kept",
    )
    asks_to_log_in(
        answer, LOG_IN, "/write/", wanted=f"a redirect to {LOG_IN}", look=WRITE
    )


# -------------------------------------------------------------------------------- edit


@pytest.mark.parametrize("kind", ["draft", "published"])
def test_a_recipe_is_edited(visitor, some, make_user, kind):
    """FR-4: the form holds the recipe's values, and saving changes them."""
    author, other = make_user(), category(some)
    one, bystander = made(some, author, kind), published(some, author)
    mine = visitor.sign_in(author)
    page, form = opened(mine, some, one)
    held = form.values
    for name, value in (
        ("title", one.title),
        ("description", one.description),
        ("category", str(one.category_id)),
        ("servings", "4"),
        ("prep_minutes", "10"),
        ("cook_minutes", "20"),
        ("status", one.status),
    ):
        expect(
            held.get(name) == value,
            did=page.did,
            wanted=f"the form filled in: {name} is {value[:60]!r}",
            got=f"{str(held.get(name))[:60]!r}",
            look=EDIT,
        )
    title = title_of(some)
    answer = form.send(title=title, servings="9", category=other.pk, prep_minutes="20")
    found = recipes().filter(pk=one.pk).first()
    expect(
        found is not None
        and (found.title, found.servings, found.category_id) == (title, 9, other.pk)
        and (found.prep_minutes, found.cook_minutes) == (20, 20),
        did=answer.did,
        wanted="title, servings, category and minutes changed (20 minutes of "
        "preparation and 20 of cooking are 40 together)",
        got=f"{facts(found) if found else 'the recipe is gone'}"
        f"; {answer.summary}{answer._form_errors()}",
        look=EDIT,
    )
    answer.expect_redirect(
        page_of(found), wanted="a redirect to the recipe's page", look=EDIT
    )
    page, _ = told_once(answer, look=EDIT)
    shows(page, title, wanted="the new title", look=EDIT)
    expect(
        recipes().count() == 2
        and facts(recipes().get(pk=bystander.pk)) == facts(bystander),
        did=answer.did,
        wanted="this recipe changed, no other, and no new one",
        got=f"{recipes().count()} recipes where there were 2",
        look=EDIT,
    )


# ----------------------------------------------------------------------------- refused


WRONG = {
    "an empty title": {"title": ""},
    "a blank title": {"title": "   "},
    "a title of 121 characters": {"title": "x" * 121},
    "no category": {"category": ""},
    "a category that does not exist": {"category": "0"},
    "0 servings": {"servings": "0"},
    "101 servings": {"servings": "101"},
    "servings that are no number": {"servings": "many"},
    "minutes below zero": {"prep_minutes": "-1"},
    "1441 minutes": {"cook_minutes": "1441"},
    "no time at all": {"prep_minutes": "0", "cook_minutes": "0"},
    "a status that does not exist": {"status": "archived"},
}


@pytest.mark.parametrize("page_name", ["write", "edit"])
@pytest.mark.parametrize(
    "fields", [["title"], ["category", "status"], ["servings"], ["minutes"]], ids=str
)
def test_an_invalid_recipe_is_refused(visitor, some, make_user, page_name, fields):
    """NFR-6: nothing is stored, and the cook can mend what was typed."""
    author = make_user()
    mine = visitor.sign_in(author)
    one = recipe(some, author)
    page, form = opened(mine, some, one if page_name == "edit" else None)
    for what, wrong in WRONG.items():
        if not any(name.endswith(tuple(fields)) for name in wrong):
            continue
        held = {"title": title_of(some), "description": some.sentence()}
        answer = form.send(fill(form, some, **{**held, **wrong}))
        untouched(one, f"{answer.did} ({what})", FORM)
        held = {name: value for name, value in held.items() if name not in wrong}
        shows_errors(
            answer,
            page,
            held,
            wanted=f"the form had {what}",
            look=f"{FORM}, and templates/recipes/recipe_form.html",
        )


@pytest.mark.parametrize("page_name", ["write", "edit"])
def test_what_a_cook_may_not_set_cannot_be_sent(visitor, some, make_user, page_name):
    """FR-5: author, slug and dates are no fields of the form."""
    author, other = make_user(), make_user()
    mine = visitor.sign_in(author)
    one = published(some, author) if page_name == "edit" else None
    _, form = opened(mine, some, one)
    forged, old = some.slug(), "2001-02-03 04:05"
    # The title stays on the edit page: a later task makes slugs follow titles.
    typed = {"servings": "8"} if one else fill(form, some, status="published")
    answer = form.send(
        {
            **typed,
            "author": str(other.pk),
            "slug": forged,
            "published_at": old,
            "created_at": old,
        }
    )
    found = recipes().order_by("-pk").first()
    expect(
        found is not None and answer.status == 302,
        did=answer.did,
        wanted="the recipe stored",
        got=f"{answer.summary}{answer._form_errors()}",
        look=FORM,
    )
    for name, wrong in (
        ("author", found.author_id != author.pk),
        ("slug", found.slug == forged),
        ("published_at", found.published_at is None or found.published_at.year == 2001),
        ("created_at", found.created_at.year == 2001),
    ):
        expect(
            not wrong,
            did=answer.did,
            wanted=f"{name} not taken from what is sent",
            got=f"{name} is {getattr(found, name)}",
            look=f"{FORM}: only what a cook may set among its fields; the author is "
            "request.user",
        )


# ------------------------------------------------------------------------------ delete


@pytest.mark.parametrize("kind", ["draft", "published"])
def test_deleting_asks_first(visitor, some, make_user, kind):
    """NFR-6: GET asks, POST deletes."""
    author = make_user()
    one, kept = made(some, author, kind), published(some, author)
    mine = visitor.sign_in(author)
    path = page_of(one, "delete")
    page = mine.get(path)
    expect(
        recipes().filter(pk=one.pk).exists(),
        did=page.did,
        wanted="nothing deleted by a GET: robots follow links",
        got="the recipe is gone",
        look=DELETE,
    )
    page.expect_status(200, look=DELETE)
    template = "templates/recipes/recipe_confirm_delete.html"
    shows(page, one.title, wanted="the title in question", look=template)
    form = sending_form(page, path)
    expect(
        form is not None,
        did=page.did,
        wanted="a form of method post that deletes",
        got="there is none",
        look=template,
    )
    answer = form.send()
    left = [each.pk for each in recipes().all()]
    expect(
        left == [kept.pk],
        did=answer.did,
        wanted="this recipe deleted, and no other",
        got="it is still there" if one.pk in left else "another is gone too",
        look=DELETE,
    )
    answer.expect_redirect("/recipes/", look=DELETE)
    told_once(answer, look=DELETE)


# -------------------------------------------------------------------------- who may do


@pytest.mark.parametrize(
    ("name", "method"),
    [
        *itertools.product(["write", "edit", "delete"], ["GET", "POST"]),
        ("drafts", "GET"),
    ],
)
def test_a_visitor_is_sent_to_the_login_page(visitor, some, make_user, name, method):
    """FR-5: who is not signed in logs in first."""
    one = published(some, make_user())
    if name in ("write", "drafts"):
        path = url("recipes:recipe-create" if name == "write" else "recipes:draft-list")
    else:
        path = page_of(one, name)
    look = f"{LOOK} {path.replace(one.slug, '<slug>')}, LoginRequiredMixin"
    data = {"title": title_of(some), "status": "published"}
    page = visitor.post(path, data) if method == "POST" else visitor.get(path)
    asks_to_log_in(
        page, LOG_IN, path, wanted=f"a redirect to {LOG_IN} for a visitor", look=look
    )
    untouched(one, page.did, look)


@pytest.mark.parametrize(
    ("name", "method", "kind"),
    [*itertools.product(["edit", "delete"], ["GET", "POST"], ["published", "draft"])],
)
def test_a_stranger_is_refused(visitor, some, make_user, name, method, kind):
    """FR-5: 403 for somebody else's recipe, 404 for somebody else's draft."""
    one = made(some, make_user(), kind)
    somebody = visitor.sign_in(make_user())
    path = page_of(one, name)
    look = EDIT if name == "edit" else DELETE
    data = {"title": title_of(some), "status": "published", "author": somebody.user.pk}
    page = somebody.post(path, data) if method == "POST" else somebody.get(path)
    status = 403 if kind == "published" else 404
    page.expect_status(
        status,
        wanted=f"{status} for who is not the author of a {kind} recipe",
        look=f"{look}, visible_to and can_be_edited_by",
    )
    untouched(one, page.did, look)


@pytest.mark.parametrize("name", ["edit", "delete"])
def test_nobody_else_edits_or_deletes(visitor, some, make_user, name):
    """FR-5: neither staff nor a superuser, in whatever state the recipe is."""
    rows = states(some, make_user())
    data = {"title": title_of(some), "status": "published", "confirm": "1"}

    def wanted(who, state):
        if who == "a visitor":
            return {302} if state == "a published recipe" else {302, 404}
        return {403} if state == "a published recipe" else {404}

    walk(
        strangers(visitor, make_user),
        rows,
        [
            ("GET", lambda one: page_of(one, name), None),
            ("POST", lambda one: page_of(one, name), data),
        ],
        wanted,
        lambda: sorted(recipes().values_list("pk", "title", "status", "author")),
        look=f"{EDIT if name == 'edit' else DELETE}, visible_to and can_be_edited_by",
    )


def test_no_query_changes_anything_by_a_get(visitor, some, make_user):
    """NFR-6: whatever stands behind the question mark."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    words = ("confirm", "confirmed", "yes", "delete", "ok", "sure", "really", "force")
    query = "&".join(f"{word}=1" for word in words)
    for name in ("delete", "edit"):
        page = mine.get(f"{page_of(one, name)}?{query}&title=Another&_method=POST")
        look = DELETE if name == "delete" else EDIT
        untouched(one, page.did, f"{look}: only a POST changes data")


def test_no_answer_leads_elsewhere(visitor, some, make_user):
    """NFR-6: neither next nor the Referer says where to go."""
    author = make_user()
    mine, one = visitor.sign_in(author), published(some, author)
    _, form = opened(mine, some)
    stays_here(mine, "/write/", {**form.values, **fill(form, some)}, look=WRITE)
    _, form = opened(mine, some, one)
    stays_here(mine, page_of(one, "edit"), form.values, look=EDIT)
    stays_here(mine, page_of(one, "delete"), {}, look=DELETE)


def test_an_edit_keeps_the_date(visitor, some, make_user):
    """FR-4: what was published yesterday is not news because of a comma."""
    one = published(some, make_user())
    before = one.published_at
    _, form = opened(visitor.sign_in(one.author), some, one)
    answer = form.send(description=some.sentence())
    one.refresh_from_db()
    expect(
        one.published_at == before,
        did=f"{answer.did}, of a published recipe",
        wanted="the date of its first publication kept",
        got=f"{one.published_at} in place of {before}",
        look=EDIT,
    )


def test_html_in_titles_is_text_where_one_writes(visitor, some, make_user):
    """FR-4: in the question before deleting, among the drafts and in the form."""
    one = recipe(some, make_user(), title=markup(some), description=markup(some))
    mine = visitor.sign_in(one.author)
    # In the form the title stands in a field.
    texts = {"the title of a recipe": one.title}
    shown = {
        page_of(one, "delete"): True,
        "/drafts/": True,
        page_of(one, "edit"): False,
    }
    for path, there in shown.items():
        look = f"the template of {path}"
        stays_text(mine.get(path), texts, look=look, shown=there)


@pytest.mark.parametrize("name", ["edit", "delete"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_draft_is_not_told_of(visitor, some, make_user, name, method):
    """FR-5: a visitor learns nothing from a draft's address."""
    one = recipe(some, make_user())
    path = page_of(one, name)
    page = visitor.post(path, {}) if method == "POST" else visitor.get(path)
    expect(
        page.status == 404 or urlsplit(page.location).path == LOG_IN,
        did=page.did,
        wanted=f"a redirect to {LOG_IN}, or 404",
        got=page.summary,
        look=EDIT if name == "edit" else DELETE,
    )
    page.expect_hides(one.title, wanted="nothing of the draft", look=EDIT)
    untouched(one, page.did, EDIT)


@pytest.mark.parametrize("name", ["recipe-edit", "recipe-delete"])
def test_an_unknown_slug_is_not_found(visitor, some, make_user, name):
    """FR-4: there is nothing to edit or delete."""
    path = url(f"recipes:{name}", slug=some.slug())
    visitor.sign_in(make_user()).get(path).expect_status(
        404, wanted="404 for a slug that no recipe has", look="recipes/views.py"
    )


@pytest.mark.parametrize("name", ["write", "edit", "delete"])
def test_a_post_without_a_token_changes_nothing(some, make_user, name):
    """NFR-6: a POST without a CSRF token answers 403."""
    one = published(some, make_user())
    path = url("recipes:recipe-create") if name == "write" else page_of(one, name)
    status = without_token(one.author, path, {"title": title_of(some)})
    did = f"Sent POST {path} without a CSRF token"
    expect(
        status == 403,
        did=did,
        wanted="403",
        got=f"status {status}",
        look=f"{LOOK} {path}, without csrf_exempt",
    )
    untouched(one, did, LOOK)


# ------------------------------------------------------------------------------ drafts


def test_drafts_are_listed_for_their_author(visitor, some, make_user):
    """FR-4: one's own drafts, the last changed first."""
    author, other = make_user(), make_user()
    look = f"{LOOK} /drafts/"
    hours = some.shuffled([1, 2, 3])
    mine = {hour: recipe(some, author) for hour in hours}
    for hour, one in mine.items():
        changed(one, updated_at=ago(hours=hour))
    public, foreign = published(some, author), unseen(some, other)
    page = visitor.sign_in(author).get("/drafts/").expect_status(200, look=look)
    in_order(
        page,
        [mine[hour].title for hour in sorted(mine)],
        wanted="one's own drafts, the last changed first",
        look=look,
    )
    for one in mine.values():
        links_to(page, page_of(one), wanted="a link to the draft", look=look)
    page.expect_hides(public.title, wanted="no published recipe", look=look)
    for one in foreign:
        page.expect_hides(one.title, wanted="nobody else's draft", look=look)


def test_all_drafts_are_listed(visitor, some, make_user):
    """FR-4: also those that were published once, and more than a few."""
    author = make_user()
    made = [*unseen(some, author, rows=0)]
    made += [recipe(some, author, rows=0) for _ in range(6)]
    page = visitor.sign_in(author).get("/drafts/").expect_status(200)
    for one in made:
        shows(
            page,
            one.title,
            wanted="each of eight drafts, one that was published once among them",
            look=f"{LOOK} /drafts/",
        )


def test_drafts_cost_the_same_however_many(visitor, some, make_user):
    """NFR-1: no query a draft."""
    author = make_user()
    same_cost(
        visitor.sign_in(author),
        url("recipes:draft-list"),
        lambda: recipe(some, author, rows=0),
        few=2,
        many=6,
        things="drafts in different categories",
        look=f"{LOOK} /drafts/, select_related",
    )


# ------------------------------------------------------------------------------- links


def test_links_to_write_are_for_users(visitor, some, make_user):
    """FR-4: the templates follow the rule."""
    one = published(some, make_user())
    base = "templates/base.html"
    for path in ("/", "/recipes/", page_of(one)):
        page = visitor.sign_in(make_user()).get(path).expect_status(200)
        for to in ("/write/", "/drafts/"):
            links_to(
                page,
                to,
                nav=True,
                wanted=f"a link to {to} in <nav> for a signed-in user",
                look=base,
            )
        page = visitor.get(path).expect_status(200)
        for to in ("/write/", "/drafts/"):
            has_no_link(page, to, wanted=f"no link to {to} for a visitor", look=base)


@pytest.mark.parametrize("who", ["author", "other", "visitor"])
def test_links_to_edit_are_for_the_author(visitor, some, make_user, who):
    """FR-5: nobody else is offered what they may not do."""
    one = published(some, make_user())
    somebody = {
        "author": lambda: visitor.sign_in(one.author),
        "other": lambda: visitor.sign_in(make_user()),
        "visitor": lambda: visitor,
    }[who]()
    page = somebody.get(page_of(one)).expect_status(200)
    for name in ("edit", "delete"):
        to = page_of(one, name)
        expect(
            (to in goals(page)) is (who == "author"),
            did=page.did,
            wanted=f"a link to {to} for the author"
            if who == "author"
            else f"no link to {to} for anybody but the author",
            got="there is one" if to in goals(page) else "there is none",
            look="templates/recipes/recipe_detail.html",
        )
