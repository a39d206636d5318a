"""lists: tasks are in lists, which have names that their owner gives once."""

import pytest

from acceptance.calls import same_cost
from acceptance.names import NameTests
from acceptance.pages import markup, stays_here, stays_text
from acceptance.samples import in_role
from acceptance.support import expect, url
from acceptance.tasks import (
    LOGGED_IN,
    a_list,
    a_task,
    form_of,
    is_kept_out_whatever_is_sent,
    only,
    refused,
    refused_meanwhile,
    row_says,
    somebody_waits_for_the_lock,
    tasks,
)

FORM = "todo/forms.py, TaskForm"
VIEWS = "todo/views.py"


class TestLists(NameTests):
    """FR-9: lists have pages of their own."""

    kind = "list"
    label = "todo.TaskList"
    related = "task_lists"
    longest = 60


def opened(mine, some, name, **fields):
    """The form of a new task, or of one with these fields."""
    __tracebackhide__ = True
    owner = mine.user
    path = url("todo:task-add")
    if name == "edit":
        path = url("todo:task-edit", pk=a_task(some, owner, **fields).pk)
    return form_of(mine.get(path), "title", "task_list", look=FORM)


def test_a_task_may_be_in_a_list(some, make_user):
    """FR-9: or in none, and it outlives its list."""
    owner = make_user()
    home = a_list(some, owner)
    inside, outside = a_task(some, owner, task_list=home), a_task(some, owner)
    found = (list(home.tasks.all()), outside.task_list)
    expect(
        found == ([inside], None),
        did="Asked for task_list.tasks, and for the task_list of another task",
        wanted="the task in the list, and None",
        got=f"{found}",
        look="todo/models.py, Task.task_list",
    )
    home.delete()
    left = list(tasks("task_list").objects.values_list("pk", "task_list"))
    expect(
        sorted(left) == sorted([(inside.pk, None), (outside.pk, None)]),
        did="Deleted the list of one of two tasks",
        wanted="both tasks, without a list (FR-9)",
        got=f"{len(left)} tasks, their lists are {[home for _, home in left]}",
        look="todo/models.py, Task.task_list: on_delete=models.SET_NULL",
    )


@pytest.mark.parametrize("role", LOGGED_IN)
@pytest.mark.parametrize("name", ["add", "edit"])
def test_the_form_offers_own_lists(visitor, some, make_user, name, role):
    """FR-11: and no others, not to staff either; one may be chosen, and none."""
    mine, other = in_role(role, visitor, make_user, None), make_user()
    owner = mine.user
    homes = [a_list(some, owner) for _ in range(2)]
    a_list(some, other)
    form = opened(mine, some, name, task_list=homes[0])
    offered = set(form.options("task_list"))
    wanted = {"", *(str(home.pk) for home in homes)}
    expect(
        offered == wanted,
        did=form.page.did,
        wanted="the user's own lists and an empty choice (FR-11)",
        got=f"{len(offered)} choices; {len(wanted - offered)} missing, "
        f"{len(offered - wanted)} too many",
        look=f'{FORM}.__init__: self.fields["task_list"].queryset',
    )
    page = form.send(title="Row", task_list=str(homes[1].pk)).expect_redirect("/")
    rows = tasks("task_list").objects.filter(title="Row")
    task = only(rows, did=page.did, look=FORM)
    expect(
        task.task_list == homes[1],
        did=page.did,
        wanted=f"the list {homes[1]}",
        got=f"{task.task_list}",
        look=FORM,
    )
    path = url("todo:task-edit", pk=task.pk)
    form = form_of(mine.get(path), "title", "task_list", look=FORM)
    expect(
        form.values.get("task_list") == str(homes[1].pk),
        did=form.page.did,
        wanted="the stored list selected",
        got=f"{form.values.get('task_list')!r}",
        look=FORM,
    )
    form.send(task_list="").expect_redirect("/", look=FORM)
    task.refresh_from_db()
    expect(
        task.task_list is None,
        did=f"Sent the form at {path} with an empty list",
        wanted="a task in no list",
        got=f"{task.task_list}",
        look=FORM,
    )


@pytest.mark.parametrize("name", ["add", "edit"])
@pytest.mark.parametrize(
    ("what", "role"),
    [
        *(("somebody else's", role) for role in LOGGED_IN),
        ("one that is gone", "stranger"),
        ("a word", "stranger"),
    ],
)
def test_the_form_refuses_other_lists(visitor, some, make_user, what, role, name):
    """FR-11: whatever is sent by hand, and by whom."""
    mine = in_role(role, visitor, make_user, None)
    owner = mine.user
    theirs, gone = a_list(some, make_user()), a_list(some, owner)
    key = {"somebody else's": theirs.pk, "one that is gone": gone.pk, "a word": "home"}
    form = opened(mine, some, name)
    gone.delete()
    sent = {"title": "Row", "task_list": str(key[what])}
    kinds = (tasks(), type(theirs))
    refused(form, form.page, sent, kinds, why=f"the list is {what} (FR-11)", look=FORM)


def test_a_row_says_its_list(visitor, some, make_user):
    """FR-9: and costs no query for it."""
    owner = make_user()
    one = a_task(some, owner, task_list=a_list(some, owner))
    page = visitor.sign_in(owner).get(url("todo:task-list"))
    row_says(page, f"task-{one.pk}", one.task_list.name, why="the name of its list")
    same_cost(
        visitor.sign_in(owner),
        url("todo:task-list"),
        lambda: a_task(some, owner, task_list=a_list(some, owner)),
        few=2,
        many=8,
        things="tasks in lists of their own",
        look='todo/models.py, TaskQuerySet.with_related: select_related("task_list")',
        reason="NFR-7: the list costs the same however long it is",
    )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_a_list_that_goes_meanwhile(visitor, some, make_user, name):
    """NFR-6: the database refuses, and the second request gets a sentence."""
    mine = visitor.sign_in(make_user())
    home = a_list(some, mine.user)
    form = opened(mine, some, name)
    sent = {"title": "Row", "task_list": str(home.pk)}
    look = f"{VIEWS}: IntegrityError around the outermost transaction.atomic()"
    refused_meanwhile(form, sent, tasks(), (tasks(),), what="list", look=look)


def test_an_edit_does_not_undo_a_completion(visitor, some, make_user):
    """NFR-6: what is read to be written is locked, where the database can."""
    one = a_task(some, make_user())
    mine = visitor.sign_in(one.owner)
    path = url("todo:task-edit", pk=one.pk)
    form = form_of(mine.get(path), "title", look=FORM)

    def complete():
        type(one).objects.get(pk=one.pk).set_done(True)

    with somebody_waits_for_the_lock(type(one), complete):
        page = form.send(title="Row").expect_redirect("/", look=VIEWS)
    one.refresh_from_db()
    expect(
        one.done_at and one.title == "Row",
        did=f"{page.did}, while another request completed the task, on a database "
        "with row locks",
        wanted="the new title stored, and the task done",
        got=f"its title is {one.title}, and it is {'done' if one.done_at else 'open'}",
        look=f"{VIEWS}: select_for_update() where a POST looks the task up",
    )


@pytest.mark.parametrize("name", ["add", "edit", "delete"])
def test_pages_of_tasks_keep_their_rules(visitor, some, make_user, name):
    """FR-11 and NFR-5: they share their functions with those of the lists."""
    text = markup(some)
    fields = {"title": text} if name == "delete" else {}
    one = a_task(some, make_user(), **fields)
    path = url(f"todo:task-{name}", **({} if name == "add" else {"pk": one.pk}))
    valid = {"title": text, "priority": "2"}
    sent = {"a valid form": valid, "an empty form": {}, "no title": {"title": ""}}
    look = f"{VIEWS}, task_{name}"
    for role in LOGGED_IN if name != "add" else ():
        who = in_role(role, visitor, make_user, None)
        is_kept_out_whatever_is_sent(who, path, sent, (type(one),), look=look)
    mine = visitor.sign_in(one.owner)
    answer = stays_here(mine, path, valid, look=look).expect_redirect("/", look=look)
    page = mine.get("/")
    page.did = f"{answer.did}, then opened /"
    shown = name != "delete"
    stays_text(page, {"the title of a task": text}, look=look, shown=shown)
