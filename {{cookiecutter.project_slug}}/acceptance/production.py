"""What the settings of every project promise once DEBUG is off.

A project's test derives a class from `ProductionTests`, names its sites and the ids of
its requirements, and adds what only this project promises.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from acceptance.deployment import KEY, SETTINGS, Deployment, status_of
from acceptance.support import brief, expect

HEALTH = "/healthz/"
INNER = f"/elsewhere{HEALTH}"  # only ends like the address of the health check
HSTS_SECONDS = 77  # what the environment says where HTTP is not redirected
LOOK = "config/settings.py"
POLICY = "Content-Security-Policy"
# The last three are not covered by default-src (CSP 3, section 6.3 and 6.4).
NAMED = ("default-src", "script-src", "base-uri", "form-action", "frame-ancestors")
# Sources that let anybody's script in.
OPEN = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:", "blob:")
# The types of a <script> that is run; others are data.
RUN = ("module", "text/javascript", "application/javascript")


class ProductionTests:
    """Tests of two or three sites, of which two are always there.

    "static" is production as it should be: its checks are run, its static files
    collected, ``home`` opened by HTTP and HTTPS, ``/healthz/`` and `INNER` by HTTP, and
    a view fails. "development" has no variable set; its checks are run, and ``home`` is
    opened by HTTP. "proxy" has BEHIND_PROXY=true. ``unredirected`` has
    SECURE_SSL_REDIRECT=false and SECURE_HSTS_SECONDS as `HSTS_SECONDS` says.
    """

    sites: ClassVar[Deployment]
    secure: ClassVar[str]  # the requirement that production is safe
    configured: ClassVar[str]  # the one that settings come from the environment
    home: ClassVar[str] = "/"
    unredirected: ClassVar[str] = "no redirect"  # the site without the redirect

    def started(self, name: str) -> str:
        """The variables of a site in words."""
        return self.sites.sites[name].started

    def expect_no_warning(self, name: str) -> None:
        """Django's own checks find nothing in a site, or a sentence."""
        __tracebackhide__ = True
        found = self.sites.said_by(name)["check"]
        lines = [line.strip() for line in found.get("error", "").splitlines()]
        warnings = [
            line for line in lines if line.startswith(("?:", "(")) or ": (" in line
        ]
        deploy = " --deploy" if self.sites.sites[name].production else ""
        expect(
            not found,
            did=f"Ran python manage.py check{deploy} --fail-level WARNING "
            f"{self.started(name)}",
            wanted=f"exit code 0, no issue ({self.secure})",
            got="; ".join(brief(line, 200) for line in warnings) or "; ".join(lines),
            look=SETTINGS,
        )

    def expect_outlives_outage(self, name: str, path: str) -> None:
        """While the database is away a page says so, and the site goes on after it.

        Or a sentence. The site calls ``acceptance.deployed.outage`` as "outage".
        """
        __tracebackhide__ = True
        found = self.sites.said_by(name)["outage"]
        did = f"Opened {path} {self.started(name)}"
        look = "templates/500.html"
        expect(
            "error" not in found,
            did=did,
            wanted="an answer, not an error",
            got=str(found.get("error")),
            look=look,
        )
        soup = BeautifulSoup(found["away"]["body"], "html.parser")
        expect(
            found["away"]["status"] == 500 and soup.find("main") and soup.find("h1"),
            did=did,
            wanted=f"status 500 and the page templates/500.html ({self.secure})",
            got=f"status {found['away']['status']}, a page that says "
            f"{brief(soup.get_text(' '), 60)!r}",
            look=f"{look}, which extends nothing and reads no context",
        )
        expect(
            found["health"]["status"] == 200,
            did=did.replace(path, HEALTH, 1),
            wanted="200: the process is up, and starting it anew helps nobody",
            got=f"status {found['health']['status']}",
            look="config/views.py, healthz",
        )
        expect(
            found["back"]["status"] == 200,
            did=f"Opened {path} once the database was back",
            wanted=f"200, without starting the site anew ({self.secure})",
            got=f"status {found['back']['status']}",
            look=LOOK,
        )

    def collected(self) -> tuple[str, dict[str, str]]:
        """(what was done, names and hashed names) of collectstatic; or a sentence."""
        __tracebackhide__ = True
        said = self.sites.said_by("static")
        did = f"Ran python manage.py collectstatic --noinput {self.started('static')}"
        look = f'{SETTINGS}, STORAGES["staticfiles"]'
        complaint = said["collectstatic"].get("error", "")
        expect(not complaint, did=did, wanted="exit code 0", got=complaint, look=look)
        paths: dict[str, str] | None = said["manifest"]
        expect(
            paths is not None,
            did=did,
            wanted="staticfiles.json in STATIC_ROOT",
            got="there is none",
            look=look,
        )
        return did, paths or {}

    # --------------------------------------------------------------------------- tests

    @pytest.mark.parametrize("name", ["static", "development"])
    def test_django_finds_nothing_to_warn_of(self, name: str) -> None:
        """Django's own list of what production needs."""
        self.expect_no_warning(name)

    def test_the_environment_is_read(self) -> None:
        """No secret stands in the code, and DEBUG is off where a server says so."""
        wanted: dict[str, Any] = {"DEBUG": False, "SECRET_KEY": KEY}
        for name, value in wanted.items():
            found = self.sites.value("static", name)
            expect(
                found == value,
                did=f"Read settings.{name} {self.started('static')}",
                wanted=f"the one of the environment ({self.configured})",
                got="another" if name == "SECRET_KEY" else f"{found}",
                look=f"config/settings.py, {name}",
            )

    def test_http_leads_to_https(self) -> None:
        """A page by HTTP redirects, the health check does not."""
        did, found = self.sites.answer("static", self.home)
        expect(
            found["status"] == 301 and found["location"].startswith("https://"),
            did=did,
            wanted=f"301, a redirect to https:// ({self.secure})",
            got=status_of(found),
            look=f"{SETTINGS}, SECURE_SSL_REDIRECT",
        )
        did, found = self.sites.answer("static", HEALTH)
        expect(
            found["status"] == 200,
            did=did,
            wanted="200: the host's health check asks by plain HTTP",
            got=status_of(found),
            look=f"{SETTINGS}, SECURE_REDIRECT_EXEMPT",
        )

    def test_https_is_remembered(self) -> None:
        """Browsers come back by HTTPS, and send cookies by HTTPS only."""
        did, found = self.sites.answer("static", self.home, secure=True)
        expect(
            found["status"] == 200 and found["hsts"],
            did=did,
            wanted=f"200 with the header Strict-Transport-Security ({self.secure})",
            got=f"{status_of(found)}, the header says {found['hsts'] or 'nothing'!r}",
            look=f"{SETTINGS}, SECURE_HSTS_SECONDS",
        )
        for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
            value = self.sites.value("static", name)
            expect(
                value is True,
                did=f"Read settings.{name} {self.started('static')}",
                wanted=f"True ({self.secure})",
                got=f"{value}",
                look=f"{SETTINGS}, {name}",
            )

    def test_a_policy_says_what_a_page_may_run(self) -> None:
        """A script that somebody slips into a text does not run."""
        did, found = self.sites.answer("static", self.home, secure=True)
        header = f"the header {POLICY}"
        policies = [directives(policy) for policy in found["policy"].split(",")]
        named = set().union(*policies)
        missing = [name for name in NAMED if name not in named]
        expect(
            not missing,
            did=did,
            wanted=f"{header} with {', '.join(NAMED)} ({self.secure})",
            got=f"no {', '.join(missing)} in it"
            if found["policy"]
            else "no such header",
            look=f"{LOOK}, CONTENT_SECURITY_POLICY",
        )
        for name in ("script-src", "default-src"):
            # What one policy of several forbids is forbidden.
            open_ = [lets_in(policy[name]) for policy in policies if name in policy]
            expect(
                "" in open_,
                did=did,
                wanted=f"{header} whose {name} lets in files of this site, and no "
                f"script that stands in the page ({self.secure})",
                got=f"{name} holds {', '.join(open_)}",
                look=f"{LOOK}, CONTENT_SECURITY_POLICY",
            )

    def expect_nothing_stopped(self, path: str) -> None:
        """A page holds no script that its own policy stops, or a sentence."""
        __tracebackhide__ = True
        did, found = self.sites.answer("static", path, secure=True)
        policy = directives(found["policy"])
        sources = policy.get("script-src", policy.get("default-src"))
        stopped = [
            script
            for script in BeautifulSoup(found["body"], "html.parser").find_all("script")
            if sources is not None
            and not script.get("src")
            and str(script.get("type") or RUN[0]).lower() in RUN
            and f"'nonce-{script.get('nonce')}'" not in sources
            # A hash is believed to be the one of this script.
            and not any(s.startswith(("'unsafe-inline", "'sha")) for s in sources)
        ]
        expect(
            not stopped,
            did=did,
            wanted=f"scripts in files: the {POLICY} of this answer stops one that "
            f"stands in the page ({self.secure})",
            got=brief(str(stopped[0]), 80) if stopped else "",
            look=f"{LOOK}, and the view of {path}",
        )

    def test_the_first_page_holds_nothing_that_its_policy_stops(self) -> None:
        """The policy is one that the site can live with."""
        self.expect_nothing_stopped(self.home)

    def test_the_redirect_can_be_switched_off(self) -> None:
        """For a trial on one's own machine."""
        redirected = self.sites.answer("static", self.home)[1]
        did, found = self.sites.answer(self.unredirected, self.home)
        expect(
            found["status"] == 200 and redirected["status"] == 301,
            did=did,
            wanted="200, where it is 301 without that variable",
            got=status_of(found)
            if found["status"] != 200
            else f"200, and {status_of(redirected)} without that variable",
            look=f"{SETTINGS}, SECURE_SSL_REDIRECT",
        )

    @pytest.mark.parametrize(("name", "wanted"), [("proxy", True), ("static", False)])
    def test_the_header_of_a_proxy(self, name: str, wanted: bool) -> None:
        """Trusted behind a proxy, and nowhere else."""
        found = self.sites.said_by(name)["proxied"]
        expect(
            found is wanted,
            did=f"Sent a request with X-Forwarded-Proto: https {self.started(name)}",
            wanted="a request that counts as HTTPS"
            if wanted
            else "a request that does not: without a proxy anybody can send that "
            "header",
            got="it does" if found else "it does not",
            look=f"{SETTINGS}, SECURE_PROXY_SSL_HEADER",
        )

    def test_an_error_leaves_a_trace(self) -> None:
        """Nobody sees a traceback in the browser any more, so the log has it."""
        found = self.sites.said_by("static")["failure"]
        expect(
            found.get("traced") is True,
            did=f"Let a view raise an exception {self.started('static')}",
            wanted="its traceback in what the process writes out, which is the "
            "server's log",
            got=found.get("error")
            or f"status {found['status']}, and no word of it anywhere",
            look=f"{SETTINGS}, LOGGING",
        )

    def test_static_files_are_collected_and_hashed(self) -> None:
        """A changed file has another name, so browsers may keep it for ever."""
        _, paths = self.collected()
        did, found = self.sites.answer("static", self.home, secure=True)
        soup = BeautifulSoup(found["body"], "html.parser")
        sheets = [
            str(link.get("href", ""))
            for link in soup.find_all("link")
            if "stylesheet" in (link.get("rel") or [])
        ]
        hashed = hashed_names(paths)
        expect(
            any(static_name(sheet) in hashed for sheet in sheets),
            did=did,
            wanted="the style sheet linked by its hashed name",
            got=f"linked is {', '.join(sheets) or 'none'}",
            look=f'{SETTINGS}, STORAGES["staticfiles"]',
        )

    def test_the_site_answers_to_its_own_names(self) -> None:
        """With any name in its address a page can be made to link elsewhere."""
        found = self.sites.value("static", "ALLOWED_HOSTS")
        expect(
            "*" not in found,
            did=f"Read settings.ALLOWED_HOSTS {self.started('static')}",
            wanted=f"names of hosts, those of the environment ({self.secure})",
            got=f"{found}: every name is allowed",
            look=f"{LOOK}, ALLOWED_HOSTS",
        )

    def test_no_warning_is_silenced(self) -> None:
        """A warning that nobody sees is still true."""
        found = self.sites.value("static", "SILENCED_SYSTEM_CHECKS")
        expect(
            not found,
            did=f"Read settings.SILENCED_SYSTEM_CHECKS {self.started('static')}",
            wanted=f"none: what the checks warn of is set ({self.secure})",
            got=f"{found}",
            look=f"{LOOK}, SILENCED_SYSTEM_CHECKS",
        )

    def test_only_the_health_check_is_exempt(self) -> None:
        """The pattern is searched for, so it needs its beginning."""
        did, found = self.sites.answer("static", INNER)
        expect(
            found["status"] == 301,
            did=did,
            wanted=f"301: only {HEALTH} itself answers by HTTP ({self.secure})",
            got=f"status {found['status']}",
            look=f"{SETTINGS}, SECURE_REDIRECT_EXEMPT: ^healthz/$",
        )

    def test_the_environment_says_how_long_https_lasts(self) -> None:
        """One hour at first and a year later, without a change of the code."""
        found = self.sites.value(self.unredirected, "SECURE_HSTS_SECONDS")
        expect(
            found == HSTS_SECONDS,
            did=f"Read settings.SECURE_HSTS_SECONDS {self.started(self.unredirected)}",
            wanted=f"{HSTS_SECONDS} ({self.configured})",
            got=f"{found}",
            look=f"{SETTINGS}, SECURE_HSTS_SECONDS",
        )

    def test_development_is_left_alone(self) -> None:
        """No hashed names without collectstatic, no cookie by HTTPS only."""
        did = f"Read the settings {self.started('development')}"
        storages = self.sites.value("development", "STORAGES") or {}
        backend = str(storages.get("staticfiles", {}).get("BACKEND", ""))
        expect(
            "Manifest" not in backend,
            did=did,
            wanted="static files under their own names: a test without collectstatic "
            f"finds no hashed one ({self.configured})",
            got=f'STORAGES["staticfiles"] is {backend}',
            look=f'{SETTINGS}, STORAGES["staticfiles"]',
        )
        for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
            found = self.sites.value("development", name)
            expect(
                not found,
                did=did,
                wanted=f"{name} is False: runserver speaks HTTP ({self.configured})",
                got=f"{found}",
                look=f"{SETTINGS}, {name}",
            )

    def test_development_goes_on_as_before(self) -> None:
        """Nothing of this stands in the way on one's own machine."""
        did, found = self.sites.answer("development", self.home)
        expect(
            found["status"] == 200,
            did=did,
            wanted=f"200 by plain HTTP ({self.configured})",
            got=status_of(found),
            look=f"{SETTINGS}: settings for production only inside it",
        )


def hashed_names(paths: dict[str, str]) -> set[str]:
    """The names in a manifest that tell a changed file from the one before."""
    return {name for plain, name in paths.items() if name != plain}


def directives(policy: str) -> dict[str, list[str]]:
    """The sources of each directive of a policy; of two alike the first one counts."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        found.setdefault(name.lower(), sources)
    found.pop("", None)
    return found


def lets_in(sources: list[str]) -> str:
    """The first source that lets anybody's script in; "" where there is none.

    Beside a nonce or a hash browsers take no notice of 'unsafe-inline', and beside
    'strict-dynamic' of hosts and schemes (CSP 3, section 6.7.3).
    """
    open_ = set(OPEN)
    if any(source.startswith(("'nonce-", "'sha")) for source in sources):
        open_.discard("'unsafe-inline'")
        if "'strict-dynamic'" in sources:
            open_ &= {"'unsafe-eval'"}
    return next((source for source in sources if source.lower() in open_), "")


def static_name(address: str) -> str:
    """The name of a static file, from its address."""
    return urlsplit(address).path.removeprefix("/static/")
