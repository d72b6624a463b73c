"""Why an outage cannot be closed yet (S0-R10). Asks the outage's own rows, so that the workflow needs no models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from outage.closing.gaps import Gap, gaps_of
from outage.step import Attempt

if TYPE_CHECKING:
    from outage.models import Outage


def missing_of(attempt: Attempt) -> list[str]:
    """What is missing, in the order of the work."""
    outage = attempt.outage
    ledger = getattr(outage, "ledger", None)
    found = []
    if ledger is None:
        found.append(_("台账"))
    if not outage.feedback.exists() and not (ledger and ledger.no_feedback_reason):
        found.append(_("客户意见（确实没有的，在台账中说明怎样核实）"))
    if getattr(outage, "review", None) is None:
        found.append(_("复盘结论"))
    gaps = gaps_of(outage, now=attempt.now, policy=attempt.policy)
    if left := unexplained(outage, gaps):
        found.append(_("%(n)d 处差距的说明") % {"n": len(left)})
    if gaps and not outage.review_actions.exists():
        found.append(_("改进措施（责任人和期限）"))
    return found


def unexplained(outage: Outage, gaps: Iterable[Gap]) -> list[Gap]:
    explained = set(outage.gap_explanations.values_list("key", flat=True))
    return [gap for gap in gaps if gap.key not in explained]


def complete(attempt: Attempt) -> str | None:
    """Only with ledger, customer feedback, review, explained gaps and, where there were gaps, an action."""
    missing = missing_of(attempt)
    return _("还不能结案，缺：%(missing)s。") % {"missing": "；".join(missing)} if missing else None
