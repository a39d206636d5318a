# task bad-frames: file
"""How much one person may send."""

import time

from django.conf import settings
from django.core.cache import cache


def may_send(user_id):
    """Counts an attempt to send, and tells whether it is within the limit."""
    seconds = settings.CHAT_FLOOD_SECONDS
    key = f"flood:{user_id}:{int(time.time()) // seconds}"
    # The key lives longer than its window, so it cannot go between these two lines.
    cache.add(key, 0, timeout=2 * seconds)
    return cache.incr(key) <= settings.CHAT_FLOOD_MESSAGES


def retry_after():
    """Whole seconds until the next window begins."""
    seconds = settings.CHAT_FLOOD_SECONDS
    return seconds - int(time.time()) % seconds
