"""drafts-and-slugs: one rule for what is published; slugs and dates by themselves."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from acceptance.blog import (
    POST_FIELDS,
    before_storing,
    post,
    published,
    same_cost,
    unseen,
)
from acceptance.calls import ask
from acceptance.pages import links_to, shows, text_of
from acceptance.rules import lists_what_is_published
from acceptance.samples import (
    OTHERS,
    ROLES,
    ago,
    ahead,
    in_role,
    named,
    staff,
    title_of,
)
from acceptance.support import expect, fail, make, model, told, url

QUERYSET = "blog/models.py, PostQuerySet"
SAVE = "blog/models.py, Post.save"


def saved(some, author, **fields):
    """A post saved without a slug."""
    __tracebackhide__ = True
    given = {"title": title_of(some), "author": author, "body": some.paragraph()}
    return make(model("blog.Post", *POST_FIELDS), **{**given, **fields})


# ------------------------------------------------------------------ what is published


def kinds(some, author):
    """A post of each kind: published, dated tomorrow, and two drafts."""
    __tracebackhide__ = True
    public = published(some, author)
    future = published(some, author, published_at=ahead(days=1))
    return public, future, unseen(some, author)


def test_published_leaves_drafts_and_the_future_out(some, make_user):
    """FR-2: published means the status says so and the date has come."""
    public, _, _ = kinds(some, make_user())
    found = list(
        ask(
            type(public).objects,
            "published",
            owner="Post.objects",
            look=f"{QUERYSET}.published",
        )
    )
    expect(
        found == [public],
        did="Asked for Post.objects.published() with a published post, one dated "
        "tomorrow and two drafts",
        wanted="the published post only (FR-2)",
        got=", ".join(describe(one) for one in found) or "nothing",
        look=f"{QUERYSET}.published",
    )


def describe(one):
    """A post in a few words."""
    when = ""
    if one.published_at is not None:
        when = (
            " dated tomorrow" if one.published_at > timezone.now() else " of the past"
        )
    return f"one with status {one.status}{when}"


def test_drafts_are_those_with_the_status(some, make_user):
    """FR-12: drafts() gives the drafts."""
    public, _, drafts = kinds(some, make_user())
    found = ask(
        type(public).objects, "drafts", owner="Post.objects", look=f"{QUERYSET}.drafts"
    )
    expect(
        {one.pk for one in found} == {one.pk for one in drafts},
        did="Asked for Post.objects.drafts() with a published post, one dated "
        "tomorrow and two drafts",
        wanted="the two drafts",
        got=", ".join(describe(one) for one in found) or "nothing",
        look=f"{QUERYSET}.drafts",
    )


@pytest.mark.parametrize("name", ["published", "drafts"])
def test_both_can_be_chained(some, make_user, name):
    """FR-2: the rule goes on behind filter()."""
    author, other = make_user(), make_user()
    mine, theirs = kinds(some, author), kinds(some, other)
    queryset = type(mine[0]).objects.filter(author=author)
    found = ask(
        queryset, name, owner="Post.objects.filter(…)", look=f"{QUERYSET}.{name}"
    )
    wanted = {mine[0].pk} if name == "published" else {one.pk for one in mine[2]}
    expect(
        {one.pk for one in found} == wanted,
        did=f"Asked for Post.objects.filter(author=…).{name}()",
        wanted="that author's posts only",
        got="posts of others too"
        if theirs[0] in found or theirs[2][0] in found
        else f"{len(found)} posts",
        look=f"{QUERYSET}: objects = PostQuerySet.as_manager()",
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["/", "/posts/"])
def test_no_draft_and_no_post_of_tomorrow_is_shown(
    visitor, some, make_user, path, role
):
    """FR-2: a post dated tomorrow is not seen today, by nobody."""
    author = make_user()
    lists_what_is_published(
        in_role(role, visitor, make_user, author),
        path,
        some,
        author,
        look=f"blog/views.py, the view of {path}: Post.objects.published()",
    )


@pytest.mark.parametrize("role", OTHERS)
def test_a_post_of_tomorrow_is_not_found(visitor, some, make_user, role):
    """FR-2: nor is it found by its address."""
    author = make_user()
    public, future, drafts = kinds(some, author)
    somebody = in_role(role, visitor, make_user, author)
    somebody.get(url("blog:post-detail", slug=public.slug)).expect_status(200)
    for one, what in ((future, "post dated tomorrow"), *((d, "draft") for d in drafts)):
        somebody.get(url("blog:post-detail", slug=one.slug)).expect_status(
            404,
            wanted=f"404 for a {what} (FR-2)",
            look="blog/views.py, the view of /posts/<slug>/",
        )


def test_now_is_asked_each_time(some, make_user):
    """FR-2: "now" is the moment of the question, not that of the start."""
    one = published(some, make_user(), published_at=ago())
    look = f"{QUERYSET}.published and Post.is_published: timezone.now() in the method"
    found = ask(type(one).objects, "published", owner="Post.objects", look=look)
    expect(
        one in found and one.is_published,
        did="Asked for a post that was published a moment ago, after the site's start",
        wanted="one that is published (FR-2)",
        got="published() leaves it out"
        if one not in found
        else f"is_published is {one.is_published}",
        look=look,
    )


def test_home_costs_the_same(visitor, some, make_user):
    """NFR-1: the home page fetches its authors at once, too."""
    same_cost(
        visitor,
        "/",
        lambda: published(some, named(make_user, some)),
        few=1,
        many=3,
        things="posts by different authors",
        look="blog/views.py, the view of /: select_related",
    )


def test_home_shows_the_three_newest(visitor, some, make_user):
    """FR-1: the home page shows the three newest published posts."""
    days = some.shuffled([1, 2, 3, 4, 5])
    made = {
        day: published(some, make_user(), published_at=ago(days=day)) for day in days
    }
    page = visitor.get("/").expect_status(200)
    look = "blog/views.py, the view of / and templates/blog/home.html"
    for day in (1, 2, 3):
        shows(
            page,
            made[day].title,
            wanted=f'"{made[day].title}", one of the three newest (FR-1)',
            look=look,
        )
        address = url("blog:post-detail", slug=made[day].slug)
        links_to(page, address, wanted=f"a link to {address}", look=look)
    for day in (4, 5):
        page.expect_hides(
            made[day].title, wanted="three posts and no other (FR-1)", look=look
        )


@pytest.mark.parametrize(
    ("kind", "wanted"), [("published", True), ("tomorrow", False), ("draft", False)]
)
def test_a_post_knows_whether_it_is_published(some, make_user, kind, wanted):
    """FR-2: is_published says of one post what published() says of all."""
    public, future, drafts = kinds(some, make_user())
    look = "blog/models.py, Post.is_published"
    asked = {"published": [public], "tomorrow": [future], "draft": drafts}[kind]
    for one in asked:
        value = getattr(one, "is_published", None)
        did = f"Asked {describe(one)} for is_published"
        expect(
            value is not None and not callable(value),
            did=did,
            wanted="a property is_published",
            got="it is a method" if callable(value) else "there is none",
            look=look,
        )
        expect(
            bool(value) is wanted,
            did=did,
            wanted=f"{wanted}",
            got=f"{value}",
            look=look,
        )


# ------------------------------------------------------------------------------- slugs


def expect_slug(one, wanted, did):
    __tracebackhide__ = True
    one.refresh_from_db()
    expect(
        one.slug == wanted,
        did=did,
        wanted=f"the slug {wanted!r} (FR-4)",
        got=repr(one.slug),
        look=SAVE,
    )


def test_equal_titles_get_different_slugs(some, make_user):
    """FR-4: a post without a slug gets one from its title, and never a taken one."""
    author = make_user()
    title = some.title()
    base = slugify(title)
    saved(some, author, title=f"{title} coat")  # begins alike, and is another slug
    for number, fields in enumerate([{}, {"slug": ""}, {}], 1):
        one = saved(some, author, title=title, **fields)
        wanted = base if number == 1 else f"{base}-{number}"
        expect_slug(
            one,
            wanted,
            f"Saved post number {number} with the title {title!r} and no slug",
        )
    type(one).objects.get(slug=f"{base}-2").delete()
    expect_slug(
        saved(some, author, title=title),
        f"{base}-2",
        f"Saved a post titled {title!r} when {base} and {base}-3 are taken",
    )


def test_the_longest_titles_fit(some, make_user):
    """FR-4: a slug has 200 characters at most, its number included."""
    author = make_user()
    title = some.choice("abcdefghij") * 200
    slugs = [saved(some, author, title=title).slug for _ in range(2)]
    did = "Saved two posts with the same title of 200 letters"
    expect(
        len(set(slugs)) == 2,
        did=did,
        wanted="two different slugs (FR-4)",
        got="the same slug twice",
        look=SAVE,
    )
    expect(
        max(map(len, slugs)) <= 200,
        did=did,
        wanted="slugs of 200 characters at most, the number included",
        got=f"one of {max(map(len, slugs))}",
        look=SAVE,
    )


def test_a_title_without_latin_letters_gets_a_slug(some, make_user):
    """FR-4: where slugify leaves nothing, the slug is post."""
    author = make_user()
    for wanted in ("post", "post-2"):
        one = saved(some, author, title="雨")
        expect_slug(one, wanted, "Saved a post with the title '雨' and no slug")


@pytest.mark.parametrize("kind", ["a new post", "a stored one without its slug"])
def test_two_posts_at_once_get_two_slugs(some, make_user, kind):
    """FR-4: between asking whether a slug is free and storing it, it may be taken."""
    author = make_user()
    title = some.title()
    base = slugify(title)
    Post = model("blog.Post", *POST_FIELDS)
    one = Post(title=title, author=author, body=some.paragraph())
    if kind != "a new post":
        one.slug = some.slug()
        one.save()
        one.slug = ""

    def somebody():
        theirs = Post(title=title, slug=base, author=author, body=some.paragraph())
        Post.objects.bulk_create([theirs], ignore_conflicts=True)

    did = (
        f"Saved {kind} titled {title!r}, while somebody else stored the slug {base!r} "
        "after it was found free"
    )
    wanted = (
        f"the slug '{base}-2': where the database refuses the first one, ask again for "
        "one that is free (FR-4)"
    )
    look = f"{SAVE}: IntegrityError, caught round a block of transaction.atomic()"
    try:
        with before_storing(Post._meta.db_table, somebody), transaction.atomic():
            one.save()
        one.refresh_from_db()
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    expect(
        one.slug == f"{base}-2" and Post.objects.count() == 2,
        did=did,
        wanted=wanted,
        got=f"the slug {one.slug!r}, and {Post.objects.count()} posts",
        look=look,
    )


def test_other_complaints_are_no_matter_of_slugs(some, db):
    """NFR-8: only a slug that is taken is a reason to try again."""
    Post = model("blog.Post", *POST_FIELDS)
    did = "Saved a post without an author and without a slug"
    wanted = "the IntegrityError of the database, as before (NFR-8)"
    look = f"{SAVE}: raise, where the slug is free all the same"
    try:
        with before_storing(Post._meta.db_table, lambda: None), transaction.atomic():
            Post(title=some.title(), body=some.paragraph()).save()
    except IntegrityError:
        return
    except Exception as error:
        got = getattr(error, "got", told(error))
        fail(did=did, wanted=wanted, got=got, look=look)
    fail(did=did, wanted=wanted, got="no complaint", look=look)


def test_an_own_slug_does_not_stand_in_the_way(some, make_user):
    """FR-4: a stored post whose slug is emptied gets it back."""
    one = saved(some, make_user())
    first = one.slug
    one.slug = ""
    one.save()
    expect_slug(one, first, "Emptied the slug of a stored post and saved it again")


def test_a_slug_never_changes(some, make_user):
    """FR-4: people have bookmarked it."""
    author = make_user()
    one = saved(some, author)
    first = one.slug
    expect(
        first,
        did=f"Saved a post with the title {one.title!r} and no slug",
        wanted="a slug made from the title (FR-4)",
        got="it is empty",
        look=SAVE,
    )
    one.title = title_of(some)
    one.save()
    expect_slug(one, first, "Changed the title of a post and saved it again")
    own = some.slug()
    expect_slug(
        saved(some, author, slug=own),
        own,
        f"Saved a post with the slug {own!r} by hand",
    )


def test_a_form_may_leave_the_slug_out(some, make_user):
    """FR-4: blank=True."""
    Post = model("blog.Post", *POST_FIELDS)
    one = Post(title=title_of(some), author=make_user(), body=some.paragraph())
    try:
        one.full_clean()
    except ValidationError as error:
        fail(
            did="Validated a post with an empty slug, as a form does",
            wanted="no complaint: the slug is made when the post is saved (FR-4)",
            got="; ".join(error.messages),
            look="blog/models.py, Post.slug, blank=True",
        )


# ------------------------------------------------------------------------------- dates


def test_publishing_sets_the_date_once(some, make_user):
    """FR-4: a post gets its date when it is first published, and keeps it."""
    author = make_user()
    before = timezone.now()
    one = saved(some, author, slug=some.slug(), status="published")
    one.refresh_from_db()
    expect(
        one.published_at and before <= one.published_at <= timezone.now(),
        did="Saved a post as published without published_at",
        wanted="published_at set to this moment (FR-4)",
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
            did=f"Saved a post that has a published_at as {status}",
            wanted="the date as it was (FR-4)",
            got=f"{kept.published_at}",
            look=SAVE,
        )
    draft = saved(some, author, slug=some.slug())
    draft.refresh_from_db()
    expect(
        draft.published_at is None,
        did="Saved a draft that was never published",
        wanted="no published_at",
        got=f"{draft.published_at}",
        look=SAVE,
    )


def test_the_date_is_stored_with_the_status(some, make_user):
    """FR-4: save(update_fields=…) stores what it names, and nobody names the date."""
    one = saved(some, make_user(), slug=some.slug())
    before = timezone.now()
    one.status = "published"
    did = 'Published a draft by save(update_fields=["status"])'
    wanted = "published_at stored with the status, this moment (FR-4)"
    look = f"{SAVE}, update_fields"
    try:
        with transaction.atomic():
            one.save(update_fields=["status"])
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    one.refresh_from_db()
    expect(
        one.status == "published"
        and one.published_at
        and before <= one.published_at <= timezone.now(),
        did=did,
        wanted=wanted,
        got=f"status {one.status} and published_at {one.published_at} in the database",
        look=look,
    )


def test_the_admin_sets_the_date_too(visitor, some, make_user):
    """FR-4: a form checks constraints before it saves; the date is there by then."""
    boss = staff(make_user)
    page = visitor.sign_in(boss).get("/admin/blog/post/add/")
    look = "blog/models.py, Post.clean"
    form = page.expect_form("title", "author", "body", "status", look="blog/admin.py")
    dates = {name: "" for name in form.names if name.startswith("published_at")}
    title = title_of(some)
    before = timezone.now()
    answer = form.send(
        title=title,
        author=boss.pk,
        body=some.paragraph(),
        status="published",
        **dates,
    )
    Post = model("blog.Post", *POST_FIELDS)
    one = Post.objects.filter(title=title).first()
    expect(
        one is not None and one.published_at and before <= one.published_at,
        did=answer.did,
        wanted="the post stored, published at this moment, in the admin's form too "
        "(FR-4)",
        got=f"nothing stored; the form says {complaints(answer)}"
        if one is None
        else f"published_at is {one.published_at}",
        look=look,
    )


def complaints(page):
    """What a form of the admin says about the input."""
    found = [text_of(tag) for tag in page.soup.select(".errorlist, .errornote")]
    return " ".join(found) or "nothing"


@pytest.mark.parametrize("way", ["update", "bulk_create"])
def test_the_database_refuses_a_published_post_without_a_date(some, make_user, way):
    """NFR-8: save() is not the only way into a database."""
    one = published(some, make_user())
    Post = type(one)
    did = f"Stored a published post without published_at by {way}()"
    wanted = "IntegrityError from the constraint post_published_has_date (NFR-8)"
    look = "blog/models.py, Post.Meta.constraints"
    try:
        with transaction.atomic():
            if way == "update":
                Post.objects.filter(pk=one.pk).update(published_at=None)
            else:
                new = Post(
                    title=title_of(some),
                    slug=some.slug(),
                    author=one.author,
                    body=some.paragraph(),
                    status="published",
                )
                Post.objects.bulk_create([new])
    except IntegrityError:
        pass
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    else:
        fail(did=did, wanted=wanted, got="it is stored", look=look)
    made = post(some, one.author)
    expect(
        made.pk,
        did="Stored a draft without published_at",
        wanted="a row in the database",
        got="none",
        look=look,
    )
