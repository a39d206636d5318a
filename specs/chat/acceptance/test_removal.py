"""removal: who is put out hears it at once, and nothing of the room afterwards."""

from unittest.mock import patch

import pytest
from django.db import transaction

from acceptance.chat import (
    CONSUMER,
    HOW_AWAY,
    NO_ROOM,
    OwnMistake,
    add_member,
    chatting,
    direct_room,
    event_under_way,
    form_to,
    in_one_transaction,
    is_logged,
    layer_or_sentence,
    leaves_all_groups,
    locks,
    make_group,
    make_room,
    meanwhile,
    memberships,
    messages,
    own_counts,  # noqa: F401
    people,
    post_only,
    row_locks,
    shown,
    without_layer,
    written,
)
from acceptance.support import Visitor, committed, expect, model, url

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


@pytest.mark.parametrize("look", [1, 2, 3])
def test_who_is_put_out_while_the_owner_leaves(visitor, some, make_user, look):
    """FR-15: in another tab; whoever comes second is no owner any more."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    table = memberships().model._meta.db_table

    def owner_leaves():
        memberships().filter(room=room, user=owner).delete()
        memberships().filter(room=room, user=user).update(role="owner")

    me, address = visitor.sign_in(owner), address_of(room, user)
    with meanwhile(table, owner_leaves, look=look) as let_in:
        answer = me.post(address)
    if let_in:
        expect(
            answer.status in (403, 404) and roles(room) == {user.pk: "owner"},
            did=f"{answer.did}, while the owner leaves in another tab",
            wanted="403 or 404, and the other one there, who has become the owner",
            got=f"{answer.summary}; {len(roles(room))} members",
            look=f"{VIEWS}: lock the room, and ask who owns it once more",
        )


@pytest.mark.parametrize("how", HOW_AWAY)
@pytest.mark.parametrize("way", ["removed", "left"])
def test_the_page_does_not_need_the_layer(visitor, some, make_user, way, how):
    """NFR-8: what is done is done, also where no socket can be told of it."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    address = {
        "removed": address_of(room, user),
        "left": url("chat:room-leave", pk=room.pk),
    }[way]
    me = visitor.sign_in(owner if way == "removed" else user)
    with without_layer(how) as stuck:
        answer = me.post(address)
    answer.expect_redirect(
        f"/rooms/{room.pk}/" if way == "removed" else "/",
        wanted=f"the same answer with a channel layer that is {how}",
        look=f"{SIGNAL}: on_commit(…, robust=True)",
    )
    expect(
        roles(room) == {owner.pk: "owner"},
        did=f"{answer.did}, with a channel layer that is {how}",
        wanted="the membership ended",
        got="it is there still",
        look=VIEWS,
    )
    expect(
        not stuck,
        did=f"{answer.did}, with a channel layer that is {how}",
        wanted="the layer given up after CHAT_LAYER_SECONDS, here 0.05",
        got="it is waited for much longer",
        look="chat/groups.py, tell_user",
    )


# ------------------------------------------------------------------------------ rights

ENDS = ["logged out", "deactivated", "a new password", "account deleted"]


def end_session(how, browser, user):
    """Ends the session of a browser, in one of four ways."""
    __tracebackhide__ = True
    if how == "logged out":
        browser.client.logout()
    elif how == "deactivated":
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    elif how == "a new password":
        user.set_password("another-long-password-7")
        user.save()
    else:
        with committed():
            type(user).objects.get(pk=user.pk).delete()


def cookies_in(browser):
    return "; ".join(f"{k}={v.value}" for k, v in browser.client.cookies.items())


@pytest.mark.parametrize("what", ["listens", "writes", "types", "opens"])
@pytest.mark.parametrize("how", ENDS)
def test_a_socket_ends_with_its_session(some, make_user, how, what):
    """NFR-5: asked before each frame and event, where CHAT_RIGHTS_SECONDS is 0."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    browser = Visitor(user)
    with chatting(rights=0) as chat:
        boss = chat.join(owner, room)
        theirs = chat.join(user, room, cookie=cookies_in(browser))
        theirs.hears(boss.say(room))
        boss.forget()
        end_session(how, browser, user)
        before = messages().count()
        if what == "listens":
            boss.hears(boss.say(room))
            if how == "account deleted":
                # With its memberships it has left the groups, so nothing comes to it.
                theirs.send({"type": "ping"})
        elif what == "writes":
            theirs.say(room)
        elif what == "types":
            theirs.send({"type": "typing", "room": room.pk, "active": True})
        else:
            theirs.send({"type": "room.open", "room": room.pk})
        did = f"{how.capitalize()}, and then the socket of {user.username} {what}"
        theirs.expect_closed(
            4401,
            wanted=f"{did}: closed with 4401",
            look=f"{CONSUMER}: ask for session and user again",
        )
        got = [f for f in theirs.inbox if f["type"] in ("message.new", "room.opened")]
        boss.nothing("typing", "message.new", did=did, look=CONSUMER)
        expect(
            not got and messages().count() == before + (what == "listens"),
            did=did,
            wanted="nothing more read and nothing stored",
            got=f"{shown(got)}, {messages().count() - before} messages stored",
            look=f"{CONSUMER}: ask for session and user again",
        )
        boss.hears(boss.say(room))


def test_other_sessions_live_on(some, make_user):
    """NFR-5: who logs out in one browser stays in the other."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    browser = Visitor(user)
    with chatting(rights=0) as chat:
        boss = chat.join(owner, room)
        chat.join(user, room, cookie=cookies_in(browser))
        phone = chat.join(user, room, name=f"{user}'s phone")
        browser.client.logout()
        phone.hears(boss.say(room))
        boss.hears(phone.say(room))
        phone.expect_alive()


def test_who_was_put_out_unheard_hears_no_more(some, make_user):
    """FR-15: a layer delivers at most once, and the news may be what it has lost."""
    owner, user = people(make_user, some, 2)
    room, kept = make_group(some, owner, user), make_group(some, owner, user)
    with chatting(rights=0) as chat:
        boss, theirs = chat.join(owner, room, kept), chat.join(user, room, kept)
        theirs.hears(boss.say(room))
        # Nobody is told: that is how a lost event looks from here.
        rows = memberships().filter(room=room, user=user)
        rows._raw_delete(rows.db)
        boss.hears(boss.say(room))
        boss.send({"type": "typing", "room": room.pk, "active": True})
        theirs.nothing(
            "message.new",
            "room.activity",
            "typing",
            did="Ended a membership, of which the channel layer has told nobody",
            wanted=f"nothing more of the room for {theirs.who}",
            look=f"{CONSUMER}: ask again which rooms are one's own",
        )
        theirs.hears(boss.say(kept))


# ---------------------------------------------------------------------------- accounts


def test_an_account_that_is_deleted_leaves_order(some, make_user):
    """FR-12: a group has an owner, a room has a member."""
    owner, user, other = people(make_user, some, 3)
    Room = model("chat.Room", "kind")
    group, alone = make_group(some, owner, user, other), make_group(some, owner)
    public, direct = make_room(some, owner, other), direct_room(owner, user)
    foreign = make_group(some, other, user)
    with committed():
        type(owner).objects.get(pk=owner.pk).delete()
    wanted = {
        "the group": (group, {user.pk: "owner", other.pk: "member"}),
        "the public room": (public, {other.pk: "owner"}),
        "the direct chat": (direct, {user.pk: "member"}),
        "a group of others": (foreign, {other.pk: "owner", user.pk: "member"}),
    }
    for name, (room, left) in wanted.items():
        expect(
            roles(room) == left,
            did=f"Deleted the account of an owner, and looked at {name}",
            wanted=f"roles {sorted(left.values())}: the longest-standing one follows",
            got=f"{sorted(roles(room).values())}",
            look=f"{SIGNAL}",
        )
    expect(
        not Room.objects.filter(pk=alone.pk).exists(),
        did="Deleted the account of a group's last member",
        wanted="the group deleted: nobody could ever find it again",
        got="it is there, without a member",
        look=SIGNAL,
    )
    with committed():
        type(user).objects.get(pk=user.pk).delete()
    expect(
        not Room.objects.filter(pk=direct.pk).exists()
        and roles(group) == {other.pk: "owner"},
        did="Deleted the second account of a direct chat",
        wanted="the direct chat deleted, and the group with its next owner",
        got=f"{Room.objects.filter(pk=direct.pk).count()} direct chat, "
        f"the group with {sorted(roles(group).values())}",
        look=SIGNAL,
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


def test_what_comes_late_from_the_room(visitor, some, make_user):
    """FR-15: an event may be under way while its reader is put out."""
    owner, user = people(make_user, some, 2)
    room, kept = make_group(some, owner, user), make_group(some, owner, user)
    with chatting() as chat:
        boss = chat.join(owner, room, kept)
        theirs = chat.join(user, room, kept)
        elsewhere = chat.join(user, kept, name=f"{user}'s tab in another room")
        with event_under_way():
            theirs.hears(boss.say(room))
            chat.settle()
            elsewhere.inbox.clear()
            end("removed", visitor, room, owner, user)
            for tab in (theirs, elsewhere):
                is_told(tab, room)
                tab.nothing(
                    "message.new",
                    "room.activity",
                    did=f"Put {user} out while a message was on its way",
                    wanted=f"nothing of the room for {tab.who} after room.closed",
                    look=f"{CONSUMER}: pass on only what is of one's own rooms",
                )
        theirs.hears(boss.say(kept))


def test_who_goes_away_leaves_all_groups(some, make_user):
    """FR-15: one's own group as well."""
    owner, user = people(make_user, some, 2)
    one, other = make_group(some, owner, user), make_group(some, owner, user)
    with chatting() as chat:
        leaves_all_groups(chat, user, one, other)


def test_a_fault_of_ones_own_is_seen(visitor, some, make_user, caplog):
    """FR-15: what fails after the commit stands in the log."""

    async def group_send(*given):
        raise OwnMistake("a fault of the program")

    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    with chatting():
        with patch.object(layer_or_sentence(), "group_send", group_send):
            me = visitor.sign_in(owner)
            answer = me.post(address_of(room, user))
        is_logged(
            caplog.records,
            did=f"{answer.did}, where telling of it raises an error of your own",
            look=SIGNAL,
        )


def test_putting_out_takes_turns(visitor, some, make_user):
    """NFR-8: the lock holds until the membership has ended."""
    owner, user = people(make_user, some, 2)
    room = make_group(some, owner, user)
    with row_locks() as said:
        answer = visitor.sign_in(owner).post(address_of(room, user))
    answer.expect_redirect(f"/rooms/{room.pk}/", look=VIEWS)
    in_one_transaction(
        said,
        locks(said, type(room)._meta.db_table),
        written(said, "DELETE FROM", memberships().model),
        did=answer.did,
        what="the membership ends",
    )


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
