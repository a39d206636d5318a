"""How staff see the blog in the admin."""

# task comments: begin
from django.contrib import admin
from django.db import IntegrityError

from blog.models import Category, Comment, Post, Tag

# task categories-and-tags: was
# from django.contrib import admin
# from django.db import IntegrityError
#
# from blog.models import Category, Post, Tag
# task post-admin: was
# from django.contrib import admin
#
# from blog.models import Post
# task comments: end


# task categories-and-tags: begin
class AskAgainAdmin(admin.ModelAdmin):
    """For models whose names and slugs are unique."""

    def changeform_view(self, *args, **kwargs):
        try:
            return super().changeform_view(*args, **kwargs)
        except IntegrityError:
            # Somebody stored the same since the form was checked. Nothing of ours is
            # stored; the second time the form finds the other row and says so.
            return super().changeform_view(*args, **kwargs)


@admin.register(Category, Tag)
class LabelAdmin(AskAgainAdmin):
    """Categories and tags have the same two fields."""

    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ("name",)}


# task categories-and-tags: end
# task categories-and-tags: begin
@admin.register(Post)
class PostAdmin(AskAgainAdmin):
    date_hierarchy = "published_at"
    list_display = ["title", "author", "status", "published_at"]
    list_filter = ["status", "category"]
    filter_horizontal = ["tags"]
    list_select_related = ["author"]
    prepopulated_fields = {"slug": ("title",)}
    search_fields = ["title", "body"]


# task post-admin: was
# @admin.register(Post)
# class PostAdmin(admin.ModelAdmin):
#     date_hierarchy = "published_at"
#     list_display = ["title", "author", "status", "published_at"]
#     list_filter = ["status"]
#     list_select_related = ["author"]
#     prepopulated_fields = {"slug": ("title",)}
#     search_fields = ["title", "body"]
#
#
# task categories-and-tags: end
# task comments: begin
@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["name", "post", "is_visible", "created_at"]
    list_editable = ["is_visible"]
    list_filter = ["is_visible"]
    list_select_related = ["post"]
    search_fields = ["name", "body"]


# task comments: end
