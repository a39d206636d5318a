"""Pictures for the demo data: a plate on a table, drawn from above.

The same title gives the same picture, so no image has to lie in the repository.
"""

from io import BytesIO
from math import cos, pi, sin
from random import Random

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

SIZE = (720, 540)
FINER = 2  # drawn this much larger, so that edges are smooth
TABLES = ["#d9b48a", "#c9a27c", "#8fa3a0", "#b9c3a4", "#d8c3a5", "#9c8574"]
PLATES = ["#fdfaf4", "#f3ede2", "#e6edf0", "#f7e9d7"]
FOODS = {
    "Soups": ["#d9822b", "#a8b545", "#c8502f", "#e3c16f"],
    "Bakes": ["#b9773a", "#d79b52", "#8a5426", "#e8c88f"],
    "Vegetables": ["#e07b2e", "#6f9440", "#93264b", "#d9c24a"],
    "Fish and meat": ["#c9855b", "#e8d2b0", "#8d5a3b", "#7c9150"],
    "Sweet things": ["#7b2d52", "#e9b8a0", "#f0d9a8", "#a63d40"],
    "Jars and pickles": ["#8a2f4d", "#88a04a", "#d8a93f", "#c7d08a"],
}


def draw(title: str, category: str) -> Image.Image:
    """The picture of one recipe."""
    chance = Random(title)
    width, height = (side * FINER for side in SIZE)
    image = Image.new("RGB", (width, height), chance.choice(TABLES))
    brush = ImageDraw.Draw(image)
    for x in range(0, width, width // 6):
        brush.line([(x, 0), (x, height)], fill=_darker(image.getpixel((1, 1))), width=6)
    middle = (width // 2, height // 2)
    radius = int(height * 0.43)
    _disc(
        brush, (middle[0] + 14, middle[1] + 18), radius, _darker(image.getpixel((1, 1)))
    )
    plate = chance.choice(PLATES)
    _disc(brush, middle, radius, plate)
    _disc(brush, middle, int(radius * 0.78), "#e9e2d6")
    _disc(brush, middle, int(radius * 0.75), plate)
    foods = FOODS.get(category, FOODS["Vegetables"])
    chance.shuffle(foods := list(foods))
    _disc(brush, middle, int(radius * 0.68), foods[0])
    for number in range(46):
        way = chance.random() ** 0.5 * radius * 0.56
        turn = number * pi * (3 - 5**0.5)
        place = (int(middle[0] + way * cos(turn)), int(middle[1] + way * sin(turn)))
        _disc(
            brush,
            place,
            chance.randint(height // 50, height // 17),
            chance.choice(foods[1:]),
        )
    return image.resize(SIZE, Image.Resampling.LANCZOS)


def as_file(picture: Image.Image, longest: int, name: str) -> ContentFile:
    """The picture as a JPEG, no side longer than this."""
    smaller = picture.copy()
    smaller.thumbnail((longest, longest))
    data = BytesIO()
    smaller.save(data, "JPEG", quality=85)
    return ContentFile(data.getvalue(), name=name)


def _disc(brush, middle, radius, colour):
    x, y = middle
    brush.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _darker(colour):
    return tuple(int(part * 0.88) for part in colour)
