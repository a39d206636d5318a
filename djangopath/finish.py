"""What is done after cookiecutter has written the skeleton: the cut, the packs, Git.

It runs in cookiecutter's own process, when the hook is rendered: a hook that did this
itself would spend longer on starting Python again than on the work.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from djangopath import catalogue, checklist, git, pages, regions, schedule
from djangopath.first_commit import Repository
from djangopath.lay import lay, texts

REQUIREMENTS = ("requirements.txt", "requirements-prod.txt")
START = ".path/start.json"


def finish(plan: pages.Plan, target: Path) -> str:
    """Finishes a bake; gives back what the learner reads last.

    Args:
        plan: what the answers describe.
        target: the folder that cookiecutter has written the skeleton into.

    Raises:
        RegionError: a marker in the finished code is malformed.
        FileExistsError: a file of the project stands in the skeleton, too.
        OSError: a file cannot be written.
    """
    project = plan.project
    with Repository(target) as repository:
        for laid in lay(project.code, target, project.order, plan.done, project.owned):
            if laid.text is not None:
                repository.add(laid.path, laid.text.encode())
        for path, data in documents(plan, target):
            (target / path).write_bytes(data)
            repository.add(path, data)
        write_env(target)
        left_out = repository.commit()
    return closing(project.title, target, left_out)


def documents(plan: pages.Plan, target: Path) -> Iterator[tuple[str, bytes]]:
    """The plan, the spec, the tests, the pins and the packs, by their paths."""
    project = plan.project
    yield "TASKS.md", pages.tasks_page(plan).encode()
    yield "SPEC.md", pages.spec_page(plan).encode()
    for folder in (".path", "tasks"):
        (target / folder).mkdir(exist_ok=True)
    for test in sorted(project.acceptance.glob("*.py")):
        yield f"acceptance/{test.name}", test.read_bytes()
    for name in REQUIREMENTS:
        yield name, (project.folder / name).read_bytes()
    for task in project.tasks:
        yield task.page, pages.task_page(project, task).encode()
    yield ".path/project.json", catalogue.as_json(project).encode()
    yield START, start_of(plan).encode()
    hints = {task.slug: task.hints for task in project.tasks}
    yield ".path/hints.pack", packed(hints)
    reference = {
        "order": project.order,
        "owned": project.owned,
        "files": dict(texts(project.code)),
    }
    yield ".path/reference.pack", packed(reference)
    for module in (checklist, git, regions, schedule):
        file = Path(str(module.__file__))
        yield f".path/{file.name}", file.read_bytes()


def start_of(plan: pages.Plan) -> str:
    """What path.py needs to know of one bake: a name of its own, and what is done.

    Git's history says neither for good: it may be shallow, begun late or begun anew.
    """
    done = plan.project.order[: plan.done]
    data = {"id": secrets.token_hex(8), "done": done}
    return json.dumps(data, indent=1) + "\n"


def packed(data: Any) -> bytes:
    """Data that nobody reads by accident: JSON, compressed, in lines of base64."""
    whole = zlib.compress(json.dumps(data, ensure_ascii=False).encode("utf-8"), 1)
    return base64.encodebytes(whole)


def write_env(target: Path) -> None:
    """``.env``: the example, each empty value filled with a fresh random one.

    The database's password stands in two lines: its own, and the address to uncomment.
    Only the file's owner may read it.
    """
    example = (target / ".env.example").read_text(encoding="utf-8")
    text = _EMPTY.sub(lambda line: line[0] + secrets.token_urlsafe(50), example)
    password = _PASSWORD.search(text)
    if password:
        text = text.replace("the-password-below", password[1])
    env = target / ".env"
    env.touch(mode=0o600)
    env.write_text(text, encoding="utf-8", newline="\n")


_EMPTY = re.compile(r"^[A-Z][A-Z0-9_]*=$", re.MULTILINE)
_PASSWORD = re.compile(r"^POSTGRES_PASSWORD=(.+)$", re.MULTILINE)


def closing(title: str, target: Path, left_out: str) -> str:
    """What the learner reads last."""
    activate = (
        r".venv\Scripts\activate" if os.name == "nt" else "source .venv/bin/activate"
    )
    python = "python" if os.name == "nt" else "python3"
    lines = [
        "",
        f"{title} is ready in {target.name}. To start:",
        "",
        f"  cd {target.name}",
        f"  {python} -m venv .venv",
        f"  {activate}",
        "  python -m pip install -r requirements.txt",
        "  python manage.py migrate",
        "  python path.py",
        "",
        "README.md says what the folder holds, TASKS.md what to do on which day.",
    ]
    if left_out:
        lines += ["", left_out]
    return "\n".join(lines)
