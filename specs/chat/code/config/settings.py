"""Settings of the chat.

What differs from machine to machine comes from the environment, or from the file
`.env` beside `manage.py` where there is one. Without either the project runs in
development mode on SQLite, in one process.
"""

# shared: config/settings/environment.py

INSTALLED_APPS = [
    "daphne",  # task echo: line
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",  # task deployment: line
    "channels",  # task echo: line
    "accounts",
    "chat",  # task rooms: line
    "notifications",  # task notifications: line
]

# shared: config/settings/middleware.py

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

# shared: config/settings/database.py
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
            # Seconds; a counter is not worth a longer wait.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        },
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }

# task redis-layer: begin
# Of the events that wait for a process's sockets (in memory: for one of them), those
# past the capacity are dropped, and whoever is older than the expiry is in no group.
LAYER = {"capacity": 10_000, "group_expiry": 7 * 24 * 3600}
if REDIS_URL:
    # Each call in progress takes a connection; the Redis client would allow a hundred.
    # Of the sockets that wait one reads for all, for five seconds, and asks again; the
    # client would give up after as many. Without any limit one waits for a dead Redis.
    HOST = {"address": REDIS_URL, "max_connections": 1000, "socket_timeout": 20}
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
# task store-messages: begin
# How long anybody waits for the channel layer.
CHAT_LAYER_SECONDS = 2
# task store-messages: end
# task history: begin
# How many messages a page of history holds, and how many of those missed come at once.
CHAT_HISTORY_PAGE = 30
CHAT_MISSED_PAGE = 100
# task history: end
# task invitations: begin
# So many rooms, direct chats and invitations a user may make in so many seconds.
CHAT_PAGE_POSTS = 30
CHAT_PAGE_SECONDS = 60
# task invitations: end
# task removal: begin
# How old the answer may be to the question whether a socket may go on.
CHAT_RIGHTS_SECONDS = 10
# task removal: end
# task presence: begin
# How often a tab says that it is there, and after how long a silence it is not.
CHAT_HEARTBEAT_SECONDS = 20
CHAT_PRESENCE_SECONDS = 90
# task presence: end

# shared: config/settings/passwords.py

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"

# shared: config/settings/static.py

# task deployment: begin
# shared: config/settings/policy.py

# The hosts whose pages may open a socket. ALLOWED_HOSTS has localhost in any case, for
# a container's health check, and on a visitor's machine that may be anybody's page.
SOCKET_ORIGINS = env.list("ALLOWED_HOSTS", default=LOCAL_HOSTS)

if not DEBUG:
    STORAGES["staticfiles"] = {
        "BACKEND": "config.storage.StaticStorage",
    }

    # shared: config/settings/https.py

    # shared: config/settings/logging.py
# task deployment: end
