"""Who sends what, and for how long: batches under a lease, so that the next sends what a killed one held (F5).

A robot's row in ``Budget`` is locked while its next words are chosen: at most ``per_minute`` of them in any 60 seconds
at the receiver (invariant 23). With more waiting than may be said, several become one digest, urgent ones first (F16).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.channels import CHANNELS
from notifications.channels.base import Channel
from notifications.expand import STALE, new_delivery
from notifications.models import Attempt, Budget, Delivery, DeliveryQuerySet, Endpoint
from notifications.vocabulary import DeliveryState, Outcome, ToKind, moved

LEASE = timedelta(seconds=50)  # a killed sender's rows are free again within 60 s
BATCH = 50
# 60 seconds and the longest an answer takes: whatever the delay on the way, no 60 seconds at the receiver hold more.
SPAN = timedelta(seconds=68)
DIGEST_FROM = 5  # a person with this many waiting gets one digest
LINES = 60  # of one digest
SMS = "sms"


def claimable(now: datetime) -> DeliveryQuerySet:
    return Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now, endpoint__isnull=False)


def lanes(now: datetime) -> list[Endpoint]:
    """Endpoints with something due, awake and enabled."""
    rested = Q(rest_until__isnull=True) | Q(rest_until__lte=now) | Q(rest_until__gt=now + STALE)
    waiting = claimable(now).values("endpoint_id")
    return list(Endpoint.objects.filter(rested, enabled=True, pk__in=waiting).order_by("id"))


def heal(now: datetime) -> int:
    """After a clock was set back nothing waits for the old time to come again (F12); leases of the dead end (F5).

    Returns how many deliveries became claimable.
    """
    back = now + timedelta(seconds=5)
    freed = Delivery.objects.filter(state=DeliveryState.PENDING, queued_at__gt=back).update(due_at=now, queued_at=now)
    over = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    with transaction.atomic():
        rows = Delivery.objects.filter(over, state=DeliveryState.SENDING).select_for_update(skip_locked=True)
        keys = list(rows.values_list("pk", flat=True))
        if keys:
            lost = Attempt.objects.filter(delivery_id__in=keys, ended_at__isnull=True)
            lost.update(ended_at=now, outcome=Outcome.LOST, detail=_("发送进程中断"))
            freed += Delivery.objects.filter(pk__in=keys).update(
                **moved(DeliveryState.PENDING, due_at=now, queued_at=now)
            )
    return freed


def hold_stale(now: datetime) -> int:
    """What has been due for an hour without being claimed is not blasted at groups and customers (F24)."""
    late = Delivery.objects.filter(
        state=DeliveryState.PENDING, due_at__lte=now - STALE, to__in=[ToKind.GROUP, ToKind.CUSTOMER], attempts=0
    )
    return late.update(**moved(DeliveryState.HELD, reason=_("应发后一小时内没有发出，没有自动补发")))


@transaction.atomic
def claim(endpoint: Endpoint, *, holder: str, now: datetime, limit: int = BATCH) -> list[Delivery]:
    """The next deliveries of this endpoint, leased to ``holder``, their attempts written; urgent first, then oldest.

    The caller sends only after this has committed.
    """
    channel = CHANNELS[endpoint.channel]
    allowed = limit
    budget = None
    if channel.per_minute is not None:
        budget = _locked_budget(endpoint, now)
        allowed = channel.per_minute - len(budget.spoke_at)
        if allowed <= 0:
            return []
    rows = claimable(now).filter(endpoint=endpoint).order_by("-urgent", "due_at", "id")
    if budget is not None:  # a notice of an outage before all else
        rows = rows.select_related("posting").order_by(F("posting").asc(nulls_last=True), "-urgent", "due_at", "id")
    found = list(rows.select_for_update(skip_locked=True, of=("self",))[: limit if budget is None else LINES + 1])
    if not found:
        return []
    if budget is not None:
        found = _for_robot(found, allowed, channel, now)
        budget.spoke_at = [*budget.spoke_at, *[now] * sum(words_of(row, channel) for row in found)]
        budget.save()
    elif not channel.group:
        found = _for_people(found, now)
    _lease(found, holder, now)
    return found


def _locked_budget(endpoint: Endpoint, now: datetime) -> Budget:
    Budget.objects.bulk_create([Budget(endpoint=endpoint)], ignore_conflicts=True)
    budget = Budget.objects.select_for_update().get(endpoint=endpoint)
    # A moment of the future was written before the clock was set back: it counts as now, once.
    if any(moment > now for moment in budget.spoke_at):
        budget.spoke_at = [min(moment, now) for moment in budget.spoke_at]
        budget.save()
    budget.spoke_at = [moment for moment in budget.spoke_at if moment > now - SPAN]
    return budget


def words_of(row: Delivery, channel: Channel) -> int:
    """How often the robot speaks for this row: its picture is a message of its own at the other side."""
    return 2 if channel.pictures and row.posting is not None and row.posting.photo_count else 1


def _for_robot(found: list[Delivery], allowed: int, channel: Channel, now: datetime) -> list[Delivery]:
    """One by one while the budget lasts; a digest as soon as it would not. One word per claim: sent at once. The notice
    of an outage goes alone: its proof is its own."""
    if found[0].posting_id is not None:
        return found[:1] if words_of(found[0], channel) <= allowed else []
    if len(found) <= allowed:
        return found[:1]
    return [combine(fitting(found, channel.most_bytes), now)]


def fitting(rows: Sequence[Delivery], most_bytes: int) -> list[Delivery]:
    """As many rows as one digest holds; the rest wait for the next."""
    used, kept = 200, list[Delivery]()
    for row in rows[:LINES]:
        used += len(digest_line(len(kept) + 1, row).encode()) + 1
        if used > most_bytes and kept:
            break
        kept.append(row)
    return kept


def _for_people(found: list[Delivery], now: datetime) -> list[Delivery]:
    """Many to one person become one; what waited for the daily digest always does."""
    piles: dict[int, list[Delivery]] = defaultdict(list)
    for row in found:
        if row.recipient_id is not None and not row.urgent and row.message_id is not None:
            piles[row.recipient_id].append(row)
    gone, carriers = set[int](), list[Delivery]()
    for pile in piles.values():
        asked = [row for row in pile if row.digest]
        pile = pile if len(pile) >= DIGEST_FROM else asked
        if len(pile) > 1:
            carriers.append(combine(pile, now))
            gone |= {row.pk for row in pile}
    return [row for row in found if row.pk not in gone] + carriers


def digest_line(place: int, row: Delivery) -> str:
    return f"{place}. {row.subject}"


def combine(rows: Sequence[Delivery], now: datetime) -> Delivery:
    """A carrier that is sent instead of these; they follow its fate."""
    first = rows[0]
    one = new_delivery(None, first.channel, "", "", now=now)
    one.to, one.recipient_id, one.endpoint_id = first.to, first.recipient_id, first.endpoint_id
    one.urgent = any(row.urgent for row in rows)
    said = ngettext("%(n)d 条消息汇总", "%(n)d 条消息汇总", len(rows))
    one.subject = said % {"n": len(rows)}
    lines = [digest_line(n, row) for n, row in enumerate(rows, start=1)]
    one.text = "\n".join(lines)
    if first.channel == SMS:
        one.text = _("您有 %(n)d 条消息，请登录查看。") % {"n": len(rows)}
    one.save()
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**moved(DeliveryState.CARRIED, carrier=one))
    return one


def _lease(rows: Sequence[Delivery], holder: str, now: datetime) -> None:
    keys = [row.pk for row in rows]
    Delivery.objects.filter(pk__in=keys).update(
        **moved(DeliveryState.SENDING, lease_until=now + LEASE, claimed_by=holder, attempts=F("attempts") + 1)
    )
    for row in rows:
        row.state, row.attempts, row.claimed_by = DeliveryState.SENDING, row.attempts + 1, holder
    Attempt.objects.bulk_create([Attempt(delivery=row, number=row.attempts, started_at=now) for row in rows])


def renew(rows: Sequence[Delivery], *, holder: str, now: datetime) -> set[int]:
    """Those of the rows still ours, with a fresh lease; a row another sender has taken over is not sent by us."""
    ours = Delivery.objects.filter(pk__in=[row.pk for row in rows], state=DeliveryState.SENDING, claimed_by=holder)
    ours.update(lease_until=now + LEASE)
    return set(ours.values_list("pk", flat=True))
