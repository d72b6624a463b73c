"""`make run` from nothing: a copy of the checkout without virtualenv, as root and as an ordinary user."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from config.bootstrap import CHECKOUT
from tests.run.conftest import Product, bare_environment, free_port

NOT_COPIED = shutil.ignore_patterns(
    ".git",
    ".venv",
    "var",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
)
pytestmark = [
    pytest.mark.proof,
    pytest.mark.full,
    pytest.mark.skipif(shutil.which("make") is None, reason="no make here"),
]


def system_python() -> str:
    """A Python every account may run; skips where the only one lies in a closed home."""
    for python in filter(os.path.exists, ("/usr/bin/python3.11", "/usr/local/bin/python3.11", sys.executable)):
        complete = [python, "-c", "import ensurepip, venv"]
        if (
            os.path.realpath(python).startswith("/usr")
            and subprocess.run(complete, capture_output=True).returncode == 0
        ):
            return python
    pytest.skip("no Python 3.11 with venv outside a home folder")


def become(name: str) -> Callable[[], None] | None:
    """For the child of a root: drop to that account. None when there is nothing to drop."""
    if name == "root":
        return None
    account = pwd.getpwnam(name)

    def drop() -> None:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)

    return drop


@pytest.mark.parametrize("account", ["root", "nobody"])
def test_a_fresh_checkout_runs_with_one_command(account: str, state: Path) -> None:
    """Everything lies in the checkout afterwards; the second start keeps the data and is short."""
    if os.geteuid() != 0:
        pytest.skip("only root can start it as another account")
    home = state / "home"  # 0700, as /root and Debian's homes are
    checkout = home / "c"
    shutil.copytree(CHECKOUT, checkout, ignore=NOT_COPIED)
    home.chmod(0o700)
    if account != "root":
        owner = pwd.getpwnam(account)
        for path in (home, *home.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    before = {path for path in home.rglob("*") if path != checkout}

    product = Product(checkout / "var", free_port(), ["make", "run", f"PYTHON={system_python()}"], cwd=checkout)
    product.environment = {
        "HOME": str(home),
        "STATE_DIR": "",
        "TMPDIR": "/nonexistent",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    product.before_start = become(account)
    product.output = state / "output.txt"
    begun = time.monotonic()
    product.start().ready(900)
    first = time.monotonic() - begun
    try:
        assert re.search(r"\[ *\d+/\d+\] ", product.text), "no progress was shown"
        assert urllib.request.urlopen(f"http://127.0.0.1:{product.port}/healthz").status == 200
        with contextlib.suppress(subprocess.TimeoutExpired):
            product.end(signal.SIGTERM)
        begun = time.monotonic()
        product.start().ready(60)
        second = time.monotonic() - begun
    finally:
        product.end(signal.SIGTERM)
    sys.stderr.write(f"{account}: first start {first:.0f} s, second {second:.1f} s\n")
    assert home.stat().st_mode & 0o777 == 0o700
    new = {path.relative_to(home).parts[:2] for path in home.rglob("*")} - {
        p.relative_to(home).parts[:2] for p in before
    }
    assert {parts[1] for parts in new if len(parts) > 1} <= {".venv", "var"}
    assert {path.name for path in home.iterdir()} == {"c"}, "something was written into the home folder"


def test_without_make_options_nothing_is_exported_to_the_network() -> None:
    done = subprocess.run(["make", "-n", "run"], cwd=CHECKOUT, env=bare_environment(), capture_output=True, text=True)
    assert "0.0.0.0" not in done.stdout
