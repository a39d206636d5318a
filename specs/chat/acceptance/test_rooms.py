"""rooms: a model, three pages, and the elements that the given client lives in."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.templatetags.static import static

from acceptance.chat import (
    LOG_IN,
    NO_ROOM,
    by_id,
    config_of,
    form_shown_again,
    label,
    make_room,
    own_counts,  # noqa: F401
    same_cost,
    to_log_in,
    user_object,
)
from acceptance.pages import links_to, path_of, text_of
from acceptance.samples import named, rare, staff
from acceptance.support import NotYet, expect, model, told, url

DETAIL = "templates/chat/room_detail.html"
LIST = "templates/chat/room_list.html"
VIEWS = "chat/views.py"
MODEL = "chat/models.py, Room"


def rooms():
    __tracebackhide__ = True
    return model("chat.Room", "name", "created_by", "created_at").objects


def page_of(visitor, user, room):
    """The room's page, as a user sees it."""
    __tracebackhide__ = True
    page = visitor.sign_in(user).get(url("chat:room-detail", pk=room.pk))
    return page.expect_status(200, look=f"{VIEWS}, the view of room-detail")


# ------------------------------------------------------------------------------- model


def test_a_room_has_its_fields(some, make_user):
    """FR-2: a room has a name, and knows who made it and when."""
    user = make_user()
    room = make_room(some, user)
    expect(
        str(room) == room.name,
        did="Turned a room into text with str(room)",
        wanted=f"its name, {room.name!r}",
        got=repr(str(room)),
        look=f"{MODEL}.__str__",
    )
    expect(
        room.created_at is not None,
        did="Created a room",
        wanted="created_at set to this moment by itself",
        got="created_at is None",
        look=f"{MODEL}.created_at",
    )
    found = list(user.rooms_created.all()) if hasattr(user, "rooms_created") else None
    expect(
        found == [room],
        did="Asked for user.rooms_created",
        wanted="the room that this user made",
        got="a user has no rooms_created" if found is None else f"{found}",
        look=f"{MODEL}.created_by, related_name",
    )


def test_rooms_come_by_name(some, make_user):
    """FR-1: a list that is sorted is found through."""
    user = make_user()
    names = sorted(rare(some) for _ in range(5))
    for name in some.shuffled(names):
        make_room(some, user, name=name)
    found = [room.name for room in rooms().all()]
    expect(
        found == names,
        did="Asked for Room.objects.all()",
        wanted=f"the rooms by name: {', '.join(names)}",
        got=", ".join(found),
        look=f"{MODEL}.Meta, ordering",
    )


def test_a_room_outlives_who_made_it(visitor, some, make_user):
    """FR-2: an account that is deleted does not take a room along."""
    maker, other = make_user(), make_user()
    room = make_room(some, maker, other)
    maker.delete()
    left = rooms().filter(pk=room.pk).first()
    expect(
        left is not None and left.created_by is None,
        did="Deleted the user who made a room",
        wanted="the room, with created_by None",
        got="the room is gone" if left is None else f"created_by {left.created_by}",
        look=f"{MODEL}.created_by, on_delete",
    )
    page_of(visitor, other, room).expect_shows(room.name, look=DETAIL)


# --------------------------------------------------------------------------- addresses


def test_the_addresses(some, make_user):
    """FR-1: the three pages stand where the client expects them."""
    room = make_room(some, make_user())
    wanted = {
        url("chat:room-list"): "/",
        url("chat:room-create"): "/rooms/new/",
        url("chat:room-detail", pk=room.pk): f"/rooms/{room.pk}/",
    }
    for got, path in wanted.items():
        expect(
            got == path,
            did="Looked up the URLs of the rooms",
            wanted=path,
            got=got,
            look="chat/urls.py",
        )
    method = getattr(room, "get_absolute_url", None)
    got = method() if callable(method) else "there is no such method"
    expect(
        got == f"/rooms/{room.pk}/",
        did="Called room.get_absolute_url()",
        wanted=f"/rooms/{room.pk}/",
        got=got,
        look=f"{MODEL}.get_absolute_url",
    )


@pytest.mark.parametrize("which", ["list", "create", "detail"])
def test_a_visitor_is_sent_to_the_log_in(visitor, some, make_user, which):
    """FR-1: who is not signed in sees no room."""
    room = make_room(some, make_user())
    path = {
        "list": lambda: url("chat:room-list"),
        "create": lambda: url("chat:room-create"),
        "detail": lambda: url("chat:room-detail", pk=room.pk),
    }[which]()
    page = visitor.get(path)
    to_log_in(page, look=f"{VIEWS}, LoginRequiredMixin")
    page.expect_hides(room.name, look=f"{VIEWS}, LoginRequiredMixin")


def test_a_visitor_makes_no_room(visitor, some):
    """FR-2: nor does a visitor's POST store anything."""
    answer = visitor.post(url("chat:room-create"), {"name": label(some)})
    answer.expect_redirect(LOG_IN, look=f"{VIEWS}, LoginRequiredMixin")
    expect(
        not rooms().exists(),
        did=answer.did,
        wanted="nothing stored",
        got="there is a room",
        look=f"{VIEWS}, LoginRequiredMixin",
    )


# --------------------------------------------------------------------------------- list


def test_the_list_names_the_rooms(visitor, some, make_user):
    """FR-1: each of one's rooms, linked."""
    user = make_user()
    made = [make_room(some, user) for _ in range(3)]
    page = visitor.sign_in(user).get("/").expect_status(200, look=VIEWS)
    page.expect_hides(
        "Your project is running",
        wanted="the rooms in place of the welcome page",
        look="config/urls.py",
    )
    for room in made:
        page.expect_shows(room.name, look=LIST)
        links_to(
            page,
            f"/rooms/{room.pk}/",
            wanted=f'a link to "{room.name}" at /rooms/{room.pk}/',
            look=LIST,
        )


def test_without_rooms_there_is_a_page(visitor, make_user):
    """FR-1: the first user of all sees a page too."""
    page = visitor.sign_in(make_user()).get(url("chat:room-list"))
    page.expect_status(200, look=VIEWS)


def test_more_rooms_cost_the_same(visitor, some, make_user):
    """NFR-1: who made a room is fetched with the rooms."""
    user = make_user()
    me = visitor.sign_in(user)
    url("chat:room-list")
    same_cost(
        lambda: me.get("/"),
        lambda: make_room(some, named(make_user, some), user),
        few=2,
        many=12,
        things="rooms of different people",
        look=f"{VIEWS}, the view of room-list",
    )


# --------------------------------------------------------------------------------- form


def test_making_a_room(visitor, some, make_user):
    """FR-2: a valid form stores the room and leads to it."""
    user, name = make_user(), label(some)
    page = visitor.sign_in(user).get(url("chat:room-create"))
    page.expect_status(200, look=VIEWS)
    answer = page.expect_form("name", look="templates/chat/room_form.html").send(
        name=f"  {name} "
    )
    made = rooms().first()
    expect(
        made is not None and made.name == name,
        did=answer.did,
        wanted=f"a room called {name!r}, without blanks at its ends",
        got="nothing stored" if made is None else f"one called {made.name!r}",
        look=VIEWS,
    )
    answer.expect_redirect(f"/rooms/{made.pk}/", look=VIEWS)
    expect(
        made.created_by == user,
        did=answer.did,
        wanted=f"created_by {user}, who is signed in",
        got=f"created_by {made.created_by}",
        look=f"{VIEWS}, form.instance.created_by",
    )


def test_nobody_makes_a_room_in_anothers_name(visitor, some, make_user):
    """FR-2: what the form says about its author is ignored."""
    user, other = make_user(), make_user()
    page = visitor.sign_in(user).get(url("chat:room-create")).expect_status(200)
    form = page.expect_form("name", look="templates/chat/room_form.html")
    expect(
        not form.has("created_by"),
        did=page.did,
        wanted="a form without created_by",
        got="it asks for it",
        look=f"{VIEWS}, fields",
    )
    answer = visitor.sign_in(user).post(
        url("chat:room-create"),
        {"name": label(some), "created_by": other.pk, "id": 77, "pk": 77},
    )
    made = rooms().first()
    expect(
        made is not None and made.created_by == user,
        did=answer.did,
        wanted=f"a room made by {user}",
        got="nothing stored" if made is None else f"made by {made.created_by}",
        look=f"{VIEWS}, fields and form.instance.created_by",
    )


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "an empty name"),
        (" \t ", "a blank name"),
        (None, "no name"),
        ("x" * 81, "a name of 81 characters"),
    ],
)
def test_a_name_that_is_none_is_refused(visitor, make_user, name, what):
    """FR-2: a room has a name, and a short one."""
    address = url("chat:room-create")
    data = {} if name is None else {"name": name}
    answer = visitor.sign_in(make_user()).post(address, data)
    expect(
        not rooms().exists(),
        did=answer.did,
        wanted=f"nothing stored for {what}",
        got="a room is stored",
        look=VIEWS,
    )
    form_shown_again(answer, "name", wanted=f"it had {what}", look=VIEWS)


def test_80_characters_are_a_name(visitor, make_user):
    """FR-2: the limit itself is allowed."""
    name = "y" * 80
    answer = visitor.sign_in(make_user()).post(url("chat:room-create"), {"name": name})
    answer.expect_redirect(look=f"{MODEL}.name, max_length")


# --------------------------------------------------------------------------------- page


def test_the_page_of_a_room(visitor, some, make_user):
    """FR-2: its name as the heading, and who made it."""
    user = named(make_user, some)
    room, foreign = make_room(some, user), make_room(some, make_user())
    page = page_of(visitor, user, room)
    headings = [text_of(tag) for tag in page.soup.find_all("h1")]
    expect(
        any(room.name in heading for heading in headings),
        did=page.did,
        wanted=f'"{room.name}" in the <h1>',
        got=f"the <h1> says {', '.join(headings)}" if headings else "there is no <h1>",
        look=DETAIL,
    )
    own = page_of(visitor, user, room).soup
    for tag in own.find_all(["header", "script"]):
        if tag.name == "script" or tag.find("nav"):
            tag.extract()
    for tag in own.find_all("nav"):
        tag.extract()
    expect(
        user.display_name in text_of(own),
        did=page.did,
        wanted=f'who made it, "{user.display_name}", below the header',
        got=text_of(own)[:120],
        look=DETAIL,
    )
    page.expect_hides(foreign.name, look=DETAIL)


def test_an_unknown_room_is_404(visitor, some, make_user):
    """FR-2: what does not exist is not found."""
    make_room(some, make_user())
    page = visitor.sign_in(make_user()).get(url("chat:room-detail", pk=NO_ROOM))
    page.expect_status(404, look=VIEWS)


@pytest.mark.parametrize(
    ("id_", "name", "wanted"),
    [
        ("chat-status", "", {"role": "status"}),
        ("chat-typing", "", {}),
        ("chat-form", "form", {}),
        ("chat-body", "textarea", {"name": "body", "maxlength": "2000"}),
    ],
)
def test_the_elements_of_the_client(visitor, some, make_user, id_, name, wanted):
    """NFR-2: the given client finds what it fills in."""
    user = make_user()
    page = page_of(visitor, user, make_room(some, user))
    tag = by_id(page, id_, look=DETAIL, name=name)
    for key, value in wanted.items():
        expect(
            tag.get(key) == value,
            did=page.did,
            wanted=f'{key}="{value}" on the element {id_}',
            got=f'{key}="{tag.get(key)}"' if tag.get(key) else f"no {key}",
            look=DETAIL,
        )


def test_the_log_is_read_out(visitor, some, make_user):
    """NFR-2: a list, in a region that a screen reader follows."""
    user = make_user()
    page = page_of(visitor, user, make_room(some, user))
    log = by_id(page, "chat-log", look=DETAIL, name="ol")
    around = [tag for tag in [log, *log.parents] if tag.get("role") == "log"]
    expect(
        around,
        did=page.did,
        wanted='chat-log in an element with role="log", or with it itself (NFR-2)',
        got="no such element around it",
        look=DETAIL,
    )
    region = around[0]
    expect(
        region.get("aria-live") == "polite"
        and str(region.get("aria-label", "")).strip(),
        did=page.did,
        wanted='aria-live="polite" and an aria-label on the element with role="log"',
        got=f'aria-live="{region.get("aria-live", "")}", '
        f'aria-label="{region.get("aria-label", "")}"',
        look=DETAIL,
    )


def test_the_form_can_be_used_without_a_mouse(visitor, some, make_user):
    """NFR-2: the text has a label, and the form a button that sends."""
    user = make_user()
    page = page_of(visitor, user, make_room(some, user))
    form = by_id(page, "chat-form", look=DETAIL, name="form")
    body = by_id(page, "chat-body", look=DETAIL, name="textarea")
    expect(
        body in form.find_all("textarea"),
        did=page.did,
        wanted="chat-body inside chat-form",
        got="it stands outside",
        look=DETAIL,
    )
    labels = [
        tag
        for tag in page.soup.find_all("label")
        if tag.get("for") == "chat-body" or body in tag.find_all("textarea")
    ]
    expect(
        any(text_of(tag) for tag in labels),
        did=page.did,
        wanted="a <label> with text for chat-body (NFR-2)",
        got="it is empty" if labels else "there is none",
        look=DETAIL,
    )
    buttons = [
        tag
        for tag in form.find_all(["button", "input"])
        if str(tag.get("type", "submit" if tag.name == "button" else "")) == "submit"
    ]
    expect(
        buttons,
        did=page.did,
        wanted="a submit button inside chat-form (NFR-2)",
        got="there is none",
        look=DETAIL,
    )


def test_the_client_gets_its_settings(visitor, some, make_user):
    """NFR-11: the five keys, as JSON that cannot break out."""
    user = named(make_user, some)
    room = make_room(some, user)
    page = page_of(visitor, user, room)
    found = config_of(page)
    wanted = {
        "socket": "/ws/chat/",
        "room": room.pk,
        "user": user_object(user),
        "login": LOG_IN,
    }
    for key, value in wanted.items():
        expect(
            found.get(key) == value,
            did=f"{page.did} and read chat-config",
            wanted=f"{key}: {value}",
            got=f"{key}: {found[key]}" if key in found else f"there is no {key}",
            look=f"{VIEWS}, chat_config",
        )
    expect(
        "history" in found,
        did=f"{page.did} and read chat-config",
        wanted="the key history",
        got=f"the keys {', '.join(found)}",
        look=f"{VIEWS}, chat_config",
    )
    tag = by_id(page, "chat-config", look=DETAIL, name="script")
    expect(
        tag.get("type") == "application/json",
        did=page.did,
        wanted='type="application/json" on the script chat-config',
        got=f'type="{tag.get("type", "")}"',
        look=f"{DETAIL}, json_script",
    )


def test_the_client_is_loaded(visitor, some, make_user):
    """FR-3: as a module, by the address of the static file."""
    user = make_user()
    page = page_of(visitor, user, make_room(some, user))
    modules = [
        path_of(str(tag.get("src", "")))
        for tag in page.soup.find_all("script")
        if tag.get("type") == "module"
    ]
    expect(
        path_of(static("chat/main.js")) in modules,
        did=page.did,
        wanted='<script type="module"> with the address of chat/main.js',
        got=f"modules: {', '.join(modules) or 'none'}",
        look=f"{DETAIL}, {{% static 'chat/main.js' %}}",
    )


@pytest.mark.parametrize("where", ["room", "user"])
def test_names_are_text(visitor, some, make_user, where):
    """NFR-11: a name with HTML in it is shown and does nothing."""
    word = rare(some)
    evil = f"</script><b>{word}"
    user = make_user(last_name=evil if where == "user" else "")
    room = make_room(some, user, **({"name": evil} if where == "room" else {}))
    for page in (page_of(visitor, user, room), visitor.sign_in(user).get("/")):
        expect(
            not any(word in text_of(tag) for tag in page.soup.find_all("b")),
            did=f"{page.did}, with a {where} called {evil}",
            wanted="the name as text",
            got="the page holds a real <b>",
            look="templates/chat/, and json_script for chat-config",
        )
        page.expect_shows(evil, wanted=f"{evil} as text", look="templates/chat/")
    found = config_of(page_of(visitor, user, room))
    expect(
        found.get("user") == user_object(user),
        did=f"Read chat-config, with a {where} called {evil}",
        wanted=f"user: {user_object(user)}",
        got=f"{found.get('user')}",
        look="templates/chat/room_detail.html, json_script",
    )


def test_the_nav_leads_everywhere(visitor, some, make_user):
    """NFR-2: the list and the form are one click away."""
    user = make_user()
    room = make_room(some, user)
    for path in (
        url("chat:room-list"),
        url("chat:room-create"),
        url("chat:room-detail", pk=room.pk),
    ):
        page = visitor.sign_in(user).get(path).expect_status(200, look=VIEWS)
        for to in ("/", "/rooms/new/"):
            links_to(
                page,
                to,
                nav=True,
                wanted=f"a link to {to} in <nav>",
                look="templates/base.html",
            )


# -------------------------------------------------------------------------------- staff


def test_staff_see_the_rooms(visitor, some, make_user):
    """FR-1: the model is registered."""
    room = make_room(some, make_user())
    page = visitor.sign_in(staff(make_user)).get("/admin/chat/room/")
    page.expect_status(200, wanted="the list of rooms", look="chat/admin.py")
    page.expect_shows(room.name, look="chat/admin.py")


def test_demo_data_can_be_loaded(db, settings):
    """FR-22: the given command finds out how far the models have come."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    rooms()
    for time in ("once", "twice"):
        try:
            call_command("seed_demo", stdout=io.StringIO(), stderr=io.StringIO())
        except Exception as error:
            raise NotYet(
                did=f"Ran python manage.py seed_demo, {time}",
                wanted="an end without an error",
                got=told(error),
                look="chat/models.py",
            ) from error
    users = get_user_model().objects.filter(username__in=["mira", "tomas", "ines"])
    expect(
        users.count() == 3 and rooms().exists(),
        did="Ran python manage.py seed_demo, twice",
        wanted="the users mira, tomas and ines, and some rooms",
        got=f"{users.count()} of the users, {rooms().count()} rooms",
        look="chat/models.py",
    )
