"""A Docker engine, and the image of every project at its first and its finished cut."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from djangopath import catalogue
from djangopath.catalogue import Project
from tools import proof
from tools.containers import engine as engines
from tools.containers import images
from tools.containers.engine import Engine, NoEngine

CUTS = ("first", "done")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A Docker engine; where none can be had the tests are skipped, and counted so."""
    try:
        with engines.engine() as found:
            yield found
            prune(found)
    except NoEngine as error:
        pytest.skip(f"not run: {error}")


def prune(engine: Engine) -> None:
    """Takes away what the tests have made; the base images stay for the next time."""
    names = engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}").stdout
    made = [n for n in names.split() if n.startswith("proof-")]
    if made:
        engine.docker("rmi", "--force", *made, check=False)
    engine.docker("volume", "prune", "--force", check=False)
    engine.docker("network", "prune", "--force", check=False)


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
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Built]:
    """A project at its first or its finished cut, built."""
    slug, cut = request.param
    project = catalogue.load(slug)
    name = f"proof-{slug}-{cut}"
    answers = {"project": slug, "project_slug": name}
    if cut == "done":
        answers["start_at"] = "done"
    folder = proof.bake(tmp_path_factory.mktemp(name), **answers)
    images.ensure(engine, images.asked_for(folder))
    image = f"{name}:tests"
    engine.docker("build", "--tag", image, str(folder))
    yield Built(project, cut, folder, image)
    shutil.rmtree(folder, ignore_errors=True)
