"""What is done after cookiecutter has written the skeleton: the cut, the packs, Git.

It runs in cookiecutter's own process, when the hook is rendered: a hook that did this
itself would spend longer on starting Python again than on the work.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from djangopath import catalogue, checklist, pages, regions, schedule
from djangopath.lay import code_files, lay, texts

REQUIREMENTS = ("requirements.txt", "requirements-prod.txt")
# One small pack, neither compressed nor with files as what differs from one another,
# which takes a third of its time; a bake that a power cut spoils is baked again.
QUICK = tuple(
    "-c core.fsync=none -c core.compression=0 -c fastimport.unpackLimit=1 "
    "fast-import --depth=0 --quiet --done".split()
)


def finish(plan: pages.Plan, target: Path) -> str:
    """Finishes a bake; gives back what the learner reads last.

    Args:
        plan: what the answers describe.
        target: the folder that cookiecutter has written the skeleton into.

    Raises:
        RegionError: a marker in the finished code is malformed.
        FileExistsError: a file of the project stands in the skeleton, too.
        OSError: a file cannot be written.
    """
    project = plan.project
    with Repository(target) as repository:
        for laid in lay(project.code, target, project.order, plan.done, project.owned):
            if laid.text is not None:
                repository.add(laid.path, laid.text.encode())
        for path, data in documents(plan, target):
            (target / path).write_bytes(data)
            repository.add(path, data)
        write_env(target)
        left_out = repository.commit()
    return closing(project.title, target, left_out)


def documents(plan: pages.Plan, target: Path) -> Iterator[tuple[str, bytes]]:
    """The plan, the spec, the tests, the pins and the packs, by their paths."""
    project = plan.project
    yield "TASKS.md", pages.tasks_page(plan).encode()
    yield "SPEC.md", pages.spec_page(plan).encode()
    for folder in (".path", "tasks"):
        (target / folder).mkdir(exist_ok=True)
    for test in sorted(project.acceptance.glob("*.py")):
        yield f"acceptance/{test.name}", test.read_bytes()
    for name in REQUIREMENTS:
        yield name, (project.folder / name).read_bytes()
    for task in project.tasks:
        yield task.page, pages.task_page(project, task).encode()
    yield ".path/project.json", catalogue.as_json(project).encode()
    hints = {task.slug: task.hints for task in project.tasks}
    yield ".path/hints.pack", packed(hints)
    reference = {
        "order": project.order,
        "owned": project.owned,
        "files": dict(texts(project.code)),
    }
    yield ".path/reference.pack", packed(reference)
    for module in (checklist, regions, schedule):
        file = Path(str(module.__file__))
        yield f".path/{file.name}", file.read_bytes()


def packed(data: Any) -> bytes:
    """Data that nobody reads by accident: JSON, compressed, in lines of base64."""
    whole = zlib.compress(json.dumps(data, ensure_ascii=False).encode("utf-8"), 1)
    return base64.encodebytes(whole)


def write_env(target: Path) -> None:
    """``.env``: the example, each empty value filled with a fresh random one.

    The database's password stands in two lines: its own, and the address to uncomment.
    Only the file's owner may read it.
    """
    example = (target / ".env.example").read_text(encoding="utf-8")
    text = _EMPTY.sub(lambda line: line[0] + secrets.token_urlsafe(50), example)
    password = _PASSWORD.search(text)
    if password:
        text = text.replace("the-password-below", password[1])
    env = target / ".env"
    env.touch(mode=0o600)
    env.write_text(text, encoding="utf-8", newline="\n")


_EMPTY = re.compile(r"^[A-Z][A-Z0-9_]*=$", re.MULTILINE)
_PASSWORD = re.compile(r"^POSTGRES_PASSWORD=(.+)$", re.MULTILINE)


# -------------------------------------------------------------------------------- git


class Repository:
    """A Git repository with one commit on ``main``, made of what lies in a folder.

    Git works beside us: ``git init`` starts with the context, and `add` hands over what
    is written. The commit is made by ``git fast-import``, in one pack: `git
    add` writes a file for each object, which takes longer than all the rest of the
    bake. What `LITTER` names is ignored by the skeleton's .gitignore and stays out.

    A bake that fails inside the context leaves no process behind.
    """

    def __init__(self, target: Path, message: str = "Start") -> None:
        self.target, self.message = target, message
        self.git = shutil.which("git")
        self.left_out = ""
        self._added: set[str] = set()
        self._running: list[subprocess.Popen[bytes]] = []
        self._importer: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Repository:
        if self.git is not None:
            self._init = self.start("init", "-q", "--initial-branch=main")
            self._who = self.start("var", "GIT_COMMITTER_IDENT")
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
                process.communicate()

    def add(self, name: str, data: bytes) -> None:
        """Hands over a file that is written; one that is not is found by `commit`."""
        if self.left_out or name in self._added:
            return
        self._added.add(name)
        try:
            if self._importer is None:
                self._importer = self._begin()
            if self._importer is None or self._importer.stdin is None:
                return
            mode = (self.target / name).stat().st_mode if os.name == "posix" else 0
            kind = b"100755" if mode & 0o100 else b"100644"
            data = as_git_keeps(data)
            head = b"M %s inline %s\ndata %d\n" % (kind, name.encode(), len(data))
            self._importer.stdin.write(head + data + b"\n")
        except (GitError, OSError) as error:
            self.left_out = f"The first commit was left out: {error}."

    def commit(self) -> str:
        """Adds the rest of the folder and commits; says what had to be left out."""
        for name, file in code_files(self.target):
            if name not in self._added:
                self.add(name, file.read_bytes())
        if not self.left_out and self._importer is not None:
            try:
                self._importer.stdin.write(b"\ndone\n")  # type: ignore[union-attr]
                self.done(self._importer)
                self.run("read-tree", "HEAD")
            except (GitError, OSError) as error:
                self.left_out = f"The first commit was left out: {error}."
        return self.left_out

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """``git fast-import`` in the new repository, at the head of its one commit."""
        if self.git is None:
            self.left_out = (
                "Git is not on this machine, so there is no repository yet. Install "
                "it, then run in the folder:\n  git init -b main\n  git add -A\n"
                f'  git commit -m "{self.message}"'
            )
            return None
        try:
            self.done(self._init)
        except GitError:
            # Git before 2.28 takes another way to the branch.
            self.run("init", "-q")
            self.run("symbolic-ref", "HEAD", "refs/heads/main")
        try:
            who = self.done(self._who).strip()
        except GitError:
            self.left_out = self.without_identity()
            return None
        importer = self.start(*QUICK)
        assert importer.stdin is not None
        text = f"{self.message}\n".encode()
        head = b"commit refs/heads/main\ncommitter %s\ndata %d\n%s"
        importer.stdin.write(head % (who, len(text), text))
        return importer

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts Git in the folder, whatever repository the bake was started in."""
        env = {
            key: value
            for key, value in os.environ.items()
            if key not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
        }
        process = subprocess.Popen(
            [str(self.git), *arguments],
            cwd=self.target,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._running.append(process)
        return process

    def run(self, *arguments: str) -> bytes:
        """What Git prints; raises `GitError` with its last line where it fails."""
        return self.done(self.start(*arguments))

    @staticmethod
    def done(process: subprocess.Popen[bytes]) -> bytes:
        output, complaint = process.communicate()
        if process.returncode:
            lines = complaint.decode("utf-8", "replace").strip().splitlines()
            raise GitError(lines[-1] if lines else "it gave no reason")
        return output

    def without_identity(self) -> str:
        """How to make the commit by hand."""
        lines = [
            "The first commit was left out: Git does not know who you are on this "
            "machine. Run in the folder:",
            '  git config --global user.name "Your Name"',
            "  git config --global user.email you@example.com",
            "  git add -A",
            f'  git commit -m "{self.message}"',
        ]
        return "\n".join(lines)


def as_git_keeps(data: bytes) -> bytes:
    """The content with LF, where it is text, as ``git add`` would store it.

    `git fast-import` takes bytes as they are, and a template that lies on a disk with
    CRLF is copied with CRLF.
    """
    if b"\r\n" not in data or b"\0" in data:
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    return data.replace(b"\r\n", b"\n")


class GitError(Exception):
    """Git failed; the message is its last line."""


def closing(title: str, target: Path, left_out: str) -> str:
    """What the learner reads last."""
    activate = (
        r".venv\Scripts\activate" if os.name == "nt" else "source .venv/bin/activate"
    )
    python = "python" if os.name == "nt" else "python3"
    lines = [
        "",
        f"{title} is ready in {target.name}. To start:",
        "",
        f"  cd {target.name}",
        f"  {python} -m venv .venv",
        f"  {activate}",
        "  python -m pip install -r requirements.txt",
        "  python manage.py migrate",
        "  python path.py",
        "",
        "README.md says what the folder holds, TASKS.md what to do on which day.",
    ]
    if left_out:
        lines += ["", left_out]
    return "\n".join(lines)
