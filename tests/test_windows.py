"""Windows, as far as it can be had without one.

Names, line ends, encodings, shells, and paths that are pathlib's.

What is left for the matrix of the workflow to show is how Windows itself behaves.
"""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from djangopath import catalogue, first_commit
from djangopath.catalogue import DONE, ROOT
from tests.common import Bake
from tools import environments
from tools.examples import EXAMPLE, largest, smallest

SKELETON = ROOT / "{{cookiecutter.project_slug}}"

# ------------------------------------------------------------------------------- names

# What Windows refuses in a name; a device's name with any extension is that device.
ILLEGAL = re.compile(r'[<>:"|?*\\\x00-\x1f]')
DEVICE = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?")
# Windows allows 260 characters with the drive, the home folder and what the learner
# keeps above the repository: more than a hundred are left for that.
LONGEST = 150


def refused(paths: Iterable[str]) -> list[str]:
    """What Windows would refuse of these paths, and why."""
    wrong = []
    seen: dict[str, str] = {}
    for path in sorted(paths):
        for name in path.split("/"):
            if ILLEGAL.search(name):
                wrong.append(f"{path}: an illegal character in {name!r}")
            if DEVICE.fullmatch(name):
                wrong.append(f"{path}: {name} is a device")
            if name != name.rstrip(". "):
                wrong.append(f"{path}: {name!r} ends in a dot or a blank")
        if len(path) > LONGEST:
            wrong.append(f"{path}: {len(path)} characters")
        # A folder differs from its like as much as a file does.
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            part = "/".join(parts[:end])
            if seen.setdefault(part.casefold(), part) != part:
                wrong.append(f"{path}: differs from {seen[part.casefold()]} by case")
    return wrong


@pytest.mark.parametrize(
    "path",
    [
        'a/what"s.md',
        "a/12:30.txt",
        "a/why?.md",
        "a\\b",
        "a/tab\t",
        "docs/aux.md",
        "CON",
        "x/Com1.tar.gz",
        "x/lpt¹",
        "nul./b",
        "dot./b",
        "blank /b",
        "x" * (LONGEST + 1),
    ],
)
def test_a_name_that_windows_refuses_is_found(path: str) -> None:
    assert refused([path])
    assert refused(["context.py", "console/b", "aux_/b", ".env", "a/.x", path])


def test_names_that_differ_by_case_are_found() -> None:
    assert refused(["docs/Plan.md", "docs/plan.md"])
    assert refused(["Docs/a.md", "docs/b.md"])
    assert not refused(["docs/a.md", "docs/b.md", "a/docs/b.md", "aux_/b", ".env"])


def listed(folder: Path) -> list[str]:
    """The committed files of a repository."""
    return git(folder, "ls-files", "-z").split("\0")[:-1]


def git(folder: Path, *arguments: str) -> str:
    """What Git says in a folder."""
    return environments.run(["git", *arguments], folder).stdout


def test_names_of_the_template() -> None:
    paths = listed(ROOT)
    assert len(paths) > 500
    assert refused(paths) == []


@pytest.mark.representatives("a project's own names are judged in the template")
@pytest.mark.parametrize("cut", ["first", "finished"])
def test_names_of_a_bake(slug: str, cut: str, bake: Bake) -> None:
    """What is committed, and what lies beside it."""
    folder = baked(bake, slug, cut)
    paths = [
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if ".git" not in file.relative_to(folder).parts
    ]
    assert set(listed(folder)) < set(paths)
    assert refused(paths) == []


def baked(bake: Bake, slug: str, cut: str) -> Path:
    return bake(slug, start_at=DONE) if cut == "finished" else bake(slug)


# --------------------------------------------------------------------------- line ends


def crlf_in_git(listing: str) -> list[str]:
    """The paths of `git ls-files --eol` whose text has another end than LF in Git."""
    lines = [re.split(r"\s+", line, maxsplit=3) for line in listing.splitlines()]
    return [
        " ".join(line) for line in lines if line[0] not in ("i/lf", "i/none", "i/-text")
    ]


def test_crlf_in_git_is_found(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.txt").write_bytes(b"a\r\nb\r\n")
    (tmp_path / "b.txt").write_bytes(b"a\r\nb\n")
    (tmp_path / "c.txt").write_bytes(b"a\nb\n")
    git(tmp_path, "-c", "core.autocrlf=false", "add", ".")
    found = crlf_in_git(git(tmp_path, "ls-files", "--eol"))
    assert [line.split()[-1] for line in found] == ["a.txt", "b.txt"]


def test_text_of_the_template_has_lf_in_git() -> None:
    assert crlf_in_git(git(ROOT, "ls-files", "--eol")) == []


@pytest.mark.representatives("the hook writes what Git keeps")
@pytest.mark.parametrize("cut", ["first", "finished"])
def test_text_of_a_bake_has_lf_in_git(slug: str, cut: str, bake: Bake) -> None:
    assert crlf_in_git(git(baked(bake, slug, cut), "ls-files", "--eol")) == []


@pytest.mark.parametrize("folder", [ROOT, SKELETON], ids=["template", "skeleton"])
def test_attributes(folder: Path, tmp_path: Path) -> None:
    """Text is converted to LF, on every disk; pictures, fonts and packs never are."""
    shutil.copy(folder / ".gitattributes", tmp_path)
    git(tmp_path, "init", "-q")
    asked = [
        "a.py",
        "a.html",
        "Dockerfile",
        "a.sh",
        ".env",
        "a.png",
        "a.woff2",
        "a.ico",
    ]
    said = git(tmp_path, "check-attr", "text", "eol", "--", *asked).splitlines()
    found = {line.split(": ")[0]: [] for line in said}
    for line in said:
        found[line.split(": ")[0]].append(line.split(": ")[2])
    for name in asked[:5]:
        assert found[name] == ["auto", "lf"], name
    for name in asked[5:]:
        assert found[name][0] == "unset", name


def to_crlf(folder: Path, paths: Iterable[str]) -> int:
    """Gives text the line ends of Windows, as an editor or a careless checkout would.

    Files that hold a NUL are left; gives back how many were converted.
    """
    count = 0
    for path in paths:
        file = folder / path
        data = file.read_bytes()
        if b"\0" not in data and b"\n" in data:
            file.write_bytes(re.sub(rb"(?<!\r)\n", b"\r\n", data))
            count += 1
    return count


class Windows:
    """A bake all of whose text has CRLF, and its environment."""

    def __init__(self, folder: Path, slug: str) -> None:
        self.folder = folder
        self.python = environments.environment(catalogue.load(slug))

    def run(self, *command: str, code: int = 0, **env: str) -> str:
        """What a command says; `python` and tools are those of the environment."""
        program = str(self.python.with_name(command[0]))
        done = environments.run(
            [program, *command[1:]], self.folder, check=False, **env
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, (
            f"{' '.join(command)}: {done.returncode}\n{said}"
        )
        assert "Traceback" not in said, said
        return said

    def path(self, *arguments: str, code: int = 0) -> str:
        return self.run("python", "path.py", *arguments, code=code)


def converted(bake: Bake, place: Path, slug: str, cut: str) -> Windows:
    """A copy of a bake with CRLF in all that Git counts as text, and in .env."""
    folder = Path(shutil.copytree(baked(bake, slug, cut), place / slug))
    lines = git(folder, "ls-files", "--eol").splitlines()
    text = [line.split("\t")[1] for line in lines if "attr/-text" not in line]
    assert to_crlf(folder, [*text, ".env"]) > 60
    assert b"\r\n" in (folder / "TASKS.md").read_bytes()
    # Git remembers the sizes of the files that it has seen; those of a checkout with
    # CRLF would be the new ones.
    git(folder, "read-tree", "HEAD")
    return Windows(folder, slug)


# No day of the past, whatever the clock says: a plan begins on that day or later.
PLAN = ("--today", "2027-02-01", "plan", "--from", "2027-02-01")


@pytest.mark.parametrize("cut", ["first", "finished"])
def test_a_bake_with_crlf_runs(cut: str, bake: Bake, tmp_path: Path) -> None:
    """Every command of path.py, manage.py, pytest and ruff; Git sees no change.

    These are the same programs in every project; what differs is tried below.
    """
    it = converted(bake, tmp_path, smallest(), cut)
    project = catalogue.load(smallest())
    finished = cut == "finished"
    # Only line ends differ, so there is nothing to commit.
    assert git(it.folder, "status", "--porcelain") == ""
    done = len(project.tasks) if finished else 0
    assert f"{done} of {len(project.tasks)} tasks" in it.path()
    it.path("next")
    it.path("show", project.order[0])
    it.path("hint", project.order[0])
    # Where every task is ticked there is nothing to plan, which 1 says.
    it.path(*PLAN, "--dry-run", code=1 if finished else 0)
    it.path("export", "csv", "-o", "-")
    it.path("export", "ics", "-o", "-", code=1 if finished else 0)
    it.path("board", "--no-open")
    it.run("python", "manage.py", "check", "--fail-level", "WARNING")
    it.run("python", "manage.py", "migrate", "-v", "0")
    it.run("python", "manage.py", "makemigrations", "--check")
    it.run("python", "-m", "pytest", "-q")
    it.run("ruff", "check", "--no-cache", ".")
    it.run("ruff", "format", "--no-cache", "--check", ".")
    it.path("check", code=0 if finished else 1)
    assert b"\r\r\n" not in (it.folder / "TASKS.md").read_bytes()


# The first page as a visitor gets it, sign-in where nobody may see more.
PAGE = """
from django.test import Client
page = Client().get("/", follow=True, headers={"host": "localhost"})
print(page.status_code, "<title>" in page.text)
"""


@pytest.mark.representatives("the programs are the same")
def test_a_first_cut_with_crlf_starts(slug: str, bake: Bake, tmp_path: Path) -> None:
    """The first task is red by a sentence of its own, the site checks and answers."""
    it = converted(bake, tmp_path, slug, "first")
    assert git(it.folder, "status", "--porcelain") == ""
    first = catalogue.load(slug).order[0]
    assert re.search(
        r"(?s)not yet\n.*Wanted +\w.*Got +\w", it.path("check", first, code=1)
    )
    it.run("python", "manage.py", "check", "--fail-level", "WARNING")
    it.run("python", "manage.py", "migrate", "-v", "0")
    said = it.run("python", "manage.py", "shell", "-v", "0", "-c", PAGE)
    assert said.splitlines()[-1] == "200 True", said


def test_a_task_done_with_crlf_is_ticked_and_stays_crlf(
    bake: Bake, tmp_path: Path
) -> None:
    """The reference, applied to files with CRLF, is right; the tick is one byte."""
    it = converted(bake, tmp_path, smallest(), "first")
    project = catalogue.load(smallest())
    before = (it.folder / "TASKS.md").read_bytes()
    for number, slug in enumerate(project.order[:2], 1):
        diff = it.path("solution", slug, "--peek")
        change = tmp_path / "change.diff"
        change.write_text(diff, "utf-8", newline="\n")
        git(it.folder, "apply", str(change))
        it.path("check", slug)
        after = (it.folder / "TASKS.md").read_bytes()
        changed = sum(a != b for a, b in zip(before, after, strict=True))
        assert changed == number
    it.path(*PLAN)
    planned = (it.folder / "TASKS.md").read_bytes()
    assert planned.count(b"\n") == planned.count(b"\r\n")


def test_a_bake_from_a_checkout_with_crlf(tmp_path: Path) -> None:
    """The catalogue, the regions, Jinja and the hook; LF in the bake's own Git."""
    project = catalogue.load(smallest())
    slug = project.slug
    root = tmp_path / "template"
    for path in listed(ROOT):
        if path.split("/")[0] in ("tests", "docs", "tools", ".github"):
            continue
        other = re.match(rf"specs/(?!(?:{slug}|shared|services)/)[^/]+/", path)
        if other or not (ROOT / path).is_file():
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, root / path)
    questions = root / "cookiecutter.json"
    text = questions.read_text("utf-8")
    projects = re.compile(r'("project": )\[[^]]*\]')
    questions.write_text(projects.sub(rf'\1["{slug}"]', text, count=1), "utf-8")
    files = [file for file in root.rglob("*") if file.is_file()]
    to_crlf(root, [file.relative_to(root).as_posix() for file in files])
    for cut, start in (("first", project.order[0]), ("finished", DONE)):
        place = tmp_path / cut
        place.mkdir()
        config = place / "config.yaml"
        config.write_text(f"replay_dir: {place}\ncookiecutters_dir: {place}\n", "utf-8")
        command = [sys.executable, "-m", "cookiecutter", str(root), "--no-input"]
        command += ["--config-file", str(config), "-o", str(place), f"project={slug}"]
        environments.run([*command, f"project_slug={slug}", f"start_at={start}"], place)
        it = Windows(place / slug, slug)
        assert crlf_in_git(git(it.folder, "ls-files", "--eol")) == [], cut
        assert git(it.folder, "status", "--porcelain") == ""
        said = it.path()
        assert f"of {len(project.tasks)} tasks" in said
        it.run("python", "manage.py", "migrate", "-v", "0")
        it.run("ruff", "check", "--no-cache", ".")
        it.run("ruff", "format", "--no-cache", "--check", ".")
    it.run("python", "-m", "pytest", "-q")


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"a\r\nb\r\n", b"a\nb\n"),
        ("é\r\n".encode(), "é\n".encode()),
        (b"a\rb\n", b"a\rb\n"),
        (b"\x89PNG\r\n\x1a\n\0", b"\x89PNG\r\n\x1a\n\0"),
        (b"%PDF\r\n\xe2\xe3", b"%PDF\r\n\xe2\xe3"),
    ],
)
def test_only_text_loses_its_crlf_in_git(data: bytes, kept: bytes) -> None:
    assert first_commit.as_git_keeps(data) == kept


# --------------------------------------------------------------------------- encodings


# An open of ours without an encoding is an error; others' packages may be as they are.
STRICT = {"PYTHONWARNDEFAULTENCODING": "1"}
THIRD = r"(site-packages|lib[/\\]python3|[/\\]Lib[/\\]|<frozen)"


def careless(said: str, *ours: Path) -> list[str]:
    """The EncodingWarnings of our own files."""
    lines = [line for line in said.splitlines() if "EncodingWarning:" in line]
    return [
        line
        for line in lines
        if not re.search(THIRD, line)
        and (not ours or any(str(folder) in line for folder in ours))
    ]


def test_an_open_without_an_encoding_is_found(tmp_path: Path) -> None:
    module = tmp_path / "careless.py"
    module.write_text("open(__file__).close()\n", "utf-8")
    done = environments.run([sys.executable, str(module)], tmp_path, **STRICT)
    assert careless(done.stderr, tmp_path)


def test_the_bake_names_its_encodings(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"replay_dir: {tmp_path}\ncookiecutters_dir: {tmp_path}\n", "utf-8"
    )
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input"]
    command += ["--config-file", str(config), "-o", str(tmp_path)]
    command += [f"project={largest()}", "project_slug=mine", f"start_at={DONE}"]
    done = environments.run(command, tmp_path, **STRICT)
    assert careless(done.stderr) == []
    assert (tmp_path / "mine/path.py").is_file()


@pytest.mark.parametrize(
    ("cut", "commands"),
    [
        (
            "first",
            [
                "",
                "next",
                "show 1",
                "check",
                "hint",
                "solution 1 --peek",
                "plan --hours 3",
                " ".join([*PLAN, "--dry-run"]),
                "export csv",
                "export ics",
                "export github",
                "board --no-open",
            ],
        ),
        ("finished", ["", "check 1", "board --no-open"]),
    ],
)
def test_path_py_names_its_encodings(
    cut: str, commands: list[str], bake: Bake, tmp_path: Path
) -> None:
    """No open in path.py, under .path/ or in acceptance/ leaves it to the system."""
    python = str(environments.environment(catalogue.load(smallest())))
    folder = Path(shutil.copytree(baked(bake, smallest(), cut), tmp_path / "repo"))
    for command in commands:
        whole = [python, "path.py", *command.split()]
        done = environments.run(whole, folder, check=False, **STRICT)
        assert "Traceback" not in done.stderr, done.stderr
        assert careless(done.stdout + done.stderr) == [], command


# All four take three minutes and more; the source of each is read below.
@pytest.mark.parametrize("name", [smallest(), EXAMPLE])
def test_a_finished_project_names_its_encodings(
    name: str, bake: Bake, tmp_path: Path
) -> None:
    """Its own tests, the acceptance tests, and the programs that these start."""
    python = str(environments.environment(catalogue.load(name)))
    folder = Path(shutil.copytree(baked(bake, name, "finished"), tmp_path / "repo"))
    options = ["-m", "pytest", "-q", "-rw", "-W", "always::EncodingWarning"]
    test = folder / "tests/test_careless.py"
    test.write_text("def test_it():\n    open(__file__).close()\n", "utf-8")
    done = environments.run([python, *options], folder, **STRICT)
    found = careless(done.stdout, folder)
    assert [line for line in found if test.name in line], done.stdout
    rest = [line for line in found if test.name not in line]
    assert rest == []


@pytest.mark.parametrize(
    "command",
    ["folders {project} --output {out}", "prove proof {project} {task} --jobs 1"],
)
def test_the_tools_name_their_encodings(command: str, tmp_path: Path) -> None:
    project = catalogue.load(smallest())
    given = {"project": project.slug, "task": project.order[0], "out": tmp_path / "out"}
    words = command.format(**given).split()
    done = environments.run(
        [sys.executable, "-m", *f"tools.{words[0]}".split(), *words[1:]], ROOT, **STRICT
    )
    assert careless(done.stderr) == []


# Whose `open` is none of a text: a page in a browser, an archive, a picture, a number.
OTHERS = {"webbrowser", "tarfile", "zipfile", "Image", "os"}
# Where the mode and the encoding stand when they have no name, and what is opened
# without a mode: text, or bytes.
PLACES = {
    "open": (1, 3, "r"),
    ".open": (0, 2, "r"),
    "fdopen": (1, 3, "r"),
    "read_text": (-1, 0, "r"),
    "write_text": (-1, 1, "w"),
    "FileHandler": (1, 2, "a"),
    "RotatingFileHandler": (1, 4, "a"),
    "TimedRotatingFileHandler": (-1, 4, "a"),
    "WatchedFileHandler": (1, 2, "a"),
    "TemporaryFile": (0, 2, "w+b"),
    "NamedTemporaryFile": (0, 2, "w+b"),
    "SpooledTemporaryFile": (1, 3, "w+b"),
}


# What a mode consists of; any other text is an address, or the name of something else.
MODE = re.compile(r"[rwaxbt+]{1,4}")
# Our own methods of that name: (where, on what, what they open or write). Those of a
# project stand in its checks/opens.yaml.
OPENS = (
    (f"{SKELETON.name}/path.py", "formatter", "a paragraph of click's help"),
    ("tests/containers/stacks.py", "self", "a page of a stack"),
    ("tests/django_facts.py", "self", "a page of Django's documentation"),
    ("tests/test_browser.py", "visit", "a page in Chromium"),
    *(
        (f"specs/{file.parts[-3]}/{entry['where']}", entry["on"], entry["what"])
        for file in sorted(ROOT.glob("specs/*/checks/opens.yaml"))
        for entry in yaml.safe_load(file.read_text("utf-8"))
    ),
)


def name_of(function: ast.expr) -> tuple[str, str]:
    """(what is called, what it is called on): `open` and `path` of `self.path.open`.

    What is called on another call's result is called on that: `enter`, `enter(1).open`.
    """
    if isinstance(function, ast.Attribute):
        of = function.value
        of = of.func if isinstance(of, ast.Call) else of
        return function.attr, getattr(of, "id", getattr(of, "attr", "?"))
    return getattr(function, "id", ""), ""


def without_encoding(source: str, ours: Iterable[str] = ()) -> Iterator[int]:
    """The lines of a program that open or run something as text, in what encoding?

    Every `open` counts, whatever it is called on, unless its mode is a constant with a
    b in it or its owner is one of ``OTHERS``, as may be that of a `write_text`.

    Args:
        source: the program.
        ours: on what an `open` of ours is called.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        called, owner = name_of(node.func)
        if called in ("open", "write_text") and owner in {*OTHERS, *ours}:
            continue
        if called == "open" and owner not in ("", "io", "builtins"):
            called = ".open"
        careless = any(
            getattr(named.get(name), "value", None) is True
            for name in ("text", "universal_newlines")
        )
        if called in PLACES:
            mode_at, encoding_at, mode = PLACES[called]
            given = node.args[mode_at : mode_at + 1] if mode_at >= 0 else []
            for value in [*given, *filter(None, [named.get("mode")])]:
                # What is not written out may be a text's mode.
                mode = str(value.value) if isinstance(value, ast.Constant) else "r"
                if isinstance(value, ast.IfExp):
                    ways = [value.body, value.orelse]
                    told = [way.value for way in ways if isinstance(way, ast.Constant)]
                    bytes_only = len(told) == 2 and all("b" in way for way in told)
                    mode = "rb" if bytes_only else "r"
                if called == ".open" and isinstance(value, ast.JoinedStr):
                    mode = "/"
            other = called == ".open" and not MODE.fullmatch(mode)
            text = "b" not in mode and not other
            careless = careless or (text and len(node.args) <= encoding_at)
        if careless and "encoding" not in named:
            yield node.lineno


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("open(name)", True),
        ("open(name, 'w')", True),
        ("open(name, 'rb')", False),
        ("open(name, encoding='utf-8')", False),
        ("file.open('w')", True),
        ("file.open('wb')", False),
        ("file.open()", True),
        ("Path('a').open()", True),
        ("Path('a').open('rb')", False),
        ("path.open(newline='')", True),
        ("path.open('w', 1, 'utf-8')", False),
        ("open(file=n)", True),
        ("open(file=n, mode='rb')", False),
        ("open(name, mode)", True),
        ("open(name, 'rb' if a else 'wb')", False),
        ("open(name, 'rb' if a else 'w')", True),
        ("open(name, 'rb' if a else mode)", True),
        ("open(name, 'w', -1, 'utf-8')", False),
        ("open(name, **options)", True),
        ("io.open(n)", True),
        ("io.open(n, 'rb')", False),
        ("self.file.open('rb')", False),
        ("(a / b).open()", True),
        ("a[0].open(mode)", True),
        ("visitor.open('/about/')", False),
        ("archive.open('a.txt')", False),
        ("file.touch(mode=0o600)", False),
        ("drawn(mode='P')", False),
        ("logging.FileHandler(p)", True),
        ("logging.FileHandler(p, 'w', 'utf-8')", False),
        ("FileHandler(p, encoding='utf-8')", False),
        ("RotatingFileHandler(p, 'a', 9, 9)", True),
        ("webbrowser.open(url)", False),
        ("tarfile.open(name)", False),
        ("PIL.Image.open(name)", False),
        ("os.open(name, flags)", False),
        ("os.fdopen(handle)", True),
        ("os.fdopen(handle, 'w')", True),
        ("os.fdopen(handle, 'wb')", False),
        ("file.read_text()", True),
        ("file.read_text('utf-8')", False),
        ("file.write_text(text)", True),
        ("file.write_text(text, newline='')", True),
        ("file.write_text(data=text)", True),
        ("file.write_text(text, 'utf-8')", False),
        ("file.write_text(text, encoding='utf-8')", False),
        ("file.read_text(errors='replace')", True),
        ("tempfile.NamedTemporaryFile()", False),
        ("tempfile.NamedTemporaryFile('w')", True),
        ("tempfile.NamedTemporaryFile(mode=mode)", True),
        ("TemporaryFile('w+b')", False),
        ("SpooledTemporaryFile(100)", False),
        ("SpooledTemporaryFile(100, 'w')", True),
        ("subprocess.run(command, text=True)", True),
        ("subprocess.run(command, text=True, encoding='utf-8')", False),
        ("Comment(text='True')", False),
    ],
)
def test_a_careless_open_is_found(line: str, found: bool) -> None:
    assert bool(list(without_encoding(line))) is found


def test_an_open_of_ours_is_excused_where_it_is_named() -> None:
    source = "tab.open(room)\nfile.open(room)\n"
    assert list(without_encoding(source)) == [1, 2]
    assert list(without_encoding(source, ["tab"])) == [2]


def test_no_program_of_ours_leaves_its_encoding_to_the_system() -> None:
    """What runs at a bake and here, the tests, a learner's files, the finished code."""
    files = [path for path in listed(ROOT) if path.endswith(".py")]
    wrong = []
    for path in files:
        if not (ROOT / path).is_file():
            continue
        source = (ROOT / path).read_text("utf-8")
        ours = [
            word
            for where, words, _ in OPENS
            if fnmatch(path, where)
            for word in words.split()
        ]
        wrong += [f"{path}, line {line}" for line in without_encoding(source, ours)]
    assert len(files) > 400
    assert {"hooks", "tests", "tools", "djangopath"} < {p.split("/")[0] for p in files}
    assert wrong == []


@pytest.mark.parametrize(("where", "words"), [entry[:2] for entry in OPENS])
def test_every_open_of_ours_is_there(where: str, words: str) -> None:
    """A reason that nothing needs any more is taken out."""
    sources = [file.read_text("utf-8") for file in ROOT.glob(where)]
    for word in words.split():
        assert any(
            list(without_encoding(source)) != list(without_encoding(source, [word]))
            for source in sources
        ), f"{where}: no open is called on {word}"


# ------------------------------------------------------------------------------ shells

# What no PowerShell understands, or not every: 5.1, which comes with Windows, has no
# `&&`, and means another program by `curl`. Beside each is what helps out, and must
# stand in the same step or paragraph, or further on in the same section.
UNIX = tuple(
    (re.compile(pattern), re.compile(remark))
    for pattern, remark in (
        (r"(?m)^\s*(export \w+=|\w+=\S* (python|pytest|celery|docker)\b)", r"\$env:"),
        (r"(?m)^\s*curl ", r"curl\.exe"),
        (r"(?m)^\s*source ", r"Activate\.ps1"),
        (
            r"(?m)^\s*(sudo |for \w+ in .*; do|(cp|rm -\w+|chmod|touch|umask) )"
            r"| && |\| tee |/dev/null|\$\(seq",
            r"PowerShell",
        ),
    )
)
# The section whose commands by sudo are for a server, which is no Windows.
SERVER = "## 11. "
CODE = re.compile(
    r"(?ms)^( *)```(?!mermaid|powershell)\w*\n(.*?)^ *```|(?<!`)`([^`\n]+)`"
)


def sections(page: str) -> list[str]:
    """A page by its headings; a comment in a block of code is none."""
    found = [""]
    fenced = False
    for line in page.splitlines(keepends=True):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and re.match(r"#{1,6} ", line):
            found.append("")
        found[-1] += line
    return found


def pieces(section: str) -> list[str]:
    """A section by its steps and paragraphs.

    A block of code belongs to what stands before it.
    """
    found = [""]
    fenced = blank = False
    for line in section.splitlines(keepends=True):
        fence = line.lstrip().startswith("```")
        step = re.match(r"\d+\. |[-*] ", line)
        if not (fenced or fence) and (step or (blank and re.match(r"\S", line))):
            found.append("")
        found[-1] += line
        fenced ^= fence
        blank = not line.strip()
    return found


def unix_only(page: str) -> list[str]:
    """The code that PowerShell does not run, where nothing helps out.

    A step of a workflow runs on GitHub's Linux.
    """
    found = []
    for section in sections(page):
        parts = pieces(section)
        for number, part in enumerate(parts):
            onward = "".join(parts[number:])
            for match in CODE.finditer(part):
                code = match[2] or match[3]
                away = section.startswith(SERVER) and re.search(r"(?m)^sudo ", code)
                if code.startswith("run:") or away:
                    continue
                if any(
                    pattern.search(code) and not remark.search(onward)
                    for pattern, remark in UNIX
                ):
                    found.append(code)
    return found


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("```sh\nexport DEBUG=false\n```\n", True),
        ("1. Do\n   ```\n   source .venv/bin/activate\n   ```\n", True),
        ("`DEBUG=false python manage.py check`", True),
        ("`coverage run && coverage report`", True),
        ("`rm -rf media`", True),
        ("```\npython manage.py check\n```\n", False),
        ("```\nexport A=1\n```\nIn PowerShell `$env:A = 1`.", False),
        (
            "## A\n`cp a b`\n\n1. In PowerShell:\n   ```powershell\n   copy\n   ```\n",
            False,
        ),
        ("Use PowerShell.\n\n## A\n```\nexport A=1\n```\n", True),
        ("## A\n```\nexport A=1\n```\n### B\nIn PowerShell\n", True),
        ("## A\nWith `$env:` so.\n```\n# a\n## b\nexport A=1\n```\n", False),
        ("1. With `$env:A`.\n2. Do:\n   ```\n   export A=1\n   ```\n", True),
        ("1. Do:\n   ```\n   export A=1\n   ```\n2. Or `$env:A`.\n", False),
        ("With `$env:A` so.\n\nThen:\n\n```\nexport A=1\n```\n", True),
        ("With `$env:A` so:\n\n```\nexport A=1\n```\n", False),
        ("`curl -i x` and `export A=1`: in PowerShell `$env:A = 1`", True),
        ("`curl -i x` (in PowerShell `curl.exe`)", False),
        ("```\nexport A=1\n```\nPowerShell knows better.", True),
        ("`REDIS_URL=redis://x celery worker`", True),
        ("## 11. Deploy\n```\numask 077\nsudo apt update\n```\n", False),
        ("## 11. Deploy\n```\numask 077\n```\n", True),
        ("## 12. Else\n`sudo apt update`", True),
        ("`{% include %}` and `source` and `Q(a=1) & Q(b=2)`", False),
    ],
)
def test_a_command_of_unix_alone_is_found(page: str, found: bool) -> None:
    assert bool(unix_only(page)) is found


def test_what_a_learner_must_run_runs_in_powershell(slug: str, bake: Bake) -> None:
    """README, SPEC and the pages of the tasks."""
    folder = bake(slug)
    pages = [folder / "README.md", folder / "SPEC.md", *folder.glob("tasks/*.md")]
    wrong = {
        file.name: found
        for file in pages
        if (found := unix_only(file.read_text("utf-8")))
    }
    assert wrong == {}


@pytest.mark.parametrize("page", ["README.md", "SPEC.md"])
def test_every_section_of_a_page_is_judged(page: str, slug: str, bake: Bake) -> None:
    """README and SPEC speak of PowerShell; a command elsewhere in them is found."""
    text = (bake(slug) / page).read_text("utf-8")
    assert "PowerShell" in text
    added = "## Odd\n\n```sh\nexport ODD=1\n```\n"
    assert "export ODD=1\n" in unix_only(f"{text}\n{added}")
    assert "export ODD=1\n" in unix_only(f"{added}\n{text}")


# ----------------------------------------------------------------------------- pathlib

# (file, what it calls): why pathlib does not do it in the oldest Python.
LINK = "Path.resolve raises where links run in a circle, before Python 3.13"
UP = "Path.relative_to walks up from Python 3.12 on only"
ADDRESS = "an address of a page, not a file of a disk"
NOT_PATHLIB = {
    ("djangopath/extension.py", "os.path.lexists"): (
        "Path.exists follows links until Python 3.12; a dangling one counts here"
    ),
    ("tools/plugins/reads.py", "os.path.join"): (
        "called at every opening of a file, where Path would open its own way"
    ),
    ("tools/plugins/siblings.py", "os.path.abspath"): (
        "a link stays one: Path.resolve would follow it"
    ),
    (f"{SKELETON.name}/.path/tasks_file.py", "os.path.realpath"): LINK,
    (f"{SKELETON.name}/.path/board.py", "os.path.realpath"): LINK,
    (f"{SKELETON.name}/.path/output.py", "os.path.realpath"): LINK,
    (f"{SKELETON.name}/.path/plan.py", "os.path.realpath"): LINK,
    (f"{SKELETON.name}/.path/watch.py", "os.path.realpath"): LINK,
    (f"{SKELETON.name}/.path/board.py", "os.path.relpath"): UP,
    (f"{SKELETON.name}/.path/watch.py", "os.path.relpath"): UP,
    (f"{SKELETON.name}/.path/saves.py", "os.path.relpath"): (
        "os.scandir gives texts, of every file and up to four times a second"
    ),
    (f"{SKELETON.name}/.path/board.py", "posixpath.join"): ADDRESS,
    (f"{SKELETON.name}/.path/board_markup.py", "posixpath.join"): ADDRESS,
    (f"{SKELETON.name}/.path/board_markup.py", "posixpath.normpath"): ADDRESS,
    (f"{SKELETON.name}/.path/issue_text.py", "posixpath.join"): ADDRESS,
    (f"{SKELETON.name}/.path/issue_text.py", "posixpath.normpath"): ADDRESS,
}
TEXT_PATHS = ("os.path", "posixpath", "ntpath")


def text_paths(source: str) -> Iterator[str]:
    """What a program uses of `os.path` and its like, by its whole name.

    A name that hides it (`from os import path`, `here = os.path`) counts as the module.
    """
    inner = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if whole.startswith(TEXT_PATHS):
                    yield whole
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name == "os.path" or (name.asname and name.name in TEXT_PATHS):
                    yield name.name
        elif isinstance(node, ast.Attribute):
            if ast.unparse(node.value) in TEXT_PATHS:
                inner.add(id(node.value))
                yield ast.unparse(node)
            elif ast.unparse(node) == "os.path" and id(node) not in inner:
                yield "os.path"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("os.path.join(a, b)", ["os.path.join"]),
        ("map(os.path.exists, all_)", ["os.path.exists"]),
        ("from os import path", ["os.path"]),
        ("from os.path import join", ["os.path.join"]),
        ("import os.path", ["os.path"]),
        ("import posixpath as p", ["posixpath"]),
        ("here = os.path", ["os.path"]),
        ("posixpath.join(a, b)", ["posixpath.join"]),
        ("import os, posixpath", []),
        ("os.pathsep.join(a)", []),
        ("from pathlib import Path\nPath(a).exists()", []),
        ("'os.path.join'", []),
    ],
)
def test_a_path_that_is_a_text_is_found(line: str, found: list[str]) -> None:
    assert list(text_paths(line)) == found


def test_paths_are_pathlib_s() -> None:
    """But for what it has nothing for; a reason that nothing needs is taken out."""
    folders = ("djangopath/", "hooks/", "specs/", "tools/", f"{SKELETON.name}/")
    files = [p for p in listed(ROOT) if p.endswith(".py") and p.startswith(folders)]
    used = {
        (path, name)
        for path in files
        if (ROOT / path).is_file()
        for name in text_paths((ROOT / path).read_text("utf-8"))
    }
    assert {path.split("/")[0] + "/" for path in files} == set(folders)
    assert used == set(NOT_PATHLIB)
    assert all(NOT_PATHLIB.values())
