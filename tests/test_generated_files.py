"""The files round a project, judged by the tools of their own field.

The representatives are baked at their first cut with awkward answers and at their
finished cut: all that the skeleton's templates can write is in one of these. Every
other project is baked at its finished cut, for what its own code brings. A tool judges
the content of a file, and the same content once only.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import editorconfig
import pytest
import yaml

from tests.queue_project import SERVICES
from tools.audit.actions import workflows
from tools.examples import representatives

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

ROOT = Path(__file__).resolve().parent.parent
SKELETON = ROOT / "{{cookiecutter.project_slug}}"
PROJECTS = sorted(spec.parent.name for spec in ROOT.glob("specs/*/spec.yaml"))
FIRST, FINISHED = "first", "finished"
# The made-up project that names every service of specs/services/.
QUEUE = "queue"

# What an answer may be and what must not break a file or run: quotes, a backslash, a
# line break, the braces of three languages, HTML, YAML's own signs, an emoji.
AWKWARD = {
    "project_name": (
        'Bob\'s "blog" \\ {{ 7 * 7 }} {% raw %} ${HOME} $(touch ran) `touch ran`\n'
        "- second: line # <b>&amp;</b> \U0001f98a"
    ),
    "author_name": 'O\'Neil "\\" \n\'\'\'""" {# #} <script>alert(1)</script> \u2028 é',
    "project_slug": "My_Blog--x_",
}

CI = ".github/workflows/ci.yml"
# What a bake holds of them is globbed: a task may write another one.
WORKFLOWS = ".github/workflows/*"
DEPENDABOT = ".github/dependabot.yml"
BINARY = b"\0"


def first_task(project: str) -> str:
    """The task that a learner starts with."""
    text = (ROOT / "specs" / project / "tasks.yaml").read_text(encoding="utf-8")
    return str(yaml.safe_load(text)["tasks"][0]["slug"])


BOTH_CUTS = [(slug, cut) for slug in representatives() for cut in (FIRST, FINISHED)]
REST = [(slug, FINISHED) for slug in PROJECTS if slug not in representatives()]


@pytest.fixture(params=[*BOTH_CUTS, (QUEUE, FINISHED)], ids="-".join)
def baked(request: pytest.FixtureRequest, bake: Callable[..., Path]) -> Path:
    """A representative at one of its cuts, for a test of the skeleton's files."""
    project, cut = request.param
    if project == QUEUE:
        return Path(request.getfixturevalue("queue"))
    return baked_at(bake, project, cut)


@pytest.fixture(params=[*BOTH_CUTS, *REST], ids="-".join)
def with_code(request: pytest.FixtureRequest, bake: Callable[..., Path]) -> Path:
    """Any project, for a test of files that a project's own code may bring as well."""
    return baked_at(bake, *request.param)


def baked_at(bake: Callable[..., Path], project: str, cut: str) -> Path:
    """A project at its first cut with awkward answers, or at its finished cut."""
    if cut == FINISHED:
        return bake(project=project, start_at="done")
    return bake(project=project, start_at=first_task(project), **AWKWARD)


@pytest.fixture(params=[*PROJECTS, QUEUE])
def finished(request: pytest.FixtureRequest, bake: Callable[..., Path]) -> Path:
    """A project at its finished cut."""
    if request.param == QUEUE:
        return Path(request.getfixturevalue("queue"))
    return bake(project=request.param, start_at="done")


# -------------------------------------------------------------------------- the tools


def tool(name: str) -> str:
    """The path of a program that a package of the suite has installed."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    assert found, f"{name} is not installed; `make test` installs it"
    return found


def run(*command: str | Path, cwd: Path) -> str:
    """Runs a tool that has to be content; gives back what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{Path(command[0]).name} in {cwd}:\n{output}"
    return output


@functools.cache
def verdict(command: tuple[str, ...], path: str, content: bytes) -> None:
    """Lets a tool judge one file, given under its own path in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        run(*command, path, cwd=Path(folder))


def judge(folder: Path, path: str, *command: str) -> None:
    """Lets a tool judge one file of a folder."""
    verdict((tool(command[0]), *command[1:]), path, (folder / path).read_bytes())


def schema(folder: Path, path: str, name: str) -> None:
    """Checks a file against a schema that comes with check-jsonschema."""
    judge(folder, path, "check-jsonschema", "--builtin-schema", f"vendor.{name}")


def zizmor(folder: Path, path: str) -> None:
    """Audits a file of GitHub's or pre-commit's, without the network."""
    config = str(ROOT / "tests/zizmor.yaml")
    options = (
        "--offline",
        "--persona=pedantic",
        "--no-progress",
        "--strict-collection",
    )
    judge(folder, path, "zizmor", "--config", config, *options)


def yamllint(folder: Path, path: str, *, prose: bool = False) -> None:
    """Lints a file with the configuration beside this test; prose of any length."""
    config = yamllint_config(prose=prose)
    judge(folder, path, "yamllint", "--strict", "--config-data", config)


def yamllint_config(*, prose: bool) -> str:
    """The configuration beside this test."""
    config = (ROOT / "tests/yamllint.yaml").read_text(encoding="utf-8")
    if prose:
        config = re.sub(r"line-length: .*", "line-length: disable", config)
    return config


def committed(folder: Path, *patterns: str) -> list[str]:
    """The files of a repository's commit, or those of them that match."""
    listed = run("git", "ls-files", "-z", "--", *patterns, cwd=folder)
    return [path for path in listed.split("\0") if path]


def texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every committed file that is text, with its content."""
    for path in committed(folder):
        content = (folder / path).read_bytes()
        if BINARY not in content:
            yield path, content


def load(folder: Path, path: str) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load((folder / path).read_text(encoding="utf-8"))


# ----------------------------------------------------------- GitHub: workflow, updates


def test_workflow(with_code: Path) -> None:
    """Each workflow meets GitHub's schema, and zizmor has nothing to say."""
    paths = committed(with_code, WORKFLOWS)
    assert CI in paths
    for path in paths:
        schema(with_code, path, "github-workflows")
        zizmor(with_code, path)


def test_workflows_start_the_images_of_the_services(finished: Path) -> None:
    """Tests run on the versions that the containers run on."""
    images = {service.slug: service.image for service in SERVICES.values()}
    for path in committed(finished, WORKFLOWS):
        for job in load(finished, path)["jobs"].values():
            for name, service in job.get("services", {}).items():
                assert service["image"] == images[name], path


def test_dependabot(baked: Path) -> None:
    """Dependabot's configuration meets its schema."""
    schema(baked, DEPENDABOT, "dependabot")
    zizmor(baked, DEPENDABOT)


def test_workflow_runs_what_the_promise_names(baked: Path) -> None:
    """Lint, format, both checks, migrations, tests on PostgreSQL, image, progress."""
    jobs = load(baked, CI)["jobs"]
    commands = " ; ".join(
        step["run"] for job in jobs.values() for step in job["steps"] if "run" in step
    )
    for command in (
        "ruff check .",
        "ruff format --check .",
        "manage.py check --fail-level WARNING",
        "manage.py check --deploy",
        "manage.py makemigrations --check",
        "python -m pytest",
        "docker build",
        "python path.py",
        "GITHUB_STEP_SUMMARY",
    ):
        assert command in commands, command
    tests = next(job for job in jobs.values() if "services" in job)
    assert tests["services"]["postgres"]["image"].startswith("postgres:")
    assert tests["env"]["DATABASE_URL"].startswith("postgres://")


# The template's own have a test of their own, in test_own_workflows.py.
BAKED = [file for file in workflows() if file.parent != (ROOT / CI).parent]


@pytest.mark.parametrize("file", BAKED, ids=lambda f: f"{f.parts[-5]}-{f.stem}")
def test_workflow_is_least_privileged(file: Path) -> None:
    """No right but to read the code, a time limit for each job, no credentials kept."""
    workflow = load(file.parent, file.name)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


PIN = re.compile(r"\s*- uses: ([\w-]+/[\w-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")


def test_actions_are_pinned_alike() -> None:
    """An action is named by its commit, with the tag beside it, the same everywhere."""
    pins: dict[str, set[tuple[str, str]]] = {}
    for file in workflows():
        for line in file.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                pin = PIN.fullmatch(line)
                assert pin, f"{file}: {line}"
                pins.setdefault(pin[1], set()).add((pin[2], pin[3]))
    assert pins
    assert all(len(versions) == 1 for versions in pins.values()), pins


# -------------------------------------------------------------------------- containers


def test_dockerfile(baked: Path) -> None:
    """hadolint is content; two stages, no root, a health check, a real server."""
    judge(baked, "Dockerfile", "hadolint")
    text = (baked / "Dockerfile").read_text(encoding="utf-8")
    instructions = re.sub(r"\\\n\s*", "", text).splitlines()
    starts = [line for line in instructions if line.startswith("FROM ")]
    assert len(starts) == 2
    last_stage = instructions[instructions.index(starts[-1]) :]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", "\n".join(last_stage), re.M)
    assert any(line.startswith("HEALTHCHECK ") for line in last_stage)
    command = json.loads(last_stage[-1].removeprefix("CMD "))
    assert command[0] in ("gunicorn", "sh"), "the list form, so that signals arrive"
    assert "runserver" not in text
    assert "collectstatic" in text


def test_health_check_is_a_program(baked: Path) -> None:
    """The one-line program of the health check compiles and asks the right address."""
    text = (baked / "Dockerfile").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if '"python", "-c"' in line)
    program = json.loads(line.strip().removeprefix("CMD "))[2]
    compile(program, "HEALTHCHECK", "exec")
    assert "/healthz/" in program


def test_dockerignore(baked: Path) -> None:
    """Neither secrets nor history nor tests are offered to the image."""
    lines = (baked / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"**/.env", ".git", "**/*.sqlite3*", "acceptance/", "**/tests/"} <= set(
        lines
    )


def test_compose(baked: Path) -> None:
    """The schema is met; what starts waits for what it needs; data has a volume."""
    schema(baked, "compose.yaml", "compose-spec")
    compose = load(baked, "compose.yaml")
    assert not {"version", "name"} & set(compose), "Compose 1 or 2 minds it"
    services = compose["services"]
    assert services["web"]["depends_on"] == {
        **services["web"]["depends_on"],
        "migrate": {"condition": "service_completed_successfully"},
        "database": {"condition": "service_healthy"},
    }
    assert services["migrate"]["depends_on"]["database"] == {
        "condition": "service_healthy"
    }
    assert "migrate" in services["migrate"]["command"]
    assert services["database"]["healthcheck"]["test"]
    for service in services.values():
        for mount in service.get("volumes", []):
            assert mount.split(":")[0] in compose["volumes"], "a volume with a name"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "reached from this machine only"
    for name, service in services.items():
        if service["image"] == services["web"]["image"]:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
    image = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*:local")
    assert image.fullmatch(services["web"]["image"])


def test_compose_asks_for_its_secrets(baked: Path) -> None:
    """No password or key stands in the file; a missing one is a sentence that helps."""
    text = (baked / "compose.yaml").read_text(encoding="utf-8")
    example = (baked / ".env.example").read_text(encoding="utf-8")
    asked = dict(re.findall(r"\$\{(\w+):\?([^}]+)\}", text))
    assert set(asked) == {"SECRET_KEY", "POSTGRES_PASSWORD"}
    for name, sentence in asked.items():
        assert ".env.example" in sentence
        assert re.search(rf"^{name}=$", example, re.M), f"{name} in .env.example, empty"
    for line in text.splitlines():
        if re.search(r"PASSWORD|SECRET_KEY|postgres://", line):
            assert "${" in line, line


def test_compose_for_a_server(baked: Path) -> None:
    """Only nginx is reached from outside; no secret stands in the file."""
    schema(baked, "compose.prod.yaml", "compose-spec")
    compose = load(baked, "compose.prod.yaml")
    assert not {"version", "name"} & set(compose), "Compose 1 or 2 minds it"
    services = compose["services"]
    assert [name for name, s in services.items() if "ports" in s] == ["proxy"]
    assert compose["networks"]["back"] == {"internal": True}
    assert services["database"]["networks"] == ["back"]
    assert services["proxy"]["networks"] == ["front"]
    own = {n for n, s in services.items() if s["image"] == services["web"]["image"]}
    assert {"web", "migrate"} <= own
    for name in own | {"proxy"}:
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
    for name in set(services) - own - {"proxy", "certificate"}:
        assert services[name]["networks"] == ["back"], name
    text = (baked / "compose.prod.yaml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.search(r"PASSWORD|SECRET_KEY|postgres://", line.partition("#")[0]):
            assert "${" in line, line
    mounts = [mount.split(":") for s in services.values() for mount in s["volumes"]]
    for source, *_ in mounts:
        here = source in compose["volumes"] or (baked / source).is_file()
        assert here, f"{source} is neither a volume nor a file"


@pytest.mark.parametrize("name", ["compose.yaml", "compose.prod.yaml"])
def test_podman_compose_reads(
    baked: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads, and no more: what it would start has not been seen to run.

    Both generations of Docker's own start the stacks, in tests/containers.
    """
    stub = tmp_path / "podman"  # It is asked for its version.
    stub.write_text("#!/bin/sh\necho podman version 5.4.0\n", encoding="utf-8")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    given = {
        "SITE_HOST": "example.org",
        "EMAIL_URL": "smtp://mail.example.org",
        "DEFAULT_FROM_EMAIL": "kitchen@example.org",
    }
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    said = run(tool("podman-compose"), "--file", name, "config", cwd=baked)
    found = yaml.safe_load(said)["services"]
    asked = load(baked, name)["services"]
    assert {key: set(one) for key, one in found.items()} == {
        key: set(one) for key, one in asked.items()
    }
    assert "${" not in str(found), "a variable was not filled in"
    env = (baked / ".env").read_text(encoding="utf-8")
    key = found["web"]["environment"]["SECRET_KEY"]
    assert f"SECRET_KEY={key}\n" in env


@pytest.mark.parametrize("name", ["compose.yaml", "compose.prod.yaml"])
def test_compose_builds_its_image_once(baked: Path, name: str) -> None:
    """By the service that runs first: two builds under one name get in their way."""
    services = load(baked, name)["services"]
    assert [key for key, one in services.items() if "build" in one] == ["migrate"]
    assert services["web"]["image"] == services["migrate"]["image"]
    assert "migrate" in services["web"]["depends_on"]


def test_compose_profiles(baked: Path) -> None:
    """`up` starts all, the profile services what runserver can use."""
    services = load(baked, "compose.yaml")["services"]
    assert all("app" in service["profiles"] for service in services.values())
    chosen = {n for n, s in services.items() if "services" in s["profiles"]}
    own = services["web"]["image"]
    assert chosen == {n for n, s in services.items() if s["image"] != own}
    env = (baked / ".env").read_text(encoding="utf-8")
    assert re.search(r"^COMPOSE_PROFILES=app$", env, re.M)


def test_settings_read_what_containers_and_workflow_set(finished: Path) -> None:
    """A variable that nobody reads would be a promise that nobody keeps."""
    settings = "\n".join(
        file.read_text(encoding="utf-8") for file in (finished / "config").rglob("*.py")
    )
    given = set(load(finished, "compose.yaml")["services"]["web"]["environment"])
    given |= set(load(finished, "compose.prod.yaml")["services"]["web"]["environment"])
    for path in committed(finished, WORKFLOWS):
        for job in load(finished, path)["jobs"].values():
            given |= set(job.get("env", {}))
    example = (finished / ".env.example").read_text(encoding="utf-8")
    given |= set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.M))
    given -= {"POSTGRES_PASSWORD", "COMPOSE_PROFILES"}  # Compose reads these itself.
    unread = {name for name in given if f'"{name}"' not in settings}
    assert not unread, f"named but not read by the settings: {unread}"


# ----------------------------------------------------------------- formatters, linters


def test_yaml(with_code: Path) -> None:
    """yamllint is content with every YAML file."""
    paths = committed(with_code, "*.yaml", "*.yml")
    ours = {CI, DEPENDABOT, "compose.yaml", "compose.prod.yaml"}
    assert ours | {".pre-commit-config.yaml"} <= set(paths)
    for path in paths:
        yamllint(with_code, path)


def test_json_and_toml(with_code: Path) -> None:
    """Every JSON and TOML file can be read by a strict reader."""
    for path in committed(with_code, "*.json"):
        json.loads((with_code / path).read_text(encoding="utf-8"))
    for path in committed(with_code, "*.toml"):
        tomllib.loads((with_code / path).read_text(encoding="utf-8"))


def test_python(baked: Path) -> None:
    """ruff is content, by the rules that the learner gets."""
    run(tool("ruff"), "check", "--no-cache", ".", cwd=baked)
    run(tool("ruff"), "format", "--check", "--no-cache", ".", cwd=baked)


def test_templates(with_code: Path) -> None:
    """djade and djlint are content with every template."""
    templates = committed(with_code, "*templates/*.html")
    if not templates:
        pytest.skip("no template yet")
    release = ".".join(pins(with_code)["django"].split(".")[:2])
    run(
        tool("djade"), "--check", "--target-version", release, *templates, cwd=with_code
    )
    djlint = [tool("djlint"), "--lint", "--quiet", "--profile", "django"]
    # No search engine reads a mail or keeps an error, so they need no description.
    unlisted = re.compile(r"/mail/|(^|/)500\.html$")
    run(*djlint, *(p for p in templates if not unlisted.search(p)), cwd=with_code)
    if pages := [path for path in templates if unlisted.search(path)]:
        run(*djlint, "--ignore", "H030,H031", *pages, cwd=with_code)


def pins(folder: Path) -> dict[str, str]:
    """The versions of a bake's requirements."""
    text = (folder / "requirements.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, re.M)
    return {name.lower(): version for name, version in found}


def test_versions_are_those_of_the_pins(with_code: Path) -> None:
    """Hooks and CI use the linters and the Django that requirements.txt names."""
    pinned = pins(with_code)
    release = ".".join(pinned["django"].split(".")[:2])
    hooks = (with_code / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for name, version in re.findall(r"\[(\w+)==([\w.]+)\]", hooks):
        assert pinned[name] == version, f"{name} in .pre-commit-config.yaml"
    paths = committed(with_code, WORKFLOWS)
    said = "".join((with_code / path).read_text(encoding="utf-8") for path in paths)
    targets = re.findall(r"--target-version (\S+)", hooks + said)
    assert targets
    assert set(targets) == {release}
    pythons = re.findall(r"python-version: (\S+)", said)
    assert len(set(pythons)) == 1, "the workflows run on one Python"


def test_pre_commit(baked: Path) -> None:
    """Every hook has what pre-commit needs, at a version that stays."""
    repositories = load(baked, ".pre-commit-config.yaml")["repos"]
    for repository in repositories:
        if repository["repo"] == "local":
            keys = {"id", "name", "language", "entry", "additional_dependencies"}
            assert all(keys <= set(hook) for hook in repository["hooks"])
        else:
            assert re.fullmatch(r"v?\d+\.\d+\.\d+", repository["rev"])
    zizmor(baked, ".pre-commit-config.yaml")


# ---------------------------------------------------------------------- editors, texts


def test_vs_code(baked: Path) -> None:
    """The tasks start files that exist; editor and container recommend the same."""
    tasks = load(baked, ".vscode/tasks.json")["tasks"]
    for task in tasks:
        script = task["args"][0]
        assert script == "-m" or (baked / script).is_file()
    started = {task["detail"] for task in tasks}
    assert {"python manage.py runserver", "python path.py check"} <= started
    container = load(baked, ".devcontainer/devcontainer.json")
    recommended = load(baked, ".vscode/extensions.json")["recommendations"]
    assert container["customizations"]["vscode"]["extensions"] == recommended
    assert container["forwardPorts"] == [8000]


def check_texts(folder: Path, but: str = " ") -> None:
    """Reads every text of a repository against its own .editorconfig.

    Args:
        but: a folder in it that is left out.
    """
    for path, content in texts(folder):
        if path.startswith(but):
            continue
        rules = editorconfig.get_properties(str(folder / path))
        if rules.get("charset") != "utf-8":
            continue
        lines = content.decode("utf-8").split("\n")
        assert not content.startswith(b"\xef\xbb\xbf"), f"{path}: a byte order mark"
        assert b"\r" not in content, f"{path}: CR"
        assert rules["end_of_line"] == "lf"
        assert rules["insert_final_newline"] == "true"
        if content:
            assert lines[-1] == "", f"{path}: no line break at the end"
            assert len(lines) == 2 or lines[-2] != "", (
                f"{path}: an empty line at the end"
            )
        for number, line in enumerate(lines, 1):
            where = f"{path}:{number}"
            if rules["trim_trailing_whitespace"] == "true":
                assert line == line.rstrip(" \t"), f"{where}: white space at the end"
            if rules["indent_style"] == "space":
                assert not line.startswith("\t"), f"{where}: a tab"


def test_texts(with_code: Path) -> None:
    """UTF-8, LF, one line break at the end, .editorconfig honoured."""
    check_texts(with_code)


# --------------------------------------------------------------------------------- Git


def test_nothing_is_left_over(with_code: Path) -> None:
    """All that is not ignored is committed, and nothing committed is ignored."""
    assert run("git", "status", "--porcelain", cwd=with_code) == ""
    ignored = run("git", "ls-files", "-ci", "--exclude-standard", cwd=with_code)
    assert ignored == ""
    assert not list(with_code.rglob("ran")), "an answer was run"


def test_gitignore(baked: Path) -> None:
    """Secrets, data and what tools leave behind stay out; what belongs in, stays in."""

    def is_ignored(path: str) -> bool:
        asked = ["git", "check-ignore", "--quiet", "--no-index", "--", path]
        return subprocess.run(asked, cwd=baked, check=False).returncode == 0

    for path in (
        ".env",
        ".env.production",
        "db.sqlite3",
        "db.sqlite3-journal",
        "media/photo.jpg",
        "staticfiles/staticfiles.json",
        "config/__pycache__/settings.cpython-313.pyc",
        ".venv/bin/python",
        "venv/pyvenv.cfg",
        ".pytest_cache/README.md",
        ".ruff_cache/x",
        ".coverage",
        "htmlcov/index.html",
        ".path/lock",
        ".path/hints-seen.json",
        ".path/imported-0123456789abcdef.txt",
        ".vscode/launch.json",
        "deploy/server.key",
    ):
        assert is_ignored(path), f"{path} would be committed"
    for path in (
        ".env.example",
        ".vscode/settings.json",
        ".vscode/tasks.json",
        ".path/hints.pack",
        "requirements.txt",
        "config/settings.py",
        "static/media/logo.svg",
        "app/migrations/0001_initial.py",
        "templates/media/list.html",
    ):
        assert not is_ignored(path), f"{path} would never be committed"


def test_gitattributes(baked: Path) -> None:
    """Texts have LF on every system; packs are left alone."""

    def attribute(name: str, path: str) -> str:
        return (
            run("git", "check-attr", name, "--", path, cwd=baked)
            .split(": ")[-1]
            .strip()
        )

    assert attribute("eol", "manage.py") == "lf"
    assert attribute("text", "manage.py") == "auto"
    for path in (".path/hints.pack", "static/logo.png"):
        assert attribute("text", path) == "unset"
        assert attribute("diff", path) == "unset"


def test_github_counts_the_learners_code_alone(baked: Path) -> None:
    """What came with the bake and is the tool's own counts as generated."""
    listed = run("git", "ls-files", cwd=baked).split("\n")[:-1]
    told = run("git", "check-attr", "linguist-generated", "--", *listed, cwd=baked)
    generated = {
        line.removesuffix(": linguist-generated: set")
        for line in told.splitlines()
        if line.endswith(": set")
    }
    ours = {
        path
        for path in listed
        if path.startswith((".path/", "acceptance/"))
        or path in ("path.py", "conftest.py")
    }
    assert {".path/hints.pack", "acceptance/support.py", "path.py"} <= ours
    assert generated == ours


# The password of the demo accounts is public, and its name says so.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|AKIA[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{36}"
    r"|sk_live_\w{16}"
    r"|django-insecure-"
    r"|(?:SECRET_KEY|PASSWORD|TOKEN)\s*=\s*[\"'](?!demo-)[A-Za-z0-9+/_!@#$%^&*()=-]{16,}[\"']"
)


def test_no_secret_is_committed(with_code: Path) -> None:
    """The key of .env is this bake's own and stands nowhere else."""
    env = dict(
        line.split("=", 1)
        for line in (with_code / ".env").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    assert len(env["SECRET_KEY"]) >= 50
    assert len(env["POSTGRES_PASSWORD"]) >= 20
    assert re.fullmatch(r"[A-Za-z0-9_-]+", env["SECRET_KEY"] + env["POSTGRES_PASSWORD"])
    for path, content in texts(with_code):
        text = content.decode("utf-8")
        assert env["SECRET_KEY"] not in text, path
        assert env["POSTGRES_PASSWORD"] not in text, path
        assert not (found := SECRETS.search(text)), (
            f"{path}: {found[0] if found else ''}"
        )


def test_keys_differ(bake: Callable[..., Path]) -> None:
    """Two bakes have two keys."""
    one, other = (bake(start_at="done", author_name=name) for name in ("One", "Other"))
    assert (one / ".env").read_bytes() != (other / ".env").read_bytes()


# ----------------------------------------------------------- the template's own files


def test_own_workflow() -> None:
    """The template's workflow and updates are held to the same measure."""
    schema(ROOT, CI, "github-workflows")
    schema(ROOT, DEPENDABOT, "dependabot")
    zizmor(ROOT, CI)
    zizmor(ROOT, DEPENDABOT)


def test_own_yaml() -> None:
    """yamllint is content with the template's own YAML."""
    paths = committed(ROOT, "*.yaml", "*.yml")
    ours = [path for path in paths if not path.startswith(SKELETON.name)]
    # Specs and trials are prose and code, with line lengths of their own.
    prose = [path for path in ours if path.startswith("specs/")]
    for group in (prose, sorted(set(ours) - set(prose))):
        config = yamllint_config(prose=group is prose)
        command = [tool("yamllint"), "--strict", "--config-data", config]
        run(*command, *group, cwd=ROOT)


def test_own_texts() -> None:
    """The template keeps to its own .editorconfig; its skeleton is judged baked."""
    check_texts(ROOT, but=SKELETON.name)


def test_own_workflow_calls_targets_that_exist() -> None:
    """What the workflow leaves to make is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for job in load(ROOT, CI)["jobs"].values():
        for step in job["steps"]:
            for line in step.get("run", "").splitlines():
                words = (
                    shlex.split(line, comments=True) if line.startswith("make ") else []
                )
                for target in words[1:]:
                    assert re.search(rf"^{re.escape(target)}:", makefile, re.M), target
