"""The demo company's desk: views people keep, calls listened to, calls handed up, a charged repair, and the complaint
boxes' opening log. Through the doors; built once."""

from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from complaints.models import CallScore, Order, SavedView
from complaints.services import open_order
from complaints.services.boxes import record_opening, settle_letter
from complaints.services.desk import accept_handover, hand_up
from complaints.services.faults import record_consent
from complaints.services.matter import CallFacts, FaultFacts, Matter
from complaints.services.quality import draw_calls, score_call
from complaints.services.saved import save_view
from complaints.vocabulary import FaultScope, GuidanceResult, Ownership
from people.models import Department, User
from people.roles import Role
from people.standing import holders
from policy.limits import shanghai_day
from policy.vocabulary import Category, Channel, Kind

VIEWS = (
    # owner, name, query, shared with
    ("agent", "今日来电", "queue=all&channel=hotline", ""),
    ("leader", "值班关注", "queue=overdue&kind=complaint", "hotline"),
    ("contact", "本部投诉", "queue=department&kind=complaint", "customer_service_centre"),
)
CARDS = cycle(
    (
        (5, 4, 5, 5, "开场自然，复述完整"),
        (4, 3, 4, 4, "后半段语速偏快"),
        (5, 5, 4, 3, "客户停顿时抢话一次，其余很好"),
        (4, 5, 5, 5, ""),
    )
)


def build(now: datetime) -> int:
    """Returns how many calls were judged; 0 when all this was there already."""
    if SavedView.objects.exists() or CallScore.objects.exists():
        return 0
    people = {user.username: user for user in User.objects.filter(username__in={owner for owner, *_rest in VIEWS})}
    for owner, name, query, code in VIEWS:
        if owner in people:
            shared = Department.objects.get(code=code) if code else None
            save_view(name, query, department=shared, by=people[owner], now=now)
    draw_calls(now=now)
    leader = people.get("leader")
    waiting = CallScore.objects.exclude(agent=leader).order_by("month", "agent_id", "place")
    judged = 0
    if leader is not None:
        # Two of three are judged: the rest waits on the page.
        for score in [row for turn, row in enumerate(waiting) if turn % 3]:
            tone, pace, listening, no_interruption, remark = next(CARDS)
            marks = {"tone": tone, "pace": pace, "listening": listening, "no_interruption": no_interruption}
            score_call(score, marks, remark, by=leader, now=now)
            judged += 1
    _boxes(now)
    if "agent" in people and leader is not None:
        _charged_repair(people["agent"], now)
        _handed_up(people["agent"], leader, now)
    return judged


def _handed_up(agent: User, leader: User, now: datetime) -> None:
    """One order taken over, one call that waits (S4-R23)."""
    order = Order.objects.open().filter(kind=Kind.COMPLAINT, overdue_since__isnull=False).order_by("pk").first()
    if order is not None:
        taken = hand_up(
            by=agent,
            now=now - timedelta(hours=2),
            to_role=Role.SHIFT_LEADER,
            reason="客户要求当班负责人答复进度",
            order=order,
        )
        accept_handover(taken, by=leader, now=now - timedelta(hours=2) + timedelta(minutes=4))
    typed: dict[str, list[str]] = {
        "channel": [Channel.HOTLINE],
        "kind": [Kind.COMPLAINT],
        "caller_phone": ["13700012001"],
        "content": ["停电通知写的是九点，八点半就停了，店里冰柜没来得及处理。"],
    }
    hand_up(
        by=agent,
        now=now - timedelta(minutes=6),
        to_role=Role.SHIFT_LEADER,
        reason="客户情绪激动，坚持要求赔偿",
        form=typed,
        phone="13700012001",
    )


def _charged_repair(agent: User, now: datetime) -> None:
    """The customer's own line: looked for by telephone, told of the charge, agreed, sent (S4-R16..R18). The newest
    order of the house: numbers follow the time of registration."""
    consent = record_consent(by=agent, now=now - timedelta(minutes=4), phone="13700012002")
    fault = FaultFacts(
        ownership=Ownership.CUSTOMER,
        symptom="漏电保护器合不上",
        began_at=now - timedelta(hours=1),
        scope=FaultScope.ONLY_HERE,
        guidance=["拔下全部插头后再合闸", "逐路合上分路开关"],
        guidance_result=GuidanceResult.NOT_RESTORED,
        paid=True,
        consent=consent,
    )
    matter = Matter(
        kind=Kind.FAULT_REPORT,
        category=Category.FAULT_REPAIR,
        content="家里跳闸合不上，邻居都有电，厨房那一路一合就跳。",
        demands=["派人来查线路"],
        caller_name="何文斌",
        caller_phone="13700012002",
        address="城东街道学府路 18 号 3 幢 201",
        station=Department.objects.filter(code="station_chengdong").first(),
        fault=fault,
        call=CallFacts(ring_count=2, read_back=True),
    )
    open_order(by=agent, now=now, matter=matter)


def _boxes(now: datetime) -> None:
    """The letters that became orders were found the same morning; the newest opening has one waiting (S0-R12)."""
    today = shanghai_day(now)
    agents = list(holders(Role.HOTLINE_AGENT, on=today).exclude(agent_no="IMPORT")[:2])
    hall = Department.objects.filter(code="station_chengdong").first()
    if len(agents) < 2 or hall is None:
        return
    first, second = agents
    for order in Order.objects.filter(channel=Channel.COMPLAINT_BOX).order_by("registered_at"):
        opened = order.registered_at - timedelta(minutes=30)
        given: dict[str, Any] = {
            "place": "营业厅门口",
            "opened_at": opened,
            "witness": second,
            "letters": 2,
            "by": first,
        }
        row = record_opening(department=hall, **given, now=opened)
        letter, blank = row.found.all()
        settle_letter(letter, number=order.number, by=first, now=order.registered_at)
        settle_letter(blank, reason="空白信纸，没有内容", by=first, now=order.registered_at)
    at = now - timedelta(hours=1)
    record_opening(department=hall, place="营业厅门口", opened_at=at, witness=first, letters=1, by=second, now=at)
