"""Posts, what they are filed under, and what readers say about them."""

# task drafts-and-slugs: begin
from itertools import count

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

# task post-detail: was
# from django.conf import settings
# from django.db import models
# from django.urls import reverse
# task post-model: was
# from django.conf import settings
# from django.db import models
# task drafts-and-slugs: end


# task categories-and-tags: begin
class Category(models.Model):
    """The one subject a post is filed under."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("blog:category-detail", kwargs={"slug": self.slug})


class Tag(models.Model):
    """One of several keywords of a post."""

    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("blog:tag-detail", kwargs={"slug": self.slug})


# task categories-and-tags: end
# task drafts-and-slugs: begin
class PostQuerySet(models.QuerySet):
    def published(self):
        """What everybody may read: published, and its date has come."""
        return self.filter(
            status=Post.Status.PUBLISHED, published_at__lte=timezone.now()
        )

    def drafts(self):
        return self.filter(status=Post.Status.DRAFT)

    # task drafts-and-slugs: end

    # task owner-only: begin
    def visible_to(self, user):
        """What this user may read: the published posts and all of their own."""
        if not user.is_authenticated:
            return self.published()
        return self.published() | self.filter(author=user)

    # task owner-only: end
    # task categories-and-tags: begin
    def with_related(self):
        """Fetches what a list of posts shows of each, in a fixed number of queries."""
        return self.select_related("author", "category").prefetch_related("tags")

    # task categories-and-tags: end


# task post-model: begin
class Post(models.Model):
    """An article, as a draft or published."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    title = models.CharField(max_length=200)
    # task post-model: end
    # task drafts-and-slugs: begin
    slug = models.SlugField(
        max_length=200,
        unique=True,
        blank=True,
        help_text="Made from the title when left empty.",
    )
    # task post-model: was
    # slug = models.SlugField(max_length=200, unique=True)
    # task drafts-and-slugs: end
    # task post-model: begin
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts"
    )
    # task post-model: end
    # task categories-and-tags: begin
    category = models.ForeignKey(
        Category,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="posts",
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="posts")
    # task categories-and-tags: end
    # task post-model: begin
    body = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # task post-model: end
    # task drafts-and-slugs: begin
    objects = PostQuerySet.as_manager()

    # task drafts-and-slugs: end
    # task post-model: begin
    class Meta:
        ordering = ["-published_at", "-pk"]
        # task post-model: end
        # task drafts-and-slugs: begin
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="published")
                | models.Q(published_at__isnull=False),
                name="post_published_has_date",
                violation_error_message="A published post has a publication date.",
            ),
        ]

    # task drafts-and-slugs: end

    # task post-model: begin
    def __str__(self):
        return self.title

    # task post-model: end
    # task drafts-and-slugs: begin
    def save(self, **kwargs):
        self._set_date()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {"slug", "published_at", *fields}
        if self.slug:
            super().save(**kwargs)
        else:
            self._save_with_free_slug(**kwargs)

    # task drafts-and-slugs: end
    # task post-detail: begin
    def get_absolute_url(self):
        return reverse("blog:post-detail", kwargs={"slug": self.slug})

    # task post-detail: end
    # task drafts-and-slugs: begin
    def clean(self):
        # Forms check constraints before they save, so the date must be there by then.
        self._set_date()

    @property
    def is_published(self):
        """Whether everybody may read it; `published()` asks the database the same."""
        return (
            self.status == self.Status.PUBLISHED
            and self.published_at is not None
            and self.published_at <= timezone.now()
        )

    # task drafts-and-slugs: end
    # task owner-only: begin
    def can_be_edited_by(self, user):
        """Only its author edits or deletes a post; staff have the admin."""
        return user.is_authenticated and self.author_id == user.pk

    # task owner-only: end
    # task drafts-and-slugs: begin
    def _set_date(self):
        if self.status == self.Status.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()

    def _save_with_free_slug(self, **kwargs):
        """Asks for a free slug again where somebody else was quicker to store it."""
        while True:
            self.slug = self._free_slug()
            try:
                with transaction.atomic():
                    return super().save(**kwargs)
            except IntegrityError:
                # Is it free even now? Then the complaint is about something else.
                if self._free_slug() == self.slug:
                    raise

    def _free_slug(self):
        """The title as a slug, with a number behind it where that is taken."""
        longest = self._meta.get_field("slug").max_length
        base = slugify(self.title)[:longest] or "post"
        slug = base
        others = Post.objects.exclude(pk=self.pk)
        for number in count(2):
            if not others.filter(slug=slug).exists():
                break
            suffix = f"-{number}"
            slug = base[: longest - len(suffix)] + suffix
        return slug


# task drafts-and-slugs: end
# task comments: begin
class CommentQuerySet(models.QuerySet):
    def visible(self):
        return self.filter(is_visible=True)


class Comment(models.Model):
    """What a reader says under a post."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    name = models.CharField(max_length=80)
    body = models.TextField(max_length=2000)
    is_visible = models.BooleanField(
        default=True, help_text="Untick to hide the comment from readers."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self):
        return f"{self.name} on {self.post}"


# task comments: end
