# task history: file
"""Messages of a room before or after one of its ids: never by page number."""

from django.conf import settings

from chat.models import Message


def page(room_id, before=None, limit=None):
    """The newest messages before an id, ascending, and where the next page begins.

    The second value is the id to pass as `before`, or None if there is nothing older.
    """
    limit = limit or settings.CHAT_HISTORY_PAGE
    messages = Message.objects.filter(room_id=room_id).select_related("author")
    if before is not None:
        messages = messages.filter(pk__lt=before)
    # One more than is shown: whether it is there answers whether there is more.
    rows = list(messages.order_by("-pk")[: limit + 1])
    older = rows[limit - 1].pk if len(rows) > limit else None
    return rows[:limit][::-1], older


def missed(room_id, after):
    """The messages after an id, ascending, and whether there are still more."""
    if after is None:
        return [], False
    limit = settings.CHAT_MISSED_PAGE
    messages = Message.objects.filter(room_id=room_id, pk__gt=after)
    rows = list(messages.select_related("author").order_by("pk")[: limit + 1])
    return rows[:limit], len(rows) > limit
