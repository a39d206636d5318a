"""Reads and checks the projects under ``specs/``.

A project is read whole or not at all: whatever does not fit what CONTRIBUTING.md
describes is a `SpecError` that names the file, the line, the key and what was expected.
Only the project that is asked for is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from djangopath import services, source
from djangopath.errors import SpecError
from djangopath.services import Service
from djangopath.shared import Texts
from djangopath.source import SLUG, File, Node, normal

ROOT = source.ROOT
SPECS = ROOT / "specs"

LEVELS = ("Beginner", "Intermediate", "Advanced", "Expert")
PHASES = (
    "Planning",
    "Setup",
    "Feature development",
    "Testing",
    "Deployment",
    "Review",
)
SERVERS = ("wsgi", "asgi")
DONE = "done"
# What every project's repository needs to run path.py, the tests and the linters.
DEVELOPMENT = (
    "beautifulsoup4",
    "click",
    "djade",
    "filelock",
    "icalendar",
    "pytest",
    "pytest-django",
    "rich",
    "ruff",
    "watchfiles",
)

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Requirement:
    """A functional (``FR-n``) or non-functional (``NFR-n``) requirement."""

    id: str
    text: str
    proof: str  # how to demonstrate it, or how it is measured


@dataclass(frozen=True)
class Link:
    """A documentation link; ``address`` is whole."""

    text: str
    address: str


@dataclass(frozen=True)
class Milestone:
    """A run of consecutive tasks that the roadmap gives a week."""

    slug: str
    title: str
    week: int | None
    goal: str
    checkpoint: str


@dataclass(frozen=True)
class Task:
    """One sitting of work; ``number`` is its place in the list, from 1."""

    number: int
    slug: str
    title: str
    milestone: Milestone
    phase: str
    hours: Fraction
    serves: tuple[str, ...]
    serves_none: str
    topics: tuple[str, ...]
    needs: tuple[str, ...]
    do: str
    contract: tuple[str, ...]
    see: str
    docs: tuple[Link, ...]
    hints: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def page(self) -> str:
        """The path of its page in the learner's repository."""
        return f"tasks/{self.number:02}-{self.slug}.md"

    @property
    def test(self) -> str:
        """The path of its acceptance test in the learner's repository."""
        return f"acceptance/test_{self.slug.replace('-', '_')}.py"


@dataclass(frozen=True, eq=False)
class Project:
    """One entry of the catalogue: the fifteen sections of its spec, and its tasks."""

    folder: Path
    spec: Mapping[str, Any]
    versions: Mapping[str, str]
    functional: tuple[Requirement, ...]
    non_functional: tuple[Requirement, ...]
    milestones: tuple[Milestone, ...]
    tasks: tuple[Task, ...]
    topics: tuple[str, ...]
    containers: tuple[Service, ...]
    production: tuple[str, ...]
    development: tuple[str, ...]
    pages: tuple[str, ...]
    title: str
    level: str
    when: str
    hours: Fraction
    server: str
    seed: str | None = None
    python: str = field(default="3.11")

    @property
    def slug(self) -> str:
        return self.folder.name

    @property
    def code(self) -> Path:
        return self.folder / "code"

    @property
    def acceptance(self) -> Path:
        return self.folder / "acceptance"

    @property
    def services(self) -> tuple[str, ...]:
        """The slugs of what its containers are made of."""
        return tuple(service.slug for service in self.containers)

    @property
    def label(self) -> str:
        """How the question names it: ``Beginner: Personal Blog (…; 25 h)``."""
        return label_of(self.level, self.title, self.when, self.hours)

    @cached_property
    def order(self) -> list[str]:
        """The slugs of all tasks, in the order of work."""
        return [task.slug for task in self.tasks]

    @cached_property
    def owned(self) -> dict[str, str]:
        """The task of each file that cannot hold a marker, by path."""
        return {path: task.slug for task in self.tasks for path in task.files}

    def _written_ahead(self, name: str) -> str:
        """The text of a file of its folder that ``make syllabus`` writes."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise SpecError(
                f"specs/{self.slug}/{name} is missing; run make syllabus"
            ) from None

    @property
    def standing(self) -> str:
        """Where it stands on each track, as Markdown: ``tracks.md`` of its folder."""
        return self._written_ahead("tracks.md").strip()

    @cached_property
    def topic_links(self) -> dict[str, Link]:
        """Each topic's title and documentation: ``topics.json`` of its folder.

        A topic that does not stand there yet is called by its slug, without an address.
        """
        text = self._written_ahead("topics.json")
        known = {slug: Link(*pair) for slug, pair in json.loads(text).items()}
        return {slug: known.get(slug, Link(slug, "")) for slug in self.topics}

    @property
    def apps(self) -> list[str]:
        """The Django apps of the finished code."""
        return sorted(file.parent.name for file in self.code.glob("*/apps.py"))

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        return self.functional + self.non_functional

    def task(self, slug: str) -> Task:
        return self.tasks[self.order.index(slug)]

    def serving(self, requirement: str) -> list[Task]:
        """The tasks that serve a requirement."""
        return [task for task in self.tasks if requirement in task.serves]

    def done_at(self, start_at: str) -> int:
        """How many tasks are done in the cut that a learner starts at."""
        return len(self.tasks) if start_at == DONE else self.order.index(start_at)

    def version(self, package: str) -> str:
        """The pinned version of a package, or an empty text."""
        return self.versions.get(normal(package), "")

    @property
    def django_docs(self) -> str:
        """Where Django's documentation for the pinned version begins."""
        return django_docs(self.versions)


def label_of(level: str, title: str, when: str, hours: Fraction | float) -> str:
    """What cookiecutter prints of a project, on terminals that may show ASCII alone."""
    return f"{level}: {title} ({when}; {float(hours):g} h)"


def django_docs(versions: Mapping[str, str]) -> str:
    series = ".".join(versions.get("django", "5.2").split(".")[:2])
    return f"https://docs.djangoproject.com/en/{series}/"


def slugs(specs: Path = SPECS) -> list[str]:
    """The projects of the catalogue, in the order of `headlines`."""
    return [slug for slug, _ in headlines(specs)]


def headlines(specs: Path = SPECS) -> list[tuple[str, str]]:
    """(slug, label) of every project: by level, then by size, then by name.

    Reads of each spec only what the label needs.
    """
    found = []
    for file in sorted(specs.glob("*/spec.yaml")):
        node = File(file, _pins(file.parent)).node
        if not isinstance(node.value, dict):
            node.error("expected a mapping")
        for key in ("level", "title", "when", "hours"):
            if key not in node.value:
                node.error(f"the key {key!r} is missing")
        level = node["level"].one_of(LEVELS)
        hours = node["hours"].hours()
        label = label_of(level, node["title"].text(), node["when"].text(), hours)
        found.append((LEVELS.index(level), hours, file.parent.name, label))
    return [(slug, label) for _, _, slug, label in sorted(found)]


def _pins(folder: Path) -> dict[str, str]:
    try:
        text = (folder / "requirements.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {normal(name): version for name, version in _PIN.findall(text)}


@cache
def load(slug: str, specs: Path = SPECS) -> Project:
    """The project of this name.

    Raises:
        SpecError: its spec or its tasks are not as CONTRIBUTING.md describes them.
    """
    folder = specs / slug
    if not SLUG.fullmatch(slug) or not (folder / "spec.yaml").is_file():
        raise SpecError(f"there is no project {slug!r} under specs/")
    versions = _pins(folder)
    slots: dict[str, str] = {}
    shared = Texts(specs / "shared" / "texts", slots)
    spec = File(folder / "spec.yaml", versions, shared).node
    spec.take(
        (
            "title level when hours summary skill_level goals roles functional "
            "data_model entities urls non_functional constraints topics stack packages "
            "tools services server external deployment phases stretch evaluation pages"
        ).split(),
        ("seed", "slots"),
    )
    slots.update(_slots(spec))
    functional = spec["functional"].list_of(
        lambda node: _requirement(node, "FR", "demo"), least=1, what="requirements"
    )
    non_functional = spec["non_functional"].list_of(
        lambda node: _requirement(node, "NFR", "measure"), least=1, what="requirements"
    )
    topics = spec["topics"].list_of(Node.slug, least=1, what="topics")
    milestones, tasks = _tasks(
        File(folder / "tasks.yaml", versions, shared).node,
        known={r.id for r in functional + non_functional},
        topics=set(topics),
        docs=django_docs(versions),
    )
    packages = spec["packages"].take(("production", "development"))
    hours = spec["hours"].hours()
    if sum(task.hours for task in tasks) != hours:
        total = float(sum(task.hours for task in tasks))
        spec["hours"].error(f"the tasks add up to {total:g} h")
    seed = spec.get("seed")
    project = Project(
        folder=folder,
        spec=_sections(spec),
        versions=versions,
        functional=functional,
        non_functional=non_functional,
        milestones=milestones,
        tasks=tasks,
        topics=topics,
        containers=services.named(spec["services"]),
        production=packages["production"].texts(least=1),
        development=packages["development"].texts(),
        pages=spec["pages"].texts(least=1),
        title=spec["title"].text(),
        level=spec["level"].one_of(LEVELS),
        when=spec["when"].text(),
        hours=hours,
        server=spec["server"].one_of(SERVERS),
        seed=seed.text() if seed else None,
    )
    for name in slots.keys() - shared.used:
        spec["slots"][name].error("no shared text has a slot of this name")
    return project


def _slots(spec: Node) -> dict[str, str]:
    """What a project puts into the slots of shared texts, by the name of the slot."""
    node = spec.get("slots")
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        node.error("expected a mapping of names to texts")
    return {str(name): node[name].text() for name in node.value}


def _requirement(node: Node, prefix: str, proof: str) -> Requirement:
    node.take(("id", "text", proof))
    id_ = node["id"].text()
    expected = f"{prefix}-{int(node.path[-1]) + 1}"
    if id_ != expected:
        node["id"].error(f"expected {expected}: ids are counted from 1")
    return Requirement(id_, node["text"].text(), node[proof].text())


def _mappings(node: Node, *keys: str) -> tuple[dict[str, str], ...]:
    def read(entry: Node) -> dict[str, str]:
        entry.take(keys)
        return {key: entry[key].text() for key in keys}

    return node.list_of(read)


def _sections(spec: Node) -> dict[str, Any]:
    """The sections of a spec that are texts and tables, checked."""

    def entity(node: Node) -> dict[str, Any]:
        node.take(("name", "what", "fields"))

        def entity_field(child: Node) -> dict[str, str]:
            child.take(("name", "type"), ("note",))
            note = child.get("note")
            return {
                "name": child["name"].text(),
                "type": child["type"].text(),
                "note": note.text() if note else "",
            }

        return {
            "name": node["name"].text(),
            "what": node["what"].text(),
            "fields": node["fields"].list_of(entity_field, least=1, what="fields"),
        }

    phases = spec["phases"]
    used = tuple(phase for phase in PHASES if phase in (phases.value or {}))
    phases.take(used)
    evaluation = spec["evaluation"].take(("good", "demo", "test"))
    lines = spec["summary"].text().splitlines()
    if not 3 <= len(lines) <= 5:
        spec["summary"].error(f"expected 3 to 5 lines, got {len(lines)}")
    return {
        "summary": spec["summary"].text(),
        "skill_level": spec["skill_level"].text(),
        "goals": spec["goals"].texts(least=3),
        "roles": _mappings(spec["roles"], "name", "can"),
        "data_model": _optional_text(spec["data_model"]),
        "entities": spec["entities"].list_of(entity, what="entities"),
        "urls": _mappings(spec["urls"], "path", "name", "methods", "who", "what"),
        "constraints": spec["constraints"].texts(least=1),
        "stack": _mappings(spec["stack"], "part", "choice", "why"),
        "tools": _mappings(spec["tools"], "name", "why"),
        "external": _mappings(spec["external"], "name", "why", "needed"),
        "deployment": spec["deployment"].text(),
        "phases": {phase: phases[phase].text() for phase in used},
        "stretch": spec["stretch"].texts(least=1),
        "evaluation": {
            key: evaluation[key].texts(least=1) for key in ("good", "demo", "test")
        },
    }


def _optional_text(node: Node) -> str:
    return node.text() if node.value else ""


def _tasks(
    node: Node, *, known: set[str], topics: set[str], docs: str
) -> tuple[tuple[Milestone, ...], tuple[Task, ...]]:
    node.take(("milestones", "tasks"))
    milestones = node["milestones"].list_of(_milestone, least=1, what="milestones")
    by_slug = {milestone.slug: milestone for milestone in milestones}
    seen: dict[str, Task] = {}

    def read(entry: Node) -> Task:
        task = _task(entry, by_slug, known, topics, docs, seen)
        seen[task.slug] = task
        return task

    tasks = node["tasks"].list_of(read, least=1, what="tasks")
    runs = [task.milestone.slug for task in tasks]
    ordered = list(dict.fromkeys(runs))
    if ordered != [m.slug for m in milestones] or runs != sorted(
        runs, key=ordered.index
    ):
        node["tasks"].error(
            "the tasks of a milestone stand together, in the order of the milestones"
        )
    for milestone in milestones:
        hours = sum(task.hours for task in tasks if task.milestone == milestone)
        if milestone.week is not None and hours != Fraction("12.5"):
            node["milestones"].error(
                f"{milestone.slug} is one week of the track, 12.5 h, "
                f"but its tasks add up to {float(hours):g} h"
            )
    return milestones, tasks


def _milestone(node: Node) -> Milestone:
    node.take(("slug", "title", "goal", "checkpoint"), ("week",))
    week = node.get("week")
    return Milestone(
        slug=node["slug"].slug(),
        title=node["title"].text(),
        week=week.whole() if week else None,
        goal=node["goal"].text(),
        checkpoint=node["checkpoint"].text(),
    )


def _task(
    node: Node,
    milestones: Mapping[str, Milestone],
    known: set[str],
    topics: set[str],
    docs: str,
    seen: Mapping[str, Task],
) -> Task:
    node.take(
        (
            "slug title milestone phase hours serves topics needs do contract see docs "
            "hints"
        ).split(),
        ("serves_none", "files"),
    )
    slug = node["slug"].slug()
    if slug in seen or slug == DONE:
        node["slug"].error(f"{slug!r} is taken")
    hours = node["hours"].hours()
    if not Fraction(1, 2) <= hours <= 3:
        node["hours"].error(f"a task takes 0.5 to 3 hours, got {float(hours):g}")
    serves = node["serves"].texts()
    reason = node.get("serves_none")
    if bool(serves) == bool(reason):
        node["serves"].error(
            "expected ids of requirements, or an empty list and the key serves_none"
        )
    needs = node["needs"].list_of(Node.slug, what="slugs")
    for key, values, allowed, what in (
        ("serves", serves, known, "no requirement of spec.yaml"),
        ("topics", node["topics"].list_of(Node.slug, least=1), topics, "no topic"),
        ("needs", needs, set(seen), "no earlier task"),
    ):
        for index, value in enumerate(values):
            if value not in allowed:
                node[key][index].error(f"{value!r} is {what}")

    def link(entry: Node) -> Link:
        if not isinstance(entry.value, list) or len(entry.value) != 2:
            entry.error("expected [text, address]")
        address = entry[1].text()
        if not address.startswith("https://"):
            address = docs + address.lstrip("/")
        return Link(entry[0].text(), address)

    files = node.get("files")
    return Task(
        number=len(seen) + 1,
        slug=slug,
        title=node["title"].text(),
        milestone=milestones[node["milestone"].one_of(milestones)],
        phase=node["phase"].one_of(PHASES),
        hours=hours,
        serves=serves,
        serves_none=reason.text() if reason else "",
        topics=node["topics"].list_of(Node.slug),
        needs=needs,
        do=node["do"].text(),
        contract=node["contract"].texts(least=1),
        see=node["see"].text(),
        docs=node["docs"].list_of(link, least=1, what="links"),
        hints=node["hints"].texts(least=2),
        files=files.texts(least=1) if files else (),
    )


def as_json(project: Project) -> str:
    """What path.py needs to know of a project (``.path/project.json``)."""
    tasks = [
        {
            "slug": task.slug,
            "number": task.number,
            "title": task.title,
            "hours": float(task.hours),
            "phase": task.phase,
            "milestone": task.milestone.title,
            "page": task.page,
            "test": task.test,
            "topics": task.topics,
            "serves": task.serves,
        }
        for task in project.tasks
    ]
    milestones = [
        {
            "title": milestone.title,
            "week": milestone.week,
            "goal": milestone.goal,
            "checkpoint": milestone.checkpoint,
        }
        for milestone in project.milestones
    ]
    data = {
        "format": 1,
        "project": project.slug,
        "title": project.title,
        "milestones": milestones,
        "requirements": [{"id": r.id, "text": r.text} for r in project.requirements],
        "topics": {slug: link.text for slug, link in project.topic_links.items()},
        "tasks": tasks,
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
