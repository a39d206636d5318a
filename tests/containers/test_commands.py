"""The commands of the deployment section, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.containers.conftest import Built
from tests.containers.running import until
from tests.containers.stacks import (
    PASSWORD,
    Stack,
    Visitor,
    free_ports,
    on_a_server,
    stack,
)
from tools.containers.engine import Engine
from tools.services import free_port

# The certificate is the one for trying.
pytestmark = pytest.mark.filterwarnings(
    "ignore::urllib3.exceptions.InsecureRequestWarning"
)
ACCOUNT = ("--env", f"DJANGO_SUPERUSER_PASSWORD={PASSWORD}")
NAMED = ("--noinput", "--username", "ada", "--email", "ada@example.org")


@pytest.fixture
def finished(built: Built) -> Built:
    """The finished project: it is what section 11 tells how to deploy."""
    if built.cut == "first":
        pytest.skip("the section tells how the finished project is deployed")
    return built


def blocks(folder: Path) -> list[str]:
    """The blocks of commands in section 11 of a project's spec document."""
    spec = (folder / "SPEC.md").read_text(encoding="utf-8")
    section = re.search(r"(?ms)^## 11\. .*?(?=^## 12\. )", spec)
    assert section, "SPEC.md has no section 11"
    return re.findall(r"(?ms)^```\w*\n(.*?)^```$", section[0])


def block_with(folder: Path, text: str) -> str:
    """The block that holds a text; skips where the project has none."""
    found = [block for block in blocks(folder) if text in block]
    if not found:
        pytest.skip(f"section 11 has nothing with {text}")
    (block,) = found
    return block


def commands(folder: Path) -> list[str]:
    """The lines for Docker in the blocks of section 11; those for a server not."""
    lines = "".join(blocks(folder)).splitlines()
    return [line for line in lines if line.startswith("docker ")]


def answered(command: str) -> list[str]:
    """The words of a command for Compose, with what somebody would type at it.

    Nobody sits here, so a superuser's name and password are given ahead, nothing is
    followed until Ctrl-C, and a port is taken that is surely free.
    """
    docker, compose, *words = shlex.split(command)
    assert (docker, compose) == ("docker", "compose"), command
    words = [re.sub(r":8001:", f":{free_port()}:", word) for word in words]
    if words[0] == "logs":
        words.remove("--follow")
    if words[0] == "exec":
        words[1:1] = ["-T", *(ACCOUNT if "createsuperuser" in words else ())]
    if words[-1] == "createsuperuser":
        words += NAMED
    if words[0] == "up" and "--detach" not in words:
        words.append("--detach")
    return words


def test_they_work_in_their_order(finished: Built, engine: Engine) -> None:
    lines = commands(finished.folder)
    assert "docker compose up --build" in lines[0]
    ports = free_ports()
    with stack(engine, finished.folder, "compose.yaml", **ports) as found:
        for line in lines:
            words = answered(line)
            found.compose(*words)
            if words[0] == "up":
                found.wait()
        page = Visitor(f"http://127.0.0.1:{ports['WEB_PORT']}").open("/")
        assert page.status_code == 200


def typed(found: Stack, block: str, bin_: Path) -> None:
    """Types a block for a server into a shell, as root of a server of our own is."""
    sudo = bin_ / "sudo"
    compose = shlex.join([*found.engine.compose_command, "--file", found.file])
    # sudo docker compose …
    sudo.write_text(f'#!/bin/sh\nshift 2\nexec {compose} "$@"\n', encoding="utf-8")
    sudo.chmod(0o755)
    env = {**found.engine.env, **found.env, "PATH": f"{bin_}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-e", "-c", block],
        cwd=found.folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"


GROUPS = "from django.contrib.auth.models import Group; "


def write(found: Stack, name: str) -> None:
    """Puts something into the database."""
    found.shell(f"{GROUPS}Group.objects.create(name={name!r})")


def written(found: Stack) -> list[str]:
    """What has been put there."""
    names = "print(*Group.objects.values_list('name', flat=True))"
    return found.shell(GROUPS + names).split()


def test_a_backup_is_made_and_put_back(
    finished: Built, engine: Engine, tmp_path: Path
) -> None:
    """What came after it is gone, what was there before is there again."""
    backup = block_with(finished.folder, " pg_dump ")
    restore = block_with(finished.folder, " dropdb ")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    around = finished.folder.parent
    with stack(engine, finished.folder, "compose.yaml", **free_ports()) as found:
        found.compose("up", "--build", "--detach")
        found.wait()
        write(found, "before")
        found.web[0].run("sh", "-c", "echo kept > media/picture")
        typed(found, backup, bin_)
        write(found, "after")
        found.web[0].run("sh", "-c", "rm media/picture")
        files = sorted(around.glob("backup-*.sql")) + sorted(around.glob("media-*.gz"))
        assert all(file.stat().st_mode & 0o077 == 0 for file in files)
        # The commit and the names of the files are one's own.
        block = restore.replace("git switch --detach COMMIT\n", "")
        assert block != restore
        for file in files:
            kind, _, _ = file.name.partition("-")
            block = re.sub(rf"\.\./{kind}-\S+", f"../{file.name}", block)
        typed(found, block, bin_)
        found.wait()
        assert written(found) == ["before"]
        if "media" in backup:
            assert found.web[0].run("cat", "media/picture").strip() == "kept"
    for file in files:
        file.unlink()


def test_the_way_to_compose_prod_keeps_the_data(
    finished: Built, engine: Engine, tmp_path: Path
) -> None:
    """Of a project that is deployed by hand first; no process of before goes on."""
    block = block_with(finished.folder, " down --remove-orphans")
    wanted = "sudo docker compose "
    lines = [line for line in block.splitlines() if line.startswith(wanted)]
    assert len(lines) == 2, block
    with stack(engine, finished.folder, "compose.yaml", **free_ports()) as by_hand:
        by_hand.compose("up", "--build", "--detach")
        by_hand.wait()
        write(by_hand, "before")
        by_hand.compose("run", "--detach", "web")
        here = [web.id for web in by_hand.web]
        assert len(here) == 2
        env = on_a_server()
        with stack(engine, finished.folder, "compose.prod.yaml", **env) as found:
            typed(found, "\n".join(lines), tmp_path)
            found.wait(count=2)
            assert not {web.id for web in found.web} & set(here)
            assert written(found) == ["before"]
            https = Visitor(f"https://localhost:{env['HTTPS_PORT']}")
            until(lambda: https.open("/healthz/").ok, 30, lambda: found.logs("proxy"))


def test_certbot_s_hook_copies_the_renewed_certificate(
    finished: Built, engine: Engine, tmp_path: Path
) -> None:
    """Into the volume of nginx, and that of no other site on the same server."""
    block = block_with(finished.folder, "--deploy-hook")
    (hook,) = re.findall(r"--deploy-hook '([^']+)'", block)
    for site in ("another.example.org", "example.org"):
        (tmp_path / "archive" / site).mkdir(parents=True)
        (tmp_path / "live" / site).mkdir(parents=True)
        for name in ("fullchain", "privkey"):
            kept = tmp_path / f"archive/{site}/{name}1.pem"
            kept.write_text(f"{name} of {site}", encoding="utf-8")
            link = tmp_path / f"live/{site}/{name}.pem"
            link.symlink_to(f"../../archive/{site}/{name}1.pem")
    (volume,) = re.findall(r"--volume (\w+_certificates):", hook)
    ours = f"proof-{finished.project.slug}-hook"
    hook = hook.replace(volume, ours).replace("/etc/letsencrypt:", f"{tmp_path}:")
    env = engine.env | {"RENEWED_LINEAGE": f"{tmp_path}/live/example.org"}
    try:
        done = subprocess.run(
            ["sh", "-c", hook],
            env=env,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        look = ("run", "--rm", "--volume", f"{ours}:/to", "nginx:1.30")
        for name in ("fullchain", "privkey"):
            text = engine.docker(*look, "cat", f"/to/{name}.pem").stdout
            assert text == f"{name} of example.org"
    finally:
        engine.docker("volume", "rm", "--force", ours, check=False)


def test_nginx_takes_the_project_s_own_file(built: Built, engine: Engine) -> None:
    """Beside compose.prod.yaml a project may have the learner write one."""
    file = built.folder / "deploy/nginx.conf"
    if not file.exists():
        pytest.skip("the project has no file for nginx of its own")
    site = ("--volume", f"{file}:/etc/nginx/conf.d/site.conf:ro")
    told = engine.docker("run", "--rm", *site, "nginx:1.30", "nginx", "-t").stderr
    assert "test is successful" in told
    assert "warn" not in told
