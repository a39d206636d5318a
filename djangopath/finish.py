"""What the hook does after cookiecutter has written the skeleton.

Standard library only, like `lay`: it runs in a process of its own.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from djangopath import regions
from djangopath.lay import code_files, lay

FINISHED = "DJANGOPATH_FINISHED"
REQUIREMENTS = ("requirements.txt", "requirements-prod.txt")


def main(plan: Mapping[str, Any], target: Path) -> int:
    """Finishes a bake; gives back the exit code of the hook.

    Args:
        plan: what `djangopath.extension.bake_plan` has made of the answers.
        target: the folder that cookiecutter has written the skeleton into.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        write_project(plan, target)
        left_out = make_repository(target)
        if note := os.environ.get(FINISHED):
            Path(note).touch()
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        print(f"Could not write{where}: {error.strerror or error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{plan['project']}: {error}", file=sys.stderr)
        return 1
    print(closing(plan, target, left_out))
    return 0


def write_project(plan: Mapping[str, Any], target: Path) -> None:
    """Writes the cut, the acceptance tests, the task pages, the packs and ``.env``."""
    project = Path(plan["project"])
    code = project / "code"
    lay(code, target, plan["order"], plan["done"], plan["owned"])
    for test in sorted(project.glob("acceptance/*.py")):
        shutil.copyfile(test, target / "acceptance" / test.name)
    for name in REQUIREMENTS:
        shutil.copyfile(project / name, target / name)
    for path, text in plan["files"].items():
        file = target / path
        file.parent.mkdir(exist_ok=True)
        write(file, text)
    write(target / ".path/hints.pack", packed(plan["hints"]))
    reference = {
        "order": plan["order"],
        "owned": plan["owned"],
        "files": texts(code),
    }
    write(target / ".path/reference.pack", packed(reference))
    shutil.copyfile(regions.__file__, target / ".path/regions.py")
    write_env(target)


def texts(code: Path) -> dict[str, str]:
    """Every file of finished code that is text, with its markers."""
    found = {}
    for path, file in code_files(code):
        try:
            found[path] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def packed(data: Any) -> str:
    """Data that nobody reads by accident: JSON, compressed, in lines of base64."""
    whole = zlib.compress(json.dumps(data, ensure_ascii=False).encode("utf-8"), 6)
    return base64.encodebytes(whole).decode("ascii")


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def write_env(target: Path) -> None:
    """``.env``: the example, each empty value filled with a fresh random one.

    Only its owner may read it.
    """
    example = (target / ".env.example").read_text(encoding="utf-8")
    lines = [
        line + secrets.token_urlsafe(50) if _EMPTY.fullmatch(line) else line
        for line in example.splitlines()
    ]
    env = target / ".env"
    env.touch(mode=0o600)
    write(env, "\n".join(lines) + "\n")


_EMPTY = re.compile(r"[A-Z][A-Z0-9_]*=")


# -------------------------------------------------------------------------------- git


def make_repository(target: Path) -> str:
    """Makes a Git repository with one commit on ``main``; says what was left out."""
    git = shutil.which("git")
    if git is None:
        return (
            "Git is not on this machine, so there is no repository yet. Install it, "
            "then run in the folder:\n  git init -b main\n  git add -A\n"
            '  git commit -m "Start"'
        )
    # A bake started from a Git hook must not write into that hook's repository.
    env = {
        key: value
        for key, value in os.environ.items()
        if key not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                git,
                "-c",
                "core.safecrlf=false",
                "-c",
                "commit.gpgsign=false",
                *arguments,
            ],
            cwd=target,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    init = run("init", "-q")
    if init.returncode == 0:
        init = run("symbolic-ref", "HEAD", "refs/heads/main")
    if init.returncode == 0:
        init = run("add", "-A")
    if init.returncode:
        return f"Git could not make a repository here: {_last_line(init.stderr)}"
    commit = run("commit", "-q", "--no-verify", "-m", "Start")
    if commit.returncode:
        known = run("var", "GIT_COMMITTER_IDENT").returncode == 0
        why = (
            _last_line(commit.stderr)
            if known
            else "Git does not know who you are on this machine"
        )
        return (
            f"The first commit was left out: {why}. Run in the folder:\n"
            '  git config --global user.name "Your Name"\n'
            "  git config --global user.email you@example.com\n"
            '  git commit -m "Start"'
        )
    return ""


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"


def closing(plan: Mapping[str, Any], target: Path, left_out: str) -> str:
    """What the learner reads last."""
    activate = (
        r".venv\Scripts\activate" if os.name == "nt" else "source .venv/bin/activate"
    )
    python = "python" if os.name == "nt" else "python3"
    lines = [
        "",
        f"{plan['title']} is ready in {target.name}. To start:",
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
