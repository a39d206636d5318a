# task api-write: file
"""Who may change what, beside being signed in."""

from rest_framework.permissions import SAFE_METHODS, BasePermission


class IsAuthorOrReadOnly(BasePermission):
    """Everybody reads a recipe they can see, its author changes it."""

    message = "Only its author may change a recipe."

    def has_object_permission(self, request, view, obj):
        return request.method in SAFE_METHODS or obj.can_be_edited_by(request.user)


# task api-actions: begin
class IsNotAuthor(BasePermission):
    """Everybody but the author of the recipe."""

    message = "Nobody rates a recipe of their own."

    def has_object_permission(self, request, view, obj):
        return obj.author_id != request.user.pk


# task api-actions: end
