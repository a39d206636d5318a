"""What holds for every project, and what an author is told about a mistake."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from djangopath import catalogue, pages
from djangopath.catalogue import PHASES, Project
from djangopath.errors import SpecError
from tools.examples import EXAMPLE


def test_every_requirement_is_served_by_a_task(slug: str) -> None:
    project = catalogue.load(slug)
    assert [r.id for r in project.requirements if not project.serving(r.id)] == []


def test_every_topic_is_practised_and_every_phase_explained(slug: str) -> None:
    project = catalogue.load(slug)
    used = {topic for task in project.tasks for topic in task.topics}
    assert used == set(project.topics)
    phases = {task.phase for task in project.tasks}
    assert phases <= set(project.spec["phases"])
    assert phases >= {"Planning", "Setup", "Feature development", "Testing", "Review"}
    assert phases <= set(PHASES)


def test_a_task_has_its_test_and_a_test_its_task(slug: str) -> None:
    project = catalogue.load(slug)
    tests = {file.name for file in project.acceptance.glob("test_*.py")}
    assert tests == {Path(task.test).name for task in project.tasks}


def test_hints_go_from_a_nudge_to_nearly_the_answer(slug: str) -> None:
    for task in catalogue.load(slug).tasks:
        assert len(set(task.hints)) == len(task.hints) >= 2
        assert len(task.hints[0]) <= 1.5 * max(len(hint) for hint in task.hints[1:])


def test_a_milestone_of_the_track_is_a_week(slug: str) -> None:
    project = catalogue.load(slug)
    weeks = [m.week for m in project.milestones if m.week is not None]
    assert project.hours == Fraction("12.5") * len(weeks)


def test_words_of_the_product(slug: str) -> None:
    """No exclamation marks, no "simply" in what a learner reads."""
    project = catalogue.load(slug)
    texts = [pages.task_page(project, task) for task in project.tasks]
    texts += [hint for task in project.tasks for hint in task.hints]
    for text in texts:
        prose = re.sub(r"```.*?```|`[^`]*`|\(http[^)]*\)", "", text, flags=re.DOTALL)
        assert not re.search(r"[a-z]!(\s|$)|\bsimply\b", prose), prose


# ------------------------------------------------------ what a test relies on is told

NAMING_CALLS = {"url", "model", "load"}
FORM_CALLS = {"form", "expect_form"}
PATH_CALLS = {"get", "post"}


def names_relied_on(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, name) of every URL name, model, field, path and import a test asks for."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else ""
        name = called.id if isinstance(called, ast.Name) else name
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if (
            name in NAMING_CALLS and isinstance(called, ast.Name)
        ) or name in FORM_CALLS:
            for text in texts:
                yield node.lineno, text
        elif name in PATH_CALLS and texts and texts[0].startswith("/"):
            for part in re.split(r"[/?=&]", texts[0]):
                if part and not part.isdigit() and part != "admin":
                    yield node.lineno, part
        elif name == "send":
            for keyword in node.keywords:
                if keyword.arg:
                    yield node.lineno, keyword.arg


def told(project: Project, upto: int) -> str:
    return "\n".join(pages.task_page(project, task) for task in project.tasks[:upto])


def stands_in(name: str, text: str) -> bool:
    """Whether a page says a name: ``blog.Post`` by its parts, a path by its words."""
    # Django names the fields of a formset, and the halves of a date and time, itself.
    name = re.sub(r"^form-\d+-|_[01]$", "", name)
    if name in text:
        return True
    return all(
        re.search(rf"(?<![A-Za-z0-9]){re.escape(part)}(?![A-Za-z0-9])", text)
        for part in re.split(r"[.:]", name)
    )


def test_names_that_a_test_relies_on_stand_in_its_page(slug: str) -> None:
    """A task's page, or an earlier one, tells every name that its test asks for."""
    project = catalogue.load(slug)
    count = 0
    missing = []
    for task in project.tasks:
        file = project.acceptance / Path(task.test).name
        text = told(project, task.number)
        for line, name in names_relied_on(ast.parse(file.read_text("utf-8"))):
            count += 1
            if not stands_in(name, text):
                missing.append(f"{file.name}, line {line}: {name}")
    assert missing == []
    assert count > 5


def test_the_check_of_names_can_fail() -> None:
    tree = ast.parse(
        "url('blog:secret')\nmodel('blog.Hidden', 'x')\nvisitor.get('/nowhere/1/')\n"
        "page.form('unsaid')\nform.send(never=1)\n"
    )
    found = [name for _, name in names_relied_on(tree)]
    assert found == ["blog:secret", "blog.Hidden", "x", "nowhere", "unsaid", "never"]
    assert not any(stands_in(name, "the page of a blog") for name in found)


# ----------------------------------------------------------------- an author's mistakes


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    shutil.copytree(catalogue.SPECS, tmp_path / "specs")
    return tmp_path / "specs"


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("file", "change", "key", "says"),
    [
        ("spec.yaml", replaced("level: Beginner", "level: Easy"), "level", "one of"),
        ("spec.yaml", replaced("hours: 25", "hours: 26"), "hours", "add up to 25 h"),
        ("spec.yaml", replaced("hours: 25", "hours: many"), "hours", "a number"),
        ("spec.yaml", replaced("id: FR-2", "id: FR-7"), "functional[2].id", "FR-2"),
        ("spec.yaml", replaced("\ngoals:", "\nobjectives:"), "objectives", "unknown"),
        ("spec.yaml", replaced("server: wsgi", "server: x"), "server", "wsgi, asgi"),
        ("spec.yaml", replaced("title: Personal Blog", "title: ''"), "title", "a text"),
        ("tasks.yaml", replaced("hours: 0.75", "hours: 0.25"), "tasks[1].hours", "0.5"),
        ("tasks.yaml", replaced("hours: 0.75", "hours: 0.8"), "tasks[1].hours", "0.25"),
        ("tasks.yaml", replaced("phase: Setup", "phase: Begin"), ".phase", "Planning"),
        ("tasks.yaml", replaced("needs: []", "needs: [zzz]"), ".needs", "no earlier"),
        ("tasks.yaml", replaced("serves: [", "serves: [FR-99, "), ".serves", "FR-99"),
        (
            "tasks.yaml",
            replaced("    topics: [", "    topics: [zz, "),
            ".topics",
            "'zz'",
        ),
        ("tasks.yaml", replaced("    hints:", "    tips:"), ".tips", "unknown key"),
        ("tasks.yaml", lambda text: "- 1\n", "the file", "a mapping"),
        ("tasks.yaml", lambda text: "a: [1\n", "", "is not YAML"),
        ("tasks.yaml", lambda text: "", "the file", "a mapping"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_key(
    specs: Path, file: str, change: Callable[[str], str], key: str, says: str
) -> None:
    path = specs / EXAMPLE / file
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(SpecError) as caught:
        catalogue.load(EXAMPLE, specs)
    message = str(caught.value)
    assert message.startswith(f"{path}, line ")
    assert key in message and says in message
    assert "\n" not in message


def test_the_line_is_that_of_the_key(specs: Path) -> None:
    path = specs / EXAMPLE / "tasks.yaml"
    lines = path.read_text("utf-8").splitlines()
    number = next(n for n, x in enumerate(lines, 1) if x.strip() == "phase: Setup")
    lines[number - 1] = "    phase: Later"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(SpecError, match=rf"tasks\.yaml, line {number}: "):
        catalogue.load(EXAMPLE, specs)


def test_a_missing_file_and_an_unknown_project_are_sentences(specs: Path) -> None:
    (specs / EXAMPLE / "tasks.yaml").unlink()
    with pytest.raises(SpecError, match=r"tasks\.yaml: the file is missing"):
        catalogue.load(EXAMPLE, specs)
    with pytest.raises(SpecError, match="there is no project 'nothing'"):
        catalogue.load("nothing", specs)
    with pytest.raises(SpecError, match=rf"there is no project '\.\./{EXAMPLE}'"):
        catalogue.load(f"../{EXAMPLE}", specs)


def test_a_version_in_a_text_is_that_of_the_pins(slug: str) -> None:
    project = catalogue.load(slug)
    assert project.version("Django").startswith("5.2.")
    page = pages.spec_page(
        pages.Plan(project, "x", date(2026, 11, 20), Fraction(2), 5, 0)
    )
    assert "{version" not in page
    assert project.version("django") in page
