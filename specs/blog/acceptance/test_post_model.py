"""post-model: posts are stored, and the database refuses what must not be."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from acceptance.blog import post, published
from acceptance.samples import ago, title_of
from acceptance.support import expect, fail, make, model, told, unmigrated

LOOK = "blog/models.py, Post"
FIELDS = (
    "title",
    "slug",
    "author",
    "body",
    "status",
    "published_at",
    "created_at",
    "updated_at",
)


def test_the_model_has_its_fields(db):
    """NFR-8: posts are stored, with a migration."""
    model("blog.Post", *FIELDS)
    expect(
        not unmigrated(),
        did="Compared the models with the migrations, as makemigrations --check does",
        wanted="a migration for every change",
        got="; ".join(f"{app}: {what}" for app, what in unmigrated().items()),
        look="python manage.py makemigrations",
    )


def test_status_has_two_choices(db):
    """FR-2: a post is a draft or published."""
    status = getattr(model("blog.Post"), "Status", None)
    for name, value in {"DRAFT": "draft", "PUBLISHED": "published"}.items():
        found = getattr(status, name, None)
        expect(
            found is not None and found == value,
            did=f"Looked for Post.Status.{name}",
            wanted=repr(value),
            got="there is none" if found is None else repr(str(found)),
            look="blog/models.py, Post.Status",
        )


def test_a_new_post_is_a_draft(some, make_user):
    """FR-2: nothing is published by accident."""
    Post = model("blog.Post", *FIELDS)
    made = make(
        Post,
        title=title_of(some),
        slug=some.slug(),
        author=make_user(),
        body=some.paragraph(),
    )
    made.refresh_from_db()
    expect(
        made.status == "draft",
        did="Created a Post without a status",
        wanted="a draft",
        got=f"its status is {made.status!r}",
        look=f"{LOOK}.status",
    )
    expect(
        made.published_at is None,
        did="Created a Post without a status",
        wanted="no published_at: a draft has none",
        got=f"{made.published_at}",
        look=f"{LOOK}.published_at",
    )


def test_a_post_is_called_by_its_title(some, make_user):
    """FR-8: lists in the admin name the posts."""
    made = post(some, make_user())
    expect(
        str(made) == made.title,
        did="Turned a post into text with str(post)",
        wanted=f"its title, {made.title!r}",
        got=repr(str(made)),
        look=f"{LOOK}.__str__",
    )


def test_posts_belong_to_their_author(some, make_user):
    """FR-12: a user has posts, and they go with the user."""
    author, other = make_user(), make_user()
    mine = {post(some, author).pk, post(some, author).pk}
    post(some, other)
    manager = getattr(author, "posts", None)
    expect(
        manager is not None,
        did="Looked for user.posts",
        wanted="the posts of a user",
        got="a user has no posts",
        look=f"{LOOK}.author, related_name",
    )
    expect(
        {found.pk for found in manager.all()} == mine,
        did="Asked for the posts of a user who has two of three",
        wanted="these two",
        got=f"{manager.count()} posts",
        look=f"{LOOK}.author",
    )
    try:
        with transaction.atomic():
            author.delete()
    except Exception as error:
        fail(
            did="Deleted a user with two posts",
            wanted="the posts deleted with their author (on_delete=models.CASCADE)",
            got=told(error),
            look=f"{LOOK}.author",
        )
    left = model("blog.Post").objects.count()
    expect(
        left == 1,
        did="Deleted a user with two of three posts",
        wanted="one post left (on_delete=models.CASCADE)",
        got=f"{left} left",
        look=f"{LOOK}.author",
    )


def test_no_two_posts_share_a_slug(some, make_user):
    """NFR-8: the database refuses a second post with the same slug."""
    first = post(some, make_user())
    Post = type(first)
    second = Post(
        title=title_of(some),
        slug=first.slug,
        author=first.author,
        body=some.paragraph(),
        status="draft",
    )
    did = f"Stored a second post with the slug {first.slug}"
    wanted = "IntegrityError: the slug is unique (NFR-8)"
    try:
        with transaction.atomic():
            Post.objects.bulk_create([second])
    except IntegrityError:
        return
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=f"{LOOK}.slug")
    fail(did=did, wanted=wanted, got="it is stored", look=f"{LOOK}.slug")


def test_an_authors_posts_go_with_them(some, make_user):
    """NFR-8: whoever deletes an account deletes its posts, and nobody else's."""
    one, other = post(some, make_user()), post(some, make_user())
    one.author.delete()
    left = [found.pk for found in type(one).objects.all()]
    expect(
        left == [other.pk],
        did="Deleted one of two authors, each with a post",
        wanted="that author's post deleted, and the other one kept",
        got="both posts are there" if len(left) == 2 else f"{len(left)} posts left",
        look=f"{LOOK}.author, on_delete",
    )


def test_the_newest_comes_first(some, make_user):
    """FR-2: posts are ordered by their date of publication, newest first."""
    author = make_user()
    days = some.shuffled([1, 2, 3, 4, 5])
    made = {day: published(some, author, published_at=ago(days=day)) for day in days}
    moment = ago(days=6)
    same = [published(some, author, published_at=moment) for _ in range(3)]
    found = [found.title for found in type(same[0]).objects.all()]
    wanted = [made[day].title for day in sorted(made)]
    expect(
        found[:5] == wanted,
        did="Asked for Post.objects.all()",
        wanted=f"the newest published_at first: {', '.join(wanted)}",
        got=", ".join(found[:5]),
        look=f"{LOOK}.Meta.ordering",
    )
    expect(
        found[5:] == [one.title for one in reversed(same)],
        did="Asked for Post.objects.all(), three of them of the same moment",
        wanted='those three by "-pk", or pages of a list would repeat and skip posts',
        got=", ".join(found[5:]),
        look=f"{LOOK}.Meta.ordering",
    )


def test_timestamps_set_themselves(some, make_user):
    """NFR-8: nobody has to think of created_at and updated_at."""
    before = timezone.now()
    made = post(some, make_user())
    made.refresh_from_db()
    for name in ("created_at", "updated_at"):
        value = getattr(made, name)
        expect(
            value is not None and before <= value <= timezone.now(),
            did="Created a post",
            wanted=f"{name} set to this moment by itself",
            got=f"{value}",
            look=f"{LOOK}.{name}",
        )
    old = ago(days=some.number(2, 9))
    type(made).objects.filter(pk=made.pk).update(created_at=old, updated_at=old)
    made.refresh_from_db()
    made.save()
    made.refresh_from_db()
    expect(
        made.updated_at > old,
        did="Saved a post again",
        wanted="a later updated_at (auto_now)",
        got="it is as before",
        look=f"{LOOK}.updated_at",
    )
    expect(
        made.created_at == old,
        did="Saved a post again",
        wanted="created_at as it was (auto_now_add)",
        got="it is set again",
        look=f"{LOOK}.created_at",
    )


@pytest.mark.parametrize("kind", ["draft", "long title", "unknown status"])
def test_fields_know_their_limits(some, make_user, kind):
    """NFR-8: a draft needs no date; a title has 200 characters, a status two values."""
    author = make_user()
    Post = model("blog.Post", *FIELDS)
    made = Post(
        title="x" * 201 if kind == "long title" else "x" * 200,
        slug=some.slug(),
        author=author,
        body=some.paragraph(),
        status="archived" if kind == "unknown status" else "draft",
    )
    try:
        made.full_clean()
        complaint = ""
    except ValidationError as error:
        complaint = "; ".join(error.messages)
    if kind == "draft":
        expect(
            not complaint,
            did="Validated a draft without published_at, its title 200 characters long",
            wanted="no complaint",
            got=complaint,
            look=LOOK,
        )
    else:
        what = (
            "a title of 201 characters" if kind == "long title" else "status archived"
        )
        expect(
            complaint,
            did=f"Validated a post with {what}",
            wanted="a ValidationError",
            got="no complaint",
            look=LOOK,
        )


def test_demo_data_load_twice(db, settings):
    """FR-14: seed_demo loads posts, and once more changes nothing."""
    settings.DEBUG = True  # demo data are for one's own machine
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Post = model("blog.Post", *FIELDS)
    counts = []
    for _ in range(2):
        try:
            call_command("seed_demo", stdout=StringIO())
        except Exception as error:
            fail(
                did="Ran python manage.py seed_demo",
                wanted="demo posts in the database (FR-14)",
                got=told(error),
                look=LOOK,
            )
        counts.append(Post.objects.count())
    expect(
        counts[0] > 0 and counts[0] == counts[1],
        did="Ran python manage.py seed_demo twice",
        wanted="posts, and the same number after both runs (FR-14)",
        got=f"{counts[0]}, then {counts[1]}",
        look=LOOK,
    )
