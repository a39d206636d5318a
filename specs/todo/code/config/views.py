"""Views that belong to the project as a whole."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe


# shared: config/healthz.py
