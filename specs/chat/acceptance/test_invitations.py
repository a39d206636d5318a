"""invitations: a group is joined by who is invited and accepts."""

import pytest

from acceptance.chat import (
    CONSUMER,
    FOREVER,
    add_member,
    by_id,
    chatting,
    direct_room,
    form_shown_again,
    form_to,
    has_news,
    in_one_transaction,
    label,
    left_behind,
    locks,
    make_group,
    make_room,
    meanwhile,
    memberships,
    own_counts,  # noqa: F401
    own_memory,
    people,
    post,
    post_only,
    refused_by_database,
    row_locks,
    same_cost,
    speaks_of,
    to_log_in,
    without_cache,
    written,
)
from acceptance.pages import links_to
from acceptance.support import expect, make, model, url

VIEWS = "chat/views.py"
MODEL = "chat/models.py, Invitation"
CREATE = f"{VIEWS}, the view of invitation-create"
ANSWER = f"{VIEWS}, the views of invitation-accept and invitation-decline"


def invitations():
    __tracebackhide__ = True
    return model("chat.Invitation", "room", "user", "invited_by", "created_at").objects


def invite(room, user, by=None):
    """A row, made without the page."""
    __tracebackhide__ = True
    kind = invitations().model
    return make(kind, room=room, user=user, invited_by=by or room.created_by)


def roles(room):
    return {found.user_id: found.role for found in memberships().filter(room=room)}


def send(visitor, owner, room, username):
    """Sends the form that invites: (the empty form's page, the answer)."""
    __tracebackhide__ = True
    page = visitor.sign_in(owner).get(url("chat:invitation-create", pk=room.pk))
    page.expect_status(200, look=CREATE)
    return page, page.expect_form("username", look=CREATE).send(username=username)


# ------------------------------------------------------------------------------- rooms


def new_room(visitor, user, **fields):
    __tracebackhide__ = True
    return visitor.sign_in(user).post(url("chat:room-create"), fields)


@pytest.mark.parametrize("kind", ["group", "public", None])
def test_a_room_has_a_kind(visitor, some, make_user, kind):
    """FR-14: public, unless a group is asked for."""
    invitations()
    user, name = make_user(), label(some)
    page = visitor.sign_in(user).get(url("chat:room-create")).expect_status(200)
    page.expect_form("name", "kind", look="templates/chat/room_form.html")
    answer = new_room(visitor, user, name=name, **({"kind": kind} if kind else {}))
    room = model("chat.Room", "kind").objects.filter(name=name).first()
    wanted = kind or "public"
    expect(
        room is not None and room.kind == wanted,
        did=answer.did,
        wanted=f"a {wanted} room",
        got=f"a {room.kind} room" if room else f"none; {answer.summary}",
        look=f"{VIEWS}, the view of room-create",
    )
    answer.expect_redirect(f"/rooms/{room.pk}/", look=VIEWS)
    expect(
        roles(room) == {user.pk: "owner"},
        did=answer.did,
        wanted="the creator as its owner and only member",
        got=f"{roles(room)}",
        look=f"{VIEWS}, the view of room-create",
    )


@pytest.mark.parametrize("kind", ["direct", "secret", "PUBLIC"])
def test_no_other_kind_can_be_made(visitor, some, make_user, kind):
    """FR-14: a direct chat begins at its own page."""
    invitations()
    answer = new_room(visitor, make_user(), name=label(some), kind=kind)
    expect(
        not model("chat.Room", "kind").objects.exists(),
        did=answer.did,
        wanted="nothing stored",
        got="there is a room",
        look="chat/forms.py: the kinds to choose from",
    )
    form_shown_again(answer, "name", wanted=f"the kind was {kind}", look=VIEWS)


# ------------------------------------------------------------------------------- model


def test_nobody_is_invited_twice(some, make_user):
    """FR-14: the database keeps the promise."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    made = invite(group, user)
    expect(
        made.created_at is not None
        and list(group.invitations.all()) == [made]
        and list(user.invitations.all()) == [made]
        and list(owner.invitations_sent.all()) == [made],
        did="Created an invitation, and asked its room and its two users for it",
        wanted="it, with created_at set by itself",
        got="something else",
        look=f"{MODEL}, related_name",
    )
    speaks_of(made, user, group, look=MODEL)
    refused_by_database(
        lambda: invitations().create(room=group, user=user, invited_by=owner),
        did="Created a second invitation of one user to one room",
        look=f"{MODEL}.Meta, constraints",
    )


# ------------------------------------------------------------------------------ invite


def test_the_owner_invites(visitor, some, make_user):
    """FR-14: a row, and no membership yet; what else one belongs to plays no part."""
    owner, user = people(make_user, some, 2)
    invitations()
    make_group(some, owner, user)
    make_room(some, user)
    group = make_group(some, owner)
    address = url("chat:invitation-create", pk=group.pk)
    expect(
        address == f"/rooms/{group.pk}/invitations/",
        did="Looked up the URL chat:invitation-create",
        wanted=f"/rooms/{group.pk}/invitations/",
        got=address,
        look="chat/urls.py",
    )
    for _ in range(2):
        _, answer = send(visitor, owner, group, user.username)
        answer.expect_redirect(f"/rooms/{group.pk}/", look=CREATE)
        found = list(invitations().all())
        expect(
            len(found) == 1,
            did=answer.did,
            wanted="one invitation, however often one invites",
            got=f"{len(found)}",
            look=CREATE,
        )
    made = found[0]
    expect(
        (made.room_id, made.user_id, made.invited_by_id)
        == (group.pk, user.pk, owner.pk),
        did=answer.did,
        wanted=f"an invitation of {user} by {owner}",
        got=f"of {made.user} by {made.invited_by}",
        look=CREATE,
    )
    expect(
        roles(group) == {owner.pk: "owner"},
        did=answer.did,
        wanted="no membership before the invited accepts",
        got=f"{roles(group)}",
        look=CREATE,
    )


@pytest.mark.parametrize("who", ["nobody", "inactive", "member", "oneself", "empty"])
def test_who_cannot_be_invited(visitor, some, make_user, who):
    """FR-14: an error on the form, and nothing stored."""
    owner, member = people(make_user, some, 2)
    gone = make_user(is_active=False)
    invitations()
    group = make_group(some, owner, member)
    name = {
        "nobody": f"{some.name()}-{some.number(1000, 9999)}",
        "inactive": gone.username,
        "member": member.username,
        "oneself": owner.username,
        "empty": "",
    }[who]
    fresh, answer = send(visitor, owner, group, name)
    expect(
        not invitations().exists(),
        did=answer.did,
        wanted=f"nothing stored ({who})",
        got="there is an invitation",
        look="chat/forms.py",
    )
    form_shown_again(answer, "username", wanted=who, look=CREATE)
    has_news(answer, fresh, wanted="an error on the page", look=CREATE)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_may_not_invite(visitor, some, make_user, method):
    """NFR-5: a member knows that the room exists, a stranger does not."""
    owner, member, stranger, user = people(make_user, some, 4)
    invitations()
    group = make_group(some, owner, member)
    invite(group, stranger)
    public = make_room(some, owner, member)
    direct = direct_room(owner, member)
    for room, who, status in (
        (group, member, 403),
        (group, stranger, 404),
        (public, owner, 404),
        (public, member, 404),
        (public, stranger, 404),
        (direct, owner, 404),
        (direct, member, 404),
        (direct, stranger, 404),
    ):
        address = url("chat:invitation-create", pk=room.pk)
        somebody = visitor.sign_in(who)
        answer = (
            somebody.get(address)
            if method == "GET"
            else somebody.post(address, {"username": user.username})
        )
        kind = "owner" if who is owner else "member" if who is member else "stranger"
        answer.expect_status(
            status, wanted=f"{status} for a {kind} in a {room.kind} room", look=CREATE
        )
    to_log_in(visitor.get(url("chat:invitation-create", pk=group.pk)), look=CREATE)
    expect(
        not invitations().filter(user=user).exists(),
        did="Invited somebody as a member, as a stranger, and to rooms that are none",
        wanted="nothing stored",
        got="there is an invitation",
        look=CREATE,
    )


def test_the_owner_finds_the_form(visitor, some, make_user):
    """FR-14: on the page of the group, and nobody else does."""
    owner, member = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner, member)
    address = url("chat:invitation-create", pk=group.pk)
    for user in (owner, member):
        page = visitor.sign_in(user).get(url("chat:room-detail", pk=group.pk))
        page.expect_status(200, look=VIEWS)
        there = address in str(page.main or page.soup)
        expect(
            there is (user is owner),
            did=page.did,
            wanted=f"a link or form to {address} for the owner"
            if user is owner
            else "none for a member who is not owner",
            got="there is one" if there else "there is none",
            look="templates/chat/room_detail.html",
        )


# ------------------------------------------------------------------------------- limit

LIMITED = "chat/limits.py, limited, and chat/urls.py"


def begin(what, some, group, other):
    """The address and the data of what reaches other people."""
    __tracebackhide__ = True
    return {
        "a room": (url("chat:room-create"), {"name": label(some)}),
        "a direct chat": (url("chat:direct-start"), {"username": other.username}),
        "an invitation": (
            url("chat:invitation-create", pk=group.pk),
            {"username": other.username},
        ),
    }[what]


@pytest.mark.parametrize("what", ["a room", "a direct chat", "an invitation"])
def test_the_fourth_is_too_many(visitor, some, make_user, settings, what):
    """FR-7: rooms, direct chats and invitations are counted together."""
    settings.CHAT_PAGE_POSTS, settings.CHAT_PAGE_SECONDS = 3, FOREVER
    owner, user, other, another = people(make_user, some, 4)
    invitations()
    group = make_group(some, owner)
    Room = type(group)
    with own_memory():
        me = visitor.sign_in(owner)
        for name in ("an invitation", "a room", "a direct chat"):
            address, data = begin(name, some, group, user)
            me.get(address).expect_status(200, look=VIEWS)
            me.post(address, data).expect_redirect(
                wanted=f"{name}, one of the first three POSTs", look=LIMITED
            )
        before = Room.objects.count(), invitations().count()
        address, data = begin(what, some, group, other)
        answer = me.post(address, data)
        answer.expect_status(
            429,
            wanted=f"429 for {what}, the fourth POST, with CHAT_PAGE_POSTS = 3",
            look=LIMITED,
        )
        wait = answer.headers.get("Retry-After", "")
        expect(
            wait.isdecimal() and 1 <= int(wait) <= FOREVER,
            did=answer.did,
            wanted="Retry-After: whole seconds, from 1 to CHAT_PAGE_SECONDS",
            got=wait or "no such header",
            look=LIMITED,
        )
        expect(
            (Room.objects.count(), invitations().count()) == before,
            did=answer.did,
            wanted="nothing stored",
            got="there is a room or an invitation more",
            look=LIMITED,
        )
        me.get(address).expect_status(
            200, wanted="status 200: reading is not limited", look=LIMITED
        )
        path = url("chat:room-create")
        visitor.sign_in(another).post(path, {"name": label(some)}).expect_redirect(
            wanted="a redirect: another user has a count of their own", look=LIMITED
        )


@pytest.mark.parametrize("how", ["away", "full"])
def test_a_cache_that_does_not_count_refuses_nobody(
    visitor, some, make_user, settings, how
):
    """FR-7: the limit is there for the chat, and not the chat for the limit."""
    settings.CHAT_PAGE_POSTS, settings.CHAT_PAGE_SECONDS = 1, FOREVER
    me = visitor.sign_in(make_user())
    invitations()
    with without_cache(how):
        for _ in range(2):
            me.post(url("chat:room-create"), {"name": label(some)}).expect_redirect(
                wanted=f"a redirect to the new room, with a cache that is {how}",
                look=LIMITED,
            )


# -------------------------------------------------------------------------------- list


def test_ones_own_invitations(visitor, some, make_user):
    """FR-14: with two forms each, and nobody else's."""
    owner, user, other = people(make_user, some, 3)
    invitations()
    groups = [make_group(some, owner) for _ in range(3)]
    mine = [invite(group, user) for group in groups[:2]]
    foreign = invite(groups[2], other)
    expect(
        url("chat:invitation-list") == "/invitations/",
        did="Looked up the URL chat:invitation-list",
        wanted="/invitations/",
        got=url("chat:invitation-list"),
        look="chat/urls.py",
    )
    page = visitor.sign_in(user).get("/invitations/").expect_status(200, look=VIEWS)
    for made in mine:
        page.expect_shows(made.room.name, look="templates/chat/")
        for word in ("accept", "decline"):
            form_to(page, f"/invitations/{made.pk}/{word}/", look="templates/chat/")
    page.expect_hides(foreign.room.name, look=f"{VIEWS}, invitation-list")
    expect(
        f"/invitations/{foreign.pk}/" not in page.html,
        did=page.did,
        wanted="nobody else's invitation",
        got="there is one",
        look=f"{VIEWS}, invitation-list",
    )
    to_log_in(visitor.get("/invitations/"), look=VIEWS)


def test_the_nav_leads_there(visitor, make_user):
    """FR-14: from every page."""
    invitations()
    page = visitor.sign_in(make_user()).get("/").expect_status(200, look=VIEWS)
    links_to(
        page,
        "/invitations/",
        nav=True,
        wanted="a link to /invitations/ in <nav>",
        look="templates/base.html",
    )


def test_more_invitations_cost_the_same(visitor, some, make_user):
    """NFR-1: room and who invited come with the list."""
    user = make_user()
    invitations()
    me = visitor.sign_in(user)
    url("chat:invitation-list")
    same_cost(
        lambda: me.get("/invitations/"),
        lambda: invite(make_group(some, *people(make_user, some, 1)), user),
        few=2,
        many=8,
        things="invitations to groups of different owners",
        look=f"{VIEWS}, the view of invitation-list",
    )


# ------------------------------------------------------------------------------ answer


def test_accepting(visitor, some, make_user):
    """FR-14: a membership in place of the invitation."""
    owner, user, other = people(make_user, some, 3)
    invitations()
    group = make_group(some, owner)
    made, kept = invite(group, user), invite(group, other)
    address = url("chat:invitation-accept", pk=made.pk)
    page = visitor.sign_in(user).get("/invitations/").expect_status(200, look=VIEWS)
    expect(
        address == f"/invitations/{made.pk}/accept/",
        did="Looked up the URL chat:invitation-accept",
        wanted=f"/invitations/{made.pk}/accept/",
        got=address,
        look="chat/urls.py",
    )
    answer = form_to(page, address, look="templates/chat/").send()
    answer.expect_redirect(f"/rooms/{group.pk}/", look=ANSWER)
    expect(
        roles(group) == {owner.pk: "owner", user.pk: "member"}
        and list(invitations().all()) == [kept],
        did=answer.did,
        wanted="a membership with the role member, and the invitation gone",
        got=f"roles {sorted(roles(group).values())}, "
        f"{invitations().count()} invitations, where one is another's",
        look=ANSWER,
    )
    page = visitor.sign_in(user).get(url("chat:room-detail", pk=group.pk))
    by_id(page.expect_status(200, look=VIEWS), "chat-log", look=VIEWS)
    visitor.sign_in(user).post(address).expect_status(
        404, wanted="404: an invitation is accepted once", look=ANSWER
    )


def test_declining(visitor, some, make_user):
    """FR-14: the invitation is gone, and nothing else happens."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    made = invite(group, user)
    address = url("chat:invitation-decline", pk=made.pk)
    answer = visitor.sign_in(user).post(address)
    expect(
        address == f"/invitations/{made.pk}/decline/",
        did="Looked up the URL chat:invitation-decline",
        wanted=f"/invitations/{made.pk}/decline/",
        got=address,
        look="chat/urls.py",
    )
    answer.expect_redirect("/invitations/", look=ANSWER)
    expect(
        not invitations().exists() and roles(group) == {owner.pk: "owner"},
        did=answer.did,
        wanted="no invitation and no membership",
        got=f"{invitations().count()} invitations, {len(roles(group))} members",
        look=ANSWER,
    )
    send(visitor, owner, group, user.username)[1].expect_redirect(
        f"/rooms/{group.pk}/", wanted="who declined can be invited again", look=CREATE
    )


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_only_the_invited_answers(visitor, some, make_user, name):
    """NFR-5: for everybody else there is no such invitation."""
    owner, member, user, stranger = people(make_user, some, 4)
    invitations()
    group = make_group(some, owner, member)
    made = invite(group, user)
    address = url(f"chat:invitation-{name}", pk=made.pk)
    for who in (owner, member, stranger):
        answer = visitor.sign_in(who).post(address)
        answer.expect_status(404, wanted="404 for anybody but the invited", look=ANSWER)
    post_only(visitor, user, address, look=ANSWER)
    expect(
        invitations().filter(pk=made.pk).exists() and len(roles(group)) == 2,
        did=f"Sent POST {address} as the owner, a member, a stranger and a visitor",
        wanted="nothing changed",
        got=f"{invitations().count()} invitations, {len(roles(group))} members",
        look=ANSWER,
    )


def test_who_is_invited_is_a_stranger_still(visitor, some, make_user):
    """FR-14: before accepting nothing of the group is seen or heard."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    made = post(some, group, owner)
    invite(group, user)
    me = visitor.sign_in(user)
    for name in ("chat:room-detail", "chat:message-list"):
        page = me.get(url(name, pk=group.pk))
        page.expect_status(404, wanted="404 before one has accepted", look=VIEWS)
        page.expect_hides(made.body, look=VIEWS)
    with chatting() as chat:
        mine, theirs = chat.join(owner, group), chat.enter(user)
        theirs.send({"type": "room.open", "room": group.pk})
        theirs.refused("room_unknown", look=CONSUMER)
        mine.hears(mine.say(group))
        theirs.nothing("message.new", look=CONSUMER)
        accept = url("chat:invitation-accept", pk=invitations().get().pk)
        me.post(accept).expect_redirect(look=ANSWER)
        theirs.open(group)
        theirs.hears(mine.say(group))


def test_who_became_a_member_meanwhile(visitor, some, make_user):
    """FR-14: accepting makes no second membership."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    made = invite(group, user)
    add_member(group, user)
    answer = visitor.sign_in(user).post(url("chat:invitation-accept", pk=made.pk))
    answer.expect_redirect(f"/rooms/{group.pk}/", look=ANSWER)
    expect(
        len(roles(group)) == 2 and not invitations().exists(),
        did=answer.did,
        wanted="one membership, and the invitation gone",
        got=f"{len(roles(group))} members, {invitations().count()} invitations",
        look=ANSWER,
    )


@pytest.mark.parametrize("what", ["declined", "the room deleted"])
def test_accepting_comes_second(visitor, some, make_user, what):
    """NFR-8: two tabs answer, or the last member leaves."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    made = invite(group, user)
    me, address = visitor.sign_in(user), url("chat:invitation-accept", pk=made.pk)

    def first():
        (invitations() if what == "declined" else type(group).objects).all().delete()

    with meanwhile(invitations().model._meta.db_table, first) as let_in:
        answer = me.post(address)
    behind = left_behind(memberships().filter(user=user))
    if let_in:
        answer.expect_status(
            404,
            wanted=f"404: {what} by another request after the first look",
            look=f"{ANSWER}, and what they call",
        )
        expect(
            not behind,
            did=f"{answer.did}, {what} meanwhile",
            wanted="no membership",
            got="there is one",
            look="chat/services.py: the one who deletes the invitation has accepted",
        )


def test_inviting_and_accepting_take_turns(visitor, some, make_user):
    """NFR-8: the lock of the room holds until the row is written."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    boss, theirs = visitor.sign_in(owner), visitor.sign_in(user)
    address = url("chat:invitation-create", pk=group.pk)
    for what, kind, act in (
        (
            "the invitation is made",
            invitations().model,
            lambda: boss.post(address, {"username": user.username}),
        ),
        (
            "the membership is made",
            memberships().model,
            lambda: theirs.post(
                url("chat:invitation-accept", pk=user.invitations.get().pk)
            ),
        ),
    ):
        with row_locks() as said:
            answer = act()
        answer.expect_redirect(f"/rooms/{group.pk}/", look=VIEWS)
        in_one_transaction(
            said,
            locks(said, type(group)._meta.db_table),
            written(said, "INSERT INTO", kind),
            did=answer.did,
            what=what,
        )
    gone = written(said, "DELETE FROM", invitations().model)
    made = written(said, "INSERT INTO", memberships().model)
    expect(
        gone and made and said.share_a_transaction(gone[0], made[0], deeper=2),
        did=answer.did,
        wanted="the membership made and the invitation deleted in one transaction",
        got="two, and whatever fails in between leaves one without the other",
        look="chat/services.py: transaction.atomic",
    )


@pytest.mark.parametrize("look", [1, 2])
def test_inviting_to_a_group_that_goes(visitor, some, make_user, look):
    """NFR-8: the last member leaves in another tab."""
    owner, user = people(make_user, some, 2)
    invitations()
    group = make_group(some, owner)
    table = type(group)._meta.db_table
    me, address = visitor.sign_in(owner), url("chat:invitation-create", pk=group.pk)
    gone = type(group).objects.all()
    with meanwhile(table, gone.delete, look=look) as let_in:
        answer = me.post(address, {"username": user.username})
    behind = left_behind(invitations().all()) if let_in else 0
    if let_in:
        expect(
            answer.status in (403, 404) and not behind,
            did=f"{answer.did}, while another request deletes the group",
            wanted="403 or 404, and nothing stored",
            got=f"{answer.summary}, {behind} invitations",
            look=f"{CREATE}: lock the room before the invitation is made",
        )
