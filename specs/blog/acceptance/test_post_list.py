"""post-list: /posts/ shows the published posts, newest first."""

import copy

import pytest

from acceptance.blog import published, same_cost, shows_its_date, unseen
from acceptance.pages import in_order, links_to, markup, shows, stays_text, text_of
from acceptance.rules import DRAFTS, lists_what_is_published
from acceptance.samples import ROLES, ago, in_role, named, rare
from acceptance.support import expect, model, url

LOOK = "blog/views.py, the view of /posts/"
CARD = "templates/blog/_post_card.html"


def test_the_list_has_its_address(visitor):
    """FR-2: the list stands at /posts/."""
    expect(
        url("blog:post-list") == "/posts/",
        did="Looked up the URL blog:post-list",
        wanted="/posts/ (FR-2)",
        got=url("blog:post-list"),
        look="blog/urls.py",
    )
    visitor.get("/posts/").expect_status(200, look=LOOK)


def test_published_posts_newest_first(visitor, some, make_user):
    """FR-2: the published posts, in the order of their dates."""
    days = some.shuffled(range(1, 10))
    made = {
        day: published(some, make_user(), published_at=ago(days=day)) for day in days
    }
    page = visitor.get(url("blog:post-list")).expect_status(200, look=LOOK)
    in_order(
        page,
        [made[day].title for day in sorted(made)],
        wanted="the published posts, newest first (FR-2)",
        look=LOOK,
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_draft_is_listed(visitor, some, make_user, role):
    """FR-2: a draft is in no list that everybody opens, whoever opens it."""
    author = make_user()
    lists_what_is_published(
        in_role(role, visitor, make_user, author),
        url("blog:post-list"),
        some,
        author,
        states=DRAFTS,
        look=LOOK,
    )


def test_each_post_names_its_author_and_begins(visitor, some, make_user):
    """FR-2: a reader sees who wrote a post, and how it begins."""
    full, plain = named(make_user, some), make_user()
    made = [published(some, author) for author in (full, plain)]
    page = visitor.get(url("blog:post-list")).expect_status(200, look=LOOK)
    for one in made:
        name = one.author.display_name
        shows(page, name, wanted=f"the author's display_name, {name}", look=CARD)
        begin = " ".join(one.body.split()[:6])
        shows(page, begin, wanted=f'the beginning of the body, "{begin}"', look=CARD)


def test_a_card_has_a_heading_and_a_date(visitor, some, make_user):
    """FR-2: a reader finds each post by its heading, and sees of when it is."""
    one = published(some, make_user())
    path = url("blog:post-list")
    page = visitor.get(path).expect_status(200, look=LOOK)
    headings = page.soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    expect(
        any(one.title in text_of(heading) for heading in headings),
        did=page.did,
        wanted=f'the title as a heading, "{one.title}" (<h2>)',
        got=f"the headings say {', '.join(repr(text_of(h)) for h in headings)}",
        look=CARD,
    )
    shows_its_date(visitor, path, one, look=CARD)


def test_html_in_a_card_does_nothing(visitor, some, make_user):
    """FR-2: what authors type is shown, never run."""
    author = make_user(first_name=markup(some))
    body = markup(some)
    one = published(some, author, title=markup(some), body=f"{body} {some.sentence()}")
    page = visitor.get(url("blog:post-list")).expect_status(200, look=LOOK)
    texts = {
        "the title of a post": one.title,
        "the beginning of its body": body,
        "the name of its author": author.first_name,
    }
    stays_text(page, texts, look=CARD)


def test_a_long_body_is_cut_short(visitor, some, make_user):
    """FR-2: the list shows the first forty words at most."""
    first, last = rare(some), rare(some)
    body = f"{first} {some.words(58)} {last}"
    published(some, make_user(), body=body)
    page = visitor.get(url("blog:post-list")).expect_status(200, look=LOOK)
    shows(page, first, wanted=f'the first word of the body, "{first}"', look=CARD)
    page.expect_hides(
        last,
        wanted="a body of sixty words cut after forty (truncatewords)",
        look=CARD,
    )


@pytest.mark.parametrize("drafts", [False, True])
def test_an_empty_list_says_so(visitor, some, make_user, drafts):
    """FR-2: no post is no error, and the page says something."""
    model("blog.Post", "status")
    if drafts:
        unseen(some, make_user())
    page = visitor.get(url("blog:post-list")).expect_status(200, look=LOOK)
    main = copy.copy(page.main or page.soup)
    for heading in main.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        heading.extract()
    expect(
        text_of(main),
        did=page.did + ", with no published post",
        wanted="some text in <main> besides the heading",
        got="there is none",
        look="templates/blog/post_list.html, {% empty %}",
    )


@pytest.mark.parametrize("path", ["/", "/posts/"])
def test_nav_leads_to_the_list(visitor, path):
    """FR-2: the list is found from every page."""
    page = visitor.get(path).expect_status(200, look="blog/urls.py")
    links_to(
        page,
        "/posts/",
        nav=True,
        wanted="a link to /posts/ in <nav>",
        look="templates/base.html",
    )


def test_a_longer_list_costs_the_same(visitor, some, make_user):
    """NFR-1: the number of queries does not grow."""
    same_cost(
        visitor,
        url("blog:post-list"),
        lambda: published(some, named(make_user, some)),
        few=2,
        many=8,
        things="posts by different authors",
        look=f"{LOOK}: select_related",
    )
