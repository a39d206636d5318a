"""bootstrap: the pages wear Bootstrap, from files of the site and nowhere else."""

import hashlib
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from bs4 import Tag
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.urls import NoReverseMatch, reverse
from django.urls import path as path_to

from acceptance.pages import path_of
from acceptance.support import Visitor, expect, fail, url
from acceptance.tasks import FOREIGN, a_task, element, keeps_the_policy

BASE = "templates/base.html"
OWN = "css/site.css"
GIVEN = "vendor/bootstrap/bootstrap.min.css"
# Of the given file, with lines that end in LF.
SHA_256 = "06395d93f5adbc0593ed84544eb043fa32ab8619c6b7195e803e119f5b9f3672"
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
        hashlib.sha256(text.encode()).hexdigest() == SHA_256,
        did=f"Read static/{GIVEN}",
        wanted="the style sheet of Bootstrap 5.3.9, unchanged: what you want different "
        f"is in {OWN}",
        got=f"another text, of {len(text)} characters"
        if text
        else "there is no such file",
        look=f"static/{GIVEN}; git checkout brings the given one back",
    )


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_in_the_page_or_elsewhere(visitor, some, make_user, name):
    """NFR-3: the policy allows files of the site only."""
    keeps_the_policy(page_named(name, visitor, some, make_user), look=BASE)


# What later tasks add, by the name of its address; it is looked at once it is there.
LATER = {
    "todo": ["task-add", "lists", "list-add", "labels", "label-add"],
    "accounts": ["settings"],
}


@pytest.mark.parametrize("app", LATER)
def test_later_pages_keep_the_policy(visitor, some, make_user, app):
    """NFR-3: no page is an exception."""
    owner = make_user()
    one = a_task(some, owner)
    mine = visitor.sign_in(owner)
    paths = [address(f"{app}:{name}") for name in LATER[app]]
    if app == "todo":
        paths += [
            address(f"todo:task-{name}", pk=one.pk) for name in ("edit", "delete")
        ]
    for path in (one for one in paths if one):
        keeps_the_policy(mine.get(path).expect_status(200), look=BASE)
    keeps_the_policy(mine.get(url("todo:task-list")), look=BASE)


def address(name, **kwargs):
    """The address of a name, or None where there is no such name yet."""
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return None


def refuses(request):
    """A view that refuses everybody."""
    raise PermissionDenied


def breaks(request):
    """A view with a mistake in it."""
    raise LookupError("a mistake")


@pytest.mark.parametrize(("status", "view"), [(403, refuses), (500, breaks)])
def test_pages_of_errors_keep_the_policy(settings, make_user, status, view):
    """NFR-3: nor are those that nobody wants to see."""
    urls = ModuleType("urls_with_a_view_that_fails")
    own = import_module(settings.ROOT_URLCONF)
    vars(urls).update(vars(own))
    where = "/page-that-fails/"
    urls.urlpatterns = [path_to(where.lstrip("/"), view), *own.urlpatterns]
    settings.ROOT_URLCONF = urls
    somebody = Visitor(make_user())
    somebody.client.raise_request_exception = False
    page = somebody.get(where).expect_status(status, look=f"templates/{status}.html")
    page.did = f"Opened a page that answers {status}"
    keeps_the_policy(page, look=f"templates/{status}.html")


def test_the_style_sheets_load_nothing_from_elsewhere(visitor):
    """NFR-3: whichever are linked, beside that of Bootstrap."""
    page = visitor.get(url("accounts:login")).expect_status(200)
    prefix = django_settings.STATIC_URL
    own_sheet(page)
    for one in sheets(page):
        name = path_of(one).removeprefix(prefix)
        file = finders.find(name) if name and name != GIVEN else None
        text = Path(file).read_text(encoding="utf-8") if file else ""
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        loaded = re.findall(
            r"""(?:url\(|@import\s|image-set\()\s*['"]?([^'")\s;]+)""",
            text,
            re.IGNORECASE,
        )
        foreign = [where for where in loaded if FOREIGN.match(where)]
        expect(
            not foreign,
            did=f"{page.did}, and read its style sheet {name}",
            wanted="nothing from another host (NFR-3)",
            got=", ".join(foreign[:3]),
            look=f"static/{name}",
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
    dark = rules_of(text, r"@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{")
    expect(
        any(re.search(r"--bs-[\w-]+\s*:", rule) for rule in dark),
        did=f"Read static/{OWN}",
        wanted="@media (prefers-color-scheme: dark) with other values for variables "
        "that begin with --bs- (NFR-3)",
        got="no such variable in it" if dark else "there is no such rule",
        look=f"static/{OWN}",
    )


def rules_of(text, opening):
    """What is between the braces of each rule that begins like this."""
    found = []
    for match in re.finditer(opening, text, re.IGNORECASE):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found.append(text[match.end() : end])
    return found


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
