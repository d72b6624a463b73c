"""Every channel against a real receiver that checks its public form; every way a receiver can be bad (F15, F26)."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from notifications import transport
from notifications.channels import CHANNELS
from notifications.channels.base import Failure, Line, Outgoing, Permanent, Temporary
from notifications.channels.sms import signature as sms_signature
from notifications.keys import open_sealed
from notifications.models import Endpoint
from notifications.transport import Refused, Wire, check_url, may_reach
from tests.factories import MONDAY
from tests.notifications.conftest import Receiver, Request, allow, answer, endpoint

pytestmark = pytest.mark.django_db
Start = Callable[..., Receiver]


def line(one: Endpoint) -> Line:
    return Line(one.pk, one.config, open_sealed(one.secret), Wire(), lambda: MONDAY)


def send(one: Endpoint, **fields: Any) -> str:
    fields = {"reference": "ref1", "address": "13900001111", "subject": "工单待办", "text": "请接单"} | fields
    return CHANNELS[one.channel].send(line(one), Outgoing(**fields)).ref


# --- forms and signatures ---------------------------------------------------------------------------------------------


def test_wecom_robot_markdown_has_the_public_form(receiver: Start) -> None:
    there = receiver()
    send(endpoint("wecom_robot", there.url), subject="A*b_", text="第二行", urgent=True)
    (request,) = there.got
    assert request.query == {"key": "test-key"}
    assert request.headers["content-type"].startswith("application/json")
    assert request.body["msgtype"] == "markdown"
    content = request.body["markdown"]["content"]
    assert content == '**<font color="warning">A\\*b\\_</font>**\n第二行'


def test_wecom_robot_text_and_picture(receiver: Start) -> None:
    there = receiver()
    one = endpoint("wecom_robot", there.url, config={"form": "text"})
    send(one, picture=b"\x89PNG picture", text="字" * 3000)
    picture, text = there.bodies()
    assert base64.b64decode(picture["image"]["base64"]) == b"\x89PNG picture"
    assert picture["image"]["md5"] == hashlib.md5(b"\x89PNG picture").hexdigest()
    assert len(text["text"]["content"].encode()) <= 2048


def test_dingtalk_signature_is_the_one_dingtalk_works_out(receiver: Start) -> None:
    there = receiver()
    send(endpoint("dingtalk_robot", there.url))
    (request,) = there.got
    stamp = request.query["timestamp"]
    wanted = hmac.new(b"test-secret", f"{stamp}\ntest-secret".encode(), hashlib.sha256).digest()
    assert base64.b64decode(request.query["sign"]) == wanted
    assert int(stamp) == int(MONDAY.timestamp() * 1000)
    assert request.query["access_token"] == "test-token"
    assert set(request.body["markdown"]) == {"title", "text"}


def test_wecom_app_gets_a_token_once_and_renews_it_when_told(receiver: Start) -> None:
    tokens = iter("abc")

    def behave(request: Request) -> Any:
        if request.path.endswith("gettoken"):
            assert request.query == {"corpid": "corp", "corpsecret": "test-corp_secret"}
            return answer(body={"errcode": 0, "access_token": next(tokens), "expires_in": 7200})
        if request.query["access_token"] == "a" and len(there.got) > 2:
            return answer(body={"errcode": 42001})
        return answer(body={"errcode": 0, "msgid": "m1"})

    there = receiver(behave)
    one = endpoint("wecom_app", f"http://127.0.0.1:{there.port}", config={"corp_id": "corp", "agent_id": "1000002"})
    assert send(one, address="zhang") == "m1"
    assert send(one, address="zhang") == "m1"
    paths = [request.path.rpartition("/")[2] for request in there.got]
    assert paths == ["gettoken", "send", "send", "gettoken", "send"]
    body = there.got[1].body
    assert body["touser"] == "zhang"
    assert body["agentid"] == 1000002
    assert body["enable_duplicate_check"] == 1


def test_wecom_app_says_when_the_account_does_not_exist(receiver: Start) -> None:
    there = receiver(
        lambda request: answer(body={"errcode": 0, "access_token": "t", "expires_in": 7200, "invaliduser": "zhang"})
    )
    one = endpoint("wecom_app", f"http://127.0.0.1:{there.port}", config={"corp_id": "c", "agent_id": "1"})
    with pytest.raises(Permanent, match="没有这个账号"):
        send(one, address="zhang")


def test_webhook_is_signed_over_time_and_body(receiver: Start) -> None:
    there = receiver()
    send(endpoint("webhook", there.url))
    (request,) = there.got
    stamp = request.headers["x-hotline-timestamp"].encode()
    wanted = hmac.new(b"test-secret", stamp + b"." + request.raw, hashlib.sha256).hexdigest()
    assert request.headers["x-hotline-signature"] == f"v1={wanted}"
    assert request.headers["x-hotline-id"] == request.body["id"] == "ref1"


SMS = {"app_id": "app7", "signature_text": "【某供电】", "phone_field": "to", "ok_value": "OK"}


def gateway(receiver: Start, behave: Callable[[Request], Any], **config: str) -> tuple[Receiver, Endpoint]:
    there = receiver(behave)
    query = f"http://127.0.0.1:{there.port}/query"
    return there, endpoint("sms", there.url, config={**SMS, "query_url": query, **config})


def test_sms_fields_are_those_configured_and_signed(receiver: Start) -> None:
    there, one = gateway(receiver, lambda request: answer(body={"code": "OK", "msgId": "g9"}))
    assert send(one) == "g9"
    body = there.got[0].body
    given = body.pop("sign")
    assert given == sms_signature("test-secret", body)
    assert body == {
        "appId": "app7",
        "timestamp": str(int(MONDAY.timestamp())),
        "to": "13900001111",
        "content": "【某供电】请接单",
        "bizId": "ref1",
    }


@pytest.mark.parametrize(("status", "sends"), [("delivered", 0), ("accepted", 0), ("unknown", 1)])
def test_sms_asks_before_it_sends_again(receiver: Start, status: str, sends: int) -> None:
    """F26: the gateway sent but answered failure; its own number says so, and nothing goes out twice."""

    def behave(request: Request) -> Any:
        if request.path == "/query":
            assert request.body["bizId"] == "ref1"
            return answer(body={"status": status, "msgId": "g1"})
        return answer(body={"code": "OK", "msgId": "g2"})

    there, one = gateway(receiver, behave)
    assert send(one, attempt=2) == ("g2" if sends else "g1")
    assert sum(request.path == "/hook" for request in there.got) == sends


def test_sms_is_not_repeated_while_the_gateway_cannot_say(receiver: Start) -> None:
    there, one = gateway(receiver, lambda request: answer(500))
    with pytest.raises(Temporary):
        send(one, attempt=2)
    assert [request.path for request in there.got] == ["/query"]
    blind = endpoint("sms", there.url, config=SMS)
    with pytest.raises(Permanent, match="不能重发"):
        send(blind, attempt=2)


# --- e-mail -----------------------------------------------------------------------------------------------------------


class Mailbox:
    def __init__(self, reply: str = "250 OK") -> None:
        self.reply, self.letters = reply, list[bytes]()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(envelope.content)
        return self.reply


@pytest.fixture
def mail_server(settings: Any) -> Iterator[Callable[..., tuple[Mailbox, Endpoint]]]:
    running = []

    def start(reply: str = "250 OK") -> tuple[Mailbox, Endpoint]:
        box = Mailbox(reply)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Controller(box, hostname="127.0.0.1", port=port)
        server.start()
        running.append(server)
        allow(settings, port)
        config = {"host": "127.0.0.1", "port": str(port), "security": "plain", "sender": "hotline@example.cn"}
        return box, endpoint("smtp", config={**config, "sender_name": "供电热线"})

    yield start
    for server in running:
        server.stop()


def test_a_letter_arrives_whole(mail_server: Any) -> None:
    box, one = mail_server()
    send(one, address="zhang@example.cn", subject="工单\n20260907-0001", text="请接单\n谢谢")
    letter = message_from_bytes(box.letters[0], policy=policy.default)
    assert letter["To"] == "zhang@example.cn"
    assert letter["Subject"] == "工单 20260907-0001", "no header can be smuggled in"
    assert letter["Message-ID"] == "<ref1@example.cn>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "请接单\n谢谢" in letter.get_content().replace("\r", "")


@pytest.mark.parametrize(("reply", "kind"), [("451 later", Temporary), ("554 no", Permanent)])
def test_a_refused_letter_is_tried_again_only_where_it_may_help(mail_server: Any, reply: str, kind: type) -> None:
    _box, one = mail_server(reply)
    with pytest.raises(kind):
        send(one, address="zhang@example.cn")


# --- bad receivers ----------------------------------------------------------------------------------------------------

HUGE = answer(200, b"x" * (transport.LARGEST_ANSWER + 1))
BAD: list[tuple[str, Any, type[Failure], str]] = [
    ("500", answer(500), Temporary, "对方出错（500）"),
    ("429", answer(429, Retry_After="30"), Temporary, "限流"),
    ("errcode", answer(body={"errcode": 93000}), Permanent, "错误码 93000"),
    ("busy", answer(body={"errcode": 45009}), Temporary, "错误码 45009"),
    ("redirect", answer(302, b"", Location="http://127.0.0.1/"), Permanent, "没有跟随"),
    ("huge", HUGE, Temporary, "64 KB"),
    ("nonsense", answer(200, b"<html>"), Temporary, "看不懂"),
    ("forbidden", answer(403), Permanent, "403"),
]


@pytest.mark.parametrize(("name", "given", "kind", "said"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_answer_is_told_apart(receiver: Start, name: str, given: Any, kind: type[Failure], said: str) -> None:
    there = receiver(given)
    with pytest.raises(kind, match=said) as caught:
        send(endpoint("wecom_robot", there.url))
    assert len(there.got) == 1, "no redirect is followed, nothing is repeated at once"
    if name == "429":
        assert isinstance(caught.value, Temporary)
        assert caught.value.after is not None
        assert caught.value.after.total_seconds() == 30


def test_one_that_hangs_is_left_after_the_time_limit(receiver: Start, monkeypatch: Any) -> None:
    monkeypatch.setattr(transport, "TOTAL", 0.3)
    there = receiver(hangs=True)
    with pytest.raises(Temporary) as caught:
        send(endpoint("wecom_robot", there.url))
    assert caught.value.unclear, "it may have arrived"


def test_one_that_drips_is_ended_as_a_whole(settings: Any) -> None:
    """Every single byte comes in time; the exchange as a whole does not (slow loris the other way round)."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        allow(settings, port)
        wire = Wire()
        link = wire._new("http", ("127.0.0.1", port))

        def exchange() -> None:
            with transport.watchdog(link, 0.3):
                link.connect()
                link.sock.settimeout(5)
                link.request("POST", "/", body=b"{}")
                peer, _address = listening.accept()
                peer.sendall(b"HTTP/1.1 200 OK\r\n")
                link.getresponse()

        with pytest.raises(TimeoutError):
            exchange()
        link.close()


def test_nobody_there_is_worth_another_try(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    allow(settings, port)
    with pytest.raises(Temporary) as caught:
        send(endpoint("wecom_robot", f"http://127.0.0.1:{port}/"))
    assert not caught.value.unclear


# --- the only way out -------------------------------------------------------------------------------------------------

FORBIDDEN = [
    "http://qyapi.weixin.qq.com/",
    "https://evil.example/",
    "https://qyapi.weixin.qq.com.evil.example/",
    "https://qyapi.weixin.qq.com:8443/",
    "https://user@qyapi.weixin.qq.com/",
    "https://qyapi.weixin.qq.com@evil.example/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://localhost/",
    "https://169.254.169.254/latest/meta-data/",
    "ftp://qyapi.weixin.qq.com/",
    "https:///x",
    "https://qyapi.weixin.qq.com:99999/",
    "file:///etc/passwd",
    "",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_only_listed_hosts_over_https(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


def test_the_public_services_are_on_the_list() -> None:
    assert check_url("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x").hostname == "qyapi.weixin.qq.com"


INSIDE = (
    *("127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"),
    *("fe80::1%eth0", "fc00::1", "100.64.0.1", "224.0.0.1", "2002:7f00:1::1", "240.0.0.1"),
)


@pytest.mark.parametrize(
    "address",
    INSIDE,
)
def test_a_listed_host_that_resolves_inside_is_refused_at_connect(monkeypatch: Any, address: str) -> None:
    """Rebinding: the name is allowed, the address it has at the moment of connecting is not."""
    assert not may_reach(address, internal=False)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    connected = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: connected.append(a))
    with pytest.raises(Permanent, match="不允许"):
        send(endpoint("wecom_robot", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"))
    assert connected == []


def test_one_bad_address_among_good_ones_spoils_them(monkeypatch: Any) -> None:
    rows = [(0, 0, 0, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(Permanent):
        send(endpoint("wecom_robot", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"))


def test_a_gateway_of_our_own_network_is_reached_only_as_listed(settings: Any) -> None:
    settings.NOTIFY_INTERNAL_HOSTS = frozenset({"sms.corp.example:8443"})
    assert check_url("https://sms.corp.example:8443/send").port == 8443
    assert may_reach("10.1.2.3", internal=True)
    assert not may_reach("127.0.0.1", internal=True)
    assert not may_reach("169.254.169.254", internal=True)
    with pytest.raises(Refused):
        check_url("https://sms.corp.example/send")
    with pytest.raises(Refused):
        check_url("http://sms.corp.example:8443/send")


def test_https_is_checked_against_the_name(settings: Any, tmp_path: Path) -> None:
    """A real TLS receiver: with its authority known it is spoken to, with another it is not."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    from tests.notifications.conftest import _Server  # noqa: PLC0415

    there = Receiver()
    server = _Server(there)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    there.port = server.server_address[1]
    allow(settings, there.port)
    import threading  # noqa: PLC0415

    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    url = f"https://127.0.0.1:{there.port}/hook"
    try:
        with pytest.raises(Temporary):
            send(endpoint("webhook", url))
        assert there.got == []
        settings.NOTIFY_TEST_AUTHORITY = certificate.read_text()
        send(endpoint("webhook", url))
        assert json.loads(there.got[0].raw)["text"] == "请接单"
    finally:
        server.shutdown()
        server.server_close()
