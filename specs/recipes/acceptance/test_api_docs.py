"""api-docs: an OpenAPI document that tells the truth, and pages to read it on."""

import json
import subprocess
import sys
from urllib.parse import urljoin, urlsplit, urlunsplit

import pytest
from django.contrib.staticfiles import finders

from acceptance.recipes import (
    fresh,  # noqa: F401
)
from acceptance.recipes_api import short
from acceptance.support import ROOT, expect, url

SCHEMA = "api/views.py"
PATHS = {
    "/api/recipes/": {"get", "post"},
    "/api/recipes/{slug}/": {"get", "put", "patch", "delete"},
    "/api/recipes/{slug}/comments/": {"get", "post"},
    "/api/recipes/{slug}/rating/": {"put", "delete"},
    "/api/recipes/{slug}/image/": {"put", "delete"},
    "/api/categories/": {"get"},
    "/api/categories/{slug}/": {"get"},
    "/api/token/": {"post"},
}
PARAMETERS = (
    "category author ingredient max_minutes min_stars search ordering page page_size"
).split()
WORDS = ("drf-yasg", "drf-spectacular", "swagger_auto_schema", "extend_schema")


def document(visitor):
    """The OpenAPI document, read from its JSON; or a sentence."""
    __tracebackhide__ = True
    path = url("api:schema", look="api/urls.py")
    expect(
        path == "/api/schema/",
        did="Looked up the URL api:schema",
        wanted="/api/schema/",
        got=path,
        look="api/urls.py",
    )
    page = visitor.get(path, {"format": "json"})
    page.expect_status(200, look="api/urls.py")
    try:
        found = json.loads(page.html)
    except ValueError:
        found = None
    expect(
        isinstance(found, dict) and str(found.get("openapi", "")).startswith("3."),
        did=page.did,
        wanted="an OpenAPI document of version 3, as JSON",
        got=short(page.html, 80),
        look="config/settings.py, REST_FRAMEWORK",
    )
    return found


def operation(found, path, method):
    """One operation of the document; or a sentence."""
    __tracebackhide__ = True
    item = found.get("paths", {}).get(path, {})
    expect(
        method in item,
        did="Read /api/schema/",
        wanted=f"{method.upper()} {path}",
        got=f"{path} with {', '.join(item) or 'nothing'}",
        look=SCHEMA,
    )
    return item[method]


def resolved(found, schema):
    """A schema with its reference followed."""
    while isinstance(schema, dict) and ("$ref" in schema or "allOf" in schema):
        if "allOf" in schema:
            schema = schema["allOf"][0]
            continue
        target = found
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema or {}


def may_be_null(found, schema):
    """Whether a schema allows null, as OpenAPI 3.0 and 3.1 write it."""
    if schema.get("nullable") or "null" in schema.get("type", ()):
        return True
    if "enum" in schema and None in schema["enum"]:
        return True
    several = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return any(may_be_null(found, resolved(found, one)) for one in several)


def test_yaml_is_what_comes_unasked(visitor):
    """FR-23: for everybody."""
    page = visitor.get(url("api:schema", look="api/urls.py"))
    page.expect_status(200, look="api/urls.py")
    expect(
        page.html.lstrip().startswith("openapi: 3"),
        did=page.did,
        wanted="YAML that begins with openapi: 3",
        got=short(page.html, 80),
        look="api/urls.py",
    )


@pytest.mark.parametrize("path", list(PATHS))
def test_every_address_with_its_methods(visitor, path):
    """FR-23: nothing is missing, and nothing is promised that is not there."""
    item = document(visitor).get("paths", {}).get(path, {})
    methods = set(item) & {"get", "post", "put", "patch", "delete"}
    expect(
        methods == PATHS[path],
        did="Read /api/schema/",
        wanted=f"{path} with {', '.join(sorted(PATHS[path]))}",
        got=", ".join(sorted(methods)) or "no such path",
        look=SCHEMA,
    )


def test_the_parameters_of_the_list(visitor):
    """FR-23: a reader finds every filter."""
    given = operation(document(visitor), "/api/recipes/", "get").get("parameters", [])
    names = {one.get("name") for one in given}
    missing = [name for name in PARAMETERS if name not in names]
    expect(
        not missing,
        did="Read the parameters of GET /api/recipes/ in /api/schema/",
        wanted=", ".join(PARAMETERS),
        got=f"without {', '.join(missing)}",
        look="api/filters.py",
    )


def test_a_recipe(visitor):
    """FR-23: what may be sent, and what may only be read."""
    found = document(visitor)
    create = operation(found, "/api/recipes/", "post")
    answer = create["responses"].get("201", {}).get("content", {})
    schema = resolved(found, answer.get("application/json", {}).get("schema", {}))
    fields = schema.get("properties", {})
    status = fields.get("status", {})
    kinds = set(resolved(found, status).get("enum", []))
    expect(
        kinds == {"draft", "published"},
        did="Read the answer of POST /api/recipes/ in /api/schema/",
        wanted="status as an enumeration of draft and published",
        got=short(status),
        look="api/serializers.py",
    )
    open_ = [
        name
        for name in ("author", "slug", "published_at")
        if not fields.get(name, {}).get("readOnly")
    ]
    expect(
        not open_,
        did="Read the answer of POST /api/recipes/ in /api/schema/",
        wanted="author, slug and published_at as readOnly",
        got=f"{', '.join(open_)} without it",
        look="api/serializers.py",
    )


@pytest.mark.parametrize(
    ("path", "method", "good", "names"),
    [
        ("/api/recipes/", "get", "200", "thumbnail average_stars"),
        ("/api/recipes/", "post", "201", "thumbnail image average_stars"),
        ("/api/recipes/{slug}/", "get", "200", "thumbnail image average_stars"),
    ],
)
def test_what_may_be_null(visitor, path, method, good, names):
    """FR-23: a program that trusts in a picture fails at the first recipe without."""
    found = document(visitor)
    answer = operation(found, path, method).get("responses", {}).get(good, {})
    content = answer.get("content", {}).get("application/json", {})
    schema = resolved(found, content.get("schema", {}))
    if "results" in schema.get("properties", {}):
        schema = resolved(found, schema["properties"]["results"].get("items", {}))
    fields = schema.get("properties", {})
    never = [
        name
        for name in names.split()
        if not may_be_null(found, resolved(found, fields.get(name, {})))
    ]
    expect(
        not never,
        did=f"Read the answer of {method.upper()} {path} in /api/schema/",
        wanted=f"{', '.join(names.split())}, each as what may be null",
        got=f"{', '.join(never)} never null",
        look="api/serializers.py, allow_null",
    )


def test_what_the_actions_take(visitor):
    """FR-23: a picture is a file in a form, a rating has stars."""
    found = document(visitor)
    sent = operation(found, "/api/recipes/{slug}/image/", "put")
    content = sent.get("requestBody", {}).get("content", {})
    form = resolved(found, content.get("multipart/form-data", {}).get("schema", {}))
    image = form.get("properties", {}).get("image", {})
    expect(
        set(content) == {"multipart/form-data"} and image.get("format") == "binary",
        did="Read the request of PUT /api/recipes/{slug}/image/ in /api/schema/",
        wanted="multipart/form-data, and nothing else, with a binary image",
        got=short(content),
        look=SCHEMA,
    )
    sent = operation(found, "/api/recipes/{slug}/rating/", "put")
    content = sent.get("requestBody", {}).get("content", {})
    body = resolved(found, content.get("application/json", {}).get("schema", {}))
    expect(
        list(body.get("properties", {})) == ["stars"]
        or "stars" in body.get("properties", {}),
        did="Read the request of PUT /api/recipes/{slug}/rating/ in /api/schema/",
        wanted="a body with stars",
        got=short(body),
        look=SCHEMA,
    )


@pytest.mark.parametrize(
    ("path", "method", "good"),
    [
        ("/api/recipes/", "post", "201"),
        ("/api/recipes/{slug}/", "put", "200"),
        ("/api/recipes/{slug}/", "patch", "200"),
        ("/api/recipes/{slug}/", "delete", "204"),
    ],
)
def test_refusals_are_told(visitor, path, method, good):
    """FR-23: a program has to know what may come back."""
    wanted = {good, "401", "403"}
    wanted |= {"404"} if "{slug}" in path else set()
    wanted |= {"400"} if method != "delete" else set()
    told = set(operation(document(visitor), path, method).get("responses", {}))
    missing = sorted(wanted - told)
    expect(
        not missing,
        did=f"Read the answers of {method.upper()} {path} in /api/schema/",
        wanted=", ".join(sorted(wanted)),
        got=f"without {', '.join(missing)}",
        look=SCHEMA,
    )


def test_too_many_is_told(visitor):
    """FR-23: 429 of the list."""
    told = operation(document(visitor), "/api/recipes/", "get").get("responses", {})
    expect(
        "429" in told,
        did="Read the answers of GET /api/recipes/ in /api/schema/",
        wanted="429 besides the good one",
        got=", ".join(told),
        look=SCHEMA,
    )


def test_the_document_is_made_without_a_warning(tmp_path):
    """FR-23: the command that a build would run."""
    command = ["spectacular", "--validate", "--fail-on-warn"]
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            *command,
            "--file",
            str(tmp_path / "schema.yaml"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    said = (done.stderr or done.stdout).strip().splitlines() or [""]
    expect(
        done.returncode == 0,
        did=f"Ran python manage.py {' '.join(command)}",
        wanted="exit code 0",
        got=f"exit code {done.returncode}: {short(said[-1])}; {short(said[0])}",
        look=SCHEMA,
    )


def test_the_page_comes_from_our_own_host(visitor):
    """NFR-3: scripts, styles and the icon from the sidecar."""
    path = url("api:docs", look="api/urls.py")
    expect(
        path == "/api/docs/",
        did="Looked up the URL api:docs",
        wanted="/api/docs/",
        got=path,
        look="api/urls.py",
    )
    page = visitor.get(path)
    page.expect_status(200, look="api/urls.py")
    found = [
        str(one.get("src") or one.get("href"))
        for one in page.soup.find_all(["script", "link", "img"])
        if one.get("src") or one.get("href")
    ]
    expect(
        found,
        did=page.did,
        wanted="a page with scripts and styles",
        got=f"none: {short(page.html, 80)}",
        look="api/urls.py",
    )
    for address in found:
        parts = urlsplit(urljoin(f"http://testserver{path}", address))
        if parts.scheme == "data":
            continue
        expect(
            parts.netloc == "testserver",
            did=page.did,
            wanted="everything from our own host",
            got=address,
            look="config/settings.py, SPECTACULAR_SETTINGS",
        )
        # What is no static file is a view's answer, such as a script of Swagger UI.
        static, _, name = parts.path.partition("/static/")
        asked = urlunsplit(("", "", parts.path, parts.query, ""))
        expect(
            (not static and name and finders.find(name))
            or visitor.get(asked).status == 200,
            did=f"Opened {parts.path}, which /api/docs/ loads",
            wanted="a file",
            got="there is none",
            look="config/settings.py, INSTALLED_APPS",
        )


def test_how_the_two_differ(root):
    """FR-23: the answers of the page."""
    file = root / "docs" / "openapi.md"
    did = "Read docs/openapi.md"
    expect(
        file.is_file(),
        did=did,
        wanted="the file",
        got="it is not there",
        look=file.name,
    )
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    words = " ".join(lines).split()
    expect(
        len(words) >= 80,
        did=did,
        wanted="eighty words or more besides the headings",
        got=f"{len(words)}",
        look="docs/openapi.md",
    )
    missing = [word for word in WORDS if word not in text]
    expect(
        not missing,
        did=did,
        wanted=f"an answer that names {', '.join(WORDS)}",
        got=f"without {', '.join(missing)}",
        look="docs/openapi.md",
    )
