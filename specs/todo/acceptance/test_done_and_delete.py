"""done-and-delete: tasks are completed, opened again and deleted, by POST only."""

import pytest

from acceptance.calls import ask
from acceptance.pages import (
    changes_nothing,
    links_to,
    markup,
    path_of,
    shows,
    stand_at,
    stays_here,
    stays_text,
    text_of,
    told_once,
    without_token,
)
from acceptance.samples import OTHERS, ago, in_role
from acceptance.support import Form, expect, url
from acceptance.tasks import (
    a_task,
    confirming,
    element,
    is_kept_out,
    is_now,
    keeps_the_policy,
    long_title,
    sent_from_elsewhere,
    stored,
    tasks,
    today_plus,
)

DONE = "todo/views.py, task_done"
DELETE = "todo/views.py, task_delete"


def to_done(one):
    __tracebackhide__ = True
    return url("todo:task-done", pk=one.pk)


def to_delete(one):
    __tracebackhide__ = True
    return url("todo:task-delete", pk=one.pk)


def test_addresses():
    """FR-5 and FR-6: the names of the two pages."""
    stand_at(
        {
            "/tasks/7/done/": url("todo:task-done", pk=7),
            "/tasks/7/delete/": url("todo:task-delete", pk=7),
        },
        look="todo/urls.py",
    )


def test_completing_twice_is_completing_once(visitor, some, make_user):
    """FR-5: the second time nothing changes."""
    one = a_task(some, make_user())
    other = a_task(some, one.owner)
    mine = visitor.sign_in(one.owner)
    page = mine.post(to_done(one), {"done": "1"})
    page.expect_redirect("/", look=DONE)
    one.refresh_from_db()
    expect(
        one.done_at is not None,
        did=page.did,
        wanted="done_at set (FR-5)",
        got="the task is open",
        look=f"{DONE} and Task.set_done",
    )
    told_once(page, look=DONE)
    earlier = ago(hours=5)
    type(one).objects.filter(pk=one.pk).update(done_at=earlier)
    page = mine.post(to_done(one), {"done": "1"}).expect_redirect("/", look=DONE)
    one.refresh_from_db()
    expect(
        one.done_at == earlier,
        did=f"{page.did}, for the second time",
        wanted="done_at as it was (FR-5: sent twice, it changes nothing more)",
        got=f"{one.done_at}" if one.done_at else "the task is open again",
        look=f"{DONE}: two values, no switch; Task.set_done: only if it is open",
    )
    other.refresh_from_db()
    expect(
        other.done_at is None,
        did=page.did,
        wanted="the other task as it was",
        got="it is done, too",
        look="Task.set_done",
    )


def test_done_at_is_the_current_time(visitor, some, make_user):
    """FR-5: to the second, however long the server has been running."""
    tasks()
    owner = make_user()

    def stamp():
        one = a_task(some, owner)
        # Logged in anew, since a session does not outlive a journey of years.
        page = visitor.sign_in(owner).post(to_done(one), {"done": "1"})
        page.expect_redirect("/", look=DONE)
        one.refresh_from_db()
        return one.done_at

    is_now(
        stamp,
        did="Sent done=1",
        wanted="done_at set to the current time (FR-5)",
        look="todo/models.py, Task.set_done: timezone.now()",
    )


@pytest.mark.parametrize("done", ["1", "0"])
def test_nothing_but_done_at_changes(visitor, some, make_user, done):
    """FR-5: the rest of the task is none of the button's business."""
    fields = {"done_at": ago(hours=1)} if done == "0" else {}
    one = a_task(
        some,
        make_user(),
        **fields,
        notes=some.sentence(),
        start=today_plus(2),
        due=today_plus(4),
        priority=3,
    )
    a_task(some, one.owner, done_at=ago(hours=2))
    before = without_done_at()
    page = visitor.sign_in(one.owner).post(to_done(one), {"done": done})
    page.expect_redirect("/", look=DONE)
    changed = [
        key
        for old, new in zip(before, without_done_at(), strict=True)
        for key in old
        if old[key] != new[key]
    ]
    expect(
        not changed,
        did=page.did,
        wanted="done_at changed and nothing else (FR-5)",
        got=f"changed are {', '.join(changed)}, too",
        look="todo/models.py, Task.set_done",
    )


def without_done_at():
    """The rows of all tasks, as they are but for done_at."""
    return [
        {key: value for key, value in row.items() if key != "done_at"}
        for row in stored(tasks())
    ]


@pytest.mark.parametrize("done", ["1", "0"])
def test_the_button_leads_to_the_list(visitor, some, make_user, done):
    """NFR-5: wherever the request says that it comes from or wants to go."""
    one = a_task(some, make_user())
    mine = visitor.sign_in(one.owner)
    page = stays_here(mine, to_done(one), {"done": done}, look=DONE)
    page.expect_redirect("/", look=DONE)
    before = f"http://testserver/tasks/{one.pk}/edit/"
    page = sent_from_elsewhere(mine, to_done(one), {"done": done}, before)
    page.did += f", coming from {before}"
    page.expect_redirect("/", wanted="a redirect to /, wherever one was", look=DONE)


def test_the_list_changes_nothing(visitor, some, make_user):
    """NFR-5: an address of the list is a link as well."""
    one = a_task(some, make_user())
    other = a_task(some, one.owner, done_at=ago(hours=1))
    mine = visitor.sign_in(one.owner)
    for key, open_again in ((one.pk, "0"), (other.pk, "1")):
        names = ("done", "delete", "pk", "id", "task")
        data = {**dict.fromkeys(names, str(key)), "open": open_again}
        page = changes_nothing(
            mine,
            url("todo:task-list"),
            data,
            lambda: stored(tasks()),
            look="todo/views.py, task_list",
        )
        page.expect_status(200)


def test_opening_twice_is_opening_once(visitor, some, make_user):
    """FR-5: and back."""
    one = a_task(some, make_user(), done_at=ago(hours=1))
    mine = visitor.sign_in(one.owner)
    for time in ("first", "second"):
        page = mine.post(to_done(one), {"done": "0"}).expect_redirect("/", look=DONE)
        one.refresh_from_db()
        expect(
            one.done_at is None,
            did=f"{page.did}, for the {time} time",
            wanted="an open task (FR-5)",
            got=f"done_at is {one.done_at}",
            look=DONE,
        )
    told_once(page, look=DONE)


@pytest.mark.parametrize("sent", [{}, {"done": ""}, {"done": "2"}, {"done": "true"}])
@pytest.mark.parametrize("state", ["open", "done"])
def test_done_is_one_or_zero(visitor, some, make_user, state, sent):
    """FR-5: anything else is a mistake of who sends it."""
    fields = {"done_at": ago(hours=1)} if state == "done" else {}
    one = a_task(some, make_user(), **fields)
    before = stored(tasks())
    page = visitor.sign_in(one.owner).post(to_done(one), sent)
    page.expect_status(400, look=f"{DONE}, HttpResponseBadRequest")
    expect(
        stored(tasks()) == before,
        did=page.did,
        wanted="nothing changed",
        got="the task is changed",
        look=DONE,
    )


def test_done_is_for_post(visitor, some, make_user):
    """NFR-5: a link changes nothing."""
    one = a_task(some, make_user())
    mine = visitor.sign_in(one.owner)
    page = changes_nothing(
        mine, to_done(one), {"done": "1"}, lambda: stored(tasks()), look=DONE
    )
    page.expect_status(405, look=f"{DONE}, @require_POST")


def test_each_row_has_a_button_and_a_link(visitor, some, make_user):
    """FR-5: the form says which of the two it is."""
    owner = make_user()
    rows = {"1": a_task(some, owner), "0": a_task(some, owner, done_at=ago(hours=1))}
    mine = visitor.sign_in(owner)
    page = mine.get(url("todo:task-list")).expect_status(200)
    look = "templates/todo/_task.html"
    for value, one in rows.items():
        row = element(page, f"task-{one.pk}")
        forms = [Form(page, tag) for tag in row.find_all("form")]
        found = [
            f for f in forms if path_of(f.action) == to_done(one) and f.method == "post"
        ]
        buttons = [
            str(tag.get("value"))
            for form in found
            for tag in form.tag.find_all(attrs={"name": "done"})
        ]
        expect(
            value in buttons and len(set(buttons)) == 1,
            did=page.did,
            wanted=f"a form in the row that posts done={value} to {to_done(one)}",
            got=f"done is {', '.join(buttons)}" if found else "there is no such form",
            look=look,
        )
        links_to(page, to_delete(one), wanted="a link to the delete page", look=look)
        said = " ".join(spoken(page, found[0].tag))
        expect(
            one.title in said,
            did=page.did,
            wanted=f"the title {one.title} in the button, in its text or in an "
            "aria-label: it is read aloud without its row (NFR-2)",
            got=f'it says "{said}"',
            look=look,
        )
        answer = found[0].send(done=value).expect_redirect("/", look=DONE)
        one.refresh_from_db()
        expect(
            (one.done_at is not None) is (value == "1"),
            did=answer.did,
            wanted="the state that the button promises",
            got=f"done_at is {one.done_at}",
            look=DONE,
        )


def spoken(page, form):
    """What a screen reader says of the buttons of a form."""
    for button in form.find_all(["button", "input"]):
        if button.name == "input" and button.get("type") not in ("submit", "image"):
            continue
        yield text_of(button)
        yield from (str(button.get(n, "")) for n in ("aria-label", "title", "value"))
        for name in ("aria-labelledby", "aria-describedby"):
            for one in str(button.get(name, "")).split():
                tag = page.soup.find(id=one)
                yield text_of(tag) if tag else ""


def test_two_requests_at_once_lose_nothing(some, make_user):
    """FR-5: what another request has stored since the task was read stays."""
    one = a_task(some, make_user())
    earlier = ago(hours=3)
    type(one).objects.filter(pk=one.pk).update(done_at=earlier, title="Changed")
    ask(one, "set_done", True, owner="task", look="todo/models.py, Task")
    row = type(one).objects.get(pk=one.pk)
    expect(
        (row.done_at, row.title) == (earlier, "Changed"),
        did="Called task.set_done(True) on a task that was completed, and got another "
        "title, since it was read",
        wanted="both as they are in the database: one statement, not read and save",
        got=f"done_at is {row.done_at}, the title {row.title}",
        look="todo/models.py, Task.set_done",
    )
    ask(one, "set_done", False, owner="task", look="todo/models.py, Task")
    row.refresh_from_db()
    expect(
        (row.done_at, row.title) == (None, "Changed"),
        did="Called task.set_done(False)",
        wanted="an open task, with the title that another request has stored",
        got=f"done_at is {row.done_at}, the title {row.title}",
        look="todo/models.py, Task.set_done",
    )


@pytest.mark.parametrize("state", ["open", "done"])
def test_deleting_asks_first(visitor, some, make_user, state):
    """FR-6: GET shows a form, and only its POST deletes."""
    fields = {"done_at": ago(hours=1)} if state == "done" else {}
    one = a_task(some, make_user(), title=long_title(some), **fields)
    other = a_task(some, one.owner)
    mine = visitor.sign_in(one.owner)
    page = changes_nothing(
        mine, to_delete(one), {}, lambda: stored(tasks()), look=DELETE
    )
    page.expect_status(200, look=DELETE)
    shows(page, one.title, wanted="the whole title of the task", look=DELETE)
    form = confirming(mine.get(to_delete(one)), look="templates/todo/delete.html")
    answer = form.send().expect_redirect("/", look=DELETE)
    left = list(type(one).objects.all())
    expect(
        left == [other],
        did=answer.did,
        wanted="this task deleted and no other (FR-6)",
        got=f"left are {', '.join(map(str, left)) or 'none'}",
        look=DELETE,
    )
    told_once(answer, look=DELETE)


def test_deleting_leads_to_the_list(visitor, some, make_user):
    """NFR-5: and to no other site, whatever the request asks for."""
    one = a_task(some, make_user())
    page = stays_here(visitor.sign_in(one.owner), to_delete(one), {}, look=DELETE)
    page.expect_redirect("/", look=DELETE)


def test_the_page_that_asks_keeps_the_policy(visitor, some, make_user):
    """NFR-3: as every page."""
    one = a_task(some, make_user())
    page = visitor.sign_in(one.owner).get(to_delete(one)).expect_status(200)
    keeps_the_policy(page, look="templates/todo/delete.html")


TABLE = [("done", "POST"), ("delete", "GET"), ("delete", "POST")]


@pytest.mark.parametrize(("name", "method"), TABLE)
@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("state", ["open", "done"])
def test_tasks_of_others_do_not_exist(
    visitor, some, make_user, state, role, name, method
):
    """FR-11: every role, in every state, by every method."""
    fields = {"done_at": ago(hours=1)} if state == "done" else {}
    one = a_task(some, make_user(), **fields)
    is_kept_out(
        in_role(role, visitor, make_user, None),
        method,
        url(f"todo:task-{name}", pk=one.pk),
        {"done": "1" if state == "open" else "0"},
        (tasks(),),
        look=f"todo/views.py, task_{name}",
    )


@pytest.mark.parametrize(("name", "method"), TABLE)
def test_an_unknown_task_is_not_found(visitor, some, make_user, name, method):
    """FR-11: a 404, not an error page."""
    one = a_task(some, make_user())
    path = url(f"todo:task-{name}", pk=one.pk)
    one.delete()
    mine = visitor.sign_in(one.owner)
    page = mine.get(path) if method == "GET" else mine.post(path, {"done": "1"})
    page.expect_status(404, look=f"todo/views.py, task_{name}")


@pytest.mark.parametrize("name", ["done", "delete"])
def test_a_post_needs_a_token(some, make_user, name):
    """NFR-5: another site cannot send the form."""
    one = a_task(some, make_user())
    path = url(f"todo:task-{name}", pk=one.pk)
    before = stored(tasks())
    status = without_token(one.owner, path, {"done": "1"})
    expect(
        status == 403 and stored(tasks()) == before,
        did=f"Sent POST {path} without a CSRF token",
        wanted="403, and nothing changed (NFR-5)",
        got=f"{status}",
        look=f"todo/views.py, task_{name}",
    )


def test_html_is_text_on_the_page_that_asks(visitor, some, make_user):
    """NFR-5: in the heading and in the title of the page."""
    text = markup(some)
    one = a_task(some, make_user(), title=text)
    page = visitor.sign_in(one.owner).get(to_delete(one))
    stays_text(page, {"a title": text}, look="templates/todo/delete.html")


@pytest.mark.parametrize("name", ["done", "delete"])
def test_html_is_text_in_the_messages(visitor, some, make_user, name):
    """NFR-5: where a message says the title."""
    text = markup(some)
    one = a_task(some, make_user(), title=text)
    mine = visitor.sign_in(one.owner)
    answer = mine.post(url(f"todo:task-{name}", pk=one.pk), {"done": "1"})
    page = mine.get(answer.expect_redirect("/").location)
    page.did = f"{answer.did}, and followed the redirect"
    stays_text(
        page,
        {"a title in a message": text},
        look=f"todo/views.py, task_{name}: messages",
        shown=False,
    )
