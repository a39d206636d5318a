# task bad-frames: file
"""How much one person may send."""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def may_send(user_id):
    """Counts an attempt to send, and tells whether it is within the limit."""
    seconds = settings.CHAT_FLOOD_SECONDS
    key = f"flood:{user_id}:{int(time.time()) // seconds}"
    try:
        # The key lives longer than its window, so it cannot expire between these two.
        cache.add(key, 0, timeout=2 * seconds)
        return cache.incr(key) <= settings.CHAT_FLOOD_MESSAGES
    except (OSError, RedisError, ValueError):
        # Away, too slow, full, or the key was evicted: no reason to silence everybody.
        logger.exception("A message was not counted.")
        return True


def retry_after():
    """Whole seconds until the next window begins."""
    seconds = settings.CHAT_FLOOD_SECONDS
    return seconds - int(time.time()) % seconds
