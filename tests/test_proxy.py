"""proxy/nginx.conf under a real nginx, without containers: its headers, its uploads."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from djangopath.catalogue import ROOT
from tests.common import needed
from tools.services import held_port

pytestmark = pytest.mark.only_projects()

PROXY = ROOT / "{{cookiecutter.project_slug}}" / "proxy"
PATIENCE = 60
OWN = "default-src 'self'; script-src 'self'"
FALLBACK = "frame-ancestors 'none'"
SANDBOX = "default-src 'none'; sandbox"
PAGE = b"<!doctype html><title>Long</title>" + b"<p>Again and again.</p>" * 200
SHEET = b"p { margin: 0 }\n" * 200

# As Debian's own file has it, `gzip on` included: it must not matter.
AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    gzip on;
    gzip_proxied any;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/default.conf;
}}
"""


class Django(BaseHTTPRequestHandler):
    """In the place of the site: with a policy of its own, without one, or silent."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/silent/":
            return
        page = not self.path.startswith("/static/")
        body = PAGE if page else gzip.compress(SHEET)
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if page else "text/css")
        self.send_header("Content-Length", str(len(body)))
        if self.path != "/without/":
            self.send_header("Content-Security-Policy", OWN)
        if not page:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Answer:
    """What nginx has answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def all(self, name: str) -> list[str]:
        return self.headers.get_all(name) or []


@dataclass
class Nginx:
    """nginx with the project's file, on a port of this machine."""

    port: int
    media: Path
    asked: list[str]  # the paths that the site was asked for

    def send(self, path: str, method: str = "GET") -> Answer:
        """A request by HTTPS; the path is sent as it is."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=trusting, timeout=PATIENCE
        )
        try:
            line.request(method, path, headers={"Accept-Encoding": "gzip"})
            answer = line.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            line.close()


def adapted(folder: Path, ports: dict[str, int], version: tuple[int, ...]) -> str:
    """The project's file, for this machine in the place of the containers."""
    text = (PROXY / "nginx.conf").read_text(encoding="utf-8")
    for before, after in (
        ("/etc/nginx/site/", f"{folder}/"),
        ("/etc/nginx/certificates/", f"{folder}/"),
        ("/srv/media", f"{folder}/media"),
        ("listen 80;", f"listen 127.0.0.1:{ports['http']};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{ports['https']} ssl;"),
    ):
        assert before in text, before
        text = text.replace(before, after)
    if version < (1, 25, 1):
        text = text.replace("http2 on;", "")
    return text


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx in front of something that answers as Django would."""
    folders = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    program = shutil.which("nginx", path=folders)
    needed("nginx with openssl", bool(program and shutil.which("openssl")))
    assert program
    folder = tmp_path_factory.mktemp("nginx").resolve()
    (folder / "media").mkdir()
    key = ("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem")
    request = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost".split()
    subprocess.run([*request, *key], check=True, capture_output=True)
    said = subprocess.run(
        [program, "-v"], check=True, capture_output=True, encoding="utf-8"
    )
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said.stderr)
    assert found, said.stderr
    asked: list[str] = []
    handler = type("Answering", (Django,), {"asked": asked})
    with ExitStack() as stack:
        site = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        stack.callback(site.server_close)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        stack.callback(site.shutdown)
        ports = {name: stack.enter_context(held_port()) for name in ("http", "https")}
        version = tuple(map(int, found.groups()))
        (folder / "default.conf").write_text(adapted(folder, ports, version), "utf-8")
        passed = (PROXY / "site.conf").read_text(encoding="utf-8")
        passed = passed.replace("web:8000", f"127.0.0.1:{site.server_port}")
        (folder / "site.conf").write_text(passed, "utf-8")
        # Started by root, its workers would belong to somebody who may not read here.
        user = "user root;" if hasattr(os, "geteuid") and not os.geteuid() else ""
        main = folder / "main.conf"
        main.write_text(AROUND.format(folder=folder, user=user), "utf-8")
        log = folder / "log"
        command = [program, "-p", folder, "-e", log, "-c", main]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        running = Nginx(ports["https"], folder / "media", asked)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                running.send("/")
                break
            except OSError:
                told = log.read_text("utf-8") if log.exists() else ""
                assert process.poll() is None and time.monotonic() < end, told
                time.sleep(0.05)
        yield running


def test_a_page_is_not_compressed(nginx: Nginx) -> None:
    """BREACH: its length would tell what a stranger has guessed of its secrets."""
    answer = nginx.send("/")
    assert answer.all("Content-Encoding") == []
    assert answer.body == PAGE


def test_what_the_site_has_compressed_stays_so(nginx: Nginx) -> None:
    """As WhiteNoise keeps static files."""
    answer = nginx.send("/static/site.css")
    assert answer.all("Content-Encoding") == ["gzip"]
    assert gzip.decompress(answer.body) == SHEET


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [("/", 200, OWN), ("/without/", 200, FALLBACK), ("/silent/", 502, FALLBACK)],
)
def test_one_policy_stands_in_each_answer(
    nginx: Nginx, path: str, status: int, policy: str
) -> None:
    """Django's where it says one; two would both hold."""
    answer = nginx.send(path)
    assert answer.status == status
    (found,) = answer.all("Content-Security-Policy")
    assert found.startswith(policy)
    assert len(answer.all("Permissions-Policy")) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.jpeg", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.gif", "image/gif"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.html", "application/octet-stream"),
        ("a.svg", "application/octet-stream"),
        ("a.js", "application/octet-stream"),
        ("a.jpg.php", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_an_upload_is_what_its_ending_says(nginx: Nginx, name: str, kind: str) -> None:
    """Sent by nginx, without asking the site; nothing in it runs."""
    content = b"<script>alert(1)</script>" * 100
    (nginx.media / name).write_bytes(content)
    nginx.asked.clear()
    answer = nginx.send(f"/media/{name}")
    assert (answer.status, answer.body) == (200, content)
    assert answer.all("Content-Type") == [kind]
    assert answer.all("X-Content-Type-Options") == ["nosniff"]
    assert answer.all("Content-Security-Policy") == [SANDBOX]
    assert answer.all("Content-Encoding") == []
    assert nginx.asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/nothing.jpg",
        "/media/link.jpg",
        "/media/../privkey.pem",
        "/media/%2e%2e/privkey.pem",
        "/media../privkey.pem",
    ],
)
def test_nothing_else_is_sent(nginx: Nginx, path: str) -> None:
    """No list of files, no link that leads elsewhere, no way up."""
    link = nginx.media / "link.jpg"
    if not link.is_symlink():
        link.symlink_to(nginx.media.parent / "privkey.pem")
    answer = nginx.send(path)
    assert answer.status in (200, 400, 403, 404)
    assert (answer.status == 200) == (answer.body == PAGE), "the site may answer"
    assert b"PRIVATE KEY" not in answer.body


def test_an_upload_can_only_be_read(nginx: Nginx) -> None:
    (nginx.media / "kept.jpg").write_bytes(b"kept")
    for method in ("POST", "PUT", "DELETE"):
        assert nginx.send("/media/kept.jpg", method).status in (403, 405)
    assert nginx.send("/media/kept.jpg", "HEAD").status == 200
    assert (nginx.media / "kept.jpg").read_bytes() == b"kept"
