"""task-list: users see their own tasks, in an order that is total."""

from datetime import timedelta

import pytest

from acceptance.calls import ask, same_cost
from acceptance.pages import only_on
from acceptance.samples import OTHERS, ago, in_role
from acceptance.support import expect, url
from acceptance.tasks import (
    a_task,
    element,
    keys,
    lists_exactly,
    long_title,
    row_says,
    rows_stay_text,
    tasks,
    today_plus,
)

LOOK = "todo/views.py, task_list"
ORDER = "todo/models.py, TaskQuerySet.in_order"


def ordered(some, owner):
    """Tasks in the order in which a page should show them, made in another one."""
    wanted = [
        {"due": today_plus(-3), "priority": 1},
        {"due": today_plus(1), "priority": 3},
        {"due": today_plus(1), "priority": 2},
        {"due": today_plus(2), "priority": 3},
        {"priority": 2},
        {"priority": 1},
        {"done_at": ago(hours=1), "due": today_plus(5)},
        {"done_at": ago(hours=2), "due": today_plus(-9), "priority": 3},
    ]
    # Done at one moment: then as the open ones.
    same = {"done_at": ago(hours=3)}
    wanted += [
        {**same, "due": today_plus(1), "priority": 3},
        {**same, "due": today_plus(1), "priority": 1},
        {**same, "due": today_plus(2), "priority": 3},
        {**same, "priority": 2},
        {**same, "priority": 1},
    ]
    made = dict.fromkeys(range(len(wanted)))
    for place in some.shuffled(list(made)):
        made[place] = a_task(some, owner, **wanted[place])
    return list(made.values())


def test_tasks_are_in_order(visitor, some, make_user):
    """FR-2: what is to be done first is on top."""
    owner = make_user()
    wanted = ordered(some, owner)
    mine = visitor.sign_in(owner)
    lists_all(mine, wanted, why="the tasks in the order of FR-2", look=ORDER)


def lists_all(who, wanted, *, why, look):
    """The list has these tasks in this order, on one page or on several."""
    __tracebackhide__ = True
    page = who.get(url("todo:task-list")).expect_status(200, look=look)
    found = keys(page)
    while len(found) < len(wanted):
        number = len(found) // max(len(keys(page)), 1) + 1
        more = who.get(url("todo:task-list"), {"page": number})
        new = [key for key in keys(more) if key not in found]
        if more.status != 200 or not new:
            break
        found += new
    rows = [one.pk for one in wanted]
    first = next(
        (n for n, (a, b) in enumerate(zip(rows, found, strict=False)) if a != b),
        len(found),
    )
    expect(
        found == rows,
        did=f"{page.did}, with {len(rows)} tasks",
        wanted=f"{why}: {', '.join(map(str, wanted[:20]))}",
        got=f"{len(found)} of the {len(rows)} tasks; the first {first} are right",
        look=look,
    )


def test_the_queryset_knows_the_order(some, make_user):
    """FR-2: in_order() is the one place for it."""
    wanted = ordered(some, make_user())
    found = ask(tasks().objects, "in_order", owner="Task.objects", look=ORDER)
    expect(
        list(found) == wanted,
        did="Called Task.objects.in_order()",
        wanted=f"{', '.join(map(str, wanted))}",
        got=f"{', '.join(map(str, found))}",
        look=ORDER,
    )


@pytest.mark.parametrize(
    "fields",
    [{}, {"due": 1}, {"due": 1, "priority": 3}, {"done_at": True}],
    ids=["no date", "one day", "one day, high", "done at once"],
)
def test_equal_tasks_have_an_order(visitor, some, make_user, fields):
    """FR-2: of equal tasks the newest comes first, so no two can change places."""
    owner = make_user()
    if "due" in fields:
        fields = {**fields, "due": today_plus(1)}
    if "done_at" in fields:
        fields = {"done_at": ago(hours=5)}
    made = [a_task(some, owner, **fields) for _ in range(5)]
    page = visitor.sign_in(owner).get(url("todo:task-list"))
    why = "equal tasks, the highest primary key first (FR-2)"
    lists_exactly(page, made[::-1], why=why, look=f'{ORDER}: "-pk" at the end')


def test_every_task_is_listed(visitor, some, make_user):
    """FR-2: also the hundred and twentieth."""
    owner = make_user()
    kind = tasks()
    kind.objects.bulk_create(kind(owner=owner, title=f"No. {n}") for n in range(120))
    wanted = list(kind.objects.order_by("-pk"))
    why = "all tasks of the user (FR-2)"
    lists_all(visitor.sign_in(owner), wanted, why=why, look=LOOK)


@pytest.mark.parametrize("role", [*OTHERS[1:], "owner"])
def test_nobody_sees_the_tasks_of_others(visitor, some, make_user, role):
    """FR-11: whoever opens the list."""
    owner = make_user()
    theirs = [a_task(some, owner), a_task(some, owner, done_at=ago(hours=1))]
    who = (
        visitor.sign_in(owner)
        if role == "owner"
        else in_role(role, visitor, make_user, None)
    )
    mine = [a_task(some, who.user), a_task(some, who.user, done_at=ago(hours=2))]
    wanted = mine if role != "owner" else [mine[0], theirs[0], theirs[1], mine[1]]
    page = who.get(url("todo:task-list"))
    lists_exactly(page, wanted, why="one's own tasks and no others (FR-11)", look=LOOK)
    for one in theirs if role != "owner" else ():
        page.expect_hides(one.title, wanted="no title of another's task", look=LOOK)


def test_a_row_says_what_a_task_is(visitor, some, make_user):
    """FR-2: title, notes, priority and due date."""
    owner = make_user()
    notes = " ".join(some.word() for _ in range(6))
    one = a_task(some, owner, notes=notes, priority=3, due=today_plus(300))
    low = a_task(some, owner, priority=1)
    mine = visitor.sign_in(owner)
    page = mine.get(url("todo:task-list"))
    for text, what in ((one.title, "title"), (notes, "notes"), ("High", "priority")):
        row_says(page, f"task-{one.pk}", text, why=f"its {what}")
    row_says(page, f"task-{low.pk}", "Low", why="its priority")
    said = {}
    # Two days that follow each other, and two that are the same day of the week.
    for days in (None, 5, 6, 12):
        due = None if days is None else today_plus(days)
        type(one).objects.filter(pk=one.pk).update(
            due=due, priority=3 if due else 2, title="x", notes=""
        )
        again = mine.get(url("todo:task-list"))
        said[days] = element(again, f"task-{one.pk}").get_text(" ", strip=True)
        if due is None:
            row_says(again, f"task-{one.pk}", "Normal", why="its priority")
    expect(
        len(set(said.values())) == len(said)
        and set(said[5].split()) - set(said[None].split()),
        did=f"{page.did}, with no due date and with three different ones",
        wanted="the due date in the row, so that each day is told from every other",
        got=f'the row says "{said[5][:80]}", and with another date "{said[12][:80]}"',
        look="templates/todo/_task.html",
    )


def test_a_long_title_is_shown_whole(visitor, some, make_user):
    """FR-2: whoever reads it has nothing else to tell two tasks apart."""
    one = a_task(some, make_user(), title=long_title(some))
    page = visitor.sign_in(one.owner).get(url("todo:task-list"))
    row_says(page, f"task-{one.pk}", one.title, why="its whole title")


def test_without_tasks_there_is_a_sentence(visitor, make_user):
    """FR-2: an empty list is a page too."""
    tasks()
    page = visitor.sign_in(make_user()).get(url("todo:task-list"))
    page.expect_status(200, look=LOOK)
    body = page.main.get_text(" ", strip=True) if page.main else ""
    expect(
        len(body.split()) > 2 and not keys(page),
        did=page.did,
        wanted="a sentence in <main>",
        got=f"it says {body!r}",
        look="templates/todo/task_list.html",
    )


def test_the_empty_list_says_something_of_its_own(visitor, some, make_user):
    """FR-2: with a task the sentence is gone."""
    owner = make_user()
    tasks()
    mine = visitor.sign_in(owner)
    empty = mine.get(url("todo:task-list")).expect_status(200, look=LOOK)
    a_task(some, owner)
    full = mine.get(url("todo:task-list"))
    expect(
        only_on(empty, full),
        did=f"{empty.did}, without and with a task",
        wanted="a sentence that says that there is none",
        got="without a task the page says nothing more",
        look="templates/todo/task_list.html",
    )


@pytest.mark.parametrize("field", ["title", "notes"])
def test_html_is_text(visitor, some, make_user, field):
    """NFR-5: what users type runs nowhere, in whatever state the task is."""
    tasks()
    mine = visitor.sign_in(make_user())
    rows_stay_text(mine, some, field, path=url("todo:task-list"))


def test_the_list_costs_the_same(visitor, some, make_user):
    """NFR-1: however many tasks there are."""
    owner = make_user()
    same_cost(
        visitor.sign_in(owner),
        url("todo:task-list"),
        lambda: a_task(some, owner, due=today_plus(1)),
        few=2,
        many=9,
        things="tasks",
        look=LOOK,
        reason="NFR-1: the list costs the same however long it is",
    )


def test_done_tasks_stay_in_the_list(visitor, some, make_user):
    """FR-2: done is not gone."""
    owner = make_user()
    done = a_task(some, owner, done_at=ago(days=400))
    one = a_task(some, owner, due=today_plus(0) + timedelta(days=400))
    page = visitor.sign_in(owner).get(url("todo:task-list"))
    lists_exactly(page, [one, done], why="open and done tasks", look=LOOK)
