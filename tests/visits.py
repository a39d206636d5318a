"""Somebody who visits a running site as with a browser, by its pages and forms."""

from __future__ import annotations

from typing import Any

import requests
from bs4 import BeautifulSoup

from tools.site import PASSWORD

PATIENCE = 60  # seconds for an answer; a loaded machine may have much else to do


class Browser:
    """Somebody who is logged in, or not, with cookies and tokens as a browser has."""

    def __init__(self, base: str, username: str = "") -> None:
        self.base, self.session = base, requests.Session()
        self.session.trust_env = False
        if username:
            given = {"username": username, "password": PASSWORD}
            self.send("/accounts/login/", given)
            assert "sessionid" in self.session.cookies, f"{username} cannot log in"

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.base + path, timeout=PATIENCE)

    def again(self) -> Browser:
        """The same person in another tab, for another thread."""
        other = Browser(self.base)
        other.session.cookies.update(self.session.cookies)
        return other

    def form(self, path: str) -> dict[str, str]:
        """What the form of a page presets, with its token; no boxes, no choices."""
        page = BeautifulSoup(self.get(path).text, "html.parser")
        token = page.find("input", attrs={"name": "csrfmiddlewaretoken"})
        assert token, f"no form on {path}"
        hidden = {
            str(one["name"]): str(one.get("value", ""))
            for one in page.select("main input[name]")
            if one.get("type") not in ("file", "submit", "checkbox")
        }
        return {**hidden, "csrfmiddlewaretoken": str(token["value"])}

    def post(self, path: str, data: Any, files: Any = None) -> requests.Response:
        return self.session.post(self.base + path, data, files=files, timeout=PATIENCE)

    def send(
        self, path: str, data: Any, files: Any = None, *, at: str = ""
    ) -> requests.Response:
        """Fills in the form of a page; what it presets is sent along."""
        return self.post(path, {**self.form(at or path), **data}, files)
