"""Says what to do next. The work is done when cookiecutter renders this file."""

import sys

# `finish_bake` lays the cut and makes the repository; it leaves its last words here.
WORDS = {{cookiecutter | finish_bake}}


def main() -> int:
    """Prints the words, whatever the terminal can show, and if nobody listens."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        print(WORDS, flush=True)
    except OSError:
        # A closed pipe is no reason to fail, here or when Python ends.
        sys.stdout = None
    return 0


if __name__ == "__main__":
    sys.exit(main())
