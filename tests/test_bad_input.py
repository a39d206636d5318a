"""Every address of every finished project, hit with what nobody should send."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from djangopath import catalogue
from tests import services
from tests.common import Bake
from tools import environments, site

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

HAMMER = Path(__file__).with_name("hammer.py")


def test_every_address_refuses_what_is_wrong(
    bake: Bake, slug: str, tmp_path: Path
) -> None:
    """No answer of 500, and nothing of anybody's changed by somebody else.

    The same form sent by several at once is answered, too.

    On PostgreSQL, which refuses what SQLite takes: NUL in a text, a number beyond
    64 bits.
    """
    project = catalogue.load(slug)
    folder = tmp_path / "site"
    shutil.copytree(bake(slug, start_at="done"), folder)
    with services.real(project) as env:
        served = site.Site(project, folder, environments.environment(project), "", env)
        served.manage("migrate", "--verbosity", "0")
        if project.seed:
            served.manage(project.seed)
        report = tmp_path / "report.json"
        command = [str(served.python), str(HAMMER), str(report), *project.pages]
        environments.run(command, folder, **env)
    found = json.loads(report.read_text("utf-8"))
    told = f"PATH_SEED={found['seed']} repeats this run\n"
    assert found["problems"] == [], told + "\n".join(found["problems"][:40])
    # Every address of the spec is among those that were hit.
    hit = {plain(f"/{route}") for route in found["routes"]}
    for row in project.spec["urls"]:
        if not row["path"].startswith("/admin/"):
            assert plain(row["path"].split("?")[0]) in hit, (
                f"{row['path']}: no URL pattern says so"
            )


def plain(route: str) -> str:
    """A route or an address of a spec with its parts left open."""
    route = re.sub(r"<[^>]*>|\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "*", route)
    return re.sub(r"[\^$\\]", "", route)
