"""task-model: tasks are stored, and the database refuses what must not be."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from acceptance.calls import same_cost
from acceptance.samples import staff
from acceptance.support import expect, fail, told
from acceptance.tasks import a_task, tasks

LOOK = "todo/models.py, Task"
DAY = date(2027, 3, 14)


def test_a_task_needs_an_owner_and_a_title(some, make_user):
    """FR-2: everything else has a value from the start."""
    owner = make_user()
    one = a_task(some, owner)
    one.refresh_from_db()
    found = (one.priority, one.done_at, one.start, one.due, one.notes)
    expect(
        found == (2, None, None, None, ""),
        did="Created a Task with owner and title only",
        wanted="priority 2, no done_at, no start, no due, empty notes",
        got=f"{found}",
        look=LOOK,
    )
    expect(
        str(one) == one.title,
        did="Called str() with a task",
        wanted=f"its title, {one.title}",
        got=str(one),
        look=f"{LOOK}, __str__",
    )
    expect(
        one.created_at is not None,
        did="Created a Task",
        wanted="created_at set automatically",
        got="it is None",
        look=f"{LOOK}, created_at",
    )
    related = getattr(owner, "tasks", None)
    found = "there is no such name" if related is None else list(related.all())
    expect(
        found == [one],
        did="Asked for user.tasks",
        wanted="the tasks of the user",
        got=f"{found}",
        look=f"{LOOK}, owner: related_name",
    )


def test_priorities_have_names():
    """FR-2: the choices are a class of the model."""
    kind = tasks()
    try:
        found = [int(kind.Priority[name]) for name in ("LOW", "NORMAL", "HIGH")]
    except (AttributeError, KeyError) as error:
        fail(
            did="Asked for Task.Priority",
            wanted="LOW, NORMAL and HIGH",
            got=told(error),
            look=LOOK,
        )
    expect(
        found == [1, 2, 3],
        did="Asked for Task.Priority.LOW, NORMAL and HIGH",
        wanted="1, 2 and 3",
        got=", ".join(map(str, found)),
        look=LOOK,
    )


BAD = {
    "a priority of 0": {"priority": 0, "due": DAY},
    "a priority of 4": {"priority": 4, "due": DAY},
    "a priority of 9": {"priority": 9, "due": DAY},
    "a start after the due date": {"start": DAY + timedelta(days=1), "due": DAY},
    "a high priority without a due date": {"priority": 3},
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("way", ["create", "update"])
def test_the_database_refuses(some, make_user, what, way):
    """NFR-6: whoever writes, by whatever way."""
    one = a_task(some, make_user())
    kind = type(one)
    fields = BAD[what]
    try:
        with transaction.atomic():
            if way == "create":
                kind.objects.create(owner=one.owner, title="x", **fields)
            else:
                kind.objects.filter(pk=one.pk).update(**fields)
    except IntegrityError:
        return
    fail(
        did=f"Stored a Task by {way}() with {what}",
        wanted="an IntegrityError: the database refuses it (NFR-6)",
        got="it is stored",
        look=f"{LOOK}, Meta.constraints",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"start": DAY, "due": DAY},
        {"start": DAY},
        {"due": DAY},
        {"start": DAY, "due": DAY + timedelta(days=1)},
        {"priority": 3, "due": DAY},
        {"priority": 1},
    ],
)
def test_the_database_accepts(some, make_user, fields):
    """FR-4: the rules refuse no more than they say."""
    one = a_task(some, make_user(), **fields)
    one.refresh_from_db()
    found = {name: getattr(one, name) for name in fields}
    expect(
        found == fields,
        did=f"Stored a Task with {fields}",
        wanted="these values",
        got=f"{found}",
        look=LOOK,
    )


def test_tasks_go_with_their_owner(some, make_user):
    """FR-11: and with nobody else."""
    mine, other = a_task(some, make_user()), a_task(some, make_user())
    mine.owner.delete()
    left = list(type(other).objects.all())
    expect(
        left == [other],
        did="Deleted one of two users with a task each",
        wanted="the task of the other user left",
        got=f"{len(left)} tasks left",
        look=f"{LOOK}, owner: on_delete",
    )


def test_staff_see_tasks_in_the_admin(visitor, some, make_user):
    """FR-12: with their owners, in a fixed number of queries."""
    tasks()
    someone = visitor.sign_in(staff(make_user))
    one = a_task(some, make_user())
    path = "/admin/todo/task/"
    look = "todo/admin.py"
    page = someone.get(path).expect_status(200, look=look)
    for text in (one.title, one.owner.get_username()):
        page.expect_shows(text, wanted=f"{text} in the list of the admin", look=look)
    same_cost(
        someone,
        path,
        lambda: a_task(some, make_user()),
        few=2,
        many=7,
        things="more tasks of different users",
        look=f"{look}, list_select_related",
    )


@pytest.mark.django_db
def test_demo_data_can_be_loaded_twice():
    """FR-12: the second time changes nothing."""
    kind = tasks()
    counts = []
    for _ in range(2):
        try:
            call_command("seed_demo", verbosity=0)
        except Exception as error:
            fail(
                did="Ran python manage.py seed_demo",
                wanted="demo tasks",
                got=told(error),
                look=LOOK,
            )
        counts.append(kind.objects.count())
    expect(
        counts[0] == counts[1] > 0,
        did="Ran python manage.py seed_demo twice",
        wanted="the same number of tasks both times",
        got=f"{counts[0]}, then {counts[1]}",
        look=LOOK,
    )
