# task time-zones: file
"""The time zones that a user can choose."""

from functools import cache
from zoneinfo import available_timezones

# Beside them the database holds old names and bare offsets, such as `Etc/GMT+5`.
AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}


@cache
def time_zones():
    """(name, label) of each zone: ``("America/New_York", "America/New York")``."""
    places = (n for n in available_timezones() if n.partition("/")[0] in AREAS)
    return [(name, name.replace("_", " ")) for name in ("UTC", *sorted(places))]
