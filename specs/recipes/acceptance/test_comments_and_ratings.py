"""comments-and-ratings: readers comment and give stars; constraints keep the rules."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from acceptance.calls import same_cost
from acceptance.pages import (
    goals,
    in_order,
    markup,
    only_on,
    path_of,
    shows,
    shows_errors,
    stays_here,
    stays_text,
    told_once,
    without_token,
)
from acceptance.recipes import (
    LOG_IN,
    changed,
    comment,
    delete,
    form_to,
    fresh,  # noqa: F401
    named,
    page_of,
    published,
    rating,
    recipe,
    unseen,
)
from acceptance.recipes_access import states, strangers, walk
from acceptance.recipes_races import is_reported, somebody_else
from acceptance.samples import ago, rare, staff
from acceptance.support import NotYet, expect, fail, model, told, url

COMMENT = "recipes/views.py, the view of /recipes/<slug>/comments/"
RATE = "recipes/views.py, the view of /recipes/<slug>/rating/"
PAGE = "templates/recipes/recipe_detail.html"


def comments():
    """The comments of the database, or a sentence."""
    __tracebackhide__ = True
    return model("recipes.Comment", "recipe", "author", "body", "created_at").objects


def ratings():
    """The ratings of the database, or a sentence."""
    __tracebackhide__ = True
    return model("recipes.Rating", "recipe", "user", "stars").objects


def path_to(name, slug):
    """The address of one of the two views."""
    __tracebackhide__ = True
    return url(f"recipes:{name}", slug=slug)


def form_on(somebody, one, name, field):
    """(page, form) for a comment or for stars on a recipe's page."""
    __tracebackhide__ = True
    page = somebody.get(page_of(one)).expect_status(200)
    page.expect_form(field, look=PAGE)
    to = path_to(name, one.slug)
    form = form_to(page, to)
    expect(
        form is not None and form.has(field),
        did=page.did,
        wanted=f"a form of method post with {field} that leads to {to}",
        got="the form leads elsewhere, or its method is get",
        look=PAGE,
    )
    return page, form


def back_at(answer, one, look):
    """A redirect to the recipe's page, where a message is shown once."""
    __tracebackhide__ = True
    answer.expect_redirect(
        page_of(one), wanted="a redirect to the recipe's page", look=look
    )
    told_once(answer, look=look)


# ------------------------------------------------------------------------------ models


def test_rows_belong_to_recipe_and_user(some, make_user):
    """FR-11: and go with either."""
    author, reader, other = make_user(), make_user(), make_user()
    one, two = published(some, author), published(some, author)
    for each in (one, two):
        for user in (reader, other):
            comment(some, each, user)
            rating(each, user, some.number(1, 5))
    for holder, name, kind in (
        (one, "recipe", "comments"),
        (one, "recipe", "ratings"),
        (reader, "user", "comments"),
        (reader, "user", "ratings"),
    ):
        manager = getattr(holder, kind, None)
        found = manager.count() if manager is not None else None
        expect(
            found == 2,
            did=f"Asked for {name}.{kind}",
            wanted="two of four rows",
            got="there is nothing of this name" if found is None else f"{found}",
            look=f"recipes/models.py, related_name={kind!r}",
        )
    for gone, left in ((one, 2), (reader, 1)):
        try:
            with transaction.atomic():
                gone.delete()
        except Exception as error:
            fail(
                did=f"Deleted {gone}",
                wanted="comments and ratings deleted with it",
                got=told(error),
                look="recipes/models.py, on_delete",
            )
        counts = comments().count(), ratings().count()
        expect(
            counts == (left, left),
            did=f"Deleted a {type(gone).__name__}",
            wanted=f"{left} comments and {left} ratings left",
            got="{} and {}".format(*counts),
            look="recipes/models.py, on_delete=models.CASCADE",
        )


@pytest.mark.parametrize("way", ["bulk_create", "update"])
@pytest.mark.parametrize("what", ["0 stars", "6 stars", "a second rating"])
def test_the_database_refuses_a_wrong_rating(some, make_user, way, what):
    """NFR-9: once a user, one to five stars."""
    one, other = published(some, make_user()), published(some, make_user())
    first = rating(one, make_user(), 3)
    second = rating(other, first.user, 3)
    Rating = type(first)
    stars = 3 if what.startswith("a") else int(what[0])

    def store():
        if what.startswith("a"):
            if way == "update":
                Rating.objects.filter(pk=second.pk).update(recipe=one)
            else:
                new = Rating(recipe=one, user=first.user, stars=stars)
                Rating.objects.bulk_create([new])
        elif way == "update":
            Rating.objects.filter(pk=first.pk).update(stars=stars)
        else:
            new = Rating(recipe=one, user=make_user(), stars=stars)
            Rating.objects.bulk_create([new])

    name = "rating_once" if what.startswith("a") else "rating_stars_in_range"
    did, wanted = f"Stored {what} by {way}()", f"IntegrityError from {name}"
    look = "recipes/models.py, Rating.Meta.constraints"
    try:
        with transaction.atomic():
            store()
    except IntegrityError:
        return
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    fail(did=did, wanted=wanted, got="it is stored", look=look)


# ---------------------------------------------------------------------------- comments


def test_a_comment_is_written(visitor, some, make_user):
    """FR-11: by whoever is signed in, the recipe's author too."""
    one = published(some, make_user())
    for user in (named(make_user, some), one.author):
        reader = visitor.sign_in(user)
        _, form = form_on(reader, one, "comment-create", "body")
        text = f"{some.sentence()} {rare(some)}"
        answer = form.send(body=text)
        found = comments().filter(body=text).first()
        expect(
            found is not None
            and (found.recipe_id, found.author_id) == (one.pk, user.pk),
            did=answer.did,
            wanted="the comment stored, on this recipe and by who is signed in",
            got=f"none; {answer.summary}{answer._form_errors()}"
            if found is None
            else f"recipe {found.recipe_id}, author {found.author_id}",
            look=COMMENT,
        )
        back_at(answer, one, COMMENT)
        page = visitor.get(page_of(one))
        shows(page, text, wanted="the comment on the page, for everybody", look=PAGE)


@pytest.mark.parametrize("what", ["nothing", "blanks", "2001 characters"])
def test_an_invalid_comment_is_refused(visitor, some, make_user, what):
    """FR-11: nothing is stored, and what was typed is still there."""
    one = published(some, make_user())
    reader = visitor.sign_in(make_user())
    page, form = form_on(reader, one, "comment-create", "body")
    text = {"nothing": "", "blanks": "  \n ", "2001 characters": "x" * 2001}[what]
    answer = form.send(body=text)
    expect(
        comments().count() == 0,
        did=f"Sent a comment of {what}",
        wanted="nothing stored",
        got="the comment is stored",
        look=f"{COMMENT}, and CommentForm",
    )
    held = {"body": text} if text.strip() else {}
    shows_errors(answer, page, held, wanted=f"a comment of {what}", look=COMMENT)
    answer.expect_shows(
        one.title, wanted="the recipe's page again, with the error", look=COMMENT
    )


def test_author_and_recipe_are_not_sent(visitor, some, make_user):
    """NFR-6: who comments, and on what, is no field."""
    one, other = published(some, make_user()), published(some, make_user())
    user = make_user()
    _, form = form_on(visitor.sign_in(user), one, "comment-create", "body")
    answer = form.send(
        body=some.sentence(),
        author=str(other.author.pk),
        recipe=str(other.pk),
        created_at="2001-02-03 04:05",
    )
    found = comments().first()
    expect(
        found is not None
        and (found.author_id, found.recipe_id) == (user.pk, one.pk)
        and found.created_at.year > 2001,
        did=answer.did,
        wanted="a comment of who is signed in, on the recipe of the address, of now",
        got="none"
        if found is None
        else f"author {found.author_id}, recipe {found.recipe_id}, {found.created_at}",
        look=COMMENT,
    )


def test_comments_stand_in_their_order(visitor, some, make_user):
    """FR-11: the oldest first, with their authors' names, as text."""
    one, other = published(some, make_user()), published(some, make_user())
    days = some.shuffled([1, 2, 3])
    made = {}
    for day in days:
        body = f"<b>{rare(some)}</b> {rare(some)}"
        found = comment(some, one, named(make_user, some), body=body)
        made[day] = changed(found, created_at=ago(days=day))
    foreign = comment(some, other, named(make_user, some))
    page = visitor.get(page_of(one)).expect_status(200)
    in_order(
        page,
        [made[day].body for day in sorted(made, reverse=True)],
        wanted="the comments, the oldest first, HTML as text",
        look=PAGE,
    )
    for each in made.values():
        shows(
            page,
            each.author.display_name,
            wanted="the display_name of each who commented",
            look=PAGE,
        )
    page.expect_hides(foreign.body, wanted="no comment on another recipe", look=PAGE)


def test_a_visitor_is_led_to_the_login_page(visitor, some, make_user):
    """FR-11: both need an account."""
    one = published(some, make_user())
    comments(), ratings()
    page = visitor.get(page_of(one)).expect_status(200)
    for field in ("body", "stars"):
        expect(
            page.form(field) is None,
            did=page.did,
            wanted=f"no form with {field} for a visitor",
            got="there is one",
            look=PAGE,
        )
    inside = goals(page, page.main)
    expect(
        LOG_IN in [path_of(goal) for goal in inside],
        did=page.did,
        wanted=f"a link to {LOG_IN} in <main>, in place of the forms",
        got=f"links to {', '.join(inside)}",
        look=PAGE,
    )


# ----------------------------------------------------------------------------- ratings


def test_a_rating_is_given_and_changed(visitor, some, make_user):
    """FR-11: a second one changes the first."""
    one, user = published(some, make_user()), make_user()
    foreign = rating(one, make_user(), 2)
    reader = visitor.sign_in(user)
    for stars in some.sample([1, 2, 3, 4, 5], 3):
        _, form = form_on(reader, one, "rate", "stars")
        answer = form.send(stars=str(stars))
        found = [each.stars for each in ratings().filter(recipe=one, user=user)]
        expect(
            found == [stars],
            did=answer.did,
            wanted=f"one rating of this user, with {stars} stars",
            got=f"{found or 'none'}{answer._form_errors()}",
            look=f"{RATE}, update_or_create",
        )
        back_at(answer, one, RATE)
        page, form = form_on(reader, one, "rate", "stars")
        chosen = form.values.get("stars")
        expect(
            chosen == str(stars),
            did=f"{page.did}, which one has given {stars} stars",
            wanted=f"one's own {stars} stars chosen in the form",
            got=f"{chosen or 'nothing'} is chosen",
            look=f"{PAGE}, and the form's instance",
        )
    foreign.refresh_from_db()
    expect(
        foreign.stars == 2,
        did="Rated a recipe that somebody else had given 2 stars",
        wanted="the other rating as it was",
        got=f"it has {foreign.stars} stars",
        look=RATE,
    )


@pytest.mark.parametrize("value", ["0", "6", "-1", "", "many", "4.5"])
@pytest.mark.parametrize("rated", [False, True], ids=["new", "rated before"])
def test_other_numbers_are_no_stars(visitor, some, make_user, value, rated):
    """FR-11: they are refused with a sentence, and change nothing."""
    one, user = published(some, make_user()), make_user()
    reader = visitor.sign_in(user)
    if rated:
        rating(one, user, 4)
    page, _ = form_on(reader, one, "rate", "stars")
    answer = reader.post(path_to("rate", one.slug), {"stars": value})
    found = [each.stars for each in ratings().all()]
    expect(
        found == ([4] if rated else []),
        did=answer.did,
        wanted="no rating stored or changed",
        got=f"ratings of {found} stars",
        look=RATE,
    )
    expect(
        answer.status == 200 or 300 <= answer.status < 400,
        did=answer.did,
        wanted="200 with an error, or a redirect with a message",
        got=answer.summary,
        look=RATE,
    )
    shown = reader.get(page_of(one)) if answer.status != 200 else answer
    expect(
        only_on(shown, page),
        did=answer.did,
        wanted="a sentence that says so, on the page or as a message",
        got="the page says nothing that it did not say before",
        look=f"{RATE}, messages.error",
    )


@pytest.mark.parametrize("who", ["reader", "author", "recipe"])
def test_what_goes_with_whom(some, make_user, who):
    """FR-11: comments and ratings go with their user and with their recipe."""
    one, other = published(some, make_user()), published(some, make_user())
    reader, stays = make_user(), make_user()
    for user in (reader, stays):
        comment(some, one, user), comment(some, other, user)
        rating(one, user, 4), rating(other, user, 2)
    gone = {"reader": reader, "author": one.author, "recipe": one}[who]
    left = {
        "reader": [(one.pk, stays.pk), (other.pk, stays.pk)],
        "author": [(other.pk, reader.pk), (other.pk, stays.pk)],
        "recipe": [(other.pk, reader.pk), (other.pk, stays.pk)],
    }[who]
    delete(gone, look="recipes/models.py, on_delete")
    for kind, field in ((comments(), "author"), (ratings(), "user")):
        found = sorted(kind.values_list("recipe", field))
        expect(
            found == sorted(left),
            did=f"Deleted the {who} of a recipe with comments and ratings"
            if who != "recipe"
            else "Deleted a recipe with comments and ratings",
            wanted="what belonged to it gone, and nothing else",
            got=f"{len(found)} rows of {kind.model.__name__} are left, not 2",
            look=f"recipes/models.py, {kind.model.__name__}, on_delete",
        )


def test_many_comments_come_in_pages(visitor, some, make_user):
    """NFR-1: a page shows fifty at most, the newest first of all."""
    one, user = published(some, make_user()), named(make_user, some)
    Comment = comments().model
    bodies = [f"{rare(some)} number {number}" for number in range(120)]
    Comment.objects.bulk_create(
        Comment(recipe=one, author=user, body=body) for body in bodies
    )
    page = visitor.get(page_of(one)).expect_status(200)
    shown = [body for body in bodies if body in page.text]
    expect(
        0 < len(shown) <= 50,
        did=f"{page.did}, with 120 comments",
        wanted="fifty comments at most",
        got=f"{len(shown)} of them",
        look="recipes/views.py, Paginator",
    )
    expect(
        shown[-1] == bodies[-1],
        did=f"{page.did}, with 120 comments",
        wanted="the newest on the page that is opened first",
        got="it is not there",
        look="recipes/views.py, Paginator",
    )
    seen, todo, done = set(), [page_of(one)], set()
    while todo and len(done) < 12:
        path = todo.pop()
        done.add(path)
        page = visitor.get(path).expect_status(200)
        held = {body for body in bodies if body in page.text}
        expect(
            len(held) <= 50,
            did=f"{page.did}, with 120 comments",
            wanted="fifty comments at most on each page",
            got=f"{len(held)} of them",
            look="recipes/views.py, Paginator",
        )
        seen |= held
        here = page_of(one)
        for link in page.links():
            to = link.split("#")[0]
            to = f"{here}{to}" if to.startswith("?") else to
            if to.startswith(f"{here}?") and to not in done:
                todo.append(to)
    expect(
        len(seen) == len(bodies),
        did="Followed the links among the pages of 120 comments",
        wanted="all of them on one page or another",
        got=f"{len(seen)} of them",
        look=PAGE,
    )


def test_a_comment_outlives_the_session(visitor, some, make_user):
    """FR-11: who is signed out while writing signs in again and finds it there."""
    one, user = published(some, make_user()), make_user()
    body = f"{some.sentence()} {rare(some)}"
    answer = visitor.post(path_to("comment-create", one.slug), {"body": body})
    answer.expect_redirect(LOG_IN, look=COMMENT)
    query = parse_qs(urlsplit(answer.location).query)
    back = query.get("next", [""])[0]
    expect(
        back.split("?")[0].split("#")[0] == page_of(one),
        did=f"{answer.did}, signed out, as after a session that has ended",
        wanted=f"the log-in page, whose next is {page_of(one)}: the other address "
        "answers GET with 405",
        got=f"next is {back or 'missing'}",
        look=f"{COMMENT}, redirect_to_login",
    )
    visitor.client.force_login(user)
    page = visitor.get(back).expect_status(200)
    form = page.form("body")
    expect(
        form is not None and body in str(form.values.get("body", "")),
        did=f"{answer.did}, then logged in and opened {back}",
        wanted="the comment in its field, to be sent once more",
        got="the field is empty",
        look=f"{COMMENT}: keep it in request.session",
    )
    form.send()
    kept = comments().filter(recipe=one, author=user).values_list("body", flat=True)
    again = visitor.get(back).form("body")
    expect(
        [text.strip() for text in kept] == [body]
        and body not in str(again.values.get("body", "")),
        did="Sent it, and opened the page again",
        wanted="the comment stored once, and an empty field",
        got=f"{len(kept)} comments; the field holds {again.values.get('body')!r}",
        look=COMMENT,
    )


@pytest.mark.parametrize("first", [1, 2])
def test_a_rating_that_is_sent_twice_at_once(visitor, some, make_user, first):
    """FR-11, NFR-9: both find no rating, one of them stores it, and none fails."""
    one, user = published(some, make_user()), make_user()
    model("recipes.Rating", "recipe", "user", "stars")
    Rating = ratings().model

    def rate(value):
        Rating.objects.bulk_create([Rating(recipe=one, user=user, stars=1)])

    path = path_to("rate", one.slug)
    with somebody_else(rate, Rating, looked_for="", first=first):
        answer = visitor.sign_in(user).post(path, {"stars": "4"})
    did = f"{answer.did}, while the same form was sent from another window"
    answer.expect_redirect(path_of(page_of(one)), look=f"{RATE}, update_or_create")
    found = [each.stars for each in ratings().filter(recipe=one, user=user)]
    expect(
        found == [4],
        did=did,
        wanted="one rating of this user, with 4 stars",
        got=f"{found}",
        look=f"{RATE}, update_or_create",
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["comment-create", "rate"])
def test_a_recipe_that_goes_meanwhile_takes_neither(visitor, some, make_user, name):
    """FR-11, NFR-9: its author deletes it after it was looked for. The database looks
    for it when it commits, so this test commits.
    """
    one = published(some, make_user())
    kind = (comments() if name == "comment-create" else ratings()).model
    data = {"body": some.sentence()} if name == "comment-create" else {"stars": "4"}
    look = COMMENT if name == "comment-create" else RATE
    reader = visitor.sign_in(make_user())
    wanted = "404, as for any recipe that is not there"

    def act(value):
        type(one)._base_manager.filter(pk=one.pk).delete()

    is_back = type(one)._base_manager.filter(pk=one.pk).exists
    try:
        with somebody_else(act, kind, type(one), undone=is_back):
            answer = reader.post(path_to(name, one.slug), data)
    except NotYet as error:
        fail(
            did=f"{error.did}, while its author deleted the recipe",
            wanted=wanted,
            got=error.got,
            look=f"{look}: IntegrityError, caught round a block of "
            "transaction.atomic()",
        )
    answer.did += ", while its author deleted the recipe"
    answer.expect_status(404, wanted=wanted, look=look)
    nothing(answer.did, look)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["comment-create", "rate"])
def test_what_else_the_database_refuses(visitor, some, make_user, caplog, name):
    """FR-11: the recipe is there, so the fault is the code's, and is reported."""
    one, client = published(some, make_user()), Client(raise_request_exception=False)
    kind = (comments() if name == "comment-create" else ratings()).model
    data = {"body": some.sentence()} if name == "comment-create" else {"stars": "4"}
    look = COMMENT if name == "comment-create" else RATE
    client.force_login(make_user())
    path = path_to(name, one.slug)
    is_reported(
        lambda: client.post(path, data),
        "INSERT",
        kind,
        log=caplog,
        did=f"Sent POST {path}",
        look=f"{look}: answer 404 only if the recipe is gone, and raise anything else",
    )


def test_nobody_rates_their_own(visitor, some, make_user):
    """FR-11: 403, and no form."""
    one = published(some, make_user())
    mine = visitor.sign_in(one.author)
    answer = mine.post(path_to("rate", one.slug), {"stars": "5"})
    answer.expect_status(403, wanted="403 for one's own recipe", look=RATE)
    expect(
        ratings().count() == 0,
        did=answer.did,
        wanted="nothing stored",
        got="the rating is stored",
        look=RATE,
    )
    page = mine.get(page_of(one)).expect_status(200)
    expect(
        page.form("stars") is None,
        did=page.did,
        wanted="no form with stars for the recipe's author",
        got="there is one",
        look=PAGE,
    )


# ----------------------------------------------------------------------------- refused

BOTH = pytest.mark.parametrize(
    ("name", "data", "tail"),
    [
        ("comment-create", {"body": "Well done"}, "comments"),
        ("rate", {"stars": "5"}, "rating"),
    ],
    ids=["comment", "rating"],
)


def nothing(did, look):
    """Neither a comment nor a rating is stored."""
    __tracebackhide__ = True
    counts = comments().count(), ratings().count()
    expect(
        counts == (0, 0),
        did=did,
        wanted="nothing stored",
        got="{} comments and {} ratings".format(*counts),
        look=look,
    )


@BOTH
def test_the_address_takes_posts_only(visitor, some, make_user, name, data, tail):
    """NFR-6: a GET changes nothing."""
    one = published(some, make_user())
    path = path_to(name, one.slug)
    expect(
        path == f"/recipes/{one.slug}/{tail}/",
        did=f"Looked up the URL recipes:{name}",
        wanted=f"/recipes/{one.slug}/{tail}/",
        got=path,
        look="recipes/urls.py",
    )
    page = visitor.sign_in(make_user()).get(path, data)
    page.expect_status(405, wanted="405 for a GET", look="recipes/views.py")
    nothing(page.did, "recipes/views.py, require_POST")


@BOTH
def test_a_visitors_post_is_sent_to_the_login_page(
    visitor, some, make_user, name, data, tail
):
    """FR-11: who is not signed in logs in first."""
    one = published(some, make_user())
    answer = visitor.post(path_to(name, one.slug), data)
    answer.expect_redirect(LOG_IN, look=COMMENT if name != "rate" else RATE)
    nothing(answer.did, "recipes/views.py, LoginRequiredMixin")


@BOTH
def test_what_is_not_published_takes_neither(
    visitor, some, make_user, name, data, tail
):
    """FR-2: 404 for a draft, its author's own too, and for an unknown slug."""
    author = make_user()
    slugs = [some.slug(), *(one.slug for one in unseen(some, author))]
    for user in (author, make_user()):
        for slug in slugs:
            answer = visitor.sign_in(user).post(path_to(name, slug), data)
            answer.expect_status(
                404,
                wanted="404 for a draft and for an unknown slug",
                look=f"{COMMENT if name != 'rate' else RATE}, published()",
            )
            nothing(answer.did, "recipes/views.py")


@BOTH
def test_a_post_without_a_token_stores_nothing(some, make_user, name, data, tail):
    """NFR-6: 403."""
    one = published(some, make_user())
    path = path_to(name, one.slug)
    status = without_token(make_user(), path, data)
    did = f"Sent POST {path} without a CSRF token"
    expect(status == 403, did=did, wanted="403", got=f"{status}", look="csrf_exempt")
    nothing(did, "recipes/views.py")


# ------------------------------------------------------------------------------- shown


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([4, 5], ("4.5", "2 ratings")),
        ([3], ("3.0", "1 rating")),
        ([4, 4, 5], ("4.3", "3 ratings")),
    ],
    ids=["two", "one", "three"],
)
def test_stars_are_shown(visitor, some, make_user, given, wanted):
    """FR-11: the average and the number, whatever else belongs to the recipe."""
    one = published(some, make_user(), rows=2)
    for stars in given:
        user = make_user()
        rating(one, user, stars)
        comment(some, one, user)  # a second join must not multiply the first
    for path in (page_of(one), "/recipes/", "/"):
        page = visitor.get(path).expect_status(200)
        for text in wanted:
            shows(
                page,
                text,
                wanted=f'"{text}" for stars of {given}',
                look="recipes/models.py, RecipeQuerySet.with_stars, and the templates",
            )
        if len(given) == 1:
            page.expect_hides("1 ratings", wanted='"1 rating"', look=PAGE)


def test_without_a_rating_there_is_no_average(visitor, some, make_user):
    """FR-11: neither 0.0 nor None."""
    ratings()
    one = published(some, make_user(), rows=0)
    for path in (page_of(one), "/recipes/", "/"):
        page = visitor.get(path).expect_status(200)
        found = re.search(r"(?<![\d.])\d\.\d(?![\d.])|\bNone\b", page.text)
        expect(
            found is None,
            did=f"{page.did}, where no recipe has a rating",
            wanted="no average",
            got=f'the page says "{found[0] if found else ""}"',
            look="templates/recipes/, {% if recipe.average_stars %}",
        )


# --------------------------------------------------------------------- admin and costs


@pytest.mark.parametrize("kind", ["comment", "rating"])
def test_the_admin_lists_both(visitor, some, make_user, kind):
    """FR-11: staff look after them."""
    boss = visitor.sign_in(staff(make_user))
    path = f"/admin/recipes/{kind}/"
    comments(), ratings()
    boss.get(path).expect_status(200, look="recipes/admin.py")

    def grow():
        one = published(some, make_user(), rows=0, published_at=ago(days=1))
        comment(some, one, make_user())
        rating(one, make_user(), 4)

    same_cost(
        boss,
        path,
        grow,
        few=2,
        many=6,
        things=f"{kind}s of different users on different recipes",
        look="recipes/admin.py, list_select_related",
    )


def test_a_recipes_page_costs_the_same_however_many_speak(visitor, some, make_user):
    """NFR-1: neither a comment nor a rating costs a query."""
    one = published(some, make_user())

    def grow():
        user = named(make_user, some)
        comment(some, one, user)
        rating(one, user, some.number(1, 5))

    same_cost(
        visitor.sign_in(make_user()),
        page_of(one),
        grow,
        few=2,
        many=6,
        things="comments and ratings of different users",
        look="recipes/views.py, the view of /recipes/<slug>/",
    )


@pytest.mark.parametrize("where", ["list", "home", "category"])
def test_cards_cost_the_same_with_stars(visitor, some, make_user, where):
    """NFR-1: averages are counted for all cards at once."""
    first = published(some, make_user(), rows=0)
    ratings()
    path = {
        "list": "/recipes/",
        "home": "/",
        "category": url("recipes:category-detail", slug=first.category.slug),
    }[where]

    def grow():
        one = published(some, make_user(), category=first.category, rows=0)
        rating(one, first.author, some.number(1, 5))

    same_cost(
        visitor,
        path,
        grow,
        few=1,
        many=5,
        things="recipes with ratings",
        look="recipes/models.py, RecipeQuerySet.with_stars",
    )


@BOTH
def test_only_what_is_published_takes_either(
    visitor, some, make_user, name, data, tail
):
    """FR-11: from nobody, its author, staff and a superuser among them."""
    author = make_user()
    rows = {
        state: one
        for state, one in states(some, author).items()
        if state != "a published recipe"
    }
    people = {**strangers(visitor, make_user), "its author": visitor.sign_in(author)}
    walk(
        people,
        rows,
        [("POST", lambda one: path_to(name, one.slug), data)],
        lambda who, state: {302, 404} if who == "a visitor" else {404},
        lambda: (comments().count(), ratings().count()),
        look=f"{COMMENT if name != 'rate' else RATE}, published()",
    )


def test_staff_do_not_rate_their_own(visitor, make_user, some):
    """FR-11: nobody does."""
    one = published(some, make_user(is_staff=True, is_superuser=True))
    mine = visitor.sign_in(one.author)
    answer = mine.post(path_to("rate", one.slug), {"stars": "5"})
    answer.expect_status(403, wanted="403 for one's own recipe", look=RATE)
    nothing(answer.did, RATE)


@BOTH
def test_no_answer_leads_elsewhere(visitor, some, make_user, name, data, tail):
    """NFR-6: neither next nor the Referer says where to go."""
    one, look = published(some, make_user()), COMMENT if name != "rate" else RATE
    mine = visitor.sign_in(make_user())
    stays_here(mine, path_to(name, one.slug), data, look=look)


def test_html_in_comments_is_text(visitor, some, make_user):
    """FR-11: in the body and in the name of who wrote it."""
    one, user = published(some, make_user()), make_user(first_name=markup(some))
    body = markup(some)
    comment(some, one, user, body=body)
    look = f"{PAGE}, and what it includes"
    texts = {"a comment": body, "the name of who wrote it": user.display_name}
    stays_text(visitor.get(page_of(one)), texts, look=look)


def test_a_kept_comment_is_for_its_recipe(visitor, some, make_user):
    """FR-11: what somebody wrote about one recipe does not stand under another."""
    one, other = published(some, make_user()), published(some, make_user())
    body = f"{some.sentence()} {rare(some)}"
    visitor.post(path_to("comment-create", one.slug), {"body": body})
    visitor.client.force_login(make_user())
    page = visitor.get(page_of(other)).expect_status(200)
    form = page.expect_form("body", look=PAGE)
    expect(
        body not in str(form.values.get("body", "")),
        did=f"Sent a comment on one recipe signed out, logged in, and {page.did}",
        wanted="an empty field under another recipe",
        got="the comment on the first one",
        look=f"{COMMENT}: keep it together with the recipe",
    )


@pytest.mark.parametrize("right", [True, False], ids=["done", "refused"])
def test_messages_have_their_level(visitor, some, make_user, right):
    """FR-11: what was done and what was refused look different."""
    one, mine = published(some, make_user()), visitor.sign_in(make_user())
    answer = mine.post(path_to("rate", one.slug), {"stars": "4" if right else "9"})
    if answer.status == 200:
        return
    level = "success" if right else "error"
    page = mine.get(page_of(one)).expect_status(200)
    expect(
        page.soup.find(class_=level) is not None,
        did=f"{answer.did}, and opened the recipe's page",
        wanted=f"a message whose class is {level}",
        got=f"no element of the class {level}",
        look=f"{RATE}, messages.{level}, and {{{{ message.tags }}}} in "
        "templates/base.html",
    )


def test_a_draft_shows_no_forms(visitor, some, make_user):
    """FR-2: there is nothing to say to a draft yet."""
    one = recipe(some, make_user())
    comments()
    page = visitor.sign_in(one.author).get(page_of(one)).expect_status(200)
    to = path_to("comment-create", one.slug)
    expect(
        form_to(page, to) is None,
        did=page.did,
        wanted="no form for comments on a draft: it takes none",
        got="there is one",
        look=PAGE,
    )
