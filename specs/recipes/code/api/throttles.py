# task api-throttling: file
"""How often who may ask. The rates stand in the settings."""

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
