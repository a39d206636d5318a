# task notifications: file
"""How staff see notifications in the admin."""

from django.contrib import admin

from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):
    list_display = ["recipient", "kind", "actor", "room", "created_at", "read_at"]
    list_filter = ["kind"]
    list_select_related = ["recipient", "actor", "room"]
    raw_id_fields = ["recipient", "actor", "room", "message"]
