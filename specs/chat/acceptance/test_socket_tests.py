"""socket-tests: the learner's tests of the socket pass, and fail when it is broken."""

import pytest

from acceptance.own import (
    FOR_MEMBER,
    MAY_SEND,
    SECONDS,
    SOCKET,
    TEST_CASE,
    TRANSACTION_TEST_CASE,
    VALID_ORIGIN,
)
from acceptance.own_tests import OwnTests
from acceptance.support import expect

OWN = OwnTests(
    {"for_member": FOR_MEMBER, "may_send": MAY_SEND, "valid_origin": VALID_ORIGIN},
    look=SOCKET,
    within=SOCKET,
    seconds=SECONDS,
)


def there(root):
    """The file is there: without it nothing need run."""
    __tracebackhide__ = True
    expect(
        (root / SOCKET).is_file(),
        did=f"Looked for {SOCKET}",
        wanted="a file with your tests of the socket (NFR-6)",
        got="there is no such file",
        look=SOCKET,
    )


def test_they_pass(root):
    """NFR-6: the learner's own tests are green, those of the socket among them."""
    there(root)
    OWN.expect_passed(wanted="every test passed (NFR-6)")


def test_there_are_eight(root):
    """NFR-6: at least eight speak to the socket."""
    there(root)
    OWN.expect_count(8)


def test_one_is_a_method_of_a_transaction_test_case(root):
    """NFR-6: in a TestCase nothing is ever committed."""
    there(root)
    wanted = "at least one in a subclass of django.test.TransactionTestCase"
    OWN.expect_class(TRANSACTION_TEST_CASE, but=TEST_CASE, wanted=wanted)


def test_one_is_a_function(root):
    """NFR-6: under pytest.mark.asyncio."""
    there(root)
    OWN.expect_class(wanted="at least one that is a function")


@pytest.mark.parametrize("kind", list(OWN.breaks))
def test_they_notice(root, kind):
    """NFR-6: who may read, how much one may send, and from where, is guarded."""
    there(root)
    OWN.expect_noticed(kind, wanted="at least one of your tests failed (NFR-6)")
