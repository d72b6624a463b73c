"""Planned outages and arrears disconnections: who decides, who must know (S2-R01, S1-R22 to R24)."""

from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.audience import Audience, Happened
from notifications.messages.row import Only, Row, Text
from notifications.vocabulary import Stream, Topic
from outage.models import PlanEvent
from outage.planning.vocabulary import State

PLACE = (to.STATION_HEADS, to.GRID_WORKERS, to.OPERATIONS_DESK, to.DIRECTOR)
PUBLIC_STATES = frozenset({State.APPROVED, State.CHANGING})


def _was_approved(it: Happened) -> bool:
    """A plan only its drawers knew of is cancelled without a word to others."""
    return isinstance(it.event, PlanEvent) and it.event.from_state in PUBLIC_STATES


def _first_of_round(it: Happened) -> bool:
    """One message per round of announcements, not one per medium."""
    event = it.event
    if not isinstance(event, PlanEvent):
        return False
    before = PlanEvent.objects.filter(case_id=event.case_id, name="announce", seq__lt=event.seq)
    return not before.filter(data__round=event.data.get("round")).exists()


def _plan(
    on: str,
    people: tuple[Audience, ...],
    subject: Text,
    text: Text,
    *,
    topic: Topic = Topic.OUTAGE,
    only: Only | None = None,
) -> Row:
    return Row(f"plan.{on}", on, people, topic, subject, text, only=only, stream=Stream.PLAN)


PLANS = (
    _plan(
        "submit",
        (to.LEADERS_ALL,),
        _("停电计划待审批：{title}"),
        _("{who}提交停电计划 {number}：{title}，{starts} 至 {ends}，约 {households} 户。"),
        topic=Topic.APPROVAL,
    ),
    _plan(
        "approve",
        (to.CASE_PEOPLE, to.STATION_HEADS, to.DIRECTOR),
        _("停电计划已批准，请发公告：{title}"),
        _("{number} {title}，{starts} 至 {ends}，约 {households} 户。各渠道公告请按提前时间发布并登记。"),
    ),
    _plan(
        "send_back",
        (to.CASE_PEOPLE,),
        _("停电计划被退回：{title}"),
        _("{who}退回 {number}：{text}。"),
        topic=Topic.APPROVAL,
    ),
    _plan(
        "announce",
        PLACE,
        _("停电公告已发布：{title}"),
        _("{title}将于 {starts} 至 {ends} 停电，约 {households} 户（{number}）。客户来电请按此答复。"),
        only=_first_of_round,
    ),
    _plan(
        "propose_change",
        (to.LEADERS_ALL,),
        _("停电计划变更待审批：{title}"),
        _("{who}申请变更 {number}：{text}。原定 {starts} 至 {ends}。"),
        topic=Topic.APPROVAL,
    ),
    _plan(
        "approve_change",
        (to.CASE_PEOPLE, *PLACE),
        _("停电计划有变更：{title}"),
        _("{number} {title}改为 {starts} 至 {ends}，约 {households} 户。各渠道须重新公告。"),
    ),
    _plan(
        "refuse_change",
        (to.CASE_PEOPLE,),
        _("停电计划变更未获同意：{title}"),
        _("{who}不同意变更 {number}：{text}。仍按 {starts} 至 {ends} 执行。"),
        topic=Topic.APPROVAL,
    ),
    _plan(
        "cancel",
        (to.CASE_PEOPLE, *PLACE),
        _("停电计划已取消：{title}"),
        _("{number} {title}（{starts} 至 {ends}）取消：{text}。已公告的须再发取消公告。"),
        only=_was_approved,
    ),
    _plan(
        "announce_missed",
        (to.CASE_PEOPLE, to.STATION_HEADS, to.DIRECTOR),
        _("停电公告没有按时发布：{title}"),
        _("{number} {title}，{starts} 停电；没有按提前时间发布的渠道：{text}。请马上补发，或改期、取消。"),
    ),
)


def _cut(
    on: str,
    people: tuple[Audience, ...],
    subject: Text,
    text: Text,
    *,
    topic: Topic = Topic.OUTAGE,
    urgent: bool = False,
) -> Row:
    """Nobody's name: the message says which case, the page says whose."""
    return Row(f"cut.{on}", on, people, topic, subject, text, urgent=urgent, stream=Stream.CUT)


CUTS = (
    _cut(
        "precheck",
        (to.CUT_APPROVERS,),
        _("欠费停电待审批：{number}"),
        _("{who}已核查欠费停电 {number}（{department}），请审批。"),
        topic=Topic.APPROVAL,
    ),
    _cut(
        "approve",
        (to.CASE_PEOPLE,),
        _("欠费停电已批准：{number}"),
        _("{who}批准了 {number}，请送达停电通知书。"),
        topic=Topic.APPROVAL,
    ),
    _cut(
        "send_back",
        (to.CASE_PEOPLE,),
        _("欠费停电退回核查：{number}"),
        _("{who}退回 {number}：{text}。"),
        topic=Topic.APPROVAL,
    ),
    _cut(
        "deliver",
        (to.CASE_PEOPLE, to.STATION_HEADS),
        _("停电通知书已送达：{number}"),
        _("{number} 通知的停电时间为 {execute_at}，停电前 30 至 60 分钟须再次通知。"),
    ),
    _cut(
        "execute",
        (to.CASE_PEOPLE, to.STATION_HEADS, to.ON_DUTY, to.DIRECTOR),
        _("欠费停电已执行：{number}"),
        _("{department}已执行 {number}。客户来电请核对交费后登记，复电时限自交清起算。"),
    ),
    _cut(
        "settle",
        (to.CASE_PEOPLE, to.STATION_HEADS),
        _("停电前已交清，不得停电：{number}"),
        _("{who}登记 {number} 已交清欠费，不再停电。"),
        urgent=True,
    ),
    _cut(
        "pay",
        (to.CASE_PEOPLE, to.STATION_HEADS, to.OPERATIONS_DESK),
        _("欠费已交清，请复电：{number}"),
        _("{number} 已交清，请在 {reconnect_due} 前恢复供电并登记。"),
        urgent=True,
    ),
    _cut(
        "reconnect",
        (to.CASE_PEOPLE, to.ON_DUTY, to.DIRECTOR),
        _("已复电：{number}"),
        _("{who}登记 {number} 已恢复供电。"),
    ),
    _cut(
        "cancel",
        (to.CASE_PEOPLE, to.STATION_HEADS),
        _("欠费停电已撤回，不得停电：{number}"),
        _("{who}撤回 {number}：{text}。"),
        urgent=True,
    ),
    _cut(
        "reconnect_late",
        (to.CASE_PEOPLE, to.STATION_HEADS, to.DIRECTOR),
        _("复电超过时限：{number}"),
        _("{number} 应在 {reconnect_due} 前复电，至今没有登记复电。请马上复电。"),
        urgent=True,
    ),
)
