"""The list and the lists of somebody with 10,000 tasks, beside somebody with 10."""

from __future__ import annotations

from pathlib import Path

from djangopath import catalogue
from tools import cuts, environments, services
from tools.site import Site

LIMIT = 1.5  # times
ROUNDS = 21
PATHS = ("/?status=open", "/", "/lists/", "/?q=log&due=overdue")

# Two users with the same lists and labels. One has 10 tasks, the other 10,000, most of
# them done; each user's pages show ten tasks.
GROW = """
import json
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone
from todo.models import Task
today, through = timezone.localdate(), Task.labels.through
for name, count in (("few", 10), ("many", 10_000)):
    user = get_user_model().objects.create_user(name)
    lists = [user.task_lists.create(name=f"List {n}") for n in range(10)]
    labels = [user.labels.create(name=f"Label {n}") for n in range(10)]
    rows = Task.objects.bulk_create(
        [
            Task(
                owner=user,
                title=f"Entry {n} of the log",
                task_list=lists[n %% 10],
                due=today + timedelta(days=n %% 400 - 200),
                done_at=timezone.now() if n %% 10 else None,
            )
            for n in range(count)
        ],
        batch_size=500,
    )
    if count == 10:
        Task.objects.filter(owner=user).update(done_at=None)
    through.objects.bulk_create(
        [
            through(task=row, label=labels[n %% 10])
            for n, row in enumerate(rows)
        ],
        batch_size=1000,
    )
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
print(json.dumps(%d))
"""

MEASURE = """
import json, statistics, time
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
settings.ALLOWED_HOSTS = ["testserver"]
clients = {}
for name in ("few", "many"):
    clients[name] = Client()
    clients[name].force_login(get_user_model().objects.get(username=name))
found = {}
for path in %r:
    times, queries = {name: [] for name in clients}, {}
    for turn in range(%d):
        for name, client in clients.items():
            start = time.perf_counter()
            answer = client.get(path)
            times[name].append((time.perf_counter() - start) * 1000)
            assert answer.status_code == 200, answer.status_code
    for name, client in clients.items():
        with CaptureQueriesContext(connection) as sent:
            client.get(path)
        queries[name] = len(sent)
    medians = {name: statistics.median(taken[3:]) for name, taken in times.items()}
    found[path] = [medians, queries]
print(json.dumps(found))
"""


def bench(place: Path) -> None:
    """Prints what each page costs both, in turns."""
    project = catalogue.load("todo")
    folder = cuts.write_cut(project, len(project.tasks), place / "site")
    with services.real(project) as env:
        env = {**env, "DEBUG": "false", "SECRET_KEY": "k" * 60}
        env["SECURE_SSL_REDIRECT"] = "false"
        site = Site(project, folder, environments.environment(project), "", env)
        site.manage("collectstatic", "--no-input", "--verbosity", "0")
        site.manage("migrate", "--verbosity", "0")
        site.shell(GROW % 0)
        for path, (times, queries) in site.shell(MEASURE % (PATHS, ROUNDS)).items():
            ratio = times["many"] / times["few"]
            limit = f" (at most {LIMIT})" if path == PATHS[0] else ""
            flat = "" if queries["few"] == queries["many"] else " NOT THE SAME:"
            print(
                f"todo: GET {path} with 10 and with 10000 tasks: {times['few']:.1f} "
                f"and {times['many']:.1f} ms, {ratio:.2f} times{limit};{flat} "
                f"{queries['few']} and {queries['many']} queries; medians of {ROUNDS}",
                flush=True,
            )
