"""categories-and-tags: posts are filed under a category and carry tags."""

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from acceptance.blog import (
    category,
    meanwhile,
    post,
    published,
    same_cost,
    tag,
    unseen,
)
from acceptance.calls import ask
from acceptance.pages import (
    heading,
    in_order,
    links_to,
    markup,
    shows,
    stays_text,
    text_of,
)
from acceptance.rules import lists_what_is_published
from acceptance.samples import ROLES, ago, ahead, in_role, label, rare, staff
from acceptance.support import expect, fail, make, model, told, url

MAKE = {"category": category, "tag": tag}
KINDS = list(MAKE)
FR = {"category": "FR-5", "tag": "FR-6"}


def filed(kind, thing):
    """The field of a post that files it under a category or a tag."""
    return {"category": thing} if kind == "category" else {"tags": [thing]}


def look_of(kind):
    path = "/categories/<slug>/" if kind == "category" else "/tags/<slug>/"
    return f"blog/views.py, the view of {path}"


def address(kind, thing):
    __tracebackhide__ = True
    return url(f"blog:{kind}-detail", slug=thing.slug)


# ------------------------------------------------------------------------------ models


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_called_by_its_name(some, make_user, kind):
    """FR-5, FR-6: a category and a tag have a name, a slug and posts."""
    thing = MAKE[kind](some)
    look = f"blog/models.py, {kind.capitalize()}"
    expect(
        str(thing) == thing.name,
        did=f"Turned a {kind} into text with str({kind})",
        wanted=f"its name, {thing.name!r}",
        got=repr(str(thing)),
        look=f"{look}.__str__",
    )
    mine = post(some, make_user(), **filed(kind, thing))
    post(some, mine.author)
    manager = getattr(thing, "posts", None)
    expect(
        manager is not None and [one.pk for one in manager.all()] == [mine.pk],
        did=f"Asked for {kind}.posts",
        wanted=f"the post that is filed under the {kind}",
        got=f"a {kind} has no posts" if manager is None else f"{manager.count()} posts",
        look="blog/models.py, Post, related_name",
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["name", "slug"])
def test_names_and_slugs_are_unique(some, db, kind, field):
    """NFR-8: the database refuses a second one."""
    first = MAKE[kind](some)
    given = {"name": label(some), "slug": some.slug(), field: getattr(first, field)}
    did = f"Stored a second {kind} with the same {field}"
    wanted = f"IntegrityError: the {field} is unique"
    look = f"blog/models.py, {kind.capitalize()}.{field}"
    try:
        with transaction.atomic():
            type(first).objects.bulk_create([type(first)(**given)])
    except IntegrityError:
        return
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    fail(did=did, wanted=wanted, got="it is stored", look=look)


def test_a_post_needs_neither(some, make_user):
    """FR-5: a deleted category leaves its posts; tags may be empty."""
    thing = category(some)
    one = published(some, make_user(), category=thing)
    try:
        with transaction.atomic():
            thing.delete()
    except Exception as error:
        fail(
            did="Deleted a category with a post in it",
            wanted="the post kept, without a category",
            got=told(error),
            look="blog/models.py, Post.category, on_delete",
        )
    left = type(one).objects.filter(pk=one.pk).first()
    expect(
        left is not None and left.category is None,
        did="Deleted a category with a post in it",
        wanted="the post kept, without a category (on_delete=models.SET_NULL)",
        got="the post is gone" if left is None else f"its category is {left.category}",
        look="blog/models.py, Post.category, on_delete",
    )
    model("blog.Post", "tags")
    made = post(some, one.author)
    expect(
        made.category is None and not made.tags.exists(),
        did="Created a post without category and tags",
        wanted="a post without either",
        got=f"category {made.category}, {made.tags.count()} tags",
        look="blog/models.py, Post",
    )
    for name in ("category", "tags"):
        expect(
            type(made)._meta.get_field(name).blank,
            did=f"Looked whether a form may leave {name} empty",
            wanted="blank=True",
            got="it may not",
            look=f"blog/models.py, Post.{name}",
        )


# ------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_its_address(some, db, kind):
    """FR-5, FR-6: the addresses are /categories/<slug>/ and /tags/<slug>/."""
    thing = MAKE[kind](some)
    wanted = f"/{'categories' if kind == 'category' else 'tags'}/{thing.slug}/"
    expect(
        address(kind, thing) == wanted,
        did=f"Looked up the URL blog:{kind}-detail with slug={thing.slug!r}",
        wanted=wanted,
        got=address(kind, thing),
        look="blog/urls.py",
    )
    look = f"blog/models.py, {kind.capitalize()}.get_absolute_url"
    found = ask(thing, "get_absolute_url", owner=kind, look=look)
    expect(
        found == wanted,
        did=f"Called {kind}.get_absolute_url()",
        wanted=wanted,
        got=f"{found}",
        look=look,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_its_published_posts(visitor, some, make_user, kind):
    """FR-5, FR-6: published posts of this one only, newest first."""
    thing, other = MAKE[kind](some), MAKE[kind](some)
    longer = make(type(thing), name=label(some), slug=f"{thing.slug}-2")
    author = make_user()
    days = some.shuffled(range(1, 9))
    made = {
        day: published(some, author, published_at=ago(days=day), **filed(kind, thing))
        for day in days
    }
    strangers = [published(some, author)]
    strangers += [published(some, author, **filed(kind, o)) for o in (other, longer)]
    future = published(some, author, published_at=ahead(days=1), **filed(kind, thing))
    drafts = unseen(some, author, **filed(kind, thing))
    page = visitor.get(address(kind, thing)).expect_status(200, look=look_of(kind))
    heading(page, thing.name, wanted=f"{thing.name} in the <h1>", look=look_of(kind))
    in_order(
        page,
        [made[day].title for day in sorted(made)],
        wanted=f"its published posts, newest first ({FR[kind]})",
        look=look_of(kind),
    )
    for one in strangers:
        page.expect_hides(
            one.title,
            wanted=f"no post that is not filed under the {kind} ({FR[kind]})",
            look=look_of(kind),
        )
    for one in (future, *drafts):
        page.expect_hides(
            one.title,
            wanted="no draft and no post dated tomorrow (FR-2)",
            look=look_of(kind),
        )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_the_same_for_everybody(visitor, some, make_user, kind, role):
    """FR-2: a draft stands on no such page, whoever opens it."""
    thing, author = MAKE[kind](some), make_user()
    lists_what_is_published(
        in_role(role, visitor, make_user, author),
        address(kind, thing),
        some,
        author,
        look=look_of(kind),
        **filed(kind, thing),
    )


@pytest.mark.parametrize("path", ["home", "list", "category", "tag", "post"])
def test_html_in_a_name_does_nothing(visitor, some, make_user, path):
    """FR-5, FR-6: names of categories and tags are shown, never run."""
    kinds = {kind: model(f"blog.{kind.capitalize()}", "name", "slug") for kind in KINDS}
    things = {
        kind: make(Kind, name=markup(some), slug=some.slug())
        for kind, Kind in kinds.items()
    }
    fields = {"category": things["category"], "tags": [things["tag"]]}
    one = published(some, make_user(), **fields)
    page = visitor.get(
        {
            "home": lambda: "/",
            "list": lambda: url("blog:post-list"),
            "post": lambda: url("blog:post-detail", slug=one.slug),
        }.get(path, lambda: address(path, things[path]))()
    )
    page.expect_status(200)
    texts = {f"the name of a {kind}": thing.name for kind, thing in things.items()}
    look = "the template of the page, and those that it includes"
    stays_text(page, texts, look=look)


@pytest.mark.parametrize("kind", KINDS)
def test_each_post_is_listed_once(visitor, some, make_user, kind):
    """FR-6: a post with several tags is on a page once."""
    thing = MAKE[kind](some)
    tags = [thing] if kind == "tag" else []
    fields = {"category": thing} if kind == "category" else {}
    author = make_user()
    single = published(some, author, tags=tags, **fields)
    several = published(
        some, author, tags=[*tags, *(tag(some) for _ in range(3))], **fields
    )
    page = visitor.get(address(kind, thing)).expect_status(200, look=look_of(kind))
    counts = [page.text.count(one.title) for one in (single, several)]
    expect(
        counts[0] == counts[1],
        did=page.did,
        wanted="a post with several tags as often as one with a single tag",
        got=f"{counts[1]} times its title, where the other's stands {counts[0]} times",
        look=look_of(kind),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_slug_is_not_found(visitor, some, kind):
    """FR-5, FR-6: 404 where there is none; an empty one is no error."""
    empty = MAKE[kind](some)
    visitor.get(address(kind, empty)).expect_status(
        200, wanted=f"status 200 for a {kind} without a post", look=look_of(kind)
    )
    visitor.get(url(f"blog:{kind}-detail", slug=some.slug())).expect_status(
        404, wanted="404 for a slug that nothing has", look=look_of(kind)
    )


@pytest.mark.parametrize("place", ["list", "post"])
def test_posts_show_where_they_are_filed(visitor, some, make_user, place):
    """FR-5, FR-6: from a post to its category and its tags."""
    thing, tags = category(some), [tag(some), tag(some)]
    one = published(some, make_user(), category=thing, tags=tags)
    published(some, one.author)
    path = "/posts/" if place == "list" else url("blog:post-detail", slug=one.slug)
    page = visitor.get(path).expect_status(200)
    name = "_post_card.html" if place == "list" else "post_detail.html"
    look = f"templates/blog/{name}"
    for kind, found in (("category", thing), *(("tag", each) for each in tags)):
        shows(page, found.name, wanted=f"the post's {kind}, {found.name}", look=look)
        links_to(
            page,
            address(kind, found),
            wanted=f"a link to the page of its {kind}, {address(kind, found)}",
            look=look,
        )


@pytest.mark.parametrize("path", ["home", "list", "category", "tag"])
def test_a_longer_list_costs_the_same(visitor, some, make_user, path):
    """NFR-1: authors, categories and tags are fetched at once."""
    shared = {"category": category(some), "tag": tag(some)}

    def grow():
        own = category(some) if path != "category" else shared["category"]
        tags = [tag(some), tag(some), shared["tag"]]
        published(some, make_user(), category=own, tags=tags)

    if path != "home":  # it shows three posts at most
        grow()
    same_cost(
        visitor,
        {"home": "/", "list": "/posts/"}.get(path) or address(path, shared[path]),
        grow,
        few=1 if path == "home" else 2,
        many=3 if path == "home" else 7,
        things="more posts, each with an author, a category and tags of its own",
        look="blog/models.py, PostQuerySet.with_related, and the views that list posts",
    )


# ------------------------------------------------------------------------------- admin


@pytest.mark.parametrize("kind", KINDS)
def test_staff_manage_them_in_the_admin(visitor, some, make_user, kind):
    """FR-8: categories and tags are in the admin."""
    thing = MAKE[kind](some)
    page = visitor.sign_in(staff(make_user)).get(f"/admin/blog/{kind}/")
    page.expect_status(
        200,
        wanted=f"the list of them in the admin (FR-8): {kind}",
        look="blog/admin.py",
    )
    page.expect_shows(thing.name, look="blog/admin.py")
    options = admin.site.get_model_admin(type(thing))
    request = RequestFactory().get("/")
    request.user = make_user()
    filled = options.get_prepopulated_fields(request)
    expect(
        "name" in filled.get("slug", ()),
        did=f"Read prepopulated_fields of the admin of {kind.capitalize()}",
        wanted="slug, filled from name",
        got=f"{dict(filled)}",
        look="blog/admin.py",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_sorted_by_name(some, db, kind):
    """FR-8: lists and choices are in the order of the alphabet."""
    Kind = model(f"blog.{kind.capitalize()}", "name", "slug")
    names = [f"{letter} {rare(some)}" for letter in some.shuffled("ABCDE")]
    for name in names:
        make(Kind, name=name, slug=some.slug())
    found = [thing.name for thing in Kind.objects.all()]
    expect(
        found == sorted(names),
        did=f"Asked for {kind.capitalize()}.objects.all()",
        wanted="them in the order of their names",
        got=", ".join(found),
        look=f"blog/models.py, {kind.capitalize()}.Meta.ordering",
    )


def test_the_admin_moves_tags_between_two_boxes(visitor, some, make_user):
    """FR-8: one of many tags is found in a box with a filter, not in a long list."""
    tag(some)
    boss = visitor.sign_in(staff(make_user))
    page = boss.get("/admin/blog/post/add/").expect_status(200, look="blog/admin.py")
    field = page.soup.find("select", attrs={"name": "tags"})
    expect(
        field is not None and "selectfilter" in (field.get("class") or []),
        did=page.did,
        wanted="two boxes for the tags (filter_horizontal)",
        got="a plain list" if field else "no field tags",
        look="blog/admin.py, PostAdmin.filter_horizontal",
    )


def test_the_admin_filters_posts_by_category(visitor, some, make_user):
    """FR-8: posts are found by category."""
    boss = staff(make_user)
    things = [category(some), category(some)]
    posts = [published(some, boss, category=thing) for thing in things]
    look = "blog/admin.py, PostAdmin.list_filter"
    page = visitor.sign_in(boss).get("/admin/blog/post/").expect_status(200)
    query = f"category__id__exact={things[0].pk}"
    expect(
        any(query in link for link in page.links()),
        did=page.did,
        wanted="a filter by category (FR-8)",
        got="no link on the page filters by it",
        look=look,
    )
    page = visitor.sign_in(boss).get(f"/admin/blog/post/?{query}")
    page.expect_status(200, look=look).expect_shows(posts[0].title, look=look)
    page.expect_hides(posts[1].title, wanted="posts of this category only", look=look)


def boss_form(visitor, make_user, kind, one=None):
    """A superuser's form for a new row, or for one that is there."""
    __tracebackhide__ = True
    boss = visitor.sign_in(staff(make_user))
    path = f"/admin/blog/{kind}/{f'{one.pk}/change' if one else 'add'}/"
    page = boss.get(path).expect_status(200, look="blog/admin.py")
    fields = ("title", "slug") if kind == "post" else ("name", "slug")
    return boss, page.expect_form(*fields, look="blog/admin.py")


@pytest.mark.parametrize("kind", [*KINDS, "post"])
@pytest.mark.parametrize("way", ["add", "change"])
def test_the_same_name_at_once_is_said(visitor, some, make_user, kind, way):
    """FR-8: who comes second reads that the name is taken, and gets no error."""
    Kind = model(f"blog.{kind.capitalize()}", "slug")
    author = make_user()
    make_one = MAKE.get(kind) or (lambda some: post(some, author))
    one = make_one(some) if way == "change" else None
    boss, form = boss_form(visitor, make_user, kind, one)
    slug = some.slug()
    if kind == "post":
        ours = {"title": some.title(), "slug": slug, "body": some.paragraph()}
        ours |= {"author": boss.user.pk, "status": "draft"}
        theirs = {"title": some.title(), "slug": slug, "author": author}
        dates = [name for name in form.names if name.startswith("published_at")]
        sent = {**ours, **dict.fromkeys(dates, "")}
    else:
        sent = theirs = {"name": label(some), "slug": slug}
    before = Kind.objects.count()
    look = "blog/admin.py, changeform_view: ask once more after an IntegrityError"
    answer = meanwhile(
        Kind._meta.db_table,
        lambda: Kind.objects.bulk_create([Kind(**theirs)], ignore_conflicts=True),
        lambda: form.send(**sent),
        what=f"somebody else stored a {kind} with the slug {slug!r}",
        wanted="the form again, with a word that it is taken (FR-8)",
        look=look,
    )
    said = [text_of(tag_) for tag_ in answer.soup.select(".errorlist")]
    expect(
        answer.status == 200 and said,
        did=answer.did,
        wanted="the form again, with a word that it is taken (FR-8)",
        got=f"{answer.summary}, and no error beside a field",
        look=look,
    )
    expect(
        Kind.objects.count() == before + 1,
        did=answer.did,
        wanted="one of the two stored",
        got=f"{Kind.objects.count() - before} stored",
        look=look,
    )


def test_a_deleted_tag_leaves_its_posts(some, make_user):
    """FR-6: a post outlives its tags."""
    one = published(some, make_user(), tags=[tag(some), tag(some)])
    gone, kept = one.tags.all()
    gone.delete()
    left = type(one).objects.filter(pk=one.pk).first()
    expect(
        left is not None and list(left.tags.all()) == [kept],
        did="Deleted one of the two tags of a post",
        wanted="the post kept, with the other tag",
        got="the post is gone" if left is None else f"{left.tags.count()} tags",
        look="blog/models.py, Post.tags",
    )
