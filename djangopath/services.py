"""Reads the services that a project's containers are made of: ``specs/services/``.

What stands under ``compose`` and ``environment`` is text of the Compose files, comments
included: it is checked as YAML and handed to the skeleton as it stands.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from djangopath import source
from djangopath.source import File, Node

FOLDER = source.ROOT / "specs" / "services"
# compose.yaml is for a laptop, compose.prod.yaml for a server.
PLACES = ("laptop", "server")
# Without it the containers have nowhere to keep what the site stores.
DATABASE = "postgres"
# The image has this folder in any case: uploads go there.
MEDIA = "/app/media"

_KEY = re.compile(r"([A-Za-z_]+):(?:\s|$)")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Service:
    """One service of a project's Compose files.

    Attributes:
        slug: what a spec calls it.
        name: what the Compose files call it, which is its host name for the others.
        about: the lines of the comment above it in compose.yaml.
        image: of which others are the authors; empty where it is built.
        build: the value of ``build:`` of an image of its own, as text; empty where it
            has none. With neither, it is a process of the site's own image.
        needs: the services that a project has to name with it.
        places: where it runs, of `PLACES`.
        environment: by place, what the site's own containers are told of it.
        parts: by key of Compose, in order, the text of that key with its comments.
        compose: the same as values.
        env_settings: the lines of .env.example that the settings read.
        env_compose: the lines of .env.example that Compose reads.
        env_server: the lines that .env needs on a server.
    """

    slug: str
    name: str
    about: tuple[str, ...]
    image: str
    build: str
    needs: tuple[str, ...]
    places: tuple[str, ...]
    environment: Mapping[str, str]
    parts: Mapping[str, str]
    compose: Mapping[str, Any]
    env_settings: str
    env_compose: str
    env_server: str

    @property
    def external(self) -> bool:
        """Whether others made its image: then ``--profile services`` starts it too."""
        return bool(self.image)

    @property
    def awaited(self) -> bool:
        """Whether the site waits until it is healthy."""
        return self.external and "healthcheck" in self.parts

    @property
    def on_laptop(self) -> bool:
        return "laptop" in self.places

    @property
    def on_server(self) -> bool:
        return "server" in self.places

    @property
    def volumes(self) -> tuple[str, ...]:
        """The names of its volumes."""
        return tuple(self.mounts)

    @property
    def folders(self) -> tuple[str, ...]:
        """Where the site's own image needs a folder that its account may write to."""
        if self.image or self.build:
            return ()
        return tuple(path for path in self.mounts.values() if path != MEDIA)

    @property
    def env_server_lines(self) -> tuple[str, ...]:
        return tuple(self.env_server.splitlines())

    @property
    def mounts(self) -> dict[str, str]:
        """Its volumes: by name, the folder in the container."""
        pairs = [mount.split(":") for mount in self.compose.get("volumes", ())]
        return {pair[0]: pair[1] for pair in pairs}

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of what the site is told of it on a laptop."""
        return tuple(_parts(self.environment["laptop"]))

    def definition(self, place: str) -> str:
        """Its own keys in the Compose file of a place, without indentation.

        Comments stand in compose.yaml alone. On a server no port is open but the
        proxy's.
        """
        if place == "laptop":
            return "\n".join(self.parts.values())
        kept = (text for key, text in self.parts.items() if key != "ports")
        lines = "\n".join(kept).splitlines()
        return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def named(node: Node, folder: Path = FOLDER) -> tuple[Service, ...]:
    """The services that a list of slugs names, each read and checked.

    Raises:
        SpecError: one is unknown, is named twice, lacks one that it needs, or is not as
            CONTRIBUTING.md describes it.
    """
    slugs = node.list_of(Node.slug, what="services")
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if DATABASE not in slugs:
        node.error(f"{DATABASE} is missing: the containers keep their data there")
    found = []
    for index, slug in enumerate(slugs):
        if slug not in known:
            node[index].error(
                f"there is no specs/services/{slug}.yaml; there are {', '.join(known)}"
            )
        if slug in slugs[:index]:
            node[index].error(f"{slug} is named twice")
        service = load(folder / f"{slug}.yaml")
        for needed in service.needs:
            if needed not in slugs:
                node[index].error(f"{slug} needs {needed}, which is not named")
        found.append(service)
    return tuple(found)


def load(path: Path) -> Service:
    """The service that a file describes.

    Raises:
        SpecError: it is not as CONTRIBUTING.md describes it.
    """
    file = File(path)
    node = file.node.take(
        ("compose",),
        (
            "name about image build needs places environment environment_server "
            "env_settings env_compose env_server"
        ).split(),
    )
    parts = _parts(file.text)
    environment = _mapping(node, "environment", parts)
    server = _mapping(node, "environment_server", parts)
    if "image" in node.value and "build" in node.value:
        node["build"].error("expected image or build, not both")
    places = node.get("places")
    name = _text(node, "name") or path.stem
    if not _NAME.fullmatch(name):
        node["name"].error("expected small letters, digits and dashes")
    needs = node.get("needs")
    return Service(
        slug=path.stem,
        name=name,
        about=tuple(textwrap.wrap(_text(node, "about"), 98)),
        image=_text(node, "image"),
        build="\n".join(_mapping(node, "build", parts).values()),
        needs=needs.list_of(Node.slug, what="services") if needs else (),
        places=(
            places.list_of(lambda entry: entry.one_of(PLACES), least=1, what="places")
            if places
            else PLACES
        ),
        environment={
            "laptop": "\n".join(environment.values()),
            "server": "\n".join((server or environment).values()),
        },
        parts=_mapping(node, "compose", parts),
        compose=_compose(node["compose"]),
        env_settings=_text(node, "env_settings"),
        env_compose=_text(node, "env_compose"),
        env_server=_text(node, "env_server"),
    )


def _text(node: Node, key: str) -> str:
    child = node.get(key)
    return child.text() if child else ""


def _compose(node: Node) -> Mapping[str, Any]:
    """The keys of Compose that a service has of its own.

    What the skeleton writes for every service is none of them, and neither is a way to
    the disk of the machine or a port that others than it can reach.
    """
    given = (
        "build depends_on image networks pull_policy profiles restart logging".split()
    )
    for key in node.value:
        if key in given:
            node[key].error("the skeleton writes this key for every service")
    for key, read in (("volumes", _volume), ("ports", _port)):
        child = node.get(key)
        if child:
            child.list_of(read, least=1, what=key)
    found: Mapping[str, Any] = node.value
    return found


def _volume(node: Node) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*:/[^:]+", str(node.value)):
        node.error("expected a volume and a folder, such as data:/var/lib/data")


def _port(node: Node) -> None:
    if not re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+", str(node.value)):
        node.error("expected a port such as 127.0.0.1:${NAME_PORT:-8001}:80")


def _mapping(node: Node, key: str, parts: Mapping[str, str]) -> dict[str, str]:
    """By key, the text of the entries of a mapping; none where it is not there."""
    child = node.get(key)
    if child is None:
        return {}
    if not isinstance(child.value, dict) or not child.value:
        child.error("expected a mapping")
    lines = parts[key].splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith(f"{key}:"))
    found = _parts(textwrap.dedent("\n".join(lines[head + 1 :])))
    if list(found) != list(child.value):
        child.error("expected one key a line, below this one")
    return found


def _parts(text: str) -> dict[str, str]:
    """By key of a mapping, its text as it stands, with the comment above it."""
    parts: dict[str, list[str]] = {}
    above: list[str] = []
    lines = above
    for line in text.splitlines():
        if found := _KEY.match(line):
            lines = parts[found[1]] = [*above, line]
            above = []
        elif line.startswith("#"):
            above.append(line)
        else:
            lines.append(line)
    return {key: "\n".join(part).rstrip() for key, part in parts.items()}
