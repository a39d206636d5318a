"""Nothing half-baked is left, and nothing that exists is touched: as processes."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from tools.examples import EXAMPLE, smallest

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template that a test may break."""
    target = tmp_path / "template"
    ignore = shutil.ignore_patterns(
        ".git", ".venv", ".cache", "__pycache__", ".*_cache", ".hypothesis", "tests"
    )
    shutil.copytree(catalogue.ROOT, target, ignore=ignore)
    return target


def command(template: Path, output: Path, *more: str) -> list[str]:
    output.mkdir(exist_ok=True)
    return [
        sys.executable,
        "-m",
        "cookiecutter",
        str(template),
        "--no-input",
        "-o",
        str(output),
        f"project={smallest()}",
        "project_slug=mine",
        *more,
    ]


def run(
    template: Path, output: Path, *more: str, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(template, output, *more),
        capture_output=True,
        text=True,
        cwd=output.parent,  # not this repository: its djangopath would be imported
        env={**os.environ, "HOME": str(output.parent), **env},
        check=False,
        encoding="utf-8",
    )


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(p.relative_to(folder)): (
            p.read_bytes() if p.is_file() else b"",
            p.stat().st_mtime_ns,
        )
        for p in [folder, *folder.rglob("*")]
    }


@pytest.mark.parametrize("force", [(), ("-f",), ("-f", "-s")])
@pytest.mark.parametrize("full", [True, False])
def test_a_folder_that_exists_is_refused_and_not_touched(
    tmp_path: Path, force: tuple[str, ...], full: bool
) -> None:
    output = tmp_path / "out"
    mine = output / "mine"
    mine.mkdir(parents=True)
    if full:
        (mine / "manage.py").write_text("precious", "utf-8")
        (mine / "TASKS.md").write_bytes(b"- [x] mine\r\n")
    before = snapshot(mine)
    result = run(catalogue.ROOT, output, *force)
    assert result.returncode == 1
    assert "exists already and stays as it is" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert snapshot(mine) == before


def test_a_file_of_the_same_name_is_refused(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "mine").write_text("precious", "utf-8")
    result = run(catalogue.ROOT, output, "-f")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert (output / "mine").read_text("utf-8") == "precious"


def gone(output: Path, result: subprocess.CompletedProcess[str]) -> None:
    assert result.returncode == 1, result.stdout + result.stderr
    assert not (output / "mine").exists()
    assert "Traceback" not in result.stdout + result.stderr


def test_a_bad_region_is_an_error_for_the_author(
    template: Path, tmp_path: Path
) -> None:
    views = template / f"specs/{smallest()}/code/config/urls.py"
    text = views.read_text("utf-8")
    views.write_text(text + "# task nowhere: begin\n", "utf-8")
    result = run(template, tmp_path / "out")
    gone(tmp_path / "out", result)
    line = text.count("\n") + 1
    assert f"config/urls.py, line {line}: task 'nowhere'" in result.stdout


def test_a_bad_spec_is_an_error_for_the_author(template: Path, tmp_path: Path) -> None:
    spec = template / f"specs/{smallest()}/tasks.yaml"
    spec.write_text(spec.read_text("utf-8") + "\nextra: 1\n", "utf-8")
    result = run(template, tmp_path / "out")
    gone(tmp_path / "out", result)
    assert (
        f"specs/{smallest()}/tasks.yaml" in result.stdout and "extra" in result.stdout
    )


def test_a_hook_that_fails_leaves_no_folder(template: Path, tmp_path: Path) -> None:
    shutil.rmtree(template / f"specs/{smallest()}/acceptance")
    (template / f"specs/{smallest()}/requirements.txt").rename(template / "gone.txt")
    result = run(template, tmp_path / "out")
    gone(tmp_path / "out", result)
    assert "requirements.txt" in result.stdout + result.stderr


def test_a_bake_without_hooks_is_no_half_repository(tmp_path: Path) -> None:
    result = run(catalogue.ROOT, tmp_path / "out", "--accept-hooks", "no")
    gone(tmp_path / "out", result)
    assert "run it again with --accept-hooks yes" in result.stdout


def test_a_bake_that_is_to_be_kept_is_kept(template: Path, tmp_path: Path) -> None:
    urls = template / f"specs/{smallest()}/code/config/urls.py"
    urls.write_text(urls.read_text("utf-8") + "# task nowhere: begin\n", "utf-8")
    result = run(template, tmp_path / "out", "--keep-project-on-failure")
    assert result.returncode == 1
    assert (tmp_path / "out/mine/path.py").is_file()


@pytest.mark.parametrize("older", [False, True])
def test_the_library_is_that_of_the_template_that_is_baked(
    older: bool, template: Path, tmp_path: Path
) -> None:
    """Python finds the one of the folder at hand first, which may be another clone.

    An older one cannot tell whether it is the right one; it is imported once all the
    same, or what one import has begun and another finished would be removed.
    """
    if older:
        extension = template / "djangopath/extension.py"
        text = extension.read_text("utf-8")
        changed = text.replace("is_current", "is_right")
        extension.write_text(changed, "utf-8")
        assert text != changed
    pages = template / "djangopath/pages.py"
    pages.write_text(
        pages.read_text("utf-8") + '\n\ntasks_page = lambda plan: "# Mine\\n"\n',
        "utf-8",
    )
    result = subprocess.run(
        command(template, tmp_path / "out"),
        cwd=catalogue.ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0
    assert (tmp_path / "out/mine/TASKS.md").read_text("utf-8") == "# Mine\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
def test_questions_on_a_terminal_that_shows_little(
    encoding: str, tmp_path: Path
) -> None:
    """A configuration has a name that it cannot show, and a question offers it."""
    config = tmp_path / "config.yaml"
    config.write_text(
        f"replay_dir: '{tmp_path / 'replay'}'\n"
        'default_context: {author_name: "Żółć 好 · é"}\n',
        "utf-8",
    )
    words = command(catalogue.ROOT, tmp_path / "out", "--config-file", str(config))
    words.remove("--no-input")
    env = {**os.environ, "HOME": str(tmp_path), "PYTHONIOENCODING": encoding}
    options: dict[str, Any] = {"cwd": tmp_path, "env": env, "capture_output": True}
    result = subprocess.run(words, input=b"\n" * 20, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    readme = (tmp_path / "out/mine/README.md").read_text("utf-8")
    assert "By Żółć 好 · é." in readme
    again = subprocess.run([*words[:-2], "project_slug=ż"], input=b"\n" * 20, **options)
    assert again.returncode == 1
    assert b"project_slug: " in again.stdout
    assert b"Traceback" not in again.stdout + again.stderr


# ------------------------------------------------------------------------- an archive


def zipped(template: Path, archive: Path) -> None:
    """As a file manager packs a folder."""
    with zipfile.ZipFile(archive, "w") as file:
        file.write(template, "template/")
        for path in sorted(template.rglob("*")):
            file.write(path, Path("template") / path.relative_to(template))


def archived(template: Path, archive: Path) -> None:
    """As GitHub packs a repository."""
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C"]
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-q", "-m", "one"],
        ["archive", "--prefix=template/", "-o", str(archive), "HEAD"],
    ):
        subprocess.run([*git, str(template), *words], check=True)


@posix
@pytest.mark.parametrize("pack", [zipped, archived])
def test_a_template_from_an_archive_bakes_the_same_modes(
    pack: Callable[[Path, Path], None], template: Path, tmp_path: Path
) -> None:
    """Python's zipfile unpacks without them."""
    archive = tmp_path / "template.zip"
    pack(template, archive)
    known = tmp_path / "gitconfig"
    known.write_text("[user]\nname = A\nemail = a@example.org\n", "utf-8")
    found = []
    for source, output in ((template, tmp_path / "a"), (archive, tmp_path / "b")):
        result = run(source, output, GIT_CONFIG_GLOBAL=str(known))
        assert result.returncode == 0, result.stdout + result.stderr
        folder = output / "mine"
        listed = subprocess.run(
            ["git", "ls-files", "-s"], cwd=folder, capture_output=True, check=True
        )
        modes = {
            path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
            for path in folder.rglob("*")
            if ".git" not in path.relative_to(folder).parts
        }
        lines = listed.stdout.splitlines()
        # Each bake has a name of its own in this file.
        alike = [line for line in lines if not line.endswith(b".path/start.json")]
        found.append((alike, modes))
    assert found[0] == found[1]
    assert found[0][1]["manage.py"] & 0o111
    executable = [line for line in found[0][0] if line[:6] == b"100755"]
    assert [line.split(b"\t")[1] for line in executable] == [b"manage.py"]


@posix
@pytest.mark.parametrize("kilobytes", [2, 8, 32])
def test_a_full_disk_leaves_no_folder(tmp_path: Path, kilobytes: int) -> None:
    """A limit on the size of files stands in for it: a write fails half-way.

    A spec is larger than every file of the skeleton, so the last limit is met after
    cookiecutter's own work.
    """
    output = tmp_path / "out"
    script = f"trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\""
    result = subprocess.run(
        [
            "bash",
            "-c",
            script,
            "bash",
            *command(catalogue.ROOT, output, f"project={EXAMPLE}"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        encoding="utf-8",
    )
    gone(output, result)
    assert "Could not write" in result.stdout + result.stderr


@posix
@pytest.mark.parametrize("stage", ["skeleton", "hook"])
def test_an_interrupt_leaves_no_folder(
    template: Path, tmp_path: Path, stage: str
) -> None:
    output = tmp_path / "out"
    waiting = tmp_path / "waiting"
    stop = (
        f"import pathlib, time; pathlib.Path({str(waiting)!r}).touch(); time.sleep(300)"
    )
    if stage == "hook":
        finish = template / "djangopath/finish.py"
        text = finish.read_text("utf-8")
        marker, pad = "        write_env(target)\n", " " * 8
        assert text.count(marker) == 1
        finish.write_text(text.replace(marker, f"{marker}{pad}{stop}\n"), "utf-8")
    else:
        # Read when README.md is rendered, in the middle of the skeleton.
        source = template / "djangopath/catalogue.py"
        text = source.read_text("utf-8")
        marker = '        return self._written_ahead("tracks.md")'
        assert text.count(marker) == 1
        source.write_text(text.replace(marker, f"{' ' * 8}{stop}\n{marker}"), "utf-8")
    process = subprocess.Popen(
        command(template, output),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
        encoding="utf-8",
    )
    deadline = time.monotonic() + 120
    while not waiting.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (output / "mine").exists()
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1
    assert not (output / "mine").exists()
    assert "Traceback" not in stdout + stderr


# -------------------------------------------------------------------------------- git


def bare_path(tmp_path: Path, *names: str) -> str:
    """A PATH that holds only these commands."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return str(folder)


@posix
def test_without_git_the_bake_succeeds_and_says_so(tmp_path: Path) -> None:
    result = run(catalogue.ROOT, tmp_path / "out", PATH=bare_path(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "Git is not on this machine" in result.stdout
    assert not (tmp_path / "out/mine/.git").exists()
    assert (tmp_path / "out/mine/manage.py").exists()


@posix
def test_without_an_identity_the_bake_succeeds_and_says_so(tmp_path: Path) -> None:
    result = run(
        catalogue.ROOT,
        tmp_path / "out",
        GIT_CONFIG_GLOBAL=str(tmp_path / "config"),
        GIT_CONFIG_SYSTEM=os.devnull,
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="user.useConfigOnly",
        GIT_CONFIG_VALUE_0="true",
        GIT_AUTHOR_NAME="",
        EMAIL="",
    )
    assert result.returncode == 0, result.stderr
    assert "Git does not know who you are" in result.stdout
    assert (tmp_path / "out/mine/.git").exists()


@posix
def test_a_bake_from_inside_a_git_hook_makes_its_own_repository(
    tmp_path: Path,
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    result = run(
        catalogue.ROOT,
        tmp_path / "out",
        GIT_DIR=str(other / ".git"),
        GIT_WORK_TREE=str(other),
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out/mine/.git").is_dir()
    assert not (other / ".git/refs/heads/main").exists()
