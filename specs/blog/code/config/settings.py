"""Settings of the blog.

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
    "csp",  # task deployment: line
    "accounts",
    "blog",  # task blog-app: line
]

# shared: config/settings/middleware.py

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# shared: config/settings/templates.py

# shared: config/settings/database.py
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# shared: config/settings/passwords.py

# task sign-up-login: begin
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "blog:home"
LOGOUT_REDIRECT_URL = "blog:home"

# task sign-up-login: end
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"

# shared: config/settings/static.py

# task deployment: begin
# shared: config/settings/policy.py

if not DEBUG:
    STORAGES["staticfiles"] = {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    }

    # shared: config/settings/https.py

    # shared: config/settings/logging.py
# task deployment: end
