"""place-page: each place has a page, and a wrong address has one too."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from acceptance.hello import filling
from acceptance.support import expect, fail, fold, load, told, url

PAGE = "templates/guide/place.html"
VIEW = "guide/views.py and the path named place in guide/urls.py"
PARTIAL = "guide/_place.html"


@pytest.fixture
def guide(db):
    """A function that fills the guide: its list, or its table once there is one."""
    with filling() as fill:
        yield fill


@pytest.fixture
def places(some):
    """Six places of two kinds, from A to Z.

    Whichever of the four of a kind is left out, the walks of the others neither rise
    nor fall: who forgets to sort them does not have them in order by luck.
    """
    kinds = [f"{some.title()} {letter}" for letter in "AB"]
    walks = sorted(some.sample(range(2, 140), 6))
    ranks = some.choice([(1, 4, 0, 5, 2, 3), (4, 1, 5, 0, 3, 2)])
    return [
        {
            "name": f"{letter} {some.title()}",
            "slug": some.slug(),
            "kind": kinds[letter in "FG"],
            "minutes": minutes,
            "note": some.sentence(),
        }
        for letter, minutes in zip("CDEFGH", (walks[n] for n in ranks), strict=True)
    ]


def address(place):
    return url("guide:place", slug=place["slug"])


def test_the_address_is_readable(some):
    """FR-2: the slug is the place's part of the address."""
    slug = some.slug()
    path = url("guide:place", slug=slug)
    expect(
        path == f"/places/{slug}/",
        did=f"Looked up the URL guide:place with slug={slug!r}",
        wanted=f"/places/{slug}/",
        got=path,
        look="guide/urls.py",
    )


def test_a_place_has_its_page(visitor, guide, places, some):
    """FR-2: the page of a place says what the guide knows of it."""
    guide(places)
    place = some.choice(places)
    page = visitor.get(address(place)).expect_status(200, look=VIEW)
    heading = page.soup.find("h1")
    expect(
        heading is not None and place["name"] in fold(heading.get_text(" ")),
        did=page.did,
        wanted=f"“{place['name']}” in the <h1>",
        got="no <h1>" if heading is None else f"“{fold(heading.get_text(' '))}”",
        look=PAGE,
    )
    walk = load("guide.places.walk_text")(place["minutes"])
    for what, value in (
        ("kind", place["kind"]),
        ("walk", walk),
        ("note", place["note"]),
    ):
        expect(
            value in page.text,
            did=page.did,
            wanted=f"the {what} of the place, “{value}”, in <main>",
            got="it is not there",
            look=PAGE,
        )


def test_a_page_leads_to_the_others_of_its_kind(visitor, guide, places, some):
    """FR-2: the others of the same kind, shortest walk first, and nothing else."""
    guide(places)
    place = some.choice([row for row in places if row["kind"] == places[0]["kind"]])
    page = visitor.get(address(place)).expect_status(200, look=VIEW)
    links = page.links(page.main)
    expect(
        address(place) not in links,
        did=page.did,
        wanted="the other places of its kind, without the place itself (FR-2)",
        got="the page links to itself",
        look="guide/views.py, the others of a kind",
    )
    by_path = {address(row): row for row in places}
    shown = [by_path[link] for link in dict.fromkeys(links) if link in by_path]
    wanted = sorted(
        (row for row in places if row["kind"] == place["kind"] and row != place),
        key=lambda row: row["minutes"],
    )
    expect(
        shown == wanted,
        did=page.did,
        wanted="links to the others of its kind, shortest walk first (FR-2): "
        + ", ".join(f"{row['name']} ({row['minutes']})" for row in wanted),
        got=", ".join(f"{row['name']} ({row['minutes']})" for row in shown)
        or "no link to a place",
        look="guide/views.py, the others of a kind",
    )


def test_the_home_page_leads_to_every_place(visitor, guide, places):
    """FR-2: each place's page can be reached from `/`."""
    guide(places)
    page = visitor.get(url("guide:home"))
    links = page.links()
    for place in places:
        expect(
            address(place) in links,
            did=page.did,
            wanted=f"a link to {address(place)} for {place['name']}",
            got="there is none",
            look=f"templates/{PARTIAL}",
        )


def test_both_pages_share_the_partial(visitor, guide, places):
    """What a place looks like stands in one file."""
    guide(places)
    for path in (url("guide:home"), address(places[0])):
        page = visitor.get(path).expect_status(200, look=VIEW)
        used = [str(template.name) for template in page.response.templates]
        expect(
            PARTIAL in used,
            did=page.did,
            wanted=f"the places shown by the partial {PARTIAL}",
            got=f"made from {', '.join(dict.fromkeys(used)) or 'no template'}",
            look=f"templates/{PARTIAL}, and the include in the page's template",
        )


@pytest.mark.parametrize("where", ["/places/{}/", "/{}/", "/places/{}/more/"])
def test_an_unknown_address_is_not_found(visitor, guide, places, some, where):
    """FR-3: status 404, and a page that leads back."""
    guide(places)
    page = visitor.get(where.format(some.slug()))
    page.expect_status(
        404,
        wanted="status 404: there is nothing at this address (FR-3)",
        look=VIEW if where == "/places/{}/" else "guide/urls.py",
    )
    look = "templates/404.html"
    used = [template.name for template in page.response.templates if template.name]
    expect(
        "404.html" in used and "base.html" in used,
        did=page.did,
        wanted="your own page templates/404.html, which extends base.html (FR-3)",
        got=f"made from {', '.join(used)}" if used else "Django's own page",
        look=look,
    )
    heading = page.soup.find("h1")
    expect(
        heading is not None and fold(heading.get_text()),
        did=page.did,
        wanted="an <h1> that says what is the matter",
        got="no <h1>",
        look=look,
    )
    expect(
        page.main is not None and url("guide:home") in page.links(page.main),
        did=page.did,
        wanted="a link to / in <main> (FR-3)",
        got="there is none",
        look=look,
    )


def broken(get_response):
    """A middleware with a mistake in it."""

    def answer(request):
        raise LookupError("a mistake")

    return answer


def test_a_mistake_of_ours_has_a_page_too(settings, tmp_path):
    """FR-3: the page stands alone, for the style sheet may be what is broken."""
    settings.MIDDLEWARE = [f"{__name__}.broken"]
    settings.STATIC_ROOT = tmp_path
    hashed = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": hashed}}
    did = "Opened / with a mistake in the site, DEBUG off and no static file collected"
    look = "templates/500.html"
    try:
        response = Client(raise_request_exception=False).get("/")
    except Exception as error:
        fail(
            did=did,
            wanted="a page that needs nothing else (FR-3)",
            got=f"another error while it is shown: {told(error)}",
            look=look,
        )
    soup = BeautifulSoup(response.content, "html.parser")
    main = soup.find("main")
    expect(
        response.status_code == 500 and main and main.find("h1"),
        did=did,
        wanted="status 500 and a page of your own, with a <main> and an <h1> (FR-3)",
        got=f"status {response.status_code} and {fold(soup.get_text(' '))[:50]!r}",
        look=look,
    )
    expect(
        main.find("a", href="/"),
        did=did,
        wanted="a link to / in <main> (FR-3)",
        got="there is none",
        look=look,
    )
    expect(
        not soup.find(src=True) and not soup.find("link"),
        did=did,
        wanted="a page in one piece: no style sheet, no image, no script (FR-3)",
        got="it loads another file",
        look=look,
    )


def test_nothing_can_be_sent_to_a_place(visitor, guide, places):
    """FR-6: the guide is for reading, its pages of places too."""
    guide(places)
    visitor.post(address(places[0])).expect_status(
        405,
        wanted="status 405: the guide is for reading, its pages of places too (FR-6)",
        look=VIEW,
    )
