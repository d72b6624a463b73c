"""The list behind a figure as a file, by the house's one export job (B19): progress, approval of large ones, mark,
audit. Its rows are those in the requester's view when the file is written."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.exporting import COLUMNS, row
from complaints.lists import reader_of
from complaints.models import OrderQuerySet
from exports.kinds import ExportKind, Sheet, Value
from people.models import User
from people.standing import standing
from reports.behind import Behind, read
from reports.months import Month
from reports.permissions import may_read

CHUNK = 500


def may_export(user: User, now: datetime) -> bool:
    return may_read(standing(user, timezone.localdate(now)))


def _asked(params: Mapping[str, Any]) -> Behind:
    month = Month.read(str(params["month"]))
    assert month is not None
    return read(month, QueryDict(str(params["query"])).dict())


def _orders(params: Mapping[str, Any], by: User, now: datetime) -> OrderQuerySet:
    asked = _asked(params)
    return asked.orders(by, now=now, release=asked.release(standing(by, timezone.localdate(now))))


def count(params: Mapping[str, Any], by: User, now: datetime) -> int:
    return _orders(params, by, now).count()


def sheets(params: Mapping[str, Any], by: User, now: datetime) -> list[Sheet]:
    return [Sheet(_g("月报明细"), COLUMNS, _rows(params, by, now))]


def _rows(params: Mapping[str, Any], by: User, now: datetime) -> Iterator[list[Value]]:
    reader = reader_of(by, now=now)
    found = _orders(params, by, now).select_related("station", "lead_department", "handler", "subcategory")
    for order in found.defer("bigrams").order_by("-pk").iterator(chunk_size=CHUNK):
        yield row(order, reader)


ORDERS = ExportKind("report_orders", _("月报明细"), may_export, count, sheets)
