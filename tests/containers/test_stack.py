"""compose.yaml of every project: from nothing to a page, and through failures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers.conftest import Built
from tests.containers.running import until
from tests.containers.stacks import Stack, Visitor, stack
from tools.containers.engine import Engine
from tools.services import free_port

PASSWORD = "a-Passw0rd-of-the-tests"


def has_accounts(built: Built) -> bool:
    """Whether the project has users at all, and with them the admin's form."""
    text = (built.folder / "config/settings.py").read_text(encoding="utf-8")
    return "django.contrib.admin" in text


@pytest.fixture(scope="module")
def running(built: Built, engine: Engine) -> Iterator[Stack]:
    """The whole stack, started from nothing."""
    ports = {
        name: str(free_port())
        for name in "WEB_PORT DATABASE_PORT REDIS_PORT MAIL_PORT SMTP_PORT".split()
    }
    with stack(engine, built.folder, "compose.yaml", **ports) as found:
        found.compose("up", "--build", "--detach")
        found.wait()
        yield found


@pytest.fixture
def visitor(running: Stack) -> Visitor:
    return Visitor(f"http://127.0.0.1:{running.env['WEB_PORT']}")


def test_a_page_is_answered(running: Stack, visitor: Visitor) -> None:
    page = visitor.open("/")
    assert page.status_code == 200 and "<title>" in page.text


def test_migrations_ran_once_and_before_the_site(running: Stack) -> None:
    (migrate,) = running.containers("migrate")
    assert migrate.state["Status"] == "exited" and migrate.state["ExitCode"] == 0
    assert migrate.state["FinishedAt"] <= running.web[0].state["StartedAt"]
    assert "[ ]" not in running.manage("showmigrations")


def test_a_form_is_answered_and_its_data_outlives_the_containers(
    built: Built, running: Stack, visitor: Visitor
) -> None:
    """``down`` and ``up``: who was written into the database is still there."""
    if not has_accounts(built):
        pytest.skip("the project has neither accounts nor a form")
    web = running.web[0]
    command = ["createsuperuser", "--noinput", "--username", "ada"]
    words = ["env", f"DJANGO_SUPERUSER_PASSWORD={PASSWORD}"]
    mail = ["--email", "ada@example.org"]
    web.run(*words, "python", "manage.py", *command, *mail)
    assert not visitor.sign_in("ada", "another password")
    assert visitor.sign_in("ada", PASSWORD)
    running.compose("down")
    assert running.web == []
    running.compose("up", "--detach")
    running.wait()
    assert Visitor(visitor.url).sign_in("ada", PASSWORD)


def test_it_outlives_a_database_that_stops_and_comes_back(
    built: Built, running: Stack, visitor: Visitor
) -> None:
    running.compose("stop", "database")
    visitor.open("/")  # It may fail, or say something kind; it may not end the site.
    web = running.web[0]
    assert web.state["Running"]
    running.compose("start", "database")

    def well() -> bool:
        if visitor.open("/").status_code != 200:
            return False
        return not has_accounts(built) or visitor.open("/admin/login/").ok

    until(well, 60, lambda: web.logs)
    running.manage("migrate", "--check")
    assert running.engine.inspect(web.id)["RestartCount"] == 0


def test_the_profile_services_starts_the_services_alone(
    built: Built, engine: Engine, running: Stack
) -> None:
    """For those who run Django on their own machine."""
    running.compose("down")
    running.compose("--profile", "services", "up", "--detach")
    services = [s for s in built.project.services if s in ("redis", "mail")]
    for name in ("database", *services):
        assert [c.state["Running"] for c in running.containers(name)] == [True], name
    for name in ("web", "migrate"):
        assert running.containers(name) == []
