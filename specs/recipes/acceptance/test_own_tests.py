"""own-tests: the learner's own tests pass, and fail when the code is broken."""

import pytest

from acceptance.own_tests import OwnTests

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
    },
    look="tests/test_recipes.py, tests/test_api.py",
)


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
