"""notifications: what is meant for one person is kept for them, and told at once."""

from uuid import uuid4

import pytest
from django.db import connection, transaction

from acceptance.calls import most_repeated
from acceptance.chat import (
    CONSUMER,
    HOW_AWAY,
    OwnMistake,
    add_member,
    call,
    chatting,
    cost_of,
    expect_fields,
    expect_user,
    invite,
    is_logged,
    is_quiet,
    leads_to,
    left_behind,
    make_direct,
    make_group,
    make_note,
    make_room,
    messages,
    moment,
    notes,
    own_counts,  # noqa: F401
    people,
    post,
    refused_by_database,
    shown,
    told_in_words,
    without_layer,
)
from acceptance.samples import named, rare
from acceptance.support import committed, expect, url

MODEL = "notifications/models.py, Notification"
LOOK = "notifications/signals.py, and what runs on commit"
KINDS = ["invitation", "direct", "mention"]


def store(room, author, body):
    """A message stored by the learner's function, and committed."""
    __tracebackhide__ = True
    arguments = room.pk, author.pk, uuid4(), body
    with committed():
        message, _ = call("chat.services.store_message", *arguments)
    return message


def wanted_are(wanted, *, did, look=LOOK):
    """Exactly these are there: (recipient, kind, actor, room, message)."""
    __tracebackhide__ = True
    fields = ("recipient", "kind", "actor", "room", "message")
    found = list(notes().order_by("pk").values_list(*fields))
    keys = [tuple(getattr(value, "pk", value) for value in one) for one in wanted]
    expect(
        sorted(found, key=repr) == sorted(keys, key=repr),
        did=did,
        wanted="; ".join(said(one) for one in keys) or "no notification",
        got="; ".join(said(one) for one in found) or "there is none",
        look=look,
    )


def said(one):
    recipient, kind, actor, room, message = one
    return f"{kind} for user {recipient} by {actor}, room {room}, " + (
        f"message {message}" if message else "no message"
    )


# ------------------------------------------------------------------------------- model


def test_one_notification_for_a_message(some, make_user):
    """NFR-10: for each recipient; invitations have no message and may be several."""
    notes()
    one, other, third = people(make_user, some, 3)
    room = make_group(some, one, other, third)
    message = post(some, room, one)
    first = make_note(other, one, room, "mention", message)
    make_note(third, one, room, "mention", message)
    for where in (room, room, make_group(some, one)):
        make_note(other, one, where, "invitation")
    refused_by_database(
        lambda: notes().create(
            recipient=other, actor=one, room=room, kind="direct", message=message
        ),
        did="Created a second notification of one recipient about one message",
        look=f"{MODEL}.Meta, constraints",
    )
    found = list(other.notifications.values_list("pk", flat=True))
    expect(
        found == sorted(found, reverse=True) and len(found) == 4,
        did="Asked for user.notifications, of which there are four",
        wanted="four, newest first",
        got=shown(found),
        look=f"{MODEL}.Meta, ordering",
    )
    expect(
        first.read_at is None and first.created_at is not None,
        did="Created a notification",
        wanted="created_at set by itself, and read_at null",
        got=f"created_at {first.created_at}, read_at {first.read_at}",
        look=MODEL,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_notification_speaks(some, make_user, kind):
    """FR-19: in a sentence, and it knows its page."""
    notes()
    one, other = people(make_user, some, 2)
    room = make_direct if kind == "direct" else make_group
    room = room(some, one, other)
    note = make_note(other, one, room, kind)
    text, where = told_in_words(kind, one, room), leads_to(kind, room)
    for name, found, wanted in (
        ("text", getattr(note, "text", None), text),
        ("url", getattr(note, "url", None), where),
        ("str()", str(note), text),
    ):
        expect(
            found == wanted,
            did=f"Read {name} of a notification of the kind {kind}",
            wanted=f'"{wanted}"',
            got=f'"{found}"' if isinstance(found, str) else repr(found),
            look=f"{MODEL}.{'__str__' if name == 'str()' else name}",
        )


# ------------------------------------------------------------------------ who is told


@pytest.mark.parametrize("way", ["socket", "store_message"])
def test_a_direct_message_is_told_to_the_other(some, make_user, way):
    """FR-19: once for each message, and nobody else."""
    notes()
    one, other = people(make_user, some, 2)
    room = make_direct(some, one, other)
    wanted = []
    with chatting() as chat:
        tab = chat.enter(one)
        # Called by name as well, one is still told once.
        for body in (f"Are you there {rare(some)}", f"@{other.username} look"):
            if way == "socket":
                message = tab.acked(tab.say(room, body))["id"]
                chat.settle()
            else:
                message = store(room, one, body)
            wanted.append((other, "direct", one, room, message))
            wanted_are(wanted, did=f"Wrote to the other one of a direct chat: {body!r}")


SENTENCES = {
    "at the beginning": "@{0} {1} is here",
    "in its midst": "{1} says @{0} should know",
    "at the end": "{1} is for @{0}",
    "before a comma": "Well @{0}, {1}",
    "before a full stop": "{1} is with @{0}.",
    "twice": "@{0} {1} @{0}",
    "on a line of its own": "{1}\n@{0}\nplease",
    "alone": "@{0}",
}


@pytest.mark.parametrize("where", list(SENTENCES))
@pytest.mark.parametrize("kind", ["public", "group"])
def test_who_is_mentioned_is_told(some, make_user, kind, where):
    """FR-19: wherever in the text the name stands."""
    notes()
    one, third = people(make_user, some, 2)
    user = named(make_user, some, username=f"{some.name()}_{some.number()}")
    room = make_room(some, one, user, third, kind=kind)
    body = SENTENCES[where].format(user.username, rare(some))
    message = store(room, one, body)
    wanted_are(
        [(user, "mention", one, room, message)],
        did=f"Wrote {body!r} in a {kind} room with {user.username}",
    )


def test_several_are_told_once_each(some, make_user):
    """FR-19: and only those who are named."""
    notes()
    one, *users = people(make_user, some, 5)
    room = make_group(some, one, *users)
    first, second, third, silent = users
    names = [f"@{user.username}" for user in (first, second, third, second)]
    message = store(room, one, f"{' and '.join(names)}: {silent.username} is away")
    wanted_are(
        [(user, "mention", one, room, message) for user in (first, second, third)],
        did="Mentioned three of four members, one of them twice",
    )


def test_who_is_not_told(some, make_user):
    """FR-19: strangers, the author, nobody's name, and a part of a name."""
    notes()
    one, user, stranger = people(make_user, some, 3)
    gone = named(make_user, some)
    rooms = make_room(some, one, user, gone), make_group(some, one, user, gone)
    make_group(some, stranger, one)
    word = rare(some)
    for room in rooms:
        room.memberships.filter(user=gone).delete()
        for body in (
            f"{word} without a name",
            f"@{stranger.username} is no member",
            f"@{gone.username} was one",
            f"I am @{one.username}",
            f"@{word} is nobody",
            f"@{user.username}{word} is longer than a name",
            f"{user.username} without the sign",
            "@ alone, and @, too",
        ):
            store(room, one, body)
            wanted_are([], did=f"Wrote {body!r} in a {room.kind} room")
    # Among all these a real one is still found.
    body = f"@{stranger.username} @{one.username} @{user.username} @{word}"
    message = store(rooms[0], one, body)
    wanted_are(
        [(user, "mention", one, rooms[0], message)],
        did="Mentioned a stranger, the author, a member, and nobody",
    )


def test_an_invitation_is_told(visitor, some, make_user):
    """FR-19: to the invited, once for each that is open."""
    notes()
    owner, user, other, third = people(make_user, some, 4)
    room = make_group(some, owner, other)
    path = url("chat:invitation-create", pk=room.pk)
    wanted = [(user, "invitation", owner, room, None)]
    for did in ("Invited somebody to a group", "Invited the same one again"):
        answer = visitor.sign_in(owner).post(path, {"username": user.username})
        answer.expect_redirect(f"/rooms/{room.pk}/", look="chat/views.py")
        wanted_are(wanted, did=did)
    elsewhere = make_group(some, other)
    with committed():
        invitation = invite(elsewhere, user, by=other)
    wanted.append((user, "invitation", other, elsewhere, None))
    wanted_are(wanted, did="Made an invitation to another group")
    # Read, so that a new one would not be kept back.
    notes().update(read_at=notes().latest("pk").created_at)
    with committed():
        invitation.save()
    did = "Saved an invitation again that was there already"
    wanted_are(wanted, did=did)
    expect(
        not notes().filter(read_at=None).exists(),
        did=did,
        wanted="nothing unread",
        got="a notification that is unread",
        look=LOOK,
    )
    # Two in one transaction: on commit both are there, and each is told of its own.
    with committed(), transaction.atomic():
        for where in (room, elsewhere):
            invite(where, third, by=other)
            wanted.append((third, "invitation", other, where, None))
    wanted_are(wanted, did="Made two invitations in one transaction")


def test_an_invitation_again_and_again(visitor, some, make_user):
    """FR-19: invited, declined, and invited again is told once while it is unread."""
    notes()
    owner, user = people(make_user, some, 2)
    room, other = make_group(some, owner), make_group(some, owner)
    path = url("chat:invitation-create", pk=room.pk)
    boss, theirs = visitor.sign_in(owner), visitor.sign_in(user)
    for _ in range(5):
        boss.post(path, {"username": user.username}).expect_redirect()
        decline = url("chat:invitation-decline", pk=user.invitations.get().pk)
        theirs.post(decline).expect_redirect("/invitations/")
    wanted = [(user, "invitation", owner, room, None)]
    wanted_are(wanted, did="Invited somebody five times who declined five times")
    # What was read, and that of another room, does not stand in the way of news.
    notes().update(read_at=notes().get().created_at)
    boss.post(path, {"username": user.username}).expect_redirect()
    wanted_are(wanted, did="Invited them again, once the notification had been read")
    expect(
        notes().get().read_at is None,
        did="Invited somebody again who had read of an earlier invitation",
        wanted="an unread notification, in place of the earlier one",
        got="a read one",
        look=LOOK,
    )
    with committed():
        invite(other, user, by=owner)
    wanted.append((user, "invitation", owner, other, None))
    wanted_are(wanted, did="Invited them to another group as well")


@pytest.mark.parametrize("how", HOW_AWAY)
@pytest.mark.parametrize("kind", KINDS)
def test_a_notification_does_not_need_the_layer(some, make_user, kind, how):
    """NFR-8: it is kept, and shown on the next page."""
    notes()
    one, other = people(make_user, some, 2)
    with without_layer(how) as stuck:
        room, message = happen(kind, some, one, other)
    did = f"Made what leads to a notification {kind}, with a layer that is {how}"
    wanted_are([(other, kind, one, room, message)], did=did)
    expect(
        not stuck,
        did=did,
        wanted="the layer given up after CHAT_LAYER_SECONDS, here 0.05",
        got="it is waited for much longer",
        look="notifications/services.py",
    )


def test_many_names_cost_the_same(some, make_user):
    """NFR-1: one message may name two hundred."""
    notes()
    one, *users = people(make_user, some, 31)
    room = make_group(some, one, *users)
    counts, sent = [], []
    for number in (2, 10, 30):
        body = " ".join(f"@{user.username}" for user in users[:number])
        sent = cost_of(lambda body=body: store(room, one, body))
        counts.append(len(sent))
        message = messages().latest("pk")
        expect(
            notes().filter(message=message).count() == number,
            did=f"Mentioned {number} members in one message",
            wanted=f"{number} notifications",
            got=f"{notes().filter(message=message).count()}",
            look=LOOK,
        )
    often = most_repeated(sent)
    expect(
        counts[0] == counts[1] == counts[2],
        did="Mentioned two, ten and thirty members in one message",
        wanted="the same number of queries each time (NFR-1)",
        got=", ".join(f"{count}" for count in counts)
        + (f'; most often "{often}"' if often else ""),
        look=f"{LOOK}: bulk_create, and one query for what is unread",
    )


def test_what_is_rolled_back_never_was(some, make_user):
    """NFR-8: nobody is told of what did not happen."""
    notes()
    one, other, stranger = people(make_user, some, 3)
    direct, group = make_direct(some, one, other), make_group(some, one, other)
    with committed(), transaction.atomic():
        post(some, direct, one)
        post(some, group, one, f"@{other.username} look")
        invite(group, stranger, by=one)
        transaction.set_rollback(True)
    wanted_are(
        [],
        did="Rolled back a direct message, a mention and an invitation",
        look=f"{LOOK}: transaction.on_commit",
    )
    with committed():
        message = post(some, direct, one)
        wanted_are(
            [],
            did="Stored a direct message, and looked before the commit",
            look=f"{LOOK}: transaction.on_commit",
        )
    wanted_are([(other, "direct", one, direct, message)], did="Committed it")


@pytest.mark.parametrize("what", ["message", "invitation"])
def test_what_is_told_is_what_was_committed(some, make_user, what):
    """FR-19: a row may change between its signal and the commit."""
    notes()
    one, other, third = people(make_user, some, 3)
    room, direct = make_group(some, one, other, third), make_direct(some, one, other)
    if what == "message":
        with committed(), transaction.atomic():
            changed = post(some, room, one, f"@{third.username} {rare(some)}")
            gone = post(some, direct, one)
            rows = messages().filter(pk=changed.pk)
            rows.update(body=f"@{other.username} {rare(some)}")
            messages().filter(pk=gone.pk)._raw_delete("default")
        wanted = [(other, "mention", one, room, changed.pk)]
        did = "Stored a message and changed whom it names, before the commit"
    else:
        stranger, guest = people(make_user, some, 2)
        with committed(), transaction.atomic():
            changed, gone = invite(room, guest, by=one), invite(room, stranger, by=one)
            rows = type(changed).objects
            rows.filter(pk=changed.pk).update(invited_by=other)
            rows.filter(pk=gone.pk)._raw_delete("default")
        wanted = [(guest, "invitation", other, room, None)]
        did = "Made an invitation and changed who invites, before the commit"
    try:
        look = f"{LOOK}: hand over the id, and look the row up"
        wanted_are(wanted, did=did, look=look)
    finally:
        if what == "message":
            left_behind(notes().filter(message_id=gone.pk))


def test_a_fault_of_ones_own_is_seen(some, make_user, caplog):
    """FR-19: what fails after the commit stands in the log."""

    def fails(execute, sql, params, many, context):
        table = notes().model._meta.db_table
        if sql.startswith("INSERT ") and f'INTO "{table}"' in sql:
            raise OwnMistake("a fault of the program")
        return execute(sql, params, many, context)

    one, other = people(make_user, some, 2)
    direct = make_direct(some, one, other)
    with connection.execute_wrapper(fails):
        store(direct, one, rare(some))
    is_logged(
        caplog.records,
        did="Stored a message, where storing its notification raises an error",
        look=LOOK,
    )


def test_a_message_is_told_once(some, make_user):
    """FR-19: neither a resend nor a change of an old message is news."""
    notes()
    one, other = people(make_user, some, 2)
    direct, group = make_direct(some, one, other), make_group(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.enter(one), chat.enter(other)
        wanted = []
        for room, kind in ((direct, "direct"), (group, "mention")):
            sent = mine.say(room, f"@{other.username} {rare(some)}")
            message = mine.acked(sent)["id"]
            wanted.append((other, kind, one, room, message))
            theirs.receive("notification.new", look=LOOK)
            mine.send(sent)
            mine.acked(sent)
            chat.settle()
            wanted_are(wanted, did="Sent the same frame a second time")
            with committed():
                messages().get(pk=message).save()
            wanted_are(wanted, did="Saved a message that was there already")
        old = post(some, group, one)
        old.body = f"@{other.username} {old.body}"
        with committed():
            old.save()
        wanted_are(wanted, did="Changed a message that was there already, and saved it")
        theirs.nothing("notification.new", wanted="no second notification", look=LOOK)


# ------------------------------------------------------------------------------ socket


def test_hello_offers_notifications(make_user):
    """FR-19: the client shows them where they come."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("notifications")


def happen(kind, some, one, other):
    """What makes a notification; gives the room and the message."""
    __tracebackhide__ = True
    if kind == "invitation":
        room, message = make_group(some, one), None
        with committed():
            invite(room, other, by=one)
    elif kind == "direct":
        room = make_direct(some, one, other)
        message = store(room, one, rare(some))
    else:
        room = make_group(some, one, other)
        message = store(room, one, f"@{other.username} {rare(some)}")
    return room, message


@pytest.mark.parametrize("kind", KINDS)
def test_every_tab_of_the_recipient_is_told(some, make_user, kind):
    """FR-19: wherever they are; nobody else's."""
    notes()
    one, other, stranger = people(make_user, some, 3)
    one.first_name, one.last_name = "Zoë <b>", f"O'{rare(some)} & Co"
    one.save()
    shared = make_group(some, one, other, stranger)
    # What was read already, and what others have, is not counted.
    for user, actor in ((other, stranger), (other, stranger), (stranger, one)):
        make_note(user, actor, shared, "invitation")
    read = other.notifications.first()
    read.read_at = read.created_at
    read.save()
    with chatting() as chat:
        tabs = [
            chat.join(other, shared, name=f"{other}'s tab in a room"),
            chat.enter(other, name=f"{other}'s tab elsewhere"),
        ]
        quiet = [chat.join(one, shared), chat.join(stranger, shared)]
        room, _ = happen(kind, some, one, other)
        note = notes().filter(recipient=other, kind=kind, room=room).first()
        for tab in tabs:
            frame = tab.receive(
                "notification.new",
                wanted=f"notification.new for {tab.who}",
                look=f"{LOOK}; {CONSUMER}",
            )
            found = frame.get("notification")
            fields = {
                "id": note.pk if note else None,
                "kind": kind,
                "text": told_in_words(kind, one, room),
                "url": leads_to(kind, room),
                "room": room.pk,
                "read": False,
            }
            did = f"Made what leads to a notification of the kind {kind}"
            of = "notification.new whose notification comes"
            expect_fields(found, fields, did=did, look=LOOK, of=of)
            expect_user(found.get("actor"), one, did=did, look=LOOK, of="its actor")
            expect(
                moment(found.get("created_at")),
                did=did,
                wanted="created_at, a moment in ISO 8601 with its offset",
                got=shown(found),
                look=LOOK,
            )
            fields = {"unread": 2}
            expect_fields(frame, fields, did=did, look=LOOK, of="notification.new")
        is_quiet(
            *quiet,
            *tabs,
            kinds=["notification.new"],
            wanted="no other notification",
            look=LOOK,
        )


def test_the_sender_is_not_held_up(some, make_user):
    """NFR-8: a message is stored and acknowledged, whoever is told of it."""
    notes()
    one, other = people(make_user, some, 2)
    room, direct = make_group(some, one, other), make_direct(some, one, other)
    with chatting() as chat:
        mine, theirs = chat.join(one, room, direct), chat.join(other, room)
        for where, body in (
            (room, rare(some)),
            (room, f"@{rare(some)} who is nobody"),
            (room, f"@{other.username} {rare(some)}"),
            (direct, rare(some)),
        ):
            sent = mine.say(where, body)
            stored = mine.acked(sent)
            mine.hears(sent)
            expect(
                messages().filter(pk=stored["id"], body=body).exists(),
                did=mine.did,
                wanted="the message stored",
                got="it is not there",
                look=LOOK,
            )
        mine.nothing("error", "notification.new", look=LOOK)
        is_quiet(theirs, kinds=["error"], wanted="no error", look=LOOK)


def test_a_message_that_mentions_nobody_costs_the_same(some, make_user):
    """NFR-1: members are not looked at one by one."""
    notes()
    owner = named(make_user, some)
    room = make_group(some, owner)
    counts, sent = [], []
    with chatting() as chat:
        tab = chat.join(owner, room)

        def talk():
            frame = tab.say(room, rare(some))
            tab.acked(frame)
            tab.hears(frame)

        talk()
        for count in (3, 12):
            while room.memberships.count() < count:
                add_member(room, make_user())
            sent = cost_of(talk)
            counts.append(len(sent))
    often = most_repeated(sent)
    expect(
        counts[0] == counts[1],
        did="Sent a message to a room with three and with twelve members",
        wanted="the same number of queries both times (NFR-1)",
        got=f"{counts[0]} queries, then {counts[1]}"
        + (f'; most often "{often}"' if often else ""),
        look=LOOK,
    )
