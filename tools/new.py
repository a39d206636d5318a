"""make new PROJECT=guestbook: lays a new project's folder; says what a folder lacks.

What is laid is a running project of one task, from ``specs/shared/new-project/``. Each
place that its author has to fill begins with WRITE, and `missing` finds those that are
left, so ``make proof`` of an unfinished project is a list of what to do.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from djangopath import catalogue, tracks
from djangopath.catalogue import SPECS
from djangopath.errors import SpecError
from djangopath.lay import code_files, texts
from djangopath.regions import RegionError, parse, styles_of
from djangopath.source import SLUG

WRITE = "WRITE: "
# Where what a line asks for ends: a quotation mark, a tag, the end of a comment.
_END = re.compile(r"[\"]|\{%|</|\*/")
# Folders that every project has; an app may not be called like one of them.
TAKEN = {"acceptance", "accounts", "config", "docs", "static", "tasks", "templates"}


def lay(slug: str, specs: Path = SPECS) -> Path:
    """Lays the folder of a new project and gives it back.

    Title, level and first milestone are those of the roadmap where it has the project.

    Raises:
        SpecError: the name is no slug, or something of this name is there.
    """
    if not SLUG.fullmatch(slug):
        raise SpecError(
            f"{slug!r} is no name of a project: write small letters, digits and single "
            "dashes, such as make new PROJECT=guestbook"
        )
    target = specs / slug
    if target.exists():
        raise SpecError(f"specs/{slug} exists and stays as it is; choose another name")
    words = words_for(slug, specs)
    source = specs / "shared" / "new-project"
    half = specs / f".{slug}.new"
    try:
        for path, file in code_files(source):
            text = file.read_text(encoding="utf-8")
            for word, value in words.items():
                path = path.replace(word, value)
                text = text.replace(word, value)
            (half / path).parent.mkdir(parents=True, exist_ok=True)
            (half / path).write_text(text, encoding="utf-8", newline="\n")
            shutil.copymode(file, half / path)
        half.rename(target)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return target


def words_for(slug: str, specs: Path) -> dict[str, str]:
    """What stands for what in the files that are laid."""
    app = slug.replace("-", "_")
    words = {
        "__slug__": slug,
        "__app__": f"{app}_site" if app in TAKEN | {"test", "tests", "site"} else app,
        "__title__": f"{WRITE}the name of the system",
        "__level__": "Beginner",
        "__milestone_title__": f"{WRITE}what is reached",
        "__milestone__": "first",
    }
    project = tracks.roadmap(specs)[0].get(slug)
    if project:
        first, *_ = project.milestones.values()
        words |= {"__title__": project.title, "__level__": project.level}
        words |= {"__milestone__": first.slug, "__milestone_title__": first.title}
    return words


def missing(slug: str, specs: Path = SPECS) -> list[str]:
    """What a project's folder still lacks before it can be proven, a sentence each."""
    if not (specs / slug).is_dir():
        return []  # catalogue.load says so
    return [*_unwritten(slug, specs), *_not_made(slug, specs), *_tasks(slug, specs)]


def _unwritten(slug: str, specs: Path) -> Iterator[str]:
    """The places that are the author's and were not filled."""
    for path, file in code_files(specs / slug):
        try:
            lines = file.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            _, found, what = line.partition(WRITE)
            if found:
                what = _END.split(what)[0].strip()
                yield f"specs/{slug}/{path}, line {number}: still to write: {what}"


def _not_made(slug: str, specs: Path) -> Iterator[str]:
    """What a make target writes, and what the roadmap has to say."""
    for name, target in (
        ("requirements.txt", "lock"),
        ("requirements-prod.txt", "lock"),
        ("tracks.md", "syllabus"),
        ("topics.json", "syllabus"),
    ):
        if not (specs / slug / name).is_file():
            yield f"specs/{slug}/{name} is missing; run make {target}"
    questions = specs.parent / "cookiecutter.json"
    if slug not in json.loads(questions.read_text(encoding="utf-8"))["project"]:
        yield f"cookiecutter.json does not offer {slug}; run make questions"
    try:
        project = tracks.roadmap(specs)[0].get(slug)
    except SpecError as error:
        yield str(error)
        return
    if project is None:
        yield f"specs/roadmap.yaml has no project {slug}; write it under projects"
    elif project.coming:
        yield f"specs/roadmap.yaml: {slug} is no longer coming; take that key out"


def _tasks(slug: str, specs: Path) -> Iterator[str]:
    """Tasks without a test or without code, and what the files of the spec refuse."""
    try:
        project = catalogue.load(slug, specs)
        owned = set(project.owned.values())
        for path, text in texts(project.code):
            if styles_of(path):
                owned |= parse(text, path, project.order).slugs
    except (SpecError, RegionError) as error:
        yield str(error)
        return
    for task in project.tasks:
        if not (project.folder / task.test).is_file():
            yield f"specs/{slug}/{task.test} is missing: the test of task {task.slug}"
        if task.slug not in owned:
            yield (
                f"no file under specs/{slug}/code/ has a region of task {task.slug}, "
                "and its files: names none"
            )


def main() -> int:
    slug = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        lay(slug)
    except SpecError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"could not write specs/{slug}: {error.strerror}", file=sys.stderr)
        return 1
    print(
        f"specs/{slug}/ is laid. Fill in what begins with {WRITE.strip()} and name the "
        "project in specs/roadmap.yaml.\nThen: make questions, make lock, make "
        f"syllabus, make proof PROJECT={slug}, which says what is left."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
