"""A Python that is too old says so, and what it needs, wherever it comes first.

An old Python is one that calls itself so. What it could not even read is found by
parsing in its grammar.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from djangopath import OLDEST, catalogue
from tests.common import Bake
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

ROOT = catalogue.ROOT
SKELETON = ROOT / "{{cookiecutter.project_slug}}"
NEEDS = "needs Python 3.11 or newer, this is 3."

# Runs a module as if Python were older, once it has imported what it needs itself.
OLD = """\
import runpy, sys
minor, program, *words = sys.argv[1:]

def grow_old():
    sys.version_info = (3, int(minor), 1, "final", 0)

class Before:
    def pytest_load_initial_conftests(self):
        grow_old()

sys.argv = [program, *words]
if program == "pytest":
    import pytest
    Before.pytest_load_initial_conftests = pytest.hookimpl(tryfirst=True)(
        Before.pytest_load_initial_conftests
    )
    sys.exit(pytest.main(words, plugins=[Before()]))
elif program == "cookiecutter":
    from cookiecutter.cli import main
    grow_old()
    main(words)
else:
    grow_old()
    runpy.run_path(program, run_name="__main__")
"""


def run_old(minor: int, folder: Path, *words: str) -> tuple[int, str]:
    """The exit code, and all that was said."""
    result = subprocess.run(
        [sys.executable, "-c", OLD, str(minor), *words],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "COOKIECUTTER_CONFIG": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("minor", [10, 9, 8])
def test_a_bake_is_refused_before_anything_is_written(
    minor: int, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"replay_dir: '{tmp_path / 'replay'}'\n", "utf-8")
    output = tmp_path / "out"
    words = [str(ROOT), "--no-input", "-o", str(output), "--config-file", str(config)]
    code, said = run_old(minor, tmp_path, "cookiecutter", *words)
    assert code == 1 and f"{NEEDS}{minor};" in said
    assert "Traceback" not in said and len(said.strip().splitlines()) == 1
    assert not output.exists()


@pytest.mark.parametrize("minor", [10, 9, 8, 6])
def test_path_py_refuses(minor: int, bake: Bake) -> None:
    code, said = run_old(minor, bake(smallest()), "path.py", "check")
    assert code == 1 and f"path.py {NEEDS}{minor}." in said
    assert "-m venv" in said and "Traceback" not in said


@pytest.mark.parametrize("minor", [10, 9, 8])
def test_pytest_refuses(minor: int, bake: Bake) -> None:
    words = ["-q", "-p", "no:cacheprovider", "-p", "no:django"]
    code, said = run_old(minor, bake(smallest()), "pytest", *words)
    assert code == 1 and f"This repository {NEEDS}{minor}." in said
    assert "Traceback" not in said and "Error" not in said


@pytest.mark.parametrize(
    ("file", "minor"),
    [
        (ROOT / "djangopath/__init__.py", 6),
        (SKELETON / "path.py", 6),
        (SKELETON / "conftest.py", 8),  # the pytest that pyproject.toml asks for
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_is_read_first_an_old_python_can_read(file: Path, minor: int) -> None:
    """And up to where it refuses, it imports nothing that is newer."""
    tree = ast.parse(file.read_text("utf-8"), feature_version=(3, minor))
    known = {"sys", "contextlib", "errno", "gc", "os", "pathlib", "types", "typing"}
    for node in tree.body:
        if isinstance(node, ast.If) and "version_info" in ast.unparse(node.test):
            break
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            assert minor > 6, "Python 3.6 knows no annotations in __future__"
        elif isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= known
        elif isinstance(node, ast.ImportFrom):
            assert node.module in known
    else:
        pytest.fail("it does not look which Python it is")


def test_every_place_names_the_same_python() -> None:
    least = f"{OLDEST[0]}.{OLDEST[1]}"
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert data["project"]["requires-python"] == f">={least}"
    assert catalogue.load(smallest()).python == least
    path_py = (SKELETON / "path.py").read_text("utf-8")
    assert f"OLDEST = ({OLDEST[0]}, {OLDEST[1]})" in path_py
    conftest = (SKELETON / "conftest.py").read_text("utf-8")
    assert f"sys.version_info < ({OLDEST[0]}, {OLDEST[1]})" in conftest
    assert f"needs Python {least} or newer" in conftest
    manage = (catalogue.SPECS / "shared/code/manage.py").read_text("utf-8")
    assert f"needs Python {least} or newer" in manage
