"""Reads ``specs/roadmap.yaml`` and ``specs/topics.yaml``: what is learnt in which week.

A file is read whole or not at all: whatever does not fit is a `SpecError` that names
the file, the line, the key and what was expected. `tracks` reads one file only, because
each bake needs it: a project's title, level and milestones are repeated there, and
``tools/topics.py`` holds them against the project's own files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from djangopath import catalogue
from djangopath.catalogue import LEVELS, SPECS, Link
from djangopath.errors import SpecError
from djangopath.source import SLUG, File, Node


@dataclass(frozen=True)
class Topic:
    """Something that is taught; ``needs`` are the topics that come before it."""

    slug: str
    title: str
    group: str
    needs: tuple[str, ...]
    docs: Link
    seeds: bool  # the original timetable names it
    real: bool  # a real server decides how it behaves


@dataclass(frozen=True)
class Stop:
    """One week of a track: a milestone of a project."""

    week: int
    month: int
    project: str
    title: str
    level: str
    milestone: str
    name: str
    what: str
    topics: tuple[str, ...]
    coming: bool  # the project is not in the catalogue yet
    tips: tuple[str, ...]


@dataclass(frozen=True)
class Month:
    """Some weeks of a track with one goal."""

    number: int
    title: str
    goal: str
    resources: tuple[Link, ...]


@dataclass(frozen=True)
class Track:
    """A way through the catalogue, week for week."""

    slug: str
    title: str
    whom: str
    assumes: tuple[str, ...]
    months: tuple[Month, ...]
    stops: tuple[Stop, ...]


class Milestone(NamedTuple):
    """A milestone as the roadmap tells it."""

    slug: str
    title: str
    what: str
    topics: tuple[str, ...]


class Project(NamedTuple):
    """A project as the roadmap tells it; one to come has a summary."""

    slug: str
    title: str
    level: str
    summary: str
    coming: bool
    milestones: Mapping[str, Milestone]


# -------------------------------------------------------------------------- the tracks


@cache
def tracks(specs: Path = SPECS) -> dict[str, Track]:
    """Every track of the roadmap by its slug, in the order of the file.

    Raises:
        SpecError: the roadmap is malformed, names a project or a milestone that it does
            not hold, or has a week out of place.
    """
    return roadmap(specs)[1]


@cache
def roadmap(specs: Path = SPECS) -> tuple[dict[str, Project], dict[str, Track]]:
    """The projects and the tracks of the roadmap; see `tracks`."""
    node = File(specs / "roadmap.yaml").node.take(("projects", "tracks"))
    docs = _docs(specs)
    projects = {slug: _project(child) for slug, child in _named(node["projects"])}
    found = {
        slug: _track(slug, child, projects, docs)
        for slug, child in _named(node["tracks"])
    }
    return projects, found


def _docs(specs: Path) -> str:
    """Where Django's documentation of the version begins that all projects share."""
    try:
        text = (specs / "constraints.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError("constraints.txt: the file is missing; run make lock") from None
    pinned = re.search(r"^django==(\S+)", text, re.MULTILINE)
    if pinned is None:
        raise SpecError("constraints.txt: does not pin django; run make lock")
    return catalogue.django_docs({"django": pinned[1]})


def _named(node: Node) -> Iterator[tuple[str, Node]]:
    """(slug, node) of each entry of a mapping that is not empty."""
    if not isinstance(node.value, dict) or not node.value:
        node.error("expected a mapping by slug")
    for key in node.value:
        if not isinstance(key, str) or not SLUG.fullmatch(key):
            node[key].error("expected a slug: small letters, digits and single dashes")
        yield key, node[key]


def _project(node: Node) -> Project:
    node.take(("title", "level", "milestones"), ("summary", "coming"))
    coming, summary = _flag(node, "coming"), node.get("summary")
    if coming and not summary:
        node.error("the key 'summary' is missing")
    milestones: dict[str, Milestone] = {}
    for index, milestone in enumerate(
        node["milestones"].list_of(_milestone, least=1, what="milestones")
    ):
        if milestone.slug in milestones:
            node["milestones"][index]["slug"].error(f"{milestone.slug!r} is taken")
        milestones[milestone.slug] = milestone
    return Project(
        slug=str(node.path[-1]),
        title=node["title"].text(),
        level=node["level"].one_of(LEVELS),
        summary=summary.text() if summary else "",
        coming=coming,
        milestones=milestones,
    )


def _milestone(node: Node) -> Milestone:
    node.take(("slug", "title", "what", "topics"))
    return Milestone(
        slug=node["slug"].slug(),
        title=node["title"].text(),
        what=node["what"].text(),
        topics=_different(node["topics"], least=1),
    )


def _flag(node: Node, key: str) -> bool:
    """Whether a flag is set; one that is not set is left out."""
    flag = node.get(key)
    if flag is not None and flag.value is not True:
        flag.error("expected true; leave the key out where it is not so")
    return flag is not None


def _different(node: Node, *, least: int = 0) -> tuple[str, ...]:
    """A list of slugs, none of them twice."""
    slugs = node.list_of(Node.slug, least=least, what="slugs")
    if len(set(slugs)) == len(slugs):
        return slugs
    for index, slug in enumerate(slugs):
        if slug in slugs[:index]:
            node[index].error(f"{slug!r} stands here twice")
    return slugs


def _link(node: Node, docs: str) -> Link:
    """A link that is written as [text, address]; Django's pages without the host."""
    if not isinstance(node.value, list) or len(node.value) != 2:
        node.error("expected [text, address]")
    address = node[1].text()
    if not address.startswith("https://"):
        address = docs + address.lstrip("/")
    return Link(node[0].text(), address)


def _track(slug: str, node: Node, projects: Mapping[str, Project], docs: str) -> Track:
    node.take(("title", "whom", "assumes", "months"))
    months: list[Month] = []
    stops: list[Stop] = []
    for number, month in enumerate(
        node["months"].list_of(lambda child: child, least=1, what="months"), 1
    ):
        month.take(("title", "goal", "resources", "weeks"))
        months.append(
            Month(
                number=number,
                title=month["title"].text(),
                goal=month["goal"].text(),
                resources=month["resources"].list_of(
                    lambda child: _link(child, docs), least=1, what="links"
                ),
            )
        )
        for week in month["weeks"].list_of(lambda x: x, least=1, what="weeks"):
            stops.append(_stop(week, number, stops, projects))
    return Track(
        slug=slug,
        title=node["title"].text(),
        whom=node["whom"].text(),
        assumes=_different(node["assumes"]),
        months=tuple(months),
        stops=tuple(stops),
    )


def _stop(
    node: Node, month: int, before: list[Stop], projects: Mapping[str, Project]
) -> Stop:
    node.take(("week", "project", "milestone"), ("tips",))
    place = len(before) + 1
    if node["week"].whole() != place:
        node["week"].error(f"expected {place}: the weeks of a track are counted from 1")
    slug = node["project"].slug()
    if slug not in projects:
        node["project"].error(f"{slug!r} is no project of this file")
    project = projects[slug]
    milestone = node["milestone"].slug()
    if milestone not in project.milestones:
        known = ", ".join(project.milestones)
        node["milestone"].error(
            f"{milestone!r} is no milestone of {slug}; there are {known}"
        )
    done = sum(stop.project == slug for stop in before)
    order = list(project.milestones)
    if order.index(milestone) != done:
        due = order[done] if done < len(order) else "none: all are done by then"
        node["milestone"].error(
            f"{milestone!r} is out of place; the next milestone of {slug} is {due}"
        )
    tips = node.get("tips")
    return Stop(
        week=place,
        month=month,
        project=slug,
        title=project.title,
        level=project.level,
        milestone=milestone,
        name=project.milestones[milestone].title,
        what=project.milestones[milestone].what,
        topics=project.milestones[milestone].topics,
        coming=project.coming,
        tips=tips.texts(least=1) if tips else (),
    )


# -------------------------------------------------------------------------- the topics


@cache
def topics(specs: Path = SPECS) -> dict[str, Topic]:
    """The vocabulary by slug, in the order of the file.

    Raises:
        SpecError: the file is malformed, a topic stands in it twice or needs one that
            does not, or topics need each other in a circle.
    """
    file = File(specs / "topics.yaml").node
    docs = _docs(specs)
    if not isinstance(file.value, dict) or not file.value:
        file.error("expected a mapping of groups")
    found: dict[str, Topic] = {}
    nodes: dict[str, Node] = {}
    for group in file.value:
        for node in file[group].list_of(lambda x: x, least=1, what="topics"):
            topic = _topic(node, str(group), docs)
            if topic.slug in found:
                node["slug"].error(f"{topic.slug!r} is taken")
            found[topic.slug], nodes[topic.slug] = topic, node["needs"]
    for topic in found.values():
        for index, need in enumerate(topic.needs):
            if need not in found:
                nodes[topic.slug][index].error(f"{need!r} is no topic of this file")
    circle = next(_circles(found), None)
    if circle:
        nodes[circle[0]].error(f"topics need each other: {' → '.join(circle)}")
    return found


def _topic(node: Node, group: str, docs: str) -> Topic:
    node.take(("slug", "title", "needs", "docs"), ("seeds", "real"))
    return Topic(
        slug=node["slug"].slug(),
        title=node["title"].text(),
        group=group,
        needs=_different(node["needs"]),
        docs=_link(node["docs"], docs),
        seeds=_flag(node, "seeds"),
        real=_flag(node, "real"),
    )


def _circles(found: Mapping[str, Topic]) -> Iterator[list[str]]:
    """Circles of needs, each as the path that leads from a topic back to it."""
    clear: set[str] = set()

    def visit(slug: str, path: list[str]) -> Iterator[list[str]]:
        if slug in path:
            yield [*path[path.index(slug) :], slug]
        elif slug not in clear:
            for need in found[slug].needs:
                yield from visit(need, [*path, slug])
            clear.add(slug)

    for slug in found:
        yield from visit(slug, [])
