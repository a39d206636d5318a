"""comments: readers comment on published posts; staff can hide a comment."""

from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from acceptance.blog import meanwhile, post, published, same_cost
from acceptance.pages import (
    in_order,
    only_on,
    path_of,
    shows,
    shows_errors,
    stays_here,
    told_once,
    without_token,
)
from acceptance.rules import HIDDEN, in_state
from acceptance.samples import ROLES, ago, in_role, rare, staff
from acceptance.support import expect, make, model, url

LOOK = "blog/views.py, comment_create"
PAGE = "templates/blog/post_detail.html"
FIELDS = ("post", "name", "body", "is_visible", "created_at")


def comments():
    """The model, or a sentence."""
    __tracebackhide__ = True
    return model("blog.Comment", *FIELDS)


def comment(some, one, **fields):
    """A new comment on a post."""
    __tracebackhide__ = True
    given = {"post": one, "name": rare(some), "body": f"{some.sentence()} {rare(some)}"}
    return make(comments(), **{**given, **fields})


def page_of(visitor, one):
    """The page of a post."""
    __tracebackhide__ = True
    address = url("blog:post-detail", slug=one.slug)
    return visitor.get(address).expect_status(200)


def form_of(page):
    """The comment form of a post's page."""
    __tracebackhide__ = True
    form = page.expect_form("name", "body", look=PAGE)
    expect(
        form.method == "post",
        did=page.did,
        wanted="a comment form of method post (NFR-5: only a POST changes data)",
        got=f"its method is {form.method}",
        look=PAGE,
    )
    slug = urlsplit(page.path).path.removeprefix("/posts/").split("/")[0]
    to = url("blog:comment-create", slug=slug)
    expect(
        path_of(form.action) == to,
        did=page.did,
        wanted=f"a comment form whose action is {to}",
        got=f"its action leads to {path_of(form.action)}"
        if form.tag.get("action")
        else "it has no action, so it is sent to the page itself",
        look=f'{PAGE}, <form method="post" action=…>',
    )
    return form


def words(some):
    """A name and a text that a reader may type."""
    return {"name": rare(some), "body": f"{some.sentence()} {rare(some)}"}


# ------------------------------------------------------------------------------- model


def test_a_comment_belongs_to_its_post(some, make_user):
    """FR-7: a post has comments, and they go with it."""
    one, other = published(some, make_user()), published(some, make_user())
    before = timezone.now()
    made = comment(some, one)
    kept = comment(some, other)
    made.refresh_from_db()
    look = "blog/models.py, Comment"
    expect(
        made.is_visible is True,
        did="Created a comment without is_visible",
        wanted="a visible one",
        got=f"is_visible is {made.is_visible}",
        look=f"{look}.is_visible",
    )
    expect(
        made.created_at and before <= made.created_at <= timezone.now(),
        did="Created a comment",
        wanted="created_at set to this moment by itself",
        got=f"{made.created_at}",
        look=f"{look}.created_at",
    )
    manager = getattr(one, "comments", None)
    expect(
        manager is not None and [found.pk for found in manager.all()] == [made.pk],
        did="Asked for post.comments",
        wanted="the comment on this post",
        got="a post has no comments"
        if manager is None
        else f"{manager.count()} comments",
        look=f"{look}.post, related_name",
    )
    one.delete()
    left = [found.pk for found in comments().objects.all()]
    expect(
        left == [kept.pk],
        did="Deleted a post with a comment",
        wanted="the comment deleted with it, and no other",
        got=f"{len(left)} comments left",
        look=f"{look}.post, on_delete",
    )


def test_a_comment_says_who_and_on_what(some, make_user):
    """FR-8: lists in the admin name the comments."""
    made = comment(some, published(some, make_user()))
    expect(
        made.name in str(made) and str(made.post) in str(made),
        did="Turned a comment into text with str(comment)",
        wanted=f"who commented on what: {made.name!r} and {str(made.post)!r}",
        got=repr(str(made)),
        look="blog/models.py, Comment.__str__",
    )


# ----------------------------------------------------------------------------- sending


def test_the_address_takes_post_only(visitor, some, make_user):
    """NFR-5: a GET changes nothing."""
    one = published(some, make_user())
    address = url("blog:comment-create", slug=one.slug)
    wanted = f"/posts/{one.slug}/comments/"
    expect(
        address == wanted,
        did=f"Looked up the URL blog:comment-create with slug={one.slug!r}",
        wanted=wanted,
        got=address,
        look="blog/urls.py",
    )
    visitor.get(address, words(some)).expect_status(
        405, wanted="405: this address takes POST only (NFR-5)", look=LOOK
    )
    expect(
        not comments().objects.exists(),
        did=f"Opened GET {address}",
        wanted="no comment stored",
        got="there is one",
        look=LOOK,
    )


@pytest.mark.parametrize("who", ["visitor", "signed in"])
def test_a_reader_comments(visitor, some, make_user, who):
    """FR-7: the form stores a visible comment and leads back to the post."""
    one, other = published(some, make_user()), published(some, make_user())
    somebody = visitor if who == "visitor" else visitor.sign_in(make_user())
    typed = words(some)
    answer = form_of(page_of(somebody, one)).send(**typed)
    answer.expect_redirect(
        url("blog:post-detail", slug=one.slug),
        wanted="a redirect to the post's page: reloading must not send it twice",
        look=LOOK,
    )
    stored = list(comments().objects.all())
    expect(
        len(stored) == 1,
        did=answer.did,
        wanted="one comment stored (FR-7)",
        got=f"{len(stored)}",
        look=LOOK,
    )
    made = stored[0]
    expect(
        (made.name, made.body) == (typed["name"], typed["body"]),
        did=answer.did,
        wanted="name and body as they were typed",
        got=f"name {made.name!r} and body {made.body!r}",
        look="blog/forms.py, CommentForm",
    )
    expect(
        made.post_id == one.pk,
        did=answer.did,
        wanted="a comment on this post",
        got="one on another" if made.post_id == other.pk else f"{made.post}",
        look=LOOK,
    )
    expect(
        made.is_visible,
        did=answer.did,
        wanted="a visible comment (FR-7)",
        got="a hidden one",
        look="blog/forms.py, CommentForm: name and body only",
    )
    for text in typed.values():
        shows(page_of(somebody, one), text, wanted="the comment on the page", look=PAGE)


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("name", "", "an empty name"),
        ("name", "   ", "a blank name"),
        ("name", None, "no name"),
        ("body", "", "an empty body"),
        ("body", " \n ", "a blank body"),
        ("body", None, "no body"),
        ("body", "x" * 2001, "a body of 2001 characters"),
    ],
)
def test_an_invalid_comment_is_refused(visitor, some, make_user, field, value, what):
    """FR-7: nothing is stored, and the reader can mend what was typed."""
    one = published(some, make_user())
    fresh = page_of(visitor, one)
    typed = {**words(some), field: value}
    answer = form_of(fresh).send(**typed)
    expect(
        not comments().objects.exists(),
        did=answer.did,
        wanted=f"nothing stored for {what} (FR-7)",
        got="the comment is stored",
        look="blog/forms.py, CommentForm, and Comment.body, max_length",
    )
    held = {name: text for name, text in typed.items() if text and text.strip()}
    shows_errors(answer, fresh, held, wanted=f"the comment had {what}", look=LOOK)


def test_a_body_of_2000_characters_is_taken(visitor, some, make_user):
    """FR-7: the limit itself is allowed."""
    one = published(some, make_user())
    form = form_of(page_of(visitor, one))
    answer = form.send(name=rare(some), body="x" * 2000)
    answer.expect_redirect(look="blog/models.py, Comment.body, max_length")


def test_what_readers_may_not_set_changes_nothing(visitor, some, make_user):
    """FR-7: a form can be sent with more fields than it shows."""
    one, other = published(some, make_user()), published(some, make_user())
    more = {"is_visible": "false", "post": other.pk, "created_at": "2001-02-03 04:05"}
    answer = form_of(page_of(visitor, one)).send(**words(some), **more)
    made = comments().objects.first()
    expect(
        made is not None
        and made.is_visible
        and made.post_id == one.pk
        and made.created_at.year != 2001,
        did=answer.did,
        wanted="a visible comment of today on this post, whatever else is sent",
        got="nothing stored"
        if made is None
        else f"is_visible={made.is_visible}, on {made.post}, of {made.created_at}",
        look="blog/forms.py, CommentForm: name and body only",
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", [*HIDDEN, "unknown slug"])
def test_only_published_posts_take_comments(visitor, some, make_user, state, role):
    """FR-7: 404 for a post that is not published, for its author and staff too."""
    author = make_user()
    unknown = state == "unknown slug"
    slug = some.slug() if unknown else in_state(state, some, author).slug
    somebody = in_role(role, visitor, make_user, author)
    answer = somebody.post(url("blog:comment-create", slug=slug), words(some))
    answer.expect_status(
        404, wanted=f"404: only published posts (FR-7), no {state}", look=LOOK
    )
    expect(
        not comments().objects.exists(),
        did=answer.did,
        wanted="nothing stored",
        got="the comment is stored",
        look=LOOK,
    )


def test_a_comment_leads_nowhere_else(visitor, some, make_user):
    """NFR-5: whoever sends a reader here does not say where they go on to."""
    one = published(some, make_user())
    stays_here(
        visitor, url("blog:comment-create", slug=one.slug), words(some), look=LOOK
    )


@pytest.mark.django_db(transaction=True)
def test_a_post_that_goes_meanwhile_takes_none(visitor, some, make_user):
    """FR-7: a post may be deleted after it was looked for. A database that is asked
    whether the post of a comment is there answers when it commits, so this test does.
    """
    one = published(some, make_user())
    form = form_of(page_of(visitor, one))
    wanted = "404, as for any post that is not there (FR-7)"
    look = f"{LOOK}: IntegrityError, caught round a block of transaction.atomic()"
    answer = meanwhile(
        comments()._meta.db_table,
        lambda: type(one).objects.filter(pk=one.pk).delete(),
        lambda: form.send(**words(some)),
        what="its author deleted the post",
        wanted=wanted,
        look=look,
    )
    answer.expect_status(404, wanted=wanted, look=look)
    expect(
        not comments().objects.exists(),
        did=answer.did,
        wanted="no comment stored",
        got="there is one",
        look=look,
    )


def test_a_comment_needs_a_token(some, make_user):
    """NFR-5: a POST without a CSRF token answers 403."""
    one = published(some, make_user())
    address = url("blog:comment-create", slug=one.slug)
    status = without_token(None, address, words(some))
    expect(
        status == 403 and not comments().objects.exists(),
        did=f"Sent POST {address} without a CSRF token",
        wanted="403, and nothing stored (NFR-5)",
        got=f"status {status}, {comments().objects.count()} comments",
        look=f"{LOOK}, without csrf_exempt",
    )


def test_a_message_thanks_once(visitor, some, make_user):
    """FR-7: a reader sees that it worked, and sees it once."""
    one = published(some, make_user())
    told_once(form_of(page_of(visitor, one)).send(**words(some)), look=LOOK)


# ----------------------------------------------------------------------------- showing


def test_visible_comments_oldest_first(visitor, some, make_user):
    """FR-7: the post's own visible comments, in the order they were written."""
    one, other = published(some, make_user()), published(some, make_user())
    hours = some.shuffled([1, 2, 3])
    made = {hour: comment(some, one) for hour in hours}
    for hour, each in made.items():
        comments().objects.filter(pk=each.pk).update(created_at=ago(hours=hour))
    hidden = comment(some, one, is_visible=False)
    foreign = comment(some, other)
    page = page_of(visitor, one)
    in_order(
        page,
        [made[hour].body for hour in sorted(made, reverse=True)],
        wanted="the visible comments, oldest first (FR-7)",
        look=PAGE,
    )
    for each in made.values():
        shows(page, each.name, wanted=f"who commented, {each.name}", look=PAGE)
    for each, why in (
        (hidden, "no hidden comment (FR-7: staff can hide a comment)"),
        (foreign, "no comment on another post"),
    ):
        page.expect_hides(each.body, wanted=why, look=PAGE)
        page.expect_hides(each.name, wanted=why, look=PAGE)


@pytest.mark.parametrize("role", ["visitor", "stranger", "owner"])
def test_a_hidden_comment_is_nowhere(visitor, some, make_user, role):
    """FR-7: no page says anything of it, not even how many comments there are."""
    one = published(some, make_user())
    comment(some, one)
    somebody = in_role(role, visitor, make_user, one.author)

    def pages():
        __tracebackhide__ = True
        page = page_of(somebody, one)
        again = form_of(page).send(name="", body="").expect_status(200, look=LOOK)
        return [page, again, *(somebody.get(path) for path in ("/", "/posts/"))]

    before = pages()
    comment(some, one, is_visible=False)
    for first, second in zip(before, pages(), strict=True):
        expect(
            not only_on(second, first),
            did=f"{second.did}, before and after a hidden comment was stored",
            wanted="the same page both times: no hidden comment, and none in a count "
            "(FR-7: staff can hide a comment)",
            got=f'the second time it says "{" ".join(only_on(second, first))[:100]}"',
            look=f"{PAGE} and {LOOK}: post.comments.visible()",
        )


@pytest.mark.parametrize("field", ["name", "body"])
def test_html_in_a_comment_does_nothing(visitor, some, make_user, field):
    """FR-7: what a reader types is shown, never run."""
    one = published(some, make_user())
    word = rare(some)
    comment(some, one, **{field: f"<script>{word}</script>"})
    page = page_of(visitor, one)
    expect(
        not any(word in tag.get_text() for tag in page.soup.find_all("script")),
        did=f"{page.did}, with <script> in the {field} of a comment",
        wanted="HTML as text: &lt;script&gt;",
        got="the page holds a real <script>",
        look=f"{PAGE}: leave out the filter safe",
    )
    shows(
        page,
        f"<script>{word}</script>",
        wanted="the comment shown as the text it is",
        look=PAGE,
    )


def test_more_comments_cost_the_same(visitor, some, make_user):
    """NFR-1: the number of queries does not grow."""
    one = published(some, make_user())
    same_cost(
        visitor,
        url("blog:post-detail", slug=one.slug),
        lambda: comment(some, one),
        few=2,
        many=8,
        things="comments",
        look=PAGE,
        reason="a post's page costs the same however many comments it has",
    )


# ------------------------------------------------------------------------------- admin


def test_staff_hide_a_comment_in_the_list(visitor, some, make_user):
    """FR-8: the list of comments has a box to untick."""
    made = comment(some, post(some, make_user()))
    boss = visitor.sign_in(staff(make_user))
    page = boss.get("/admin/blog/comment/")
    page.expect_status(
        200, wanted="the list of comments in the admin (FR-8)", look="blog/admin.py"
    )
    page.expect_shows(made.name, look="blog/admin.py")
    look = "blog/admin.py, the admin of Comment, list_editable"
    form = page.expect_form(
        "form-0-is_visible", wanted="is_visible as a box in the list", look=look
    )
    form.send(**{"form-0-is_visible": None, "_save": "Save"})
    made.refresh_from_db()
    expect(
        not made.is_visible,
        did="Unticked is_visible in /admin/blog/comment/ and saved",
        wanted="a hidden comment",
        got="it is still visible",
        look=look,
    )


def test_staff_find_comments(visitor, some, make_user):
    """FR-8: by a word of the name or of the text, and by whether they are shown."""
    one = post(some, make_user())
    shown, hidden = comment(some, one), comment(some, one, is_visible=False)
    boss = visitor.sign_in(staff(make_user))
    path = "/admin/blog/comment/"
    word = shown.body.split()[-1]
    look = "blog/admin.py, the admin of Comment, search_fields"
    for query, where in ((shown.name, "name"), (word, "body")):
        page = boss.get(f"{path}?q={query}").expect_status(200, look=look)
        page.expect_shows(
            shown.name,
            wanted=f"the comment that has the word in its {where} (FR-8)",
            look=look,
        )
        page.expect_hides(
            hidden.name, wanted="no comment without the word (FR-8)", look=look
        )
    look = "blog/admin.py, the admin of Comment, list_filter"
    page = boss.get(path)
    expect(
        any("is_visible__exact=0" in address for address in page.links()),
        did=page.did,
        wanted="a filter by is_visible (FR-8)",
        got="no link on the page filters by it",
        look=look,
    )
    page = boss.get(f"{path}?is_visible__exact=0").expect_status(200, look=look)
    page.expect_shows(hidden.name, look=look)
    page.expect_hides(shown.name, wanted="hidden comments only", look=look)
