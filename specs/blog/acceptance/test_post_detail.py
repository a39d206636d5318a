"""post-detail: each published post has a page at /posts/<slug>/."""

import pytest

from acceptance.blog import post, published, shows_its_date, unseen
from acceptance.calls import ask
from acceptance.pages import heading, links_to, markup, shows, stays_text, text_of
from acceptance.samples import OTHERS, in_role, named, rare
from acceptance.support import expect, url

LOOK = "blog/views.py, the view of /posts/<slug>/"
TEMPLATE = "templates/blog/post_detail.html"


def address(one):
    """The address of a post's page."""
    __tracebackhide__ = True
    return url("blog:post-detail", slug=one.slug)


def test_a_post_has_its_address(some, make_user):
    """FR-3: a post's address is /posts/ and its slug."""
    made = published(some, make_user())
    wanted = f"/posts/{made.slug}/"
    expect(
        address(made) == wanted,
        did=f"Looked up the URL blog:post-detail with slug={made.slug!r}",
        wanted=wanted,
        got=address(made),
        look="blog/urls.py",
    )
    look = "blog/models.py, Post.get_absolute_url"
    found = ask(made, "get_absolute_url", owner="post", look=look)
    expect(
        found == wanted,
        did="Called post.get_absolute_url()",
        wanted=wanted,
        got=f"{found}",
        look=look,
    )


@pytest.mark.parametrize("who", ["visitor", "stranger"])
def test_the_page_shows_the_whole_post(visitor, some, make_user, who):
    """FR-3: title, author and body are there for everybody."""
    made = published(some, named(make_user, some), body=some.paragraph(12))
    published(some, make_user())
    somebody = visitor if who == "visitor" else visitor.sign_in(make_user())
    page = somebody.get(address(made)).expect_status(200, look=LOOK)
    heading(
        page, made.title, wanted=f'the title in the <h1>, "{made.title}"', look=TEMPLATE
    )
    name = made.author.display_name
    shows(page, name, wanted=f"the author's display_name, {name}", look=TEMPLATE)
    shows(page, made.body, wanted="the whole body in <main> (FR-3)", look=TEMPLATE)
    found = page.soup.find("title")
    expect(
        found is not None and made.title in text_of(found),
        did=page.did,
        wanted=f'the <title> of the page with "{made.title}" in it',
        got=f'"{text_of(found)}"' if found else "no <title>",
        look=f"{TEMPLATE}, the block of the title",
    )


@pytest.mark.parametrize("role", OTHERS)
def test_a_draft_is_not_found(visitor, some, make_user, role):
    """FR-2: a draft's address answers 404 for all but its author."""
    author = make_user()
    somebody = in_role(role, visitor, make_user, author)
    for draft in unseen(some, author):
        somebody.get(address(draft)).expect_status(
            404,
            wanted="404 for a draft (FR-2: drafts are seen by their author only)",
            look=LOOK,
        )


def test_an_unknown_slug_is_not_found(visitor, some, make_user):
    """FR-3: any other slug answers 404."""
    published(some, make_user())
    visitor.get(url("blog:post-detail", slug=some.slug())).expect_status(
        404, wanted="404 for a slug that no post has (FR-3)", look=LOOK
    )


def test_html_in_a_body_does_nothing(visitor, some, make_user):
    """FR-3: what an author types is shown, never run."""
    bold, script = rare(some), rare(some)
    body = f"<b>{bold}</b> <script>{script}</script> {some.sentence()}"
    made = published(some, make_user(), body=body)
    page = visitor.get(address(made)).expect_status(200, look=LOOK)
    for word, name in ((bold, "b"), (script, "script")):
        expect(
            not any(word in tag.get_text() for tag in page.soup.find_all(name)),
            did=f"{page.did}, a post with <{name}> in its body",
            wanted=f"the body as text: &lt;{name}&gt;",
            got=f"the page holds a real <{name}>",
            look=f"{TEMPLATE}: leave out the filter safe",
        )
        shows(
            page,
            f"<{name}>{word}</{name}>",
            wanted=f"<{name}> shown as the text it is",
            look=TEMPLATE,
        )


def test_html_in_a_title_does_nothing(visitor, some, make_user):
    """FR-3: nor is a title run, nor the name of an author."""
    author = make_user(first_name=markup(some))
    made = published(some, author, title=markup(some))
    page = visitor.get(address(made)).expect_status(200, look=LOOK)
    texts = {"the title": made.title, "the author's name": author.first_name}
    stays_text(page, texts, look=TEMPLATE)


def test_the_page_shows_the_date(visitor, some, make_user):
    """FR-3: a reader sees of when a post is."""
    made = published(some, make_user())
    shows_its_date(visitor, address(made), made, look=TEMPLATE)


def test_a_blank_line_begins_a_paragraph(visitor, some, make_user):
    """FR-3: a body of two paragraphs is shown as two."""
    first, second = rare(some), rare(some)
    made = published(some, make_user(), body=f"{first}\n\n{second}")
    page = visitor.get(address(made)).expect_status(200, look=LOOK)
    found = {
        word: [tag for tag in page.soup.find_all("p") if word in tag.get_text()]
        for word in (first, second)
    }
    expect(
        all(found.values())
        and not any(second in tag.get_text() for tag in found[first]),
        did=f"{page.did}, a post with a blank line in its body",
        wanted="a <p> for each paragraph (linebreaks)",
        got="both in one <p>" if all(found.values()) else "text outside any <p>",
        look=TEMPLATE,
    )


def test_the_list_links_to_each_post(visitor, some, make_user):
    """FR-3: a title in the list leads to its post."""
    made = [published(some, make_user()) for _ in range(3)]
    post(some, make_user())
    page = visitor.get(url("blog:post-list")).expect_status(200)
    for one in made:
        links_to(
            page,
            address(one),
            wanted=f'a link to "{one.title}" at {address(one)}',
            look="templates/blog/_post_card.html",
        )
