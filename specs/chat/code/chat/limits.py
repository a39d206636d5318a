# task bad-frames: file
"""How much one person may send."""

# task invitations: begin
import logging
import time
from functools import wraps

from django.conf import settings
from django.core.cache import cache
from django.shortcuts import render
from redis.exceptions import RedisError

# task bad-frames: was
# import logging
# import time
#
# from django.conf import settings
# from django.core.cache import cache
# from redis.exceptions import RedisError
#
# task invitations: end
logger = logging.getLogger(__name__)


# task invitations: begin
def may_send(user_id):
    """Counts an attempt to send, and tells whether it is within the limit."""
    most, seconds = settings.CHAT_FLOOD_MESSAGES, settings.CHAT_FLOOD_SECONDS
    return within("flood", user_id, most, seconds)


def retry_after():
    """Whole seconds until somebody may send again."""
    return seconds_left(settings.CHAT_FLOOD_SECONDS)


def limited(view):
    """The view of a page whose POST reaches other people, under a limit for a user."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        most, seconds = settings.CHAT_PAGE_POSTS, settings.CHAT_PAGE_SECONDS
        user = request.user
        counts = request.method == "POST" and user.is_authenticated
        if not counts or within("page", user.pk, most, seconds):
            return view(request, *args, **kwargs)
        response = render(request, "429.html", status=429)
        response["Retry-After"] = seconds_left(seconds)
        return response

    return wrapped


def within(what, user_id, most, seconds):
    """Counts an attempt of a user, and tells whether it is one of the first so many."""
    key = f"{what}:{user_id}:{int(time.time()) // seconds}"
    try:
        # The key lives longer than its window, so it cannot expire between these two.
        cache.add(key, 0, timeout=2 * seconds)
        return cache.incr(key) <= most
    except (OSError, RedisError, ValueError):
        # Away, too slow, full, or the key was evicted: no reason to silence everybody.
        logger.exception("An attempt was not counted.")
        return True


def seconds_left(seconds):
    """Whole seconds until the next window begins."""
    return seconds - int(time.time()) % seconds


# task bad-frames: was
# def may_send(user_id):
#     """Counts an attempt to send, and tells whether it is within the limit."""
#     seconds = settings.CHAT_FLOOD_SECONDS
#     key = f"flood:{user_id}:{int(time.time()) // seconds}"
#     try:
#         # The key lives longer than its window, so it cannot expire between these two.
#         cache.add(key, 0, timeout=2 * seconds)
#         return cache.incr(key) <= settings.CHAT_FLOOD_MESSAGES
#     except (OSError, RedisError, ValueError):
#         # Away, too slow, full, or the key was evicted: no reason to silence everybody.
#         logger.exception("A message was not counted.")
#         return True
#
#
# def retry_after():
#     """Whole seconds until the next window begins."""
#     seconds = settings.CHAT_FLOOD_SECONDS
#     return seconds - int(time.time()) % seconds
#
#
# task invitations: end
