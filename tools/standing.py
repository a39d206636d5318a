"""Where a project stands on each track: ``specs/<project>/tracks.md``.

A bake puts it into README.md and SPEC.md. It is written ahead, by ``make syllabus``:
reading the whole roadmap takes twenty milliseconds, a tenth of a bake.
"""

from __future__ import annotations

from collections.abc import Iterable

from djangopath.tracks import Stop, Track
from tools import markdown as md


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
