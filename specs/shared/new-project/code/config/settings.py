"""Settings of the project.

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
    "accounts",
    "__app__",  # task start-page: line
]

# shared: config/settings/middleware.py

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# shared: config/settings/templates.py

# shared: config/settings/database.py
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# shared: config/settings/passwords.py

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"

# shared: config/settings/static.py

# shared: config/settings/policy.py

if not DEBUG:
    STORAGES["staticfiles"] = {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    }

    # shared: config/settings/https.py

    # shared: config/settings/logging.py
