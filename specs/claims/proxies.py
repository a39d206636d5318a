"""Claims about nginx, in front of a server that answers what it is told."""

from __future__ import annotations

import http.client
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import expect, same

PAGE = b"<p>Again and again.</p>" * 200
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Behind:
    """A server of one answer that keeps what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self.asked: list[str] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _ = self._socket.accept()
            asked = b""
            while b"\r\n\r\n" not in asked and (some := line.recv(65536)):
                asked += some
            self.asked.append(asked.decode())
            line.sendall(self._answer)
            line.close()


@contextmanager
def nginx(lines: str, behind: Behind) -> Iterator[int]:
    """nginx with these lines in its `server`; its port."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        port = free_port()
        temps = "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; events {{}}\n"
            f"error_log {folder}/log;\n"
            f"http {{ access_log off; {temps} server {{ listen 127.0.0.1:{port};\n"
            f"{lines}\nlocation / {{ proxy_pass http://127.0.0.1:{behind.port}; }} "
            "} }",
            encoding="utf-8",
        )
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", f"{folder}/log"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end and process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield port
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(PAGE)}"
    return f"{head}\r\nConnection: close\r\n\r\n".encode() + PAGE


def packed(lines: str, kind: str) -> bool:
    with nginx(lines, Behind(answer(kind))) as port:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        asked.request("GET", "/", headers={"Accept-Encoding": "gzip"})
        return asked.getresponse().getheader("Content-Encoding") == "gzip"


def gzip_on_packs_html() -> None:
    lines = "gzip on; gzip_types text/css;"
    same(packed(lines, "text/html"), True, "text/html with gzip_types text/css")
    same(packed(lines, "text/css"), True, "text/css")
    same(packed(lines, "text/plain"), False, "text/plain")
    same(packed("gzip off;", "text/html"), False, "text/html with gzip off")


def shaken(lines: str) -> tuple[str, str]:
    """The first line of the answer, and what the server behind was asked."""
    behind = Behind(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\n\r\n"
    )
    with (
        nginx(lines, behind) as port,
        socket.create_connection(("127.0.0.1", port), 60) as line,
    ):
        line.sendall(HANDSHAKE)
        first = line.makefile("rb").readline().decode().strip()
    return first, behind.asked[0]


UPGRADE = "proxy_set_header Upgrade $http_upgrade;"
CONNECTION = 'proxy_set_header Connection "upgrade";'


def upgrade_and_connection_are_passed_when_told() -> None:
    _, asked = shaken("")
    expect("upgrade" not in asked.lower(), asked)
    first, asked = shaken(UPGRADE + CONNECTION)
    same(first, "HTTP/1.1 101 Switching Protocols", "without proxy_http_version 1.1")
    expect("upgrade: websocket" in asked.lower(), asked)


def inner_headers_replace_the_outer_ones() -> None:
    behind = Behind(answer("text/html"))
    lines = (
        "proxy_set_header X-Outer yes;\n"
        "location /inner { proxy_set_header X-Inner yes; "
        f"proxy_pass http://127.0.0.1:{behind.port}; }}"
    )
    with nginx(lines, behind) as port:
        for path in ("/", "/inner"):
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            asked.request("GET", path)
            asked.getresponse().read()
    same(
        ["X-Outer" in text for text in behind.asked], [True, False], "the outer header"
    )
