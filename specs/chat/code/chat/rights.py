# task removal: file
"""Whether the session that a socket came with still is one."""

from importlib import import_module

from channels.auth import get_user
from django.conf import settings


async def user_of(session_key):
    """The user who is signed in by this session now, or `AnonymousUser`.

    The scope holds session and user as they were at the handshake. Here both are read
    anew, and `get_user` asks what every page asks: is the session there, and its
    user active, with the same password?
    """
    engine = import_module(settings.SESSION_ENGINE)
    return await get_user({"session": engine.SessionStore(session_key)})
