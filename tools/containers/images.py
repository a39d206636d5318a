"""The base images that the projects' files ask for.

Where they can be pulled they are. Elsewhere a stand-in is made of Debian's packages, on
a root folder by debootstrap, under the very name that is asked for. It has the same
version, the same paths and the same way to be configured as far as the files rely on
them; it is a good deal larger.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from tools.containers.engine import DATA, Engine, NoEngine

HERE = Path(__file__).resolve().parent / "images"
SUITE = "trixie"
ROOT_IMAGE = f"djangopath/debian:{SUITE}"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def asked_for(folder: Path) -> list[str]:
    """The images that a repository's Dockerfile and Compose files name."""
    names = re.findall(r"(?m)^FROM (\S+)", (folder / "Dockerfile").read_text("utf-8"))
    for file in sorted(folder.glob("compose*.yaml")):
        services = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
        names += [s["image"] for s in services.values() if "build" not in s]
    return list(dict.fromkeys(names))


def ensure(engine: Engine, names: Iterable[str]) -> None:
    """Pulls or makes each image that is not here yet.

    Raises:
        NoEngine: an image can be neither pulled nor made.
    """
    for name in names:
        if engine.has_image(name):
            continue
        if not engine.docker("pull", "--quiet", name, check=False).returncode:
            continue
        make(engine, name)


def make(engine: Engine, name: str) -> None:
    """Makes the stand-in for an image: ``postgres:17`` of ``images/postgres/``."""
    repository, _, tag = name.partition(":")
    kind = repository.rpartition("/")[2]
    source = HERE / kind
    if not (source / "Dockerfile").is_file():
        raise NoEngine(f"{name} cannot be pulled, and nothing here makes it")
    ensure_root(engine)
    with tempfile.TemporaryDirectory(prefix="image-") as place:
        context = Path(shutil.copytree(source, Path(place, kind)))
        version = re.match(r"v?([0-9.]+)", tag)
        argument = f"VERSION={version[1] if version else ''}"
        command = ["build", "--quiet", "--build-arg", argument, "--tag", name]
        engine.docker(*command, str(context))


def ensure_root(engine: Engine) -> None:
    """Debian's smallest root folder, as an image."""
    if engine.has_image(ROOT_IMAGE):
        return
    with tempfile.TemporaryDirectory(prefix="root-", dir=DATA.parent) as place:
        root = Path(place, "root")
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates"]
        done = subprocess.run(
            [*command, SUITE, str(root)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            last = (done.stdout.strip().splitlines() or ["it gave no reason"])[-1]
            raise NoEngine(f"debootstrap failed: {last}")
        if CERTIFICATES.exists():
            # Whom this machine trusts on its way to the network is trusted inside.
            shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        shutil.rmtree(root / "var/cache/apt", ignore_errors=True)
        archive = Path(place, "root.tar")
        pack = ["tar", "-C", str(root), "-cf", str(archive), "."]
        subprocess.run(pack, check=True, capture_output=True)
        engine.docker("import", str(archive), ROOT_IMAGE)
