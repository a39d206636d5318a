"""The repository of a bake and its one commit, and what is said where Git cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from djangopath.git import GitError, environment, failure
from djangopath.lay import code_files

# One small pack, neither compressed nor with files as what differs from one another,
# which takes a third of its time; a bake that a power cut spoils is baked again.
QUICK = tuple(
    "-c core.fsync=none -c core.compression=0 -c fastimport.unpackLimit=1 "
    "fast-import --depth=0 --quiet --done".split()
)
# No hook, and nothing that goes on tidying up after Git has ended.
ALWAYS = ("-c", "core.hooksPath=/dev/null", "-c", "maintenance.auto=false")
INIT = "git init -b main"


class Repository:
    """A Git repository with one commit on ``main``, made of what lies in a folder.

    Git works beside us: ``git init`` starts with the context, and `add` hands over what
    is written. The commit is made by ``git fast-import``, in one pack: `git
    add` writes a file for each object, which takes longer than all the rest of the
    bake. What `LITTER` names is ignored by the skeleton's .gitignore and stays out.

    Who commits is asked in the new repository, because settings may hold for some
    folders alone (``includeIf``). Where commits are signed, which `git fast-import`
    cannot do, and where it is missing or fails, `git commit` makes the commit.

    No hook runs, neither of ``core.hooksPath`` nor of a template of repositories. They
    expect packages and settings that are not there yet.

    A bake that fails inside the context leaves no process behind.
    """

    def __init__(self, target: Path, message: str = "Start") -> None:
        self.target, self.message = target, message
        self.git = shutil.which("git")
        self.left_out = ""
        self._modes: dict[str, bytes] = {}  # by the path of each file that was added
        self._running: list[subprocess.Popen[bytes]] = []
        self._importer: subprocess.Popen[bytes] | None = None
        self._signs = False

    def __enter__(self) -> Repository:
        if self.git is None:
            why = (
                "Git is not on this machine, so there is no repository yet. Install it"
            )
            self.left_out = self.by_hand(f"{why}, then", [INIT])
            return self
        try:
            self._init = self.start("init", "-q", "--initial-branch=main")
        except GitError as error:
            self._without_repository(error)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
                process.communicate()

    def add(self, name: str, data: bytes) -> None:
        """Hands over a file that is written; one that is not is found by `commit`."""
        if not self._modes and not self.left_out:
            self._begin()
        if self.left_out or name in self._modes:
            return
        mode = (self.target / name).stat().st_mode if os.name == "posix" else 0
        self._modes[name] = b"100755" if mode & 0o100 else b"100644"
        data = as_git_keeps(data)
        head = b"blob\nmark :%d\ndata %d\n" % (len(self._modes), len(data))
        self._feed(head + data + b"\n")

    def commit(self) -> str:
        """Adds the rest of the folder and commits; says what had to be left out."""
        for name, file in code_files(self.target):
            if name not in self._modes:
                self.add(name, file.read_bytes())
        if self.left_out:
            return self.left_out
        try:
            author, committer = (self.done(asked).strip() for asked in self._who)
        except GitError as error:
            self.left_out = self.without_identity(error)
            return self.left_out
        try:
            if not self._imported(author, committer):
                self._add_and_commit()
        except GitError as error:
            why = f"The first commit was left out: {error}. When that is mended,"
            self.left_out = self.by_hand(why, error.advice)
        return self.left_out

    def _begin(self) -> None:
        """Once the repository is there: asks who commits, and starts the quick way."""
        try:
            try:
                self.done(self._init)
            except GitError:
                # Git before 2.28 takes another way to the branch.
                self.run("init", "-q")
                self.run("symbolic-ref", "HEAD", "refs/heads/main")
            who = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
            self._who = [self.start("var", name) for name in who]
            with suppress(GitError):  # where nothing is set
                signs = self.run("config", "--bool", "commit.gpgsign")
                self._signs = signs.strip() == b"true"
            if not self._signs:
                self._importer = self.start(*QUICK)
        except GitError as error:
            self._without_repository(error)

    def _feed(self, data: bytes) -> None:
        """Writes to ``git fast-import``; once it has ended the quick way is closed."""
        if self._importer is None or self._importer.stdin is None:
            return
        try:
            self._importer.stdin.write(data)
        except OSError:
            self._importer.communicate()
            self._importer = None

    def _imported(self, author: bytes, committer: bytes) -> bool:
        """Whether ``git fast-import`` has made the commit."""
        text = f"{self.message}\n".encode()
        head = b"commit refs/heads/main\nauthor %s\ncommitter %s\ndata %d\n%s"
        files = [
            b"M %s :%d %s\n" % (mode, mark, name.encode())
            for mark, (name, mode) in enumerate(self._modes.items(), 1)
        ]
        self._feed(head % (author, committer, len(text), text))
        self._feed(b"".join([*files, b"\ndone\n"]))
        if self._importer is None:
            return False
        try:
            self.done(self._importer)
        except GitError:
            return False
        try:
            self.run("read-tree", "HEAD")
        except GitError as error:
            self.left_out = (
                f"The first commit is made, but Git's index is not: {error}. Run in "
                "the folder:\n  git reset"
            )
        return True

    def _add_and_commit(self) -> None:
        """The slow way, which every Git has; it signs where that is set.

        The files are named, because a user's own list of ignored files may ignore some.
        """
        for file in (self.target / ".git").glob("fast_import_crash_*"):
            file.unlink()
        names = "\0".join(self._modes).encode()
        self.run("update-index", "--add", "-z", "--stdin", given=names)
        commit = ("commit", "-q", "-m", self.message)
        try:
            self.run(*commit)
        except GitError as error:
            if not self._signs:
                raise
            self.run(*commit, "--no-gpg-sign")
            self.left_out = (
                f"The first commit is not signed: {error}. When that is mended, run in "
                "the folder:\n  git commit --amend --no-edit"
            )

    def _without_repository(self, error: GitError) -> None:
        why = f"There is no repository yet: {error}. When that is mended,"
        self.left_out = self.by_hand(why, [*error.advice, INIT])

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts Git in the folder, whatever repository the bake was started in."""
        try:
            process = subprocess.Popen(
                [str(self.git), *ALWAYS, *arguments],
                cwd=self.target,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise GitError(f"{self.git} cannot be started: {error.strerror}") from None
        self._running.append(process)
        return process

    def run(self, *arguments: str, given: bytes | None = None) -> bytes:
        """What Git prints; raises `GitError` with its reason where it fails."""
        return self.done(self.start(*arguments), given)

    @staticmethod
    def done(process: subprocess.Popen[bytes], given: bytes | None = None) -> bytes:
        """What it prints until it ends."""
        output, complaint = process.communicate(given)
        if process.returncode:
            raise failure(process.returncode, complaint)
        return output

    def without_identity(self, error: GitError) -> str:
        """How to tell Git who commits, and to make the commit by hand."""
        why = "The first commit was left out: Git does not know who you are on this "
        commands = [
            'git config --global user.name "Your Name"',
            "git config --global user.email you@example.com",
        ]
        return self.by_hand(f"{why}machine ({error}).", commands)

    def by_hand(self, why: str, commands: Sequence[str]) -> str:
        """How to make the commit by hand, after these commands."""
        run = "Run" if why.endswith(".") else "run"
        lines = [*commands, "git add -A", f'git commit -m "{self.message}"']
        return "\n  ".join([f"{why} {run} in the folder:", *lines])


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
