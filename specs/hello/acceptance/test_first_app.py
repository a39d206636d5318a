"""first-app: the app `guide` answers `/`."""

from acceptance.support import expect, fold, url

LOOK = "guide/views.py, home"


def test_the_app_is_installed():
    """Django knows the app."""
    from django.apps import apps

    expect(
        apps.is_installed("guide"),
        did="Looked through INSTALLED_APPS",
        wanted="the app guide among them",
        got=", ".join(config.name for config in apps.get_app_configs()),
        look="config/settings.py, INSTALLED_APPS",
    )


def test_the_home_page_answers(visitor):
    """A visitor who opens `/` gets HTML with a heading."""
    path = url("guide:home")
    expect(
        path == "/",
        did="Looked up the URL guide:home",
        wanted="the path /",
        got=path,
        look="config/urls.py, the path of include()",
    )
    page = visitor.get(path).expect_status(200, look=LOOK)
    kind = page.headers.get("Content-Type", "")
    expect(
        kind.startswith("text/html"),
        did=page.did,
        wanted="an answer of the type text/html",
        got=kind or "no Content-Type",
        look=LOOK,
    )
    heading = page.soup.find("h1")
    expect(
        heading is not None and fold(heading.get_text()),
        did=page.did,
        wanted="a heading <h1> with some text",
        got="no <h1>" if heading is None else "an empty <h1>",
        look=LOOK,
    )


def test_head_answers_without_a_body(visitor):
    """FR-6: HEAD is answered like GET, without the page."""
    page = visitor.send("HEAD", url("guide:home"))
    page.expect_status(
        200, wanted="status 200: HEAD is a way of reading too (FR-6)", look=LOOK
    )
    expect(
        not page.html,
        did=page.did,
        wanted="an answer without a body",
        got=f"{len(page.html)} characters",
        look=LOOK,
    )


def test_nothing_can_be_sent(visitor):
    """FR-6: the guide is for reading."""
    for method in ("POST", "DELETE"):
        visitor.send(method, url("guide:home")).expect_status(
            405,
            wanted="status 405: the guide is for reading (FR-6)",
            look=f"{LOOK}, its decorator",
        )


def test_the_health_check_still_answers(visitor):
    """FR-7: a host may ask whether the site is up."""
    visitor.get("/healthz/").expect_status(200, look="config/urls.py")
