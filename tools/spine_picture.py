"""Draws docs/spine.svg: the topics that others build on, with lines between them."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from tools.graph import Graph
from tools.spine import Place, Point, Spine
from tools.svg import Words, broken, document, number, text, width_of

PICTURE = "docs/spine.svg"
ALTERNATIVE = "The topics that others build on, from HTTP and Python to permissions"
WIDTH, MARGIN, HEAD = 1000, 8, 40
GUTTER, GAP = 30, 9  # between columns; between two in a column
SIZE, SMALL, LINE = 11.5, 10, 14
PAD = 7


def picture(graph: Graph) -> str:
    """The picture, as SVG."""
    spine = Spine(graph)
    count = len(spine.columns)
    wide = (WIDTH - 2 * MARGIN - (count - 1) * GUTTER) / count
    words = {
        slug: list(broken(graph.topics[slug].title, SIZE, wide - 2 * PAD))
        for slug in spine.topics
    }
    heights = {slug: (len(said) + 1) * LINE + 9.0 for slug, said in words.items()}
    places = {
        point: Place(place.column, place.y + HEAD)
        for point, place in spine.places(heights, GAP).items()
    }
    bottom = max(
        places[slug, spine.column[slug]].y + heights[slug] / 2 for slug in spine.topics
    )
    body = [*_head(spine), *_lines(spine, places, wide)]
    for slug in spine.topics:
        place = places[slug, spine.column[slug]]
        body += _box(spine, slug, _left(place, wide), place.y, wide, words[slug])
    legend, high = _legend(graph, bottom + 26)
    told = ", ".join(graph.topics[slug].title for slug in spine.topics)
    title = "The topics that others build on"
    return document(title, told, (WIDTH, high), graph.groups, [*body, *legend])


def _left(place: Place, wide: float) -> float:
    return MARGIN + place.column * (wide + GUTTER)


def _head(spine: Spine) -> Iterator[str]:
    said = (
        f"{len(spine.topics)} of {len(spine.graph.topics)} topics: those on which two "
        "or more others build directly. Left before right. Dashed: still to come."
    )
    yield text(Words(MARGIN, 20, said, 12))


def _lines(spine: Spine, places: dict[Point, Place], wide: float) -> Iterator[str]:
    """The lines between the topics, in the colour of where each begins."""
    graph = spine.graph
    for one, other in spine.lines:
        start, end = places[one], places[other]
        group = graph.groups.index(graph.topics[one[0]].group)
        x, to = _left(start, wide) + wide, _left(end, wide)
        path = f"M{number(x)} {number(start.y)}"
        if spine.column[one[0]] != one[1]:
            # It passes the column behind no topic: its point has a place of its own.
            path = f"M{number(x - wide)} {number(start.y)}H{number(x)}"
        half = number((x + to) / 2)
        arrives = spine.column[other[0]] == other[1] and other[0] != one[0]
        to -= 4 if arrives else 0
        path += (
            f"C{half} {number(start.y)} {half} {number(end.y)} "
            f"{number(to)} {number(end.y)}"
        )
        yield (
            f'<path class="s{group}" fill="none" stroke-width="1.3" '
            f'stroke-opacity="0.75" d="{path}"/>'
        )
        if arrives:
            tip = f"M{number(to + 4)} {number(end.y)}l-6 -3v6z"
            yield f'<path class="f{group}" d="{tip}"/>'


def _box(
    spine: Spine, slug: str, x: float, y: float, wide: float, lines: list[str]
) -> Iterator[str]:
    """A topic: its title, and how many build on it."""
    graph = spine.graph
    group = graph.groups.index(graph.topics[slug].group)
    high = (len(lines) + 1) * LINE + 9
    dashes = "" if slug in graph.taught else ' stroke-dasharray="4 3"'
    said = ", ".join(graph.topics[need].title for need in graph.topics[slug].needs)
    title = graph.topics[slug].title
    yield f'<g class="topic" id="spine-{slug}">'
    yield f"  <title>{escape(f'{title}, builds on {said}' if said else title)}</title>"
    yield (
        f'  <rect class="on s{group}" x="{number(x)}" y="{number(y - high / 2)}" '
        f'width="{number(wide)}" height="{number(high)}" rx="6"{dashes}/>'
    )
    base = y - high / 2 + 15
    for line in lines:
        yield f"  {text(Words(x + PAD, base, line, SIZE))}"
        base += LINE
    below = f"{spine.building[slug]} build on it"
    yield f"  {text(Words(x + PAD, base, below, SMALL), group)}"
    yield "</g>"


def _legend(graph: Graph, y: float) -> tuple[list[str], float]:
    """The groups and their colours, in lines; and where the picture ends."""
    found, x = [], float(MARGIN)
    for index, group in enumerate(graph.groups):
        if x + 20 + width_of(group, 12) > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 20
        found.append(
            f'<rect class="f{index}" x="{number(x)}" y="{number(y - 9)}" '
            'width="12" height="10" rx="3"/>'
        )
        words = Words(x + 18, y, group, 12)
        found.append(text(words))
        x = words.end + 16
    return found, y + 14
