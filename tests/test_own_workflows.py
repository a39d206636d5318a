"""The template's own workflows, and the tools that they call.

What a step runs is a target of the Makefile or a tool, so that it runs here as well;
these are run here, against a project and a Git remote of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from djangopath import catalogue
from djangopath.catalogue import ROOT, Project
from djangopath.errors import SpecError
from djangopath.lay import cut_files
from tests.common import Bake
from tests.test_generated_files import SKELETON, schema, yamllint, zizmor
from tools import cuts, environments, folders, proof, prove, tryout
from tools.audit import actions
from tools.examples import EXAMPLE, smallest

FOLDER = ".github/workflows"
WORKFLOWS = sorted(file.name for file in (ROOT / FOLDER).iterdir())
# Looked up in the actions' own repositories (`git ls-remote`): the commit of each tag.
# A new version is looked up again, and written here and in every workflow.
ACTIONS = {
    ("actions/checkout", "v7.0.1"): "3d3c42e5aac5ba805825da76410c181273ba90b1",
    ("actions/setup-python", "v7.0.0"): "5fda3b95a4ea91299a34e894583c3862153e4b97",
}
# What a target is given; a value may be a command of the shell, so no other is let in.
ARGUMENTS = {
    "PYTHON=python3.11",
    'CANARY="$(command -v python)"',
    'REMOTE="https://github.com/$GITHUB_REPOSITORY.git"',
}
# Minutes for a job: what is done at every push, and what is done once a week.
LIMITS = {"ci.yml": 60, "release.yml": 60, "weekly.yml": 120}
SYSTEMS = {"ubuntu-24.04", "macos-15", "windows-2025"}
# What is no target: Python's own, and GitHub's command where only GitHub can run it.
PLAIN = {
    "python -m pip install cookiecutter --constraint requirements-dev.txt",
    "python -m tools.tryout",
    "gh auth setup-git",
}


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / FOLDER / name).read_text("utf-8"))
    return found


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(workflow, key, job) of every job."""
    for name in WORKFLOWS:
        for key, job in load(name)["jobs"].items():
            yield name, key, job


def wrong_pins(text: str) -> list[str]:
    """What is used otherwise than by the commit of a known tag."""
    return [
        uses
        for _, uses, pin in actions.pins(text)
        if not pin or ACTIONS.get((pin.action, pin.tag)) != pin.sha
    ]


def unknown_commands(script: str, targets: set[str]) -> list[str]:
    """The lines of a step that are neither a target of the Makefile nor known."""
    wrong = []
    for line in script.strip().splitlines():
        rest = line
        for argument in ARGUMENTS:
            rest = rest.replace(f" {argument}", "", 1)
        target = re.fullmatch(r"(?:sudo )?make ([a-z-]+)", rest)
        if not (line in PLAIN or (target and target[1] in targets)):
            wrong.append(line)
    return wrong


# ---------------------------------------------------------------------- the workflows


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_passes_its_linters(name: str) -> None:
    """GitHub's schema, zizmor and yamllint."""
    path = f"{FOLDER}/{name}"
    schema(ROOT, path, "github-workflows")
    zizmor(ROOT, path)
    yamllint(ROOT, path)


def test_every_action_is_the_commit_of_its_tag() -> None:
    files = actions.workflows()
    assert {*(ROOT / FOLDER).iterdir(), *(SKELETON / FOLDER).iterdir()} < set(files)
    for file in files:
        assert wrong_pins(file.read_text("utf-8")) == [], file
    good = (SKELETON / FOLDER / "ci.yml").read_text("utf-8")
    for old, new in (("# v7.0.1", "# v7.0.0"), ("@3d3c", "@3d3d"), (" # v7.0.0", "")):
        assert wrong_pins(good.replace(old, new)), f"{old} may not become {new}"


def test_rights_are_the_least() -> None:
    """None by default, then to read the code; one job may push."""
    for name in WORKFLOWS:
        assert load(name)["permissions"] == {}, name
        assert load(name)["concurrency"]
    for name, key, job in jobs():
        may = "write" if (name, key) == ("release.yml", "folders") else "read"
        assert job["permissions"] == {"contents": may}, f"{name}: {key}"
        assert job["timeout-minutes"] <= LIMITS[name], f"{name}: {key}"
        assert "secrets." not in str(job)
        tokens = [step for step in job["steps"] if "github.token" in str(step)]
        assert len(tokens) == (may == "write")
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_every_step_calls_a_target_that_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    called = ""
    for name, key, job in jobs():
        for step in job["steps"]:
            wrong = unknown_commands(step.get("run", ""), targets)
            assert not wrong, f"{name}, {key}: {wrong}"
            called += step.get("run", "") + "\n"
    wanted = "test test-docker audit proof trials canary folders publish"
    for target in wanted.split():
        assert re.search(rf"\bmake {target}\b", called), f"make {target} is not called"
    assert unknown_commands("make tests", targets)
    assert unknown_commands("make test && curl example.com", targets)
    good = 'make canary PYTHON=python3.11 CANARY="$(command -v python)"'
    assert not unknown_commands(good, targets)
    for old, new in (
        ("command -v python", "curl example.com"),
        ("python3.11", "$(curl example.com)"),
        ("python3.11", "python3.11;curl"),
        ("PYTHON", "BASH_ENV"),
        ("python3.11", "python3.11\ncurl example.com"),
    ):
        assert unknown_commands(good.replace(old, new), targets), new


@pytest.fixture(scope="module")
def newest() -> int:
    """The newest Python that our pinned Django names: of 3.14 the 14."""
    python = environments.environment(catalogue.load(smallest()))
    code = "from importlib.metadata import metadata; "
    code += "print(*metadata('django').get_all('Classifier'), sep='\\n')"
    named = environments.run([str(python), "-c", code], ROOT).stdout
    minors = re.findall(r":: Python :: 3\.(\d+)$", named, re.MULTILINE)
    return max(map(int, minors))


def test_the_matrix(newest: int) -> None:
    """On three systems, from our oldest Python to the newest that our Django names."""
    matrix = load("ci.yml")["jobs"]["tryout"]["strategy"]["matrix"]
    assert set(matrix["os"]) == SYSTEMS
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    oldest = pyproject["project"]["requires-python"].removeprefix(">=3.")
    assert matrix["python"] == [f"3.{n}" for n in range(int(oldest), newest + 1)]


def test_the_canary_s_matrix(newest: int) -> None:
    """Where only the packages are new, and where the Python is; each says its own."""
    canary = load("weekly.yml")["jobs"]["canary"]
    assert canary["strategy"]["matrix"]["python"] == [f"3.{newest}", "3.x"]
    assert canary["strategy"]["fail-fast"] is False
    assert "${{ matrix.python }}" in canary["name"]
    (setup,) = [s for s in canary["steps"] if "python-version" in s.get("with", {})]
    # The tools run on the first, the projects on the last, which `python` means.
    versions = setup["with"]["python-version"].split("\n")
    assert versions == ["3.11", "${{ matrix.python }}", ""]


def test_the_canary_takes_the_newest_python_there_is(tmp_path: Path) -> None:
    """Also one that nobody had heard of when this was written; a broken one is not."""
    folder = tmp_path / "versions"
    for version, works in (("3.9.1", 1), ("3.15.2", 1), ("3.27.0", 1), ("3.28.0", 0)):
        python = folder / version / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\nexit {1 - works}\n", "utf-8")
        python.chmod(0o755)
    (tmp_path / "bin").mkdir()
    env = {"PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(tmp_path)}
    command = ["/bin/sh", str(ROOT / "tools/newest_python.sh")]

    def found() -> str:
        done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8")
        return done.stdout.strip()

    assert found() == str(folder / "3.27.0/bin/python")
    shutil.rmtree(folder)
    assert found() == ""
    (tmp_path / "bin/python3.12").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "bin/python3.12").chmod(0o755)
    assert found() == str(tmp_path / "bin/python3.12")


def test_the_servers_of_the_suite_are_those_that_the_tests_ask_for() -> None:
    suite = load("ci.yml")["jobs"]["suite"]
    assert set(suite["services"]) == {"postgres", "redis"}
    source = (ROOT / "tools/services.py").read_text("utf-8")
    for name in suite["env"]:
        assert f'"{name}"' in source, f"{name} is read by nobody"


def test_when_the_others_run() -> None:
    """What takes long once a week, the release on a tag; YAML reads `on` as true."""
    weekly, release = load("weekly.yml")[True], load("release.yml")[True]
    minute, hour, day, month, weekday = weekly["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*")
    assert weekday.isdigit()
    assert minute != "0"
    assert hour.isdigit()
    assert release == {"push": {"tags": ["v*"]}}


# ------------------------------------------------------------------------------ tryout


def test_a_tryout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both cuts of a project, and its first two tasks, which get ticked."""
    project = catalogue.load(smallest())
    tryout.tryout(project, tmp_path, environments.environment(project))
    tasks = (tmp_path / f"{project.slug}-first/TASKS.md").read_text("utf-8")
    assert tasks.count("- [x]") == tryout.TASKS
    assert f"task {project.order[1]}: ok" in capsys.readouterr().out


def test_a_tryout_notices(bake: Bake, tmp_path: Path) -> None:
    """A lint error, a task that is not done, a program that is missing."""
    project = catalogue.load(smallest())
    folder = Path(shutil.copytree(bake(project=project.slug), tmp_path / "repo"))
    learner = tryout.Learner(folder, environments.environment(project))
    (folder / "config/odd.py").write_text("import os\n", "utf-8")
    with pytest.raises(
        tryout.TryoutError, match=r"ruff check .: exit code 1, 0 was wanted"
    ):
        learner.run("ruff", "check", ".")
    with pytest.raises(tryout.TryoutError, match="exit code 1"):
        learner.run("python", "path.py", "check", project.order[0])
    with pytest.raises(tryout.TryoutError, match="is not on this machine"):
        learner.run("no-such-tool")


def test_the_tryout_needs_what_cookiecutter_installs_and_no_more() -> None:
    """Imported with only those packages in sight, as a bare runner has them."""
    program = (
        "import sys\n"
        "class Guard:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in ('filelock', 'uv', 'pytest', 'aiosmtpd'):\n"
        "            raise ImportError(name + ' is not there on a bare runner')\n"
        "sys.meta_path.insert(0, Guard())\n"
        "import tools.tryout\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


# ------------------------------------------------------------------------------ canary


def test_the_canary_has_no_pin(slug: str) -> None:
    """Not of Django and not of what it needs; extras and markers stay."""
    pins = (ROOT / "specs" / slug / "requirements.txt").read_text("utf-8")
    left = environments.unpinned(pins)
    assert "==" in re.sub(r";.*", "", pins)
    assert "==" not in re.sub(r";.*", "", left)
    assert len(left.splitlines()) == len(pins.splitlines())
    text = "psycopg[binary]==3.3.9\ncolorama==0.4.6 ; sys_platform == 'win32'\n"
    kept = "psycopg[binary]\ncolorama ; sys_platform == 'win32'\n"
    assert environments.unpinned(text) == kept


# ------------------------------------------------------------------------------- proof

# Two projects; in a test below one of them cannot be installed.
FAILS, WORKS = smallest(), EXAMPLE


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the tests of each cut drew, in a run of two projects in which no cut passes.

    Each cut is a process that draws as conftest.py of a project does.
    """
    found: list[str] = []
    draw = (
        "import os, random; print(random.Random(int(os.environ['PATH_SEED'])).random())"
    )

    def cut(*_: object, **__: object) -> list[str]:
        found.append(environments.run([sys.executable, "-c", draw], ROOT).stdout)
        return ["not proven"]

    monkeypatch.setenv("PROOF_SEED", "")  # So that it is as it was afterwards.
    monkeypatch.setattr(catalogue, "slugs", lambda: [FAILS, WORKS])
    python = Path(sys.executable)
    monkeypatch.setattr(environments, "environment", lambda *_, **__: python)
    monkeypatch.setattr(cuts, "skeleton", lambda _: ROOT)
    monkeypatch.setattr(proof, "prove_cut", cut)
    monkeypatch.setattr(sys, "argv", ["prove", "proof", "--newest"])
    return found


def test_the_printed_seed_repeats_a_proof(
    drawn: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same data in every cut; without the seed others."""

    def run(seed: str = "") -> tuple[str, str]:
        monkeypatch.delenv("PROOF_SEED")
        if seed:
            monkeypatch.setenv("PROOF_SEED", seed)
        drawn.clear()
        assert prove.main() == 1
        line = re.search(r"(?m)^PROOF_SEED=(\d+) in front", capsys.readouterr().out)
        assert line, "the seed is printed"
        assert len(set(drawn)) == 1, "one seed for all cuts"
        return line[1], drawn[0]

    seed, data = run()
    assert run(seed) == (seed, data)
    assert run() != (seed, data)


def test_a_project_that_does_not_install_does_not_hide_the_others(
    drawn: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is told, and counts as a problem."""

    def environment(project: Project, *_: object, **__: object) -> Path:
        if project.slug == FAILS:
            raise RuntimeError("uv pip install\nno wheel of this package")
        return Path(sys.executable)

    monkeypatch.setattr(environments, "environment", environment)
    monkeypatch.setattr(proof, "prove_cut", lambda *_, **__: [])
    assert prove.main() == 1
    said = capsys.readouterr().out
    assert (
        f"{FAILS}: its environment: NOT PROVEN\n    uv pip install\n    no wh" in said
    )
    assert f"{FAILS}: cut" not in said
    assert f"{WORKS}: cut 0, at " in said
    assert "0 problems" in said


# ----------------------------------------------------------------------------- folders


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of every project."""
    target = tmp_path_factory.mktemp("folders") / "folders"
    folders.write(target, [catalogue.load(slug) for slug in catalogue.slugs()])
    return target


def content(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_folders_are_complete_and_say_so(written: Path) -> None:
    """Both cuts, without secrets or history; every link of the index has a target."""
    assert not list(written.rglob(".git"))
    assert not list(written.rglob(".env"))
    text = (written / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 4 * len(catalogue.slugs())
    for link in links:
        assert (written / link).is_file(), link
    for slug in catalogue.slugs():
        project = catalogue.load(slug)
        for cut, done in (("first", 0), ("finished", len(project.tasks))):
            folder = written / slug / cut
            tasks = (folder / "TASKS.md").read_text("utf-8")
            assert tasks.count("- [x]") == done, folder
            assert (folder / "path.py").is_file()
            laid = cut_files(project.code, project.order, done, project.owned)
            missing = [one.path for one in laid if not (folder / one.path).is_file()]
            assert missing == [], folder


def test_folders_are_the_same_again(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "folders"
    folders.write(again, [catalogue.load(slug) for slug in catalogue.slugs()])
    assert content(again) == content(written)


def test_folders_leave_what_is_not_theirs(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine", "utf-8")
    with pytest.raises(SpecError, match=r"diary\.txt"):
        folders.write(tmp_path, [])
    assert (tmp_path / "diary.txt").read_text("utf-8") == "mine"


def test_publishing(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first commit, nothing for no change, one more for a change; all files on it."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    folder = Path(shutil.copytree(written, tmp_path / "folders"))
    first = folders.publish(folder, str(remote), "The projects at v1")
    assert first.endswith("The projects at v1")
    assert folders.publish(folder, str(remote), "v1 again") == "projects is up to date."
    (folder / "README.md").write_text("changed\n", "utf-8")
    folders.publish(folder, str(remote), "The projects at v2")
    log = git(remote, "log", "--format=%s", "projects").splitlines()
    assert log == ["The projects at v2", "The projects at v1"]
    listed = set(git(remote, "ls-tree", "-r", "--name-only", "projects").splitlines())
    assert listed == set(content(folder))
    with pytest.raises(RuntimeError, match="git ls-remote"):
        folders.publish(folder, str(tmp_path / "nowhere.git"), "lost")


def test_publishing_a_part_would_take_the_rest_away(
    written: Path, tmp_path: Path
) -> None:
    folders.whole(written)
    part = Path(shutil.copytree(written, tmp_path / "folders"))
    shutil.rmtree(part / catalogue.slugs()[-1])
    with pytest.raises(SpecError, match="run make folders first"):
        folders.whole(part)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={k: v for k, v in os.environ.items() if not k.startswith("GIT_DIR")},
        check=True,
    )
    return done.stdout.strip()
