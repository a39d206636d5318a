#!/bin/sh
# Django 5.2.19: a function given to transaction.on_commit(…, robust=True) that fails is
# logged by one logger in production, and by another one under captureOnCommitCallbacks().
#
# What most expect: a TestCase with captureOnCommitCallbacks(execute=True) does what a
# commit does, so `assertLogs("django.db.backends.base", "ERROR")` sees the error of a
# robust function in both, and a handler for that logger is tested by such a test.
#
# What happens: a real commit logs it as "django.db.backends.base" ("Error calling … in
# on_commit() …"). captureOnCommitCallbacks() has a copy of that code in
# django/test/testcases.py and logs as "django.test", in the same words. An assertLogs that
# names the logger of production fails in a TestCase; one that names "django.test" passes
# there and proves nothing about production. Who routes "django.db.backends" to an alert
# never sees it from such a test.
# What helps: assertLogs("django", "ERROR"), of which both are children; or a
# TransactionTestCase, which commits.
#
# Needs python3; all else goes into a temporary folder.
set -eu
place=$(mktemp -d)
trap 'cd /; rm -rf "$place"' EXIT
trap 'exit 1' INT TERM
cd "$place"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check \
    django==5.2.19 asgiref==3.13.0 sqlparse==0.6.1 2>pip.log || { cat pip.log; exit 1; }

cat >try.py <<'PY'
import logging

from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    LOGGING_CONFIG=None,
)
import django

django.setup()
from django.db import transaction
from django.test import TestCase, TransactionTestCase
from django.test.runner import DiscoverRunner


class Names(logging.Handler):
    def __init__(self):
        super().__init__()
        self.names = []

    def emit(self, record):
        if "in on_commit()" in record.getMessage():
            self.names.append(record.name)


def fails():
    raise ValueError("nobody listens")


def logged(run):
    handler, logger = Names(), logging.getLogger("django")
    logger.addHandler(handler)
    run()
    logger.removeHandler(handler)
    return handler.names


def commit():
    with transaction.atomic():
        transaction.on_commit(fails, robust=True)


class Committed(TransactionTestCase):
    def test_it(self):
        print("a commit:", *logged(commit))


class Captured(TestCase):
    def test_it(self):
        def run():
            with self.captureOnCommitCallbacks(execute=True):
                commit()

        print("captureOnCommitCallbacks:", *logged(run))


runner = DiscoverRunner(verbosity=0)
runner.setup_test_environment()
old = runner.setup_databases()
suite = runner.test_loader.loadTestsFromTestCase(Captured)
suite.addTests(runner.test_loader.loadTestsFromTestCase(Committed))
result = runner.run_suite(suite)
runner.teardown_databases(old)
raise SystemExit(not result.wasSuccessful())
PY
venv/bin/python try.py >seen.txt 2>errors.txt || { cat seen.txt errors.txt; exit 1; }
cat seen.txt
cat >wanted.txt <<'TXT'
captureOnCommitCallbacks: django.test
a commit: django.db.backends.base
TXT
if ! diff wanted.txt seen.txt; then
    echo "It has changed: see above (< was, > is)." >&2
    exit 1
fi
