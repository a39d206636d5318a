"""make audit: each check can fail, and the projects as they stand pass it."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from djangopath.errors import SpecError
from tests.test_own_workflows import ACTIONS
from tools import environments
from tools.audit import __main__ as audit
from tools.audit import (
    actions,
    code,
    hashes,
    headers,
    licences,
    owasp,
    pins,
    production,
    upkeep,
    vulnerabilities,
)
from tools.audit.licences import Package
from tools.audit.network import NoAnswer, without_answer
from tools.audit.pins import Pin
from tools.audit.production import Answer
from tools.audit.report import Section, exit_code, table
from tools.examples import first_with_settings, smallest
from tools.site import Site

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

CONSTRAINTS = catalogue.SPECS / "constraints.txt"
PIN = Pin("madeup", "1.0")


# ----------------------------------------------------------------------------- report


def test_a_finding_makes_the_exit_code_and_what_is_not_checked_does_not() -> None:
    assert exit_code([Section("a"), Section("b", not_checked=["no network"])]) == 0
    assert exit_code([Section("a"), Section("b", findings=["mend it"])]) == 1
    assert exit_code([Section("b", not_checked=["no network"])], whole=True) == 1
    assert exit_code([Section("a")], whole=True) == 0


def test_a_table_is_as_wide_as_its_cells() -> None:
    assert list(table(("a", "b"), [("longer", "x")])) == [
        "a       b",
        "------  -",
        "longer  x",
    ]


def test_the_command_prints_each_finding_and_exits_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sections = [Section("One", not_checked=["no index"])]
    only(monkeypatch, sections)
    monkeypatch.delenv("CI", raising=False)
    assert audit.main() == 0
    sections.append(Section("Two", findings=["a 1 is old; replace it"]))
    assert audit.main() == 1
    said = capsys.readouterr().out
    assert "not checked: no index" in said
    assert "finding: a 1 is old; replace it" in said
    assert said.endswith("2 checks, 1 findings, 1 not checked\n")


def only(monkeypatch: pytest.MonkeyPatch, sections: list[Section]) -> None:
    """An audit that consists of these."""
    monkeypatch.setattr(audit, "packages", lambda projects: iter(sections))
    monkeypatch.setattr(audit, "workflows", lambda: iter([]))
    monkeypatch.setattr(audit, "projects_", lambda projects, folder: iter([]))


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("false", 0), ("", 0)])
def test_in_ci_what_is_not_checked_fails(
    ci: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CI", ci)
    only(monkeypatch, [Section("One", not_checked=["no index"])])
    assert audit.main() == code
    assert ("counts as a finding" in capsys.readouterr().out) is bool(code)
    only(monkeypatch, [Section("One", rows=[("all",)], head=("what",))])
    assert audit.main() == 0


def test_a_check_that_breaks_fails_the_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """pip-audit is given an option that it does not know."""
    monkeypatch.delenv("CI", raising=False)
    only(monkeypatch, [])
    monkeypatch.setattr(vulnerabilities, "SERVICES", ("nobody",))
    monkeypatch.setattr(
        audit, "packages", lambda projects: iter([vulnerabilities.check([PIN])])
    )
    assert audit.main() == 1
    assert "pip-audit: exit code 2: " in capsys.readouterr().err


def test_the_actions_are_part_of_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "HOST", "https://nowhere.invalid/")
    (section,) = audit.workflows()
    assert section.title == "Actions"
    assert section.rows or section.not_checked


# -------------------------------------------------------------------- vulnerabilities


class Services:
    """Stand-ins for the two services; what they were asked is kept."""

    def __init__(self, **answers: dict[str, Any] | None) -> None:
        self.answers = answers
        self.asked: list[tuple[str, list[str]]] = []

    def __call__(self, wanted: Sequence[Pin], service: str) -> list[dict[str, Any]]:
        self.asked.append((service, [str(pin) for pin in wanted]))
        known = self.answers[service]
        if known is None:
            raise NoAnswer("no way there")
        skipped = {"skip_reason": "not found"}
        return [
            {"name": pin.name, "version": pin.version, "vulns": known[pin.name]}
            if pin.name in known
            else {"name": pin.name, **skipped}
            for pin in wanted
        ]


def test_a_known_vulnerability_is_a_finding() -> None:
    bad = {"id": "CVE-1", "fix_versions": ["1.1"], "aliases": ["GHSA-2"]}
    section = vulnerabilities.check(
        [Pin("a", "1.0"), Pin("b", "1.0")], Services(pypi={"a": [bad], "b": []})
    )
    assert section.rows == [("a 1.0", "CVE-1", "GHSA-2", "1.1")]
    assert "CVE-1" in section.findings[0] and "1.1" in section.findings[0]
    assert section.not_checked == []


def test_the_second_service_is_asked_for_what_the_first_does_not_know() -> None:
    services = Services(pypi={"a": []}, osv={"b": []})
    section = vulnerabilities.check([Pin("a", "1"), Pin("b", "1")], services)
    assert services.asked == [("pypi", ["a==1", "b==1"]), ("osv", ["b==1"])]
    assert section.findings == section.not_checked == []
    assert section.rows == [("2 pins", "none known", "", "")]


def test_where_no_service_answers_nothing_counts_as_checked() -> None:
    section = vulnerabilities.check([Pin("a", "1")], Services(pypi={}, osv=None))
    assert section.findings == section.rows == []
    assert "1 of 1 pins" in section.not_checked[0]
    assert "no way there" in section.not_checked[0]


def test_no_list_for_pip_audit_names_a_package_twice() -> None:
    both = [Pin("a", "1"), Pin("a", "2"), Pin("b", "1"), Pin("a", "1", "x == '1'")]
    assert vulnerabilities.rounds(both) == [[both[0], both[2]], [both[1]]]


def test_without_a_network_pip_audit_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real program, sent to a proxy that is not there."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoAnswer, match="ProxyError"):
        vulnerabilities.pip_audit([PIN], "osv")


def test_an_option_that_pip_audit_refuses_is_no_missing_answer() -> None:
    with pytest.raises(RuntimeError, match=r"exit code 2: .*argument -s"):
        vulnerabilities.check(
            [PIN], lambda pins, _: vulnerabilities.pip_audit(pins, "nobody")
        )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise KeyError('odd')", "exit code 1: KeyError: 'odd'"),
        ("print('[]')", "exit code 0: it said nothing"),
        ("import sys; sys.exit('ERROR: no file')", "exit code 1: ERROR: no file"),
        ("print('{\"dependencies\": []}'); raise SystemExit(3)", "exit code 3"),
    ],
)
def test_a_pip_audit_that_breaks_is_no_missing_answer(
    source: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip_audit.py").write_text(source, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=said):
        vulnerabilities.pip_audit([PIN], "osv")


def test_a_service_that_is_late_has_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip_audit.py").write_text("import time; time.sleep(60)", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(vulnerabilities, "TIMEOUT", 0.2)
    with pytest.raises(NoAnswer, match="no answer in"):
        vulnerabilities.pip_audit([PIN], "osv")


@contextmanager
def answering(*statuses: int, page: str = "") -> Iterator[str]:
    """The address of a server that gives these statuses, and then the last for ever."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page.encode())

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Nothing into the test's output."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "network"), [(500, True), (503, True), (400, False), (403, False)]
)
def test_only_a_server_that_fails_gives_no_answer(
    status: int, network: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pip-audit and Git say of it: a request that is refused is our own fault."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    listed = tmp_path / "requirements.txt"
    listed.write_text(f"{PIN}\n", encoding="utf-8")
    with answering(status) as address:
        command = [sys.executable, "-m", "pip_audit", "-r", str(listed), "-s", "osv"]
        command += ["--disable-pip", "--no-deps", "--osv-url", address]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert done.returncode == 1
        assert without_answer("pip-audit", done.stderr) is network, done.stderr
        monkeypatch.setattr(actions, "HOST", f"{address}/")
        with pytest.raises(NoAnswer if network else RuntimeError, match=str(status)):
            actions.commit_of("somebody/action", "v1")


# ---------------------------------------------------------------------------- actions


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A repository in place of an action's, by name: the commit of each of its tags."""
    folder = tmp_path / "host/somebody/action"
    folder.mkdir(parents=True)

    def git(*arguments: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        return environments.run(["git", *who, *arguments], folder).stdout.strip()

    git("init", "-q")
    found = {}
    for tag, kind in (("v1", []), ("v2", ["-a", "-m", "two"])):
        git("commit", "-q", "--allow-empty", "-m", tag)
        git("tag", *kind, tag)
        found[tag] = git("rev-parse", "HEAD")
    found["object of v2"] = git("rev-parse", "v2")
    assert found["object of v2"] != found["v2"]
    monkeypatch.setattr(actions, "HOST", f"{(tmp_path / 'host').as_uri()}/")
    return found


def workflow(place: Path, *uses: str) -> list[Path]:
    file = place / "ci.yml"
    lines = "".join(f"      - uses: {text}\n" for text in uses)
    file.write_text(f"    steps:\n{lines}", encoding="utf-8")
    return [file]


def test_a_commit_of_its_tag_is_right(host: dict[str, str], tmp_path: Path) -> None:
    """A plain tag, one that is an object, and an action in a folder."""
    one, two = host["v1"], host["v2"]
    files = workflow(
        tmp_path,
        f"somebody/action@{one} # v1",
        f"somebody/action@{two} # v2",
        f"somebody/action/deep@{one} # v1",
        f"somebody/action@{one} # v1",
    )
    section = actions.check(files)
    assert section.findings == section.not_checked == []
    assert section.rows == [
        ("somebody/action", "v1", one[:12], "the tag's commit", "ci.yml"),
        ("somebody/action", "v2", two[:12], "the tag's commit", "ci.yml"),
        ("somebody/action/deep", "v1", one[:12], "the tag's commit", "ci.yml"),
    ]


@pytest.mark.parametrize(
    ("sha", "tag", "verdict"),
    [
        ("v1", "v2", "another commit"),
        ("object of v2", "v2", "another commit"),
        ("v2", "v3", "no such tag"),
    ],
)
def test_another_commit_than_the_tag_s_is_a_finding(
    sha: str, tag: str, verdict: str, host: dict[str, str], tmp_path: Path
) -> None:
    section = actions.check(workflow(tmp_path, f"somebody/action@{host[sha]} # {tag}"))
    assert [row[3] for row in section.rows] == [verdict]
    (text,) = section.findings
    assert host[sha] in text and tag in text and "ci.yml" in text
    assert (host["v2"] in text) or verdict == "no such tag"


def test_an_action_that_is_not_pinned_is_a_finding(
    host: dict[str, str], tmp_path: Path
) -> None:
    wrong = ["somebody/action@v1", f"somebody/action@{host['v1']}", "./local # v1"]
    section = actions.check(workflow(tmp_path, *wrong))
    assert [text.split(" is not")[0] for text in section.findings] == [
        f"ci.yml, line {number}: {text}" for number, text in enumerate(wrong, 2)
    ]


def test_a_repository_that_is_not_there_is_a_finding(
    host: dict[str, str], tmp_path: Path
) -> None:
    section = actions.check(workflow(tmp_path, f"nobody/action@{host['v1']} # v1"))
    assert [row[3] for row in section.rows] == ["git fails"]
    assert "does not" in section.findings[0] and section.not_checked == []


def test_without_a_network_no_action_counts_as_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real Git, sent to a port where nobody listens."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(actions, "HOST", "https://127.0.0.1:1/")
    section = actions.check(workflow(tmp_path, f"somebody/action@{'0' * 40} # v1"))
    assert section.findings == section.rows == []
    (text,) = section.not_checked
    assert text.startswith("1 of 1 actions (somebody/action v1: fatal: unable to")


def test_every_workflow_s_actions_are_asked_for() -> None:
    """The same that tests/test_own_workflows.py holds against its own list."""
    found, problems = actions.used(actions.workflows())
    assert problems == []
    assert {(pin.action, pin.tag): pin.sha for pin in found} == ACTIONS
    holders = {file.split("/")[0] for files in found.values() for file in files}
    assert holders == {".github", actions.SKELETON, "specs"}


# ----------------------------------------------------------------------------- hashes


def test_the_hashes_are_of_the_pinned_versions() -> None:
    known = pins.hashes()
    assert hashes.differences(CONSTRAINTS, known) == []
    kinds = {text.partition(":")[0] for sums in known.values() for text in sums}
    assert kinds == {"sha256"}


def test_every_project_is_pinned_to_versions_that_have_hashes(slug: str) -> None:
    known = pins.hashes()
    for name in pins.LISTS:
        text = (catalogue.SPECS / slug / name).read_text(encoding="utf-8")
        hashed = pins.with_hashes(pins.lines_of(text), known)
        assert hashed and all(" --hash=sha256:" in line for line in hashed)
        assert "--hash" not in text, "a learner's list has none: CONTRIBUTING.md"


def test_a_proof_installs_by_hash() -> None:
    project = catalogue.load(smallest())
    folder = environments.environment(project).parent.parent
    lines = folder.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(pins.read(project.folder / "requirements.txt"))
    assert all("--hash=sha256:" in line for line in lines)


def test_a_pin_without_a_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no hash of a==2; run make lock"):
        pins.with_hashes(["a==2"], {("a", "1"): ("sha256:0",)})
    with pytest.raises(SpecError, match="is not a pin"):
        pins.parse("a>=2")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("a==2\n", encoding="utf-8")
    found = hashes.differences(constraints, {("a", "1"): ("sha256:0",)})
    assert [text.split(";")[0] for text in found] == [
        "a 1 is in specs/hashes.txt and not pinned",
        "a 2 is pinned and has no hash in specs/hashes.txt",
    ]


def test_a_file_with_another_hash_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "madeup-1.0-py3-none-any.whl"
    about = "madeup-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("madeup.py", "")
        file.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: madeup\nVersion: 1.0\n"
        )
        kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{about}/WHEEL", kind)
        file.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    listed = tmp_path / "requirements.txt"
    listed.write_text("madeup==1.0\n", encoding="utf-8")
    good = f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
    said, problems = hashes.verified(listed, {("madeup", "1.0"): (good,)})
    assert said.startswith("yes") and problems == []
    # The wheel is in the cache by now; the hash is compared all the same.
    said, problems = hashes.verified(
        listed, {("madeup", "1.0"): (f"sha256:{'0' * 64}",)}
    )
    assert said == "no"
    assert "madeup" in problems[0] and "ash mismatch" in problems[0]


# --------------------------------------------------------------------------- licences

THREE = """Redistributions of source code must retain the above. The name of nobody may
be used to endorse or promote products."""


@pytest.mark.parametrize(
    ("package", "licence", "kind"),
    [
        (Package("a", "1", expression="mit"), "MIT", "permissive"),
        (Package("a", "1", field="MIT License"), "MIT", "permissive"),
        (Package("a", "1", field="BSD", text=THREE), "BSD-3-Clause", "permissive"),
        (
            Package("a", "1", field="BSD", text=THREE.partition(" The")[0]),
            "BSD-2-Clause",
            "permissive",
        ),
        (Package("a", "1", field="BSD"), "", "unknown"),
        (
            Package("a", "1", field="long words", classifiers=("MIT License",)),
            "MIT",
            "permissive",
        ),
        (
            Package("a", "1", classifiers=("MIT License", "Own License")),
            "",
            "unknown",
        ),
        (
            Package("a", "1", expression="LGPL-3.0-only"),
            "LGPL-3.0-only",
            "weak copyleft",
        ),
        (Package("a", "1", expression="GPL-3.0-only"), "GPL-3.0-only", "not allowed"),
        (
            Package("a", "1", expression="MIT AND AGPL-3.0-only"),
            "MIT AND AGPL-3.0-only",
            "not allowed",
        ),
        (
            Package("a", "1", expression="GPL-2.0-only OR MIT"),
            "GPL-2.0-only OR MIT",
            "permissive",
        ),
        (
            Package("a", "1", expression="GPL-2.0-only AND (MIT OR ISC)"),
            "GPL-2.0-only AND (MIT OR ISC)",
            "not allowed",
        ),
        (Package("a", "1"), "", "unknown"),
    ],
)
def test_a_licence_is_normalised_and_judged(
    package: Package, licence: str, kind: str
) -> None:
    assert (package.licence, licences.kind(package.licence)) == (licence, kind)


def test_a_licence_that_is_not_allowed_or_not_known_is_a_finding() -> None:
    strict, silent = Package("a", "1", expression="AGPL-3.0-only"), Package("b", "2")
    section = licences.check({"one": [strict, silent], "two": [strict]})
    assert section.rows[0] == ("a 1", "AGPL-3.0-only", "not allowed", "one, two")
    assert [text[:4] for text in section.findings] == ["a 1:", "b 2:"]


def test_everything_a_learner_installs_may_be_used(slug: str) -> None:
    project = catalogue.load(slug)
    found = licences.installed(project)
    section = licences.check({slug: found})
    assert section.findings == []
    wanted = {p.name for p in pins.read(project.folder / "requirements.txt") if p.here}
    assert wanted <= {pins.canonicalize_name(package.name) for package in found}


# ----------------------------------------------------------------------------- upkeep

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_page_of_an_index_is_read_in_json_and_in_html() -> None:
    json = '{"files": [{"upload-time": "2024-01-01T00:00:00Z"}, {"url": "x"}]}'
    html = """<a data-upload-time="2024-01-01T00:00:00Z">1</a>
    <a data-upload-time="2020-01-01T00:00:00Z">2</a>"""
    for page in (json, html):
        assert upkeep.newest(page) == datetime(2024, 1, 1, tzinfo=UTC)
    assert upkeep.newest("<a>no times</a>") is None


@pytest.mark.parametrize(
    ("statuses", "found"),
    [((503, 429, 200), True), ((404,), False)],
    ids=["busy", "unknown"],
)
def test_an_index_that_is_busy_is_asked_again(
    statuses: tuple[int, ...], found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    page = '<a data-upload-time="2024-01-01T00:00:00Z">1</a>'
    with answering(*statuses, page=page) as address:
        newest = upkeep.from_index("django", f"{address}/simple")
    assert newest == (datetime(2024, 1, 1, tzinfo=UTC) if found else None)


def test_a_package_without_a_release_in_three_years_is_a_finding() -> None:
    ages = {"new": 10, "old": 1100, "kept": 1200}

    def latest(name: str) -> datetime | None:
        return NOW - timedelta(days=ages[name]) if name in ages else None

    section = upkeep.check([*ages, "silent"], latest, NOW, {"kept"})
    assert [row[0] for row in section.rows] == ["kept", "old", "new"]
    assert len(section.findings) == 1 and section.findings[0].startswith("old has had")
    assert "silent" in section.not_checked[0]
    stale = upkeep.check(["new"], latest, NOW, {"new", "gone"}).findings
    assert [text.split(" had")[0].split(",")[0] for text in stale] == [
        "new",
        "CONTRIBUTING.md excuses gone",
    ]


def test_the_reasons_are_read_from_their_paragraph_only() -> None:
    text = f"`not-this`\n\n**{upkeep.REASONS}.** `mdurl` is\ndone.\n\n`nor-this`\n"
    assert upkeep.reasons(text) == {"mdurl"}


# ------------------------------------------------------------------------------- code


def test_bandit_finds_a_shell_and_a_reason_without_use(tmp_path: Path) -> None:
    file = tmp_path / "app" / "views.py"
    file.parent.mkdir()
    file.write_text(
        "import subprocess\n\n\ndef run(x):\n"
        "    return subprocess.run(x, shell=True, check=False)\n",
        encoding="utf-8",
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("assert 1\n", encoding="utf-8")
    remarks = code.bandit(tmp_path)
    assert {remark.path for remark in remarks} == {"app/views.py"}
    accepted = [("B404", "app/*", "it has to"), ("B101", "gone/*", "there was one")]
    section = code.check_bandit({"one": remarks}, accepted)
    assert len(section.findings) == 2
    assert "B602" in section.findings[0] and "app/views.py:5" in section.findings[0]
    assert "gone/*" in section.findings[1]


class Finished(dict[str, Site]):
    """Finished projects with their production settings; each is written when asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, slug: str) -> Site:
        self[slug] = production.finished(catalogue.load(slug), self.folder / slug)
        return self[slug]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return Finished(tmp_path_factory.mktemp("finished"))


def test_bandit_has_nothing_against_the_finished_projects(finished: Finished) -> None:
    """In one test, since what is accepted of one of them has to be found in one."""
    found = {slug: code.bandit(finished[slug].folder) for slug in catalogue.slugs()}
    assert code.check_bandit(found).findings == []


def test_the_deployment_check_passes(slug: str, finished: Finished) -> None:
    assert code.check_deploy([finished[slug]]).findings == []


def test_the_deployment_check_can_fail(finished: Finished) -> None:
    site = finished[smallest()]
    weak = Site(site.project, site.folder, site.python, "", {**site.env, "DEBUG": "1"})
    (text,) = code.check_deploy([weak]).findings
    assert text.startswith(f"{smallest()}: check --deploy:") and "security.W" in text


@pytest.mark.parametrize(
    ("texts", "condition"),
    [
        ((), "DATABASES['default']['ENGINE'].endswith('postgresql')"),
        (('["pool"]',), "'pool' in DATABASES['default']['OPTIONS']"),
        (
            ("CACHES", "EMAIL_URL"),
            "'locmem' not in CACHES['default']['BACKEND'].lower() "
            "and EMAIL_HOST == 'mail.example.org'",
        ),
        (("CHANNEL_LAYERS",), "CHANNEL_LAYERS['default']['CONFIG']['hosts']"),
    ],
)
def test_the_deployment_check_judges_the_settings_for_real_servers(
    texts: tuple[str, ...],
    condition: str,
    finished: Finished,
    tmp_path: Path,
) -> None:
    """In the first project whose settings hold such a server's."""
    slug = first_with_settings(*texts)
    site = finished[slug]
    folder = Path(shutil.copytree(site.folder, tmp_path / slug))
    with (folder / "config/settings.py").open("a", encoding="utf-8") as settings:
        settings.write(f"\nif {condition}:\n    SECURE_HSTS_SECONDS = 0\n")
    weak = Site(site.project, folder, site.python, "", site.env)
    said = " ".join(code.check_deploy([weak]).findings)
    assert "security.W004" in said, said or "these settings were not judged"


# ------------------------------------------------------------- what Compose hands on


@pytest.mark.representatives("Compose is of the skeleton")
def test_the_settings_are_those_of_compose(slug: str, finished: Finished) -> None:
    """All of them, but for the servers' names; the file decides, not a list here."""
    site = finished[slug]
    said = production.sent(site.folder)
    assert int(said["SECURE_HSTS_SECONDS"]) > 0
    assert said["ALLOWED_HOSTS"] == production.HOST
    assert said["CSRF_TRUSTED_ORIGINS"] == f"https://{production.HOST}"
    assert said["DATABASE_URL"].endswith("@database:5432/app")
    assert ("REDIS_URL" in said) is ("redis" in site.project.services)
    assert ("EMAIL_URL" in said) is ("mail" in site.project.services)
    assert not any("$" in value for value in said.values())
    assert site.env == {k: v for k, v in said.items() if k not in environments.SERVICES}


def test_another_value_in_compose_is_another_setting(
    finished: Finished, tmp_path: Path
) -> None:
    text = (finished[smallest()].folder / production.COMPOSE).read_text(
        encoding="utf-8"
    )
    for name, written, value in (
        ("SECURE_HSTS_SECONDS", '"${SECURE_HSTS_SECONDS:-7200}"', "7200"),
        ("DEBUG", '"true"', "true"),
        ("BEHIND_PROXY", '"${SITE_HOST}:1"', "example.org:1"),
    ):
        changed = re.sub(rf"(?m)^    {name}: .*$", f"    {name}: {written}", text)
        (tmp_path / production.COMPOSE).write_text(changed, encoding="utf-8")
        assert production.sent(tmp_path)[name] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${A}", "one"),
        ("a${A:-two}b${A:?missing}", "aoneb" + "one"),
        ("${B:-two}", "two"),
        ("${B:-}", ""),
        ("$$A", "$A"),
    ],
)
def test_a_variable_of_compose_is_resolved(text: str, value: str) -> None:
    assert production.resolved(text, {"A": "one", "B": ""}) == value


@pytest.mark.parametrize("text", ["${NEW}", "${NEW:?write it into .env}"])
def test_a_variable_that_nobody_gives_ends_the_audit(text: str) -> None:
    with pytest.raises(RuntimeError, match=r"wants NEW, which the audit does not"):
        production.resolved(text)


# ---------------------------------------------------------------- headers and cookies

NGINX = headers.PROXY.read_text(encoding="utf-8")
GOOD = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; "
    "base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Cookie",
}


def answer(what: str = "signed in", **changes: str | None) -> Answer:
    sent = {**GOOD, **{k.replace("_", "-"): v for k, v in changes.items()}}
    return Answer(what, 200, tuple((k, v) for k, v in sent.items() if v is not None))


def test_an_answer_with_all_that_is_wanted_has_no_finding() -> None:
    section = headers.check("one", [answer()], NGINX)
    assert section.findings == []
    verdicts = {row[0]: row[3] for row in section.rows}
    assert verdicts["X-Content-Type-Options"] == "as recommended"
    assert verdicts["Content-Security-Policy"].startswith("differs: ")
    assert verdicts["Referrer-Policy"].startswith("differs: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, None) for name in GOOD],
        ("Strict-Transport-Security", "max-age=60; includeSubDomains"),
        ("Strict-Transport-Security", "max-age=7200; includeSubDomains"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Content-Security-Policy", "default-src 'self'; form-action 'self'"),
        ("Referrer-Policy", "unsafe-url"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Cache-Control", "public"),
        ("X-Powered-By", "patience"),
    ],
)
def test_a_header_that_is_missing_or_weak_is_a_finding(
    name: str, value: str | None
) -> None:
    weak = answer(**{name.replace("-", "_"): value})
    section = headers.check("one", [answer("front page"), weak], NGINX)
    words = "Vary: Cookie" if name == "Vary" else name
    assert any(words in text for text in section.findings), section.findings


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("add_header Permissions-Policy", "Permissions-Policy"),
        ("server_tokens off;", "server_tokens"),
    ],
)
def test_what_nginx_no_longer_does_is_a_finding(line: str, named: str) -> None:
    assert NGINX.count(line) == 1
    section = headers.check("one", [answer()], NGINX.replace(line, f"# {line}"))
    assert any(named in text for text in section.findings), section.findings


def test_a_header_that_nginx_leaves_out_on_errors_does_not_count() -> None:
    text = 'add_header A "1";\n  add_header B "x; y" always;\nadd_header C z always;'
    assert headers.added(text) == {"b": "x; y", "c": "z"}


def test_a_header_that_is_not_for_pages_does_not_count() -> None:
    """One of a block of its own, or for answers to which the site adds none."""
    text = """
    add_header A $said always;
    location /files/ {
        types { image/png png; }
        add_header B "x" always;
    }
    add_header C z always;
    """
    assert headers.added(text) == {"c": "z"}


def test_plain_http_has_to_be_sent_on() -> None:
    there = Answer("plain HTTP", 301, (("Location", "https://example.org/"),))
    assert headers.check("one", [answer(), there], NGINX).findings == []
    for other in (
        Answer("plain HTTP", 200, ()),
        Answer("plain HTTP", 302, (("Location", "http://example.org/"),)),
    ):
        assert headers.check("one", [answer(), other], NGINX).findings


@pytest.mark.parametrize(
    ("cookie", "missing"),
    [
        ("sessionid=1; Path=/; Secure; HttpOnly; SameSite=Lax", set()),
        ("csrftoken=1; Path=/; Secure; SameSite=Lax", set()),
        ("sessionid=1; Path=/; HttpOnly; SameSite=Lax", {"Secure"}),
        ("sessionid=1; Path=/; Secure; SameSite=Lax", {"HttpOnly"}),
        ("sessionid=1; Path=/; Secure; HttpOnly; SameSite=None", {"SameSite"}),
        (
            "other=1; Path=/x; Domain=example.org; Secure; HttpOnly; SameSite=Lax",
            {"Domain", "Path"},
        ),
        ("gone=; Max-Age=0; Path=/", set()),
    ],
)
def test_a_cookie_is_judged_by_each_attribute(cookie: str, missing: set[str]) -> None:
    section = headers.check_cookies(
        "one", [Answer("signing in", 302, (("Set-Cookie", cookie),))]
    )
    assert {text.split(": ")[2] for text in section.findings} == missing


def test_every_deviation_has_a_reason() -> None:
    usual = owasp.Header("A", "b", bool).instead
    for header in owasp.HEADERS:
        assert bool(header.why) == (header.instead is not usual), header.name
    assert all(bool(item.why) == bool(item.without) for item in owasp.ATTRIBUTES)


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs a POSIX system")
def test_the_running_finished_project_is_as_owasp_recommends(
    slug: str, finished: Finished
) -> None:
    with production.answering(finished[slug]) as site:
        answers = production.visit(site)
    found = {answer.what: answer.status for answer in answers}
    assert found["front page"] in (200, 302) and found["404"] == 404
    assert found["static file"] == 200
    if any("/login/" in url["path"] for url in site.project.spec["urls"]):
        assert found["sign-in page"] == 200 and found["signed in"] in (200, 302)
    assert headers.check(slug, answers, NGINX).findings == []
    assert headers.check_cookies(slug, answers).findings == []
