"""activity: a socket hears of every room of its user, open or not."""

import pytest
from django.templatetags.static import static

from acceptance.chat import (
    CONSUMER,
    LOG_IN,
    about,
    add_member,
    chatting,
    config_of,
    event_under_way,
    expect_fields,
    expect_user,
    form_to,
    invite,
    is_quiet,
    leaves_all_groups,
    make_group,
    make_room,
    own_counts,  # noqa: F401
    people,
    shown,
)
from acceptance.support import committed, expect, model, url

LOOK = f"{CONSUMER}, the handler of a room's message"
JOIN = "chat/signals.py, post_save of Membership"
BASE = "templates/base.html"
NEWS = ("message.new", "room.activity")


def gets(tab, kind, sent):
    """The socket gets this message in a frame of this type, and in no other."""
    __tracebackhide__ = True
    wanted = f"{kind} with that message for {tab.who}"
    frame = tab.receive(kind, about(sent), wanted=wanted, look=LOOK)
    tab.nothing(
        *NEWS,
        where=about(sent),
        wanted=f"the message once for {tab.who}, as {kind}",
        look=LOOK,
    )
    return frame


def gets_nothing(tab, sent, *, wanted, look=LOOK):
    """The message does not reach the socket in any way."""
    __tracebackhide__ = True
    tab.nothing(*NEWS, where=about(sent), wanted=wanted, look=look)


def test_hello_offers_activity(make_user):
    """FR-16: the client counts on it only where it is there."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("activity")


def test_a_room_that_is_not_open_is_heard_of(some, make_user):
    """FR-16: once each, as message.new or as room.activity."""
    one, other = people(make_user, some, 2)
    room, elsewhere = make_group(some, one, other), make_group(some, one, other)
    with chatting() as chat:
        mine, inside = chat.join(one, room), chat.join(other, room)
        second = chat.enter(one, name=f"{one}'s second tab")
        outside = chat.enter(other, name=f"{other}'s tab on another page")
        next_door = chat.join(other, elsewhere, name=f"{other}'s tab in another room")
        for _ in range(2):
            sent = mine.say(room)
            stored = mine.acked(sent)
            for tab in (mine, inside):
                gets(tab, "message.new", sent)
            for tab in (second, outside, next_door):
                frame = gets(tab, "room.activity", sent)
                of = "room.activity"
                expect_fields(frame, {"room": room.pk}, did=mine.did, look=LOOK, of=of)
                found = frame.get("message")
                wanted = {
                    "id": stored["id"],
                    "client_id": sent["client_id"],
                    "room": room.pk,
                    "body": sent["body"],
                    "created_at": stored.get("created_at"),
                }
                of = "room.activity whose message comes"
                expect_fields(found, wanted, did=mine.did, look=LOOK, of=of)
                expect_user(found.get("author"), one, did=mine.did, look=LOOK, of=of)


def test_opening_and_closing_decide_between_the_two(some, make_user):
    """FR-16: an open room's messages are new, a closed one's are activity."""
    one, other = people(make_user, some, 2)
    room, kept = make_group(some, one, other), make_group(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.join(one, room, kept), chat.enter(other)
        gets(theirs, "room.activity", mine.say(room))
        theirs.open(room)
        theirs.open(kept)
        gets(theirs, "message.new", mine.say(room))
        theirs.close(room)
        gets(theirs, "room.activity", mine.say(room))
        gets(theirs, "message.new", mine.say(kept))
        theirs.open(room)
        gets(theirs, "message.new", mine.say(room))


def test_a_resend_is_no_news(some, make_user):
    """FR-16: what is stored already was told already."""
    one, other = people(make_user, some, 2)
    room = make_group(some, one, other)
    with chatting() as chat:
        mine, inside = chat.join(one, room), chat.join(other, room)
        outside = chat.enter(other, name=f"{other}'s tab on another page")
        sent = mine.say(room)
        gets(mine, "message.new", sent)
        gets(inside, "message.new", sent)
        gets(outside, "room.activity", sent)
        mine.acked(sent)
        mine.send(sent)
        mine.acked(sent)
        for tab in (mine, inside, outside):
            gets_nothing(tab, sent, wanted=f"nothing of a resend for {tab.who}")


@pytest.mark.parametrize("kind", ["group", "public"])
def test_strangers_hear_nothing(some, make_user, kind):
    """FR-16: what is public can be joined, and is not overheard."""
    one, other, stranger = people(make_user, some, 3)
    room = make_room(some, one, other, kind=kind)
    own = make_group(some, stranger, one)
    with chatting() as chat:
        mine, theirs = chat.join(one, room), chat.enter(other)
        tabs = [chat.enter(stranger), chat.join(stranger, own)]
        sent = mine.say(room)
        gets(theirs, "room.activity", sent)
        for tab in tabs:
            gets_nothing(tab, sent, wanted="nothing for who is no member of the room")


WAYS = ["joined", "accepted", "direct chat", "created"]


def become_member(way, visitor, some, owner, user):
    """Makes a user a member by a page, as people do; gives the room."""
    __tracebackhide__ = True
    views = "chat/views.py"
    if way == "joined":
        room = make_room(some, owner)
        answer = visitor.sign_in(user).post(url("chat:room-join", pk=room.pk))
        answer.expect_redirect(f"/rooms/{room.pk}/", look=views)
    elif way == "accepted":
        room = make_group(some, owner)
        invitation = invite(room, user, by=owner)
        path = url("chat:invitation-accept", pk=invitation.pk)
        answer = visitor.sign_in(user).post(path)
        answer.expect_redirect(f"/rooms/{room.pk}/", look=views)
    elif way == "direct chat":
        path = url("chat:direct-start")
        answer = visitor.sign_in(owner).post(path, {"username": user.username})
        answer.expect_redirect(look=views)
        found = owner.rooms.filter(pk__in=user.rooms.all(), kind="direct")
        expect(
            found.count() == 1,
            did=answer.did,
            wanted="their direct room",
            got=f"{found.count()} rooms",
            look=views,
        )
        room = found.get()
    else:
        room = make_group(some, owner)
        with committed():
            add_member(room, user)
    return room


@pytest.mark.parametrize("way", WAYS)
def test_who_becomes_a_member_hears_at_once(visitor, some, make_user, way):
    """FR-16: on the socket that is open already."""
    owner, user = people(make_user, some, 2)
    with chatting() as chat:
        boss, theirs = chat.enter(owner), chat.enter(user)
        room = become_member(way, visitor, some, owner, user)
        chat.settle()
        sent = boss.say(room)
        boss.acked(sent)
        frame = theirs.receive(
            "room.activity",
            about(sent),
            wanted=f"room.activity for {theirs.who}, who has just become a member",
            look=f"{JOIN}; {CONSUMER}: group_add",
        )
        expect(
            frame.get("room") == room.pk,
            did=boss.did,
            wanted=f"room.activity with room {room.pk}",
            got=shown(frame),
            look=LOOK,
        )
        gets_nothing(theirs, sent, wanted=f"the message once for {theirs.who}")


def test_who_ceases_to_be_a_member_hears_nothing(visitor, some, make_user):
    """FR-16: neither where the room was open nor elsewhere."""
    owner, user, other = people(make_user, some, 3)
    room = make_group(some, owner, user, other)
    with chatting() as chat:
        boss, still = chat.join(owner, room), chat.enter(other)
        tabs = [
            chat.join(user, room, name=f"{user}'s tab in the room"),
            chat.enter(user, name=f"{user}'s tab elsewhere"),
        ]
        answer = visitor.sign_in(user).post(url("chat:room-leave", pk=room.pk))
        answer.expect_redirect("/", look="chat/views.py, the view of room-leave")
        for tab in tabs:
            tab.receive(
                "room.closed", look="chat/signals.py, post_delete of Membership"
            )
        sent = boss.say(room)
        gets(still, "room.activity", sent)
        for tab in tabs:
            gets_nothing(
                tab,
                sent,
                wanted=f"nothing more of the room for {tab.who}",
                look=f"{CONSUMER}: group_discard",
            )


def test_what_comes_late_from_a_room_that_ends(visitor, some, make_user):
    """FR-16: an event that is handled after room.closed says nothing of the room."""
    owner, user = people(make_user, some, 2)
    room, kept = make_group(some, owner, user), make_group(some, owner, user)
    with chatting() as chat:
        boss = chat.join(owner, room)
        tabs = [
            chat.join(user, room, name=f"{user}'s tab in the room"),
            chat.join(user, kept, name=f"{user}'s tab in another room"),
        ]
        with event_under_way():
            sent = boss.say(room)
            gets(tabs[0], "message.new", sent)
            gets(tabs[1], "room.activity", sent)
            answer = visitor.sign_in(user).post(url("chat:room-leave", pk=room.pk))
            answer.expect_redirect("/", look="chat/views.py, the view of room-leave")
            for tab in tabs:
                tab.receive(
                    "room.closed", look="chat/signals.py, post_delete of Membership"
                )
                tab.nothing(
                    *NEWS,
                    did=f"Left a room as {user}, while a message was on its way",
                    wanted=f"nothing more of the room for {tab.who}",
                    look=LOOK,
                )


def test_the_sender_hears_it_as_activity(some, make_user):
    """FR-16: in the tab that has sent it, too, where the room is not open."""
    one, other = people(make_user, some, 2)
    room = make_group(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.enter(one), chat.join(other, room)
        sent = mine.say(room)
        gets(theirs, "message.new", sent)
        gets(mine, "room.activity", sent)


def test_who_goes_away_leaves_all_groups(some, make_user):
    """FR-16: those of rooms that were never open as well."""
    one, other = people(make_user, some, 2)
    rooms = [make_group(some, one, other) for _ in range(3)]
    with chatting() as chat:
        leaves_all_groups(chat, other, *rooms[:2])


def test_who_opens_a_room_before_the_news_comes(some, make_user):
    """FR-16: the frame may overtake the event that tells of the membership."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner)
    with chatting() as chat:
        boss, theirs = chat.join(owner, room), chat.enter(user)
        # bulk_create sends no signal, so the news never comes.
        kind = model("chat.Membership", "room", "user")
        kind.objects.bulk_create([kind(room=room, user=user)])
        theirs.open(room)
        gets(theirs, "message.new", boss.say(room))


def test_who_comes_back_has_the_room_closed(some, make_user):
    """FR-16: room.closed closed it; the socket says when it is open again."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    with chatting() as chat:
        boss, theirs = chat.join(owner, room), chat.join(user, room)
        with committed():
            room.memberships.get(user=user).delete()
        theirs.receive("room.closed", look="chat/signals.py, post_delete of Membership")
        with committed():
            add_member(room, user)
        chat.settle()
        gets(theirs, "room.activity", boss.say(room))
        theirs.open(room)
        gets(theirs, "message.new", boss.say(room))


def test_typing_reaches_open_rooms_only(some, make_user):
    """FR-16: who types elsewhere is no news."""
    one, other = people(make_user, some, 2)
    room, elsewhere = make_group(some, one, other), make_group(some, one, other)
    with chatting() as chat:
        mine, inside = chat.join(one, room), chat.join(other, room)
        outside = [
            chat.enter(other, name=f"{other}'s tab on another page"),
            chat.join(other, elsewhere, name=f"{other}'s tab in another room"),
            chat.join(other, room, name=f"{other}'s tab that closed the room"),
        ]
        outside[2].close(room)
        mine.send({"type": "typing", "room": room.pk, "active": True})
        inside.receive("typing", look=f"{CONSUMER}, typing")
        is_quiet(
            *outside,
            kinds=["typing"],
            wanted="no typing from a room that is not open",
            look=f"{CONSUMER}, the handler of typing",
        )


# ------------------------------------------------------------------------------- pages


def modules_of(page):
    """The addresses of the page's modules."""
    return [
        str(tag.get("src", ""))
        for tag in page.soup.find_all("script")
        if tag.get("type") == "module"
    ]


def has_client(page, *, room, history, user):
    """The client and its settings are on a page, once each."""
    __tracebackhide__ = True
    config = config_of(page, look=BASE)
    wanted = {
        "socket": "/ws/chat/",
        "room": room,
        "history": history,
        "login": LOG_IN,
    }
    of = "a chat-config"
    look = "the context processor, and TEMPLATES in config/settings.py"
    expect_fields(config, wanted, did=page.did, look=look, of=of)
    expect_user(config.get("user"), user, did=page.did, look=look, of=of)
    found = modules_of(page).count(static("chat/main.js"))
    expect(
        found == 1,
        did=page.did,
        wanted="the module chat/main.js once on the page",
        got=f"it is there {found} times",
        look=f"{BASE}, {{% block scripts %}}",
    )


@pytest.mark.parametrize("name", ["room-list", "room-create", "invitation-list"])
def test_the_client_runs_on_every_page(visitor, make_user, name):
    """FR-16: the news come wherever one is."""
    user = make_user()
    page = visitor.sign_in(user).get(url(f"chat:{name}"))
    page.expect_status(200, look="chat/views.py")
    has_client(page, room=None, history=None, user=user)


def test_a_rooms_page_names_its_room(visitor, some, make_user):
    """FR-16: what the view says goes before what a processor gives."""
    one, other = people(make_user, some, 2)
    group, public = make_group(some, one, other), make_room(some, other)
    page = visitor.sign_in(one).get(url("chat:room-detail", pk=group.pk))
    page.expect_status(200, look="chat/views.py")
    history = url("chat:message-list", pk=group.pk)
    has_client(page, room=group.pk, history=history, user=one)
    # Of a public room that one has not joined the client must not know.
    page = visitor.sign_in(one).get(url("chat:room-detail", pk=public.pk))
    page.expect_status(200, look="chat/views.py")
    form_to(page, url("chat:room-join", pk=public.pk), look="templates/chat/")
    has_client(page, room=None, history=None, user=one)


def test_a_visitor_gets_no_client(visitor):
    """FR-16: without somebody signed in there is nobody to tell."""
    page = visitor.get(LOG_IN).expect_status(200, look=BASE)
    expect(
        not page.soup.find_all(id="chat-config")
        and static("chat/main.js") not in modules_of(page),
        did=page.did,
        wanted="neither chat-config nor the client for a visitor",
        got="it is there",
        look=f"{BASE}, {{% if user.is_authenticated %}}",
    )
