"""The finished to-do list on PostgreSQL, asked for by several people at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup

from djangopath import catalogue
from tests import services
from tests.visits import PATIENCE, Browser
from tools.site import PASSWORD, Site, serve

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

ROUNDS = 12
EAST, WEST = "Pacific/Kiritimati", "Pacific/Niue"  # a day apart, always
PEOPLE = """
import json
from django.contrib.auth import get_user_model
User = get_user_model()
for name, zone in (("east", %(east)r), ("west", %(west)r)):
    user, _ = User.objects.get_or_create(username=name, time_zone=zone)
    user.set_password(%(password)r)
    user.save()
print(json.dumps(0))
"""
ROWS = """
import json
from django.contrib.auth import get_user_model
user = get_user_model().objects.get(username=%r)
print(json.dumps([
    {"pk": task.pk, "title": task.title, "done": task.done_at is not None,
     "list": task.task_list and task.task_list.name}
    for task in user.tasks.all()
]))
"""
TASKS = """
import json
from django.contrib.auth import get_user_model
user = get_user_model().objects.get(username=%r)
user.tasks.all().delete()
print(json.dumps([user.tasks.create(**fields).pk for fields in %r]))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The project as its image serves it: several threads, and rows in PostgreSQL.

    What a server logs with a traceback, such as an answer of 500, fails at its end.
    """
    project = catalogue.load("todo")
    folder = tmp_path_factory.mktemp("at-once") / "site"
    with (
        services.real(project) as env,
        serve(
            project, len(project.tasks), folder, production=True, services=env
        ) as site,
    ):
        site.shell(PEOPLE % {"east": EAST, "west": WEST, "password": PASSWORD})
        yield site


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What several acts give back that begin at the same moment."""
    start = Barrier(len(acts))

    def wait_and(act: Callable[[], Any]) -> Any:
        start.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(wait_and, acts))


def sender(who: Browser, path: str, at: str = "", **data: str) -> Callable[[], int]:
    """Sends the form of a page, which is open already; gives back the status."""
    tab = who.again()
    given = {**tab.form(at or path), **data}
    return lambda: tab.post(path, given).status_code


def test_an_edit_does_not_undo_a_completion(site: Site) -> None:
    """Both are stored, whichever the lock lets through first."""
    east = Browser(site.base, "east")
    rows = [{"title": f"Old {number}"} for number in range(ROUNDS)]
    for number, key in enumerate(site.shell(TASKS % ("east", rows))):
        edit = sender(east, f"/tasks/{key}/edit/", title=f"New {number}", priority="2")
        done = sender(east, f"/tasks/{key}/done/", "/", done="1", next="/")
        assert at_once(edit, done) == [200, 200]
    found = site.shell(ROWS % "east")
    assert sorted(row["title"] for row in found) == sorted(
        f"New {number}" for number in range(ROUNDS)
    )
    assert all(row["done"] for row in found), found


def test_one_name_is_stored_once(site: Site) -> None:
    """Eight tabs send the same new list: one stores it, the others see an error."""
    east = Browser(site.base, "east")
    for number in range(3):
        names = (f"Harbour {number}", f"HARBOUR {number}")
        acts = [sender(east, "/lists/add/", name=names[n % 2]) for n in range(8)]
        assert set(at_once(*acts)) == {200}
        page = BeautifulSoup(east.get("/lists/").text, "html.parser")
        shown = [
            row.get_text(" ").casefold() for row in page.select("main [id^=list-]")
        ]
        assert sum(f"harbour {number}" in text for text in shown) == 1, shown


def test_a_list_goes_while_a_task_is_put_into_it(site: Site) -> None:
    """The task is stored without it, or the form comes back; nothing breaks."""
    east = Browser(site.base, "east")
    site.shell(TASKS % ("east", []))
    for number in range(ROUNDS):
        east.send("/lists/add/", {"name": f"Going {number}"})
        page = BeautifulSoup(east.get("/lists/").text, "html.parser")
        (row,) = [
            row
            for row in page.select("main [id^=list-]")
            if f"Going {number}" in row.get_text(" ")
        ]
        key = str(row["id"]).removeprefix("list-")
        task = {"title": f"Task {number}", "priority": "2", "task_list": key}
        add = sender(east, "/tasks/add/", **task)
        delete = sender(east, f"/lists/{key}/delete/")
        assert at_once(add, delete) == [200, 200]
    assert all(row["list"] is None for row in site.shell(ROWS % "east"))


def days() -> tuple[date, date]:
    """The present day in the east and in the west."""
    now = datetime.now(UTC)
    east, west = (now.astimezone(ZoneInfo(zone)).date() for zone in (EAST, WEST))
    return east, west


def test_no_thread_answers_in_another_user_s_zone(site: Site) -> None:
    """Two users a day apart, in the same threads, by turns and at once."""
    people = {name: Browser(site.base, name) for name in ("east", "west")}
    wanted = {"east": ["Overdue", "Today"], "west": ["Today", ""]}

    def words(name: str) -> list[str]:
        """What the tasks of a user say of their days."""
        tab = people[name].again()
        page = BeautifulSoup(tab.get("/").text, "html.parser")
        rows = [row.get_text(" ") for row in page.select("main [id^=task-]")]
        said = {
            title: row for row in rows for title in ("earlier", "later") if title in row
        }
        return [
            next((word for word in ("Overdue", "Today") if word in said[title]), "")
            for title in ("earlier", "later")
        ]

    while True:
        before = days()
        rows = [
            {"title": "the earlier one", "due": str(before[1])},
            {"title": "the later one", "due": str(before[0])},
        ]
        for name in people:
            site.shell(TASKS % (name, rows))
        names = ["east", "west"] * 8
        found = at_once(*(lambda name=name: words(name) for name in names))
        if days() == before:  # nobody's midnight has passed meanwhile
            break
    assert found == [wanted[name] for name in names]
