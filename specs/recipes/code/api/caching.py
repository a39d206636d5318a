# task list-cache: file
"""Lists that visitors ask for again and again."""

from functools import partial
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse

from recipes import generations


def kept_for_visitors(make_list, request):
    """A view's list, rendered once for all visitors until something in it changes.

    What comes before a view's method still happens each time: throttling, the choice
    of a renderer, and the refusal of a wrong token.
    """
    # A page of HTML holds a token against forgery, and belongs to one visitor.
    if request.user.is_authenticated or request.accepted_renderer.format != "json":
        return make_list(request)
    # Before the rows are read: whatever changes from here on has another key.
    key = list_key(request, generations.seen_here())
    if kept := cache.get(key):
        content, content_type = kept
        return HttpResponse(content, content_type=content_type)
    response = make_list(request)
    response.add_post_render_callback(partial(keep, key))
    return response


def list_key(request, generation):
    """One key for everything that makes two answers differ."""
    parts = [
        request.build_absolute_uri(request.path),
        sorted(request.GET.lists()),
        request.accepted_media_type,
    ]
    return f"api:{generation}:{sha256(repr(parts).encode()).hexdigest()}"


def keep(key, response):
    kept = (response.content, response["Content-Type"])
    cache.set(key, kept, settings.CACHE_SECONDS)
