"""The one way out: https to exactly the hosts on the list, the address checked at the moment of connecting.

* ``NOTIFY_ALLOWED_HOSTS``: public services; must resolve to public addresses only, so that neither a changed record nor
  a rebinding resolver leads into our own network.
* ``NOTIFY_INTERNAL_HOSTS``: ``host:port`` of gateways inside the company's network; never loopback or link-local.
* connect 3 s, everything 8 s, answer ≤ 64 KB, no redirects, no proxies, no user information (F15).
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

CONNECT, TOTAL = 3.0, 8.0
LARGEST_ANSWER = LARGEST_BODY = 64 * 1024
HTTPS_PORT = 443
PICTURE_BODY = 3 * 1024 * 1024  # a picture for a robot: 2 MB as base64

Place = tuple[str, int]


class Refused(Exception):
    """Our own rules forbid the address: nothing was sent, and trying again changes nothing."""


class Failed(Exception):
    """No answer, or not a usable one. ``unclear``: what was sent may have arrived."""

    def __init__(self, reason: str, *, unclear: bool) -> None:
        super().__init__(reason)
        self.unclear = unclear


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def check_url(url: str, *, path_only: bool = False) -> SplitResult:
    """The address as far as it may be used; asked when it is saved and again for every request. Raises Refused."""
    parts = urlsplit(url)
    try:
        place = (parts.hostname or "", parts.port or HTTPS_PORT)
    except ValueError as error:
        raise Refused(_("地址的端口不对")) from error
    if is_test_receiver(place):
        return parts
    if parts.scheme != "https":
        raise Refused(_("地址须以 https:// 开头"))
    if parts.username or parts.password or "@" in parts.netloc:
        raise Refused(_("地址里不能带用户名或口令"))
    check_host(place)
    return parts


def check_host(place: Place) -> None:
    host, port = place
    if is_test_receiver(place) or f"{host}:{port}" in settings.NOTIFY_INTERNAL_HOSTS:
        return
    if host not in settings.NOTIFY_ALLOWED_HOSTS or port != HTTPS_PORT:
        text = _("%(host)s 不在允许的地址清单里，请在服务器上设置 NOTIFY_ALLOWED_HOSTS 或 NOTIFY_INTERNAL_HOSTS")
        raise Refused(text % {"host": f"{host}:{port}" if port != HTTPS_PORT else host})


def is_test_receiver(place: Place) -> bool:
    """Loopback receivers of the tests; the setting cannot come from the environment."""
    return f"{place[0]}:{place[1]}" in settings.NOTIFY_TEST_RECEIVERS


_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


def resolve(place: Place) -> list[str]:
    """Addresses of the host, all of them checked: one that is not allowed spoils the lot. Raises Refused, Failed."""
    host, port = place
    asked: Future[Any] = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        rows = asked.result(timeout=CONNECT)
    except (OSError, TooSlow) as error:
        raise Failed(_("找不到主机 %(host)s") % {"host": host}, unclear=False) from error
    found = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if not is_test_receiver(place):
        internal = f"{host}:{port}" in settings.NOTIFY_INTERNAL_HOSTS
        for text in found:
            if not may_reach(text, internal=internal):
                raise Refused(_("%(host)s 指向不允许的地址") % {"host": host})
    return found


def may_reach(text: str, *, internal: bool) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if mapped is not None:
        address = mapped
    never = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    if never or address.is_reserved:
        return False
    return address.is_global or (internal and address.is_private)


def connect(place: Place) -> socket.socket:
    """A connection to a checked address; the first that answers within the time. Raises Refused, Failed."""
    check_host(place)
    deadline = time.monotonic() + CONNECT
    for address in resolve(place):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        with contextlib.suppress(OSError):
            found = socket.create_connection((address, place[1]), timeout=left)
            # Head and body are two writes: without this the second waits for a delayed acknowledgement, some 40 ms.
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return found
    raise Failed(_("连不上 %(host)s") % {"host": place[0]}, unclear=False)


class _Https(http.client.HTTPSConnection):
    """Goes where ``connect`` decided, and proves the host's name by its certificate."""

    def __init__(self, place: Place, context: ssl.SSLContext) -> None:
        super().__init__(*place, timeout=TOTAL, context=context)
        self.place, self.ssl_context = place, context

    def connect(self) -> None:
        plain = connect(self.place)
        self.sock = plain
        self.sock = self.ssl_context.wrap_socket(plain, server_hostname=self.place[0])


class _Http(http.client.HTTPConnection):
    """Only for receivers of the tests (``check_url`` lets nothing else be plain)."""

    def __init__(self, place: Place) -> None:
        super().__init__(*place, timeout=TOTAL)
        self.place = place

    def connect(self) -> None:
        self.sock = connect(self.place)


@dataclass
class Wire:
    """Connections of one lane, kept while it lasts. Not for two threads at once (``lane.Crew`` lends them out)."""

    open: dict[tuple[str, Place], http.client.HTTPConnection] = field(default_factory=dict)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, most: int = LARGEST_BODY, sends: bool = True
    ) -> Answer:
        """One POST, one answer. Raises Refused, Failed. ``sends``: whether an unclear end may mean "it arrived"."""
        return self._ask("POST", url, body, headers, most, sends)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self._ask("GET", url, b"", headers or {}, LARGEST_BODY, False)

    def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str], most: int, sends: bool) -> Answer:
        parts = check_url(url)
        if len(body) > most:
            raise Refused(_("内容超过 %(kb)s KB") % {"kb": most // 1024})
        place = (parts.hostname or "", parts.port or HTTPS_PORT)
        link = self.open.pop((parts.scheme, place), None) or self._new(parts.scheme, place)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        began = False
        try:
            with watchdog(link):
                if link.sock is None:
                    link.connect()
                link.sock.settimeout(TOTAL)
                began = True
                link.request(method, target, body=body, headers={**headers, "Connection": "keep-alive"})
                response = link.getresponse()
                read = response.read(LARGEST_ANSWER + 1)
        except (Failed, Refused):
            link.close()
            raise
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            link.close()
            slow = isinstance(error, TimeoutError)
            text = _("对方没有在 %(n)d 秒内应答") % {"n": int(TOTAL)} if slow else _("连接中断")
            raise Failed(text, unclear=began and sends) from error
        if len(read) > LARGEST_ANSWER:
            link.close()
            raise Failed(_("对方的应答超过 64 KB"), unclear=sends)
        if response.will_close:
            link.close()
        else:
            self.open[(parts.scheme, place)] = link
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, read)

    def _new(self, scheme: str, place: Place) -> http.client.HTTPConnection:
        if scheme == "http":
            return _Http(place)
        return _Https(place, tls_context(place))

    def close(self) -> None:
        for link in self.open.values():
            link.close()
        self.open.clear()


def tls_context(place: Place) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if is_test_receiver(place) and settings.NOTIFY_TEST_AUTHORITY:
        context.load_verify_locations(cadata=settings.NOTIFY_TEST_AUTHORITY)
    return context


class HasSocket(Protocol):
    sock: Any


@contextlib.contextmanager
def watchdog(link: HasSocket, seconds: float = TOTAL) -> Iterator[None]:
    """Ends the whole exchange after so many seconds, however slowly the other side drips."""
    late = threading.Event()

    def bark() -> None:
        late.set()
        sock = link.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, bark)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        if late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError
