SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
DATABASES = {
    "default": env.db() if env.str("DATABASE_URL", default="") else SQLITE,
}
