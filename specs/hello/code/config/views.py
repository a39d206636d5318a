"""Views that belong to the site as a whole rather than to one app."""

# task first-app: begin
from django.http import HttpResponse
from django.views.decorators.http import require_safe

# task first-app: stub
# from django.http import HttpResponse
# from django.shortcuts import render
# from django.views.decorators.http import require_safe
#
# task first-app: end


@require_safe
def healthz(request):
    """Says that the server is up; a host asks for it every few seconds."""
    return HttpResponse("ok", content_type="text/plain")


# task first-app: begin
# task first-app: stub
# @require_safe
# def welcome(request):
#     """Greets you until the first app takes its place."""
#     return render(request, "welcome.html")
# task first-app: end
