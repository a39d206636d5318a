"""history: the last messages on the page, older ones as JSON, missed ones by socket."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from acceptance.chat import (
    CONSUMER,
    NO_ROOM,
    TOO_BIG,
    by_id,
    chatting,
    config_of,
    expect_fields,
    expect_user,
    held_up_joining,
    line,
    make_room,
    messages,
    moment,
    own_counts,  # noqa: F401
    people,
    post,
    same_cost,
    shown,
)
from acceptance.pages import text_of
from acceptance.samples import named
from acceptance.support import expect, url

DETAIL = "templates/chat/room_detail.html"
VIEW = "chat/views.py, the view of message-list"
OPEN = f"{CONSUMER}, room.open"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def pages_of_three(settings):
    """Three messages a page."""
    settings.CHAT_HISTORY_PAGE = 3


TIMES = ["equal", "backwards"]


def set_times(made, how):
    """Gives messages the same created_at, or the later ones the earlier ones."""
    __tracebackhide__ = True
    first = made[0].created_at
    for number, message in enumerate(made):
        at = first - timedelta(minutes=number if how == "backwards" else 0)
        type(message).objects.filter(pk=message.pk).update(created_at=at)


def page_of(visitor, user, room):
    __tracebackhide__ = True
    page = visitor.sign_in(user).get(url("chat:room-detail", pk=room.pk))
    return page.expect_status(200, look="chat/views.py")


def items_of(page):
    """The messages on the page: the elements of chat-log."""
    __tracebackhide__ = True
    return by_id(page, "chat-log", look=DETAIL).find_all("li")


def ids_of(items):
    return [str(item.get("data-message", "")) for item in items]


def keys(made):
    return [str(message.pk) for message in made]


def ask(visitor, user, room, **query):
    """One page of the history: what JSON says."""
    __tracebackhide__ = True
    path = url("chat:message-list", pk=room.pk)
    page = visitor.sign_in(user).get(path, query).expect_status(200, look=VIEW)
    found = page.json(look=VIEW)
    expect(
        isinstance(found, dict)
        and isinstance(found.get("messages"), list)
        and "before" in found,
        did=page.did,
        wanted='{"messages": […], "before": …}',
        got=shown(found),
        look=VIEW,
    )
    found["did"] = page.did
    return found


# -------------------------------------------------------------------------------- page


def test_the_page_shows_the_last_messages(visitor, some, make_user, pages_of_three):
    """FR-9: the newest of this room, oldest first."""
    users = people(make_user, some, 2)
    room, other = make_room(some, *users), make_room(some, *users)
    made = []
    for number in range(5):
        made.append(post(some, room, users[number % 2]))
        foreign = post(some, other, users[number % 2])
    page = page_of(visitor, users[0], room)
    found = ids_of(items_of(page))
    expect(
        found == keys(made[-3:]),
        did=f"{page.did}, with CHAT_HISTORY_PAGE = 3 and five messages",
        wanted=f"data-message {', '.join(keys(made[-3:]))}, in that order",
        got=", ".join(found) or "no <li> in chat-log",
        look=DETAIL,
    )
    for text in (made[0].body, made[1].body, foreign.body):
        page.expect_hides(text, wanted="no older message and none of another room")


@pytest.mark.parametrize("times", TIMES)
def test_ids_are_the_order(visitor, some, make_user, pages_of_three, times):
    """FR-9: clocks differ and jump; an id is the place in the history."""
    user = make_user()
    room = make_room(some, user)
    made = [post(some, room, user) for _ in range(5)]
    set_times(made, times)
    page = page_of(visitor, user, room)
    found = ids_of(items_of(page))
    expect(
        found == keys(made[-3:]),
        did=f"{page.did}, with five messages whose created_at is {times}",
        wanted=f"data-message {', '.join(keys(made[-3:]))}: the order is that of ids",
        got=", ".join(found) or "no <li> in chat-log",
        look="chat/history.py: order_by",
    )
    with chatting() as chat:
        mine = chat.enter(user)
        opened(mine, room, made[2:], False, after=made[1].pk)
        opened(mine, room, made, False, after=0)


def test_a_page_has_thirty(visitor, some, make_user):
    """FR-9: unless the settings say otherwise."""
    user = make_user()
    room = make_room(some, user)
    made = [post(some, room, user) for _ in range(31)]
    found = ids_of(items_of(page_of(visitor, user, room)))
    expect(
        found == keys(made[1:]),
        did="Opened a room with 31 messages",
        wanted="the last thirty",
        got=f"{len(found)}, from {found[0] if found else 'nothing'} on",
        look="config/settings.py, CHAT_HISTORY_PAGE",
    )


def test_a_message_on_the_page(visitor, some, make_user):
    """FR-9: what the client needs to find it again, and what a reader sees."""
    author, reader = named(make_user, some), named(make_user, some)
    room = make_room(some, reader, author)
    made = post(some, room, author, body=f"{line(some)}\n  {line(some)}")
    page = page_of(visitor, reader, room)
    items = items_of(page)
    expect(
        len(items) == 1,
        did=page.did,
        wanted="one <li> in chat-log",
        got=f"{len(items)}",
        look=DETAIL,
    )
    item = items[0]
    for key, value in (
        ("data-message", made.pk),
        ("data-client-id", made.client_id),
        ("data-author", author.pk),
    ):
        expect(
            str(item.get(key, "")) == str(value),
            did=page.did,
            wanted=f'{key}="{value}" on the <li>',
            got=f'{key}="{item[key]}"' if item.get(key) else f"no {key}",
            look=DETAIL,
        )
    by = item.find(class_="message-author")
    expect(
        by is not None and author.display_name in text_of(by),
        did=page.did,
        wanted=f'the author, "{author.display_name}", in the <li>, in an element of '
        "the class message-author",
        got=text_of(by or item),
        look=DETAIL,
    )
    time = item.find("time")
    at = moment(time.get("datetime")) if time else None
    expect(
        at is not None and abs((at - made.created_at).total_seconds()) < 61,
        did=page.did,
        wanted=f'a <time datetime="{made.created_at.isoformat()}">',
        got=str(time)[:120] if time else "no <time>",
        look=DETAIL,
    )
    body_is(page, item, made.body)


def body_is(page, item, body):
    """The element with the class message-body holds a text, or a sentence."""
    __tracebackhide__ = True
    tag = item.find(class_="message-body")
    inside = tag.find_all(True) if tag else []
    expect(
        tag is not None and tag.get_text().strip() == body and not inside,
        did=page.did,
        wanted=f"an element of the class message-body with the text {briefly(body)}, "
        "whole, and no element in it",
        got=f"{briefly(tag.get_text())}"
        + (f", and in it {str(inside[0])[:80]}" if inside else "")
        if tag
        else "no such element",
        look=f"{DETAIL}: {{{{ message.body }}}} and nothing more",
    )
    around = str(page.soup).replace(str(by_id(page, "chat-log", look=DETAIL)), "")
    expect(
        body[:40] not in BeautifulSoup(around, "html.parser").get_text(),
        did=page.did,
        wanted="the message in chat-log and nowhere else",
        got="it stands outside of chat-log as well",
        look="chat/views.py: a context variable called messages takes the place of "
        "Django's own, which base.html shows",
    )


def briefly(text):
    """A text as Python writes it, its middle left out where it is long."""
    return repr(text if len(text) < 90 else f"{text[:40]}…{text[-40:]}")


@pytest.mark.parametrize(
    "text",
    [
        EVIL,
        "</li></ol><b>out</b>",
        "a & b &lt; c",
        "see www.example.com or https://example.org/?a=1&b=2",
        f"long {'and longer ' * 180}",
    ],
    ids=["image", "end", "ampersand", "address", "long"],
)
def test_a_message_is_text(visitor, some, make_user, text):
    """NFR-11: HTML in a message is shown, never run."""
    user = make_user()
    room = make_room(some, user)
    text = text.strip()
    post(some, room, user, body=text)
    page = page_of(visitor, user, room)
    items = items_of(page)
    expect(
        len(items) == 1
        and not items[0].find_all(["img", "b"])
        and not page.soup.find_all(attrs={"onerror": True}),
        did=f"{page.did}, with the message {text}",
        wanted="the text as it is, and no element of it",
        got="the page holds such an element",
        look=f"{DETAIL}: leave out the filter safe",
    )
    body_is(page, items[0], text)
    found = ask(visitor, user, room)
    expect_fields(found["messages"][0], {"body": text}, did=found["did"], look=VIEW)


@pytest.mark.parametrize("count", [0, 3, 4])
def test_older_messages_have_a_button(visitor, some, make_user, pages_of_three, count):
    """FR-9: it knows where the page begins, if there is more before."""
    user = make_user()
    room, other = make_room(some, user), make_room(some, user)
    post(some, other, user)
    made = [post(some, room, user) for _ in range(count)]
    page = page_of(visitor, user, room)
    tag = by_id(page, "chat-older", look=DETAIL, name="button")
    expect(
        tag.has_attr("hidden") and tag.has_attr("data-before"),
        did=page.did,
        wanted="chat-older with hidden and data-before",
        got=str(tag)[:120],
        look=DETAIL,
    )
    wanted = str(made[-3].pk) if count > 3 else ""
    expect(
        str(tag["data-before"]).strip() == wanted,
        did=f"{page.did}, with {count} messages and CHAT_HISTORY_PAGE = 3",
        wanted=f'data-before="{wanted}"',
        got=f'data-before="{tag["data-before"]}"',
        look=DETAIL,
    )


# -------------------------------------------------------------------------------- JSON


def test_the_history_has_its_address(visitor, some, make_user):
    """FR-9: and the client knows it."""
    user = make_user()
    room = make_room(some, user)
    address = url("chat:message-list", pk=room.pk)
    wanted = f"/api/rooms/{room.pk}/messages/"
    expect(
        address == wanted,
        did="Looked up the URL chat:message-list",
        wanted=wanted,
        got=address,
        look="chat/urls.py",
    )
    found = config_of(page_of(visitor, user, room))
    expect(
        found.get("history") == wanted,
        did="Read chat-config on the page of a room",
        wanted=f"history: {wanted}",
        got=f"history: {found.get('history')}",
        look="chat/views.py, chat_config",
    )


def test_a_message_in_the_history(visitor, some, make_user):
    """FR-9: as in message.new."""
    author, reader = named(make_user, some), make_user()
    room, other = make_room(some, reader, author), make_room(some, reader, author)
    post(some, other, author)
    made = post(some, room, author)
    found = ask(visitor, reader, room)
    expect(
        len(found["messages"]) == 1 and found["before"] is None,
        did=found["did"],
        wanted="the one message of this room, and before null",
        got=shown(found),
        look=VIEW,
    )
    message = found["messages"][0]
    wanted = {
        "id": made.pk,
        "client_id": str(made.client_id),
        "room": room.pk,
        "body": made.body,
    }
    expect_fields(message, wanted, did=found["did"], look=VIEW)
    expect_user(
        message.get("author"),
        author,
        did=found["did"],
        look=VIEW,
        of="a message whose author comes",
    )
    at = moment(message.get("created_at"))
    expect(
        at is not None and abs((at - made.created_at).total_seconds()) < 0.01,
        did=found["did"],
        wanted=f"created_at {made.created_at.isoformat()}",
        got=shown(message.get("created_at")),
        look="chat/frames.py",
    )


@pytest.mark.parametrize("times", ["in order", *TIMES])
def test_the_cursor_misses_nothing(visitor, some, make_user, pages_of_three, times):
    """FR-9: not even while others write, or where created_at is of no use."""
    user = make_user()
    room, other = make_room(some, user), make_room(some, user)
    made = []
    for _ in range(8):
        made.append(post(some, room, user))
        post(some, other, user)
    if times != "in order":
        set_times(made, times)
    seen, query, rounds = [], {}, 0
    while rounds < 9:
        found = ask(visitor, user, room, **query)
        rounds += 1
        seen.append([message.get("id") for message in found["messages"]])
        post(some, room, user)
        if found["before"] is None:
            break
        query = {"before": found["before"]}
    ids = [message.pk for message in made]
    wanted = [ids[5:], ids[2:5], ids[:2]]
    expect(
        seen == wanted,
        did="Followed before to the end, with CHAT_HISTORY_PAGE = 3 and eight "
        f"messages, whose created_at is {times}, while another message came after each "
        "page",
        wanted=f"pages of {wanted}, ascending each, the newest page first",
        got=f"{seen}",
        look=VIEW,
    )


def test_a_page_that_is_just_full_is_the_last(visitor, some, make_user, pages_of_three):
    """FR-9: before is null where nothing is older."""
    user = make_user()
    room = make_room(some, user)
    for _ in range(3):
        post(some, room, user)
    found = ask(visitor, user, room)
    expect(
        found["before"] is None and len(found["messages"]) == 3,
        did=f"{found['did']}, with three messages and CHAT_HISTORY_PAGE = 3",
        wanted="three messages, and before null",
        got=shown({**found, "messages": len(found["messages"])}),
        look=VIEW,
    )


def test_the_limit(visitor, some, make_user):
    """FR-9: thirty, what is asked for, or a hundred at most."""
    user = make_user()
    room = make_room(some, user)
    made = [post(some, room, user) for _ in range(102)]
    limits = {None: 30, 1: 1, 2: 2, 100: 100, 1000: 100}
    for limit, count in limits.items():
        query = {} if limit is None else {"limit": limit}
        found = ask(visitor, user, room, **query)
        ids = [message.get("id") for message in found["messages"]]
        expect(
            ids == [message.pk for message in made[-count:]]
            and found["before"] == made[-count].pk,
            did=f"{found['did']}, with 102 messages",
            wanted=f"the newest {count}, and before {made[-count].pk}",
            got=f"{len(ids)} messages, before {found['before']}",
            look=VIEW,
        )


@pytest.mark.parametrize("name", ["before", "limit"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "abc", "1.5", "", "²", "7" * 5000], ids=lambda v: v[:4] or "e"
)
def test_a_cursor_that_is_none(visitor, some, make_user, name, value):
    """FR-9: 400, never a crash."""
    user = make_user()
    room = make_room(some, user)
    post(some, room, user)
    address = url("chat:message-list", pk=room.pk)
    page = visitor.sign_in(user).get(address, {name: value})
    page.expect_status(400, look=VIEW)
    has_code(page, "bad_cursor")


def has_code(page, code):
    """The JSON names an error, or a sentence."""
    __tracebackhide__ = True
    found = page.json(look=VIEW)
    error = found.get("error") if isinstance(found, dict) else None
    expect(
        isinstance(error, dict) and error.get("code") == code,
        did=page.did,
        wanted=f'{{"error": {{"code": "{code}", …}}}}',
        got=shown(found),
        look=VIEW,
    )


def test_before_the_first(visitor, some, make_user):
    """FR-9: 1 is a cursor, and nothing is older than that."""
    user = make_user()
    room = make_room(some, user)
    post(some, room, user)
    found = ask(visitor, user, room, before=1)
    expect(
        found["messages"] == [] and found["before"] is None,
        did=found["did"],
        wanted="no messages, and before null",
        got=shown(found),
        look=VIEW,
    )


@pytest.mark.parametrize("value", [NO_ROOM, TOO_BIG], ids=["big", "bigger"])
def test_a_cursor_beyond_all(visitor, some, make_user, value):
    """FR-9: everything is older than that."""
    user = make_user()
    room = make_room(some, user)
    made = post(some, room, user, pk=NO_ROOM - 1)
    found = ask(visitor, user, room, before=value)
    expect(
        [message.get("id") for message in found["messages"]] == [made.pk],
        did=found["did"],
        wanted="the newest messages",
        got=shown(found["messages"]),
        look=VIEW,
    )


def test_who_may_ask(visitor, some, make_user):
    """FR-9: a script is told, and not sent to a page it cannot read."""
    user = make_user()
    room = make_room(some, user)
    made = post(some, room, user)
    address = url("chat:message-list", pk=room.pk)
    page = visitor.get(address)
    page.expect_status(401, wanted="401 for a visitor, and no redirect", look=VIEW)
    has_code(page, "not_signed_in")
    page.expect_hides(made.body, look=VIEW)
    me = visitor.sign_in(user)
    me.get(url("chat:message-list", pk=NO_ROOM)).expect_status(404, look=VIEW)
    me.post(address).expect_status(405, look=VIEW)


@pytest.mark.parametrize("which", ["page", "list"])
def test_more_messages_cost_the_same(visitor, some, make_user, which):
    """NFR-1: authors come with their messages."""
    user = make_user()
    room = make_room(some, user)
    messages()
    name = "chat:room-detail" if which == "page" else "chat:message-list"
    address = url(name, pk=room.pk)
    me = visitor.sign_in(user)
    same_cost(
        lambda: me.get(address),
        lambda: post(some, room, make_user()),
        few=2,
        many=12,
        things="messages of different authors",
        look="chat/views.py, select_related",
    )


# ------------------------------------------------------------------------------ socket


def test_hello_offers_what_was_missed(make_user):
    """FR-10: the client asks only where it is understood."""
    with chatting() as chat:
        chat.enter(make_user()).expect_feature("missed")


def opened(tab, room, messages_, more, **fields):
    """Opens the room; room.opened carries these messages, or a sentence."""
    __tracebackhide__ = True
    frame = tab.open(room, **fields)
    found = frame.get("messages")
    ids = [one.get("id") for one in found] if isinstance(found, list) else found
    expect(
        ids == [message.pk for message in messages_] and frame.get("more") is more,
        did=tab.did,
        wanted=f"room.opened with the messages {[m.pk for m in messages_]} "
        f"and more {shown(more)}",
        got=f"messages {ids}, more {shown(frame.get('more'))}",
        look=OPEN,
    )
    return frame


def test_what_was_missed_comes_with_the_answer(some, make_user):
    """FR-10: the messages after the last one that the client has."""
    users = people(make_user, some, 2)
    room, other = make_room(some, *users), make_room(some, *users)
    made = []
    for _ in range(4):
        made.append(post(some, room, users[1]))
        post(some, other, users[1])
    with chatting() as chat:
        mine = chat.enter(users[0])
        mine.expect_feature("missed")
        frame = opened(mine, room, made[2:], False, after=made[1].pk)
        message = frame["messages"][0]
        wanted = {
            "id": made[2].pk,
            "client_id": str(made[2].client_id),
            "room": room.pk,
            "body": made[2].body,
        }
        expect_fields(message, wanted, did=mine.did, look=OPEN)
        expect_user(
            message.get("author"),
            users[1],
            did=mine.did,
            look=OPEN,
            of="a message whose author comes",
        )
        opened(mine, room, [], False, after=made[-1].pk)
        opened(mine, room, made, False, after=0)


def test_without_a_last_message_nothing_was_missed(some, make_user):
    """FR-10: the page has shown what there is."""
    user = make_user()
    room = make_room(some, user)
    post(some, room, user)
    with chatting() as chat:
        mine = chat.enter(user)
        mine.expect_feature("missed")
        opened(mine, room, [], False)
        opened(mine, room, [], False, after=None)


def test_many_missed_messages_come_in_rounds(some, make_user, settings):
    """FR-10: so many at a time, and `more` as long as there are more."""
    settings.CHAT_MISSED_PAGE = 3
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    made = [post(some, room, users[1]) for _ in range(9)]
    with chatting() as chat:
        mine = chat.enter(users[0])
        opened(mine, room, made[1:4], True, after=made[0].pk)
        opened(mine, room, made[4:7], True, after=made[3].pk)
        opened(mine, room, made[7:], False, after=made[6].pk)
        opened(mine, room, made[6:], False, after=made[5].pk)


def test_what_is_said_while_a_room_is_opened(some, make_user):
    """FR-10: it is among what was missed, or comes afterwards."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    first = post(some, room, users[1])
    with chatting() as chat:
        theirs, mine = chat.join(users[1], room), chat.enter(users[0])
        with held_up_joining() as let_in:
            mine.send({"type": "room.open", "room": room.pk, "after": first.pk})
            # Time enough to read what was missed, for who does that first.
            chat.settle(theirs)
            sent = theirs.say(room)
            theirs.acked(sent)
            theirs.hears(sent)
            let_in()
            frame = mine.receive("room.opened", look=OPEN)
        found = [*frame.get("messages", [])]
        found += [one.get("message") or {} for one in mine.all("message.new")]
        expect(
            sent["client_id"] in [one.get("client_id") for one in found],
            did=f"Sent room.open as {mine.who}, and a message as {theirs.who} while "
            "the group was being joined",
            wanted="the message in room.opened or as a message.new",
            got="neither: it was read too early, and heard too late",
            look=f"{OPEN}: join the group first, then read",
        )


def test_after_what_was_missed_comes_what_is_new(some, make_user):
    """FR-10: the room is open, and each message comes once."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    first = post(some, room, users[1])
    with chatting() as chat:
        theirs = chat.join(users[1], room)
        mine = chat.join(users[0], room)
        mine.disconnect()
        sent = theirs.say(room)
        theirs.acked(sent)
        mine = chat.enter(users[0])
        missed = mine.open(room, after=first.pk)
        expect(
            [one.get("client_id") for one in missed.get("messages", [])]
            == [sent["client_id"]],
            did=f"{mine.did}, after a message came while the socket was away",
            wanted="room.opened with that message",
            got=shown(missed),
            look=OPEN,
        )
        mine.open(room, after=first.pk)
        mine.hears(theirs.say(room))
        mine.nothing("message.new", look=OPEN)


@pytest.mark.parametrize("after", ["5", True, -1, 1.5, [1]], ids=shown)
def test_a_last_message_that_is_none(some, make_user, after):
    """FR-10: bad_frame, and the room is not opened."""
    users = people(make_user, some, 2)
    room = make_room(some, *users)
    with chatting() as chat:
        mine, theirs = chat.enter(users[0]), chat.join(users[1], room)
        mine.send({"type": "room.open", "room": room.pk, "after": after})
        mine.refused("bad_frame", about={"room": room.pk}, look=OPEN)
        mine.nothing("room.opened", look=OPEN)
        theirs.hears(theirs.say(room))
        mine.nothing("message.new", look=OPEN)


def test_a_last_message_beyond_all(some, make_user):
    """NFR-4: a number too big for a database ends no socket."""
    user = make_user()
    room = make_room(some, user)
    post(some, room, user)
    with chatting() as chat:
        mine = chat.enter(user)
        mine.expect_feature("missed")
        mine.send({"type": "room.open", "room": room.pk, "after": TOO_BIG})
        mine.expect_alive()
