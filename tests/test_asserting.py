"""A learner's test in which nothing depends on the site is not counted."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from djangopath import catalogue

SOURCE = (
    catalogue.ROOT / "{{cookiecutter.project_slug}}" / "acceptance" / "asserting.py"
)
pytestmark = pytest.mark.only_projects()


@pytest.fixture(scope="module")
def asserting() -> ModuleType:
    """The module as a learner's repository has it."""
    spec = importlib.util.spec_from_file_location("asserting", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HELPERS = """
import pytest


def is_listed(page, text):
    assert text in page


def is_there(page):
    is_listed(page, "Rain")


def make_page():
    return "Rain"


class Pages:
    def opens(self, page):
        self.assertTrue(page)


@pytest.fixture
def checked(page):
    yield page
    assert page.closed


@pytest.fixture
def page():
    return "Rain"
"""


@pytest.mark.parametrize(
    ("body", "asserts"),
    [
        ("pass", False),
        ("assert True", False),
        ("assert not False, client", False),
        ("assert 1 == 1 and 'a' in 'ab'", False),
        ("client.get('/')", False),
        ("make_page()\n    assert True", False),
        ("if client:\n        assert True", False),
        ("assert client.get('/').status_code == 200", True),
        ("assert client", True),
        ("assert True\n    assert client.closed", True),
        ("with pytest.raises(ValueError):\n        client.get('')", True),
        ("with django_assert_num_queries(3):\n        client.get('/')", True),
        ("client.assertContains(1, 2)", True),
        ("if client.closed:\n        pytest.fail('closed')", True),
        ("if client.closed:\n        raise AssertionError", True),
        ("is_listed(client, 'a')", True),
        ("is_there(client)", True),
        ("helpers.is_there(client)", True),
        ("for page in client:\n        is_there(page)", True),
        ("def inner():\n        assert client\n    inner()", True),
    ],
)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_counts(
    tmp_path: Path, asserting: ModuleType, body: str, asserts: bool, kind: str
) -> None:
    (tmp_path / "tests/more").mkdir(parents=True)
    (tmp_path / "tests/helpers.py").write_text(HELPERS, "utf-8")
    file = tmp_path / "tests/test_it.py"
    source = f"{kind} test_it(client):\n    {body}\n"
    file.write_text(source, "utf-8")
    node = "tests/test_it.py::test_it[a::b[c]]"
    found = asserting.asserting_nothing([node], tmp_path)
    assert found == ([] if asserts else [node])
    # A method does not look elsewhere than a function.
    inside = "".join(f"    {line}\n" for line in source.splitlines())
    file.write_text(f"class TestIt:\n{inside}", "utf-8")
    node = "tests/test_it.py::TestIt::test_it"
    found = asserting.asserting_nothing([node], tmp_path)
    assert found == ([] if asserts else [node])


@pytest.mark.parametrize(
    ("source", "asserts"),
    [
        ("def test_it(checked):\n    pass\n", True),
        ("def test_it(page):\n    pass\n", False),
        ("@pytest.mark.usefixtures('checked')\ndef test_it():\n    pass\n", True),
        ("@pytest.mark.usefixtures('page')\ndef test_it():\n    pass\n", False),
        ("if True:\n    def test_it():\n        assert 1\n", False),
        # What is not found, or cannot be read, counts.
        ("test_it = made()\n", True),
        ("def test_it(:\n", True),
        ("from elsewhere import test_it\n", True),
    ],
)
def test_fixtures_and_what_is_not_found(
    tmp_path: Path, asserting: ModuleType, source: str, asserts: bool
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/conftest.py").write_text(HELPERS, "utf-8")
    (tmp_path / "tests/test_it.py").write_text(source, "utf-8")
    node = "tests/test_it.py::test_it"
    found = asserting.asserting_nothing([node], tmp_path)
    assert found == ([] if asserts else [node])


def test_they_come_in_order_and_the_first_is_named(
    tmp_path: Path, asserting: ModuleType
) -> None:
    (tmp_path / "tests").mkdir()
    source = "def test_a():\n    assert True\n\n\ndef test_b():\n    pass\n"
    (tmp_path / "tests/test_it.py").write_text(source, "utf-8")
    nodes = [f"tests/test_it.py::test_{letter}" for letter in "ba"]
    assert asserting.asserting_nothing(nodes, tmp_path) == nodes
    assert asserting.without_assertion(nodes) == (
        "2 that assert nothing (test_b is one of them)"
    )
    assert asserting.without_assertion(nodes[1:]) == "1 that asserts nothing (test_a)"
