# task start-page: file
"""Pages of the app."""

from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request):
    """The start page."""
    return render(request, "__app__/home.html")
