"""What `make run` arranges before its first part starts: one run per state folder, port, key, environment."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shlex
import socket
from pathlib import Path
from typing import IO

from config.bootstrap import Refusal
from config.processes import end_orphan, started_at, wait_until

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ANYWHERE = {"0.0.0.0", "::", "[::]"}  # noqa: S104 - only compared with


def only_one(state: Path) -> IO[str]:
    """The lock of this state folder, held until we end (a killed holder loses it). Raises Refusal naming the other."""
    lock = (state / "run" / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise Refusal(f"it is already running here: {lock.read().strip() or state}") from None
    return lock


def recover(state: Path) -> None:
    """Ends what an earlier run left behind (normally nothing: the kernel told its parts to end with it)."""
    with contextlib.suppress(OSError, ValueError):
        rows = json.loads((state / "run" / "processes.json").read_text())
        wait_until(lambda: all(started_at(pid) != started for pid, started in rows), 8)
        for pid, started in rows:
            end_orphan(pid, started)


def listen(host: str, port: str) -> socket.socket:
    """The web server's socket, opened here so that a restarted web server keeps it. Raises Refusal."""
    if not port.isdigit() or not 0 < int(port) <= 65535:
        raise Refusal(f"PORT must be a number from 1 to 65535, not {port!r}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), int(port)))
    except OSError as error:
        listener.close()
        advice = (
            f"choose another one: make run PORT={int(port) % 65535 + 1}"
            if error.errno == errno.EADDRINUSE
            else error.strerror
        )
        raise Refusal(f"port {port} on {host} cannot be used ({advice})") from error
    listener.listen(512)
    return listener


def secret(state: Path) -> str:
    """The signing key of this state folder, made once and readable by its owner only."""
    path = state / "secret.key"
    if not path.exists():
        with open(os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        path.with_suffix(".new").replace(path)
    return path.read_text().strip()


def host_names(host: str) -> str:
    """Names under which browsers may call us: loopback, and this machine's own when HOST lets others in."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if host in ANYWHERE:
        names += [socket.gethostname(), socket.getfqdn()]
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address the way out has
            names.append(probe.getsockname()[0])
    elif host not in LOOPBACK:
        names.append(host)
    return ",".join(dict.fromkeys(names))


def environment(state: Path, host: str, address: str) -> dict[str, str]:
    """What the parts are told; anything the caller has set stays as it is."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "STATE_DIR": str(state),
        "SECRET_KEY": secret(state),
        "DEMO": "1",
        "ALLOWED_HOSTS": host_names(host),
        "SITE_URL": address.rstrip("/"),
        "TMPDIR": str(state / "tmp"),
        "TZ": "Asia/Shanghai",
    }
    return defaults | {name: value for name, value in os.environ.items() if value or name not in defaults}


def write_environment(state: Path, values: dict[str, str]) -> None:
    """``run/env``, for `make manage` while we run."""
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO", "STATE_DIR", "ALLOWED_HOSTS", "SITE_URL")
    with open(os.open(state / "run" / "env", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={shlex.quote(values[name])}\n" for name in names if name in values)
