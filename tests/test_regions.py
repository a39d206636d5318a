"""Regions: each form of the syntax, each mistake in it, and what holds for any file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djangopath import catalogue
from djangopath.lay import texts
from djangopath.regions import RegionError, cut, parse, styles_of

pytestmark = pytest.mark.only_projects()

ORDER = ["one", "two", "three"]


def lines(*texts: str) -> str:
    return "\n".join(texts) + "\n"


CHAIN = lines(
    "import a",
    "# task three: begin",
    "new",
    "# task two: was",
    "# middle",
    "#     deeper",
    "# task one: was",
    "# old",
    "# task one: stub",
    "# nothing",
    "# task three: end",
    "end",
)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (0, lines("import a", "nothing", "end")),
        (1, lines("import a", "old", "end")),
        (2, lines("import a", "middle", "    deeper", "end")),
        (3, lines("import a", "new", "end")),
    ],
)
def test_the_newest_form_whose_task_is_done_stands(done: int, expected: str) -> None:
    assert cut(CHAIN, "m.py", ORDER, done) == expected


@pytest.mark.parametrize(
    ("path", "text", "before", "after"),
    [
        ("a.py", "x  # task one: line\ny\n", "y\n", "x\ny\n"),
        ("a.js", "x; // task one: line\ny;\n", "y;\n", "x;\ny;\n"),
        ("a.css", "x {} /* task one: line */\ny {}\n", "y {}\n", "x {}\ny {}\n"),
        (
            "templates/a.html",
            "<p>{{ x }}</p> {# task one: line #}\n<p></p>\n",
            "<p></p>\n",
            "<p>{{ x }}</p>\n<p></p>\n",
        ),
        ("a.md", "x <!-- task one: line -->\ny\n", "y\n", "x\ny\n"),
        ("a.jsx", "<b/> {/* task one: line */}\n<i/>\n", "<i/>\n", "<b/>\n<i/>\n"),
        (
            "Dockerfile",
            "RUN x # task one: line\nUSER y\n",
            "USER y\n",
            "RUN x\nUSER y\n",
        ),
        ("nginx.conf", "a; # task one: line\nb;\n", "b;\n", "a;\nb;\n"),
        (".env.example", "A=1 # task one: line\nB=2\n", "B=2\n", "A=1\nB=2\n"),
    ],
)
def test_a_line_comes_with_its_task_in_every_kind_of_file(
    path: str, text: str, before: str, after: str
) -> None:
    assert cut(text, path, ORDER, 0) == before
    assert cut(text, path, ORDER, 1) == after


@pytest.mark.parametrize(
    ("path", "text", "before"),
    [
        (
            "templates/a.html",
            lines(
                "{# task one: begin #}",
                '  <a href="{% url "x" %}">x</a>',
                "{# task one: stub #}",
                '  {# <a href="{% url "y" %}">y</a> #}',
                "  {# #}",
                "  {#   <b>{{ z }}</b> #}",
                "{# task one: end #}",
            ),
            lines('  <a href="{% url "y" %}">y</a>', "", "    <b>{{ z }}</b>"),
        ),
        (
            "a.css",
            lines(
                "/* task one: begin */",
                "a {}",
                "/* task one: stub */",
                "/* b { */",
                "/*   color: red; */",
                "/* } */",
                "/* task one: end */",
            ),
            lines("b {", "  color: red;", "}"),
        ),
        (
            "README.md",
            lines(
                "<!-- task one: begin -->",
                "new",
                "<!-- task one: stub -->",
                "<!-- # old -->",
                "<!-- task one: end -->",
            ),
            lines("# old"),
        ),
    ],
)
def test_commented_forms_come_back_as_they_were(
    path: str, text: str, before: str
) -> None:
    assert cut(text, path, ORDER, 0) == before


def test_a_no_break_space_at_the_end_of_a_line_is_kept() -> None:
    """It may stand in a text; only blanks round a comment belong to the marker."""
    assert cut("x\xa0  # task one: line\n", "m.py", ORDER, 1) == "x\xa0\n"
    text = lines(
        "# task one: begin",
        "new",
        "# task one: stub",
        "# x\xa0",
        "# \xa0y",
        "# task one: end",
    )
    assert cut(text, "m.py", ORDER, 0) == "x\xa0\n\xa0y\n"


def test_a_file_exists_once_its_task_is_done() -> None:
    text = "# task two: file\nx = 1\ny = 2  # task three: line\n"
    assert cut(text, "m.py", ORDER, 1) is None
    assert cut(text, "m.py", ORDER, 2) == "x = 1\n"
    assert cut(text, "m.py", ORDER, 3) == "x = 1\ny = 2\n"


def test_an_empty_file_of_a_task_is_kept_and_an_emptied_one_is_not() -> None:
    assert cut("# task one: file\n", "p/__init__.py", ORDER, 1) == ""
    assert cut("", "p/__init__.py", ORDER, 0) == ""
    emptied = "# task one: begin\nx\n# task one: end\n"
    assert cut(emptied, "m.py", ORDER, 0) is None


def test_a_file_marker_may_follow_a_shebang() -> None:
    text = "#!/bin/sh\n# task one: file\necho hi\n"
    assert cut(text, "run.sh", ORDER, 1) == "#!/bin/sh\necho hi\n"


def test_blank_lines_round_a_marker_become_one_run() -> None:
    text = lines(
        "a",
        "",
        "",
        "# task one: begin",
        "b",
        "",
        "",
        "# task one: end",
        "c",
        "",
        "",
        "# task two: begin",
        "d",
        "# task two: end",
    )
    assert cut(text, "m.py", ORDER, 0) == lines("a", "", "", "c")
    assert cut(text, "m.py", ORDER, 1) == lines("a", "", "", "b", "", "", "c")
    assert cut(text, "m.py", ORDER, 2) == lines(
        "a", "", "", "b", "", "", "c", "", "", "d"
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("# task four: begin\n# task four: end\n", 1, "'four' does not stand in tasks"),
        ("x\n# task one: begin\ny\n", 2, "the region of task one never ends"),
        ("# task one: end\n", 1, "'end' of task one outside any region"),
        ("# task one: stub\n", 1, "outside any region"),
        (
            "# task one: begin\n# task two: begin\n# task two: end\n# task one: end\n",
            2,
            "regions do not nest",
        ),
        ("# task one: begin\n# task two: end\n", 2, "the region of task one is open"),
        ("# task one: begin\n# task two: was\n", 2, "the newest form comes first"),
        ("# task one: begin\n# task one: was\n", 2, "not earlier than task one"),
        (
            "# task two: begin\n# task two: stub\n# task one: was\n",
            3,
            "the stub comes last",
        ),
        ("# task two: begin\n# task three: stub\n", 2, "is that of task two"),
        ("# task one: beginn\n", 1, "'beginn' is none of begin, was, stub"),
        ("x = 1  # task one: begin\n", 1, "must stand alone"),
        ("# task one: line\n", 1, "at the end of a line of code"),
        ("x = 1\n# task one: file\n", 2, "at the head of the file"),
        ("# task one: file\n# task two: file\n", 2, "at the head of the file, once"),
        (
            "# task one: begin\nx  # task two: line\n# task one: end\n",
            2,
            "cannot stand inside a region",
        ),
        (
            "# task one: begin\n# task one: stub\npass\n# task one: end\n",
            3,
            "starts with '#'",
        ),
    ],
)
def test_a_bad_marker_is_an_error_with_file_and_line(
    text: str, line: int, says: str
) -> None:
    with pytest.raises(RegionError) as caught:
        cut(text, "blog/views.py", ORDER, 1)
    assert str(caught.value).startswith(f"blog/views.py, line {line}: ")
    assert says in str(caught.value)


def test_a_kind_of_file_without_comments_is_left_alone() -> None:
    text = '{"a": "# task four: begin"}\n'
    assert styles_of("a.json") == ()
    assert cut(text, "a.json", ORDER, 0) == text


# --------------------------------------------------------------------------- properties

words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF), max_size=12
).filter(lambda text: "#" not in text)
code_lines = st.lists(st.one_of(words, st.just("")), max_size=4)


@st.composite
def finished_files(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """A file with regions, and for each cut the lines that must stand in it."""
    text: list[str] = []
    stand: list[list[str]] = [[] for _ in range(len(ORDER) + 1)]
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["plain", "region", "line"]))
        if kind == "plain":
            added = draw(code_lines)
            text += added
            for cut_ in stand:
                cut_ += added
        elif kind == "line":
            task = draw(st.integers(0, 2))
            word = "x" + draw(words)
            text.append(f"{word}  # task {ORDER[task]}: line")
            for done, cut_ in enumerate(stand):
                if done > task:
                    cut_.append(word)
        else:
            chain = sorted(draw(st.sets(st.integers(0, 2), min_size=1)), reverse=True)
            forms = [(task, draw(code_lines)) for task in chain]
            stub = draw(st.none() | code_lines)
            newest = ORDER[chain[0]]
            text += [f"# task {newest}: begin", *forms[0][1]]
            for task, form in forms[1:]:
                text += [f"# task {ORDER[task]}: was", *(f"# {x}" for x in form)]
            if stub is not None:
                text += [f"# task {ORDER[chain[-1]]}: stub", *(f"# {x}" for x in stub)]
            text.append(f"# task {newest}: end")
            for done, cut_ in enumerate(stand):
                for task, form in forms:
                    if done > task:
                        cut_ += form
                        break
                else:
                    cut_ += stub or []
    return "\n".join([*text, ""]), stand


@given(finished_files())
def test_a_cut_holds_just_the_lines_of_the_tasks_done(
    case: tuple[str, list[list[str]]],
) -> None:
    text, stand = case
    for done, expected in enumerate(stand):
        result = cut(text, "m.py", ORDER, done) or ""
        assert [x for x in result.split("\n") if x.strip()] == [
            x for x in expected if x.strip()
        ]
        assert "# task" not in result


@given(st.lists(st.one_of(words, st.just("")), max_size=30))
def test_a_file_without_a_marker_is_kept_byte_for_byte(given_lines: list[str]) -> None:
    text = "\n".join(given_lines)
    for done in range(len(ORDER) + 1):
        assert cut(text, "m.py", ORDER, done) == text


def finished_without_markers(text: str, path: str, order: list[str]) -> list[str]:
    """The finished code by another road: commented forms and marker lines dropped."""
    kept: list[str] = []
    commented = False
    for line in text.splitlines():
        bare = line.strip().strip("#/*{}<!->").strip()
        is_task = bare.startswith("task ") and ":" in bare
        kind = bare.rsplit(":", 1)[-1].strip() if is_task else ""
        if kind in ("begin", "was", "stub", "end", "file"):
            commented = kind in ("was", "stub")
        elif not commented:
            for opening, closing in styles_of(path):
                head, mark, tail = line.rpartition(f"{opening} task ")
                if mark and tail.rstrip().endswith(f": line {closing}".rstrip()):
                    line = head.rstrip()
            kept.append(line.rstrip())
    return [line for line in kept if line]


def test_cutting_at_done_gives_the_finished_code_without_its_markers(slug: str) -> None:
    project = catalogue.load(slug)
    count = 0
    for path, text in texts(project.code):
        if not styles_of(path):
            continue
        result = cut(text, path, project.order, len(project.order))
        expected = finished_without_markers(text, path, project.order)
        found = [line.rstrip() for line in (result or "").splitlines() if line.strip()]
        assert found == expected, path
        count += 1
    assert count > 10


def test_every_task_has_a_region(slug: str) -> None:
    """A task whose solution is nothing could not be red before and green after."""
    project = catalogue.load(slug)
    named: set[str] = set(project.owned.values())
    for path, text in texts(project.code):
        if styles_of(path):
            named |= parse(text, path, project.order).slugs
    assert named == set(project.order)
