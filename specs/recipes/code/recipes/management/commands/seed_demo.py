"""Loads demo data: two cooks and 27 recipes, and what else there are models for.

The command finds out by itself how far the site has been built, so it works from the
first models on. Running it again changes nothing that is there already.
"""

import json
from datetime import timedelta
from hashlib import md5
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from recipes.management import pictures

DATA = Path(__file__).resolve().parent.parent / "demo_recipes.json"
COOKS = {
    "ines": (
        "Inês",
        "Duarte",
        "Cooks for whoever is there. Writes down what was good.",
    ),
    "oskar": (
        "Oskar",
        "Lindqvist",
        "Bread, jars, and anything that needs three hours.",
    ),
}
PASSWORD = "demo-long-table"


def model(name, app="recipes"):
    """The model with this name, or None as long as there is none."""
    try:
        return apps.get_model(app, name)
    except LookupError:
        return None


# shared: management/has_field.py


class Command(BaseCommand):
    help = "Loads demo cooks, categories, recipes, pictures, comments and ratings."

    @transaction.atomic
    def handle(self, *args, **options):
        if model("Recipe") is None:
            raise CommandError("There is no model recipes.Recipe yet; write it first.")
        self.now = timezone.now()
        self.cooks = {name: self.cook(name) for name in COOKS}
        for entry in json.loads(DATA.read_text(encoding="utf-8")):
            self.load(entry)
        self.follow()
        self.report()

    def cook(self, username):
        first, last, bio = COOKS[username]
        user, created = get_user_model().objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{username}@example.org",
            },
        )
        if created:
            # A password that stands in the code is for development only.
            if settings.DEBUG:
                user.set_password(PASSWORD)
            else:
                user.set_unusable_password()
            user.save()
        if profiles := model("Profile", "accounts"):
            profile, _ = profiles._default_manager.get_or_create(user=user)
            if created and has_field(profiles, "bio"):
                profile.bio = bio
                profile.save()
        return user

    def load(self, entry):
        values = {
            "title": entry["title"],
            "author": self.cooks[entry["author"]],
            "category": self.category(entry["category"]),
            "description": entry["description"],
            "servings": entry["servings"],
            "prep_minutes": entry["prep_minutes"],
            "cook_minutes": entry["cook_minutes"],
            "status": "draft",
        }
        if (days := entry["published_days_ago"]) is not None:
            values["status"] = "published"
            values["published_at"] = self.now - timedelta(days=days)
        recipe, created = model("Recipe")._default_manager.get_or_create(
            slug=slugify(entry["title"]), defaults=values
        )
        if created:
            self.load_rows(recipe, entry)
        if has_field(model("Recipe"), "image") and not recipe.image:
            self.load_picture(recipe, entry)
        if values["status"] == "published":
            self.load_opinions(recipe, entry)

    def category(self, name):
        category, _ = model("Category")._default_manager.get_or_create(
            name=name, defaults={"slug": slugify(name)}
        )
        return category

    def load_rows(self, recipe, entry):
        if ingredients := model("Ingredient"):
            for place, (amount, unit, name) in enumerate(entry["ingredients"], 1):
                ingredients._default_manager.create(
                    recipe=recipe, position=place, amount=amount, unit=unit, name=name
                )
        if steps := model("Step"):
            for place, text in enumerate(entry["steps"], 1):
                steps._default_manager.create(recipe=recipe, position=place, text=text)

    def load_picture(self, recipe, entry):
        picture = pictures.draw(entry["title"], entry["category"])
        name = md5(entry["title"].encode(), usedforsecurity=False).hexdigest() + ".jpg"
        recipe.image = pictures.as_file(picture, 1600, name)
        if has_field(model("Recipe"), "thumbnail"):
            recipe.thumbnail = pictures.as_file(picture, 480, name)
        recipe.save()

    def load_opinions(self, recipe, entry):
        """The other cook says something, and gives stars."""
        other = next(user for user in self.cooks.values() if user != recipe.author)
        comments, ratings = model("Comment"), model("Rating")
        if comments and entry["comment"] and not recipe.comments.exists():
            comments._default_manager.create(
                recipe=recipe, author=other, body=entry["comment"]
            )
        if ratings and entry["stars"]:
            ratings._default_manager.get_or_create(
                recipe=recipe, user=other, defaults={"stars": entry["stars"]}
            )

    def follow(self):
        if follows := model("Follow", "accounts"):
            ines, oskar = self.cooks.values()
            follows._default_manager.get_or_create(follower=oskar, cook=ines)

    def report(self):
        for name in ("Category", "Recipe", "Comment", "Rating"):
            if (cls := model(name)) is not None:
                plural = cls._meta.verbose_name_plural
                self.stdout.write(f"{cls._default_manager.count()} {plural}")
        if settings.DEBUG:
            self.stdout.write(f"Sign in as {' or '.join(COOKS)}: {PASSWORD}")
