"""Views that belong to the project as a whole."""

from django.http import (
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseNotFound,
)
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe


# shared: config/healthz.py


# Under ASGI an error page is rendered in a thread of its own, whose connection to the
# database nobody would give back to the pool. So these two are rendered without the
# request, and ask for no user and no session.


def forbidden(request, exception):
    return HttpResponseForbidden(render_to_string("403.html"))


def not_found(request, exception):
    return HttpResponseNotFound(render_to_string("404.html"))
