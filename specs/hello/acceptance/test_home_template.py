"""home-template: the home page shows the places."""

from itertools import pairwise

import pytest

from acceptance.hello import filling
from acceptance.support import expect, fail, fold, load, url

TEMPLATE = "templates/guide/home.html"
CLOSE = "Close to the station"
EMPTY = "No place has been added yet."


@pytest.fixture
def guide(db):
    """A function that fills the guide: its list, or its table once there is one."""
    with filling() as fill:
        yield fill


@pytest.fixture
def places(some):
    """Nine places of three kinds, shuffled; two of them share a walk."""
    while True:
        walks = some.sample(range(2, 140), 9)
        walks[1] = walks[0]
        kinds = [f"{some.title()} {letter}" for letter in "ABC"]
        made = some.shuffled(
            [
                {
                    "name": f"{some.title()} {letter}",
                    "slug": some.slug(),
                    "kind": kinds[index // 3],
                    "minutes": walks[index],
                    "note": some.sentence(),
                }
                for index, letter in enumerate("DEFGHIJKL")
            ]
        )
        if not lucky(made):
            return made


def by_walk(places):
    return sorted(places, key=lambda place: (place["minutes"], place["name"]))


def lucky(places):
    """Whether they come out right though they are not sorted as they should be."""
    kinds = sorted({place["kind"] for place in places})
    stable = sorted(places, key=lambda place: place["minutes"])
    orders = [by_walk(places), places, stable]
    if any(list(dict.fromkeys(p["kind"] for p in o)) == kinds for o in orders):
        return True
    right, *wrong = (
        [[place for place in order if place["kind"] == kind] for kind in kinds]
        for order in orders
    )
    return right in wrong


def listed(places):
    return ", ".join(f"{place['name']} ({place['minutes']})" for place in places)


def text_after(page, heading):
    """The text of the page from a heading on, or a sentence that it is missing."""
    headings = (page.main or page.soup).find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    for tag in headings:
        if fold(tag.get_text(" ")).lower() == heading.lower():
            return fold(" ".join(tag.find_all_next(string=True)))
    fail(
        did=page.did,
        wanted=f"a heading “{heading}” (FR-1)",
        got="headings "
        + (
            ", ".join(f"“{fold(tag.get_text(' '))}”" for tag in headings)
            or "none at all"
        ),
        look=TEMPLATE,
    )


def sections(page, headings):
    """The texts below these headings, which stand on the page in this order."""
    rests = [text_after(page, heading) for heading in headings]
    expect(
        all(len(rest) > len(after) for rest, after in pairwise(rests)),
        did=page.did,
        wanted=f"the headings in this order: {', '.join(headings)} (FR-1)",
        got=", ".join(
            heading
            for _, heading in sorted(
                zip(rests, headings, strict=True), key=lambda pair: -len(pair[0])
            )
        ),
        look=f"guide/views.py, home, or {TEMPLATE}",
    )
    ends = [len(rest) for rest in rests[1:]] + [0]
    return [rest[: len(rest) - end] for rest, end in zip(rests, ends, strict=True)]


def expect_places(page, heading, text, wanted, others):
    """A section holds these places in this order, and none of the others."""
    shown = sorted(
        (place for place in wanted + others if place["name"] in text),
        key=lambda place: text.find(place["name"]),
    )
    expect(
        shown == wanted,
        did=page.did,
        wanted=f"under “{heading}”, by minutes, then by name (FR-1): {listed(wanted)}",
        got=listed(shown) or "no place there",
        look=f"guide/views.py, home, or {TEMPLATE}",
    )


def test_the_page_comes_from_a_template(visitor, guide, places):
    """The view renders a template that extends the base page."""
    guide(places)
    page = visitor.get(url("guide:home")).expect_status(
        200, look="guide/views.py, home"
    )
    used = [template.name for template in page.response.templates]
    for name in ("guide/home.html", "base.html"):
        expect(
            name in used,
            did=page.did,
            wanted=f"a page made from the template {name}",
            got=f"made from {', '.join(map(str, used))}"
            if used
            else "no template used",
            look="guide/views.py, home" if name != "base.html" else TEMPLATE,
        )
    count = len(page.soup.find_all("h1"))
    expect(
        count == 1,
        did=page.did,
        wanted="one heading <h1>",
        got=f"{count} of them",
        look=TEMPLATE,
    )


def test_the_nearest_come_first(visitor, guide, places):
    """FR-1: the three places nearest to the station stand at the top."""
    guide(places)
    page = visitor.get(url("guide:home"))
    kinds = sorted({place["kind"] for place in places})
    text = sections(page, [CLOSE, *kinds])[0]
    ranked = by_walk(places)
    expect_places(page, CLOSE, text, ranked[:3], ranked[3:])


def test_all_places_stand_under_their_kind(visitor, guide, places):
    """FR-1: each place under its kind, kinds from A to Z, shortest walk first."""
    guide(places)
    page = visitor.get(url("guide:home"))
    kinds = sorted({place["kind"] for place in places})
    for kind, text in zip(kinds, sections(page, [CLOSE, *kinds])[1:], strict=True):
        wanted = by_walk(place for place in places if place["kind"] == kind)
        others = [place for place in places if place["kind"] != kind]
        expect_places(page, kind, text, wanted, others)


def test_each_place_is_described(visitor, guide, places):
    """FR-4: each place is shown with its walk and its note."""
    guide(places)
    page = visitor.get(url("guide:home"))
    kinds = sorted({place["kind"] for place in places})
    walk_text = load("guide.places.walk_text")
    for kind, text in zip(kinds, sections(page, [CLOSE, *kinds])[1:], strict=True):
        for place in (place for place in places if place["kind"] == kind):
            for what, value in (
                ("walk", walk_text(place["minutes"])),
                ("note", place["note"]),
            ):
                expect(
                    value in text,
                    did=page.did,
                    wanted=f"the {what} of {place['name']}: “{value}”",
                    got="it is not under the place's kind",
                    look=TEMPLATE,
                )


def test_a_note_is_text(visitor, guide, places, some):
    """NFR-2: tags in a note are shown and not obeyed."""
    word = some.word()
    places[0]["note"] = f"Bring <b>{word}</b> & a map."
    guide(places)
    page = visitor.get(url("guide:home"))
    expect(
        places[0]["note"] in page.text,
        did=f"{page.did}, with the note “{places[0]['note']}”",
        wanted="the note as text, tags and all (NFR-2)",
        got="the tags were obeyed"
        if page.soup.find("b", string=word)
        else "the note is not there as it was written",
        look=TEMPLATE,
    )


def test_a_new_place_is_seen_at_once(visitor, guide, places):
    """FR-1: the page shows the places as they are at the moment."""
    guide(places[:-1])
    visitor.get(url("guide:home")).expect_hides(places[-1]["name"])
    guide(places)
    visitor.get(url("guide:home")).expect_shows(
        places[-1]["name"],
        wanted="a place on the page as soon as the guide has it",
        look="guide/views.py, home",
    )


def test_an_empty_guide_is_a_page_too(visitor, guide):
    """With no place at all the page says so."""
    guide([])
    page = visitor.get(url("guide:home")).expect_status(
        200, look="guide/views.py, home"
    )
    page.expect_shows(
        EMPTY, wanted=f"“{EMPTY}” while the guide has no place", look=TEMPLATE
    )
