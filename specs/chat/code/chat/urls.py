# task rooms: file
"""Addresses of the chat."""

# task invitations: begin
from django.urls import path

from chat import views
from chat.limits import limited

# task rooms: was
# from django.urls import path
#
# from chat import views
#
# task invitations: end

app_name = "chat"

urlpatterns = [
    path("", views.RoomList.as_view(), name="room-list"),
    # task invitations: begin
    path("rooms/new/", limited(views.RoomCreate.as_view()), name="room-create"),
    # task rooms: was
    # path("rooms/new/", views.RoomCreate.as_view(), name="room-create"),
    # task invitations: end
    path("rooms/<int:pk>/", views.RoomDetail.as_view(), name="room-detail"),
    # task history: begin
    path("api/rooms/<int:pk>/messages/", views.message_list, name="message-list"),
    # task history: end
    # task membership: begin
    path("rooms/<int:pk>/join/", views.room_join, name="room-join"),
    path("rooms/<int:pk>/leave/", views.room_leave, name="room-leave"),
    # task membership: end
    # task invitations: begin
    path("direct/", limited(views.DirectStart.as_view()), name="direct-start"),
    # task direct-chats: was
    # path("direct/", views.DirectStart.as_view(), name="direct-start"),
    # task invitations: end
    # task invitations: begin
    path(
        "rooms/<int:pk>/invitations/",
        limited(views.InvitationCreate.as_view()),
        name="invitation-create",
    ),
    path("invitations/", views.InvitationList.as_view(), name="invitation-list"),
    path(
        "invitations/<int:pk>/accept/",
        views.invitation_accept,
        name="invitation-accept",
    ),
    path(
        "invitations/<int:pk>/decline/",
        views.invitation_decline,
        name="invitation-decline",
    ),
    # task invitations: end
    # task removal: begin
    path(
        "rooms/<int:pk>/members/<int:user_pk>/remove/",
        views.member_remove,
        name="member-remove",
    ),
    # task removal: end
]
