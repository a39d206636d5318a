# task api-throttling: file
"""How often who may ask. The rates stand in the settings."""

from functools import wraps
from math import ceil

from django.shortcuts import render
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class WriteThrottle(UserRateThrottle):
    """Counts what changes something, beside the limit for everything."""

    scope = "writes"

    def allow_request(self, request, view):
        return request.method in SAFE_METHODS or super().allow_request(request, view)


class TokenThrottle(SimpleRateThrottle):
    """Counts attempts to log in by address, whoever they claim to be."""

    scope = "token"

    def get_cache_key(self, request, view):
        address = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": address}


class LogInThrottle(TokenThrottle):
    """Counts what is sent to the log-in page in the same way."""

    scope = "login"


def limited(view, by=WriteThrottle):
    """The view of a page, under a limit of the API: a flood has two doors."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        throttle = by()
        if request.method != "POST" or throttle.allow_request(request, view):
            return view(request, *args, **kwargs)
        response = render(request, "429.html", status=429)
        response["Retry-After"] = ceil(throttle.wait() or 60)
        return response

    return wrapped
