"""Views that belong to the project as a whole."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request):
    """Tells the host's health check that the process answers."""
    return HttpResponse("ok", content_type="text/plain")
