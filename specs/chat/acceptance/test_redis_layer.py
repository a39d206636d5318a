"""redis-layer: with REDIS_URL set, events pass through Redis.

The settings are read once, when Django starts, so each environment gets a process of
its own. Nothing listens at the address: settings load without a server that answers.
"""

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from acceptance.documents import document, words_of
from acceptance.support import ROOT, expect, fail, patience

FILE = "docs/processes.md"
SETTINGS = "config/settings.py, CHANNEL_LAYERS"
ADDRESS = "redis://127.0.0.1:1/5"
REDIS = (
    "channels_redis.core.RedisChannelLayer",
    "channels_redis.pubsub.RedisPubSubChannelLayer",
)
MEMORY = "channels.layers.InMemoryChannelLayer"
SECONDS = 45
SET_BY_A_SERVER = ("DATABASE_URL", "DEBUG", "DJANGO_", "REDIS_URL", "SECRET_KEY")

SCRIPT = """
import json, os, sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, os.getcwd())
said = {"layer": {}, "check": "", "crash": ""}
try:
    import django
    from django.conf import settings

    said["layer"] = getattr(settings, "CHANNEL_LAYERS", {}).get("default", {})
    django.setup()
    from django.core.management import call_command

    try:
        call_command("check", fail_level="WARNING")
    except (Exception, SystemExit) as error:
        said["check"] = f"{type(error).__name__}: {error}"
except (Exception, SystemExit) as error:
    said["crash"] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(said, default=str))
"""


@cache
def outputs():
    """{kind: output} of both processes, which run side by side; run once."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(SET_BY_A_SERVER)}
    kept |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    # What stands in .env must not decide this.
    without = {"REDIS_URL": ""} if (ROOT / ".env").exists() else {}
    started = {
        kind: subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={**kept, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        for kind, env in {"with": {"REDIS_URL": ADDRESS}, "without": without}.items()
    }
    found, seconds = {}, patience(SECONDS)
    for kind, process in started.items():
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            output = f"still running after {seconds:g} seconds"
        found[kind] = output.strip()
    return found


def said_by(kind):
    """(what was done, what the settings of a process said), or a sentence."""
    __tracebackhide__ = True
    did = f"Loaded the settings {kind} REDIS_URL" + (
        f"={ADDRESS}" if kind == "with" else ""
    )
    output = outputs()[kind]
    last = output.splitlines()[-1] if output else ""
    try:
        said = json.loads(last)
    except ValueError:
        fail(did=did, wanted="settings that load", got=last or "no word", look=SETTINGS)
    if said["crash"]:
        fail(
            did=did,
            wanted="settings that load, without a Redis that answers",
            got=said["crash"],
            look=SETTINGS,
        )
    return did, said


def test_with_redis_events_pass_through_it():
    """NFR-8: every process hears of every message."""
    did, said = said_by("with")
    backend = said["layer"].get("BACKEND")
    expect(
        backend in REDIS,
        did=did,
        wanted=f"the BACKEND {REDIS[0]}",
        got=str(backend),
        look=SETTINGS,
    )
    hosts = (said["layer"].get("CONFIG") or {}).get("hosts") or []
    hosts = [hosts] if isinstance(hosts, (str, dict)) else hosts
    found = [host.get("address") if isinstance(host, dict) else host for host in hosts]
    expect(
        ADDRESS in found,
        did=did,
        wanted=f"{ADDRESS} among the hosts of its CONFIG",
        got=f"hosts: {', '.join(map(str, found)) or 'none'}",
        look=f'{SETTINGS}["default"]["CONFIG"]["hosts"]',
    )


def test_without_redis_the_layer_stays_in_memory():
    """NFR-3: nothing has to be installed for the first start."""
    did, said = said_by("without")
    backend = said["layer"].get("BACKEND")
    expect(
        backend == MEMORY,
        did=did,
        wanted=f"the BACKEND {MEMORY}",
        got=str(backend),
        look=SETTINGS,
    )


@pytest.mark.parametrize("kind", ["with", "without"])
def test_django_finds_nothing_to_warn_of(kind):
    """NFR-8: `manage.py check` is content in either case."""
    did, said = said_by(kind)
    expect(
        not said["check"],
        did=f"{did}, and ran python manage.py check",
        wanted="no issue",
        got=said["check"],
        look=SETTINGS,
    )


def test_the_questions_are_answered(root):
    """NFR-8: what a process loses when it ends, somebody has thought of."""
    _, rest = document(root, FILE, wanted="a file with the answers of step 3")
    words = words_of(rest)
    expect(
        len(words) >= 30,
        did=f"Read {FILE}",
        wanted="the answers to the questions of step 3, thirty words or more",
        got=f"{len(words)} words, headings not counted",
        look=FILE,
    )
