"""slug-redirects: addresses follow titles, and the old ones lead there."""

import pytest
from django.db import transaction
from django.utils.text import slugify

from acceptance.pages import path_of, sending_form, shows
from acceptance.recipes import (
    RECIPE_FIELDS,
    category,
    comment,
    delete,
    fresh,  # noqa: F401
    page_of,
    published,
    recipe,
    recipe_form,
    recipes,
    row,
)
from acceptance.recipes_races import somebody_else
from acceptance.samples import staff, title_of
from acceptance.support import NotYet, committed, expect, fail, model, told, url

SAVE = "recipes/models.py, Recipe.save"
DETAIL = "recipes/views.py, the view of /recipes/<slug>/"


def ready():
    """The model of old slugs, or a sentence."""
    __tracebackhide__ = True
    return model("recipes.OldSlug", "recipe", "slug", "created_at")


def made(some, author, **fields):
    """A published recipe whose slug is that of its title."""
    __tracebackhide__ = True
    ready()
    return published(some, author, **{"slug": "", **fields})


def renamed(one, title, **fields):
    """The recipe, read anew, saved with another title."""
    __tracebackhide__ = True
    found = recipes().get(pk=one.pk)
    for name, value in {"title": title, **fields}.items():
        setattr(found, name, value)
    try:
        with committed():
            found.save()
    except Exception as error:
        raise NotYet(
            did=f"Saved a recipe with the title {title[:60]!r}",
            wanted="a row in the database",
            got=told(error),
            look=SAVE,
        ) from error
    return recipes().get(pk=one.pk)


def old(one):
    """The old slugs of a recipe."""
    __tracebackhide__ = True
    rows = ready().objects.filter(recipe=one)
    return sorted(each.slug for each in rows)


def has_slugs(one, slug, *before, did):
    """The recipe has this slug and these old ones; or a sentence."""
    __tracebackhide__ = True
    found = recipes().get(pk=one.pk)
    expect(
        (found.slug, old(one)) == (slug, sorted(before)),
        did=did,
        wanted=f"the slug {slug!r}, and the old slugs {sorted(before)}",
        got=f"the slug {found.slug!r}, and the old slugs {old(one)}",
        look=SAVE,
    )


def address(slug):
    """The address of a slug."""
    __tracebackhide__ = True
    return url("recipes:recipe-detail", slug=slug)


def moved(somebody, slug, one):
    """The address of an old slug leads to the recipe, for good and at once."""
    __tracebackhide__ = True
    page = somebody.get(address(slug))
    to = address(recipes().get(pk=one.pk).slug)
    expect(
        page.status == 301 and path_of(page.location) == to,
        did=page.did,
        wanted=f"301 to {to}",
        got=page.summary,
        look=DETAIL,
    )
    return somebody.get(to).expect_status(200, look=DETAIL)


# -------------------------------------------------------------------------- three ways


@pytest.mark.parametrize("way", ["save", "form", "admin"])
def test_the_address_follows_the_title(visitor, some, make_user, way):
    """FR-12: whoever changes the title."""
    one = made(some, make_user())
    first, title = one.slug, title_of(some)
    if way == "save":
        renamed(one, title)
        did = f"Saved a recipe with the title {title!r} in place of {one.title!r}"
    else:
        if way == "form":
            user, path = one.author, page_of(one, "edit")
        else:
            user, path = staff(make_user), f"/admin/recipes/recipe/{one.pk}/change/"
        page = visitor.sign_in(user).get(path).expect_status(200)
        form = recipe_form(page) if way == "form" else page.expect_form("title")
        answer = form.send(title=title)
        did = answer.did.split(" with ")[0] + f" with title={title}"
        answer.expect_redirect(
            address(slugify(title)) if way == "form" else "",
            wanted="a redirect to the new address" if way == "form" else "",
            look="recipes/views.py, the view of /recipes/<slug>/edit/",
        )
    has_slugs(one, slugify(title), first, did=did)
    page = moved(visitor, first, one)
    shows(page, title, wanted="the recipe at its new address", look=DETAIL)


def test_every_old_address_leads_there_in_one_hop(visitor, some, make_user):
    """FR-12: however often the title has changed."""
    one = made(some, make_user())
    slugs = [one.slug]
    for _ in range(3):
        slugs.append(renamed(one, title_of(some)).slug)
    has_slugs(
        one, slugs[3], *slugs[:3], did="Changed the title of a recipe three times"
    )
    for slug in slugs[:3]:
        moved(visitor, slug, one)


# ------------------------------------------------------------------------ what changes


def test_what_gives_the_same_slug_changes_nothing(visitor, some, make_user):
    """FR-12: other fields, and a sign behind the title."""
    one = made(some, make_user())
    title, slug = one.title, one.slug
    for new, fields in (
        (title, {"servings": 9}),
        (f"{title}!", {}),
        (title.upper(), {}),
    ):
        renamed(one, new, **fields)
        has_slugs(one, slug, did=f"Saved a recipe with the slug {slug!r} as {new!r}")
    twin = published(some, make_user(), slug="", title=title)
    renamed(twin, f"{title}?")
    has_slugs(
        twin,
        f"{slug}-2",
        did=f"Saved a recipe with the slug '{slug}-2' as {title + '?'!r}",
    )
    renamed(twin, f"{title} 2")
    has_slugs(
        twin,
        f"{slug}-2",
        did=f"Saved a recipe with the slug '{slug}-2' as {title + ' 2'!r}",
    )


def test_a_slug_set_by_hand_is_kept(visitor, some, make_user):
    """FR-12: and the one before leads there."""
    one = made(some, make_user())
    first, own = one.slug, some.slug()
    renamed(one, one.title, slug=own)
    has_slugs(one, own, first, did=f"Changed the slug of a recipe to {own!r} by hand")
    moved(visitor, first, one)
    second = some.slug()
    renamed(one, title_of(some), slug=second)
    has_slugs(
        one,
        second,
        first,
        own,
        did=f"Changed the title and, by hand, the slug to {second!r}",
    )


@pytest.mark.parametrize("field", ["title", "servings"])
def test_some_fields_alone(visitor, some, make_user, field):
    """FR-12: update_fields says what is stored; the slug belongs to the title."""
    one = made(some, make_user())
    first, title = one.slug, title_of(some)
    found = recipes().get(pk=one.pk)
    found.title, found.servings = title, found.servings + 1
    with committed():
        found.save(update_fields=[field])
    did = f"Changed title and servings, and called save(update_fields=[{field!r}])"
    if field == "title":
        has_slugs(one, slugify(title), first, did=did)
        moved(visitor, first, one)
    else:
        has_slugs(one, first, did=did)


def test_going_back_takes_the_slug_back(visitor, some, make_user):
    """FR-12: without a number, and without a loop."""
    one = made(some, make_user())
    first, title = one.slug, one.title
    second = renamed(one, title_of(some)).slug
    renamed(one, title)
    has_slugs(one, first, second, did="Changed a title, and changed it back")
    visitor.get(address(first)).expect_status(
        200, wanted="the recipe at its first address", look=SAVE
    )
    moved(visitor, second, one)


@pytest.mark.parametrize("which", ["current", "old"])
@pytest.mark.parametrize("way", ["new", "renamed"])
def test_nobody_gets_anothers_address(visitor, some, make_user, which, way):
    """FR-12: a bookmark never leads to another dish."""
    one = made(some, make_user())
    title, slug = one.title, one.slug
    if which == "old":
        renamed(one, title_of(some))
    other = made(some, make_user(), **({"title": title} if way == "new" else {}))
    before = [] if way == "new" else [other.slug]
    if way == "renamed":
        renamed(other, title)
    has_slugs(
        other,
        f"{slug}-2",
        *before,
        did=f"{'Saved a new recipe' if way == 'new' else 'Renamed a recipe'} with a "
        f"title whose slug is another recipe's {which} slug",
    )
    if which == "old":
        moved(visitor, slug, one)


# ---------------------------------------------------------------------------- not found


def test_a_drafts_old_address_is_its_authors(visitor, some, make_user):
    """FR-2: the new address would tell its title."""
    ready()
    one = recipe(some, make_user(), slug="")
    first = one.slug
    renamed(one, title_of(some))
    for somebody in (visitor, visitor.sign_in(make_user())):
        page = somebody.get(address(first))
        page.expect_status(
            404,
            wanted="404 at the old address of a draft, for all but its author",
            look=f"{DETAIL}, visible_to",
        )
    moved(visitor.sign_in(one.author), first, one)


def test_what_is_gone_or_never_was_is_not_found(visitor, some, make_user):
    """FR-12: 404."""
    one = made(some, make_user())
    first = one.slug
    renamed(one, title_of(some))
    moved(visitor, first, one)
    delete(one, look="recipes/models.py, OldSlug.recipe, on_delete=models.CASCADE")
    for slug in (first, some.slug()):
        visitor.get(address(slug)).expect_status(
            404,
            wanted="404 for the old address of a deleted recipe, or for no address",
            look=DETAIL,
        )


@pytest.mark.parametrize("name", ["edit", "delete", "comment", "rating"])
def test_an_old_address_changes_nothing_else(visitor, some, make_user, name):
    """FR-12: whatever is sent to it."""
    one = made(some, make_user())
    other = made(some, one.author)
    first = one.slug
    renamed(one, title_of(some))
    path, data, user = {
        "edit": (
            url("recipes:recipe-edit", slug=first),
            {"title": title_of(some)},
            one.author,
        ),
        "delete": (url("recipes:recipe-delete", slug=first), {}, one.author),
        "comment": (
            url("recipes:comment-create", slug=first),
            {"body": some.sentence()},
            make_user(),
        ),
        "rating": (url("recipes:rate", slug=first), {"stars": "1"}, make_user()),
    }[name]
    before = sorted(recipes().values_list("pk", "title", "slug"))
    page = visitor.sign_in(user).post(path, data)
    page.expect_status(
        301,
        302,
        307,
        308,
        404,
        wanted="301 or 404 for a POST to an old address",
        look="recipes/views.py",
    )
    counts = [
        model(f"recipes.{kind}", "recipe").objects.filter(recipe=other).count()
        for kind in ("Comment", "Rating")
    ]
    expect(
        sorted(recipes().values_list("pk", "title", "slug")) == before
        and counts == [0, 0],
        did=page.did,
        wanted="nothing changed",
        got="a recipe has changed or is gone, or another one has got a row",
        look="recipes/views.py",
    )


# ------------------------------------------------------------------------------ limits


def test_the_longest_titles_fit(some, make_user):
    """FR-12: 140 characters, the number included."""
    ready()
    kind, author = category(some), make_user()
    title = "㎏" * 120  # slugify makes kg of each
    slugs = set()
    for _ in range(3):
        one = made(some, author, category=kind, rows=0)
        slugs.add(renamed(one, title).slug)
    did = "Renamed three recipes to 120 times ㎏, which slugify makes kg"
    expect(
        len(slugs) == 3 and max(map(len, slugs)) <= 140,
        did=did,
        wanted="three different slugs of 140 characters at most",
        got=f"{len(slugs)} different ones, the longest of {max(map(len, slugs))}",
        look=SAVE,
    )


def test_a_failed_save_leaves_the_addresses(transactional_db, some, make_user):
    """NFR-9: both writes belong together."""
    ready()
    kind = model("recipes.Recipe", *RECIPE_FIELDS)
    given = {"title": title_of(some), "author": make_user(), "category": category(some)}
    one = row(kind, **given)
    slug = one.slug
    found = recipes().get(pk=one.pk)
    found.title, found.servings = title_of(some), 0
    try:
        found.save()
    except Exception:
        # The constraint on servings refuses it; what is left behind is the question.
        transaction.rollback() if transaction.get_connection().in_atomic_block else None
    has_slugs(
        one,
        slug,
        did="Saved a recipe with another title and with 0 servings, which the database "
        "refuses",
    )


@pytest.mark.parametrize("which", ["another title", "the title as it was"])
def test_two_titles_at_once(visitor, some, make_user, which):
    """FR-12, NFR-9: both read one title, and one saves another; no address is lost."""
    author = make_user()
    one = made(some, author)
    first, theirs = one.slug, title_of(some)
    ours = title_of(some) if which == "another title" else one.title
    look = f"{SAVE}, select_for_update()"
    form = recipe_form(visitor.sign_in(author).get(page_of(one, "edit")))
    with somebody_else(lambda value: renamed(one, theirs), type(one)):
        answer = form.send(title=ours)
    did = f"Sent the edit form of a recipe with {which}, after somebody else had saved "
    did += "a new title and before this one was saved"
    answer.did = did
    answer.expect_redirect(look=look)
    kept = recipes().get(pk=one.pk)
    expect(
        kept.title == ours,
        did=did,
        wanted=f"the title {ours!r}",
        got=repr(kept.title),
        look=SAVE,
    )
    for which_address, slug in (
        ("its first address", first),
        ("the address that the other save gave it", slugify(theirs)),
    ):
        page = visitor.get(address(slug))
        expect(
            page.status == 200
            or (page.status == 301 and path_of(page.location) == page_of(kept)),
            did=f"{did}; then {page.did}",
            wanted=f"the recipe, or 301 to it: {which_address} leads there, since "
            "save() compares with the row that it has locked by select_for_update()",
            got=page.summary,
            look=look,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["edited", "deleted"])
def test_a_recipe_is_deleted_meanwhile(visitor, some, make_user, what):
    """FR-4, NFR-9: saved or deleted in two windows, or commented on while it goes. The
    database looks for what a row belongs to when it commits, so this test commits.
    """
    one, reader = published(some, make_user()), make_user()
    Recipe, mine = type(one), visitor.sign_in(one.author)
    ready()
    path = page_of(one, "edit" if what == "edited" else "delete")
    look = SAVE if what == "edited" else "recipes/models.py, Recipe.delete"
    page = mine.get(path).expect_status(200)
    form = recipe_form(page) if what == "edited" else sending_form(page, path)

    def act(value):
        if what == "edited":
            Recipe._base_manager.filter(pk=one.pk).delete()
        else:
            comment(some, one, reader)

    meanwhile = (
        "while it was deleted in another window"
        if what == "edited"
        else "while somebody commented on it"
    )
    wanted = (
        "404: the stored row is read again under a lock, and where it is gone nothing "
        "is saved"
        if what == "edited"
        else "a redirect, and the comment gone along: the row is locked before it is "
        "deleted"
    )
    try:
        with somebody_else(act, Recipe):
            answer = (
                form.send(title=title_of(some)) if what == "edited" else form.send()
            )
    except NotYet as error:
        fail(did=f"{error.did}, {meanwhile}", wanted=wanted, got=error.got, look=look)
    answer.did += f", {meanwhile}"
    if what == "edited":
        answer.expect_status(404, wanted=wanted, look=look)
        expect(
            not Recipe.objects.exclude(title=one.title).exists(),
            did=answer.did,
            wanted="nothing stored",
            got="the recipe is there again, with its new title",
            look=look,
        )
        return
    answer.expect_redirect("/recipes/", wanted=wanted, look=look)
    expect(
        not Recipe.objects.filter(pk=one.pk).exists(),
        did=answer.did,
        wanted="the recipe deleted",
        got="it is still there",
        look=look,
    )
