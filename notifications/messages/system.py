"""Messages without an order: the state of the sending itself, and the monthly report (written by ``reports``)."""

from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.messages.row import Row
from notifications.vocabulary import Stream, Topic

OTHER = (
    Row(
        "system.undelivered",
        "undelivered",
        (to.ADMINISTRATORS,),
        Topic.SYSTEM,
        _("有消息没有送达"),
        _("近一小时有 {count} 条消息没有送达，请到“未送达”查看原因并重发。"),
        stream=Stream.SYSTEM,
    ),
    Row(
        "system.backlog",
        "backlog",
        (to.ADMINISTRATORS, to.ON_DUTY),
        Topic.SYSTEM,
        _("消息发送积压"),
        _("有 {count} 条紧急消息超过一分钟没有发出，请检查发送进程和通道。"),
        stream=Stream.SYSTEM,
    ),
    Row(
        "report.news",
        "report_news",
        (to.NAMED,),
        Topic.APPROVAL,
        _("月报"),
        _("{text}。请到“报表”查看。"),
        stream=Stream.SYSTEM,
    ),
    Row(
        "report.due",
        "report_due",
        (to.NAMED,),
        Topic.APPROVAL,
        _("月报提醒"),
        _("{text}。请到“报表”办理。"),
        stream=Stream.SYSTEM,
    ),
)
