# task image-upload: file
"""Pictures that people send: looked at closely, then drawn anew.

Nothing of an upload is stored as it came. Its name, its metadata and whatever is hidden
in the file stay behind; what is kept are the pixels, in a JPEG of our own.
"""

from io import BytesIO
from pathlib import PurePath
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from PIL import Image, ImageOps, UnidentifiedImageError

FULL = 1600  # pixels, the longest side
THUMBNAIL = 480
PORTRAIT = 256

# By Pillow's name of what is inside: how the file may be called, and the type it is
# sent as. MPO is what many phones write, a JPEG with a second picture behind the first.
ENDINGS = {
    "JPEG": {".jpg", ".jpeg"},
    "MPO": {".jpg", ".jpeg"},
    "PNG": {".png"},
    "WEBP": {".webp"},
}
TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
}
ACCEPT = "image/jpeg,image/png,image/webp"
HELP = "JPEG, PNG or WebP. Where and when it was taken is not kept."


class Pictures(NamedTuple):
    """What is stored of an upload."""

    image: ContentFile
    thumbnail: ContentFile


def pictures_of(upload: UploadedFile) -> Pictures:
    """The picture of a recipe and its thumbnail.

    Raises:
        ValidationError: it is no picture that is wanted here, and why.
    """
    picture = _opened(upload)
    return Pictures(_fitted(picture, FULL), _fitted(picture, THUMBNAIL))


def portrait_of(upload: UploadedFile) -> ContentFile:
    """A square cut from the middle of the picture.

    Raises:
        ValidationError: it is no picture that is wanted here, and why.
    """
    return _jpeg(ImageOps.fit(_opened(upload), (PORTRAIT, PORTRAIT)))


def _opened(upload: UploadedFile) -> Image.Image:
    """The pixels of an upload: upright, in RGB, without any metadata."""
    if upload.size > settings.IMAGE_MAX_BYTES:
        most = filesizeformat(settings.IMAGE_MAX_BYTES)
        raise ValidationError(f"The picture is larger than {most}.")
    try:
        upload.seek(0)
        # Decodes no pixel, though of a WebP it takes in the whole file.
        picture = Image.open(upload, formats=["JPEG", "PNG", "WEBP"])
    except Image.DecompressionBombError as error:
        raise ValidationError("The picture has too many pixels.") from error
    except UnidentifiedImageError as error:
        raise ValidationError("This is not a JPEG, PNG or WebP picture.") from error
    except Exception as error:  # a WebP cut short: OSError; readers raise anything
        raise ValidationError("The picture is damaged and cannot be read.") from error
    _check_name(upload, picture.format)
    _check_size(picture)
    try:
        picture.load()
        return _flattened(ImageOps.exif_transpose(picture))
    except Exception as error:
        raise ValidationError("The picture is damaged and cannot be read.") from error


def _check_name(upload: UploadedFile, kind: str) -> None:
    """Name and content type have to say what the content is."""
    ending = PurePath(upload.name).suffix.lower()
    if ending not in ENDINGS[kind] or upload.content_type != TYPES[kind]:
        raise ValidationError(
            f"What is in the file is {TYPES[kind]}; its name or type says otherwise."
        )


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > settings.IMAGE_MAX_PIXELS:
        most = settings.IMAGE_MAX_PIXELS // 1_000_000
        raise ValidationError(f"The picture has more than {most} million pixels.")
    if min(width, height) < settings.IMAGE_MIN_SIDE:
        raise ValidationError(
            f"The picture is {width} by {height} pixels, each side has to be "
            f"{settings.IMAGE_MIN_SIDE} or more."
        )


def _flattened(picture: Image.Image) -> Image.Image:
    """A fresh image with the same pixels, white where they let through."""
    flat = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        flat.paste(picture, mask=picture)
    else:
        flat.paste(picture.convert("RGB"))
    return flat


def _fitted(picture: Image.Image, longest: int) -> ContentFile:
    smaller = picture.copy()
    smaller.thumbnail((longest, longest))
    return _jpeg(smaller)


def _jpeg(picture: Image.Image) -> ContentFile:
    data = BytesIO()
    picture.save(data, "JPEG", quality=85, optimize=True, progressive=True)
    return ContentFile(data.getvalue(), name=f"{uuid4().hex}.jpg")
