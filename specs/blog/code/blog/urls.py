# task blog-app: file
"""Addresses of the blog."""

# task authors-and-pages: begin
from django.urls import path, re_path
# task blog-app: was
# from django.urls import path
# task authors-and-pages: end

from blog import views

app_name = "blog"

urlpatterns = [
    # task class-views: begin
    path("", views.HomeView.as_view(), name="home"),
    path("posts/", views.PostListView.as_view(), name="post-list"),
    path("posts/<slug:slug>/", views.PostDetailView.as_view(), name="post-detail"),
    # task post-detail: was
    # path("", views.home, name="home"),
    # path("posts/", views.post_list, name="post-list"),
    # path("posts/<slug:slug>/", views.post_detail, name="post-detail"),
    # task post-list: was
    # path("", views.home, name="home"),
    # path("posts/", views.post_list, name="post-list"),
    # task blog-app: was
    # path("", views.home, name="home"),
    # task class-views: end
    # task comments: begin
    path(
        "posts/<slug:slug>/comments/",
        views.comment_create,
        name="comment-create",
    ),
    # task comments: end
    # task class-views: begin
    path("posts/<slug:slug>/edit/", views.PostEditView.as_view(), name="post-edit"),
    path(
        "posts/<slug:slug>/delete/",
        views.PostDeleteView.as_view(),
        name="post-delete",
    ),
    path("write/", views.PostCreateView.as_view(), name="post-create"),
    # task post-forms: was
    # path("posts/<slug:slug>/edit/", views.post_edit, name="post-edit"),
    # path("posts/<slug:slug>/delete/", views.post_delete, name="post-delete"),
    # path("write/", views.post_create, name="post-create"),
    # task class-views: end
    # task owner-only: begin
    path("drafts/", views.DraftListView.as_view(), name="draft-list"),
    # task owner-only: end
    # task class-views: begin
    path(
        "categories/<slug:slug>/",
        views.CategoryDetailView.as_view(),
        name="category-detail",
    ),
    path("tags/<slug:slug>/", views.TagDetailView.as_view(), name="tag-detail"),
    # task categories-and-tags: was
    # path("categories/<slug:slug>/", views.category_detail, name="category-detail"),
    # path("tags/<slug:slug>/", views.tag_detail, name="tag-detail"),
    # task class-views: end
    # task authors-and-pages: begin
    # Only what can be a user name reaches the database.
    re_path(
        r"^authors/(?P<username>[\w.@+-]+)/$",
        views.AuthorDetailView.as_view(),
        name="author-detail",
    ),
    # task authors-and-pages: end
]
