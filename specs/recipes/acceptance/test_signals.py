"""signals: every user has a profile, and files go with their rows."""

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connection, transaction

from acceptance.recipes import (
    changed,
    delete,
    drawn,
    encoded,
    fresh,  # noqa: F401
    media_root,
    page_of,
    picture,
    profile,
    published,
    recipe_form,
    recipes,
    stored_files,
    with_picture,
)
from acceptance.samples import rare, title_of
from acceptance.support import committed, expect, fail, model, told, url

PROFILE = "accounts/signals.py, post_save of the user model"
FILES = "recipes/signals.py and accounts/signals.py"
FILE = "docs/signals.md"


def profiles():
    """The profiles of the database, or a sentence."""
    __tracebackhide__ = True
    return model("accounts.Profile", "user", "bio", "avatar").objects


def with_avatar(visitor, some, user):
    """The user's profile, whose avatar went through the form."""
    __tracebackhide__ = True
    page = visitor.sign_in(user).get(url("accounts:profile-edit")).expect_status(200)
    page.expect_form("bio", "avatar").send(avatar=picture(some))
    one = profiles().filter(user=user).first()
    expect(
        one is not None and one.avatar,
        did="Sent an avatar",
        wanted="it stored",
        got="no avatar",
        look="accounts/forms.py",
    )
    return one


def files(*fields):
    """The names of the files of these fields, as stored_files() gives them."""
    return sorted(field.name for field in fields)


def left(wanted, *, did, why):
    """These files lie below MEDIA_ROOT, and no others; or a sentence."""
    __tracebackhide__ = True
    found = stored_files()
    lost = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    expect(
        found == sorted(wanted),
        did=did,
        wanted=why,
        got=" and ".join(
            [f"{name} is gone" for name in lost]
            + [f"{name} is still there" for name in extra]
        ),
        look=FILES,
    )


# ---------------------------------------------------------------------------- profiles


@pytest.mark.parametrize("way", ["create_user", "create_superuser", "save", "sign-up"])
def test_every_user_has_one_profile(visitor, some, settings, way):
    """FR-9: whoever made the user."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    profiles()
    User, name = get_user_model(), rare(some)
    given = {"username": name, "email": f"{name}@example.com"}
    if way == "sign-up":
        password = some.password()
        page = visitor.get(url("accounts:signup")).expect_status(200)
        form = page.expect_form("username", "email", "password1", "password2")
        form.send(**given, password1=password, password2=password)
    elif way == "save":
        with committed():
            User(**given).save()
    else:
        with committed():
            getattr(User.objects, way)(**given)
    user = User.objects.filter(username=name).first()
    found = profiles().filter(user__username=name).count()
    expect(
        user is not None and found == 1,
        did=f"Made a user by {way}",
        wanted="a user with one profile",
        got=f"{found} profiles" if user else "no user",
        look=PROFILE,
    )
    user.first_name = some.word()
    try:
        with committed(), transaction.atomic():
            user.save()
    except Exception as error:
        fail(
            did="Saved the user again",
            wanted="no second profile, and no error",
            got=told(error),
            look=f"{PROFILE}, created",
        )
    found = profiles().filter(user=user).count()
    expect(
        found == 1,
        did="Saved the user again",
        wanted="one profile",
        got=f"{found}",
        look=f"{PROFILE}, created",
    )


def test_a_fixture_brings_its_own_profile(some, make_user, tmp_path):
    """FR-9: loaddata saves raw, and signals leave it alone."""
    user = make_user()
    bio = some.sentence()
    one = profile(user, bio=bio)
    user.refresh_from_db()
    file = tmp_path / "users.json"
    file.write_text(serializers.serialize("json", [user, one]), encoding="utf-8")
    key = user.pk
    # With a key of its own, or two profiles made in a row could hide each other.
    type(one).objects.filter(pk=one.pk).delete()
    user.delete()
    try:
        with committed(), transaction.atomic():
            call_command("loaddata", str(file), verbosity=0)
    except Exception as error:
        fail(
            did="Ran loaddata with a user and that user's profile",
            wanted="both loaded",
            got=told(error),
            look=f"{PROFILE}, raw",
        )
    found = [each.bio for each in profiles().filter(user=key)]
    expect(
        found == [bio],
        did="Ran loaddata with a user and that user's profile",
        wanted="one profile, that of the file",
        got=f"{len(found)} profiles",
        look=f"{PROFILE}, raw",
    )
    expect(
        hasattr(make_user(), "profile"),
        did="Made a user after loaddata",
        wanted="a user with a profile",
        got="none",
        look=PROFILE,
    )


def test_earlier_users_get_theirs(some, make_user):
    """FR-9: a migration looks after those whom no signal has seen."""
    from django.apps import apps
    from django.db.migrations import RunPython
    from django.db.migrations.loader import MigrationLoader

    profiles()
    User = get_user_model()
    kept = profile(make_user(), bio=some.sentence())
    User.objects.bulk_create([User(username=rare(some)) for _ in range(2)])
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    own = [
        migration
        for (app, _), migration in sorted(loader.disk_migrations.items())
        if app in {"accounts", "recipes"} and apps.is_installed(app)
    ]
    steps = [
        operation
        for migration in own
        for operation in migration.operations
        if isinstance(operation, RunPython)
    ]
    look = "accounts/migrations/, migrations.RunPython"
    expect(
        steps,
        did="Looked for a data migration of accounts",
        wanted="RunPython, with a function that makes the missing profiles",
        got="no migration runs Python",
        look=look,
    )
    did = "Ran the data migration with two users without a profile, and one with"
    # All fields that the tables have by now; the function is as it stood then.
    state = loader.project_state().apps
    for step in steps:
        expect(
            step.reversible,
            did="Looked at the data migration",
            wanted="a reverse that does nothing (RunPython.noop)",
            got="it cannot be taken back",
            look=look,
        )
        try:
            with transaction.atomic():
                step.code(state, connection.schema_editor())
        except Exception as error:
            fail(did=did, wanted="a profile for each", got=told(error), look=look)
    missing = User.objects.filter(profile=None).count()
    expect(
        missing == 0,
        did=did,
        wanted="a profile for each",
        got=f"{missing} users without one",
        look=look,
    )
    found = profiles().get(user=kept.user_id)
    expect(
        (found.pk, found.bio) == (kept.pk, kept.bio),
        did=did,
        wanted="the profile that was there, as it was",
        got=f"{found.bio!r}",
        look=look,
    )


def test_a_lost_profile_is_no_error(visitor, some, make_user):
    """FR-9: bulk_create() sends no signal."""
    user = make_user()
    profiles().filter(user=user).delete()
    visitor.get(url("accounts:profile", username=user.username)).expect_status(
        200, wanted="a page for a user without a profile", look="accounts/views.py"
    )
    mine = visitor.sign_in(user)
    page = mine.get(url("accounts:profile-edit")).expect_status(200)
    bio = f"{some.sentence()} {rare(some)}"
    answer = page.expect_form("bio", "avatar").send(bio=bio)
    found = [each.bio for each in profiles().filter(user=user)]
    expect(
        found == [bio],
        did=answer.did,
        wanted="the profile made, with its bio",
        got=f"{found}",
        look="accounts/views.py, get_or_create",
    )


# ------------------------------------------------------------------------------- files


def test_a_deleted_recipe_takes_its_files(visitor, some, make_user):
    """FR-8: and no others."""
    author = make_user()
    one, kept = (with_picture(visitor, some, author) for _ in range(2))
    delete(one, look="recipes/signals.py")
    left(
        files(kept.image, kept.thumbnail),
        did="Deleted a recipe with a picture",
        why="image and thumbnail of this recipe gone, those of another still there",
    )


def test_a_recipe_deleted_on_the_site_takes_its_files(visitor, some, make_user):
    """FR-8: by its author."""
    author = make_user()
    one = with_picture(visitor, some, author)
    answer = visitor.sign_in(author).post(page_of(one, "delete"))
    expect(
        not recipes().filter(pk=one.pk).exists(),
        did=answer.did,
        wanted="the recipe deleted",
        got=answer.summary,
        look="recipes/views.py",
    )
    left([], did=answer.did, why="no file left")


def test_a_deleted_user_takes_all_files(visitor, some, make_user):
    """FR-8: a cascade calls no delete(), and sends signals."""
    gone, stays = make_user(), make_user()
    with_picture(visitor, some, gone)
    with_picture(visitor, some, gone)
    with_avatar(visitor, some, gone)
    kept, face = with_picture(visitor, some, stays), with_avatar(visitor, some, stays)
    delete(gone, look=FILES)
    left(
        files(kept.image, kept.thumbnail, face.avatar),
        did="Deleted a user with two recipes and an avatar",
        why="the user's files gone, those of another still there",
    )


@pytest.mark.parametrize("way", ["form", "clear", "save"])
def test_a_replaced_picture_goes(visitor, some, make_user, way):
    """FR-8: on the site or by save()."""
    author = make_user()
    one, kept = (with_picture(visitor, some, author) for _ in range(2))
    if way == "save":
        found = recipes().get(pk=one.pk)
        content = encoded(drawn(some, (300, 300)))
        with committed():
            found.image = ContentFile(content, name=f"{rare(some)}.jpg")
            found.save()
    else:
        page = visitor.sign_in(author).get(page_of(one, "edit"))
        sent = (
            {"image": picture(some, "PNG", (300, 300))}
            if way == "form"
            else {"image-clear": "on"}
        )
        recipe_form(page).send(sent)
    now = recipes().get(pk=one.pk)
    fields = [field for field in (now.image, now.thumbnail) if field]
    wanted = {"form": 2, "clear": 0, "save": 2}[way]
    expect(
        len(fields) == wanted and now.image.name != one.image.name,
        did=f"Changed a recipe's picture ({way})",
        wanted="another picture" if wanted else "no picture",
        got=f"{now.image.name!r} and {now.thumbnail.name!r}",
        look="recipes/models.py",
    )
    left(
        files(*fields, kept.image, kept.thumbnail),
        did={
            "form": "Sent another picture for a recipe",
            "clear": "Cleared a recipe's picture",
            "save": "Gave a recipe another image and saved it",
        }[way],
        why="the files before gone, and no others",
    )


@pytest.mark.parametrize("way", ["form", "clear"])
def test_a_replaced_avatar_goes(visitor, some, make_user, way):
    """FR-8: likewise."""
    user = make_user()
    with_avatar(visitor, some, user)
    kept = with_avatar(visitor, some, make_user())
    page = visitor.sign_in(user).get(url("accounts:profile-edit"))
    form = page.expect_form("bio", "avatar")
    form.send(
        {"avatar": picture(some, "PNG")} if way == "form" else {"avatar-clear": "on"}
    )
    now = profiles().get(user=user)
    left(
        files(kept.avatar, *([now.avatar] if way == "form" else [])),
        did="Sent another avatar" if way == "form" else "Cleared an avatar",
        why="the file before gone, and no others",
    )


@pytest.mark.parametrize("what", ["delete", "replace", "delete user"])
def test_what_is_rolled_back_keeps_its_files(visitor, some, make_user, what):
    """FR-8: a file cannot be rolled back, so it waits for the commit."""
    author = make_user()
    one = with_picture(visitor, some, author)
    face = with_avatar(visitor, some, author)
    before = files(one.image, one.thumbnail, face.avatar)
    with committed(), transaction.atomic():
        if what == "delete":
            recipes().get(pk=one.pk).delete()
        elif what == "delete user":
            get_user_model().objects.get(pk=author.pk).delete()
        else:
            found = recipes().get(pk=one.pk)
            found.image = ""
            found.thumbnail = ""
            found.save()
        transaction.set_rollback(True)
    now = recipes().filter(pk=one.pk).first()
    left(
        before,
        did=f"Rolled a transaction back ({what})",
        why="the files still there, as the row is",
    )
    expect(
        now is not None and now.image.name == one.image.name,
        did=f"Rolled a transaction back ({what})",
        wanted="the row as it was",
        got="it is gone or changed",
        look=FILES,
    )


def test_a_failed_form_keeps_its_files(visitor, some, make_user):
    """FR-8: nothing is replaced until it is stored."""
    author = make_user()
    one = with_picture(visitor, some, author)
    page = visitor.sign_in(author).get(page_of(one, "edit"))
    recipe_form(page).send({"image-clear": "on", "title": "  "})
    left(
        files(one.image, one.thumbnail),
        did="Cleared a picture in a form with a blank title",
        why="the files still there",
    )


def test_saving_without_another_picture_deletes_nothing(visitor, some, make_user):
    """FR-8: most saves change no picture."""
    author = make_user()
    one, face = with_picture(visitor, some, author), with_avatar(visitor, some, author)
    before = files(one.image, one.thumbnail, face.avatar)
    found, who = recipes().get(pk=one.pk), profiles().get(user=author)
    found.title, who.bio = title_of(some), some.sentence()
    with committed():
        found.save()
        who.save()
        found.save(update_fields=["title"])
        author.save()
    page = visitor.sign_in(author).get(page_of(found, "edit"))
    recipe_form(page).send(servings="3")
    left(before, did="Saved a recipe and a profile", why="all files still there")


def test_a_file_already_gone_is_no_error(visitor, some, make_user):
    """FR-8: somebody tidied up by hand."""
    one = with_picture(visitor, some, make_user())
    other = published(some, one.author)
    (media_root() / one.image.name).unlink()
    changed(other, image="recipes/never-was.jpg")
    for each in (one, other):
        delete(recipes().get(pk=each.pk), look=FILES)
    left([], did="Deleted two recipes whose file was gone", why="no file left")


def test_a_file_that_cannot_be_deleted_is_no_error(
    visitor, some, make_user, monkeypatch
):
    """FR-8: the row is gone, and whoever deleted it goes on."""
    author = make_user()
    one = with_picture(visitor, some, author)
    asked = []

    def refuse(self, name):
        asked.append(name)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    answer = visitor.sign_in(author).post(page_of(one, "delete"))
    expect(
        sorted(set(asked)) == files(one.image, one.thumbnail),
        did=answer.did,
        wanted="the storage asked to delete image and thumbnail",
        got=f"it was asked for {', '.join(asked) or 'nothing'}",
        look=FILES,
    )
    answer.expect_redirect(
        wanted="a redirect, although the files cannot be deleted",
        look=f"{FILES}, on_commit(…, robust=True)",
    )
    expect(
        not recipes().filter(pk=one.pk).exists(),
        did=answer.did,
        wanted="the recipe deleted",
        got="it is still there",
        look=FILES,
    )


# ------------------------------------------------------------------------------- words


def test_the_questions_are_answered(root):
    """NFR-12: where a signal is right, and where not."""
    file = root / FILE
    expect(
        file.is_file(),
        did=f"Looked for {FILE}",
        wanted="a file with the answers of step 5",
        got="there is no such file",
        look=FILE,
    )
    lines = file.read_text(encoding="utf-8").splitlines()
    words = [
        word
        for line in lines
        if not line.lstrip().startswith("#")
        for word in line.split()
    ]
    expect(
        len(words) >= 60,
        did=f"Read {FILE}",
        wanted="sixty words or more besides its headings",
        got=f"{len(words)}",
        look=FILE,
    )
    for name in ("post_save", "on_commit"):
        expect(
            name in " ".join(lines),
            did=f"Read {FILE}",
            wanted=f"the name {name}",
            got="it is not there",
            look=FILE,
        )
