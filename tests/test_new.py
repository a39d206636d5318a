"""From an empty folder to a proven project, on the way that CONTRIBUTING.md describes.

All of it happens in a copy of the template, so nothing is written into this one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from djangopath import catalogue, tracks
from djangopath.errors import SpecError
from djangopath.lay import code_files
from tools import environments, new

NAME, APP = "ferry-times", "ferry_times"

SECOND_TASK = f"""
  - slug: about-page
    title: Say who runs the ferries
    milestone: first
    phase: Feature development
    hours: 1
    serves: [FR-1]
    topics: [views, url-routing]
    needs: [start-page]
    do: Answer `/about/` by a view `about`.
    contract:
      - "`GET /about/` answers 200 with the word ferries; its name is `{APP}:about`"
    see: Open `/about/`.
    docs:
      - [Writing views, topics/http/views/]
    hints: [It is like the first view., Return an `HttpResponse`.]
"""
ROADMAP = f"""
  {NAME}:
    title: Notes on the name of the system
    level: Beginner
    summary: "When the ferries leave."
    milestones:
      - slug: first
        title: Notes on what is reached
        what: "Two pages"
        topics: [project-structure, url-routing, views, templates]
"""
ABOUT_TEST = f'''"""about-page: who runs the ferries."""

from acceptance.support import url


def test_the_page_speaks_of_ferries(visitor):
    """FR-1: the page says what it is about."""
    page = visitor.get(url("{APP}:about"))
    page.expect_status(200, look="{APP}/views.py, about")
    page.expect_shows("ferries", look="{APP}/views.py, about")
'''
ABOUT_TRIALS = f"""wrong:
  - name: the page speaks of trains
    edits:
      {APP}/views.py:
        - {{replace: "The ferries", with: "The trains"}}
    says: ferries
"""
ABOUT_VIEW = '''

# task about-page: begin
@require_safe
def about(request):
    """Who runs the ferries."""
    return HttpResponse("<h1>About</h1><p>The ferries are run by the town.</p>")


# task about-page: end
'''


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template; what is installed already is installed there too."""
    target = tmp_path / "template"
    left_out = ".git .venv .cache __pycache__ .*_cache .hypothesis folders".split()
    shutil.copytree(catalogue.ROOT, target, ignore=shutil.ignore_patterns(*left_out))
    environments.CACHE.mkdir(exist_ok=True)
    (target / ".cache").symlink_to(environments.CACHE.resolve(), True)
    return target


def run(template: Path, module: str, *arguments: str) -> tuple[int, str]:
    """(exit code, what it said) of one of our tools in the copy."""
    done = subprocess.run(
        [sys.executable, "-m", f"tools.{module}", *arguments],
        cwd=template,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    return done.returncode, said


def replaced(file: Path, old: str, text: str) -> None:
    before = file.read_text("utf-8")
    assert old in before, (file, old)
    file.write_text(before.replace(old, text, 1), "utf-8")


def test_the_way_from_an_empty_folder_to_a_proven_project(template: Path) -> None:
    folder = template / "specs" / NAME

    code, said = run(template, "new", NAME)
    assert code == 0 and f"make proof PROJECT={NAME}" in said
    laid = {path for path, _ in code_files(folder)}
    assert {"spec.yaml", "tasks.yaml", "checks/README.md", "code/manage.py"} <= laid
    assert {"acceptance/test_start_page.py", "trials/start-page.yaml"} <= laid

    code, said = run(template, "prove", "proof", NAME)
    assert code == 1
    for sentence in (
        "spec.yaml, line 4: still to write: the name of the system\n",
        "a reader who has never deployed",
        "tasks.yaml, line 31: still to write: a nudge\n",
        "acceptance/test_start_page.py, line 1: still to write: in one line",
        "checks/README.md, line 1: still to write: checks of",
        f"specs/{NAME}/requirements.txt is missing; run make lock\n",
        f"specs/{NAME}/tracks.md is missing; run make syllabus\n",
        f"cookiecutter.json does not offer {NAME}; run make questions\n",
        f"specs/roadmap.yaml has no project {NAME}; write it under projects\n",
    ):
        assert sentence in said, (sentence, said)

    # The author writes: every place, the roadmap, and a second task.
    for _, file in code_files(folder):
        file.write_text(
            file.read_text("utf-8").replace(new.WRITE, "Notes on "), "utf-8"
        )
    (folder / "checks/README.md").unlink()
    replaced(template / "specs/roadmap.yaml", "\ntracks:\n", f"{ROADMAP}\ntracks:\n")
    with (folder / "tasks.yaml").open("a", encoding="utf-8") as file:
        file.write(SECOND_TASK)
    replaced(folder / "spec.yaml", "hours: 2 ", "hours: 3 ")
    replaced(
        folder / "spec.yaml", "  Setup:", "  Feature development: Pages.\n  Setup:"
    )

    assert run(template, "questions")[0] == 1, "the pins come first"
    assert "run make lock" in run(template, "questions")[1]
    for module in ("lock", "questions", "syllabus"):
        assert run(template, module)[0] == 0
    assert f'"{NAME}"' in (template / "cookiecutter.json").read_text("utf-8")

    code, said = run(template, "prove", "proof", NAME)
    assert code == 1
    lacks = [line.strip() for line in said.splitlines() if line.startswith("    ")]
    assert lacks == [
        f"specs/{NAME}/acceptance/test_about_page.py is missing: the test of task "
        "about-page",
        f"no file under specs/{NAME}/code/ has a region of task about-page, and its "
        "files: names none",
    ]

    (folder / "acceptance/test_about_page.py").write_text(ABOUT_TEST, "utf-8")
    (folder / "trials/about-page.yaml").write_text(ABOUT_TRIALS, "utf-8")
    views = folder / f"code/{APP}/views.py"
    replaced(
        views,
        "from django.shortcuts import render\n"
        "from django.views.decorators.http import require_safe\n",
        "# task about-page: begin\nfrom django.http import HttpResponse\n"
        "from django.shortcuts import render\n"
        "from django.views.decorators.http import require_safe\n"
        "# task start-page: was\n# from django.shortcuts import render\n"
        "# from django.views.decorators.http import require_safe\n"
        "# task about-page: end\n",
    )
    views.write_text(views.read_text("utf-8") + ABOUT_VIEW, "utf-8")
    replaced(
        folder / f"code/{APP}/urls.py",
        'name="home"),\n',
        'name="home"),\n'
        '    path("about/", views.about, name="about"),  # task about-page: line\n',
    )
    code, said = run(template, "prove", "proof", NAME, "--jobs", "1")
    assert code == 0, said
    assert f"{NAME}: 3 proof, 0 problems" in said
    code, said = run(template, "prove", "trials", NAME, "--jobs", "1")
    assert code == 0, said
    assert f"{NAME}: 4 trials, 0 problems" in said


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "'' is no name of a project: write small letters, digits and single"),
        ("To Do", "'To Do' is no name of a project"),
        ("../guestbook", "'../guestbook' is no name of a project"),
        ("a--b", "'a--b' is no name of a project"),
        ("shared", "specs/shared exists and stays as it is; choose another name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "shared").mkdir()
    with pytest.raises(SpecError) as caught:
        new.lay(name, tmp_path)
    assert says in str(caught.value) and "\n" not in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == ["shared"]


def test_a_project_that_exists_stays_as_it_is(slug: str) -> None:
    before = {file: file.read_bytes() for _, file in code_files(catalogue.SPECS / slug)}
    with pytest.raises(SpecError, match="exists and stays as it is"):
        new.lay(slug)
    after = {file: file.read_bytes() for _, file in code_files(catalogue.SPECS / slug)}
    assert before == after


def test_the_roadmap_gives_what_it_knows(tmp_path: Path) -> None:
    """A project to come has its title, its level and its first milestone at once."""
    specs = Path(shutil.copytree(catalogue.SPECS, tmp_path / "specs"))
    projects, _ = tracks.roadmap(specs)
    for slug in projects:
        shutil.rmtree(specs / slug, ignore_errors=True)
        folder = new.lay(slug, specs)
        spec = (folder / "spec.yaml").read_text("utf-8")
        assert f'title: "{projects[slug].title}"' in spec
        assert f"level: {projects[slug].level} " in spec
        first = next(iter(projects[slug].milestones))
        assert f"slug: {first}\n" in (folder / "tasks.yaml").read_text("utf-8")
        assert (folder / "code/manage.py").stat().st_mode & 0o100
        apps = {file.parent.name for file in folder.glob("code/*/apps.py")}
        assert len(apps) == 2 and "accounts" in apps
        assert not any("__app__" in str(path) for path in folder.rglob("*"))


def test_no_finished_project_lacks_anything(slug: str) -> None:
    assert new.missing(slug) == []
