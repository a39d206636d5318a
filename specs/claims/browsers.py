"""Claims about Chromium, which stands for browsers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from playwright.sync_api import sync_playwright
from support import expect, same


class Server(ThreadingHTTPServer):
    """Sets cookies, and keeps which came back and from which path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cookies: dict[str, str] = {}
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.cookies[self.path] = self.headers.get("Cookie", "")
        self.send_response(403 if self.path == "/ws" else 200)
        self.send_header("Content-Type", "text/html")
        if self.path == "/set":
            self.send_header("Set-Cookie", "secure=1; Secure; Path=/")
            self.send_header("Set-Cookie", "lax=1; SameSite=Lax; Path=/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def page() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser.new_page()
        browser.close()


def secure_cookies_work_on_localhost() -> None:
    server = Server()
    with page() as tab:
        for host in ("localhost", "127.0.0.1"):
            tab.goto(f"http://{host}:{server.port}/set")
            tab.goto(f"http://{host}:{server.port}/{host}")
            expect("secure=1" in server.cookies[f"/{host}"], f"{host}: not sent back")


# The code of the close event.
OPEN = """url => new Promise(done => {
    new WebSocket(url).onclose = event => done(event.code)})"""


def cross_site_sockets_carry_no_lax_cookie() -> None:
    server, other = Server(), Server()
    socket = f"ws://localhost:{server.port}/ws"
    with page() as tab:
        tab.goto(f"http://localhost:{server.port}/set")
        tab.goto(f"http://127.0.0.1:{other.port}/")
        tab.evaluate(OPEN, socket)
        expect("lax=1" not in server.cookies["/ws"], "sent from another site's page")
        tab.goto(f"http://localhost:{other.port}/")
        tab.evaluate(OPEN, socket)
        expect("lax=1" in server.cookies["/ws"], "not sent from another port's page")


def a_refused_handshake_is_1006() -> None:
    server = Server()
    with page() as tab:
        tab.goto(f"http://localhost:{server.port}/")
        code = tab.evaluate(OPEN, f"ws://localhost:{server.port}/ws")
    same(code, 1006, "the close code of a socket that is refused with 403")


def dots_in_addresses_are_resolved() -> None:
    server = Server()
    with page() as tab:
        tab.goto(f"http://localhost:{server.port}/cooks/../")
    expect("/cooks/../" not in server.cookies, f"asked for {list(server.cookies)}")


def a_date_is_shown_if_it_is_iso() -> None:
    with page() as tab:
        for value, shown in (("2026-12-31", "2026-12-31"), ("31/12/2026", "")):
            tab.set_content(f'<input type="date" value="{value}">')
            same(tab.input_value("input"), shown, f"the date of {value}")
