"""make questions: writes the projects and their labels into cookiecutter.json."""

from __future__ import annotations

import json

from djangopath.catalogue import ROOT, headlines

FILE = ROOT / "cookiecutter.json"


def written(text: str) -> str:
    """cookiecutter.json with the choice of projects that the catalogue has."""
    data = json.loads(text)
    found = headlines()
    data["project"] = [slug for slug, _ in found]
    question = data["__prompts__"]["project"]["__prompt__"]
    data["__prompts__"]["project"] = {"__prompt__": question, **dict(found)}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    FILE.write_text(
        written(FILE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    main()
