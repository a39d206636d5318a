"""Pieces of Markdown that SYLLABUS.md and the pages of the tasks share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from djangopath.catalogue import Link
from djangopath.tracks import Month, Topic, Track


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; a bar in a cell is written so that it stays a bar."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        # Only what breaks a line is white space here; a no-break space stays.
        cells = (re.sub(r"[ \t\n]+", " ", cell).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def lines(parts: Sequence[str]) -> str:
    """Lines in a cell: Markdown has no other way to break one."""
    return "<br>".join(parts)


def link_to(link: Link) -> str:
    """A link of the data."""
    return f"[{link.text}]({link.address})"


def topic_link(topic: Topic) -> str:
    """A topic by its title, linked to its documentation."""
    return f"[{topic.title}]({topic.docs.address})"


def track_heading(track: Track) -> str:
    """The heading of a track."""
    return f"{name_of(track)}: {track.title}"


def name_of(track: Track) -> str:
    """How a track is called in a heading: Mastery."""
    return track.slug.replace("-", " ").capitalize()


def weeks_heading(track: Track) -> str:
    """The heading of a track's table."""
    return f"{name_of(track)}, week by week"


def month_heading(track: Track, month: Month) -> str:
    """The heading of a month."""
    return f"{name_of(track)}, month {month.number}: {month.title}"


def anchor(heading: str) -> str:
    """The name that GitHub gives a heading of plain words."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")
