"""Claims about Django's models, forms and transactions, on SQLite and PostgreSQL."""

from __future__ import annotations

import logging
from functools import partial

from support import expect, queries, raised, same, start, tables

start("database")

from django import forms  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.validators import MinValueValidator  # noqa: E402
from django.db import (  # noqa: E402
    DataError,
    IntegrityError,
    connection,
    connections,
    models,
    transaction,
)
from django.db.transaction import TransactionManagementError  # noqa: E402
from django.template import Context, Engine  # noqa: E402


class Author(models.Model):
    name = models.CharField(max_length=50, unique=True)
    age = models.IntegerField(default=1, validators=[MinValueValidator(1)])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(age__lt=200), name="mortal")
        ]

    def shout(self) -> str:
        return f"{self.name}!"


class Profile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    title = models.CharField(max_length=50)


Books = forms.inlineformset_factory(Author, Book, fields=["title"], extra=0)


def sent(*rows: tuple[str, str], initial: int) -> dict[str, str]:
    """What a browser sends of a formset of books: (id, title) of each."""
    data = {
        "book_set-TOTAL_FORMS": str(len(rows)),
        "book_set-INITIAL_FORMS": str(initial),
    }
    for number, (key, title) in enumerate(rows):
        data[f"book_set-{number}-id"] = key
        data[f"book_set-{number}-title"] = title
    return data


def sqlite_leaves_out_select_for_update() -> None:
    tables()
    found = queries(lambda: list(Author.objects.select_for_update()))
    expect("FOR UPDATE" not in found[0], found[0])


def postgresql_locks_in_a_transaction_only() -> None:
    tables()
    error = raised(lambda: list(Author.objects.select_for_update()))
    same(error, TransactionManagementError, "rows read outside a transaction")


def sqlite_ignores_case_of_ascii_alone() -> None:
    tables()
    Author.objects.create(name="ÄPFEL")
    Author.objects.create(name="PEARS")
    found = Author.objects.filter(name__icontains="pears").count()
    same(found, 1, "rows for icontains='pears' of PEARS")
    found = Author.objects.filter(name__icontains="äpfel").count()
    same(found, 0, "rows for icontains='äpfel' of ÄPFEL")


def sqlite_stores_a_nul() -> None:
    tables()
    Author.objects.create(name="a\0b")
    same(Author.objects.get().name, "a\0b", "the name that was stored")


def postgresql_refuses_a_nul() -> None:
    tables()
    same(raised(Author.objects.create, name="a\0b"), DataError, "a name with a NUL")


def postgresql_refuses_all_after_an_error() -> None:
    tables()
    Author.objects.create(name="Ada")
    with transaction.atomic():
        error = raised(Author.objects.create, name="Ada")
        same(error, IntegrityError, "the second Ada")
        with connection.cursor() as cursor:
            error = raised(cursor.execute, "SELECT 1")
        same(error, TransactionManagementError, "a query after it, without a savepoint")
        connection.needs_rollback = False
        with connection.cursor() as cursor:
            error = raised(cursor.execute, "SELECT 1")
        expect(error is not None, "PostgreSQL itself answers a query after an error")
        transaction.set_rollback(True)
    with transaction.atomic():
        with transaction.atomic():
            Author.objects.create(name="Bo")
        try:
            with transaction.atomic():
                Author.objects.create(name="Ada")
        except IntegrityError:
            pass
        same(Author.objects.count(), 2, "rows after an error in an inner block")


def foreign_keys_are_checked_at_the_end() -> None:
    tables()

    def block(seen: list[str]) -> None:
        with transaction.atomic():
            Book.objects.create(author_id=99, title="Lost")
            seen.append("stored")

    seen: list[str] = []
    same(raised(block, seen), IntegrityError, "a book without an author")
    same(seen, ["stored"], "before the block ended")


def set_rollback_needs_no_exception() -> None:
    tables()
    with transaction.atomic():
        Author.objects.create(name="Ada")
        transaction.set_rollback(True)
    same(Author.objects.count(), 0, "rows after the block")


def a_partial_breaks_robust_on_commit() -> None:
    tables()
    logging.disable()

    def fails(_: int) -> None:
        raise RuntimeError("lost")

    def block(hook: object) -> None:
        with transaction.atomic():
            transaction.on_commit(hook, robust=True)

    same(raised(block, lambda: fails(1)), None, "a lambda that fails, robust=True")
    error = raised(block, partial(fails, 1))
    same(error, AttributeError, "a partial that fails, robust=True")


def a_foreign_row_of_a_formset_is_skipped() -> None:
    tables()
    ada, bo = (Author.objects.create(name=name) for name in ("Ada", "Bo"))
    foreign = Book.objects.create(author=bo, title="Bo's")
    formset = Books(sent((str(foreign.pk), "Stolen"), initial=1), instance=ada)
    if formset.is_valid():
        formset.save()
    foreign.refresh_from_db()
    same((foreign.title, foreign.author), ("Bo's", bo), "the other author's book")
    same(ada.book_set.count(), 0, "books of Ada")


def a_formset_saves_what_has_changed() -> None:
    tables()
    ada = Author.objects.create(name="Ada")
    keys = [str(ada.book_set.create(title=title).pk) for title in ("A", "B")]
    formset = Books(sent((keys[0], "A"), (keys[1], "C"), initial=2), instance=ada)
    expect(formset.is_valid(), f"{formset.errors}")
    same([book.title for book in formset.save()], ["C"], "what save() returns")


def a_missing_one_to_one_is_false_in_templates() -> None:
    tables()
    ada = Author.objects.create(name="Ada")
    error = raised(lambda: ada.profile)
    same(error, Author.profile.RelatedObjectDoesNotExist, "ada.profile")
    template = Engine().from_string("{% if ada.profile %}yes{% else %}no{% endif %}")
    same(template.render(Context({"ada": ada})), "no", "the template's {% if %}")


def a_model_validator_speaks_in_full_clean() -> None:
    tables()
    error = raised(Author(name="Ada", age=0).full_clean)
    same(error, ValidationError, "full_clean() of an age below the validator's limit")
    Author(name="Ada", age=0).save()
    same(Author.objects.get().age, 0, "what save() alone stored")


def forms_check_constraints() -> None:
    tables()
    form = forms.modelform_factory(Author, fields=["name", "age"])(
        {"name": "Ada", "age": "200"}
    )
    expect(not form.is_valid(), "a form takes a row that breaks a CheckConstraint")


def filter_drops_the_prefetch() -> None:
    tables()
    ada = Author.objects.create(name="Ada")
    ada.book_set.create(title="A")
    (author,) = Author.objects.prefetch_related("book_set")
    same(len(queries(lambda: list(author.book_set.all()))), 0, "queries of .all()")
    found = queries(lambda: list(author.book_set.order_by("title")))
    same(len(found), 1, "queries of .order_by()")


def migrations_know_no_methods() -> None:
    from django.db.migrations.state import ModelState, ProjectState
    from django.db.models.signals import post_save

    tables()
    state = ProjectState()
    for model in (Author, Book, Profile):
        state.add_model(ModelState.from_model(model))
    historical = state.apps.get_model("database", "Author")
    told: list[object] = []

    def receiver(sender: object, **_: object) -> None:
        told.append(sender)

    post_save.connect(receiver, sender=Author)
    row = historical.objects.create(name="Ada")
    expect(not hasattr(row, "shout"), "the historical model has the model's method")
    same(told, [], "senders that a receiver of the real class was told of")


def update_sends_no_signal() -> None:
    from django.db.models.signals import post_save

    tables()
    Author.objects.create(name="Ada")
    told: list[object] = []

    def receiver(sender: object, **_: object) -> None:
        told.append(sender)

    post_save.connect(receiver, sender=Author)
    Author.objects.update(age=3)
    Author.objects.bulk_create([Author(name="Bo")])
    same(told, [], "what update() and bulk_create() told a receiver")


def the_orm_refuses_the_event_loop() -> None:
    import asyncio

    from django.core.exceptions import SynchronousOnlyOperation

    tables()

    async def inside() -> list[object]:
        found: list[object] = [
            raised(lambda: list(Author.objects.all())),
            raised(Author.objects.count),
            raised(lambda: Author.objects.create(name="Ada")),
        ]
        return [*found, await Author.objects.aexists()]

    seen = asyncio.run(inside())
    same(seen, [SynchronousOnlyOperation] * 3 + [False], "three calls, and aexists()")


def sqlite_has_no_pool() -> None:
    settings = {**connection.settings_dict, "OPTIONS": {"pool": True}}
    other = connections["default"].__class__(settings, "other")
    same(raised(other.connect), TypeError, "SQLite with the option pool")


def a_pool_wants_no_lasting_connections() -> None:
    from django.core.exceptions import ImproperlyConfigured

    settings = {
        **connection.settings_dict,
        "OPTIONS": {"pool": True},
        "CONN_MAX_AGE": 60,
    }
    other = connections["default"].__class__(settings, "other")
    same(raised(other.connect), ImproperlyConfigured, "pool with CONN_MAX_AGE=60")


def an_upload_form_is_2_5_mb() -> None:
    from django.conf import settings

    same(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 2_621_440, "the default, in bytes")
