"""deployment: the settings are fit for production when DEBUG is off."""

from acceptance.deployment import Deployment, Site
from acceptance.production import ProductionTests

FIVE = "with the five production variables"


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
            "development": Site(
                started="without any environment variable",
                variables=None,
                check=True,
                tables="migrations",
                http=["/"],
            ),
        },
        host="blog.example.org",
        seconds=45,
    )
