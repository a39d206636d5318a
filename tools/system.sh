#!/bin/sh
# Installs what the suite needs besides Python, where that is possible without asking: as root, with
# apt-get. Elsewhere it says what is missing; the tests that need it are skipped and counted.
missing=""
command -v git >/dev/null || missing="$missing git"
command -v chromium >/dev/null || missing="$missing chromium fonts-liberation"
command -v pg_ctlcluster >/dev/null || command -v psql >/dev/null || missing="$missing postgresql"
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of names
  if apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
    exit 0
  fi
fi
echo "Not on this machine, so some tests are skipped:$missing" >&2
