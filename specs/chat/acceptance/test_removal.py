"""removal: who is put out hears it at once, and nothing of the room afterwards."""

import pytest
from django.db import transaction

from acceptance.chat import (
    CONSUMER,
    NO_ROOM,
    add_member,
    chatting,
    direct_room,
    form_to,
    make_group,
    make_room,
    memberships,
    messages,
    people,
    post_only,
    shown,
)
from acceptance.support import committed, expect, url

VIEWS = "chat/views.py, the view of member-remove"
SIGNAL = "chat/signals.py, post_delete of Membership"


def roles(room):
    __tracebackhide__ = True
    return {found.user_id: found.role for found in memberships().filter(room=room)}


def address_of(room, user):
    __tracebackhide__ = True
    return url("chat:member-remove", pk=room.pk, user_pk=getattr(user, "pk", user))


# -------------------------------------------------------------------------------- page


def test_the_owner_puts_a_member_out(visitor, some, make_user):
    """FR-15: that membership, and no other."""
    owner, user, other = people(make_user, some, 3)
    room, kept = make_group(some, owner, user, other), make_group(some, owner, user)
    address = address_of(room, user)
    expect(
        address == f"/rooms/{room.pk}/members/{user.pk}/remove/",
        did="Looked up the URL chat:member-remove",
        wanted=f"/rooms/{room.pk}/members/{user.pk}/remove/",
        got=address,
        look="chat/urls.py",
    )
    page = visitor.sign_in(owner).get(url("chat:room-detail", pk=room.pk))
    answer = form_to(page, address, look="templates/chat/room_detail.html").send()
    answer.expect_redirect(f"/rooms/{room.pk}/", look=VIEWS)
    expect(
        roles(room) == {owner.pk: "owner", other.pk: "member"}
        and len(roles(kept)) == 2,
        did=answer.did,
        wanted="this membership ended, and no other",
        got=f"{len(roles(room))} members, {len(roles(kept))} in another room",
        look=VIEWS,
    )


def test_who_may_put_nobody_out(visitor, some, make_user):
    """NFR-5: 403 for who knows the room, 404 for who does not."""
    owner, user, other, stranger = people(make_user, some, 4)
    room = make_group(some, owner, user, other)
    public = make_room(some, owner, user)
    direct = direct_room(owner, user)
    rooms = (room, public, direct)
    before = [roles(one) for one in rooms]
    for what, where, who, whom, status in (
        ("a member who is not owner", room, user, other, 403),
        ("a member, themselves", room, user, user, 403),
        ("a stranger", room, stranger, user, 404),
        ("a stranger, in a public room", public, stranger, user, 404),
        ("the owner, themselves", room, owner, owner, 403),
        ("one of two in a direct chat", direct, owner, user, 403),
        ("the other of the two", direct, user, owner, 403),
        ("a third, in a direct chat", direct, stranger, user, 404),
        ("the owner, somebody who is no member", room, owner, stranger, 404),
        ("the owner, nobody", room, owner, NO_ROOM, 404),
    ):
        answer = visitor.sign_in(who).post(address_of(where, whom))
        answer.expect_status(status, wanted=f"{status} for {what}", look=VIEWS)
    post_only(visitor, owner, address_of(room, user), look=VIEWS)
    expect(
        [roles(one) for one in rooms] == before,
        did="Sent nine requests that were refused",
        wanted="nothing changed",
        got="a membership is gone or another",
        look=VIEWS,
    )


def test_members_see_no_button(visitor, some, make_user):
    """FR-15: the page follows the rule."""
    owner, user, other = people(make_user, some, 3)
    room = make_group(some, owner, user, other)
    page = visitor.sign_in(user).get(url("chat:room-detail", pk=room.pk))
    page.expect_status(200, look="chat/views.py")
    for whom in (owner, user, other):
        expect(
            address_of(room, whom) not in page.html,
            did=page.did,
            wanted="no form that puts somebody out, for who is not owner",
            got="there is one",
            look="templates/chat/room_detail.html",
        )


# ------------------------------------------------------------------------------ socket


def is_told(tab, room):
    """The socket gets room.closed with the reason removed."""
    __tracebackhide__ = True
    frame = tab.receive(
        "room.closed",
        lambda frame: frame.get("room") == room.pk,
        wanted=f"room.closed with room {room.pk} and the reason removed for {tab.who}",
        look=SIGNAL,
    )
    expect(
        frame.get("reason") == "removed",
        did=tab.did,
        wanted="room.closed with the reason removed",
        got=shown(frame),
        look=CONSUMER,
    )


WAYS = ["removed", "left", "membership deleted", "room deleted", "deleted in bulk"]


def end(way, visitor, room, owner, user):
    """Ends a membership."""
    __tracebackhide__ = True
    if way == "removed":
        answer = visitor.sign_in(owner).post(address_of(room, user))
        answer.expect_redirect(f"/rooms/{room.pk}/", look=VIEWS)
    elif way == "left":
        answer = visitor.sign_in(user).post(url("chat:room-leave", pk=room.pk))
        answer.expect_redirect("/", look="chat/views.py, the view of room-leave")
    else:
        with committed():
            if way == "membership deleted":
                memberships().get(room=room, user=user).delete()
            elif way == "deleted in bulk":
                memberships().filter(room=room, user=user).delete()
            else:
                room.delete()


@pytest.mark.parametrize("way", WAYS)
def test_every_tab_of_theirs_is_told(visitor, some, make_user, way):
    """FR-15: with the room open or not, in whatever way the membership ended."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    number = room.pk
    with chatting() as chat:
        boss = chat.join(owner, room)
        inside = chat.join(user, room, name=f"{user}'s tab in the room")
        elsewhere = chat.enter(user, name=f"{user}'s tab elsewhere")
        end(way, visitor, room, owner, user)
        room.pk = number
        for tab in (inside, elsewhere):
            is_told(tab, room)
            tab.expect_alive()
            tab.nothing(
                "room.closed", wanted=f"room.closed once for {tab.who}", look=SIGNAL
            )
        if way == "room deleted":
            is_told(boss, room)
        else:
            boss.nothing(
                "room.closed",
                wanted="nothing for who is a member still",
                look=SIGNAL,
            )


@pytest.mark.parametrize("way", WAYS[:3])
def test_nothing_of_the_room_comes_afterwards(visitor, some, make_user, way):
    """FR-15: neither in nor out; and other rooms go on."""
    owner, user = people(make_user, some, 2)
    room, kept = make_group(some, owner, user), make_group(some, owner, user)
    with chatting() as chat:
        boss, theirs = chat.join(owner, room, kept), chat.join(user, room, kept)
        theirs.hears(boss.say(room))
        end(way, visitor, room, owner, user)
        is_told(theirs, room)
        boss.hears(boss.say(room))
        boss.send({"type": "typing", "room": room.pk, "active": True})
        theirs.nothing(
            "message.new",
            "typing",
            wanted=f"nothing more of the room for {theirs.who}",
            look=f"{CONSUMER}: group_discard",
        )
        before = messages().count()
        theirs.say(room)
        theirs.refused("room_unknown", look=CONSUMER)
        theirs.send({"type": "room.open", "room": room.pk})
        theirs.refused("room_unknown", look=CONSUMER)
        boss.all("message.new")
        expect(
            messages().count() == before,
            did=f"Sent a message as {user}, whose membership had ended",
            wanted="nothing stored",
            got="it is stored",
            look=CONSUMER,
        )
        theirs.hears(boss.say(kept))
        boss.hears(theirs.say(kept))


def test_others_go_on(visitor, some, make_user):
    """FR-15: who is a member hears as before."""
    owner, user, other = people(make_user, some, 3)
    room = make_group(some, owner, user, other)
    with chatting() as chat:
        boss, theirs = chat.join(owner, room), chat.join(other, room)
        gone = chat.join(user, room)
        end("removed", visitor, room, owner, user)
        is_told(gone, room)
        theirs.hears(boss.say(room))
        boss.hears(theirs.say(room))
        for tab in (boss, theirs):
            tab.nothing("room.closed", "error", look=SIGNAL)


def test_what_is_rolled_back_is_told_to_nobody(some, make_user):
    """FR-15: the membership is still there."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    with chatting() as chat:
        boss, theirs = chat.join(owner, room), chat.join(user, room)
        with committed(), transaction.atomic():
            memberships().get(room=room, user=user).delete()
            transaction.set_rollback(True)
        theirs.nothing(
            "room.closed",
            did="Deleted a membership in a transaction that was rolled back",
            wanted="nobody told",
            look=f"{SIGNAL}, transaction.on_commit",
        )
        theirs.hears(boss.say(room))
        boss.hears(theirs.say(room))
        # The same without the roll-back is told.
        end("membership deleted", None, room, owner, user)
        is_told(theirs, room)


def test_nobody_is_told_before_the_commit(some, make_user):
    """FR-15: another process would still find the membership."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    with chatting() as chat:
        theirs = chat.join(user, room)
        with committed():
            memberships().get(room=room, user=user).delete()
            theirs.nothing(
                "room.closed",
                did="Deleted a membership, and looked before the commit",
                wanted="nothing before the commit",
                look=f"{SIGNAL}, transaction.on_commit",
            )
        is_told(theirs, room)


def test_who_comes_back_is_let_in(visitor, some, make_user):
    """FR-15: on the same socket."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    with chatting() as chat:
        boss, theirs = chat.join(owner, room), chat.join(user, room)
        end("removed", visitor, room, owner, user)
        is_told(theirs, room)
        with committed():
            add_member(room, user)
        boss.hears(boss.say(room))
        theirs.nothing(
            "message.new",
            wanted="no message.new before the room is opened again",
            look=f"{CONSUMER}: the open rooms",
        )
        theirs.open(room)
        theirs.hears(boss.say(room))
        theirs.nothing("message.new", look=CONSUMER)
        boss.hears(theirs.say(room))
