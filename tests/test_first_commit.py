"""The bake's first commit: whose it is, and what stands where Git cannot make it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from djangopath.first_commit import Repository
from tests.common import git

pytestmark = [
    pytest.mark.only_projects(),
    pytest.mark.skipif(os.name != "posix", reason="stand-ins are scripts"),
]

ADA = "Ada <ada@example.com>"
GIT = str(shutil.which("git"))
FILES = {
    "manage.py": b"#!/usr/bin/env python3\n",
    "app/models.py": b"MODELS = 1\n",
    "notes.txt": b"a\r\nb\r\n",
    ".vscode/settings.json": b"{}\n",
}


class Machine:
    """A machine whose Git has only the settings that a test gives it.

    Attributes:
        place: a folder for scripts and settings.
        target: the folder that holds what a bake has written.
    """

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.place, self.patch = place, patch
        self.target = place / "work/mine"
        for name, data in FILES.items():
            file = self.target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        (self.target / "manage.py").chmod(0o755)
        (self.target / ".env").write_bytes(b"SECRET_KEY=x\n")
        (self.target / ".gitattributes").write_bytes(b"* text=auto eol=lf\n")
        (self.target / ".gitignore").write_bytes(b".env\n.vscode/\n")
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.delenv("EMAIL", raising=False)
        patch.setenv("HOME", str(place))
        patch.setenv("XDG_CONFIG_HOME", str(place))
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("GIT_CONFIG_GLOBAL", str(place / "config"))
        self.settings("[user]\nname = Ada\nemail = ada@example.com\n")

    def settings(self, text: str, name: str = "config") -> None:
        """Adds to a file of settings; ``config`` is that of the user."""
        with (self.place / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def script(self, name: str, text: str) -> Path:
        """A program of this machine."""
        file = self.place / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        file.chmod(0o755)
        return file

    def stands_in(self, command: str, does: str) -> None:
        """Git, one of whose commands is a script; what that lets pass, Git does."""
        self.script(
            "git",
            f'for word; do case "$word" in -c|*=*) ;; {command}) {does} ;; *) break;; '
            f'esac; done\nexec "{GIT}" "$@"',
        )
        path = f"{self.place / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.patch.setenv("PATH", path)

    def bake(self) -> str:
        """Makes the repository as a bake does; what had to be left out."""
        with Repository(self.target) as repository:
            for name in ("manage.py", "app/models.py"):
                repository.add(name, FILES[name])
            return repository.commit()

    def git(self, *words: str) -> str:
        return git(self.target, *words).strip()

    def log(self, form: str) -> str:
        return self.git("log", f"--format={form}")

    def commits(self) -> bool:
        """Whether there is a first commit, whole, and nothing to add to it."""
        if self.git("for-each-ref") == "":
            return False
        assert self.log("%s") == "Start"
        assert self.git("branch", "--show-current") == "main"
        assert self.git("status", "--porcelain") == ""
        listed = {".gitattributes", ".gitignore", *FILES}
        assert set(self.git("ls-files").splitlines()) == listed
        assert self.git("ls-files", "-s", "manage.py").startswith("100755")
        assert self.git("cat-file", "-s", "HEAD:notes.txt") == "4"
        assert self.git("fsck", "--strict") == ""
        left = {path.name for path in (self.target / ".git").glob("*crash*")}
        assert not left
        return True


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_the_first_commit(machine: Machine) -> None:
    assert machine.bake() == ""
    assert machine.commits()
    assert machine.log("%an <%ae>, %cn <%ce>") == f"{ADA}, {ADA}"


# ------------------------------------------------------------------------ whose it is


def for_this_folder(machine: Machine) -> None:
    machine.settings("[user]\nname = Ada\nemail = ada@work.example\n", "work.config")
    condition = f"gitdir:{machine.place / 'work'}/"
    machine.settings(f'[includeIf "{condition}"]\npath = work.config\n')


def of_the_template_folder(machine: Machine) -> None:
    (machine.place / "template").mkdir()
    machine.settings("[user]\nemail = ada@work.example\n", "template/config")
    machine.settings("[init]\ntemplateDir = ~/template\n")


@pytest.mark.parametrize("settings", [for_this_folder, of_the_template_folder])
@pytest.mark.parametrize("only", [False, True], ids=["", "useConfigOnly"])
def test_the_identity_is_the_new_repository_s(
    machine: Machine, settings: Callable[[Machine], None], only: bool
) -> None:
    """However long `git init` takes."""
    machine.stands_in("init", "sleep 1")
    settings(machine)
    if only:
        file = machine.place / "config"
        general = "email = ada@example.com"
        text = file.read_text("utf-8")
        assert general in text
        file.write_text(text.replace(general, "useConfigOnly = true"), "utf-8")
    assert machine.bake() == ""
    assert machine.commits()
    assert machine.git("config", "user.email") == "ada@work.example"
    assert machine.log("%ae %ce") == "ada@work.example ada@work.example"


def by_settings(machine: Machine) -> None:
    machine.settings("[author]\nemail = writes@example.com\n")
    machine.settings("[committer]\nemail = commits@example.com\n")


def by_variables(machine: Machine) -> None:
    machine.patch.setenv("GIT_AUTHOR_EMAIL", "writes@example.com")
    machine.patch.setenv("GIT_COMMITTER_EMAIL", "commits@example.com")
    machine.patch.setenv("GIT_AUTHOR_DATE", "2026-11-20T10:00:00+0100")
    machine.patch.setenv("GIT_COMMITTER_DATE", "2026-11-21T10:00:00+0100")


@pytest.mark.parametrize("settings", [by_settings, by_variables])
def test_author_and_committer_may_differ(
    machine: Machine, settings: Callable[[Machine], None]
) -> None:
    settings(machine)
    assert machine.bake() == ""
    assert machine.commits()
    assert machine.log("%an %ae, %cn %ce") == (
        "Ada writes@example.com, Ada commits@example.com"
    )
    if settings is by_variables:
        assert machine.log("%as %cs") == "2026-11-20 2026-11-21"


@pytest.mark.parametrize("missing", ["name", "email"])
def test_without_an_identity_it_says_how_to_commit(
    machine: Machine, missing: str
) -> None:
    kept = {"name": "email = a@example.com", "email": "name = Ada"}[missing]
    text = f"[user]\nuseConfigOnly = true\n{kept}\n"
    (machine.place / "config").write_text(text, "utf-8")
    said = machine.bake()
    assert "Git does not know who you are" in said
    assert not machine.commits()
    assert git_commands(machine, said)
    assert machine.commits()


def git_commands(machine: Machine, said: str) -> bool:
    """Runs what is said to run, as it stands."""
    lines = [line.strip() for line in said.splitlines() if line.startswith("  git ")]
    for line in lines:
        subprocess.run(line, shell=True, cwd=machine.target, check=True)
    machine.git("add", "-f", ".vscode")  # which these settings of a test ignore
    if machine.git("status", "--porcelain"):
        machine.git("commit", "-q", "--amend", "--no-edit")
    return bool(lines)


# ------------------------------------------------------ where Git has no quick way


NO_SUCH = (
    "echo \"git: 'fast-import' is not a git command. See 'git --help'.\" >&2; exit 1"
)
EARLY = 'head -c 20 >/dev/null; echo "fatal: it had enough" >&2; exit 128'
LATE = 'cat >/dev/null; echo "fatal: it had enough" >&2; exit 128'


@pytest.mark.parametrize("does", [NO_SUCH, EARLY, LATE], ids=["no", "early", "late"])
def test_without_fast_import_it_adds_and_commits(machine: Machine, does: str) -> None:
    machine.stands_in("fast-import", does)
    assert machine.bake() == ""
    assert machine.commits()
    assert machine.log("%an <%ae>, %cn <%ce>") == f"{ADA}, {ADA}"


def test_a_repository_of_another_owner_is_told_with_git_s_words(
    machine: Machine,
) -> None:
    machine.patch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    said = machine.bake()
    assert "detected dubious ownership in repository at" in said
    assert "Broken pipe" not in said
    allowed = f"git config --global --add safe.directory {machine.target}"
    assert f"  {allowed}\n  git add -A\n  git commit" in said
    assert git_commands(machine, said)
    assert machine.commits()


def test_what_no_way_can_do_is_told_with_git_s_words(machine: Machine) -> None:
    machine.stands_in("fast-import|commit", LATE)
    said = machine.bake()
    assert said.startswith("The first commit was left out: it had enough.")
    machine.patch.setenv("PATH", os.environ["PATH"].partition(os.pathsep)[2])
    assert git_commands(machine, said)
    assert machine.commits()


def test_an_index_that_is_missing_is_told(machine: Machine) -> None:
    machine.stands_in("read-tree", LATE)
    said = machine.bake()
    assert said.startswith("The first commit is made, but Git's index is not: it had")
    assert git_commands(machine, said)
    assert machine.commits()


def test_a_git_that_does_not_run_is_told_with_its_words(machine: Machine) -> None:
    """As macOS has one that asks to install the developer's tools."""
    shim = 'echo "xcrun: error: invalid active developer path" >&2; exit 1'
    machine.script("git", shim)
    before = os.environ["PATH"]
    machine.patch.setenv("PATH", f"{machine.place / 'bin'}{os.pathsep}{before}")
    said = machine.bake()
    assert "xcrun: error: invalid active developer path" in said
    assert "git init -b main" in said
    machine.patch.setenv("PATH", before)
    assert git_commands(machine, said)
    assert machine.commits()


def test_a_git_before_2_28_takes_another_way_to_the_branch(machine: Machine) -> None:
    refuses = 'echo "error: unknown option" >&2; exit 129'
    old = f'case " $* " in *" --initial-branch=main "*) {refuses};; esac; break'
    machine.stands_in("init", old)
    assert machine.bake() == ""
    assert machine.commits()


# ------------------------------------------------------------ signatures and hooks


SIGNED = """\
cat >/dev/null
printf '\\n[GNUPG:] SIG_CREATED D\\n' >&2
printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'
"""
NO_KEY = 'echo "gpg: signing failed: No secret key" >&2; exit 2'


def signs(machine: Machine, does: str) -> None:
    program = machine.script("sign", does)
    machine.settings(f"[commit]\ngpgSign = true\n[gpg]\nprogram = {program}\n")


def test_who_signs_commits_has_the_first_one_signed(machine: Machine) -> None:
    signs(machine, SIGNED)
    assert machine.bake() == ""
    assert machine.commits()
    assert "gpgsig -----BEGIN PGP" in machine.git("cat-file", "-p", "HEAD")


def test_where_signing_fails_the_first_commit_is_told_to_be_unsigned(
    machine: Machine,
) -> None:
    signs(machine, NO_KEY)
    said = machine.bake()
    assert said.startswith(
        "The first commit is not signed: gpg failed to sign the data"
    )
    assert "git commit --amend --no-edit" in said
    assert machine.commits()
    assert "gpgsig" not in machine.git("cat-file", "-p", "HEAD")
    machine.script("sign", SIGNED)
    assert git_commands(machine, said)
    assert machine.commits()
    assert "gpgsig" in machine.git("cat-file", "-p", "HEAD")


@pytest.mark.parametrize("quick", [True, False])
def test_no_hook_of_the_machine_has_a_say(machine: Machine, quick: bool) -> None:
    """They are for work that is set up; no package is installed yet."""
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        machine.script(name, f"touch {machine.place / 'ran'}; exit 1")
    machine.settings(f"[core]\nhooksPath = {machine.place / 'bin'}\n")
    if not quick:
        machine.stands_in("fast-import", NO_SUCH)
    assert machine.bake() == ""
    assert machine.commits()
    assert not (machine.place / "ran").exists()


def test_what_points_git_elsewhere_is_dropped(machine: Machine) -> None:
    other = machine.place / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    for name, value in (
        ("GIT_DIR", other / ".git"),
        ("GIT_COMMON_DIR", other / ".git"),
        ("GIT_OBJECT_DIRECTORY", other / ".git/objects"),
        ("GIT_INDEX_FILE", other / ".git/index"),
        ("GIT_WORK_TREE", other),
    ):
        machine.patch.setenv(name, str(value))
    said = machine.bake()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        if not name.startswith("GIT_CONFIG"):
            machine.patch.delenv(name)
    assert said == ""
    assert machine.commits()
    assert git(other, "count-objects") == "0 objects, 0 kilobytes\n"
