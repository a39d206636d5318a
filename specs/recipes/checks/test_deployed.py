"""The finished recipe platform on real servers: its API, its mail, its uploads."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from djangopath import catalogue
from tests import services
from tests.services import Mailbox
from tests.visits import PATIENCE, Browser
from tools.environments import TIMEOUT
from tools.site import PASSWORD, Site, running, serve

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

# No limit on requests: they would be answered by 429 before anything else is looked at.
UNLIMITED = """
from config.settings import *

REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(
    REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
)
"""

PEOPLE = """
import json
from django.contrib.auth import get_user_model
from recipes.models import Recipe
User = get_user_model()
recipe = Recipe.objects.published().select_related("author").first()
author = recipe.author
author.email = "cook@example.org"
author.set_password(%(password)r)
author.save()
guest, _ = User.objects.get_or_create(username="guest")
guest.email = "guest@example.org"
guest.set_password(%(password)r)
guest.save()
print(json.dumps({
    "author": author.username, "slug": recipe.slug, "title": recipe.title,
    "category": recipe.category.pk,
}))
"""


@dataclass
class Kitchen:
    """The site, who cooks there, and the mails that it sent."""

    site: Site
    mailbox: Mailbox
    author: str
    slug: str
    title: str
    category: int
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, username: str) -> Browser:
        """Somebody's browser, the same each time: logging in is limited too."""
        if username not in self.browsers:
            self.browsers[username] = Browser(self.site.base, username)
        return self.browsers[username]

    def stored(self) -> set[Path]:
        """The files that uploads have left, and nothing but files of theirs."""
        media = self.site.folder / "media"
        return {file for file in media.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    """The finished project on PostgreSQL and Redis, its mail to a server of ours."""
    project = catalogue.load("recipes")
    folder = tmp_path_factory.mktemp("kitchen") / "site"
    with services.real(project) as env, services.smtp() as (address, mailbox):
        env = {**env, "EMAIL_URL": address}
        with serve(project, len(project.tasks), folder, services=env) as site:
            made = site.shell(PEOPLE % {"password": PASSWORD})
            yield Kitchen(site, mailbox, **made)


# ------------------------------------------------------------------------------ the API


@pytest.mark.parametrize("who", ["visitor", "author"])
def test_the_api_keeps_to_its_schema(kitchen: Kitchen, who: str) -> None:
    """Schemathesis finds no server error and no answer that the document denies."""
    site = kitchen.site
    (site.folder / "config/unlimited.py").write_text(UNLIMITED, "utf-8")
    env = {**site.env, "DJANGO_SETTINGS_MODULE": "config.unlimited"}
    with running(replace(site, env=env)) as unlimited:
        headers = []
        if who == "author":
            given = {"username": kitchen.author, "password": PASSWORD}
            answer = requests.post(
                f"{unlimited.base}/api/token/", given, timeout=PATIENCE
            )
            headers = ["--header", f"Authorization:Token {answer.json()['token']}"]
        checks = "not_a_server_error status_code_conformance content_type_conformance "
        checks += "response_schema_conformance"
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                f"{unlimited.base}/api/schema/?format=json",
                "--checks",
                ",".join(checks.split()),
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                "15",
                "--seed",
                "5",
                "--request-timeout",
                str(PATIENCE),
                "--suppress-health-check",
                "all",
                "--no-color",
                *headers,
            ],
            cwd=site.folder.parent,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
            encoding="utf-8",
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        assert unlimited.log.read_text("utf-8").count('"') > 200, (
            "hardly a request was sent"
        )


# ----------------------------------------------------------------------------- the mail


def test_mail_reaches_a_real_server(kitchen: Kitchen) -> None:
    """A comment sends the author one mail: text and HTML, and a way out of it."""
    guest = kitchen.browser("guest")
    page = f"/recipes/{kitchen.slug}/"
    body = "Half the <salt> & twice the dill."
    before = len(kitchen.mailbox.mails)
    answer = guest.send(f"{page}comments/", {"body": body}, at=page)
    assert answer.status_code == 200, answer.status_code
    mails = kitchen.mailbox.mails[before:]
    assert len(mails) == 1, [mail["Subject"] for mail in mails]
    (mail,) = mails
    assert mail["X-Envelope-To"] == "cook@example.org"
    assert kitchen.title in mail["Subject"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert body in text.get_content()
    assert "Half the &lt;salt&gt; &amp; twice the dill." in html.get_content()

    # RFC 8058: a mail program unsubscribes by POST, without cookies or a token of ours.
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip(" <>")
    assert link in text.get_content().replace("\n", " ")
    path = re.sub(r"^https?://[^/]+", "", link)
    done = requests.post(
        kitchen.site.base + path, {"List-Unsubscribe": "One-Click"}, timeout=PATIENCE
    )
    assert done.status_code == 200, done.status_code
    guest.send(f"{page}comments/", {"body": "Once more."}, at=page)
    assert len(kitchen.mailbox.mails) == before + 1, "a mail after unsubscribing"
    # A link with another person's name in it is worth nothing.
    for bad in (path[:-5] + "/", path.replace(path[14], "A", 1) + "x/"):
        refused = requests.post(kitchen.site.base + bad, timeout=PATIENCE)
        assert refused.status_code in (400, 404), (bad, refused.status_code)


def test_a_line_break_in_a_title_reaches_no_header(kitchen: Kitchen) -> None:
    """Refused with a sentence at the form; nothing is stored."""
    cook = kitchen.browser(kitchen.author)
    title = "Stew\r\nBcc: everybody@example.org"
    answer = cook.send("/write/", written(kitchen, title))
    assert answer.status_code == 200 and answer.url.endswith("/write/")
    count = kitchen.site.shell(
        "import json\nfrom recipes.models import Recipe\n"
        "print(json.dumps(Recipe.objects.filter(title__startswith='Stew').count()))"
    )
    assert count == 0


# -------------------------------------------------------------------------- six at once


def six_at_once(browser: Browser, path: str, data: dict[str, Any]) -> list[int]:
    """The statuses of six equal POSTs that leave at the same moment."""
    browser.get("/accounts/profile/")
    ready = threading.Barrier(6)
    cookies = {one.name: str(one.value) for one in browser.session.cookies}
    given = {**data, "csrfmiddlewaretoken": cookies["csrftoken"]}

    def send(_: int) -> int:
        ready.wait(PATIENCE)
        answer = requests.post(
            browser.base + path,
            given,
            cookies=cookies,
            timeout=PATIENCE,
            allow_redirects=False,
        )
        return answer.status_code

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(send, range(6)))


COUNTS = """
import json
from django.contrib.auth import get_user_model
from accounts.models import Follow
from recipes.models import Rating, Recipe
guest = get_user_model().objects.get(username="guest")
found = Recipe.objects.filter(title="Six at once")
print(json.dumps({
    "recipes": found.count(),
    "slugs": found.values("slug").distinct().count(),
    "ratings": Rating.objects.filter(user=guest).count(),
    "follows": Follow.objects.filter(follower=guest).count(),
}))
"""


def test_six_at_once_are_all_answered(kitchen: Kitchen) -> None:
    """The same title, rating, follow and publication: no error, and nothing twice."""
    guest, cook = kitchen.browser("guest"), kitchen.browser(kitchen.author)
    rows = {
        f"{prefix}-{name}": number
        for prefix in ("ingredients", "steps")
        for name, number in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 0))
    }
    recipe = {**written(kitchen, "Six at once"), **rows}
    page = f"/recipes/{kitchen.slug}/"
    follow = f"/cooks/{kitchen.author}/follow/"
    assert six_at_once(cook, "/write/", recipe) == [302] * 6
    assert six_at_once(guest, f"{page}rating/", {"stars": 4}) == [302] * 6
    assert six_at_once(guest, follow, {}) == [302] * 6
    found = kitchen.site.shell(COUNTS)
    assert found == {"recipes": 6, "slugs": 6, "ratings": 1, "follows": 1}

    before = len(kitchen.mailbox.mails)
    edit = BeautifulSoup(cook.get("/recipes/six-at-once/edit/").text, "html.parser")
    form = {
        str(one["name"]): str(one.get("value", ""))
        for one in edit.select("main form input[name]")
        if one.get("type") not in ("file", "checkbox", "submit")
    }
    form |= {**written(kitchen, "Six at once"), "status": "published"}
    statuses = six_at_once(cook, "/recipes/six-at-once/edit/", form)
    assert max(statuses) < 500, statuses
    mails = kitchen.mailbox.mails[before:]
    told = [mail["X-Envelope-To"] for mail in mails]
    assert "guest@example.org" in told and len(told) == len(set(told)), told


# -------------------------------------------------------------------------- the uploads


def written(kitchen: Kitchen, title: str) -> dict[str, Any]:
    """The fields of a recipe that is valid but for its picture or its title."""
    return {
        "title": title,
        "category": kitchen.category,
        "description": "Slow.",
        "servings": 4,
        "prep_minutes": 10,
        "cook_minutes": 20,
        "status": "draft",
        "ingredients-0-name": "salt",
        "steps-0-text": "Stir.",
    }


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width: int, height: int, *, rows: int | None = None) -> bytes:
    """A PNG picture, or the head of one with fewer rows than it says."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    line = b"\x00" + b"\xb0\x60\x30" * width
    data = zlib.compress(line * (height if rows is None else rows), 1)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01"
GIF += b"\x00\x01\x00\x00\x02\x02D\x01\x00;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(document.domain)</script>"
BAD_FILES = {
    "a page named as a picture": ("soup.png", "image/png", HTML),
    "a drawing with a script": ("soup.svg", "image/svg+xml", SVG),
    "another format named as PNG": ("soup.png", "image/png", GIF),
    "a picture that lies about its type": ("soup.jpg", "image/jpeg", png(400, 400)),
    "a picture cut off": ("soup.png", "image/png", png(400, 400)[:300]),
    "a bomb: a small file, a huge picture": (
        "soup.png",
        "image/png",
        png(30_000, 30_000, rows=3),
    ),
    "a picture of one pixel": ("soup.png", "image/png", png(1, 1)),
    "nothing": ("soup.png", "image/png", b""),
    "a file over the limit": (
        "soup.png",
        "image/png",
        png(400, 400) + b"0" * 6_000_000,
    ),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_picture_is_refused_and_leaves_nothing(
    kitchen: Kitchen, what: str
) -> None:
    cook = kitchen.browser(kitchen.author)
    before = kitchen.stored()
    start = time.monotonic()
    name, kind, content = BAD_FILES[what]
    fields = written(kitchen, f"Bad {what}"[:100])
    answer = cook.send("/write/", fields, {"image": (name, content, kind)})
    assert time.monotonic() - start < 15, "it was looked at for too long"
    assert answer.status_code == 200, answer.status_code
    assert answer.url.endswith("/write/"), f"{what} was accepted: {answer.url}"
    page = BeautifulSoup(answer.text, "html.parser")
    field = page.select_one("input[name=image]")
    assert field is not None
    told = page.select_one("#id_image_error, [id*=image] .errorlist, .errorlist")
    assert told is not None and told.get_text(strip=True), "no sentence at the field"
    assert kitchen.stored() == before, "a file was stored"


@pytest.mark.parametrize(
    "name", ["../../../evil.png", "..\\evil.png", "/etc/evil.png", "a/b/evil.png"]
)
def test_a_path_in_a_file_name_leads_nowhere(kitchen: Kitchen, name: str) -> None:
    """The name that is sent is not the name that is stored; what is behind is gone."""
    cook = kitchen.browser(kitchen.author)
    before = kitchen.stored()
    hidden = b"<script>alert(1)</script>PK\x03\x04"
    answer = cook.send(
        "/write/",
        written(kitchen, f"Tart {name[-12:]}"),
        {"image": (name, png(500, 400) + hidden, "image/png")},
    )
    assert answer.status_code == 200 and not answer.url.endswith("/write/")
    fresh = kitchen.stored() - before
    assert fresh, "nothing was stored"
    for file in fresh:
        assert re.fullmatch(r"[0-9a-f]{32}\.jpg", file.name), file
        assert b"<script>" not in file.read_bytes()
        assert file.read_bytes()[:3] == b"\xff\xd8\xff"
    assert not list(kitchen.site.folder.rglob("evil*"))
