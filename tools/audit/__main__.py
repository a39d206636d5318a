"""Prints the report; the exit code is 1 where it holds a finding.

In CI, where the network is there, what could not be checked counts as one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from djangopath import catalogue
from djangopath.catalogue import ROOT, SPECS, Project
from djangopath.errors import SpecError
from tools.audit import (
    actions,
    code,
    hashes,
    headers,
    licences,
    pins,
    production,
    upkeep,
    vulnerabilities,
)
from tools.audit.report import Section, exit_code

ELSEWHERE = "other systems and Pythons"


def packages(projects: list[Project]) -> Iterator[Section]:
    """What is said of the packages that a learner installs."""
    listed = pins.read(SPECS / "constraints.txt")
    yield vulnerabilities.check([*listed, *pins.read(ROOT / "requirements-dev.txt")])
    yield hashes.check(projects)
    found = {project.slug: licences.installed(project) for project in projects}
    elsewhere = [pin for project in projects for pin in licences.absent(project)]
    found[ELSEWHERE], unread = licences.elsewhere(elsewhere)
    section = licences.check(found)
    section.not_checked += unread
    yield section
    yield upkeep.check(
        [pin.name for pin in listed],
        partial(upkeep.from_index, address=upkeep.index_address()),
        datetime.now(UTC),
        upkeep.reasons(upkeep.contributing()),
    )


def workflows() -> Iterator[Section]:
    """What is said of the actions that the workflows use."""
    yield actions.check(actions.workflows())


def projects_(projects: list[Project], folder: Path) -> Iterator[Section]:
    """What is said of the finished projects, written below a folder."""
    sites = [
        production.finished(project, folder / project.slug) for project in projects
    ]
    remarks = {site.project.slug: code.bandit(site.folder) for site in sites}
    yield code.check_bandit(remarks)
    yield code.check_deploy(sites)
    nginx = headers.PROXY.read_text(encoding="utf-8")
    for site in sites:
        with production.answering(site) as answering:
            answers = production.visit(answering)
        yield headers.check(site.project.slug, answers, nginx)
        yield headers.check_cookies(site.project.slug, answers)


def main() -> int:
    """Runs every check and prints it as it is done; gives back the exit code."""
    sections = []
    try:
        projects = [catalogue.load(slug) for slug in catalogue.slugs()]
        with tempfile.TemporaryDirectory() as folder:
            parts = (packages(projects), workflows(), projects_(projects, Path(folder)))
            for part in parts:
                for section in part:
                    print(*section.lines(), sep="\n", flush=True)
                    sections.append(section)
    except (SpecError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    findings = sum(len(section.findings) for section in sections)
    open_ = sum(len(section.not_checked) for section in sections)
    print(f"{len(sections)} checks, {findings} findings, {open_} not checked")
    whole = os.environ.get("CI") == "true"
    if whole and open_:
        print("CI is true: what is not checked counts as a finding")
    return exit_code(sections, whole=whole)


if __name__ == "__main__":
    sys.exit(main())
