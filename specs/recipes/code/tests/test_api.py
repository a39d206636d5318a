# task own-tests: file
"""The API knows no rules of its own: who reads, who changes, and what is stored."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from recipes.models import Recipe

pytestmark = pytest.mark.django_db

LIST = "/api/recipes/"
SOUP = f"{LIST}leek-soup/"


@pytest.fixture
def data(category):
    """A recipe as a program sends it."""
    return {
        "title": "Leek soup",
        "category": "soups",
        "prep_minutes": 15,
        "ingredients": [{"amount": "2.50", "unit": "kg", "name": "Leeks"}],
        "steps": [{"text": "Chop."}, {"text": "Simmer."}],
    }


def send(api, method, path, data=None):
    return getattr(api, method)(path, data, format="json")


def titles(response):
    return [recipe["title"] for recipe in response.json()["results"]]


# ------------------------------------------------------------------------- who reads


@pytest.mark.parametrize(
    "fields",
    [{"status": "draft"}, {"published_at": timezone.now() + timedelta(days=1)}],
    ids=["draft", "dated tomorrow"],
)
def test_what_is_not_published_is_seen_by_its_author_only(
    api, author, stranger, make_recipe, fields
):
    make_recipe("Seen")
    hidden = make_recipe("Hidden", **fields)
    for user, found in ((None, False), (stranger, False), (author, True)):
        api.force_authenticate(user)
        assert "Seen" in titles(api.get(LIST))
        assert ("Hidden" in titles(api.get(LIST))) is found
        status = api.get(f"{LIST}{hidden.slug}/").status_code
        assert status == (200 if found else 404)


def test_rows_come_in_their_order(api, make_recipe):
    make_recipe(ingredients=["Leeks", "Salt", "Butter"])
    recipe = api.get(SOUP).json()
    assert [row["name"] for row in recipe["ingredients"]] == ["Leeks", "Salt", "Butter"]
    assert recipe["steps"] == [{"text": "Stir and wait."}]


@pytest.mark.parametrize("number", [2, 9])
def test_list_costs_two_queries(
    api, make_recipe, stranger, django_assert_num_queries, number
):
    """One counts the recipes, one fetches them with all that the list says."""
    for each in range(number):
        make_recipe(f"Soup {each}").ratings.create(user=stranger, stars=4)
    with django_assert_num_queries(2):
        assert len(titles(api.get(LIST))) == number


# ---------------------------------------------------------------------- who changes


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize(
    ("who", "status", "expected"),
    [
        ("visitor", "published", 401),
        ("visitor", "draft", 401),
        ("stranger", "published", 403),
        ("stranger", "draft", 404),
    ],
)
def test_nobody_but_the_author_changes_a_recipe(
    api, stranger, make_recipe, data, method, who, status, expected
):
    recipe = make_recipe(status=status)
    api.force_authenticate(stranger if who == "stranger" else None)
    response = send(api, method, SOUP, {**data, "title": "Mine"})
    assert response.status_code == expected
    recipe.refresh_from_db()
    assert recipe.title == "Leek soup"
    assert recipe.ingredients.count() == 2


def test_visitor_creates_nothing(api, data):
    assert send(api, "post", LIST, data).status_code == 401
    assert not Recipe.objects.exists()


def test_author_deletes_a_recipe(api, author, make_recipe):
    make_recipe()
    api.force_authenticate(author)
    assert api.delete(SOUP).status_code == 204
    assert not Recipe.objects.exists()


def test_new_recipe_belongs_to_whoever_is_signed_in(api, author, stranger, data):
    api.force_authenticate(author)
    response = send(api, "post", LIST, {**data, "author": stranger.username})
    assert response.status_code == 201
    recipe = Recipe.objects.get()
    assert recipe.author == author
    assert recipe.ingredients.get().amount == Decimal("2.50")
    steps = recipe.steps.values_list("position", "text")
    assert list(steps) == [(1, "Chop."), (2, "Simmer.")]


# -------------------------------------------------------------------- what is stored


def test_rows_that_are_sent_replace_the_old_ones(api, author, make_recipe):
    recipe = make_recipe()
    api.force_authenticate(author)
    response = send(api, "patch", SOUP, {"ingredients": [{"name": "Rice"}]})
    assert [row["name"] for row in response.json()["ingredients"]] == ["Rice"]
    assert recipe.ingredients.get().name == "Rice"
    assert recipe.steps.get().text == "Stir and wait."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Soup\r\nBcc: all@example.com"),
        ("category", "no-such-shelf"),
        ("servings", 0),
        ("prep_minutes", 0),
        ("ingredients", []),
        ("ingredients", [{"name": "Salt"}, {"name": " salt "}]),
        ("ingredients", [{"amount": "1.00"}]),
        ("ingredients", [{"name": "Salt", "amount": "0"}]),
        ("ingredients", [{"name": f"Spice {number}"} for number in range(61)]),
        ("steps", "Stir."),
    ],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_what_the_forms_refuse_the_api_refuses(
    api, author, make_recipe, data, method, field, value
):
    recipe = make_recipe()
    api.force_authenticate(author)
    if method == "post":
        response = send(api, "post", LIST, {**data, field: value})
    else:
        response = send(api, "patch", SOUP, {field: value})
    assert response.status_code == 400
    assert field in response.json()
    assert Recipe.objects.get() == recipe
    assert [row.name for row in recipe.ingredients.all()] == ["Leeks", "Salt"]


def test_failure_among_the_rows_stores_no_recipe(api, author, data, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr("django.db.models.query.QuerySet.bulk_create", fail)
    api.force_authenticate(author)
    with pytest.raises(RuntimeError):
        send(api, "post", LIST, data)
    assert not Recipe.objects.exists()


# --------------------------------------------------------------------------- filters


def test_two_matching_ingredients_list_a_recipe_once(api, make_recipe):
    make_recipe("Bread", ingredients=["Rye flour", "Wheat flour"])
    make_recipe("Soup", ingredients=["Leeks"])
    response = api.get(LIST, {"ingredient": "FLOUR"})
    assert (response.json()["count"], titles(response)) == (1, ["Bread"])


@pytest.mark.parametrize("query", ["max_minutes=soon", "min_stars=6", "search=%00"])
def test_filter_that_makes_no_sense_is_refused(api, query):
    response = api.get(f"{LIST}?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.json()


# ------------------------------------------------------- comments, ratings, pictures


def test_comment_is_stored_and_mailed_to_the_author(
    api, author, stranger, make_recipe, mailoutbox, django_capture_on_commit_callbacks
):
    make_recipe()
    api.force_authenticate(stranger)
    with django_capture_on_commit_callbacks(execute=True):
        response = send(api, "post", f"{SOUP}comments/", {"body": "Very good."})
    assert response.status_code == 201
    assert api.get(f"{SOUP}comments/").json()["results"] == [response.json()]
    assert [mail.to for mail in mailoutbox] == [[author.email]]


def test_rating_again_changes_the_first_one(api, stranger, make_recipe):
    make_recipe()
    api.force_authenticate(stranger)
    for stars in (2, 5):
        response = send(api, "put", f"{SOUP}rating/", {"stars": stars})
    assert response.json() == {"stars": 5, "average_stars": 5.0, "ratings_count": 1}


def test_nobody_rates_a_recipe_of_their_own(api, author, make_recipe):
    recipe = make_recipe()
    api.force_authenticate(author)
    assert send(api, "put", f"{SOUP}rating/", {"stars": 5}).status_code == 403
    assert not recipe.ratings.exists()


def test_picture_is_stored_for_its_recipe(api, author, make_recipe, picture):
    recipe = make_recipe()
    api.force_authenticate(author)
    response = api.put(f"{SOUP}image/", {"image": picture}, format="multipart")
    recipe.refresh_from_db()
    assert response.json()["image"] == f"http://testserver{recipe.image.url}"
    assert recipe.image.storage.exists(recipe.thumbnail.name)


def test_text_that_is_named_photo_is_refused(api, author, make_recipe, tmp_path):
    recipe = make_recipe()
    api.force_authenticate(author)
    fake = SimpleUploadedFile("photo.jpg", b"Not a photograph.", "image/jpeg")
    response = api.put(f"{SOUP}image/", {"image": fake}, format="multipart")
    assert response.status_code == 400
    assert "image" in response.json()
    recipe.refresh_from_db()
    assert not recipe.image
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# ---------------------------------------------------------------------------- limits


def test_sixth_attempt_to_log_in_within_a_minute_is_refused(api, author):
    guess = {"username": author.username, "password": "a-wrong-one"}
    statuses = [api.post("/api/token/", guess).status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


def test_flood_of_one_visitor_does_not_stop_another(api, make_recipe):
    make_recipe()
    for _ in range(60):
        assert api.get(LIST).status_code == 200
    response = api.get(LIST, headers={"x-forwarded-for": "203.0.113.7"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert api.get(LIST, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_log_in_page_is_no_way_round_the_limit(client, author):
    guess = {"username": author.username, "password": "a-wrong-one"}
    statuses = [client.post("/accounts/login/", guess).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


# ------------------------------------------------------------------- the odd request


def test_new_password_ends_the_token(api, author, make_recipe):
    make_recipe(status="draft")
    author.set_password("tidal-harbour-7")
    author.save()
    given = {"username": "ines", "password": "tidal-harbour-7"}
    token = api.post("/api/token/", given).json()["token"]
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert api.get(SOUP).status_code == 200
    author.set_password("another-harbour-8")
    author.save()
    assert api.get(SOUP).status_code == 401


def test_token_that_no_database_can_hold_is_wrong(api, db):
    api.credentials(HTTP_AUTHORIZATION="Token a\x00b")
    assert api.get(LIST).status_code == 401


def test_json_that_is_nested_too_deeply_is_refused(api, author):
    api.force_authenticate(author)
    body = "[" * 100_000
    response = api.post(LIST, body, content_type="application/json")
    assert response.status_code == 400


def test_address_that_is_none_answers_in_json(api, db):
    response = api.get("/api/nothing/here/")
    assert (response.status_code, set(response.json())) == (404, {"detail"})


def test_equal_values_keep_an_order(api, make_recipe, stranger):
    for title in ("A", "B", "C"):
        make_recipe(title)
    make_recipe("D").ratings.create(user=stranger, stars=3)
    assert titles(api.get(f"{LIST}?ordering=-average_stars")) == ["D", "C", "B", "A"]
    assert titles(api.get(f"{LIST}?ordering=total_minutes")) == ["D", "C", "B", "A"]


def test_nine_words_are_too_many(api, db):
    assert api.get(f"{LIST}?search=a+b+c+d+e+f+g+h").status_code == 200
    assert api.get(f"{LIST}?search=a+b+c+d+e+f+g+h+i").status_code == 400


def test_picture_and_stars_are_taken_back(api, author, stranger, make_recipe, picture):
    recipe = make_recipe()
    recipe.ratings.create(user=stranger, stars=3)
    api.force_authenticate(author)
    api.put(f"{SOUP}image/", {"image": picture}, format="multipart")
    assert api.delete(f"{SOUP}image/").status_code == 204
    api.force_authenticate(stranger)
    assert api.delete(f"{SOUP}rating/").status_code == 204
    recipe.refresh_from_db()
    assert not recipe.image
    assert not recipe.ratings.exists()


def test_document_names_the_refusals(api, db):
    paths = api.get("/api/schema/?format=json").json()["paths"]
    assert {"400", "401", "403", "404", "429"} <= set(
        paths["/api/recipes/{slug}/"]["patch"]["responses"]
    )
    assert "401" not in paths["/api/token/"]["post"]["responses"]
