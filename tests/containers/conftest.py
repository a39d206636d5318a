"""A Docker engine, and the image of every project at its first and its finished cut."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from djangopath import catalogue
from djangopath.catalogue import Project
from tools import cuts
from tools.containers import engine as engines
from tools.containers import images
from tools.containers.engine import Engine, NoEngine

CUTS = ("first", "done")
# Whoever ends the tests, with Ctrl-C or otherwise: the engine ends with them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def not_run(error: NoEngine) -> NoReturn:
    """Skips, and counts as not run; where CI=true promises an engine it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true promises Docker: {error}")
    pytest.skip(f"not run: {error}")


def have(engine: Engine, names: Iterable[str]) -> None:
    """Pulls or makes images; a test whose image cannot be had is not run."""
    try:
        images.ensure(engine, names)
    except NoEngine as error:
        not_run(error)


@pytest.fixture(scope="session")
def told() -> set[str]:
    """The images of which it has been said already what stands in for them."""
    return set()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A Docker engine; where none can be had the tests are skipped, and counted so."""
    try:
        with engines.engine() as found:
            yield found
            remove(found)
    except NoEngine as error:
        not_run(error)


def remove(engine: Engine) -> None:
    """Takes away the images that the tests have built; the base images stay."""
    names = engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}").stdout
    made = [n for n in names.split() if re.match(r"proof-\w+-(first|done)\b", n)]
    if made:
        engine.docker("rmi", "--force", *made, check=False)


@dataclass(frozen=True)
class Built:
    """A project's repository at one cut, and the image that is built of it."""

    project: Project
    cut: str
    folder: Path
    image: str

    @property
    def secrets(self) -> dict[str, str]:
        """What .env keeps secret."""
        text = (self.folder / ".env").read_text(encoding="utf-8")
        found = dict(re.findall(r"(?m)^([A-Z_]+)=(\S+)$", text))
        return {key: found[key] for key in ("SECRET_KEY", "POSTGRES_PASSWORD")}


@pytest.fixture(
    scope="session",
    params=[(slug, cut) for slug in catalogue.slugs() for cut in CUTS],
    ids=lambda param: "-".join(param),
)
def built(
    request: pytest.FixtureRequest,
    engine: Engine,
    told: set[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Built]:
    """A project at its first or its finished cut, built."""
    slug, cut = request.param
    project = catalogue.load(slug)
    name = f"proof-{slug}-{cut}"
    answers = {"project": slug, "project_slug": name}
    if cut == "done":
        answers["start_at"] = "done"
    folder = cuts.bake(tmp_path_factory.mktemp(name), **answers)
    names = images.asked_for(folder)
    have(engine, names)
    for line in images.versions(engine, [n for n in names if n not in told]):
        print(line)
    told.update(names)
    image = f"{name}:tests"
    engine.docker("build", "--tag", image, str(folder))
    yield Built(project, cut, folder, image)
    shutil.rmtree(folder, ignore_errors=True)
