"""``python -m config.probe PART``: the health check of one container; exit code 0 is healthy.

web answers a request, worker answers a ping through Redis (a worker that is up but deaf does not), beat is alive, and
somebody swept, and looked for messages, within the last two minutes.
"""

import http.client
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import django


def web() -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".").replace("*", "localhost")
    port = int(os.environ.get("WEB_BIND", "0.0.0.0:8000").rpartition(":")[2])
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    link.request("GET", "/healthz", headers={"Host": host})
    return link.getresponse().status == http.client.OK


def worker() -> bool:
    from config.celery import app  # noqa: PLC0415 - needs the settings, which web does without

    return bool(app.control.inspect([f"celery@{socket.gethostname()}"], timeout=5).ping())


def alive(name: str) -> bool:
    """Whether this container's first process is that part."""
    return name.encode() in Path("/proc/1/cmdline").read_bytes()


def progress(job: str) -> bool:
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from django.utils.module_loading import import_string  # noqa: PLC0415

    from config.health import OK, heartbeat  # noqa: PLC0415

    django.setup()
    return heartbeat(import_string(settings.HEARTBEATS[job]), timezone.now()) == OK


def main(name: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    probes: dict[str, Callable[[], bool]] = {"web": web, "worker": worker, "beat": lambda: alive("beat")}
    probes |= {"sweeper": lambda: progress("sweep"), "sender": lambda: progress("sender")}
    if name not in probes:
        sys.stderr.write(f"unknown part {name!r}; one of {', '.join(probes)}\n")
        return 2
    try:
        return 0 if probes[name]() else 1
    except OSError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
