"""The base images that the projects' files ask for.

Where they can be pulled they are. Elsewhere a stand-in is made of Debian's packages, on
a root folder by debootstrap, under the very name that is asked for, and only on an
engine of our own, where nobody takes it for the real one. It has the same paths and is
configured the same way as far as the files rely on that; it is a good deal larger, and
its version is Debian's: `versions` tells it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from tools.containers.engine import DATA, ROOTS, Engine, NoEngine

HERE = Path(__file__).resolve().parent / "images"
SUITE = "trixie"
STAND_IN = "org.djangopath.stand-in"
# Names that nobody can pull: what stands under them on a registry would not be ours.
OURS = "djangopath/"
ROOT_IMAGE = f"{OURS}debian:{SUITE}"
# What says which version a stand-in holds, by the last part of its name.
ASK = {
    "python": "python --version",
    "postgres": "postgres --version",
    "redis": "redis-server --version",
    "nginx": "nginx -v",
}
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def asked_for(folder: Path) -> list[str]:
    """The images that a repository's Dockerfile and Compose files name."""
    names = re.findall(r"(?m)^FROM (\S+)", (folder / "Dockerfile").read_text("utf-8"))
    for file in sorted(folder.glob("compose*.yaml")):
        services = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
        built = {s["image"] for s in services.values() if "build" in s}
        names += [s["image"] for s in services.values() if s["image"] not in built]
    return list(dict.fromkeys(names))


def ensure(engine: Engine, names: Iterable[str]) -> None:
    """Pulls or makes each image that is not here yet.

    Raises:
        NoEngine: an image can be neither pulled nor made.
    """
    for name in names:
        if engine.has_image(name) and not stale(engine, name):
            continue
        pull = ("pull", "--quiet", name)
        if (
            not name.startswith(OURS)
            and not engine.docker(*pull, check=False).returncode
        ):
            continue
        make(engine, name)


def source(name: str) -> Path:
    """Where the stand-in for an image is described; the folder may not be there."""
    return HERE / name.partition(":")[0].rpartition("/")[2]


def digest(folder: Path) -> str:
    """What a stand-in is made of, in a few letters."""
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def stale(engine: Engine, name: str) -> bool:
    """Whether an image is a stand-in that is described otherwise by now."""
    labels = engine.inspect(name)["Config"]["Labels"] or {}
    return STAND_IN in labels and labels[STAND_IN] != digest(source(name))


def make(engine: Engine, name: str) -> None:
    """Makes the stand-in for an image: ``postgres:17`` of ``images/postgres/``."""
    described = source(name)
    if not (described / "Dockerfile").is_file():
        raise NoEngine(f"{name} cannot be pulled, and nothing here makes it")
    if not engine.own:
        raise NoEngine(
            f"{name} cannot be pulled, and a stand-in has no place on another's engine"
        )
    ensure_root(engine)
    with tempfile.TemporaryDirectory(prefix="image-") as place:
        context = Path(shutil.copytree(described, Path(place, described.name)))
        version = re.match(r"v?([0-9.]+)", name.partition(":")[2])
        argument = f"VERSION={version[1] if version else ''}"
        command = ["build", "--quiet", "--build-arg", argument, "--tag", name]
        label = f"{STAND_IN}={digest(described)}"
        engine.docker(*command, "--label", label, str(context))


def versions(engine: Engine, names: Iterable[str]) -> list[str]:
    """A line for each image that is a stand-in: its name, and what is in it."""
    lines = []
    for name in names:
        labels = engine.inspect(name)["Config"]["Labels"] or {}
        kind = source(name).name
        if STAND_IN in labels:
            asking = ["run", "--rm", "--entrypoint", "sh", name, "-c"]
            told = engine.docker(*asking, ASK.get(kind, "true"), check=False)
            said = (told.stdout + told.stderr).strip() or "a program of our own"
            lines.append(f"{name} is a stand-in: {said}")
    return lines


def ensure_root(engine: Engine) -> None:
    """Debian's smallest root folder, as an image."""
    if engine.has_image(ROOT_IMAGE):
        return
    with tempfile.TemporaryDirectory(prefix=ROOTS, dir=DATA.parent) as place:
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
