"""bandit and `check --deploy` on the finished projects."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from djangopath.catalogue import ROOT
from tools import environments
from tools.audit import production
from tools.audit.report import Section
from tools.site import Site

# Tests assert, and know passwords; nobody deploys them.
EXCLUDED = ("tests", "acceptance", "conftest.py")
CHECK = ("check", "--deploy", "--fail-level", "WARNING")


@dataclass(frozen=True)
class Remark:
    """What bandit says of a line; ``path`` is within the project."""

    path: str
    line: int
    test: str
    severity: str
    text: str


# What bandit remarks on and may stay: (test, path, why).
ACCEPTED = (
    ("B101", ".path/plan_*.py", "tells mypy what a pattern has matched"),
    ("B101", ".path/task_lines.py", "tells mypy what a pattern has matched"),
    ("B102", ".path/warm.py", "runs what `python -c` and `python FILE` would run"),
    ("B105", "*/management/commands/seed_demo.py", "demo users, made by hand only"),
    ("B105", "config/settings.py", "the rate of a throttle that is called token"),
    ("B311", "*/management/pictures.py", "random colours of demo pictures"),
    ("B404", ".path/*", "path.py starts git, gh and pytest"),
    ("B603", ".path/*", "programs are given as a list, never to a shell"),
)


def bandit(folder: Path) -> list[Remark]:
    """Everything bandit remarks on in the Python below a folder, tests left out.

    Raises:
        RuntimeError: bandit fails, or cannot read a file.
    """
    left_out = ",".join(str(folder / name) for name in EXCLUDED)
    command = [sys.executable, "-m", "bandit", "--recursive", "--quiet"]
    command += ["--format", "json", "--exclude", left_out, str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"bandit: {done.stderr.strip()}") from None
    if said["errors"]:
        raise RuntimeError(f"bandit: {said['errors']}")
    return [
        Remark(
            Path(result["filename"]).relative_to(folder).as_posix(),
            result["line_number"],
            result["test_id"],
            result["issue_severity"].lower(),
            result["issue_text"],
        )
        for result in said["results"]
    ]


def matches(accepted: tuple[str, str, str], remark: Remark) -> bool:
    """Whether a reason is one for this remark."""
    test, path, _ = accepted
    return test == remark.test and fnmatch(remark.path, path)


def check_bandit(
    found: Mapping[str, Iterable[Remark]],
    accepted: Sequence[tuple[str, str, str]] = ACCEPTED,
) -> Section:
    """A row for each remark, and the projects that hold it.

    Args:
        found: the slug of each project, and what bandit remarks on.
        accepted: what may stay, and why; one that is no longer needed is a finding.
    """
    section = Section("bandit", ("where", "test", "severity", "projects", "verdict"))
    holders: dict[Remark, list[str]] = {}
    for slug, remarks in found.items():
        for remark in remarks:
            holders.setdefault(remark, []).append(slug)
    for r, slugs in holders.items():
        whys = [entry[2] for entry in accepted if matches(entry, r)]
        where, holding = f"{r.path}:{r.line}", ", ".join(slugs)
        verdict = f"stays: {whys[0]}" if whys else "to be mended"
        section.rows.append((where, r.test, r.severity, holding, verdict))
        if not whys:
            section.findings.append(
                f"{holding}: {where}: {r.text} ({r.test}); mend it, or give a reason "
                "in tools/audit/code.py"
            )
    section.findings += [
        f"bandit no longer remarks on {entry[1]} by {entry[0]}; take the reason out of "
        "tools/audit/code.py"
        for entry in accepted
        if not any(matches(entry, remark) for remark in holders)
    ]
    if not holders:
        section.rows.append(("", "", "", ", ".join(found), "no remark"))
    return section


def check_deploy(sites: Iterable[Site]) -> Section:
    """`manage.py check --deploy` under production settings, a row for each project.

    The servers are named as Compose names them, so that settings for PostgreSQL, Redis
    and mail are judged; no check connects to them.
    """
    section = Section("manage.py check --deploy", ("project", "verdict"))
    for site in sites:
        command = [str(site.python), "manage.py", *CHECK]
        env = production.sent(site.folder) | site.env
        done = environments.run(command, site.folder, check=False, **env)
        said = " ".join((done.stdout + done.stderr).split())
        section.rows.append((site.project.slug, said[:80]))
        if done.returncode:
            section.findings.append(f"{site.project.slug}: check --deploy: {said}")
    return section
