"""The ledger of a project: which of its checks were green, and in which state.

``specs/<project>/ledger.txt`` has a line for each green check:

    cut 03-post-list 5f0c…

the kind of the check, its name, and its key: the hash of everything that the check
depends on. What has a line for its key need not be run again. Two branches merge by
union: each line is true by itself. Only the prover writes there.

A key holds no more than what can change a verdict, and that no run reads what is not in
its key is itself checked (`tools/plugins/reads.py`). What lies outside the repository,
such as the version of a database server, is in no key: a sample of the checks that have
one is run all the same, and once a week all are.
"""

from __future__ import annotations

import ast
import hashlib
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from djangopath.catalogue import ROOT, Project
from djangopath.errors import SpecError
from djangopath.git import environment
from djangopath.lay import cut_files
from tools.audit.pins import hashes, with_hashes
from tools.examples import all_slugs
from tools.proof import earlier_tasks, tasks_of_trial
from tools.reading import is_unkeyed
from tools.trials import Trial

NAME = "ledger.txt"
SHARE = 0.05  # of what is proven, the share that is run all the same
SEED = "1"  # of the random data that a key is for
HEAD = (
    "# Written by the prover: which checks were green, and the key of what they ran on."
)

SKELETON = ROOT / "{{cookiecutter.project_slug}}"
# What every test of the suite may use without importing it.
FIXTURES = ROOT / "conftest.py"
# Whose source decides how a cut is made and judged.
PROVER = (
    "djangopath/lay.py",
    "djangopath/regions.py",
    "tools/cuts.py",
    "tools/environments.py",
    "tools/proof.py",
    "tools/reading.py",
    "tools/runs.py",
    "tools/trials.py",
    "tools/verdicts.py",
    "tools/warm.py",
)

# Where a module may import from the package itself, also over the end of a line.
_FROM_ACCEPTANCE = re.compile(r"\bfrom[\s\\]+acceptance[\s\\]+import\b")
_LINE = re.compile(r"([a-z]+) ([^\s]+) ([0-9a-f]{32})")


@dataclass(frozen=True, order=True)
class Check:
    """One check of a project, such as ``cut 03-post-list``, in the state of its key."""

    kind: str
    name: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def line(self) -> str:
        """Its line in the ledger."""
        return f"{self.kind} {self.name} {self.key}"


# ---------------------------------------------------------------------------- the file


def read(project: Project) -> set[Check]:
    """The checks that a project's ledger holds; none where there is no ledger.

    Raises:
        SpecError: a line is none of a check.
    """
    return read_file(project.folder / NAME, label(project))


def label(project: Project) -> str:
    """What a message calls the ledger of a project."""
    return f"specs/{project.slug}/{NAME}"


def read_file(file: Path, name: str) -> set[Check]:
    """The checks that a file of lines holds; none where there is no file.

    Args:
        file: the file.
        name: what a message calls it.

    Raises:
        SpecError: it cannot be read, or a line is none of a check.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return set()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            f"{name} cannot be read ({error}); delete it, and everything is proven anew"
        ) from None
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise SpecError(
                f"{name}, line {number}: {line[:60]!r} is no line of a check; delete "
                "it, and what it stood for is proven anew"
            )
        found.add(Check(*match.groups()))
    return found


def write(
    project: Project,
    green: Iterable[Check],
    known: Iterable[str],
    red: Iterable[Check] = (),
) -> None:
    """Adds green checks to a project's ledger, sorted.

    An older key of the same check goes, and so does a check that is no longer there.

    Args:
        project: whose ledger.
        green: the checks that were green.
        known: ``kind name`` of all checks that the project has today.
        red: checks that were not, whose lines go.

    Raises:
        SpecError: the file cannot be read or written; it is as it was.
    """
    write_file(project.folder / NAME, label(project), green, known, red)


def write_file(
    file: Path,
    label: str,
    green: Iterable[Check],
    known: Iterable[str],
    red: Iterable[Check] = (),
) -> None:
    """Adds green checks to a file of lines, which a message calls ``label``.

    See `write`.
    """
    new = set(green)
    names, there = {str(check) for check in new}, set(known)
    kept = {
        check
        for check in read_file(file, label) - set(red)
        if str(check) in there and str(check) not in names
    }
    lines = [HEAD, *(check.line for check in sorted(kept | new))]
    text = "\n".join(lines) + "\n"
    try:
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return
        if file.exists() and not os.access(file, os.W_OK):
            raise PermissionError("it is read-only")
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{NAME}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except OSError as error:
        raise SpecError(
            f"{label} cannot be written ({error}), so what was proven now is proven "
            "again the next time"
        ) from None


def sampled(check: Check, commit: str) -> bool:
    """Whether a check that has its line is run all the same, at this commit."""
    return random.Random(f"{commit} {check.line}").random() < share()


def share() -> float:
    """The share of what is proven that is run all the same: PROOF_SHARE, or SHARE.

    Raises:
        SpecError: PROOF_SHARE is no number from 0 to 1.
    """
    given = os.environ.get("PROOF_SHARE", "")
    try:
        found = float(given) if given else SHARE
    except ValueError:
        found = -1
    if not 0 <= found <= 1:
        raise SpecError(f"PROOF_SHARE is a number from 0 to 1, not {given[:40]!r}")
    return found


def commit_id() -> str:
    """The id of the commit at hand; "" where Git names none."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "-q", "HEAD"],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()


# ------------------------------------------------------------------------------- keys


def digest(parts: Mapping[str, bytes | str] | Sequence[str]) -> str:
    """The hash of named contents, whatever their order; or of texts in theirs."""
    total = hashlib.sha256()
    named = isinstance(parts, Mapping)
    pairs = sorted(parts.items()) if isinstance(parts, Mapping) else enumerate(parts)
    for name, content in pairs:
        data = content if isinstance(content, bytes) else content.encode()
        total.update(f"{name if named else ''}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()[:32]


def cut_check(project: Project, done: int) -> Check:
    """The proof of the cut after ``done`` tasks."""
    at = project.order[done] if done < len(project.tasks) else "done"
    tasks = earlier_tasks(project, done, related_only=True)
    tests = [task.test for task in (*tasks, *project.tasks[done : done + 1])]
    parts = [_common(project), _cut(project, done), _acceptance(project, tuple(tests))]
    return Check("cut", f"{done:02}-{at}", digest([*parts, *tests]))


def trial_check(project: Project, trial: Trial) -> Check:
    """The trial of a wrong or a different solution."""
    tasks = tasks_of_trial(project, trial, related_only=True)
    tests = [task.test for task in tasks]
    parts = [_common(project), _cut(project, trial.task.number)]
    parts += [_acceptance(project, tuple(tests)), *tests]
    parts += [repr(trial.right), trial.says]
    parts += [repr(trial.edits), repr(trial.files)]
    return Check("trial", trial.id, digest(parts))


def whole_check(project: Project, kind: str, name: str, module: Path) -> Check:
    """A check of the suite that takes a whole bake of a project.

    Args:
        kind: the name of its module, without ``test_``.
        name: its own name, with its parameters and without blanks.
        module: the file of the test.
    """
    parts = [_common(project), whole(project), sources(module)]
    return Check(kind, name, digest(parts))


def own_check(kind: str, name: str, projects: Sequence[str] | None = None) -> Check:
    """A test of the template itself: no proof, and of no project.

    It depends on every file of the repository, except where it says itself which
    projects' folders it reads (the mark ``only_projects``).

    Args:
        kind: the name of its module, without ``test_``.
        name: its own name, with its parameters and without blanks.
        projects: the projects that it reads; None for all.

    Raises:
        SpecError: Git does not list the files.
    """
    chosen = None if projects is None else tuple(sorted(set(projects)))
    return Check(kind, name, _repository(chosen))


@cache
def _repository(projects: tuple[str, ...] | None) -> str:
    """All files of the repository, those of other projects left out."""
    parts: dict[str, bytes | str] = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor} {sys.platform}",
        "seed": SEED,
    }
    for path in _listed():
        place = Path(path).parts
        of_project = place[:1] == ("specs",) and place[1] in all_slugs()
        if place[-1] == NAME:
            continue
        if of_project and projects is not None and place[1] not in projects:
            continue
        file = ROOT / path
        parts[path] = file.read_bytes() if file.is_file() else b""
    return digest(parts)


@cache
def _listed() -> list[str]:
    """The files that Git knows or would add, as paths inside the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise SpecError(
            f"Git does not list the files of the template: {error}"
        ) from None
    return sorted(
        set(done.stdout.decode("utf-8", "surrogateescape").split("\0")) - {""}
    )


@cache
def _common(project: Project) -> str:
    """What all runs of a project depend on: pins, Python, prover, skeleton."""
    pins = (project.folder / "requirements.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in pins.splitlines()]
    lines = sorted(line for line in lines if line and not line.startswith("#"))
    parts: dict[str, bytes | str] = {
        "pins": "\n".join(with_hashes(lines, hashes())),
        "python": f"{sys.version_info.major}.{sys.version_info.minor} {sys.platform}",
        "seed": SEED,
        # All that the skeleton's templates ask of a project.
        "facts": repr(
            [
                project.slug,
                project.services,
                project.server,
                project.production,
                project.development,
                project.apps,
                project.seed,
                [(task.slug, task.test) for task in project.tasks],
            ]
        ),
    }
    for file in sorted(SKELETON.rglob("*")):
        path = file.relative_to(SKELETON).as_posix()
        if not file.is_file() or "__pycache__" in file.parts:
            continue
        if not is_unkeyed(path) and not path.startswith("acceptance/"):
            parts[f"skeleton {path}"] = file.read_bytes()
    for file in library_files():
        parts[file.relative_to(ROOT).as_posix()] = file.read_bytes()
    return digest(parts)


def library_files() -> list[Path]:
    """The prover's own sources."""
    plugins = sorted((ROOT / "tools/plugins").glob("*.py"))
    return [*(ROOT / name for name in PROVER), *plugins, SKELETON / ".path/warm.py"]


@cache
def _cut(project: Project, done: int) -> str:
    """The code of a cut."""
    parts: dict[str, bytes | str] = {}
    for laid in cut_files(project.code, project.order, done, project.owned):
        data = laid.source.read_bytes() if laid.text is None else laid.text
        parts[laid.path] = data
    return digest(parts)


@cache
def _acceptance(project: Project, tests: tuple[str, ...]) -> str:
    """Acceptance tests, and the modules beside them that they import."""
    names = [Path(test).name for test in tests]
    parts: dict[str, bytes | str] = {}
    for name in _imported(project, (*names, "__main__.py", "support.py")):
        file = _acceptance_file(project, name)
        parts[name] = file.read_bytes() if file.is_file() else b""
    return digest(parts)


@cache
def _imported(project: Project, names: tuple[str, ...]) -> list[str]:
    """The names of files, and of those that they import, over any number of steps."""
    found: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += _imports(_acceptance_file(project, name))
    return sorted(found)


def _acceptance_file(project: Project, name: str) -> Path:
    own = project.acceptance / name
    return own if own.exists() else SKELETON / "acceptance" / name


@cache
def _imports(file: Path) -> list[str]:
    """The modules of ``acceptance`` that a file names: imports, and dotted in texts.

    A process of its own is started as ``-m acceptance.deployed``, and a function is
    called by its dotted name, so texts count as well.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return []
    found = {f"{name}.py" for name in re.findall(r"\bacceptance\.(\w+)", text)}
    if _FROM_ACCEPTANCE.search(text):  # to take a file apart costs far more
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module == "acceptance":
                found |= {f"{alias.name}.py" for alias in node.names}
    return sorted(found)


@cache
def whole(project: Project) -> str:
    """All that a bake of a project is made of, and its own checks."""
    parts: dict[str, bytes | str] = {}
    places = [ROOT / "cookiecutter.json", ROOT / "hooks", ROOT / "djangopath", SKELETON]
    specs = project.folder.parent
    places += [project.folder, specs / "shared", specs / "services"]
    for place in [*places, *specs.glob("*.*")]:
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        for file in files:
            inside = file.relative_to(place.parent)
            left_out = {NAME, "__pycache__", "trials"} & set(inside.parts)
            if file.is_file() and not left_out:
                parts[inside.as_posix()] = file.read_bytes()
    return digest(parts)


@cache
def sources(module: Path) -> str:
    """A module of tests, the fixtures, and the modules of ours that both import.

    A script beside one of them that it names is among them, as is what the script
    imports: it runs in a project's environment, where its own folder is importable.
    """
    parts: dict[str, bytes] = {}
    waiting = [module, FIXTURES]
    while waiting:
        file = waiting.pop()
        path = file.relative_to(ROOT).as_posix()
        if path in parts:
            continue
        parts[path] = file.read_bytes()
        imported, scripts = _named(parts[path])
        found = [ROOT / f"{name.replace('.', '/')}.py" for name in imported]
        beside = [name for name in imported if "." not in name]
        found += [file.parent / f"{name}.py" for name in [*beside, *scripts]]
        waiting += [one for one in found if one.is_file()]
    return digest(parts)


@cache
def _named(source: bytes) -> tuple[list[str], list[str]]:
    """What a module may need, by what is written in it.

    Given back are the dotted names that it may import, and the stems of the files that
    it names in a text, such as ``"hammer.py"``.
    """
    names: list[str] = []
    scripts: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            scripts += re.findall(r"\A(\w+)\.py\Z", node.value)
    return names, scripts


def all_checks(project: Project, trials: Iterable[Trial]) -> list[Check]:
    """The proofs and trials of a project, in the order of its tasks."""
    cuts = [cut_check(project, done) for done in range(len(project.tasks))]
    return [*cuts, *(trial_check(project, trial) for trial in trials)]
