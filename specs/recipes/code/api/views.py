# task api-read: file
"""What the API answers."""

# task list-cache: begin
from django.db import IntegrityError
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet

from api.caching import kept_for_visitors
from api.filters import RecipeFilter
from api.parsers import FlatJSONParser
from api.permissions import IsAuthorOrReadOnly, IsNotAuthor
from api.serializers import (
    CategorySerializer,
    CommentSerializer,
    PicturesSerializer,
    RatingSerializer,
    RecipeCardSerializer,
    RecipeSerializer,
    UploadSerializer,
)
from api.throttles import TokenThrottle
from notifications import mail
from recipes import races
from recipes.models import Category, Rating, Recipe
# task api-docs: was
# from django.db import IntegrityError
# from django.shortcuts import get_object_or_404
# from django_filters.rest_framework import DjangoFilterBackend
# from drf_spectacular.utils import extend_schema, extend_schema_view
# from rest_framework import status
# from rest_framework.authtoken.views import ObtainAuthToken
# from rest_framework.decorators import action
# from rest_framework.exceptions import NotFound
# from rest_framework.parsers import MultiPartParser
# from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
# from rest_framework.response import Response
# from rest_framework.settings import api_settings
# from rest_framework.views import APIView
# from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet
#
# from api.filters import RecipeFilter
# from api.parsers import FlatJSONParser
# from api.permissions import IsAuthorOrReadOnly, IsNotAuthor
# from api.serializers import (
#     CategorySerializer,
#     CommentSerializer,
#     PicturesSerializer,
#     RatingSerializer,
#     RecipeCardSerializer,
#     RecipeSerializer,
#     UploadSerializer,
# )
# from api.throttles import TokenThrottle
# from notifications import mail
# from recipes import races
# from recipes.models import Category, Rating, Recipe
# task api-throttling: was
# from django.db import IntegrityError
# from django.shortcuts import get_object_or_404
# from django_filters.rest_framework import DjangoFilterBackend
# from rest_framework import status
# from rest_framework.authtoken.views import ObtainAuthToken
# from rest_framework.decorators import action
# from rest_framework.exceptions import NotFound
# from rest_framework.parsers import MultiPartParser
# from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
# from rest_framework.response import Response
# from rest_framework.settings import api_settings
# from rest_framework.views import APIView
# from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet
#
# from api.filters import RecipeFilter
# from api.parsers import FlatJSONParser
# from api.permissions import IsAuthorOrReadOnly, IsNotAuthor
# from api.serializers import (
#     CategorySerializer,
#     CommentSerializer,
#     PicturesSerializer,
#     RatingSerializer,
#     RecipeCardSerializer,
#     RecipeSerializer,
#     UploadSerializer,
# )
# from api.throttles import TokenThrottle
# from notifications import mail
# from recipes import races
# from recipes.models import Category, Rating, Recipe
# task api-actions: was
# from django.db import IntegrityError
# from django.shortcuts import get_object_or_404
# from django_filters.rest_framework import DjangoFilterBackend
# from rest_framework import status
# from rest_framework.authtoken.views import ObtainAuthToken
# from rest_framework.decorators import action
# from rest_framework.exceptions import NotFound
# from rest_framework.parsers import MultiPartParser
# from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
# from rest_framework.response import Response
# from rest_framework.settings import api_settings
# from rest_framework.views import APIView
# from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet
#
# from api.filters import RecipeFilter
# from api.parsers import FlatJSONParser
# from api.permissions import IsAuthorOrReadOnly, IsNotAuthor
# from api.serializers import (
#     CategorySerializer,
#     CommentSerializer,
#     PicturesSerializer,
#     RatingSerializer,
#     RecipeCardSerializer,
#     RecipeSerializer,
#     UploadSerializer,
# )
# from notifications import mail
# from recipes import races
# from recipes.models import Category, Rating, Recipe
# task api-filters: was
# from django.db import IntegrityError
# from django_filters.rest_framework import DjangoFilterBackend
# from rest_framework.authtoken.views import ObtainAuthToken
# from rest_framework.exceptions import NotFound
# from rest_framework.permissions import IsAuthenticatedOrReadOnly
# from rest_framework.settings import api_settings
# from rest_framework.views import APIView
# from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet
#
# from api.filters import RecipeFilter
# from api.parsers import FlatJSONParser
# from api.permissions import IsAuthorOrReadOnly
# from api.serializers import CategorySerializer, RecipeCardSerializer, RecipeSerializer
# from notifications import mail
# from recipes import races
# from recipes.models import Category, Recipe
# task api-write: was
# from django.db import IntegrityError
# from rest_framework.authtoken.views import ObtainAuthToken
# from rest_framework.exceptions import NotFound
# from rest_framework.permissions import IsAuthenticatedOrReadOnly
# from rest_framework.settings import api_settings
# from rest_framework.views import APIView
# from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet
#
# from api.parsers import FlatJSONParser
# from api.permissions import IsAuthorOrReadOnly
# from api.serializers import CategorySerializer, RecipeCardSerializer, RecipeSerializer
# from notifications import mail
# from recipes import races
# from recipes.models import Category, Recipe
# task api-read: was
# from rest_framework.exceptions import NotFound
# from rest_framework.views import APIView
# from rest_framework.viewsets import ReadOnlyModelViewSet
#
# from api.serializers import CategorySerializer, RecipeCardSerializer, RecipeSerializer
# from recipes.models import Category, Recipe
# task list-cache: end


class CategoryViewSet(ReadOnlyModelViewSet):
    """The categories, with the number of their published recipes."""

    serializer_class = CategorySerializer
    lookup_field = "slug"
    lookup_value_converter = "slug"

    def get_queryset(self):
        # Not a class attribute: that would fix "now" at the start of the server.
        return Category.objects.with_counts()

    # task list-cache: begin
    def list(self, request, *args, **kwargs):
        return kept_for_visitors(super().list, request)

    # task list-cache: end


# task api-docs: begin
@extend_schema_view(
    list=extend_schema(summary="Published recipes, and one's own drafts"),
    retrieve=extend_schema(summary="A recipe with its rows"),
    create=extend_schema(summary="A new recipe with its rows"),
    update=extend_schema(summary="Another version of one's recipe, rows included"),
    partial_update=extend_schema(
        summary="Changes to one's recipe",
        description="Rows that are sent replace all rows of their kind.",
    ),
    destroy=extend_schema(summary="One's recipe is deleted, and all that hangs on it"),
)
# task api-docs: end
# task api-write: begin
class RecipeViewSet(ModelViewSet):
    """Published recipes for everybody, and to authors their own drafts as well."""

    serializer_class = RecipeSerializer
    lookup_field = "slug"
    lookup_value_converter = "slug"
    # Forms in HTML have no lists of rows.
    parser_classes = [FlatJSONParser]
    permission_classes = [IsAuthenticatedOrReadOnly, IsAuthorOrReadOnly]
    # task api-write: end
    # task api-filters: begin
    filter_backends = [DjangoFilterBackend]
    filterset_class = RecipeFilter
    # task api-filters: end

    # task api-write: begin
    def get_queryset(self):
        recipes = Recipe.objects.visible_to(self.request.user).for_cards()
        if self.action == "list":
            return recipes
        return recipes.prefetch_related("ingredients", "steps")

    # task api-write: end
    # task api-filters: begin
    def filter_queryset(self, queryset):
        # A single recipe is found by its slug, whatever else the address says.
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    # task api-filters: end
    # task api-write: begin
    def get_serializer_class(self):
        if self.action == "list":
            return RecipeCardSerializer
        return super().get_serializer_class()

    # task api-write: end
    # task list-cache: begin
    def list(self, request, *args, **kwargs):
        return kept_for_visitors(super().list, request)

    # task list-cache: end
    # task api-write: begin
    def handle_exception(self, exc):
        """Not found, where what a request is about goes before it is stored.

        Whatever else the database refuses is a mistake of the API: a 500, which is
        logged.
        """
        gone = isinstance(exc, IntegrityError) and races.is_gone(exc)
        if gone or isinstance(exc, Recipe.DoesNotExist):
            exc = NotFound()
        return super().handle_exception(exc)

    def perform_create(self, serializer):
        self.save(serializer, author=self.request.user)

    def perform_update(self, serializer):
        self.save(serializer)

    def save(self, serializer, **fields):
        """Saves the recipe, tells the followers, and reads it again for the answer."""
        recipe = serializer.save(**fields)
        if recipe.is_news:
            mail.recipe_published(recipe)
        serializer.instance = self.get_queryset().get(pk=recipe.pk)

    # task api-write: end
    # task api-actions: begin
    def get_published(self):
        """What readers talk about: a published recipe, if this user may."""
        recipe = get_object_or_404(Recipe.objects.published(), slug=self.kwargs["slug"])
        self.check_object_permissions(self.request, recipe)
        return recipe

    # task api-actions: end
    # task api-docs: begin
    @extend_schema(responses=CommentSerializer(many=True))
    # task api-docs: end
    # task api-actions: begin
    @action(
        detail=True,
        serializer_class=CommentSerializer,
        parser_classes=api_settings.DEFAULT_PARSER_CLASSES,
        permission_classes=[IsAuthenticatedOrReadOnly],
        filter_backends=[],
    )
    def comments(self, request, slug):
        """The comments on a published recipe, the oldest first."""
        comments = self.get_published().comments.select_related("author")
        page = self.paginate_queryset(comments)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    # task api-actions: end
    # task api-docs: begin
    @extend_schema(responses={201: CommentSerializer})
    # task api-docs: end
    # task api-actions: begin
    @comments.mapping.post
    def add_comment(self, request, slug):
        """Comments on a published recipe; its author gets a mail."""
        recipe = self.get_published()
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        mail.comment_posted(serializer.save(recipe=recipe, author=request.user))
        return Response(serializer.data, status=status.HTTP_201_CREATED)

    @action(
        detail=True,
        methods=["put"],
        serializer_class=RatingSerializer,
        parser_classes=api_settings.DEFAULT_PARSER_CLASSES,
        permission_classes=[IsAuthenticated, IsNotAuthor],
    )
    def rating(self, request, slug):
        """Gives one's stars to a published recipe of somebody else, or other ones."""
        recipe = self.get_published()
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rating, _ = Rating.objects.update_or_create(
            recipe=recipe, user=request.user, defaults=serializer.validated_data
        )
        rated = get_object_or_404(Recipe.objects.with_stars(), pk=recipe.pk)
        result = {
            "stars": rating.stars,
            "average_stars": rated.average_stars,
            "ratings_count": rated.ratings_count,
        }
        return Response(self.get_serializer(result).data)

    @rating.mapping.delete
    def delete_rating(self, request, slug):
        """Takes one's stars back."""
        self.get_published().ratings.filter(user=request.user).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    # task api-actions: end
    # task api-docs: begin
    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses=PicturesSerializer
    )
    # task api-docs: end
    # task api-actions: begin
    @action(
        detail=True,
        methods=["put"],
        serializer_class=UploadSerializer,
        parser_classes=[MultiPartParser],
    )
    def image(self, request, slug):
        """Gives one's recipe a picture, in place of the one it has."""
        recipe = self.get_object()
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        pictures = serializer.validated_data["image"]
        recipe.image, recipe.thumbnail = pictures.image, pictures.thumbnail
        recipe.save(update_fields=["image", "thumbnail", "updated_at"])
        context = self.get_serializer_context()
        return Response(PicturesSerializer(recipe, context=context).data)

    # task api-actions: end
    # task api-docs: begin
    @extend_schema(request=None, responses={204: None})
    # task api-docs: end
    # task api-actions: begin
    @image.mapping.delete
    def delete_image(self, request, slug):
        """Takes the picture off one's recipe."""
        recipe = self.get_object()
        recipe.image = recipe.thumbnail = ""
        recipe.save(update_fields=["image", "thumbnail", "updated_at"])
        return Response(status=status.HTTP_204_NO_CONTENT)

    # task api-actions: end


# task api-write: begin
# task api-read: was
# class RecipeViewSet(ReadOnlyModelViewSet):
#     """Published recipes for everybody, and to authors their own drafts as well."""
#
#     serializer_class = RecipeSerializer
#     lookup_field = "slug"
#     lookup_value_converter = "slug"
#
#     def get_queryset(self):
#         recipes = Recipe.objects.visible_to(self.request.user).for_cards()
#         if self.action == "list":
#             return recipes
#         return recipes.prefetch_related("ingredients", "steps")
#
#     def get_serializer_class(self):
#         if self.action == "list":
#             return RecipeCardSerializer
#         return super().get_serializer_class()
#
#
# task api-write: end
# task api-write: begin
class TokenView(ObtainAuthToken):
    """Gives a token for a user name and a password."""

    authentication_classes = []
    parser_classes = api_settings.DEFAULT_PARSER_CLASSES
    # task api-write: end
    throttle_classes = [TokenThrottle]  # task api-throttling: line


class NotFoundView(APIView):
    """Answers 404 in JSON where the API has no address."""

    schema = None

    def initial(self, request, *args, **kwargs):
        raise NotFound
