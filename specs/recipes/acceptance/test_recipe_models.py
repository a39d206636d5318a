"""recipe-models: recipes are stored, and the database refuses what is wrong."""

from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.text import slugify

from acceptance.calls import ask, same_cost
from acceptance.recipes import (
    RECIPE_FIELDS,
    category,
    fresh,  # noqa: F401
    ingredient,
    published,
    recipe,
    recipes,
    row,
    step,
    unseen,
)
from acceptance.recipes_races import quicker, somebody_else
from acceptance.samples import ago, ahead, label, rare, staff, title_of
from acceptance.support import NotYet, expect, fail, model, told, unmigrated

LOOK = "recipes/models.py, Recipe"
QUERYSET = "recipes/models.py, RecipeQuerySet"
SAVE = "recipes/models.py, Recipe.save"
ADMIN = "recipes/admin.py, RecipeAdmin"
LIST = "/admin/recipes/recipe/"
FIELDS = {
    "Category": ("name", "slug"),
    "Recipe": (*RECIPE_FIELDS, "created_at", "updated_at"),
    "Ingredient": ("recipe", "position", "amount", "unit", "name"),
    "Step": ("recipe", "position", "text"),
}


def saved(some, author, **fields):
    """A recipe saved without a slug."""
    __tracebackhide__ = True
    given = {"title": title_of(some), "author": author}
    if "category" not in fields:
        given["category"] = category(some)
    return row(model("recipes.Recipe", *RECIPE_FIELDS), **{**given, **fields})


def refused(call, *, did, wanted, look, error=IntegrityError):
    """The database refuses, with an error of this kind; or a sentence."""
    __tracebackhide__ = True
    try:
        with transaction.atomic():
            call()
    except error:
        return
    except Exception as other:
        fail(did=did, wanted=wanted, got=told(other), look=look)
    fail(did=did, wanted=wanted, got="it is done without an error", look=look)


# ------------------------------------------------------------------------------ fields


@pytest.mark.parametrize("name", FIELDS)
def test_the_models_have_their_fields(db, name):
    """FR-1: the rows of a recipe are stored, with migrations."""
    model(f"recipes.{name}", *FIELDS[name])
    expect(
        not unmigrated(),
        did="Compared the models with the migrations, as makemigrations --check does",
        wanted="a migration for every change",
        got="; ".join(f"{app}: {what}" for app, what in unmigrated().items()),
        look="python manage.py makemigrations",
    )


def test_a_new_recipe_is_a_draft_for_four(some, make_user):
    """FR-2: nothing is published by accident."""
    made = saved(some, make_user())
    made.refresh_from_db()
    wanted = {
        "status": "draft",
        "published_at": None,
        "servings": 4,
        "prep_minutes": 0,
        "cook_minutes": 0,
        "total_minutes": 0,
        "is_published": False,
    }
    for name, value in wanted.items():
        found = getattr(made, name, "nothing of this name")
        expect(
            found == value,
            did="Created a recipe with author, category and title only",
            wanted=f"{name} is {value!r}",
            got=f"{found!r}",
            look=f"{LOOK}.{name}",
        )
    for name in ("created_at", "updated_at"):
        expect(
            getattr(made, name) is not None,
            did="Created a recipe",
            wanted=f"{name} set by itself",
            got="it is None",
            look=f"{LOOK}.{name}",
        )


def test_status_has_two_choices(db):
    """FR-2: a recipe is a draft or published."""
    status = getattr(model("recipes.Recipe"), "Status", None)
    for name, value in {"DRAFT": "draft", "PUBLISHED": "published"}.items():
        found = getattr(status, name, None)
        expect(
            found is not None and found == value,
            did=f"Looked for Recipe.Status.{name}",
            wanted=repr(value),
            got="there is none" if found is None else repr(str(found)),
            look=f"{LOOK}.Status",
        )


def test_rows_are_called_by_their_names(some, make_user):
    """FR-16: lists in the admin name the rows."""
    made = recipe(some, make_user())
    for one, text in ((made, made.title), (made.category, made.category.name)):
        kind = type(one).__name__
        expect(
            str(one) == text,
            did=f"Turned a {kind} into text with str()",
            wanted=repr(text),
            got=repr(str(one)),
            look=f"recipes/models.py, {kind}.__str__",
        )


def test_rows_stand_in_the_order_of_their_positions(some, make_user):
    """FR-1: position decides, not the order in which rows were made."""
    one = recipe(some, make_user(), rows=0)
    other = recipe(some, make_user(), rows=2)
    positions = some.shuffled([1, 2, 3, 4, 5])
    for position in positions:
        ingredient(some, one, position=position)
        step(some, one, position=position)
    for name in ("ingredients", "steps"):
        manager = getattr(one, name, None)
        expect(
            manager is not None,
            did=f"Looked for recipe.{name}",
            wanted="the rows of a recipe",
            got="there is nothing of this name",
            look=f"recipes/models.py, related_name={name!r}",
        )
        found = [each.position for each in manager.all()]
        expect(
            found == [1, 2, 3, 4, 5],
            did=f"Asked for recipe.{name}, made in the order {positions}",
            wanted="this recipe's five rows in the order 1, 2, 3, 4, 5",
            got=f"{found}",
            look="recipes/models.py, Meta.ordering of the rows",
        )
    expect(
        other.steps.count() == 2,
        did="Asked for the steps of another recipe",
        wanted="its own two",
        got=f"{other.steps.count()}",
        look="recipes/models.py, Step.recipe",
    )


def test_an_ingredient_needs_no_amount(some, make_user):
    """FR-1: salt is not measured; flour is, to two decimals."""
    one = recipe(some, make_user(), rows=0)
    salt = ingredient(some, one, name="Salt")
    flour = ingredient(some, one, amount=Decimal("0.75"), unit="kg")
    for each, amount in ((salt, None), (flour, Decimal("0.75"))):
        each.refresh_from_db()
        expect(
            each.amount == amount,
            did=f"Stored an ingredient with the amount {amount}",
            wanted=f"{amount}",
            got=f"{each.amount}",
            look="recipes/models.py, Ingredient.amount",
        )


def test_the_newest_comes_first(some, make_user):
    """FR-1: recipes are ordered by their date of publication, newest first."""
    author = make_user()
    days = some.shuffled([1, 2, 3, 4])
    made = {
        day: published(some, author, published_at=ago(days=day), rows=0) for day in days
    }
    found = [one.title for one in type(made[1]).objects.all()]
    wanted = [made[day].title for day in sorted(made)]
    expect(
        found == wanted,
        did="Asked for Recipe.objects.all()",
        wanted=f"the newest published_at first: {', '.join(wanted)}",
        got=", ".join(found),
        look=f"{LOOK}.Meta.ordering",
    )


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("servings", 100, 101),
        ("servings", 1, 0),
        ("prep_minutes", 1440, 1441),
        ("cook_minutes", 1440, 1441),
        ("title", "x" * 120, "x" * 121),
        ("description", "x" * 2000, None),
        ("status", "published", "archived"),
    ],
)
def test_fields_know_their_limits(some, make_user, field, good, bad):
    """NFR-9: validators say a sentence before the database says no."""
    author, kind = make_user(), category(some)
    Recipe = model("recipes.Recipe", *RECIPE_FIELDS)
    for value, fits in ((good, True), (bad, False)):
        if value is None:
            continue
        given = {"title": title_of(some), "cook_minutes": 20, field: value}
        # The slug is made when the recipe is saved; a form may leave it out.
        made = Recipe(author=author, category=kind, **given)
        try:
            made.full_clean()
            complaint = ""
        except ValidationError as error:
            complaint = "; ".join(error.messages)
        # Publishing needs a date, which may be set as late as in save().
        if field == "status" and fits:
            continue
        expect(
            fits != bool(complaint),
            did=f"Validated a recipe with {field}={str(value)[:20]!r}",
            wanted="no complaint" if fits else "a ValidationError",
            got=complaint or "no complaint",
            look=f"{LOOK}.{field}, validators and blank",
        )


# --------------------------------------------------------------------------- relations


def test_a_category_with_recipes_stays(some, make_user):
    """NFR-9: recipes are not lost with a category."""
    one = recipe(some, make_user())
    empty = category(some)
    refused(
        one.category.delete,
        error=ProtectedError,
        did="Deleted a category that has a recipe",
        wanted="ProtectedError (on_delete=models.PROTECT)",
        look=f"{LOOK}.category",
    )
    empty.delete()
    expect(
        [each.pk for each in one.category.recipes.all()] == [one.pk]
        if hasattr(one.category, "recipes")
        else False,
        did="Asked for category.recipes",
        wanted="the recipe of this category",
        got=f"{one.category.recipes.count()} recipes"
        if hasattr(one.category, "recipes")
        else "a category has no recipes",
        look=f"{LOOK}.category, related_name",
    )


def test_rows_go_with_their_recipe_and_recipes_with_their_author(some, make_user):
    """FR-1: nothing is left behind, and nothing else goes."""
    author = make_user()
    one, two = recipe(some, author), recipe(some, author)
    kept = recipe(some, make_user())
    Ingredient = model("recipes.Ingredient", "recipe")
    Step = model("recipes.Step", "recipe")
    expect(
        {each.pk for each in author.recipes.all()} == {one.pk, two.pk}
        if hasattr(author, "recipes")
        else False,
        did="Asked for user.recipes",
        wanted="the user's two recipes",
        got=f"{author.recipes.count()}"
        if hasattr(author, "recipes")
        else "a user has no recipes",
        look=f"{LOOK}.author, related_name",
    )
    for what, gone, left in (("recipe", one, 2), ("user", author, 1)):
        try:
            with transaction.atomic():
                gone.delete()
        except Exception as error:
            fail(
                did=f"Deleted a {what}",
                wanted=f"what belongs to the {what} deleted with it",
                got=told(error),
                look="recipes/models.py, on_delete=models.CASCADE",
            )
        counts = (recipes().count(), Ingredient.objects.count(), Step.objects.count())
        expect(
            counts == (left, left, left),
            did=f"Deleted a {what}",
            wanted=f"{left} recipes, {left} ingredients and {left} steps left",
            got="{} recipes, {} ingredients and {} steps".format(*counts),
            look="recipes/models.py, on_delete",
        )
    expect(
        recipes().filter(pk=kept.pk).exists(),
        did="Deleted a user with two recipes",
        wanted="the recipe of another user untouched",
        got="it is gone",
        look=f"{LOOK}.author",
    )


# ------------------------------------------------------------------------- constraints


@pytest.mark.parametrize("way", ["update", "bulk_create"])
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (
            {"status": "published", "published_at": None},
            "recipe_published_has_date",
        ),
        ({"servings": 0}, "recipe_servings_in_range"),
        ({"servings": 101}, "recipe_servings_in_range"),
    ],
    ids=["published without date", "0 servings", "101 servings"],
)
def test_the_database_refuses_a_wrong_recipe(some, make_user, way, fields, name):
    """NFR-9: save() is not the only way into a database."""
    one = recipe(some, make_user())
    Recipe = type(one)

    def store():
        if way == "update":
            Recipe.objects.filter(pk=one.pk).update(**fields)
        else:
            given = {"title": title_of(some), "slug": some.slug(), **fields}
            new = Recipe(author=one.author, category=one.category, **given)
            Recipe.objects.bulk_create([new])

    refused(
        store,
        did=f"Stored a recipe with {fields} by {way}()",
        wanted=f"IntegrityError from the constraint {name}",
        look=f"{LOOK}.Meta.constraints",
    )


@pytest.mark.parametrize("amount", ["0", "-1.50"])
def test_the_database_refuses_an_amount_of_nothing(some, make_user, amount):
    """NFR-9: an amount is above zero, or left out."""
    one = recipe(some, make_user())
    rows = model("recipes.Ingredient", "recipe", "amount").objects.filter(recipe=one)
    refused(
        lambda: rows.update(amount=Decimal(amount)),
        did=f"Set the amount of an ingredient to {amount} by update()",
        wanted="IntegrityError from the constraint ingredient_amount_positive",
        look="recipes/models.py, Ingredient.Meta.constraints",
    )
    rows.update(amount=Decimal("0.01"))
    rows.update(amount=None)


@pytest.mark.parametrize("what", ["recipe slug", "category name", "category slug"])
def test_nothing_is_there_twice(some, make_user, what):
    """NFR-9: the database refuses a second one."""
    one = recipe(some, make_user())
    Recipe, Category = type(one), type(one.category)
    new = {
        "recipe slug": lambda: Recipe(
            title=title_of(some),
            slug=one.slug,
            author=one.author,
            category=one.category,
        ),
        "category name": lambda: Category(name=one.category.name, slug=some.slug()),
        "category slug": lambda: Category(name=label(some), slug=one.category.slug),
    }[what]()
    refused(
        lambda: type(new).objects.bulk_create([new]),
        did=f"Stored the same {what} a second time",
        wanted="IntegrityError: it is unique",
        look=f"recipes/models.py, {type(new).__name__}, unique=True",
    )


# ------------------------------------------------------------------------------- slugs


def expect_slug(one, wanted, did):
    """The recipe has this slug."""
    __tracebackhide__ = True
    one.refresh_from_db()
    expect(
        one.slug == wanted,
        did=did,
        wanted=f"the slug {wanted!r}",
        got=repr(one.slug),
        look=SAVE,
    )


def test_equal_titles_get_different_slugs(some, make_user):
    """FR-4: a recipe without a slug gets one from its title, never a taken one."""
    author, kind = make_user(), category(some)
    title = some.title()
    base = slugify(title)
    saved(some, author, category=kind, title=f"{title} pie")  # begins alike
    for number, fields in enumerate([{}, {"slug": ""}, {}], 1):
        one = saved(some, author, category=kind, title=title, **fields)
        expect_slug(
            one,
            base if number == 1 else f"{base}-{number}",
            f"Saved recipe number {number} with the title {title!r} and no slug",
        )
    one.save()
    expect_slug(one, f"{base}-3", "Saved the third recipe again, unchanged")


@pytest.mark.parametrize("letter", ["a", "㎏"])
def test_the_longest_titles_fit(some, make_user, letter):
    """FR-4: a slug has 140 characters at most, its number included."""
    author, kind = make_user(), category(some)
    title = letter * 120
    made = [saved(some, author, category=kind, title=title) for _ in range(12)]
    slugs = [one.slug for one in made]
    did = f"Saved twelve recipes whose title is 120 times {letter}"
    if letter != "a":
        did += f", which slugify makes {slugify(letter)}"
    expect(
        len(set(slugs)) == 12,
        did=did,
        wanted="twelve different slugs",
        got=f"{len(set(slugs))} different ones",
        look=SAVE,
    )
    expect(
        max(map(len, slugs)) <= 140,
        did=did,
        wanted="slugs of 140 characters at most, the number included",
        got=f"one of {max(map(len, slugs))}",
        look=SAVE,
    )


def test_a_title_without_latin_letters_gets_a_slug(some, make_user):
    """FR-4: where slugify leaves nothing, the slug is recipe."""
    author = make_user()
    for wanted in ("recipe", "recipe-2"):
        one = saved(some, author, title="雨")
        expect_slug(one, wanted, "Saved a recipe with the title '雨' and no slug")


@pytest.mark.parametrize("times", [1, 4])
def test_a_slug_that_somebody_else_takes_meanwhile(some, make_user, times):
    """FR-4, NFR-9: two save a recipe of one title at once, and both are stored."""
    Recipe = model("recipes.Recipe", *FIELDS["Recipe"])
    author, shelf = make_user(), category(some)
    title = title_of(some)
    base = slugify(title)

    def take(slug):
        given = {"title": title, "author": author, "category": shelf}
        Recipe.objects.bulk_create([Recipe(slug=slug, **given)])

    one = Recipe(title=title, author=make_user(), category=shelf)
    did = f"Saved a recipe with the title {title!r}; {times} others of the same title "
    did += "were stored after save() had looked which slug is free"
    look = "recipes/models.py, Recipe.save: the constraint decides, not the look"
    raised = None
    with somebody_else(take, Recipe, looked_for=base, times=times):
        try:
            one.save()
        except Exception as error:
            raised = error
    expect(
        raised is None,
        did=did,
        wanted="the next slug tried (IntegrityError caught round atomic())",
        got=told(raised) if raised else "",
        look=look,
    )
    kept = Recipe.objects.filter(pk=one.pk).values_list("slug", flat=True).first()
    expect(
        kept is not None and kept.startswith(base),
        did=did,
        wanted=f"the recipe stored, its slug {base!r} with or without a number",
        got=f"the slug {kept!r}",
        look=look,
    )


def test_a_slug_given_by_hand_is_kept(some, make_user):
    """FR-4: the rule fills in what is empty, and nothing else."""
    own = some.slug()
    one = saved(some, make_user(), slug=own)
    expect_slug(one, own, f"Saved a recipe with the slug {own!r} by hand")
    one.servings = 6
    one.save()
    expect_slug(one, own, "Saved it again with other servings")


# --------------------------------------------------------------- what is published


def test_publishing_sets_the_date_once(some, make_user):
    """FR-2: a recipe gets its date when it is first published, and keeps it."""
    author = make_user()
    before = timezone.now()
    one = saved(some, author, status="published")
    one.refresh_from_db()
    expect(
        one.published_at and before <= one.published_at <= timezone.now(),
        did="Saved a recipe as published without published_at",
        wanted="published_at set to this moment",
        got=f"{one.published_at}",
        look=SAVE,
    )
    old = ago(days=some.number(2, 9))
    kept = published(some, author, published_at=old)
    for status in ("published", "draft", "published"):
        kept.status = status
        kept.save()
        kept.refresh_from_db()
        expect(
            kept.published_at == old,
            did=f"Saved a recipe that has a published_at as {status}",
            wanted="the date as it was",
            got=f"{kept.published_at}",
            look=SAVE,
        )


def kinds(some, author):
    """A recipe of each kind: published, dated ten minutes ahead, and two drafts."""
    __tracebackhide__ = True
    public = published(some, author, rows=0)
    future = published(some, author, published_at=ahead(minutes=10), rows=0)
    return public, future, unseen(some, author, rows=0)


def test_published_leaves_drafts_and_the_future_out(some, make_user):
    """FR-2: published means the status says so and the date has come."""
    author = make_user()
    public, future, drafts = kinds(some, author)
    kinds(some, make_user())
    look = f"{QUERYSET}.published"
    for holder, owner in (
        (recipes().filter(author=author), "Recipe.objects.filter(…)"),
        (type(public).objects, "Recipe.objects"),
    ):
        found = ask(holder, "published", owner=owner, look=look)
        keys = [one.pk for one in found if one.author_id == author.pk]
        expect(
            keys == [public.pk],
            did=f"Asked {owner} for published(), with a published recipe, one dated "
            "ten minutes from now and two drafts of one author",
            wanted="the published recipe only: a moment counts, not a day",
            got=f"{len(keys)} recipes"
            + (", the one dated ahead among them" if future.pk in keys else "")
            + (", a draft among them" if drafts[0].pk in keys else ""),
            look=look,
        )


def test_published_asks_what_time_it_is_now(some, make_user):
    """FR-2: a recipe appears when its date has come, not when the server is started."""
    one = published(some, make_user(), published_at=ago(seconds=0.01), rows=0)
    look = f"{QUERYSET}.published"
    found = ask(type(one).objects, "published", owner="Recipe.objects", look=look)
    expect(
        one.pk in [each.pk for each in found],
        did="Asked Recipe.objects for published(), with a recipe that was published a "
        "moment ago",
        wanted="the recipe: timezone.now() is asked at each call",
        got="it is not there; was the time read when the module was imported?",
        look=look,
    )


@pytest.mark.parametrize("who", ["author", "other", "visitor", "staff", "superuser"])
def test_visible_to_knows_who_is_asking(some, make_user, who):
    """FR-2: the published recipes, and one's own; of staff, too."""
    author, other = make_user(), make_user()
    public, future, drafts = kinds(some, author)
    theirs = published(some, other, rows=0)
    user = {
        "author": author,
        "other": other,
        "visitor": AnonymousUser(),
        "staff": make_user(is_staff=True),
        "superuser": make_user(is_staff=True, is_superuser=True),
    }[who]
    look = f"{QUERYSET}.visible_to"
    found = ask(
        type(public).objects, "visible_to", user, owner="Recipe.objects", look=look
    )
    keys = sorted(one.pk for one in found)
    wanted = [public, theirs]
    if who == "author":
        wanted += [future, *drafts]
    expect(
        keys == sorted(one.pk for one in wanted),
        did=f"Asked for Recipe.objects.visible_to() with {who}, two published recipes "
        "and an author's three others in the database",
        wanted="the published recipes and that user's own, each once: "
        f"{len(wanted)} recipes",
        got=f"{len(keys)} recipes, {len(set(keys))} of them different",
        look=look,
    )
    chained = ask(
        recipes().filter(author=other),
        "visible_to",
        user,
        owner="Recipe.objects.filter(…)",
        look=look,
    )
    chained = ask(chained, "published", owner="Recipe.objects.visible_to(…)", look=look)
    expect(
        [one.pk for one in chained] == [theirs.pk],
        did="Asked for Recipe.objects.filter(author=…).visible_to(…).published()",
        wanted="the published recipe of that author only",
        got=f"{len(chained)} recipes",
        look=look,
    )


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        ("author", True),
        ("other", False),
        ("visitor", False),
        ("staff", False),
        ("superuser", False),
    ],
)
def test_a_recipe_knows_who_may_edit_it(some, make_user, who, wanted):
    """FR-4: the rule stands in the model."""
    author = make_user()
    user = {
        "author": author,
        "other": make_user(),
        "visitor": AnonymousUser(),
        "staff": make_user(is_staff=True),
        "superuser": make_user(is_staff=True, is_superuser=True),
    }[who]
    for one in (recipe(some, author), published(some, author)):
        look = f"{LOOK}.can_be_edited_by"
        found = ask(one, "can_be_edited_by", user, owner="recipe", look=look)
        expect(
            bool(found) is wanted,
            did=f"Called recipe.can_be_edited_by() with {who}",
            wanted=f"{wanted}: only its author edits a recipe",
            got=f"{found}",
            look=look,
        )


def test_a_recipe_answers_for_itself(some, make_user):
    """FR-2: is_published and total_minutes are properties."""
    public, future, drafts = kinds(some, make_user())
    for one, wanted in ((public, True), (future, False), (drafts[1], False)):
        for name, value in (("is_published", wanted), ("total_minutes", 30)):
            found = getattr(one, name, None)
            expect(
                found == value and not callable(found),
                did=f"Asked a recipe with status {one.status}, dated "
                f"{one.published_at:%d %B}, of 10 + 20 minutes for {name}",
                wanted=f"{value}",
                got="a method" if callable(found) else f"{found}",
                look=f"{LOOK}.{name}, a property",
            )


# ------------------------------------------------------------------------------- admin


@pytest.mark.parametrize("path", [LIST, "/admin/recipes/category/"])
def test_the_admin_lists_the_rows(visitor, some, make_user, path):
    """FR-16: staff look after recipes and categories."""
    boss = staff(make_user)
    one = recipe(some, make_user())
    page = visitor.sign_in(boss).get(path)
    page.expect_status(200, wanted=f"a list at {path}", look="recipes/admin.py")
    texts = (
        (one.title, one.author.username, one.category.name)
        if path == LIST
        else [one.category.name]
    )
    for text in texts:
        page.expect_shows(text, look=f"{ADMIN}.list_display")


def test_the_admin_filters_and_searches(visitor, some, make_user):
    """FR-16: a recipe is found by its status and by a word of its title."""
    boss = visitor.sign_in(staff(make_user))
    word = rare(some)
    draft = recipe(some, make_user(), title=f"{title_of(some)} {word}")
    public = published(some, make_user())
    page = boss.get(LIST).expect_status(200, look="recipes/admin.py")
    expect(
        any("status__exact=draft" in address for address in page.links()),
        did=page.did,
        wanted="a filter by status",
        got="no link on the page filters by it",
        look=f"{ADMIN}.list_filter",
    )
    for query, what in ((f"q={word}", "search"), ("status__exact=draft", "filter")):
        page = boss.get(f"{LIST}?{query}").expect_status(200, look=ADMIN)
        page.expect_shows(draft.title, look=f"{ADMIN}.{what}")
        page.expect_hides(
            public.title,
            wanted=f"no recipe that the {what} leaves out",
            look=f"{ADMIN}, search_fields and list_filter",
        )


def test_the_admin_shows_whose_and_where(visitor, some, make_user):
    """FR-16: author, category and status in the list, and two of them to filter by."""
    one, _ = recipe(some, make_user(), rows=0), recipe(some, make_user(), rows=0)
    page = visitor.sign_in(staff(make_user)).get(LIST).expect_status(200)
    for what, text in (
        ("title", one.title),
        ("author", str(one.author)),
        ("category", one.category.name),
        ("status", one.get_status_display()),
    ):
        table = page.soup.find(id="result_list")
        expect(
            table is not None and text in table.get_text(" "),
            did=page.did,
            wanted=f"a column with the {what}",
            got=f"no {text!r} in the list",
            look="recipes/admin.py, list_display",
        )
    for field in ("status__exact=", "category__id__exact="):
        expect(
            any(field in link for link in page.links()),
            did=page.did,
            wanted="links to filter by status and by category",
            got=f"no link with {field}",
            look="recipes/admin.py, list_filter",
        )


def test_the_admin_shows_rows_on_the_recipes_page(visitor, some, make_user):
    """FR-16: ingredients and steps are inlines."""
    one = recipe(some, make_user(), rows=2)
    page = visitor.sign_in(staff(make_user)).get(f"{LIST}{one.pk}/change/")
    page.expect_status(200, look=ADMIN)
    form = page.expect_form(
        "title",
        "ingredients-TOTAL_FORMS",
        "steps-TOTAL_FORMS",
        wanted="inline forms with the prefixes ingredients and steps",
        look=f"{ADMIN}.inlines",
    )
    shown = {str(value) for value in form.values.values()}
    for each in one.ingredients.all():
        expect(
            each.name in shown,
            did=page.did,
            wanted=f"the ingredient {each.name} in a row",
            got="no field holds it",
            look=f"{ADMIN}.inlines",
        )


@pytest.mark.parametrize("what", ["category", "recipe"])
def test_the_admin_finds_a_slug_taken_meanwhile(visitor, some, make_user, what):
    """NFR-9: the form finds it free, and somebody else is quicker."""
    boss, slug = visitor.sign_in(staff(make_user)), some.slug()
    kind = category(some)
    Kind = type(kind) if what == "category" else type(recipe(some, boss.user))
    page = boss.get(f"/admin/recipes/{what}/add/").expect_status(200)
    form = page.expect_form("slug", look="recipes/admin.py")
    typed = {"name": label(some)} if what == "category" else {"title": title_of(some)}
    if what == "recipe":
        typed |= {"category": kind.pk, "author": boss.user.pk, "prep_minutes": "5"}
        # Rows are a later rule of the form; here they are empty.
    look = "recipes/admin.py, AskAgainMixin of config/admin.py"
    wanted = "the form again, which finds the slug taken"

    def act():
        if what == "category":
            category(some, slug=slug)
        else:
            recipe(some, boss.user, slug=slug, rows=0, category=kind)

    before = Kind.objects.count()
    try:
        with quicker(act, Kind):
            answer = form.send(slug=slug, **typed)
    except NotYet as error:
        fail(
            did=f"{error.did}, while somebody else stored a {what} with this slug",
            wanted=wanted,
            got=error.got,
            look=look,
        )
    answer.did += f", while somebody else stored a {what} with this slug"
    answer.expect_status(200, wanted=wanted, look=look)
    expect(
        Kind.objects.count() == before + 1,
        did=answer.did,
        wanted="theirs stored, and nothing else",
        got=f"{Kind.objects.count() - before} new rows",
        look=look,
    )


def test_the_admin_fetches_authors_and_categories_at_once(visitor, some, make_user):
    """NFR-1: the list costs the same however many recipes it names."""
    boss = staff(make_user)
    moment = ago(hours=1)  # the same for all: a date hierarchy asks more over two days
    same_cost(
        visitor.sign_in(boss),
        LIST,
        lambda: published(some, make_user(), published_at=moment, rows=0),
        few=2,
        many=7,
        things="recipes by different authors in different categories",
        look=f"{ADMIN}.list_select_related",
    )


# --------------------------------------------------------------------------- demo data


def test_demo_data_load_twice(db, settings):
    """FR-1: seed_demo loads recipes, and once more changes nothing."""
    settings.DEBUG = True  # demo data are for one's own machine
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    model("recipes.Recipe", *RECIPE_FIELDS)
    counts = []
    for _ in range(2):
        try:
            call_command("seed_demo", stdout=StringIO())
        except Exception as error:
            fail(
                did="Ran python manage.py seed_demo",
                wanted="demo recipes in the database",
                got=told(error),
                look=LOOK,
            )
        counts.append(recipes().count())
    expect(
        counts[0] > 0 and counts[0] == counts[1],
        did="Ran python manage.py seed_demo twice",
        wanted="recipes, and the same number after both runs",
        got=f"{counts[0]}, then {counts[1]}",
        look=LOOK,
    )
