"""Who must be told of a report, as rows of the house's one outbox; by which channel is each person's own wish, so that
"by mail" is a preference and not a list kept here (S4-R39). Idempotent: a message is named after its event."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.models import Message
from notifications.watch import tell
from people.models import User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import holders
from policy.limits import shanghai_day
from reports.models import FollowUp, Publication, PublicationEvent

RECENT = timedelta(days=3)  # what nobody was told in time is history, not news
CHECKING = HEADS | {Role.TICKET_CONTACT}
EVERYBODY = HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.MANAGER}
TOLD = (
    "generated",
    "objected",
    "answered",
    "publish",
    "supplement",
    "check_due",
    "sign_due",
    "publish_due",
    "publish_late",
)


def tell_all(now: datetime) -> int:
    """Messages for the events nobody has been told of yet; returns how many."""
    events = PublicationEvent.objects.filter(name__in=TOLD, at__gt=now - RECENT).select_related(
        "publication", "department"
    )
    fresh = {
        f"report.{'due' if event.name.endswith(('due', 'late')) else 'news'}:{event.pk}": event for event in events
    }
    known = set(Message.objects.filter(key__in=fresh).values_list("key", flat=True))
    rows = []
    for key, event in fresh.items():
        if key not in known:
            users = sorted(_people(event, now).values_list("pk", flat=True))
            code = key.partition(":")[0]
            page = reverse("report", args=[f"{event.publication.month:%Y-%m}"])
            data: dict[str, object] = {"users": users, "text": _words(event), "page": page}
            rows.append(tell(code, str(event.pk), data, now=now))
    rows += _follow_ups(now)
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _follow_ups(now: datetime) -> list[Message]:
    """The owner hears of a follow-up when it is made, and once more when its day is over (S1-R10)."""
    today = shanghai_day(now)
    opened = FollowUp.objects.filter(closed_at__isnull=True)
    news = {f"report.news:follow-up-{row.pk}": row for row in opened.filter(made_at__gt=now - RECENT)}
    late = {
        f"report.due:follow-up-{row.pk}": row for row in opened.filter(due_on__lt=today, due_on__gte=today - RECENT)
    }
    known = set(Message.objects.filter(key__in=[*news, *late]).values_list("key", flat=True))
    rows = []
    for key, row in {**news, **late}.items():
        if key not in known:
            words = _("%(reason)s，请跟进，%(due)s 前办结") if key in news else _("%(reason)s，跟进已过期限 %(due)s")
            text = words % {"reason": row.reason, "due": f"{row.due_on:%m-%d}"}
            data: dict[str, object] = {
                "users": [row.owner_id],
                "text": text,
                "page": reverse("follow_up", args=[row.pk]),
            }
            code, _colon, name = key.partition(":")
            rows.append(tell(code, name, data, now=now))
    return rows


def _people(event: PublicationEvent, now: datetime) -> QuerySet[User]:
    """Those whose turn it is: the departments to check, the director to answer and sign, everybody once published."""
    today = shanghai_day(now)
    if event.name in {"check_due", "answered"} and event.department_id:
        return holders(*CHECKING, on=today, department_ids=[event.department_id])
    if event.name == "generated":
        return holders(*CHECKING, Role.HOTLINE_DIRECTOR, on=today)
    if event.name in {"publish", "supplement"}:
        return holders(*EVERYBODY, on=today)
    return holders(Role.HOTLINE_DIRECTOR, on=today)


def _words(event: PublicationEvent) -> str:
    row: Publication = event.publication
    facts = {
        "month": _("%(y)d 年 %(m)d 月") % {"y": row.month.year, "m": row.month.month},
        "check_by": f"{row.check_by:%m-%d}",
        "publish_by": f"{row.publish_by:%m-%d}",
        "department": event.department.name if event.department else "",
    }
    words = {
        "generated": _("%(month)s月报已生成，请在 %(check_by)s 前核对本部门数字"),
        "check_due": _("%(month)s月报%(department)s还没有核对，%(check_by)s 到期"),
        "objected": _("%(department)s对%(month)s月报有异议，请答复"),
        "answered": _("%(month)s月报的异议已答复，请查看"),
        "sign_due": _("%(month)s月报核对期已过，请签发"),
        "publish_due": _("%(month)s月报须在 %(publish_by)s 前公布"),
        "publish_late": _("%(month)s月报已过公布期限 %(publish_by)s，请尽快公布"),
        "publish": _("%(month)s月报已公布"),
        "supplement": _("%(month)s月报发布了补充"),
    }
    return words[event.name] % facts
