"""Taking a call: the order, its first events, the call record; dispatch at once (S4-R24).

Few statements, because this is what a hundred agents do at the same time in a storm.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import CharField, DateTimeField, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed
from complaints.guards import Attempt, answerable_on_call
from complaints.models import Demand, Order, OrderDepartment, OrderEvent
from complaints.permissions import may_register
from complaints.queries import first_moment, search_words
from complaints.services.calls import call_row
from complaints.services.events import announce
from complaints.services.faults import CONSENT_USED, expect_consent, fault_row
from complaints.services.matter import CallFacts, FaultFacts, Matter
from complaints.services.numbers import new_query_code, next_number
from complaints.steps import STEPS
from complaints.vocabulary import Disposition, Part
from people import audit
from people.models import User
from people.standing import Post, standing
from people.statements import Given, Prepared, insert_together
from policy import rulebook
from policy.rulebook import Rulebook
from policy.vocabulary import EXTERNAL, Priority, Urgency

__all__ = ["CallFacts", "FaultFacts", "Matter", "open_order", "priority_of", "title_of"]

TITLE_LENGTH = 40


def open_order(*, by: User, now: datetime, matter: Matter, answer: str = "", satisfaction: str = "") -> Order:
    """Registers a matter, classifies and dispatches it where kind and category are known, and returns the order.

    With ``answer`` the order is answered on the call and archived (S0-R19); never a complaint or report (B9).
    A department that cannot be dispatched to leaves the order registered, with the reason on it (B13): never lost.
    Raises NotAllowed, Invalid, Blocked.

    First everything is read and refused that is to be refused, then everything is written in one transaction: by two
    statements when nobody listens (the number, and all rows together).
    """
    who = standing(by, timezone.localdate(now))
    post = may_register(who)
    if post is None:
        raise NotAllowed(_("受理登记由热线办理。"))
    book = rulebook.current()
    if matter.fault is not None:
        expect_consent(matter, answered=bool(answer), now=now)
    key, number = next_number(timezone.localdate(now))
    order = _registered(matter, number=number, by=by, now=now, book=book)
    events = [_event(order, "register", by, post, now, to=order.state)]
    attempt = Attempt(order, by, who, post, now, book, _details(matter, answer, satisfaction))
    if answer:
        _answer(attempt, events, answer)
    elif matter.kind and matter.category:
        _dispatch(attempt, events)
    _write(order, key, matter, attempt, events)
    return order


def _registered(matter: Matter, *, number: str, by: User, now: datetime, book: Rulebook) -> Order:
    if matter.anonymous and (matter.caller_name or matter.caller_phone or matter.account_no):
        raise Invalid(_("匿名工单不留姓名、电话和户号。"), field="anonymous")
    day = timezone.localdate(now)
    title = title_of(matter.content)
    station = matter.station or (matter.customer.station if matter.customer else None)
    order = Order(
        number=number,
        query_code=new_query_code(),
        event_seq=1,
        kind=matter.kind,
        category=matter.category,
        subcategory=matter.subcategory,
        channel=matter.channel,
        external_ref=matter.external_ref,
        customer=matter.customer,
        caller_name=matter.caller_name,
        caller_phone=matter.caller_phone,
        account_no=matter.account_no,
        address=matter.address,
        station=station,
        anonymous=matter.anonymous,
        hide_caller=matter.hide_caller,
        reported_department=matter.reported_department,
        reported_person=matter.reported_person,
        title=title,
        content=matter.content,
        occurred_on=matter.occurred_on,
        priority=priority_of(matter),
        callback_by="" if matter.anonymous else matter.callback_by,
        callback_when=matter.callback_when,
        bigrams=search_words(
            matter.content,
            matter.address,
            matter.caller_name,
            concealed=matter.anonymous or matter.hide_caller,
        ),
        registered_at=now,
        registered_by=by,
        policy=book.policy_on(day),
        updated_at=now,
    )
    order.original_id = _original_of(order, now=now) if matter.category else None
    return order


def _original_of(order: Order, *, now: datetime) -> int | None:
    """The earlier order this one repeats: same account or phone, same category, closed within
    ``Policy.repeat_days`` (A16). Linking only; what it costs is another matter (B5)."""
    if not order.caller_phone and not order.account_no:
        return None
    found = _ORIGINAL(
        phone=order.caller_phone or None,
        account=order.account_no or None,
        category=order.category,
        since=first_moment(now, order.policy.repeat_days),
        now=now,
    )
    return found[0][0] if found else None


_ORIGINAL = Prepared(
    lambda: (
        Order.objects.filter(
            Q(caller_phone=Given("phone", CharField())) | Q(account_no=Given("account", CharField())),
            category=Given("category", CharField()),
            closed_at__gte=Given("since", DateTimeField()),
            closed_at__lte=Given("now", DateTimeField()),
        )
        .order_by("-closed_at")
        .values_list("pk")[:1]
    )
)


def _details(matter: Matter, answer: str, satisfaction: str) -> dict[str, Any]:
    details: dict[str, Any] = {
        "kind": matter.kind,
        "category": matter.category,
        "subcategory": matter.subcategory,
    }
    return {**details, "satisfaction": satisfaction} if answer else details


def _answer(attempt: Attempt, events: list[OrderEvent], answer: str) -> None:
    reason = answerable_on_call(attempt)
    if reason:
        raise Blocked(reason)
    _step(attempt, events, "answer_on_call", text=answer)


def _dispatch(attempt: Attempt, events: list[OrderEvent]) -> None:
    """Dispatch at once, or keep the order registered with the reason (S4-R03, B13)."""
    order = attempt.order
    reason = next(filter(None, (guard(attempt) for guard in STEPS["classify"].guards)), None)
    if reason is None:
        _step(attempt, events, "classify", text=attempt.route.basis)
        return
    order.dispatch_blocked = reason[:200]
    order.event_seq += 1
    events.append(_event(order, "dispatch_blocked", attempt.by, attempt.post, attempt.now, text=reason))


def _step(attempt: Attempt, events: list[OrderEvent], name: str, *, text: str) -> None:
    order = attempt.order
    before = order.state
    getattr(order, name)(attempt, **(attempt.details or {}))
    order.event_seq += 1
    order.version += 1
    event = _event(order, name, attempt.by, attempt.post, attempt.now, text=text, to=order.state)
    event.from_state = before
    event.data = {"kind": order.kind, "category": order.category}
    if order.lead_department_id:
        event.data["lead"] = {"from": None, "to": attempt.route.lead_name}
    if order.archive_ground:
        event.data["ground"] = order.archive_ground
    if order.due_on is not None:
        event.data |= {"due_on": {"from": None, "to": str(order.due_on)}, "calendar": order.calendar_version}
    events.append(event)


def _event(
    order: Order, name: str, by: User, post: Post | None, now: datetime, *, text: str = "", to: str = ""
) -> OrderEvent:
    return OrderEvent(
        order=order,
        seq=order.event_seq,
        at=now,
        name=name,
        to_state=to,
        by=by,
        acting_for_id=post.acting_for_id if post else None,
        department_id=post.department_id if post else None,
        text=text,
    )


def _write(order: Order, key: int, matter: Matter, attempt: Attempt, events: list[OrderEvent]) -> None:
    """All rows in one statement, then the word to the apps above; no savepoint of its own, since nothing is refused
    any more."""
    by, now = attempt.by, attempt.now
    order.pk = key
    for event in events:
        event.order = order
    rows: list[Model] = [order, *events]
    rows += [Demand(order=order, position=n, text=text) for n, text in enumerate(matter.demands, start=1)]
    rows += _parts(order, attempt)
    rows.append(call_row(matter, matter.call, by, now, Disposition.ORDER, order=order))
    if matter.fault is not None:
        rows.append(fault_row(order, matter.fault))
    rows.append(audit.entry(actor=by, action="order.open", subject=order, now=now, detail={"state": str(order.state)}))
    paid = matter.fault is not None and matter.fault.paid
    try:
        with transaction.atomic(savepoint=paid):
            insert_together(rows)
            for event in events:
                announce([order.pk], event.name, now=now)
    except IntegrityError as error:
        if not paid:
            raise
        raise Invalid(str(CONSENT_USED), field="paid") from error


def _parts(order: Order, attempt: Attempt) -> list[OrderDepartment]:
    """Copies and cooperating departments by the route (S4-R26, R30, R32)."""
    if not order.lead_department_id:
        return []
    route = attempt.route
    parts = dict.fromkeys(route.cc_ids, Part.CC) | dict.fromkeys(route.cooperating_ids, Part.COOPERATING)
    parts.pop(order.lead_department_id, None)
    return [OrderDepartment(order=order, department_id=pk, part=part) for pk, part in parts.items()]


def title_of(content: str) -> str:
    """The first sentence, short enough for a list."""
    text = " ".join(content.split())
    for mark in "。！？!?\n；":
        head, found, _rest = text.partition(mark)
        if found and len(head) <= TITLE_LENGTH:
            text = head
            break
    return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1] + "…"


def priority_of(matter: Matter) -> Priority:
    """Urgency first, then who needs special care and what others watch (S3-R07, S1-R08)."""
    if matter.urgency == Urgency.DANGER:
        return Priority.DANGER
    if matter.urgency == Urgency.URGENT:
        return Priority.URGENT
    return Priority.RAISED if matter.needs_care or matter.channel in EXTERNAL else Priority.NORMAL
