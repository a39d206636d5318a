# task time-zones: file
"""What happens around every request of a user."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone


class TimeZoneMiddleware:
    """Makes the zone of the user the current one, for one request.

    The thread answers somebody else next, so the zone is taken back in any case.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        timezone.activate(zone_of(request.user))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def zone_of(user):
    """The zone of a user; the site's own for visitors and for unknown names."""
    if user.is_authenticated:
        try:
            return ZoneInfo(user.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return timezone.get_default_timezone()
