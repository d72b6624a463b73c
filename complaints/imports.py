"""Call records from a file, through the same door as the intake page: same form, same duplicates, same dispatch.

A line is known by its id and instant (``Call.source_key``): the same file again changes nothing and reports the same.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from complaints.call_lines import Broken, Problem, Record, id_of, parse
from complaints.errors import Refused
from complaints.forms import IntakeForm
from complaints.models import Call, Order
from complaints.queries import Inquiry, Proposal, proposals
from complaints.services import log_call, open_order
from complaints.services.opening import Matter
from complaints.vocabulary import Disposition, Part
from people import services as people
from people.models import Department, DepartmentKind, User
from people.roles import Role
from people.standing import department_tree
from policy import rulebook
from policy.limits import due
from policy.models import Policy

USERNAME, AGENT_NO = "import", "IMPORT"
ALWAYS = date(2000, 1, 1)  # records may be older than the installation
STATION = "station"


@dataclass(frozen=True)
class Outcome:
    """What became of a line. ``report`` has the fields of the report file; ``fresh`` is False for a line met before."""

    line: int
    report: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()
    blocked: str = ""
    fresh: bool = False


@dataclass(frozen=True)
class Decision:
    disposition: Disposition
    proposal: Proposal | None = None
    reason: str = field(default="")


class MereCall(IntakeForm):
    """A call that makes no order: whoever dialled wrongly leaves neither name nor number (S4-R20, S4-R21)."""

    def _check_caller(self, data: dict[str, Any]) -> None:
        return


@contextmanager
def rehearsal(dry_run: bool) -> Iterator[None]:
    """Takes back everything done inside when it is only a rehearsal. Until its end the orders it would urge stay
    locked: rehearse large files when the hotline is quiet."""
    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def import_user(now: datetime) -> User:
    """The account imported calls are taken by; made when first needed. Nobody can sign in with it.

    It holds an agent's post because a call about somebody else's open order must reach that order (B11): an interface
    account sees only what it registered itself.
    """
    found = User.objects.filter(username=USERNAME).first()
    if found is not None:
        return found
    with transaction.atomic():
        user = people.create_user(
            by=None,
            now=now,
            username=USERNAME,
            name=_("来电导入"),
            password=secrets.token_urlsafe(32),
            agent_no=AGENT_NO,
            must_change_password=False,
        )
        hotline = Department.objects.get(kind=DepartmentKind.HOTLINE)
        people.assign(user, by=None, now=now, role=Role.HOTLINE_AGENT, department=hotline, valid_from=ALWAYS)
    return user


def import_lines(lines: Iterable[tuple[int, bytes]], *, by: User) -> Iterator[Outcome]:
    """Takes line after line, each in a transaction of its own; a broken one is told and the rest goes on."""
    stations = {row.name: row.code for row in Department.objects.filter(kind=DepartmentKind.STATION)}
    for number, line in lines:
        try:
            record = parse(number, line)
        except Broken as broken:
            yield _failed(number, broken.id, broken.problems)
            continue
        try:
            call, fresh = _taken(record, by=by, stations=stations)
        except Broken as broken:
            yield _failed(number, record.id, broken.problems, record.unknown)
            continue
        blocked = call.order.dispatch_blocked if call.order and call.disposition == Disposition.ORDER else ""
        yield Outcome(number, report_of(record.id, call), (), record.unknown, blocked, fresh)


def _failed(line: int, name: str | None, problems: tuple[Problem, ...], unknown: tuple[str, ...] = ()) -> Outcome:
    told = [{"field": problem.field, "message": problem.message} for problem in problems]
    return Outcome(line, {**_blank(name), "error": {"line": line, "problems": told}}, problems, unknown)


def _taken(record: Record, *, by: User, stations: dict[str, str]) -> tuple[Call, bool]:
    """The call of this line and whether it is new. Raises Broken."""
    stored = _stored(record)
    if stored is not None:
        return stored, False
    try:
        with transaction.atomic():
            return _take(record, by=by, stations=stations), True
    except Refused as refused:
        raise Broken(Problem(refused.field, refused.message)) from None
    except IntegrityError:
        stored = _stored(record)  # another process took the same line meanwhile
        if stored is None:
            raise Broken(Problem("", _("数据库不接受这一行，请检查各字段。"))) from None
        return stored, False
    except OperationalError:
        raise  # the database itself is in trouble, not the line
    except DatabaseError:
        raise Broken(Problem("", _("数据库不接受这一行，请检查各字段。"))) from None


def _stored(record: Record) -> Call | None:
    return Call.objects.filter(source_key=record.key).select_related("order__lead_department").first()


def _take(record: Record, *, by: User, stations: dict[str, str]) -> Call:
    now = record.received_at
    matter = _matter(record, stations)
    decision = _decide(record, matter)
    if decision.disposition == Disposition.ORDER:
        order = open_order(by=by, now=now, matter=matter)
        return Call.objects.select_related("order__lead_department").get(order=order, source_key=record.key)
    return log_call(
        by=by,
        now=now,
        matter=matter,
        disposition=decision.disposition,
        order=decision.proposal.order if decision.proposal else None,
        linked_ref=decision.proposal.ref if decision.proposal and decision.proposal.order is None else "",
        reason=decision.reason,
    )


def _matter(record: Record, stations: dict[str, str]) -> Matter:
    try:
        rulebook.policy_on(record.received_at.date())
    except Policy.DoesNotExist:
        raise Broken(Problem("received_at", _("那一天还没有生效的规则参数，请核对时间。"))) from None
    station = (record.values.get("station") or "").strip()
    if station and station not in stations and station not in stations.values():
        raise Broken(
            Problem(
                "station",
                _("没有名为“%(name)s”的供电所，应为 %(all)s 之一。")
                % {"name": station[:40], "all": "、".join(stations)},
            )
        )
    data = {**record.values, "station": stations.get(station, station)}
    kind_of_form = MereCall if record.no_order_reason else IntakeForm
    form = kind_of_form(data, now=record.received_at, live=False)
    if not form.is_valid():
        raise Broken(*(Problem(name, " ".join(map(str, texts))) for name, texts in form.errors.items()))
    matter = form.matter
    return replace(matter, call=replace(matter.call, received_at=record.received_at, source_key=record.key))


def _decide(record: Record, matter: Matter) -> Decision:
    """What the file says; else what is already running takes the call (B11); else a new order."""
    said = record.disposition
    if said == Disposition.NO_ORDER or (said is None and record.no_order_reason):
        return Decision(Disposition.NO_ORDER, reason=record.no_order_reason)
    if said == Disposition.ORDER:
        return Decision(Disposition.ORDER)
    inquiry = Inquiry(
        received_at=record.received_at,
        kind=matter.kind,
        category=matter.category,
        phone=matter.caller_phone,
        account_no=matter.account_no,
        area_id=matter.customer.area_id if matter.customer else None,
    )
    found = proposals(inquiry, now=record.received_at)
    for disposition, kind in ((Disposition.LINKED_OUTAGE, "outage"), (Disposition.LINKED_ORDER, "order")):
        first = next((proposal for proposal in found if proposal.kind == kind), None)
        if first is not None and said in (None, disposition):
            return Decision(disposition, first)
    if said is not None:
        raise Broken(Problem("disposition", _("找不到可并入的在办工单或停电事件；要新开工单请写 order。")))
    return Decision(Disposition.ORDER)


# --- the report -----------------------------------------------------------------------------------------------------


def _blank(name: str | None) -> dict[str, Any]:
    return {
        "id": name,
        "disposition": None,
        "lead_department": [],
        "cc": [],
        "limit_days": None,
        "due_date": None,
        "cap_date": None,
        "provisional": False,
        "linked_to": None,
        "no_order_reason": None,
        "number": None,
        "error": None,
    }


def report_of(name: str, call: Call) -> dict[str, Any]:
    """A line of the report, read from the stored rows: departments by code (any station is ``station``), dates as
    ISO text, ``provisional`` for due date or cap, ``linked_to`` the id the file gave the order's own call."""
    line = _blank(name) | {"disposition": str(call.disposition), "no_order_reason": call.no_order_reason or None}
    if call.disposition == Disposition.LINKED_OUTAGE:
        return line | {"linked_to": call.linked_ref}
    if call.order is None:
        return line
    if call.disposition == Disposition.LINKED_ORDER:
        return line | {"linked_to": _opened_by(call.order), "number": call.order.number}
    return line | _order_facts(call.order)


def _opened_by(order: Order) -> str:
    first = order.calls.filter(disposition=Disposition.ORDER, source_key__isnull=False).first()
    return id_of(first.source_key) if first is not None and first.source_key else order.number


def _order_facts(order: Order) -> dict[str, Any]:
    copies = order.parts.filter(part=Part.CC).values_list("department_id", flat=True)
    return {
        "lead_department": [_code(order.lead_department_id)] if order.lead_department_id else [],
        "cc": sorted(_code(pk) for pk in copies),
        "limit_days": order.limit_days,
        "due_date": order.due_on.isoformat() if order.due_on else None,
        "cap_date": order.cap_on.isoformat() if order.cap_on else None,
        "provisional": order.due_provisional or _cap_provisional(order),
        "number": order.number,
    }


def _code(department_id: int) -> str:
    node = department_tree().nodes[department_id]
    return STATION if node.kind == DepartmentKind.STATION else node.code


def _cap_provisional(order: Order) -> bool:
    """A31: whether the last day any extension may reach rests on a year without an official notice."""
    if order.cap_on is None:
        return False
    found = due(order.kind, order.registered_at, order.policy, rulebook.current().calendar)
    return found is not None and found.cap_provisional
