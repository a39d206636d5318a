"""task-forms: users add and edit their tasks with a form that checks everything."""

from datetime import timedelta

import pytest

from acceptance.pages import (
    changes_nothing,
    has_no_link,
    links_to,
    markup,
    stand_at,
    stays_here,
    stays_text,
    text_of,
    told_once,
    without_token,
)
from acceptance.samples import OTHERS, ago, in_role, rare
from acceptance.support import expect, url
from acceptance.tasks import (
    FIELDS,
    a_task,
    element,
    form_of,
    is_kept_out,
    keeps_the_policy,
    labelled,
    long_title,
    only,
    refused,
    shows_its_own_errors,
    still_typed,
    stored,
    tasks,
    today_plus,
)

VIEWS = "todo/views.py"
FORM = "todo/forms.py, TaskForm"
HTML = "templates/todo/form.html"
EARLY, LATE = today_plus(3), today_plus(5)


def typed(some, **changes):
    """What somebody types into the form."""
    return {
        "title": rare(some).capitalize(),
        "notes": some.sentence(),
        "start": f"{EARLY}",
        "due": f"{LATE}",
        "priority": "1",
        **changes,
    }


def place(name, some, owner):
    """(path, the task that is edited there or None)."""
    __tracebackhide__ = True
    if name == "add":
        tasks()
        return url("todo:task-add"), None
    one = a_task(some, owner, notes=some.sentence(), start=EARLY, due=LATE, priority=3)
    return url("todo:task-edit", pk=one.pk), one


def test_addresses():
    """FR-3: the names of the two pages."""
    stand_at(
        {
            "/tasks/add/": url("todo:task-add"),
            "/tasks/7/edit/": url("todo:task-edit", pk=7),
        },
        look="todo/urls.py",
    )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_the_form_is_shown(visitor, some, make_user, name):
    """FR-3: with its fields, their labels and the stored values."""
    owner = make_user()
    path, one = place(name, some, owner)
    page = visitor.sign_in(owner).get(path)
    form = form_of(page, *FIELDS, look=FORM)
    labelled(page, look="templates/todo/_field.html")
    for field in ("start", "due"):
        kind = str(form.tag.find(attrs={"name": field}).get("type"))
        expect(
            kind == "date",
            did=page.did,
            wanted=f'{field} as <input type="date">',
            got=f"its type is {kind}",
            look=f"{FORM}, widgets",
        )
    if one is None:
        return
    wanted = {
        "title": one.title,
        "notes": one.notes,
        "start": f"{EARLY}",
        "due": f"{LATE}",
        "priority": "3",
    }
    for field, value in wanted.items():
        held = str(form.values.get(field))
        expect(
            held == value,
            did=page.did,
            wanted=f"the form filled in: {field} is {value}",
            got=f"it is {held!r}",
            look=f"{VIEWS}, task_edit: instance=" if held in ("", "2") else FORM,
        )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_a_valid_form_is_stored(visitor, some, make_user, name):
    """FR-3: for the user, followed by a redirect and a message."""
    owner, other = make_user(), make_user()
    theirs = a_task(some, other)
    path, one = place(name, some, owner)
    sent = typed(some)
    page = form_of(visitor.sign_in(owner).get(path), *FIELDS, look=FORM).send(sent)
    page.expect_redirect(
        "/", wanted="a redirect to /: reloading must not send it twice", look=VIEWS
    )
    rows = list(owner.tasks.all())
    found = [
        {
            "title": row.title,
            "notes": row.notes,
            "start": f"{row.start}",
            "due": f"{row.due}",
            "priority": f"{row.priority}",
        }
        for row in rows
    ]
    expect(
        found == [sent] and (one is None or rows[0].pk == one.pk),
        did=page.did,
        wanted="one task of the user with these values",
        got=f"{found}",
        look=f"{VIEWS}, task_{name}",
    )
    expect(
        list(other.tasks.all()) == [theirs],
        did=page.did,
        wanted="nobody else's tasks changed",
        got=f"{other.tasks.count()} tasks of the other user",
        look=VIEWS,
    )
    told_once(page, look=VIEWS)


@pytest.mark.parametrize("name", ["add", "edit"])
def test_little_is_enough(visitor, some, make_user, name):
    """FR-3: notes and dates may be left out, and taken out again."""
    owner = make_user()
    path, _ = place(name, some, owner)
    sent = typed(some, notes="", start="", due="", priority="2")
    form_of(visitor.sign_in(owner).get(path), *FIELDS, look=FORM).send(
        sent
    ).expect_redirect("/", look=FORM)
    did = f"Sent the form at {path}"
    row = only(owner.tasks.all(), did=did, look=VIEWS)
    expect(
        (row.notes, row.start, row.due, row.priority) == ("", None, None, 2),
        did=f"Sent the form at {path} without notes and dates",
        wanted="a task without them",
        got=f"{(row.notes, row.start, row.due, row.priority)}",
        look=FORM,
    )


BAD = {
    "an empty title": {"title": ""},
    "a blank title": {"title": "   "},
    "a title of 201 characters": {"title": "x" * 201},
    "notes of 2001 characters": {"notes": "y" * 2001},
    "a due date that is none": {"due": "soon"},
    "a start that is none": {"start": "2026-02-30"},
    "a priority of 0": {"priority": "0"},
    "a priority of 4": {"priority": "4"},
    "a priority that is a word": {"priority": "high"},
    "a start after the due date": {
        "start": f"{LATE}",
        "due": f"{LATE - timedelta(days=1)}",
    },
    "a high priority without a due date": {"priority": "3", "due": ""},
}


@pytest.mark.parametrize("name", ["add", "edit"])
@pytest.mark.parametrize("what", BAD)
def test_an_invalid_form_comes_back(visitor, some, make_user, what, name):
    """FR-3 and FR-4: with an error and what was typed, and nothing is stored."""
    owner = make_user()
    path, _ = place(name, some, owner)
    fresh = visitor.sign_in(owner).get(path)
    form = form_of(fresh, *FIELDS, look=FORM)
    sent = typed(some, **BAD[what])
    page = refused(form, fresh, sent, (tasks(),), why=f"{what} (FR-3)", look=FORM)
    # A field for dates or a choice cannot hold what is none.
    odd = "none" in what or "priority of" in what or "word" in what
    kept = {
        key: value
        for key, value in sent.items()
        if value.strip()
        and (key in ("title", "notes") or not odd or key not in BAD[what])
    }
    still_typed(page, kept, look=VIEWS)


@pytest.mark.parametrize("name", ["add", "edit"])
def test_what_is_just_allowed_is_stored(visitor, some, make_user, name):
    """FR-4: a task of one day, and texts of the greatest length."""
    owner = make_user()
    path, _ = place(name, some, owner)
    sent = typed(
        some,
        title=long_title(some).ljust(200, "x"),
        notes="y" * 2000,
        start=f"{LATE}",
        due=f"{LATE}",
        priority="3",
    )
    form = form_of(visitor.sign_in(owner).get(path), *FIELDS, look=FORM)
    page = form.send(sent)
    page.did = (
        f"Sent the form at {path} with a title of 200 and notes of 2000 characters, "
        "and with a task that starts on the day on which it is due"
    )
    page.expect_redirect("/", wanted="it stored: nothing forbids it", look=FORM)
    row = only(owner.tasks.all(), did=page.did, look=VIEWS)
    expect(
        (row.title, row.notes, row.start, row.due)
        == (sent["title"], sent["notes"], LATE, LATE),
        did=page.did,
        wanted="a task with these values",
        got=f"{len(row.title)} and {len(row.notes)} characters, {row.start}, {row.due}",
        look=FORM,
    )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_an_error_of_no_field_is_shown(visitor, some, make_user, monkeypatch, name):
    """FR-3: with the form's own errors."""
    owner = make_user()
    path, _ = place(name, some, owner)
    form = form_of(visitor.sign_in(owner).get(path), *FIELDS, look=FORM)
    form.tag.find(attrs={"name": "title"})["value"] = rare(some)
    look = f"{HTML}: form.non_field_errors"
    shows_its_own_errors(form, tasks(), monkeypatch.setattr, look=look)


@pytest.mark.parametrize("name", ["add", "edit"])
@pytest.mark.parametrize(
    "what", ["a start after the due date", "a high priority without a due date"]
)
def test_a_rule_across_fields_is_an_error_of_one(visitor, some, make_user, what, name):
    """FR-4: the error is where it can be mended."""
    owner = make_user()
    path, _ = place(name, some, owner)
    fresh = visitor.sign_in(owner).get(path)
    form = form_of(fresh, *FIELDS, look=FORM)
    page = form.send(typed(some, **BAD[what])).expect_status(200)
    row = element(page, "id_due_error", look="templates/todo/_field.html")
    expect(
        len(text_of(row).split()) > 1,
        did=page.did,
        wanted=f"a sentence in the element id_due_error: {what} (FR-4)",
        got=f"it says {text_of(row)!r}",
        look=f'{FORM}.clean: self.add_error("due", …)',
    )


def test_a_wrong_date_is_one_error(visitor, some, make_user):
    """FR-4: nobody is told that a date is missing where one was typed."""
    owner = make_user()
    path, _ = place("add", some, owner)
    mine = visitor.sign_in(owner)
    counts = {}
    for priority in ("1", "3"):
        fresh = mine.get(path)
        form = form_of(fresh, *FIELDS, look=FORM)
        page = form.send(typed(some, due="soon", start="", priority=priority))
        page.expect_status(200)
        counts[priority] = text_of(element(page, "id_due_error", look=HTML))
    expect(
        counts["1"] == counts["3"],
        did="Sent a due date that is none with a low and with a high priority",
        wanted="the same one error both times",
        got=f'"{counts["1"]}", then "{counts["3"]}"',
        look=f"{FORM}.clean: only if due has no error yet",
    )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_nothing_else_can_be_sent(visitor, some, make_user, name):
    """FR-11: whose a task is, and when it was done, is not the form's business."""
    owner, other = make_user(), make_user()
    path, one = place(name, some, owner)
    theirs = a_task(some, other)
    before = one and (one.done_at, one.created_at)
    mine = visitor.sign_in(owner)
    form = form_of(mine.get(path), *FIELDS, look=FORM)
    sent = typed(some)
    extra = {
        "owner": str(other.pk),
        "owner_id": str(other.pk),
        "done_at": "2020-01-01 10:00",
        "created_at": "2020-01-01 10:00",
        "pk": str(theirs.pk),
        "id": str(theirs.pk),
    }
    page = mine.post(path, {**form.values, **sent, **extra})
    page.expect_redirect("/", look=FORM)
    row = only(tasks().objects.filter(title=sent["title"]), did=page.did, look=VIEWS)
    expect(
        row.owner == owner,
        did=page.did,
        wanted="a task of the user who sends it (FR-11)",
        got=f"its owner is {row.owner}",
        look=f"{FORM}, fields, and {VIEWS}: owner=request.user",
    )
    expect(
        row.done_at is None
        and row.created_at.year > 2020
        and (not before or before == (row.done_at, row.created_at)),
        did=page.did,
        wanted="done_at and created_at as they were",
        got=f"{row.done_at}, {row.created_at}",
        look=f"{FORM}, fields",
    )
    expect(
        (one is None or row.pk == one.pk) and list(other.tasks.all()) == [theirs],
        did=page.did,
        wanted="the task of the address stored, and no other one",
        got="another one is changed",
        look=f"{VIEWS}, task_{name}: only the address says which task it is",
    )


def test_a_done_task_can_be_edited(visitor, some, make_user):
    """FR-3: it stays done, and its other columns are the form's."""
    one = a_task(some, make_user(), done_at=ago(days=2), due=LATE)
    kind = type(one)
    kept = ("owner_id", "done_at", "created_at")
    before = kind.objects.values(*kept).get(pk=one.pk)
    mine = visitor.sign_in(one.owner)
    path = url("todo:task-edit", pk=one.pk)
    look = f"{VIEWS}, task_edit"
    page = form_of(mine.get(path), *FIELDS, look=look).send(typed(some))
    page.did += ", for a task that is done"
    page.expect_redirect("/", look=look)
    after = kind.objects.values(*kept).get(pk=one.pk)
    expect(
        after == before,
        did=page.did,
        wanted=f"owner, done_at and created_at as they were: {before['done_at']}",
        got=f"done_at is {after['done_at']}",
        look=f"{FORM} and {look}",
    )


@pytest.mark.parametrize("name", ["add", "edit"])
def test_the_form_leads_to_the_list(visitor, some, make_user, name):
    """NFR-5: and to no other site, whatever the request asks for."""
    owner = make_user()
    path, _ = place(name, some, owner)
    page = stays_here(visitor.sign_in(owner), path, typed(some), look=VIEWS)
    page.expect_redirect("/", look=VIEWS)


@pytest.mark.parametrize("name", ["add", "edit"])
def test_the_pages_keep_the_policy(visitor, some, make_user, name):
    """NFR-3: also with errors in the form."""
    owner = make_user()
    path, _ = place(name, some, owner)
    mine = visitor.sign_in(owner)
    keeps_the_policy(mine.get(path).expect_status(200), look=HTML)
    page = mine.post(path, typed(some, title="")).expect_status(200, look=VIEWS)
    keeps_the_policy(page, look=HTML)


@pytest.mark.parametrize("name", ["add", "edit"])
def test_a_get_stores_nothing(visitor, some, make_user, name):
    """NFR-5: links are followed by anybody."""
    owner = make_user()
    path, _ = place(name, some, owner)
    page = changes_nothing(
        visitor.sign_in(owner), path, typed(some), lambda: stored(tasks()), look=VIEWS
    )
    page.expect_status(200, look=VIEWS)


@pytest.mark.parametrize("name", ["add", "edit"])
def test_a_post_needs_a_token(visitor, some, make_user, name):
    """NFR-5: another site cannot send the form."""
    owner = make_user()
    path, _ = place(name, some, owner)
    before = stored(tasks())
    status = without_token(owner, path, typed(some))
    expect(
        status == 403 and stored(tasks()) == before,
        did=f"Sent POST {path} without a CSRF token",
        wanted="403, and nothing changed (NFR-5)",
        got=f"{status}",
        look=VIEWS,
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("state", ["open", "done"])
def test_tasks_of_others_do_not_exist(visitor, some, make_user, state, role, method):
    """FR-11: every role, by every method."""
    fields = {"done_at": ago(hours=1)} if state == "done" else {}
    one = a_task(some, make_user(), **fields)
    is_kept_out(
        in_role(role, visitor, make_user, None),
        method,
        url("todo:task-edit", pk=one.pk),
        typed(some),
        (tasks(),),
        look=f"{VIEWS}, task_edit",
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visitor_adds_nothing(visitor, some, method):
    """FR-11: the login page comes first."""
    tasks()
    is_kept_out(
        visitor,
        method,
        url("todo:task-add"),
        typed(some),
        (tasks(),),
        look=f"{VIEWS}, task_add",
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_task_is_not_found(visitor, some, make_user, method):
    """FR-11: a 404, not an error page."""
    mine = visitor.sign_in(make_user())
    one = a_task(some, mine.user)
    path = url("todo:task-edit", pk=one.pk)
    one.delete()
    page = getattr(mine, method)(path, typed(some))
    page.expect_status(404, look=f"{VIEWS}, get_object_or_404")


def test_links_lead_to_the_forms(visitor, some, make_user):
    """FR-3: from the list."""
    owner = make_user()
    one, theirs = a_task(some, owner), a_task(some, make_user())
    page = visitor.sign_in(owner).get(url("todo:task-list")).expect_status(200)
    look = "templates/todo/_task.html and templates/base.html"
    for to in ("/tasks/add/", f"/tasks/{one.pk}/edit/"):
        links_to(page, to, wanted=f"a link to {to}", look=look)
    to = f"/tasks/{theirs.pk}/edit/"
    has_no_link(page, to, wanted="no link to another's task", look=look)


def test_html_is_text_in_the_form(visitor, some, make_user):
    """NFR-5: in the value of a field, too."""
    text = markup(some)
    one = a_task(some, make_user(), title=text)
    page = visitor.sign_in(one.owner).get(url("todo:task-edit", pk=one.pk))
    stays_text(page, {"a title": text}, look=HTML)


@pytest.mark.parametrize("name", ["add", "edit"])
def test_html_is_text_in_the_answers(visitor, some, make_user, name):
    """NFR-5: in a form that was refused, and in the message of one that was not."""
    owner = make_user()
    path, _ = place(name, some, owner)
    mine = visitor.sign_in(owner)
    text = markup(some)
    early = {"start": f"{LATE}", "due": f"{EARLY}"}
    page = mine.post(path, typed(some, title=text, **early))
    stays_text(page, {"the title of a form that is refused": text}, look=HTML)
    answer = mine.post(path, typed(some, title=text)).expect_redirect("/", look=VIEWS)
    page = mine.get(answer.location)
    page.did = f"{answer.did}, and followed the redirect"
    stays_text(page, {"the title of what is stored": text}, look=f"{VIEWS}, messages")
