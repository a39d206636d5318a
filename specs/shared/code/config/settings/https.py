SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# The host's health check asks from inside, by plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
# Over plain HTTP, where the redirect is off, browsers keep no such cookie; Chromium
# makes an exception for localhost.
SESSION_COOKIE_SECURE = SECURE_SSL_REDIRECT
CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT

# Browsers remember this. Raise it to a year, 31536000, once HTTPS has lasted.
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

# Without a proxy that overwrites the header, anybody could send it.
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
