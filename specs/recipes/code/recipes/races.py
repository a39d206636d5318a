# task comments-and-ratings: file
"""What comes of a write when somebody else deletes what it belongs to."""

from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.http import Http404


@contextmanager
def or_404():
    """Not found, where a row that others point to goes before they are stored.

    The database looks for it at the commit, so the transaction ends in here.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Http404 from error
