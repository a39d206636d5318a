# task activity: file
"""What every page of a signed-in user has."""

from django.conf import settings
from django.shortcuts import resolve_url

from chat.frames import user_data


def client_config(user, room=None):
    """What the client in the page must know."""
    history = resolve_url("chat:message-list", pk=room.pk) if room else None
    return {
        "socket": "/ws/chat/",
        "room": room.pk if room else None,
        "user": user_data(user),
        "history": history,
        "login": resolve_url(settings.LOGIN_URL),
    }


def chat_config(request):
    """The client on every page; a room's own view names its room."""
    if not request.user.is_authenticated:
        return {}
    return {"chat_config": client_config(request.user)}
