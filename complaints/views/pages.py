"""``/orders/<number>/``: one order as this reader may see it, the logged reveal of its caller, the slip."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.clock import clock_of
from complaints.display import acts_for, chip_of, conceals, rail_of, timeline_of
from complaints.forms.fields import tidy
from complaints.models import (
    Attachment,
    Call,
    Contact,
    Demand,
    Feedback,
    Hold,
    Investigation,
    Order,
    OrderDepartment,
    OrderEvent,
    OrderQuerySet,
    SubAssignment,
)
from complaints.permissions import may_reveal
from complaints.queries import same_person
from complaints.sections import EVIDENCE, SECTIONS, Item
from complaints.services import note
from complaints.services.files import readable_files, upload_offer
from complaints.steps import is_open_in
from complaints.views.access import find_order, user_of
from complaints.vocabulary import State
from people import audit
from people.folding import folded, unfold
from people.models import Department, User
from people.roles import HOTLINE
from people.standing import Standing, contacts, standing
from policy import rulebook
from policy.vocabulary import EXTENDABLE, Kind

MOST_EVENTS = 200
MOST_LINKS = 8
SHORTEST_REASON, LONGEST_REASON = 2, 200


def _inside(rows: "QuerySet[Any, Any]", **columns: str) -> ArraySubquery:
    """The rows of the order as JSON in a column of its own, for tables of which the page shows a few short rows."""
    return ArraySubquery(rows.filter(order=OuterRef("pk")).order_by("pk").values(row=JSONObject(**columns)))


def with_everything() -> OrderQuerySet:
    """The order with all its rows, in two queries however many there are (P2)."""
    events = OrderEvent.objects.select_related("by", "acting_for").order_by("-seq")[:MOST_EVENTS]
    return (
        Order.objects.select_related(
            "station",
            "lead_department",
            "handler",
            "subcategory",
            "registered_by",
            "policy",
            "master",
            "original",
        )
        .annotate(
            demand_rows=_inside(Demand.objects.all(), text="text", answer="answer"),
            part_rows=_inside(OrderDepartment.objects.all(), part="part", name="department__name"),
            hold_rows=_inside(Hold.objects.filter(released_at__isnull=True), blocks="blocks", reason="reason"),
            file_keys=ArraySubquery(Attachment.objects.filter(order=OuterRef("pk")).values("pk")),
            **{
                f"{name}_folded": folded(model.objects.all(), "order", *order, named=named)
                for name, (model, order, named) in FOLDED.items()
            },
        )
        .prefetch_related(Prefetch("events", events, to_attr="newest_events"))
    )


# What is done at an order, by the name it has there: its rows, their order, the relations whose names are shown.
FOLDED: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "sub_assignments": (SubAssignment, ("id",), ("department",)),
    "investigations": (Investigation, ("id",), ("by",)),
    "feedbacks": (Feedback, ("id",), ("department", "submitted_by")),
    "contacts": (Contact, ("at", "id"), ("by",)),
}


def unfold_all(found: Order) -> None:
    for name, (_model, _order, named) in FOLDED.items():
        unfold(found, name, getattr(found, f"{name}_folded"), named=named)


@login_required
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    found = find_order(request, number, now=now, orders=with_everything())
    unfold_all(found)
    who = standing(user, timezone.localdate(now))
    book = rulebook.current()
    concealed = conceals(found, who)
    files = list(readable_files(found, by=user, now=now))
    newest = max(found.investigations.all(), key=lambda row: row.pk, default=None)
    holds = [Hold(**row) for row in found.hold_rows]  # type: ignore[attr-defined]
    context = {
        "order": found,
        "version": found.version,
        "clock": clock_of(found, timezone.localdate(now), book),
        "book": book,
        "chips": [chip_of(found)],
        "strong": found.kind in EXTENDABLE,
        "acts": acts_for(found, by=user, now=now, book=book, held=holds),
        "notices": _notices(found, holds),
        "rail": rail_of(found, found.newest_events),  # type: ignore[attr-defined]
        "back_url": reverse("orders"),
        "back_label": _("工单"),
        "demands": found.demand_rows,  # type: ignore[attr-defined]
        "investigation": newest,
        "evidence": _evidence(newest),
        "sections": _sections(newest),
        "files": files,
        "may_upload": upload_offer(found, by=user, now=now, stored=len(found.file_keys)),  # type: ignore[attr-defined]
        "feedbacks": found.feedbacks.all(),
        "contacts": found.contacts.all(),
        "parts": [
            OrderDepartment(part=row["part"], department=Department(name=row["name"]))
            for row in found.part_rows  # type: ignore[attr-defined]
        ],
        "sub_assignments": found.sub_assignments.all(),
        "timeline": timeline_of(found.newest_events, concealed=concealed),  # type: ignore[attr-defined]
        "links": _links(
            found,
            user_orders=Order.objects.visible_to(user, now=now),
            concealed=concealed,
            knows_callers=who.has(*HOTLINE),
        ),
        "slip_url": reverse("order_slip", args=[found.number]) if who.has(*HOTLINE) else "",
        **_caller(found, who, concealed),
    }
    return render(request, "complaints/order.html", context)


def _caller(found: Order, who: Standing, concealed: bool) -> dict[str, Any]:
    return {
        "concealed": concealed,
        "may_reveal": may_reveal(found, who) and not found.anonymous,
        "reveal_url": reverse("order_reveal", args=[found.number]),
        "revealed": False,
    }


def _notices(found: Order, holds: list[Hold]) -> list[dict[str, str]]:
    """One line each, only what changes the next act."""
    lines = []
    if found.dispatch_blocked:
        lines.append(_notice("alert", _("未能派单"), found.dispatch_blocked, "over"))
    if found.needs_ruling:
        text = _("已被退单 %(n)d 次，由裁定人确定责任部门。") % {"n": found.refusals}
        lines.append(_notice("stamp", _("待裁定"), text, "wait"))
    waited_for = [hold for hold in holds if is_open_in(hold.blocks, found.state)]  # others change no next act
    lines += [_notice("hourglass", _("暂缓办理"), hold.reason, "wait") for hold in waited_for]
    if found.master is not None:
        url = reverse("order", args=[found.master.number])
        lines.append(_notice("link", _("已并入"), found.master.number, "", url, _("看主单")))
    if found.reopenings and found.is_open and found.internal_due_on:
        text = _("客户不满意，第 %(n)d 次重办，内部期限 %(day)s。") % {
            "n": found.reopenings,
            "day": _("%(m)d 月 %(d)d 日") % {"m": found.internal_due_on.month, "d": found.internal_due_on.day},
        }
        lines.append(_notice("undo", _("重办"), text, "soon"))
    if found.kind == Kind.REPORT_MISCONDUCT and (found.reported_department_id or found.reported_person_id):
        lines.append(_notice("lock", _("保密"), _("被举报的部门和人员看不到这张工单，请勿转述。"), "soon"))
    return lines


def _notice(glyph: str, strong: str, text: str, style: str, url: str = "", action: str = "") -> dict[str, str]:
    return {"glyph": glyph, "strong": strong, "text": text, "style": style, "url": url, "action": action}


def _evidence(newest: Investigation | None) -> list[tuple[str, str]]:
    labels = {code: str(label) for code, label in EVIDENCE}
    rows = newest.evidence if newest else []
    return [(labels.get(row["code"], _("说明")), row.get("note", "")) for row in rows]


def _sections(newest: Investigation | None) -> list[tuple[str, list[tuple[str, str]]]]:
    filled = newest.sections if newest else {}
    return [
        (
            str(section.title),
            [
                (str(item.label), _value(item, filled[section.code].get(item.code)))
                for item in section.items
                if filled[section.code].get(item.code) not in (None, "", False)
            ],
        )
        for section in SECTIONS
        if section.code in filled
    ]


def _value(item: Item, value: Any) -> str:
    if item.kind == "choice":
        return str(dict(item.choices).get(value, value))
    if item.kind == "check":
        return _("是")
    if item.kind == "moment":
        return timezone.localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
    return f"{value} {item.unit}".strip()


def _links(found: Order, *, user_orders: OrderQuerySet, concealed: bool, knows_callers: bool) -> list[dict[str, Any]]:
    """Master, merged, repeated and other orders of the same person, each only if this reader may see it."""
    wanted = Q(master=found) | Q(pk=found.master_id)
    if not concealed:
        # That two orders are of one person tells who the concealed caller of one of them is (A27).
        person = same_person(found.caller_phone, found.account_no)
        same = Q(original=found) | Q(pk=found.original_id)
        same = same | person if person is not None else same
        wanted |= same if knows_callers else same & Q(hide_caller=False, anonymous=False)
    rows = user_orders.filter(wanted).exclude(pk=found.pk).select_related("lead_department").order_by("-pk")
    return [
        {
            "url": reverse("order", args=[row.number]),
            "number": row.number,
            "text": row.title,
            "note": row.lead_department.name if row.lead_department else "",
            "why": _why_linked(found, row),
            "chip": chip_of(row),
        }
        for row in rows.defer("content", "bigrams")[:MOST_LINKS]
    ]


def _why_linked(found: Order, row: Order) -> str:
    if row.pk == found.master_id:
        return _("主单")
    if row.master_id == found.pk:
        return _("已并入本单")
    if row.pk == found.original_id:
        return _("前单")
    return _("再次反映") if row.original_id == found.pk else _("同一客户")


@login_required
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Full data of the caller, shown once against a reason; one audit row and one event (S2-R13)."""
    now = timezone.now()
    user = user_of(request)
    found = find_order(request, number, now=now, orders=Order.objects.select_related("station"))
    who = standing(user, timezone.localdate(now))
    if not may_reveal(found, who) or found.anonymous:
        raise PermissionDenied(_("您的岗位不能查看完整号码。"))
    reason = tidy(request.POST.get("reason", ""))
    context = {"order": found, **_caller(found, who, conceals(found, who))}
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        context["reveal_error"] = _("请写明查看原因，2 到 200 字。")
        return render(request, "complaints/_caller_facts.html", context, status=400)
    note(found, "reveal", by=user, now=now, text=reason)
    audit.record(actor=user, action="order.reveal", subject=found, now=now, request=request, reason=reason)
    context["revealed"] = True
    template = "complaints/_caller_facts.html" if request.htmx else "complaints/revealed.html"  # type: ignore[attr-defined]
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_safe
def slip(request: HttpRequest, number: str) -> HttpResponse:
    """The acceptance slip with number and query code; hotline only (S0-R15, R16)."""
    now = timezone.now()
    user = user_of(request)
    rows = Order.objects.select_related("lead_department", "registered_by", "policy")
    found = find_order(request, number, now=now, orders=rows)
    today = timezone.localdate(now)
    if not standing(user, today).has(*HOTLINE):
        raise PermissionDenied(_("受理单由热线打印。"))
    lead = found.lead_department_id
    people = contacts([lead], today)[lead] if lead else []
    context = {
        "order": found,
        "query_code": found.query_code,
        "demands": found.demands.all(),
        "lead": found.lead_department.name if found.lead_department else "",
        "contact": people[0].name if people else "",
        "due_text": _due_text(found),
        "company": found.policy.company_name,
        "hotline_number": found.policy.hotline_number,
        "printed_at": now,
        "fresh": "fresh" in request.GET,
        "next_url": reverse("intake"),
        "call": _unfinished_call(found, user) if "fresh" in request.GET else None,
        "back_url": reverse("order", args=[found.number]),
    }
    return render(request, "complaints/slip.html", context)


def _unfinished_call(found: Order, user: User) -> Call | None:
    """The agent's own call of this order whose end is not told yet (S4-R10)."""
    return found.calls.filter(agent=user, hung_up_by="").order_by("-pk").first()


def _due_text(found: Order) -> str:
    if found.state == State.ARCHIVED:
        return _("已当场答复")
    if found.due_on is None:
        return ""
    day = found.due_on
    return _("%(m)d 月 %(d)d 日 周%(w)s 24:00 前答复您") % {
        "m": day.month,
        "d": day.day,
        "w": "一二三四五六日"[day.weekday()],
    }
