"""Addresses of the recipes."""

from django.urls import path

from recipes import views

app_name = "recipes"

urlpatterns = [
    # task recipe-pages: begin
    path("", views.HomeView.as_view(), name="home"),
    path("recipes/", views.RecipeListView.as_view(), name="recipe-list"),
    path("recipes/<slug:slug>/", views.recipe_detail, name="recipe-detail"),
    # task recipe-pages: stub
    # path("", views.home, name="home"),
    # task recipe-pages: end
    # task recipe-forms: begin
    path("recipes/<slug:slug>/edit/", views.recipe_edit, name="recipe-edit"),
    path("recipes/<slug:slug>/delete/", views.recipe_delete, name="recipe-delete"),
    path("write/", views.recipe_create, name="recipe-create"),
    path("drafts/", views.DraftListView.as_view(), name="draft-list"),
    # task recipe-forms: end
    # task comments-and-ratings: begin
    path(
        "recipes/<slug:slug>/comments/",
        views.comment_create,
        name="comment-create",
    ),
    path("recipes/<slug:slug>/rating/", views.rate, name="rate"),
    # task comments-and-ratings: end
    # task recipe-pages: begin
    path(
        "categories/<slug:slug>/",
        views.CategoryDetailView.as_view(),
        name="category-detail",
    ),
    # task recipe-pages: end
]
