"""A catalogue of copies: it loads, its checks have keys, and a change runs its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from djangopath import catalogue
from djangopath.catalogue import ROOT
from djangopath.errors import SpecError
from tests.common import git
from tools import bench_scale, ledger
from tools.examples import all_slugs
from tools.ledger import Check

SCALE = len(all_slugs()) + 2
COPIES = [f"copy-{number}" for number in range(len(all_slugs()) + 1, SCALE + 1)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template with two projects more, whose ledgers hold all keys."""
    folder = bench_scale.write_copy(tmp_path_factory.mktemp("scale"), SCALE)
    bench_scale.write_ledgers(folder)
    return folder


def collected(folder: Path, **variables: str) -> tuple[set[str], str]:
    """(ids of the tests that would run, what the suite says) of a collection."""
    done = subprocess.run(
        [*bench_scale.suite_command(), "--collect-only"],
        cwd=folder,
        env={**os.environ, "PROOF_ALL": "", "PROOF_PROJECT": "", **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    lines = done.stdout.splitlines()
    return {line for line in lines if "::" in line}, done.stdout


def ledgers(folder: Path) -> dict[str, set[Check]]:
    """The checks in each project's ledger."""
    specs = folder / "specs"
    return {
        slug: ledger.read(catalogue.load(slug, specs))
        for slug in catalogue.slugs(specs)
    }


def test_every_project_of_the_copy_loads_and_all_its_checks_have_keys(
    template: Path,
) -> None:
    specs = template / "specs"
    projects = {s: catalogue.load(s, specs) for s in catalogue.slugs(specs)}
    assert len(projects) == SCALE and set(COPIES) < set(projects)
    found = ledgers(template)
    for slug, project in projects.items():
        cuts = [check for check in found[slug] if check.kind == "cut"]
        assert len(cuts) == len(project.tasks), slug
        assert any(check.kind == "trial" for check in found[slug]), slug
        assert {check.kind for check in found[slug]} > {"cut", "trial"}, slug


def test_what_has_a_key_is_left_out_and_a_changed_view_runs_its_own(
    template: Path,
) -> None:
    nothing, said = collected(template, PROOF_SHARE="0")
    plan = re.search(r"run are none; (\d+) are proven", said)
    assert plan and nothing == set(), said
    (memory,) = (template / ".pytest_cache").rglob("green.txt")
    remembered = ledger.read_file(memory, "it")
    assert len(remembered) > 1000
    of_projects = sum(map(len, ledgers(template).values()))
    assert int(plan[1]) == of_projects + len(remembered)
    sample, said = collected(template)
    drawn = re.search(r"(\d+) proven, and drawn for the sample", said)
    assert drawn and len(sample) == int(drawn[1]) > 0

    slug = COPIES[-1]
    line = bench_scale.change_a_view(template, slug)
    assert line.startswith(f"specs/{slug}/code/")
    try:
        again, said = collected(template, PROOF_SHARE="0")
        assert any("a_cut_is_green" in test for test in again)
        # Of the suite's own those come back that may read the project.
        plan = re.search(r"(\d+) not proven in this state, (\d+) of the suite", said)
        assert plan and int(plan[1]) + int(plan[2]) == len(again)
        assert 0 < int(plan[2]) < len(remembered)
        others = {test for test in again if slug not in test}
        assert len(others) <= int(plan[2])
        assert not any(test.startswith("tests/test_watch.py") for test in others)
    finally:
        git(template, "checkout", "-q", "--", ".")


# ------------------------------------------------------------------------ which copies


def test_the_copies_bring_the_tasks_near_to_their_share() -> None:
    sizes = {"small": 8, "middle": 18, "large": 28}
    chosen = bench_scale.copies(sizes, 19)
    assert len(chosen) == 16 and set(chosen) == set(sizes)
    tasks = sum(sizes.values()) + sum(sizes[slug] for slug in chosen)
    assert abs(tasks - bench_scale.TASKS) < min(sizes.values())
    with pytest.raises(SpecError, match="SCALE is a whole number above 3"):
        bench_scale.copies(sizes, 3)


# ------------------------------------------------------------------- what came of a run


def test_a_run_is_told_by_pytest_s_own_lines() -> None:
    lines = [
        "ledger: run are 3 not proven in this state; 40 are proven; drawn by commit a",
        "FAILED tests/test_a.py::test_b - AssertionError: no",
        "ERROR tests/test_a.py::test_c",
        "1 failed, 2 passed, 1 skipped, 1 error in 63.00s (0:01:03)",
    ]
    run = bench_scale.summary(lines, 1.5, 2.5, 1)
    assert (run.ran, run.left_out) == (5, 40)
    assert run.failed == (
        "FAILED tests/test_a.py::test_b",
        "ERROR tests/test_a.py::test_c",
    )
    told = bench_scale.told("change", run, 2)
    assert "1.5 min (at most 15 on two cores, here 2)" in told
    assert "2.5 min of processor time" in told
    assert "5 tests ran, 40 were left out, 2 failed" in told


def test_the_command_is_that_of_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", "")
    [line] = [line for line in makefile.splitlines() if " -m pytest -n " in line]
    words = line.split("+ 1)) ")[1].split()
    assert words == bench_scale.OPTIONS


@pytest.mark.parametrize(
    ("scale", "runs", "says"),
    [
        ("many", "", "SCALE is a number of projects, such as 19, not 'many'"),
        ("1", "", "SCALE is a whole number above"),
        ("19", "some", "SCALE_RUNS is made of nothing, change, all"),
    ],
)
def test_a_wrong_answer_is_a_sentence(scale: str, runs: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench_scale"],
        cwd=ROOT,
        env={**os.environ, "SCALE": scale, "SCALE_RUNS": runs},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(says) and len(done.stderr.splitlines()) == 1
