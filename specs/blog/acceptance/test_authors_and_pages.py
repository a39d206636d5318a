"""authors-and-pages: a page for each author, and ten posts to a page."""

import re
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from acceptance.blog import category, post, published, same_cost, tag, unseen
from acceptance.pages import (
    heading,
    in_order,
    links_to,
    markup,
    path_of,
    shows,
    stays_text,
)
from acceptance.rules import lists_what_is_published
from acceptance.samples import ROLES, ago, in_role, named, rare
from acceptance.support import expect, make, model, url

LOOK = "blog/views.py, the view of"
PAGINATION = "templates/blog/_pagination.html"


def address(user):
    """The address of an author's page."""
    __tracebackhide__ = True
    return url("blog:author-detail", username=user.username)


# ---------------------------------------------------------------------- author's pages


@pytest.mark.parametrize(
    "form", ["{}", "{}.{}", "{}@{}.org", "{}+{}", "{}-{}", "{}_{}"]
)
def test_an_author_has_an_address(visitor, some, make_user, form):
    """FR-12: /authors/ and the user name, whatever Django allows in one."""
    user = make_user(form.format(some.name(), some.name()))
    published(some, user)
    wanted = f"/authors/{user.username}/"
    expect(
        address(user) == wanted,
        did=f"Looked up the URL blog:author-detail with username={user.username!r}",
        wanted=wanted,
        got=address(user),
        look="blog/urls.py",
    )
    visitor.get(address(user)).expect_status(
        200, wanted="the author's page (FR-12)", look="blog/urls.py"
    )


def test_the_page_lists_an_authors_published_posts(visitor, some, make_user):
    """FR-12: published posts by this author, newest first, and no other."""
    author = named(make_user, some)
    days = some.shuffled(range(1, 9))
    made = {day: published(some, author, published_at=ago(days=day)) for day in days}
    foreign = published(some, make_user())
    look = "blog/views.py, AuthorDetailView"
    page = visitor.get(address(author)).expect_status(200, look=look)
    name = author.display_name
    heading(
        page, name, wanted=f"the author's display_name in the <h1>, {name}", look=look
    )
    in_order(
        page,
        [made[day].title for day in sorted(made)],
        wanted="the author's published posts, newest first (FR-12)",
        look=look,
    )
    page.expect_hides(foreign.title, wanted="nobody else's post (FR-12)", look=look)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ["home", "list", "category", "tag", "author"])
def test_every_list_shows_everybody_the_same(visitor, some, make_user, name, role):
    """FR-2, FR-12: no draft and nothing of tomorrow, its author neither."""
    author, thing, keyword = make_user(), category(some), tag(some)
    path = {
        "home": lambda: "/",
        "list": lambda: url("blog:post-list"),
        "category": lambda: url("blog:category-detail", slug=thing.slug),
        "tag": lambda: url("blog:tag-detail", slug=keyword.slug),
        "author": lambda: address(author),
    }[name]()
    lists_what_is_published(
        in_role(role, visitor, make_user, author),
        path,
        some,
        author,
        look=f"{LOOK} {path}: published()",
        category=thing,
        tags=[keyword],
    )


def test_html_in_an_authors_name_does_nothing(visitor, some, make_user):
    """FR-12: a name is text, in the heading and under each post."""
    author = make_user(first_name=markup(some))
    one = published(some, author)
    look = "templates/blog/author_detail.html, and those that it includes"
    for path in (address(author), one.get_absolute_url(), "/posts/"):
        page = visitor.get(path).expect_status(200)
        stays_text(page, {"an author's name": author.first_name}, look=look)


def test_an_author_need_not_have_posts(visitor, some, make_user):
    """FR-12: 404 for a name that nobody has only."""
    look = "blog/views.py, AuthorDetailView"
    for kind in ("no post at all", "drafts only"):
        user = named(make_user, some)
        if kind == "drafts only":
            unseen(some, user)
        page = visitor.get(address(user))
        page.did += f", who has {kind}"
        page.expect_status(200, wanted="status 200 without a published post", look=look)
        name = user.display_name
        heading(page, name, wanted="the author's name in the <h1>", look=look)
    visitor.get(url("blog:author-detail", username=rare(some))).expect_status(
        404, wanted="404 for a user name that nobody has", look=look
    )
    visitor.get("/authors/%00/").expect_status(
        404, wanted="404 for a user name that nobody can have", look=look
    )


@pytest.mark.parametrize("place", ["list", "post"])
def test_the_authors_name_leads_there(visitor, some, make_user, place):
    """FR-12: from a post to its author."""
    one = published(some, named(make_user, some))
    to = address(one.author)
    path = "/posts/" if place == "list" else url("blog:post-detail", slug=one.slug)
    page = visitor.get(path).expect_status(200)
    name = "_post_card.html" if place == "list" else "post_detail.html"
    look = f"templates/blog/{name}"
    links_to(page, to, wanted=f"a link to the author's page, {to}", look=look)
    texts = [
        " ".join(link.get_text(" ").split())
        for link in page.soup.find_all("a", href=True)
        if path_of(link["href"]) == to
    ]
    expect(
        any(one.author.display_name in text for text in texts),
        did=page.did,
        wanted=f"the name of the author, {one.author.display_name}, linked to {to}",
        got=f"the link says {', '.join(texts)!r}",
        look=look,
    )


# ------------------------------------------------------------------------ ten to a page

LISTS = ["list", "category", "tag", "author", "drafts"]


class Filed:
    """A list of posts: who opens it, at which address, and its posts in order."""

    def __init__(self, name, count, visitor, some, make_user):
        __tracebackhide__ = True
        model("blog.Post", "category", "tags")
        author = make_user()
        thing, keyword = category(some), tag(some)
        self.path = {
            "list": lambda: url("blog:post-list"),
            "category": lambda: url("blog:category-detail", slug=thing.slug),
            "tag": lambda: url("blog:tag-detail", slug=keyword.slug),
            "author": lambda: address(author),
            "drafts": lambda: url("blog:draft-list"),
        }[name]()
        self.reader = visitor.sign_in(author) if name == "drafts" else visitor
        self.look = f"{LOOK} {self.path}, paginate_by"
        place = {"category": thing, "tags": [keyword]}
        self.posts = []
        for hour in some.shuffled(range(1, count + 1)):
            if name == "drafts":
                one = post(some, author, **place)
                type(one).objects.filter(pk=one.pk).update(updated_at=ago(hours=hour))
            else:
                one = published(some, author, published_at=ago(hours=hour), **place)
            self.posts.append((hour, one))
        self.posts = [one for _, one in sorted(self.posts, key=lambda pair: pair[0])]

    def open(self, query=""):
        """One page of the list."""
        __tracebackhide__ = True
        return self.reader.get(self.path + query)

    def shown(self, page):
        """The posts whose titles stand on a page, in their order there."""
        text = page.text
        found = [one for one in self.posts if one.title in text]
        return sorted(found, key=lambda one: text.index(one.title))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_ten_to_a_page(visitor, some, make_user, name):
    """FR-13: 23 posts stand on three pages, in order and without repetition."""
    filed = Filed(name, 23, visitor, some, make_user)
    for number, query in ((1, ""), (2, "?page=2"), (3, "?page=3")):
        page = filed.open(query).expect_status(200, look=filed.look)
        wanted = filed.posts[10 * (number - 1) : 10 * number]
        found = filed.shown(page)
        expect(
            len(found) == len(wanted),
            did=f"{page.did}, with 23 posts",
            wanted=f"{len(wanted)} posts on page {number} (FR-13)",
            got=f"{len(found)} posts",
            look=filed.look,
        )
        expect(
            found == wanted,
            did=f"{page.did}, with 23 posts",
            wanted=f"posts {10 * number - 9} to {10 * number - 10 + len(wanted)} in "
            "order, no post left out or repeated (FR-13)",
            got="another order"
            if set(found) == set(wanted)
            else "posts of another page: "
            + ", ".join(f'"{one.title}"' for one in found if one not in wanted),
            look=filed.look,
        )


@pytest.mark.parametrize("name", LISTS)
def test_pages_link_to_their_neighbours(visitor, some, make_user, name):
    """FR-13: on and back, and the rest of the query string stays."""
    filed = Filed(name, 23, visitor, some, make_user)
    key, value = some.word(), some.word()
    for number in (1, 2, 3):
        page = filed.open(f"?page={number}&{key}={value}").expect_status(
            200, look=filed.look
        )
        links = page_links(page, filed.path)
        includes_its_links(page, name, links)
        kept = [query for query in links if query.get(key) == [value]]
        numbers = {query.get("page", ["1"])[-1] for query in kept}
        for neighbour in (number - 1, number + 1):
            if not 1 <= neighbour <= 3:
                continue
            expect(
                str(neighbour) in numbers,
                did=f"{page.did}, with 23 posts",
                wanted=f"a link to page {neighbour} that keeps {key}={value} (FR-13)",
                got=said(links),
                look=f"{PAGINATION}, {{% querystring %}}",
            )
        says_where(page, number)
        all_numbers = {number_ for query in links for number_ in query.get("page", [])}
        expect(
            all_numbers <= {"1", "2", "3"},
            did=f"{page.did}, with 23 posts",
            wanted="no link to a page before the first or after the last",
            got=said(links),
            look=PAGINATION,
        )


TEMPLATES = {
    "list": "post_list.html",
    "category": "category_detail.html",
    "tag": "tag_detail.html",
    "author": "author_detail.html",
    "drafts": "draft_list.html",
}


def page_links(page, path):
    """The queries of those links that lead to ``path``; `#main` stays on the page."""
    return [
        parse_qs(urlsplit(address).query)
        for address in (
            urljoin(page.path, str(link["href"]))
            for link in page.soup.find_all("a", href=True)
            if not str(link["href"]).startswith("#")
        )
        if path_of(address) == path
    ]


def includes_its_links(page, name, links):
    """The template of the list shows links to other pages at all, or a sentence."""
    __tracebackhide__ = True
    expect(
        any("page" in query for query in links),
        did=f"{page.did}, with 23 posts",
        wanted="links to the other pages of this list (FR-13)",
        got="no link to another page",
        look=f"templates/blog/{TEMPLATES[name]}: include {PAGINATION}",
    )


def says_where(page, number):
    """A <nav> with a label holds the links and says which page of how many it is."""
    __tracebackhide__ = True
    navs = [
        nav
        for nav in page.soup.find_all("nav")
        if any("page=" in str(link["href"]) for link in nav.find_all("a", href=True))
    ]
    expect(
        any(nav.get("aria-label") or nav.get("aria-labelledby") for nav in navs),
        did=f"{page.did}, with 23 posts",
        wanted="the links to other pages in a <nav> with an aria-label (NFR-2)",
        got="a <nav> without one" if navs else "no <nav> round them",
        look=PAGINATION,
    )
    text = " ".join(nav.get_text(" ") for nav in navs)
    expect(
        {str(number), "3"} <= set(re.findall(r"\d+", text)),
        did=f"{page.did}, with 23 posts",
        wanted=f"the number of this page and of all pages in the <nav>: {number}, 3",
        got=f'it says "{" ".join(text.split())}"',
        look=PAGINATION,
    )


def said(links):
    """The queries of links in words."""
    pages = [query for query in links if "page" in query]
    shown = [
        "?" + "&".join(f"{k}={v[-1]}" for k, v in query.items()) for query in pages
    ]
    return f"links to {', '.join(shown)}" if shown else "no link to another page"


@pytest.mark.parametrize("name", LISTS)
def test_ten_posts_need_no_links(visitor, some, make_user, name):
    """FR-13: one page needs no way to others."""
    filed = Filed(name, 10, visitor, some, make_user)
    page = filed.open().expect_status(200, look=filed.look)
    expect(
        len(filed.shown(page)) == 10,
        did=f"{page.did}, with ten posts",
        wanted="all ten on one page (FR-13)",
        got=f"{len(filed.shown(page))} posts",
        look=filed.look,
    )
    without_pages(page, "with ten posts", PAGINATION)


def without_pages(page, given, look):
    __tracebackhide__ = True
    links = [link for link in page.links() if "page" in parse_qs(urlsplit(link).query)]
    expect(
        not links,
        did=f"{page.did}, {given}",
        wanted="no link with page= (FR-13)",
        got=f"a link to {', '.join(links)}",
        look=look,
    )


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("number", ["99", "0", "abc"])
def test_a_page_that_is_none_is_not_found(visitor, some, make_user, name, number):
    """FR-13: a page that does not exist answers 404."""
    filed = Filed(name, 12, visitor, some, make_user)
    filed.open(f"?page={number}").expect_status(
        404, wanted="404 for a page that does not exist (FR-13)", look=filed.look
    )


def test_home_keeps_its_three(visitor, some, make_user):
    """FR-1: the home page has no second page."""
    author = make_user()
    address(author)
    made = [
        published(some, author, published_at=ago(hours=hour)) for hour in range(1, 13)
    ]
    page = visitor.get("/").expect_status(200)
    look = "blog/views.py, the view of /"
    for one in made[:3]:
        shows(page, one.title, wanted="the three newest posts (FR-1)", look=look)
    for one in made[3:]:
        page.expect_hides(
            one.title, wanted="three posts and no other (FR-1)", look=look
        )
    without_pages(page, "with twelve posts", look)


@pytest.mark.parametrize("name", ["list", "author"])
def test_a_full_page_costs_the_same(visitor, some, make_user, name):
    """NFR-1: the number of queries does not grow."""
    author = make_user()
    path = url("blog:post-list") if name == "list" else address(author)

    def grow():
        writer = author if name == "author" else named(make_user, some)
        published(some, writer, category=category(some), tags=[tag(some), tag(some)])

    same_cost(
        visitor,
        path,
        grow,
        few=12,
        many=25,
        things="posts",
        look=f"{LOOK} {path}, and with_related()",
    )


@pytest.mark.parametrize("name", ["author", "drafts"])
def test_a_longer_list_costs_the_same(visitor, some, make_user, name):
    """NFR-1: within a page, too."""
    author = make_user()
    path = url("blog:draft-list") if name == "drafts" else address(author)
    kind = post if name == "drafts" else published

    def grow():
        kind(some, author, category=category(some), tags=[tag(some), tag(some)])

    same_cost(
        visitor.sign_in(author) if name == "drafts" else visitor,
        path,
        grow,
        few=2,
        many=8,
        things="posts, each with a category and tags of its own",
        look=f"{LOOK} {path}, and with_related()",
    )


# ---------------------------------------------------------------------------- comments

COMMENTS = "templates/blog/_comments.html, and the context of blog/post_detail.html"


def commented(some, one, count):
    """The texts of so many new comments on a post, oldest first."""
    __tracebackhide__ = True
    Comment = model("blog.Comment", "post", "name", "body", "created_at")
    texts = [f"{rare(some)}x{number}x" for number in range(count)]
    for hour, text in enumerate(texts):
        made = make(Comment, post=one, name=rare(some), body=text)
        moment = ago(hours=count - hour)
        Comment.objects.filter(pk=made.pk).update(created_at=moment)
    return texts


def test_comments_stand_twenty_to_a_page(visitor, some, make_user):
    """FR-13: a page shows so many comments, however many there are."""
    one = published(some, make_user())
    path = url("blog:post-detail", slug=one.slug)
    texts = commented(some, one, 45)
    hidden = rare(some)
    kept = {"name": rare(some), "body": hidden, "is_visible": False}
    make(model("blog.Comment", "is_visible"), post=one, **kept)
    for number, query in ((1, ""), (2, "?page=2"), (3, "?page=3")):
        page = visitor.get(path + query).expect_status(200, look=COMMENTS)
        found = [text for text in texts if text in page.text]
        wanted = texts[20 * (number - 1) : 20 * number]
        expect(
            found == wanted,
            did=f"{page.did}, with 45 comments",
            wanted=f"comments {20 * number - 19} to {20 * number - 20 + len(wanted)}, "
            "oldest first (FR-13)",
            got=f"{len(found)} comments"
            if len(found) != len(wanted)
            else "those of another page",
            look=COMMENTS,
        )
        in_order(page, wanted, wanted="oldest first (FR-7)", look=COMMENTS)
        page.expect_hides(
            hidden,
            wanted="no hidden comment (FR-7: staff can hide a comment)",
            look=COMMENTS,
        )
        links = {query.get("page", ["1"])[-1] for query in page_links(page, path)}
        for neighbour in (number - 1, number + 1):
            expect(
                not 1 <= neighbour <= 3 or str(neighbour) in links,
                did=f"{page.did}, with 45 comments",
                wanted=f"a link to page {neighbour} of the comments (FR-13)",
                got=said(page_links(page, path)),
                look=COMMENTS,
            )


@pytest.mark.parametrize("role", ["visitor", "stranger", "owner"])
def test_a_hidden_comment_is_on_no_page(visitor, some, make_user, role):
    """FR-7: not for who is signed in, nor beside the errors of another comment."""
    one = published(some, make_user())
    commented(some, one, 2)
    word = rare(some)
    Comment = model("blog.Comment", "is_visible")
    make(Comment, post=one, name=rare(some), body=word, is_visible=False)
    somebody = in_role(role, visitor, make_user, one.author)
    page = somebody.get(url("blog:post-detail", slug=one.slug)).expect_status(200)
    form = page.expect_form("name", "body", look=COMMENTS)
    again = form.send(name="", body="").expect_status(200, look=COMMENTS)
    for found in (page, again):
        found.expect_hides(
            word,
            wanted="no hidden comment (FR-7: staff can hide a comment)",
            look=f"{COMMENTS}: post.comments.visible()",
        )


def test_twenty_comments_need_no_links(visitor, some, make_user):
    """FR-13: one page needs no way to others."""
    one = published(some, make_user())
    commented(some, one, 20)
    page = visitor.get(url("blog:post-detail", slug=one.slug)).expect_status(200)
    without_pages(page, "with twenty comments", COMMENTS)


@pytest.mark.parametrize("count", [20, 45])
def test_who_comments_sees_the_comment(visitor, some, make_user, count):
    """FR-7: the newest comment stands on the last page, and that is where one goes."""
    one = published(some, make_user())
    path = url("blog:post-detail", slug=one.slug)
    commented(some, one, count)
    form = visitor.get(path).expect_form("name", "body", look=COMMENTS)
    text = rare(some)
    answer = form.send(name=rare(some), body=text)
    answer.expect_redirect(path, look="blog/views.py, comment_create")
    shows(
        visitor.get(answer.location).expect_status(200),
        text,
        wanted="the comment on the page that its sender is led to (FR-7)",
        look="blog/views.py, comment_create",
    )


def test_links_beside_errors_lead_to_the_post(visitor, some, make_user):
    """FR-13: the address that takes comments answers no GET."""
    one = published(some, make_user())
    path = url("blog:post-detail", slug=one.slug)
    commented(some, one, 45)
    form = visitor.get(path).expect_form("name", "body", look=COMMENTS)
    page = form.send(name=rare(some), body="").expect_status(200, look=COMMENTS)
    links = [link for link in page.links() if "page" in parse_qs(urlsplit(link).query)]
    expect(
        links and all(path_of(link) == path for link in links),
        did=page.did,
        wanted=f"links to the other comments at {path}",
        got=", ".join(links) or "none",
        look=PAGINATION,
    )


def test_more_pages_of_comments_cost_the_same(visitor, some, make_user):
    """NFR-1: the number of queries does not grow with what stands on other pages."""
    one = published(some, make_user())
    same_cost(
        visitor,
        url("blog:post-detail", slug=one.slug),
        lambda: commented(some, one, 1),
        few=5,
        many=45,
        things="comments",
        look=COMMENTS,
        reason="a post's page costs the same however many comments it has",
    )
