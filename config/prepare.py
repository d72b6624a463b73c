"""One process before the start: checks, migrations, the demo company on an empty database, collected static files.

``python -m config.prepare [FILE]``; what the demo prints about its accounts is also written to FILE.
"""

import hashlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command, get_commands
from django.db import Error as DatabaseProblem
from django.db import connection


class Tee(io.StringIO):
    """Shows at once what it also keeps."""

    def write(self, text: str) -> int:
        sys.stdout.write(text)
        sys.stdout.flush()
        return super().write(text)


def database() -> None:
    connection.ensure_connection()
    call_command("migrate", interactive=False, verbosity=1, skip_checks=False)


def demo(notes: Path | None) -> None:
    if not settings.DEMO or "seed_demo" not in get_commands():
        return
    told = Tee()
    call_command("seed_demo", if_empty=True, stdout=told)
    if notes is not None:
        notes.write_text(told.getvalue())


def fingerprint() -> str:
    """Changes whenever a static file, its order of precedence or the way of storing it does."""
    found = [
        f"{path} {Path(storage.path(path)).stat().st_mtime_ns} {Path(storage.path(path)).stat().st_size}"
        for finder in get_finders()
        for path, storage in finder.list([])
    ]
    return hashlib.sha256("\n".join([repr(settings.STORAGES["staticfiles"]), *found]).encode()).hexdigest()


def static() -> None:
    mark = settings.STATIC_ROOT / ".collected"
    current = fingerprint()
    if mark.exists() and mark.read_text() == current:
        return
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=1)
    mark.write_text(current)


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    notes = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    steps: list[Callable[[], None]] = [django.setup, database, lambda: demo(notes), static]
    try:
        for step in steps:
            step()
    except ImproperlyConfigured as error:
        print(one_line(error), file=sys.stderr)
    except DatabaseProblem as error:
        print(f"the database refuses: {one_line(error)}", file=sys.stderr)
    except (CommandError, OSError) as error:
        print(one_line(error), file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
