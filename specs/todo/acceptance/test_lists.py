"""lists: tasks are in lists, which have names that their owner gives once."""

import pytest

from acceptance.calls import same_cost
from acceptance.names import NameTests
from acceptance.support import expect, url
from acceptance.tasks import (
    a_list,
    a_task,
    form_of,
    only,
    refused,
    row_says,
    tasks,
)

FORM = "todo/forms.py, TaskForm"


class TestLists(NameTests):
    """FR-9: lists have pages of their own."""

    kind = "list"
    label = "todo.TaskList"
    related = "task_lists"
    longest = 60


def opened(visitor, some, owner, name, **fields):
    """The form of a new task, or of one with these fields."""
    __tracebackhide__ = True
    mine = visitor.sign_in(owner)
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


@pytest.mark.parametrize("name", ["add", "edit"])
def test_the_form_offers_own_lists(visitor, some, make_user, name):
    """FR-11: and no others; one may be chosen, and none."""
    owner, other = make_user(), make_user()
    homes = [a_list(some, owner) for _ in range(2)]
    a_list(some, other)
    form = opened(visitor, some, owner, name, task_list=homes[0])
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
    form = form_of(visitor.sign_in(owner).get(path), "title", "task_list", look=FORM)
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
@pytest.mark.parametrize("what", ["somebody else's", "one that is gone", "a word"])
def test_the_form_refuses_other_lists(visitor, some, make_user, what, name):
    """FR-11: whatever is sent by hand."""
    owner = make_user()
    theirs, gone = a_list(some, make_user()), a_list(some, owner)
    key = {"somebody else's": theirs.pk, "one that is gone": gone.pk, "a word": "home"}
    form = opened(visitor, some, owner, name)
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
