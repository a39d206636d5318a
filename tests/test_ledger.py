"""The ledger: a key holds what a check depends on and nothing else; it is believed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from djangopath import catalogue
from djangopath.catalogue import ROOT, Project
from djangopath.errors import SpecError
from djangopath.lay import cut_files
from tests import proven
from tests.common import git, run_pytest
from tests.test_acceptance import imported
from tools import cuts, ledger, proof
from tools.examples import largest
from tools.ledger import Check
from tools.trials import Trial, trials

# Any project would do; this one has the most cuts.
SLUG = largest()
KEY = "0" * 32


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A catalogue with one project in it, which a test may change."""
    folder = tmp_path / "specs"
    folder.mkdir()
    for file in (ROOT / "specs").glob("*.*"):
        shutil.copyfile(file, folder / file.name)
    no_ledger = shutil.ignore_patterns(ledger.NAME)
    for name in (SLUG, "shared"):
        shutil.copytree(ROOT / "specs" / name, folder / name, ignore=no_ledger)
    return folder


@pytest.fixture
def skeleton(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the skeleton, which a test may change."""
    folder = tmp_path / "skeleton"
    shutil.copytree(ledger.SKELETON, folder)
    monkeypatch.setattr(ledger, "SKELETON", folder)
    monkeypatch.setattr(ledger, "library_files", lambda: [])
    return folder


def project_in(specs: Path) -> Project:
    """The project as it stands now; nothing that was computed before is kept."""
    for cached in (
        catalogue.load,
        cuts.changed_files,
        ledger._acceptance,
        ledger._common,
        ledger._cut,
        ledger._imports,
        ledger._imported,
        ledger.whole,
        ledger.sources,
    ):
        cached.cache_clear()
    return catalogue.load(SLUG, specs)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What was computed of a copy is not kept for other tests."""
    yield
    project_in(ROOT / "specs")


def keys(project: Project) -> dict[str, str]:
    """The key of each proof and trial, by ``kind name``."""
    found = ledger.all_checks(project, trials(project))
    assert len({str(check) for check in found}) == len(found)
    return {str(check): check.key for check in found}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The checks that are to be run again."""
    assert set(before) == set(after)
    return {name for name in before if before[name] != after[name]}


# ------------------------------------------------------------------------------- keys


def test_a_line_of_a_view_runs_the_cuts_and_trials_that_hold_it(specs: Path) -> None:
    project = project_in(specs)
    before = keys(project)
    path, line, done = line_of_a_later_task(project)
    file = project.code / path
    text = file.read_text("utf-8")
    file.write_text(text.replace(line, f"{line}  # changed"), "utf-8")
    project = project_in(specs)
    holding = {
        n for n in range(len(project.tasks) + 1) if holds(project, n, path, line)
    }
    assert done in holding and 0 not in holding
    expected = {
        f"cut {n:02}-{project.order[n]}" for n in holding if n < len(project.tasks)
    }
    expected |= {
        f"trial {trial.id}"
        for trial in trials(project)
        if trial.task.number in holding and not replaces(trial, path)
    }
    again = changed(before, keys(project))
    # A trial that brings the whole file does not hold the line, but its cut does.
    assert expected <= again
    assert again - expected <= {
        f"trial {trial.id}" for trial in trials(project) if replaces(trial, path)
    }
    assert again != set(before), "a line of a later task changes no earlier cut"


def line_of_a_later_task(project: Project) -> tuple[str, str, int]:
    """(path, a line of its views that no earlier cut has, after how many tasks)."""
    for done in range(2, len(project.tasks) + 1):
        earlier = {laid.path: laid.text or "" for laid in files_of(project, done - 1)}
        for laid in files_of(project, done):
            if laid.path.endswith("views.py") and laid.text is not None:
                old = set(earlier.get(laid.path, "").splitlines())
                for line in laid.text.splitlines():
                    whole = (project.code / laid.path).read_text("utf-8")
                    plain = line.startswith("    return ") and line.endswith(")")
                    if plain and line not in old and whole.count(line) == 1:
                        return laid.path, line, done
    raise AssertionError("no project has such a line")


def files_of(project: Project, done: int) -> list:
    return list(cut_files(project.code, project.order, done, project.owned))


def holds(project: Project, done: int, path: str, line: str) -> bool:
    """Whether a line, or its changed form, stands in a file of a cut."""
    found = [laid.text or "" for laid in files_of(project, done) if laid.path == path]
    return any(line in text for text in found)


def replaces(trial: Trial, path: str) -> bool:
    return path in trial.files


def test_a_shared_acceptance_module_runs_all_that_import_it(
    specs: Path, skeleton: Path
) -> None:
    """Of the tests of each check, those that import it over any number of steps."""
    before = keys(project_in(specs))
    module = skeleton / "acceptance/samples.py"
    module.write_text(module.read_text("utf-8") + "\n# changed\n", "utf-8")
    project = project_in(specs)
    again = changed(before, keys(project))
    expected = set()
    for done in range(len(project.tasks)):
        tasks = proof.earlier_tasks(project, done, related_only=True)
        tests = [task.test for task in (*tasks, project.tasks[done])]
        if any(imports_samples(project, skeleton, Path(test).name) for test in tests):
            expected.add(f"cut {done:02}-{project.order[done]}")
    for trial in trials(project):
        tasks = proof.tasks_of_trial(project, trial, related_only=True)
        if any(imports_samples(project, skeleton, Path(t.test).name) for t in tasks):
            expected.add(f"trial {trial.id}")
    assert again == expected
    assert again and again != set(before)


def imports_samples(project: Project, skeleton: Path, name: str) -> bool:
    """Whether an acceptance test imports that module, over any number of steps."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        places = project.acceptance / name, skeleton / "acceptance" / name
        file = next((place for place in places if place.exists()), None)
        if file is not None and name not in seen:
            seen.add(name)
            waiting += imported(file)
    return "samples.py" in seen


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("conftest.py", True),
        ("pyproject.toml", True),
        ("README.md", False),
        ("compose.yaml", False),
        (".vscode/settings.json", False),
    ],
)
def test_of_the_skeleton_what_a_run_can_read_counts(
    specs: Path, skeleton: Path, path: str, again: bool
) -> None:
    before = keys(project_in(specs))
    with (skeleton / path).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    found = changed(before, keys(project_in(specs)))
    assert found == (set(before) if again else set())


def test_a_trial_and_a_sentence_of_a_page(specs: Path) -> None:
    """A trial's own edits run it alone; prose of the pages runs nothing."""
    project = project_in(specs)
    before = keys(project)
    trial = next(trial for trial in trials(project) if not trial.right)
    file = project.folder / "trials" / f"{trial.task.slug}.yaml"
    text = file.read_text("utf-8")
    assert trial.says in text
    file.write_text(text.replace(trial.says, f"{trial.says} "[:-2], 1), "utf-8")
    assert len(changed(before, keys(project_in(specs)))) == 1
    file.write_text(text, "utf-8")
    for name in ("spec.yaml", "tasks.yaml"):
        page = project.folder / name
        page.write_text(
            page.read_text("utf-8").replace(" the ", " just the ", 3), "utf-8"
        )
    assert changed(before, keys(project_in(specs))) == set()


def test_pins_and_what_judges_run_everything(
    specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_in(specs)
    before = keys(project)
    for name in ("SEED", "PROVER"):
        project_in(specs)
        with monkeypatch.context() as patch:
            value = "2" if name == "SEED" else ledger.PROVER[1:]
            patch.setattr(ledger, name, value)
            assert changed(before, keys(project_in(specs))) == set(before)
    pins = project.folder / "requirements.txt"
    lines = pins.read_text("utf-8").splitlines(keepends=True)
    pins.write_text("".join(line for line in lines if "sqlparse" not in line), "utf-8")
    assert changed(before, keys(project_in(specs))) == set(before)


def test_a_whole_check_knows_its_module_and_what_that_imports(specs: Path) -> None:
    project = project_in(specs)
    module = ROOT / "tests/test_browser.py"
    first = ledger.whole_check(project, "browser", "test_pages[phone]", module)
    assert first == ledger.whole_check(project, "browser", "test_pages[phone]", module)
    file = project.folder / "spec.yaml"
    file.write_text(file.read_text("utf-8") + "\n# changed\n", "utf-8")
    project = project_in(specs)
    assert ledger.whole_check(project, "browser", "test_pages[phone]", module) != first


def test_what_is_imported_of_this_repository_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "ROOT", tmp_path)
    fixtures = tmp_path / "conftest.py"
    fixtures.write_text("from tools import base\n", "utf-8")
    monkeypatch.setattr(ledger, "FIXTURES", fixtures)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/base.py").write_text("C = 1\n", "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tools/far.py").write_text("A = 1\n", "utf-8")
    (tmp_path / "tools/near.py").write_text("from tools.far import A\n", "utf-8")
    test = tmp_path / "tests/test_x.py"
    test.write_text("import json\nfrom tools import near\n", "utf-8")
    ledger.sources.cache_clear()
    before = ledger.sources(test)
    (tmp_path / "tools/other.py").write_text("B = 1\n", "utf-8")
    ledger.sources.cache_clear()
    assert ledger.sources(test) == before
    # What it imports, the fixtures that it may take, and what those import.
    for changed in ("tools/far.py", "conftest.py", "tools/base.py"):
        file = tmp_path / changed
        text = file.read_text("utf-8")
        file.write_text(f"{text}D = 2\n", "utf-8")
        ledger.sources.cache_clear()
        assert ledger.sources(test) != before
        file.write_text(text, "utf-8")


def test_a_script_that_is_named_counts_with_what_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a check would be believed that was never run as it is now."""
    monkeypatch.setattr(ledger, "ROOT", tmp_path)
    monkeypatch.setattr(ledger, "FIXTURES", tmp_path / "conftest.py")
    (tmp_path / "conftest.py").write_text("", "utf-8")
    (tmp_path / "tests").mkdir()
    test = tmp_path / "tests/test_x.py"
    text = 'from pathlib import Path\nRUN = Path(__file__).with_name("script.py")\n'
    test.write_text(text, "utf-8")
    (tmp_path / "tests/script.py").write_text("import beside\n", "utf-8")
    (tmp_path / "tests/beside.py").write_text("A = 1\n", "utf-8")
    ledger.sources.cache_clear()
    before = ledger.sources(test)
    for name in ("script.py", "beside.py"):
        file = tmp_path / "tests" / name
        file.write_text(file.read_text("utf-8") + "B = 2\n", "utf-8")
        ledger.sources.cache_clear()
        assert ledger.sources(test) != before
        before = ledger.sources(test)
    ledger.sources.cache_clear()


def test_no_run_reads_what_is_in_no_key(slug: str, tmp_path: Path) -> None:
    """All acceptance tests of the finished project; each cut is asked again by it."""
    from tools import environments, reading, runs

    project = catalogue.load(slug)
    folder = cuts.write_cut(project, len(project.tasks), tmp_path / "cut")
    test = project.tasks[0].test
    run = runs.pytest(environments.environment(project), folder, test, watch_reads=True)
    assert test in run.reads and "conftest.py" in run.reads
    assert [path for path in run.reads if reading.is_unkeyed(path)] == []


# ------------------------------------------------------------------------------ lines


def test_lines_are_sorted_and_only_those_of_today_stay(specs: Path) -> None:
    project = project_in(specs)
    old = Check("cut", "00-plan", KEY), Check("trial", "gone", KEY)
    kept = Check("trial", "kept", KEY)
    ledger.write(project, [*old, kept], ["cut 00-plan", "trial gone", "trial kept"])
    new = Check("cut", "00-plan", "1" * 32)
    ledger.write(project, [new], ["cut 00-plan", "trial kept"])
    assert ledger.read(project) == {new, kept}
    text = (project.folder / ledger.NAME).read_text("utf-8")
    assert text.splitlines() == [ledger.HEAD, new.line, kept.line]
    ledger.write(project, [], ["cut 00-plan", "trial kept"], red=[kept])
    assert ledger.read(project) == {new}


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("cut 00-plan", 2),
        (f"cut 00-plan {KEY[:-1]}", 2),
        (f"cut 00-plan {KEY} more", 2),
        ("<<<<<<< HEAD", 2),
        ("=======", 2),
        (f"Cut 00-plan {KEY}", 2),
        ("cut 00-pl", 2),
    ],
)
def test_a_line_of_no_check_is_a_sentence(specs: Path, line: str, number: int) -> None:
    project = project_in(specs)
    (project.folder / ledger.NAME).write_text(f"{ledger.HEAD}\n{line}\n", "utf-8")
    with pytest.raises(SpecError) as caught:
        ledger.read(project)
    assert f"specs/{SLUG}/ledger.txt, line {number}: " in str(caught.value)
    assert "proven anew" in str(caught.value)


def test_a_ledger_that_cannot_be_read_or_written(
    specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_in(specs)
    file = project.folder / ledger.NAME
    assert ledger.read(project) == set(), "none is there"
    file.mkdir()
    with pytest.raises(SpecError, match="delete it, and everything is proven anew"):
        ledger.read(project)
    file.rmdir()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="cannot be read"):
        ledger.read(project)
    file.write_text(ledger.HEAD + "\n", "utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SpecError, match=r"read-only.*proven again the next time"):
        ledger.write(project, [Check("cut", "a", KEY)], [])
    assert file.read_text("utf-8") == ledger.HEAD + "\n"


def test_two_branches_have_the_lines_of_both(tmp_path: Path) -> None:
    """What .gitattributes says of ledgers makes Git merge them without a conflict."""
    attributes = (ROOT / ".gitattributes").read_text("utf-8")
    (tmp_path / "specs/x").mkdir(parents=True)
    (tmp_path / ".gitattributes").write_text(attributes, "utf-8")
    file = tmp_path / "specs/x/ledger.txt"
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")

    def commit(*keys: str) -> None:
        lines = [ledger.HEAD, *(f"cut 00-a {key * 32}" for key in keys)]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        git(tmp_path, "add", "-A")
        git(tmp_path, *who, "commit", "-q", "-m", "x")

    git(tmp_path, "init", "-q", "-b", "main")
    commit("1")
    git(tmp_path, "switch", "-q", "-c", "side")
    commit("2")
    git(tmp_path, "switch", "-q", "main")
    commit("3")
    git(tmp_path, *who, "merge", "-q", "side")
    lines = file.read_text("utf-8").splitlines()
    assert f"cut 00-a {'2' * 32}" in lines and f"cut 00-a {'3' * 32}" in lines
    assert not any(line.startswith(("<", "=", ">")) for line in lines)


def test_the_sample_is_drawn_by_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [Check("cut", f"{n}", KEY) for n in range(2000)]

    def drawn(commit: str) -> set[Check]:
        return {check for check in checks if ledger.sampled(check, commit)}

    first = drawn("a")
    assert first == drawn("a") and first != drawn("b")
    assert 0.03 < len(first) / len(checks) < 0.07
    monkeypatch.setenv("PROOF_SHARE", "1")
    assert len(drawn("a")) == len(checks)
    for wrong in ("much", "2", "-1", "nan"):
        monkeypatch.setenv("PROOF_SHARE", wrong)
        with pytest.raises(SpecError, match="PROOF_SHARE is a number from 0 to 1"):
            drawn("a")


# ------------------------------------------------------------------ a run of the suite

TESTS = """
import pytest
from djangopath import catalogue

SLUG = catalogue.slugs()[0]


@pytest.mark.ledger
@pytest.mark.parametrize("slug", [SLUG])
@pytest.mark.parametrize("which", ["green", "red"])
def test_something(slug, which):
    assert which == "green"


def test_no_project():
    pass
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template with one module of tests."""
    folder = tmp_path / "template"
    folder.mkdir()
    for name in ("djangopath", "tools", "hooks", "specs"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "cookiecutter.json", folder / "cookiecutter.json")
    shutil.copytree(ledger.SKELETON, folder / ledger.SKELETON.name)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    (folder / "tests").mkdir()
    shutil.copyfile(ROOT / "conftest.py", folder / "conftest.py")
    for name in ("__init__.py", "common.py", "proven.py", "queue_project.py"):
        shutil.copyfile(ROOT / "tests" / name, folder / "tests" / name)
    (folder / "tests/test_made_up.py").write_text(TESTS, "utf-8")
    for file in folder.glob(f"specs/*/{ledger.NAME}"):
        file.unlink()
    return folder


def suite(
    folder: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs the made-up tests as make test does."""
    return run_pytest(
        folder,
        "-q",
        "tests/test_made_up.py",
        *words,
        **{"PROOF_SHARE": "0", **variables},
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_what_was_green_is_left_out_and_what_was_red_is_not(
    template: Path, workers: tuple[str, ...]
) -> None:
    first = suite(template, *workers)
    assert "1 failed, 2 passed" in first.stdout, first.stdout
    assert "2 not proven in this state, 1 of the suite's own" in first.stdout
    file = template / "specs" / catalogue.slugs()[0] / ledger.NAME
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == 2 and lines[1].startswith("madeup test_something[green-")
    second = suite(template, *workers)
    assert "1 failed, 1 passed" in second.stdout, second.stdout
    assert "1 are proven" in second.stdout
    if workers:
        return  # what follows is decided before the work is shared out
    everything = suite(template, *workers, PROOF_ALL="1")
    assert "1 failed, 2 passed" in everything.stdout
    other = suite(template, *workers, PROOF_SEED="7")
    assert "1 failed, 2 passed" in other.stdout, "a ledger speaks of one seed"
    assert file.read_text("utf-8").splitlines() == lines


def test_a_forged_key_is_found_when_it_is_drawn(template: Path) -> None:
    """The line of the green check, with the name of the red one."""
    slug = catalogue.slugs()[0]
    file = template / "specs" / slug / ledger.NAME
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, '.')\n"
        "from djangopath import catalogue; from tools import ledger\n"
        f"project = catalogue.load({slug!r})\n"
        "module = Path('tests/test_made_up.py').resolve()\n"
        f"name = 'test_something[red-{slug}]'\n"
        "print(ledger.whole_check(project, 'madeup', name, module).line)\n"
    )
    forged = subprocess.run(
        [sys.executable, "-c", script],
        cwd=template,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    ).stdout
    file.write_text(f"{ledger.HEAD}\n{forged}", "utf-8")
    believed = suite(template)
    assert "2 passed" in believed.stdout and "failed" not in believed.stdout
    drawn = suite(template, PROOF_SHARE="1")
    assert drawn.returncode == 1
    assert f"THE LEDGER LIED: specs/{slug}/ledger.txt held madeup" in drawn.stdout
    assert forged.strip() not in file.read_text("utf-8")


def test_a_ledger_that_is_not_one_stops_the_suite(template: Path) -> None:
    slug = catalogue.slugs()[0]
    (template / "specs" / slug / ledger.NAME).write_text("cut\n", "utf-8")
    done = suite(template)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "Traceback" not in said
    assert f"specs/{slug}/ledger.txt, line 1: 'cut' is no line of a check" in said


def test_of_several_workers_one_computes_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another has written is read; what cannot be read is computed."""
    asked = []

    def check_of(item: Any, slug: str) -> Check:
        asked.append(item.nodeid)
        return Check("cut", item.nodeid, KEY)

    monkeypatch.setattr(proven, "check_of", check_of)
    monkeypatch.setenv("PROVEN_FOLDER", str(tmp_path))
    items: list[Any] = [SimpleNamespace(nodeid="a"), SimpleNamespace(nodeid="b")]
    workers: list[Any] = [
        SimpleNamespace(workerinput={"workerid": f"gw{n}", "workercount": 2})
        for n in range(2)
    ]
    first, second = (proven.Proven(config) for config in workers)
    expected = {name: Check("cut", name, KEY) for name in "ab"}
    assert first._checks(SLUG, items) == expected and asked == ["a", "b"]
    assert second._checks(SLUG, items) == expected and asked == ["a", "b"]
    assert second._checks(SLUG, items[:1]) == {"a": expected["a"]}, "of other tests"
    for text in ("", "[]", '{"a": 1}', '{"a": ["cut"]}', "\0"):
        (tmp_path / f"{SLUG}.json").write_text(text, "utf-8")
        asked.clear()
        assert second._checks(SLUG, items) == expected and asked == ["a", "b"], text
    assert first._in_turn(["x", "y", "z"]) == ["x", "y", "z"]
    assert second._in_turn(["x", "y", "z"]) == ["y", "z", "x"]
