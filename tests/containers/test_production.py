"""compose.prod.yaml of every project: nginx in front, HTTPS, two web containers."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from email.parser import Parser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
import websockets
from websockets.typing import Origin

from tests.containers.conftest import Built
from tests.containers.running import Container, until
from tests.containers.stacks import (
    PASSWORD,
    SIGN_IN,
    Stack,
    Visitor,
    has_accounts,
    on_a_server,
    stack,
)
from tools.containers.engine import Engine
from tools.load import conversation

# The certificate is the one for trying.
pytestmark = pytest.mark.filterwarnings(
    "ignore::urllib3.exceptions.InsecureRequestWarning"
)


SCHEMES = ("http", "https")
# What proxy/nginx.conf allows one address, and for how many seconds it believes a name.
RATE, BURST, CONNECTIONS = 20, 60, 100
NAME_VALID = 5
# Seconds: a connection that nobody takes, and then an answer on a busy machine.
PATIENCE = 5


def trusting() -> ssl.SSLContext:
    """Takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def timed(url: str) -> tuple[int, float]:
    """What one who has not been here before is answered, and after how long."""
    answer = requests.get(f"{url}/healthz/", verify=False, timeout=60)
    return answer.status_code, answer.elapsed.total_seconds()


def asked(url: str) -> int:
    return timed(url)[0]


@pytest.fixture(scope="module")
def running(built: Built, engine: Engine) -> Iterator[Stack]:
    """The stack of production, started from nothing with two web containers."""
    env = on_a_server()
    with stack(engine, built.folder, "compose.prod.yaml", **env) as found:
        found.compose("up", "--build", "--detach", "--scale", "web=2")
        found.wait(count=2)
        until(
            lambda: "ok" in found.compose("exec", "-T", "proxy", "nginx", "-t"),
            30,
            lambda: found.logs("proxy"),
        )
        yield found


def port(running: Stack, scheme: str) -> int:
    return int(running.env[f"{scheme.upper()}_PORT"])


def at(running: Stack, scheme: str) -> str:
    """Where the site is, with the port that a browser would show and send."""
    return f"{scheme}://localhost:{port(running, scheme)}"


@pytest.fixture
def visitor(running: Stack) -> Visitor:
    return Visitor(at(running, "https"))


def test_nginx_is_content_with_its_configuration(running: Stack) -> None:
    said = running.compose("exec", "-T", "proxy", "nginx", "-t")
    assert "syntax is ok" in said and "test is successful" in said
    assert "warn" not in said


def test_migrations_ran_once_for_two(running: Stack) -> None:
    assert len(running.web) == 2
    running.expect_migrated_once()


def test_http_is_sent_on_to_https(running: Stack) -> None:
    http = at(running, "http")
    answer = requests.get(f"{http}/a?b=1", allow_redirects=False, timeout=15)
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://localhost/a?b=1"
    assert requests.get(f"{http}/healthz/", timeout=15).status_code == 200


def test_a_page_by_https(running: Stack, visitor: Visitor) -> None:
    page = visitor.open("/")
    assert page.status_code == 200 and "<title>" in page.text
    assert visitor.open("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_headers_that_a_scan_asks_for(built: Built, visitor: Visitor) -> None:
    """Each once: two of a kind would be read in ways that nobody meant."""
    page = visitor.open("/")
    headers = page.raw.headers
    for name, wanted in (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin|strict-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY|SAMEORIGIN"),
        ("Content-Security-Policy", "frame-ancestors 'none'"),
        ("Content-Security-Policy", "object-src 'none'"),
        ("Permissions-Policy", r"camera=\(\)"),
    ):
        values = headers.getlist(name)
        assert len(values) == 1, (name, values)
        assert re.search(wanted, values[0]), (name, values)
    if built.cut == "done":
        assert "script-src 'self';" in f"{headers['Content-Security-Policy']};"
        (age,) = headers.getlist("Strict-Transport-Security")
        assert int(re.search(r"max-age=(\d+)", age)[1]) >= 3600  # type: ignore[index]
    assert headers["Server"] == "nginx"
    assert "X-Powered-By" not in headers


def test_a_page_is_not_compressed(visitor: Visitor) -> None:
    """BREACH: its length would tell what a stranger has guessed of its secrets."""
    page = visitor.open("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page.headers


def test_nginx_sends_the_uploads(running: Stack, visitor: Visitor) -> None:
    """What the site writes to its volume, and as nothing but what the ending says."""
    write = (
        "import pathlib; pathlib.Path('media/tried.html').write_text('<b>tried</b>')"
    )
    running.compose("exec", "-T", "web", "python", "-c", write)
    page = visitor.open("/media/tried.html")
    assert (page.status_code, page.text) == (200, "<b>tried</b>")
    for name, wanted in (
        ("Content-Type", "application/octet-stream"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ):
        assert page.raw.headers.getlist(name) == [wanted], name


@pytest.mark.parametrize("said", ["localhost", ""], ids=["on 443", "on another port"])
def test_a_form_by_https(
    built: Built, running: Stack, visitor: Visitor, said: str
) -> None:
    """With Host and Origin as a browser says them, and what it is given to keep."""
    if not has_accounts(built.folder):
        pytest.skip("the project has neither accounts nor a form")
    if built.cut == "first":
        pytest.skip("the settings know of no proxy yet")
    if said:
        visitor.headers["Host"] = said
    name = f"ada-{said}"
    running.superuser(name, PASSWORD)
    typed = {"username": name, "password": PASSWORD}
    stranger = visitor.fill(SIGN_IN, "https://evil.example", **typed)
    assert stranger.status_code == 403
    assert not visitor.sign_in(name, "another password")
    assert visitor.sign_in(name, PASSWORD)
    kept = {cookie.name: cookie for cookie in visitor.cookies}
    assert {"sessionid", "csrftoken"} <= set(kept)
    for cookie in kept.values():
        assert cookie.secure, f"{cookie.name} would go by http:// as well"
        same = cookie.get_nonstandard_attr("SameSite")
        assert same in ("Lax", "Strict"), (cookie.name, same)
    assert kept["sessionid"].has_nonstandard_attr("HttpOnly")


def test_who_names_no_host_is_refused(running: Stack) -> None:
    """As HTTP/1.0 allows; by an answer, and not by an error."""
    with connected(running, "https") as line:
        line.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert line.recv(100).split()[1] == b"400"


def mounted(file: Path, where: str) -> tuple[str, str]:
    """The option that lays a file into nginx's folder."""
    return ("--volume", f"{file}:/etc/nginx/{where}:ro")


ECHO = """
import http.server
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())
http.server.HTTPServer(("", 8000), Echo).serve_forever()
"""


def test_what_a_visitor_says_of_himself_is_not_believed(
    built: Built, engine: Engine
) -> None:
    """Scheme and address are nginx's to tell: seen by a program in the site's place."""
    place = "/etc/nginx/certificates"
    certificate = (
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost "
        f"-keyout {place}/privkey.pem -out {place}/fullchain.pem"
    )
    network = f"echo-{built.folder.name}"
    engine.docker("network", "create", network)
    ids = []
    try:
        for words in (
            ("--network-alias", "web", built.image, "python", "-c", ECHO),
            (
                *mounted(built.folder / "proxy/nginx.conf", "conf.d/default.conf"),
                *mounted(built.folder / "proxy/site.conf", "site/site.conf"),
                *("--volume", place, "nginx:1.30", "sh", "-c"),
                f"{certificate} && exec nginx -g 'daemon off;'",
            ),
        ):
            made = engine.docker("run", "--detach", "--network", network, *words)
            ids.append(made.stdout.strip())
        proxy = Container(engine, ids[1])
        lies = {
            "Host": "localhost:8443",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-For": "1.2.3.4",
        }
        told: list[str] = []

        def answered() -> bool:
            try:
                page = requests.get(
                    f"https://{proxy.address}/", headers=lies, verify=False, timeout=5
                )
            except requests.ConnectionError:
                return False
            told.append(page.text)
            return page.ok

        until(answered, 30, lambda: proxy.logs)
        seen = Parser().parsestr(told[-1])
        assert seen.get_all("X-Forwarded-Proto") == ["https"]
        (address,) = seen.get_all("X-Forwarded-For") or []
        assert "1.2.3.4" not in address
        assert seen.get_all("Host") == ["localhost:8443"]
    finally:
        engine.docker("rm", "--force", "--volumes", *ids, check=False)
        engine.docker("network", "rm", network, check=False)


def test_a_body_over_the_limit_is_turned_away(visitor: Visitor) -> None:
    big = visitor.post(f"{visitor.url}/", data=b"x" * (11 * 1024 * 1024), timeout=30)
    assert big.status_code == 413
    assert visitor.open("/healthz/").ok


@pytest.mark.parametrize("scheme", SCHEMES)
def test_too_many_requests_are_turned_away_and_the_site_goes_on(
    running: Stack, scheme: str
) -> None:
    """More than anybody makes by hand."""
    url = at(running, scheme)

    def hurry(_: int) -> list[int]:
        """What one of many connections is answered, as quick as it can ask."""
        with requests.Session() as session:
            session.verify, session.trust_env = False, False
            return [
                session.get(f"{url}/healthz/", timeout=60).status_code
                for _ in range(40)
            ]

    with ThreadPoolExecutor(16) as pool:
        codes = [code for answers in pool.map(hurry, range(16)) for code in answers]
    assert set(codes) == {200, 429}
    assert codes.count(200) >= 60
    until(lambda: asked(url) == 200, 10, lambda: "turned away for ever")
    time.sleep(BURST / RATE)  # Nobody else shall be turned away for it.


@contextmanager
def connected(running: Stack, scheme: str) -> Iterator[socket.socket]:
    """A connection that has said nothing yet."""
    where = ("localhost", port(running, scheme))
    with socket.create_connection(where, timeout=20) as line:
        if scheme == "http":
            yield line
        else:
            with trusting().wrap_socket(line, server_hostname="localhost") as safe:
                yield safe


def test_too_many_connections_are_turned_away_and_the_site_goes_on(
    running: Stack,
) -> None:
    """Somebody keeps a hundred open, on both ports together: no more, on neither."""
    urls = [at(running, scheme) for scheme in SCHEMES]
    promise = b"POST /healthz/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as held:
        # Slower than the limit on requests, which is not meant here.
        for number in range(CONNECTIONS):
            if number == CONNECTIONS - 1:
                assert [asked(url) for url in urls] == [200, 200]
            line = held.enter_context(connected(running, SCHEMES[number % 2]))
            line.sendall(promise)
            time.sleep(1.2 / RATE)
        assert [asked(url) for url in urls] == [429, 429]
    assert 'limiting connections by zone "connections"' in running.logs("proxy")
    until(lambda: asked(urls[0]) == 200, 10, lambda: "turned away for ever")


def test_a_real_certificate_takes_the_place_of_that_for_trying(
    built: Built, running: Stack, visitor: Visitor, tmp_path: Path
) -> None:
    """As section 11 of a spec has it: two files into the volume, nginx anew."""
    live = tmp_path / "live/example.org"
    live.mkdir(parents=True)
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a-real-one"
    names = ["-keyout", "privkey.pem", "-out", "fullchain.pem"]
    subprocess.run(
        [*command.split(), *names], cwd=live, check=True, capture_output=True
    )
    project = running.folder.name
    running.engine.docker(
        *("run", "--rm", "--volume", f"{tmp_path}:/from:ro"),
        *("--volume", f"{project}_certificates:/to", "nginx:1.30", "sh", "-c"),
        "cp -L /from/live/*/fullchain.pem /from/live/*/privkey.pem /to/",
    )
    running.compose("restart", "proxy")

    def served() -> bool:
        where = ("localhost", port(running, "https"))
        try:
            given = ssl.get_server_certificate(where, timeout=5)
        except OSError:
            return False
        return given.strip() == (live / "fullchain.pem").read_text("ascii").strip()

    until(served, 20, lambda: running.logs("proxy"))
    assert visitor.open("/healthz/").ok


def test_one_of_two_may_go(running: Stack) -> None:
    """While one web container stops, is gone and comes back, every request is right."""
    url = at(running, "https")
    gone = running.web[0]
    enough = threading.Event()
    with ThreadPoolExecutor(50) as pool:

        def ask_on() -> list[Future[tuple[int, float]]]:
            sent = []
            while not enough.wait(2 / RATE):
                sent.append(pool.submit(timed, url))
            return sent

        asking = pool.submit(ask_on)
        try:
            running.engine.docker("stop", gone.id)
            time.sleep(3 * NAME_VALID)
            running.engine.docker("start", gone.id)
            running.wait(count=2)
            time.sleep(2 * NAME_VALID)
        finally:
            enough.set()
        answers = [one.result() for one in asking.result()]
    slowest = max(seconds for _, seconds in answers)
    codes = Counter(code for code, _ in answers)
    print(f"{dict(codes)}, the slowest after {slowest:.1f} s")
    assert set(codes) == {200}, (codes, running.logs("proxy")[-3000:])
    assert slowest < PATIENCE, "the one that is gone is waited for too long"


# --------------------------------------------------------------------------- sockets


@pytest.fixture
def address(built: Built, visitor: Visitor) -> str:
    """Where the project's socket is, through nginx."""
    if built.project.server != "asgi" or built.cut == "first":
        pytest.skip("the project has no WebSockets")
    spec = (built.project.folder / "spec.yaml").read_text(encoding="utf-8")
    path = re.search(r"`(/ws/[a-z/]*)`", spec)
    assert path, "the spec names no address of a socket"
    return visitor.url.replace("https", "wss") + path[1]


def browser(address: str, **headers: str) -> websockets.connect:
    """A connection as a browser opens it on a page of the site."""
    return websockets.connect(
        address,
        ssl=trusting(),
        origin=Origin("https://" + urlsplit(address).netloc),
        additional_headers=headers,
        proxy=None,
        open_timeout=30,
    )


def test_a_stranger_s_socket_is_the_site_s_to_judge(address: str) -> None:
    """He is let in to be told, or refused; nginx has no say in it."""

    async def knock() -> int:
        try:
            async with browser(address):
                return 101
        except websockets.InvalidStatus as refusal:
            return refusal.response.status_code

    assert asyncio.run(knock()) in (101, 403)


def test_a_message_reaches_everybody_by_way_of_both(
    built: Built, running: Stack, address: str
) -> None:
    """Six browsers, spread over two web containers: each hears what one says."""
    speech = conversation(built.project.slug)
    if speech is None:
        pytest.skip("the project's clients do not talk to one another")
    said = running.shell(speech.members % 6)
    made = json.loads(said.strip().splitlines()[-1])
    talk = speech.talk(made)
    key = str(uuid4())

    async def heard(one: websockets.ClientConnection, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while (frame := json.loads(await one.recv()))["type"] != kind:
                pass
        return dict(frame)

    async def exchange() -> list[str]:
        async with AsyncExitStack() as stack:
            browsers = [
                await stack.enter_async_context(
                    browser(address, Cookie=f"sessionid={session}")
                )
                for session in made["keys"]
            ]
            for one in browsers:
                await one.send(json.dumps(talk.opening))
                await heard(one, talk.opened)
            await browsers[0].send(json.dumps({**talk.message, talk.key: key}))
            frames = [await heard(one, talk.sent) for one in browsers]
            return [frame[talk.within][talk.key] for frame in frames]

    assert asyncio.run(exchange()) == [key] * 6
    for web in running.web:
        assert "/ws/" in web.logs, "one of the two had no part in it"
