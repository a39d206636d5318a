"""The licence of everything a learner installs, from the packages' own metadata."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.licenses import (
    InvalidLicenseExpression,
    canonicalize_license_expression,
)

from djangopath.catalogue import ROOT, Project
from tools import environments
from tools.audit import pins
from tools.audit.report import Section

PERMISSIVE = frozenset(
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 HPND ISC MIT MIT-0 MIT-CMU "
    "PSF-2.0 Python-2.0 TCL Unlicense ZPL-2.1 Zlib".split()
)
# Whoever only uses such a package owes nothing but its own source, changed or not.
WEAK = frozenset(
    "LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MPL-2.0".split()
)
# The name in SPDX of what packages wrote before there was a field for it.
SPDX = {
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "historical permission notice and disclaimer (hpnd)": "HPND",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "zope public license": "ZPL-2.1",
}
# Names that do not say which; the licence's own text decides.
ANY_BSD = {"bsd", "bsd license"}

# Runs in an environment: the licence fields of all that is installed there.
METADATA = """
import json, sys
from importlib.metadata import distributions
found = []
for package in distributions(path=sys.argv[1:] or sys.path):
    data = package.metadata
    files = [f for f in package.files or () if f.name.upper().startswith("LICEN")]
    texts = [f.locate() for f in files if ".dist-info" in str(f)]
    found.append({
        "name": data["Name"],
        "version": data["Version"],
        "expression": data.get("License-Expression") or "",
        "field": data.get("License") or "",
        "classifiers": [
            text.rpartition(" :: ")[2]
            for text in data.get_all("Classifier") or ()
            if text.startswith("License :: ") and not text.endswith(" Approved")
        ],
        "text": "\\n".join(
            text.read_text("utf-8", "replace") for text in texts if text.is_file()
        ),
    })
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Package:
    """What a package says of its licence."""

    name: str
    version: str
    expression: str = ""
    field: str = ""
    classifiers: tuple[str, ...] = ()
    text: str = ""

    @property
    def licence(self) -> str:
        """As an SPDX expression; an empty text where none can be made out."""
        if found := spdx(self.expression, self.text):
            return found
        if found := spdx(self.field, self.text):
            return found
        known = {spdx(text, self.text) for text in self.classifiers}
        # Which of several holds, or whether all do, a list of classifiers cannot say.
        return " AND ".join(sorted(known)) if known and "" not in known else ""


def spdx(said: str, text: str = "") -> str:
    """An expression in SPDX's words; empty where a part of it is not known.

    Args:
        said: an expression, or a name that is in use.
        text: the licence itself, which tells one BSD licence from another.
    """
    if said.strip().lower() in SPDX:
        return SPDX[said.strip().lower()]
    if said.strip().lower() in ANY_BSD:
        return bsd(text)
    parts = re.split(r"\s+(OR|AND)\s+", said.strip())
    named = " ".join(SPDX.get(part.lower(), part) for part in parts)
    try:
        return str(canonicalize_license_expression(named))
    except InvalidLicenseExpression:
        return ""


def bsd(text: str) -> str:
    """Which BSD licence a text is; empty where it is none."""
    flat = " ".join(text.lower().split())
    if "redistributions of source code must retain" not in flat:
        return ""
    # The third clause, in whatever words it names the holder.
    return "BSD-3-Clause" if "endorse or promote" in flat else "BSD-2-Clause"


def kind(licence: str) -> str:
    """permissive, weak copyleft, or not allowed; of several by OR the best one."""
    if not licence:
        return "unknown"
    order = ["permissive", "weak copyleft", "not allowed"]

    def one(name: str) -> int:
        name = name.strip("() ")
        return 0 if name in PERMISSIVE else 1 if name in WEAK else 2

    choices = licence.split(" OR ")
    if "(" in licence:  # nested: nothing is gained unless every part may be used
        choices = [licence.replace(" OR ", " AND ")]
    return order[min(max(map(one, part.split(" AND "))) for part in choices)]


def packages(python: Path, *folders: Path) -> list[Package]:
    """What is installed for an interpreter, or in folders beside it."""
    command = [str(python), "-c", METADATA, *map(str, folders)]
    found = json.loads(environments.run(command, ROOT).stdout)
    return [Package(**{**p, "classifiers": tuple(p["classifiers"])}) for p in found]


def elsewhere(wanted: Iterable[pins.Pin]) -> tuple[list[Package], list[str]]:
    """(packages, those not read) of pins that another system or Python installs."""
    found: list[Package] = []
    failed: list[str] = []
    for pin in sorted(set(wanted)):
        with tempfile.TemporaryDirectory() as folder:
            options = ["-q", "--no-deps", "--target", folder, str(pin)]
            command = [sys.executable, "-m", "uv", "pip", "install", *options]
            if environments.run(command, ROOT, check=False).returncode:
                failed.append(f"the licence of {pin}, which does not install here")
            else:
                found += packages(Path(sys.executable), Path(folder))
    return found, failed


def check(found: Mapping[str, Iterable[Package]]) -> Section:
    """A row for each package, and the projects (slugs) that install it."""
    section = Section("Licences", ("package", "licence", "kind", "installed by"))
    holders: dict[Package, list[str]] = {}
    for slug, installed in found.items():
        for package in installed:
            holders.setdefault(package, []).append(slug)
    for package in sorted(holders, key=lambda package: package.name.lower()):
        name, licence = f"{package.name} {package.version}", package.licence
        verdict, slugs = kind(licence), ", ".join(holders[package])
        section.rows.append((name, licence or "?", verdict, slugs))
        why = ""
        if verdict == "unknown":
            why = "its metadata names no licence that is known here"
        elif verdict == "not allowed":
            why = f"{licence} is neither permissive nor weak copyleft"
        if why:
            section.findings.append(
                f"{name}: {why}; take another package, or add the licence to "
                "tools/audit/licences.py with a reason"
            )
    return section


def installed(project: Project) -> list[Package]:
    """What a learner of this project gets on this system."""
    return packages(environments.environment(project))


def absent(project: Project) -> list[pins.Pin]:
    """The pins of a project that this system does not install."""
    listed = pins.read(project.folder / "requirements.txt")
    return [pins.Pin(p.name, p.version) for p in listed if not p.here]
