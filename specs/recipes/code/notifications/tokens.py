# task unsubscribe: file
"""Tokens that stop one kind of mail to one person, signed by this site."""

from django.core import signing

# A signature that was made for anything else is not good here.
SALT = "notifications.unsubscribe"


def make(user, kind):
    return signing.dumps([user.pk, kind], salt=SALT)


def read(token):
    """The (key of the user, kind) of a token.

    Raises:
        signing.BadSignature: nobody here has made it. It never expires.
    """
    key, kind = signing.loads(token, salt=SALT)
    return key, kind
