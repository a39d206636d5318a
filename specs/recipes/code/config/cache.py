# task cache-store: file
"""A cache in Redis that the site can do without."""

import logging
import time
from collections import defaultdict

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import DataError, RedisError

logger = logging.getLogger(__name__)

# What the network does, and every "no" of the server: a full disk (MISCONF), a replica
# (READONLY), a full memory (OOM), a password. They have this one ancestor in common.
AWAY = (RedisError, OSError)
PAUSE = 5  # seconds in which a server that was away is not asked again
WAIT = 0.4  # seconds for a connection, and for an answer


class ResilientRedisCache(RedisCache):
    """Without Redis nothing is found and nothing is kept; the site is slower, not down.

    A server that refuses counts as one that is not there. An error of ours, such as a
    value that cannot be pickled, is shown. Throttling counts in the cache, so nobody
    is throttled meanwhile: visitors come before limits.
    """

    # By server and for the whole process: each thread has a cache object of its own.
    asked_again_at = defaultdict(float)

    def __init__(self, server, params):
        options = {
            "socket_connect_timeout": WAIT,
            "socket_timeout": WAIT,
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._server = str(server)

    def _ask(self, operation, *args, away, **kwargs):
        """What the operation gives, or `away` while Redis does not do it."""
        if time.monotonic() < self.asked_again_at[self._server]:
            return away
        try:
            return operation(*args, **kwargs)
        except DataError:
            raise  # redis-py has refused to send it: the call is wrong
        except AWAY as error:
            self.asked_again_at[self._server] = time.monotonic() + PAUSE
            logger.warning("The cache is away for %s seconds: %s", PAUSE, error)
            return away

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return self._ask(super().add, key, value, timeout, version, away=False)

    def get(self, key, default=None, version=None):
        return self._ask(super().get, key, default, version, away=default)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        self._ask(super().set, key, value, timeout, version, away=None)

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None):
        return self._ask(super().touch, key, timeout, version, away=False)

    def delete(self, key, version=None):
        return self._ask(super().delete, key, version, away=False)

    def get_many(self, keys, version=None):
        return self._ask(super().get_many, keys, version, away={})

    def has_key(self, key, version=None):
        return self._ask(super().has_key, key, version, away=False)

    def incr(self, key, delta=1, version=None):
        value = self._ask(super().incr, key, delta, version, away=None)
        if value is None:
            raise ValueError(f"Key '{key}' not found.")
        return value

    def set_many(self, data, timeout=DEFAULT_TIMEOUT, version=None):
        return self._ask(super().set_many, data, timeout, version, away=[])

    def delete_many(self, keys, version=None):
        self._ask(super().delete_many, keys, version, away=None)

    def clear(self):
        return self._ask(super().clear, away=False)
