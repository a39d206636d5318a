"""site-design: a style sheet, an icon, a skip link, labels and a 404 page."""

from pathlib import Path
from types import ModuleType

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import path as route

from acceptance.blog import category, published, tag
from acceptance.pages import goals, path_of, text_of
from acceptance.support import expect, fail, told, url

BASE = "templates/base.html"
SHEET = "static/css/site.css"
PAGES = ["home", "list", "post", "category", "tag", "write", "edit", "delete", "404"]


def page_named(name, visitor, some, make_user):
    """One of the pages that the blog has by now, seen by an author."""
    __tracebackhide__ = True
    author, thing, keyword = make_user(), category(some), tag(some)
    one = published(some, author, category=thing, tags=[keyword])
    path = {
        "home": lambda: url("blog:home"),
        "list": lambda: url("blog:post-list"),
        "post": lambda: url("blog:post-detail", slug=one.slug),
        "category": lambda: url("blog:category-detail", slug=thing.slug),
        "tag": lambda: url("blog:tag-detail", slug=keyword.slug),
        "write": lambda: url("blog:post-create"),
        "edit": lambda: url("blog:post-edit", slug=one.slug),
        "delete": lambda: url("blog:post-delete", slug=one.slug),
        "404": lambda: f"/{some.slug()}/",
    }[name]()
    page = visitor.sign_in(author).get(path)
    return page.expect_status(404 if name == "404" else 200)


def links_of(page, kind):
    """The addresses of ``<link>`` elements of a kind."""
    return [
        str(link.get("href", ""))
        for link in page.soup.find_all("link")
        if kind in [word.lower() for word in link.get("rel") or []]
    ]


def file_of(address):
    """The file that a static address stands for, if the finders know it."""
    prefix = django_settings.STATIC_URL
    path = path_of(address)
    return finders.find(path.removeprefix(prefix)) if path.startswith(prefix) else None


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_style_icon_and_viewport(visitor, some, make_user, name):
    """NFR-3: the head of every page links what it needs."""
    page = page_named(name, visitor, some, make_user)
    for kind, what in (("stylesheet", "style sheet"), ("icon", "icon")):
        found = links_of(page, kind)
        expect(
            found,
            did=page.did,
            wanted=f'a {what}, <link rel="{kind}"> (NFR-3)',
            got="there is none",
            look=BASE,
        )
        expect(
            any(file_of(address) for address in found),
            did=page.did,
            wanted=f"a {what} below {django_settings.STATIC_URL} whose file is found "
            "in static/",
            got=f"linked is {', '.join(found)}",
            look=BASE,
        )
    expect(
        any(
            path_of(address).startswith("/static/") and file_of(address)
            for address in links_of(page, "stylesheet")
        ),
        did=page.did,
        wanted="a style sheet whose address begins with /static/",
        got=f"linked is {', '.join(links_of(page, 'stylesheet'))}",
        look=BASE,
    )
    views = [str(tag_.get("content", "")) for tag_ in named_meta(page, "viewport")]
    expect(
        any("width=device-width" in "".join(view.split()) for view in views),
        did=page.did,
        wanted='<meta name="viewport"> with width=device-width (NFR-3: phones)',
        got=f"its content is {views[0]!r}" if views else "there is none",
        look=BASE,
    )


def named_meta(page, name):
    """The ``<meta>`` elements of a name."""
    return [
        tag_
        for tag_ in page.soup.find_all("meta")
        if str(tag_.get("name", "")).lower() == name
    ]


def test_the_style_sheet_is_written(root):
    """NFR-3: the style sheet is there and says something."""
    file = root / SHEET
    expect(
        file.is_file() and file.read_text(encoding="utf-8").strip(),
        did=f"Looked for {SHEET}",
        wanted="a style sheet that is not empty",
        got="it is empty" if file.is_file() else "there is no such file",
        look=SHEET,
    )


def test_addresses_come_from_the_static_tag(visitor, settings):
    """NFR-3: an address written by hand breaks once file names carry a hash."""
    settings.STATIC_URL = "/elsewhere/"
    page = visitor.get("/").expect_status(200)
    for kind, what in (("stylesheet", "style sheet"), ("icon", "icon")):
        found = links_of(page, kind)
        expect(
            any(path_of(address).startswith("/elsewhere/") for address in found),
            did=f"{page.did}, with STATIC_URL set to /elsewhere/",
            wanted=f"the {what} linked below /elsewhere/, made with the tag static",
            got=f"linked is {', '.join(found) or 'nothing'}",
            look=f"{BASE}, {{% static 'css/site.css' %}}",
        )


@pytest.mark.parametrize("name", PAGES)
def test_the_first_link_skips_to_the_content(visitor, some, make_user, name):
    """NFR-2: whoever uses the keyboard need not walk through the navigation."""
    page = page_named(name, visitor, some, make_user)
    target = str(page.main.get("id", "")) if page.main else ""
    expect(
        target,
        did=page.did,
        wanted="<main> with an id (NFR-2)",
        got="it has none" if page.main else "there is no <main>",
        look=BASE,
    )
    first = (page.soup.find("body") or page.soup).find("a", href=True)
    expect(
        first is not None and first["href"] == f"#{target}",
        did=page.did,
        wanted=f"#{target} as the goal of the page's first link (NFR-2: a skip link)",
        got=f"it leads to {first['href']}" if first else "there is no link",
        look=BASE,
    )


@pytest.mark.parametrize("name", PAGES)
def test_nothing_comes_from_another_host(visitor, some, make_user, name):
    """NFR-3: the blog works by itself, and tells nobody who reads it."""
    page = page_named(name, visitor, some, make_user)
    loaded = [str(tag_["src"]) for tag_ in page.soup.find_all(src=True)]
    for kind in ("stylesheet", "icon", "preload", "preconnect", "modulepreload"):
        loaded += links_of(page, kind)
    sheets = [tag_.get_text() for tag_ in page.soup.find_all("style")]
    for address in links_of(page, "stylesheet"):
        found = file_of(address)
        if found:
            sheets.append(Path(found).read_text(encoding="utf-8"))
    for text in sheets:
        loaded += loaded_by(text)
    foreign = [
        one for one in loaded if one.lower().startswith(("http:", "https:", "//"))
    ]
    expect(
        not foreign,
        did=f"{page.did}, and read its style sheets",
        wanted="no style sheet, script, font or image from another host",
        got=", ".join(foreign),
        look=f"{BASE} and {SHEET}",
    )


def loaded_by(sheet):
    """The addresses that a style sheet loads."""
    css = "".join(part.split("*/", 1)[-1] for part in f"*/{sheet}".split("/*"))
    found = [part.split(")", 1)[0] for part in css.split("url(")[1:]]
    found += [part.split(";", 1)[0] for part in css.split("@import")[1:]]
    return [address.strip().strip("'\"") for address in found]


def test_a_wrong_address_leads_back(visitor, some):
    """NFR-2: a 404 page is a page of the site."""
    page = visitor.get(f"/{some.slug()}/").expect_status(404)
    look = "templates/404.html"
    expect(
        page.soup.find("nav"),
        did=page.did,
        wanted="the site's <nav> on the 404 page",
        got="there is none",
        look=look,
    )
    heading = page.soup.find("h1")
    expect(
        heading is not None and text_of(heading),
        did=page.did,
        wanted="an <h1> with text in it",
        got="it is empty" if heading else "there is none",
        look=look,
    )
    expect(
        page.main is not None and "/" in goals(page, page.main),
        did=page.did,
        wanted="a link to / inside <main>",
        got="there is none",
        look=look,
    )


def fails(request):
    """A view with a mistake in it."""
    raise LookupError("a mistake")


def test_an_error_has_a_page_of_its_own(settings):
    """NFR-2: shown when something is broken already, so it asks for nothing.

    No database here, no session, and static files whose manifest is missing.
    """
    urls = ModuleType("urls_of_a_view_that_fails")
    urls.urlpatterns = [route("", fails)]
    settings.ROOT_URLCONF = urls
    settings.DEBUG = False
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}
    settings.STATIC_ROOT = django_settings.BASE_DIR / "there-is-no-such-folder"
    did = (
        "Let a view raise an exception, with DEBUG off and no manifest of static files"
    )
    look = "templates/500.html"
    client = Client(raise_request_exception=False)
    try:
        response = client.get("/")
    except Exception as error:
        fail(
            did=did,
            wanted="a page that needs no context, no database and no static file",
            got=f"showing it fails as well: {told(error)}",
            look=look,
        )
    soup = BeautifulSoup(response.content, "html.parser")
    heading, main = soup.find("h1"), soup.find("main")
    expect(
        response.status_code == 500 and main and heading and text_of(heading),
        did=did,
        wanted="status 500 and your own page, with a <main> and an <h1>",
        got=f"status {response.status_code}; the page says "
        f"{text_of(soup)[:60]!r}, without <main>",
        look=look,
    )
    expect(
        any(
            path_of(str(link["href"])) == "/" for link in main.find_all("a", href=True)
        ),
        did=did,
        wanted="a link to / inside <main>",
        got="there is none",
        look=look,
    )
    views = [
        tag_ for tag_ in soup.find_all("meta") if tag_.get("name", "") == "viewport"
    ]
    expect(
        views and soup.find("html").get("lang"),
        did=did,
        wanted='<html> with a lang, and <meta name="viewport">, as on every page',
        got="one of them is missing",
        look=look,
    )
    loaded = [str(tag_["src"]) for tag_ in soup.find_all(src=True)]
    loaded += [str(tag_.get("href", "")) for tag_ in soup.find_all("link")]
    expect(
        not loaded,
        did=did,
        wanted="a page in one piece: what it would load may be what is broken",
        got=f"it loads {', '.join(loaded)}",
        look=look,
    )


@pytest.mark.parametrize("name", ["post", "write"])
def test_every_field_has_a_label(visitor, some, make_user, name):
    """NFR-2: a screen reader says what a field is for."""
    page = page_named(name, visitor, some, make_user)
    asked = ("name", "body") if name == "post" else ("title", "body", "status")
    look = f"templates/blog/post_{'detail' if name == 'post' else 'form'}.html"
    form = page.expect_form(*asked, look=look)
    labels = {str(tag_.get("for", "")) for tag_ in page.soup.find_all("label")}
    for field in form.tag.find_all(["input", "select", "textarea"]):
        kind = str(field.get("type", "text")).lower()
        if kind in ("hidden", "submit", "button", "reset", "image"):
            continue
        expect(
            str(field.get("id", "")) in labels - {""} or field.find_parent("label"),
            did=page.did,
            wanted=f"a <label> for the field {field.get('name')} (NFR-2)",
            got=f"no label has for={field.get('id', '')!r}, and none is round it",
            look=look,
        )
