"""own-tests: the learner's own tests pass, and each of nine faults makes one fail."""

import pytest

from acceptance.own_tests import OwnTests

# What is broken in words, and what breaks it: a call in acceptance/faults.py.
FAULTS = {
    "tasks": ("every task is everybody's", "everybodys('Task')"),
    "names": (
        "every list and every label is everybody's",
        "everybodys('TaskList', 'Label')",
    ),
    "midnight": ("today is the day in UTC for everybody", "always_utc()"),
    "overdue": (
        "overdue() returns what is due today as well",
        "overdue_too_early()",
    ),
    "empty": ("every form accepts empty fields", "nothing_required()"),
    "rules": (
        "neither the form of a task nor the database has rules across fields",
        "no_rules()",
    ),
    "done": (
        "set_done(True) moves the time of a task that is done already",
        "done_again()",
    ),
    "words": ("matching() finds tasks that have any of the words", "any_word()"),
    "counts": (
        "with_counts() counts a task once for each of its labels",
        "counts_each_label()",
    ),
}

OWN = OwnTests(
    {
        kind: (words, f"from acceptance import faults\nfaults.{call}")
        for kind, (words, call) in FAULTS.items()
    },
    look="your tests below tests/, and the row of the table in step 5 for this fault",
)


def test_they_pass():
    """NFR-9: the learner's own tests are green, all of them."""
    OWN.expect_passed(wanted="every test passed (NFR-9)")


def test_there_are_twelve():
    """NFR-9: at least twelve besides the given one."""
    OWN.expect_count(
        12,
        wanted="at least twelve tests of your own that pass, besides "
        "tests/test_smoke.py (NFR-9)",
    )


def test_one_is_in_the_style_of_django():
    """NFR-9: whoever reads other projects meets it there."""
    OWN.expect_class(
        "django.test.testcases.TestCase",
        wanted="at least one that passes in a class derived from django.test.TestCase",
    )


@pytest.mark.parametrize("kind", list(OWN.breaks))
def test_they_notice(kind):
    """NFR-9: a test is worth its lines if it fails when the thing breaks."""
    OWN.expect_noticed(kind, wanted="at least one of your tests failed (NFR-9)")
