"""deployment: the settings are fit for production when DEBUG is off."""

from bs4 import BeautifulSoup

from acceptance.deployment import Deployment, Site
from acceptance.production import ProductionTests
from acceptance.support import expect

FIVE = "with the five production variables"
HOST = "blog.example.org"


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
                http=["/", "/healthz/"],
                https=["/"],
            ),
            "no redirect": Site(
                started=f"{FIVE} and SECURE_SSL_REDIRECT=false",
                variables={"SECURE_SSL_REDIRECT": "false"},
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
                calls={"outage": ("acceptance.blog.outage", HOST)},
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
    )

    def test_a_database_that_is_away_takes_nothing_with_it(self) -> None:
        """NFR-4: readers see a page of the site, the host sees that it is up, and the
        site goes on by itself when the database is back.
        """
        found = self.sites.said_by("outage")["outage"]
        did = f"Opened /posts/ {FIVE}, while the database was away"
        expect(
            "error" not in found,
            did=did,
            wanted="an answer, not an error",
            got=str(found.get("error")),
            look="templates/500.html",
        )
        soup = BeautifulSoup(found["away"]["body"], "html.parser")
        expect(
            found["away"]["status"] == 500 and soup.find("main") and soup.find("h1"),
            did=did,
            wanted="status 500 and the page templates/500.html (NFR-4)",
            got=f"status {found['away']['status']}, a page that says "
            f"{soup.get_text(' ').strip()[:60]!r}",
            look="templates/500.html",
        )
        expect(
            found["health"]["status"] == 200,
            did=did.replace("/posts/", "/healthz/"),
            wanted="200: the process is up, and starting it anew helps nobody",
            got=f"status {found['health']['status']}",
            look="config/views.py, healthz",
        )
        expect(
            found["back"]["status"] == 200,
            did=did.replace("while the database was away", "the database back again"),
            wanted="200, without starting the site anew (NFR-4)",
            got=f"status {found['back']['status']}",
            look="config/settings.py",
        )
