"""The finished recipe platform on a real Redis that is away in every way there is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from djangopath import catalogue
from tests.services import own_redis
from tools.services import STRAITS, OwnRedis
from tools.site import Site, serve

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

PATIENCE = 60  # seconds for an answer; a loaded machine may have much else to do
PATHS = ("/", "/recipes/", "/api/recipes/", "/api/categories/", "/sitemap.xml")


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    """A Redis of this test's own, with nothing in it."""
    with own_redis() as server:
        yield server


@pytest.fixture
def site(redis: OwnRedis, tmp_path: Path) -> Iterator[Site]:
    """The finished project, its cache in that Redis and its rows in SQLite."""
    project = catalogue.load("recipes")
    env = {"REDIS_URL": redis.url}
    with serve(project, len(project.tasks), tmp_path / "site", services=env) as site:
        yield site


def opens(site: Site) -> None:
    """Every page answers."""
    for path in PATHS:
        answer = requests.get(site.base + path, timeout=PATIENCE)
        assert answer.status_code == 200, (path, answer.status_code)


def is_used(site: Site, redis: OwnRedis) -> None:
    """The site keeps something in the cache, at the latest after its pause."""
    redis.say("FLUSHALL")
    end = time.monotonic() + PATIENCE
    while redis.say("DBSIZE") == ":0":
        assert time.monotonic() < end, "the cache is not used again"
        requests.get(site.base, timeout=PATIENCE)
        time.sleep(0.1)


def noticed(site: Site) -> int:
    """How often the log says that the cache is away."""
    return site.log.read_text("utf-8").count("The cache is away")


def test_the_site_outlives_its_cache(site: Site, redis: OwnRedis) -> None:
    """Refusing, silent, gone: pages answer, and when it is back it is used."""
    for why in STRAITS:
        is_used(site, redis)
        before = noticed(site)
        redis.fall(why)
        opens(site)
        requests.get(f"{site.base}/api/recipes/?page_size=7", timeout=PATIENCE)
        assert noticed(site) > before, f"{why}: it was not noticed"
        redis.rise(why)
    is_used(site, redis)
    redis.fall("stalled")
    opens(site)
    redis.rise("stalled")
    is_used(site, redis)
    redis.fall("away")
    opens(site)
