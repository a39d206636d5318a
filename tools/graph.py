"""Topics and what they build on, as trees: one or more for each group.

A topic stands under the one topic of its own group that it builds on most closely; the
rest are its `others`. What follows from another prerequisite is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from djangopath.tracks import Topic, Track


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
