"""No package without a release in three years, unless CONTRIBUTING.md says why."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from djangopath.catalogue import ROOT
from tools.audit.report import Section

LIMIT = timedelta(days=3 * 365)
BUSY = (429, 500, 502, 503, 504)
# An index that is asked for a hundred pages at once now and then asks for patience.
AGAIN = Retry(connect=1, read=1, status=4, backoff_factor=0.5, status_forcelist=BUSY)
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.2"
# Only files that can be installed; their times are those of their release.
UPLOADED = re.compile(r'data-upload-time="([^"]+)"')
# The paragraph of CONTRIBUTING.md that says why a package without a release stays.
REASONS = "Without a release in three years"

# The newest release of a package; None where the index does not tell it.
Latest = Callable[[str], datetime | None]


def index_address() -> str:
    """The index that packages are installed from, as uv knows it; or an empty text."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header"]
    command += ["--no-deps", "--emit-index-url", "-"]
    done = subprocess.run(
        command, input="django", encoding="utf-8", capture_output=True, check=False
    )
    address = re.search(r"^--index-url (\S+)$", done.stdout, re.MULTILINE)
    return address[1] if address else ""


def newest(page: str) -> datetime | None:
    """The newest time on an index's page of a package, in JSON or in HTML."""
    if page.lstrip().startswith("{"):
        files = json.loads(page).get("files", ())
        times = [file["upload-time"] for file in files if file.get("upload-time")]
    else:
        times = UPLOADED.findall(page)
    return max((datetime.fromisoformat(time) for time in times), default=None)


def from_index(name: str, address: str) -> datetime | None:
    """The newest release of a package, asked of an index (PEP 503, 691 and 700)."""
    page = f"{address.rstrip('/')}/{name}/"
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=AGAIN))
        try:
            answer = session.get(page, headers={"Accept": ACCEPT}, timeout=30)
            answer.raise_for_status()
            return newest(answer.content.decode("utf-8"))
        except (requests.RequestException, ValueError):
            return None


def reasons(contributing: str) -> set[str]:
    """The packages that CONTRIBUTING.md names in its paragraph of reasons."""
    for paragraph in contributing.split("\n\n"):
        if paragraph.lstrip().startswith(f"**{REASONS}."):
            return set(re.findall(r"`([A-Za-z0-9._-]+)`", paragraph))
    return set()


def check(
    names: Iterable[str], latest: Latest, now: datetime, excused: set[str]
) -> Section:
    """A row for each package, the longest without a release first.

    Args:
        names: packages.
        latest: tells the newest release of one; its times know their zone.
        now: a time that knows its zone.
        excused: packages for which CONTRIBUTING.md says why they stay.
    """
    section = Section("Upkeep", ("package", "last release", "verdict"))
    wanted = sorted(set(names))
    with ThreadPoolExecutor(8) as pool:
        times = dict(zip(wanted, pool.map(latest, wanted), strict=True))
    unknown = [name for name in wanted if times[name] is None]
    known = [(time, name) for name, time in times.items() if time is not None]
    for time, name in sorted(known):
        verdict = "within three years"
        if now - time > LIMIT:
            verdict = "older; CONTRIBUTING.md says why it stays"
            if name not in excused:
                verdict = "older"
                section.findings.append(
                    f"{name} has had no release since {time:%Y-%m-%d}; replace it, or "
                    f"say in CONTRIBUTING.md, under {REASONS!r}, why it stays"
                )
        elif name in excused:
            section.findings.append(
                f"{name} had a release on {time:%Y-%m-%d}; take it out of the "
                f"paragraph {REASONS!r} of CONTRIBUTING.md"
            )
        section.rows.append((name, f"{time:%Y-%m-%d}", verdict))
    if unknown:
        section.not_checked.append(
            f"the last release of {', '.join(unknown)}: the index does not answer, "
            "or tells no times"
        )
    # A name that nothing pins any more is an excuse for nothing.
    section.findings += [
        f"CONTRIBUTING.md excuses {name}, which is not among the pins; take it out"
        for name in sorted(excused - set(wanted))
    ]
    return section


def contributing() -> str:
    """The text of CONTRIBUTING.md."""
    return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
