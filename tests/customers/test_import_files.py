"""Files as people really send them: encodings, separators, spreadsheets, broken lines, hostile packages."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from customers import imports
from customers.errors import CustomerError, TooLarge
from customers.imports.limits import PAGE, Limits
from customers.models import TransformerArea
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db

HEADER = ["户号", "户名", "联系电话", "用电地址", "供电所"]
LINE = ["6100975513", "李承洲", "13800002236", "江湾街道柳浪新村 14 幢 301", "江湾供电所"]


def csv_text(*lines: Sequence[str], header: Sequence[str] = HEADER, separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([header, *lines])
    return out.getvalue()


def xlsx(*rows: Sequence[Any]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def package(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return out.getvalue()


def check(data: bytes, limits: Limits = PAGE) -> imports.Check:
    return imports.check(data, limits=limits, now=MONDAY)


def messages(data: bytes) -> list[tuple[int, str, str]]:
    return [(p["line"], p["field"], p["message"]) for p in check(data).problems]


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("gbk", "GB18030"), ("utf-16", "UTF-16")],
)
def test_an_encoding_is_recognised(codec: str, name: str) -> None:
    found = check(csv_text(LINE).encode(codec))
    assert (found.encoding, found.problems) == (name, [])
    assert found.entries[0]["name"] == "李承洲"


def test_rare_characters_survive_gb18030() -> None:
    line = ["6100233918", "周𠮷祥", "", "江湾街道稻香里 8 幢 602", "江湾供电所"]
    assert check(csv_text(line).encode("gb18030")).entries[0]["name"] == "周𠮷祥"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "，"])
def test_a_separator_is_recognised(separator: str) -> None:
    (entry,) = check(csv_text(LINE, separator=separator).encode()).entries
    assert (entry["account_no"], entry["phones"]) == ("6100975513", ["13800002236"])


def test_headings_have_aliases_any_order_and_unknown_ones_are_named() -> None:
    header = ["备注", "供 电 所", "地址", "ＮＡＭＥ", "客户编号", "手机号"]
    found = check(csv_text(["x", *reversed([LINE[0], LINE[1], LINE[3], LINE[4]]), LINE[2]], header=header).encode())
    assert found.unused == ["备注"]
    assert found.entries[0]["account_no"] == "6100975513"


def test_every_field_is_read_and_cleaned(area: TransformerArea) -> None:
    header = [*HEADER, "备用电话", "台区", "客户类别", "供电方式", "立户日期", "特殊人群"]
    line = [
        "６１００９７５５１３", "李\u200b承\u202e洲", "+86 138-0000-2236、13900001111", LINE[3], "station_jiangwan",
        "（0577）8888 9999", "柳浪 新村", "大工业", "专变", "2020年5月3日", "五保户、残疾人",
    ]  # fmt: skip
    (entry,) = check(csv_text(line, header=header).encode()).entries
    assert entry["account_no"] == "6100975513"
    assert entry["name"] == "李承洲"
    assert entry["phones"] == ["13800002236", "13900001111", "057788889999"]
    assert (entry["station_id"], entry["area_id"]) == (area.station_id, area.pk)
    assert (entry["segment"], entry["supply"], entry["opened_on"]) == ("industrial", "dedicated", "2020-05-03")
    assert entry["vulnerable"] == ["five_guarantees", "disabled"]


@pytest.mark.parametrize(
    ("column", "value", "field", "words"),
    [
        (0, "", "户号", "补填"),
        (0, "12345", "户号", "6 到 20 位"),
        (0, "6.10098E+09", "户号", "科学计数"),
        (1, "=1+1", "户名", "公式"),
        (1, "王\x07明", "户名", "U+0007"),
        (1, "王\x00明", "户名", "U+0000"),
        (1, "王" * 101, "户名", "最多 100 个字"),
        (1, "\u200b", "户名", "看不见"),
        (2, "1380000223", "电话", "少 1 位"),
        (2, "13800002236 13900001111", "电话", "顿号"),
        (2, "无", "电话", "只能是数字"),
        (3, "@SUM(A1)", "用电地址", "公式"),
        (4, "江湾", "供电所", "江湾供电所、城东供电所"),
    ],
)
def test_a_broken_cell_is_named_by_line_column_and_remedy(column: int, value: str, field: str, words: str) -> None:
    broken = [*LINE]
    broken[column] = value
    good = ["6100000001", *LINE[1:]]
    ((line, name, message),) = messages(csv_text(good, broken).encode())
    assert (line, name) == (3, field)
    assert words in message


@pytest.mark.parametrize("day", ["2026-02-30", "明天", "2026-09-08", "1899-12-31", "99999-1-1"])
def test_a_day_that_cannot_be_is_refused(day: str) -> None:
    ((_line, field, _message),) = messages(csv_text([*LINE, day], header=[*HEADER, "立户日期"]).encode())
    assert field == "立户日期"


def test_all_problems_of_a_line_are_told_at_once() -> None:
    found = messages(csv_text(["1", "", "x", "=", "无"]).encode())
    assert [field for _line, field, _message in found] == ["户号", "户名", "用电地址", "电话", "供电所"]


def test_an_account_twice_in_a_file_is_named_with_its_first_line() -> None:
    ((line, field, message),) = messages(csv_text(LINE, LINE).encode())
    assert (line, field) == (3, "户号")
    assert "第 2 行" in message


def test_lines_are_counted_as_the_spreadsheet_does_over_quoted_breaks_and_blank_lines() -> None:
    text = csv_text(["6100000001", "李\n承洲", *LINE[2:]]) + "\r\n,,,,\r\n" + csv_text(["x", *LINE[1:]], header=LINE)
    found = check(text.encode())
    assert found.entries[0]["name"] == "李 承洲"
    assert [problem["line"] for problem in found.problems] == [7]


def test_short_lines_miss_cells_and_long_lines_are_refused() -> None:
    ((_line, field, _m), *_rest) = messages(csv_text(["6100000001", "李承洲"]).encode())
    assert field == "用电地址"
    with pytest.raises(TooLarge, match="60 列"):
        check(csv_text([*LINE, *(["x"] * 60)]).encode())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"  \n ", "空的"),
        (b"\xd0\xcf\x11\xe0rest", "另存为 .xlsx"),
        (b"\xff\xfe\x00", "UTF-8 也不是 GB18030"),
        (b"\x81\x20\xff\xff\n", "UTF-8 也不是 GB18030"),
        ("户号,户名\n1,2\n".encode(), "表头缺少：用电地址、供电所"),
        ("户号,户号,户名,地址,供电所\n".encode(), "两列都是“户号”"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "表头缺少|UTF-8 也不是"),
        (b"PK\x03\x04broken", "已损坏"),
        (package(word__document_xml=b"<x/>"), "不是 xlsx"),
        (package(xl__workbook_xml=b"<x/>"), "已损坏"),
        (package(xl__workbook_xml=b"<x/>", xl__vbaProject_bin=b"x"), "含宏"),
        (package(xl__workbook_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'), "不允许的定义"),
        (package(xl__workbook_xml='<!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16")), "不允许的定义"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_remedy(data: bytes, words: str) -> None:
    with pytest.raises(CustomerError, match=words):
        check(data)


def test_an_unclosed_quote_is_one_clear_error() -> None:
    text = csv_text() + '6100000001,"李承洲' + "x" * 40_000
    with pytest.raises(CustomerError, match="第 2 行无法读取"):
        check(text.encode())


def test_a_spreadsheet_is_read_with_its_numbers_and_days() -> None:
    data = xlsx(
        [*HEADER, "立户日期"],
        [6100975513, "李承洲", 13800002236, LINE[3], LINE[4], date(2020, 5, 3)],
        [],
        [6100000001.0, "王小明", 13800002237.0, LINE[3], LINE[4], "2020/5/4"],
    )
    found = check(data)
    assert found.problems == []
    assert found.encoding == "xlsx"
    assert [(e["account_no"], e["phones"], e["opened_on"], e["line"]) for e in found.entries] == [
        ("6100975513", ["13800002236"], "2020-05-03", 2),
        ("6100000001", ["13800002237"], "2020-05-04", 4),
    ]


def test_formulas_and_error_cells_are_named_not_computed() -> None:
    data = xlsx(HEADER, [LINE[0], '=HYPERLINK("http://evil","x")', "#N/A", *LINE[3:]])
    assert [(field, message[:4]) for _line, field, message in messages(data)] == [
        ("户名", "是公式，"),
        ("电话", "是错误值"),
    ]


def test_an_escaped_control_character_in_a_spreadsheet_is_named() -> None:
    shared = xlsx(HEADER, [LINE[0], "李承洲", *LINE[2:]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shared)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            target.writestr(member, source.read(member).replace("李承洲".encode(), "李_x0007_洲".encode()))
    found = check(out.getvalue())
    assert not found.entries or "\x07" not in found.entries[0]["name"]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = package(xl__workbook_xml=b"<x/>", xl__sharedStrings_xml=b"0" * (PAGE.unpacked + 1))
    assert len(bomb) < 1_000_000
    with pytest.raises(TooLarge, match="解开后超过 80 MB"):
        check(bomb)
    crowd = package(xl__workbook_xml=b"<x/>", **{f"m{n}": b"" for n in range(PAGE.members)})
    with pytest.raises(TooLarge):
        check(crowd)


def test_far_away_cells_do_not_unfold_a_sheet() -> None:
    data = xlsx(HEADER, LINE)
    out = io.BytesIO()
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            target.writestr(member, source.read(member).replace(b"</sheetData>", far))
    assert len(check(out.getvalue()).entries) == 1


def test_three_megabytes_pass_and_the_limits_are_named() -> None:
    rows = [[f"62{n:08d}", "李承洲", "13800002236", "江湾街道" + "长" * 90, "江湾供电所"] for n in range(9_900)]
    data = csv_text(*rows).encode()
    assert len(data) > 3_000_000
    assert len(check(data).entries) == 9_900
    small = Limits(size=1024 * 1024, unpacked=1024, rows=1000)
    with pytest.raises(TooLarge, match="超过 1 MB"):
        check(data, small)
    with pytest.raises(TooLarge, match="超过 1000 行"):
        check(csv_text(*rows[:1001]).encode(), small)
