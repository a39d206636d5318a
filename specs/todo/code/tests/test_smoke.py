"""The site starts: this holds from the first day to the last."""

import pytest
from django.contrib.auth import get_user_model


@pytest.mark.django_db
def test_first_page_answers_somebody_who_is_logged_in(client):
    client.force_login(get_user_model().objects.create_user("noor"))
    assert client.get("/").status_code == 200


def test_health_check_answers(client):
    assert client.get("/healthz/").content == b"ok"
