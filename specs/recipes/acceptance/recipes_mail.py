"""A mail server for the tests: it refuses some, and hangs up on some."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterable
from typing import Any


class PostOffice(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps whom each message went to, in ``delivered``.

    Args:
        refuses: addresses that it answers with 550, as it does where nobody lives.
        hangs_up_on: addresses at which it ends the connection, once each.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, *, refuses: Iterable[str] = (), hangs_up_on: Iterable[str] = ()
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.refuses, self.hangs_up_on = set(refuses), set(hangs_up_on)
        self.delivered: list[str] = []

    def __enter__(self) -> PostOffice:
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def serves(self, settings: Any) -> None:
        """The site's mail goes here from now on."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.server_address[1]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


class _Talk(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        to: list[str] = []
        self.say("220 kitchen.example.org")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            word = line.upper()
            if word.startswith("RCPT"):
                address = re.sub(r".*<(.*)>.*", r"\1", line)
                if address in self.server.hangs_up_on:
                    self.server.hangs_up_on.remove(address)
                    return
                if address in self.server.refuses:
                    self.say("550 Nobody of that name lives here")
                    continue
                to.append(address)
            elif word == "DATA":
                self.say("354 Go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.server.delivered += to
            elif word == "QUIT":
                self.say("221 Bye")
                return
            elif not word.startswith(("EHLO", "HELO", "MAIL", "RSET", "NOOP")):
                self.say("502 Not here")
                continue
            if word.startswith(("MAIL", "RSET")) or word == "DATA":
                to = []
            self.say("250 Fine")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
