"""S4-R38: a month of forty orders worked by hand, and what every way of asking answers (PEERS 13-16)."""

from decimal import Decimal

import pytest

from complaints.models import Order
from reports.figures import FIGURES
from reports.live import counted, each_order, span_of
from reports.models import MonthCell
from reports.rates import RATES
from reports.rollup import refresh, roll_up, rolled
from reports.sheet import ANNEX_KINDS, PUBLISHED_KINDS, Line, Sheet, live_sheet, sheet_of
from tests.reports.golden import JULY, NOW, Golden, lines

pytestmark = pytest.mark.django_db
LETTERS = ("P", "S", "C", "I", "-")
TABLE = lines()[1]


def lines_of(sheet: Sheet, golden: Golden) -> list[Line]:
    """In the order of the hand-made table; departments without a line have zeros."""
    found = [sheet.line(golden.department(letter)) for letter in LETTERS]
    assert all(found)
    return [*(line for line in found if line), sheet.total]


def test_the_report_equals_the_month_worked_by_hand(golden: Golden) -> None:
    sheet = live_sheet(span_of(JULY, now=NOW))
    lines_found = lines_of(sheet, golden)
    wrong = []
    for key, cells in TABLE.items():
        for letter, line, cell in zip((*LETTERS, "total"), lines_found, cells, strict=True):
            got: object = line.counts[key] if key in FIGURES else line.rate(key)
            want: object = None if cell == "none" else int(cell) if key in FIGURES else Decimal(cell)
            if got != want:
                wrong.append(f"{key} {letter}: {got}, by hand {want}")
    assert wrong == []
    assert set(FIGURES) <= set(TABLE), "every figure is worked by hand"

    # the annex: kinds without a limit (B17)
    annex = live_sheet(span_of(JULY, now=NOW), kinds=ANNEX_KINDS)
    assert {key: annex.total.counts[key] for key in ("received", "closed", "carried_out", "limited")} == {
        "received": 2,
        "closed": 1,
        "carried_out": 1,
        "limited": 0,
    }

    # click-through = figure, in every cell of every line
    span = span_of(JULY, now=NOW)
    for key, one in FIGURES.items():
        rows = counted(Order.objects.all(), key, span)
        for line in sheet.lines:
            here = rows.filter(lead_department_id=line.department, kind__in=PUBLISHED_KINDS)
            if one.amount is None:
                assert here.count() == line.counts[key], key

    # order by order = cell by cell, and the roll-up = live
    again = sheet_of((cell for _pk, cell, _keys in each_order(span)), JULY, as_of=NOW)
    assert [line.counts for line in again.lines] == [line.counts for line in sheet.lines]
    assert JULY in roll_up(NOW)
    kept = sheet_of(rolled([JULY])[JULY], JULY, as_of=NOW)
    assert [(line.name, line.counts) for line in kept.lines] == [(line.name, line.counts) for line in sheet.lines]
    refresh(JULY, now=NOW)
    assert sheet_of(rolled([JULY])[JULY], JULY, as_of=NOW).total == kept.total, "twice changes nothing"


def test_carried_in_and_received_leave_again_for_every_line_and_kind(golden: Golden) -> None:
    """No order is lost between the columns."""
    sheet = live_sheet(span_of(JULY, now=NOW))
    for line in (*sheet.lines, sheet.total):
        for counts in (line.counts, *line.by_kind.values()):
            came = counts["carried_in"] + counts["received"]
            assert came == sum(counts[key] for key in ("closed", "merged", "withdrawn", "carried_out"))
            assert counts["limited"] == counts["on_time"] + counts["late"]


def test_the_roll_up_has_a_column_for_every_figure() -> None:
    columns = {field.name for field in MonthCell._meta.fields} - {"id", "month", "department", "kind", "category"}
    assert columns == set(FIGURES)


def test_rates_divide_figures_that_exist() -> None:
    for rate in RATES.values():
        assert {rate.above, rate.below} <= set(FIGURES)
