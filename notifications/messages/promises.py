"""What was promised to a customer, the reminders of a person, calls that were reported (B22, S4-R21)."""

from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.audience import Happened
from notifications.messages.row import Row
from notifications.vocabulary import Stream, Topic


def _still_open(it: Happened) -> bool:
    return bool(it.reminders)


PROMISES = (
    Row(
        "promise.made",
        "promise",
        (to.WORKER, to.CONTACTS),
        Topic.TIME,
        _("工单 {number} 向客户作了承诺"),
        _("{who}就“{title}”承诺客户：{text}。"),
    ),
    Row(
        "promise.kept",
        "promise_kept",
        (to.FIRST_CONTACT,),
        Topic.TIME,
        _("工单 {number} 的承诺已兑现"),
        _("“{title}”：{text}，已兑现。"),
    ),
    Row(
        "promise.called_off",
        "promise_called_off",
        (to.FIRST_CONTACT, to.WORKER, to.CONTACTS),
        Topic.TIME,
        _("工单 {number} 的承诺与客户商定取消"),
        _("{who}登记：“{title}”的承诺（{text}）已与客户商定取消。"),
    ),
)
REPORTED = (
    Row(
        "reminder.digest",
        "digest",
        (to.NAMED,),
        Topic.TIME,
        _("有 {count} 张工单要您留意时限"),
        _("{reminders}"),
        short=_("有{count}张工单要您留意时限，请登录查看。"),
        only=_still_open,
        stream=Stream.SYSTEM,
    ),
    Row(
        "call.harassment",
        "harassment",
        (to.ON_DUTY,),
        Topic.DISPATCH,
        _("骚扰电话报告，请确认"),
        _("{who}于 {at} 登记一通骚扰电话，警告后先行挂断。请在值班台确认（S4-R21）。"),
        ack=True,
        stream=Stream.CALL,
    ),
)
