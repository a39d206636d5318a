"""The topics that others build on, in columns: each to the right of what it builds on.

A line that passes a column has a point in it, so that it has its own place between the
topics there; lines from one topic share their points. The order in the columns is the
one with the fewest crossings that sweeps of barycentres find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

from tools.graph import Graph

LEAST = 2  # topics that build on it directly, for a topic to be drawn
SWEEPS = 24
Point = tuple[str, int]  # where the line from a topic passes a column, or the topic


@dataclass(frozen=True)
class Place:
    """The middle of a topic, or of a line's passage, and its column from 0."""

    column: int
    y: float


class Spine:
    """The topics on which at least `LEAST` others build directly."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def topics(self) -> list[str]:
        """The slugs, in the order of the file."""
        slugs = self.graph.topics
        counted = Counter(need for slug in slugs for need in self.graph.needs(slug))
        return [slug for slug in slugs if counted[slug] >= LEAST]

    @cached_property
    def building(self) -> Counter[str]:
        """How many topics build on each, directly or not."""
        slugs = self.graph.topics
        return Counter(above for slug in slugs for above in self.graph.above(slug))

    @cached_property
    def needs(self) -> dict[str, list[str]]:
        """What each builds on, among these and without what follows from the rest."""
        above = self.graph.above
        found = {}
        for slug in self.topics:
            known = [other for other in self.topics if other in above(slug)]
            found[slug] = [
                need for need in known if not any(need in above(o) for o in known)
            ]
        return found

    @cached_property
    def column(self) -> dict[str, int]:
        """The column of each: one further than the furthest of what it builds on."""
        found: dict[str, int] = {}

        def of(slug: str) -> int:
            if slug not in found:
                found[slug] = 1 + max(map(of, self.needs[slug]), default=-1)
            return found[slug]

        for slug in self.topics:
            of(slug)
        return found

    def way(self, need: str, slug: str) -> list[Point]:
        """The points of a line, from what is needed to what needs it."""
        columns = range(self.column[need], self.column[slug])
        return [*((need, column) for column in columns), (slug, self.column[slug])]

    @cached_property
    def lines(self) -> list[tuple[Point, Point]]:
        """The pieces of all lines, each from one column to the next, none twice."""
        pieces: dict[tuple[Point, Point], None] = {}
        for slug, needs in self.needs.items():
            for need in needs:
                way = self.way(need, slug)
                pieces.update(dict.fromkeys(pairwise(way)))
        return list(pieces)

    @cached_property
    def columns(self) -> list[list[Point]]:
        """The points of each column from top to bottom, with few crossings."""
        points = dict.fromkeys((slug, self.column[slug]) for slug in self.topics)
        points.update(dict.fromkeys(point for line in self.lines for point in line))
        order: list[list[Point]] = [[] for _ in range(1 + max(self.column.values()))]
        for point in points:
            order[point[1]].append(point)
        best = [list(points) for points in order]
        for sweep in range(SWEEPS):
            for index in _there_and_back(len(order), sweep):
                self._sort(order, index, -1 if sweep % 2 == 0 else 1)
            if self.crossings(order) < self.crossings(best):
                best = [list(points) for points in order]
        return best

    def _sort(self, order: list[list[Point]], index: int, side: int) -> None:
        """Sorts a column by the middle of each point's neighbours on one side."""
        if not 0 <= index + side < len(order):
            return
        at = {point: i for i, point in enumerate(order[index + side])}
        own = {point: float(i) for i, point in enumerate(order[index])}
        for point in own:
            near = [at[other] for other in self.neighbours[point] if other in at]
            if near:
                own[point] = sum(near) / len(near)
        order[index].sort(key=lambda point: own[point])

    @cached_property
    def neighbours(self) -> Mapping[Point, Sequence[Point]]:
        """The points next to each, on both sides."""
        found: dict[Point, list[Point]] = {}
        for one, other in self.lines:
            found.setdefault(one, []).append(other)
            found.setdefault(other, []).append(one)
        for slug in self.topics:
            found.setdefault((slug, self.column[slug]), [])
        return found

    def crossings(self, order: Sequence[Sequence[Point]]) -> int:
        """How many pairs of lines cross."""
        at = {point: i for points in order for i, point in enumerate(points)}
        pairs = combinations(self.lines, 2)
        return sum(
            a[0][1] == b[0][1] and (at[a[0]] - at[b[0]]) * (at[a[1]] - at[b[1]]) < 0
            for a, b in pairs
        )

    def places(self, heights: Mapping[str, float], gap: float) -> dict[Point, Place]:
        """Every point's place: near its neighbours, apart from those in its column.

        Args:
            heights: of the topics; a passing line has none.
            gap: between two in a column.
        """
        high = {
            point: heights[point[0]] if self.column[point[0]] == point[1] else 0.0
            for points in self.columns
            for point in points
        }
        y: dict[Point, float] = {}
        for points in self.columns:
            below = 0.0
            for point in points:
                y[point] = below + high[point] / 2
                below += high[point] + gap
        for _ in range(SWEEPS):
            for points in self.columns:
                wanted = [self._middle(point, y) for point in points]
                y.update(zip(points, _apart(points, wanted, high, gap), strict=True))
        top = min(y[point] - high[point] / 2 for point in y)
        return {point: Place(point[1], y[point] - top) for point in y}

    def _middle(self, point: Point, y: Mapping[Point, float]) -> float:
        near = [y[other] for other in self.neighbours[point]]
        return sum(near) / len(near) if near else y[point]


def _there_and_back(count: int, sweep: int) -> Iterator[int]:
    yield from range(count) if sweep % 2 == 0 else reversed(range(count))


def _apart(
    points: Sequence[Point],
    wanted: Sequence[float],
    high: Mapping[Point, float],
    gap: float,
) -> Iterator[float]:
    """Places near the wanted ones in this order, none closer than it may be."""
    steps = [(high[one] + high[other]) / 2 + gap for one, other in pairwise(points)]
    down, up = list(wanted), list(wanted)
    for i, step in enumerate(steps):
        down[i + 1] = max(down[i + 1], down[i] + step)
    for i, step in reversed(list(enumerate(steps))):
        up[i] = min(up[i], up[i + 1] - step)
    # Both keep the distances, and so does what lies half-way between them.
    for one, other in zip(down, up, strict=True):
        yield (one + other) / 2
