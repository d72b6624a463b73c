"""One part of a run (`Child`) and the terminal they share (`Console`)."""

import collections
import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from config.bootstrap import CHECKOUT, Refusal
from config.processes import spawn

SETTLED = 30.0  # seconds a part must live to count as healthy again
LONGEST_PAUSE = 8.0  # seconds before another try: a dead part is back within ten
COLOURS = {"postgres": 34, "valkey": 35, "web": 32, "worker": 33, "beat": 36, "sweeper": 31, "sender": 93}
# Advice about the whole machine, which is not ours to change.
UNASKED = ("vm.overcommit_memory",)
Starter = Callable[[int], "subprocess.Popen[bytes]"]


def one_shot(argv: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int] = ()) -> Starter:
    return lambda output: spawn(argv, env=env, cwd=CHECKOUT, output=output, pass_fds=pass_fds)


class Child:
    """A part that is started again when it ends: at once first, then after growing pauses of at most 8 seconds."""

    def __init__(
        self,
        name: str,
        starter: Starter,
        *,
        before: Callable[[], None] | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.starter = starter
        self.before = before
        self.stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.born = self.died = 0.0
        self.rest = b""
        self.recent: collections.deque[str] = collections.deque(maxlen=20)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def code(self) -> int | None:
        return self.process.poll() if self.process else None

    def start(self) -> None:
        again = self.process is not None
        self.kill()
        if again and self.before:
            try:
                self.before()
            except Refusal as error:
                self.recent.append(str(error))
                self.died = time.monotonic()
                return
        if self.process and self.process.stdout:
            self.process.stdout.close()
        self.process = self.starter(subprocess.PIPE)
        self.born, self.died = time.monotonic(), 0.0
        if self.process.stdout:
            os.set_blocking(self.process.stdout.fileno(), False)

    def ended(self) -> bool:
        if self.process is None or self.process.poll() is None:
            return False
        if not self.died:
            self.died = time.monotonic()
            self.failures = 0 if self.died - self.born > SETTLED else self.failures + 1
        return True

    def due(self) -> bool:
        return time.monotonic() - self.died >= min(LONGEST_PAUSE, 2.0 ** (self.failures - 1) - 1)

    def ask_to_end(self) -> None:
        if self.process and not self.ended():
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """The part and whatever of its process group is left (the pool of a killed worker)."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def read(self) -> list[str]:
        """The complete lines it wrote since the last call."""
        if not self.process or not self.process.stdout or self.process.stdout.closed:
            return []
        data = self.process.stdout.read() or b""
        *lines, self.rest = (self.rest + data).split(b"\n")
        if self.rest and not data and self.ended():
            lines, self.rest = [*lines, self.rest], b""
        texts = [text for line in lines if (text := line.decode(errors="replace").rstrip())]
        self.recent.extend(texts)
        return texts

    def words(self) -> str:
        return "\n".join(self.recent)

    def last_words(self) -> str:
        return self.recent[-1] if self.recent else f"it ended with code {self.code}"


class Console:
    """Merged, prefixed lines on standard output; coloured on a terminal."""

    def __init__(self) -> None:
        self.colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.reported: set[tuple[str, int | None]] = set()

    def say(self, name: str, text: str) -> None:
        prefix = f"{name:<8} |"
        if self.colour:
            prefix = f"\033[{COLOURS.get(name, 37)}m{prefix}\033[0m"
        with contextlib.suppress(BrokenPipeError):
            print(prefix, text, flush=True)

    def pump(self, children: Sequence[Child], seconds: float) -> None:
        """Waits up to ``seconds`` for output of any child, shows it, and says once when one has ended."""
        with selectors.DefaultSelector() as selector:
            for child in children:
                if child.process and child.process.stdout and not child.process.stdout.closed and not child.ended():
                    selector.register(child.process.stdout, selectors.EVENT_READ)
            if selector.get_map():
                selector.select(seconds)
            else:
                time.sleep(seconds)
        for child in children:
            for line in child.read():
                if not any(words in line for words in UNASKED):
                    self.say(child.name, line)
            if child.ended() and (child.name, child.pid) not in self.reported:
                self.reported.add((child.name, child.pid))
                if child.code:
                    self.say(child.name, f"ended with code {child.code}")

    def banner(self, address: str, told: str) -> None:
        bar = "=" * 88
        lines = [bar, f"ready: {address}", *told.splitlines(), "Ctrl-C stops everything; the data are kept.", bar]
        for line in lines:
            self.say("ready", line)
