"""The finished code is read against the mistakes that learners make most often.

specs/mistakes.yaml lists them and names, for each, the function here that tells whether
a project makes it. A check looks at the syntax tree of the modules, at the templates,
at what Django says of the running project (django_facts.py), at the container files or
at what Git holds. At the end one made-up project makes every mistake, and each check
has to find its own.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup

from djangopath import catalogue
from djangopath.catalogue import ROOT
from tests import services
from tests.common import Bake, git
from tests.wrong_project import FILES, TOLD
from tools import environments, trials

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

FACTS = Path(__file__).with_name("attacked.py")
MISTAKES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "specs/mistakes.yaml").read_text(encoding="utf-8")
)
BY_SLUG = {mistake["slug"]: mistake for mistake in MISTAKES}

# Parts of a learner's repository that are not the site, or not theirs.
APART = re.compile(
    r"^(tests|acceptance|\.path|docs)/|(^|/)(migrations|tests)/|^(path|conftest)\.py$"
)


@dataclass(frozen=True)
class Code:
    """A learner's repository with all tasks done."""

    folder: Path
    python: Path
    pages: tuple[str, ...]
    seed: str | None = None
    methods: str = "GET"  # all that the spec's table of URLs allows
    # A model, a field, and what the spec's data model says of it.
    notes: tuple[tuple[str, str, str], ...] = ()

    @cached_property
    def files(self) -> list[str]:
        """What Git holds."""
        return git(self.folder, "ls-files", "-z").split("\0")[:-1]

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What Django says of it, and what came of attacking it."""
        return self.asked()

    def asked(self, few: int = 0, **env: str) -> dict[str, Any]:
        """Asks Django in a copy, since demo data may bring files.

        Args:
            few: if not 0, readers open no more pages, and asked is only whether these
                and their forms are answered.
            env: variables of the environment; without one the site is on SQLite alone.
        """
        wanted = {"pages": self.pages, "seed": self.seed, "few": few}
        with TemporaryDirectory() as place:
            copy = shutil.copytree(self.folder, Path(place) / "copy")
            command = [str(self.python), str(FACTS), json.dumps(wanted)]
            said = environments.run(command, copy, **env).stdout
        facts: dict[str, Any] = json.loads(said.splitlines()[-1])
        return facts

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """The syntax trees of the site's modules."""
        return {
            path: ast.parse(self.text(path))
            for path in self.files
            if path.endswith(".py") and not APART.search(path)
        }

    @property
    def views(self) -> dict[str, ast.Module]:
        return {p: tree for p, tree in self.modules.items() if "views" in Path(p).stem}

    @cached_property
    def templates(self) -> dict[str, BeautifulSoup]:
        """The templates, parsed as they are, tags and all."""
        return {
            path: BeautifulSoup(self.text(path), "html.parser")
            for path in self.files
            if path.endswith(".html") and "templates/" in path
        }

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def calls(self, modules: dict[str, ast.Module]) -> Iterator[tuple[str, ast.Call]]:
        """Every call, and where it stands."""
        for path, tree in modules.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    yield f"{path}, line {node.lineno}", node


def name_of(node: ast.AST | None) -> str:
    """The last name of a dotted one, or of what a call calls."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def inside(tree: ast.AST, kinds: tuple[type[ast.AST], ...]) -> set[int]:
    """The ids of all nodes that stand inside one of these kinds of node."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            found |= {id(child) for child in ast.walk(node)}
    return found


def of_kind(tree: ast.AST, kind: type[Any]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))


Check = Callable[[Code], Iterator[str]]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    CHECKS[function.__name__] = function
    return function


# ------------------------------------------------------------------ models, migrations

RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")


@check
def migrations_missing(code: Code) -> Iterator[str]:
    for app in code.facts["apps"]:
        migrations = re.compile(rf"(^|/){app}/migrations/\d{{4}}_\w+\.py$")
        if not any(migrations.search(path) for path in code.files):
            yield f"Git holds no migration of the app {app}"


@check
def user_by_class(code: Code) -> Iterator[str]:
    for where, call in code.calls(code.modules):
        if name_of(call) in RELATIONS and call.args:
            to = call.args[0]
            named = isinstance(to, ast.Constant) and str(to.value) == "auth.User"
            if named or name_of(to) in ("User", "get_user_model"):
                yield f"{where}: relates to {ast.unparse(to)}"
    for path, tree in code.modules.items():
        for node in of_kind(tree, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if node.module == "django.contrib.auth.models" and "User" in names:
                yield f"{path}, line {node.lineno}: imports Django's own User"


@check
def no_str(code: Code) -> Iterator[str]:
    for model in code.facts["models"]:
        if not model["str"]:
            yield f"{model['name']} has no __str__"


def fields(code: Code) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in code.facts["models"]:
        for field in model["fields"]:
            yield f"{model['name']}.{field['name']}", field


@check
def not_unique(code: Code) -> Iterator[str]:
    texts = ("CharField", "SlugField", "TextField", "EmailField")
    for name, field in fields(code):
        if field["type"] == "SlugField" and not field["unique"]:
            yield f"{name} is a slug and not unique"
        # Of a text that is unique many rows may be empty only as NULL, says Django
        # (ref/models/fields/#null).
        if field["type"] in texts and field["null"] and not field["unique"]:
            yield f"{name} is a text that may be NULL"


@check
def no_related_name(code: Code) -> Iterator[str]:
    for name, field in fields(code):
        if field["relation"] and not field["related_name"]:
            yield f"{name} has no related_name"


@check
def pages_without_order(code: Code) -> Iterator[str]:
    for page in code.facts["pages"]:
        for told in page.get("unordered", ()):
            yield f"{page['path']}: {told}"


BY_ITSELF = re.compile(
    r"^(created|added|posted|joined|updated|modified|changed)(_(at|on|date|time)|$)"
)


def is_models(path: str) -> bool:
    return path.endswith("models.py") or "/models/" in path


@check
def timestamp_by_hand(code: Code) -> Iterator[str]:
    for name, field in fields(code):
        moment = field["type"] in ("DateTimeField", "DateField")
        if moment and BY_ITSELF.match(field["name"]) and not field["auto"]:
            yield f"{name} does not set itself"
    for path, tree in code.modules.items():
        for node in of_kind(tree, ast.Assign):
            for target in node.targets:
                # What a consumer or a command keeps of itself is no field of a row.
                own = ast.unparse(target).startswith("self.") and not is_models(path)
                moment = isinstance(target, ast.Attribute) and not own
                if moment and BY_ITSELF.match(target.attr):
                    yield f"{path}, line {node.lineno}: sets {ast.unparse(target)}"


# ----------------------------------------------------------------------------- queries

CHAINED = (
    "filter exclude order_by select_related prefetch_related annotate aggregate get "
    "count exists first last values values_list distinct update create"
).split()  # but not delete, which no manager has


@check
def query_per_row(code: Code) -> Iterator[str]:
    for page in code.facts["pages"]:
        for sql, count in page.get("repeated", ()):
            yield f"{page['path']} for {page['reader']}: asks {count} times {sql}"


@check
def queryset_dropped(code: Code) -> Iterator[str]:
    for path, tree in code.modules.items():
        for function in of_kind(tree, ast.FunctionDef):
            for node in of_kind(function, ast.Expr):
                if name_of(node.value) in (
                    "filter",
                    "select_related",
                    "prefetch_related",
                ):
                    yield f"{path}, line {node.lineno}: the result is dropped"
            if function.name == "get_queryset":
                yield from two_querysets(path, function)
        for cls in of_kind(tree, ast.ClassDef):
            yield from unused_queryset(path, cls)


def two_querysets(path: str, function: ast.FunctionDef) -> Iterator[str]:
    built = [
        node.targets[0]
        for node in of_kind(function, ast.Assign)
        if re.search(r"\bobjects\b|super\(\)", ast.unparse(node.value))
    ]
    names = {target.id for target in built if isinstance(target, ast.Name)}
    for node in of_kind(function, ast.Return):
        used = {n.id for n in of_kind(node, ast.Name)}
        if (
            names
            and node.value
            and ".objects" in ast.unparse(node)
            and not names & used
        ):
            yield f"{path}, line {node.lineno}: builds one queryset, returns another"


def unused_queryset(path: str, cls: ast.ClassDef) -> Iterator[str]:
    given = [n for n in cls.body if isinstance(n, ast.Assign)
             and name_of(n.targets[0]) == "queryset"]  # fmt: skip
    for method in cls.body:
        if (
            given
            and isinstance(method, ast.FunctionDef)
            and method.name == "get_queryset"
        ):
            text = ast.unparse(method)
            if "super()" not in text and "self.queryset" not in text:
                yield f"{path}, line {method.lineno}: {cls.name}.queryset is never used"


# The filter of an aggregate chooses what is counted; it adds no rows.
AGGREGATES = ("Count", "Sum", "Avg", "Min", "Max")


@check
def rows_twice(code: Code) -> Iterator[str]:
    many = set(code.facts["many"])
    for path, tree in code.modules.items():
        calls = [
            node
            for node in of_kind(tree, ast.Call)
            if name_of(node) in ("distinct", "aggregate", "exclude", *AGGREGATES)
        ]
        inside_one = [child for call in calls for child in ast.walk(call)]
        named = {child.id for child in inside_one if isinstance(child, ast.Name)}
        whole = {id(child) for child in inside_one} | {
            id(child)
            for node in of_kind(tree, ast.Assign)
            if any(isinstance(to, ast.Name) and to.id in named for to in node.targets)
            for child in ast.walk(node.value)
        }
        for call in of_kind(tree, ast.Call):
            if name_of(call) not in ("filter", "Q") or id(call) in whole:
                continue
            for keyword in call.keywords:
                first, *rest = (keyword.arg or "").split("__")
                if first in many and rest and rest not in (["isnull"], ["pk"], ["id"]):
                    where = f"{path}, line {call.lineno}"
                    yield f"{where}: {keyword.arg} without distinct()"


@check
def needless_all(code: Code) -> Iterator[str]:
    for where, call in code.calls(code.modules):
        before = call.func.value if isinstance(call.func, ast.Attribute) else None
        after = isinstance(before, ast.Call) and name_of(before) == "all"
        if after and name_of(call) in CHAINED:
            yield f"{where}: {ast.unparse(call)[:60]}"


# ----------------------------------------------------------------------------- views


@check
def get_without_404(code: Code) -> Iterator[str]:
    for path, tree in code.views.items():
        caught = inside(tree, (ast.Try,))
        for call in of_kind(tree, ast.Call):
            text = ast.unparse(call.func)
            if re.search(r"\bobjects\b.*\.get$", text) and id(call) not in caught:
                yield f"{path}, line {call.lineno}: {text}() breaks without a row"
    for page in code.facts["pages"]:
        if page.get("status", 0) >= 500:
            yield f"{page['path']}: {page['status']}, {page['error']}"


@check
def change_by_get(code: Code) -> Iterator[str]:
    for page in code.facts["pages"]:
        for sql in page.get("writes", ()):
            yield f"GET {page['path']} by {page['reader']}: {sql}"


@check
def success_url_breaks(code: Code) -> Iterator[str]:
    for route in code.facts["routes"]:
        if route["success"]:
            yield f"{route['view']}: {route['success']}"


@check
def no_trailing_slash(code: Code) -> Iterator[str]:
    for route in code.facts["routes"]:
        path = route["route"].rstrip("$")
        # A name of a file ends in what the file is.
        file = re.search(r"\.[a-z]{2,4}$|<path:\w+>$", path)
        if path and not path.endswith("/") and not file:
            yield f"the path {path!r} does not end in a slash"


@check
def names_with_underscores(code: Code) -> Iterator[str]:
    for route in code.facts["routes"]:
        literal = re.sub(r"<[^>]*>|\(\?P<.*?\)", "", route["own"])
        if re.search(r"[_A-Z]", literal):
            yield f"the path {route['own']!r} is not in small letters and dashes"
        if route["name"] and re.search(r"[_A-Z]", route["name"]):
            yield f"the name {route['name']!r} is not in small letters and dashes"


@check
def number_unguarded(code: Code) -> Iterator[str]:
    for path, tree in code.modules.items():
        caught = inside(tree, (ast.Try,))
        for call in of_kind(tree, ast.Call):
            asked = re.search(r"\.(GET|POST|query_params)\b", ast.unparse(call))
            number = name_of(call) in ("int", "float", "Decimal")
            if number and asked and id(call) not in caught:
                yield f"{path}, line {call.lineno}: {ast.unparse(call)}"
    for page in code.facts["pages"]:
        if "broken" in page:
            yield f"{page['path']}: {page['broken']}"


@check
def search_lost(code: Code) -> Iterator[str]:
    for page in code.facts["pages"]:
        if page.get("lost"):
            yield f"{page['path']}: the link {page['lost']} forgets the search"


# ----------------------------------------------------------------------- forms, access


@check
def rule_in_one_form(code: Code) -> Iterator[str]:
    rules = {form["name"]: set(form["rules"]) for form in code.facts["forms"]}
    kinds: dict[str, dict[str, set[str]]] = {}
    for route in code.facts["routes"]:
        if route["kind"] and route["model"]:
            both = kinds.setdefault(route["model"], {})
            both[route["kind"]] = rules.get(route["form"], set())
    for model, both in kinds.items():
        if len(both) == 2 and both["create"] != both["update"]:
            odd = ", ".join(sorted(both["create"] ^ both["update"]))
            yield f"{model}: {odd} holds for one of its forms only"


@check
def hidden_not_guarded(code: Code) -> Iterator[str]:
    yield from code.facts["trespasses"]


@check
def no_redirect(code: Code) -> Iterator[str]:
    for path, tree in code.views.items():
        for branch in of_kind(tree, ast.If):
            if "is_valid()" not in ast.unparse(branch.test) or "not " in ast.unparse(
                branch.test
            ):
                continue
            body = ast.Module(branch.body, [])
            answers = [ast.unparse(node) for node in of_kind(body, ast.Return)]
            saves = any(
                name_of(c) in ("save", "create") for c in of_kind(body, ast.Call)
            )
            if saves and (not answers or any("render(" in text for text in answers)):
                yield f"{path}, line {branch.lineno}: a valid form is not redirected"


@check
def author_from_form(code: Code) -> Iterator[str]:
    for thing in [*code.facts["forms"], *code.facts["routes"]]:
        if thing["author_field"]:
            name = thing.get("view") or thing["name"]
            yield f"{name} asks for {thing['author_field']}"


# ---------------------------------------------------------------------------- templates


@check
def no_static_tag(code: Code) -> Iterator[str]:
    for path, soup in code.templates.items():
        for tag, attribute in (("link", "href"), ("script", "src"), ("img", "src")):
            for node in soup.find_all(tag, {attribute: True}):
                value = str(node[attribute]).strip()
                wanted = tag != "link" or re.search("sheet|icon", str(node.get("rel")))
                if wanted and not value.startswith(("{%", "{{", "data:")):
                    yield f"{path}: {attribute}={value!r}"


@check
def template_name_restated(code: Code) -> Iterator[str]:
    for route in code.facts["routes"]:
        if route["restated"]:
            yield f"{route['view']} restates {route['restated']!r}"


@check
def logout_by_link(code: Code) -> Iterator[str]:
    posted = False
    for path, soup in code.templates.items():
        for link in soup.find_all("a", href=re.compile("logout|log-out|sign-?out")):
            yield f"{path}: {link['href']}"
        for form in soup.find_all(
            "form", action=re.compile("logout|log-out|sign-?out")
        ):
            posted |= str(form.get("method", "")).lower() == "post"
    if any(route["logout"] for route in code.facts["routes"]) and not posted:
        yield "no template has a form that posts to the logout view"


# ---------------------------------------------------------------- REST framework, async


def classes(code: Code, base: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes one of whose bases has this word in its name."""
    for path, tree in code.modules.items():
        for cls in of_kind(tree, ast.ClassDef):
            if any(base in name_of(one) for one in cls.bases):
                yield f"{path}, line {cls.lineno}: {cls.name}", cls


def settings_of(cls: ast.ClassDef) -> dict[str, ast.expr]:
    """What a class, or its Meta, sets to what."""
    inner = [node for node in cls.body if isinstance(node, ast.ClassDef)]
    return {
        name_of(target): node.value
        for body in (cls.body, *(one.body for one in inner))
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
    }


def serialized_forms(code: Code) -> Iterator[tuple[str, str, bool]]:
    """(where, model, whether it has rules) of every form and serializer of a model."""
    for kind in ("ModelForm", "Serializer"):
        for where, cls in classes(code, kind):
            rules = any(
                node.name.startswith(("clean", "validate"))
                for node in of_kind(cls, ast.FunctionDef)
            )
            given = settings_of(cls)
            if "model" in given:
                yield f"{kind} {where}", ast.unparse(given["model"]), rules
            if "validators" in ast.unparse(cls):
                yield f"{kind} {where}", "", True


@check
def nested_serializer_per_row(code: Code) -> Iterator[str]:
    nested: dict[str, str] = {}
    for _, cls in classes(code, "Serializer"):
        for name, value in settings_of(cls).items():
            if isinstance(value, ast.Call) and name_of(value).endswith("Serializer"):
                nested[cls.name] = name
    for base in ("ViewSet", "APIView"):
        for where, cls in classes(code, base):
            serializer = name_of(settings_of(cls).get("serializer_class"))
            if serializer in nested and "_related(" not in ast.unparse(cls):
                yield f"{where}: {nested[serializer]} is fetched row by row"


@check
def privileges_writable(code: Code) -> Iterator[str]:
    for where, cls in classes(code, "Serializer"):
        given = {name: ast.unparse(value) for name, value in settings_of(cls).items()}
        readable = given.get("read_only_fields", "") + given.get("extra_kwargs", "")
        shown = given.get("fields", "")
        for name in ("is_staff", "is_superuser", "user_permissions"):
            if f"'{name}'" in shown and f"'{name}'" not in readable:
                yield f"{where}: {name} can be written"
        if "__all__" in shown and "User" in given.get("model", ""):
            yield f"{where}: every field of the user can be written"


@check
def more_than_asked(code: Code) -> Iterator[str]:
    for where, cls in classes(code, "ModelViewSet"):
        if "DELETE" not in code.methods and "http_method_names" not in settings_of(cls):
            yield f"{where}: deletes and changes, which the spec does not ask for"


@check
def nested_not_atomic(code: Code) -> Iterator[str]:
    for where, cls in classes(code, "Serializer"):
        for method in of_kind(cls, ast.FunctionDef):
            if method.name not in ("create", "update"):
                continue
            made = [c for c in of_kind(method, ast.Call)
                    if name_of(c) in ("create", "bulk_create", "save")]  # fmt: skip
            if len(made) > 1 and "atomic" not in ast.unparse(method):
                yield f"{where}.{method.name}: several rows, no transaction"


@check
def patch_not_partial(code: Code) -> Iterator[str]:
    for path, tree in code.modules.items():
        for method in of_kind(tree, ast.FunctionDef):
            if method.name in ("patch", "partial_update"):
                for call in of_kind(method, ast.Call):
                    names = {keyword.arg for keyword in call.keywords}
                    if name_of(call).endswith("Serializer") and "partial" not in names:
                        yield f"{path}, line {call.lineno}: no partial=True"
        for call in of_kind(tree, ast.Call):
            text = ast.unparse(call)
            if name_of(call) == "Response" and "400" in text and ".data" in text:
                yield f"{path}, line {call.lineno}: a refusal that holds the data"


@check
def rule_not_in_serializer(code: Code) -> Iterator[str]:
    found = list(serialized_forms(code))
    ruled = {model for where, model, rules in found if rules and "ModelForm" in where}
    for where, model, rules in found:
        if where.startswith("Serializer") and model in ruled and not rules:
            yield f"{where}: the form of {model} has rules, this has none"


@check
def task_before_commit(code: Code) -> Iterator[str]:
    for path, tree in code.modules.items():
        later = {
            id(child)
            for call in of_kind(tree, ast.Call)
            if name_of(call) == "on_commit"
            for child in ast.walk(call)
        }
        for call in of_kind(tree, ast.Call):
            if name_of(call) in ("delay", "apply_async") and id(call) not in later:
                yield f"{path}, line {call.lineno}: not in transaction.on_commit"


@check
def socket_for_all_origins(code: Code) -> Iterator[str]:
    for where, call in code.calls(code.modules):
        if name_of(call) == "ProtocolTypeRouter":
            text = ast.unparse(call)
            if "websocket" in text and "OriginValidator" not in text:
                yield f"{where}: a socket for pages of every site"


@check
def query_in_event_loop(code: Code) -> Iterator[str]:
    for where, call in code.calls(code.modules):
        wraps = name_of(call) in ("database_sync_to_async", "sync_to_async")
        called = [one for one in call.args[:1] if isinstance(one, ast.Call)]
        if wraps and called and name_of(called[0]) != "partial":
            yield f"{where}: the query runs before it is wrapped"


# ----------------------------------------------------- tests, settings, containers, git


@check
def nothing_refused(code: Code) -> Iterator[str]:
    tests = [code.text(p) for p in code.files if re.search(r"^tests/.*\.py$", p)]
    asserted = [
        ast.unparse(node)
        for text in tests
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assert)
        or (isinstance(node, ast.Expr) and name_of(node.value).startswith("assert"))
    ]
    text = "\n".join(asserted)
    if not re.search(
        r"\b(302|40[0-9])\b|Redirects|is_valid\(\) is False|not .*valid", text
    ):
        yield "no test of the learner's own is refused anything"
    if not re.search(r"not in\b|not .*exists\(|NotContains|NotIn|count\(\) == 0", text):
        yield "no test of the learner's own says what must be absent"


SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|API_KEY)", re.IGNORECASE)
LITERAL_URL = re.compile(r"://[^:/@\s]*:(?!\$)[^@\s/]+@")


@check
def secret_in_code(code: Code) -> Iterator[str]:
    for name in code.facts["doors"]:
        yield f"the demo data lets {name} sign in where DEBUG is off"
    demo = f"management/commands/{code.seed}.py"
    for path, tree in code.modules.items():
        # The demo data's password is no secret; that it opens nothing is seen above.
        for node in of_kind(tree, ast.Assign) if not path.endswith(demo) else ():
            name = name_of(node.targets[0])
            value = node.value
            default = [k.value for k in getattr(value, "keywords", ())
                       if k.arg == "default"]  # fmt: skip
            for one in [value, *default]:
                literal = one.value if isinstance(one, ast.Constant) else None
                secret = name.isupper() and SECRET.search(name)
                if secret and literal and isinstance(literal, str):
                    yield f"{path}, line {node.lineno}: {name} stands in the code"
                if name == "DEBUG" and one is value and literal is True:
                    yield f"{path}, line {node.lineno}: DEBUG is always True"
        for node in of_kind(tree, ast.Constant):
            if isinstance(node.value, str) and LITERAL_URL.search(node.value):
                yield f"{path}, line {node.lineno}: an address with its password"
    for name, service in compose(code)["services"].items():
        environment = service.get("environment") or {}
        if isinstance(environment, list):
            environment = dict(pair.partition("=")[::2] for pair in environment)
        for key, value in environment.items():
            bare = SECRET.search(key) and "${" not in str(value)
            if bare or LITERAL_URL.search(str(value)):
                yield f"compose.yaml, {name}: {key} stands in the file"
    for path in code.files:
        if re.search(r"(^|/)\.env(?!\.example)(\.|$)|\.(pem|key)$", path):
            yield f"Git holds {path}"


def compose(code: Code) -> dict[str, Any]:
    return dict(yaml.safe_load(code.text("compose.yaml")))


@check
def container_half_done(code: Code) -> Iterator[str]:
    data = compose(code)
    services = data["services"]
    bases = [n for n, s in services.items() if "postgres" in str(s.get("image"))]
    built = {n: s for n, s in services.items() if "build" in s}
    for base in bases:
        if "healthcheck" not in services[base]:
            yield f"{base}: nobody can tell when it is ready"
        kept = [str(v).split(":")[0] for v in services[base].get("volumes", ())]
        if not set(kept) & set(data.get("volumes") or ()):
            yield f"{base}: its data is in no volume"
        for name, service in built.items():
            waits = service.get("depends_on", {})
            ready = isinstance(waits, dict) and waits.get(base, {}).get("condition")
            if ready != "service_healthy" and not any(
                isinstance(waits, dict) and other in waits for other in built
            ):
                yield f"{name}: does not wait for {base}"
    docker = [line for line in code.text("Dockerfile").splitlines() if line[:1] != "#"]
    commands = "\n".join(docker) + str([s.get("command") for s in services.values()])
    if "runserver" in commands:
        yield "the container runs Django's development server"
    if not re.search(r"gunicorn|uvicorn|daphne", commands):
        yield "the container runs no server that is made for production"
    if ".dockerignore" not in code.files:
        yield "there is no .dockerignore"
    else:
        ignored = code.text(".dockerignore").split()
        for name in (".git", ".env"):
            if not {name, f"{name}/", f"**/{name}"} & set(ignored):
                yield f".dockerignore lets {name} into the image"


IGNORABLE = re.compile(
    r"(^|/)(__pycache__|\.venv|venv|media|staticfiles|node_modules|htmlcov|\.cache"
    r"|\.(pytest|ruff|mypy)_cache)/|\.(sqlite3(-\w+)?|py[cod]|log)$|(^|/)\.DS_Store$"
)
MEANT = ("db.sqlite3", "media/a.png", "staticfiles/a.css", ".venv/a", ".env", "a.pyc")


@check
def ignorable_committed(code: Code) -> Iterator[str]:
    for path in code.files:
        if IGNORABLE.search(path):
            yield f"Git holds {path}"
    ignored = environments.run(
        ["git", "check-ignore", *MEANT], code.folder, check=False
    ).stdout
    for path in set(MEANT) - set(ignored.split()):
        yield f".gitignore does not name {path}"
    pins = {normal(p) for p in re.findall(r"(?m)^([\w.-]+)", code.text(REQUIREMENTS))}
    known = code.facts["distributions"]
    for path, tree in code.modules.items():
        for node in ast.walk(tree):
            for module in imported(node):
                found = {normal(name) for name in known.get(module, ())}
                if found and not found & pins:
                    yield f"{path}: {module} is in no line of {REQUIREMENTS}"


REQUIREMENTS = "requirements-prod.txt"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(node: ast.AST) -> list[str]:
    """The packages that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.split(".")[0]]
    return []


@check
def unformatted(code: Code) -> Iterator[str]:
    for path in code.files:
        data = (code.folder / path).read_bytes()
        if b"\0" in data or path.startswith(".path/"):
            continue
        if data and not data.endswith(b"\n"):
            yield f"{path}: the last newline is missing"
        if b"\r" in data:
            yield f"{path}: has Windows line ends"
        for number, line in enumerate(data.splitlines(), 1):
            if line.rstrip() != line and not path.endswith(".md"):
                yield f"{path}, line {number}: ends in a space"
            if b"\t" in line and path.endswith((".py", ".html", ".css", ".yaml")):
                yield f"{path}, line {number}: has a tab"


# -------------------------------------------------------- others, and what they come by


@check
def partial_after_commit(code: Code) -> Iterator[str]:
    """Of what fails Django logs the __qualname__, which not every callable has."""
    for path, tree in code.modules.items():
        partials = {
            name_of(node.targets[0])
            for node in of_kind(tree, ast.Assign)
            if name_of(node.value) in ("partial", "methodcaller", "partialmethod")
        }
        for call in of_kind(tree, ast.Call):
            robust = any(keyword.arg == "robust" for keyword in call.keywords)
            if name_of(call) == "on_commit" and robust and call.args:
                act = call.args[0]
                made = isinstance(act, ast.Call) and name_of(act) in (
                    "partial",
                    "methodcaller",
                )
                if made or name_of(act) in partials:
                    where = f"{path}, line {call.lineno}"
                    yield f"{where}: {ast.unparse(call)[:70]} is not robust"


@check
def check_then_insert(code: Code) -> Iterator[str]:
    yield from code.facts["rivals"]


@check
def deletion_undecided(code: Code) -> Iterator[str]:
    """The data model says of each foreign key what a deletion does to the row."""
    notes = {(model, name): note for model, name, note in code.notes}
    for model in code.facts["models"]:
        for field in model["fields"]:
            words = SAID_OF_DELETION.get(field["on_delete"])
            note = notes.get((model["name"].split(".")[1], field["name"]), "")
            if words and not words.search(note):
                yield (
                    f"{model['name']}.{field['name']} is {field['on_delete']}, and the "
                    f"data model says {note!r}"
                )


SAID_OF_DELETION = {
    "CASCADE": re.compile(r"\bdelet"),
    "SET_NULL": re.compile(r"(?s)(?=.*\bdelet)(?=.*\b(null|empty|none)\b)"),
    "SET_DEFAULT": re.compile(r"\bdelet"),
    "PROTECT": re.compile(r"(cannot|not) be deleted|\bprotect|\brefus"),
    "RESTRICT": re.compile(r"(cannot|not) be deleted|\brestrict|\brefus"),
}


@check
def unbounded(code: Code) -> Iterator[str]:
    yield from code.facts["unbounded"]


@check
def telling(code: Code) -> Iterator[str]:
    yield from code.facts["telling"]


@check
def half_resilient(code: Code) -> Iterator[str]:
    """A Redis that refuses to write, or is not there, takes no page with it."""
    for state, told in STATES.items():
        with services.own_redis() as server:
            server.fall(state)
            facts = code.asked(FEW, REDIS_URL=server.url)
        for page in facts["pages"]:
            if page.get("status", 0) >= 500:
                yield f"{told}: {page['path']}: {page['error']}"
        for problem in facts["rivals"]:
            yield f"{told}: {problem}"


FEW = 25  # pages that a reader opens in each state
STATES = {
    "away": "Redis is away",
    "replica": "Redis takes nothing",  # it answers what it has
    "full": "Redis is full",
}


# --------------------------------------------------------------------------- the tests


@cache
def finished(slug: str, folder: Path) -> Code:
    project = catalogue.load(slug)
    methods = " ".join(url["methods"] for url in project.spec["urls"])
    python = environments.environment(project)
    notes = tuple(
        (entity["name"], name, field["note"])
        for entity in project.spec["entities"]
        for field in entity["fields"]
        for name in re.split(r", | and ", field["name"])
    )
    return Code(folder, python, project.pages, project.seed, methods, notes)


CHECKED = [mistake for mistake in MISTAKES if mistake["how"] != "review"]
NAMES = [f"{mistake['number']:02}-{mistake['slug']}" for mistake in CHECKED]


@pytest.mark.parametrize("mistake", CHECKED, ids=NAMES)
def test_finished_code_does_not_make_it(
    mistake: dict[str, Any], slug: str, bake: Bake
) -> None:
    """No project's finished code makes the mistake."""
    project = catalogue.load(slug)
    package = mistake.get("package")
    if package and not project.version(package):
        pytest.skip(f"{slug} does not use {package}")
    code = finished(slug, bake(slug, start_at="done"))
    found = list(dict.fromkeys(CHECKS[mistake["check"]](code)))
    assert not found, f"{mistake['text']}\n" + "\n".join(found)


def test_the_list_is_whole() -> None:
    """Every mistake has a number, a slug, and a check or the reason for none."""
    assert [mistake["number"] for mistake in MISTAKES] == list(
        range(1, len(MISTAKES) + 1)
    )
    assert len(BY_SLUG) == len(MISTAKES)
    keys = {
        "check": {"check"},
        "later": {"check", "package"},
        "review": {"why"},
    }
    for mistake in MISTAKES:
        common = {"number", "slug", "area", "text", "how"}
        assert set(mistake) == common | keys[mistake["how"]], mistake["slug"]
    assert {mistake["check"] for mistake in CHECKED} == set(CHECKS)


def test_trials_name_known_mistakes(slug: str) -> None:
    """A wrong solution that names a mistake names one of the list."""
    found = trials.trials(catalogue.load(slug))
    unknown = {t.id: t.mistake for t in found if t.mistake and t.mistake not in BY_SLUG}
    assert not unknown


# ------------------------------------------------------------- a project with them all


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Code:
    """A project that makes every mistake that can be told."""
    folder = tmp_path_factory.mktemp("wrong")
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.lstrip("\n").encode())
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    # The packages of a project that stands on all that some mistake needs.
    found = map(catalogue.load, catalogue.slugs())
    project = next(project for project in found if project.version("redis"))
    return Code(folder, environments.environment(project), ("/",), "seed")


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_finds_the_mistake(name: str, wrong: Code) -> None:
    """Each check tells what is wrong with a project that makes the mistake."""
    found = "\n".join(CHECKS[name](wrong))
    missing = [text for text in TOLD[name] if text not in found]
    assert not missing, f"{missing} is not among:\n{found}"
