"""Tests of lists and labels, which behave alike: each has an owner and a name.

A project's test derives a class that says which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, transaction

from acceptance.calls import same_cost
from acceptance.pages import (
    changes_nothing,
    goals,
    has_no_link,
    links_to,
    markup,
    only_on,
    shows,
    stand_at,
    stays_here,
    stays_text,
    told_once,
    without_token,
)
from acceptance.samples import OTHERS, ago, in_role, rare, staff
from acceptance.support import Some, Visitor, expect, fail, model, told, url
from acceptance.tasks import (
    LOGGED_IN,
    a_task,
    confirming,
    element,
    form_of,
    is_kept_out,
    is_kept_out_whatever_is_sent,
    lists_exactly,
    refused,
    row_says,
    somebody_stores_first,
    stored,
    stored_but,
    tasks,
    today_plus,
)

VIEWS = "todo/views.py"
BAD = {"an empty name": "", "a blank name": "   "}


class NameTests:
    """Pages that list, add, rename and delete; and the rules for a name."""

    kind: ClassVar[str]  # "list"
    label: ClassVar[str]  # "todo.TaskList"
    related: ClassVar[str]  # "task_lists": what a user has of them
    longest: ClassVar[int]

    def model(self) -> Any:
        """The model."""
        __tracebackhide__ = True
        return model(self.label, "owner", "name")

    def make(self, some: Some, owner: Any, name: str = "") -> Any:
        """A row of it."""
        __tracebackhide__ = True
        kind = self.model()
        return kind.objects.create(owner=owner, name=name or rare(some).capitalize())

    def path(self, name: str, one: Any = None) -> str:
        """The address of one of the pages: "", "add", "edit" or "delete"."""
        __tracebackhide__ = True
        if not name:
            return url(f"todo:{self.kind}s")
        kwargs = {"pk": one.pk} if one else {}
        return url(f"todo:{self.kind}-{name}", **kwargs)

    @property
    def look(self) -> str:
        """Where a sentence points."""
        return f"todo/forms.py and {VIEWS}, {self.kind}s"

    # ----------------------------------------------------------------------- the model

    def test_a_name_belongs_to_its_owner(self, some: Some, make_user: Any) -> None:
        """FR-9: rows of a user, named by their name."""
        one = self.make(some, make_user())
        expect(
            str(one) == one.name,
            did=f"Called str() with a {self.kind}",
            wanted=f"its name, {one.name}",
            got=str(one),
            look="todo/models.py, __str__",
        )
        found = list(getattr(one.owner, self.related).all())
        expect(
            found == [one],
            did=f"Asked for user.{self.related}",
            wanted="the rows of the user",
            got=f"{found}",
            look="todo/models.py, owner: related_name",
        )

    @pytest.mark.parametrize("change", [str, str.upper, str.lower])
    def test_the_database_knows_a_name_once(
        self, some: Some, make_user: Any, change: Callable[[str], str]
    ) -> None:
        """NFR-6: for its owner, in any case; another user may have it, too."""
        one = self.make(some, make_user())
        other = make_user()
        try:
            with transaction.atomic():
                self.make(some, other, one.name)
        except IntegrityError as error:
            fail(
                did=f"Stored a {self.kind} of a name that another user's has",
                wanted="it stored: a name is unique for its owner (NFR-6: another user "
                "may have it, too)",
                got=told(error),
                look="todo/models.py, a UniqueConstraint on owner and Lower(name)",
            )
        try:
            with transaction.atomic():
                self.model().objects.create(owner=one.owner, name=change(one.name))
        except IntegrityError:
            return
        fail(
            did=f"Stored a second {self.kind} of one user, {change(one.name)!r}",
            wanted="an IntegrityError: a name is given once, in any case (NFR-6)",
            got="it is stored",
            look="todo/models.py, a UniqueConstraint on owner and Lower(name)",
        )

    def test_rows_go_with_their_owner(self, some: Some, make_user: Any) -> None:
        """FR-11: and with nobody else."""
        one, other = self.make(some, make_user()), self.make(some, make_user())
        one.owner.delete()
        left = list(self.model().objects.all())
        expect(
            left == [other],
            did=f"Deleted one of two users with a {self.kind} each",
            wanted="that of the other user left",
            got=f"{len(left)} left",
            look="todo/models.py, owner: on_delete",
        )

    # ----------------------------------------------------------------------- the pages

    def test_addresses(self) -> None:
        """FR-9: the names of the four pages."""
        kind = self.kind
        stand_at(
            {
                f"/{kind}s/": self.path(""),
                f"/{kind}s/add/": self.path("add"),
                f"/{kind}s/7/edit/": url(f"todo:{kind}-edit", pk=7),
                f"/{kind}s/7/delete/": url(f"todo:{kind}-delete", pk=7),
            },
            look="todo/urls.py",
        )

    @pytest.mark.parametrize("role", LOGGED_IN)
    def test_own_rows_are_listed(
        self, visitor: Visitor, some: Some, make_user: Any, role: str
    ) -> None:
        """FR-9: by name, whatever the case; with links; nobody else's, for anybody."""
        mine = in_role(role, visitor, make_user, None)
        owner = mine.user
        words = sorted(rare(some) for _ in range(4))
        names = [w.capitalize() if n % 2 else w for n, w in enumerate(words)]
        made = {name: self.make(some, owner, name) for name in some.shuffled(names)}
        theirs = self.make(some, make_user())
        page = mine.get(self.path(""))
        rows = [made[name] for name in names]
        why = "one's own, by name, whatever the case (FR-9)"
        look = f"{VIEWS}, {self.kind}s, and Meta.ordering"
        lists_exactly(page, rows, why=why, look=look, kind=self.kind)
        for one in rows:
            row = element(page, f"{self.kind}-{one.pk}", look=look)
            inside = goals(page, row)
            for name in ("edit", "delete"):
                to = self.path(name, one)
                expect(
                    to in inside,
                    did=page.did,
                    wanted=f"a link to {to} in the row of {one.name}",
                    got=f"its links lead to {', '.join(inside) or 'nothing'}",
                    look=f"templates/todo/{self.kind}s.html",
                )
        links_to(page, self.path("add"), wanted="a link to add one", look=look)
        page.expect_hides(theirs.name, wanted="nobody else's (FR-11)", look=look)
        links_to(
            mine.get(url("todo:task-list")),
            self.path(""),
            nav=True,
            wanted=f"a link to {self.path('')} in <nav>",
            look="templates/base.html",
        )
        has_no_link(
            page,
            self.path("edit", theirs),
            wanted="no link to what belongs to somebody else",
            look=look,
        )
        mine.post(self.path(""), {}).expect_status(405, look=f"{look}, @require_safe")

    @pytest.mark.parametrize("name", ["add", "edit"])
    def test_a_valid_form_is_stored(
        self, visitor: Visitor, some: Some, make_user: Any, name: str
    ) -> None:
        """FR-9: for the user who sends it, whatever else is sent."""
        owner, other = make_user(), make_user()
        one = self.make(some, owner) if name == "edit" else None
        mine = visitor.sign_in(owner)
        form = form_of(mine.get(self.path(name, one)), "name", look=self.look)
        if one:
            expect(
                form.values.get("name") == one.name,
                did=form.page.did,
                wanted="the name in the form",
                got=f"{form.values.get('name')!r}",
                look=self.look,
            )
        word = self.long_name(some)
        theirs = self.make(some, other)
        keys = dict.fromkeys(("pk", "id"), str(theirs.pk))
        sent = {"name": word, "owner": str(other.pk), **keys}
        page = form.send(sent).expect_redirect(
            self.path(""),
            wanted=f"it stored: a name may have {self.longest} characters (FR-9)",
            look=self.look,
        )
        rows = list(getattr(owner, self.related).values_list("name", flat=True))
        others = list(getattr(other, self.related).values_list("name", flat=True))
        expect(
            (rows, others) == ([word], [theirs.name]),
            did=page.did,
            wanted=f"one {self.kind} of the user, {word}, and that of the other user "
            "as it was",
            got=f"{', '.join(rows) or 'none'}; of the other user "
            f"{', '.join(others) or 'none'}",
            look=self.look,
        )
        told_once(page, look=VIEWS)

    def long_name(self, some: Some) -> str:
        """A name of as many characters as there may be."""
        return f"{rare(some)} ".ljust(self.longest, "x")[: self.longest]

    @pytest.mark.parametrize("name", ["add", "edit", "delete"])
    def test_no_answer_leads_elsewhere(
        self, visitor: Visitor, some: Some, make_user: Any, name: str
    ) -> None:
        """NFR-5: whatever the address and the form name as the next page."""
        one = self.make(some, make_user())
        path = self.path(name, None if name == "add" else one)
        page = stays_here(
            visitor.sign_in(one.owner), path, {"name": rare(some)}, look=VIEWS
        )
        page.expect_redirect(
            self.path(""), wanted=f"a redirect to {self.path('')}", look=VIEWS
        )

    @pytest.mark.parametrize("name", ["add", "edit"])
    @pytest.mark.parametrize("what", [*BAD, "too long", "taken", "taken in capitals"])
    def test_an_invalid_form_comes_back(
        self, visitor: Visitor, some: Some, make_user: Any, what: str, name: str
    ) -> None:
        """FR-9: with an error, and nothing is stored."""
        owner = make_user()
        taken = self.make(some, owner).name
        one = self.make(some, owner) if name == "edit" else None
        word = {
            "too long": "w" * (self.longest + 1),
            "taken": taken,
            "taken in capitals": taken.upper(),
            **BAD,
        }[what]
        fresh = visitor.sign_in(owner).get(self.path(name, one))
        form = form_of(fresh, "name", look=self.look)
        kinds = (self.model(),)
        refused(
            form, fresh, {"name": word}, kinds, why=f"{what} (FR-9)", look=self.look
        )

    def test_a_name_of_another_user_is_free(
        self, visitor: Visitor, some: Some, make_user: Any
    ) -> None:
        """FR-11: nobody is told what others have."""
        theirs = self.make(some, make_user())
        owner = make_user()
        fresh = visitor.sign_in(owner).get(self.path("add"))
        form = form_of(fresh, "name", look=self.look)
        page = form.send(name=theirs.name)
        page.expect_redirect(
            self.path(""),
            wanted="it stored: the other is another user's",
            look=self.look,
        )

    @pytest.mark.parametrize("change", [str, str.upper])
    def test_a_row_keeps_its_own_name(
        self, visitor: Visitor, some: Some, make_user: Any, change: Callable[[str], str]
    ) -> None:
        """FR-9: its own name is not taken."""
        one = self.make(some, make_user())
        mine = visitor.sign_in(one.owner)
        form = form_of(mine.get(self.path("edit", one)), "name", look=self.look)
        page = form.send(name=change(one.name))
        page.expect_redirect(
            self.path(""), wanted="it stored under its own name", look=self.look
        )
        one.refresh_from_db()
        expect(
            one.name == change(one.name),
            did=page.did,
            wanted="the name as it was sent",
            got=one.name,
            look=self.look,
        )

    @pytest.mark.parametrize("name", ["add", "edit"])
    def test_a_name_that_is_taken_meanwhile(
        self, visitor: Visitor, some: Some, make_user: Any, name: str
    ) -> None:
        """NFR-6: the constraint decides, and the second one gets a sentence."""
        owner = make_user()
        one = self.make(some, owner) if name == "edit" else None
        kind, word = self.model(), rare(some)
        mine = visitor.sign_in(owner)
        fresh = mine.get(self.path(name, one))
        form = form_of(fresh, "name", look=self.look)

        def act() -> None:
            rival = kind(owner=owner, name=word.upper())
            kind.objects.bulk_create([rival], ignore_conflicts=True)

        look = f"{VIEWS}: IntegrityError around transaction.atomic()"
        try:
            with somebody_stores_first(kind, act):
                page = form.send(name=word)
        except AssertionError as error:
            fail(
                did=f"Sent the form while another request stored {word.upper()}",
                wanted="200 with an error at the name (NFR-6)",
                got=str(getattr(error, "got", error)),
                look=look,
            )
        page.did += f", while another request stored {word.upper()}"
        page.expect_status(200, wanted="200 with an error (NFR-6)", look=look)
        found = kind.objects.filter(owner=owner, name__iexact=word).count()
        expect(
            found == 1,
            did=page.did,
            wanted=f"one {self.kind} of this name",
            got=f"{found}",
            look=look,
        )
        news = [piece for piece in only_on(page, fresh) if word not in piece]
        expect(
            news,
            did=page.did,
            wanted="an error on the page",
            got="the page says nothing that it did not say before",
            look=look,
        )

    def test_deleting_asks_first_and_keeps_the_tasks(
        self, visitor: Visitor, some: Some, make_user: Any
    ) -> None:
        """FR-9: only the POST of the form deletes."""
        owner = make_user()
        one, other = self.make(some, owner), self.make(some, owner)
        task = self.put(some, owner, one, due=today_plus(-3), priority=3)
        self.put(some, owner, one, done_at=ago(hours=2))
        elsewhere = self.put(some, owner, other, done_at=ago(hours=3))
        own = "task_list_id"
        before = stored_but(type(task), own)
        mine = visitor.sign_in(owner)
        path, kinds = self.path("delete", one), (self.model(), tasks())
        page = changes_nothing(mine, path, {}, lambda: stored(*kinds), look=VIEWS)
        shows(page.expect_status(200), one.name, wanted="its name", look=VIEWS)
        form = confirming(mine.get(path), look="templates/todo/delete.html")
        answer = form.send().expect_redirect(self.path(""), look=VIEWS)
        left = list(self.model().objects.all())
        after = stored_but(type(task), own)
        expect(
            left == [other] and after == before,
            did=answer.did,
            wanted=f"this {self.kind} deleted, and its tasks, open and done, kept as "
            "they are (FR-9)",
            got=f"left are {', '.join(map(str, left)) or 'none'}, and {len(after)} of "
            f"{len(before)} tasks"
            + (", one of them changed" if len(after) == len(before) else ""),
            look=f"todo/models.py, on_delete, and {VIEWS}, {self.kind}_delete",
        )
        expect(
            list(other.tasks.all()) == [elsewhere],
            did=answer.did,
            wanted=f"the tasks of another {self.kind} left where they are",
            got=f"it has {other.tasks.count()}",
            look=VIEWS,
        )
        told_once(answer, look=VIEWS)

    def put(self, some: Some, owner: Any, one: Any, **fields: Any) -> Any:
        """A task in a list, or with a label."""
        __tracebackhide__ = True
        if self.kind == "list":
            return a_task(some, owner, task_list=one, **fields)
        return a_task(some, owner, one, **fields)

    def test_a_long_name_is_shown_whole(
        self, visitor: Visitor, some: Some, make_user: Any
    ) -> None:
        """FR-9: nothing is cut off."""
        one = self.make(some, make_user(), self.long_name(some))
        task = self.put(some, one.owner, one)
        mine = visitor.sign_in(one.owner)
        why = "the whole name, of as many characters as there may be"
        look = f"templates/todo/{self.kind}s.html"
        row_says(
            mine.get(self.path("")),
            f"{self.kind}-{one.pk}",
            one.name,
            why=why,
            look=look,
        )
        row_says(mine.get(url("todo:task-list")), f"task-{task.pk}", one.name, why=why)
        asking = mine.get(self.path("delete", one))
        shows(asking, one.name, wanted=why, look="templates/todo/delete.html")

    @pytest.mark.parametrize("page", ["the list of them", "add", "edit"])
    def test_pages_cost_the_same(
        self, visitor: Visitor, some: Some, make_user: Any, page: str
    ) -> None:
        """NFR-7: also the forms of a task, which offer them."""
        owner = make_user()
        one = self.put(some, owner, self.make(some, owner))
        path = {
            "the list of them": lambda: self.path(""),
            "add": lambda: url("todo:task-add"),
            "edit": lambda: url("todo:task-edit", pk=one.pk),
        }[page]()
        same_cost(
            visitor.sign_in(owner),
            path,
            lambda: self.put(some, owner, self.make(some, owner)),
            few=2,
            many=7,
            things=f"{self.kind}s, each with a task",
            look=f"todo/forms.py, {VIEWS} and templates/todo/{self.kind}s.html: no "
            "query for each of them",
            reason="NFR-7: every page costs the same however much there is",
        )

    # ----------------------------------------------------------------------- the access

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("name", ["edit", "delete"])
    @pytest.mark.parametrize("role", OTHERS)
    def test_rows_of_others_do_not_exist(
        self,
        visitor: Visitor,
        some: Some,
        make_user: Any,
        role: str,
        name: str,
        method: str,
    ) -> None:
        """FR-11: every role, by every method."""
        one = self.make(some, make_user())
        task = self.put(some, one.owner, one)
        who, path = in_role(role, visitor, make_user, None), self.path(name, one)
        kinds, look = (self.model(), type(task)), f"{VIEWS}, {self.kind}_{name}"
        is_kept_out(who, method, path, {"name": rare(some)}, kinds, look=look)
        if method == "GET":
            who.get(path).expect_hides(
                one.name,
                wanted="no name of somebody else's, also not on the page of the 404",
                look=look,
            )
        elif name == "edit":
            sent = {
                "an empty form": {},
                "an empty name": {"name": ""},
                "a name that is too long": {"name": "w" * (self.longest + 1)},
                "the name that it has": {"name": one.name},
            }
            is_kept_out_whatever_is_sent(who, path, sent, kinds, look=look)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("name", ["", "add"])
    def test_visitors_are_sent_to_the_login_page(
        self, visitor: Visitor, some: Some, name: str, method: str
    ) -> None:
        """FR-11: nothing is listed or stored for them."""
        if not name and method == "POST":
            return
        is_kept_out(
            visitor,
            method,
            self.path(name),
            {"name": rare(some)},
            (self.model(),),
            look=f"{VIEWS}, {self.kind}{f'_{name}' if name else 's'}",
        )

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("name", ["edit", "delete"])
    def test_an_unknown_row_is_not_found(
        self, visitor: Visitor, some: Some, make_user: Any, name: str, method: str
    ) -> None:
        """FR-11: a 404, not an error page."""
        one = self.make(some, make_user())
        path = self.path(name, one)
        one.delete()
        page = getattr(visitor.sign_in(one.owner), method)(path, {"name": "x"})
        page.expect_status(404, look=f"{VIEWS}, {self.kind}_{name}")

    @pytest.mark.parametrize("name", ["add", "edit", "delete"])
    def test_a_post_needs_a_token(self, some: Some, make_user: Any, name: str) -> None:
        """NFR-5: another site cannot send the form."""
        one = self.make(some, make_user())
        path = self.path(name, None if name == "add" else one)
        before = stored(self.model())
        status = without_token(one.owner, path, {"name": rare(some)})
        expect(
            status == 403 and stored(self.model()) == before,
            did=f"Sent POST {path} without a CSRF token",
            wanted="403, and nothing changed (NFR-5)",
            got=f"{status}",
            look=VIEWS,
        )

    @pytest.mark.parametrize("name", ["add", "edit"])
    def test_a_get_stores_nothing(
        self, visitor: Visitor, some: Some, make_user: Any, name: str
    ) -> None:
        """NFR-5: links are followed by anybody."""
        one = self.make(some, make_user())
        path = self.path(name, one if name == "edit" else None)
        mine, kinds = visitor.sign_in(one.owner), (self.model(),)
        page = changes_nothing(
            mine, path, {"name": rare(some)}, lambda: stored(*kinds), look=VIEWS
        )
        page.expect_status(200, look=VIEWS)

    def test_html_is_text(self, visitor: Visitor, some: Some, make_user: Any) -> None:
        """NFR-5: on every page that shows the name."""
        text = markup(some)[: self.longest]
        one = self.make(some, make_user(), text)
        self.put(some, one.owner, one)
        mine = visitor.sign_in(one.owner)
        paths = [self.path(""), self.path("edit", one), self.path("delete", one)]
        for path in (*paths, url("todo:task-list"), url("todo:task-add")):
            what = f"the name of a {self.kind}"
            stays_text(mine.get(path), {what: text}, look="templates/todo/")

    @pytest.mark.parametrize("name", ["add", "edit", "delete"])
    def test_html_is_text_in_a_message(
        self, visitor: Visitor, some: Some, make_user: Any, name: str
    ) -> None:
        """NFR-5: a message may hold a name, and is shown by the next page."""
        text, what = markup(some), f"the name of a {self.kind}"
        one = self.make(some, make_user(), text if name == "delete" else "")
        mine = visitor.sign_in(one.owner)
        answer = mine.post(
            self.path(name, None if name == "add" else one), {"name": text}
        ).expect_redirect(self.path(""), look=VIEWS)
        page = mine.get(answer.location)
        page.did = f"{answer.did}, then opened {answer.location}"
        look = f"{VIEWS}, the message: no mark_safe"
        stays_text(page, {what: text}, look=look, shown=name != "delete")

    @pytest.mark.parametrize("name", ["add", "edit"])
    @pytest.mark.parametrize("what", ["taken", "too long"])
    def test_html_is_text_in_an_error(
        self, visitor: Visitor, some: Some, make_user: Any, name: str, what: str
    ) -> None:
        """NFR-5: an error may hold the name that is refused."""
        text, owner = markup(some), make_user()
        if what == "taken":
            self.make(some, owner, text)
        one = self.make(some, owner) if name == "edit" else None
        mine = visitor.sign_in(owner)
        sent = text if what == "taken" else text + "w" * self.longest
        page = mine.post(self.path(name, one), {"name": sent})
        look = "todo/forms.py, the error: no mark_safe"
        stays_text(page, {f"the name of a {self.kind}": text}, look=look, shown=False)

    def test_staff_see_all_in_the_admin(
        self, visitor: Visitor, some: Some, make_user: Any
    ) -> None:
        """FR-9: in a fixed number of queries."""
        someone = visitor.sign_in(staff(make_user))
        self.make(some, make_user())
        same_cost(
            someone,
            f"/admin/todo/{self.label.rpartition('.')[2].lower()}/",
            lambda: self.make(some, make_user()),
            few=2,
            many=6,
            things=f"{self.kind}s of different users",
            look="todo/admin.py, list_select_related",
        )
