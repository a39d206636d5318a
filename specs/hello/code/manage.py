#!/usr/bin/env python
"""Runs Django's commands: `python manage.py help` lists them."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise ImportError(
            "Django cannot be imported. Is the virtual environment active, and was "
            "`pip install -r requirements.txt` run in it?"
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
