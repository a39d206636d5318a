# task unit-tests: file
"""What goes wrong in production, and on nobody's laptop: others, and no Redis."""

from contextlib import contextmanager
from unittest.mock import patch

from channels.layers import get_channel_layer
from django.core.cache import caches
from django.db import connection
from redis.exceptions import ConnectionError as RedisAway


@contextmanager
def meanwhile(model, act, looks=1):
    """Somebody else's request is through, just after this one has looked for a row."""
    looked = []

    def rival(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if f'FROM "{model._meta.db_table}"' in sql:
            looked.append(sql)
            if len(looked) == looks:
                act()
        return result

    with connection.execute_wrapper(rival):
        yield


@contextmanager
def no_redis():
    """Neither the cache nor the channel layer answers."""
    away = RedisAway("Connection refused.")
    with (
        patch.object(type(caches["default"]), "add", side_effect=away),
        patch.object(type(get_channel_layer()), "group_send", side_effect=away),
    ):
        yield
