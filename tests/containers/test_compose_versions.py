"""The Compose files say the same to both generations of Compose."""

from __future__ import annotations

import pytest

from tests.containers.conftest import Built
from tools.containers import images
from tools.containers.engine import Engine

SECOND = "djangopath/compose:2"
GIVEN = {"SITE_HOST": "example.org", "EMAIL_URL": "smtp://mail.example.org"}


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


@pytest.mark.parametrize(
    "options",
    [(), ("--profile", "services"), ("--file", "compose.prod.yaml")],
    ids=["all", "services", "production"],
)
def test_both_read_the_same_services(
    built: Built, engine: Engine, options: tuple[str, ...]
) -> None:
    images.ensure(engine, [SECOND])
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
