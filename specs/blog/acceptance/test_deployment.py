"""deployment: the settings are fit for production when DEBUG is off."""

from acceptance.deployment import Deployment, Site
from acceptance.production import HSTS_SECONDS, INNER, ProductionTests

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
                http=["/", "/healthz/", INNER],
                https=["/"],
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
    )

    def test_a_database_that_is_away_takes_nothing_with_it(self) -> None:
        """NFR-4: readers see a page of the site, the host sees that it is up, and the
        site goes on by itself when the database is back.
        """
        self.expect_outlives_outage("outage", "/posts/")
