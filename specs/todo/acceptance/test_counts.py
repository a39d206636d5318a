"""counts: every list with its counts and its next tasks, at a fixed cost."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection

from acceptance.calls import ask, same_queries
from acceptance.pages import (
    markup,
    stays_text,
    text_of,
)
from acceptance.samples import ago, in_role, rare
from acceptance.support import expect, fail, model, told, url
from acceptance.tasks import (
    LOGGED_IN,
    a_label,
    a_list,
    a_task,
    element,
    form_of,
    lists_exactly,
    refused,
    tasks,
    today_plus,
)

LOOK = "todo/models.py, TaskListQuerySet.with_counts"
VIEW = "todo/views.py, lists"
NAMES = ("open_count", "overdue_count", "done_count", "label_count")
DAY = date(2029, 8, 9)


def counted(owner, day):
    """The counts of each list of a user, by its name."""
    __tracebackhide__ = True
    model("todo.TaskList", "owner", "name")
    rows = ask(owner.task_lists, "with_counts", day, owner="user.task_lists", look=LOOK)
    try:
        return {row.name: tuple(getattr(row, name) for name in NAMES) for row in rows}
    except AttributeError as error:
        fail(
            did="Called user.task_lists.with_counts(day)",
            wanted=f"lists with {', '.join(NAMES)}",
            got=told(error),
            look=LOOK,
        )


def filled(some, owner, home, day):
    """A list with 4 open tasks, 2 of them overdue, 3 done ones and 4 labels."""
    labels = [a_label(some, owner) for _ in range(5)]
    past, future = day - timedelta(days=1), day + timedelta(days=1)
    for place, fields in {
        (0, 1, 2): {"due": past},
        (0, 1): {"due": past, "priority": 3},
        (0,): {"due": day},
        (): {"due": future},
    }.items():
        a_task(some, owner, *[labels[n] for n in place], task_list=home, **fields)
    for place in ((), (0, 2), (3, 1, 0)):
        chosen = [labels[n] for n in place]
        a_task(some, owner, *chosen, task_list=home, due=past, done_at=ago(hours=1))
    a_task(some, owner, labels[4], due=past)


def test_counts_are_right(some, make_user):
    """FR-9: a task counts once, however many labels it has."""
    owner = make_user()
    home, other, empty = (a_list(some, owner) for _ in range(3))
    theirs = a_list(some, make_user())
    filled(some, owner, home, DAY)
    filled(some, theirs.owner, theirs, DAY)
    a_task(some, owner, task_list=other)
    bare = a_list(some, owner)
    a_task(some, owner, task_list=bare, done_at=ago(days=1))
    found = counted(owner, DAY)
    wanted = {
        home.name: (4, 2, 3, 4),
        other.name: (1, 0, 0, 0),
        empty.name: (0, 0, 0, 0),
        bare.name: (0, 0, 1, 0),
    }
    expect(
        found == wanted,
        did="Called user.task_lists.with_counts() with a list of 7 tasks and 4 "
        "labels, one of a single open task, one of a single done task and an empty one",
        wanted=f"{sorted(wanted.values())} as {', '.join(NAMES)} (FR-9: each "
        "task counts once)",
        got=f"{sorted(found.values())}",
        look=LOOK,
    )


@pytest.mark.parametrize(("days", "overdue"), [(-1, 0), (0, 2), (1, 3), (2, 4)])
def test_overdue_depends_on_the_day(some, make_user, days, overdue):
    """FR-8: the method takes the day."""
    owner = make_user()
    home = a_list(some, owner)
    filled(some, owner, home, DAY)
    day = DAY + timedelta(days=days)
    found = counted(owner, day)[home.name]
    expect(
        found == (4, overdue, 3, 4),
        did=f"Called user.task_lists.with_counts({day}), with open tasks due on two "
        f"times {DAY - timedelta(days=1)}, on {DAY} and on {DAY + timedelta(days=1)}",
        wanted=f"{(4, overdue, 3, 4)} as {', '.join(NAMES)}",
        got=f"{found}",
        look=LOOK,
    )


def opened(visitor, owner):
    """The page of the lists."""
    __tracebackhide__ = True
    return visitor.sign_in(owner).get(url("todo:lists")).expect_status(200, look=VIEW)


def says(page, home, *wanted):
    """The element of a list says these counts, or a sentence."""
    __tracebackhide__ = True
    row = element(page, f"list-{home.pk}", look="templates/todo/lists.html")
    said = text_of(row)
    words = said.replace("·", " ").replace(",", " ").replace(".", " ").split()
    pairs = {" ".join(pair) for pair in pairwise(words)}
    missing = [text for text in wanted if text not in pairs]
    expect(
        not missing,
        did=page.did,
        wanted=f"{', '.join(wanted)} in the element list-{home.pk}",
        got=f'it says "{said[:160]}"',
        look=f"{VIEW} and templates/todo/lists.html",
    )


def test_the_page_says_the_counts(visitor, some, make_user):
    """FR-9: beside each list, in the user's own order of names."""
    owner = make_user()
    words = sorted(rare(some) for _ in range(3))
    names = [words[0].upper(), words[1], words[2].upper()]
    made = {name: a_list(some, owner, name) for name in some.shuffled(names)}
    first, second, third = (made[name] for name in names)
    filled(some, owner, second, today_plus(0))
    label = a_label(some, owner)
    a_task(some, owner, label, task_list=third)
    page = opened(visitor, owner)
    lists_exactly(
        page,
        [first, second, third],
        why="the lists by name, whatever the case",
        look=f"{LOOK}: a query that groups ignores Meta.ordering",
        kind="list",
    )
    says(page, first, "0 open", "0 overdue", "0 done", "0 labels")
    says(page, second, "4 open", "2 overdue", "3 done", "4 labels")
    says(page, third, "1 open", "0 overdue", "0 done", "1 label")


@pytest.mark.parametrize(
    ("zone", "hours", "word"),
    [
        ("Pacific/Kiritimati", -15, "0 overdue"),
        ("Pacific/Kiritimati", -13, "1 overdue"),
        ("Pacific/Niue", 10, "0 overdue"),
        ("Pacific/Niue", 12, "1 overdue"),
    ],
)
def test_the_day_is_the_users_own(visitor, some, make_user, zone, hours, word):
    """FR-8: overdue here is overdue in the list of tasks."""
    model("accounts.User", "time_zone")
    owner = make_user(time_zone=zone)
    home = a_list(some, owner)
    a_task(some, owner, task_list=home, due=DAY)
    midnight = time_machine.travel(f"{DAY + timedelta(days=1)}T00:00:00Z", tick=False)
    with midnight as clock:
        clock.shift(timedelta(hours=hours))
        page = opened(visitor, owner)
    page.did += f", {hours} hours from the midnight in UTC after the due date"
    says(page, home, word)


NEXT = {
    "of different days": [(day, 2) for day in (1, 2, 3, 4)] + [(None, 2)],
    "of one day": [(5, 1), (5, 2), (5, 2), (5, 3), (5, 1), (5, 3)],
    "without a day": [(None, 1), (None, 2), (None, 2), (None, 1), (None, 2)],
}


@pytest.mark.parametrize("kind", NEXT)
def test_the_next_three_are_shown(visitor, some, make_user, kind):
    """FR-9: of each list, in the order of all lists: day, then priority, then age."""
    owner = make_user()
    homes = [a_list(some, owner) for _ in range(3)]
    for home in homes[:2]:
        a_task(some, owner, task_list=home, due=today_plus(-9), done_at=ago(hours=1))
        made = [
            a_task(
                some,
                owner,
                task_list=home,
                due=None if day is None else today_plus(day),
                priority=priority,
            )
            for day, priority in some.shuffled(NEXT[kind])
        ]
        made.sort(key=lambda one: (one.due or date.max, -one.priority, -one.pk))
        page = opened(visitor, owner)
        row = element(page, f"list-{home.pk}", look="templates/todo/lists.html")
        said = text_of(row)
        shown = [one for one in made if one.title in said]
        shown.sort(key=lambda one: said.index(one.title))
        expect(
            shown == made[:3],
            did=f"{page.did}, with {len(made)} open tasks {kind}",
            wanted="the first three open tasks of the list, in their order (FR-9): "
            + ", ".join(map(described, made[:3])),
            got=", ".join(map(described, shown)) or "none of them",
            look=f"{VIEW}: Prefetch",
        )


def described(one):
    """A task as it matters to the order."""
    due = f"due {one.due}" if one.due else "without a day"
    return f"one {due} of priority {one.priority} (number {one.pk})"


def test_a_long_title_is_shown_whole(visitor, some, make_user):
    """FR-9: nothing is cut off."""
    owner = make_user()
    title = f"{rare(some)} ".ljust(200, "x")
    home = a_list(some, owner)
    a_task(some, owner, title=title, task_list=home)
    page = opened(visitor, owner)
    said = text_of(element(page, f"list-{home.pk}", look="templates/todo/lists.html"))
    expect(
        title in said,
        did=page.did,
        wanted="the whole title of a task, of 200 characters",
        got=f'it says "{said[:240]}"',
        look="templates/todo/lists.html",
    )


@pytest.mark.parametrize("role", LOGGED_IN)
def test_others_count_for_nothing(visitor, some, make_user, role):
    """FR-11: whoever opens the page, it is about their own lists."""
    mine, other = in_role(role, visitor, make_user, None), make_user()
    owner = mine.user
    home, theirs = a_list(some, owner), a_list(some, other)
    strange = a_task(some, other, a_label(some, other), task_list=theirs)
    a_task(some, other)
    a_task(some, owner, task_list=home)
    page = mine.get(url("todo:lists"))
    why = "one's own lists and no others (FR-11)"
    lists_exactly(page, [home], why=why, look=VIEW, kind="list")
    for one in (strange, theirs):
        page.expect_hides(str(one), wanted="nothing of somebody else's", look=VIEW)
    says(page, home, "1 open", "0 done", "0 labels")


STATES = {
    "without a day": {},
    "overdue": {"due": -1},
    "due today": {"due": 0},
    "of high priority": {"due": 4, "priority": 3},
}


@pytest.mark.parametrize("state", STATES)
def test_html_is_text(visitor, some, make_user, state):
    """NFR-5: in the titles of the next tasks, and in the names of the lists."""
    owner = make_user()
    text, name = markup(some), markup(some)
    fields = dict(STATES[state])
    if "due" in fields:
        fields["due"] = today_plus(fields["due"])
    a_task(some, owner, title=text, task_list=a_list(some, owner, name), **fields)
    page = opened(visitor, owner)
    texts = {"the title of a task": text, "the name of a list": name}
    stays_text(page, texts, look="templates/todo/lists.html")


def indexed(table):
    """The columns of each index of a table, in their order, as the database has them.

    Django's own reading of a table on SQLite fails at a check such as IN (1, 2, 3).
    """
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            found = connection.introspection.get_constraints(cursor, table)
            return [one["columns"] for one in found.values() if one["index"]]
        names = cursor.execute("SELECT name FROM pragma_index_list(%s)", [table])
        found = []
        for (name,) in names.fetchall():
            rows = cursor.execute("SELECT name FROM pragma_index_info(%s)", [name])
            found.append([column for (column,) in rows.fetchall()])
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["task_list", "owner"])
def test_there_is_an_index(first):
    """NFR-7: from which the database counts alone."""
    kind = tasks("task_list")
    names = [kind._meta.get_field(name).column for name in (first, "done_at", "due")]
    table = kind._meta.db_table
    columns = indexed(table)
    expect(
        any(one[:1] == names[:1] and set(names) <= set(one) for one in columns),
        did=f"Read the indexes of the table {table} from the database",
        wanted=f"an index on {', '.join(names)}, in which {names[0]} comes first",
        got="; ".join(", ".join(map(str, one)) for one in columns) or "none",
        look="todo/models.py, Task.Meta.indexes, and its migration",
    )


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("lists", "lists"),
        ("lists", "tasks"),
        ("lists", "labels"),
        ("labels", "tasks"),
        ("labels", "labels"),
        ("task-add", "lists"),
        ("task-add", "labels"),
        ("task-edit", "lists"),
        ("task-edit", "labels"),
    ],
)
def test_pages_cost_the_same(visitor, some, make_user, name, what):
    """NFR-7: the database counts."""
    owner = make_user()
    home = a_list(some, owner)
    first = a_task(some, owner, a_label(some, owner), task_list=home)
    mine = visitor.sign_in(owner)
    path = url(f"todo:{name}", **({"pk": first.pk} if name == "task-edit" else {}))

    def grow():
        label = a_label(some, owner)
        if what == "labels":
            first.labels.add(label)
        else:
            place = a_list(some, owner) if what == "lists" else home
            a_task(some, owner, label, task_list=place, due=today_plus(-1))

    same_queries(
        lambda: mine.get(path),
        grow,
        few=1,
        many=12,
        did=lambda page: f"{page.did}, with 1 and with 12 more {what}",
        look=VIEW if name == "lists" else "todo/forms.py and todo/views.py",
        reason="NFR-7: the page costs the same however much there is to count",
    )


@pytest.mark.parametrize("role", LOGGED_IN)
@pytest.mark.parametrize(("kind", "make"), [("list", a_list), ("label", a_label)])
def test_fifty_are_enough(visitor, some, make_user, kind, make, role):
    """NFR-7: what is counted is bounded, too, for staff as well."""
    mine = in_role(role, visitor, make_user, None)
    owner = mine.user
    rows = [make(some, owner, f"{kind} {number}") for number in range(49)]
    other = make_user()
    look = "todo/forms.py"
    path = url(f"todo:{kind}-add")
    form = form_of(mine.get(path), "name", look=look)
    form.send(name="The fiftieth").expect_redirect(
        url(f"todo:{kind}s"), wanted=f"the fiftieth {kind} stored", look=look
    )
    fresh = mine.get(path)
    form = form_of(fresh, "name", look=look)
    why = f"the fifty-first {kind} of a user"
    refused(form, fresh, {"name": "One more"}, (type(rows[0]),), why=why, look=look)
    edit = mine.get(url(f"todo:{kind}-edit", pk=rows[0].pk))
    form_of(edit, "name", look=look).send(name="Another name").expect_redirect(
        url(f"todo:{kind}s"), wanted=f"one of fifty {kind}s renamed", look=look
    )
    theirs = visitor.sign_in(other)
    form_of(theirs.get(path), "name", look=look).send(name="First").expect_redirect(
        url(f"todo:{kind}s"), wanted=f"a {kind} of another user stored", look=look
    )
