"""deployment: fit for production when DEBUG is off, and for a proxy in front."""

import re
from pathlib import Path

import pytest

from acceptance.deployment import SETTINGS, Deployment, Site, status_of
from acceptance.production import HSTS_SECONDS, INNER, ProductionTests, hashed_names
from acceptance.support import ROOT, expect, fail

HOST = "chat.example.org"
HOME = "/accounts/login/"
SOCKET = "/ws/chat/"
NGINX = "deploy/nginx.conf"
FIVE = "with the five production variables"
ORIGINS = {
    "own": f"https://{HOST}",
    "foreign": "https://evil.example.com",
    "lookalike": f"https://{HOST}.evil.example.com",
    "local": "http://localhost:3000",
}
SITES = Deployment(
    {
        "static": Site(
            started=f"{FIVE} set",
            check=True,
            collect=True,
            failure=True,
            texts=["chat/main.js"],
            tables="models",
            http=[HOME, "/healthz/", INNER],
            https=[HOME],
        ),
        "proxy": Site(
            started=f"{FIVE}, SECURE_SSL_REDIRECT=false, BEHIND_PROXY=true and "
            f"SECURE_HSTS_SECONDS={HSTS_SECONDS}",
            variables={
                "SECURE_SSL_REDIRECT": "false",
                "BEHIND_PROXY": "true",
                "SECURE_HSTS_SECONDS": str(HSTS_SECONDS),
            },
            tables="models",
            http=[HOME],
            calls={
                name: ("acceptance.handshake.events", HOST, SOCKET, origin)
                for name, origin in ORIGINS.items()
            },
        ),
        "development": Site(
            started="without any environment variable",
            variables=None,
            check=True,
            tables="models",
            http=[HOME],
        ),
    },
    host=HOST,
    seconds=90,
    # What stands in .env must not bring a Redis into this.
    given={"REDIS_URL": ""} if (ROOT / ".env").exists() else {},
)


class TestProduction(ProductionTests):
    """NFR-5: safe in production. NFR-7: by its environment."""

    sites = SITES
    secure, configured = "NFR-5", "NFR-7"
    home = HOME
    unredirected = "proxy"

    def test_modules_import_each_other_by_hashed_names(self):
        """NFR-5: no new main.js with old modules from a browser's cache."""
        did, paths = self.collected()
        text = SITES.said_by("static")["texts"].get("chat/main.js")
        expect(
            text is not None,
            did=did,
            wanted="chat/main.js in staticfiles.json, and its hashed copy beside it",
            got=f"{len(paths)} files, and it is not among them",
            look="config/settings.py, STATICFILES_DIRS",
        )
        imported = re.findall(
            r"""\b(?:from|import)\s*\(?\s*["']([^"']+\.js)["']""", text
        )
        hashed = {Path(name).name for name in hashed_names(paths)}
        plain = [name for name in imported if Path(name).name not in hashed]
        expect(
            imported and not plain,
            did=f"{did}, and read the hashed copy of chat/main.js",
            wanted="every import by the hashed name of its module",
            got=f"it imports {', '.join(plain[:3])}"
            if imported
            else "it imports nothing",
            look="config/storage.py, support_js_module_import_aggregation",
        )


# ------------------------------------------------------------------------------- socket


def greeted(name):
    """The events that answer a handshake, or a sentence."""
    __tracebackhide__ = True
    did = (
        f"Opened a socket to {SOCKET} with Origin: {ORIGINS[name]}, "
        f"{SITES.sites['proxy'].started}"
    )
    found = SITES.said_by("proxy")[name]
    if "error" in found:
        fail(
            did=did,
            wanted="an answer to the handshake",
            got=found["error"],
            look="config/asgi.py",
        )
    events = [tuple(event) for event in found["events"]]
    names = [kind + (f" ({code})" if code else "") for kind, code in events]
    return did, events, ", then ".join(names) or "no answer"


def fit_for_production():
    """The site is fit for production: sockets are one part of it."""
    __tracebackhide__ = True
    did, found = SITES.answer("static", HOME)
    expect(
        found["status"] == 301,
        did=did,
        wanted="301: settings for production come first, the socket is judged then",
        got=status_of(found),
        look=f"{SETTINGS}, SECURE_SSL_REDIRECT",
    )


def test_a_socket_from_ones_own_page_is_let_in():
    """NFR-5: by HTTPS, from a host of ALLOWED_HOSTS; without a session 4401."""
    fit_for_production()
    did, events, got = greeted("own")
    expect(
        events == [("websocket.accept", None), ("websocket.close", 4401)],
        did=did,
        wanted="an accepted handshake, then closed with 4401: nobody is signed in",
        got=got,
        look="config/settings.py, ALLOWED_HOSTS; config/asgi.py",
    )


@pytest.mark.parametrize("name", ["foreign", "lookalike", "local"])
def test_a_socket_from_elsewhere_is_refused(name):
    """NFR-5: not by ALLOWED_HOSTS, nor because it holds localhost as well."""
    fit_for_production()
    did, events, got = greeted(name)
    expect(
        events and all(kind != "websocket.accept" for kind, _ in events),
        did=did,
        wanted="a handshake that is refused",
        got=got,
        look="config/settings.py, ALLOWED_HOSTS; config/asgi.py",
    )


# -------------------------------------------------------------------------------- nginx

TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<mark>[{};])|(?P<word>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    r"""|\$\{[^}]*\}|\\.|[^\s{};"'])+)"""
)
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "ms": 0.001}


def directives():
    """The file as (words, inner directives or None), nested; or a sentence."""
    __tracebackhide__ = True
    file = ROOT / NGINX
    expect(
        file.is_file(),
        did=f"Looked for {NGINX}",
        wanted="the part of a proxy that matters (step 5)",
        got="there is no such file",
        look=NGINX,
    )
    text = file.read_text(encoding="utf-8")
    stack, words, place = [[]], [], 0
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            unreadable(text, place, "a quotation mark that is never closed")
        place = token.end()
        if token["word"]:
            words.append(token["word"].strip("\"'"))
        elif token["mark"] == ";":
            stack[-1].append((words, None))
            words = []
        elif token["mark"] == "{":
            inner = []
            stack[-1].append((words, inner))
            stack.append(inner)
            words = []
        elif token["mark"] == "}":
            if words:
                unreadable(text, place, f'no semicolon behind "{" ".join(words)}"')
            if len(stack) == 1:
                unreadable(text, place, "a closing brace too many")
            stack.pop()
    if len(stack) > 1 or words:
        unreadable(text, place, "a brace or semicolon is missing at the end")
    return stack[0]


def unreadable(text, place, got):
    __tracebackhide__ = True
    fail(
        did=f"Read {NGINX}",
        wanted="braces that match, and a semicolon behind each directive",
        got=f"line {text.count(chr(10), 0, place) + 1}: {got}",
        look=NGINX,
    )


def blocks(found, name, around=()):
    """(block, those around it, outermost first) of every block of this name."""
    for words, inner in found:
        if inner is None:
            continue
        if words and words[0] == name:
            yield words, inner, around
        yield from blocks(inner, name, (*around, inner))


def test_two_processes_stand_behind_the_proxy():
    """NFR-8: an upstream with two servers."""
    found = [
        sum(words[:1] == ["server"] for words, _ in inner)
        for _, inner, _ in blocks(directives(), "upstream")
    ]
    expect(
        max(found, default=0) >= 2,
        did=f"Read {NGINX}",
        wanted="an upstream with two lines server or more",
        got=f"{max(found)} in the upstream" if found else "there is no upstream",
        look=NGINX,
    )


def socket_location():
    """(its directives, those of the blocks around it), or a sentence."""
    __tracebackhide__ = True
    paths = []
    for words, inner, around in blocks(directives(), "location"):
        path = words[-1].lstrip("^")
        paths.append(path)
        if len(words) > 1 and path.startswith("/ws"):
            return inner, around
    fail(
        did=f"Read {NGINX}",
        wanted="a location whose path begins with /ws",
        got=f"locations: {', '.join(paths) or 'none'}",
        look=NGINX,
    )


def value_of(name):
    """What a directive is set to for sockets, there or around; None where it is not."""
    __tracebackhide__ = True
    inner, around = socket_location()
    for block in (inner, *reversed(around)):
        for words, _ in block:
            if words[:1] == [name]:
                return words[1:]
    return None


def headers():
    """{header: value} that nginx passes on with a socket.

    It takes the outer ones only where the inner block sets none.
    """
    __tracebackhide__ = True
    inner, around = socket_location()
    for block in (inner, *reversed(around)):
        found = {
            words[1].lower(): " ".join(words[2:])
            for words, _ in block
            if words[:1] == ["proxy_set_header"] and len(words) > 2
        }
        if found:
            return found
    return {}


def test_sockets_pass_through():
    """NFR-8: by HTTP/1.1, to a server behind the proxy."""
    expect(
        value_of("proxy_pass"),
        did=f"Read {NGINX}, the location of /ws",
        wanted="proxy_pass to the upstream",
        got="there is none",
        look=NGINX,
    )
    version = value_of("proxy_http_version")
    expect(
        version == ["1.1"],
        did=f"Read {NGINX}, the location of /ws",
        wanted="proxy_http_version 1.1",
        got=f"it is {' '.join(version)}" if version else "it is not set",
        look=NGINX,
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Upgrade", "$http_upgrade"),
        ("Connection", '"upgrade"'),
        ("Host", "$host"),
        ("X-Forwarded-Proto", "$scheme"),
    ],
)
def test_headers_are_passed_on(name, wanted):
    """NFR-8: a proxy passes on neither the upgrade nor the host by itself."""
    found = headers()
    value = found.get(name.lower(), "")
    if name == "Upgrade":
        holds = value.replace("{", "").replace("}", "") == "$http_upgrade"
    else:
        holds = value and value.lower() not in ("close", "keep-alive")
    expect(
        holds,
        did=f"Read {NGINX}: what the location of /ws passes on",
        wanted=f"proxy_set_header {name}, such as {wanted}",
        got=f"{name} is {value}"
        if value
        else f"headers: {', '.join(found) or 'none'}; what a block around it sets does "
        "not count where the location sets headers of its own",
        look=NGINX,
    )


def test_a_quiet_socket_is_not_cut_off():
    """NFR-8: nginx waits longer than a tab is silent."""
    value = value_of("proxy_read_timeout") or []
    parts = re.findall(r"(\d+)(ms|[smhd]?)", "".join(value))
    seconds = sum(int(number) * UNITS[unit] for number, unit in parts)
    expect(
        seconds > 20,
        did=f"Read {NGINX}, the location of /ws",
        wanted="a proxy_read_timeout of more than 20 seconds, the heartbeat",
        got=f"it is {' '.join(value)}" if value else "it is not set",
        look=NGINX,
    )
