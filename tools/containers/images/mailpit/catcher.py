"""Takes mail by SMTP on port 1025; http://…:8025/ answers with all of it as text."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

caught: list[str] = []


class Handler:
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        caught.append(envelope.content.decode("utf-8", "replace"))
        return "250 OK"


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = "\n\n".join(caught).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    Controller(Handler(), hostname="0.0.0.0", port=1025).start()
    ThreadingHTTPServer(("0.0.0.0", 8025), Page).serve_forever()
