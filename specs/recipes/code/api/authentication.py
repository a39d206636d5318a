# task api-write: file
"""How a program says who it is."""

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class PrintableTokenAuthentication(TokenAuthentication):
    """Refuses what cannot be a token, before a database stumbles over it."""

    def authenticate_credentials(self, key):
        if not key.isprintable():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(key)
