"""The loads that projects bring along, and the one way in which a server is run."""

from __future__ import annotations

import re
import sys
import urllib.request
from pathlib import Path

import pytest

from djangopath import catalogue
from djangopath.errors import SpecError
from tools import load, site
from tools.examples import smallest

# A server in Python's own words, which says something when it is asked.
ANSWERING = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(sys.argv[2], flush=True)
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """Two projects, of which one has a load that leaves a file where it was run."""
    specs = tmp_path / "specs"
    (specs / "without").mkdir(parents=True)
    (specs / "with-load/checks").mkdir(parents=True)
    (specs / "with-load/checks/bench.py").write_text(
        "def bench(place):\n    (place / 'ran').touch()\n", "utf-8"
    )
    return specs


@pytest.mark.parametrize("slugs", [[], ["with-load"]])
def test_the_load_of_a_project_is_found(
    slugs: list[str], specs: Path, tmp_path: Path
) -> None:
    """By its place alone, also where the slug is no name of a module."""
    load.run_benches(slugs, tmp_path, specs)
    assert (tmp_path / "with-load/ran").exists()
    assert load.conversation("with-load", specs) is None
    assert load.conversation("without", specs) is None


def test_a_project_without_a_load_is_a_sentence(
    specs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SpecError, match=r"no specs/without/.*own: with-load$"):
        load.run_benches(["with-load", "without"], tmp_path, specs)
    assert not (tmp_path / "with-load").exists(), "one was run before all were known"
    (specs / "with-load/checks/bench.py").write_text("", "utf-8")
    with pytest.raises(SpecError, match=r"checks/bench\.py: has no function bench"):
        load.run_benches([], tmp_path, specs)


def test_the_command_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["load", "nothing"])
    assert load.main() == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("there is no specs/nothing/")


def test_every_load_can_be_run() -> None:
    """Each file is read, and holds what is called."""
    found = load.benches()
    assert found
    for slug, file in found.items():
        assert slug in catalogue.slugs()
        text = file.read_text("utf-8")
        assert re.search(r"(?m)^def bench\(place: Path\) -> None:$", text)
        load.conversation(slug)


# ------------------------------------------------------------------------- the servers


def made(folder: Path) -> site.Site:
    return site.Site(catalogue.load(smallest()), folder, Path(sys.executable), "")


def server(said: str) -> site.Server:
    return lambda port: ["-c", ANSWERING, str(port), said]


def test_a_server_answers_until_the_end_of_the_block(tmp_path: Path) -> None:
    with site.running(made(tmp_path), server("well")) as started:
        assert urllib.request.urlopen(started.base, timeout=60).status == 200
    assert "well" in started.log.read_text("utf-8")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(started.base, timeout=60)


def test_a_server_that_ends_is_told_with_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"(?s)does not answer:.*no such port"),
        site.running(made(tmp_path), lambda _: ["-c", "exit('no such port')"]),
    ):
        pytest.fail("it was given out")


def test_a_server_that_fails_is_told_at_the_end(tmp_path: Path) -> None:
    """By what its log says; what another server says where it refuses is no failure."""
    said = "Traceback (most recent call last): somewhere"
    with (
        pytest.raises(
            RuntimeError, match=rf"{smallest()}: the server failed:\nTraceback"
        ),
        site.running(made(tmp_path), server(said)),
    ):
        pass
    worse = re.compile("Internal Server Error")
    with site.running(made(tmp_path), server(said), failure=worse):
        pass
