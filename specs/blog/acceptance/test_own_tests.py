"""own-tests: the learner's own tests pass, and fail when the code is broken."""

import pytest

from acceptance.own_tests import OwnTests

RACE = """
from itertools import count

from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from blog.models import Post


def save(self, **kwargs):
    if not self.slug:
        base = slugify(self.title)[:200] or "post"
        self.slug, others = base, Post.objects.exclude(pk=self.pk)
        for number in count(2):
            if not others.filter(slug=self.slug).exists():
                break
            self.slug = base[: 199 - len(str(number))] + f"-{number}"
    if self.status == "published" and self.published_at is None:
        self.published_at = timezone.now()
    if kwargs.get("update_fields") is not None:
        kwargs["update_fields"] = {"slug", "published_at", *kwargs["update_fields"]}
    models.Model.save(self, **kwargs)


Post.save = save
"""

OWN = OwnTests(
    {
        "published": (
            "PostQuerySet.published returns every post",
            "from blog.models import PostQuerySet\n"
            "PostQuerySet.published = lambda self, *args, **kwargs: self.all()",
        ),
        "can_be_edited_by": (
            "Post.can_be_edited_by returns True for everybody",
            "from blog.models import Post\n"
            "Post.can_be_edited_by = lambda self, *args, **kwargs: True",
        ),
        "race": (
            "Post.save asks for a free slug and is sure that it stays free",
            RACE,
        ),
        "tomorrow": (
            "PostQuerySet.published returns posts dated tomorrow too",
            "from blog.models import PostQuerySet\n"
            "PostQuerySet.published = lambda self, *args, **kwargs: "
            "self.filter(status='published')",
        ),
        "nobody": (
            "Post.can_be_edited_by returns False for everybody",
            "from blog.models import Post\n"
            "Post.can_be_edited_by = lambda self, *args, **kwargs: False",
        ),
        "empty": (
            "every form accepts empty fields",
            "from django.db import models\n"
            "from django.forms import Field\n"
            "Field.validate = lambda self, value: None\n"
            "models.Field.validate = lambda self, value, instance: None",
        ),
        "error page": (
            "an error shows a bare page in place of templates/500.html",
            "import config.urls\n"
            "from django.http import HttpResponseServerError\n"
            "config.urls.handler500 = lambda request: HttpResponseServerError('Oops')",
        ),
    },
    look="tests/test_blog.py",
)


def test_they_pass():
    """NFR-6: the learner's own tests are green, all of them."""
    OWN.expect_passed(wanted="every test passed (NFR-6)")


def test_there_are_eight():
    """NFR-6: at least eight tests besides the given one."""
    OWN.expect_count(
        8,
        wanted="at least eight tests of your own that pass, besides "
        "tests/test_smoke.py (NFR-6)",
    )


@pytest.mark.parametrize("kind", list(OWN.breaks))
def test_they_notice(kind):
    """NFR-6: a test is worth its lines if it fails when the thing breaks."""
    OWN.expect_noticed(kind, wanted="at least one of your tests failed (NFR-6)")
