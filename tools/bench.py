"""make bench: ratios of medians, each pair measured alternately in one run."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from djangopath import catalogue
from djangopath.catalogue import ROOT
from tools import cuts, environments, load
from tools.bench_prover import bench_prover
from tools.examples import EXAMPLE, EXAMPLE_TASK

ROUNDS = int(os.environ.get("ROUNDS", "15"))
PROJECTS = 200
# A file of the example that its tests import.
VIEWS = f"{EXAMPLE}/views.py"


def seconds(command: list[str], cwd: Path) -> float:
    """How long a command takes, from start to end."""
    env = environments.clean_env()
    # Modules are compiled once, by the first run, as they are for everybody.
    del env["PYTHONDONTWRITEBYTECODE"]
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)
    return time.perf_counter() - start


def compare(
    name: str,
    limit: float | None,
    ours: Callable[[], float],
    other: Callable[[], float],
    rounds: int = ROUNDS,
) -> None:
    """Measures two things by turns and prints the ratio of their medians."""
    ours(), other()  # the first run fills caches
    pairs = [(ours(), other()) for _ in range(rounds)]
    mine = statistics.median(pair[0] for pair in pairs)
    theirs = statistics.median(pair[1] for pair in pairs)
    wanted = f"at most {limit:g}" if limit else "printed only"
    ratio = mine / theirs
    print(
        f"{name}: {ratio:.2f} ({wanted}); {1000 * mine:.0f} ms against "
        f"{1000 * theirs:.0f} ms, medians of {rounds}",
        flush=True,
    )


def template_copy(place: Path) -> Path:
    """A copy of the template without its tests, caches and history."""
    target = place / "template"
    ignore = shutil.ignore_patterns(
        ".git", ".venv", ".cache", "bakes", "tests", ".hypothesis", "__pycache__"
    )
    shutil.copytree(ROOT, target, ignore=ignore)
    return target


def crowded(place: Path) -> Path:
    """A copy of the template with 200 made-up projects beside its own."""
    target = template_copy(place / "crowded")
    file = target / "cookiecutter.json"
    questions = json.loads(file.read_text("utf-8"))
    for number in range(PROJECTS):
        slug = f"made-up-{number}"
        shutil.copytree(target / "specs" / EXAMPLE, target / "specs" / slug)
        questions["project"].append(slug)
        questions["__prompts__"]["project"][slug] = f"Beginner · {slug}"
    file.write_text(json.dumps(questions), "utf-8")
    return target


def empty_template(place: Path) -> Path:
    """The least that cookiecutter can bake: one question, one file."""
    folder = place / "empty/{{cookiecutter.project_slug}}"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# {{ cookiecutter.project_slug }}\n", "utf-8")
    text = json.dumps({"project_slug": "mine"})
    (folder.parent / "cookiecutter.json").write_text(text, "utf-8")
    return folder.parent


def bench_bake(place: Path) -> None:
    config = place / "config.yaml"
    config.write_text(
        f"replay_dir: {place}/replay\ncookiecutters_dir: {place}\n", "utf-8"
    )

    def baking(template: Path, *answers: str) -> Callable[[], float]:
        def once() -> float:
            output = Path(tempfile.mkdtemp(dir=place))
            command = [sys.executable, "-m", "cookiecutter", str(template)]
            command += ["--no-input", "--config-file", str(config), "-o", str(output)]
            taken = seconds([*command, *answers], place)
            assert (output / "mine").is_dir()
            shutil.rmtree(output)
            return taken

        return once

    answers = (f"project={EXAMPLE}", "project_slug=mine")
    plain = template_copy(place / "plain")
    alone = baking(plain, *answers)
    compare(
        f"bake of {EXAMPLE}, with git, against an empty template",
        1.5,
        alone,
        baking(empty_template(place)),
    )
    compare(
        f"bake of {EXAMPLE} among {PROJECTS} more projects against without",
        1.1,
        baking(crowded(place), *answers),
        alone,
    )


def bench_path(place: Path) -> None:
    project = catalogue.load(EXAMPLE)
    python = str(environments.environment(project))
    task = project.task(EXAMPLE_TASK)
    folder = cuts.write_cut(project, task.number - 1, place / "cut")
    compare(
        "path.py check of one task against pytest on its file",
        1.05,
        lambda: seconds([python, "path.py", "check", task.slug], folder),
        lambda: seconds([python, "-m", "pytest", "-q", task.test], folder),
    )
    bench_further(place)
    compare(
        "path.py against importing click and rich",
        1.5,
        lambda: seconds([python, "path.py"], folder),
        lambda: seconds([python, "-c", "import click, rich"], folder),
        2 * ROUNDS,
    )


def bench_further(place: Path) -> None:
    """A check that passes while all other tasks are ticked, in every project."""
    for slug in catalogue.slugs():
        project = catalogue.load(slug)
        python = str(environments.environment(project))
        tasks = [t for t in project.tasks if t.phase == "Feature development"]
        task = tasks[len(tasks) // 2]
        folder = cuts.write_cut(project, len(project.tasks), place / f"done-{slug}")
        # What each test takes is known to whoever has come so far.
        seconds([python, "path.py", "check", "--all"], folder)
        ran = [python, "path.py", "check", task.slug]
        compare(
            f"path.py check of one task of {slug} that passes against --only",
            1.5,
            partial(seconds, ran, folder),
            partial(seconds, [*ran, "--only"], folder),
            max(ROUNDS // 3, 3),
        )


def bench_watch(place: Path) -> None:
    project = catalogue.load(EXAMPLE)
    python = str(environments.environment(project))
    task = project.task(EXAMPLE_TASK)
    folder = cuts.write_cut(project, task.number - 1, place / "watched")
    env = environments.clean_env()
    del env["PYTHONDONTWRITEBYTECODE"]
    watching = subprocess.Popen(
        [python, "path.py", "watch"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )

    def verdict() -> None:
        assert watching.stdout is not None
        for line in watching.stdout:
            if line.startswith("  checked at "):
                return
        raise RuntimeError("path.py watch has ended")

    def saved() -> float:
        start = time.perf_counter()
        with (folder / VIEWS).open("a", encoding="utf-8") as file:
            file.write("# saved\n")
        verdict()
        return time.perf_counter() - start

    try:
        verdict()
        compare(
            "path.py watch, from a save to the verdict, against pytest on its file",
            0.6,
            saved,
            lambda: seconds([python, "-m", "pytest", "-q", task.test], folder),
        )
    finally:
        watching.terminate()
        watching.wait()


def bench_proof() -> None:
    start = time.perf_counter()
    command = [sys.executable, "-m", "tools.prove", "proof"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    taken = time.perf_counter() - start
    result = "all proven" if done.returncode == 0 else "NOT PROVEN"
    count = sum(len(catalogue.load(slug).tasks) for slug in catalogue.slugs())
    print(f"proof of every project, {count} tasks: {taken:.0f} s, {result}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        bench_bake(place)
        bench_path(place)
        bench_watch(place)
        load.run_benches([], Path(tempfile.mkdtemp(dir=place)))
        bench_prover(place)
    bench_proof()


if __name__ == "__main__":
    main()
