"""Which checklists an outage has, ticking, taking a tick back, and new versions of a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from outage.checklists.models import Applies, ChecklistItem, ChecklistTemplate, Tick, in_force
from outage.models import Outage
from outage.permissions import crew
from outage.services import note
from outage.vocabulary import UNFORESEEN, OutageCause, State
from people.audit import record
from people.models import User
from people.roles import Role
from people.standing import Standing, standing
from policy.rulebook import policy_on

TICKED_WHILE = frozenset({State.INTERRUPTED, State.REPAIRING, State.RESTORED})


@dataclass(frozen=True)
class Line:
    item: ChecklistItem
    tick: Tick | None


@dataclass(frozen=True)
class Checklist:
    template: ChecklistTemplate
    lines: list[Line]

    @property
    def done(self) -> int:
        return sum(line.tick is not None for line in self.lines)


def applies_to(template: ChecklistTemplate, outage: Outage, *, threshold: int) -> bool:
    """Faults only; the large one from the threshold up, inclusive (S0-R07, A19)."""
    if outage.kind not in UNFORESEEN:
        return False
    if template.applies == Applies.LARGE:
        return outage.households >= threshold
    if template.applies == Applies.CUSTOMER_OWNED:
        return outage.cause == OutageCause.CUSTOMER_OWNED
    return True


def checklists_of(outage: Outage) -> list[Checklist]:
    """The checklists in force when the outage was registered, with its live ticks."""
    on = timezone.localdate(outage.registered_at)
    threshold = policy_on(on).attendance_households
    live = {tick.item_id: tick for tick in outage.ticks.filter(undone_at=None).select_related("by")}
    return [
        Checklist(template, [Line(item, live.get(item.pk)) for item in template.items.all()])
        for template in in_force(on)
        if applies_to(template, outage, threshold=threshold)
    ]


def may_tick(outage: Outage, by: User, *, now: datetime) -> bool:
    return crew(outage, standing(by, timezone.localdate(now))) is not None


@transaction.atomic
def set_tick(outage: Outage, item: ChecklistItem, *, done: bool, by: User, now: datetime) -> Tick | None:
    """Ticks an item or takes its tick back; doing it twice is doing it once. Returns the live tick."""
    outage = Outage.objects.select_for_update().get(pk=outage.pk)
    if not may_tick(outage, by, now=now):
        raise NotAllowed(_("清单由参与抢修和值班的人员勾选。"))
    if outage.state not in TICKED_WHILE:
        raise NotNow(_("停电现为“%(state)s”，清单不能再改。") % {"state": outage.get_state_display()})
    if item.pk not in {line.item.pk for checklist in checklists_of(outage) for line in checklist.lines}:
        raise Invalid(_("这起停电的清单中没有这一项。"), field="item")
    live = Tick.objects.filter(outage=outage, item=item, undone_at=None).first()
    if done == (live is not None):
        return live
    if live is None:
        live = Tick.objects.create(outage=outage, item=item, at=now, by=by)
    else:
        live.undone_at, live.undone_by = now, by
        live.save(update_fields=["undone_at", "undone_by"])
    kind, words = ("tick", _("完成：%(item)s")) if done else ("untick", _("取消勾选：%(item)s"))
    note(outage, kind, by=by, now=now, text=words % {"item": item.text}, data={"item": item.pk})
    record(actor=by, action=f"outage.{kind}", subject=outage, now=now, detail={"item": item.pk})
    return live if done else None


def may_change(held: Standing) -> bool:
    """Who writes new versions."""
    return held.has(Role.MANAGER, Role.CENTRE_DEPARTMENT)


@transaction.atomic
def next_version(
    code: str, *, items: Sequence[str], effective_from: date, basis: str, by: User, now: datetime
) -> ChecklistTemplate:
    """The next version of a checklist from a day on; outages registered before keep the one they have."""
    if not may_change(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("清单模板由管理人员或专业部室修订。"))
    if effective_from < timezone.localdate(now):
        raise Invalid(_("生效日期不能早于今天：已经用过的版本不再改动。"), field="effective_from")
    newest = ChecklistTemplate.objects.select_for_update().filter(code=code).order_by("-version").first()
    if newest is None:
        raise Invalid(_("没有这份清单。"), field="code")
    if effective_from <= newest.effective_from:
        raise Invalid(_("生效日期须晚于上一版的 %(day)s。") % {"day": newest.effective_from}, field="effective_from")
    try:
        with transaction.atomic():
            row = ChecklistTemplate.objects.create(
                code=code,
                version=newest.version + 1,
                title=newest.title,
                applies=newest.applies,
                basis=basis,
                effective_from=effective_from,
                recorded_by=by,
                recorded_at=now,
            )
    except IntegrityError as error:
        raise Invalid(_("别人刚刚也修订了这份清单，请刷新后再改。"), field="effective_from") from error
    ChecklistItem.objects.bulk_create(
        ChecklistItem(template=row, position=n, text=text) for n, text in enumerate(items, start=1)
    )
    record(actor=by, action="checklist.version", subject=row, ref=str(row), now=now, detail={"items": len(items)})
    return row
