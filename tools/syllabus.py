"""make syllabus: writes SYLLABUS.md, a page for every task, and the pictures of topics.

    python -m tools.syllabus            writes what has changed
    python -m tools.syllabus --check    names what would change; exit code 1 if anything

All of it is made from ``specs/``: the tracks, the topics and the tasks. A task's page
is the one that a bake holds, with a line above and below it that lead on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from djangopath import catalogue, tracks
from djangopath.catalogue import ROOT, Task
from djangopath.schedule import hours_text
from djangopath.tracks import Month, Stop, Topic, Track
from tools import markdown as md
from tools import spine_picture, standing, task_pages, topics_picture
from tools.graph import Graph

PICTURES = (spine_picture, topics_picture)
WEEK = Fraction("12.5")
NO_BREAK = "\N{NO-BREAK SPACE}"
HEAD = (
    "week",
    "topics and skills",
    "project and milestone",
    "resources; tasks, in this order",
    "hours",
)


def files() -> dict[str, str]:
    """Every file that is made from the data, by its path from the repository's root."""
    found = {task_pages.SYLLABUS: syllabus()}
    graph = Graph(tracks.topics(), tracks.tracks())
    found |= {module.PICTURE: module.picture(graph) for module in PICTURES}
    for slug in catalogue.slugs():
        found |= task_pages.project_pages(catalogue.load(slug))
    return found | for_bakes()


def for_bakes() -> dict[str, str]:
    """What each project's bake needs of the roadmap and the topics, by its path."""
    found = {}
    for slug in catalogue.slugs():
        text = standing.before_and_after(slug, tracks.tracks().values())
        found[f"specs/{slug}/tracks.md"] = text
        links = standing.topic_links(catalogue.load(slug).topics, tracks.topics())
        found[f"specs/{slug}/topics.json"] = links
    return found


# ------------------------------------------------------------------------- SYLLABUS.md


def syllabus() -> str:
    """SYLLABUS.md: a table for each track, its months, and all topics."""
    found, topics = tracks.tracks(), tracks.topics()
    lines = [
        "# Syllabus",
        "",
        "Every week with its goal, its topics, what to read, the project and the exact "
        "tasks, in the order in which they are done. Take one track and follow its "
        "table from the first row to the last. A week is 12.5 hours: five days of 2.5, "
        "or as they suit you.",
        "",
        "How a week goes: bake the project where the row says so, or go on in its "
        "repository; do the tasks one after the other, each until `python path.py "
        "check` ticks its box; read what is linked when a topic is new to you. The "
        "week is done when its checkpoint, under its month, holds.",
        "",
        "A week marked *coming* belongs to a project that is not in the catalogue yet. "
        "Read the documentation behind its new topics, and go on to the next week that "
        "has tasks.",
        "",
        "This page is made from the data by `make syllabus`.",
        "",
        "## Contents",
        "",
    ]
    for track in found.values():
        lines.append(_entry(0, md.track_heading(track)))
        lines.append(_entry(1, md.weeks_heading(track)))
        lines += [_entry(1, md.month_heading(track, month)) for month in track.months]
    lines.append(_entry(0, "Topics"))
    lines += [_entry(1, group) for group in _groups(topics)]
    for track in found.values():
        lines += ["", f"## {md.track_heading(track)}", "", *_track(track, topics)]
    lines += ["", "## Topics", "", *_topics(topics, found)]
    return "\n".join(lines) + "\n"


def _entry(depth: int, heading: str) -> str:
    return f"{'  ' * depth}- [{heading}](#{md.anchor(heading)})"


def _track(track: Track, topics: Mapping[str, Topic]) -> Iterator[str]:
    """A track: whom it is for, its one table, its months."""
    ready = sum(not stop.coming for stop in track.stops)
    count = len(track.stops)
    yield track.whom
    if track.assumes:
        yield ""
        known = ", ".join(md.topic_link(topics[slug]) for slug in track.assumes)
        yield f"It assumes: {known}."
    yield ""
    yield (
        f"{count} weeks of {hours_text(WEEK)} h: {hours_text(count * WEEK)} h in all. "
        f"The tasks of {ready} weeks, {hours_text(ready * WEEK)} h, are in the "
        "catalogue now."
    )
    yield from ("", f"### {md.weeks_heading(track)}", "")
    yield from md.table(HEAD, _rows(track, topics))
    for month in track.months:
        yield from ("", f"### {md.month_heading(track, month)}", "")
        yield from _month(track, month)


def _rows(track: Track, topics: Mapping[str, Topic]) -> Iterator[Sequence[str]]:
    """A row for each month, with its goal and resources, and one for each week."""
    known = set(track.assumes)
    for month in track.months:
        stops = [stop for stop in track.stops if stop.month == month.number]
        yield _month_row(track, month, len(stops))
        for stop in stops:
            yield (
                f"**{stop.week}**",
                _skills(stop, topics, known),
                _project(track, stop),
                _steps(stop),
                hours_text(_hours(stop)),
            )
            known |= set(stop.topics)
    yield ("all", "", "", "", hours_text(len(track.stops) * WEEK))


def _month_row(track: Track, month: Month, weeks: int) -> Sequence[str]:
    link = f"[Month {month.number}](#{md.anchor(md.month_heading(track, month))})"
    goal = md.lines([f"**{month.title}**", f"Goal: {month.goal}"])
    read = ["**Read in this month:**", *map(md.link_to, month.resources)]
    return (f"**{link}**", goal, "", md.lines(read), hours_text(weeks * WEEK))


def _hours(stop: Stop) -> Fraction:
    """The hours of a week's tasks; those of any week where they are still to come."""
    return sum((task.hours for task in _tasks(stop)), Fraction(0)) or WEEK


def _tasks(stop: Stop) -> list[Task]:
    """The tasks of a week; none where the project is still to come."""
    if stop.coming:
        return []
    return task_pages.tasks_of(catalogue.load(stop.project), stop.milestone)


def _skills(stop: Stop, topics: Mapping[str, Topic], known: set[str]) -> str:
    """The topics that are new, those that come again, and the tips of the week."""
    parts = []
    for word, chosen in (
        ("New", [slug for slug in stop.topics if slug not in known]),
        ("Again", [slug for slug in stop.topics if slug in known]),
    ):
        if chosen:
            linked = ", ".join(md.topic_link(topics[slug]) for slug in chosen)
            parts.append(f"**{word}:** {linked}")
    return md.lines([*parts, *(f"**Besides:** {tip}" for tip in stop.tips)])


def _project(track: Track, stop: Stop) -> str:
    """The project, its milestone, and where to work on it."""
    before = [s.week for s in track.stops[: stop.week - 1] if s.project == stop.project]
    title, how = f"**{stop.title}**", "*coming*"
    if not stop.coming:
        title = f"**[{stop.title}]({task_pages.FOLDER}/{stop.project}/README.md)**"
        how = f"Bake it: `project={stop.project}`"
        if before:
            how = f"Go on in the repository of week {before[-1]}"
    return md.lines([f"{title}: {stop.name}", stop.what, how])


def _steps(stop: Stop) -> str:
    """The tasks, each linked to its page, with its hours."""
    if stop.coming:
        return "*Coming*: this project is not in the catalogue yet."
    project = catalogue.load(stop.project)
    return md.lines(
        [
            f"{task.number}. [{task.title}]({task_pages.page_of(project, task)}) "
            f"·{NO_BREAK}{hours_text(task.hours)}{NO_BREAK}h"
            for task in _tasks(stop)
        ]
    )


def _month(track: Track, month: Month) -> Iterator[str]:
    """A month's goal, what to read, and when each of its weeks is done."""
    yield f"**Goal.** {month.goal}"
    yield from ("", "Resources:", "")
    yield from (f"- {md.link_to(resource)}" for resource in month.resources)
    yield from ("", "Checkpoints:", "")
    for stop in track.stops:
        if stop.month == month.number:
            what = f"- Week {stop.week}, {stop.title}, {stop.name}: "
            if stop.coming:
                yield f"{what}*coming*. {stop.what}"
            else:
                project = catalogue.load(stop.project)
                found = {m.slug: m.checkpoint for m in project.milestones}
                yield what + " ".join(found[stop.milestone].split())


# ------------------------------------------------------------------------------ topics


def _groups(topics: Mapping[str, Topic]) -> list[str]:
    return list(dict.fromkeys(topic.group for topic in topics.values()))


def _topics(topics: Mapping[str, Topic], found: Mapping[str, Track]) -> Iterator[str]:
    """All topics by group: what each needs, and its first week on each track."""
    yield (
        f"{len(topics)} topics in {len(_groups(topics))} groups. No track teaches one "
        "before what it builds on."
    )
    for module in PICTURES:
        yield from ("", f"![{module.ALTERNATIVE}]({module.PICTURE})")
    head = ("topic", "builds on", *(f"week in {slug}" for slug in found))
    for group in _groups(topics):
        yield from ("", f"### {group}", "")
        yield from md.table(
            head,
            (
                (
                    md.topic_link(topic),
                    ", ".join(topics[need].title for need in topic.needs) or "–",
                    *(_first_week(topic.slug, track) for track in found.values()),
                )
                for topic in topics.values()
                if topic.group == group
            ),
        )


def _first_week(topic: str, track: Track) -> str:
    if topic in track.assumes:
        return "known before"
    weeks = (str(stop.week) for stop in track.stops if topic in stop.topics)
    return next(weeks, "–")


# ------------------------------------------------------------------------ the writing


def differences(made: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """What writing would change, one sentence each, in the order of the paths."""
    found = []
    for path, text in made.items():
        file = root / path
        if not file.is_file():
            found.append(f"{path} is missing")
        elif file.read_text(encoding="utf-8") != text:
            found.append(f"{path} is not what the data says")
    found += [f"{path} belongs to no task" for path in left_over(made, root)]
    return sorted(found)


def left_over(made: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """Files among the pages of tasks that no task of the catalogue has."""
    there = (file for file in (root / task_pages.FOLDER).rglob("*") if file.is_file())
    paths = (file.relative_to(root).as_posix() for file in there)
    return sorted(path for path in paths if path not in made)


def write(made: Mapping[str, str], root: Path = ROOT) -> None:
    """Writes every file, and removes the pages of tasks that are no more."""
    for path in left_over(made, root) if task_pages.SYLLABUS in made else ():
        (root / path).unlink()
    for path, text in made.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    if "--check" not in sys.argv[1:]:
        write(for_bakes())  # The pages of the tasks are made with them.
        write(files())
        return 0
    made = files()
    found = differences(made)
    if found:
        print(*found, "Run make syllabus.", sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
