"""The acceptance modules that every project shares: they stand beside the project's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from djangopath import catalogue

pytestmark = pytest.mark.only_projects()

SHARED = sorted(
    (catalogue.ROOT / "{{cookiecutter.project_slug}}" / "acceptance").glob("*.py")
)


def imported(file: Path) -> Iterator[str]:
    """The modules of ``acceptance`` that a file imports, by the names of their files.

    ``from acceptance import calls`` and ``from acceptance.calls import ask`` are one.
    """
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "acceptance":
            yield from (f"{alias.name}.py" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            package, _, name = node.module.partition(".")
            if package == "acceptance":
                yield f"{name}.py"


def test_no_project_hides_a_shared_module(slug: str) -> None:
    """A bake lays a project's files over the shared ones."""
    own = {file.name for file in catalogue.load(slug).acceptance.glob("*.py")}
    assert own & {file.name for file in SHARED} == set()


def test_what_a_project_imports_is_there(slug: str) -> None:
    own = sorted(catalogue.load(slug).acceptance.glob("*.py"))
    there = {file.name for file in (*own, *SHARED)}
    wanted = {name for file in own for name in imported(file)}
    assert "support.py" in wanted
    assert wanted - there == set()


@pytest.mark.parametrize("file", SHARED, ids=lambda file: file.stem)
def test_a_shared_module_needs_no_project(file: Path) -> None:
    assert set(imported(file)) <= {shared.name for shared in SHARED}
