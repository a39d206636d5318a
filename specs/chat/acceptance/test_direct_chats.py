"""direct-chats: a room of exactly two, and one at most for two people."""

import pytest

from acceptance.chat import (
    CONSUMER,
    call,
    chatting,
    direct_room,
    form_shown_again,
    has_news,
    label,
    make_direct,
    make_room,
    meanwhile,
    memberships,
    messages,
    own_counts,  # noqa: F401
    people,
    post,
    refused_by_database,
    row_locks,
    same_cost,
    to_log_in,
    written,
)
from acceptance.pages import goals, links_to, text_of, without_token
from acceptance.samples import named
from acceptance.support import NotYet, expect, load, model, told, url

MODEL = "chat/models.py, Room"
VIEWS = "chat/views.py"
SERVICE = "chat/services.py, direct_room"
START = "chat/forms.py and the view of direct-start"


def rooms():
    __tracebackhide__ = True
    return model("chat.Room", "name", "kind", "direct_key").objects


def members(room):
    return sorted(memberships().filter(room=room).values_list("user_id", flat=True))


def start(visitor, user, username):
    """Sends the form at /direct/."""
    __tracebackhide__ = True
    page = visitor.sign_in(user).get(url("chat:direct-start"))
    page.expect_status(200, look=START)
    return page, page.expect_form("username", look=START).send(username=username)


# ------------------------------------------------------------------------------- model


def test_the_database_knows_a_direct_room(some, make_user):
    """NFR-10: a key exactly where the room is direct, and each key once."""
    one, other = make_user(), make_user()
    key = f"{min(one.pk, other.pk)}:{max(one.pk, other.pk)}"
    rooms()
    make_direct(some, one, other)
    for what, fields in (
        ("a second room with the same direct_key", {"direct_key": key}),
        ("a direct room without a direct_key", {"direct_key": None}),
        ("a public room with a direct_key", {"kind": "public", "direct_key": "0:1"}),
        ("a group with a direct_key", {"kind": "group", "direct_key": "0:2"}),
    ):
        given = {"name": label(some), "kind": "direct", **fields}
        refused_by_database(
            lambda given=given: rooms().create(**given),
            did=f"Created {what}",
            look=f"{MODEL}.Meta, constraints, and direct_key",
        )


def test_many_rooms_have_no_key(some, make_user):
    """FR-13: nulls are never equal."""
    user = make_user()
    rooms()
    for kind in ("public", "group", "public", "group"):
        room = make_room(some, user, kind=kind)
        expect(
            room.direct_key is None,
            did=f"Created a {kind} room",
            wanted="direct_key None",
            got=repr(room.direct_key),
            look=f"{MODEL}.direct_key, default",
        )


# ----------------------------------------------------------------------------- service


def test_direct_room_is_one_for_two(some, make_user):
    """FR-13: whoever begins, and however often."""
    one, other, third = people(make_user, some, 3)
    room = direct_room(one, other)
    expect(
        room.kind == "direct" and members(room) == sorted([one.pk, other.pk]),
        did="Called direct_room(one, other)",
        wanted="a room of the kind direct with exactly these two members",
        got=f"kind {room.kind}, members {members(room)}",
        look=SERVICE,
    )
    for pair in ((one, other), (other, one)):
        again = direct_room(*pair)
        expect(
            again.pk == room.pk and rooms().count() == 1,
            did="Called direct_room() again, and with the two exchanged",
            wanted="the same room",
            got=f"room {again.pk}, where it was {room.pk}; {rooms().count()} rooms",
            look=SERVICE,
        )
    expect(
        members(room) == sorted([one.pk, other.pk]),
        did="Called direct_room() three times",
        wanted="two memberships, as before",
        got=f"{members(room)}",
        look=SERVICE,
    )
    held = set(memberships().filter(room=room).values_list("role", flat=True))
    expect(
        held == {"member"},
        did="Called direct_room(one, other)",
        wanted="two memberships with the role member: a direct chat has no owner",
        got=f"roles {', '.join(sorted(held))}",
        look=SERVICE,
    )
    others = [direct_room(third, one), direct_room(other, third)]
    expect(
        len({room.pk, *(found.pk for found in others)}) == 3,
        did="Called direct_room() for the three pairs of three people",
        wanted="three rooms",
        got="fewer",
        look=SERVICE,
    )


@pytest.mark.parametrize("pks", [(999_999_999, 1_000_000_000), (30, 4_000)])
def test_the_key_of_two(some, make_user, pks):
    """FR-13: other code, such as the demo data, finds their room by it."""
    low, high = pks
    one, other = (make_user(pk=pk) for pk in pks)
    found = direct_room(other, one).direct_key
    expect(
        found == f"{low}:{high}",
        did=f"Called direct_room() for the users {high} and {low}",
        wanted=f'direct_key "{low}:{high}": both ids, the smaller number first',
        got=repr(found),
        look=SERVICE,
    )


def test_a_direct_room_is_whole(some, make_user):
    """FR-13: room and memberships are made in one transaction, or not at all."""
    one, other = people(make_user, some, 2)
    with row_locks() as said:
        direct_room(one, other)
    kinds = (rooms().model, memberships().model)
    room, members_ = (written(said, "INSERT INTO", kind) for kind in kinds)
    expect(
        room
        and members_
        and all(said.share_a_transaction(room[-1], at) for at in members_),
        did="Called direct_room()",
        wanted="the room and both memberships made in one transaction",
        got="several, and whatever fails in between leaves a room that neither can use",
        look=f"{SERVICE}, transaction.atomic",
    )


def test_nobody_talks_to_themselves(make_user):
    """FR-13: two are two."""
    user = make_user()
    function = load("chat.services.direct_room")
    got = "a room"
    try:
        function(user, user)
    except ValueError:
        got = ""
    except Exception as error:
        got = told(error)
    expect(
        not got and not rooms().exists(),
        did="Called direct_room(user, user)",
        wanted="ValueError, and no room",
        got=got or "ValueError, and a room",
        look=SERVICE,
    )


# -------------------------------------------------------------------------------- form


def test_beginning_a_direct_chat(visitor, some, make_user):
    """FR-13: by the user name of the other one."""
    one, other = people(make_user, some, 2)
    expect(
        url("chat:direct-start") == "/direct/",
        did="Looked up the URL chat:direct-start",
        wanted="/direct/",
        got=url("chat:direct-start"),
        look="chat/urls.py",
    )
    _, answer = start(visitor, one, other.username)
    room = rooms().filter(kind="direct").first()
    expect(
        room is not None and members(room) == sorted([one.pk, other.pk]),
        did=answer.did,
        wanted="a direct room of the two",
        got="none" if room is None else f"members {members(room)}",
        look=START,
    )
    answer.expect_redirect(f"/rooms/{room.pk}/", look=START)
    for user, name in ((one, other.username), (other, one.username)):
        _, answer = start(visitor, user, f" {name} ")
        answer.expect_redirect(
            f"/rooms/{room.pk}/", wanted="a redirect to the room they have", look=START
        )
    expect(
        rooms().count() == 1,
        did="Began the same direct chat three times",
        wanted="one room",
        got=f"{rooms().count()}",
        look=START,
    )


def test_both_begin_at_once(visitor, some, make_user):
    """FR-13: whoever looks first and then makes it may come second all the same."""
    one, other = people(make_user, some, 2)
    table, made = rooms().model._meta.db_table, []
    me = visitor.sign_in(one)
    with meanwhile(table, lambda: made.append(make_direct(some, other, one))):
        answer = me.post(url("chat:direct-start"), {"username": other.username})
    room = (made or list(rooms().all()))[0]
    answer.expect_redirect(
        f"/rooms/{room.pk}/",
        wanted="a redirect to the room that the other one has just made",
        look=f"{SERVICE}: get_or_create",
    )
    expect(
        rooms().count() == 1 and members(room) == sorted([one.pk, other.pk]),
        did=f"{answer.did}, while the other one does the same",
        wanted="one room, with the two",
        got=f"{rooms().count()} rooms, members {members(room)}",
        look=SERVICE,
    )


@pytest.mark.parametrize("who", ["nobody", "inactive", "oneself", "empty"])
def test_with_whom_nobody_can_talk(visitor, some, make_user, who):
    """FR-13: an error on the form, and nothing stored."""
    user = make_user()
    gone = make_user(is_active=False)
    name = {
        "nobody": f"{some.name()}-{some.number(1000, 9999)}",
        "inactive": gone.username,
        "oneself": user.username,
        "empty": "",
    }[who]
    fresh, answer = start(visitor, user, name)
    expect(
        not rooms().exists(),
        did=answer.did,
        wanted=f"nothing stored ({who})",
        got="there is a room",
        look=START,
    )
    form_shown_again(answer, "username", wanted=who, look=START)
    has_news(answer, fresh, wanted="an error on the page", look=START)


def test_visitors_begin_nothing(visitor, some, make_user):
    """NFR-5: nor does anybody without a token."""
    one, other = people(make_user, some, 2)
    address = url("chat:direct-start")
    to_log_in(visitor.get(address), look=START)
    to_log_in(visitor.post(address, {"username": other.username}), look=START)
    status = without_token(one, address, {"username": other.username})
    expect(
        status == 403 and not rooms().exists(),
        did=f"Sent POST {address} as a visitor, and without a token",
        wanted="a redirect, 403, and nothing stored",
        got=f"status {status}, {rooms().count()} rooms",
        look=START,
    )


def test_the_nav_leads_there(visitor, make_user):
    """FR-13: from every page."""
    page = visitor.sign_in(make_user()).get("/").expect_status(200, look=VIEWS)
    links_to(
        page,
        "/direct/",
        nav=True,
        wanted="a link to /direct/ in <nav>",
        look="templates/base.html",
    )


# ------------------------------------------------------------------------------- title


def title(room, user):
    __tracebackhide__ = True
    method = getattr(room, "title_for", None)
    expect(
        callable(method),
        did="Looked for room.title_for",
        wanted="a method",
        got="there is none",
        look=f"{MODEL}.title_for",
    )
    try:
        return str(method(user))
    except Exception as error:
        raise NotYet(
            did="Called room.title_for(user)",
            wanted="a text",
            got=told(error),
            look=f"{MODEL}.title_for",
        ) from error


def test_a_direct_room_is_called_by_the_other_one(some, make_user):
    """FR-13: and any other room by its name."""
    one, other = people(make_user, some, 2)
    room, public = direct_room(one, other), make_room(some, one, other)
    room = rooms().get(pk=room.pk)
    for found, user, wanted in (
        (room, one, other.display_name),
        (room, other, one.display_name),
        (public, one, public.name),
    ):
        got = title(found, user)
        expect(
            got == wanted,
            did=f"Called title_for({user}) of a {found.kind} room",
            wanted=repr(wanted),
            got=repr(got),
            look=f"{MODEL}.title_for",
        )


def test_each_sees_the_name_of_the_other(visitor, some, make_user):
    """FR-13: on the list and as the heading."""
    one, other = people(make_user, some, 2)
    room = direct_room(one, other)
    post(some, room, other)
    for user, shown_as in ((one, other), (other, one)):
        me = visitor.sign_in(user)
        page = me.get("/").expect_status(200, look=VIEWS)
        links_to(
            page,
            f"/rooms/{room.pk}/",
            wanted="a link to the direct chat",
            look="templates/chat/room_list.html",
        )
        links = [
            text_of(tag)
            for tag in page.soup.find_all("a", href=True)
            if str(tag["href"]).endswith(f"/rooms/{room.pk}/")
        ]
        expect(
            shown_as.display_name in page.text,
            did=page.did,
            wanted=f'"{shown_as.display_name}" for the direct chat',
            got=f"it is called {', '.join(links)}",
            look="templates/chat/room_list.html, title_for",
        )
        page = me.get(url("chat:room-detail", pk=room.pk)).expect_status(200)
        headings = [text_of(tag) for tag in page.soup.find_all("h1")]
        expect(
            any(shown_as.display_name in heading for heading in headings),
            did=page.did,
            wanted=f'"{shown_as.display_name}" in the <h1>',
            got=f"the <h1> says {', '.join(headings)}",
            look="templates/chat/room_detail.html, title_for",
        )
        named_ = text_of(page.soup.title) if page.soup.title else ""
        expect(
            shown_as.display_name in named_,
            did=page.did,
            wanted=f'"{shown_as.display_name}" in the <title>',
            got=f"the <title> says {named_!r}",
            look="templates/chat/room_detail.html, {% block title %}",
        )


def test_an_account_that_is_gone(visitor, some, make_user):
    """FR-13: the one who is left still has a page."""
    one, other = people(make_user, some, 2)
    room = direct_room(one, other)
    post(some, room, one)
    other.delete()
    me = visitor.sign_in(one)
    for path in ("/", url("chat:room-detail", pk=room.pk)):
        me.get(path).expect_status(200, look=f"{MODEL}.title_for")
    got = title(rooms().get(pk=room.pk), one)
    expect(
        got.strip(),
        did="Called title_for() after the other account was deleted",
        wanted="some text",
        got="an empty one",
        look=f"{MODEL}.title_for",
    )


# --------------------------------------------------------------------------- strangers


def test_a_third_finds_it_nowhere(visitor, some, make_user):
    """FR-13: neither the page nor the JSON nor the socket."""
    one, other, third = people(make_user, some, 3)
    room = direct_room(one, other)
    made = post(some, room, one)
    me = visitor.sign_in(third)
    page = me.get("/").expect_status(200, look=VIEWS)
    expect(
        f"/rooms/{room.pk}/" not in goals(page)
        and one.display_name not in page.text
        and other.display_name not in page.text,
        did=page.did,
        wanted="nothing of the direct chat of two others",
        got="it is there",
        look=f"{VIEWS}, the view of room-list",
    )
    for name in ("chat:room-detail", "chat:message-list"):
        page = me.get(url(name, pk=room.pk)).expect_status(404, look=VIEWS)
        page.expect_hides(made.body, look=VIEWS)
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.enter(third)
        theirs.send({"type": "room.open", "room": room.pk})
        theirs.refused("room_unknown", look=CONSUMER)
        theirs.say(room)
        theirs.refused("room_unknown", look=CONSUMER)
        mine.nothing("message.new", look=CONSUMER)
        mine.hears(mine.say(room))
        theirs.nothing("message.new", look=CONSUMER)


def test_the_two_talk(some, make_user):
    """FR-13: as in any room."""
    one, other = people(make_user, some, 2)
    room = direct_room(one, other)
    with chatting() as chat:
        tabs = [chat.join(one, room), chat.join(other, room)]
        for tab in tabs:
            sent = tab.say(room)
            for listener in tabs:
                listener.hears(sent)
    expect(
        messages().filter(room=room).count() == 2,
        did="Sent a message each",
        wanted="two stored messages",
        got=f"{messages().count()}",
        look=CONSUMER,
    )


def test_two_stay_two(visitor, some, make_user):
    """FR-13: nobody joins and nobody leaves."""
    one, other, third = people(make_user, some, 3)
    room = direct_room(one, other)
    look = f"{VIEWS}, the views of room-join and room-leave"
    join, leave = (
        url("chat:room-join", pk=room.pk),
        url("chat:room-leave", pk=room.pk),
    )
    visitor.sign_in(third).post(join).expect_status(404, look=look)
    visitor.sign_in(third).post(leave).expect_status(404, look=look)
    for user in (one, other):
        visitor.sign_in(user).post(leave).expect_status(
            403, wanted="403: nobody leaves a direct chat", look=look
        )
    expect(
        members(room) == sorted([one.pk, other.pk]) and rooms().filter(pk=room.pk),
        did="Sent POST to join and to leave a direct chat",
        wanted="the room and its two members, as before",
        got=f"members {members(room)}",
        look=look,
    )
    page = visitor.sign_in(one).get(url("chat:room-detail", pk=room.pk))
    expect(
        leave not in str(page.soup.find("main") or page.soup),
        did=page.did,
        wanted="no button to leave a direct chat",
        got="there is one",
        look="templates/chat/room_detail.html",
    )


def test_more_direct_chats_cost_the_same(visitor, some, make_user):
    """NFR-1: the list asks each room for its title."""
    user = make_user()
    rooms()
    me = visitor.sign_in(user)
    same_cost(
        lambda: me.get("/"),
        lambda: call("chat.services.direct_room", user, named(make_user, some)),
        few=2,
        many=8,
        things="direct chats",
        look=f"{MODEL}.title_for, and the view of room-list",
    )
