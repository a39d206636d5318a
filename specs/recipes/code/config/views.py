"""Views that belong to the project as a whole."""

# task image-upload: begin
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe
from django.views.static import serve
# task image-upload: stub
# from django.http import HttpResponse
# from django.views.decorators.http import require_safe
# task image-upload: end


# shared: config/healthz.py


# task image-upload: begin
@require_safe
def media(request, path):
    """An uploaded file. Only what this site has drawn itself lies there."""
    try:
        return serve(request, path, document_root=settings.MEDIA_ROOT)
    except (OSError, SuspiciousFileOperation) as error:
        # A path that leads out of the folder, or that no file system can hold.
        raise Http404 from error


# task image-upload: end
