# task socket-tests: file
"""The socket, from the handshake on, as a browser sees it."""

from contextlib import asynccontextmanager
from functools import partial
from unittest.mock import patch
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.test import Client, TransactionTestCase, override_settings

from chat.models import Connection, Membership, Message, Room
from config.asgi import application
from notifications.models import Notification
from tests.factories import make_room, make_user
from tests.trouble import no_redis

ORIGIN = (b"origin", b"http://localhost")


def session_of(user):
    client = Client()
    client.force_login(user)
    key = client.cookies["sessionid"].value
    return (b"cookie", f"sessionid={key}".encode())


def browser(*headers):
    return WebsocketCommunicator(application, "/ws/chat/", headers=list(headers))


class Tab:
    """One signed-in tab."""

    def __init__(self, socket):
        self.socket = socket

    async def send(self, type_, **fields):
        await self.socket.send_json_to({"type": type_, **fields})

    async def say(self, room, body, client_id=None):
        client_id = str(client_id or uuid4())
        await self.send("message.send", room=room.pk, client_id=client_id, body=body)

    async def until(self, type_):
        """The next frame of a type; others may come before it."""
        while True:
            frame = await self.socket.receive_json_from(timeout=5)
            if frame["type"] == type_:
                return frame

    async def presence_of(self, user):
        """Whether the next presence frame about somebody says that they are online."""
        while True:
            frame = await self.until("presence")
            if frame["user"]["id"] == user.pk:
                return frame["online"]

    async def types(self):
        """The types of all frames that have come by now."""
        await self.send("ping")
        found = []
        while True:
            frame = await self.socket.receive_json_from(timeout=5)
            if frame["type"] == "pong":
                return found
            found.append(frame["type"])

    async def closed(self):
        """The code with which the socket is closed; no message may come before it."""
        while True:
            event = await self.socket.receive_output(timeout=5)
            if event["type"] == "websocket.close":
                return event["code"]
            assert "message.new" not in event["text"]

    async def open(self, room, **fields):
        await self.send("room.open", room=room.pk, **fields)
        return await self.until("room.opened")


@asynccontextmanager
async def tabs(*users):
    """A tab for each of these users, past its `hello`; closed in any case."""
    sockets = []
    try:
        for user in users:
            cookie = await database_sync_to_async(session_of)(user)
            socket = browser(ORIGIN, cookie)
            connected, _ = await socket.connect(timeout=5)
            assert connected
            sockets.append(socket)
        found = [Tab(socket) for socket in sockets]
        for tab in found:
            await tab.until("hello")
        yield found
    finally:
        for socket in sockets:
            await socket.disconnect(timeout=5)


@pytest.fixture
def people(transactional_db):
    return [make_user(name) for name in ("ada", "ben", "cleo")]


@pytest.fixture
def room(people):
    return make_room(*people[:2])


@pytest.mark.asyncio
async def test_foreign_origin_is_refused(people):
    cookie = await database_sync_to_async(session_of)(people[0])
    socket = browser((b"origin", b"https://evil.example"), cookie)
    connected, _ = await socket.connect(timeout=5)
    assert not connected


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_visitor_is_closed_with_a_code_that_the_browser_sees():
    socket = browser(ORIGIN)
    connected, _ = await socket.connect(timeout=5)
    assert connected
    closed = await socket.receive_output(timeout=5)
    assert closed == {"type": "websocket.close", "code": 4401}
    await socket.disconnect()
    assert not await database_sync_to_async(Connection.objects.exists)()


@pytest.mark.asyncio
async def test_message_reaches_the_members_and_no_third(people, room):
    async with tabs(*people) as (ada, ben, cleo):
        for tab in (ada, ben):
            await tab.open(room)
        await ada.say(room, "  Hello  ")
        message = (await ben.until("message.new"))["message"]
        assert (await ada.until("message.ack"))["message"] == message
        assert message["body"] == "Hello"
        assert message["author"]["username"] == "ada"
        assert await cleo.types() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("type_", ["room.open", "message.send", "typing", "read"])
async def test_foreign_room_is_refused_and_the_socket_lives_on(people, room, type_):
    fields = {"client_id": str(uuid4()), "body": "x", "active": True, "message": 1}
    async with tabs(people[2]) as (cleo,):
        for pk in (room.pk, 10**30):
            await cleo.send(type_, room=pk, **fields)
            error = await cleo.until("error")
            assert (error["code"], error["room"]) == ("room_unknown", pk)
        assert await cleo.types() == []
    assert not await database_sync_to_async(Message.objects.exists)()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ("[" * 30_000, "bad_json"),
        ("[]", "bad_frame"),
        ('{"type": 5}', "bad_frame"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": "room.open", "room": true}', "bad_frame"),
        ('{"type": "room.open", "room": 1, "after": -1}', "bad_frame"),
        ('{"type": "typing", "room": 1, "active": 1}', "bad_frame"),
        ("x" * 32_769, "frame_too_large"),
    ],
)
async def test_bad_frame_is_answered(people, text, code):
    async with tabs(people[0]) as (ada,):
        await ada.socket.send_to(text_data=text)
        assert (await ada.until("error"))["code"] == code
        assert await ada.types() == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "1"}, "bad_frame"),
        ({"client_id": 1}, "bad_frame"),
        ({"body": None}, "bad_frame"),
        ({"body": " \n "}, "empty_body"),
        ({"body": "x" * 2001}, "body_too_long"),
        ({"body": "\x00"}, "bad_body"),
        ({"body": "\ud800"}, "bad_body"),
    ],
)
async def test_bad_message_is_answered_and_not_stored(people, room, changes, code):
    frame = {"room": room.pk, "client_id": str(uuid4()), "body": "x"} | changes
    async with tabs(people[0]) as (ada,):
        await ada.send("message.send", **frame)
        error = await ada.until("error")
        assert (error["code"], error["room"]) == (code, room.pk)
    assert not await database_sync_to_async(Message.objects.exists)()


class FrameTests(TransactionTestCase):
    """The same socket, tested in Django's own way."""

    def setUp(self):
        self.ada, self.ben = make_user("ada"), make_user("ben")
        self.room = make_room(self.ada, self.ben)

    async def test_bytes_are_answered_by_an_error(self):
        async with tabs(self.ada) as (ada,):
            await ada.socket.send_to(bytes_data=b"\x00\x01")
            self.assertEqual((await ada.until("error"))["code"], "binary")
            self.assertEqual(await ada.types(), [])

    async def test_resend_is_stored_once_and_told_once(self):
        client_id = uuid4()
        async with tabs(self.ada, self.ben) as (ada, ben):
            await ben.open(self.room)
            for body in ("One", "Two"):
                await ada.say(self.room, body, client_id)
            first, again = [await ada.until("message.ack") for _ in range(2)]
            self.assertEqual(first, again)
            await ben.until("message.new")
            self.assertEqual(await ben.types(), [])
        self.assertEqual(await Message.objects.acount(), 1)

    async def test_flood_is_refused_over_all_tabs_of_a_user(self):
        # Windows are counted from 1970: one of an hour could end in the middle of this.
        limit = override_settings(CHAT_FLOOD_MESSAGES=3, CHAT_FLOOD_SECONDS=10**10)
        with limit:
            async with tabs(self.ada, self.ada, self.ben) as (one, two, ben):
                for tab in (one, two, one):
                    await tab.say(self.room, "Quick")
                    await tab.until("message.ack")
                await two.say(self.room, "Too quick")
                error = await two.until("error")
                self.assertEqual(error["code"], "flood")
                self.assertGreaterEqual(error["retry_after"], 1)
                await ben.say(self.room, "I have my own count")
                await ben.until("message.ack")
        self.assertEqual(await Message.objects.filter(author=self.ada).acount(), 3)

    async def test_who_is_put_out_hears_no_more(self):
        async with tabs(self.ada, self.ben) as (ada, ben):
            await ben.open(self.room)
            membership = Membership.objects.filter(room=self.room, user=self.ben)
            await database_sync_to_async(membership.delete)()
            closed = await ben.until("room.closed")
            self.assertEqual(closed["reason"], "removed")
            await ada.say(self.room, "We are alone")
            # It has gone to the room's group by now.
            await ada.until("room.activity")
            self.assertEqual(await ben.types(), [])
            await ben.say(self.room, "May I?")
            self.assertEqual((await ben.until("error"))["code"], "room_unknown")

    async def test_who_joins_while_connected_hears_of_the_next_message(self):
        cleo = await database_sync_to_async(make_user)("cleo")
        async with tabs(self.ada, cleo) as (ada, newcomer):
            await Membership.objects.acreate(room=self.room, user=cleo)
            await newcomer.types()
            await ada.say(self.room, "Welcome")
            frame = await newcomer.until("room.activity")
            self.assertEqual(frame["message"]["body"], "Welcome")

    async def test_closed_room_is_only_hinted_at(self):
        async with tabs(self.ada, self.ben) as (ada, ben):
            await ben.open(self.room)
            await ben.send("room.close", room=self.room.pk)
            self.assertEqual((await ben.until("room.closed"))["reason"], "closed")
            await ada.say(self.room, "Still there?")
            await ben.until("room.activity")
            self.assertEqual(await ben.types(), [])

    @override_settings(CHAT_MISSED_PAGE=2)
    async def test_missed_messages_come_in_order(self):
        async with tabs(self.ada) as (ada,):
            ids = []
            for body in "abc":
                await ada.say(self.room, body)
                ids.append((await ada.until("message.ack"))["message"]["id"])
            opened = await ada.open(self.room, after=0)
            self.assertEqual([m["body"] for m in opened["messages"]], ["a", "b"])
            self.assertTrue(opened["more"])
            opened = await ada.open(self.room, after=ids[1])
            self.assertEqual([m["body"] for m in opened["messages"]], ["c"])
            self.assertFalse(opened["more"])

    async def test_typing_is_told_to_others_only(self):
        async with tabs(self.ada, self.ada, self.ben) as (ada, second, ben):
            for tab in (ada, second, ben):
                await tab.open(self.room)
            await ada.send("typing", room=self.room.pk, active=True)
            self.assertEqual((await ben.until("typing"))["user"]["username"], "ada")
            self.assertNotIn("typing", await ada.types() + await second.types())

    async def test_receipt_is_told_once_and_only_forward(self):
        async with tabs(self.ada, self.ben) as (ada, ben):
            await ada.say(self.room, "Read this")
            message = (await ada.until("message.ack"))["message"]["id"]
            await ada.open(self.room)
            await ben.send("read", room=self.room.pk, message=message)
            receipt = await ada.until("receipt")
            self.assertEqual(
                (receipt["user"]["username"], receipt["message"]), ("ben", message)
            )
            self.assertEqual((await ben.until("room.unread"))["unread"], 0)
            await ben.send("read", room=self.room.pk, message=message)
            self.assertNotIn("room.unread", await ben.types())
            await ben.send("read", room=self.room.pk, message=message + 1)
            self.assertEqual((await ben.until("error"))["code"], "message_unknown")
            opened = await ada.open(self.room)
            wanted = [{"user": self.ben.pk, "message": message}]
            self.assertEqual(opened["receipts"], wanted)

    async def test_presence_changes_with_the_last_tab(self):
        async with tabs(self.ada) as (ada,):
            await ada.open(self.room)
            async with tabs(self.ben, self.ben):
                self.assertTrue(await ada.presence_of(self.ben))
                opened = await ada.open(self.room)
                self.assertEqual(opened["online"], sorted([self.ada.pk, self.ben.pk]))
            self.assertFalse(await ada.presence_of(self.ben))
            self.assertEqual(await ada.types(), [])
        self.assertFalse(await Connection.objects.aexists())

    async def test_dead_connection_is_told_of_by_anybodys_ping(self):
        async with tabs(self.ada) as (ada,):
            await ada.open(self.room)
            await Connection.objects.acreate(
                user=self.ben, channel="dead", seen_at="2020-01-01T00:00Z"
            )
            await ada.send("ping")
            self.assertFalse(await ada.presence_of(self.ben))
            await Connection.objects.all().adelete()
            await ada.types()
            self.assertEqual(await Connection.objects.acount(), 1)

    async def test_mention_and_its_reading_reach_every_tab(self):
        async with tabs(self.ada, self.ben, self.ben) as (ada, one, two):
            await ada.say(self.room, "@ben are you there?")
            for tab in (one, two):
                frame = await tab.until("notification.new")
                self.assertEqual(frame["unread"], 1)
            client = Client()
            await database_sync_to_async(client.force_login)(self.ben)
            post = partial(client.post, "/notifications/read/")
            await database_sync_to_async(post)()
            for tab in (one, two):
                frame = await tab.until("notification.unread")
                self.assertEqual(frame["unread"], 0)
            self.assertNotIn("notification.new", await ada.types())
        self.assertEqual(await Notification.objects.acount(), 1)

    async def test_groups_of_strangers_stay_unheard_of(self):
        cleo = await database_sync_to_async(make_user)("cleo")
        group = partial(make_room, self.ada, kind=Room.Kind.GROUP)
        room = await database_sync_to_async(group)()
        async with tabs(self.ada, cleo) as (ada, stranger):
            await ada.say(room, "Nobody else knows")
            await ada.until("room.activity")
            self.assertEqual(await stranger.types(), [])

    async def test_message_is_stored_without_redis(self):
        async with tabs(self.ada) as (ada,):
            await ada.open(self.room)
            with no_redis():
                await ada.say(self.room, "Is anybody there?")
                await ada.until("message.ack")
                self.assertEqual(await ada.types(), [])
            await ada.say(self.room, "Back again")
            await ada.until("message.new")
        self.assertEqual(await Message.objects.acount(), 2)

    async def test_message_into_a_room_that_goes_is_refused(self):
        gone = patch("chat.services.store_message", side_effect=Room.DoesNotExist)
        async with tabs(self.ada) as (ada,):
            with gone:
                await ada.say(self.room, "Am I too late?")
                self.assertEqual((await ada.until("error"))["code"], "room_unknown")

    @override_settings(CHAT_RIGHTS_SECONDS=0)
    async def test_socket_ends_with_its_session(self):
        people = get_user_model().objects
        async with tabs(self.ada, self.ben) as (ada, ben):
            await ben.open(self.room)
            await people.filter(pk=self.ben.pk).aupdate(is_active=False)
            await ada.say(self.room, "Nobody hears this")
            await ada.until("message.ack")
            self.assertEqual(await ben.closed(), 4401)

    @override_settings(CHAT_RIGHTS_SECONDS=0)
    async def test_lost_news_are_made_up_for(self):
        async with tabs(self.ada, self.ben) as (ada, ben):
            await ben.open(self.room)
            # As if the layer had lost the event: no signal, so nobody is told.
            rows = Membership.objects.filter(room=self.room, user=self.ben)
            await database_sync_to_async(rows._raw_delete)(rows.db)
            await ada.say(self.room, "We are alone")
            self.assertEqual((await ben.until("room.closed"))["reason"], "removed")
            self.assertEqual(await ben.types(), [])
