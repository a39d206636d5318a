"""Stands for GitHub's command ``gh`` in tests: what GitHub holds is a JSON file.

It knows exactly the calls that it is meant to get, and fails on every other. The file
(GH_STATE) holds ``labels``, ``milestones`` and ``issues``, and under ``will`` how it
shall behave:

    fails    the number of the change that fails
    late     that change is made all the same, and then the answer is lost
    says     what gh prints when it fails; ``code`` its exit code
    always   every call fails so
    merged   pages come as one array, as newer versions of gh print them
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

FILE = Path(os.environ["GH_STATE"])
STATE: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
WILL: dict[str, Any] = STATE["will"]
KEYS = {
    "labels": {"name", "color"},
    "milestones": {"title", "description", "due_on", "state"},
    "issues": {"title", "body", "labels", "milestone", "state", "state_reason"},
}


def fail(text: str, code: int = 1) -> NoReturn:
    print(text, file=sys.stderr)
    sys.exit(code)


if "GIT_DIR" in os.environ:
    fail("GIT_DIR names another repository, which gh would take")


def arguments(words: list[str]) -> tuple[str, str, dict[str, str], bool, bool]:
    """The path, the method, the fields, and whether it pages and reads input."""
    if words[:1] != ["api"] or len(words) < 2 or words[1].startswith("-"):
        fail(f"unknown command {words}")
    path, rest = words[1], words[2:]
    method, fields, pages, reads = "", {}, False, False
    while rest:
        flag = rest.pop(0)
        if flag == "--paginate":
            pages = True
        elif flag == "--method":
            method = rest.pop(0)
        elif flag == "-f":
            key, _, value = rest.pop(0).partition("=")
            fields[key] = value
        elif flag == "--input":
            reads = rest.pop(0) == "-" or fail("--input takes -")
        else:
            fail(f"unknown flag: {flag}")
    return path, method or ("POST" if fields or reads else "GET"), fields, pages, reads


def listed(what: str, fields: dict[str, str], pages: bool) -> None:
    """Prints a list, two rows a page; without --paginate the first page only."""
    if set(fields) - {"per_page", "state"} or int(fields["per_page"]) > 100:
        fail(f"gh: unknown parameters {fields} (HTTP 422)")
    wanted = fields.get("state", "open")
    rows = STATE[what]
    if what != "labels" and wanted != "all":
        rows = [row for row in rows if row["state"] == wanted]
    parts = [rows[at : at + 2] for at in range(0, len(rows), 2)] or [[]]
    parts = parts if pages else parts[:1]
    if WILL.get("merged"):
        parts = [[row for part in parts for row in part]]
    sys.stdout.write("".join(json.dumps(part) for part in parts))


def changed(path: list[str], method: str, data: dict[str, Any]) -> dict[str, Any]:
    """Makes or changes a row as GitHub does; fails as GitHub does."""
    what, rows = path[0], STATE[path[0]]
    if unknown := set(data) - KEYS[what]:
        fail(f"gh: unknown keys {unknown} (HTTP 422)")
    if "due_on" in data:  # midnight in Los Angeles, whatever the hour
        if data["due_on"][10:] < "T08:00:00Z":
            fail("the date would become the day before")
        data["due_on"] = f"{data['due_on'][:10]}T08:00:00Z"
    if method == "PATCH" and len(path) == 2:
        found = [row for row in rows if row["number"] == int(path[1])]
        row = found[0] if found else fail("gh: Not Found (HTTP 404)")
    elif method == "POST" and len(path) == 1:
        if not GOOD[what](data, rows):
            fail("gh: Validation Failed (HTTP 422)")
        row = {} if what == "labels" else {"number": len(rows) + 1, "state": "open"}
        rows.append(row)
    else:
        fail(f"unknown call {method} {path}")
    row.update(data)
    return row


def good_label(data: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    taken = {row["name"].casefold() for row in rows}
    return data["name"].casefold() not in taken and len(data["name"]) <= 50


def good_milestone(data: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    return data["title"] not in {row["title"] for row in rows}


def good_issue(data: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    known = {label["name"].casefold() for label in STATE["labels"]}
    numbers = {milestone["number"] for milestone in STATE["milestones"]}
    return (
        0 < len(data["title"]) <= 256
        and len(data["body"]) <= 65536
        and known.issuperset(label.casefold() for label in data["labels"])
        and data["milestone"] in numbers
    )


GOOD = {"labels": good_label, "milestones": good_milestone, "issues": good_issue}


def main() -> None:
    path, method, fields, pages, reads = arguments(sys.argv[1:])
    with FILE.with_suffix(".log").open("a", encoding="utf-8") as log:
        log.write(f"{method} {path}\n")
    if WILL.get("always"):
        fail(WILL["says"], WILL.get("code", 1))
    if WILL.get("prints"):
        print(WILL["prints"])
        return
    if path == "repos/{owner}/{repo}":
        path = f"repos/{STATE['repository']['full_name']}"
    if path.split("/")[:3] != ["repos", *STATE["repository"]["full_name"].split("/")]:
        fail("gh: Not Found (HTTP 404)")
    rest = path.split("/")[3:]
    if method == "GET" and not rest:
        print(json.dumps(STATE["repository"]))
    elif method == "GET" and len(rest) == 1 and rest[0] in KEYS:
        listed(rest[0], fields, pages)
    elif reads and not fields and rest:
        STATE["changes"] += 1
        fails = WILL.get("fails") == STATE["changes"]
        if not fails or WILL.get("late"):
            answer = changed(rest, method, json.load(sys.stdin))
        FILE.write_text(json.dumps(STATE), encoding="utf-8")
        if fails:
            fail(WILL.get("says", "unexpected EOF"), WILL.get("code", 1))
        print(json.dumps(answer))
    else:
        fail(f"unknown call {method} {path}")


if __name__ == "__main__":
    main()
