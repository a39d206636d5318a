"""Which files of a bake a run of its tests may read.

A key of the ledger (`tools/ledger.py`) holds what a run can read. The rest of a bake is
prose and what containers and editors read. `tools/plugins/reads.py` lists what a run
has really opened, and the proof judges it by the same rule.
"""

from __future__ import annotations

# Folders end with a slash; of the others, the beginnings of names.
UNREAD = (
    ".devcontainer/",
    ".dockerignore",
    ".editorconfig",
    ".env.example",
    ".gitattributes",
    ".gitignore",
    ".path/",
    ".pre-commit-config.yaml",
    ".vscode/",
    "Dockerfile",
    "JOURNAL.md",
    "README.md",
    "SPEC.md",
    "compose.",
    "path.py",
    "proxy/",
    "tasks/",
)
# Of these, what conftest.py imports; it is in every key.
KEYED = (".path/task_lines.py",)


def is_unkeyed(path: str) -> bool:
    """Whether no key holds a file.

    Args:
        path: inside the bake, with slashes.
    """
    return path.startswith(UNREAD) and path not in KEYED
