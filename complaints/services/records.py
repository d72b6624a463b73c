"""The rows that belong to a step, written by the door right after the transition and under the same lock."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from complaints.guards import Attempt, is_unreachable
from complaints.models import Contact, Feedback, Investigation, Order, OrderDepartment, SubAssignment
from complaints.queries import search_words
from complaints.services.events import announce, write_event
from complaints.vocabulary import ContactPurpose, FeedbackStatus, Part
from people.masking import mask_account, mask_address, mask_name, mask_phone

Details = Mapping[str, Any]
Writer = Callable[[Order, Attempt, Details], None]

REMARKS = ("reason", "text", "answer", "missing", "findings", "measures", "task", "note", "result_text")
SMALL = ("verified", "cause_party", "means", "result", "satisfaction", "answered", "kind", "category")
PERSONAL: dict[str, Callable[[str], str]] = {
    "caller_name": mask_name,
    "caller_phone": mask_phone,
    "account_no": mask_account,
    "address": mask_address,
    "callback_when": str,
}


def write(order: Order, name: str, attempt: Attempt, details: Details) -> None:
    writer = WRITERS.get(name)
    if writer is not None:
        writer(order, attempt, details)


def remark(name: str, details: Details) -> str:
    """The words the timeline shows under the step."""
    return next((str(details[key]) for key in REMARKS if details.get(key)), "")


def picture(order: Order, name: str) -> dict[str, Any]:
    """What the step may change and the event should tell before and after."""
    if name == "correct":
        return {field: getattr(order, field) for field in PERSONAL}
    return {
        "lead": order.lead_department.name if order.lead_department else None,
        "handler": order.handler.name if order.handler else None,
        "handler_id": order.handler_id,
        "due_on": order.due_on,
        "kind": order.kind,
        "category": order.category,
    }


def data(order: Order, name: str, attempt: Attempt, details: Details, before: dict[str, Any]) -> dict[str, Any]:
    """JSON of the event: what changed, small facts of the form, and the versions that were used."""
    if name == "correct":
        changed = {field for field, value in before.items() if getattr(order, field) != value}
        return {f: {"from": PERSONAL[f](before[f]), "to": PERSONAL[f](getattr(order, f))} for f in sorted(changed)}
    after = picture(order, name)
    found: dict[str, Any] = {
        key: {"from": _plain(before[key]), "to": _plain(after[key])} for key in before if before[key] != after[key]
    }
    if "due_on" in found:
        found["calendar"] = order.calendar_version
        found["cause"] = name
    found.update({key: _plain(details[key]) for key in SMALL if key in details and key not in found})
    if order.archive_ground:
        found["ground"] = order.archive_ground
    for key in ("department", "sub", "master"):
        if key in details:
            found[key] = _plain(details[key])
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return getattr(value, "number", None) or value.pk
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


# --- one writer per step that has rows of its own -------------------------------------------------------------------


def _parts(order: Order, attempt: Attempt, details: Details) -> None:
    """Copies and cooperating departments by the route, and those named by hand (S4-R26, R30, R32)."""
    route = attempt.route
    cooperating = {*route.cooperating_ids, *(d.pk for d in details.get("cooperating") or ())}
    wanted = dict.fromkeys(route.cc_ids, Part.CC) | dict.fromkeys(cooperating, Part.COOPERATING)
    wanted.pop(order.lead_department_id or 0, None)
    order.parts.exclude(department_id__in=wanted).delete()
    OrderDepartment.objects.bulk_create(
        [OrderDepartment(order=order, department_id=pk, part=part) for pk, part in wanted.items()],
        update_conflicts=True,
        unique_fields=["order", "department"],
        update_fields=["part"],
    )


def _lead_is_no_part(order: Order, attempt: Attempt, details: Details) -> None:
    order.parts.filter(department=order.lead_department).delete()


def _sub_assign(order: Order, attempt: Attempt, details: Details) -> None:
    SubAssignment.objects.create(
        order=order,
        department=details["department"],
        task=details["task"],
        due_on=details["due_on"],
        assigned_at=attempt.now,
        assigned_by=attempt.by,
    )


def _finish_sub_assignment(order: Order, attempt: Attempt, details: Details) -> None:
    sub: SubAssignment = details["sub"]
    sub.done_at, sub.done_by, sub.result = attempt.now, attempt.by, details["result_text"]
    sub.save(update_fields=["done_at", "done_by", "result"])


def _contact(order: Order, attempt: Attempt, details: Details, purpose: ContactPurpose) -> None:
    Contact.objects.create(
        order=order,
        purpose=purpose,
        at=details["at"],
        means=details["means"],
        result=details["result"],
        note=details.get("note", ""),
        answered=bool(details.get("answered")),
        satisfaction=details.get("satisfaction") or "",
        suggestion=details.get("suggestion", ""),
        round=order.reopenings,
        by=attempt.by,
        department_id=attempt.post.department_id if attempt.post else None,
    )


def _contact_customer(order: Order, attempt: Attempt, details: Details) -> None:
    _contact(order, attempt, details, ContactPurpose.DEPARTMENT)


def _attempt_callback(order: Order, attempt: Attempt, details: Details) -> None:
    _contact(order, attempt, details, ContactPurpose.CALLBACK)
    if order.answered_at is None and is_unreachable(attempt):
        order.answered_at = details["at"]


def _investigate(order: Order, attempt: Attempt, details: Details) -> None:
    Investigation.objects.create(
        order=order,
        plan=details["plan"],
        evidence=details.get("evidence") or [],
        findings=details["findings"],
        verified=details["verified"],
        cause_party=details["cause_party"],
        cause=details["cause"],
        sections=details.get("sections") or {},
        by=attempt.by,
        at=attempt.now,
    )


def _resolve(order: Order, attempt: Attempt, details: Details) -> None:
    answers: dict[int, str] = details["answers"]
    demands = list(order.demands.all())
    for demand in demands:
        demand.answer = answers.get(demand.pk, "")
    order.demands.bulk_update(demands, ["answer"])
    assert order.lead_department_id is not None
    Feedback.objects.create(
        order=order,
        measures=details["measures"],
        basis=details["basis"],
        answers=[{"demand": demand.text, "answer": demand.answer} for demand in demands],
        submitted_at=attempt.now,
        submitted_by=attempt.by,
        department_id=order.lead_department_id,
        on_time=None if order.due_at is None else attempt.now < order.due_at,
    )


def _decide_feedback(order: Order, attempt: Attempt, status: FeedbackStatus, missing: str = "") -> None:
    order.feedbacks.filter(status=FeedbackStatus.PENDING).update(
        status=status, decided_at=attempt.now, decided_by=attempt.by, missing=missing
    )


def _return_feedback(order: Order, attempt: Attempt, details: Details) -> None:
    _decide_feedback(order, attempt, FeedbackStatus.RETURNED, details["missing"])


def _accept_feedback(order: Order, attempt: Attempt, details: Details) -> None:
    _decide_feedback(order, attempt, FeedbackStatus.ACCEPTED)


def _merge(order: Order, attempt: Attempt, details: Details) -> None:
    """The master, locked beside this order, gets its own line."""
    master: Order = details["master"]
    master.event_seq += 1
    write_event(
        master,
        "merged_in",
        by=attempt.by,
        now=attempt.now,
        post=attempt.post,
        text=_("%(number)s 并入本单") % {"number": order.number},
        data={"order": order.number},
    )
    master.updated_at = max(attempt.now, master.updated_at)
    master.save(update_fields=["event_seq", "updated_at"])
    announce([master.pk], "merged_in", now=attempt.now)


def _correct(order: Order, attempt: Attempt, details: Details) -> None:
    """The order is found by what is right now, and no longer by what was wrong."""
    order.bigrams = search_words(order.content, order.address, order.caller_name, concealed=order.conceals_caller)


WRITERS: dict[str, Writer] = {
    "correct": _correct,
    "classify": _parts,
    "rule_dispatch": _lead_is_no_part,
    "transfer": _lead_is_no_part,
    "sub_assign": _sub_assign,
    "finish_sub_assignment": _finish_sub_assignment,
    "contact_customer": _contact_customer,
    "attempt_callback": _attempt_callback,
    "investigate": _investigate,
    "resolve": _resolve,
    "return_feedback": _return_feedback,
    "accept_feedback": _accept_feedback,
    "merge": _merge,
}
