"""How staff see the blog in the admin."""

# task comments: begin
from django.contrib import admin

from blog.models import Category, Comment, Post, Tag

# task categories-and-tags: was
# from django.contrib import admin
#
# from blog.models import Category, Post, Tag
# task post-admin: was
# from django.contrib import admin
#
# from blog.models import Post
# task comments: end


# task categories-and-tags: begin
@admin.register(Category, Tag)
class LabelAdmin(admin.ModelAdmin):
    """Categories and tags have the same two fields."""

    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ("name",)}


# task categories-and-tags: end
# task post-admin: begin
@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    date_hierarchy = "published_at"
    list_display = ["title", "author", "status", "published_at"]
    # task post-admin: end
    # task categories-and-tags: begin
    list_filter = ["status", "category"]
    filter_horizontal = ["tags"]
    # task post-admin: was
    # list_filter = ["status"]
    # task categories-and-tags: end
    # task post-admin: begin
    list_select_related = ["author"]
    prepopulated_fields = {"slug": ("title",)}
    search_fields = ["title", "body"]


# task post-admin: end
# task comments: begin
@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["name", "post", "is_visible", "created_at"]
    list_editable = ["is_visible"]
    list_filter = ["is_visible"]
    list_select_related = ["post"]
    search_fields = ["name", "body"]


# task comments: end
