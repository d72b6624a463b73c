"""What the customer is told by SMS: accepted, in progress, result, and the invitation to rate (S0-R15, R22)."""

from django.utils.translation import gettext_lazy as _

from complaints.vocabulary import ArchiveGround, CallbackBy, Satisfaction
from notifications import audience as to
from notifications.audience import Happened
from notifications.messages.row import Row
from notifications.vocabulary import Topic


def _has_phone(it: Happened) -> bool:
    return it.order is not None and bool(it.order.caller_phone) and not it.order.anonymous


def _asked_by_sms(it: Happened) -> bool:
    return _has_phone(it) and it.order is not None and it.order.callback_by == CallbackBy.SMS


def _archived_unrated(it: Happened) -> bool:
    """Called back but not rated: the link gives a second chance; the unreachable are left alone."""
    order = it.order
    return (
        _has_phone(it)
        and order is not None
        and order.archive_ground == ArchiveGround.CALLBACK
        and order.callback_by != CallbackBy.SMS
        and order.satisfaction in {"", Satisfaction.NOT_RATED}
    )


CUSTOMER = (
    Row(
        "customer.accepted",
        "register",
        (to.CUSTOMER,),
        Topic.CUSTOMER,
        _("受理通知"),
        _("您反映的事项已受理，工单号{number}，查询码{query_code}，{promise}。{company}热线{hotline}"),
        only=_has_phone,
    ),
    Row(
        "customer.progress",
        "accept",
        (to.CUSTOMER,),
        Topic.CUSTOMER,
        _("进度通知"),
        _("您的工单{number}已由{department}开始办理，{promise}。{company}热线{hotline}"),
        only=_has_phone,
    ),
    Row(
        "customer.result",
        "accept_feedback",
        (to.CUSTOMER,),
        Topic.CUSTOMER,
        _("结果与评价"),
        _("您的工单{number}已处理完毕。请评价并提出建议（链接只能用一次）：{link} {company}热线{hotline}"),
        only=_asked_by_sms,
    ),
    Row(
        "customer.satisfaction",
        "archive",
        (to.CUSTOMER,),
        Topic.CUSTOMER,
        _("满意度邀请"),
        _("您的工单{number}已办结，请评价并提出建议（链接只能用一次）：{link} {company}热线{hotline}"),
        only=_archived_unrated,
    ),
)
