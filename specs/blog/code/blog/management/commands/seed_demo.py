"""Loads demo data: two authors and fifteen posts, and what else there are models for.

The command finds out by itself how far the blog has been built, so it works from the
first model on. Running it again changes nothing that is there already.
"""

import json
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

DATA = Path(__file__).resolve().parent.parent / "demo_posts.json"
AUTHORS = {"mira": ("Mira", "Halloran"), "tomas": ("Tomás", "Reyes")}
PASSWORD = "demo-harbour-notes"


def model(name):
    """The model of the blog with this name, or None as long as there is none."""
    try:
        return apps.get_model("blog", name)
    except LookupError:
        return None


# shared: management/has_field.py


class Command(BaseCommand):
    help = "Loads demo authors, posts, categories, tags and comments."

    @transaction.atomic
    def handle(self, *args, **options):
        post_class = model("Post")
        if post_class is None:
            raise CommandError("There is no model blog.Post yet; write it first.")
        self.now = timezone.now()
        authors = {name: self.author(name) for name in AUTHORS}
        for entry in json.loads(DATA.read_text(encoding="utf-8")):
            self.load(post_class, entry, authors[entry["author"]])
        self.report()

    def author(self, username):
        first, last = AUTHORS[username]
        user, created = get_user_model().objects.get_or_create(
            username=username, defaults={"first_name": first, "last_name": last}
        )
        if created:
            # A password that stands in the code is for development only.
            if settings.DEBUG:
                user.set_password(PASSWORD)
            else:
                user.set_unusable_password()
            user.save()
        return user

    def load(self, post_class, entry, author):
        values = {
            "title": entry["title"],
            "author": author,
            "body": "\n\n".join(entry["body"]),
            "status": "draft",
        }
        if (days := entry["published_days_ago"]) is not None:
            values["status"] = "published"
            values["published_at"] = self.now - timedelta(days=days)
        post, _ = post_class._default_manager.get_or_create(
            slug=slugify(entry["title"]), defaults=values
        )
        if has_field(post_class, "category") and post.category_id is None:
            post.category = self.label("Category", entry["category"])
            post.save()
        if has_field(post_class, "tags") and not post.tags.exists():
            post.tags.set([self.label("Tag", name) for name in entry["tags"]])
        if model("Comment") and not post.comments.exists():
            for name, body in entry["comments"]:
                post.comments.create(name=name, body=body)

    def label(self, name, text):
        label, _ = model(name)._default_manager.get_or_create(
            name=text,
            defaults={"slug": slugify(text)},
        )
        return label

    def report(self):
        for name in ("Post", "Category", "Tag", "Comment"):
            if (cls := model(name)) is not None:
                plural = cls._meta.verbose_name_plural
                self.stdout.write(f"{cls._default_manager.count()} {plural}")
        if settings.DEBUG:
            self.stdout.write(f"Sign in as {' or '.join(AUTHORS)}: {PASSWORD}")
