"""Lists of orders as files (B19): the columns of the sheet and where their rows come from.

A file shows what its requester's pages show: personal data masked, concealed callers not at all, and only orders that
are in view when the file is written.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from complaints import filters
from complaints.clock import clock_of
from complaints.display import chip_of, conceals
from complaints.filters import Asked
from complaints.lists import Reader, queues_for, reader_of
from complaints.models import Order
from exports.kinds import Column, ExportKind, Sheet, Value
from people.masking import mask_account, mask_address, mask_name, mask_phone, mask_text
from people.models import User
from people.standing import standing

CHUNK = 500
COLUMNS = (
    Column(_("工单编号"), 16),
    Column(_("类型"), 8),
    Column(_("分类"), 12),
    Column(_("细类"), 16),
    Column(_("渠道"), 10),
    Column(_("登记时间"), 17),
    Column(_("标题"), 36),
    Column(_("反映内容"), 60),
    Column(_("来电人"), 12),
    Column(_("联系电话"), 15),
    Column(_("户号"), 15),
    Column(_("地址"), 32),
    Column(_("供电所"), 14),
    Column(_("责任部门"), 14),
    Column(_("经办人"), 10),
    Column(_("状态"), 10),
    Column(_("优先级"), 8),
    Column(_("时限（工作日）"), 8),
    Column(_("到期日"), 12),
    Column(_("剩余工作日"), 8),
    Column(_("逾期工作日"), 8),
    Column(_("接单时间"), 17),
    Column(_("首次联系客户"), 17),
    Column(_("反馈提交时间"), 17),
    Column(_("答复客户时间"), 17),
    Column(_("结束时间"), 17),
    Column(_("是否属实"), 8),
    Column(_("责任方"), 10),
    Column(_("满意度"), 10),
    Column(_("转派次数"), 8),
    Column(_("退单次数"), 8),
    Column(_("重办次数"), 8),
)


def may_export(user: User, now: datetime) -> bool:
    """Whoever has lists may take them out; what they may see bounds what they get."""
    return bool(queues_for(standing(user, now.astimezone().date())))


def asked_of(params: Mapping[str, Any], reader: Reader) -> Asked:
    return filters.read(QueryDict(str(params["query"])), reader.who)


def count(params: Mapping[str, Any], by: User, now: datetime) -> int:
    reader = reader_of(by, now=now)
    return asked_of(params, reader).orders(reader).count()


def sheets(params: Mapping[str, Any], by: User, now: datetime) -> list[Sheet]:
    reader = reader_of(by, now=now)
    return [Sheet(str(_("工单")), COLUMNS, _rows(asked_of(params, reader), reader))]


def _rows(asked: Asked, reader: Reader) -> Iterator[list[Value]]:
    orders = asked.orders(reader).select_related("station", "lead_department", "handler", "subcategory")
    orders = orders.order_by("-pk") if asked.queue.closed or asked.q else orders.in_queue_order()
    for order in orders.defer("bigrams").iterator(chunk_size=CHUNK):
        yield row(order, reader)


def row(order: Order, reader: Reader) -> list[Value]:
    """The cells of one order, in the order of COLUMNS."""
    clock = clock_of(order, reader.today, reader.book)
    runs = clock is not None and clock.done_day is None
    return [
        order.number,
        order.get_kind_display(),
        order.get_category_display(),
        order.subcategory.name if order.subcategory else None,
        order.get_channel_display(),
        order.registered_at,
        mask_text(order.title),
        mask_text(order.content),
        *_caller(order, reader),
        order.station.name if order.station else None,
        order.lead_department.name if order.lead_department else None,
        order.handler.name if order.handler else None,
        chip_of(order)[0],
        order.get_priority_display(),
        order.limit_days,
        order.due_on,
        clock.left if clock and runs and not clock.past else None,
        clock.late if clock and clock.past else None,
        order.accepted_at,
        order.first_contact_at,
        order.feedback_at,
        order.answered_at,
        order.closed_at,
        order.verified,
        order.get_cause_party_display() or None,
        order.get_satisfaction_display() or None,
        order.transfers,
        order.refusals,
        order.reopenings,
    ]


def _caller(order: Order, reader: Reader) -> list[Value]:
    """Name, telephone, account and address as the pages show them; nothing of a concealed caller (A27)."""
    if conceals(order, reader.who) or order.anonymous:
        hidden = str(_("匿名") if order.anonymous else _("已隐去"))
        return [hidden, None, None, None]
    return [
        mask_name(order.caller_name),
        mask_phone(order.caller_phone),
        mask_account(order.account_no),
        mask_address(order.address),
    ]


ORDERS = ExportKind("orders", _("工单列表"), may_export, count, sheets)
