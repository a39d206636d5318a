"""Addresses of the recipes."""

# task api-throttling: begin
from django.urls import path

from api.throttles import limited
from recipes import views
# task api-throttling: stub
# from django.urls import path
#
# from recipes import views
# task api-throttling: end

app_name = "recipes"

urlpatterns = [
    # task recipe-pages: begin
    path("", views.HomeView.as_view(), name="home"),
    path("recipes/", views.RecipeListView.as_view(), name="recipe-list"),
    path("recipes/<slug:slug>/", views.recipe_detail, name="recipe-detail"),
    # task recipe-pages: stub
    # path("", views.home, name="home"),
    # task recipe-pages: end
    # task api-throttling: begin
    path("write/", limited(views.recipe_create), name="recipe-create"),
    path("recipes/<slug:slug>/edit/", limited(views.recipe_edit), name="recipe-edit"),
    # task recipe-forms: was
    # path("write/", views.recipe_create, name="recipe-create"),
    # path("recipes/<slug:slug>/edit/", views.recipe_edit, name="recipe-edit"),
    # task api-throttling: end
    # task recipe-forms: begin
    path("recipes/<slug:slug>/delete/", views.recipe_delete, name="recipe-delete"),
    path("drafts/", views.DraftListView.as_view(), name="draft-list"),
    # task recipe-forms: end
    # task api-throttling: begin
    path(
        "recipes/<slug:slug>/comments/",
        limited(views.comment_create),
        name="comment-create",
    ),
    path("recipes/<slug:slug>/rating/", limited(views.rate), name="rate"),
    # task comments-and-ratings: was
    # path(
    #     "recipes/<slug:slug>/comments/",
    #     views.comment_create,
    #     name="comment-create",
    # ),
    # path("recipes/<slug:slug>/rating/", views.rate, name="rate"),
    # task api-throttling: end
    # task recipe-pages: begin
    path(
        "categories/<slug:slug>/",
        views.CategoryDetailView.as_view(),
        name="category-detail",
    ),
    # task recipe-pages: end
]
