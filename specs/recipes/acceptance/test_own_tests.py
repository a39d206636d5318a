"""own-tests: the learner's own tests pass, and fail when the code is broken."""

import json
import tempfile
from pathlib import Path

import pytest

from acceptance.own_tests import OwnTests
from acceptance.support import expect

ALL = "lambda self, *args, **kwargs: self.all()"
OWN = OwnTests(
    {
        "published": (
            "RecipeQuerySet.published returns every recipe",
            f"from recipes.models import RecipeQuerySet as Q\nQ.published = {ALL}",
        ),
        "visible_to": (
            "RecipeQuerySet.visible_to returns every recipe",
            f"from recipes.models import RecipeQuerySet as Q\nQ.visible_to = {ALL}",
        ),
        "can_be_edited_by": (
            "Recipe.can_be_edited_by returns True for everybody",
            "from recipes.models import Recipe\n"
            "Recipe.can_be_edited_by = lambda self, *args, **kwargs: True",
        ),
        "race": (
            "an IntegrityError comes through, as where nobody expects two at once",
            """
from django.db import utils
real = utils.DatabaseErrorWrapper.__exit__
def come_through(self, kind, error, traceback):
    try:
        return real(self, kind, error, traceback)
    except utils.IntegrityError as refused:
        raise utils.OperationalError(*refused.args) from refused
utils.DatabaseErrorWrapper.__exit__ = come_through
""",
        ),
    },
    look="tests/test_recipes.py, tests/test_api.py",
    seconds=150,
)
LEAST = 85  # per cent


def test_they_pass():
    """NFR-13: the learner's own tests are green, all of them."""
    OWN.expect_passed(wanted="every test passed (NFR-13)")


def test_there_are_twelve():
    """NFR-13: at least twelve tests besides the given ones."""
    OWN.expect_count(12)


@pytest.mark.parametrize("kind", list(OWN.breaks))
def test_they_notice(kind):
    """NFR-13: a test is worth its lines if it fails when the thing breaks."""
    OWN.expect_noticed(kind, wanted="at least one of your tests failed (NFR-13)")


def test_they_reach_most_of_it(monkeypatch):
    """NFR-13: lines and branches that some test has run."""
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "coverage.json"
        monkeypatch.setenv("COVERAGE_FILE", str(Path(name) / "coverage"))
        covered = OwnTests(
            look="pytest tests --cov --cov-report=term-missing",
            paths=("tests", "--cov", f"--cov-report=json:{report}"),
            seconds=150,
        )
        covered.own()
        said = json.loads(report.read_text("utf-8")) if report.exists() else {}
    per_cent = said.get("totals", {}).get("percent_covered", 0)
    worst = sorted(
        (file["summary"]["percent_covered"], path)
        for path, file in said.get("files", {}).items()
    )
    expect(
        per_cent >= LEAST,
        did="Ran pytest tests --cov",
        wanted=f"branch coverage of {LEAST} % or more (NFR-13)",
        got=f"{per_cent:.0f} %; least of all in "
        + ", ".join(f"{path} ({share:.0f} %)" for share, path in worst[:3]),
        look="pytest tests --cov --cov-report=term-missing",
    )
