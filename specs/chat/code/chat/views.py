"""Pages of the chat, and its JSON."""

# task activity: begin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import CreateView, DetailView, FormView, ListView

from chat import history, services
from chat.context_processors import client_config
from chat.forms import DirectForm, InvitationForm, RoomForm
from chat.frames import message_data
from chat.models import Membership, Room

# task invitations: was
# from django.conf import settings
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
# from django.core.paginator import Paginator
# from django.db import transaction
# from django.http import Http404, JsonResponse
# from django.shortcuts import get_object_or_404, redirect, resolve_url
# from django.utils.functional import cached_property
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import CreateView, DetailView, FormView, ListView
#
# from chat import history, services
# from chat.forms import DirectForm, InvitationForm, RoomForm
# from chat.frames import message_data, user_data
# from chat.models import Membership, Room
#
# task direct-chats: was
# from django.conf import settings
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.core.exceptions import PermissionDenied
# from django.core.paginator import Paginator
# from django.db import transaction
# from django.http import Http404, JsonResponse
# from django.shortcuts import get_object_or_404, redirect, resolve_url
# from django.utils.functional import cached_property
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import CreateView, DetailView, FormView, ListView
#
# from chat import history, services
# from chat.forms import DirectForm, RoomForm
# from chat.frames import message_data, user_data
# from chat.models import Membership, Room
#
# task membership: was
# from django.conf import settings
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.core.paginator import Paginator
# from django.db import transaction
# from django.http import Http404, JsonResponse
# from django.shortcuts import get_object_or_404, redirect, resolve_url
# from django.utils.functional import cached_property
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import CreateView, DetailView, ListView
#
# from chat import history, services
# from chat.frames import message_data, user_data
# from chat.models import Membership, Room
#
# task history: was
# from django.conf import settings
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.http import JsonResponse
# from django.shortcuts import resolve_url
# from django.views.decorators.http import require_safe
# from django.views.generic import CreateView, DetailView, ListView
#
# from chat import history
# from chat.frames import message_data, user_data
# from chat.models import Room
#
# task socket-login: was
# from django.conf import settings
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.shortcuts import resolve_url
# from django.views.generic import CreateView, DetailView, ListView
#
# from chat.frames import user_data
# from chat.models import Room
#
# task rooms: was
# from django.conf import settings
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.shortcuts import resolve_url
# from django.views.generic import CreateView, DetailView, ListView
#
# from chat.models import Room
#
# task activity: end

# task membership: begin
# Public rooms to a page; anybody can make one.
PUBLIC_ROOMS = 50
# task membership: end


# task rooms: begin
class RoomList(LoginRequiredMixin, ListView):
    # task rooms: end
    # task unread-counts: begin
    """The user's own rooms with what is unread, and the public ones to join."""

    def get_queryset(self):
        rooms = Room.objects.for_member(self.request.user)
        return rooms.with_titles().with_unread(self.request.user)

    # task direct-chats: was
    # """The user's own rooms, and the public ones to join."""
    #
    # def get_queryset(self):
    #     return Room.objects.for_member(self.request.user).with_titles()
    #
    # task membership: was
    # """The user's own rooms, and the public ones to join."""
    #
    # def get_queryset(self):
    #     return Room.objects.for_member(self.request.user)
    #
    # task rooms: was
    # """All rooms, with who made them."""
    #
    # queryset = Room.objects.select_related("created_by")
    #
    # task unread-counts: end
    # task direct-chats: begin
    def get_context_data(self, **kwargs):
        user = self.request.user
        context = super().get_context_data(**kwargs)
        for room in context["room_list"]:
            room.title = room.title_for(user)
        mine = Room.objects.for_member(user).values("pk")
        public = Room.objects.filter(kind=Room.Kind.PUBLIC).exclude(pk__in=mine)
        pages = Paginator(public.select_related("created_by"), PUBLIC_ROOMS)
        page = pages.get_page(self.request.GET.get("page"))
        return context | {"public_rooms": page}

    # task membership: was
    # def get_context_data(self, **kwargs):
    #     mine = Room.objects.for_member(self.request.user).values("pk")
    #     public = Room.objects.filter(kind=Room.Kind.PUBLIC).exclude(pk__in=mine)
    #     pages = Paginator(public.select_related("created_by"), PUBLIC_ROOMS)
    #     page = pages.get_page(self.request.GET.get("page"))
    #     return super().get_context_data(**kwargs) | {"public_rooms": page}
    #
    # task direct-chats: end


# task rooms: begin
class RoomCreate(LoginRequiredMixin, CreateView):
    """A new room; whoever makes it is taken from the session."""

    model = Room
    # task rooms: end
    # task direct-chats: begin
    form_class = RoomForm
    # task rooms: was
    # fields = ["name"]
    # task direct-chats: end

    # task membership: begin
    def form_valid(self, form):
        form.instance.created_by = self.request.user
        with transaction.atomic():
            response = super().form_valid(form)
            owner = Membership.Role.OWNER
            services.add_member(self.object, self.request.user, owner)
        return response

    # task rooms: was
    # def form_valid(self, form):
    #     form.instance.created_by = self.request.user
    #     return super().form_valid(form)
    #
    # task membership: end


# task rooms: begin
class RoomDetail(LoginRequiredMixin, DetailView):
    # task rooms: end
    # task membership: begin
    """A room for its members; a public one shows everybody else how to join."""

    def get_queryset(self):
        rooms = Room.objects.visible_to(self.request.user)
        return rooms.select_related("created_by")

    @cached_property
    def is_member(self):
        mine = Room.objects.for_member(self.request.user)
        return mine.filter(pk=self.object.pk).exists()

    def get_template_names(self):
        return ["chat/room_detail.html" if self.is_member else "chat/room_join.html"]

    # task rooms: was
    # """A room, and what the client in the page must know."""
    #
    # queryset = Room.objects.select_related("created_by")
    #
    # task membership: end
    # task activity: begin
    # task history: was
    # def client_config(self):
    #     return {
    #         "socket": "/ws/chat/",
    #         "room": self.object.pk,
    #         "user": user_data(self.request.user),
    #         "history": resolve_url("chat:message-list", pk=self.object.pk),
    #         "login": resolve_url(settings.LOGIN_URL),
    #     }
    #
    # task socket-login: was
    # def client_config(self):
    #     return {
    #         "socket": "/ws/chat/",
    #         "room": self.object.pk,
    #         "user": user_data(self.request.user),
    #         "history": None,
    #         "login": resolve_url(settings.LOGIN_URL),
    #     }
    #
    # task rooms: was
    # def client_config(self):
    #     user = self.request.user
    #     return {
    #         "socket": "/ws/chat/",
    #         "room": self.object.pk,
    #         "user": {
    #             "id": user.pk,
    #             "username": user.username,
    #             "name": user.display_name,
    #         },
    #         "history": None,
    #         "login": resolve_url(settings.LOGIN_URL),
    #     }
    #
    # task activity: end
    # task activity: begin
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if not self.is_member:
            return context
        user, room = self.request.user, self.object
        messages, older = history.page(room.pk)
        return context | {
            "title": room.title_for(user),
            "members": room.memberships.select_related("user"),
            "is_owner": room.has_owner(user),
            "chat_messages": messages,
            "older": older,
            "chat_config": client_config(user, room),
        }

    # task invitations: was
    # def get_context_data(self, **kwargs):
    #     context = super().get_context_data(**kwargs)
    #     if not self.is_member:
    #         return context
    #     user, room = self.request.user, self.object
    #     messages, older = history.page(room.pk)
    #     return context | {
    #         "title": room.title_for(user),
    #         "members": room.memberships.select_related("user"),
    #         "is_owner": room.has_owner(user),
    #         "chat_messages": messages,
    #         "older": older,
    #         "chat_config": self.client_config(),
    #     }
    #
    # task direct-chats: was
    # def get_context_data(self, **kwargs):
    #     context = super().get_context_data(**kwargs)
    #     if not self.is_member:
    #         return context
    #     room = self.object
    #     messages, older = history.page(room.pk)
    #     return context | {
    #         "title": room.title_for(self.request.user),
    #         "members": room.memberships.select_related("user"),
    #         "chat_messages": messages,
    #         "older": older,
    #         "chat_config": self.client_config(),
    #     }
    #
    # task membership: was
    # def get_context_data(self, **kwargs):
    #     context = super().get_context_data(**kwargs)
    #     if not self.is_member:
    #         return context
    #     messages, older = history.page(self.object.pk)
    #     return context | {
    #         "members": self.object.memberships.select_related("user"),
    #         "chat_messages": messages,
    #         "older": older,
    #         "chat_config": self.client_config(),
    #     }
    #
    # task history: was
    # def get_context_data(self, **kwargs):
    #     messages, older = history.page(self.object.pk)
    #     return super().get_context_data(**kwargs) | {
    #         "chat_messages": messages,
    #         "older": older,
    #         "chat_config": self.client_config(),
    #     }
    #
    # task rooms: was
    # def get_context_data(self, **kwargs):
    #     context = super().get_context_data(**kwargs)
    #     return context | {"chat_config": self.client_config()}
    #
    # task activity: end


# task history: begin
MAX_PAGE = 100
MAX_ID = 2**63 - 1


@require_safe
def message_list(request, pk):
    """The messages of a room before a cursor, as JSON."""
    if not request.user.is_authenticated:
        return refusal(401, "not_signed_in", "Log in first.")
    # task history: end
    # task membership: begin
    rooms = Room.objects.for_member(request.user)
    # task history: was
    # rooms = Room.objects.all()
    # task membership: end
    # task history: begin
    if not rooms.filter(pk=pk).exists():
        return refusal(404, "room_unknown", "There is no such room.")
    try:
        before = cursor(request.GET.get("before"), MAX_ID)
        limit = cursor(request.GET.get("limit"), MAX_PAGE)
    except ValueError:
        text = "before and limit are whole numbers from 1 on."
        return refusal(400, "bad_cursor", text)
    messages, older = history.page(pk, before, limit)
    return JsonResponse(
        {"messages": [message_data(message) for message in messages], "before": older}
    )


def cursor(text, most):
    """The number in a parameter, at most `most`; None where there is no parameter."""
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise ValueError(text)
    return min(int(text), most)


def refusal(status, code, text):
    return JsonResponse({"error": {"code": code, "text": text}}, status=status)


# task history: end
# task membership: begin
@login_required
@require_POST
def room_join(request, pk):
    room = get_object_or_404(Room, pk=pk, kind=Room.Kind.PUBLIC)
    try:
        services.add_member(room, request.user)
    except Room.DoesNotExist:  # the last member has left since it was asked for
        raise Http404 from None
    return redirect(room)


@login_required
@require_POST
def room_leave(request, pk):
    room = get_object_or_404(Room.objects.for_member(request.user), pk=pk)
    # task membership: end
    # task direct-chats: begin
    if room.kind == Room.Kind.DIRECT:
        raise PermissionDenied
    # task direct-chats: end
    # task membership: begin
    services.leave_room(room.pk, request.user)
    return redirect("chat:room-list")


# task membership: end
# task removal: begin
@login_required
@require_POST
def member_remove(request, pk, user_pk):
    room = get_object_or_404(Room.objects.for_member(request.user), pk=pk)
    if not room.has_owner(request.user) or user_pk == request.user.pk:
        raise PermissionDenied
    if not services.remove_member(room.pk, request.user, user_pk):
        raise Http404
    return redirect(room)


# task removal: end
# task direct-chats: begin
class DirectStart(LoginRequiredMixin, FormView):
    """Names somebody, and leads to the room of the two."""

    form_class = DirectForm
    template_name = "chat/direct_form.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form):
        return redirect(services.direct_room(self.request.user, form.person))


# task direct-chats: end
# task invitations: begin
class InvitationCreate(LoginRequiredMixin, FormView):
    """The owner of a group invites; to everybody else the page is closed."""

    form_class = InvitationForm
    template_name = "chat/invitation_form.html"

    @cached_property
    def room(self):
        groups = Room.objects.for_member(self.request.user)
        room = get_object_or_404(groups, pk=self.kwargs["pk"], kind=Room.Kind.GROUP)
        if not room.has_owner(self.request.user):
            raise PermissionDenied
        return room

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"room": self.room}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"room": self.room}

    def form_valid(self, form):
        try:
            services.invite(self.room.pk, form.person, self.request.user)
        except Room.DoesNotExist:
            raise Http404 from None
        return redirect(self.room)


class InvitationList(LoginRequiredMixin, ListView):
    """What one is invited to."""

    def get_queryset(self):
        return self.request.user.invitations.select_related("room", "invited_by")


@login_required
@require_POST
def invitation_accept(request, pk):
    invitation = get_object_or_404(
        request.user.invitations.select_related("room"), pk=pk
    )
    try:
        services.accept(invitation)
    except ObjectDoesNotExist:  # answered meanwhile, or the room is gone
        raise Http404 from None
    return redirect(invitation.room)


@login_required
@require_POST
def invitation_decline(request, pk):
    get_object_or_404(request.user.invitations, pk=pk).delete()
    return redirect("chat:invitation-list")


# task invitations: end
