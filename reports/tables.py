"""The report's tables as values: which columns there are, what a cell says and where it leads. No markup."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from policy.vocabulary import Kind
from reports.figures import FIGURES
from reports.penalties import PenaltyLine, PenaltySheet
from reports.permissions import Reach
from reports.rates import RATES
from reports.sheet import Line, Sheet

NOTHING = "—"
Value = int | Decimal | None


@dataclass(frozen=True)
class Column:
    """``key`` is a figure or a rate; with ``kind`` only the orders of that kind count."""

    key: str
    label: str | Promise = ""
    kind: str = ""
    strong: bool = False

    @property
    def is_rate(self) -> bool:
        return self.key in RATES

    @property
    def heading(self) -> str:
        if self.label:
            return str(self.label)
        return str((RATES if self.is_rate else FIGURES)[self.key].label)

    def value(self, line: Line) -> Value:
        counts = line.by_kind.get(self.kind, {}) if self.kind else line.counts
        return RATES[self.key].of(counts) if self.is_rate else counts.get(self.key, 0)

    def text(self, value: Value) -> str:
        """As shown: 12, 98.2%, 3.9, or a dash for nothing."""
        if value is None or (not self.is_rate and not value):
            return NOTHING
        if self.is_rate and RATES[self.key].unit == "%":
            return f"{value}%"
        return f"{value}"

    @property
    def counted_as(self) -> str:
        """The figure a click leads to: for a rate the orders it divides by."""
        return RATES[self.key].below if self.is_rate else self.key


MAIN = (
    Column("received", Kind.CONSULTATION.label, Kind.CONSULTATION),
    Column("received", Kind.COMPLAINT.label, Kind.COMPLAINT),
    Column("received", Kind.REPORT_MISCONDUCT.label, Kind.REPORT_MISCONDUCT),
    Column("received", _l("合计"), strong=True),
    Column("closed"),
    Column("on_time_rate", _l("按期率")),
    Column("overdue"),
    Column("overdue_days", _l("逾期天数")),
    Column("unqualified"),
    Column("repeat_ruled"),
    Column("average_days", _l("平均工作日")),
    Column("satisfaction"),
)
COURSE = (
    Column("carried_in"),
    Column("merged"),
    Column("withdrawn"),
    Column("carried_out"),
    Column("late"),
    Column("customer_rate"),
    Column("accept_rate"),
    Column("contact_rate"),
    Column("extended"),
    Column("transferred"),
    Column("refused"),
    Column("ping_pong"),
    Column("returned"),
    Column("reopened"),
    Column("repeat"),
    Column("first_contact"),
    Column("called_back"),
    Column("reached"),
    Column("verified"),
)
ANNEX = (
    Column("carried_in"),
    Column("received"),
    Column("closed"),
    Column("carried_out"),
    Column("average_days"),
    Column("satisfaction"),
)
TABLES: dict[str, tuple[str | Promise, tuple[Column, ...]]] = {
    "main": (_l("分部门"), MAIN),
    "course": (_l("办理过程"), COURSE),
}


@dataclass(frozen=True)
class CellView:
    text: str
    url: str
    bad: bool
    strong: bool
    empty: bool


@dataclass(frozen=True)
class LineView:
    name: str
    own: bool
    cells: list[CellView]


@dataclass(frozen=True)
class TableView:
    title: str
    headings: list[tuple[str, str]]
    lines: list[LineView]
    total: LineView


Address = Callable[[dict[str, str]], str]


def table_view(
    title: str,
    columns: Iterable[Column],
    sheet: Sheet,
    *,
    reach: Reach,
    address: Address,
    money: PenaltySheet | None = None,
) -> TableView:
    """The lines this person reads, each figure with its way to the orders where they may be opened."""
    wanted = list(columns)
    lines = [line for line in sheet.lines if reach.reads(line.department)]
    found = TableView(
        title,
        [(column.heading, _sentence(column)) for column in wanted],
        [_line_view(line, wanted, reach, address, total=False) for line in lines],
        _line_view(sheet.total, wanted, reach, address, total=True),
    )
    if money is not None:
        found.headings.append((_("扣罚（元/人）"), _("本月记入扣罚台账、没有撤销的每人扣款之和。")))
        for line, view in zip(lines, found.lines, strict=True):
            view.cells.append(_money_cell(money.line(line.department)))
        found.total.cells.append(_money_cell(None))
    return found


def _money_cell(line: PenaltyLine | None) -> CellView:
    if line is None or not line.per_person:
        return CellView(NOTHING, "", bad=False, strong=False, empty=True)
    return CellView(line.rate_text, "", bad=True, strong=True, empty=False)


def _sentence(column: Column) -> str:
    return str((RATES if column.is_rate else FIGURES)[column.key].definition)


def _line_view(line: Line, columns: list[Column], reach: Reach, address: Address, *, total: bool) -> LineView:
    opens = reach.every_order if total else reach.opens(line.department)
    cells = []
    for column in columns:
        value = column.value(line)
        text = column.text(value)
        where = _where(line, column, total=total)
        cells.append(
            CellView(
                text,
                address(where) if opens and text != NOTHING else "",
                bool(value) and not column.is_rate and FIGURES[column.key].bad,
                column.strong,
                text == NOTHING,
            )
        )
    return LineView(line.name, not total and line.department in reach.own, cells)


def _where(line: Line, column: Column, *, total: bool) -> dict[str, str]:
    found = {"figure": column.counted_as}
    if not total:
        found["department"] = line.code or "none"
    if column.kind:
        found["kind"] = column.kind
    return found


def with_query(url: str) -> Address:
    return lambda where: f"{url}?{urlencode(where)}"


# --- headline figures -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Headline:
    label: str
    value: str
    unit: str
    notes: list[str]
    bad: bool
    url: str


def headlines(
    sheet: Sheet, before: Sheet | None, year: Sheet | None, *, reach: Reach, address: Address
) -> list[Headline]:
    """Six numbers with what they were a month and a year ago."""
    total = sheet.total
    late = sum(1 for line in sheet.lines if line.counts["overdue"])
    notes = {
        "overdue": _("共 %(days)d 天，%(n)d 个部门") % {"days": total.counts["overdue_days"], "n": late},
        "satisfaction": _("回访 %(n)d 件，未接通 %(m)d 件")
        % {"n": total.counts["called_back"], "m": total.counts["called_back"] - total.counts["reached"]},
        "average_days": _kinds(total),
        "unqualified": _("引起再次投诉 %(n)d 件") % {"n": total.counts["repeat_ruled"]},
    }
    found = []
    for key in ("received", "on_time_rate", "overdue", "unqualified", "satisfaction", "average_days"):
        column = Column(key)
        value = column.value(total)
        compared = [_compared(column, value, other, word) for word, other in ((_("比上月"), before), (_("同比"), year))]
        found.append(
            Headline(
                column.heading,
                "0" if value == 0 else NOTHING if value is None else str(value),
                str(RATES[key].unit) if column.is_rate else "",
                [note for note in (notes.get(key, ""), "　".join(filter(None, compared))) if note],
                key == "overdue" and bool(value),
                address({"figure": column.counted_as}) if reach.every_order and value else "",
            )
        )
    return found


def _kinds(total: Line) -> str:
    texts = []
    for kind in (Kind.COMPLAINT, Kind.CONSULTATION):
        value = RATES["average_days"].of(total.by_kind.get(kind, {}))
        if value is not None:
            texts.append(f"{kind.label} {value}")
    return "，".join(texts)


def _compared(column: Column, value: Value, other: Sheet | None, word: str) -> str:
    was = column.value(other.total) if other else None
    if value is None or was is None:
        return ""
    change = value - was
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    amount = abs(change)
    if column.is_rate and RATES[column.key].unit == "%":
        return _("%(word)s %(sign)s%(amount)s 个百分点") % {"word": word, "sign": sign, "amount": amount}
    return f"{word} {sign}{amount}"


# --- chart ------------------------------------------------------------------------------------------------------------

BAR_LEFT, BAR_WIDTH, BAR_STEP, BAR_HEIGHT = 102, 190, 23, 15


@dataclass(frozen=True)
class Bar:
    """One department: geometry in the units of the drawing, numbers as in the table."""

    name: str
    y: int
    text_y: int
    on_time: float
    late_x: float
    late: float
    value_x: float
    closed: int
    overdue: int


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    height: int


def chart_of(sheet: Sheet, *, reach: Reach) -> Chart:
    """Closed orders with a limit by department, in time and late: the numbers of the table, most first."""
    lines = [line for line in sheet.lines if line.counts["limited"] and reach.reads(line.department)]
    lines.sort(key=lambda line: -line.counts["limited"])
    most = max((line.counts["limited"] for line in lines), default=1)
    bars = []
    for place, line in enumerate(lines):
        scale = BAR_WIDTH / most
        good, late = line.counts["on_time"] * scale, line.counts["late"] * scale
        y = 3 + place * BAR_STEP
        bars.append(
            Bar(
                short_name(line.name),
                y,
                y + 11,
                round(good, 1),
                round(BAR_LEFT + good, 1),
                round(late, 1),
                round(BAR_LEFT + good + late + 6, 1),
                line.counts["limited"],
                line.counts["late"],
            )
        )
    return Chart(bars, len(bars) * BAR_STEP + 2)


LONGEST_NAME = 7


def short_name(name: str) -> str:
    """What fits beside a bar."""
    name = name.partition("（")[0]
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def as_rows(columns: Iterable[Column], sheet: Sheet, *, reach: Reach) -> list[list[Any]]:
    """Name and typed values of every line this person reads, the total last: what files are made of."""
    wanted = list(columns)
    lines = [line for line in sheet.lines if reach.reads(line.department)]
    return [[line.name, *(column.value(line) for column in wanted)] for line in (*lines, sheet.total)]
