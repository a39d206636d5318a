"""api-write: recipes with their rows through the API, under the site's own rules."""

import json

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils.text import slugify

from acceptance.recipes import (
    follow,
    forget,
    fresh,  # noqa: F401
    letters,
    named,
    no_letters,
    published,
    recipe,
    recipes,
)
from acceptance.recipes_api import (
    DETAIL_FIELDS,
    SERIALIZERS,
    VIEWS,
    Unchanged,
    body,
    endpoint,
    has_fields,
    read,
    refused,
    says,
    send,
    short,
)
from acceptance.recipes_races import somebody_else
from acceptance.samples import ago, label, title_of
from acceptance.support import committed, expect, model, url

PERMISSIONS = "api/permissions.py"


def cook_of(visitor, some, make_user):
    """(a user, a visitor signed in as them)."""
    user = named(make_user, some)
    return user, visitor.sign_in(user)


def names_of(one):
    """(position, name) of a recipe's ingredients, in their order."""
    return list(one.ingredients.order_by("position").values_list("position", "name"))


def texts_of(one):
    """(position, text) of a recipe's steps, in their order."""
    return list(one.steps.order_by("position").values_list("position", "text"))


def stored(title):
    """The recipe of this title, or None."""
    return recipes().filter(title=title).first()


# ------------------------------------------------------------------------------ tokens


def test_a_token_signs_in(visitor, some, make_user, settings):
    """FR-19: a name and a password for a token, and the token instead of a session."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    password = some.password()
    user = named(make_user, some, password=password)
    path = url("api:token", look="api/urls.py")
    expect(
        path == "/api/token/",
        did="Looked up the URL api:token",
        wanted="/api/token/",
        got=path,
        look="api/urls.py",
    )
    page = visitor.post(path, {"username": user.username, "password": password})
    found = read(page, look="api/urls.py")
    has_fields(found, ["token"], did=page.did, look="api/urls.py")
    token = {"authorization": f"Token {found['token']}"}
    hidden = recipe(some, user)
    page = visitor.send("GET", endpoint("recipe-detail", hidden), headers=token)
    page.expect_status(
        200, wanted="the author's draft, with their token", look="config/settings.py"
    )
    for wrong in (some.password(), ""):
        forget()
        page = visitor.post(path, {"username": user.username, "password": wrong})
        refused(page, wanted="400 for a wrong password", look="api/urls.py")
    bad = {"authorization": "Token " + "0" * 40}
    page = visitor.send("GET", endpoint("recipe-list"), headers=bad)
    page.expect_status(
        401, wanted="401 for a token that does not exist", look="config/settings.py"
    )


# ------------------------------------------------------------------------------ create


def test_a_recipe_with_its_rows(visitor, some, make_user):
    """FR-19: one request stores the recipe and all its rows."""
    user, mine = cook_of(visitor, some, make_user)
    given = body(some)
    page = send(mine, "POST", endpoint("recipe-list"), given)
    found = read(page, 201, look=VIEWS)
    has_fields(found, DETAIL_FIELDS, did=page.did)
    one = stored(given["title"])
    expect(
        one is not None,
        did=page.did,
        wanted="a recipe in the database",
        got="there is none of that title",
        look=SERIALIZERS,
    )
    expect(
        one.author == user and one.category.slug == given["category"],
        did=page.did,
        wanted=f"{user.username} as author, and the category that was named",
        got=f"author {one.author}, category {one.category}",
        look=VIEWS,
    )
    rows = [(n, row["name"]) for n, row in enumerate(given["ingredients"], 1)]
    steps = [(n, row["text"]) for n, row in enumerate(given["steps"], 1)]
    expect(
        names_of(one) == rows and texts_of(one) == steps,
        did=page.did,
        wanted="the rows in the order sent, with position from 1",
        got=short([*names_of(one), *texts_of(one)]),
        look=SERIALIZERS,
    )
    says(
        found,
        {"slug": one.slug, "author": user.username, "status": "draft"},
        did=page.did,
    )
    amounts = [row.get("amount") for row in found["ingredients"]]
    expect(
        amounts == ["2.50", None],
        did=page.did,
        wanted="the rows in the answer too: amounts 2.50 and null",
        got=short(amounts),
        look=SERIALIZERS,
    )


def test_what_may_be_left_out(visitor, some, make_user):
    """FR-19: description, servings, status, and a row's amount and unit."""
    _, mine = cook_of(visitor, some, make_user)
    given = body(some, description=None, servings=None, status=None)
    given["ingredients"] = [{"name": label(some)}]
    page = send(mine, "POST", endpoint("recipe-list"), given)
    says(read(page, 201), {"status": "draft", "servings": 4}, did=page.did)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_privileged_fields_are_read_only(visitor, some, make_user, method):
    """FR-19: what the server decides is not the sender's to decide."""
    user, mine = cook_of(visitor, some, make_user)
    other = named(make_user, some)
    strange = {
        "author": other.username,
        "slug": some.slug(),
        "published_at": "2001-01-01T00:00:00Z",
        "image": "recipes/x.jpg",
        "thumbnail": "thumbnails/x.jpg",
        "average_stars": 5,
        "ratings_count": 99,
        "created_at": "2001-01-01T00:00:00Z",
        "url": "http://example.com/",
    }
    foreign = published(some, other)
    row_of = foreign.ingredients.get()
    title = title_of(some)
    given = body(some, title=title, **strange)
    given["ingredients"][0] |= {"id": row_of.pk, "recipe": foreign.pk, "position": 40}
    kept = Unchanged(foreign)
    if method == "POST":
        page = send(mine, "POST", endpoint("recipe-list"), given)
        kept.count += 1
    else:
        one = published(some, user, title=title)
        kept = Unchanged(foreign)
        page = send(mine, method, endpoint("recipe-detail", one), given)
    read(page, 201 if method == "POST" else 200)
    made = recipes().get(title=title)
    expect(
        made.author == user,
        did=page.did,
        wanted="the author stays who sends it",
        got=f"author {made.author}",
        look=SERIALIZERS,
    )
    wrong = [
        name
        for name, bad in (
            ("slug", made.slug == strange["slug"]),
            ("published_at", made.published_at and made.published_at.year == 2001),
            ("image", bool(made.image)),
            ("thumbnail", bool(made.thumbnail)),
            ("created_at", made.created_at.year == 2001),
        )
        if bad
    ]
    expect(
        not wrong,
        did=page.did,
        wanted="read-only fields that are sent along change nothing",
        got=f"changed: {', '.join(wrong)}",
        look=SERIALIZERS,
    )
    positions = [position for position, _ in names_of(made)]
    expect(
        positions == [1, 2],
        did=page.did,
        wanted="positions from 1, whatever a row says",
        got=short(positions),
        look=SERIALIZERS,
    )
    kept.check(page, wanted="somebody else's recipe as it was", look=SERIALIZERS)


# ------------------------------------------------------------------------------ update


def test_put_and_patch(visitor, some, make_user):
    """FR-19: rows that are sent replace all rows; rows that are not stay."""
    user, mine = cook_of(visitor, some, make_user)
    one = published(some, user, rows=3)
    path = endpoint("recipe-detail", one)
    before = list(one.ingredients.values_list("pk", flat=True))
    page = send(mine, "PATCH", path, {"servings": 7})
    says(read(page), {"servings": 7}, did=page.did)
    after = list(one.ingredients.values_list("pk", flat=True))
    expect(
        after == before and one.steps.count() == 3,
        did=f"{page.did}, a recipe with three ingredients",
        wanted="a PATCH without rows leaves the rows, their primary keys included",
        got=f"{len(set(after) & set(before))} of the old rows are left",
        look=SERIALIZERS,
    )
    name = label(some)
    page = send(mine, "PATCH", path, {"ingredients": [{"name": name}]})
    read(page)
    expect(
        names_of(one) == [(1, name)] and one.steps.count() == 3,
        did=page.did,
        wanted="that ingredient in place of all, and the three steps",
        got=f"{names_of(one)} and {one.steps.count()} steps",
        look=SERIALIZERS,
    )
    given = body(some, title=one.title, status="published")
    page = send(mine, "PUT", path, given)
    read(page)
    rows = [(n, row["name"]) for n, row in enumerate(given["ingredients"], 1)]
    expect(
        names_of(one) == rows and one.steps.count() == 2,
        did=page.did,
        wanted="the rows that were sent, and no other",
        got=f"{short(names_of(one))} and {one.steps.count()} steps",
        look=SERIALIZERS,
    )


def test_delete(visitor, some, make_user):
    """FR-19: 204, and the recipe is gone."""
    user, mine = cook_of(visitor, some, make_user)
    one, other = published(some, user), published(some, user)
    page = mine.send("DELETE", endpoint("recipe-detail", one))
    page.expect_status(204, look=VIEWS)
    left = list(recipes().values_list("pk", flat=True))
    expect(
        left == [other.pk],
        did=page.did,
        wanted="this recipe deleted, and no other",
        got=f"{len(left)} recipes left",
        look=VIEWS,
    )


def test_a_new_title_moves_the_slug(visitor, some, make_user):
    """FR-12: as on the site."""
    user, mine = cook_of(visitor, some, make_user)
    one = published(some, user)
    old = one.slug
    page = send(mine, "PATCH", endpoint("recipe-detail", one), {"title": some.title()})
    found = read(page)
    one.refresh_from_db()
    expect(
        one.slug != old and one.old_slugs.filter(slug=old).exists(),
        did=page.did,
        wanted="a slug of the new title, and the old one kept in old_slugs",
        got=f"slug {one.slug}, old slugs {one.old_slugs.count()}",
        look="recipes/models.py, Recipe",
    )
    says(found, {"slug": one.slug}, did=page.did)


# -------------------------------------------------------------------------- who may not


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("kind", ["published", "draft"])
@pytest.mark.parametrize("who", ["a visitor", "a stranger"])
def test_nobody_else_writes(visitor, some, make_user, who, kind, method):
    """FR-5: 401 for visitors; 403 for others, and 404 where they may not even look."""
    user = named(make_user, some)
    one = published(some, user) if kind == "published" else recipe(some, user)
    status = 403 if kind == "published" else 404
    actor = visitor
    if who == "a visitor":
        status = 401
    else:
        actor = visitor.sign_in(make_user())
    kept = Unchanged(one)
    path = endpoint("recipe-detail", one)
    page = send(actor, method, path, None if method == "DELETE" else body(some))
    page.expect_status(
        status, wanted=f"{status} for {who} and a {kind} recipe", look=PERMISSIONS
    )
    kept.check(page, wanted="nothing changed", look=PERMISSIONS)


def test_a_visitor_creates_nothing(visitor, some, make_user):
    """FR-19: 401, and nothing is stored."""
    kept = Unchanged()
    page = send(visitor, "POST", endpoint("recipe-list"), body(some))
    page.expect_status(401, look="config/settings.py, REST_FRAMEWORK")
    kept.check(page, wanted="nothing stored", look=PERMISSIONS)


def test_a_session_needs_its_csrf_token(visitor, some, make_user):
    """NFR-6: another site cannot use a browser that is signed in."""
    user = named(make_user, some)
    path, given, kept = endpoint("recipe-list"), body(some), Unchanged()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    with committed():
        answer = client.post(path, given, content_type="application/json")
    did = f"Sent POST {path} as {user.username}, by session, without a CSRF token"
    expect(
        answer.status_code == 403,
        did=did,
        wanted="403",
        got=f"status {answer.status_code}",
        look="config/settings.py, REST_FRAMEWORK",
    )
    expect(
        recipes().count() == kept.count,
        did=did,
        wanted="nothing stored",
        got="a recipe was stored",
        look="config/settings.py, REST_FRAMEWORK",
    )


# ---------------------------------------------------------------------- what is refused

ROW = {"name": "leeks"}
STEP = {"text": "Wash them."}
BAD = {
    "an empty title": ({"title": ""}, ["title"]),
    "a title of blanks": ({"title": "   "}, ["title"]),
    "a title of 121 characters": ({"title": "x" * 121}, ["title"]),
    "a title with a line break": ({"title": "Soup\r\nBcc: all@example.com"}, ["title"]),
    "a title with a NUL": ({"title": "So\x00up"}, ["title"]),
    "an unknown category": ({"category": "no-such-category"}, ["category"]),
    "servings of 0": ({"servings": 0}, ["servings"]),
    "servings of 101": ({"servings": 101}, ["servings"]),
    "servings that are no number": ({"servings": "many"}, ["servings"]),
    "minutes below 0": ({"prep_minutes": -1}, ["prep_minutes"]),
    "minutes above 1440": ({"cook_minutes": 1441}, ["cook_minutes"]),
    "no minute at all": ({"prep_minutes": 0, "cook_minutes": 0}, []),
    "a status that does not exist": ({"status": "hidden"}, ["status"]),
    "no ingredient": ({"ingredients": []}, ["ingredients"]),
    "no step": ({"steps": []}, ["steps"]),
    "an ingredient twice": (
        {"ingredients": [{"name": "Salt"}, {"name": " salt "}]},
        ["ingredients", "non_field_errors"],
    ),
    "61 ingredients": (
        {"ingredients": [{"name": f"thing {n}"} for n in range(61)]},
        ["ingredients"],
    ),
    "61 steps": ({"steps": [{"text": f"Step {n}."} for n in range(61)]}, ["steps"]),
    "an amount of 0": ({"ingredients": [{**ROW, "amount": "0"}]}, ["ingredients"]),
    "an amount below 0": ({"ingredients": [{**ROW, "amount": "-1"}]}, ["ingredients"]),
    "a name of 81 characters": ({"ingredients": [{"name": "x" * 81}]}, ["ingredients"]),
    "an ingredient without a name": ({"ingredients": [{"amount": 1}]}, ["ingredients"]),
    "a step of 1001 characters": ({"steps": [{"text": "x" * 1001}]}, ["steps"]),
    "rows that are no list": ({"ingredients": {"name": "leeks"}}, ["ingredients"]),
    "rows that are no objects": ({"steps": ["Stir.", 5, None]}, ["steps"]),
}


@pytest.mark.parametrize("what", BAD)
def test_what_the_form_refuses_the_api_refuses(visitor, some, make_user, what):
    """FR-19: 400, the field's name, and nothing stored or changed."""
    user, mine = cook_of(visitor, some, make_user)
    one = published(some, user, rows=2)
    wrong, names = BAD[what]
    kept = Unchanged(one)
    requests = [
        ("POST", endpoint("recipe-list"), {**body(some), **wrong}),
        ("PUT", endpoint("recipe-detail", one), {**body(some), **wrong}),
        ("PATCH", endpoint("recipe-detail", one), wrong),
    ]
    for method, path, given in requests:
        page = send(mine, method, path, given)
        refused(page, *names, wanted=f"400 for {what}")
        kept.check(page, wanted=f"nothing stored or changed ({what})", look=SERIALIZERS)


@pytest.mark.parametrize("left_out", ["ingredients", "steps", "title", "category"])
def test_what_must_be_there(visitor, some, make_user, left_out):
    """FR-19: a recipe without it is none."""
    _, mine = cook_of(visitor, some, make_user)
    kept = Unchanged()
    page = send(mine, "POST", endpoint("recipe-list"), body(some, **{left_out: None}))
    refused(page, left_out, wanted=f"400 without {left_out}")
    kept.check(page, wanted="nothing stored", look=SERIALIZERS)


def test_the_other_half_is_in_the_database(visitor, some, make_user):
    """FR-19: a PATCH of one half is judged with what is stored of the other."""
    user, mine = cook_of(visitor, some, make_user)
    one = published(some, user, prep_minutes=0, cook_minutes=30)
    path = endpoint("recipe-detail", one)
    kept = Unchanged(one)
    page = send(mine, "PATCH", path, {"cook_minutes": 0})
    refused(
        page, wanted="400: preparation is stored as 0, so cooking must not become 0"
    )
    kept.check(page, wanted="nothing changed", look=SERIALIZERS)
    page = send(mine, "PATCH", path, {"prep_minutes": 0})
    read(page, wanted="200: there are thirty minutes of cooking in the database")
    page = send(mine, "PATCH", path, {"prep_minutes": 30})
    read(page, wanted="200: thirty minutes of each are sixty together")


def test_json_that_is_none(visitor, some, make_user):
    """FR-19: 400, never 500."""
    _, mine = cook_of(visitor, some, make_user)
    kept = Unchanged()
    for broken in ('{"title": ', "[]", "5", '"soup"', "null"):
        page = mine.send("POST", endpoint("recipe-list"), broken, json=True)
        page.expect_status(400, wanted="400 for what is no recipe", look=VIEWS)
        kept.check(page, wanted="nothing stored", look=VIEWS)


def test_all_or_nothing(visitor, some, make_user):
    """FR-19: an error while the rows are written leaves no half recipe."""
    user, _ = cook_of(visitor, some, make_user)
    one = published(some, user, rows=1)
    table = one.steps.model._meta.db_table
    given = body(some)
    for method, path in (
        ("POST", endpoint("recipe-list")),
        ("PUT", endpoint("recipe-detail", one)),
    ):
        kept = Unchanged(one)
        broken = []

        def breaks(execute, sql, params, many, context, broken=broken):
            if sql.lstrip().upper().startswith("INSERT") and table in sql:
                broken.append(sql)
                raise DatabaseError("the disk is full")
            return execute(sql, params, many, context)

        client = Client(raise_request_exception=False)
        client.force_login(user)
        # Committed before the request: a savepoint of its own stands for the request.
        with committed(), connection.execute_wrapper(breaks):
            answer = client.generic(
                method, path, json.dumps(given), content_type="application/json"
            )
            # What broke was the request; the test's own transaction goes on.
            connection.set_rollback(False)
        did = f"Sent {method} {path} while the database refuses to store steps"
        expect(
            broken,
            did=did,
            wanted="the steps stored by an INSERT",
            got=f"status {answer.status_code}, and none was tried",
            look=SERIALIZERS,
        )
        kept.check(
            did,
            wanted="nothing stored or changed: the rows and the recipe in one "
            "transaction (FR-19)",
            look=SERIALIZERS,
        )


# --------------------------------------------------------------------------------- mail


def test_followers_hear_of_it_once(visitor, some, make_user):
    """FR-15: a first publication mails the followers here as well."""
    user, mine = cook_of(visitor, some, make_user)
    reader = named(make_user, some)
    follow(user, reader)
    no_letters()
    given = body(some, status="published")
    page = send(mine, "POST", endpoint("recipe-list"), given)
    read(page, 201)
    expect(
        len(letters(reader)) == 1,
        did=f"{page.did}, followed by one reader",
        wanted="one mail to the follower (FR-15)",
        got=f"{len(letters(reader))} mails",
        look=VIEWS,
    )
    one = stored(given["title"])
    page = send(mine, "PATCH", endpoint("recipe-detail", one), {"servings": 9})
    read(page)
    expect(
        len(letters(reader)) == 1,
        did=page.did,
        wanted="no second mail for the same recipe",
        got=f"{len(letters(reader))} mails",
        look=VIEWS,
    )
    draft = body(some)
    send(mine, "POST", endpoint("recipe-list"), draft)
    expect(
        len(letters(reader)) == 1,
        did="Sent a draft to the API",
        wanted="no mail for a draft",
        got=f"{len(letters(reader))} mails",
        look=VIEWS,
    )


# -------------------------------------------------------------------------- two at once


def test_a_title_that_is_sent_twice_at_once(visitor, some, make_user):
    """FR-4, NFR-9: both are stored, each at an address of its own."""
    user, mine = cook_of(visitor, some, make_user)
    given = body(some)
    base = slugify(given["title"])
    Recipe, author = recipes().model, make_user()
    shelf = Recipe._meta.get_field("category").related_model.objects.get(
        slug=given["category"]
    )

    def take(slug):
        fields = {"title": given["title"], "author": author, "category": shelf}
        Recipe.objects.bulk_create([Recipe(slug=slug, **fields)])

    with somebody_else(take, Recipe, looked_for=base):
        page = send(mine, "POST", endpoint("recipe-list"), given)
    read(page, 201, wanted="201, although another of this title came first")
    expect(
        Recipe.objects.filter(title=given["title"], author=user).count() == 1,
        did=f"{page.did}, while somebody else stored a recipe of the same title",
        wanted="the recipe stored",
        got="it is not",
        look="recipes/models.py, Recipe.save",
    )


def test_a_publication_that_is_sent_twice_at_once(visitor, some, make_user):
    """FR-15: both read a draft, one of them publishes it, and followers hear once."""
    user, mine = cook_of(visitor, some, make_user)
    follow(user, named(make_user, some))
    draft = recipe(some, user)

    def publish_too(value):
        recipes().filter(pk=draft.pk).update(status="published", published_at=ago())

    no_letters()
    with somebody_else(publish_too, type(draft)) as rival:
        page = send(
            mine, "PATCH", endpoint("recipe-detail", draft), {"status": "published"}
        )
    read(page)
    expect(
        rival.acted == 1 and not letters(),
        did=f"{page.did}, after the same had been sent by another program and before "
        "this one was saved",
        wanted="no second mail: the first one has told them",
        got=f"{len(letters())} mails",
        look="recipes/models.py, Recipe.save, under select_for_update()",
    )


def test_a_new_password_ends_the_token(visitor, some, make_user):
    """NFR-6: who knew the old one is locked out here as well."""
    user = named(make_user, some)
    user.set_password(some.password())
    user.save()
    Token = model("authtoken.Token", "user", "key")
    key = Token.objects.create(user=user).key
    headers = {"Authorization": f"Token {key}"}
    draft = recipe(some, user)
    path = endpoint("recipe-detail", draft)
    page = visitor.send("GET", path, headers=headers)
    page.expect_status(200, wanted="200 with a good token")
    user.first_name = "Other"
    user.save()
    page = visitor.send("GET", path, headers=headers)
    page.expect_status(200, wanted="200: another name ends no token")
    user.set_password(some.password())
    user.save()
    page = visitor.send("GET", path, headers=headers)
    page.expect_status(
        401,
        wanted="401: the token has ended with the password",
        look="config/settings.py, AUTH_PASSWORD_VALIDATORS, password_changed()",
    )
