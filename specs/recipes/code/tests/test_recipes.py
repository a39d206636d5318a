# task own-tests: file
"""The rules of the site: who reads what, who changes what, and what is refused."""

from datetime import timedelta
from io import BytesIO, StringIO
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.forms import SignUpForm
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


class Choosy(EmailBackend):
    """A mail server that knows nobody whose address begins with "gone"."""

    def send_messages(self, messages):
        for message in messages:
            if message.to[0].startswith("gone"):
                raise SMTPRecipientsRefused({message.to[0]: (550, b"Nobody here")})
        return super().send_messages(messages)


def test_address_that_is_refused_stops_no_other(
    client, author, form, settings, caplog, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = f"{__name__}.Choosy"
    for name in ("gone1", "ada", "gone2", "bo"):
        fan = get_user_model().objects.create_user(name, f"{name}@example.com")
        Follow.objects.create(follower=fan, cook=author)
    client.force_login(author)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/write/", form)
    assert sorted(message.to[0][:3] for message in mail.outbox) == ["ada", "bo@"]
    assert "2 of 4 mails were sent." in caplog.text


def test_mail_server_that_is_away_is_given_up(
    client, author, form, settings, caplog, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for number in range(5):
        name = f"fan{number}"
        fan = get_user_model().objects.create_user(name, f"{name}@example.com")
        Follow.objects.create(follower=fan, cook=author)
    client.force_login(author)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/write/", form).status_code == 302
    assert caplog.text.count("No mail to") == 2
    assert "0 of 5 mails were sent." in caplog.text


# ----------------------------------------------------------------------- two at once


def test_title_that_somebody_else_takes_meanwhile(make_recipe, monkeypatch):
    """The first look finds the slug free, and by the time of the write it is taken."""
    make_recipe("Leek soup")
    looks, really = [], Recipe._is_taken

    def look(self, slug):
        looks.append(slug)
        return len(looks) > 1 and really(self, slug)

    monkeypatch.setattr(Recipe, "_is_taken", look)
    assert make_recipe("Leek soup").slug == "leek-soup-2"
    assert looks[:2] == ["leek-soup", "leek-soup"]


def test_slug_by_hand_that_is_taken_is_an_error(make_recipe):
    make_recipe("Leek soup")
    with pytest.raises(IntegrityError):
        make_recipe("Another soup", slug="leek-soup")


def test_publication_that_is_sent_twice_is_news_once(make_recipe):
    draft = make_recipe(status="draft")
    both = [Recipe.objects.get(pk=draft.pk) for _ in range(2)]
    for recipe in both:
        recipe.status = Recipe.Status.PUBLISHED
        recipe.save()
    assert [recipe.is_news for recipe in both] == [True, False]
    assert both[0].published_at == both[1].published_at


def test_two_titles_at_once_lose_no_address(client, make_recipe):
    first = make_recipe("One")
    both = [Recipe.objects.get(pk=first.pk) for _ in range(2)]
    for recipe, title in zip(both, ("Two", "Three"), strict=True):
        recipe.title = title
        recipe.save()
    for slug in ("one", "two"):
        assert client.get(f"/recipes/{slug}/", follow=True).status_code == 200


SIGN_UP = {
    "username": "ines",
    "email": "ines@example.com",
    "password1": "tidal-harbour-7",
    "password2": "tidal-harbour-7",
}


def test_name_that_somebody_else_takes_meanwhile(client, monkeypatch):
    """The form finds the name free, and by the time of the write it is taken."""
    save = SignUpForm.save

    def late(self, *args, **kwargs):
        get_user_model().objects.bulk_create([get_user_model()(username="ines")])
        return save(self, *args, **kwargs)

    monkeypatch.setattr(SignUpForm, "save", late)
    response = client.post("/accounts/signup/", SIGN_UP)
    assert "username" in response.context["form"].errors


# --------------------------------------------------------------------------- accounts


def test_signing_up_makes_a_profile_and_signs_in(client, db):
    assert client.post("/accounts/signup/", SIGN_UP).url == "/"
    user = get_user_model().objects.get(username="ines")
    assert user.profile.notify_comments
    assert client.get("/drafts/").status_code == 200


@pytest.mark.parametrize("name", [".", "..", "a b", "a/b"])
def test_name_that_fits_no_address_is_refused(client, db, name):
    response = client.post("/accounts/signup/", SIGN_UP | {"username": name})
    assert "username" in response.context["form"].errors
    assert not get_user_model().objects.exists()


def test_profile_is_ones_own(client, author, stranger, picture):
    client.force_login(author)
    given = {"first_name": "Inês", "bio": "<b>Cook</b>", "avatar": picture}
    response = client.post("/accounts/profile/", given | {"user": stranger.pk})
    assert response.url == "/cooks/ines/"
    author.refresh_from_db()
    assert (author.first_name, author.profile.bio) == ("Inês", "<b>Cook</b>")
    assert author.profile.avatar.width == author.profile.avatar.height == 256
    page = client.get("/cooks/ines/").content.decode()
    assert "&lt;b&gt;Cook&lt;/b&gt;" in page
    assert not stranger.profile.bio


def test_following_twice_is_following_once(client, author, stranger):
    client.force_login(stranger)
    for _ in range(2):
        client.post("/cooks/ines/follow/")
    assert [str(row) for row in Follow.objects.all()] == ["otto follows ines"]
    for _ in range(2):
        client.post("/cooks/ines/unfollow/")
    assert not Follow.objects.exists()


def test_nobody_follows_themselves(client, author):
    client.force_login(author)
    assert client.post("/cooks/ines/follow/").status_code == 403
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/recipes/leek-soup/rating/", "/recipes/leek-soup/"),
        ("/recipes/leek-soup/comments/", "/recipes/leek-soup/"),
        ("/cooks/ines/follow/", "/cooks/ines/"),
        ("/cooks/ines/unfollow/", "/cooks/ines/"),
    ],
)
def test_visitor_comes_back_to_a_page(client, make_recipe, path, back):
    make_recipe()
    assert client.post(path).url == f"/accounts/login/?next={back}"


def test_comment_outlives_the_session(client, stranger, make_recipe):
    make_recipe()
    client.post("/recipes/leek-soup/comments/", {"body": "Good soup."})
    client.force_login(stranger)
    form = client.get("/recipes/leek-soup/").context["comment_form"]
    assert form["body"].value() == "Good soup."
    client.post("/recipes/leek-soup/comments/", {"body": "Good soup."})
    form = client.get("/recipes/leek-soup/").context["comment_form"]
    assert not form["body"].value()


def test_flood_of_comments_is_refused(client, stranger, make_recipe):
    make_recipe()
    client.force_login(stranger)
    path = "/recipes/leek-soup/comments/"
    statuses = [client.post(path, {"body": "Good."}).status_code for _ in range(31)]
    assert statuses == [302] * 30 + [429]
    assert Comment.objects.count() == 30


# ------------------------------------------------------------------- pictures, staff


def drawn(kind="JPEG", size=(320, 240), mode="RGB"):
    buffer = BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "type_", "content"),
    [
        ("soup.png", "image/png", drawn()),
        ("soup.gif", "image/gif", drawn("GIF")),
        ("soup.jpg", "image/jpeg", drawn(size=(320, 100))),
        ("soup.jpg", "image/jpeg", drawn()[:700]),
        ("soup.jpg", "image/jpeg", drawn(size=(1200, 1000))),
        ("soup.jpg", "image/jpeg", drawn() + bytes(90_000)),
    ],
    ids=["a JPEG named PNG", "GIF", "low", "cut off", "many pixels", "many bytes"],
)
def test_picture_that_is_none_of_ours(
    client, author, form, settings, name, type_, content
):
    settings.IMAGE_MAX_PIXELS = 1_000_000
    settings.IMAGE_MAX_BYTES = 80_000
    client.force_login(author)
    image = SimpleUploadedFile(name, content, type_)
    response = client.post("/write/", form | {"image": image})
    assert "image" in response.context["form"].errors
    assert not Recipe.objects.exists()


def test_what_lets_light_through_becomes_white(client, author, form):
    image = SimpleUploadedFile(
        "soup.png", drawn("PNG", mode="RGBA"), content_type="image/png"
    )
    client.force_login(author)
    client.post("/write/", form | {"image": image})
    with Image.open(Recipe.objects.get().image) as stored:
        assert stored.getpixel((9, 9)) == (255, 255, 255)


def test_ticking_the_box_removes_the_picture(client, author, form, picture):
    client.force_login(author)
    client.post("/write/", form | {"image": picture})
    recipe = Recipe.objects.get()
    rows = {
        "ingredients-INITIAL_FORMS": 1,
        "ingredients-0-id": recipe.ingredients.get().pk,
        "steps-INITIAL_FORMS": 1,
        "steps-0-id": recipe.steps.get().pk,
    }
    client.post("/recipes/pea-soup/edit/", form | rows | {"image-clear": "on"})
    recipe.refresh_from_db()
    assert not recipe.image
    assert not recipe.thumbnail


@pytest.mark.parametrize("path", ["recipes/none.jpg", "%2e%2e/manage.py", "a%00b"])
def test_file_that_is_not_there(client, path):
    assert client.get(f"/media/{path}").status_code == 404


def test_staff_give_no_address_that_leads_elsewhere(admin_client, make_recipe):
    recipe = make_recipe("One")
    recipe.title = "Two"
    recipe.save()
    other = make_recipe("Three")
    path = f"/admin/recipes/recipe/{other.pk}/change/"
    assert admin_client.get("/admin/recipes/recipe/").status_code == 200
    form = admin_client.get(path).context["adminform"].form
    fields = {name: form[name].value() or "" for name in form.fields} | {"slug": "one"}
    response = admin_client.post(path, fields)
    assert "slug" in response.context["adminform"].form.errors


def test_demo_data_are_loaded_once(db):
    numbers = []
    for _ in range(2):
        call_command("seed_demo", stdout=StringIO())
        numbers.append(Recipe.objects.count())
    assert numbers[0] == numbers[1] > 20
