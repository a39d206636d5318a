# task recipe-forms: file
"""What somebody typed into the form of a recipe, and sent once, twice or signed out."""

from uuid import UUID, uuid4

from django.contrib.auth.views import redirect_to_login
from django.http import QueryDict

MOST_KEPT = 200_000  # characters of a form: anybody may send one


def log_in_first(request):
    """To the log-in page and back. A session ends while somebody writes: that waits."""
    typed = request.POST.urlencode()
    if request.method == "POST" and len(typed) <= MOST_KEPT:
        request.session["typed"] = {request.path: typed}
    return redirect_to_login(request.get_full_path())


def of(request):
    """What is sent to this address, or was when the session was over; or None."""
    if request.method == "POST":
        return request.POST
    typed = request.session.get("typed", {}).get(request.path)
    return QueryDict(typed) if typed else None


def forget(request):
    """It is stored: nothing waits any more."""
    request.session.pop("typed", None)


def key(data):
    """The key of the form that is sent, or a new one for a form that is not."""
    try:
        return UUID((data or {}).get("form_key", ""))
    except ValueError:
        return uuid4()
