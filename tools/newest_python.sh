#!/bin/sh
# Prints the newest CPython on this machine: of PATH and of pyenv. Nothing where none is found.
minor=40
while [ "$minor" -ge 11 ]; do
  python=$(command -v "python3.$minor")
  for found in "$python" "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor".*/bin/python; do
    # pyenv has a command for each version, which fails for one that is not chosen.
    if [ -x "$found" ] && "$found" -c '' 2>/dev/null; then
      echo "$found"
      exit 0
    fi
  done
  minor=$((minor - 1))
done
command -v python3
