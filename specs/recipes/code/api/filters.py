# task api-filters: file
"""How the list of recipes is narrowed down and sorted."""

import django_filters
from django.db.models import Exists, F, OuterRef

from recipes.models import Category, Ingredient, Recipe, few_words

MOST_CHARACTERS = 100


class NullsLast(django_filters.OrderingFilter):
    """Sorts the same way on every database, and never leaves a tie open."""

    def filter(self, qs, value):
        ordering = [self.expression(param) for param in value or [] if param]
        return qs.order_by(*ordering, "-pk") if ordering else qs

    def expression(self, param):
        field = F(self.param_map[param.removeprefix("-")])
        if param.startswith("-"):
            return field.desc(nulls_last=True)
        return field.asc(nulls_last=True)


class RecipeFilter(django_filters.FilterSet):
    """Every filter keeps each recipe once, so they can be combined in any way."""

    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.all(),
        to_field_name="slug",
        label="Slug of a category",
    )
    author = django_filters.CharFilter(
        field_name="author__username", label="User name of an author", max_length=150
    )
    ingredient = django_filters.CharFilter(
        method="with_ingredient",
        label="A word in the name of an ingredient",
        max_length=MOST_CHARACTERS,
    )
    max_minutes = django_filters.NumberFilter(
        field_name="minutes",
        lookup_expr="lte",
        label="At most so many minutes, preparation and cooking together",
        min_value=0,
    )
    min_stars = django_filters.NumberFilter(
        field_name="average_stars",
        lookup_expr="gte",
        label="At least so many stars on average",
        min_value=0,
        max_value=5,
    )
    search = django_filters.CharFilter(
        method="with_words",
        label="Words that all stand in the title, the description or an ingredient",
        max_length=MOST_CHARACTERS,
        validators=[few_words],
    )
    ordering = NullsLast(
        fields={
            "published_at": "published_at",
            "title": "title",
            "minutes": "total_minutes",
            "average_stars": "average_stars",
        },
        label="What to sort by; a minus in front turns it round",
    )

    class Meta:
        model = Recipe
        fields = []

    def filter_queryset(self, queryset):
        minutes = F("prep_minutes") + F("cook_minutes")
        return super().filter_queryset(queryset.alias(minutes=minutes))

    def with_ingredient(self, queryset, name, value):
        # A join would list a recipe once for each of its ingredients that match.
        found = Ingredient.objects.filter(recipe=OuterRef("pk"), name__icontains=value)
        return queryset.filter(Exists(found))

    def with_words(self, queryset, name, value):
        return queryset.search(value)
