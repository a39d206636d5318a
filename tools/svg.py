"""What the pictures of topics share: letters, colours of groups, the frame of an SVG.

Each picture follows the reader's theme by itself, and loads nothing from elsewhere.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"

# How wide the letters of a wide sans serif are, in thousandths of their size. Fonts
# differ from reader to reader; what fits with these fits with narrower ones.
_LETTERS = {
    **dict.fromkeys("ijl.,:;'|!", 320),
    **dict.fromkeys(" ftrI()-/", 410),
    **dict.fromkeys("szckvxyaeoJ", 600),
    **dict.fromkeys("mwMW@", 990),
    **dict.fromkeys("←→", 850),
}
_CAPITAL, _OTHER = 740, 640


def width_of(text: str, size: float) -> float:
    """How much room a text takes at most, at a size in pixels."""
    return (
        sum(_LETTERS.get(c, _CAPITAL if c.isupper() else _OTHER) for c in text)
        * size
        / 1000
    )


@dataclass(frozen=True)
class Words:
    """A piece of text at its place; ``y`` is its base line."""

    x: float
    y: float
    text: str
    size: float
    group: str | None = None  # the group whose colour it has

    @property
    def end(self) -> float:
        return self.x + width_of(self.text, self.size)


def broken(said: str, size: float, room: float) -> Iterator[str]:
    """A text in lines that fit, broken between words."""
    line = ""
    for word in said.split():
        longer = f"{line} {word}".lstrip()
        if line and width_of(longer, size) > room:
            yield line
            longer = word
        line = longer
    yield line


def _colour(index: int, count: int, *, dark: bool) -> str:
    """A colour of a hue of its own, readable on the ground of a theme."""
    lightness = 0.0 if not dark else 1.0
    step, wanted = (0.01, 5.0) if not dark else (-0.01, 7.5)
    ground = 0.0056 if dark else 1.0  # the luminance of GitHub's pages
    found = "#000000"
    while True:
        shade = lightness + step
        rgb = colorsys.hls_to_rgb(index / count, shade, 0.62)
        light = _luminance(rgb)
        contrast = (max(light, ground) + 0.05) / (min(light, ground) + 0.05)
        if contrast < wanted:
            return found
        lightness = shade
        found = "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def _luminance(rgb: tuple[float, float, float]) -> float:
    """The relative luminance of WCAG."""
    parts = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def _style(groups: Sequence[str]) -> Iterator[str]:
    yield f"text {{ font-family: {FONT}; }}"
    for dark in (False, True):
        ink, frame_, edge = (
            ("#e6edf3", "#151b23", "#3d444d")
            if dark
            else ("#1f2328", "#f6f8fa", "#d1d9e0")
        )
        rules = [
            f".ink {{ fill: {ink}; }}",
            f".frame {{ fill: {frame_}; stroke: {edge}; }}",
            f".on {{ fill: {frame_}; }}",
        ]
        for index, _ in enumerate(groups):
            colour = _colour(index, len(groups), dark=dark)
            rules.append(f".f{index} {{ fill: {colour}; }}")
            rules.append(f".s{index} {{ stroke: {colour}; }}")
        if dark:
            yield "@media (prefers-color-scheme: dark) {"
            yield from (f"  {rule}" for rule in rules)
            yield "}"
        else:
            yield from rules


def document(
    title: str,
    told: str,
    size: tuple[float, float],
    groups: Sequence[str],
    body: Iterable[str],
) -> str:
    """A picture.

    Args:
        title: its name, for those who hear it.
        told: what it shows, for those who hear it.
        size: width and height, in pixels at full size.
        groups: those that have a colour: group 0 is drawn by the classes f0 and s0.
        body: the lines of what is drawn.
    """
    width, height = map(number, size)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="t d">',
        f'  <title id="t">{escape(title)}</title>',
        f'  <desc id="d">{escape(told)}</desc>',
        "  <style>",
        *(f"    {rule}" for rule in _style(groups)),
        "  </style>",
        *(f"  {line}" for line in body),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def text(words: Words, group: int | None = None, *, bold: bool = False) -> str:
    """A text in the colour of ink, or of a group by its index."""
    colour = "ink" if group is None else f"f{group}"
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="{colour}" x="{number(words.x)}" y="{number(words.y)}" '
        f'font-size="{words.size}"{weight}>{escape(words.text)}</text>'
    )


def number(value: float) -> str:
    """A number with a decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
