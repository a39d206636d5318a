"""make folders: the first and the finished cut of every project, as folders to browse.

The same commit gives the same bytes: what a bake makes at random or by today's date is
left out or set. ``--publish REMOTE`` puts the folders that were written on a branch of
their own, and runs nothing but Git: it is the step that knows a token.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from djangopath import catalogue, finish
from djangopath.catalogue import DONE, ROOT, Project
from djangopath.errors import SpecError
from djangopath.git import environment
from djangopath.lay import code_files
from djangopath.regions import RegionError
from tools import cuts

FOLDER = ROOT / "folders"
BRANCH = "projects"
FIRST, FINISHED = "first", "finished"
# A Monday; the plan in TASKS.md starts on it, whenever the folders are written.
START = "2027-01-04"
INDEX = "README.md"
HEAD = """\
# The projects of djangopath

Each project as a learner gets it (first) and as it stands when all tasks are done
(finished). Written by `make folders`; nothing here is edited by hand. To work on one,
bake it: a bake has your own dates, name and Git repository.

| project | level | hours | tasks | first | finished |
| --- | --- | --- | --- | --- | --- |
"""


def write(target: Path, projects: Sequence[Project]) -> int:
    """Writes the folders and their index; gives back the number of files.

    Everything is baked before anything in ``target`` is replaced.

    Raises:
        SpecError: ``target`` holds what this did not write.
        RuntimeError: a bake failed.
    """
    foreign = foreign_names(target)
    if foreign:
        raise SpecError(
            f"{target} holds {', '.join(foreign)}, which make folders did not write; "
            "move it away or name another folder with --output"
        )
    with tempfile.TemporaryDirectory(prefix="djangopath-folders-") as name:
        place = Path(name)
        made = place / "folders"
        count = 0
        for project in projects:
            for cut, start_at in ((FIRST, project.order[0]), (FINISHED, DONE)):
                baked = bake(project, start_at, place / "bakes" / project.slug / cut)
                count += copy(baked, made / project.slug / cut)
        (made / INDEX).write_text(index(projects), encoding="utf-8", newline="\n")
        if target.exists():
            shutil.rmtree(target)
        shutil.move(made, target)
    return count + 1


def foreign_names(target: Path) -> list[str]:
    """What lies in a folder and is none of ours."""
    if not target.exists():
        return []
    if not target.is_dir():
        return [target.name]
    ours = {INDEX, *catalogue.slugs()}
    return sorted(entry.name for entry in target.iterdir() if entry.name not in ours)


def bake(project: Project, start_at: str, place: Path) -> Path:
    """A bake whose answers are the same every day."""
    answers = {"project": project.slug, "project_slug": project.slug}
    return cuts.bake(place, **answers, start_at=start_at, start_date=START)


def copy(baked: Path, target: Path) -> int:
    """Copies what a bake commits: no secrets, no history; gives back how many files."""
    files = list(code_files(baked))
    for path, file in files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target / path)
        if (
            path == finish.START
        ):  # its name is random, and a folder is no repository yet
            data = json.loads(file.read_text(encoding="utf-8")) | {"id": ""}
            text = json.dumps(data, indent=1) + "\n"
            (target / path).write_text(text, encoding="utf-8", newline="\n")
    return len(files)


def index(projects: Sequence[Project]) -> str:
    """The page that links to every folder."""
    rows = []
    for project in projects:
        first, finished = f"{project.slug}/{FIRST}", f"{project.slug}/{FINISHED}"
        rows.append(
            f"| {project.title} | {project.level} | {float(project.hours):g} "
            f"| {len(project.tasks)} "
            f"| [{first}]({first}/README.md), [the plan]({first}/TASKS.md) "
            f"| [{finished}]({finished}/README.md), [the spec]({finished}/SPEC.md) |\n"
        )
    return HEAD + "".join(rows)


# ------------------------------------------------------------------------- publishing


def git(
    *arguments: str, ok: Sequence[int] = (0,), env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Git's exit code, and what it printed.

    Raises:
        RuntimeError: another exit code than those of ``ok``, with what Git said.
    """
    done = subprocess.run(
        ["git", *arguments],
        env={**environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode not in ok:
        lines = done.stderr.strip() or "it gave no reason"
        raise RuntimeError(f"git {arguments[0]}: {lines}")
    return done.returncode, done.stdout.strip()


def whole(folder: Path) -> None:
    """Raises SpecError where a project is missing: publishing would take it away."""
    for slug in catalogue.slugs():
        if not (folder / slug).is_dir():
            raise SpecError(f"There is no {folder / slug}; run make folders first")


def address(remote: str) -> str:
    """The address of a remote of this repository; an address stands for itself."""
    named = ["-C", str(ROOT), "remote", "get-url", "--push", remote]
    unknown, url = git(*named, ok=(0, 2, 128))
    return remote if unknown else url


def publish(folder: Path, remote: str, message: str) -> str:
    """Puts a folder on the branch of a remote as one more commit; says what came of it.

    The branch shares no history with any other. Nothing is forced: a push that meets
    somebody else's commit fails.

    Raises:
        RuntimeError: Git fails, or the remote is out of reach.
    """
    ref = f"refs/heads/{BRANCH}"
    with tempfile.TemporaryDirectory(prefix="djangopath-publish-") as place:
        git("init", "--quiet", "--bare", place)
        env = {"GIT_DIR": place, "GIT_WORK_TREE": str(folder)}
        env["GIT_INDEX_FILE"] = str(Path(place, "index"))
        missing, _ = git("ls-remote", "--exit-code", remote, ref, ok=(0, 2))
        parents: list[str] = []
        if not missing:
            git("fetch", "--quiet", "--depth=1", remote, ref, env=env)
            parents = ["-p", git("rev-parse", "FETCH_HEAD", env=env)[1]]
        # Forced, because each project's own .gitignore would have a say here.
        git("-C", str(folder), "add", "--all", "--force", ".", env=env)
        tree = git("write-tree", env=env)[1]
        if parents and same_tree(tree, env):
            return f"{BRANCH} is up to date."
        commit = git("commit-tree", *parents, "-m", message, tree, env=env)[1]
        git("push", "--quiet", remote, f"{commit}:{ref}", env=env)
    return f"{BRANCH} is now at {commit[:12]}: {message}"


def same_tree(tree: str, env: Mapping[str, str]) -> bool:
    """Whether the branch holds exactly this."""
    return git("rev-parse", "FETCH_HEAD^{tree}", env=env)[1] == tree


def main() -> int:
    """Writes the folders, or publishes those that were written."""
    parser = argparse.ArgumentParser(prog="python -m tools.folders")
    parser.add_argument("projects", nargs="*", help="slugs; every project if none")
    parser.add_argument("--output", type=Path, default=FOLDER)
    parser.add_argument("--publish", metavar="REMOTE", default="")
    options = parser.parse_args()
    chosen = options.projects or catalogue.slugs()
    try:
        if options.publish:
            whole(options.output)
            state = git("-C", str(ROOT), "describe", "--tags", "--always")[1]
            remote = address(options.publish)
            print(publish(options.output, remote, f"The projects at {state}"))
        else:
            count = write(options.output, [catalogue.load(slug) for slug in chosen])
            print(f"{count} files in {options.output}")
    except (SpecError, RegionError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
