# task recipe-models: file
"""How staff see the recipes in the admin."""

# task follow-cooks: begin
from django.contrib import admin

from config.admin import AskAgainMixin
from notifications import mail
from recipes.forms import RecipeAdminForm, RecipeForm
from recipes.models import Category, Comment, Ingredient, Rating, Recipe, Step
# task slug-redirects: was
# from django.contrib import admin
#
# from config.admin import AskAgainMixin
# from recipes.forms import RecipeAdminForm, RecipeForm
# from recipes.models import Category, Comment, Ingredient, Rating, Recipe, Step
# task comments-and-ratings: was
# from django.contrib import admin
#
# from config.admin import AskAgainMixin
# from recipes.forms import RecipeForm
# from recipes.models import Category, Comment, Ingredient, Rating, Recipe, Step
# task image-upload: was
# from django.contrib import admin
#
# from config.admin import AskAgainMixin
# from recipes.forms import RecipeForm
# from recipes.models import Category, Ingredient, Recipe, Step
# task recipe-models: was
# from django.contrib import admin
#
# from config.admin import AskAgainMixin
# from recipes.models import Category, Ingredient, Recipe, Step
# task follow-cooks: end


class IngredientInline(admin.TabularInline):
    model = Ingredient
    extra = 1


class StepInline(admin.TabularInline):
    model = Step
    extra = 1


@admin.register(Category)
class CategoryAdmin(AskAgainMixin, admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Recipe)
class RecipeAdmin(AskAgainMixin, admin.ModelAdmin):
    # task slug-redirects: begin
    form = RecipeAdminForm
    fields = [*RecipeForm.Meta.fields, "author", "slug", "published_at"]
    # task image-upload: was
    # form = RecipeForm
    # fields = [*RecipeForm.Meta.fields, "author", "slug", "published_at"]
    # task slug-redirects: end
    date_hierarchy = "published_at"
    inlines = [IngredientInline, StepInline]
    list_display = ["title", "author", "category", "status", "published_at"]
    list_filter = ["status", "category"]
    list_select_related = ["author", "category"]
    readonly_fields = ["published_at"]
    search_fields = ["title"]

    # task follow-cooks: begin
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if obj.is_news:
            mail.recipe_published(obj)

    # task follow-cooks: end


# task comments-and-ratings: begin
@admin.register(Comment)
class CommentAdmin(AskAgainMixin, admin.ModelAdmin):
    list_display = ["__str__", "author", "recipe", "created_at"]
    list_select_related = ["author", "recipe"]
    search_fields = ["body"]


@admin.register(Rating)
class RatingAdmin(AskAgainMixin, admin.ModelAdmin):
    list_display = ["recipe", "user", "stars"]
    list_filter = ["stars"]
    list_select_related = ["recipe", "user"]


# task comments-and-ratings: end
