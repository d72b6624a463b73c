"""The report as xlsx, PDF, CSV and JSON, each opened again and compared with the page (S4-R38, B19)."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from exports.models import Export
from people.models import AuditEntry, Department
from people.roles import Role
from reports import paper
from reports.exporting import count, sheets
from reports.figures import FIGURES
from reports.files import safe
from reports.live import span_of
from reports.rates import RATES
from reports.sheet import definitions, live_sheet
from tests.factories import dept, person
from tests.reports.conftest import SignIn
from tests.reports.golden import JULY, NOW, Golden

pytestmark = pytest.mark.django_db
WHERE = "/reports/2026-07/files/"


def test_the_workbook_opens_again_with_typed_numbers_and_every_definition(golden: Golden, signed_in: SignIn) -> None:
    response = signed_in(golden.director).get(WHERE + "xlsx/")
    book: Any = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["分部门", "办理过程", "其他类型", "扣罚", "指标说明", "导出说明"]
    page = book["分部门"]
    heads = [cell.value for cell in page[1]]
    sheet = live_sheet(span_of(JULY, now=NOW))
    line = sheet.line(dept("production_tech_dept").pk)
    assert line
    row = next(r for r in page.iter_rows(min_row=2) if r[0].value == "生产技术部")
    values = dict(zip(heads, row, strict=True))
    assert values["合计"].value == line.counts["received"] == 10
    assert values["合计"].data_type == values["按期率"].data_type == "n"
    assert values["按期率"].value == 62.5
    assert page[page.max_row][0].value == "合计"
    words = {r[0].value: r[2].value for r in book["指标说明"].iter_rows(min_row=2)}
    assert len(words) >= len({row[1] for row in definitions()})
    assert words["按期办结率"].startswith("按期办结 ÷ 有时限办结")
    assert golden.director.name in page.oddHeader.center.text
    entry = AuditEntry.objects.get(action="report.export")
    assert (entry.subject_ref, entry.detail["kind"]) == ("2026-07", "xlsx")


def test_nothing_in_a_file_can_run(golden: Golden, signed_in: SignIn) -> None:
    """A department's name is somebody's words too."""
    Department.objects.filter(code="production_tech_dept").update(name="=1+1")
    client = signed_in(golden.director)
    book: Any = load_workbook(io.BytesIO(client.get(WHERE + "xlsx/").content))
    cell = next(row[0] for row in book["分部门"].iter_rows(min_row=2) if row[0].value == "=1+1")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    text = client.get(WHERE + "csv/").content.decode("utf-8-sig")
    assert "\r\n'=1+1," in text
    assert all(safe(first + "x").startswith("'") for first in "=+-@\t＝")


def test_the_csv_reads_back_to_the_numbers_of_the_page(golden: Golden, signed_in: SignIn) -> None:
    text = signed_in(golden.director).get(WHERE + "csv/").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    start = rows.index(["分部门"])
    table = {row[0]: dict(zip(rows[start + 1], row, strict=True)) for row in rows[start + 2 : start + 8] if row}
    sheet = live_sheet(span_of(JULY, now=NOW))
    for line in (*sheet.lines, sheet.total):
        assert int(table[line.name]["合计"]) == line.counts["received"]
        assert Decimal(table[line.name]["按期率"]) == line.rate("on_time_rate")


def test_the_pdf_holds_title_lines_total_and_who_took_it(golden: Golden, signed_in: SignIn) -> None:
    response = signed_in(golden.director).get(WHERE + "pdf/")
    if response.status_code == 302:
        pytest.skip("this machine has no Pango; what the page says then is tested below")
    assert response["Content-Type"] == "application/pdf"
    document = PdfReader(io.BytesIO(response.content))
    box = document.pages[0].mediabox
    assert round(float(box.width)) == 842
    assert round(float(box.height)) == 595
    text = "".join(page.extract_text() for page in document.pages).replace("\n", "").replace(" ", "")
    for words in ("工单处理情况（2026年7月）", "生产技术部", "合计", "尚未签发", "按期办结率", golden.director.name):
        assert words in text, words


def test_without_the_layout_library_the_page_says_what_to_do(
    golden: Golden, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(html: str) -> bytes:
        raise OSError("cannot load library 'pango-1.0-0'")

    monkeypatch.setattr("reports.files.pdf_of", missing)
    client = signed_in(golden.director)
    response = client.get(WHERE + "pdf/", follow=True)
    assert "没有生成 PDF 所需的排版库" in response.content.decode()
    assert paper.STYLE.is_file()


def test_a_file_holds_the_lines_its_reader_may_read(golden: Golden, signed_in: SignIn) -> None:
    client = signed_in(golden.staff["P"]["head"])
    assert client.get(WHERE + "xlsx/").status_code == 200
    assert client.get(WHERE + "exe/").status_code == 404
    assert signed_in(person(Role.SYSTEM_ADMIN, "company")).get(WHERE + "csv/").status_code == 403


def test_the_api_gives_the_same_figures_with_their_definitions(golden: Golden, signed_in: SignIn) -> None:
    client = signed_in(person(Role.MANAGER, "company"))
    body = client.get("/api/v1/reports/2026-07/").json()
    sheet = live_sheet(span_of(JULY, now=NOW))
    assert body["total"]["counts"] == sheet.total.counts
    assert body["total"]["rates"]["on_time_rate"] == "81.5"
    assert {line["department"] for line in body["lines"]} >= {"production_tech_dept", None}
    assert {row["key"] for row in body["definitions"]} == {*FIGURES, *RATES}
    assert (body["stage"], body["release"], body["hash"]) == (None, None, None)
    assert client.get("/api/v1/reports/2026-07/?colour=red").status_code == 400
    assert client.get("/api/v1/reports/2026-13/").status_code == 404
    assert "分部门" in client.get("/api/v1/reports/2026-07/csv/").content.decode("utf-8-sig")


def test_the_list_behind_a_figure_goes_out_by_the_export_job(golden: Golden, signed_in: SignIn) -> None:
    """B19: the same orders as the list, in the requester's view when the file is written; a purpose is asked for."""
    client = signed_in(golden.director)
    where = "/reports/2026-07/orders/export/"
    query = "figure=overdue&department=production_tech_dept"
    assert client.post(where, {"query": query, "reason": ""}).status_code in {400, 422}
    assert client.post(where, {"query": "figure=nothing", "reason": "月度例会"}).status_code == 400
    done = client.post(where, {"query": query, "reason": "月度例会"})
    assert done.status_code == 302
    export = Export.objects.get()
    assert export.kind == "report_orders"
    params = export.params
    assert count(params, golden.director, NOW) == 4
    rows = [row for sheet in sheets(params, golden.director, NOW) for row in sheet.rows]
    numbers = {golden.orders[name].number for name in ("P2", "P4", "P7", "P8")}
    assert {row[0] for row in rows} == numbers
    assert count(params, golden.staff["S"]["head"], NOW) == 0, "another department's eyes"
