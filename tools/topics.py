"""Proves the tracks: nothing is used before it was introduced, and nothing is left out.

Roadmap, topics and the catalogue are held against each other first. Then each track is
walked task by task; of a project that is still to come, topic by topic.

    python -m tools.topics    the coverage of every topic, as a table
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from djangopath import catalogue, tracks
from djangopath.catalogue import SPECS
from djangopath.errors import SpecError
from djangopath.source import File, Node
from djangopath.tracks import Project, Topic, Track

MASTERY = "mastery"
NOTE = """
* the original timetable names it. Introduced and practised: on the first of the tracks.
practised: by later tasks, each with a test; coming: in milestones yet to be written."""


# ----------------------------------------------------------- the files, held together


def check(specs: Path = SPECS) -> None:
    """Holds roadmap, topics and the projects of the catalogue against each other.

    Raises:
        SpecError: a topic is not in the vocabulary, ``coming`` stands at a project that
            is in the catalogue or is missing at one that is not, or the roadmap tells
            of a project something else than its own files.
    """
    projects, found = tracks.roadmap(specs)
    known = tracks.topics(specs)
    node = File(specs / "roadmap.yaml").node
    for slug, project in projects.items():
        entry = node["projects"][slug]
        for index in range(len(project.milestones)):
            _known(entry["milestones"][index]["topics"], known)
        if (specs / slug).is_dir():
            if project.coming:
                entry["coming"].error(f"specs/{slug}/ exists; take this key out")
            _like_its_files(entry, project, specs)
        elif not project.coming:
            entry.error(f"there is no specs/{slug}/; write coming: true")
    for slug in catalogue.slugs(specs):
        if slug not in projects:
            node["projects"].error(f"the project {slug} of the catalogue is missing")
        _known(File(specs / slug / "spec.yaml").node["topics"], known)
    for slug, track in found.items():
        _known(node["tracks"][slug]["assumes"], known)
        if slug == MASTERY:
            _weeks_of_milestones(track, node["tracks"][slug], specs)


def _known(node: Node, known: Mapping[str, Topic]) -> None:
    for index, slug in enumerate(node.value):
        if slug not in known:
            node[index].error(f"{slug!r} is no topic of topics.yaml")


def _like_its_files(node: Node, project: Project, specs: Path) -> None:
    """Refuses what the roadmap tells of a project otherwise than its own files."""
    loaded = catalogue.load(project.slug, specs)
    for key in ("title", "level"):
        if getattr(project, key) != getattr(loaded, key):
            node[key].error(f"spec.yaml says {getattr(loaded, key)!r}")
    order = [milestone.slug for milestone in loaded.milestones]
    if list(project.milestones) != order:
        node["milestones"].error(f"those of tasks.yaml are {', '.join(order)}")
    for index, milestone in enumerate(loaded.milestones):
        told, entry = project.milestones[milestone.slug], node["milestones"][index]
        if told.title != milestone.title:
            entry["title"].error(f"tasks.yaml says {milestone.title!r}")
        tasks = [task for task in loaded.tasks if task.milestone == milestone]
        used = dict.fromkeys(topic for task in tasks for topic in task.topics)
        if told.topics != tuple(used):
            entry["topics"].error(f"its tasks have [{', '.join(used)}]")


def _weeks_of_milestones(track: Track, node: Node, specs: Path) -> None:
    """Refuses a week that tasks.yaml does not give to its milestone."""
    weeks = (week for month in _each(node["months"]) for week in _each(month["weeks"]))
    for stop, week in zip(track.stops, weeks, strict=True):
        if stop.coming:
            continue
        for milestone in catalogue.load(stop.project, specs).milestones:
            if milestone.slug == stop.milestone and milestone.week != stop.week:
                week["milestone"].error(
                    f"tasks.yaml gives {stop.milestone} the week {milestone.week}"
                )


def _each(node: Node) -> Iterator[Node]:
    return (node[index] for index in range(len(node.value)))


# ------------------------------------------------------------------- a track, walked


@dataclass(frozen=True)
class Step:
    """What brings topics on a track: a task, or one topic of a milestone to come."""

    week: int
    name: str  # <project>/<task>, or <project>/<milestone> for what is to come
    topics: tuple[str, ...]
    coming: bool
    file: Path
    path: tuple[str | int, ...]  # where its topics stand in the file


def steps(track: Track, specs: Path = SPECS) -> Iterator[Step]:
    """The steps of a track, in the order in which a learner takes them."""
    roadmap = specs / "roadmap.yaml"
    projects = tracks.roadmap(specs)[0]
    for stop in track.stops:
        name = f"{stop.project}/{stop.milestone}"
        if stop.coming:
            number = list(projects[stop.project].milestones).index(stop.milestone)
            here = ("projects", stop.project, "milestones", number, "topics")
            for index, topic in enumerate(stop.topics):
                yield Step(stop.week, name, (topic,), True, roadmap, (*here, index))
            continue
        file = specs / stop.project / "tasks.yaml"
        for index, task in enumerate(catalogue.load(stop.project, specs).tasks):
            if task.milestone.slug == stop.milestone:
                name = f"{stop.project}/{task.slug}"
                place = ("tasks", index, "topics")
                yield Step(stop.week, name, task.topics, False, file, place)


def disorder(track: Track, known: Mapping[str, Topic], specs: Path) -> list[str]:
    """What is used on a track before what it needs, one sentence each.

    A prerequisite that is missed is told once, at the first topic that misses it.
    """
    there = set(track.assumes)
    relied: set[str] = set()
    told: set[tuple[str, str]] = set()
    found = []
    for step in steps(track, specs):
        for topic in step.topics:
            needs = set(known[topic].needs)
            relied |= needs
            for need in sorted(needs - there.union(step.topics)):
                if (topic, need) not in told:
                    told.add((topic, need))
                    text = f"{topic!r} is used before {need!r}, which it needs"
                    text += f" (track {track.slug}, week {step.week}, {step.name})"
                    found.append(File(step.file).message(step.path, text))
        there.update(step.topics)
    for slug in track.assumes:
        if slug not in relied:
            text = f"{slug!r} is assumed, but nothing on the track needs it"
            path = ("tracks", track.slug, "assumes")
            found.append(File(specs / "roadmap.yaml").message(path, text))
    return found


# --------------------------------------------------------------------- the coverage


@dataclass(frozen=True)
class Covered:
    """Where a topic is introduced on a track, and how often it comes again."""

    introduced: Step
    tasks: int  # later tasks of the catalogue that practise it, each with a test
    coming: int  # milestones to come that name it, the first one included


def coverage(track: Track, specs: Path = SPECS) -> dict[str, Covered]:
    """Each topic of a track by its slug, in the order in which they are introduced."""
    first: dict[str, Step] = {}
    later: dict[str, int] = {}
    coming: dict[str, set[str]] = {}
    for step in steps(track, specs):
        for topic in step.topics:
            if step.coming:
                coming.setdefault(topic, set()).add(step.name)
            elif topic in first:
                later[topic] = later.get(topic, 0) + 1
            first.setdefault(topic, step)
    return {
        topic: Covered(step, later.get(topic, 0), len(coming.get(topic, ())))
        for topic, step in first.items()
    }


def left_out(known: Mapping[str, Topic], specs: Path = SPECS) -> list[str]:
    """Topics of the seeds that the mastery track does not introduce and practise."""
    covered = coverage(tracks.tracks(specs)[MASTERY], specs)
    topics = File(specs / "topics.yaml")
    found = []
    for slug, path in _places(topics.node):
        if not known[slug].seeds:
            continue
        if slug not in covered:
            text = f"no week of the track {MASTERY} introduces {slug!r}"
        elif not covered[slug].tasks and not covered[slug].coming:
            name = covered[slug].introduced.name
            text = f"{slug!r} is introduced by {name} and never practised after it"
        else:
            continue
        found.append(topics.message(path, text))
    return found


def taught(specs: Path = SPECS) -> dict[str, str]:
    """The first milestone of the roadmap that names each topic: ``todo/tasks``."""
    found: dict[str, str] = {}
    for slug, project in tracks.roadmap(specs)[0].items():
        for milestone in project.milestones.values():
            for topic in milestone.topics:
                found.setdefault(topic, f"{slug}/{milestone.slug}")
    return found


def unused(specs: Path = SPECS) -> list[str]:
    """Topics that no project teaches."""
    used = taught(specs)
    topics = File(specs / "topics.yaml")
    return [
        topics.message(path, f"no project teaches {slug!r}")
        for slug, path in _places(topics.node)
        if slug not in used
    ]


def _places(node: Node) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for group in node.value:
        for topic in _each(node[group]):
            yield topic["slug"].slug(), topic.path


def problems(specs: Path = SPECS) -> list[str]:
    """What is wrong with the tracks, one sentence each.

    Raises:
        SpecError: a file is malformed, or the files do not agree.
    """
    check(specs)
    known = tracks.topics(specs)
    found = [
        line
        for track in tracks.tracks(specs).values()
        for line in disorder(track, known, specs)
    ]
    return [*dict.fromkeys(found), *left_out(known, specs), *unused(specs)]


# ------------------------------------------------------------------------ the table


def table(specs: Path = SPECS) -> list[str]:
    """The coverage of every topic, one line each, in columns."""
    by_track = {
        slug: coverage(track, specs) for slug, track in tracks.tracks(specs).items()
    }
    rows = [("topic", "group", "introduced by", "practised", "coming", "tracks")]
    elsewhere = taught(specs)
    for topic in tracks.topics(specs).values():
        on = [slug for slug, covered in by_track.items() if topic.slug in covered]
        if on:
            shown = by_track[on[0]][topic.slug]
            where = f"week {shown.introduced.week}, {shown.introduced.name}"
            counts = (_count(shown.tasks, "task"), _count(shown.coming, "milestone"))
        else:
            where, counts = elsewhere[topic.slug], ("–", "1 milestone")
        name = f"{topic.slug}{' *' if topic.seeds else ''}"
        rows.append((name, topic.group, where, *counts, ", ".join(on) or "none"))
    return list(_columns(rows))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else "–"


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def main() -> int:
    """Prints the table, or what is wrong; gives back the exit code."""
    try:
        found = problems()
    except SpecError as error:
        found = [str(error)]
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return 1
    print(*table(), sep="\n")
    print(NOTE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
