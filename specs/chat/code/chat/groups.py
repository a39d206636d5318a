# task room-groups: file
"""Groups of the channel layer: their names, and how to speak to them."""

# task removal: begin
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

# task removal: end


def room_group(room_id):
    """All sockets that hear of a room."""
    return f"room.{room_id}"


# task removal: begin
def user_group(user_id):
    """All sockets of one person."""
    return f"user.{user_id}"


def tell_user(user_id, event):
    """Sends an event to all sockets of one person, from synchronous code."""
    async_to_sync(get_channel_layer().group_send)(user_group(user_id), event)


# task removal: end
