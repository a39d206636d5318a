"""Draws docs/topics.svg: every topic, and what it builds on.

So many topics with as many arrows would be a tangle, so a topic is drawn
under one of those that it builds on, and what else it builds on is named beside it, in
the colour of that group.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from djangopath.tracks import Topic, Track
from tools import layout
from tools.graph import Graph
from tools.layout import (
    INNER,
    MARGIN,
    PAD,
    PILL,
    SIZE,
    STEP,
    TITLE,
    WIDTH,
    Frame,
    Node,
    Words,
)

PICTURE = "docs/topics.svg"
ALTERNATIVES = {
    PICTURE: "Every topic of the catalogue under what it builds on, group by group"
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


def pictures(
    topics: Mapping[str, Topic], tracks: Mapping[str, Track]
) -> dict[str, str]:
    """Every picture, as SVG, by its path from the repository's root."""
    return {PICTURE: _svg(Graph(topics, tracks))}


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


def _style(graph: Graph) -> Iterator[str]:
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
        for index, _ in enumerate(graph.groups):
            colour = _colour(index, len(graph.groups), dark=dark)
            rules.append(f".f{index} {{ fill: {colour}; }}")
            rules.append(f".s{index} {{ stroke: {colour}; }}")
        if dark:
            yield "@media (prefers-color-scheme: dark) {"
            yield from (f"  {rule}" for rule in rules)
            yield "}"
        else:
            yield from rules


def _svg(graph: Graph) -> str:
    """The picture."""
    placed = layout.places(graph)
    height = max(y + frame_.height for _, y, frame_ in placed) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" '
        f'width="{WIDTH}" height="{_n(height)}" role="img" aria-labelledby="t d">',
        '  <title id="t">Topics and what they build on</title>',
        '  <desc id="d">'
        f"{len(graph.topics)} topics in {len(graph.groups)} groups, each under the one "
        "that it builds on. SYLLABUS.md has the same as tables.</desc>",
        "  <style>",
        *(f"    {rule}" for rule in _style(graph)),
        "  </style>",
        *(f"  {line}" for line in _legend(graph)),
    ]
    for x, y, frame_ in placed:
        lines.append(f'  <g transform="translate({_n(x)} {_n(y)})">')
        lines += [f"    {line}" for line in _group(graph, frame_)]
        lines.append("  </g>")
    return "\n".join([*lines, "</svg>"]) + "\n"


def _legend(graph: Graph) -> Iterator[str]:
    """What the marks mean; only those that occur."""
    first, second = 20, 40
    text = (
        "A topic stands under the one it builds on. ← names what else it builds on, "
        "in the colour of its group."
    )
    yield _text(Words(MARGIN, first, text, SIZE))
    elsewhere = set(graph.topics) - set(graph.weeks)
    x = float(MARGIN)
    for week, taught, occurs, text in (
        ("7", True, True, f"first taught in week 7 of {graph.first.slug}"),
        ("", True, elsewhere & graph.taught, "on another track only"),
        ("9", False, True, "in a project that is still to come"),
        ("", False, elsewhere - graph.taught, "the same, on another track only"),
    ):
        if occurs:
            yield _pill(x, second, 0, week, taught=taught)
            words = Words(x + PILL[0] + 6, second + 4, text, SIZE)
            yield _text(words)
            x = words.end + 20


def _group(graph: Graph, frame_: Frame) -> Iterator[str]:
    index = graph.groups.index(frame_.group)
    yield (
        f'<rect class="frame" x="0.5" y="0.5" width="{_n(INNER - 1)}" '
        f'height="{_n(frame_.height - 1)}" rx="6"/>'
    )
    yield _text(Words(PAD, 22, frame_.group, TITLE, frame_.group), index, bold=True)
    at = {node.slug: node for node in frame_.nodes}
    # One opacity for all of them: lines that lie on each other are not darker.
    yield f'<g class="s{index}" fill="none" opacity="0.6">'
    for node in frame_.nodes:
        parent = graph.parent(node.slug)
        if parent:
            yield f"  {_edge(at[parent], node)}"
    yield "</g>"
    for node in frame_.nodes:
        yield f'<g class="topic" id="topic-{node.slug}">'
        yield f"  <title>{escape(_spoken(graph, node.slug))}</title>"
        week = str(graph.weeks.get(node.slug, ""))
        pill = _pill(node.x, node.y, index, week, taught=node.slug in graph.taught)
        yield f"  {pill}"
        for words in node.words:
            group = graph.groups.index(words.group) if words.group else None
            yield f"  {_text(words, group)}"
        yield "</g>"


def _spoken(graph: Graph, slug: str) -> str:
    topic = graph.topics[slug]
    needs = ", ".join(graph.topics[need].title for need in topic.needs)
    return f"{topic.title}, builds on {needs}" if needs else topic.title


def _edge(parent: Node, child: Node) -> str:
    """From below a topic's mark down, and to the right to one that builds on it."""
    x, y = parent.x + STEP / 2, parent.y + PILL[1] / 2
    return f'<path d="M{_n(x)} {_n(y)}V{_n(child.y - 4)}q0 4 4 4H{_n(child.x)}"/>'


def _pill(x: float, y: float, index: int, week: str, *, taught: bool) -> str:
    """A topic's mark with its week; dashed where it is still to come."""
    wide, high = PILL
    kind = f"f{index} s{index}" if taught and week else f"on s{index}"
    dashes = "" if taught else ' stroke-dasharray="2.5 2"'
    mark = (
        f'<rect class="{kind}" x="{_n(x)}" y="{_n(y - high / 2)}" width="{wide}" '
        f'height="{high}" rx="7"{dashes}/>'
    )
    if not week:
        return mark
    colour = "on" if taught else f"f{index}"
    return mark + (
        f'<text class="{colour}" x="{_n(x + wide / 2)}" y="{_n(y + 3.4)}" '
        f'font-size="9.5" font-weight="600" text-anchor="middle">{week}</text>'
    )


def _text(words: Words, group: int | None = None, *, bold: bool = False) -> str:
    colour = "ink" if group is None else f"f{group}"
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="{colour}" x="{_n(words.x)}" y="{_n(words.y)}" '
        f'font-size="{words.size}"{weight}>{escape(words.text)}</text>'
    )


def _n(number: float) -> str:
    """A number with a decimal at most."""
    return f"{number:.1f}".removesuffix(".0")
