"""What a bake needs of the roadmap and of the topics, for one project.

``specs/<project>/tracks.md`` says where the project stands on each track, and
``topics.json`` has the title and the address of each of its topics. Both are written
ahead, by ``make syllabus``: reading the roadmap and the topics would take forty
milliseconds, a fifth of a bake.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from djangopath.tracks import Stop, Topic, Track
from tools import markdown as md


def topic_links(slugs: Sequence[str], topics: Mapping[str, Topic]) -> str:
    """The title and the address of each topic, as JSON; a line a topic."""
    known = {slug: (topics[slug].title, topics[slug].docs.address) for slug in slugs}
    lines = (
        f"{json.dumps(slug)}: {json.dumps(pair, ensure_ascii=False)}"
        for slug, pair in known.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def before_and_after(slug: str, tracks: Iterable[Track]) -> str:
    """Where a project stands on each track, and the weeks before and after it there."""
    lines: list[str] = []
    without = []
    for track in tracks:
        own = [stop.week for stop in track.stops if stop.project == slug]
        if not own:
            without.append(f"*{track.title}*")
            continue
        word = "week" if len(own) == 1 else "weeks"
        lines += [f"**{track.title}**: {word} {_listed(map(str, own))}.", ""]
        near = [s for s in track.stops if any(abs(s.week - w) < 2 for w in own)]
        lines += md.table(
            ("week", "project", "milestone", "what is built"),
            (_stop(stop, here=stop.project == slug) for stop in near),
        )
        lines.append("")
    if without:
        lines += [f"It does not stand on {_listed(without)}.", ""]
    return "\n".join(lines)


def _stop(stop: Stop, *, here: bool) -> tuple[str, ...]:
    title = f"**{stop.title}**" if here else stop.title
    if stop.coming:
        title += " (coming)"
    return str(stop.week), title, stop.name, stop.what


def _listed(words: Iterable[str]) -> str:
    """1, 2 and 3."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
