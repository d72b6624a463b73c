"""``/intake/``: taking a call. What becomes of it: an order, an answer, a call joined to an order or outage, none."""

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from complaints.errors import Invalid, Refused
from complaints.forms import IntakeForm
from complaints.forms.calls import NoOrderForm
from complaints.likeness import unseen_duplicates
from complaints.models import Draft
from complaints.queries import Inquiry, proposals
from complaints.services import log_call, open_order
from complaints.services.desk import hand_up
from complaints.services.files import Batch, checked, save
from complaints.services.matter import Matter
from complaints.views.access import desk_required, find_order, user_of
from complaints.views.drafts import INTAKE, draft_key, draft_of, fingerprint, forget_draft, typed_fields
from complaints.views.intake_page import fresh_form, prefill, show
from complaints.vocabulary import Disposition, NoOrderReason
from customers import phones
from people.idempotency import once_per_key
from people.models import User
from policy.vocabulary import Kind

FILES = "files"


@desk_required
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponseBase:
    """GET shows the desk, filled from a draft or from the telephone system's link; POST does what the pressed button
    says. Files are looked at before the transaction begins: that may take seconds."""
    now = timezone.now()
    user = user_of(request)
    if request.method != "POST":
        key = _key_asked_for(request, user)
        kept, saved_at = draft_of(user, key)
        given = kept or (request.GET if "phone" in request.GET else None)
        form = fresh_form(given, now)
        known = prefill(request, form, now) if "phone" in request.GET else None
        return show(request, form, key=key, now=now, saved_at=saved_at, known=known)
    with checked(request.FILES.getlist(FILES)) as batch:
        return _take(request, batch, now)


def _key_asked_for(request: HttpRequest, user: User) -> str:
    """Each call of the telephone system has a draft of its own, so that a new caller neither sees nor loses the last
    one's; ``?draft=`` goes on with one of them."""
    wanted = request.GET.get("draft") or request.GET.get("call_id")
    if wanted:
        return draft_key(wanted)
    phone = phones.normalise(request.GET.get("phone", ""))
    if not phone:
        return INTAKE
    kept = Draft.objects.filter(user=user, form=INTAKE).first()
    typed = phones.normalise("".join(kept.data.get("caller_phone", [])[:1])) if kept else phone
    return INTAKE if typed == phone else draft_key(f"tel-{fingerprint(phone)}")


@once_per_key
def _take(request: HttpRequest, batch: Batch, now: datetime) -> HttpResponse:
    user = user_of(request)
    post = request.POST
    if number := post.get("link_to", ""):
        return _link(request, number, user, now)
    if ref := post.get("link_outage", ""):
        return _link_outage(request, ref, user, now)
    if reason := post.get("no_order", ""):
        return _no_order(request, reason, user, now)
    if role := post.get("hand_to", ""):
        return _hand_up(request, role, user, now)
    return _open(request, batch, user, now)


def _key(request: HttpRequest) -> str:
    return draft_key(request.POST.get("draft", ""))


def _open(request: HttpRequest, batch: Batch, user: User, now: datetime) -> HttpResponse:
    data = request.POST.copy()
    answered = data.get("then") == "answer"
    if not answered:
        data["answer"] = ""
    form = IntakeForm(data, now=now)
    if answered and not data.get("answer", "").strip():
        form.add_error("answer", _("当场答复办结须写明答复内容。"))
    for one in batch.rejected:
        form.add_error(None, one.text)
    if not form.is_valid():
        if batch.waiting:
            form.add_error(None, _("附件请重新选择：浏览器不保留没有提交成功的文件。"))
        return show(request, form, key=_key(request), now=now, status=400)
    matter = form.matter
    seen = frozenset(data.getlist("seen"))
    if unseen := unseen_duplicates(_inquiry(matter, now), days=form.policy.duplicate_days, seen=seen, by=user):
        form.add_error(
            None,
            _("同一客户已有在办工单 %(numbers)s，见上方“疑似重复”：是同一件事就并入并催办，不是就再按一次提交。")
            % {"numbers": "、".join(unseen)},
        )
        return show(request, form, key=_key(request), now=now, status=409)
    try:
        order = open_order(
            by=user,
            now=now,
            matter=matter,
            answer=form.cleaned_data["answer"],
            satisfaction=form.cleaned_data["satisfaction"],
        )
    except Refused as error:
        return _refused(request, form, error, now)
    if batch.waiting:
        for lost in save(order, batch, by=user, now=now, request=request).rejected:
            messages.error(request, lost.text)
    forget_draft(user, _key(request))
    return redirect(reverse("order_slip", args=[order.number]) + "?fresh")


def _refused(request: HttpRequest, form: IntakeForm, error: Refused, now: datetime) -> HttpResponse:
    form.add_error(error.field if error.field in form.fields else None, error.message)
    return show(request, form, key=_key(request), now=now, status=error.status)


def _as_typed(request: HttpRequest, error: Refused, now: datetime) -> HttpResponse:
    """The page with what stands in it, saying only why this one act was not done."""
    form = IntakeForm(request.POST, now=now, linking=True)
    form.full_clean()
    form.errors.clear()
    form.add_error(None, error.message)
    return show(request, form, key=_key(request), now=now, status=error.status)


def _inquiry(matter: Matter, now: datetime) -> Inquiry:
    return Inquiry(
        received_at=now,
        kind=matter.kind,
        category=matter.category,
        phone=matter.caller_phone,
        account_no=matter.account_no,
        area_id=matter.customer.area_id if matter.customer else None,
    )


def _link(request: HttpRequest, number: str, user: User, now: datetime) -> HttpResponse:
    """ "Merge and urge": the call joins the open order, no second one is made (S1-R29)."""
    order = find_order(request, number, now=now)
    form = IntakeForm(request.POST, now=now, linking=True)
    if not form.is_valid():
        return show(request, form, key=_key(request), now=now, status=400)
    try:
        log_call(by=user, now=now, matter=form.matter, disposition=Disposition.LINKED_ORDER, order=order)
    except Refused as error:
        return _refused(request, form, error, now)
    forget_draft(user, _key(request))
    messages.success(request, _("已并入 %(number)s 并催办") % {"number": number})
    return redirect("order", number=number)


def _link_outage(request: HttpRequest, ref: str, user: User, now: datetime) -> HttpResponse:
    """The caller has been told cause and time and has had our apology: the call belongs to the outage, no order is
    made (S4-R19). A complaint or report always makes one (B11)."""
    form = IntakeForm(request.POST, now=now, linking=True)
    if not form.is_valid():
        return show(request, form, key=_key(request), now=now, status=400)
    try:
        matter = form.matter
        matter = replace(matter, call=replace(matter.call, informed="informed" in request.POST))
        if matter.kind in {Kind.COMPLAINT, Kind.REPORT_MISCONDUCT}:
            raise Invalid(_("投诉、举报须生成工单，不能只挂接停电。"), field="kind")
        running = {one.ref for one in proposals(_inquiry(matter, now), now=now, while_typing=True) if one.order is None}
        if ref not in running:
            raise Invalid(_("这次停电已经恢复，或不在客户所在台区，请按普通来电受理。"))
        log_call(by=user, now=now, matter=matter, disposition=Disposition.LINKED_OUTAGE, linked_ref=ref)
    except Refused as error:
        return _refused(request, form, error, now)
    forget_draft(user, _key(request))
    messages.success(request, _("已答复并挂接停电，不生成工单"))
    return redirect("intake")


def _no_order(request: HttpRequest, reason: str, user: User, now: datetime) -> HttpResponse:
    """Wrong number, politely closed and counted; a harassing call after a warning, reported (S4-R20, R21)."""
    form = NoOrderForm(request.POST)
    harassment = reason == NoOrderReason.HARASSMENT
    try:
        if not form.is_valid():
            raise Invalid(str(next(iter(form.errors.values()))[0]))
        phone = phones.normalise(form.cleaned_data["caller_phone"])
        facts = form.facts(now=now, phone=phone[: phones.LONGEST_NUMBER], harassment=harassment)
        matter = Matter(content=form.cleaned_data["no_order_note"], call=facts)
        log_call(by=user, now=now, matter=matter, disposition=Disposition.NO_ORDER, reason=reason)
    except Refused as error:
        return _as_typed(request, error, now)
    forget_draft(user, _key(request))
    told = _("已登记骚扰电话，并报值长、主管确认") if harassment else _("已登记打错电话，不生成工单")
    messages.success(request, told)
    return redirect("intake")


def _hand_up(request: HttpRequest, role: str, user: User, now: datetime) -> HttpResponse:
    """A call the agent cannot settle goes to shift leader or supervisor, with all that was typed (S4-R23)."""
    fields = typed_fields(request.POST)
    form = IntakeForm(request.POST, now=now, linking=True)
    try:
        hand_up(
            by=user,
            now=now,
            to_role=role,
            reason=" ".join(request.POST.get("hand_reason", "").split())[:200],
            form=fields,
            phone=form.phone_digits()[: phones.LONGEST_NUMBER],
            call_id=request.POST.get("call_id", "")[:64],
        )
    except Refused as error:
        return _as_typed(request, error, now)
    forget_draft(user, _key(request))
    messages.success(request, _("已转出，接手后这里会显示"))
    return redirect("intake")
