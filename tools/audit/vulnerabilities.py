"""Pins against known vulnerabilities, as far as a service answers from here."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tools.audit.network import NoAnswer, without_answer
from tools.audit.pins import Pin
from tools.audit.report import Section

# In the order they are asked; the second is asked for what the first does not know.
SERVICES = ("pypi", "osv")
TIMEOUT = 300

# What a service says of packages: a dictionary of pip-audit for each.
Ask = Callable[[Sequence[Pin], str], list[dict[str, Any]]]


def rounds(pins: Iterable[Pin]) -> list[list[Pin]]:
    """The pins in lists that name no package twice, as pip-audit wants them."""
    found: list[list[Pin]] = []
    for pin in sorted({Pin(pin.name, pin.version) for pin in pins}):
        for names in found:
            if all(other.name != pin.name for other in names):
                names.append(pin)
                break
        else:
            found.append([pin])
    return found


def pip_audit(pins: Sequence[Pin], service: str) -> list[dict[str, Any]]:
    """What a service knows of these pins.

    Raises:
        NoAnswer: the service does not answer.
        RuntimeError: pip-audit fails in any other way.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(file)]
        command += ["--disable-pip", "--no-deps", "--format", "json", "--desc", "off"]
        command += ["--aliases", "on", "--progress-spinner", "off"]
        command += ["--vulnerability-service", service, "--timeout", "15"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                encoding="utf-8",
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NoAnswer(f"no answer in {TIMEOUT} seconds") from None
    # Exit code 1 says that something is known of a package, or that pip-audit fails.
    if done.returncode in (0, 1):
        try:
            return list(json.loads(done.stdout)["dependencies"])
        except (ValueError, KeyError, TypeError):
            pass
    said = done.stderr.strip().splitlines() or ["it said nothing"]
    if done.returncode == 1 and without_answer("pip-audit", done.stderr):
        raise NoAnswer(said[-1][:120])
    raise RuntimeError(f"pip-audit: exit code {done.returncode}: {said[-1]}")


def check(pins: Iterable[Pin], ask: Ask = pip_audit) -> Section:
    """A row for each vulnerability; a package that no service knows is not checked."""
    section = Section(
        "Known vulnerabilities", ("package", "vulnerability", "also", "mended in")
    )
    left, asked, reasons = sorted(set(pins)), 0, []
    for service in SERVICES:
        known: set[tuple[str, str]] = set()
        for names in rounds(left):
            try:
                answers = ask(names, service)
            except NoAnswer as error:
                reasons.append(f"{service}: {error}")
                break
            for answer in answers:
                if "skip_reason" in answer:
                    reasons.append(f"{service}: {answer['skip_reason']}")
                    continue
                known.add((answer["name"], answer["version"]))
                for vulnerability in answer["vulns"]:
                    _add(section, answer, vulnerability)
        asked += len(known)
        left = [pin for pin in left if (pin.name, pin.version) not in known]
        if not left:
            break
    if left:
        section.not_checked.append(
            f"{len(left)} of {len(left) + asked} pins, of which no service tells "
            f"anything here ({reasons[0]}; {reasons[-1]})"
        )
    if asked and not section.findings:
        section.rows.append((f"{asked} pins", "none known", "", ""))
    return section


def _add(
    section: Section, answer: dict[str, Any], vulnerability: dict[str, Any]
) -> None:
    package = f"{answer['name']} {answer['version']}"
    mended = ", ".join(vulnerability.get("fix_versions", ())) or "no release yet"
    also = ", ".join(vulnerability.get("aliases", ()))
    section.rows.append((package, vulnerability["id"], also, mended))
    section.findings.append(
        f"{package} has the known vulnerability {vulnerability['id']}, mended in "
        f"{mended}; run make lock UPGRADE=1"
    )
