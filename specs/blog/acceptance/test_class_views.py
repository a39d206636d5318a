"""class-views: the views are classes, and answer as before."""

import pytest
from django.urls import Resolver404, resolve
from django.views import generic

from acceptance.blog import category, published, same_cost, tag, unseen
from acceptance.pages import only_on, shows
from acceptance.rules import lists_what_is_published
from acceptance.samples import ROLES, ago, ahead, in_role, label
from acceptance.support import (
    NotYet,
    expect,
    fail,
    make,
    model,
    place_of,
    told,
    url,
)

LOOK = "blog/views.py, the view of"
REASON = "FR-2: published means that the date has come, at this moment"


def view_class(path):
    """The class behind an address, or a sentence."""
    __tracebackhide__ = True
    did = f"Looked which view answers {path}"
    try:
        function = resolve(path).func
    except Resolver404:
        fail(did=did, wanted="a view", got="there is none", look="blog/urls.py")
    except Exception as error:
        place = place_of(error)
        raise NotYet(
            did=did,
            wanted="a view, not an error",
            got=told(error),
            look=f"{place[0]}, line {place[1]}" if place else "blog/urls.py",
        ) from error
    found = getattr(function, "view_class", None)
    if found is None:
        fail(
            did=did,
            wanted="a class, referred to with .as_view()",
            got=f"the function {getattr(function, '__name__', function)}",
            look="blog/urls.py and blog/views.py",
        )
    return found


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("/posts/", "ListView"),
        ("/posts/{}/", "DetailView"),
        ("/write/", "CreateView"),
        ("/posts/{}/edit/", "UpdateView"),
        ("/posts/{}/delete/", "DeleteView"),
    ],
)
def test_the_view_is_a_generic_one(some, path, base):
    """FR-3, FR-9: the generic view that fits the page."""
    path = path.format(some.slug())
    found = view_class(path)
    expect(
        issubclass(found, getattr(generic, base)),
        did=f"Looked which view answers {path}",
        wanted=f"a subclass of django.views.generic.{base}",
        got=f"{found.__name__}, which comes from "
        + ", ".join(parent.__name__ for parent in found.__mro__[1:-1]),
        look=f"blog/views.py, {found.__name__}",
    )


@pytest.mark.parametrize("path", ["/", "/categories/{}/", "/tags/{}/"])
def test_the_view_is_a_class(some, path):
    """FR-1, FR-5, FR-6: the other lists are classes too."""
    view_class(path.format(some.slug()))


def test_home_introduces_the_blog(visitor, some, make_user):
    """FR-1: without a template_name a ListView of posts shows what /posts/ shows."""
    published(some, make_user())
    listed = visitor.get(url("blog:post-list")).expect_status(200)
    home = visitor.get("/").expect_status(200)
    expect(
        only_on(home, listed),
        did=f"{home.did}, and GET /posts/",
        wanted="the blog introduced: something that /posts/ does not say (FR-1)",
        got="both pages say the same",
        look="blog/views.py, HomeView, template_name",
    )


class Pages:
    """A category, a tag, and the pages that list their posts."""

    def __init__(self, some):
        __tracebackhide__ = True
        self.fields = {"category": category(some), "tags": [tag(some)]}

    @property
    def paths(self):
        __tracebackhide__ = True
        return {
            "home": "/",
            "list": url("blog:post-list"),
            "category": url("blog:category-detail", slug=self.fields["category"].slug),
            "tag": url("blog:tag-detail", slug=self.fields["tags"][0].slug),
        }


LISTS = ["home", "list", "category", "tag"]


@pytest.mark.parametrize("name", LISTS)
def test_what_is_published_now_is_there_now(visitor, some, make_user, name):
    """FR-2: a view must not remember when the server started."""
    pages = Pages(some)
    path = pages.paths[name]
    first = published(some, make_user(), **pages.fields)
    page = visitor.get(path).expect_status(200, look=f"{LOOK} {path}")
    shows(page, first.title, wanted="the published post", look=f"{LOOK} {path}")
    new = published(some, first.author, published_at=ago(), **pages.fields)
    page = visitor.get(path).expect_status(200)
    shows(
        page,
        new.title,
        wanted=f'"{new.title}", published after the server had started ({REASON})',
        look=f"{LOOK} {path}: build the queryset in get_queryset()",
    )


def test_a_post_of_now_has_its_page_now(visitor, some, make_user):
    """FR-3: nor must the page of a post."""
    first = published(some, make_user())
    visitor.get(url("blog:post-detail", slug=first.slug)).expect_status(200)
    new = published(some, first.author, published_at=ago())
    path = url("blog:post-detail", slug=new.slug)
    visitor.get(path).expect_status(
        200,
        wanted=f"the page of a post published after the server had started ({REASON})",
        look=f"{LOOK} /posts/<slug>/: build the queryset in get_queryset()",
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", LISTS)
def test_no_draft_and_no_post_of_tomorrow_is_listed(
    visitor, some, make_user, name, role
):
    """FR-2: the rule holds in every class, whoever opens the page."""
    pages, author = Pages(some), make_user()
    lists_what_is_published(
        in_role(role, visitor, make_user, author),
        pages.paths[name],
        some,
        author,
        look=f"{LOOK} {pages.paths[name]}: Post.objects.published()",
        **pages.fields,
    )


@pytest.mark.parametrize("name", ["list", "category", "tag"])
def test_a_list_shows_all_its_posts(visitor, some, make_user, name):
    """FR-2, FR-5, FR-6: all that belong there, and no other."""
    pages = Pages(some)
    path = pages.paths[name]
    mine = [published(some, make_user(), **pages.fields) for _ in range(9)]
    page = visitor.get(path).expect_status(200)
    for one in mine:
        shows(page, one.title, wanted="each of nine posts", look=f"{LOOK} {path}")
    if name == "list":
        return
    thing = {"category": pages.fields["category"], "tag": pages.fields["tags"][0]}[name]
    longer = make(type(thing), name=label(some), slug=f"{thing.slug}-2")
    place = {"category": longer} if name == "category" else {"tags": [longer]}
    other = published(some, make_user(), **place)
    visitor.get(path).expect_hides(
        other.title,
        wanted=f"no post of the {name} with the slug {longer.slug}",
        look=f"{LOOK} {path}",
    )


def test_no_draft_and_no_post_of_tomorrow_is_found(visitor, some, make_user):
    """FR-2: nor are they found by their address."""
    author = make_user()
    future = published(some, author, published_at=ahead(days=1))
    for one in (future, *unseen(some, author)):
        path = url("blog:post-detail", slug=one.slug)
        visitor.get(path).expect_status(
            404,
            wanted="404 for a draft and for a post dated tomorrow (FR-2)",
            look=f"{LOOK} /posts/<slug>/, get_queryset",
        )


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_list_costs_the_same(visitor, some, make_user, name):
    """NFR-1: the classes fetch what their templates show."""
    model("blog.Post", "category", "tags")
    pages = Pages(some)
    shared = pages.fields
    path = pages.paths[name]

    def grow():
        own = shared["category"] if name == "category" else category(some)
        tags = [*shared["tags"], tag(some)]
        published(some, make_user(), category=own, tags=tags)

    same_cost(
        visitor,
        path,
        grow,
        few=1,
        many=8,
        things="posts, each with an author and tags of its own",
        look=f"{LOOK} {path}, and with_related()",
    )
