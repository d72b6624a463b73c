"""What the intake page shows: the whole page, and the contexts its fragments share with it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.display import chip_of
from complaints.forms import IntakeForm
from complaints.forms.intake import ANSWER_FIELDS
from complaints.likeness import Similar, similar
from complaints.models import Call, Order
from complaints.name_words import words_for
from complaints.prompts import PROMPTS
from complaints.queries import Inquiry, Proposal, capped_count, proposals, same_person, visible_proposals
from complaints.script import promise, script
from complaints.views.access import user_of
from complaints.views.drafts import other_drafts, suffix_of
from complaints.views.handovers import waiting_context
from complaints.wordings import PAID_NOTICE
from customers import phones
from customers import queries as customers
from customers.marks import marks_of
from customers.models import Customer
from people import audit
from people.models import User
from people.standing import contacts
from policy import rulebook
from policy.limits import due, explain_due
from policy.routing import route
from policy.rulebook import Rulebook
from policy.vocabulary import Category, Kind

Found = tuple[Customer | None, list[Customer]]  # the one caller it is, or the several it may be
MOST_HISTORY, MOST_CALLS_SHOWN = 6, 999
DAYS_A_MONTH = 31
BUSINESS = (Kind.SERVICE_REQUEST, Kind.OPINION, Kind.SUGGESTION, Kind.PRAISE)
MORE = ("channel", "external_ref", "occurred_on")
REPORT = ("anonymous", "reported_department", "reported_person")
CALL = ("mood", "emotion", "hung_up_by", "hung_up_reason")


def fresh_form(given: QueryDict | None, now: datetime) -> IntakeForm:
    """Empty, or filled from a draft or a link of the telephone system; not bound, so nothing to complain of yet."""
    initial: dict[str, Any] = {}
    for name, values in given.lists() if given else ():
        field = "caller_phone" if name == "phone" else name
        initial[field] = [v for v in values if v] if field in LISTS else (values[-1] if values else "")
    if initial.get("caller_phone"):
        initial.setdefault("started_at", now.isoformat(timespec="seconds"))
    return IntakeForm(initial=initial, now=now)


LISTS = ("demands", "guidance")


def show(
    request: HttpRequest,
    form: IntakeForm,
    *,
    key: str,
    now: datetime,
    saved_at: datetime | None = None,
    known: Found | None = None,
    status: int = 200,
) -> HttpResponse:
    book = rulebook.current()
    user = user_of(request)
    form.offer_subcategories(form.current("category"))
    routed = route_context(form, book, now)
    context = {
        "form": form,
        **_choices(form, book, now),
        "more_fields": [form[name] for name in MORE],
        "report_fields": [form[name] for name in REPORT],
        "call_fields": [form[name] for name in CALL],
        "answer_fields": [form[name] for name in ANSWER_FIELDS],
        "more_open": _is_open(form, MORE),
        "call_open": _is_open(form, CALL),
        "draft_url": reverse("draft", args=[key]),
        "draft_suffix": suffix_of(key),
        "draft_saved": saved_at,
        "drafts": other_drafts(user, key),
        "call": {"started_at": form.current("started_at"), "nth": _calls_today(user, now) + 1},
        "paid_notice": PAID_NOTICE,
        "script": script(book.policy_on(timezone.localdate(now)), user.agent_no or "", routed["told"]),
        "name_words": words_for(str(form.current("caller_name"))),
        "urls": {name: reverse(f"intake_{name}") for name in ("route", "caller", "similar", "name", "consent")},
        "now": now,
        "today": timezone.localdate(now),
        **caller_context(request, form, now=now, known=known),
        **routed,
        **waiting_context(user, now),
    }
    return render(request, "complaints/intake.html", context, status=status)


def _is_open(form: IntakeForm, names: tuple[str, ...]) -> bool:
    return form.is_bound and any(name in form.errors for name in names)


def _choices(form: IntakeForm, book: Rulebook, now: datetime) -> dict[str, Any]:
    chosen = form.current("kind")
    kinds = [{"value": kind, "label": kind.label, "checked": kind == chosen} for kind in Kind]
    return {
        "kinds": [one for one in kinds if one["value"] not in BUSINESS],
        "business": [one for one in kinds if one["value"] in BUSINESS],
        "categories": categories(form, book, now),
    }


def _calls_today(user: User, now: datetime) -> int:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    taken = Call.objects.filter(agent=user, received_at__gte=midnight).values_list("pk", flat=True)
    return len(taken[:MOST_CALLS_SHOWN])


def categories(form: IntakeForm, book: Rulebook, now: datetime) -> list[dict[str, Any]]:
    """Each category with the department it leads to, as the rules of today have it."""
    today = timezone.localdate(now)
    station = form.current_station()
    return [
        {
            "value": c,
            "label": c.label,
            "lead": route(c, form.current("kind") or "", None, station, today, book=book).lead_name,
            "checked": c == form.current("category"),
        }
        for c in Category
    ]


# --- who ------------------------------------------------------------------------------------------------------------


def caller_context(
    request: HttpRequest, form: IntakeForm, *, now: datetime, known: Found | None = None
) -> dict[str, Any]:
    """``known``: whom ``find_caller`` has found already for this page."""
    user = user_of(request)
    found, matches = known or find_caller(form, user, now)
    history = _history(user, now, form, found)
    marks = marks_of(found, user=user, now=now) if found else None
    return {
        "phone": form.current("caller_phone"),
        "customer": found,
        "matches": matches,
        "grid_worker": found.area.grid.worker.name if _has_worker(found) else "",  # type: ignore[union-attr]
        "care": _care(marks),
        "history": [_history_row(row) for row in history],
        "history_note": _("近 %(m)d 个月 %(n)s 件")
        % {"m": rulebook.policy_on(timezone.localdate(now)).history_months, "n": len(history)},
        "last_call": _last_call(user, now, form),
        **news_context(form, found, user, now),
    }


def find_caller(form: IntakeForm, user: User, now: datetime) -> Found:
    """The customer of the account or telephone, or the several it may be; the last digits of a number do (six)."""
    within = Customer.objects.visible_to(user, now=now)
    phone, account = form.current("caller_phone"), form.current("account_no")
    found = customers.find_by_account(account, within=within) if account else None
    matches = customers.search(phone, within=within, limit=MOST_HISTORY) if phone and not found else []
    if found is None and len(matches) == 1:
        return matches[0], []
    return found, matches


def _has_worker(found: Customer | None) -> bool:
    return bool(found and found.area and found.area.grid and found.area.grid.worker)


def _care(marks: Any) -> str:
    if not marks:
        return ""
    words = [flag.get_kind_display() for flag in marks.vulnerable]
    if marks.important:
        words.append(_("重要用户"))
    if marks.sensitive:
        words.append(_("敏感用户"))
    return "、".join(words)


def _history(user: User, now: datetime, form: IntakeForm, found: Customer | None) -> list[Order]:
    account = found.account_no if found else form.current("account_no")
    person = same_person(form.phone_digits(), account or "")
    if person is None:
        return []
    months = rulebook.policy_on(timezone.localdate(now)).history_months
    since = now - timedelta(days=DAYS_A_MONTH * months)
    rows = Order.objects.visible_to(user, now=now).filter(person, registered_at__gte=since)
    return list(rows.select_related("lead_department").defer("content", "bigrams").order_by("-id")[:MOST_HISTORY])


def _history_row(row: Order) -> dict[str, Any]:
    note = row.lead_department.name if row.lead_department else ""
    if row.satisfaction:
        note = f"{note} · {_('回访')}{row.get_satisfaction_display()}"
    return {
        "url": reverse("order", args=[row.number]),
        "number": row.number,
        "text": f"{row.get_kind_display()} · {row.title}",
        "note": note,
        "chip": chip_of(row),
    }


def _last_call(user: User, now: datetime, form: IntakeForm) -> str:
    """How the last call from this number went, as far as its order is in view."""
    phone = form.phone_digits()
    if not phone or len(phone) > phones.LONGEST_NUMBER:
        return ""
    # By key of the one order: "in all I may see" made PostgreSQL read every order there is (P9).
    seen = Q(order=None) | Exists(Order.objects.visible_to(user, now=now).filter(pk=OuterRef("order_id")))
    last = Call.objects.filter(seen, phone=phone).order_by("-received_at").first()
    if last is None or not (last.mood or last.emotion or last.name_note):
        return ""
    day = timezone.localdate(last.received_at)
    said = [_("上次通话 %(m)d 月 %(d)d 日") % {"m": day.month, "d": day.day}]
    if last.mood:
        said.append(_("情绪%(mood)s") % {"mood": last.get_mood_display()})
    if last.name_note:
        said.append(_("姓名核对用“%(words)s”") % {"words": last.name_note})
    return "，".join([*said, *filter(None, [last.emotion])])


def prefill(request: HttpRequest, form: IntakeForm, now: datetime) -> Found:
    """The telephone system has brought the number: the page opens with the customer's own data in it. Who looked whom
    up stays on record (S2-R13)."""
    found, several = find_caller(form, user_of(request), now)
    if found and fill(form, found):
        audit.record(actor=user_of(request), action="customer.fill", subject=found, now=now, request=request)
    return found, several


def fill(form: IntakeForm, found: Customer) -> list[forms.BoundField]:
    """Fields of the form the customer record can fill, where the agent has typed nothing yet; of a telephone typed by
    its last digits only, the whole number."""
    known = {
        "caller_name": found.name,
        "address": found.address,
        "account_no": found.account_no,
        "station": found.station.code,
    }
    missing = [name for name in known if not form.current(name)]
    typed = form.phone_digits()
    if typed and not phones.is_plausible(typed):
        whole = next((one.number for one in found.phones.all() if one.number.endswith(typed)), "")
        if whole:
            known["caller_phone"] = whole
            missing.append("caller_phone")
    for name in missing:
        form[name].initial = known[name]  # the bound field has been read and keeps its own copy
    return [form[name] for name in missing]


# --- what is running already ----------------------------------------------------------------------------------------


def news_context(form: IntakeForm, found: Customer | None, user: User, now: datetime) -> dict[str, Any]:
    """What the call may belong to, as far as the agent may see it: running outages, open orders of the person, orders
    of similar words. Before kind and category are chosen, every open order of the person counts."""
    inquiry = Inquiry(
        received_at=now,
        kind=form.current("kind") or "",
        category=form.current("category") or "",
        phone=form.phone_digits(),
        account_no=found.account_no if found else form.current("account_no") or "",
        area_id=found.area_id if found else None,
    )
    own = visible_proposals(proposals(inquiry, now=now, while_typing=True), user, now=now)
    numbers = frozenset(one.order.number for one in own if one.order)
    text = str(form.current("content"))
    like = similar(
        inquiry,
        text,
        by=user,
        now=now,
        station_id=form.current_station() or (found.station_id if found else None),
        without=numbers,
    )
    lines = [_proposal(one) for one in own] + [_similar(one) for one in like]
    first = next((line for line in lines if line.get("field") == "link_to"), None)
    if first is not None:
        first["key"] = "F8"
    return {"proposals": lines, "seen": sorted(numbers)}


def _proposal(one: Proposal) -> dict[str, Any]:
    order = one.order
    if order is None:
        script_text = one.script or _("您所在的区域正在停电：%(text)s。给您带来不便，非常抱歉。") % {"text": one.text}
        return {
            "glyph": "bolt",
            "strong": _("正在停电"),
            "text": one.text,
            "style": "",
            "outage": one.ref,
            "script": script_text,
        }
    return _open_order(order, _("疑似重复"), _("在办工单："))


def _similar(one: Similar) -> dict[str, Any]:
    lead = one.order.station or one.order.lead_department
    place = _("（%(where)s，%(n)d%% 的字词相同）") % {"where": lead.name if lead else _("待派"), "n": one.percent}
    return _open_order(one.order, _("内容相近"), "", place)


def _open_order(order: Order, strong: str, before: str, after: str = "") -> dict[str, Any]:
    text = _("%(kind)s %(title)s") % {"kind": order.get_kind_display(), "title": order.title}
    return {
        "glyph": "link",
        "strong": strong,
        "text": f"{before}{text}{after}",
        "style": "soon",
        "action": _("并入并催办"),
        "field": "link_to",
        "value": order.number,
        "url": reverse("order", args=[order.number]),
    }


# --- where it goes --------------------------------------------------------------------------------------------------


def route_context(form: IntakeForm, book: Rulebook, now: datetime) -> dict[str, Any]:
    kind, category = form.current("kind"), form.current("category")
    if kind not in Kind.values or category not in Category.values:
        return {"route": None, "told": promise("", "", None), "prompts": PROMPTS.get(category, ())}
    today = timezone.localdate(now)
    sub = form.chosen_subcategory(book)
    found = route(category, kind, sub, form.current_station(), today, book=book)
    policy = book.policy_on(today)
    limit = due(kind, now, policy, book.calendar)
    people = contacts([found.lead_id], today)[found.lead_id] if found.lead_id else []
    led = Order.objects.filter(lead_department_id=found.lead_id, closed_at__isnull=True)
    label = str(Kind(kind).label)
    blocked = "" if people or not found.lead_id else _("没有在岗的工单联系人，工单会登记但不能派出。")
    return {
        "route": {
            "lead": found.lead_name,
            "contact": people[0].name if people else "",
            "open_count": capped_count(led),
            "cc": found.cc_names,
            "cooperating": found.cooperating_names,
            "basis": found.basis,
            "warning": blocked,
        },
        "limit_text": _("%(kind)s · %(n)d 个工作日内答复") % {"kind": label, "n": limit.limit_days}
        if limit
        else _("%(kind)s · 无三、十日时限") % {"kind": label},
        "due_on": limit.due_on if limit else None,
        "provisional": bool(limit and limit.provisional),
        "marks": explain_due(now, limit.limit_days, policy, book.calendar) if limit else [],
        "prompts": (sub.prompts if sub else None) or PROMPTS[category],
        "told": promise(kind, found.lead_name, limit.due_on if limit else None),
    }
