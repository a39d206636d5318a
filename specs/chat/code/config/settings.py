"""Settings of the chat.

What differs from machine to machine comes from the environment, or from the file
`.env` beside `manage.py` where there is one. Without either the project runs in
development mode on SQLite, in one process.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# Whoever sets a secret key has begun to configure a server: from then on DEBUG is off
# unless it is switched on by name.
SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=not SECRET_KEY)
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. With DEBUG=false the site needs a random key of 50 "
            "characters or more in the environment variable SECRET_KEY."
        )
    # New at every start, so sessions end with the process; good enough to look around.
    SECRET_KEY = get_random_secret_key()

# The container's own health check calls the site by one of these three names.
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), *LOCAL_HOSTS]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "daphne",  # task echo: line
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",  # task echo: line
    "accounts",
    "chat",  # task rooms: line
    "notifications",  # task notifications: line
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"  # task echo: line

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chat.context_processors.chat_config",  # task activity: line
                "notifications.context_processors.unread",  # task notification-pages: line
            ],
        },
    },
]

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
DATABASES = {
    "default": env.db() if env.str("DATABASE_URL", default="") else SQLITE,
}
if DATABASES["default"]["ENGINE"] == SQLITE["ENGINE"]:
    # Several sockets write at once. A transaction takes its turn when it begins and not
    # in its middle, where SQLite would answer "database is locked" without waiting; and
    # whoever reads does not wait for whoever writes.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Connections are kept and lent out; a new one for each frame would cost more than
    # most of the queries.
    POOL = {"pool": {"min_size": 1, "max_size": 10}}
    DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | POOL
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What several processes must know of each other goes through Redis. Without it each
# process keeps to its own memory, and there must be one only.
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
        },
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }

# task redis-layer: begin
# Of the events that wait for a process's sockets, those past the capacity are dropped,
# and a socket that is older than the expiry is in no group any more.
LAYER = {"capacity": 10_000, "group_expiry": 7 * 24 * 3600}
if REDIS_URL:
    # Each socket that waits holds a connection, for as long as it waits. The Redis
    # client would allow a hundred of them, and end each after five silent seconds.
    HOST = {"address": REDIS_URL, "max_connections": 1000, "socket_timeout": None}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [HOST], **LAYER},
        },
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": LAYER,
        },
    }

# task room-groups: was
# CHANNEL_LAYERS = {
#     "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
# }
#
# task redis-layer: end
# task bad-frames: begin
# The longest message, in characters, and the largest frame, in bytes.
CHAT_BODY_LENGTH = 2000
CHAT_FRAME_BYTES = 32768
# So many messages a user may send in so many seconds, over all sockets and processes.
CHAT_FLOOD_MESSAGES = 20
CHAT_FLOOD_SECONDS = 10
# task bad-frames: end
# task history: begin
# How many messages a page of history holds, and how many of those missed come at once.
CHAT_HISTORY_PAGE = 30
CHAT_MISSED_PAGE = 100
# task history: end
# task presence: begin
# How often a tab says that it is there, and after how long a silence it is not.
CHAT_HEARTBEAT_SECONDS = 20
CHAT_PRESENCE_SECONDS = 90
# task presence: end

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
# In development files come from static/, without `collectstatic`.
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG

# task deployment: begin
if not DEBUG:
    STORAGES["staticfiles"] = {
        "BACKEND": "config.storage.StaticStorage",
    }

    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    # The host's health check asks from inside, by plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
    # Over plain HTTP, where the redirect is off, no browser would send such cookies.
    SESSION_COOKIE_SECURE = SECURE_SSL_REDIRECT
    CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT

    # Browsers remember this. Raise it to a year, 31536000, once HTTPS has lasted.
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

    # Without a proxy that overwrites the header, anybody could send it.
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    # Without DEBUG Django mails errors to ADMINS, and there are none.
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    }
# task deployment: end
