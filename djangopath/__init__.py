"""The small library that the hooks and templates of djangopath call.

Whatever Python cookiecutter runs on reads this file first. So it is written in what
Python 3.6 understands, and refuses a Python that is too old for the rest.
"""

import sys

# What the pins of the projects are made for; pyproject.toml says the same.
OLDEST = (3, 11)

if sys.version_info < OLDEST:
    from cookiecutter.exceptions import FailedHookException

    # Cookiecutter prints this exception as a sentence, with exit code 1.
    raise FailedHookException(
        f"djangopath needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}; run cookiecutter with a newer "
        "one, for example: uvx --python 3.13 cookiecutter ..."
    )
