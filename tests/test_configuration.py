"""The answers of a configuration or a replay file: anything that YAML can say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

from djangopath import catalogue, given
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

ROOT = catalogue.ROOT
QUESTIONS = [key for key in given.questions() if not key.startswith("_")]
CHOICES = [key for key in QUESTIONS if isinstance(given.questions()[key], list)]
TEXTS = [key for key in QUESTIONS if key not in CHOICES]
ODD = ["null", "yes", "[]", "[1]", "{a: b}", "{}"]


def bake(folder: Path, configured: str, **options: Any) -> Path:
    """A bake with a configuration, given as YAML."""
    (folder / "out").mkdir()
    config = folder / "config.yaml"
    config.write_text(
        f"replay_dir: {json.dumps(str(folder / 'replay'))}\n"
        f"cookiecutters_dir: {json.dumps(str(folder))}\n"
        f"default_context: {configured}\n",
        "utf-8",
    )
    return Path(
        cookiecutter(
            str(ROOT),
            **({"no_input": True} | options),
            output_dir=str(folder / "out"),
            config_file=str(config),
        )
    )


def refused(folder: Path, configured: str, says: str, **options: Any) -> None:
    with pytest.raises(FailedHookException) as caught:
        bake(folder, configured, **options)
    message = str(caught.value)
    assert message.startswith(f"{says}: ") and "\n" not in message
    assert not list((folder / "out").iterdir())
    assert not (folder / "up").exists()


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("key", TEXTS)
def test_a_text_that_is_none(key: str, value: str, tmp_path: Path) -> None:
    refused(tmp_path, f"{{{key}: {value}}}", key)


@pytest.mark.parametrize("value", [None, True, [], ["a"], {}])
@pytest.mark.parametrize("key", TEXTS)
def test_a_text_that_a_caller_gives_and_is_none(
    key: str, value: Any, tmp_path: Path
) -> None:
    refused(tmp_path, "{}", key, extra_context={"project": smallest(), key: value})


@pytest.mark.filterwarnings("ignore:Invalid default received")
@pytest.mark.parametrize("value", [*ODD, "7", "2.0", "nowhere"])
@pytest.mark.parametrize("key", CHOICES)
def test_a_choice_that_is_none(key: str, value: str, tmp_path: Path) -> None:
    refused(tmp_path, f"{{{key}: {value}}}", key)


@pytest.mark.filterwarnings("ignore:Invalid default received")
def test_what_is_given_at_the_bake_counts_before_the_configuration(
    tmp_path: Path,
) -> None:
    extra = {"project": smallest(), "project_slug": "mine"}
    folder = bake(tmp_path, "{project: nowhere}", extra_context=extra)
    assert (folder / "manage.py").is_file()


def test_a_date_and_a_number_are_text(tmp_path: Path) -> None:
    """YAML reads a date that is not in quotes as a date, which JSON cannot hold."""
    told = f"{{project: {smallest()}, start_date: 2026-11-23, project_name: 7}}"
    folder = bake(tmp_path, told)
    assert folder.name == "7"
    assert "Mon 23 Nov 2026" in (folder / "TASKS.md").read_text("utf-8")
    assert json.loads(next((tmp_path / "replay").iterdir()).read_text("utf-8"))


@pytest.mark.parametrize(
    "private",
    [
        "__project_slug: mine",
        "__project_slug: null, __finish: mine, __start_at: {a: b}",
        "__prompts__: 5, __project_name: [1]",
        "_copy_without_render: []",
    ],
)
def test_private_variables_are_the_template_s(private: str, tmp_path: Path) -> None:
    refused(tmp_path, f"{{project_slug: ../up, {private}}}", "project_slug")


def test_private_variables_of_a_configuration_change_nothing(tmp_path: Path) -> None:
    told = "_copy_without_render: ['.path'], __prompts__: null, __finish: never"
    folder = bake(tmp_path, f"{{project: {smallest()}, {told}}}")
    assert "{%" not in (folder / "README.md").read_text("utf-8")
    replay = json.loads(next((tmp_path / "replay").iterdir()).read_text("utf-8"))
    assert replay["cookiecutter"]["__finish"] != "never"


# ---------------------------------------------------------------------------- a replay


def replayed(folder: Path, **answers: Any) -> str:
    """A replay file: the answers of a bake, and others in their places."""
    done = folder / "done"
    done.mkdir()
    bake(done, f"{{project: {smallest()}, project_slug: mine}}")
    kept = next((done / "replay").iterdir())
    data = json.loads(kept.read_text("utf-8"))
    for key, value in answers.items():
        data["cookiecutter"][key] = value
    file = folder / "again.json"
    file.write_text(json.dumps(data), "utf-8")
    return str(file)


@pytest.mark.parametrize(
    "answers",
    [
        {"project_slug": "../up", "__project_slug": "mine"},
        {"project_slug": None},
        {"author_name": ["a"]},
        {"start_date": True},
        {"hours_per_day": 2},
        {"days_per_week": "9"},
        {"start_at": {"a": "b"}},
        {"project": "nowhere"},
        {"_new_lines": "x"},
    ],
)
def test_a_replay_is_checked(answers: dict[str, Any], tmp_path: Path) -> None:
    file = replayed(tmp_path, **answers)
    refused(tmp_path, "{}", next(iter(answers)), replay=file, no_input=False)


def test_a_replay_of_an_older_template_bakes(tmp_path: Path) -> None:
    """Its list of what is copied is the older one's."""
    file = replayed(tmp_path, _copy_without_render=["acceptance"])
    folder = bake(tmp_path, "{}", replay=file, no_input=False)
    assert yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"]
    assert (folder / "path.py").is_file()
