"""Real receivers on loopback: HTTP servers that behave as told, an SMTP server, and endpoints that point at them."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings

from notifications import keys
from notifications.models import Endpoint, Preference
from notifications.sender import drain
from people.models import User
from tests.factories import MONDAY


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    at: float

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {"Content-Type": "application/json"}, b'{"errcode":0,"errmsg":"ok"}')


def answer(status: int = 200, body: Any = None, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body if body is not None else {"errcode": 0}).encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, raw


@dataclass
class Receiver:
    """``behave`` answers each request; what came in stands in ``got``. ``hang`` holds answers back until released."""

    behave: Callable[[Request], Answer] = lambda request: OK
    got: list[Request] = field(default_factory=list)
    hang: threading.Event = field(default_factory=threading.Event)
    hangs: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def bodies(self) -> list[dict[str, Any]]:
        return [request.body for request in self.got]

    def wait(self, count: int, seconds: float = 20) -> bool:
        end = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.got) >= count


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed leaves a broken connection: that is what is being tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(parts.path, query, headers, raw, time.monotonic())
        receiver.got.append(request)
        if receiver.hangs:
            receiver.hang.wait(30)
        status, given, body = receiver.behave(request)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **given}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Callable[..., Receiver]]:
    """``receiver(behave)`` starts one more; it may be sent to for the length of the test."""
    servers: list[_Server] = []

    def start(behave: Callable[[Request], Answer] | Answer = OK, *, hangs: bool = False) -> Receiver:
        given = behave if callable(behave) else (lambda request: behave)
        one = Receiver(behave=given, hangs=hangs)
        server = _Server(one)
        one.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
        allow(settings, one.port)
        return one

    yield start
    for server in servers:
        server.receiver.hang.set()
        server.shutdown()
        server.server_close()


def allow(settings: Any, port: int) -> None:
    settings.NOTIFY_TEST_RECEIVERS = frozenset({*django_settings.NOTIFY_TEST_RECEIVERS, f"127.0.0.1:{port}"})


def endpoint(channel: str, url: str = "", **fields: Any) -> Endpoint:
    """A saved endpoint of that channel pointing at ``url``, with test secrets and usual field names."""
    from notifications.channels import CHANNELS  # noqa: PLC0415 - after the settings

    kind = CHANNELS[channel]
    config = {one.name: one.default for one in kind.fields if not one.secret} | {"url": url}
    config |= fields.pop("config", {})
    secret = {one.name: f"test-{one.name}" for one in kind.fields if one.secret} | fields.pop("secret", {})
    fields.setdefault("name", f"{channel} {Endpoint.objects.count() + 1}")
    return Endpoint.objects.create(channel=channel, config=config, secret=keys.seal(secret), saved_at=MONDAY, **fields)


def reachable(user: User, **fields: Any) -> User:
    """Somebody with a telephone, mail and WeCom account, who chose all of them for everything."""
    User.objects.filter(pk=user.pk).update(phone=f"1390000{user.pk % 10000:04d}")
    user.refresh_from_db()
    fields.setdefault("email", f"{user.username}@example.cn")
    fields.setdefault("wecom_id", user.username)
    Preference.objects.update_or_create(user=user, defaults=fields)
    return user


def deliver(now: datetime, *, seconds: float = 60) -> int:
    """Everything due at that moment, the clock standing still."""
    return drain(lambda: now, seconds=seconds)


def later(now: datetime, **span: float) -> datetime:
    return now + timedelta(**span)
