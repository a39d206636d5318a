"""coverage-and-ci: coverage has a floor, and CI measures it on PostgreSQL and Redis."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest
import yaml
from coverage import Coverage

from acceptance.own import SECONDS
from acceptance.own_tests import ALONE
from acceptance.support import ROOT, expect, fail, patience, told

CONFIG = (
    "pyproject.toml, [tool.coverage.report] and [tool.coverage.run], or .coveragerc"
)
FLOWS = ".github/workflows"
COMMANDS = {
    "run": "coverage run -m pytest tests",
    "report": "coverage report",
    "json": "coverage json",
}
CALLS = re.compile(
    r"(?:^|[\s;&|(])(?:\S*/)?coverage3?\s+(?:run|report|xml|html|json|lcov)\b|--cov\b"
    r"|-m\s+coverage\b",
    re.MULTILINE,
)


# ---------------------------------------------------------------------------- settings


@pytest.fixture
def option(monkeypatch):
    """A function that reads one of coverage's settings, as coverage reads it."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("COVERAGE_RCFILE", raising=False)

    def read(name):
        __tracebackhide__ = True
        try:
            return Coverage(data_file=None).get_option(name)
        except Exception as error:
            fail(
                did="Read the configuration of coverage",
                wanted="one that coverage understands",
                got=told(error),
                look=CONFIG,
            )

    return read


def has_floor(option):
    __tracebackhide__ = True
    found = option("report:fail_under")
    expect(
        isinstance(found, (int, float)) and found >= 85,
        did="Read fail_under in the configuration of coverage",
        wanted="85 or more (NFR-6: the number cannot sink unnoticed)",
        got=f"{found:g}, which is no floor" if not found else f"{found:g}",
        look=CONFIG,
    )


def test_coverage_has_a_floor(option):
    """NFR-6: the report fails below it."""
    has_floor(option)


def test_branches_count(option):
    """NFR-6: an if is covered when it went both ways."""
    has_floor(option)
    found = option("run:branch")
    expect(
        found is True,
        did="Read branch in the configuration of coverage",
        wanted="true",
        got=f"{found}",
        look=CONFIG,
    )


# --------------------------------------------------------------------------- one run


def environment(folder):
    """The variables of a run: a database of its own, no Redis, none of ours."""
    ours = ("PATH_", "PYTEST_", "REDIS_URL", "COVERAGE_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    if (ROOT / ".env").exists():
        env["REDIS_URL"] = ""  # what stands in .env must not decide this
    return env | {
        "COVERAGE_FILE": str(folder / "coverage-data"),
        "DATABASE_URL": f"sqlite:///{(folder / 'tests').as_posix()}.sqlite3",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }


@cache
def ran():
    """{command: (exit code, output)}, and the measured files; run once."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        env = environment(folder)
        report = folder / "coverage.json"
        arguments = {
            "run": ["run", "-m", "pytest", "tests", *ALONE],
            "report": ["report"],
            # Which files are measured does not depend on how much of them ran.
            "json": ["json", "--fail-under=0", "-q", "-o", str(report)],
        }
        seconds = patience(SECONDS)
        end = time.monotonic() + seconds
        for name, words in arguments.items():
            try:
                done = subprocess.run(
                    [sys.executable, "-m", "coverage", *words],
                    cwd=ROOT,
                    env=env,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    timeout=max(end - time.monotonic(), 1),
                    check=False,
                )
                found[name] = done.returncode, done.stdout.strip()
            except subprocess.TimeoutExpired:
                found[name] = 1, f"still running after {seconds:g} seconds"
        text = report.read_text("utf-8") if report.exists() else "{}"
        files = [name.replace("\\", "/") for name in json.loads(text).get("files", {})]
    return found, files


@pytest.mark.parametrize("name", ["run", "report"])
def test_the_tests_reach_the_floor(option, name):
    """NFR-6: the learner's own tests pass, and reach the floor."""
    has_floor(option)
    found, _ = ran()
    code, output = found[name]
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    bad = [line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))]
    expect(
        code == 0,
        did=f"Ran {COMMANDS[name]}",
        wanted="exit code 0"
        + (": the floor is reached (NFR-6)" if name == "report" else ""),
        got=f"exit code {code}: " + "; ".join((bad or lines[-1:])[:3])[:400],
        look="tests/",
    )


def test_what_is_measured(option):
    """NFR-6: the code of the chat, not the tests themselves."""
    has_floor(option)
    _, files = ran()
    for app, count in (("chat", 5), ("notifications", 1)):
        own_files = [name for name in files if name.startswith(f"{app}/")]
        expect(
            len(own_files) >= count,
            did=f"Ran {COMMANDS['run']}, then {COMMANDS['json']}",
            wanted=f"{count} files of {app}/ or more in the report",
            got=", ".join(own_files) or f"no file of {app}/",
            look=f"{CONFIG}: source, omit",
        )
    tests = [name for name in files if name.startswith(("tests/", "acceptance/"))]
    expect(
        not tests,
        did=f"Ran {COMMANDS['run']}, then {COMMANDS['json']}",
        wanted="no file of tests/ or acceptance/: they run by themselves",
        got=", ".join(tests[:4]),
        look=f"{CONFIG}: omit",
    )


# --------------------------------------------------------------------------- workflows


def workflows():
    """{file: what it says} of every workflow, or a sentence."""
    __tracebackhide__ = True
    files = sorted((ROOT / FLOWS).glob("*.y*ml"))
    expect(
        files,
        did=f"Looked into {FLOWS}/",
        wanted="a workflow",
        got="there is none",
        look=f"{FLOWS}/",
    )
    found = {}
    for file in files:
        name = f"{FLOWS}/{file.name}"
        try:
            data = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            fail(
                did=f"Read {name}",
                wanted="valid YAML",
                got=" ".join(str(error).split())[:300],
                look=name,
            )
        found[name] = data if isinstance(data, dict) else {}
    return found


def mapping(value):
    return value if isinstance(value, dict) else {}


def jobs_of(data):
    return {name: mapping(job) for name, job in mapping(data.get("jobs")).items()}


def steps_of(job):
    steps = job.get("steps")
    return [mapping(step) for step in steps] if isinstance(steps, list) else []


def images_of(job):
    """The images of a job's services: a mapping with an image, or its name alone."""
    found = mapping(job.get("services")).values()
    return [str(mapping(one).get("image", one)) for one in found]


def measures(job):
    return any(CALLS.search(str(step.get("run", ""))) for step in steps_of(job))


def test_the_given_workflow_is_there():
    """NFR-12: linters and all tests go on running at every push."""
    name = f"{FLOWS}/ci.yml"
    expect(
        jobs_of(workflows().get(name, {})),
        did=f"Looked for {name}",
        wanted="the given workflow, with its jobs",
        got="it is not there" if name not in workflows() else "it has no jobs",
        look=name,
    )


def test_ci_measures_with_both_services():
    """NFR-12: one job has PostgreSQL, Redis, their addresses, and runs coverage."""
    best, missing = "", ["a job whose step runs coverage, or pytest with --cov"]
    for name, data in workflows().items():
        for title, job in jobs_of(data).items():
            if not measures(job):
                continue
            images = images_of(job)
            variables = set(mapping(data.get("env"))) | set(mapping(job.get("env")))
            for step in steps_of(job):
                variables |= set(mapping(step.get("env")))
            lacks = [
                f"a service with an image {image}"
                for image in ("postgres", "redis")
                if not any(one.startswith(image) for one in images)
            ]
            lacks += [
                f"{variable} in its environment"
                for variable in ("DATABASE_URL", "REDIS_URL")
                if variable not in variables
            ]
            if not best or len(lacks) < len(missing):
                best, missing = f"the job {title} of {name}", lacks
    expect(
        not missing,
        did=f"Read the workflows in {FLOWS}/",
        wanted="a job with PostgreSQL and Redis as services, DATABASE_URL, REDIS_URL, "
        "and a step that runs coverage (NFR-12)",
        got=f"{best} lacks {' and '.join(missing)}"
        if best
        else f"there is none: missing is {missing[0]}"
        if missing
        else "",
        look=f"{FLOWS}/coverage.yml, or ci.yml",
    )
