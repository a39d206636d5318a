"""task-model: tasks are stored, and the database refuses what must not be."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.forms import modelform_factory

from acceptance.calls import same_cost
from acceptance.samples import ago, staff
from acceptance.support import expect, fail, fold, told
from acceptance.tasks import a_task, is_now, tasks, today_plus

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


def test_created_at_is_when_the_row_is_created(some, make_user):
    """FR-2: to the second, and it stays so when the row is saved again."""
    owner = make_user()
    look = f"{LOOK}, created_at: auto_now_add=True"

    def stamp():
        one = a_task(some, owner)
        one.refresh_from_db()
        return one.created_at

    is_now(
        stamp,
        did="Created a Task",
        wanted="created_at set to the current time",
        look=look,
    )
    one = a_task(some, owner)
    one.refresh_from_db()
    first = one.created_at
    with time_machine.travel(datetime(2032, 1, 2, 3, 4, 5, tzinfo=UTC), tick=False):
        one.save()
    one.refresh_from_db()
    expect(
        one.created_at == first,
        did="Saved a task again, much later",
        wanted="created_at as it was",
        got=f"it was {first}, and is {one.created_at}",
        look=look,
    )


def test_the_newest_task_comes_first(some, make_user):
    """FR-2: where nothing else is asked for."""
    owner = make_user()
    made = [a_task(some, owner) for _ in range(4)]
    found = list(tasks().objects.all())
    expect(
        found == made[::-1],
        did="Asked for Task.objects.all()",
        wanted="the newest first",
        got=", ".join(f"the task number {made.index(one) + 1}" for one in found),
        look=f"{LOOK}, Meta.ordering",
    )


@pytest.mark.parametrize(("field", "most"), [("title", 200), ("notes", 2000)])
def test_texts_have_a_greatest_length(some, make_user, field, most):
    """FR-2: forms ask the model how long a text may be."""
    one = tasks()(owner=make_user(), title="x")
    form_class = modelform_factory(type(one), fields=[field])
    for length in (most, most + 1):
        wrong = field in form_class({field: "x" * length}, instance=one).errors
        expect(
            wrong is (length > most),
            did=f"Sent {field} of {length} characters to a ModelForm of Task",
            wanted=f"{most} characters allowed, and not one more",
            got=f"an error of {field}" if wrong else f"no error of {field}",
            look=f"{LOOK}, {field}: max_length",
        )


def test_priorities_have_names(some, make_user):
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
    one = a_task(some, make_user())
    say = getattr(one, "get_priority_display", None)
    said = str(say()) if say else "there is no such method"
    expect(
        said == "Normal",
        did="Called get_priority_display() of a new task",
        wanted="Normal",
        got=said,
        look=f"{LOOK}, priority: choices=Priority",
    )


BAD = {
    "a priority of 0": {"priority": 0, "due": DAY},
    "a priority of 4": {"priority": 4, "due": DAY},
    "a priority of 9": {"priority": 9, "due": DAY},
    "a start after the due date": {"start": DAY + timedelta(days=1), "due": DAY},
    "a high priority without a due date": {"priority": 3},
    "a high priority with a start only": {"priority": 3, "start": DAY},
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


def test_the_admin_says_what_a_task_is(visitor, some, make_user):
    """FR-12: priority, due date and the moment when it was done, in the list."""
    tasks()
    someone = visitor.sign_in(staff(make_user))
    one = a_task(some, make_user())
    said = [row_of(someone, one)]
    for fields in (
        {"priority": 3, "due": today_plus(40)},
        {"priority": 3, "due": today_plus(75)},
        {"done_at": ago(days=3)},
    ):
        type(one).objects.filter(pk=one.pk).update(**fields)
        said.append(row_of(someone, one))
    for what, new in (
        ("the name of its priority", "High" in said[1]),
        ("its due date", said[1] != said[2]),
        ("when it was done", said[2] != said[3]),
    ):
        expect(
            new,
            did="Opened /admin/todo/task/ with a task that was changed between",
            wanted=f"{what} in its row",
            got=f'the row says "{said[-1][:160]}"',
            look="todo/admin.py, list_display",
        )


def row_of(someone, one):
    """The text of the row of a task in the admin."""
    __tracebackhide__ = True
    page = someone.get("/admin/todo/task/").expect_status(200, look="todo/admin.py")
    rows = [fold(tag.get_text(" ")) for tag in page.soup.find_all("tr")]
    return next((text for text in rows if one.title in text), "")


def test_done_at_is_not_for_forms(visitor, some, make_user):
    """FR-5: it is set by completing the task, in the admin, too."""
    tasks()
    one = a_task(some, make_user())
    page = visitor.sign_in(staff(make_user)).get(f"/admin/todo/task/{one.pk}/change/")
    page.expect_status(200, look="todo/admin.py")
    found = [
        str(tag["name"])
        for tag in page.soup.find_all(["input", "textarea"], attrs={"name": True})
        if str(tag["name"]).startswith("done_at")
    ]
    expect(
        not found,
        did=page.did,
        wanted="no field for done_at",
        got=f"the fields {', '.join(found)}",
        look=f"{LOOK}, done_at: editable=False",
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
