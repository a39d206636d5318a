"""Loads demo data: two users, their tasks, and the lists and labels on them.

The command uses those models and fields that exist, so it works from the first model
on. What is there already stays as it is.
"""

from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from todo.management.demo_tasks import DEMO

ZONES = {"noor": "Europe/Lisbon", "kai": "Pacific/Auckland"}
PASSWORD = "demo-day-by-day"


def model(name):
    try:
        return apps.get_model("todo", name)
    except LookupError:
        return None


# shared: management/has_field.py


class Command(BaseCommand):
    help = "Loads demo users, tasks, lists and labels."

    def add_arguments(self, parser):
        parser.add_argument(
            "--many",
            action="store_true",
            help="also adds tasks for the first user, until there are 10,000",
        )

    @transaction.atomic
    def handle(self, *args, many, **options):
        self.task_class = model("Task")
        if self.task_class is None:
            raise CommandError("There is no model todo.Task yet; write it first.")
        self.today = timezone.localdate()
        users = {name: self.user(name) for name in ZONES}
        for owner, *entry in DEMO:
            self.load(users[owner], *entry)
        if many:
            self.add_many(users["noor"])
        self.stdout.write(f"{self.task_class.objects.count()} tasks")
        if settings.DEBUG:
            self.stdout.write(f"Log in as {' or '.join(ZONES)}: {PASSWORD}")

    def user(self, name):
        user, created = get_user_model().objects.get_or_create(username=name)
        if created:
            if hasattr(user, "time_zone"):
                user.time_zone = ZONES[name]
            # Everybody can read this password, so it is for development only.
            if settings.DEBUG:
                user.set_password(PASSWORD)
            else:
                user.set_unusable_password()
            user.save()
        return user

    def load(self, owner, title, priority, start, due, done, home, labels, notes):
        task, _ = self.task_class.objects.get_or_create(
            owner=owner,
            title=title,
            defaults={
                "notes": notes,
                "priority": priority,
                "start": self.day(start),
                "due": self.day(due),
                "done_at": done and timezone.now() - timedelta(days=done),
            },
        )
        if home and has_field(self.task_class, "task_list") and not task.task_list:
            task.task_list = self.named("TaskList", owner, home)
            task.save()
        if labels and has_field(self.task_class, "labels") and not task.labels.exists():
            task.labels.set([self.named("Label", owner, name) for name in labels])

    def day(self, days):
        return None if days is None else self.today + timedelta(days=days)

    def named(self, name, owner, text):
        return model(name).objects.get_or_create(owner=owner, name=text)[0]

    def add_many(self, owner):
        """Most of them done long ago, as in a list that has been used for years."""
        fields = {"owner": owner}
        homes = [None]
        if has_field(self.task_class, "task_list"):
            homes = [
                self.named("TaskList", owner, name) for name in ("Home", "Work", "Sea")
            ]
        rows = []
        count = self.task_class.objects.filter(owner=owner).count()
        for number in range(count, 10_000):
            if has_field(self.task_class, "task_list"):
                fields["task_list"] = homes[number % len(homes)]
            rows.append(
                self.task_class(
                    title=f"Entry {number} of the log",
                    due=self.day(number % 400 - 390),
                    done_at=timezone.now() if number % 50 else None,
                    **fields,
                )
            )
        self.task_class.objects.bulk_create(rows, batch_size=500)
