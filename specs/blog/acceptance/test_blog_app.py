"""blog-app: the app is installed, and / is a page of the blog's own."""

from django.apps import apps

from acceptance.pages import path_of, text_of
from acceptance.support import expect, url

BASE = "templates/base.html"
HOME = "templates/blog/home.html"


def test_the_app_is_installed():
    """NFR-7: Django knows the app."""
    expect(
        apps.is_installed("blog"),
        did="Looked for the app blog",
        wanted='"blog" in INSTALLED_APPS',
        got=f"installed are {', '.join(sorted(apps.app_configs))}",
        look="config/settings.py, INSTALLED_APPS",
    )


def test_home_has_its_address():
    """FR-1: the home page stands at /."""
    expect(
        url("blog:home") == "/",
        did="Looked up the URL blog:home",
        wanted="/ (FR-1)",
        got=url("blog:home"),
        look="blog/urls.py and the include in config/urls.py",
    )


def test_home_answers_everybody(visitor, make_user):
    """FR-1: the home page is there for everybody, and it is yours."""
    for somebody in (visitor, visitor.sign_in(make_user())):
        page = somebody.get("/")
        page.expect_status(200, look="blog/views.py, home")
        page.expect_hides(
            "Your project is running",
            wanted="a page of your own in place of the welcome page (FR-1)",
            look="config/urls.py",
        )


def test_the_page_has_its_parts(visitor):
    """NFR-2: a screen reader finds its way by the parts of the page."""
    page = visitor.get("/").expect_status(200, look="blog/views.py, home")
    html = page.soup.find("html")
    expect(
        html is not None and str(html.get("lang", "")).strip(),
        did=page.did,
        wanted="<html> with a lang (NFR-2: a screen reader has to know the language)",
        got="no lang" if html else "no <html>",
        look=BASE,
    )
    title = page.soup.find("title")
    expect(
        title is not None and text_of(title),
        did=page.did,
        wanted="a <title> with text in it",
        got="it is empty" if title else "no <title>",
        look=BASE,
    )
    for name in ("main", "h1"):
        found = page.soup.find_all(name)
        expect(
            len(found) == 1,
            did=page.did,
            wanted=f"one <{name}> (NFR-2)",
            got=f"{len(found)} of them",
            look=f"{BASE} and {HOME}",
        )
    for name in ("header", "nav", "footer"):
        expect(
            page.soup.find(name),
            did=page.did,
            wanted=f"a <{name}> (NFR-2)",
            got="there is none",
            look=BASE,
        )


def test_main_holds_the_heading(visitor):
    """FR-1: the heading names the blog, and stands in the main part."""
    page = visitor.get("/").expect_status(200, look="blog/views.py, home")
    found = page.main.find("h1") if page.main else None
    expect(
        found is not None and text_of(found),
        did=page.did,
        wanted="an <h1> with text inside <main> (FR-1: the page says whose blog it is)",
        got="it is empty" if found else "there is no <h1> in <main>",
        look=HOME,
    )


def test_nav_leads_home(visitor):
    """NFR-2: every page links back to the first."""
    page = visitor.get("/").expect_status(200, look="blog/views.py, home")
    links = [link for nav in page.soup.find_all("nav") for link in page.links(nav)]
    expect(
        "/" in [path_of(link) for link in links],
        did=page.did,
        wanted="a link to / in <nav>",
        got=f"its links lead to {', '.join(links) or 'nothing'}",
        look=f"{BASE}, {{% url 'blog:home' %}}",
    )


def test_the_health_check_still_answers(visitor):
    """NFR-7: the host's health check goes on."""
    visitor.get("/healthz/").expect_status(200, look="config/urls.py")
