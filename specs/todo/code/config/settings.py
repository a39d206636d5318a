"""Settings of the to-do list.

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
    "django.contrib.staticfiles",
    "csp",
    "crispy_forms",  # task crispy-forms: line
    "crispy_bootstrap5",  # task crispy-forms: line
    "accounts",
    "todo",  # task start-page: line
]

# shared: config/settings/middleware.py
# task time-zones: begin
# It asks who the user is, so it comes after the middleware that knows.
MIDDLEWARE.append("accounts.middleware.TimeZoneMiddleware")
# task time-zones: end

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# shared: config/settings/templates.py

# shared: config/settings/database.py
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# shared: config/settings/passwords.py

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
# task bootstrap: begin

# The level 40 is `messages.ERROR`; Bootstrap calls it danger.
MESSAGE_TAGS = {40: "danger"}
# task bootstrap: end
# task crispy-forms: begin

CRISPY_ALLOWED_TEMPLATE_PACKS = ["bootstrap5"]
CRISPY_TEMPLATE_PACK = "bootstrap5"
# task crispy-forms: end

# shared: config/settings/static.py

# shared: config/settings/policy.py

if not DEBUG:
    STORAGES["staticfiles"] = {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    }

    # shared: config/settings/https.py

    # shared: config/settings/logging.py
