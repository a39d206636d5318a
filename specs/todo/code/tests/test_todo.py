# task own-tests: file
"""What must stay true of the to-do list, whatever is changed in it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from todo.models import Label, Task, TaskList

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)
# Half past ten in the evening in Auckland, still the same morning in UTC.
EVENING = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def user():
    return get_user_model().objects.create_user("ana", time_zone="Pacific/Auckland")


@pytest.fixture
def stranger():
    return get_user_model().objects.create_user("ben")


@pytest.fixture
def mine(client, user):
    """The browser of the user."""
    client.force_login(user)
    return client


@pytest.fixture
def make_task(user):
    def make(title, *labels, owner=user, **fields):
        task = Task.objects.create(title=title, owner=owner, **fields)
        task.labels.set(labels)
        return task

    return make


def titles(response):
    return [task.title for task in response.context["tasks"]]


def sent(**changes):
    """What the form of a task sends."""
    return {
        "title": "Row",
        "notes": "",
        "start": "",
        "due": "",
        "priority": "2",
    } | changes


# ------------------------------------------------------------------------------- owners


@pytest.mark.parametrize("name", ["task-edit", "task-delete", "task-done"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_task_of_somebody_else_does_not_exist(mine, make_task, stranger, name, method):
    task = make_task("Theirs", owner=stranger)
    url = reverse(f"todo:{name}", args=[task.pk])
    response = getattr(mine, method)(url, sent(done="1"))
    assert response.status_code == (
        405 if (name, method) == ("task-done", "get") else 404
    )
    task.refresh_from_db()
    assert (task.title, task.done_at) == ("Theirs", None)


@pytest.mark.parametrize("kind", ["list", "label"])
@pytest.mark.parametrize("name", ["edit", "delete"])
def test_names_of_somebody_else_do_not_exist(mine, stranger, kind, name):
    model = {"list": TaskList, "label": Label}[kind]
    row = model.objects.create(owner=stranger, name="Theirs")
    response = mine.post(
        reverse(f"todo:{kind}-{name}", args=[row.pk]), {"name": "Mine"}
    )
    assert response.status_code == 404
    row.refresh_from_db()
    assert row.name == "Theirs"


def test_list_and_search_show_own_tasks_only(mine, make_task, stranger):
    make_task("Row home")
    make_task("Row away", owner=stranger)
    assert titles(mine.get("/")) == ["Row home"]
    assert titles(mine.get("/?q=row")) == ["Row home"]


def test_form_refuses_list_and_label_of_somebody_else(mine, stranger):
    home = TaskList.objects.create(owner=stranger, name="Home")
    label = Label.objects.create(owner=stranger, name="Red")
    data = sent(task_list=home.pk, labels=[label.pk])
    response = mine.post("/tasks/add/", data)
    assert {"task_list", "labels"} <= set(response.context["form"].errors)
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    "path", ["/", "/tasks/add/", "/lists/", "/labels/", "/accounts/settings/"]
)
def test_visitor_is_sent_to_the_login_page(client, path):
    assert client.get(path).url == f"/accounts/login/?next={path}"


# -------------------------------------------------------------------------------- forms


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"title": "x" * 201},
        {"notes": "x" * 2001},
        {"due": "soon"},
        {"priority": "9"},
        {"start": "2026-12-02", "due": "2026-12-01"},
        {"priority": "3"},
    ],
)
def test_form_refuses(mine, changes):
    response = mine.post("/tasks/add/", sent(**changes))
    assert response.context["form"].errors
    assert not Task.objects.exists()


def test_wrong_date_is_one_error(mine):
    response = mine.post("/tasks/add/", sent(due="soon", priority="3"))
    assert len(response.context["form"].errors["due"]) == 1


@pytest.mark.parametrize(
    "fields",
    [{"priority": 9}, {"priority": 3}, {"start": DAY, "due": DAY - timedelta(days=1)}],
)
def test_database_refuses(make_task, fields):
    with pytest.raises(IntegrityError):
        make_task("Row", **fields)


def test_task_is_stored_and_changed_with_its_labels(mine, user):
    home = user.task_lists.create(name="Home")
    label = user.labels.create(name="Red")
    data = sent(task_list=home.pk, labels=[label.pk], due="2026-12-01", priority="3")
    assert mine.post("/tasks/add/", data).url == "/"
    task = user.tasks.get()
    assert (task.task_list, task.due, [*task.labels.all()]) == (home, DAY, [label])
    mine.post(f"/tasks/{task.pk}/edit/", sent(title="Sail"))
    task.refresh_from_db()
    assert (task.title, task.task_list, task.labels.count()) == ("Sail", None, 0)


@pytest.mark.parametrize("kind", ["list", "label"])
def test_name_is_given_once(mine, user, kind):
    rows = {"list": user.task_lists, "label": user.labels}[kind]
    row = rows.create(name="Home")
    response = mine.post(reverse(f"todo:{kind}-add"), {"name": "HOME"})
    assert "name" in response.context["form"].errors
    assert rows.count() == 1
    assert mine.post(reverse(f"todo:{kind}-edit", args=[row.pk]), {"name": "home"}).url


@pytest.mark.parametrize("kind", ["list", "label"])
def test_name_that_is_taken_meanwhile(mine, user, kind):
    """Somebody stores the same name after the check and before the row."""
    rows = {"list": user.task_lists, "label": user.labels}[kind]
    acted = []

    def step_in(execute, sql, *rest):
        if sql.startswith("INSERT") and not acted:
            acted.append(True)
            rows.create(name="Home")
        return execute(sql, *rest)

    with connection.execute_wrapper(step_in):
        response = mine.post(reverse(f"todo:{kind}-add"), {"name": "home"})
    assert "name" in response.context["form"].errors


@pytest.mark.parametrize("kind", ["list", "label"])
def test_there_is_a_most(mine, user, kind):
    rows = {"list": user.task_lists, "label": user.labels}[kind]
    for number in range(50):
        rows.create(name=f"Name {number}")
    response = mine.post(reverse(f"todo:{kind}-add"), {"name": "One more"})
    assert response.context["form"].errors
    assert rows.count() == 50


@pytest.mark.parametrize("kind", ["list", "label"])
def test_deleting_a_name_keeps_the_tasks(mine, user, make_task, kind):
    label, home = user.labels.create(name="Red"), user.task_lists.create(name="Home")
    make_task("Row", label, task_list=home)
    row = {"list": home, "label": label}[kind]
    url = reverse(f"todo:{kind}-delete", args=[row.pk])
    assert mine.get(url).status_code == 200
    assert mine.post(url).url == reverse(f"todo:{kind}s")
    assert Task.objects.count() == 1
    assert not type(row).objects.exists()


# --------------------------------------------------------------------- done and deleted


def test_completing_twice_keeps_the_time(mine, make_task):
    task = make_task("Row")
    url = reverse("todo:task-done", args=[task.pk])
    with time_machine.travel(EVENING, tick=False):
        mine.post(url, {"done": "1"})
    mine.post(url, {"done": "1"})
    task.refresh_from_db()
    assert task.done_at == EVENING
    mine.post(url, {"done": "0"})
    task.refresh_from_db()
    assert task.done_at is None


@pytest.mark.parametrize("done", ["", "2", "true"])
def test_done_is_one_or_zero(mine, make_task, done):
    task = make_task("Row")
    assert mine.post(f"/tasks/{task.pk}/done/", {"done": done}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [("/?q=row&page=2", "/?q=row&page=2"), ("//elsewhere.example/", "/"), ("", "/")],
)
def test_completing_leads_back_within_the_site(mine, make_task, asked, leads_to):
    task = make_task("Row")
    data = {"done": "1", "next": asked}
    assert mine.post(f"/tasks/{task.pk}/done/", data).url == leads_to


def test_deleting_needs_a_post(mine, make_task):
    url = reverse("todo:task-delete", args=[make_task("Row").pk])
    assert b"Row" in mine.get(url).content
    assert Task.objects.exists()
    mine.post(url)
    assert not Task.objects.exists()


# --------------------------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 30, 10, 59, 59, tzinfo=UTC), ()),
        (datetime(2026, 11, 30, 11, 0, tzinfo=UTC), ("Today",)),
        (datetime(2026, 12, 1, 10, 59, 59, tzinfo=UTC), ("Today",)),
        (datetime(2026, 12, 1, 11, 0, tzinfo=UTC), ("Overdue",)),
    ],
)
def test_days_begin_at_midnight_in_auckland(mine, make_task, moment, words):
    make_task("Row", due=DAY)
    with time_machine.travel(moment, tick=False):
        page = mine.get("/").content.decode()
    for word in ("Today", "Overdue"):
        assert (f">{word}</span>" in page) is (word in words)


def test_methods_take_the_day(make_task):
    for days in (-1, 0, 1):
        make_task(f"Day {days}", due=DAY + timedelta(days=days))
    make_task("Done", due=DAY - timedelta(days=1), done_at=timezone.now())
    make_task("Any day")
    found = (Task.objects.overdue, Task.objects.due_on, Task.objects.upcoming)
    names = [[task.title for task in method(DAY)] for method in found]
    assert names == [["Day -1"], ["Day 0"], ["Day 1"]]


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc/passwd"])
def test_unknown_zone_is_that_of_the_site(mine, user, zone):
    type(user).objects.update(time_zone=zone)
    assert mine.get("/").status_code == 200
    assert timezone.get_current_timezone_name() == "UTC"


def test_zone_is_chosen_from_those_that_exist(mine, user):
    for zone, stored in (
        ("Mars/Olympus", "Pacific/Auckland"),
        ("Asia/Tokyo", "Asia/Tokyo"),
    ):
        mine.post("/accounts/settings/", {"time_zone": zone})
        user.refresh_from_db()
        assert user.time_zone == stored


# ------------------------------------------------------ order, search, pages and counts


class OrderTests(TestCase):
    """The order of the list, in Django's own style of tests."""

    @classmethod
    def setUpTestData(cls):
        owner = get_user_model().objects.create_user("ana")
        for title, fields in {
            "Done": {"done_at": EVENING},
            "Done later": {"done_at": EVENING + timedelta(hours=1)},
            "No date": {},
            "Older": {"due": DAY},
            "Newer": {"due": DAY},
            "Urgent": {"due": DAY, "priority": 3},
            "First": {"due": DAY - timedelta(days=1)},
        }.items():
            Task.objects.create(owner=owner, title=title, **fields)
        cls.owner = owner

    def test_page_is_in_order(self):
        self.client.force_login(self.owner)
        order = ["First", "Urgent", "Newer", "Older", "No date", "Done later", "Done"]
        self.assertEqual(titles(self.client.get("/")), order)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=rope+BUY", ["Buy rope"]),
        ("q=buy", ["Buy sail", "Buy rope"]),
        ("q=+", ["Mend 100%", "Buy sail", "Buy rope"]),
        ("q=%25", ["Mend 100%"]),
        ("q=_", []),
        ("q=wood", ["Mend 100%"]),
        ("q=a+b+c+d+e+f+g+h+i", []),
        ("status=done", ["Buy rope"]),
        ("status=open", ["Mend 100%", "Buy sail"]),
        ("priority=1", ["Buy sail"]),
        ("priority=9", []),
        ("due=overdue", ["Mend 100%"]),
        ("due=today", []),
        ("due=upcoming", ["Buy sail"]),
        ("label=RED&list=SHED", ["Buy sail"]),
        ("label=RED", ["Mend 100%", "Buy sail"]),
    ],
)
def test_search(mine, user, make_task, query, found):
    red, blue = user.labels.create(name="Red"), user.labels.create(name="Blue")
    shed = user.task_lists.create(name="Shed")
    make_task("Buy rope", done_at=EVENING, due=DAY)
    make_task("Buy sail", red, blue, task_list=shed, priority=1, due=DAY + timedelta(9))
    make_task("Mend 100%", red, notes="Wood and glue", due=DAY - timedelta(days=1))
    query = query.replace("RED", str(red.pk)).replace("SHED", str(shed.pk))
    with time_machine.travel(EVENING, tick=False):
        assert titles(mine.get(f"/?{query}")) == found


def test_pages_keep_the_search(mine, make_task):
    for number in range(12):
        make_task(f"Row & sail {number}")
    first = mine.get("/?q=row+%26+sail")
    second = mine.get("/?q=row+%26+sail&page=2")
    assert b'href="?q=row+%26+sail&amp;page=2"' in first.content
    assert len({*titles(first), *titles(second)}) == 12


def test_counts_are_right_with_several_labels(user, make_task):
    red, blue = user.labels.create(name="Red"), user.labels.create(name="Blue")
    shed = user.task_lists.create(name="Shed")
    make_task("Late", red, blue, task_list=shed, due=DAY - timedelta(days=1))
    make_task("Open", red, blue, task_list=shed)
    make_task("Done", red, task_list=shed, done_at=EVENING)
    user.task_lists.create(name="Empty")
    names = ("open_count", "overdue_count", "done_count", "label_count")
    empty, full = user.task_lists.with_counts(DAY)
    assert [getattr(full, name) for name in names] == [2, 1, 1, 2]
    assert [getattr(empty, name) for name in names] == [0, 0, 0, 0]


def test_lists_show_what_comes_next(mine, user, make_task):
    shed = user.task_lists.create(name="Shed")
    for days in (4, 1, 3, 2):
        make_task(f"Day {days}", task_list=shed, due=DAY + timedelta(days=days))
    (found,) = mine.get("/lists/").context["lists"]
    assert [task.title for task in found.coming] == ["Day 1", "Day 2", "Day 3"]


@pytest.mark.parametrize("path", ["/", "/lists/", "/labels/", "/?q=row&status=open"])
def test_cost_does_not_grow(mine, user, make_task, path):
    costs = []
    for size in (1, 8):
        for number in range(size):
            name = f"Name {size} {number}"
            label, home = (
                user.labels.create(name=name),
                user.task_lists.create(name=name),
            )
            make_task(f"Row {name}", label, task_list=home)
        with CaptureQueriesContext(connection) as sent_queries:
            mine.get(path)
        costs.append(len(sent_queries))
    assert costs[0] == costs[1]


def test_text_stays_text(mine, user, make_task):
    evil = "<b id=evil>"
    home = user.task_lists.create(name=evil)
    task = make_task(evil, user.labels.create(name=evil), notes=evil, task_list=home)
    for path in ("/", f"/?q={evil}", "/lists/", "/labels/", f"/tasks/{task.pk}/edit/"):
        page = mine.get(path).content
        assert b"&lt;b id=evil&gt;" in page
        assert evil.encode() not in page


# ---------------------------------------------------------------------------- demo data


@pytest.mark.parametrize("debug", [True, False])
def test_demo_data_load_twice(settings, debug):
    settings.DEBUG = debug
    for _ in range(2):
        call_command("seed_demo")
        assert Task.objects.count() == 26
    noor = get_user_model().objects.get(username="noor")
    assert noor.has_usable_password() is debug


def test_demo_data_can_be_many():
    call_command("seed_demo", many=True)
    assert Task.objects.filter(owner__username="noor").count() == 10_000
