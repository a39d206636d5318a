"""The first test, given with the repository: the site answers."""

import pytest

# Some pages ask the database; pytest-django allows it to marked tests only.
pytestmark = pytest.mark.django_db


def test_the_start_page_answers(client):
    """A visitor who opens `/` gets a page."""
    assert client.get("/").status_code == 200
