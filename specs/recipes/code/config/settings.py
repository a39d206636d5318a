"""Settings of Long Table.

What differs from machine to machine comes from the environment, or from the file
`.env` beside `manage.py` where there is one. Without either the project runs in
development mode on SQLite.
"""

# shared: config/settings/environment.py

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",  # task sitemap: line
    "django.contrib.staticfiles",
    "csp",  # task deployment: line
    "rest_framework",  # task api-read: line
    "rest_framework.authtoken",  # task api-write: line
    "django_filters",  # task api-filters: line
    "drf_spectacular",  # task api-docs: line
    "drf_spectacular_sidecar",  # task api-docs: line
    "accounts",
    "api",  # task api-read: line
    "notifications",  # task comment-mail: line
    "recipes",
]

# shared: config/settings/middleware.py

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# shared: config/settings/templates.py

# shared: config/settings/database.py
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# shared: config/settings/passwords.py
# task api-write: begin
AUTH_PASSWORD_VALIDATORS.append({"NAME": "api.authentication.TokensEndWithPassword"})
# task api-write: end

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "recipes:home"
LOGOUT_REDIRECT_URL = "recipes:home"

# task api-read: begin
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "api.pagination.RecipePagination",
    # task api-read: end
    # task api-write: begin
    # The first one tells visitors what is missing: a token, and 401.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.PrintableTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "api.parsers.FlatJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    # task api-read: was
    # "DEFAULT_AUTHENTICATION_CLASSES": [
    #     "rest_framework.authentication.SessionAuthentication",
    # ],
    # task api-write: end
    # task api-throttling: begin
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
        "api.throttles.WriteThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": "60/min",
        "user": "240/min",
        "writes": "30/min",
        "token": "5/min",
        "login": "10/min",
    },
    # Anybody can send X-Forwarded-For; only a proxy of ours is believed.
    "NUM_PROXIES": 1 if env.bool("BEHIND_PROXY", default=False) else 0,
    # task api-throttling: end
    # task api-docs: begin
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # task api-docs: end
    # task api-read: begin
}

# task api-read: end
# task api-docs: begin
SPECTACULAR_SETTINGS = {
    "TITLE": "Long Table",
    "DESCRIPTION": "Recipes, and everything that readers do with them.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # What is sent and what is answered differ: read-only fields, and files.
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.add_refusals",
    ],
    # The pages' files come from our own host.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
}

# task api-docs: end
# task cache-store: begin
# How long anything may live in the cache, in seconds.
CACHE_SECONDS = env.int("CACHE_SECONDS", default=300)
REDIS_URL = env.str("REDIS_URL", default="")
MEMORY = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    # Room for the counts of throttling beside the pages that visitors think up.
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
REDIS = {"BACKEND": "config.cache.ResilientRedisCache", "LOCATION": REDIS_URL}
CACHES = {"default": REDIS if REDIS_URL else MEMORY}

# task cache-store: end
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"

# shared: config/settings/static.py

# task image-upload: begin
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or BASE_DIR / "media")
# Where a web server in front hands out the uploads, Django need not.
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=True)

IMAGE_MAX_BYTES = 5 * 1024 * 1024
# A small file may unfold into a picture that fills the memory.
IMAGE_MAX_PIXELS = 24_000_000
IMAGE_MIN_SIDE = 200

# task image-upload: end
# task comment-mail: begin
# Backend, host, port and the rest, from one address; printed where none is set.
EMAIL_URL = env.str("EMAIL_URL", default="") or "consolemail://"
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="Long Table <kitchen@example.org>"
)
# A mail is read far from here, so its links need the whole address.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

# task comment-mail: end
# task deployment: begin
# shared: config/settings/policy.py

if not DEBUG:
    # A connection costs PostgreSQL a process; a pool keeps some open. SQLite has none.
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        # While the database is away nobody waits for the default of thirty seconds.
        DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"timeout": 5}
        DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

    STORAGES["staticfiles"] = {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    }

    # shared: config/settings/https.py

    # shared: config/settings/logging.py
# task deployment: end
