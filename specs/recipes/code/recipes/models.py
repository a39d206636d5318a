"""Recipes, what they are made of, and what readers say about them."""

# task comment-mail: begin
from decimal import Decimal
from itertools import count

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Avg, Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator, slugify
# task comments-and-ratings: was
# from decimal import Decimal
# from itertools import count
#
# from django.conf import settings
# from django.core.exceptions import ValidationError
# from django.core.validators import MaxValueValidator, MinValueValidator
# from django.db import IntegrityError, models, transaction
# from django.db.models import Avg, Count, Exists, OuterRef, Q, Subquery
# from django.db.models.functions import Coalesce
# from django.urls import reverse
# from django.utils import timezone
# from django.utils.text import Truncator, slugify
# task search: was
# from decimal import Decimal
# from itertools import count
#
# from django.conf import settings
# from django.core.exceptions import ValidationError
# from django.core.validators import MaxValueValidator, MinValueValidator
# from django.db import IntegrityError, models, transaction
# from django.db.models import Count, Exists, OuterRef, Q, Subquery
# from django.db.models.functions import Coalesce
# from django.urls import reverse
# from django.utils import timezone
# from django.utils.text import Truncator, slugify
# task recipe-forms: was
# from decimal import Decimal
# from itertools import count
#
# from django.conf import settings
# from django.core.exceptions import ValidationError
# from django.core.validators import MaxValueValidator, MinValueValidator
# from django.db import IntegrityError, models, transaction
# from django.db.models import Count, OuterRef, Q, Subquery
# from django.db.models.functions import Coalesce
# from django.urls import reverse
# from django.utils import timezone
# from django.utils.text import Truncator, slugify
# task recipe-pages: was
# from decimal import Decimal
# from itertools import count
#
# from django.conf import settings
# from django.core.validators import MaxValueValidator, MinValueValidator
# from django.db import IntegrityError, models, transaction
# from django.db.models import Count, OuterRef, Q, Subquery
# from django.db.models.functions import Coalesce
# from django.urls import reverse
# from django.utils import timezone
# from django.utils.text import Truncator, slugify
# task recipe-models: was
# from decimal import Decimal
# from itertools import count
#
# from django.conf import settings
# from django.core.validators import MaxValueValidator, MinValueValidator
# from django.db import IntegrityError, models, transaction
# from django.db.models import Q
# from django.utils import timezone
# from django.utils.text import Truncator, slugify
# task comment-mail: end

# task recipe-models: begin
A_DAY = 24 * 60  # minutes
TRIES = 10  # so many may save a recipe of the same title at the same moment


# task recipe-models: end
# task comment-mail: begin
# A title becomes the subject of a mail, where a line break would begin a new header.
one_line = RegexValidator(
    r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z",
    "Line breaks and other control characters do not belong here.",
)


# task comment-mail: end
# task search: begin
MOST_WORDS = 8


def few_words(text):
    """Each word costs the database a look at every recipe and ingredient."""
    if len(text.split()) > MOST_WORDS:
        raise ValidationError(f"Look for {MOST_WORDS} words at most.")


# task search: end
# task recipe-pages: begin
class CategoryQuerySet(models.QuerySet):
    def with_counts(self):
        """Each category with the number of its published recipes."""
        recipes = Recipe.objects.published().filter(category=OuterRef("pk"))
        return self.annotate(recipes_count=number_of(recipes, per="category"))


def number_of(rows, *, per):
    """Counts rows for each object of an outer query, 0 where there is none."""
    counted = rows.order_by().values(per).annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


# task recipe-pages: end
# task recipe-models: begin
class Category(models.Model):
    """The one shelf a recipe stands on."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    # task recipe-models: end
    # task recipe-pages: begin
    objects = CategoryQuerySet.as_manager()

    # task recipe-pages: end
    # task recipe-models: begin
    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name

    # task recipe-models: end
    # task recipe-pages: begin
    def get_absolute_url(self):
        return reverse("recipes:category-detail", kwargs={"slug": self.slug})

    # task recipe-pages: end


# task recipe-models: begin
class RecipeQuerySet(models.QuerySet):
    def published(self):
        """What everybody may read."""
        return self.filter(self._is_published())

    def visible_to(self, user):
        """What this user may read: the published recipes and all of their own."""
        if not user.is_authenticated:
            return self.published()
        return self.filter(self._is_published() | Q(author=user))

    # task recipe-models: end

    # task recipe-pages: begin
    def for_cards(self):
        """Fetches what a card shows of each recipe, in a fixed number of queries."""
        # task recipe-pages: end
        # task comments-and-ratings: begin
        return self.select_related("author", "category").with_stars()
        # task recipe-pages: was
        # return self.select_related("author", "category")
        # task comments-and-ratings: end

    # task comments-and-ratings: begin
    def with_stars(self):
        """Each recipe with the average of its stars and the number of its ratings."""
        ratings = Rating.objects.filter(recipe=OuterRef("pk"))
        average = ratings.values("recipe").annotate(average=Avg("stars"))
        return self.annotate(
            average_stars=Subquery(average.values("average")),
            ratings_count=number_of(ratings, per="recipe"),
        )

    # task comments-and-ratings: end
    # task search: begin
    def search(self, text):
        """The recipes that hold every word, in title, description or ingredients."""
        found = self
        for word in text.split():
            # A join would list a recipe once for each of its ingredients that match.
            ingredient = Ingredient.objects.filter(
                recipe=OuterRef("pk"), name__icontains=word
            )
            found = found.filter(
                Q(title__icontains=word)
                | Q(description__icontains=word)
                | Exists(ingredient)
            )
        return found

    # task search: end
    # task recipe-models: begin
    @staticmethod
    def _is_published():
        return Q(status=Recipe.Status.PUBLISHED, published_at__lte=timezone.now())


class Recipe(models.Model):
    """A dish and how to make it, as a draft or published."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recipes"
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="recipes"
    )
    # task recipe-models: end
    # task comment-mail: begin
    title = models.CharField(max_length=120, validators=[one_line])
    # task recipe-models: was
    # title = models.CharField(max_length=120)
    # task comment-mail: end
    # task recipe-models: begin
    slug = models.SlugField(
        max_length=140,
        unique=True,
        blank=True,
        help_text="Made from the title when left empty.",
    )
    description = models.TextField(max_length=2000, blank=True)
    servings = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    prep_minutes = models.PositiveSmallIntegerField(
        "preparation in minutes", default=0, validators=[MaxValueValidator(A_DAY)]
    )
    cook_minutes = models.PositiveSmallIntegerField(
        "cooking in minutes", default=0, validators=[MaxValueValidator(A_DAY)]
    )
    # task recipe-models: end
    # task image-upload: begin
    image = models.ImageField("picture", upload_to="recipes", blank=True)
    thumbnail = models.ImageField(upload_to="thumbnails", blank=True, editable=False)
    # task image-upload: end
    # task recipe-forms: begin
    # Of the form that it came with; a recipe that came another way has none.
    form_key = models.UUIDField(null=True, blank=True, editable=False)
    # task recipe-forms: end
    # task recipe-models: begin
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RecipeQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "-published_at"], name="recipe_news"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="recipe_published_has_date",
            ),
            models.CheckConstraint(
                condition=Q(servings__range=(1, 100)),
                name="recipe_servings_in_range",
            ),
            # task recipe-models: end
            # task recipe-forms: begin
            models.UniqueConstraint(
                fields=["author", "form_key"], name="recipe_form_once"
            ),
            # task recipe-forms: end
            # task recipe-models: begin
        ]

    def __str__(self):
        return self.title

    def save(self, **kwargs):
        """Saves it under a free slug, also where two do so at the same moment."""
        given = self.slug, self.published_at
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    return self._save(**kwargs)
            except IntegrityError:
                # The look for a free slug and the write are two moments, and in
                # between somebody else took it. The next look finds it taken.
                if self.slug == given[0] or not left:
                    raise
                self.slug, self.published_at = given

    # task recipe-models: end

    # task recipe-pages: begin
    def get_absolute_url(self):
        return reverse("recipes:recipe-detail", kwargs={"slug": self.slug})

    # task recipe-pages: end
    # task recipe-forms: begin
    def clean(self):
        if not (self.prep_minutes or 0) + (self.cook_minutes or 0):
            raise ValidationError("Preparation and cooking take a minute at least.")

    # task recipe-forms: end
    # task slug-redirects: begin
    def delete(self, **kwargs):
        """Deletes it, also while somebody comments on it or saves it."""
        with transaction.atomic():
            # Who writes to it waits here, and does not find it afterwards. What they
            # wrote before is there, and goes with it.
            Recipe.objects.select_for_update().filter(pk=self.pk).first()
            return super().delete(**kwargs)

    # task slug-redirects: end
    # task recipe-models: begin
    @property
    def is_published(self):
        """Whether everybody may read it; `published()` asks the database the same."""
        return (
            self.status == self.Status.PUBLISHED
            and self.published_at is not None
            and self.published_at <= timezone.now()
        )

    @property
    def total_minutes(self):
        return self.prep_minutes + self.cook_minutes

    def can_be_edited_by(self, user):
        """Only its author edits or deletes a recipe; staff have the admin."""
        return user.is_authenticated and self.author_id == user.pk

    # task recipe-models: end
    # task image-upload: begin
    @property
    def image_size(self):
        """(width, height) of the picture, or None where its file is lost."""
        try:
            return self.image.width, self.image.height
        except OSError:
            return None

    # task image-upload: end
    # task recipe-models: begin
    def _save(self, **kwargs):
        fields = kwargs.get("update_fields")
        changed = set()
        # task recipe-models: end
        # task slug-redirects: begin
        # Whoever saves the same recipe waits here, and then finds what is stored.
        before = Recipe.objects.select_for_update().filter(pk=self.pk).first()
        if before is None and not self._state.adding:
            # A save would bring it back, without what belonged to it.
            raise Recipe.DoesNotExist("It has been deleted meanwhile.")
        # task slug-redirects: end
        # task follow-cooks: begin
        if self.status == self.Status.PUBLISHED and not self.published_at and before:
            self.published_at = before.published_at
            changed.add("published_at")
        self.is_news = self.status == self.Status.PUBLISHED and not self.published_at
        # task follow-cooks: end
        # task slug-redirects: begin
        if self._asks_for_new_slug(before, fields):
            self.slug = ""
        # task slug-redirects: end
        # task recipe-models: begin
        if not self.slug:
            self.slug = self._free_slug()
            changed.add("slug")
        if self.status == self.Status.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
            changed.add("published_at")
        if fields is not None:
            kwargs["update_fields"] = changed.union(fields)
        super().save(**kwargs)
        # task recipe-models: end
        # task slug-redirects: begin
        if fields is None or "slug" in kwargs["update_fields"]:
            self._keep_old_address(before)
        # task slug-redirects: end

    # task recipe-models: begin
    def _free_slug(self):
        """The title as a slug, with a number behind it where that is taken."""
        longest = self._meta.get_field("slug").max_length
        base = slugify(self.title)[:longest].strip("-_") or "recipe"
        slug = base
        for number in count(2):
            if not self._is_taken(slug):
                break
            suffix = f"-{number}"
            slug = base[: longest - len(suffix)] + suffix
        return slug

    # task recipe-models: end

    # task slug-redirects: begin
    def _is_taken(self, slug):
        """Whether the address belongs, or once belonged, to another recipe."""
        others = Recipe.objects.exclude(pk=self.pk).filter(slug=slug)
        return others.exists() or OldSlug.objects.taken(slug, but_by=self).exists()

    # task recipe-models: was
    # def _is_taken(self, slug):
    #     return Recipe.objects.exclude(pk=self.pk).filter(slug=slug).exists()
    #
    # task slug-redirects: end
    # task slug-redirects: begin
    def _asks_for_new_slug(self, before, fields):
        """Whether the title is about to change, and nobody chose a slug by hand."""
        return (
            before is not None
            and slugify(before.title) != slugify(self.title)
            and before.slug == self.slug
            and (fields is None or "title" in fields)
        )

    def _keep_old_address(self, before):
        """Files the slug that was left, and takes the present one out of the file."""
        OldSlug.objects.filter(slug=self.slug).delete()
        if before is not None and before.slug != self.slug:
            OldSlug.objects.create(recipe=self, slug=before.slug)

    # task slug-redirects: end


# task recipe-models: begin
class Ingredient(models.Model):
    """One line of what a recipe needs."""

    recipe = models.ForeignKey(
        Recipe, on_delete=models.CASCADE, related_name="ingredients"
    )
    position = models.PositiveSmallIntegerField(default=0)
    amount = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    unit = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="ingredient_amount_positive",
            ),
        ]

    def __str__(self):
        return " ".join(part for part in (self.quantity, self.unit, self.name) if part)

    @property
    def quantity(self):
        """The amount as one would write it: 2, 0.5, or nothing."""
        if self.amount is None:
            return ""
        return f"{self.amount:f}".rstrip("0").rstrip(".")


class Step(models.Model):
    """One thing to do, in its place."""

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(max_length=1000)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return Truncator(self.text).chars(60)


# task recipe-models: end
# task comments-and-ratings: begin
class Comment(models.Model):
    """What a reader says under a recipe."""

    recipe = models.ForeignKey(
        Recipe, on_delete=models.CASCADE, related_name="comments"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments"
    )
    body = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self):
        return Truncator(self.body).chars(60)


class Rating(models.Model):
    """One to five stars: one rating a reader and recipe, which may change."""

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="ratings")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ratings"
    )
    stars = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "user"], name="rating_once"),
            models.CheckConstraint(
                condition=Q(stars__range=(1, 5)), name="rating_stars_in_range"
            ),
        ]

    def __str__(self):
        return f"{self.stars} of 5"


# task comments-and-ratings: end
# task slug-redirects: begin
class OldSlugQuerySet(models.QuerySet):
    def taken(self, slug, *, but_by):
        """The slug as a former address of recipes other than this one."""
        return self.filter(slug=slug).exclude(recipe=but_by.pk)


class OldSlug(models.Model):
    """An address that a recipe had under an earlier title."""

    recipe = models.ForeignKey(
        Recipe, on_delete=models.CASCADE, related_name="old_slugs"
    )
    slug = models.SlugField(max_length=140, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OldSlugQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.slug


# task slug-redirects: end
