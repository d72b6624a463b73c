"""The first step of every command: one clear line where it cannot work, nothing to do where nothing changed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap
from config.bootstrap import CHECKOUT, Refusal
from tests.run.conftest import bare_environment


@pytest.fixture
def checkout(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one requirements file and no virtualenv."""
    (state / "requirements.txt").write_text("nothing==1.0 --hash=sha256:00\n")
    monkeypatch.setattr(bootstrap, "CHECKOUT", state)
    monkeypatch.setattr(bootstrap, "VENV", state / ".venv")
    monkeypatch.setattr(bootstrap, "STATE", state / "var")
    return state


def test_a_python_that_is_too_old_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(Refusal, match=r"Python 3\.11 to 3\.13 is needed"):
        bootstrap.prepare("requirements.txt")


def test_the_first_step_is_readable_by_an_older_python() -> None:
    """Its own message must not be a SyntaxError: nothing newer than Python 3.8's grammar."""
    import ast  # noqa: PLC0415

    ast.parse((CHECKOUT / "config" / "bootstrap.py").read_text(), feature_version=(3, 8))


def test_a_missing_venv_module_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(Refusal, match="apt-get install python3-venv"):
        bootstrap.prepare("requirements.txt")


def test_a_full_disk_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 9_000_000}))
    with pytest.raises(Refusal, match="9 MB free, 1000 MB needed"):
        bootstrap.prepare("requirements.txt")


@pytest.mark.parametrize("found", [("Linux", "riscv64"), ("Darwin", "arm64"), ("Windows", "AMD64")])
def test_a_platform_without_bundled_servers_is_named(
    found: tuple[str, str], checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setattr("platform.system", lambda: found[0])
    monkeypatch.setattr("platform.machine", lambda: found[1])
    with pytest.raises(Refusal, match="set DATABASE_URL and REDIS_URL"):
        bootstrap.prepare("requirements.txt")


def test_any_platform_will_do_with_servers_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://h/n")
    monkeypatch.setenv("REDIS_URL", "redis://h")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    bootstrap.check_platform()


def test_nothing_is_installed_when_nothing_changed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    stamp = {"requirements.txt": bootstrap.digest("requirements.txt")}
    (checkout / ".venv" / "installed.json").write_text(json.dumps(stamp))
    monkeypatch.setattr(bootstrap, "install", lambda name: pytest.fail("installed again"))
    bootstrap.prepare("requirements.txt")


def test_a_changed_requirements_file_is_installed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(bootstrap, "make_venv", lambda: (checkout / ".venv").mkdir())
    monkeypatch.setattr(bootstrap, "install", seen.append)
    bootstrap.prepare("requirements.txt")
    assert seen == ["requirements.txt"]
    assert bootstrap.installed() == {"requirements.txt": bootstrap.digest("requirements.txt")}


def test_an_interrupted_installation_leaves_no_mark_of_success(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "make_venv", lambda: (checkout / ".venv").mkdir())
    monkeypatch.setattr(bootstrap, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.prepare("requirements.txt")
    assert bootstrap.installed() == {}


def test_a_failing_start_is_one_line_and_no_traceback(state: Path) -> None:
    """The whole program, as make calls it: here the state folder cannot be made."""
    done = subprocess.run(
        [sys.executable, "-I", str(CHECKOUT / "config" / "bootstrap.py"), "requirements.txt"],
        env=bare_environment(STATE_DIR="/proc/nothing"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["cannot start: No such file or directory: /proc/nothing"]


def test_every_requirement_is_pinned_and_hashed() -> None:
    for name in ("requirements.txt", "requirements/dev.txt"):
        blocks = (CHECKOUT / name).read_text().replace("\\\n", " ").splitlines()
        lines = [line for line in blocks if line.strip() and not line.lstrip().startswith("#")]
        assert lines
        assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == [], name


def test_what_tests_use_is_what_runs() -> None:
    """requirements/dev.txt holds every line of requirements.txt in the same version."""

    def pins(name: str) -> set[str]:
        return {line.split()[0] for line in (CHECKOUT / name).read_text().splitlines() if "==" in line}

    assert pins("requirements.txt") <= pins("requirements/dev.txt")


def test_make_help_lists_the_commands() -> None:
    if shutil.which("make") is None:
        pytest.skip("no make here")
    done = subprocess.run(["make", "help"], cwd=CHECKOUT, env=bare_environment(), capture_output=True, text=True)
    for command in ("run", "test", "lint", "proof", "bench", "lock", "clean"):
        assert f"make {command} " in done.stdout
