# task comments-and-ratings: file
"""What comes of a write when somebody else deletes what it belongs to."""

from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.http import Http404

# How PostgreSQL and SQLite call a row that points to none.
POINTS_TO_NOTHING = {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}


def is_gone(error):
    """Whether the database misses a row that another one points to.

    Django's error says that a constraint was broken; the driver's, its cause, which.
    """
    cause = error.__cause__
    names = {getattr(cause, name, None) for name in ("sqlstate", "sqlite_errorname")}
    return not names.isdisjoint(POINTS_TO_NOTHING)


@contextmanager
def or_404():
    """Not found, where a row that others point to goes before they are stored.

    The database looks for it at the commit, so the transaction ends in here. Whatever
    else it refuses is a mistake of the site: a 500, which is logged.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not is_gone(error):
            raise
        raise Http404 from error
