"""unit-tests: the learner's own tests pass, and fail when the chat is broken."""

import pytest

from acceptance.own import (
    CACHE_FAILS,
    DIRECT_ROOM,
    FOR_MEMBER,
    SECONDS,
    STORE_MESSAGE,
    TEST_CASE,
)
from acceptance.own_tests import OwnTests

OWN = OwnTests(
    {
        "for_member": FOR_MEMBER,
        "store_message": STORE_MESSAGE,
        "direct_room": DIRECT_ROOM,
        "may_send": CACHE_FAILS,
    },
    look="tests/",
    seconds=SECONDS,
)


def test_they_pass():
    """NFR-6: the learner's own tests are green, all of them."""
    OWN.expect_passed(wanted="every test passed (NFR-6)")


def test_there_are_twelve():
    """NFR-6: at least twelve besides the given one."""
    OWN.expect_count(12)


def test_one_is_a_method_of_a_test_case():
    """NFR-6: one meets both ways, and this is Django's."""
    wanted = "at least one in a subclass of django.test.TestCase"
    OWN.expect_class(TEST_CASE, wanted=wanted)


def test_one_is_a_function():
    """NFR-6: one meets both ways, and this is pytest's."""
    OWN.expect_class(wanted="at least one that is a function")


@pytest.mark.parametrize("kind", list(OWN.breaks))
def test_they_notice(kind):
    """NFR-6: a test is worth its lines if it fails when the thing breaks."""
    OWN.expect_noticed(kind, wanted="at least one of your tests failed (NFR-6)")
