"""deployment: the settings are fit for production when DEBUG is off."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from acceptance.deployment import SETTINGS, Deployment, Site, status_of
from acceptance.production import (
    HSTS_SECONDS,
    INNER,
    ProductionTests,
    hashed_names,
    static_name,
)
from acceptance.support import expect

HOST = "recipes.example.org"
REDIS = "redis://cache.example.org:6379/2"
CACHE_KEYS = {"CACHES": "BACKEND", "LOCATION": "LOCATION"}
FIVE = "with the five production variables"
SITES = Deployment(
    {
        "static": Site(
            started=f"{FIVE} set",
            check=True,
            collect=True,
            failure=True,
            tables="migrations",
            http=["/", "/healthz/", INNER],
            https=["/", "/api/docs/", "/robots.txt", "/sitemap.xml", "/api/"],
        ),
        "no redirect": Site(
            started=f"{FIVE}, SECURE_SSL_REDIRECT=false and "
            f"SECURE_HSTS_SECONDS={HSTS_SECONDS}",
            variables={
                "SECURE_SSL_REDIRECT": "false",
                "SECURE_HSTS_SECONDS": str(HSTS_SECONDS),
            },
            tables="migrations",
            http=["/"],
        ),
        "proxy": Site(
            started=f"{FIVE} and BEHIND_PROXY=true",
            variables={"BEHIND_PROXY": "true"},
        ),
        "outage": Site(
            started=f"{FIVE}, the database away",
            variables={"DATABASE_URL": "sqlite:///{folder}/away/site.sqlite3"},
            calls={"outage": ("acceptance.deployed.outage", HOST, "/recipes/")},
        ),
        "development": Site(
            started="without any environment variable",
            variables=None,
            check=True,
            tables="migrations",
            uploads=["one.jpg"],
            http=["/", "/media/one.jpg"],
        ),
        "media": Site(
            started=f"{FIVE} and SERVE_MEDIA=false",
            variables={"SERVE_MEDIA": "false"},
            uploads=["one.jpg"],
            https=["/media/one.jpg"],
        ),
        "services": Site(
            started="with the addresses of PostgreSQL, Redis and a mail server",
            variables={
                "DATABASE_URL": "postgres://app:secret@database.example.org:5432/app",
                "REDIS_URL": REDIS,
                "EMAIL_URL": "smtp://user:secret@mail.example.org:587",
                "DEFAULT_FROM_EMAIL": "kitchen@recipes.example.org",
                "SITE_URL": "https://recipes.example.org",
                "MEDIA_ROOT": "{folder}/volume",
            },
            check=True,
        ),
    },
    host=HOST,
    seconds=150,
    values=[
        "MEDIA_ROOT",
        "EMAIL_HOST",
        "EMAIL_PORT",
        "SITE_URL",
        "CACHES",
        "DATABASES",
    ],
    ignore=["admin", "redoc"],
    variables=[
        "CACHE_SECONDS",
        "DEFAULT_FROM_EMAIL",
        "MEDIA_ROOT",
        "SERVE_MEDIA",
        "SITE_URL",
    ],
)


class TestProduction(ProductionTests):
    """NFR-14: safe in production, by its environment."""

    sites = SITES
    secure = configured = "NFR-14"

    def test_django_has_nothing_against_the_services(self):
        """NFR-14: with the servers of production as well."""
        self.expect_no_warning("services")

    def test_an_error_has_a_page(self):
        """NFR-14: it needs no database, and the site goes on when that is back."""
        self.expect_outlives_outage("outage", "/recipes/")

    def test_swagger_ui_can_start(self):
        """NFR-14: its own script is no exception to the policy."""
        self.expect_nothing_stopped("/api/docs/")

    def test_scripts_have_hashed_names(self):
        """NFR-14: those of a package too."""
        _, paths = self.collected()
        did, found = SITES.answer("static", "/api/docs/", secure=True)
        soup = BeautifulSoup(found["body"], "html.parser")
        scripts = [str(one["src"]) for one in soup.find_all("script", src=True)]
        known = [
            static_name(script)
            for script in scripts
            if urlsplit(script).path.startswith("/static/")
        ]
        expect(
            known and set(known) <= hashed_names(paths),
            did=did,
            wanted="scripts linked by their hashed names",
            got=f"linked is {', '.join(scripts) or 'none'} ({status_of(found)})",
            look=f'{SETTINGS}, STORAGES["staticfiles"]',
        )


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml", "/api/"])
def test_addresses_begin_with_https(path):
    """NFR-14: whoever asks by HTTPS is led on by HTTPS."""
    did, found = SITES.answer("static", path, secure=True)
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
    did, found = SITES.answer(name, "/media/one.jpg", secure=name == "media")
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
    if name in CACHE_KEYS:
        found = SITES.value("services", "CACHES")["default"].get(CACHE_KEYS[name], "")
    else:
        found = SITES.value("services", name)
    expect(
        found == wanted,
        did=f"Read settings.{name} {SITES.sites['services'].started}",
        wanted=repr(wanted),
        got=repr(found),
        look="config/settings.py",
    )


def test_uploads_lie_where_the_environment_says():
    """NFR-14: on a volume that outlives the container."""
    found = str(SITES.value("services", "MEDIA_ROOT"))
    expect(
        Path(found) == Path(SITES.said_by("services")["folder"]) / "volume",
        did="Read settings.MEDIA_ROOT with MEDIA_ROOT set",
        wanted="the folder that the variable names",
        got=found,
        look="config/settings.py, MEDIA_ROOT",
    )


@pytest.mark.parametrize(("name", "wanted"), [("services", True), ("static", False)])
def test_connections_are_kept_open(name, wanted):
    """NFR-14: a pool for PostgreSQL, which SQLite does not know."""
    found = "pool" in SITES.value(name, "DATABASES")["default"].get("OPTIONS", {})
    engine = "PostgreSQL" if wanted else "SQLite"
    expect(
        found is wanted,
        did=f"Read settings.DATABASES with a DATABASE_URL of {engine}",
        wanted="OPTIONS with pool" if wanted else "OPTIONS without pool",
        got="with it" if found else "without it",
        look="config/settings.py, DATABASES",
    )
