# task python-places: file
"""The places of the guide, in plain Python: no line in this file needs Django."""

from dataclasses import dataclass


def walk_text(minutes):
    """Puts a walk into words, such as "1 h 5 min on foot"."""
    if minutes == 0:
        return "at the station"
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(f"{hours} h")
    if rest:
        parts.append(f"{rest} min")
    return " ".join(parts) + " on foot"


@dataclass(frozen=True)
class Place:
    """Somewhere worth a visit; `minutes` is the walk from the station."""

    name: str
    slug: str
    kind: str
    minutes: int
    note: str = ""

    def __post_init__(self):
        if self.minutes < 0:
            raise ValueError(f"{self.name}: a walk cannot take {self.minutes} minutes.")

    @property
    def walk(self):
        return walk_text(self.minutes)


def nearest(places, count=3):
    """The places with the shortest walks, the shortest first; all if count is None."""
    return sorted(places, key=lambda place: (place.minutes, place.name))[:count]


def by_kind(places):
    """The places of each kind, kinds from A to Z and the shortest walk first."""
    groups = {}
    for place in nearest(places, count=None):
        groups.setdefault(place.kind, []).append(place)
    return dict(sorted(groups.items()))


PLACES = [
    Place(
        name="Signal Box Café",
        slug="signal-box-cafe",
        kind="Eat and drink",
        minutes=0,
        note="Coffee and cheese scones where the levers used to be. Trains pass the "
        "window every half hour.",
    ),
    Place(
        name="The Net Loft",
        slug="the-net-loft",
        kind="Eat and drink",
        minutes=9,
        note="Mackerel, potatoes and nothing else, above the fishermen's store. Closed "
        "when the boats stay in.",
    ),
    Place(
        name="Orchard Bakery",
        slug="orchard-bakery",
        kind="Eat and drink",
        minutes=14,
        note="Sourdough from six in the morning. The plum tart is gone by ten.",
    ),
    Place(
        name="Harbour Museum",
        slug="harbour-museum",
        kind="Museums",
        minutes=7,
        note="Two rooms about the herring years, and a lens from the old lighthouse "
        "that you may turn by hand.",
    ),
    Place(
        name="Printworks",
        slug="printworks",
        kind="Museums",
        minutes=18,
        note="A working letterpress. On Saturdays visitors set a line of type and take "
        "the print home.",
    ),
    Place(
        name="Tidal Pool",
        slug="tidal-pool",
        kind="On the water",
        minutes=12,
        note="Filled by the sea twice a day. Cold, clean and free; the changing huts "
        "date from 1936.",
    ),
    Place(
        name="Ellery Ferry",
        slug="ellery-ferry",
        kind="On the water",
        minutes=6,
        note="Twelve seats, eight minutes to the far bank. Ring the bell if the "
        "ferryman is on the other side.",
    ),
    Place(
        name="Seal Bank",
        slug="seal-bank",
        kind="On the water",
        minutes=48,
        note="At low tide thirty seals lie on the sand. Bring binoculars and keep to "
        "the dyke.",
    ),
    Place(
        name="Gorse Hill",
        slug="gorse-hill",
        kind="Walks",
        minutes=25,
        note="Ninety-one metres high, and on a clear day the whole estuary lies below. "
        "The path is signed in yellow.",
    ),
    Place(
        name="Lighthouse Path",
        slug="lighthouse-path",
        kind="Walks",
        minutes=60,
        note="Along the sea wall to the point. The tower opens on Sundays from two to "
        "five.",
    ),
    Place(
        name="Ropewalk Lane",
        slug="ropewalk-lane",
        kind="Walks",
        minutes=4,
        note="The longest straight lane in town, because ropes were once twisted along "
        "it. Good for the first ten minutes after a train journey.",
    ),
    Place(
        name="Saltings Circuit",
        slug="saltings-circuit",
        kind="Walks",
        minutes=75,
        note="A round of the salt marshes on boards and banks. Wear boots between "
        "October and April.",
    ),
]
