"""The faults that own-tests plants, each in memory, in the process of your tests.

They change what Django and your classes do, and none of your files. How your code is
written does not matter: a method is replaced in each class that has it, rules are taken
out of what a form gives back, and the owner out of the SQL.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, date
from functools import reduce
from pathlib import Path
from typing import Any

# ------------------------------------------------------------------------------ methods


def replace(model: Any, name: str, function: Callable[..., Any]) -> None:
    """Puts a function in place of a method of a model's managers and querysets."""
    manager = model._default_manager
    for start in (model.objects, manager, manager.all()):
        for kind in type(start).__mro__:
            if name in vars(kind):
                setattr(kind, name, function)


def overdue_too_early() -> None:
    """``overdue(day)`` finds what is due on the day as well."""
    from todo.models import Task

    def overdue(self: Any, day: date) -> Any:
        return self.filter(done_at=None, due__lte=day)

    replace(Task, "overdue", overdue)


def any_word() -> None:
    """``matching(text)`` finds what has any of the words."""
    from django.db.models import Q
    from todo.models import Task

    def matching(self: Any, text: str) -> Any:
        words = [Q(title__icontains=w) | Q(notes__icontains=w) for w in text.split()]
        return self.filter(reduce(Q.__or__, words)) if words else self.all()

    replace(Task, "matching", matching)


def counts_each_label() -> None:
    """``with_counts(day)`` counts a task once for each of its labels."""
    from django.db.models import Count, Q
    from todo.models import TaskList

    def with_counts(self: Any, day: date) -> Any:
        is_open = Q(tasks__done_at=None)
        return self.annotate(
            open_count=Count("tasks", filter=is_open),
            overdue_count=Count("tasks", filter=is_open & Q(tasks__due__lt=day)),
            done_count=Count("tasks", filter=Q(tasks__done_at__isnull=False)),
            label_count=Count("tasks__labels", distinct=True),
        )

    replace(TaskList, "with_counts", with_counts)


def done_again() -> None:
    """``set_done(True)`` moves the time of a task that is done already."""
    from django.utils import timezone
    from todo.models import Task

    def set_done(self: Any, done: bool) -> None:
        at = timezone.now() if done else None
        Task.objects.filter(pk=self.pk).update(done_at=at)

    Task.set_done = set_done


# -------------------------------------------------------------------------------- forms


def nothing_required() -> None:
    """Every form and every model accepts empty fields."""
    from django.db import models
    from django.forms import Field

    Field.validate = lambda self, value: None
    models.Field.validate = lambda self, value, instance: None


def no_rules() -> None:
    """No form of a task, and no constraint, compares one field with another.

    A form keeps what is wrong with a field by itself.
    """
    from django.core.exceptions import ValidationError
    from django.db import models
    from django.db.backends.signals import connection_created
    from django.forms import BaseForm
    from django.forms.models import construct_instance
    from todo.models import Task

    fields = ("start", "due", "priority")
    full_clean = BaseForm.full_clean

    def lenient(self: Any) -> None:
        full_clean(self)
        if not self.is_bound or not set(fields) <= set(self.fields):
            return
        for name in fields:
            try:
                value = self.fields[name]._clean_bound_field(self[name])
            except ValidationError:
                continue
            self._errors.pop(name, None)
            self.cleaned_data[name] = value
        self._errors.pop("__all__", None)
        if hasattr(self, "instance"):
            construct_instance(self, self.instance, self._meta.fields)

    def unchecked(sender: Any, connection: Any, **kwargs: Any) -> None:
        connection.cursor().execute("PRAGMA ignore_check_constraints = ON")

    BaseForm.full_clean = lenient
    Task.clean = models.Model.clean
    Task._meta.constraints = []
    connection_created.connect(unchecked, weak=False)


# ----------------------------------------------------------------------- owner and time


def everybodys(*names: str) -> None:
    """Whoever asks for one user's rows of these models finds those of all.

    The condition is taken out of the SQL, so it does not matter how the look-up is
    written.
    """
    from django.apps import apps
    from django.db import connection

    kinds = [apps.get_model("todo", name) for name in names]
    columns = "|".join(
        rf'"{kind._meta.db_table}"\."{kind._meta.get_field("owner").column}"'
        for kind in kinds
    )
    owner = re.compile(rf"(?:{columns}) = (%s|\?)")

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            sql = owner.sub(r"\1 IS NOT NULL", sql)
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(watch)


def always_utc() -> None:
    """The site takes the day of UTC for everybody's; tests keep their zones."""
    import zoneinfo

    from django.test.client import ClientHandler
    from django.urls import get_resolver
    from django.utils import timezone

    # What is imported later would keep the real ones.
    ClientHandler().load_middleware()
    assert get_resolver().url_patterns

    def zone(name: str) -> zoneinfo.ZoneInfo:
        zoneinfo.ZoneInfo(name)  # one that is unknown is still an error
        return zoneinfo.ZoneInfo("UTC")

    class Module:
        ZoneInfo = staticmethod(zone)

        def __getattr__(self, name: str) -> Any:
            return getattr(zoneinfo, name)

    timezone.get_current_timezone = lambda: UTC
    here = Path.cwd()
    for module in list(sys.modules.values()):
        file = Path(getattr(module, "__file__", None) or "/")
        if not file.is_relative_to(here) or "site-packages" in file.parts:
            continue
        inside = file.relative_to(here)
        if {"tests", "acceptance"} & {*inside.parts} or "test" in inside.stem:
            continue
        for name, value in list(vars(module).items()):
            if value is zoneinfo.ZoneInfo:
                setattr(module, name, zone)
            elif value is zoneinfo:
                setattr(module, name, Module())
