"""notification-pages: the bell, its page, and what reading changes."""

import pytest
from django.utils import timezone

from acceptance.chat import (
    HOW_AWAY,
    NO_ROOM,
    by_id,
    chatting,
    expect_fields,
    form_to,
    is_quiet,
    leads_to,
    make_direct,
    make_group,
    make_note,
    notes,
    own_counts,  # noqa: F401
    people,
    post,
    post_only,
    same_cost,
    to_log_in,
    told_in_words,
    without_layer,
)
from acceptance.pages import links_to, text_of
from acceptance.support import expect, fold, url

LIST = "templates/notifications/notification_list.html"
VIEWS = "notifications/views.py"
BASE = "templates/base.html"


def address_of(note):
    __tracebackhide__ = True
    return url("notifications:open", pk=note.pk)


def listed(visitor, user, **query):
    __tracebackhide__ = True
    page = visitor.sign_in(user).get(url("notifications:list"), query)
    return page.expect_status(200, look=VIEWS)


def some_notes(some, make_user, count=3):
    """A user and their notifications: of each kind some, by different people."""
    __tracebackhide__ = True
    notes()
    user = people(make_user, some, 1)[0]
    made = []
    for number in range(count):
        actor = people(make_user, some, 1)[0]
        kind = ("invitation", "direct", "mention")[number % 3]
        room = (make_direct if kind == "direct" else make_group)(some, actor, user)
        message = None if kind == "invitation" else post(some, room, actor)
        made.append(make_note(user, actor, room, kind, message))
    return user, made


def text_for(note):
    return fold(told_in_words(note.kind, note.actor, note.room))


def unread(*made):
    """Which of these are unread, in order."""
    __tracebackhide__ = True
    pks = [note.pk for note in made]
    found = notes().filter(pk__in=pks, read_at=None).values_list("pk", flat=True)
    return [pk in set(found) for pk in pks]


# -------------------------------------------------------------------------------- list


def test_the_addresses(some, make_user):
    """FR-20: as the page of the task gives them."""
    _, (note,) = some_notes(some, make_user, 1)
    for name, found, wanted in (
        ("list", url("notifications:list"), "/notifications/"),
        ("open", address_of(note), f"/notifications/{note.pk}/open/"),
        ("read-all", url("notifications:read-all"), "/notifications/read/"),
    ):
        expect(
            found == wanted,
            did=f"Looked up the URL notifications:{name}",
            wanted=wanted,
            got=found,
            look="notifications/urls.py, and config/urls.py",
        )


def test_ones_own_newest_first(visitor, some, make_user):
    """FR-20: each with a form that opens it, and nobody else's."""
    user, made = some_notes(some, make_user, 4)
    _, foreign = some_notes(some, make_user, 2)
    page = listed(visitor, user)
    texts = [text_for(note) for note in reversed(made)]
    for text in texts:
        page.expect_shows(text, look=LIST)
    places = [page.text.find(text) for text in texts]
    expect(
        places == sorted(places),
        did=page.did,
        wanted=f'newest first: "{texts[0]}" before "{texts[-1]}"',
        got="they stand in another order",
        look=VIEWS,
    )
    for note in made:
        form_to(page, address_of(note), look=LIST)
    for note in foreign:
        page.expect_hides(
            text_for(note), wanted="nobody else's notifications", look=VIEWS
        )


def test_twenty_to_a_page(visitor, some, make_user):
    """FR-20: the newest on the first; what is no page is not found."""
    user, (first,) = some_notes(some, make_user, 1)
    made = [first]
    for _ in range(22):
        room = make_group(some, first.actor)
        made.append(make_note(user, first.actor, room, "invitation"))
    newest, oldest = made[3:], made[:3]
    for query, there, elsewhere in (
        ({}, newest, oldest),
        ({"page": "2"}, oldest, newest),
    ):
        page = listed(visitor, user, **query)
        for note in there:
            page.expect_shows(text_for(note), look=f"{VIEWS}, paginate_by")
        found = [note for note in elsewhere if text_for(note) in page.all_text]
        expect(
            not found,
            did=page.did,
            wanted=f"{len(there)} of 23 notifications on this page",
            got=f"{len(there) + len(found)} of them",
            look=f"{VIEWS}, paginate_by",
        )
    for number in ("99", "abc"):
        page = visitor.sign_in(user).get(url("notifications:list"), {"page": number})
        page.expect_status(404, look=VIEWS)


def test_the_second_page_is_linked(visitor, some, make_user):
    """FR-20: older ones can be reached."""
    user, (first,) = some_notes(some, make_user, 1)
    for _ in range(20):
        make_note(user, first.actor, make_group(some, first.actor), "invitation")
    page = listed(visitor, user)
    expect(
        any("page=2" in address for address in page.links()),
        did=f"{page.did}, with 21 notifications",
        wanted="a link to ?page=2",
        got="there is none",
        look=LIST,
    )


def test_without_any_the_page_says_so(visitor, make_user):
    """FR-20: an empty list has a sentence."""
    notes()
    page = listed(visitor, make_user())
    main = page.main or page.soup
    headings = " ".join(text_of(tag) for tag in main.find_all(["h1", "h2"]))
    expect(
        len(page.text) > len(headings.strip()) + 3,
        did=f"{page.did}, without any notification",
        wanted="some text in <main> besides the heading",
        got=f'"{page.text}"',
        look=LIST,
    )


def test_more_notifications_cost_the_same(visitor, some, make_user):
    """NFR-1: actor and room come with the list."""
    user, _ = some_notes(some, make_user, 1)
    signed_in = visitor.sign_in(user)

    def grow():
        actor = people(make_user, some, 1)[0]
        make_note(user, actor, make_group(some, actor), "invitation")

    same_cost(
        lambda: signed_in.get(url("notifications:list")),
        grow,
        few=2,
        many=9,
        things="notifications more",
        look=f"{VIEWS}, select_related",
    )


# ----------------------------------------------------------------------------- reading


def test_opening_marks_it_as_read(visitor, some, make_user):
    """FR-20: that one, once, and leads to what it is about."""
    user, made = some_notes(some, make_user, 3)
    for index, note in enumerate(made):
        page = listed(visitor, user)
        before = timezone.now()
        answer = form_to(page, address_of(note), look=LIST).send()
        answer.expect_redirect(leads_to(note.kind, note.room), look=VIEWS)
        note.refresh_from_db()
        expect(
            note.read_at is not None and before <= note.read_at <= timezone.now(),
            did=answer.did,
            wanted="read_at is this moment",
            got=f"read_at is {note.read_at}",
            look=VIEWS,
        )
        expect(
            unread(*made) == [False] * (index + 1) + [True] * (2 - index),
            did=answer.did,
            wanted="this one read, and no other",
            got=f"unread are now {sum(unread(*made))} of 3",
            look=VIEWS,
        )
    first = made[0].read_at
    answer = visitor.sign_in(user).post(address_of(made[0]))
    answer.expect_redirect(leads_to(made[0].kind, made[0].room), look=VIEWS)
    made[0].refresh_from_db()
    expect(
        made[0].read_at == first,
        did=f"{answer.did} for the second time",
        wanted="read_at stays as it was",
        got="it is another",
        look=VIEWS,
    )


def test_those_of_others_do_not_exist(visitor, some, make_user):
    """NFR-5: 404, and they stay unread."""
    user, (own,) = some_notes(some, make_user, 1)
    _, (foreign,) = some_notes(some, make_user, 1)
    for who in (user, foreign.actor):
        visitor.sign_in(who).post(address_of(foreign)).expect_status(
            404, wanted="404: somebody else's notification (NFR-5)", look=VIEWS
        )
    path = url("notifications:open", pk=NO_ROOM)
    visitor.sign_in(user).post(path).expect_status(404, look=VIEWS)
    expect(
        unread(own, foreign) == [True, True],
        did="Sent POST to open a notification of somebody else",
        wanted="nothing changed",
        got="one is read",
        look=VIEWS,
    )


def test_reading_all(visitor, some, make_user):
    """FR-20: all one's own that are unread, and nobody else's."""
    user, made = some_notes(some, make_user, 4)
    _, foreign = some_notes(some, make_user, 2)
    made[1].read_at = made[1].created_at
    made[1].save()
    answer = visitor.sign_in(user).post(url("notifications:read-all"))
    answer.expect_redirect("/notifications/", look=VIEWS)
    made[1].refresh_from_db()
    expect(
        not any(unread(*made)) and made[1].read_at == made[1].created_at,
        did=answer.did,
        wanted="all of them read, and read_at of who was read already as it was",
        got=f"{sum(unread(*made))} unread, or a read_at that is another",
        look=VIEWS,
    )
    expect(
        all(unread(*foreign)),
        did=answer.did,
        wanted="those of others stay unread",
        got="they are read",
        look=VIEWS,
    )


def test_only_a_post_reads(visitor, some, make_user):
    """NFR-5: a link changes nothing, and neither does a visitor."""
    user, (note,) = some_notes(some, make_user, 1)
    for path in (address_of(note), url("notifications:read-all")):
        post_only(visitor, user, path, look=VIEWS)
    to_log_in(visitor.get(url("notifications:list")), look=VIEWS)
    listed(visitor, user)
    expect(
        unread(note) == [True],
        did="Sent GET, POST without a token, POST as a visitor, and opened the list",
        wanted="the notification is unread still",
        got="it is read",
        look=VIEWS,
    )


# -------------------------------------------------------------------------------- bell


def bell(page, number):
    """The number of unread ones in the header, or a sentence."""
    __tracebackhide__ = True
    tag = by_id(page, "notification-count", look=BASE)
    hidden = tag.has_attr("hidden")
    text = text_of(tag)
    expect(
        hidden if number == 0 else text == str(number) and not hidden,
        did=f"{page.did}, with {number} unread notifications",
        wanted="notification-count with hidden" if number == 0 else f"{number}, shown",
        got=f'"{text}"' + (", hidden" if hidden else ", shown"),
        look=f"{BASE}, and the context processor",
    )
    links_to(page, "/notifications/", wanted="a link to /notifications/", look=BASE)


def test_every_page_has_the_bell(visitor, some, make_user):
    """FR-20: with the number of one's own unread ones."""
    user, made = some_notes(some, make_user, 3)
    some_notes(some, make_user, 2)
    room = made[1].room
    paths = ["/", url("chat:room-create"), url("chat:invitation-list")]
    paths += [url("chat:room-detail", pk=room.pk), url("notifications:list")]
    signed_in = visitor.sign_in(user)
    for number in (3, 2, 0):
        for path in paths:
            page = signed_in.get(path).expect_status(200, look=VIEWS)
            bell(page, number)
        if number == 3:
            signed_in.post(address_of(made[0])).expect_redirect(look=VIEWS)
        else:
            path = url("notifications:read-all")
            signed_in.post(path).expect_redirect(look=VIEWS)


def test_the_bell_costs_the_same(visitor, some, make_user):
    """NFR-1: the database counts."""
    user, _ = some_notes(some, make_user, 1)
    signed_in = visitor.sign_in(user)
    bell(signed_in.get("/"), 1)
    actor = people(make_user, some, 1)[0]
    room = make_group(some, actor)

    same_cost(
        lambda: signed_in.get("/"),
        lambda: make_note(user, actor, room, "invitation"),
        few=2,
        many=9,
        things="notifications more",
        look="the context processor",
    )


# ------------------------------------------------------------------------------ socket


@pytest.mark.parametrize("way", ["open", "read-all"])
def test_every_tab_is_told_of_reading(visitor, some, make_user, way):
    """FR-20: the number falls in all of one's own tabs, once for each change."""
    user, made = some_notes(some, make_user, 3)
    note = made[1]
    path = address_of(note) if way == "open" else url("notifications:read-all")
    with chatting() as chat:
        tabs = [
            chat.join(user, note.room, name=f"{user}'s tab in a room"),
            chat.enter(user, name=f"{user}'s tab elsewhere"),
        ]
        other = chat.join(note.actor, note.room)
        answer = visitor.sign_in(user).post(path)
        answer.expect_redirect(look=VIEWS)
        for tab in tabs:
            frame = tab.receive(
                "notification.unread",
                wanted=f"notification.unread for {tab.who}",
                look=f"{VIEWS}: transaction.on_commit",
            )
            fields = {"unread": 2 if way == "open" else 0}
            of = "notification.unread"
            expect_fields(frame, fields, did=answer.did, look=VIEWS, of=of)
        # What changes nothing is no news.
        visitor.sign_in(user).post(path).expect_redirect(look=VIEWS)
        visitor.sign_in(note.actor).post(address_of(note)).expect_status(404)
        is_quiet(
            other,
            *tabs,
            kinds=["notification.unread"],
            wanted="nothing where nothing of one's own has changed",
            look=VIEWS,
        )


@pytest.mark.parametrize("how", HOW_AWAY)
@pytest.mark.parametrize("way", ["open", "read-all"])
def test_reading_does_not_need_the_layer(visitor, some, make_user, way, how):
    """NFR-8: what is read is read, also where no tab can be told of it."""
    user, made = some_notes(some, make_user, 2)
    path = address_of(made[0]) if way == "open" else url("notifications:read-all")
    me = visitor.sign_in(user)
    with without_layer(how) as stuck:
        answer = me.post(path)
    answer.expect_redirect(look=f"{VIEWS}: on_commit(…, robust=True)")
    expect(
        not stuck and notes().get(pk=made[0].pk).read_at is not None,
        did=f"{answer.did}, with a channel layer that is {how}",
        wanted="read_at set, and the layer given up after CHAT_LAYER_SECONDS",
        got="the layer is waited for much longer" if stuck else "it is unread",
        look=VIEWS,
    )
