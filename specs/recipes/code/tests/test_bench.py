# task bench: file
"""The command that measures leaves nothing behind."""

import json
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from recipes.models import Recipe

pytestmark = pytest.mark.django_db


def test_it_measures_and_leaves_nothing(make_recipe):
    make_recipe()
    out = StringIO()
    call_command("bench", "--recipes=3", "--rounds=1", "--json", stdout=out)
    rows = {row["path"]: row for row in json.loads(out.getvalue())}
    assert set(rows) == {"/", "/recipes/", "/api/recipes/"}
    assert all(row["cold_queries"] > 0 for row in rows.values())
    assert Recipe.objects.count() == get_user_model().objects.count() == 1


def test_it_prints_a_table():
    out = StringIO()
    call_command("bench", "--recipes=2", "--rounds=1", stdout=out)
    assert "/api/recipes/" in out.getvalue()


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_it_wants_whole_numbers(number):
    with pytest.raises(CommandError):
        call_command("bench", f"--recipes={number}")
