"""follow-cooks: who likes a cook's recipes hears of the next one, once."""

import html

import pytest
from django.db import IntegrityError, transaction

from acceptance.pages import (
    path_of,
    shows,
    told_once,
    without_token,
)
from acceptance.recipes import (
    LOG_IN,
    BrokenBackend,
    CountingBackend,
    category,
    fill,
    follow,
    form_to,
    fresh,  # noqa: F401
    letters,
    named,
    no_letters,
    page_of,
    parts_of,
    published,
    recipe,
    recipe_form,
    recipes,
    site_url,
)
from acceptance.recipes_mail import PostOffice
from acceptance.recipes_races import somebody_else
from acceptance.samples import ago
from acceptance.support import (
    NotYet,
    committed,
    expect,
    fail,
    model,
    queries_of,
    told,
    url,
)

VIEW = "accounts/views.py, the view of /cooks/<username>/{}/"
MAIL = "notifications/mail.py, recipe_published"
PAGE = "templates/accounts/profile.html"


def follows():
    """The rows of the database, or a sentence."""
    __tracebackhide__ = True
    return model("accounts.Follow", "follower", "cook", "created_at").objects


def path_to(name, user):
    """The address to follow or unfollow a cook, or that of the cook's page."""
    __tracebackhide__ = True
    return url(f"accounts:{name}", username=user.username)


def are_rows(wanted, *, did, look):
    """These (follower, cook) are stored, and no others."""
    __tracebackhide__ = True
    found = sorted((one.follower_id, one.cook_id) for one in follows().all())
    expect(
        found == sorted((one.pk, two.pk) for one, two in wanted),
        did=did,
        wanted=f"{len(wanted)} rows of Follow"
        + (", follower and cook the right way round" if wanted else ""),
        got=f"{len(found)}: (follower, cook) {found}",
        look=look,
    )


def publish(some, cook, one=None, visitor=None, **fields):
    """The answer to publishing a recipe: a new one, or a draft."""
    __tracebackhide__ = True
    mine = visitor.sign_in(cook)
    if one is None:
        category(some)
        form = recipe_form(mine.get(url("recipes:recipe-create")))
        answer = form.send(fill(form, some, status="published", **fields))
    else:
        form = recipe_form(mine.get(page_of(one, "edit")))
        answer = form.send({"status": "published", **fields})
    answer.expect_redirect(
        wanted="the recipe stored, and a redirect", look="recipes/views.py, form_valid"
    )
    return answer


# ------------------------------------------------------------------------------- model


def test_a_follow_has_two_ends(some, make_user):
    """FR-15: whom I follow, and who follows me."""
    cook, one, two = make_user(), make_user(), make_user()
    follow(cook, one), follow(cook, two), follow(one, cook)
    for user, wanted in ((cook, (1, 2)), (one, (1, 1)), (two, (1, 0))):
        got = tuple(
            getattr(user, name).count() if hasattr(user, name) else None
            for name in ("following", "followers")
        )
        expect(
            got == wanted,
            did="Asked for user.following and user.followers",
            wanted="{} and {} rows".format(*wanted),
            got="{} and {}".format(*got),
            look="accounts/models.py, Follow, related_name",
        )
    text = str(follows().get(follower=two))
    expect(
        all(user.username in text or user.display_name in text for user in (two, cook)),
        did="Turned a Follow into text with str()",
        wanted=f"a text with {two.username} and {cook.username}",
        got=repr(text),
        look="accounts/models.py, Follow.__str__",
    )
    for gone, rows in ((two, [(one, cook), (cook, one)]), (cook, [])):
        try:
            with transaction.atomic():
                type(gone).objects.get(pk=gone.pk).delete()
        except Exception as error:
            fail(
                did="Deleted a user who follows and is followed",
                wanted="the rows deleted with the user",
                got=told(error),
                look="accounts/models.py, Follow, on_delete",
            )
        are_rows(rows, did="Deleted a user", look="accounts/models.py, Follow")


@pytest.mark.parametrize("what", ["twice", "oneself"])
def test_the_database_refuses_a_wrong_follow(make_user, what):
    """NFR-9: a pair once, nobody oneself."""
    cook, reader = make_user(), make_user()
    follow(cook, reader)
    Follow = model("accounts.Follow", "follower", "cook")
    new = Follow(follower=reader if what == "twice" else cook, cook=cook)
    did, wanted = f"Stored a Follow ({what})", "IntegrityError"
    look = "accounts/models.py, Follow.Meta.constraints"
    try:
        with transaction.atomic():
            Follow.objects.bulk_create([new])
    except IntegrityError:
        return
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    fail(did=did, wanted=wanted, got="it is stored", look=look)


# ------------------------------------------------------------------------------- views


def test_following_and_unfollowing(visitor, some, make_user):
    """FR-15: by the button of the cook's page; twice is no error."""
    cook, reader, other = (named(make_user, some) for _ in range(3))
    follow(cook, other)
    mine = visitor.sign_in(reader)
    for name, rows in (
        ("follow", [(reader, cook), (other, cook)]),
        ("unfollow", [(other, cook)]),
    ):
        look = VIEW.format(name)
        path = path_to(name, cook)
        expect(
            path_of(path) == f"/cooks/{cook.username}/{name}/",
            did=f"Looked up the URL accounts:{name}",
            wanted=f"/cooks/{cook.username}/{name}/",
            got=path,
            look="accounts/urls.py",
        )
        page = mine.get(path_to("profile", cook)).expect_status(200)
        form = form_to(page, path_of(path))
        expect(
            form is not None,
            did=page.did,
            wanted=f"a form of method post that leads to {path}",
            got="there is none",
            look=PAGE,
        )
        answer = form.send()
        are_rows(rows, did=answer.did, look=look)
        answer.expect_redirect(path_of(path_to("profile", cook)), look=look)
        told_once(answer, look=look)
        answer = mine.post(path)
        answer.expect_redirect(
            path_of(path_to("profile", cook)),
            wanted="a second time: the redirect, and no error",
            look=look,
        )
        are_rows(rows, did=f"{answer.did}, a second time", look=look)


def test_the_page_offers_what_changes_something(visitor, some, make_user):
    """FR-15: one button, or none."""
    cook, fan = named(make_user, some), named(make_user, some)
    follow(cook, fan)
    paths = [path_of(path_to(name, cook)) for name in ("follow", "unfollow")]
    for user, wanted in (
        (fan, [False, True]),
        (make_user(), [True, False]),
        (cook, [False, False]),
        (None, [False, False]),
    ):
        somebody = visitor.sign_in(user) if user else visitor
        page = somebody.get(path_to("profile", cook)).expect_status(200)
        got = [form_to(page, path) is not None for path in paths]
        expect(
            got == wanted,
            did=page.did,
            wanted="a form to follow"
            if wanted[0]
            else "a form to unfollow"
            if wanted[1]
            else "neither form",
            got=" and ".join(
                name
                for name, there in zip(("follow", "unfollow"), got, strict=True)
                if there
            )
            or "neither",
            look=PAGE,
        )


@pytest.mark.parametrize("count", [1, 2])
def test_followers_are_counted(visitor, some, make_user, count):
    """FR-15: for everybody."""
    cook = named(make_user, some)
    for _ in range(count):
        fan = make_user()
        follow(cook, fan)
    follow(fan, cook)
    page = visitor.get(path_to("profile", cook)).expect_status(200)
    text = "1 follower" if count == 1 else f"{count} followers"
    shows(page, text, wanted=f'"{text}"', look=PAGE)
    if count == 1:
        page.expect_hides("1 followers", wanted='"1 follower"', look=PAGE)


@pytest.mark.parametrize("name", ["follow", "unfollow"])
def test_some_may_not(visitor, some, make_user, name):
    """FR-15, NFR-6: 405, log-in, 404, 403."""
    cook, reader = make_user(), make_user()
    rows = []
    if name == "unfollow":
        follow(cook, reader)
        rows = [(reader, cook)]
    path, look = path_to(name, cook), VIEW.format(name)
    mine = visitor.sign_in(reader)
    page = mine.get(path)
    page.expect_status(405, wanted="405 for a GET", look=look)
    are_rows(rows, did=page.did, look=look)
    page = visitor.post(path)
    page.expect_redirect(LOG_IN, wanted="the log-in page for a visitor", look=look)
    are_rows(rows, did=page.did, look=look)
    page = mine.post(f"/cooks/nobody-of-this-name/{name}/")
    page.expect_status(404, wanted="404 for an unknown cook", look=look)
    status = without_token(reader, path)
    expect(
        status == 403,
        did=f"Sent POST {path} without a CSRF token",
        wanted="403",
        got=f"{status}",
        look=look,
    )
    are_rows(rows, did="Sent a POST without a CSRF token", look=look)


def test_nobody_follows_oneself(visitor, make_user):
    """FR-15: refused, without an error page."""
    cook = make_user()
    page = visitor.sign_in(cook).post(path_to("follow", cook))
    expect(
        page.status < 500,
        did=page.did,
        wanted="a redirect, 400 or 403",
        got=page.summary,
        look=VIEW.format("follow"),
    )
    are_rows([], did=page.did, look=VIEW.format("follow"))


@pytest.mark.parametrize("first", [1, 2])
def test_following_that_is_sent_twice_at_once(visitor, make_user, first):
    """FR-15, NFR-9: both find no row, one of them stores it, and none fails."""
    cook, reader = make_user(), make_user()
    Follow = follows().model

    def follow_too(value):
        Follow.objects.bulk_create([Follow(follower=reader, cook=cook)])

    look = f"{VIEW.format('follow')}: get_or_create"
    with somebody_else(follow_too, Follow, looked_for="", first=first):
        page = visitor.sign_in(reader).post(path_to("follow", cook))
    page.expect_redirect(path_of(path_to("profile", cook)), look=look)
    did = f"{page.did}, while the same form was sent from another window"
    are_rows([(reader, cook)], did=did, look=look)


@pytest.mark.django_db(transaction=True)
def test_a_cook_who_goes_meanwhile_is_not_found(visitor, make_user):
    """FR-15, NFR-9: an account is deleted after it was looked for. The database looks
    for it when it commits, so this test commits.
    """
    cook, reader = make_user(), make_user()
    Follow, mine = follows().model, visitor.sign_in(reader)
    path, wanted = path_to("follow", cook), "404, as for any cook who is not there"
    look = f"{VIEW.format('follow')}: IntegrityError, caught round transaction.atomic()"

    def act(value):
        type(cook)._base_manager.filter(pk=cook.pk).delete()

    is_back = type(cook)._base_manager.filter(pk=cook.pk).exists
    try:
        with somebody_else(act, Follow, type(cook), undone=is_back):
            page = mine.post(path)
    except NotYet as error:
        fail(
            did=f"{error.did}, while the cook's account was deleted",
            wanted=wanted,
            got=error.got,
            look=look,
        )
    page.did += ", while the cook's account was deleted"
    page.expect_status(404, wanted=wanted, look=look)
    are_rows([], did=page.did, look=look)


def test_a_follower_is_not_sent_along(visitor, make_user):
    """NFR-6: nobody follows for somebody else."""
    cook, reader, other = make_user(), make_user(), make_user()
    page = visitor.sign_in(reader).post(
        path_to("follow", cook), {"follower": other.pk, "cook": other.pk}
    )
    are_rows([(reader, cook)], did=page.did, look=VIEW.format("follow"))


# -------------------------------------------------------------------------------- mail


@pytest.mark.parametrize("way", ["write", "edit"])
def test_a_publication_is_mailed_to_followers(visitor, some, make_user, way):
    """FR-15: a message each, to one address each."""
    cook, stranger = named(make_user, some), named(make_user, some)
    fans = [named(make_user, some) for _ in range(3)]
    for fan in fans:
        follow(cook, fan)
    follow(fans[0], stranger), follow(stranger, cook)
    one = None if way == "write" else recipe(some, cook)
    no_letters()
    answer = publish(some, cook, one, visitor)
    one = recipes().order_by("-pk").first()
    got = sorted(tuple(letter.recipients()) for letter in letters())
    expect(
        got == sorted((fan.email,) for fan in fans),
        did=f"Published a recipe of a cook with three followers ({way})",
        wanted="three messages, each to one of them",
        got=f"{len(got)} messages, to {got}",
        look=MAIL,
    )
    for letter in letters():
        expect(
            not letter.cc and not letter.bcc and one.title in letter.subject,
            did=answer.did,
            wanted="the title in the subject; nobody in cc or bcc",
            got=f"{letter.subject!r}, cc {letter.cc}, bcc {letter.bcc}",
            look=MAIL,
        )
        plain, rich = parts_of(letter)
        for what, part in (("text", plain), ("HTML", html.unescape(rich))):
            for wanted in (cook.display_name, one.title, f"{site_url()}{page_of(one)}"):
                expect(
                    wanted in " ".join(part.split()),
                    did=answer.did,
                    wanted=f'"{wanted}" in the {what} part',
                    got=f'the part says "{" ".join(part.split())[:160]}…"',
                    look="templates/notifications/mail/",
                )


def test_html_in_a_title_is_escaped(visitor, some, make_user):
    """NFR-4: in the HTML part only."""
    cook, fan = named(make_user, some), named(make_user, some)
    follow(cook, fan)
    title = f"<b>{some.title()}</b> & more"
    publish(some, cook, None, visitor, title=title)
    found = letters(fan)
    expect(
        len(found) == 1,
        did="Published a recipe of a cook with one follower",
        wanted="one message",
        got=f"{len(found)}",
        look=MAIL,
    )
    plain, rich = parts_of(found[0])
    expect(
        title in plain and "<b>" + title[3:9] not in rich and "&lt;b&gt;" in rich,
        did=f"Published a recipe titled {title}",
        wanted="the title as typed in the text part, escaped in the HTML part",
        got="it is not",
        look="templates/notifications/mail/",
    )


@pytest.mark.parametrize(
    "what", ["draft", "published again", "edit", "no address", "inactive"]
)
def test_some_are_not_told(visitor, some, make_user, what):
    """FR-15: old news is no news, and a draft is none."""
    cook = named(make_user, some)
    fields = {"no address": {"email": ""}, "inactive": {"is_active": False}}
    follow(cook, named(make_user, some, **fields.get(what, {})))
    mine = visitor.sign_in(cook)
    draft = recipe(some, cook)
    old = recipe(some, cook, published_at=ago(days=9))
    public = published(some, cook)
    no_letters()
    if what == "draft":
        form = recipe_form(mine.get(url("recipes:recipe-create")))
        form.send(fill(form, some, status="draft"))
    elif what == "published again":
        publish(some, cook, old, visitor)
    elif what == "edit":
        publish(some, cook, public, visitor, servings="9")
    else:
        publish(some, cook, draft, visitor)
    expect(
        not letters(),
        did={
            "draft": "Wrote a draft",
            "published again": "Published a recipe that had been published before",
            "edit": "Saved a published recipe again",
            "no address": "Published a recipe; the one follower has no address",
            "inactive": "Published a recipe; the one follower is not active",
        }[what],
        wanted="no message",
        got=f"{len(letters())} messages, to {[one.to for one in letters()]}",
        look=MAIL,
    )
    control = named(make_user, some)
    follow(cook, control)
    fresh_draft = recipe(some, cook)
    publish(some, cook, fresh_draft, visitor)
    expect(
        len(letters(control)) == 1,
        did="Published a draft of a cook with a follower",
        wanted="one message",
        got=f"{len(letters(control))}",
        look=MAIL,
    )
    for status in ("draft", "published"):
        form = recipe_form(mine.get(page_of(fresh_draft, "edit")))
        form.send(status=status)
    expect(
        len(letters(control)) == 1,
        did="Set it back to draft, and published it again",
        wanted="no second message",
        got=f"{len(letters(control))} messages",
        look=MAIL,
    )


def test_a_publication_that_is_sent_twice_at_once(visitor, some, make_user):
    """FR-15: both read a draft, one of them publishes it, and followers hear once."""
    cook = named(make_user, some)
    follow(cook, named(make_user, some))
    draft = recipe(some, cook)
    form = recipe_form(visitor.sign_in(cook).get(page_of(draft, "edit")))
    long_ago = ago(hours=1)

    def publish_too(value):
        recipes().filter(pk=draft.pk).update(status="published", published_at=long_ago)

    no_letters()
    with somebody_else(publish_too, type(draft)) as rival:
        answer = form.send(status="published")
    answer.expect_redirect(look="recipes/views.py")
    did = f"{answer.did}, published, after the same form had been sent from another "
    did += "window and before this one was saved"
    expect(
        rival.acted == 1 and not letters(),
        did=did,
        wanted="no second message: the first one has told them",
        got=f"{len(letters())} messages",
        look="recipes/models.py, Recipe.save: ask under select_for_update(), or by a "
        "conditional update(), whether it is published already",
    )
    kept = recipes().get(pk=draft.pk)
    expect(
        kept.published_at == long_ago,
        did=did,
        wanted="the date of the first publication kept",
        got=f"{kept.published_at:%H:%M}, and it was {long_ago:%H:%M}",
        look="recipes/models.py, Recipe.save",
    )


def test_a_refused_form_tells_nobody(visitor, some, make_user):
    """FR-15: what is not stored is not announced."""
    cook, fan = named(make_user, some), named(make_user, some)
    follow(cook, fan)
    draft = recipe(some, cook)
    mine = visitor.sign_in(cook)
    form = recipe_form(mine.get(page_of(draft, "edit")))
    form.send({"status": "published", "title": "  "})
    early = len(letters())
    form = recipe_form(mine.get(page_of(draft, "edit")))
    sent = {**form.values, "status": "published"}
    sent.pop("csrfmiddlewaretoken", None)
    with committed(), transaction.atomic():
        mine.client.handler.enforce_csrf_checks = False
        mine.client.post(page_of(draft, "edit"), sent)
        before = len(letters()) - early
        transaction.set_rollback(True)
    expect(
        not early and not before and not letters(),
        did="Published with a blank title, then in a transaction that is rolled back",
        wanted="no message",
        got=f"{len(letters())} messages",
        look=f"{MAIL}, called in transaction.on_commit",
    )
    publish(some, cook, draft, visitor)
    expect(
        len(letters(fan)) == 1,
        did="Published it after all",
        wanted="one message",
        got=f"{len(letters(fan))}",
        look=MAIL,
    )


def test_a_mail_server_that_is_away_is_no_error(visitor, some, make_user, settings):
    """NFR-7: the recipe is stored, and the cook goes on."""
    cook = named(make_user, some)
    follow(cook, named(make_user, some))
    settings.EMAIL_BACKEND = f"{BrokenBackend.__module__}.{BrokenBackend.__name__}"
    answer = publish(some, cook, recipe(some, cook), visitor)
    expect(
        recipes().filter(author=cook, status="published").count() == 1,
        did=answer.did,
        wanted="the recipe published, although no mail can be sent",
        got="it is not",
        look=f"{MAIL}, on_commit(…, robust=True)",
    )


@pytest.mark.parametrize("what", ["refused", "hung up on"])
def test_one_bad_address_stops_no_other(
    visitor, some, make_user, settings, caplog, what
):
    """NFR-7: ten follow, some cannot be reached, the rest hear of the recipe."""
    cook = named(make_user, some)
    fans = [named(make_user, some) for _ in range(10)]
    for fan in fans:
        follow(cook, fan)
    bad = {fans[n].email for n in ((0, 4, 9) if what == "refused" else (4,))}
    good = sorted(fan.email for fan in fans if fan.email not in bad)
    refuses, hangs_up_on = (bad, ()) if what == "refused" else ((), bad)
    with (
        PostOffice(refuses=refuses, hangs_up_on=hangs_up_on) as post,
        caplog.at_level("WARNING"),
    ):
        post.serves(settings)
        publish(some, cook, recipe(some, cook), visitor)
    got = sorted(to for to in post.delivered if to in good)
    did = "Published a recipe of a cook with ten followers; the mail server "
    did += {
        "refused": "refused three of the addresses",
        "hung up on": "ended the connection at one of them",
    }[what]
    expect(
        got == good,
        did=did,
        wanted=f"a message to each of the other {len(good)}, once",
        got=f"{len(got)} messages, to {len(set(got))} of them",
        look=f"{MAIL}: a loop over others' addresses goes on",
    )
    expect(
        any(record.levelname in ("WARNING", "ERROR") for record in caplog.records),
        did=did,
        wanted="a warning or an error in the log",
        got="nothing",
        look=f"{MAIL}: what fails is counted and logged",
    )


def test_a_server_that_is_away_is_not_asked_ten_times(
    visitor, some, make_user, settings, caplog
):
    """NFR-7: each attempt may cost ten seconds of a request."""
    cook = named(make_user, some)
    for _ in range(10):
        follow(cook, named(make_user, some))
    settings.EMAIL_BACKEND = f"{BrokenBackend.__module__}.{BrokenBackend.__name__}"
    BrokenBackend.asked = 0
    publish(some, cook, recipe(some, cook), visitor)
    expect(
        BrokenBackend.asked <= 4,
        did="Published a recipe of a cook with ten followers, the mail server away",
        wanted="the server asked a few times at most, and the rest given up",
        got=f"it was asked {BrokenBackend.asked} times",
        look=MAIL,
    )


def test_messages_go_over_one_connection(visitor, some, make_user, settings):
    """NFR-7: and cost the same queries, however many follow."""
    cook = named(make_user, some)
    settings.EMAIL_BACKEND = f"{CountingBackend.__module__}.{CountingBackend.__name__}"
    follow(cook, named(make_user, some))
    publish(some, cook, recipe(some, cook), visitor)  # what is read once is not counted
    counts = []
    for followers in (1, 5):
        while follows().filter(cook=cook).count() < followers:
            follow(cook, named(make_user, some))
        form = recipe_form(
            visitor.sign_in(cook).get(page_of(recipe(some, cook), "edit"))
        )
        no_letters()
        CountingBackend.opened = 0
        _, sent = queries_of(lambda form=form: form.send(status="published"))
        counts.append(len(sent))
        expect(
            len(letters()) == followers and CountingBackend.opened == 1,
            did=f"Published a recipe of a cook with {followers} followers",
            wanted=f"{followers} messages over one connection",
            got=f"{len(letters())} messages over {CountingBackend.opened} connections",
            look=f"{MAIL}, get_connection().send_messages(…)",
        )
    expect(
        counts[0] == counts[1],
        did="Published a recipe with 1 and with 5 followers",
        wanted="the same number of queries",
        got=f"{counts[0]}, then {counts[1]}",
        look=MAIL,
    )
