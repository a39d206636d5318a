"""make mutants: who tests the acceptance tests.

The finished code is changed in one place at a time, and the acceptance tests of all
tasks are asked. What none of them notices is printed as a diff.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import libcst as cst

from djangopath import catalogue
from djangopath.catalogue import Project, Task
from djangopath.errors import SpecError
from djangopath.lay import cut_files, texts
from djangopath.regions import Line, RegionError, parse
from djangopath.source import File, Node
from tools import cuts, environments, runs
from tools.mutations import mutations

FAILURES = (SpecError, RegionError, RuntimeError)
# The modules in which what a project promises is written.
KINDS = ("models", "views", "forms", "serializers", "consumers", "services")
# The least share of mutants that is to be noticed.
TARGET = 0.97
# A mutant may take this many times as long as the finished code, and no less than so
# many seconds, before it is ended as one that hangs.
TIMES, LEAST = 3.0, 120.0


@dataclass(frozen=True)
class Source:
    """A file of the finished code.

    Attributes:
        path: inside the repository, with slashes.
        text: the file as a learner has it, without markers.
        owners: the task that wrote each line; None where none did.
        slugs: every task that wrote the file.
    """

    path: str
    text: str
    owners: tuple[str | None, ...]
    slugs: frozenset[str]


@dataclass(frozen=True)
class Mutant:
    """One changed place.

    Attributes:
        source: the file.
        text: the file with the change.
        operator: which kind of change it is.
        task: the task that wrote the place.
        line: the place, counted from 1 in the learner's file.
    """

    source: Source
    text: str
    operator: str
    task: Task
    line: int

    @property
    def changed(self) -> tuple[str, str]:
        """The lines that are changed, before and after, without their indentation."""
        old, new = _lines(self.source.text, self.text)
        before: list[str] = []
        after: list[str] = []
        for start, end, new_start, new_end in _differences(old, new):
            before += old[start:end]
            after += new[new_start:new_end]
        return bare("\n".join(before)), bare("\n".join(after))

    @property
    def diff(self) -> str:
        """The change as a unified diff, with two lines round it."""
        lines = difflib.unified_diff(
            *_lines(self.source.text, self.text),
            self.source.path,
            self.source.path,
            n=2,
            lineterm="",
        )
        return "\n".join(lines)

    @property
    def within(self) -> list[str]:
        """The classes and functions round the place, such as ``Form.clean``."""
        return [
            name
            for name, first, last in scopes(self.source.text)
            if first <= self.line <= last
        ]


@dataclass(frozen=True)
class Unseen:
    """Mutants that change nothing a user could see, and why: of ``unseen.yaml``.

    Attributes:
        path: the file.
        within: the class or function that they stand in; empty where any will do.
        line: the changed lines, without indentation.
        mutated: what stands there instead.
        reason: why nobody could see it.
    """

    path: str
    within: str
    line: str
    mutated: str
    reason: str

    def holds(self, mutant: Mutant) -> bool:
        """Whether this is one of them."""
        same = (self.path, self.line, self.mutated) == (
            mutant.source.path,
            *mutant.changed,
        )
        return same and (not self.within or self.within in mutant.within)


def _lines(before: str, after: str) -> tuple[list[str], list[str]]:
    return before.splitlines(), after.splitlines()


def _differences(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Where two texts differ: from line, to line in the first, and in the second."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, *places in matcher.get_opcodes():
        if tag != "equal":
            yield places[0], places[1], places[2], places[3]


def scopes(text: str) -> list[tuple[str, int, int]]:
    """Each class and function of a module: name, such as ``Form.clean``, and lines.

    The lines are the first and the last, counted from 1, without decorators. What
    stands inside another one comes after it.
    """
    found: list[tuple[str, int, int]] = []

    def visit(outer: str, node: ast.AST) -> None:
        for inner in ast.iter_child_nodes(node):
            name = outer
            if isinstance(inner, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                name = f"{outer}.{inner.name}".removeprefix(".")
                found.append((name, inner.lineno, inner.end_lineno or inner.lineno))
            visit(name, inner)

    visit("", ast.parse(text))
    return found


def bare(text: str) -> str:
    """A text with each line stripped, and without empty ones."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


# -------------------------------------------------------------------------- the mutants


def owners(raw: str, path: str, order: Sequence[str], text: str) -> list[str | None]:
    """The task that wrote each line of a file of the finished cut.

    Args:
        raw: the file with its markers.
        path: its path, whose name decides the comments.
        order: the slugs of all tasks.
        text: the file of the finished cut.

    Raises:
        RegionError: a marker is unknown, unclosed, crossed or misplaced.
    """
    parsed = parse(raw, path, order)
    written: list[str | None] = []
    for part in parsed.parts:
        if isinstance(part, Line):
            pairs = [(part.text, part.slug)]
        elif part.forms:
            pairs = [(line, part.forms[0].slug) for line in part.forms[0].lines]
        else:
            pairs = []
        written += [slug or parsed.slug for line, slug in pairs if line.strip()]
    # Markers move blank lines and no others.
    of_text = iter(written)
    return [next(of_text) if line.strip() else None for line in text.splitlines()]


def sources(project: Project, kind: str = "") -> list[Source]:
    """The Python files of the finished code that are to be changed.

    Args:
        project: whose files.
        kind: only modules of this name; those of ``KINDS`` where it is empty.

    Raises:
        SpecError: the project has no module of this name.
        RegionError: a marker is unknown, unclosed, crossed or misplaced.
    """
    found, names = [], set()
    done = len(project.order)
    marked = dict(texts(project.code))
    for laid in cut_files(project.code, project.order, done, project.owned):
        path = PurePosixPath(laid.path)
        own_test = "tests" in path.parts or path.stem.startswith("test")
        if path.suffix != ".py" or not laid.text or own_test:
            continue
        if "migrations" in path.parts:
            continue
        names |= {path.stem, path.parent.name} - {"", "__init__"}
        if {path.stem, path.parent.name}.isdisjoint((kind,) if kind else KINDS):
            continue
        raw = marked[laid.path]
        of_lines = owners(raw, laid.path, project.order, laid.text)
        slugs = frozenset(parse(raw, laid.path, project.order).slugs)
        found.append(Source(laid.path, laid.text, tuple(of_lines), slugs))
    if kind and not found:
        raise SpecError(
            f"{project.slug} has no module {kind!r}; its modules are "
            f"{', '.join(sorted(names))}"
        )
    return found


def mutants(project: Project, kind: str, seed: str) -> Iterator[Mutant]:
    """Mutants of a project's finished code, in an order that the seed decides.

    Only lines that a task wrote are changed.

    Raises:
        SpecError: the project has no module of this name.
    """
    possible = []
    for source in sources(project, kind):
        module = cst.parse_module(source.text)
        possible += [(source, module, mutation) for mutation in mutations(module)]
    random.Random(seed).shuffle(possible)
    seen: set[tuple[str, str]] = set()
    for source, module, mutation in possible:
        text = mutation.applied(module)
        if text is None or (source.path, text) in seen:
            continue
        seen.add((source.path, text))
        lines = changed_lines(source.text, text)
        slugs = [source.owners[line - 1] for line in lines]
        if slugs and slugs[0] is not None and None not in slugs:
            task = project.task(slugs[0])
            yield Mutant(source, text, mutation.operator, task, lines[0])


def changed_lines(before: str, after: str) -> list[int]:
    """The lines of the first text, from 1, that the second lacks; no blank ones."""
    old, new = _lines(before, after)
    return [
        line + 1
        for start, end, _, _ in _differences(old, new)
        for line in range(start, end)
        if old[line].strip()
    ]


# ------------------------------------------------------------------- those not to count


def unseen(project: Project) -> list[Unseen]:
    """What ``unseen.yaml`` of a project lists; nothing where there is no such file.

    Raises:
        SpecError: the file is malformed, or a line of it is not in the finished code.
    """
    path = project.folder / "unseen.yaml"
    if not path.exists():
        return []
    finished = dict(texts(project.code))
    return list(File(path).node.list_of(lambda node: _unseen(finished, node)))


def _unseen(finished: Mapping[str, str], node: Node) -> Unseen:
    node.take(("path", "line", "mutated", "reason"), ("within",))
    path, line = node["path"].text(), bare(node["line"].text())
    mutated = node["mutated"].value
    if not isinstance(mutated, str):
        node["mutated"].error("expected a text, empty where the line is taken away")
    marked = finished.get(path)
    if marked is None:
        node["path"].error(f"there is no file {path} in the finished code")
    # With its markers, among which the text of one change never stands.
    text = bare(marked)
    if f"\n{line}\n" not in f"\n{text}\n":
        node["line"].error(
            f"{path} no longer has this line; take the entry out, or mend the line"
        )
    within = node["within"].text() if "within" in node.value else ""
    if within and within not in {name for name, _, _ in scopes(marked)}:
        node["within"].error(f"{path} has no {within}")
    return Unseen(path, within, line, bare(mutated), node["reason"].text())


# ------------------------------------------------------------------------------ the run


@dataclass(frozen=True)
class Verdict:
    """What the acceptance tests say of a mutant.

    Attributes:
        noticed: whether a test failed, or the run had to be ended.
        by: the task whose test failed first; None where no test can be named.
    """

    noticed: bool
    by: Task | None = None


def tests_for(project: Project, mutant: Mutant) -> list[str]:
    """All acceptance tests, those first that will probably notice the mutant.

    First that of the task that wrote the place, then those of the others that wrote the
    file. Those of the phase Testing come last: they run the project's own tests.
    """

    def rank(task: Task) -> tuple[bool, bool, bool, int]:
        wrote = task.slug in mutant.source.slugs
        return task.phase == "Testing", task != mutant.task, not wrote, task.number

    return [task.test for task in sorted(project.tasks, key=rank)]


def judge(
    project: Project, mutant: Mutant, finished: Path, python: Path, seconds: float
) -> Verdict:
    """Asks the acceptance tests about a mutant.

    Args:
        project: whose mutant.
        mutant: what to ask about.
        finished: the finished cut, which is copied.
        python: the interpreter of the project's environment.
        seconds: how long the tests may take; then the mutant hangs, and is noticed.
    """
    with tempfile.TemporaryDirectory(dir=finished.parent) as place:
        folder = Path(place, "mutant")
        shutil.copytree(finished, folder)
        file = folder / mutant.source.path
        file.write_text(mutant.text, encoding="utf-8", newline="\n")
        tests = tests_for(project, mutant)
        try:
            run_ = runs.pytest(python, folder, "-x", *tests, seconds=seconds)
        except runs.Stopped:
            return Verdict(True)
    by = None
    for test in run_.tests:
        if test["outcome"] not in ("passed", "skipped"):
            by = next((t for t in project.tasks if t.test == test["file"]), None)
    return Verdict(run_.code != 0, by)


def ask(project: Project, options: argparse.Namespace, place: Path) -> bool:
    """Asks about the mutants of one project; gives back whether enough are noticed.

    Raises:
        SpecError: something does not fit, or the finished code itself is not green.
    """
    listed = unseen(project)
    chosen: list[Mutant] = []
    passed_over = 0
    for mutant in mutants(project, options.kind, options.seed):
        if len(chosen) == options.number:
            break
        if any(entry.holds(mutant) for entry in listed):
            passed_over += 1
        else:
            chosen.append(mutant)
    python = environments.environment(project)
    finished = cuts.write_cut(project, len(project.tasks), place / project.slug)
    start = time.monotonic()
    run_ = runs.pytest(python, finished, *(task.test for task in project.tasks))
    if run_.code:
        raise SpecError(
            f"{project.slug}: its finished code is not green by itself; run "
            f"make proof PROJECT={project.slug}\n{run_.output[-2000:]}"
        )
    seconds = max(LEAST, TIMES * (time.monotonic() - start))
    noticed, by_own_tests = 0, 0
    with ThreadPoolExecutor(options.jobs) as pool:
        verdicts = pool.map(
            lambda mutant: judge(project, mutant, finished, python, seconds), chosen
        )
        for mutant, verdict in zip(chosen, verdicts, strict=True):
            noticed += verdict.noticed
            by_own_tests += verdict.by is not None and verdict.by.phase == "Testing"
            if not verdict.noticed:
                print(description(project, mutant), flush=True)
    share = noticed / len(chosen) if chosen else 1.0
    print(
        f"{project.slug}: {noticed} of {len(chosen)} mutants noticed ({share:.1%}), "
        f"{by_own_tests} of them by tasks of the phase Testing only; {passed_over} of "
        f"unseen.yaml passed over; {time.monotonic() - start:.0f} s",
        flush=True,
    )
    return share >= TARGET


def description(project: Project, mutant: Mutant) -> str:
    """A mutant that nothing noticed: place, task, requirements, and the diff."""
    serves = ", ".join(mutant.task.serves) or "no requirement"
    return (
        f"{project.slug}: not noticed: {mutant.operator}, {mutant.source.path}, "
        f"line {mutant.line}, task {mutant.task.slug} ({serves})\n"
        + "".join(f"    {line}\n" for line in mutant.diff.splitlines()[2:])
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants")
    parser.add_argument("project", nargs="?", default="")
    parser.add_argument("--number", default="60", help="how many mutants a project")
    parser.add_argument("--kind", default="", help="only modules of this name")
    parser.add_argument("--seed", default="", help="repeats the same mutants and data")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    place = Path(tempfile.mkdtemp(prefix="djangopath-mutants-"))
    enough = True
    try:
        options.number = whole(options.number)
        known = catalogue.slugs()
        if options.project and options.project not in known:
            raise SpecError(
                f"there is no project {options.project!r}; "
                f"the projects are {', '.join(known)}"
            )
        options.seed = options.seed or str(random.randrange(10**6))
        os.environ["PROOF_SEED"] = options.seed
        print(f"SEED={options.seed} repeats the same mutants with the same data")
        for slug in [options.project] if options.project else known:
            enough &= ask(catalogue.load(slug), options, place)
    except FAILURES as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if not enough:
        print(f"fewer than {TARGET:.0%} are noticed", file=sys.stderr)
    return 0 if enough else 1


def whole(text: str) -> int:
    """A whole number of mutants, 1 or more.

    Raises:
        SpecError: the text is none.
    """
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SpecError(f"N is a whole number, 1 or more; got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
