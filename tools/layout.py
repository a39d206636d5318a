"""Where everything stands in the picture of topics: frames in columns, lines of text.

All lengths are in the picture's own units, pixels at full size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tools.graph import Graph
from tools.svg import Words, broken, width_of

WIDTH = 1000
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
    for line in broken(graph.topics[slug].title, SIZE, right - left):
        words.append(Words(left, base + len(words) * LINE, line, SIZE))
    at, base = words[-1].end + 8, words[-1].y
    for need in graph.others(slug):
        topic = graph.topics[need]
        text = f"← {topic.title}"
        if at + width_of(text, SMALL) > right:
            at, base = left, base + LINE
        for number, line in enumerate(broken(text, SMALL, right - left)):
            base += LINE if number else 0
            words.append(Words(at, base, line, SMALL, topic.group))
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
