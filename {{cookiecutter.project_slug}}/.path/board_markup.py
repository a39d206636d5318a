"""HTML from Python: text is escaped unless it was built here, and Markdown is tamed."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt

from .text import plain

VOID = {"br", "hr", "path", "use", "line", "rect", "circle", "polyline", "polygon"}
ELSEWHERE = "noopener noreferrer"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Inside = str | Html | None | Iterable[Any]


def safe(inside: Inside) -> str:
    """HTML as it is, other text escaped, lists in their order, None as nothing."""
    if inside is None:
        return ""
    if isinstance(inside, Html):
        return inside
    if isinstance(inside, str):
        return html.escape(plain(inside))
    return "".join(safe(one) for one in inside)


def tag(name: str, *inside: Inside, **attributes: object) -> Html:
    """An element; ``class_`` and ``aria_label`` are names, None leaves one out."""
    words = [name]
    for key, value in attributes.items():
        if value is not None and value is not False:
            key = key.rstrip("_").replace("_", "-")
            words.append(key if value is True else f'{key}="{safe(str(value))}"')
    if name in VOID and not inside:
        return Html(
            f"<{' '.join(words)}/>" if name not in ("br", "hr") else f"<{name}>"
        )
    return Html(f"<{' '.join(words)}>{safe(inside)}</{name}>")


def link(top: str, path: str, *words: Inside) -> Html:
    """A link to a file of the repository, whose folder has the address ``top``."""
    return tag("a", *words, href=top + quote(path))


class Markdown:
    """Markdown as HTML that does nothing: no HTML of its own, no image, no script.

    Args:
        top: the relative address of the repository's folder, ending in ``/``, or "".
        folder: the folder under it that relative links start from, such as ``tasks``.
        page: the file itself, which links to a place within it lead to.
        shift: how many levels its headings sink.
    """

    def __init__(self, top: str, folder: str = "", page: str = "", shift: int = 0):
        self.top, self.folder, self.page, self.shift = top, folder, page, shift
        self.parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        rules = self.parser.renderer.rules  # type: ignore[attr-defined]
        rules["image"] = lambda tokens, index, *_: html.escape(tokens[index].content)
        rules["fence"] = rules["code_block"] = self.code
        rules["table_open"] = lambda *_: (
            '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>'
        )
        rules["table_close"] = lambda *_: "</table></div>"

    def whole(self, text: str) -> Html:
        """Paragraphs, lists, code and all."""
        tokens = self.parser.parse(plain(text))
        for token in tokens:
            self.adapt(token)
        return Html(self.parser.renderer.render(tokens, self.parser.options, {}))

    def line(self, text: str) -> Html:
        """One line: emphasis, code and links only."""
        tokens = self.parser.parseInline(plain(text))
        for token in tokens:
            self.adapt(token)
        return Html(self.parser.renderer.render(tokens, self.parser.options, {}))

    def adapt(self, token: Any) -> None:
        """Sinks headings and leads links to where the board lies."""
        for child in token.children or ():
            self.adapt(child)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + self.shift, 6)}"
        elif token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            try:
                apart = bool(urlsplit(address).scheme) or address.startswith("//")
            except ValueError:
                apart = True
            if apart:
                token.attrSet("rel", ELSEWHERE)
            else:
                token.attrSet("href", self.here(address))
        elif token.type in ("th_open", "td_open"):
            # The policy of the page allows no style of a single element.
            align = re.search("left|center|right", str(token.attrs.pop("style", "")))
            if align:
                token.attrSet("class", align[0])

    def here(self, address: str) -> str:
        """A relative address of the file, as one of the board."""
        if address.startswith("#"):
            return f"{self.top}{self.page}{address}"
        path, mark, rest = address.partition("#")
        joined = posixpath.normpath(posixpath.join("/", self.folder, path)).lstrip("/")
        return f"{self.top}{joined}{mark}{rest}"

    def code(self, tokens: Any, index: int, *_: object) -> Html:
        """A block of code that scrolls, also by keyboard."""
        token = tokens[index]
        language = (token.info.split() or [""])[0]
        commands = language in ("", "sh", "bash", "console", "powershell", "text")
        label = "Commands" if commands and token.type == "fence" else "Code"
        label = label if commands or not language else f"Code, {language}"
        code = tag("code", token.content)
        return tag("pre", code, tabindex=0, role="group", aria_label=label)
