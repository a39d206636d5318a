"""The API's list of 10 and of 10,000 recipes, cold and warm."""

from __future__ import annotations

from pathlib import Path

from djangopath import catalogue
from tools import cuts, environments, load, services
from tools.site import Site

GROW = """
import json
from django.contrib.auth import get_user_model
from django.utils import timezone
from recipes.models import Category, Ingredient, Rating, Recipe, Step
User = get_user_model()
wanted = %d
old = Recipe.objects.count()
cooks = [User.objects.get_or_create(username=f"cook{n}")[0] for n in range(20)]
shelves = [
    Category.objects.get_or_create(name=f"Shelf {n}", slug=f"shelf-{n}")[0]
    for n in range(10)
]
now = timezone.now()
fresh = Recipe.objects.bulk_create(
    [
        Recipe(
            author=cooks[n %% 20], category=shelves[n %% 10], title=f"Recipe {n}",
            slug=f"recipe-{n}", description="Slow, and worth it. " * 5, servings=4,
            prep_minutes=10, cook_minutes=n %% 90, status="published", published_at=now,
        )
        for n in range(old, wanted)
    ],
    batch_size=500,
)
Ingredient.objects.bulk_create(
    [
        Ingredient(recipe=r, position=p, amount=p, unit="g", name=f"thing {p}")
        for r in fresh for p in range(1, 6)
    ],
    batch_size=1000,
)
Step.objects.bulk_create(
    [
        Step(recipe=r, position=p, text="Stir until it looks right.")
        for r in fresh for p in range(1, 4)
    ],
    batch_size=1000,
)
Rating.objects.bulk_create(
    [
        Rating(recipe=r, user=cook, stars=1 + r.pk %% 5)
        for r in fresh for cook in cooks[:2]
    ],
    batch_size=1000,
)
print(json.dumps(Recipe.objects.count()))
"""


def bench(place: Path) -> None:
    """Prints what the list costs from the database and from the cache."""
    project = catalogue.load("recipes")
    folder = cuts.write_cut(project, len(project.tasks), place / "site")
    with services.real(project) as env:
        site = Site(project, folder, environments.environment(project), "", env)
        site.manage("migrate", "--verbosity", "0")
        load.cold_and_warm(
            site,
            "/api/recipes/?page_size=100",
            lambda wanted: site.shell(GROW % wanted),
        )
