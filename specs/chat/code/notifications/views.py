# task notification-pages: file
"""The bell's page. Everything here begins with the user's own notifications."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from notifications import services


class NotificationList(LoginRequiredMixin, ListView):
    """One's own, newest first."""

    paginate_by = 20

    def get_queryset(self):
        return self.request.user.notifications.select_related("actor", "room")


@login_required
@require_POST
def notification_open(request, pk):
    own = request.user.notifications.select_related("room")
    notification = get_object_or_404(own, pk=pk)
    services.mark_read(own.filter(pk=pk), request.user)
    return redirect(notification.url)


@login_required
@require_POST
def read_all(request):
    services.mark_read(request.user.notifications.all(), request.user)
    return redirect("notifications:list")
