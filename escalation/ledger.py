"""Reading the ledger: who sees which line, what a line is worth today, and why it says what it says."""

from datetime import datetime

from django.db.models import Case, CharField, DateField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from complaints.models import Feedback
from complaints.vocabulary import FeedbackStatus
from escalation.models import Approval, Penalty, PenaltyMonth
from escalation.money import PenaltyKind, Status
from escalation.permissions import ledger_departments
from escalation.vocabulary import ApprovalStatus
from people.models import User
from people.standing import standing
from policy.limits import SHANGHAI, shanghai_day

Lines = QuerySet[Penalty]


def visible_to(user: User, *, now: datetime) -> Lines:
    """A department its own lines; hotline director, leaders, managers, Party & Admin Office and auditor all; the
    system administrator none. Lines of an order the reader may not see stay hidden with it (A27)."""
    seen = ledger_departments(standing(user, shanghai_day(now)))
    rows = Penalty.objects.all()
    if seen is not None:
        rows = rows.filter(department_id__in=sorted(seen))
    own = standing(user, shanghai_day(now))
    sealed = Q(order__reported_person=user.pk) | Q(order__reported_department__in=sorted(own.departments()))
    return rows.exclude(sealed)


def live(rows: Lines) -> Lines:
    """Charges nobody took back."""
    return rows.filter(voids__isnull=True).exclude(Exists(Penalty.objects.filter(voids=OuterRef("pk"))))


def with_status(rows: Lines) -> Lines:
    """``status`` as of now (B1), never stored: void, then final, then provisional, else proposed."""
    taken_back = Exists(Penalty.objects.filter(voids=OuterRef("pk")))
    confirmed = Exists(PenaltyMonth.objects.filter(month=OuterRef("month")))
    asked = Exists(Approval.objects.filter(order=OuterRef("order"), kind="extension", status=ApprovalStatus.PENDING))
    under_review = Exists(
        Feedback.objects.filter(order=OuterRef("order"), status=FeedbackStatus.PENDING)
        .annotate(on=TruncDate("submitted_at", tzinfo=SHANGHAI, output_field=DateField()))
        .filter(on__lt=OuterRef("day"))
    )
    return rows.annotate(
        status=Case(
            When(Q(voids__isnull=False) | taken_back, then=Value(Status.VOID)),
            When(confirmed, then=Value(Status.FINAL)),
            When(Q(kind=PenaltyKind.OVERDUE) & (asked | under_review), then=Value(Status.PROVISIONAL)),
            default=Value(Status.PROPOSED),
            output_field=CharField(),
        )
    )


def for_display(rows: Lines) -> Lines:
    """With everything a line says of itself: order, department, rule, headcount, its void and who made it."""
    return with_status(rows).select_related(
        "order", "department", "policy", "headcount", "ruling", "void", "void__by", "voids", "by"
    )


def newest_first(rows: Lines) -> Lines:
    return rows.order_by(F("day").desc(), "-pk")
