# task api-write: file
"""How a program says who it is."""

from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed


class PrintableTokenAuthentication(TokenAuthentication):
    """Refuses what cannot be a token, before a database stumbles over it."""

    def authenticate_credentials(self, key):
        if not key.isprintable():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(key)


class TokensEndWithPassword:
    """A validator of passwords that refuses none; Django tells it of each new one.

    Whoever changes a password because somebody knows it locks that somebody out.
    """

    def validate(self, password, user=None):
        """Any password will do."""

    def get_help_text(self):
        return "With a new password your tokens for the API end."

    def password_changed(self, password, user=None):
        Token.objects.filter(user=user).delete()
