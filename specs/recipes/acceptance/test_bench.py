"""bench: a command that measures, and leaves nothing behind."""

import io
import re

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command

from acceptance.recipes import (
    fresh,  # noqa: F401
    named,
    published,
    rating,
    stored_files,
)
from acceptance.recipes_api import short
from acceptance.recipes_bench import LOOK, PATHS, bench, enough_words, measured, section
from acceptance.support import expect, fail, model, told


def held():
    """How many rows each model of ours has, and what else could be left behind."""
    own = ("accounts", "recipes")
    return {
        **{
            one._meta.label: one._base_manager.count()
            for one in apps.get_models()
            if one._meta.app_label in own
        },
        "files": stored_files(),
        "mails": len(getattr(mail, "outbox", [])),
        "key_prefix": cache.key_prefix,
        "kept": cache.get("kept-by-the-test"),
    }


@pytest.fixture
def site(some, make_user):
    """A site in use: a recipe, a rating, something in the cache."""
    one = published(some, named(make_user, some))
    rating(one, make_user(), 4)
    cache.set("kept-by-the-test", some.word(), None)
    return one


def test_a_row_for_each_address(db):
    """FR-24: for people."""
    said = bench("--recipes", "6", "--rounds", "2")
    lines = said.splitlines()
    for path in PATHS:
        rows = [line for line in lines if path in re.split(r"[\s|`:,]+", line)]
        numbers = re.findall(r"\d+(?:[.,]\d+)?", rows[0]) if rows else []
        expect(
            len(numbers) >= 4,
            did="Ran python manage.py bench --recipes 6 --rounds 2",
            wanted=f"a row for {path}, with queries and milliseconds, cold and warm",
            got=short(rows[0] if rows else said),
            look=LOOK,
        )


def test_a_list_for_programs(site):
    """FR-24: numbers that a program can compare; the site's own rows stay."""
    before = held()
    found = measured("--recipes", "8", "--rounds", "2")
    for path, one in found.items():
        expect(
            one["recipes"] == 8 and one["cold_queries"] > 0 and one["cold_ms"] > 0,
            did="Ran python manage.py bench --recipes 8 --rounds 2 --json",
            wanted=f"{path}: recipes 8, and queries and time above 0 while cold",
            got=short(one),
            look=LOOK,
        )
    left_as_it_was(before, "Ran python manage.py bench --recipes 8 --rounds 2 --json")


def left_as_it_was(before, did):
    """Nothing has come or gone, or a sentence."""
    __tracebackhide__ = True
    after = held()
    changed = [
        f"{k}: {before[k]} → {after[k]}" for k in before if before[k] != after[k]
    ]
    expect(
        not changed,
        did=did,
        wanted="everything as it was: rows, files, mails, the cache and its key_prefix",
        got="; ".join(changed),
        look=LOOK,
    )


def test_an_error_leaves_nothing_either(site, monkeypatch):
    """FR-24: rolled back, and not swallowed."""
    before = held()
    queryset = type(model("recipes.Recipe").objects.all())
    bench("--recipes", "2", "--rounds", "1")

    def breaks(self, *args, **kwargs):
        raise RuntimeError("broken by the test")

    monkeypatch.setattr(queryset, "published", breaks)
    did = "Ran python manage.py bench while RecipeQuerySet.published raises an error"
    try:
        call_command("bench", "--recipes", "3", "--rounds", "1", stdout=io.StringIO())
        ended = "no error"
    except Exception as error:
        ended = told(error)
    monkeypatch.undo()
    expect(
        ended != "no error",
        did=did,
        wanted="an error, not swallowed",
        got=ended,
        look=LOOK,
    )
    left_as_it_was(before, did)


@pytest.mark.parametrize("option", ["--recipes", "--rounds"])
def test_numbers_that_make_no_sense(db, option):
    """FR-24: a sentence and an exit code."""
    bench("--recipes", "1", "--rounds", "1")
    for value in ("0", "-1", "many"):
        did = f"Ran python manage.py bench {option}={value}"
        try:
            call_command("bench", f"{option}={value}", stdout=io.StringIO())
        except (CommandError, SystemExit):
            continue
        except Exception as error:
            fail(did=did, wanted="a CommandError", got=told(error), look=LOOK)
        fail(
            did=did,
            wanted="an error and an exit code other than 0",
            got="none",
            look=LOOK,
        )


def test_queries_do_not_grow(db):
    """NFR-1: cold, with 15 recipes and with 60."""
    few = measured("--recipes", "15", "--rounds", "1")
    many = measured("--recipes", "60", "--rounds", "1")
    for path in PATHS:
        counts = few[path]["cold_queries"], many[path]["cold_queries"]
        expect(
            counts[0] == counts[1],
            did=f"Measured {path} with 15 and with 60 recipes",
            wanted="the same number of queries (NFR-1)",
            got="{}, then {}".format(*counts),
            look=LOOK,
        )


def test_more_rounds_than_the_throttle_allows(db):
    """FR-24: throttling does not measure itself."""
    # Two requests a round: 62 of them, where 60 a minute are let through.
    found = measured("--recipes", "2", "--rounds", "31")
    expect(
        found["/api/recipes/"]["cold_queries"] > 0,
        did="Ran python manage.py bench --recipes 2 --rounds 31 --json",
        wanted="/api/recipes/ answered by 200, so with queries while cold",
        got=short(found["/api/recipes/"]),
        look=LOOK,
    )


def test_where_the_site_redirects_to_https(db, settings):
    """FR-24: asked as HTTPS, not answered by a redirect."""
    settings.SECURE_SSL_REDIRECT = True
    found = measured("--recipes", "2", "--rounds", "1")
    for path, one in found.items():
        expect(
            one["cold_queries"] > 0,
            did="Ran python manage.py bench with SECURE_SSL_REDIRECT on",
            wanted=f"{path} itself measured, not the redirect to HTTPS",
            got="no query at all",
            look=LOOK,
        )


def test_the_numbers_before(root):
    """NFR-12: a reader finds them without running it."""
    text = section(root, "## Before")
    rows = [line for line in text.splitlines() if line.count("|") >= 2]
    expect(
        any("/api/recipes/" in row for row in rows),
        did='Read docs/performance.md under "## Before"',
        wanted="a table with a row for /api/recipes/",
        got=f"{len(rows)} lines of a table",
        look="docs/performance.md",
    )
    enough_words(text, "## Before", 30)
