# task unit-tests: file
"""What every test begins with."""

from uuid import uuid4

import pytest
from redis import Redis


@pytest.fixture(autouse=True)
def own_memory(settings):
    """A cache and a channel layer of the test's own, in which nothing is yet.

    In Redis others may be at home, you among them: their keys stay as they are. A layer
    belongs to one event loop, so each test needs a new one in any case.
    """
    name = f"test-{uuid4().hex}"
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": name}}
    layer = settings.CHANNEL_LAYERS["default"]
    own = {"prefix": name} if settings.REDIS_URL else {}
    settings.CHANNEL_LAYERS = {"default": layer | {"CONFIG": layer["CONFIG"] | own}}
    yield
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL) as server:
            for key in server.scan_iter(f"*{name}*"):
                server.delete(key)
