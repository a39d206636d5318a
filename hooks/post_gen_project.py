"""Lays the chosen project's cut over the skeleton, and makes it a Git repository."""

import json
import sys
from pathlib import Path

# Cookiecutter renders this file before it runs it: the filter leaves a literal here.
PLAN = json.loads({{cookiecutter | bake_plan}})

sys.path.insert(0, PLAN["root"])

from djangopath.finish import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(PLAN, Path.cwd()))
