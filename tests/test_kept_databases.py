"""Copies of databases that the prover keeps are as the migrations would make them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from tools import cuts, environments, runs
from tools.examples import first_with_settings

# A project with a user model of its own, so with migrations, permissions and types.
SLUG = first_with_settings("AUTH_USER_MODEL")

pytestmark = pytest.mark.only_projects(SLUG)

# Writes down all that is in the test database, and what asking for a type costs.
DUMP = """
import json, os
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.mark.django_db
def test_dump():
    with CaptureQueriesContext(connection, ) as queries:
        for model in apps.get_models():
            ContentType.objects.get_for_model(model)
    found = {"type queries": len(queries)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
        found["schema"] = cursor.fetchall()
        for kind, name, _ in found["schema"]:
            if kind == "table":
                cursor.execute(f'SELECT * FROM "{name}"')
                found[name] = [list(map(str, row)) for row in cursor.fetchall()]
    Path(os.environ["DUMPED"]).write_text(json.dumps(found), encoding="utf-8")
"""


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished project."""
    project = catalogue.load(SLUG)
    place = tmp_path_factory.mktemp("kept") / "cut"
    folder = cuts.write_cut(project, len(project.tasks), place)
    (folder / "tests/test_dump.py").write_text(DUMP, encoding="utf-8")
    return folder


@pytest.fixture
def folder(cut: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, and an empty place for the databases that are kept."""
    monkeypatch.setattr(runs, "DATABASES", tmp_path / "databases")
    monkeypatch.delenv("PROOF_COLD", raising=False)
    return Path(shutil.copytree(cut, tmp_path / "cut"))


def dumped(folder: Path) -> dict[str, Any]:
    """What a run finds in its test database."""
    target = folder / "dump.json"
    target.unlink(missing_ok=True)
    python = environments.environment(catalogue.load(SLUG))
    test = "tests/test_dump.py"
    run = runs.pytest(python, folder, test, DUMPED=str(target))
    assert run.code == 0, run.output
    return json.loads(target.read_text("utf-8"))


def kept() -> list[Path]:
    return sorted(runs.DATABASES.glob("*")) if runs.DATABASES.exists() else []


def migrated_when(found: dict[str, Any]) -> list[str]:
    """The moments at which the migrations ran: the same in a copy."""
    return [row[-1] for row in found["django_migrations"]]


def test_the_same_state_is_copied_and_differs_in_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dumped(folder)
    assert len(kept()) == 1
    copied = dumped(folder)
    assert migrated_when(copied) == migrated_when(first), "the copy was taken"
    assert copied == first
    # As a run of its own makes it, but for the moments.
    monkeypatch.setenv("PROOF_COLD", "1")
    cold = dumped(folder)
    assert migrated_when(cold) != migrated_when(first)
    for found in (cold, copied):
        found["django_migrations"] = [row[:-1] for row in found["django_migrations"]]
    assert copied == cold
    assert len(kept()) == 1


def edit(folder: Path, path: str, old: str, new: str) -> None:
    file = folder / path
    text = file.read_text("utf-8")
    assert old in text, (path, text)
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def first_migration(folder: Path) -> str:
    found = sorted(folder.glob("*/migrations/0001_initial.py"))[0]
    return found.relative_to(folder).as_posix()


def test_a_changed_migration_runs(folder: Path) -> None:
    first = dumped(folder)
    path = first_migration(folder)
    edit(folder, path, "class Migration", "# changed\n\n\nclass Migration")
    assert migrated_when(dumped(folder)) != migrated_when(first)
    assert len(kept()) == 2


def test_a_model_s_own_permissions_run_them(folder: Path) -> None:
    """Django makes them of the migrations' state today; that may become the models'."""
    first = dumped(folder)
    app = first_migration(folder).partition("/")[0]
    with (folder / app / "models.py").open("a", encoding="utf-8") as file:
        file.write("\n\nUser._meta.permissions = [('may_fly', 'May fly')]\n")
    assert migrated_when(dumped(folder)) != migrated_when(first)


RECEIVER = """

from django.db.models.signals import post_migrate  # noqa: E402


def note(**_):
    pass


post_migrate.connect(note)
"""
IMPORTING = "import {app}.models  # noqa: E402, F401\n\n\nclass Migration"
CHANCE = (
    "import random\n\n\n"
    "def draw(apps, schema_editor):\n    random.random()\n\n\nclass Migration"
)


@pytest.mark.parametrize("what", ["a receiver", "the project's code", "chance"])
def test_what_is_not_sure_beforehand_is_not_kept(folder: Path, what: str) -> None:
    path = first_migration(folder)
    app = path.partition("/")[0]
    if what == "a receiver":
        with (folder / app / "models.py").open("a", encoding="utf-8") as file:
            file.write(RECEIVER)
    elif what == "chance":
        edit(folder, path, "class Migration", CHANCE)
        edit(
            folder, path, "operations = [", "operations = [migrations.RunPython(draw),"
        )
    else:
        edit(folder, path, "class Migration", IMPORTING.format(app=app))
    first = dumped(folder)
    assert kept() == []
    assert migrated_when(dumped(folder)) != migrated_when(first)


def test_a_copy_that_is_no_database_is_made_anew(folder: Path) -> None:
    first = dumped(folder)
    (file,) = kept()
    file.write_bytes(b"not a database")
    again = dumped(folder)
    assert migrated_when(again) != migrated_when(first)
