"""Keeping ledger, feedback and review of an outage: each change locks it and leaves one event and one audit row."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow, Stale
from outage.closing.gaps import gaps_of
from outage.closing.models import CustomerFeedback, GapExplanation, Ledger, Review, ReviewAction
from outage.models import Outage
from outage.permissions import crew
from outage.services import note
from outage.vocabulary import State
from people import audit
from people.models import User
from people.standing import standing
from policy.rulebook import policy_on

KEPT_WHILE = frozenset({State.INTERRUPTED, State.REPAIRING, State.RESTORED})


def may_keep(outage: Outage, user: User, *, now: datetime) -> bool:
    """Whoever worked on the outage keeps its ledger and review."""
    return crew(outage, standing(user, timezone.localdate(now))) is not None


def _locked(outage: Outage, by: User, now: datetime) -> Outage:
    """The outage as it is now, locked; refused to strangers and once it is closed."""
    row = Outage.objects.select_for_update().get(pk=outage.pk)
    if not may_keep(row, by, now=now):
        raise NotAllowed(_("台账和复盘由参与抢修和值班的人员填写。"))
    if row.state not in KEPT_WHILE:
        raise NotNow(_("停电现为“%(state)s”，台账和复盘不能再改。") % {"state": row.get_state_display()})
    return row


def _told(outage: Outage, kind: str, *, by: User, now: datetime, text: str, data: Mapping[str, Any]) -> None:
    event = note(outage, kind, by=by, now=now, text=text, data=data)
    audit.record(actor=by, action=f"outage.{kind}", subject=outage, now=now, detail={"seq": event.seq})


@transaction.atomic
def keep_ledger(outage: Outage, *, values: Mapping[str, str], version: int, by: User, now: datetime) -> Ledger:
    """First entry (``version`` 0) or correction of the ledger; before and after stand in the stream."""
    row: Ledger = _kept(Ledger, outage, "ledger", _("填写台账"), values=values, version=version, by=by, now=now)
    return row


@transaction.atomic
def keep_review(outage: Outage, *, values: Mapping[str, Any], version: int, by: User, now: datetime) -> Review:
    """First entry or correction of the review's conclusion."""
    row: Review = _kept(Review, outage, "review", _("填写复盘"), values=values, version=version, by=by, now=now)
    return row


def _kept(
    model: Any,
    outage: Outage,
    kind: str,
    text: str,
    *,
    values: Mapping[str, Any],
    version: int,
    by: User,
    now: datetime,
) -> Any:
    outage = _locked(outage, by, now)
    row = model.objects.filter(outage=outage).first()
    if (row.version if row else 0) != version:
        raise Stale(_("您填写期间别人已经保存过，您的内容没有保存，仍保留在下方。请核对后再保存。"))
    before = {name: str(getattr(row, name)) for name in values} if row else {}
    row = row or model(outage=outage)
    for name, value in values.items():
        setattr(row, name, value)
    row.version, row.kept_by, row.kept_at = version + 1, by, now
    row.save()
    changed = {
        name: [before.get(name, ""), str(value)] for name, value in values.items() if before.get(name) != str(value)
    }
    _told(outage, kind, by=by, now=now, text=text, data={"changed": changed})
    return row


@transaction.atomic
def add_feedback(
    outage: Outage, *, source: str, text: str, answer: str, at: datetime, by: User, now: datetime
) -> CustomerFeedback:
    """What a customer said and was answered."""
    outage = _locked(outage, by, now)
    row = CustomerFeedback.objects.create(outage=outage, source=source, text=text, answer=answer, at=at, by=by)
    _told(outage, "feedback", by=by, now=now, text=_("登记客户意见"), data={"source": source})
    return row


@transaction.atomic
def explain_gap(outage: Outage, *, key: str, text: str, by: User, now: datetime) -> GapExplanation:
    """Why a gap came about; only for gaps there are."""
    outage = _locked(outage, by, now)
    known = {gap.key: gap.text for gap in gaps_of(outage, now=now, policy=policy_on(timezone.localdate(now)))}
    if key not in known:
        raise Invalid(_("这处差距已不存在，请刷新页面。"), field="key")
    row = GapExplanation.objects.create(outage=outage, key=key, text=text, at=now, by=by)
    _told(outage, "gap_explained", by=by, now=now, text=known[key], data={"key": key})
    return row


@transaction.atomic
def add_action(outage: Outage, *, what: str, owner: User, due_on: date, by: User, now: datetime) -> ReviewAction:
    """Something to be done better, with its owner and date."""
    outage = _locked(outage, by, now)
    row = ReviewAction.objects.create(
        outage=outage, what=what, owner=owner, due_on=due_on, created_at=now, created_by=by
    )
    told = _("改进措施：%(what)s，%(who)s，%(due)s 前") % {"what": what, "who": owner.name, "due": due_on}
    _told(outage, "action_set", by=by, now=now, text=told, data={"action": row.pk})
    return row


@transaction.atomic
def finish_action(action: ReviewAction, *, result: str, by: User, now: datetime) -> ReviewAction:
    """Done, by its owner or whoever keeps the review; also after the outage was closed."""
    outage = Outage.objects.select_for_update().get(pk=action.outage_id)
    row = ReviewAction.objects.select_for_update().get(pk=action.pk)
    if row.owner_id != by.pk and not may_keep(outage, by, now=now):
        raise NotAllowed(_("改进措施由责任人或参与抢修和值班的人员登记完成。"))
    if row.done_at is not None:
        raise NotNow(_("这项措施已登记完成。"))
    row.done_at, row.done_by, row.result = now, by, result
    row.save(update_fields=["done_at", "done_by", "result"])
    _told(
        outage,
        "action_done",
        by=by,
        now=now,
        text=_("完成改进措施：%(what)s") % {"what": row.what},
        data={"action": row.pk},
    )
    return row
