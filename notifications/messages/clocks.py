"""The clocks and the reporting chain of an outage: what is late, and who must take note (S0-R01, R05, S2-R02)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.audience import Audience, Happened
from notifications.messages.row import Only, Row, Text
from notifications.vocabulary import Stream, Topic
from outage.models import ChainStep


def _level_waits(it: Happened) -> bool:
    """Nobody of the level has taken note meanwhile."""
    if it.level is None:
        return False
    waiting = ChainStep.objects.filter(outage=it.outage, level=it.level, sent_at__isnull=False)
    return waiting.filter(acknowledged_at__isnull=True).exists()


HANDS = (to.GRID_WORKERS, to.OPERATIONS_DESK, to.ON_DUTY)


def _row(
    on: str,
    people: tuple[Audience, ...],
    subject: Text,
    text: Text,
    short: str | Promise,
    *,
    ack: bool = False,
    chat: bool = False,
    only: Only | None = None,
    code: str = "",
) -> Row:
    """All of them are urgent: an outage does not wait for the morning."""
    return Row(
        code or f"outage.{on}",
        on,
        people,
        Topic.OUTAGE,
        subject,
        text,
        short=short,
        urgent=True,
        ack=ack,
        chat=chat,
        only=only,
        stream=Stream.OUTAGE,
    )


CLOCKS = (
    _row(
        "notice_warning",
        HANDS,
        _("请发停电信息：{place}"),
        _("{place}：{notices}还没有发到网格群。"),
        _("{place}停电信息还没有发到网格群，请马上发。"),
    ),
    _row(
        "notice_breach",
        (*HANDS, to.STATION_HEADS, to.DIRECTOR),
        _("停电信息超时：{place}"),
        _("{place}：{notices}超过 15 分钟没有发到网格群，已记超时。请马上补发。"),
        _("{place}停电信息超过15分钟未发，已记超时，请马上补发。"),
        chat=True,
    ),
    _row(
        "progress_due",
        HANDS,
        _("请通报抢修进度：{place}"),
        _("{place}：该向客户通报抢修进度了，预计 {expected} 送电。"),
        _("{place}该向客户通报抢修进度了。"),
    ),
    _row(
        "notice_failed",
        HANDS,
        _("机器人没有发出，请人工发布：{place}"),
        _("{place}：{notices}机器人没有发出。请复制正文发到群里，并登记发布证明。"),
        _("{place}停电信息机器人没有发出，请人工发到群里并登记。"),
    ),
    _row(
        "open",
        (to.CHAIN_LEVEL,),
        _("停电报告，请知悉并上报：{place}"),
        _("{place}停电，约 {households} 户，原因：{cause}，预计 {expected} 送电。请确认收到并上报（S0-R01）。"),
        _("{place}停电约{households}户，请登录确认知悉并上报。"),
        ack=True,
        only=_level_waits,
        code="outage.chain_first",
    ),
    _row(
        "chain_sent",
        (to.CHAIN_LEVEL,),
        _("停电报告，请知悉并上报：{place}"),
        _("{place}停电，约 {households} 户，原因：{cause}，预计 {expected} 送电。请确认收到并上报（S0-R01）。"),
        _("{place}停电约{households}户，请登录确认知悉并上报。"),
        ack=True,
        only=_level_waits,
    ),
    _row(
        "chain_reminded",
        (to.CHAIN_LEVEL,),
        _("停电报告还没有确认：{place}"),
        _("{place}停电的报告还没有确认知悉。请马上确认并上报，否则报上一级。"),
        _("{place}停电报告还没有确认，请马上登录确认。"),
        ack=True,
        only=_level_waits,
    ),
    _row(
        "chain_skipped",
        (to.CHAIN_LEVEL, to.ON_DUTY),
        _("停电报告无人确认，已报上一级：{place}"),
        _("{place}：{text}。这一级仍须补确认。"),
        _("{place}停电报告无人确认，已报上一级。"),
    ),
)
