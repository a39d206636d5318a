# task own-tests: file
"""What the tests have in common."""

from io import BytesIO

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from recipes.models import Category, Recipe

MEMORY = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    """A cache of its own for each test, and no file in `media/`.

    Not `cache.clear()`: `REDIS_URL` may name a Redis with much else in it.
    """
    settings.CACHES = {"default": {"BACKEND": MEMORY, "LOCATION": str(tmp_path)}}
    settings.MEDIA_ROOT = tmp_path
    # A good hash is slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def author(db):
    return get_user_model().objects.create_user("ines", "ines@example.com")


@pytest.fixture
def stranger(db):
    return get_user_model().objects.create_user("otto", "otto@example.com")


@pytest.fixture
def category(db):
    return Category.objects.create(name="Soups", slug="soups")


@pytest.fixture
def make_recipe(author, category):
    def make(title="Leek soup", ingredients=("Leeks", "Salt"), **fields):
        defaults = {
            "author": author,
            "category": category,
            "prep_minutes": 10,
            "status": "published",
        }
        recipe = Recipe.objects.create(title=title, **defaults | fields)
        for position, name in enumerate(ingredients, start=1):
            recipe.ingredients.create(position=position, name=name)
        recipe.steps.create(position=1, text="Stir and wait.")
        return recipe

    return make


@pytest.fixture
def api():
    """A client of the API; `api.force_authenticate(user)` signs somebody in."""
    return APIClient()


@pytest.fixture
def picture():
    """A photograph to upload."""
    buffer = BytesIO()
    Image.new("RGB", (320, 240), "olive").save(buffer, "JPEG")
    return SimpleUploadedFile("soup.jpg", buffer.getvalue(), "image/jpeg")
