#!/bin/sh
# Prints the newest CPython on this machine: of PATH and of pyenv.
for python in python3.14 python3.13 python3.12 python3.11; do
  if command -v "$python" >/dev/null && "$python" -c '' 2>/dev/null; then
    command -v "$python"
    exit 0
  fi
  for found in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"${python#python}"*/bin/python; do
    if [ -x "$found" ]; then
      echo "$found"
      exit 0
    fi
  done
done
command -v python3
