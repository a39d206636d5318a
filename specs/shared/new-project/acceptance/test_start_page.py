"""start-page: WRITE: in one line what the task brings.

WRITE: a test for each sentence of the contract; each begins with the requirement and
fails by NotYet, whatever the design.
"""

from acceptance.support import expect, url

LOOK = "__app__/views.py, home"


def test_the_start_page_answers(visitor):
    """FR-1: `/` has a heading."""
    page = visitor.get(url("__app__:home")).expect_status(200, look=LOOK)
    expect(
        page.soup.find("h1") is not None,
        did=page.did,
        wanted="a heading <h1>",
        got="none",
        look=LOOK,
    )


def test_nothing_can_be_sent(visitor):
    """FR-1: the page is for reading."""
    visitor.post(url("__app__:home"), {}).expect_status(
        405, wanted="status 405: the page is for reading (FR-1)", look=LOOK
    )
