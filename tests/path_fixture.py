"""A small made-up learner's repository, for the tests of path.py."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent.parent
SKELETON = HERE / "{{cookiecutter.project_slug}}"

TITLES = {
    "diagram": ("Draw the entities", 1.5, "Planning"),
    "post-model": ("Write the model of a post", 2, "Feature development"),
    "post-list": ("Show the published posts", 2, "Feature development"),
    "categories": ("Sort posts into categories", 2.5, "Feature development"),
    "comments": ("Let readers comment", 3, "Feature development"),
    "own-tests": ("Write tests of your own", 1.5, "Testing"),
}
SLUGS = list(TITLES)
TOPICS = {
    "diagram": ["data-modelling"],
    "post-model": ["models"],
    "post-list": ["views", "templates"],
    "categories": ["models", "views"],
    "comments": ["forms"],
    "own-tests": ["testing"],
}

TASKS_MD = """\
# Tasks of Personal Blog

6 tasks · 12.5 h · starts Fri 20 Nov 2026 · 2.5 h a day, 5 days a week · finishes \
Thu 26 Nov 2026

## Week 1 · the blog

### Day 1 · Fri 20 Nov · 2.5 h

- [ ] **1. Draw the entities** · 1.5 h · Planning · \
[tasks/01-diagram.md](tasks/01-diagram.md)
- [ ] **2. Write the model of a post** · 2 h · Feature development · \
[tasks/02-post-model.md](tasks/02-post-model.md)

## Week 2 · the blog

### Day 2 · Mon 23 Nov · 2.5 h

- [ ] **3. Show the published posts** · 2 h · Feature development · \
[tasks/03-post-list.md](tasks/03-post-list.md)

### Day 3 · Tue 24 Nov · 2.5 h

- [ ] **4. Sort posts into categories** · 2.5 h · Feature development · \
[tasks/04-categories.md](tasks/04-categories.md)

### Day 4 · Wed 25 Nov · 2.5 h

- [ ] **5. Let readers comment** · 3 h · Feature development · \
[tasks/05-comments.md](tasks/05-comments.md)

### Day 5 · Thu 26 Nov · 2.5 h

- [ ] **6. Write tests of your own** · 1.5 h · Testing · \
[tasks/06-own-tests.md](tasks/06-own-tests.md)
"""

MILESTONE = {
    "title": "The blog",
    "week": 2,
    "goal": "Readers find the posts.",
    "checkpoint": "The list of posts, shown to a friend.",
}
REQUIREMENTS = [
    {"id": "FR-1", "text": "Visitors read published posts."},
    {"id": "NFR-1", "text": "A list of posts takes 3 queries, however many there are."},
]

PAGE = """\
# {number}. {title}

A visitor opens `/posts/` and sees the published posts.

1. Write a view `post_list`.
2. Give it the path `posts/`.

```python
def post_list(request): ...
```

[Making queries](https://docs.djangoproject.com/en/5.2/topics/db/queries/)
"""

VIEWS = """\
from django.shortcuts import render
# task categories: begin
from blog.models import Category, Post
# task post-list: was
# from blog.models import Post
# task categories: end


# task post-list: begin
def post_list(request):
    return render(request, "blog/post_list.html", {"posts": Post.objects.all()})
# task post-list: stub
# posts = None
# task post-list: end
"""

# Does what the file `outcome.json` says: it stands for the real runner.
STUB_RUNNER = """\
import argparse, json, os, sys, time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--report", type=Path)
parser.add_argument("--timeout", type=float)
parser.add_argument("--further", type=Path)
parser.add_argument("files", nargs="+")
options = parser.parse_args()
with open("runs.txt", "a") as log:
    log.write(f"{options.timeout:g} {' '.join(options.files)}\\n")
plan = json.loads(Path("outcome.json").read_text(encoding="utf-8"))
print(plan.get("says", ""), flush=True)
if plan.get("sleep"):
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    Path("pids.txt").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(plan["sleep"])
if "raw" in plan:
    options.report.write_text(plan["raw"])
if "exit" in plan:
    os._exit(plan["exit"])
if "raw" not in plan:
    passed = [
        {"file": file, "name": "test_it", "outcome": "passed", "when": "call",
         "notyet": None, "error": None, "text": ""}
        for file in options.files
    ]
    fails = plan.get("fails", {})
    failed = [test for file in options.files for test in fails.get(file, [])]
    outcome = "failed" if failed else "passed"
    report = {"outcome": outcome, "tests": failed or passed, "crash": None, "seed": 1}
    options.report.write_text(json.dumps(report | plan.get("report", {})))
"""


def packed(data: object) -> str:
    """Data as the bake packs it: base64 of compressed JSON, in short lines."""
    text = base64.b64encode(zlib.compress(json.dumps(data).encode())).decode()
    return "\n".join(textwrap.wrap(text, 76)) + "\n"


def task_data(number: int, slug: str) -> dict[str, Any]:
    """A task as project.json holds it."""
    title, hours, phase = TITLES[slug]
    return {
        "slug": slug,
        "number": number,
        "title": title,
        "hours": hours,
        "phase": phase,
        "milestone": "The blog",
        "page": f"tasks/{number:02}-{slug}.md",
        "test": f"acceptance/test_{slug.replace('-', '_')}.py",
        "topics": TOPICS[slug],
        "serves": ["FR-1", "NFR-1"] if slug == "post-list" else ["FR-1"],
    }


def result_of(
    name: str, outcome: str = "failed", file: str = "post_list", **more: Any
) -> dict[str, Any]:
    """A test's result as the runner reports it."""
    return {
        "file": f"acceptance/test_{file}.py",
        "name": name,
        "outcome": outcome,
        "when": "call",
        "notyet": None,
        "error": None,
        "text": "",
    } | more


NOT_YET = {
    "did": "Opened GET /posts/ as a visitor, with 3 published posts and 1 draft in "
    "the database.",
    "wanted": "no draft on the page (FR-2: drafts are seen by their author only).",
    "got": 'the draft "Quiet harbours" is listed.',
    "look": "blog/views.py, post_list",
}


def load_path(root: Path) -> ModuleType:
    """The path.py of that folder as a module; its parts are ``path_parts.NAME``.

    Those of another folder are forgotten, but for who has them already.
    """
    for name in [name for name in sys.modules if name.startswith("path_parts")]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location("learners_path", root / "path.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_parts(root: Path, *names: str) -> list[ModuleType]:
    """Parts of the path.py of that folder; nothing is compiled into it."""
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        part = load_path(root).part
        return [part(name) for name in names]
    finally:
        sys.dont_write_bytecode = writes


class Repository:
    """A learner's repository with path.py, built in a folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.python = root, sys.executable
        self.write("TASKS.md", TASKS_MD)
        tasks = [task_data(number, slug) for number, slug in enumerate(SLUGS, 1)]
        self.write(
            ".path/project.json",
            json.dumps(
                {
                    "format": 1,
                    "project": "blog",
                    "title": "Personal Blog",
                    "milestones": [MILESTONE],
                    "requirements": REQUIREMENTS,
                    "tasks": tasks,
                },
                indent=1,
            ),
        )
        for task in tasks:
            self.write(task["page"], PAGE.format(**task))
            self.write(task["test"], "")
        hints = {slug: [f"Which way, {slug}?", "Sort with `-`.", "Nearly there."]
                 for slug in SLUGS}  # fmt: skip
        self.write(".path/hints.pack", packed(hints))
        files = {"blog/views.py": VIEWS, "config/urls.py": "urlpatterns = []\n"}
        files["blog/new.py"] = "# task post-list: file\nNEW = 1\n"
        files["static/places.json"] = "[]\n"
        owned = {"static/places.json": "post-list"}
        reference = {"order": SLUGS, "owned": owned, "files": files}
        self.write(".path/reference.pack", packed(reference))
        self.write("acceptance/__init__.py", "")
        self.write("acceptance/__main__.py", STUB_RUNNER)
        self.write("outcome.json", "{}")
        shutil.copy(SKELETON / "path.py", root)
        for part in SKELETON.glob(".path/*.*"):
            shutil.copy(part, root / ".path")
        for name in ("checklist.py", "git.py", "regions.py", "schedule.py"):
            shutil.copy(HERE / "djangopath" / name, root / ".path" / name)

    def write(self, path: str, text: str | bytes) -> Path:
        """Writes a file, as it is given."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    @property
    def tasks(self) -> bytes:
        """TASKS.md as it stands."""
        return (self.root / "TASKS.md").read_bytes()

    def tick(self, *slugs: str) -> bytes:
        """Ticks tasks by hand; gives TASKS.md back."""
        text = self.tasks
        for slug in slugs:
            text = re.sub(rb"\[ \]([^\r\n]*-%s\.md\))" % slug.encode(), rb"[x]\1", text)
        self.write("TASKS.md", text)
        return text

    def will(self, **plan: Any) -> None:
        """What the stand-in for the runner does next."""
        self.write("outcome.json", json.dumps(plan))

    def will_fail(self, *tests: dict[str, Any]) -> None:
        """The next run fails with these tests."""
        self.will(report={"outcome": "failed", "tests": tests})

    def command(self, *words: str) -> list[str]:
        """The command line of path.py."""
        return [self.python, str(self.root / "path.py"), *words]

    def environ(self, **variables: str) -> dict[str, str]:
        """An environment without what the machine at hand has set."""
        own = {"COLUMNS", "NO_COLOR", "FORCE_COLOR", "PATH_TIMEOUT", "PYTHONPATH"}
        kept = {key: value for key, value in os.environ.items() if key not in own}
        return kept | {"PYTHONIOENCODING": "utf-8"} | variables

    def run(
        self,
        *words: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        **options: Any,
    ) -> subprocess.CompletedProcess[str]:
        """Runs path.py; its output must never hold a traceback."""
        result = subprocess.run(
            self.command(*words),
            cwd=cwd or self.root,
            env=self.environ(**(env or {})),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=180,
            check=False,
            **options,
        )
        assert "Traceback" not in result.stderr, result.stderr
        assert "Exception ignored" not in result.stderr, result.stderr
        return result


VIEW = "from django.http import HttpResponse\ndef home(request):\n"
SETTINGS = """\
SECRET_KEY = "x"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
URLS = """\
from django.urls import path
import views
urlpatterns = [path("", views.home)]
"""
HOME_TEST = """\
def test_home(visitor):
    page = visitor.get('/')
    page.expect_status(200, look='views.py, home')
    page.expect_shows('Hello', wanted='a greeting', look='views.py, home')
"""


def make_real(repo: Repository, python: Path) -> None:
    """Gives it the real runner and a Django project of one view, still to be written.

    Args:
        repo: the repository.
        python: of an environment with a project's pins.
    """
    repo.python = str(python)
    for name in (
        *("__init__.py", "__main__.py", "asserting.py", "further.py"),
        *("own_tests.py", "plain.py", "results.py", "support.py"),
    ):
        repo.write(f"acceptance/{name}", (SKELETON / "acceptance" / name).read_bytes())
    repo.write("conftest.py", (SKELETON / "conftest.py").read_bytes())
    repo.write(
        "pyproject.toml",
        '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "settings"\n',
    )
    repo.write("settings.py", SETTINGS)
    repo.write("urls.py", URLS)
    repo.write("acceptance/test_diagram.py", HOME_TEST)
