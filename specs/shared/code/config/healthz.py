@require_safe
def healthz(request):
    """Tells the host's health check that the process answers."""
    return HttpResponse("ok", content_type="text/plain")
