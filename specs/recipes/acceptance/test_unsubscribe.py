"""unsubscribe: mail stops with one click, and by nobody else's hand."""

import base64
import binascii
import re
import time

import pytest
from bs4 import BeautifulSoup
from django.core.signing import Signer
from django.test import Client

from acceptance.pages import path_of, without_token
from acceptance.recipes import (
    delete,
    follow,
    form_to,
    fresh,  # noqa: F401
    letters,
    named,
    no_letters,
    page_of,
    profile,
    published,
    recipe,
    recipe_form,
    site_url,
)
from acceptance.samples import rare
from acceptance.support import committed, expect, fail, model, queries_of, told, url

VIEW = "notifications/views.py, the view of /unsubscribe/<token>/"
MAIL = "notifications/mail.py"
TOKENS = "notifications/tokens.py"
FIELDS = {"comments": "notify_comments", "recipes": "notify_recipes"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
KINDS = pytest.mark.parametrize("kind", ["comments", "recipes"])


def ready():
    """The model with both fields, or a sentence."""
    __tracebackhide__ = True
    return model("accounts.Profile", "user", *FIELDS.values())


def wishes(user):
    """(comments, recipes): what a user wants to hear of."""
    __tracebackhide__ = True
    found = ready().objects.filter(user=user).first()
    if found is None:
        return True, True
    return found.notify_comments, found.notify_recipes


def are_wishes(user, wanted, *, did, look):
    """The user wants these two kinds; or a sentence."""
    __tracebackhide__ = True
    found = wishes(user)
    expect(
        found == wanted,
        did=did,
        wanted="notify_comments {}, notify_recipes {}".format(*wanted),
        got="{} and {}".format(*found),
        look=look,
    )


def cause(visitor, some, make_user, kind, user, one=None):
    """Somebody comments on the user's recipe, or a cook of the user publishes."""
    __tracebackhide__ = True
    if kind == "comments":
        one = one or published(some, user)
        reader = visitor.sign_in(named(make_user, some))
        page = reader.get(page_of(one)).expect_status(200)
        page.expect_form("body").send(body=some.sentence())
        return one
    cook = one or named(make_user, some)
    if one is None:
        follow(cook, user)
    mine = visitor.sign_in(cook)
    recipe_form(mine.get(page_of(recipe(some, cook), "edit"))).send(status="published")
    return cook


def mailed(visitor, some, make_user, kind, user):
    """(the mail, what caused it), or a sentence."""
    __tracebackhide__ = True
    ready()
    no_letters()
    source = cause(visitor, some, make_user, kind, user)
    found = letters(user)
    expect(
        len(found) == 1,
        did=f"Caused a mail of the kind {kind}",
        wanted="one mail",
        got=f"{len(found)}",
        look=MAIL,
    )
    return found[0], source


def address_in(letter):
    """The address in the header List-Unsubscribe, or a sentence."""
    __tracebackhide__ = True
    header = str(letter.message().get("List-Unsubscribe") or "")
    found = re.search(r"<(https?://[^<>]+)>", header.replace("\n", "").replace(" ", ""))
    start = f"{site_url()}/unsubscribe/"
    expect(
        found and found[1].startswith(start) and found[1].endswith("/"),
        did=f"Read the header List-Unsubscribe of the mail {letter.subject!r}",
        wanted=f"<{start}…/>",
        got=header or "there is none",
        look=MAIL,
    )
    return found[1]


def link(visitor, some, make_user, kind, user):
    """(the path of the link in a mail, what caused the mail)."""
    __tracebackhide__ = True
    letter, source = mailed(visitor, some, make_user, kind, user)
    return address_in(letter).removeprefix(site_url()), source


def outside(path, method="post", data=None):
    """(did, answer) of a mail provider's request: no cookie, no token, no log-in."""
    __tracebackhide__ = True
    did = f"Sent {method.upper()} to the address, without cookie and CSRF token"
    client = Client(enforce_csrf_checks=True)
    try:
        with committed():
            return did, getattr(client, method)(path, data or {})
    except Exception as error:
        fail(did=did, wanted="an answer, not an error", got=told(error), look=VIEW)


# -------------------------------------------------------------------------------- mail


@KINDS
def test_every_mail_says_how_to_stop_it(visitor, some, make_user, kind):
    """FR-17: in two headers and in both parts."""
    user = named(make_user, some)
    letter, _ = mailed(visitor, some, make_user, kind, user)
    address = address_in(letter)
    header = str(letter.message().get("List-Unsubscribe-Post") or "")
    did = f"Read a mail of the kind {kind}"
    expect(
        header == "List-Unsubscribe=One-Click",
        did=did,
        wanted="the header List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        got=header or "there is none",
        look=MAIL,
    )
    expect(
        address in str(letter.body),
        did=did,
        wanted="the same address in the text part",
        got="it is not there",
        look="templates/notifications/mail/, {% autoescape off %}",
    )
    rich = "".join(body for body, type_ in letter.alternatives if type_ == "text/html")
    soup = BeautifulSoup(rich, "html.parser")
    expect(
        address in [str(tag["href"]) for tag in soup.find_all("a", href=True)],
        did=did,
        wanted="a link to it in the HTML part",
        got="there is none",
        look="templates/notifications/mail/",
    )


def test_each_follower_has_a_link_of_their_own(visitor, some, make_user):
    """FR-17: nobody stops another's mail."""
    ready()
    cook, fans = named(make_user, some), [named(make_user, some) for _ in range(2)]
    for fan in fans:
        follow(cook, fan)
    no_letters()
    cause(visitor, some, make_user, "recipes", None, cook)
    found = {address_in(letter) for fan in fans for letter in letters(fan)}
    expect(
        len(found) == 2,
        did="Published a recipe of a cook with two followers",
        wanted="two messages with an address of their own",
        got=f"{len(found)} addresses",
        look=MAIL,
    )


@KINDS
def test_a_token_tells_nothing(visitor, some, make_user, kind):
    """FR-17: addresses are written into logs."""
    user = named(make_user, some)
    path, _ = link(visitor, some, make_user, kind, user)
    token = path.removeprefix("/unsubscribe/").strip("/")
    texts = [token]
    for part in re.split(r"[:.]", token):
        try:
            data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            texts.append(data.decode("utf-8", "replace"))
        except (ValueError, binascii.Error):
            continue
    for name in ("email", "username", "first_name"):
        value = getattr(user, name)
        # Short names come about by chance in a signature; these are rare words.
        if len(value) > 7:
            expect(
                not any(value in text for text in texts),
                did="Read the token of an address",
                wanted="neither the user's address nor a name in it",
                got=f"the {name}",
                look=TOKENS,
            )


# -------------------------------------------------------------------------------- page


def test_the_page_has_its_address(db):
    """FR-17: as in the table of addresses."""
    found = url("notifications:unsubscribe", token="x")
    expect(
        found == "/unsubscribe/x/",
        did="Looked up the URL notifications:unsubscribe",
        wanted="/unsubscribe/x/",
        got=found,
        look="notifications/urls.py",
    )


@KINDS
def test_get_asks_and_changes_nothing(visitor, some, make_user, kind):
    """FR-17: mail programs open every link of a mail."""
    user = named(make_user, some)
    path, _ = link(visitor, some, make_user, kind, user)
    page = visitor.get(path).expect_status(200, look=VIEW)
    are_wishes(user, (True, True), did=page.did, look=VIEW)
    expect(
        form_to(page, path_of(path)) is not None,
        did=page.did,
        wanted="a form of method post that leads to the same address",
        got="there is none",
        look="templates/notifications/unsubscribe.html",
    )
    kept = page.headers.get("Cache-Control", "")
    policy = page.headers.get("Referrer-Policy", "")
    expect(
        "no-store" in kept and policy == "no-referrer",
        did=page.did,
        wanted="Cache-Control: no-store and Referrer-Policy: no-referrer",
        got=f"{kept or 'no Cache-Control'} and {policy or 'no Referrer-Policy'}",
        look=VIEW,
    )


@KINDS
@pytest.mark.parametrize("way", ["one click", "form"])
def test_post_stops_this_kind_only(visitor, some, make_user, kind, way):
    """FR-17: for this user only, without a log-in, as often as it is sent."""
    user, other = named(make_user, some), named(make_user, some)
    path, source = link(visitor, some, make_user, kind, user)
    profile(other)
    wanted = (kind != "comments", kind != "recipes")
    for _ in range(2):
        if way == "form":
            page = visitor.get(path).expect_status(200, look=VIEW)
            form = form_to(page, path_of(path))
            expect(
                form is not None,
                did=page.did,
                wanted="a form of method post that leads to the same address",
                got="there is none",
                look="templates/notifications/unsubscribe.html",
            )
            answer = form.send()
            did, status = answer.did, answer.status
        else:
            did, response = outside(path, data=ONE_CLICK)
            status = response.status_code
        expect(
            status == 200,
            did=did,
            wanted="200: RFC 8058 forbids a redirect",
            got=f"{status}",
            look=f"{VIEW}, csrf_exempt",
        )
        are_wishes(user, wanted, did=did, look=VIEW)
        are_wishes(other, (True, True), did=f"{did}, of another user", look=VIEW)
    no_letters()
    cause(visitor, some, make_user, kind, user, source)
    expect(
        not letters(user),
        did=f"Caused another mail of the kind {kind}",
        wanted="none: the user does not want this kind any more",
        got=f"{len(letters(user))}",
        look=MAIL,
    )
    kind = "recipes" if kind == "comments" else "comments"
    mailed(visitor, some, make_user, kind, user)


@KINDS
def test_who_is_signed_in_does_not_matter(visitor, some, make_user, kind):
    """FR-17: the signature is what authorises."""
    user, other = named(make_user, some), named(make_user, some)
    path, _ = link(visitor, some, make_user, kind, user)
    profile(other)
    answer = visitor.sign_in(other).post(path, ONE_CLICK).expect_status(200, look=VIEW)
    are_wishes(other, (True, True), did=f"{answer.did}, from another's mail", look=VIEW)
    are_wishes(user, (kind != "comments", kind != "recipes"), did=answer.did, look=VIEW)


# ------------------------------------------------------------------------------ forged


def rewritten(token, before, after):
    """The token with another number or word in it, in plain text or in base 64."""
    __tracebackhide__ = True
    word = re.compile(rf"(?<![0-9A-Za-z]){re.escape(before)}(?![0-9A-Za-z])")
    found = word.sub(after, token)
    for part in re.split(r"[:.]", token):
        try:
            text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
        except (ValueError, binascii.Error):
            continue
        if word.search(text):
            new = base64.urlsafe_b64encode(word.sub(after, text).encode()).decode()
            found = token.replace(part, new.rstrip("="))
    return found


def forged(token):
    """Tokens that must not do, by what is wrong with them."""
    value = token.rsplit(":", 1)[0]
    middle = len(token) // 2
    sign = "b" if token[middle] != "b" else "c"
    last = "b" if token[-2] != "b" else "c"
    found = {
        "one character changed": token[:middle] + sign + token[middle + 1 :],
        "its signature changed": token[:-2] + last + token[-1],
        "its first character changed": ("f" if token[0] != "f" else "g") + token[1:],
        "cut short": token[:-3],
    }
    if ":" in token:
        found["nothing behind the value"] = value
        for salt in (
            "elsewhere",
            "django.core.signing",
            "django.core.signing.Signer",
            "django.core.signing.TimestampSigner",
        ):
            found[f"made for the salt {salt}"] = Signer(salt=salt).sign(value)
        found["made with another key"] = Signer(key="another key").sign(value)
    return found


@KINDS
def test_no_other_token_does(visitor, some, make_user, kind):
    """FR-17: an address cannot be made up."""
    user = named(make_user, some)
    path, _ = link(visitor, some, make_user, kind, user)
    token = path.removeprefix("/unsubscribe/").strip("/")
    other = named(make_user, some)
    kinds = ("comments", "recipes") if kind == "comments" else ("recipes", "comments")
    made_up = {
        "another user's number in it": rewritten(token, str(user.pk), str(other.pk)),
        "another kind in it": rewritten(token, *kinds),
    }
    bad_tokens = {what: bad for what, bad in made_up.items() if bad != token}
    for what, bad in {**bad_tokens, **forged(token)}.items():
        if bad == token:
            fail(
                did=f"Signed the value of a token again, {what}",
                wanted="another token: the salt is one of its own",
                got="the same token",
                look=TOKENS,
            )
        for method in ("get", "post"):
            did, response = outside(f"/unsubscribe/{bad}/", method, ONE_CLICK)
            expect(
                response.status_code == 404,
                did=f"{did}, its token {what}",
                wanted="404",
                got=f"{response.status_code}",
                look=TOKENS,
            )
            are_wishes(user, (True, True), did=f"{did}, {what}", look=TOKENS)
    did, response = outside(path, data=ONE_CLICK)
    expect(
        response.status_code == 200,
        did=f"{did}, its token as it was",
        wanted="200",
        got=f"{response.status_code}",
        look=VIEW,
    )


@pytest.mark.parametrize(
    "nonsense", ["x", "a:b:c", "%00", "1", "äöü", "..", "a" * 3000, "W10:1abc:x"]
)
def test_nonsense_is_not_found(make_user, nonsense):
    """FR-17: an address can hold anything."""
    make_user()
    url("notifications:unsubscribe", token="x")
    for method in ("get", "post"):
        did, response = outside(f"/unsubscribe/{nonsense}/", method, ONE_CLICK)
        expect(
            response.status_code == 404,
            did=f"{did}, its token {nonsense[:20]!r}",
            wanted="404",
            got=f"{response.status_code}",
            look=VIEW,
        )


@KINDS
def test_a_user_who_is_no_more_is_not_found(visitor, some, make_user, kind):
    """FR-17: mails live longer than users."""
    user = named(make_user, some)
    path, _ = link(visitor, some, make_user, kind, user)
    delete(user, look="accounts/models.py")
    for method in ("get", "post"):
        did, response = outside(path, method, ONE_CLICK)
        expect(
            response.status_code == 404,
            did=f"{did} of a user who has been deleted",
            wanted="404",
            got=f"{response.status_code}",
            look=VIEW,
        )


@KINDS
def test_a_link_of_last_year_still_works(visitor, some, make_user, kind, monkeypatch):
    """FR-17: somebody reads an old mail, and has had enough."""
    user = named(make_user, some)
    letter, _ = mailed(visitor, some, make_user, kind, user)
    path = path_of(address_in(letter).removeprefix(site_url()))
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 400 * 24 * 60 * 60)
    for method, page in (("GET", visitor.get(path)), ("POST", visitor.post(path))):
        page.did = f"Sent {method} to the link in a mail that is 400 days old"
        page.expect_status(200, wanted="200: tokens do not expire", look=TOKENS)
    monkeypatch.undo()
    wanted = (kind != "comments", kind != "recipes")
    are_wishes(user, wanted, did=page.did, look=VIEW)


def test_other_views_keep_their_guard(some, make_user):
    """NFR-6: one view is exempt from CSRF protection, not the site."""
    url("notifications:unsubscribe", token="x")
    one, user = published(some, make_user()), make_user()
    for path, data in (
        (url("recipes:comment-create", slug=one.slug), {"body": rare(some)}),
        (url("accounts:profile-edit"), {"bio": rare(some)}),
        (url("accounts:follow", username=one.author.username), {}),
    ):
        status = without_token(user, path, data)
        expect(
            status == 403,
            did=f"Sent POST {path} without a CSRF token",
            wanted="403",
            got=f"{status}",
            look="config/settings.py, CsrfViewMiddleware",
        )


# -------------------------------------------------------------------------------- form


@KINDS
def test_the_profile_form_holds_both(visitor, some, make_user, kind):
    """FR-17: who has stopped mail can have it again."""
    ready()
    user = named(make_user, some)
    mine = visitor.sign_in(user)

    def opened():
        page = mine.get(url("accounts:profile-edit")).expect_status(200)
        look = "accounts/forms.py, ProfileForm"
        return page.expect_form("bio", *FIELDS.values(), look=look)

    answer = opened().send({FIELDS[kind]: None})
    wanted = (kind != "comments", kind != "recipes")
    are_wishes(user, wanted, did=f"{answer.did}, one box unticked", look="ProfileForm")
    no_letters()
    source = cause(visitor, some, make_user, kind, user)
    expect(
        not letters(user),
        did=f"Caused a mail of the kind {kind} after the box was unticked",
        wanted="none",
        got=f"{len(letters(user))}",
        look=MAIL,
    )
    answer = opened().send({FIELDS[kind]: "on"})
    are_wishes(user, (True, True), did=f"{answer.did}, both ticked", look="ProfileForm")
    cause(visitor, some, make_user, kind, user, source)
    expect(
        len(letters(user)) == 1,
        did=f"Ticked the box again, and caused a mail of the kind {kind}",
        wanted="one mail",
        got=f"{len(letters(user))}",
        look=MAIL,
    )


def test_wishes_cost_the_same_however_many_follow(visitor, some, make_user):
    """NFR-7: no query a follower."""
    ready()
    cook = named(make_user, some)
    follow(cook, named(make_user, some))
    cause(visitor, some, make_user, "recipes", None, cook)
    counts = []
    for more in (0, 4):
        for number in range(more):
            fan = named(make_user, some)
            follow(cook, fan)
            profile(fan, notify_recipes=bool(number))
        mine = visitor.sign_in(cook)
        form = recipe_form(mine.get(page_of(recipe(some, cook), "edit")))
        no_letters()
        _, sent = queries_of(lambda form=form: form.send(status="published"))
        counts.append(len(sent))
    expect(
        len(letters()) == 4,
        did="Published a recipe; of five followers one wants no mail",
        wanted="four messages",
        got=f"{len(letters())}",
        look=MAIL,
    )
    expect(
        counts[0] == counts[1],
        did="Published a recipe with 1 and with 5 followers",
        wanted="the same number of queries",
        got=f"{counts[0]}, then {counts[1]}",
        look=f"{MAIL}: filter(profile__notify_recipes=True)",
    )
