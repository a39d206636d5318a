# task own-tests: file
"""What the guide promises its visitors."""

import pytest
from django.urls import reverse

from guide.models import Place
from guide.places import walk_text


@pytest.fixture
def pool(db):
    return Place.objects.create(
        name="Tidal Pool",
        slug="tidal-pool",
        kind="On the water",
        minutes=12,
        note="Cold, clean and free.",
    )


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "at the station"),
        (1, "1 min on foot"),
        (59, "59 min on foot"),
        (60, "1 h on foot"),
        (125, "2 h 5 min on foot"),
    ],
)
def test_walk_text_speaks_like_a_signpost(minutes, text):
    """Hours appear from sixty minutes on, and nothing is said of nought minutes."""
    assert walk_text(minutes) == text


def test_the_home_page_lists_a_place(client, pool):
    """A visitor finds each place with its walk, linked to its own page."""
    response = client.get(reverse("guide:home"))
    assert response.status_code == 200
    content = response.content.decode()
    assert "Tidal Pool" in content
    assert "12 min on foot" in content
    assert reverse("guide:place", args=["tidal-pool"]) in content


def test_the_home_page_without_places_says_so(client, db):
    """An empty guide is a page too."""
    assert b"No place has been added yet." in client.get(reverse("guide:home")).content


def test_a_place_that_is_gone_is_not_listed(client, pool):
    """The home page shows what is in the table, and nothing else."""
    pool.delete()
    assert b"Tidal Pool" not in client.get(reverse("guide:home")).content


def test_a_place_has_its_own_page(client, pool):
    """The page of a place holds its name and its note."""
    response = client.get(reverse("guide:place", args=["tidal-pool"]))
    assert response.status_code == 200
    assert "Cold, clean and free." in response.content.decode()


def test_an_unknown_place_is_not_found(client, pool):
    """An address that no place has answers 404."""
    response = client.get(reverse("guide:place", args=["no-such-place"]))
    assert response.status_code == 404


def test_the_pages_are_read_only(client, pool):
    """Nothing can be sent to the guide."""
    assert client.post(reverse("guide:home")).status_code == 405
    assert client.post(reverse("guide:place", args=["tidal-pool"])).status_code == 405
