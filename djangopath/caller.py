"""What cookiecutter was called with, and the answers as it was given them.

Cookiecutter hands an extension Jinja's environment and nothing else. Where to bake,
whether hooks run and what a configuration has put in the place of a question are
parameters of its functions, and stand in the frames of the calls that are under way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from cookiecutter import generate, hooks
from cookiecutter.generate import generate_files
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import prompt_for_config

Parameters = Mapping[str, Any]

# Older releases of cookiecutter have it under another name only.
_run_hook: Callable[..., Any] = (
    hooks.run_hook_from_repo_dir
    if hasattr(hooks, "run_hook_from_repo_dir")
    else generate._run_hook_from_repo_dir
)


def _call(function: Callable[..., Any]) -> Parameters | None:
    """The parameters of the innermost call of a function that is under way, by name."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is function.__code__:
            return frame.f_locals
        frame = frame.f_back
    return None


def asking() -> Parameters | None:
    """The call that asks the questions: ``context`` holds what they begin from."""
    return _call(prompt_for_config)


def writing() -> Parameters | None:
    """The call that writes the files.

    Of its parameters ``repo_dir``, ``context``, ``output_dir``, ``accept_hooks`` and
    ``keep_project_on_failure`` are of use here.
    """
    return _call(generate_files)


def hooking() -> Parameters | None:
    """The call that runs a hook: ``repo_dir`` and ``project_dir``, an absolute path."""
    return _call(_run_hook)


def configured() -> Parameters:
    """What the user's configuration answers and nothing else has answered since."""
    call = _call(cookiecutter) or {}
    defaults = (call.get("config_dict") or {}).get("default_context") or {}
    later = call.get("extra_context") or {}
    return {key: value for key, value in defaults.items() if key not in later}


def on_command_line() -> bool:
    """Whether cookiecutter's own program runs, whose process ends with the bake."""
    program = sys.modules.get("cookiecutter.cli")
    command = getattr(program, "main", None)
    return command is not None and _call(command.callback) is not None


def template() -> Path | None:
    """The folder of the template that is baked, as far as it can be known.

    While the questions are asked, cookiecutter and cruft have it last on Python's path.
    """
    if hooking():
        return Path.cwd()
    call = writing()
    if call:
        return Path(call["repo_dir"]).resolve()
    if asking():
        for entry in reversed(sys.path):
            folder = Path(entry or ".")
            if (folder / "djangopath/extension.py").is_file():
                return folder.resolve()
    return None
