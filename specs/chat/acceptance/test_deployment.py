"""deployment: fit for production when DEBUG is off, and for a proxy in front.

The settings are read once, when Django starts, so each set of variables gets a process
of its own. All of them run side by side.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from acceptance.support import ROOT, expect, fail

HOST = "chat.example.org"
KEY = secrets.token_urlsafe(50)
SETTINGS = "config/settings.py, the block if not DEBUG"
NGINX = "deploy/nginx.conf"
SECONDS = 90
SET_BY_A_SERVER = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_",
    "PATH_",
    "PYTEST_",
    "REDIS_URL",
    "SECRET_KEY",
    "SECURE_",
)

# What a process with other settings runs: it starts Django with a fresh database and
# a fresh folder for static files, does what it is asked for, and prints what came back.
SCRIPT = """
import asyncio, json, os, sys

folder, kind = sys.argv[1:]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, os.getcwd())
said = {}


def attempt(name, call):
    try:
        said[name] = call()
    except (Exception, SystemExit) as error:
        said[name] = {"error": f"{type(error).__name__}: {error}"}


def opened(path, secure=False):
    host = "localhost" if kind == "development" else "chat.example.org"
    response = Client(SERVER_NAME=host).get(path, secure=secure)
    return {
        "status": response.status_code,
        "location": response.headers.get("Location", ""),
        "hsts": response.headers.get("Strict-Transport-Security", ""),
        "body": response.content.decode("utf-8", "replace"),
    }


def command(*arguments, **options):
    call_command(*arguments, **options)
    return {}


async def handshake(origin):
    from config.asgi import application

    headers = [(b"host", b"chat.example.org"), (b"origin", origin.encode())]
    events, done = [], asyncio.Event()
    told = iter([{"type": "websocket.connect"}])

    async def receive():
        for event in told:
            return event
        await done.wait()
        return {"type": "websocket.disconnect", "code": 1006}

    async def send(event):
        events.append([event["type"], event.get("code")])
        if event["type"] != "websocket.accept":
            done.set()

    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1",
        "scheme": "wss", "path": "/ws/chat/", "raw_path": b"/ws/chat/",
        "root_path": "", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 50000), "server": ("chat.example.org", 443),
        "subprotocols": [],
    }
    await asyncio.wait_for(application(scope, receive, send), 20)
    return {"events": events}


try:
    import django
    from django.conf import settings

    settings.STATIC_ROOT = os.path.join(folder, "static")
    os.makedirs(settings.STATIC_ROOT, exist_ok=True)
    if kind == "development":
        # The learner's own database is left alone.
        memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        settings.DATABASES = {"default": memory}
    if kind == "proxy":
        # Static files are looked at by another process.
        plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    # The tables are made from the models: there is nothing in them to migrate.
    settings.MIGRATION_MODULES = type(
        "Unmigrated",
        (dict,),
        {"__contains__": lambda *_: True, "__getitem__": lambda *_: None},
    )()
    django.setup()
    from django.core.management import call_command
    from django.test import Client, RequestFactory

    if kind in ("static", "development"):
        deploy = kind == "static"
        attempt(
            "check",
            lambda: command("check", deploy=deploy, fail_level="WARNING"),
        )
    if kind == "static":
        # Django's own files for the admin are many, and no work of the learner's.
        attempt(
            "collectstatic",
            lambda: command(
                "collectstatic",
                interactive=False,
                verbosity=0,
                ignore_patterns=["admin"],
            ),
        )
    call_command("migrate", run_syncdb=True, verbosity=0)
    attempt("http", lambda: opened("/accounts/login/"))
    if kind == "static":
        attempt("https", lambda: opened("/accounts/login/", secure=True))
        attempt("health", lambda: opened("/healthz/"))
    if kind == "proxy":
        for name, origin in (
            ("own", "https://chat.example.org"),
            ("foreign", "https://evil.example.com"),
            ("lookalike", "https://chat.example.org.evil.example.com"),
        ):
            attempt(name, lambda: asyncio.run(handshake(origin)))
    request = RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"})
    said["proxied"] = request.is_secure()
    said["settings"] = {
        name: getattr(settings, name, None)
        for name in (
            "DEBUG",
            "SECRET_KEY",
            "SESSION_COOKIE_SECURE",
            "CSRF_COOKIE_SECURE",
        )
    }
except (Exception, SystemExit) as error:
    said["crash"] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(said))
"""


def production(**more):
    """The environment of a server, its database left out: it comes with the folder."""
    return clean() | {
        "DEBUG": "false",
        "SECRET_KEY": KEY,
        "ALLOWED_HOSTS": HOST,
        "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        **more,
    }


def clean():
    """The environment without anything that a server would set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(SET_BY_A_SERVER)
    }
    # What stands in .env must not bring a Redis into this.
    without = {"REDIS_URL": ""} if (ROOT / ".env").exists() else {}
    kept |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    return kept | without


@cache
def answers():
    """{kind: (exit code, output)} of every process, and what was collected; once."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        started = {
            kind: start(folder / kind, kind, env)
            for kind, env in {
                "static": production(),
                "proxy": production(SECURE_SSL_REDIRECT="false", BEHIND_PROXY="true"),
                "development": clean(),
            }.items()
        }
        end = time.monotonic() + SECONDS
        found = {}
        for kind, process in started.items():
            try:
                output, _ = process.communicate(
                    timeout=max(end - time.monotonic(), 0.1)
                )
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                output = f"still running after {SECONDS} seconds"
            found[kind] = process.returncode, output.strip()
        static = folder / "static/static"
        manifest = static / "staticfiles.json"
        text = manifest.read_text("utf-8") if manifest.exists() else ""
        paths = json.loads(text)["paths"] if text else None
        main = static / (paths or {}).get("chat/main.js", "none")
        found["manifest"] = paths
        found["main"] = main.read_text("utf-8") if main.is_file() else None
        return found


def start(folder, kind, env):
    """A process with these variables and a folder of its own."""
    folder.mkdir()
    if kind != "development":
        env["DATABASE_URL"] = f"sqlite:///{(folder / 'chat.sqlite3').as_posix()}"
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), kind],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def said_by(name):
    """What a process with these settings found out, or a sentence."""
    __tracebackhide__ = True
    did = f"Started Django {STARTED[name]}"
    code, output = answers()[name]
    last = output.splitlines()[-1] if output else ""
    try:
        said = json.loads(last)
    except ValueError:
        fail(
            did=did,
            wanted="a site that answers",
            got=last or f"exit code {code}",
            look="config/settings.py",
        )
    if "crash" in said:
        fail(did=did, wanted="a site that starts", got=said["crash"], look=SETTINGS)
    return said


STARTED = {
    "static": "with the five production variables set",
    "proxy": "with the five production variables, SECURE_SSL_REDIRECT=false and "
    "BEHIND_PROXY=true",
    "development": "without any environment variable",
}


def answer(name, request):
    """One answer of a site with these settings: (what was done, the answer)."""
    __tracebackhide__ = True
    path = "/healthz/" if request == "health" else "/accounts/login/"
    scheme = "HTTPS" if request == "https" else "HTTP"
    did = f"Opened {path} by {scheme} {STARTED[name]}"
    found = said_by(name)[request]
    if "error" in found:
        fail(did=did, wanted="a page, not an error", got=found["error"], look=SETTINGS)
    return did, found


def status_of(found):
    where = f", a redirect to {found['location']}" if found["location"] else ""
    return f"status {found['status']}{where}"


# ---------------------------------------------------------------------------- settings


@pytest.mark.parametrize("name", ["static", "development"])
def test_django_finds_nothing_to_warn_of(name):
    """NFR-5: Django's own list of what production needs."""
    found = said_by(name)["check"]
    lines = [line.strip() for line in found.get("error", "").splitlines()]
    warnings = [line for line in lines if line.startswith(("?:", "(")) or ": (" in line]
    command = "check --deploy" if name == "static" else "check"
    expect(
        not found,
        did=f"Ran python manage.py {command} --fail-level WARNING {STARTED[name]}",
        wanted="exit code 0, no issue (NFR-5)",
        got="; ".join(line[:120] for line in warnings) or "; ".join(lines),
        look=SETTINGS,
    )


def test_the_environment_is_read():
    """NFR-7: no secret stands in the code, and DEBUG is off where a server says so."""
    found = said_by("static")["settings"]
    for name, wanted in (("DEBUG", False), ("SECRET_KEY", KEY)):
        expect(
            found[name] == wanted,
            did=f"Read settings.{name} {STARTED['static']}",
            wanted="the one of the environment (NFR-7)",
            got="another" if name == "SECRET_KEY" else f"{found[name]}",
            look=f"config/settings.py, {name}",
        )


def test_http_leads_to_https():
    """NFR-5: a page by HTTP redirects, the health check does not."""
    did, found = answer("static", "http")
    expect(
        found["status"] == 301 and found["location"].startswith("https://"),
        did=did,
        wanted="301, a redirect to https:// (NFR-5)",
        got=status_of(found),
        look=f"{SETTINGS}, SECURE_SSL_REDIRECT",
    )
    did, found = answer("static", "health")
    expect(
        found["status"] == 200,
        did=did,
        wanted="200: the host's health check asks by plain HTTP",
        got=status_of(found),
        look=f"{SETTINGS}, SECURE_REDIRECT_EXEMPT",
    )


def test_https_is_remembered():
    """NFR-5: browsers come back by HTTPS, and send cookies by HTTPS only."""
    did, found = answer("static", "https")
    expect(
        found["status"] == 200 and found["hsts"],
        did=did,
        wanted="200 with the header Strict-Transport-Security (NFR-5)",
        got=f"{status_of(found)}, the header says {found['hsts'] or 'nothing'!r}",
        look=f"{SETTINGS}, SECURE_HSTS_SECONDS",
    )
    values = said_by("static")["settings"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        expect(
            values[name] is True,
            did=f"Read settings.{name} {STARTED['static']}",
            wanted="True (NFR-5)",
            got=f"{values[name]}",
            look=f"{SETTINGS}, {name}",
        )


def test_the_redirect_can_be_switched_off():
    """NFR-5: for a trial on one's own machine."""
    answer_of_https = answer("static", "http")[1]
    did, found = answer("proxy", "http")
    expect(
        found["status"] == 200 and answer_of_https["status"] == 301,
        did=did,
        wanted="200, where it is 301 without that variable",
        got=status_of(found)
        if found["status"] != 200
        else f"200, and {status_of(answer_of_https)} without that variable",
        look=f"{SETTINGS}, SECURE_SSL_REDIRECT",
    )


@pytest.mark.parametrize(("name", "wanted"), [("proxy", True), ("static", False)])
def test_the_header_of_a_proxy(name, wanted):
    """NFR-5: trusted behind a proxy, and nowhere else."""
    found = said_by(name)["proxied"]
    expect(
        found is wanted,
        did=f"Sent a request with X-Forwarded-Proto: https {STARTED[name]}",
        wanted="a request that counts as HTTPS"
        if wanted
        else "a request that does not: without a proxy anybody can send that header",
        got="it does" if found else "it does not",
        look=f"{SETTINGS}, SECURE_PROXY_SSL_HEADER",
    )


def test_development_goes_on_as_before():
    """NFR-7: nothing of this stands in the way on one's own machine."""
    did, found = answer("development", "http")
    expect(
        found["status"] == 200,
        did=did,
        wanted="200 by plain HTTP (NFR-7)",
        got=status_of(found),
        look=f"{SETTINGS}: settings for production only inside it",
    )


# ------------------------------------------------------------------------ static files


def collected():
    """The manifest's paths, or a sentence."""
    __tracebackhide__ = True
    did = f"Ran python manage.py collectstatic --noinput {STARTED['static']}"
    look = f'{SETTINGS}, STORAGES["staticfiles"]'
    complaint = said_by("static")["collectstatic"].get("error", "")
    expect(not complaint, did=did, wanted="exit code 0", got=complaint, look=look)
    paths = answers()["manifest"]
    expect(
        paths is not None,
        did=did,
        wanted="staticfiles.json in STATIC_ROOT",
        got="there is none",
        look=look,
    )
    return did, paths


def test_static_files_are_collected_and_hashed():
    """NFR-5: a changed file has another name, so browsers may keep it for ever."""
    _, paths = collected()
    did, found = answer("static", "https")
    soup = BeautifulSoup(found["body"], "html.parser")
    sheets = [
        str(link.get("href", ""))
        for link in soup.find_all("link")
        if "stylesheet" in (link.get("rel") or [])
    ]
    hashed = {name for plain, name in paths.items() if name != plain}
    expect(
        any(
            urlsplit(sheet).path.removeprefix("/static/") in hashed for sheet in sheets
        ),
        did=did,
        wanted="the style sheet linked by its hashed name",
        got=f"linked is {', '.join(sheets) or 'none'}",
        look=f'{SETTINGS}, STORAGES["staticfiles"]',
    )


def test_modules_import_each_other_by_hashed_names():
    """NFR-5: no new main.js with old modules from a browser's cache."""
    did, paths = collected()
    expect(
        "chat/main.js" in paths and answers()["main"] is not None,
        did=did,
        wanted="chat/main.js in staticfiles.json, and its hashed copy beside it",
        got=f"{len(paths)} files, and it is not among them",
        look="config/settings.py, STATICFILES_DIRS",
    )
    imported = re.findall(
        r"""\b(?:from|import)\s*\(?\s*["']([^"']+\.js)["']""", answers()["main"]
    )
    hashed = {Path(name).name for plain, name in paths.items() if name != plain}
    plain = [name for name in imported if Path(name).name not in hashed]
    expect(
        imported and not plain,
        did=f"{did}, and read the hashed copy of chat/main.js",
        wanted="every import by the hashed name of its module",
        got=f"it imports {', '.join(plain[:3])}" if imported else "it imports nothing",
        look="config/storage.py, support_js_module_import_aggregation",
    )


# ------------------------------------------------------------------------------- socket


def greeted(name):
    """The events that answer a handshake, or a sentence."""
    __tracebackhide__ = True
    origins = {
        "own": f"https://{HOST}",
        "foreign": "https://evil.example.com",
        "lookalike": f"https://{HOST}.evil.example.com",
    }
    did = (
        f"Opened a socket to /ws/chat/ with Origin: {origins[name]}, {STARTED['proxy']}"
    )
    found = said_by("proxy")[name]
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
    _, found = answer("static", "http")
    expect(
        found["status"] == 301,
        did=f"Opened /accounts/login/ by HTTP {STARTED['static']}",
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


@pytest.mark.parametrize("name", ["foreign", "lookalike"])
def test_a_socket_from_elsewhere_is_refused(name):
    """NFR-5: ALLOWED_HOSTS does not let everybody in."""
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
