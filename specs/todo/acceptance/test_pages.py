"""pages: ten tasks on each, every one once, and the search stays in the address."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from acceptance.calls import same_queries
from acceptance.pages import markup, page_links, path_of, stays_here, stays_text
from acceptance.samples import OTHERS, ago, in_role, rare
from acceptance.support import Form, expect, url
from acceptance.tasks import (
    a_label,
    a_list,
    a_task,
    element,
    is_kept_out_whatever_is_sent,
    keys,
    lists_exactly,
    sent_from_elsewhere,
    tasks,
    today_plus,
)

LOOK = "todo/views.py, task_list: Paginator"
LINKS = "templates/todo/task_list.html: {% querystring page=… %}"
BACK = "todo/views.py, task_done: url_has_allowed_host_and_scheme"


def at(number, **asked):
    """The address of a page of the list."""
    __tracebackhide__ = True
    return f"{url('todo:task-list')}?{urlencode({**asked, 'page': number})}"


def numbers(page):
    """The pages that the links of a page lead to, with what else they ask for."""
    return {
        query["page"][0]: {key: value for key, value in query.items() if key != "page"}
        for query in page_links(page, "/")
        if "page" in query
    }


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("equal", "stranger"),
        ("dated", "member of staff"),
        ("done", "superuser"),
    ],
)
def test_every_task_is_on_one_page(visitor, some, make_user, kind, role):
    """FR-10: in one order, though they are equal but for the key; and one's own."""
    mine, other = in_role(role, visitor, make_user, None), make_user()
    kind_of = tasks()
    fields = {"due": today_plus(2)} if kind == "dated" else {}
    if kind == "done":
        fields = {"done_at": ago(hours=1)}
    for owner, count in ((mine.user, 64), (other, 12)):
        rows = [kind_of(owner=owner, title=rare(some), **fields) for _ in range(count)]
        kind_of.objects.bulk_create(rows)
    wanted = list(kind_of.objects.filter(owner=mine.user).order_by("-pk"))
    for number in range(1, 8):
        page = mine.get(at(number))
        part = wanted[10 * (number - 1) : 10 * number]
        why = f"tasks {10 * number - 9} to {10 * number}, each on one page (FR-10)"
        lists_exactly(page, part, why=why, look=LOOK)


@pytest.mark.parametrize(
    "value", ["plain", "two words", "salt & pepper", "1+1", "Größe", "a=b?c#d", "100%"]
)
def test_links_keep_the_search(visitor, some, make_user, value):
    """FR-10: every parameter with its value."""
    owner = make_user()
    label, home = a_label(some, owner), a_list(some, owner)
    fields = {"priority": 1, "task_list": home, "due": today_plus(3)}
    for _ in range(23):
        a_task(some, owner, label, title=f"{value} {rare(some)}", **fields)
    for _ in range(3):
        a_task(some, owner, title=rare(some))
    asked = {
        "q": value,
        "label": str(label.pk),
        "status": "open",
        "priority": "1",
        "list": str(home.pk),
        "due": "upcoming",
    }
    mine = visitor.sign_in(owner)
    kept = {key: [text] for key, text in asked.items()}
    page = mine.get(f"{url('todo:task-list')}?{urlencode(asked)}").expect_status(200)
    for number, wanted in ((1, {"2"}), (2, {"1", "3"}), (3, {"2"})):
        if number > 1:
            page = mine.get(at(number, **asked)).expect_status(200)
        leads = numbers(page)
        expect(
            len(keys(page)) == (3 if number == 3 else 10),
            did=page.did,
            wanted="ten tasks on a page, and three on the last one",
            got=f"{len(keys(page))}",
            look=LOOK,
        )
        for goal in wanted:
            expect(
                leads.get(goal) == kept,
                did=page.did,
                wanted=f"a link to page {goal} that keeps the search (FR-10)",
                got=f"links to {leads or 'no page'}",
                look=LINKS,
            )


def test_one_page_has_no_links(visitor, some, make_user):
    """FR-10: where there is nothing to turn to."""
    owner = make_user()
    mine = visitor.sign_in(owner)
    for count in (1, 10):
        while owner.tasks.count() < count:
            a_task(some, owner)
        page = mine.get(url("todo:task-list")).expect_status(200)
        expect(
            not numbers(page) and len(keys(page)) == count,
            did=f"{page.did}, with {count} tasks",
            wanted="all of them, and no link to another page",
            got=f"{len(keys(page))} tasks, links to {numbers(page) or 'no page'}",
            look=LINKS,
        )
    a_task(some, owner)
    page = mine.get(url("todo:task-list"))
    expect(
        "2" in numbers(page),
        did=f"{page.did}, with 11 tasks",
        wanted="a link to page 2",
        got=f"links to {numbers(page) or 'no page'}",
        look=LINKS,
    )


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "99", "9" * 30, "1.5", "²"])
def test_a_page_that_does_not_exist(visitor, some, make_user, number):
    """FR-10: never an error page."""
    owner = make_user()
    for _ in range(12):
        a_task(some, owner)
    page = visitor.sign_in(owner).get(at(number)).expect_status(200, 404, look=LOOK)
    expect(
        page.status == 404 or keys(page),
        did=page.did,
        wanted="tasks, or 404",
        got="a page without a task",
        look=f"{LOOK}.get_page",
    )


def test_an_empty_search_is_one_page(visitor, make_user, some):
    """FR-10: also on page two."""
    owner = make_user()
    a_task(some, owner)
    mine = visitor.sign_in(owner)
    page = mine.get(f"{url('todo:task-list')}?q={rare(some)}").expect_status(200)
    lists_exactly(page, [], why="no task", look=LOOK)
    mine.get(at(2, q=rare(some))).expect_status(200, 404, look=LOOK)


@pytest.mark.parametrize("done", ["1", "0"])
@pytest.mark.parametrize("count", [14, 11])
def test_completing_leads_back(visitor, some, make_user, done, count):
    """FR-5: to the page of the search that it was sent from, also if it was the last.

    Of eleven tasks one is on page two, and none is once it is completed.
    """
    owner = make_user()
    fields = {} if done == "1" else {"done_at": ago(hours=1)}
    for _ in range(count):
        a_task(some, owner, title=f"Salt & pepper {rare(some)}", **fields)
    asked = {"q": "salt & pepper", "status": "open" if done == "1" else "done"}
    mine = visitor.sign_in(owner)
    path = at(2, **asked)
    page = mine.get(path).expect_status(200)
    one = tasks().objects.get(pk=keys(page)[0])
    row = element(page, f"task-{one.pk}")
    to = url("todo:task-done", pk=one.pk)
    forms = [Form(page, tag) for tag in row.find_all("form")]
    form = next((f for f in forms if path_of(f.action) == to), None)
    expect(
        form is not None and form.has("next"),
        did=page.did,
        wanted="a field next in the form of the row",
        got="there is none",
        look="templates/todo/_task.html",
    )
    answer = form.send(done=done)
    there = urlsplit(answer.location)
    expect(
        (there.path, parse_qs(there.query)) == ("/", parse_qs(urlsplit(path).query)),
        did=answer.did,
        wanted=f"a redirect to {path} (FR-5)",
        got=answer.summary,
        look=BACK,
    )
    one.refresh_from_db()
    expect(
        (one.done_at is not None) is (done == "1"),
        did=answer.did,
        wanted="a done task" if done == "1" else "an open task",
        got="it is open" if done == "1" else "it is done",
        look=BACK,
    )
    back = mine.get(answer.location)
    expect(
        back.status == 200 and keys(back),
        did=f"{answer.did}, and was led to {answer.location}, with "
        f"{count - 1} tasks left that are asked for",
        wanted="the list with tasks: the last page where there is no such page any "
        "more (FR-5: users return to the page they came from)",
        got=f"{back.summary} without a task",
        look=f"{LOOK}.get_page",
    )


@pytest.mark.parametrize("done", ["1", "0"])
def test_html_is_text(visitor, some, make_user, done):
    """NFR-5: in the links, in the field next, and in the message."""
    mine = visitor.sign_in(make_user())
    text, fields = markup(some), {} if done == "1" else {"done_at": ago(hours=1)}
    for _ in range(11):
        a_task(some, mine.user, title=text, **fields)
    one = tasks().objects.first()
    page = mine.get(at(2, q=text))
    stays_text(page, {"the search": text}, look="templates/todo/")
    path = url("todo:task-done", pk=one.pk)
    answer = mine.post(path, {"done": done, "next": at(2, q=text)})
    page = mine.get(answer.expect_redirect("/", look=BACK).location)
    page.did = f"{answer.did}, then opened {answer.location}"
    stays_text(page, {"the title of a task": text}, look="todo/views.py, task_done")


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_completes_the_tasks_of_others(visitor, some, make_user, role):
    """FR-11: whatever they send."""
    one = a_task(some, make_user())
    sent = {
        "to complete it": {"done": "1", "next": "/?page=2"},
        "no next": {"done": "1"},
        "a word": {"done": "x", "next": "/"},
        "nothing": {},
    }
    is_kept_out_whatever_is_sent(
        in_role(role, visitor, make_user, None),
        url("todo:task-done", pk=one.pk),
        sent,
        (type(one),),
        look="todo/views.py, task_done",
    )


def test_a_new_search_begins_at_page_one(visitor, some, make_user):
    """FR-10: from whatever page the form is sent."""
    mine = visitor.sign_in(make_user())
    first, second = rare(some), rare(some)
    for word in (first, second):
        for _ in range(22):
            a_task(some, mine.user, title=f"{word} {rare(some)}")
    page = mine.get(at(2, q=first)).expect_status(200, look=LOOK)
    form = page.expect_form("q", look="templates/todo/task_list.html")
    answer = form.send(q=second)
    wanted = tasks().objects.filter(title__startswith=second).order_by("-pk")[:10]
    why = "the first ten tasks of the new search, though it was sent from page 2"
    look = "templates/todo/task_list.html: no field page in the form that asks"
    lists_exactly(answer, wanted, why=why, look=look)


ELSEWHERE = [
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "///elsewhere.example/",
    "https:elsewhere.example",
    "\\\\elsewhere.example",
    "/\\elsewhere.example",
    "http:///elsewhere.example/",
    "javascript:alert(1)",
    " https://elsewhere.example/",
    # The host of this site is in them, and is not their host.
    "http://testserver.elsewhere.example/",
    "http://testserver@elsewhere.example/",
    "http://elsewheretestserver/",
    "https://elsewhere.example/testserver",
    "https://elsewhere.example/?next=http://testserver/",
    "",
    None,
]


@pytest.mark.parametrize("asked", ELSEWHERE)
@pytest.mark.parametrize("done", ["1", "0"])
def test_no_answer_leads_elsewhere(visitor, some, make_user, asked, done):
    """NFR-5: whoever made the form."""
    fields = {} if done == "1" else {"done_at": ago(hours=1)}
    one = a_task(some, make_user(), **fields)
    data = {"done": done} if asked is None else {"done": done, "next": asked}
    path = url("todo:task-done", pk=one.pk)
    page = sent_from_elsewhere(visitor.sign_in(one.owner), path, data)
    where = str(page.headers.get("Location"))
    expect(
        page.status in (301, 302, 303, 307, 308) and where == "/",
        did=page.did,
        wanted="a redirect to / (NFR-5: no answer leads to another site)",
        got=f"{page.status}, to {where}",
        look=BACK,
    )
    one.refresh_from_db()
    expect(
        (one.done_at is not None) is (done == "1"),
        did=page.did,
        wanted="the task changed all the same",
        got=f"done_at is {one.done_at}",
        look=BACK,
    )


@pytest.mark.parametrize("done", ["1", "0"])
def test_only_next_of_the_form_leads_back(visitor, some, make_user, done):
    """NFR-5: neither next in the address, nor the page that the browser came from."""
    fields = {} if done == "1" else {"done_at": ago(hours=1)}
    one = a_task(some, make_user(), **fields)
    mine, path = visitor.sign_in(one.owner), url("todo:task-done", pk=one.pk)
    stays_here(mine, path, {"done": done}, look=BACK)
    data, lists = {"done": done}, "http://testserver/lists/"
    for way, page in {
        "next in the address": mine.post(f"{path}?next={ELSEWHERE[0]}", data),
        "the Referer": sent_from_elsewhere(mine, path, data, referer=lists),
    }.items():
        expect(
            300 <= page.status < 400 and page.location == "/",
            did=f"{page.did}, without next in the form ({way} names a page)",
            wanted="a redirect to / (NFR-5: only next of the form counts)",
            got=page.summary,
            look=BACK,
        )


def test_pages_cost_the_same(visitor, some, make_user):
    """NFR-7: with one page of tasks, or with six."""
    owner = make_user()
    label = a_label(some, owner)
    mine = visitor.sign_in(owner)
    same_queries(
        lambda: mine.get(url("todo:task-list")),
        lambda: a_task(some, owner, label),
        few=10,
        many=60,
        did=lambda page: f"{page.did}, with 10 and with 60 tasks",
        look=LOOK,
        reason="NFR-7: a page costs the same however many there are",
    )
