"""The finished projects in a real browser: on a phone, on a desktop, by keyboard.

Screenshots of every page are left in ``.cache/screenshots/`` to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from djangopath import catalogue
from djangopath.catalogue import Project
from tests import browser as look
from tests.browser import Site, Visit

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

FOLLOWED = 120  # links, in one test
Serve = Callable[..., Site]


@pytest.fixture(scope="module")
def serve(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serve]:
    """Serves a cut of a project, each once."""
    running: dict[tuple[str, int, bool], Site] = {}
    with ExitStack() as stack:

        def start(slug: str, done: int, production: bool = False) -> Site:
            key = (slug, done, production)
            if key not in running:
                project = catalogue.load(slug)
                folder = tmp_path_factory.mktemp("site") / "site"
                site = look.serve(project, done, folder, production=production)
                running[key] = stack.enter_context(site)
            return running[key]

        yield start


@pytest.fixture
def finished(slug: str, serve: Serve) -> Site:
    """The finished project of a test that takes ``slug``."""
    return serve(slug, len(catalogue.load(slug).tasks))


@pytest.fixture(params=look.WIDTHS)
def width(request: pytest.FixtureRequest) -> str:
    """The width of the window."""
    return str(request.param)


def told(problems: list[str]) -> None:
    assert not problems, f"{len(problems)} problems\n" + "\n".join(problems)


def pages(
    site: Site, visit: Visit, width: str, start: list[str], *, known: bool = False
) -> None:
    """Looks at pages, and at one page of every other kind that they lead to.

    Every link that is found is followed, up to a bound; it has to answer 200.

    Args:
        known: the first pages are opened only, not looked at.
    """
    covered = set(site.routes(start).values())
    followed = set(start)
    level, judged = start, 0
    while level:
        fresh: list[str] = []
        for path in level:
            visit.open(path)
            if path not in start or not known:
                visit.judge(path, width)
                visit.waiting += look.walk(visit.page) if known else ()
                visit.told(path)
                judged += 1
            for link in visit.links():
                if link not in followed and len(followed) < FOLLOWED:
                    followed.add(link)
                    fresh.append(link)
                    status = visit.page.request.get(site.base + link).status
                    if status != 200:
                        visit.problems.append(f"{path}: its link {link} is {status}")
        level = []
        for link, route in site.routes(fresh).items() if fresh else ():
            # The admin is Django's own, and a file is no page.
            apart = route.startswith("admin/") or "<path:" in route
            if route not in covered and not apart:
                covered.add(route)
                level.append(link)
    assert judged, "no page was looked at"


# --------------------------------------------------------------------------- the pages


def test_pages(finished: Site, width: str, chromium: Browser) -> None:
    """Every page answers, fits, is built soundly and can be read in light and dark."""
    with look.window(chromium, width) as window:
        visit = Visit(window.new_page(), finished.base, finished.project.slug)
        pages(finished, visit, width, list(finished.project.pages))
        told(visit.problems)


def test_pages_of_a_signed_in_user(
    finished: Site, width: str, chromium: Browser
) -> None:
    """Signing in and out works by keyboard, and so does what lies between."""
    if not finished.user:
        pytest.skip("the project has no accounts")
    with look.window(chromium, width) as window:
        page = window.new_page()
        visit = Visit(page, finished.base, f"{finished.project.slug}-signed-in")
        login = login_page(finished, page)
        assert login, "no page of the project has one password field"
        visit.open(login)
        assert look.type_into(
            page, "input[type=text], input[type=email]", finished.user
        )
        page.keyboard.press("Tab")
        assert look.type_into(page, "input[type=password]", look.PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert look.path_of(page) != login, "signing in leads back to the sign-in page"

        start = [path for path in finished.project.pages if path != login]
        start = [p for p in start if site_status(page, finished.base + p) == p]
        pages(finished, visit, width, start, known=True)

        visit.open("/")
        out = "form[method=post] button, form[method=post] input[type=submit]"
        logout = f":is({out}):is([formaction*=logout], form[action*=logout] *)"
        assert look.press(page, logout), "no button on the page signs one out"
        cookies = {cookie["name"] for cookie in window.cookies()}
        assert "sessionid" not in cookies, "the session goes on after signing out"
        visit.told("signing out")
        told(visit.problems)


def site_status(page: Page, address: str) -> str:
    """The path that an address ends at; pages for visitors send a user away."""
    return page.request.get(address).url.removeprefix(address[: address.index("/", 8)])


def login_page(site: Site, page: Page) -> str:
    """The page of the project that asks for a name and one password."""
    for path in site.project.pages:
        page.goto(site.base + path)
        if page.locator("input[type=password]").count() == 1:
            return path
    return ""


def test_keyboard(finished: Site, width: str, chromium: Browser) -> None:
    """Tab reaches everything in order with the focus visible; the skip link skips."""
    problems = []
    with look.window(chromium, width) as window:
        page = window.new_page()
        for path in finished.project.pages:
            page.goto(finished.base + path)
            found = [*look.walk(page), *look.skip(page)]
            problems += [f"{path}: {text}" for text in found]
    told(problems)


def test_first_page(slug: str, serve: Serve, width: str, chromium: Browser) -> None:
    """The page that a learner sees first is as sound as the finished ones."""
    site = serve(slug, 0)
    with look.window(chromium, width) as window:
        visit = Visit(window.new_page(), site.base, f"{slug}-first-cut")
        visit.open("/")
        visit.judge("/", width)
        visit.waiting += [*look.walk(visit.page), *look.skip(visit.page)]
        visit.told("/")
        told(visit.problems)


def test_not_found_page(slug: str, serve: Serve, width: str, chromium: Browser) -> None:
    """In production an unknown address answers 404 with a page of the site."""
    project: Project = catalogue.load(slug)
    site = serve(slug, len(project.tasks), production=True)
    with look.window(chromium, width) as window:
        visit = Visit(window.new_page(), site.base, f"{slug}-production")
        visit.open("/")
        visit.open("/nowhere/at-all/", expected=404)
        visit.judge("/nowhere/at-all/", width)
        if "/" not in visit.links():
            visit.problems.append("/nowhere/at-all/: has no link to the first page")
        told(visit.problems)


# -------------------------------------------------------------------------- the policy

ADMINISTRATOR = """
from django.apps import apps
if apps.is_installed("django.contrib.admin"):
    from django.contrib.auth import get_user_model
    every = {"is_staff": True, "is_superuser": True}
    get_user_model().objects.filter(username=%r).update(**every)
print("null")
"""


@pytest.fixture
def in_production(slug: str, serve: Serve) -> Site:
    """The finished project as a server runs it; its user may do everything."""
    site = serve(slug, len(catalogue.load(slug).tasks), production=True)
    if site.user:
        site.shell(ADMINISTRATOR % site.user)
    return site


def enter(site: Site, page: Page) -> None:
    """Signs the site's user in, where the project has accounts."""
    if not site.user:
        return
    page.goto(site.base + login_page(site, page))
    page.fill("input[name=username]", site.user)
    page.fill("input[type=password]", look.PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_policy(in_production: Site, chromium: Browser) -> None:
    """No page of the site, of the admin or of an API holds what its policy stops."""
    site, problems = in_production, list[str]()
    with look.window(chromium, "desktop") as window:
        page = window.new_page()
        enter(site, page)
        visit = Visit(page, site.base, "")
        stopped = look.violations(page)
        kinds: set[str] = set()
        # The admin's search for choices wants arguments, else it logs a failure.
        plain = [path for path in site.plain_routes() if "autocomplete" not in path]
        level = [*site.project.pages, *plain]
        while level and len(kinds) < FOLLOWED:
            # One page of each kind, and what they lead to.
            fresh = {route: path for path, route in site.routes(level).items()}
            level = []
            for path in [path for route, path in fresh.items() if route not in kinds]:
                answer = page.request.get(site.base + path)
                if not answer.ok or "text/html" not in answer.headers["content-type"]:
                    continue
                policy = answer.headers.get("content-security-policy", "")
                if {"script-src 'self'", "default-src 'self'"} - parts(policy):
                    problems.append(f"{path}: its policy is {policy!r}")
                page.goto(site.base + path, wait_until="load")
                problems += [f"{path}: {text}" for text in stopped()]
                level += [link for link in visit.links() if "logout" not in link]
            kinds |= set(fresh)
    assert len(kinds) >= 2, "hardly a page was looked at"
    told(problems)


def parts(policy: str) -> set[str]:
    """The directives of a policy with their sources."""
    return {" ".join(part.split()) for part in policy.split(";")}


def test_what_is_slipped_into_a_page_does_not_run(
    in_production: Site, chromium: Browser
) -> None:
    """The policy stops it: the same page without its policy runs it."""
    with look.window(chromium, "desktop") as window:
        page = window.new_page()
        stopped = look.violations(page)
        for path in in_production.project.pages:
            ran = {
                policy: look.slipped(page, in_production.base + path, policy=policy)
                for policy in (True, False)
            }
            assert ran == {True: [], False: ["handler", "script"]}, (path, ran)
        found = "\n".join(stopped())
    assert "script-src-elem" in found and "script-src-attr" in found, found


# -------------------------------------------------------------------------- the checks

BAD = """<!doctype html><html><head><title></title>
<style>a:focus{outline:none} p{color:#aaa;background:#fff} body{margin:0}</style></head>
<body><h1>One</h1><h1>Two</h1><p>Faint</p><img src="data:,"><input name="q">
<div style="width:1500px">wide</div><a href="/a">link</a>
<button tabindex="3">last first</button><script>console.error("broken")</script>
</body></html>"""


def test_a_bad_page_is_told(chromium: Browser) -> None:
    """What each check is there for is found on a page that has it all."""
    with look.window(chromium, "phone") as window:
        page = window.new_page()
        page.route(
            "**/*", lambda route: route.fulfill(body=BAD, content_type="text/html")
        )
        visit = Visit(page, "http://127.0.0.1:9", "bad")
        visit.open("/", expected=201)
        visit.waiting += look.structure(page, "phone")
        visit.waiting += look.axe(page, {"runOnly": look.RULES})
        visit.waiting += [*look.walk(page), *look.skip(page)]
        visit.told("/")
    found = "\n".join(visit.problems)
    for text in (
        "answers 200",
        "console error: broken",
        "pixels wide",
        "has no lang",
        "has no title",
        "has no icon",
        "has 2 of <h1>",
        "has 0 of <main>",
        "no alt",
        "makes a phone zoom",
        "axe color-contrast",
        "axe label",
        "the focus is not visible on <a",
        "Tab does not go through the page in order",
        "is no skip link",
    ):
        assert text in found, f"{text!r} is not among:\n{found}"
