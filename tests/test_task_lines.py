"""Tasks in TASKS.md: known by their links, wherever Markdown lets them stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from djangopath import checklist
from tests.formatters import INDENTS, wrapped
from tests.path_fixture import SKELETON, SLUGS, TASKS_MD, Repository, load_parts
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

task_lines, plan_days, board_tasks = load_parts(
    SKELETON, "task_lines", "plan_days", "board_tasks"
)

PAGE = "[page](tasks/03-post-list.md)"


@pytest.mark.parametrize(
    "text",
    [
        f"- [x] **3. Show the posts** · 2 h · {PAGE}",
        f"1. [x] {PAGE}",
        f"12) [x] {PAGE}",
        f"* [X] {PAGE}",
        f"- mine\n  - [x] {PAGE}",
        f"1. mine\n   1. [x] {PAGE}",
        f"- - [x] {PAGE}",
        f"> 1. [x] {PAGE}",
        f"> > + [x] {PAGE}",
        f"- [x]\n  {PAGE}",
        f"- [x] Show\n  the posts ·\n  {PAGE}",
        f"- [x] Show the posts ·\n{PAGE}",
        f"> - [x] Show\n>   the posts ·\n>   {PAGE}",
        f"- [x] Show\r\n  the posts\r\n  {PAGE}",
        "- [x] [page](./tasks/03-post-list.md)",
        "- [x] [page](/tasks/03-post-list.md)",
        "- [x] [page](<tasks/03-post-list.md>)",
        "- [x] [page](<./tasks/03-post-list.md>)",
        "- [x] [page](tasks/03-post-list.md#what-to-do)",
        "- [x] [page](tasks/03-post-list.md?plain=1#L3)",
        '- [x] [page](tasks/03-post-list.md "The list (of posts)")',
        "- [x] [page](tasks/03-post-list.md 'The list')",
        "- [x] [page](./tasks/03-post-list.md#do (the list))",
        '- [x] [page](\n  tasks/03-post-list.md\n  "The list"\n  )',
        "- [x] [page][3]\n\n[3]: tasks/03-post-list.md",
        "[3]: <./tasks/03-post-list.md#do> 'The list'\n\n- [x] Show [page][3] to Ben",
        "- [x] [The List][]\n\n> [the  list]: tasks/03-post-list.md",
        "- [x] [3] and more\n\n[3]: tasks/03-post-list.md",
        # What hides nothing: a fence or a comment that no line closes, or that a list
        # or quote has closed by its end.
        f"```sh\n- [x] {PAGE}",
        f"~~~\n```\n- [x] {PAGE}",
        f"````\n- [x] {PAGE}\n```",
        f"``` a`b\n- [x] {PAGE}\n```",
        f"<!-- to do\n- [x] {PAGE}",
        f"-->\n- [x] {PAGE}\n<!--",
        f"```\nls\n```\n- [x] {PAGE}\n```\nls\n```",
        f"<!-- mine -->\n- [x] {PAGE}\n<!-- mine -->",
        f"- mine\n  ```\n  ls\n- [x] {PAGE}\n\n```\nls\n```",
        f"> ```\n> ls\n\n- [x] {PAGE}\n\n> ```",
    ],
)
def test_a_task_is_known_by_its_link(text: str) -> None:
    raw = text.encode()
    assert task_lines.boxes(raw) == {"post-list": True}
    assert task_lines.tick(raw, "post-list") == raw
    unticked = raw.replace(b"[x]", b"[ ]").replace(b"[X]", b"[ ]")
    assert task_lines.boxes(unticked) == {"post-list": False}
    assert task_lines.tick(unticked, "post-list") == unticked.replace(b"[ ]", b"[x]")


@pytest.mark.parametrize("box", '/-><!?*"~')
def test_a_box_with_another_mark_is_listed_and_not_ticked(box: str) -> None:
    """Obsidian's boxes for what is under way or dropped, and those of its themes."""
    text = f"- [{box}] {PAGE}\n".encode()
    assert task_lines.boxes(text) == {"post-list": False}
    assert task_lines.tick(text, "post-list") == f"- [x] {PAGE}\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        f"```\n- [x] {PAGE}\n```",
        f"~~~ md\n\n- [x] {PAGE}\n```\n~~~~",
        f"- mine\n  ```\n  - [x] {PAGE}\n  ```",
        f"- ```\n  - [x] {PAGE}\n  ```",
        f"> ```\n> - [x] {PAGE}\n> ```",
        f"<!--\n- [x] {PAGE}\n-->",
        f"<!-- not\n\n- [x] {PAGE} -->",
        f"<!-- - [x] {PAGE} -->",
        f"- [x] mine\n\n{PAGE}",
        f"- [x] mine\n- {PAGE}",
        f"- [x] mine\n# {PAGE}",
        f"- [x] mine\n> {PAGE}",
        f"- [x] mine\n---\n{PAGE}",
        f"[x] {PAGE}",
        f"-[x] {PAGE}",
        f"- [y] {PAGE}",
        f"- [] {PAGE}",
        "- [x](tasks/03-post-list.md)",
        "- [x] tasks/03-post-list.md",
        "- [x] [page](tasks/post-list.md)",
        "- [x] [page](https://example.com/tasks/03-post-list.md)",
        "- [x] [page][3]",
        "- [x] [page][3]\n\n```\n[3]: tasks/03-post-list.md\n```",
    ],
)
def test_what_is_no_task(text: str) -> None:
    assert task_lines.boxes(text.encode()) == {}
    assert task_lines.tick(text.encode(), "post-list") is None


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("indent", INDENTS.values(), ids=INDENTS)
def test_a_formatter_may_wrap_the_lines(indent: int, width: int) -> None:
    text = TASKS_MD.replace("- [ ] **2.", "- [x] **2.")
    raw = wrapped(text, indent, width).encode()
    assert raw != text.encode()
    assert list(task_lines.boxes(raw)) == SLUGS
    assert task_lines.ticked(raw) == ["post-model"]
    assert plan_days.planned_days(raw) == plan_days.planned_days(text.encode())
    known = set(SLUGS)
    assert board_tasks.weeks(raw, known) == board_tasks.weeks(text.encode(), known)


def test_path_py_takes_a_wrapped_file(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.write("TASKS.md", before := wrapped(TASKS_MD, 6, 60).encode())
    assert repo.run("check").returncode == 0
    assert repo.tasks == before.replace(b"[ ]", b"[x]", 1)
    said = repo.run("--today", "2026-11-23").stdout
    assert "1 of 6 tasks" in said
    assert "Day 2 of 5, on plan" in said


def test_the_note_behind_a_link_is_the_one_that_the_bake_writes() -> None:
    for days in (1, 2):
        note = checklist.over_note(checklist.Fraction(5, 2), days)
        for text in (note, note.replace(" ", "\n      ")):
            raw = f"- [x] {PAGE}{text}\nmine"
            (task,) = task_lines.read(raw.encode()).tasks
            assert task.last == text.count("\n")
            assert checklist.NOTE.sub("", text) == ""


def test_a_long_file_is_read_to_its_end() -> None:
    """Shapes in which a pattern could try each way through the text anew."""
    count = 30_000
    shapes = [
        "- " + " " * count,
        "- " * count,
        "](" * count,
        "- [x] " + '](tasks/1-a.md "' * count,
        "- [x] " + "](tasks/1-a.md " * count,
        "- [x] ](tasks/1-" + "a-" * count,
        "- [x] " + "[" * count + "\n\n[a]: tasks/1-a.md",
        f"- [x] {PAGE}" + " " * count + "x",
        "> " * count + "[x]",
        "`" * count,
        "``` x\n" * count,
        "<!--\n" * count,
        "- [x] a\n" * count,
        "\r" * count,
        "starts " * count,
        "· starts \n" * count,
    ]
    for shape in shapes:
        text = f"{shape}\n\n- [x] {PAGE}\n".encode()
        assert "post-list" in task_lines.boxes(text)
        plan_days.planned_days(text)
