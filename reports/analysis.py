"""What a manager asks beyond the monthly table: trends, causes, places, hours, repeats, notices, what falls due
(S3-R15, S0-R40, S0-R44, S0-R05). Counted from rows, by the month's own definitions where there are any."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.utils.translation import gettext as _

from complaints.models import Order
from complaints.vocabulary import CauseParty
from outage.models import Notice, Outage
from outage.vocabulary import Slot
from policy.limits import SHANGHAI, shanghai_day
from policy.rulebook import Rulebook
from policy.vocabulary import Category
from policy.workdays import add_workdays
from reports.comparison import sheets_of
from reports.figures import FIGURES, Span
from reports.live import Cell, of_month
from reports.months import Month
from reports.rates import RATES

TREND_MONTHS = 13
TOP = 10
FORECAST_DAYS = 10
HOURS, WEEKDAYS = 24, 7
CLUSTER = 3  # so many orders of one place and matter in a month are shown as a cluster
SHADES = 4


@dataclass(frozen=True)
class Point:
    month: Month
    received: int
    overdue: int
    on_time: Decimal | None
    satisfaction: Decimal | None
    bar: float


def trend(month: Month, *, now: datetime, book: Rulebook) -> list[Point]:
    """Thirteen months up to this one, so that the last stands beside the same month of the year before."""
    sheets = sheets_of([month.plus(-n) for n in range(TREND_MONTHS - 1, -1, -1)], now=now, book=book)
    most = max((sheet.total.counts["received"] for sheet in sheets.values()), default=0) or 1
    return [
        Point(
            one,
            sheet.total.counts["received"],
            sheet.total.counts["overdue"],
            sheet.total.rate("on_time_rate"),
            sheet.total.rate("satisfaction"),
            round(sheet.total.counts["received"] * 100 / most, 1),
        )
        for one, sheet in sorted(sheets.items())
    ]


@dataclass(frozen=True)
class Share:
    """A part of the month's orders: ``percent`` of all counted here."""

    label: str
    received: int
    percent: Decimal
    overdue: int = 0
    satisfaction: Decimal | None = None


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1")) if whole else Decimal(0)


def by_category(cells: Iterable[Cell]) -> list[Share]:
    """The month's categories, most first; the parts add up to the month's received orders of every kind."""
    sums: dict[str, Counter[str]] = {}
    for cell in cells:
        sums.setdefault(cell.category, Counter()).update(cell.counts)
    whole = sum(counts["received"] for counts in sums.values())
    names = {str(one): str(one.label) for one in Category}
    rows = [
        Share(
            names.get(category, _("未分类")),
            counts["received"],
            _percent(counts["received"], whole),
            counts["overdue"],
            RATES["satisfaction"].of(counts),
        )
        for category, counts in sums.items()
        if counts["received"]
    ]
    return sorted(rows, key=lambda row: -row.received)


def _registered(span: Span) -> Any:
    return of_month(span).filter(FIGURES["received"].where(span))


def top_matters(span: Span) -> list[Share]:
    """The subcategories people write about most."""
    rows = _registered(span).filter(subcategory__isnull=False)
    whole = rows.count()
    found = rows.values_list("subcategory__name").annotate(n=Count("pk")).order_by("-n", "subcategory__name")[:TOP]
    return [Share(name, many, _percent(many, whole)) for name, many in found]


def causes(span: Span) -> list[Share]:
    """Who caused it, of the orders closed in the month and investigated (S3-R11)."""
    rows = of_month(span).filter(FIGURES["closed"].where(span)).exclude(cause_party="")
    whole = rows.count()
    found = rows.values_list("cause_party").annotate(n=Count("pk")).order_by("-n", "cause_party")
    return [Share(str(CauseParty(party).label), many, _percent(many, whole)) for party, many in found]


def by_station(span: Span) -> list[Share]:
    """Where the callers live."""
    late = FIGURES["overdue"].where(span)
    rows = of_month(span).filter(station__isnull=False).values_list("station__name")
    found = list(
        rows.annotate(n=Count("pk", filter=FIGURES["received"].where(span)), late=Count("pk", filter=late)).order_by(
            "-n", "station__name"
        )
    )
    whole = sum(many for _name, many, _late in found)
    return [Share(name, many, _percent(many, whole), overdue) for name, many, overdue in found]


@dataclass(frozen=True)
class Heat:
    """Orders registered by weekday and hour; ``shade`` 0 to 4."""

    hours: list[int]
    rows: list[tuple[str, list[tuple[int, int]], int]]
    total: int


def heat(span: Span) -> Heat:
    rows = _registered(span).annotate(
        day=ExtractIsoWeekDay("registered_at", tzinfo=SHANGHAI), hour=ExtractHour("registered_at", tzinfo=SHANGHAI)
    )
    found = {(day, hour): n for day, hour, n in rows.values_list("day", "hour").annotate(n=Count("pk"))}
    most = max(found.values(), default=0) or 1
    lines = []
    for day in range(1, WEEKDAYS + 1):
        counts = [found.get((day, hour), 0) for hour in range(HOURS)]
        shaded = [(n, -(-n * SHADES // most)) for n in counts]
        lines.append((_("周") + "一二三四五六日"[day - 1], shaded, sum(counts)))
    return Heat(list(range(HOURS)), lines, sum(found.values()))


@dataclass(frozen=True)
class Cluster:
    """Several orders about one matter at one place within the month: an early sign (S0-R40)."""

    station: str
    matter: str
    orders: int
    households: int


def clusters(span: Span) -> list[Cluster]:
    rows = _registered(span).filter(station__isnull=False, subcategory__isnull=False)
    found = (
        rows.values_list("station__name", "subcategory__name")
        .annotate(n=Count("pk"), homes=Count("account_no", distinct=True, filter=~Q(account_no="")))
        .filter(n__gte=CLUSTER)
        .order_by("-n", "station__name")[:TOP]
    )
    return [Cluster(*row) for row in found]


@dataclass(frozen=True)
class Repeats:
    """Households that wrote several times in the month, and orders that repeat an earlier one."""

    households: int
    orders: int
    linked: int


def repeats(span: Span) -> Repeats:
    again = list(
        _registered(span)
        .exclude(account_no="")
        .values_list("account_no")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .values_list("n", flat=True)
    )
    return Repeats(len(again), sum(again), _registered(span).filter(original__isnull=False).count())


# --- outages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeLine:
    """One of the three notices: how many fell due in the month, and how they were posted (A17, A18)."""

    label: str
    owed: int
    on_time: int
    late: int
    missed: int

    @property
    def percent(self) -> Decimal | None:
        return _percent(self.on_time, self.owed) if self.owed else None


def notices(span: Span) -> list[NoticeLine]:
    """Notices whose fifteen minutes ended in the month; the due second itself is in time."""
    rows = Notice.objects.filter(void_at__isnull=True, due_at__gte=span.start, due_at__lt=span.until)
    posted_in_time = Q(posted_at__lt=F("due_at") + timedelta(seconds=1))
    found: Any = (
        rows.order_by()
        .values("slot")
        .annotate(
            owed=Count("pk"),
            on_time=Count("pk", filter=posted_in_time),
            missed=Count("pk", filter=Q(posted_at__isnull=True)),
        )
    )
    by_slot = {row["slot"]: row for row in found}
    lines = []
    for slot in Slot:
        row = by_slot.get(slot, {"owed": 0, "on_time": 0, "missed": 0})
        late = row["owed"] - row["on_time"] - row["missed"]
        lines.append(NoticeLine(str(slot.label), row["owed"], row["on_time"], late, row["missed"]))
    return lines


def outages_of(span: Span) -> int:
    return Outage.objects.filter(detected_at__gte=span.start, detected_at__lt=span.end).count()


# --- what falls due ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forecast:
    """Open, unanswered orders by department and due day over the next working days; ``late`` are past it already."""

    days: list[date]
    rows: list[tuple[str, int, list[int], int]]
    total: list[int]
    late: int


def forecast(now: datetime, book: Rulebook) -> Forecast:
    today = shanghai_day(now)
    days = [today] if book.calendar.is_workday(today) else []
    while len(days) < FORECAST_DAYS:
        days.append(add_workdays(days[-1] if days else today, 1, book.calendar).date)
    rows = Order.objects.open().filter(answered_at__isnull=True, due_on__lte=days[-1], due_on__isnull=False)
    names: dict[str, Counter[date | None]] = {}
    for name, due, n in rows.order_by().values_list("lead_department__name", "due_on").annotate(n=Count("pk")):
        # A day off cannot be worked on: what falls due on it stands on the working day before.
        place = None if due < today else max((day for day in days if day <= due), default=days[0])
        names.setdefault(name or _("未派出"), Counter())[place] += n
    lines = [
        (name, counts[None], [counts[day] for day in days], sum(counts.values())) for name, counts in names.items()
    ]
    lines.sort(key=lambda line: (-line[3], line[0]))
    total = [sum(counts[day] for counts in names.values()) for day in days]
    return Forecast(days, lines, total, sum(counts[None] for counts in names.values()))
