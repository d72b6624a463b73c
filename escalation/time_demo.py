"""The demo company's approvals, urges, supervised orders and promises: a believable inbox at first start. Built once,
after the orders; a second call changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from complaints.errors import Refused
from complaints.models import Order
from complaints.vocabulary import BEFORE_CALLBACK
from escalation.approvals import KINDS
from escalation.models import Approval
from escalation.services import settle_due
from escalation.services.authority import Authority
from escalation.services.cases import barred_from, decide
from escalation.services.extensions import request_extension, why_not
from escalation.services.pressure import supervise, urge
from escalation.services.promises import make_promise
from escalation.vocabulary import Decision, Ground, PromiseKind, Rung, UrgeLevel
from people.models import User
from people.roles import Role
from people.standing import holders
from policy.limits import shanghai_day
from policy.vocabulary import Kind

ASKED = (
    (
        Ground.OUTSIDE_EVIDENCE,
        "涉及系统外单位调查取证：配电房产权属开发商，尚未移交，须取得移交协议与第三方测试报告。",
        20,
    ),
    (Ground.ECONOMIC_PENALTY, "需与计量检定机构核对误差后才能确定退补电费，检定报告预计下周出具。", 15),
    (Ground.ACCOUNTABILITY, "涉及两个班组责任认定，需调取通话录音并逐人核实。", 25),
)


def build(now: datetime) -> int:
    """How many cases were put before somebody."""
    if Approval.objects.exists():
        return 0
    settle_due(now)
    asked = sum(_ask(order, turn, now) for turn, order in zip(range(len(ASKED)), _extendable(now), strict=False))
    _press(now)
    settle_due(now)
    return asked


def _at_work() -> Iterator[Order]:
    rows = Order.objects.open().filter(state__in=BEFORE_CALLBACK, handler__isnull=False, lead_department__isnull=False)
    yield from rows.select_related("policy", "handler").order_by("due_sort", "pk")


def _extendable(now: datetime) -> Iterator[Order]:
    yield from (order for order in _at_work() if not why_not(order, now=now))


def _ask(order: Order, turn: int, now: datetime) -> int:
    ground, text, days = ASKED[turn]
    asked_at = max(now - timedelta(hours=2 + 5 * turn), order.updated_at)
    days = max(days, (order.limit_days or 0) + 1)
    assert order.handler is not None
    try:
        case = request_extension(order, by=order.handler, now=asked_at, limit_days=days, ground=ground, text=text)
    except Refused:
        return 0
    if days > order.policy.extension_deputy_after_days:
        _first_word(case, now)
    return 1


def _first_word(case: Approval, now: datetime) -> None:
    """The head has agreed; now it lies with the deputy leader."""
    seats = Authority(shanghai_day(now)).deciders(case.order, Rung.HEAD, barred_from(case, ()))
    if not seats:
        return
    by = User.objects.get(pk=seats[0].user_id)
    opinion = "客户已知情，建议同意。"
    decide(case, KINDS[case.kind], by=by, now=now, decision=Decision.APPROVED, position=1, opinion=opinion)


def _press(now: datetime) -> None:
    today = shanghai_day(now)
    agent = holders(Role.HOTLINE_AGENT, on=today).first()
    leader = holders(Role.DEPUTY_LEADER, on=today).first()
    orders = [order for order in _at_work() if order.kind in {Kind.COMPLAINT, Kind.CONSULTATION}]
    moment = now - timedelta(hours=4)
    for order in orders[:2]:
        if agent is not None and order.updated_at < moment:
            urge(order, by=agent, now=moment, level=UrgeLevel.URGE, text="客户再次来电催问，请今天先联系客户说明进展。")
    for order in orders[2:][:1]:
        if leader is not None:
            supervise(order, by=leader, now=now, text="请每日下班前报告进展，办结后面谈。")
    for order in orders[-1:]:
        if order.handler is not None:
            make_promise(
                order,
                by=order.handler,
                now=now,
                kind=PromiseKind.APPOINTMENT,
                what="上门复测电压",
                promised_at=now + timedelta(days=1),
            )
