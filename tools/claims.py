"""The register of claims about other software, and whether each of them holds.

``specs/claims.yaml`` names each claim that a program can check, and where the pages say
it. What checks it is a function of ``specs/claims/``, run with a project's pins, or
a test that proves it already. After ``make lock UPGRADE=1`` this tells which pages are
wrong:

    python -m tools.claims [SLUG ...]
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from djangopath import catalogue
from djangopath.errors import SpecError
from djangopath.source import File, Node
from tools import services
from tools.environments import environment
from tools.runs import Stopped, run_python

ROOT = catalogue.ROOT
REGISTER = ROOT / "specs" / "claims.yaml"
PROGRAMS = ROOT / "specs" / "claims"
SECONDS = 120.0  # for one claim; those that wait for nothing take a second
SHORTEST, LONGEST = 8, 80  # signs of a quotation

# What a claim may need of this machine: how it is called, and whether it is here.
NEEDS: dict[str, tuple[str, Callable[[], bool]]] = {
    "chromium": (
        "chromium (on Debian: apt-get install chromium)",
        lambda: shutil.which("chromium") is not None,
    ),
    "nginx": ("nginx", lambda: shutil.which("nginx") is not None),
    "postgres": (
        f"PostgreSQL at {services.DATABASE}",
        lambda: services.listening(services.DATABASE),
    ),
    "redis": (
        f"Redis at {services.REDIS}",
        lambda: services.listening(services.REDIS),
    ),
}
# Of those, the servers that are given to a claim, and the variable that names them.
GIVEN: dict[str, tuple[str, Callable[[Path, Path], AbstractContextManager[str]]]] = {
    "postgres": ("DATABASE_URL", services.postgres),
    "redis": ("REDIS_URL", services.redis),
}


@dataclass(frozen=True)
class Quote:
    """Words of the repository that say a claim."""

    file: str
    text: str
    where: str  # file and line of the register, for a message

    @property
    def found(self) -> bool:
        """Whether the file still says so."""
        return self.line > 0

    @property
    def line(self) -> int:
        """The line where the words begin, from 1; 0 where they are not there."""
        # Words may go on in the next line, in a comment behind its sign.
        words = (re.escape(word) for word in self.text.split())
        pattern = r"(?:\s|\n\s*(?:#|//)\s)+".join(words)
        text = _source(self.file)
        match = re.search(pattern, text)
        return text[: match.start()].count("\n") + 1 if match else 0


@cache
def _source(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Claim:
    """What the pages say of other software, and how it is checked.

    Attributes:
        slug: its name; that of the function as well.
        text: what is true, in one sentence.
        packages: the first project that pins all of these lends its environment; where
            there are none, it is that of the template's own tools.
        needs: of `NEEDS`, what has to be on this machine.
        said: where the pages say it.
        program: the module of ``specs/claims/`` with the function; or empty.
        test: the test that proves it, ``file::name``; or empty.
    """

    slug: str
    text: str
    packages: tuple[str, ...]
    needs: tuple[str, ...]
    said: tuple[Quote, ...]
    program: str
    test: str

    @property
    def function(self) -> str:
        """The name of what checks it."""
        return self.slug.replace("-", "_")

    @property
    def missing(self) -> str:
        """What is needed and not on this machine; empty where all is here."""
        away = [
            called for called, here in map(NEEDS.__getitem__, self.needs) if not here()
        ]
        return " and ".join(away)


@dataclass(frozen=True)
class Outcome:
    """What came of a check: the claim holds where `seen` and `skipped` are empty."""

    claim: Claim
    seen: str = ""
    skipped: str = ""

    @property
    def report(self) -> str:
        """What a reader has to know of a claim that does not hold."""
        lines = [f"claim: {self.claim.text}", f"seen:  {self.seen}"]
        for quote in self.claim.said:
            lines.append(f'said:  {quote.file}, line {quote.line}: "{quote.text}"')
        if not self.claim.said:
            lines.append("said:  nowhere in these words")
        return "\n".join(f"    {line}" for line in lines)


# --------------------------------------------------------------------- the register


def claims(register: Path = REGISTER) -> tuple[Claim, ...]:
    """All claims of the register.

    Raises:
        SpecError: something is wrong with the file; the message names the line.
    """
    node = File(register).node.take(["claims"])["claims"]
    found = node.list_of(_claim, least=1, what="claims")
    seen: set[str] = set()
    for index, claim in enumerate(found):
        if claim.slug in seen:
            node[index]["slug"].error(f"a second claim is called {claim.slug}")
        seen.add(claim.slug)
    return found


def _claim(node: Node) -> Claim:
    node.take(["slug", "claim", "said"], ["check", "test", "packages", "needs", "why"])
    slug = node["slug"].slug()
    said = node["said"].list_of(_quote, what="quotations")
    if not said and not node.get("why"):
        node["said"].error("nothing is quoted; `why` has to say why")
    packages, needs = node.get("packages"), node.get("needs")
    check, test = node.get("check"), node.get("test")
    if (check is None) == (test is None):
        node.error("expected either `check` or `test`")
    names = packages.texts(least=1) if packages else ()
    if packages and _project(names) is None:
        packages.error(f"no project pins {' and '.join(names)}")
    if check:
        _function(check, slug.replace("-", "_"))
    if test:
        _test(test)
    return Claim(
        slug=slug,
        text=" ".join(node["claim"].text().split()),
        packages=names,
        needs=needs.list_of(lambda need: need.one_of(NEEDS)) if needs else (),
        said=said,
        program=check.text() if check else "",
        test=test.text() if test else "",
    )


def _quote(node: Node) -> Quote:
    node.take(["file", "text"])
    file, text = node["file"].text(), " ".join(node["text"].text().split())
    if not (ROOT / file).is_file():
        node["file"].error(f"there is no file {file}")
    if not SHORTEST <= len(text) <= LONGEST:
        node["text"].error(f"expected {SHORTEST} to {LONGEST} signs of the page")
    where = node.file.message(node["text"].path, "")
    return Quote(file, text, where.removesuffix(": "))


def _function(node: Node, name: str) -> None:
    """Refuses a program that does not have the function."""
    program = PROGRAMS / f"{node.text()}.py"
    if not program.is_file():
        node.error(f"there is no specs/claims/{program.name}")
    if name not in _functions(program):
        node.error(f"specs/claims/{program.name} has no function {name}")


def _test(node: Node) -> None:
    """Refuses a test that is not there."""
    file, _, name = node.text().partition("::")
    if not (ROOT / file).is_file():
        node.error(f"there is no file {file}")
    if name not in _functions(ROOT / file):
        node.error(f"{file} has no test {name}")


@cache
def _functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))


@cache
def _project(packages: tuple[str, ...]) -> catalogue.Project | None:
    """The first project that pins all these packages."""
    for project in map(catalogue.load, catalogue.slugs()):
        if all(project.version(package) for package in packages):
            return project
    return None


# --------------------------------------------------------------------- the checks


def check(claim: Claim, programs: Path = PROGRAMS) -> Outcome:
    """Whether a claim holds, as far as this machine can tell."""
    if missing := claim.missing:
        return Outcome(claim, skipped=f"{missing} is not here")
    if claim.test:
        return _by_test(claim)
    python = Path(sys.executable)
    if project := _project(claim.packages) if claim.packages else None:
        python = environment(project)
    # In front of the line stands what the claim saw; what follows is the traceback.
    code = (
        f"import sys; sys.path.insert(0, {str(programs)!r}); import support\n"
        f"try:\n    import {claim.program}; {claim.program}.{claim.function}()\n"
        "except support.NotSo as error: sys.exit(f'NOT SO: {error}')"
    )
    with ExitStack() as stack:
        variables = {}
        for need in claim.needs:
            if need in GIVEN:
                name, server = GIVEN[need]
                variables[name] = stack.enter_context(server(python, ROOT))
        try:
            done = run_python(
                python, programs, "-c", code, seconds=SECONDS, **variables
            )
        except Stopped as stopped:
            return Outcome(claim, seen=f"no end: {stopped}")
    if done.code == 0:
        return Outcome(claim)
    seen = done.output.strip()
    said = seen.rpartition("NOT SO: ")
    last = "\n           ".join(seen.splitlines()[-12:])
    return Outcome(claim, seen=said[2] if said[1] else f"the check broke: {last}")


def _by_test(claim: Claim) -> Outcome:
    """Runs the test that proves a claim."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, claim.test],
        cwd=ROOT,
        # No ledger is believed, and what was green here is run again.
        env={**os.environ, "PROOF_ALL": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return Outcome(claim)
    errors = [line for line in done.stdout.splitlines() if line.startswith("E  ")]
    return Outcome(claim, seen="; ".join(line[1:].strip() for line in errors[:5]))


def run(found: Sequence[Claim], *, strict: bool = False) -> int:
    """Checks claims and prints what came of each.

    Args:
        found: the claims.
        strict: a server that is missing is a failure, as it is in CI.

    Returns:
        how many claims do not hold.
    """
    held = failed = skipped = 0
    for claim in found:
        outcome = check(claim)
        if outcome.skipped and strict:
            outcome = Outcome(claim, seen=f"{outcome.skipped}, and CI has to have it")
        if outcome.seen:
            failed += 1
            print(f"NOT SO   {claim.slug}\n{outcome.report}", flush=True)
        elif outcome.skipped:
            skipped += 1
            print(f"skipped  {claim.slug}: {outcome.skipped}", flush=True)
        else:
            held += 1
            print(f"holds    {claim.slug}", flush=True)
    tail = f", {skipped} were not tried" if skipped else ""
    print(f"{held} claims hold, {failed} do not{tail}.")
    return failed


def main(slugs: Sequence[str]) -> int:
    """What ``make claims`` does."""
    try:
        found = claims()
    except SpecError as error:
        print(error, file=sys.stderr)
        return 1
    if unknown := set(slugs) - {claim.slug for claim in found}:
        print(f"no claim is called {' or '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    chosen = [claim for claim in found if not slugs or claim.slug in slugs]
    wrong = 0
    for quote in (quote for claim in chosen for quote in claim.said):
        if not quote.found:
            print(f"{quote.where}: {quote.file} does not say so any more")
            wrong += 1
    failed = run(chosen, strict=os.environ.get("CI") == "true")
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
