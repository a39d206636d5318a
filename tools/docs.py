"""Tells whether a link leads to a page, and an anchor, of Django's documentation.

The truth is the documentation in Django's own source package of the pinned version,
read by Sphinx without a network and without writing a page. What comes of it is kept
under ``.cache/`` as text, one page a line: its name, then its anchors.

    python -m tools.docs                     every link of the catalogue
    python -m tools.docs topics/db/queries/  the anchors of a page
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from djangopath import catalogue
from djangopath.catalogue import ROOT, Project
from djangopath.lay import texts

CACHE = ROOT / ".cache" / "django-docs"
HOST = "https://docs.djangoproject.com/"
URL = re.compile(r"https?://[^\s<>\"'`\\\])}]+")
OURS = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|[\w.-]*\.?example\.(?:org|com|net))"
    r"(?![\w.-])"
)

Pages = Mapping[str, frozenset[str]]


# ------------------------------------------------------------------------- the anchors


@cache
def pages(version: str) -> Pages:
    """The anchors of every page of Django's documentation of a version, by its name."""
    file = CACHE / f"{version}.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"):
        if not file.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as place:
                source = _download(version, Path(place))
                made = Path(place) / "anchors.txt"
                _python(ROOT, "-c", READ, str(source), str(made))
                shutil.move(made, file)
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return {name: frozenset(anchors) for name, *anchors in lines}


def _download(version: str, place: Path) -> Path:
    """The folder ``docs`` of Django's source package."""
    options = ["--quiet", "--no-deps", "--no-binary", "django", "--dest", str(place)]
    _python(place, "-m", "pip", "download", *options, f"django=={version}")
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(place, filter="data")
    (docs,) = place.glob("*/docs")
    return docs


def _python(cwd: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=900,
        check=False,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    if done.returncode:
        raise RuntimeError(f"python {arguments[0]}: {done.stdout}{done.stderr}".strip())


# Run in a process of its own: Django's conf.py changes the import path. Of its
# extensions only those are loaded that define directives and roles; intersphinx, which
# would ask other hosts, is not. An anchor is an id that the HTML writer writes: every
# node's, less those of link targets, whose ids stand on what they lead to.
READ = """
import sys
from pathlib import Path
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

source, made = map(Path, sys.argv[1:])
out = made.parent / "out"


def keep(app, doctree):
    app.env.metadata[app.env.docname]["anchors"] = " ".join(
        sorted({id_ for node in doctree.findall(written) for id_ in node["ids"]})
    )


def written(node):
    if not isinstance(node, nodes.Element):
        return False
    leads_on = {"refuri", "refid", "refname"} & set(node.attributes)
    return not (isinstance(node, nodes.target) and leads_on)


with patch_docutils(source), docutils_namespace():
    extensions = ["djangodocs", "sphinx.ext.extlinks"]
    app = Sphinx(
        source, source, out, out, "dummy", {"extensions": extensions},
        status=None, warning=None, parallel=2,
    )
    app.connect("doctree-read", keep, priority=900)
    app.builder.read()
found = app.env.metadata
lines = [f"{name} {found[name]['anchors']}".rstrip() for name in sorted(found)]
made.write_text("\\n".join(lines) + "\\n", encoding="utf-8")
"""


# --------------------------------------------------------------------------- the links


@dataclass(frozen=True)
class Found:
    """A link, and where it stands: ``tasks.yaml, task post-list, docs``."""

    where: str
    address: str


def links(project: Project) -> list[Found]:
    """Every outside link of a project's spec, tasks and finished code."""
    found = []
    for task in project.tasks:
        fields = {
            "do": task.do,
            "contract": task.contract,
            "see": task.see,
            "docs": [link.address for link in task.docs],
            "hints": task.hints,
        }
        for name, value in fields.items():
            where = f"{project.slug}/tasks.yaml, task {task.slug}, {name}"
            found += [Found(where, address) for address in _addresses(value)]
    for name, value in project.spec.items():
        where = f"{project.slug}/spec.yaml, {name}"
        found += [Found(where, address) for address in _addresses(value)]
    for path, text in texts(project.code):
        where = f"{project.slug}/code/{path}"
        found += [Found(where, address) for address in _addresses(text)]
    return list(dict.fromkeys(found))


def _addresses(value: Any) -> Iterator[str]:
    """The outside addresses in a text, or in all texts of a structure."""
    if isinstance(value, str):
        for address in URL.findall(value):
            address = address.rstrip(".,;:!?*")
            if "…" not in address and not OURS.match(address):
                yield address
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _addresses(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _addresses(child)


def problem(address: str, known: Pages, base: str) -> str:
    """What is wrong with a link to Django's documentation, or an empty text.

    Args:
        address: the whole address.
        known: the anchors of every page.
        base: where the documentation of the pinned version begins.
    """
    if not address.startswith(base):
        return f"is not of the pinned version: it should begin with {base}"
    path, _, anchor = address.removeprefix(base).partition("#")
    name = _name(path, known)
    if name not in known:
        near = difflib.get_close_matches(path.strip("/"), known, n=1, cutoff=0.5)
        return f"there is no page {path!r}{_nearest(_path(*near) if near else '')}"
    if path != _path(name):
        return f"redirects: the page's own address is {base}{_path(name)}"
    if anchor and anchor not in known[name]:
        near = difflib.get_close_matches(anchor, known[name], n=1, cutoff=0.5)
        elsewhere = [page for page in known if anchor in known[page]]
        nearest = f"#{near[0]}" if near else ""
        if elsewhere:
            here = min(elsewhere, key=lambda page: _distance(page, name))
            nearest = f"{_path(here)}#{anchor}"
        return f"the page has no anchor {anchor!r}{_nearest(nearest)}"
    return ""


def _name(path: str, known: Pages) -> str:
    """The document at a path: ``topics/db/`` is ``topics/db/index``."""
    name = path.strip("/")
    index = f"{name}/index".lstrip("/")
    return index if index in known else name


def _path(name: str) -> str:
    if name == "index":
        return ""
    return name.removesuffix("/index") + "/"


def _distance(one: str, other: str) -> float:
    return -difflib.SequenceMatcher(None, one, other).ratio()


def _nearest(text: str) -> str:
    return f"; the nearest is {text}" if text else ""


def problems(project: Project) -> list[str]:
    """What is wrong with a project's links to Django's documentation, one a line."""
    known = pages(project.version("django"))
    found = []
    for link in links(project):
        if link.address.startswith(HOST):
            wrong = problem(link.address, known, project.django_docs)
            if wrong:
                found.append(f"{link.where}: {link.address}: {wrong}")
    return found


def main() -> int:
    projects = [catalogue.load(slug) for slug in catalogue.slugs()]
    if sys.argv[1:]:
        known = pages(projects[0].version("django"))
        for path in sys.argv[1:]:
            path = path.removeprefix(projects[0].django_docs)
            wrong = problem(
                projects[0].django_docs + path, known, projects[0].django_docs
            )
            anchors = known.get(_name(path.partition("#")[0], known), ())
            print(wrong or path, *sorted(anchors), sep="\n  ")
        return 0
    found = [line for project in projects for line in problems(project)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
