"""The sweep: warnings, breaches, progress and chain that should have happened by now and have not.

Idempotent and set-based; run twice, late or in two processes at once it writes the same rows once. Outages are locked
first (whoever holds one is doing the work already: skipped), their notices after them, as everywhere in this app.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from escalation.models import Heartbeat
from outage import clocks
from outage.models import ChainStep, Notice, Outage
from outage.services.callers import link_calls, link_orders
from outage.services.chain import settle_chain
from outage.services.door import note_many
from outage.services.duties import warnings_of
from outage.services.suggestions import suggest

SWEEP, BATCH = "outage", 200
MINUTE = Value(timedelta(minutes=1), output_field=DurationField())


@dataclass(frozen=True)
class Settled:
    """How many notices, outages and areas a sweep did something about."""

    notices: int = 0
    progress: int = 0
    chains: int = 0
    linked: int = 0
    suggested: int = 0

    @property
    def total(self) -> int:
        return self.notices + self.progress + self.chains + self.linked + self.suggested


def settle_outages(now: datetime) -> Settled:
    """Everything by ``now``. Each batch is a transaction of its own: a killed sweep is completed by the next."""
    since = last_sweep()
    settled = Settled(
        notices=_in_batches(_notices_due(now), lambda ids: _settle_notices(ids, now)),
        progress=_in_batches(_progress_due(now), lambda ids: _settle_progress(ids, now)),
        chains=_in_batches(_chains_due(now), lambda ids: _settle_chains(ids, now)),
        linked=link_calls(now=now) + link_orders(since=since, now=now),
        suggested=suggest(now=now),
    )
    Heartbeat.objects.update_or_create(job=SWEEP, defaults={"at": now, "marked": settled.total})
    return settled


def last_sweep() -> datetime | None:
    return Heartbeat.objects.filter(job=SWEEP).values_list("at", flat=True).first()


def _in_batches(ids: list[int], settle: Callable[[list[int]], int]) -> int:
    return sum(settle(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def _locked(ids: Iterable[int]) -> list[Outage]:
    rows = Outage.objects.select_for_update(skip_locked=True, of=("self",)).select_related("policy")
    return list(rows.filter(pk__in=list(ids), ended_at__isnull=True).order_by("pk"))


# --- the three clocks -----------------------------------------------------------------------------------------------

RUNNING_CLOCK = Q(posted_at__isnull=True, void_at__isnull=True, next_at__isnull=False)


def _notices_due(now: datetime) -> list[int]:
    due = Notice.objects.filter(RUNNING_CLOCK, next_at__lte=now, outage__ended_at__isnull=True)
    return sorted(set(due.values_list("outage_id", flat=True)))


@transaction.atomic
def _settle_notices(ids: list[int], now: datetime) -> int:
    """Warnings at 5, 10 and 14 minutes, the breach at 15:01 (S0-R05): one event per outage and kind names all groups
    concerned. A sweep that slept gives the latest warning only."""
    outages = {row.pk: row for row in _locked(ids)}
    notices = list(
        Notice.objects.filter(RUNNING_CLOCK, outage_id__in=list(outages), next_at__lte=now)
        .select_related("group")
        .order_by("outage_id", "slot", "group_id")
    )
    warned: dict[int, list[dict[str, object]]] = {}
    breached: dict[int, list[dict[str, object]]] = {}
    for notice in notices:
        minutes = warnings_of(outages[notice.outage_id].policy)
        notice.warned = clocks.warnings_due(notice.triggered_at, now, minutes)
        told: dict[str, object] = {"notice": notice.pk, "slot": notice.slot, "group": notice.group.name}
        if clocks.is_breached(notice.due_at, now):
            notice.breached_at, notice.next_at = now, None
            breached.setdefault(notice.outage_id, []).append(told)
        else:
            notice.next_at = clocks.next_look(notice.triggered_at, notice.due_at, notice.warned, minutes)
            warned.setdefault(notice.outage_id, []).append(told | {"minute": minutes[notice.warned - 1]})
    Notice.objects.bulk_update(notices, ["warned", "breached_at", "next_at"])
    for found, kind, text in (
        (warned, "notice_warning", _("停电信息尚未发布")),
        (breached, "notice_breach", _("停电信息超过 15 分钟未发布")),
    ):
        note_many({pk: {"notices": rows} for pk, rows in found.items()}, kind, now=now, text=text)
    return len(notices)


# --- progress and chain ---------------------------------------------------------------------------------------------


def _progress_due(now: datetime) -> list[int]:
    """Running outages whose customers have heard nothing for ``Policy.progress_minutes`` (S2-R02)."""
    after = ExpressionWrapper(F("policy__progress_minutes") * MINUTE, output_field=DurationField())
    due = ExpressionWrapper(F("progress_at") + after, output_field=DateTimeField())
    rows = Outage.objects.running().filter(progress_alarm_at__isnull=True).alias(progress_due=due)
    return sorted(rows.filter(progress_due__lte=now).values_list("pk", flat=True))


@transaction.atomic
def _settle_progress(ids: list[int], now: datetime) -> int:
    rows = [row for row in _locked(ids) if row.progress_alarm_at is None and row.is_running]
    Outage.objects.filter(pk__in=[row.pk for row in rows]).update(progress_alarm_at=now)
    note_many({row.pk: {} for row in rows}, "progress_due", now=now, text=_("该向客户通报抢修进度了"))
    return len(rows)


def _chains_due(now: datetime) -> list[int]:
    """Levels told long enough ago to be reminded, or to be skipped."""

    def past(field: str) -> Combinable:
        after = ExpressionWrapper(F(f"outage__policy__{field}") * MINUTE, output_field=DurationField())
        return ExpressionWrapper(F("sent_at") + after, output_field=DateTimeField())

    waiting = ChainStep.objects.filter(
        sent_at__isnull=False, acknowledged_at__isnull=True, skipped_at__isnull=True, outage__ended_at__isnull=True
    ).alias(remind_at=past("chain_remind_minutes"), skip_at=past("chain_skip_minutes"))
    due = waiting.filter(Q(reminded_at__isnull=True, remind_at__lte=now) | Q(skip_at__lte=now))
    return sorted(set(due.values_list("outage_id", flat=True)))


@transaction.atomic
def _settle_chains(ids: list[int], now: datetime) -> int:
    done = 0
    for outage in _locked(ids):
        if settle_chain(outage, now=now):
            outage.updated_at = max(now, outage.updated_at)
            outage.save()
            done += 1
    return done
