"""Draws docs/topics.svg: every topic, and what it builds on.

A hundred and eighty topics with as many arrows would be a tangle, so a topic is drawn
under the one topic of its own group that it builds on most closely, and what else it
builds on is named beside it, in the colour of that group. What follows from another
prerequisite is left out. The topics themselves are read from ``specs/``.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from xml.sax.saxutils import escape

from djangopath.tracks import Topic, Track

PICTURE = "docs/topics.svg"
ALTERNATIVES = {
    PICTURE: "Every topic of the catalogue under what it builds on, group by group"
}

WIDTH = 1000  # all lengths are in the picture's own units, pixels at full size
COLUMNS = 3
MARGIN = 8
GAP = 16  # between columns, and between groups in a column
PAD = 12  # inside a group's frame
HEAD = 34  # from a frame's top to its first topic
STEP = 14  # from a topic to those that build on it, to the right
PILL = (22, 14)
ROW, LINE = 19, 14  # the first line of a topic, and each further one
SIZE, SMALL, TITLE = 12, 10.5, 13.5
LEGEND = 58
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


def pictures(
    topics: Mapping[str, Topic], tracks: Mapping[str, Track]
) -> dict[str, str]:
    """Every picture, as SVG, by its path from the repository's root."""
    return {PICTURE: _svg(Graph(topics, tracks))}


# ---------------------------------------------------------------------------- the graph


class Graph:
    """The topics as trees, one or more for each group."""

    def __init__(
        self, topics: Mapping[str, Topic], tracks: Mapping[str, Track]
    ) -> None:
        self.topics, self.tracks = topics, tracks
        self._above: dict[str, frozenset[str]] = {}

    @cached_property
    def groups(self) -> list[str]:
        """The groups, in the order of the file."""
        return list(dict.fromkeys(topic.group for topic in self.topics.values()))

    def above(self, slug: str) -> frozenset[str]:
        """All that a topic builds on, directly or not."""
        if slug not in self._above:
            needs = self.topics[slug].needs
            self._above[slug] = frozenset(needs).union(*map(self.above, needs))
        return self._above[slug]

    def needs(self, slug: str) -> list[str]:
        """What a topic builds on, without what follows from the rest of it."""
        needs = self.topics[slug].needs
        return [n for n in needs if not any(n in self.above(m) for m in needs)]

    def parent(self, slug: str) -> str | None:
        """The topic under which this one is drawn: of its group, with most above it."""
        group = self.topics[slug].group
        own = [n for n in self.needs(slug) if self.topics[n].group == group]
        return max(own, key=lambda n: len(self.above(n)), default=None)

    def others(self, slug: str) -> list[str]:
        """What a topic builds on besides the one it is drawn under."""
        return [need for need in self.needs(slug) if need != self.parent(slug)]

    @cached_property
    def first(self) -> Track:
        """The track whose weeks are told."""
        return next(iter(self.tracks.values()))

    @cached_property
    def weeks(self) -> dict[str, int]:
        """The first week of each topic on the roadmap's first track."""
        found: dict[str, int] = {}
        for stop in self.first.stops:
            for slug in stop.topics:
                found.setdefault(slug, stop.week)
        return found

    @cached_property
    def taught(self) -> frozenset[str]:
        """The topics that a project of the catalogue teaches."""
        stops = (stop for track in self.tracks.values() for stop in track.stops)
        return frozenset(
            slug for stop in stops if not stop.coming for slug in stop.topics
        )

    def children(self, group: str, parent: str | None) -> list[str]:
        """What is drawn under a topic, or at the left edge, by week."""
        last = max(self.weeks.values(), default=0) + 1
        found = [
            topic.slug
            for topic in self.topics.values()
            if topic.group == group and self.parent(topic.slug) == parent
        ]
        return sorted(found, key=lambda slug: self.weeks.get(slug, last))

    def walk(
        self, group: str, parent: str | None = None, depth: int = 0
    ) -> Iterator[tuple[str, int]]:
        """The topics of a group with their depths, each before those under it."""
        for slug in self.children(group, parent):
            yield slug, depth
            yield from self.walk(group, slug, depth + 1)


# -------------------------------------------------------------------------- the layout


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


@dataclass(frozen=True)
class Node:
    """A topic at its place in its group's frame."""

    slug: str
    x: float
    y: float  # the middle of the first line
    words: tuple[Words, ...]
    height: float


@dataclass(frozen=True)
class Frame:
    """A group: its topics, at places counted from the frame's corner."""

    group: str
    nodes: tuple[Node, ...]
    height: float


INNER = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS


def frame(graph: Graph, group: str) -> Frame:
    """Lays out a group."""
    nodes, top = [], float(HEAD)
    for slug, depth in graph.walk(group):
        node = _node(graph, slug, PAD + depth * STEP, top)
        nodes.append(node)
        top += node.height
    return Frame(group, tuple(nodes), top + PAD - 4)


def _node(graph: Graph, slug: str, x: float, top: float) -> Node:
    """Sets a topic's title, and after or below it what else it builds on."""
    left, right = x + PILL[0] + 6, INNER - PAD
    base = top + ROW / 2 + SIZE * 0.36
    words: list[Words] = []
    line = ""
    for word in graph.topics[slug].title.split():
        longer = f"{line} {word}".lstrip()
        if line and left + width_of(longer, SIZE) > right:
            words.append(Words(left, base, line, SIZE))
            line, base = word, base + LINE
        else:
            line = longer
    words.append(Words(left, base, line, SIZE))
    at = words[-1].end + 8
    for need in graph.others(slug):
        topic = graph.topics[need]
        text = f"← {topic.title}"
        if at + width_of(text, SMALL) > right and at > left:
            at, base = left, base + LINE
        words.append(Words(at, base, text, SMALL, topic.group))
        at = words[-1].end + 8
    lines = len({word.y for word in words})
    return Node(slug, x, top + ROW / 2, tuple(words), ROW + (lines - 1) * LINE)


def columns(heights: Sequence[float]) -> list[list[int]]:
    """Which frame stands in which column: about equally high, as much in order as goes.

    All ways are tried: there are a dozen groups.
    """
    least = min(map(max, (_filled(w, heights) for w in _ways(len(heights)))))
    fair = (
        way for way in _ways(len(heights)) if max(_filled(way, heights)) <= least * 1.04
    )
    best = min(fair, key=lambda way: (_disorder(way), way))
    return [[i for i, at in enumerate(best) if at == c] for c in range(COLUMNS)]


def _ways(count: int) -> Iterator[tuple[int, ...]]:
    """Every assignment of frames to columns in which the first is in the first."""
    for rest in product(range(COLUMNS), repeat=count - 1):
        yield (0, *rest)


def _filled(way: Sequence[int], heights: Sequence[float]) -> list[float]:
    filled = [0.0] * COLUMNS
    for column, height in zip(way, heights, strict=True):
        filled[column] += height + GAP
    return filled


def _disorder(way: Sequence[int]) -> int:
    """How many pairs of frames are read in another order than the file's."""
    return sum(a > b for i, a in enumerate(way) for b in way[i + 1 :])


def places(graph: Graph) -> list[tuple[float, float, Frame]]:
    """Every group's frame, with the place of its corner."""
    frames = [frame(graph, group) for group in graph.groups]
    found = []
    for column, indexes in enumerate(columns([f.height for f in frames])):
        x, y = MARGIN + column * (INNER + GAP), float(LEGEND)
        for index in indexes:
            found.append((x, y, frames[index]))
            y += frames[index].height + GAP
    return found


# ------------------------------------------------------------------------- the drawing


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
    placed = places(graph)
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
