"""What an outage tells the people who work on it (S0-R01 to R07); customers' groups hear by the notices themselves."""

from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.audience import Happened
from notifications.messages.row import Row
from notifications.vocabulary import Stream, Topic
from outage.vocabulary import State


def _dark(it: Happened) -> bool:
    """Supply is off: a plan that was only written down is told when it is announced."""
    return it.outage is not None and it.outage.state != State.PLANNED


OUTAGES = (
    Row(
        "outage.open",
        "open",
        (to.GRID_WORKERS, to.STATION_HEADS, to.OPERATIONS_DESK, to.ON_DUTY, to.DIRECTOR),
        Topic.OUTAGE,
        _("停电：{place}"),
        _("{place}停电，约 {households} 户，原因：{cause}，预计 {expected} 送电。15 分钟内要在网格群发布停电信息。"),
        short=_("{place}停电约{households}户，请15分钟内在网格群发布停电信息。"),
        urgent=True,
        chat=True,
        only=_dark,
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.begin",
        "begin",
        (to.GRID_WORKERS, to.STATION_HEADS, to.OPERATIONS_DESK, to.ON_DUTY),
        Topic.OUTAGE,
        _("计划停电开始：{place}"),
        _("{place}开始停电，约 {households} 户，预计 {expected} 送电。"),
        chat=True,
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.repair",
        "start_repair",
        (to.GRID_WORKERS, to.STATION_HEADS, to.ON_DUTY),
        Topic.OUTAGE,
        _("抢修开始：{place}"),
        _("{place}已开始抢修，原因：{cause}。15 分钟内要在网格群发布抢修信息，附现场照片。"),
        short=_("{place}已开始抢修，请15分钟内发布抢修信息并附照片。"),
        urgent=True,
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.progress",
        "report_progress",
        (to.ON_DUTY, to.DIRECTOR),
        Topic.OUTAGE,
        _("停电进度：{place}"),
        _("{place}：{text}，预计 {expected} 送电。"),
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.area",
        "change_area",
        (to.GRID_WORKERS, to.OPERATIONS_DESK, to.ON_DUTY),
        Topic.OUTAGE,
        _("停电范围有变：{place}"),
        _("停电范围现为 {place}，约 {households} 户：{text}。新涉及的网格群也要在 15 分钟内发布停电信息。"),
        urgent=True,
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.part",
        "restore_part",
        (to.GRID_WORKERS, to.ON_DUTY),
        Topic.OUTAGE,
        _("部分送电：{place}"),
        _("{place}已部分送电：{text}。"),
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.restored",
        "restore",
        (to.GRID_WORKERS, to.STATION_HEADS, to.OPERATIONS_DESK, to.ON_DUTY, to.DIRECTOR),
        Topic.OUTAGE,
        _("已送电：{place}"),
        _("{place}已于 {restored} 送电。15 分钟内要在网格群发布送电信息。"),
        short=_("{place}已送电，请15分钟内在网格群发布送电信息。"),
        urgent=True,
        chat=True,
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.restoration_withdrawn",
        "withdraw_restoration",
        (to.GRID_WORKERS, to.STATION_HEADS, to.OPERATIONS_DESK, to.ON_DUTY, to.DIRECTOR),
        Topic.OUTAGE,
        _("送电撤回：{place}"),
        _("{place}并未恢复送电：{text}。已在网格群告知送电的，请马上更正；送电后须重新告知、答复和回访。"),
        short=_("{place}并未恢复送电，已告知送电的请马上在网格群更正。"),
        urgent=True,
        chat=True,
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.cancelled",
        "cancel",
        (to.GRID_WORKERS, to.STATION_HEADS, to.OPERATIONS_DESK, to.ON_DUTY),
        Topic.OUTAGE,
        _("停电撤销：{place}"),
        _("{number} 已撤销：{text}。"),
        stream=Stream.OUTAGE,
    ),
    Row(
        "outage.attendance",
        "attendance_asked",
        (to.NAMED,),
        Topic.OUTAGE,
        _("请到岗：{place}"),
        _("{place}停电，约 {households} 户，请立即到岗并登记（S0-R06、R07）。"),
        short=_("{place}停电约{households}户，请立即到岗并登记。"),
        urgent=True,
        ack=True,
        stream=Stream.OUTAGE,
    ),
)
