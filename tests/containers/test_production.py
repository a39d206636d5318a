"""compose.prod.yaml of every project: nginx in front, HTTPS, two web containers."""

from __future__ import annotations

import asyncio
import re
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import websockets

from tests.containers.conftest import Built
from tests.containers.running import until
from tests.containers.stacks import Stack, Visitor, stack
from tools.containers.engine import Engine
from tools.services import free_port

# The certificate is the one for trying.
pytestmark = pytest.mark.filterwarnings(
    "ignore::urllib3.exceptions.InsecureRequestWarning"
)


@pytest.fixture(scope="module")
def running(built: Built, engine: Engine) -> Iterator[Stack]:
    """The stack of production, started from nothing with two web containers."""
    env = {
        "SITE_HOST": "localhost",
        "EMAIL_URL": "smtp://localhost:25",
        "HTTP_PORT": str(free_port()),
        "HTTPS_PORT": str(free_port()),
    }
    with stack(engine, built.folder, "compose.prod.yaml", **env) as found:
        found.compose("up", "--build", "--detach", "--scale", "web=2")
        found.wait(count=2)
        until(
            lambda: "ok" in found.compose("exec", "-T", "proxy", "nginx", "-t"),
            30,
            lambda: found.logs("proxy"),
        )
        yield found


@pytest.fixture
def visitor(running: Stack) -> Visitor:
    found = Visitor(f"https://localhost:{running.env['HTTPS_PORT']}")
    # nginx hands on the name without its port, as it stands on 443 in earnest.
    found.headers["Host"] = "localhost"
    return found


def test_nginx_is_content_with_its_configuration(running: Stack) -> None:
    said = running.compose("exec", "-T", "proxy", "nginx", "-t")
    assert "syntax is ok" in said and "test is successful" in said
    assert "warn" not in said


def test_migrations_ran_once_for_two(running: Stack) -> None:
    assert len(running.web) == 2
    (migrate,) = running.containers("migrate")
    assert migrate.state["ExitCode"] == 0
    assert migrate.state["FinishedAt"] <= min(c.state["StartedAt"] for c in running.web)
    applied = re.findall(r"Applying (\S+)\.\.\. OK", migrate.logs)
    assert len(applied) == len(set(applied))


def test_http_is_sent_on_to_https(running: Stack) -> None:
    http = f"http://localhost:{running.env['HTTP_PORT']}"
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
        ("Content-Security-Policy", "frame-ancestors 'none'.*object-src 'none'"),
        ("Permissions-Policy", r"camera=\(\)"),
    ):
        values = headers.getlist(name)
        assert len(values) == 1, (name, values)
        assert re.search(wanted, values[0]), (name, values)
    if built.cut == "done":
        (age,) = headers.getlist("Strict-Transport-Security")
        assert int(re.search(r"max-age=(\d+)", age)[1]) >= 3600  # type: ignore[index]
    assert headers["Server"] == "nginx"
    assert "X-Powered-By" not in headers
    for cookie in page.cookies:
        assert cookie.secure or built.cut == "first", cookie.name


def test_what_a_visitor_says_of_himself_is_not_believed(
    running: Stack, visitor: Visitor
) -> None:
    """The scheme and the address are nginx's to tell."""
    http = f"http://localhost:{running.env['HTTP_PORT']}"
    lie = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"}
    answer = requests.get(http, headers=lie, allow_redirects=False, timeout=15)
    assert answer.status_code == 301


def test_too_much_is_turned_away_and_the_site_goes_on(visitor: Visitor) -> None:
    """A body over the limit, and more requests than anybody makes by hand."""
    big = visitor.post(f"{visitor.url}/", data=b"x" * (11 * 1024 * 1024), timeout=30)
    assert big.status_code == 413

    def hurry(_: int) -> list[int]:
        """What one of many connections is answered, as quick as it can ask."""
        with requests.Session() as session:
            session.verify, session.trust_env = False, False
            session.headers["Host"] = "localhost"
            return [
                session.get(f"{visitor.url}/healthz/", timeout=60).status_code
                for _ in range(40)
            ]

    with ThreadPoolExecutor(16) as pool:
        codes = [code for answers in pool.map(hurry, range(16)) for code in answers]
    assert set(codes) == {200, 429}
    assert codes.count(200) >= 60
    until(lambda: visitor.open("/healthz/").ok, 10, lambda: "turned away for ever")


def test_a_real_certificate_takes_the_place_of_that_for_trying(
    built: Built, running: Stack, visitor: Visitor, tmp_path: Path
) -> None:
    """As the blog's section 11 has it: two files into the volume, nginx anew."""
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
        port = int(running.env["HTTPS_PORT"])
        try:
            given = ssl.get_server_certificate(("localhost", port), timeout=5)
        except OSError:
            return False
        return given.strip() == (live / "fullchain.pem").read_text("ascii").strip()

    until(served, 20, lambda: running.logs("proxy"))
    assert visitor.open("/healthz/").ok


def test_one_of_two_may_go(running: Stack, visitor: Visitor) -> None:
    """While one web container is stopped, and after, every request is answered."""
    gone = running.web[0]
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(running.engine.docker, "stop", gone.id)
        codes = []
        while not stopping.done():
            codes.append(visitor.open("/healthz/").status_code)
        until(
            lambda: all(visitor.open("/healthz/").ok for _ in range(5)),
            15,
            lambda: running.logs("proxy"),
        )
    assert set(codes) <= {200, 429}, codes
    running.engine.docker("start", gone.id)
    running.wait(count=2)


def test_sockets_pass_where_the_project_has_them(
    built: Built, running: Stack, visitor: Visitor
) -> None:
    """The upgrade reaches the site: its refusal of a stranger is its own."""
    if built.project.server != "asgi" or built.cut == "first":
        pytest.skip("the project has no WebSockets")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    spec = (built.project.folder / "spec.yaml").read_text(encoding="utf-8")
    path = re.search(r"`(/ws/[a-z/]*)`", spec)
    assert path, "the spec names no address of a socket"
    address = visitor.url.replace("https", "wss") + path[1]

    async def knock() -> int:
        try:
            async with websockets.connect(
                address,
                ssl=context,
                origin="https://localhost",  # type: ignore[arg-type]
            ):
                return 101
        except websockets.InvalidStatus as refusal:
            return refusal.response.status_code

    # A stranger is let in to be told, or refused: the site decides, not the proxy.
    assert asyncio.run(knock()) in (101, 403)
