"""Every counted figure of the monthly report, one function each (S4-R38, S1-R12, S2-R11, S3-R15).

A function says which orders a month counts; the sentence above it is printed with the figure. The table, the click
through it, the roll-up, the frozen report and every export ask the same function: they cannot differ (PEERS 15, 16).
``Sum`` figures add an amount over the orders their function names.

One rule for all of them: an order belongs to the department that leads it now and to the kind it has now, so that
carried in + received = closed + merged + withdrawn + carried out, for every department and kind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import DateField, DateTimeField, Expression, F, Func, IntegerField, Q, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models import Contact, OrderEvent
from complaints.vocabulary import ArchiveGround, ContactPurpose, ContactResult, Satisfaction, State
from escalation.models import Extension, Ruling
from escalation.money import RulingKind, RulingStatus
from escalation.vocabulary import ApprovalStatus
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from reports.months import Month

SATISFIED = (Satisfaction.SATISFIED, Satisfaction.VERY_SATISFIED)
RATED = (*SATISFIED, Satisfaction.FAIR, Satisfaction.DISSATISFIED)


@dataclass(frozen=True)
class Span:
    """A month as seen at ``now``: nothing after ``now`` has happened yet. No order is asked about a day before
    ``known_from``."""

    month: Month
    now: datetime
    book: Rulebook
    known_from: date

    @property
    def start(self) -> datetime:
        return self.month.start

    @property
    def end(self) -> datetime:
        return self.month.end

    @property
    def until(self) -> datetime:
        """The month's end, or now while the month runs."""
        return min(self.end, self.now)

    @property
    def last_day(self) -> date:
        return min(self.month.last, shanghai_day(self.now))

    @cached_property
    def ranks(self) -> str:
        """Working days up to and including each day from ``known_from`` on, as an array of the database."""
        first = self.known_from.toordinal()
        last = max(self.month.last, shanghai_day(self.now)).toordinal() + 1
        calendar = self.book.calendar
        base = calendar.rank(first)
        return "{" + ",".join(str(calendar.rank(ordinal) - base) for ordinal in range(first, last + 1)) + "}"

    def rank(self, day: Any) -> Expression:
        """Working days up to and including that day, counted by the database; two of them subtract to an age."""
        return Rank(Value(self.ranks), day, Value(self.known_from), output_field=IntegerField())


class Rank(Func):
    """``ranks[1 + day - first]``: one look-up per order instead of a join with a calendar."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        (ranks, a), (day, b), (first, c) = (compiler.compile(part) for part in self.source_expressions)
        return f"({ranks}::int[])[1 + ({day}) - {first}::date]", (*a, *b, *c)


Where = Callable[[Span], Q]
Amount = Callable[[Span], Expression]


@dataclass(frozen=True)
class Figure:
    """``where`` names the orders; ``amount`` is None where they are counted. ``bad`` is shown in red above zero."""

    key: str
    label: str | Promise
    definition: str | Promise
    where: Where
    amount: Amount | None = None
    unit: str | Promise = field(default=_("件"))
    bad: bool = False


FIGURES: dict[str, Figure] = {}


def figure(label: str | Promise, definition: str | Promise, **more: Any) -> Callable[[Where], Where]:
    """Registers the function below under its own name."""

    def keep(where: Where) -> Where:
        FIGURES[where.__name__] = Figure(where.__name__, label, definition, where, **more)
        return where

    return keep


# --- instants of an order ---------------------------------------------------------------------------------------------


def _stop() -> Coalesce:
    """Where the department's clock stands: the accepted feedback, or the one under review (A11, B2), or the end."""
    return Coalesce("department_stopped_at", "feedback_at", "closed_at")


def _answer() -> Coalesce:
    """Where the customer's clock stopped (S4-R42)."""
    return Coalesce("answered_at", "closed_at")


def _day(moment: Any) -> Func:
    return Func(moment, template="(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date", output_field=DateField())


def _within(name: str, span: Span) -> Q:
    return Q(**{f"{name}__gte": span.start, f"{name}__lt": span.end})


def _happened(span: Span, name: str) -> Q:
    """Orders with an event of that name in the month."""
    return Q(pk__in=OrderEvent.objects.filter(_within("at", span), name=name).values("order_id"))


def _called(span: Span, **more: Any) -> Q:
    """Orders the hotline called back in the month."""
    rows = Contact.objects.filter(_within("at", span), purpose=ContactPurpose.CALLBACK, **more)
    return Q(pk__in=rows.order_by().values("order_id"))


# --- coming and going -------------------------------------------------------------------------------------------------


@figure(_("上月结转"), _("本月以前登记、到本月初尚未结束的工单。"))
def carried_in(span: Span) -> Q:
    return Q(registered_at__lt=span.start) & (Q(closed_at__isnull=True) | Q(closed_at__gte=span.start))


@figure(_("受理"), _("本月登记的工单，后来并入、撤销的也计入。"))
def received(span: Span) -> Q:
    return _within("registered_at", span)


@figure(_("办结"), _("本月归档的工单。"))
def closed(span: Span) -> Q:
    return Q(state=State.ARCHIVED) & _within("closed_at", span)


@figure(_("并入"), _("本月并入其他工单而结束的工单。"))
def merged(span: Span) -> Q:
    return Q(state=State.MERGED) & _within("closed_at", span)


@figure(_("撤销"), _("本月撤销的工单。"))
def withdrawn(span: Span) -> Q:
    return Q(state=State.WITHDRAWN) & _within("closed_at", span)


@figure(_("结转下月"), _("到本月末（当月为此刻）尚未结束的工单。上月结转 + 受理 = 办结 + 并入 + 撤销 + 结转下月。"))
def carried_out(span: Span) -> Q:
    return Q(registered_at__lt=span.end) & (Q(closed_at__isnull=True) | Q(closed_at__gte=span.end))


# --- in time ----------------------------------------------------------------------------------------------------------


@figure(_("有时限办结"), _("本月办结、且有办理时限的工单（咨询、投诉、举报），按期率的分母。"))
def limited(span: Span) -> Q:
    return closed(span) & Q(due_at__isnull=False)


@figure(_("按期办结"), _("有时限办结中，部门时钟（审核通过的反馈的提交时间）停在到期以前的。"))
def on_time(span: Span) -> Q:
    return limited(span) & _before_due(_stop())


@figure(_("超期办结"), _("有时限办结中，部门时钟停在到期以后的。"), bad=True)
def late(span: Span) -> Q:
    return limited(span) & _after_due(_stop())


@figure(_("按期答复客户"), _("有时限办结中，在到期以前答复了客户的。"))
def on_time_customer(span: Span) -> Q:
    return limited(span) & _before_due(_answer())


def _before_due(moment: Coalesce) -> Q:
    return Q(due_at__gt=moment)


def _after_due(moment: Coalesce) -> Q:
    return Q(due_at__lte=moment)


@figure(
    _("逾期"),
    _("本月内部门时钟曾处于逾期的工单，不论本月是否办结；反馈待审核的，以提交时间为止。"),
    bad=True,
)
def overdue(span: Span) -> Q:
    running = Q(department_stopped_at__isnull=True, feedback_at__isnull=True, closed_at__isnull=True)
    stopped_late = Q(due_at__lte=_stop()) & _stopped_from(span)
    return Q(due_at__lt=span.until) & (running | stopped_late)


def _stopped_from(span: Span) -> Q:
    """The department's clock stopped in the month or later."""
    first = Q(department_stopped_at__gte=span.start)
    second = Q(department_stopped_at__isnull=True, feedback_at__gte=span.start)
    third = Q(department_stopped_at__isnull=True, feedback_at__isnull=True, closed_at__gte=span.start)
    return first | second | third


def _days_overdue(span: Span) -> Expression:
    """Working days of the month after the due day up to the day the clock stopped; a day begun counts (A1, B2)."""
    last = Least(_day(_stop()), Value(span.last_day))  # NULL while the clock runs: Least passes it over
    first = Greatest(F("due_on"), Value(span.month.first - timedelta(days=1)))
    return Greatest(span.rank(last) - span.rank(first), Value(0))


@figure(
    _("逾期天数"),
    _("逾期工单在本月内超过到期日的工作日数，办结当天计入；周末、节假日不计。"),
    amount=_days_overdue,
    unit=_("天"),
    bad=True,
)
def overdue_days(span: Span) -> Q:
    return overdue(span)


def _days_taken(span: Span) -> Expression:
    return span.rank(_day(_answer())) - span.rank(_day(F("registered_at")))


@figure(
    _("办结用时"),
    _("办结工单从登记日的次一工作日起、到答复客户当天止的工作日数之和；当天答复计 0。"),
    amount=_days_taken,
    unit=_("工作日"),
)
def handling_days(span: Span) -> Q:
    return closed(span)


# --- dispatch ---------------------------------------------------------------------------------------------------------


@figure(_("派单"), _("责任部门在本月收到的工单（以最后一次派单计），按时接单率的分母。"))
def dispatched(span: Span) -> Q:
    return _within("dispatched_at", span)


def _hours(name: str) -> Any:
    """So many hours of the order's own numbers after its dispatch."""
    return Func(
        F("dispatched_at"),
        F(f"policy__{name}"),
        template="(%(expressions)s))",
        arg_joiner=" + make_interval(hours => ",
        function="",
        output_field=DateTimeField(),
    )


@figure(_("按时接单"), _("派单中，在规定小时数以内接单的。"))
def accepted_in_time(span: Span) -> Q:
    return dispatched(span) & Q(accepted_at__lte=_hours("accept_alert_hours"))


@figure(_("及时联系"), _("派单中，在规定小时数以内首次联系了客户的。"))
def contacted_in_time(span: Span) -> Q:
    return dispatched(span) & Q(first_contact_at__lte=_hours("first_contact_hours"))


@figure(_("转派"), _("本月转派过的工单。"))
def transferred(span: Span) -> Q:
    return _happened(span, "transfer")


@figure(_("退单"), _("本月被部门退回派单的工单。"))
def refused(span: Span) -> Q:
    return _happened(span, "reject_dispatch")


@figure(_("多次退转"), _("本月登记、退单与转派合计两次以上的工单。"), bad=True)
def ping_pong(span: Span) -> Q:
    return received(span) & Q(refusals__gte=F("policy__refusals_before_referee") - F("transfers"))


@figure(_("反馈退回"), _("本月反馈被热线退回补充的工单。"))
def returned(span: Span) -> Q:
    return _happened(span, "return_feedback")


# --- customers --------------------------------------------------------------------------------------------------------


@figure(_("当场办结"), _("本月办结、由坐席在通话中当场答复的工单。"))
def first_contact(span: Span) -> Q:
    return closed(span) & Q(archive_ground=ArchiveGround.ANSWERED_ON_CALL)


@figure(_("再次反映"), _("本月登记、同一户号或电话就同一分类在规定期限内再次反映的工单。"), bad=True)
def repeat(span: Span) -> Q:
    return received(span) & Q(original__isnull=False)


@figure(_("回访"), _("本月由热线回访过的工单。"))
def called_back(span: Span) -> Q:
    return _called(span)


@figure(_("回访接通"), _("本月回访中至少接通一次的工单。"))
def reached(span: Span) -> Q:
    return _called(span, result=ContactResult.REACHED)


@figure(_("重办"), _("本月因客户不满意退回重办的工单。"), bad=True)
def reopened(span: Span) -> Q:
    return _happened(span, "reopen")


@figure(_("已评价"), _("本月办结、客户作了评价的工单，满意率的分母。"))
def rated(span: Span) -> Q:
    return closed(span) & Q(satisfaction__in=RATED)


@figure(_("满意"), _("已评价中，客户评为满意或非常满意的。"))
def satisfied(span: Span) -> Q:
    return closed(span) & Q(satisfaction__in=SATISFIED)


@figure(_("属实"), _("本月办结、经调查属实的工单。"))
def verified(span: Span) -> Q:
    return closed(span) & Q(verified=True)


@figure(_("已着手"), _("受理中，已有部门接单或已经结束的，处理率的分子。"))
def handled(span: Span) -> Q:
    return received(span) & (Q(accepted_at__isnull=False) | Q(closed_at__isnull=False))


# --- decided by others ------------------------------------------------------------------------------------------------


@figure(_("延期"), _("本月批准了延期的工单。"))
def extended(span: Span) -> Q:
    rows = Extension.objects.filter(_within("closed_at", span), status=ApprovalStatus.APPROVED)
    return Q(pk__in=rows.order_by().values("order_id"))


def _ruled(span: Span, kind: RulingKind) -> Q:
    """Orders with a ruling that was confirmed in the month and stands."""
    rows = Ruling.objects.filter(_within("decided_at", span), kind=kind, status=RulingStatus.CONFIRMED)
    return Q(pk__in=rows.order_by().values("order_id"))


@figure(_("不合格"), _("本月裁定为不合格的工单，申诉后撤销的不计。"), bad=True)
def unqualified(span: Span) -> Q:
    return _ruled(span, RulingKind.UNQUALIFIED)


@figure(_("再投诉"), _("本月裁定为因不合格引起客户再次反映的工单，申诉后撤销的不计。"), bad=True)
def repeat_ruled(span: Span) -> Q:
    return _ruled(span, RulingKind.REPEAT)
