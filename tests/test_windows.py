"""Windows, as far as it can be had without one: names, line ends, encodings, shells.

What is left for the matrix of the workflow to show is how Windows itself behaves.
"""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from djangopath import catalogue, finish
from djangopath.catalogue import DONE, ROOT
from tests.conftest import Bake
from tools import proof

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
    return proof.run(["git", *arguments], folder).stdout


def test_names_of_the_template() -> None:
    paths = listed(ROOT)
    assert len(paths) > 500
    assert refused(paths) == []


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
        self.python = proof.environment(catalogue.load(slug))

    def run(self, *command: str, code: int = 0, **env: str) -> str:
        """What a command says; `python` and tools are those of the environment."""
        program = str(self.python.with_name(command[0]))
        done = proof.run([program, *command[1:]], self.folder, check=False, **env)
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


@pytest.mark.parametrize("cut", ["first", "finished"])
def test_a_bake_with_crlf_runs(cut: str, bake: Bake, tmp_path: Path) -> None:
    """Every command of path.py, manage.py, pytest and ruff; Git sees no change."""
    it = converted(bake, tmp_path, "hello", cut)
    project = catalogue.load("hello")
    finished = cut == "finished"
    # Only line ends differ, so there is nothing to commit.
    assert git(it.folder, "status", "--porcelain") == ""
    done = len(project.tasks) if finished else 0
    assert f"{done} of {len(project.tasks)} tasks" in it.path()
    it.path("next")
    it.path("show", project.order[0])
    it.path("hint", project.order[0])
    # Where every task is ticked there is nothing to plan, which 1 says.
    it.path("plan", "--dry-run", "--from", "2027-02-01", code=1 if finished else 0)
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


def test_a_task_done_with_crlf_is_ticked_and_stays_crlf(
    bake: Bake, tmp_path: Path
) -> None:
    """The reference, applied to files with CRLF, is right; the tick is one byte."""
    it = converted(bake, tmp_path, "hello", "first")
    project = catalogue.load("hello")
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
    it.path("plan", "--from", "2027-02-01")
    planned = (it.folder / "TASKS.md").read_bytes()
    assert planned.count(b"\n") == planned.count(b"\r\n")


def test_a_bake_from_a_checkout_with_crlf(tmp_path: Path) -> None:
    """The catalogue, the regions, Jinja and the hook; LF in the bake's own Git."""
    root = tmp_path / "template"
    for path in listed(ROOT):
        if path.split("/")[0] in ("tests", "docs", "tools", ".github"):
            continue
        if re.match(r"specs/(?!hello/)[^/]+/", path) or not (ROOT / path).is_file():
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, root / path)
    questions = root / "cookiecutter.json"
    text = questions.read_text("utf-8")
    projects = re.compile(r'("project": )\[[^]]*\]')
    questions.write_text(projects.sub(r'\1["hello"]', text, count=1), "utf-8")
    files = [file for file in root.rglob("*") if file.is_file()]
    to_crlf(root, [file.relative_to(root).as_posix() for file in files])
    for cut, start in (("first", "plan"), ("finished", DONE)):
        place = tmp_path / cut
        place.mkdir()
        config = place / "config.yaml"
        config.write_text(f"replay_dir: {place}\ncookiecutters_dir: {place}\n", "utf-8")
        command = [sys.executable, "-m", "cookiecutter", str(root), "--no-input"]
        command += ["--config-file", str(config), "-o", str(place), "project=hello"]
        proof.run([*command, "project_slug=hello", f"start_at={start}"], place)
        it = Windows(place / "hello", "hello")
        assert crlf_in_git(git(it.folder, "ls-files", "--eol")) == [], cut
        assert git(it.folder, "status", "--porcelain") == ""
        said = it.path()
        assert "of 8 tasks" in said
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
    assert finish.as_git_keeps(data) == kept


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
    done = proof.run([sys.executable, str(module)], tmp_path, **STRICT)
    assert careless(done.stderr, tmp_path)


def test_the_bake_names_its_encodings(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"replay_dir: {tmp_path}\ncookiecutters_dir: {tmp_path}\n", "utf-8"
    )
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input"]
    command += ["--config-file", str(config), "-o", str(tmp_path)]
    command += ["project=chat", "project_slug=chat", f"start_at={DONE}"]
    done = proof.run(command, tmp_path, **STRICT)
    assert careless(done.stderr) == []
    assert (tmp_path / "chat/path.py").is_file()


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
                "plan --from 2027-02-01 --dry-run",
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
    python = str(proof.environment(catalogue.load("hello")))
    folder = Path(shutil.copytree(baked(bake, "hello", cut), tmp_path / "repo"))
    for command in commands:
        whole = [python, "path.py", *command.split()]
        done = proof.run(whole, folder, check=False, **STRICT)
        assert "Traceback" not in done.stderr, done.stderr
        assert careless(done.stdout + done.stderr) == [], command


def test_a_finished_project_names_its_encodings(bake: Bake, tmp_path: Path) -> None:
    """Its own tests, the acceptance tests, and the programs that these start."""
    python = str(proof.environment(catalogue.load("hello")))
    folder = Path(shutil.copytree(baked(bake, "hello", "finished"), tmp_path / "repo"))
    options = ["-m", "pytest", "-q", "-rw", "-W", "always::EncodingWarning"]
    test = folder / "tests/test_careless.py"
    test.write_text("def test_it():\n    open(__file__).close()\n", "utf-8")
    done = proof.run([python, *options], folder, **STRICT)
    found = careless(done.stdout, folder)
    assert [line for line in found if test.name in line], done.stdout
    rest = [line for line in found if test.name not in line]
    assert rest == []


@pytest.mark.parametrize(
    "command", ["folders hello --output {}", "prove proof hello plan --jobs 1"]
)
def test_the_tools_name_their_encodings(command: str, tmp_path: Path) -> None:
    words = command.format(tmp_path / "out").split()
    done = proof.run(
        [sys.executable, "-m", *f"tools.{words[0]}".split(), *words[1:]], ROOT, **STRICT
    )
    assert careless(done.stderr) == []


MODE = re.compile(r"[rwax+bt]{1,4}")


def without_encoding(source: str) -> Iterator[int]:
    """The lines of a program that open or run something as text, in what encoding?"""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        by_name = isinstance(node.func, ast.Name)
        first = 1 if called in ("fdopen",) or (called == "open" and by_name) else 0
        given = [*node.args[first : first + 1], named.get("mode")]
        modes = [m.value for m in given if isinstance(m, ast.Constant)]
        text = next((m for m in modes if isinstance(m, str) and MODE.fullmatch(m)), "")
        careless = (
            (called == "read_text" and not node.args)
            or (called == "write_text" and len(node.args) < 2)
            or (called in ("open", "fdopen") and text and "b" not in text)
            or (called == "open" and by_name and len(node.args) == 1 and not modes)
            or (called.endswith("TemporaryFile") and text and "b" not in text)
            or any(
                getattr(named.get(name), "value", None) is True
                for name in ("text", "universal_newlines")
            )
        )
        if careless and "encoding" not in named and None not in named:
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
        ("webbrowser.open(url)", False),
        ("os.fdopen(handle, 'w')", True),
        ("os.fdopen(handle, 'wb')", False),
        ("file.read_text()", True),
        ("file.read_text('utf-8')", False),
        ("file.write_text(text)", True),
        ("file.write_text(text, encoding='utf-8')", False),
        ("tempfile.NamedTemporaryFile()", False),
        ("tempfile.NamedTemporaryFile('w')", True),
        ("subprocess.run(command, text=True)", True),
        ("subprocess.run(command, text=True, encoding='utf-8')", False),
        ("Comment(text='True')", False),
    ],
)
def test_a_careless_open_is_found(line: str, found: bool) -> None:
    assert bool(list(without_encoding(line))) is found


def test_no_program_of_ours_leaves_its_encoding_to_the_system() -> None:
    """Those that run at a bake and here, what a learner gets, and the finished code."""
    files = [
        path
        for path in listed(ROOT)
        if path.endswith(".py") and not path.startswith(("hooks/", "tests/"))
    ]
    wrong = [
        f"{path}, line {line}"
        for path in files
        if (ROOT / path).is_file()
        for line in without_encoding((ROOT / path).read_text("utf-8"))
    ]
    assert len(files) > 200
    assert wrong == []


# ------------------------------------------------------------------------------ shells

# What no PowerShell understands, or not every: 5.1, which comes with Windows, has no
# `&&`, and means another program by `curl`.
UNIX = re.compile(
    r"(?m)^\s*(export \w+=|source |sudo |for \w+ in .*; do|\w+=\S* (python|pytest)\b"
    r"|(cp|rm -\w+|chmod|touch|curl) )| && |\| tee |/dev/null|\$\(seq"
)
CODE = re.compile(
    r"(?ms)^( *)```(?!mermaid|powershell)\w*\n(.*?)^ *```|(?<!`)`([^`\n]+)`"
)


def unix_only(page: str) -> list[str]:
    """The code of a page that PowerShell does not run, and the page does not say so.

    A step of a workflow runs on GitHub's Linux.
    """
    if re.search(r"(?i)powershell|curl\.exe", page):
        return []
    found = [match[2] or match[3] for match in CODE.finditer(page)]
    return [code for code in found if UNIX.search(code) and not code.startswith("run:")]


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
