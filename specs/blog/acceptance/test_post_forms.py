"""post-forms: posts are written, edited and deleted with forms of the site.

Everything here is done as the author of the post: a later task closes these pages to
everybody else.
"""

import pytest
from django.utils.text import slugify

from acceptance.blog import category, post, published, tag, unseen
from acceptance.pages import (
    changes_nothing,
    links_to,
    markup,
    sending_form,
    shows,
    shows_errors,
    stand_at,
    stays_here,
    stays_text,
    told_once,
    without_token,
)
from acceptance.samples import ago, ahead, title_of
from acceptance.support import expect, model, url

LOOK = "blog/views.py, the view of"
FORM = "blog/forms.py, PostForm"
FIELDS = ("title", "category", "tags", "body", "status")


def address(name, one):
    """The address of a post's page, its edit page or its delete page."""
    __tracebackhide__ = True
    return url(f"blog:post-{name}", slug=one.slug)


def open_form(author_visitor, path, some):
    """(page, form) at an address; tags may be boxes, so there have to be some."""
    __tracebackhide__ = True
    category(some)
    tag(some)
    page = author_visitor.get(path).expect_status(200, look=f"{LOOK} {path}")
    form = page.expect_form(*FIELDS, look=f"{FORM} and templates/blog/post_form.html")
    expect(
        form.method == "post",
        did=page.did,
        wanted="a form of method post (NFR-5: only a POST changes data)",
        got=f"its method is {form.method}",
        look="templates/blog/post_form.html",
    )
    return page, form


def written(some, **changes):
    """What an author types into the form."""
    return {
        "title": title_of(some),
        "body": some.paragraph(),
        "status": "draft",
        **changes,
    }


def chosen(form, author):
    """The author, as long as the form asks for one."""
    return {"author": author.pk} if form.has("author") else {}


def posts():
    __tracebackhide__ = True
    return model("blog.Post", *FIELDS).objects


def leads_somewhere(visitor, answer, look):
    """A redirect, to a page that is there."""
    __tracebackhide__ = True
    answer.expect_redirect(
        wanted="a redirect: reloading must not send the form twice (FR-9)", look=look
    )
    visitor.get(answer.location).expect_status(
        200, wanted="a redirect to a page that answers 200 (FR-9)", look=look
    )


# -------------------------------------------------------------------------- addresses


def test_the_pages_have_their_addresses(some):
    """FR-9: the forms stand where the table of addresses says."""
    slug = some.slug()
    addresses = {
        "/write/": url("blog:post-create"),
        f"/posts/{slug}/edit/": url("blog:post-edit", slug=slug),
        f"/posts/{slug}/delete/": url("blog:post-delete", slug=slug),
    }
    stand_at(addresses, look="blog/urls.py")


@pytest.mark.parametrize("name", ["post-edit", "post-delete"])
def test_an_unknown_slug_is_not_found(visitor, some, make_user, name):
    """FR-9: there is nothing to edit or delete."""
    path = url(f"blog:{name}", slug=some.slug())
    visitor.sign_in(make_user()).get(path).expect_status(
        404, wanted="404 for a slug that no post has", look=f"{LOOK} {path}"
    )


def test_the_author_finds_the_pages(visitor, some, make_user):
    """FR-9: links lead to the forms."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    home = mine.get("/").expect_status(200)
    links_to(
        home,
        "/write/",
        nav=True,
        wanted="a link to /write/ in <nav>",
        look="templates/base.html",
    )
    page = mine.get(address("detail", one)).expect_status(200)
    for name in ("edit", "delete"):
        to = address(name, one)
        links_to(
            page, to, wanted=f"a link to {to}", look="templates/blog/post_detail.html"
        )


# ------------------------------------------------------------------------------ create


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_post_is_written(visitor, some, make_user, status):
    """FR-9: a valid form stores a post and leads to a page."""
    author, thing = make_user(), category(some)
    tags = [tag(some), tag(some)]
    mine = visitor.sign_in(author)
    _, form = open_form(mine, url("blog:post-create"), some)
    typed = written(some, status=status)
    answer = form.send(
        **typed,
        category=thing.pk,
        tags=[each.pk for each in tags],
        **chosen(form, author),
    )
    stored = posts().filter(title=typed["title"]).first()
    expect(
        stored is not None,
        did=answer.did,
        wanted="the post stored (FR-9)",
        got=f"no such post; {answer.summary}",
        look=f"{LOOK} /write/",
    )
    got = {
        "title": stored.title,
        "body": stored.body,
        "status": stored.status,
        "slug": stored.slug,
        "author": stored.author,
        "category": stored.category,
        "tags": {each.name for each in stored.tags.all()},
    }
    wanted = {
        **typed,
        "slug": slugify(typed["title"]),
        "author": author,
        "category": thing,
        "tags": {each.name for each in tags},
    }
    for name, value in wanted.items():
        expect(
            got[name] == value,
            did=answer.did,
            wanted=f"a post with its {name} {value!r}",
            got=f"{got[name]!r}",
            look="blog/forms.py, PostForm, and the view of /write/",
        )
    leads_somewhere(mine, answer, f"{LOOK} /write/")


def test_a_post_needs_neither_category_nor_tags(visitor, some, make_user):
    """FR-5, FR-6: both may be left out."""
    author = make_user()
    mine = visitor.sign_in(author)
    _, form = open_form(mine, url("blog:post-create"), some)
    answer = form.send(**written(some), **chosen(form, author))
    answer.expect_redirect(look=FORM)
    expect(
        posts().count() == 1,
        did=answer.did,
        wanted="the post stored without category and tags",
        got=f"{posts().count()} posts",
        look=FORM,
    )


# -------------------------------------------------------------------------------- edit


@pytest.mark.parametrize("kind", ["draft", "published"])
def test_a_post_is_edited(visitor, some, make_user, kind):
    """FR-9: the form holds the post's values, and saving changes them."""
    author, thing = make_user(), category(some)
    tags = [tag(some), tag(some)]
    make = post if kind == "draft" else published
    one = make(some, author, category=thing, tags=tags[:1])
    bystander = published(some, author)
    mine = visitor.sign_in(author)
    path = address("edit", one)
    look = f"{LOOK} /posts/<slug>/edit/"
    page, form = open_form(mine, path, some)
    shown = form.values
    wanted = {
        "title": one.title,
        "body": one.body,
        "status": one.status,
        "category": str(thing.pk),
        "tags": str(tags[0].pk),
    }
    for name, value in wanted.items():
        expect(
            shown.get(name) == value,
            did=page.did,
            wanted=f"the form filled in: {name} is {value[:60]!r}",
            got=f"{str(shown.get(name))[:60]!r}",
            look=f"{look}, instance=post",
        )
    typed = {"title": title_of(some), "body": some.paragraph()}
    answer = form.send(**typed, tags=[tags[1].pk])
    leads_somewhere(mine, answer, look)
    found = posts().get(pk=one.pk)
    expect(
        (found.title, found.body) == (typed["title"], typed["body"]),
        did=answer.did,
        wanted="title and body changed (FR-9)",
        got=f"the title {found.title!r}",
        look=look,
    )
    expect(
        [each.pk for each in found.tags.all()] == [tags[1].pk],
        did=answer.did,
        wanted=f"the tag {tags[1].name} in place of {tags[0].name}",
        got=", ".join(each.name for each in found.tags.all()) or "no tag",
        look=f"{look}: form.save() stores the tags",
    )
    expect(
        found.slug == one.slug,
        did=answer.did,
        wanted=f"the slug as it was, {one.slug!r} (FR-4)",
        got=repr(found.slug),
        look="blog/models.py, Post.save",
    )
    expect(
        posts().count() == 2 and posts().get(pk=bystander.pk).title == bystander.title,
        did=answer.did,
        wanted="this post changed, no other, and no new one",
        got=f"{posts().count()} posts where there were 2",
        look=f"{look}, instance=post",
    )


@pytest.mark.parametrize("kind", ["published", "tomorrow"])
def test_an_edit_keeps_the_date(visitor, some, make_user, kind):
    """FR-4: a post is of the day when it was first published; FR-9: of tomorrow too."""
    author = make_user()
    moment = ago(days=9) if kind == "published" else ahead(days=1)
    one = published(some, author, published_at=moment)
    mine = visitor.sign_in(author)
    look = f"{LOOK} /posts/<slug>/edit/"
    _, form = open_form(mine, address("edit", one), some)
    answer = form.send(title=title_of(some))
    leads_somewhere(mine, answer, f"{look}: post.is_published, not its status")
    found = posts().get(pk=one.pk)
    expect(
        found.published_at == moment,
        did=answer.did,
        wanted=f"the publication date as it was, {moment:%d.%m.%Y} (FR-4)",
        got=f"{found.published_at:%d.%m.%Y}",
        look=look,
    )


@pytest.mark.parametrize("page_name", ["create", "edit"])
@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_message_says_what_was_saved(visitor, some, make_user, page_name, status):
    """FR-9: an author has to know whether everybody can read the post now."""
    author = make_user()
    mine = visitor.sign_in(author)
    make = published if status == "draft" else post
    path = (
        url("blog:post-create")
        if page_name == "create"
        else address("edit", make(some, author))
    )
    look = f"{LOOK} {'/write/' if page_name == 'create' else '/posts/<slug>/edit/'}"
    _, form = open_form(mine, path, some)
    answer = form.send(**written(some, status=status), **chosen(form, author))
    _, said = told_once(answer, look=look)
    expect(
        status in said.lower(),
        did=f"{answer.did}, with the status {status}",
        wanted=f'a message with the word "{status}" (FR-9)',
        got=f'"{said}"',
        look=look,
    )


# ---------------------------------------------------------------- GET, and elsewhere


def rows():
    """What is stored, to be compared."""
    return sorted(posts().values_list("pk", "title", "body", "status", "published_at"))


@pytest.mark.parametrize("page_name", ["create", "edit", "delete"])
def test_a_get_changes_nothing(visitor, some, make_user, page_name):
    """NFR-5: only a POST changes data, whatever stands in the address."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    path = url("blog:post-create") if page_name == "create" else address(page_name, one)
    data = {**written(some, status="published"), "author": one.author.pk}
    changes_nothing(mine, path, data, rows, look=f"{LOOK} {path}")
    if page_name == "delete":
        page = mine.get(path).expect_status(200)
        for link in page.links(page.main):
            mine.get(link)
            expect(
                posts().filter(pk=one.pk).exists(),
                did=f"{page.did}, and followed its link to {link}",
                wanted="nothing deleted by a GET (NFR-5: robots follow links)",
                got="the post is gone",
                look="templates/blog/post_confirm_delete.html: a form, not a link",
            )


@pytest.mark.parametrize("page_name", ["create", "edit", "delete"])
def test_no_answer_leads_to_another_site(visitor, some, make_user, page_name):
    """NFR-5: whoever sends an author here does not say where they go on to."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    path = url("blog:post-create") if page_name == "create" else address(page_name, one)
    data = {**written(some, status="published"), "author": one.author.pk}
    stays_here(mine, path, data, look=f"{LOOK} {path.replace(one.slug, '<slug>')}")


def test_html_in_a_title_does_nothing(visitor, some, make_user):
    """FR-9: question, form and message show a title as it was typed."""
    one = published(some, make_user(), title=markup(some))
    mine = visitor.sign_in(one.author)
    texts = {"the title": one.title}
    page = mine.get(address("delete", one)).expect_status(200)
    stays_text(page, texts, look="templates/blog/post_confirm_delete.html")
    fresh, form = open_form(mine, address("edit", one), some)
    answer = form.send()
    answer.expect_redirect(look=f"{LOOK} /posts/<slug>/edit/")
    after = mine.get(answer.location).expect_status(200)
    deleted = mine.post(address("delete", one)).expect_redirect()
    for page in (fresh, after, mine.get(deleted.location)):
        stays_text(page, texts, shown=False, look="the template of the page")


# ----------------------------------------------------------------------------- refused


@pytest.mark.parametrize("page_name", ["create", "edit"])
@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("title", "", "an empty title"),
        ("title", "   ", "a blank title"),
        ("title", None, "no title"),
        ("body", None, "no body"),
        ("status", "archived", "a status that does not exist"),
    ],
)
def test_an_invalid_post_is_refused(
    visitor, some, make_user, page_name, field, value, what
):
    """FR-9: nothing is stored, and the author can mend what was typed."""
    author = make_user()
    mine = visitor.sign_in(author)
    one = post(some, author)
    path = url("blog:post-create") if page_name == "create" else address("edit", one)
    fresh, form = open_form(mine, path, some)
    typed = {**written(some), field: value}
    answer = form.send(**typed, **chosen(form, author))
    found = posts().first()
    expect(
        posts().count() == 1
        and (found.title, found.body, found.status) == (one.title, one.body, "draft"),
        did=answer.did,
        wanted=f"nothing stored or changed for {what} (FR-9)",
        got=f"{posts().count()} posts where there was one, titled "
        + ", ".join(repr(each.title) for each in posts().all()),
        look=f"{FORM}, and form.is_valid() in the view",
    )
    held = {name: typed[name] for name in ("title", "body") if name != field}
    shows_errors(
        answer,
        fresh,
        held,
        wanted=f"the form had {what}",
        look="templates/blog/post_form.html and the view of " + path,
    )


@pytest.mark.parametrize("page_name", ["create", "edit"])
def test_what_the_model_looks_after_cannot_be_sent(visitor, some, make_user, page_name):
    """FR-4: slug and dates are the model's own business."""
    author = make_user()
    mine = visitor.sign_in(author)
    one = published(some, author) if page_name == "edit" else None
    path = address("edit", one) if one else url("blog:post-create")
    _, form = open_form(mine, path, some)
    typed = written(some, status="published")
    forged = some.slug()
    old = "2001-02-03 04:05"
    day, hour = old.split()
    answer = form.send(
        **typed,
        slug=forged,
        published_at=old,
        published_at_0=day,
        published_at_1=hour,
        created_at=old,
        **chosen(form, author),
    )
    found = posts().filter(title=typed["title"]).first()
    expect(
        found is not None,
        did=answer.did,
        wanted="the post stored",
        got=f"no such post; {answer.summary}",
        look=FORM,
    )
    slug = one.slug if one else slugify(typed["title"])
    expect(
        found.slug == slug
        and found.published_at.year != 2001
        and found.created_at.year != 2001,
        did=answer.did,
        wanted=f"the slug {slug!r} and dates of now, whatever else is sent (FR-4)",
        got=f"slug {found.slug!r}, published {found.published_at}, "
        f"created {found.created_at}",
        look=f"{FORM}: neither slug nor dates among its fields",
    )


@pytest.mark.parametrize("name", ["create", "edit", "delete"])
def test_a_post_without_a_token_changes_nothing(some, make_user, name):
    """NFR-5: a POST without a CSRF token answers 403."""
    one = published(some, make_user())
    path = url("blog:post-create") if name == "create" else address(name, one)
    status = without_token(one.author, path, {**written(some), "author": one.author.pk})
    found = posts().filter(pk=one.pk).first()
    expect(
        status == 403
        and posts().count() == 1
        and found is not None
        and found.title == one.title,
        did=f"Sent POST {path} without a CSRF token",
        wanted="403, and nothing changed (NFR-5)",
        got=f"status {status}, {posts().count()} posts where there was one",
        look=f"{LOOK} {path}, without csrf_exempt",
    )


# ------------------------------------------------------------------------------ delete


@pytest.mark.parametrize("kind", ["draft", "published"])
def test_deleting_asks_first(visitor, some, make_user, kind):
    """FR-9, NFR-5: GET asks, POST deletes."""
    author = make_user()
    one = published(some, author) if kind == "published" else unseen(some, author)[0]
    kept = published(some, author)
    mine = visitor.sign_in(author)
    path = address("delete", one)
    look = f"{LOOK} /posts/<slug>/delete/"
    page = mine.get(path)
    expect(
        posts().filter(pk=one.pk).exists(),
        did=page.did,
        wanted="nothing deleted by a GET (NFR-5: robots follow links)",
        got="the post is gone",
        look=look,
    )
    page.expect_status(200, look=look)
    template = "templates/blog/post_confirm_delete.html"
    shows(
        page, one.title, wanted=f'the title in question, "{one.title}"', look=template
    )
    form = sending_form(page, path)
    expect(
        form is not None,
        did=page.did,
        wanted="a form of method post that deletes",
        got="there is none",
        look=template,
    )
    answer = form.send()
    expect(
        not posts().filter(pk=one.pk).exists() and posts().filter(pk=kept.pk).exists(),
        did=answer.did,
        wanted="this post deleted, and no other (FR-9)",
        got="it is still there"
        if posts().filter(pk=one.pk).exists()
        else "another is gone too",
        look=look,
    )
    answer.expect_redirect("/posts/", look=look)
    mine.get(answer.location).expect_status(200)


def test_a_message_says_that_it_is_deleted(visitor, some, make_user):
    """FR-9: the list alone does not say that a post is gone from it."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    path = address("delete", one)
    look = f"{LOOK} /posts/<slug>/delete/"
    page = mine.get(path).expect_status(200, look=look)
    form = sending_form(page, path)
    expect(
        form is not None,
        did=page.did,
        wanted="a form of method post that deletes",
        got="there is none",
        look="templates/blog/post_confirm_delete.html",
    )
    told_once(form.send(), look=look)
