"""What Django knows of a project; in the project's own environment and folder.

Its models, routes and forms, and what came of opening its pages, first as a visitor and
then as a user, with its demo data in a database in memory. attacked.py prints them.
"""

import inspect
import os
import random
import re
import sys
import warnings
from collections import Counter
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import django

ROOT = Path.cwd()
MOST = 150  # pages opened by one reader
DRAW = random.Random(1)

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bs4 import BeautifulSoup  # noqa: E402
from django import forms  # noqa: E402
from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.paginator import UnorderedObjectListWarning  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import Http404  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import URLPattern, get_resolver, resolve  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402
from django.views import generic  # noqa: E402
from filling import filled  # noqa: E402


def ours(thing):
    """Whether a class, function or module stands in the project's own folder."""
    try:
        file = Path(inspect.getfile(thing)).resolve()
    except TypeError:
        return False
    return ROOT in file.parents and "site-packages" not in file.parts


# ------------------------------------------------------------------------------ models


def model_facts(model):
    options = model._meta
    once = {f.name for f in options.fields if f.unique}
    for constraint in options.constraints:
        once |= set(getattr(constraint, "fields", ()))
    once |= {name for names in options.unique_together for name in names}
    return {
        "name": options.label,
        "app": options.app_label,
        "str": model.__str__ is not models.Model.__str__,
        "fields": [field_facts(field, once) for field in local_fields(options)],
    }


def local_fields(options):
    """The model's own fields; not those of the abstract models of a package."""
    given = {
        field.name
        for base in options.model.__mro__[1:]
        if hasattr(base, "_meta") and base._meta.abstract and not ours(base)
        for field in [*base._meta.local_fields, *base._meta.local_many_to_many]
    }
    for field in [*options.local_fields, *options.local_many_to_many]:
        if field.name not in given:
            yield field


def field_facts(field, once):
    remote = field.remote_field
    return {
        "name": field.name,
        "type": field.get_internal_type(),
        "unique": field.name in once,
        "null": field.null,
        "auto": any(
            [
                getattr(field, "auto_now", False),
                getattr(field, "auto_now_add", False),
                field.has_default(),
                getattr(field, "has_db_default", bool)(),
            ]
        ),
        "relation": bool(remote),
        "related_name": getattr(remote, "related_name", None),
        "on_delete": getattr(getattr(remote, "on_delete", None), "__name__", ""),
    }


def many_names(model):
    """The lookups that lead from one row to several."""
    for field in model._meta.get_fields():
        if field.many_to_many or field.one_to_many:
            name = field.name
            yield name if field.concrete else field.get_accessor_name() or name
            yield name


# ------------------------------------------------------------------------------ routes

SUFFIXES = ("_list", "_detail", "_form", "_confirm_delete")


def routes(resolver, before=""):
    """The routes that stand in a URLconf of the project's own."""
    conf = resolver.urlconf_name
    mine = inspect.ismodule(resolver.urlconf_module) and ours(resolver.urlconf_module)
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if not isinstance(entry, URLPattern):
            yield from routes(entry, route)
        elif mine and not route.startswith("static"):
            yield route_facts(entry, route, str(conf))


def route_facts(entry, route, conf):
    view = getattr(entry.callback, "view_class", None)
    facts = {
        "route": route,
        "own": str(entry.pattern),
        "name": entry.name,
        "where": conf,
        "view": f"{view.__module__}.{view.__name__}" if view else "",
        "restated": "",
        "success": "",
        "author_field": "",
        "logout": bool(view) and view.__name__ == "LogoutView",
        "form": "",
        "kind": "",
        "model": "",
    }
    if not view:
        return facts
    given = entry.callback.view_initkwargs
    facts["restated"] = restated(view, given)
    facts["success"] = success_problem(view, given)
    form = given.get("form_class") or getattr(view, "form_class", None)
    model = model_of(view, form)
    facts["model"] = model._meta.label if model else ""
    for base, kind in ((generic.CreateView, "create"), (generic.UpdateView, "update")):
        if issubclass(view, base):
            facts["kind"] = kind
            facts["form"] = f"{form.__module__}.{form.__name__}" if form else ""
    names = getattr(view, "fields", None) or ()
    if model and facts["kind"] and not form:
        facts["author_field"] = user_field(model, names)
    return facts


def model_of(view, form=None):
    queryset = getattr(view, "queryset", None)
    meta = getattr(form, "_meta", None)
    return (
        getattr(view, "model", None)
        or getattr(queryset, "model", None)
        or getattr(meta, "model", None)
    )


def user_field(model, names):
    """The field of a model's form that names a user, if there is one."""
    for field in model._meta.fields:
        related = getattr(field.remote_field, "model", None)
        whose = related and related._meta.label == settings.AUTH_USER_MODEL
        if whose and field.editable and (names == "__all__" or field.name in names):
            return field.name
    return ""


def restated(view, given):
    """A template's name that the view would have taken by itself."""
    name = given.get("template_name") or vars(view).get("template_name")
    if not name:
        return ""
    parents = view.__mro__ if "template_name" in given else view.__mro__[1:]
    if any(vars(parent).get("template_name") == name for parent in parents):
        return name
    suffix = given.get("template_name_suffix") or getattr(
        view, "template_name_suffix", None
    )
    model = model_of(view, getattr(view, "form_class", None))
    known = [model] if model else apps.get_models()
    defaults = [f"{m._meta.app_label}/{m._meta.model_name}{suffix}.html" for m in known]
    return name if suffix and name in defaults else ""


def success_problem(view, given):
    """Why a form's success leads nowhere."""
    if not issubclass(view, generic.edit.FormMixin):
        return ""
    address = given.get("success_url") or getattr(view, "success_url", None)
    if address is None:
        if view.get_success_url not in DEFAULT_SUCCESS:
            return ""
        # A form_valid that does not hand on leads somewhere by itself.
        by_django = view.form_valid.__module__.startswith("django.")
        handed_on = "super().form_valid" in inspect.getsource(view.form_valid)
        if not by_django and not handed_on:
            return ""
        model = model_of(view, getattr(view, "form_class", None))
        if hasattr(model, "get_absolute_url") and not issubclass(
            view, generic.DeleteView
        ):
            return ""
        return "has no success_url"
    try:
        address = str(address)
        if "{" not in address and "%(" not in address and address.startswith("/"):
            resolve(urlsplit(address).path)
    except Exception as error:
        return f"success_url: {type(error).__name__} {address!r}"
    return ""


DEFAULT_SUCCESS = {
    generic.edit.FormMixin.get_success_url,
    generic.edit.ModelFormMixin.get_success_url,
    generic.edit.DeletionMixin.get_success_url,
}


def form_facts():
    """The project's own forms, less those of the admin."""

    def below(base):
        for child in base.__subclasses__():
            yield child
            yield from below(child)

    for form in dict.fromkeys(below(forms.BaseForm)):
        if not ours(form) or form.__module__.endswith(".admin"):
            continue
        meta = getattr(form, "_meta", None)
        model = getattr(meta, "model", None)
        own = [base for base in form.__mro__ if ours(base)]
        yield {
            "name": f"{form.__module__}.{form.__name__}",
            "author_field": user_field(model, meta.fields or ()) if model else "",
            "rules": sorted(
                {n for base in own for n in vars(base) if n.startswith("clean")}
            ),
        }


# ------------------------------------------------------------------------------- pages


class Reader:
    """Opens the pages that the first ones lead to, as one person would see them."""

    def __init__(self, name, user=None):
        self.name, self.user = name, user
        self.found, self.links, self.forms = [], {}, {}
        self.client = Client(raise_request_exception=False)
        if user:
            self.client.force_login(user)

    def read(self, start, most=MOST):
        queue = list(start)
        seen = set()
        while queue and len(seen) < most:
            path = queue.pop(0)
            seen.add(path)
            self.open(path)
            for link in self.links.get(path, ()):
                if link not in seen and link not in queue:
                    queue.append(link)
        for path in list(seen):
            self.try_number(path)
        for address, (path, _) in list(self.forms.items()):
            if address not in seen:
                self.open(address, via=path)

    def open(self, path, via=""):
        answer, queries, orders = ask(self.client.get, path)
        page = {
            "reader": self.name,
            "path": path,
            "via": via,
            "status": answer.status_code,
            "error": error_of(answer),
            "writes": writes(queries),
            "repeated": repeated(queries) if answer.status_code == 200 else [],
            "unordered": orders,
            "lost": "",
        }
        self.found.append(page)
        kind = answer.get("Content-Type", "")
        if answer.status_code != 200 or not kind.startswith("text/html"):
            return
        soup = BeautifulSoup(answer.content, "html.parser")
        self.links[path] = [link for a in soup.find_all("a", href=True)
                            if (link := local(path, a["href"]))]  # fmt: skip
        for form in soup.find_all("form"):
            address = local(path, form.get("action") or path) or ""
            if form.get("method", "get").lower() == "post" and address:
                self.forms.setdefault(address, (path, filled(form, DRAW)))
        if soup.find("form", method=lambda m: (m or "get").lower() == "get"):
            page["lost"] = self.lost(path)

    def lost(self, path):
        """A link to another page of a search that forgets what was searched for."""
        probe = f"{path}{'&' if '?' in path else '?'}keep-this=1"
        answer = self.client.get(probe)
        soup = BeautifulSoup(answer.content, "html.parser")
        for a in soup.find_all("a", href=re.compile(r"[?&]page=")):
            if "keep-this=1" not in a["href"]:
                return a["href"]
        return ""

    def try_number(self, path):
        """Letters where a number belongs, in every part of the query string."""
        parts = dict(
            p.split("=", 1) for p in urlsplit(path).query.split("&") if "=" in p
        )
        for name in {*parts, "page"}:
            query = parts | {name: "letters"}
            address = urlsplit(path).path + "?" + "&".join(map("=".join, query.items()))
            answer, _, _ = ask(self.client.get, address)
            if answer.status_code >= 500:
                self.found.append(
                    {"reader": self.name, "path": address, "broken": error_of(answer)}
                )


def ask(call, *arguments):
    """An answer, the SQL that it took, and lists cut into pages without an order."""
    queries = []

    def listen(execute, sql, params, many, context):
        queries.append(sql)
        return execute(sql, params, many, context)

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UnorderedObjectListWarning)
        with connection.execute_wrapper(listen):
            answer = call(*arguments)
    orders = [str(w.message) for w in told if w.category is UnorderedObjectListWarning]
    return answer, queries, orders


def error_of(answer):
    info = getattr(answer, "exc_info", None)
    return f"{info[0].__name__}: {info[1]}" if info and info[0] is not Http404 else ""


def writes(queries):
    """What a request changed, less the session and the time of the last login."""
    spared = re.compile(r"django_session|SET \"last_login\"|SAVEPOINT")
    changes = (sql for sql in queries if re.match(r"INSERT|UPDATE|DELETE", sql))
    return [sql[:120] for sql in changes if not spared.search(sql)]


def repeated(queries):
    """Queries of one shape that a page asks again and again."""
    shapes = Counter(re.sub(r"'[^']*'|\b\d+\b|%s", "?", sql) for sql in queries)
    return [[sql[:200], count] for sql, count in shapes.items() if count > 3]


def local(page, href):
    """The path of a link that stays on the site and outside the admin."""
    address = urldefrag(urljoin("http://testserver" + page, href)).url
    path = address.removeprefix("http://testserver")
    if path == address or path.startswith("/admin/"):
        return None
    return path


def trespass(visitor, reader):
    """What a visitor can do with the links and forms that only a user is shown."""
    shown = {link for links in visitor.links.values() for link in links}
    opened = {page["path"] for page in visitor.found}
    for link in {link for links in reader.links.values() for link in links}:
        # A file that a page of everybody's shows as well, or shows smaller.
        # Without a folder for them MEDIA_URL is "/", and so is every address.
        media = settings.MEDIA_URL.strip("/")
        upload = media and link.startswith(settings.MEDIA_URL)
        if link not in shown | opened and not upload:
            answer, _, _ = ask(visitor.client.get, link)
            if answer.status_code == 200:
                yield f"GET {link} answers a visitor, who is shown no link to it"
    for address, (_, data) in reader.forms.items():
        if address not in visitor.forms and address not in shown | opened:
            _, queries, _ = ask(visitor.client.post, address, data)
            for change in writes(queries):
                yield f"POST {address} lets a visitor write: {change}"


def known_passwords():
    """Whom the demo data lets sign in with DEBUG off, as it is here."""
    if not apps.is_installed("django.contrib.auth"):
        return []
    from django.contrib.auth import get_user_model

    users = get_user_model().objects.all()
    open_ = [user for user in users if user.password and user.has_usable_password()]
    return [user.get_username() for user in open_]


def some_user():
    """Somebody of the demo data, who has rows of their own."""
    if not apps.is_installed("django.contrib.auth"):
        return None
    from django.contrib.auth import get_user_model

    user_model = get_user_model()
    found = user_model.objects.filter(is_superuser=False, is_active=True).first()
    return found or user_model.objects.create_user(username="reader", password="r")


def read(wanted):
    """Makes the database with the demo data; the readers, after they have read."""
    setup_test_environment(debug=False)
    settings.SECURE_SSL_REDIRECT = False
    connection.creation.create_test_db(verbosity=0)
    if wanted.get("seed"):
        call_command(wanted["seed"], stdout=sys.stderr)
    doors = known_passwords()
    readers = [Reader("a visitor")]
    if user := some_user():
        readers.append(Reader("a user", user))
    for reader in readers:
        reader.read(wanted["pages"], wanted["few"] or MOST)
    return doors, readers


def main(doors, readers):
    own = [model for model in apps.get_models() if ours(model)]
    resolver = get_resolver()
    import_string(settings.ROOT_URLCONF + ".urlpatterns")
    return {
        "models": [model_facts(model) for model in own],
        "many": sorted({name for model in own for name in many_names(model)}),
        "apps": sorted({model._meta.app_label for model in own}),
        "user_model": settings.AUTH_USER_MODEL
        if apps.is_installed("django.contrib.auth")
        else "",
        "routes": list(routes(resolver)),
        "forms": list(form_facts()),
        "pages": [page for reader in readers for page in reader.found],
        "trespasses": sorted(trespass(*readers)) if readers[1:] else [],
        "doors": doors,
        "distributions": packages_distributions(),
    }
