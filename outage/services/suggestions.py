"""Clusters of calls that look like an outage nobody has registered (S0-R30)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import NotAllowed, NotNow
from complaints.models import Order
from outage.models import OutageArea, Suggestion
from outage.permissions import may_register
from outage.services.callers import ABOUT_SUPPLY, registered_between
from outage.signals import outage_suggested
from outage.vocabulary import SuggestionStatus
from people import audit
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.vocabulary import Kind


def suggest(*, now: datetime) -> int:
    """Different customers of one area, so many within so many minutes (``Policy.suggestion_calls``, 3 in 30), none of
    them explained by a running outage: one open suggestion per area. Calls already judged "no outage" do not count
    again. Returns how many suggestions are new or have grown."""
    policy = rulebook.policy_on(timezone.localdate(now))
    since = now - timedelta(minutes=policy.suggestion_minutes)
    recent = registered_between(since, now)
    if len(recent) < policy.suggestion_calls:
        return 0
    dark = OutageArea.objects.filter(
        area=OuterRef("customer__area"), outage__ended_at__isnull=True, restored_at__isnull=True
    )
    judged = Suggestion.objects.filter(
        area=OuterRef("customer__area"), settled_at__gte=OuterRef("registered_at"), status=SuggestionStatus.DISMISSED
    )
    clusters = (
        Order.objects.filter(Q(kind=Kind.FAULT_REPORT) | Q(category__in=ABOUT_SUPPLY), pk__in=recent)
        .filter(customer__area__isnull=False, outage_link__isnull=True)
        .exclude(Exists(dark))
        .exclude(Exists(judged))
        .values("customer__area")
        .annotate(callers=Count("customer", distinct=True), first=Min("registered_at"), last=Max("registered_at"))
        .filter(callers__gte=policy.suggestion_calls)
        .order_by("customer__area")
    )
    return sum(_keep(row["customer__area"], row["callers"], row["first"], row["last"], now) for row in clusters)


@transaction.atomic
def _keep(area_id: int, calls: int, first: datetime, last: datetime, now: datetime) -> int:
    known = Suggestion.objects.filter(area=area_id, status=SuggestionStatus.OPEN)
    if known.filter(calls=calls, last_at=last).exists():
        return 0
    if known.update(calls=calls, last_at=last):
        return 1
    row = Suggestion(area_id=area_id, first_at=first, last_at=last, calls=calls, made_at=now)
    Suggestion.objects.bulk_create([row], ignore_conflicts=True)
    made = known.first()
    if made is not None:
        outage_suggested.send(sender=Suggestion, ids=[made.pk], now=now)
    return 1


def orders_of(suggestion: Suggestion) -> list[Order]:
    """The orders behind it, oldest first: what "register and link" takes along."""
    rows = Order.objects.filter(Q(kind=Kind.FAULT_REPORT) | Q(category__in=ABOUT_SUPPLY))
    rows = rows.filter(customer__area=suggestion.area_id, outage_link__isnull=True)
    return list(
        rows.filter(registered_at__gte=suggestion.first_at, registered_at__lte=suggestion.last_at).order_by("pk")
    )


@transaction.atomic
def dismiss(suggestion: Suggestion, *, by: User, now: datetime) -> None:
    """Looked at: the calls have different causes."""
    row = _open(suggestion, by, now)
    row.status, row.settled_at, row.settled_by = SuggestionStatus.DISMISSED, now, by
    row.save(update_fields=["status", "settled_at", "settled_by"])
    audit.record(actor=by, action="outage.dismiss", subject=row, now=now, detail={"calls": row.calls})


def settle_accepted(suggestion: Suggestion, outage_id: int, *, by: User, now: datetime) -> None:
    """The outage just registered came of it; in the caller's transaction, so that two people cannot both do so."""
    row = _open(suggestion, by, now)
    row.status, row.settled_at, row.settled_by, row.outage_id = SuggestionStatus.ACCEPTED, now, by, outage_id
    row.save(update_fields=["status", "settled_at", "settled_by", "outage"])


def _open(suggestion: Suggestion, by: User, now: datetime) -> Suggestion:
    if may_register(standing(by, timezone.localdate(now))) is None:
        raise NotAllowed(_("由值班人员、热线值长以上、供电所负责人或网格员处理。"))
    row = Suggestion.objects.select_for_update(of=("self",)).select_related("settled_by").get(pk=suggestion.pk)
    if row.status != SuggestionStatus.OPEN:
        name = row.settled_by.name if row.settled_by else ""
        raise NotNow(_("这条提示已由 %(who)s 处理：%(what)s。") % {"who": name, "what": row.get_status_display()})
    return row
