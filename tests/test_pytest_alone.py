"""pytest is not always alone: other ways in, other settings, other plugins.

What plain `pytest` does with a learner's settings is theirs. A check has to give the
same verdict whatever they are.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from djangopath import catalogue
from tests.formatters import wrapped
from tests.path_fixture import SLUGS, TASKS_MD, VIEW, Repository, make_real
from tests.test_watch_warm import BOTH
from tools import environments, warm
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

TICKED = TASKS_MD.replace("- [ ] **1.", "- [x] **1.")


@pytest.fixture
def real(tmp_path: Path) -> Repository:
    """A solved first task, ticked, and tests of the other tasks that fail."""
    repo = Repository(tmp_path / "repository")
    make_real(repo, environments.environment(catalogue.load(smallest())))
    repo.write("views.py", VIEW + "    return HttpResponse('Hello')\n")
    repo.write("TASKS.md", TICKED)
    for slug in SLUGS[1:]:
        name = slug.replace("-", "_")
        repo.write(f"acceptance/test_{name}.py", "def test_it():\n    assert 0\n")
    repo.write("tests/test_own.py", "def test_own():\n    pass\n")
    return repo


def run_pytest(
    repo: Repository, *words: str, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs plain pytest in it."""
    return subprocess.run(
        [repo.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=cwd or repo.root,
        env=environments.clean_env(**env),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


# ------------------------------------------------------------------ which tests are run


def test_ticked_tasks_run_when_a_formatter_has_wrapped_the_file(
    real: Repository,
) -> None:
    real.write("TASKS.md", wrapped(TICKED, 6))
    done = run_pytest(real)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


LOST = {
    "is missing": None,
    "is empty": b"\n",
    "is saved as UTF-16": TICKED.encode("utf-16"),
    "has no line for any task": TICKED.replace("](tasks/", "](task/").encode(),
}


WAYS = [*((what, ()) for what in LOST), ("is missing", ("tests", "acceptance"))]


@pytest.mark.parametrize(("what", "words"), WAYS)
def test_a_run_that_would_choose_by_a_lost_file_fails(
    real: Repository, what: str, words: tuple[str, ...]
) -> None:
    (real.root / "TASKS.md").unlink()
    if (text := LOST[what]) is not None:
        real.write("TASKS.md", text)
    done = run_pytest(real, *words)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    said = f"ERROR: TASKS.md {what}"
    assert done.stderr.startswith(said) and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    if words:
        for named in ("acceptance/test_diagram.py", "tests/test_own.py::test_own"):
            assert "1 passed" in run_pytest(real, named).stdout


def test_a_folder_for_tasks_md_fails_too(real: Repository) -> None:
    (real.root / "TASKS.md").unlink()
    (real.root / "TASKS.md").mkdir()
    done = run_pytest(real)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.startswith("ERROR: TASKS.md cannot be read")


def test_a_line_that_is_gone_is_named(real: Repository) -> None:
    """Whoever takes a task out has the right to: the run stays what it is."""
    lines = TICKED.splitlines(keepends=True)
    kept = [line for line in lines if "-comments.md" not in line]
    real.write("TASKS.md", "".join(kept))
    done = run_pytest(real)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert "TASKS.md has no line for comments: not run" in done.stdout
    assert "no line" not in run_pytest(real, "tests").stdout


def test_without_a_project_nothing_is_missed(real: Repository) -> None:
    (real.root / "TASKS.md").unlink()
    (real.root / ".path/project.json").unlink()
    assert "1 passed" in run_pytest(real).stdout


@pytest.mark.parametrize("named", ["", "acceptance", "--rootdir="])
def test_a_repository_opened_through_a_link_runs_the_same(
    real: Repository, named: str
) -> None:
    link = real.root.parent / "link"
    try:
        link.symlink_to(real.root, target_is_directory=True)
    except OSError:
        pytest.skip("this user may make no links")
    report = real.root.parent / "report.json"
    words = [f"{named}{link}", str(link)] if named.startswith("-") else [link / named]
    done = run_pytest(real, *map(str, words), cwd=link, PATH_REPORT=str(report))
    assert done.returncode == 0, done.stdout
    tests = json.loads(report.read_text("utf-8"))["tests"]
    files = {test["file"] for test in tests}
    assert files - {"tests/test_own.py"} == {"acceptance/test_diagram.py"}


# -------------------------------------------------------------- how a check runs pytest

TABLE = '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "settings"\n'
OPTIONS = "--workers=2 -x -k nothing --lf --ff --reuse-db -p no:django --collect-only"
SET_UP = {
    "nothing of pytest's": {"pyproject.toml": '[project]\nname = "mine"\n'},
    "pyproject.toml": {"pyproject.toml": f'{TABLE}addopts = "{OPTIONS}"\n'},
    "its own table": {
        "pyproject.toml": TABLE.replace(".ini_options", "")
        + f"addopts = {json.dumps(OPTIONS.split())}\n"
    },
    "pytest.toml": {
        "pytest.toml": TABLE.replace("tool.pytest.ini_options", "pytest")
        + f"addopts = {json.dumps(OPTIONS.split())}\nstrict = true\n"
        'python_functions = ["it_*"]\nfilterwarnings = ["error"]\nreruns = "2"\n'
    },
    "pytest.ini": {
        "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = settings\n"
        f"addopts = {OPTIONS}\nrequired_plugins = others\n"
        "usefixtures = no_such\npython_functions = it_*\n"
        "python_classes = It\nfilterwarnings = error\nmarkers =\n    slow: mine\n"
        "reruns = 2\nstrict = true\n"
    },
    "tox.ini": {
        "tox.ini": f"[pytest]\nDJANGO_SETTINGS_MODULE = settings\naddopts = {OPTIONS}\n"
    },
    "setup.cfg": {
        "setup.cfg": "[tool:pytest]\nDJANGO_SETTINGS_MODULE = settings\n"
        f"addopts = {OPTIONS}\n"
    },
}
VARIABLES = {
    "PYTEST_ADDOPTS": OPTIONS,
    "PYTEST_PLUGINS": "no_such_plugin",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}

# As pytest-xdist does, it runs nothing here; as others do, it repeats what is left.
OTHERS = """\
import pytest

def pytest_addoption(parser):
    parser.addoption("--workers")
    parser.addini("reruns", "how often")

@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    return True

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items[:] = items[::-1] * 2
"""


def install(place: Path, name: str, code: str) -> str:
    """Lays an installed plugin for pytest into a folder; gives PYTHONPATH for it."""
    (place / f"{name}-1.0.dist-info").mkdir(parents=True)
    (place / f"{name}.py").write_text(code, "utf-8")
    info = place / f"{name}-1.0.dist-info"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\n", "utf-8")
    points = f"[pytest11]\n{name} = {name}\n"
    (info / "entry_points.txt").write_text(points, "utf-8")
    return str(place)


def set_up(repo: Repository, where: str) -> None:
    """Writes a learner's settings for pytest."""
    (repo.root / "pyproject.toml").unlink()
    for path, text in SET_UP[where].items():
        repo.write(path, text)
    if where.startswith("nothing"):
        repo.write("config/__init__.py", "")
        repo.write("config/settings.py", (repo.root / "settings.py").read_bytes())


@pytest.mark.parametrize("where", SET_UP)
def test_a_check_is_its_own_master(real: Repository, where: str) -> None:
    set_up(real, where)
    path = install(real.root.parent / "installed", "others", OTHERS)
    real.write("TASKS.md", TASKS_MD)
    result = real.run("check", env={"PYTHONPATH": path, **VARIABLES})
    assert result.returncode == 0, result.stdout + result.stderr
    assert real.tasks == TICKED.encode()
    result = real.run("check", "--all", env={"PYTHONPATH": path, **VARIABLES})
    assert result.returncode == 0, result.stdout + result.stderr
    real.write("views.py", VIEW + "    return HttpResponse('Bye')\n")
    result = real.run("check", "1", env={"PYTHONPATH": path, **VARIABLES})
    assert result.returncode == 1
    assert "Wanted a greeting" in " ".join(result.stdout.split())


@pytest.mark.skipif(not warm.SAFE, reason="forks are made on Linux alone")
def test_a_warm_check_is_its_own_master(real: Repository) -> None:
    set_up(real, "pytest.ini")
    path = install(real.root.parent / "installed", "others", OTHERS)
    done = subprocess.run(
        [real.python, "-c", BOTH, "acceptance/test_diagram.py"],
        cwd=real.root, env=environments.clean_env(PYTHONPATH=path, **VARIABLES),
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [said["outcome"] for said in json.loads(done.stdout)] == ["passed"] * 3


def test_a_learner_s_filters_for_warnings_and_marks_stay(real: Repository) -> None:
    real.write("pyproject.toml", f'{TABLE}filterwarnings = ["error"]\n'
                                 'markers = ["slow: mine"]\n')  # fmt: skip
    real.write(
        "acceptance/test_diagram.py",
        "import warnings\nimport pytest\n@pytest.mark.slow\ndef test_it():\n"
        "    with pytest.raises(UserWarning):\n        warnings.warn('said')\n",
    )
    result = real.run("check", "1")
    assert result.returncode == 0, result.stdout


# Tests that pass in their order alone, once each.
OWN = """\
seen = []

def test_first():
    seen.append(1)
    assert seen == [1]

def test_second():
    seen.append(2)
    assert seen == [1, 2]

def test_third():
    assert seen == [1, 2]
"""
JUDGED = """\
from acceptance.own_tests import OwnTests

def test_own():
    own = OwnTests(look="tests/", given=())
    own.expect_passed()
    own.expect_count(3)
"""


def test_own_tests_are_run_as_they_are_written(real: Repository) -> None:
    """Where an acceptance test runs the learner's tests, the same holds for these."""
    set_up(real, "pytest.ini")
    text = (real.root / "pytest.ini").read_text("utf-8")
    text = text.replace("python_functions = it_*\n", "").replace("error", "default")
    real.write("pytest.ini", text.replace("usefixtures = no_such\n", ""))
    real.write("tests/test_order.py", OWN)
    real.write("acceptance/test_diagram.py", JUDGED)
    path = install(real.root.parent / "installed", "randomly", OTHERS)
    result = real.run("check", "1", env={"PYTHONPATH": path, **VARIABLES})
    assert result.returncode == 0, result.stdout + result.stderr


# ------------------------------------------------------------- which settings are meant


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("shop.settings", "there is no such module here"),
        ("settings.production", "there is no such module here"),
        ("json", f"it lies in {os.sep}"),
        ("no module", "there is no such module here"),
    ],
)
def test_settings_of_another_project_are_named(
    real: Repository, given: str, why: str
) -> None:
    result = real.run("check", "1", env={"DJANGO_SETTINGS_MODULE": given})
    assert result.returncode == 1
    said = " ".join(result.stdout.split())
    assert f"DJANGO_SETTINGS_MODULE is set to {given!r} in this terminal" in said
    assert why in said
    assert "DJANGO_SETTINGS_MODULE" in said.rpartition("try again:")[2]
    assert "requirements.txt" not in said


@pytest.mark.parametrize("given", ["", "settings", "others.ours"])
def test_settings_of_the_project_are_taken(real: Repository, given: str) -> None:
    real.write("others/__init__.py", "")
    real.write("others/ours.py", "from settings import *\n")
    result = real.run("check", "1", env={"DJANGO_SETTINGS_MODULE": given})
    assert result.returncode == 0, result.stdout


def test_settings_that_are_not_there_are_named(real: Repository) -> None:
    real.write("pyproject.toml", TABLE.replace('"settings"', '"conf.settings"'))
    said = " ".join(real.run("check", "1").stdout.split())
    assert "there is no module conf.settings, which DJANGO_SETTINGS_MODULE" in said
    assert "requirements.txt" not in said


@pytest.mark.parametrize("given", ["settings", "others"])
def test_a_package_that_is_missing_is_still_said_so(
    real: Repository, given: str
) -> None:
    real.write("others.py", "import no_such_package\nfrom settings import *\n")
    real.write("settings.py", "import no_such_package\n")
    result = real.run("check", "1", env={"DJANGO_SETTINGS_MODULE": given})
    said = " ".join(result.stdout.split())
    assert "ModuleNotFoundError: No module named 'no_such_package'" in said
    assert "in this terminal" not in said
