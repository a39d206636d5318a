"""What OWASP recommends of headers and cookies, and where the projects differ, and why.

The headers are those that the Secure Headers Project proposes to add and to remove, in
its lists of July 2024; the cookies are those of the Session Management Cheat Sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Test = Callable[[str], bool]

PAGES = "front page", "404", "sign-in page", "signed in"
EVERY = (*PAGES, "static file", "signing in")


@dataclass(frozen=True)
class Header:
    """One header.

    Attributes:
        name: its name.
        says: what OWASP recommends.
        holds: whether a value (empty where the header is missing) is as recommended.
        on: the answers it is asked of; those a project does not have are passed over.
        why: the reason for another value.
        instead: whether a value is the other one that the reason speaks of.
    """

    name: str
    says: str
    holds: Test
    on: tuple[str, ...] = PAGES
    why: str = ""
    instead: Test = lambda value: False


def is_(*values: str) -> Test:
    """Whether a value is one of these; upper and lower case are one."""
    return lambda value: value.strip().lower() in values


def has(*parts: str) -> Test:
    """Whether a value, a list parted by semicolons or commas, has all of these."""

    def test(value: str) -> bool:
        found = {part.strip().lower() for part in re.split("[;,]", value)}
        return found.issuperset(parts)

    return test


def lasts(seconds: int) -> Test:
    """Whether Strict-Transport-Security lasts so many seconds, for subdomains too."""

    def test(value: str) -> bool:
        age = re.search(r"max-age=(\d+)", value)
        subdomains = has("includesubdomains")(value)
        return age is not None and int(age[1]) >= seconds and subdomains

    return test


FRAME = "frame-ancestors 'none'"
POLICY = ("form-action 'self'", "object-src 'none'", FRAME)
ASKING = ("camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()")
missing = is_("")

HEADERS = (
    Header(
        "Strict-Transport-Security",
        "max-age=31536000; includeSubDomains",
        lasts(31_536_000),
        EVERY,
        "an hour at first, as compose.prod.yaml says: browsers remember it, and a "
        "mistake lasts as long; SECURE_HSTS_SECONDS makes it a year",
        has("max-age=3600", "includesubdomains"),
    ),
    Header("X-Content-Type-Options", "nosniff", is_("nosniff"), EVERY),
    Header("X-Frame-Options", "deny", is_("deny")),
    Header(
        "Content-Security-Policy",
        "default-src 'self'; form-action 'self'; object-src 'none'; "
        "frame-ancestors 'none'; upgrade-insecure-requests",
        has("default-src 'self'", *POLICY, "upgrade-insecure-requests"),
        PAGES,
        "HSTS does what upgrade-insecure-requests does",
        has("default-src 'self'", "script-src 'self'", "base-uri 'self'", *POLICY),
    ),
    Header(
        "Referrer-Policy",
        "no-referrer",
        is_("no-referrer"),
        PAGES,
        "Django's check against forged requests reads the Referer where a browser "
        "sends no Origin; no other site gets one",
        is_("same-origin"),
    ),
    Header("Cross-Origin-Opener-Policy", "same-origin", is_("same-origin")),
    Header(
        "Cross-Origin-Embedder-Policy",
        "require-corp",
        is_("require-corp"),
        PAGES,
        "it serves SharedArrayBuffer, which no page uses, and would refuse pictures of "
        "other hosts",
        missing,
    ),
    Header(
        "Cross-Origin-Resource-Policy",
        "same-origin",
        is_("same-origin"),
        PAGES,
        "another site may show the public pictures; SameSite keeps the session's "
        "cookie out of such requests",
        missing,
    ),
    Header(
        "Permissions-Policy",
        "every feature that a page does not use, as camera=()",
        lambda value: value.count("=(") >= 20,
        PAGES,
        "those for which a browser would ask the visitor; the rest reveals nothing and "
        "changes from browser to browser",
        has(*ASKING),
    ),
    Header(
        "X-Permitted-Cross-Domain-Policies",
        "none",
        is_("none"),
        PAGES,
        "it speaks to Flash and a plug-in for PDF, which browsers no longer run",
        missing,
    ),
    Header("Cache-Control", "no-store, max-age=0", has("no-store"), ("sign-in page",)),
    Header(
        "Cache-Control",
        "no-store, max-age=0",
        has("no-store"),
        ("signed in",),
        "Vary: Cookie keeps a shared cache from handing it to others, and the "
        "browser's Back stays quick",
        is_("", "private"),
    ),
    Header(
        "Clear-Site-Data",
        '"cache","cookies","storage" at log-out',
        lambda value: '"storage"' in value,
        ("signed in",),
        "log-out ends the session on the server and takes its cookie; messages not "
        "sent yet wait in the tab's storage under their writer's id",
        missing,
    ),
)

# Names that tell what a site is made with; nginx replaces the first one.
SERVER = "Server"
TELLING = (
    "Powered-By",
    "Product",
    "SourceMap",
    "X-CMS",
    "X-Framework",
    "X-Generated-By",
    "X-Generator",
    "X-Powered-By",
    "X-Server-Powered-By",
    "X-SourceMap",
)


@dataclass(frozen=True)
class Attribute:
    """One attribute of cookies.

    Attributes:
        name: its name.
        says: what OWASP recommends.
        holds: whether a cookie, given its name and attributes in small letters, has it.
        why: the reason why the cookies named in ``without`` go without it.
        without: names of cookies; ``*`` is every cookie.
    """

    name: str
    says: str
    holds: Callable[[str, dict[str, str]], bool]
    why: str = ""
    without: tuple[str, ...] = ()


ATTRIBUTES = (
    Attribute("Secure", "on every cookie", lambda name, has: "secure" in has),
    Attribute(
        "HttpOnly",
        "on every cookie that no script reads",
        lambda name, has: "httponly" in has,
        "a page's script may read it, as Django documents; the page's forms hold it "
        "too, so it is no secret there",
        ("csrftoken",),
    ),
    Attribute(
        "SameSite",
        "Lax or Strict",
        lambda name, has: has.get("samesite", "").lower() in ("lax", "strict"),
    ),
    Attribute("Domain", "not set", lambda name, has: "domain" not in has),
    Attribute("Path", "/", lambda name, has: has.get("path") == "/"),
    Attribute(
        "__Host-",
        "begins the name",
        lambda name, has: name.startswith("__Host-"),
        "a browser takes such a cookie over HTTPS only, and learners begin without; "
        "Secure, Path=/ and no Domain, which the prefix stands for, are set",
        ("*",),
    ),
)
