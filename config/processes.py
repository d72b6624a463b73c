"""Child processes that never outlive us: their account, their end, and finding those a killed parent left behind.

Linux only (prctl, /proc). A child asks the kernel to be signalled when its parent dies, so that `kill -9` of the
parent leaves no orphan server; should one survive anyway, it is recognised by pid *and* start time, never by name.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config.bootstrap import Refusal

PR_SET_PDEATHSIG, PR_CAPBSET_READ, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 23, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 4
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAPABILITY_VERSION_3 = 0x20080522
libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """The account a child runs as. ``capability`` lets it pass folders closed to it (a checkout below /root)."""

    uid: int
    gid: int
    capability: int | None = None

    def assume(self) -> None:
        """In the child, between fork and exec: from root to this account, for good."""
        if self.capability is not None:
            # Otherwise setuid() drops all capabilities, and access() asks as if there were none.
            libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.capability is not None:
            keep_capability(self.capability)


def keep_capability(number: int) -> None:
    """Of all capabilities this one only, also for the programs started from here."""
    mask = 1 << number
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # effective, permitted, inheritable of capabilities 0-31, then of 32-63
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    if libc.capset(header, data) or libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0):
        raise OSError(ctypes.get_errno(), "capability refused")


def has_capability(number: int) -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(effective >> number & 1) and libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1


def can_reach(path: Path, account: Account) -> bool:
    """Whether the account may enter the folder ``path``, asked by becoming it in a short-lived child."""
    pid = os.fork()
    if pid == 0:
        allowed = False
        with contextlib.suppress(OSError):
            account.assume()
            allowed = os.access(path, os.X_OK)
        os._exit(0 if allowed else 1)
    return os.waitpid(pid, 0)[1] == 0


def unprivileged(state: Path, data: Path) -> Account:
    """The account PostgreSQL runs as when we are root: the owner of its files, else ``nobody``.

    When folders above are closed to it (0700 /root), it keeps the one capability of passing them; no permission
    of any folder above is changed.
    """
    owner = data.stat() if data.exists() else None
    if owner is not None and owner.st_uid != 0:
        account = Account(owner.st_uid, owner.st_gid)
    else:
        try:
            entry = pwd.getpwnam("nobody")
            account = Account(entry.pw_uid, entry.pw_gid)
        except KeyError:
            account = Account(65534, 65534)
    if can_reach(state, account):
        return account
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        privileged = Account(account.uid, account.gid, capability)
        if has_capability(capability) and can_reach(state, privileged):
            return privileged
    raise Refusal(
        f"PostgreSQL does not run as root, and the account nobody cannot reach {state}; "
        "start as an ordinary user, move the checkout, or set STATE_DIR or DATABASE_URL"
    )


def die_with_parent(parent: int, death_signal: int) -> None:
    """Must come after a change of account, which clears the wish."""
    libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died between fork and the line above
        os._exit(1)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
    output: int | IO[Any] | None = None,
    pass_fds: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Starts ``argv`` in its own process group (Ctrl-C reaches only us). Call it from the main thread: the kernel
    watches the thread, not the process."""
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            account.assume()
        die_with_parent(parent, death_signal)

    return subprocess.Popen(  # noqa: S603 - our own commands
        argv,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=prepare,
        pass_fds=pass_fds,
    )


def started_at(pid: int) -> int | None:
    """The kernel's start time of a living process (ticks since boot), or None; with the pid it names one process."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in "ZX" else int(after_name[19])


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end_orphan(pid: int, started: int | None, *, first: int = signal.SIGTERM, seconds: float = 10) -> None:
    """Ends one process left behind by an earlier run: asked first, then killed, with its whole process group."""
    if started is None or started_at(pid) != started:
        return
    for step in (first, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # A child leads its group (start_new_session); never signal a group it merely belongs to.
            if step == signal.SIGKILL and os.getpgid(pid) == pid:
                os.killpg(pid, step)
            else:
                os.kill(pid, step)
        if wait_until(lambda: started_at(pid) != started, seconds):
            return
    raise Refusal(f"process {pid} of an earlier run does not end; end it and start again")
