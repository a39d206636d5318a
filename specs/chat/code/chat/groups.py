# task room-groups: file
"""Groups of the channel layer: their names, and how to speak to them."""

# task removal: begin
import asyncio
import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

# task store-messages: was
# import asyncio
# import logging
#
# from channels.layers import get_channel_layer
# from django.conf import settings
# from redis.exceptions import RedisError
#
# task removal: end
# task store-messages: begin
logger = logging.getLogger(__name__)

# What a channel layer raises that is away, too slow, or refuses to write.
AWAY = (OSError, RedisError)

# task store-messages: end


def room_group(room_id):
    """All sockets that hear of a room."""
    return f"room.{room_id}"


# task store-messages: begin
async def in_time(call):
    """Awaits a call of the channel layer, which may stall, for a short while only."""
    async with asyncio.timeout(settings.CHAT_LAYER_SECONDS):
        return await call


async def tell_group(group, event):
    """Sends an event to a group, as far as the channel layer takes it.

    What is told has happened already, and whoever did it has nothing to do with a layer
    that is away. Those who were not told ask when they connect again.
    """
    try:
        await in_time(get_channel_layer().group_send(group, event))
    except AWAY:
        logger.exception("The group %s was not told of %s.", group, event["type"])


# task store-messages: end
# task removal: begin
def user_group(user_id):
    """All sockets of one person."""
    return f"user.{user_id}"


def tell_user(user_id, event):
    """Sends an event to all sockets of one person, from synchronous code."""
    async_to_sync(tell_group)(user_group(user_id), event)


# task removal: end
