"""owner-only: only the author edits and deletes; drafts are the author's own."""

import itertools

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.forms.forms import BaseForm

from acceptance.blog import (
    POST_FIELDS,
    category,
    meanwhile,
    post,
    published,
    tag,
    unseen,
)
from acceptance.calls import ask
from acceptance.pages import (
    asks_to_log_in,
    changes_nothing,
    goals,
    has_no_link,
    in_order,
    links_to,
    only_on,
    sending_form,
    shows_errors,
    stays_here,
    text_of,
)
from acceptance.rules import HIDDEN, STATES, in_state, lists_what_is_published
from acceptance.samples import ROLES, ago, ahead, in_role, rare, title_of
from acceptance.support import expect, model, url

METHODS = ["GET", "POST"]
LOG_IN = "/accounts/login/"
LOOK = "blog/views.py, the view of"
DETAIL = "templates/blog/post_detail.html"


def posts():
    __tracebackhide__ = True
    return model("blog.Post", *POST_FIELDS).objects


def path_to(name, one):
    """The address of one of the guarded pages."""
    __tracebackhide__ = True
    if name == "write":
        return url("blog:post-create")
    if name == "drafts":
        return url("blog:draft-list")
    return url(f"blog:post-{name}", slug=one.slug)


def typed(some, **changes):
    """What somebody sends to a form."""
    return {
        "title": title_of(some),
        "body": some.paragraph(),
        "status": "published",
        **changes,
    }


def untouched(one, did, look):
    """The post is the only one, and as it was."""
    __tracebackhide__ = True
    found = posts().filter(pk=one.pk).first()
    expect(
        posts().count() == 1
        and found is not None
        and (found.title, found.body, found.status, found.author_id)
        == (one.title, one.body, one.status, one.author_id),
        did=did,
        wanted="nothing stored, changed or deleted (FR-11)",
        got="the post is gone"
        if found is None
        else f"{posts().count()} posts, this one titled {found.title!r}",
        look=look,
    )


# -------------------------------------------------------------------------- who may do


@pytest.mark.parametrize("role", ROLES)
def test_the_model_knows_who_may_edit(visitor, some, make_user, role):
    """FR-11: the rule stands in the model, and knows no state."""
    author, wanted = make_user(), role == "owner"
    somebody = in_role(role, visitor, make_user, author).user or AnonymousUser()
    for state in STATES:
        one = in_state(state, some, author)
        look = "blog/models.py, Post.can_be_edited_by"
        found = ask(one, "can_be_edited_by", somebody, owner="post", look=look)
        expect(
            bool(found) is wanted,
            did=f"Called post.can_be_edited_by() of a {state} with a {role}",
            wanted=f"{wanted} (FR-11: only its author edits a post)",
            got=f"{found}",
            look=look,
        )


@pytest.mark.parametrize(
    ("name", "method"),
    [*itertools.product(["write", "edit", "delete"], METHODS), ("drafts", "GET")],
)
@pytest.mark.parametrize("kind", ["published", "draft", "no post"])
def test_a_visitor_is_sent_to_the_login_page(
    visitor, some, make_user, name, method, kind
):
    """FR-11: who is not signed in logs in first, and is not told what is there."""
    one = (post if kind == "draft" else published)(some, make_user())
    path = path_to(name, one)
    if kind == "no post":
        path = path.replace(one.slug, some.slug())
    look = f"{LOOK} {path.replace(one.slug, '<slug>')}"
    data = typed(some, author=one.author.pk) if method == "POST" else None
    page = visitor.post(path, data) if method == "POST" else visitor.get(path)
    asks_to_log_in(
        page,
        LOG_IN,
        path,
        wanted=f"a redirect to {LOG_IN} for a visitor (FR-11)",
        look=look,
    )
    untouched(one, page.did, look)


def wanted_of(role, state, name, method):
    """The rule: (status, and why) for a role at one of the addresses of a post."""
    hidden = state not in ("published post", "slug that no post has")
    unseen_by = state == "slug that no post has" or (hidden and role != "owner")
    if name in ("edit", "delete") and role == "visitor":
        return 302, f"a redirect to {LOG_IN} for a visitor (FR-11)"
    if name == "detail" and unseen_by:
        return 404, f"404 for {role} at the address of a {state} (FR-2)"
    if name == "comments" and (hidden or unseen_by):
        return 404, f"404 for a comment on a {state}, its author's too"
    if unseen_by:
        return 404, (
            "404 for a post that they may not read, the same for both (FR-2: a draft "
            "is seen by its author only)"
        )
    if name in ("edit", "delete") and role != "owner":
        return 403, "403 for who is not the author (FR-11), staff included"
    if method == "POST":
        return 302, f"a redirect for {role}, who may do this (FR-11)"
    return 200, f"200 for {role} at the address of a {state} (FR-2)"


# In this order: what the owner sends changes the post, and at last deletes it.
ADDRESSES = [
    ("detail", "GET"),
    ("comments", "POST"),
    *itertools.product(["edit", "delete"], METHODS),
]
LOOKS = {
    "detail": f"{LOOK} /posts/<slug>/, visible_to",
    "comments": "blog/views.py, comment_create: published()",
    "edit": f"{LOOK} /posts/<slug>/edit/: get_queryset, visible_to, can_be_edited_by",
    "delete": f"{LOOK} /posts/<slug>/delete/: get_queryset, visible_to, "
    "can_be_edited_by",
}


@pytest.mark.parametrize("state", [*STATES, "slug that no post has"])
@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(visitor, some, make_user, role, state):
    """FR-2, FR-11: each role, at each address of a post in each state.

    Who may not read a post gets 404, as for no post at all: 403 would say that somebody
    is writing about just this.
    """
    owner = make_user()
    known = state in STATES
    one = in_state(state if known else "published post", some, owner)
    somebody = in_role(role, visitor, make_user, owner)
    for name, method in ADDRESSES:
        path = (
            url("blog:comment-create", slug=one.slug)
            if name == "comments"
            else path_to(name, one)
        )
        path = path if known else path.replace(one.slug, some.slug())
        words = {"name": rare(some), "body": some.sentence()}
        data = words if name == "comments" else typed(some, status=one.status)
        page = somebody.post(path, data) if method == "POST" else somebody.get(path)
        page.did += f", a {state}"
        status, why = wanted_of(role, state, name, method)
        page.expect_status(status, wanted=why, look=LOOKS[name])
        if name == "comments":
            stored = model("blog.Comment", "name", "body").objects
            expect(
                stored.exists() is (status == 302),
                did=page.did,
                wanted="the comment stored" if status == 302 else "nothing stored",
                got="nothing is" if status == 302 else "the comment is stored",
                look=LOOKS[name],
            )
        elif role != "owner" or not known:
            untouched(one, page.did, LOOKS[name])


def test_a_post_that_was_deleted_stays_so(visitor, some, make_user, monkeypatch):
    """FR-9: save() inserts the row that an UPDATE does not find."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    page = mine.get(path_to("edit", one)).expect_status(200)
    form = page.expect_form("title", "body", "status")
    is_valid, done = BaseForm.is_valid, []
    outside = len(connection.savepoint_ids) + 1  # the visitor's own block

    def and_then_deleted(self):
        answer = is_valid(self)
        # Who holds the row by then, in a transaction, makes others wait.
        if not done and len(connection.savepoint_ids) <= outside:
            done.append(posts().filter(pk=one.pk).delete())
        return answer

    monkeypatch.setattr(BaseForm, "is_valid", and_then_deleted)
    answer = form.send(title=title_of(some))
    if not done:
        return
    expect(
        not posts().exists(),
        did=f"{answer.did}, while the post was deleted in another window",
        wanted="the post deleted, as its author wished last (FR-9)",
        got="it is there again",
        look=f"{LOOK} /posts/<slug>/edit/: select_for_update() before it is saved",
    )
    answer.expect_status(
        404,
        wanted="404: there is no such post any more",
        look=f"{LOOK} /posts/<slug>/edit/",
    )


@pytest.mark.parametrize("name", ["write", "edit"])
@pytest.mark.django_db(transaction=True)
def test_a_category_that_goes_meanwhile_is_said(visitor, some, make_user, name):
    """FR-9: what was chosen may be deleted before the post is stored."""
    author, thing = make_user(), category(some)
    one = post(some, author)
    path = path_to(name, one)
    fresh = visitor.sign_in(author).get(path).expect_status(200)
    form = fresh.expect_form("title", "body", "status", "category")
    sent = typed(some, category=thing.pk)
    wanted = "the form again with an error, and nothing stored (FR-9)"
    look = (
        "blog/views.py, form_valid: IntegrityError, caught round transaction.atomic()"
    )
    answer = meanwhile(
        type(one)._meta.db_table,
        lambda: type(thing).objects.filter(pk=thing.pk).delete(),
        lambda: form.send(**sent),
        what="the category that was chosen was deleted",
        wanted=wanted,
        look=look,
    )
    untouched(one, answer.did, look)
    held = {key: sent[key] for key in ("title", "body")}
    shows_errors(answer, fresh, held, wanted=wanted, look=look)


@pytest.mark.parametrize("name", ["write", "edit", "delete", "drafts"])
def test_the_way_back_from_the_login_page_is_there(
    visitor, some, make_user, settings, name
):
    """FR-11: who was signed out while they wrote comes back to a page, not to 405."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    password = some.password()
    one = published(some, make_user(password=password))
    path = path_to(name, one)
    sent = visitor.get(path) if name == "drafts" else visitor.post(path, typed(some))
    page = visitor.get(sent.location).expect_status(200, look="accounts/urls.py")
    form = page.expect_form("username", "password", look="accounts/urls.py")
    answer = form.send(username=one.author.username, password=password)
    answer.expect_redirect(path, look="templates/registration/login.html")
    visitor.get(answer.location).expect_status(
        200,
        wanted=f"a page at {path} after the login",
        look=f"{LOOK} {path.replace(one.slug, '<slug>')}",
    )


@pytest.mark.parametrize("kind", ["draft", "published"])
def test_the_author_edits_and_deletes(visitor, some, make_user, kind):
    """FR-11: the author may, and is led to the post's own page."""
    author = make_user()
    one = published(some, author) if kind == "published" else unseen(some, author)[0]
    mine = visitor.sign_in(author)
    look = f"{LOOK} /posts/<slug>/edit/"
    page = mine.get(path_to("edit", one)).expect_status(200, look=look)
    title = title_of(some)
    answer = page.expect_form("title", "body", "status", look=look).send(title=title)
    answer.expect_redirect(
        path_to("detail", one),
        wanted=f"a redirect to the post's own page, for a {kind} post (FR-11)",
        look=look,
    )
    mine.get(answer.location).expect_status(
        200, look=f"{LOOK} /posts/<slug>/"
    ).expect_shows(title, look=DETAIL)
    look = f"{LOOK} /posts/<slug>/delete/"
    page = mine.get(path_to("delete", one)).expect_status(200, look=look)
    form = sending_form(page, path_to("delete", one))
    expect(
        form is not None,
        did=page.did,
        wanted="a form of method post that deletes",
        got="there is none",
        look="templates/blog/post_confirm_delete.html",
    )
    answer = form.send()
    expect(
        not posts().filter(pk=one.pk).exists(),
        did=answer.did,
        wanted="the post deleted by its author",
        got="it is still there",
        look=look,
    )


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_new_post_is_its_writers(visitor, some, make_user, status):
    """FR-11: the author is who is signed in, whatever else is sent."""
    author, other = make_user(), make_user()
    mine = visitor.sign_in(author)
    look = "blog/views.py, PostCreateView.form_valid"
    page = mine.get(path_to("write", None)).expect_status(200, look=look)
    form = page.expect_form("title", "body", "status", look=look)
    no_author(page, form)
    sent = typed(some, status=status, author=other.pk)
    answer = form.send(**sent)
    one = posts().filter(title=sent["title"]).first()
    expect(
        one is not None and one.author_id == author.pk,
        did=answer.did,
        wanted=f"a post by {author.username}, who is signed in (FR-11)",
        got=f"a post by {one.author.username}" if one else f"none; {answer.summary}",
        look=look,
    )
    answer.expect_redirect(
        path_to("detail", one),
        wanted=f"a redirect to the post's own page, for a {status} post",
        look=look,
    )
    mine.get(answer.location).expect_status(200, look=f"{LOOK} /posts/<slug>/")


def no_author(page, form):
    __tracebackhide__ = True
    expect(
        not form.has("author"),
        did=page.did,
        wanted="a form without a field author (FR-11: it could be forged)",
        got="it asks for the author",
        look="blog/forms.py, PostForm",
    )


def test_an_edit_keeps_the_author(visitor, some, make_user):
    """FR-11: nor does an edit hand a post over."""
    one, other = published(some, make_user()), make_user()
    page = visitor.sign_in(one.author).get(path_to("edit", one)).expect_status(200)
    form = page.expect_form("title", "body", "status")
    no_author(page, form)
    answer = form.send(author=other.pk)
    found = posts().get(pk=one.pk)
    expect(
        found.author_id == one.author_id,
        did=answer.did,
        wanted="the author as before",
        got=f"it is {found.author.username}",
        look="blog/forms.py, PostForm",
    )


# -------------------------------------------------------------------------- who may see


@pytest.mark.parametrize("role", ROLES)
def test_visible_to_knows_who_is_asking(visitor, some, make_user, role):
    """FR-2: the published posts, and one's own."""
    author, other = make_user(), make_user()
    public = [published(some, author), published(some, other)]
    own = [*unseen(some, author), published(some, author, published_at=ahead(days=1))]
    user = in_role(role, visitor, make_user, author).user or AnonymousUser()
    look = "blog/models.py, PostQuerySet.visible_to"
    found = ask(posts(), "visible_to", user, owner="Post.objects", look=look)
    keys = sorted(one.pk for one in found)
    wanted = [*public, *own] if role == "owner" else public
    expect(
        keys == sorted(one.pk for one in wanted),
        did=f"Asked for Post.objects.visible_to() with a {role}, two published posts "
        "and an author's three others in the database",
        wanted="the published posts and that user's own, each once (FR-2): "
        f"{len(wanted)} posts",
        got=f"{len(keys)} posts, {len(set(keys))} of them different",
        look=look,
    )


@pytest.mark.parametrize("state", HIDDEN)
def test_a_draft_is_its_authors(visitor, some, make_user, state):
    """FR-2: authors read what nobody else sees yet."""
    one = in_state(state, some, make_user())
    page = visitor.sign_in(one.author).get(path_to("detail", one))
    page.expect_status(
        200,
        wanted=f"200 for the author at the address of a {state} (FR-2)",
        look=LOOKS["detail"],
    )
    page.expect_shows(one.title, look=DETAIL)


def test_a_draft_takes_no_comment(visitor, some, make_user):
    """FR-7: nor does its page offer a form; the table above sends one."""
    author = make_user()
    mine = visitor.sign_in(author)
    for state in HIDDEN:
        page = mine.get(path_to("detail", in_state(state, some, author)))
        page.expect_status(
            200, wanted="the author's own draft (FR-2)", look=f"{LOOK} /posts/<slug>/"
        )
        expect(
            page.form("name", "body") is None,
            did=f"{page.did}, a {state}",
            wanted=f"no comment form on a {state}",
            got="there is one",
            look=DETAIL,
        )
    page = mine.get(path_to("detail", published(some, author))).expect_status(200)
    page.expect_form(
        "name", "body", wanted="the comment form on a published post", look=DETAIL
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ["home", "list", "category", "tag"])
def test_lists_show_no_drafts(visitor, some, make_user, name, role):
    """FR-2: visible_to is for a post's own page; the lists stay as they are."""
    author, thing, keyword = make_user(), category(some), tag(some)
    path = {
        "home": lambda: "/",
        "list": lambda: url("blog:post-list"),
        "category": lambda: url("blog:category-detail", slug=thing.slug),
        "tag": lambda: url("blog:tag-detail", slug=keyword.slug),
    }[name]()
    fields = {"category": thing, "tags": [keyword]}
    look = f"{LOOK} {path}: Post.objects.published()"
    somebody = in_role(role, visitor, make_user, author)
    lists_what_is_published(somebody, path, some, author, look=look, **fields)


@pytest.mark.parametrize("name", ["write", "edit"])
def test_no_answer_leads_to_another_site(visitor, some, make_user, name):
    """NFR-5: after saving, the post's own page, whatever an address asks for."""
    one = published(some, make_user())
    path = path_to(name, one)
    stays_here(visitor.sign_in(one.author), path, typed(some), look=f"{LOOK} {path}")


def test_deleting_needs_a_post(visitor, some, make_user):
    """NFR-5: a GET deletes nothing, its author's neither."""
    one = published(some, make_user())
    changes_nothing(
        visitor.sign_in(one.author),
        path_to("delete", one),
        {},
        lambda: posts().count(),
        look=f"{LOOK} /posts/<slug>/delete/",
    )


def test_an_edit_keeps_the_date(visitor, some, make_user):
    """FR-4: a post is of the day when it was first published."""
    one = published(some, make_user(), published_at=ago(days=9))
    mine = visitor.sign_in(one.author)
    answer = mine.post(path_to("edit", one), typed(some)).expect_redirect()
    found = posts().get(pk=one.pk).published_at
    expect(
        found == one.published_at,
        did=answer.did,
        wanted="the publication date as it was (FR-4)",
        got=f"{found}",
        look=f"{LOOK} /posts/<slug>/edit/",
    )


def test_drafts_are_listed_for_their_author(visitor, some, make_user):
    """FR-12: one's own drafts, the last changed first."""
    author, other = make_user(), make_user()
    expect(
        url("blog:draft-list") == "/drafts/",
        did="Looked up the URL blog:draft-list",
        wanted="/drafts/",
        got=url("blog:draft-list"),
        look="blog/urls.py",
    )
    hours = some.shuffled([1, 2, 3])
    made = {hour: post(some, author) for hour in hours}
    for hour, one in made.items():
        posts().filter(pk=one.pk).update(updated_at=ago(hours=hour))
    public = published(some, author)
    foreign = post(some, other)
    look = "blog/views.py, DraftListView"
    page = visitor.sign_in(author).get("/drafts/").expect_status(200, look=look)
    in_order(
        page,
        [made[hour].title for hour in sorted(made)],
        wanted="one's own drafts, the last changed first (FR-12)",
        look=look,
    )
    for one in made.values():
        to = path_to("detail", one)
        links_to(page, to, wanted=f"a link to the draft at {to}", look=look)
    page.expect_hides(public.title, wanted="no published post", look=look)
    page.expect_hides(foreign.title, wanted="nobody else's draft (FR-2)", look=look)
    for role in ("stranger", "member of staff", "superuser"):
        somebody = in_role(role, visitor, make_user, author)
        page = somebody.get("/drafts/").expect_status(200, look=look)
        for one in (*made.values(), foreign):
            page.expect_hides(one.title, wanted="nobody else's draft (FR-2)", look=look)


def test_the_page_of_drafts_is_no_copy_of_the_list(visitor, make_user):
    """FR-12: without a draft, too, who opens the page sees what it is for."""
    mine = visitor.sign_in(make_user())
    listed = mine.get(url("blog:post-list")).expect_status(200)
    page = mine.get(url("blog:draft-list")).expect_status(200)
    expect(
        only_on(page, listed),
        did=f"{page.did}, and GET /posts/, with no post in the database",
        wanted="a page about drafts: something that /posts/ does not say (FR-12)",
        got="both pages say the same",
        look="blog/views.py, DraftListView, and templates/blog/draft_list.html",
    )


# ------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("path", ["/", "/posts/", "post"])
def test_links_to_write_are_for_users(visitor, some, make_user, path):
    """FR-11: the templates follow the rule."""
    one = published(some, make_user())
    path = path_to("detail", one) if path == "post" else path
    base = "templates/base.html"
    page = visitor.sign_in(make_user()).get(path).expect_status(200)
    for to in ("/write/", "/drafts/"):
        links_to(
            page,
            to,
            nav=True,
            wanted=f"a link to {to} in <nav> for a signed-in user",
            look=base,
        )
    page = visitor.get(path).expect_status(200)
    for to in ("/write/", "/drafts/"):
        has_no_link(page, to, wanted=f"no link to {to} for a visitor", look=base)


@pytest.mark.parametrize("role", ROLES)
def test_links_to_edit_are_for_the_author(visitor, some, make_user, role):
    """FR-11: nobody else is offered what they may not do."""
    one = published(some, make_user())
    somebody = in_role(role, visitor, make_user, one.author)
    page = somebody.get(path_to("detail", one)).expect_status(200)
    for name in ("edit", "delete"):
        to = path_to(name, one)
        expect(
            (to in goals(page)) is (role == "owner"),
            did=page.did,
            wanted=f"a link to {to} for the author"
            if role == "owner"
            else f"no link to {to} for anybody but the author (FR-11)",
            got="there is one" if to in goals(page) else "there is none",
            look=f"{DETAIL}, can_edit",
        )


def test_a_403_is_a_page_of_the_site(visitor, some, make_user):
    """FR-11: who is refused sees where they are."""
    one = published(some, make_user())
    page = visitor.sign_in(make_user()).get(path_to("edit", one)).expect_status(403)
    heading = page.soup.find("h1")
    expect(
        heading is not None and text_of(heading) and page.soup.find("nav"),
        did=page.did,
        wanted="the site's own page, with its <nav> and an <h1>",
        got="an <h1> and no <nav>"
        if heading
        else f"no <h1>; the page says {page.text[:60]!r}",
        look="templates/403.html",
    )
