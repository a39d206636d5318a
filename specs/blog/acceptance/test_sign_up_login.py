"""sign-up-login: people sign up, log in, and log out by POST."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.shortcuts import resolve_url

from acceptance.blog import category, meanwhile, published
from acceptance.pages import (
    changes_nothing,
    has_no_link,
    links_to,
    markup,
    path_of,
    shows_errors,
    stays_here,
    stays_text,
    without_token,
)
from acceptance.samples import named
from acceptance.support import Form, expect, fail, fold, told, unmigrated, url

SIGN_UP, LOG_IN, LOG_OUT = "/accounts/signup/", "/accounts/login/", "/accounts/logout/"
VIEWS = "accounts/views.py, SignUpView"
FORM = "accounts/forms.py, SignUpForm"
URLS = "accounts/urls.py"
BASE = "templates/base.html"
PASSWORDS = ("password1", "password2")
SPOKEN = ("value", "aria-label", "title", "alt")  # what may name a button


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    """Real hashes take a third of a second each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def users():
    return get_user_model()._default_manager


def signed_in_as(visitor):
    """The key of the user that a visitor's session belongs to, or None."""
    return visitor.client.session.get("_auth_user_id")


def sign_up_form(visitor):
    """(page, form) of the sign-up page."""
    __tracebackhide__ = True
    page = visitor.get(url("accounts:signup")).expect_status(200, look=VIEWS)
    return page, page.expect_form("username", *PASSWORDS, look=FORM)


def log_in_form(visitor, query=""):
    """(page, form) of the login page."""
    __tracebackhide__ = True
    page = visitor.get(url("accounts:login") + query).expect_status(200, look=URLS)
    look = "templates/registration/login.html"
    return page, page.expect_form("username", "password", look=look)


@pytest.mark.parametrize(
    ("name", "path"), [("signup", SIGN_UP), ("login", LOG_IN), ("logout", LOG_OUT)]
)
def test_the_pages_have_their_addresses(name, path):
    """FR-10: the three addresses stand under /accounts/."""
    found = url(f"accounts:{name}")
    expect(
        found == path,
        did=f"Looked up the URL accounts:{name}",
        wanted=path,
        got=found,
        look=f"{URLS} and config/urls.py",
    )


def test_the_settings_know_the_login_page(db):
    """FR-10: whoever must log in is sent to the site's own page."""
    url("accounts:login")
    found = resolve_url(django_settings.LOGIN_URL)
    expect(
        found == LOG_IN,
        did="Looked where settings.LOGIN_URL leads",
        wanted=LOG_IN,
        got=found,
        look="config/settings.py, LOGIN_URL",
    )


# ----------------------------------------------------------------------------- sign up


def test_a_visitor_signs_up(visitor, some):
    """FR-10: the account is made, its owner is signed in, the password is hashed."""
    name, password = some.name(), some.password()
    _, form = sign_up_form(visitor)
    answer = form.send(username=name, password1=password, password2=password)
    answer.expect_redirect("/", look=VIEWS)
    user = users().filter(username=name).first()
    expect(
        user is not None,
        did=answer.did,
        wanted=f"a user {name} (FR-10)",
        got="there is none",
        look=VIEWS,
    )
    expect(
        user.password != password and user.check_password(password),
        did=answer.did,
        wanted="the password stored hashed",
        got="it is stored in clear"
        if user.password == password
        else "another is stored",
        look=f"{FORM}: build it on UserCreationForm",
    )
    expect(
        signed_in_as(visitor) == str(user.pk),
        did=answer.did,
        wanted="the new user signed in",
        got="nobody is signed in",
        look=f"{VIEWS}, login(self.request, self.object)",
    )


@pytest.mark.parametrize(
    "what",
    [
        "a taken name",
        "a taken name in capitals",
        "two passwords",
        "12345678",
        "the name .",
        "the name ..",
    ],
)
def test_a_wrong_sign_up_is_refused(visitor, some, make_user, what):
    """FR-10: no user is made, and the page says why."""
    taken, password = make_user().username, some.password()
    name = {
        "a taken name": taken,
        "a taken name in capitals": taken.upper(),
        "the name .": ".",
        "the name ..": "..",
    }.get(what, some.name())
    password = "12345678" if what == "12345678" else password
    again = some.password() + "Y" if what == "two passwords" else password
    before = users().count()
    fresh, form = sign_up_form(visitor)
    answer = form.send(username=name, password1=password, password2=again)
    expect(
        users().count() == before,
        did=answer.did,
        wanted=f"no user made ({what})",
        got="there is one more",
        look=FORM,
    )
    # A full stop ends the sentence that complains about it.
    typed = {"username": name} if name.strip(".") else {}
    shows_errors(answer, fresh, typed, wanted=what, look=VIEWS)
    expect(
        signed_in_as(visitor) is None,
        did=answer.did,
        wanted="nobody signed in",
        got="somebody is",
        look=VIEWS,
    )


@pytest.mark.parametrize("theirs", ["the same name", "it in capitals"])
def test_two_people_at_once_get_one_name(visitor, some, db, theirs):
    """FR-10: who comes second reads that the name is taken, and gets no error."""
    name, password = some.name(), some.password()
    taken = name if theirs == "the same name" else name.upper()
    User = get_user_model()
    fresh, form = sign_up_form(visitor)
    wanted = "the form again, with a word that the name is taken (FR-10)"
    look = f"{VIEWS}.form_valid: IntegrityError, caught round transaction.atomic()"
    answer = meanwhile(
        User._meta.db_table,
        lambda: User.objects.bulk_create([User(username=taken)], ignore_conflicts=True),
        lambda: form.send(username=name, password1=password, password2=password),
        what=f"somebody else signed up as {taken}",
        wanted=wanted,
        look=look,
    )
    expect(
        users().count() == 1,
        did=answer.did,
        wanted="one user of that name, however it is spelt (NFR-8)",
        got=f"{', '.join(user.username for user in users().all())}",
        look="accounts/models.py, User.Meta.constraints",
    )
    shows_errors(answer, fresh, {"username": name}, wanted=wanted, look=look)
    expect(
        signed_in_as(visitor) is None,
        did=answer.did,
        wanted="nobody signed in",
        got="somebody is",
        look=look,
    )


@pytest.mark.parametrize("name", [".", "..", "a taken name in capitals"])
def test_the_database_knows_which_names_are_none(some, make_user, name):
    """NFR-8: a form is not the only way to a new user."""
    User = get_user_model()
    name = name if name.startswith(".") else make_user().username.upper()
    did = f"Stored a user {name} past every form"
    wanted = "IntegrityError from a constraint (NFR-8)"
    look = "accounts/models.py, User.Meta.constraints"
    try:
        with transaction.atomic():
            User.objects.bulk_create([User(username=name)])
    except IntegrityError:
        return
    except Exception as error:
        fail(did=did, wanted=wanted, got=told(error), look=look)
    fail(did=did, wanted=wanted, got="the user is stored", look=look)


def test_the_constraints_have_their_migration(db):
    """NFR-8: the model and the database know the same constraints."""
    changed = unmigrated()
    expect(
        "accounts" not in changed,
        did="Compared accounts/models.py with the migrations of accounts",
        wanted="nothing to do for makemigrations --check",
        got=f"without a migration: {changed.get('accounts', '')}",
        look="python manage.py makemigrations accounts",
    )


def test_nobody_makes_themselves_staff(visitor, some):
    """FR-10: a form can be sent with more fields than it shows."""
    name, password = some.name(), some.password()
    _, form = sign_up_form(visitor)
    answer = form.send(
        username=name,
        password1=password,
        password2=password,
        is_staff="on",
        is_superuser="on",
    )
    user = users().filter(username=name).first()
    expect(
        user is not None and not user.is_staff and not user.is_superuser,
        did=answer.did,
        wanted="a user who is neither staff nor superuser",
        got="no user"
        if user is None
        else f"is_staff={user.is_staff}, is_superuser={user.is_superuser}",
        look=f"{FORM}: the field username only",
    )


def test_a_get_signs_nobody_up(visitor, some, db):
    """NFR-5: an address with a name and a password in it makes no account."""
    password = some.password()
    data = {"username": some.name(), **dict.fromkeys(PASSWORDS, password)}
    path = url("accounts:signup")
    changes_nothing(visitor, path, data, lambda: users().count(), look=VIEWS)


def test_signing_up_leads_nowhere_else(visitor, some, db):
    """FR-10: to the home page, not to where an address says."""
    password = some.password()
    data = {"username": some.name(), **dict.fromkeys(PASSWORDS, password)}
    stays_here(visitor, url("accounts:signup"), data, look=VIEWS)


def test_html_in_a_name_does_nothing(visitor, some, make_user):
    """FR-10: the name in the header is text."""
    user = make_user(first_name=markup(some))
    page = visitor.sign_in(user).get("/").expect_status(200)
    stays_text(page, {"the name of who is signed in": user.first_name}, look=BASE)


# ------------------------------------------------------------------------------ log in


@pytest.mark.parametrize("onward", ["", "/posts/", "https://elsewhere.example/trap/"])
def test_a_user_logs_in(visitor, some, make_user, onward):
    """FR-10: in, and on to where one wanted to go, as long as that is here."""
    password = some.password()
    user = make_user(password=password)
    _, form = log_in_form(visitor, f"?next={onward}" if onward else "")
    # The field `next` may be forged, too.
    forged = {"next": onward} if "example" in onward else {}
    answer = form.send(username=user.username, password=password, **forged)
    wanted = onward if onward.startswith("/") else "/"
    answer.expect_redirect(
        wanted,
        wanted=f"a redirect to {wanted}"
        + (" and to no other host" if "example" in onward else ""),
        look="config/settings.py, LOGIN_REDIRECT_URL, and the form's action and next",
    )
    expect(
        signed_in_as(visitor) == str(user.pk),
        did=answer.did,
        wanted=f"{user.username} logged in",
        got="nobody is",
        look=URLS,
    )


@pytest.mark.parametrize("what", ["a wrong password", "an unknown name"])
def test_a_wrong_log_in_is_refused(visitor, some, make_user, what):
    """FR-10: the answer is 200 with an error."""
    password = some.password()
    user = make_user(password=password)
    name = some.name() if what == "an unknown name" else user.username
    fresh, form = log_in_form(visitor)
    answer = form.send(
        username=name,
        password=password if what == "an unknown name" else password + "Y",
    )
    shows_errors(
        answer,
        fresh,
        {"username": name},
        wanted=what,
        look="templates/registration/login.html",
    )
    expect(
        signed_in_as(visitor) is None,
        did=answer.did,
        wanted="nobody signed in",
        got="somebody is",
        look=URLS,
    )


def test_who_is_in_need_not_log_in(visitor, make_user):
    """FR-10: the login page sends who is signed in away."""
    page = visitor.sign_in(make_user()).get(url("accounts:login"))
    page.expect_redirect("/", look=f"{URLS}, redirect_authenticated_user=True")


# ----------------------------------------------------------------------------- log out


def log_out_form(page):
    """The form that logs out, or a sentence."""
    __tracebackhide__ = True
    forms = [Form(page, tag_) for tag_ in page.soup.find_all("form")]
    found = [one for one in forms if path_of(one.action) == LOG_OUT]
    expect(
        found and found[0].method == "post",
        did=page.did,
        wanted=f"a form of method post to {LOG_OUT} (NFR-5)",
        got="its method is get" if found else "there is none",
        look=BASE,
    )
    pressed = found[0].tag.find_all("button")
    pressed += found[0].tag.find_all("input", type=["submit", "button", "image"])
    said = [
        fold(" ".join([one.get_text(" "), *(str(one.get(n, "")) for n in SPOKEN)]))
        for one in pressed
    ]
    expect(
        any("log out" in text.lower() for text in said),
        did=page.did,
        wanted='a button "Log out" in the form that logs out (FR-10)',
        got=f"the buttons say {', '.join(map(repr, said)) or 'nothing'}",
        look=BASE,
    )
    return found[0]


def test_a_get_logs_nobody_out(visitor, make_user):
    """NFR-5: an image on any page could log people out."""
    user = make_user()
    mine = visitor.sign_in(user)
    page = mine.get(url("accounts:logout"))
    page.expect_status(
        405, wanted="405: this address takes POST only (NFR-5)", look=URLS
    )
    expect(
        signed_in_as(mine) == str(user.pk),
        did=page.did,
        wanted="the user still signed in",
        got="signed out",
        look=URLS,
    )


def test_the_button_logs_out(visitor, make_user):
    """FR-10: a POST signs out and leads home."""
    mine = visitor.sign_in(make_user())
    answer = log_out_form(mine.get("/").expect_status(200)).send()
    answer.expect_redirect("/", look="config/settings.py, LOGOUT_REDIRECT_URL")
    expect(
        signed_in_as(mine) is None,
        did=answer.did,
        wanted="nobody signed in",
        got="the user still is",
        look=URLS,
    )


def test_logging_out_needs_a_token(make_user):
    """NFR-5: a POST without a CSRF token answers 403."""
    status = without_token(make_user(), url("accounts:logout"))
    expect(
        status == 403,
        did=f"Sent POST {LOG_OUT} without a CSRF token",
        wanted="403 (NFR-5)",
        got=f"status {status}",
        look=URLS,
    )


# ------------------------------------------------------------------------- every page


def paths(some, make_user):
    """Addresses that visitors and users may open, a missing one among them."""
    __tracebackhide__ = True
    thing = category(some)
    one = published(some, make_user(), category=thing)
    return {
        "home": "/",
        "list": "/posts/",
        "post": url("blog:post-detail", slug=one.slug),
        "category": url("blog:category-detail", slug=thing.slug),
        "404": f"/{some.slug()}/",
    }


NAMES = ["home", "list", "post", "category", "404"]


@pytest.mark.parametrize("name", [*NAMES, "login", "signup"])
def test_a_visitor_finds_the_way_in(visitor, some, make_user, name):
    """FR-10: every page links to login and sign-up."""
    path = {**paths(some, make_user), "login": LOG_IN, "signup": SIGN_UP}[name]
    page = visitor.get(path).expect_status(404 if name == "404" else 200, look=URLS)
    for to in (LOG_IN, SIGN_UP):
        links_to(page, to, wanted=f"a link to {to} for a visitor", look=BASE)
    forms = [Form(page, tag_) for tag_ in page.soup.find_all("form")]
    expect(
        not any(path_of(form.action) == LOG_OUT for form in forms),
        did=page.did,
        wanted="no button to log out for who is not in",
        got="there is one",
        look=BASE,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_user_finds_name_and_way_out(visitor, some, make_user, name):
    """FR-10: every page says who is signed in, and logs out."""
    user = named(make_user, some)
    path = paths(some, make_user)[name]
    page = visitor.sign_in(user).get(path)
    page.expect_status(404 if name == "404" else 200)
    page.expect_shows(
        user.display_name,
        wanted=f"the display_name of who is signed in, {user.display_name}",
        look=BASE,
    )
    log_out_form(page)
    has_no_link(
        page, LOG_IN, wanted="no link to the login page for who is in", look=BASE
    )
