"""Fixtures of the whole suite: of tests/ and of every project's own checks.

The checks of a project stand in ``specs/<project>/checks/``; both see this file because
it stands above both.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from djangopath.git import LOCAL
from tests import proven, queue_project
from tests.common import Bake, needed
from tools import cuts, environments
from tools.examples import EXAMPLE, all_slugs, representatives
from tools.warm import WarmPython

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in the background deaf to Ctrl-C, and all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same data in every run: a commit that was green stays green. PROOF_SEED= draws.
os.environ.setdefault("PROOF_SEED", "1")
# The same for what Hypothesis draws, as it does by itself where CI is set. How long an
# example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=bool(os.environ["PROOF_SEED"]),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("suite")
# In a hook of Git they name its repository, and a test would write there.
for name in LOCAL & os.environ.keys():
    del os.environ[name]
# Since 2.47 Git tidies up after a commit in a process that outlives the command, and
# takes away its lock while a test lists or copies the repository.
given = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
os.environ |= {
    "GIT_CONFIG_COUNT": str(given + 1),
    f"GIT_CONFIG_KEY_{given}": "maintenance.auto",
    f"GIT_CONFIG_VALUE_{given}": "false",
}

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Bakes a project through cookiecutter's command line.

    The same answers are baked once; a test that writes into a bake copies it first.
    """
    done: dict[tuple[tuple[str, str], ...], Path] = {}

    def bake_one(project: str = EXAMPLE, **answers: str) -> Path:
        sys.audit(proven.BAKED, project)
        given = {"project": project, "project_slug": "baked", **answers}
        key = tuple(sorted(given.items()))
        if key not in done:
            done[key] = cuts.bake(tmp_path_factory.mktemp("bake"), **given)
        return done[key]

    return bake_one


@pytest.fixture(scope="session")
def queue_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template, one of whose projects names every service."""
    return queue_project.template(tmp_path_factory.mktemp("queue") / "template")


@pytest.fixture(scope="session")
def queue(queue_template: Path) -> Path:
    """That project, finished and baked: with a worker and beat."""
    return queue_project.bake(queue_template, queue_template.with_name("bake"))


def pytest_configure(config: pytest.Config) -> None:
    """Which checks of a project are run, and what is written down of them."""
    proven.pytest_configure(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every project of the catalogue, for a test that takes ``slug``.

    One that is marked with ``representatives`` tries the template and not the project:
    it runs for the representatives alone. The mark says why the others add nothing.
    """
    if "slug" not in metafunc.fixturenames or any(
        "slug" in str(mark.args[0])
        for mark in metafunc.definition.iter_markers("parametrize")
    ):
        return
    few = metafunc.definition.get_closest_marker("representatives")
    metafunc.parametrize("slug", representatives() if few else all_slugs())


@pytest.fixture(scope="module")
def warm_python() -> Iterator[WarmPython]:
    """A warm process of the suite's own environment."""
    process = WarmPython(Path(sys.executable), environments.clean_env())
    yield process
    process.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    from tests import browser as look

    needed("chromium (on Debian: apt-get install chromium)", bool(look.CHROMIUM))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=look.CHROMIUM, args=look.ARGUMENTS
        )
        yield browser
        browser.close()
