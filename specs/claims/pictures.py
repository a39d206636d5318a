"""Claims about Pillow, and about Django's image fields."""

from __future__ import annotations

import io
from typing import Any
from unittest.mock import patch

from support import expect, raised, same, start

start("pictures")

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import InMemoryStorage  # noqa: E402
from django.db import models  # noqa: E402
from PIL import Image, UnidentifiedImageError  # noqa: E402

ALLOWED = ["JPEG", "PNG", "WEBP"]


class Photo(models.Model):
    file = models.ImageField(storage=InMemoryStorage(), width_field="wide")
    wide = models.IntegerField(null=True)


def picture(kind: str, size: int = 64) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 80).convert("RGB").save(out, kind)
    return out.getvalue()


def image_width_opens_the_file() -> None:
    photo = Photo()
    photo.file.save("a.png", ContentFile(picture("PNG")), save=False)
    stored = Photo(file=photo.file.name, wide=64)
    name = "django.core.files.images.get_image_dimensions"
    with patch(name, return_value=(7, 7)) as measured:
        same(stored.wide, 64, "the model's own field")
        measured.assert_not_called()
        same(stored.file.width, 7, "`width` of the file")
        same(measured.call_count, 1, "times that the file was measured")


def cut(kind: str) -> io.BytesIO:
    whole = picture(kind)
    return io.BytesIO(whole[: len(whole) // 2])


def a_cut_webp_is_an_oserror_at_open() -> None:
    def identity(error: Any) -> Any:
        return error

    error = raised(Image.open, cut("WEBP"), formats=ALLOWED)
    same(identity(error), OSError, "open() of half a WebP")


def a_cut_jpeg_opens_and_verifies() -> None:
    opened = Image.open(cut("JPEG"), formats=ALLOWED)
    same(raised(opened.verify), None, "verify() of half a JPEG")
    same(raised(Image.open(cut("JPEG")).load), OSError, "load() of it")


def open_reads_the_header_alone() -> None:
    for kind in ("JPEG", "PNG"):
        file = io.BytesIO(picture(kind, 512))
        image = Image.open(file, formats=ALLOWED)
        size = len(file.getvalue())
        expect(file.tell() < size / 2, f"{kind}: read to {file.tell()} of {size}")
        same(image.size, (512, 512), f"the size that {kind} tells")


def other_formats_are_not_identified() -> None:
    gif = io.BytesIO(picture("GIF"))
    same(raised(Image.open, gif, formats=ALLOWED), UnidentifiedImageError, "a GIF")
    junk = io.BytesIO(b"<svg></svg>")
    same(
        raised(Image.open, junk, formats=ALLOWED), UnidentifiedImageError, "no picture"
    )


def a_bomb_is_refused_at_open() -> None:
    file = io.BytesIO(picture("PNG"))
    with patch.object(Image, "MAX_IMAGE_PIXELS", 64 * 64 // 2 - 1):
        error = raised(Image.open, file, formats=ALLOWED)
    same(error, Image.DecompressionBombError, "twice the limit and more")
    expect(
        not issubclass(Image.DecompressionBombError, OSError),
        "DecompressionBombError is an OSError",
    )
