"""labels: a task has any number of labels of its owner."""

import pytest

from acceptance.calls import same_cost
from acceptance.names import NameTests
from acceptance.samples import in_role
from acceptance.support import expect, url
from acceptance.tasks import (
    LOGGED_IN,
    a_label,
    a_task,
    element,
    form_of,
    lists_exactly,
    only,
    refused,
    refused_meanwhile,
    row_says,
    tasks,
)

FORM = "todo/forms.py, TaskForm"


class TestLabels(NameTests):
    """FR-9: labels have pages of their own."""

    kind = "label"
    label = "todo.Label"
    related = "labels"
    longest = 40


def opened(mine, some, name, *labels):
    """The form of a new task, or of one with these labels."""
    __tracebackhide__ = True
    path = url("todo:task-add")
    if name == "edit":
        path = url("todo:task-edit", pk=a_task(some, mine.user, *labels).pk)
    return form_of(mine.get(path), "title", "labels", look=FORM)


def test_tasks_and_labels_know_each_other(some, make_user):
    """FR-9: and neither goes with the other."""
    owner = make_user()
    red, blue = a_label(some, owner), a_label(some, owner)
    one, other = a_task(some, owner, red, blue), a_task(some, owner, red)
    found = (set(one.labels.all()), set(red.tasks.all()))
    expect(
        found == ({red, blue}, {one, other}),
        did="Asked for task.labels and label.tasks",
        wanted="both labels, and both tasks",
        got=f"{found}",
        look="todo/models.py, Task.labels",
    )
    red.delete()
    one.delete()
    left = (tasks().objects.count(), list(type(blue).objects.all()))
    expect(
        left == (1, [blue]),
        did="Deleted a label of two tasks, and a task with another label",
        wanted="the other task and the other label left",
        got=f"{left[0]} tasks, and the labels {left[1]}",
        look="todo/models.py, Task.labels",
    )


@pytest.mark.parametrize("role", LOGGED_IN)
@pytest.mark.parametrize("name", ["add", "edit"])
def test_the_form_offers_own_labels(visitor, some, make_user, name, role):
    """FR-11: and no others, not to staff either; exactly what is chosen is stored."""
    who, other = in_role(role, visitor, make_user, None), make_user()
    mine = [a_label(some, who.user) for _ in range(3)]
    a_label(some, other)
    form = opened(who, some, name, mine[2])
    offered = set(form.options("labels"))
    wanted = {str(label.pk) for label in mine}
    expect(
        offered == wanted,
        did=form.page.did,
        wanted="the user's own labels (FR-11)",
        got=f"{len(wanted - offered)} of them missing, "
        f"{len(offered - wanted)} of somebody else",
        look=f'{FORM}.__init__: self.fields["labels"].queryset',
    )
    for chosen in (mine[:2], mine[1:2], []):
        sent = [str(label.pk) for label in chosen]
        page = form.send(title="Row", labels=sent).expect_redirect("/", look=FORM)
        rows = tasks("labels").objects.filter(title="Row")
        task = only(rows, did=page.did, look=FORM)
        expect(
            set(task.labels.all()) == set(chosen),
            did=page.did,
            wanted=f"the labels {', '.join(map(str, chosen)) or 'none'}",
            got=", ".join(map(str, task.labels.all())) or "none",
            look=f"{FORM}: form.save(), or save_m2m()",
        )
        path = url("todo:task-edit", pk=task.pk)
        form = form_of(who.get(path), "title", "labels", look=FORM)
        held = form.values.get("labels", [])
        held = [held] if isinstance(held, str) else held
        expect(
            sorted(held) == sorted(sent),
            did=form.page.did,
            wanted="the stored labels chosen",
            got=f"{len(held)} chosen",
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
def test_the_form_refuses_other_labels(visitor, some, make_user, what, role, name):
    """FR-11: whatever is sent by hand, and by whom, beside a good one."""
    mine = in_role(role, visitor, make_user, None)
    owner = mine.user
    good, gone = a_label(some, owner), a_label(some, owner)
    theirs = a_label(some, make_user())
    key = {"somebody else's": theirs.pk, "one that is gone": gone.pk, "a word": "red"}
    form = opened(mine, some, name)
    gone.delete()
    sent = {"title": "Row", "labels": [str(good.pk), str(key[what])]}
    through = tasks("labels").labels.through
    kinds = (tasks(), through)
    refused(form, form.page, sent, kinds, why=f"a label is {what} (FR-11)", look=FORM)


def test_a_row_says_its_labels(visitor, some, make_user):
    """FR-9: and costs no query for each."""
    owner = make_user()
    labels = [a_label(some, owner) for _ in range(6)]
    one, bare = a_task(some, owner, *labels[:5]), a_task(some, owner)
    mine = visitor.sign_in(owner)
    page = mine.get(url("todo:task-list"))
    why = "each task once, however many labels it has"
    lists_exactly(page, [bare, one], why=why, look="todo/models.py, TaskQuerySet")
    for label in labels[:5]:
        why = "one of its labels, of which there are five"
        row_says(page, f"task-{one.pk}", label.name, why=why)
    found = element(page, f"task-{bare.pk}").get_text()
    expect(
        not any(label.name in found for label in labels),
        did=page.did,
        wanted="no label in the row of a task without one",
        got=found.strip()[:100],
        look="templates/todo/_task.html",
    )

    def grow():
        a_task(some, owner, *[a_label(some, owner) for _ in range(2)])

    same_cost(
        mine,
        url("todo:task-list"),
        grow,
        few=2,
        many=7,
        things="tasks with two labels each",
        look='todo/models.py, TaskQuerySet.with_related: prefetch_related("labels")',
        reason="NFR-7: the list costs the same however long it is",
    )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_a_label_that_goes_meanwhile(visitor, some, make_user, name):
    """NFR-6: the database refuses, and the second request gets a sentence."""
    mine = visitor.sign_in(make_user())
    red = a_label(some, mine.user)
    form = opened(mine, some, name)
    through = tasks("labels").labels.through
    sent = {"title": "Row", "labels": [str(red.pk)]}
    look = "todo/views.py: IntegrityError around the outermost transaction.atomic()"
    kinds = (tasks(), through)
    refused_meanwhile(form, sent, through, kinds, what="label", look=look)
