"""The site starts: true from the first day to the last."""

import pytest


@pytest.mark.django_db
def test_start_page_answers(client):
    assert client.get("/").status_code == 200


def test_health_check_answers(client):
    assert client.get("/healthz/").content == b"ok"
