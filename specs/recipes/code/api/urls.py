# task api-read: file
"""Addresses of the API."""

# task deployment: begin
from csp.decorators import csp_update
from django.conf import settings
from django.urls import include, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from api import views
# task fragments: was
# from django.conf import settings
# from django.urls import include, path, register_converter
# from django.urls.converters import StringConverter
# from django.views.decorators.cache import cache_page
# from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
# from rest_framework.routers import DefaultRouter
#
# from api import views
# task api-docs: was
# from django.urls import include, path, register_converter
# from django.urls.converters import StringConverter
# from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
# from rest_framework.routers import DefaultRouter
#
# from api import views
# task api-read: was
# from django.urls import include, path, register_converter
# from django.urls.converters import StringConverter
# from rest_framework.routers import DefaultRouter
#
# from api import views
# task deployment: end

app_name = "api"


class AnythingConverter(StringConverter):
    """Slashes and line breaks as well."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "anything")

router = DefaultRouter(use_regex_path=False)
# `?format=json` and the header Accept are ways enough to ask for a format.
router.include_format_suffixes = False
router.register("recipes", views.RecipeViewSet, basename="recipe")
router.register("categories", views.CategoryViewSet, basename="category")

# task fragments: begin
document = SpectacularAPIView.as_view()
# It changes with the code only, and says the same to everybody.
kept_document = cache_page(settings.CACHE_SECONDS)(document)


def schema(request):
    """The document. Kept are its two formats, whatever else somebody asks for."""
    few = request.META.get("QUERY_STRING", "") in ("", "format=json", "format=yaml")
    return (kept_document if few else document)(request)


# task fragments: end
urlpatterns = [
    path("", include(router.urls)),
    path("token/", views.TokenView.as_view(), name="token"),  # task api-write: line
    # task fragments: begin
    path("schema/", schema, name="schema"),
    # task api-docs: was
    # path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # task fragments: end
    # task deployment: begin
    # Split: its script is a file of its own, as the policy wants it.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", metadata_class=None),
        name="docs",
    ),
    # task api-docs: was
    # path(
    #     "docs/",
    #     SpectacularSwaggerView.as_view(url_name="api:schema", metadata_class=None),
    #     name="docs",
    # ),
    # task deployment: end
    # Programs read JSON, and a page that says 404 is none.
    path("<anything:path>/", views.NotFoundView.as_view()),
]

# task deployment: begin
# The pages of REST framework and of Swagger UI hold styles, which we cannot move into
# files. Their scripts are files: for those the policy stays what it is.
styled = csp_update({"style-src": ["'unsafe-inline'"]})
for pattern in [*router.urls, *urlpatterns]:
    if pattern.callback:
        pattern.callback = styled(pattern.callback)
# task deployment: end
