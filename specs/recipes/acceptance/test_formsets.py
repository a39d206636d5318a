"""formsets: recipe, ingredients and steps are saved together, or not at all."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import DatabaseError

from acceptance.calls import same_cost
from acceptance.pages import only_on, shows, strings
from acceptance.recipes import (
    category,
    fill,
    fresh,  # noqa: F401
    ingredient,
    page_of,
    recipe,
    recipe_form,
    recipes,
    row_fields,
    rows_in,
    step,
)
from acceptance.recipes_races import refusal
from acceptance.samples import label, rare, title_of
from acceptance.support import NotYet, expect, fold, model, url

LOOK = "recipes/views.py, form_valid of the create and edit views"
FORMS = "recipes/forms.py, the formsets of Ingredient and Step"
TEMPLATE = "templates/recipes/recipe_form.html"
ROWS = {
    "ingredients": ("amount", "unit", "name", "ORDER"),
    "steps": ("text", "ORDER"),
}


def opened(mine, some, one=None):
    """(page, form) with rows, for a new recipe or to edit one."""
    __tracebackhide__ = True
    if one is None:
        category(some)
    page = mine.get(page_of(one, "edit") if one else url("recipes:recipe-create"))
    form = recipe_form(page)
    form = page.expect_form(
        "title",
        "ingredients-TOTAL_FORMS",
        "steps-TOTAL_FORMS",
        wanted="one form with the recipe's fields and the rows of both formsets",
        look=TEMPLATE,
    )
    return page, form


def ingredients_of(one):
    """(position, amount, unit, name) of each ingredient, as the model orders them."""
    kind = model("recipes.Ingredient", "recipe", "position", "amount", "unit", "name")
    found = kind.objects.filter(recipe=one).order_by("position", "pk")
    return [(each.position, each.amount, each.unit, each.name) for each in found]


def steps_of(one):
    """(position, text) of each step."""
    kind = model("recipes.Step", "recipe", "position", "text")
    found = kind.objects.filter(recipe=one).order_by("position", "pk")
    return [(each.position, each.text) for each in found]


def newest(answer, count=1):
    """The recipe just stored, or a sentence."""
    __tracebackhide__ = True
    expect(
        recipes().count() == count,
        did=answer.did,
        wanted="the recipe stored",
        got=f"{answer.summary}{answer._form_errors()}",
        look=LOOK,
    )
    return recipes().order_by("-pk").first()


def state():
    """Everything that a refused form must leave alone."""
    kinds = [
        model("recipes.Recipe", "title"),
        model("recipes.Ingredient", "recipe"),
        model("recipes.Step", "recipe"),
    ]
    # updated_at too: a recipe that was saved and is as before was saved all the same.
    return [list(kind.objects.order_by("pk").values_list()) for kind in kinds]


def holds(answer, typed, look):
    """The page still holds what was typed."""
    __tracebackhide__ = True
    form = answer.expect_form("title", wanted="the form again", look=look)
    values = form.values
    for name, value in typed.items():
        if name.endswith(("_FORMS", "DELETE")):
            continue
        expect(
            fold(str(values.get(name, ""))) == fold(str(value)),
            did=answer.did,
            wanted=f"what was typed into {name} is still there",
            got=f"the field holds {str(values.get(name))[:60]!r}",
            look=look,
        )


# ------------------------------------------------------------------------------- forms


@pytest.mark.parametrize("page_name", ["write", "edit"])
def test_the_form_holds_rows(visitor, some, make_user, page_name):
    """FR-6: empty rows are there beforehand, and rows can be told apart."""
    author = make_user()
    one = recipe(some, author, rows=2) if page_name == "edit" else None
    page, form = opened(visitor.sign_in(author), some, one)
    for prefix, names in ROWS.items():
        existing = 2 if one else 0
        empty = 3 if one else 5
        total = rows_in(form, prefix)
        expect(
            total >= existing + empty,
            did=page.did,
            wanted=f"{empty} empty rows or more among {prefix}"
            + (", behind the two that exist" if one else ""),
            got=f"{total} rows in all",
            look=f"{FORMS}, extra",
        )
        for number in range(total):
            wanted = [f"{prefix}-{number}-{name}" for name in names]
            if number < existing:
                wanted += [f"{prefix}-{number}-{name}" for name in ("id", "DELETE")]
            missing = [name for name in wanted if not form.has(name)]
            expect(
                not missing,
                did=page.did,
                wanted=f"the fields of row {number} of {prefix}",
                got=f"there is no {' and no '.join(missing)}",
                look=f"{TEMPLATE}, the fields of a row, hidden ones too",
            )


def test_everything_is_stored_together(visitor, some, make_user):
    """FR-6: one form, one button, three tables."""
    author = make_user()
    mine = visitor.sign_in(author)
    _, form = opened(mine, some)
    salt, flour = label(some), label(some)
    texts = [f"{some.sentence()} {rare(some)}" for _ in range(2)]
    typed = fill(
        form,
        some,
        ingredients=[
            {"amount": "0.75", "unit": "kg", "name": flour},
            {"name": salt},
        ],
        steps=texts,
    )
    answer = form.send(typed)
    one = newest(answer)
    for found, wanted, what in (
        (
            ingredients_of(one),
            [(1, Decimal("0.75"), "kg", flour), (2, None, "", salt)],
            "ingredients",
        ),
        (steps_of(one), [(1, texts[0]), (2, texts[1])], "steps"),
    ):
        expect(
            found == wanted,
            did=answer.did,
            wanted=f"the {what} {wanted}, and no empty row",
            got=f"{found}",
            look=LOOK,
        )
    answer.expect_redirect(page_of(one), look=LOOK)
    page = mine.get(answer.location).expect_status(200)
    for text in (flour, salt, *texts):
        shows(page, text, wanted=f'"{text}" on the recipe\'s page', look=LOOK)


def test_rows_between_empty_ones_are_stored(visitor, some, make_user):
    """FR-6: a row left empty is nothing."""
    _, form = opened(visitor.sign_in(make_user()), some)
    names = [label(some), label(some)]
    typed = fill(form, some, ingredients=[])
    typed.update({"ingredients-1-name": names[0], "ingredients-3-name": names[1]})
    answer = form.send(typed)
    found = ingredients_of(newest(answer))
    expect(
        [(each[0], each[3]) for each in found] == [(1, names[0]), (2, names[1])],
        did=f"{answer.did}: rows 1 and 3 filled in, 0, 2 and 4 left empty",
        wanted="two ingredients, at the positions 1 and 2",
        got=f"{found}",
        look=LOOK,
    )


# ------------------------------------------------------------------------------- order


@pytest.mark.parametrize("prefix", ["ingredients", "steps"])
def test_order_decides(visitor, some, make_user, prefix):
    """FR-6: ascending ORDER, rows without one last, equal ones as in the form."""
    _, form = opened(visitor.sign_in(make_user()), some)
    main = "name" if prefix == "ingredients" else "text"
    orders = ["7", "", "2", "2", ""]
    texts = [label(some) for _ in orders]
    rows = [
        {main: text, "ORDER": order} for text, order in zip(texts, orders, strict=True)
    ]
    answer = form.send(fill(form, some, **{prefix: rows}))
    one = newest(answer)
    found = ingredients_of(one) if prefix == "ingredients" else steps_of(one)
    got = [(each[0], each[-1]) for each in found]
    wanted = list(enumerate([texts[number] for number in (2, 3, 0, 1, 4)], 1))
    expect(
        got == wanted,
        did=f"Sent five {prefix} with ORDER 7, empty, 2, 2 and empty",
        wanted="the third, the fourth, the first, the second and the fifth, at the "
        "positions 1 to 5",
        got=", ".join(
            f"number {texts.index(text) + 1} at {place}" for place, text in got
        ),
        look=f"{LOOK}, formset.ordered_forms",
    )


@pytest.mark.parametrize("prefix", ["ingredients", "steps"])
def test_nothing_but_the_order_changes(visitor, some, make_user, prefix):
    """FR-6: a row whose position alone has changed is saved too."""
    author = make_user()
    one = recipe(some, author, rows=3)
    _, form = opened(visitor.sign_in(author), some, one)
    manager = getattr(one, prefix)
    before = [each.pk for each in manager.all()]
    sent = {
        f"{prefix}-{number}-ORDER": order
        for number, order in enumerate(("3", "1", "2"))
    }
    answer = form.send(sent)
    answer.expect_redirect(look=LOOK)
    found = [(each.position, each.pk) for each in manager.order_by("position", "pk")]
    wanted = list(enumerate([before[1], before[2], before[0]], 1))
    expect(
        found == wanted,
        did=f"Changed the ORDER of three {prefix} to 3, 1 and 2, and nothing else",
        wanted="the second, the third and the first at the positions 1, 2 and 3",
        got=", ".join(
            f"number {before.index(pk) + 1} at {place}" if pk in before else "a new row"
            for place, pk in found
        ),
        look=f"{LOOK}: formset.save() skips rows that have not changed",
    )


# -------------------------------------------------------------------------------- edit


def test_rows_change_go_and_come(visitor, some, make_user):
    """FR-6: the others stay the rows they were."""
    author = make_user()
    one, other = recipe(some, author, rows=3), recipe(some, author, rows=2)
    before = ingredients_of(other), steps_of(other)
    keys = [each.pk for each in one.ingredients.all()]
    names = [each.name for each in one.ingredients.all()]
    _, form = opened(visitor.sign_in(author), some, one)
    changed, added = label(some), label(some)
    sent = {
        "ingredients-0-name": changed,
        "ingredients-1-DELETE": "on",
        "steps-2-DELETE": "on",
        **row_fields(form, "ingredients", "name", [added], first=3),
    }
    answer = form.send(sent)
    answer.expect_redirect(look=LOOK)
    found = list(one.ingredients.order_by("position", "pk"))
    expect(
        [each.name for each in found] == [changed, names[2], added],
        did="Changed the first of three ingredients, deleted one and added one",
        wanted=f"{changed}, {names[2]}, {added}",
        got=", ".join(each.name for each in found),
        look=LOOK,
    )
    expect(
        [each.pk for each in found[:2]] == [keys[0], keys[2]],
        did="Changed an ingredient and left another as it was",
        wanted="both with the primary keys that they had",
        got="rows deleted and made anew",
        look=LOOK,
    )
    expect(
        [each.position for each in found] == [1, 2, 3],
        did="Deleted the second of three ingredients and added one",
        wanted="the positions 1, 2 and 3",
        got=", ".join(str(each.position) for each in found),
        look=LOOK,
    )
    expect(
        len(steps_of(one)) == 2,
        did="Deleted one of three steps",
        wanted="two left",
        got=f"{len(steps_of(one))}",
        look=LOOK,
    )
    expect(
        (ingredients_of(other), steps_of(other)) == before,
        did=answer.did,
        wanted="the rows of another recipe as they were",
        got="they have changed",
        look=LOOK,
    )


def test_a_deleted_name_may_come_again(visitor, some, make_user):
    """FR-6: deleted rows do not count."""
    author = make_user()
    one = recipe(some, author, rows=2)
    name = one.ingredients.first().name
    _, form = opened(visitor.sign_in(author), some, one)
    sent = {
        "ingredients-0-DELETE": "on",
        **row_fields(form, "ingredients", "name", [name.upper()], first=2),
    }
    answer = form.send(sent)
    answer.expect_redirect(
        wanted="a redirect: the deleted row of this name does not count", look=FORMS
    )
    names = [each[-1] for each in ingredients_of(one)]
    expect(
        names[-1:] == [name.upper()] and len(names) == 2,
        did=f"Deleted the ingredient {name} and added {name.upper()}",
        wanted="the new row in place of the old one",
        got=", ".join(names),
        look=FORMS,
    )


# ----------------------------------------------------------------------------- refused

BAD = {
    "no ingredient": {"ingredients": []},
    "no step": {"steps": []},
    "an amount without a name": {"ingredients": ["Leeks", {"amount": "2"}]},
    "an amount of 0": {"ingredients": [{"amount": "0", "name": "Leeks"}]},
    "an amount below 0": {"ingredients": [{"amount": "-1.5", "name": "Leeks"}]},
    "an amount that is no number": {
        "ingredients": [{"amount": "lots", "name": "Leeks"}]
    },
    "a name of 81 characters": {"ingredients": ["x" * 81]},
    "a text of 1001 characters": {"steps": ["x" * 1001]},
    "the same ingredient twice": {"ingredients": ["Salt", "Leeks", " salt "]},
    "61 ingredients": {"ingredients": [f"Spice {number}" for number in range(61)]},
    "61 steps": {"steps": [f"Stir {number} times." for number in range(61)]},
}


@pytest.mark.parametrize("what", BAD, ids=lambda what: what.replace(" ", "-"))
def test_a_wrong_row_stores_nothing(visitor, some, make_user, what):
    """FR-6, NFR-9: all of it is stored, or none of it."""
    page, form = opened(visitor.sign_in(make_user()), some)
    typed = fill(form, some, **BAD[what])
    before = state()
    answer = form.send(typed)
    did = f"{page.did} and sent a recipe with {what}"
    expect(
        state() == before,
        did=did,
        wanted="no recipe, no ingredient and no step stored",
        got=f"{recipes().count()} recipes, and {answer.summary}",
        look=f"{LOOK}: valid when the form and both formsets are",
    )
    answer.expect_status(200, wanted=f"200 and the form again, for {what}", look=FORMS)
    expect(
        only_on(answer, page),
        did=did,
        wanted="an error message on the page",
        got="the page says nothing that the empty form did not say",
        look=f"{TEMPLATE}, the errors of rows and formset.non_form_errors",
    )
    if "61" not in what:
        holds(answer, typed, TEMPLATE)


@pytest.mark.parametrize("prefix", ["ingredients", "steps"])
def test_sixty_rows_are_stored(visitor, some, make_user, prefix):
    """FR-6: as many as are allowed are allowed."""
    _, form = opened(visitor.sign_in(make_user()), some)
    rows = [f"{label(some)} {number}" for number in range(60)]
    answer = form.send(fill(form, some, **{prefix: rows}))
    answer.did = f"Sent a recipe with 60 {prefix}"
    stored = getattr(newest(answer), prefix).count()
    expect(
        stored == 60,
        did=answer.did,
        wanted="sixty rows stored",
        got=f"{stored}",
        look=f"{FORMS}, max_num",
    )


@pytest.mark.parametrize(
    "what", ["last ingredient", "last step", "amount", "double", "title"]
)
def test_a_wrong_edit_changes_nothing(visitor, some, make_user, what):
    """FR-6, NFR-9: nor does an edit half happen."""
    author = make_user()
    one = recipe(some, author, rows=1 if what.startswith("last") else 2)
    name = one.ingredients.first().name
    page, form = opened(visitor.sign_in(author), some, one)
    wrong = {
        "last ingredient": {"ingredients-0-DELETE": "on"},
        "last step": {"steps-0-DELETE": "on"},
        "amount": {"ingredients-1-amount": "lots"},
        "double": {"ingredients-1-name": f"  {name.swapcase()}"},
        "title": {"title": "  "},
    }[what]
    sent = {
        "title": title_of(some),
        "servings": "11",
        "steps-0-text": f"{some.sentence()} {rare(some)}",
        **wrong,
    }
    before = state()
    answer = form.send(sent)
    did = (
        f"{page.did}, changed title, servings and a step, and sent "
        + {
            "last ingredient": "the last ingredient with DELETE",
            "last step": "the last step with DELETE",
            "amount": "the amount lots in another row",
            "double": f"{name} a second time, in other capitals",
            "title": "a blank title",
        }[what]
    )
    expect(
        state() == before,
        did=did,
        wanted="nothing changed, of the recipe as of its rows",
        got=f"something has changed, and {answer.summary}",
        look=f"{LOOK}, transaction.atomic()",
    )
    answer.expect_status(200, wanted="200 and the form again", look=LOOK)
    expect(
        only_on(answer, page),
        did=did,
        wanted="an error message on the page",
        got="the page says nothing that it did not say before",
        look=TEMPLATE,
    )
    holds(answer, {n: v for n, v in sent.items() if n not in wrong}, TEMPLATE)


def test_all_errors_show_at_once(visitor, some, make_user):
    """FR-6: nobody mends one only to be told of the next."""
    page, form = opened(visitor.sign_in(make_user()), some)
    rows = [{"amount": "lots", "name": label(some)}]
    told = {}
    for what, fields in {
        "title": {"title": ""},
        "row": {"ingredients": rows},
        "both": {"title": "", "ingredients": rows},
    }.items():
        answer = form.send(fill(form, some, **fields))
        answer.expect_status(200, wanted="200 and the form again", look=LOOK)
        told[what] = set(strings(answer)) - set(strings(page))
    for what, other in (("title", "row"), ("row", "title")):
        own = told[what] - told[other]
        expect(
            own & told["both"],
            did="Sent a recipe without a title and with the amount lots",
            wanted="both errors on the page",
            got=f"no word of the error of the {what}",
            look=f"{LOOK}: ask the form and both formsets, then decide",
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page_name", ["write", "edit"])
def test_rows_that_fail_late_leave_nothing(visitor, some, make_user, page_name):
    """FR-6, NFR-9: the form is valid, and the database refuses a step all the same.

    What is written before a failure is undone by a transaction of the view's own, so
    this test has none.
    """
    author = make_user()
    one = recipe(some, author, rows=2) if page_name == "edit" else None
    _, form = opened(visitor.sign_in(author), some, one)
    steps = model("recipes.Step", "recipe", "position", "text")
    if one is None:
        typed = fill(form, some)
    else:
        added = [f"{some.sentence()} {rare(some)}"]
        typed = {
            "title": title_of(some),
            "ingredients-0-name": label(some),
            **row_fields(form, "steps", "text", added, first=2),
        }
    before, error = state(), DatabaseError("the disk is full")
    with refusal("INSERT", steps, error) as tried, suppress(NotYet):
        form.send(typed)  # an error page is right: it is no mistake of the cook's
    what = "a new recipe" if one is None else "a recipe with a new title and a new step"
    did = f"Sent {what} while the database refuses to store a step"
    expect(
        tried,
        did=did,
        wanted="the step stored by an INSERT",
        got="none was tried",
        look=LOOK,
    )
    kinds = ("the recipe", "the ingredients", "the steps")
    differ = [
        kind
        for kind, was, now in zip(kinds, before, state(), strict=True)
        if was != now
    ]
    expect(
        not differ,
        did=did,
        wanted="no half of it left: the recipe and all its rows are saved inside one "
        "transaction.atomic(), which undoes what was written before the failure",
        got=f"{' and '.join(differ)} {'stored' if one is None else 'changed'}, and the "
        "step is missing",
        look=f"{LOOK}, transaction.atomic()",
    )


# ---------------------------------------------------------------------------- tampered


@pytest.mark.parametrize("prefix", ["ingredients", "steps"])
@pytest.mark.parametrize("delete", [False, True], ids=["change", "delete"])
def test_the_row_of_another_recipe_is_refused(visitor, some, make_user, prefix, delete):
    """FR-6: the id of a row comes from the browser."""
    author = make_user()
    one, foreign = recipe(some, author, rows=2), recipe(some, make_user(), rows=2)
    _, form = opened(visitor.sign_in(author), some, one)
    before = ingredients_of(foreign), steps_of(foreign)
    theirs = getattr(foreign, prefix).first()
    sent = {
        f"{prefix}-0-id": str(theirs.pk),
        f"{prefix}-0-{'name' if prefix == 'ingredients' else 'text'}": label(some),
    }
    if delete:
        sent[f"{prefix}-0-DELETE"] = "on"
    answer = form.send(sent)
    did = f"Sent the edit form with the id of another recipe's row in {prefix}-0-id"
    expect(
        (ingredients_of(foreign), steps_of(foreign)) == before
        and getattr(foreign, prefix).filter(pk=theirs.pk).exists(),
        did=did + (", and DELETE" if delete else ""),
        wanted="the rows of the other recipe as they were",
        got=f"they have changed, and {answer.summary}",
        look=f"{FORMS}: the queryset of a formset holds its own instance's rows only",
    )
    # Django itself passes over a row that is not of this recipe; an error is as good.
    answer.expect_status(
        200, 302, 400, wanted="the row passed over, or an error at the form", look=LOOK
    )


@pytest.mark.parametrize("page_name", ["write", "edit"])
def test_a_row_cannot_be_sent_to_another_recipe(visitor, some, make_user, page_name):
    """FR-6: rows belong to the recipe of the form."""
    author = make_user()
    one = recipe(some, author) if page_name == "edit" else None
    foreign = recipe(some, make_user())
    _, form = opened(visitor.sign_in(author), some, one)
    before = ingredients_of(foreign), steps_of(foreign)
    first = 1 if one else 0
    typed = {} if one else fill(form, some)
    sent = {
        **typed,
        **row_fields(form, "ingredients", "name", [label(some)], first=first),
        f"ingredients-{first}-recipe": str(foreign.pk),
    }
    answer = form.send(sent)
    expect(
        (ingredients_of(foreign), steps_of(foreign)) == before,
        did=f"{answer.did}, where {foreign.pk} is another recipe",
        wanted="the other recipe's rows as they were",
        got="it has a new row",
        look=FORMS,
    )


@pytest.mark.parametrize("page_name", ["write", "edit"])
@pytest.mark.parametrize("value", [None, "abc"])
def test_a_form_without_its_management_form_is_no_error(
    visitor, some, make_user, page_name, value
):
    """FR-6: whatever is sent, the answer is a page."""
    author = make_user()
    one = recipe(some, author)
    _, form = opened(
        visitor.sign_in(author), some, one if page_name == "edit" else None
    )
    typed = fill(form, some)
    for prefix in ROWS:
        for name in list({**form.values, **typed}):
            if name.startswith(f"{prefix}-") and name.endswith("_FORMS"):
                typed[name] = value
    before = state()
    answer = form.send(typed)
    what = "without the management forms" if value is None else f"with {value} in them"
    expect(
        state() == before,
        did=f"Sent the form {what}",
        wanted="nothing stored or changed",
        got=f"something is, and {answer.summary}",
        look=LOOK,
    )
    answer.expect_status(200, 400, wanted=f"200 or 400 for a form {what}", look=LOOK)


# ------------------------------------------------------------------------------- costs


def test_the_edit_page_costs_the_same_however_many_rows(visitor, some, make_user):
    """NFR-1: rows are fetched together."""
    author = make_user()
    one = recipe(some, author)
    opened(visitor.sign_in(author), some, one)

    def grow():
        ingredient(some, one, position=9)
        step(some, one, position=9)

    same_cost(
        visitor.sign_in(author),
        page_of(one, "edit"),
        grow,
        few=1,
        many=6,
        things="more ingredients and steps",
        look=LOOK,
    )
