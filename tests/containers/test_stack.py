"""compose.yaml of every project: from nothing to a page, and through failures."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from tests.containers.conftest import Built
from tests.containers.running import until
from tests.containers.stacks import (
    PASSWORD,
    Stack,
    Visitor,
    free_ports,
    has_accounts,
    stack,
)
from tools import environments
from tools.containers.engine import Engine


@pytest.fixture(scope="module")
def running(built: Built, engine: Engine) -> Iterator[Stack]:
    """The whole stack, started from nothing."""
    with stack(engine, built.folder, "compose.yaml", **free_ports()) as found:
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
    running.expect_migrated_once()
    assert "[ ]" not in running.manage("showmigrations")


def test_what_is_written_outlives_the_containers(running: Stack) -> None:
    """``down`` and ``up``: a row in the database and a file among the uploads."""
    running.sql("create table kept (word text)")
    running.sql("insert into kept values ('still here')")
    running.web[0].run("sh", "-c", "echo still here > media/kept.txt")
    running.compose("down")
    assert running.web == []
    running.compose("up", "--detach")
    running.wait()
    assert running.sql("select word from kept") == "[('still here',)]"
    assert running.web[0].run("cat", "media/kept.txt") == "still here"
    running.sql("drop table kept")


def test_a_form_is_answered(built: Built, running: Stack, visitor: Visitor) -> None:
    """The admin's, which lets in whom it shall, and nobody with another password."""
    if not has_accounts(built.folder):
        pytest.skip("the project has neither accounts nor a form")
    running.superuser("ada", PASSWORD)
    assert not visitor.sign_in("ada", "another password")
    assert visitor.sign_in("ada", PASSWORD)


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
        return not has_accounts(built.folder) or visitor.open("/admin/login/").ok

    until(well, 60, lambda: web.logs)
    running.manage("migrate", "--check")
    assert running.engine.inspect(web.id)["RestartCount"] == 0


# ----------------------------------------------------------------- the profile services


@pytest.fixture(scope="module")
def services(running: Stack) -> Stack:
    """The stack with nothing but what Django on this machine can use."""
    running.compose("down")
    running.compose("--profile", "services", "up", "--detach")

    def well() -> bool:
        (database,) = running.containers("database")
        return bool(database.state["Health"]["Status"] == "healthy")

    until(well, 60, lambda: running.logs("database"))
    return running


SERVERS = {"DATABASE_URL": "postgres", "REDIS_URL": "redis", "EMAIL_URL": "mail"}


def address(built: Built, services: Stack, name: str) -> str:
    """What .env says of a server, behind a #; its port is the one that is free here."""
    if SERVERS[name] not in built.project.services:
        pytest.skip(f"the project has no {name}")
    text = (built.folder / ".env").read_text(encoding="utf-8")
    said = re.search(rf"(?m)^# {name}=(\S+)$", text)
    assert said, f".env says nothing of {name}"
    port = urlsplit(said[1]).port
    compose = (built.folder / "compose.yaml").read_text(encoding="utf-8")
    published = re.search(rf"127\.0\.0\.1:\$\{{(\w+):-{port}\}}:", compose)
    assert published, f"compose.yaml opens no port {port}, which .env names"
    return said[1].replace(f":{port}", f":{services.env[published[1]]}")


def test_the_profile_services_starts_the_services_alone(
    built: Built, services: Stack
) -> None:
    """For those who run Django on their own machine."""
    wanted = [s for s in built.project.services if s in ("redis", "mail")]
    for name in ("database", *wanted):
        assert [c.state["Running"] for c in services.containers(name)] == [True], name
    for name in ("web", "migrate"):
        assert services.containers(name) == []


CONNECT = "import sys, psycopg; psycopg.connect(sys.argv[1]).execute('select 1')"
VENDOR = "from django.db import connection; print(connection.vendor)"


def test_the_database_takes_its_password_alone(built: Built, services: Stack) -> None:
    url = address(built, services, "DATABASE_URL")
    password = built.secrets["POSTGRES_PASSWORD"]
    assert password in url
    python = str(environments.environment(built.project))
    environments.run([python, "-c", CONNECT, url], built.folder)
    wrong = url.replace(password, "another")
    refused = environments.run(
        [python, "-c", CONNECT, wrong], built.folder, check=False
    )
    assert "password authentication failed" in refused.stderr
    if built.cut == "done":
        for words in (["migrate", "--no-input"], ["shell", "--command", VENDOR]):
            manage = [python, "manage.py", *words]
            said = environments.run(manage, built.folder, DATABASE_URL=url).stdout
        assert said.split()[-1] == "postgresql"


def test_redis_answers(built: Built, services: Stack) -> None:
    parts = urlsplit(address(built, services, "REDIS_URL"))
    where = (str(parts.hostname), parts.port or 0)
    with socket.create_connection(where, timeout=10) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(100) == b"+PONG\r\n"


def test_a_mail_is_caught(built: Built, services: Stack) -> None:
    parts = urlsplit(address(built, services, "EMAIL_URL"))
    mail = EmailMessage()
    mail["Subject"] = subject = f"Supper {uuid4().hex}"
    mail["From"], mail["To"] = "kitchen@example.com", "ada@example.org"
    mail.set_content("Soup at seven.")

    def sent() -> bool:
        try:
            with smtplib.SMTP(str(parts.hostname), parts.port or 0, timeout=10) as to:
                to.send_message(mail)
        except OSError:
            return False
        return True

    until(sent, 20, lambda: services.logs("mail"))
    shown = f"http://localhost:{services.env['MAIL_PORT']}/api/v1/messages"
    until(
        lambda: subject in requests.get(shown, timeout=10).text,
        10,
        lambda: services.logs("mail"),
    )
