"""Projects of the catalogue that stand for any other, and how one is chosen.

No module of `tests/` and `tools/` names a project. What one of them needs of a project
is a property, by which it is chosen here, or nothing but that it is a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from djangopath import catalogue, lay
from djangopath.catalogue import SPECS, Project

# An example of any project: the one of the README's picture and demo, and the one whose
# words are quoted where the text of a page or of a message is what is tested.
EXAMPLE = "blog"
# A task of it that lists rows of a table, so there are demo data when it is reached.
EXAMPLE_TASK = "post-list"

SETTINGS = "config/settings.py"


@cache
def smallest() -> str:
    """The project with the fewest tasks: where every project would do as well."""
    return min(catalogue.slugs(), key=lambda slug: len(catalogue.load(slug).tasks))


@cache
def largest() -> str:
    """The project with the most tasks."""
    return max(catalogue.slugs(), key=lambda slug: len(catalogue.load(slug).tasks))


def first_with_settings(*texts: str) -> str:
    """The first project whose finished settings hold each of some texts.

    Raises:
        LookupError: there is none.
    """
    for slug in catalogue.slugs():
        found = dict(lay.texts(SPECS / slug / "code"))[SETTINGS]
        if all(text in found for text in texts):
            return slug
    raise LookupError(f"no project's settings hold {' and '.join(texts)}")


# --------------------------------------------------------------------- representatives

# What the skeleton's templates ask of a project before they write something or not.
# `tests/test_examples.py` reads the templates and refuses a question that is not here.
ASKED_PACKAGES = {"pytest-asyncio"}
QUESTIONS: dict[str, Callable[[Project], Iterable[str]]] = {
    "services": lambda project: project.services,
    "server": lambda project: [project.server],
    "seed": lambda project: ["seed"] if project.seed else [],
    "development": lambda project: [
        package for package in project.development if package in ASKED_PACKAGES
    ],
}


def answers(project: Project) -> frozenset[str]:
    """What a project answers to the skeleton's questions."""
    return frozenset(
        f"{question}: {answer}"
        for question, answers_of in QUESTIONS.items()
        for answer in answers_of(project)
    )


@cache
def representatives() -> tuple[str, ...]:
    """The fewest projects that together give every answer, and are silent on every one.

    Whatever the templates write or leave out because of a project, one of these shows:
    a service that is there and is not, either server, with and without demo data. A
    test of the template runs for these. It would learn nothing from the others.

    The next one is always that which shows most of what is not shown yet; of equal ones
    the smallest.
    """
    found = {slug: answers(catalogue.load(slug)) for slug in catalogue.slugs()}
    everything = frozenset().union(*found.values())
    # An answer that all projects give is shown by any; another one has two sides.
    shown = {
        slug: {(answer, answer in given) for answer in everything}
        for slug, given in found.items()
    }
    missing = set().union(*shown.values())
    chosen: list[str] = []
    by_size = sorted(found, key=lambda slug: len(catalogue.load(slug).tasks))
    while missing:
        best = max(by_size, key=lambda slug: len(shown[slug] & missing))
        missing -= shown[best]
        chosen.append(best)
    return tuple(slug for slug in catalogue.slugs() if slug in chosen)
