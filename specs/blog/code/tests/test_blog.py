# task own-tests: file
"""The rules that must not break: who reads what, and who changes what."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from blog.models import Comment, Post

pytestmark = pytest.mark.django_db

CHANGE = {"title": "Changed", "body": "Changed.", "status": "published"}


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
