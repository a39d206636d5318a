"""Addresses of the project."""

# task fragments: begin
from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.generic import TemplateView

from config.views import healthz, media
from recipes.generations import until_changed
from recipes.sitemaps import SITEMAPS
# task sitemap: was
# from django.conf import settings
# from django.contrib import admin
# from django.contrib.sitemaps.views import sitemap
# from django.urls import include, path
# from django.views.generic import TemplateView
#
# from config.views import healthz, media
# from recipes.sitemaps import SITEMAPS
# task image-upload: was
# from django.conf import settings
# from django.contrib import admin
# from django.urls import include, path
#
# from config.views import healthz, media
# task image-upload: stub
# from django.contrib import admin
# from django.urls import include, path
#
# from config.views import healthz
# task fragments: end

urlpatterns = [
    path("", include("recipes.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),  # task unsubscribe: line
    path("admin/", admin.site.urls),
    path("api/", include("api.urls")),  # task api-read: line
    path("healthz/", healthz, name="healthz"),
    # task fragments: begin
    path(
        "sitemap.xml",
        until_changed(sitemap),
        {"sitemaps": SITEMAPS},
        name="sitemap",
    ),
    # task sitemap: was
    # path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    # task fragments: end
    # task sitemap: begin
    path(
        "robots.txt",
        TemplateView.as_view(template_name="robots.txt", content_type="text/plain"),
        name="robots",
    ),
    # task sitemap: end
]

# task image-upload: begin
if settings.SERVE_MEDIA:
    urlpatterns.append(path("media/<path:path>", media, name="media"))
# task image-upload: end
