"""python-places: what the guide knows, in plain Python."""

import subprocess
import sys

import pytest

from acceptance.support import expect, fail, load, told

FILE = "guide/places.py"
FIELDS = ("name", "slug", "kind", "minutes", "note")


def call(did, function, *args, look, **kwargs):
    """What a function gives back, or a sentence with its error."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        fail(did=did, wanted="no error", got=told(error), look=look)


def a_place(some, **fields):
    """A random place."""
    Place = load("guide.places.Place", look=FILE)
    values = {
        "name": some.title(),
        "slug": some.slug(),
        "kind": some.word(),
        "minutes": some.number(1, 90),
        "note": some.sentence(),
    } | fields
    return call(
        f"Made a Place with minutes={values['minutes']}",
        Place,
        look=f"{FILE}, Place",
        **values,
    )


def names(places):
    return [f"{place.name} ({place.minutes})" for place in places]


def test_needs_no_django(root):
    """NFR-5: the rules can be used without Django."""
    load("guide.places", look=FILE)
    code = "import sys, guide.places; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True)
    expect(
        done.returncode == 0,
        did="Imported guide.places in a Python that has not loaded Django",
        wanted="plain Python: nothing in it imports Django (NFR-5)",
        got="Django is loaded"
        if not done.stderr
        else done.stderr.decode(errors="replace").strip().splitlines()[-1],
        look=f"{FILE}, its imports",
    )


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "at the station"),
        (1, "1 min on foot"),
        (59, "59 min on foot"),
        (60, "1 h on foot"),
        (61, "1 h 1 min on foot"),
        (65, "1 h 5 min on foot"),
        (120, "2 h on foot"),
    ],
)
def test_puts_a_walk_into_words(minutes, text):
    """FR-4: a walk is described in the words of the table."""
    walk_text = load("guide.places.walk_text", look=FILE)
    did = f"Called walk_text({minutes})"
    got = call(did, walk_text, minutes, look=f"{FILE}, walk_text")
    expect(
        got == text,
        did=did,
        wanted=f'"{text}" (FR-4)',
        got=repr(got),
        look=f"{FILE}, walk_text",
    )


def test_puts_any_walk_into_words(some):
    """FR-4: not only the walks of the table."""
    walk_text = load("guide.places.walk_text", look=FILE)
    for hours in (0, some.number(2, 9)):
        minutes = some.number(2, 58)
        walk = hours * 60 + minutes
        text = (f"{hours} h " if hours else "") + f"{minutes} min on foot"
        did = f"Called walk_text({walk})"
        got = call(did, walk_text, walk, look=f"{FILE}, walk_text")
        expect(
            got == text,
            did=did,
            wanted=f'"{text}" (FR-4)',
            got=repr(got),
            look=f"{FILE}, walk_text",
        )


def test_a_place_holds_its_values(some):
    """A place has five attributes, and is equal to one with the same values."""
    values = {
        "name": some.title(),
        "slug": some.slug(),
        "kind": some.word(),
        "minutes": some.number(1, 90),
        "note": some.sentence(),
    }
    place = a_place(some, **values)
    for field in FIELDS:
        got = getattr(place, field, "no such attribute")
        expect(
            got == values[field],
            did=f"Made a Place with {field}={values[field]!r}",
            wanted=f"the attribute {field} with this value",
            got=repr(got),
            look=f"{FILE}, Place",
        )
    expect(
        place == a_place(some, **values),
        did="Made two places with the same values",
        wanted="that they are equal, as instances of a data class are",
        got="they are not",
        look=f"{FILE}, Place",
    )


def test_a_note_may_be_left_out(some):
    """A place without a note has an empty one."""
    Place = load("guide.places.Place", look=FILE)
    did = "Made a Place without a note"
    place = call(
        did,
        Place,
        look=f"{FILE}, Place",
        name=some.title(),
        slug=some.slug(),
        kind=some.word(),
        minutes=some.number(),
    )
    expect(
        place.note == "",
        did=did,
        wanted='the note ""',
        got=repr(place.note),
        look=f"{FILE}, Place",
    )


def test_a_place_cannot_be_changed(some):
    """Assigning to a place is refused."""
    place = a_place(some)
    got = "the value changed"
    try:
        place.minutes = place.minutes + 1
    except AttributeError:
        return
    except Exception as error:
        got = told(error)
    fail(
        did="Assigned to place.minutes",
        wanted="AttributeError: a place is frozen",
        got=got,
        look=f"{FILE}, Place",
    )


def test_a_walk_is_never_below_nought(some):
    """A place with negative minutes is refused, one at the station is not."""
    Place = load("guide.places.Place", look=FILE)
    minutes = -some.number(1, 60)
    got = "the place was made"
    try:
        Place(
            name=some.title(),
            slug=some.slug(),
            kind=some.word(),
            minutes=minutes,
            note="",
        )
    except ValueError:
        a_place(some, minutes=0)
        return
    except Exception as error:
        got = told(error)
    fail(
        did=f"Made a Place with minutes={minutes}",
        wanted="ValueError: a walk cannot take less than no time",
        got=got,
        look=f"{FILE}, Place, __post_init__",
    )


def test_a_place_knows_its_walk(some):
    """FR-4: the property says the same as the function."""
    minutes = some.number(61, 119)
    place = a_place(some, minutes=minutes)
    wanted = load("guide.places.walk_text", look=FILE)(minutes)
    got = getattr(place, "walk", "no such attribute")
    expect(
        got == wanted,
        did=f"Read walk of a place with minutes={minutes}",
        wanted=f'"{wanted}", without calling it (a property)',
        got="a method, to be called" if callable(got) else repr(got),
        look=f"{FILE}, Place, walk",
    )


def some_places(some):
    """Places of three kinds, in no order; two of each kind have the same walk."""
    while True:
        walks = some.sample(range(2, 90), 6)
        kinds = [some.word() for _ in range(3)]
        places = []
        for index, kind in enumerate(kinds):
            # The third is the nearest, and the last of its kind by name.
            first, second, third = sorted(some.title() for _ in range(3))
            near, walk = sorted(walks[2 * index : 2 * index + 2])
            places += [
                a_place(some, kind=kind, minutes=walk, name=first),
                a_place(some, kind=kind, minutes=walk, name=second),
                a_place(some, kind=kind, minutes=near, name=third),
            ]
        places = some.shuffled(places)
        if not lucky(places):
            return places


def lucky(places):
    """Whether they come out right though they are not sorted as they should be."""
    orders = [
        places,
        by_walk(places),
        sorted(places, key=lambda place: place.minutes),
        sorted(places, key=lambda place: place.name),
    ]
    kinds = sorted({place.kind for place in places})
    if any(list(dict.fromkeys(p.kind for p in order)) == kinds for order in orders):
        return True
    groups = [[[p for p in o if p.kind == kind] for kind in kinds] for o in orders]
    return groups[1] in (groups[0], groups[2], groups[3])


def by_walk(places):
    return sorted(places, key=lambda place: (place.minutes, place.name))


def expect_untouched(before, after, function):
    """The list that was passed in is as it was."""
    expect(
        before == after,
        did=f"Looked at the list that {function} was given",
        wanted="the list as it was before",
        got="it was changed",
        look=f"{FILE}, {function}",
    )


def test_nearest_takes_the_shortest_walks(some):
    """FR-1: the nearest places, shortest walk first, then by name."""
    nearest = load("guide.places.nearest", look=FILE)
    places = some_places(some)
    given = list(places)
    look = f"{FILE}, nearest"
    count = some.number(4, 7)
    for did, want, kwargs in (
        ("nearest(places)", 3, {}),
        (f"nearest(places, count={count})", count, {"count": count}),
        ("nearest(places, count=50), with nine places", 9, {"count": 50}),
    ):
        got = call(f"Called {did}", nearest, given, look=look, **kwargs)
        expect(
            isinstance(got, list),
            did=f"Called {did}",
            wanted="a list",
            got=type(got).__name__,
            look=look,
        )
        wanted = by_walk(places)[:want]
        expect(
            got == wanted,
            did=f"Called {did}",
            wanted=f"{want} places by minutes, then by name: "
            + ", ".join(names(wanted)),
            got=", ".join(names(got)) or "an empty list",
            look=look,
        )
        expect_untouched(places, given, "nearest")


def test_by_kind_groups_the_places(some):
    """FR-1: places by kind, kinds from A to Z, shortest walk first."""
    by_kind = load("guide.places.by_kind", look=FILE)
    places = some_places(some)
    given = list(places)
    look = f"{FILE}, by_kind"
    did = "Called by_kind(places) with nine places of three kinds"
    got = call(did, by_kind, given, look=look)
    expect(
        isinstance(got, dict),
        did=did,
        wanted="a dictionary",
        got=type(got).__name__,
        look=look,
    )
    kinds = sorted({place.kind for place in places})
    expect(
        list(got) == kinds,
        did=did,
        wanted=f"the kinds from A to Z: {', '.join(kinds)}",
        got=", ".join(map(str, got)) or "an empty dictionary",
        look=look,
    )
    for kind in kinds:
        wanted = by_walk(place for place in places if place.kind == kind)
        expect(
            list(got[kind]) == wanted,
            did=did,
            wanted=f"all places of the kind {kind} by minutes, then by name: "
            + ", ".join(names(wanted)),
            got=", ".join(names(got[kind])) or "an empty list",
            look=look,
        )
    expect_untouched(places, given, "by_kind")
    expect(
        call("Called by_kind([])", by_kind, [], look=look) == {},
        did="Called by_kind([])",
        wanted="an empty dictionary",
        got="something else",
        look=look,
    )


def test_there_are_places_to_show():
    """The guide has content of its own."""
    PLACES = load("guide.places.PLACES", look=FILE)
    Place = load("guide.places.Place", look=FILE)
    look = f"{FILE}, PLACES"
    expect(
        isinstance(PLACES, list) and all(isinstance(place, Place) for place in PLACES),
        did="Looked at PLACES",
        wanted="a list of Place objects",
        got=type(PLACES).__name__
        if not isinstance(PLACES, list)
        else "a list with something else in it",
        look=look,
    )
    kinds = {place.kind for place in PLACES}
    expect(
        len(PLACES) >= 8 and len(kinds) >= 3,
        did="Counted PLACES",
        wanted="eight places or more, of three kinds or more",
        got=f"{len(PLACES)} places of {len(kinds)} kinds",
        look=look,
    )
    slugs = [place.slug for place in PLACES]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    expect(
        not twice,
        did="Compared the slugs of PLACES",
        wanted="a slug of its own for each place",
        got=f"more than one has {', '.join(twice)}",
        look=look,
    )
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    odd = [slug for slug in slugs if not slug or set(slug) - allowed]
    expect(
        not odd,
        did="Read the slugs of PLACES",
        wanted="small letters a to z, digits and dashes only",
        got=", ".join(map(repr, odd)),
        look=look,
    )
