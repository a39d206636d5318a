"""The app of a made-up project with a worker and beat; laid as config/celery.py."""

import os
import time
from pathlib import Path

from celery import Celery
from celery.schedules import schedule

# Without Redis, as where the image collects its static files, nothing can be sent.
REDIS_URL = os.environ.get("REDIS_URL", "memory://")
# Where a file of this name is, beat hangs when it looks what is due.
STUCK = Path(os.environ.get("STUCK", "/tmp/stuck"))


class EverySecond(schedule):
    """A schedule that hangs as long as the file is there."""

    def is_due(self, last_run_at):
        while STUCK.exists():
            time.sleep(0.05)
        return super().is_due(last_run_at)


app = Celery("config", broker=REDIS_URL, backend=REDIS_URL)
app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": EverySecond(1.0)}}


@app.task(name="add")
def add(left: int, right: int) -> int:
    """The sum."""
    return left + right


@app.task(name="held")
def held(path: str) -> str:
    """Makes a file, waits until it is gone, and gives back the word ``done``."""
    file = Path(path)
    file.touch()
    while file.exists():
        time.sleep(0.05)
    return "done"


@app.task(name="tick")
def tick() -> None:
    """What beat sends each second."""
