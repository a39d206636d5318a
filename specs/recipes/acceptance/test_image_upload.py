"""image-upload: what is stored is a picture, and nothing else of what was sent."""

import io
import re
import warnings
import zipfile

import pytest
from PIL import Image, ImageFile

from acceptance.calls import same_cost
from acceptance.pages import only_on
from acceptance.recipes import (
    body_of,
    bomb,
    category,
    changed,
    drawn,
    encoded,
    fill,
    fresh,  # noqa: F401
    has_room,
    images,
    media_root,
    named,
    page_of,
    picture,
    published,
    quoted,
    recipe,
    recipe_form,
    recipes,
    send_named,
    shown,
    stays_quoted,
    stored,
    stored_bytes,
    stored_files,
    upload,
    with_picture,
)
from acceptance.samples import title_of
from acceptance.support import Visitor, expect, load, model, url

LOOK = "uploads/images.py, and clean_image of RecipeForm"
FORM = "recipes/forms.py, RecipeForm, and templates/recipes/recipe_form.html"
MEDIA = "config/urls.py and config/views.py, media"
NAMES = {
    "image": re.compile(r"^recipes/[0-9a-f]{32}\.jpg$"),
    "thumbnail": re.compile(r"^thumbnails/[0-9a-f]{32}\.jpg$"),
}
SECRET = "somewhere-in-the-kitchen"


def opened(mine, some, one=None):
    """(page, form) with a field for the picture."""
    __tracebackhide__ = True
    model("recipes.Recipe", "image", "thumbnail")
    if one is None:
        category(some)
    page = mine.get(page_of(one, "edit") if one else url("recipes:recipe-create"))
    recipe_form(page)
    form = page.expect_form(
        "title", "image", wanted="a field image in the recipe's form", look=FORM
    )
    return page, form


def sent(visitor, some, make_user, file):
    """(answer, the recipe stored or None) after a new recipe is sent with a file."""
    __tracebackhide__ = True
    _, form = opened(visitor.sign_in(make_user()), some)
    typed = fill(form, some)
    answer = form.send(typed, image=file)
    return answer, recipes().filter(title=typed["title"]).first()


def accepted(visitor, some, make_user, file):
    """The recipe with its picture, or a sentence."""
    __tracebackhide__ = True
    answer, one = sent(visitor, some, make_user, file)
    expect(
        one is not None and one.image and one.thumbnail,
        did=answer.did,
        wanted="the recipe stored, with image and thumbnail",
        got=f"{answer.summary}{answer._form_errors()}"
        if one is None
        else f"image {one.image.name!r}, thumbnail {one.thumbnail.name!r}",
        look=LOOK,
    )
    return answer, one


def exif(orientation=None):
    """Metadata as a camera writes it, the place among it."""
    data = Image.Exif()
    if orientation:
        data[0x0112] = orientation
    data[0x010F] = SECRET
    data.get_ifd(0x8825)[1] = "N"
    data.get_ifd(0x8825)[2] = (51.0, 28.0, 40.0)
    return data


def archive():
    """A ZIP archive with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("shell.php", f"<?php // {SECRET}")
    return buffer.getvalue()


# ------------------------------------------------------------------------------ stored


def test_settings_hold_the_limits(settings):
    """NFR-5: where files go and how large they may be is told in one place."""
    for name in (
        "MEDIA_ROOT",
        "SERVE_MEDIA",
        "IMAGE_MAX_BYTES",
        "IMAGE_MAX_PIXELS",
        "IMAGE_MIN_SIDE",
    ):
        expect(
            bool(getattr(settings, name, None)),
            did=f"Read settings.{name}",
            wanted="a value",
            got="there is none",
            look="config/settings.py",
        )
    expect(
        settings.MEDIA_URL == "/media/",
        did="Read settings.MEDIA_URL",
        wanted="'/media/'",
        got=repr(settings.MEDIA_URL),
        look="config/settings.py",
    )


@pytest.mark.parametrize("page_name", ["write", "edit"])
def test_a_picture_may_be_left_out(visitor, some, make_user, page_name):
    """FR-7: not every dish is photogenic."""
    author = make_user()
    one = recipe(some, author) if page_name == "edit" else None
    _, form = opened(visitor.sign_in(author), some, one)
    typed = {"title": title_of(some)} if one else fill(form, some)
    answer = form.send(typed)
    answer.expect_redirect(wanted="a redirect: no picture is needed", look=FORM)
    found = recipes().filter(title=typed["title"]).first()
    expect(
        found is not None and not found.image and not found.thumbnail,
        did=answer.did,
        wanted="the recipe stored, without a picture",
        got="no such recipe" if found is None else f"image {found.image.name!r}",
        look=FORM,
    )


@pytest.mark.parametrize("limit", ["IMAGE_MAX_BYTES", "IMAGE_MAX_PIXELS"])
def test_what_just_fits_is_stored(visitor, some, make_user, settings, limit):
    """FR-7: a limit is the last that is allowed, that of the shorter side as well."""
    side = settings.IMAGE_MIN_SIDE = 200
    content = encoded(drawn(some, (2 * side, side)))
    just = len(content) if limit == "IMAGE_MAX_BYTES" else 2 * side * side
    setattr(settings, limit, just)
    answer, found = sent(visitor, some, make_user, upload(content))
    expect(
        found is not None and found.image,
        did=f"Sent a picture of {2 * side} × {side} pixels and {len(content)} bytes, "
        f"with {limit} = {just} and IMAGE_MIN_SIDE = {side}",
        wanted="the picture stored: more than the most and less than the least is "
        "refused, and what just fits is not",
        got=f"{answer.summary}{answer._form_errors()}",
        look=LOOK,
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_stored_as_jpeg(visitor, some, make_user, kind):
    """FR-7: whatever came in, small enough, by a name that nobody can guess."""
    wide = some.choice([True, False])
    size = (1640, 410) if wide else (410, 1640)
    answer, one = accepted(visitor, some, make_user, picture(some, kind, size))
    for name, most in (("image", 1600), ("thumbnail", 480)):
        field = getattr(one, name)
        expect(
            NAMES[name].match(field.name),
            did=answer.did,
            wanted=f"{name}.name like {NAMES[name].pattern}",
            got=repr(field.name),
            look="recipes/models.py, upload_to, and uploads/images.py",
        )
        found = stored(field, did=answer.did, look=LOOK)
        wanted = (most, most // 4) if wide else (most // 4, most)
        kind_now = Image.open(media_root() / field.name).format
        expect(
            kind_now == "JPEG" and found.mode == "RGB" and found.size == wanted,
            did=f"{answer.did}, a {kind} of {size[0]} × {size[1]} pixels",
            wanted=f"{name} stored as JPEG, RGB, {wanted[0]} × {wanted[1]} pixels",
            got=f"{kind_now}, {found.mode}, {found.size[0]} × {found.size[1]}",
            look=LOOK,
        )


def test_a_small_picture_is_not_enlarged(visitor, some, make_user):
    """FR-7: blowing it up adds nothing but bytes."""
    size = (some.number(201, 300), some.number(301, 400))
    answer, one = accepted(visitor, some, make_user, picture(some, "PNG", size))
    for name in ("image", "thumbnail"):
        found = stored(getattr(one, name), did=answer.did, look=LOOK)
        expect(
            found.size == size,
            did=f"Sent a picture of {size[0]} × {size[1]} pixels",
            wanted=f"{name} of the same size",
            got=f"{found.size[0]} × {found.size[1]}",
            look=LOOK,
        )


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_becomes_white(visitor, some, make_user, mode):
    """FR-7: JPEG has no transparency."""
    image = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    image.paste((10, 20, 200, 255), (200, 0, 400, 300))
    if mode == "P":
        image = image.quantize(8)
    elif mode == "LA":
        image = image.convert("LA")
    file = upload(encoded(image, "PNG"), "PNG")
    answer, one = accepted(visitor, some, make_user, file)
    found = stored(one.image, did=answer.did, look=LOOK).convert("RGB")
    clear, solid = found.getpixel((40, 150)), found.getpixel((360, 150))
    expect(
        min(clear) > 240 and min(solid) < 120,
        did=f"Sent a PNG of mode {mode} whose left half is transparent",
        wanted="the left half white, the right half as it was",
        got=f"the left half is {clear}, the right half {solid}",
        look=LOOK,
    )


def test_orientation_is_applied_and_metadata_go(visitor, some, make_user):
    """FR-8: the picture stands upright, and says nothing of where it was taken."""
    image = Image.new("RGB", (600, 400), (250, 10, 10))
    image.paste((10, 10, 250), (300, 0, 600, 400))  # red on the left, blue on the right
    content = encoded(image, "JPEG", exif=exif(6), comment=SECRET.encode(), quality=95)
    answer, one = accepted(visitor, some, make_user, upload(content))
    for name in ("image", "thumbnail"):
        field = getattr(one, name)
        found = stored(field, did=answer.did, look=LOOK)
        width, height = found.size
        top, bottom = (
            found.getpixel((width // 2, height // 5)),
            found.getpixel((width // 2, height * 4 // 5)),
        )
        expect(
            height > width and top[0] > 150 > top[2] and bottom[2] > 150 > bottom[0],
            did="Sent a photograph taken with the camera turned (EXIF orientation 6)",
            wanted=f"{name} turned upright: higher than wide, red above blue",
            got=f"{width} × {height}, {top} above {bottom}",
            look="uploads/images.py, ImageOps.exif_transpose",
        )
        data = stored_bytes(field, did=answer.did, look=LOOK)
        opened_ = Image.open(io.BytesIO(data))
        kept = [key for key in ("exif", "comment") if opened_.info.get(key)]
        expect(
            not dict(opened_.getexif()) and not kept and SECRET.encode() not in data,
            did="Sent a photograph with EXIF data and a comment",
            wanted=f"neither in the stored {name} (NFR-5: nobody publishes where they "
            "live)",
            got=f"it holds {', '.join(kept) or 'them'}",
            look="uploads/images.py: save() without exif and comment",
        )


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_of_a_moving_picture_one_is_kept(visitor, some, make_user, kind):
    """FR-7: a JPEG does not move; it is stored so, or refused."""
    frames = [drawn(some, (300, 240)) for _ in range(3)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    answer, one = sent(visitor, some, make_user, upload(content, kind))
    if one is not None and one.image:
        found = stored(one.image, did=answer.did, look=LOOK)
        expect(
            found.size == (300, 240),
            did=f"Sent a {kind} of three pictures",
            wanted="one picture of 300 × 240 pixels",
            got=f"{found.size}",
            look=LOOK,
        )
    else:
        answer.expect_status(200, wanted="it stored as one, or 200", look=LOOK)


# ----------------------------------------------------------------------- more than that


@pytest.mark.parametrize(
    "where", ["script behind", "archive behind", "comment", "exif"]
)
def test_what_hides_in_a_picture_is_lost(visitor, some, make_user, where):
    """NFR-5: a file that is two things at once is stored as the picture only."""
    script = f"<script>alert('{SECRET}')</script>".encode()
    plain = encoded(drawn(some))
    content = {
        "script behind": lambda: plain + script,
        "archive behind": lambda: plain + archive(),
        "comment": lambda: encoded(drawn(some), comment=script),
        "exif": lambda: encoded(drawn(some), exif=exif()),
    }[where]()
    answer, one = sent(visitor, some, make_user, upload(content))
    did = f"Sent a JPEG with something in it that is no picture ({where})"
    for name in stored_files():
        data = (media_root() / name).read_bytes()
        expect(
            SECRET.encode() not in data
            and b"<script" not in data
            and not zipfile.is_zipfile(io.BytesIO(data)),
            did=did,
            wanted="a stored file that holds the picture only",
            got=f"{name} holds it",
            look="uploads/images.py: the picture is written anew",
        )
    if one is None:
        answer.expect_status(200, wanted="it stored without, or refused", look=LOOK)
    else:
        stored(one.image, did=did, look=LOOK)


@pytest.mark.parametrize(
    "name", ["../../evil.jpg", "a/b.jpg", "..\\evil.jpg", "x" * 296 + ".jpg"]
)
def test_a_path_in_a_name_leads_nowhere(visitor, some, make_user, name):
    """NFR-5: the name of a file is the browser's, and is not used."""
    mine = visitor.sign_in(make_user())
    _, form = opened(mine, some)
    typed = {**form.values, **fill(form, some), "image": picture(some)}
    typed.pop("csrfmiddlewaretoken", None)
    outside = [
        media_root().parent / "evil.jpg",
        media_root().parent.parent / "evil.jpg",
    ]
    answer = send_named(mine, url("recipes:recipe-create"), typed, name)
    answer.expect_status(
        200, 302, wanted="it stored under another name, or refused", look=LOOK
    )
    bad = [
        file
        for file in stored_files()
        if not any(pattern.match(file) for pattern in NAMES.values())
    ]
    bad += [str(file) for file in outside if file.exists()]
    expect(
        not bad,
        did=answer.did,
        wanted="random names inside MEDIA_ROOT, or nothing stored",
        got=", ".join(bad),
        look="uploads/images.py: uuid4().hex, and upload_to",
    )


# ----------------------------------------------------------------------------- refused


def bad_files(some):
    """What must be refused, by a name for it."""
    good = encoded(drawn(some))
    png, webp = encoded(drawn(some), "PNG"), encoded(drawn(some), "WEBP")
    html = b"<!doctype html><script>alert(1)</script>" + b" " * 400
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"></svg>'
    tiff = encoded(drawn(some), "TIFF")
    return {
        "a text": lambda: upload(b"just words " * 99),
        "an empty file": lambda: upload(b""),
        "a GIF": lambda: upload(encoded(drawn(some), "GIF"), "GIF"),
        "a GIF named .jpg": lambda: upload(encoded(drawn(some), "GIF")),
        "a BMP": lambda: upload(encoded(drawn(some), "BMP"), "BMP"),
        "a TIFF": lambda: upload(tiff, name="dish.tiff", type_="image/tiff"),
        "an SVG": lambda: upload(svg, name="dish.svg", type_="image/svg+xml"),
        "an SVG named .png": lambda: upload(svg, "PNG"),
        "HTML named .jpg": lambda: upload(html),
        "half a JPEG": lambda: upload(good[: len(good) // 2]),
        "half a PNG": lambda: upload(png[: len(png) // 2], "PNG"),
        "half a WebP": lambda: upload(webp[: len(webp) // 2], "WEBP"),
        "a JPEG's first bytes": lambda: upload(good[:24]),
        "a PNG named .jpg": lambda: upload(png, name="dish.jpg", type_="image/jpeg"),
        "a JPEG named .png": lambda: upload(good, name="dish.png", type_="image/png"),
        "a JPEG named .html": lambda: upload(good, name="dish.html"),
        "a JPEG named .jpg.php": lambda: upload(good, name="dish.jpg.php"),
        "a JPEG called image/png": lambda: upload(good, type_="image/png"),
        "a JPEG called text/html": lambda: upload(good, type_="text/html"),
        "an image bomb": lambda: upload(bomb(), "PNG"),
        "a smaller bomb": lambda: upload(bomb(6000, 5000), "PNG"),
        "199 pixels of height": lambda: picture(some, "JPEG", (640, 199)),
        "199 pixels of width": lambda: picture(some, "PNG", (199, 640)),
    }


def nothing_stored(answer, page, did):
    """The form again with an error, no recipe and no file."""
    __tracebackhide__ = True
    expect(
        recipes().count() == 0 and not stored_files(),
        did=did,
        wanted="refused, with no recipe and no file stored",
        got=f"{recipes().count()} recipes, files: "
        f"{', '.join(stored_files()) or 'none'}; {answer.summary}",
        look=LOOK,
    )
    answer.expect_status(200, wanted="200 and the form again", look=LOOK)
    expect(
        only_on(answer, page),
        did=did,
        wanted="a sentence on the page that says what is wrong with the file",
        got="the page says nothing that the empty form did not say",
        look=FORM,
    )


KINDS = {
    "no picture": [
        "a text",
        "an empty file",
        "HTML named .jpg",
        "half a JPEG",
        "half a PNG",
        "half a WebP",
        "a JPEG's first bytes",
    ],
    "another format": [
        "a GIF",
        "a GIF named .jpg",
        "a BMP",
        "a TIFF",
        "an SVG",
        "an SVG named .png",
    ],
    "a lie": [
        "a PNG named .jpg",
        "a JPEG named .png",
        "a JPEG named .html",
        "a JPEG named .jpg.php",
        "a JPEG called image/png",
        "a JPEG called text/html",
    ],
    "too large or too small": [
        "an image bomb",
        "a smaller bomb",
        "199 pixels of height",
        "199 pixels of width",
    ],
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.replace(" ", "-"))
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_picture_is_refused(visitor, some, make_user, kind):
    """FR-7, NFR-5: content, name and type are checked, and agree."""
    page, form = opened(visitor.sign_in(make_user()), some)
    bad = bad_files(some)
    for what in KINDS[kind]:
        answer = form.send(fill(form, some), image=bad[what]())
        nothing_stored(answer, page, f"Sent {what} as the picture of a new recipe")


@pytest.mark.parametrize(
    ("name", "limit"),
    [("IMAGE_MAX_BYTES", 900), ("IMAGE_MAX_PIXELS", 300_000), ("IMAGE_MIN_SIDE", 490)],
)
def test_limits_are_read_when_they_are_used(
    visitor, some, make_user, settings, name, limit
):
    """NFR-5: a setting that is changed holds at once."""
    page, form = opened(visitor.sign_in(make_user()), some)
    expect(
        hasattr(settings, name),
        did=f"Read settings.{name}",
        wanted="a limit",
        got="there is none",
        look="config/settings.py",
    )
    setattr(settings, name, limit)
    answer = form.send(fill(form, some), image=picture(some))
    nothing_stored(
        answer,
        page,
        f"Set {name} to {limit} and sent a picture of 640 × 480 pixels, larger than "
        "900 bytes",
    )


def test_a_bomb_is_not_even_unpacked(visitor, some, make_user, monkeypatch):
    """NFR-5: what a header claims is judged before a pixel is decoded."""
    page, form = opened(visitor.sign_in(make_user()), some)
    limit = 24_000_000
    unpacked = []
    load_ = ImageFile.ImageFile.load

    def watched(self, *args, **kwargs):
        if self.size[0] * self.size[1] > limit:
            unpacked.append(self.size)
        return load_(self, *args, **kwargs)

    monkeypatch.setattr(ImageFile.ImageFile, "load", watched)
    # A whole picture, not a broken one: 25 million pixels in a few kilobytes.
    content = encoded(Image.new("1", (5000, 5000)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = form.send(fill(form, some), image=upload(content, "PNG"))
    did = f"Sent a PNG of {len(content) // 1024} kB with 25 million pixels"
    expect(
        not unpacked,
        did=did,
        wanted="refused by its header, before it is decoded",
        got="it is decoded first",
        look="uploads/images.py: width times height comes before verify() and load()",
    )
    nothing_stored(answer, page, did)


# -------------------------------------------------------------------------------- edit


def test_a_picture_is_replaced_kept_and_cleared(visitor, some, make_user):
    """FR-7: on the edit page."""
    author = make_user()
    mine = visitor.sign_in(author)
    one = with_picture(visitor, some, author)
    first = one.image.name, one.thumbnail.name

    def edited(did, **fields):
        __tracebackhide__ = True
        _, form = opened(mine, some, one)
        answer = form.send(fields)
        one.refresh_from_db()
        return answer, (one.image.name, one.thumbnail.name), did

    answer, now, did = edited("Saved the edit form without a file", servings="5")
    expect(
        now == first,
        did=did,
        wanted="image and thumbnail as they were",
        got=f"{now} in place of {first}",
        look=FORM,
    )
    answer.expect_redirect(look=FORM)
    answer, now, did = edited(
        "Sent a text as the new picture", image=upload(b"no " * 99)
    )
    expect(
        now == first and answer.status == 200,
        did=did,
        wanted="200 with an error, and the old picture kept",
        got=f"{answer.summary}, {now} in place of {first}",
        look=LOOK,
    )
    answer, now, did = edited(
        "Sent another picture", image=picture(some, "PNG", (300, 500))
    )
    expect(
        now[0] != first[0] and now[1] != first[1],
        did=did,
        wanted="another image and another thumbnail",
        got=f"{now}",
        look=LOOK,
    )
    size = stored(one.thumbnail, did=did, look=LOOK).size
    expect(
        size == (288, 480),
        did=f"{did}, of 300 × 500 pixels",
        wanted="its thumbnail, 288 × 480 pixels",
        got=f"{size[0]} × {size[1]}",
        look=LOOK,
    )
    answer, now, did = edited("Ticked image-clear", **{"image-clear": "on"})
    expect(
        not now[0] and not now[1],
        did=did,
        wanted="image and thumbnail empty",
        got=f"{now}",
        look="recipes/forms.py: an unticked image is a file, a ticked one False",
    )
    answer.expect_redirect(look=FORM)


def test_files_are_not_set_by_hand(visitor, some, make_user):
    """NFR-5: a thumbnail is made, not sent."""
    _, form = opened(visitor.sign_in(make_user()), some)
    typed = fill(form, some)
    answer = form.send({**typed, "thumbnail": "recipes/of-somebody-else.jpg"})
    one = recipes().filter(title=typed["title"]).first()
    expect(
        one is not None and not one.thumbnail and not one.image,
        did=answer.did,
        wanted="a recipe without image and thumbnail",
        got="no such recipe" if one is None else repr(one.thumbnail.name),
        look=FORM,
    )


# ------------------------------------------------------------------------------ served


def test_a_picture_is_served_as_one(visitor, some, make_user):
    """FR-7: by its address, and never as a page."""
    one = with_picture(visitor, some, make_user())
    for field in (one.image, one.thumbnail):
        page = visitor.get(field.url).expect_status(200, look=MEDIA)
        kind = page.headers.get("Content-Type", "")
        sniff = page.headers.get("X-Content-Type-Options", "")
        expect(
            kind == "image/jpeg" and sniff == "nosniff",
            did=page.did,
            wanted="the type image/jpeg and X-Content-Type-Options: nosniff",
            got=f"{kind or 'no type'}, {sniff or 'no such header'}",
            look=MEDIA,
        )
        expect(
            body_of(page) == (media_root() / field.name).read_bytes(),
            did=page.did,
            wanted="the stored file",
            got="something else",
            look=MEDIA,
        )


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/recipes/",
        "/media/%2e%2e/manage.py",
        "/media/../manage.py",
        "/media/recipes/%2e%2e/%2e%2e/secret.txt",
    ],
)
def test_nothing_else_is_served(visitor, some, make_user, path):
    """NFR-5: neither a listing nor a file from elsewhere."""
    load("config.views.media", look="config/views.py")
    (media_root() / "recipes").mkdir(parents=True)
    (media_root().parent / "secret.txt").write_text("secret", "utf-8")
    visitor.get(path).expect_status(
        404, wanted="404: only files of MEDIA_ROOT, and no folder", look=MEDIA
    )


# ------------------------------------------------------------------------------- pages


def cards_of(one):
    """The addresses of the pages with a card of the recipe."""
    __tracebackhide__ = True
    slug = one.category.slug
    return {
        "list": "/recipes/",
        "home": "/",
        "category": url("recipes:category-detail", slug=slug),
    }


def test_a_recipes_page_shows_its_picture(visitor, some, make_user):
    """FR-7: with a text for those who do not see it."""
    one = with_picture(visitor, some, make_user())
    page = visitor.get(page_of(one)).expect_status(200)
    look = "templates/recipes/recipe_detail.html"
    tag = shown(page, one.image)
    expect(
        tag is not None,
        did=page.did,
        wanted=f"an <img> with src={one.image.url}",
        got=", ".join(each.get("src", "") for each in images(page)) or "no <img>",
        look=look,
    )
    expect(
        one.title in tag.get("alt", ""),
        did=page.did,
        wanted="the title in alt",
        got=f"alt={tag.get('alt')!r}",
        look=look,
    )
    size = stored(one.image, did=page.did, look=LOOK).size
    has_room(tag, did=page.did, look=look)
    got = tag["width"], tag["height"]
    expect(
        abs(int(got[0]) * size[1] - int(got[1]) * size[0]) <= 2 * max(size),
        did=page.did,
        wanted="width and height, in the picture's proportions "
        f"({size[0]} × {size[1]}): the page must not jump when it arrives",
        got=f"width={got[0]!r}, height={got[1]!r}",
        look=look,
    )


@pytest.mark.parametrize("where", ["list", "home", "category"])
def test_cards_show_the_thumbnail(visitor, some, make_user, where):
    """FR-7: small, and loaded when it comes into sight."""
    one = with_picture(visitor, some, make_user())
    page = visitor.get(cards_of(one)[where]).expect_status(200)
    tag = shown(page, one.thumbnail)
    look = "templates/recipes/_recipe_card.html"
    expect(
        tag is not None and tag.get("loading") == "lazy" and tag.has_attr("alt"),
        did=page.did,
        wanted=f'an <img> with src={one.thumbnail.url}, loading="lazy" and alt',
        got=str(tag) if tag is not None else "no such <img>",
        look=look,
    )
    has_room(tag, did=page.did, look=look)


@pytest.mark.parametrize(
    "where", ["page", "list", "home", "category", "drafts", "edit"]
)
def test_quotes_in_a_title_stay_in_their_attribute(visitor, some, make_user, where):
    """FR-7: what somebody wrote is text in alt as well."""
    one = with_picture(visitor, some, make_user())
    changed(one, title=quoted(some))
    if where == "drafts":
        changed(one, status="draft")
        page = visitor.sign_in(one.author).get(url("recipes:draft-list"))
        field, look = None, "templates/recipes/_recipe_card.html"
    elif where == "edit":
        page = visitor.sign_in(one.author).get(page_of(one, "edit"))
        field, look = None, "templates/recipes/recipe_form.html"
    elif where == "page":
        page = visitor.get(page_of(one))
        field, look = one.image, "templates/recipes/recipe_detail.html"
    else:
        page = visitor.get(cards_of(one)[where])
        field, look = one.thumbnail, "templates/recipes/_recipe_card.html"
    stays_quoted(page, one.title, field, look=look)


def test_without_a_picture_there_is_no_image(visitor, some, make_user):
    """FR-7: no broken picture, no error."""
    model("recipes.Recipe", "image", "thumbnail")
    one = published(some, make_user())
    for path in (page_of(one), "/recipes/", "/"):
        page = visitor.get(path).expect_status(200)
        expect(
            not images(page),
            did=f"{page.did}, where no recipe has a picture",
            wanted="no <img>",
            got=str(images(page)[:1]),
            look="templates/recipes/, {% if recipe.image %}",
        )


def test_lists_cost_the_same_with_pictures(visitor, some, make_user):
    """NFR-1: nor does a picture cost a query."""
    first = with_picture(visitor, some, make_user())
    fields = {
        field.attname: getattr(first, field.attname)
        for field in first._meta.fields
        if field.name.startswith(("image", "thumbnail"))
    }

    def grow():
        changed(published(some, named(make_user, some), rows=0), **fields)

    same_cost(
        visitor,
        "/recipes/",
        grow,
        few=1,
        many=5,
        things="more recipes with pictures",
        look="recipes/views.py, the view of /recipes/",
    )


def test_a_strangers_picture_changes_nothing(visitor, some, make_user):
    """FR-5: who may not edit may not upload."""
    one = with_picture(visitor, some, make_user())
    before, files = one.image.name, stored_files()
    for somebody in (visitor.sign_in(make_user()), Visitor()):
        answer = somebody.post(page_of(one, "edit"), {"image": picture(some)})
        one.refresh_from_db()
        expect(
            answer.status in (302, 403)
            and one.image.name == before
            and stored_files() == files,
            did=answer.did,
            wanted="refused, the picture as it was, and no new file",
            got=f"{answer.summary}, {one.image.name}, {len(stored_files())} files",
            look="recipes/views.py, the view of /recipes/<slug>/edit/",
        )
