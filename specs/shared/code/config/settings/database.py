SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
DATABASES = {
    "default": env.db() if env.str("DATABASE_URL", default="") else SQLITE,
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Seconds. A server that accepts a connection and then says nothing would keep each
    # request waiting for two minutes, and with the requests all of the site.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
