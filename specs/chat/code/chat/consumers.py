# task echo: file
"""The socket of the chat: one for each tab, for all rooms."""

# task presence: begin
import time
from contextlib import suppress

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from chat import frames, history, limits, presence, rights, services
from chat.frames import FrameError
from chat.groups import AWAY, in_time, room_group, tell_group, user_group
from chat.models import Membership, Message, Room

# task read-receipts: was
# import time
# from contextlib import suppress
#
# from channels.db import database_sync_to_async
# from channels.generic.websocket import AsyncWebsocketConsumer
# from django.conf import settings
#
# from chat import frames, history, limits, rights, services
# from chat.frames import FrameError
# from chat.groups import AWAY, in_time, room_group, tell_group, user_group
# from chat.models import Membership, Message, Room
#
# task removal: was
# import time
# from contextlib import suppress
#
# from channels.db import database_sync_to_async
# from channels.generic.websocket import AsyncWebsocketConsumer
# from django.conf import settings
#
# from chat import frames, history, limits, rights, services
# from chat.frames import FrameError
# from chat.groups import AWAY, in_time, room_group, tell_group, user_group
# from chat.models import Room
#
# task history: was
# from contextlib import suppress
#
# from channels.db import database_sync_to_async
# from channels.generic.websocket import AsyncWebsocketConsumer
#
# from chat import frames, history, limits, services
# from chat.frames import FrameError
# from chat.groups import AWAY, in_time, room_group, tell_group
# from chat.models import Room
#
# task store-messages: was
# from contextlib import suppress
#
# from channels.db import database_sync_to_async
# from channels.generic.websocket import AsyncWebsocketConsumer
#
# from chat import frames, limits, services
# from chat.frames import FrameError
# from chat.groups import AWAY, in_time, room_group, tell_group
# from chat.models import Room
#
# task bad-frames: was
# from asgiref.sync import sync_to_async
# from channels.db import database_sync_to_async
# from channels.generic.websocket import AsyncWebsocketConsumer
#
# from chat import frames, limits
# from chat.frames import FrameError
# from chat.groups import room_group
# from chat.models import Room
#
# task async-consumer: was
# import json
#
# from channels.db import database_sync_to_async
# from channels.generic.websocket import AsyncWebsocketConsumer
#
# from chat import frames
# from chat.frames import FrameError
# from chat.groups import room_group
# from chat.models import Room
#
# task socket-login: was
# import json
#
# from asgiref.sync import async_to_sync
# from channels.generic.websocket import WebsocketConsumer
#
# from chat.frames import message_data, user_data
# from chat.groups import room_group
#
# # Whoever is not signed in; the client goes to the log-in page.
# NOT_SIGNED_IN = 4401
#
#
# class ChatConsumer(WebsocketConsumer):
#     """Passes what one tab says in a room on to all that have the room open."""
#
#     def connect(self):
#         self.user = self.scope["user"]
#         self.open_rooms = set()
#         # Before the handshake is answered a browser could not see the code.
#         self.accept()
#         if not self.user.is_authenticated:
#             self.close(code=NOT_SIGNED_IN)
#             return
#         self.send_frame("hello", features=["rooms"], user=user_data(self.user))
#
#     def disconnect(self, code):
#         for room in self.open_rooms:
#             self.leave(room)
#
#     def receive(self, text_data=None, bytes_data=None):
#         frame = json.loads(text_data)
#         if not self.user.is_authenticated:
#             return
#         if frame["type"] == "ping":
#             self.send_frame("pong")
#         elif frame["type"] == "room.open":
#             self.join(frame["room"])
#             self.open_rooms.add(frame["room"])
#             self.send_frame("room.opened", room=frame["room"])
#         elif frame["type"] == "room.close":
#             self.leave(frame["room"])
#             self.open_rooms.discard(frame["room"])
#             self.send_frame("room.closed", room=frame["room"], reason="closed")
#         elif frame["type"] == "message.send":
#             event = {
#                 "type": "chat.message",
#                 "message": message_data(frame, self.user),
#             }
#             group = room_group(frame["room"])
#             async_to_sync(self.channel_layer.group_send)(group, event)
#
#     def chat_message(self, event):
#         # It may have been under way when the room was closed.
#         if event["message"]["room"] in self.open_rooms:
#             self.send_frame("message.new", message=event["message"])
#
#     def join(self, room):
#         async_to_sync(self.channel_layer.group_add)(room_group(room), self.channel_name)
#
#     def leave(self, room):
#         async_to_sync(self.channel_layer.group_discard)(
#             room_group(room), self.channel_name
#         )
#
#     def send_frame(self, type_, **fields):
#         self.send(text_data=json.dumps({"type": type_, **fields}))
# task room-groups: was
# import json
#
# from asgiref.sync import async_to_sync
# from channels.generic.websocket import WebsocketConsumer
#
# from chat.frames import message_data
# from chat.groups import room_group
#
#
# class ChatConsumer(WebsocketConsumer):
#     """Passes what one tab says in a room on to all that have the room open."""
#
#     def connect(self):
#         self.open_rooms = set()
#         self.accept()
#         self.send_frame("hello", features=["rooms"])
#
#     def disconnect(self, code):
#         for room in self.open_rooms:
#             self.leave(room)
#
#     def receive(self, text_data=None, bytes_data=None):
#         frame = json.loads(text_data)
#         if frame["type"] == "ping":
#             self.send_frame("pong")
#         elif frame["type"] == "room.open":
#             self.join(frame["room"])
#             self.open_rooms.add(frame["room"])
#             self.send_frame("room.opened", room=frame["room"])
#         elif frame["type"] == "room.close":
#             self.leave(frame["room"])
#             self.open_rooms.discard(frame["room"])
#             self.send_frame("room.closed", room=frame["room"], reason="closed")
#         elif frame["type"] == "message.send":
#             event = {"type": "chat.message", "message": message_data(frame)}
#             group = room_group(frame["room"])
#             async_to_sync(self.channel_layer.group_send)(group, event)
#
#     def chat_message(self, event):
#         # It may have been under way when the room was closed.
#         if event["message"]["room"] in self.open_rooms:
#             self.send_frame("message.new", message=event["message"])
#
#     def join(self, room):
#         async_to_sync(self.channel_layer.group_add)(room_group(room), self.channel_name)
#
#     def leave(self, room):
#         async_to_sync(self.channel_layer.group_discard)(
#             room_group(room), self.channel_name
#         )
#
#     def send_frame(self, type_, **fields):
#         self.send(text_data=json.dumps({"type": type_, **fields}))
# task echo: was
# import json
#
# from channels.generic.websocket import WebsocketConsumer
#
# from chat.frames import message_data
#
#
# class ChatConsumer(WebsocketConsumer):
#     """Says to one tab what that tab has said."""
#
#     def connect(self):
#         self.accept()
#         self.send_frame("hello", features=[])
#
#     def receive(self, text_data=None, bytes_data=None):
#         frame = json.loads(text_data)
#         if frame["type"] == "ping":
#             self.send_frame("pong")
#         elif frame["type"] == "message.send":
#             self.send_frame("message.new", message=message_data(frame))
#
#     def send_frame(self, type_, **fields):
#         self.send(text_data=json.dumps({"type": type_, **fields}))
# task presence: end
# task async-consumer: begin
# Whoever is not signed in; the client goes to the log-in page.
NOT_SIGNED_IN = 4401
# task async-consumer: end
# task removal: begin
# Of these two the former has just asked who it is, and the latter lets anybody go.
HANDSHAKE = ("websocket.connect", "websocket.disconnect")
# task removal: end
# task async-consumer: begin
FEATURES = [
    "rooms",
    # task async-consumer: end
    "ack",  # task store-messages: line
    "missed",  # task history: line
    "typing",  # task typing: line
    "activity",  # task activity: line
    "receipts",  # task read-receipts: line
    "unread",  # task unread-counts: line
    "notifications",  # task notifications: line
    "presence",  # task presence: line
    # task async-consumer: begin
]


class ChatConsumer(AsyncWebsocketConsumer):
    """Answers the frames of one tab, and passes on what happens in its rooms.

    Each handler asks the database in one synchronous function, which returns data and
    never a queryset. An event from a group carries a finished text, so that many
    sockets pass it on without a query and without encoding it again.
    """

    async def connect(self):
        self.user = self.scope["user"]
        self.joined = set()
        self.open_rooms = set()
        # task async-consumer: end
        self.rooms = set()  # task activity: line
        # task async-consumer: begin
        # Before the handshake is answered a browser could not see the code.
        await self.accept()
        if not self.user.is_authenticated:
            await self.close(code=NOT_SIGNED_IN)
            return
        # task async-consumer: end
        # task removal: begin
        self.trusted_until = time.monotonic() + settings.CHAT_RIGHTS_SECONDS
        await self.join(user_group(self.user.pk))
        # task removal: end
        # task activity: begin
        # Joined first, asked then: who becomes a member in between is told by event.
        await self.follow(await self.my_rooms())
        # task activity: end
        # task presence: begin
        arrived = database_sync_to_async(presence.connected)
        if await arrived(self.user.pk, self.channel_name):
            await self.tell_presence([self.user.pk], online=True)
        await self.send_frame(
            "hello",
            features=FEATURES,
            user=frames.user_data(self.user),
            heartbeat=settings.CHAT_HEARTBEAT_SECONDS,
        )
        # task async-consumer: was
        # user = frames.user_data(self.user)
        # await self.send_frame("hello", features=FEATURES, user=user)
        # task presence: end

    # task async-consumer: begin
    async def disconnect(self, code):
        # task async-consumer: end
        # task store-messages: begin
        # Whoever stays in a group drops out of it in time; nobody listens any more.
        with suppress(*AWAY):
            for group in self.joined:
                await in_time(
                    self.channel_layer.group_discard(group, self.channel_name)
                )
        # task async-consumer: was
        # for group in self.joined:
        #     await self.channel_layer.group_discard(group, self.channel_name)
        # task store-messages: end
        # task presence: begin
        # Whoever had a connection, also if the session has ended since.
        user = self.scope["user"]
        if user.is_authenticated:
            left = database_sync_to_async(presence.disconnected)
            if await left(user.pk, self.channel_name):
                await self.tell_presence([user.pk], online=False)
        # task presence: end

    # task bad-frames: begin
    async def receive(self, text_data=None, bytes_data=None):
        if not self.user.is_authenticated:
            return
        frame = {}
        try:
            if text_data is None:
                raise FrameError("binary", "Send text frames, not binary ones.")
            frame = frames.decode(text_data)
            values = frames.checked(frame)
            await self.HANDLERS[frame["type"]](self, **values)
        except FrameError as error:
            fields = frames.named(frame) | error.fields
            await self.send_frame("error", **fields)

    # task async-consumer: was
    # async def receive(self, text_data=None, bytes_data=None):
    #     if not self.user.is_authenticated:
    #         return
    #     frame = json.loads(text_data)
    #     try:
    #         await self.HANDLERS[frame["type"]](self, frame)
    #     except FrameError as error:
    #         await self.send_frame("error", room=frame["room"], **error.fields)
    #
    # task bad-frames: end
    # task async-consumer: begin
    async def send_frame(self, type_, **fields):
        await self.send(text_data=frames.encode(type_, **fields))

    # task async-consumer: end
    # task store-messages: begin
    # Where the layer does not answer these two, the socket ends: it would be deaf, or
    # would hear what is no longer meant for it.

    async def join(self, group):
        self.joined.add(group)
        await in_time(self.channel_layer.group_add(group, self.channel_name))

    async def leave(self, group):
        self.joined.discard(group)
        await in_time(self.channel_layer.group_discard(group, self.channel_name))

    # task async-consumer: was
    # async def join(self, group):
    #     self.joined.add(group)
    #     await self.channel_layer.group_add(group, self.channel_name)
    #
    # async def leave(self, group):
    #     self.joined.discard(group)
    #     await self.channel_layer.group_discard(group, self.channel_name)
    #
    # task store-messages: end
    # task async-consumer: begin
    def check_room(self, room):
        """Refuses the frame unless the room is there for this user; synchronous."""
        # task async-consumer: end
        # task membership: begin
        rooms = Room.objects.for_member(self.user)
        # task async-consumer: was
        # rooms = Room.objects.all()
        # task membership: end
        # task async-consumer: begin
        if not rooms.filter(pk=room).exists():
            self.refuse_room()

    def refuse_room(self):
        text = "There is no such room, or you are not a member of it."
        raise FrameError("room_unknown", text) from None

    # task async-consumer: end
    # task removal: begin
    async def may_go_on(self, kind):
        """Whether this socket may still send and hear.

        A session ends without a word to its sockets, and an event about a membership
        may be lost. So the database is asked where its last answer is too old, and
        where it gives none the socket ends.
        """
        if not self.user.is_authenticated:
            return False
        # What takes a right away needs none.
        if time.monotonic() >= self.trusted_until and kind != "member.removed":
            self.user = await rights.user_of(self.scope["session"].session_key)
            if self.user.is_authenticated:
                await self.follow(await self.my_rooms())
                self.trusted_until = time.monotonic() + settings.CHAT_RIGHTS_SECONDS
            else:
                await self.close(code=NOT_SIGNED_IN)
        return self.user.is_authenticated

    @database_sync_to_async
    def my_rooms(self):
        return set(Room.objects.for_member(self.user).values_list("pk", flat=True))

    # task removal: end
    # task activity: begin
    async def follow(self, rooms):
        """Hears from now on of exactly these rooms, whatever events have been lost."""
        for room in self.rooms - rooms:
            await self.member_removed({"room": room})
        for room in rooms - self.rooms:
            self.rooms.add(room)
            await self.join(room_group(room))

    # task removal: was
    # async def follow(self, rooms):
    #     """Hears from now on of none but these rooms, whatever events have been lost."""
    #     for room in self.open_rooms - rooms:
    #         await self.member_removed({"room": room})
    #
    # task activity: end
    # task async-consumer: begin
    # Frames of the client.

    # task async-consumer: end
    # task presence: begin
    async def ping(self):
        beat = database_sync_to_async(presence.beat)
        arrived, gone = await beat(self.user.pk, self.channel_name)
        if arrived:
            await self.tell_presence([self.user.pk], online=True)
        if gone:
            await self.tell_presence(gone, online=False)
        await self.send_frame("pong")

    # task bad-frames: was
    # async def ping(self):
    #     await self.send_frame("pong")
    #
    # task async-consumer: was
    # async def ping(self, frame):
    #     await self.send_frame("pong")
    #
    # task presence: end
    # task activity: begin
    async def open_room(self, room, after):
        await database_sync_to_async(self.check_room)(room)
        # Joined first, read then: what is stored in between comes twice, but it comes.
        await self.join(room_group(room))
        self.rooms.add(room)
        self.open_rooms.add(room)
        await self.send_frame("room.opened", room=room, **await self.state(room, after))

    # task history: was
    # async def open_room(self, room, after):
    #     await database_sync_to_async(self.check_room)(room)
    #     # Joined first, read then: what is stored in between comes twice, but it comes.
    #     await self.join(room_group(room))
    #     self.open_rooms.add(room)
    #     await self.send_frame("room.opened", room=room, **await self.state(room, after))
    #
    # task bad-frames: was
    # async def open_room(self, room):
    #     await database_sync_to_async(self.check_room)(room)
    #     await self.join(room_group(room))
    #     self.open_rooms.add(room)
    #     await self.send_frame("room.opened", room=room)
    #
    # task async-consumer: was
    # async def open_room(self, frame):
    #     await database_sync_to_async(self.check_room)(frame["room"])
    #     await self.join(room_group(frame["room"]))
    #     self.open_rooms.add(frame["room"])
    #     await self.send_frame("room.opened", room=frame["room"])
    #
    # task activity: end
    # task history: begin
    @database_sync_to_async
    def state(self, room, after):
        """What a client that opens a room must know of it."""
        messages, more = history.missed(room, after)
        # task history: end
        # task presence: begin
        members = list(Membership.objects.filter(room_id=room))
        return {
            "messages": [frames.message_data(message) for message in messages],
            "more": more,
            "receipts": [
                {"user": member.user_id, "message": member.last_read_id}
                for member in members
                if member.last_read_id
            ],
            "online": sorted(presence.online([member.user_id for member in members])),
        }

        # task read-receipts: was
        # readers = Membership.objects.filter(room_id=room).exclude(last_read=None)
        # return {
        #     "messages": [frames.message_data(message) for message in messages],
        #     "more": more,
        #     "receipts": [
        #         {"user": reader.user_id, "message": reader.last_read_id}
        #         for reader in readers
        #     ],
        # }
        #
        # task history: was
        # return {
        #     "messages": [frames.message_data(message) for message in messages],
        #     "more": more,
        # }
        #
        # task presence: end

    # task activity: begin
    async def close_room(self, room):
        self.open_rooms.discard(room)
        await database_sync_to_async(self.check_room)(room)
        await self.send_frame("room.closed", room=room, reason="closed")

    # task bad-frames: was
    # async def close_room(self, room):
    #     self.open_rooms.discard(room)
    #     await self.leave(room_group(room))
    #     await database_sync_to_async(self.check_room)(room)
    #     await self.send_frame("room.closed", room=room, reason="closed")
    #
    # task async-consumer: was
    # async def close_room(self, frame):
    #     self.open_rooms.discard(frame["room"])
    #     await self.leave(room_group(frame["room"]))
    #     await database_sync_to_async(self.check_room)(frame["room"])
    #     await self.send_frame("room.closed", room=frame["room"], reason="closed")
    #
    # task activity: end
    # task store-messages: begin
    async def send_message(self, room, client_id, body):
        message, created = await self.store(room, client_id, body)
        await self.send_frame("message.ack", client_id=client_id, message=message)
        if created:
            await self.tell_message(room, message)

    @database_sync_to_async
    def store(self, room, client_id, body):
        """The stored message as data, and whether it is new."""
        self.check_room(room)
        self.check_flood()
        try:
            message, created = services.store_message(
                room, self.user.pk, client_id, body
            )
        except Room.DoesNotExist:  # since it was asked for
            self.refuse_room()
        return frames.message_data(message), created

    # task bad-frames: was
    # async def send_message(self, room, client_id, body):
    #     await database_sync_to_async(self.check_room)(room)
    #     await sync_to_async(self.check_flood)()
    #     frame = {"room": room, "client_id": client_id, "body": body}
    #     await self.tell_message(room, frames.message_data(frame, self.user))
    #
    # task async-consumer: was
    # async def send_message(self, frame):
    #     room = frame["room"]
    #     await database_sync_to_async(self.check_room)(room)
    #     await self.tell_message(room, frames.message_data(frame, self.user))
    #
    # task store-messages: end
    # task bad-frames: begin
    def check_flood(self):
        """Refuses a message of whoever sends too many; synchronous."""
        if not limits.may_send(self.user.pk):
            wait = limits.retry_after()
            text = f"Too many messages; wait {wait} seconds."
            raise FrameError("flood", text, retry_after=wait)

    # task bad-frames: end
    # task typing: begin
    async def tell_typing(self, room, active):
        await database_sync_to_async(self.check_room)(room)
        user = frames.user_data(self.user)
        await tell_group(
            room_group(room),
            {
                "type": "chat.typing",
                "room": room,
                "user": user["id"],
                "text": frames.encode("typing", room=room, user=user, active=active),
            },
        )

    # task typing: end
    # task unread-counts: begin
    async def read(self, room, message):
        unread = await self.move_last_read(room, message)
        if unread is None:
            return
        user = frames.user_data(self.user)
        receipt = frames.encode("receipt", room=room, user=user, message=message)
        await tell_group(
            room_group(room), {"type": "room.frame", "room": room, "text": receipt}
        )
        counted = frames.encode("room.unread", room=room, unread=unread)
        await tell_group(
            user_group(self.user.pk), {"type": "user.frame", "text": counted}
        )

    @database_sync_to_async
    def move_last_read(self, room, message):
        """How much is unread now, or None if nothing has moved."""
        self.check_message(room, message)
        if not services.mark_read(room, self.user.pk, message):
            return None
        rooms = Room.objects.for_member(self.user).with_unread(self.user)
        return rooms.values_list("unread", flat=True).filter(pk=room).first()

    # task read-receipts: was
    # async def read(self, room, message):
    #     if not await self.move_last_read(room, message):
    #         return
    #     user = frames.user_data(self.user)
    #     receipt = frames.encode("receipt", room=room, user=user, message=message)
    #     await tell_group(
    #         room_group(room), {"type": "room.frame", "room": room, "text": receipt}
    #     )
    #
    # @database_sync_to_async
    # def move_last_read(self, room, message):
    #     """Whether it has moved."""
    #     self.check_message(room, message)
    #     return services.mark_read(room, self.user.pk, message)
    #
    # task unread-counts: end
    # task read-receipts: begin
    def check_message(self, room, message):
        """Refuses a message that this user cannot have read there; synchronous."""
        self.check_room(room)
        if not Message.objects.filter(pk=message, room_id=room).exists():
            text = "There is no such message in this room."
            raise FrameError("message_unknown", text)

    # task read-receipts: end
    # task async-consumer: begin
    HANDLERS = {
        "ping": ping,
        "room.open": open_room,
        "room.close": close_room,
        "message.send": send_message,
        # task async-consumer: end
        "typing": tell_typing,  # task typing: line
        "read": read,  # task read-receipts: line
        # task async-consumer: begin
    }

    # Events: sent to a group, and passed on to this socket.

    # task async-consumer: end
    # task activity: begin
    async def dispatch(self, message):
        kind = message["type"]
        if kind not in HANDSHAKE and not await self.may_go_on(kind):
            return
        # Channels goes to the database's thread before each event, to close old
        # connections. What is only passed on, to hundreds of sockets, asks no database.
        pass_on = self.PASSED_ON.get(kind)
        if pass_on is not None:
            await pass_on(self, message)
        else:
            await super().dispatch(message)

    # task removal: was
    # async def dispatch(self, message):
    #     kind = message["type"]
    #     if kind in HANDSHAKE or await self.may_go_on(kind):
    #         await super().dispatch(message)
    #
    # task activity: end
    # task activity: begin
    async def tell_message(self, room, message):
        """Tells everybody in the room; each frame is encoded here, once."""
        await tell_group(
            room_group(room),
            {
                "type": "chat.message",
                "room": room,
                "new": frames.encode("message.new", message=message),
                "activity": frames.encode("room.activity", room=room, message=message),
            },
        )

    async def chat_message(self, event):
        if event["room"] in self.open_rooms:
            await self.send(text_data=event["new"])
        elif event["room"] in self.rooms:
            await self.send(text_data=event["activity"])

    # task store-messages: was
    # async def tell_message(self, room, message):
    #     """Tells everybody who has the room open; the frame is encoded here, once."""
    #     text = frames.encode("message.new", message=message)
    #     event = {"type": "chat.message", "room": room, "text": text}
    #     await tell_group(room_group(room), event)
    #
    # async def chat_message(self, event):
    #     if event["room"] in self.open_rooms:
    #         await self.send(text_data=event["text"])
    #
    # task async-consumer: was
    # async def tell_message(self, room, message):
    #     """Tells everybody who has the room open; the frame is encoded here, once."""
    #     text = frames.encode("message.new", message=message)
    #     event = {"type": "chat.message", "room": room, "text": text}
    #     await self.channel_layer.group_send(room_group(room), event)
    #
    # async def chat_message(self, event):
    #     # It may have been under way when the room was closed.
    #     if event["room"] in self.open_rooms:
    #         await self.send(text_data=event["text"])
    #
    # task activity: end
    # task typing: begin
    async def chat_typing(self, event):
        if event["room"] in self.open_rooms and event["user"] != self.user.pk:
            await self.send(text_data=event["text"])

    # task typing: end
    # task read-receipts: begin
    async def room_frame(self, event):
        if event["room"] in self.open_rooms:
            await self.send(text_data=event["text"])

    # task read-receipts: end
    # task unread-counts: begin
    async def user_frame(self, event):
        await self.send(text_data=event["text"])

    # task unread-counts: end
    # task activity: begin
    PASSED_ON = {
        "chat.message": chat_message,
        "chat.typing": chat_typing,
        # task activity: end
        "room.frame": room_frame,  # task read-receipts: line
        "user.frame": user_frame,  # task unread-counts: line
        # task activity: begin
    }

    # task activity: end
    # task removal: begin
    async def member_removed(self, event):
        room = event["room"]
        self.open_rooms.discard(room)
        # task removal: end
        self.rooms.discard(room)  # task activity: line
        # task removal: begin
        await self.leave(room_group(room))
        await self.send_frame("room.closed", room=room, reason="removed")

    # task removal: end
    # task activity: begin
    async def member_added(self, event):
        # Asked again: the membership may have ended by now.
        await self.follow(await self.my_rooms())

    # task activity: end
    # task presence: begin
    async def tell_presence(self, user_ids, online):
        """Tells the rooms of these people that they have come or gone."""
        for user, rooms in await database_sync_to_async(presence.people)(user_ids):
            for room in rooms:
                text = frames.encode("presence", room=room, user=user, online=online)
                await tell_group(
                    room_group(room), {"type": "room.frame", "room": room, "text": text}
                )

    # task presence: end
