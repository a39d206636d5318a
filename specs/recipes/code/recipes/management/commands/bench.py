# task bench: file
"""Measures the pages that are asked for most, with an empty cache and with a full one.

It leaves nothing: the rows it makes are rolled back, and what it keeps in the cache
has a prefix of its own and is deleted.
"""

import json
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from statistics import median
from time import perf_counter
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recipes.models import Category, Ingredient, Rating, Recipe, Step

PATHS = ["/", "/recipes/", "/api/recipes/"]
COOKS = 10
CATEGORIES = 5
INGREDIENTS = ["flour", "butter", "leeks", "salt", "water"]
STEPS = 3


class Command(BaseCommand):
    help = "Measures /, /recipes/ and /api/recipes/, cold and warm."

    def add_arguments(self, parser):
        parser.add_argument("--recipes", type=int, default=1000, metavar="N")
        parser.add_argument("--rounds", type=int, default=20, metavar="N")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *, recipes, rounds, **options):
        if recipes < 1 or rounds < 1:
            raise CommandError("--recipes and --rounds are whole numbers from 1.")
        self.addresses = count()
        with transaction.atomic():
            make_recipes(recipes)
            results = [
                {"path": path, "recipes": recipes, **self.measure(path, rounds)}
                for path in PATHS
            ]
            # After an error Django does so by itself.
            transaction.set_rollback(True)
        if options["json"]:
            self.stdout.write(json.dumps(results))
        else:
            self.print_table(results)

    def measure(self, path, rounds):
        """Medians of both requests of a round."""
        with own_cache():
            self.get(path)  # The first one compiles templates.
        found = {name: [] for name in ("cold_ms", "warm_ms")}
        queries = {name: [] for name in ("cold_queries", "warm_queries")}
        for _ in range(rounds):
            # Counting takes time, so what is timed is not counted.
            with own_cache():
                for numbers in queries.values():
                    with CaptureQueriesContext(connection) as captured:
                        self.get(path)
                    numbers.append(len(captured))
            with own_cache():
                for times in found.values():
                    start = perf_counter()
                    self.get(path)
                    times.append(1000 * (perf_counter() - start))
        return {
            **{name: round(median(times), 3) for name, times in found.items()},
            **{name: median(numbers) for name, numbers in queries.items()},
        }

    def get(self, path):
        # Each from an address of its own, or the throttle would be measured.
        number = next(self.addresses)
        address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
        client = Client(REMOTE_ADDR=address, SERVER_NAME="localhost")
        response = client.get(path, secure=True)
        if response.status_code != 200:
            raise CommandError(f"{path} answers {response.status_code}, not 200.")

    def print_table(self, results):
        line = "{:16}{:>13}{:>9}{:>13}{:>9}".format
        self.stdout.write(f"{results[0]['recipes']} recipes, medians")
        self.stdout.write(line("path", "cold queries", "ms", "warm queries", "ms"))
        for row in results:
            self.stdout.write(
                line(
                    row["path"],
                    f"{row['cold_queries']:g}",
                    f"{row['cold_ms']:.2f}",
                    f"{row['warm_queries']:g}",
                    f"{row['warm_ms']:.2f}",
                )
            )


@contextmanager
def own_cache():
    """The site's cache with nothing in it: other keys, deleted at the end."""
    before, used = (cache.key_prefix, cache.key_func), set()

    def remembered(key, key_prefix, version):
        used.add((key, version))
        return before[1](key, key_prefix, version)

    cache.key_prefix, cache.key_func = f"bench-{uuid4().hex}", remembered
    try:
        yield
    finally:
        for key, version in list(used):
            cache.delete(key, version)
        cache.key_prefix, cache.key_func = before


def make_recipes(number):
    """Published recipes with rows and ratings, by several cooks, in a few queries.

    `bulk_create` calls no `save()` and sends no signal: slugs and dates are given here,
    and nobody gets a mail.
    """
    run, now = uuid4().hex[:8], timezone.now()
    users = get_user_model().objects
    cooks = users.bulk_create(
        users.model(username=f"bench-{run}-{each}") for each in range(COOKS)
    )
    categories = list(Category.objects.all()) or Category.objects.bulk_create(
        Category(name=f"Bench {run} {each}", slug=f"bench-{run}-{each}")
        for each in range(CATEGORIES)
    )
    recipes = Recipe.objects.bulk_create(
        Recipe(
            author=cooks[each % COOKS],
            category=categories[each % len(categories)],
            title=f"Bench {each}",
            slug=f"bench-{run}-{each}",
            description="Measured, not eaten.",
            prep_minutes=5 + each % 40,
            status=Recipe.Status.PUBLISHED,
            published_at=now - timedelta(minutes=each),
        )
        for each in range(number)
    )
    Ingredient.objects.bulk_create(
        Ingredient(recipe=recipe, position=position, name=name)
        for recipe in recipes
        for position, name in enumerate(INGREDIENTS, start=1)
    )
    Step.objects.bulk_create(
        Step(recipe=recipe, position=position, text="Stir and wait.")
        for recipe in recipes
        for position in range(1, STEPS + 1)
    )
    Rating.objects.bulk_create(
        Rating(recipe=recipe, user=cooks[(each + 1) % COOKS], stars=1 + each % 5)
        for each, recipe in enumerate(recipes)
    )
