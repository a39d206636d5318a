# task api-read: file
"""How recipes look in the API, and what may be sent to it."""

# task api-actions: begin
from collections import Counter
from decimal import Decimal

from django.db import transaction
from rest_framework import serializers

from recipes.forms import MOST_ROWS
from recipes.models import Category, Comment, Ingredient, Recipe, Step
from uploads.images import pictures_of
# task api-write: was
# from collections import Counter
# from decimal import Decimal
#
# from django.db import transaction
# from rest_framework import serializers
#
# from recipes.forms import MOST_ROWS
# from recipes.models import Category, Ingredient, Recipe, Step
# task api-read: was
# from rest_framework import serializers
#
# from recipes.models import Category, Ingredient, Recipe, Step
# task api-actions: end


# task api-write: begin
class CategoryField(serializers.SlugRelatedField):
    """A category by its slug; what cannot be a slug is never asked for."""

    def __init__(self, **kwargs):
        super().__init__(slug_field="slug", **kwargs)

    def to_internal_value(self, data):
        return super().to_internal_value(serializers.SlugField().run_validation(data))


class RowSerializer(serializers.ModelSerializer):
    """A row of a recipe. It is new even in a PATCH, so nothing may be left out."""

    def validate(self, attrs):
        missing = {
            name: [field.error_messages["required"]]
            for name, field in self.fields.items()
            if field.required and name not in attrs
        }
        if missing:
            raise serializers.ValidationError(missing)
        return attrs


class IngredientSerializer(RowSerializer):
    class Meta:
        model = Ingredient
        fields = ["amount", "unit", "name"]
        extra_kwargs = {"amount": {"min_value": Decimal("0.01")}}


class StepSerializer(RowSerializer):
    class Meta:
        model = Step
        fields = ["text"]


# task api-read: was
#
#
# class IngredientSerializer(serializers.ModelSerializer):
#     class Meta:
#         model = Ingredient
#         fields = ["amount", "unit", "name"]
#
#
# class StepSerializer(serializers.ModelSerializer):
#     class Meta:
#         model = Step
#         fields = ["text"]
#
#
# task api-write: end
class CategorySerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(
        view_name="api:category-detail", lookup_field="slug"
    )
    recipes_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Category
        fields = ["url", "name", "slug", "recipes_count"]


class RecipeCardSerializer(serializers.ModelSerializer):
    """What a list says of each recipe."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api:recipe-detail", lookup_field="slug"
    )
    author = serializers.SlugRelatedField(slug_field="username", read_only=True)
    category = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    thumbnail = serializers.ImageField(read_only=True)
    average_stars = serializers.FloatField(read_only=True, allow_null=True)
    ratings_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Recipe
        fields = [
            "url",
            "slug",
            "title",
            "author",
            "category",
            "description",
            "servings",
            "prep_minutes",
            "cook_minutes",
            "status",
            "published_at",
            "thumbnail",
            "average_stars",
            "ratings_count",
        ]
        read_only_fields = ["slug", "published_at"]

    # task api-write: begin
    def validate(self, attrs):
        # A PATCH may bring one half; the other is the stored one.
        if not self._after(attrs, "prep_minutes") + self._after(attrs, "cook_minutes"):
            raise serializers.ValidationError(
                {"prep_minutes": "A recipe takes a minute at least, cooking included."}
            )
        return attrs

    def _after(self, attrs, name):
        """The value that the recipe will have once these attributes are saved."""
        before = self.instance or Recipe()
        return attrs.get(name, getattr(before, name))

    # task api-write: end


class RecipeSerializer(RecipeCardSerializer):
    """A whole recipe."""

    # task api-write: begin
    category = CategoryField(queryset=Category.objects.all())
    ingredients = IngredientSerializer(
        many=True, allow_empty=False, max_length=MOST_ROWS
    )
    steps = StepSerializer(many=True, allow_empty=False, max_length=MOST_ROWS)
    # task api-read: was
    # ingredients = IngredientSerializer(many=True, read_only=True)
    # steps = StepSerializer(many=True, read_only=True)
    # task api-write: end
    image = serializers.ImageField(read_only=True)

    class Meta(RecipeCardSerializer.Meta):
        fields = [
            *RecipeCardSerializer.Meta.fields,
            "ingredients",
            "steps",
            "image",
            "created_at",
            "updated_at",
        ]

    # task api-write: begin
    def validate_ingredients(self, rows):
        names = Counter(row["name"].casefold() for row in rows)
        twice = [name for name, number in names.items() if number > 1]
        if twice:
            raise serializers.ValidationError(
                f"Each ingredient stands here once; twice: {', '.join(twice)}."
            )
        return rows

    @transaction.atomic
    def create(self, validated_data):
        rows = self._take_rows(validated_data)
        recipe = super().create(validated_data)
        self._replace_rows(recipe, rows)
        return recipe

    @transaction.atomic
    def update(self, instance, validated_data):
        rows = self._take_rows(validated_data)
        # Saving locks the recipe, so two updates cannot mix their rows.
        recipe = super().update(instance, validated_data)
        self._replace_rows(recipe, rows)
        return recipe

    def _take_rows(self, validated_data):
        names = {"ingredients", "steps"} & validated_data.keys()
        return {name: validated_data.pop(name) for name in names}

    def _replace_rows(self, recipe, rows):
        for name, values in rows.items():
            manager = getattr(recipe, name)
            manager.all().delete()
            manager.bulk_create(
                manager.model(recipe=recipe, position=position, **value)
                for position, value in enumerate(values, start=1)
            )


# task api-write: end
# task api-actions: begin
class CommentSerializer(serializers.ModelSerializer):
    author = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Comment
        fields = ["author", "body", "created_at"]


class RatingSerializer(serializers.Serializer):
    """A user's own stars, and what all ratings of the recipe come to."""

    stars = serializers.IntegerField(min_value=1, max_value=5)
    average_stars = serializers.FloatField(read_only=True)
    ratings_count = serializers.IntegerField(read_only=True)


class UploadSerializer(serializers.Serializer):
    """A picture as it comes in: checked by its content, as on the site."""

    image = serializers.FileField()

    def validate_image(self, upload):
        return pictures_of(upload)


class PicturesSerializer(serializers.Serializer):
    """The pictures of a recipe as they are stored."""

    image = serializers.ImageField(read_only=True)
    thumbnail = serializers.ImageField(read_only=True)


# task api-actions: end
