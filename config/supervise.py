"""The foreground process behind `make run`: starts every part, merges their logs, restarts what dies, stops all.

    postgres, valkey (unless DATABASE_URL / REDIS_URL name others) → prepare once → web, worker, beat, sweeper, sender

One thread, one loop. Children live in process groups of their own, so Ctrl-C reaches only this process, which then
stops them in order. Killed itself with -9, its children are signalled by the kernel; what survives is ended by the
next start, which finds it in ``run/processes.json``.
"""

import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from config.bootstrap import CHECKOUT, SPACE_TO_RUN, STATE, Refusal, check_platform, check_space, make_state
from config.children import Child, Console, one_shot
from config.embedded import Postgres, Valkey
from config.processes import die_with_parent, started_at
from config.startup import ANYWHERE, environment, listen, only_one, recover, write_environment

DEFAULT_PORT = "8000"
PATIENCE = 180  # seconds a part may take to answer on a busy machine


class Stopped(Exception):
    """Somebody asked us to end."""


class Supervisor:
    """All parts of one run. ``stopping`` is set by a signal and looked at in every turn of the loop."""

    def __init__(self, state: Path, listener: socket.socket, address: str) -> None:
        self.state = state
        self.listener = listener
        self.address = address
        self.console = Console()
        self.children: list[Child] = []
        self.stopping = False
        self.environment = dict(os.environ)

    def ask_to_stop(self, number: int, _frame: object) -> None:
        if self.stopping:  # the second Ctrl-C: at once
            for child in self.children:
                child.kill()
        self.stopping = True

    def turn(self) -> None:
        """A quarter of a second of the loop: show logs, restart what died."""
        self.console.pump(self.children, 0.25)
        if self.stopping:
            raise Stopped
        for child in self.children:
            if child.ended() and child.due():
                child.start()
                self.remember()

    def remember(self) -> None:
        """Which processes are ours, for the start after a kill -9."""
        rows = [[child.pid, started_at(child.pid)] for child in self.children if child.pid]
        path = self.state / "run" / "processes.json"
        path.with_suffix(".new").write_text(json.dumps(rows))
        path.with_suffix(".new").replace(path)

    def add(self, child: Child, answers: Callable[[], bool] | None = None) -> None:
        """Starts a part; with ``answers`` waits until it does. A part that ends instead is a Refusal."""
        self.children.append(child)
        child.start()
        self.remember()
        deadline = time.monotonic() + PATIENCE
        while answers is not None and not answers():
            self.console.pump(self.children, 0.1)
            if self.stopping:
                raise Stopped
            if child.ended() or time.monotonic() > deadline:
                raise Refusal(f"{child.name} did not start: {child.last_words()}")

    def servers(self) -> None:
        if not self.environment.get("DATABASE_URL"):
            postgres = Postgres(self.state)
            postgres.prepare()
            start = Child("postgres", postgres.start, before=postgres.recover, stop_signal=signal.SIGINT)
            self.add(start, postgres.answers)
            postgres.create_database()
            self.environment["DATABASE_URL"] = postgres.url
        if not self.environment.get("REDIS_URL"):
            valkey = Valkey(self.state)
            valkey.prepare()
            start = Child("valkey", valkey.start, before=valkey.prepare)
            try:
                self.add(start, valkey.answers)
            except Refusal:
                if "append only file" not in start.words():
                    raise
                self.console.say("start", "valkey's log was damaged; it held hints only and begins anew")
                self.children.remove(start)
                valkey.set_aside()
                self.add(Child("valkey", valkey.start, before=valkey.prepare), valkey.answers)
            self.environment["REDIS_URL"] = valkey.url

    def prepare(self) -> str:
        """Checks, migrations, demo, static files; what the demo told about its accounts."""
        notes = self.state / "run" / "demo.txt"
        notes.unlink(missing_ok=True)
        child = Child("prepare", one_shot([sys.executable, "-m", "config.prepare", str(notes)], self.environment))
        child.start()
        try:
            while not child.ended():
                self.console.pump([*self.children, child], 0.1)
                if self.stopping:
                    raise Stopped
        finally:
            child.kill()
        self.console.pump([child], 0)
        if child.code:
            raise Refusal(child.last_words())
        return notes.read_text() if notes.exists() else ""

    def parts(self) -> None:
        python, run = sys.executable, self.state / "run"
        # Root is welcome here (one account runs everything); celery would warn about it in five lines.
        celery = [python, "-W", "ignore:You're running the worker", "-m", "celery", "-q", "-A", "config.celery"]
        commands = {
            "web": [python, "-m", "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"],
            "worker": [*celery, "worker", "-l", "INFO", "-c", "2", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "-l", "INFO", "--schedule", str(run / "beat-schedule"), "--pidfile="],
            "sweeper": [python, "manage.py", "sweeper"],
            "sender": [python, "manage.py", "sender"],
        }
        web = {"WEB_BIND": f"fd://{self.listener.fileno()}", "WEB_TMP_DIR": str(run)}
        for name, command in commands.items():
            fds = [self.listener.fileno()] if name == "web" else []
            extra = web if name == "web" else {}
            self.add(Child(name, one_shot(command, self.environment | extra, pass_fds=fds)))
            if name == "web":  # first alone: the page is there sooner
                self.wait_for_web()

    def wait_for_web(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not answers(self.address):
            self.turn()
            if time.monotonic() > deadline:
                raise Refusal(f"the web server did not answer within {PATIENCE} s; see its lines above")

    def stop(self) -> None:
        """Parts first, then the servers they write to."""
        servers = [child for child in self.children if child.name in {"postgres", "valkey"}]
        for group in ([child for child in self.children if child not in servers], servers):
            for child in group:
                child.ask_to_end()
            deadline = time.monotonic() + 12
            while not all(child.ended() for child in group) and time.monotonic() < deadline:
                self.console.pump(self.children, 0.1)
            for child in group:
                child.kill()
        for name in ("processes.json", "env"):
            (self.state / "run" / name).unlink(missing_ok=True)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=3) as reply:  # noqa: S310 - our own address
            return bool(reply.status)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def run(state: Path) -> None:
    check_platform()
    make_state(state)
    for name in ("run", "tmp", "files"):
        (state / name).mkdir(mode=0o700, exist_ok=True)
    check_space(state, SPACE_TO_RUN)
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or DEFAULT_PORT
    reachable = "127.0.0.1" if host in ANYWHERE else host
    address = f"http://{reachable}:{port}/"
    with only_one(state) as lock:
        recover(state)
        supervisor = Supervisor(state, listen(host, port), address)
        lock.truncate(0)
        lock.write(f"{address} (process {os.getpid()})\n")
        lock.flush()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, supervisor.ask_to_stop)
        try:
            serve(supervisor, host)
        except Stopped:
            supervisor.console.say("stop", "stopping every part …")
        finally:
            supervisor.stop()
    print("stopped; the data are kept in", state)


def serve(supervisor: Supervisor, host: str) -> None:
    supervisor.environment = environment(supervisor.state, host, supervisor.address)
    supervisor.console.say("start", f"starting in {supervisor.state} …")
    supervisor.servers()
    told = supervisor.prepare()
    write_environment(supervisor.state, supervisor.environment)
    supervisor.parts()
    supervisor.console.banner(supervisor.address, told)
    while True:
        supervisor.turn()


def main() -> int:
    if os.environ.get("MAKELEVEL"):
        die_with_parent(os.getppid(), signal.SIGTERM)  # a killed `make` must not leave us behind
    os.chdir(CHECKOUT)
    try:
        run(STATE)
    except Refusal as error:
        print(f"cannot start: {error}", file=sys.stderr)
    except OSError as error:
        print(f"cannot start: {error.strerror or error}: {error.filename or STATE}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
