# task deployment: file
"""How static files are stored for production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Compressed, and under hashed names, which JavaScript's imports use as well.

    A browser would otherwise run a new main.js with modules that it has kept from an
    older release.
    """

    support_js_module_import_aggregation = True
