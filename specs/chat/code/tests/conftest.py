# task unit-tests: file
"""What every test begins with."""

import pytest
from channels.layers import channel_layers
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_memory():
    """No counts and no channel layer of an earlier test.

    In Redis the cache outlives the test, and a layer belongs to one event loop.
    """
    cache.clear()
    channel_layers.backends.clear()
