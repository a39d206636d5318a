"""Headers and cookies of the running finished projects beside OWASP's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from djangopath.catalogue import ROOT
from tools.audit import owasp
from tools.audit.production import Answer
from tools.audit.report import Section

PROXY = ROOT / "{{cookiecutter.project_slug}}" / "proxy" / "nginx.conf"
RECOMMENDED = "as recommended"
ADDED = "nginx adds it"


def added(nginx: str) -> dict[str, str]:
    """The headers that a configuration of nginx adds to every answer, by name.

    One without ``always`` is left out: it is missing on errors. So is one whose value
    is a variable: nginx sends it where the site says nothing. And what stands in a
    block of its own, such as that of uploads, does not hold for pages.
    """
    pages = re.sub(r"(?s)\blocation\s[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", nginx)
    line = re.compile(r'^\s*add_header\s+(\S+)\s+"?(.*?)"?\s+always;', re.MULTILINE)
    found = line.findall(pages)
    return {name.lower(): value for name, value in found if value[:1] != "$"}


def judge(
    header: owasp.Header, answers: Iterable[Answer], nginx: Mapping[str, str]
) -> tuple[str, str, list[str]]:
    """(what is sent, verdict, problems) of one header; the worst answer decides."""
    by_proxy = header.name.lower() in nginx
    sent: dict[str, list[str]] = {}
    for answer in answers:
        if answer.what in header.on:
            values = [*answer.all(header.name)]
            values += [nginx[header.name.lower()]] if by_proxy else []
            sent.setdefault(", ".join(values), []).append(answer.what)
    ours = " | ".join(value or "none" for value in sent)
    prefix = f"{ADDED}; " if by_proxy else ""
    if all(map(header.holds, sent)):
        return ours, ADDED if by_proxy else RECOMMENDED, []
    wrong = [
        value for value in sent if not (header.holds(value) or header.instead(value))
    ]
    if not wrong:
        return ours, f"{prefix}differs: {header.why}", []
    problems = [
        f"{header.name} is {value or 'missing'} on {', '.join(sent[value])}; OWASP "
        f"recommends {header.says}"
        for value in wrong
    ]
    return ours, "missing" if "" in wrong else "differs without a reason", problems


def check(slug: str, answers: list[Answer], nginx: str) -> Section:
    """The table of headers of one project."""
    section = Section(
        f"Headers of {slug}, on {', '.join(answer.what for answer in answers)}",
        ("header", "OWASP recommends", "ours", "verdict"),
    )
    by_proxy = added(nginx)
    for header in owasp.HEADERS:
        if not any(answer.what in header.on for answer in answers):
            continue
        ours, verdict, problems = judge(header, answers, by_proxy)
        section.rows.append((header.name, header.says, ours, verdict))
        section.findings += [f"{slug}: {text}" for text in problems]
    _shared(section, slug, answers)
    _telling(section, slug, answers, nginx)
    _plain(section, slug, answers)
    return section


def _shared(section: Section, slug: str, answers: list[Answer]) -> None:
    """A signed-in user's page in a shared cache: not kept, or not for others."""
    for answer in answers:
        if answer.what != "signed in" or "no-store" in answer.header("Cache-Control"):
            continue
        ours = answer.header("Vary")
        good = owasp.has("cookie")(ours)
        row = ("Vary", "without no-store: Cookie", ours or "none")
        section.rows.append((*row, RECOMMENDED if good else "missing"))
        if not good:
            section.findings.append(
                f"{slug}: a signed-in user's page has neither Cache-Control: no-store "
                "nor Vary: Cookie"
            )


def _telling(section: Section, slug: str, answers: list[Answer], nginx: str) -> None:
    """Headers that tell what the site is made with."""
    sent = {answer.header(owasp.SERVER) for answer in answers} - {""}
    verdict = "nginx puts its bare name in its place"
    lines = [line.strip() for line in nginx.splitlines()]
    if "server_tokens off;" not in lines:
        verdict = "tells"
        section.findings.append(f"{slug}: nginx.conf lacks server_tokens off;")
    ours = ", ".join(sorted(sent)) or "none"
    section.rows.append((owasp.SERVER, "none", ours, verdict))
    for name in owasp.TELLING:
        if values := {answer.header(name) for answer in answers} - {""}:
            section.rows.append((name, "none", ", ".join(sorted(values)), "tells"))
            section.findings.append(f"{slug}: {name} is sent; take it out")


def _plain(section: Section, slug: str, answers: list[Answer]) -> None:
    """What plain HTTP is answered with: the way to HTTPS."""
    for answer in answers:
        if answer.what == "plain HTTP":
            ours = f"{answer.status} {answer.header('Location')}".strip()
            good = answer.status in (301, 308)
            good = good and answer.header("Location").startswith("https://")
            row = ("plain HTTP", "redirect to HTTPS", ours)
            section.rows.append((*row, RECOMMENDED if good else "missing"))
            if not good:
                section.findings.append(
                    f"{slug}: plain HTTP is answered {ours}, not sent on to HTTPS"
                )


def attributes(cookie: str) -> tuple[str, dict[str, str]]:
    """(name, attributes in small letters) of a value of Set-Cookie."""
    first, *rest = (part.strip() for part in cookie.split(";"))
    pairs = (part.partition("=") for part in rest)
    return first.partition("=")[0], {name.lower(): value for name, _, value in pairs}


def check_cookies(slug: str, answers: Iterable[Answer]) -> Section:
    """The table of cookies of one project; a cookie set twice is judged twice."""
    section = Section(
        f"Cookies of {slug}", ("cookie", "attribute", "OWASP recommends", "verdict")
    )
    set_ = [v for answer in answers for v in answer.all("Set-Cookie")]
    found: dict[tuple[str, str, str], str] = {}
    for name, given in map(attributes, set_):
        if given.get("max-age") == "0":  # it is taken away
            continue
        for wanted in owasp.ATTRIBUTES:
            verdict = RECOMMENDED
            if not wanted.holds(name, given):
                excused = name in wanted.without or "*" in wanted.without
                verdict = f"differs: {wanted.why}" if excused else "missing"
                text = f"{slug}: the cookie {name}: {wanted.name}: {wanted.says}"
                if not excused and text not in section.findings:
                    section.findings.append(text)
            key = (name, wanted.name, wanted.says)
            # The worst of several holds.
            if found.get(key, RECOMMENDED) == RECOMMENDED or verdict == "missing":
                found[key] = verdict
    section.rows += [(*key, verdict) for key, verdict in found.items()]
    if not found:
        section.rows.append(("none", "", "", "the project sets no cookie"))
    return section
