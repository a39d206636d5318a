"""post-admin: staff list, search and filter posts in the admin."""

from django.contrib import admin
from django.test import RequestFactory

from acceptance.blog import post, published, same_cost
from acceptance.samples import ago, rare, staff, title_of
from acceptance.support import expect, fail, model

LIST = "/admin/blog/post/"
LOOK = "blog/admin.py, PostAdmin"
REASON = "FR-8: staff look after the posts"


def post_admin(user):
    """(the learner's PostAdmin, a request), or a sentence."""
    __tracebackhide__ = True
    kind = model("blog.Post", "title", "slug", "author", "status", "published_at")
    if not admin.site.is_registered(kind):
        fail(
            did="Looked for Post in the admin",
            wanted=f"a registered Post ({REASON})",
            got="it is not registered",
            look="blog/admin.py",
        )
    request = RequestFactory().get(LIST)
    request.user = user
    return admin.site.get_model_admin(kind), request


def test_the_list_shows_every_post(visitor, some, make_user):
    """FR-8: the list answers, and shows drafts too."""
    boss = staff(make_user)
    made = [post(some, make_user()), published(some, make_user())]
    page = visitor.sign_in(boss).get(LIST)
    page.expect_status(
        200, wanted=f"the list of posts ({REASON})", look="blog/admin.py"
    )
    for one in made:
        page.expect_shows(one.title, look=LOOK)
        page.expect_shows(
            one.author.username,
            wanted=f'the author of "{one.title}", {one.author.username}',
            look=f"{LOOK}.list_display",
        )


def test_the_list_has_its_columns(make_user):
    """FR-8: title, author, status and date stand side by side."""
    options, request = post_admin(staff(make_user))
    shown = [str(name) for name in options.get_list_display(request)]
    missing = [
        name
        for name in ("title", "author", "status", "published_at")
        if name not in shown
    ]
    expect(
        not missing,
        did="Read list_display of the admin of Post",
        wanted="title, author, status and published_at",
        got=f"{', '.join(shown)}; missing: {', '.join(missing)}",
        look=f"{LOOK}.list_display",
    )
    asked = ["title", "author", "status", "published_at"]
    found = [name for name in shown if name in asked]
    expect(
        found == asked,
        did="Read list_display of the admin of Post",
        wanted=f"the columns in the order {', '.join(asked)}",
        got=", ".join(found),
        look=f"{LOOK}.list_display",
    )


def test_the_list_filters_by_status(visitor, some, make_user):
    """FR-8: drafts are found by a filter on the page."""
    boss = staff(make_user)
    draft, public = post(some, boss), published(some, boss)
    page = visitor.sign_in(boss).get(LIST)
    page.expect_status(200, look="blog/admin.py")
    expect(
        any("status__exact=draft" in address for address in page.links()),
        did=page.did,
        wanted=f"a filter by status ({REASON})",
        got="no link on the page filters by it",
        look=f"{LOOK}.list_filter",
    )
    page = visitor.sign_in(boss).get(f"{LIST}?status__exact=draft")
    page.expect_status(200, look=f"{LOOK}.list_filter")
    page.expect_shows(draft.title, look=f"{LOOK}.list_filter")
    page.expect_hides(
        public.title, wanted="drafts only, when they are asked for", look=LOOK
    )


def test_the_list_searches_title_and_body(visitor, some, make_user):
    """FR-8: a post is found by a word of its title or of its body."""
    boss = staff(make_user)
    word = rare(some)
    by_title = published(some, boss, title=f"{title_of(some)} {word}")
    by_body = published(some, boss, body=f"{some.paragraph()} {word} {some.sentence()}")
    other = published(some, boss)
    page = visitor.sign_in(boss).get(f"{LIST}?q={word}")
    page.expect_status(200, look="blog/admin.py")
    for one, where in ((by_title, "title"), (by_body, "body")):
        page.expect_shows(
            one.title,
            wanted=f'"{one.title}", which has the word in its {where} (FR-8)',
            look=f"{LOOK}.search_fields",
        )
    page.expect_hides(
        other.title,
        wanted="no post without the word (FR-8: the list can be searched)",
        look=f"{LOOK}.search_fields",
    )


def test_the_form_fills_in_the_slug(visitor, make_user):
    """FR-8: the slug follows the title while one types."""
    boss = staff(make_user)
    options, request = post_admin(boss)
    page = visitor.sign_in(boss).get(f"{LIST}add/")
    page.expect_status(200, look=LOOK)
    page.expect_form("title", "slug", look=LOOK)
    filled = options.get_prepopulated_fields(request)
    expect(
        "title" in filled.get("slug", ()),
        did="Read prepopulated_fields of the admin of Post",
        wanted="slug, filled from title",
        got=f"{dict(filled)}",
        look=f"{LOOK}.prepopulated_fields",
    )


def test_the_list_fetches_authors_at_once(visitor, some, make_user):
    """NFR-1: the list costs the same however many authors it names."""
    boss = staff(make_user)
    moment = ago(hours=1)  # the same for all: a date hierarchy asks more over two days
    same_cost(
        visitor.sign_in(boss),
        LIST,
        lambda: published(some, make_user(), published_at=moment),
        few=2,
        many=8,
        things="posts by different authors",
        look=f"{LOOK}.list_select_related",
    )
