"""What was green here is remembered with the state of all files, and left out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from djangopath import catalogue
from djangopath.catalogue import ROOT
from tests.common import git, run_pytest
from tools import ledger

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="marks files as POSIX")

FIRST, SECOND = catalogue.slugs()[:2]
TESTS = f"""
import subprocess, sys
from pathlib import Path

import pytest

SPECS = Path(__file__).parent.parent / "specs"
STATE = Path(__file__).parent.parent / ".cache" / "red"


def test_of_everything():
    assert not STATE.exists()


@pytest.mark.only_projects("{FIRST}")
def test_of_the_first():
    (SPECS / "{FIRST}/spec.yaml").read_text("utf-8")


@pytest.mark.only_projects()
@pytest.mark.parametrize("slug", ["{SECOND}"])
def test_of_its_parameter(slug):
    (SPECS / slug / "spec.yaml").read_text("utf-8")
"""
ALL = {"test_of_everything", "test_of_the_first", f"test_of_its_parameter[{SECOND}]"}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A repository with all that the plugin needs, and one module of tests."""
    folder = tmp_path / "template"
    left_out = shutil.ignore_patterns(
        ledger.NAME, "checks", "__pycache__", "trials", "code", "tasks", "docs"
    )
    specs = [f"specs/{name}" for name in (FIRST, SECOND, "shared", "services")]
    for name in ("djangopath", "tools", *specs):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for file in (ROOT / "specs").glob("*.*"):
        shutil.copyfile(file, folder / "specs" / file.name)
    # The prover reads its own script when it is imported.
    script = f"{ledger.SKELETON.name}/.path/warm.py"
    (folder / script).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / script, folder / script)
    (folder / "tests").mkdir()
    names = ["cookiecutter.json", "pyproject.toml", "conftest.py", ".gitignore"]
    modules = ("__init__.py", "common.py", "proven.py", "queue_project.py")
    for name in (*names, *(f"tests/{module}" for module in modules)):
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "tests/test_made_up.py").write_text(TESTS, "utf-8")
    (folder / "notes.txt").write_text("one\n", "utf-8")
    (folder / ".cache").mkdir()
    git(folder, "init", "-q")
    return folder


def suite(
    folder: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs the suite of the repository as make test does."""
    return run_pytest(folder, "-vv", *words, **{"PROOF_SHARE": "0", **variables})


def ran(folder: Path, *words: str, **variables: str) -> set[str]:
    """The tests that ran, all of them green."""
    done = suite(folder, *words, **variables)
    assert " failed" not in done.stdout and done.returncode == 0, done.stdout
    lines = [line for line in done.stdout.splitlines() if "PASSED" in line]
    return {line.partition("::")[2].split(" ")[0] for line in lines}


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def test_green_is_left_out_until_a_file_changes(template: Path) -> None:
    assert ran(template) == ALL
    assert ran(template) == set()
    assert "3 are proven" in suite(template).stdout
    append(template / "notes.txt", "two\n")
    assert ran(template) == ALL
    # A file that is new counts, one that Git passes over does not.
    (template / ".cache/kept.txt").write_text("x", "utf-8")
    assert ran(template) == set()
    (template / "new.txt").write_text("x", "utf-8")
    assert ran(template) == ALL
    (template / "new.txt").unlink()
    (template / "notes.txt").unlink()
    assert ran(template) == ALL


def test_a_change_in_another_project_leaves_out_who_does_not_read_it(
    template: Path,
) -> None:
    assert ran(template) == ALL
    append(template / f"specs/{FIRST}/spec.yaml", "\n# changed\n")
    assert ran(template) == {"test_of_everything", "test_of_the_first"}
    append(template / f"specs/{SECOND}/spec.yaml", "\n# changed\n")
    assert ran(template) == ALL - {"test_of_the_first"}
    append(template / "specs/topics.yaml", "\n# changed\n")
    assert ran(template) == ALL


@pytest.mark.parametrize(
    "words",
    [
        ("tests/test_made_up.py",),
        ("tests/test_made_up.py::test_of_everything",),
        ("-k", "everything"),
        ("-m", "not ledger"),
    ],
)
def test_what_is_named_is_run(template: Path, words: tuple[str, ...]) -> None:
    ran(template)
    assert "test_of_everything" in ran(template, *words)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_run_of_some_tests_forgets_none_of_the_others(
    template: Path, workers: tuple[str, ...]
) -> None:
    assert "3 passed" in suite(template, *workers).stdout
    named = "tests/test_made_up.py::test_of_everything"
    assert "1 passed" in suite(template, *workers, named).stdout
    assert "run are none; 3 are proven" in suite(template, *workers).stdout


def test_nothing_is_believed_where_all_is_asked_for(template: Path) -> None:
    ran(template)
    assert ran(template, PROOF_ALL="1") == ALL
    assert ran(template, PROOF_SEED="7") == ALL
    assert ran(template, PROOF_SHARE="1") == ALL


def test_several_workers_leave_out_the_same(template: Path) -> None:
    first = suite(template, "-n", "2")
    assert "3 passed" in first.stdout, first.stdout
    second = suite(template, "-n", "2")
    assert "run are none; 3 are proven" in second.stdout, second.stdout
    assert second.returncode == 0


def test_what_is_red_is_not_remembered_and_red_again_is_told(template: Path) -> None:
    (template / ".cache/red").touch()
    assert "1 failed, 2 passed" in suite(template).stdout
    again = suite(template)
    assert "1 failed" in again.stdout and "2 are proven" in again.stdout
    assert "was green here" not in again.stdout
    (template / ".cache/red").unlink()
    assert ran(template) == {"test_of_everything"}
    (template / ".cache/red").touch()
    drawn = suite(template, PROOF_SHARE="1")
    assert "test_of_everything was green here with the very same files" in drawn.stdout
    (template / ".cache/red").unlink()
    assert ran(template) == {"test_of_everything"}, "it is no longer believed"


@pytest.mark.parametrize(
    "reads",
    [
        "(SPECS / SLUG / 'spec.yaml').read_text('utf-8')",
        "subprocess.run([sys.executable, '-c', '', 'project=' + SLUG], check=True)",
        "sys.audit('djangopath.baked', SLUG)",
    ],
)
@pytest.mark.parametrize("place", ["test", "fixture"])
def test_who_reads_more_than_is_named_fails(
    template: Path, reads: str, place: str
) -> None:
    text = f"""
import subprocess, sys
from pathlib import Path

import pytest

SPECS = Path(__file__).parent.parent / "specs"
pytestmark = pytest.mark.only_projects("{FIRST}")


@pytest.fixture(scope="module")
def taken():
    if "{place}" == "fixture":
        {reads}


def test_reads(taken):
    if "{place}" == "test":
        {reads}


def test_after(taken):
    pass
"""
    test = template / "tests/test_made_up.py"
    test.write_text(text.replace("SLUG", repr(FIRST)), "utf-8")
    assert ran(template) == {"test_reads", "test_after"}
    test.write_text(text.replace("SLUG", repr(SECOND)), "utf-8")
    done = suite(template)
    assert "read, though only_projects does not name the project" in done.stdout
    assert SECOND in done.stdout and done.returncode == 1


def test_without_git_nothing_is_remembered(template: Path) -> None:
    shutil.rmtree(template / ".git")
    # None above it either: the folder of the test may lie in a repository.
    ceiling = str(template.parent)
    for _ in range(2):
        done = suite(template, GIT_CEILING_DIRECTORIES=ceiling)
        assert "3 passed" in done.stdout, done.stdout
        assert "nothing is remembered of this run: Git does not list" in done.stdout


def test_a_memory_that_is_none_is_one_sentence(template: Path) -> None:
    ran(template)
    (memory,) = (template / ".pytest_cache").rglob("green.txt")
    memory.write_text("nonsense\n", "utf-8")
    done = suite(template)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "Traceback" not in said
    assert "green.txt, line 1: 'nonsense' is no line of a check; delete it" in said
    memory.unlink()
    assert ran(template) == ALL
