# task own-tests: file
"""The rules of the site: who reads what, who changes what, and what is refused."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Follow
from notifications import tokens
from recipes.models import Comment, OldSlug, Rating, Recipe

pytestmark = pytest.mark.django_db


def titles(response):
    return [recipe.title for recipe in response.context["recipes"]]


@pytest.fixture
def form(category):
    """What a browser sends for a new recipe with one ingredient and one step."""
    return {
        "title": "Pea soup",
        "category": category.pk,
        "servings": 4,
        "prep_minutes": 10,
        "cook_minutes": 20,
        "status": "published",
        "ingredients-TOTAL_FORMS": 2,
        "ingredients-INITIAL_FORMS": 0,
        "ingredients-0-name": "Peas",
        "ingredients-0-amount": "0.5",
        "ingredients-0-unit": "kg",
        "steps-TOTAL_FORMS": 1,
        "steps-INITIAL_FORMS": 0,
        "steps-0-text": "Boil them.",
    }


# ---------------------------------------------------------------------- who reads what


UNPUBLISHED = pytest.mark.parametrize(
    "fields",
    [{"status": "draft"}, {"published_at": timezone.now() + timedelta(days=1)}],
    ids=["draft", "dated tomorrow"],
)


@UNPUBLISHED
@pytest.mark.parametrize(
    "path",
    ["/", "/recipes/", "/recipes/?q=soup", "/categories/soups/", "/cooks/ines/"],
)
def test_lists_hold_what_is_published(client, author, make_recipe, path, fields):
    """Not even its author finds a draft among the published recipes."""
    make_recipe("Leek soup")
    make_recipe("Secret soup", **fields)
    assert titles(client.get(path)) == ["Leek soup"]
    client.force_login(author)
    assert titles(client.get(path)) == ["Leek soup"]


@UNPUBLISHED
def test_unpublished_recipe_is_a_page_for_its_author(
    client, author, stranger, make_recipe, fields
):
    address = make_recipe("Secret soup", **fields).get_absolute_url()
    assert client.get(address).status_code == 404
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    client.force_login(author)
    assert client.get(address).status_code == 200


def test_drafts_page_holds_ones_own_drafts(client, author, stranger, make_recipe):
    make_recipe("Mine", status="draft")
    make_recipe("Mine, published")
    make_recipe("Of somebody else", author=stranger, status="draft")
    client.force_login(author)
    assert titles(client.get("/drafts/")) == ["Mine"]


def test_sitemap_names_no_draft(client, make_recipe):
    make_recipe("Leek soup")
    make_recipe("Secret soup", status="draft")
    sitemap = client.get("/sitemap.xml").content
    assert b"/recipes/leek-soup/" in sitemap
    assert b"secret" not in sitemap


def test_search_finds_every_word_and_each_recipe_once(client, make_recipe):
    make_recipe("Leek soup", ingredients=["Leeks", "Baby leeks", "Cream"])
    make_recipe("Leek tart", ingredients=["Leeks"])
    assert titles(client.get("/recipes/?q=LEEK cream")) == ["Leek soup"]


@pytest.mark.parametrize("query", ["q=%00", "q=" + "a" * 101, "category=nothing"])
def test_nonsense_finds_nothing(client, make_recipe, query):
    make_recipe()
    assert titles(client.get(f"/recipes/?{query}")) == []


@pytest.mark.parametrize("count", [1, 8])
def test_queries_of_the_list_do_not_grow(
    client, make_recipe, django_assert_max_num_queries, count
):
    for number in range(count):
        make_recipe(f"Soup {number}")
    with django_assert_max_num_queries(4):
        assert len(titles(client.get("/recipes/"))) == count


# -------------------------------------------------------------------- who changes what


@pytest.mark.parametrize("name", ["recipes:recipe-edit", "recipes:recipe-delete"])
@pytest.mark.parametrize("method", ["get", "post"])
class TestOwnership:
    """Edit and delete, by GET and by POST."""

    def send(self, client, method, name, recipe):
        return getattr(client, method)(reverse(name, args=[recipe.slug]))

    def test_visitor_is_sent_to_login(self, client, make_recipe, method, name):
        response = self.send(client, method, name, make_recipe("Mine"))
        assert response.url.startswith("/accounts/login/?next=/recipes/mine/")
        assert Recipe.objects.get().title == "Mine"

    @pytest.mark.parametrize(("status", "code"), [("published", 403), ("draft", 404)])
    def test_stranger_is_refused(
        self, client, stranger, make_recipe, method, name, status, code
    ):
        recipe = make_recipe("Mine", status=status)
        client.force_login(stranger)
        assert self.send(client, method, name, recipe).status_code == code
        assert Recipe.objects.get().title == "Mine"


def test_form_stores_recipe_and_rows(client, author, form):
    client.force_login(author)
    response = client.post("/write/", form | {"author": 0, "slug": "mine"})
    recipe = Recipe.objects.get()
    assert response.url == recipe.get_absolute_url() == "/recipes/pea-soup/"
    assert recipe.author == author
    assert [str(row) for row in recipe.ingredients.all()] == ["0.5 kg Peas"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"title": "Soup\r\nBcc: all@example.com"},
        {"prep_minutes": 0, "cook_minutes": 0},
        {"ingredients-0-amount": "lots"},
        {"ingredients-1-name": " peas "},
        {"steps-0-text": ""},
    ],
    ids=["no title", "two lines", "no time", "amount", "twice", "no step"],
)
def test_form_stores_all_or_nothing(client, author, form, change):
    client.force_login(author)
    assert client.post("/write/", form | change).status_code == 200
    assert not Recipe.objects.exists()


def test_order_decides_the_positions(client, author, make_recipe, form):
    recipe = make_recipe("Pea soup", ingredients=["Salt", "Peas"])
    salt, peas = recipe.ingredients.all()
    step = recipe.steps.get()
    form |= {
        "ingredients-INITIAL_FORMS": 2,
        "ingredients-0-id": salt.pk,
        "ingredients-0-name": "Salt",
        "ingredients-0-ORDER": 2,
        "ingredients-1-id": peas.pk,
        "ingredients-1-name": "Peas",
        "ingredients-1-ORDER": 1,
        "steps-INITIAL_FORMS": 1,
        "steps-0-id": step.pk,
    }
    client.force_login(author)
    client.post("/recipes/pea-soup/edit/", form)
    assert list(recipe.ingredients.values_list("pk", "position")) == [
        (peas.pk, 1),
        (salt.pk, 2),
    ]


def test_picture_is_stored_under_a_name_of_ours(client, author, form, picture):
    client.force_login(author)
    client.post("/write/", form | {"image": picture})
    recipe = Recipe.objects.get()
    assert recipe.image_size == (320, 240)
    assert "soup" not in recipe.image.name
    answer = client.get(recipe.image.url)
    assert answer["Content-Type"] == "image/jpeg"


def test_text_that_says_it_is_a_picture_is_refused(client, author, form, settings):
    client.force_login(author)
    text = SimpleUploadedFile("photo.jpg", b"A photograph, really.", "image/jpeg")
    response = client.post("/write/", form | {"image": text})
    assert "image" in response.context["form"].errors
    assert not Recipe.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.jpg"))


def test_files_go_with_the_recipe(
    client, author, form, picture, settings, django_capture_on_commit_callbacks
):
    client.force_login(author)
    client.post("/write/", form | {"image": picture})
    assert len(list(settings.MEDIA_ROOT.rglob("*.jpg"))) == 2
    with django_capture_on_commit_callbacks(execute=True):
        author.delete()
    assert not list(settings.MEDIA_ROOT.rglob("*.jpg"))


def test_second_rating_changes_the_first(client, stranger, make_recipe):
    recipe = make_recipe()
    client.force_login(stranger)
    for stars in (2, 5, 6):
        client.post("/recipes/leek-soup/rating/", {"stars": stars})
    assert Rating.objects.get(recipe=recipe).stars == 5


def test_nobody_rates_their_own_recipe(client, author, make_recipe):
    make_recipe()
    client.force_login(author)
    response = client.post("/recipes/leek-soup/rating/", {"stars": 5})
    assert response.status_code == 403
    assert not Rating.objects.exists()


# ------------------------------------------------------------------ addresses and mail


def test_old_addresses_lead_to_the_present_one(client, make_recipe):
    recipe = make_recipe("One")
    for title in ("Two", "Three"):
        recipe.title = title
        recipe.save()
    for old in ("one", "two"):
        response = client.get(f"/recipes/{old}/")
        assert (response.status_code, response["Location"]) == (301, "/recipes/three/")
    assert make_recipe("One").slug == "one-2"


def test_first_title_takes_its_slug_back(make_recipe):
    recipe = make_recipe("One")
    for title in ("Two", "One"):
        recipe.title = title
        recipe.save()
    assert recipe.slug == "one"
    assert [old.slug for old in OldSlug.objects.all()] == ["two"]


@pytest.fixture
def comment(client, stranger, make_recipe, django_capture_on_commit_callbacks):
    """Sends a comment as the stranger, and gives back the mails that go out."""
    make_recipe("Leek & potato soup")

    def send(body="Good <b>soup</b>."):
        client.force_login(stranger)
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/recipes/leek-potato-soup/comments/", {"body": body})
        return mail.outbox

    return send


def test_comment_is_mailed_to_the_author(comment):
    (message,) = comment()
    assert message.to == ["ines@example.com"]
    assert message.subject == "A comment on Leek & potato soup"
    assert "Good <b>soup</b>." in message.body
    assert "Good &lt;b&gt;soup&lt;/b&gt;." in message.alternatives[0].content


def test_mail_server_that_is_away_costs_no_comment(comment, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    comment()
    assert Comment.objects.count() == 1


def test_link_in_a_mail_stops_that_kind(client, author, comment):
    address = f"/unsubscribe/{tokens.make(author, 'comments')}/"
    assert client.get(address).status_code == 200
    assert len(comment()) == 1
    assert client.post(address).status_code == 200
    assert len(comment()) == 1
    author.profile.refresh_from_db()
    assert not author.profile.notify_comments
    assert author.profile.notify_recipes


def test_forged_link_stops_nothing(client, author):
    token = tokens.make(author, "comments")
    assert client.post(f"/unsubscribe/{token[:-1]}/").status_code == 404
    assert author.profile.notify_comments


def test_followers_hear_once_of_a_recipe(
    client, author, stranger, form, django_capture_on_commit_callbacks
):
    Follow.objects.create(follower=stranger, cook=author)
    client.force_login(author)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/write/", form)
    assert [message.to for message in mail.outbox] == [["otto@example.com"]]
    recipe = Recipe.objects.get()
    for status in (Recipe.Status.DRAFT, Recipe.Status.PUBLISHED):
        recipe.status = status
        recipe.save()
        assert not recipe.is_news
