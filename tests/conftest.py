"""Fixtures that the suite shares."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from djangopath import catalogue
from tools import proof

Bake = Callable[..., Path]


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Bakes a project through cookiecutter's command line.

    The same answers are baked once; a test that writes into a bake copies it first.
    """
    done: dict[tuple[tuple[str, str], ...], Path] = {}

    def bake_one(project: str = "blog", **answers: str) -> Path:
        given = {"project": project, "project_slug": "baked", **answers}
        key = tuple(sorted(given.items()))
        if key not in done:
            done[key] = proof.bake(tmp_path_factory.mktemp("bake"), **given)
        return done[key]

    return bake_one


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every project of the catalogue, for a test that takes ``slug``."""
    if "slug" in metafunc.fixturenames and not any(
        "slug" in str(mark.args[0])
        for mark in metafunc.definition.iter_markers("parametrize")
    ):
        metafunc.parametrize("slug", catalogue.slugs())


def needed(what: str, found: bool) -> None:
    """Skips a test where something is not on this machine; in CI that is a failure."""
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not here, and CI has to have it")
    pytest.skip(f"{what} is not here")
