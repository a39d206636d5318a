# task notification-pages: file
"""What every page of a signed-in user has."""

from django.utils.functional import SimpleLazyObject

from notifications.services import unread_count


def unread(request):
    """How many notifications are unread; asked only by a page that shows it."""
    if not request.user.is_authenticated:
        return {}
    user = request.user
    return {"notifications_unread": SimpleLazyObject(lambda: unread_count(user))}
