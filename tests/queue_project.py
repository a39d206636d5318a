"""A made-up project that names every service, worker and beat among them.

No project of the catalogue has a worker yet. This one is the largest of a copy of the
catalogue, finished, with a small Celery app in config/.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from djangopath import services
from djangopath.catalogue import ROOT
from djangopath.source import normal
from tools import environments
from tools.examples import largest

BASE = largest()
ADDED = Path(__file__).with_name("queue")
SLUGS = ("postgres", "redis", "mail", "worker", "beat")
LITTER = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "__pycache__", ".*_cache", ".hypothesis"
)


def template(target: Path) -> Path:
    """A copy of the template whose project `BASE` names all services."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        return LITTER(folder, names) | ({"tests"} if folder == str(ROOT) else set())

    shutil.copytree(ROOT, target, ignore=left_out)
    project = target / "specs" / BASE
    spec = project / "spec.yaml"
    name_services(spec, *SLUGS)
    shutil.copyfile(ADDED / "celery.py", project / "code/config/celery.py")
    pins = (ADDED / "requirements.txt").read_text(encoding="utf-8")
    for name in ("requirements.txt", "requirements-prod.txt"):
        file = project / name
        file.write_text(merged(file.read_text("utf-8"), pins), encoding="utf-8")
    return target


def name_services(spec: Path, *slugs: str) -> None:
    """Writes other services into a spec."""
    text = spec.read_text(encoding="utf-8")
    line = f"services: [{', '.join(slugs)}]"
    text, count = re.subn(r"(?m)^services: .*$", line, text)
    assert count == 1, spec
    spec.write_text(text, encoding="utf-8")


def merged(base: str, added: str) -> str:
    """The pins of both lists; a package that both name as the second one has it."""
    name = re.compile(r"^[A-Za-z0-9._-]+")
    found: dict[str, str] = {}
    for line in (base + added).splitlines():
        if match := name.match(line):
            found[normal(match[0])] = line
    return "".join(f"{found[key]}\n" for key in sorted(found))


def bake(template: Path, output: Path, slug: str = "baked") -> Path:
    """The finished project of a copy of the template, baked."""
    output.mkdir(parents=True, exist_ok=True)
    config = output / "cookiecutter.yaml"
    config.write_text(f'replay_dir: "{output}/replay"\n', encoding="utf-8")
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input"]
    command += ["--config-file", str(config), "-o", str(output), f"project={BASE}"]
    # Not in this repository: its djangopath would be imported.
    environments.run([*command, f"project_slug={slug}", "start_at=done"], output)
    return output / slug


def environment(place: Path, folder: Path) -> Path:
    """The commands of an environment with what the project's image installs."""
    uv = [sys.executable, "-m", "uv"]
    environments.run([*uv, "venv", "-q", "-p", sys.executable, str(place)], folder)
    # Compiled once here, for the many short processes that leave no bytecode behind.
    wanted = ["--compile-bytecode", "-r", str(folder / "requirements-prod.txt")]
    environments.run(
        [*uv, "pip", "install", "-q", "--python", str(place), *wanted], folder
    )
    return place / environments.BIN


SERVICES = {slug: services.load(services.FOLDER / f"{slug}.yaml") for slug in SLUGS}
