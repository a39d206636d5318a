"""start-page: the app todo answers `/`, for users only."""

import pytest
from django.apps import apps

from acceptance.pages import asks_to_log_in, links_to, nav_goals, stand_at, text_of
from acceptance.samples import OTHERS, in_role
from acceptance.support import expect, url
from acceptance.tasks import back_after_login

LOOK = "todo/views.py, task_list"


def test_the_app_is_installed():
    """FR-1: Django knows the app."""
    expect(
        apps.is_installed("todo"),
        did="Looked for the app todo",
        wanted='"todo" in INSTALLED_APPS',
        got="it is not there",
        look="config/settings.py, INSTALLED_APPS",
    )


def test_a_user_sees_a_page(visitor, make_user):
    """FR-1: `/` is a page of its own, with a heading."""
    stand_at({"/": url("todo:task-list")}, look="todo/urls.py and config/urls.py")
    page = visitor.sign_in(make_user()).get("/").expect_status(200, look=LOOK)
    found = page.main.find_all("h1") if page.main else []
    expect(
        len(found) == 1 and text_of(found[0]),
        did=page.did,
        wanted="one <h1> with text in it, inside <main>",
        got=f"{len(found)} of them" if page.main else "there is no <main>",
        look="templates/todo/task_list.html",
    )
    page.expect_hides(
        "Your project runs",
        wanted="a page of your own in place of the welcome page",
        look="config/urls.py",
    )


def test_a_visitor_is_sent_to_the_login_page(visitor):
    """FR-11: the list is for users."""
    asks_to_log_in(
        visitor.get(url("todo:task-list")),
        url("accounts:login"),
        "/",
        wanted="a redirect to /accounts/login/ (FR-11)",
        look=f"{LOOK}, @login_required",
    )


def test_after_logging_in_one_is_back(visitor, some, make_user):
    """FR-1: at the very page that one has asked for."""
    password = some.password()
    user = make_user(password=password)
    path = f"{url('todo:task-list')}?page=1"
    back_after_login(
        visitor, user, password, path, look="templates/registration/login.html"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_sent(visitor, make_user, method):
    """FR-1: the page is for reading, also before anybody logs in."""
    path = url("todo:task-list")
    for somebody in (visitor, visitor.sign_in(make_user())):
        somebody.send(method, path).expect_status(
            405,
            wanted="status 405: the page is for reading",
            look=f"{LOOK}, @require_safe above @login_required",
        )


@pytest.mark.parametrize("role", OTHERS[1:])
def test_the_navigation_links_the_page(visitor, make_user, role):
    """FR-1: for users, staff among them, and not for visitors."""
    somebody = in_role(role, visitor, make_user, None)
    page = somebody.get(url("todo:task-list")).expect_status(200)
    look = "templates/base.html, <nav>"
    links_to(page, "/", nav=True, wanted="a link to / in <nav> for a user", look=look)
    page = visitor.get(url("accounts:login")).expect_status(200)
    expect(
        "/" not in nav_goals(page),
        did=page.did,
        wanted="no link to / in <nav> for a visitor, who would be sent back",
        got="there is one",
        look=look,
    )


def test_the_health_check_answers(visitor):
    """NFR-10: the host's health check finds its address."""
    visitor.get("/healthz/").expect_status(200, look="config/urls.py")
