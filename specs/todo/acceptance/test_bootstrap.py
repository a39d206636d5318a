"""bootstrap: the pages wear Bootstrap, from files of the site and nowhere else."""

import re
from pathlib import Path

import pytest
from bs4 import Tag
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders

from acceptance.pages import path_of
from acceptance.support import expect, fail, url
from acceptance.tasks import a_task, element

BASE = "templates/base.html"
OWN = "css/site.css"
GIVEN = "vendor/bootstrap/bootstrap.min.css"
PAGES = ["list", "login", "signup", "404"]


def page_named(name, visitor, some, make_user):
    """One of the pages that there are by now."""
    __tracebackhide__ = True
    if name in ("login", "signup"):
        return visitor.get(url(f"accounts:{name}")).expect_status(200)
    owner = make_user()
    a_task(some, owner, notes=some.sentence())
    mine = visitor.sign_in(owner)
    if name == "404":
        return mine.get(f"/{some.slug()}/").expect_status(404)
    return mine.get(url("todo:task-list")).expect_status(200)


def sheets(page):
    """The addresses of the style sheets, in their order."""
    return [
        str(link.get("href", ""))
        for link in page.soup.find_all("link")
        if "stylesheet" in [word.lower() for word in link.get("rel") or []]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_both_style_sheets_are_linked(visitor, some, make_user, name):
    """NFR-3: Bootstrap's first, so that rules of one's own come after it."""
    page = page_named(name, visitor, some, make_user)
    found = [path_of(address) for address in sheets(page)]
    prefix = django_settings.STATIC_URL
    for file in (GIVEN, OWN):
        expect(
            prefix + file in found,
            did=page.did,
            wanted=f'<link rel="stylesheet"> of {file}',
            got=f"linked is {', '.join(found) or 'nothing'}",
            look=BASE,
        )
    expect(
        found.index(prefix + GIVEN) < found.index(prefix + OWN),
        did=page.did,
        wanted=f"{OWN} after {GIVEN}: of two equal rules the later one wins",
        got=", ".join(found),
        look=BASE,
    )
    lost = [one for one in found if not finders.find(one.removeprefix(prefix))]
    expect(
        not lost,
        did=page.did,
        wanted="style sheets whose files are in static/",
        got=f"there is no file for {', '.join(lost)}",
        look=BASE,
    )


def test_addresses_come_from_the_static_tag(visitor, settings):
    """NFR-3: an address written by hand breaks once file names carry a hash."""
    settings.STATIC_URL = "/somewhere/"
    page = visitor.get(url("accounts:login")).expect_status(200)
    found = [path_of(address) for address in sheets(page)]
    expect(
        len(found) > 1 and all(one.startswith("/somewhere/") for one in found),
        did=f"{page.did}, with STATIC_URL set to /somewhere/",
        wanted="every style sheet below /somewhere/, made with the tag static",
        got=", ".join(found) or "no style sheet",
        look=f"{BASE}, {{% static '{GIVEN}' %}}",
    )


def test_bootstrap_is_as_it_was_given(root):
    """NFR-3: what one wants different stands in one's own file."""
    file = root / "static" / GIVEN
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    expect(
        "Bootstrap" in text[:100] and "v5.3" in text[:100] and len(text) > 200_000,
        did=f"Read static/{GIVEN}",
        wanted="the style sheet of Bootstrap 5.3, whole",
        got=f"{len(text)} characters" if text else "there is no such file",
        look=f"static/{GIVEN}",
    )


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_in_the_page_or_elsewhere(visitor, some, make_user, name):
    """NFR-3: the policy allows files of the site only."""
    page = page_named(name, visitor, some, make_user)
    inside = [
        f"<{tag.name}>"
        for tag in page.soup.find_all(["style", "script"])
        if not tag.get("src")
    ]
    for tag in page.soup.find_all(True):
        inside += [
            f'{key}="{value}"'
            for key, value in tag.attrs.items()
            if key == "style" or key.startswith("on")
        ]
    expect(
        not inside,
        did=page.did,
        wanted="no style and no script inside the page: the policy stops them (NFR-3)",
        got=", ".join(inside[:3]),
        look=BASE,
    )
    loaded = [str(tag["src"]) for tag in page.soup.find_all(src=True)]
    loaded += [str(tag["href"]) for tag in page.soup.find_all("link", href=True)]
    text = own_sheet(page)
    loaded += re.findall(r"""url\(\s*['"]?([^'")]+)""", text)
    loaded += re.findall(r"""@import\s+['"]([^'"]+)""", text)
    foreign = [one for one in loaded if one.lower().startswith(("http", "//"))]
    expect(
        not foreign,
        did=f"{page.did}, and read its style sheet",
        wanted="nothing from another host (NFR-3)",
        got=", ".join(foreign[:3]),
        look=f"{BASE} and static/{OWN}",
    )


def own_sheet(page):
    """The text of static/css/site.css, or a sentence."""
    __tracebackhide__ = True
    file = finders.find(OWN)
    if not file:
        fail(
            did=page.did,
            wanted=f"a file static/{OWN}",
            got="there is no such file",
            look=f"static/{OWN}",
        )
    return Path(file).read_text(encoding="utf-8")


def test_the_look_is_ones_own(visitor):
    """NFR-3: by Bootstrap's variables, in light and in dark mode."""
    page = visitor.get(url("accounts:login")).expect_status(200)
    text = re.sub(r"/\*.*?\*/", "", own_sheet(page), flags=re.DOTALL)
    found = set(re.findall(r"(--bs-[\w-]+)\s*:", text))
    expect(
        len(found) >= 3,
        did=f"Read static/{OWN}",
        wanted="at least three variables that begin with --bs-",
        got=", ".join(sorted(found)) or "none",
        look=f"static/{OWN}",
    )
    expect(
        "prefers-color-scheme" in text,
        did=f"Read static/{OWN}",
        wanted="@media (prefers-color-scheme: dark) with other values (NFR-3)",
        got="there is no such rule",
        look=f"static/{OWN}",
    )


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_in_containers(visitor, some, make_user, name):
    """NFR-3: one container around the content."""
    page = page_named(name, visitor, some, make_user)
    main = page.main
    near = [main, *main.parents, *main.find_all(True)] if main else []
    names = {c for tag in near if isinstance(tag, Tag) for c in tag.get("class") or []}
    expect(
        any(c == "container" or c.startswith("container-") for c in names),
        did=page.did,
        wanted="the class container at <main>, around it or inside it",
        got=f"the classes {', '.join(sorted(names)) or 'none'}",
        look=BASE,
    )
    target = str(main.get("id", "")) if main else ""
    first = (page.soup.find("body") or page.soup).find("a", href=True)
    expect(
        target and first is not None and first["href"] == f"#{target}",
        did=page.did,
        wanted="a first link that leads to the id of <main> (NFR-2)",
        got=f"it leads to {first['href']}" if first else "there is no link",
        look=BASE,
    )
    view = page.soup.find("meta", attrs={"name": "viewport"})
    html = page.soup.find("html")
    expect(
        view is not None
        and "width=device-width" in str(view.get("content"))
        and html.get("lang"),
        did=page.did,
        wanted="<html> with a lang, and a viewport of width=device-width (NFR-3)",
        got="one of them is missing",
        look=BASE,
    )


def test_the_list_is_a_list_group(visitor, some, make_user):
    """NFR-3: each task is an item of it."""
    owner = make_user()
    rows = [a_task(some, owner) for _ in range(2)]
    page = visitor.sign_in(owner).get(url("todo:task-list"))
    for one in rows:
        row = element(page, f"task-{one.pk}")
        classes = set(row.get("class") or [])
        around = row.find_parent(class_="list-group")
        expect(
            "list-group-item" in classes and around is not None,
            did=page.did,
            wanted="tasks of the class list-group-item in a list-group",
            got=f"the classes {', '.join(sorted(classes)) or 'none'}"
            + ("" if around else ", in no list-group"),
            look="templates/todo/task_list.html and _task.html",
        )


def test_errors_are_a_danger():
    """NFR-3: Bootstrap has no alert-error."""
    found = getattr(django_settings, "MESSAGE_TAGS", {})
    expect(
        found.get(40) == "danger",
        did="Read the setting MESSAGE_TAGS",
        wanted='{40: "danger"}',
        got=f"{found}",
        look="config/settings.py",
    )
