"""How staff see the chat in the admin."""

# task invitations: begin
from django.contrib import admin

from chat.models import Invitation, Membership, Message, Room

# task membership: was
# from django.contrib import admin
#
# from chat.models import Membership, Message, Room
# task store-messages: was
# from django.contrib import admin
#
# from chat.models import Message, Room
# task rooms: was
# from django.contrib import admin
#
# from chat.models import Room
# task invitations: end


# task membership: begin
class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    # task membership: end
    # task read-receipts: begin
    # The choices would be all messages of all rooms.
    autocomplete_fields = ["user"]
    exclude = ["last_read"]
    # task membership: was
    # autocomplete_fields = ["user"]
    # task read-receipts: end


# task rooms: begin
@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    # task rooms: end
    # task membership: begin
    list_display = ["__str__", "kind", "created_by", "created_at"]
    list_filter = ["kind"]
    inlines = [MembershipInline]
    # task rooms: was
    # list_display = ["name", "created_by", "created_at"]
    # task membership: end
    # task rooms: begin
    list_select_related = ["created_by"]
    search_fields = ["name"]


# task rooms: end
# task store-messages: begin
@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    list_display = ["__str__", "author", "room", "created_at"]
    list_select_related = ["author", "room"]
    raw_id_fields = ["author", "room"]
    search_fields = ["body"]


# task store-messages: end
# task invitations: begin
@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ["user", "room", "invited_by", "created_at"]
    list_select_related = ["user", "room", "invited_by"]
    raw_id_fields = ["user", "room", "invited_by"]


# task invitations: end
