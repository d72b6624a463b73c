"""What the wallboard shows: counts and departments, no caller and no words of one (S2-R13), readable at five metres.

Everything is counted from open orders, today's calls and running outages; nothing is kept."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import ExtractHour
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.clock import clock_of
from complaints.models import Call, Order
from complaints.vocabulary import Disposition, State
from outage.models import Notice, Outage
from outage.vocabulary import RUNNING, Slot
from outage.vocabulary import State as OutageState
from people.templatetags.ui import day_text, weekday
from policy.limits import SHANGHAI
from policy.rulebook import Rulebook
from policy.vocabulary import Kind

FIRST_SHOWN, OUTAGES_SHOWN, HOURS = 6, 2, 12
WEEK = timedelta(weeks=1)
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Big:
    """One of the four numbers; ``look`` is soon, over or nothing."""

    label: str
    value: int
    note: str
    look: str = ""


@dataclass(frozen=True)
class First:
    """An order to do first: how urgent, what about, whose. Its words stay on the order's page."""

    urgency: str
    what: str
    where: str
    over: bool


@dataclass(frozen=True)
class NoticeClock:
    label: str
    state: str
    text: str


@dataclass(frozen=True)
class OutageCard:
    place: str
    households: int
    station: str
    since: str
    clocks: list[NoticeClock]


@dataclass(frozen=True)
class HourBar:
    hour: int
    x: int
    ghost_y: float
    ghost: float
    y: float
    height: float
    calls: int


def board(now: datetime, book: Rulebook) -> dict[str, Any]:
    """Context of the board; about a dozen queries, none of which grows with the archive."""
    today = timezone.localdate(now)
    outages = _outages()
    working = _("工作日") if book.calendar.is_workday(today) else _("休息日")
    return {
        "day": f"{day_text(today)} {weekday(today)} · {working}",
        "time": f"{timezone.localtime(now):%H:%M}",
        "bigs": _bigs(now, today),
        "first": _first(now, today, book),
        "outages": [_card(row, now) for row in outages[:OUTAGES_SHOWN]],
        "outage_count": len(outages),
        "outages_more": "、".join(row.place for row in outages[OUTAGES_SHOWN:]),
        "outage_households": sum(row.households for row in outages),
        "hours": _hours(now, today),
        "calls": _calls(today, book),
    }


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _bigs(now: datetime, today: date) -> list[Big]:
    begun = Order.objects.filter(registered_at__gte=_begin(today), registered_at__lte=now)
    kinds: Counter[str] = Counter(dict(begun.order_by().values_list("kind").annotate(n=Count("pk"))))
    shown = (Kind.CONSULTATION, Kind.COMPLAINT, Kind.REPORT_MISCONDUCT, Kind.FAULT_REPORT)
    words = {kind: _("报修") if kind == Kind.FAULT_REPORT else str(kind.label) for kind in shown}
    open_ones = Order.objects.open()
    states: Any = open_ones.order_by().aggregate(
        all=Count("pk"),
        waiting=Count("pk", filter=Q(state__in=[State.REGISTERED, State.CLASSIFIED], accepted_at__isnull=True)),
        looking=Count("pk", filter=Q(state=State.CLASSIFIED, accepted_at__isnull=False)),
        handling=Count("pk", filter=Q(state__in=[State.INVESTIGATED, State.RESOLVED])),
        calling=Count("pk", filter=Q(state=State.CALLBACK)),
        today=Count("pk", filter=Q(due_on=today, answered_at__isnull=True)),
        complaints=Count("pk", filter=Q(due_on=today, answered_at__isnull=True, kind=Kind.COMPLAINT)),
    )
    late = open_ones.filter(due_at__lte=now, answered_at__isnull=True).order_by()
    places = list(
        late.values_list("lead_department__name").annotate(n=Count("pk")).order_by("-n", "lead_department__name")
    )
    overdue = sum(many for _name, many in places)
    return [
        Big(_("今日受理"), sum(kinds.values()), "　".join(f"{words[kind]} {kinds[kind]}" for kind in shown)),
        Big(
            _("在办"),
            states["all"],
            _("未接单 %(waiting)d　调查 %(looking)d　处理 %(handling)d　回访 %(calling)d") % states,
        ),
        Big(
            _("今天到期"),
            states["today"],
            _("其中投诉 %(complaints)d 件") % states,
            "soon" if states["today"] else "",
        ),
        Big(
            _("已逾期"),
            overdue,
            "　".join(f"{name or _('未派出')} {many}" for name, many in places[:2]) or _("没有逾期工单"),
            "over" if overdue else "",
        ),
    ]


def _first(now: datetime, today: date, book: Rulebook) -> list[First]:
    rows = (
        Order.objects.open()
        .filter(due_on__isnull=False, answered_at__isnull=True)
        .filter(Q(due_at__lte=now) | Q(due_on=today))
        .select_related("lead_department", "subcategory")
        .order_by("due_at", "priority", "id")[:FIRST_SHOWN]
    )
    found = []
    for order in rows:
        clock = clock_of(order, today, book)
        assert clock is not None
        late = _("逾期 %(n)d 天") % {"n": clock.late} if clock.late else _("已逾期")
        subject = order.subcategory.name if order.subcategory else order.get_category_display()
        lead = order.lead_department.name if order.lead_department else _("未派出")
        found.append(
            First(late if clock.past else _("今天到期"), f"{order.get_kind_display()} · {subject}", lead, clock.past)
        )
    return found


# --- outages ----------------------------------------------------------------------------------------------------------


def _outages() -> list[Outage]:
    """Without supply, or restored with the last notice still to be posted; the largest first."""
    owed = Notice.objects.filter(outage=OuterRef("pk"), posted_at__isnull=True, void_at__isnull=True)
    shown = Q(state__in=RUNNING) | (Q(state=OutageState.RESTORED) & Exists(owed))
    rows = Outage.objects.filter(shown, ended_at__isnull=True).select_related("station")
    return list(rows.prefetch_related("notices").order_by("-households", "id"))


def _card(row: Outage, now: datetime) -> OutageCard:
    since = row.detected_at or row.registered_at
    text = _("%(at)s 起") % {"at": f"{timezone.localtime(since):%H:%M}"}
    if row.restored_at:
        text = _("%(text)s · %(at)s 已送电") % {"text": text, "at": f"{timezone.localtime(row.restored_at):%H:%M}"}
    elif row.expected_at:
        text = _("%(text)s · 预计 %(at)s") % {"text": text, "at": f"{timezone.localtime(row.expected_at):%H:%M}"}
    notices: dict[int, list[Notice]] = {}
    for notice in row.notices.all():
        if notice.void_at is None:
            notices.setdefault(notice.slot, []).append(notice)
    clocks = [_clock(slot, notices.get(slot, []), now) for slot in Slot] if row.owes_notices else []
    return OutageCard(row.place, row.households, row.station.name, text, clocks)


def _clock(slot: Slot, notices: list[Notice], now: datetime) -> NoticeClock:
    """The worst of the groups' clocks speaks for the slot (A18)."""
    label = str(slot.label)
    if not notices:
        return NoticeClock(label, "", "—")
    waiting = [notice for notice in notices if notice.posted_at is None]
    if not waiting:
        last = max((notice.posted_at or now) - notice.triggered_at for notice in notices)
        late = any((notice.posted_at or now) > notice.due_at + timedelta(seconds=1) for notice in notices)
        minutes = _("第 %(n)d 分钟") % {"n": int(last.total_seconds()) // MINUTE + 1}
        return NoticeClock(label, "late is-posted" if late else "done", minutes)
    left = int((min(notice.due_at for notice in waiting) - now).total_seconds())
    return NoticeClock(label, "run" if left >= 0 else "late", clock_text(abs(left)))


def clock_text(seconds: int) -> str:
    """06:42, or 1:06:42 beyond an hour."""
    hours, rest = divmod(seconds, HOUR)
    text = f"{rest // MINUTE:02d}:{rest % MINUTE:02d}"
    return f"{hours}:{text}" if hours else text


# --- calls ------------------------------------------------------------------------------------------------------------

STEP, TALLEST, FLOOR = 52, 76, 80


def _hours(now: datetime, today: date) -> list[HourBar]:
    """Calls of each hour today up to now, before the same weekday a week ago."""
    last = max(timezone.localtime(now).hour, HOURS - 1)
    span = range(last - HOURS + 1, last + 1)
    here, before = _by_hour(today), _by_hour(today - WEEK)
    most = max([*(here[hour] for hour in span), *(before[hour] for hour in span), 1])
    bars = []
    for place, hour in enumerate(span):
        ghost, height = before[hour] * TALLEST / most, here[hour] * TALLEST / most
        bars.append(
            HourBar(
                hour,
                6 + place * STEP,
                round(FLOOR - ghost, 1),
                round(ghost, 1),
                round(FLOOR - height, 1),
                round(height, 1),
                here[hour],
            )
        )
    return bars


def _by_hour(day: date) -> Counter[int]:
    rows = Call.objects.filter(received_at__gte=_begin(day), received_at__lt=_begin(day + timedelta(days=1)))
    counted = rows.annotate(hour=ExtractHour("received_at", tzinfo=SHANGHAI)).order_by().values_list("hour")
    return Counter(dict(counted.annotate(n=Count("pk"))))


def _calls(today: date, book: Rulebook) -> dict[str, Any]:
    """Today's contacts by what became of them, and how many were picked up in time (S4-R07)."""
    rings = book.policy_on(today).ring_apology_over
    rows = Call.objects.filter(received_at__gte=_begin(today), received_at__lt=_begin(today + timedelta(days=1)))
    found: Any = rows.aggregate(
        all=Count("pk"),
        orders=Count("pk", filter=Q(disposition=Disposition.ORDER)),
        linked=Count("pk", filter=Q(disposition__in=[Disposition.LINKED_ORDER, Disposition.LINKED_OUTAGE])),
        none=Count("pk", filter=Q(disposition=Disposition.NO_ORDER)),
        rung=Count("pk", filter=Q(ring_count__isnull=False)),
        quick=Count("pk", filter=Q(ring_count__lte=rings)),
    )
    rate = f"{found['quick'] * 100 / found['rung']:.1f}%" if found["rung"] else "—"
    return {**found, "rings": rings, "rate": rate}
