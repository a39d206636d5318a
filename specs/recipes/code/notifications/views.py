# task unsubscribe: file
"""The page that a mail's last link leads to."""

from django.contrib.auth import get_user_model
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Profile
from notifications import tokens
from recipes import races

FIELDS = {"comments": "notify_comments", "recipes": "notify_recipes"}


@csrf_exempt  # mail providers send the POST without a cookie; the token is the key
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """GET asks, since programs open every link of a mail; POST stops one kind."""
    try:
        key, kind = tokens.read(token)
        field = FIELDS[kind]
    except (BadSignature, LookupError) as error:
        raise Http404 from error
    user = get_object_or_404(get_user_model(), pk=key)
    done = request.method == "POST"
    if done:
        with races.or_404():
            Profile.objects.update_or_create(user=user, defaults={field: False})
    context = {"kind": kind, "done": done}
    response = render(request, "notifications/unsubscribe.html", context)
    # The address is a key: no link may carry it on.
    response["Referrer-Policy"] = "no-referrer"
    return response
