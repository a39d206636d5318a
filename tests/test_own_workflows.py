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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from djangopath import catalogue
from djangopath.catalogue import ROOT
from djangopath.errors import SpecError
from tests.conftest import Bake
from tests.test_generated_files import SKELETON, schema, yamllint, zizmor
from tools import folders, proof, tryout

FOLDER = ".github/workflows"
WORKFLOWS = sorted(file.name for file in (ROOT / FOLDER).iterdir())
# Looked up in the actions' own repositories (`git ls-remote`): the commit of each tag.
# A new version is looked up again, and written here and in every workflow.
ACTIONS = {
    ("actions/checkout", "v7.0.1"): "3d3c42e5aac5ba805825da76410c181273ba90b1",
    ("actions/setup-python", "v7.0.0"): "5fda3b95a4ea91299a34e894583c3862153e4b97",
}
PIN = re.compile(r"\s*-? *uses: (?P<action>\S+)@(?P<sha>\S+) # (?P<tag>\S+)")
SYSTEMS = {"ubuntu-24.04", "macos-15", "windows-2025"}
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
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
    """The lines that name an action otherwise than by the commit of a known tag."""
    wrong = []
    for line in text.splitlines():
        if re.match(r"\s*-? *uses:", line):
            pin = PIN.fullmatch(line)
            if not pin or ACTIONS.get((pin["action"], pin["tag"])) != pin["sha"]:
                wrong.append(line.strip())
    return wrong


def unknown_commands(script: str, targets: set[str]) -> list[str]:
    """The lines of a step that are neither a target of the Makefile nor known."""
    wrong = []
    for line in script.strip().splitlines():
        target = re.match(
            r"(?:sudo )?make ([a-z-]+)(?: [A-Z]+=(?:\"[^\"]*\"|\S+))*$", line
        )
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
    files = [*(ROOT / FOLDER).iterdir(), *(SKELETON / FOLDER).iterdir()]
    assert len(files) > len(WORKFLOWS)
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
        assert job["timeout-minutes"] <= 60
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
    for target in ("test", "test-docker", "audit", "canary", "folders", "publish"):
        assert re.search(rf"\bmake {target}\b", called), f"make {target} is not called"
    assert unknown_commands("make tests", targets)
    assert unknown_commands("make test && curl example.com", targets)


def test_the_matrix() -> None:
    """The tryout runs on three systems, with every Python from the oldest on."""
    matrix = load("ci.yml")["jobs"]["tryout"]["strategy"]["matrix"]
    assert set(matrix["os"]) == SYSTEMS
    assert matrix["python"] == PYTHONS
    oldest = re.search(
        r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8")
    )
    assert oldest
    assert oldest[1] == PYTHONS[0]


def test_the_servers_of_the_suite_are_those_that_the_tests_ask_for() -> None:
    suite = load("ci.yml")["jobs"]["suite"]
    assert set(suite["services"]) == {"postgres", "redis"}
    source = (ROOT / "tools/services.py").read_text("utf-8")
    for name in suite["env"]:
        assert f'"{name}"' in source, f"{name} is read by nobody"


def test_when_the_others_run() -> None:
    """The canary once a week, the release on a tag; YAML reads `on` as true."""
    canary, release = load("canary.yml")[True], load("release.yml")[True]
    minute, hour, day, month, weekday = canary["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*")
    assert weekday.isdigit()
    assert minute != "0"
    assert hour.isdigit()
    assert release == {"push": {"tags": ["v*"]}}


# ------------------------------------------------------------------------------ tryout


def test_a_tryout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both cuts of a project, and its first two tasks, which get ticked."""
    project = catalogue.load("hello")
    tryout.tryout(project, tmp_path, proof.environment(project))
    tasks = (tmp_path / "hello-first/TASKS.md").read_text("utf-8")
    assert tasks.count("- [x]") == tryout.TASKS
    assert f"task {project.order[1]}: ok" in capsys.readouterr().out


def test_a_tryout_notices(bake: Bake, tmp_path: Path) -> None:
    """A lint error, a task that is not done, a program that is missing."""
    project = catalogue.load("hello")
    folder = Path(shutil.copytree(bake(project="hello"), tmp_path / "repo"))
    learner = tryout.Learner(folder, proof.environment(project))
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
    left = proof.unpinned(pins)
    assert "==" in re.sub(r";.*", "", pins)
    assert "==" not in re.sub(r";.*", "", left)
    assert len(left.splitlines()) == len(pins.splitlines())
    text = "psycopg[binary]==3.3.9\ncolorama==0.4.6 ; sys_platform == 'win32'\n"
    kept = "psycopg[binary]\ncolorama ; sys_platform == 'win32'\n"
    assert proof.unpinned(text) == kept


# ----------------------------------------------------------------------------- folders


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of one project."""
    target = tmp_path_factory.mktemp("folders") / "folders"
    folders.write(target, [catalogue.load("hello")])
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
    project = catalogue.load("hello")
    text = (written / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 4
    for link in links:
        assert (written / link).is_file(), link
    ticks = [
        (written / "hello" / cut / "TASKS.md").read_text("utf-8").count("- [x]")
        for cut in ("first", "finished")
    ]
    assert ticks == [0, len(project.tasks)]
    assert (written / "hello/first/path.py").is_file()


def test_folders_are_the_same_again(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "folders"
    folders.write(again, [catalogue.load("hello")])
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


def test_publishing_a_part_would_take_the_rest_away(written: Path) -> None:
    with pytest.raises(SpecError, match="run make folders first"):
        folders.whole(written)


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
