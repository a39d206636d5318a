"""Claims about Django's requests, accounts, static files, and WhiteNoise."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from pathlib import Path
from typing import Any

from support import expect, raised, same, start, tables

ACCOUNTS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
SESSIONS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
]
SECURITY = "django.middleware.security.SecurityMiddleware"

urlpatterns: list[object] = []


def begin(*urls: object, **settings: Any) -> None:
    """Starts a site with these addresses."""
    start(ROOT_URLCONF="sites", **settings)
    urlpatterns.extend(urls)


def a_missing_login_template_is_an_error() -> None:
    begin(INSTALLED_APPS=ACCOUNTS, MIDDLEWARE=SESSIONS, TEMPLATES=TEMPLATES)
    from django.contrib.auth.views import LoginView
    from django.template import TemplateDoesNotExist
    from django.test import Client
    from django.urls import path

    urlpatterns.append(path("login/", LoginView.as_view()))
    error = raised(Client().get, "/login/")
    same(error, TemplateDoesNotExist, "the log-in page without a template")


def logout_refuses_get() -> None:
    begin(INSTALLED_APPS=ACCOUNTS, MIDDLEWARE=SESSIONS)
    from django.contrib.auth.views import LogoutView
    from django.test import Client
    from django.urls import path

    urlpatterns.append(path("logout/", LogoutView.as_view(next_page="/")))
    tables()
    logging.disable()
    same(Client().get("/logout/").status_code, 405, "GET")
    same(Client().post("/logout/").status_code, 302, "POST")


def a_user_name_may_be_two_dots() -> None:
    start(INSTALLED_APPS=ACCOUNTS)
    from django.contrib.auth.models import User

    tables()
    for name in (".", ".."):
        error = raised(User(username=name, password="x").full_clean)
        same(error, None, f"full_clean() of a user called {name}")


def saving_a_user_tells_the_validators() -> None:
    start(
        INSTALLED_APPS=ACCOUNTS, AUTH_PASSWORD_VALIDATORS=[{"NAME": "sites.Validator"}]
    )
    from django.contrib.auth.models import User

    tables()
    user = User(username="ada")
    user.set_password("a-long-one")
    same(Validator.told, [], "before save()")
    user.save()
    same(Validator.told, ["a-long-one"], "after save()")


class Validator:
    told: list[str] = []

    def password_changed(self, password: str, user: object = None) -> None:
        self.told.append(password)


def https_behind_a_proxy_needs_its_header() -> None:
    from django.http import HttpResponse
    from django.test import Client
    from django.test.utils import override_settings
    from django.urls import path

    begin(
        path("", lambda request: HttpResponse("ok")),
        MIDDLEWARE=[SECURITY],
        SECURE_SSL_REDIRECT=True,
        SECURE_HSTS_SECONDS=60,
    )
    says = {"X-Forwarded-Proto": "https"}
    same(Client().get("/", headers=says).status_code, 301, "without the setting")
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        answer = Client().get("/", headers=says)
        same(answer.status_code, 200, "with the setting")
        same(answer.get("Strict-Transport-Security"), "max-age=60", "HSTS")
        same(Client().get("/").status_code, 301, "with it, but without the header")


def hsts_is_sent_over_https_alone() -> None:
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path

    begin(
        path("", lambda request: HttpResponse("ok")),
        MIDDLEWARE=[SECURITY],
        SECURE_HSTS_SECONDS=60,
    )
    name = "Strict-Transport-Security"
    same(Client().get("/").get(name), None, "over plain HTTP")
    same(Client().get("/", secure=True).get(name), "max-age=60", "over HTTPS")


def without_debug_errors_are_mailed_alone() -> None:
    from django.core import mail
    from django.test import Client
    from django.test.utils import override_settings
    from django.urls import path

    def broken(request: object) -> None:
        raise RuntimeError("a word to look for")

    backend = "django.core.mail.backends.locmem.EmailBackend"
    seen = io.StringIO()
    with contextlib.redirect_stderr(seen), contextlib.redirect_stdout(seen):
        begin(
            path("", broken), DEBUG=False, EMAIL_BACKEND=backend, SERVER_EMAIL="a@b.c"
        )
        client = Client(raise_request_exception=False)
        same(client.get("/").status_code, 500, "the answer")
        expect(not getattr(mail, "outbox", []), "a mail without ADMINS")
        with override_settings(ADMINS=[("Ada", "ada@example.org")]):
            client.get("/")
    same(len(mail.outbox), 1, "mails with ADMINS")
    expect("a word to look for" not in seen.getvalue(), seen.getvalue()[-300:])


def the_500_page_has_no_context() -> None:
    from django.test import Client
    from django.urls import path

    def broken(request: object) -> None:
        raise RuntimeError

    loaders = [
        (
            "django.template.loaders.locmem.Loader",
            {"500.html": "({{ request }}{{ user }}{{ word }})"},
        )
    ]
    processors = [
        "django.template.context_processors.request",
        "sites.word",
    ]
    options = {"loaders": loaders, "context_processors": processors}
    begin(
        path("", broken),
        TEMPLATES=[{"BACKEND": TEMPLATES[0]["BACKEND"], "OPTIONS": options}],
    )
    logging.disable()
    answer = Client(raise_request_exception=False).get("/")
    same(answer.content, b"()", "the page")


def word(request: object) -> dict[str, str]:
    return {"word": "from a context processor"}


def deploy_warnings_end_with_no_setting() -> None:
    from django.core.checks import run_checks

    start(
        MIDDLEWARE=[
            SECURITY,
            "django.middleware.csrf.CsrfViewMiddleware",
            *SESSIONS,
        ],
        DEBUG=True,
        INSTALLED_APPS=ACCOUNTS,
        TEMPLATES=TEMPLATES,
    )
    found = run_checks(tags=["security"], include_deployment_checks=True)
    expect(len(found) > 4, f"{len(found)} warnings only")
    last = [str(warning.msg).rstrip(".").split()[-1] for warning in found]
    same([name for name in last if "_" in name], [], "settings at a warning's end")


def collected(**settings: object) -> Path:
    """A site whose one static file, app.css, has been collected."""
    from django.core.management import call_command

    folder = Path(tempfile.mkdtemp())
    (folder / "static").mkdir()
    (folder / "static" / "app.css").write_text("p { margin: 0 }\n", encoding="utf-8")
    storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    begin(
        INSTALLED_APPS=["django.contrib.staticfiles"],
        MIDDLEWARE=["whitenoise.middleware.WhiteNoiseMiddleware"],
        STATIC_URL="/static/",
        STATIC_ROOT=str(folder / "root"),
        STATICFILES_DIRS=[str(folder / "static")],
        STORAGES={"staticfiles": {"BACKEND": storage}},
        **settings,
    )
    call_command("collectstatic", interactive=False, verbosity=0)
    return folder


def plain_static_names_go_on_working() -> None:
    from django.templatetags.static import static
    from django.test import Client

    collected()
    hashed = static("app.css")
    expect(hashed != "/static/app.css", hashed)
    client = Client()
    plain = client.get("/static/app.css")
    same(plain.status_code, 200, "the plain name")
    same(plain["Cache-Control"], "max-age=60, public", "its Cache-Control")
    expect("immutable" in client.get(hashed)["Cache-Control"], "the hashed name")


def a_name_without_a_file_is_an_error() -> None:
    from django.templatetags.static import static

    collected()
    same(
        raised(static, "gone.css"),
        ValueError,
        "{% static %} of a file that is not there",
    )


def imports_of_modules_are_not_hashed() -> None:
    start()
    from whitenoise.storage import CompressedManifestStaticFilesStorage as Storage

    same(Storage.support_js_module_import_aggregation, False, "the default")


def the_cache_is_a_proxy() -> None:
    start()
    from django.core.cache import cache, caches

    expect(cache is not caches["default"], "`cache` is caches['default']")
    caches["default"].key_prefix = "other"
    same(
        cache.key_prefix,
        "other",
        "an attribute set on caches['default'], read of cache",
    )


def each_thread_has_a_cache_object() -> None:
    import threading

    start()
    from django.core.cache import caches

    found = [caches["default"]]
    thread = threading.Thread(target=lambda: found.append(caches["default"]))
    thread.start()
    thread.join()
    expect(found[0] is not found[1], "two threads were given one object")


def incr_of_a_lost_counter_is_an_error() -> None:
    start()
    from django.core.cache import cache

    same(raised(cache.incr, "gone"), ValueError, "cache.incr() without an entry")
    same(cache.add("here", 0, 60), True, "cache.add() of something new")
    same(cache.add("here", 9, 60), False, "cache.add() of what is there")
    same(cache.incr("here"), 1, "cache.incr()")


def test_case_runs_nothing_on_commit() -> None:
    start(INSTALLED_APPS=ACCOUNTS)
    import unittest

    from django.db import transaction
    from django.test import TestCase

    tables()
    seen: list[str] = []

    class Case(TestCase):
        def test_it(self) -> None:
            transaction.on_commit(lambda: seen.append("by itself"))
            with self.captureOnCommitCallbacks(execute=True):
                transaction.on_commit(lambda: seen.append("captured"))

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    same((result.errors, seen), ([], ["captured"]), "what ran on commit")


def csp_needs_its_inner_quotes() -> None:
    from django.http import HttpResponse
    from django.test import Client
    from django.test.utils import override_settings
    from django.urls import path

    begin(
        path("", lambda request: HttpResponse("ok")),
        MIDDLEWARE=["csp.middleware.CSPMiddleware"],
        CONTENT_SECURITY_POLICY={"DIRECTIVES": {"script-src": ["'self'"]}},
    )
    header = Client().get("/")["Content-Security-Policy"]
    expect("script-src 'self'" in header, header)
    with override_settings(
        CONTENT_SECURITY_POLICY={"DIRECTIVES": {"script-src": ["self"]}}
    ):
        header = Client().get("/")["Content-Security-Policy"]
    expect("script-src self" in header, header)


def csrf_is_checked_before_the_view() -> None:
    from django.test import Client
    from django.urls import path

    seen: list[object] = []

    def view(request: object) -> None:
        seen.append(request)

    begin(
        path("", view),
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    )
    logging.disable()
    answer = Client(enforce_csrf_checks=True).post("/")
    same((answer.status_code, seen), (403, []), "status, and calls of the view")
