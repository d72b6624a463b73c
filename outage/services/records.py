"""The rows and event facts that belong to a step of an outage, written under its row lock by the door."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model, Sum
from django.utils.translation import gettext as _

from complaints.errors import Invalid
from outage.models import Announcement, Outage, OutageArea, OutageGroup, RestorationStep
from outage.services import joining, withdrawal
from outage.services.duties import groups_of, settle_attendance, settle_notices
from outage.step import Attempt

TIMES = ("detected_at", "occurred_at", "repair_started_at", "expected_at", "restored_at")
FOLLOWED = (*TIMES, "cause", "cause_text", "households", "kind")


def picture(outage: Outage) -> dict[str, Any]:
    """The fields whose change an event tells, as they were."""
    return {name: getattr(outage, name) for name in FOLLOWED}


def data(outage: Outage, attempt: Attempt, details: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """Before and after of every followed field that changed, and keys of the rows the step names."""
    changed = {
        name: {"from": _plain(before), "to": _plain(getattr(outage, name))}
        for name, before in seen.items()
        if before != getattr(outage, name)
    }
    named = {key: _plain(value) for key, value in details.items() if key not in {"reason", "text", *TIMES}}
    return {**named, **attempt.notes, **({"changed": changed} if changed else {})}


def remark(details: Mapping[str, Any]) -> str:
    return str(details.get("reason") or details.get("text") or "")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Outage):
        return value.number
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def write(outage: Outage, name: str, attempt: Attempt, details: Mapping[str, Any]) -> None:
    """What a step leaves beside the outage's own fields; whatever starts a clock has it running afterwards."""
    _check_times(outage, attempt)
    if name in WRITERS:
        WRITERS[name](outage, attempt, details)
    outage.save()
    if outage.is_over:
        return
    settle_notices(outage)
    settle_attendance(outage, now=attempt.now)


def _check_times(outage: Outage, attempt: Attempt) -> None:
    """Nothing lies in the future, and each time follows the one before it."""
    labels = {
        "occurred_at": _("停电时间"),
        "detected_at": _("获知时间"),
        "repair_started_at": _("抢修开展时间"),
        "restored_at": _("送电时间"),
    }
    for name, label in labels.items():
        value = getattr(outage, name)
        if value is not None and value > attempt.now:
            raise Invalid(_("%(what)s晚于现在，请核对。") % {"what": label}, field=_field(attempt, name))
    pairs = (("occurred_at", "detected_at"), ("occurred_at", "repair_started_at"), ("occurred_at", "restored_at"))
    for earlier, later in (*pairs, ("repair_started_at", "restored_at")):
        first, second = getattr(outage, earlier), getattr(outage, later)
        if first is not None and second is not None and first > second:
            text = _("%(first)s晚于%(second)s，请核对。") % {"first": labels[earlier], "second": labels[later]}
            raise Invalid(text, field=_field(attempt, later))


def _field(attempt: Attempt, name: str) -> str:
    """The field of the form: steps that set one time call it ``at``."""
    return "at" if "at" in (attempt.details or {}) else name


# --- per step -------------------------------------------------------------------------------------------------------


def _change_area(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    """Areas and groups are only added here; what came back is a partial restoration."""
    known = set(outage.areas.values_list("area_id", flat=True))
    fresh = [area for area in details.get("areas") or () if area.pk not in known]
    OutageArea.objects.bulk_create(
        OutageArea(outage=outage, area=area, households=area.households, added_at=attempt.now) for area in fresh
    )
    groups = {group.pk: group for group in (*groups_of(area.pk for area in fresh), *(details.get("groups") or ()))}
    told = set(outage.groups.values_list("group_id", flat=True))
    OutageGroup.objects.bulk_create(
        OutageGroup(outage=outage, group=group, added_at=attempt.now) for pk, group in groups.items() if pk not in told
    )
    outage.__dict__.pop("station_ids", None)
    attempt.notes["added"] = [area.pk for area in fresh]


def _restore_part(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    areas = [area.pk for area in details["areas"]]
    at: datetime = details["at"]
    if outage.detected_at is not None and at < (outage.occurred_at or outage.detected_at):
        raise Invalid(_("送电时间早于停电时间，请核对。"), field="at")
    rows = outage.areas.filter(area_id__in=areas, restored_at__isnull=True)
    households = rows.aggregate(total=Sum("households"))["total"] or 0
    rows.update(restored_at=at)
    RestorationStep.objects.create(
        outage=outage,
        at=at,
        households=min(households, _still_dark(outage)),
        area_ids=areas,
        recorded_at=attempt.now,
        recorded_by=attempt.by,
    )


def finish(outage: Outage, at: datetime, *, by: Any, now: datetime) -> None:
    """The last restoration step: everybody who was still without supply."""
    rows = outage.areas.filter(restored_at__isnull=True)
    areas = list(rows.values_list("area_id", flat=True))
    RestorationStep.objects.create(
        outage=outage,
        at=at,
        households=_still_dark(outage),
        area_ids=areas,
        is_final=True,
        recorded_at=now,
        recorded_by=by,
    )
    rows.update(restored_at=at)
    Announcement.objects.filter(outage=outage, withdrawn_at__isnull=True).update(withdrawn_at=now)


def _still_dark(outage: Outage) -> int:
    back = outage.restoration_steps.aggregate(total=Sum("households"))["total"] or 0
    return max(0, outage.households - back)


def _restore(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    finish(outage, details["at"], by=attempt.by, now=attempt.now)


def _correct_times(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    """The final restoration step and its areas follow a corrected time; a time not reached yet cannot be given."""
    before = Outage.objects.get(pk=outage.pk)
    for name in ("repair_started_at", "restored_at"):
        if details.get(name) is not None and getattr(before, name) is None:
            raise Invalid(_("这个时间还没有登记，请用对应的操作登记，不能在这里填写。"), field=name)
    if outage.restored_at != before.restored_at and outage.restored_at is not None:
        final = outage.restoration_steps.filter(is_final=True).first()
        if final is not None:
            outage.areas.filter(area_id__in=final.area_ids).update(restored_at=outage.restored_at)
            final.at = outage.restored_at
            final.save(update_fields=["at"])


def _withdraw_restoration(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    attempt.notes.update(withdrawal.take_back(outage, by=attempt.by, now=attempt.now))


def _merge(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    joining.move_all(outage, details["master"], by=attempt.by, now=attempt.now)


def _split(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    part = joining.split_off(outage, details["areas"], title=details["title"], by=attempt.by, now=attempt.now)
    attempt.notes["part"] = part.number


def _cancel(outage: Outage, attempt: Attempt, details: Mapping[str, Any]) -> None:
    joining.void_clocks(outage, now=attempt.now)
    withdrawal.let_go(outage, by=attempt.by, now=attempt.now)
    Announcement.objects.filter(outage=outage, withdrawn_at__isnull=True).update(withdrawn_at=attempt.now)


WRITERS: dict[str, Callable[[Outage, Attempt, Mapping[str, Any]], None]] = {
    "change_area": _change_area,
    "restore_part": _restore_part,
    "restore": _restore,
    "withdraw_restoration": _withdraw_restoration,
    "correct_times": _correct_times,
    "merge": _merge,
    "split": _split,
    "cancel": _cancel,
}
