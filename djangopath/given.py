"""The answers as they are given: at a prompt, by a configuration, a replay or a caller.

All of these may set the template's private variables too, those that begin with an
underscore, and so take the place of its checks. They are the template's own.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime
from functools import cache
from typing import Any

from djangopath import answers
from djangopath.answers import as_text
from djangopath.errors import AnswerError
from djangopath.source import ROOT

# Cookiecutter's own settings that change how every file is written.
FOREIGN = ("_jinja2_env_vars", "_new_lines")


@cache
def questions() -> dict[str, Any]:
    """cookiecutter.json: what is asked, and the private variables."""
    text = (ROOT / "cookiecutter.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def choices(key: str) -> list[str]:
    """What can be answered to a question that is a choice."""
    return [str(choice) for choice in questions()[key]]


def prepare(
    context: MutableMapping[str, Any],
    told: MutableMapping[str, Any],
    configured: Mapping[str, Any],
) -> None:
    """Puts in order what the questions begin from, before the first one is asked.

    The private variables are set to the template's own. A date that YAML has read
    becomes text, since cookiecutter cannot write a date into its replay file.

    Args:
        context: the template's variables, with what a configuration has put in their
            places.
        told: cookiecutter's copy of them, for the replay file.
        configured: what the user's configuration says.

    Raises:
        AnswerError: a question has something in its place that is no text, or a choice
            nothing to choose from, or the configuration makes a choice that is none:
            cookiecutter would warn, and go on without all that follows there.
    """
    for key, own in questions().items():
        if key not in context:
            continue
        value = configured.get(key)
        if isinstance(own, list) and key in configured and not _chosen(value, own):
            raise AnswerError(
                f"{key}: your cookiecutter configuration has {value!r}; give one of "
                f"{', '.join(map(repr, own))} there, in quotes, or bake with "
                "--default-config"
            )
        value = context[key]
        if key.startswith("_"):
            if value != own:
                context[key] = copy.deepcopy(own)
        elif isinstance(own, list):
            if not isinstance(value, list) or not value:
                raise AnswerError(f"{key}: give one of {', '.join(choices(key))}")
        elif isinstance(value, date | datetime):
            context[key] = str(value)
            if key in told:
                told[key] = str(value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            as_text(key, value)


def _chosen(value: object, own: list[str]) -> bool:
    """Whether cookiecutter takes this for a choice: one of them, or some of them."""
    if isinstance(value, list):
        return all(choice in own for choice in value)
    return value in own


def refuse_settings(context: Mapping[str, Any]) -> None:
    """Refuses settings that would have every file written in another way.

    Raises:
        AnswerError: one of them is set.
    """
    for key in FOREIGN:
        if context.get(key):
            raise AnswerError(
                f"{key}: is no variable of this template; take it out of the answers"
            )


def checked(given: Mapping[str, Any]) -> None:
    """Checks all answers once they are complete, wherever they come from.

    What can be said of one answer alone; whether the project has a task of that name,
    and whether the plan can be laid out, its own checks say.

    Raises:
        AnswerError: an answer is missing, is no text, or cannot be used.
    """
    texts = {
        key: as_text(key, given[key]) if key in given else _missing(key)
        for key in questions()
        if not key.startswith("_")
    }
    for key, own in questions().items():
        if isinstance(own, list) and key in texts:
            what = "project" if key == "project" else "choice"
            answers.checked_choice(key, texts[key], choices(key), what)
    for key in ("project_name", "author_name"):
        answers.checked_text(key, texts[key])
    answers.checked_slug(texts["project_slug"])
    answers.checked_date(texts["start_date"])


def _missing(key: str) -> str:
    raise AnswerError(f"{key}: is missing from the answers")
