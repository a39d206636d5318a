"""What somebody else does in the moment between a look and a write.

A race is a matter of luck where two processes run. Here it is not: the other person's
act stands right behind the query that looks, or right before the first one that locks
or writes, on the test's own connection. SQLite knows no `SELECT … FOR UPDATE`; Django
writes it all the same here, and it is taken off before SQLite reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest.mock import patch

from acceptance.support import NotYet, expect, fail

LOCK = re.compile(r"\s+FOR (NO KEY )?UPDATE\b.*$", re.DOTALL)
WRITES = ("INSERT", "UPDATE", "DELETE")
FEATURES = (
    "has_select_for_update",
    "has_select_for_update_nowait",
    "has_select_for_update_skip_locked",
    "has_select_for_update_of",
    "has_select_for_no_key_update",
)


class Rival:
    """Somebody else; ``acted`` says how often they were quicker."""

    depth = 0  # how many transactions stand around the block

    def __init__(
        self,
        act: Callable[[str], Any],
        tables: set[str],
        looked_for: str | None,
        first: int,
        times: int,
        undone: Callable[[], bool] | None,
    ) -> None:
        self.act, self.tables, self.looked_for = act, tables, looked_for
        self.undone = undone
        self.early, self.left = first - 1, times
        self.acted, self.busy = 0, False

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        connection = context["connection"]
        verb, table = about(sql)
        locks = bool(LOCK.search(sql))
        if locks and level(connection) <= self.depth and not self.busy:
            fail(
                did="Called select_for_update() outside of transaction.atomic()",
                wanted="the lock inside the transaction that writes",
                got="PostgreSQL would have raised TransactionManagementError",
                look="the call of select_for_update()",
            )
        if connection.vendor == "sqlite":
            sql = LOCK.sub("", sql)
        if self.undone and self.acted and not (self.busy or connection.needs_rollback):
            self.busy = True
            try:
                if self.undone():
                    self.act("")
            finally:
                self.busy = False
        # Nobody comes between a lock and what is done under it, but before the lock.
        if self.looked_for is not None:
            early = locks and table not in self.tables
        else:
            early = table in self.tables and (locks or verb in WRITES)
        if early:
            self.go("")
        result = execute(sql, params, many, context)
        looks = verb == "SELECT" and table in self.tables
        if self.looked_for is not None and looks:
            said = [str(value) for value in params or ()]
            found = [value for value in said if value.startswith(self.looked_for)]
            if found and not self.busy:
                if self.early:
                    self.early -= 1
                else:
                    self.go(found[0])
        return result

    def go(self, value: str) -> None:
        """Acts, if there is still something to do."""
        from django.db import IntegrityError, transaction

        if self.busy or not self.left:
            return
        self.busy = True
        try:
            with transaction.atomic():
                self.act(value)
        except IntegrityError:
            pass  # there it is already, and nobody was quicker
        else:
            self.left -= 1
            self.acted += 1
        finally:
            self.busy = False


def level(connection: Any) -> int:
    """How many transactions and savepoints stand round what is done now."""
    return len(connection.savepoint_ids) + connection.in_atomic_block


def about(sql: str) -> tuple[str, str]:
    """(SELECT, INSERT, UPDATE or DELETE, the table that it is about)."""
    while (flat := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = flat
    verb = sql.split(None, 1)[0].upper() if sql.strip() else ""
    before = {"UPDATE": "UPDATE", "INSERT": "INTO"}.get(verb, "FROM")
    found = re.search(rf'\b{before}\s+"(\w+)"', sql)
    return verb, found[1] if found else ""


@contextmanager
def somebody_else(
    act: Callable[[str], Any],
    *kinds: Any,
    looked_for: str | None = None,
    first: int = 1,
    times: int = 1,
    undone: Callable[[], bool] | None = None,
) -> Iterator[Rival]:
    """Has somebody else act while the block runs.

    Args:
        act: what they do; it is given the value that was looked for.
        kinds: the models whose rows it is about.
        looked_for: they act right after a query for rows of these models in which a
            value begins so. Without it they act right before the first statement
            that locks or writes such rows.
        first: the first of these queries behind which they act.
        times: how often.
        undone: whether a rollback of ours took back what they did, as it can only on
            the test's one connection; then they do it again before the next query.
    """
    from django.db import connection

    tables = {kind._meta.db_table for kind in kinds}
    rival = Rival(act, tables, looked_for, first, times, undone)
    rival.depth = level(connection)
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            for name in FEATURES:
                stack.enter_context(patch.object(connection.features, name, True))
        stack.enter_context(connection.execute_wrapper(rival))
        try:
            yield rival
        except NotYet as error:
            if "IntegrityError" not in error.got:
                raise
            raise NotYet(
                did=f"{error.did}, while somebody else did the same",
                wanted="no error: a look is no lock, so let the constraint decide and "
                "catch IntegrityError round transaction.atomic(), as get_or_create() "
                "and update_or_create() do",
                got=error.got,
                look=error.look,
            ) from error


@contextmanager
def refusal(verb: str, kind: Any, error: Exception) -> Iterator[list[str]]:
    """Has the database refuse what is written to a table; gives back what was tried.

    Args:
        verb: INSERT, UPDATE or DELETE.
        kind: the model whose rows are refused.
        error: what the database says.
    """
    from django.db import connection

    written = verb, kind._meta.db_table
    tried: list[str] = []

    def refuses(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if about(sql) == written:
            tried.append(sql)
            raise error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuses):
        yield tried


def is_reported(
    send: Callable[[], Any], verb: str, kind: Any, *, log: Any, did: str, look: str
) -> None:
    """A refusal that nobody foresaw: 500 and an error in the log; or a sentence.

    Args:
        send: sends a request with a client that raises nothing; gives back the answer.
        verb: INSERT or UPDATE, which the database refuses with an IntegrityError.
        kind: the model whose rows it refuses.
        log: the fixture ``caplog``.
        did: the request, in words.
        look: where to look.
    """
    __tracebackhide__ = True
    from django.db import IntegrityError

    did += (
        " while the database refuses the row for another reason than a missing recipe "
        "(IntegrityError: NOT NULL)"
    )
    log.clear()
    error = IntegrityError("NOT NULL")
    with log.at_level("ERROR"), refusal(verb, kind, error) as tried:
        answer = send()
    errors = [each for each in log.records if each.levelname == "ERROR"]
    expect(
        tried,
        did=did,
        wanted=f"an {verb} of {kind._meta.db_table}",
        got=f"status {answer.status_code}, and none was tried",
        look=look,
    )
    expect(
        answer.status_code == 500 and errors,
        did=did,
        wanted="500 and an error in the log: a mistake of the code is no missing page, "
        "and nobody mends what nobody is told",
        got=f"status {answer.status_code}, and {len(errors)} errors in the log",
        look=look,
    )


class Quicker:
    """Somebody who stores a row right before ours; no rollback of ours undoes theirs.

    On the test's one connection a transaction of ours that is rolled back takes their
    row along. As it is somebody else's, it is put back before the next query.
    """

    def __init__(self, act: Callable[[], Any], kind: Any) -> None:
        self.act, self.kind, self.table = act, kind, kind._meta.db_table
        self.before = set(kind._base_manager.values_list("pk", flat=True))
        self.rows: list[Any] = []
        self.acted, self.busy = False, False

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        verb, table = about(sql)
        if not self.busy and verb in ("SELECT", *WRITES):
            self.busy = True
            try:
                if not self.acted and (verb, table) == ("INSERT", self.table):
                    self.acted = True
                    self.act()
                    rows = self.kind._base_manager.exclude(pk__in=self.before)
                    self.rows = list(rows)
                elif self.rows and not context["connection"].needs_rollback:
                    self.put_back()
            finally:
                self.busy = False
        return execute(sql, params, many, context)

    def put_back(self) -> None:
        """Stores their rows again where a rollback took them."""
        from django.db import IntegrityError, transaction

        for row in self.rows:
            if not self.kind._base_manager.filter(pk=row.pk).exists():
                with suppress(IntegrityError), transaction.atomic():
                    self.kind._base_manager.bulk_create([row])


@contextmanager
def quicker(act: Callable[[], Any], kind: Any) -> Iterator[Quicker]:
    """Has somebody else store rows of a model right before ours go in."""
    from django.db import connection

    rival = Quicker(act, kind)
    with connection.execute_wrapper(rival):
        yield rival
