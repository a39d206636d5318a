"""make mutants: what is changed, where, what does not count, and what it says."""

from __future__ import annotations

import dataclasses
from itertools import islice
from pathlib import Path

import libcst as cst
import pytest

from djangopath import catalogue
from djangopath.catalogue import Project
from djangopath.errors import SpecError
from tools import mutants, mutations, runs
from tools.examples import smallest

# Two tasks of a project that is there, in a file that is not.
SLUG = smallest()
FIRST, SECOND = catalogue.load(SLUG).order[:2]

VIEWS = f'''\
"""Pages."""

from django.shortcuts import render

LIMIT = 5


# task {SECOND}: begin
def listed(request):
    rows = Place.objects.filter(shown=True)
    return render(request, "list.html", {{"rows": rows}})


# task {FIRST}: was
# def listed(request):
#     return render(request, "list.html")
#
#
# task {SECOND}: end
urls = []
urls.append("one")  # task {FIRST}: line
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A made-up project: the tasks of a real one, and code of its own."""
    code = tmp_path / "code"
    for path, text in {
        "app/views.py": VIEWS,
        "app/models.py": f"# task {FIRST}: file\nGREAT = 1 < 2\n",
        "app/helpers.py": f"# task {FIRST}: file\nGREAT = True\n",
        "app/migrations/models.py": f"# task {FIRST}: file\nGREAT = True\n",
        "tests/views.py": f"# task {FIRST}: file\nGREAT = True\n",
        "app/forms.txt": "True\n",
    }.items():
        file = code / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return dataclasses.replace(catalogue.load(SLUG), folder=tmp_path)


def mutated(text: str, operator: str) -> list[str]:
    """What an operator makes of a text, without the text's own first lines."""
    module = cst.parse_module(text)
    made = [m.applied(module) for m in mutations.mutations(module)]
    names = [m.operator for m in mutations.mutations(module)]
    return [
        found
        for found, name in zip(made, names, strict=True)
        if name == operator and found is not None
    ]


@pytest.mark.parametrize(
    ("operator", "text", "wanted"),
    [
        ("operator", "a < b\n", ["a <= b\n"]),
        ("operator", "a and b\n", ["a or b\n"]),
        ("operator", "a - b\n", ["a + b\n"]),
        ("keyword", "a in b\n", ["a not in b\n"]),
        ("number", "x = 7\n", ["x = 8\n"]),
        ("constant", "x = True\n", ["x = False\n"]),
        ("removed not", "x = not y\n", ["x = y\n"]),
        ("assignment", "x += 1\n", ["x = 1\n"]),
        ("condition", "if a:\n    b()\n", ["if not (a):\n    b()\n"]),
        ("condition", "if(a):\n    b()\n", ["if not (a):\n    b()\n"]),
        ("condition", "while a:\n    b()\n", ["while not (a):\n    b()\n"]),
        ("condition", "if not a:\n    b()\n", []),
        ("removed statement", "a.save()\n", ["pass\n"]),
        ("removed statement", '"""Said."""\nimport a\nx: int\npass\n', []),
        ("removed statement", "def f():\n    return 1\n", ["def f():\n    pass\n"]),
        ("removed call", "x = a.strip()\n", ["x = a\n"]),
        ("removed call", "x = escape(a)\n", ["x = a\n"]),
        ("removed call", "x = f(*a)\n", []),
        ("removed filter", "x = a.filter(b=1).all()\n", ["x = a.all()\n"]),
        ("removed filter", "x = a.exclude(b=1).distinct()\n", None),
        ("removed filter", 'x = a.select_related("b")\n', ["x = a\n"]),
        ("removed decorator", "@a\n@b\ndef f(): ...\n", None),
        (
            "swapped permission",
            "class A(LoginRequiredMixin, View):\n    x = 1\n",
            ["class A(View):\n    x = 1\n"],
        ),
        (
            "swapped permission",
            "permission_classes = [A, B]\n",
            None,
        ),
        ("swapped permission", "permission_classes = [A]\n", None),
        ("swapped permission", "other_classes = [A]\n", []),
    ],
)
def test_an_operator_does_what_it_says(
    operator: str, text: str, wanted: list[str] | None
) -> None:
    expected = wanted if wanted is not None else SEVERAL[text]
    assert [m.replace(", ]", "]") for m in mutated(text, operator)] == expected


SEVERAL = {
    "x = a.exclude(b=1).distinct()\n": ["x = a.exclude(b=1)\n", "x = a.distinct()\n"],
    "@a\n@b\ndef f(): ...\n": ["@b\ndef f(): ...\n", "@a\ndef f(): ...\n"],
    "permission_classes = [A, B]\n": [
        "permission_classes = [B]\n",
        "permission_classes = [A]\n",
    ],
    "permission_classes = [A]\n": ["permission_classes = []\n"],
}


def test_every_mutant_compiles_and_is_another_program() -> None:
    for path in catalogue.SPECS.glob(f"{SLUG}/code/*/*.py"):
        text = path.read_text(encoding="utf-8")
        module = cst.parse_module(text)
        for mutation in mutations.mutations(module):
            changed = mutation.applied(module)
            if changed is not None:
                compile(changed, str(path), "exec")
                assert changed != text


def test_imports_and_annotations_are_left_alone() -> None:
    module = cst.parse_module("from a import b\nx: Literal[True] = y\n")
    names = [m.operator for m in mutations.mutations(module)]
    assert names == ["removed statement"]


# -------------------------------------------------------------------------- the places


def test_each_line_has_the_task_that_wrote_it(project: Project) -> None:
    views = next(s for s in mutants.sources(project) if s.path == "app/views.py")
    of = dict(zip(views.text.splitlines(), views.owners, strict=True))
    assert of["LIMIT = 5"] is None
    assert of["def listed(request):"] == SECOND
    assert of['urls.append("one")'] == FIRST
    assert of["urls = []"] is None
    assert views.slugs == {FIRST, SECOND}


def test_only_the_modules_that_hold_promises_are_changed(project: Project) -> None:
    def paths(kind: str = "") -> list[str]:
        return [source.path for source in mutants.sources(project, kind)]

    assert paths() == ["app/models.py", "app/views.py"]
    assert paths("models") == ["app/models.py"]
    assert paths("helpers") == ["app/helpers.py"]
    with pytest.raises(SpecError, match="has no module 'nonsense'; its modules are "):
        paths("nonsense")


def test_only_lines_that_a_task_wrote_are_changed(project: Project) -> None:
    found = list(mutants.mutants(project, "", "1"))
    for mutant in found:
        line = mutant.source.text.splitlines()[mutant.line - 1]
        assert mutant.source.owners[mutant.line - 1] == mutant.task.slug
        assert "LIMIT" not in line and "urls = []" not in line
    whole = {mutant.task.slug for mutant in found}
    assert whole == {FIRST, SECOND}
    texts = [(mutant.source.path, mutant.text) for mutant in found]
    assert len(texts) == len(set(texts))


def test_a_seed_repeats_and_another_does_not(project: Project) -> None:
    def drawn(seed: str) -> list[str]:
        return [mutant.diff for mutant in mutants.mutants(project, "", seed)]

    assert drawn("1") == drawn("1")
    assert drawn("1") != drawn("2")
    assert sorted(drawn("1")) == sorted(drawn("2"))


def test_the_likely_tests_come_first(project: Project) -> None:
    mutant = next(m for m in mutants.mutants(project, "", "1") if m.task.slug == SECOND)
    tests = mutants.tests_for(project, mutant)
    assert tests[:2] == [project.task(SECOND).test, project.task(FIRST).test]
    assert sorted(tests) == sorted(task.test for task in project.tasks)
    assert project.task("own-tests").test == tests[-1]


# ----------------------------------------------------------------- those not to count

ENTRY = """\
- path: app/views.py
  line: 'rows = Place.objects.filter(shown=True)'
  mutated: 'rows = Place.objects'
  reason: Every place is shown.
"""


def test_the_list_names_a_mutant_as_it_is_made(project: Project) -> None:
    (project.folder / "unseen.yaml").write_text(ENTRY, encoding="utf-8")
    (entry,) = mutants.unseen(project)
    made = [m for m in mutants.mutants(project, "", "1") if entry.holds(m)]
    assert [(m.operator, m.within) for m in made] == [("removed filter", ["listed"])]


TWINS = f"""# task {FIRST}: file
class One:
    def check(self):
        return 1 < 2

    class Meta:
        pass


class Two:
    def check(self):
        return 1 < 2
"""
TWIN = """\
- path: app/models.py
  within: Two.check
  line: 'return 1 < 2'
  mutated: 'return 1 <= 2'
  reason: The two differ for equal numbers.
"""


def test_an_entry_may_say_in_which_class_or_function(project: Project) -> None:
    (project.code / "app/models.py").write_text(TWINS, encoding="utf-8")
    made = [
        mutant
        for mutant in mutants.mutants(project, "models", "1")
        if mutant.changed == ("return 1 < 2", "return 1 <= 2")
    ]
    for within, held in (
        ("Two.check", ["Two"]),
        ("Two", ["Two"]),
        ("", ["One", "Two"]),
    ):
        text = TWIN.replace("Two.check", within or "Two.check")
        text = text if within else text.replace("  within: Two.check\n", "")
        (project.folder / "unseen.yaml").write_text(text, encoding="utf-8")
        (entry,) = mutants.unseen(project)
        found = sorted(mutant.within[0] for mutant in made if entry.holds(mutant))
        assert found == held, within
    text = TWIN.replace("Two.check", "Two.checked")
    (project.folder / "unseen.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"\.within: app/models.py has no Two.checked"):
        mutants.unseen(project)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("shown=True", "shown=1", r"\[1\]\.line: app/views.py no longer has this line"),
        ("app/views.py", "app/view.py", "there is no file app/view.py"),
        ("  reason: Every place is shown.\n", "", "the key 'reason' is missing"),
        ("'rows = Place.objects'", "5", "expected a text, empty where"),
        ("- path", "path", "is not YAML|expected a list"),
    ],
)
def test_an_entry_that_does_not_fit_is_a_sentence(
    project: Project, old: str, new: str, says: str
) -> None:
    text = ENTRY.replace(old, new)
    (project.folder / "unseen.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=says):
        mutants.unseen(project)


def test_every_project_has_mutants_of_what_its_tasks_wrote(slug: str) -> None:
    """Shared lines, which no task wrote, stand between those of the project."""
    project = catalogue.load(slug)
    found = list(islice(mutants.mutants(project, "", "1"), 20))
    assert len(found) == 20
    assert len({mutant.task.slug for mutant in found}) > 1
    shared_lines = [s for s in mutants.sources(project, "") if None in s.owners]
    assert shared_lines, "each project's config/views.py takes in a shared file"


def test_the_lists_of_the_catalogue_fit(slug: str) -> None:
    mutants.unseen(catalogue.load(slug))


# ---------------------------------------------------------------------------- the run


def test_what_hangs_is_noticed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*arguments: object, **options: object) -> runs.Run:
        raise runs.Stopped("was stopped after 5 seconds")

    monkeypatch.setattr(runs, "pytest", hangs)
    mutant = next(mutants.mutants(project, "", "1"))
    finished = project.code
    assert mutants.judge(project, mutant, finished, Path("python"), 5).noticed
    assert (finished / mutant.source.path).read_text("utf-8") != mutant.text


@pytest.mark.parametrize(("code", "noticed"), [(0, False), (1, True), (4, True)])
def test_a_failure_is_noticed_and_says_by_whom(
    project: Project, monkeypatch: pytest.MonkeyPatch, code: int, noticed: bool
) -> None:
    test = {"file": project.task(FIRST).test, "outcome": "failed" if code else "passed"}

    def ran(python: Path, folder: Path, *arguments: str, **options: object) -> runs.Run:
        assert (folder / mutant.source.path).read_text("utf-8") == mutant.text
        return runs.Run([test], "", code)

    monkeypatch.setattr(runs, "pytest", ran)
    mutant = next(mutants.mutants(project, "", "1"))
    verdict = mutants.judge(project, mutant, project.code, Path("python"), 5)
    assert verdict.noticed == noticed
    assert verdict.by == (project.task(FIRST) if code else None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "there is no project 'nonsense'; the projects are "),
        ([SLUG, "--number", "many"], "N is a whole number, 1 or more; got 'many'"),
        ([SLUG, "--number", "0"], "N is a whole number, 1 or more; got '0'"),
        ([SLUG, "--kind", "nonsense"], f"{SLUG} has no module 'nonsense'"),
    ],
)
def test_bad_input_is_a_sentence(
    arguments: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROOF_SEED", "1")
    assert mutants.main(arguments) == 1
    assert says in capsys.readouterr().err


def test_a_project_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One mutant of a project that is there, which its tests notice."""
    monkeypatch.setenv("PROOF_SEED", "1")
    assert mutants.main([SLUG, "--number", "1", "--seed", "1", "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "SEED=1 repeats the same mutants with the same data" in said
    assert f"{SLUG}: 1 of 1 mutants noticed (100.0%)" in said


def test_what_is_not_noticed_is_a_diff_and_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOF_SEED", "1")
    monkeypatch.setattr(mutants, "judge", lambda *_: mutants.Verdict(False))
    monkeypatch.setattr(runs, "pytest", lambda *_: runs.Run([], "", 0))
    assert mutants.main([SLUG, "--number", "1", "--seed", "1"]) == 1
    said = capsys.readouterr()
    assert f"{SLUG}: not noticed: " in said.out and ", task " in said.out
    assert "\n    -" in said.out and "\n    +" in said.out
    assert "fewer than 97% are noticed" in said.err
