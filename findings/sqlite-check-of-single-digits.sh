#!/bin/sh
# Django 5.2.19: a check constraint such as priority IN (1, 2), as Django writes it itself,
# makes the table unreadable for Django's own introspection on SQLite.
#
# What most expect: `manage.py inspectdb` and connection.introspection read every table that
# a migration of Django has made.
#
# What happens: get_table_description(), which inspectdb and get_constraints() call, looks
# for COLLATE in the SQL of the table. It splits that at ", " and takes the words of each
# piece without its first sign. Of a piece of one sign, such as the "2" of IN (1, 2),
# nothing is left: "IndexError: list index out of range". inspectdb catches it and writes a
# comment in place of the model. Numbers of two digits, and texts, which stand in quotes,
# are read. Migrations do not ask, and go on.
# What helps: PRAGMA table_info and PRAGMA index_list; or a range (priority__range=(1, 2)),
# which Django writes as BETWEEN 1 AND 2.
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
import io

from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
import django

django.setup()
from django.core.management import call_command
from django.db import connection, models

CONDITIONS = {
    "IN (1, 2)": models.Q(number__in=[1, 2]),
    "IN (10, 20)": models.Q(number__in=[10, 20]),
    "BETWEEN 1 AND 2": models.Q(number__range=(1, 2)),
}
for place, (name, condition) in enumerate(CONDITIONS.items()):
    rule = models.CheckConstraint(condition=condition, name=f"rule_{place}")
    meta = type("Meta", (), {"app_label": "made", "constraints": [rule]})
    number = models.IntegerField()
    thing = type(
        f"Thing{place}",
        (models.Model,),
        {"__module__": __name__, "Meta": meta, "number": number},
    )
    with connection.schema_editor() as editor:
        editor.create_model(thing)
    table = thing._meta.db_table
    with connection.cursor() as cursor:
        try:
            seen = connection.introspection.get_table_description(cursor, table)
            said = ", ".join(column.name for column in seen)
        except IndexError as error:
            said = f"IndexError: {error}"
    print(f"{name}: {said}")
    out = io.StringIO()
    call_command("inspectdb", table, stdout=out)
    print("  inspectdb:", [x for x in out.getvalue().splitlines() if table in x][0].strip())
PY
venv/bin/python try.py >seen.txt 2>errors.txt || { cat seen.txt errors.txt; exit 1; }
cat seen.txt
cat >wanted.txt <<'TXT'
IN (1, 2): IndexError: list index out of range
  inspectdb: # Unable to inspect table 'made_thing0'
IN (10, 20): id, number
  inspectdb: db_table = 'made_thing1'
BETWEEN 1 AND 2: id, number
  inspectdb: db_table = 'made_thing2'
TXT
if ! diff wanted.txt seen.txt; then
    echo "It has changed: see above (< was, > is)." >&2
    exit 1
fi
