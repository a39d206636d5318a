"""make demo: a project, baked, installed, migrated and filled, and a first check.

The bake starts at a task that lists rows, so that there are models for the demo
data, and something left to do for the check to talk about.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from djangopath.catalogue import ROOT
from tools import cuts, environments
from tools.examples import EXAMPLE, EXAMPLE_TASK

FOLDER = ROOT / "bakes" / f"demo-{EXAMPLE}"


def step(*command: str | Path, ok: tuple[int, ...] = (0,)) -> None:
    """Runs one command in the demo's folder, and shows it."""
    shown = " ".join(
        Path(part).name if os.sep in str(part) else str(part) for part in command
    )
    print(f"\n$ {shown}", flush=True)
    env = {**environments.clean_env(), "FORCE_COLOR": "1"}
    env.pop("NO_COLOR")
    done = subprocess.run(
        [str(part) for part in command], cwd=FOLDER, env=env, check=False
    )
    if done.returncode not in ok:
        sys.exit(done.returncode)


def main() -> None:
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    print(f"Baking {EXAMPLE} at {EXAMPLE_TASK} into {FOLDER.relative_to(ROOT)}")
    answers = {"project_slug": FOLDER.name, "start_at": EXAMPLE_TASK}
    cuts.bake(FOLDER.parent, project=EXAMPLE, **answers)
    (FOLDER.parent / "cookiecutter.yaml").unlink()
    shutil.rmtree(FOLDER.parent / ".replay", ignore_errors=True)
    step(sys.executable, "-m", "venv", ".venv")
    python = FOLDER / ".venv" / environments.BIN / "python"
    step(python, "-m", "pip", "install", "-q", "-r", "requirements.txt")
    step(python, "manage.py", "migrate", "-v", "0")
    step(python, "manage.py", "seed_demo")
    step(python, "path.py")
    # The task is still to do, so the check answers 1.
    step(python, "path.py", "check", ok=(1,))
    activate = (
        ".venv/Scripts/activate" if os.name == "nt" else "source .venv/bin/activate"
    )
    print(
        f"\nNow it is yours: cd {FOLDER.relative_to(ROOT)}, {activate}, "
        "python manage.py runserver, and python path.py next."
    )


if __name__ == "__main__":
    main()
