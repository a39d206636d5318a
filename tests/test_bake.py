"""Bakes over the answers, in process: what comes out, and what is refused."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup
from cookiecutter.exceptions import FailedHookException
from markdown_it import MarkdownIt

from djangopath import catalogue, extension
from djangopath.lay import texts
from djangopath.regions import cut, styles_of
from tests.common import Bake, git
from tools import questions
from tools.examples import EXAMPLE, smallest

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

SECTIONS = [
    "Title and summary",
    "Skill level",
    "Learning goals",
    "Functional requirements",
    "Non-functional requirements",
    "Technical constraints",
    "Topics covered",
    "Tech stack",
    "Internal tools and libraries",
    "External tools and services",
    "DevOps and deployment",
    "Time and duration plan",
    "Breakdown by phases",
    "Stretch goals",
    "Evaluation criteria",
]
AWKWARD = [
    'O\'Brien "the" \\ back\\slash',
    "two\nlines\r\nand a\ttab",
    "{{ cookiecutter.project }}{{ 7*7 }}",
    "{% raw %}{% endraw %}{# x #}{% for x in y %}",
    "$(touch owned) `touch owned` ; touch owned && $HOME ${HOME} %PATH%",
    '<script>alert(1)</script><b>&amp;</b>"><img src=x onerror=alert(1)>',
    "🐍 café Приве́т 你好 مرحبا \u202ertl\u202c",
    "- [x] **1.** | a | b | # no heading ](tasks/01-x.md)",
    "'; DROP TABLE x; -- \x07 \x1b[31m \x7f \u2028",
    ":yes @mention *bold* _it_ ~gone~ !![img](x)",
]


@pytest.fixture(autouse=True)
def _no_sweeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the guard would remove at the end of the process stays with pytest."""
    monkeypatch.setattr(extension, "_baking", [])
    monkeypatch.setattr("atexit.register", lambda call: call)
    monkeypatch.setattr("sys.excepthook", extension.sys.excepthook)
    yield


@pytest.mark.representatives("the skeleton decides what lies in a bake")
def test_a_bake_holds_what_is_promised(bake: Bake, slug: str) -> None:
    folder = bake(slug)
    project = catalogue.load(slug)
    for name in (
        "README.md SPEC.md TASKS.md JOURNAL.md path.py conftest.py manage.py "
        "Dockerfile compose.yaml .dockerignore .editorconfig .gitattributes .gitignore "
        ".env .env.example .pre-commit-config.yaml requirements.txt "
        "requirements-prod.txt "
        ".vscode/settings.json .vscode/tasks.json .devcontainer/devcontainer.json "
        ".github/workflows/ci.yml .github/dependabot.yml "
        ".github/pull_request_template.md .path/project.json .path/hints.pack "
        ".path/reference.pack .path/regions.py acceptance/support.py"
    ).split():
        assert (folder / name).is_file(), name
    for task in project.tasks:
        assert (folder / task.page).is_file()
        assert (folder / task.test).is_file()


def test_spec_md_has_the_fifteen_sections(bake: Bake, slug: str) -> None:
    text = (bake(slug) / "SPEC.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [f"{n}. {title}" for n, title in enumerate(SECTIONS, 1)]
    project = catalogue.load(slug)
    for requirement in project.requirements:
        row = re.search(rf"^\| {requirement.id} \| \[\d+\. .+$", text, re.MULTILINE)
        assert row, f"{requirement.id} has no row of tasks and tests"
        for task in project.serving(requirement.id):
            assert f"]({task.page})" in row[0]
            assert f"]({task.test})" in row[0]
    if project.spec["data_model"]:
        assert "```mermaid\nerDiagram" in text


def test_links_inside_the_documents_lead_somewhere(bake: Bake, slug: str) -> None:
    folder = bake(slug)
    pages = [folder / n for n in ("README.md", "SPEC.md", "TASKS.md", "JOURNAL.md")]
    checked = 0
    for page in [*pages, *folder.glob("tasks/*.md")]:
        html = MarkdownIt("commonmark").enable("table").render(page.read_text("utf-8"))
        for link in BeautifulSoup(html, "html.parser").find_all("a", href=True):
            target = str(link["href"])
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target.split("#")[0]).exists(), (page, target)
                checked += 1
    assert checked > 20


@pytest.mark.representatives("the bake writes down what it ticks")
def test_a_bake_says_what_it_ticked_and_has_a_name_of_its_own(
    bake: Bake, slug: str
) -> None:
    order = catalogue.load(slug).order
    names = set()
    for done in (0, len(order) // 2, len(order)):
        folder = bake(slug, start_at=[*order, "done"][done])
        data = json.loads((folder / ".path/start.json").read_text("utf-8"))
        assert data["done"] == order[:done]
        assert re.fullmatch(r"[0-9a-f]{16}", data["id"])
        assert ".path/start.json" in git(folder, "ls-files").splitlines()
        names.add(data["id"])
    assert len(names) == 3


@pytest.mark.representatives("the proof cuts every project")
@pytest.mark.parametrize("start_at", ["first", "middle", "done"])
def test_start_at_ticks_what_is_done_and_cuts_there(
    bake: Bake, slug: str, start_at: str
) -> None:
    project = catalogue.load(slug)
    done = {"first": 0, "middle": len(project.tasks) // 2}.get(
        start_at, len(project.tasks)
    )
    answer = project.order[done] if done < len(project.tasks) else "done"
    folder = bake(slug, start_at=answer)
    tasks = (folder / "TASKS.md").read_text("utf-8")
    assert tasks.count("- [x]") == done
    assert tasks.count("- [ ]") == len(project.tasks) - done
    for path, text in texts(project.code):
        if styles_of(path):
            expected = cut(text, path, project.order, done)
            there = (folder / path).exists()
            assert there == (expected is not None), path
            assert not there or (folder / path).read_text("utf-8") == expected


@pytest.mark.representatives("the hook commits")
def test_the_repository_has_one_commit_and_nothing_untracked(
    bake: Bake, slug: str
) -> None:
    folder = bake(slug)
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"
    assert git(folder, "branch", "--show-current").strip() == "main"
    assert git(folder, "status", "--porcelain") == ""
    tracked = git(folder, "ls-files").splitlines()
    assert ".env" not in tracked
    key = re.search(
        r"^SECRET_KEY=(.{50,})$", (folder / ".env").read_text("utf-8"), re.M
    )
    assert key
    for name in tracked:
        assert key[1] not in (folder / name).read_text("utf-8", errors="replace")
    assert git(folder, "check-ignore", ".env").strip() == ".env"
    if os.name == "posix":
        assert (folder / ".env").stat().st_mode & 0o077 == 0


def test_the_address_to_uncomment_has_the_password(bake: Bake) -> None:
    """For `runserver` with the database of compose.yaml nothing is left to fill in."""
    text = (bake(EXAMPLE) / ".env").read_text("utf-8")
    password = re.search(r"^POSTGRES_PASSWORD=(.{50,})$", text, re.M)
    assert password
    assert f"\n# DATABASE_URL=postgres://app:{password[1]}@localhost:" in text
    example = (bake(EXAMPLE) / ".env.example").read_text("utf-8")
    assert password[1] not in example and "the-password-below" in example


def test_every_bake_has_a_key_of_its_own(bake: Bake) -> None:
    keys = {
        (bake(smallest(), author_name=name) / ".env").read_text("utf-8")
        for name in ("A", "B")
    }
    assert len(keys) == 2


def read_all(folder: Path) -> dict[str, str]:
    return {
        path: (folder / path).read_text("utf-8")
        for path in git(folder, "-c", "core.quotepath=off", "ls-files").splitlines()
        if not path.endswith(".png")
    }


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_answers_stay_text_and_files_stay_valid(
    cookies: Any, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quotes, braces, shell, HTML, any script: kept, and nothing of it runs."""
    monkeypatch.chdir(tmp_path)
    result = cookies.bake(
        extra_context={
            "project": smallest(),
            "project_name": text,
            "project_slug": "awkward",
            "author_name": text,
        },
        template=str(catalogue.ROOT),
    )
    assert result.exception is None, result.exception
    folder = result.project_path
    assert not list(folder.rglob("owned")) and not (tmp_path / "owned").exists()
    for path, content in read_all(folder).items():
        assert "49" not in content or "{{ 7*7 }}" not in text or path != "README.md"
        name = Path(path)
        if name.suffix == ".json" and ".vscode" not in path:
            json.loads(re.sub(r"(?m)^\s*//.*$", "", content))
        elif name.suffix == ".toml":
            tomllib.loads(content)
        elif name.suffix in (".yml", ".yaml"):
            yaml.safe_load(content)
        elif name.suffix == ".py":
            compile(content, path, "exec")
    html = MarkdownIt("commonmark").render((folder / "README.md").read_text("utf-8"))
    page = BeautifulSoup(html, "html.parser")
    shown = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    heading = page.find("h1")
    assert heading is not None and " ".join(heading.get_text().split()) == shown
    assert f"By {shown}. " in " ".join(page.get_text().split())
    assert not page.find(["script", "img", "b"])
    tasks = (folder / "TASKS.md").read_text("utf-8")
    assert tasks.count("\n- [") == len(catalogue.load(smallest()).tasks)


@pytest.mark.parametrize(
    "name", ["Мой блог", "我的博客", "مدونتي", "Ένα ιστολόγιο", "🐍🐍", "con", "!!!"]
)
def test_a_slug_is_made_from_a_name_in_any_script(cookies: Any, name: str) -> None:
    result = cookies.bake(
        extra_context={"project": smallest(), "project_name": name},
        template=str(catalogue.ROOT),
    )
    assert result.exception is None
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", result.project_path.name)


BAD = [
    ("project_slug", "a/b", "cannot be used as a folder name"),
    ("project_slug", "../up", "cannot be used as a folder name"),
    ("project_slug", ".", "cannot be used"),
    ("project_slug", "..", "cannot be used"),
    ("project_slug", "a.b", "cannot be used"),
    ("project_slug", "a b", "cannot be used"),
    ("project_slug", "a\nb", "cannot be used"),
    ("project_slug", "a\x00b", "cannot be used"),
    ("project_slug", "a\n", "cannot be used"),
    ("project_slug", "$(id)", "cannot be used"),
    ("project_slug", "a;b", "cannot be used"),
    ("project_slug", "{{ 7*7 }}", "cannot be used"),
    ("project_slug", "-rf", "cannot be used"),
    ("project_slug", "ünï", "cannot be used"),
    ("project_slug", "CON", "Windows reserves"),
    ("project_slug", "nul", "Windows reserves"),
    ("project_slug", "lpt1", "Windows reserves"),
    ("project_slug", "a" * 101, "is 101 characters long"),
    ("project_slug", "", "is empty"),
    ("start_date", "tomorrow", "is no date"),
    ("start_date", "2026-02-30", "is no date"),
    ("start_date", "20261120", "is no date"),
    ("start_date", "2026-11-20T00:00", "is no date"),
    ("start_date", "", "is no date"),
    ("start_date", "9999-12-31", "past the year 9999"),
    ("start_at", "post-lst", "did you mean post-list"),
    ("start_at", "Done", "did you mean done"),
    ("start_at", "", "there is no task ''"),
    ("start_at", "{{ 7*7 }}", "there is no task '{{ 7*7 }}'"),
    ("author_name", "bad \udcff byte", "no UTF-8 text"),
    ("project_name", "bad \udcff byte", "no UTF-8 text"),
]


@pytest.mark.parametrize(("key", "value", "says"), BAD)
def test_a_bad_answer_is_refused_before_a_file_is_written(
    cookies: Any, key: str, value: str, says: str
) -> None:
    result = cookies.bake(
        extra_context={"project": EXAMPLE, key: value}, template=str(catalogue.ROOT)
    )
    assert isinstance(result.exception, FailedHookException), result.exception
    message = str(result.exception)
    assert message.startswith(f"{key}: ") and says in message
    assert "\n" not in message
    assert result.project_path is None


@pytest.mark.parametrize("hours", ["2", "2.5", "3"])
@pytest.mark.parametrize("days", ["5", "6", "7"])
def test_every_rhythm_bakes(bake: Bake, hours: str, days: str) -> None:
    folder = bake(smallest(), hours_per_day=hours, days_per_week=days)
    assert f"{hours} h a day, {days} days a week" in (folder / "TASKS.md").read_text(
        "utf-8"
    )


def test_the_questions_come_in_the_order_promised_and_in_words() -> None:
    text = (catalogue.ROOT / "cookiecutter.json").read_text("utf-8")
    data = json.loads(text)
    asked = [key for key in data if not key.startswith("_")]
    assert (
        asked
        == (
            "project project_name project_slug author_name start_date hours_per_day "
            "days_per_week start_at"
        ).split()
    )
    assert set(data["__prompts__"]) == set(asked)
    assert set(data["hours_per_day"]) == {"2", "2.5", "3"}
    assert set(data["days_per_week"]) == {"5", "6", "7"}


def test_cookiecutter_json_holds_the_catalogue() -> None:
    text = (catalogue.ROOT / "cookiecutter.json").read_text("utf-8")
    assert text == questions.questions(text), "run make questions"
    labels = json.loads(text)["__prompts__"]["project"]
    file = catalogue.SPECS / EXAMPLE / "spec.yaml"
    spec = yaml.safe_load(file.read_text("utf-8"))
    assert labels[EXAMPLE] == (
        f"{spec['level']}: {spec['title']} ({spec['when']}; {spec['hours']} h)"
    )


def test_what_cookiecutter_prints_every_terminal_can_show() -> None:
    """A terminal that cannot show a sign of a question ends it in a traceback."""
    text = (catalogue.ROOT / "cookiecutter.json").read_text("utf-8")
    assert text.isascii(), "a title, a `when` or a prompt holds more than ASCII"


def test_the_readme_holds_the_catalogue() -> None:
    text = (catalogue.ROOT / "README.md").read_text("utf-8")
    assert text == questions.readme(text), "run make questions"


def test_the_weekly_workflow_proves_every_project() -> None:
    text = questions.WEEKLY.read_text("utf-8")
    assert text == questions.weekly(text), "run make questions"
    jobs = yaml.safe_load(text)["jobs"]
    for name, command in (("proof", "proof"), ("trials", "trials"), ("checks", "test")):
        matrix = jobs[name]["strategy"]["matrix"]
        assert matrix == {"project": catalogue.slugs()}, name
        step = jobs[name]["steps"][-1]
        assert step["run"] == f"make {command}"
        assert step["env"]["PROJECT"] == "${{ matrix.project }}"
    assert jobs["checks"]["steps"][-1]["env"]["ALL"] == "1"
