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
from functools import partial
from pathlib import Path

from djangopath import catalogue
from djangopath.errors import SpecError
from djangopath.regions import RegionError
from tools import cuts, environments, proof, trials

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
    jobs: list[tuple[str, Callable[[], list[str]]]] = []
    if options.what == "trials":
        for trial in trials.trials(project):
            if options.task in ("", trial.task.slug):
                folder = place / f"{slug}-{trial.id}"
                job = partial(proof.trial_problems, project, trial, folder, python)
                jobs.append((trial.id, job))
    elif options.task:
        task = project.task(options.task)
        folder = place / f"{slug}-{task.slug}"
        jobs.append(
            (task.slug, lambda: proof.prove_task(project, task, folder, python))
        )
    else:
        for done in range(len(project.tasks) + 1):
            at_hand = project.order[done] if done < len(project.tasks) else "done"
            folder = place / f"{slug}-cut-{done}"
            job = partial(proof.prove_cut, project, done, folder, python)
            jobs.append((f"cut {done}, at {at_hand}", job))
    start = time.monotonic()
    found = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda job: problems_of(job[1]), jobs)
        for (name, _), problems in zip(jobs, results, strict=True):
            found += len(problems)
            print_verdict(slug, name, problems)
    seconds = time.monotonic() - start
    print(f"{slug}: {len(jobs)} {options.what}, {found} problems, {seconds:.0f} s")
    return found


def problems_of(job: Callable[[], list[str]]) -> list[str]:
    try:
        return job()
    except FAILURES as error:
        return [str(error)]


def print_verdict(slug: str, name: str, problems: list[str]) -> None:
    print(f"{slug}: {name}: {'ok' if not problems else 'NOT PROVEN'}", flush=True)
    for problem in problems:
        print("    " + problem.replace("\n", "\n    "), flush=True)


if __name__ == "__main__":
    sys.exit(main())
