"""`path.py export github`, and the script that it writes, run against a stand-in."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from djangopath import catalogue
from djangopath.pages import task_page
from tests.path_fixture import SKELETON, SLUGS, TASKS_MD, TITLES, Repository

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a script cannot stand for gh.exe"
)
STAND_IN = Path(__file__).with_name("stand_in_gh.py")
REPOSITORY = {
    "full_name": "ada/blog",
    "html_url": "https://github.com/ada/blog",
    "has_issues": True,
    "archived": False,
    "permissions": {"push": True},
}
AWKWARD = [
    "\"Quoted\" 'twice' \"\"\" ''' \\",
    "$(touch ran) `touch ran` ${HOME} %PATH%",
    "--title=taken",
    "two\nlines\r\nand\ta tab",
    "{braces} {0} {{ x }} {% raw %}",
    "é \U0001f98a \u2028 # What is made: end",
]


class GitHub:
    """The learner's repository, the exported script and the stand-in for gh."""

    def __init__(self, root: Path) -> None:
        self.repo = Repository(root / "learner's work")
        self.file = root / "github.json"
        self.bin = root / "some bin"
        self.bin.mkdir()
        program = self.bin / "gh"
        command = shlex.join([sys.executable, "-S", str(STAND_IN)])
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        empty: dict[str, Any] = {"labels": [], "milestones": [], "issues": []}
        self.state = empty | {"changes": 0, "will": {}, "repository": REPOSITORY}

    @property
    def state(self) -> dict[str, Any]:
        """What GitHub holds."""
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.file.write_text(json.dumps(state), encoding="utf-8")

    def change(self, **state: Any) -> None:
        """Changes what GitHub holds, or how the stand-in behaves."""
        self.state = self.state | state

    def export(self, *words: str) -> None:
        """Writes the script anew."""
        done = self.repo.run("export", "github", *words)
        assert done.returncode == 0, done.stderr

    def run(self, *words: str, path: str | None = None) -> tuple[int, str, str]:
        """Runs the script; the exit code, what it says, and what goes wrong."""
        script = self.repo.root / "github_issues.py"
        where = path if path is not None else f"{self.bin}:/usr/bin:/bin"
        done = subprocess.run(
            [sys.executable, str(script), "--pause", "0", *words],
            env=self.repo.environ(PATH=where, GH_STATE=str(self.file)),
            cwd=self.file.parent,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def all_well(self, *words: str) -> str:
        """Runs the script to its end; what it says."""
        code, said, wrong = self.run(*words)
        assert (code, wrong) == (0, ""), wrong
        return said

    def slugs(self) -> list[str]:
        """The slugs that the markers of all issues name."""
        texts = [row["body"] for row in self.state["issues"]]
        lines = [text.splitlines()[-1] for text in texts]
        head, tail = "<!-- djangopath: blog/", " -->"
        return [line.removeprefix(head).removesuffix(tail) for line in lines]


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def test_first_run_makes_everything_and_the_second_nothing(github: GitHub) -> None:
    github.repo.tick("diagram")
    github.export()
    said = github.all_well()
    assert said.startswith("Repository ada/blog\n")
    state = github.state
    names = [row["name"] for row in state["labels"]]
    phases = ["Planning", "Feature development", "Testing"]
    assert names == [f"phase: {phase}" for phase in phases]
    (milestone,) = state["milestones"]
    assert milestone["title"] == "The blog"
    assert milestone["due_on"] == "2026-11-26T08:00:00Z"
    assert (
        "Checkpoint: The list of posts, shown to a friend."
        in (milestone["description"])
    )
    assert github.slugs() == SLUGS
    for number, (row, slug) in enumerate(zip(state["issues"], SLUGS, strict=True), 1):
        assert row["title"] == f"{number}. {TITLES[slug][0]}"
        assert row["labels"] == [f"phase: {TITLES[slug][2]}"]
        assert row["milestone"] == 1
        assert row["state"] == ("closed" if slug == "diagram" else "open")
    again = github.all_well()
    assert github.state == state
    assert "made" not in again and "closed" not in again
    assert again.endswith("6 tasks; the issues of 6 of them were there before.\n")


def test_a_tick_closes_its_issue_and_no_other(github: GitHub) -> None:
    github.export()
    github.all_well()
    github.repo.tick("post-list")
    github.export()
    assert "closed  issue #3 3. Show the published posts\n" in github.all_well()
    states = [row["state"] for row in github.state["issues"]]
    assert states == ["open", "open", "closed", "open", "open", "open"]
    assert github.state["issues"][2]["state_reason"] == "completed"
    assert github.state["milestones"][0]["state"] == "open"
    github.repo.tick(*SLUGS)
    github.export()
    assert "closed  milestone The blog\n" in github.all_well()
    everything = github.state["issues"] + github.state["milestones"]
    assert {row["state"] for row in everything} == {"closed"}


def test_a_new_plan_changes_the_milestone_s_date_only(github: GitHub) -> None:
    github.export()
    github.all_well()
    before = github.state
    later = TASKS_MD.replace("Thu 26 Nov", "Wed 2 Dec")
    github.repo.write("TASKS.md", later)
    github.export()
    assert "changed milestone The blog, due 2026-12-02\n" in github.all_well()
    before["milestones"][0]["due_on"] = "2026-12-02T08:00:00Z"
    assert github.state == before | {"changes": before["changes"] + 1}


@pytest.mark.parametrize("late", [False, True], ids=["not made", "answer lost"])
@pytest.mark.parametrize("fails", [1, 4, 5, 6, 11])
def test_a_run_that_fails_half_way_is_gone_on_with(
    github: GitHub, fails: int, late: bool
) -> None:
    """The eleventh change is the last: it closes the issue of the ticked task."""
    github.repo.tick("own-tests")
    github.export()
    github.change(will={"fails": fails, "late": late})
    code, _, wrong = github.run()
    assert code == 1 and "makes nothing twice" in wrong
    assert wrong.count("\n") == 1
    assert github.state["changes"] == fails
    github.change(will={})
    github.all_well()
    assert github.slugs() == SLUGS
    assert len(github.state["labels"]) == 3 and len(github.state["milestones"]) == 1
    assert [row["state"] for row in github.state["issues"]] == ["open"] * 5 + ["closed"]


def test_what_the_learner_changed_on_github_stays(github: GitHub) -> None:
    github.change(
        labels=[{"name": "Phase: planning", "color": "ffffff"}],
        issues=[
            {
                "number": 1,
                "title": "A pull request that quotes an issue",
                "body": "<!-- djangopath: blog/post-list -->",
                "state": "closed",
                "pull_request": {},
            }
        ],
        will={"merged": True},
    )
    github.export()
    github.all_well()
    state = github.state
    assert len(state["issues"]) == 7 and len(state["labels"]) == 3
    edited = state["issues"][3]
    edited["title"] = "My own title"
    edited["body"] = edited["body"].replace("\n", "\r\n") + "\r\n\r\nDone with that."
    state["milestones"][0]["title"] = "My own milestone"
    state["issues"][4]["state"] = "closed"
    github.state = state
    github.all_well()
    assert github.state == state


def test_a_milestone_of_the_same_title_is_taken(github: GitHub) -> None:
    own = {"number": 7, "title": "The blog", "description": None, "state": "open"}
    github.change(milestones=[own | {"due_on": None}])
    github.export()
    github.all_well()
    (milestone,) = github.state["milestones"]
    assert milestone["due_on"] and milestone["description"] is None
    assert {row["milestone"] for row in github.state["issues"]} == {7}


def test_a_dry_run_says_all_and_changes_nothing(github: GitHub) -> None:
    github.repo.tick("diagram")
    github.export()
    before = github.state
    said = github.all_well("--dry-run")
    assert github.state == before
    assert "nothing is changed" in said
    assert "made    milestone The blog, due 2026-11-26\n" in said
    assert "made    issue 6. Write tests of your own\n" in said
    assert "closed  issue 1. Draw the entities\n" in said
    log = github.file.with_suffix(".log").read_text("utf-8")
    assert {line.split()[0] for line in log.splitlines()} == {"GET"}


def test_awkward_titles_are_data(github: GitHub) -> None:
    project = github.repo.root / ".path/project.json"
    data = json.loads(project.read_text(encoding="utf-8"))
    for task, title in zip(data["tasks"], AWKWARD, strict=True):
        task["title"] = title
        github.repo.write(task["page"], f"# {title}\n\n{title}\n\n```\n{title}\n```\n")
    data["milestones"][0].update(title=AWKWARD[0], goal=AWKWARD[1])
    for task in data["tasks"]:
        task["milestone"] = AWKWARD[0]
    project.write_text(json.dumps(data), encoding="utf-8")
    github.export()
    github.all_well()
    state = github.state
    wanted = [f"{n}. {' '.join(title.split())}" for n, title in enumerate(AWKWARD, 1)]
    assert [row["title"] for row in state["issues"]] == wanted
    assert github.slugs() == SLUGS
    for row, title in zip(state["issues"], AWKWARD, strict=True):
        code = "\n".join(title.splitlines())
        assert f"```\n{code}\n```" in row["body"]
    assert state["milestones"][0]["title"] == AWKWARD[0]
    assert not list(github.repo.root.parent.rglob("ran"))
    github.all_well()
    assert github.state == state


PAGE = """\
# 3. Show the published posts

Read [the task before](02-post-model.md) and [its
test](../acceptance/test_post_list.py#L3), [Django](https://docs.djangoproject.com/), or
[below](#below). Put @login_required on it, see #12, write to ada@example.com.

1. Write `[a](b.md)
   @x` and ``the `@y` ``
   in two lines.

   ```python
   @login_required
   def post_list(request): ...  # [a](b.md)
   ```
2. A second one.

| a | b |
| --- | --- |
| @c | 1 |

    @indented
    code
"""
ISSUE = """\
Read [the task before](https://github.com/ada/blog/blob/HEAD/tasks/02-post-model.md) \
and [its test](https://github.com/ada/blog/blob/HEAD/acceptance/test_post_list.py#L3), \
[Django](https://docs.djangoproject.com/), or [below](#below). Put \
@<!-- -->login_required on it, see #<!-- -->12, write to ada@example.com.

1. Write `[a](b.md) @x` and ``the `@y` `` in two lines.

   ```python
   @login_required
   def post_list(request): ...  # [a](b.md)
   ```
2. A second one.

| a | b |
| --- | --- |
| @<!-- -->c | 1 |

    @indented
    code

<!-- djangopath: blog/post-list -->"""


def test_the_page_reads_well_as_an_issue(github: GitHub) -> None:
    """Its links work, its paragraphs are not broken, it calls nobody, code stays."""
    github.repo.write("tasks/03-post-list.md", PAGE)
    github.export()
    github.all_well()
    assert github.state["issues"][2]["body"] == ISSUE


def test_every_page_of_the_catalogue_reads_the_same_as_an_issue() -> None:
    """Set out as HTML, nothing differs but line breaks in paragraphs, and addresses."""
    issue_text = runpy.run_path(str(SKELETON / ".path/issue_text.py"))["issue_text"]
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    seen = 0
    for slug in catalogue.slugs():
        project = catalogue.load(slug)
        for task in project.tasks:
            page = task_page(project, task)
            text = issue_text(page)
            body = page.partition("\n")[2]
            wanted, got = html(markdown, body), html(markdown, text)
            assert got.replace("<!-- -->", "") == wanted, task.slug
            assert not BREAK.search(markdown.render(text)), task.slug
            assert re.findall(r'href="(?!https?:|repository:tasks/)', got) == []
            seen += got.count("repository:")
    assert seen > 50


BREAK = re.compile(r"<p>[^<]*\n")


def html(markdown: MarkdownIt, text: str) -> str:
    """A text as HTML, a break in a paragraph as a space, links to pages in full."""
    tokens = markdown.parse(text)
    for token in tokens:
        for child in token.children or []:
            if child.type == "softbreak":
                child.type, child.content = "text", " "
            target = child.attrs.get("href")
            if child.type == "link_open" and re.match(r"[\w-]+\.md", str(target)):
                child.attrs["href"] = f"repository:tasks/{target}"
    whole = markdown.renderer.render(tokens, markdown.options, {})
    return re.sub(r" +", " ", str(whole))


def test_a_page_longer_than_an_issue_is_cut(github: GitHub) -> None:
    github.repo.write("tasks/03-post-list.md", "# 3\n\n" + "A line.\n\n" * 9000)
    github.export()
    github.all_well()
    assert github.state["issues"][2]["body"].endswith(
        "A line.\n\n…\n\n<!-- djangopath: blog/post-list -->"
    )


def test_it_is_run_for_its_own_folder_in_a_hook_of_git_too(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.export()
    monkeypatch.setenv("GIT_DIR", str(github.repo.root / "other.git"))
    assert "6 tasks" in github.all_well("--dry-run")


@pytest.mark.parametrize(
    ("will", "says"),
    [
        ({"says": "To get started with GitHub CLI, please run:  gh auth login",
          "code": 4}, "gh is not signed in"),
        ({"says": "gh: Bad credentials (HTTP 401)"}, "gh is not signed in"),
        ({"says": "no git remotes found"}, "Push it there first"),
        ({"says": "failed to run git: fatal: not a git repository"}, "Push it there"),
        ({"says": "gh: Not Found (HTTP 404)"}, "no such repository"),
        ({"says": "gh: You have exceeded a secondary rate limit (HTTP 403)"},
         "GitHub asks for a pause"),
        ({"says": "error connecting to api.github.com"}, "error connecting"),
        ({"says": "failed to run git: fatal: detected dubious ownership in repository "
          "at '/srv/blog'\nTo add an exception for this directory, call:\n\n\tgit "
          "config --global --add safe.directory /srv/blog"}, "dubious ownership"),
        ({"says": ""}, "exit code 1"),
    ],
)  # fmt: skip
def test_what_gh_cannot_do_is_a_sentence(
    github: GitHub, will: dict[str, Any], says: str
) -> None:
    github.export()
    github.change(will={"always": True} | will)
    code, said, wrong = github.run()
    assert (code, said) == (1, "")
    assert says in wrong and wrong.count("\n") == 1
    assert github.state["changes"] == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"has_issues": False}, "Issues are turned off in ada/blog"),
        ({"archived": True}, "ada/blog is archived"),
        ({"permissions": {"push": False}}, "You may not write to ada/blog"),
    ],
)
def test_a_repository_that_cannot_take_issues_is_a_sentence(
    github: GitHub, change: dict[str, Any], says: str
) -> None:
    github.export()
    github.change(repository=REPOSITORY | change)
    code, said, wrong = github.run()
    assert (code, said) == (1, "")
    assert says in wrong and wrong.count("\n") == 1
    assert github.state["changes"] == 0


@pytest.mark.parametrize("prints", ["<html>", "[]", "{}", '{"full_name": "a/b"}'])
def test_an_answer_that_makes_no_sense_is_a_sentence(
    github: GitHub, prints: str
) -> None:
    github.export()
    github.change(will={"prints": prints})
    code, said, wrong = github.run()
    assert (code, said) == (1, "")
    assert "cannot be read" in wrong and wrong.count("\n") == 1


def test_without_gh_it_says_where_to_get_it(github: GitHub) -> None:
    github.export()
    code, said, wrong = github.run(path=str(github.repo.root))
    assert (code, said) == (1, "")
    assert "https://cli.github.com" in wrong and wrong.count("\n") == 1


def test_another_repository_can_be_named(github: GitHub) -> None:
    github.export()
    assert github.all_well("--repo", "ada/blog").startswith("Repository ada/blog")
    for name in ("--paginate/x", "ada", "a/b/c", "$(touch ran)/x", "ada/other"):
        code, _, wrong = github.run(f"--repo={name}")
        assert code == 1 and wrong.count("\n") == 1, wrong
    assert not list(github.repo.root.parent.rglob("ran"))


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda repo: (repo.root / "tasks/03-post-list.md").unlink(),
         "git checkout -- tasks/03-post-list.md"),
        (lambda repo: repo.write(".path/github_issues.py", "print(1)"),
         ".path/github_issues.py cannot be read"),
    ],
)  # fmt: skip
def test_what_is_missing_is_a_sentence(
    github: GitHub, break_it: Callable[[Repository], object], says: str
) -> None:
    break_it(github.repo)
    done = github.repo.run("export", "github")
    assert done.returncode == 1 and says in " ".join(done.stderr.split())
    assert not (github.repo.root / "github_issues.py").exists()


def test_tasks_without_dates_have_a_milestone_without_one(github: GitHub) -> None:
    github.repo.write("TASKS.md", TASKS_MD.replace("Day", "Tag"))
    github.export()
    assert "made    milestone The blog\n" in github.all_well()
    assert "due_on" not in github.state["milestones"][0]
    assert github.slugs() == SLUGS
