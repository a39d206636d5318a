"""The Compose files say the same to both generations of Compose."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.containers.conftest import Built, have
from tests.containers.stacks import Visitor, free_ports, stack
from tools.containers.engine import Engine

SECOND = "djangopath/compose:2"
GIVEN = {
    "SITE_HOST": "example.org",
    "EMAIL_URL": "smtp://mail.example.org",
    "DEFAULT_FROM_EMAIL": "kitchen@example.org",
}


def services_of(said: str) -> set[str]:
    return set(said.split())


def second(engine: Engine, built: Built, *words: str) -> str:
    """What Compose 2 says of a repository's files."""
    env = [word for key, value in GIVEN.items() for word in ("--env", f"{key}={value}")]
    mount = f"{built.folder}:/repository:ro"
    place = ["--volume", mount, "--workdir", "/repository"]
    done = engine.docker("run", "--rm", *env, *place, SECOND, *words)
    assert "warn" not in done.stderr.lower(), done.stderr
    return done.stdout


def present(engine: Engine, built: Built, *words: str) -> str:
    """What the Compose says that is installed here."""
    return engine.compose(built.folder, *words, env=GIVEN).stdout


@pytest.fixture
def both(engine: Engine) -> None:
    """Both generations: the one that is installed, and Compose 2 in a container."""
    if engine.compose_command == ["docker", "compose"]:
        pytest.skip("only the second Compose is here")
    have(engine, [SECOND])


@pytest.mark.parametrize(
    "options",
    [(), ("--profile", "services"), ("--file", "compose.prod.yaml")],
    ids=["all", "services", "production"],
)
def test_both_read_the_same_services(
    built: Built, engine: Engine, both: None, options: tuple[str, ...]
) -> None:
    words = (*options, "config", "--services")
    here, there = present(engine, built, *words), second(engine, built, *words)
    if options and options[0] == "--profile":
        # Compose 1 lists all services here, whatever the profile; what it starts is
        # seen in test_stack.py.
        assert services_of(there) <= services_of(here)
        assert not {"web", "migrate"} & services_of(there)
    else:
        assert services_of(here) == services_of(there)
        assert {"web", "migrate", "database"} <= services_of(there)


def test_what_is_missing_is_a_sentence(built: Built, engine: Engine) -> None:
    """Without the lines for a server in .env it is said which, and where they stand."""
    done = engine.compose(
        built.folder, "--file", "compose.prod.yaml", "config", check=False
    )
    assert done.returncode
    said = done.stdout + done.stderr
    assert "write the name of your site into .env" in " ".join(said.split())


def test_the_second_starts_the_stack_too(
    built: Built, engine: Engine, both: None
) -> None:
    """From nothing: it builds the image once and asks no registry for it."""
    if built.cut == "first":
        pytest.skip("the finished cut has the same services")
    env = free_ports() | {"DOCKER_BUILDKIT": "0"}
    words = [word for key, value in env.items() for word in ("--env", f"{key}={value}")]
    socket, folder = engine.host.removeprefix("unix://"), str(built.folder)
    words += ["--volume", f"{socket}:/var/run/docker.sock"]
    words += ["--volume", f"{folder}:{folder}", "--workdir", folder]
    with stack(engine, built.folder, "compose.yaml", **env) as found:
        file = yaml.safe_load((built.folder / "compose.yaml").read_text("utf-8"))
        engine.docker("rmi", file["services"]["web"]["image"], check=False)
        done = engine.docker("run", "--rm", *words, SECOND, "up", "--build", "--detach")
        said = done.stdout + done.stderr
        assert not re.search(r"(?i)\bpull", said), said[-2000:]
        found.wait()
        page = Visitor(f"http://127.0.0.1:{env['WEB_PORT']}").open("/")
        assert page.status_code == 200
