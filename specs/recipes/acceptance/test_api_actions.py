"""api-actions: comments, stars and the picture, below a recipe's address."""

import json

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from acceptance.calls import same_cost
from acceptance.recipes import (
    bomb,
    comment,
    drawn,
    encoded,
    fresh,  # noqa: F401
    letters,
    named,
    no_letters,
    picture,
    published,
    rating,
    recipe,
    stored_files,
    upload,
)
from acceptance.recipes_api import (
    HOST,
    VIEWS,
    endpoint,
    every,
    has_fields,
    read,
    refused,
    results_of,
    says,
    send,
    short,
)
from acceptance.recipes_races import is_reported, somebody_else
from acceptance.samples import ahead
from acceptance.support import NotYet, Page, committed, expect, fail, model, told

NAMES = ("comments", "rating", "image")


def action(name, one):
    """The address of one of the three."""
    __tracebackhide__ = True
    return endpoint(f"recipe-{name}", one)


def rows(label):
    """The rows of a model of the app."""
    __tracebackhide__ = True
    return model(f"recipes.{label}")._default_manager


def put_picture(visitor, one, file):
    """The picture as a program sends it: a form of several parts."""
    __tracebackhide__ = True
    path = action("image", one)
    did = f"Sent PUT {path} with a file as {visitor.who}"
    sent = encode_multipart(BOUNDARY, {"image": file})
    try:
        with committed():
            answer = visitor.client.generic(
                "PUT", path, sent, content_type=MULTIPART_CONTENT
            )
    except Exception as error:
        raise NotYet(
            did=did, wanted="an answer, not an error", got=told(error), look=VIEWS
        ) from error
    return Page(visitor, did, path, answer)


def test_addresses(visitor, some, make_user):
    """FR-21: below the recipe's own."""
    one = published(some, named(make_user, some))
    for name in NAMES:
        found, wanted = action(name, one), f"/api/recipes/{one.slug}/{name}/"
        expect(
            found == wanted,
            did=f"Looked up the URL api:recipe-{name}",
            wanted=wanted,
            got=found,
            look=VIEWS,
        )


# ----------------------------------------------------------------------------- comments


def test_comments_are_read(visitor, some, make_user):
    """FR-21: by everybody, oldest first, in pages."""
    one = published(some, named(make_user, some))
    made = [comment(some, one, named(make_user, some)) for _ in range(3)]
    comment(some, published(some, named(make_user, some)), make_user())
    page = visitor.get(action("comments", one))
    has_fields(
        read(page), ["count", "next", "previous", "results"], did=page.did, look=VIEWS
    )
    found = results_of(page)
    expect(
        [each.get("body") for each in found] == [each.body for each in made],
        did=page.did,
        wanted="this recipe's comments, oldest first",
        got=short(found),
        look=VIEWS,
    )
    has_fields(found[0], ["author", "body", "created_at"], did=page.did)
    says(found[0], {"author": made[0].author.username}, did=page.did)


def test_many_comments(visitor, some, make_user):
    """FR-21: each once over all pages, at a fixed price."""
    one = published(some, named(make_user, some))
    kind = model("recipes.Comment")
    who = make_user()
    kind._default_manager.bulk_create(
        kind(recipe=one, author=who, body=f"{some.sentence()} {number}")
        for number in range(45)
    )
    found = every(visitor, action("comments", one))
    expect(
        len(found) == 45 and len({each["body"] for each in found}) == 45,
        did=f"Followed next through GET {action('comments', one)}, with 45 comments",
        wanted="each of them once",
        got=f"{len(found)} results",
        look=VIEWS,
    )
    other = published(some, named(make_user, some))
    same_cost(
        visitor,
        action("comments", other),
        lambda: comment(some, other, named(make_user, some)),
        few=2,
        many=6,
        things="comments by different people",
        look=VIEWS,
    )


def test_a_comment_is_written(visitor, some, make_user):
    """FR-21: stored with its author, and told of by mail."""
    cook, guest, other = (named(make_user, some) for _ in range(3))
    one = published(some, cook)
    elsewhere = published(some, cook)
    no_letters()
    text = some.sentence()
    given = {"body": text, "author": other.username, "recipe": elsewhere.pk}
    page = send(visitor.sign_in(guest), "POST", action("comments", one), given)
    says(
        read(page, 201, look=VIEWS),
        {"author": guest.username, "body": text},
        did=page.did,
    )
    made = list(rows("Comment").all())
    expect(
        len(made) == 1
        and made[0].author == guest
        and made[0].recipe == one
        and made[0].body == text,
        did=page.did,
        wanted="one comment, on this recipe and by who sent it",
        got=short([(each.recipe.slug, each.author.username) for each in made]),
        look=VIEWS,
    )
    expect(
        len(letters(cook)) == 1 and len(letters()) == 1,
        did=page.did,
        wanted="one mail, to the recipe's author",
        got=f"{len(letters())} mails",
        look=VIEWS,
    )


@pytest.mark.parametrize("bad", ["", "   \n ", "x" * 2001, None])
def test_an_empty_or_endless_comment(visitor, some, make_user, bad):
    """FR-21: 400, nothing stored, no mail."""
    one = published(some, named(make_user, some))
    no_letters()
    given = {} if bad is None else {"body": bad}
    page = send(visitor.sign_in(make_user()), "POST", action("comments", one), given)
    refused(page, "body", wanted="400 for an empty, blank or too long body")
    expect(
        not rows("Comment").exists() and not letters(),
        did=page.did,
        wanted="nothing stored and no mail",
        got=f"{rows('Comment').count()} comments, {len(letters())} mails",
        look=VIEWS,
    )


# ------------------------------------------------------------------------------- rating


@pytest.mark.parametrize("first", [1, 2])
def test_stars_that_are_sent_twice_at_once(visitor, some, make_user, first):
    """FR-21, NFR-9: both find no rating, one of them stores it, and none fails."""
    one, guest = published(some, named(make_user, some)), make_user()
    Rating = model("recipes.Rating", "recipe", "user", "stars")

    def rate(value):
        Rating.objects.bulk_create([Rating(recipe=one, user=guest, stars=1)])

    with somebody_else(rate, Rating, looked_for="", first=first):
        page = send(visitor.sign_in(guest), "PUT", action("rating", one), {"stars": 4})
    read(page, wanted="200 for both of two requests at once", look=VIEWS)
    found = list(rows("Rating").filter(user=guest).values_list("stars", flat=True))
    expect(
        found == [4],
        did=f"{page.did}, while another program sent one for the same user",
        wanted="one row of 4 stars",
        got=short(found),
        look=f"{VIEWS}, update_or_create",
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["comments", "rating", "image"])
def test_a_recipe_that_goes_meanwhile(visitor, some, make_user, name):
    """FR-21, NFR-9: it is deleted after it was looked for. The database looks for it
    when it commits, so this test commits.
    """
    author = named(make_user, some)
    one, guest = published(some, author), visitor.sign_in(make_user())
    Recipe = type(one)
    kinds = {
        "comments": [model("recipes.Comment", "recipe", "author", "body")],
        "rating": [model("recipes.Rating", "recipe", "user", "stars")],
        "image": [],
    }[name]

    def act(value):
        Recipe._base_manager.filter(pk=one.pk).delete()

    is_back = Recipe._base_manager.filter(pk=one.pk).exists
    meanwhile = "while its author deleted the recipe"
    wanted = "404 as JSON, as for any recipe that is not there"
    try:
        with somebody_else(act, Recipe, *kinds, undone=is_back):
            if name == "image":
                page = put_picture(visitor.sign_in(author), one, picture(some))
            elif name == "comments":
                text = {"body": some.sentence()}
                page = send(guest, "POST", action(name, one), text)
            else:
                page = send(guest, "PUT", action(name, one), {"stars": 4})
    except NotYet as error:
        fail(did=f"{error.did}, {meanwhile}", wanted=wanted, got=error.got, look=VIEWS)
    page.did += f", {meanwhile}"
    page.expect_status(404, wanted=wanted, look=VIEWS)
    for kind in kinds:
        expect(
            not kind._default_manager.exists(),
            did=page.did,
            wanted="nothing stored",
            got="it is stored",
            look=VIEWS,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["comments", "rating", "image"])
def test_what_else_the_database_refuses(visitor, some, make_user, caplog, name):
    """FR-21: the recipe is there, so the fault is the code's, and is reported."""
    author = named(make_user, some)
    one = published(some, author)
    method = "POST" if name == "comments" else "PUT"
    kind = {
        "comments": lambda: model("recipes.Comment", "recipe", "author", "body"),
        "rating": lambda: model("recipes.Rating", "recipe", "user", "stars"),
        "image": lambda: type(one),
    }[name]()
    verb = "UPDATE" if name == "image" else "INSERT"
    client = Client(raise_request_exception=False)
    client.force_login(author if name == "image" else make_user())
    if name == "image":
        sent = encode_multipart(BOUNDARY, {"image": picture(some)})
        type_ = MULTIPART_CONTENT
    else:
        given = {"body": some.sentence()} if name == "comments" else {"stars": 4}
        sent, type_ = json.dumps(given), "application/json"
    path = action(name, one)
    is_reported(
        lambda: client.generic(method, path, sent, content_type=type_),
        verb,
        kind,
        log=caplog,
        did=f"Sent {method} {path}",
        look=f"{VIEWS}, handle_exception: only where the recipe is gone is it a 404",
    )


def test_stars_are_set_changed_and_taken_back(visitor, some, make_user):
    """FR-21: one row a user, whatever they send, and as often as they like."""
    one = published(some, named(make_user, some))
    rating(one, make_user(), 5)
    guest = make_user()
    mine, path = visitor.sign_in(guest), action("rating", one)
    for stars, average in ((2, 3.5), (4, 4.5), (4, 4.5)):
        page = send(mine, "PUT", path, {"stars": stars})
        says(
            read(page, look=VIEWS),
            {"stars": stars, "average_stars": average, "ratings_count": 2},
            did=page.did,
        )
        found = list(rows("Rating").filter(user=guest).values_list("stars", flat=True))
        expect(
            found == [stars],
            did=page.did,
            wanted=f"one row of {stars} stars",
            got=short(found),
            look=VIEWS,
        )
    for _ in range(2):
        page = mine.send("DELETE", path)
        page.expect_status(204, wanted="204, also without a rating", look=VIEWS)
        expect(
            not rows("Rating").filter(user=guest).exists()
            and rows("Rating").count() == 1,
            did=page.did,
            wanted="one's own rating gone, and the other one kept",
            got=f"{rows('Rating').count()} ratings",
            look=VIEWS,
        )


@pytest.mark.parametrize("bad", [0, 6, -1, "many", None, 10**30, [], 2.5])
def test_stars_that_do_not_exist(visitor, some, make_user, bad):
    """FR-21: 400, and nothing stored."""
    one = published(some, named(make_user, some))
    given = {} if bad is None else {"stars": bad}
    page = send(visitor.sign_in(make_user()), "PUT", action("rating", one), given)
    refused(page, "stars", wanted=f"400 for stars = {bad!r}")
    expect(
        not rows("Rating").exists(),
        did=page.did,
        wanted="nothing stored",
        got="a rating was stored",
        look=VIEWS,
    )


def test_nobody_rates_their_own(visitor, some, make_user):
    """FR-11: 403 for both methods."""
    cook = named(make_user, some)
    one = published(some, cook)
    mine = visitor.sign_in(cook)
    for page in (
        send(mine, "PUT", action("rating", one), {"stars": 5}),
        mine.send("DELETE", action("rating", one)),
    ):
        page.expect_status(403, wanted="403 on one's own recipe", look=VIEWS)
        expect(
            not rows("Rating").exists(),
            did=page.did,
            wanted="nothing stored",
            got="a rating was stored",
            look=VIEWS,
        )


# -------------------------------------------------------------------------------- image


def test_a_picture_is_put_and_removed(visitor, some, make_user):
    """FR-21: stored as the site does."""
    cook = named(make_user, some)
    one = published(some, cook)
    mine = visitor.sign_in(cook)
    page = put_picture(mine, one, picture(some, "PNG"))
    found = read(page, look=VIEWS)
    one.refresh_from_db()
    expect(
        bool(one.image) and bool(one.thumbnail),
        did=page.did,
        wanted="image and thumbnail stored",
        got=f"image {one.image.name!r}, thumbnail {one.thumbnail.name!r}",
        look=VIEWS,
    )
    says(
        found,
        {"image": HOST + one.image.url, "thumbnail": HOST + one.thumbnail.url},
        did=page.did,
        wanted="absolute addresses",
    )
    expect(
        one.image.name.endswith(".jpg"),
        did=page.did,
        wanted="the picture written anew as JPEG, as the site does it",
        got=one.image.name,
        look=VIEWS,
    )
    page = mine.send("DELETE", action("image", one))
    page.expect_status(204, look=VIEWS)
    one.refresh_from_db()
    expect(
        not one.image and not one.thumbnail,
        did=page.did,
        wanted="both fields empty",
        got=f"image {one.image.name!r}, thumbnail {one.thumbnail.name!r}",
        look=VIEWS,
    )


BAD_FILES = {
    "a text": lambda: upload(b"Leeks, butter, cream." * 20),
    "an empty file": lambda: upload(b""),
    "a GIF": lambda: upload(encoded(drawn(mode="P"), "GIF"), "GIF"),
    "a PNG named .jpg": lambda: upload(encoded(drawn(), "PNG")),
    "a picture cut off": lambda: upload(encoded(drawn())[:900]),
    "a header that claims too much": lambda: upload(bomb(), "PNG"),
    "a picture of ten pixels": lambda: upload(encoded(drawn(size=(10, 10)))),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_picture(visitor, some, make_user, what):
    """FR-7: 400 with a sentence; picture and disk as they were."""
    cook = named(make_user, some)
    one = published(some, cook)
    mine = visitor.sign_in(cook)
    read(put_picture(mine, one, picture(some)), look=VIEWS)
    one.refresh_from_db()
    before, disk = (one.image.name, one.thumbnail.name), stored_files()
    page = put_picture(mine, one, BAD_FILES[what]())
    refused(page, "image", wanted=f"400 for {what}, with a sentence under image")
    one.refresh_from_db()
    expect(
        (one.image.name, one.thumbnail.name) == before and stored_files() == disk,
        did=page.did,
        wanted="the old picture, and nothing new on the disk",
        got=f"{one.image.name!r}; {len(stored_files()) - len(disk):+} files",
        look=VIEWS,
    )


def test_json_is_no_picture(visitor, some, make_user):
    """FR-21: 415."""
    cook = named(make_user, some)
    one = published(some, cook)
    page = send(visitor.sign_in(cook), "PUT", action("image", one), {"image": "x.jpg"})
    page.expect_status(415, wanted="415 for JSON in place of a form", look=VIEWS)


# ------------------------------------------------------------------------------ who may

REQUESTS = [
    ("comments", "POST", {"body": "Salt."}),
    ("rating", "PUT", {"stars": 3}),
    ("rating", "DELETE", None),
    ("image", "PUT", None),
    ("image", "DELETE", None),
]


def ask(visitor, one, name, method, given):
    """One of the requests."""
    __tracebackhide__ = True
    if (name, method) == ("image", "PUT"):
        return put_picture(visitor, one, picture())
    return send(visitor, method, action(name, one), given)


def nothing_stored(page, one):
    """No comment, no rating, no picture."""
    __tracebackhide__ = True
    one.refresh_from_db()
    counts = rows("Comment").count(), rows("Rating").count(), len(stored_files())
    expect(
        counts == (0, 0, 0) and not one.image,
        did=page.did,
        wanted="nothing stored",
        got="{} comments, {} ratings, {} files".format(*counts),
        look="api/permissions.py",
    )


@pytest.mark.parametrize(("name", "method", "given"), REQUESTS)
def test_who_may_not(visitor, some, make_user, name, method, given):
    """FR-21: 401 for visitors, 403 for a stranger's picture, 404 for what is hidden."""
    cook = named(make_user, some)
    one, hidden = published(some, cook), recipe(some, cook)
    page = ask(visitor, one, name, method, given)
    page.expect_status(401, wanted="401 for a visitor", look="api/permissions.py")
    nothing_stored(page, one)
    stranger = visitor.sign_in(make_user())
    if name == "image":
        page = ask(stranger, one, name, method, given)
        page.expect_status(403, wanted="403: it is not theirs", look=VIEWS)
        nothing_stored(page, one)
    page = ask(stranger, hidden, name, method, given)
    page.expect_status(404, wanted="404 for somebody else's draft", look=VIEWS)
    nothing_stored(page, hidden)
    if name != "image":
        page = ask(visitor.sign_in(cook), hidden, name, method, given)
        page.expect_status(404, wanted="404 for one's own draft", look=VIEWS)
        nothing_stored(page, hidden)
    coming = published(some, cook, published_at=ahead(days=1))
    for somebody in (
        (stranger,) if name == "image" else (stranger, visitor.sign_in(cook))
    ):
        page = ask(somebody, coming, name, method, given)
        page.expect_status(404, wanted="404 for what is dated tomorrow", look=VIEWS)
        nothing_stored(page, coming)
    hidden.slug = some.slug()
    page = ask(stranger, hidden, name, method, given)
    page.expect_status(404, wanted="404 for an unknown slug", look=VIEWS)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("comments", "PUT"),
        ("comments", "DELETE"),
        ("rating", "GET"),
        ("rating", "POST"),
        ("image", "GET"),
        ("image", "POST"),
    ],
)
def test_methods_that_are_not_named(visitor, some, make_user, name, method):
    """FR-21: 405 for a signed-in user, where they would be let in."""
    cook = named(make_user, some)
    one = published(some, cook)
    user = cook if name == "image" else make_user()
    page = visitor.sign_in(user).send(method, action(name, one))
    page.expect_status(405, look=VIEWS)
    nothing_stored(page, one)


def test_comments_of_a_draft_are_hidden(visitor, some, make_user):
    """FR-2: 404 for reading as well."""
    cook = named(make_user, some)
    for one in (
        recipe(some, cook),
        published(some, cook, published_at=ahead(days=1)),
    ):
        for who in (visitor, visitor.sign_in(make_user())):
            page = who.get(action("comments", one))
            page.expect_status(404, wanted="404 for what is not published", look=VIEWS)
