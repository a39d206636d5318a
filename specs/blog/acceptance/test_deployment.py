"""deployment: the settings are fit for production when DEBUG is off."""

from acceptance.deployment import Deployment, Site
from acceptance.production import HEALTH, LOOK, SETTINGS, ProductionTests
from acceptance.support import expect

FIVE = "with the five production variables"
HOST = "blog.example.org"
INNER = f"/posts{HEALTH}"  # ends like the address of the health check
SECONDS = 77


class TestProduction(ProductionTests):
    """NFR-4: safe in production. NFR-7: by its environment."""

    secure, configured = "NFR-4", "NFR-7"
    sites = Deployment(
        {
            "static": Site(
                started=f"{FIVE} set",
                check=True,
                collect=True,
                failure=True,
                tables="migrations",
                http=["/", "/healthz/", INNER],
                https=["/"],
            ),
            "no redirect": Site(
                started=f"{FIVE}, SECURE_SSL_REDIRECT=false and "
                f"SECURE_HSTS_SECONDS={SECONDS}",
                variables={
                    "SECURE_SSL_REDIRECT": "false",
                    "SECURE_HSTS_SECONDS": str(SECONDS),
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
                calls={"outage": ("acceptance.deployed.outage", HOST, "/posts/")},
            ),
            "development": Site(
                started="without any environment variable",
                variables=None,
                check=True,
                tables="migrations",
                http=["/"],
            ),
        },
        host=HOST,
        seconds=45,
        values=(
            "ALLOWED_HOSTS",
            "SECURE_HSTS_SECONDS",
            "SILENCED_SYSTEM_CHECKS",
            "STORAGES",
        ),
    )

    def test_a_database_that_is_away_takes_nothing_with_it(self) -> None:
        """NFR-4: readers see a page of the site, the host sees that it is up, and the
        site goes on by itself when the database is back.
        """
        self.expect_outlives_outage("outage", "/posts/")

    def test_the_site_answers_to_its_own_names(self) -> None:
        """NFR-4: with any name in its address a page can be made to link elsewhere."""
        found = self.sites.value("static", "ALLOWED_HOSTS")
        expect(
            "*" not in found,
            did=f"Read settings.ALLOWED_HOSTS {self.started('static')}",
            wanted="names of hosts, those of the environment (NFR-4)",
            got=f"{found}: every name is allowed",
            look=f"{LOOK}, ALLOWED_HOSTS",
        )

    def test_no_warning_is_silenced(self) -> None:
        """NFR-4: a warning that nobody sees is still true."""
        found = self.sites.value("static", "SILENCED_SYSTEM_CHECKS")
        expect(
            not found,
            did=f"Read settings.SILENCED_SYSTEM_CHECKS {self.started('static')}",
            wanted="none: what the checks warn of is set (NFR-4)",
            got=f"{found}",
            look=f"{LOOK}, SILENCED_SYSTEM_CHECKS",
        )

    def test_only_the_health_check_is_exempt(self) -> None:
        """NFR-4: the pattern is searched for, so it needs its beginning."""
        did, found = self.sites.answer("static", INNER)
        expect(
            found["status"] == 301,
            did=did,
            wanted=f"301: only {HEALTH} itself answers by HTTP (NFR-4)",
            got=f"status {found['status']}",
            look=f"{SETTINGS}, SECURE_REDIRECT_EXEMPT: ^healthz/$",
        )

    def test_the_environment_says_how_long_https_lasts(self) -> None:
        """NFR-7: one hour at first and a year later, without a change of the code."""
        found = self.sites.value("no redirect", "SECURE_HSTS_SECONDS")
        expect(
            found == SECONDS,
            did=f"Read settings.SECURE_HSTS_SECONDS {self.started('no redirect')}",
            wanted=f"{SECONDS} (NFR-7)",
            got=f"{found}",
            look=f"{SETTINGS}, SECURE_HSTS_SECONDS",
        )

    def test_development_is_left_alone(self) -> None:
        """NFR-7: no hashed names without collectstatic, no cookie by HTTPS only."""
        did = f"Read the settings {self.started('development')}"
        storages = self.sites.value("development", "STORAGES") or {}
        backend = str(storages.get("staticfiles", {}).get("BACKEND", ""))
        expect(
            "Manifest" not in backend,
            did=did,
            wanted="static files under their own names: a test without collectstatic "
            "finds no hashed one (NFR-7)",
            got=f'STORAGES["staticfiles"] is {backend}',
            look=f'{SETTINGS}, STORAGES["staticfiles"]',
        )
        for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
            found = self.sites.value("development", name)
            expect(
                not found,
                did=did,
                wanted=f"{name} is False: runserver speaks HTTP (NFR-7)",
                got=f"{found}",
                look=f"{SETTINGS}, {name}",
            )
