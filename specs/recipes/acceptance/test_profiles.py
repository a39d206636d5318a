"""profiles: what others see of a cook, and what only the cook may change."""

import io
import re

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from acceptance.calls import same_cost
from acceptance.pages import (
    heading,
    links_to,
    markup,
    only_on,
    page_links,
    path_of,
    shows,
    stays_text,
    told_once,
    without_token,
)
from acceptance.recipes import (
    LOG_IN,
    bomb,
    drawn,
    encoded,
    fresh,  # noqa: F401
    images,
    media_root,
    named,
    page_of,
    picture,
    profile,
    published,
    quoted,
    shown,
    stays_quoted,
    stored,
    stored_files,
    titles_on,
    unseen,
    upload,
)
from acceptance.recipes_races import somebody_else
from acceptance.samples import ago, ahead, rare
from acceptance.support import expect, fail, model, told, url

PAGE = "accounts/views.py, the view of /cooks/<username>/"
EDIT = "accounts/views.py, the view of /accounts/profile/"
FORM = "accounts/forms.py, ProfileForm"
NAME = re.compile(r"^avatars/[0-9a-f]{32}\.jpg$")


def public(user):
    """The address of a cook's page."""
    __tracebackhide__ = True
    return url("accounts:profile", username=user.username)


def profiles():
    """The profiles of the database, or a sentence."""
    __tracebackhide__ = True
    return model("accounts.Profile", "user", "bio", "avatar").objects


def opened(mine):
    """(page, form) of one's own profile."""
    __tracebackhide__ = True
    page = mine.get(url("accounts:profile-edit")).expect_status(200, look=EDIT)
    form = page.expect_form("first_name", "last_name", "bio", "avatar", look=FORM)
    return page, form


# ------------------------------------------------------------------------------- model


def test_a_profile_belongs_to_one_user(some, make_user):
    """FR-9: there is one, and it goes with the user."""
    user, other = make_user(), make_user()
    one, kept = profile(user, bio=some.sentence()), profile(other)
    expect(
        getattr(user, "profile", None) == one,
        did="Asked for user.profile",
        wanted="the user's profile",
        got=f"{getattr(user, 'profile', None)!r}",
        look="accounts/models.py, Profile.user, related_name",
    )
    did = "Stored a second profile of a user"
    try:
        with transaction.atomic():
            profiles().bulk_create([type(one)(user=user)])
    except IntegrityError:
        pass
    except Exception as error:
        fail(
            did=did, wanted="IntegrityError", got=told(error), look="accounts/models.py"
        )
    else:
        fail(
            did=did,
            wanted="IntegrityError: a OneToOneField is unique",
            got="it is stored",
            look="accounts/models.py, Profile.user",
        )
    user.delete()
    expect(
        [each.pk for each in profiles().all()] == [kept.pk],
        did="Deleted a user with a profile",
        wanted="the profile deleted with its user, and no other",
        got=f"{profiles().count()} profiles left",
        look="accounts/models.py, Profile.user, on_delete",
    )


# ------------------------------------------------------------------------- public page


def test_a_cook_has_an_address(some, make_user):
    """FR-9: whatever a user name may hold."""
    for name in (rare(some), "a.b", "x@y", "one+two", "semi-sweet", "under_score"):
        user = make_user(name)
        path = f"/cooks/{name}/"
        expect(
            path_of(public(user)) == path,
            did=f"Looked up the URL accounts:profile of {name}",
            wanted=path,
            got=public(user),
            look="accounts/urls.py",
        )
        method = getattr(user, "get_absolute_url", None)
        found = method() if method else "there is no such method"
        expect(
            path_of(found) == path,
            did=f"Called get_absolute_url() of the user {name}",
            wanted=path,
            got=found,
            look="accounts/models.py, User.get_absolute_url",
        )
    expect(
        url("accounts:profile-edit") == "/accounts/profile/",
        did="Looked up the URL accounts:profile-edit",
        wanted="/accounts/profile/",
        got=url("accounts:profile-edit"),
        look="accounts/urls.py",
    )


@pytest.mark.parametrize("name", ["a.b", "x@y.example", "one+two", "semi-sweet_1"])
def test_every_user_name_has_a_page(visitor, make_user, name):
    """FR-9: a user without profile and recipe has a page too."""
    user = make_user(name)
    page = visitor.get(public(user)).expect_status(
        200, wanted=f"a page for the user {name}, who has no profile yet", look=PAGE
    )
    heading(page, name, wanted="the display_name in the <h1>", look=PAGE)


def test_a_cooks_page_says_who_and_what(visitor, some, make_user):
    """FR-9: name, bio and published recipes, for everybody."""
    user, other = named(make_user, some), named(make_user, some)
    word = rare(some)
    bio = f"{some.sentence()} <b>{word}</b>"
    profile(user, bio=bio)
    made = [
        published(some, user, published_at=ago(hours=hours), rows=0) for hours in (3, 2)
    ]
    foreign = published(some, other)
    hidden = [*unseen(some, user), published(some, user, published_at=ahead(days=1))]
    for somebody in (visitor, visitor.sign_in(other), visitor.sign_in(user)):
        page = somebody.get(public(user)).expect_status(200, look=PAGE)
        heading(page, user.display_name, wanted="display_name in the <h1>", look=PAGE)
        shows(page, bio, wanted="the bio, its HTML as text", look=PAGE)
        expect(
            [one.pk for one in titles_on(page, made)] == [made[1].pk, made[0].pk],
            did=page.did,
            wanted="the cook's two published recipes, the newest first",
            got=", ".join(one.title for one in titles_on(page, made)) or "none",
            look=PAGE,
        )
        for one in made:
            links_to(page, page_of(one), wanted=f"a link to {page_of(one)}", look=PAGE)
        page.expect_hides(foreign.title, wanted="no recipe of another", look=PAGE)
        for one in hidden:
            page.expect_hides(
                one.title,
                wanted="published recipes only, for the cook too",
                look=f"{PAGE}, published()",
            )


def test_a_cooks_recipes_stand_twelve_to_a_page(visitor, some, make_user):
    """FR-9: as in every list."""
    user = make_user()
    made = [
        published(some, user, published_at=ago(hours=hours), rows=0)
        for hours in range(1, 14)
    ]
    path = public(user)
    page = visitor.get(path).expect_status(200, look=PAGE)
    expect(
        titles_on(page, made) == made[:12],
        did=f"{page.did}, where the cook has 13 recipes",
        wanted="the newest twelve",
        got=f"{len(titles_on(page, made))}, or in another order",
        look=PAGE,
    )
    expect(
        any(query.get("page") == ["2"] for query in page_links(page, path_of(path))),
        did=page.did,
        wanted="a link to page 2",
        got="there is none",
        look="templates/_pagination.html",
    )
    page = visitor.get(f"{path}?page=2").expect_status(200, look=PAGE)
    shows(page, made[12].title, wanted="the thirteenth", look=PAGE)


@pytest.mark.parametrize("name", ["nobody-of-this-name", "a%00b", "a%0Ab", "a b"])
def test_an_unknown_cook_is_not_found(visitor, make_user, name):
    """FR-9: 404, whatever stands in the address."""
    public(make_user())
    visitor.get(f"/cooks/{name}/").expect_status(
        404, wanted="404 for a name that no user has, or none can have", look=PAGE
    )


def test_ones_own_page_leads_to_the_form(visitor, some, make_user):
    """FR-9: and nobody else's does."""
    user = named(make_user, some)
    to = url("accounts:profile-edit")
    page = visitor.sign_in(user).get(public(user)).expect_status(200, look=PAGE)
    links_to(page, to, wanted=f"a link to {to} on one's own page", look=PAGE)
    for somebody in (visitor, visitor.sign_in(make_user())):
        page = somebody.get(public(user)).expect_status(200, look=PAGE)
        expect(
            to not in [path_of(goal) for goal in page.links(page.main)],
            did=page.did,
            wanted=f"no link to {to} for anybody but the cook",
            got="there is one",
            look="templates/accounts/profile.html",
        )


# -------------------------------------------------------------------------------- edit


def test_a_visitor_has_no_profile(visitor, some, make_user):
    """FR-9: who is not signed in logs in first."""
    user = make_user()
    path = url("accounts:profile-edit")
    for page in (visitor.get(path), visitor.post(path, {"first_name": some.word()})):
        page.expect_redirect(
            LOG_IN, wanted=f"a redirect to {LOG_IN} for a visitor", look=EDIT
        )
    user.refresh_from_db()
    expect(
        not user.first_name,
        did="Sent the form as a visitor",
        wanted="nothing changed",
        got=f"a user is called {user.first_name}",
        look=EDIT,
    )


def test_a_profile_is_changed(visitor, some, make_user):
    """FR-9: by its owner, also where there was none yet."""
    user, other = make_user(), named(make_user, some)
    before = (other.first_name, other.last_name)
    mine = visitor.sign_in(user)
    for _ in range(2):
        _, form = opened(mine)
        typed = {
            "first_name": rare(some),
            "last_name": rare(some),
            "bio": f"{some.sentence()} {rare(some)}",
        }
        answer = form.send(typed)
        user.refresh_from_db()
        found = profiles().filter(user=user)
        expect(
            found.count() == 1
            and {
                "first_name": user.first_name,
                "last_name": user.last_name,
                "bio": found[0].bio,
            }
            == typed,
            did=answer.did,
            wanted="the first name, the last name and the bio stored",
            got=f"{user.first_name!r}, {user.last_name!r}, {found.count()} profiles"
            f"{answer._form_errors()}",
            look=f"{FORM}.save",
        )
        answer.expect_redirect(
            path_of(public(user)), wanted="a redirect to the public page", look=EDIT
        )
        page, _ = told_once(answer, look=EDIT)
        shows(page, typed["bio"], wanted="the new bio", look=PAGE)
    _, form = opened(mine)
    expect(
        {name: form.values.get(name) for name in typed} == typed,
        did="Opened the form again",
        wanted="what is stored, in its fields",
        got=f"{ {name: form.values.get(name) for name in typed} }",
        look=f"{FORM}, initial values",
    )
    other.refresh_from_db()
    expect(
        (other.first_name, other.last_name) == before,
        did="Changed one's own profile",
        wanted="another user's name as it was",
        got=f"{other.first_name} {other.last_name}",
        look=EDIT,
    )


def test_only_the_profile_can_be_changed(visitor, some, make_user):
    """NFR-5: rights and names to log in with are no fields of the form."""
    user, other = make_user(), make_user()
    theirs = profile(other, bio=some.sentence())
    mine = visitor.sign_in(user)
    _, form = opened(mine)
    name = user.username
    bio = f"{some.sentence()} {rare(some)}"
    answer = form.send(
        {
            "bio": bio,
            "username": rare(some),
            "is_staff": "on",
            "is_superuser": "on",
            "user": str(other.pk),
            "pk": str(theirs.pk),
            "id": str(theirs.pk),
        }
    )
    user.refresh_from_db()
    expect(
        user.username == name and not user.is_staff and not user.is_superuser,
        did=answer.did,
        wanted="user name and rights as they were",
        got=f"{user.username}, is_staff {user.is_staff}, is_superuser "
        f"{user.is_superuser}",
        look=f"{FORM}: names and bio only",
    )
    found = profiles().get(pk=theirs.pk)
    expect(
        (found.user_id, found.bio) == (other.pk, theirs.bio)
        and profiles().filter(user=user, bio=bio).exists(),
        did=answer.did,
        wanted="one's own profile changed, and nobody else's",
        got=f"the other profile is of user {found.user_id} and says {found.bio!r}",
        look=f"{EDIT}: the profile of request.user",
    )
    status = without_token(user, url("accounts:profile-edit"), {"bio": rare(some)})
    expect(
        status == 403 and profiles().filter(user=user, bio=bio).exists(),
        did="Sent the form without a CSRF token",
        wanted="403, and nothing changed",
        got=f"status {status}",
        look=EDIT,
    )


# ------------------------------------------------------------------------------ avatar


def test_an_avatar_is_a_square(visitor, some, make_user):
    """FR-9: cut from the middle."""
    user = make_user()
    image = Image.new("RGB", (900, 300), (250, 0, 0))
    image.paste((0, 200, 0), (300, 0, 600, 300))
    image.paste((0, 0, 250), (600, 0, 900, 300))
    content = encoded(image, comment=b"somewhere", quality=95)
    _, form = opened(visitor.sign_in(user))
    answer = form.send(avatar=upload(content))
    one = profiles().filter(user=user).first()
    expect(
        one is not None and NAME.match(one.avatar.name or ""),
        did=answer.did,
        wanted=f"a profile with avatar.name like {NAME.pattern}",
        got=f"{one.avatar.name!r}{answer._form_errors()}" if one else "no profile",
        look="accounts/models.py, Profile.avatar, and uploads/images.py",
    )
    found = stored(one.avatar, did=answer.did, look="uploads/images.py")
    data = (media_root() / one.avatar.name).read_bytes()
    raw = Image.open(io.BytesIO(data))
    expect(
        raw.format == "JPEG" and found.size == (256, 256) and b"somewhere" not in data,
        did="Sent a JPEG of 900 × 300 pixels with a comment as avatar",
        wanted="a JPEG of 256 × 256 pixels without the comment",
        got=f"{raw.format} of {found.size[0]} × {found.size[1]}",
        look="uploads/images.py, ImageOps.fit",
    )
    for x in (20, 128, 236):
        red, green, blue = found.getpixel((x, 128))
        expect(
            green > 150 and red < 100 and blue < 100,
            did="Sent a picture with a red, a green and a blue third as avatar",
            wanted="the green third in the middle",
            got=f"the colour {(red, green, blue)} at {x} of 256",
            look="uploads/images.py, ImageOps.fit",
        )
    page = visitor.get(public(user)).expect_status(200, look=PAGE)
    expect(
        shown(page, one.avatar) is not None,
        did=page.did,
        wanted=f"an <img> with src={one.avatar.url}",
        got=", ".join(tag.get("src", "") for tag in images(page)) or "no <img>",
        look="templates/accounts/profile.html",
    )


@pytest.mark.parametrize(
    "what",
    [
        "a first name of 151 characters",
        "a last name of 151 characters",
        "a bio of 501 characters",
        "a text",
        "a bomb",
        "a lie",
        "a small picture",
    ],
)
def test_a_wrong_profile_is_refused(visitor, some, make_user, what):
    """FR-9, NFR-5: texts fit their columns, an avatar is checked like any picture."""
    user = named(make_user, some)
    bio = some.sentence()
    profile(user, bio=bio)
    page, form = opened(visitor.sign_in(user))
    given = {
        "a first name of 151 characters": lambda: {"first_name": "x" * 151},
        "a last name of 151 characters": lambda: {"last_name": "x" * 151},
        "a bio of 501 characters": lambda: {"bio": "x" * 501},
        "a text": lambda: {"avatar": upload(b"just words " * 99)},
        "a bomb": lambda: {"avatar": upload(bomb(), "PNG")},
        "a lie": lambda: {
            "avatar": upload(
                encoded(drawn(some), "PNG"), name="me.jpg", type_="image/jpeg"
            )
        },
        "a small picture": lambda: {"avatar": picture(some, "JPEG", (300, 150))},
    }[what]()
    names = user.first_name, user.last_name
    answer = form.send({"first_name": rare(some), **given})
    user.refresh_from_db()
    found = profiles().get(user=user)
    expect(
        (user.first_name, user.last_name) == names
        and found.bio == bio
        and not found.avatar
        and not stored_files(),
        did=answer.did,
        wanted=f"nothing stored for {what}, the new first name neither",
        got=f"{user.first_name[:60]!r}, {user.last_name[:60]!r}, "
        f"{found.avatar.name!r}, files: "
        f"{', '.join(stored_files()) or 'none'}",
        look=FORM,
    )
    answer.expect_status(200, wanted="200 and the form again", look=EDIT)
    expect(
        [piece for piece in only_on(answer, page) if "x" * 151 not in piece],
        did=answer.did,
        wanted="an error message on the page",
        got="the page says nothing that it did not say before",
        look="templates/accounts/profile_form.html",
    )


# ---------------------------------------------------------------------------- elsewhere


def test_signing_up_makes_a_profile(visitor, some, settings):
    """FR-9: new users have one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Profile = model("accounts.Profile", "user")
    page = visitor.get(url("accounts:signup")).expect_status(200)
    form = page.expect_form("username", "email", "password1", "password2")
    name, password = rare(some), some.password()
    answer = form.send(
        username=name,
        email=f"{name}@example.com",
        password1=password,
        password2=password,
    )
    found = Profile.objects.filter(user__username=name).count()
    expect(
        found == 1,
        did=f"Signed up as {name}",
        wanted="a user with a profile",
        got=f"{found} profiles; {answer.summary}{answer._form_errors()}",
        look="accounts/forms.py, SignUpForm, or the view of it",
    )


@pytest.mark.parametrize("name", [".", "..", "..."])
def test_a_name_of_dots_is_refused(visitor, some, settings, name):
    """FR-9: to a browser `/cooks/../` is the way up."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User = profiles().model._meta.get_field("user").related_model
    page = visitor.get(url("accounts:signup")).expect_status(200)
    form = page.expect_form("username", "email", "password1", "password2")
    password = some.password()
    answer = form.send(
        username=name,
        email="dots@example.com",
        password1=password,
        password2=password,
    )
    expect(
        answer.status == 200 and not User.objects.filter(username=name).exists(),
        did=f"Signed up as {name}",
        wanted="200 with an error, and no such user",
        got=answer.summary,
        look="accounts/models.py, User.clean",
    )


def test_a_name_that_is_taken_is_refused(visitor, some, settings, make_user):
    """FR-9: and not asked for dots, or for anything else of a text."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = make_user(rare(some))
    page = visitor.get(url("accounts:signup")).expect_status(200)
    form = page.expect_form("username", "email", "password1", "password2")
    password = some.password()
    typed = {"email": "taken@example.com", "password1": password}
    answer = form.send(username=user.username, password2=password, **typed)
    look = "accounts/models.py, User.clean: a form asks it with None for a taken name"
    answer.expect_status(200, wanted="200 with an error at the name", look=look)


@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_name_that_somebody_else_takes_meanwhile(visitor, some, settings, first):
    """FR-9: two sign up under one name at once; one of them reads a sentence."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User = profiles().model._meta.get_field("user").related_model
    page = visitor.get(url("accounts:signup")).expect_status(200)
    form = page.expect_form("username", "email", "password1", "password2")
    name, password = rare(some), some.password()
    typed = {"email": f"{name}@example.com", "password1": password}
    look = "accounts/views.py, SignUpView.form_valid: IntegrityError round atomic()"

    def take(value):
        User.objects.bulk_create([User(username=name)])

    with somebody_else(take, User, looked_for=name, first=first) as rival:
        answer = form.send(username=name, password2=password, **typed)
    if not rival.acted:  # it has not looked so often
        answer.expect_redirect(look=look)
        return
    answer.expect_status(
        200, wanted="200 with an error: the name is taken by now", look=look
    )
    expect(
        User.objects.filter(username=name).count() == 1 and answer._form_errors(),
        did=f"{answer.did}, while somebody else took the name {name}",
        wanted="one user of this name, and an error at the form",
        got=f"{User.objects.filter(username=name).count()}; {answer.summary}",
        look=look,
    )


def test_names_lead_to_the_cook(visitor, some, make_user):
    """FR-9: from a card and from a recipe's page."""
    user = named(make_user, some)
    one = published(some, user)
    for path in ("/recipes/", page_of(one)):
        page = visitor.get(path).expect_status(200)
        links_to(
            page,
            path_of(public(user)),
            wanted="a link to the author's public page",
            look="templates/recipes/_recipe_card.html and recipe_detail.html",
        )


def test_html_in_names_is_text(visitor, some, make_user):
    """FR-9: in the heading, the bio and the header of every page."""
    cook, bio = make_user(first_name=markup(some)), markup(some)
    profile(cook, bio=bio)
    path = url("accounts:profile", username=cook.username)
    look = "templates/accounts/profile.html, and templates/base.html"
    name = {"a cook's name": cook.display_name}
    stays_text(visitor.get(path), {**name, "the bio": bio}, look=look)
    stays_text(visitor.sign_in(cook).get("/"), name, look=look)


def test_quotes_in_a_name_stay_in_their_attribute(visitor, some, make_user):
    """FR-9: what somebody wrote is text in the avatar's alt as well."""
    user = named(make_user, some)
    _, form = opened(visitor.sign_in(user))
    form.send(first_name=rare(some), avatar=picture(some))
    user.first_name = quoted(some)
    user.last_name = ""
    user.save()
    page = visitor.get(public(user))
    avatar = profiles().get(user=user).avatar
    stays_quoted(
        page, user.display_name, avatar, look="templates/accounts/profile.html"
    )


@pytest.mark.parametrize("where", ["list", "cook"])
def test_pages_cost_the_same_however_long(visitor, some, make_user, where):
    """NFR-1: a profile is not fetched for each card."""
    user = named(make_user, some)
    profile(user)

    def grow():
        author = user if where == "cook" else named(make_user, some)
        profile(author)
        published(some, author, rows=0)

    same_cost(
        visitor,
        public(user) if where == "cook" else "/recipes/",
        grow,
        few=2,
        many=6,
        things="recipes",
        look=PAGE if where == "cook" else "recipes/views.py, the view of /recipes/",
    )
