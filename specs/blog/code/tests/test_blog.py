# task own-tests: file
"""The rules that must not break: who reads what, and who changes what."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from blog.models import Category, Comment, Post, Tag

pytestmark = pytest.mark.django_db

CHANGE = {"title": "Changed", "body": "Changed.", "status": "published"}
NEW_USER = {
    "username": "vera",
    "password1": "a-long-way-home",
    "password2": "a-long-way-home",
}


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def author():
    return get_user_model().objects.create_user("ines")


@pytest.fixture
def stranger():
    return get_user_model().objects.create_user("otto")


@pytest.fixture
def make_post(author):
    def make(title, **fields):
        defaults = {"author": author, "body": "Words.", "status": "published"}
        return Post.objects.create(title=title, **defaults | fields)

    return make


def titles(response):
    return [post.title for post in response.context["posts"]]


def test_list_shows_published_posts_newest_first(client, make_post):
    make_post("Older", published_at=timezone.now() - timedelta(days=2))
    make_post("Newer", published_at=timezone.now() - timedelta(days=1))
    assert titles(client.get("/posts/")) == ["Newer", "Older"]


@pytest.mark.parametrize(
    "fields",
    [{"status": "draft"}, {"published_at": timezone.now() + timedelta(days=1)}],
    ids=["draft", "dated tomorrow"],
)
def test_unpublished_post_is_hidden_from_visitors(client, make_post, fields):
    make_post("Seen")
    hidden = make_post("Hidden", **fields)
    assert titles(client.get("/posts/")) == ["Seen"]
    assert titles(client.get("/")) == ["Seen"]
    assert client.get(hidden.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("status", Post.Status.values)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_one_post_and_all_posts_agree_on_what_is_published(make_post, status, days):
    post = make_post(
        "Rain", status=status, published_at=timezone.now() + timedelta(days=days)
    )
    assert post.is_published == Post.objects.published().filter(pk=post.pk).exists()


def test_author_reads_own_draft(client, author, stranger, make_post):
    draft = make_post("Half done", status="draft")
    client.force_login(stranger)
    assert client.get(draft.get_absolute_url()).status_code == 404
    client.force_login(author)
    assert client.get(draft.get_absolute_url()).status_code == 200
    assert titles(client.get("/drafts/")) == ["Half done"]


def test_equal_titles_get_different_slugs(make_post):
    slugs = [make_post("Rain").slug for _ in range(3)]
    assert slugs == ["rain", "rain-2", "rain-3"]


def test_long_and_foreign_titles_get_slugs_that_fit(make_post):
    assert {len(make_post("a" * 200).slug) for _ in range(2)} == {200}
    assert make_post("雨").slug == "post"


@pytest.mark.parametrize("name", ["blog:post-edit", "blog:post-delete"])
@pytest.mark.parametrize("method", ["get", "post"])
class TestOwnership:
    """Edit and delete, by GET and by POST."""

    def send(self, client, method, name, post):
        return getattr(client, method)(reverse(name, args=[post.slug]), CHANGE)

    def test_visitor_is_sent_to_login(self, client, make_post, method, name):
        post = make_post("Mine")
        response = self.send(client, method, name, post)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/login/?next=/posts/mine/")
        assert Post.objects.get().title == "Mine"

    def test_stranger_is_not_told_of_a_draft(
        self, client, stranger, make_post, method, name
    ):
        post = make_post("Mine", status="draft")
        client.force_login(stranger)
        assert self.send(client, method, name, post).status_code == 404
        assert Post.objects.get().title == "Mine"

    def test_stranger_is_refused(self, client, stranger, make_post, method, name):
        post = make_post("Mine")
        client.force_login(stranger)
        assert self.send(client, method, name, post).status_code == 403
        assert Post.objects.get().title == "Mine"

    def test_author_is_let_in(self, client, author, make_post, method, name):
        post = make_post("Mine")
        client.force_login(author)
        expected = 200 if method == "get" else 302
        assert self.send(client, method, name, post).status_code == expected


def test_new_post_belongs_to_whoever_is_signed_in(client, author, stranger):
    client.force_login(author)
    data = {"title": "New", "body": "Words.", "status": "draft", "author": stranger.pk}
    response = client.post("/write/", data)
    assert response.url == "/posts/new/"
    assert Post.objects.get().author == author


@pytest.mark.parametrize("title", ["", "   "])
def test_post_without_title_is_refused(client, author, title):
    client.force_login(author)
    data = {"title": title, "body": "Words.", "status": "draft"}
    response = client.post("/write/", data)
    assert "title" in response.context["form"].errors
    assert not Post.objects.exists()


def test_comment_is_stored_and_shown(client, make_post):
    url = make_post("Rain").get_absolute_url()
    client.post(f"{url}comments/", {"name": "Jo", "body": "It <b>poured</b>."})
    assert b"It &lt;b&gt;poured&lt;/b&gt;." in client.get(url).content


def test_hidden_comment_is_not_shown(client, make_post):
    post = make_post("Rain")
    Comment.objects.create(post=post, name="Jo", body="Buy pills", is_visible=False)
    assert b"Buy pills" not in client.get(post.get_absolute_url()).content


def test_empty_comment_is_refused(client, make_post):
    url = make_post("Rain").get_absolute_url()
    response = client.post(f"{url}comments/", {"name": "Jo", "body": " "})
    assert "body" in response.context["comment_form"].errors
    assert not Comment.objects.exists()


@pytest.mark.parametrize("model", [Category, Tag])
def test_label_lists_its_published_posts(client, make_post, model):
    label = model.objects.create(name="Walks", slug="walks")
    for post in (make_post("Seen"), make_post("Hidden", status="draft")):
        label.posts.add(post)
    make_post("Elsewhere")
    response = client.get(label.get_absolute_url())
    assert titles(response) == ["Seen"]
    assert str(label) in response.content.decode()


@pytest.mark.parametrize("kind", ["categories", "tags", "authors"])
def test_unknown_label_or_author_is_not_found(client, kind):
    assert client.get(f"/{kind}/no-such-thing/").status_code == 404


def test_author_has_a_page(client, author, stranger, make_post):
    make_post("Hers")
    make_post("His", author=stranger)
    assert titles(client.get("/authors/ines/")) == ["Hers"]


def test_what_a_deletion_takes_along(author, make_post):
    post = make_post("Rain", category=Category.objects.create(name="Walks", slug="w"))
    post.tags.add(Tag.objects.create(name="Wet", slug="wet"))
    post.comments.create(name="Jo", body="It poured.")
    Category.objects.all().delete()
    Tag.objects.all().delete()
    post.refresh_from_db()
    assert post.category is None
    author.delete()
    assert not Post.objects.exists()
    assert not Comment.objects.exists()


def test_comments_are_paged_by_twenty(client, make_post):
    post = make_post("Rain")
    for number in range(21):
        post.comments.create(name="Jo", body=f"Drop {number}.")
    assert len(client.get(post.get_absolute_url()).context["comments"]) == 20
    data = {"name": "Jo", "body": "The last drop."}
    response = client.post(f"{post.get_absolute_url()}comments/", data)
    assert b"The last drop." in client.get(response.url).content


def test_list_is_paged_by_ten(client, make_post):
    for number in range(12):
        make_post(f"Post {number}")
    assert len(titles(client.get("/posts/"))) == 10
    assert len(titles(client.get("/posts/?page=2"))) == 2
    assert client.get("/posts/?page=3").status_code == 404


@pytest.mark.parametrize("count", [2, 9])
def test_list_costs_three_queries(client, make_post, django_assert_num_queries, count):
    """One counts the posts, one fetches them, one fetches their tags."""
    for number in range(count):
        make_post(f"Post {number}")
    with django_assert_num_queries(3):
        client.get("/posts/")


# ---------------------------------------------------------------------------- accounts


def test_sign_up_makes_a_user_and_signs_in(client):
    assert client.post("/accounts/signup/", NEW_USER).url == "/"
    user = get_user_model().objects.get(username="vera")
    assert user.check_password(NEW_USER["password1"])
    assert client.get("/").context["user"] == user


@pytest.mark.parametrize("name", ["ines", "INES", ".", ".."])
def test_name_that_cannot_be_had_is_refused(client, author, name):
    response = client.post("/accounts/signup/", NEW_USER | {"username": name})
    assert response.context["form"].errors
    assert get_user_model().objects.count() == 1


# ----------------------------------------------------------------- two things at once


@pytest.fixture
def meanwhile():
    """Lets somebody else act once, right before a row goes into a table."""

    def watch(table, act):
        acted = []

        def step_in(execute, sql, *rest):
            if sql.startswith(f'INSERT INTO "{table}"') and not acted:
                acted.append(True)
                act()
            answer = execute(sql, *rest)
            if acted and sql.startswith("ROLLBACK TO"):
                act()  # what somebody else has stored, our rollback does not take back
            return answer

        return connection.execute_wrapper(step_in)

    return watch


def test_equal_titles_at_once_get_different_slugs(author, make_post, meanwhile):
    def act():
        post = Post(title="Rain", slug="rain", author=author)
        Post.objects.bulk_create([post], ignore_conflicts=True)

    with meanwhile("blog_post", act):
        assert make_post("Rain").slug == "rain-2"


def test_other_complaints_of_the_database_come_through():
    with pytest.raises(IntegrityError):
        Post.objects.create(title="Nobody's", body="Words.")


def test_equal_names_at_once_make_one_user(client, meanwhile):
    users = get_user_model().objects

    def act():
        users.bulk_create([get_user_model()(username="vera")], ignore_conflicts=True)

    with meanwhile("accounts_user", act):
        response = client.post("/accounts/signup/", NEW_USER)
    assert "username" in response.context["form"].errors
    assert users.count() == 1


def test_equal_tags_at_once_are_said_in_the_admin(admin_client, meanwhile):
    def act():
        Tag.objects.bulk_create([Tag(name="Rain", slug="rain")], ignore_conflicts=True)

    with meanwhile("blog_tag", act):
        data = {"name": "Rain", "slug": "rain"}
        response = admin_client.post("/admin/blog/tag/add/", data)
    assert "name" in response.context["adminform"].form.errors
    assert Tag.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_comment_on_a_post_that_goes_meanwhile(client, make_post, meanwhile):
    url = make_post("Rain").get_absolute_url()
    with meanwhile("blog_comment", lambda: Post.objects.all().delete()):
        data = {"name": "Jo", "body": "It poured."}
        assert client.post(f"{url}comments/", data).status_code == 404
    assert not Comment.objects.exists()


# ------------------------------------------------------------ a database that is away


def test_reader_gets_a_page_while_the_database_is_away(client, make_post):
    make_post("Rain")
    client.raise_request_exception = False

    def away(*_):
        raise OperationalError("connection refused")

    with connection.execute_wrapper(away):
        response = client.get("/posts/")
        assert client.get("/healthz/").status_code == 200
    assert response.status_code == 500
    assert b"Something went wrong" in response.content
    assert titles(client.get("/posts/")) == ["Rain"]


# ----------------------------------------------------------------------- demo data


@pytest.mark.parametrize("debug", [True, False])
def test_demo_data_load_twice(settings, capsys, debug):
    """Only on one's own machine can anybody sign in with the password in the code."""
    settings.DEBUG = debug
    for _ in range(2):
        call_command("seed_demo")
        assert Post.objects.count() == 15
    mira = get_user_model().objects.get(username="mira")
    assert mira.has_usable_password() is debug
    assert ("Sign in as" in capsys.readouterr().out) is debug
