"""The home of what projects share: what takes it in, and what is refused.

A copy that stands in two projects would have to be mended twice, so copies are found.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from djangopath import catalogue, pages
from djangopath.errors import SpecError
from djangopath.finish import START, documents
from djangopath.lay import code_files, cut_files, lay, texts
from djangopath.regions import RegionError, cut
from djangopath.shared import expanded, shared_by
from tools import lint_code

HOME = catalogue.SPECS / "shared"
ORDER = ["first", "second", "third"]

# The longest runs that may stand in two projects: what is left below them is the shape
# of every Django project (a list of apps, a class), or a sentence of advice.
MOST_LINES = 18
MOST_WORDS = 35
SMALL_FILE = 10


def users(suffix: str, name: str) -> set[str]:
    """The projects that take this shared file in."""
    found = set()
    for slug in catalogue.slugs():
        folder = catalogue.SPECS / slug
        if suffix == "texts":
            yaml_ = [folder / "spec.yaml", folder / "tasks.yaml"]
            if any(f"{{shared {name[:-3]}}}" in f.read_text("utf-8") for f in yaml_):
                found.add(slug)
            continue
        for path, file in code_files(folder / "code"):
            try:
                lines = file.read_text("utf-8").split("\n")
            except UnicodeDecodeError:
                continue
            if any(shared_by(line, path) == name for line in lines):
                found.add(slug)
    return found


# Two projects that take in much alike; any two of that kind would do.
FIRST, SECOND, *_ = sorted(
    users("code", "accounts/admin.py") & users("texts", "deployment/github.md")
)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The empty code of a project, beside a home of three shared files."""
    write(
        tmp_path / "specs/shared/code",
        {
            "whole.py": "#!/usr/bin/env python\nimport os\n",
            "config/piece.py": "\nALPHA = 1\n\nif ALPHA:\n    BETA = 2\n\n",
            "static/piece.css": "a {\n  color: red;\n}\n",
        },
    )
    folder = tmp_path / "specs/demo/code"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


def cut_of(code: Path, done: int) -> dict[str, str | None]:
    return {laid.path: laid.text for laid in cut_files(code, ORDER, done, {})}


# ------------------------------------------------------------------- files of the code


def test_a_line_is_replaced_by_the_file_and_indented_as_it_was(code: Path) -> None:
    write(
        code,
        {
            "settings.py": "if True:\n    # shared: config/piece.py\nEND = 1\n",
            "a.css": "/* shared: static/piece.css */\n\nb {\n  color: blue;\n}\n",
            "templates/a.html": "<div>\n  {# shared: static/piece.css #}\n</div>\n",
            "a.svg": "<!-- shared: static/piece.css -->\n",
        },
    )
    piece = "a {\n  color: red;\n}\n"
    indented = "  a {\n    color: red;\n  }\n"
    assert cut_of(code, 0) == {
        "settings.py": "if True:\n    ALPHA = 1\n\n    if ALPHA:\n        BETA = 2\n"
        "END = 1\n",
        "a.css": f"{piece}\nb {{\n  color: blue;\n}}\n",
        "templates/a.html": f"<div>\n{indented}</div>\n",
        "a.svg": piece,
    }


def test_a_whole_file_belongs_to_the_task_that_the_project_names(
    code: Path, tmp_path: Path
) -> None:
    write(code, {"run.py": "# task second: file\n# shared: whole.py\n"})
    (code / "run.py").chmod(0o755)
    assert cut_of(code, 1) == {}
    assert cut_of(code, 2) == {"run.py": "#!/usr/bin/env python\nimport os\n"}
    lay(code, tmp_path / "target", ORDER, 2)
    assert (tmp_path / "target/run.py").stat().st_mode & 0o100


def test_a_region_holds_a_shared_line_in_its_newest_form(code: Path) -> None:
    write(
        code,
        {
            "a.py": "# task second: begin\n# shared: config/piece.py\n"
            "# task first: was\n# OLD = 1\n# task second: end\n"
        },
    )
    assert cut_of(code, 0) == {}
    assert cut_of(code, 1) == {"a.py": "OLD = 1\n"}
    assert cut_of(code, 2) == {"a.py": "ALPHA = 1\n\nif ALPHA:\n    BETA = 2\n"}


def test_what_only_speaks_of_sharing_stays(code: Path) -> None:
    for line in (
        "# shared: by all processes",
        "# what is shared: nothing",
        'NAME = "shared: whole.py"',
        "// shared: whole.py",
    ):
        assert expanded(line, "a.py", code.parent.parent / "shared/code") == line
    assert shared_by("# shared: whole.py", "data.json") is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("A = 1\n# shared: gone.py\n", 2, "there is no specs/shared/code/gone.py"),
        ("# shared: config\n", 1, "there is no specs/shared/code/config"),
        ("# shared: ../texts/a.md\n", 1, "there is no specs/shared/code/../texts"),
        ("# shared: /etc/passwd\n", 1, "there is no specs/shared/code//etc/passwd"),
        ("A = 1  # shared: whole.py\n", 1, "must stand alone on its line"),
        ("\n# shared: marked.py\n", 2, "marked.py, line 2, holds a marker of a task"),
        ("# shared: nested.py\n", 1, "nested.py, line 1, takes in another shared"),
        ("# shared: latin.py\n", 1, "latin.py is not UTF-8"),
        (
            "A = 1\n# task first: begin\nB = 1\n# task first: stub\n"
            "# # shared: whole.py\n# task first: end\n",
            2,
            "under 'was' or 'stub' of this region; write these lines out",
        ),
        (
            "# task second: begin\n# task first: was\n# shared: whole.py\n"
            "# task second: end\n",
            1,
            "under 'was' or 'stub' of this region; write these lines out",
        ),
        (
            "# shared: config/piece.py\n# task fourth: begin\n# task fourth: end\n",
            2,
            "task 'fourth' does not stand in tasks.yaml",
        ),
    ],
)
def test_a_mistake_is_named_by_file_and_line(
    code: Path, tmp_path: Path, text: str, line: int, says: str
) -> None:
    home = code.parent.parent / "shared/code"
    write(
        home,
        {
            "marked.py": "A = 1\nB = 2  # task first: line\n",
            "nested.py": "# shared: whole.py\n",
        },
    )
    (home / "latin.py").write_bytes(b"A = '\xe9'\n")
    write(code, {"kept.py": "", "settings.py": text})
    with pytest.raises(RegionError) as caught:
        lay(code, tmp_path / "target", ORDER, 3)
    message = str(caught.value)
    assert message.startswith(f"settings.py, line {line}: ")
    assert says in message and "\n" not in message
    assert not (tmp_path / "target").exists()


def test_the_linter_reads_the_code_with_the_shared_files_in_their_places(
    specs: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "SPECS", specs)
    monkeypatch.setattr(catalogue, "slugs", lambda: [FIRST])
    assert lint_code.main() == 0
    piece = specs / "shared/code/config/settings/logging.py"
    piece.write_text("LEVEL = UNKNOWN\n", "utf-8")
    whole = shutil.copytree(specs, specs.parent / "changed/specs")
    monkeypatch.setattr(catalogue, "SPECS", whole)
    assert lint_code.main() == 1
    said = capfd.readouterr().out
    assert f"{FIRST}/config/settings.py" in said and "UNKNOWN" in said
    (whole / FIRST / "code/manage.py").write_text("# shared: gone.py\n", "utf-8")
    assert lint_code.main() == 1
    assert "manage.py, line 1: there is no specs/shared" in capfd.readouterr().err


# ------------------------------------------------------------------ paragraphs of texts


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalogue.SPECS, tmp_path / "specs"))


def changed(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_paragraph_is_filled_and_indented(specs: Path) -> None:
    write(
        specs / "shared/texts",
        {"a.md": "One for {colour}, ${kept} {version django}:\n\n- two\n"},
    )
    spec = specs / FIRST / "spec.yaml"
    changed(spec, "slots:\n", "slots:\n  colour: red\n")
    lines = "deployment: |\n  {shared a}\n\n  12. {shared a}\n"
    changed(spec, "deployment: |\n", lines)
    project = catalogue.load(FIRST, specs)
    django = project.version("django")
    assert project.spec["deployment"].startswith(
        f"One for red, ${{kept}} {django}:\n\n- two\n\n"
        f"12. One for red, ${{kept}} {django}:\n\n    - two\n"
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{shared gone}", "there is no specs/shared/texts/gone.md"),
        ("{shared ../code/a}", "there is no specs/shared/texts/../code/a.md"),
        ("See {shared plain}", "{shared NAME} stands alone on its line"),
        ("{shared plain}, and more", "{shared NAME} stands alone on its line"),
        ("{shared two words}", "{shared NAME} stands alone on its line"),
        ("{shared slot}", "slot.md has a slot {colour}; give it a text under slots:"),
        ("{shared nested}", "nested.md takes in another paragraph"),
    ],
)
@pytest.mark.parametrize("where", ["spec", "task"])
def test_a_mistake_in_a_text_is_named_by_file_line_and_key(
    specs: Path, line: str, says: str, where: str
) -> None:
    write(
        specs / "shared/texts",
        {"plain.md": "x\n", "slot.md": "{colour}\n", "nested.md": "{shared plain}\n"},
    )
    if where == "spec":
        file, key = specs / FIRST / "spec.yaml", "deployment"
        changed(file, "deployment: |\n", f"deployment: |\n  {line}\n")
    else:
        file, key = specs / FIRST / "tasks.yaml", "tasks[1].do"
        changed(file, "    do: |\n", f"    do: |\n      {line}\n")
    with pytest.raises(SpecError) as caught:
        catalogue.load(FIRST, specs)
    message = str(caught.value)
    text = file.read_text("utf-8").split("\n")
    number = 1 + text.index("deployment: |" if where == "spec" else "    do: |")
    assert message.startswith(f"{file}, line {number}: {key}: ")
    assert says in message and "\n" not in message


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("slots:\n", "slots:\n  colour: red\n", "slots.colour: no shared text has"),
        ("slots:\n", "slots: none\nstretched:\n", "stretched: unknown key"),
        ("  folder: ", "  drawer: ", "has a slot {folder}"),
        ("  folder: ", "  folder: []  # ", "slots.folder: expected a text"),
    ],
)
def test_a_slot_too_many_or_too_few(specs: Path, old: str, new: str, says: str) -> None:
    changed(specs / FIRST / "spec.yaml", old, new)
    with pytest.raises(SpecError, match=re.escape(says)):
        catalogue.load(FIRST, specs)


# --------------------------------------------------------------- one change, everywhere


def results(specs: Path) -> dict[str, dict[str, str]]:
    """What a bake of each project at its last cut holds, by project and path."""
    found = {}
    for slug in catalogue.slugs(specs):
        project = catalogue.load(slug, specs)
        done = len(project.order)
        laid = cut_files(project.code, project.order, done, project.owned)
        files = {one.path: one.text or "" for one in laid}
        plan = pages.Plan(project, "x", date(2027, 1, 4), Fraction(2), 5, done)
        target = specs.parent / "target" / slug
        target.mkdir(parents=True, exist_ok=True)
        for path, data in documents(plan, target):
            if path == START:  # each bake has a name of its own in it
                continue
            files[path] = data.decode("utf-8", "replace")
        found[slug] = files
    return found


def shared_files() -> list[tuple[str, str]]:
    return [
        (part, path)
        for part in ("code", "texts")
        for path, _ in code_files(HOME / part)
    ]


@pytest.mark.parametrize(("part", "name"), shared_files())
def test_what_is_shared_is_taken_in_by_two_projects_or_more(
    part: str, name: str
) -> None:
    assert len(users(part, name)) >= 2, f"specs/shared/{part}/{name}"


@pytest.mark.parametrize(
    ("part", "name", "old", "new", "paths"),
    [
        ("code", "config/settings/https.py", "3600", "86400", ["config/settings.py"]),
        ("code", "manage.py", "import sys", "import sys  # seen", ["manage.py"]),
        (
            "code",
            "accounts/migrations/0001_initial.py",
            "initial = True",
            "initial = 1 == 1",
            ["accounts/migrations/0001_initial.py"],
        ),
        ("code", "static/css/focus.css", "3px", "4px", ["static/css/site.css"]),
        ("texts", "deployment/github.md", "git push", "git push -v", ["SPEC.md"]),
        ("texts", "contract/traceback.md", "traceback", "trace", ["tasks/"]),
    ],
)
def test_a_change_in_the_home_reaches_every_project_that_takes_it_in(
    specs: Path, part: str, name: str, old: str, new: str, paths: Sequence[str]
) -> None:
    before = results(specs)
    whole = Path(shutil.copytree(specs, specs.parent / "changed/specs"))
    changed(whole / "shared" / part / name, old, new)
    after = results(whole)
    reached = {slug for slug in before if before[slug] != after[slug]}
    assert reached == users(part, name) and len(reached) >= 2
    for slug in reached:
        differing = {p for p, text in after[slug].items() if before[slug][p] != text}
        differing.discard(".path/reference.pack")
        assert len(differing) == 1 and differing.pop().startswith(paths[0])
        if part == "code":
            pack = ".path/reference.pack"
            assert before[slug][pack] != after[slug][pack]


def test_what_is_packed_cuts_to_the_same_files(slug: str) -> None:
    project = catalogue.load(slug)
    packed = dict(texts(project.code))
    for done in (0, len(project.order) // 2, len(project.order)):
        for laid in cut_files(project.code, project.order, done, project.owned):
            if laid.text is not None:
                text = cut(packed[laid.path], laid.path, project.order, done)
                assert text == laid.text
                assert not any(shared_by(x, laid.path) for x in text.split("\n"))


# -------------------------------------------------------------------------- no copies


def own_lines(specs: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(project, path, lines) of each file of text in the code of each project."""
    for slug in catalogue.slugs(specs):
        for path, file in code_files(specs / slug / "code"):
            try:
                text = file.read_text("utf-8")
            except UnicodeDecodeError:
                continue
            yield slug, path, text.rstrip("\n").split("\n")


def copied_files(specs: Path) -> list[str]:
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    found = []
    for slug, path, lines in own_lines(specs):
        if len(lines) < SMALL_FILE:
            continue
        first = seen.setdefault(tuple(lines), (slug, path))
        if first[0] != slug:
            found.append(f"{slug}/code/{path} is {'/code/'.join(first)}")
    return found


def copied_runs(
    pieces: Iterator[tuple[str, str, list[str]]], most: int
) -> dict[tuple[str, str], str]:
    """What stands in two projects for longer than ``most`` lines or words.

    Gives (place, other place) and how the run begins.
    """
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    found: dict[tuple[str, str], str] = {}
    for slug, where, run in pieces:
        for start in range(len(run) - most):
            window = tuple(run[start : start + most + 1])
            first = seen.setdefault(window, (slug, where))
            if first[0] != slug:
                places = (": ".join(first), f"{slug}: {where}")
                found.setdefault(places, " ".join(window))
    return found


def own_words(specs: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(project, key, words) of the texts between the shared paragraphs."""

    def walk(value: Any, key: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            for name, child in value.items():
                yield from walk(child, f"{key}.{name}")
        elif isinstance(value, list):
            for number, child in enumerate(value, 1):
                yield from walk(child, f"{key}[{number}]")

    for slug in catalogue.slugs(specs):
        for name in ("spec.yaml", "tasks.yaml"):
            text = (specs / slug / name).read_text("utf-8")
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            for key, value in walk(yaml.load(text, loader), name):
                for piece in re.split(r"\{shared [^}]*\}", value):
                    yield slug, key, piece.split()


def code_runs(specs: Path) -> dict[tuple[str, str], str]:
    """Copied runs of code. Django writes migrations, and writes them alike."""
    return copied_runs(
        (
            (slug, path, piece)
            for slug, path, lines in own_lines(specs)
            if "/migrations/" not in path
            for piece in between_shared(lines, path)
        ),
        MOST_LINES,
    )


def between_shared(lines: list[str], path: str) -> Iterator[list[str]]:
    """The runs of lines between those that take a shared file in."""
    piece: list[str] = []
    for line in lines:
        if shared_by(line, path) is None:
            piece.append(line)
        else:
            yield piece
            piece = []
    yield piece


def test_no_code_and_no_text_stands_in_two_projects() -> None:
    assert copied_files(catalogue.SPECS) == []
    assert code_runs(catalogue.SPECS) == {}
    assert copied_runs(own_words(catalogue.SPECS), MOST_WORDS) == {}


def test_a_copy_is_found(specs: Path) -> None:
    """The three searches see what the next project might bring along."""
    initial = (HOME / "code/accounts/migrations/0001_initial.py").read_text("utf-8")
    settings = (HOME / "code/config/settings/environment.py").read_text("utf-8")
    paragraph = (HOME / "texts/deployment/try-settings.md").read_text("utf-8")
    for slug in (FIRST, SECOND):
        folder = specs / slug
        for path in ("migrations/0001_initial.py", "copied.py"):
            (folder / "code/accounts" / path).write_text(initial, "utf-8")
        with (folder / "code/config/settings.py").open("a", encoding="utf-8") as file:
            file.write(settings)
        indented = "".join(f"  {line}" for line in paragraph.splitlines(keepends=True))
        changed(folder / "spec.yaml", "deployment: |\n", f"deployment: |\n{indented}\n")
    assert [one.split(" is ")[0] for one in copied_files(specs)] == [
        f"{SECOND}/code/accounts/copied.py",
        f"{SECOND}/code/accounts/migrations/0001_initial.py",
    ]
    runs = code_runs(specs)
    assert (f"{FIRST}: config/settings.py", f"{SECOND}: config/settings.py") in runs
    assert (f"{FIRST}: accounts/copied.py", f"{SECOND}: accounts/copied.py") in runs
    words = copied_runs(own_words(specs), MOST_WORDS)
    assert list(words) == [
        (f"{FIRST}: spec.yaml.deployment", f"{SECOND}: spec.yaml.deployment")
    ]
