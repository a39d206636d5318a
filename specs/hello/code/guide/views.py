# task first-app: file
"""What the guide answers: one function for each kind of page."""

# task place-model: begin
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from guide.models import Place
from guide.places import by_kind, nearest

# task place-page: was
# from django.http import Http404
# from django.shortcuts import render
# from django.views.decorators.http import require_safe
#
# from guide.places import PLACES, by_kind, nearest
#
# task home-template: was
# from django.shortcuts import render
# from django.views.decorators.http import require_safe
#
# from guide.places import PLACES, by_kind, nearest
#
# task first-app: was
# from django.http import HttpResponse
# from django.views.decorators.http import require_safe
#
# task place-model: end


@require_safe
def home(request):
    # task place-model: begin
    """Shows every place, the nearest ones first and then all of them by kind."""
    places = Place.objects.all()
    context = {"nearest": nearest(places), "groups": by_kind(places)}
    return render(request, "guide/home.html", context)
    # task home-template: was
    # """Shows every place, the nearest ones first and then all of them by kind."""
    # context = {"nearest": nearest(PLACES), "groups": by_kind(PLACES)}
    # return render(request, "guide/home.html", context)
    # task first-app: was
    # """Greets the visitor."""
    # return HttpResponse("<h1>A pocket guide to Port Ellery</h1>")
    # task place-model: end


# task place-model: begin
@require_safe
def place_page(request, slug):
    """Shows one place and what else there is of its kind."""
    place = get_object_or_404(Place, slug=slug)
    others = Place.objects.filter(kind=place.kind).exclude(pk=place.pk)
    return render(request, "guide/place.html", {"place": place, "others": others})


# task place-page: was
# @require_safe
# def place_page(request, slug):
#     """Shows one place and what else there is of its kind."""
#     by_slug = {place.slug: place for place in PLACES}
#     if slug not in by_slug:
#         raise Http404(f"No place is called {slug}.")
#     place = by_slug[slug]
#     others = [other for other in by_kind(PLACES)[place.kind] if other != place]
#     return render(request, "guide/place.html", {"place": place, "others": others})
# task place-model: end
