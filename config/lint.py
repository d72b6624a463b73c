"""`make lint`: every static check, all of them even when one fails, with the time each took."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from config.bootstrap import CHECKOUT, Refusal, make_state
from config.embedded import Postgres, Valkey, running

# Production settings with nothing special: what .env.example asks for.
PRODUCTION = {
    "SECRET_KEY": "only-for-checking-the-settings-0123456789-abcdefghijklmnop-XYZ",
    "ALLOWED_HOSTS": "hotline.example.cn",
    "SITE_URL": "https://hotline.example.cn",
    "STATIC_MANIFEST": "1",
}
IMPORTS = "import sys; from importlinter.cli import lint_imports_command as run; sys.argv[0] = 'lint-imports'; run()"
CHECKS = {
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "rules": ["-m", "ruff", "check", "--quiet", "."],
    "imports": ["-c", IMPORTS],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "production settings": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "types": ["-m", "mypy"],
}


def passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, *command],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdict = "ok" if done.returncode == 0 else "FAILED"
    sys.stdout.write(f"{verdict:<7}{name} ({time.monotonic() - begun:.0f} s)\n")
    if done.returncode:
        sys.stdout.write(done.stdout + "\n")
    sys.stdout.flush()
    return done.returncode == 0


def main() -> int:
    unwanted = ("DEBUG", "DEMO", "HTTPS", "TRUSTED_PROXIES")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted} | PRODUCTION
    make_state(CHECKOUT / "var")
    with contextlib.ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=CHECKOUT / "var", prefix="lint-")))
        state.chmod(0o711)
        for name, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
            if not environment.get(name):
                log = state / f"{name}.log"
                environment[name] = stack.enter_context(running(kind(state, durable=False), log=log))
        results = [passes(name, command, environment) for name, command in CHECKS.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refusal as error:
        sys.exit(f"cannot check: {error}")
