# task list-cache: file
"""Generations of what is shown: a change begins a new one.

Whatever is kept in the cache has the generation in its key. Nothing is ever deleted:
after a change nobody asks for the old keys again, and they expire.

Signals tell of changes, so `QuerySet.update()` and `bulk_create()` do not. Who uses
them on what is shown calls `bump()`. A change that the cache misses, because it is
away just then, is seen after `CACHE_SECONDS` at the latest; so is a recipe whose
publication date comes.
"""

# task fragments: begin
import threading
from functools import wraps
from itertools import count
from uuid import uuid4
from weakref import WeakValueDictionary

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.views.decorators.cache import cache_control, cache_page
# task list-cache: was
# import threading
# from itertools import count
# from uuid import uuid4
# from weakref import WeakValueDictionary
#
# from django.conf import settings
# from django.core.cache import cache
# from django.db import transaction
# from django.db.models.signals import post_delete, post_save
# task fragments: end

KEY = "generation"

SHOWN = [
    "accounts.Profile",
    "accounts.User",
    "recipes.Category",
    "recipes.Ingredient",
    "recipes.Rating",
    "recipes.Recipe",
    "recipes.Step",
]


class Waiting(threading.local):
    """The changes of this thread, and so of its connection, that wait for a commit.

    Only Django holds on to them. When it lets one go, because of a rollback, it is gone
    from here as well.
    """

    def __init__(self):
        self.number = count()
        self.bumps = WeakValueDictionary()

    def __iter__(self):
        return iter([bump for bump in self.bumps.values() if not bump.done])


waiting = Waiting()


class Bump:
    """A change that waits for its commit."""

    def __init__(self):
        # What its own transaction reads before the commit is kept apart, under this.
        self.generation = uuid4().hex
        self.done = False
        # Django logs a callback that fails under this name, which functions have.
        self.__qualname__ = type(self).__qualname__
        waiting.bumps[next(waiting.number)] = self

    def __call__(self):
        # Not counted: a count that the cache lost would begin again, at an old number.
        cache.set(KEY, uuid4().hex, timeout=None)
        self.done = True


def current():
    """The generation of what is committed."""
    return cache.get_or_set(KEY, lambda: uuid4().hex, timeout=None)


def seen_here():
    """The generation of what this connection reads, for the keys of what it keeps.

    Ask before reading what is to be kept. Then a value that was read before a change
    can only be kept under the generation before it.
    """
    # What a transaction has changed and not committed, nobody else may be shown.
    own = [bump.generation for bump in waiting]
    return f"{current()}-{own[-1]}" if own else current()


def kept(name, make):
    """A value of this generation, made where the cache has none."""
    return cache.get_or_set(f"{name}:{seen_here()}", make, settings.CACHE_SECONDS)


# task fragments: begin
def until_changed(view):
    """The view, asked once for everybody until something that is shown changes."""
    # Other caches on the way do not hear of changes.
    view = cache_control(max_age=0)(view)

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        # Anybody can think up `?x=1`, `?x=2` and so on: an entry each, in vain.
        if request.GET:
            return view(request, *args, **kwargs)
        keep = cache_page(settings.CACHE_SECONDS, key_prefix=seen_here())
        return keep(view)(request, *args, **kwargs)

    return wrapped


# task fragments: end
def bump():
    """Begins a new generation, as soon as the change is committed."""
    transaction.on_commit(Bump(), robust=True)


def watch():
    """Has every change of a model that is shown begin a generation."""
    for model in SHOWN:
        for signal in (post_save, post_delete):
            signal.connect(changed, sender=model, dispatch_uid=f"generation {model}")


def changed(sender, update_fields=None, **kwargs):
    """A row was saved or deleted; logging in, which saves the user, shows nowhere."""
    if update_fields != frozenset({"last_login"}):
        bump()
