"""The appraisal table: indicators against dated targets and weights, by department and by agent (S2-R11, S2-R15,
S3-R08, S4-R07, S4-R53).

Score of an indicator = weight × min(1, value / target), or × min(1, target / value) where less is better; an indicator
without a value in the month weighs nothing, and the rest is scaled to 100. One definition for everybody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models import Call, CallScore, Order
from complaints.models.quality import BEST, MARKS
from complaints.vocabulary import ArchiveGround
from people.models import User
from reports.figures import FIGURES, Span
from reports.models import Target
from reports.rates import RATES
from reports.sheet import Line, Sheet

ONE_PLACE, FULL = Decimal("0.1"), Decimal(100)


@dataclass(frozen=True)
class Indicator:
    """``value`` reads it off a line or an agent's counts; ``less`` where a smaller value is better."""

    key: str
    label: str | Promise
    unit: str | Promise
    definition: str | Promise
    less: bool = False


def _of_rate(key: str, *, less: bool = False) -> Indicator:
    rate = RATES[key]
    return Indicator(key, rate.label, rate.unit, rate.definition, less)


DEPARTMENT: tuple[Indicator, ...] = (
    _of_rate("handling_rate"),
    _of_rate("on_time_rate"),
    _of_rate("accept_rate"),
    _of_rate("contact_rate"),
    _of_rate("satisfaction"),
    _of_rate("average_days", less=True),
)
AGENT: tuple[Indicator, ...] = (
    Indicator("pick_up", _("4 声内接听率"), "%", _("本月接听的来电中，在规定声数以内接起的；没有记振铃的不计。")),
    Indicator("agent_first_contact", _("当场办结率"), "%", _("本月登记的工单中，在通话中当场答复办结的。")),
    Indicator("read_back", _("复述确认率"), "%", _("本月来电中，已复述并确认的；导入的不计。")),
    Indicator("call_quality", _("通话质量"), "%", _("本月抽听评分的通话，四项得分的平均 ÷ 满分；没有抽听的不计。")),
    Indicator("agent_satisfaction", _("满意率"), "%", _("本月由其登记并办结的工单中，客户评为满意的 ÷ 已评价的。")),
)
INDICATORS: dict[str, Indicator] = {one.key: one for one in (*DEPARTMENT, *AGENT)}


@dataclass(frozen=True)
class Mark:
    """One indicator of one row: its value, target, weight and the points it earned; None where it has no value."""

    indicator: Indicator
    value: Decimal | None
    target: Decimal | None
    weight: Decimal
    points: Decimal | None

    @property
    def missed(self) -> bool:
        if self.value is None or self.target is None:
            return False
        return self.value > self.target if self.indicator.less else self.value < self.target


@dataclass(frozen=True)
class Row:
    name: str
    department: int | None
    marks: list[Mark]
    score: Decimal | None


Targets = Mapping[str, tuple[Decimal, Decimal]]


def targets_on(day: date) -> dict[str, tuple[Decimal, Decimal]]:
    """indicator -> (target, weight) in force on the day: the newest row not after it."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for row in Target.objects.filter(effective_from__lte=day).order_by("effective_from"):
        found[row.indicator] = (row.target, row.weight)
    return found


def marks_of(indicators: Iterable[Indicator], values: Mapping[str, Decimal | None], targets: Targets) -> list[Mark]:
    marks = []
    for one in indicators:
        value = values.get(one.key)
        target, weight = targets.get(one.key, (None, Decimal(0)))
        marks.append(Mark(one, value, target, weight, _points(one, value, target, weight)))
    return marks


def _points(one: Indicator, value: Decimal | None, target: Decimal | None, weight: Decimal) -> Decimal | None:
    if value is None or target is None or not weight:
        return None
    above, below = (target, value) if one.less else (value, target)
    reached = min(Decimal(1), above / below) if below else Decimal(1)
    return (weight * reached).quantize(ONE_PLACE, ROUND_HALF_UP)


def score_of(marks: Iterable[Mark]) -> Decimal | None:
    """Points scaled to 100 over the indicators that have a value and a weight."""
    counted = [(mark.points, mark.weight) for mark in marks if mark.points is not None]
    weight = sum((weight for _points, weight in counted), Decimal(0))
    if not weight:
        return None
    points = sum((points for points, _weight in counted), Decimal(0))
    return (points * FULL / weight).quantize(ONE_PLACE, ROUND_HALF_UP)


def departments(sheet: Sheet, targets: Targets) -> list[Row]:
    return [_row(line, targets) for line in sheet.lines if line.department is not None]


def _row(line: Line, targets: Targets) -> Row:
    marks = marks_of(DEPARTMENT, {one.key: line.rate(one.key) for one in DEPARTMENT}, targets)
    return Row(line.name, line.department, marks, score_of(marks))


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part * 100) / whole).quantize(ONE_PLACE, ROUND_HALF_UP) if whole else None


def agents(span: Span, targets: Targets) -> list[Row]:
    """Everybody who took a call or registered an order in the month. Four queries."""
    rings = span.book.policy_on(span.last_day).ring_apology_over
    calls: Any = (
        Call.objects.filter(received_at__gte=span.start, received_at__lt=span.end)
        .order_by()
        .values("agent_id")
        .annotate(
            rung=Count("pk", filter=Q(ring_count__isnull=False)),
            quick=Count("pk", filter=Q(ring_count__lte=rings)),
            asked=Count("pk", filter=Q(read_back__isnull=False)),
            read=Count("pk", filter=Q(read_back=True)),
        )
    )
    orders: Any = (
        Order.objects.filter(FIGURES["received"].where(span) | FIGURES["closed"].where(span))
        .order_by()
        .values("registered_by_id")
        .annotate(
            received=Count("pk", filter=FIGURES["received"].where(span)),
            answered=Count(
                "pk", filter=FIGURES["received"].where(span) & Q(archive_ground=ArchiveGround.ANSWERED_ON_CALL)
            ),
            rated=Count("pk", filter=FIGURES["rated"].where(span)),
            satisfied=Count("pk", filter=FIGURES["satisfied"].where(span)),
        )
    )
    marked = CallScore.objects.filter(month=span.month.first, scored_at__isnull=False).order_by()
    heard: Any = marked.values("agent_id").annotate(
        points=Sum(sum((F(name) for name, _label, _hint in MARKS), start=Value(0))), many=Count("pk")
    )
    by_score = {row["agent_id"]: _share(row["points"], row["many"] * len(MARKS) * BEST) for row in heard}
    by_call = {row["agent_id"]: row for row in calls}
    by_order = {row["registered_by_id"]: row for row in orders}
    people = User.objects.filter(pk__in={*by_call, *by_order, *by_score}, agent_no__isnull=False).order_by("agent_no")
    rows = []
    for user in people:
        call, order = by_call.get(user.pk, {}), by_order.get(user.pk, {})
        values = {
            "pick_up": _share(call.get("quick", 0), call.get("rung", 0)),
            "call_quality": by_score.get(user.pk),
            "read_back": _share(call.get("read", 0), call.get("asked", 0)),
            "agent_first_contact": _share(order.get("answered", 0), order.get("received", 0)),
            "agent_satisfaction": _share(order.get("satisfied", 0), order.get("rated", 0)),
        }
        marks = marks_of(AGENT, values, targets)
        rows.append(Row(f"{user.agent_no} {user.name}", None, marks, score_of(marks)))
    return rows
