"""make lock: pins the packages of every project against one list of versions.

`specs/constraints.txt` holds the versions of the whole catalogue, so that two projects
never differ in one; each project's requirements are compiled against it, for every
system (uv's universal resolution). `specs/hashes.txt` holds the same versions with the
hash of each of their files. `make lock UPGRADE=1` takes the newest versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from djangopath.catalogue import DEVELOPMENT, SPECS
from djangopath.errors import SpecError

HEADER = "# Compiled by `make lock` from spec.yaml; change the package list there.\n"


def compiled(packages: list[str], output: Path, *options: str) -> str:
    """What uv pins for these packages; versions that ``output`` holds are kept."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--output-file", str(output), *options, "-"]
    done = subprocess.run(
        command,
        input="\n".join(packages),
        text=True,
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{output.name}: {done.stderr.strip()}")
    text = output.read_text(encoding="utf-8")
    output.write_text(
        HEADER + text.removeprefix(HEADER), encoding="utf-8", newline="\n"
    )
    return text


def packages_of(spec: Path) -> tuple[list[str], list[str]]:
    """(production, development) packages that a spec names."""
    data = yaml.safe_load(spec.read_text(encoding="utf-8"))
    try:
        packages = data["packages"]
        return list(packages["production"]), list(packages["development"])
    except (TypeError, KeyError) as error:
        raise SpecError(f"{spec}: packages: {error} is missing") from None


def lock_hashes(constraints: Path, output: Path) -> None:
    """Writes the pins of ``constraints`` anew, each with the hashes of its files."""
    output.unlink(missing_ok=True)
    lines = constraints.read_text(encoding="utf-8").splitlines()
    compiled(lines, output, "--generate-hashes", "--constraint", str(constraints))


def main() -> None:
    options = ["--upgrade"] if "--upgrade" in sys.argv else []
    specs = sorted(SPECS.glob("*/spec.yaml"))
    every: set[str] = set(DEVELOPMENT)
    for spec in specs:
        production, development = packages_of(spec)
        every |= {*production, *development}
    limits = ["--constraint", str(SPECS / "constraints.in")]
    constraints = SPECS / "constraints.txt"
    compiled(sorted(every), constraints, *limits, *options)
    lock_hashes(constraints, SPECS / "hashes.txt")
    against = ["--constraint", str(constraints)]
    for spec in specs:
        production, development = packages_of(spec)
        whole = sorted({*production, *development, *DEVELOPMENT})
        # Nothing is kept from an older run: the versions are those of the constraints.
        for name, packages in (
            ("requirements.txt", whole),
            ("requirements-prod.txt", sorted(production)),
        ):
            output = spec.parent / name
            output.unlink(missing_ok=True)
            compiled(packages, output, *against)
        print(f"{spec.parent.name}: {len(whole)} packages pinned with what they need")


if __name__ == "__main__":
    main()
