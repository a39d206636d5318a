# task sitemap: file
"""What search engines may find."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from recipes.models import Category, Recipe


class RecipeSitemap(Sitemap):
    def items(self):
        return Recipe.objects.published()

    def lastmod(self, recipe):
        return recipe.updated_at


class CategorySitemap(Sitemap):
    def items(self):
        return Category.objects.all()


class PageSitemap(Sitemap):
    def items(self):
        return ["recipes:home", "recipes:recipe-list"]

    def location(self, name):
        return reverse(name)


SITEMAPS = {
    "recipes": RecipeSitemap,
    "categories": CategorySitemap,
    "pages": PageSitemap,
}
