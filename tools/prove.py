"""make proof and make trials: what a project's author runs all day."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from djangopath import catalogue
from djangopath.catalogue import Project
from djangopath.errors import SpecError
from djangopath.regions import RegionError
from tools import cuts, environments, ledger, new, proof, trials
from tools.ledger import Check

FAILURES = (SpecError, RegionError, RuntimeError)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.prove")
    parser.add_argument("what", choices=["proof", "trials"])
    parser.add_argument("project", nargs="?", default="")
    parser.add_argument("task", nargs="?", default="")
    parser.add_argument("--python", default="", help="another interpreter")
    parser.add_argument(
        "--newest", action="store_true", help="without pins: the newest packages"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    slugs = [options.project] if options.project else catalogue.slugs()
    # Other data each time, so that in the end any that matter come; fixed for a repeat.
    seed = os.environ.setdefault("PROOF_SEED", str(random.randrange(10**6)))
    problems = 0
    place = Path(tempfile.mkdtemp(prefix="djangopath-proof-"))
    try:
        for slug in slugs:
            problems += prove(slug, options, place)
    except FAILURES as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if problems:
        print(f"PROOF_SEED={seed} in front of make repeats it with the same data")
    return 1 if problems else 0


def prove(slug: str, options: argparse.Namespace, place: Path) -> int:
    """Proves one project; gives back how many problems were found."""
    if lacks := new.missing(slug):
        print_verdict(slug, "its folder", lacks)
        return len(lacks)
    project = catalogue.load(slug)
    if options.task and options.task not in project.order:
        raise SpecError(f"{slug} has no task {options.task!r}")
    try:
        python = environments.environment(
            project, options.python, newest=options.newest
        )
        cuts.skeleton(project)
    except FAILURES as error:
        # The other projects are tried all the same.
        print_verdict(slug, "its environment", [str(error)])
        return 1
    jobs = jobs_of(project, options, place, python)
    start = time.monotonic()
    found = 0
    green: set[Check] = set()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda job: problems_of(job.run), jobs)
        for index, (job, problems) in enumerate(zip(jobs, results, strict=True), 1):
            found += len(problems)
            print_verdict(slug, job.name, problems, left(start, index, len(jobs)))
            if job.check is not None and not problems:
                green.add(job.check)
    seconds = time.monotonic() - start
    print(f"{slug}: {len(jobs)} {options.what}, {found} problems, {seconds:.0f} s")
    # A key speaks of the pins, this Python and one seed.
    pinned = not (options.newest or options.python)
    if pinned and os.environ["PROOF_SEED"] == ledger.SEED:
        names = {str(check) for check in ledger.read(project)}
        names |= {str(c) for c in ledger.all_checks(project, trials.trials(project))}
        ledger.write(project, green, names)
    return found


@dataclass(frozen=True)
class Job:
    """Something to prove: its name, how, and its check where a ledger keeps it."""

    name: str
    run: Callable[[], list[str]]
    check: Check | None = None


def jobs_of(
    project: Project, options: argparse.Namespace, place: Path, python: Path
) -> list[Job]:
    """What is asked for, in the order of the tasks."""
    jobs = []
    if options.what == "trials":
        for trial in trials.trials(project):
            if options.task in ("", trial.task.slug):
                folder = place / f"{project.slug}-{trial.id}"
                run = partial(proof.trial_problems, project, trial, folder, python)
                check = ledger.trial_check(project, trial)
                jobs.append(Job(trial.id, run, check))
        return jobs
    if options.task:
        task = project.task(options.task)
        folder = place / f"{project.slug}-{task.slug}"
        return [
            Job(task.slug, partial(proof.prove_task, project, task, folder, python))
        ]
    for done in range(len(project.tasks) + 1):
        at_hand = project.order[done] if done < len(project.tasks) else "done"
        folder = place / f"{project.slug}-cut-{done}"
        run = partial(proof.prove_cut, project, done, folder, python)
        # The suite judges the last cut as a bake.
        kept = None if at_hand == "done" else ledger.cut_check(project, done)
        jobs.append(Job(f"cut {done}, at {at_hand}", run, kept))
    return jobs


def left(start: float, done: int, total: int) -> str:
    """How much is left, and for how long by what the others took."""
    if done == total:
        return ""
    minutes = (time.monotonic() - start) / done * (total - done) / 60
    return f" ({done} of {total}, about {max(minutes, 1):.0f} min left)"


def problems_of(run: Callable[[], list[str]]) -> list[str]:
    """What a run finds; what keeps it from being made is a problem too."""
    try:
        return run()
    except FAILURES as error:
        return [str(error)]


def print_verdict(slug: str, name: str, problems: list[str], note: str = "") -> None:
    """Prints a line, and the problems below it."""
    verdict = "ok" if not problems else "NOT PROVEN"
    print(f"{slug}: {name}: {verdict}{note}", flush=True)
    for problem in problems:
        print("    " + problem.replace("\n", "\n    "), flush=True)


if __name__ == "__main__":
    sys.exit(main())
