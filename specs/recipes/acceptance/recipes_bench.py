"""What the tests of the `bench` command share: its numbers, and its report."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from acceptance.recipes_api import short
from acceptance.support import NotYet, expect, fail, told

LOOK = "recipes/management/commands/bench.py"
PATHS = ["/", "/recipes/", "/api/recipes/"]
KEYS = ["recipes", "cold_ms", "warm_ms", "cold_queries", "warm_queries"]


def bench(*options: str) -> str:
    """What the command prints."""
    __tracebackhide__ = True
    out = io.StringIO()
    did = f"Ran python manage.py bench {' '.join(options)}"
    try:
        call_command("bench", *options, stdout=out)
    except CommandError as error:
        unknown = "Unknown command" in str(error)
        raise NotYet(
            did=did,
            wanted="a table, or a list with --json",
            got="there is no command bench" if unknown else told(error),
            look=LOOK,
        ) from error
    except Exception as error:
        raise NotYet(did=did, wanted="no error", got=told(error), look=LOOK) from error
    return out.getvalue()


def measured(*options: str) -> dict[str, dict[str, Any]]:
    """What it prints with --json, by path; or a sentence."""
    __tracebackhide__ = True
    said = bench(*options, "--json")
    did = f"Ran python manage.py bench {' '.join(options)} --json"
    try:
        found = json.loads(said)
    except ValueError:
        fail(
            did=did, wanted="one JSON list and nothing else", got=short(said), look=LOOK
        )
    expect(
        isinstance(found, list)
        and [one.get("path") for one in found if isinstance(one, dict)] == PATHS,
        did=did,
        wanted=f"a list of three objects with the paths {', '.join(PATHS)}",
        got=short(found),
        look=LOOK,
    )
    for one in found:
        bad = [
            key
            for key in KEYS
            if isinstance(one.get(key), bool)
            or not isinstance(one.get(key), int | float)
        ]
        expect(
            not bad,
            did=did,
            wanted=f"the numbers {', '.join(KEYS)} in each",
            got=f"{one['path']}: {bad[0]} is {one.get(bad[0])!r}" if bad else "",
            look=LOOK,
        )
    return {one["path"]: one for one in found}


def section(root: Path, heading: str) -> str:
    """The text under a heading of docs/performance.md, or a sentence."""
    __tracebackhide__ = True
    file = root / "docs" / "performance.md"
    did = "Read docs/performance.md"
    expect(
        file.is_file(),
        did=did,
        wanted="the file",
        got="it is not there",
        look=file.name,
    )
    lines = file.read_text(encoding="utf-8").splitlines()
    starts = [n for n, line in enumerate(lines) if line.strip() == heading]
    expect(
        starts,
        did=did,
        wanted=f"the heading {heading}",
        got="the headings " + ", ".join(x for x in lines if x.startswith("#")),
        look="docs/performance.md",
    )
    found = []
    for line in lines[starts[0] + 1 :]:
        if line.startswith(("# ", "## ")):
            break
        found.append(line)
    return "\n".join(found)


def enough_words(text: str, heading: str, least: int) -> None:
    """So many words stand under a heading, or a sentence."""
    __tracebackhide__ = True
    count = len([word for word in text.split() if word.strip("|-")])
    expect(
        count >= least,
        did=f'Read docs/performance.md under "{heading}"',
        wanted=f"{least} words or more",
        got=f"{count}",
        look="docs/performance.md",
    )
