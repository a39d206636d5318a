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

HOST = "recipes.example.org"
KEY = secrets.token_urlsafe(50)
SETTINGS = "config/settings.py, the block if not DEBUG"
SECONDS = 150
SET_BY_A_SERVER = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CACHE_SECONDS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "DJANGO_",
    "EMAIL_URL",
    "MEDIA_ROOT",
    "PATH_",
    "PYTEST_",
    "REDIS_URL",
    "SECRET_KEY",
    "SECURE_",
    "SERVE_MEDIA",
    "SITE_URL",
)
REDIS = "redis://cache.example.org:6379/2"
SERVICES = {
    "DATABASE_URL": "postgres://app:secret@database.example.org:5432/app",
    "REDIS_URL": REDIS,
    "EMAIL_URL": "smtp://user:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "kitchen@recipes.example.org",
    "SITE_URL": "https://recipes.example.org",
}

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
    host = "localhost" if kind == "development" else "recipes.example.org"
    response = Client(SERVER_NAME=host).get(path, secure=secure)
    return {
        "status": response.status_code,
        "location": response.headers.get("Location", ""),
        "hsts": response.headers.get("Strict-Transport-Security", ""),
        "body": response.getvalue().decode("utf-8", "replace"),
    }


def command(*arguments, **options):
    call_command(*arguments, **options)
    return {}


try:
    import django
    from django.conf import settings

    media_root = settings.MEDIA_ROOT
    settings.STATIC_ROOT = os.path.join(folder, "static")
    os.makedirs(settings.STATIC_ROOT, exist_ok=True)
    if kind == "development":
        # The learner's own database is left alone.
        memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        settings.DATABASES = {"default": memory}
    if kind in ("no redirect", "media"):
        # Static files are looked at by another process.
        plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    django.setup()
    from django.core.management import call_command
    from django.test import Client, RequestFactory

    if kind in ("static", "development", "services"):
        deploy = kind != "development"
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
                ignore_patterns=["admin", "redoc"],
            ),
        )
    if kind in ("static", "no redirect", "development"):
        call_command("migrate", verbosity=0)
        attempt("http", lambda: opened("/"))
    if kind == "static":
        attempt("https", lambda: opened("/", secure=True))
        attempt("health", lambda: opened("/healthz/"))
        attempt("docs", lambda: opened("/api/docs/", secure=True))
        attempt("robots", lambda: opened("/robots.txt", secure=True))
        attempt("sitemap", lambda: opened("/sitemap.xml", secure=True))
        attempt("api", lambda: opened("/api/", secure=True))
    if kind in ("media", "development"):
        root = settings.MEDIA_ROOT = os.path.join(folder, "media")
        os.makedirs(root, exist_ok=True)
        with open(os.path.join(root, "one.jpg"), "wb") as file:
            file.write(b"a picture")
        attempt("picture", lambda: opened("/media/one.jpg", kind == "media"))
    request = RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"})
    said["proxied"] = request.is_secure()
    said["services"] = {
        "MEDIA_ROOT": str(media_root),
        "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": settings.EMAIL_PORT,
        "CACHES": settings.CACHES["default"]["BACKEND"],
        "LOCATION": str(settings.CACHES["default"].get("LOCATION", "")),
        "pool": "pool" in settings.DATABASES["default"].get("OPTIONS", {}),
        "SITE_URL": settings.SITE_URL,
    }
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
                "media": production(SERVE_MEDIA="false"),
                "services": production(**SERVICES, MEDIA_ROOT=str(folder / "volume")),
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
        found["volume"] = str(folder / "volume")
        complete = found["static"][0] == 0 and text
        found["manifest"] = json.loads(text)["paths"] if complete else None
        return found


def start(folder, kind, env):
    """A process with these variables and a folder of its own."""
    folder.mkdir()
    if kind not in ("development", "services"):
        env["DATABASE_URL"] = f"sqlite:///{(folder / 'recipes.sqlite3').as_posix()}"
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
    "media": "with the five production variables and SERVE_MEDIA=false",
    "services": "with the addresses of PostgreSQL, Redis and a mail server",
}
PATHS = {
    "health": "/healthz/",
    "docs": "/api/docs/",
    "robots": "/robots.txt",
    "sitemap": "/sitemap.xml",
    "api": "/api/",
    "picture": "/media/one.jpg",
}


def answer(name, request):
    """One answer of a site with these settings: (what was done, the answer)."""
    __tracebackhide__ = True
    path = PATHS.get(request, "/")
    plain = request in ("http", "health") or name == "development"
    scheme = "HTTP" if plain else "HTTPS"
    did = f"Opened {path} by {scheme} {STARTED[name]}"
    found = said_by(name)[request]
    if "error" in found:
        fail(did=did, wanted="a page, not an error", got=found["error"], look=SETTINGS)
    return did, found


def status_of(found):
    where = f", a redirect to {found['location']}" if found["location"] else ""
    return f"status {found['status']}{where}"


# ------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("name", ["static", "services", "development"])
def test_django_finds_nothing_to_warn_of(name):
    """NFR-14: Django's own list of what production needs."""
    found = said_by(name)["check"]
    lines = [line.strip() for line in found.get("error", "").splitlines()]
    warnings = [line for line in lines if line.startswith(("?:", "(")) or ": (" in line]
    command = "check" if name == "development" else "check --deploy"
    expect(
        not found,
        did=f"Ran python manage.py {command} --fail-level WARNING {STARTED[name]}",
        wanted="exit code 0, no issue (NFR-14)",
        got="; ".join(line[:120] for line in warnings) or "; ".join(lines),
        look=SETTINGS,
    )


def test_the_environment_is_read():
    """NFR-14: no secret stands in the code, and DEBUG is off where a server says so."""
    found = said_by("static")["settings"]
    for name, wanted in (("DEBUG", False), ("SECRET_KEY", KEY)):
        expect(
            found[name] == wanted,
            did=f"Read settings.{name} {STARTED['static']}",
            wanted="the one of the environment (NFR-14)",
            got="another" if name == "SECRET_KEY" else f"{found[name]}",
            look=f"config/settings.py, {name}",
        )


def test_http_leads_to_https():
    """NFR-14: a page by HTTP redirects, the health check does not."""
    did, found = answer("static", "http")
    expect(
        found["status"] == 301 and found["location"].startswith("https://"),
        did=did,
        wanted="301, a redirect to https:// (NFR-14)",
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
    """NFR-14: browsers come back by HTTPS, and send cookies by HTTPS only."""
    did, found = answer("static", "https")
    expect(
        found["status"] == 200 and found["hsts"],
        did=did,
        wanted="200 with the header Strict-Transport-Security (NFR-14)",
        got=f"{status_of(found)}, the header says {found['hsts'] or 'nothing'!r}",
        look=f"{SETTINGS}, SECURE_HSTS_SECONDS",
    )
    values = said_by("static")["settings"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        expect(
            values[name] is True,
            did=f"Read settings.{name} {STARTED['static']}",
            wanted="True (NFR-14)",
            got=f"{values[name]}",
            look=f"{SETTINGS}, {name}",
        )


def test_the_redirect_can_be_switched_off():
    """NFR-14: for a trial on one's own machine."""
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
    """NFR-14: trusted behind a proxy, and nowhere else."""
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
    """NFR-14: a changed file has another name, so browsers may keep it for ever."""
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
    did, found = answer("static", "docs")
    soup = BeautifulSoup(found["body"], "html.parser")
    scripts = [str(one["src"]) for one in soup.find_all("script", src=True)]
    known = [
        urlsplit(script).path.removeprefix("/static/")
        for script in scripts
        if urlsplit(script).path.startswith("/static/")
    ]
    expect(
        known and set(known) <= hashed,
        did=did,
        wanted="scripts linked by their hashed names",
        got=f"linked is {', '.join(scripts) or 'none'} ({status_of(found)})",
        look=look,
    )


def test_development_goes_on_as_before():
    """NFR-14: nothing of this stands in the way on one's own machine."""
    did, found = answer("development", "http")
    expect(
        found["status"] == 200,
        did=did,
        wanted="200 by plain HTTP (NFR-14)",
        got=status_of(found),
        look=f"{SETTINGS}: settings for production only inside it",
    )


@pytest.mark.parametrize("name", ["robots", "sitemap", "api"])
def test_addresses_begin_with_https(name):
    """NFR-14: whoever asks by HTTPS is led on by HTTPS."""
    did, found = answer("static", name)
    expect(
        f"https://{HOST}/" in found["body"] and f"http://{HOST}" not in found["body"],
        did=did,
        wanted=f"addresses that begin with https://{HOST}/",
        got=f"{status_of(found)}: {found['body'][:100]!r}",
        look="config/settings.py",
    )


@pytest.mark.parametrize(("name", "status"), [("media", 404), ("development", 200)])
def test_who_sends_the_pictures(name, status):
    """NFR-14: Nginx where SERVE_MEDIA is false, else Django."""
    did, found = answer(name, "picture")
    expect(
        found["status"] == status,
        did=f"{did}, a file that is there",
        wanted=f"status {status}",
        got=status_of(found),
        look="config/urls.py, SERVE_MEDIA",
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("EMAIL_HOST", "mail.example.org"),
        ("EMAIL_PORT", 587),
        ("CACHES", "config.cache.ResilientRedisCache"),
        ("LOCATION", REDIS),
        ("SITE_URL", "https://recipes.example.org"),
    ],
)
def test_the_addresses_of_the_services(name, wanted):
    """NFR-14: by configuration alone."""
    found = said_by("services")["services"][name]
    expect(
        found == wanted,
        did=f"Read settings.{name} {STARTED['services']}",
        wanted=repr(wanted),
        got=repr(found),
        look="config/settings.py",
    )


def test_uploads_lie_where_the_environment_says():
    """NFR-14: on a volume that outlives the container."""
    found = said_by("services")["services"]["MEDIA_ROOT"]
    expect(
        Path(found) == Path(answers()["volume"]),
        did="Read settings.MEDIA_ROOT with MEDIA_ROOT set",
        wanted="the folder that the variable names",
        got=found,
        look="config/settings.py, MEDIA_ROOT",
    )


@pytest.mark.parametrize(("name", "wanted"), [("services", True), ("static", False)])
def test_connections_are_kept_open(name, wanted):
    """NFR-14: a pool for PostgreSQL, which SQLite does not know."""
    found = said_by(name)["services"]["pool"]
    engine = "PostgreSQL" if wanted else "SQLite"
    expect(
        found is wanted,
        did=f"Read settings.DATABASES with a DATABASE_URL of {engine}",
        wanted="OPTIONS with pool" if wanted else "OPTIONS without pool",
        got="with it" if found else "without it",
        look="config/settings.py, DATABASES",
    )
