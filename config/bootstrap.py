"""Makes the virtualenv and installs a hash-locked requirements file: ``python3 -I config/bootstrap.py FILE``.

Runs on the system's Python with the standard library alone, and must still be readable by an older Python, so that it
can say that it is too old. Skipped in a moment when nothing changed. Writes to ``.venv`` and the state folder only.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV") or CHECKOUT / ".venv").absolute()
STATE = Path(os.environ.get("STATE_DIR") or CHECKOUT / "var").absolute()
OLDEST, NEWEST = (3, 11), (3, 13)
PLATFORMS = {("Linux", "x86_64"), ("Linux", "aarch64")}
SPACE_TO_INSTALL = 1000  # MB
SPACE_TO_RUN = 300  # MB
DEV = "requirements/dev.txt"


class Refusal(Exception):
    """A start that cannot succeed; its text is one line for the person at the terminal."""


def check_python() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise Refusal(
            f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed, {sys.executable} is "
            f"{platform.python_version()}; name another one with make PYTHON=/path/to/python3.11"
        )


def check_platform() -> None:
    """The bundled servers exist for few platforms; with servers of your own any will do."""
    found = (platform.system(), platform.machine())
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    if found not in PLATFORMS or platform.libc_ver()[0] != "glibc":
        raise Refusal(
            f"the bundled PostgreSQL and Valkey run on Linux with glibc (x86_64, aarch64), not on {' '.join(found)}; "
            "set DATABASE_URL and REDIS_URL to servers of your own"
        )


def check_space(folder: Path, megabytes: int) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise Refusal(f"the disk of {folder} is full: {free} MB free, {megabytes} MB needed")


def make_state(path: Path) -> Path:
    """The state folder. Others may pass through it (PostgreSQL's account must), but not look around."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(0o711)
    return path


def digest(name: str) -> str:
    return hashlib.sha256((CHECKOUT / name).read_bytes()).hexdigest()


def installed() -> Dict[str, str]:
    """Which requirements files (name: hash) this virtualenv holds completely."""
    try:
        stamp = json.loads((VENV / "installed.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def venv_works() -> bool:
    python = VENV / "bin" / "python"
    probe = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return python.exists() and subprocess.run([str(python), "-c", probe], capture_output=True).returncode == 0  # noqa: S603


def make_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Refusal("Python's venv module is missing; as root: apt-get install python3-venv")
    print(f"making the virtualenv {VENV} …", flush=True)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, env=environment()
    )
    if done.returncode:
        raise Refusal(f"the virtualenv could not be made: {last_line(done.stdout + done.stderr)}")


def environment() -> Dict[str, str]:
    """pip keeps to our folders: no cache in the home directory, unpacking below the state folder."""
    temporary = STATE / "tmp"
    temporary.mkdir(exist_ok=True)
    return dict(os.environ, TMPDIR=str(temporary), PIP_NO_CACHE_DIR="1", PIP_DISABLE_PIP_VERSION_CHECK="1")


def install(name: str) -> None:
    total = len(re.findall(r"^[A-Za-z0-9][^\s=]*==", (CHECKOUT / name).read_text(), re.MULTILINE))
    print(f"installing {total} packages from {name} (about a minute) …", flush=True)
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", name]
    pip = subprocess.Popen(  # noqa: S603
        command, cwd=CHECKOUT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seen = 0
    lines = []
    for line in pip.stdout or ():
        lines.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            package = line.replace("Requirement already satisfied:", "Collecting").split()[1]
            print(f"  [{seen:3}/{total}] {package}", flush=True)
        elif line.startswith("Installing collected"):
            print("  unpacking …", flush=True)
    if pip.wait():
        errors = [line for line in lines if line.startswith("ERROR")]
        raise Refusal(f"the packages could not be installed: {last_line(''.join(errors or lines))}")


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def name_checkout() -> None:
    """Lets programs of the virtualenv (pytest's early plugins) import from the checkout, wherever it was moved to."""
    for packages in VENV.glob("lib/python*/site-packages"):
        path = packages / "checkout.pth"
        if not path.exists() or path.read_text() != f"{CHECKOUT}\n":
            path.write_text(f"{CHECKOUT}\n")


def prepare(name: str) -> None:
    check_python()
    check_platform()
    make_state(STATE)
    with (STATE / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` at once: one installs, the other waits
        stamp = installed()
        if stamp.get(name) != digest(name) or not (VENV / "bin" / "python").exists():
            check_space(CHECKOUT, SPACE_TO_INSTALL)
            if not venv_works():
                make_venv()
                stamp = {}
            (VENV / "installed.json").unlink(missing_ok=True)
            install(name)
            names = ["requirements.txt", DEV] if name == DEV else [name]
            (VENV / "installed.json").write_text(json.dumps({each: digest(each) for each in names}))
        name_checkout()


def main() -> int:
    try:
        prepare(sys.argv[1])
    except Refusal as error:
        print(f"cannot start: {error}", file=sys.stderr)
    except OSError as error:
        print(f"cannot start: {error.strerror}: {error.filename or STATE}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
