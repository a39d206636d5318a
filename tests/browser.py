"""A project served for real, and what a browser has to say about its pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Route

from djangopath.catalogue import ROOT
from tools.site import PASSWORD, Site, running, serve

__all__ = ["PASSWORD", "Site", "running", "serve"]

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"phone": (390, 844), "desktop": (1280, 800)}
SHOTS = ROOT / ".cache" / "screenshots"
# axe-core's rules by tag: what WCAG 2.2 AA asks for, and what its makers advise.
RULES = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split()


# --------------------------------------------------------------------------- the pages


@contextmanager
def window(browser: Browser, width: str) -> Iterator[BrowserContext]:
    """A window of a phone or a desktop, that reaches no other machine."""
    across, down = WIDTHS[width]
    phone = width == "phone"
    context = browser.new_context(
        viewport={"width": across, "height": down},
        is_mobile=phone,
        has_touch=phone,
        color_scheme="light",
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(60_000)
    try:
        yield context
    finally:
        context.close()


@dataclass
class Visit:
    """A page that is open, and what went wrong while it was."""

    page: Page
    base: str
    shots: str  # what the names of its screenshots begin with
    problems: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    expected: int = 200

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _note(self, text: str) -> None:
        self.waiting.append(text)

    def _console(self, message: Any) -> None:
        known = "Failed to load resource" in message.text and self.expected != 200
        if message.type in ("error", "warning") and not known:
            self._note(f"console {message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # the next page was opened meanwhile
            self._note(f"{request.url} failed: {request.failure}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "about:", "blob:")):
            self._note(f"asks another host for {request.url}")

    def _response(self, response: Any) -> None:
        whole = response.request.is_navigation_request()
        if response.status >= 400 and not whole:
            self._note(f"{response.url} answers {response.status}")

    def open(self, path: str, expected: int = 200) -> None:
        """Opens a page and notes everything that a program can tell about it."""
        self.expected = expected
        self.waiting.clear()
        response = self.page.goto(self.base + path, wait_until="load")
        status = response.status if response else 0
        if status != expected:
            self._note(f"answers {status}")
        self.told(path)

    def told(self, path: str) -> None:
        """Files what has been noted under a page."""
        self.problems += [f"{path}: {text}" for text in dict.fromkeys(self.waiting)]
        self.waiting.clear()

    def judge(self, path: str, width: str) -> None:
        """Structure, size and contrast of the open page, in light and in dark."""
        found = list(structure(self.page, width))
        found += axe(self.page, {"runOnly": {"type": "tag", "values": RULES}})
        self._shoot(path, width, "light")
        self.page.emulate_media(color_scheme="dark")
        contrast = axe(self.page, {"runOnly": ["color-contrast"]})
        found += [f"in dark, {text}" for text in contrast]
        self._shoot(path, width, "dark")
        self.page.emulate_media(color_scheme="light")
        self.waiting += found
        self.told(path)

    def _shoot(self, path: str, width: str, scheme: str) -> None:
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"
        SHOTS.mkdir(parents=True, exist_ok=True)
        file = SHOTS / f"{self.shots}-{name}-{width}-{scheme}.png"
        self.page.screenshot(path=file, full_page=True)

    def links(self) -> list[str]:
        """The paths on this host that the open page links to."""
        found = self.page.eval_on_selector_all(
            "a[href]", "all => all.map(a => a.getAttribute('href'))"
        )
        paths = []
        for href in found:
            address = urldefrag(urljoin(self.page.url, href)).url
            if address.startswith(self.base + "/"):
                paths.append(address.removeprefix(self.base))
        return list(dict.fromkeys(paths))


# In the page: what it is built of, and whether it fits. Touch targets are judged by
# axe-core (24 pixels); a button or a field is hit by a thumb and has to be larger.
STRUCTURE = """
width => {
    const found = [];
    const seen = e => e.checkVisibility({visibilityProperty: true});
    const all = query => [...document.querySelectorAll(query)].filter(seen);
    const name = e => e.outerHTML.slice(0, 90).replace(/\\s+/g, ' ');
    const page = document.documentElement;
    if (innerWidth !== width) found.push(`is laid out ${innerWidth} pixels wide`);
    if (page.scrollWidth > width) {
        const wide = all('body *')
            .filter(e => e.getBoundingClientRect().right > width + 0.5)
            .map(name)[0];
        found.push(`scrolls sideways, ${page.scrollWidth} pixels wide: ${wide}`);
    }
    if (!page.lang) found.push('has no lang');
    if (!document.title.trim()) found.push('has no title');
    if (!document.querySelector('link[rel~=icon]')) found.push('has no icon');
    const once = [['h1', '<h1>'], ['main, [role=main]', '<main>']];
    if (all('a[href]').length) once.push(
        ['body > header, [role=banner]', '<header>'],
        ['body > footer, [role=contentinfo]', '<footer>'],
    );
    for (const [query, what] of once) {
        const count = all(query).length;
        if (count !== 1) found.push(`has ${count} of ${what}, should have one`);
    }
    const header = document.querySelector('body > header');
    if (header && header.querySelectorAll('a').length > 1 && !all('nav').length)
        found.push('has no <nav> round the links of its header');
    for (const image of all('img'))
        if (image.getAttribute('alt') === null) found.push(`no alt: ${name(image)}`);
    const fields = 'input:not([type=hidden]), select, textarea, button';
    for (const one of all(fields)) {
        const box = one.getBoundingClientRect();
        const tick = ['checkbox', 'radio'].includes(one.type);
        if (width < 500 && !tick && box.height < 32)
            found.push(`${Math.round(box.height)} pixels high: ${name(one)}`);
        if (width < 500 && one.matches('input, select, textarea') && !tick
            && parseFloat(getComputedStyle(one).fontSize) < 16)
            found.push(`makes a phone zoom, text under 16 pixels: ${name(one)}`);
    }
    for (const one of all('p, li, td, th, dd, dt, label, a, button, span')) {
        const text = [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (text && parseFloat(getComputedStyle(one).fontSize) < 12)
            found.push(`text under 12 pixels: ${name(one)}`);
    }
    return found;
}
"""


def structure(page: Page, width: str) -> list[str]:
    """What is wrong with the page's build and size."""
    return list(page.evaluate(STRUCTURE, WIDTHS[width][0]))


def axe(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe-core finds; a contrast that it cannot tell counts as found."""
    answer = Axe().run(page, options=options | {"resultTypes": ["violations"]}).response
    unsure = [rule for rule in answer["incomplete"] if rule["id"] == "color-contrast"]
    return [
        f"axe {rule['id']}: {_line(node['failureSummary'])}: {_line(node['html'])}"
        for rule in answer["violations"] + unsure
        for node in rule["nodes"]
    ]


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


# -------------------------------------------------------------------------- the policy

VIOLATION = """
document.addEventListener('securitypolicyviolation', event => console.error(
    'policy: ' + event.effectiveDirective + ' stops ' + event.blockedURI + ' '
    + event.sample));
"""
# What somebody might slip into a text, were it not escaped.
SLIPPED = """
<script>(window.ran ??= []).push('script')</script>
<img src="/nowhere.png" alt="" onerror="(window.ran ??= []).push('handler')">
"""


def violations(page: Page) -> Callable[[], list[str]]:
    """From now on, what the pages' policies stop; each call gives what is new."""
    found: list[str] = []

    def note(message: Any) -> None:
        if message.text.startswith("policy: "):
            found.append(message.text)

    page.add_init_script(VIOLATION)
    page.on("console", note)

    def fresh() -> list[str]:
        seen = list(dict.fromkeys(found))
        found.clear()
        return seen

    return fresh


def slipped(page: Page, address: str, *, policy: bool) -> list[str]:
    """What runs of a script and of a handler that are added to a page.

    Args:
        policy: whether the page keeps its policy.
    """

    def add(route: Route) -> None:
        if route.request.resource_type != "document":
            route.continue_()
            return
        response = route.fetch()
        headers = dict(response.headers)
        if not policy:
            headers.pop("content-security-policy", None)
        body = response.text().replace("</body>", f"{SLIPPED}</body>")
        route.fulfill(response=response, headers=headers, body=body)

    page.route("**/*", add)
    page.goto(address, wait_until="load")
    page.unroute("**/*")
    return sorted(page.evaluate("() => window.ran || []"))


# ------------------------------------------------------------------------ the keyboard

# Tab begins at the top again, also on a page that gives a field the focus by itself,
# which happens when the page is drawn.
RESET = """
async () => {
    for (let frame = 0; frame < 3; frame++)
        await new Promise(drawn => requestAnimationFrame(drawn));
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    scrollTo(0, 0);
}
"""
STOPS = """
() => {
    const query = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const radios = new Set();
    window.stops = [...document.querySelectorAll(query)].filter(e => {
        if (e.disabled || e.type === 'hidden' || e.tabIndex < 0) return false;
        if (!e.checkVisibility({visibilityProperty: true})) return false;
        if (e.type !== 'radio') return true;
        const group = e.form ? [...e.form.elements[e.name]] : [e];
        const one = group.find(r => r.checked) || group[0];
        return e === one;
    });
    const style = e => {
        const s = getComputedStyle(e);
        return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow].join();
    };
    window.rest = window.stops.map(style);
    window.focusStyle = style;
    return window.stops.map(e => e.outerHTML.slice(0, 90).replace(/\\s+/g, ' '));
}
"""
SKIPPED = """
href => {
    const main = document.querySelector(href);
    if (!main) return 'nowhere, there is no ' + href;
    const within = e => main.contains(e)
        || main.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING;
    const e = document.activeElement;
    return within(e) || !window.stops.some(within) ? '' : e.outerHTML.slice(0, 90);
}
"""
HERE = """
() => {
    const e = document.activeElement;
    const index = window.stops.indexOf(e);
    if (index < 0) return {index, name: e.outerHTML.slice(0, 90)};
    const s = getComputedStyle(e);
    const outline = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0
        && !/, 0\\)$|transparent/.test(s.outlineColor);
    const box = e.getBoundingClientRect();
    const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
    const y = Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1);
    const first = e.getClientRects()[0] || box;
    const tops = [[x, y], [first.x + first.width / 2, first.y + first.height / 2]]
        .map(point => document.elementFromPoint(...point));
    return {
        index,
        marked: window.focusStyle(e) !== window.rest[index]
            && (outline || s.boxShadow !== 'none'),
        seen: box.width > 0 && box.bottom > 0 && box.right > 0
            && box.top < innerHeight && box.left < innerWidth
            && tops.some(t => t && (e.contains(t) || t.contains(e)
                || [...(e.labels || [])].some(l => l.contains(t)))),
    };
}
"""


def walk(page: Page) -> Iterator[str]:
    """What is wrong with going through the open page by the Tab key."""
    page.evaluate(RESET)
    names = page.evaluate(STOPS)
    reached = []
    for name in names:
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        # Chromium stops in a date at its day, month, year and calendar.
        for _ in range(4):
            if here["index"] in reached and 'type="date"' in names[here["index"]]:
                page.keyboard.press("Tab")
                here = page.evaluate(HERE)
        if here["index"] < 0:
            yield f"Tab leads to {here['name']} where {name} was expected"
            break
        at = names[here["index"]]
        reached.append(here["index"])
        if not here["marked"]:
            yield f"the focus is not visible on {at}"
        if not here["seen"]:
            yield f"has the focus outside the window or covered: {at}"
    if reached != sorted(reached) or len(set(reached)) != len(names):
        missed = [n for index, n in enumerate(names) if index not in reached]
        yield f"Tab does not go through the page in order; missed: {missed}"


def skip(page: Page) -> Iterator[str]:
    """What is wrong with the page's skip link, which is its first Tab stop."""
    page.evaluate(RESET)
    if not page.evaluate(STOPS):
        return
    page.keyboard.press("Tab")
    href = page.evaluate("() => document.activeElement.getAttribute('href') || ''")
    if not href.startswith("#") or href == "#":
        yield f"the first Tab stop is no skip link, it leads to {href!r}"
        return
    if not page.evaluate(
        "() => { const b = document.activeElement.getBoundingClientRect();"
        " return b.top >= 0 && b.left >= 0 && b.height > 10 && b.width > 10; }"
    ):
        yield "the skip link cannot be seen when it has the focus"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    after = page.evaluate(SKIPPED, href)
    if after:
        yield f"after the skip link, Tab leads to {after}"


def type_into(page: Page, selector: str, text: str) -> bool:
    """Goes to a field by the Tab key and types; False where Tab never reaches it."""
    for _ in range(60):
        if page.evaluate("query => document.activeElement.matches(query)", selector):
            page.keyboard.type(text)
            return True
        page.keyboard.press("Tab")
    return False


def press(page: Page, selector: str) -> bool:
    """Goes to a button by the Tab key and presses Enter."""
    for _ in range(60):
        if page.evaluate("query => document.activeElement.matches(query)", selector):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return True
        page.keyboard.press("Tab")
    return False


def path_of(page: Page) -> str:
    """The path of the open page."""
    return urlsplit(page.url).path
