"""deployment: the settings are fit for production when DEBUG is off.

The settings are read once, when Django starts, so each set of variables gets a process
of its own. All of them run side by side.
"""

import json
import os
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

HOST = "blog.example.org"
KEY = secrets.token_urlsafe(50)
SETTINGS = "config/settings.py, the block if not DEBUG"
SECONDS = 45
SET_BY_A_SERVER = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_",
    "PATH_",
    "PYTEST_",
    "SECRET_KEY",
    "SECURE_",
)

# What a process with other settings runs: it starts Django with a fresh database and
# a fresh folder for static files, does what it is asked for, and prints what came back.
SCRIPT = """
import json, os, sys

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
    host = "localhost" if kind == "development" else "blog.example.org"
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


try:
    import django
    from django.conf import settings

    settings.STATIC_ROOT = os.path.join(folder, "static")
    os.makedirs(settings.STATIC_ROOT, exist_ok=True)
    if kind == "development":
        # The learner's own database is left alone.
        memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        settings.DATABASES = {"default": memory}
    if kind == "no redirect":
        # Static files are looked at by another process.
        plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
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
    if kind != "proxy":
        call_command("migrate", verbosity=0)
        attempt("http", lambda: opened("/"))
    if kind == "static":
        attempt("https", lambda: opened("/", secure=True))
        attempt("health", lambda: opened("/healthz/"))
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
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}


@cache
def answers():
    """{kind: (exit code, output)} of every process, and the manifest; run once."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        started = {
            kind: start(folder / kind.replace(" ", "-"), kind, env)
            for kind, env in {
                "static": production(),
                "no redirect": production(SECURE_SSL_REDIRECT="false"),
                "proxy": production(BEHIND_PROXY="true"),
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
        manifest = folder / "static/static/staticfiles.json"
        text = manifest.read_text("utf-8") if manifest.exists() else ""
        found["manifest"] = json.loads(text)["paths"] if text else None
        return found


def start(folder, kind, env):
    """A process with these variables and a folder of its own."""
    folder.mkdir()
    if kind != "development":
        env["DATABASE_URL"] = f"sqlite:///{(folder / 'blog.sqlite3').as_posix()}"
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
    "no redirect": "with the five production variables and SECURE_SSL_REDIRECT=false",
    "proxy": "with the five production variables and BEHIND_PROXY=true",
    "development": "without any environment variable",
}


def answer(name, request):
    """One answer of a site with these settings: (what was done, the answer)."""
    __tracebackhide__ = True
    path = "/healthz/" if request == "health" else "/"
    scheme = "HTTPS" if request == "https" else "HTTP"
    did = f"Opened {path} by {scheme} {STARTED[name]}"
    found = said_by(name)[request]
    if "error" in found:
        fail(did=did, wanted="a page, not an error", got=found["error"], look=SETTINGS)
    return did, found


def status_of(found):
    where = f", a redirect to {found['location']}" if found["location"] else ""
    return f"status {found['status']}{where}"


# ------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("name", ["static", "development"])
def test_django_finds_nothing_to_warn_of(name):
    """NFR-4: Django's own list of what production needs."""
    found = said_by(name)["check"]
    lines = [line.strip() for line in found.get("error", "").splitlines()]
    warnings = [line for line in lines if line.startswith(("?:", "(")) or ": (" in line]
    command = "check --deploy" if name == "static" else "check"
    expect(
        not found,
        did=f"Ran python manage.py {command} --fail-level WARNING {STARTED[name]}",
        wanted="exit code 0, no issue (NFR-4)",
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
    """NFR-4: a page by HTTP redirects, the health check does not."""
    did, found = answer("static", "http")
    expect(
        found["status"] == 301 and found["location"].startswith("https://"),
        did=did,
        wanted="301, a redirect to https:// (NFR-4)",
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
    """NFR-4: browsers come back by HTTPS, and send cookies by HTTPS only."""
    did, found = answer("static", "https")
    expect(
        found["status"] == 200 and found["hsts"],
        did=did,
        wanted="200 with the header Strict-Transport-Security (NFR-4)",
        got=f"{status_of(found)}, the header says {found['hsts'] or 'nothing'!r}",
        look=f"{SETTINGS}, SECURE_HSTS_SECONDS",
    )
    values = said_by("static")["settings"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        expect(
            values[name] is True,
            did=f"Read settings.{name} {STARTED['static']}",
            wanted="True (NFR-4)",
            got=f"{values[name]}",
            look=f"{SETTINGS}, {name}",
        )


def test_the_redirect_can_be_switched_off():
    """NFR-4: for a trial on one's own machine."""
    answer_of_https = answer("static", "http")[1]
    did, found = answer("no redirect", "http")
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
    """NFR-4: trusted behind a proxy, and nowhere else."""
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


def test_static_files_are_collected_and_hashed():
    """NFR-4: a changed file has another name, so browsers may keep it for ever."""
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
        look=look,
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
