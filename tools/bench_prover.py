"""What cuts and trials cost, against the prover that had a process for each run.

    python -m tools.bench_prover          COUNT=60 SEED=… may be set

Two processes, each with the code of one of the two, prove the same random sample by
turns. What is counted is their processor time until their end, that of all processes
which they started included.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from djangopath.catalogue import ROOT
from tools import environments

BEFORE = "85ad1fd"  # the last commit with a process for each run
WANTED = 0.40
COUNT = int(os.environ.get("COUNT", "60"))

Item = tuple[str, str, str]  # "cut" or "trial", the project, how many tasks or the id

# Run with the code of either commit; it knows the names of both.
DRIVER = """
import json, os, resource, shutil, sys, tempfile
from pathlib import Path

sys.path.insert(0, os.getcwd())
from djangopath import catalogue
from tools import proof

if Path("tools/runs.py").exists():
    from tools import warm
    from tools.environments import environment
    from tools.trials import trials

    judged, close = proof.trial_problems, warm.close_all
    options = {"related_only": True}
else:
    environment, trials = proof.environment, proof.trials
    judged, close = proof.try_, lambda: None
    options = {"near": True}


def used():
    found = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


items = []
for slug in catalogue.slugs():
    project = catalogue.load(slug)
    environment(project)
    items += [["cut", slug, str(done)] for done in range(len(project.tasks) + 1)]
    items += [["trial", slug, trial.id] for trial in trials(project)]
print(json.dumps(items), flush=True)
before = used()  # environments are made once, and not measured
place = Path(tempfile.mkdtemp())
for line in sys.stdin:
    kind, slug, what = json.loads(line)
    project = catalogue.load(slug)
    python = environment(project)
    folder = place / "cut"
    if kind == "cut":
        problems = proof.prove_cut(project, int(what), folder, python, **options)
    else:
        trial = next(trial for trial in trials(project) if trial.id == what)
        problems = judged(project, trial, folder, python, **options)
    shutil.rmtree(folder)
    print(json.dumps(problems), flush=True)
close()
shutil.rmtree(place)
print(json.dumps(used() - before), flush=True)
"""


class Prover:
    """A process that proves what it is told, with the code in a folder."""

    def __init__(self, folder: Path, seed: str) -> None:
        env = {**os.environ, "PROOF_SEED": seed}
        self._process = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        # All cuts and trials that this code knows.
        self.items: list[Item] = [(k, slug, w) for k, slug, w in self._read()]

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the prover ended with {self._process.wait()}")
        return json.loads(line)

    def problems(self, item: Item) -> list[str]:
        """What is wrong with a cut or a trial."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(item) + "\n")
        self._process.stdin.flush()
        return list(self._read())

    def seconds(self) -> float:
        """Ends it; how much processor time all of it took."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return float(self._read())

    def close(self) -> None:
        """Ends it, whatever it is doing."""
        self._process.kill()
        self._process.wait()


def code_before(folder: Path) -> bool:
    """Writes the code of BEFORE into an empty folder; False where it is not here."""
    archive = folder.parent / "before.tar"
    command = ["git", "archive", "-o", str(archive), BEFORE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        return False
    folder.mkdir()
    shutil.unpack_archive(archive, folder, filter="data")
    # An environment of the same pins is there already.
    (folder / ".cache").symlink_to(environments.CACHE.resolve())
    return True


def measure(folders: Sequence[Path], seed: str) -> tuple[int, list[float]]:
    """How large the sample is, and the processor time that it takes in each folder.

    It is drawn from what the code in each folder knows.
    """
    provers: list[Prover] = []
    try:
        provers += [Prover(folder, seed) for folder in folders]
        known = set.intersection(*(set(prover.items) for prover in provers))
        items = random.Random(seed).sample(sorted(known), min(COUNT, len(known)))
        # A project's runs come together, as they do in make proof.
        items.sort(key=lambda item: item[1])
        for item in items:
            for prover in provers:
                for problem in prover.problems(item):
                    print(f"{' '.join(item)}: {problem}", flush=True)
        return len(items), [prover.seconds() for prover in provers]
    finally:
        for prover in provers:
            prover.close()


def bench_prover(place: Path) -> None:
    """Prints the ratio of both, of a random sample."""
    before = place / "before"
    if not code_before(before):
        print(f"prover: not measured, commit {BEFORE} is not in this clone")
        return
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**6))
    count, (now, then) = measure((ROOT, before), seed)
    print(
        f"processor time of {count} cuts and trials (SEED={seed}) against "
        f"{BEFORE}: {now / then:.2f} (at most {WANTED:g}); {now:.0f} s against "
        f"{then:.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        bench_prover(Path(name))
