"""search: the list finds and filters what its address asks for."""

from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.utils import timezone

from acceptance.calls import ask, same_cost
from acceptance.pages import (
    markup,
    only_on,
    page_links,
    stays_text,
)
from acceptance.samples import ago, in_role, rare
from acceptance.support import Form, expect, fail, model, url
from acceptance.tasks import (
    LOGGED_IN,
    a_label,
    a_list,
    a_task,
    element,
    keys,
    lists_exactly,
    tasks,
    today_plus,
)

LOOK = "todo/forms.py, TaskFilter, and todo/views.py, task_list"
MATCHING = "todo/models.py, TaskQuerySet.matching"
FIELDS = ("q", "status", "due", "priority", "list", "label")


def found(mine, wanted, why, look=LOOK, **asked):
    """The list shows these tasks and no others for what is asked, or a sentence."""
    __tracebackhide__ = True
    page = mine.get(f"{url('todo:task-list')}?{urlencode(asked)}")
    lists_exactly(page, wanted, why=why, look=look)
    return page


def in_order(rows):
    """Tasks that are equal but for the key, in the order of the list."""
    return sorted(rows, key=lambda one: -one.pk)


@pytest.mark.parametrize("role", LOGGED_IN)
def test_the_form_asks_by_get(visitor, some, make_user, role):
    """FR-10: everything that is asked for is in the address and in the form."""
    mine = in_role(role, visitor, make_user, None)
    owner = mine.user
    home, label = a_list(some, owner), a_label(some, owner)
    theirs = a_list(some, make_user()), a_label(some, make_user())
    asked = {
        "q": f"{rare(some)} {rare(some)}",
        "status": "open",
        "due": "today",
        "priority": "3",
        "list": str(home.pk),
        "label": str(label.pk),
    }
    page = mine.get(f"{url('todo:task-list')}?{urlencode(asked)}")
    form = page.expect_status(200, look=LOOK).expect_form(*FIELDS, look=LOOK)
    expect(
        form.method == "get",
        did=page.did,
        wanted="a form of the method GET (FR-10)",
        got=f"its method is {form.method}",
        look="templates/todo/task_list.html",
    )
    for name, value in asked.items():
        expect(
            str(form.values.get(name)) == value,
            did=page.did,
            wanted=f"the form filled in: {name} is {value}",
            got=f"{form.values.get(name)!r}",
            look=LOOK,
        )
    for name, own, other in (("list", home, theirs[0]), ("label", label, theirs[1])):
        offered = set(form.options(name)) - {""}
        expect(
            offered == {str(own.pk)},
            did=page.did,
            wanted=f"the user's own {name} offered and no other (FR-11)",
            got="somebody else's, too" if str(other.pk) in offered else f"{offered}",
            look="todo/forms.py, TaskFilter.__init__",
        )
    one = a_task(some, owner, title=asked["q"], due=today_plus(0), priority=3)
    answer = form.send(status="", list="", label="")
    lists_exactly(answer, [one], why="what the form asks for", look=LOOK)


@pytest.mark.parametrize("role", LOGGED_IN)
def test_every_word_is_found(visitor, some, make_user, role):
    """FR-10: all of them, in title or notes, in whatever case and order."""
    mine = in_role(role, visitor, make_user, None)
    owner = mine.user
    one, two, three = (rare(some) for _ in range(3))
    both = a_task(some, owner, title=f"{one} {two}", notes=some.sentence())
    apart = a_task(some, owner, title=f"Say {two.upper()}", notes=f"and\n{one}ish")
    only = a_task(some, owner, title=one, notes=three)
    a_task(some, owner)
    a_task(some, make_user(), title=f"{one} {two} {three}")
    why = "every word in title or notes (FR-10)"
    cases = {
        f"{one} {two}": [apart, both],
        f"  {two.upper()}   {one.capitalize()} ": [apart, both],
        one: [only, apart, both],
        two[2:-1]: [apart, both],
        three: [only],
        f"{one} {two} {three}": [],
    }
    for text, wanted in cases.items():
        found(mine, wanted, why, look=MATCHING, q=text)
        rows = ask(
            tasks().objects, "matching", text, owner="Task.objects", look=MATCHING
        )
        rows = rows.filter(owner=owner)
        expect(
            {row.pk for row in rows} == {row.pk for row in wanted},
            did=f"Called Task.objects.matching({text!r})",
            wanted=f"{len(wanted)} tasks of the user",
            got=f"{len(rows)}",
            look=MATCHING,
        )


def test_names_are_not_searched(visitor, some, make_user):
    """FR-10: a word is looked for in title and notes, and nowhere else."""
    word = rare(some)
    owner = make_user(username=f"{word}er")
    home, label = a_list(some, owner, f"The {word}"), a_label(some, owner, word)
    a_task(some, owner, label, task_list=home)
    one = a_task(some, owner, title=f"A {word}")
    mine = visitor.sign_in(owner)
    why = "the task with the word in its title, and none whose list, label or owner "
    found(mine, [one], f"{why}has it in the name (FR-10)", look=MATCHING, q=word)


def test_all_of_the_notes_is_searched(visitor, some, make_user):
    """FR-10: to the last of 2000 characters."""
    word = rare(some)
    notes = word.rjust(2000, "x")
    one = a_task(some, make_user(), notes=notes)
    mine = visitor.sign_in(one.owner)
    why = "the task with the word at the end of its notes of 2000 characters"
    found(mine, [one], why, look=MATCHING, q=word)


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_no_word_filters_nothing(visitor, some, make_user, text):
    """FR-10: an empty word is in every text and in none."""
    owner = make_user()
    rows = in_order(a_task(some, owner) for _ in range(3))
    mine = visitor.sign_in(owner)
    found(mine, rows, "all tasks for a search without a word", look=MATCHING, q=text)


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", '"', "&", "+", "#"])
def test_signs_stand_for_themselves(visitor, some, make_user, sign):
    """FR-10: the database knows some of them as wildcards."""
    owner = make_user()
    with_it = a_task(some, owner, title=f"Half{sign}done {rare(some)}")
    a_task(some, owner, title=f"Halfxdone {rare(some)}")
    mine = visitor.sign_in(owner)
    why = f"the task with {sign} in its title"
    found(mine, [with_it], why, look=MATCHING, q=f"half{sign}done")
    found(mine, [with_it], why, look=MATCHING, q=sign)


@pytest.mark.parametrize("word", ["Äpfel", "Éclair", "Öl", "Ягода"])
def test_letters_beyond_ascii(visitor, some, make_user, word):
    """FR-10: as they are spelt; in another case where the database can."""
    owner = make_user()
    one = a_task(some, owner, title=f"{word} {rare(some)}")
    a_task(some, owner)
    mine = visitor.sign_in(owner)
    found(mine, [one], "the word as it is spelt", look=MATCHING, q=word)
    page = mine.get(f"{url('todo:task-list')}?q={quote(word.swapcase())}")
    page.expect_status(200, look=LOOK)
    shown = keys(page)
    may = [[one.pk]] if connection.vendor == "postgresql" else [[one.pk], []]
    expect(
        shown in may,
        did=f"{page.did}, on {connection.vendor}",
        wanted=f"the task with {word}"
        + ("" if len(may) == 1 else ", or none: SQLite knows the case of A to Z only"),
        got=f"{len(shown)} tasks",
        look=f"{MATCHING}: icontains",
    )


def many(some, owner):
    """Tasks that differ in everything that can be asked for."""
    red, blue = a_label(some, owner), a_label(some, owner)
    home, work = a_list(some, owner), a_list(some, owner)
    made = [
        a_task(some, owner, red, blue, due=today_plus(-2), priority=3, task_list=home),
        a_task(some, owner, red, due=today_plus(0), priority=2, task_list=home),
        a_task(some, owner, blue, due=today_plus(3), priority=1, task_list=work),
        a_task(some, owner, priority=2),
        a_task(some, owner, red, due=today_plus(-2), done_at=ago(hours=1), priority=1),
        a_task(some, owner, due=today_plus(0), done_at=ago(hours=2), task_list=work),
    ]
    return made, {"red": red, "blue": blue, "home": home, "work": work}


CASES = [
    ({"status": "open"}, [0, 1, 2, 3]),
    ({"status": "done"}, [4, 5]),
    ({"due": "overdue"}, [0]),
    ({"due": "today"}, [1]),
    ({"due": "upcoming"}, [2]),
    ({"priority": "1"}, [2, 4]),
    ({"priority": "2"}, [1, 3, 5]),
    ({"priority": "3"}, [0]),
    ({"label": "red"}, [0, 1, 4]),
    ({"label": "blue"}, [0, 2]),
    ({"list": "home"}, [0, 1]),
    ({"list": "work"}, [2, 5]),
    ({"list": "home", "label": "blue"}, [0]),
    ({"list": "home", "label": "red"}, [0, 1]),
    ({"list": "home", "status": "open"}, [0, 1]),
    ({"priority": "2", "status": "open"}, [1, 3]),
    ({"label": "red", "due": "overdue"}, [0]),
    ({"label": "red", "status": "open"}, [0, 1]),
    ({"label": "red", "due": "today", "priority": "2"}, [1]),
    ({"priority": "1", "list": "work"}, [2]),
    ({"due": "overdue", "priority": "3", "list": "home", "label": "blue"}, [0]),
    ({"status": "done", "due": "overdue"}, []),
    ({"status": "", "due": "", "priority": "", "list": "", "label": ""}, range(6)),
    ({"colour": "green", "owner": "1", "done_at": "x"}, range(6)),
]


@pytest.mark.parametrize(("asked", "wanted"), CASES, ids=lambda value: str(value))
def test_filters(visitor, some, make_user, asked, wanted):
    """FR-10: all that is asked for is true of what is shown, in its order."""
    owner = make_user()
    rows, names = many(some, owner)
    others, _ = many(some, make_user())
    sent = {
        key: str(names[value].pk) if value in names else value
        for key, value in asked.items()
    }
    why = "the user's own tasks for which all of it is true (FR-10)"
    found(visitor.sign_in(owner), [rows[place] for place in wanted], why, **sent)
    word = rare(some)
    type(rows[0]).objects.filter(owner=owner).update(notes=f"so {word} is here")
    type(rows[0]).objects.filter(pk__in=[one.pk for one in others]).update(notes=word)
    sent["q"] = word
    found(visitor.sign_in(owner), [rows[place] for place in wanted], why, **sent)
    # One of those that are found, and one of the others, have a word of their own.
    first = [rows[place] for place in wanted][:1]
    rest = [one for place, one in enumerate(rows) if place not in wanted][:1]
    sent["q"] = rare(some)
    keys_of = [one.pk for one in [*first, *rest, *others]]
    type(rows[0]).objects.filter(pk__in=keys_of).update(title=sent["q"])
    found(visitor.sign_in(owner), first, why, **sent)


def test_due_is_asked_for_in_the_users_zone(visitor, some, make_user):
    """FR-8: today in the search is today in the row."""
    model("accounts.User", "time_zone")
    east, west = (
        make_user(time_zone=z) for z in ("Pacific/Kiritimati", "Pacific/Niue")
    )
    for owner in (east, west):
        rows = {d: a_task(some, owner, due=today_plus(d)) for d in (-2, -1, 0, 1, 2)}
        mine = visitor.sign_in(owner)
        page = mine.get(url("todo:task-list")).expect_status(200)
        for word, asked in (("Today", "today"), ("Overdue", "overdue")):
            wanted = [
                one
                for one in rows.values()
                if word in element(page, f"task-{one.pk}").get_text()
            ]
            why = f"the tasks whose row says {word}, for a user in {owner.time_zone}"
            found(mine, wanted, why, due=asked)


BAD = {
    "priority": ["9", "x", "0", "2.5"],
    "due": ["never", "TODAY"],
    "status": ["x", "1"],
    "list": ["theirs", "gone", "x", "-1", "99999999999999999999999"],
    "label": ["theirs", "gone", "x"],
    "q": ["long", "words"],
}


@pytest.mark.parametrize(
    ("name", "value", "role"),
    [
        (name, value, role)
        for name, values in BAD.items()
        for value in values
        for role in (LOGGED_IN if value == "theirs" else LOGGED_IN[:1])
    ],
)
def test_what_cannot_be_asked_for(visitor, some, make_user, name, value, role):
    """FR-10 and FR-11: an error on the page, and no task."""
    mine = in_role(role, visitor, make_user, None)
    owner, other = mine.user, make_user()
    make = {"list": a_list, "label": a_label}.get(name)
    if value == "theirs":
        one = make(some, other)
        fields = {"task_list": one} if name == "list" else {}
        labels = [one] if name == "label" else []
        a_task(some, other, *labels, **fields)
        value = str(one.pk)
    elif value == "gone":
        one = make(some, owner)
        value = str(one.pk)
        one.delete()
    elif value == "long":
        value = "x" * 101
    elif value == "words":
        value = "a b c d e f g h i"
    a_task(some, owner, title="a b c d e f g h i")
    fresh = mine.get(url("todo:task-list")).expect_status(200)
    why = f"no task: {name} is none of what can be asked for (FR-10)"
    page = found(mine, [], why, **{name: value})
    said = [piece for piece in only_on(page, fresh) if len(piece) > 3]
    empty = mine.get(f"{url('todo:task-list')}?q={rare(some)}")
    expect(
        [piece for piece in said if piece not in set(only_on(empty, fresh))],
        did=page.did,
        wanted="an error on the page",
        got="it says nothing that a search without a result does not say",
        look=LOOK,
    )


def test_eight_words_and_a_hundred_letters_are_fine(visitor, some, make_user):
    """FR-10: the bounds are where the page says."""
    owner = make_user()
    words = "a b c d e f g h"
    one = a_task(some, owner, title=words, notes="x" * 100)
    mine = visitor.sign_in(owner)
    found(mine, [one], "eight words are a search", q=words)
    far = words.replace(" ", "   ")
    found(mine, [one], "eight words are a search, however many blanks", q=f" {far} ")
    found(mine, [one], "a hundred letters are a search", q="x" * 100)


def test_a_nul_is_no_error_page(visitor, some, make_user):
    """FR-10: PostgreSQL stores none, and says so by an error."""
    owner = make_user()
    a_task(some, owner)
    path = f"{url('todo:task-list')}?q=a%00b"
    visitor.sign_in(owner).get(path).expect_status(200, 400, look=LOOK)


def test_a_task_is_listed_once(visitor, some, make_user):
    """FR-10: however many labels it has."""
    owner = make_user()
    labels = [a_label(some, owner) for _ in range(3)]
    word = rare(some)
    one = a_task(some, owner, *labels, title=word)
    mine = visitor.sign_in(owner)
    found(mine, [one], "the task once", q=word)
    found(mine, [one], "the task once", label=labels[1].pk)


@pytest.mark.parametrize("what", ["nothing found", "found", "nine words", "too long"])
def test_html_in_a_search_is_text(visitor, some, make_user, what):
    """NFR-5: an address can be made by anybody."""
    tasks()
    text = markup(some)
    mine = visitor.sign_in(make_user())
    if what == "found":
        a_task(some, mine.user, title=text)
    asked = {
        "nine words": f"{text} a b c d e f g",
        "too long": text.ljust(101, "x"),
    }.get(what, text)
    page = mine.get(f"{url('todo:task-list')}?{urlencode({'q': asked})}")
    shown = asked == text
    where = "templates/todo/task_list.html, and todo/forms.py, the errors of q"
    stays_text(page, {f"the search ({what})": text}, look=where, shown=shown)


STATES = {
    "open": {},
    "overdue and high": {"due": -1, "priority": 3},
    "due today": {"due": 0},
    "done": {"done": True},
}


@pytest.mark.parametrize("state", STATES)
def test_html_in_what_is_found_is_text(visitor, some, make_user, state):
    """NFR-5: also on the page of one list, of one label, and of a search."""
    owner = make_user()
    title, name, word = (markup(some) for _ in range(3))
    home, label = a_list(some, owner, name), a_label(some, owner, word)
    fields = {**STATES[state], "title": title, "task_list": home}
    if "due" in fields:
        fields["due"] = today_plus(fields["due"])
    if fields.pop("done", False):
        fields["done_at"] = ago(hours=1)
    one = a_task(some, owner, label, **fields)
    mine = visitor.sign_in(owner)
    texts = {
        f"the title of a task ({state})": title,
        "the name of its list": name,
        "the name of its label": word,
    }
    for asked in (
        {"list": home.pk},
        {"label": label.pk},
        {"q": title.rpartition("id=")[2][:-1]},
        {"status": "done" if one.done_at else "open"},
    ):
        why = f"the task, which is {state}"
        page = found(mine, [one], why, **asked)
        stays_text(page, texts, look="templates/todo/", shown=False)


def test_a_search_costs_the_same(visitor, some, make_user):
    """NFR-7: however much is found."""
    owner = make_user()
    word = rare(some)
    label = a_label(some, owner)

    def grow():
        fields = {"title": f"{word} {rare(some)}", "task_list": a_list(some, owner)}
        a_task(some, owner, label, a_label(some, owner), **fields)

    same_cost(
        visitor.sign_in(owner),
        f"{url('todo:task-list')}?q={word}&status=open&label={label.pk}",
        grow,
        few=2,
        many=8,
        things="tasks, lists and labels",
        look="todo/views.py, task_list: with_related()",
        reason="NFR-7: a search costs the same however much it finds",
    )


@pytest.mark.parametrize(("kind", "make"), [("list", a_list), ("label", a_label)])
def test_names_lead_to_their_tasks(visitor, some, make_user, kind, make):
    """FR-10: one address for both ways."""
    owner = make_user()
    rows = [make(some, owner) for _ in range(2)]
    page = visitor.sign_in(owner).get(url(f"todo:{kind}s")).expect_status(200)
    leads = [query.get(kind) for query in page_links(page, "/")]
    for one in rows:
        expect(
            [str(one.pk)] in leads,
            did=page.did,
            wanted=f"a link to /?{kind}={one.pk}",
            got=f"links to / with {', '.join(map(str, leads)) or 'nothing'}",
            look=f"templates/todo/{kind}s.html",
        )


def test_the_form_stands_once(visitor, some, make_user):
    """FR-10: and the forms of the rows stay what they are."""
    owner = make_user()
    one = a_task(some, owner)
    page = visitor.sign_in(owner).get(url("todo:task-list")).expect_status(200)
    forms = [Form(page, tag) for tag in page.soup.find_all("form")]
    asking = [form for form in forms if form.has("q", "status")]
    if len(asking) != 1:
        fail(
            did=page.did,
            wanted="one form with q and status",
            got=f"{len(asking)} of them",
            look="templates/todo/task_list.html",
        )
    expect(
        asking[0].tag.find(attrs={"name": "csrfmiddlewaretoken"}) is None,
        did=f"{page.did}, with the task {one}",
        wanted="no token in the form that asks: it would be in every address",
        got="there is one",
        look="templates/todo/task_list.html",
    )
    expect(
        timezone.get_current_timezone_name() == "UTC",
        did=page.did,
        wanted="no active zone after the request",
        got=timezone.get_current_timezone_name(),
        look="accounts/middleware.py",
    )
