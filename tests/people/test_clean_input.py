"""CleanInput: what no view can use is refused with 400 or 413 and the field's name (RELIABILITY 3), never a 500."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from people import cleaninput
from people.cleaninput import Unclean

FORM = "application/x-www-form-urlencoded"
GB = "停电".encode("gb18030")


@pytest.fixture
def api(client: Client) -> Any:
    def send(raw: bytes | str, *, path: str = "/api/probe/echo/", content_type: str = "application/json") -> Any:
        return client.generic("POST", path, raw, content_type=content_type)

    return send


BAD_JSON = [
    (b'{"name": "a\\u0000b"}', "name"),
    (b'{"name": "a\\u0007b"}', "name"),
    (b'{"name": "\\ud800"}', "name"),
    (b'{"name": "\\udc00 tail"}', "name"),
    (b'{"demands": [{"text": "ok"}, {"text": "\\u0000"}]}', "demands[1].text"),
    (b'{"a\\u0000b": 1}', "a?b"),
    (b'{"name": "' + GB + b'"}', "body"),
    (b'{"name": "\xed\xa0\x80"}', "body"),
    (b'{"kind": 1, "kind": 2}', "kind"),
    (b'{"a": {"kind": 1, "kind": 2}}', "kind"),
    (b'{"n": NaN}', "body"),
    (b'{"n": -Infinity}', "body"),
    (b'{"n": 1e999}', "body"),
    (b'{"n": ' + b"9" * 5000 + b"}", "body"),
    (b'{"name": ', "body"),
    (b"", None),
    (b"[" * 33 + b"]" * 33, "body"),
    (b'{"deep": ' + b"[" * 40 + b"]" * 40 + b"}", "deep"),
    (b"[" * 100_000, "body"),
    (b"[" * 100_000 + b"]" * 100_000, "body"),
    (b'{"a":' * 3000 + b"1" + b"}" * 3000, "body"),
    (json.dumps({f"k{n}": n for n in range(1001)}).encode(), "body"),
    (json.dumps([{f"k{n}": n} for n in range(1001)]).encode(), "body"),
    (b'"\x00"', "body"),
]


@pytest.mark.parametrize(("raw", "field"), BAD_JSON, ids=[repr(raw[:40]) for raw, _field in BAD_JSON])
def test_bad_json_is_refused_by_name(api: Any, raw: bytes, field: str | None) -> None:
    response = api(raw)
    if field is None:
        assert response.status_code == 200
        return
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize(
    "value",
    [
        {"name": "𠮷野家 👩‍👩‍👧", "text": "第一行\n第二行\t完"},
        {"n": 12345678901234567890, "x": -1.5, "none": None, "yes": True},
        {f"k{n}": n for n in range(1000)},
        {"deep": json.loads("[" * 31 + "]" * 31)},
        "plain",
        [],
    ],
)
def test_good_json_passes(api: Any, value: Any) -> None:
    assert api(json.dumps(value)).status_code == 200


BAD_PAIRS = [
    (b"name=a%00b", "name"),
    (b"name=%ff", "name"),
    (b"name=" + GB, "name"),
    (b"name=%CD%A3%B5%E7", "name"),
    (b"ok=1&name=%ED%A0%80", "name"),
    (b"na%00me=1", "na?me"),
    (b"name=%1b", "name"),
    (b"&".join(b"k%d=1" % n for n in range(1001)), "body"),
]


@pytest.mark.parametrize(("raw", "field"), BAD_PAIRS, ids=[repr(raw[:30]) for raw, _field in BAD_PAIRS])
def test_bad_forms_are_refused_by_name(api: Any, raw: bytes, field: str) -> None:
    response = api(raw, content_type=FORM)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize(("raw", "field"), BAD_PAIRS, ids=[repr(raw[:30]) for raw, _field in BAD_PAIRS])
def test_bad_queries_are_refused_by_name(client: Client, raw: bytes, field: str) -> None:
    response = client.get("/api/probe/echo/", QUERY_STRING=raw.decode("latin-1"))
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_good_forms_and_queries_pass(api: Any, client: Client) -> None:
    assert api("name=" + quote("停电 👍") + "&a+b=1&empty=&flag", content_type=FORM).json()["post"]["name"] == "停电 👍"
    assert client.get("/api/probe/echo/", {"q": "停电"}).status_code == 200


@pytest.mark.parametrize("path", ["/probe/echo/%00", "/probe/%ff%fe/", "/probe/%ED%A0%80/"])
def test_bad_paths_are_refused(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


def test_a_page_is_refused_with_a_page(client: Client) -> None:
    response = client.post("/probe/echo/", "name=%00", content_type=FORM)
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_session_cookie_with_nul_is_refused_before_the_database_sees_it(client: Client) -> None:
    client.cookies.load('sessionid="abcdefgh\\000ijkl"')
    assert client.get("/login/").status_code == 400


def multipart(**fields: Any) -> bytes:
    return encode_multipart(BOUNDARY, fields)


def test_uploads_arrive_whole_after_the_check(api: Any) -> None:
    file = SimpleUploadedFile("照片.png", b"\x89PNG\x00\xff" * 10, content_type="image/png")
    response = api(multipart(name="李", photo=file), content_type=MULTIPART_CONTENT)
    assert response.status_code == 200
    assert response.json() == {"post": {"name": "李"}, "files": ["照片.png"], "body": "multipart/form-data"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (multipart(name="a\x00b"), "name"),
        (multipart(name="@@").replace(b"@@", GB), "name"),
    ],
)
def test_bad_multipart_fields_are_refused_by_name(api: Any, body: bytes, field: str) -> None:
    response = api(body, content_type=MULTIPART_CONTENT)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 300])
def test_a_broken_multipart_body_is_refused(api: Any, content_type: str) -> None:
    assert api(b"--nonsense", content_type=content_type).status_code == 400


def test_too_many_multipart_fields_are_refused(api: Any) -> None:
    body = multipart(**{f"k{n}": "1" for n in range(1001)})
    assert api(body, content_type=MULTIPART_CONTENT).status_code == 400


@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain"])
def test_a_body_over_the_limit_is_413(api: Any, content_type: str) -> None:
    assert api(b"a" * 2_621_441, content_type=content_type).status_code == 413


def test_a_big_text_field_of_an_upload_is_413(api: Any) -> None:
    assert api(multipart(name="a" * 2_700_000), content_type=MULTIPART_CONTENT).status_code == 413


def test_an_upload_over_the_limit_is_413_before_it_is_read(client: Client) -> None:
    response = client.generic(
        "POST", "/api/probe/echo/", b"", content_type=MULTIPART_CONTENT, CONTENT_LENGTH=str(65 * 1024 * 1024)
    )
    assert response.status_code == 413


def test_another_charset_is_refused(api: Any) -> None:
    response = api(b"name=a", content_type=FORM + "; charset=gb18030")
    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["Content-Type"]


def test_every_refusal_has_a_text(api: Any) -> None:
    for raw, field in BAD_JSON:
        if field:
            (texts,) = api(raw).json()["errors"].values()
            assert texts[0]


def test_a_name_is_shown_without_what_made_it_bad() -> None:
    with pytest.raises(Unclean) as caught:
        cleaninput.check_name("a\ud800\x00")
    assert caught.value.field == "a??"
