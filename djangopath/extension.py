"""Hands the catalogue to Jinja, checks the answers, and guards the bake.

Cookiecutter loads this extension (``_extensions`` in cookiecutter.json) into its own
process and makes an instance for every environment, so everything costly is cached at
module level. What is raised here as `FailedHookException` its command line prints as
one sentence, with exit code 1.
"""

from __future__ import annotations

import atexit
import gc
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache, wraps
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

from djangopath import answers, catalogue, finish, pages
from djangopath.catalogue import DONE, ROOT, Project
from djangopath.errors import AnswerError, SpecError
from djangopath.regions import RegionError

TEMPLATE = "{{cookiecutter.project_slug}}"

# What is imported by now stays until the process ends. Without this the collector looks
# through all of it again and again while the files are written: a sixth of a bake.
gc.freeze()

Answers = Mapping[str, Any]
F = TypeVar("F", bound=Callable[..., Any])


def _in_a_sentence(function: F) -> F:
    """Turns an error of ours into the exception that cookiecutter prints plainly."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (AnswerError, SpecError, RegionError) as error:
            raise FailedHookException(str(error)) from error

    return wrapped  # type: ignore[return-value]


# ---------------------------------------------------------------------------- filters


@_in_a_sentence
def project(slug: str) -> Project:
    """The project of this slug, read and checked."""
    return catalogue.load(slug)


def title_of(slug: str) -> str:
    """The default of the project's name: its title."""
    return project(slug).title


def first_task(slug: str) -> str:
    """The default of where to start."""
    return project(slug).order[0]


@_in_a_sentence
def checked_start(start_at: str, slug: str) -> str:
    """A task's slug, or ``done``."""
    choices = [*project(slug).order, DONE]
    return answers.checked_choice("start_at", start_at, choices, "task")


@_in_a_sentence
def checked_date(text: str) -> str:
    """The start date, as it was given."""
    answers.checked_date(text)
    return text


@_in_a_sentence
def checked_plan(given: Answers) -> str:
    """The finish date, if the plan that the answers describe can be laid out."""
    try:
        return str(plan_of(given).finish or "")
    except ValueError as error:
        raise AnswerError(f"start_date: {error}; choose an earlier date") from None


def plan_of(given: Answers) -> pages.Plan:
    """The plan that the answers describe."""
    keys = "project project_name start_date hours_per_day days_per_week start_at"
    return _plan(*(str(given[key]) for key in keys.split()))


@cache
def _plan(
    slug: str, name: str, start: str, hours: str, days: str, start_at: str
) -> pages.Plan:
    chosen = project(slug)
    return pages.Plan(
        project=chosen,
        name=name,
        start=answers.checked_date(start),
        hours_per_day=Fraction(hours),
        days_per_week=int(days),
        done=chosen.done_at(start_at),
    )


@_in_a_sentence
def finish_bake(given: Answers) -> str:
    """Lays the cut and makes the repository; what is said last, as a Python literal.

    Cookiecutter renders the hook when the skeleton is complete, so this is the moment.
    """
    target = Path(given["_output_dir"], given["project_slug"])
    try:
        said = finish.finish(plan_of(given), target)
    except OSError as error:
        raise AnswerError(_unwritten(error)) from error
    _baking[:] = [folder for folder in _baking if folder != target]
    return repr(said)


# -------------------------------------------------------------------------- the guard


_baking: list[Path] = []
_guarding = False


def target_folder(given: dict[str, Any]) -> str:
    """The name of the folder to bake into, if nothing of that name is there.

    Puts the chosen project beside the answers, as ``cookiecutter.__project``: here the
    answers are complete, and cookiecutter has kept its JSON copy of them.

    Cookiecutter renders the template folder's own name just before it makes the folder,
    in its own process: earlier than any hook, with ``-f`` and without. From here on the
    folder goes away at the end of the process unless `finish_bake` has finished:
    whether the bake failed, ran out of disk or was interrupted.

    Raises:
        FailedHookException: the folder, or something of its name, exists.
    """
    slug = str(given["project_slug"])
    target = Path(given["_output_dir"], slug)
    if os.path.lexists(target):
        raise FailedHookException(
            f'"{target}" exists already and stays as it is; choose another '
            "project_slug, or move it away"
        )
    global _guarding
    if not _guarding:
        _guarding = True
        atexit.register(sweep)
        sys.excepthook = speak
        # Cookiecutter prints our sentence, and would log the traceback to it as well.
        logging.getLogger("cookiecutter.hooks").addFilter(lambda record: False)
    _baking.append(target)
    given["__project"] = project(given["project"])
    return slug


def sweep() -> None:
    """Removes what unfinished bakes have left."""
    while _baking:
        target = _baking.pop()
        if target.exists() and "--keep-project-on-failure" not in sys.argv:
            shutil.rmtree(target, ignore_errors=True)
            print(f"The bake did not finish; {target} was removed.", file=sys.stderr)


def _unwritten(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    return f"Could not write{where}: {error.strerror or error}"


def speak(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """A sentence where cookiecutter cannot write, in place of a traceback."""
    if isinstance(error, OSError):
        print(_unwritten(error), file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


# ---------------------------------------------------------------------- the extension


@cache
def own_sources() -> frozenset[str]:
    """The templates without a name that are ours: defaults of answers, and hooks."""
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    hooks = (file.read_text(encoding="utf-8") for file in ROOT.glob("hooks/*.py"))
    return frozenset([*_strings(questions), *hooks])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child)


class Plain:
    """A text without a brace, in the place of a template: it renders to itself.

    Cookiecutter makes a template of every choice and every path, and compiling one
    takes Jinja a quarter of a millisecond: with 200 projects, a tenth of the bake.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self, *_: object, **__: object) -> str:
        return self.text


class Catalogue(Extension):
    """The filters of djangopath, and the rule that an answer is never a template."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        compiled = environment.from_string

        def from_string(source: Any, *more: Any, **named: Any) -> Any:
            if isinstance(source, str) and "{" not in source:
                return Plain(source)
            return compiled(source, *more, **named)

        environment.from_string = from_string  # type: ignore[method-assign]
        environment.filters.update(
            project=project,
            title_of=title_of,
            first_task=first_task,
            slug_of=answers.slug_of,
            checked_slug=_in_a_sentence(answers.checked_slug),
            checked_text=_in_a_sentence(
                lambda text, key: answers.checked_text(key, text)
            ),
            checked_date=checked_date,
            checked_plan=checked_plan,
            checked_start=checked_start,
            finish_bake=finish_bake,
            target_folder=target_folder,
            json_text=answers.quoted,
            yaml_text=answers.quoted,
            toml_text=answers.quoted,
            md_text=answers.md_text,
        )

    def preprocess(
        self, source: str, name: str | None, filename: str | None = None
    ) -> str:
        """The source of a template; one that is an answer is made to stand for itself.

        Cookiecutter renders the answers given as ``key=value`` like its own defaults,
        so ``project_name="{{ … }}"`` would run. A template without a name that is none
        of ours is such an answer, or a path.
        """
        if name is not None or "{" not in source:
            return source
        if source == TEMPLATE:
            return "{{ cookiecutter | target_folder }}"
        if source in own_sources():
            return source
        return source.replace("{", "{{ '{' }}")
