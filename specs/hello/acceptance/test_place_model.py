"""place-model: the places are kept in the database."""

import io

import pytest

from acceptance.support import (
    expect,
    fail,
    load,
    make,
    model,
    queries_of,
    told,
    url,
)

LOOK = "guide/models.py, Place"
VIEWS = "guide/views.py"
SEED = "guide/management/commands/seed_demo.py"
FIELDS = ("name", "slug", "kind", "minutes", "note")


def the_model():
    return model("guide.Place", *FIELDS)


def values(some, **fields):
    """The values of a random place."""
    return {
        "name": some.title(),
        "slug": some.slug(),
        "kind": some.title(),
        "minutes": some.number(2, 140),
        "note": some.sentence(),
    } | fields


def seed():
    """Runs the command, or says why it did not run."""
    from django.core.management import CommandError, call_command
    from django.db import transaction

    did = "Ran python manage.py seed_demo"
    try:
        with transaction.atomic():
            call_command("seed_demo", stdout=io.StringIO(), stderr=io.StringIO())
    except CommandError as error:
        unknown = "Unknown command" in str(error)
        fail(
            did=did,
            wanted="a management command of this name (FR-5)",
            got="there is none" if unknown else told(error),
            look=SEED,
        )
    except Exception as error:
        fail(
            did=did,
            wanted="a command that can be run at any time (FR-5)",
            got=told(error),
            look=SEED,
        )


def test_a_place_has_a_name_and_a_walk(db, some):
    """A row says its name, and its walk in the words of the guide."""
    Place = the_model()
    minutes = some.number(61, 119)
    place = make(Place, **values(some, minutes=minutes))
    expect(
        str(place) == place.name,
        did=f"Called str() on the place {place.name}",
        wanted="its name",
        got=str(place),
        look=f"{LOOK}, __str__",
    )
    walk = load("guide.places.walk_text")(minutes)
    got = getattr(place, "walk", "no such attribute")
    expect(
        got == walk,
        did=f"Read walk of a row with minutes={minutes}",
        wanted=f"“{walk}” (FR-4)",
        got="a method, to be called" if callable(got) else repr(got),
        look=f"{LOOK}, walk",
    )


def test_a_slug_belongs_to_one_place(db, some):
    """FR-2: no two rows share an address."""
    from django.db import IntegrityError, transaction

    Place = the_model()
    first = values(some)
    make(Place, **first)
    try:
        with transaction.atomic():
            Place.objects.create(**values(some, slug=first["slug"]))
    except IntegrityError:
        return
    fail(
        did="Created two places with the same slug",
        wanted="the database to refuse the second: a slug is unique",
        got="two rows",
        look=f"{LOOK}, slug",
    )


def test_full_clean_knows_the_rules(db, some):
    """A note may be blank; a walk is never below nought."""
    from django.core.exceptions import ValidationError

    Place = the_model()
    try:
        Place(**values(some, note="")).full_clean()
    except ValidationError as error:
        fail(
            did="Called full_clean() on a place without a note",
            wanted="no complaint: the note may be blank",
            got=str(error.message_dict),
            look=f"{LOOK}, note",
        )
    minutes = -some.number(1, 50)
    try:
        Place(**values(some, minutes=minutes)).full_clean()
    except ValidationError as error:
        if "minutes" in error.message_dict:
            return
    fail(
        did=f"Called full_clean() on a place with minutes={minutes}",
        wanted="a complaint about minutes: a walk cannot take less than no time",
        got="none",
        look=f"{LOOK}, minutes",
    )


def test_places_have_an_order(db, some):
    """FR-1: by kind, then minutes, then name."""
    Place = the_model()
    rows = [
        values(some, kind=kind, minutes=minutes, name=f"{letter} {some.title()}")
        for kind in (f"{letter} {some.title()}" for letter in "AB")
        for minutes in (5, 20)
        for letter in "CD"
    ]
    # Of two with the same walk the earlier by name is not always made first, nor always
    # last, so that who forgets the name does not have them in order by luck.
    firsts: set[bool] = set()
    while len(firsts) < 2:
        mixed = some.shuffled(rows)
        firsts = {
            mixed.index(one) < mixed.index(other)
            for one, other in zip(rows[::2], rows[1::2], strict=True)
        }
    for row in mixed:
        make(Place, **row)
    got = [(place.kind, place.minutes, place.name) for place in Place.objects.all()]
    wanted = [(row["kind"], row["minutes"], row["name"]) for row in rows]
    expect(
        got == wanted,
        did="Read Place.objects.all() with eight places",
        wanted="the places by kind, then minutes, then name",
        got="; ".join(f"{kind}, {minutes}, {name}" for kind, minutes, name in got),
        look=f"{LOOK}, Meta, ordering",
    )


def test_the_pages_show_the_table(visitor, some):
    """FR-5: what stands in the database is shown, and nothing else."""
    Place = the_model()
    Place.objects.all().delete()
    row = values(some)
    home, page = url("guide:home"), url("guide:place", slug=row["slug"])
    visitor.get(page).expect_status(
        404, wanted="status 404 as long as the table has no such place", look=VIEWS
    )
    make(Place, **row)
    for path in (home, page):
        visitor.get(path).expect_status(
            200, look=VIEWS, wanted="status 200: the place stands in the table"
        ).expect_shows(
            row["name"], wanted="the place that stands in the table", look=VIEWS
        )


def test_the_pages_show_nothing_of_the_list(visitor, some):
    """FR-5: the list in the file is demo data now."""
    Place = the_model()
    Place.objects.all().delete()
    listed = some.choice(load("guide.places.PLACES"))
    page = visitor.get(url("guide:home")).expect_status(200, look=f"{VIEWS}, home")
    page.expect_hides(
        listed.name,
        wanted="nothing of PLACES: the table is empty (FR-5)",
        look=f"{VIEWS}, home",
    )
    page.expect_shows("No place has been added yet.", look="templates/guide/home.html")
    visitor.get(url("guide:place", slug=listed.slug)).expect_status(
        404,
        wanted="status 404: the table is empty, PLACES is demo data now (FR-5)",
        look=f"{VIEWS}, the page of a place",
    )


def test_queries_do_not_grow(visitor, some):
    """NFR-1: the home page asks equally often for few places and for many."""
    Place = the_model()
    path = url("guide:home")
    counts = []
    for size in (2, some.number(8, 14)):
        for _ in range(size):
            make(Place, **values(some))
        total = Place.objects.count()
        page, queries = queries_of(lambda: visitor.get(path))
        page.expect_status(200, look=f"{VIEWS}, home")
        counts.append((total, len(queries)))
    (few, before), (many, after) = counts
    expect(
        after <= before,
        did=f"Opened GET {path} with {few} and with {many} places, each of a kind",
        wanted=f"as many queries for {many} places as for {few}: {before} (NFR-1)",
        got=f"{after} queries",
        look=f"{VIEWS}, home, and the templates",
    )


def test_seed_demo_loads_the_list(db):
    """FR-5: the demo places are in the table, with all that they say."""
    Place = the_model()
    seed()
    PLACES = load("guide.places.PLACES")
    rows = {place.slug: place for place in Place.objects.all()}
    for listed in PLACES:
        row = rows.get(listed.slug)
        same = row is not None and all(
            getattr(row, field) == getattr(listed, field) for field in FIELDS
        )
        expect(
            same,
            did="Ran python manage.py seed_demo",
            wanted=f"{listed.name} in the table with the fields of PLACES (FR-5)",
            got="no row with its slug" if row is None else "a row that differs",
            look=SEED,
        )


def test_seed_demo_can_be_run_again(db, some):
    """FR-5: again and again, without doubles, and with changes mended."""
    Place = the_model()
    seed()
    count = Place.objects.count()
    listed = some.choice(load("guide.places.PLACES"))
    Place.objects.filter(slug=listed.slug).update(name=some.title())
    seed()
    did = "Ran python manage.py seed_demo a second time"
    expect(
        Place.objects.count() == count,
        did=did,
        wanted=f"{count} rows, as after the first time (FR-5)",
        got=f"{Place.objects.count()} rows",
        look=SEED,
    )
    name = Place.objects.get(slug=listed.slug).name
    expect(
        name == listed.name,
        did=f"{did}, after the name of {listed.slug} was changed",
        wanted=f"the name of PLACES again, {listed.name} (FR-5)",
        got=name,
        look=SEED,
    )


@pytest.mark.parametrize("runs", [1, 2])
def test_seed_demo_leaves_other_places_alone(db, some, runs):
    """FR-5: a place that the keeper added stays as it is."""
    Place = the_model()
    own = make(Place, **values(some))
    for _ in range(runs):
        seed()
    found = Place.objects.filter(pk=own.pk, slug=own.slug, name=own.name).exists()
    expect(
        found,
        did=f"Ran python manage.py seed_demo with {own.name} in the table",
        wanted="that row as it was: its slug is none of PLACES (FR-5)",
        got="it is gone or changed",
        look=SEED,
    )
