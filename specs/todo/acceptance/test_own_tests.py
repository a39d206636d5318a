"""own-tests: the learner's own tests pass, and each of nine faults makes one fail."""

import pytest

from acceptance.own_tests import OwnTests

# Whoever asks for the rows of one user gets those of all: the condition is taken out of
# the SQL, so that it does not matter how the look-up is written.
EVERYBODY = """
import re
from django.db import connection

OWNER = re.compile(r'"({tables})"\\."owner_id" = (%s|\\?)')


def watch(execute, sql, params, many, context):
    if sql.startswith("SELECT"):
        sql = OWNER.sub(r"\\2 IS NOT NULL", sql)
    return execute(sql, params, many, context)


connection.execute_wrappers.append(watch)
"""

NO_RULES = """
from django.db import models
from django.db.backends.signals import connection_created
from todo.forms import TaskForm
from todo.models import Task

TaskForm.clean = lambda self: self.cleaned_data
Task.clean = models.Model.clean
Task._meta.constraints = []


def unchecked(sender, connection, **kwargs):
    connection.cursor().execute("PRAGMA ignore_check_constraints = ON")


connection_created.connect(unchecked, weak=False)
globals()["kept"] = unchecked
"""

OWN = OwnTests(
    {
        "tasks": (
            "every task is everybody's",
            EVERYBODY.replace("{tables}", "todo_task"),
        ),
        "names": (
            "every list and every label is everybody's",
            EVERYBODY.replace("{tables}", "todo_tasklist|todo_label"),
        ),
        "midnight": (
            "today is the day in UTC for everybody",
            "from datetime import UTC\n"
            "from django.utils import timezone\n"
            "timezone.get_current_timezone = lambda: UTC",
        ),
        "overdue": (
            "overdue() returns what is due today as well",
            "from todo.models import Task\n"
            "type(Task.objects.all()).overdue = lambda self, day: "
            "self.filter(done_at=None, due__lte=day)",
        ),
        "empty": (
            "every form accepts empty fields",
            "from django.db import models\n"
            "from django.forms import Field\n"
            "Field.validate = lambda self, value: None\n"
            "models.Field.validate = lambda self, value, instance: None",
        ),
        "rules": (
            "neither the form of a task nor the database has rules across fields",
            NO_RULES,
        ),
        "done": (
            "set_done(True) moves the time of a task that is done already",
            "from django.utils import timezone\n"
            "from todo.models import Task\n"
            "Task.set_done = lambda self, done: Task.objects.filter(pk=self.pk)."
            "update(done_at=timezone.now() if done else None)",
        ),
        "words": (
            "matching() finds tasks that have any of the words",
            "from functools import reduce\n"
            "from django.db.models import Q\n"
            "from todo.models import Task\n"
            "def matching(self, text):\n"
            "    words = [Q(title__icontains=w) | Q(notes__icontains=w)\n"
            "             for w in text.split()]\n"
            "    return self.filter(reduce(Q.__or__, words)) if words else self.all()\n"
            "type(Task.objects.all()).matching = matching\n"
            "globals()['Q'], globals()['reduce'] = Q, reduce",
        ),
        "counts": (
            "with_counts() counts a task once for each of its labels",
            "from django.db.models import Count, Q\n"
            "from todo.models import TaskList\n"
            "def with_counts(self, day, Count=Count, Q=Q):\n"
            "    late = Q(tasks__done_at=None, tasks__due__lt=day)\n"
            "    return self.annotate(\n"
            "        open_count=Count('tasks', filter=Q(tasks__done_at=None)),\n"
            "        overdue_count=Count('tasks', filter=late),\n"
            "        done_count=Count('tasks', filter=~Q(tasks__done_at=None)),\n"
            "        label_count=Count('tasks__labels', distinct=True))\n"
            "type(TaskList.objects.all()).with_counts = with_counts",
        ),
    },
    look="tests/test_todo.py",
)


def test_they_pass():
    """NFR-9: the learner's own tests are green, all of them."""
    OWN.expect_passed(wanted="every test passed (NFR-9)")


def test_there_are_twelve():
    """NFR-9: at least twelve besides the given one."""
    OWN.expect_count(
        12,
        wanted="at least twelve tests of your own that pass, besides "
        "tests/test_smoke.py (NFR-9)",
    )


def test_one_is_in_the_style_of_django():
    """NFR-9: whoever reads other projects meets it there."""
    OWN.expect_class(
        "django.test.testcases.TestCase",
        wanted="at least one that passes in a class derived from django.test.TestCase",
    )


@pytest.mark.parametrize("kind", list(OWN.breaks))
def test_they_notice(kind):
    """NFR-9: a test is worth its lines if it fails when the thing breaks."""
    OWN.expect_noticed(kind, wanted="at least one of your tests failed (NFR-9)")
