"""The finished projects on real servers, over real connections."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from djangopath import catalogue
from tests.conftest import Bake, needed
from tools import proof

DATABASE = os.environ.get(
    "DJANGOPATH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"
)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_finished_project_passes_on_postgresql(
    bake: Bake, slug: str, tmp_path: Path
) -> None:
    """Plain pytest, as CI runs it: own tests and every acceptance test."""
    needed("PostgreSQL on 127.0.0.1:5432", listening(5432))
    project = catalogue.load(slug)
    folder = tmp_path / f"{slug}_on_postgres"
    shutil.copytree(bake(slug, start_at="done"), folder)
    python = str(proof.environment(project))
    # Each worker of the suite has a database of its own.
    name = f"djangopath_{slug.replace('-', '_')}_{os.getpid()}"
    env = {"DATABASE_URL": f"{DATABASE.rsplit('/', 1)[0]}/{name}"}
    create = (
        "import sys, psycopg; c = psycopg.connect(sys.argv[1], autocommit=True); "
        "c.execute(f'{sys.argv[2]} DATABASE {sys.argv[3]}')"
    )
    proof.run([python, "-c", create, DATABASE, "CREATE", name], folder)
    try:
        proof.run([python, "manage.py", "migrate", "-v", "0"], folder, **env)
        if project.seed:
            proof.run([python, "manage.py", project.seed], folder, **env)
        done = proof.run([python, "-m", "pytest", "-q"], folder, check=False, **env)
        assert done.returncode == 0, done.stdout[-6000:]
    finally:
        proof.run([python, "-c", create, DATABASE, "DROP", name], folder)


def test_the_suite_is_started_as_the_readme_says() -> None:
    """``make -n test`` of the README exists and ends in the suite."""
    make = shutil.which("make")
    needed("make", make is not None)
    shown = subprocess.run(
        [str(make), "-n", "test"],
        cwd=catalogue.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "pytest" in shown and "ruff" in shown
    assert "make test" in (catalogue.ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("script", sorted(catalogue.ROOT.glob("tools/*.sh")))
def test_shell_scripts_are_valid(script: Path) -> None:
    sh = shutil.which("sh")
    needed("sh", sh is not None)
    subprocess.run([str(sh), "-n", str(script)], check=True)
