"""A hash for each file of each pin, verified by an installation."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from djangopath.catalogue import ROOT, SPECS, Project
from djangopath.errors import SpecError
from tools import environments
from tools.audit import pins
from tools.audit.report import Section


def check(projects: Iterable[Project]) -> Section:
    """The list of hashes against the pins, and each project's pins installed by it."""
    section = Section("Hashes", ("project", "pins", "hashes", "verified at install"))
    try:
        known = pins.hashes()
        section.findings += differences(SPECS / "constraints.txt", known)
    except SpecError as error:
        section.findings.append(str(error))
        return section
    for project in projects:
        for name in pins.LISTS:
            said, problems = verified(project.folder / name, known)
            listed = pins.read(project.folder / name)
            count = sum(len(known.get((p.name, p.version), ())) for p in listed)
            row = (f"{project.slug}/{name}", str(len(listed)), str(count), said)
            section.rows.append(row)
            section.findings += [f"{project.slug}/{name}: {text}" for text in problems]
    return section


def differences(
    constraints: Path, known: Mapping[tuple[str, str], tuple[str, ...]]
) -> list[str]:
    """What the hashes leave out of the pins, or hold beyond them."""
    pinned = {(pin.name, pin.version) for pin in pins.read(constraints)}
    found = []
    for name, version in sorted(pinned | set(known)):
        if not known.get((name, version)):
            text = f"{name} {version} is pinned and has no hash in specs/hashes.txt"
        elif (name, version) not in pinned:
            text = f"{name} {version} is in specs/hashes.txt and not pinned"
        else:
            continue
        found.append(f"{text}; run make lock")
    return found


def verified(
    file: Path, known: Mapping[tuple[str, str], tuple[str, ...]]
) -> tuple[str, list[str]]:
    """(what the table says, problems) of an installation that demands each hash.

    The environment is thrown away. uv compares what it downloads, and for what its
    cache holds the hash that it computed when it downloaded that.
    """
    text = file.read_text(encoding="utf-8")
    try:
        lines = pins.with_hashes(pins.lines_of(text), known)
    except SpecError as error:
        return "no", [str(error)]
    with tempfile.TemporaryDirectory() as folder:
        hashed = Path(folder) / "requirements.txt"
        hashed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        target = Path(folder) / "environment"
        uv = [sys.executable, "-m", "uv"]
        start = time.monotonic()
        try:
            environments.run(
                [*uv, "venv", "-q", "-p", sys.executable, str(target)], ROOT
            )
            options = ["-q", "--python", str(target), "--require-hashes", "--no-deps"]
            environments.run([*uv, "pip", "install", *options, "-r", str(hashed)], ROOT)
        except RuntimeError as error:
            said = [line.strip() for line in str(error).splitlines()[1:]]
            return "no", ["installing by hash fails: " + " ".join(filter(None, said))]
    return f"yes, in {time.monotonic() - start:.1f} s", []
