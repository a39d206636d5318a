"""No module names a project; what stands for any; what belongs to one project alone."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from djangopath import catalogue, tracks
from djangopath.catalogue import ROOT
from tests.common import Bake, run_pytest
from tools import examples
from tools.examples import EXAMPLE

SKELETON = ROOT / "{{cookiecutter.project_slug}}"
# This one names them to excuse them.
MODULES = [
    file
    for pattern in ("conftest.py", "tests/**/*.py", "tools/**/*.py")
    for file in sorted(ROOT.glob(pattern))
    if file != Path(__file__)
]

# ------------------------------------------------------------------------------- names

# Where a slug stands that names no project, or an example of any.
MADE_UP = "a made-up project in a folder of its own has the name of one"
EXCUSED = {
    ("tools/examples.py", EXAMPLE): "the one constant that is an example of any",
    ("tests/path_fixture.py", EXAMPLE): MADE_UP,
    ("tests/test_export.py", EXAMPLE): MADE_UP,
    ("tests/test_export_github.py", EXAMPLE): MADE_UP,
    ("tests/test_watch.py", "shop"): "a folder of a made-up project",
    ("tests/workflow.py", "jobs"): "a key of GitHub's workflows",
}
# What is read out of a mapping by this method is a key.
READING = {"get", "pop", "setdefault"}


def names_in(
    source: str, projects: Mapping[str, Iterable[str]]
) -> Iterator[tuple[int, str]]:
    """(line, slug) where a program names one of the projects.

    A slug is often a word of its own ("jobs", "accounts"), so it counts as a name where
    it can hardly be anything else: alone in a text that is handed on, compared or kept;
    behind ``specs/``, ``docs/tasks/`` or ``project=``; in front of one of its tasks.

    Args:
        source: the program.
        projects: the tasks of each project by its slug.
    """
    tree = ast.parse(source)
    parent_of = {
        child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
    }
    placed = re.compile(r"(?i:\bspecs/|\bdocs/tasks/|\bproject=)([\w-]+)")
    with_task = re.compile(r"(?<![\w/-])([\w-]+)/([\w-]+)")
    for node in ast.walk(tree):
        found: set[str] = set()
        if isinstance(node, ast.Import | ast.ImportFrom):
            words = [getattr(node, "module", ""), *(alias.name for alias in node.names)]
            found |= {w.split(".")[1] for w in words if w and w.startswith("specs.")}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parent = parent_of[node]
            read = isinstance(parent, ast.Subscript) or (
                isinstance(parent, ast.Call)
                and isinstance(parent.func, ast.Attribute)
                and parent.func.attr in READING
            )
            found |= set() if read else {node.value}
            found |= set(placed.findall(node.value))
            pairs = with_task.findall(node.value)
            found |= {slug for slug, task in pairs if task in projects.get(slug, ())}
        else:
            continue
        yield from ((node.lineno, slug) for slug in sorted(found & set(projects)))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("catalogue.load('bookshop')", True),
        ("bake(project='bookshop')", True),
        ("SLUG = 'bookshop'", True),
        ("slug == 'bookshop'", True),
        ("SLUGS = ['one', 'bookshop']", True),
        ("skills = {'bookshop': 1}", True),
        ("from specs.bookshop.checks import bench", True),
        ("f'specs/bookshop/{name}'", True),
        ("'project=bookshop'", True),
        ("'make proof PROJECT=bookshop'", True),
        ("'of week 3, bookshop/cart'", True),
        ("found['bookshop']", False),
        ("found.get('bookshop')", False),
        ("'a bookshop of books'", False),
        ("'bookshop/urls.py'", False),
        ("'specs/bookshop-two/spec.yaml'", False),
        ("# the bookshop", False),
        ("bookshop.open()", False),
    ],
)
def test_a_name_is_found(line: str, found: bool) -> None:
    assert bool(list(names_in(line, {"bookshop": ["cart"]}))) is found


def named() -> Iterator[tuple[str, str, str]]:
    """(module, slug, what is wrong) of each name of a project in tests and tools.

    Those of the roadmap that are still to come count as well, so that none of these
    modules is touched when they arrive.
    """
    projects: dict[str, list[str]] = {slug: [] for slug in tracks.roadmap()[0]}
    projects |= {slug: catalogue.load(slug).order for slug in catalogue.slugs()}
    for file in MODULES:
        name = file.relative_to(ROOT).as_posix()
        stem = file.stem.removeprefix("test_").replace("_", "-")
        if stem in projects:
            yield name, stem, f"{name} has the name of the project {stem}"
        for line, slug in names_in(file.read_text("utf-8"), projects):
            yield name, slug, f"{name}, line {line}: names the project {slug}"


def test_no_module_names_a_project() -> None:
    """What needs a project takes it by a property, from `tools/examples.py`.

    What belongs to one project alone stands in its ``checks/``. An excuse that nothing
    needs any more is taken out.
    """
    found = list(named())
    assert [said for module, slug, said in found if (module, slug) not in EXCUSED] == []
    assert {(module, slug) for module, slug, _ in found} == set(EXCUSED)


# --------------------------------------------------------------------- representatives


PACKAGE = re.compile(r'"([\w-]+)" in project\.development')


def asked_in(template: str) -> set[str]:
    """The attributes of a project on which a template's conditions depend."""
    conditions = re.findall(r"{%-?\s*(?:if|elif)\s(.*?)-?%}", template, re.DOTALL)
    plain = " ".join(re.sub(r"'[^']*'|\"[^\"]*\"", "", text) for text in conditions)
    plain = re.sub(r"(\(cookiecutter\.project \| project\)|project)\.", "", plain)
    # The template's own names, such as that of a loop over the services, and what is
    # asked of these.
    own = set(re.findall(r"{%-?\s*(?:set|for)\s+(\w+)", template))
    plain = re.sub(rf"\b(?:{'|'.join(sorted(own)) or 'no name'})\b[.\w]*", "", plain)
    words = {"in", "not", "and", "or", "is", "defined"}
    return set(re.findall(r"[A-Za-z_]\w*", plain)) - words


@pytest.mark.parametrize(
    ("template", "found"),
    [
        (
            '{%- if "redis" in (cookiecutter.project | project).services %}',
            {"services"},
        ),
        ('{% if a -%}x{% elif project.server == "asgi" %}', {"a", "server"}),
        ("{% for app in project.apps %}", set()),
        ("{% for a in project.services if a.b %}{% if a.c and d %}", {"d"}),
        ("{% if not project.seed and services %}", {"seed", "services"}),
    ],
)
def test_a_question_of_a_template_is_found(template: str, found: set[str]) -> None:
    assert asked_in(template) == found


def test_the_templates_ask_nothing_else() -> None:
    """Or the representatives would not show all that the skeleton can write."""
    asked: dict[str, str] = {}
    packages: set[str] = set()
    for file in sorted(SKELETON.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            text = file.read_text("utf-8", errors="replace")
            asked |= dict.fromkeys(asked_in(text), file.name)
            packages |= set(PACKAGE.findall(text))
    assert set(asked) <= set(examples.QUESTIONS), asked
    assert packages == examples.ASKED_PACKAGES


def test_representatives_show_all_that_projects_answer() -> None:
    """Each answer given, and each left out where some project leaves it out."""
    found = {slug: examples.answers(catalogue.load(slug)) for slug in catalogue.slugs()}
    few = examples.representatives()

    def sides(slugs: Iterable[str]) -> set[tuple[str, bool]]:
        return {(a, a in found[slug]) for slug in slugs for a in everything}

    everything = set().union(*found.values())
    assert any(answer.startswith("services: ") for answer in everything)
    assert sides(few) == sides(found)
    for slug in few:
        assert sides(set(few) - {slug}) < sides(found), f"{slug} is not needed"


# -------------------------------------------------------------- one project's own


CHECKS = sorted(catalogue.SPECS.glob("*/checks/*"))


def test_checks_are_never_baked(slug: str, bake: Bake) -> None:
    """Neither the folder nor a file of its content, under whatever name."""
    own = [file for file in CHECKS if file.parts[-3] == slug and file.is_file()]
    baked = [file for file in bake(slug, start_at="done").rglob("*") if file.is_file()]
    assert not [file for file in baked if "checks" in file.parts]
    contents = {file.read_bytes() for file in baked}
    assert not [file.name for file in own if file.read_bytes() in contents]


def test_every_project_s_checks_are_collected() -> None:
    """By plain pytest, also where two projects give their modules one name."""
    files = {file for file in CHECKS if file.name.startswith("test_")}
    assert len({file.name for file in files}) < len(files), "no two projects try this"
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = pyproject["tool"]["pytest"]["ini_options"]["testpaths"]
    folders = {folder for pattern in patterns for folder in ROOT.glob(pattern)}
    assert {file.parent for file in files} <= folders
    searched = [str(folder) for folder in sorted(folders - {ROOT / "tests"})]
    # A ledger would leave out what it has proven.
    done = run_pytest(ROOT, "--collect-only", "-q", *searched, PROOF_ALL="1")
    assert done.returncode == 0, done.stdout
    ids = [line for line in done.stdout.splitlines() if "::" in line]
    assert {ROOT / line.split("::")[0] for line in ids} == files
