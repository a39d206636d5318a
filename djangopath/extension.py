"""Hands the catalogue to Jinja, checks the answers, and guards the bake.

Cookiecutter loads this extension (``_extensions`` in cookiecutter.json) into its own
process and makes an instance for every environment, so everything costly is cached at
module level. What is raised here as `FailedHookException` its command line prints as
one sentence, with exit code 1.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, MutableMapping
from fractions import Fraction
from functools import cache, wraps
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

from djangopath import answers, caller, catalogue, finish, given, pages, versions
from djangopath.answers import as_text
from djangopath.catalogue import DONE, ROOT, Project
from djangopath.errors import AnswerError, SpecError
from djangopath.regions import RegionError

TEMPLATE = "{{cookiecutter.project_slug}}"

# What is imported by now stays until the process ends. Without this the collector looks
# through all of it again and again while the files are written: a sixth of a bake.
gc.freeze()

Answers = MutableMapping[str, Any]
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
    if slug not in _projects:
        found = catalogue.load(as_text("project", slug))
        _projects[slug] = versions.stamp(found.folder / name for name in READ)
    return catalogue.load(slug)


# The files of a project that are kept in memory, and how they stood when it was read.
READ = ("spec.yaml", "tasks.yaml", "requirements.txt", "tracks.md", "topics.json")
_projects: dict[str, versions.Stamp] = {}


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
    text = as_text("start_at", start_at)
    return answers.checked_choice("start_at", text, choices, "task")


@_in_a_sentence
def checked_slug(slug: str) -> str:
    """The folder's name, as it was given."""
    return answers.checked_slug(as_text("project_slug", slug))


@_in_a_sentence
def checked_text(text: str, key: str) -> str:
    """A text, as it was given."""
    return answers.checked_text(key, as_text(key, text))


@_in_a_sentence
def checked_date(text: str) -> str:
    """The start date, as it was given."""
    answers.checked_date(as_text("start_date", text))
    return text


@_in_a_sentence
def checked_plan(answered: Answers) -> str:
    """The finish date, if the plan that the answers describe can be laid out."""
    try:
        return str(plan_of(answered).finish or "")
    except ValueError as error:
        raise AnswerError(f"start_date: {error}; choose an earlier date") from None


def plan_of(answered: Answers) -> pages.Plan:
    """The plan that the answers describe."""
    keys = "project project_name start_date hours_per_day days_per_week start_at"
    return _plan(*(str(answered[key]) for key in keys.split()))


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
def finish_bake(answered: Answers) -> str:
    """Lays the cut and makes the repository; what is said last, as a Python literal.

    Cookiecutter renders the hook when the skeleton is complete, so this is the moment.
    """
    call = caller.hooking()
    target = (
        Path(call["project_dir"])
        if call
        else Path(answered["_output_dir"], answered["project_slug"])
    )
    try:
        said = finish.finish(plan_of(answered), target)
    except OSError as error:
        raise AnswerError(_unwritten(error)) from error
    finally:
        give_back(answered)
    _baking[:] = [folder for folder in _baking if folder != target]
    return repr(said)


# -------------------------------------------------------------------------- the guard


_baking: list[Path] = []
_guarding = False
COPIED = "_copy_without_render"
_MISSING = object()
# What a caller's answers had under COPIED, for as long as the template's own stands
# there.
_lent: list[tuple[Answers, object]] = []


@_in_a_sentence
def target_folder(answered: Answers) -> str:
    """The name of the folder to bake into, if nothing of that name is there.

    Cookiecutter renders the template folder's own name just before it makes the folder,
    in its own process: earlier than any hook, with ``-f`` and without, and whoever has
    called it. So the answers are checked here, once more and all of them.

    On the command line the folder goes away at the end of the process unless
    `finish_bake` has finished: whether the bake failed, ran out of disk or was
    interrupted. A caller of cookiecutter's functions gets the exception instead, since
    its process goes on.

    Raises:
        FailedHookException: an answer cannot be used, hooks are off, or the folder, or
            something of its name, exists.
    """
    given.checked(answered)
    checked_start(answered["start_at"], answered["project"])
    checked_plan(answered)
    call = caller.writing() or {}
    if not call.get("accept_hooks", True):
        raise AnswerError(
            "The project's code and its repository are made when cookiecutter comes to "
            "the template's hook, so without hooks there is nothing to bake; run it "
            "again with --accept-hooks yes"
        )
    output = call.get("output_dir") or answered.get("_output_dir", ".")
    slug = str(answered["project_slug"])
    target = Path(output, slug).absolute()
    if os.path.lexists(target):
        raise AnswerError(
            f'"{target}" exists already and stays as it is; choose another '
            "project_slug, or move it away"
        )
    if _guarding and not call.get("keep_project_on_failure"):
        _baking.append(target)
    own = given.questions()[COPIED]
    if answered.get(COPIED, _MISSING) != own:
        _lent.append((answered, answered.get(COPIED, _MISSING)))
        answered[COPIED] = list(own)
    return slug


def give_back(answered: Answers) -> None:
    """Leaves a caller's answers as they were."""
    for entry in [entry for entry in _lent if entry[0] is answered]:
        _lent.remove(entry)
        if entry[1] is _MISSING:
            del answered[COPIED]
        else:
            answered[COPIED] = entry[1]


def guard() -> None:
    """Sees to what only cookiecutter's own program may have changed: its process.

    It removes what an unfinished bake leaves, says in a sentence what cannot be
    written, and shows what the terminal cannot as a question mark: a name that a
    configuration holds is part of a question, and may end it in a traceback.
    """
    global _guarding
    if _guarding:
        return
    _guarding = True
    atexit.register(sweep)
    sys.excepthook = speak
    # Cookiecutter prints our sentence, and would log the traceback to it as well.
    logging.getLogger("cookiecutter.hooks").addFilter(lambda record: False)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def sweep() -> None:
    """Removes what unfinished bakes have left."""
    while _baking:
        target = _baking.pop()
        if target.exists():
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
    hooks = (file.read_text(encoding="utf-8") for file in ROOT.glob("hooks/*.py"))
    return frozenset([*_strings(given.questions()), *hooks])


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


# How the library stood when it was imported.
_library = versions.stamp(versions.library_files(ROOT))


def is_current(template: Path) -> bool:
    """Whether this module is the template's, and nothing of it has changed since."""
    return template == ROOT and all(
        versions.stamp(then) == then for then in (_library, *_projects.values())
    )


@_in_a_sentence
def _begin() -> None:
    """Looks at what cookiecutter was called with."""
    if caller.on_command_line():
        guard()
    asking, writing = caller.asking(), caller.writing()
    if asking:
        context = asking["context"]
        told = context.get("_cookiecutter", {})
        given.prepare(context["cookiecutter"], told, caller.configured())
    elif writing:
        given.refuse_settings((writing["context"] or {}).get("cookiecutter", {}))


class Catalogue(Extension):
    """The filters of djangopath, and the rule that an answer is never a template."""

    def __new__(cls, environment: Environment) -> Any:
        """An instance, or one of another template's where that is baked."""
        template = caller.template()
        if template is None or is_current(template):
            return super().__new__(cls)
        return versions.extension_of(template).Catalogue(environment)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        _begin()
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
            checked_slug=checked_slug,
            checked_text=checked_text,
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
